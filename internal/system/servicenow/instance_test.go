// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
	"github.com/infraops/terraform-provider-infraops/internal/transport"
)

// TestInstance holds a real instance to the same suite, where one is given by SERVICENOW_URL and SERVICENOW_<OPTION>. It must be for
// tests only: the suite's records are deleted from it. It needs what the rehearsal has: the columns, the location fra1, the
// users alice, bob, carol, "someone else" and owner-0 to owner-119, the groups linux and CAB with bob, one of whom is enough to approve,
// and a standard change template, which SERVICENOW_STANDARD_TEMPLATE names.
// SERVICENOW_APPROVER_PASSWORD is that of bob.
func TestInstance(t *testing.T) {
	t.Parallel()
	if os.Getenv("SERVICENOW_URL") == "" {
		return // There is none that could be started, so that this is no test that was left out.
	}
	settings := record.Settings{}
	for _, o := range System().Options {
		if v := os.Getenv("SERVICENOW_" + strings.ToUpper(o.Name)); v != "" && !o.Map {
			settings[o.Name] = v
		}
	}
	again := func(t *testing.T) record.Connection { t.Helper(); return connect(t, settings) }
	systemtest.Run(t, systemtest.Config{
		System: System(), PageSize: pageSize, Again: again,
		Open: func(t *testing.T) record.Connection {
			t.Helper()
			c := connect(t, settings)
			clearOut(t, c)
			return c
		},
		Approve: func(t *testing.T, _ record.Connection, change *record.ChangeRequest, by string, approve bool, comment string) error {
			t.Helper()
			approver := connect(t, record.Settings{"url": settings["url"], "username": strings.ToLower(by), "password": os.Getenv("SERVICENOW_APPROVER_PASSWORD")})
			return decideBoth(t, approver, change, approve, comment)
		},
	})
}

// decideBoth decides in each round that there is.
func decideBoth(t *testing.T, c *connection, change *record.ChangeRequest, approve bool, comment string) error {
	t.Helper()
	verdict := map[bool]string{true: "approved", false: "rejected"}[approve]
	for round := 0; ; round++ {
		_, err := c.do(t.Context(), transport.Request{
			Method: http.MethodPatch, Path: changePath + "/" + change.ID + "/approvals", Body: map[string]string{"state": verdict, "comments": comment},
		})
		switch {
		case err == nil && approve:
		case err == nil || round > 0:
			return nil
		default:
			return fmt.Errorf("decide: %w", err)
		}
	}
}

// clearOut takes the suite's records out of the instance. A change cannot be deleted, so that it is cancelled and disowned.
func clearOut(t *testing.T, c *connection) {
	t.Helper()
	changes := store[*changeStore](t, c, record.KindChangeRequest)
	for _, owner := range []string{"suite/one", "suite/two", "suite/three", "suite/four"} {
		for _, kind := range []record.Kind{record.KindRelationship, record.KindChangeRequest, record.KindConfigurationItem} {
			found, err := c.stores[kind].Find(t.Context(), record.Query{Stack: owner, Gone: true})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range found {
				id := r.Metadata().ID
				if err := c.stores[kind].Retire(t.Context(), id, record.Erase); err != nil {
					t.Fatal(err)
				}
				if kind == record.KindChangeRequest {
					if err := c.patch(t.Context(), tableChanges, id, map[string]string{
						changes.column(fieldStack).name: "", changes.column(fieldCorrelation).name: "",
						changes.column("name").name: "", changes.column("summary").name: "Left by a test",
					}); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
}

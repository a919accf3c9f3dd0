// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"fmt"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func TestDocumentVersions(t *testing.T) {
	d := record.Definition{
		Kind: "x", Version: 3,
		Upgrade: func(version int, document map[string]any) error {
			document["steps"] = fmt.Sprint(document["steps"], version)
			return nil
		},
	}
	got, err := upgrade(d, 1, []byte(`{"steps":"from "}`))
	if want := `{"steps":"from 12"}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	if _, err := upgrade(d, 4, nil); err == nil || !strings.Contains(err.Error(), "version 4") {
		t.Errorf("got %v", err)
	}
	onEach(t, func(t *testing.T, database string) {
		r := open(t, database)
		kept := create(t, r, item("s", "a"))
		if _, err := raw(t, r).Exec("UPDATE infraops_record SET version = 99"); err != nil {
			t.Fatal(err)
		}
		_, err := r.Stores()[kept.Kind()].Get(t.Context(), []string{kept.ID})
		fails(t, err, record.ErrUnavailable, "version 99", "provider version")
	})
}

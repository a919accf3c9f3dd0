// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func TestValidate(t *testing.T) {
	s := startRT(t)
	c := s.open(t)
	i := &record.ConfigurationItem{Class: "server", Name: "one", Status: "planned"}
	i.Stack = "validate"
	if _, err := c.stores[record.KindConfigurationItem].Create(t.Context(), i); err != nil {
		t.Fatal(err)
	}
	findings, err := c.Validate(t.Context())
	if err != nil || len(findings) < 35 {
		t.Errorf("%d findings, error %v", len(findings), err)
	}
	for _, f := range findings {
		if !f.OK {
			t.Errorf("of a server that was set up: %+v", f)
		}
	}
	bad := s.open(t, "catalog", "No such catalog", "custom_fields.risk", "Peril", "custom_fields.outcome", "Attributes")
	if findings, err = bad.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, missing := range []string{`the catalog "No such catalog"`, `"Peril"`, `"Attributes"`} {
		found := false
		for _, f := range findings {
			found = found || !f.OK && strings.Contains(f.What, missing) && f.Problem != "" && f.Advice != ""
		}
		if !found {
			t.Errorf("nothing is said about %s: %+v", missing, findings)
		}
	}
}

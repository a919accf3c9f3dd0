// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func TestStandardTemplate(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	r.AddStandardTemplate("Grow a disk", map[string]string{"short_description": "Grow a disk", "implementation_plan": "As always", "category": "Hardware"})
	s := desk(t, r, nil)
	wanted := normalChange(1)
	wanted.Type, wanted.Template = record.ChangeTypeStandard, "Grow a disk"
	c := opened(t, s, wanted)
	if c.State != record.ChangeScheduled || c.Approval != record.ApprovalApproved || c.Template != "Grow a disk" || c.Summary != wanted.Summary || c.Description != wanted.Description || c.ImplementationPlan != "As always" {
		t.Errorf("the standard change is %+v", c)
	}
	said, err := s.Approvals(t.Context(), []string{c.ID})
	if err != nil || len(said[c.ID]) != 1 || !strings.Contains(said[c.ID][0].Name, "Grow a disk") {
		t.Errorf("the decisions are %+v, %v", said, err)
	}
	wanted.Name, wanted.Template = "other", "No such template"
	_, err = s.Create(t.Context(), wanted)
	if e := failure(t, err, record.ErrInvalid); e.Field != "template" {
		t.Errorf("the error is on %q", e.Field)
	}
}

// TestStandardWithoutTemplate: nobody has approved a standard change that was made of no template.
func TestStandardWithoutTemplate(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	s := desk(t, r, record.Settings{"standard_template": "", "change_models": ""})
	wanted := normalChange(1)
	wanted.Type = record.ChangeTypeStandard
	_, err := s.Create(t.Context(), wanted)
	e := failure(t, err, record.ErrInvalid)
	if wantWords(t, e.Advice, "standard_template"); e.Field != "template" || len(r.Records(tableChanges, "")) > 0 {
		t.Errorf("the error is on %q, and there are %d changes", e.Field, len(r.Records(tableChanges, "")))
	}
	// Somebody else has opened one so, and has moved it on.
	c := opened(t, s, normalChange(2))
	if err := s.patch(t.Context(), tableChanges, c.ID, map[string]string{"type": "standard"}); err != nil {
		t.Fatal(err)
	}
	if err := s.patch(t.Context(), tableChanges, c.ID, map[string]string{"state": "-2"}); err != nil {
		t.Fatal(err)
	}
	found, err := s.Get(t.Context(), []string{c.ID})
	if err != nil || found[c.ID].Type != record.ChangeTypeStandard || found[c.ID].State != record.ChangeScheduled || found[c.ID].Approval == record.ApprovalApproved {
		t.Errorf("without a template: %+v, %v", found[c.ID], err)
	}
}

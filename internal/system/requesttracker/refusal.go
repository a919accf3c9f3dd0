// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"fmt"
	"slices"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// refusals are beginnings and parts of what RT says where it has not done what it was asked to. It says so with the status 200.
var refusals = []string{
	"permission denied", "isn't a valid", "is not a valid", "can't change status", "illegal value", "invalid value", "couldn't resolve", "could not",
	"couldn't", "unresolved dependencies", "not found", "no permission", "does not apply", "can't", "cannot", "must be specified", "unable to",
}

// refused picks what RT has refused out of what it said.
func refused(said []string) []string {
	var found []string
	for _, message := range said {
		lower := strings.ToLower(message)
		if slices.ContainsFunc(refusals, func(part string) bool { return strings.Contains(lower, part) }) && !slices.Contains(found, message) {
			found = append(found, message)
		}
	}
	return found
}

// saysOf says whether a message is about a custom field.
func saysOf(message, field string) bool {
	return strings.Contains(message, "ustom field "+field+" ") || strings.HasSuffix(message, "ustom field "+field)
}

// lost is the error for the fields that RT did not keep as they were sent; nil where it kept all.
func (s *objects[T]) lost(sent, kept T, fields []string, r *row, said []string) error {
	sent = record.Clone(sent)
	sent.Canonicalise()
	var lost []string
	for _, path := range record.Changes(sent, kept) {
		field, _, _ := strings.Cut(path, ".")
		f, _ := record.FieldNamed(sent, field)
		if !f.Input && (slices.Contains(fields, path) || slices.Contains(fields, field)) {
			lost = append(lost, path)
		}
	}
	if len(lost) == 0 {
		return nil
	}
	answer := fmt.Sprintf("%s %s did not keep %s", s.object, r.ID, strings.Join(lost, ", "))
	if words := refused(said); len(words) > 0 {
		answer += ": " + title + " answered " + strings.Join(quotedAll(words), " and ")
	}
	return record.Errorf(record.ErrDropped, "%s", answer).On(lost[0]).Advise("%s", s.remedy(lost[0], r, kept))
}

func quotedAll(words []string) []string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = fmt.Sprintf("%q", w)
	}
	return all
}

// remedy says which right or custom field is missing where a field was not kept.
func (s *objects[T]) remedy(path string, r *row, of T) string {
	field, key, _ := strings.Cut(path, ".")
	named := ""
	if field == "extensions" {
		named = key
	}
	for _, p := range s.places {
		if p.field == field && p.custom != "" {
			named = s.custom(p)
		}
	}
	if named != "" {
		if _, visible := r.CustomFields[named]; !visible {
			return s.missingField(named, s.place(of))
		}
		return fmt.Sprintf("Give the account the rights ModifyCustomField and SetInitialCustomField for the custom field %q %s, and check what values the field takes", named, s.place(of))
	}
	right := map[string]string{asset: "ModifyAsset", ticket: "ModifyTicket"}[s.object]
	if field == "configuration_item_ids" {
		right += ", and ModifyAsset on the assets"
	}
	advice := fmt.Sprintf("Give the account the right %s %s", right, s.place(of))
	if field == "status" || field == "state" {
		advice += ", and check that the lifecycle has the status"
		if next := r.next(); len(next) > 0 {
			advice += ": from " + r.Status + " it offers " + strings.Join(next, ", ")
		}
	}
	return advice
}

func (s *objects[T]) missingField(field, where string) string {
	return fmt.Sprintf("Make the custom field %q and apply it %s, as the set-up script does, and give the account the rights SeeCustomField, ModifyCustomField and SetInitialCustomField to it", field, where)
}

// place names the catalog or queue of a record.
func (s *objects[T]) place(r T) string {
	if item, ok := any(r).(*record.ConfigurationItem); ok {
		return fmt.Sprintf("in the catalog %q", s.catalogOf(item.Class))
	}
	return fmt.Sprintf("in the queue %q", s.queue)
}

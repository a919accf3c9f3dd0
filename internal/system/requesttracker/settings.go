// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"maps"
	"slices"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// statusRejected is the status of a ticket whose approval was refused. Changes have no such state: they go back to new.
const statusRejected = "rejected"

// settings are what the options say about this RT.
type settings struct {
	url, queue string
	// catalog is that of classes without one of their own.
	catalog  string
	catalogs map[string]string
	// fields are the names of custom fields that differ from those of the set-up.
	fields        map[string]string
	items, states statuses
}

func newSettings(s record.Settings) (*settings, error) {
	or := func(option, otherwise string) string {
		if v := s[option]; v != "" {
			return v
		}
		return otherwise
	}
	made := &settings{
		url: strings.TrimRight(s["url"], "/"), queue: or("queue", defaultQueue), catalog: or("catalog", defaultCatalog),
		catalogs: s.Entries("catalogs"), fields: s.Entries("custom_fields"),
	}
	known := customNames()
	for _, field := range slices.Sorted(maps.Keys(made.fields)) {
		if !slices.Contains(known, field) {
			return nil, misconfigured("custom_fields", "%q is not the name of a field that is kept in a custom field", field).
				Advise("The fields are %s", strings.Join(known, ", "))
		}
	}
	if err := made.checkFields(); err != nil {
		return nil, err
	}
	var err error
	if made.items, err = newStatuses("asset_statuses", record.Statuses(), s.Entries("asset_statuses")); err != nil {
		return nil, err
	}
	states := []string{statusRejected, string(record.ChangeCanceled)}
	for _, state := range record.Path(record.ChangeTypeNormal) {
		states = append(states, string(state))
	}
	made.states, err = newStatuses("change_statuses", states, s.Entries("change_statuses"))
	return made, err
}

// checkFields refuses two attributes of one object in one custom field, where each would overwrite the other.
func (s *settings) checkFields() error {
	for _, places := range [][]place{append(itemPlaces(), relationships), changePlaces()} {
		of := map[string]string{}
		for _, p := range places {
			if p.custom == "" {
				continue
			}
			named := s.custom(p)
			if other, taken := of[named]; taken {
				return misconfigured("custom_fields", "the custom field %q would hold both %s and %s", named, other, p.field).
					Advise("Give each attribute a custom field of its own")
			}
			of[named] = p.field
		}
	}
	return nil
}

func misconfigured(option, format string, args ...any) *record.Error {
	e := record.Errorf(record.ErrInvalid, format, args...)
	e.Answer = "the option " + option + " of " + title + ": " + e.Answer
	return e
}

// statuses translates between ours and those of a lifecycle of RT.
type statuses struct{ to, from map[string]string }

func newStatuses(option string, ours []string, given map[string]string) (statuses, error) {
	s := statuses{map[string]string{}, map[string]string{}}
	for _, status := range slices.Sorted(maps.Keys(given)) {
		if !slices.Contains(ours, status) {
			return s, misconfigured(option, "%q is none of %s", status, strings.Join(ours, ", "))
		}
	}
	for _, status := range ours {
		theirs := status
		if other, ok := given[status]; ok {
			theirs = strings.ToLower(other)
		}
		if twice, ok := s.from[theirs]; ok {
			return s, misconfigured(option, "the status %q would stand for both %s and %s, and could not be read back", theirs, twice, status)
		}
		s.to[status], s.from[theirs] = theirs, status
	}
	return s, nil
}

// ours is the status that RT's stands for; RT's own where it stands for none, so that it shows as drift.
func (s statuses) ours(theirs string) string {
	if status, ok := s.from[theirs]; ok {
		return status
	}
	return theirs
}

// custom is the name of the custom field in which a field is kept.
func (s *settings) custom(p place) string {
	if other, ok := s.fields[p.field]; ok {
		return other
	}
	return p.custom
}

// catalogOf is where items of a class are.
func (s *settings) catalogOf(class string) string {
	if catalog, ok := s.catalogs[class]; ok {
		return catalog
	}
	return s.catalog
}

// allCatalogs lists every catalog in which items are.
func (s *settings) allCatalogs() []string {
	all := append([]string{s.catalog}, slices.Collect(maps.Values(s.catalogs))...)
	slices.Sort(all)
	return slices.Compact(all)
}

// classIn guesses the class of an asset that does not say it: that of its catalog, where that is for one class only.
func (s *settings) classIn(catalog string) string {
	class := ""
	for c, named := range s.catalogs {
		if named == catalog {
			if class != "" || catalog == s.catalog {
				return ""
			}
			class = c
		}
	}
	return class
}

// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// router decides which system serves a role. With nothing configured the built-in registry serves all; once any other
// system is configured, only what is configured serves, and nothing falls back to the registry silently.
type router struct {
	systems []record.System
	config  *configuration

	mu   sync.Mutex
	open map[string]record.Connection
}

func newRouter(systems []record.System, c *configuration) *router {
	return &router{systems: systems, config: c, open: map[string]record.Connection{}}
}

// resolve finds the system and opens it. Opening does not connect.
func (r *router) resolve(kind record.Kind) (lifecycle.Serving, error) {
	if r.config.rolesUnknown {
		return lifecycle.Serving{}, lifecycle.ErrNotConfigured
	}
	s, err := r.choose(record.Define(kind).Role, kind)
	if err != nil {
		return lifecycle.Serving{}, err
	}
	if r.config.unknown[s.Name] {
		return lifecycle.Serving{}, lifecycle.ErrNotConfigured
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	connection, ok := r.open[s.Name]
	if !ok {
		if connection, err = s.Open(r.config.settings[s.Name]); err != nil {
			return lifecycle.Serving{}, err
		}
		r.open[s.Name] = connection
	}
	return lifecycle.Serving{System: s, Connection: connection}, nil
}

// choose finds the system that serves a role. One system serves a role as a whole: records of one role refer to each other.
func (r *router) choose(role record.Role, kind record.Kind) (record.System, error) {
	s, err := r.serving(role)
	if err != nil {
		return record.System{}, err
	}
	if _, keeps := s.Supports(kind); keeps {
		return s, nil
	}
	others := r.which(func(s record.System) bool { _, keeps := s.Supports(kind); return keeps })
	return record.System{}, record.Errorf(record.ErrUnsupported, "%s, which serves the role %s, keeps no infraops_%s", s.Title, role, kind).
		Advise("Remove it from the configuration, or have another system serve the whole role: %s", named(others))
}

func (r *router) serving(role record.Role) (record.System, error) {
	able := r.which(func(s record.System) bool { return serves(s, role) })
	if name, assigned := r.config.assigned[role]; assigned {
		if i := slices.IndexFunc(able, func(s record.System) bool { return s.Name == name }); i >= 0 {
			return able[i], nil
		}
		return record.System{}, record.Errorf(record.ErrUnsupported, "systems assigns the role %s to %q, which cannot serve it", role, name).
			Advise("Assign the role to one that can: %s", named(able))
	}
	candidates := r.which(func(s record.System) bool { return serves(s, role) && r.eligible(s) })
	switch len(candidates) {
	case 1:
		return candidates[0], nil
	case 0:
		return record.System{}, record.Errorf(record.ErrUnsupported, "no configured system serves the role %s, and nothing falls back to the built-in registry", role).
			Advise("Configure one that can in the provider block: %s", named(able))
	}
	return record.System{}, record.Errorf(record.ErrUnsupported, "several configured systems could serve the role %s: %s", role, named(candidates)).
		Advise("Say which one in the provider block: systems = { %s = %q }", role, candidates[0].Name)
}

// eligible says whether a system may serve without being assigned: it is configured, or it is the registry and nothing else is.
func (r *router) eligible(s record.System) bool {
	if r.config.configured[s.Name] {
		return true
	}
	others := false
	for name, configured := range r.config.configured {
		others = others || (configured && name != builtIn)
	}
	return s.Name == builtIn && !others
}

func (r *router) which(fits func(record.System) bool) []record.System {
	var fitting []record.System
	for _, s := range r.systems {
		if fits(s) {
			fitting = append(fitting, s)
		}
	}
	return fitting
}

func named(systems []record.System) string {
	names := make([]string, len(systems))
	for i, s := range systems {
		names[i] = fmt.Sprintf("%q", s.Name)
	}
	sort.Strings(names)
	return strings.Join(names, ", ")
}

func serves(s record.System, role record.Role) bool { return slices.Contains(s.Serves(), role) }

// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// watched is a T that notes what a check complains about.
type watched struct {
	ctx context.Context //nolint:containedctx // testing.T holds one as well.

	mu         sync.Mutex
	complaints []string
}

func (w *watched) Helper() {}

func (w *watched) Context() context.Context { return w.ctx }

func (w *watched) Errorf(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.complaints = append(w.complaints, fmt.Sprintf(format, args...))
}

func (w *watched) Fatalf(format string, args ...any) {
	w.Errorf(format, args...)
	runtime.Goexit()
}

// watch runs something as a test would, and returns its complaints.
func watch(t *testing.T, run func(T)) []string {
	t.Helper()
	w := &watched{ctx: t.Context()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				w.Errorf("panic: %v", p)
			}
		}()
		run(w)
	}()
	<-done
	return w.complaints
}

// allChecks lists every check under the name that its sub-test has.
func allChecks(c Config) map[string]func(*env) {
	all := map[string]func(*env){"declaration": checkDeclaration}
	for _, k := range cases() {
		for _, check := range checksOf(k) {
			all[string(k.kind)+"/"+check.name] = check.run
		}
	}
	for _, check := range areaChecks() {
		all[check.name] = check.run
	}
	for trouble, begin := range c.Faults {
		all["trouble/"+string(trouble)] = func(e *env) { checkTrouble(e, trouble, begin) }
	}
	return all
}

// defect is a mistake that a system could have. Its functions stand in for those of the store that it spoils.
type defect struct {
	record.Store[record.Record]
	create func(ctx context.Context, r record.Record) (record.Record, error)
	get    func(ctx context.Context, ids []string) (map[string]record.Record, error)
	find   func(ctx context.Context, q record.Query) ([]record.Record, error)
	update func(ctx context.Context, r record.Record, fields []string) (record.Record, error)
	retire func(ctx context.Context, id string, d record.Disposal) error
}

func (d defect) Unwrap() any { return d.Store }

func (d defect) Create(ctx context.Context, r record.Record) (record.Record, error) {
	if d.create != nil {
		return d.create(ctx, r)
	}
	return d.Store.Create(ctx, r)
}

func (d defect) Get(ctx context.Context, ids []string) (map[string]record.Record, error) {
	if d.get != nil {
		return d.get(ctx, ids)
	}
	return d.Store.Get(ctx, ids)
}

func (d defect) Find(ctx context.Context, q record.Query) ([]record.Record, error) {
	if d.find != nil {
		return d.find(ctx, q)
	}
	return d.Store.Find(ctx, q)
}

func (d defect) Update(ctx context.Context, r record.Record, fields []string) (record.Record, error) {
	if d.update != nil {
		return d.update(ctx, r, fields)
	}
	return d.Store.Update(ctx, r, fields)
}

func (d defect) Retire(ctx context.Context, id string, how record.Disposal) error {
	if d.retire != nil {
		return d.retire(ctx, id, how)
	}
	return d.Store.Retire(ctx, id, how)
}

// spoiled is a connection whose stores have a defect.
type spoiled struct {
	record.Connection
	defect spoils
	cache  *sync.Map // for defects that remember
}

func (s spoiled) Stores() record.Stores {
	stores := record.Stores{}
	for kind, inner := range s.Connection.Stores() {
		d := s.defect(inner, s.cache)
		d.Store = inner
		stores[kind] = d
		// What an outer wrapper has is what is found, so allocation stays whole.
		if a, ok := record.Capability[record.Allocator[record.Record]](inner); ok {
			stores[kind] = struct {
				defect
				record.Allocator[record.Record]
			}{d, a}
		}
	}
	return stores
}

type (
	store  = record.Store[record.Record]
	spoils = func(inner store, cache *sync.Map) defect
)

// defects are mistakes that real systems and real adapters have made, with a check of each kind that must find it.
var defects = map[string]struct {
	spoil spoils
	found []string
}{
	"a second create makes a second record": {
		func(inner store, _ *sync.Map) defect {
			return defect{create: func(ctx context.Context, r record.Record) (record.Record, error) {
				made, err := inner.Create(ctx, r)
				if err == nil || !isConflict(err) {
					return made, err
				}
				twin := record.Clone(r)
				twin.Metadata().Stack += "\u200b" // Escapes the key, as a second row without a unique index would.
				made, err = inner.Create(ctx, twin)
				if err == nil {
					made.Metadata().Stack = r.Metadata().Stack
				}
				return made, err
			}}
		},
		[]string{"cmdb_configuration_item/create twice", "change_request/create concurrently"},
	},
	"a page is lost": {
		func(inner store, _ *sync.Map) defect {
			return defect{find: func(ctx context.Context, q record.Query) ([]record.Record, error) {
				found, err := inner.Find(ctx, q)
				return found[:min(len(found), 60)], err
			}}
		},
		[]string{"ipam_address/find beyond a page", "cmdb_relationship/find beyond a page"},
	},
	"an update replaces the whole map": {
		func(inner store, _ *sync.Map) defect {
			return defect{update: func(ctx context.Context, r record.Record, fields []string) (record.Record, error) {
				whole := slices.Clone(fields)
				for i, path := range whole {
					whole[i], _, _ = strings.Cut(path, ".")
				}
				return inner.Update(ctx, r, slices.Compact(whole))
			}}
		},
		[]string{"cmdb_configuration_item/update entries", "ipam_prefix/update entries", "change_request/update entries", "cmdb/state view"},
	},
	"an update writes all fields": {
		func(inner store, _ *sync.Map) defect {
			return defect{update: func(ctx context.Context, r record.Record, fields []string) (record.Record, error) {
				all := slices.Clone(fields)
				for _, f := range record.Fields(r) {
					if f.Name == "description" || f.Name == "owner" {
						all = append(all, f.Name)
					}
				}
				return inner.Update(ctx, r, all)
			}}
		},
		[]string{"cmdb_configuration_item/update", "ipam_address/update", "change_request/update"},
	},
	"a field is dropped silently": {
		func(inner store, _ *sync.Map) defect {
			return defect{create: func(ctx context.Context, r record.Record) (record.Record, error) {
				r, _ = lose(r, nil, []string{"location", "description"})
				return inner.Create(ctx, r)
			}}
		},
		[]string{"cmdb_configuration_item/create", "ipam_prefix/create", "change_request/create"},
	},
	"create echoes its input": {
		func(inner store, _ *sync.Map) defect {
			return defect{create: func(ctx context.Context, r record.Record) (record.Record, error) {
				lost, _ := lose(r, nil, []string{"location", "description", "environment"})
				made, err := inner.Create(ctx, lost)
				if err != nil {
					return nil, err
				}
				echo := record.Clone(r)
				echo.Canonicalise()
				*echo.Metadata() = *made.Metadata()
				return echo, nil
			}}
		},
		[]string{"cmdb_configuration_item/create", "ipam_prefix/create", "change_request/create"},
	},
	"what cannot be read is absent": {
		func(inner store, _ *sync.Map) defect {
			return defect{get: func(ctx context.Context, ids []string) (map[string]record.Record, error) {
				found, _ := inner.Get(ctx, ids)
				return found, nil
			}}
		},
		[]string{"cmdb_configuration_item/cancelled context", "ipam_prefix/closed connection", "trouble/401"},
	},
	"part of an answer is an answer": {
		func(inner store, _ *sync.Map) defect {
			return defect{find: func(ctx context.Context, q record.Query) ([]record.Record, error) {
				found, _ := inner.Find(ctx, q)
				return found, nil
			}}
		},
		[]string{"trouble/429 with Retry-After"},
	},
	"one absent id hides the others": {
		func(inner store, _ *sync.Map) defect {
			return defect{get: func(ctx context.Context, ids []string) (map[string]record.Record, error) {
				found, err := inner.Get(ctx, ids)
				if err == nil && slices.Contains(ids, absentID) {
					return nil, record.Errorf(record.ErrNotFound, "there is no %s", absentID)
				}
				return found, err
			}}
		},
		[]string{"ipam_address/get in bulk"},
	},
	"conditions are ignored": {
		func(inner store, _ *sync.Map) defect {
			return defect{find: func(ctx context.Context, q record.Query) ([]record.Record, error) {
				q.Where = nil
				return inner.Find(ctx, q)
			}}
		},
		[]string{"cmdb_relationship/find"},
	},
	"stacks are mixed": {
		func(inner store, _ *sync.Map) defect {
			return defect{find: func(ctx context.Context, q record.Query) ([]record.Record, error) {
				q.Stack = ""
				return inner.Find(ctx, q)
			}}
		},
		[]string{"change_request/find", "ipam_prefix/find"},
	},
	"an end erases": {
		func(inner store, _ *sync.Map) defect {
			return defect{retire: func(ctx context.Context, id string, _ record.Disposal) error {
				return inner.Retire(ctx, id, record.Erase)
			}}
		},
		[]string{"cmdb_configuration_item/retire", "change_request/retire", "cmdb/revive", "change/cancel"},
	},
	"an end is not reached": {
		func(store, *sync.Map) defect {
			return defect{retire: func(context.Context, string, record.Disposal) error { return nil }}
		},
		[]string{"ipam_address/retire", "cmdb_relationship/retire", "ipam_prefix/erase"},
	},
	"a refused end is a success": {
		func(inner store, _ *sync.Map) defect {
			return defect{retire: func(ctx context.Context, id string, d record.Disposal) error {
				if err := inner.Retire(ctx, id, d); err != nil && !errors.Is(err, record.ErrConflict) {
					return err
				}
				return nil
			}}
		},
		[]string{"patch_enrollment/uses", "backup_enrollment/uses", "ipam/prefix in use"},
	},
	"the second end is an error": {
		func(inner store, _ *sync.Map) defect {
			return defect{retire: func(ctx context.Context, id string, d record.Disposal) error {
				found, err := inner.Get(ctx, []string{id})
				if r, ok := found[id]; err == nil && (!ok || record.Gone(r)) {
					return record.Errorf(record.ErrNotFound, "there is no %q", id)
				}
				return inner.Retire(ctx, id, d)
			}}
		},
		[]string{"cmdb_configuration_item/retire", "ipam_address/erase"},
	},
	"returned records are shared": {
		func(inner store, cache *sync.Map) defect {
			return defect{get: func(ctx context.Context, ids []string) (map[string]record.Record, error) {
				found, err := inner.Get(ctx, ids)
				for id, r := range found {
					shared, _ := cache.LoadOrStore(id, r)
					found[id] = shared.(record.Record)
				}
				return found, err
			}}
		},
		[]string{"cmdb_configuration_item/drift", "ipam_prefix/own copies", "change_request/own copies"},
	},
	"errors have no reason": {
		func(inner store, _ *sync.Map) defect {
			return defect{create: func(ctx context.Context, r record.Record) (record.Record, error) {
				made, err := inner.Create(ctx, r)
				if err != nil {
					return nil, fmt.Errorf("%v", err) //nolint:errorlint // That is the defect.
				}
				return made, nil
			}}
		},
		[]string{"ipam_prefix/create twice", "cmdb_relationship/invalid", "ipam/refused addresses", "cmdb/relationship to nothing", "ipam/prefix is unique"},
	},
}

func isConflict(err error) bool { return strings.Contains(err.Error(), "key is taken") }

func TestDefectsAreFound(t *testing.T) {
	for name, d := range defects {
		t.Run(name, func(t *testing.T) {
			c := troubledConfig(func(conn record.Connection) record.Connection { return spoiled{conn, d.spoil, new(sync.Map)} })
			all := allChecks(c)
			for _, check := range d.found {
				run, ok := all[check]
				if !ok {
					t.Fatalf("there is no check %q", check)
				}
				if complaints := watch(t, func(w T) { run(newEnv(w, t, c)) }); len(complaints) == 0 {
					t.Errorf("check %q did not find it", check)
				} else {
					t.Logf("%s: %.200s", check, complaints[0])
				}
			}
		})
	}
}

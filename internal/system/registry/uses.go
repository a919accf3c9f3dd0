// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// reference is a field of a kind that holds the id of a record of another kind.
type reference struct {
	kind  record.Kind
	field string
}

// usersOf lists what refers to records of a kind.
func usersOf(used record.Kind) []reference {
	var users []reference
	for _, kind := range record.Kinds() {
		uses := record.Define(kind).Uses
		for _, field := range slices.Sorted(maps.Keys(uses)) {
			if uses[field] == used {
				users = append(users, reference{kind, field})
			}
		}
	}
	return users
}

// base is what every store is at bottom.
func (s *store) base() *store { return s }

func (r *Registry) base(kind record.Kind) *store {
	return r.stores[kind].(interface{ base() *store }).base()
}

// usedLive refuses a reference to what does not exist or has ended. What is referred to is held, so that it cannot be ended
// before the transaction is. Of an update only the references that change are looked at.
func (s *store) usedLive(ctx context.Context, tx *transaction, was, now record.Record) error {
	for _, field := range slices.Sorted(maps.Keys(s.uses)) {
		id, _ := record.Text(now, field)
		if was != nil {
			if before, _ := record.Text(was, field); before == id {
				continue
			}
		}
		if err := tx.live(ctx, s.uses[field], field, id); err != nil {
			return err
		}
	}
	return nil
}

// live refuses the id in a field under which there is no live record of a kind. The record is held until the transaction is over.
func (tx *transaction) live(ctx context.Context, kind record.Kind, field, id string) error {
	used := tx.r.base(kind)
	if n, ok := numeric(id); ok {
		found, err := used.single(ctx, tx.session, n, tx.r.engine.held(true))
		if err != nil || found != nil && !record.Gone(found) {
			return err
		}
	}
	return record.Errorf(record.ErrNotFound, "there is no live %s with id %q in the registry", used.title, id).On(field).
		Advise("Refer to the id attribute of an infraops_%s", kind)
}

// notInUse refuses to end what live records of any stack refer to. The caller holds the record, so that no reference can be added.
func (s *store) notInUse(ctx context.Context, tx *transaction, id int64, was record.Record) error {
	for _, user := range s.users {
		// The pattern only narrows: the field could be part of a text.
		candidates, err := tx.r.base(user.kind).list(ctx, tx.session, "gone = 0 AND document LIKE ? ORDER BY id",
			[]any{fmt.Sprintf(`%%"%s":"%d"%%`, user.field, id)})
		if err != nil {
			return err
		}
		var names []string
		for _, r := range candidates {
			if text, _ := record.Text(r, user.field); text != was.Metadata().ID {
				continue
			}
			names = append(names, userName(r.NaturalName(), r.Metadata().Stack, was))
		}
		if len(names) > 0 {
			return inUse(s, user, was, names)
		}
	}
	return nil
}

func inUse(s *store, user reference, was record.Record, names []string) error {
	return record.Errorf(record.ErrConflict, "%s %q cannot be removed: it is in use by %s", s.title, was.NaturalName(), users(user.kind, names)).
		Advise("First remove the infraops_%s resources whose %s is %s, or give them another. To replace the %s, set create_before_destroy in its lifecycle block",
			user.kind, user.field, was.Metadata().ID, s.title)
}

// userName names what uses a record, with its stack where that is another one.
func userName(name, stack string, used record.Record) string {
	if stack == used.Metadata().Stack {
		return fmt.Sprintf("%q", name)
	}
	return fmt.Sprintf("%q of stack %q", name, stack)
}

// users counts what uses a record and names the first of them: `2 patch enrollments: "a", "b" of stack "s"`.
func users(kind record.Kind, names []string) string {
	const named = 5
	all, title := len(names), record.Define(kind).Title
	switch {
	case all > 1 && strings.HasSuffix(title, "s"):
		title += "es"
	case all > 1:
		title += "s"
	}
	if all > named {
		names = append(names[:named:named], fmt.Sprintf("and %d more", all-named))
	}
	return fmt.Sprintf("%d %s: %s", all, title, strings.Join(names, ", "))
}

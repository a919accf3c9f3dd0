// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// unsupported refuses what the serving system has no place for.
func unsupported(b *binding, d *decoded) []record.FieldError {
	support, ok := b.system.Supports(b.definition.Kind)
	if !ok {
		return nil
	}
	var problems []record.FieldError
	for _, field := range support.Unsupported {
		if d.set[field] {
			problems = append(problems, record.FieldError{
				Field: field, Problem: fmt.Sprintf("cannot be expressed in %s; remove it, or have another system serve this", b.system.Title),
			})
		}
	}
	for field, allowed := range support.Values {
		value, has := record.Text(d.record, field)
		if has && d.set[field] && !slices.Contains(allowed, value) {
			problems = append(problems, record.FieldError{
				Field: field, Problem: fmt.Sprintf("must be one of %s in %s, is %q", strings.Join(allowed, ", "), b.system.Title, value),
			})
		}
	}
	for _, p := range b.refuses(d.record) {
		if !d.isUnknown(p.Field) && !slices.ContainsFunc(p.Others, d.isUnknown) {
			problems = append(problems, p)
		}
	}
	return problems
}

// refuses lists what the system would not keep as it is.
func (b *binding) refuses(r record.Record) []record.FieldError {
	support, _ := b.system.Supports(b.definition.Kind)
	if support.Refuses == nil {
		return nil
	}
	problems := slices.Clone(support.Refuses(record.Clone(r)))
	for i := range problems {
		problems[i].Problem = fmt.Sprintf("cannot be kept as it is by %s: it %s", b.system.Title, problems[i].Problem)
	}
	return problems
}

// linked refuses the ids of records that another system keeps, in fields that the serving system keeps as links between
// records of its own.
func (r *Run) linked(b *binding, d *decoded) []record.FieldError {
	support, _ := b.system.Supports(b.definition.Kind)
	var problems []record.FieldError
	for field, kind := range support.Links {
		if !d.set[field] {
			continue
		}
		other, err := r.bind(kind)
		if errors.Is(err, ErrNotConfigured) || err == nil && other.system.Name == b.system.Name {
			continue
		}
		role, served := record.Define(kind).Role, "not served"
		if err == nil {
			served = fmt.Sprintf("served by %q", other.system.Name)
		}
		problems = append(problems, record.FieldError{Field: field, Problem: fmt.Sprintf(
			"cannot be kept by %s, which links its own records only: the role %s is %s; leave it out, or have one system serve both: systems = { %s = %q, %s = %q }",
			b.system.Title, role, served, b.definition.Role, b.system.Name, role, b.system.Name)})
	}
	return problems
}

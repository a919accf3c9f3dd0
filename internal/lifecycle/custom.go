// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Store finds the store of a kind and the name of the system that serves it, for a data source that is more than one
// record or a list of records. The data source gets its run in Configure. A nil run has no store.
func (r *Run) Store(kind record.Kind) (record.Store[record.Record], string, error) {
	b, err := r.bind(kind)
	if err != nil {
		return nil, "", err
	}
	return b.store, b.system.Name, nil
}

// Find lists the live records of a kind, whatever their stack, whose field has a value. It asks the system once in a run
// for each value, until a record of the kind is written.
func (r *Run) Find(ctx context.Context, kind record.Kind, field, value string) ([]record.Record, error) {
	b, err := r.bind(kind)
	if err != nil {
		return nil, err
	}
	return r.found(ctx, b, field, value)
}

// Reading is what such a data source reads: its errors are worded as all others are.
type Reading struct {
	// Title is what people call it, such as "image"; Name which one; System where from, once that is known.
	Title, Name, System string
	// Schema is the data source's or ephemeral resource's, to which an error's field leads; nil where none does.
	Schema interface{ Type() attr.Type }
}

// Failure words an error.
func (r Reading) Failure(err error) diag.Diagnostic {
	return r.codec().failure(subject{verb: "read", title: r.Title, name: r.Name, system: r.System}, err)
}

// Problems words broken rules.
func (r Reading) Problems(problems []record.FieldError) diag.Diagnostics {
	return r.codec().problemDiagnostics(problems)
}

func (r Reading) codec() *codec {
	if r.Schema == nil {
		return &codec{}
	}
	return &codec{object: r.Schema.Type().TerraformType(context.Background()).(tftypes.Object)}
}

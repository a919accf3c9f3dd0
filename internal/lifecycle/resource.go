// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package lifecycle is the Terraform lifecycle, written once: create or adopt, coalesced read, partial update, end of life,
// import, gates that wait, plan-time rules, and the wording of diagnostics. A resource type is a [Type]: the kind of its
// record, its attributes, and where needed one hook for what can be known at plan time. It has no CRUD code of its own.
package lifecycle

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Type describes a resource type. An attribute and the record's field of the same name are bound to each other by
// that name, so the attributes are the whole mapping.
type Type struct {
	Kind record.Kind
	// Description is the page's text, in Markdown.
	Description string
	// Attributes are those of this type alone; those that every type has are added.
	Attributes map[string]schema.Attribute
	// Immutable names the attributes whose change replaces the record.
	Immutable []string
	// Stable names the computed attributes that an update does not change, so that a plan keeps them known.
	Stable []string
	// References names the attributes that hold the id of a record of the same role, which a plan can look for. What the kind's
	// definition says that it uses is among them.
	References map[string]record.Kind
	// Plan refuses at plan time what only a look at other records can tell, and fills in what can be known early. It may be nil.
	Plan func(ctx context.Context, p *Plan) error
	// Before does at apply what must be done before the record is sent, such as generating a secret and delivering it. It may
	// run again for a write that was interrupted. It may be nil.
	Before func(ctx context.Context, w *Write) error
	// BeforeEnd does what must be done before a record ends, such as taking back what was delivered for it. What fails there is
	// done again by the next destroy, which a record that has ended would no longer have. It may be nil.
	BeforeEnd func(ctx context.Context, w *Write) error
}

// The attributes that every record resource has.
const (
	attrID            = "id"
	attrSystem        = "system"
	attrURL           = "url"
	attrCorrelationID = "correlation_id"
	attrExtensions    = "extensions"
	attrTimeouts      = "timeouts"
)

var metaAttributes = []string{attrID, attrSystem, attrURL, attrCorrelationID}

// OneOf words an enumeration for a description, in Markdown.
func OneOf(values []string) string { return "`" + strings.Join(values, "`, `") + "`" }

// Resource is the Terraform resource of a [Type].
type Resource struct {
	Type
	definition record.Definition
	systems    []record.System
	schema     schema.Schema
	codec      *codec
	// straight says that the shortcuts may be taken.
	straight bool
	run      *Run
}

var (
	_ resource.ResourceWithConfigure      = (*Resource)(nil)
	_ resource.ResourceWithIdentity       = (*Resource)(nil)
	_ resource.ResourceWithImportState    = (*Resource)(nil)
	_ resource.ResourceWithModifyPlan     = (*Resource)(nil)
	_ resource.ResourceWithValidateConfig = (*Resource)(nil)
)

// NewResource makes the constructor of a type's resource. The schema and its codec are built once, since the framework
// makes a new resource for every call. It panics on an attribute that the record has no field for, a programming error
// that every test meets.
func NewResource(t Type, systems []record.System) func() resource.Resource {
	definition := record.Define(t.Kind)
	references := map[string]record.Kind{}
	maps.Copy(references, definition.Uses)
	maps.Copy(references, t.References)
	t.References = references
	s := schema.Schema{MarkdownDescription: t.Description + "\n\nImport it by `id`, or by its natural name as `name:" + definition.NameForm + "`.", Attributes: maps.Clone(t.Attributes)}
	for name, a := range commonAttributes(definition, systems) {
		s.Attributes[name] = a
	}
	for _, name := range t.Immutable {
		s.Attributes[name] = describedImmutable(s.Attributes[name])
	}
	shared := Resource{Type: t, definition: definition, systems: systems, schema: s, codec: newCodec(definition, s.Type(), s.Attributes), straight: straightforward(s.Attributes)}
	return func() resource.Resource {
		r := shared
		return &r
	}
}

func commonAttributes(d record.Definition, systems []record.System) map[string]schema.Attribute {
	names := make([]string, len(systems))
	for i, s := range systems {
		names[i] = "`" + s.Name + "`"
	}
	return map[string]schema.Attribute{
		attrID:            schema.StringAttribute{Computed: true, MarkdownDescription: "The system's own identifier of the " + d.Title + "."},
		attrSystem:        schema.StringAttribute{Computed: true, MarkdownDescription: "The system that keeps the " + d.Title + "."},
		attrURL:           schema.StringAttribute{Computed: true, MarkdownDescription: "A link for a person; null where the system has no user interface."},
		attrCorrelationID: schema.StringAttribute{Computed: true, MarkdownDescription: "The key `<stack>/<kind>/<name>` under which the record is found again after an interrupted apply."},
		attrExtensions: schema.MapAttribute{
			ElementType: types.MapType{ElemType: types.StringType}, Optional: true,
			MarkdownDescription: "Vendor fields, keyed by system (" + strings.Join(names, ", ") + "). Only those of the serving system are sent and compared.",
		},
		attrTimeouts: timeouts.Attributes(context.Background(), timeouts.Opts{Create: true, Read: true, Update: true, Delete: true}),
	}
}

// describedImmutable says in the documentation what the plan will do.
func describedImmutable(a schema.Attribute) schema.Attribute {
	const note = " Changing this replaces the record."
	switch x := a.(type) {
	case schema.StringAttribute:
		x.MarkdownDescription += note
		return x
	case schema.BoolAttribute:
		x.MarkdownDescription += note
		return x
	case schema.Int64Attribute:
		x.MarkdownDescription += note
		return x
	case schema.MapAttribute:
		x.MarkdownDescription += note
		return x
	case schema.SetAttribute:
		x.MarkdownDescription += note
		return x
	case schema.ListAttribute:
		x.MarkdownDescription += note
		return x
	case schema.SingleNestedAttribute:
		x.MarkdownDescription += note
		return x
	case schema.ListNestedAttribute:
		x.MarkdownDescription += note
		return x
	}
	panic(fmt.Sprintf("lifecycle: an immutable attribute cannot be a %T", a))
}

// Metadata implements [resource.Resource].
func (r *Resource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + string(r.Kind)
}

// Schema implements [resource.Resource].
func (r *Resource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = r.schema
}

// IdentitySchema implements [resource.ResourceWithIdentity].
func (r *Resource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		attrID: identityschema.StringAttribute{RequiredForImport: true, Description: "The system's own identifier of the " + r.definition.Title + "."},
	}}
}

// Configure implements [resource.ResourceWithConfigure].
func (r *Resource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	r.run, _ = req.ProviderData.(*Run)
}

// ValidateConfig implements [resource.ResourceWithValidateConfig]: the record's own rules, as far as the values are known.
func (r *Resource) ValidateConfig(_ context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	config, err := r.codec.decodeAsWritten(req.Config.Raw, "")
	if err != nil {
		resp.Diagnostics.AddError(internalError(err))
		return
	}
	problems := slices.Concat(config.judge(), r.extensionProblems(config), config.secretProblems())
	resp.Diagnostics.Append(r.codec.problemDiagnostics(problems)...)
}

// extensionProblems refuses vendor fields of systems that do not exist, which would otherwise never be sent anywhere, and
// broken ones of any system: which one serves is not known here.
func (r *Resource) extensionProblems(d *decoded) []record.FieldError {
	var problems []record.FieldError
	for _, name := range d.extensionSystems() {
		if !slices.ContainsFunc(r.systems, func(s record.System) bool { return s.Name == name }) {
			problems = append(problems, record.FieldError{
				Field: attrExtensions + "." + name, Problem: fmt.Sprintf("there is no system %q; the systems are %s", name, systemNames(r.systems)),
			})
			continue
		}
		if nulls := d.nullExtensions(name); len(nulls) > 0 {
			problems = append(problems, record.FieldError{
				Field: attrExtensions + "." + name, Problem: fmt.Sprintf("%s must not be null; leave the key out to have no value", strings.Join(nulls, ", ")),
			})
		}
	}
	return problems
}

func systemNames(systems []record.System) string {
	names := make([]string, len(systems))
	for i, s := range systems {
		names[i] = s.Name
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Lookup describes a data source that shows one record, of whatever stack.
type Lookup struct {
	// Type is the resource type whose attributes are shown.
	Type Type
	// Name is the Terraform type without the provider's prefix; the resource type's where it is empty.
	Name string
	// Description is the page's text, in Markdown.
	Description string
	// By lists the ways to select the record, each a set of attributes: {"id"}, {"class", "name"}.
	By [][]string
}

// TypeName is the Terraform type without the provider's prefix.
func (l Lookup) TypeName() string { return cmp.Or(l.Name, string(l.Type.Kind)) }

// Listing describes a data source that shows all records that match.
type Listing struct {
	Type        Type
	Description string
	// Name is the Terraform type without the provider's prefix.
	Name string
	// Filters are the attributes that can be filtered by. Several filters must all match.
	Filters []string
}

// lookupSource is the data source of a [Lookup].
type lookupSource struct {
	Lookup
	definition record.Definition
	schema     dschema.Schema
	codec      *codec
	run        *Run
}

var (
	_ datasource.DataSourceWithConfigure      = (*lookupSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*lookupSource)(nil)
	_ datasource.DataSourceWithConfigure      = (*listingSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*listingSource)(nil)
)

// NewLookup makes the constructor of a lookup's data source.
func NewLookup(l Lookup) func() datasource.DataSource {
	definition := record.Define(l.Type.Kind)
	attributes := shown(l.Type, definition)
	for _, way := range l.By {
		for _, name := range way {
			attributes[name] = selectable(attributes[name])
		}
	}
	s := dschema.Schema{MarkdownDescription: l.Description, Attributes: attributes}
	shared := lookupSource{Lookup: l, definition: definition, schema: s, codec: newCodec(definition, s.Type(), s.Attributes)}
	return func() datasource.DataSource {
		d := shared
		return &d
	}
}

// shown turns a resource type's attributes into computed ones. What a configuration says for Terraform alone is left out.
func shown(t Type, d record.Definition) map[string]dschema.Attribute {
	attributes := map[string]dschema.Attribute{}
	for name, a := range t.Attributes {
		if f, ok := record.FieldNamed(d.New(), name); ok && !f.Input && !f.Secret {
			attributes[name] = computed(a)
		}
	}
	for name, a := range commonAttributes(d, nil) {
		if slices.Contains(metaAttributes, name) {
			attributes[name] = computed(a)
		}
	}
	return attributes
}

func computed(a schema.Attribute) dschema.Attribute {
	switch x := a.(type) {
	case schema.StringAttribute:
		return dschema.StringAttribute{Computed: true, MarkdownDescription: x.MarkdownDescription}
	case schema.BoolAttribute:
		return dschema.BoolAttribute{Computed: true, MarkdownDescription: x.MarkdownDescription}
	case schema.Int64Attribute:
		return dschema.Int64Attribute{Computed: true, MarkdownDescription: x.MarkdownDescription}
	case schema.MapAttribute:
		return dschema.MapAttribute{Computed: true, ElementType: x.ElementType, MarkdownDescription: x.MarkdownDescription}
	case schema.SetAttribute:
		return dschema.SetAttribute{Computed: true, ElementType: x.ElementType, MarkdownDescription: x.MarkdownDescription}
	case schema.ListAttribute:
		return dschema.ListAttribute{Computed: true, ElementType: x.ElementType, MarkdownDescription: x.MarkdownDescription}
	case schema.SingleNestedAttribute:
		return dschema.SingleNestedAttribute{Computed: true, Attributes: computedAll(x.Attributes), MarkdownDescription: x.MarkdownDescription}
	case schema.ListNestedAttribute:
		return dschema.ListNestedAttribute{Computed: true, NestedObject: dschema.NestedAttributeObject{Attributes: computedAll(x.NestedObject.Attributes)}, MarkdownDescription: x.MarkdownDescription}
	}
	panic(fmt.Sprintf("lifecycle: a data source cannot show a %T", a))
}

func computedAll(attributes map[string]schema.Attribute) map[string]dschema.Attribute {
	all := make(map[string]dschema.Attribute, len(attributes))
	for name, a := range attributes {
		all[name] = computed(a)
	}
	return all
}

func selectable(a dschema.Attribute) dschema.Attribute {
	x := a.(dschema.StringAttribute)
	x.Optional = true
	return x
}

// Metadata implements [datasource.DataSource].
func (d *lookupSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + d.TypeName()
}

// Schema implements [datasource.DataSource].
func (d *lookupSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = d.schema
}

// Configure implements [datasource.DataSourceWithConfigure].
func (d *lookupSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.run, _ = req.ProviderData.(*Run)
}

// ValidateConfig refuses a selection that could not say which record is meant.
func (d *lookupSource) ValidateConfig(_ context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	config, err := d.codec.decodeAsWritten(req.Config.Raw, "")
	if err != nil {
		resp.Diagnostics.AddError(internalError(err))
		return
	}
	resp.Diagnostics.Append(d.codec.problemDiagnostics(config.judge())...)
	if _, ok := d.selection(config); !ok && !resp.Diagnostics.HasError() {
		resp.Diagnostics.AddError("Invalid selection of a "+d.definition.Title, "Select the record by "+ways(d.By)+", and by nothing else.")
	}
}

func ways(by [][]string) string {
	var all []string
	for _, way := range by {
		all = append(all, strings.Join(way, " and "))
	}
	return strings.Join(all, ", or by ")
}

// selection finds the one way in By that is used. An unknown value counts as given.
func (d *lookupSource) selection(config *decoded) ([]string, bool) {
	given := map[string]bool{}
	for name, v := range config.values {
		if !v.IsNull() {
			given[name] = true
		}
	}
	for _, way := range d.By {
		used := len(way) == len(given)
		for _, name := range way {
			used = used && given[name]
		}
		if used {
			return way, true
		}
	}
	return nil, false
}

// Read implements [datasource.DataSource].
func (d *lookupSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	s := subject{verb: "read", title: d.definition.Title}
	b, err := d.run.bind(d.definition.Kind)
	if err != nil {
		resp.Diagnostics.Append(d.codec.failure(s, err))
		return
	}
	s.system = b.system.Name
	config, err := d.codec.decode(req.Config.Raw, b.system.Name)
	if err != nil {
		resp.Diagnostics.AddError(internalError(err))
		return
	}
	way, _ := d.selection(config)
	var found record.Record
	err = guarded(func() (err error) { found, err = d.find(ctx, b, config, way); return err })
	if err != nil {
		resp.Diagnostics.Append(d.codec.failure(s, err))
		return
	}
	raw, err := d.codec.encode(found, encoding{base: config, everything: true, system: b.system.Name})
	if err != nil {
		resp.Diagnostics.AddError(internalError(err))
		return
	}
	resp.State.Raw = raw
}

func (d *lookupSource) find(ctx context.Context, b *binding, config *decoded, way []string) (record.Record, error) {
	where := map[string]string{}
	var words []string
	for _, name := range way {
		where[name], _ = record.Text(config.record, name)
		if name == attrID {
			where[name] = config.record.Metadata().ID
		}
		words = append(words, fmt.Sprintf("%s %q", name, where[name]))
	}
	said := strings.Join(words, " and ")
	if id, byID := where[attrID]; byID {
		found, err := b.reader.get(ctx, id)
		if err == nil && (found == nil || record.Gone(found)) {
			err = record.Errorf(record.ErrNotFound, "there is no live record with %s", said).Advise("Check the value, and that the record is kept by %s", b.system.Name)
		}
		return found, err
	}
	found, err := b.store.Find(ctx, record.Query{Where: where})
	if err != nil {
		return nil, err
	}
	if own := slices.DeleteFunc(slices.Clone(found), func(r record.Record) bool { return r.Metadata().Stack != b.reader.stack }); len(found) > 1 && len(own) == 1 {
		return own[0], nil
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, record.Errorf(record.ErrNotFound, "there is no live record with %s", said).Advise("Check the value, and that the record is kept by %s", b.system.Name)
	}
	var ids []string
	for _, r := range found {
		ids = append(ids, fmt.Sprintf("%s (stack %q)", r.Metadata().ID, r.Metadata().Stack))
	}
	return nil, record.Errorf(record.ErrConflict, "there are %d live records with %s", len(found), said).Advise("Select one by id: %s", strings.Join(ids, ", "))
}

// listingSource is the data source of a [Listing].
type listingSource struct {
	Listing
	definition record.Definition
	schema     dschema.Schema
	filters    *codec
	element    *codec
	elements   string
	run        *Run
}

// NewListing makes the constructor of a listing's data source.
func NewListing(l Listing) func() datasource.DataSource {
	definition := record.Define(l.Type.Kind)
	shownAttributes := shown(l.Type, definition)
	element := dschema.NestedAttributeObject{Attributes: shownAttributes}
	// The list is named after what is listed: configuration_items of cmdb_configuration_items.
	_, elements, _ := strings.Cut(l.Name, "_")
	attributes := map[string]dschema.Attribute{}
	for _, name := range l.Filters {
		attributes[name] = filter(shownAttributes[name])
	}
	filters := newCodec(definition, dschema.Schema{Attributes: maps.Clone(attributes)}.Type(), attributes)
	attributes = maps.Clone(attributes)
	attributes["stack"] = dschema.StringAttribute{Optional: true, MarkdownDescription: "Only the records of this stack. Default: of every stack."}
	attributes[elements] = dschema.ListNestedAttribute{Computed: true, NestedObject: element, MarkdownDescription: "The live records that match every filter, ordered by id."}
	shared := listingSource{
		Listing: l, definition: definition, elements: elements, filters: filters,
		schema:  dschema.Schema{MarkdownDescription: l.Description, Attributes: attributes},
		element: newCodec(definition, element.Type(), shownAttributes),
	}
	return func() datasource.DataSource {
		d := shared
		return &d
	}
}

func filter(a dschema.Attribute) dschema.Attribute {
	switch x := a.(type) {
	case dschema.StringAttribute:
		return dschema.StringAttribute{Optional: true, MarkdownDescription: "Only records with this value. " + x.MarkdownDescription}
	case dschema.MapAttribute:
		return dschema.MapAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: "Only records that have all of these entries. " + x.MarkdownDescription}
	}
	panic(fmt.Sprintf("lifecycle: cannot filter by a %T", a))
}

// Metadata implements [datasource.DataSource].
func (d *listingSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + d.Name
}

// Schema implements [datasource.DataSource].
func (d *listingSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = d.schema
}

// Configure implements [datasource.DataSourceWithConfigure].
func (d *listingSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.run, _ = req.ProviderData.(*Run)
}

// ValidateConfig refuses filters that no record could match.
func (d *listingSource) ValidateConfig(_ context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	config := values{}
	if err := req.Config.Raw.As((*map[string]tftypes.Value)(&config)); err != nil {
		resp.Diagnostics.AddError(internalError(err))
		return
	}
	_, problems, err := d.query(config)
	if err != nil {
		resp.Diagnostics.AddError(internalError(err))
		return
	}
	resp.Diagnostics.Append(d.filters.problemDiagnostics(problems)...)
}

// Read implements [datasource.DataSource].
func (d *listingSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	s := subject{verb: "read", title: d.definition.Title + "s"}
	b, err := d.run.bind(d.definition.Kind)
	if err != nil {
		resp.Diagnostics.Append(d.filters.failure(s, err))
		return
	}
	s.system = b.system.Name
	config := values{}
	if err := req.Config.Raw.As((*map[string]tftypes.Value)(&config)); err != nil {
		resp.Diagnostics.AddError(internalError(err))
		return
	}
	query, problems, err := d.query(config)
	if err != nil {
		resp.Diagnostics.AddError(internalError(err))
		return
	}
	if len(problems) > 0 {
		resp.Diagnostics.Append(d.filters.problemDiagnostics(problems)...)
		return
	}
	var found []record.Record
	if err := guarded(func() (err error) { found, err = b.store.Find(ctx, query); return err }); err != nil {
		resp.Diagnostics.Append(d.filters.failure(s, err))
		return
	}
	list := make([]tftypes.Value, len(found))
	for i, r := range found {
		if list[i], err = d.element.encode(r, encoding{everything: true, system: b.system.Name}); err != nil {
			resp.Diagnostics.AddError(internalError(err))
			return
		}
	}
	config[d.elements] = tftypes.NewValue(tftypes.List{ElementType: d.element.object}, list)
	resp.State.Raw = tftypes.NewValue(d.schema.Type().TerraformType(ctx), map[string]tftypes.Value(config))
}

// query reads the filters.
func (d *listingSource) query(config values) (record.Query, []record.FieldError, error) {
	q := record.Query{Where: map[string]string{}}
	if v := config["stack"]; v.IsKnown() && !v.IsNull() {
		if err := v.As(&q.Stack); err != nil {
			return q, nil, err
		}
	}
	chosen := map[string]tftypes.Value{}
	for _, name := range d.Filters {
		chosen[name] = config[name]
	}
	filters, err := d.filters.decode(tftypes.NewValue(d.filters.object, chosen), "")
	if err != nil {
		return q, nil, err
	}
	for path := range filters.set {
		if value, ok := record.Text(filters.record, path); ok {
			q.Where[path] = value
		}
	}
	// Who filters by status may ask for the retired ones.
	q.Gone = q.Where["status"] != ""
	return q, filters.judge(), nil
}

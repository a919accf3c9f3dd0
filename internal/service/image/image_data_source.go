// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package image

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// dataSource is the data source infraops_image: the image to use now.
type dataSource struct{ run *lifecycle.Run }

// newDataSource makes the data source infraops_image.
func newDataSource() datasource.DataSource { return &dataSource{} }

var _ datasource.DataSourceWithConfigure = (*dataSource)(nil)

// model is the data source's object.
type model struct {
	Family       types.String `tfsdk:"family"`
	Channel      types.String `tfsdk:"channel"`
	Version      types.String `tfsdk:"version"`
	Platform     types.String `tfsdk:"platform"`
	Region       types.String `tfsdk:"region"`
	AllowRevoked types.Bool   `tfsdk:"allow_revoked"`
	ID           types.String `tfsdk:"id"`
	System       types.String `tfsdk:"system"`
	ExternalID   types.String `tfsdk:"external_id"`
	BaseImage    types.String `tfsdk:"base_image"`
	Labels       types.Map    `tfsdk:"labels"`
	Status       types.String `tfsdk:"status"`
	RevokeAt     types.String `tfsdk:"revoke_at"`
	EndOfLifeAt  types.String `tfsdk:"end_of_life_at"`
	CreatedAt    types.String `tfsdk:"created_at"`
}

var dataSourceSchema = schema.Schema{
	MarkdownDescription: "The image to use: the version that a channel stands for, or a particular one, of whatever stack has published it. A version that has been revoked or has reached " +
		"its end of life fails the plan, and the error names the newer version to go to; one whose revocation is to come is a warning that says when.",
	Attributes: map[string]schema.Attribute{
		"family": schema.StringAttribute{Required: true, Validators: given(), MarkdownDescription: "The family of images."},
		"channel": schema.StringAttribute{
			Optional: true, Validators: given(stringvalidator.ExactlyOneOf(path.MatchRoot("channel"), path.MatchRoot("version"))),
			MarkdownDescription: "The channel whose version is used, such as `production`. Give this or `version`.",
		},
		"version":        schema.StringAttribute{Optional: true, Computed: true, Validators: given(), MarkdownDescription: "The version."},
		"platform":       schema.StringAttribute{Required: true, Validators: given(), MarkdownDescription: "The platform, such as `aws`, `azure`, `gcp` or `vsphere`."},
		"region":         schema.StringAttribute{Optional: true, Validators: given(), MarkdownDescription: "The region. An image that was published without one serves every region. It can be left out where the version has one image for the platform."},
		"allow_revoked":  schema.BoolAttribute{Optional: true, MarkdownDescription: "Whether a version that is revoked or at its end of life is a warning instead of an error. Default: `false`."},
		"id":             schema.StringAttribute{Computed: true, MarkdownDescription: "The system's own identifier of the image version."},
		"system":         schema.StringAttribute{Computed: true, MarkdownDescription: "The system that keeps the image version."},
		"external_id":    schema.StringAttribute{Computed: true, MarkdownDescription: "What the platform calls the image, such as `ami-0abc`."},
		"base_image":     schema.StringAttribute{Computed: true, MarkdownDescription: "The image that this one was built from."},
		"labels":         schema.MapAttribute{ElementType: types.StringType, Computed: true, MarkdownDescription: "Labels."},
		"status":         schema.StringAttribute{Computed: true, MarkdownDescription: "The status at the time of reading: " + lifecycle.OneOf(record.ImageStatuses()) + "."},
		"revoke_at":      schema.StringAttribute{Computed: true, MarkdownDescription: "When the version is or was revoked (RFC 3339)."},
		"end_of_life_at": schema.StringAttribute{Computed: true, MarkdownDescription: "When the version reaches or reached its end of life (RFC 3339)."},
		"created_at":     schema.StringAttribute{Computed: true, MarkdownDescription: "When the version was published (RFC 3339)."},
	},
}

// given refuses an empty text, which would select nothing.
func given(more ...validator.String) []validator.String {
	return append(more, stringvalidator.LengthAtLeast(1))
}

// Metadata implements [datasource.DataSource].
func (d *dataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_image"
}

// Schema implements [datasource.DataSource].
func (d *dataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = dataSourceSchema
}

// Configure implements [datasource.DataSourceWithConfigure].
func (d *dataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.run, _ = req.ProviderData.(*lifecycle.Run)
}

// Read implements [datasource.DataSource].
func (d *dataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m model
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	image, all, err := d.find(ctx, m)
	if err == nil && !image.Usable() && !m.AllowRevoked.ValueBool() {
		err = unusable(m, image, all)
	}
	if err != nil {
		_, system, _ := d.run.Store(record.KindImageVersion)
		reading := lifecycle.Reading{Title: "image", Name: m.Family.ValueString(), System: system, Schema: dataSourceSchema}
		resp.Diagnostics.Append(reading.Failure(err))
		return
	}
	resp.Diagnostics.Append(warnings(image, all)...)
	resp.Diagnostics.Append(m.fill(ctx, image)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}

// find is the image that is asked for, with all that the family has for its platform and region.
func (d *dataSource) find(ctx context.Context, m model) (*record.ImageVersion, versions, error) {
	found, err := d.run.Find(ctx, record.KindImageVersion, "family", m.Family.ValueString())
	if err != nil {
		return nil, nil, err
	}
	wanted, selector := m.Version.ValueString(), "version"
	if !m.Channel.IsNull() {
		channel, err := d.channel(ctx, m)
		if err != nil {
			return nil, nil, err
		}
		wanted, selector = channel.Version, "channel"
	}
	family := versionsOf(found)
	serving := family.where(func(v *record.ImageVersion) bool {
		return v.Platform == m.Platform.ValueString() && (m.Region.IsNull() || v.Region == "" || v.Region == m.Region.ValueString())
	})
	image, err := pick(serving.version(wanted), m)
	if image == nil && err == nil {
		err = notPublished(family, wanted, selector)
	}
	return image, serving, err
}

func (d *dataSource) channel(ctx context.Context, m model) (*record.ImageChannel, error) {
	found, err := d.run.Find(ctx, record.KindImageChannel, "family", m.Family.ValueString())
	if err != nil {
		return nil, err
	}
	var names []string
	for _, r := range found {
		channel := r.(*record.ImageChannel)
		if channel.Name == m.Channel.ValueString() {
			return channel, nil
		}
		names = append(names, channel.Name)
	}
	missing := record.Errorf(record.ErrNotFound, "the family has no channel %q", m.Channel.ValueString()).On("channel")
	if len(names) == 0 {
		return nil, missing.Advise("The family has no channels at all: check its name, or create an infraops_image_channel")
	}
	return nil, missing.Advise("Choose one of its channels: %s", strings.Join(names, ", "))
}

// pick chooses among the images of one version: the one in the region before one that serves every region.
func pick(images versions, m model) (*record.ImageVersion, error) {
	if exact := images.where(func(v *record.ImageVersion) bool { return v.Region == m.Region.ValueString() }); len(exact) == 1 {
		return exact[0], nil
	}
	switch len(images) {
	case 0:
		return nil, nil
	case 1:
		return images[0], nil
	}
	var places []string
	for _, v := range images {
		places = append(places, v.NaturalName()+" (stack "+v.Stack+")")
	}
	return nil, record.Errorf(record.ErrConflict, "version %s has several images for platform %q", images[0].Version, m.Platform.ValueString()).On("region").
		Advise("Choose one by its region: %s", strings.Join(places, ", "))
}

func notPublished(family versions, wanted, selector string) error {
	if len(family) == 0 {
		return record.Errorf(record.ErrNotFound, "no stack has published a version of this family").On("family").
			Advise("Check the family's name, and that its images are kept by this system")
	}
	var places []string
	for _, v := range family.version(wanted) {
		place := v.Platform
		if v.Region != "" {
			place += " in " + v.Region
		}
		places = append(places, place)
	}
	missing := record.Errorf(record.ErrNotFound, "version %s is not published for this platform and region", wanted).On(selector)
	if len(places) == 0 {
		return missing.Advise("It is published for no platform; publish it as an infraops_image_version, or choose another %s", selector)
	}
	slices.Sort(places)
	return missing.Advise("It is published for %s", strings.Join(places, ", "))
}

// unusable says that the image must not be used, and which one to use instead.
func unusable(m model, image *record.ImageVersion, all versions) error {
	selector := "version"
	if !m.Channel.IsNull() {
		selector = "channel"
	}
	refused := record.Errorf(record.ErrRefused, "version %s %s", image.Version, image.Ended()).On(selector)
	newer := all.newerThan(image)
	switch {
	case newer == nil:
		return refused.Advise("No newer version is usable for this platform and region. Have one published (stack %q has published this one), or set allow_revoked = true to use this one all the same", image.Stack)
	case selector == "channel":
		return refused.Advise("Version %s is newer and usable: promote the channel %q to it, which is to change the version of its infraops_image_channel", newer.Version, m.Channel.ValueString())
	}
	return refused.Advise("Version %s is newer and usable: set version = %q", newer.Version, newer.Version)
}

// warnings say what does not stop the plan, yet.
func warnings(image *record.ImageVersion, all versions) diag.Diagnostics {
	var diags diag.Diagnostics
	next := "No newer version is usable yet."
	if newer := all.newerThan(image); newer != nil {
		next = fmt.Sprintf("Version %s is newer and usable.", newer.Version)
	}
	switch {
	case !image.Usable():
		diags.AddWarning("Image is not to be used", fmt.Sprintf("Version %s of image %q %s, and is used because of allow_revoked. %s", image.Version, image.Family, image.Ended(), next))
	case image.Status == record.ImageScheduled:
		diags.AddWarning("Image will be revoked", fmt.Sprintf("Version %s of image %q will be revoked at %s. From then on the plan fails. %s", image.Version, image.Family, record.FormatTime(image.RevokeAt), next))
	}
	return diags
}

// fill takes over what was found.
func (m *model) fill(ctx context.Context, v *record.ImageVersion) diag.Diagnostics {
	var diags diag.Diagnostics
	m.Version, m.ID, m.System, m.Status = types.StringValue(v.Version), types.StringValue(v.ID), types.StringValue(v.System), types.StringValue(v.Status)
	for target, text := range map[*types.String]string{
		&m.ExternalID: v.ExternalID, &m.BaseImage: v.BaseImage, &m.RevokeAt: record.FormatTime(v.RevokeAt),
		&m.EndOfLifeAt: record.FormatTime(v.EndOfLifeAt), &m.CreatedAt: record.FormatTime(v.CreatedAt),
	} {
		if *target = types.StringNull(); text != "" {
			*target = types.StringValue(text)
		}
	}
	labels := v.Labels
	if labels == nil {
		labels = map[string]string{}
	}
	m.Labels, diags = types.MapValueFrom(ctx, types.StringType, labels)
	return diags
}

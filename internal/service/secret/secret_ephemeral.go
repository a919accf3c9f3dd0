// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package secret

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// secret is the ephemeral resource infraops_secret.
type secret struct{ run *lifecycle.Run }

var (
	_ ephemeral.EphemeralResourceWithConfigure      = (*secret)(nil)
	_ ephemeral.EphemeralResourceWithValidateConfig = (*secret)(nil)
)

// newSecret makes the ephemeral resource.
func newSecret() ephemeral.EphemeralResource { return &secret{} }

var secretSchema = schema.Schema{
	MarkdownDescription: "Reads a secret from the vault for the length of a run. It is in neither plan nor state, and reading it is no retrieval: it uses nothing up " +
		"and leaves no trace. So it does not read one-time deliveries, which Terraform would read at every plan.\n\n" +
		"The built-in registry opens what `infraops_secret_delivery` has sealed with the private key in its option `identity_file`.\n\n" +
		"Terraform reads an ephemeral resource while it plans already, unless a part of its configuration is not known yet. For a secret that the same " +
		"configuration delivers, set `delivery_id` to that of the delivery: it is not known until the apply has delivered the secret, be it for the first time or anew.",
	Attributes: map[string]schema.Attribute{
		"path":        schema.StringAttribute{Required: true, MarkdownDescription: "The path in the vault."},
		"stack":       schema.StringAttribute{Optional: true, MarkdownDescription: "The stack that the secret belongs to. Default: the provider's."},
		"delivery_id": schema.StringAttribute{Optional: true, MarkdownDescription: "The `delivery_id` of the delivery. Any other delivery is refused."},
		"data":        schema.MapAttribute{ElementType: types.StringType, Computed: true, Sensitive: true, MarkdownDescription: "The secret, as named texts."},
	},
}

// Metadata implements [ephemeral.EphemeralResource].
func (s *secret) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_secret"
}

// Schema implements [ephemeral.EphemeralResource].
func (s *secret) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = secretSchema
}

// Configure implements [ephemeral.EphemeralResourceWithConfigure].
func (s *secret) Configure(_ context.Context, req ephemeral.ConfigureRequest, _ *ephemeral.ConfigureResponse) {
	s.run, _ = req.ProviderData.(*lifecycle.Run)
}

// ValidateConfig implements [ephemeral.EphemeralResourceWithValidateConfig].
func (s *secret) ValidateConfig(ctx context.Context, req ephemeral.ValidateConfigRequest, resp *ephemeral.ValidateConfigResponse) {
	var problems []record.FieldError
	for _, name := range []string{"path", "stack", "delivery_id"} {
		var value types.String
		resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root(name), &value)...)
		switch {
		case value.IsNull() || value.IsUnknown():
		case value.ValueString() == "":
			problems = append(problems, record.FieldError{Field: name, Problem: "must not be empty"})
		case name == "path":
			problems = append(problems, (&record.SecretDelivery{Path: value.ValueString()}).Validate()...)
		}
	}
	resp.Diagnostics.Append(lifecycle.Reading{Title: "secret", Schema: secretSchema}.Problems(problems)...)
}

// Open implements [ephemeral.EphemeralResource].
func (s *secret) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var place, stack, delivery types.String
	for name, target := range map[string]*types.String{"path": &place, "stack": &stack, "delivery_id": &delivery} {
		resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root(name), target)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	reading := lifecycle.Reading{Title: "secret", Name: place.ValueString(), Schema: secretSchema}
	store, system, err := s.run.Store(record.KindSecretDelivery)
	if err != nil {
		resp.Diagnostics.Append(reading.Failure(err))
		return
	}
	reading.System = system
	q := record.SecretQuery{Stack: stack.ValueString(), Path: place.ValueString(), DeliveryID: delivery.ValueString()}
	if q.Stack == "" {
		q.Stack = s.run.Stack
	}
	content, err := read(ctx, store, q)
	if err != nil {
		resp.Diagnostics.Append(reading.Failure(err))
		return
	}
	data := make(map[string]string, len(content))
	for key, value := range content {
		data[key] = value.Reveal()
	}
	resp.Diagnostics.Append(resp.Result.SetAttribute(ctx, path.Root("data"), data)...)
}

func read(ctx context.Context, store record.Store[record.Record], q record.SecretQuery) (map[string]record.Secret, error) {
	reader, can := record.Capability[record.SecretReader](store)
	if !can {
		return nil, record.Errorf(record.ErrUnsupported, "it gives no secret back to Terraform")
	}
	return reader.ReadSecret(ctx, q)
}

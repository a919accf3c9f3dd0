// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package image

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Version is the resource infraops_image_version.
var Version = lifecycle.Type{
	Kind: record.KindImageVersion,
	Description: "A version of a family of machine images, published by one stack for all: for one platform and, where images are regional, one region. " +
		"Others use it through the data source `infraops_image`, which refuses it once it is revoked or at its end of life. " +
		"Give the image's id, or the manifest that Packer's `manifest` post-processor wrote.",
	Attributes: map[string]schema.Attribute{
		"family":   schema.StringAttribute{Required: true, MarkdownDescription: "The family, such as `ubuntu-24.04-web`."},
		"version":  schema.StringAttribute{Required: true, MarkdownDescription: "The version, unique in the family for the platform and region, such as `1.4.0`."},
		"platform": schema.StringAttribute{Required: true, MarkdownDescription: "The platform that the image is for, such as `aws`, `azure`, `gcp` or `vsphere`."},
		"region":   schema.StringAttribute{Optional: true, MarkdownDescription: "The region that the image is in. An image without one serves every region."},
		"external_id": schema.StringAttribute{
			Optional: true, Computed: true, Validators: []validator.String{stringvalidator.ExactlyOneOf(path.MatchRoot("external_id"), path.MatchRoot("packer_manifest"))},
			MarkdownDescription: "What the platform calls the image, such as `ami-0abc`. Give this or `packer_manifest`, which fills it in.",
		},
		"packer_manifest": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Packer's manifest: the path of the file, or the JSON itself. It is read when the plan is made: of the last run it takes the build by a builder for `platform` " +
				"(`amazon-*` for `aws`, `googlecompute` for `gcp`, else those named like the platform), and of that build's artifact the image in `region`. " +
				"Once the version is published, the file may be absent; if it is there and names another image, the version is replaced.",
		},
		"base_image":     schema.StringAttribute{Optional: true, MarkdownDescription: "The image that this one was built from."},
		"labels":         schema.MapAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: "Labels. Only the keys in the configuration are owned; others are left alone."},
		"revoke_at":      schema.StringAttribute{Optional: true, MarkdownDescription: "When the version is revoked (RFC 3339). From then on it is not to be used."},
		"end_of_life_at": schema.StringAttribute{Optional: true, MarkdownDescription: "When the version reaches its end of life (RFC 3339). From then on it is not to be used."},
		"created_at":     schema.StringAttribute{Computed: true, MarkdownDescription: "When the version was published (RFC 3339)."},
		"status": schema.StringAttribute{
			Computed: true,
			MarkdownDescription: "The status at the time of reading: `active`; `scheduled`, when `revoke_at` is to come; `revoked`, when it has passed; " +
				"`expired`, when `end_of_life_at` has passed.",
		},
	},
	Immutable: []string{"family", "version", "platform", "region", "external_id"},
	Stable:    []string{"external_id", "created_at"},
	Plan:      planVersion,
}

// planVersion reads the image's id from Packer's manifest, and refuses a version that another stack has published.
func planVersion(ctx context.Context, p *lifecycle.Plan) error {
	planned := p.Planned.(*record.ImageVersion)
	prior, _ := p.Prior.(*record.ImageVersion)
	p.Unsettle("status")
	if planned.PackerManifest != "" && p.Known("packer_manifest", "platform", "region") {
		// What has been published no longer needs the file, which a pipeline throws away.
		published := prior != nil && prior.PackerManifest == planned.PackerManifest
		id, err := imageInManifest(planned, published)
		if err != nil {
			return err
		}
		if id != "" {
			planned.ExternalID = id
			p.Fill("external_id")
		}
	}
	if p.Existing != nil {
		if _, err := record.Define(record.KindImageVersion).Adopt(p.Existing, planned); err != nil {
			return err
		}
	}
	return publishedElsewhere(ctx, p)
}

// publishedElsewhere refuses what another stack has published under the same name.
func publishedElsewhere(ctx context.Context, p *lifecycle.Plan) error {
	if p.Prior != nil || !p.Known("family") {
		return nil
	}
	others, err := p.Elsewhere(ctx, "family")
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.NaturalName() == p.Planned.NaturalName() {
			m := other.Metadata()
			return record.Errorf(record.ErrConflict, "stack %q manages %s already, as id %s", m.Stack, other.NaturalName(), m.ID).On("family").
				Advise("Use it through the data source infraops_image, or choose another family")
		}
	}
	return nil
}

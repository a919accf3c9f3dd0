// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package image

import (
	"context"
	"errors"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Channel is the resource infraops_image_channel.
var Channel = lifecycle.Type{
	Kind: record.KindImageChannel,
	Description: "A channel, such as `production`: a name for the version of a family that is to be used. Promoting is changing `version`, in place; whoever uses the " +
		"channel through the data source `infraops_image` gets the new version with the next plan. A version that is revoked or at its end of life is refused.",
	Attributes: map[string]schema.Attribute{
		"family":  schema.StringAttribute{Required: true, MarkdownDescription: "The family of images."},
		"name":    schema.StringAttribute{Required: true, MarkdownDescription: "The name, unique in the family."},
		"version": schema.StringAttribute{Required: true, MarkdownDescription: "The version that the channel stands for. Refer to the `version` of the `infraops_image_version` where it is in the same configuration, so that it is published first."},
	},
	Immutable: []string{"family", "name"},
	Plan:      planChannel,
}

// planChannel refuses a version that does not exist, unless this very run publishes it, and one that is not to be used.
func planChannel(ctx context.Context, p *lifecycle.Plan) error {
	planned := p.Planned.(*record.ImageChannel)
	if err := publishedElsewhere(ctx, p); err != nil {
		return err
	}
	if !p.Known("family", "version") || p.Prior != nil && !slices.Contains(p.Changed, "version") {
		return nil
	}
	found, err := p.Run().Find(ctx, record.KindImageVersion, "family", planned.Family)
	if err != nil {
		return err
	}
	family := versionsOf(found)
	images := family.version(planned.Version)
	if len(images) == 0 && p.Foreseen(record.KindImageVersion, planned.Family+"/"+planned.Version+"/") {
		return nil
	}
	for _, image := range images {
		if image.Status == record.ImageScheduled {
			p.Warn("Promoted image will be revoked", "version "+image.Version+" will be revoked at "+record.FormatTime(image.RevokeAt)+", and then whoever uses the channel fails to plan")
			break
		}
	}
	err = planned.Admit(images)
	var refused *record.Error
	if !errors.Is(err, record.ErrRefused) || !errors.As(err, &refused) {
		return err
	}
	newer := family.newerThan(images[0])
	if newer == nil {
		return refused.Advise("The family has no newer version that is usable: have one published")
	}
	return refused.Advise("Version %s is newer and usable: set version = %q", newer.Version, newer.Version)
}

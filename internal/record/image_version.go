// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"strings"
	"time"
)

// ImageVersion is one build of a family of images, for one platform and, where images are regional, one region.
type ImageVersion struct {
	Meta
	Family   string `json:"family"`
	Version  string `json:"version"`
	Platform string `json:"platform"`
	Region   string `json:"region,omitempty"`
	// ExternalID is what the platform calls the image.
	ExternalID     string            `json:"external_id,omitempty"`
	BaseImage      string            `json:"base_image,omitempty"`
	Labels         map[string]string `json:"labels,omitempty"`
	PackerManifest string            `json:"packer_manifest,omitempty" infraops:"input"`
	RevokeAt       time.Time         `json:"revoke_at,omitzero"`
	EndOfLifeAt    time.Time         `json:"end_of_life_at,omitzero"`
	// CreatedAt is when the version was published.
	CreatedAt time.Time `json:"created_at,omitzero"`
	// Status is one of [ImageStatuses]. It follows from the times, so a system works it out whenever it answers: see [ImageVersion.Judge].
	Status string `json:"status,omitempty"`
}

// The statuses of an image version.
const (
	ImageActive    = "active"
	ImageScheduled = "scheduled"
	ImageRevoked   = "revoked"
	ImageExpired   = "expired"
)

// ImageStatuses lists the statuses in the order of a life.
func ImageStatuses() []string {
	return []string{ImageActive, ImageScheduled, ImageRevoked, ImageExpired}
}

// KindImageVersion is the kind of [ImageVersion].
var KindImageVersion = define(Definition{
	Kind: "image_version", Role: RoleImage, Title: "image version", Version: 1,
	Key: []string{"family", "version", "platform", "region"}, NameForm: "<family>/<version>/<platform>[/<region>]",
	New: func() Record { return new(ImageVersion) },
	Adopt: func(existing, wanted Record) ([]string, error) {
		e, w := existing.(*ImageVersion), wanted.(*ImageVersion)
		if w.ExternalID != "" && e.ExternalID != w.ExternalID {
			return nil, Errorf(ErrConflict, "the stack has published that version already, as %s", e.ExternalID).On("version").
				Advise("Publish another image under another version")
		}
		return nil, nil
	},
})

// Kind implements [Record].
func (*ImageVersion) Kind() Kind { return "image_version" }

// NaturalName implements [Record].
func (v *ImageVersion) NaturalName() string {
	name := v.Family + "/" + v.Version + "/" + v.Platform
	if v.Region != "" {
		name += "/" + v.Region
	}
	return name
}

// Canonicalise implements [Record].
func (v *ImageVersion) Canonicalise() {
	v.RevokeAt, v.EndOfLifeAt, v.CreatedAt = canonicalTime(v.RevokeAt), canonicalTime(v.EndOfLifeAt), canonicalTime(v.CreatedAt)
}

// Validate implements [Record].
func (v *ImageVersion) Validate() []FieldError {
	var r rules
	r.segment("family", v.Family)
	r.segment("version", v.Version)
	r.segment("platform", v.Platform)
	r.segment("region", v.Region)
	r.line("external_id", v.ExternalID)
	r.line("base_image", v.BaseImage)
	r.text("packer_manifest", v.PackerManifest)
	r.time("revoke_at", v.RevokeAt)
	r.time("end_of_life_at", v.EndOfLifeAt)
	r.time("created_at", v.CreatedAt)
	r.oneOf("status", v.Status, ImageStatuses())
	r.entries("labels", v.Labels, MaxValue)
	r.entries("extensions", v.Extensions, MaxValue)
	return r.problems
}

// Judge fills the status that the version has at a time.
func (v *ImageVersion) Judge(now time.Time) {
	passed := func(t time.Time) bool { return !t.IsZero() && !now.Before(t) }
	switch {
	case passed(v.RevokeAt):
		v.Status = ImageRevoked
	case passed(v.EndOfLifeAt):
		v.Status = ImageExpired
	case !v.RevokeAt.IsZero():
		v.Status = ImageScheduled
	default:
		v.Status = ImageActive
	}
}

// Usable says whether new machines may be made of the version, by the status that it was read with.
func (v *ImageVersion) Usable() bool { return v.Status == ImageActive || v.Status == ImageScheduled }

// Ended words when and how a version that is not usable ended: "was revoked on 2026-03-01T20:00:00Z".
func (v *ImageVersion) Ended() string {
	if v.Status == ImageRevoked {
		return "was revoked at " + FormatTime(v.RevokeAt)
	}
	return "reached its end of life at " + FormatTime(v.EndOfLifeAt)
}

// segment is for a name that is a part of a path: it has no slash.
func (v *rules) segment(field, s string) {
	v.name(field, s)
	if strings.Contains(s, "/") {
		v.add(field, "must not contain a slash, is %s", shown(s))
	}
}

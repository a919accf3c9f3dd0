// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import "github.com/infraops/terraform-provider-infraops/internal/acctest"

func imageVersion(lines ...string) string {
	return resourceBlock("image_version", []string{`family = "ubuntu"`, `version = "§"`, `platform = "aws"`, `external_id = "ami-1"`}, lines)
}

func imageChannel(lines ...string) string {
	return resourceBlock("image_channel", []string{`family = "ubuntu"`, `name = "§"`, `version = "1.0.0"`}, lines)
}

func image(lines ...string) string {
	return data("image", append([]string{`family = "ubuntu"`, `platform = "aws"`}, lines...)...)
}

func validateImage() []badInput {
	return []badInput{
		{"image by nothing", imageVersion(`external_id = null`), "external_id", `(?i)external_id.*packer_manifest`},
		{"image by too much", imageVersion(`packer_manifest = "manifest.json"`), "external_id", `(?i)one.*packer_manifest`},
		{"empty external id", imageVersion(`external_id = ""`), "external_id", "must not be empty"},
		{"external id of two lines", imageVersion(`external_id = "a\nb"`), "external_id", "must be one line"},
		{"family with a slash", imageVersion(`family = "a/b"`), "family", "must not contain a slash"},
		{"version with a slash", imageVersion(`version = "1/2"`), "version", "must not contain a slash"},
		{"region with a space first", imageVersion(`region = " eu"`), "region", "begin or end with white space"},
		{"revocation without a time", imageVersion(`revoke_at = "soon"`), "revoke_at", "RFC 3339"},
		{"end of life without a zone", imageVersion(`end_of_life_at = "2090-03-01T20:00:00"`), "end_of_life_at", "RFC 3339"},
		{"null image label", imageVersion(`labels = { a = null }`), "labels", "must not be null"},
		{"a status of one's own", imageVersion(`status = "active"`), "status", "(?i)read-only|unconfigurable"},
		{"channel of no version", imageChannel(`version = ""`), "version", "must not be empty"},
		{"channel with a slash", imageChannel(`name = "a/b"`), "name", "must not contain a slash"},
		{"an image of nothing", image(), "data", "(?i)one.*channel.*version"},
		{"an image by both", image(`channel = "production"`, `version = "1"`), "channel", "(?i)one.*channel.*version"},
		{"an image of an empty version", image(`version = ""`), "version", "at least 1"},
	}
}

// packed is a manifest of Packer's.
const packed = `{"last_run_uuid": "1", "builds": [{"name": "u", "builder_type": "amazon-ebs", "artifact_id": "eu-west-1:ami-1,us-east-1:ami-2", "packer_run_uuid": "1"}]}`

func planImage() []badInput {
	return []badInput{
		{"no such manifest", imageVersion(`external_id = null`, `packer_manifest = "none.json"`), "packer_manifest", `manifest "none.json" cannot be read.*no such file.*packer-manifest.json`},
		{"a manifest that is a directory", imageVersion(`external_id = null`, `packer_manifest = "."`), "packer_manifest", "is a directory"},
		{"a manifest that is none", imageVersion(`external_id = null`, `packer_manifest = "{"`), "packer_manifest", "not a manifest of Packer's"},
		{"a manifest without builds", imageVersion(`external_id = null`, `packer_manifest = "{}"`), "packer_manifest", "no build of its last run"},
		{"a manifest without the region", imageVersion(`external_id = null`, `region = "fra"`, "packer_manifest = "+acctest.Quote(packed)), "region", `no image in region "fra"; it has some in eu-west-1, us-east-1`},
		{"a manifest with several regions", imageVersion(`external_id = null`, "packer_manifest = "+acctest.Quote(packed)), "resource", "several regions: eu-west-1, us-east-1"},
		{"an image of another stack", imageVersion(`version = "1.0.0"`), "family", `stack "theirs" manages ubuntu/1.0.0/aws already.*data source infraops_image`},
		{"a channel of another stack", imageChannel(`name = "taken"`), "family", `stack "theirs" manages ubuntu/taken already`},
		{"a channel to nothing", imageChannel(`version = "7"`), "version", `has no version "7"`},
		{"a channel to what is revoked", imageChannel(`version = "0.9.0"`), "version", "was revoked at.*Version 1.0.0 is newer and usable"},
		{"a revoked image", image(`version = "0.9.0"`), "version", `was revoked at.*set version = "1.0.0"`},
		{"no such channel", image(`channel = "nobody"`), "channel", `no channel "nobody".*taken`},
		{"no such image", image(`version = "7"`), "version", "version 7 is not published"},
		{"two blocks, one image", imageVersion() + acctest.Block(`resource "infraops_image_version" "§b"`, `family = "ubuntu"`, `version = "§"`, `platform = "aws"`, `external_id = "b"`), "family", "another block"},
	}
}

func applyImage() []badInput {
	const it = "terraform_data.§.output"
	return []badInput{
		{"a late manifest", late("none.json") + imageVersion(`external_id = null`, "packer_manifest = "+it), "packer_manifest", "cannot be read"},
		{"a late version", late("7") + imageChannel("version = "+it), "version", `has no version "7"`},
	}
}

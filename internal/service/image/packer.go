// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package image

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// manifest is what Packer's manifest post-processor writes. Runs add to the file; the last one is named.
type manifest struct {
	Builds      []build `json:"builds"`
	LastRunUUID string  `json:"last_run_uuid"`
}

type build struct {
	Name        string `json:"name"`
	BuilderType string `json:"builder_type"`
	// ArtifactID is the image's id or, for clouds whose images are regional, "eu-west-1:ami-1,us-east-1:ami-2".
	ArtifactID    string `json:"artifact_id"`
	PackerRunUUID string `json:"packer_run_uuid"`
}

func (b build) String() string { return fmt.Sprintf("%s (%s)", b.Name, b.BuilderType) }

// builders is how the names of Packer's builders for a platform begin.
var builders = map[string]string{
	"alibaba": "alicloud", "aws": "amazon", "azure": "azure", "gcp": "googlecompute", "google": "googlecompute", "kvm": "qemu", "oci": "oracle",
	"openstack": "openstack", "proxmox": "proxmox", "vmware": "vmware", "vsphere": "vsphere",
}

// clouds are builders whose images only their own cloud can run. What a hypervisor's builder makes, a post-processor can import anywhere.
var clouds = []string{"alicloud", "amazon", "azure", "googlecompute", "oracle"}

// maxManifest bounds what is read: a manifest has some kilobytes.
const maxManifest = 16 << 20

// imageInManifest finds the id of the image that a version is about. Where the file may be absent and is, the id is empty.
func imageInManifest(v *record.ImageVersion, mayBeAbsent bool) (string, error) {
	text, place := []byte(v.PackerManifest), "the manifest"
	if !strings.HasPrefix(strings.TrimSpace(v.PackerManifest), "{") {
		place = fmt.Sprintf("the manifest %q", v.PackerManifest)
		var err error
		text, err = readManifest(v.PackerManifest)
		if mayBeAbsent && errors.Is(err, fs.ErrNotExist) {
			return "", nil
		}
		if err != nil {
			return "", refused("%s cannot be read", place).Because(err).
				Advise("Give the path of the file that Packer's manifest post-processor writes, such as \"${path.module}/packer-manifest.json\", or its content")
		}
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return "", refused("%s is not a manifest of Packer's", place).Because(err).Advise("Give what Packer's manifest post-processor writes")
	}
	b, err := m.choose(v, place)
	if err != nil {
		return "", err
	}
	return b.image(v, place)
}

func refused(format string, args ...any) *record.Error {
	return record.Errorf(record.ErrInvalid, format, args...).On("packer_manifest")
}

func readManifest(path string) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // whoever writes the configuration names the file
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxManifest+1))
	if err == nil && len(text) > maxManifest {
		return nil, fmt.Errorf("it has more than %d MiB", maxManifest>>20)
	}
	return text, err
}

// choose finds the build of the last run that is for the version's platform.
func (m manifest) choose(v *record.ImageVersion, place string) (build, error) {
	last := m.Builds
	if m.LastRunUUID != "" {
		last = slices.DeleteFunc(slices.Clone(last), func(b build) bool { return b.PackerRunUUID != m.LastRunUUID })
	}
	if len(last) == 0 {
		return build{}, refused("%s has no build of its last run", place).Advise("Run packer build, and give the manifest that it writes")
	}
	fitting := buildsFor(v.Platform, last)
	// The regions that several builds of one run have tell them apart.
	if inRegion := slices.DeleteFunc(slices.Clone(fitting), func(b build) bool { return b.regions()[v.Region] == "" }); len(inRegion) > 0 {
		fitting = inRegion
	}
	switch len(fitting) {
	case 1:
		return fitting[0], nil
	case 0:
		return build{}, refused("%s has no build for platform %q; the last run built %s", place, v.Platform, names(last)).
			Advise("Check platform, or give external_id instead of the manifest")
	}
	return build{}, refused("%s has several builds for platform %q, and nothing tells which one is meant: %s", place, v.Platform, names(fitting)).
		Advise("Let each source have a manifest of its own, by the only and output options of the post-processor, or give external_id instead")
}

func names(builds []build) string {
	words := make([]string, len(builds))
	for i, b := range builds {
		words[i] = b.String()
	}
	return strings.Join(words, ", ")
}

// buildsFor are the builds that can be for a platform: those that are named like it; else, for a platform that is known,
// those that are not another cloud's.
func buildsFor(platform string, all []build) []build {
	platform = strings.ToLower(platform)
	beginning, known := builders[platform]
	if !known {
		beginning = platform
	}
	own := slices.DeleteFunc(slices.Clone(all), func(b build) bool { return !strings.HasPrefix(b.BuilderType, beginning) })
	switch {
	case len(own) > 0:
		return own
	case !known:
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(b build) bool {
		return slices.ContainsFunc(clouds, func(cloud string) bool { return strings.HasPrefix(b.BuilderType, cloud) })
	})
}

// regional is one part of the artifact of a cloud whose images are regional.
var regional = regexp.MustCompile(`^([a-z][a-z0-9]*(?:-[a-z0-9]+)+):([^:/,\s]+)$`)

// regions are the images by region; nil where the artifact is one image.
func (b build) regions() map[string]string {
	images := map[string]string{}
	for part := range strings.SplitSeq(b.ArtifactID, ",") {
		match := regional.FindStringSubmatch(strings.TrimSpace(part))
		if match == nil {
			return nil
		}
		images[match[1]] = match[2]
	}
	return images
}

// image is the id of the artifact in the version's region.
func (b build) image(v *record.ImageVersion, place string) (string, error) {
	images := b.regions()
	id := images[v.Region]
	var all []string
	for region, image := range images {
		if all = append(all, region); v.Region == "" {
			id = image
		}
	}
	slices.Sort(all)
	switch {
	case images == nil && strings.TrimSpace(b.ArtifactID) == "":
		return "", refused("build %s in %s has no artifact", b, place).Advise("Give external_id instead of the manifest")
	case images == nil:
		return strings.TrimSpace(b.ArtifactID), nil
	case v.Region == "" && len(images) > 1:
		return "", record.Errorf(record.ErrInvalid, "build %s in %s has images in several regions: %s", b, place, strings.Join(all, ", ")).On("region").
			Advise("Publish one version for each region, each with its region")
	case id == "":
		return "", record.Errorf(record.ErrInvalid, "build %s in %s has no image in region %q; it has some in %s", b, place, v.Region, strings.Join(all, ", ")).On("region").
			Advise("Check region, or have Packer copy the image there")
	}
	return id, nil
}

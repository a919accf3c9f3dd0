// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package image

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// written is a manifest in the form of the documentation of Packer's manifest post-processor: run 2 is the last.
func written(builds ...string) string {
	old := `{"name": "old", "builder_type": "amazon-ebs", "build_time": 1507245986, "files": null, "artifact_id": "eu-west-1:ami-old", "packer_run_uuid": "1"}`
	return `{"builds": [` + strings.Join(append([]string{old}, builds...), ",") + `], "last_run_uuid": "2"}`
}

func built(name, builder, artifact string) string {
	return `{"name": "` + name + `", "builder_type": "` + builder + `", "build_time": 1507245987, "files": null, "artifact_id": "` + artifact + `", "packer_run_uuid": "2", "custom_data": {"a": "b"}}`
}

func TestImageInManifest(t *testing.T) {
	const gallery = "/subscriptions/0/resourceGroups/g/providers/Microsoft.Compute/images/ubuntu"
	two := built("u", "amazon-ebs", "eu-west-1:ami-1,us-east-1:ami-2")
	for name, c := range map[string]struct {
		manifest, platform, region string
		id                         string
		field, says                string
	}{
		"by region":             {written(two), "aws", "us-east-1", "ami-2", "", ""},
		"with spaces":           {"\n " + written(built("u", "amazon-ebs", " eu-west-1:ami-1, us-east-1:ami-2 ")), "AWS", "us-east-1", "ami-2", "", ""},
		"the only region":       {written(built("u", "amazon-ebs", "eu-west-1:ami-1")), "aws", "", "ami-1", "", ""},
		"Azure":                 {written(built("u", "azure-arm", gallery)), "azure", "westeurope", gallery, "", ""},
		"an Azure disk":         {written(built("u", "azure-arm", "https://a.blob.core.windows.net/system/x.vhd")), "azure", "", "https://a.blob.core.windows.net/system/x.vhd", "", ""},
		"vSphere":               {written(built("u", "vsphere-iso", "ubuntu-1.0")), "vsphere", "", "ubuntu-1.0", "", ""},
		"imported into vSphere": {written(built("u", "vmware-iso", "ubuntu-1.0")), "vsphere", "", "ubuntu-1.0", "", ""},
		"imported into AWS":     {written(built("u", "virtualbox-iso", "eu-west-1:ami-1")), "aws", "eu-west-1", "ami-1", "", ""},
		"a digest":              {written(built("u", "docker", "sha256:abc")), "docker", "", "sha256:abc", "", ""},
		"by platform":           {written(built("a", "azure-arm", gallery), two), "azure", "", gallery, "", ""},
		"a platform of ours":    {written(two), "ec2-lab", "eu-west-1", "ami-1", "", ""},
		"by region of builds":   {written(built("a", "amazon-ebs", "eu-west-1:ami-1"), built("b", "amazon-ebs", "us-east-1:ami-2")), "aws", "us-east-1", "ami-2", "", ""},
		"without a last run":    {`{"builds": [` + two + `]}`, "aws", "eu-west-1", "ami-1", "", ""},

		"no JSON":               {`{"builds": `, "aws", "", "", "packer_manifest", "is not a manifest of Packer's"},
		"other JSON":            {`{"builds": "none"}`, "aws", "", "", "packer_manifest", "is not a manifest of Packer's"},
		"no build":              {`{}`, "aws", "", "", "packer_manifest", "no build of its last run"},
		"no build of the run":   {written(), "aws", "", "", "packer_manifest", "no build of its last run"},
		"another cloud's":       {written(two), "azure", "", "", "packer_manifest", `no build for platform "azure"; the last run built u (amazon-ebs)`},
		"several":               {written(two, built("v", "amazon-ebs", "eu-west-1:ami-3")), "aws", "eu-west-1", "", "packer_manifest", "several builds for platform \"aws\", and nothing tells which one is meant: u (amazon-ebs), v (amazon-ebs)"},
		"several of one region": {written(built("u", "vsphere-iso", "a"), built("v", "vsphere-clone", "b")), "vsphere", "", "", "packer_manifest", "several builds"},
		"region not given":      {written(two), "aws", "", "", "region", "images in several regions: eu-west-1, us-east-1"},
		"region not there":      {written(two), "aws", "eu-central-1", "", "region", `no image in region "eu-central-1"; it has some in eu-west-1, us-east-1`},
		"no artifact":           {written(built("u", "vsphere-iso", "")), "vsphere", "", "", "packer_manifest", "has no artifact"},
	} {
		t.Run(name, func(t *testing.T) {
			id, err := imageInManifest(&record.ImageVersion{PackerManifest: c.manifest, Platform: c.platform, Region: c.region}, false)
			judge(t, id, err, c.id, c.field, c.says)
		})
	}
}

func judge(t *testing.T, id string, err error, wantID, field, says string) {
	t.Helper()
	var failure *record.Error
	errors.As(err, &failure)
	switch {
	case says == "" && (err != nil || id != wantID):
		t.Errorf("got %q, error %v; want %q", id, err, wantID)
	case says != "" && (failure == nil || failure.Field != field || failure.Advice == "" || !strings.Contains(err.Error(), says)):
		t.Errorf("got %q, error %v; want an error with advice on %s that says %q", id, err, field, says)
	}
}

func TestImageInManifestFile(t *testing.T) {
	directory := t.TempDir()
	path := filepath.Join(directory, "manifest.json")
	inFile := func(path string, mayBeAbsent bool) (string, error) {
		return imageInManifest(&record.ImageVersion{PackerManifest: path, Platform: "vsphere"}, mayBeAbsent)
	}
	id, err := inFile(path, false)
	judge(t, id, err, "", "packer_manifest", "no such file")
	id, err = inFile(path, true)
	judge(t, id, err, "", "", "")
	id, err = inFile(directory, true)
	judge(t, id, err, "", "packer_manifest", "is a directory")
	if err := os.WriteFile(path, []byte(written(built("u", "vsphere-iso", "ubuntu-1.0"))), 0o600); err != nil {
		t.Fatal(err)
	}
	id, err = inFile(path, true)
	judge(t, id, err, "ubuntu-1.0", "", "")
	if err := os.WriteFile(path, make([]byte, maxManifest+1), 0o600); err != nil {
		t.Fatal(err)
	}
	id, err = inFile(path, false)
	judge(t, id, err, "", "packer_manifest", "more than 16 MiB")
}

func FuzzManifest(f *testing.F) {
	f.Add(written(built("u", "amazon-ebs", "eu-west-1:ami-1,us-east-1:ami-2")), "aws", "eu-west-1")
	f.Add(`{"builds":[{}]}`, "", "")
	f.Fuzz(func(t *testing.T, text, platform, region string) {
		id, err := imageInManifest(&record.ImageVersion{PackerManifest: "{" + strings.TrimPrefix(text, "{"), Platform: platform, Region: region}, false)
		if (err == nil) == (id == "") {
			t.Errorf("image %q and error %v", id, err)
		}
	})
}

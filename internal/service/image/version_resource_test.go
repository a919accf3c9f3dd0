// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package image_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

const ubuntu = "infraops_image_version.ubuntu"

// version is an image for AWS in one region.
func version(number string, lines ...string) string {
	return acctest.Block(`resource "infraops_image_version" "ubuntu"`,
		append([]string{`family = "ubuntu"`, "version = " + acctest.Quote(number), `platform = "aws"`, `region = "eu-west-1"`}, lines...)...)
}

func at(t time.Time) string { return acctest.Quote(record.FormatTime(t)) }

func TestAccImageVersion_life(t *testing.T) {
	acctest.EachDatabase(t, func(t *testing.T, r *acctest.Registry) {
		imported := func(id string) resource.TestStep {
			return resource.TestStep{ResourceName: ubuntu, ImportState: true, ImportStateVerify: true, ImportStateId: id}
		}
		r.Test(
			resource.TestStep{
				Config:           r.Config(version("1.0.0", `external_id = "ami-1"`, `labels = { arch = "amd64" }`, `end_of_life_at = "2090-05-01T10:00:00+02:00"`)),
				ConfigPlanChecks: acctest.Plans(ubuntu, plancheck.ResourceActionCreate),
				ConfigStateChecks: acctest.Has(ubuntu, acctest.Values{
					"id": "1", "external_id": "ami-1", "status": "active", "revoke_at": nil, "end_of_life_at": "2090-05-01T10:00:00+02:00",
					"correlation_id": "test/image_version/ubuntu/1.0.0/aws/eu-west-1",
				}),
			},
			resource.TestStep{
				Config:            r.Config(version("1.0.0", `external_id = "ami-1"`, `base_image = "noble"`, `labels = { arch = "arm64" }`, `revoke_at = "2090-01-01T00:00:00Z"`)),
				ConfigPlanChecks:  acctest.Plans(ubuntu, plancheck.ResourceActionUpdate),
				ConfigStateChecks: acctest.Has(ubuntu, acctest.Values{"id": "1", "status": "scheduled", "end_of_life_at": nil, "base_image": "noble"}),
			},
			imported("1"),
			imported("name:ubuntu/1.0.0/aws/eu-west-1"),
			resource.TestStep{
				PreConfig: func() {
					v := acctest.Find[*record.ImageVersion](r, "ubuntu/1.0.0/aws/eu-west-1")
					v.BaseImage, v.Labels = "drifted", map[string]string{"theirs": "1"}
					r.Edit(v, "base_image", "labels.theirs")
				},
				Config:           r.Config(version("1.0.0", `external_id = "ami-1"`, `base_image = "noble"`, `labels = { arch = "arm64" }`, `revoke_at = "2090-01-01T00:00:00Z"`)),
				ConfigPlanChecks: acctest.Plans(ubuntu, plancheck.ResourceActionUpdate),
			},
			resource.TestStep{
				Config:            r.Config(version("1.0.0", `external_id = "ami-2"`)),
				ConfigPlanChecks:  acctest.Plans(ubuntu, plancheck.ResourceActionReplace),
				ConfigStateChecks: acctest.Has(ubuntu, acctest.Values{"external_id": "ami-2", "status": "active"}),
			},
			resource.TestStep{Config: r.Config(version("1.1.0", `external_id = "ami-2"`)), ConfigPlanChecks: acctest.Plans(ubuntu, plancheck.ResourceActionReplace)},
		)
	})
}

// Nobody changes anything, and the status does: the plan stays empty.
func TestAccImageVersion_statusPasses(t *testing.T) {
	r := acctest.NewRegistry(t)
	revokeAt := time.Now().Truncate(time.Second).Add(5 * time.Second)
	config := r.Config(version("1.0.0", `external_id = "ami-1"`, "revoke_at = "+at(revokeAt)))
	r.Test(
		resource.TestStep{Config: config}, // scheduled, unless the machine is very slow
		resource.TestStep{
			PreConfig:         func() { <-time.After(time.Until(revokeAt)) },
			Config:            config,
			ConfigPlanChecks:  acctest.PlansNothing(),
			ConfigStateChecks: acctest.Has(ubuntu, acctest.Values{"status": "revoked"}),
		},
	)
}

// manifest is one of Packer's, of which the first build belongs to an earlier run.
func manifest(artifact string) string {
	return `{"last_run_uuid": "2", "builds": [
	  {"name": "ubuntu", "builder_type": "amazon-ebs", "artifact_id": "eu-west-1:ami-old", "packer_run_uuid": "1"},
	  {"name": "ubuntu", "builder_type": "amazon-ebs", "artifact_id": "` + artifact + `", "packer_run_uuid": "2"}]}`
}

func TestAccImageVersion_packerManifest(t *testing.T) {
	r := acctest.NewRegistry(t)
	path := filepath.Join(t.TempDir(), "packer-manifest.json")
	write := func(artifact string) {
		if err := os.WriteFile(path, []byte(manifest(artifact)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("eu-west-1:ami-1,us-east-1:ami-2")
	fromFile := r.Config(version("1.0.0", "packer_manifest = "+acctest.Quote(path)))
	r.Test(
		resource.TestStep{
			Config: fromFile,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectKnownValue(ubuntu, attribute("external_id"), exact("ami-1")), // before anything is written
			}},
			ConfigStateChecks: acctest.Has(ubuntu, acctest.Values{"external_id": "ami-1"}),
		},
		resource.TestStep{PreConfig: func() { _ = os.Remove(path) }, Config: fromFile, ConfigPlanChecks: acctest.PlansNothing()},
		resource.TestStep{ // the same image from elsewhere
			Config:            r.Config(version("1.0.0", "packer_manifest = "+acctest.Quote(manifest("eu-west-1:ami-1")), `labels = { arch = "amd64" }`)),
			ConfigPlanChecks:  acctest.Plans(ubuntu, plancheck.ResourceActionUpdate),
			ConfigStateChecks: acctest.Has(ubuntu, acctest.Values{"id": "1", "external_id": "ami-1"}),
		},
		resource.TestStep{ResourceName: ubuntu, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"packer_manifest"}},
		resource.TestStep{ // another image under the same version
			PreConfig:         func() { write("eu-west-1:ami-3") },
			Config:            fromFile,
			ConfigPlanChecks:  acctest.Plans(ubuntu, plancheck.ResourceActionReplace),
			ConfigStateChecks: acctest.Has(ubuntu, acctest.Values{"external_id": "ami-3"}),
		},
		resource.TestStep{Config: r.Config(version("1.0.0", `external_id = "ami-3"`)), ConfigPlanChecks: acctest.Plans(ubuntu, plancheck.ResourceActionUpdate)},
		resource.TestStep{ // the manifest is not known before the apply
			Config: r.Config(
				acctest.Block(`resource "terraform_data" "packer"`, "input = "+acctest.Quote(manifest("eu-west-1:ami-4"))),
				strings.ReplaceAll(version("2.0.0", "packer_manifest = terraform_data.packer.output"), `"ubuntu"`, `"late"`),
			),
			ConfigStateChecks: acctest.Has("infraops_image_version.late", acctest.Values{"external_id": "ami-4"}),
		},
	)
}

// A version that an interrupted apply has published is taken over; another image under its name is not.
func TestAccImageVersion_adopt(t *testing.T) {
	r := acctest.NewRegistry(t)
	acctest.Put(r, &record.ImageVersion{Family: "ubuntu", Version: "1.0.0", Platform: "aws", Region: "eu-west-1", ExternalID: "ami-1"})
	r.Test(
		resource.TestStep{Config: r.Config(version("1.0.0", `external_id = "ami-2"`)), ExpectError: acctest.Says("has published that version already, as ami-1")},
		resource.TestStep{Config: r.Config(version("1.0.0", "packer_manifest = "+acctest.Quote(manifest("eu-west-1:ami-2")))), ExpectError: acctest.Says("has published that version already, as ami-1")},
		resource.TestStep{
			Config:            r.Config(version("1.0.0", `external_id = "ami-1"`, `base_image = "noble"`)),
			ConfigStateChecks: acctest.Has(ubuntu, acctest.Values{"id": "1", "base_image": "noble"}),
		},
	)
}

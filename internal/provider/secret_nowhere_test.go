// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
)

const secretsConfiguration = `
variable "password" {
  type      = string
  sensitive = true
  ephemeral = true
}

variable "version_of_all" {
  type = number
}

resource "infraops_iam_functional_account" "given" {
  name                = "svc-given"
  password_wo         = var.password
  password_wo_version = var.version_of_all
}

resource "infraops_iam_functional_account" "generated" {
  name = "svc-generated"
  generate_password = {
    version    = var.version_of_all
    deliver_to = { path = "generated", recipient = "RECIPIENT" }
  }
}

resource "infraops_secret_delivery" "read" {
  path              = "read"
  recipient         = "RECIPIENT"
  one_time          = false
  secret_wo         = { password = var.password }
  secret_wo_version = var.version_of_all
}

ephemeral "infraops_secret" "read" {
  path        = "read"
  delivery_id = infraops_secret_delivery.read.delivery_id
}

resource "infraops_secret_delivery" "copy" {
  path              = "copy"
  recipient         = "RECIPIENT"
  secret_wo         = ephemeral.infraops_secret.read.data
  secret_wo_version = var.version_of_all
}
`

// TestAccSecrets_nowhere runs the CLI as a pipeline does, with a saved plan and every log that there is, and then looks at
// every byte that it has left: state, plan, logs, answers, and the registry's database with its write-ahead log.
func TestAccSecrets_nowhere(t *testing.T) {
	const given = "correct horse/battery+staple"
	r := acctest.NewRegistry(t)
	key := acctest.NewKey(t)
	r.IdentityFile = key.File
	log := filepath.Join(t.TempDir(), "log")
	w := acctest.NewWorkspace(t, "TF_VAR_password="+given, "TF_LOG=TRACE", "TF_LOG_PATH="+log)
	w.Write("main.tf", required+r.Config(strings.ReplaceAll(secretsConfiguration, "RECIPIENT", key.Public)))
	w.Must("init")
	var answers strings.Builder
	run := func(arguments ...string) {
		answers.WriteString(w.Must(arguments...))
	}
	secrets := map[string]string{"given": given}
	for version := 1; version <= 2; version++ {
		plan := fmt.Sprintf("%d.tfplan", version)
		run("plan", "-out="+plan, fmt.Sprintf("-var=version_of_all=%d", version))
		run("show", "-json", plan)
		run("apply", plan)
		run("show", "-json")
		run("plan", "-detailed-exitcode", fmt.Sprintf("-var=version_of_all=%d", version))
		secrets[fmt.Sprintf("generated %d", version)] = key.Opens(t, r.Retrieve("generated"))["password"]
		if copied := key.Opens(t, r.Retrieve("copy")); copied["password"] != given {
			t.Error("the ephemeral resource did not read what was delivered")
		}
	}
	w.Write("answers.txt", answers.String())
	for _, file := range []string{log, r.Database + "-wal", filepath.Join(w.Dir, "2.tfplan"), filepath.Join(w.Dir, "terraform.tfstate")} {
		if info, err := os.Stat(file); err != nil || info.Size() == 0 {
			t.Errorf("there is nothing to look at: %s, %v", file, err)
		}
	}
	for name, secret := range secrets {
		t.Run(name, func(t *testing.T) { acctest.AssertNowhere(t, secret, w.Dir, log, filepath.Dir(r.Database)) })
	}
	run("destroy", "-auto-approve", "-var=version_of_all=2")
	for name, secret := range secrets {
		t.Run(name+", destroyed", func(t *testing.T) { acctest.AssertNowhere(t, secret, w.Dir, log, filepath.Dir(r.Database)) })
	}
}

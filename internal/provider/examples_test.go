// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	frameworkfunction "github.com/hashicorp/terraform-plugin-framework/function"
	fwresource "github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/function"
	"github.com/infraops/terraform-provider-infraops/internal/provider"
)

// TestAccExamples applies every example of a type, plans it again, empty, and destroys it.
func TestAccExamples(t *testing.T) {
	acctest.Required(t)
	t.Parallel()
	for _, pattern := range []string{"resources/*/resource.tf", "data-sources/*/data-source.tf"} {
		files, err := filepath.Glob(filepath.Join(acctest.Examples(), pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("no examples match %s: %v", pattern, err)
		}
		for _, file := range files {
			t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
				r := acctest.NewRegistry(t)
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				r.Test(resource.TestStep{Config: r.Config(string(text))})
			})
		}
	}
}

// TestAccExamples_secret applies the ephemeral resource's example, with a recipient whose private key is there.
func TestAccExamples_secret(t *testing.T) {
	r := acctest.NewRegistry(t)
	key := acctest.NewKey(t)
	r.IdentityFile = key.File
	example := acctest.Example(t, "ephemeral-resources/infraops_secret/ephemeral-resource.tf")
	r.Test(resource.TestStep{Config: r.Config(strings.ReplaceAll(example, ageKey, key.Public))})
}

// TestExamples_everyType: a type without an example is not done.
func TestExamples_everyType(t *testing.T) {
	want := map[string]bool{}
	for _, r := range provider.Types() {
		want["resources/infraops_"+string(r.Kind)+"/resource.tf"] = true
		want["resources/infraops_"+string(r.Kind)+"/import.sh"] = true
	}
	for _, l := range provider.Lookups() {
		want["data-sources/infraops_"+l.TypeName()+"/data-source.tf"] = true
	}
	for _, l := range provider.Listings() {
		want["data-sources/infraops_"+l.Name+"/data-source.tf"] = true
	}
	for _, construct := range provider.EphemeralResources() {
		var resp ephemeral.MetadataResponse
		construct().Metadata(t.Context(), ephemeral.MetadataRequest{ProviderTypeName: "infraops"}, &resp)
		want["ephemeral-resources/"+resp.TypeName+"/ephemeral-resource.tf"] = true
	}
	for _, construct := range function.All() {
		var meta frameworkfunction.MetadataResponse
		construct().Metadata(t.Context(), frameworkfunction.MetadataRequest{}, &meta)
		want["functions/"+meta.Name+"/function.tf"] = true
	}
	// A type without a record has nothing to import.
	for _, construct := range provider.Resources() {
		var resp fwresource.MetadataResponse
		construct().Metadata(t.Context(), fwresource.MetadataRequest{ProviderTypeName: "infraops"}, &resp)
		want["resources/"+resp.TypeName+"/resource.tf"] = true
	}
	for _, construct := range provider.DataSources() {
		var resp datasource.MetadataResponse
		construct().Metadata(t.Context(), datasource.MetadataRequest{ProviderTypeName: "infraops"}, &resp)
		want["data-sources/"+resp.TypeName+"/data-source.tf"] = true
	}
	for path := range want {
		if _, err := os.Stat(filepath.Join(acctest.Examples(), path)); err != nil {
			t.Errorf("there is no examples/%s", path)
		}
	}
}

// TestAccExamples_provider runs the provider's example as it is, in a directory of its own.
func TestAccExamples_provider(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorkspace(t)
	w.Write("provider.tf", acctest.Example(t, "provider/provider.tf"))
	w.Write("main.tf", existing)
	w.Must("init")
	w.Must("apply", "-auto-approve")
	w.Must("plan", "-detailed-exitcode")
	w.Must("destroy", "-auto-approve")
	if _, err := os.Stat(filepath.Join(w.Dir, "infraops.db")); err != nil {
		t.Error("the example's database is not where the example says")
	}
}

// TestAccGate_state looks at the state file that a refused gate leaves.
func TestAccGate_state(t *testing.T) {
	r := acctest.NewRegistry(t)
	w := acctest.NewWorkspace(t)
	text := strings.Replace(required+r.Config(acctest.Example(t, "resources/infraops_change_approval/resource.tf")), `"standard"`, `"normal"`, 1)
	w.Write("main.tf", strings.Replace(text, `"30m"`, `"0s"`, 1))
	w.Must("init")
	for range 2 {
		out, ok := w.Run("apply", "-auto-approve", "-no-color")
		if ok || !strings.Contains(out, "CHG0000001") || !strings.Contains(out, "approve CHG0000001") {
			t.Fatalf("the gate did not refuse, or did not say what to do:\n%s", out)
		}
		state := w.Must("show", "-json")
		if strings.Contains(state, "tainted") || strings.Contains(state, `"infraops_change_approval"`) || !strings.Contains(state, `"infraops_change_request"`) {
			t.Errorf("the state after a refused gate: %s", state)
		}
	}
	r.Approve("CHG0000001", "bob")
	out := w.Must("apply", "-auto-approve", "-no-color")
	if !strings.Contains(out, "2 added, 0 changed, 0 destroyed") {
		t.Errorf("the apply after the approval: %s", out)
	}
	w.Must("destroy", "-auto-approve")
}

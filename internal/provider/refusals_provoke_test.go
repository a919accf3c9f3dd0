// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/check/checktest"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// The times are far from now, so that the messages are the same in every run.
var (
	past   = time.Date(2020, 3, 1, 20, 0, 0, 0, time.UTC)
	future = time.Date(2090, 3, 1, 20, 0, 0, 0, time.UTC)
)

// managed and looked write the block of a situation.
func managed(kind, name string, lines ...string) string {
	return acctest.Block(fmt.Sprintf("resource %q %q", "infraops_"+kind, name), lines...)
}

func looked(kind, name string, lines ...string) string {
	return acctest.Block(fmt.Sprintf("data %q %q", "infraops_"+kind, name), lines...)
}

func window(from time.Time) []string {
	return []string{fmt.Sprintf("planned_start = %q", record.FormatTime(from)), fmt.Sprintf("planned_end = %q", record.FormatTime(from.Add(2*time.Hour)))}
}

// workspace is an initialised one for a registry.
func workspace(t *testing.T, provider string, blocks ...string) *acctest.Workspace {
	t.Helper()
	w := acctest.NewWorkspace(t)
	w.Write("provider.tf", required+provider)
	w.Write("main.tf", strings.Join(blocks, "\n"))
	w.Must("init", "-no-color")
	return w
}

// refusedPlans are what a plan refuses: images, freezes, addresses, evidence.
func refusedPlans(t *testing.T, said *messages) {
	r := acctest.NewRegistry(t)
	golden := record.Meta{Stack: "golden"}
	publish := func(family, version string) *record.ImageVersion {
		return acctest.Put(r, &record.ImageVersion{Meta: golden, Family: family, Version: version, Platform: "vsphere", ExternalID: family + "-" + version})
	}
	ubuntu, debian, rocky := publish("ubuntu", "1.0.0"), publish("debian", "1.0.0"), publish("rocky", "1.0.0")
	publish("rocky", "1.1.0")
	acctest.Put(r, &record.ImageChannel{Meta: golden, Family: "ubuntu", Name: "production", Version: "1.0.0"})
	config := func(promoted string, start time.Time, notes string) string {
		return strings.Join([]string{
			looked("image", "image_revoked", `family = "ubuntu"`, `channel = "production"`, `platform = "vsphere"`),
			looked("image", "image_alone", `family = "debian"`, `version = "1.0.0"`, `platform = "vsphere"`),
			looked("image", "image_expired", `family = "rocky"`, `version = "1.0.0"`, `platform = "vsphere"`),
			managed("image_channel", "promotion", `family = "ubuntu"`, `name = "staging"`, fmt.Sprintf("version = %q", promoted)),
			managed("cmdb_configuration_item", "web", `class = "server"`, `name = "web-01"`, `environment = "prod"`),
			managed("change_request", "moved_window", append(window(start), `name = "Resize db-01"`, `summary = "Resize db-01"`, `environment = "prod"`)...),
			standardChange("built"),
			managed("change_closure", "closed", "change_request_id = infraops_change_approval.built.change_request_id", fmt.Sprintf("notes = %q", notes)),
		}, "\n")
	}
	publish("ubuntu", "1.1.0")
	w := workspace(t, r.Config(), config("1.1.0", future.AddDate(0, 1, 0), "web-01 was built."))
	w.Must("apply", "-auto-approve", "-no-color")

	for _, revoked := range []*record.ImageVersion{ubuntu, debian} {
		revoked.RevokeAt = past
		r.Edit(revoked, "revoke_at")
	}
	rocky.EndOfLifeAt = past
	r.Edit(rocky, "end_of_life_at")
	operations := record.Meta{Stack: "operations"}
	acctest.Put(r, &record.ChangeFreeze{
		Meta: operations, Name: "spring closing", Start: future.Add(-time.Hour), End: future.Add(5 * time.Hour),
		Environments: []string{"prod"}, ExemptTypes: []string{"emergency"}, Reason: "The books are closed.",
	})
	web := acctest.Find[*record.ConfigurationItem](r, "server/web-01")
	acctest.Put(r, &record.ChangeRequest{
		Meta: operations, Summary: "Move web-01 to another rack", Type: "normal", ConfigurationItemIDs: []string{web.ID}, PlannedStart: future.Add(time.Hour), PlannedEnd: future.Add(8 * time.Hour),
	})
	theirs := record.Meta{Stack: "theirs"}
	full := acctest.Put(r, &record.Prefix{Meta: theirs, CIDR: "10.2.0.0/30", Gateway: "10.2.0.1"})
	acctest.Put(r, &record.IPAddress{Meta: theirs, Name: "lb-01", PrefixID: full.ID, Address: "10.2.0.2"})
	wide := acctest.Put(r, &record.Prefix{Meta: theirs, CIDR: "10.1.0.0/24"})
	acctest.Put(r, &record.IPAddress{Meta: theirs, Name: "lb-02", PrefixID: wide.ID, Address: "10.1.0.7"})

	frozen := append(window(future), `summary = "Restart web-01"`, "configuration_item_ids = [infraops_cmdb_configuration_item.web.id]")
	w.Write("main.tf", config("1.0.0", future, "web-01 and web-02 were built."))
	w.Write("new.tf", strings.Join([]string{
		managed("change_request", "frozen_window", append(frozen, `name = "Restart web-01"`)...),
		managed("change_request", "emergency", append(frozen, `name = "Restart web-01 at once"`, `type = "emergency"`)...),
		looked("change_conflicts", "conflicts", append(window(future), "configuration_item_ids = [infraops_cmdb_configuration_item.web.id]", "fail_on_conflict = true")...),
		managed("ipam_address", "exhausted", `name = "web-01"`, fmt.Sprintf("prefix_id = %q", full.ID)),
		managed("ipam_address", "taken", `name = "web-02"`, fmt.Sprintf("prefix_id = %q", wide.ID), `address = "10.1.0.7"`),
	}, "\n"))
	said.refused(t, w, []string{
		"image_revoked", "image_alone", "image_expired", "promotion", "frozen_window", "moved_window", "conflicts", "closed", "exhausted", "taken",
	}, "plan")
}

// standardChange is one that is approved in advance, with its gate.
func standardChange(name string) string {
	return managed("change_request", name, fmt.Sprintf("name = %q", name), `summary = "Build web-01"`, `type = "standard"`) +
		managed("change_approval", name, "change_request_id = infraops_change_request."+name+".id")
}

// gated is a change with its gate.
func gated(name, summary string, lines ...string) string {
	return managed("change_request", name+"_request", append(lines, fmt.Sprintf("name = %q", name), fmt.Sprintf("summary = %q", summary), `requested_by = "alice"`)...) +
		managed("change_approval", name, "change_request_id = infraops_change_request."+name+"_request.id", "content_hash = infraops_change_request."+name+"_request.content_hash")
}

// refusedGates are what a change's gate refuses, and an address that was free in the plan.
func refusedGates(t *testing.T, said *messages) {
	r := acctest.NewRegistry(t)
	prefix := acctest.Put(r, &record.Prefix{Meta: record.Meta{Stack: "theirs"}, CIDR: "10.2.0.0/30", Gateway: "10.2.0.1"})
	w := workspace(t, r.Config(), gated("pending", "Build web-01"), gated("rejected", "Open port 22"), gated("by_requester", "Resize web-01"),
		gated("canceled", "Build web-02"), gated("early", "Move web-01", window(future)...), gated("late", "Move web-02", window(past)...),
		gated("frozen", "Deploy the shop", `environment = "shop"`), gated("edited", "Patch web-01", `type = "emergency"`))
	undecided := []string{"pending", "rejected", "by_requester", "canceled", "early", "late", "frozen", "edited"}
	first := &messages{of: map[string]string{}}
	first.refused(t, w, undecided, "apply", "-auto-approve")
	said.keep("pending", first.of["pending"])

	w.Write("address.tf", managed("ipam_address", "raced", `name = "web-01"`, fmt.Sprintf("prefix_id = %q", prefix.ID)))
	w.Must("plan", "-no-color", "-out=reviewed.tfplan")
	change := func(name string) *record.ChangeRequest { return acctest.Find[*record.ChangeRequest](r, name) }
	r.Reject(change("rejected").Number, "bob", "Not from the internet")
	edited := change("edited")
	edited.Description = "All packages, not only the kernel"
	r.Edit(edited, "description")
	for _, name := range []string{"by_requester", "early", "late", "frozen"} {
		r.Approve(change(name).Number, "bob")
	}
	r.End(change("canceled"), record.Conclude)
	acctest.Put(r, &record.IPAddress{Meta: record.Meta{Stack: "theirs"}, Name: "lb-01", PrefixID: prefix.ID, Address: "10.2.0.2"})
	acctest.Put(r, &record.ChangeFreeze{
		Meta: record.Meta{Stack: "operations"}, Name: "spring sale", Start: past, End: future, Environments: []string{"shop"}, Reason: "No change during the sale",
	})
	db, err := sql.Open("sqlite", r.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), "UPDATE infraops_decision SET name = 'Alice' WHERE record_id = ?", change("by_requester").ID); err != nil {
		t.Fatal(err)
	}
	said.refused(t, w, append(undecided[1:], "raced"), "apply", "reviewed.tfplan")
}

// refusedChecks are checks that do not pass.
func refusedChecks(t *testing.T, said *messages) {
	t.Parallel()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "starting", http.StatusServiceUnavailable)
	}))
	t.Cleanup(web.Close)
	closed := httptest.NewServer(nil)
	closed.Close()
	host := checktest.NewSSHServer(t)
	other, _ := checktest.OtherKey(t)
	once := func(name, form string) string {
		return managed("check", name, fmt.Sprintf("name = %q", name), `stage = "post"`, "failure_limit = 1", form)
	}
	w := workspace(t, `provider "infraops" { stack = "test" }`,
		once("tcp", fmt.Sprintf("tcp = { address = %q }", closed.Listener.Addr().String())),
		once("http", fmt.Sprintf("http = { url = %q }", web.URL+"/health")),
		once("ssh", fmt.Sprintf(`ssh_command = {
    host             = %q
    port             = %d
    user             = "ops"
    command          = "true"
    host_key         = %q
    private_key_file = %q
  }`, host.Host, host.Port, other, host.KeyFile)))
	said.refused(t, w, []string{"tcp", "http", "ssh"}, "apply", "-auto-approve")
}

// refusedEnds are what a destroy refuses.
func refusedEnds(t *testing.T, said *messages) {
	r := acctest.NewRegistry(t)
	var blocks []string
	for _, name := range []string{"decommission", "decommission_rejected", "decommission_canceled"} {
		blocks = append(blocks, standardChange(name+"_build"), managed("change_decommission", name,
			"change_request_id = infraops_change_request."+name+"_build.id", `summary = "Decommission web-01"`, `requested_by = "alice"`, "depends_on = [infraops_change_approval."+name+"_build]"))
	}
	w := workspace(t, r.Config(), append(blocks,
		managed("patch_policy", "patching", `name = "linux-weekly"`, `schedule = {
    recurrence = "FREQ=WEEKLY;BYDAY=SU"
    start      = "2026-03-01T02:00:00+01:00"
    duration   = "4h"
    time_zone  = "Europe/Berlin"
  }`),
		managed("backup_policy", "silver", `name = "silver"`, `schedules = [{ every = "day" }]`, "retention = { daily = 30 }"),
		managed("ipam_prefix", "servers", `cidr = "10.20.0.0/24"`))...)
	w.Must("apply", "-auto-approve", "-no-color")
	theirs := record.Meta{Stack: "theirs"}
	acctest.Put(r, &record.PatchEnrollment{Meta: theirs, PolicyID: acctest.Find[*record.PatchPolicy](r, "linux-weekly").ID, Target: "db-01.example.com"})
	for _, name := range []string{"db-01", "db-02"} {
		acctest.Put(r, &record.BackupEnrollment{Meta: theirs, Name: name, PolicyID: acctest.Find[*record.BackupPolicy](r, "silver").ID, Target: name + ".example.com"})
	}
	acctest.Put(r, &record.IPAddress{Meta: theirs, Name: "db-01", PrefixID: acctest.Find[*record.Prefix](r, "10.20.0.0/24").ID, Address: "10.20.0.7"})

	undecided := []string{"decommission", "decommission_rejected", "decommission_canceled"}
	used := []string{"patching", "silver", "servers"}
	first := &messages{of: map[string]string{}}
	first.refused(t, w, append(undecided, used...), "destroy", "-auto-approve")
	of := func(name string) *record.ChangeRequest {
		built := acctest.Find[*record.ChangeRequest](r, name+"_build")
		return acctest.Find[*record.ChangeRequest](r, "decommission/"+built.ID)
	}
	r.Reject(of("decommission_rejected").Number, "bob", "It is still needed")
	r.End(of("decommission_canceled"), record.Conclude)
	said.refused(t, w, append(undecided, used...), "destroy", "-auto-approve")
	said.keep("decommission", first.of["decommission"])
}

// refusedValidations are what the configuration alone tells about secrets.
func refusedValidations(t *testing.T, said *messages) {
	t.Parallel()
	w := workspace(t, "", acctest.Block("locals", `password = "hunter2hunter2"`),
		managed("secret_delivery", "unversioned", `path = "vm/web-01/admin"`, fmt.Sprintf("recipient = %q", ageKey), "secret_wo = { password = local.password }"),
		managed("iam_functional_account", "unversioned_password", `name = "svc-backup"`, "password_wo = local.password"),
		managed("iam_functional_account", "two_passwords", `name = "svc-deploy"`, "password_wo = local.password", "password_wo_version = 1",
			fmt.Sprintf(`generate_password = {
    version    = 1
    deliver_to = { path = "svc-deploy", recipient = %q }
  }`, ageKey)))
	said.refused(t, w, []string{"unversioned", "unversioned_password", "two_passwords"}, "validate")
}

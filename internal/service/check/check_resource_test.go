// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package check_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/check/checktest"
)

func TestMain(m *testing.M) { acctest.Main(m) }

const (
	it            = "infraops_check.it"
	required      = "terraform {\n  required_providers {\n    infraops = { source = \"infraops/infraops\" }\n  }\n}\n"
	providerBlock = "provider \"infraops\" {\n  stack = \"test\"\n}\n"
)

// gate writes a configuration with the resource.
func gate(lines ...string) string {
	return providerBlock + acctest.Block(`resource "infraops_check" "it"`, append([]string{`name = "it"`}, lines...)...)
}

func tcp(address string) string { return "tcp = { address = " + acctest.Quote(address) + " }" }

func begin(t *testing.T) {
	t.Helper()
	acctest.Required(t)
	t.Parallel()
}

// says is a text with these phrases.
func says(phrases ...string) knownvalue.Check {
	return knownvalue.StringRegexp(acctest.Says(phrases...))
}

func TestAccCheck_life(t *testing.T) {
	begin(t)
	first, second := checktest.Listen(t, "127.0.0.1:0").Addr().String(), checktest.Listen(t, "127.0.0.1:0").Addr().String()
	// A time of the check stays as long as the check is not made again.
	same, other := statecheck.CompareValue(compare.ValuesSame()), statecheck.CompareValue(compare.ValuesDiffer())
	message := tfjsonpath.New("message")
	acctest.Test(t,
		resource.TestStep{
			Config: gate(tcp(first), `stage = "pre"`),
			ConfigStateChecks: append(acctest.Has(it, acctest.Values{
				"passed": true, "attempts": 1, "interval": "5s", "timeout": "2m", "attempt_timeout": "10s", "consecutive_successes": 1, "failure_limit": nil, "severity": "fail",
				"duration": says("s"), "message": says("tcp " + first + " accepted a connection in "), "checked_at": knownvalue.StringFunc(func(s string) error {
					_, err := time.Parse(time.RFC3339, s)
					return err
				}),
			}), same.AddStateValue(it, message), other.AddStateValue(it, message)),
		},
		resource.TestStep{Config: gate(tcp(first), `stage = "pre"`), ConfigPlanChecks: acctest.PlansNothing()},
		resource.TestStep{
			Config: gate(tcp(first), `stage = "post"`, `interval = "1s"`, `timeout = "10s"`, "failure_limit = 3", `severity = "warn"`),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(it, plancheck.ResourceActionUpdate),
				plancheck.ExpectKnownValue(it, tfjsonpath.New("passed"), knownvalue.Bool(true)),
			}},
			ConfigStateChecks: append(acctest.Has(it, acctest.Values{"interval": "1s", "severity": "warn", "passed": true}), same.AddStateValue(it, message)),
		},
		resource.TestStep{
			Config: gate(tcp(second)),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(it, plancheck.ResourceActionUpdate),
				plancheck.ExpectUnknownValue(it, tfjsonpath.New("message")),
			}},
			ConfigStateChecks: append(acctest.Has(it, acctest.Values{"message": says("tcp " + second)}), other.AddStateValue(it, message)),
		},
		resource.TestStep{
			Config:            gate(tcp(second), "consecutive_successes = 2", `interval = "100ms"`),
			ConfigPlanChecks:  acctest.Plans(it, plancheck.ResourceActionUpdate),
			ConfigStateChecks: acctest.Has(it, acctest.Values{"attempts": 2, "message": says("2 of 2 attempts, the last 2 in a row")}),
		},
		resource.TestStep{
			Config:            gate(tcp(second), `triggers = { vm = "1" }`),
			ConfigPlanChecks:  acctest.Plans(it, plancheck.ResourceActionReplace),
			ConfigStateChecks: acctest.Has(it, acctest.Values{"attempts": 1}),
		},
		resource.TestStep{ResourceName: it, ImportState: true, ImportStateId: "it", ExpectError: acctest.Says("A check cannot be imported", "there is nothing to import")},
	)
}

// A gate that refuses saves nothing, so that the next apply asks again; in an update the state keeps what was.
func TestAccCheck_refuses(t *testing.T) {
	begin(t)
	address := checktest.ClosedAddress(t)
	open := checktest.Listen(t, "127.0.0.1:0").Addr().String()
	brief := []string{`interval = "1s"`, `timeout = "1500ms"`, `stage = "pre"`}
	refusal := acctest.Says(`Check "it" failed`, `The pre check "it" of tcp `+address+" did not pass", "Expected: accepts a connection", "Seen:", "connection refused", "Attempts: ", "0 succeeded", "timeout 1.5s leaves no time")
	config := gate(append(brief, tcp(address))...)
	acctest.Test(t,
		resource.TestStep{Config: config, ExpectError: refusal},
		resource.TestStep{
			PreConfig:         func() { checktest.Listen(t, address) },
			Config:            config,
			ConfigPlanChecks:  acctest.Plans(it, plancheck.ResourceActionCreate),
			ConfigStateChecks: acctest.Has(it, acctest.Values{"passed": true}),
		},
		resource.TestStep{Config: gate(append(brief, tcp(checktest.ClosedAddress(t)))...), ExpectError: acctest.Says("The state keeps the check as it was before")},
		resource.TestStep{Config: config, ConfigPlanChecks: acctest.PlansNothing()},
		resource.TestStep{Config: gate(append(brief, tcp(open))...), ConfigPlanChecks: acctest.Plans(it, plancheck.ResourceActionUpdate)},
	)
}

func TestAccCheck_warns(t *testing.T) {
	begin(t)
	address := checktest.ClosedAddress(t)
	lines := []string{tcp(address), "failure_limit = 1"}
	acctest.Test(t,
		resource.TestStep{
			Config: gate(append(lines, `severity = "warn"`)...),
			ConfigStateChecks: acctest.Has(it, acctest.Values{
				"passed": false, "attempts": 1, "message": says("connection refused; 0 of 1 attempts succeeded in", "failure_limit 1 is reached"),
			}),
		},
		resource.TestStep{Config: gate(append(lines, `severity = "warn"`)...), ConfigPlanChecks: acctest.PlansNothing()},
		resource.TestStep{Config: gate(lines...), ExpectError: acctest.Says("failure_limit 1 is reached", "The state keeps the check")},
		resource.TestStep{
			PreConfig:         func() { checktest.Listen(t, address) },
			Config:            gate(lines...),
			ConfigPlanChecks:  acctest.Plans(it, plancheck.ResourceActionUpdate),
			ConfigStateChecks: acctest.Has(it, acctest.Values{"passed": true}),
		},
	)
}

// What is looked at can be known in the apply only; what is wrong with it is then told there.
func TestAccCheck_unknown(t *testing.T) {
	begin(t)
	late := func(value string) string {
		return acctest.Block(`resource "terraform_data" "late"`, "input = "+acctest.Quote(value))
	}
	form := "tcp = { address = terraform_data.late.output }"
	acctest.Test(t,
		resource.TestStep{Config: gate(form) + late("nonsense"), ExpectError: acctest.Says("Invalid address", "tcp.address must be a host and a port")},
		resource.TestStep{
			Config: gate(form) + late(checktest.Listen(t, "127.0.0.1:0").Addr().String()),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(it, plancheck.ResourceActionCreate), plancheck.ExpectUnknownValue(it, tfjsonpath.New("message")),
			}},
		},
		resource.TestStep{
			Config: gate("tcp = terraform_data.late.output ? { address = "+acctest.Quote(checktest.Listen(t, "127.0.0.1:0").Addr().String())+" } : null") +
				acctest.Block(`resource "terraform_data" "late"`, "input = false"),
			ExpectError: acctest.Says("Nothing to check"),
		},
	)
}

func TestAccCheck_http(t *testing.T) {
	begin(t)
	var asked atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The second answer is a failure.
		if asked.Add(1) == 2 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = fmt.Fprintf(w, `{"status": "up", "token": %q}`, r.Header.Get("Authorization"))
	}))
	t.Cleanup(s.Close)
	url := "url = " + acctest.Quote(s.URL+"/health?key=hunter2")
	acctest.Test(t,
		resource.TestStep{
			Config:            gate("http = {\n"+url+"\njson_path = \"$.status\"\nequals = \"up\"\n}", "consecutive_successes = 3", `interval = "100ms"`),
			ConfigStateChecks: acctest.Has(it, acctest.Values{"attempts": 5, "message": says(`http GET ` + s.URL + `/health?... answered 200 OK and $.status is "up"`)}),
		},
		resource.TestStep{
			Config:      gate("http = {\n"+url+"\njson_path = \"$.token\"\nequals = \"down\"\nheaders_wo = { Authorization = \"Bearer hunter2\" }\nheaders_wo_version = 1\n}", "failure_limit = 1"),
			ExpectError: acctest.Says(`answered 200 OK, and $.token is not "down"`),
		},
	)
}

// A write-only header is sent and kept nowhere; another version sends it anew.
func TestAccCheck_secretHeader(t *testing.T) {
	begin(t)
	var wanted atomic.Value
	wanted.Store("Bearer hunter2")
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != wanted.Load() {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = fmt.Fprint(w, r.Header.Get("Authorization"))
		}
	}))
	t.Cleanup(s.Close)
	w := acctest.NewWorkspace(t)
	write := func(token, version string) {
		w.Write("terraform.tfvars", "token = "+acctest.Quote(token))
		w.Write("main.tf", required+
			acctest.Block(`variable "token"`, "ephemeral = true")+
			gate("http = {\nurl = "+acctest.Quote(s.URL)+"\nheaders_wo = { Authorization = \"Bearer ${var.token}\" }\nheaders_wo_version = "+version+"\n}", "failure_limit = 1"))
	}
	write("hunter2", "1")
	w.Must("init")
	w.Must("apply", "-auto-approve", "-no-color")
	w.Must("plan", "-detailed-exitcode")
	wanted.Store("Bearer hunter3")
	write("hunter3", "1")
	w.Must("plan", "-detailed-exitcode")
	write("hunter3", "2")
	if out := w.Must("apply", "-auto-approve", "-no-color"); !strings.Contains(out, "1 changed") {
		t.Errorf("another version does not check again:\n%s", out)
	}
	write("hunter4", "3")
	out, ok := w.Run("apply", "-auto-approve", "-no-color")
	if ok || !strings.Contains(out, "401 Unauthorized") {
		t.Errorf("a wrong header passes:\n%s", out)
	}
	if state := w.Must("state", "pull"); strings.Contains(state+out, "hunter") {
		t.Errorf("the secret is kept or shown:\n%s\n%s", state, out)
	}
}

func TestAccCheck_tls(t *testing.T) {
	begin(t)
	ca := checktest.NewAuthority(t, time.Now().AddDate(1, 0, 0))
	address := checktest.ListenTLS(t, ca.Config(t, "web.test", time.Now().AddDate(0, 0, 20)))
	form := func(days int) string {
		return fmt.Sprintf("tls = {\naddress = %q\nserver_name = \"web.test\"\nca_pem = %s\nmin_days_valid = %d\n}", address, acctest.Quote(ca.PEM), days)
	}
	acctest.Test(t,
		resource.TestStep{Config: gate(form(30), "failure_limit = 1"), ExpectError: acctest.Says("Expected: presents a trusted certificate for web.test", "30 days", "Seen: presented", "19 days")},
		resource.TestStep{Config: gate(form(7)), ConfigStateChecks: acctest.Has(it, acctest.Values{"passed": true, "message": says("presented a trusted certificate for web.test")})},
	)
}

func TestAccCheck_ssh(t *testing.T) {
	begin(t)
	s := checktest.NewSSHServer(t)
	other, _ := checktest.OtherKey(t)
	form := func(hostKey, command string) string {
		return fmt.Sprintf("ssh_command = {\nhost = %q\nport = %d\nuser = \"ops\"\ncommand = %q\nstdout_matches = \"^active$|^active\\n\"\nhost_key = %q\nprivate_key_file = %q\n}",
			s.Host, s.Port, command, hostKey, s.KeyFile)
	}
	acctest.Test(t,
		resource.TestStep{Config: gate(form(other, "echo active")), ExpectError: acctest.Says("is not host_key", "waiting does not mend it")},
		resource.TestStep{Config: gate(form(s.HostKey, "echo inactive"), "failure_limit = 1"), ExpectError: acctest.Says("does not match", `standard output: "inactive"`)},
		resource.TestStep{Config: gate(form(s.HostKey, "echo active")), ConfigStateChecks: acctest.Has(it, acctest.Values{"passed": true, "message": says(`"echo active" exited with 0`)})},
	)
}

// The evidence of a change is what a check saw.
func TestAccCheck_evidence(t *testing.T) {
	r := acctest.NewRegistry(t)
	r.Test(resource.TestStep{
		Config: r.Config(acctest.Example(t, "resources/infraops_check/resource.tf")),
		ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownValue("infraops_change_closure.build", tfjsonpath.New("evidence").AtMapKey("name"),
			says("dns A localhost answered"))},
	})
}

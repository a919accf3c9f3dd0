// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func export(t *testing.T, args ...string) result {
	t.Helper()
	return run(t, append([]string{"monitoring", "export", "--format", "prometheus"}, args...)...)
}

// watch keeps targets in two stacks, of which some are not to be watched.
func (s *shop) watch() {
	s.t.Helper()
	vm := s.add("payments-prod", &record.ConfigurationItem{Class: "virtual_machine", Name: "web-01", Environment: "production", InitialStatus: "operational"})
	web := s.add("payments-prod", &record.MonitoringTarget{
		Name: "web-01", Address: "web-01.example.com", Port: 8080, Profiles: []string{"node", "http"}, Groups: []string{"web"}, Interval: 90 * time.Second, Enabled: true,
		Labels: map[string]string{"team": "payments", "cost-centre": "42", "1st": "yes", "größe": "ü \"x\"", "__metrics_path__": "/probe", "__param_module": "http_2xx"}, ConfigurationItemID: vm,
	})
	db := s.add("payments-prod", &record.MonitoringTarget{Name: "db-01", Address: "2001:db8::7", Profiles: []string{"node"}, Interval: 5 * time.Second, Enabled: true, ConfigurationItemID: "4711"})
	trial := s.add("lab", &record.MonitoringTarget{Name: "trial", Address: "10.0.0.7", Enabled: true})
	s.add("payments-prod", &record.MonitoringTarget{Name: "off", Address: "10.0.0.8"})
	gone := s.add("payments-prod", &record.MonitoringTarget{Name: "gone", Address: "10.0.0.9", Enabled: true})
	if err := s.store(record.KindMonitoringTarget).Retire(s.t.Context(), gone, record.Erase); err != nil {
		s.t.Fatal(err)
	}
	now := time.Now()
	for target, begins := range map[string]time.Duration{web: -time.Hour, db: -3 * time.Hour, trial: time.Hour} {
		s.add("lab", &record.MonitoringDowntime{TargetID: target, Start: now.Add(begins), End: now.Add(begins + 2*time.Hour), Reason: "kernel"})
	}
}

func TestMonitoringExport(t *testing.T) {
	s := newShop(t)
	s.watch()
	s.golden("monitoring_export", export(t).succeeds(t))
	s.golden("monitoring_export_lab", export(t, "--stack", "lab", "--default-port", "9182").succeeds(t))
	s.golden("monitoring_export_profile", export(t, "--profile", "http").succeeds(t))
	if out := export(t, "--stack", "nowhere").succeeds(t); out != "[]\n" {
		t.Errorf("no target is %q", out)
	}
}

func TestMonitoringExportToFile(t *testing.T) {
	s := newShop(t)
	s.watch()
	if err := os.Mkdir("sd", 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("sd", "targets.json")
	for range 2 {
		if out := export(t, "--output", path).succeeds(t); out != "Wrote 3 targets to sd/targets.json.\n" {
			t.Error(out)
		}
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s.golden("monitoring_export", string(content))
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("the file is not readable for the monitoring system: %v, error %v", info.Mode(), err)
	}
	// A target that cannot be exported leaves what is there.
	s.add("lab", &record.MonitoringTarget{Name: "bad", Address: "10.0.0.9", Enabled: true, Labels: map[string]string{"a b": "1", "a-b": "2"}})
	export(t, "--output", path).fails(t, exitFailure, `monitoring target "bad" of stack "lab"`, `labels "a b" and "a-b" are both called a_b`, "Rename one")
	if again, err := os.ReadFile(path); err != nil || string(again) != string(content) {
		t.Errorf("the file is now %q, error %v", again, err)
	}
	export(t, "--stack", "payments-prod", "--output", filepath.Join("none", "targets.json")).fails(t, exitFailure, "writing the targets", "no such file or directory")
	export(t, "--stack", "payments-prod", "--output", "sd").fails(t, exitFailure, "writing the targets")
	if left, err := os.ReadDir("sd"); err != nil || len(left) != 1 {
		t.Errorf("in the directory are %v, error %v", left, err)
	}
}

func TestLabelNames(t *testing.T) {
	for key, want := range map[string]string{
		"team": "team", "cost-centre": "cost_centre", "9x": "_9x", "a.b/c d": "a_b_c_d", "größe": "gr__e", "_x": "_x", "__scheme__": "__scheme__", "__param_a-b": "__param_a_b",
		"job": "job", "__address__": "", "--x": "", "__name__": "", "__meta_infraops_id": "", "__param_": "", "__scrape_interval__": "",
	} {
		labels, err := labelsOf(&record.MonitoringTarget{Labels: map[string]string{key: "v"}})
		if _, ok := labels[want]; (want != "" && !ok) || (want == "") != (err != nil) {
			t.Errorf("%q becomes %v, error %v; want %q", key, labels, err, want)
		}
	}
}

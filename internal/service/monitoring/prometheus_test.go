// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package monitoring_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/operator"
	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
)

// prometheus is a real one that tools/prometheus.sh has started: it scrapes what the files in a directory list, keeps the
// profile "node", and makes labels of the name and of whether a downtime runs.
type prometheus struct {
	t         *testing.T
	url       string
	directory string
}

func newPrometheus(t *testing.T) *prometheus {
	t.Helper()
	acctest.Required(t)
	p := &prometheus{t: t, url: systemtest.Needed(t, "INFRAOPS_TEST_PROMETHEUS_URL", "tools/prometheus.sh")}
	var config struct{ Data struct{ YAML string } }
	p.get("/api/v1/status/config", &config)
	match := regexp.MustCompile(`- (/\S+)/\*\.json`).FindStringSubmatch(config.Data.YAML)
	if match == nil {
		t.Fatalf("Prometheus does not discover targets in files:\n%s", config.Data.YAML)
	}
	p.directory = match[1]
	return p
}

func (p *prometheus) get(path string, into any) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	resp, err := (&http.Client{}).Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		p.t.Fatal(err)
	}
}

// scraped is what Prometheus says about a target.
type scraped struct {
	Labels         map[string]string
	Health         string
	ScrapeURL      string
	ScrapeInterval string
	ScrapeTimeout  string
	LastError      string
}

// wait returns the targets at an address as soon as they are what is wanted, or after a while.
func (p *prometheus) wait(address string, wanted func([]scraped) bool) []scraped {
	p.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		var answer struct {
			Data struct{ ActiveTargets []scraped }
		}
		p.get("/api/v1/targets?state=active", &answer)
		var found []scraped
		for _, s := range answer.Data.ActiveTargets {
			if strings.Contains(s.ScrapeURL, address) {
				found = append(found, s)
			}
		}
		if wanted(found) || time.Now().After(deadline) {
			return found
		}
		<-time.After(100 * time.Millisecond)
	}
}

// A real Prometheus scrapes what Terraform has registered, and forgets what Terraform has destroyed.
func TestAccMonitoringTarget_prometheus(t *testing.T) {
	p := newPrometheus(t)
	r := acctest.NewRegistry(t)
	exporter := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, _ = fmt.Fprintf(w, "infraops_test_path{path=%q} 1\n", req.URL.Path)
	}))
	t.Cleanup(exporter.Close)
	address := exporter.Listener.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	file := filepath.Join(p.directory, fmt.Sprintf("acc-%d-%s.json", os.Getpid(), port))
	t.Cleanup(func() { _ = os.Remove(file) })
	export := func() {
		var out, failed strings.Builder
		args := []string{"monitoring", "export", "--format", "prometheus", "--database", r.Database, "--output", file}
		if code := operator.Run(t.Context(), "test", nil, args, strings.NewReader(""), io.Writer(&out), &failed); code != 0 {
			t.Fatalf("exit code %d: %s", code, failed.String())
		}
	}
	// For the job that keeps the profile "node"; another one is for another job.
	web := target(`address = "127.0.0.1"`, "port = "+port, `profiles = ["node"]`, `labels = { cost-centre = "42", __metrics_path__ = "/node" }`, `interval = "2s"`)
	other := strings.NewReplacer("web", "other", `"node"`, `"tcp"`).Replace(web)
	now := time.Now().UTC().Truncate(time.Second)
	during := acctest.Block(`resource "infraops_monitoring_downtime" "now"`, "target_id = infraops_monitoring_target.web.id",
		"start = "+at(now.Add(-time.Hour)), "end = "+at(now.Add(time.Hour)), `reason = "kernel"`)
	r.Test(resource.TestStep{
		Config: r.Config(web, other, during),
		Check: func(*terraform.State) error {
			export()
			found := p.wait(address, func(s []scraped) bool { return len(s) == 1 && s[0].Health == "up" })
			if len(found) != 1 || found[0].Health != "up" {
				return fmt.Errorf("Prometheus has these targets: %+v", found)
			}
			want := map[string]string{"job": "infraops", "instance": "web-01", "cost_centre": "42", "in_downtime": "true"}
			if s := found[0]; fmt.Sprint(s.Labels) != fmt.Sprint(want) || s.ScrapeInterval != "2s" || s.ScrapeTimeout != "2s" || s.ScrapeURL != "http://"+address+"/node" {
				return fmt.Errorf("Prometheus scrapes %+v, want the labels %v", s, want)
			}
			return nil
		},
	})
	export()
	if left := p.wait(address, func(s []scraped) bool { return len(s) == 0 }); len(left) > 0 {
		t.Errorf("after the destroy Prometheus still has %+v", left)
	}
}

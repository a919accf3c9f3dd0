// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/requesttracker"
	"github.com/infraops/terraform-provider-infraops/internal/system/servicenow"
	"github.com/infraops/terraform-provider-infraops/internal/system/servicenow/servicenowtest"
)

// latency is added to each request to a system, as a network and a busy server add it.
const latency = 50 * time.Millisecond

// readers is how many reads Terraform has in flight.
const readers = 10

// remote is a system that is reached over HTTP, behind a proxy that counts.
type remote struct {
	record.System
	settings record.Settings
	proxy    *httptest.Server
	requests atomic.Int64
}

// remoteRow is what reading n configuration items took.
type remoteRow struct {
	system, what string
	n            int
	requests     int64
	wall         time.Duration
}

// counted puts the proxy before a system.
func counted(s record.System, settings record.Settings) (*remote, error) {
	target, err := url.Parse(settings["url"])
	if err != nil {
		return nil, err
	}
	r := &remote{System: s, settings: settings}
	forward := &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
		p.SetURL(target)
		p.Out.Host = target.Host
	}}
	r.proxy = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.requests.Add(1)
		<-time.After(latency)
		forward.ServeHTTP(w, req)
	}))
	settings["url"] = r.proxy.URL
	return r, nil
}

// remotes are the systems that are measured: a ServiceNow instance in memory, and the Request Tracker that tests use, where there is
// one.
func remotes() ([]*remote, error) {
	instance := servicenowtest.New()
	for _, c := range servicenow.SetupColumns() {
		instance.AddColumn(c.Table, servicenowtest.Column{Name: c.Name, MaxLength: c.MaxLength})
	}
	double := httptest.NewServer(instance)
	now, err := counted(servicenow.System(), record.Settings{"url": double.URL, "username": "admin", "password": "admin"})
	if err != nil {
		return nil, err
	}
	server := os.Getenv("INFRAOPS_TEST_REQUESTTRACKER_URL")
	if server == "" {
		fmt.Fprintln(os.Stderr, "bench: no Request Tracker to measure: see tools/requesttracker.sh")
		return []*remote{now}, nil
	}
	tracker, err := counted(requesttracker.System(), record.Settings{"url": server, "token": os.Getenv("INFRAOPS_TEST_REQUESTTRACKER_TOKEN")})
	return []*remote{now, tracker}, err
}

const (
	remoteRoot = `terraform {
  required_providers {
    infraops = {
      source = "infraops/infraops"
    }
  }
}

provider "infraops" {
  stack = "%s"

  %s = {
    %s
  }
}

module "part" {
  source = "./part"
  count  = %%d
  part   = count.index
}
`
	remoteModule = `terraform {
  required_providers {
    infraops = {
      source = "infraops/infraops"
    }
  }
}

variable "part" { type = number }

resource "infraops_cmdb_configuration_item" "vm" {
  count       = %[1]d * 2
  class       = "virtual_machine"
  name        = "vm-${var.part}-${count.index}"
  environment = "prod"
  fqdn        = "vm-${var.part}-${count.index}.example.com"
  attributes  = { cpu = "4", memory_gib = "16", disk_gib = "100", os = "debian-13" }
}
`
)

// layout is a stack of configuration items on the system.
func (r *remote) layout(stack string) layout {
	return layout{r.Name, func(dir string, n int) error {
		var options []string
		for name, value := range r.settings {
			options = append(options, fmt.Sprintf("%s = %q", name, value))
		}
		return writeStack(dir, fmt.Sprintf(remoteRoot, stack, r.Name, strings.Join(options, "\n    ")), remoteModule, n)
	}}
}

// measure makes n items and measures how they are read: by plans, and one by one as a provider does that asks for each record.
func (r *remote) measure(ctx context.Context, c *cli, n, repeat int) ([]remoteRow, error) {
	defer r.proxy.Close()
	stack := fmt.Sprintf("bench-%d", time.Now().Unix())
	l := r.layout(stack)
	dir := filepath.Join(c.dir, l.name)
	defer func() { _ = os.RemoveAll(dir) }()
	if err := l.write(dir, n); err != nil {
		return nil, err
	}
	if err := c.backend.use(dir, l.name); err != nil {
		return nil, err
	}
	if _, err := c.measure(ctx, dir, "init", "-input=false"); err != nil {
		return nil, err
	}
	var rows []remoteRow
	for _, command := range commands {
		times := repeat
		if command.once {
			times = 1
		}
		before := r.requests.Load()
		m, err := c.times(ctx, dir, times, command.args...)
		if err != nil {
			return nil, err
		}
		rows = append(rows, remoteRow{r.Title, command.what, n, (r.requests.Load() - before) / int64(times), m.wall})
	}
	single, err := r.oneByOne(ctx, stack, n)
	if err != nil {
		return nil, err
	}
	if _, err := c.measure(ctx, dir, "destroy", "-auto-approve", "-input=false", "-no-color"); err != nil {
		return nil, err
	}
	return append(rows, single), nil
}

// measureRemotes measures n configuration items in each system.
func (r *report) measureRemotes(ctx context.Context, c *cli, n, repeat int) error {
	systems, err := remotes()
	if err != nil {
		return err
	}
	for _, s := range systems {
		rows, err := s.measure(ctx, c, n/perModule*perModule, repeat)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Title, err)
		}
		r.remotes = append(r.remotes, rows...)
	}
	return nil
}

// oneByOne reads each item with a request of its own, as many at a time as Terraform does.
func (r *remote) oneByOne(ctx context.Context, stack string, n int) (remoteRow, error) {
	connection, err := r.Open(r.settings)
	if err != nil {
		return remoteRow{}, err
	}
	defer func() { _ = connection.Close() }()
	store := connection.Stores()[record.KindConfigurationItem]
	items, err := store.Find(ctx, record.Query{Stack: stack})
	if err != nil {
		return remoteRow{}, err
	}
	if len(items) != n {
		return remoteRow{}, fmt.Errorf("%s has %d items, want %d", r.Title, len(items), n)
	}
	ids := make(chan string)
	var group sync.WaitGroup
	var failure atomic.Value
	before, start := r.requests.Load(), time.Now()
	for range readers {
		group.Go(func() {
			for id := range ids {
				if found, err := store.Get(ctx, []string{id}); err != nil || found[id] == nil {
					failure.Store(fmt.Errorf("reading %s: found %d records: %w", id, len(found), err))
				}
			}
		})
	}
	for _, item := range items {
		ids <- item.Metadata().ID
	}
	close(ids)
	group.Wait()
	if err, failed := failure.Load().(error); failed {
		return remoteRow{}, err
	}
	return remoteRow{r.Title, "a request for each record", n, r.requests.Load() - before, time.Since(start)}, nil
}

func (r *report) remoteMarkdown() string {
	if len(r.remotes) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Measured with `make bench` on %s%s Each request takes %s longer than the system itself.\n\n", r.machine, load(), latency)
	b.WriteString("| system | items | command | requests | seconds |\n|---|--:|---|--:|--:|\n")
	for _, row := range r.remotes {
		fmt.Fprintf(&b, "| %s | %d | %s | %d | %.2f |\n", row.system, row.n, row.what, row.requests, row.wall.Seconds())
	}
	return b.String()
}

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
	l := r.layout(fmt.Sprintf("bench-%d", time.Now().UnixNano()))
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
		var runs []measurement
		times := repeat
		if command.once {
			times = 1
		}
		before := r.requests.Load()
		for range times {
			m, err := c.measure(ctx, dir, append(command.args, "-input=false", "-no-color")...)
			if err != nil {
				return nil, err
			}
			runs = append(runs, m)
		}
		rows = append(rows, remoteRow{r.Title, command.what, n, (r.requests.Load() - before) / int64(times), median(runs).wall})
	}
	single, err := r.oneByOne(ctx, n)
	if err != nil {
		return nil, err
	}
	if _, err := c.measure(ctx, dir, "destroy", "-auto-approve", "-input=false", "-no-color"); err != nil {
		return nil, err
	}
	return append(rows, single), nil
}

// oneByOne reads each item with a request of its own, as many at a time as Terraform does.
func (r *remote) oneByOne(ctx context.Context, n int) (remoteRow, error) {
	connection, err := r.Open(r.settings)
	if err != nil {
		return remoteRow{}, err
	}
	defer func() { _ = connection.Close() }()
	store := connection.Stores()[record.KindConfigurationItem]
	items, err := store.Find(ctx, record.Query{})
	if err != nil {
		return remoteRow{}, err
	}
	ids := make(chan string)
	var group sync.WaitGroup
	var failure atomic.Value
	before, start := r.requests.Load(), time.Now()
	for range readers {
		group.Go(func() {
			for id := range ids {
				if found, err := store.Get(ctx, []string{id}); err != nil || found[id] == nil {
					failure.Store(fmt.Errorf("reading %s: %d records, %w", id, len(found), err))
				}
			}
		})
	}
	for _, item := range items[:min(n, len(items))] {
		ids <- item.Metadata().ID
	}
	close(ids)
	group.Wait()
	if err, failed := failure.Load().(error); failed {
		return remoteRow{}, err
	}
	return remoteRow{r.Title, "a request for each record", n, r.requests.Load() - before, time.Since(start)}, nil
}

func remoteTable(b *strings.Builder, rows []remoteRow) {
	b.WriteString("| system | items | command | requests | seconds |\n|---|--:|---|--:|--:|\n")
	for _, row := range rows {
		fmt.Fprintf(b, "| %s | %d | %s | %d | %.2f |\n", row.system, row.n, row.what, row.requests, row.wall.Seconds())
	}
}

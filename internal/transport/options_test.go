// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func system() record.System {
	return record.System{Name: "tickets", Title: "Tickets", Options: append(Options(),
		record.Option{Name: "token", Sensitive: true}, record.Option{Name: "headers", Map: true, Sensitive: true}, record.Option{Name: "queue"})}
}

func TestConfigure(t *testing.T) {
	c, err := Configure(system(), record.Settings{
		"url": "https://tickets.example/rt/", "timeout": "30s", "proxy": "http://jane:pr0xy-pass@proxy:3128", "requests_per_second": "0.5", "max_concurrency": "3",
		"token": "t0ken", "headers.X-Key": "k3y0", "queue": "General",
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.System != "tickets" || c.Title != "Tickets" || c.URL != "https://tickets.example/rt" || c.Timeout != 30*time.Second || c.RequestsPerSecond != 0.5 || c.MaxConcurrency != 3 {
		t.Errorf("%+v", c)
	}
	for _, secret := range []string{"t0ken", "k3y0", "pr0xy-pass"} {
		if !slices.Contains(c.Secrets, secret) {
			t.Errorf("%s is not kept secret: %q", secret, c.Secrets)
		}
	}
	if slices.Contains(c.Secrets, "General") {
		t.Error("what is no secret is kept secret")
	}
	_, err = Configure(system(), record.Settings{})
	if e := failed(t, err, record.ErrInvalid); e.Answer != "the URL of Tickets is not known" ||
		e.Advice != "Set tickets = { url = ... } in the provider block, or the environment variable INFRAOPS_TICKETS_URL" {
		t.Errorf("%v; %s", e, e.Advice)
	}
	_, err = Configure(system(), record.Settings{"url": "https://jane:s3cr3t@tickets.example"})
	if e := failed(t, err, record.ErrInvalid); strings.Contains(e.Error(), "s3cr3t") {
		t.Error(e)
	}
}

func TestOptionsRefuse(t *testing.T) {
	values := map[string]struct{ good, bad []string }{
		"url": {
			[]string{"https://rt.example", "http://127.0.0.1:8080/rt", "https://[::1]:8443"},
			[]string{"rt.example", "ftp://rt.example", "https://", "https://a:b@rt.example", "https://rt.example/?x=1", "https://rt.example/#x", "https://rt example", "/rt", "https://:80"},
		},
		"timeout":             {[]string{"1s", "1m30s", "1h"}, []string{"0s", "-1m", "2h", "30", "soon"}},
		"proxy":               {[]string{"http://proxy:3128", "https://a:b@proxy", "socks5://proxy"}, []string{"proxy:3128", "ftp://proxy", "http://", "http://a:%zz@proxy"}},
		"requests_per_second": {[]string{"5", "0.5"}, []string{"0", "-1", "NaN", "Inf", "many"}},
		"max_concurrency":     {[]string{"1", "1000"}, []string{"0", "-1", "1.5", "1001"}},
	}
	for _, o := range Options() {
		v, ok := values[o.Name]
		if strings.HasSuffix(o.Name, "_file") {
			continue
		}
		if !ok || o.Check == nil {
			t.Errorf("%s is not checked", o.Name)
			continue
		}
		if o.Default != "" {
			v.good = append(v.good, o.Default)
		}
		for _, value := range v.good {
			if err := o.Check(value); err != nil {
				t.Errorf("%s = %q: %v", o.Name, value, err)
			}
		}
		for _, value := range v.bad {
			err := o.Check(value)
			if err == nil {
				t.Errorf("%s = %q is accepted", o.Name, value)
			} else if strings.HasSuffix(err.Error(), ".") || !strings.HasPrefix(err.Error(), "must ") || strings.Contains(err.Error(), "a:") {
				t.Errorf("%s = %q: %v", o.Name, value, err)
			}
		}
	}
}

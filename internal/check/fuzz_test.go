// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package check_test

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/infraops/terraform-provider-infraops/internal/check"
)

// FuzzRules: no rule panics, and what passes is what the libraries that get it take for the same.
func FuzzRules(f *testing.F) {
	for _, s := range []string{"", "web.test", "web.test.", "10.0.0.1:22", "[fe80::1%eth0]:22", "10.0.0.300", "https://web.test:8443/a?b=c", "https://u:p@web.test", "a:b:c", "$.a[*]", "5s", "ssh-ed25519 AAAA", "1e9h", "(?i"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, rule := range []func(string) error{check.HostKey, check.JSONPath, check.Pattern, check.Certificates, check.HeaderName, check.PlainHeader, check.HeaderValue, check.Duration, check.Interval, check.Server, check.NotBlank} {
			_ = rule(s)
		}
		if check.Host(s) == nil && strings.ContainsAny(s, " /@?#\x00\n") && !strings.Contains(s, "%") {
			t.Errorf("%q passes as a host", s)
		}
		if check.Address(s) == nil {
			host, port, err := net.SplitHostPort(s)
			if err != nil || check.Host(host) != nil {
				t.Errorf("%q passes as an address: %v", s, err)
			}
			if _, err := netip.ParseAddrPort("0.0.0.0:" + port); err != nil {
				t.Errorf("the port of %q passes: %v", s, err)
			}
		}
		if check.URL(s) == nil {
			u, err := url.Parse(s)
			if err != nil || u.User != nil || u.Host == "" {
				t.Errorf("%q passes as a URL: %v", s, err)
			}
		}
		for _, form := range []check.Form{check.TCP{Address: s}, check.TLS{Address: s}, check.ICMP{Host: s}, check.DNS{Name: s}, check.HTTP{URL: s}, check.SSHCommand{Host: s, User: s, Command: s}} {
			if p, err := form.Probe(); err == nil && (!utf8.ValidString(p.Target()+p.Expected()) || strings.Contains(p.Target(), "\n")) {
				t.Errorf("%+v makes a message of %q", form, p.Target()+p.Expected())
			}
		}
	})
}

// FuzzJSON: neither a path nor a document panics, and the answer is fit for a message.
func FuzzJSON(f *testing.F) {
	for _, s := range [][2]string{{"$.a", `{"a": 1}`}, {"$.a[?(@.b > 1)]", `{"a": [{"b": 1e400}]}`}, {"$..*", `[[[]]]`}, {"$[-1:0:-1]", `[1, 2]`}, {"@.a + 1", `1 2`}, {"$[?(@ =~ /a/)]", `["a"]`}} {
		f.Add(s[0], s[1], "1")
	}
	f.Fuzz(func(t *testing.T, path, document, equals string) {
		for _, e := range []*string{nil, &equals} {
			seen, err := check.JudgeJSON(path, e, []byte(document))
			if err == nil && seen == "" {
				t.Error("it passes and says nothing")
			}
		}
	})
}

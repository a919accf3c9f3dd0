// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package check_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/check"
	"github.com/infraops/terraform-provider-infraops/internal/check/checktest"
)

// look is one attempt of a form that is valid.
type look struct {
	form check.Form
	// sees is a part of what it sees; without passes, of the error.
	passes bool
	sees   string
}

func (l look) test(t *testing.T) {
	t.Helper()
	p, err := l.form.Probe()
	if err != nil {
		t.Fatal(err)
	}
	if p.Target() == "" || p.Expected() == "" {
		t.Error("the probe does not say what it looks at, or for what")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	seen, err := p.Look(ctx)
	if err != nil {
		seen = err.Error()
	}
	if (err == nil) != l.passes || !strings.Contains(seen, l.sees) {
		t.Errorf("%s: passes %v, sees %s", p.Target(), err == nil, seen)
	}
}

// ends says that a look ends soon after its context.
func ends(t *testing.T, f check.Form) {
	t.Helper()
	p, err := f.Probe()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	timer := time.AfterFunc(50*time.Millisecond, cancel)
	defer timer.Stop()
	started := time.Now()
	if seen, err := p.Look(ctx); err == nil {
		t.Errorf("%s passes: %s", p.Target(), seen)
	}
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("%s ends %s after it began", p.Target(), took)
	}
}

func TestTCP(t *testing.T) {
	look{check.TCP{Address: checktest.Listen(t, "127.0.0.1:0").Addr().String()}, true, "accepted a connection"}.test(t)
	look{check.TCP{Address: checktest.ClosedAddress(t)}, false, "connection refused"}.test(t)
}

func TestTLS(t *testing.T) {
	year, fortnight := time.Now().AddDate(1, 0, 0), time.Now().AddDate(0, 0, 14)
	ca := checktest.NewAuthority(t, year)
	address := checktest.ListenTLS(t, ca.Config(t, "web.test", fortnight))
	brief := checktest.NewAuthority(t, fortnight)
	briefAddress := checktest.ListenTLS(t, brief.Config(t, "web.test", year))
	past := checktest.ListenTLS(t, ca.Config(t, "web.test", time.Now().Add(-time.Minute)))
	for name, l := range map[string]look{
		"trusted":              {check.TLS{Address: address, ServerName: "web.test", CAPEM: ca.PEM}, true, "presented a trusted certificate for web.test whose chain is valid until "},
		"long enough":          {check.TLS{Address: address, ServerName: "web.test", CAPEM: ca.PEM, MinDaysValid: 13}, true, "13 days"},
		"not long enough":      {check.TLS{Address: address, ServerName: "web.test", CAPEM: ca.PEM, MinDaysValid: 30}, false, `("CN=web.test" expires first)`},
		"its authority is not": {check.TLS{Address: briefAddress, ServerName: "web.test", CAPEM: brief.PEM, MinDaysValid: 30}, false, `("CN=test CA" expires first)`},
		"expired":              {check.TLS{Address: past, ServerName: "web.test", CAPEM: ca.PEM}, false, "expired"},
		"unknown authority":    {check.TLS{Address: address, ServerName: "web.test"}, false, "unknown authority"},
		"other authority":      {check.TLS{Address: address, ServerName: "web.test", CAPEM: brief.PEM}, false, "unknown authority"},
		"other name":           {check.TLS{Address: address, ServerName: "db.test", CAPEM: ca.PEM}, false, "valid for web.test, not db.test"},
		"no name":              {check.TLS{Address: address, CAPEM: ca.PEM}, false, "127.0.0.1"},
		"nobody":               {check.TLS{Address: checktest.ClosedAddress(t)}, false, "connection refused"},
	} {
		t.Run(name, l.test)
	}
	ends(t, check.TLS{Address: checktest.Listen(t, "127.0.0.1:0").Addr().String()})
}

// Where the machine has no right to send, the error says what to do.
func TestICMP(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "localhost"} {
		p, err := check.ICMP{Host: host}.Probe()
		if err != nil {
			t.Fatal(err)
		}
		seen, err := p.Look(t.Context())
		if errors.Is(err, os.ErrPermission) {
			if !strings.Contains(err.Error(), "ping_group_range") {
				t.Error(err)
			}
			t.Log("this machine does not let the test send ICMP")
			continue
		}
		if err != nil || !strings.HasPrefix(seen, "answered an echo request from ") {
			t.Errorf("%s: %s, %v", host, seen, err)
		}
	}
	look{check.ICMP{Host: "nobody.invalid"}, false, "nobody.invalid"}.test(t)
}

// Whoever may not send is told at once, and waits for no timeout.
func TestICMP_refused(t *testing.T) {
	p := check.RefusedICMP()
	r, err := check.Run(t.Context(), p, check.Schedule{Interval: time.Minute, Timeout: time.Hour, AttemptTimeout: time.Minute, ConsecutiveSuccesses: 1})
	if err != nil || r.Passed || r.Attempts != 1 || !strings.Contains(r.Seen, "CAP_NET_RAW") || r.Ended != "waiting does not mend it" {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestInvalid(t *testing.T) {
	address := net.JoinHostPort("127.0.0.1", "22")
	equals := "up"
	for _, c := range []struct {
		form  check.Form
		field string
	}{
		{check.TCP{}, "address"},
		{check.TCP{Address: "127.0.0.1"}, "address"},
		{check.TCP{Address: "127.0.0.1:0"}, "address"},
		{check.TCP{Address: "127.0.0.1:65536"}, "address"},
		{check.TCP{Address: "127.0.0.1:ssh"}, "address"},
		{check.TCP{Address: "10.0.0.300:22"}, "address"},
		{check.TCP{Address: "2001:db8::1:22"}, "address"},
		{check.TCP{Address: ":22"}, "address"},
		{check.TLS{Address: "web"}, "address"},
		{check.TLS{Address: address, ServerName: "no such name"}, "server_name"},
		{check.TLS{Address: address, MinDaysValid: -1}, "min_days_valid"},
		{check.TLS{Address: address, MinDaysValid: 1 << 40}, "min_days_valid"},
		{check.TLS{Address: address, CAPEM: "-----BEGIN NOTHING-----"}, "ca_pem"},
		{check.DNS{Name: "web.test", Type: "ANY"}, "type"},
		{check.DNS{Name: ""}, "name"},
		{check.DNS{Name: "-web.test"}, "name"},
		{check.DNS{Name: "web.test", Type: "PTR"}, "name"},
		{check.DNS{Name: "10.0.0.1"}, "name"},
		{check.DNS{Name: "web.test", Server: "name server"}, "server"},
		{check.ICMP{}, "host"},
		{check.ICMP{Host: "a b"}, "host"},
		{check.HTTP{URL: "ftp://web.test"}, "url"},
		{check.HTTP{URL: "web.test/health"}, "url"},
		{check.HTTP{URL: "https://"}, "url"},
		{check.HTTP{URL: "https://web.test:0"}, "url"},
		{check.HTTP{URL: "https://user:hunter2@web.test"}, "url"},
		{check.HTTP{URL: "https://web.test/%zz"}, "url"},
		{check.HTTP{URL: "https://web.test", Method: "DELETE"}, "method"},
		{check.HTTP{URL: "https://web.test", Method: "HEAD", BodyContains: "a"}, "method"},
		{check.HTTP{URL: "https://web.test", Headers: map[string]string{"Authorization": "hunter2"}}, "headers"},
		{check.HTTP{URL: "https://web.test", Headers: map[string]string{"X-Vault-Token": "hunter2"}}, "headers"},
		{check.HTTP{URL: "https://web.test", Headers: map[string]string{"a b": "c"}}, "headers"},
		{check.HTTP{URL: "https://web.test", Headers: map[string]string{"a": "b\r\nc: hunter2"}}, "headers"},
		{check.HTTP{URL: "https://web.test", SecretHeaders: map[string]string{"Authorization": "hunter2\n"}}, "headers_wo"},
		{check.HTTP{URL: "https://web.test", JSONPath: "$.["}, "json_path"},
		{check.HTTP{URL: "https://web.test", Equals: &equals}, "equals"},
		{check.HTTP{URL: "https://web.test", CAPEM: "x"}, "ca_pem"},
		{check.SSHCommand{User: "root", Command: "true"}, "host"},
		{check.SSHCommand{Host: "web", Port: -1, User: "root", Command: "true"}, "port"},
		{check.SSHCommand{Host: "web", Command: "true"}, "user"},
		{check.SSHCommand{Host: "web", User: "root", Command: " "}, "command"},
		{check.SSHCommand{Host: "web", User: "root", Command: "true", ExitCode: 256}, "exit_code"},
		{check.SSHCommand{Host: "web", User: "root", Command: "true", StdoutMatches: "("}, "stdout_matches"},
		{check.SSHCommand{Host: "web", User: "root", Command: "true", HostKey: "ssh-rsa nonsense"}, "host_key"},
		{check.SSHCommand{Host: "web", User: "root", Command: "true", HostKey: "ssh-rsa nonsense", KnownHostsFile: "a"}, "host_key"},
	} {
		_, err := c.form.Probe()
		var broken *check.Invalid
		if !errors.As(err, &broken) || broken.Field != c.field {
			t.Errorf("%+v: %v", c.form, err)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%+v: the error shows the password: %v", c.form, err)
		}
	}
}

func portOf(t *testing.T, address string) uint16 {
	t.Helper()
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return a.Port()
}

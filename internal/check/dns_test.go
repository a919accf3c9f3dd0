// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package check_test

import (
	"net"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"github.com/infraops/terraform-provider-infraops/internal/check"
)

// zone serves records on UDP and TCP. What is asked for at "long.test" comes by TCP only.
func zone(t *testing.T, records ...string) string {
	t.Helper()
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tcp, err := net.Listen("tcp", udp.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	handler := dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		answer := new(dns.Msg).SetReply(q)
		answer.Rcode = dns.RcodeNameError
		for _, text := range records {
			r, err := dns.NewRR(text)
			if err != nil {
				t.Error(err)
				continue
			}
			if r.Header().Name == q.Question[0].Name {
				answer.Rcode = dns.RcodeSuccess
				if r.Header().Rrtype == q.Question[0].Qtype || r.Header().Rrtype == dns.TypeCNAME {
					answer.Answer = append(answer.Answer, r)
				}
			}
		}
		if _, ok := w.LocalAddr().(*net.UDPAddr); ok && strings.HasPrefix(q.Question[0].Name, "long.") {
			answer.Answer, answer.Truncated = nil, true
		}
		_ = w.WriteMsg(answer)
	})
	for _, s := range []*dns.Server{{PacketConn: udp, Handler: handler}, {Listener: tcp, Handler: handler}} {
		go func() { _ = s.ActivateAndServe() }()
		t.Cleanup(func() { _ = s.Shutdown() })
	}
	return udp.LocalAddr().String()
}

func TestDNS_server(t *testing.T) {
	server := zone(t,
		"web.test. 60 IN A 10.0.0.1", "web.test. 60 IN A 10.0.0.2", "web.test. 60 IN AAAA 2001:db8::1",
		"www.test. 60 IN CNAME web.test.", "test. 60 IN MX 10 mail.test.", "test. 60 IN NS ns.test.",
		`test. 60 IN TXT "v=spf1 " "-all"`, "_sip._tcp.test. 60 IN SRV 0 5 5060 sip.test.", "7.0.0.10.in-addr.arpa. 60 IN PTR web.test.",
		"long.test. 60 IN A 10.0.0.9",
	)
	ask := func(kind, name, contains string) check.DNS {
		return check.DNS{Type: kind, Name: name, Contains: contains, Server: server}
	}
	for name, l := range map[string]look{
		"default type":        {ask("", "web.test", ""), true, `answered "10.0.0.1, 10.0.0.2"`},
		"A":                   {ask("A", "web.test", "10.0.0.2"), true, ""},
		"A, other":            {ask("A", "web.test", "10.0.0.3"), false, `has the answers "10.0.0.1, 10.0.0.2", not "10.0.0.3"`},
		"AAAA, other writing": {ask("AAAA", "web.test", "2001:DB8:0::1"), true, "2001:db8::1"},
		"CNAME":               {ask("CNAME", "www.test", "WEB.test"), true, "web.test."},
		"no CNAME":            {ask("CNAME", "web.test", ""), false, "has no answer"},
		"an alias that leads nowhere has no address": {ask("A", "www.test", ""), false, "has no answer"},
		"MX":           {ask("MX", "test", "mail.test"), true, "10 mail.test."},
		"MX in full":   {ask("MX", "test", "10 mail.test."), true, ""},
		"MX by a part": {ask("MX", "test", "ail.test"), false, ""},
		"NS":           {ask("NS", "test", "ns.test"), true, ""},
		"TXT":          {ask("TXT", "test", "v=spf1 -all"), true, ""},
		"TXT in part":  {ask("TXT", "test", "spf1"), true, ""},
		"SRV":          {ask("SRV", "_sip._tcp.test", "sip.test"), true, "0 5 5060 sip.test."},
		"PTR":          {ask("PTR", "10.0.0.7", "web.test"), true, "web.test."},
		"by TCP":       {ask("A", "long.test", "10.0.0.9"), true, ""},
		"no such name": {ask("A", "nobody.test", ""), false, "the server answered NXDOMAIN"},
	} {
		t.Run(name, l.test)
	}
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	ends(t, check.DNS{Name: "web.test", Server: silent.LocalAddr().String()})
}

func TestDNS_machine(t *testing.T) {
	look{check.DNS{Name: "localhost", Contains: "127.0.0.1"}, true, "127.0.0.1"}.test(t)
	look{check.DNS{Name: "localhost", Contains: "127.0.0.2"}, false, `not "127.0.0.2"`}.test(t)
	look{check.DNS{Name: "127.0.0.1", Type: "PTR", Contains: "localhost"}, true, "localhost"}.test(t)
	for _, kind := range check.RecordTypes() {
		if kind != "PTR" {
			look{check.DNS{Name: "nobody.invalid", Type: kind}, false, ""}.test(t)
		}
	}
}

// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package check

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// DNS looks at what a name resolves to.
type DNS struct {
	// Name is a domain name; for PTR an IP address.
	Name string
	// Type is one of [RecordTypes]. Default: A.
	Type string
	// Contains is one of the answers that has to be there. Empty means that any will do.
	Contains string
	// Server is the name server to ask, a host with or without a port. Default: what the machine asks, its hosts file included.
	Server string
}

// RecordTypes are the types that can be asked for.
func RecordTypes() []string { return []string{"A", "AAAA", "CNAME", "TXT", "MX", "NS", "PTR", "SRV"} }

// Server wants a host with or without a port.
func Server(server string) error {
	if Host(server) == nil {
		return nil
	}
	return Address(server)
}

type dnsProbe struct {
	DNS
	// ask returns the answers, in the form of a zone file's data.
	ask func(ctx context.Context) ([]string, error)
}

// Probe implements [Form].
func (c DNS) Probe() (Probe, error) {
	if c.Type == "" {
		c.Type = "A"
	}
	if !slices.Contains(RecordTypes(), c.Type) {
		return nil, &Invalid{"type", fmt.Sprintf("must be one of %s, is %s", strings.Join(RecordTypes(), ", "), excerpt(c.Type))}
	}
	if _, err := netip.ParseAddr(c.Name); (err == nil) != (c.Type == "PTR") {
		return nil, &Invalid{"name", "must be an IP address for type PTR, and a domain name for any other"}
	}
	if err := invalid("name", Host(c.Name)); err != nil {
		return nil, err
	}
	p := &dnsProbe{DNS: c}
	p.ask = p.askMachine
	if c.Server != "" {
		if err := invalid("server", Server(c.Server)); err != nil {
			return nil, err
		}
		if _, _, err := net.SplitHostPort(c.Server); err != nil {
			p.Server = net.JoinHostPort(c.Server, "53")
		}
		p.ask = p.askServer
	}
	return p, nil
}

// Target implements [Probe].
func (p *dnsProbe) Target() string {
	text := "dns " + p.Type + " " + p.Name
	if p.Server != "" {
		text += " at " + p.Server
	}
	return text
}

// Expected implements [Probe].
func (p *dnsProbe) Expected() string {
	if p.Contains == "" {
		return "has an answer"
	}
	return "has the answer " + excerpt(p.Contains)
}

// Look implements [Probe].
func (p *dnsProbe) Look(ctx context.Context) (string, error) {
	answers, err := p.ask(ctx)
	if err != nil {
		return "", err
	}
	if len(answers) == 0 {
		return "", errors.New("has no answer")
	}
	slices.Sort(answers)
	shown := excerpt(strings.Join(answers, ", "))
	if p.Contains != "" && !slices.ContainsFunc(answers, p.wanted) {
		return "", fmt.Errorf("has the answers %s, not %s", shown, excerpt(p.Contains))
	}
	return "answered " + shown, nil
}

// wanted compares in canonical form. A part of a TXT record is enough, and the host of an MX or SRV record.
func (p *dnsProbe) wanted(answer string) bool {
	switch p.Type {
	case "TXT":
		return strings.Contains(answer, p.Contains)
	case "A", "AAAA":
		got, err := netip.ParseAddr(answer)
		want, err2 := netip.ParseAddr(p.Contains)
		return err == nil && err2 == nil && got == want
	}
	got, want := canonicalName(answer), canonicalName(p.Contains)
	return got == want || (p.Type == "MX" || p.Type == "SRV") && strings.HasSuffix(got, " "+want)
}

func canonicalName(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// askMachine asks as any program on this machine would.
func (p *dnsProbe) askMachine(ctx context.Context) ([]string, error) {
	var answers []string
	var err error
	resolver := net.DefaultResolver
	switch p.Type {
	case "A", "AAAA":
		var found []netip.Addr
		found, err = resolver.LookupNetIP(ctx, map[string]string{"A": "ip4", "AAAA": "ip6"}[p.Type], p.Name)
		for _, a := range found {
			answers = append(answers, a.Unmap().String())
		}
	case "CNAME":
		var name string
		// The resolver answers with the name itself where there is no alias.
		if name, err = resolver.LookupCNAME(ctx, p.Name); err == nil && canonicalName(name) != canonicalName(p.Name) {
			answers = []string{name}
		}
	case "TXT":
		answers, err = resolver.LookupTXT(ctx, p.Name)
	case "MX":
		var found []*net.MX
		found, err = resolver.LookupMX(ctx, p.Name)
		for _, r := range found {
			answers = append(answers, fmt.Sprintf("%d %s", r.Pref, r.Host))
		}
	case "NS":
		var found []*net.NS
		found, err = resolver.LookupNS(ctx, p.Name)
		for _, r := range found {
			answers = append(answers, r.Host)
		}
	case "PTR":
		answers, err = resolver.LookupAddr(ctx, p.Name)
	case "SRV":
		var found []*net.SRV
		_, found, err = resolver.LookupSRV(ctx, "", "", p.Name)
		for _, r := range found {
			answers = append(answers, fmt.Sprintf("%d %d %d %s", r.Priority, r.Weight, r.Port, r.Target))
		}
	}
	return answers, err
}

// askServer asks one server itself: no hosts file, no search domains, and a CNAME that leads nowhere is an answer too.
func (p *dnsProbe) askServer(ctx context.Context) ([]string, error) {
	name := dns.Fqdn(p.Name)
	if p.Type == "PTR" {
		var err error
		if name, err = dns.ReverseAddr(p.Name); err != nil {
			return nil, err
		}
	}
	question := new(dns.Msg)
	question.SetQuestion(name, dns.StringToType[p.Type])
	answer, err := exchange(ctx, "udp", question, p.Server)
	if err == nil && answer.Truncated {
		answer, err = exchange(ctx, "tcp", question, p.Server)
	}
	if err != nil {
		return nil, err
	}
	if answer.Rcode != dns.RcodeSuccess {
		return nil, fmt.Errorf("the server answered %s", dns.RcodeToString[answer.Rcode])
	}
	var answers []string
	for _, r := range answer.Answer {
		if r.Header().Rrtype != dns.StringToType[p.Type] {
			continue // a CNAME on the way
		}
		if t, ok := r.(*dns.TXT); ok {
			answers = append(answers, strings.Join(t.Txt, ""))
			continue
		}
		answers = append(answers, strings.TrimPrefix(r.String(), r.Header().String()))
	}
	return answers, nil
}

// exchange asks once. The library heeds a context's deadline, not its end: closing the connection does that.
func exchange(ctx context.Context, network string, question *dns.Msg, server string) (*dns.Msg, error) {
	client := &dns.Client{Net: network, Timeout: DefaultTimeout} // the context is shorter
	connection, err := client.DialContext(ctx, server)
	if err != nil {
		return nil, err
	}
	defer func() { _ = connection.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = connection.Close() })
	defer stop()
	answer, _, err := client.ExchangeWithConnContext(ctx, question, connection)
	return answer, err
}

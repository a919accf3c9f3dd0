// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package check

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"time"
)

// TLS looks whether a server has a certificate that is trusted and stays valid long enough.
type TLS struct {
	// Address is a host and a port.
	Address string
	// ServerName is the name that the certificate has to be for. Default: the address's host.
	ServerName string
	// MinDaysValid is for how many days each certificate of the chain has to be valid yet.
	MinDaysValid int64
	// CAPEM holds the authorities to trust in place of the machine's.
	CAPEM string
}

const day = 24 * time.Hour

// Days wants a number of days that a certificate can be valid.
func Days(days int64) error {
	if days < 0 || days > 36500 {
		return fmt.Errorf("must be from 0 to 36500, is %d", days)
	}
	return nil
}

type tlsProbe struct {
	TLS
	config *tls.Config
}

// Probe implements [Form].
func (c TLS) Probe() (Probe, error) {
	if err := firstOf(invalid("address", Address(c.Address)), invalid("min_days_valid", Days(c.MinDaysValid))); err != nil {
		return nil, err
	}
	if c.ServerName == "" {
		c.ServerName, _, _ = net.SplitHostPort(c.Address)
	}
	roots, err := authorities(c.CAPEM)
	if err := firstOf(invalid("server_name", Host(c.ServerName)), err); err != nil {
		return nil, err
	}
	return &tlsProbe{TLS: c, config: &tls.Config{ServerName: c.ServerName, RootCAs: roots, MinVersion: tls.VersionTLS12}}, nil
}

// authorities is what to trust; nil means what the machine trusts.
func authorities(text string) (*x509.CertPool, error) {
	if text == "" {
		return nil, nil
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(text))
	return pool, invalid("ca_pem", Certificates(text))
}

// Target implements [Probe].
func (p *tlsProbe) Target() string { return "tls " + p.Address }

// Expected implements [Probe].
func (p *tlsProbe) Expected() string {
	text := "presents a trusted certificate for " + p.ServerName
	if p.MinDaysValid > 0 {
		text += fmt.Sprintf(" that is valid for at least %d days yet", p.MinDaysValid)
	}
	return text
}

// Look implements [Probe].
func (p *tlsProbe) Look(ctx context.Context) (string, error) {
	connection, err := (&tls.Dialer{Config: p.config}).DialContext(ctx, "tcp", p.Address)
	if err != nil {
		return "", err
	}
	state := connection.(*tls.Conn).ConnectionState()
	_ = connection.Close()
	first := firstExpiry(state.VerifiedChains)
	left := time.Until(first.NotAfter)
	seen := fmt.Sprintf("a trusted certificate for %s whose chain is valid until %s, %d days", p.ServerName, first.NotAfter.UTC().Format(time.RFC3339), left/day)
	if left < time.Duration(p.MinDaysValid)*day {
		return "", fmt.Errorf("presented %s (%q expires first)", seen, first.Subject.String())
	}
	return "presented " + seen, nil
}

// firstExpiry is the certificate that expires first in the chain that lasts longest.
func firstExpiry(chains [][]*x509.Certificate) *x509.Certificate {
	var best *x509.Certificate
	for _, chain := range chains {
		first := chain[0]
		for _, c := range chain[1:] {
			if c.NotAfter.Before(first.NotAfter) {
				first = c
			}
		}
		if best == nil || first.NotAfter.After(best.NotAfter) {
			best = first
		}
	}
	return best
}

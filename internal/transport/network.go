// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"syscall"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// networkFailure words an attempt that was not answered. The cause is a text: what the network says can hold the URL with all
// that is in it, and its time-outs look like those of the context.
func (c *Client) networkFailure(m *message, a attempt) *record.Error {
	cause := a.err
	var u *url.Error
	if errors.As(cause, &u) {
		cause = u.Err
	}
	host := m.url
	if u, err := url.Parse(m.url); err == nil {
		host = u.Host
	}
	what, advice := explainNetwork(c.config, cause)
	e := record.Errorf(record.ErrUnavailable, "no answer from %s: %s", host, what)
	if errors.Is(cause, errTooLarge) {
		e.Answer = what
	}
	if !errors.Is(cause, errTimeout) && !errors.Is(cause, errTooLarge) {
		e.Err = errors.New(c.secrets.mask(cause.Error()))
	}
	e.Advice = advice
	return e
}

// explainNetwork says in our words what failed and what to do about it.
func explainNetwork(c Config, err error) (what, advice string) {
	if what, advice = explainTLS(err); what != "" {
		return what, advice
	}
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.Is(err, errTooLarge):
		return "the answer is larger than " + bytesOf(c.MaxAnswer), "Check that the option url is that of the system itself"
	case errors.Is(err, errTimeout):
		return "nothing came within " + c.Timeout.String(), "Check whether the system can be reached from here; the option timeout gives it longer"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "it was not waited for any longer", ""
	case errors.As(err, &dns) && dns.IsNotFound:
		return "the name is unknown", "Check the host in the option url, and the name service of this machine"
	case errors.As(err, &dns):
		return "the name could not be looked up", "Check the name service of this machine"
	case errors.As(err, &op) && op.Op == "proxyconnect", asksWho(err):
		return "the proxy does not let it through", "Check the option proxy, or the environment variables HTTPS_PROXY and NO_PROXY"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused", "Check the host and port in the option url, and whether the system is running"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "there is no way to it", "Check the network, and whether a proxy is needed: the option proxy"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection was closed before the answer was complete", ""
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "it does not speak HTTPS there", "Check the port in the option url, and whether it should begin with http://"
	}
	return "the connection failed", ""
}

func explainTLS(err error) (what, advice string) {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var op *net.OpError
	var header tls.RecordHeaderError
	switch {
	case errors.As(err, &unknown):
		return "its TLS certificate is signed by an authority that this machine does not know", "Name a file with the authority's certificate (PEM) in the option ca_file"
	case errors.As(err, &name):
		return "its TLS certificate is for another name", "Use a name of the certificate in the option url"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its TLS certificate has expired or is not valid yet", "Have the certificate renewed; check the clock of this machine"
	case errors.As(err, &invalid):
		return "its TLS certificate is not valid", ""
	case errors.As(err, &op) && op.Op == "remote error": // Only TLS has such an operation.
		return "it refused the TLS connection", "If it wants to see a certificate of the client, name one in the options client_certificate_file and client_key_file"
	case errors.As(err, &header):
		return "it does not speak TLS there", "Check the port in the option url, and whether it should begin with http://"
	}
	return "", ""
}

// permanent says that the next attempt would fail alike.
func permanent(err error) bool {
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return dns.IsNotFound
	}
	what, _ := explainTLS(err)
	return what != "" || asksWho(err)
}

// asksWho says that a proxy wants credentials before it connects.
func asksWho(err error) bool { return strings.Contains(err.Error(), "Proxy Authentication Required") }

// refusesCertificate says that the system does not talk to who has no certificate, or this one. With TLS 1.3 it says so only after the
// client has begun to send.
func refusesCertificate(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error" && strings.Contains(op.Error(), "certificate")
}

// notSent words why a request stayed here.
func notSent(ctx context.Context, err error) *record.Error {
	e := record.Errorf(record.ErrUnavailable, "the request was not sent")
	if ctx.Err() != nil {
		return e.Because(ctx.Err())
	}
	e.Answer += ": there is no time left to wait until requests_per_second allows it"
	return e.Because(err)
}

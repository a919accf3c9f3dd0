// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"os"

	"github.com/hashicorp/go-cleanhttp"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// connections makes what connects.
func connections(c Config) (*http.Transport, error) {
	t := cleanhttp.DefaultPooledTransport()
	t.MaxIdleConnsPerHost = c.MaxConcurrency
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	if c.Proxy != "" {
		if err := checkProxy(c.Proxy); err != nil {
			return nil, c.broken("proxy", err)
		}
		proxy, err := url.Parse(c.Proxy)
		if err != nil {
			return nil, c.broken("proxy", errNoURL)
		}
		t.Proxy = http.ProxyURL(proxy)
	}
	if c.CAFile != "" {
		pool, err := authorities(c.CAFile)
		if err != nil {
			return nil, c.broken("ca_file", err)
		}
		t.TLSClientConfig.RootCAs = pool
	}
	switch {
	case c.ClientCertificateFile == "" && c.ClientKeyFile == "":
		return t, nil
	case c.ClientCertificateFile == "":
		return nil, c.broken("client_certificate_file", fmt.Errorf("must be set together with client_key_file"))
	case c.ClientKeyFile == "":
		return nil, c.broken("client_key_file", fmt.Errorf("must be set together with client_certificate_file"))
	}
	pair, err := tls.LoadX509KeyPair(c.ClientCertificateFile, c.ClientKeyFile)
	if err != nil {
		return nil, c.broken("client_certificate_file", fmt.Errorf("and client_key_file must be a certificate and its key (PEM): %w", err))
	}
	t.TLSClientConfig.Certificates = []tls.Certificate{pair}
	return t, nil
}

// authorities are those of the machine and of a file.
func authorities(file string) (*x509.CertPool, error) {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // A machine without any trusts the file alone.
	}
	text, err := os.ReadFile(file) //nolint:gosec // The user names the file.
	if err != nil {
		return nil, fmt.Errorf("must name a file that can be read: %w", err)
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("must name a file with certificates in PEM: there is none in %s", file)
	}
	return pool, nil
}

// broken words an option that does not work.
func (c Config) broken(option string, err error) error {
	return record.Errorf(record.ErrInvalid, "the option %s of %s %s", option, c.System, err).
		Advise("Set %s = { %s = ... } in the provider block, or the environment variable %s", c.System, option, record.Variable(c.System, option))
}

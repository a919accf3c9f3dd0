// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Options are the options of every system that is reached over HTTP. [Configure] reads them. Files are looked at when the
// connection is opened, which a plan does: a configuration is valid on a machine that does not have them.
func Options() []record.Option {
	return []record.Option{
		{Name: "url", Description: "The URL of the system, such as `https://host.example.com`.", Check: checkURL},
		{Name: "timeout", Description: "How long one request may take, such as `30s` or `2m`.", Default: "1m", Check: checkTimeout},
		{
			Name: "proxy", Description: "The URL of an HTTP proxy, with name and password where it wants them. Without it, `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` of the environment decide.",
			Sensitive: true, Check: checkProxy,
		},
		{Name: "ca_file", Description: "A file with the certificates (PEM) of authorities to trust in addition to those that the machine trusts."},
		{Name: "client_certificate_file", Description: "A file with the certificate (PEM) that is shown to the system, for mutual TLS."},
		{Name: "client_key_file", Description: "A file with the key (PEM) of that certificate."},
		{Name: "requests_per_second", Description: "How many requests are sent per second at most. Without it, only the system's own limits count, and they are always kept.", Check: checkRate},
		{Name: "max_concurrency", Description: "How many requests are under way at a time at most.", Default: strconv.Itoa(defaultConcurrency), Check: checkConcurrency},
	}
}

// Configure reads the options that every system reached over HTTP has. All sensitive options are kept out of logs and errors.
func Configure(s record.System, settings record.Settings) (Config, error) {
	c := Config{
		System: s.Name, Title: s.Title, URL: strings.TrimRight(settings["url"], "/"), Proxy: settings["proxy"],
		CAFile: settings["ca_file"], ClientCertificateFile: settings["client_certificate_file"], ClientKeyFile: settings["client_key_file"],
	}
	if c.URL == "" {
		return c, record.Errorf(record.ErrInvalid, "the URL of %s is not known", s.Title).
			Advise("Set %s = { url = ... } in the provider block, or the environment variable %s", s.Name, record.Variable(s.Name, "url"))
	}
	for _, o := range Options() {
		if value := settings[o.Name]; value != "" && o.Check != nil {
			if err := o.Check(value); err != nil {
				return c, c.broken(o.Name, err)
			}
		}
	}
	// They have been checked.
	c.Timeout, _ = time.ParseDuration(settings["timeout"])
	c.RequestsPerSecond, _ = strconv.ParseFloat(settings["requests_per_second"], 64)
	c.MaxConcurrency, _ = strconv.Atoi(settings["max_concurrency"])
	for _, o := range s.Options {
		if o.Sensitive {
			c.Secrets = append(c.Secrets, settings[o.Name])
			for _, value := range settings.Entries(o.Name) {
				c.Secrets = append(c.Secrets, value)
			}
		}
	}
	if proxy, err := url.Parse(c.Proxy); err == nil {
		if password, ok := proxy.User.Password(); ok {
			c.Secrets = append(c.Secrets, password)
		}
	}
	return c, nil
}

// errNoURL leaves out what the parser says: it repeats the value, and there may be a password in it.
var errNoURL = errors.New("must be a URL that begins with https:// or http://")

func checkURL(value string) error {
	u, err := url.Parse(value)
	switch {
	case err != nil || !slices.Contains([]string{"https", "http"}, u.Scheme) || u.Hostname() == "":
		return errNoURL
	case u.User != nil:
		return errors.New("must not hold credentials: there are options for them")
	case u.RawQuery != "" || u.Fragment != "":
		return errors.New("must end with the path: what follows ? or # is not part of it")
	}
	return nil
}

func checkProxy(value string) error {
	u, err := url.Parse(value)
	if err != nil || !slices.Contains([]string{"https", "http", "socks5", "socks5h"}, u.Scheme) || u.Hostname() == "" {
		return errors.New("must be a URL that begins with http://, https:// or socks5://")
	}
	return nil
}

func checkTimeout(value string) error {
	if d, err := time.ParseDuration(value); err != nil || d < time.Second || d > time.Hour {
		return errors.New(`must be a duration between 1s and 1h, such as "30s"`)
	}
	return nil
}

func checkRate(value string) error {
	if n, err := strconv.ParseFloat(value, 64); err != nil || !(n > 0) || n > 1e6 {
		return errors.New(`must be a number above 0, such as "5" or "0.5"`)
	}
	return nil
}

func checkConcurrency(value string) error {
	if n, err := strconv.Atoi(value); err != nil || n < 1 || n > 1000 {
		return errors.New("must be a whole number between 1 and 1000")
	}
	return nil
}

// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package check

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/crypto/ssh"
)

// The rules for single values. Each says what is wrong in words that continue the name of the setting.

var (
	// hostPattern takes what resolvers and certificates take, underscores included.
	hostPattern = regexp.MustCompile(`^([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.?$`)
	portText    = "from 1 to 65535"
)

const longestHost = 254

// NotBlank wants text.
func NotBlank(text string) error {
	if strings.TrimSpace(text) == "" {
		return errors.New("must not be empty")
	}
	return nil
}

// KeyFile wants the path of a private key. The error does not repeat what could be the key itself.
func KeyFile(path string) error {
	if strings.Contains(path, "-----BEGIN") || strings.ContainsAny(path, "\r\n") {
		return errors.New("must be the path of a file, not the key itself: the state would keep it")
	}
	return NotBlank(path)
}

// Host wants a host name or an IP address.
func Host(host string) error {
	if _, err := netip.ParseAddr(host); err == nil {
		return nil
	}
	if len(host) > longestHost || !hostPattern.MatchString(host) || looksNumeric(host) {
		return fmt.Errorf("must be a host name or an IP address, is %s", excerpt(host))
	}
	return nil
}

// looksNumeric says that a name could only be meant as an IPv4 address, such as 10.0.0.300.
func looksNumeric(host string) bool {
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	_, err := strconv.Atoi(labels[len(labels)-1])
	return err == nil
}

// Address wants a host and a port.
func Address(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("must be a host and a port such as web-01.example.com:443 or [2001:db8::1]:443, is %s", excerpt(address))
	}
	if err := Host(host); err != nil {
		return fmt.Errorf("must begin with a host name or an IP address, is %s", excerpt(address))
	}
	return portRule(port)
}

func portRule(port string) error {
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("must have a port %s, has %s", portText, excerpt(port))
	}
	return nil
}

// Port wants a port's number.
func Port(port int64) error {
	if port < 1 || port > 65535 {
		return fmt.Errorf("must be %s, is %d", portText, port)
	}
	return nil
}

// URL wants an absolute http or https URL without a password.
func URL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		// The parser's error repeats the text, which may have a password in it.
		return errors.New("must be a URL such as https://web-01.example.com/health")
	case u.User != nil:
		return errors.New("must not have a user or a password, which would be kept in the state: send them in headers_wo")
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("must begin with https:// or http://, is %s", excerpt(shownURL(u)))
	case Host(u.Hostname()) != nil:
		return fmt.Errorf("must have a host name or an IP address, is %s", excerpt(shownURL(u)))
	case u.Port() != "" || strings.HasSuffix(u.Host, ":"):
		return portRule(u.Port())
	}
	return nil
}

// shownURL leaves out the query, in which tokens are often sent.
func shownURL(u *url.URL) string {
	shown := *u
	shown.User, shown.Fragment, shown.RawFragment = nil, "", ""
	if shown.RawQuery != "" {
		shown.RawQuery = "..."
	}
	return shown.String()
}

// Pattern wants a regular expression.
func Pattern(pattern string) error {
	if _, err := regexp.Compile(pattern); err != nil {
		return fmt.Errorf("must be a regular expression (RE2): %w", err)
	}
	return nil
}

// Certificates wants certificates in PEM.
func Certificates(text string) error {
	if !x509.NewCertPool().AppendCertsFromPEM([]byte(text)) {
		return errors.New("must be one or more certificates in PEM, beginning with -----BEGIN CERTIFICATE-----")
	}
	return nil
}

// HostKey wants one public key as known_hosts and authorized_keys write it.
func HostKey(text string) error {
	_, err := parseHostKey(text)
	return err
}

func parseHostKey(text string) (ssh.PublicKey, error) {
	key, _, options, rest, err := ssh.ParseAuthorizedKey([]byte(text))
	if err != nil || len(options) > 0 || strings.TrimSpace(string(rest)) != "" {
		return nil, errors.New(`must be one public key such as "ssh-ed25519 AAAA...", as in /etc/ssh/ssh_host_ed25519_key.pub`)
	}
	return key, nil
}

// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/infraops/terraform-provider-infraops/internal/schedule"
)

// Limits that hold for every kind. They are those of the narrowest system that is in wide use for the field.
const (
	// MaxName is the longest natural name, in characters.
	MaxName = 255
	// MaxText is the longest free text, in characters.
	MaxText = 65536
	// MaxValue is the longest value of an attribute or label, in characters.
	MaxValue = 4096
)

// rules collects the problems of one record. A rule judges only what is set: whether a field is required is
// the schema's business, and an unknown value looks unset.
type rules struct{ problems []FieldError }

func (v *rules) add(field, format string, args ...any) {
	v.problems = append(v.problems, FieldError{Field: field, Problem: fmt.Sprintf(format, args...)})
}

// addAcross is add for a rule that needs further fields.
func (v *rules) addAcross(field string, others []string, format string, args ...any) {
	v.problems = append(v.problems, FieldError{Field: field, Problem: fmt.Sprintf(format, args...), Others: others})
}

// sorted returns the problems in the order of their fields, for kinds that check fields in a map's order.
func (v *rules) sorted() []FieldError {
	slices.SortStableFunc(v.problems, func(a, b FieldError) int { return strings.Compare(a.Field, b.Field) })
	return v.problems
}

// name is for what people and systems call a thing: one line, no surrounding space, no pictographs.
func (v *rules) name(field, s string) {
	switch {
	case s == "":
	case !utf8.ValidString(s):
		v.add(field, "must be valid UTF-8")
	case utf8.RuneCountInString(s) > MaxName:
		v.add(field, "must have at most %d characters, has %d", MaxName, utf8.RuneCountInString(s))
	case strings.TrimSpace(s) != s:
		v.add(field, "must not begin or end with white space")
	default:
		for _, r := range s {
			if !nameRune(r) {
				v.add(field, "must consist of letters, digits, punctuation and spaces; has %U", r)
				return
			}
		}
	}
}

func nameRune(r rune) bool {
	if r < unicode.MaxASCII {
		return r >= ' '
	}
	return unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P)
}

// text is for prose: any printable characters, line breaks and tabs.
func (v *rules) text(field, s string) { v.boundedText(field, s, MaxText) }

func (v *rules) boundedText(field, s string, limit int) {
	if !utf8.ValidString(s) {
		v.add(field, "must be valid UTF-8")
		return
	}
	if n := utf8.RuneCountInString(s); n > limit {
		v.add(field, "must have at most %d characters, has %d", limit, n)
		return
	}
	for _, r := range s {
		if unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' {
			v.add(field, "must not contain control characters; has %U", r)
			return
		}
	}
}

// line is for what another system calls a thing, which can be longer than a name: one line, no surrounding space.
func (v *rules) line(field, s string) {
	v.boundedText(field, s, MaxValue)
	if strings.TrimSpace(s) != s || strings.ContainsAny(s, "\r\n\t") {
		v.add(field, "must be one line without tabs, and not begin or end with white space")
	}
}

// entries is for free-form maps: keys are names without dots at either end, values are text.
func (v *rules) entries(field string, m map[string]string, limit int) {
	for _, key := range slices.Sorted(maps.Keys(m)) {
		path := field + "." + key
		if key == "" {
			v.add(field, "must not have an empty key")
			continue
		}
		before := len(v.problems)
		v.name(path, key)
		if len(v.problems) > before {
			v.problems[len(v.problems)-1].Problem = "the key " + v.problems[len(v.problems)-1].Problem
			continue
		}
		v.boundedText(path, m[key], limit)
	}
}

// time is for a time that RFC 3339 can hold in UTC. The offset of one at the edge can carry it over.
func (v *rules) time(field string, t time.Time) {
	if year := t.UTC().Year(); year < 1 || year > 9999 {
		v.add(field, "must be between the years 1 and 9999 in UTC")
	}
}

// names is for lists and sets of names.
func (v *rules) names(field string, values []string) {
	for _, s := range values {
		before := len(v.problems)
		if v.name(field, s); s == "" {
			v.add(field, "must not contain an empty text")
		}
		if len(v.problems) > before {
			return
		}
	}
}

// count is for whole numbers from zero on.
func (v *rules) count(field string, n, most int64) {
	if n < 0 || n > most {
		v.add(field, "must be between 0 and %d, is %d", most, n)
	}
}

// oneOf is for enumerations.
func (v *rules) oneOf(field, s string, allowed []string) {
	if s != "" && !slices.Contains(allowed, s) {
		v.add(field, "must be one of %s, is %q", strings.Join(allowed, ", "), s)
	}
}

// ip is for one address, in any spelling.
func (v *rules) ip(field, s string) {
	if s == "" {
		return
	}
	if a, err := netip.ParseAddr(s); err != nil {
		v.add(field, "must be an IP address such as 10.0.0.7 or 2001:db8::7, is %s", shown(s))
	} else if a.Zone() != "" {
		v.add(field, "must not have a zone, is %s", shown(s))
	}
}

// cidr is for a prefix without host bits.
func (v *rules) cidr(field, s string) {
	if s == "" {
		return
	}
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil:
		v.add(field, "must be a prefix such as 10.0.0.0/24 or 2001:db8::/64, is %s", shown(s))
	case p.Addr().Is4In6():
		v.add(field, "must not be an IPv4 prefix in IPv6 form, is %s", shown(s))
	case p.Masked() != p:
		v.add(field, "must not have host bits set: write %q", p.Masked().String())
	case p.String() != s:
		v.add(field, "must be in canonical form: write %q", p.String())
	}
}

var hostLabel = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?$`)

// timeZone is for the name of a time zone.
func (v *rules) timeZone(field, zone string) {
	var wrong *schedule.Error
	if _, err := schedule.Zone(zone); errors.As(err, &wrong) {
		v.add(field, "%s", wrong.Problem)
	}
}

// host is for a host name or a fully qualified domain name (RFC 1123, with the underscore that DNS allows).
func (v *rules) host(field, s string) {
	if s == "" {
		return
	}
	if len(s) > 253 {
		v.add(field, "must have at most 253 characters, has %d", len(s))
		return
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(s, "."), ".") {
		if !hostLabel.MatchString(label) {
			v.add(field, "must be a host name of labels of letters, digits and hyphens, is %s", shown(s))
			return
		}
	}
}

var accountName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$`)

// account is for the name of an account: what POSIX, LDAP and Active Directory take without quoting.
func (v *rules) account(field, s string) {
	if s != "" && !accountName.MatchString(s) {
		v.add(field, "must consist of 1 to 64 letters, digits, '_', '-' and '.', the first a letter, a digit or '_', is %s", shown(s))
	}
}

// sshKeyTypes are the types of public keys that OpenSSH still takes.
var sshKeyTypes = []string{
	"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "sk-ecdsa-sha2-nistp256@openssh.com",
	"sk-ssh-ed25519@openssh.com", "ssh-ed25519", "ssh-rsa",
}

// sshPublicKey is for a line of authorized_keys without options: type, Base64, comment. The Base64 begins with the type again.
func (v *rules) sshPublicKey(field, s string, types []string) {
	if s == "" {
		return
	}
	if holdsPrivateKey(s) {
		v.add(field, "must be a public key, and this is a private one: make a new key, since this one is no longer private")
		return
	}
	words := strings.Fields(s)
	if len(words) < 2 || !slices.Contains(types, words[0]) {
		v.add(field, "must be a public key such as \"ssh-ed25519 AAAA... comment\", of type %s, is %s", strings.Join(types, ", "), shown(s))
		return
	}
	blob, err := base64.StdEncoding.DecodeString(words[1])
	if head := fmt.Sprintf("\x00\x00\x00%c%s", len(words[0]), words[0]); err != nil || len(blob) <= len(head) || !strings.HasPrefix(string(blob), head) {
		v.add(field, "must be a whole public key: what follows %s is not one, as happens when it is cut or broken over lines", words[0])
		return
	}
	v.text(field, s)
	if strings.ContainsAny(s, "\n\r") {
		v.add(field, "must be a single line")
	}
}

// holdsPrivateKey looks anywhere in a text and in either case: what is not recognised is repeated in an error.
func holdsPrivateKey(s string) bool {
	s = strings.ToUpper(s)
	return strings.Contains(s, "AGE-SECRET-KEY-") || strings.Contains(s, "PRIVATE KEY")
}

// canonicalWords has one space between words and none around them.
func canonicalWords(s string) string { return strings.Join(strings.Fields(s), " ") }

// endpoint is for an IP address or a host name, without a port.
func (v *rules) endpoint(field, s string) {
	if _, err := netip.ParseAddr(s); err == nil {
		v.ip(field, s)
		return
	}
	labels := strings.Split(strings.TrimSuffix(s, "."), ".")
	switch last := labels[len(labels)-1]; {
	case s == "":
	case strings.ContainsAny(s, ":[]"):
		v.add(field, "must be an IP address or a host name, without brackets and without a port, is %s", shown(s))
	case strings.Trim(last, "0123456789") == "":
		// No domain of the top level is a number, so this was meant to be an address.
		v.ip(field, s)
	default:
		v.host(field, s)
	}
}

// shown quotes a value for an error, shortened.
func shown(s string) string {
	const limit = 60
	if utf8.RuneCountInString(s) > limit {
		s = string([]rune(s)[:limit]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

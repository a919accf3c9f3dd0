// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"regexp"
	"strings"
)

// SoftwarePackage says what shall be installed on one host, by the name that the host's package manager knows.
type SoftwarePackage struct {
	Meta
	Name string `json:"name"`
	// Version is one exact version, or a constraint such as ">= 1.24, < 2"; empty for whichever the host offers.
	Version string `json:"version,omitempty"`
	// State is one of [PackageStates].
	State string `json:"state,omitempty"`
	// Hold keeps upgrades from touching the package.
	Hold      bool         `json:"hold"`
	Host      *PackageHost `json:"host"`
	OnDestroy string       `json:"on_destroy,omitempty" infraops:"input"`

	// InstalledVersion is what is on the host; where nobody looks there, it is [SoftwarePackage.Declared].
	InstalledVersion string `json:"installed_version,omitempty"`
	PackageManager   string `json:"package_manager,omitempty"`
}

// PackageHost is the host of a package and how it is reached. It names a private key's file and never holds the key.
type PackageHost struct {
	Address        string `json:"address"`
	Port           int64  `json:"port,omitempty"`
	User           string `json:"user,omitempty"`
	PrivateKeyFile string `json:"private_key_file,omitempty"`
	HostKey        string `json:"host_key,omitempty"`
}

// The states of [SoftwarePackage].
const (
	PackagePresent = "present"
	PackageAbsent  = "absent"
)

// PackageStates lists them.
func PackageStates() []string { return []string{PackagePresent, PackageAbsent} }

// DefaultHostPort is the port of a [PackageHost] that names none: that of SSH.
const DefaultHostPort = 22

// KindSoftwarePackage is the kind of [SoftwarePackage].
var KindSoftwarePackage = define(Definition{
	Kind: "software_package", Role: RoleSoftware, Title: "software package", Version: 1,
	Key: []string{"host.address", "name"}, NameForm: "<host.address>/<name>",
	New: func() Record { return new(SoftwarePackage) },
})

// Kind implements [Record].
func (*SoftwarePackage) Kind() Kind { return "software_package" }

// NaturalName joins host and name. Neither can contain a slash.
func (p *SoftwarePackage) NaturalName() string {
	if p.Host == nil {
		return p.Name
	}
	return p.Host.Address + "/" + p.Name
}

// Declared is the installed version as far as the declaration alone tells it: the exact version of a package that shall be there.
func (p *SoftwarePackage) Declared() string {
	if p.State == PackageAbsent || !exactVersion.MatchString(p.Version) {
		return ""
	}
	return p.Version
}

// Canonicalise implements [Record].
func (p *SoftwarePackage) Canonicalise() {
	if p.State == "" {
		p.State = PackagePresent
	}
	p.Version = canonicalVersion(p.Version)
	if p.Host == nil {
		return
	}
	p.Host.Address = canonicalHost(canonicalIP(p.Host.Address))
	if p.Host.Port == 0 {
		p.Host.Port = DefaultHostPort
	}
	if key := strings.Fields(p.Host.HostKey); len(key) > 1 {
		p.Host.HostKey = key[0] + " " + key[1] // The third is a comment.
	}
}

var (
	// packageName is what Debian's and RPM's rules have in common, with Debian's architecture. A name is an argument of a
	// command, so it cannot look like an option.
	packageName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+-]*(:[a-z0-9-]+)?$`)
	// exactVersion has the characters of Debian's and RPM's versions: epoch, tilde and caret included.
	exactVersion = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.+~^_-]*(:[A-Za-z0-9.+~^_-]+)?$`)
	// comparison is one part of a constraint.
	comparison = regexp.MustCompile(`^\s*(>=|<=|!=|=|>|<)\s*([A-Za-z0-9]\S*)\s*$`)
	loginName  = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.@\\$-]*$`)
	publicKey  = regexp.MustCompile(`^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+={0,2}( .*)?$`)
)

// canonicalVersion writes a constraint with one space after each comparison; "= 1.2" alone is the exact version 1.2.
func canonicalVersion(version string) string {
	parts := strings.Split(version, ",")
	for i, part := range parts {
		c := comparison.FindStringSubmatch(part)
		switch {
		case c == nil:
			return version
		case c[1] == "=" && len(parts) == 1:
			return c[2]
		}
		parts[i] = c[1] + " " + c[2]
	}
	return strings.Join(parts, ", ")
}

// Validate implements [Record].
func (p *SoftwarePackage) Validate() []FieldError {
	var v rules
	v.name("name", p.Name)
	if p.Name != "" && len(v.problems) == 0 && !packageName.MatchString(p.Name) {
		v.add("name", "must be a package's name of letters, digits, '.', '_', '+' and '-', such as nginx or libc6:i386, is %s", shown(p.Name))
	}
	v.packageVersion("version", p.Version)
	v.oneOf("state", p.State, PackageStates())
	if p.State == PackageAbsent && p.Version != "" {
		v.addAcross("version", []string{"state"}, "must be left out where state is %q: no version shall be there", p.State)
	}
	if p.State == PackageAbsent && p.Hold {
		v.addAcross("hold", []string{"state"}, "must be false where state is %q: there is nothing to hold", p.State)
	}
	if p.Host != nil {
		v.packageHost("host", p.Host)
	}
	v.oneOf("on_destroy", p.OnDestroy, []string{"retain", "remove"})
	v.entries("extensions", p.Extensions, MaxValue)
	return v.problems
}

// packageVersion is for an exact version or a constraint.
func (v *rules) packageVersion(field, s string) {
	if s == "" || len(s) <= MaxName && exactVersion.MatchString(s) {
		return
	}
	if len(s) > MaxName {
		v.add(field, "must have at most %d characters, has %d", MaxName, len(s))
		return
	}
	for part := range strings.SplitSeq(s, ",") {
		if c := comparison.FindStringSubmatch(part); c == nil || !exactVersion.MatchString(c[2]) {
			v.add(field, "must be an exact version such as 1.24.0-2, or comparisons (=, !=, >, >=, <, <=) joined by commas such as \">= 1.24, < 2\", is %s", shown(s))
			return
		}
	}
}

// packageHost never shows a value that could be a key which somebody pasted into the wrong place.
func (v *rules) packageHost(field string, h *PackageHost) {
	v.endpoint(field+".address", h.Address)
	if h.Port < 0 || h.Port > 65535 {
		v.add(field+".port", "must be between 1 and 65535, is %d", h.Port)
	}
	if h.User != "" && (len(h.User) > MaxName || !loginName.MatchString(h.User)) {
		v.add(field+".user", "must be a login name without spaces, is %s", shown(h.User))
	}
	if strings.Contains(h.PrivateKeyFile, "-----BEGIN") || strings.ContainsAny(h.PrivateKeyFile, "\r\n") {
		v.add(field+".private_key_file", "must be the path of a file, not the key itself: the state would keep it")
	} else {
		v.boundedText(field+".private_key_file", h.PrivateKeyFile, MaxValue)
	}
	if h.HostKey != "" && !publicKey.MatchString(h.HostKey) {
		v.add(field+".host_key", "must be the host's public key in one line, such as \"ssh-ed25519 AAAAC3Nza...\"")
	}
}

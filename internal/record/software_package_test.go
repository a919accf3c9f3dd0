// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"strings"
	"testing"
)

// aPackage is a valid one, edited.
func aPackage(edit func(p *SoftwarePackage)) *SoftwarePackage {
	p := &SoftwarePackage{Name: "nginx", State: PackagePresent, Host: &PackageHost{Address: "web-01.example.com", User: "deploy"}}
	edit(p)
	return p
}

func TestPackageNames(t *testing.T) {
	for name, valid := range map[string]bool{
		"nginx": true, "g++": true, "libstdc++6": true, "python3.11": true, "libc6:i386": true, "glibc.i686": true, "NetworkManager": true, "gcc-c++": true, "kernel_x": true, "0ad": true,
		"-y": false, "nginx reboot": false, "nginx;reboot": false, "$(reboot)": false, "`reboot`": false, "a|b": false, "a/b": false, "nginx=1.2": false, "nginx*": false, "@core": false, "perl(Foo)": false, "Büro": false, "a:": false, "a:B": false, "a\n": false,
	} {
		if err := Check(aPackage(func(p *SoftwarePackage) { p.Name = name })); (err == nil) != valid {
			t.Errorf("name %q: %v", name, err)
		}
	}
}

func TestPackageVersions(t *testing.T) {
	for version, canonical := range map[string]string{
		"1.24.0-2": "1.24.0-2", "1:2.3~rc1+dfsg-1ubuntu1~22.04": "1:2.3~rc1+dfsg-1ubuntu1~22.04", "5.14.0-70.el9_0^git": "5.14.0-70.el9_0^git", "v2": "v2",
		"= 1.2": "1.2", ">=1.24,<2": ">= 1.24, < 2", " >=  1:1.24 ,!=1.25 ": ">= 1:1.24, != 1.25", "= 1.2, != 1.3": "= 1.2, != 1.3",
		"": "",
	} {
		p := aPackage(func(p *SoftwarePackage) { p.Version = version })
		if err := Check(p); err != nil {
			t.Errorf("version %q: %v", version, err)
		}
		if p.Canonicalise(); p.Version != canonical {
			t.Errorf("version %q is %q in canonical form, want %q", version, p.Version, canonical)
		}
		canonicalTwice(t, p)
	}
	for _, version := range []string{
		"latest version", "1.24.*", "$(reboot)", "1;reboot", "1|2", "1 2", "-1", ">= 1.2,", ",", ">=", ">= 1.2 < 2", "1.2, < 2", "~> 1.2", "=> 1.2", "== 1.2", ">= $x", "1:2:3", "1.2\n", strings.Repeat("1", 256),
	} {
		wantProblem(t, aPackage(func(p *SoftwarePackage) { p.Version = version }), "version")
	}
}

func TestPackageDeclared(t *testing.T) {
	for _, c := range []struct{ version, state, want string }{
		{"1.2", PackagePresent, "1.2"}, {"= 1.2", PackagePresent, "1.2"}, {">= 1.2", PackagePresent, ""}, {"", PackagePresent, ""}, {"1.2", PackageAbsent, ""},
	} {
		p := aPackage(func(p *SoftwarePackage) { p.Version, p.State = c.version, c.state })
		if p.Canonicalise(); p.Declared() != c.want {
			t.Errorf("%q %s declares %q, want %q", c.version, c.state, p.Declared(), c.want)
		}
	}
}

func TestPackageRules(t *testing.T) {
	for field, edits := range map[string][]func(p *SoftwarePackage){
		"version": {func(p *SoftwarePackage) { p.State, p.Version = PackageAbsent, "1.2" }},
		"hold":    {func(p *SoftwarePackage) { p.State, p.Hold = PackageAbsent, true }},
		"state":   {func(p *SoftwarePackage) { p.State = "latest" }},
		"host.address": {
			func(p *SoftwarePackage) { p.Host.Address = "web 01" }, func(p *SoftwarePackage) { p.Host.Address = "10.0.0.256" },
			func(p *SoftwarePackage) { p.Host.Address = "web-01:22" }, func(p *SoftwarePackage) { p.Host.Address = "[2001:db8::1]" },
			func(p *SoftwarePackage) { p.Host.Address = "-oProxyCommand=reboot" }, func(p *SoftwarePackage) { p.Host.Address = "deploy@web-01" },
			func(p *SoftwarePackage) { p.Host.Address = "fe80::1%eth0" },
		},
		"host.port":             {func(p *SoftwarePackage) { p.Host.Port = -1 }, func(p *SoftwarePackage) { p.Host.Port = 65536 }},
		"host.user":             {func(p *SoftwarePackage) { p.Host.User = "-l" }, func(p *SoftwarePackage) { p.Host.User = "a b" }, func(p *SoftwarePackage) { p.Host.User = strings.Repeat("a", 256) }},
		"host.private_key_file": {func(p *SoftwarePackage) { p.Host.PrivateKeyFile = "-----BEGIN OPENSSH PRIVATE KEY-----" }, func(p *SoftwarePackage) { p.Host.PrivateKeyFile = "a\nb" }, func(p *SoftwarePackage) { p.Host.PrivateKeyFile = "a\x00" }},
		"host.host_key":         {func(p *SoftwarePackage) { p.Host.HostKey = "SHA256:abc" }, func(p *SoftwarePackage) { p.Host.HostKey = "-----BEGIN OPENSSH PRIVATE KEY-----" }, func(p *SoftwarePackage) { p.Host.HostKey = "ssh-ed25519 AAAA\nssh-rsa BBBB" }},
		"on_destroy":            {func(p *SoftwarePackage) { p.OnDestroy = "delete" }},
	} {
		for _, edit := range edits {
			wantProblem(t, aPackage(edit), field)
		}
	}
	// Who pastes a key into the wrong place must not find it in the log as well.
	for _, p := range aPackage(func(p *SoftwarePackage) {
		p.Host.PrivateKeyFile, p.Host.HostKey = "-----BEGIN hunter2", "-----BEGIN hunter2"
	}).Validate() {
		if strings.Contains(p.Problem, "hunter2") {
			t.Errorf("%s shows the key: %s", p.Field, p.Problem)
		}
	}
	if err := Check(&SoftwarePackage{}); err != nil {
		t.Errorf("nothing is set, and yet: %v", err)
	}
}

func TestPackageHosts(t *testing.T) {
	for _, c := range []struct{ address, name string }{
		{"Web-01.Example.COM.", "web-01.example.com/nginx"}, {"10.0.0.7", "10.0.0.7/nginx"}, {"2001:DB8::7", "2001:db8::7/nginx"}, {"::ffff:10.0.0.7", "10.0.0.7/nginx"},
	} {
		p := aPackage(func(p *SoftwarePackage) {
			p.Host = &PackageHost{Address: c.address, HostKey: "ssh-ed25519 AAAA root@web-01"}
		})
		canonicalTwice(t, p)
		if p.NaturalName() != c.name || p.Host.Port != DefaultHostPort || p.Host.HostKey != "ssh-ed25519 AAAA" {
			t.Errorf("%s: %q, %+v", c.address, p.NaturalName(), p.Host)
		}
	}
}

func FuzzPackage(f *testing.F) {
	for _, s := range []string{"", "1.2", "= 1.2", "= = 1", ">=1,<2", ",", "=1,", "ssh-ed25519 AAAA c d", "\x00\xff", " "} {
		f.Add("web-01.", s, s)
		f.Add("::ffff:10.0.0.7", s, "ssh-rsa AAAA")
	}
	f.Fuzz(func(t *testing.T, address, version, key string) {
		canonicalTwice(t, &SoftwarePackage{Name: version, Version: version, State: key, Host: &PackageHost{Address: address, User: key, HostKey: key, PrivateKeyFile: version}})
	})
}

// wantProblem checks that a record breaks the rules of one field, and no other.
func wantProblem(t *testing.T, r Record, field string) {
	t.Helper()
	problems := r.Validate()
	if len(problems) != 1 || problems[0].Field != field {
		t.Errorf("%+v has these problems, want one with %s: %v", r, field, problems)
	}
}

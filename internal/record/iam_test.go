// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	testSSHKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN"
	testAgeKey = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
)

// brokenFields names the fields that break a rule.
func brokenFields(r Record) string {
	var fields []string
	for _, p := range r.Validate() {
		fields = append(fields, p.Field)
	}
	return strings.Join(fields, " ")
}

func TestAccountRules(t *testing.T) {
	to := &DeliverTo{Path: "vm/a", Recipient: testAgeKey}
	for name, c := range map[string]struct {
		account FunctionalAccount
		want    string
	}{
		"good": {FunctionalAccount{
			Name: "svc_1.a-b", SSHPublicKeys: []string{testSSHKey, "  " + testSSHKey + "   grace  hopper "}, Attributes: map[string][]string{"a": {"x"}},
			GeneratePassword: &GeneratedPassword{Length: 16, Version: 1, DeliverTo: to}, OnDestroy: "disable",
		}, ""},
		"default length":   {FunctionalAccount{GeneratePassword: &GeneratedPassword{Version: 1}}, ""},
		"negative version": {FunctionalAccount{GeneratePassword: &GeneratedPassword{Version: -1, DeliverTo: to}}, "generate_password.version"},
		"negative length":  {FunctionalAccount{GeneratePassword: &GeneratedPassword{Version: 1, Length: -16}}, "generate_password.length"},
		"delivered to": {
			FunctionalAccount{GeneratePassword: &GeneratedPassword{Version: 1, DeliverTo: &DeliverTo{Path: "a b", Recipient: "x", TTL: time.Second}}},
			"generate_password.deliver_to.path generate_password.deliver_to.recipient generate_password.deliver_to.ttl",
		},
		"both":            {FunctionalAccount{PasswordVersion: 1, GeneratePassword: &GeneratedPassword{Version: 1}}, "generate_password"},
		"keys over lines": {FunctionalAccount{SSHPublicKeys: []string{testSSHKey + "\n" + testSSHKey}}, "ssh_public_keys"},
		"two keys":        {FunctionalAccount{SSHPublicKeys: []string{"a", "ssh-rsa"}}, "ssh_public_keys ssh_public_keys"},
		"attributes":      {FunctionalAccount{Attributes: map[string][]string{"": {"x"}, " a": {"x"}, "b": nil, "c": {"\x00"}}}, "attributes attributes. a attributes.b attributes.c"},
	} {
		if got := brokenFields(&c.account); got != c.want {
			t.Errorf("%s: %q breaks a rule, want %q", name, got, c.want)
		}
	}
}

func TestAccountsAreEnabledAgain(t *testing.T) {
	for _, r := range []Record{&FunctionalAccount{Name: "a", Enabled: true}, &Identity{Name: "a", IdentityKind: "service", Enabled: true}} {
		if Gone(r) || !HoldsKey(r) {
			t.Errorf("%s: a live one is gone", r.Kind())
		}
		Retire(r)
		fields, err := Define(r.Kind()).Adopt(r, r)
		if enabled, _ := Text(r, "enabled"); enabled != "false" || !Gone(r) || !HoldsKey(r) || err != nil || !slices.Equal(fields, []string{"ended", "enabled"}) {
			t.Errorf("%s: after its end %+v, adopted with %v, %v", r.Kind(), r, fields, err)
		}
	}
}

func TestMembershipExpires(t *testing.T) {
	now := time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
	for expires, want := range map[time.Time]bool{{}: false, now: true, now.Add(-time.Second): true, now.Add(time.Second): false} {
		if (&Membership{ExpiresAt: expires}).Expired(now) != want {
			t.Errorf("%s: %t", expires, !want)
		}
	}
}

func TestDeliveryRules(t *testing.T) {
	for recipient, want := range map[string]string{
		"": "", testAgeKey: "", testSSHKey: "", testSSHKey + " grace@example.com": "",
		strings.ToUpper(testAgeKey): "recipient", testAgeKey[:40]: "recipient", testAgeKey + "q": "recipient", "age1pq1": "recipient", "AGE-SECRET-KEY-1X": "recipient",
		"-----BEGIN OPENSSH PRIVATE KEY-----": "recipient", "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY=": "recipient", "grace": "recipient",
	} {
		if got := brokenFields(&SecretDelivery{Recipient: recipient}); got != want {
			t.Errorf("%q: %q breaks a rule", recipient, got)
		}
	}
	for _, private := range []string{" AGE-SECRET-KEY-1HUNTER2", "age-secret-key-1hunter2", "# a\nAGE-SECRET-KEY-1HUNTER2"} {
		if p := (&SecretDelivery{Recipient: private}).Validate(); len(p) != 1 || strings.Contains(strings.ToUpper(p[0].Problem), "HUNTER2") {
			t.Errorf("a private key is repeated, or taken: %v", p)
		}
	}
	for path, want := range map[string]string{"vm/web-01/admin": "", "a": "", "grace@example.com/x_1": "", "/a": "path", "a/": "path", "a//b": "path", "..": "path", "a/../b": "path", "a/-x": "path", "ä": "path"} {
		if got := brokenFields(&SecretDelivery{Path: path}); got != want {
			t.Errorf("%q: %q breaks a rule", path, got)
		}
	}
}

func TestDeliveryLife(t *testing.T) {
	now := time.Date(2031, 1, 1, 0, 0, 0, 5, time.UTC)
	d := &SecretDelivery{Path: "a", TTL: time.Hour, RetrievedAt: now, RetrievedBy: "grace"}
	d.Deliver("1", now)
	if d.DeliveryID != "1" || !d.RetrievedAt.IsZero() || d.RetrievedBy != "" || !d.ExpiresAt.Equal(now.Truncate(time.Second).Add(time.Hour)) {
		t.Errorf("delivered: %+v", d)
	}
	if d.Readable(SecretQuery{}, now) != nil || d.Readable(SecretQuery{DeliveryID: "1"}, now) != nil || d.Readable(SecretQuery{DeliveryID: "2"}, now) == nil || d.Readable(SecretQuery{}, now.Add(time.Hour)) == nil {
		t.Error("Readable is wrong")
	}
	if d.OneTime = true; d.Readable(SecretQuery{}, now) == nil {
		t.Error("a program can read a one-time delivery")
	}
	if d.TTL = 0; !d.ExpiresAt.IsZero() {
		d.Date()
	}
	if !d.ExpiresAt.IsZero() || d.Expired(now.AddDate(100, 0, 0)) {
		t.Error("without a ttl it expires")
	}
	mine, theirs := &SecretDelivery{Path: "a"}, &SecretDelivery{Path: "a", MadeFor: "iam_functional_account/svc/x"}
	for _, pair := range [][2]Record{{mine, theirs}, {theirs, mine}} {
		if _, err := Define(KindSecretDelivery).Adopt(pair[0], pair[1]); err == nil {
			t.Error("a delivery of somebody else is adopted")
		}
	}
	if kind, name, ok := theirs.Owner(); !ok || kind != KindFunctionalAccount || name != "svc/x" {
		t.Errorf("owner %s %s %t", kind, name, ok)
	}
	if _, _, ok := mine.Owner(); ok {
		t.Error("a delivery of its own has an owner")
	}
}

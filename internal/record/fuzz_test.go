// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"encoding/json"
	"net/netip"
	"reflect"
	"testing"
	"time"
	"unicode/utf8"
)

// canonicalTwice checks that the canonical form of a canonical record is itself, and that validation does not panic on either.
func canonicalTwice(t *testing.T, r Record) {
	t.Helper()
	r.Validate()
	valid := Check(r) == nil
	r.Canonicalise()
	once := Clone(r)
	r.Canonicalise()
	if !reflect.DeepEqual(once, r) {
		t.Errorf("canonical once: %+v, twice: %+v", once, r)
	}
	if err := Check(r); valid && err != nil {
		t.Errorf("a valid record is invalid in its canonical form: %v, %+v", err, r)
	}
}

func FuzzCIDR(f *testing.F) {
	for _, s := range []string{"", "10.0.0.0/24", "10.0.0.7/24", "0.0.0.0/0", "10.0.0.0/31", "2001:DB8::/64", "::/0", "::1/128", "::ffff:10.0.0.0/104", "10.0.0.0/033", "x/1"} {
		f.Add(s, "10.0.0.1")
		f.Add(s, "2001:db8::1")
	}
	f.Fuzz(func(t *testing.T, cidr, address string) {
		p := &Prefix{CIDR: cidr, Gateway: address}
		canonicalTwice(t, p)
		p.Count(0)
		if p.Size < 0 || p.Free != p.Size {
			t.Errorf("%s with gateway %s counts %d, of which %d free", p.CIDR, p.Gateway, p.Size, p.Free)
		}
		if p.CanHold(address) == nil {
			t.Errorf("%s can hold its gateway %s", p.CIDR, address)
		}
		prefix, err := netip.ParsePrefix(p.CIDR)
		if err != nil {
			return
		}
		if first, last := UsableRange(prefix); !prefix.Contains(first) || !prefix.Contains(last) || last.Less(first) {
			t.Errorf("%s is usable from %s to %s", p.CIDR, first, last)
		}
	})
}

func FuzzIP(f *testing.F) {
	for _, s := range []string{"", "10.0.0.1", "2001:DB8::1", "::ffff:10.0.0.1", "fe80::1%eth0", "::ffff:10.0.0.1%x", "010.0.0.1", "1.2.3"} {
		f.Add(s, "Web.Example.COM.")
		f.Add(s, "a..")
		f.Add(s, "İ\xff.")
	}
	f.Fuzz(func(t *testing.T, address, host string) {
		a := &IPAddress{Address: address, Gateway: address, Hostname: host}
		canonicalTwice(t, a)
		canonicalTwice(t, &ConfigurationItem{IPAddress: address, FQDN: host})
		p := &Prefix{CIDR: "10.0.0.0/8", Gateway: "10.0.0.1"}
		if err := p.CanHold(a.Address); err == nil {
			if a.Within(p); a.Family != 4 || a.PrefixLength != 8 || a.CIDR != a.Address+"/8" {
				t.Errorf("%s inside %s: %+v", a.Address, p.CIDR, a)
			}
		}
	})
}

// FuzzConfigurationItemJSON: what goes into a document comes out of it again.
func FuzzConfigurationItemJSON(f *testing.F) {
	f.Add("server", "web", "web.example.com", "cpu", "4")
	f.Add("", "", "", "", "")
	f.Add("a", "\u2028<&>\"\\", "x", "attributes.\n", "\x00")
	f.Fuzz(func(t *testing.T, class, name, fqdn, key, value string) {
		for _, s := range []string{class, name, fqdn, key, value} {
			if !utf8.ValidString(s) {
				t.Skip("JSON holds no other text, and validation refuses it")
			}
		}
		item := &ConfigurationItem{Class: class, Name: name, FQDN: fqdn, Attributes: map[string]string{key: value}}
		item.Extensions = map[string]string{value: key}
		canonicalTwice(t, item)
		document, err := json.Marshal(item)
		if err != nil {
			t.Fatal(err)
		}
		back := &ConfigurationItem{}
		if err := json.Unmarshal(document, back); err != nil {
			t.Fatalf("%v in %s", err, document)
		}
		if changed := Changes(item, back); len(changed) > 0 {
			t.Errorf("the document %s changed %q", document, changed)
		}
		other := &ConfigurationItem{}
		Apply(other, item, Changes(other, item))
		if left := Changes(item, other); len(left) > 0 {
			t.Errorf("Apply of Changes leaves %q", left)
		}
	})
}

func FuzzContentHash(f *testing.F) {
	f.Add("s", "d", "id", "k", "v", int64(1900000000))
	f.Add("", "", "", "", "", int64(0))
	f.Add("s", "\xff", "a", "\u2028", "\x00", int64(253402300800)) // the year 10000
	f.Add("s", "", "", "", "", int64(-62135596801))                // the year 0
	f.Fuzz(func(t *testing.T, summary, description, id, key, value string, at int64) {
		change := func() *ChangeRequest {
			return &ChangeRequest{
				Summary: summary, Description: description, ConfigurationItemIDs: []string{id, "x"}, Attachments: map[string]string{key: value, "other": ""},
				Triggers: map[string]string{value: key}, PlannedStart: time.Unix(at, 5),
			}
		}
		a, b := change(), change()
		canonicalTwice(t, a)
		b.ConfigurationItemIDs = []string{"x", id, "x"}
		b.PlannedStart = b.PlannedStart.UTC().Truncate(time.Second)
		if b.Canonicalise(); a.ContentHash != b.ContentHash || len(a.ContentHash) != 64 {
			t.Errorf("one content has the hashes %s and %s", a.ContentHash, b.ContentHash)
		}
		b.Description += "x"
		if b.Canonicalise(); a.ContentHash == b.ContentHash {
			t.Error("another content has the same hash")
		}
		if a.NaturalName() != b.NaturalName() {
			t.Error("the content is part of the name")
		}
	})
}

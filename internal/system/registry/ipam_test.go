// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"fmt"
	"math"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func TestPrefixesGiveOutWhatTheyHave(t *testing.T) {
	for _, c := range []struct {
		cidr, gateway string
		want          []string
		size          int64
	}{
		{"10.0.0.0/30", "", []string{"10.0.0.1", "10.0.0.2"}, 2},
		{"10.0.0.0/30", "10.0.0.1", []string{"10.0.0.2"}, 1},
		{"10.0.0.0/29", "10.0.0.3", []string{"10.0.0.1", "10.0.0.2", "10.0.0.4", "10.0.0.5", "10.0.0.6"}, 5},
		{"10.0.0.0/31", "", []string{"10.0.0.0", "10.0.0.1"}, 2},
		{"10.0.0.7/32", "", []string{"10.0.0.7"}, 1},
		{"255.255.255.255/32", "", []string{"255.255.255.255"}, 1},
		{"10.0.0.7/32", "10.0.0.7", nil, 0},
		{"2001:db8::/127", "", []string{"2001:db8::", "2001:db8::1"}, 2},
		{"2001:db8::/126", "2001:db8::2", []string{"2001:db8::1", "2001:db8::3"}, 2},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", "", []string{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}, 1},
	} {
		t.Run(c.cidr+" "+c.gateway, func(t *testing.T) {
			onEach(t, func(t *testing.T, database string) {
				r := open(t, database)
				p := create(t, r, prefix("s", c.cidr, c.gateway))
				if p.Size != c.size || p.Used != 0 || p.Free != c.size {
					t.Errorf("size %d, used %d, free %d, want size %d", p.Size, p.Used, p.Free, c.size)
				}
				for i, want := range c.want {
					a := create(t, r, address("s", p.ID, fmt.Sprint(i), ""))
					if a.Address != want || a.Gateway != c.gateway || a.PrefixLength == 0 || a.CIDR == "" {
						t.Errorf("got %+v, want %s", a, want)
					}
				}
				_, err := tryCreate(t.Context(), r, address("s", p.ID, "more", ""))
				fails(t, err, record.ErrExhausted, c.cidr, "prefix_id")
				if p = get[*record.Prefix](t, r, p.Kind(), p.ID); p.Free != 0 || p.Used != int64(len(c.want)) {
					t.Errorf("used %d, free %d", p.Used, p.Free)
				}
				if found, err := r.Stores()[record.KindIPAddress].Find(t.Context(), record.Query{}); err != nil || len(found) != len(c.want) {
					t.Errorf("a failed allocation left %d records, %v", len(found), err)
				}
			})
		})
	}
}

func TestParticularAddresses(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		r := open(t, database)
		p := create(t, r, prefix("s", "10.0.0.0/24", "10.0.0.1"))
		kept := create(t, r, address("s", p.ID, "web", "10.0.0.3"))
		if kept.Address != "10.0.0.3" || kept.CIDR != "10.0.0.3/24" || kept.Netmask != "255.255.255.0" || kept.Family != 4 || kept.Gateway != "10.0.0.1" {
			t.Errorf("kept %+v", kept)
		}
		for wanted, reason := range map[string]error{
			"10.0.0.0": record.ErrInvalid, "10.0.0.255": record.ErrInvalid, "10.0.0.1": record.ErrInvalid, "10.0.1.1": record.ErrInvalid,
			"2001:db8::1": record.ErrInvalid, "10.0.0.3": record.ErrConflict,
		} {
			_, err := tryCreate(t.Context(), r, address("other", p.ID, "db", wanted))
			if e := failure(t, err, reason, wanted); e.Field != "address" {
				t.Errorf("%s: field %q", wanted, e.Field)
			}
		}
		_, err := tryCreate(t.Context(), r, address("other", p.ID, "db", "10.0.0.3"))
		if e := failure(t, err, record.ErrConflict, `"web"`, `"s"`, kept.ID); e.ID != kept.ID {
			t.Errorf("holder %q", e.ID)
		}
		_, err = tryCreate(t.Context(), r, address("s", p.ID, "web", "10.0.0.3")) // the same key: found again, not an address that is taken
		if e := failure(t, err, record.ErrConflict); e.ID != kept.ID || e.Field != "" {
			t.Errorf("holder %q on %q", e.ID, e.Field)
		}
		for i, want := range []string{"10.0.0.2", "10.0.0.4"} { // around it
			if a := create(t, r, address("s", p.ID, fmt.Sprint(i), "")); a.Address != want {
				t.Errorf("got %s, want %s", a.Address, want)
			}
		}
		edit := record.Clone(kept)
		edit.Address = "10.0.0.9"
		_, err = r.Stores()[kept.Kind()].Update(t.Context(), edit, []string{"address"})
		fails(t, err, record.ErrRefused, "address")
	})
}

func TestReleasedAddressIsGivenOutAgain(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		r := open(t, database)
		p := create(t, r, prefix("s", "10.0.0.0/24", ""))
		var kept []*record.IPAddress
		for i := range 5 {
			kept = append(kept, create(t, r, address("s", p.ID, fmt.Sprint(i), "")))
		}
		s := r.Stores()[record.KindIPAddress]
		for range 2 {
			if err := s.Retire(t.Context(), kept[1].ID, record.Conclude); err != nil {
				t.Fatal(err)
			}
		}
		evidence := get[*record.IPAddress](t, r, record.KindIPAddress, kept[1].ID)
		if !evidence.Retired || evidence.Address != kept[1].Address || evidence.CIDR != kept[1].CIDR {
			t.Errorf("evidence %+v", evidence)
		}
		_, err := s.Update(t.Context(), evidence, []string{"hostname"})
		fails(t, err, record.ErrNotFound, "retired")
		if p := get[*record.Prefix](t, r, p.Kind(), p.ID); p.Used != 4 {
			t.Errorf("used %d", p.Used)
		}
		again := create(t, r, address("s", p.ID, "1", "")) // the key is free too
		if again.Address != kept[1].Address || again.ID == kept[1].ID {
			t.Errorf("got %s (id %s)", again.Address, again.ID)
		}
		if next := create(t, r, address("s", p.ID, "next", "")); next.Address != "10.0.0.6" {
			t.Errorf("got %s", next.Address)
		}
		if err := s.Retire(t.Context(), kept[4].ID, record.Erase); err != nil {
			t.Fatal(err)
		}
		if next := create(t, r, address("s", p.ID, "4", "")); next.Address != kept[4].Address {
			t.Errorf("got %s", next.Address)
		}
		events, err := r.History(t.Context(), HistoryFilter{ID: kept[1].ID})
		if err != nil || len(events) != 2 || events[0].Action != "allocate" || events[1].Action != "release" {
			t.Errorf("history %+v, %v", events, err)
		}
	})
}

func TestOverlappingPrefixes(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		r := open(t, database)
		wide := create(t, r, prefix("s", "10.0.0.0/16", ""))
		narrow := create(t, r, prefix("other", "10.0.0.0/29", "10.0.0.1"))
		for i, c := range []struct{ from, want string }{
			{narrow.ID, "10.0.0.2"},
			{wide.ID, "10.0.0.3"},
			{narrow.ID, "10.0.0.4"},
			{wide.ID, "10.0.0.5"},
			{narrow.ID, "10.0.0.6"},
			{wide.ID, "10.0.0.7"},
		} {
			if a := create(t, r, address("s", c.from, fmt.Sprint(i), "")); a.Address != c.want {
				t.Errorf("%d: got %s, want %s", i, a.Address, c.want)
			}
		}
		_, err := tryCreate(t.Context(), r, address("s", narrow.ID, "x", ""))
		fails(t, err, record.ErrExhausted)
		_, err = tryCreate(t.Context(), r, address("s", wide.ID, "x", "10.0.0.1"))
		fails(t, err, record.ErrConflict, "gateway of prefix 10.0.0.0/29")
		if p := get[*record.Prefix](t, r, wide.Kind(), wide.ID); p.Used != 7 || p.Free != 65534-7 { // six addresses, one gateway
			t.Errorf("used %d, free %d", p.Used, p.Free)
		}
		if p := get[*record.Prefix](t, r, wide.Kind(), narrow.ID); p.Used != 5 || p.Free != 0 {
			t.Errorf("used %d, free %d", p.Used, p.Free)
		}
	})
}

func TestPrefixIsThereOnce(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		r := open(t, database)
		p := create(t, r, prefix("s", "10.0.0.0/24", ""))
		_, err := tryCreate(t.Context(), r, prefix("other", "10.0.0.0/24", ""))
		if e := failure(t, err, record.ErrConflict, `"s"`, p.ID, "data source", "cidr"); e.ID != p.ID {
			t.Errorf("holder %q", e.ID)
		}
		_, err = tryCreate(t.Context(), r, prefix("s", "10.0.0.0/24", ""))
		if e := failure(t, err, record.ErrConflict); e.ID != p.ID || e.Field != "" {
			t.Errorf("holder %q on %q", e.ID, e.Field)
		}
		a := create(t, r, address("s", p.ID, "a", ""))
		b := create(t, r, address("s", p.ID, "b", ""))
		s := r.Stores()[p.Kind()]
		for _, d := range []record.Disposal{record.Conclude, record.Erase} {
			fails(t, s.Retire(t.Context(), p.ID, d), record.ErrConflict, "2 IPAM addresses")
		}
		edit := record.Clone(p)
		edit.CIDR = "10.0.0.0/25"
		_, err = s.Update(t.Context(), edit, []string{"cidr"})
		fails(t, err, record.ErrConflict, "2 IPAM addresses")
		for _, kept := range []*record.IPAddress{a, b} {
			if err := r.Stores()[a.Kind()].Retire(t.Context(), kept.ID, record.Conclude); err != nil {
				t.Fatal(err)
			}
		}
		if u, err := s.Update(t.Context(), edit, []string{"cidr"}); err != nil || u.(*record.Prefix).Size != 126 {
			t.Errorf("%+v, %v", u, err)
		}
		if err := s.Retire(t.Context(), p.ID, record.Conclude); err != nil {
			t.Fatal(err)
		}
		_, err = tryCreate(t.Context(), r, address("s", p.ID, "c", ""))
		fails(t, err, record.ErrNotFound, "prefix_id")
		again := create(t, r, prefix("other", "10.0.0.0/25", ""))
		if again.ID == p.ID {
			t.Error("a retired prefix was taken over")
		}
		if kept := get[*record.IPAddress](t, r, a.Kind(), a.ID); kept.Address != "10.0.0.1" || kept.PrefixLength == 0 {
			t.Errorf("evidence %+v", kept)
		}
	})
}

func TestGatewayIsNoAddress(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		r := open(t, database)
		p := create(t, r, prefix("s", "10.0.0.0/29", "10.0.0.1"))
		a := create(t, r, address("s", p.ID, "a", ""))
		s := r.Stores()[p.Kind()]
		p.Gateway = a.Address
		_, err := s.Update(t.Context(), p, []string{"gateway"})
		if e := failure(t, err, record.ErrConflict, a.Address, `"a"`, "gateway"); e.ID != a.ID {
			t.Errorf("holder %q", e.ID)
		}
		_, err = tryCreate(t.Context(), r, prefix("s", "10.0.0.0/24", a.Address))
		fails(t, err, record.ErrConflict, "gateway")
		p.Gateway = "10.0.0.3"
		if _, err := s.Update(t.Context(), p, []string{"gateway"}); err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{"10.0.0.1", "10.0.0.4"} { // the old gateway is free, the new one is not
			if got := create(t, r, address("s", p.ID, fmt.Sprint(i), "")); got.Address != want || got.Gateway != "10.0.0.3" {
				t.Errorf("got %s by %s, want %s", got.Address, got.Gateway, want)
			}
		}
		if a := get[*record.IPAddress](t, r, a.Kind(), a.ID); a.Gateway != "10.0.0.3" {
			t.Errorf("gateway %s", a.Gateway)
		}
	})
}

func TestHugePrefix(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		r := open(t, database)
		p := create(t, r, prefix("s", "2001:db8::/64", "2001:db8::1"))
		if p.Size != math.MaxInt64 {
			t.Errorf("size %d", p.Size)
		}
		far := create(t, r, address("s", p.ID, "far", "2001:DB8::ffff:ffff:ffff:ffff"))
		if far.Address != "2001:db8::ffff:ffff:ffff:ffff" || far.Family != 6 || far.Netmask != "" {
			t.Errorf("kept %+v", far)
		}
		// More than one batch of addresses in a row, to be stepped over.
		for i := range takenPerStatement + 10 {
			create(t, r, address("s", p.ID, fmt.Sprintf("row-%d", i), fmt.Sprintf("2001:db8::%x", i+2)))
		}
		if a := create(t, r, address("s", p.ID, "next", "")); a.Address != fmt.Sprintf("2001:db8::%x", takenPerStatement+12) {
			t.Errorf("got %s", a.Address)
		}
	})
}

func TestListingAddressesTakesConstantStatements(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		r := open(t, database)
		const prefixes, each = 20, 5
		for i := range prefixes {
			p := create(t, r, prefix("s", fmt.Sprintf("10.%d.0.0/24", i), ""))
			for j := range each {
				create(t, r, address("s", p.ID, fmt.Sprintf("%d-%d", i, j), ""))
			}
		}
		for kind, want := range map[record.Kind]int{record.KindPrefix: prefixes, record.KindIPAddress: prefixes * each} {
			before := r.Statements()
			found, err := r.Stores()[kind].Find(t.Context(), record.Query{Stack: "s"})
			if err != nil || len(found) != want {
				t.Fatalf("%s: found %d, %v", kind, len(found), err)
			}
			if got := r.Statements() - before; got != 2 {
				t.Errorf("%s: %d statements", kind, got)
			}
			for _, f := range found {
				if a, ok := f.(*record.IPAddress); ok && a.CIDR == "" {
					t.Errorf("incomplete: %+v", a)
				}
				if p, ok := f.(*record.Prefix); ok && p.Used != each {
					t.Errorf("used %d", p.Used)
				}
			}
		}
	})
}

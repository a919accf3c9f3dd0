// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func TestPlanRefusesAnAddressThatThePrefixCannotGive(t *testing.T) {
	w := newWorld(t)
	id := w.put(&record.Prefix{CIDR: "10.0.0.0/24", Gateway: "10.0.0.1"}).Metadata().ID
	config := attrs{"name": "x", "prefix_id": id}
	for given, word := range map[string]string{
		"10.0.1.7":   "10.0.1.7 is outside prefix 10.0.0.0/24",
		"10.0.0.255": "is the network or broadcast address",
		"10.0.0.1":   "is the gateway of 10.0.0.0/24",
		"10.0.0.300": "must be an IP address",
	} {
		walk := w.walk()
		walk.plan(walk.block(address), config.with(attrs{"address": given})).wantError(t, "address: ", word)
	}
	walk := w.walk()
	walk.plan(walk.block(address), config.with(attrs{"prefix_id": "m99"})).wantError(t, "prefix_id: Cannot plan IPAM address", `there is no live IPAM prefix with id "m99"`)
	walk.plan(walk.block(address), attrs{"name": "y", "prefix_id": unknown{}}).ok(t)
	walk.plan(walk.block(address), attrs{"name": "z", "prefix_id": id, "address": unknown{}}).ok(t)
}

func TestPlanCountsWhatItAsksOfAPrefix(t *testing.T) {
	w := newWorld(t)
	id := w.prefixID("10.0.0.0/30") // two addresses
	walk := w.walk()
	for _, name := range []string{"a", "b"} {
		walk.plan(walk.block(address), attrs{"name": name, "prefix_id": id}).ok(t)
	}
	walk.plan(walk.block(address), attrs{"name": "c", "prefix_id": id}).
		wantError(t, "prefix_id: Cannot plan", "prefix 10.0.0.0/30 has 2 of 2 addresses free, and this plan asks for at least 3", "Destroy addresses that are no longer used")
	w.wantCalls("ipam_address.Find=1", "ipam_prefix.Find=1")
}

// An apply that was interrupted may have taken the last addresses. The next one finds them and asks for none.
func TestPlanOfAnAdoptionAsksNothingOfAPrefix(t *testing.T) {
	w := newWorld(t)
	id := w.prefixID("10.0.0.0/30")
	for _, name := range []string{"a", "b"} {
		w.created(address, attrs{"name": name, "prefix_id": id})
	}
	walk := w.walk()
	for _, name := range []string{"a", "b"} {
		b := walk.block(address)
		walk.apply(b, attrs{"name": name, "prefix_id": id}).ok(t)
	}
	if n := len(w.all(address)); n != 2 {
		t.Errorf("there are %d addresses", n)
	}
	walk.plan(walk.block(address), attrs{"name": "c", "prefix_id": id}).wantError(t, "has 0 of 2 addresses free")
}

func TestInvalidValuesAreRefusedAtTheirAttribute(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		kind   string
		config attrs
		words  []string
	}{
		{item, server("a").with(attrs{"initial_status": "broken"}), []string{"initial_status: Invalid initial_status", "must be one of planned"}},
		{item, server(" a"), []string{"name: Invalid name: name must not begin or end with white space."}},
		{item, server(""), []string{"name: Invalid name", "must not be empty"}},
		{item, server("a").with(attrs{"attributes": map[string]string{"k": "\x01"}}), []string{"attributes.k: Invalid attributes: attributes: k must not contain control characters"}},
		{item, server("a").with(attrs{"attributes": map[string]any{"k": nil}}), []string{"attributes.k: ", "must not be null"}},
		{item, server("a").with(attrs{"extensions": map[string]any{"elsewhere": map[string]string{"k": "v"}}}), []string{"extensions.elsewhere: ", `there is no system "elsewhere"; the systems are memory`}},
		{prefix, attrs{"cidr": "10.0.0.7/24"}, []string{`cidr: Invalid cidr: cidr must not have host bits set: write "10.0.0.0/24".`}},
		{prefix, attrs{"cidr": "2001:DB8::/64"}, []string{`must be in canonical form: write "2001:db8::/64".`}},
		{request, attrs{"summary": "a", "planned_start": "tomorrow"}, []string{"planned_start: ", "RFC 3339"}},
		{approval, attrs{"change_request_id": "m1", "max_wait": "soon"}, []string{"max_wait: ", "must be a duration"}},
		{approval, attrs{"change_request_id": "m1", "poll_interval": "5ms"}, []string{"poll_interval: ", "at least 1s"}},
	} {
		walk := w.walk()
		walk.plan(walk.block(c.kind), c.config).wantError(t, c.words...)
	}
	w.wantCalls()
}

func TestRulesWaitForWhatIsNotKnownYet(t *testing.T) {
	w := newWorld(t)
	walk := w.walk()
	late := record.FormatTime(time.Now().Add(time.Hour))
	walk.plan(walk.block(request), attrs{"summary": "a", "planned_start": unknown{}, "planned_end": late}).ok(t)
	walk.plan(walk.block(request), attrs{"summary": "b", "planned_start": late, "planned_end": unknown{}}).ok(t)
	walk.plan(walk.block(request), attrs{"summary": "c", "planned_start": late, "planned_end": late}).wantError(t, "planned_end: ", "must be after planned_start")
}

// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
)

func codecs() map[record.Kind]lifecycle.Codec {
	all := map[record.Kind]lifecycle.Codec{}
	for _, t := range allTypes() {
		all[t.Kind] = lifecycle.CodecOf(lifecycle.NewResource(t, []record.System{systemtest.MemorySystem()})())
	}
	return all
}

// maker makes values of any type out of the bytes of a fuzzer.
type maker struct {
	bytes []byte
	// known leaves out what is not known yet, and nulls inside collections, which no state has.
	known bool
}

func (m *maker) next(n int) int {
	if len(m.bytes) == 0 {
		return 0
	}
	b := int(m.bytes[0])
	m.bytes = m.bytes[1:]
	return b % n
}

var texts = []string{
	"x", "", "10.0.0.7", "10.0.0.0/24", "2030-01-01T14:00:00+02:00", "not a time", "90m", "1h30m", "WEB.example.com.", "operational", " padded", "\x00", "ü", "a/b", "#",
}

func (m *maker) text() string {
	if choice := m.next(len(texts) + 1); choice < len(texts) {
		return texts[choice]
	}
	n := min(m.next(8), len(m.bytes))
	s := string(m.bytes[:n])
	m.bytes = m.bytes[n:]
	return s
}

func (m *maker) value(t tftypes.Type, inside bool) tftypes.Value {
	switch choice := m.next(8); {
	case choice == 0 && !(m.known && inside):
		return tftypes.NewValue(t, nil)
	case choice == 1 && !m.known:
		return tftypes.NewValue(t, tftypes.UnknownValue)
	}
	switch t := t.(type) {
	case tftypes.Object:
		object := map[string]tftypes.Value{}
		for _, name := range slices.Sorted(maps.Keys(t.AttributeTypes)) {
			object[name] = m.value(t.AttributeTypes[name], false)
		}
		return tftypes.NewValue(t, object)
	case tftypes.Map:
		entries := map[string]tftypes.Value{}
		for range m.next(4) {
			key := m.text()
			if t.ElementType.Is(tftypes.Map{}) && m.next(2) == 0 {
				key = "memory"
			}
			entries[key] = m.value(t.ElementType, true)
		}
		return tftypes.NewValue(t, entries)
	case tftypes.List:
		return tftypes.NewValue(t, m.elements(t.ElementType))
	case tftypes.Set:
		return tftypes.NewValue(t, m.elements(t.ElementType))
	}
	switch {
	case t.Is(tftypes.Bool):
		return tftypes.NewValue(t, m.next(2) == 0)
	case t.Is(tftypes.Number):
		return tftypes.NewValue(t, float64(m.next(256))/2)
	}
	return tftypes.NewValue(t, m.text())
}

func (m *maker) elements(t tftypes.Type) []tftypes.Value {
	elements := []tftypes.Value{}
	for range m.next(4) {
		elements = append(elements, m.value(t, true))
	}
	return elements
}

// object is a known object, whatever its attributes are. An attribute that has a default is null in no state.
func (m *maker) object(c lifecycle.Codec) tftypes.Value {
	object := map[string]tftypes.Value{}
	for _, name := range slices.Sorted(maps.Keys(c.Type().AttributeTypes)) {
		object[name] = m.value(c.Type().AttributeTypes[name], c.Defaulted(name))
	}
	return tftypes.NewValue(c.Type(), object)
}

func seeds() [][]byte {
	all := [][]byte{nil, {0, 1, 2, 3, 4, 5, 6, 7}}
	for step := 1; step < 40; step += 3 {
		seed := make([]byte, 400)
		for i := range seed {
			seed[i] = byte(i*step*step + i/7)
		}
		all = append(all, seed)
	}
	return all
}

func FuzzDecode(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	all := codecs()
	f.Fuzz(func(t *testing.T, bytes []byte) {
		for _, kind := range slices.Sorted(maps.Keys(all)) {
			object := (&maker{bytes: bytes}).object(all[kind])
			if _, _, err := all[kind].RoundTrip(object, "memory"); err != nil {
				t.Fatalf("%s: %v\n%s", kind, err, object)
			}
		}
	})
}

func FuzzRoundTrip(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	all := codecs()
	f.Fuzz(func(t *testing.T, bytes []byte) {
		for _, kind := range slices.Sorted(maps.Keys(all)) {
			if err := roundTrip(all[kind], (&maker{bytes: bytes, known: true}).object(all[kind])); err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
		}
	})
}

// roundTrip holds a codec to giving back what it was given: the record, what was configured, and once more the same.
func roundTrip(c lifecycle.Codec, object tftypes.Value) error {
	r, once, err := c.RoundTrip(object, "memory")
	if err != nil {
		return err
	}
	for name, was := range members(object) {
		if now := members(once)[name]; c.Configurable(name) && !now.Equal(was) {
			return fmt.Errorf("%s was %s and became %s", name, was, now)
		}
	}
	again, twice, err := c.RoundTrip(once, "memory")
	if err != nil {
		return err
	}
	if changes := record.Changes(r, again); len(changes) > 0 || r.Metadata().ID != again.Metadata().ID {
		return fmt.Errorf("%v differ after a round trip of %s", changes, object)
	}
	if !twice.Equal(once) {
		return fmt.Errorf("%s\nbecame %s", once, twice)
	}
	return nil
}

func TestDecodeOfWhatIsNotThere(t *testing.T) {
	for kind, c := range codecs() {
		for _, v := range []any{nil, tftypes.UnknownValue} {
			if _, _, err := c.RoundTrip(tftypes.NewValue(c.Type(), v), "memory"); err != nil {
				t.Errorf("%s: %v: %v", kind, v, err)
			}
		}
	}
}

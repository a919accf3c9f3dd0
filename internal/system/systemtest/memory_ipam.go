// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"context"
	"net/netip"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func (d *memoryData) admitAddress(r *record.IPAddress) error {
	prefix, err := d.prefixOf(r)
	if err != nil {
		return err
	}
	if err := prefix.CanHold(r.Address); err != nil {
		return err
	}
	if id, taken := d.addressesIn(r.PrefixID)[r.Address]; taken {
		return &record.Error{Reason: record.ErrConflict, ID: id, Field: "address", Answer: r.Address + " is taken"}
	}
	return nil
}

// memoryAddresses adds allocation.
type memoryAddresses struct{ memoryStore }

// Allocate implements [record.Allocator].
func (s memoryAddresses) Allocate(ctx context.Context, r record.Record) (kept record.Record, err error) {
	err = s.m.do(ctx, func() error {
		if err := record.Check(r); err != nil {
			return err
		}
		a := record.Clone(r).(*record.IPAddress)
		if err := s.m.keyFree(a); err != nil {
			return err
		}
		prefix, err := s.m.prefixOf(a)
		if err != nil {
			return err
		}
		used := s.m.addressesIn(prefix.ID)
		first, last := record.UsableRange(netip.MustParsePrefix(prefix.CIDR))
		for next := first; next.IsValid() && !last.Less(next); next = next.Next() {
			a.Address = next.String()
			if _, taken := used[a.Address]; !taken && a.Address != prefix.Gateway {
				kept, err = s.m.create(a)
				return err
			}
		}
		return record.Errorf(record.ErrExhausted, "every address of %s is in use", prefix.CIDR)
	})
	return kept, err
}

// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"net/netip"
	"strconv"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// addressStore can also choose the address.
type addressStore struct{ *store }

// Allocate implements [record.Allocator].
func (s *addressStore) Allocate(ctx context.Context, r record.Record) (record.Record, error) {
	return s.create(ctx, r, actionAllocate)
}

// addressRules: an address belongs to one record, and is its row in infraops_allocation for as long as the record lives.
type addressRules struct{ plain }

// stored leaves out what follows from the prefix.
func (addressRules) stored(r record.Record) record.Record {
	a := record.Clone(r.(*record.IPAddress))
	a.PrefixLength, a.CIDR, a.Netmask, a.Gateway, a.Family = 0, "", "", "", 0
	return a
}

func (addressRules) creating(ctx context.Context, tx *transaction, _ record.Record) error {
	return tx.r.engine.lock(ctx, tx.session, lockIPAM, true)
}

func (addressRules) created(ctx context.Context, tx *transaction, id int64, r record.Record) error {
	a := r.(*record.IPAddress)
	p, err := prefixOf(ctx, tx, a)
	if err != nil {
		return err
	}
	pool, err := hold(ctx, tx, p)
	if err != nil {
		return err
	}
	if a.Address == "" {
		a.Address, err = pool.next(ctx, tx, id)
		return err
	}
	if err := p.CanHold(a.Address); err != nil {
		return err
	}
	return pool.take(ctx, tx, a.Address, id)
}

// prefixOf is the live prefix that the address is to come from.
func prefixOf(ctx context.Context, tx *transaction, a *record.IPAddress) (*record.Prefix, error) {
	var p record.Record
	if id, ok := numeric(a.PrefixID); ok {
		var err error
		if p, err = tx.r.stores[record.KindPrefix].(*store).single(ctx, tx.session, id, ""); err != nil {
			return nil, err
		}
	}
	if p == nil || record.Gone(p) {
		return nil, record.Errorf(record.ErrNotFound, "there is no live prefix with id %q in the registry", a.PrefixID).On("prefix_id").
			Advise("Refer to the id attribute of an infraops_ipam_prefix, or of the data source of that name")
	}
	return p.(*record.Prefix), nil
}

func (addressRules) updating(_ context.Context, _ *transaction, _ int64, wasRecord, nowRecord record.Record) error {
	was, now := wasRecord.(*record.IPAddress), nowRecord.(*record.IPAddress)
	for field, same := range map[string]bool{"address": was.Address == now.Address, "prefix_id": was.PrefixID == now.PrefixID} {
		if !same {
			return record.Errorf(record.ErrRefused, "the address that %q has been given cannot be exchanged for another", was.Name).On(field).
				Advise("Create another address record and remove this one")
		}
	}
	return nil
}

func (addressRules) ending(ctx context.Context, tx *transaction, id int64, r record.Record) (string, error) {
	if err := tx.r.engine.lock(ctx, tx.session, lockIPAM, true); err != nil {
		return "", err
	}
	if _, err := tx.exec(ctx, "DELETE FROM infraops_allocation WHERE record_id = ?", id); err != nil {
		return "", err
	}
	return actionRelease, freed(ctx, tx, sortable(r.(*record.IPAddress).Address))
}

// complete reads the prefixes of all addresses with one statement. Retired prefixes too: a released address stays readable.
func (addressRules) complete(ctx context.Context, s session, records []record.Record) error {
	wanted := map[string]*record.Prefix{}
	for _, r := range records {
		if a := r.(*record.IPAddress); a.PrefixID != "" {
			wanted[a.PrefixID] = nil
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	condition, args := "1 = 1", []any(nil)
	if len(wanted) <= idsPerStatement {
		for id := range wanted {
			n, _ := numeric(id)
			args = append(args, n)
		}
		condition = "id IN (" + placeholders(len(args)) + ")"
	}
	prefixes, err := s.r.stores[record.KindPrefix].(*store).list(ctx, s, condition, args)
	if err != nil {
		return err
	}
	for _, p := range prefixes {
		wanted[p.Metadata().ID] = p.(*record.Prefix)
	}
	for _, r := range records {
		a := r.(*record.IPAddress)
		if p := wanted[a.PrefixID]; p != nil {
			a.Within(p)
		}
	}
	return nil
}

// pool is a prefix from which this transaction, and no other, gives out addresses.
type pool struct {
	prefix *record.Prefix
	id     int64
	// last is the last usable address; no usable one below lowest is free.
	last, lowest string
}

func hold(ctx context.Context, tx *transaction, p *record.Prefix) (pool, error) {
	id, _ := numeric(p.ID)
	held := pool{prefix: p, id: id}
	found, err := tx.one(ctx, []any{&held.last, &held.lowest}, "SELECT last_address, lowest_free FROM infraops_prefix WHERE record_id = ?"+tx.r.engine.held(false), id)
	if err == nil && !found {
		err = errRaced // retired since it was read
	}
	return held, err
}

// takenPerStatement is the LIMIT in taken.
const takenPerStatement = 256

// taken finds the next addresses that are in use: given out from any prefix, or any prefix's gateway.
const taken = `SELECT address FROM (
	SELECT address FROM (SELECT address FROM infraops_allocation WHERE address >= ? AND address <= ? ORDER BY address LIMIT 256) AS given
	UNION
	SELECT gateway FROM (SELECT gateway FROM infraops_prefix WHERE gateway >= ? AND gateway <= ? ORDER BY gateway LIMIT 256) AS gateways
	) AS taken ORDER BY address LIMIT 256`

// next gives out the lowest free address. Since it begins at the mark that it leaves behind, it does not look at
// what was given out before, except once after an address further down was released.
func (p pool) next(ctx context.Context, tx *transaction, id int64) (string, error) {
	for from := p.lowest; from <= p.last; {
		candidate, seen, address := from, 0, ""
		err := tx.each(ctx, func(rows *sql.Rows) error {
			err := rows.Scan(&address)
			seen++
			if address == candidate {
				candidate = following(candidate)
			}
			return err
		}, taken, from, p.last, from, p.last)
		if err != nil {
			return "", err
		}
		if from = candidate; seen == takenPerStatement && candidate > address {
			continue // no gap among these
		}
		if from > p.last {
			break
		}
		given, err := p.give(ctx, tx, from, id)
		if err != nil {
			return "", err
		}
		if given {
			_, err := tx.exec(ctx, "UPDATE infraops_prefix SET lowest_free = ? WHERE record_id = ?", following(from), p.id)
			return readable(from), err
		}
		from = following(from) // a transaction on an overlapping prefix was faster
	}
	return "", record.Errorf(record.ErrExhausted, "prefix %s has no free address", p.prefix.CIDR).On("prefix_id").
		Advise("Release addresses that are no longer needed, or use another prefix")
}

// give inserts the allocation; false where the address is in use.
func (p pool) give(ctx context.Context, tx *transaction, address string, id int64) (bool, error) {
	n, err := tx.exec(ctx, "INSERT INTO infraops_allocation (address, record_id, prefix_id) VALUES (?, ?, ?) ON CONFLICT (address) DO NOTHING", address, id, p.id)
	return n == 1, err
}

// take gives out a particular address.
func (p pool) take(ctx context.Context, tx *transaction, address string, id int64) error {
	var other string
	reserved, err := tx.one(ctx, []any{&other}, "SELECT cidr FROM infraops_prefix WHERE gateway = ?", sortable(address))
	if err != nil {
		return err
	}
	if reserved {
		return record.Errorf(record.ErrConflict, "%s is the gateway of prefix %s", address, other).On("address").
			Advise("Choose another address, or leave it out to get the next free one")
	}
	if given, err := p.give(ctx, tx, sortable(address), id); err != nil || given {
		return err
	}
	h, held, err := holderOf(ctx, tx, sortable(address))
	if err != nil {
		return err
	}
	if !held {
		return errRaced // released since
	}
	conflict := record.Errorf(record.ErrConflict, "%s belongs to %q of stack %q, id %d", address, h.name, h.stack, h.id).On("address").
		Advise("Choose another address, or leave it out to get the next free one")
	conflict.ID = strconv.FormatInt(h.id, 10)
	return conflict
}

// holder is the record that has an address.
type holder struct {
	id          int64
	name, stack string
}

func holderOf(ctx context.Context, tx *transaction, address string) (h holder, held bool, err error) {
	held, err = tx.one(ctx, []any{&h.id, &h.name, &h.stack}, "SELECT r.id, r.name, r.stack FROM infraops_allocation a JOIN infraops_record r ON r.id = a.record_id WHERE a.address = ?", address)
	return h, held, err
}

// freed lowers the mark of every prefix that contains an address which is no longer in use.
func freed(ctx context.Context, tx *transaction, address string) error {
	if address == "" {
		return nil
	}
	_, err := tx.exec(ctx, "UPDATE infraops_prefix SET lowest_free = ? WHERE first_address <= ? AND last_address >= ? AND lowest_free > ?", address, address, address, address)
	return err
}

// sortable is the 16-byte form of an address in hexadecimal; empty for none. An IPv4 address has its IPv6-mapped form.
func sortable(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	b := a.As16()
	return hex.EncodeToString(b[:])
}

// beyond sorts after every address.
const beyond = "~"

// following is the next address in sortable form.
func following(address string) string {
	a, err := fromSortable(address)
	if err != nil || !a.Next().IsValid() {
		return beyond
	}
	b := a.Next().As16()
	return hex.EncodeToString(b[:])
}

func readable(address string) string {
	a, err := fromSortable(address)
	if err != nil {
		return ""
	}
	return a.Unmap().String()
}

// fromSortable keeps an IPv4 address in its mapped form, in which the last one has a successor.
func fromSortable(address string) (netip.Addr, error) {
	b, err := hex.DecodeString(address)
	if err != nil {
		return netip.Addr{}, err
	}
	a, ok := netip.AddrFromSlice(b)
	if !ok {
		return netip.Addr{}, errors.New("not a 16-byte address")
	}
	return a, nil
}

// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"context"
	"database/sql"
	"net/netip"
	"strconv"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// prefixRules: there is one routing domain, so a live prefix exists once over all stacks. Prefixes may overlap; an
// address is taken in all prefixes that contain it.
type prefixRules struct{ plain }

func (prefixRules) stored(r record.Record) record.Record {
	p := record.Clone(r.(*record.Prefix))
	p.Size, p.Used, p.Free = 0, 0, 0
	return p
}

// creating takes the lock before any row, as all writers of IPAM do.
func (prefixRules) creating(ctx context.Context, tx *transaction, _ record.Record) error {
	return tx.r.engine.lock(ctx, tx.session, lockIPAM, false)
}

func (prefixRules) created(ctx context.Context, tx *transaction, id int64, r record.Record) error {
	p := r.(*record.Prefix)
	first, last, err := usable(p)
	if err != nil {
		return err
	}
	if err := cidrFree(ctx, tx, p.CIDR, id); err != nil {
		return err
	}
	if err := gatewayFree(ctx, tx, p.Gateway); err != nil {
		return err
	}
	_, err = tx.exec(ctx, "INSERT INTO infraops_prefix (record_id, cidr, first_address, last_address, gateway, lowest_free) VALUES (?, ?, ?, ?, ?, ?)",
		id, p.CIDR, first, last, sortable(p.Gateway), first)
	return err
}

func (prefixRules) updating(ctx context.Context, tx *transaction, id int64, wasRecord, nowRecord record.Record) error {
	was, now := wasRecord.(*record.Prefix), nowRecord.(*record.Prefix)
	if was.CIDR == now.CIDR && was.Gateway == now.Gateway {
		return nil
	}
	if err := tx.r.engine.lock(ctx, tx.session, lockIPAM, false); err != nil {
		return err
	}
	if was.CIDR != now.CIDR {
		if err := resize(ctx, tx, id, was, now); err != nil {
			return err
		}
	}
	if was.Gateway == now.Gateway {
		return nil
	}
	if err := gatewayFree(ctx, tx, now.Gateway); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "UPDATE infraops_prefix SET gateway = ? WHERE record_id = ?", sortable(now.Gateway), id); err != nil {
		return err
	}
	return freed(ctx, tx, sortable(was.Gateway))
}

// resize gives a prefix another CIDR, which it can have only while nothing has been given out from it.
func resize(ctx context.Context, tx *transaction, id int64, was, now *record.Prefix) error {
	if err := unused(ctx, tx, id, was, "cannot become "+now.CIDR); err != nil {
		return err
	}
	if err := cidrFree(ctx, tx, now.CIDR, id); err != nil {
		return err
	}
	first, last, err := usable(now)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "UPDATE infraops_prefix SET cidr = ?, first_address = ?, last_address = ?, lowest_free = ? WHERE record_id = ?", now.CIDR, first, last, first, id)
	return err
}

func (prefixRules) ending(ctx context.Context, tx *transaction, id int64, r record.Record) (string, error) {
	p := r.(*record.Prefix)
	if err := tx.r.engine.lock(ctx, tx.session, lockIPAM, false); err != nil {
		return "", err
	}
	if err := unused(ctx, tx, id, p, "cannot be removed"); err != nil {
		return "", err
	}
	if _, err := tx.exec(ctx, "DELETE FROM infraops_prefix WHERE record_id = ?", id); err != nil {
		return "", err
	}
	return actionRetire, freed(ctx, tx, sortable(p.Gateway))
}

// unused refuses while addresses of the prefix are given out.
func unused(ctx context.Context, tx *transaction, id int64, p *record.Prefix, consequence string) error {
	var names []string
	err := tx.each(ctx, func(rows *sql.Rows) error {
		var name, stack string
		err := rows.Scan(&name, &stack)
		names = append(names, userName(name, stack, p))
		return err
	}, "SELECT r.name, r.stack FROM infraops_allocation a JOIN infraops_record r ON r.id = a.record_id WHERE a.prefix_id = ? ORDER BY r.id", id)
	if err != nil || len(names) == 0 {
		return err
	}
	return record.Errorf(record.ErrConflict, "prefix %s %s: it is in use by %s", p.CIDR, consequence, users(record.KindIPAddress, names)).
		Advise("Release its addresses first: remove the infraops_ipam_address resources whose prefix_id is %d", id)
}

// cidrFree refuses a prefix that another record has. Two stacks that share a prefix share one record.
func cidrFree(ctx context.Context, tx *transaction, cidr string, except int64) error {
	var holder int64
	var stack string
	held, err := tx.one(ctx, []any{&holder, &stack}, "SELECT r.id, r.stack FROM infraops_prefix p JOIN infraops_record r ON r.id = p.record_id WHERE p.cidr = ? AND r.id <> ?", cidr, except)
	if err != nil || !held {
		return err
	}
	conflict := record.Errorf(record.ErrConflict, "prefix %s already exists: stack %q has it under id %d", cidr, stack, holder).On("cidr").
		Advise("Read it with the data source infraops_ipam_prefix instead of managing it twice")
	conflict.ID = strconv.FormatInt(holder, 10)
	return conflict
}

// gatewayFree refuses a gateway that a record has been given as its address.
func gatewayFree(ctx context.Context, tx *transaction, gateway string) error {
	if gateway == "" {
		return nil
	}
	h, held, err := holderOf(ctx, tx, sortable(gateway))
	if err != nil || !held {
		return err
	}
	conflict := record.Errorf(record.ErrConflict, "%s cannot be a gateway: it is the address of %q of stack %q, id %d", gateway, h.name, h.stack, h.id).On("gateway").
		Advise("Choose another gateway, or release the address first")
	conflict.ID = strconv.FormatInt(h.id, 10)
	return conflict
}

// complete counts what is in use: addresses that were given out from any prefix, and the gateways of other prefixes.
func (prefixRules) complete(ctx context.Context, s session, records []record.Record) error {
	if len(records) == 0 {
		return nil
	}
	query := `SELECT p.record_id,
		(SELECT COUNT(*) FROM infraops_allocation a WHERE a.address BETWEEN p.first_address AND p.last_address) +
		(SELECT COUNT(DISTINCT g.gateway) FROM infraops_prefix g WHERE g.gateway BETWEEN p.first_address AND p.last_address AND g.gateway <> p.gateway)
		FROM infraops_prefix p`
	var args []any
	if len(records) <= idsPerStatement {
		query += " WHERE p.record_id IN (" + placeholders(len(records)) + ")"
		for _, r := range records {
			id, _ := numeric(r.Metadata().ID)
			args = append(args, id)
		}
	}
	used := make(map[string]int64, len(records))
	err := s.each(ctx, func(rows *sql.Rows) error {
		var id, n int64
		err := rows.Scan(&id, &n)
		used[strconv.FormatInt(id, 10)] = n
		return err
	}, query, args...)
	for _, r := range records {
		r.(*record.Prefix).Count(used[r.Metadata().ID])
	}
	return err
}

// usable is the range of addresses that can be given out, in sortable form.
func usable(p *record.Prefix) (first, last string, err error) {
	prefix, err := netip.ParsePrefix(p.CIDR)
	if err != nil {
		return "", "", record.Errorf(record.ErrInvalid, "must be a prefix such as 10.0.0.0/24 or 2001:db8::/64, is %q", p.CIDR).On("cidr")
	}
	from, to := record.UsableRange(prefix)
	return sortable(from.String()), sortable(to.String()), nil
}

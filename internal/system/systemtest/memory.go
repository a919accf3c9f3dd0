// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// MemorySystem is what [Memory] declares about itself: every kind, without limits.
func MemorySystem() record.System {
	s := record.System{
		Name: "memory", Title: "Memory", Description: "Keeps records in memory, for tests.",
		Kinds: map[record.Kind]record.Support{},
		Open:  func(record.Settings) (record.Connection, error) { return NewMemory(), nil },
	}
	for _, kind := range record.Kinds() {
		s.Kinds[kind] = record.Support{}
	}
	return s
}

// Memory is a connection to the reference system: the shortest implementation of the [record.Store] guarantees that
// is correct. One lock around everything makes it so.
type Memory struct {
	*memoryData
	closed atomic.Bool
}

type memoryData struct {
	mu        sync.Mutex
	last      int
	delivered int
	records   map[string]record.Record
	holders   map[string]string // correlation key -> the id of the record that held it last
	decisions map[string][]record.Decision
	secrets   map[string]map[string]record.Secret // by the delivery's id
}

// NewMemory makes an empty system and a connection to it.
func NewMemory() *Memory {
	return &Memory{memoryData: &memoryData{
		records: map[string]record.Record{}, holders: map[string]string{}, decisions: map[string][]record.Decision{}, secrets: map[string]map[string]record.Secret{},
	}}
}

// Again makes a second connection to the same system, as another process would.
func (m *Memory) Again() *Memory { return &Memory{memoryData: m.memoryData} }

// Ready implements [record.Connection].
func (m *Memory) Ready(ctx context.Context) error { return m.do(ctx, func() error { return nil }) }

// Close implements [record.Connection].
func (m *Memory) Close() error {
	m.closed.Store(true)
	return nil
}

// Stores implements [record.Connection].
func (m *Memory) Stores() record.Stores {
	stores := record.Stores{}
	for _, kind := range record.Kinds() {
		stores[kind] = memoryStore{m, kind}
	}
	stores[record.KindIPAddress] = memoryAddresses{memoryStore{m, record.KindIPAddress}}
	stores[record.KindChangeRequest] = memoryChanges{memoryStore{m, record.KindChangeRequest}}
	stores[record.KindSecretDelivery] = memoryDeliveries{memoryStore{m, record.KindSecretDelivery}}
	return stores
}

// do runs one operation alone.
func (m *Memory) do(ctx context.Context, operation func() error) error {
	if err := ctx.Err(); err != nil {
		return record.Errorf(record.ErrUnavailable, "nothing was sent").Because(err)
	}
	if m.closed.Load() {
		return record.Errorf(record.ErrUnavailable, "the connection is closed")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return operation()
}

// memoryStore keeps the records of one kind.
type memoryStore struct {
	m    *Memory
	kind record.Kind
}

// Get implements [record.Store].
func (s memoryStore) Get(ctx context.Context, ids []string) (map[string]record.Record, error) {
	found := make(map[string]record.Record, len(ids))
	err := s.m.do(ctx, func() error {
		for _, id := range ids {
			if _, ok := s.find(id); ok {
				found[id] = s.m.read(id)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Find implements [record.Store].
func (s memoryStore) Find(ctx context.Context, q record.Query) (found []record.Record, err error) {
	err = s.m.do(ctx, func() error {
		for _, id := range slices.Sorted(maps.Keys(s.m.records)) {
			if _, ok := s.find(id); !ok {
				continue
			}
			if r := s.m.read(id); q.Matches(r) {
				found = append(found, r)
			}
		}
		return nil
	})
	return found, err
}

// Create implements [record.Store].
func (s memoryStore) Create(ctx context.Context, r record.Record) (kept record.Record, err error) {
	err = s.m.do(ctx, func() error {
		if err := record.Check(r); err != nil {
			return err
		}
		kept, err = s.m.create(r)
		return err
	})
	return kept, err
}

// Update implements [record.Store].
func (s memoryStore) Update(ctx context.Context, r record.Record, fields []string) (kept record.Record, err error) {
	err = s.m.do(ctx, func() error {
		was, ok := s.find(r.Metadata().ID)
		if !ok || was.Metadata().Retired {
			return record.Errorf(record.ErrNotFound, "there is no %s %q", s.kind, r.Metadata().ID)
		}
		now := record.Clone(was)
		record.Apply(now, record.Clone(r), fields)
		if err := record.Check(now); err != nil {
			return err
		}
		now.Canonicalise()
		if err := s.m.admitUpdate(was, now); err != nil {
			return err
		}
		if err := s.m.deliver(was, now); err != nil {
			return err
		}
		record.Withhold(now)
		kept = s.m.keep(now)
		return nil
	})
	return kept, err
}

// Retire implements [record.Store].
func (s memoryStore) Retire(ctx context.Context, id string, d record.Disposal) error {
	return s.m.do(ctx, func() error {
		r, ok := s.find(id)
		if !ok {
			return nil
		}
		if used := s.m.addressesIn(id); len(used) > 0 {
			return record.Errorf(record.ErrConflict, "%d addresses of the prefix are in use", len(used))
		}
		if err := s.m.notInUse(r); err != nil {
			return err
		}
		if d == record.Erase {
			delete(s.m.records, id)
			return nil
		}
		if !record.Gone(r) {
			end := record.Clone(r)
			record.Retire(end)
			s.m.keep(end)
		}
		return nil
	})
}

func (s memoryStore) find(id string) (record.Record, bool) {
	r, ok := s.m.records[id]
	return r, ok && r.Kind() == s.kind
}

// create admits a canonical copy of r. Whether the record's own key is free comes before all else, since a repeated
// create must be told of its first attempt and not of that attempt's address.
func (d *memoryData) create(r record.Record) (record.Record, error) {
	kept := record.Clone(r)
	kept.Canonicalise()
	kept.Metadata().ID, kept.Metadata().Retired = "", false
	if err := d.keyFree(kept); err != nil {
		return nil, err
	}
	if err := d.usedLive(kept); err != nil {
		return nil, err
	}
	if err := d.admit(kept); err != nil {
		return nil, err
	}
	d.last++
	kept.Metadata().ID = fmt.Sprintf("m%08d", d.last)
	switch r := kept.(type) {
	case *record.ChangeRequest:
		d.open(r)
	case *record.ImageVersion:
		r.CreatedAt = time.Now()
		r.Canonicalise()
	case *record.Message:
		r.MessageID, r.SentAt, r.Delivery = r.ID, time.Now(), record.DeliverySent
		r.Canonicalise()
	}
	namePrincipal(kept)
	if err := d.deliver(nil, kept); err != nil {
		return nil, err
	}
	record.Withhold(kept)
	return d.keep(kept), nil
}

func (d *memoryData) keyFree(r record.Record) error {
	key := correlationKey(r)
	id := d.holders[key]
	holder, ok := d.records[id]
	if ok && id != r.Metadata().ID && holder.Metadata().CorrelationID == key && record.HoldsKey(holder) {
		return &record.Error{Reason: record.ErrConflict, ID: id, Answer: "the correlation key is taken"}
	}
	return nil
}

func correlationKey(r record.Record) string {
	return record.CorrelationKey(r.Metadata().Stack, r.Kind(), r.NaturalName())
}

// admit holds a new record to what only the whole of the data can tell.
func (d *memoryData) admit(r record.Record) error {
	switch r := r.(type) {
	case *record.Relationship:
		for field, id := range map[string]string{"parent_id": r.ParentID, "child_id": r.ChildID} {
			if item, ok := d.records[id].(*record.ConfigurationItem); !ok || item.Gone() {
				return record.Errorf(record.ErrNotFound, "there is no configuration item %q", id).On(field)
			}
		}
	case *record.Prefix:
		for id, other := range d.records {
			if p, ok := other.(*record.Prefix); ok && !p.Retired && p.CIDR == r.CIDR {
				return &record.Error{Reason: record.ErrConflict, ID: id, Field: "cidr", Answer: r.CIDR + " exists"}
			}
		}
	case *record.IPAddress:
		return d.admitAddress(r)
	case *record.ImageVersion:
		return d.publishable(r)
	case *record.ImageChannel:
		return cmp.Or(d.publishable(r), r.Admit(d.imagesOf(r.Family, r.Version)))
	case *record.MonitoringDowntime:
		return d.targetLive(r.TargetID)
	}
	return nil
}

// fixedFields are those that an update cannot write: what makes the record another one, and what only the steps of a change can say.
var fixedFields = map[record.Kind][]string{
	record.KindConfigurationItem: {"class"},
	record.KindRelationship:      {"parent_id", "child_id", "type"},
	record.KindPrefix:            {"cidr"},
	record.KindIPAddress:         {"prefix_id", "address"},
	record.KindImageVersion:      {"family", "version", "platform", "region", "external_id", "created_at"},
	record.KindImageChannel:      {"family", "name"},
	record.KindMonitoringTarget:  {"name"},
	record.KindFunctionalAccount: {"name", "container", "principal", "sid"},
	record.KindIdentity:          {"name", "kind", "container", "principal"},
	record.KindMembership:        {"group", "member"},
	record.KindSecretDelivery:    {"path", "delivery_id", "delivered_at", "expires_at", "retrieval_url", "retrieved_at", "retrieved_by"},
	record.KindMessage:           {"name", "channel", "recipients", "subject", "body", "facts", "links", "severity", "triggers", "message_id", "sent_at", "delivery"},
	record.KindPatchPolicy:       {"name"},
	record.KindPatchEnrollment:   {"target"},
	record.KindBackupPolicy:      {"name"},
	record.KindBackupEnrollment:  {"name"},
	record.KindChangeRequest:     {"number", "state", "approval", "outcome", "close_notes", "evidence", "closed_at"},
}

func (d *memoryData) admitUpdate(was, now record.Record) error {
	for _, path := range record.Changes(was, now) {
		name, _, _ := strings.Cut(path, ".")
		if slices.Contains(fixedFields[now.Kind()], name) {
			return record.Errorf(record.ErrInvalid, "cannot be changed").On(name)
		}
	}
	var err error
	switch r := now.(type) {
	case *record.ChangeRequest:
		err = d.edit(was.(*record.ChangeRequest), r)
	case *record.ImageChannel:
		err = r.Admit(d.imagesOf(r.Family, r.Version))
	case *record.MonitoringDowntime:
		err = was.(*record.MonitoringDowntime).CheckEdit(r, time.Now())
	}
	return cmp.Or(err, d.usedLive(now), d.keyFree(now))
}

// keep stores r, without what no system gives back, and reads it back.
func (d *memoryData) keep(r record.Record) record.Record {
	for _, f := range record.Fields(r) {
		if f.Input {
			f.In(r).SetZero()
		}
	}
	m := r.Metadata()
	m.System, m.CorrelationID = "memory", correlationKey(r)
	d.records[m.ID] = r
	if record.HoldsKey(r) {
		d.holders[m.CorrelationID] = m.ID
	}
	return d.read(m.ID)
}

// read returns a copy, with what follows from other records.
func (d *memoryData) read(id string) record.Record {
	r := record.Clone(d.records[id])
	switch r := r.(type) {
	case *record.Prefix:
		r.Count(int64(len(d.addressesIn(id))))
	case *record.IPAddress:
		if prefix, ok := d.records[r.PrefixID].(*record.Prefix); ok {
			r.Within(prefix)
		}
	case *record.BackupPolicy:
		r.HeldAsWritten()
	case *record.ImageVersion:
		r.Judge(time.Now())
	case *record.MonitoringTarget:
		r.Health = record.HealthUnknown
	case *record.SoftwarePackage:
		r.InstalledVersion = r.Declared()
	}
	return r
}

// addressesIn maps the addresses of a prefix that are in use to the ids of their records.
func (d *memoryData) addressesIn(prefixID string) map[string]string {
	used := map[string]string{}
	for id, r := range d.records {
		if a, ok := r.(*record.IPAddress); ok && !a.Retired && a.PrefixID == prefixID {
			used[a.Address] = id
		}
	}
	return used
}

func (d *memoryData) prefixOf(a *record.IPAddress) (*record.Prefix, error) {
	prefix, ok := d.records[a.PrefixID].(*record.Prefix)
	if !ok || prefix.Retired {
		return nil, record.Errorf(record.ErrNotFound, "there is no prefix %q", a.PrefixID).On("prefix_id")
	}
	return prefix, nil
}

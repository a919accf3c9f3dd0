// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package registry is the system that is built in: it keeps every kind as documents in an SQLite file, or in
// PostgreSQL where several people share it. Rehearsals, laptops and small teams need nothing else.
//
// What must never happen is impossible in the database, not merely avoided by the code: a key that is held
// twice (a unique index), an address that is given out twice (a primary key), a line of history that is
// changed (triggers).
package registry

import (
	"context"
	"database/sql"
	"os"
	"os/user"
	"strings"
	"sync/atomic"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// name is the system's name, in the provider block and on every record.
const name = "registry"

// defaultDatabase is the file that is used where none is named.
const defaultDatabase = "infraops.db"

// System is what the registry declares about itself.
func System() record.System {
	kinds := map[record.Kind]record.Support{}
	for _, kind := range record.Kinds() {
		kinds[kind] = support(kind)
	}
	return record.System{
		Name: name, Title: "built-in registry",
		Description: "Keeps every kind of record itself, in an SQLite file or, shared by a team, in PostgreSQL. It needs no other system, so it also serves rehearsals.",
		Options: []record.Option{
			{
				Name: "database", Default: defaultDatabase,
				Description: "Path of the SQLite file, created by the first write, or a `postgres://` URL. Keep a password out of it: PostgreSQL's own `PGPASSWORD` and `~/.pgpass` are read.",
			},
			{
				Name:        "actor",
				Description: "Who is recorded in the history, and as the requester of change requests that name none. Default: the operating system user.",
			},
			{
				Name:        "identity_file",
				Description: "Path of a file with the private keys, of `age-keygen` or SSH, that open what was delivered to their owner, for the ephemeral resource `infraops_secret`.",
			},
		},
		Kinds: kinds,
		Open:  Open,
	}
}

func support(kind record.Kind) record.Support {
	switch kind {
	case record.KindConfigurationItem:
		return record.Support{Values: map[string][]string{"class": record.Classes()}}
	case record.KindRelationship:
		return record.Support{Values: map[string][]string{"type": record.RelationshipTypes()}}
	case record.KindSecretDelivery:
		return record.Support{Refuses: refusedRecipient}
	}
	return record.Support{}
}

// Registry is a connection to the built-in registry. Nothing is opened or created before it is used.
type Registry struct {
	engine engine
	// database is the setting as it was given.
	database string
	actor    string
	// identityFile holds the private keys that open secrets; it may be empty.
	identityFile string
	stores       record.Stores
	now          func() time.Time
	// patience is how long a locked database is waited for.
	patience time.Duration

	statements atomic.Int64
	// opening is held by whoever opens or migrates the database; a channel, so that waiting for it can be given up.
	opening chan struct{}
	// writing is held by the transaction that writes. On SQLite there can be only one, and waiting for it here is
	// fair and costs nothing, unlike polling for the file's lock.
	writing chan struct{}
	db      atomic.Pointer[sql.DB]
	// current says that the database has this program's schema.
	current atomic.Bool
	// closed is set under opening.
	closed bool
}

// Open makes a connection, as [record.System] wants it.
func Open(s record.Settings) (record.Connection, error) {
	r, err := OpenRegistry(s)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// OpenRegistry makes a connection that also has what only the registry can do. Nothing is reached before the first use.
func OpenRegistry(s record.Settings) (*Registry, error) {
	r := &Registry{
		database: strings.TrimSpace(s["database"]), actor: strings.TrimSpace(s["actor"]), identityFile: strings.TrimSpace(s["identity_file"]),
		now: time.Now, patience: 30 * time.Second, opening: make(chan struct{}, 1),
	}
	if r.database == "" {
		r.database = defaultDatabase
	}
	if r.actor == "" {
		r.actor = operatingSystemUser()
	}
	var err error
	if isURL(r.database) {
		r.engine, err = newPostgres(r.database)
	} else {
		r.engine, err = newSQLite(r.database)
		r.writing = make(chan struct{}, 1)
	}
	if err != nil {
		return nil, err
	}
	r.stores = r.makeStores()
	return r, nil
}

func operatingSystemUser() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	for _, variable := range []string{"USER", "LOGNAME", "USERNAME"} {
		if u := os.Getenv(variable); u != "" {
			return u
		}
	}
	return "unknown"
}

func (r *Registry) makeStores() record.Stores {
	stores := record.Stores{}
	for _, kind := range record.Kinds() {
		stores[kind] = newStore(r, kind, plain{})
	}
	for kind, rules := range map[record.Kind]rules{
		record.KindImageVersion: imageVersionRules{}, record.KindImageChannel: imageChannelRules{},
		record.KindMonitoringDowntime: monitoringDowntimeRules{},
	} {
		stores[kind] = newStore(r, kind, rules)
	}
	stores[record.KindRelationship] = newStore(r, record.KindRelationship, relationshipRules{})
	stores[record.KindPrefix] = newStore(r, record.KindPrefix, prefixRules{})
	stores[record.KindMonitoringTarget] = &targetStore{newStore(r, record.KindMonitoringTarget, monitoringTargetRules{})}
	stores[record.KindIPAddress] = &addressStore{newStore(r, record.KindIPAddress, addressRules{})}
	stores[record.KindBackupPolicy] = newStore(r, record.KindBackupPolicy, backupPolicyRules{})
	stores[record.KindChangeRequest] = &changeStore{newStore(r, record.KindChangeRequest, changeRules{})}
	stores[record.KindFunctionalAccount] = newStore(r, record.KindFunctionalAccount, accountRules{})
	stores[record.KindIdentity] = newStore(r, record.KindIdentity, accountRules{})
	stores[record.KindSecretDelivery] = &deliveryStore{newStore(r, record.KindSecretDelivery, deliveryRules{})}
	stores[record.KindMessage] = newStore(r, record.KindMessage, messageRules{})
	stores[record.KindSoftwarePackage] = newStore(r, record.KindSoftwarePackage, packageRules{})
	return stores
}

// Stores implements [record.Connection].
func (r *Registry) Stores() record.Stores { return r.stores }

// Statements says how many SQL statements this connection has run.
func (r *Registry) Statements() int64 { return r.statements.Load() }

// Close lets go of the database.
func (r *Registry) Close() error {
	r.opening <- struct{}{}
	defer func() { <-r.opening }()
	r.current.Store(false)
	r.closed = true
	if db := r.db.Swap(nil); db != nil {
		return r.failure(context.Background(), db.Close())
	}
	return nil
}

// Records lists the records of a kind, or of all kinds where kind is empty.
func (r *Registry) Records(ctx context.Context, kind record.Kind, q record.Query) ([]record.Record, error) {
	kinds := record.Kinds()
	if kind != "" {
		if _, served := r.stores[kind]; !served {
			return nil, record.Errorf(record.ErrUnsupported, "the registry does not keep records of kind %q", kind).
				Advise("Choose one of %v", kinds)
		}
		kinds = []record.Kind{kind}
	}
	var all []record.Record
	for _, k := range kinds {
		found, err := r.stores[k].Find(ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

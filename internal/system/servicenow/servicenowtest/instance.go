// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package servicenowtest is a ServiceNow instance in memory: the documented behaviour and misbehaviour of the interfaces that the
// provider uses. It serves tests, and people who rehearse without an instance.
//
// It is written from the vendor's documentation, not from what the provider expects. Comments name the source of each behaviour: "SND:"
// is a page of https://github.com/ServiceNow/ServiceNowDocs below markdown/, release australia of 2026-03. What only practitioners
// report says so. Nothing here was compared with a live instance.
//
// The instance knows no field of the provider: tables and columns are data. Columns that an administrator would add, such as u_stack, are
// added with [Instance.AddColumn]. What a column is not known to be is ignored in a write, as the instance does.
package servicenowtest

import (
	"net/http"
	"sync"
	"time"
)

// Instance is a ServiceNow instance. It is an [http.Handler], safe for concurrent use: one request is served after the other.
type Instance struct {
	mu        sync.Mutex
	now       func() time.Time
	store     *store
	behaviour Behaviour
	fault     func(*http.Request) Fault
	accounts  map[string]*account // by user name
	clients   map[string]*client  // by client ID
	tokens    map[string]*token
	apiKeys   map[string]string // user name by key
	workers   map[string]*worker
	conflicts map[string]*conflictRun // by change
	rounds    map[string]int          // the first approval of the current round of approvals, by change
	contents  map[string][]byte       // of attachments
	limits    map[string]*window      // requests of the current hour, by user
	journal   journal
	routes    []route
	cab       string // the sys_id of the group that authorises changes
	numbers   map[string]int
}

// An Option sets up a new [Instance].
type Option func(*Instance)

// WithClock makes the instance tell the time by now, for tests of what expires. The function must not use the instance.
func WithClock(now func() time.Time) Option { return func(i *Instance) { i.now = now } }

// WithBehaviour starts the instance with b instead of [Defaults].
func WithBehaviour(b Behaviour) Option { return func(i *Instance) { i.behaviour = b } }

// New returns an instance as it comes out of the box: the tables and columns of the CMDB and of change management, the user admin with
// the password admin and the role of the same name, and no records.
func New(options ...Option) *Instance {
	i := &Instance{
		now:       time.Now,
		behaviour: Defaults(),
		accounts:  make(map[string]*account),
		clients:   make(map[string]*client),
		tokens:    make(map[string]*token),
		apiKeys:   make(map[string]string),
		workers:   make(map[string]*worker),
		conflicts: make(map[string]*conflictRun),
		rounds:    make(map[string]int),
		contents:  make(map[string][]byte),
		limits:    make(map[string]*window),
		numbers:   make(map[string]int),
	}
	i.routes = interfaces()
	i.journal.counts = make(map[string]int)
	for _, option := range options {
		option(i)
	}
	i.store = newStore(func() string { return i.now().UTC().Format(timeLayout) })
	for _, t := range outOfTheBox {
		i.addTable(t)
	}
	i.store.rules = i.rules()
	i.AddUser(User{Name: "admin", Password: "admin", Title: "System Administrator", Roles: []string{"admin"}})
	i.addSeeds()
	return i
}

// timeLayout is how an instance writes a time, always in UTC. SND: api-reference/rest-apis/c_TableAPI.md.
const timeLayout = "2006-01-02 15:04:05"

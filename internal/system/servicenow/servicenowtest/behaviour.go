// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import (
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// Behaviour is what differs from instance to instance, and what goes wrong. [Instance.Change] changes it at run time. Rules of access
// do not apply to administrators.
type Behaviour struct {
	// DropColumns are columns by table, or by one that it extends, that a write leaves as they are although it answers with success.
	// https://www.buildforce.io/fix/servicenow-acl-blocking-update.
	DropColumns map[string][]string
	// HideColumns are columns by table that answers leave out. SND: api-reference/rest-api-explorer/c_RESTAPI.md.
	HideColumns map[string][]string
	// HideRows are encoded queries by table of the records that are hidden, after a page was cut: pages get short.
	// SND: api-reference/rest-apis/c_TableAPI.md, sysparm_limit.
	HideRows map[string]string
	// DenyTables, and those that extend them, cannot be read or written at all: 403, or 404 for one record.
	DenyTables []string
	// BusinessRules abort writes: 403. SND: api-reference/rest-api-explorer/r_RESTAPIHTTPResponseCodes.md.
	BusinessRules []BusinessRule

	// RefuseInvalidQueries answers an invalid query with no rows, as the property glide.invalid_query.returns_no_rows does.
	RefuseInvalidQueries bool
	// FoldCase compares values regardless of case, as databases of instances do. The documentation says that values are case-sensitive.
	FoldCase bool
	// MaxURL is the length of a URL that is answered with 414. 0 is no limit.
	// https://github.com/ansible-collections/servicenow.itsm, CHANGELOG.rst 2.14.0.
	MaxURL int

	// RateLimit is how many requests a user has in each RateWindow. 0 is no limit.
	// SND: api-reference/rest-api-explorer/inbound-REST-API-rate-limiting.md.
	RateLimit  int
	RateWindow time.Duration
	// Maintenance answers all requests with this status and a page for people. An instance that is asleep does so with 200.
	Maintenance int
	// Latency is how long an answer takes.
	Latency time.Duration

	// TokenLife is how long an access token is good, TokenRequests for how many requests. 0 is no limit.
	// SND: platform-security/authentication, OAuth: 1,800 seconds by default.
	TokenLife     time.Duration
	TokenRequests int
	// RequireCertificate answers 401 to clients without a certificate.
	RequireCertificate bool

	// AnyApprover lets one approval suffice; the others are no longer required then. Otherwise all have to approve.
	// SND: build-workflows/approvals/c_ApprovalStatus.md.
	AnyApprover bool
	// Lands maps states as a request asks for them, -4 or assess, to states where the change lands instead.
	// A practitioner's report: the text assess lands on -3, without approvals.
	Lands map[string]string
	// NoApprovals lets changes move on without that anybody approves.
	NoApprovals bool

	// WorkerPolls is how often a worker is asked before it is done. SND: api-reference/rest-apis/change-management-api.md, worker.
	WorkerPolls int
	// FailWorkers ends workers with an error.
	FailWorkers bool
	// ResultArrays makes the answers about one change a list with one element, as some samples of the documentation show.
	// SND: api-reference/rest-apis/change-management-api.md: compare POST /change with POST /change/normal.
	ResultArrays bool

	// RequireHosts makes identification refuse applications and databases without a relation to what they run on.
	// SND: servicenow-platform, dependent configuration items.
	RequireHosts bool
	// BatchLimit is how many requests a batch serves; others are unserviced. 0 is no limit. SND: api-reference/rest-apis/batch-api.md.
	BatchLimit int
}

// BusinessRule aborts the writes after which a record of Table would match the encoded query When.
type BusinessRule struct {
	Name, Table, When string
}

// Defaults is how an instance behaves out of the box.
func Defaults() Behaviour {
	return Behaviour{MaxURL: 2048, RateWindow: time.Hour, TokenLife: 30 * time.Minute, WorkerPolls: 1}
}

// Change changes how the instance behaves from now on.
func (i *Instance) Change(change func(*Behaviour)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	change(&i.behaviour)
}

// Fault is what happens to one request.
type Fault int

const (
	// None lets the request be.
	None Fault = iota
	// CutBefore closes the connection before the request is looked at.
	CutBefore
	// CutAfter does what the request asks, and closes the connection instead of answering.
	CutAfter
	// HangAfter does what the request asks, and never answers: the client has to give up.
	HangAfter
	// Unavailable answers 503 and does nothing.
	Unavailable
	// BadGateway does what the request asks, and answers 502 in place of the instance.
	BadGateway
)

// Interrupt asks fault about each request from now on, one after the other. Nil ends that. The function must not use the instance.
func (i *Instance) Interrupt(fault func(*http.Request) Fault) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.fault = fault
}

// Nth is for [Instance.Interrupt]: it makes fault happen to the nth request, counted from 1, of a method whose path begins with prefix.
func Nth(n int64, method, prefix string, fault Fault) func(*http.Request) Fault {
	var seen atomic.Int64
	return func(r *http.Request) Fault {
		if r.Method == method && strings.HasPrefix(r.URL.Path, prefix) && seen.Add(1) == n {
			return fault
		}
		return None
	}
}

// Each is for [Instance.Interrupt]: it makes fault happen to the first attempt of every request of a method whose path begins with
// prefix, and lets the same request pass when it comes again.
func Each(method, prefix string, fault Fault) func(*http.Request) Fault {
	seen := make(map[string]bool) // the instance asks about one request after the other
	return func(r *http.Request) Fault {
		key := r.URL.RequestURI() + bodyOf(r)
		if r.Method != method || !strings.HasPrefix(r.URL.Path, prefix) || seen[key] {
			return None
		}
		seen[key] = true
		return fault
	}
}

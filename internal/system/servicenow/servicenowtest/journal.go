// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import (
	"maps"
	"strings"
)

// Request is a request that the instance was asked, for the message of a test that fails.
type Request struct {
	Method, URL, User string
	// Body and Answer are the beginnings of the two, and empty where they would show secrets.
	Body string
	// Status is 0 if there was no answer.
	Status int
	Answer string
}

// kept is how many requests are remembered.
const kept = 200

// journal is what requests there were.
type journal struct {
	counts map[string]int
	last   []Request
}

func (j *journal) add(c *call, route string, a answer, fault Fault) {
	j.counts[strings.TrimSpace(c.r.Method+" "+route)]++
	r := Request{Method: c.r.Method, URL: c.r.URL.RequestURI(), User: c.name, Status: a.status}
	if c.r.URL.Path != "/oauth_token.do" {
		r.Body, r.Answer = beginning(c.body), beginning(a.body)
	}
	if fault == CutBefore || fault == CutAfter || fault == HangAfter {
		r.Status = 0
	}
	j.last = append(j.last, r)
	if len(j.last) > kept {
		j.last = j.last[len(j.last)-kept:]
	}
}

// beginning is enough of a body for the message of a test.
func beginning(body []byte) string { return string(body[:min(len(body), 4096)]) }

// Counts are how many requests there were by method and route, such as "GET /api/now/table/{table}". What was refused before it
// came to a route is under the method alone.
func (i *Instance) Counts() map[string]int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return maps.Clone(i.journal.counts)
}

// ResetCounts starts counting anew.
func (i *Instance) ResetCounts() {
	i.mu.Lock()
	defer i.mu.Unlock()
	clear(i.journal.counts)
}

// Requests are the last requests, at most 200.
func (i *Instance) Requests() []Request {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]Request(nil), i.journal.last...)
}

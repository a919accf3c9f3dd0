// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// client is an application that gets tokens: a row of oauth_entity.
type client struct {
	secret string
	user   string // who the tokens of the grant client_credentials stand for
	denied bool
}

type token struct {
	user     string
	client   string
	expires  time.Time
	requests int
	refresh  bool // a refresh token, good for nothing else
}

// AddClient adds an OAuth application, whose tokens of the grant client_credentials stand for a user.
func (i *Instance) AddClient(id, secret, user string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.clients[id] = &client{secret: secret, user: user}
}

// AddAPIKey adds a key, sent in the header x-sn-apikey, that stands for a user.
// https://github.com/ansible-collections/servicenow.itsm, plugins/module_utils/client.py.
func (i *Instance) AddAPIKey(key, user string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.apiKeys[key] = user
}

// ExpireTokens makes all access tokens useless. Clients can get new ones.
func (i *Instance) ExpireTokens() {
	i.mu.Lock()
	defer i.mu.Unlock()
	clear(i.tokens)
}

// RevokeClient makes all tokens of a client useless, and gives it no new ones.
func (i *Instance) RevokeClient(id string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if c := i.clients[id]; c != nil {
		c.denied = true
	}
	for name, t := range i.tokens {
		if t.client == id {
			delete(i.tokens, name)
		}
	}
}

// unauthenticated is the answer to everybody who is not known, whatever the reason.
func unauthenticated() (answer, bool) {
	a := failure(http.StatusUnauthorized, "User Not Authenticated", "Required to provide Auth information")
	a.header.Set("WWW-Authenticate", `BASIC realm="Service-now"`)
	return a, false
}

// authenticate finds out who the user is.
func (c *call) authenticate() (answer, bool) {
	if c.in.behaviour.RequireCertificate && (c.r.TLS == nil || len(c.r.TLS.PeerCertificates) == 0) {
		return unauthenticated()
	}
	if name, password, ok := c.r.BasicAuth(); ok {
		if a := c.in.accounts[name]; a == nil || a.password != password {
			return unauthenticated()
		}
		c.name = name
	} else if key := c.r.Header.Get("x-sn-apikey"); key != "" {
		c.name = c.in.apiKeys[key]
	} else if bearer, ok := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer "); ok {
		c.name = c.in.bearer(bearer)
	}
	c.account = c.in.accounts[c.name]
	if c.account == nil {
		return unauthenticated()
	}
	if c.user = c.in.store.byID[c.account.id]; c.user == nil || c.user.get("active") == "false" || c.user.get("locked_out") == "true" {
		return unauthenticated()
	}
	return answer{}, true
}

// bearer is whom a token stands for, or nobody.
func (i *Instance) bearer(text string) string {
	t := i.tokens[text]
	if t == nil || t.refresh {
		return ""
	}
	t.requests++
	if limit := i.behaviour.TokenRequests; (limit > 0 && t.requests > limit) || (!t.expires.IsZero() && i.now().After(t.expires)) {
		delete(i.tokens, text)
		return ""
	}
	return t.user
}

// window counts the requests of a user.
type window struct {
	ends  time.Time
	count int
}

// withinLimit counts the request. SND: api-reference/rest-api-explorer/inbound-REST-API-rate-limiting.md.
func (c *call) withinLimit() (answer, bool) {
	b := c.in.behaviour
	if b.RateLimit == 0 {
		return answer{}, true
	}
	w := c.in.limits[c.name]
	if w == nil || !c.in.now().Before(w.ends) {
		w = &window{ends: c.in.now().Add(b.RateWindow)}
		c.in.limits[c.name] = w
	}
	w.count++
	if w.count <= b.RateLimit {
		return answer{}, true
	}
	a := failure(http.StatusTooManyRequests, "Rate limit exceeded", "Rate limit of "+strconv.Itoa(b.RateLimit)+" requests per hour for Table API exceeded")
	c.limitHeaders(a)
	wait := w.ends.Sub(c.in.now())
	a.header.Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	return a, false
}

// rateRule is the sys_id of the rule that the headers name.
var rateRule = ruleID("Rate limit")

func (c *call) limitHeaders(a answer) {
	w := c.in.limits[c.name]
	if c.in.behaviour.RateLimit == 0 || w == nil || a.header == nil {
		return
	}
	a.header.Set("X-RateLimit-Limit", strconv.Itoa(c.in.behaviour.RateLimit))
	a.header.Set("X-RateLimit-Reset", strconv.FormatInt(w.ends.Unix(), 10))
	a.header.Set("X-RateLimit-Rule", rateRule)
}

// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// call is a request that is being served.
type call struct {
	in      *Instance
	r       *http.Request
	body    []byte
	version string // v1, v2, or empty for the latest
	name    string // of the user
	account *account
	user    *row
}

// versioned is a path with the version of its interface: /api/now/v2/table/incident.
var versioned = regexp.MustCompile(`^(/api/[a-z_]+)/(v\d+)(/.*)$`)

// largest is how long a body may be.
const largest = 64 << 20

// ServeHTTP implements [http.Handler].
func (i *Instance) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largest))
	if err != nil {
		failure(http.StatusRequestEntityTooLarge, "Request body too large", "").write(w)
		return
	}
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }

	i.mu.Lock()
	latency := i.behaviour.Latency
	i.mu.Unlock()
	if latency > 0 && !wait(r, latency) {
		return
	}

	a, fault := i.serve(r, body)
	switch fault {
	case CutBefore, CutAfter:
		// The one way to close a connection without an answer that works for all versions of HTTP.
		panic(http.ErrAbortHandler)
	case HangAfter:
		<-r.Context().Done()
	default:
		a.write(w)
	}
}

// wait returns false if the client went away.
func wait(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// bodyOf is the body of a request that the instance has read already.
func bodyOf(r *http.Request) string {
	if r.GetBody == nil {
		return ""
	}
	body, _ := r.GetBody() // cannot fail
	text, _ := io.ReadAll(body)
	return string(text)
}

// serve answers a request, and says what becomes of the answer.
func (i *Instance) serve(r *http.Request, body []byte) (a answer, fault Fault) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.fault != nil {
		fault = i.fault(r)
	}
	c := &call{in: i, r: r, body: body}
	route := ""
	defer func() { i.journal.add(c, route, a, fault) }()
	switch fault {
	case CutBefore:
		return answer{}, fault
	case Unavailable:
		return page(http.StatusServiceUnavailable), fault
	}
	a, route = c.answer()
	if fault == BadGateway {
		a = page(http.StatusBadGateway)
	}
	return a, fault
}

// page is what a proxy, or an instance that is under maintenance or asleep, shows to people.
func page(status int) answer {
	return answer{
		status: status, header: make(http.Header), contentType: "text/html;charset=UTF-8",
		body: []byte("<html><head><title>Instance under maintenance</title></head><body><h1>Your instance is not available</h1></body></html>\n"),
	}
}

// answer is what the instance says to a request of the network.
func (c *call) answer() (a answer, route string) {
	b := c.in.behaviour
	if b.Maintenance != 0 {
		return page(b.Maintenance), ""
	}
	if b.MaxURL > 0 && len(c.base()+c.r.URL.RequestURI()) > b.MaxURL {
		return page(http.StatusRequestURITooLong), ""
	}
	if c.r.URL.Path == "/oauth_token.do" {
		return c.issueToken(), "/oauth_token.do"
	}
	if no, ok := c.authenticate(); !ok {
		return no, ""
	}
	if no, ok := c.withinLimit(); !ok {
		return no, ""
	}
	a, route = c.dispatch()
	c.limitHeaders(a)
	return a, route
}

// dispatch finds who serves a request of a user who is known.
func (c *call) dispatch() (a answer, route string) {
	c.in.store.actor = c.name
	if match := versioned.FindStringSubmatch(c.r.URL.Path); match != nil {
		c.r = c.r.Clone(c.r.Context())
		c.r.URL.Path, c.version = match[1]+match[3], match[2]
	}
	found, known := c.in.find(c.r)
	switch {
	case found == nil && known:
		return failure(http.StatusMethodNotAllowed, "Method not supported", c.r.Method), ""
	case found == nil:
		return failure(http.StatusBadRequest, "Requested URI does not represent any resource", c.r.URL.Path), ""
	case !acceptsJSON(c.r.Header.Get("Accept")) && !strings.HasSuffix(found.path, "/file"):
		return failure(http.StatusNotAcceptable, "Not acceptable", ""), found.path
	}
	return found.serve(c), found.path
}

// acceptsJSON: SND: api-reference/rest-api-explorer/r_RESTAPIHTTPResponseCodes.md, 406.
func acceptsJSON(accept string) bool {
	return accept == "" || strings.Contains(accept, "json") || strings.Contains(accept, "*/*")
}

// base is where the instance is, as links say it.
func (c *call) base() string {
	if c.r.TLS != nil {
		return "https://" + c.r.Host
	}
	return "http://" + c.r.Host
}

// object is the body of the request, an object. An empty body is an empty object.
func (c *call) object() (map[string]any, bool) {
	object := make(map[string]any)
	if len(bytes.TrimSpace(c.body)) == 0 {
		return object, true
	}
	decoder := json.NewDecoder(bytes.NewReader(c.body))
	decoder.UseNumber()
	if err := decoder.Decode(&object); err != nil {
		return nil, false
	}
	return object, true
}

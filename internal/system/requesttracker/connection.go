// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/transport"
)

// connection is an RT in use.
type connection struct {
	*settings
	client *transport.Client
	stores record.Stores
	closed atomic.Bool
	// asked are the approvals that a change waited for when it was last read, by its id.
	asked sync.Map
}

// Open makes a connection, as [record.System] wants it. Nothing is reached.
func Open(s record.Settings) (record.Connection, error) {
	own, err := newSettings(s)
	if err != nil {
		return nil, err
	}
	config, err := transport.Configure(System(), s)
	if err != nil {
		return nil, err
	}
	if config.Auth, err = authenticator(s); err != nil {
		return nil, err
	}
	config.Explain = explain
	client, err := transport.New(config)
	if err != nil {
		return nil, err
	}
	c := &connection{settings: own, client: client, stores: record.Stores{}}
	items := newItemStore(c)
	record.Serve(c.stores, items)
	record.Serve(c.stores, &relationshipStore{items})
	record.Serve(c.stores, newChangeStore(c, items))
	return c, nil
}

// authenticator prefers the session of a password: RT checks a token with bcrypt at every request.
func authenticator(s record.Settings) (transport.Authenticator, error) {
	user, password, token := s["username"], s["password"], s["token"]
	switch {
	case token != "" && password == "":
		return transport.Header("Authorization", "token "+token), nil
	case user == "" || password == "":
		return nil, misconfigured("token", "there is neither a token nor a username with a password").
			Advise("Set one of them, best in the environment: INFRAOPS_REQUESTTRACKER_TOKEN, or INFRAOPS_REQUESTTRACKER_USERNAME and INFRAOPS_REQUESTTRACKER_PASSWORD")
	}
	return transport.Login(func(ctx context.Context, send transport.Send) (http.Header, error) {
		answer, err := send(ctx, transport.Request{
			Method: http.MethodPost, Path: "/NoAuth/Login.html", Reads: true,
			Body: []byte(url.Values{"user": {user}, "pass": {password}}.Encode()), ContentType: formType,
		})
		if err != nil {
			return nil, err
		}
		// RT gives everybody a session, and answers a wrong password with a page too.
		cookies := transport.Cookies(answer)
		if answer, err = send(ctx, transport.Request{Method: http.MethodGet, Path: base + "/rt", Header: cookies.Clone()}); err != nil {
			return nil, err
		}
		if answer.Status != http.StatusOK || !json.Valid(answer.Body) {
			return nil, record.Errorf(record.ErrUnauthorized, "it does not accept the name and password of %q", user).
				Advise("Check the options username and password")
		}
		return cookies, nil
	}), nil
}

// explain finds RT's words in a refusal.
func explain(_ int, body []byte) string {
	var said struct{ Message string }
	if json.Unmarshal(body, &said) != nil {
		return ""
	}
	return strings.TrimSpace(said.Message)
}

// Stores implements [record.Connection].
func (c *connection) Stores() record.Stores { return c.stores }

// Close implements [record.Connection].
func (c *connection) Close() error {
	c.closed.Store(true)
	c.client.Close()
	return nil
}

// excerpt is the beginning of an answer, for an error that quotes it.
func (c *connection) excerpt(body []byte) string {
	const most = 200
	text := []rune(c.client.Mask(strings.ToValidUTF8(string(body), " ")))
	if len(text) > most {
		text = append(text[:most], '…')
	}
	return strconv.Quote(string(text))
}

const (
	base     = "/REST/2.0"
	formType = "application/x-www-form-urlencoded"
)

func (c *connection) do(ctx context.Context, r transport.Request) (*transport.Response, error) {
	if c.closed.Load() {
		return nil, record.Errorf(record.ErrUnavailable, "the connection to %s has been closed", title)
	}
	if err := ctx.Err(); err != nil {
		return nil, record.Errorf(record.ErrUnavailable, "nothing was sent").Because(err)
	}
	r.Path = base + r.Path
	answer, err := c.client.Do(ctx, r)
	if err != nil {
		return nil, believed(r, err)
	}
	return answer, nil
}

// believed turns what only looks like RT's word that something does not exist into an error that takes no record for gone: what stands
// before RT answers 404 as well, and a search never means it.
func believed(r transport.Request, err error) error {
	var failed *transport.StatusError
	if !errors.As(err, &failed) || failed.Status != http.StatusNotFound && failed.Status != http.StatusGone {
		return err
	}
	repeatable := r.Method == http.MethodGet || r.Repeatable
	search := r.Method == http.MethodPost && r.Repeatable
	if !search && deniesExistence(failed.Body) {
		return err
	}
	reason := record.ErrAmbiguous
	if repeatable {
		reason = record.ErrUnavailable
	}
	answer := "it answered " + strconv.Itoa(failed.Status)
	var e *record.Error
	if errors.As(err, &e) {
		answer = e.Answer
	}
	return record.Errorf(reason, "%s, and not in the words in which %s says that something does not exist", answer, title).Because(failed).
		Advise("Check that the option url is that of %s itself, with the path under which it is served, and that no proxy or portal answers in its place", title)
}

// deniesExistence says that a body is one of the two with which REST 2.0 says that there is no such object.
func deniesExistence(body []byte) bool {
	var said map[string]any
	if json.Unmarshal(body, &said) != nil || len(said) != 1 {
		return false
	}
	message, _ := said["message"].(string)
	return message == "Not Found" || strings.HasPrefix(message, "Resource does not exist")
}

// one reads an object with its ETag; nil where there is none. A ticket that was merged into another answers as that one, and is
// none any more.
func (c *connection) one(ctx context.Context, kind, id string) (*row, error) {
	fields := url.Values{}
	switch kind {
	case asset:
		fields.Set("fields[Catalog]", "Name")
	case ticket:
		fields.Set("fields[Queue]", "Name")
	}
	answer, err := c.do(ctx, transport.Request{Method: http.MethodGet, Path: "/" + kind + "/" + url.PathEscape(id), Query: fields})
	if errors.Is(err, record.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var found row
	if err := answer.JSON(&found); err != nil {
		return nil, err
	}
	if found.ID == "" {
		return nil, record.Errorf(record.ErrUnavailable, "it answered something that is no %s", kind).Advise("Check that the option url is that of %s itself", title)
	}
	if (kind == asset || kind == ticket) && string(found.ID) != id {
		return nil, nil
	}
	found.etag = answer.Header.Get("ETag")
	return &found, nil
}

// post creates something. An answer that says so and cannot be read leaves the outcome open.
func (c *connection) post(ctx context.Context, path string, body any) (id string, err error) {
	answer, err := c.do(ctx, transport.Request{Method: http.MethodPost, Path: path, Body: body})
	if err != nil {
		return "", err
	}
	var made row
	if err := answer.JSON(&made); err != nil || answer.Status != http.StatusCreated || made.ID == "" {
		return "", ambiguous(err, "it does not say what it has made")
	}
	return string(made.ID), nil
}

// put changes an object that has still the ETag, and returns what RT says, refusals included. An ETag that is no longer the
// object's is [errStale].
func (c *connection) put(ctx context.Context, kind, id, etag string, body any) ([]string, error) {
	h := http.Header{}
	if etag != "" {
		h.Set("If-Match", etag)
	}
	answer, err := c.do(ctx, transport.Request{Method: http.MethodPut, Path: "/" + kind + "/" + id, Header: h, Body: body})
	var failed *transport.StatusError
	if errors.As(err, &failed) && failed.Status == http.StatusPreconditionFailed {
		return nil, errStale
	}
	if err != nil {
		return nil, err
	}
	var said []*string
	if err := answer.JSON(&said); err != nil {
		return nil, ambiguous(err, "it does not say what it has changed")
	}
	var messages []string
	for _, m := range said {
		if m != nil {
			messages = append(messages, c.client.Mask(*m)) // Errors quote them.
		}
	}
	return messages, nil
}

// errStale says that somebody has changed the object in the meantime.
var errStale = errors.New("the object has changed since it was read")

// ambiguous is the error of a write that was answered in a way that does not tell whether it was done.
func ambiguous(err error, format string, args ...any) error {
	return record.Errorf(record.ErrAmbiguous, format, args...).Because(err)
}

// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// OAuth2 is how tokens are asked for.
type OAuth2 struct {
	// TokenURL is where; a path follows the URL of the system.
	TokenURL               string
	ClientID, ClientSecret string
	// Username and Password are those of the password grant. Without them the client's own credentials are the grant.
	Username, Password string
	Scopes             []string
	// InHeader sends the client's credentials in a header instead of the form.
	InHeader bool
}

// Bearer authenticates by tokens, which it gets and renews.
func Bearer(o OAuth2) Authenticator { return &bearer{session{login: o.token}, o} }

type bearer struct {
	session
	config OAuth2
}

func (b *bearer) attach(c *Client) {
	b.session.attach(c)
	c.secrets.add(b.config.ClientSecret, b.config.Password)
}

func (o OAuth2) token(ctx context.Context, c *Client) (*credentials, error) {
	where, style := o.TokenURL, oauth2.AuthStyleInParams
	if strings.HasPrefix(where, "/") {
		where = c.config.URL + where
	}
	if o.InHeader {
		style = oauth2.AuthStyleInHeader
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: tokenRequests{c}})
	asked := time.Now()
	var token *oauth2.Token
	var err error
	if o.Username != "" {
		config := oauth2.Config{ClientID: o.ClientID, ClientSecret: o.ClientSecret, Scopes: o.Scopes, Endpoint: oauth2.Endpoint{TokenURL: where, AuthStyle: style}}
		token, err = config.PasswordCredentialsToken(ctx, o.Username, o.Password)
	} else {
		config := clientcredentials.Config{ClientID: o.ClientID, ClientSecret: o.ClientSecret, Scopes: o.Scopes, TokenURL: where, AuthStyle: style}
		token, err = config.Token(ctx)
	}
	if err != nil {
		return nil, c.tokenFailure(where, err)
	}
	h := &credentials{header: http.Header{"Authorization": {token.Type() + " " + token.AccessToken}}}
	if !token.Expiry.IsZero() {
		// Renewed a little early, so that none expires on its way.
		h.until = token.Expiry.Add(-min(30*time.Second, token.Expiry.Sub(asked)/4))
	}
	c.secrets.add(token.RefreshToken)
	return h, nil
}

// tokenFailure words why there is no token. A refusal is one of everything.
func (c *Client) tokenFailure(where string, err error) error {
	var refused *oauth2.RetrieveError
	var e *record.Error
	switch {
	case errors.As(err, &refused):
		words := strings.TrimSuffix(refused.ErrorCode+": "+refused.ErrorDescription, ": ")
		if refused.ErrorCode == "" {
			words = string(refused.Body)
		}
		e = record.Errorf(record.ErrUnauthorized, "it gave no token: %s answered %s: %s", host(where), status(refused.Response.StatusCode), quoted(c.secrets.mask(words)))
		e.Everything = true
		return e
	case errors.As(err, &e):
		again := *e
		again.Answer = "it gave no token: " + e.Answer
		return &again
	}
	return record.Errorf(record.ErrUnauthorized, "it gave no token").Because(errors.New(c.secrets.mask(err.Error())))
}

func host(where string) string {
	if u, err := url.Parse(where); err == nil {
		return u.Host + u.Path
	}
	return "the token URL"
}

// tokenRequests lets the requests for tokens go the way of all others: same TLS, proxy, limits, retries and log.
type tokenRequests struct{ client *Client }

// RoundTrip implements [http.RoundTripper].
func (t tokenRequests) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, fmt.Errorf("read the request for a token: %w", err)
	}
	_ = req.Body.Close()
	m, err := t.client.message(Request{
		Method: req.Method, Path: req.URL.String(), Header: req.Header, Body: body, Reads: true,
	})
	if err != nil {
		return nil, err
	}
	m.login = true
	answer, failure := t.client.deliver(req.Context(), m, nil)
	if failure != nil {
		var s *StatusError
		if !errors.As(failure, &s) || s.Status < http.StatusBadRequest || errors.Is(failure, record.ErrUnavailable) {
			return nil, failure
		}
		answer = &s.Response // The words of the refusal are for the one who asked.
	}
	return &http.Response{
		Status: status(answer.Status), StatusCode: answer.Status, Header: answer.Header, Body: io.NopCloser(bytes.NewReader(answer.Body)), Request: req,
	}, nil
}

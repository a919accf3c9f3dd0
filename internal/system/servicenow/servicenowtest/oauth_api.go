// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// issueToken serves /oauth_token.do. SND: platform-security/authentication/client-credentials-grant-workflow.md and
// r_OAuthAPIRequestParameters.md.
func (c *call) issueToken() answer {
	// The body of a refusal is the one that practitioners report, whatever the reason.
	denied := answerJSON(http.StatusUnauthorized, map[string]string{"error_description": "access_denied", "error": "server_error"})
	if c.r.Method != http.MethodPost || !strings.HasPrefix(c.r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return denied
	}
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		return denied
	}
	id, secret := form.Get("client_id"), form.Get("client_secret")
	if name, password, ok := c.r.BasicAuth(); ok {
		id, secret = name, password
	}
	known := c.in.clients[id]
	if known == nil || known.secret != secret || known.denied {
		return denied
	}
	user := c.in.granted(form, id, known)
	if user == "" {
		return denied
	}
	return c.grant(form.Get("grant_type"), id, user)
}

// granted is whom a token would stand for, or nobody.
func (i *Instance) granted(form url.Values, id string, known *client) string {
	switch form.Get("grant_type") {
	case "client_credentials":
		return known.user
	case "password":
		if a := i.accounts[form.Get("username")]; a != nil && a.password == form.Get("password") {
			return form.Get("username")
		}
	case "refresh_token":
		if t := i.tokens[form.Get("refresh_token")]; t != nil && t.refresh && t.client == id {
			return t.user
		}
	}
	return ""
}

func (c *call) grant(kind, clientID, user string) answer {
	life := c.in.behaviour.TokenLife
	access := c.in.newToken(token{user: user, client: clientID}, life)
	seconds := int(life / time.Second)
	if life == 0 {
		seconds = int((30 * time.Minute) / time.Second)
	}
	body := map[string]any{"access_token": access, "scope": "useraccount", "token_type": "Bearer", "expires_in": seconds}
	if kind == "password" {
		body["refresh_token"] = c.in.newToken(token{user: user, client: clientID, refresh: true}, 0)
	}
	return answerJSON(http.StatusOK, body)
}

// newToken keeps t and returns its text. A life of 0 is for ever.
func (i *Instance) newToken(t token, life time.Duration) string {
	if life > 0 {
		t.expires = i.now().Add(life)
	}
	text := newID() + newID()
	i.tokens[text] = &t
	return text
}

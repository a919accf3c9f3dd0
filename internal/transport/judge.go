// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// unauthenticated says that the credentials were refused: openly, or by showing a login page.
func (a attempt) unauthenticated(m *message) bool {
	if a.err != nil || a.answer == nil {
		return false
	}
	return a.answer.Status == http.StatusUnauthorized || a.answer.toLogin() || (!m.page && a.answer.isLogin())
}

// judge decides what an attempt means and whether the message may be sent again. Ambiguity decides: what is not repeatable is sent
// again only if it surely was not done.
func (c *Client) judge(ctx context.Context, m *message, a attempt) verdict {
	if a.err != nil {
		return c.judgeError(ctx, m, a)
	}
	status := a.answer.Status
	switch {
	case a.answer.isRedirect() && !m.redirect:
		return verdict{failure: c.redirectFailure(m, a.answer)}
	case status < http.StatusBadRequest && a.answer.isPage() && !m.page:
		e := record.Errorf(c.unknown(m), "it answered %s instead of data", a.answer.page()).
			Advise("Check that the option url is that of the system itself, and that no proxy or portal stands in between")
		return verdict{failure: e.Because(&StatusError{*a.answer, m.Method, c.secrets.mask(m.Path)})}
	case status < http.StatusBadRequest:
		return verdict{}
	}
	e := c.statusFailure(m, a.answer)
	switch status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		e.RetryAfter = hint(a.answer.Header)
		return verdict{failure: e, again: true, throttled: status == http.StatusTooManyRequests}
	case http.StatusBadGateway, http.StatusGatewayTimeout, http.StatusRequestTimeout:
		return verdict{failure: e, again: m.repeatable}
	}
	return verdict{failure: e}
}

// judgeError judges an attempt that was not answered, or not to the end.
func (c *Client) judgeError(ctx context.Context, m *message, a attempt) verdict {
	e := c.networkFailure(m, a)
	if a.sent {
		e.Reason = c.unknown(m)
	}
	switch {
	case ctx.Err() != nil:
		e.Err = ctx.Err()
		return verdict{failure: e}
	case errors.Is(a.err, errTooLarge) || permanent(a.err):
		return verdict{failure: e}
	}
	return verdict{failure: e, again: m.repeatable || !a.sent}
}

// unknown is the reason where nobody can tell what became of a message.
func (c *Client) unknown(m *message) error {
	if m.reads {
		return record.ErrUnavailable
	}
	return record.ErrAmbiguous
}

// reason is what an answer's status means.
func (c *Client) reason(m *message, status int) error {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		return record.ErrUnauthorized
	case http.StatusNotFound, http.StatusGone:
		return record.ErrNotFound
	case http.StatusConflict, http.StatusPreconditionFailed:
		return record.ErrConflict
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusRequestTimeout, http.StatusNetworkAuthenticationRequired:
		return record.ErrUnavailable
	case http.StatusNotImplemented:
		return record.ErrUnsupported
	}
	if status < http.StatusInternalServerError {
		return record.ErrInvalid
	}
	return c.unknown(m)
}

// statusFailure words an answer that is a refusal, or a login page.
func (c *Client) statusFailure(m *message, r *Response) *record.Error {
	e := record.Errorf(c.reason(m, r.Status), "it answered %s", status(r.Status))
	switch words := c.words(r); {
	case r.toLogin():
		e.Answer = fmt.Sprintf("it does not accept the credentials: it answered %s, to the login page %s", status(r.Status), c.secrets.mask(location(r)))
	case r.Status < http.StatusBadRequest:
		e.Answer = "it does not accept the credentials: it answered with a login page"
	case words != "":
		e.Answer += ": " + quoted(words)
	case r.isPage():
		e.Answer += " with " + r.page()
	}
	if r.Status == http.StatusProxyAuthRequired {
		e.Answer = "the proxy wants to know who asks: " + e.Answer
		e.Advice = "Give the name and password in the option proxy: http://<name>:<password>@<host>:<port>"
	}
	return e.Because(&StatusError{*r, m.Method, c.secrets.mask(m.Path)})
}

func status(code int) string {
	if text := http.StatusText(code); text != "" {
		return fmt.Sprintf("%d %s", code, text)
	}
	return fmt.Sprint(code)
}

// words are the system's own.
func (c *Client) words(r *Response) string {
	if r.isPage() && c.config.Explain == nil {
		return ""
	}
	text := string(r.Body)
	if c.config.Explain != nil {
		text = c.config.Explain(r.Status, r.Body)
	}
	return c.secrets.mask(text)
}

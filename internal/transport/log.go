// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// maxLogged bounds a body in the log.
const maxLogged = 16 << 10

// log writes an attempt down. Headers are left out: that is where credentials are. While nobody traces, it does nothing.
func (c *Client) log(ctx context.Context, m *message, a attempt, number int, took time.Duration) {
	if !tflog.IsTrace(ctx) {
		return
	}
	fields := map[string]any{
		"method": m.Method, "path": c.loggedPath(m), "attempt": number, "duration_ms": took.Milliseconds(), "trace_id": run().trace,
	}
	if len(m.body) > 0 && !m.login {
		fields["request"] = c.loggedBody(m.ContentType, m.Header, m.body)
	}
	if a.answer != nil {
		fields["status"] = a.answer.Status
	}
	if a.answer != nil && !m.login {
		fields["response"] = c.loggedBody("", a.answer.Header, a.answer.Body)
	}
	if a.err != nil {
		fields["error"] = c.networkFailure(m, a).Error()
	}
	tflog.SubsystemTrace(c.subsystem(ctx), c.config.System, m.Method+" "+c.secrets.mask(m.Path), fields)
}

// logPause says why a request takes long.
func (c *Client) logPause(ctx context.Context, m *message, why *record.Error, wait time.Duration) {
	if !tflog.IsDebug(ctx) {
		return
	}
	tflog.SubsystemDebug(c.subsystem(ctx), c.config.System, "asking again after a pause", map[string]any{
		"method": m.Method, "path": c.loggedPath(m), "pause": wait.String(), "why": why.Error(),
	})
}

func (c *Client) subsystem(ctx context.Context) context.Context {
	return tflog.NewSubsystem(ctx, c.config.System, tflog.WithRootFields())
}

func (c *Client) loggedPath(m *message) string {
	path := m.url
	if u, err := url.Parse(m.url); err == nil {
		path = u.RequestURI()
	}
	return c.secrets.mask(maskFields(path))
}

// loggedBody is the beginning of a body, if it is text. It is masked before it is cut, so that no half of a secret remains.
func (c *Client) loggedBody(kind string, h http.Header, body []byte) string {
	if kind == "" {
		kind = h.Get("Content-Type")
	}
	kind, _, err := mime.ParseMediaType(kind)
	if err != nil {
		kind = "unknown type"
	}
	if !utf8.Valid(body) {
		return fmt.Sprintf("(%d bytes of %s)", len(body), kind)
	}
	text := string(body)
	if kind == "application/x-www-form-urlencoded" {
		text = maskFields(text)
	} else {
		text = maskMembers(text)
	}
	text = c.secrets.mask(text)
	if len(text) > maxLogged {
		return strings.ToValidUTF8(text[:maxLogged], "") + fmt.Sprintf("… (%d bytes)", len(body))
	}
	return text
}

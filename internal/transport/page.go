// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// maxRedirects bounds how often one request is led on.
const maxRedirects = 5

// checkRedirect follows only where the same request can be made with the same credentials. Any other redirect is the answer.
func checkRedirect(req *http.Request, via []*http.Request) error {
	last := via[len(via)-1]
	downgraded := last.URL.Scheme == "https" && req.URL.Scheme != "https"
	// To most redirects Go answers with a GET, which would make a success of a write that never was.
	if req.URL.Host != last.URL.Host || downgraded || req.Method != last.Method || len(via) > maxRedirects || isLoginURL(req.URL) {
		return http.ErrUseLastResponse
	}
	return nil
}

func (r *Response) isRedirect() bool {
	switch r.Status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

var loginPath = regexp.MustCompile(`(?i)(^|[^a-z])(log-?in|log-?on|sign-?in|sso|saml2?|adfs|oauth2?)([^a-z]|$)|/auth(/|$)`)

func isLoginURL(u *url.URL) bool { return loginPath.MatchString(u.Host + u.Path) }

// toLogin says that the answer leads to a login page, or to another page in order to log in, as Request Tracker says.
func (r *Response) toLogin() bool {
	if !r.isRedirect() {
		return false
	}
	u, err := url.Parse(r.Header.Get("Location"))
	return err == nil && (isLoginURL(u) || strings.EqualFold(strings.TrimSpace(string(r.Body)), "login required"))
}

// location is where a redirect leads, without what it hands on.
func location(r *Response) string {
	u, err := url.Parse(r.Header.Get("Location"))
	if err != nil {
		return "nowhere"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// redirectFailure words a redirect that is not followed.
func (c *Client) redirectFailure(m *message, r *Response) *record.Error {
	reason := record.ErrUnavailable
	if r.Status == http.StatusFound || r.Status == http.StatusSeeOther {
		reason = c.unknown(m) // Some systems lead on after they have written.
	}
	return record.Errorf(reason, "it answered %s, to %s, which is not followed", status(r.Status), c.secrets.mask(location(r))).
		Because(&StatusError{*r, m.Method, c.secrets.mask(m.Path)}).
		Advise("Credentials are sent to the host of the option url only. Set url to where the system really is")
}

// isPage says that the answer is a web page.
func (r *Response) isPage() bool {
	kind := strings.ToLower(r.Header.Get("Content-Type"))
	return strings.HasPrefix(kind, "text/html") || strings.HasPrefix(kind, "application/xhtml")
}

var (
	passwordField = regexp.MustCompile(`(?i)<input[^>]+type\s*=\s*["']?password`)
	pageTitle     = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
)

// isLogin says that the answer is a page that asks for a password, in place of data.
func (r *Response) isLogin() bool {
	return r.Status < http.StatusBadRequest && r.isPage() && passwordField.Match(r.Body)
}

// page names a web page.
func (r *Response) page() string {
	if title := pageTitle.FindSubmatch(r.Body); title != nil {
		if text := html.UnescapeString(string(title[1])); strings.TrimSpace(text) != "" {
			return "a web page titled " + quoted(text)
		}
	}
	return "a web page"
}

// quoted puts foreign words into a sentence: on one line and not too many.
func quoted(words string) string {
	const most = 500
	clean := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(words, " "))
	clean = strings.Join(strings.Fields(clean), " ")
	if runes := []rune(clean); len(runes) > most {
		clean = string(runes[:most]) + "…"
	}
	return fmt.Sprintf(`"%s"`, clean)
}

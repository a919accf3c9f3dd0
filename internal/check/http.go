// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package check

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/go-cleanhttp"
	"golang.org/x/net/http/httpguts"
)

// HTTP looks at what a URL answers. Redirects are not followed: an answer is judged as it comes.
type HTTP struct {
	URL string
	// Method is one of [Methods]. Default: GET.
	Method  string
	Headers map[string]string
	// SecretHeaders are sent as well. Nothing of them, and nothing of a body that may repeat them, gets into a message.
	SecretHeaders map[string]string
	// ExpectedStatus lists the statuses that pass. Default: 200 to 299.
	ExpectedStatus []int64
	BodyContains   string
	// JSONPath has to select something in the body; with Equals, nothing but values that equal it.
	JSONPath string
	Equals   *string
	// CAPEM holds the authorities to trust in place of the machine's; Insecure trusts any certificate.
	CAPEM    string
	Insecure bool
}

// bodyLimit is how much of a body is read.
const bodyLimit = 1 << 20

// Methods are those that only look.
func Methods() []string {
	return []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPost}
}

// secretHeader takes the names of headers whose values are secrets, as far as names tell.
var secretHeader = regexp.MustCompile(`(?i)authorization|cookie|token|secret|passw|api-?key|credential|signature`)

// HeaderName wants a header's name that is legal.
func HeaderName(name string) error {
	if !httpguts.ValidHeaderFieldName(name) {
		return fmt.Errorf("must have names of HTTP headers, has %s", excerpt(name))
	}
	return nil
}

// PlainHeader wants a header whose value may be kept in the state.
func PlainHeader(name string) error {
	if secretHeader.MatchString(name) {
		return fmt.Errorf("must not have %s: its value would be kept in the state. Send it in headers_wo, which the resource has and no data source can", excerpt(name))
	}
	return HeaderName(name)
}

// HeaderValue wants a header's value that is legal. The error does not repeat it.
func HeaderValue(value string) error {
	if !httpguts.ValidHeaderFieldValue(value) {
		return errors.New("must have values without control characters, such as a line's end")
	}
	return nil
}

type httpProbe struct {
	HTTP
	client *http.Client
	json   *jsonRule
	shown  string
}

// Probe implements [Form].
func (c HTTP) Probe() (Probe, error) {
	if c.Method == "" {
		c.Method = http.MethodGet
	}
	roots, err := authorities(c.CAPEM)
	if err := firstOf(invalid("url", URL(c.URL)), c.validMethod(), c.validHeaders(), err); err != nil {
		return nil, err
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil, invalid("url", URL(c.URL))
	}
	p := &httpProbe{HTTP: c, shown: shownURL(u)}
	if c.JSONPath != "" {
		if p.json, err = newJSONRule(c.JSONPath, c.Equals); err != nil {
			return nil, invalid("json_path", err)
		}
	} else if c.Equals != nil {
		return nil, &Invalid{"equals", "needs json_path, which says what to compare"}
	}
	// A transport without keep-alive: each attempt has to connect.
	transport := cleanhttp.DefaultTransport()
	transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12, InsecureSkipVerify: c.Insecure} //nolint:gosec // only where the configuration says so
	p.client = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return p, nil
}

func (c HTTP) validMethod() error {
	if !slices.Contains(Methods(), c.Method) {
		return &Invalid{"method", fmt.Sprintf("must be one of %s, is %s", strings.Join(Methods(), ", "), excerpt(c.Method))}
	}
	if c.Method == http.MethodHead && (c.BodyContains != "" || c.JSONPath != "") {
		return &Invalid{"method", "must not be HEAD where the body is looked at: HEAD gets none"}
	}
	return nil
}

func (c HTTP) validHeaders() error {
	for name, value := range c.Headers {
		if err := invalid("headers", PlainHeader(name), HeaderValue(value)); err != nil {
			return err
		}
	}
	for name, value := range c.SecretHeaders {
		if err := invalid("headers_wo", HeaderName(name), HeaderValue(value)); err != nil {
			return err
		}
	}
	return nil
}

// Target implements [Probe].
func (p *httpProbe) Target() string { return "http " + p.Method + " " + p.shown }

// Expected implements [Probe].
func (p *httpProbe) Expected() string {
	text := "answers with status "
	if len(p.ExpectedStatus) == 0 {
		text += "200 to 299"
	} else {
		words := make([]string, len(p.ExpectedStatus))
		for i, s := range slices.Sorted(slices.Values(p.ExpectedStatus)) {
			words[i] = strconv.FormatInt(s, 10)
		}
		text += strings.Join(words, " or ")
	}
	if p.BodyContains != "" {
		text += ", a body that contains " + excerpt(p.BodyContains)
	}
	if p.json != nil {
		text += ", " + p.json.expected()
	}
	return text
}

// Look implements [Probe].
func (p *httpProbe) Look(ctx context.Context) (string, error) {
	request, err := http.NewRequestWithContext(ctx, p.Method, p.URL, nil)
	if err != nil {
		return "", errors.New("the request cannot be made")
	}
	request.Header.Set("User-Agent", "terraform-provider-infraops")
	for _, headers := range []map[string]string{p.Headers, p.SecretHeaders} {
		for name, value := range headers {
			request.Header.Set(name, value)
			if strings.EqualFold(name, "Host") {
				request.Host = value
			}
		}
	}
	answer, err := p.client.Do(request)
	if err != nil {
		// The client's own wrapping repeats the URL with its query.
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, bodyLimit+1))
	if err != nil {
		return "", fmt.Errorf("reading the body: %w", err)
	}
	return p.judge(answer, body)
}

func (p *httpProbe) judge(answer *http.Response, body []byte) (string, error) {
	status := int64(answer.StatusCode)
	if expected := p.ExpectedStatus; len(expected) == 0 && (status < 200 || status > 299) || len(expected) > 0 && !slices.Contains(expected, status) {
		text := "answered " + statusText(answer)
		if to, err := answer.Location(); err == nil {
			text += ", a redirect to " + shownURL(to) + ", which is not followed"
		}
		return "", errors.New(text + p.shownBody(body))
	}
	seen := "answered " + statusText(answer)
	if p.BodyContains == "" && p.json == nil {
		return seen, nil
	}
	whole := len(body) <= bodyLimit
	if p.BodyContains != "" {
		if !strings.Contains(string(body), p.BodyContains) {
			if !whole {
				return "", fmt.Errorf("answered %s, and the first %d bytes of the body do not contain %s", statusText(answer), bodyLimit, excerpt(p.BodyContains))
			}
			return "", fmt.Errorf("answered %s, and the body does not contain %s%s", statusText(answer), excerpt(p.BodyContains), p.shownBody(body))
		}
		seen += " with a body that contains " + excerpt(p.BodyContains)
	}
	if p.json == nil {
		return seen, nil
	}
	if !whole {
		return "", fmt.Errorf("answered %s with a body of more than %d bytes, too many to read as JSON", statusText(answer), bodyLimit)
	}
	found, err := p.json.judge(body, len(p.SecretHeaders) == 0)
	if err != nil {
		return "", fmt.Errorf("answered %s, and %w", statusText(answer), err)
	}
	return seen + " and " + found, nil
}

// shownBody is a body's beginning, unless the body may repeat a secret.
func (p *httpProbe) shownBody(body []byte) string {
	if len(body) == 0 || len(p.SecretHeaders) > 0 {
		return ""
	}
	return ": " + excerpt(string(body[:min(len(body), 4*excerptLength)]))
}

// statusText takes the words from the standard, as a server may write there what it likes.
func statusText(answer *http.Response) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", answer.StatusCode, http.StatusText(answer.StatusCode)))
}

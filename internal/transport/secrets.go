// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

const hidden = "***"

// secrets hides known texts. More become known while a client is in use.
type secrets struct {
	mu       sync.RWMutex
	known    map[string]bool
	replacer *strings.Replacer
}

func newSecrets(texts ...string) *secrets {
	s := &secrets{known: map[string]bool{}, replacer: strings.NewReplacer()}
	s.add(texts...)
	return s
}

// shortestSecret is what can be told apart from ordinary text.
const shortestSecret = 4

// add makes texts known, in all forms that they take in URLs and bodies.
func (s *secrets) add(texts ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.known)
	for _, text := range texts {
		if len(text) < shortestSecret || s.known[text] {
			continue
		}
		for _, form := range forms(text) {
			s.known[form] = true
		}
	}
	if len(s.known) == before {
		return
	}
	// The longest first: of two that begin alike, the replacer takes the first.
	longest := make([]string, 0, len(s.known))
	for text := range s.known {
		longest = append(longest, text)
	}
	slices.SortFunc(longest, func(a, b string) int { return len(b) - len(a) })
	pairs := make([]string, 0, 2*len(longest))
	for _, text := range longest {
		pairs = append(pairs, text, hidden)
	}
	s.replacer = strings.NewReplacer(pairs...)
}

// forms are a text as it is and as it is written in URLs, pages, JSON and base64.
func forms(text string) []string {
	all := []string{text, url.QueryEscape(text), url.PathEscape(text), html.EscapeString(text)}
	for _, escape := range []bool{true, false} {
		var b bytes.Buffer
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(escape)
		if encoder.Encode(text) == nil {
			all = append(all, b.String()[1:b.Len()-2]) // Without the quotes and the end of the line.
		}
	}
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		all = append(all, encoding.EncodeToString([]byte(text)))
		// In the middle of a longer text it looks different for each place modulo 3. What its neighbours have a part in is left out.
		for before := range 3 {
			whole := encoding.EncodeToString(append(make([]byte, before), text...))
			begin, end := []int{0, 2, 3}[before], (before+len(text))*8/6
			if middle := whole[begin:end]; len(middle) >= 8 {
				all = append(all, middle)
			}
		}
	}
	return slices.DeleteFunc(all, func(form string) bool { return len(form) < shortestSecret })
}

// Mask hides in a text whatever must not appear in logs and errors: a system that quotes an answer in an error of its own
// passes the text through it.
func (c *Client) Mask(text string) string { return c.secrets.mask(text) }

// mask hides every secret in a text.
func (s *secrets) mask(text string) string {
	s.mu.RLock()
	replacer := s.replacer
	s.mu.RUnlock()
	return replacer.Replace(text)
}

// telling are parts of names that tell of a secret.
var telling = []string{
	"passw", "passphrase", "secret", "token", "credential", "api_key", "api-key", "apikey", "private_key", "privatekey", "authorization", "cookie", "sessionid",
}

var tellingField = regexp.MustCompile(`(?i)((?:^|[?&;])(?:pass|[^=&;?]*(?:` + strings.Join(telling, "|") + `)[^=&;?]*)=)[^&;]*`)

// maskFields hides the fields of a form or of a URL's query whose names tell of a secret.
func maskFields(text string) string { return tellingField.ReplaceAllString(text, "${1}"+hidden) }

// maskMembers hides the members of JSON whose names tell of a secret, whatever their values are. What is not quite JSON is hidden
// rather too far than not far enough.
func maskMembers(text string) string {
	var b strings.Builder
	done := 0
	for at := 0; ; {
		colon := strings.IndexByte(text[at:], ':')
		if colon < 0 {
			b.WriteString(text[done:])
			return b.String()
		}
		at += colon + 1
		if tells(text[done : at-1]) {
			b.WriteString(text[done:at] + `"` + hidden + `"`)
			at += valueLength(text[at:])
			done = at
		}
	}
}

// tells says that a text ends in the name of a member that tells of a secret. The name may be escaped, as in JSON inside JSON.
func tells(text string) bool {
	text, quoted := strings.CutSuffix(strings.TrimRight(text, " \t\r\n"), `"`)
	begin := strings.LastIndexByte(text, '"')
	if !quoted || begin < 0 {
		return false
	}
	name := strings.ToLower(strings.TrimSuffix(text[begin+1:], `\`))
	return name == "pass" || slices.ContainsFunc(telling, func(part string) bool { return strings.Contains(name, part) })
}

// valueLength is how long the JSON value is with which a text begins; all of a text that begins with none.
func valueLength(text string) int {
	d := json.NewDecoder(strings.NewReader(text))
	var value json.RawMessage
	if d.Decode(&value) != nil {
		return len(text)
	}
	return int(d.InputOffset())
}

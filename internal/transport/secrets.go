// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
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

// forms are a text as it is and as it is written in URLs, JSON and base64.
func forms(text string) []string {
	all := []string{text, url.QueryEscape(text), url.PathEscape(text)}
	for _, escape := range []bool{true, false} {
		var b bytes.Buffer
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(escape)
		if encoder.Encode(text) == nil {
			all = append(all, strings.Trim(strings.TrimSuffix(b.String(), "\n"), `"`))
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

// mask hides every secret in a text.
func (s *secrets) mask(text string) string {
	s.mu.RLock()
	replacer := s.replacer
	s.mu.RUnlock()
	return replacer.Replace(text)
}

const telling = `passw|passphrase|secret|token|credential|api_?key|private_?key|authorization|cookie|sessionid`

var (
	tellingMember = regexp.MustCompile(`(?i)"(?:pass|[^"\\]*(?:` + telling + `)[^"\\]*)"\s*:\s*`)
	tellingField  = regexp.MustCompile(`(?i)((?:^|[?&;])(?:pass|[^=&;?]*(?:` + telling + `)[^=&;?]*)=)[^&;]*`)
)

// maskFields hides the fields of a form or of a URL's query whose names tell of a secret.
func maskFields(text string) string { return tellingField.ReplaceAllString(text, "${1}"+hidden) }

// maskMembers hides the members of JSON whose names tell of a secret, whatever their values are. What is not quite JSON is hidden
// rather too far than not far enough.
func maskMembers(text string) string {
	var b strings.Builder
	for {
		at := tellingMember.FindStringIndex(text)
		if at == nil {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:at[1]] + `"` + hidden + `"`)
		text = text[at[1]+valueLength(text[at[1]:]):]
	}
}

// valueLength is how long the JSON value is with which a text begins.
func valueLength(text string) int {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch ch := text[i]; {
		case quoted && ch == '\\':
			i++
		case ch == '"':
			if quoted = !quoted; !quoted && depth == 0 {
				return i + 1
			}
		case quoted:
		case ch == '{' || ch == '[':
			depth++
		case (ch == '}' || ch == ']') && depth <= 1:
			return i + depth // The end of the value, or of what holds it.
		case ch == '}' || ch == ']':
			depth--
		case ch == ',' && depth == 0:
			return i
		}
	}
	return len(text)
}

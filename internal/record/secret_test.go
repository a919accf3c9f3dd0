// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// TestSecretShowsNowhere prints, marshals and logs a secret in every way that somebody might by accident.
func TestSecretShowsNowhere(t *testing.T) {
	const text = "correct horse battery staple"
	holder := struct {
		Name   string            `json:"name"`
		Secret Secret            `json:"secret_wo"`
		Others map[string]Secret `json:"others_wo"`
	}{"svc", NewSecret(text), map[string]Secret{"a": NewSecret(text)}}
	var said strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
		fmt.Fprintf(&said, verb+"\n", holder)
		fmt.Fprintf(&said, verb+"\n", &holder)
		fmt.Fprintf(&said, verb+"\n", holder.Secret)
	}
	raw, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	said.Write(raw)
	slog.New(slog.NewTextHandler(&said, nil)).Info("x", "holder", holder, "secret", holder.Secret)
	if strings.Contains(said.String(), text) || strings.Contains(said.String(), fmt.Sprintf("%x", text)) {
		t.Errorf("the secret shows in:\n%s", said.String())
	}
	if holder.Secret.Reveal() != text || holder.Secret.IsZero() || !NewSecret("").IsZero() {
		t.Error("Reveal or IsZero is wrong")
	}
	var again Secret
	if json.Unmarshal([]byte("null"), &again) != nil || json.Unmarshal([]byte(`"x"`), &again) == nil {
		t.Error("a document may hold null in a secret's place, and nothing else")
	}
}

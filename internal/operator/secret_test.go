// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"io"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// deliver leaves secrets for a recipient whose key the test has.
func (s *shop) deliver() *age.X25519Identity {
	s.t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		s.t.Fatal(err)
	}
	secret := map[string]record.Secret{"password": record.NewSecret("hunter2hunter2")}
	s.add("payments-prod", &record.SecretDelivery{Path: "vm/web-01/admin", Recipient: identity.Recipient().String(), Secret: secret, SecretVersion: 1, OneTime: true, TTL: time.Hour})
	s.add("payments-prod", &record.SecretDelivery{
		Path: "vm/web-01/dumps", Recipient: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN grace@example.com", Secret: secret, SecretVersion: 1,
		MadeFor: "iam_functional_account/svc-dumps",
	})
	s.add("lab", &record.SecretDelivery{Path: "vm/web-01/dumps", Recipient: identity.Recipient().String(), Secret: secret, SecretVersion: 1})
	return identity
}

func (s *shop) goldenSecret(name, output string, identity *age.X25519Identity) {
	s.t.Helper()
	s.golden(name, strings.ReplaceAll(output, identity.Recipient().String()[:24], "age1recipientrecipientre"))
}

func TestSecretRetrieve(t *testing.T) {
	s := newShop(t)
	identity := s.deliver()
	s.goldenSecret("secret_list", run(t, "secret", "list").succeeds(t), identity)
	message := run(t, "secret", "retrieve", "vm/web-01/admin").succeeds(t)
	plain, err := age.Decrypt(armor.NewReader(strings.NewReader(message)), identity)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(plain)
	if err != nil || string(content) != `{"password":"hunter2hunter2"}` {
		t.Errorf("the recipient reads %q, %v", content, err)
	}
	run(t, "secret", "retrieve", "vm/web-01/admin").fails(t, exitFailure, `retrieving the secret at "vm/web-01/admin"`, "one-time delivery", "keyboard retrieved it at 20", "replace the secret")
	run(t, "secret", "retrieve", "vm/web-01/dumps", "--stack", "lab").succeeds(t)
	run(t, "secret", "retrieve", "vm/web-01/dumps", "--stack", "lab").succeeds(t)
	s.goldenSecret("secret_list_retrieved", run(t, "secret", "list", "--stack", "payments-prod").succeeds(t), identity)
	s.golden("secret_list_none", run(t, "secret", "list", "--stack", "nowhere").succeeds(t))
	run(t, "secret", "retrieve", "vm/web-01/dumps").fails(t, exitFailure, "several stacks", "--stack which one is meant: lab, payments-prod")
	run(t, "secret", "retrieve", "vm/none").fails(t, exitFailure, "no delivery at", "See secret list")
	for _, out := range []string{run(t, "secret", "list", "--json").succeeds(t), run(t, "history", "--json").succeeds(t), run(t, "record", "list", "--json").succeeds(t)} {
		if strings.Contains(out, "hunter2") || strings.Contains(out, "AGE ENCRYPTED") {
			t.Errorf("shows a secret, or a sealed one: %s", out)
		}
	}
	if out := run(t, "history", "--kind", "secret_delivery").succeeds(t); !strings.Contains(out, "retrieve") || !strings.Contains(out, "keyboard") {
		t.Errorf("the history does not tell of the retrieval: %s", out)
	}
}

// A delivery that an account has made is in the state with the account.
func TestOrphansOfAnAccount(t *testing.T) {
	s := newShop(t)
	s.deliver()
	id := s.add("payments-prod", &record.FunctionalAccount{Name: "svc-dumps", Enabled: true})
	state := func(kind, id string) string {
		return `{"format_version":"1.0","values":{"root_module":{"resources":[{"mode":"managed","type":"infraops_` + kind + `","values":{"id":"` + id + `"}}]}}}`
	}
	out := runWith(t, state("iam_functional_account", id), "record", "orphans", "--stack", "payments-prod", "--state", "-").succeeds(t)
	if strings.Contains(out, "vm/web-01/dumps") || !strings.Contains(out, "vm/web-01/admin") {
		t.Error(out)
	}
	out = runWith(t, state("ipam_prefix", "1"), "record", "orphans", "--stack", "payments-prod", "--state", "-").succeeds(t)
	if !strings.Contains(out, "vm/web-01/dumps") || !strings.Contains(out, "svc-dumps") {
		t.Error(out)
	}
}

// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"
	"golang.org/x/crypto/ssh"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

const deliveredText = "correct horse battery staple"

// ageKey makes a key pair and returns the public key and the file of the private one.
func ageKey(t *testing.T) (recipient, file string) {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return identity.Recipient().String(), keyFile(t, identity.String()+"\n")
}

func keyFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// sshKey is ageKey for SSH, with or without a passphrase.
func sshKey(t *testing.T, passphrase string) (recipient, file string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "test")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(private, "test", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return string(ssh.MarshalAuthorizedKey(key)), keyFile(t, string(pem.EncodeToMemory(block)))
}

func openWith(t *testing.T, database, identityFile string) *Registry {
	t.Helper()
	r := openAs(t, database, "tester")
	r.identityFile = identityFile
	return r
}

func delivery(recipient string) *record.SecretDelivery {
	return &record.SecretDelivery{
		Meta: record.Meta{Stack: "a"}, Path: "vm/web", Recipient: recipient, SecretVersion: 1, OneTime: true,
		Secret: map[string]record.Secret{"password": record.NewSecret(deliveredText)},
	}
}

func TestSealed_opensWithEitherKey(t *testing.T) {
	for name, key := range map[string]func(*testing.T) (string, string){
		"age": ageKey, "ssh": func(t *testing.T) (string, string) { return sshKey(t, "") },
	} {
		t.Run(name, func(t *testing.T) {
			recipient, file := key(t)
			r := openWith(t, filepath.Join(t.TempDir(), "r.db"), file)
			d := delivery(recipient)
			d.OneTime = false
			create(t, r, d)
			content, err := r.stores[record.KindSecretDelivery].(*deliveryStore).ReadSecret(t.Context(), record.SecretQuery{Stack: "a", Path: "vm/web"})
			if err != nil || content["password"].Reveal() != deliveredText {
				t.Errorf("read back %d entries, %v", len(content), err)
			}
			message, err := r.RetrieveSecret(t.Context(), "", "vm/web")
			if err != nil || !strings.HasPrefix(message, "-----BEGIN AGE ENCRYPTED FILE-----\n") {
				t.Fatalf("%q, %v", message, err)
			}
			if again, err := r.RetrieveSecret(t.Context(), "a", "vm/web"); err != nil || again != message {
				t.Errorf("a second retrieval of what may be fetched often: %v", err)
			}
		})
	}
}

func TestSealed_privateKeys(t *testing.T) {
	recipient, _ := ageKey(t)
	_, other := ageKey(t)
	_, locked := sshKey(t, "hunter2")
	r := openWith(t, filepath.Join(t.TempDir(), "r.db"), "")
	d := delivery(recipient)
	d.OneTime = false
	create(t, r, d)
	for name, c := range map[string]struct{ file, says string }{
		"none":      {"", "no private key"},
		"pasted":    {"AGE-SECRET-KEY-1" + deliveredText, "has a private key in it"},
		"missing":   {filepath.Join(t.TempDir(), "none"), "cannot be read"},
		"another":   {other, "no private key in"},
		"locked":    {locked, "passphrase"},
		"no key":    {keyFile(t, deliveredText), "holds no private key"},
		"no pem":    {keyFile(t, "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"), "holds no SSH private key"},
		"recipient": {keyFile(t, recipient), "holds no private key"},
	} {
		r.identityFile = c.file
		_, err := r.stores[record.KindSecretDelivery].(*deliveryStore).ReadSecret(t.Context(), record.SecretQuery{Stack: "a", Path: "vm/web"})
		var failure *record.Error
		if !errors.Is(err, record.ErrUnauthorized) || !errors.As(err, &failure) || failure.Advice == "" || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), deliveredText) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRefuses_recipients(t *testing.T) {
	r := openWith(t, filepath.Join(t.TempDir(), "r.db"), "")
	refuses := System().Kinds[record.KindSecretDelivery].Refuses
	good, _ := ageKey(t)
	bad := good[:61] + "q"
	if bad == good { // One key in 32 ends so.
		bad = good[:61] + "p"
	}
	for recipient, ok := range map[string]bool{"": true, good: true, bad: false, "ssh-rsa AAAA": false} {
		if problems := refuses(&record.SecretDelivery{Recipient: recipient}); (len(problems) == 0) != ok {
			t.Errorf("%q: %v", recipient, problems)
		}
	}
	if exists, _ := r.Exists(t.Context()); exists {
		t.Error("judging a recipient has made a database")
	}
	d := delivery(bad)
	if _, err := r.stores[record.KindSecretDelivery].Create(t.Context(), d); !errors.Is(err, record.ErrInvalid) {
		t.Errorf("a recipient with a wrong checksum: %v", err)
	}
	if found, err := r.Records(t.Context(), "", record.Query{Gone: true}); err != nil || len(found) != 0 {
		t.Errorf("the refused delivery has left %d records, %v", len(found), err)
	}
}

// opened decrypts as the recipient does.
func opened(t *testing.T, message, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	identities, err := age.ParseIdentities(bytes.NewReader(text))
	if err != nil {
		var identity age.Identity
		identity, err = agessh.ParseIdentity(text)
		identities = []age.Identity{identity}
	}
	if err != nil {
		t.Fatal(err)
	}
	plain, err := age.Decrypt(armor.NewReader(strings.NewReader(message)), identities...)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(plain)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestRetrieve_once(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		recipient, file := ageKey(t)
		r := openWith(t, database, "")
		kept := create(t, r, delivery(recipient))
		message, err := r.RetrieveSecret(t.Context(), "", "vm/web")
		if err != nil || opened(t, message, file) != `{"password":"`+deliveredText+`"}` {
			t.Fatalf("%q, %v", message, err)
		}
		_, err = r.RetrieveSecret(t.Context(), "a", "vm/web")
		if !errors.Is(err, record.ErrRefused) || !strings.Contains(err.Error(), "tester retrieved it at 20") {
			t.Errorf("a second retrieval: %v", err)
		}
		var left int
		if err := raw(t, r).QueryRowContext(t.Context(), "SELECT COUNT(*) FROM infraops_sealed").Scan(&left); err != nil || left != 0 {
			t.Errorf("%d messages are left, %v", left, err)
		}
		events, err := r.History(t.Context(), HistoryFilter{Kind: record.KindSecretDelivery, ID: kept.ID})
		if err != nil || len(events) != 2 || events[1].Action != "retrieve" || !slices.ContainsFunc(events[1].Changes, func(d Difference) bool { return d.Field == "retrieved_by" && d.Now == "tester" }) {
			t.Errorf("history: %+v, %v", events, err)
		}
		again := delivery(recipient)
		again.ID = kept.ID
		if _, err := r.stores[record.KindSecretDelivery].Update(t.Context(), again, []string{"secret_wo"}); err != nil {
			t.Fatal(err)
		}
		if _, err := r.RetrieveSecret(t.Context(), "a", "vm/web"); err != nil {
			t.Errorf("after it was delivered again: %v", err)
		}
	})
}

func TestRetrieve_refused(t *testing.T) {
	recipient, _ := ageKey(t)
	r := openWith(t, filepath.Join(t.TempDir(), "r.db"), "")
	d := delivery(recipient)
	d.TTL = time.Hour
	create(t, r, d)
	other := delivery(recipient)
	other.Stack = "b"
	create(t, r, other)
	for name, c := range map[string]struct {
		stack, path string
		reason      error
		says        string
	}{
		"nothing there": {"", "vm/none", record.ErrNotFound, "no delivery"},
		"two stacks":    {"", "vm/web", record.ErrConflict, "several stacks"},
		"another stack": {"c", "vm/web", record.ErrNotFound, "stack c has no delivery"},
	} {
		if _, err := r.RetrieveSecret(t.Context(), c.stack, c.path); !errors.Is(err, c.reason) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r.now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	if _, err := r.RetrieveSecret(t.Context(), "a", "vm/web"); !errors.Is(err, record.ErrRefused) || !strings.Contains(err.Error(), "expired at") {
		t.Errorf("after the end: %v", err)
	}
	// The next delivery takes away what has expired.
	third := delivery(recipient)
	third.Path = "vm/third"
	create(t, r, third)
	var left int
	if err := raw(t, r).QueryRowContext(t.Context(), "SELECT COUNT(*) FROM infraops_sealed").Scan(&left); err != nil || left != 2 {
		t.Errorf("%d messages are left, %v", left, err)
	}
}

// TestSecrets_nowhere looks at every byte that was written.
func TestSecrets_nowhere(t *testing.T) {
	onEach(t, secretsNowhere)
}

func secretsNowhere(t *testing.T, database string) {
	recipient, _ := ageKey(t)
	r := openWith(t, database, "")
	kept := create(t, r, delivery(recipient))
	again := delivery(recipient)
	again.ID = kept.ID
	if _, err := r.stores[record.KindSecretDelivery].Update(t.Context(), again, []string{"secret_wo", "secret_wo_version"}); err != nil {
		t.Fatal(err)
	}
	account := create(t, r, &record.FunctionalAccount{Meta: record.Meta{Stack: "a"}, Name: "svc", Enabled: true, Password: record.NewSecret(deliveredText), PasswordVersion: 1})
	if account.PasswordVersion != 1 || account.Principal != "svc@a" {
		t.Errorf("%+v", account)
	}
	account.Password, account.PasswordVersion = record.NewSecret(deliveredText), 2
	if _, err := r.stores[record.KindFunctionalAccount].Update(t.Context(), account, []string{"password_wo", "password_wo_version"}); err != nil {
		t.Fatal(err)
	}
	if isURL(database) {
		var rows string
		err := raw(t, r).QueryRowContext(t.Context(), "SELECT (SELECT string_agg(r::text, '') FROM infraops_record r) || (SELECT string_agg(h::text, '') FROM infraops_history h) || (SELECT string_agg(s::text, '') FROM infraops_sealed s)").Scan(&rows)
		if err != nil || !strings.Contains(rows, "svc") || strings.Contains(rows, deliveredText) {
			t.Errorf("the tables hold the secret, or nothing at all: %v", err)
		}
		return
	}
	for _, file := range []string{database, database + "-wal"} {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte(deliveredText)) {
			t.Errorf("%s holds the secret", file)
		}
	}
}

// TestMigration_fromTheFirst: a database of the first version keeps what it has, and takes deliveries.
func TestMigration_fromTheFirst(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		recipient, _ := ageKey(t)
		r := openWith(t, database, "")
		db, err := r.pool(true)
		if err != nil {
			t.Fatal(err)
		}
		err = r.attempt(t.Context(), db, func(tx *transaction) error { return r.apply(t.Context(), tx, migrations()[0]) })
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), `INSERT INTO infraops_record (kind, stack, name, version, revision, retired, holds_key, gone, document, created_by, created_at, updated_at)
			VALUES ('ipam_prefix', 'a', '10.0.0.0/24', 1, 1, 0, 1, 0, '{"cidr":"10.0.0.0/24"}', 'x', '', '')`); err != nil {
			t.Fatal(err)
		}
		create(t, r, delivery(recipient))
		if found, err := r.Records(t.Context(), "", record.Query{Stack: "a"}); err != nil || len(found) != 2 {
			t.Errorf("%d records, %v", len(found), err)
		}
	})
}

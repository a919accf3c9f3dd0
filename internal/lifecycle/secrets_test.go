// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"context"
	"slices"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
)

// overheard is a connection that notes the passwords that accounts are given, which no store gives back.
type overheard struct {
	record.Connection
	passwords *[]string
}

func (c overheard) Stores() record.Stores {
	stores := c.Connection.Stores()
	stores[account] = overheardStore{stores[account], c.passwords}
	return stores
}

type overheardStore struct {
	record.Store[record.Record]
	passwords *[]string
}

func (s overheardStore) note(r record.Record) {
	*s.passwords = append(*s.passwords, r.(*record.FunctionalAccount).Password.Reveal())
}

func (s overheardStore) Create(ctx context.Context, r record.Record) (record.Record, error) {
	s.note(r)
	return s.Store.Create(ctx, r)
}

func (s overheardStore) Update(ctx context.Context, r record.Record, fields []string) (record.Record, error) {
	if slices.Contains(fields, "password_wo") {
		s.note(r)
	}
	return s.Store.Update(ctx, r, fields)
}

// overhear is a world whose passwords are noted.
func overhear(t *testing.T) (*world, *[]string) {
	w, passwords := newWorld(t), &[]string{}
	w.faulty = systemtest.Faulty(overheard{w.memory, passwords})
	return w, passwords
}

func given(password string, version int) attrs {
	return attrs{"name": "svc", "password_wo": password, "password_wo_version": version}
}

// TestSecretIsSentWithItsVersion, on a system that has no place for the version.
func TestSecretIsSentWithItsVersion(t *testing.T) {
	w, passwords := overhear(t)
	b := w.created(account, given("first password", 1))
	w.walk().apply(b, given("other password", 1)).ok(t)
	if len(*passwords) != 1 {
		t.Errorf("a password was sent although its version is the same: %q", *passwords)
	}
	w.walk().apply(b, given("other password", 2).with(attrs{"owner": "bob"})).ok(t)
	w.walk().apply(b, given("other password", 2).with(attrs{"owner": "alice"})).ok(t)
	if want := []string{"first password", "other password"}; !slices.Equal(*passwords, want) {
		t.Errorf("passwords sent: %q, want %q", *passwords, want)
	}
	if p := w.walk().plan(b, given("other password", 2).with(attrs{"owner": "alice"})).ok(t); !p.empty {
		t.Errorf("then a plan is not empty: %s", p.state)
	}
	if kept := w.only(account).(*record.FunctionalAccount); kept.PasswordVersion != 0 || !kept.Password.IsZero() {
		t.Error("the system keeps what it should not")
	}
}

func TestAdoptionSendsTheSecret(t *testing.T) {
	w, passwords := overhear(t)
	w.put(&record.FunctionalAccount{Name: "svc", Enabled: true})
	b := w.walk().block(account)
	w.walk().apply(b, given("first password", 1)).ok(t)
	if !slices.Equal(*passwords, []string{"first password"}) {
		t.Errorf("passwords sent: %q", *passwords)
	}
}

func TestAmbiguousUpdateSendsTheSecretAgain(t *testing.T) {
	for _, fault := range ambiguous(account, systemtest.Update, 1) {
		w, passwords := overhear(t)
		b := w.created(account, given("first password", 1))
		w.faulty.Inject(fault)
		w.walk().apply(b, given("other password", 2)).ok(t)
		if n := len(*passwords); (*passwords)[n-1] != "other password" || w.faulty.Count(account, systemtest.Update) != 2 {
			t.Errorf("after an unknown outcome %d passwords were sent", n)
		}
	}
}

const somebody = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"

func generated(path string, version int) attrs {
	return attrs{"name": "svc", "generate_password": map[string]any{"length": 32, "version": version, "deliver_to": map[string]any{"path": path, "recipient": somebody, "one_time": false}}}
}

// delivered is the password that lies at a path.
func (w *world) delivered(path string) string {
	w.Helper()
	reader, _ := record.Capability[record.SecretReader](w.store(delivery))
	content, err := reader.ReadSecret(context.Background(), record.SecretQuery{Stack: stack, Path: path})
	if err != nil {
		w.Fatal(err)
	}
	return content["password"].Reveal()
}

func (w *world) wantDelivered(path string, passwords []string) {
	w.Helper()
	if len(passwords) == 0 || w.delivered(path) != passwords[len(passwords)-1] || len(w.delivered(path)) != 32 {
		w.Errorf("what lies at %s is not the account's password", path)
	}
}

func TestGeneratedPasswordIsTheDeliveredOne(t *testing.T) {
	w, passwords := overhear(t)
	b := w.created(account, generated("vm/a", 1))
	w.wantDelivered("vm/a", *passwords)
	w.walk().apply(b, generated("vm/a", 1).with(attrs{"owner": "bob"})).ok(t)
	if len(*passwords) != 1 {
		t.Error("another attribute brought another password")
	}
	w.walk().apply(b, generated("vm/a", 2)).ok(t)
	w.wantDelivered("vm/a", *passwords)
	w.walk().apply(b, generated("vm/b", 2)).ok(t)
	w.wantDelivered("vm/b", *passwords)
	if len(*passwords) != 3 || (*passwords)[0] == (*passwords)[1] || (*passwords)[1] == (*passwords)[2] {
		t.Errorf("%d passwords were sent, or one twice", len(*passwords))
	}
	live, err := w.store(delivery).Find(t.Context(), record.Query{})
	if err != nil || len(live) != 1 {
		t.Errorf("%d deliveries live, %v", len(live), err)
	}
	w.walk().destroy(b).ok(t)
	if live, err = w.store(delivery).Find(t.Context(), record.Query{}); err != nil || len(live) != 0 {
		t.Errorf("%d deliveries live after the destroy, %v", len(live), err)
	}
}

// TestInterruptedDelivery: whatever fails on the way, the next apply leaves one delivery, of the password that the account has.
func TestInterruptedDelivery(t *testing.T) {
	var faults []systemtest.Fault
	for _, times := range []int{1, 0} {
		faults = append(faults, ambiguous(delivery, systemtest.Create, times)...)
		faults = append(faults, ambiguous(account, systemtest.Create, times)...)
		faults = append(faults, systemtest.Fault{Kind: account, Method: systemtest.Create, Times: times, Err: record.Errorf(record.ErrUnavailable, "away")})
		faults = append(faults, systemtest.Fault{Kind: delivery, Method: systemtest.Find, Times: times, Err: record.Errorf(record.ErrUnavailable, "away")})
	}
	for _, fault := range faults {
		w, passwords := overhear(t)
		b := w.walk().block(account)
		w.faulty.Inject(fault)
		w.walk().apply(b, generated("vm/a", 1))
		w.faulty.Heal()
		w.walk().apply(b, generated("vm/a", 1)).ok(t)
		w.wantDelivered("vm/a", *passwords)
		w.only(delivery)
		w.only(account)
		if p := w.walk().plan(b, generated("vm/a", 1)).ok(t); !p.empty {
			t.Errorf("then a plan is not empty: %s", p.state)
		}
	}
}

// TestEndThatCannotTakeBack keeps the block, so that the next destroy takes the delivery back.
func TestEndThatCannotTakeBack(t *testing.T) {
	w, _ := overhear(t)
	b := w.created(account, generated("vm/a", 1))
	w.faulty.Inject(systemtest.Fault{Kind: delivery, Method: systemtest.Retire, Err: record.Errorf(record.ErrUnavailable, "away")})
	w.walk().destroy(b).wantError(t, "taking back its password", "vm/a", "away")
	if b.state.IsNull() {
		t.Fatal("the block is gone, and its delivery is not")
	}
	w.faulty.Heal()
	w.walk().destroy(b).ok(t)
	if live, err := w.store(delivery).Find(t.Context(), record.Query{}); err != nil || len(live) != 0 || !b.state.IsNull() {
		t.Errorf("%d deliveries live, %v", len(live), err)
	}
}

func TestPlanRefusesByTheSystemsOwnRule(t *testing.T) {
	w := newWorld(t)
	const stranger = "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"
	w.system.Kinds[delivery] = record.Support{Refuses: func(r record.Record) []record.FieldError {
		if r.(*record.SecretDelivery).Recipient == stranger {
			return []record.FieldError{{Field: "recipient", Problem: "is not known here"}}
		}
		return nil
	}}
	refused := attrs{"path": "vm/a", "recipient": stranger, "secret_wo": map[string]string{"a": "b"}, "secret_wo_version": 1}
	w.walk().plan(w.walk().block(delivery), refused).wantError(t, "recipient: ", "is not known here")
	config := generated("vm/a", 1)
	config["generate_password"].(map[string]any)["deliver_to"].(map[string]any)["recipient"] = stranger
	w.walk().plan(w.walk().block(account), config).wantError(t, "generate_password", "is not known here")
	w.unknown = true
	w.walk().plan(w.walk().block(account), config).ok(t)
}

func TestPlanClaimsTheDelivery(t *testing.T) {
	w := newWorld(t)
	walk := w.walk()
	walk.plan(walk.block(account), generated("vm/a", 1)).ok(t)
	walk.plan(walk.block(account), generated("vm/a", 1).with(attrs{"name": "other"})).wantError(t, "generate_password", "another block", "vm/a")
	own := attrs{"path": "vm/a", "recipient": somebody, "secret_wo": map[string]string{"a": "b"}, "secret_wo_version": 1}
	walk.plan(walk.block(delivery), own).wantError(t, "another block")
}

func TestAnotherRecipientGetsTheSecretAnew(t *testing.T) {
	w := newWorld(t)
	config := attrs{"path": "vm/a", "recipient": somebody, "secret_wo": map[string]string{"password": "first password"}, "secret_wo_version": 1, "one_time": false}
	b := w.created(delivery, config)
	first := b.text("delivery_id")
	w.walk().apply(b, config.with(attrs{"ttl": "1h"})).ok(t)
	if b.text("delivery_id") != first || b.text("expires_at") == "" {
		t.Errorf("another ttl: %s", b.state)
	}
	other := "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN"
	w.walk().apply(b, config.with(attrs{"recipient": other, "secret_wo": map[string]string{"password": "other password"}})).ok(t)
	if b.text("delivery_id") == first || w.delivered("vm/a") != "other password" {
		t.Errorf("another recipient: %s", b.state)
	}
}

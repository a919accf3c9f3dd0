// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
)

// items makes n configuration items and their blocks.
func (w *world) items(n int) []*block {
	w.Helper()
	walk := w.walk()
	blocks := make([]*block, n)
	for i := range blocks {
		config := server(fmt.Sprintf("web-%04d", i))
		kept := w.put(&record.ConfigurationItem{Class: "server", Name: config["name"].(string), Status: "planned"})
		blocks[i] = walk.block(item)
		blocks[i].state = value(walk.typeOf(item), map[string]any(config.with(attrs{
			"id": kept.Metadata().ID, "system": "memory", "status": "planned", "initial_status": "planned", "on_destroy": "retire",
			"correlation_id": kept.Metadata().CorrelationID,
		})))
		blocks[i].identity = identityOf(kept.Metadata().ID)
	}
	return blocks
}

// readAll reads blocks with as many calls in flight as Terraform has.
func (w *walk) readAll(blocks []*block) []*answer {
	answers := make([]*answer, len(blocks))
	next := make(chan int)
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			for i := range next {
				answers[i] = w.read(blocks[i])
			}
		})
	}
	for i := range blocks {
		next <- i
	}
	close(next)
	group.Wait()
	return answers
}

func TestThousandReadsAreOneListing(t *testing.T) {
	w := newWorld(t)
	blocks := w.items(1000)
	before := make([]string, len(blocks))
	for i, b := range blocks {
		before[i] = b.state.String()
	}
	for i, a := range w.walk().readAll(blocks) {
		if a.ok(t); blocks[i].state.String() != before[i] {
			t.Fatalf("read as %s, want %s", blocks[i].state, before[i])
		}
	}
	w.wantCalls("cmdb_configuration_item.Find=1")
}

// blind is a connection whose listing leaves out what it must not see.
type blind struct {
	record.Connection
	hidden []string
	// during is called while a listing is under way.
	during func()
}

func (c blind) Stores() record.Stores {
	stores := c.Connection.Stores()
	stores[item] = blindStore{stores[item], c}
	return stores
}

type blindStore struct {
	record.Store[record.Record]
	blind
}

func (s blindStore) Find(ctx context.Context, q record.Query) ([]record.Record, error) {
	found, err := s.Store.Find(ctx, q)
	if s.during != nil {
		s.during()
	}
	return slices.DeleteFunc(found, func(r record.Record) bool { return slices.Contains(s.hidden, r.Metadata().ID) }), err
}

func TestRecordsThatTheListingMissesAreConfirmedTogether(t *testing.T) {
	w := newWorld(t)
	blocks := w.items(40)
	var hidden []string
	for _, b := range blocks {
		hidden = append(hidden, b.text("id"))
	}
	w.faulty = systemtest.Faulty(blind{Connection: w.memory, hidden: hidden}, systemtest.Fault{Method: systemtest.Get, Delay: 50 * time.Millisecond})
	for i, a := range w.walk().readAll(blocks) {
		if a.ok(t); blocks[i].state.IsNull() {
			t.Fatalf("%d was removed from state although it exists", i)
		}
	}
	// Ten are in flight: the first goes alone, the others gather behind it.
	if n := w.faulty.Count(item, systemtest.Get); n > 20 {
		t.Errorf("%d records took %d requests", len(blocks), n)
	}
	if n := w.faulty.Count(item, systemtest.Find); n != 1 {
		t.Errorf("listed %d times", n)
	}
}

func TestGoneRecordLeavesTheState(t *testing.T) {
	for _, end := range []record.Disposal{record.Conclude, record.Erase} {
		w := newWorld(t)
		b := w.items(1)[0]
		if err := w.store(item).Retire(t.Context(), b.text("id"), end); err != nil {
			t.Fatal(err)
		}
		a := w.walk().read(b).ok(t)
		if !b.state.IsNull() {
			t.Errorf("%s: state is %s", end, b.state)
		}
		if a.identity == nil {
			t.Errorf("%s: no identity was set", end)
		}
		w.wantCalls("cmdb_configuration_item.Find=1", "cmdb_configuration_item.Get=1")
	}
}

func TestFailedReadIsNeverAnAbsence(t *testing.T) {
	for _, c := range []struct {
		method systemtest.Method
		reason error
	}{
		{systemtest.Find, record.ErrUnauthorized},
		{systemtest.Find, record.ErrUnavailable},
		{systemtest.Get, record.ErrUnauthorized},
		{systemtest.Get, record.ErrUnavailable},
		{systemtest.Get, record.ErrNotFound},
	} {
		w := newWorld(t)
		b := w.items(1)[0]
		if c.method == systemtest.Get {
			w.faulty = systemtest.Faulty(blind{Connection: w.memory, hidden: []string{b.text("id")}})
		}
		w.faulty.Inject(systemtest.Fault{Method: c.method, Times: 1, Err: record.Errorf(c.reason, "not now")})
		walk := w.walk()
		a := walk.read(b)
		a.wantError(t, `reading configuration item "server/web-0000" (id `+b.text("id")+`) from memory: not now.`)
		if b.state.IsNull() || a.state.IsNull() {
			t.Fatalf("%s %v: the record was removed from state", c.method, c.reason)
		}
		if walk.read(b).ok(t); b.state.IsNull() {
			t.Errorf("%s %v: the next read removed it", c.method, c.reason)
		}
	}
}

func TestPanicInAListingIsAnErrorOfEachRead(t *testing.T) {
	w := newWorld(t, systemtest.Fault{Method: systemtest.Find, Times: 1, Panic: "boom"})
	b := w.items(1)[0]
	walk := w.walk()
	walk.read(b).wantError(t, "the provider panicked", "boom")
	walk.read(b).ok(t)
}

func TestCancelledLeaderDoesNotFailItsFollowers(t *testing.T) {
	w := newWorld(t, systemtest.Fault{Method: systemtest.Find, Times: 1, Delay: 500 * time.Millisecond})
	blocks := w.items(2)
	ctx, cancel := context.WithCancel(t.Context())
	walk := w.walk()
	leader := make(chan *answer)
	go func() { leader <- walk.until(ctx).read(blocks[0]) }()
	w.waitForCall(item, systemtest.Find)
	follower := make(chan *answer)
	go func() { follower <- walk.read(blocks[1]) }()
	time.AfterFunc(50*time.Millisecond, cancel)
	(<-leader).wantError(t, "context canceled", "It was interrupted")
	(<-follower).ok(t)
	w.wantCalls("cmdb_configuration_item.Find=1")
}

// waitForCall waits until a call has been made.
func (w *world) waitForCall(kind record.Kind, method systemtest.Method) {
	w.Helper()
	w.waitForCalls(kind, method, 1)
}

func (w *world) waitForCalls(kind record.Kind, method systemtest.Method, n int) {
	w.Helper()
	for until := time.Now().Add(noWait); w.faulty.Count(kind, method) < n; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			w.Errorf("%s was called %d times, want %d", method, w.faulty.Count(kind, method), n)
			return
		}
	}
}

// interruptedAt is the context of a person who presses Ctrl-C when a gate asks for the second time.
func (w *world) interruptedAt(kind record.Kind, method systemtest.Method, at *time.Time) context.Context {
	ctx, cancel := context.WithCancel(w.Context())
	seen := w.faulty.Count(kind, method)
	go func() {
		w.waitForCalls(kind, method, seen+2)
		*at = time.Now()
		cancel()
	}()
	return ctx
}

// stubborn is a connection whose listings go on for a while after they were cancelled.
type stubborn struct {
	record.Connection
	release chan struct{}
}

func (c stubborn) Stores() record.Stores {
	stores := c.Connection.Stores()
	stores[item] = stubbornStore{stores[item], c}
	return stores
}

type stubbornStore struct {
	record.Store[record.Record]
	stubborn
}

func (s stubbornStore) Find(ctx context.Context, q record.Query) ([]record.Record, error) {
	<-s.release
	return s.Store.Find(ctx, q)
}

func (s stubbornStore) Get(ctx context.Context, ids []string) (map[string]record.Record, error) {
	<-s.release
	return s.Store.Get(ctx, ids)
}

func TestReadDoesNotJoinAListingThatWasGivenUp(t *testing.T) {
	w := newWorld(t)
	blocks := w.items(2)
	slow := stubborn{w.memory, make(chan struct{})}
	w.faulty = systemtest.Faulty(slow)
	ctx, cancel := context.WithCancel(t.Context())
	walk := w.walk()
	first := make(chan *answer)
	go func() { first <- walk.until(ctx).read(blocks[0]) }()
	w.waitForCall(item, systemtest.Find)
	cancel()
	(<-first).wantError(t, "context canceled")
	second := make(chan *answer)
	go func() { second <- walk.read(blocks[1]) }()
	time.AfterFunc(100*time.Millisecond, func() { close(slow.release) })
	(<-second).ok(t)
}

func TestInterruptedReadReturnsAtOnce(t *testing.T) {
	for _, method := range []systemtest.Method{systemtest.Find, systemtest.Get} {
		w := newWorld(t)
		b := w.items(1)[0]
		w.faulty = systemtest.Faulty(blind{Connection: w.memory, hidden: []string{b.text("id")}}, systemtest.Fault{Method: method, Hang: true})
		ctx, cancel := context.WithCancel(t.Context())
		var began time.Time
		go func() {
			w.waitForCall(item, method)
			began = time.Now()
			cancel()
		}()
		w.walk().until(ctx).read(b).wantError(t, "It was interrupted. Nothing is lost")
		if time.Since(began) > noWait || b.state.IsNull() {
			t.Errorf("it took %s, state %s", time.Since(began), b.state)
		}
	}
}

func TestInterruptedWritesReturnAtOnceAndSaveNothing(t *testing.T) {
	w := newWorld(t, systemtest.Fault{Method: systemtest.Create, Hang: true})
	ctx, cancel := context.WithCancel(t.Context())
	walk := w.walk()
	b := walk.block(item)
	var began time.Time
	go func() {
		w.waitForCall(item, systemtest.Create)
		began = time.Now()
		cancel()
	}()
	walk.until(ctx).apply(b, server("web-01")).wantError(t, "It was interrupted. Nothing is lost")
	if time.Since(began) > noWait || !b.state.IsNull() {
		t.Errorf("it took %s and saved %s", time.Since(began), b.state)
	}
}

func TestTimeoutsBoundAnOperation(t *testing.T) {
	w := newWorld(t, systemtest.Fault{Method: systemtest.Find, Hang: true})
	b := w.items(1)[0]
	state := members(b.state)
	state["timeouts"] = value(state["timeouts"].Type(), map[string]any{"read": "50ms"})
	b.state = tftypes.NewValue(b.state.Type(), state)
	w.walk().read(b).wantError(t, "context deadline exceeded", "raise timeouts if the system is slow")
}

func TestListingDoesNotBringBackWhatWasThereBeforeAWrite(t *testing.T) {
	w := newWorld(t)
	blocks := w.items(2)
	var walk *walk
	var once sync.Once
	config := server("web-0000").with(attrs{"owner": "bob"})
	w.faulty = systemtest.Faulty(blind{Connection: w.memory, during: func() {
		once.Do(func() { walk.apply(blocks[0], config).ok(t) })
	}})
	walk = w.walk()
	walk.read(blocks[1]).ok(t)
	if walk.read(blocks[0]).ok(t); blocks[0].text("owner") != "bob" {
		t.Errorf("the read after the write shows %s", blocks[0].state)
	}
	w.wantCalls("cmdb_configuration_item.Find=1", "cmdb_configuration_item.Update=1")
}

func TestListingDoesNotBringBackWhatWasDestroyed(t *testing.T) {
	w := newWorld(t)
	blocks := w.items(2)
	again := *blocks[0]
	var walk *walk
	var once sync.Once
	w.faulty = systemtest.Faulty(blind{Connection: w.memory, during: func() {
		once.Do(func() { walk.destroy(blocks[0]).ok(t) })
	}})
	walk = w.walk()
	walk.read(blocks[1]).ok(t)
	if walk.read(&again).ok(t); !again.state.IsNull() {
		t.Errorf("the read after the destroy shows %s", again.state)
	}
}

func TestReadShowsDriftOfWhatIsOwnedOnly(t *testing.T) {
	w := newWorld(t)
	b := w.created(item, server("web-01").with(attrs{"owner": "bob", "attributes": map[string]string{"cpu": "4", "ram": "8"}}))
	kept := w.only(item).(*record.ConfigurationItem)
	kept.Owner, kept.Location, kept.Attributes = "mallory", "hall 9", map[string]string{"cpu": "5", "disk": "1T"}
	w.edit(kept, "owner", "location", "attributes")
	w.walk().read(b).ok(t)
	if b.text("owner") != "mallory" || b.text("location") != "" {
		t.Errorf("state is %s", b.state)
	}
	if got := b.entries("attributes"); len(got) != 1 || got["cpu"] != "5" {
		t.Errorf("attributes are %v: a changed entry is shown, a lost one is gone, a foreign one is not shown", got)
	}
}

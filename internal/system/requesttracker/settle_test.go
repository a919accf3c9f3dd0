// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// crossing is an RT in which the asset of the test has the number 1 and appears late, and another one has the number 2.
type crossing struct {
	fake
	mu   sync.Mutex
	made bool
	// looks counts the searches since then; other says in which of them the other one is shown.
	looks int
	other func(look int) bool
}

func (c *crossing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/asset") {
		c.made, c.assets["1"] = true, fakeAsset(1, "one")
		c.write(w, http.StatusCreated, map[string]any{"type": "asset", "id": "1"})
		return
	}
	c.fake.ServeHTTP(w, r)
}

func startCrossing(t *testing.T, other func(look int) bool) (*crossing, *itemStore) {
	c := &crossing{fake: fake{t: t, assets: map[string]map[string]any{}}, other: other}
	c.put = func(w http.ResponseWriter, r *http.Request, body map[string]any) {
		c.assets[r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]]["Status"] = body["Status"]
		c.write(w, http.StatusOK, []any{"Asset one: Asset deleted"})
	}
	c.search = func(w http.ResponseWriter, _ *http.Request) {
		items := []any{}
		if c.made {
			c.looks++
			items = append(items, c.assets["1"])
			if c.other(c.looks) {
				items = append(items, fakeAsset(2, "one"))
			}
		}
		c.write(w, http.StatusOK, map[string]any{"items": items, "total": len(items)})
	}
	return c, newItemStore(connect(t, c))
}

func one() item {
	i := &record.ConfigurationItem{Class: "server", Name: "one"}
	i.Stack = "s"
	return i
}

// The younger one has looked before ours appeared, so it stays, and ours must give way although it is the elder.
func TestElderGivesWay(t *testing.T) {
	c, s := startCrossing(t, func(int) bool { return true })
	_, err := s.Create(t.Context(), one())
	if e := failure(t, err, record.ErrConflict); e.ID != "2" || c.assets["1"]["Status"] != statusDeleted || c.looks != settlingLooks {
		t.Errorf("conflict with %q, ours is %s after %d looks", e.ID, c.assets["1"]["Status"], c.looks)
	}
}

// The younger one has seen ours, and needs a moment to give way.
func TestYoungerGivesWay(t *testing.T) {
	c, s := startCrossing(t, func(look int) bool { return look == 1 })
	kept, err := s.Create(t.Context(), one())
	if err != nil || kept.ID != "1" || c.puts != 0 {
		t.Errorf("kept %+v, error %v, %d writes", kept, err, c.puts)
	}
}

// Who gives up while it waits does not know yet which one stays.
func TestSettlingIsInterrupted(t *testing.T) {
	_, s := startCrossing(t, func(int) bool { return true })
	ctx, cancel := context.WithTimeout(t.Context(), settlingPause/2)
	defer cancel()
	begun := time.Now()
	_, err := s.Create(ctx, one())
	_ = failure(t, err, record.ErrAmbiguous)
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) > 2*settlingPause {
		t.Errorf("after %s: %v", time.Since(begun), err)
	}
}

// Of two processes whose numbers and appearances cross, one record stays.
func TestCrossingCreates(t *testing.T) {
	var mu sync.Mutex
	shown := map[string]bool{}
	begin := make(chan struct{}, 2)
	appear := make(chan struct{})
	c := &fake{t: t, assets: map[string]map[string]any{}}
	c.put = func(w http.ResponseWriter, r *http.Request, _ map[string]any) {
		delete(shown, r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:])
		c.assets[r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]]["Status"] = statusDeleted
		c.write(w, http.StatusOK, []any{"Asset one: Asset deleted"})
	}
	c.search = func(w http.ResponseWriter, _ *http.Request) {
		items := []any{}
		for _, id := range []string{"1", "2"} {
			if shown[id] {
				items = append(items, c.assets[id])
			}
		}
		c.write(w, http.StatusOK, map[string]any{"items": items, "total": len(items)})
	}
	number := 0
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/asset") {
			mu.Lock()
			number++
			mine := number
			c.assets[map[int]string{1: "1", 2: "2"}[mine]] = fakeAsset(mine, "one")
			mu.Unlock()
			begin <- struct{}{}
			if mine == 1 {
				<-appear // It has its number, and is not committed yet.
			}
			mu.Lock()
			defer mu.Unlock()
			shown[map[int]string{1: "1", 2: "2"}[mine]] = true
			c.write(w, http.StatusCreated, map[string]any{"type": "asset", "id": mine})
			return
		}
		mu.Lock()
		defer mu.Unlock()
		c.ServeHTTP(w, r)
	})
	elder, younger := newItemStore(connect(t, handler)), newItemStore(connect(t, handler))
	late := make(chan error, 1)
	go func() {
		_, err := elder.Create(t.Context(), one())
		late <- err
	}()
	<-begin
	kept, err := younger.Create(t.Context(), one())
	if err != nil || kept.ID != "2" {
		t.Fatalf("the younger: %+v, error %v", kept, err)
	}
	close(appear)
	if e := failure(t, <-late, record.ErrConflict); e.ID != "2" {
		t.Errorf("conflict with %q", e.ID)
	}
	if !shown["2"] || shown["1"] {
		t.Errorf("what stays is %v", shown)
	}
}

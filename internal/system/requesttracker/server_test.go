// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
)

// field is a queue and a catalog of a real RT that nobody else uses.
type field struct{ queue, catalog string }

// fields are prepared some at a time: starting RT's libraries takes longer than a queue.
var fields = struct {
	sync.Mutex
	free []field
	made int
}{}

func setting(t *testing.T, name string) string {
	t.Helper()
	return systemtest.Needed(t, "INFRAOPS_TEST_REQUESTTRACKER_"+name, "tools/requesttracker.sh")
}

// emptyField takes a queue and a catalog with nothing in them.
func emptyField(t *testing.T) field {
	t.Helper()
	setting(t, "URL")
	fields.Lock()
	defer fields.Unlock()
	if len(fields.free) == 0 {
		arguments := []string{"setup"}
		for range 25 {
			fields.made++
			f := field{fmt.Sprintf("Changes %d-%d", os.Getpid(), fields.made), fmt.Sprintf("Items %d-%d", os.Getpid(), fields.made)}
			arguments = append(arguments, "--queue", f.queue, "--catalog", f.catalog)
			fields.free = append(fields.free, f)
		}
		command := exec.CommandContext(t.Context(), "tools/requesttracker.sh", arguments...)
		command.Dir = "../../.."
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("tools/requesttracker.sh setup: %v\n%s", err, out)
		}
	}
	f := fields.free[0]
	fields.free = fields.free[1:]
	return f
}

// rt is a real RT behind a proxy that counts and can make trouble.
type rt struct {
	field
	proxy    *httptest.Server
	requests atomic.Int64
	// trouble is asked first; it may answer itself. Nil: none.
	trouble atomic.Pointer[func(w http.ResponseWriter, r *http.Request, serve http.Handler)]
}

func startRT(t *testing.T) *rt {
	t.Helper()
	f := emptyField(t)
	target, err := url.Parse(setting(t, "URL"))
	if err != nil {
		t.Fatal(err)
	}
	s := &rt{field: f}
	forward := &httputil.ReverseProxy{
		Rewrite:      func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	s.proxy = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		if trouble := s.trouble.Load(); trouble != nil {
			(*trouble)(w, r, forward)
			return
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(s.proxy.Close)
	return s
}

func (s *rt) open(t *testing.T, more ...string) *connection {
	t.Helper()
	settings := record.Settings{"url": s.proxy.URL, "token": setting(t, "TOKEN"), "queue": s.queue, "catalog": s.catalog}
	for i := 0; i < len(more); i += 2 {
		settings[more[i]] = more[i+1]
	}
	conn, err := Open(settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn.(*connection)
}

// as sends a request to RT as somebody, past the proxy.
func as(t *testing.T, token, method, path string, body any) (int, []byte) {
	t.Helper()
	var payload bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&payload).Encode(body); err != nil {
			t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), method, setting(t, "URL")+base+path, &payload)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "token "+setting(t, token))
	req.Header.Set("Content-Type", "application/json")
	client := http.Client{Timeout: time.Minute}
	answer, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, raw
}

// decide decides about a change as people do: with a comment and a status of the approval.
func decide(t *testing.T, conn record.Connection, c *record.ChangeRequest, by string, approve bool, comment string) error {
	t.Helper()
	token := map[string]string{"bob": "APPROVER_TOKEN", "alice": "REQUESTER_TOKEN", "Alice": "REQUESTER_TOKEN"}[by]
	known, ok := conn.(*connection).asked.Load(c.ID)
	if !ok || len(known.([]asked)) == 0 {
		return fmt.Errorf("no approval of %s waits", c.Number)
	}
	path := "/ticket/" + known.([]asked)[0].id
	if comment != "" {
		if status, said := as(t, token, http.MethodPost, path+"/correspond", map[string]any{"Content": comment, "ContentType": "text/plain"}); status >= 300 {
			return fmt.Errorf("comment: %d %s", status, said)
		}
	}
	to := denied
	if approve {
		to = resolved
	}
	status, said := as(t, token, http.MethodPut, path, map[string]any{"Status": to})
	if status >= 300 || !bytes.Contains(said, []byte("Status changed")) {
		return fmt.Errorf("decide: %d %s", status, said)
	}
	return nil
}

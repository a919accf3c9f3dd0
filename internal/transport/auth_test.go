// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// office gives tokens and knows which one it accepts.
type office struct {
	mu     sync.Mutex
	given  int
	valid  string
	expiry int
	// refuses says that it gives no token.
	refuses bool
	form    map[string]string
}

func (o *office) serve(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case r.URL.Path == "/token":
		o.form = map[string]string{}
		_ = r.ParseForm()
		for name := range r.PostForm {
			o.form[name] = r.PostForm.Get(name)
		}
		o.given++
		w.Header().Set("Content-Type", "application/json")
		if o.refuses {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = fmt.Fprint(w, `{"error":"invalid_client","error_description":"no such client s3cr3t-of-it"}`)
			return
		}
		o.valid = fmt.Sprintf("token-%d", o.given)
		_, _ = fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":%d}`, o.valid, o.expiry)
	case r.Header.Get("Authorization") != "Bearer "+o.valid:
		w.WriteHeader(http.StatusUnauthorized)
	default:
		_, _ = fmt.Fprint(w, `{}`)
	}
}

func (o *office) revoke() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.valid = "another"
}

func (o *office) asked() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.given
}

var client = OAuth2{TokenURL: "/token", ClientID: "terraform", ClientSecret: "s3cr3t-of-it", Scopes: []string{"a", "b"}}

func together(n int, f func() error) error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = f() })
	}
	all.Wait()
	return errors.Join(errs...)
}

func TestTokenIsRenewedOnceForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &office{expiry: 3600}
		c := serve(t, Config{Auth: Bearer(client), MaxConcurrency: 50}, o.serve)
		write := func() error { _, err := c.Do(t.Context(), post("/things")); return err }
		if err := together(50, write); err != nil || o.asked() != 1 {
			t.Fatalf("%d tokens: %v", o.asked(), err)
		}
		o.revoke()
		if err := together(50, write); err != nil || o.asked() != 2 {
			t.Fatalf("%d tokens: %v", o.asked(), err)
		}
	})
}

func TestTokenIsRenewedBeforeItExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &office{expiry: 600}
		c := serve(t, Config{Auth: Bearer(client)}, o.serve)
		for range 3 { // At 0, 569 and 571 seconds.
			if _, err := c.Do(t.Context(), get("/")); err != nil {
				t.Fatal(err)
			}
			if o.asked() == 1 {
				time.Sleep(569 * time.Second)
				if _, err := c.Do(t.Context(), get("/")); err != nil || o.asked() != 1 {
					t.Fatalf("%d tokens: %v", o.asked(), err)
				}
				time.Sleep(2 * time.Second)
			}
		}
		if o.asked() != 2 {
			t.Errorf("%d tokens, want 2", o.asked())
		}
	})
}

func TestGrants(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &office{}
		password := client
		password.Username, password.Password = "jane", "her password"
		for grant, config := range map[string]OAuth2{"client_credentials": client, "password": password} {
			c := serve(t, Config{Auth: Bearer(config)}, o.serve)
			if _, err := c.Do(t.Context(), get("/")); err != nil {
				t.Fatal(err)
			}
			if o.form["grant_type"] != grant || o.form["client_id"] != "terraform" || o.form["client_secret"] != "s3cr3t-of-it" ||
				o.form["scope"] != "a b" || o.form["username"] != config.Username || o.form["password"] != config.Password {
				t.Errorf("%s: %v", grant, o.form)
			}
		}
	})
}

func TestRefusedCredentialsAreNotShownAgain(t *testing.T) {
	refuse := func(requests *atomic.Int64) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			requests.Add(1)
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = fmt.Fprint(w, "who is s3cr3t-of-it?")
		}
	}
	for name, c := range map[string]struct {
		auth     Authenticator
		requests int64
	}{
		"basic":  {Basic("jane", "s3cr3t-of-it"), 1},
		"header": {Header("Authorization", "token s3cr3t-of-it"), 1},
		"login": {Login(func(context.Context, Send) (http.Header, error) {
			return http.Header{"Cookie": {"session=s3cr3t-of-it"}}, nil
		}), 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var requests atomic.Int64
				client := serve(t, Config{Auth: c.auth}, refuse(&requests))
				err := together(20, func() error {
					_, err := client.Do(t.Context(), get("/"))
					e := failed(t, err, record.ErrUnauthorized)
					if !e.Everything {
						t.Errorf("%v is not about everything", err)
					}
					return err
				})
				if requests.Load() != c.requests || strings.Contains(err.Error(), "s3cr3t") || !strings.Contains(err.Error(), `it answered 401 Unauthorized: "who is`) {
					t.Errorf("%d requests: %v", requests.Load(), err)
				}
			})
		})
	}
}

func TestNoToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &office{refuses: true}
		c := serve(t, Config{Auth: Bearer(client)}, o.serve)
		for range 2 {
			_, err := c.Do(t.Context(), post("/things"))
			e := failed(t, err, record.ErrUnauthorized)
			want := `it gave no token: system.example/token answered 401 Unauthorized: "invalid_client: no such client ***"`
			if !e.Everything || e.Error() != want {
				t.Errorf("%v, want %s", e, want)
			}
		}
		if o.asked() != 1 {
			t.Errorf("it was asked %d times", o.asked())
		}
	})
}

func TestTokenEndpointIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		c := serve(t, Config{Auth: Bearer(client)}, func(w http.ResponseWriter, _ *http.Request) {
			asked++
			w.WriteHeader(http.StatusBadGateway)
		})
		_, err := c.Do(t.Context(), post("/things"))
		if e := failed(t, err, record.ErrUnavailable); e.Everything || asked != maxAttempts {
			t.Errorf("asked %d times: %v", asked, err)
		}
	})
}

func TestOneForbiddenRecordIsNotEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := serve(t, Config{Auth: Basic("jane", "password")}, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/secret" {
				w.WriteHeader(http.StatusForbidden)
			}
		})
		_, err := c.Do(t.Context(), get("/secret"))
		if e := failed(t, err, record.ErrUnauthorized); e.Everything {
			t.Error("a refusal of one record is said to be one of everything")
		}
		if _, err := c.Do(t.Context(), get("/")); err != nil {
			t.Error(err)
		}
	})
}

// A session ends in the middle of a run, and the system says so with its login page.
func TestLogin(t *testing.T) {
	endings := map[string]func(http.ResponseWriter){
		"401": func(w http.ResponseWriter) { w.WriteHeader(http.StatusUnauthorized) },
		"redirect": func(w http.ResponseWriter) {
			w.Header().Set("Location", "/NoAuth/Login.html?next=1")
			w.WriteHeader(http.StatusFound)
		},
		"redirect that says so": func(w http.ResponseWriter) {
			w.Header().Set("Location", "/")
			w.WriteHeader(http.StatusFound)
			_, _ = fmt.Fprint(w, "Login required")
		},
		"page": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = fmt.Fprint(w, `<html><title>Sign in</title><input name="p" type="password">`)
		},
	}
	for name, end := range endings {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var logins, writes atomic.Int64
				auth := Login(func(ctx context.Context, send Send) (http.Header, error) {
					answer, err := send(ctx, Request{Method: http.MethodPost, Path: "/login", Body: []byte("user=jane&pass=x"), ContentType: "application/x-www-form-urlencoded"})
					if err != nil {
						return nil, err
					}
					return Cookies(answer), nil
				})
				c := serve(t, Config{Auth: auth}, func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/login" {
						http.SetCookie(w, &http.Cookie{Name: "session", Value: fmt.Sprint("number-", logins.Add(1)), Path: "/", HttpOnly: true})
						w.Header().Set("Location", "/")
						w.WriteHeader(http.StatusFound)
						return
					}
					if cookie, err := r.Cookie("session"); err != nil || cookie.Value != "number-2" {
						end(w)
						return
					}
					writes.Add(1)
				})
				if _, err := c.Do(t.Context(), post("/things")); err != nil || logins.Load() != 2 || writes.Load() != 1 {
					t.Errorf("%d logins, %d writes: %v", logins.Load(), writes.Load(), err)
				}
			})
		})
	}
}

// Nobody who wrote a wrong password wants an account locked by requests in parallel.
func TestFirstRequestGoesAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var under atomic.Int64
		answer := make(chan struct{})
		c := serve(t, Config{Auth: Basic("jane", "password")}, func(http.ResponseWriter, *http.Request) {
			under.Add(1)
			<-answer
			under.Add(-1)
		})
		done := make(chan error)
		go func() {
			done <- together(20, func() error { _, err := c.Do(t.Context(), get("/")); return err })
		}()
		synctest.Wait()
		if under.Load() != 1 {
			t.Errorf("%d requests at first, want 1", under.Load())
		}
		answer <- struct{}{}
		synctest.Wait()
		if under.Load() != defaultConcurrency {
			t.Errorf("%d requests at a time, want %d", under.Load(), defaultConcurrency)
		}
		close(answer)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := serve(t, Config{RequestsPerSecond: 2}, func(http.ResponseWriter, *http.Request) {})
		begin := time.Now()
		if err := together(12, func() error { _, err := c.Do(t.Context(), get("/")); return err }); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took != 5*time.Second {
			t.Errorf("12 requests in %s, want 5s: two at once, two a second from then on", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err := c.Do(ctx, post("/"))
		if e := failed(t, err, record.ErrUnavailable); !strings.Contains(e.Answer, "requests_per_second") {
			t.Error(err)
		}
	})
}

// All that wait share a login, and it does not end with the one of them that began it.
func TestLoginOutlivesWhoBeganIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logins := 0
		auth := Login(func(ctx context.Context, _ Send) (http.Header, error) {
			logins++
			return http.Header{"X-Token": {"t0ken"}}, sleep(ctx, time.Minute)
		})
		c := serve(t, Config{Auth: auth}, func(http.ResponseWriter, *http.Request) {})
		c.first.over()
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begun := make(chan error)
		go func() { _, err := c.Do(impatient, get("/")); begun <- err }()
		synctest.Wait()
		joined := make(chan error)
		go func() { _, err := c.Do(t.Context(), get("/")); joined <- err }()
		begin := time.Now()
		if err := <-begun; !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != time.Second {
			t.Errorf("after %s: %v", time.Since(begin), err)
		}
		if err := <-joined; err != nil || logins != 1 {
			t.Errorf("%d logins: %v", logins, err)
		}
	})
}

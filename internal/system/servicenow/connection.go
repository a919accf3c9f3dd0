// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/transport"
)

// connection is an instance in use.
type connection struct {
	client *transport.Client
	setup  setup
	// url is where a person finds the instance.
	url        string
	stores     record.Stores
	references references
	classes    classes
	// stacks remembers which stack a change belongs to, so that what hangs on many changes is asked for by stack.
	stacks sync.Map
	closed atomic.Bool
	// pageSize is how many rows are listed at once.
	pageSize int
}

func open(s record.System, settings record.Settings) (*connection, error) {
	u, err := newSetup(settings)
	if err != nil {
		return nil, err
	}
	config, err := transport.Configure(s, settings)
	if err != nil {
		return nil, err
	}
	config.Explain = explain
	if config.Auth, err = authenticator(settings); err != nil {
		return nil, err
	}
	client, err := transport.New(config)
	if err != nil {
		return nil, err
	}
	c := &connection{client: client, setup: u, url: strings.TrimRight(config.URL, "/"), pageSize: 1000, stores: record.Stores{}}
	items := &itemStore{table: newTable[*record.ConfigurationItem](c, record.KindConfigurationItem)}
	record.Serve(c.stores, items)
	record.Serve(c.stores, &relationshipStore{table: newTable[*record.Relationship](c, record.KindRelationship), items: items})
	record.Serve(c.stores, &changeStore{table: newTable[*record.ChangeRequest](c, record.KindChangeRequest), items: items})
	return c, nil
}

// authenticator chooses by the options that are given. A client certificate can do without.
func authenticator(s record.Settings) (transport.Authenticator, error) {
	switch {
	case s["api_key"] != "" && (s["client_id"] != "" || s["username"] != ""):
		return nil, wrong("api_key", "is given beside other credentials, and there can be one kind")
	case s["api_key"] != "":
		return transport.Header("x-sn-apikey", s["api_key"]), nil
	case s["client_id"] != "":
		return transport.Bearer(transport.OAuth2{ //nolint:gosec // It is where tokens are asked for, and no token.
			TokenURL: "/oauth_token.do", ClientID: s["client_id"], ClientSecret: s["client_secret"], Username: s["username"], Password: s["password"],
		}), nil
	case s["username"] != "":
		return transport.Basic(s["username"], s["password"]), nil
	case s["client_certificate_file"] != "":
		return nil, nil //nolint:nilnil // The certificate is the credential.
	}
	return nil, record.Errorf(record.ErrUnauthorized, "there are no credentials for ServiceNow").
		Advise("Set username and password, client_id and client_secret, api_key, or client_certificate_file, in the provider block or the environment")
}

// Stores implements [record.Connection].
func (c *connection) Stores() record.Stores { return c.stores }

// Close implements [record.Connection].
func (c *connection) Close() error {
	if !c.closed.Swap(true) {
		c.client.Close()
	}
	return nil
}

// Ready implements [record.Connection]: a row of each table that a create depends on.
func (c *connection) Ready(ctx context.Context) error {
	for _, table := range []string{tableItems, tableRelationships, tableChanges} {
		if _, _, err := c.page(ctx, listing{table: table, fields: []string{"sys_id"}}, 0, 1); err != nil {
			return err
		}
	}
	return nil
}

// do sends a request, in the words of the port where it fails.
func (c *connection) do(ctx context.Context, r transport.Request) (*transport.Response, error) {
	if c.closed.Load() {
		return nil, record.Errorf(record.ErrUnavailable, "the connection to ServiceNow is closed")
	}
	answer, err := c.client.Do(ctx, r)
	if err != nil {
		return nil, refine(r, err)
	}
	return answer, nil
}

// patch changes columns of one record. Doing so twice is like doing so once, unless the record moves on by itself in between.
func (c *connection) patch(ctx context.Context, table, id string, values map[string]string) error {
	_, moves := values["state"]
	_, err := c.do(ctx, transport.Request{Method: http.MethodPatch, Path: "/api/now/table/" + table + "/" + id, Body: values, Repeatable: !moves})
	return err
}

// insert adds a record by the Table API.
func (c *connection) insert(ctx context.Context, table string, values map[string]string) (string, error) {
	answer, err := c.do(ctx, transport.Request{Method: http.MethodPost, Path: "/api/now/table/" + table, Body: values})
	if err != nil {
		return "", err
	}
	rows, err := results(answer)
	if err != nil || len(rows) != 1 || !isSysID(rows[0]["sys_id"]) {
		return "", unread(answer, err)
	}
	return rows[0]["sys_id"], nil
}

// remove deletes a record. One that is not there is as good.
func (c *connection) remove(ctx context.Context, table, id string) error {
	_, err := c.do(ctx, transport.Request{Method: http.MethodDelete, Path: "/api/now/table/" + table + "/" + id, Repeatable: true})
	if isReason(err, record.ErrNotFound) {
		return nil
	}
	return err
}

// creating are the keys that are being created in this process, each with what says that it is over.
var creating sync.Map

// alone waits until nobody else in this process creates what has the key. The instance does not enforce that there is one.
func (c *connection) alone(ctx context.Context, key string) (done func(), err error) {
	key = c.url + " " + key
	mine := make(chan struct{})
	for {
		other, busy := creating.LoadOrStore(key, mine)
		if !busy {
			return func() {
				creating.Delete(key)
				close(mine)
			}, nil
		}
		select {
		case <-other.(chan struct{}):
		case <-ctx.Done():
			return nil, record.Errorf(record.ErrUnavailable, "the record is being created by another call").Because(ctx.Err())
		}
	}
}

// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
)

var databases atomic.Int64

// FreshPostgres makes an empty PostgreSQL database for one test and returns its URL.
func FreshPostgres(t *testing.T) string {
	t.Helper()
	server := systemtest.Needed(t, "INFRAOPS_TEST_POSTGRES_URL", "tools/postgres.sh")
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal("INFRAOPS_TEST_POSTGRES_URL is not a URL")
	}
	name := fmt.Sprintf("infraops_acc_%d_%d_%d", os.Getpid(), time.Now().UnixNano(), databases.Add(1))
	execute(t, server, "CREATE DATABASE "+name)
	// The provider of a test lives in the test's process and does not hang up.
	t.Cleanup(func() { execute(t, server, "DROP DATABASE "+name+" WITH (FORCE)") })
	u.Path = "/" + name
	return u.String()
}

func execute(t *testing.T, server, statement string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	connection, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close(ctx) }()
	if _, err := connection.Exec(ctx, statement); err != nil {
		t.Fatal(err)
	}
}

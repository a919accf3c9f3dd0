// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package main

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // for the database that is made and dropped

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/registry"
)

const (
	roleAllocator = "allocator"
	jobVariable   = "INFRAOPS_BENCH_JOB"
	// allocators is how many processes allocate at once.
	allocators = 8
)

// pool is the measurement of allocations on one database.
type pool struct {
	database    string
	allocations int
	took        time.Duration
}

// measurePools allocates on SQLite and, where there is a server, on PostgreSQL.
func measurePools(ctx context.Context, dir string, n int) ([]pool, error) {
	p, err := measurePool(ctx, "SQLite", filepath.Join(dir, "allocations.db"), n)
	if err != nil {
		return nil, err
	}
	pools := []pool{p}
	server := os.Getenv("INFRAOPS_TEST_POSTGRES_URL")
	if server == "" {
		fmt.Fprintln(os.Stderr, "bench: INFRAOPS_TEST_POSTGRES_URL is not set, so PostgreSQL is left out (make systems-up)")
		return pools, nil
	}
	p, err = onPostgres(ctx, server, func(database string) (pool, error) { return measurePool(ctx, "PostgreSQL", database, n) })
	return append(pools, p), err
}

// onPostgres does something in a database of its own.
func onPostgres(ctx context.Context, server string, f func(string) (pool, error)) (p pool, err error) {
	u, err := url.Parse(server)
	if err != nil {
		return p, err
	}
	db, err := sql.Open("pgx", server)
	if err != nil {
		return p, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	database := fmt.Sprintf("infraops_bench_%d", os.Getpid())
	if _, err := db.ExecContext(ctx, "CREATE DATABASE "+database); err != nil {
		return p, err
	}
	defer func() {
		_, dropErr := db.ExecContext(context.WithoutCancel(ctx), "DROP DATABASE "+database+" WITH (FORCE)")
		err = errors.Join(err, dropErr)
	}()
	u.Path = "/" + database
	return f(u.String())
}

func measurePool(ctx context.Context, name, database string, n int) (pool, error) {
	p := pool{database: name, allocations: n / allocators * allocators}
	prefix, err := makePrefix(ctx, database)
	if err != nil {
		return p, err
	}
	self, err := os.Executable()
	if err != nil {
		return p, err
	}
	outputs := make(chan string, allocators)
	failures := make(chan error, allocators)
	start := time.Now()
	for i := range allocators {
		job := strings.Join([]string{strconv.Itoa(i), strconv.Itoa(n / allocators), prefix, database}, " ")
		go func() {
			command := exec.CommandContext(ctx, self)
			command.Env = append(os.Environ(), roleVariable+"="+roleAllocator, jobVariable+"="+job)
			command.Stderr = os.Stderr
			output, err := command.Output()
			outputs <- string(output)
			failures <- err
		}()
	}
	addresses := map[string]bool{}
	for range allocators {
		for _, address := range strings.Fields(<-outputs) {
			addresses[address] = true
		}
		err = errors.Join(err, <-failures)
	}
	p.took = time.Since(start)
	if err == nil && len(addresses) != p.allocations {
		err = fmt.Errorf("%s gave out %d different addresses for %d allocations", name, len(addresses), p.allocations)
	}
	return p, err
}

func makePrefix(ctx context.Context, database string) (id string, err error) {
	r, err := registry.OpenRegistry(record.Settings{"database": database})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	kept, err := r.Stores()[record.KindPrefix].Create(ctx, &record.Prefix{Meta: record.Meta{Stack: "bench"}, CIDR: "10.0.0.0/16"})
	if err != nil {
		return "", err
	}
	return kept.Metadata().ID, nil
}

// allocate is the process that allocates, one address after the other, on a connection of its own.
func allocate(ctx context.Context) (err error) {
	var process, n int
	var prefix, database string
	if _, err := fmt.Sscan(os.Getenv(jobVariable), &process, &n, &prefix, &database); err != nil {
		return err
	}
	r, err := registry.OpenRegistry(record.Settings{"database": database})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	store, can := record.Capability[record.Allocator[record.Record]](r.Stores()[record.KindIPAddress])
	if !can {
		return errors.New("the registry cannot allocate")
	}
	out := bufio.NewWriter(os.Stdout)
	defer func() { err = errors.Join(err, out.Flush()) }()
	for i := range n {
		kept, err := store.Allocate(ctx, &record.IPAddress{Meta: record.Meta{Stack: "bench"}, Name: fmt.Sprintf("vm-%d-%d", process, i), PrefixID: prefix})
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(out, kept.(*record.IPAddress).Address); err != nil {
			return err
		}
	}
	return nil
}

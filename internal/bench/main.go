// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

// Command bench measures what plans and applies of this provider cost on this machine, against the same number of
// terraform_data, and how fast parallel processes allocate addresses. It prints a Markdown table.
//
// The measured provider process is this program itself: it serves the very provider that main.go serves, and says at
// its end what it used. That is exact, needs no polling, and keeps measuring out of the product.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
)

// roleVariable says what this program is to be: nothing for the benchmark itself.
const roleVariable = "INFRAOPS_BENCH_ROLE"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	switch role := os.Getenv(roleVariable); role {
	case roleProvider:
		// The CLI sends an interrupt on to its providers, which end when it asks them to.
		stop()
		err = serve()
	case roleAllocator:
		err = allocate(ctx)
	default:
		err = run(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are the command line.
type options struct {
	sizes       []int
	vms         int
	items       int
	repeat      int
	allocations int
	out         string
	profiles    string
}

func parse() (options, error) {
	o := options{}
	sizes := flag.String("n", "100,1000,3000", "how many records, comma-separated; none to leave plans out")
	flag.IntVar(&o.vms, "vms", 500, "how many governed VMs with all their steps; 0 to leave them out")
	flag.IntVar(&o.items, "items", 1000, "how many configuration items in each system that is reached over HTTP; 0 to leave them out")
	flag.IntVar(&o.repeat, "repeat", 3, "how often a plan is measured; the median counts")
	flag.IntVar(&o.allocations, "allocations", 2000, "how many addresses are allocated; 0 to leave this out")
	flag.StringVar(&o.out, "out", "", "also write the report into this file, between its markers")
	flag.StringVar(&o.profiles, "profiles", "", "keep CPU and heap profiles of every provider process in this directory")
	flag.Parse()
	for _, word := range strings.FieldsFunc(*sizes, func(r rune) bool { return r == ',' }) {
		n, err := strconv.Atoi(word)
		if err != nil || n < perModule {
			return o, fmt.Errorf("-n: %q is not a number of at least %d", word, perModule)
		}
		o.sizes = append(o.sizes, n/perModule*perModule)
	}
	if o.repeat < 1 {
		return o, errors.New("-repeat must be at least 1")
	}
	return o, nil
}

func run(ctx context.Context) (err error) {
	o, err := parse()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "infraops-bench")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	c, err := newCLI(ctx, dir, o.profiles)
	if err != nil {
		return err
	}
	defer c.backend.server.Close()
	r := report{machine: machine(c)}
	for _, n := range o.sizes {
		if err := r.measureLayouts(ctx, c, ourPairs, basePairs, n, n, o.repeat); err != nil {
			return err
		}
	}
	if o.vms > 0 {
		governed := report{}
		if err := governed.measureLayouts(ctx, c, ourVMs, baseVMs, o.vms, o.vms*recordsPerVM, o.repeat); err != nil {
			return err
		}
		r.governed = governed.rows
	}
	if o.items > 0 {
		if err := r.measureRemotes(ctx, c, o.items, o.repeat); err != nil {
			return err
		}
	}
	if o.allocations > 0 {
		if r.pools, err = measurePools(ctx, dir, o.allocations); err != nil {
			return err
		}
	}
	return r.print(o)
}

// print shows what was measured, each section in its place.
func (r *report) print(o options) error {
	for section, text := range map[string]string{"make bench": r.markdown(), "make bench of systems": r.remoteMarkdown()} {
		fmt.Print(text)
		if o.out == "" || text == "" {
			continue
		}
		if err := splice(o.out, section, text); err != nil {
			return err
		}
	}
	return nil
}

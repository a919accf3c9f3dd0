// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// report is what was measured.
type report struct {
	machine string
	rows    []row
	// governed are the rows of governed VMs.
	governed []row
	remotes  []remoteRow
	pools    []pool
}

// row is one command on one stack.
type row struct {
	n    int
	what string
	measurement
	// refresh and base are ratios of CPU time: to the plan with -refresh=false, and to terraform_data; 0 for none.
	refresh, base float64
}

// commands are what is measured on both stacks, in this order.
var commands = []struct {
	what string
	args []string
	once bool
}{
	{what: "apply", args: []string{"apply", "-auto-approve"}, once: true},
	{what: "plan", args: []string{"plan", "-detailed-exitcode"}},
	{what: "plan, `-refresh=false`", args: []string{"plan", "-detailed-exitcode", "-refresh=false"}},
}

// measureLayouts measures n units in our layout and in its counterpart, which both have so many records.
func (r *report) measureLayouts(ctx context.Context, c *cli, our, counterpart layout, n, records, repeat int) error {
	base, err := c.measureStack(ctx, counterpart, n, repeat)
	if err != nil {
		return err
	}
	ours, err := c.measureStack(ctx, our, n, repeat)
	if err != nil {
		return err
	}
	for i, m := range ours {
		row := row{n: records, what: commands[i].what, measurement: m, base: ratio(m, base[i])}
		if i == 1 {
			row.refresh = ratio(m, ours[2])
		}
		r.rows = append(r.rows, row)
	}
	for i, m := range base {
		r.rows = append(r.rows, row{n: records, what: "`terraform_data`: " + commands[i].what, measurement: m})
	}
	return nil
}

func ratio(a, b measurement) float64 {
	return float64(a.cli+a.provider.CPU) / float64(b.cli+b.provider.CPU)
}

// measureStack measures all commands on a new stack.
func (c *cli) measureStack(ctx context.Context, l layout, n, repeat int) ([]measurement, error) {
	name := fmt.Sprintf("%s-%d", l.name, n)
	dir := filepath.Join(c.dir, name)
	if err := l.write(dir, n); err != nil {
		return nil, err
	}
	if err := c.backend.use(dir, name); err != nil {
		return nil, err
	}
	if _, err := c.measure(ctx, dir, "init", "-input=false"); err != nil {
		return nil, err
	}
	all := make([]measurement, len(commands))
	for i, command := range commands {
		times := repeat
		if command.once {
			times = 1
		}
		var err error
		if all[i], err = c.times(ctx, dir, times, command.args...); err != nil {
			return nil, err
		}
	}
	return all, os.RemoveAll(dir)
}

// times runs a command several times and takes the median.
func (c *cli) times(ctx context.Context, dir string, times int, args ...string) (measurement, error) {
	var runs []measurement
	for range times {
		m, err := c.measure(ctx, dir, append(args, "-input=false", "-no-color")...)
		if err != nil {
			return m, err
		}
		fmt.Fprintf(os.Stderr, "bench: %s %s: %.2f s, CLI CPU %.2f s, provider CPU %.2f s, %d MB\n",
			filepath.Base(dir), strings.Join(args, " "), m.wall.Seconds(), m.cli.Seconds(), m.provider.CPU.Seconds(), m.provider.Peak>>20)
		runs = append(runs, m)
	}
	return median(runs), nil
}

// median takes each figure's own; of two it takes the higher.
func median(runs []measurement) measurement {
	pick := func(figure func(measurement) int64) int64 {
		figures := make([]int64, len(runs))
		for i, m := range runs {
			figures[i] = figure(m)
		}
		slices.Sort(figures)
		return figures[len(figures)/2]
	}
	return measurement{
		wall: time.Duration(pick(func(m measurement) int64 { return int64(m.wall) })),
		cli:  time.Duration(pick(func(m measurement) int64 { return int64(m.cli) })),
		provider: usage{
			CPU:        time.Duration(pick(func(m measurement) int64 { return int64(m.provider.CPU) })),
			Peak:       pick(func(m measurement) int64 { return m.provider.Peak }),
			Statements: pick(func(m measurement) int64 { return m.provider.Statements }),
		},
	}
}

// machine names what the figures are true for.
func machine(c *cli) string {
	return fmt.Sprintf("%s, %d cores, %s of memory, %s; %s, %s; %s.", processor(), runtime.NumCPU(), memory(), system(), runtime.Version(), c.about, time.Now().Format(time.DateOnly))
}

func processor() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func memory() string {
	info, _ := os.ReadFile("/proc/meminfo")
	_, after, _ := strings.Cut(string(info), "MemTotal:")
	var kilobytes int64
	if _, err := fmt.Sscan(after, &kilobytes); err != nil {
		return "an unknown amount"
	}
	return fmt.Sprintf("%.0f GiB", float64(kilobytes)/(1<<20))
}

func system() string {
	info, _ := os.ReadFile("/etc/os-release")
	for line := range strings.Lines(string(info)) {
		if value, ok := strings.CutPrefix(line, "PRETTY_NAME="); ok {
			return strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return runtime.GOOS
}

// load says how busy the machine was, without which the seconds mean little; nothing where the system does not tell.
func load() string {
	averages, err := os.ReadFile("/proc/loadavg")
	fields := strings.Fields(string(averages))
	if err != nil || len(fields) < 3 {
		return ""
	}
	return fmt.Sprintf(" At the end the load average of 15 minutes was %s: on a busy machine the seconds tell less than the CPU seconds.", fields[2])
}

func (r *report) markdown() string {
	if len(r.rows)+len(r.governed)+len(r.pools) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Measured with `make bench` on %s%s\n\n", r.machine, load())
	table(&b, r.rows)
	if len(r.governed) > 0 {
		fmt.Fprintf(&b, "\nGoverned VMs with all their steps, %d records each, by the module of the examples:\n\n", recordsPerVM)
		table(&b, r.governed)
	}
	if len(r.pools) > 0 {
		fmt.Fprintf(&b, "\nAddresses allocated from one prefix by %d processes at once, all of them different:\n\n", allocators)
		b.WriteString("| database | allocations | seconds | per second |\n|---|--:|--:|--:|\n")
	}
	for _, p := range r.pools {
		fmt.Fprintf(&b, "| %s | %d | %.1f | %.0f |\n", p.database, p.allocations, p.took.Seconds(), float64(p.allocations)/p.took.Seconds())
	}
	return b.String()
}

func table(b *strings.Builder, rows []row) {
	if len(rows) == 0 {
		return
	}
	b.WriteString("| records | command | seconds | CLI CPU s | provider CPU s | provider peak MB | SQL statements | CPU / `-refresh=false` | CPU / `terraform_data` |\n")
	b.WriteString("|--:|---|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, row := range rows {
		fmt.Fprintf(b, "| %d | %s | %.2f | %.2f | %s | %s | %s | %s | %s |\n", row.n, row.what, row.wall.Seconds(), row.cli.Seconds(),
			cell("%.2f", row.provider.CPU.Seconds()), cell("%.0f", float64(row.provider.Peak>>20)), cell("%.0f", float64(row.provider.Statements)),
			cell("%.2f", row.refresh), cell("%.1f", row.base))
	}
}

// cell is empty where there is nothing to say.
func cell(format string, figure float64) string {
	if figure == 0 {
		return ""
	}
	return fmt.Sprintf(format, figure)
}

// splice replaces what a file has between the markers of a section.
func splice(file, section, text string) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	begin, end := fmt.Sprintf("<!-- %s: begin -->", section), fmt.Sprintf("<!-- %s: end -->", section)
	before, rest, found := bytes.Cut(old, []byte(begin))
	_, after, ended := bytes.Cut(rest, []byte(end))
	if !found || !ended {
		return errors.New(file + " has no markers " + begin + " and " + end)
	}
	return os.WriteFile(file, slices.Concat(before, []byte(begin+"\n\n"+text+"\n"+end), after), 0o644)
}

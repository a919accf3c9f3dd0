// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

const processes = 8

func TestProcessesAllocateEachAddressOnce(t *testing.T) {
	const all = 2000
	onEach(t, func(t *testing.T, database string) {
		r := open(t, database)
		p := create(t, r, prefix("s", "10.0.0.0/21", "10.0.0.1"))
		start := time.Now()
		lines := children(t, processes, "allocate", database, p.ID, fmt.Sprint(all/processes))
		t.Logf("%d allocations by %d processes: %v", all, processes, time.Since(start).Round(time.Millisecond))
		seen := map[string]bool{}
		for _, addresses := range lines {
			for _, a := range addresses {
				if seen[a] {
					t.Errorf("%s was given out twice", a)
				}
				seen[a] = true
			}
		}
		if len(seen) != all || seen["10.0.0.0"] || seen["10.0.0.1"] {
			t.Errorf("%d addresses", len(seen))
		}
		for i := range all { // the lowest ones, without a gap
			if a := fmt.Sprintf("10.0.%d.%d", (i+2)/256, (i+2)%256); !seen[a] {
				t.Errorf("%s was left out", a)
			}
		}
		found, err := r.Stores()[record.KindIPAddress].Find(t.Context(), record.Query{})
		if err != nil || len(found) != all {
			t.Errorf("found %d, %v", len(found), err)
		}
		if p := get[*record.Prefix](t, r, p.Kind(), p.ID); p.Used != all {
			t.Errorf("used %d", p.Used)
		}
	})
}

func TestProcessesOpenANewDatabaseAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		lines := children(t, processes, "create", database)
		seen := map[string]bool{}
		for _, ids := range lines {
			for _, id := range ids {
				seen[id] = true
			}
		}
		if len(seen) != processes*5 {
			t.Errorf("%d records", len(seen))
		}
		r := open(t, database)
		var migrations int
		if err := raw(t, r).QueryRow("SELECT COUNT(*) FROM infraops_migration").Scan(&migrations); err != nil || migrations != schemaVersion() {
			t.Errorf("%d migrations are recorded, %v", migrations, err)
		}
		if all, err := r.Records(t.Context(), "", record.Query{}); err != nil || len(all) != processes*5 {
			t.Errorf("found %d, %v", len(all), err)
		}
	})
}

// TestKilledProcess: what a process was told is kept is there after it was killed, and nothing is there in part.
func TestKilledProcess(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		r := open(t, database)
		p := create(t, r, prefix("s", "10.0.0.0/16", ""))
		told := map[string]string{}
		for round := range 5 {
			c := startChild(t, "forever", database, fmt.Sprint(round), p.ID)
			time.Sleep(time.Duration(250+37*round) * time.Millisecond)
			if err := c.cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			if err := c.cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
				t.Fatalf("it ended by itself: %v: %s", err, c.stderr.String())
			}
			decoder := json.NewDecoder(&c.out)
			for decoder.More() {
				var line map[string]string
				if decoder.Decode(&line) != nil {
					break // cut off by the kill
				}
				told[line["id"]] = line["address"]
			}
			create(t, r, item("s", fmt.Sprint(round))) // nothing is left locked
		}
		if len(told) < 20 {
			t.Fatalf("only %d writes before the kills", len(told))
		}
		t.Logf("%d writes were told of", len(told))
		found, err := r.Stores()[record.KindIPAddress].Find(t.Context(), record.Query{Gone: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			a := f.(*record.IPAddress)
			if address, ok := told[a.ID]; ok && address != a.Address {
				t.Errorf("%s was told %s, kept %s", a.ID, address, a.Address)
			}
			if a.Address == "" {
				t.Errorf("%s is kept in part", a.ID)
			}
			delete(told, a.ID)
		}
		if len(told) > 0 {
			t.Errorf("lost: %v", told)
		}
		for what, query := range map[string]string{
			"allocations without a record": "SELECT COUNT(*) FROM infraops_allocation WHERE record_id NOT IN (SELECT id FROM infraops_record)",
			"records without a history":    "SELECT COUNT(*) FROM infraops_record WHERE id NOT IN (SELECT record_id FROM infraops_history)",
			"histories without a record":   "SELECT COUNT(*) FROM infraops_history WHERE record_id NOT IN (SELECT id FROM infraops_record)",
		} {
			var n int
			if err := raw(t, r).QueryRow(query).Scan(&n); err != nil || n != 0 {
				t.Errorf("%d %s, %v", n, what, err)
			}
		}
		var allocations int
		if err := raw(t, r).QueryRow("SELECT COUNT(*) FROM infraops_allocation").Scan(&allocations); err != nil || allocations != len(found) {
			t.Errorf("%d allocations for %d records, %v", allocations, len(found), err)
		}
		if !isURL(database) {
			var verdict string
			if err := raw(t, r).QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
				t.Errorf("%s, %v", verdict, err)
			}
		}
	})
}

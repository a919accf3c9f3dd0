// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/registry"
)

func planRows() []badInput {
	return []badInput{
		{"a class that the registry lacks", item(`class = "toaster"`), "class", "must be one of application.*in built-in registry"},
		{"a relationship that it lacks", relationship(`type = "loves"`), "type", "must be one of connects_to.*in built-in registry"},
		{"outside the prefix", address(`prefix_id = "PREFIX"`, `address = "10.9.0.7"`), "address", "outside prefix 10.1.0.0/24"},
		{"the network address", address(`prefix_id = "PREFIX"`, `address = "10.1.0.0"`), "address", "10.1.0.0.*(network|reserved|never)"},
		{"the broadcast address", address(`prefix_id = "PREFIX"`, `address = "10.1.0.255"`), "address", "10.1.0.255"},
		{"the gateway", address(`prefix_id = "PREFIX"`, `address = "10.1.0.1"`), "address", "gateway"},
		{"the other family", address(`prefix_id = "PREFIX"`, `address = "2001:db8::7"`), "address", "outside prefix"},
		{"no such prefix", address(`prefix_id = "4711"`), "prefix_id", `no live IPAM prefix with id "4711"`},
		{"an item as a prefix", address(`prefix_id = "ITEM"`), "prefix_id", "no live IPAM prefix with id"},
		{"a CIDR as a prefix", address(`prefix_id = "10.1.0.0/24"`), "prefix_id", `no live IPAM prefix with id "10.1.0.0/24"`},
		{"a prefix of another stack", prefix(`cidr = "10.1.0.0/24"`), "cidr", `stack "theirs" manages this prefix.*data source infraops_ipam_prefix`},
		{"a taken address", address(`prefix_id = "PREFIX"`, `address = "10.1.0.7"`), "address", `belongs to "taken" of stack "theirs"`},
		{"a relationship to nothing", relationship(`parent_id = "ITEM"`, `child_id = "4711"`), "child_id", `no live configuration item with id "4711"`},
		{"a relationship from a prefix", relationship(`parent_id = "PREFIX"`, `child_id = "ITEM"`), "parent_id", "no live configuration item with id"},
		{"the state of nothing", itemState(`configuration_item_id = "4711"`, `status = "operational"`), "configuration_item_id", "no live configuration item with id"},
		{"the state of a retired item", itemState(`configuration_item_id = "RETIRED"`, `status = "operational"`), "configuration_item_id", "no live configuration item"},
		{"the approval of nothing", approval(`change_request_id = "4711"`), "change_request_id", `no live change request with id "4711"`},
		{"the approval of an item", approval(`change_request_id = "ITEM"`), "change_request_id", "no live change request with id"},
		{"the approval of a number", approval(`change_request_id = "CHG0000001"`), "change_request_id", "no live change request with id"},
		{"closing nothing", closure(`change_request_id = "4711"`), "change_request_id", "no live change request with id"},
		{"decommissioning nothing", decommission(`change_request_id = "4711"`), "change_request_id", `no live change request with id "4711"`},
		{"a decommission that polls without a pause", decommission(`change_request_id = "OPEN"`, `poll_interval = "0s"`), "poll_interval", "must be at least 1s"},
		{"a patch policy that is not there", patchEnrollment(`policy_id = "4711"`), "policy_id", `no live patch policy with id "4711"`},
		{"a prefix as a backup policy", backupEnrollment(`policy_id = "PREFIX"`), "policy_id", "no live backup policy with id"},
		{"no such enrollment", data("backup_status", `name = "nobody"`), "data", `no live record with name "nobody"`},
		{"exhausted", address(`prefix_id = "FULL"`), "prefix_id", "10.2.0.0/30 has 0 of 1 addresses free"},
		{"two blocks, one item", item() + acctest.Block(`resource "infraops_cmdb_configuration_item" "§b"`, `class = "server"`, `name = "§"`), "class", "another block.*same configuration item"},
		{"two blocks, one address", address(`prefix_id = "PREFIX"`) + acctest.Block(`resource "infraops_ipam_address" "§b"`, `prefix_id = "PREFIX"`, `name = "§"`), "name", "another block"},
		{"two blocks, one change", request() + acctest.Block(`resource "infraops_change_request" "§b"`, `summary = "§"`), "resource", "another block"},
		{"two blocks, one package", software() + acctest.Block(`resource "infraops_software_package" "§b"`, `name = "nginx"`, `host = { address = "§.EXAMPLE.com" }`), "", "another block.*same software package.*host.address or name"},
		{"two blocks, one message", message() + acctest.Block(`resource "infraops_notification_message" "§b"`, `name = "§"`, `channel = "smtp"`, `recipients = ["eve@example.com"]`, `subject = "x"`, `body = "x"`), "name", "another block.*same notification message"},
		{"a block for an existing item", item(`name = "existing"`), "class", "another block.*server/existing"},
		{"template of a change that is normal by default", request(`template = "t"`), "template", "is for standard changes"},
		{"polling without a pause", approval(`change_request_id = "OPEN"`, `poll_interval = "0s"`), "poll_interval", "must be at least 1s"},
		{"no stack", providerBlock(), "provider", "Missing stack.*INFRAOPS_STACK"},
		{"no such item", data("cmdb_configuration_item", `id = "4711"`), "data", `no live record with id "4711"`},
		{"no such name", data("cmdb_configuration_item", `class = "server"`, `name = "nobody"`), "data", `no live record with class "server" and name "nobody"`},
		{"a retired item", data("cmdb_configuration_item", `id = "RETIRED"`), "data", "no live record"},
		{"a name in two stacks", data("cmdb_configuration_item", `class = "server"`, `name = "double"`), "data", `2 live records.*Select one by id.*theirs.*others`},
		{"no such CIDR", data("ipam_prefix", `cidr = "10.77.0.0/24"`), "data", "no live record"},
		{"no such number", data("change_request", `number = "CHG9999999"`), "data", "no live record"},
	}
}

// databaseRows have a provider of their own each.
func databaseRows(t *testing.T) []badInput {
	t.Helper()
	directory := t.TempDir()
	database := func(value string) string {
		return providerBlock(`stack = "a"`, "registry = { database = "+acctest.Quote(value)+" }")
	}
	file := func(name, content string) string {
		path := filepath.Join(directory, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	rows := []badInput{
		{"a directory", database(directory), "resource", "is a directory.*path of a file"},
		{"in no directory", database(filepath.Join(directory, "none", "r.db")), "resource", "directory .* does not exist"},
		{"in a file", database(filepath.Join(file("file", "x"), "r.db")), "resource", "not a directory"},
		{"not SQLite", database(file("text.db", "This is a text, and not a database at all.")), "resource", "is not an SQLite database"},
		{"corrupt", database(file("corrupt.db", "SQLite format 3\x00"+string(make([]byte, 4096)))), "resource", "is damaged, or not an SQLite database"},
		{"newer", database(newer(t, directory)), "resource", "newer"},
		{"another scheme", database("mysql://root:hunter2@localhost/infraops"), "resource", `cannot be a URL that begins with "mysql://"`},
		{"bad URL", database("postgres://root:hunter2@localhost:port/infraops"), "resource", "not a valid PostgreSQL URL"},
		{"no server", database("postgres://root:hunter2@127.0.0.1:1/infraops?sslmode=disable"), "resource", "127.0.0.1:1"},
		{"no host", database("postgres://root:hunter2@no-such-host.invalid/infraops?sslmode=disable"), "resource", "no-such-host.invalid"},
	}
	if os.Geteuid() != 0 {
		if err := os.Chmod(file("read-only.db", ""), 0o400); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, badInput{"read-only", database(filepath.Join(directory, "read-only.db")), "resource", "cannot be written to"})
	}
	if server := os.Getenv("INFRAOPS_TEST_POSTGRES_URL"); server != "" {
		wrong, err := url.Parse(server)
		if err != nil {
			t.Fatal(err)
		}
		wrong.User = url.UserPassword("nobody_of_that_name", "hunter2")
		rows = append(rows, badInput{"wrong user", database(wrong.String()), "resource", `refused user "nobody_of_that_name"`})
		none, _ := url.Parse(server)
		none.Path = "/no_such_database"
		rows = append(rows, badInput{"no such database", database(none.String()), "resource", `database "no_such_database".*does not exist`})
	}
	return rows
}

// newer makes a registry as a later version of the provider would leave it.
func newer(t *testing.T, directory string) string {
	t.Helper()
	path := filepath.Join(directory, "newer.db")
	r, err := registry.OpenRegistry(record.Settings{"database": path})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if _, err := r.Stores()[record.KindPrefix].Create(ctx, &record.Prefix{Meta: record.Meta{Stack: "a"}, CIDR: "10.0.0.0/24"}); err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(ctx, "INSERT INTO infraops_migration (version, name, applied_at, applied_by) VALUES (9999, 'later', '', '')"); err != nil {
		t.Fatal(err)
	}
	return path
}

// late makes a value known only to the apply.
func late(value string) string {
	return acctest.Block(`resource "terraform_data" "§"`, "input = "+acctest.Quote(value))
}

func applyRows() []badInput {
	const it = "terraform_data.§.output"
	return []badInput{
		{"a late CIDR", late("10.0.0.5/24") + prefix("cidr = "+it), "cidr", "host bits set"},
		{"a late time", late("tomorrow") + request("planned_start = "+it), "planned_start", "RFC 3339"},
		{"a late window", late("2029-03-01T20:00:00Z") + request(`planned_start = "2030-03-01T20:00:00Z"`, "planned_end = "+it), "planned_end", "must be after planned_start"},
		{"a late name", late("a\nb") + item("name = "+it), "name", `has U\+000A`},
		{"a late class", late("toaster") + item("class = "+it), "class", "must be one of application"},
		{"a late empty text", late("") + item("owner = "+it), "owner", "must not be empty"},
		{"a late prefix", late("4711") + address("prefix_id = "+it), "prefix_id", `no live IPAM prefix with id "4711"`},
		{"a late address outside", late("10.9.0.1") + address(`prefix_id = "PREFIX"`, "address = "+it), "address", "outside prefix"},
		{"a late self", late("ITEM") + relationship(`parent_id = "ITEM"`, "child_id = "+it), "child_id", "another configuration item"},
		{"a late poll interval", late("1ms") + approval(`change_request_id = "OPEN"`, "poll_interval = "+it), "poll_interval", "at least 1s"},
		{"a late recipient", late("ada") + message("recipients = ["+it+"]"), "recipients", "must be e-mail addresses"},
		{"late recipients, none", acctest.Block(`resource "terraform_data" "§"`, "input = []") + message("recipients = "+it), "recipients", "at least one recipient"},
		{"a late version", late("1.24.*") + software("version = "+it), "version", "must be an exact version"},
		{"a late host", late("web 01") + software("host = { address = "+it+" }"), "host", "address must be a host name"},
		{"a gateway that is an address", prefix(`cidr = "10.1.0.0/28"`, `gateway = "10.1.0.7"`), "gateway", `address of "taken" of stack "theirs"`},
		{"another content", approval(`change_request_id = "OPEN"`, `content_hash = "0000"`), "content_hash", "not the one that this approval is bound to"},
		{"a cancelled change", approval(`change_request_id = "CANCELED"`), "", "was cancelled"},
		{"closing a cancelled change", closure(`change_request_id = "CANCELED"`), "", "was cancelled"},
		{"closing what was not approved", closure(`change_request_id = "OPEN"`), "", "approval is"},
	}
}

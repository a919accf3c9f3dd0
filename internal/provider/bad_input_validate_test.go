// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"slices"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
)

// resourceBlock writes a resource of the row's own name. A line replaces the default line of the same attribute.
func resourceBlock(kind string, defaults, lines []string) string {
	attribute := func(line string) string { name, _, _ := strings.Cut(line, " ="); return name }
	for _, d := range defaults {
		if !slices.ContainsFunc(lines, func(l string) bool { return attribute(l) == attribute(d) }) {
			lines = append(lines, d)
		}
	}
	return acctest.Block(`resource "infraops_`+kind+`" "§"`, lines...)
}

func item(lines ...string) string {
	return resourceBlock("cmdb_configuration_item", []string{`class = "server"`, `name = "§"`}, lines)
}

func itemState(lines ...string) string {
	return resourceBlock("cmdb_configuration_item_state", []string{`configuration_item_id = "1"`}, lines)
}

func relationship(lines ...string) string {
	return resourceBlock("cmdb_relationship", []string{`parent_id = "1"`, `child_id = "2"`, `type = "runs_on"`}, lines)
}

func prefix(lines ...string) string {
	return resourceBlock("ipam_prefix", []string{`cidr = "10.0.0.0/24"`}, lines)
}

func address(lines ...string) string {
	return resourceBlock("ipam_address", []string{`name = "§"`, `prefix_id = "1"`}, lines)
}

func request(lines ...string) string {
	return resourceBlock("change_request", []string{`summary = "§"`}, lines)
}

func approval(lines ...string) string {
	return resourceBlock("change_approval", []string{`change_request_id = "1"`}, lines)
}

func closure(lines ...string) string {
	return resourceBlock("change_closure", []string{`change_request_id = "1"`, `notes = "Done."`}, lines)
}

func freeze(lines ...string) string {
	return resourceBlock("change_freeze", []string{`name = "§"`, `start = "2030-12-20T00:00:00Z"`, `reason = "Because."`}, lines)
}

func conflicts(lines ...string) string {
	return acctest.Block(`data "infraops_change_conflicts" "§"`, append([]string{`planned_start = "2030-03-01T20:00:00Z"`}, lines...)...)
}

func decommission(lines ...string) string {
	return resourceBlock("change_decommission", []string{`change_request_id = "1"`, `summary = "§"`}, lines)
}

func software(lines ...string) string {
	return resourceBlock("software_package", []string{`name = "nginx"`, `host = { address = "§.example.com" }`}, lines)
}

func message(lines ...string) string {
	return resourceBlock("notification_message", []string{`name = "§"`, `channel = "smtp"`, `recipients = ["ada@example.com"]`, `subject = "Ready"`, `body = "It is."`}, lines)
}

func patchPolicy(lines ...string) string {
	return resourceBlock("patch_policy", []string{`name = "§"`, `schedule = { recurrence = "FREQ=DAILY", start = "2026-03-01T02:00:00Z", duration = "4h" }`}, lines)
}

func patchEnrollment(lines ...string) string {
	return resourceBlock("patch_enrollment", []string{`target = "§"`, `policy_id = "1"`}, lines)
}

func backupPolicy(lines ...string) string {
	return resourceBlock("backup_policy", []string{`name = "§"`, `schedules = [{ every = "day" }]`, `retention = { daily = 30 }`}, lines)
}

func backupEnrollment(lines ...string) string {
	return resourceBlock("backup_enrollment", []string{`name = "§"`, `policy_id = "1"`, `target = "web"`}, lines)
}

func data(kind string, lines ...string) string {
	return acctest.Block(`data "infraops_`+kind+`" "§"`, lines...)
}

func providerBlock(lines ...string) string {
	return acctest.Block(`provider "infraops"`, append(lines, `alias = "§"`)...) + item("provider = infraops.§")
}

func validateRows() []badInput {
	return slices.Concat(
		validateIPAM(), validateCMDB(), validateChange(), validateFreeze(), validateCheck(), validateImage(), validateMonitoring(),
		validatePatch(), validateBackup(), validateIAM(), validateSecret(), validateSoftware(), validateNotification(), validateData(), validateProvider(),
	)
}

func validateIPAM() []badInput {
	long := strings.Repeat("a", 10_000)
	return []badInput{
		{"no length", prefix(`cidr = "10.0.0.0"`), "cidr", "must be a prefix such as"},
		{"host bits", prefix(`cidr = "10.0.0.5/24"`), "cidr", `host bits set: write "10.0.0.0/24"`},
		{"/33", prefix(`cidr = "10.0.0.0/33"`), "cidr", "must be a prefix"},
		{"negative length", prefix(`cidr = "10.0.0.0/-1"`), "cidr", "must be a prefix"},
		{"octet", prefix(`cidr = "300.0.0.0/8"`), "cidr", "must be a prefix"},
		{"netmask", prefix(`cidr = "10.0.0.0/255.255.255.0"`), "cidr", "must be a prefix"},
		{"IPv6 spelling", prefix(`cidr = "2001:DB8:0::/64"`), "cidr", `write "2001:db8::/64"`},
		{"IPv6 /129", prefix(`cidr = "2001:db8::/129"`), "cidr", "must be a prefix"},
		{"IPv4 in IPv6", prefix(`cidr = "::ffff:10.0.0.0/120"`), "cidr", "IPv4 prefix in IPv6 form"},
		{"IPv6 zone", prefix(`cidr = "fe80::%eth0/64"`), "cidr", "must be a prefix"},
		{"empty CIDR", prefix(`cidr = ""`), "cidr", "must not be empty"},
		{"gateway outside", prefix(`gateway = "10.9.0.1"`), "gateway", "must be a host address inside 10.0.0.0/24"},
		{"gateway is the network", prefix(`gateway = "10.0.0.0"`), "gateway", "must be a host address inside"},
		{"gateway is the broadcast", prefix(`gateway = "10.0.0.255"`), "gateway", "must be a host address inside"},
		{"gateway of the other family", prefix(`gateway = "2001:db8::1"`), "gateway", "must be a host address inside"},
		{"bad gateway", prefix(`gateway = "10.0.0.999"`), "gateway", "must be an IP address"},
		{"short address", address(`address = "10.0.0"`), "address", "must be an IP address"},
		{"address with a length", address(`address = "10.0.0.7/24"`), "address", "must be an IP address"},
		{"address with a zone", address(`address = "fe80::1%eth0"`), "address", "must not have a zone"},
		{"space in a host name", address(`hostname = "web 01"`), "hostname", "must be a host name"},
		{"hyphen first", address(`hostname = "-web"`), "hostname", "must be a host name"},
		{"empty label", address(`hostname = "web..example.com"`), "hostname", "must be a host name"},
		{"label of 64", address(`hostname = "` + long[:64] + `.com"`), "hostname", "must be a host name"},
		{"host name of 10 kB", address(`hostname = "` + long + `"`), "hostname", "at most 253"},
		{"address without a name", address(`name = ""`), "name", "must not be empty"},
		{"name of 10 kB", address(`name = "` + long + `"`), "name", "at most 255 characters, has 10000"},
		{"control character", address(`name = "a\u0007b"`), "name", `has U\+0007`},
		{"line break", address(`name = "a\nb"`), "name", `has U\+000A`},
		{"emoji", address(`name = "web 🚀"`), "name", `has U\+1F680`},
		{"leading space", address(`name = " web"`), "name", "begin or end with white space"},
		{"trailing space", address(`name = "web "`), "name", "begin or end with white space"},
		{"null label", address(`labels = { tier = null }`), "labels", "must not be null; leave the key out"},
		{"empty label key", address(`labels = { "" = "x" }`), "labels", "empty key"},
		{"labels of the wrong type", address(`labels = ["a"]`), "labels", "(?i)map of string required"},
	}
}

func validateCMDB() []badInput {
	return []badInput{
		{"empty class", item(`class = ""`), "class", "must not be empty"},
		{"class with a slash", item(`class = "a/b"`), "class", "slash"},
		{"empty name", item(`name = ""`), "name", "must not be empty"},
		{"no name", item(`name = null`), "name", "(?i)required"},
		{"unknown status", item(`initial_status = "broken"`), "initial_status", "must be one of planned"},
		{"created retired", item(`initial_status = "retired"`), "initial_status", "must be one of planned"},
		{"unknown on_destroy", item(`on_destroy = "explode"`), "on_destroy", "must be one of retire, delete"},
		{"bad fqdn", item(`fqdn = "under score"`), "fqdn", "must be a host name"},
		{"bad ip_address", item(`ip_address = "10.0.0.0/8"`), "ip_address", "must be an IP address"},
		{"empty owner", item(`owner = ""`), "owner", "must not be empty"},
		{"null attribute", item(`attributes = { cpus = null }`), "attributes", "must not be null"},
		{"long attribute", item(`attributes = { a = "` + strings.Repeat("x", 5000) + `" }`), "attributes", "at most 4096"},
		{"control in an attribute", item(`attributes = { a = "x\u0000y" }`), "attributes", `control characters; has U\+0000`},
		{"key with a space first", item(`attributes = { " a" = "x" }`), "attributes", "the key must not begin"},
		{"unknown system", item(`extensions = { jira = { u = "1" } }`), "extensions", `there is no system "jira"; the systems are registry, requesttracker, servicenow`},
		{"null extension", item(`extensions = { registry = { u = null } }`), "extensions", "must not be null"},
		{"bad timeout", item(`timeouts = { create = "soon" }`), "resource", "(?i)duration"},
		{"unknown attribute", item(`colour = "red"`), "colour", "(?i)unsupported argument"},
		{"state unknown", itemState(`status = "broken"`), "status", "must be one of planned"},
		{"state retired", itemState(`status = "retired"`), "status", "must be one of planned"},
		{"state of nothing", itemState(`configuration_item_id = ""`), "configuration_item_id", "must not be empty"},
		{"relationship to itself", relationship(`child_id = "1"`), "child_id", "another configuration item than parent_id"},
		{"relationship without a type", relationship(`type = ""`), "type", "must not be empty"},
	}
}

func validateChange() []badInput {
	return []badInput{
		{"empty summary", request(`summary = ""`), "summary", "must not be empty"},
		{"summary of 10 kB", request(`summary = "` + strings.Repeat("a", 10_000) + `"`), "summary", "at most 255"},
		{"unknown type", request(`type = "urgent"`), "type", "must be one of normal, standard, emergency"},
		{"unknown risk", request(`risk = "medium"`), "risk", "must be one of low, moderate, high"},
		{"unknown impact", request(`impact = "none"`), "impact", "must be one of low, medium, high"},
		{"change on_destroy", request(`on_destroy = "delete"`), "on_destroy", "must be one of cancel, keep"},
		{"no time", request(`planned_start = "tomorrow"`), "planned_start", "RFC 3339"},
		{"a date only", request(`planned_end = "2030-03-01"`), "planned_end", "RFC 3339"},
		{"no zone", request(`planned_end = "2030-03-01T20:00:00"`), "planned_end", "RFC 3339"},
		{"no such day", request(`planned_end = "2030-02-30T20:00:00Z"`), "planned_end", "RFC 3339"},
		{"ends before it starts", request(`planned_start = "2030-03-01T20:00:00Z"`, `planned_end = "2030-03-01T20:30:00+01:00"`), "planned_end", "must be after planned_start"},
		{"ends when it starts", request(`planned_start = "2030-03-01T20:00:00Z"`, `planned_end = "2030-03-01T20:00:00Z"`), "planned_end", "must be after planned_start"},
		{"empty item id", request(`configuration_item_ids = [""]`), "configuration_item_ids", "must not be empty"},
		{"null item id", request(`configuration_item_ids = [null]`), "configuration_item_ids", "null"},
		{"null trigger", request(`triggers = { a = null }`), "triggers", "must not be null"},
		{"control in a description", request(`description = "a\u001bb"`), "description", `control characters; has U\+001B`},
		{"negative wait", approval(`max_wait = "-1s"`), "max_wait", "must not be negative"},
		{"wait without a unit", approval(`max_wait = "30"`), "max_wait", "must be a duration such as"},
		{"eager polling", approval(`poll_interval = "10ms"`), "poll_interval", "must be at least 1s"},
		{"negative polling", approval(`poll_interval = "-5s"`), "poll_interval", "must be at least 1s"},
		{"window is no boolean", approval(`enforce_window = "maybe"`), "enforce_window", "(?i)bool"},
		{"approval of nothing", approval(`change_request_id = ""`), "change_request_id", "must not be empty"},
		{"unknown outcome", closure(`outcome = "meh"`), "outcome", "must be one of successful"},
		{"empty notes", closure(`notes = ""`), "notes", "must not be empty"},
		{"decommission of nothing", decommission(`change_request_id = ""`), "change_request_id", "must not be empty"},
		{"decommission without a summary", decommission(`summary = null`), "summary", "(?i)required"},
		{"empty decommission summary", decommission(`summary = ""`), "summary", "must not be empty"},
		{"decommission summary of two lines", decommission(`summary = "a\nb"`), "summary", `has U\+000A`},
		{"unknown decommission type", decommission(`type = "urgent"`), "type", "must be one of normal, standard, emergency"},
		{"unknown decommission risk", decommission(`risk = "medium"`), "risk", "must be one of low, moderate, high"},
		{"decommission template of a normal type", decommission(`type = "normal"`, `template = "t"`), "template", "is for standard changes"},
		{"long decommission", decommission(`description = "` + strings.Repeat("a", 65_000) + `"`), "description", "at most 64512"},
		{"decommission ends before it starts", decommission(`planned_start = "2030-03-01T20:00:00Z"`, `planned_end = "2030-03-01T19:00:00Z"`), "planned_end", "must be after planned_start"},
		{"negative decommission wait", decommission(`max_wait = "-1s"`), "max_wait", "must not be negative"},
		{"eager decommission polling", decommission(`poll_interval = "10ms"`), "poll_interval", "must be at least 1s"},
		{"null evidence", closure(`evidence = { a = null }`), "evidence", "must not be null"},
	}
}

// The CLI points at the block where the attribute is inside an object.
func validateSoftware() []badInput {
	host := func(member string) string { return software(`host = { address = "web-01", ` + member + ` }`) }
	return []badInput{
		{"package with a shell", software(`name = "nginx; reboot"`), "name", "must be a package's name"},
		{"package that is an option", software(`name = "-y"`), "name", "must be a package's name"},
		{"empty package", software(`name = ""`), "name", "must not be empty"},
		{"version with a shell", software(`version = "$(reboot)"`), "version", "must be an exact version such as 1.24.0-2, or comparisons"},
		{"pessimistic version", software(`version = "~> 1.24"`), "version", "must be an exact version"},
		{"version glob", software(`version = "1.24.*"`), "version", "must be an exact version"},
		{"half a constraint", software(`version = ">= 1.24,"`), "version", "must be an exact version"},
		{"version of nothing", software(`state = "absent"`, `version = "1.24"`), "version", `must be left out where state is "absent"`},
		{"hold of nothing", software(`state = "absent"`, `hold = true`), "hold", "there is nothing to hold"},
		{"latest", software(`state = "latest"`), "state", "must be one of present, absent"},
		{"package on_destroy", software(`on_destroy = "delete"`), "on_destroy", "must be one of retain, remove"},
		{"no host", software(`host = null`), "host", "(?i)required"},
		{"host without an address", software(`host = { user = "deploy" }`), "host", `(?i)address.*required`},
		{"host with a space", software(`host = { address = "web 01" }`), "address", "host: address must be a host name"},
		{"host with a port", software(`host = { address = "web-01:22" }`), "address", "without a port"},
		{"host octet", software(`host = { address = "10.0.0.256" }`), "address", "must be an IP address"},
		{"port 0", host(`port = 0`), "resource", "between 1 and 65535"},
		{"port 65536", host(`port = 65536`), "port", "between 1 and 65535"},
		{"user that is an option", host(`user = "-oProxyCommand=reboot"`), "user", "must be a login name"},
		{"a pasted key", host(`private_key_file = "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2"`), "private_key_file", "path of a file, not the key itself"},
		{"a fingerprint", host(`host_key = "SHA256:hunter2"`), "host_key", "public key in one line"},
	}
}

func validateNotification() []badInput {
	return []badInput{
		{"unknown channel", message(`channel = "pigeon"`), "channel", "must be one of smtp, slack, teams, contract"},
		{"nobody", message(`recipients = []`), "recipients", "at least one recipient"},
		{"null recipient", message(`recipients = [null]`), "recipients", "null"},
		{"empty recipient", message(`recipients = [""]`), "recipients", "must not be empty"},
		{"no e-mail address", message(`recipients = ["#platform"]`), "recipients", "must be e-mail addresses"},
		{"name with an address", message(`recipients = ["Ada <ada@example.com>"]`), "recipients", "must be e-mail addresses"},
		{"two in one", message(`channel = "slack"`, `recipients = ["#a, #b"]`), "recipients", "must be channels or members"},
		{"injected header", message(`subject = "Ready\nBcc: eve@example.com"`), "subject", "must be one line"},
		{"empty message subject", message(`subject = ""`), "subject", "must not be empty"},
		{"subject of 10 kB", message(`subject = "` + strings.Repeat("a", 10_000) + `"`), "subject", "at most 255"},
		{"empty body", message(`body = ""`), "body", "must not be empty"},
		{"control in a body", message(`body = "\u001b[2J"`), "body", `has U\+001B`},
		{"null fact", message(`facts = { a = null }`), "facts", "must not be null"},
		{"script link", message(`links = { a = "javascript:alert(1)" }`), "links", "must be a whole URL"},
		{"relative link", message(`links = { a = "/wiki" }`), "links", "must be a whole URL"},
		{"link with a password", message(`links = { a = "https://ada:hunter2@example.com" }`), "links", "must not carry a user or a password"},
		{"unknown severity", message(`severity = "fatal"`), "severity", "must be one of info, warning, critical"},
		{"null message trigger", message(`triggers = { a = null }`), "triggers", "must not be null"},
	}
}

func validateFreeze() []badInput {
	const rule, length = `recurrence = "FREQ=WEEKLY"`, `duration = "6h"`
	return []badInput{
		{"freeze without an end", freeze(), "resource", "end is missing: give either end, or recurrence and duration"},
		{"freeze with two ends", freeze(`end = "2031-01-01T00:00:00Z"`, rule, length), "end", "must not stand beside recurrence and duration"},
		{"freeze ends before it starts", freeze(`end = "2030-01-01T00:00:00Z"`), "end", "must be after start, 2030-12-20T00:00:00Z"},
		{"freeze with half a recurrence", freeze(rule), "resource", "duration is missing beside recurrence"},
		{"freeze with the other half", freeze(length), "resource", "recurrence is missing beside duration"},
		{"freeze by the second", freeze(`recurrence = "FREQ=SECONDLY"`, length), "recurrence", "FREQ=SECONDLY: a window opens on days"},
		{"freeze that never comes", freeze(`recurrence = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"`, length), "recurrence", "never opens a window"},
		{"freeze without a rule's form", freeze(`recurrence = "every Friday"`, length), "recurrence", "must consist of parts such as FREQ=WEEKLY"},
		{"freeze without a unit", freeze(rule, `duration = "6"`), "duration", "must be a duration such as"},
		{"freeze of a negative length", freeze(rule, `duration = "-6h"`), "duration", "must be more than zero"},
		{"freeze of two years", freeze(rule, `duration = "17520h"`), "duration", "must be at most 8784h0m0s, 366 days"},
		{"freeze in no zone", freeze(rule, length, `time_zone = "Berlin"`), "time_zone", "must be a zone of the IANA database"},
		{"freeze where the machine is", freeze(rule, length, `time_zone = "Local"`), "time_zone", "differs from machine to machine"},
		{"freeze with an unknown exemption", freeze(rule, length, `exempt_types = ["urgent"]`), "exempt_types", "must be one of normal, standard, emergency"},
		{"freeze without a start", freeze(`start = "tonight"`, rule, length), "start", "RFC 3339"},
		{"freeze without a reason", freeze(rule, length, `reason = ""`), "reason", "must not be empty"},
		{"change in an empty environment", request(`environment = ""`), "environment", "must not be empty"},
		{"conflicts before the start", conflicts(`planned_end = "2030-03-01T20:00:00Z"`), "planned_end", "must be after planned_start"},
		{"conflicts at no time", conflicts(`planned_end = "tonight"`), "planned_end", "RFC 3339"},
		{"conflicts of no type", conflicts(`planned_end = "2030-03-01T21:00:00Z"`, `type = "urgent"`), "type", "must be one of normal"},
		{"conflicts on a null item", conflicts(`planned_end = "2030-03-01T21:00:00Z"`, `configuration_item_ids = [null]`), "configuration_item_ids", "empty or null"},
		{"conflicts in an empty environment", conflicts(`planned_end = "2030-03-01T21:00:00Z"`, `environment = ""`), "environment", "must not be empty"},
	}
}

func validateData() []badInput {
	return []badInput{
		{"selects nothing", data("cmdb_configuration_item"), "data", "by id, or by class and name"},
		{"selects by too much", data("cmdb_configuration_item", `id = "1"`, `name = "a"`), "data", "and by nothing else"},
		{"selects by half", data("cmdb_configuration_item", `class = "server"`), "data", "by id, or by class and name"},
		{"two ways", data("ipam_prefix", `cidr = "10.0.0.0/24"`, `name = "a"`), "data", "by id, or by cidr, or by name"},
		{"bad CIDR in a selection", data("ipam_prefix", `cidr = "10.0.0.1/24"`), "cidr", "host bits"},
		{"empty number", data("change_request", `number = ""`), "number", "must not be empty"},
		{"unknown status in a filter", data("cmdb_configuration_items", `status = "broken"`), "status", "must be one of planned"},
	}
}

// The CLI points at the block where the attribute is inside an object, and drops attributes that an object does not have.
func validatePatch() []badInput {
	window := func(recurrence, start, duration, zone string) string {
		return patchPolicy("schedule = {\nrecurrence = " + acctest.Quote(recurrence) + "\nstart = " + acctest.Quote(start) + "\nduration = " + acctest.Quote(duration) + "\ntime_zone = " + acctest.Quote(zone) + "\n}")
	}
	const weekly, start = "FREQ=WEEKLY;BYDAY=SU", "2026-03-01T02:00:00Z"
	return []badInput{
		{"no recurrence rule", window("every Sunday", start, "4h", "UTC"), "recurrence", "schedule: recurrence must consist of parts such as FREQ=WEEKLY"},
		{"a 30th of February", window("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", start, "4h", "UTC"), "recurrence", "never opens a window"},
		{"a date as a start", window(weekly, "2026-03-01", "4h", "UTC"), "start", "schedule: start must be a time in RFC 3339 form"},
		{"a number as a duration", window(weekly, start, "4", "UTC"), "duration", "schedule: duration must be a duration"},
		{"no duration", window(weekly, start, "0s", "UTC"), "duration", "must be more than zero"},
		{"an abbreviated zone", window(weekly, start, "4h", "CEST"), "time_zone", "must be a zone of the IANA database"},
		{"an empty zone", window(weekly, start, "4h", ""), "time_zone", "must not be empty"},
		{"a class of update", patchPolicy(`classifications = ["security", "important"]`), "classifications", "must be one of security, critical, bugfix, feature"},
		{"included and excluded", patchPolicy(`include = ["a"]`, `exclude = ["a"]`), "exclude", "must not name what include names as well: a"},
		{"a negative delay", patchPolicy("approve_after_days = -1"), "approve_after_days", "must be between 0 and 365"},
		{"a reboot", patchPolicy(`reboot = "later"`), "reboot", "must be one of if_required, always, never"},
		{"a patch target with a space", patchEnrollment(`target = "web 01"`), "target", "must be a host name"},
	}
}

func validateBackup() []badInput {
	schedule := func(members string) string {
		return backupPolicy("schedules = [\n{ every = \"day\", at = \"02:00\" },\n{ " + members + " },\n]")
	}
	return []badInput{
		{"a period", schedule(`every = "fortnight"`), "fortnight", "schedules: 1: every must be one of hour, day, week, month"},
		{"a time of day", schedule(`every = "week", at = "2 am"`), "2 am", "schedules: 1: at must be a time of day"},
		{"an hourly time of day", schedule(`every = "hour", at = "02:00"`), "hour", "schedules: 1: at is a time of day"},
		{"days of a day", schedule(`every = "day", days = ["sunday"]`), "sunday", "schedules: 1: days are for schedules every week or month"},
		{"no day of a week", schedule(`every = "week", days = ["sun"]`), "sun", "schedules: 1: days must be one of monday"},
		{"no day of a month", schedule(`every = "month", days = [0]`), "days", "schedules: 1: days must be days of the month"},
		{"a differential to nothing", schedule(`every = "week", type = "differential"`), "differential", "schedules: 1: type is differential"},
		{"a schedule twice", schedule(`every = "day", at = "02:00"`), "02:00", "schedules: 1 makes a backup at the same time as schedules.0"},
		{"hourly points of a daily schedule", backupPolicy("retention = {\ndaily = 7\nhourly = 24\n}"), "hourly", "retention: hourly cannot be kept: no schedule makes a backup that often"},
		{"no retention", backupPolicy("retention = { daily = 0 }"), "retention", "must keep at least one recovery point"},
		{"a negative count", backupPolicy("retention = {\nweekly = 4\ndaily = -7\n}"), "daily", "retention: daily must be between 0 and"},
		{"a window of a week", backupPolicy("window = {\nstart = \"22:00\"\nduration = \"168h\"\n}"), "duration", "window: duration must be whole minutes, from 1m to 24h"},
		{"a window at no time", backupPolicy("window = {\nstart = \"10pm\"\nduration = \"6h\"\n}"), "start", "window: start must be a time of day"},
		{"immutable for ever", backupPolicy("immutable_days = 365"), "immutable_days", "must not be longer than the longest retention, 30 days"},
		{"one copy twice", backupPolicy("copies = [\n{ location = \"a\" },\n{ location = \"a\", retention = null },\n]"), "location", "copies: 1: location must not be that of copies.0"},
		{"a consistency", backupPolicy(`consistency = "database"`), "consistency", "must be one of crash, filesystem, application"},
		{"a path twice", backupEnrollment(`include = ["/srv", "/srv"]`), "include", `has "/srv" twice`},
		{"an end of a backup", backupEnrollment(`on_destroy = "delete"`), "on_destroy", "must be one of retain, expire"},
		{"the status of nothing", data("backup_status"), "data", "Select the record by id, or by name"},
	}
}

func validateProvider() []badInput {
	return []badInput{
		{"bad stack", providerBlock(`stack = "Payments Prod!"`), "stack", "lower-case letters, digits"},
		{"long stack", providerBlock(`stack = "` + strings.Repeat("a", 65) + `"`), "stack", "1 to 64"},
		{"unknown system serves", providerBlock(`stack = "a"`, `systems = { cmdb = "jira" }`), "provider", `There is no system "jira"`},
		{"system that cannot serve", providerBlock(`stack = "a"`, `systems = { ipam = "servicenow" }`), "provider", `The system "servicenow" cannot serve ipam`},
		{"bad option", providerBlock(`stack = "a"`, `servicenow = { url = "example.service-now.com" }`), "provider", "url must be a URL that begins with https://"},
		{"bad entry of an option", providerBlock(`stack = "a"`, `servicenow = { classes = { server = "my servers" } }`), "provider", "classes.server must be the name of a table"},
		{"empty entry of an option", providerBlock(`stack = "a"`, `requesttracker = { catalogs = { server = "" } }`), "provider", "catalogs.server must not be empty"},
		{"secret in a URL", providerBlock(`stack = "a"`, `servicenow = { url = "https://ada:hunter2@example.service-now.com" }`), "provider", "url must not hold credentials"},
		{"empty system", providerBlock(`stack = "a"`, `systems = { cmdb = "" }`), "provider", `There is no system ""`},
		{"empty database", providerBlock(`stack = "a"`, `registry = { database = "" }`), "provider", "must not be empty"},
	}
}

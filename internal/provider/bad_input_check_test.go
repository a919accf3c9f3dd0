// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

// checkOf writes a check.
func checkOf(lines ...string) string {
	return resourceBlock("check", []string{`name = "§"`}, lines)
}

func validateCheck() []badInput {
	const tcp = `tcp = { address = "127.0.0.1:22" }`
	web := func(rest string) string { return checkOf(`http = { url = "https://web.test", ` + rest + ` }`) }
	ssh := func(rest string) string {
		return checkOf(`ssh_command = { host = "web.test", user = "ops", command = "true", ` + rest + ` }`)
	}
	return []badInput{
		{"nothing to check", checkOf(), "resource", "one of tcp, http, tls, dns, icmp, ssh_command"},
		{"two things to check", checkOf(tcp, `icmp = { host = "web.test" }`), "icmp", "must not be set together with tcp"},
		{"check without a name", checkOf(`name = " "`, tcp), "name", "must not be empty"},
		{"unknown stage", checkOf(tcp, `stage = "during"`), "stage", "pre.*post"},
		{"unknown severity", checkOf(tcp, `severity = "ignore"`), "severity", "fail.*warn"},
		{"interval is no duration", checkOf(tcp, `interval = "5"`), "interval", "must be a duration"},
		{"interval without a pause", checkOf(tcp, `interval = "0s"`), "interval", "must be more than 0s"},
		{"interval longer than the whole", checkOf(tcp, `interval = "3m"`), "interval", "must not be longer than timeout, which is 2m0s"},
		{"no time for an attempt", checkOf(tcp, `attempt_timeout = "-1s"`), "attempt_timeout", "must be more than 0s"},
		{"no time", checkOf(tcp, `timeout = "0s"`), "timeout", "must be more than 0s"},
		{"no success wanted", checkOf(tcp, `consecutive_successes = 0`), "consecutive_successes", "at least 1"},
		{"too many successes wanted", checkOf(tcp, `consecutive_successes = 25`), "consecutive_successes", "cannot be reached: 25 attempts, one every 5s"},
		{"no failure allowed", checkOf(tcp, `failure_limit = 0`), "failure_limit", "at least 1"},
		{"null trigger", checkOf(tcp, `triggers = { a = null }`), "triggers", "(?i)null"},
		// The CLI points at the block where the attribute is inside an object: the path is in the text.
		{"port 0", checkOf(`tcp = { address = "127.0.0.1:0" }`), "", "tcp.address must have a port from 1 to 65535"},
		{"no port", checkOf(`tcp = { address = "web.test" }`), "", "tcp.address must be a host and a port"},
		{"bad URL", checkOf(`http = { url = "web.test/health" }`), "", "http.url must begin with https://"},
		{"password in a URL", checkOf(`http = { url = "https://ops:hunter2@web.test" }`), "", "http.url must not have a user or a password"},
		{"secret in the state", web(`headers = { authorization = "hunter2" }`), "", "http.headers.*must not have \"authorization\".*headers_wo"},
		{"header with a line's end", web(`headers_wo = { a = "hunter2\n" }`), "", "http.headers_wo.*without control characters"},
		{"method that writes", web(`method = "DELETE"`), "", "http.method value must be one of"},
		{"body of a HEAD", web(`method = "HEAD", body_contains = "up"`), "", "http.method must not be HEAD"},
		{"status that is none", web(`expected_status = [99]`), "", "http.expected_status.*between 200 and 599"},
		{"no status", web(`expected_status = []`), "", "http.expected_status.*at least 1"},
		{"bad JSONPath", web(`json_path = "$.["`), "", "http.json_path must be a JSONPath"},
		{"equals what", web(`equals = "up"`), "", "http.*json_path"},
		{"authorities for nothing", web(`insecure = true, ca_pem = "x"`), "", "ca_pem must be one or more certificates|cannot be specified"},
		{"negative days", checkOf(`tls = { address = "web.test:443", min_days_valid = -1 }`), "", "tls.min_days_valid must be from 0 to 36500"},
		{"unknown record type", checkOf(`dns = { name = "web.test", type = "ANY" }`), "", "dns.type value must be one of"},
		{"bad name server", checkOf(`dns = { name = "web.test", server = "a b" }`), "", "dns.server must be a host and a port"},
		{"bad host to ping", checkOf(`icmp = { host = "10.0.0.300" }`), "", "icmp.host must be a host name or an IP address"},
		{"empty command", checkOf(`ssh_command = { host = "web.test", user = "ops", command = "" }`), "", "ssh_command.command must not be empty"},
		{"bad regular expression", ssh(`stdout_matches = "("`), "", "ssh_command.stdout_matches must be a regular expression"},
		{"bad host key", ssh(`host_key = "ssh-rsa nonsense"`), "", "ssh_command.host_key must be one public key"},
		{"exit code that is none", ssh(`exit_code = 256`), "", "ssh_command.exit_code must be from 0 to 255"},
		{"a pasted key to check with", ssh(`private_key_file = "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2"`), "", "private_key_file must be the path of a file, not the key itself"},
		{"bad port", ssh(`port = 65536`), "", "ssh_command.port must be from 1 to 65535"},
		{"report of a bad check", data("check", `name = "§"`, `dns = { name = "" }`), "", "dns.name must be a host name"},
		{"severity of a report", data("check", `name = "§"`, tcp, `severity = "warn"`), "severity", "(?i)unsupported argument"},
	}
}

// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
)

const (
	sshKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN"
	ageKey = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
)

func account(lines ...string) string {
	return resourceBlock("iam_functional_account", []string{`name = "§"`}, lines)
}

func generated(object string) string { return account("generate_password = { " + object + " }") }

func identity(lines ...string) string {
	return resourceBlock("iam_identity", []string{`name = "§"`, `kind = "computer"`}, lines)
}

func membership(lines ...string) string {
	return resourceBlock("iam_membership", []string{`group = "§"`, `member = "§"`}, lines)
}

func delivery(lines ...string) string {
	return resourceBlock("secret_delivery", []string{`path = "§"`, `recipient = "` + ageKey + `"`, `secret_wo = { password = "hunter2hunter2" }`, `secret_wo_version = 1`}, lines)
}

func secret(lines ...string) string {
	return acctest.Block(`ephemeral "infraops_secret" "§"`, lines...)
}

func validateIAM() []badInput {
	const to = `deliver_to = { path = "a", recipient = "` + ageKey + `" }`
	return []badInput{
		{"account with a space", account(`name = "svc dumps"`), "name", "must consist of 1 to 64 letters"},
		{"account of 65", account(`name = "` + strings.Repeat("a", 65) + `"`), "name", "must consist of 1 to 64 letters"},
		{"account with a hyphen first", account(`name = "-svc"`), "name", "must consist of 1 to 64 letters"},
		{"account until tomorrow", account(`expires_at = "tomorrow"`), "expires_at", "RFC 3339"},
		{"account on_destroy", account(`on_destroy = "retire"`), "on_destroy", "must be one of disable, delete"},
		{"no key", account(`ssh_public_keys = ["grace"]`), "ssh_public_keys", "must be a public key such as"},
		{"key with options", account(`ssh_public_keys = ["no-pty ` + sshKey + `"]`), "ssh_public_keys", "must be a public key such as"},
		{"outdated key", account(`ssh_public_keys = ["ssh-dss AAAAB3NzaC1kc3M="]`), "ssh_public_keys", "of type ecdsa-sha2-nistp256"},
		{"cut key", account(`ssh_public_keys = ["ssh-ed25519 AAAAC3NzaC1l"]`), "ssh_public_keys", "must be a whole public key"},
		{"key of another type", account(`ssh_public_keys = ["` + strings.Replace(sshKey, "ed25519", "rsa", 1) + `"]`), "ssh_public_keys", "must be a whole public key"},
		{"empty values", account("attributes = { mail = [] }"), "attributes", "must not be an empty list"},
		{"null values", account("attributes = { mail = null }"), "attributes", "must not be null"},
		{"null value", account("attributes = { mail = [null] }"), "attributes", "must not contain null"},
		{"password without a version", account(`password_wo = "hunter2hunter2"`), "password_wo", "needs password_wo_version"},
		{"version without a password", account(`password_wo_version = 1`), "password_wo_version", "is the version of password_wo, which is not set"},
		{"version zero", account(`password_wo = "hunter2hunter2"`, `password_wo_version = 0`), "password_wo_version", "must be at least 1"},
		{"empty password", account(`password_wo = ""`, `password_wo_version = 1`), "password_wo", "must not be empty"},
		{"given and generated", account(`password_wo = "hunter2hunter2"`, `password_wo_version = 1`, "generate_password = { version = 1, "+to+" }"), "generate_password", "either given or generated"},
		{"short password", generated("version = 1, length = 15, " + to), "generate_password", "must be between 16 and 128, is 15"},
		{"long password", generated("version = 1, length = 129, " + to), "generate_password", "must be between 16 and 128, is 129"},
		{"password of version zero", generated("version = 0, " + to), "generate_password", "must be at least 1"},
		{"password to nobody", generated(`version = 1, deliver_to = { path = "a", recipient = "grace" }`), "generate_password", "must be a public key such as"},
		{"password to nowhere", generated(`version = 1, deliver_to = { path = "/a", recipient = "` + ageKey + `" }`), "generate_password", "must be a path such as vm/web-01/admin"},
		{"password without delivery", generated("version = 1"), "generate_password", "(?i)deliver_to"},
		{"identity of a person", identity(`kind = "person"`), "kind", "must be one of computer, service"},
		{"identity without a host", identity(`service_principal_names = ["HTTP"]`), "service_principal_names", "must have the form <service>/<host>"},
		{"identity's DNS name", identity(`dns_name = "web 01"`), "dns_name", "must be a host name"},
		{"group with a slash", membership(`group = "a/b"`), "group", "must not contain a slash"},
		{"no member", membership(`member = ""`), "member", "must not be empty"},
		{"group of no name", data("iam_group", `name = ""`), "name", "must not be empty"},
		{"group with a slash to show", data("iam_group", `name = "a/b"`), "name", "must not contain a slash"},
	}
}

func validateSecret() []badInput {
	return []badInput{
		{"absolute path", delivery(`path = "/vm/admin"`), "path", "must be a path such as vm/web-01/admin"},
		{"path with two slashes", delivery(`path = "vm//admin"`), "path", "must be a path such as"},
		{"path upwards", delivery(`path = "vm/../admin"`), "path", "must be a path such as"},
		{"path with a space", delivery(`path = "vm/the admin"`), "path", "must be a path such as"},
		{"path of 256", delivery(`path = "` + strings.Repeat("a", 256) + `"`), "path", "at most 255"},
		{"recipient is a name", delivery(`recipient = "grace@example.com"`), "recipient", "must be a public key such as"},
		{"recipient is cut", delivery(`recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac"`), "recipient", "age public key of 62 characters"},
		{"recipient is secret", delivery(`recipient = "AGE-SECRET-KEY-1HUNTER2"`), "recipient", "this is a private one: make a new key"},
		{"recipient cannot be encrypted to", delivery(`recipient = "ecdsa-sha2-nistp256 AAAA"`), "recipient", "of type ssh-ed25519, ssh-rsa"},
		{"nothing to deliver", delivery("secret_wo = {}"), "secret_wo", "at least one entry"},
		{"null to deliver", delivery("secret_wo = { password = null }"), "secret_wo", "must not be null"},
		{"empty to deliver", delivery(`secret_wo = { password = "" }`), "secret_wo", "must not be empty"},
		{"delivery of version zero", delivery("secret_wo_version = 0"), "secret_wo_version", "must be at least 1"},
		{"short life", delivery(`ttl = "10s"`), "ttl", "must be at least 1m"},
		{"no duration", delivery(`ttl = "3 days"`), "ttl", "must be a duration such as"},
		{"secret at an absolute path", secret(`path = "/a"`), "path", "must be a path such as"},
		{"secret of an empty stack", secret(`path = "a"`, `stack = ""`), "stack", "must not be empty"},
	}
}

func planIAM() []badInput {
	wrong := ageKey[:61] + "q"
	return []badInput{
		{"recipient with a wrong checksum", delivery(`recipient = "` + wrong + `"`), "recipient", "no public key that can be sealed to.*age-keygen"},
		{"password to a wrong checksum", generated(`version = 1, deliver_to = { path = "x", recipient = "` + wrong + `" }`), "generate_password", "no public key that can be sealed to"},
		{"password of no length", generated(`version = 1, length = 0, deliver_to = { path = "y", recipient = "` + ageKey + `" }`), "generate_password", "must be between 16 and 128, is 0"},
		{
			"two blocks, one path", delivery(`path = "both"`) + generated(`version = 1, deliver_to = { path = "both", recipient = "`+ageKey+`" }`),
			"", "another block of this configuration stands for the same secret delivery",
		},
		{"a membership that is over", membership(`expires_at = "2020-01-01T00:00:00Z"`), "expires_at", "2020-01-01T00:00:00Z is over"},
		{"a path of an account", delivery(`path = "theirs"`), "path", "holds what iam_functional_account/svc delivers"},
		{"a secret that is not there", secret(`path = "none"`), "path", `stack "test" has no delivery at "none"`},
	}
}

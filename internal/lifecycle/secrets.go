// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// A secret is a write-only attribute: Terraform gives it with the configuration of an apply, and neither plan nor state
// ever has it. The version beside it says when it is another one.

func versionOf(secret string) string { return secret + "_version" }

// isVersion says that a field of the kind is the version of a secret. It is sent with the secret even where it is an input:
// the registry keeps it, and a directory has no place for it.
func isVersion(r record.Record, name string) bool {
	secret, ok := strings.CutSuffix(name, versionOf(""))
	f, known := record.FieldNamed(r, secret)
	return ok && known && f.Secret
}

func isWriteOnly(a any) bool {
	w, ok := a.(interface{ IsWriteOnly() bool })
	return ok && w.IsWriteOnly()
}

// takeSecrets reads the secrets from the configuration into a planned record.
func (d *decoded) takeSecrets(config tftypes.Value) error {
	var given map[string]tftypes.Value
	for _, f := range d.codec.fields {
		if !f.Secret {
			continue
		}
		if given == nil {
			if err := config.As(&given); err != nil {
				return err
			}
		}
		if err := d.decodeField(f.Name, f.In(d.record), given[f.Name]); err != nil {
			return fmt.Errorf("attribute %q: %w", f.Name, err)
		}
	}
	return nil
}

// secrets names the secrets that the configuration has.
func (d *decoded) secrets() []string {
	var names []string
	for _, f := range d.codec.fields {
		if f.Secret && d.set[f.Name] {
			names = append(names, f.Name)
		}
	}
	return names
}

// secretsIn names the secrets that a record has, configured or generated, and their versions.
func secretsIn(r record.Record) []string {
	var names []string
	for _, f := range record.Fields(r) {
		if !f.Secret || f.In(r).IsZero() {
			continue
		}
		names = append(names, f.Name)
		if version, ok := record.FieldNamed(r, versionOf(f.Name)); ok && !version.In(r).IsZero() {
			names = append(names, version.Name)
		}
	}
	return names
}

// changedSecrets names the secrets whose version is among the changed fields.
func (d *decoded) changedSecrets(changed []string) []string {
	return slices.DeleteFunc(d.secrets(), func(name string) bool { return !slices.Contains(changed, versionOf(name)) })
}

// secretProblems refuses a secret without a version, which could never be changed, and a version without a secret.
func (d *decoded) secretProblems() []record.FieldError {
	var problems []record.FieldError
	for _, f := range d.codec.fields {
		if !f.Secret || d.isUnknown(f.Name) || d.isUnknown(versionOf(f.Name)) {
			continue
		}
		switch secret, version := d.set[f.Name], d.set[versionOf(f.Name)]; {
		case secret && !version:
			problems = append(problems, record.FieldError{Field: f.Name, Problem: fmt.Sprintf("needs %s: Terraform keeps no secret, so a change of it is only told by its version", versionOf(f.Name))})
		case version && !positive(d.record, versionOf(f.Name)):
			problems = append(problems, record.FieldError{Field: versionOf(f.Name), Problem: "must be at least 1"})
		case version && !secret:
			problems = append(problems, record.FieldError{Field: versionOf(f.Name), Problem: fmt.Sprintf("is the version of %s, which is not set", f.Name)})
		}
	}
	return problems
}

func positive(r record.Record, field string) bool {
	text, _ := record.Text(r, field)
	n, err := strconv.ParseInt(text, 10, 64)
	return err == nil && n > 0
}

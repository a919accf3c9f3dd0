// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// A secret is a write-only attribute: Terraform gives it with the configuration of an apply, and neither plan nor state
// ever has it. The version beside it says when it is another one.

func versionOf(secret string) string { return secret + "_version" }

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

// secretsIn names the secrets that a record has, configured or generated.
func secretsIn(r record.Record) []string {
	var names []string
	for _, f := range record.Fields(r) {
		if f.Secret && !f.In(r).IsZero() {
			names = append(names, f.Name)
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
		case version && !secret:
			problems = append(problems, record.FieldError{Field: versionOf(f.Name), Problem: fmt.Sprintf("is the version of %s, which is not set", f.Name)})
		}
	}
	return problems
}

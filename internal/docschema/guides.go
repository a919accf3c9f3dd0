// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/infraops/terraform-provider-infraops/internal/provider"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// marker is a line of a guide that a table takes the place of: <!-- table: matrix --> or <!-- table: mapping servicenow -->.
var marker = regexp.MustCompile(`(?m)^<!-- table: (\w+)(?: (\w+))? -->$`)

// expandGuides writes the tables into the generated guides. It works on what the documentation generator has written and not
// on the templates, since that copies guides as they are.
func expandGuides(directory string) error {
	guides, err := filepath.Glob(filepath.Join(directory, "guides", "*.md"))
	if err != nil {
		return err
	}
	for _, guide := range guides {
		text, err := os.ReadFile(guide) //nolint:gosec // The developer names the directory.
		if err != nil {
			return err
		}
		expanded, err := expand(string(text), provider.Systems())
		if err != nil {
			return fmt.Errorf("%s: %w", guide, err)
		}
		if expanded == string(text) {
			continue
		}
		if err := os.WriteFile(guide, []byte(expanded), 0o644); err != nil { //nolint:gosec // Documentation is for everybody.
			return err
		}
	}
	return nil
}

// expand puts the tables where the markers are.
func expand(text string, systems []record.System) (string, error) {
	var failure error
	expanded := marker.ReplaceAllStringFunc(text, func(line string) string {
		words := marker.FindStringSubmatch(line)
		table, err := tableOf(words[1], words[2], systems)
		if err != nil && failure == nil {
			failure = fmt.Errorf("%s: %w", line, err)
		}
		return table
	})
	return expanded, failure
}

func tableOf(what, name string, systems []record.System) (string, error) {
	switch {
	case what == "matrix" && name == "":
		return matrix(systems), nil
	case what == "mapping":
		for _, s := range systems {
			if s.Name == name {
				return mapping(s)
			}
		}
		return "", fmt.Errorf("there is no system %q", name)
	}
	return "", fmt.Errorf("there is no table %q", what)
}

// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/registry"
)

// managed is a record that a Terraform state manages.
type managed struct {
	kind record.Kind
	id   string
}

// standardInput is the name under which a state is read from the standard input.
const standardInput = "-"

// readStates collects what the state files manage. A file of which anything is in doubt is an error: taken for an
// empty state, it would make orphans of everything in it.
func readStates(in io.Reader, paths []string) (map[managed]bool, error) {
	all := map[managed]bool{}
	for _, path := range paths {
		doing, content, err := readState(in, path)
		if err != nil {
			return nil, failed(doing, err)
		}
		found, err := parseState(content)
		if err != nil {
			return nil, failed(doing, err)
		}
		for _, m := range found {
			all[m] = true
		}
	}
	return all, nil
}

func readState(in io.Reader, path string) (doing string, content []byte, err error) {
	if path == standardInput {
		content, err = io.ReadAll(in)
		return "reading a Terraform state from the standard input", content, err
	}
	content, err = os.ReadFile(path) //nolint:gosec // which file to read is what the person says
	if pathErr := (*os.PathError)(nil); errors.As(err, &pathErr) {
		err = record.Errorf(record.ErrNotFound, "%s", pathErr.Err).Advise("Name a state file; for a remote state use terraform state pull")
	}
	return fmt.Sprintf("reading the Terraform state %q", path), content, err
}

// stateFile is as much of a state as is needed. Its two forms are the state file itself, format 4, and what
// "terraform show -json" makes of it. A nil part was not in the file.
type stateFile struct {
	Version   *int             `json:"version"`
	Resources *[]stateResource `json:"resources"`

	FormatVersion *string `json:"format_version"`
	Values        *struct {
		RootModule stateModule `json:"root_module"`
	} `json:"values"`

	// The rest tells what a file is that is no state.
	PlannedValues json.RawMessage `json:"planned_values"`
	EncryptedData json.RawMessage `json:"encrypted_data"`
}

type stateResource struct {
	Mode      string `json:"mode"`
	Type      string `json:"type"`
	Instances []struct {
		Attributes stateAttributes `json:"attributes"`
	} `json:"instances"`
}

type stateModule struct {
	Resources []struct {
		Mode   string          `json:"mode"`
		Type   string          `json:"type"`
		Values stateAttributes `json:"values"`
	} `json:"resources"`
	ChildModules []stateModule `json:"child_modules"`
}

// stateAttributes is raw, since only our own types are known to have an id that is a string.
type stateAttributes struct {
	ID json.RawMessage `json:"id"`
	// System is who keeps the record; other systems number theirs too.
	System any `json:"system"`
}

func parseState(content []byte) ([]managed, error) {
	notOne := func(format string, args ...any) *record.Error {
		return record.Errorf(record.ErrInvalid, format, args...)
	}
	if len(strings.TrimSpace(string(content))) == 0 {
		return nil, notOne("it is empty").Advise("Where Terraform has no state yet, leave it out")
	}
	var state stateFile
	if err := json.Unmarshal(content, &state); err != nil {
		return nil, notOne("it is not a Terraform state").Because(err).Advise("Give it the output of terraform state pull")
	}
	switch {
	case state.EncryptedData != nil:
		return nil, notOne("the state is encrypted").Advise("Give it the output of tofu state pull, which is not")
	case state.PlannedValues != nil:
		return nil, notOne("it is a plan, not a state").Advise("Give it the output of terraform state pull")
	case state.Values != nil && state.FormatVersion != nil:
		return inModule(state.Values.RootModule)
	case state.Version != nil && *state.Version != 4:
		return nil, notOne("it has the state format %d, and only format 4 is understood", *state.Version).
			Advise("Give it the output of terraform state pull; .terraform/terraform.tfstate is not the state")
	case state.Version == nil || state.Resources == nil:
		return nil, notOne("it is JSON, but not a Terraform state").Advise("Give it the output of terraform state pull")
	}
	return inResources(*state.Resources)
}

func inResources(resources []stateResource) ([]managed, error) {
	var found []managed
	for _, r := range resources {
		for _, instance := range r.Instances {
			m, ours, err := managedBy(r.Mode, r.Type, instance.Attributes)
			if err != nil {
				return nil, err
			}
			if ours {
				found = append(found, m)
			}
		}
	}
	return found, nil
}

func inModule(module stateModule) ([]managed, error) {
	var found []managed
	for _, r := range module.Resources {
		m, ours, err := managedBy(r.Mode, r.Type, r.Values)
		if err != nil {
			return nil, err
		}
		if ours {
			found = append(found, m)
		}
	}
	for _, child := range module.ChildModules {
		inChild, err := inModule(child)
		if err != nil {
			return nil, err
		}
		found = append(found, inChild...)
	}
	return found, nil
}

// managedBy says which record a resource manages. A view such as infraops_change_approval manages the record behind it.
func managedBy(mode, terraformType string, attributes stateAttributes) (managed, bool, error) {
	name, ours := strings.CutPrefix(terraformType, typePrefix)
	kind := record.Kind(name)
	// A type that is no kind, such as a check, keeps no record.
	if mode != "managed" || !ours || !record.Known(kind) {
		return managed{}, false, nil
	}
	if system, ok := attributes.System.(string); ok && system != "" && system != registry.System().Name {
		return managed{}, false, nil
	}
	var id string
	if err := json.Unmarshal(attributes.ID, &id); err != nil || id == "" {
		return managed{}, false, record.Errorf(record.ErrInvalid, "a resource of type %s in it has no id", terraformType).
			Advise("The state is damaged, or was written by a newer version of the provider")
	}
	if from := record.Define(kind).From; from != "" {
		kind = from
	}
	return managed{kind, id}, true, nil
}

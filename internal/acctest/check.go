// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

// Values are attributes of a resource or data source: a string, bool, int, nil, list or map of strings, or a check.
type Values map[string]any

// Has checks attributes in the state.
func Has(address string, want Values) []statecheck.StateCheck {
	var checks []statecheck.StateCheck
	for _, name := range slices.Sorted(maps.Keys(want)) {
		checks = append(checks, statecheck.ExpectKnownValue(address, tfjsonpath.New(name), known(want[name])))
	}
	return checks
}

func known(value any) knownvalue.Check {
	switch v := value.(type) {
	case nil:
		return knownvalue.Null()
	case string:
		return knownvalue.StringExact(v)
	case bool:
		return knownvalue.Bool(v)
	case int:
		return knownvalue.Int64Exact(int64(v))
	case []string:
		elements := make([]knownvalue.Check, len(v))
		for i, e := range v {
			elements[i] = knownvalue.StringExact(e)
		}
		return knownvalue.SetExact(elements)
	case map[string]string:
		entries := map[string]knownvalue.Check{}
		for key, entry := range v {
			entries[key] = knownvalue.StringExact(entry)
		}
		return knownvalue.MapExact(entries)
	case knownvalue.Check:
		return v
	}
	panic(fmt.Sprintf("acctest: no check for a %T", value))
}

// Plans expects an action of a resource in the plan that is applied.
func Plans(address string, action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, action)}}
}

// PlansAll is Plans for several resources.
func PlansAll(actions map[string]plancheck.ResourceActionType) resource.ConfigPlanChecks {
	var checks []plancheck.PlanCheck
	for _, address := range slices.Sorted(maps.Keys(actions)) {
		checks = append(checks, plancheck.ExpectResourceAction(address, actions[address]))
	}
	return resource.ConfigPlanChecks{PreApply: checks}
}

// PlansNothing expects an empty plan.
func PlansNothing() resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
}

// Says expects an error with these phrases in this order, wherever the CLI breaks the lines.
func Says(phrases ...string) *regexp.Regexp {
	quoted := make([]string, len(phrases))
	for i, p := range phrases {
		quoted[i] = strings.ReplaceAll(regexp.QuoteMeta(p), " ", `\s+`)
	}
	return regexp.MustCompile("(?s)" + strings.Join(quoted, ".*"))
}

// LateID is an import id that is known only when its step runs.
func LateID(id func() string) resource.ImportStateIdFunc {
	return func(*terraform.State) (string, error) { return id(), nil }
}

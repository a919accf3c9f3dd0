// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import "net/http"

// nextStates serves GET /change/{id}/nextstates. SND: api-reference/rest-apis/change-management-api.md.
func (c *call) nextStates() answer {
	r := c.change()
	if r == nil {
		return noChange()
	}
	state := r.get("state")
	available := []string{state}
	labels := map[string]string{state: c.in.stateLabel(state)}
	// One list for each state, with one entry for each way there.
	index := make(map[string]int)
	transitions := make([][]any, 0)
	for _, t := range model(r) {
		if t.from != state {
			continue
		}
		if _, seen := index[t.to]; !seen {
			index[t.to] = len(transitions)
			transitions = append(transitions, nil)
			available = append(available, t.to)
			labels[t.to] = c.in.stateLabel(t.to)
		}
		transitions[index[t.to]] = append(transitions[index[t.to]], c.in.showTransition(r, t))
	}
	return result(http.StatusOK, map[string]any{
		"available_states": available, "state_transitions": transitions, "state_label": labels,
	})
}

func (i *Instance) stateLabel(state string) string {
	label, _ := i.store.choice(i.store.dictionary.tables["change_request"], "state", state)
	return label
}

func (i *Instance) showTransition(change *row, t transition) map[string]any {
	name := i.stateLabel(t.from) + " to " + i.stateLabel(t.to)
	met := i.met(change, t)
	conditions := []any{}
	if t.condition != "" {
		conditions = append(conditions, map[string]any{
			"passed":    met,
			"condition": map[string]any{"name": t.condition, "description": nil, "sys_id": ruleID(t.condition)},
		})
	}
	return map[string]any{
		"sys_id": ruleID(name + t.condition), "display_value": name, "from_state": t.from, "to_state": t.to,
		"transition_available": met, "automatic_transition": t.automatic, "conditions": conditions,
	}
}

// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import (
	"encoding/json"
	"net/http"
)

// worker does after the answer what an interface promised. SND: api-reference/rest-apis/change-management-api.md, GET worker.
type worker struct {
	kind    string
	request string
	polls   int // that are answered before it is done
	done    bool
	work    func(*worker)
	errors  []string
	infos   []string
	spans   []any
}

// promise starts a worker and answers 202. A worker gets on when it is asked, so that tests need no clock.
func (c *call) promise(kind string, request map[string]any, work func(*worker)) answer {
	text, _ := json.Marshal(request) // of strings and numbers
	w := &worker{kind: kind, request: string(text), polls: c.in.behaviour.WorkerPolls, work: work}
	id := newID()
	c.in.workers[id] = w
	return result(http.StatusAccepted, c.showWorker(id, w, "1", "Waiting"))
}

func (c *call) getWorker() answer {
	id := c.r.PathValue("id")
	w := c.in.workers[id]
	switch {
	case w == nil:
		return notFound()
	case !w.done && w.polls > 0:
		w.polls--
		// The documentation shows 1 for Waiting and 3 for Complete. Which of 2 and 4 is which is a guess.
		return result(http.StatusOK, c.showWorker(id, w, "2", "In-Progress"))
	case !w.done:
		w.done = true
		if c.in.behaviour.FailWorkers {
			w.errors = append(w.errors, "Unexpected error while processing the request")
		} else {
			w.work(w)
		}
	}
	if len(w.errors) > 0 {
		return result(http.StatusOK, c.showWorker(id, w, "4", "Error"))
	}
	return result(http.StatusOK, c.showWorker(id, w, "3", "Complete"))
}

func (c *call) showWorker(id string, w *worker, state, label string) map[string]any {
	list := func(messages []string) []string { return append([]string{}, messages...) }
	shown := map[string]any{
		"worker":   map[string]any{"sysId": id, "link": c.base() + "/api/sn_chg_rest/change/worker/" + id},
		"request":  w.request,
		"state":    map[string]any{"value": json.Number(state), "display_value": label},
		"type":     w.kind,
		"messages": map[string]any{"errorMessages": list(w.errors), "warningMessages": []string{}, "infoMessages": list(w.infos)},
	}
	if w.done && w.spans != nil {
		shown["payload"] = map[string]any{"spans": w.spans}
	}
	return shown
}

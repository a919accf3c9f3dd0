// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import (
	"net/http"
	"strings"
)

// route is one thing that can be asked. Segments in braces stand for anything.
type route struct {
	method, path string
	serve        func(*call) answer
}

// interfaces are what can be asked. Each interface has a file of its own. The first that matches serves: those with fewer braces go before.
func interfaces() []route {
	return []route{
		{"GET", "/api/now/table/{table}", (*call).listRecords},
		{"POST", "/api/now/table/{table}", (*call).createRecord},
		{"GET", "/api/now/table/{table}/{id}", (*call).getRecord},
		{"PATCH", "/api/now/table/{table}/{id}", (*call).updateRecord},
		{"PUT", "/api/now/table/{table}/{id}", (*call).updateRecord},
		{"DELETE", "/api/now/table/{table}/{id}", (*call).deleteRecord},

		{"POST", "/api/now/identifyreconcile", (*call).identify},
		{"POST", "/api/now/identifyreconcile/enhanced", (*call).identify},
		{"POST", "/api/now/identifyreconcile/query", (*call).simulate},
		{"POST", "/api/now/identifyreconcile/queryEnhanced", (*call).simulate},

		{"POST", "/api/now/attachment/file", (*call).uploadFile},
		{"POST", "/api/now/attachment/upload", (*call).uploadForm},
		{"GET", "/api/now/attachment", (*call).listAttachments},
		{"GET", "/api/now/attachment/{id}", (*call).getAttachment},
		{"GET", "/api/now/attachment/{id}/file", (*call).downloadFile},
		{"DELETE", "/api/now/attachment/{id}", (*call).deleteAttachment},

		{"POST", "/api/now/batch", (*call).batch},

		{"GET", "/api/sn_chg_rest/change/model", (*call).listModels},
		{"GET", "/api/sn_chg_rest/change/model/{id}", (*call).getModel},
		{"GET", "/api/sn_chg_rest/change/standard/template", (*call).listTemplates},
		{"GET", "/api/sn_chg_rest/change/standard/template/{id}", (*call).getTemplate},
		{"POST", "/api/sn_chg_rest/change", (*call).createChange},
		{"POST", "/api/sn_chg_rest/change/normal", (*call).createNormalChange},
		{"POST", "/api/sn_chg_rest/change/emergency", (*call).createEmergencyChange},
		{"POST", "/api/sn_chg_rest/change/standard/{id}", (*call).createStandardChange},
		{"GET", "/api/sn_chg_rest/change", (*call).listChanges},
		{"GET", "/api/sn_chg_rest/change/{id}", (*call).getChange},
		{"PATCH", "/api/sn_chg_rest/change/normal/{id}", (*call).updateChange},
		{"PATCH", "/api/sn_chg_rest/change/emergency/{id}", (*call).updateChange},
		{"PATCH", "/api/sn_chg_rest/change/standard/{id}", (*call).updateChange},
		{"GET", "/api/sn_chg_rest/change/{id}/nextstates", (*call).nextStates},
		{"PATCH", "/api/sn_chg_rest/change/{id}/approvals", (*call).decideChange},
		{"GET", "/api/sn_chg_rest/change/worker/{id}", (*call).getWorker},
		{"POST", "/api/sn_chg_rest/change/{id}/conflict", (*call).findConflicts},
		{"GET", "/api/sn_chg_rest/change/{id}/conflict", (*call).getConflicts},
		{"DELETE", "/api/sn_chg_rest/change/{id}/conflict", (*call).cancelConflicts},
		{"GET", "/api/sn_chg_rest/change/{id}/schedule", (*call).getSchedule},
		{"PATCH", "/api/sn_chg_rest/change/{id}/schedule/first_available", (*call).scheduleFirst},
		{"POST", "/api/sn_chg_rest/change/{id}/ci", (*call).associate},
		{"GET", "/api/sn_chg_rest/change/{id}/ci", (*call).listAssociated},
		{"GET", "/api/sn_chg_rest/change/{id}/task", (*call).listTasks},
		{"POST", "/api/sn_chg_rest/change/{id}/task", (*call).createTask},
		{"PATCH", "/api/sn_chg_rest/change/{id}/task/{task}", (*call).updateTask},
		{"DELETE", "/api/sn_chg_rest/change/{id}/task/{task}", (*call).deleteTask},
		{"PATCH", "/api/sn_chg_rest/change/{id}", (*call).updateChange},
		{"DELETE", "/api/sn_chg_rest/change/{id}", (*call).deleteChange},
	}
}

// find returns the route of a request, whose path values it sets. Without a route, known tells whether another method has one.
func (i *Instance) find(r *http.Request) (found *route, known bool) {
	path := strings.Split(strings.TrimSuffix(r.URL.Path, "/"), "/")
	for n := range i.routes {
		values, ok := match(strings.Split(i.routes[n].path, "/"), path)
		if !ok {
			continue
		}
		known = true
		if i.routes[n].method != r.Method {
			continue
		}
		for name, value := range values {
			r.SetPathValue(name, value)
		}
		return &i.routes[n], true
	}
	return nil, known
}

func match(pattern, path []string) (map[string]string, bool) {
	if len(pattern) != len(path) {
		return nil, false
	}
	values := make(map[string]string)
	for n, segment := range pattern {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			values[strings.TrimSuffix(name, "}")] = path[n]
		} else if segment != path[n] {
			return nil, false
		}
	}
	return values, true
}

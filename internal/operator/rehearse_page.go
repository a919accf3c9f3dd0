// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"html/template"
	"net/http"

	"github.com/infraops/terraform-provider-infraops/internal/system/servicenow/servicenowtest"
)

// withPage puts a page for people before an instance: the user interface of a rehearsal, where approvals are given. It is at /, and
// where links to a record lead, /nav_to.do. Whoever opens it may decide as anybody, since everybody knows the passwords.
func withPage(in *servicenowtest.Instance) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/", "/nav_to.do":
			w.Header().Set("Content-Type", "text/html;charset=UTF-8")
			_ = rehearsalPage.Execute(w, waitingIn(in)) // the reader may be gone
		case "/rehearsal/decide":
			if r.Method != http.MethodPost {
				w.WriteHeader(http.StatusMethodNotAllowed)
				return
			}
			r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
			err := in.Decide(r.PostFormValue("change"), r.PostFormValue("user"), r.PostFormValue("decision") == "approve", r.PostFormValue("comment"))
			if err != nil {
				http.Error(w, err.Error(), http.StatusConflict)
				return
			}
			http.Redirect(w, r, "/", http.StatusSeeOther)
		default:
			in.ServeHTTP(w, r)
		}
	})
}

// waiting is an approval that a change waits for.
type waiting struct {
	Change, Number, Summary, User string
}

func waitingIn(in *servicenowtest.Instance) []waiting {
	var list []waiting
	for _, approval := range in.Records("sysapproval_approver", "state=requested") {
		change := in.Record("change_request", approval["sysapproval"])
		list = append(list, waiting{
			Change: change["sys_id"], Number: change["number"], Summary: change["short_description"],
			User: in.Record("sys_user", approval["approver"])["user_name"],
		})
	}
	return list
}

var rehearsalPage = template.Must(template.New("").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>ServiceNow, rehearsed</title></head><body>
<h1>ServiceNow, rehearsed</h1>
{{range .}}<form method="post" action="/rehearsal/decide">
<p>{{.Number}} ({{.Summary}}) waits for {{.User}}.
<input type="hidden" name="change" value="{{.Change}}"><input type="hidden" name="user" value="{{.User}}">
<label>Comment <input name="comment"></label>
<button name="decision" value="approve">Approve</button> <button name="decision" value="reject">Reject</button></p>
</form>{{else}}<p>No change waits for an approval.</p>{{end}}
</body></html>
`))

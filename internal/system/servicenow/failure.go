// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/transport"
)

// refusal is the body of an answer that refuses.
type refusal struct {
	Error struct {
		Message string `json:"message"`
		Detail  string `json:"detail"`
	} `json:"error"`
}

// explain finds the words of the instance.
func explain(_ int, body []byte) string {
	var r refusal
	if json.Unmarshal(body, &r) != nil {
		return ""
	}
	message, detail := strings.TrimSpace(r.Error.Message), strings.TrimSpace(r.Error.Detail)
	switch {
	case detail == "" || detail == message:
		return message
	case message == "":
		return detail
	}
	return message + ": " + strings.Join(strings.Fields(detail), " ")
}

// refine tells apart what the status of an answer does not: 403 is access control, but also a business rule or a data policy that
// did not like the values.
func refine(r transport.Request, err error) error {
	var status *transport.StatusError
	var e *record.Error
	if !errors.As(err, &status) || !errors.As(err, &e) {
		return err
	}
	words := explain(status.Status, status.Body)
	table := tableIn(r.Path)
	switch {
	case ruled(words):
		return again(e, record.ErrInvalid, words, "Change the values that the rule is about, or ask an administrator of the instance about the rule").On(mandatory(words))
	case status.Status == http.StatusForbidden:
		return again(e, record.ErrUnauthorized, words, "Give the account the right to do this to "+table+": see the guide for the roles that it needs")
	case status.Status == http.StatusRequestURITooLong:
		return again(e, record.ErrInvalid, "the URL is too long for the instance", "Ask for fewer columns in extension_columns, or shorten the names")
	}
	return err
}

// ruled says that a rule of the instance, and no lack of a right, refused the values.
func ruled(words string) bool {
	return strings.Contains(words, "aborted by Business Rule") || strings.Contains(words, "Data Policy Exception") || strings.Contains(words, "Invalid update")
}

// mandatory is the field that a data policy misses, if it is one of ours. The policy names it by its label.
func mandatory(words string) string {
	_, labels, ok := strings.Cut(words, "fields are mandatory: ")
	if !ok {
		return ""
	}
	label, _, _ := strings.Cut(labels, ",")
	name := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(label)), " ", "_")
	for _, c := range slices.Concat(changeColumns, itemColumns) {
		if c.base() == name {
			return c.field
		}
	}
	return ""
}

// again is an error of another reason. It keeps the cause.
func again(e *record.Error, reason error, answer, advice string) *record.Error {
	refined := *e
	refined.Reason = reason
	if answer != "" {
		refined.Answer = answer
	}
	return refined.Advise("%s", advice)
}

// tableIn names what a path is about.
func tableIn(path string) string {
	if rest, ok := strings.CutPrefix(path, "/api/now/table/"); ok {
		table, _, _ := strings.Cut(rest, "/")
		return table
	}
	for part, table := range map[string]string{"/sn_chg_rest/": tableChanges, "/identifyreconcile": tableItems, "/attachment": "sys_attachment"} {
		if strings.Contains(path, part) {
			return table
		}
	}
	return path
}

func isReason(err, reason error) bool { return err != nil && errors.Is(err, reason) }

// unread is the error of a write that was answered with something else than the record.
func unread(answer *transport.Response, err error) error {
	e := record.Errorf(record.ErrAmbiguous, "the answer to the write (status %d) does not hold the record", answer.Status)
	if err != nil {
		return e.Because(err)
	}
	return e
}

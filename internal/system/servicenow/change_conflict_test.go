// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"encoding/json"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// TestEndOfADetection: only an end that is known to be one is taken for one.
func TestEndOfADetection(t *testing.T) {
	t.Parallel()
	for answer, c := range map[string]struct {
		ended bool
		words string
	}{
		`{"conflicts":[]}`:                                                      {},
		`{"job_status":null,"conflicts":[]}`:                                    {},
		`{"job_status":"","conflicts":[]}`:                                      {},
		`{"job_status":"0","conflicts":[]}`:                                     {},
		`{"job_status":1,"conflicts":[]}`:                                       {},
		`{"job_status":{"value":"1","display_value":"Running"}}`:                {},
		`{"job_status":"2","conflicts":[]}`:                                     {ended: true},
		`{"job_status":2,"conflicts":[]}`:                                       {ended: true},
		`{"job_status":{"value":2,"display_value":"Successful"}}`:               {ended: true},
		`{"job_status":"3","conflicts":[]}`:                                     {words: "failed"},
		`{"job_status":{"value":"4","display_value":"Cancelled"}}`:              {words: "cancelled"},
		`{"job_status":"7","conflicts":[]}`:                                     {words: `"7"`},
		`{"job_status":{"value":"x","display_value":"Strange"},"conflicts":[]}`: {words: "Strange"},
	} {
		var d detection
		if err := json.Unmarshal([]byte(answer), &d); err != nil {
			t.Fatal(err)
		}
		ended, err := d.ended()
		if ended != c.ended {
			t.Errorf("%s has ended: %t", answer, ended)
		}
		if c.words == "" && err != nil {
			t.Errorf("%s: %v", answer, err)
		} else if c.words != "" {
			wantWords(t, failure(t, err, record.ErrUnavailable).Error(), c.words)
		}
	}
}

func TestNoListOfConflictsIsNotNone(t *testing.T) {
	t.Parallel()
	for answer, ok := range map[string]bool{`{}`: false, `{"conflicts":null}`: false, `{"conflicts":"x"}`: false, `{"conflicts":[]}`: true, `{"conflicts":[{"type":"blackout"}]}`: true} {
		var d detection
		if err := json.Unmarshal([]byte(answer), &d); err != nil {
			t.Fatal(err)
		}
		if _, err := d.found(); ok != (err == nil) {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

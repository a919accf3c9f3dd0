// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Objects are written in the words of the attributes, and what is not known as null, not as zero.
func TestDocumentsOfObjects(t *testing.T) {
	none := int64(0)
	for want, r := range map[string]record.Record{
		`"window":{"duration":"6h0m0s","start":"22:00"}`:     &record.BackupPolicy{Window: &record.BackupWindow{Start: "22:00", Duration: 6 * time.Hour}},
		`"copies":[{"location":"offsite","retention":null}]`: &record.BackupPolicy{Copies: []record.BackupCopy{{Location: "offsite"}}},
		`"retention":null`: &record.BackupPolicy{},
		`"compliant":null,"extensions":{},"last_run_at":null,"pending_updates":0`: &record.PatchEnrollment{PendingUpdates: &none},
	} {
		text, err := json.Marshal(documentOf(r).Fields)
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s lacks %s (%v)", text, want, err)
		}
	}
}

// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// checkUses holds a system to what a kind says that it uses: it is there, and it stays for as long as it is used.
func checkUses(e *env, k kindCase) {
	for field, used := range record.Define(k.kind).Uses {
		f, _ := record.FieldNamed(record.Define(k.kind).New(), field)
		dangling := e.record(k, 1)
		f.In(dangling).SetString(absentID)
		_, err := e.store(k.kind).Create(e.t.Context(), dangling)
		e.wantFailure("Create with a "+field+" that does not exist", err, record.ErrNotFound, field)

		kept := e.create(e.record(k, 1))
		id := f.In(kept).String()
		for _, how := range []record.Disposal{record.Conclude, record.Erase} {
			err = e.store(used).Retire(e.t.Context(), id, how)
			e.wantFailure("Retire, "+string(how)+", of what is in use", err, record.ErrConflict, "")
		}
		if r := e.get(used, id); record.Gone(r) {
			e.t.Errorf("after a refused Retire the %s is gone", used)
		}
		sent := record.Clone(kept)
		f.In(sent).SetString(absentID)
		_, err = e.store(k.kind).Update(e.t.Context(), sent, []string{field})
		e.wantFailure("Update to a "+field+" that does not exist", err, record.ErrNotFound, field)
		e.wantSame("after a refused Update", e.get(k.kind, kept.Metadata().ID), kept)

		e.retire(k.kind, kept.Metadata().ID, record.Conclude)
		e.retire(used, id, record.Conclude)
		_, err = e.store(k.kind).Create(e.t.Context(), e.record(k, 2))
		e.wantFailure("Create with a "+field+" that has ended", err, record.ErrNotFound, field)
	}
}

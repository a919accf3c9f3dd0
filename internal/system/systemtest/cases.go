// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"slices"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// kindCase is what the suite must know about a kind to check its store.
type kindCase struct {
	kind record.Kind
	// build makes the n-th valid record, with what it depends on. Spellings are not canonical on purpose.
	build func(e *env, n int) record.Record
	// computed names the fields that the system fills.
	computed []string
	// edits are what can be changed in place, each alone.
	edits []edit
	// entries is the map whose entries are owned one by one; empty where the kind has none.
	entries string
	// where is a field in which no two of the first records are alike.
	where string
	// invalid are values that the store must refuse.
	invalid []flaw

	// kept says that a record is still there after its end, as evidence; ended tells that end; endFields are what it may change.
	kept      bool
	ended     func(r record.Record) bool
	endFields []string
	// freesKey says that another record can take the key after the end.
	freesKey bool
}

type edit struct {
	field string
	set   func(r record.Record)
}

// flaw is an invalid value of a field. An update can bring it in as well, unless onlyNew is set.
type flaw struct {
	field   string
	set     func(r record.Record)
	onlyNew bool
}

// as makes a function on records from one on a kind's struct.
func as[T record.Record](set func(T)) func(record.Record) {
	return func(r record.Record) { set(r.(T)) }
}

func retired(r record.Record) bool { return r.Metadata().Retired }

// cases has one case for every kind that systems keep.
func cases() []kindCase {
	return slices.Concat(
		imageCases(),
		cmdbCases(),
		changeCases(),
		ipamCases(),
		monitoringCases(),
		iamCases(),
		secretCases(),
		patchCases(),
		backupCases(),
		softwareCases(),
		notificationCases(),
	)
}

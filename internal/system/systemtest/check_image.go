// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// checkImageStatus holds the status to the times, however it is asked for.
func checkImageStatus(e *env) {
	past, future := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	for status, v := range map[string]*record.ImageVersion{
		record.ImageActive:    {EndOfLifeAt: future},
		record.ImageScheduled: {RevokeAt: future},
		record.ImageRevoked:   {RevokeAt: past, EndOfLifeAt: past},
		record.ImageExpired:   {EndOfLifeAt: past, RevokeAt: future},
	} {
		v.Family, v.Version, v.Platform, v.ExternalID, v.Status = "ubuntu", status, "azure", "id", record.ImageActive
		made := e.create(e.express(v)).(*record.ImageVersion)
		got := e.get(v.Kind(), made.ID).(*record.ImageVersion)
		if made.Status != status || got.Status != status {
			e.t.Errorf("a version that is %s has status %q at its creation and %q later", status, made.Status, got.Status)
		}
		e.wantRecords("Find by status "+status, e.find(v.Kind(), record.Query{Where: map[string]string{"status": status}}), made)
	}
	made := e.create(e.express(&record.ImageVersion{Family: "ubuntu", Version: "2", Platform: "azure", ExternalID: "id"})).(*record.ImageVersion)
	made.RevokeAt = past
	if got := e.update(made, "revoke_at").(*record.ImageVersion); got.Status != record.ImageRevoked {
		e.t.Errorf("Update to a time that has passed leaves the status %q", got.Status)
	}
}

// checkUniqueImage: one stack publishes for all.
func checkUniqueImage(e *env) {
	for _, k := range []kindCase{imageVersionCase(), imageChannelCase()} {
		first := e.create(e.record(k, 1))
		theirs := e.record(k, 1)
		theirs.Metadata().Stack = "suite/two"
		_, err := e.store(k.kind).Create(e.t.Context(), theirs)
		e.wantFailure("Create of what another stack has published", err, record.ErrConflict, "")
		e.wantRecords("after a refused Create", e.find(k.kind, record.Query{Names: []string{first.NaturalName()}}), first)
	}
}

func checkChannel(e *env) {
	publish := func(version, platform string, revoked bool) {
		v := &record.ImageVersion{Family: "ubuntu", Version: version, Platform: platform, ExternalID: version}
		if revoked {
			v.RevokeAt = time.Now().Add(-time.Minute)
		}
		e.create(e.express(v))
	}
	publish("1", "azure", false)
	publish("2", "azure", true)
	publish("2", "aws", true)
	publish("3", "azure", true)
	publish("3", "aws", false)
	publish("33", "aws", false)
	channels := e.store(record.KindImageChannel)
	to := func(version string) *record.ImageChannel {
		return e.express(&record.ImageChannel{Family: "ubuntu", Name: "production", Version: version}).(*record.ImageChannel)
	}
	_, err := channels.Create(e.t.Context(), to("4"))
	e.wantFailure("Create of a channel for a version that is not there", err, record.ErrNotFound, "version")
	_, err = channels.Create(e.t.Context(), to("2"))
	e.wantFailure("Create of a channel for a revoked version", err, record.ErrRefused, "version")
	kept := e.create(to("1")).(*record.ImageChannel)
	for version, reason := range map[string]error{"2": record.ErrRefused, "4": record.ErrNotFound} {
		promoted := record.Clone(kept)
		promoted.Version = version
		_, err = channels.Update(e.t.Context(), promoted, []string{"version"})
		e.wantFailure("promotion of version "+version, err, reason, "version")
	}
	e.wantSame("after refused promotions", e.get(kept.Kind(), kept.ID), kept)
	kept.Version = "3"
	e.update(kept, "version")
}

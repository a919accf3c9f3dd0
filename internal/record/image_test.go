// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestImageStatus(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	past, future := now.Add(-time.Second), now.Add(time.Second)
	for name, c := range map[string]struct {
		revoke, end time.Time
		want        string
		usable      bool
		ended       string
	}{
		"no times":               {time.Time{}, time.Time{}, ImageActive, true, ""},
		"an end to come":         {time.Time{}, future, ImageActive, true, ""},
		"a revocation to come":   {future, future, ImageScheduled, true, ""},
		"revoked this moment":    {now, time.Time{}, ImageRevoked, false, "was revoked at 2030-01-01T00:00:00Z"},
		"revoked":                {past, future, ImageRevoked, false, "was revoked at 2029-12-31T23:59:59Z"},
		"ended this moment":      {time.Time{}, now, ImageExpired, false, "reached its end of life at 2030-01-01T00:00:00Z"},
		"ended before":           {future, past, ImageExpired, false, "reached its end of life at 2029-12-31T23:59:59Z"},
		"revoked after its end":  {past, past.Add(-time.Hour), ImageRevoked, false, "was revoked at 2029-12-31T23:59:59Z"},
		"revoked, in the future": {future, time.Time{}, ImageScheduled, true, ""},
	} {
		v := &ImageVersion{RevokeAt: c.revoke, EndOfLifeAt: c.end, Status: "anything"}
		v.Judge(now)
		if v.Status != c.want || v.Usable() != c.usable || c.ended != "" && v.Ended() != c.ended {
			t.Errorf("%s: status %q, usable %t, %q", name, v.Status, v.Usable(), v.Ended())
		}
	}
	if !slices.Contains(ImageStatuses(), ImageExpired) || (&ImageVersion{}).Usable() {
		t.Error("a status that was never worked out counts as usable")
	}
}

func TestImageRules(t *testing.T) {
	long := strings.Repeat("x", MaxName+1)
	for field, v := range map[string]*ImageVersion{
		"family": {Family: "a/b"}, "version": {Version: long}, "platform": {Platform: " aws"}, "region": {Region: "a/b"},
		"external_id": {ExternalID: "two\nlines"}, "base_image": {BaseImage: strings.Repeat("x", MaxValue+1)}, "packer_manifest": {PackerManifest: "\x00"},
		"revoke_at": {RevokeAt: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, "status": {Status: "meh"}, "labels.": {Labels: map[string]string{" a": "b"}},
	} {
		if problems := v.Validate(); len(problems) != 1 || !strings.HasPrefix(problems[0].Field, field) {
			t.Errorf("%s: %v", field, problems)
		}
	}
	// A gallery's image in Azure is longer than a name.
	good := &ImageVersion{Family: "ubuntu", Version: "1.0.0+build", Platform: "azure", ExternalID: "/subscriptions/" + long, BaseImage: "Canonical:ubuntu:server", PackerManifest: "{\n}\n"}
	if problems := good.Validate(); len(problems) > 0 {
		t.Error(problems)
	}
	for field, c := range map[string]*ImageChannel{"family": {Family: "a/b"}, "name": {Name: "a/b"}, "version": {Version: "a/b"}} {
		if problems := c.Validate(); len(problems) != 1 || problems[0].Field != field {
			t.Errorf("%s: %v", field, problems)
		}
	}
}

func TestChannelAdmits(t *testing.T) {
	usable, revoked := &ImageVersion{Status: ImageScheduled}, &ImageVersion{Status: ImageRevoked}
	c := &ImageChannel{Family: "ubuntu", Version: "1"}
	for name, want := range map[string]struct {
		images []*ImageVersion
		reason error
	}{
		"nothing": {nil, ErrNotFound}, "revoked": {[]*ImageVersion{revoked, revoked}, ErrRefused}, "one of two": {[]*ImageVersion{revoked, usable}, nil},
	} {
		if err := c.Admit(want.images); !errors.Is(err, want.reason) || (err == nil) != (want.reason == nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

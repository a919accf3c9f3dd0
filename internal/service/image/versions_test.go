// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package image

import (
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func TestNewerThan(t *testing.T) {
	for name, c := range map[string]struct {
		// family is in the order of publication; a minus marks what is not usable.
		family []string
		old    int
		want   string
	}{
		"semantic, not alphabetic": {[]string{"1.9.0", "1.10.0", "1.2.0"}, 0, "1.10.0"},
		"the newest":               {[]string{"1.0.0", "1.1.0", "1.2.0"}, 0, "1.2.0"},
		"not what has ended":       {[]string{"1.0.0", "1.1.0", "-1.2.0"}, 0, "1.1.0"},
		"none":                     {[]string{"1.0.0", "1.1.0"}, 1, ""},
		"a candidate is older":     {[]string{"1.0.0", "1.1.0-rc1"}, 0, "1.1.0-rc1"},
		"a release is newer":       {[]string{"1.1.0", "1.1.0-rc1"}, 1, "1.1.0"},
		"dates":                    {[]string{"20240101", "20250101"}, 0, "20250101"},
		"by time where one is not": {[]string{"2.0.0", "golden", "1.0.0"}, 0, "1.0.0"},
		"the last one by time":     {[]string{"noble", "golden"}, 1, ""},
	} {
		var family versions
		for i, number := range c.family {
			v := &record.ImageVersion{Version: number, Status: record.ImageActive, CreatedAt: time.Unix(int64(i), 0)}
			if number[0] == '-' {
				v.Version, v.Status = number[1:], record.ImageRevoked
			}
			family = append(family, v)
		}
		got := ""
		if newer := family.newerThan(family[c.old]); newer != nil {
			got = newer.Version
		}
		if got != c.want {
			t.Errorf("%s: newer than %s in %v is %q, want %q", name, c.family[c.old], c.family, got, c.want)
		}
	}
}

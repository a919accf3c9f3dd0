// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import "github.com/infraops/terraform-provider-infraops/internal/record"

func (d *memoryData) targetLive(id string) error {
	if target, ok := d.records[id].(*record.MonitoringTarget); !ok || target.Retired {
		return record.Errorf(record.ErrNotFound, "there is no monitoring target %q", id).On("target_id")
	}
	return nil
}

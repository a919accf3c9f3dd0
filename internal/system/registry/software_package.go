// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"context"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// packageRules: the registry reaches no host, so it knows of what is installed no more than what is declared.
type packageRules struct{ plain }

func (packageRules) creating(_ context.Context, _ *transaction, r record.Record) error {
	declare(r)
	return nil
}

func (packageRules) updating(_ context.Context, _ *transaction, _ int64, _, now record.Record) error {
	declare(now)
	return nil
}

func declare(r record.Record) {
	p := r.(*record.SoftwarePackage)
	p.InstalledVersion, p.PackageManager = p.Declared(), ""
}

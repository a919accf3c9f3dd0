// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"context"
	"errors"
)

// Exists says whether there is a registry at the place. The stores read a place without one as a registry that is
// still empty, since a plan comes before the first apply; a person who misspelt the place must be told.
func (r *Registry) Exists(ctx context.Context) (bool, error) {
	_, err := r.connect(ctx, false)
	if errors.Is(err, errAbsent) {
		return false, nil
	}
	return err == nil, r.failure(ctx, err)
}

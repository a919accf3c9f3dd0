// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package function has the functions of the provider, provider::infraops::<name>. They compute from their arguments alone:
// they need no provider block and reach no system.
package function

import (
	"github.com/hashicorp/terraform-plugin-framework/function"
)

// All lists the functions.
func All() []func() function.Function {
	return []func() function.Function{
		func() function.Function { return changeWindow{} },
		func() function.Function { return errorBudget{} },
		func() function.Function { return burnRate{} },
		func() function.Function { return resourceName{} },
		func() function.Function { return contentHash{} },
	}
}

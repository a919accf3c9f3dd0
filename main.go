// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-infraops is the Terraform provider and, for the built-in registry, the operator's command line.
package main

import (
	"fmt"
	"os"

	"github.com/infraops/terraform-provider-infraops/internal/provider"
)

// version and commit are set when a release is built.
var (
	version = "dev"
	commit  = ""
)

func main() {
	if err := provider.Serve(provider.New(version, provider.Systems())); err != nil {
		fmt.Fprintln(os.Stderr, "terraform-provider-infraops:", err)
		os.Exit(1)
	}
}

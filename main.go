// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-infraops is the Terraform provider and the operator's command line.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/infraops/terraform-provider-infraops/internal/operator"
	"github.com/infraops/terraform-provider-infraops/internal/provider"
	"github.com/infraops/terraform-provider-infraops/internal/transport"
)

// version is set when a release is built.
var version = "dev"

func main() {
	transport.Version = version
	// Terraform starts a plugin without arguments and with this variable; anything else is a person.
	if os.Getenv("TF_PLUGIN_MAGIC_COOKIE") == "" || len(os.Args) > 1 {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		os.Exit(operator.Run(ctx, version, provider.Systems(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	if err := provider.Serve(provider.New(version, provider.Systems())); err != nil {
		fmt.Fprintln(os.Stderr, "terraform-provider-infraops:", err)
		os.Exit(1)
	}
}

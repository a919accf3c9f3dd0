// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-infraops is the Terraform provider.
package main

func main() {}

#!/usr/bin/env bash
# Copyright (c) The InfraOps Authors
# SPDX-License-Identifier: MPL-2.0

# Builds the provider into a filesystem mirror in .cache and prints the CLI configuration file that uses it, so that
# an ordinary `init` finds this build and asks no registry for it:
#
#   export TF_CLI_CONFIG_FILE=$(tools/mirror.sh)
#
# "infraops/infraops" means registry.terraform.io to Terraform and registry.opentofu.org to OpenTofu: both are served.
# Stacks that use only this provider and the built-in terraform_data need no network at all.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The version being worked on is the topmost one in the changelog.
version=$(sed -n 's/^## \([0-9][0-9.]*\).*/\1/p' CHANGELOG.md | sed -n 1p)
platform=$(go env GOOS)_$(go env GOARCH)
mirror=$PWD/.cache/mirror
config=$PWD/.cache/terraformrc
binary=terraform-provider-infraops_v$version

# A mirror of an older version would be chosen by configurations that pin none.
rm -rf "$mirror"
for host in registry.terraform.io registry.opentofu.org; do
    mkdir -p "$mirror/$host/infraops/infraops/$version/$platform"
done
first=$mirror/registry.terraform.io/infraops/infraops/$version/$platform/$binary
CGO_ENABLED=0 go build -trimpath -ldflags "-X main.version=$version" -o "$first" .
ln "$first" "${first/registry.terraform.io/registry.opentofu.org}"

cat >"$config" <<EOF
provider_installation {
  filesystem_mirror {
    path    = "$mirror"
    include = ["registry.terraform.io/infraops/*", "registry.opentofu.org/infraops/*"]
  }
  direct {
    exclude = ["registry.terraform.io/infraops/*", "registry.opentofu.org/infraops/*"]
  }
}
EOF
echo "$config"

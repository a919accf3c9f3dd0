#!/usr/bin/env bash
# Copyright (c) The InfraOps Authors
# SPDX-License-Identifier: MPL-2.0

# Checks, publishing nothing, that a release would build: the configuration, then a snapshot in dist/ of one
# architecture of each kind of system (all of them would take minutes longer and show nothing more).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

goreleaser=$(tools/tool.sh goreleaser)
"$goreleaser" check
mkdir -p .cache
sed -e 's/^    goos: .*/    goos: [linux, darwin, windows]/' -e 's/^    goarch: .*/    goarch: [amd64]/' .goreleaser.yml >.cache/goreleaser.yml
"$goreleaser" release --config .cache/goreleaser.yml --snapshot --clean --skip=sign
ls -l dist/*.zip dist/*SHA256SUMS

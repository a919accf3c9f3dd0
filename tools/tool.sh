#!/usr/bin/env bash
# Copyright (c) The InfraOps Authors
# SPDX-License-Identifier: MPL-2.0

# Prints the path of a developer tool at the version this repository pins. It is built once per machine and
# again only when its pin (go.mod, go.sum) or the Go version changes.
#
#   "$(tools/tool.sh golangci-lint)" run
#
# A tool lives in tools/go.mod, or in tools/<name>/go.mod where its requirements conflict with the others'.
set -euo pipefail

name=${1:?usage: tools/tool.sh NAME}
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
module=$tools
[[ -f $tools/$name/go.mod ]] && module=$tools/$name
export GOWORK=off GOFLAGS=

ldflags='-s -w'
# Without this OpenTofu takes itself for a pre-release, which version constraints do not match.
[[ $name != tofu ]] || ldflags+=' -X github.com/opentofu/opentofu/version.dev=no'

pin=$(cd "$module" && { cat go.mod go.sum && go env GOVERSION GOOS GOARCH && echo "$ldflags"; } | git hash-object --stdin | cut -c1-12)
bin=${XDG_CACHE_HOME:-$HOME/.cache}/terraform-provider-infraops/$name/$pin/$name

if [[ ! -x $bin ]]; then
    package=$(cd "$module" && go list -f '{{.ImportPath}} {{.Name}}' tool |
        awk -v name="$name" '{ path = $1; sub(/\/v[0-9]+$/, "", path); n = split(path, p, "/") } p[n] == name { print $1 }')
    [[ -n $package ]] || { echo "tools/tool.sh: no tool called $name in $module/go.mod" >&2; exit 1; }
    start=$SECONDS
    echo "building $name from source (once for this version on this machine; up to 4 minutes on two cores) ..." >&2
    mkdir -p "${bin%/*}"
    go build -C "$module" -trimpath -ldflags "$ldflags" -o "$bin.$$" "$package" >&2
    mv -f "$bin.$$" "$bin"
    echo "built $name in $((SECONDS - start)) s: $bin" >&2
fi
echo "$bin"

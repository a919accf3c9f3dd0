#!/usr/bin/env bash
# Copyright (c) The InfraOps Authors
# SPDX-License-Identifier: MPL-2.0

# Generates docs/ from the provider's schema, what its systems declare, templates/ and examples/. Needs no network and
# no Terraform CLI: the schema comes from the provider itself, since the CLIs each leave out what they do not know
# (identities, actions).
#
#   tools/docs.sh            write docs/
#   tools/docs.sh --check    fail if docs/ is not what would be written
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tfplugindocs=$(tools/tool.sh tfplugindocs)
fresh=.cache/docs
schema=.cache/schema.json
log=.cache/docs.log

run() { "$tfplugindocs" "$@" --provider-name infraops --providers-schema "$schema" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }; }

mkdir -p "$fresh"
go run ./internal/docschema >"$schema"
# A guide names its tables in lines such as "<!-- table: matrix -->". tfplugindocs copies those as they are, so the tables
# are put in after it.
case ${1-} in
'')
    run generate
    go run ./internal/docschema guides docs
    ;;
--check)
    run generate --rendered-website-dir "$fresh"
    go run ./internal/docschema guides "$fresh"
    if ! diff -ruN docs "$fresh"; then
        echo "docs/ is out of date: run \"make docs\" and commit what it writes" >&2
        exit 1
    fi
    ;;
*) echo "usage: tools/docs.sh [--check]" >&2; exit 2 ;;
esac
run validate

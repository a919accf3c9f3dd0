#!/usr/bin/env bash
# Copyright (c) The InfraOps Authors
# SPDX-License-Identifier: MPL-2.0

# Prints the path of a Terraform CLI and nothing else: $INFRAOPS_CLI if set, else terraform on PATH, else tofu on
# PATH, else OpenTofu built from its source at the version pinned in tools/tofu/go.mod (once per machine).
#
#   tools/cli.sh           whichever there is
#   tools/cli.sh --tofu    OpenTofu, whatever else there is
set -euo pipefail

case ${1-} in
--tofu) wanted=(tofu) ;;
'') wanted=(terraform tofu) ;;
*) echo "usage: tools/cli.sh [--tofu]" >&2; exit 2 ;;
esac

if [[ -z ${1-} && -n ${INFRAOPS_CLI-} ]]; then
    command -v "$INFRAOPS_CLI" || { echo "tools/cli.sh: INFRAOPS_CLI=$INFRAOPS_CLI is not a program" >&2; exit 1; }
    exit
fi
for cli in "${wanted[@]}"; do
    if type -P "$cli"; then exit; fi
done
exec "$(dirname "${BASH_SOURCE[0]}")/tool.sh" tofu

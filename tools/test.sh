#!/usr/bin/env bash
# Copyright (c) The InfraOps Authors
# SPDX-License-Identifier: MPL-2.0

# Runs unit and acceptance tests with the race detector on the Terraform CLI that tools/cli.sh finds.
#
#   tools/test.sh [--tofu] [arguments of go test, default ./...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

flavour=
if [[ ${1-} == --tofu ]]; then flavour=--tofu; shift; fi
cli=$(tools/cli.sh $flavour)

# Test configurations name the provider as users do, "infraops/infraops", on the host each CLI takes that to mean.
export TF_ACC=1 TF_ACC_TERRAFORM_PATH=$cli TF_ACC_PROVIDER_NAMESPACE=infraops CHECKPOINT_DISABLE=1
# The developer's own CLI configuration takes no part.
export TF_CLI_CONFIG_FILE=/dev/null
about=$("$cli" version | sed -n 1p)
case $about in
OpenTofu*) export TF_ACC_PROVIDER_HOST=registry.opentofu.org ;;
*) export TF_ACC_PROVIDER_HOST=registry.terraform.io ;;
esac

if [[ -z ${INFRAOPS_TEST_POSTGRES_URL-} ]]; then
    INFRAOPS_TEST_POSTGRES_URL=$(tools/postgres.sh url)
    export INFRAOPS_TEST_POSTGRES_URL
fi

if [[ -z ${INFRAOPS_TEST_PROMETHEUS_URL-} ]]; then
    INFRAOPS_TEST_PROMETHEUS_URL=$(tools/prometheus.sh url)
    export INFRAOPS_TEST_PROMETHEUS_URL
fi

if [[ -z ${INFRAOPS_TEST_REQUESTTRACKER_URL-} ]]; then
    set -a
    eval "$(tools/requesttracker.sh env)"
    set +a
fi

race=-race
if [[ $(go env CGO_ENABLED) != 1 ]]; then
    race=
    echo "no C compiler: testing without the race detector" >&2
    if [[ -n ${INFRAOPS_FORBID_SKIPS-} ]]; then exit 1; fi
fi

echo "acceptance tests on $about ($cli), PostgreSQL ${INFRAOPS_TEST_POSTGRES_URL:-not there}, Prometheus ${INFRAOPS_TEST_PROMETHEUS_URL:-not there}, Request Tracker ${INFRAOPS_TEST_REQUESTTRACKER_URL:-not there} (the tests of what is not there are skipped: make systems-up)" >&2
[[ $# -gt 0 ]] || set -- ./...
# Some tests build and start the provider, which Go's cache of results does not see: hence -count=1. They wait for
# processes more than they compute, hence more at once than there are cores.
exec go test $race -count=1 -timeout 40m -parallel 4 "$@"

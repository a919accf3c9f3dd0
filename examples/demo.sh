#!/usr/bin/env bash
# Copyright (c) The InfraOps Authors
# SPDX-License-Identifier: MPL-2.0

# Applies stacks/dev on the built-in registry and shows what it leaves: `make demo`. With "gate" its changes are normal
# ones, which stop the apply until they are approved: `make demo-gate`. Everything happens in a temporary directory.
set -euo pipefail
examples=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cli=$INFRAOPS_CLI
provider=$(ls "$examples"/../.cache/mirror/registry.terraform.io/infraops/infraops/*/*/terraform-provider-infraops_v*)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp -R "$examples/modules" "$examples/stacks" "$work"
cd "$work/stacks/dev"
export INFRAOPS_REGISTRY_DATABASE=$PWD/infraops.db

say() { printf '\n\033[1m# %s\033[0m\n' "$*"; }
run() { printf '\033[2m$ %s\033[0m\n' "${*//$provider/terraform-provider-infraops}" && "$@"; }
terraform() { run "$cli" "$@"; }
operator() { run "$provider" "$@"; }
apply() { terraform apply -auto-approve -compact-warnings -no-color "$@"; }
# The interesting part of an apply: what happened, not the plan that the second command shows better.
brief() { grep -E 'Creation complete|Apply complete|Plan:|Warning|Error' || true; }

say "Initialise the stack (the provider was built from this clone)"
terraform init -no-color | grep -E 'Installed|initialized'

if [[ ${1:-} == gate ]]; then
    gate=(-var 'change={type="normal",decommission_type="standard",requested_by="demo"}' -var 'vms={"web-01"={cpus="2"}}')

    say "A normal change stops the apply, and says what to do"
    if apply "${gate[@]}" >apply.log 2>&1; then
        echo "the apply should have stopped" >&2
        exit 1
    fi
    sed -n '/Error:/,$p' apply.log

    say "Nothing is tainted; the requester's own approval is refused"
    "$cli" show -no-color | grep -c tainted || true
    operator change list
    if operator change approve CHG0000001 --as demo; then
        echo "the requester should not be able to approve" >&2
        exit 1
    fi

    say "Somebody else approves, and the same apply finishes"
    operator change approve CHG0000001 --as alice --comment "Fine, tonight."
    apply "${gate[@]}" | brief
    operator change show CHG0000001

    say "Clean up"
    terraform destroy -auto-approve -no-color "${gate[@]}" | tail -n 1
    exit
fi

# The credentials are sealed to a key that exists for this demonstration only.
if ssh-keygen -q -t ed25519 -N '' -C requestor -f "$work/key" 2>/dev/null; then
    TF_VAR_recipient=$(cat "$work/key.pub")
else # nobody has the private key of this one, from the documentation of age
    TF_VAR_recipient=age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p
fi
export TF_VAR_recipient TF_VAR_credentials='{"root":"correct horse battery staple"}' TF_VAR_credentials_version=1

say "Apply: two governed VMs, seventeen steps each"
apply | brief

say "The report: a line for each step with its record"
terraform output -raw report
echo

say "A second plan is empty"
terraform plan -no-color -detailed-exitcode | tail -n 5

say "The credentials: ciphertext for the requestor, given out once"
operator secret list
operator secret retrieve dev/web-01/credentials | sed -n '1,2p'

say "What the message said, and what Prometheus would scrape"
operator notification list
operator monitoring export --format prometheus | sed -n '1,12p'

say "A destroy stops: taking something away is a change too"
if terraform destroy -auto-approve -no-color >destroy.log 2>&1; then
    echo "the destroy should have stopped" >&2
    exit 1
fi
sed -n '/Error:/,$p' destroy.log | sed -n '1,12p'
operator change list --state authorize

say "Somebody approves, and the same destroy finishes"
for number in $("$provider" change list --state authorize | grep -o 'CHG[0-9]*'); do
    operator change approve "$number" --as alice --comment "No longer used."
done
terraform destroy -auto-approve -no-color | tail -n 1

say "The evidence stays: every change is closed, and the history has every step with its time and stack"
operator change list
operator history --stack example-dev | grep -v '^ '

#!/usr/bin/env bash
# Copyright (c) The InfraOps Authors
# SPDX-License-Identifier: MPL-2.0

# A throwaway PostgreSQL for tests: its own cluster on 127.0.0.1, on a port of its own, with no durability.
#
#   tools/postgres.sh up      install it if need be (root, Debian or Ubuntu), start it, print its URL
#   tools/postgres.sh url     print the URL if it is up, else nothing
#   tools/postgres.sh down    stop it and delete its data
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

state=$PWD/.cache/postgres # what "up" started: the files dir and url

server() { # run a PostgreSQL program as the user who owns the cluster; the server refuses to be root
    local initdb program
    initdb=$(find /usr/lib/postgresql -name initdb 2>/dev/null | sort -V | tail -n 1)
    [[ -n $initdb ]] || initdb=$(type -P initdb) || return
    program=${initdb%/*}/$1
    shift
    if [[ $(id -u) == 0 ]]; then
        (cd / && runuser -u postgres -- "$program" "$@")
    else
        "$program" "$@"
    fi
}

install() {
    if [[ $(id -u) != 0 ]] || ! type -P apt-get >/dev/null; then
        echo "tools/postgres.sh: PostgreSQL is not installed, and only root on Debian or Ubuntu can be helped here." >&2
        echo "Install it, or set INFRAOPS_TEST_POSTGRES_URL to a server of yours." >&2
        exit 1
    fi
    echo "installing PostgreSQL ..." >&2
    # Keep the package from starting a cluster of its own.
    mkdir -p /etc/postgresql-common/createcluster.d
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/infraops.conf
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >&2
    apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 postgresql >&2
}

running() { [[ -f $state/dir ]] && server pg_ctl -D "$(cat "$state/dir")/data" status >/dev/null 2>&1; }

up() {
    if running; then return; fi
    server postgres --version >/dev/null 2>&1 || install
    # Not under the working tree, which the server's user may have no way into (/root, say).
    local dir port
    dir=$(mktemp -d /tmp/infraops-postgres.XXXXXX)
    if [[ $(id -u) == 0 ]]; then chown postgres: "$dir"; fi
    server initdb -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null
    # Below the ports that the kernel gives to connections, which cannot be listened on while they last.
    for port in {25432..25452}; do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    cat >>"$dir/data/postgresql.conf" <<EOF
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$dir'
max_connections = 200
fsync = off
synchronous_commit = off
full_page_writes = off
EOF
    if ! server pg_ctl -D "$dir/data" -l "$dir/log" -w start >/dev/null; then
        cat "$dir/log" >&2
        exit 1
    fi
    mkdir -p "$state"
    echo "$dir" >"$state/dir"
    echo "postgres://postgres@127.0.0.1:$port/postgres?sslmode=disable" >"$state/url"
}

case ${1-} in
up)
    up
    cat "$state/url"
    ;;
url) if running; then cat "$state/url"; fi ;;
down)
    if running; then server pg_ctl -D "$(cat "$state/dir")/data" -m fast stop >/dev/null; fi
    if [[ -f $state/dir ]]; then rm -rf "$(cat "$state/dir")" "$state"; fi
    ;;
*)
    echo "usage: tools/postgres.sh up|url|down" >&2
    exit 2
    ;;
esac

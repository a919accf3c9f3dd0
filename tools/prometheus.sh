#!/usr/bin/env bash
# Copyright (c) The InfraOps Authors
# SPDX-License-Identifier: MPL-2.0

# Prometheus for the tests, with a port and data of its own. It scrapes whatever the files in its directory sd/ list.
#
#   tools/prometheus.sh up      install it if need be (root or sudo, Debian or Ubuntu), start it, print its URL
#   tools/prometheus.sh url     print the URL if it is up, else nothing
#   tools/prometheus.sh down    stop it and delete its data
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

state=$PWD/.cache/prometheus # pid, url, log, prometheus.yml, data/ and sd/

install() {
    local sudo=()
    if [[ $(id -u) != 0 ]]; then sudo=(sudo); fi
    if ! type -P apt-get >/dev/null || ! type -P "${sudo[@]:-true}" >/dev/null; then
        echo "tools/prometheus.sh: Prometheus is not installed, and only root or sudo on Debian or Ubuntu can be helped here." >&2
        echo "Install it, or set INFRAOPS_TEST_PROMETHEUS_URL to a server of yours (what it must do is below)." >&2
        exit 1
    fi
    echo "installing Prometheus ..." >&2
    # Keep the package from starting a server of its own.
    "${sudo[@]}" mkdir -p /etc/systemd/system
    "${sudo[@]}" ln -sfn /dev/null /etc/systemd/system/prometheus.service
    "${sudo[@]}" apt-get update -qq >&2
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 prometheus >&2
}

running() { [[ -f $state/pid ]] && kill -0 "$(cat "$state/pid")" 2>/dev/null; }

ready() { # over bash's own TCP, since curl need not be there
    local answer
    exec 3<>"/dev/tcp/127.0.0.1/$1" || return
    printf 'GET /-/ready HTTP/1.0\r\n\r\n' >&3
    read -r answer <&3 || true
    exec 3>&-
    [[ $answer == *' 200 '* ]]
}

up() {
    if running; then return; fi
    type -P prometheus >/dev/null || install
    local port
    for port in {19190..19210}; do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    rm -rf "$state"
    mkdir -p "$state/sd"
    cat >"$state/prometheus.yml" <<YAML
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: infraops
    file_sd_configs:
      - files: ['$state/sd/*.json']
        refresh_interval: 1s
    # What a team does with the metadata: keep the profile that this job is for, and make labels of the rest.
    relabel_configs:
      - { source_labels: [__meta_infraops_profiles], regex: '.*,node,.*', action: keep }
      - { source_labels: [__meta_infraops_name], target_label: instance }
      - { source_labels: [__meta_infraops_in_downtime], target_label: in_downtime }
YAML
    prometheus --config.file="$state/prometheus.yml" --storage.tsdb.path="$state/data" --storage.tsdb.retention.time=1h \
        --web.listen-address="127.0.0.1:$port" >"$state/log" 2>&1 </dev/null &
    echo $! >"$state/pid"
    disown
    for _ in {1..100}; do
        if ready "$port" 2>/dev/null; then
            echo "http://127.0.0.1:$port" >"$state/url"
            return
        fi
        running || break
        sleep 0.1
    done
    echo "tools/prometheus.sh: Prometheus does not start:" >&2
    cat "$state/log" >&2
    exit 1
}

down() {
    if running; then
        kill "$(cat "$state/pid")"
        for _ in {1..100}; do
            running || break
            sleep 0.1
        done
    fi
    rm -rf "$state"
}

case ${1-} in
up)
    up
    cat "$state/url"
    ;;
url) if running; then cat "$state/url"; fi ;;
down) down ;;
*)
    echo "usage: tools/prometheus.sh up|url|down" >&2
    exit 2
    ;;
esac

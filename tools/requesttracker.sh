#!/usr/bin/env bash
# Copyright (c) The InfraOps Authors
# SPDX-License-Identifier: MPL-2.0

# Request Tracker 5 for the tests, with a port of its own and a database of its own in tools/postgres.sh. It is prepared
# by the script that its administrators run (examples/systems/requesttracker), and its mail goes to files.
#
#   tools/requesttracker.sh up      install it if need be (root or sudo, Debian or Ubuntu), start it, print its URL
#   tools/requesttracker.sh url     print the URL if it is up, else nothing
#   tools/requesttracker.sh env     print the variables for the tests if it is up, as shell assignments
#   tools/requesttracker.sh setup [ARGUMENTS]   run the set-up again, such as for another --queue and --catalog
#   tools/requesttracker.sh down    stop it and delete its data
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

state=$PWD/.cache/requesttracker # what "up" started: the files dir, pid, url and env
program=/usr/share/request-tracker5
database=requesttracker

install() {
    local sudo=() wanted=(request-tracker5 rt5-standalone rt5-db-postgresql dbconfig-no-thanks starman)
    if [[ $(id -u) != 0 ]]; then sudo=(sudo); fi
    if ! type -P apt-get >/dev/null || ! type -P "${sudo[@]:-true}" >/dev/null; then
        echo "tools/requesttracker.sh: Request Tracker 5 is not installed, and only root or sudo on Debian or Ubuntu can be helped here." >&2
        echo "Install it, or set INFRAOPS_TEST_REQUESTTRACKER_URL and the other variables (see tools/requesttracker-seed.pl) for a server of yours." >&2
        exit 1
    fi
    # It depends on a mail server. This one is a program without a daemon.
    type -P sendmail >/dev/null || [[ -x /usr/sbin/sendmail ]] || wanted+=(msmtp-mta)
    echo "installing Request Tracker 5 (some minutes) ..." >&2
    "${sudo[@]}" apt-get update -qq >&2
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 "${wanted[@]}" >&2
}

become_rt() { # go on as a program of Request Tracker, which is not to be root, on this configuration
    local dir user=()
    dir=$(cat "$state/dir")
    if [[ $(id -u) == 0 ]]; then user=(setpriv --reuid=www-data --regid=www-data --clear-groups); fi
    cd /
    exec "${user[@]}" env HOME="$dir" RT_SITE_CONFIG="$dir/RT_SiteConfig.pm" RT_SITE_CONFIG_DIR="$dir/RT_SiteConfig.d" "$@"
}

setup() { (become_rt perl -I"$program/lib" "$(cat "$state/dir")/setup.pl" "$@"); }

running() { [[ -f $state/pid ]] && kill -0 "$(cat "$state/pid")" 2>/dev/null; }

ready() { # over bash's own TCP, since curl need not be there
    local answer
    exec 3<>"/dev/tcp/127.0.0.1/$1" || return
    printf 'GET /REST/2.0/rt HTTP/1.0\r\n\r\n' >&3
    read -r answer <&3 || true
    exec 3>&-
    [[ $answer == *' 401 '* ]]
}

database_port() { # of the URL that tools/postgres.sh prints
    local rest=${1##*127.0.0.1:}
    echo "${rest%%/*}"
}

configure() { # configure DIRECTORY PORT DATABASE_PORT
    local dir=$1 port=$2 database_port=$3
    cat >"$dir/RT_SiteConfig.pm" <<PERL
Set(\$rtname, 'rt.example.test');
Set(\$Organization, 'example.test');
Set(\$CorrespondAddress, 'rt\@example.test');
Set(\$CommentAddress, 'rt-comment\@example.test');
Set(\$WebDomain, '127.0.0.1');
Set(\$WebPort, $port);
Set(\$WebPath, '');
Set(\$Timezone, 'UTC');
Set(\$DatabaseType, 'Pg');
Set(\$DatabaseHost, '127.0.0.1');
Set(\$DatabasePort, '$database_port');
Set(\$DatabaseName, '$database');
Set(\$DatabaseUser, '$database');
Set(\$DatabasePassword, 'unused');
Set(\$DatabaseAdmin, 'postgres');
Set(\$LogToSyslog, undef);
Set(\$LogToSTDERR, 'error');
Set(\$MailCommand, 'sendmailpipe');
Set(\$SendmailPath, '$dir/sendmail');
Set(\$BcryptCost, 4);
\$RT::MasonDataDir = '$dir/mason';
\$RT::MasonSessionDir = '$dir/sessions';
\$RT::VarPath = '$dir';
1;
PERL
    cat >"$dir/sendmail" <<'SH'
#!/bin/sh
exec cat >"$(mktemp "$(dirname "$0")/mail/XXXXXX")"
SH
    chmod 755 "$dir/sendmail"
}

up() {
    if running; then return; fi
    if [[ ! -e $program/libexec/rt-server ]] || ! type -P starman >/dev/null || [[ ! -e $program/etc/schema.Pg ]] || ! perl -MDBD::Pg -e1 2>/dev/null; then install; fi
    local dir port postgres
    postgres=$(tools/postgres.sh up)
    for port in {18180..18200}; do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    down
    mkdir -p "$state"
    # Not under the working tree, which the server's user may have no way into (/root, say).
    dir=$(mktemp -d /tmp/infraops-requesttracker.XXXXXX)
    echo "$dir" >"$state/dir"
    mkdir "$dir/"{RT_SiteConfig.d,mason,sessions,mail}
    configure "$dir" "$port" "$(database_port "$postgres")"
    cp examples/systems/requesttracker/InfraOps_Config.pm "$dir/RT_SiteConfig.d"
    cp examples/systems/requesttracker/setup.pl tools/requesttracker-seed.pl "$dir"
    chmod 755 "$dir"
    if [[ $(id -u) == 0 ]]; then chown -R www-data: "$dir"; fi
    if ! (become_rt /usr/sbin/rt-setup-database-5 --action init --dba postgres --dba-password unused) >"$state/log" 2>&1 ||
        ! setup >>"$state/log" 2>&1 ||
        ! (umask 077 && become_rt perl -I"$program/lib" "$dir/requesttracker-seed.pl" >"$state/env" 2>>"$state/log"); then
        echo "tools/requesttracker.sh: Request Tracker cannot be set up:" >&2
        tail -n 30 "$state/log" >&2
        exit 1
    fi
    become_rt starman --preload-app --workers 4 --listen "127.0.0.1:$port" "$program/libexec/rt-server" >>"$state/log" 2>&1 </dev/null &
    echo $! >"$state/pid"
    disown
    for _ in {1..300}; do
        if ready "$port" 2>/dev/null; then
            echo "INFRAOPS_TEST_REQUESTTRACKER_URL=http://127.0.0.1:$port" >>"$state/env"
            echo "http://127.0.0.1:$port" >"$state/url"
            return
        fi
        running || break
        sleep 0.1
    done
    echo "tools/requesttracker.sh: Request Tracker does not start:" >&2
    tail -n 30 "$state/log" >&2
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
    local postgres
    postgres=$(tools/postgres.sh url)
    if [[ -n $postgres ]]; then
        perl -MDBI -e 'my $h = DBI->connect("dbi:Pg:host=127.0.0.1;port=$ARGV[0]", "postgres", "", { RaiseError => 1 });
            $h->do("SET client_min_messages = error"); $h->do("DROP DATABASE IF EXISTS $ARGV[1] WITH (FORCE)")' \
            "$(database_port "$postgres")" "$database"
    fi
    if [[ -f $state/dir ]]; then rm -rf "$(cat "$state/dir")"; fi
    rm -rf "$state"
}

case ${1-} in
up)
    up
    cat "$state/url"
    ;;
url) if running; then cat "$state/url"; fi ;;
env) if running; then cat "$state/env"; fi ;;
setup) setup "${@:2}" ;;
down) down ;;
*)
    echo "usage: tools/requesttracker.sh up|url|env|setup|down" >&2
    exit 2
    ;;
esac

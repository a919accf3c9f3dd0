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

state=$PWD/.cache/requesttracker # what "up" started: the files dir, pid, url, env and two logs
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

# By standard input, since Request Tracker's user may have no way into the working tree.
perl_of_rt() { (become_rt perl -I"$program/lib" - "${@:2}") <"$1"; }

setup() { perl_of_rt examples/systems/requesttracker/setup.pl "$@"; }

running() { [[ -f $state/pid ]] && kill -0 "$(cat "$state/pid")" 2>/dev/null; }

ready() { # ready PORT: it knows our token, so it is ours; over bash's own TCP, since curl need not be there
    local answer token
    token=$(sed -n 's/^INFRAOPS_TEST_REQUESTTRACKER_TOKEN=//p' "$state/env")
    { exec 3<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return
    printf 'GET /REST/2.0/rt HTTP/1.0\r\nUser-Agent: -\r\nAuthorization: token %s\r\n\r\n' "$token" >&3
    read -r answer <&3 || true
    exec 3>&-
    [[ $answer == *' 200 '* ]]
}

port_of() { # port_of URL
    local rest=${1##*127.0.0.1:}
    echo "${rest%%/*}"
}

configure() { # configure DIRECTORY DATABASE_PORT
    local dir=$1 database_port=$2
    cat >"$dir/RT_SiteConfig.pm" <<PERL
Set(\$rtname, 'rt.example.test');
Set(\$Organization, 'example.test');
Set(\$CorrespondAddress, 'rt\@example.test');
Set(\$CommentAddress, 'rt-comment\@example.test');
Set(\$WebDomain, '127.0.0.1');
Set(\$WebPort, \$ENV{WEB_PORT} // 80);
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

installed() { # what it takes: the program, its schema for PostgreSQL and the driver, and the web server
    [[ -e $program/libexec/rt-server && -e $program/etc/schema.Pg ]] && type -P starman >/dev/null && perl -MDBD::Pg -e1 2>/dev/null
}

prepare() { # make the database, run the set-up that is documented, and add the people of the tests
    (become_rt /usr/sbin/rt-setup-database-5 --action init --dba postgres --dba-password unused) >"$state/log" 2>&1 &&
        setup >>"$state/log" 2>&1 &&
        (umask 077 && perl_of_rt tools/requesttracker-seed.pl >"$state/env" 2>>"$state/log")
}

start() { # on the first port that is free, also when another clone takes ports at the same time
    local port
    for port in {18180..18200}; do
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then continue; fi
        become_rt env WEB_PORT="$port" starman --preload-app --workers 4 --listen "127.0.0.1:$port" \
            "$program/libexec/rt-server" >"$state/server.log" 2>&1 </dev/null &
        echo $! >"$state/pid"
        disown
        for _ in {1..300}; do
            running || break
            if ready "$port"; then
                echo "INFRAOPS_TEST_REQUESTTRACKER_URL=http://127.0.0.1:$port" >>"$state/env"
                echo "http://127.0.0.1:$port" >"$state/url"
                return
            fi
            sleep 0.1
        done
        if running || ! grep -q 'Address already in use' "$state/server.log"; then return 1; fi
    done
    return 1
}

up() {
    if running && [[ -f $state/url ]] && ready "$(port_of "$(cat "$state/url")")"; then return; fi
    installed || install
    local dir postgres
    postgres=$(tools/postgres.sh up)
    down
    mkdir -p "$state"
    # Not under the working tree, which the server's user may have no way into (/root, say).
    dir=$(mktemp -d /tmp/infraops-requesttracker.XXXXXX)
    echo "$dir" >"$state/dir"
    mkdir "$dir/"{RT_SiteConfig.d,mason,sessions,mail}
    configure "$dir" "$(port_of "$postgres")"
    cp examples/systems/requesttracker/InfraOps_Config.pm "$dir/RT_SiteConfig.d"
    chmod 755 "$dir"
    if [[ $(id -u) == 0 ]]; then chown -R www-data: "$dir"; fi
    if ! prepare || ! start; then
        echo "tools/requesttracker.sh: Request Tracker does not start:" >&2
        tail -n 20 "$state/"*log >&2
        exit 1
    fi
}

down() {
    if running; then
        kill "$(cat "$state/pid")"
        for _ in {1..100}; do
            running || break
            sleep 0.1
        done
    fi
    [[ -f $state/dir ]] || return 0
    local postgres
    postgres=$(tools/postgres.sh url)
    if [[ -n $postgres ]]; then
        perl -MDBI -e 'my $h = DBI->connect("dbi:Pg:host=127.0.0.1;port=$ARGV[0]", "postgres", "", { RaiseError => 1 });
            $h->do("SET client_min_messages = error"); $h->do("DROP DATABASE IF EXISTS $ARGV[1] WITH (FORCE)")' \
            "$(port_of "$postgres")" "$database"
    fi
    rm -rf "$(cat "$state/dir")" "$state"
}

case ${1-} in
up)
    up
    cat "$state/url"
    ;;
url) if running; then cat "$state/url"; fi ;;
env) if running; then cat "$state/env"; fi ;;
setup)
    running || { echo "tools/requesttracker.sh: it is not up" >&2; exit 1; }
    setup "${@:2}"
    ;;
down) down ;;
*)
    echo "usage: tools/requesttracker.sh up|url|env|setup|down" >&2
    exit 2
    ;;
esac

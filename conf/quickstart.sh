#!/bin/bash
# From a bare Debian machine to a running gateway with its console: installs, builds, starts a
# private Redis, the console's daemon, and nginx with the module. Everything it starts and keeps
# lives under one state folder.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=conf/packages.sh
. "$here/conf/packages.sh"
# shellcheck source=conf/processes.sh
. "$here/conf/processes.sh"
# shellcheck source=conf/servers.sh
. "$here/conf/servers.sh"
umask 027
PATH=$PATH:/usr/sbin:/sbin # an ordinary user's PATH has no sbin on Debian

usage() {
    cat <<'TEXT'
usage: conf/quickstart.sh [options]
  --demo             send requests to a stand-in for MiniMax on this machine, make a first key
                     and a first call
  --stop             stop what an earlier run started; keys and counters stay
  --port N           where the gateway listens, on 127.0.0.1 (default: 8080)
  --upstream-port N  where the stand-in listens, with --demo (default: 8081)
  --host NAME        MiniMax's host (default: api.minimax.io; mainland China: api.minimaxi.com)
  --state DIR        where keys, counters and logs are kept (default: ./state)
  --build DIR        build folder (default: build, beside this script's folder)
  --help             this text
Environment: MINIMAX_API_KEY, the master key; without it, and without --demo, it is asked for at a
terminal. It may also be set later, in the console.
TEXT
}

read_options() {
    demo='' stop='' port=8080 upstream_port=8081 host=api.minimax.io
    state=$PWD/state build=$here/build
    while [ $# -gt 0 ]; do
        case $1 in
        --demo) demo=1 ;;
        --stop) stop=1 ;;
        --help | -h)
            usage
            exit 0
            ;;
        --port | --upstream-port | --host | --state | --build)
            [ -n "${2-}" ] || mmx_die "$1 needs a value (--help lists the options)"
            local name=${1#--}
            printf -v "${name//-/_}" '%s' "$2"
            shift
            ;;
        *) mmx_die "unknown option $1 (--help lists the options)" ;;
        esac
        shift
    done
}

check_options() {
    local option
    for option in port upstream_port; do
        if ! [[ "${!option}" =~ ^[1-9][0-9]{0,4}$ ]] || [ "${!option}" -gt 65535 ]; then
            mmx_die "--${option//_/-} takes a port from 1 to 65535, not ${!option}"
        fi
    done
    [ "$port" != "$upstream_port" ] || mmx_die "--port and --upstream-port are both $port"
    [[ "$host" =~ ^[A-Za-z0-9.-]+$ ]] || mmx_die "--host takes a host name, not $host"
    [[ "$here$state$build" != *[\"\'\\\$\;\{\}$'\n']* ]] ||
        mmx_die "a folder's name has a quote, backslash, \$, ; or brace in it: nginx cannot name it"
    [ -z "$stop" ] || [ -d "$state" ] || mmx_die "there is no folder $state"
    mkdir -p "$state" "$build"
    state=$(cd "$state" && pwd)
    build=$(cd "$build" && pwd)
    # Sockets stand apart from the state when root runs this: nginx's workers are then www-data, who
    # may not look into /root.
    run=$state/run
    [ "$(id -u)" -ne 0 ] ||
        run=/run/mmx-quickstart-$(printf '%s' "$state" | cksum | cut -d ' ' -f 1)
    socket=$run/redis.sock
    daemon_socket=$run/admind.sock
    [ ${#daemon_socket} -lt 108 ] || # the longer of the two
        mmx_die "$daemon_socket is too long for a socket's name: choose a shorter --state"
}

need_port() {
    ! port_taken "$2" || mmx_die "port $2 on 127.0.0.1 is in use; choose another with $1 N"
}

check_ports() {
    need_port --port "$port"
    [ -z "$demo" ] || need_port --upstream-port "$upstream_port"
}

admind() { "$build/mmx-admind" --config "$state/admind.json" "$@"; }

install_and_build() {
    local options=(--build "$build") packages=() node=()
    mapfile -t node < <(mmx_need_node)
    packages=("${mmx_packages_run[@]}" "${mmx_packages_build[@]}"
        "${mmx_packages_nginx_headers[@]}" "${node[@]}")
    if [ -n "$demo" ]; then
        packages+=("${mmx_packages_upstream[@]}")
        options+=(--upstream)
    fi
    mmx_install "${packages[@]}"
    mmx_say "building (minutes the first time, seconds later; log: $state/build.log)"
    if ! "$here/build_module.sh" "${options[@]}" >"$state/build.log" 2>&1; then
        tail -n 25 "$state/build.log" >&2
        mmx_die "the build failed; the whole log is $state/build.log"
    fi
}

make_folders() {
    mkdir -p "$state/redis" "$state/logs"
    mkdir -p "$run"
    # What is made in the folder of the sockets belongs to the group of nginx's workers.
    if [ "$(id -u)" -eq 0 ]; then
        chgrp www-data "$run"
        chmod g+s "$run"
    fi
    local minimax=https://$host
    [ -z "$demo" ] || minimax=http://127.0.0.1:$upstream_port
    printf '{"redis": "unix://mmx-admind@%s", "redis_password_file": "%s/redis-admind",
 "secret": "%s/secret", "listen": "unix:%s", "upstream": "%s",
 "gateway": "http://127.0.0.1:%s/metrics"}\n' \
        "$socket" "$state" "$state" "$daemon_socket" "$minimax" "$port" >"$state/admind.json"
}

# A state folder is either a demonstration or real: a made-up master key must not go to MiniMax, nor
# overwrite the true one.
choose_kind() {
    local kind=real was
    [ -z "$demo" ] || kind=demo
    was=$(cat "$state/kind" 2>/dev/null) || was=$kind
    [ "$was" = "$kind" ] ||
        mmx_die "$state holds the $was gateway, not a $kind one; choose another folder with --state"
    printf '%s\n' "$kind" >"$state/kind"
}

set_master_key() {
    local key=$master_key
    if [ -n "$demo" ]; then
        [ -s "$state/demo-master" ] || new_master_key
        key=$(cat "$state/demo-master")
    elif [ -z "$key" ]; then
        ! admind master show --json | grep -q '"configured": *true' || return 0
        if [ -t 0 ]; then
            read -r -s -p "MiniMax's API key (it is not shown; empty: set it in the console): " key
            mmx_say
        fi
        if [ -z "$key" ]; then
            no_master=1
            return 0
        fi
    fi
    printf '%s' "$key" | admind master set >/dev/null
    master_key=''
}

new_master_key() {
    (umask 077 && printf 'sk-demo-%s' "$(od -An -N 24 -tx1 /dev/urandom | tr -d ' \n')" \
        >"$state/demo-master")
}

# While there is no account, the daemon leaves a token beside its socket with which the console
# makes the first one. Nobody but the person who opens the console ever knows a password of it.
read_setup_token() {
    setup_token=''
    admind user list --json | grep -q '"users": *\[\]' || return 0
    await test -s "$run/setup-token" ||
        mmx_die "the daemon leaves no set-up token, see $state/logs/admind.log"
    setup_token=$(cat "$run/setup-token")
}

make_first_key() {
    [ ! -s "$state/first-key" ] || return 0
    local key
    key=$(admind key create --user demo --day 100 --json | grep -oE 'mmx-[A-Za-z0-9]{16,64}')
    # A header file for curl: on a command line every process of the machine could read the key.
    (umask 077 && printf 'Authorization: Bearer %s\n' "$key" >"$state/first-key")
}

first_call() {
    local body='{"model":"MiniMax-M2","messages":[{"role":"user","content":"Say hello."}]}'
    local call=(curl -sS --max-time 30 "http://127.0.0.1:$port/mini/v1/chat/completions"
        -H "@$state/first-key" -H 'Content-Type: application/json' -d "$body")
    # nginx's workers take a moment to fetch the settings, and say 503 until then.
    await answered "${call[@]}" ||
        mmx_die "the first call was not answered: $("${call[@]}" 2>&1)"
    printf '\nThe first call:\n\n  curl'
    local word
    for word in "${call[@]:4}"; do
        [[ "$word" =~ ^[A-Za-z0-9@:/._+-]+$ ]] || word=${word@Q}
        printf ' %s' "$word"
    done
    printf '\n\nand its answer:\n\n'
    cat "$run/answer"
    printf '\n'
}

answered() { [ "$("$@" -o "$run/answer" -w '%{http_code}')" = 200 ]; }

report() {
    printf '\nThe gateway listens on http://127.0.0.1:%s/mini/\n' "$port"
    printf '  base URL for OpenAI clients:     http://127.0.0.1:%s/mini/v1\n' "$port"
    printf '  base URL for Anthropic clients:  http://127.0.0.1:%s/mini/anthropic\n' "$port"
    [ -z "$no_master" ] || printf '%s\n' \
        'No master key is set: requests get 503 until there is one, from the console (主 API Key).'
    report_console
    printf 'Running: nginx (process %s), Redis (process %s), mmx-admind (process %s)' \
        "$(pid_of nginx)" "$(pid_of redis)" "$(pid_of admind)"
    [ -z "$demo" ] || printf ', the stand-in for MiniMax on port %s (process %s)' \
        "$upstream_port" "$(pid_of upstream)"
    printf '\nA key:   %q --config %q key create --user NAME --day 100\n' \
        "$build/mmx-admind" "$state/admind.json"
    printf 'Logs:    %s\nStop:    %q --stop --state %q\n' \
        "$state/logs" "$here/conf/quickstart.sh" "$state"
}

report_console() {
    printf '\nThe console: http://127.0.0.1:%s/console/\n' "$port"
    if [ -n "$setup_token" ]; then
        printf '  It makes the first account, with a password of yours, for this one-time token:\n'
        printf '    %s\n' "$setup_token"
        printf '  It is good for 15 minutes. The one that follows it: cat %q\n' "$run/setup-token"
        printf '  Without a browser:'
        printf ' %q --config %q user add admin --role admin\n\n' \
            "$build/mmx-admind" "$state/admind.json"
    else
        printf '  Its accounts are as they were. A new password:'
        printf ' %q --config %q user password NAME\n\n' "$build/mmx-admind" "$state/admind.json"
    fi
}

main() {
    # Nothing that is built or started here needs the key in its environment.
    master_key=${MINIMAX_API_KEY-} no_master=''
    unset MINIMAX_API_KEY
    read_options "$@"
    check_options
    if [ -n "$stop" ]; then
        stop_all || mmx_say "nothing of $state was running"
        return
    fi
    choose_kind
    if pid_of nginx >/dev/null; then
        mmx_say "it is running with $state already, and will be started anew"
    else
        check_ports
    fi
    install_and_build
    stop_all || true
    make_folders
    trap 'stop_all || true' EXIT # nothing stays behind when a later step fails
    check_ports
    start_redis
    admind init >/dev/null
    set_master_key
    [ -z "$demo" ] || start_upstream
    start_daemon
    start_nginx
    if [ -n "$demo" ]; then
        make_first_key
        first_call
    fi
    read_setup_token
    trap - EXIT
    report
}

main "$@"

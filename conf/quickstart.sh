#!/bin/bash
# From a bare Debian machine to a running gateway: installs, builds, starts a private Redis and
# nginx with the module. Everything it starts and keeps lives under one state folder.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=conf/packages.sh
. "$here/conf/packages.sh"
# shellcheck source=conf/processes.sh
. "$here/conf/processes.sh"
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
Environment: MINIMAX_API_KEY, the master key; without it, and without --demo, it is asked for.
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
    [ ${#socket} -lt 108 ] ||
        mmx_die "$socket is too long for a socket's name: choose a shorter --state"
}

stop_all() {
    stopped=''
    stop_one nginx QUIT
    stop_one upstream TERM
    stop_one redis TERM
    rm -rf "$run"
    [ -n "$stopped" ]
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
    local options=(--build "$build") packages=("${mmx_packages_run[@]}"
        "${mmx_packages_build[@]}" "${mmx_packages_nginx_headers[@]}")
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
    printf '{"redis": "unix:%s", "secret": "%s/secret"}\n' "$socket" "$state" >"$state/admind.json"
}

start_redis() {
    cat >"$state/redis.conf" <<TEXT
# Written by conf/quickstart.sh at each start.
include "$here/conf/redis.conf"
port 0
unixsocket "$socket"
unixsocketperm 770
dir "$state/redis"
logfile "$state/logs/redis.log"
pidfile "$run/redis.pid"
daemonize yes
TEXT
    redis-server "$state/redis.conf" >&2
    await redis-cli -s "$socket" ping ||
        mmx_die "Redis does not start, see $state/logs/redis.log"
    await redis_loaded || mmx_die "Redis is still loading its data after $patience_s seconds"
}

redis_loaded() { redis-cli -s "$socket" exists mmx:settings | grep -qx '[01]'; }

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
    local key=${MINIMAX_API_KEY-}
    if [ -n "$demo" ]; then
        [ -s "$state/demo-master" ] || new_master_key
        key=$(cat "$state/demo-master")
    elif [ -z "$key" ]; then
        ! admind master show --json | grep -q '"configured": *true' || return 0
        [ -t 0 ] || mmx_die "no master key: set MINIMAX_API_KEY, or run this in a terminal"
        read -r -s -p "MiniMax's API key (it is not shown): " key
        mmx_say
    fi
    [ -n "$key" ] || mmx_die "the master key is empty"
    printf '%s' "$key" | admind master set >/dev/null
    unset MINIMAX_API_KEY
}

new_master_key() {
    (umask 077 && printf 'sk-demo-%s' "$(od -An -N 24 -tx1 /dev/urandom | tr -d ' \n')" \
        >"$state/demo-master")
}

start_upstream() {
    (umask 077 && exec setsid "$build/mmx-upstream" --listen "127.0.0.1:$upstream_port" \
        --master-key-file "$state/demo-master" --ledger "$state/logs/upstream.jsonl" \
        >"$state/logs/upstream.log" 2>&1 </dev/null) &
    printf '%s\n' "$!" >"$run/upstream.pid"
    await port_taken "$upstream_port" ||
        mmx_die "the stand-in for MiniMax does not start, see $state/logs/upstream.log"
}

# nginx asks nameservers itself; it wants those of this machine.
resolvers() {
    local word address found=()
    while read -r word address _; do
        [ "$word" = nameserver ] || continue
        [[ "$address" != *:* ]] || address="[${address%%%*}]"
        found+=("$address")
    done </etc/resolv.conf
    printf '%s' "${found[*]:-127.0.0.1}"
}

nginx_conf() {
    local text user='' scheme=https target=$host name
    [ "$(id -u)" -ne 0 ] || user='user www-data;'
    if [ -n "$demo" ]; then
        scheme=http
        target=127.0.0.1:$upstream_port
    fi
    local -A values=([BUILD]=$build [HERE]=$here [HOST]=$target [PORT]=$port [RUN]=$run
        [RESOLVERS]=$(resolvers) [SCHEME]=$scheme [SOCKET]=$socket [STATE]=$state [USER]=$user)
    text=$(cat "$here/conf/quickstart.conf.in")
    for name in "${!values[@]}"; do
        text=${text//"@$name@"/"${values[$name]}"}
    done
    printf '%s\n' "$text"
}

start_nginx() {
    nginx_conf >"$state/nginx.conf"
    nginx -e "$state/logs/error.log" -p "$run" -c "$state/nginx.conf" ||
        mmx_die "nginx does not start, see above and $state/logs/error.log"
    await port_taken "$port" || mmx_die "nginx does not listen, see $state/logs/error.log"
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
    printf 'Running: nginx (process %s), Redis (process %s)' "$(pid_of nginx)" "$(pid_of redis)"
    [ -z "$demo" ] || printf ', the stand-in for MiniMax on port %s (process %s)' \
        "$upstream_port" "$(pid_of upstream)"
    printf '\nA key:   %q --config %q key create --user NAME --day 100\n' \
        "$build/mmx-admind" "$state/admind.json"
    printf 'Logs:    %s\nStop:    %q --stop --state %q\n' \
        "$state/logs" "$here/conf/quickstart.sh" "$state"
}

main() {
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
    start_nginx
    if [ -n "$demo" ]; then
        make_first_key
        first_call
    fi
    trap - EXIT
    report
}

main "$@"

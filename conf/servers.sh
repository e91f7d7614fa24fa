# shellcheck shell=bash disable=SC2154,SC2034
# The servers of conf/quickstart.sh: their configuration, how each is started, and how all stop.
# Sourced by it; its variables name the folders and ports.

start_redis() {
    "$here/conf/redis_users.sh" "$state" "$state/users.acl"
    cat >"$state/redis.conf" <<TEXT
# Written by conf/quickstart.sh at each start.
include "$here/conf/redis.conf"
unixsocket "$socket"
aclfile "$state/users.acl"
dir "$state/redis"
logfile "$state/logs/redis.log"
pidfile "$run/redis.pid"
daemonize yes
TEXT
    redis-server "$state/redis.conf" >&2
    await as_admind ping ||
        mmx_die "Redis does not start, see $state/logs/redis.log"
    await redis_loaded || mmx_die "Redis is still loading its data after $patience_s seconds"
}

as_admind() {
    REDISCLI_AUTH=$(cat "$state/redis-admind") redis-cli -s "$socket" --user mmx-admind "$@"
}

redis_loaded() { as_admind exists mmx:settings | grep -qx '[01]'; }

# Over its socket only; nginx stands in front. It gets no terminal, so that it outlives this one.
start_daemon() {
    (exec setsid "$build/mmx-admind" --config "$state/admind.json" serve \
        >>"$state/logs/admind.log" 2>&1 </dev/null) &
    printf '%s\n' "$!" >"$run/admind.pid"
    await curl -sS --fail --max-time 5 --unix-socket "$daemon_socket" \
        http://localhost/api/v1/health ||
        mmx_die "the console's daemon does not start, see $state/logs/admind.log"
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
    local text user='' scheme=https name
    [ "$(id -u)" -ne 0 ] || user='user www-data;'
    [ -z "$demo" ] || scheme=http
    local -A values=([BUILD]=$build [HERE]=$here [PORT]=$port [RUN]=$run
        [RESOLVERS]=$(resolvers) [SCHEME]=$scheme [SOCKET]=$socket [STATE]=$state [USER]=$user)
    text=$(cat "$here/conf/quickstart.conf.in")
    for name in "${!values[@]}"; do
        text=${text//"@$name@"/"${values[$name]}"}
    done
    printf '%s\n' "$text"
}

# The file that build_module.sh chose for this nginx, with the host asked for.
upstream_conf() {
    local name=$host server=$host:443
    if [ -n "$demo" ]; then
        server=127.0.0.1:$upstream_port
        name=$server
    fi
    sed -e "s/api\.minimax\.io:443/$server/" -e "s/default api\.minimax\.io/default $name/" \
        "$build/mmx_upstream.conf"
}

start_nginx() {
    upstream_conf >"$state/mmx_upstream.conf"
    nginx_conf >"$state/nginx.conf"
    nginx -e "$state/logs/error.log" -p "$run" -c "$state/nginx.conf" ||
        mmx_die "nginx does not start, see above and $state/logs/error.log"
    await port_taken "$port" || mmx_die "nginx does not listen, see $state/logs/error.log"
}

stop_all() {
    stopped=''
    stop_one nginx QUIT
    stop_one admind TERM
    stop_one upstream TERM
    stop_one redis TERM
    rm -rf "$run"
    [ -n "$stopped" ]
}

# shellcheck shell=bash disable=SC2154,SC2034
# Waiting for processes and stopping them; sourced by conf/quickstart.sh. Each has a file
# $run/NAME.pid, and $run or $state on its command line.

patience_s=20 # how long anything may take to start or to stop

# await COMMAND...: until the command succeeds, or the patience ends.
await() {
    local deadline=$((SECONDS + patience_s))
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.05
    done
}

# pid_of NAME: the process an earlier run started under that name. A number that meanwhile belongs
# to somebody else's process has neither of our folders on its command line.
pid_of() {
    local pid
    pid=$(cat "$run/$1.pid" 2>/dev/null) && [[ "$pid" =~ ^[0-9]+$ ]] &&
        tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF -e "$run" -e "$state/" &&
        printf '%s' "$pid"
}

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

gone() { [ ! -e "/proc/$1" ]; }

# stop_one NAME SIGNAL: asks with that signal, and insists with TERM when it is not heard.
stop_one() {
    local pid
    pid=$(pid_of "$1") || return 0
    kill -s "$2" "$pid" 2>/dev/null || true
    await gone "$pid" || kill -s TERM "$pid" 2>/dev/null || true
    await gone "$pid" || mmx_die "$1 (process $pid) does not stop"
    mmx_say "stopped $1 (process $pid)"
    stopped=1
}

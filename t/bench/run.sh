#!/bin/bash
# The benchmark, in one command; README.md beside this file says what it measures and how.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${MMX_BUILD:-build}
PATH=$PATH:/usr/sbin:/sbin # an ordinary user's PATH has no sbin on Debian
cd "$root"

for program in wrk nginx redis-server openssl cmake; do
    if ! command -v "$program" >/dev/null; then
        echo "t/bench/run.sh: $program is missing;" \
            "apt-get install wrk nginx redis-server openssl cmake" >&2
        exit 1
    fi
done
if [ ! -x "$build/mmx-admind" ] || [ ! -e "$build/ngx_http_mmx_module.so" ]; then
    echo "t/bench/run.sh: nothing is built in $build; run ./build_module.sh first" >&2
    exit 1
fi

# Another run may be building, too.
exec 9>"$build/bench.lock"
flock 9
for program in mmx-rate mmx-streams mmx-pace; do
    newer=$(find t/bench -name '*.?pp' -newer "$build/$program" 2>/dev/null || true)
    if [ ! -x "$build/$program" ] || [ -n "$newer" ]; then
        cmake -S . -B "$build" -DMMX_BENCH=ON >/dev/null
        cmake --build "$build" --target mmx-rate mmx-streams mmx-pace >/dev/null
        touch "$build"/mmx-{rate,streams,pace}
        break
    fi
done
exec 9>&-

# bench.py ends what it started. Where it had no chance to, those that are left are told from others
# that were given the same number by when they started.
folder=$(mktemp -d --suffix=-mmx-bench)
clean_up() {
    local group started stat
    while read -r group started; do
        stat=$(cat "/proc/$group/stat" 2>/dev/null) || continue
        set -- ${stat##*)}
        if [ "${20}" = "$started" ]; then
            kill -KILL -- "-$group" 2>/dev/null || true
        fi
    done < <(cat "$folder/groups" 2>/dev/null)
    rm -rf "$folder"
}
trap clean_up EXIT

/usr/bin/python3 t/bench/bench.py --folder "$folder" "$@" &
bench=$!
trap 'kill -TERM "$bench" 2>/dev/null || true' TERM INT HUP
while kill -0 "$bench" 2>/dev/null; do
    wait "$bench" || true # a signal interrupts it
done
wait "$bench"

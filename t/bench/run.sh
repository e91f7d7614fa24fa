#!/bin/bash
# The benchmark, in one command; README.md beside this file says what it measures and how.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${MMX_BUILD:-build}
PATH=$PATH:/usr/sbin:/sbin # an ordinary user's PATH has no sbin on Debian
cd "$root"

for program in wrk nginx redis-server cmake; do
    if ! command -v "$program" >/dev/null; then
        echo "t/bench/run.sh: $program is missing; apt-get install wrk nginx redis-server cmake" >&2
        exit 1
    fi
done
if [ ! -x "$build/mmx-admind" ] || [ ! -e "$build/ngx_http_mmx_module.so" ]; then
    echo "t/bench/run.sh: nothing is built in $build; run ./build_module.sh first" >&2
    exit 1
fi
if [ ! -x "$build/mmx-rate" ]; then
    cmake -S . -B "$build" -DMMX_BENCH=ON >/dev/null
    cmake --build "$build" --target mmx-rate >/dev/null
fi

# Its servers stand in process groups of their own, which their .pid files name, and outlive a
# benchmark that was killed.
folder=$(mktemp -d)
bench=
end_all() {
    trap "" HUP INT TERM
    if [ -n "$bench" ] && kill -TERM -- "-$bench" 2>/dev/null; then
        wait "$bench" || true
    fi
    for file in "$folder"/*/*/*.pid; do
        if [ -s "$file" ]; then
            kill -KILL -- "-$(cat "$file")" 2>/dev/null || true
        fi
    done
    rm -rf "$folder"
}
trap end_all EXIT
trap 'exit 1' HUP INT TERM
set -m # a process group for the benchmark, too, with its load generators
TMPDIR=$folder /usr/bin/python3 t/bench/bench.py "$@" &
bench=$!
wait "$bench"

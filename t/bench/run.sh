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
exec /usr/bin/python3 t/bench/bench.py "$@"

#!/bin/bash
# Runs each fuzz target that many seconds long with its seeds, one a core at once; fails on a
# finding. Builds into build-fuzz/ with clang; inputs that were found wanting are kept in
# build-fuzz/findings/.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$root/build-fuzz
seconds=${1:-10}
jobs=${MMX_JOBS:-$(nproc)}

if [[ ! $seconds =~ ^[1-9][0-9]*$ ]]; then
    echo "usage: t/fuzz/run.sh [SECONDS]: expected a whole number of seconds for each target" >&2
    exit 2
fi

# Says what a step said only when it fails.
quietly() {
    local log=$work/log
    "$@" >"$log" 2>&1 || { tail -n 60 "$log" >&2; return 1; }
}

# fuzz TARGET: one line of result. Inputs beyond 4 KiB find nothing that shorter ones do not.
fuzz() {
    local name=${1%_fuzz} log=$work/$1.log verdict='no finding' execs
    mkdir "$work/$name"
    "$build/fuzz/$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=4096 \
        -print_final_stats=1 -artifact_prefix="$build/findings/$name-" \
        "$work/$name" "$here/corpus/$name" >"$log" 2>&1 || verdict=FINDING
    execs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    printf '%-12s %12s execs  %s\n' "$name" "${execs:-0}" "$verdict"
    if [ "$verdict" = FINDING ]; then
        printf '%s\n' "$name" >>"$work/found"
        tail -n 60 "$log"
    fi
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
quietly cmake -S "$root" -B "$build" -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ \
    -DMMX_FUZZ=ON
quietly cmake --build "$build" -j "$jobs" --target mmx_fuzz
mkdir -p "$build/findings"

targets=0
for source in "$here"/*_fuzz.cpp; do
    while [ "$(jobs -pr | wc -l)" -ge "$jobs" ]; do
        wait -n
    done
    fuzz "$(basename "$source" .cpp)" &
    targets=$((targets + 1))
done
wait
if [ -e "$work/found" ]; then
    echo "fuzz: findings in $(paste -sd' ' "$work/found"); the inputs are in $build/findings"
    exit 1
fi
total=$(awk '/^stat::number_of_executed_units:/ { sum += $2 } END { printf "%.0f", sum }' \
    "$work"/*.log)
echo "fuzz: $targets targets, $total execs, no finding"

#!/bin/bash
# Installs what the tests need, builds, and runs them: the second command of the README.
#
# A test runs in the build in which it says most (t/harness/builds.py): what drives C++ through
# faults with sanitizers, browser, scripts and house rules without, the core of what is promised in
# both. --full runs each in every build that it says anything of, the browser's flows in every pair
# of language and width, what takes minutes (marked `full`), and the next Debian.
# shellcheck disable=SC2317  # the steps are called by name
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
# shellcheck source=conf/packages.sh
. "$root/conf/packages.sh"
PATH=$PATH:/usr/sbin:/sbin # an ordinary user's PATH has no sbin on Debian

usage() {
    cat <<'TEXT'
usage: t/run.sh [--quick | --full] [--nginx-src DIR] [--nginx BINARY] [--redis BINARY]
                [pytest arguments...]
  --quick  leave out the sanitized build, clang-tidy and the fuzzers
  --full   every test in both builds, all combinations, and both of the README's commands on the
           next Debian: before a release
  --nginx-src DIR  only what concerns nginx, in the one that this source tree makes
  --nginx BINARY   the same in this nginx; its module is built with --nginx-src, else for Debian's
  --redis BINARY   only what concerns Redis, with this redis-server or valkey-server
  --help   this text
Everything else goes to pytest: t/run.sh --quick t/gateway/test_exact.py -k day
Environment: MMX_JOBS, how many compilers at once (default: one a core);
             MMX_FUZZ_SECONDS, how long each fuzz target runs (default: 5)
TEXT
}

quick='' full='' nginx_source='' nginx='' redis='' arguments=()
while [ $# -gt 0 ]; do
    case $1 in
    --quick) quick=1 ;;
    --full) full=1 ;;
    --nginx-src | --nginx | --redis)
        [ -e "${2-}" ] || mmx_die "$1 needs a path that is there"
        case $1 in
        --nginx-src) nginx_source=$(realpath "$2") ;;
        --nginx) nginx=$(realpath "$2") ;;
        --redis) redis=$(realpath "$2") ;;
        esac
        shift
        ;;
    --help | -h)
        usage
        exit 0
        ;;
    *) arguments+=("$1") ;;
    esac
    shift
done
[ -z "$quick" ] || [ -z "$full" ] || mmx_die "--quick and --full are one or the other"
export MMX_JOBS=${MMX_JOBS:-$(nproc)}
# What was fetched once is not again.
export npm_config_prefer_offline=true npm_config_audit=false npm_config_fund=false
if [ -n "$full" ]; then
    export MMX_FULL=1
elif [ -z "$quick$nginx_source$nginx$redis" ]; then
    export MMX_SHORT=1
fi
python=/usr/bin/python3 # Debian's, which alone sees Debian's pytest
logs=$root/build/test-logs
failed=() closing=() beside=() lane=''
trap '[ -z "$lane" ] || kill -- -"$lane" 2>/dev/null || true' EXIT

# The line in which a runner says how it went; where there is none such, its last one.
verdict() {
    grep -E '[0-9]+ (passed|failed)|tests passed|loads into|found nothing' "$1" | tail -n 1 |
        grep . || grep -v '^[[:space:]]*$' "$1" | tail -n 1
}

# note NAME STATUS SECONDS: how a step ended.
note() {
    [ "$2" -eq 0 ] || failed+=("$1")
    closing+=("$(printf '%-16s %4d s  %s' "$1" "$3" "$(verdict "$logs/$1.log")")")
}

# step NAME COMMAND...: runs it, keeps its output, and goes on to the next when it fails. Its
# verdict is shown again at the end.
step() {
    local name=$1 started=$SECONDS status=0
    shift
    printf '\n=== %s\n' "$name"
    "$@" 2>&1 | tee "$logs/$name.log" || status=$?
    note "$name" "$status" $((SECONDS - started))
}

# What follows a build makes no sense without it.
must() {
    step "$@"
    [ ${#failed[@]} -eq 0 ] || finish
}

# aside STEP...: runs these one after another beside what follows, at a lower priority: it has the
# cores while the others wait. join shows how they ended.
aside() {
    beside=("$@")
    set -m # a process group of its own, which can be ended whole
    (
        renice -n 10 "$BASHPID" >/dev/null
        for name in "$@"; do
            started=$SECONDS status=0
            "$name" >"$logs/$name.log" 2>&1 || status=$?
            printf '%d %d\n' "$status" $((SECONDS - started)) >"$logs/$name.end"
        done
    ) </dev/null &
    lane=$!
    set +m
}

join() {
    local name status seconds
    wait "$lane" || true
    lane=''
    for name in "${beside[@]}"; do
        status=1 seconds=0 # of one that was killed
        read -r status seconds <"$logs/$name.end" || true
        printf '\n=== %s, beside the others\n' "$name"
        if [ "$status" -eq 0 ]; then verdict "$logs/$name.log"; else cat "$logs/$name.log"; fi
        note "$name" "$status" "$seconds"
    done
}

finish() {
    printf '\n=== what each runner said last\n'
    printf '%s\n' "${closing[@]}"
    if [ ${#failed[@]} -gt 0 ]; then
        printf '\nFAILED: %s (logs: %s)\n' "${failed[*]}" "$logs"
        exit 1
    fi
    printf '\nall passed\n'
    exit 0
}

install() {
    local node=()
    mapfile -t node < <(mmx_need_node)
    mmx_install "${mmx_packages_run[@]}" "${mmx_packages_build[@]}" \
        "${mmx_packages_nginx_headers[@]}" "${mmx_packages_upstream[@]}" \
        "${mmx_packages_tests[@]}" "${node[@]}"
}

# Node's packages of each folder that has some, unless they are those of its lock file already.
modules() {
    local folder want stamp scripts folders=(t/sdk t/console admind/console)
    [ -z "$full" ] || folders+=(t/agents) # 800 MB
    for folder in "${folders[@]}"; do
        stamp=$folder/node_modules/.installed-for
        want="$(sha256sum <"$folder/package-lock.json") node $(node --version)"
        if [ "$(cat "$stamp" 2>/dev/null)" != "$want" ]; then
            # Packages run nothing of their own on being installed, but for an agent's, which
            # fetches its program so.
            scripts=--ignore-scripts
            [ "$folder" != t/agents ] || scripts=--no-ignore-scripts
            (cd "$folder" && npm ci "$scripts") || return
            printf '%s\n' "$want" >"$stamp"
        fi
        printf '%s has its packages\n' "$folder"
    done
}

# What the console's own tools say of its source; how it works is for the tests to say.
console() {
    (cd admind/console && npm run type-check && npm run lint && npm test)
}

tidy() {
    "$python" t/house/clang_tidy.py build
}

fuzz() {
    t/fuzz/run.sh "${MMX_FUZZ_SECONDS:-5}"
}

unit() {
    ctest --test-dir build --output-on-failure -j "$MMX_JOBS"
}

unit_sanitized() {
    ctest --test-dir build-asan --output-on-failure -j "$MMX_JOBS"
}

# More than the cores: most tests wait most of their time, for a second to be over or a timeout.
# What was asked for may all belong to the other build.
tests() {
    local status=0 nothing=5
    "$python" -m pytest -c t/pytest.ini --rootdir t -n $((2 * MMX_JOBS + 1)) --durations=40 \
        "${arguments[@]}" || status=$?
    [ "$status" -eq "$nothing" ] || return "$status"
}

tests_sanitized() {
    MMX_BUILD=build-asan MMX_SANITIZED=1 tests
}

some_ran() {
    grep -qE '[0-9]+ (passed|failed|error)' "$logs"/tests*.log || failed+=('tests: none were run')
}

# The tests with another nginx or Redis than Debian's, in the plain build alone. What such a one
# lacks, the tests that need it find out, and are skipped.
tests_elsewhere() {
    local build=$root/build-elsewhere options=()
    if [ -n "$nginx_source$nginx" ]; then
        options+=(${nginx_source:+--nginx-src "$nginx_source"} ${nginx:+--nginx "$nginx"})
        must build-elsewhere ./build_module.sh --build "$build" --module-only --werror \
            "${options[@]}"
        MMX_NGINX=$(cat "$build/loaded-by") MMX_MODULE=$build/ngx_http_mmx_module.so
        export MMX_NGINX MMX_MODULE
    fi
    export MMX_REDIS_SERVER=${redis:-redis-server}
    if [ ${#arguments[@]} -eq 0 ]; then
        arguments=(t/gateway t/delivery/test_conf.py t/delivery/test_console_front.py)
        [ -z "$redis" ] || arguments+=(t/scripts t/cli t/admin)
    fi
    step tests tests
    some_ran
    finish
}

mkdir -p "$logs"
rm -f "$logs"/*
must install install
aside modules
must build ./build_module.sh --build build --tests --werror
join
[ ${#failed[@]} -eq 0 ] || finish
[ -z "$nginx_source$nginx$redis" ] || tests_elsewhere
if [ -n "$quick" ]; then
    aside console
else
    aside console tidy fuzz
    must build-sanitized ./build_module.sh --build build-asan --tests --werror --sanitize
    step unit-sanitized unit_sanitized
fi
step unit unit
step tests tests
[ -n "$quick" ] || step tests-sanitized tests_sanitized
some_ran
join
[ -z "$full" ] || step next-debian t/next_debian.sh
finish

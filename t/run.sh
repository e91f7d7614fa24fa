#!/bin/bash
# Installs what the tests need, builds, and runs all of them: the second command of the README.
# shellcheck disable=SC2317  # the steps are called by name
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
# shellcheck source=conf/packages.sh
. "$root/conf/packages.sh"
PATH=$PATH:/usr/sbin:/sbin # an ordinary user's PATH has no sbin on Debian

usage() {
    cat <<'TEXT'
usage: t/run.sh [--quick] [pytest arguments...]
  --quick  leave out the sanitized build, clang-tidy and the fuzzers
  --help   this text
Everything else goes to pytest: t/run.sh --quick t/gateway/test_exact.py -k day
Environment: MMX_JOBS, how many compilers and tests at once (default: one a core);
             MMX_FUZZ_SECONDS, how long each fuzz target runs (default: 5)
TEXT
}

quick='' arguments=()
while [ $# -gt 0 ]; do
    case $1 in
    --quick) quick=1 ;;
    --help | -h)
        usage
        exit 0
        ;;
    *) arguments+=("$1") ;;
    esac
    shift
done
export MMX_JOBS=${MMX_JOBS:-$(nproc)}
python=/usr/bin/python3 # Debian's, which alone sees Debian's pytest
logs=$root/build/test-logs
failed=() closing=()

# The line in which a runner says how it went; where there is none such, its last one.
verdict() {
    grep -E '[0-9]+ (passed|failed)|tests passed|loads into|found nothing' "$1" | tail -n 1 |
        grep . || grep -v '^[[:space:]]*$' "$1" | tail -n 1
}

# step NAME COMMAND...: runs it, keeps its output, and goes on to the next when it fails. Its
# verdict is shown again at the end.
step() {
    local name=$1 log=$logs/$1.log started=$SECONDS
    shift
    printf '\n=== %s\n' "$name"
    if ! "$@" 2>&1 | tee "$log"; then
        failed+=("$name")
    fi
    closing+=("$(printf '%-16s %4d s  %s' "$name" $((SECONDS - started)) "$(verdict "$log")")")
}

# What follows a build makes no sense without it.
must() {
    step "$@"
    [ ${#failed[@]} -eq 0 ] || finish
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
    local folder
    for folder in t/sdk t/console admind/console; do
        (cd "$folder" && npm ci --no-audit --no-fund)
    done
}

# What the console's own tools say of its source; how it works is for the tests to say.
console() {
    (cd admind/console && npm run type-check && npm run lint && npm test)
}

tidy() {
    local clean=0
    mkdir -p build/tidy # clang refuses an option of g++'s it does not know
    sed 's/ -fno-gnu-unique//' build/compile_commands.json >build/tidy/compile_commands.json
    run-clang-tidy -p build/tidy -j "$MMX_JOBS" -quiet \
        "$root/(lib|host|module|admind)/.*\.cpp$" || clean=1
    [ "$clean" -ne 0 ] || echo "clang-tidy found nothing"
    return "$clean"
}

# One more than the cores: a test waits about as often as it works.
tests() {
    "$python" -m pytest -c t/pytest.ini --rootdir t -n $((MMX_JOBS + 1)) "$@" "${arguments[@]}"
}

# All that runs what was built sanitized; how the page looks does not depend on it.
sanitized_tests() {
    MMX_BUILD=build-asan MMX_SANITIZED=1 \
        tests --ignore t/house/test_tidy.py --ignore t/delivery/test_quickstart.py \
        --ignore t/delivery/test_service.py --ignore t/console/test_look.py "$@"
}

mkdir -p "$logs"
must install install
must build ./build_module.sh --build build --tests --werror
[ -n "$quick" ] ||
    must build-sanitized ./build_module.sh --build build-asan --tests --werror --sanitize
step console console
step unit ctest --test-dir build --output-on-failure -j "$MMX_JOBS"
if [ -z "$quick" ]; then
    step unit-sanitized ctest --test-dir build-asan --output-on-failure -j "$MMX_JOBS"
    step clang-tidy tidy
    step fuzz t/fuzz/run.sh "${MMX_FUZZ_SECONDS:-5}"
fi
step tests tests
[ -n "$quick" ] || step tests-sanitized sanitized_tests
finish

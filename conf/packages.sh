# shellcheck shell=bash disable=SC2034
# What each step needs from Debian, and how it is installed. Sourced by build_module.sh,
# conf/quickstart.sh and t/run.sh; the only list there is.

mmx_packages_run=(nginx redis-server curl ca-certificates tzdata)
mmx_packages_build=(g++ cmake make pkg-config libssl-dev libhiredis-dev libcpp-httplib-dev
    nlohmann-json3-dev libhowardhinnant-date-dev tzdata)
# nginx-dev has the headers and the configure flags of Debian's nginx, and wants exactly that nginx.
mmx_packages_nginx_headers=(nginx nginx-dev)
mmx_packages_nginx_source=(libpcre2-dev zlib1g-dev)
mmx_packages_upstream=(libboost-dev zlib1g-dev)
mmx_packages_tests=(git python3 python3-pytest python3-pytest-xdist python3-h2 libboost-dev
    libgtest-dev clang libclang-rt-14-dev clang-format clang-tidy openssl procps wrk)

mmx_say() { printf '%s\n' "$*" >&2; }

mmx_die() {
    mmx_say "${0##*/}: $*"
    exit 1
}

mmx_installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Node may come from elsewhere (nodesource, nvm): only its absence asks for Debian's.
mmx_need_node() {
    command -v node >/dev/null || printf 'nodejs\n'
    command -v npm >/dev/null || printf 'npm\n'
}

# mmx_install PACKAGE...: installs those that are missing, and nothing when none is. Services that
# come with a package installed here are neither started nor left enabled: the gateway of the
# quickstart has its own nginx and Redis, and port 80 may be wanted by somebody else.
mmx_install() {
    local package missing=() services=()
    for package in "$@"; do
        mmx_installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null ||
        mmx_die "needs the packages ${missing[*]}, and this is no Debian to install them on"

    local root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null ||
            mmx_die "needs packages that only root can install; run as root:
    apt-get install --no-install-recommends ${missing[*]}"
        root=(sudo)
    fi
    mmx_say "installing: ${missing[*]}"
    for package in nginx redis-server; do
        mmx_installed "$package" || services+=("$package")
    done

    local policy=/usr/sbin/policy-rc.d own_policy=
    if [ ! -e "$policy" ]; then
        own_policy=$policy
        printf '#!/bin/sh\nexit 101\n' | "${root[@]}" sh -c "cat > $policy && chmod 0755 $policy"
    fi
    local status=0
    mmx_apt "${root[@]}" "${missing[@]}" || status=$?
    [ -z "$own_policy" ] || "${root[@]}" rm -f "$own_policy"
    [ "$status" -eq 0 ] || mmx_die "apt-get could not install ${missing[*]}"

    for package in "${services[@]}"; do
        if mmx_installed "$package" && command -v systemctl >/dev/null; then
            "${root[@]}" systemctl disable --quiet "$package" >/dev/null 2>&1 || true
        fi
    done
}

# The lists of a fresh machine are empty or old, so they are read once, and only when needed.
mmx_apt() {
    local sudo=()
    if [ "$1" = sudo ]; then
        sudo=(sudo)
        shift
    fi
    "${sudo[@]}" apt-get update -q >&2 &&
        "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -q -y --no-install-recommends "$@" >&2
}

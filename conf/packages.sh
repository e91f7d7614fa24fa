# shellcheck shell=bash disable=SC2034
# What each step needs from Debian, and how it is installed. Sourced by build_module.sh,
# conf/quickstart.sh and t/run.sh; the only list there is.

mmx_packages_run=(nginx redis-server curl ca-certificates tzdata)
mmx_packages_build=(g++ ccache cmake make pkg-config libssl-dev libhiredis-dev nlohmann-json3-dev
    libhowardhinnant-date-dev libcpp-httplib-dev libcli11-dev libutf8proc-dev
    tzdata)
# nginx-dev has the headers and the configure flags of Debian's nginx, and wants exactly that nginx.
mmx_packages_nginx_headers=(nginx nginx-dev)
mmx_packages_nginx_source=(libpcre2-dev zlib1g-dev)
mmx_packages_upstream=(libboost-dev zlib1g-dev)
mmx_packages_tests=(git python3 python3-pytest python3-pytest-xdist python3-h2 libboost-dev
    libgtest-dev liblua5.1-0-dev clang libclang-rt-dev clang-format clang-tidy openssl procps wrk
    python3-cryptography python3-yaml python3-jsonschema chromium fonts-noto-cjk systemd
    groff-base man-db slowhttptest valgrind)

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

# mmx_install PACKAGE...: installs those that are missing, and nothing when none is.
mmx_install() {
    local package missing=() as_root=()
    for package in "$@"; do
        mmx_installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null ||
        mmx_die "needs the packages ${missing[*]}, and this is no Debian to install them on"
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null ||
            mmx_die "needs packages that only root can install; run as root:
    apt-get install --no-install-recommends ${missing[*]}"
        as_root=(sudo)
    fi
    mmx_say "installing: ${missing[*]}"
    "${as_root[@]}" bash -c "$(declare -f mmx_installed mmx_as_root); mmx_as_root \"\$@\"" \
        bash "${missing[@]}" >&2 || mmx_die "apt-get could not install ${missing[*]}"
}

# Services that come with a package installed here are neither started nor left enabled: the
# quickstart runs an nginx and a Redis of its own, and port 80 may be wanted by somebody else. A
# policy-rc.d is how Debian is told so; one that is there already stays as it is.
mmx_as_root() {
    local service fresh=()
    for service in nginx redis-server; do
        mmx_installed "$service" || fresh+=("$service")
    done
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
        printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
        chmod 0755 /usr/sbin/policy-rc.d
    fi
    export DEBIAN_FRONTEND=noninteractive
    # A source of somebody else's that cannot be read is no reason to stop.
    apt-get update -q || true
    apt-get install -q -y --no-install-recommends "$@" || return 1
    for service in "${fresh[@]}"; do
        if mmx_installed "$service" && command -v systemctl >/dev/null; then
            systemctl disable --quiet --now "$service" 2>/dev/null || true
        fi
    done
}

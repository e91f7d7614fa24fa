#!/bin/bash
# Builds build/ngx_http_mmx_module.so and build/mmx-admind, checks that nginx loads the module, and
# puts the configuration of its connections to MiniMax beside it, and a list of what it is made of.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=conf/packages.sh
. "$here/conf/packages.sh"

usage() {
    cat <<'TEXT'
usage: ./build_module.sh [options]
  --nginx-src DIR  build against this nginx source tree instead of the installed nginx
  --nginx BINARY   the nginx that is to load the module, where it is not the one in PATH
  --module-only    neither the daemon nor its console: they need more, and may be elsewhere
  --build DIR      build folder (default: build)
  --upstream       also build mmx-upstream, the stand-in for MiniMax
  --tests          also build the unit tests and mmx-upstream
  --sanitize       build with AddressSanitizer and UndefinedBehaviorSanitizer
  --werror         treat warnings as errors
  --deps-only      install what the build needs, and stop
  --help           this text
Options that change how things are compiled stay with the build folder; delete it to undo them.
Environment: MMX_JOBS, how many compilers at once (default: one a core).
TEXT
}

build=$here/build nginx_source='' nginx='' module_only='' deps_only='' packages=() options=()
while [ $# -gt 0 ]; do
    case $1 in
    --nginx-src | --nginx | --build)
        [ $# -ge 2 ] || mmx_die "$1 needs a path"
        case $1 in
        --nginx-src) nginx_source=$2 ;;
        --nginx) nginx=$2 ;;
        --build) build=$2 ;;
        esac
        shift
        ;;
    --upstream)
        options+=(-DMMX_UPSTREAM=ON)
        packages+=("${mmx_packages_upstream[@]}")
        ;;
    --tests)
        options+=(-DMMX_TESTS=ON)
        packages+=("${mmx_packages_upstream[@]}" libgtest-dev liblua5.1-0-dev)
        ;;
    --module-only)
        module_only=1
        options+=(-DMMX_DAEMON=OFF -DMMX_CONSOLE=OFF)
        ;;
    --sanitize) options+=(-DMMX_SANITIZE=ON) ;;
    --werror) options+=(-DMMX_WERROR=ON) ;;
    --deps-only) deps_only=1 ;;
    --help | -h)
        usage
        exit 0
        ;;
    *)
        usage >&2
        mmx_die "unknown option $1"
        ;;
    esac
    shift
done
sanitized() { [[ " ${options[*]} " == *" -DMMX_SANITIZE=ON "* ]]; }

node=()
[ -n "$module_only" ] || # the console is built with it, and runs without
    mapfile -t node < <(mmx_need_node)
packages+=("${mmx_packages_build[@]}" "${node[@]}")
if [ -n "$nginx_source" ]; then
    [ -f "$nginx_source/src/core/nginx.h" ] || mmx_die "$nginx_source is no nginx source tree"
    nginx_source=$(cd "$nginx_source" && pwd)
    packages+=("${mmx_packages_nginx_source[@]}")
else
    packages+=("${mmx_packages_nginx_headers[@]}")
fi
mmx_install "${packages[@]}"
[ -z "$deps_only" ] || exit 0

mkdir -p "$build"
build=$(cd "$build" && pwd)
exec {lock}>"$build/lock"
flock "$lock" # two at once in one folder would spoil it for both
# An ordinary user's PATH has no sbin on Debian.
PATH=$PATH:/usr/sbin:/sbin

# The nginx that the module is for, as far as there is one yet.
given=$nginx
nginx=${given:-nginx}
[ -z "$given" ] || [ -x "$given" ] || mmx_die "$given is no program"

source_version() {
    sed -n 's/.*define NGINX_VERSION *"\(.*\)"/\1/p' "$nginx_source/src/core/nginx.h"
}

# Whether the nginx that is there is of the tree's version, and takes a module from headers
# configured --with-compat. Of one that was named, loading the module tells.
installed_fits() {
    [ -n "$given" ] ||
        [[ "$(nginx -V 2>&1)" == *"nginx/$(source_version)"[[:space:]]*--with-compat* ]]
}

# Whether the nginx that the module is for was made --with-debug, as far as that can be known: nginx
# takes a module from headers of either kind.
is_for_debug_build() {
    if installed_fits; then
        [[ "$("$nginx" -V 2>&1)" == *--with-debug* ]]
    else
        grep -qs '^#define NGX_DEBUG ' "$nginx_source/objs/ngx_auto_config.h"
    fi
}

# nginx takes a module only from headers of its own version and flags, so they are configured
# again when either changes.
configure_nginx() {
    local tree=$build/nginx stamp source flags
    if [ -n "$nginx_source" ]; then
        source=$nginx_source
        flags=(--with-compat --with-threads --with-http_ssl_module --with-http_v2_module
            --with-http_auth_request_module --with-http_addition_module
            --with-http_realip_module)
        ! is_for_debug_build || flags+=(--with-debug)
        stamp="$nginx_source $(source_version) ${flags[*]}"
    else
        source=/usr/share/nginx/src
        stamp=$(nginx -V 2>&1)
    fi
    [ "$(cat "$tree/configured-for" 2>/dev/null)" != "$stamp" ] || return 0

    mmx_say "configuring nginx's headers from $source"
    rm -rf "$tree"
    cp -rL "$source/." "$tree"
    if [ -n "$nginx_source" ]; then
        [ ! -f "$tree/auto/configure" ] || cp "$tree/auto/configure" "$tree/configure"
    else
        # shellcheck source=/dev/null
        . "$tree/conf_flags"
        flags=("${NGX_CONF_FLAGS[@]}")
    fi
    (cd "$tree" && ./configure "${flags[@]}" >configure.log 2>&1) ||
        mmx_die "nginx's configure failed, see $tree/configure.log"
    printf '%s\n' "$stamp" >"$tree/configured-for"
}

# The nginx that must load the result: the one that is there if the headers fit it, else one made
# from the same tree. What is made of nginx may have another name: its Makefile knows it.
nginx_binary() {
    if [ -z "$nginx_source" ] || installed_fits; then
        command -v "$nginx"
        return
    fi
    make -C "$build/nginx" -f objs/Makefile -j "$jobs" binary >"$build/nginx/make.log" 2>&1 ||
        mmx_die "nginx itself did not build, see $build/nginx/make.log"
    printf '%s\n' "$build/nginx/$(sed -n 's/^binary:[[:space:]]*//p' "$build/nginx/objs/Makefile")"
}

# `mmx on`, for much is checked only then. The secret is made up, and no Redis is asked: `nginx -t`
# connects to none.
check_loads() {
    local nginx=$1 folder
    folder=$(mktemp -d)
    (umask 077 && head -c 32 /dev/urandom >"$folder/secret")
    cat >"$folder/nginx.conf" <<TEXT
load_module "$build/ngx_http_mmx_module.so";
pid "$folder/pid";
events {}
http {
    access_log off;
    client_body_temp_path "$folder/body";
    proxy_temp_path "$folder/proxy";
    fastcgi_temp_path "$folder/fastcgi";
    uwsgi_temp_path "$folder/uwsgi";
    scgi_temp_path "$folder/scgi";
    mmx_secret "$folder/secret";
    mmx_redis "unix:$folder/redis.sock";
    server {
        listen "unix:$folder/nginx.sock";
        location / {
            mmx on;
            return 204;
        }
    }
}
TEXT
    local environment=() status=0
    if sanitized; then
        local asan ubsan
        asan=$(g++ -print-file-name=libasan.so) ubsan=$(g++ -print-file-name=libubsan.so)
        environment=("LD_PRELOAD=$asan $ubsan" ASAN_OPTIONS=detect_leaks=0)
    fi
    env "${environment[@]}" "$nginx" -t -q -e "$folder/error.log" -p "$folder" \
        -c "$folder/nginx.conf" >"$folder/out" 2>&1 || status=$?
    if [ "$status" -ne 0 ]; then
        cat "$folder/out" "$folder/error.log" >&2 2>/dev/null || true
    fi
    rm -rf "$folder"
    [ "$status" -eq 0 ] || mmx_die "$nginx does not load the module"
}

# From 1.27.3 on nginx looks names in upstream { } up again by itself.
put_upstream_conf() {
    local version file=mmx_upstream_resolve.conf
    version=$("$1" -v 2>&1 | sed 's/.*nginx\///; s/[^0-9.].*//')
    if [ "$(printf '%s\n' 1.27.3 "$version" | sort -V | head -n 1)" != 1.27.3 ]; then
        file=mmx_upstream.conf
    fi
    cp "$here/conf/$file" "$build/mmx_upstream.conf"
}

# What the programs are made of, as SPDX.
put_sbom() {
    local out=$build/mmx-gate.spdx.json program
    for program in "$build/ngx_http_mmx_module.so" "$build/mmx-admind"; do
        if [ -e "$program" ] && [ ! "$out" -nt "$program" ]; then
            cmake -DBUILD="$build" -DOUT="$out" -P "$here/conf/sbom.cmake"
            return
        fi
    done
}

jobs=${MMX_JOBS:-$(nproc)}
configure_nginx
cmake -S "$here" -B "$build" -DNGINX_DIR="$build/nginx" "${options[@]}" >"$build/cmake.log" 2>&1 ||
    { cat "$build/cmake.log" >&2; mmx_die "cmake failed"; }
cmake --build "$build" -j "$jobs"
nginx=$(nginx_binary)
check_loads "$nginx"
printf '%s\n' "$nginx" >"$build/loaded-by" # t/run.sh reads it
put_upstream_conf "$nginx"
put_sbom
printf '%s\n' "$build/ngx_http_mmx_module.so loads into $("$nginx" -v 2>&1 | sed 's/.*: //')" \
    "$build/mmx_upstream.conf is for it" "$build/mmx-gate.spdx.json says what this is made of"
[ -n "$module_only" ] || printf '%s\n' "$build/mmx-admind"

#!/bin/bash
# The README's two commands on the Debian that comes next, whole: its nginx, Redis, libraries and
# compiler, in a root of their own. t/run.sh --full does it; arguments go to the t/run.sh in there.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
cd "$here"
# shellcheck source=conf/packages.sh
. "$here/conf/packages.sh"
release=$(sed -n 's/^NEXT_RELEASE = "\(.*\)".*/\1/p' t/harness/debian.py)
root=$here/build/debian-$release

[ "$(id -u)" -eq 0 ] || mmx_die "only root can make a root of another Debian"
mmx_install debootstrap git

# What was made once is kept: the second time, its packages are there already.
if [ ! -e "$root/made" ]; then
    rm -rf "$root"
    mirror=$(PYTHONPATH=t /usr/bin/python3 -c 'from harness.debian import mirror; print(mirror())')
    debootstrap --variant=minbase "$release" "$root" "$mirror"
    touch "$root/made"
fi

# The tree as it stands here, committed or not.
rm -rf "$root/gate"
mkdir "$root/gate"
git ls-files -co --exclude-standard -z | tar -c --null --files-from=- --ignore-failed-read |
    tar -x -C "$root/gate"
git -C "$root/gate" init -q
git -C "$root/gate" add -A

# How this machine reaches others, and whom it believes.
cp /etc/resolv.conf /etc/hosts "$root/etc/"
mkdir -p "$root/usr/local/share/ca-certificates"
find /usr/local/share/ca-certificates -name '*.crt' \
    -exec cp -t "$root/usr/local/share/ca-certificates" {} +

# both ARGUMENTS...: the two commands, in the root.
both() {
    cd /gate
    conf/quickstart.sh --demo
    conf/quickstart.sh --stop
    t/run.sh "$@"
}

# enter ROOT ARGUMENTS...: with what is mounted in there.
enter() {
    local root=$1
    shift
    mount --make-rprivate /
    mount --rbind /dev "$root/dev"
    mount -t proc proc "$root/proc"
    mount --bind "$root/proc/sys" "$root/proc/sys" # the kernel's settings are this machine's
    mount -o remount,bind,ro "$root/proc/sys"
    mount -t sysfs -o ro sysfs "$root/sys"
    mount -t tmpfs tmpfs "$root/run"
    exec chroot "$root" bash -euc "$(declare -f both); both \"\$@\"" bash "$@"
}

# Namespaces of its own: what is mounted and started in there goes with it.
unshare --mount --pid --fork --kill-child \
    env -u MMX_FULL -u MMX_SHORT -u MMX_BUILD HOME=/root \
    bash -euc "$(declare -f both enter); enter \"\$@\"" bash "$root" "$@"

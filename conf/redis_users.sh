#!/bin/bash
# Makes the passwords of our two Redis users, and Redis' list of users from conf/users.acl:
#   conf/redis_users.sh FOLDER ACLFILE
# The passwords are FOLDER/redis-gateway and FOLDER/redis-admind (0600); those that are there stay.
# ACLFILE holds their digests only. It replaces the file: other users of that Redis must be put into
# it again.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 2 ] || {
    printf 'usage: %s FOLDER ACLFILE\n' "$0" >&2
    exit 2
}
folder=$1 acl=$2
umask 077

digest_of() {
    local file=$folder/redis-$1
    [ -s "$file" ] || od -An -N 32 -tx1 /dev/urandom | tr -d ' \n' >"$file"
    printf '%s' "$(cat "$file")" | sha256sum | cut -d ' ' -f 1
}

# Redis 6.2 cannot say "reads only" of a name.
has_read_patterns() {
    local version
    version=$({ redis-server --version || valkey-server --version; } 2>/dev/null |
        sed -n 's/.*v=\([0-9]*\)\..*/\1/p')
    [ "${version:-7}" -ge 7 ]
}

text=$(cat "$here/users.acl")
for name in gateway admind; do
    digest=$(digest_of "$name")
    text=$(printf '%s\n' "$text" |
        sed "/^user mmx-$name /s/REPLACE-WITH-SHA256-OF-ITS-PASSWORD/$digest/")
done
has_read_patterns || text=${text//%R~/~}
printf '%s\n' "$text" >"$acl"

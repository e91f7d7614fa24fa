#!/bin/bash
# Takes the README's pictures over from those that t/run.sh --full keeps:
# t/console/publish.sh [BUILD]
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
shots=${1:-$root/build}/screenshots
mkdir -p "$root/docs"
for lang in zh en; do
    for page in overview keys key; do
        cp "$shots/$lang-1440-light/look-$page.png" "$root/docs/$page.$lang.png"
    done
    cp "$shots/$lang-390-dark/look-keys.png" "$root/docs/phone.$lang.png"
done
ls -l "$root/docs"

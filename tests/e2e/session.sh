#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The session that docs/quickstart.md prints under "By hand", run word for word in a copy of examples/users. All that is
# printed is compared with session.txt, after replacing the revision's id, the time stamp and the port; and what the page
# says is printed must be.
. "$(dirname "$0")/common.sh"

sed -n '/^## By hand/,$p' "$source_directory/docs/quickstart.md" | sed -n '/^```console$/,/^```$/{/^```/!p}' >page
cp "$source_directory"/examples/users/* .
export CARAFE_PORT=0 CARAFE_WORKERS=2

normalize() {
    sed -E -e 's/[0-9]{8}_[0-9]{4}_[0-9a-f]{12}_/DATE_TIME_REVISION_/' -e 's/\b[0-9a-f]{12}\b/REVISION/' \
        -e 's/(127\.0\.0\.1):[0-9]+/\1:PORT/'
}

run() { # command
    case $1 in
    *' run')
        # shellcheck disable=SC2086
        start $1
        grep '^ \* ' server.log
        ;;
    curl*) eval "${1/localhost:5000/${url#http://}}" -sS ;;
    *) eval "$1" ;;
    esac
}

session() {
    local line command
    while IFS= read -r line; do
        [[ $line == '$ '* ]] || continue
        command=$(sed -E 's/^\$ //; s/ +# .*$//' <<<"$line")
        echo "\$ $command"
        run "$command" </dev/null || fail "$command"
    done
}

session <page >printed
normalize <printed >transcript
diff "$source_directory/tests/e2e/session.txt" transcript || fail 'the session is another one'
while IFS= read -r line; do
    [[ $line == '$ '* ]] || grep -qxF -- "$line" transcript || fail "the page says that this is printed: $line"
done <page

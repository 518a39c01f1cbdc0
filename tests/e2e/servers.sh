#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The users example on each database server: migrations and requests, what is wrong with a URI in one line, and a server that
# is stopped while requests come. It brings servers of its own, for it stops them.
if [ "${3:-}" != inside ]; then
    unset "${!CARAFE_TEST_@}"
    exec "$1/tools/with-databases" "$0" "$1" "$2" inside
fi
postgresql=${CARAFE_TEST_POSTGRESQL:-} postgresql_pid=${CARAFE_TEST_POSTGRESQL_PID:-}
mariadb=${CARAFE_TEST_MARIADB:-} mariadb_pid=${CARAFE_TEST_MARIADB_PID:-}
. "$(dirname "$0")/common.sh"

answer() { # status, what its body must match, arguments of curl
    local wanted=$1 pattern=$2 status
    shift 2
    status=$(curl -sS -m 20 -D headers -o body -w '%{http_code}' "$@") || fail "curl $*"
    [ "$status" = "$wanted" ] || fail "curl $*: $status instead of $wanted: $(cat body)"
    # shellcheck disable=SC2053
    [[ $(cat body) == $pattern ]] || fail "curl $*: $(cat body) instead of $pattern"
}

post() { # status, pattern, JSON
    answer "$1" "$2" "$url/users" -H 'Content-Type: application/json' -d "$3"
}

refused() { # what must be said, URI: one line, exit code 1, no password in it
    CARAFE_DATABASE_URI=$2 expect 1 "users: $1" ./users db upgrade
    [ "$(wc -l <expect.err)" -eq 1 ] || fail "$2: more than one line: $(cat expect.err)"
    ! grep -q secret expect.err || fail "$2: the password was printed: $(cat expect.err)"
}

uri_with() { # the server's URI with the part $1 replaced by $2
    local changed=${uri/"$1"/"$2"}
    [ "$changed" != "$uri" ] || fail "no $1 in $uri"
    echo "$changed"
}

wrong_uris() {
    local port=${uri##*:}
    port=${port%%/*}
    refused '*"*://carafe:\*\*\*@*"*port*' "$(uri_with "carafe@127.0.0.1:$port" secret@127.0.0.1:port)"
    refused '*unknown option "nonsense"*' "$uri?nonsense=1"
    refused '*127.0.0.1*1*' "$(uri_with "carafe@127.0.0.1:$port" secret@127.0.0.1:1)"
    refused '*password*' "$(uri_with carafe:carafe carafe:secret)"
    refused '*nobody*' "$(uri_with carafe:carafe nobody:secret)"
    refused '*nowhere*' "$(uri_with "$port/carafe" "$port/nowhere")"
}

requests() {
    answer 200 '\[\]*' "$url/users"
    post 201 '*"name":*"kim"*' '{"name": "kim", "email": "kim@example.com"}'
    post 201 '*"name":*"Zoë \\"O'\''Neil\\""*' '{"name": "Zoë \"O'\''Neil\"", "email": "zoe@example.com"}'
    post 409 '*email*' '{"name": "lee", "email": "kim@example.com"}'
    post 422 '*name*' '{"email": "lee@example.com"}'
    answer 200 '*"kim"*' "$url/users/1"
    answer 404 '*' "$url/users/100"
    answer 200 '*"kim"*Zoë*' "$url/users"
}

bad_input() { # is refused with the field's name, or a value like others
    local deep
    deep=$(printf '[%.0s' {1..10000})
    post 400 '*"field":*"email"*' $'{"name": "x", "email": "\xff"}'
    post 400 '*"field":*"email"*' '{"name": "x", "email": "\u0000"}'
    post 400 '*"field":*"name"*' '{"name": "x", "name": "y", "email": "x"}'
    post 400 '*levels*' "$deep"
    post 422 '*"field":*"name"*out of range*' '{"name": 1e400, "email": "x"}'
    post 422 '*"field":*"surname"*unknown*' '{"name": "x", "email": "x", "surname": "y"}'
    post 422 '*"field":*"name"*longer than 50*' "{\"name\": \"${deep:0:51}\", \"email\": \"x\"}"
    answer 404 '*' "$url/users/1%20OR%201=1"
    answer 404 '*' "$url/users/9223372036854775808"
    answer 400 '*' "$url/users/1%00"
    answer 400 '*' "$url/users/%ff"
    answer 400 '*' "$url/users/"$'\xff'
    post 201 '*DROP TABLE users*' '{"name": "'\''); DROP TABLE users; --", "email": "\\"}'
    answer 200 '*"kim"*DROP TABLE users*' "$url/users"
}

stopped() { # the server's pid: what needs it is answered 503, and the command line says so
    kill -9 "$1"
    for _ in 1 2 3; do
        answer 503 '*' "$url/users"
        grep -qi '^retry-after: [1-9]' headers || fail "no Retry-After: $(cat headers)"
    done
    answer 503 '*' "$url/users" -H 'Content-Type: application/json' -d '{"name": "lost", "email": "lost@example.com"}'
    refused '*127.0.0.1*' "$uri"
}

try() { # scheme, URI, pid
    uri=$2
    [ -n "$uri" ] || { echo "skipped: there is no $1 server"; return; }
    CARAFE_DATABASE_URI=nothing://x expect 1 '*' ./users db current
    grep -q "$1" expect.err || { echo "skipped: built without $1"; return; }
    wrong_uris
    export CARAFE_DATABASE_URI=$uri
    ./users db upgrade >/dev/null 2>&1
    expect 0 '*(head)*' ./users db current
    expect 0 'No new upgrade operations detected.' ./users db check
    start ./users run --port 0 --workers 2
    requests
    bad_input
    stop
    ./users db downgrade base >/dev/null 2>&1
    ./users db upgrade >/dev/null 2>&1
    start ./users run --port 0 --workers 2
    answer 200 '\[\]*' "$url/users"
    stopped "$3"
    stop
    unset CARAFE_DATABASE_URI
    echo "passed: $1"
}

cp "$source_directory"/examples/users/* .
make
./users db init >/dev/null
./users db migrate -m 'create users' >/dev/null
make
try postgresql "$postgresql" "$postgresql_pid"
try mariadb "$mariadb" "$mariadb_pid"

# SPDX-License-Identifier: MIT
#
# What the end-to-end tests share. Sourced with the source and build directories as arguments; leaves the shell in an empty
# directory outside the tree, $work, that goes away with all that was started.
# shellcheck shell=bash
set -euo pipefail
source_directory=$1
build_directory=$2
unset "${!CARAFE_@}" "${!MAKE@}"
export PKG_CONFIG_PATH=$build_directory/meson-uninstalled
export MAKEFLAGS=-s
work=$(mktemp -d)
server=
cd "$work"

stop() {
    [ -n "$server" ] || return 0
    kill "$server" 2>/dev/null || true
    wait "$server" || true
    server=
}
trap 'stop; rm -rf "$work"' EXIT

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

wait_until() { # command: until it succeeds, 10 s at most
    for _ in $(seq 200); do
        "$@" && return
        sleep 0.05
    done
    return 1
}

find_url() {
    url=$(sed -n 's/^ \* Running on \(http[^ ]*\) .*/\1/p' "$work/server.log" | tail -1)
    [ -n "$url" ]
}

start() { # command: starts a server in the background; sets $server (its pid) and $url
    "$@" >"$work/server.out" 2>"$work/server.log" &
    server=$!
    wait_until find_url || { cat "$work/server.log" >&2; fail "no URL was printed by: $*"; }
}

expect() { # status, what must be printed on stderr (or on stdout where that is empty), command
    local wanted_status=$1 wanted=$2 status=0 printed
    shift 2
    "$@" >"$work/expect.out" 2>"$work/expect.err" || status=$?
    printed=$(cat "$work/expect.err")
    [ -n "$printed" ] || printed=$(cat "$work/expect.out")
    [ "$status" -eq "$wanted_status" ] || fail "$*: exit code $status instead of $wanted_status; printed: $printed"
    [[ $printed == $wanted ]] || fail "$*: printed \"$printed\" instead of \"$wanted\""
}

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What the benchmarks share, to be sourced: options, servers started side by side, wrk in interleaved rounds, a table of
# medians. What counts is the ratio within one round.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
top=$PWD rounds=5 seconds=2 flask=
while [ $# -gt 0 ]; do
    case $1 in
    --flask) flask=1 ;;
    --rounds) rounds=$2; shift ;;
    --seconds) seconds=$2; shift ;;
    *) echo "usage: $0 [--flask] [--rounds N] [--seconds S]" >&2; exit 2 ;;
    esac
    shift
done

work=$(mktemp -d)
declare -A port=() pid=()
names=()
finish() {
    [ ${#pid[@]} -eq 0 ] || kill "${pid[@]}" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

# The application of bench/users, with the models of examples/users and a revision that makes its table, in $work/app.
make_app() {
    export PKG_CONFIG_PATH=$top/build/meson-uninstalled
    cp -r bench/users "$work/app"
    cp examples/users/models.h examples/users/Makefile "$work/app/"
    cd "$work/app"
    make -s CFLAGS='-O2' >/dev/null
    ./users db init >/dev/null
    ./users db migrate -m "create users" >/dev/null
    make -s CFLAGS='-O2' >/dev/null
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
wait_for() { for _ in $(seq 200); do curl -s -o /dev/null "http://127.0.0.1:$1/users/1" && return; sleep 0.05; done; echo "no answer on port $1" >&2; exit 1; }

serve() { # name, command with PORT in it: in $work/name
    local name=$1
    shift
    mkdir -p "$work/$name"
    port[$name]=$(free_port)
    (cd "$work/$name" && exec "${@/PORT/${port[$name]}}" 2>>"$work/$name.log") &
    pid[$name]=$!
    [[ " ${names[*]} " == *" $name "* ]] || names+=("$name")
}

cat >"$work/post.lua" <<'LUA'
local number = 0
math.randomseed(os.time())
local base = math.random(1, 1000000000)
request = function()
    number = number + 1
    return wrk.format("POST", "/users", { ["Content-Type"] = "application/json" },
        string.format('{"name":"new user","email":"new%d.%d@example.com"}', base, number))
end
LUA
measure() { # name, path: requests a second
    local script=() path=$2
    [ "$path" = POST ] && script=(-s "$work/post.lua") path=/users
    wrk -t1 -c32 -d"${seconds}s" "${script[@]}" "http://127.0.0.1:${port[$1]}$path" |
        awk '/Requests\/sec/ { rate = $2 } /Non-2xx|Socket errors/ { print > "/dev/stderr" } END { print rate }'
}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
# Of two servers: the median of the rounds' ratios, since what slows the machine for seconds slows both of a round.
ratio() { paste -d' ' "$work/$1.rates" "$work/$2.rates" | awk '{ print $1 / $2 }' | median; }

head_line() {
    printf '%-16s' path
    printf '%12s' "${names[@]}" 'of floor'
    [ -z "$flask" ] || printf '%12s' 'x Flask'
    echo
}
compare() { # path: a line of the table
    local path=$1
    for name in "${names[@]}"; do : >"$work/$name.rates"; done
    for _ in $(seq "$rounds"); do
        for name in "${names[@]}"; do measure "$name" "$path" >>"$work/$name.rates"; done
    done
    printf '%-16s' "$path"
    for name in "${names[@]}"; do printf '%12.0f' "$(median <"$work/$name.rates")"; done
    [[ " ${names[*]} " != *" floor "* ]] || printf '%12.2f' "$(ratio carafe floor)"
    [[ " ${names[*]} " != *" flask "* ]] || printf '%12.1f' "$(ratio carafe flask)"
    echo
}

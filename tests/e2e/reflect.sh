#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# `db reflect`: databases that were there become models, the models compile without a warning and make the same database
# again: reflected once more it is the same header, but for comments on what no model can say. On SQLite, and on the servers
# that CARAFE_TEST_POSTGRESQL and CARAFE_TEST_MARIADB name (tools/with-databases).
servers=(${CARAFE_TEST_POSTGRESQL:+"$CARAFE_TEST_POSTGRESQL"} ${CARAFE_TEST_MARIADB:+"$CARAFE_TEST_MARIADB"})
. "$(dirname "$0")/common.sh"

fill() { # the schema's name, an empty database: its URI
    /usr/bin/python3 "$source_directory/tests/e2e/reflect.py" fill "$source_directory/tests/e2e/reflect/$1.sql" "$2"
}

without_comments() { /usr/bin/python3 -c 'import re, sys; print(re.sub(r"/\*.*?\*/\s*", "", sys.stdin.read(), flags=re.S))' <"$1"; }

try() { # the schema's name, URIs of two empty databases
    mkdir "$1"
    fill "$1" "$2"
    CARAFE_DATABASE_URI=$2 ./probe/probe db reflect >"$1/models.h"
    cp probe/Makefile "$1/"
    sed -i "s/^NAME = .*/NAME = $1/" "$1/Makefile"
    printf '#include "models.h"\n#include "migrations/revisions.h"\n\nint main(int argc, char **argv)\n{\n    return cf_main(cf_app_new("%s", .models = ALL_MODELS, .revisions = revisions), argc, argv);\n}\n' "$1" >"$1/app.c"
    export CARAFE_DATABASE_URI=$3
    (
        cd "$1"
        make WARNINGS='-Wall -Wextra -Werror'
        "./$1" db init >/dev/null
        "./$1" db migrate -m 'what was there' >/dev/null
        make WARNINGS='-Wall -Wextra -Werror'
        "./$1" db upgrade >/dev/null 2>&1 || "./$1" db upgrade
        "./$1" db check >/dev/null || { "./$1" db check; exit 1; }
        "./$1" db reflect >again.h
    ) || fail "$1 on ${2%%:*}: $(head -200 "$1/models.h")"
    unset CARAFE_DATABASE_URI
    diff <(without_comments "$1/models.h") <(without_comments "$1/again.h") || fail "$1 on ${2%%:*} is not the same again"
    rm -rf "kept_$1" && mv "$1" "kept_$1"
    case $1:$2 in
    awkward:mariadb*) ;; # which knows neither
    awkward:*)
        grep -q 'IndexOn("lower(' kept_awkward/models.h || fail "the index of an expression is not found on ${2%%:*}"
        grep -q 'Index(plain), unique = true, where = "plain > 3"' kept_awkward/models.h || fail "the index of a part is not found on ${2%%:*}" ;;
    esac
    echo "passed: $1 on ${2%%:*}"
}

mkdir probe
cp "$source_directory"/examples/users/* probe/
sed -i 's/^NAME = .*/NAME = probe/' probe/Makefile
make -C probe

for schema in chinook northwind pagila awkward; do
    try "$schema" "sqlite:///$work/first_$schema.db" "sqlite:///$work/second_$schema.db"
    for uri in "${servers[@]}"; do
        first=$(/usr/bin/python3 "$source_directory/tests/e2e/reflect.py" make "first_$schema" "$uri")
        second=$(/usr/bin/python3 "$source_directory/tests/e2e/reflect.py" make "second_$schema" "$uri")
        try "$schema" "$first" "$second"
    done
done
grep -q 'The view "film_list" is left out' kept_pagila/models.h || fail 'the view is not told'
grep -q 'The table "log" is left out' kept_awkward/models.h || fail 'the table without a key is not told'
grep -q 'column "twice"' kept_awkward/models.h || fail 'the generated column is not told'

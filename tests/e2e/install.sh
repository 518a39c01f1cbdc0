#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What `make install` puts in place is enough: with nothing but PATH and PKG_CONFIG_PATH a project is made, built, tested,
# migrated and served outside the tree, with the archive and with the shared library.
. "$(dirname "$0")/common.sh"

DESTDIR=$work/root meson install -C "$build_directory" --no-rebuild --quiet >/dev/null
pc=$(find root -name carafe.pc)
program=$(find root -name carafe -type f)
export PKG_CONFIG_PATH=$work/${pc%/*} PATH=$work/${program%/*}:$PATH
for file in '*/include/carafe/carafe.h' '*/include/carafe/empty/migrations/revisions.h' '*/libcarafe.a' '*/libcarafe.so.0' \
    '*/man1/carafe.1'; do
    [ -n "$(find root -path "$file")" ] || fail "not installed: $file"
done
expect 0 'carafe (Carafe *)' carafe --version

# The program carafe: what it refuses.
expect 2 'carafe: the name "Shop" must be small letters*' carafe new Shop
expect 2 'carafe: the name "run" is a word of*' carafe new run
expect 2 'carafe: new needs a name*' carafe new
expect 2 'carafe: unknown command nwe (did you mean new?)' carafe nwe
expect 1 'carafe: there is no Makefile*' carafe run

# A project, as its README says.
expect 0 'Made shop/*' carafe new shop
expect 1 'carafe: cannot make the directory shop: File exists' carafe new shop
cd shop
! grep -r '@NAME@' . || fail 'a placeholder is left'
make
make test >"$work/test.out" 2>&1 || { cat "$work/test.out" >&2; fail 'make test'; }
grep -q 'PASSED.* 3 test' "$work/test.out" || fail "make test ran no tests: $(cat "$work/test.out")"
! ldd shop | grep -E 'libstdc\+\+|libcarafe' || fail 'the program needs a library it should not'
expect 0 '*list_items*GET*/items*' carafe routes

export CARAFE_PORT=0
start make run
[ "$(curl -sS "$url/items" --json '{"name":"cup"}')" = '{"id":1,"name":"cup"}' ] || fail 'POST /items'
[ "$(curl -sS "$url/items/1")" = '{"id":1,"name":"cup"}' ] || fail 'GET /items/1'
stop
[ -f migrations/revisions.list ] || fail 'make run wrote no migration'

# A change of the model: built, written, applied by the carafe command, and served by it.
sed -i 's/(name, String(80), unique = true));/(name, String(80), unique = true),\n    (price, Nullable(Integer)));/' models.h
expect 0 '*Generated migrations/*_add_items_price.c*' carafe db migrate -m 'add items.price'
expect 0 'Running upgrade *, add items.price' carafe db upgrade
expect 0 'No new upgrade operations detected.' carafe db check
start carafe run --workers 1
[ "$(curl -sS "$url/items/1")" = '{"id":1,"name":"cup","price":null}' ] || fail 'GET /items/1 after the migration'
stop
make test >/dev/null 2>&1 || fail 'make test with migrations'

# The shared library, and a program of C++ is told.
sed 's/libs carafe)/libs carafe-shared)/' Makefile >Makefile.shared
make -f Makefile.shared clean
make -f Makefile.shared
LD_LIBRARY_PATH=$work/${pc%/pkgconfig/*} ldd shop >linked
grep -q 'libcarafe.so.0 => /' linked || fail 'not linked to the shared library'
! grep 'libstdc++' linked || fail 'the shared library needs libstdc++'
LD_LIBRARY_PATH=$work/${pc%/pkgconfig/*} expect 0 '*list_items*' ./shop routes

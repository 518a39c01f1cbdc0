#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Each public header compiles alone, twice in one file, with gcc and clang and every warning an error.
#
#   check.sh SOURCE_ROOT
set -u
cd "$1/include" || exit 1
checked=0
failed=0

for header in $(find carafe -name '*.h' ! -path 'carafe/empty/*' | sort); do
    for compiler in gcc clang; do
        checked=$((checked + 1))
        printf '#include <%s>\n#include <%s>\nint main(void) { return 0; }\n' "$header" "$header" |
            $compiler -std=gnu11 -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Werror -fsyntax-only -I. -x c - && continue
        failed=$((failed + 1))
        echo "FAIL  $header does not compile alone with $compiler"
    done
done

echo "headers: $checked checks, $failed failed"
[ "$failed" -eq 0 ] && [ "$checked" -gt 20 ]

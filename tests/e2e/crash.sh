#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Workers killed and replaced under load: see crash.py.
. "$(dirname "$0")/common.sh"

cp "$source_directory"/examples/users/* .
make
./users db init >/dev/null
./users db migrate -m 'create users' >/dev/null
make
./users db upgrade 2>/dev/null
start ./users run --port 0 --workers 2
/usr/bin/python3 "$source_directory/tests/e2e/crash.py" "$url" "$server" users.db || { tail -20 server.log; exit 1; }
grep -q 'the next one starts at once' server.log || fail 'the supervisor did not log the crash'
/usr/bin/python3 - users.db <<'PY'
import sqlite3, sys
assert sqlite3.connect(sys.argv[1]).execute("PRAGMA integrity_check").fetchone() == ("ok",)
PY

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The database server goes away while the ledger writes: see outage.py and cluster.py. The third argument names the one of
# them, the fourth the database.
. "$(dirname "$0")/common.sh"
unset "${!CARAFE_TEST_@}"

cp -r "$source_directory"/tests/e2e/ledger/* "$source_directory/examples/users/Makefile" .
sed -i 's/\busers\b/ledger/g' Makefile
make
export CARAFE_DATABASE_URI=sqlite:///ledger.db
./ledger db init >/dev/null
./ledger db migrate -m 'create the ledger' >/dev/null
make
unset CARAFE_DATABASE_URI
/usr/bin/python3 "$source_directory/tests/e2e/$3.py" "$source_directory/tools" "$4"

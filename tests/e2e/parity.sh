#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Schema parity: builds tests/e2e/parity as a user would, migrates a database with it, and compares the tables with those that
# SQLAlchemy makes of the equivalent models. Usage: parity.sh SOURCE_DIRECTORY PKG_CONFIG_PATH
set -euo pipefail
source_directory=$1
export PKG_CONFIG_PATH=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp "$source_directory"/tests/e2e/parity/*.[ch] "$work"
sed 's/^NAME .*/NAME = parity/' "$source_directory/examples/users/Makefile" >"$work/Makefile"
cd "$work"
make -s
./parity db init
./parity db migrate -m "create everything"
make -s
./parity db upgrade
./parity db check
/usr/bin/python3 "$source_directory/tests/e2e/parity.py" parity.db

# and back: nothing is left, and forward again
./parity db downgrade base
./parity db upgrade
/usr/bin/python3 "$source_directory/tests/e2e/parity.py" parity.db

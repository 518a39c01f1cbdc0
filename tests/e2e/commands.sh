#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The command line of an application: exit codes, the one line that says what is wrong, and what `run` does beyond serving.
. "$(dirname "$0")/common.sh"

cp "$source_directory"/examples/users/* .
make

# Usage
expect 0 'Usage: users *db*Write and apply migrations.*' ./users
expect 0 'Usage: users db upgrade *--sql *' ./users db upgrade --help
expect 0 'users (Carafe *)' ./users --version
expect 2 'users: unknown option --prot (did you mean --port?)' ./users run --prot 80
expect 2 'users: unknown command dbb (did you mean db?)' ./users dbb
expect 0 'Endpoint     Methods  Rule
-----------  -------  ---------------
create_user  POST     /users
list_users   GET      /users
show_user    GET      /users/<int:id>' ./users routes

# Errors of a command are one line and exit code 1.
expect 1 'users: there is no directory migrations: run db init first' ./users db migrate
expect 1 'users: *' ./users db upgrade nowhere
expect 1 'users: *CARAFE_PORT=x*' env CARAFE_PORT=x ./users routes
expect 1 'users: *' env CARAFE_DATABASE_URI=nonsense ./users db upgrade
expect 1 'users: *' env CARAFE_DATABASE_URI=sqlite:////no/such/directory/users.db ./users db upgrade
expect 1 'users: cannot write the output: *' bash -c './users db init >/dev/full'
rm -r migrations

# Without revisions, run makes the tables where it is told to.
export CARAFE_PORT=0
CARAFE_DATABASE_URI=sqlite:///made.db CARAFE_CREATE_ON_RUN=true start ./users run --workers 2
[ "$(curl -sS "$url/users")" = '[]' ] || fail 'run made no tables'
stop

# From models to a database and back.
./users db init >/dev/null
expect 1 '*The models are ahead*' ./users db check
./users db migrate -m 'create users' >/dev/null
expect 1 'users: run make first*' ./users db upgrade
make
touch models.h
expect 1 'users: run make first: models.h is newer than this program' ./users db check
make
expect 0 'No changes in schema detected.' ./users db migrate
expect 0 '*CREATE TABLE*INSERT INTO*' ./users db upgrade --sql
expect 0 'Running upgrade <base> -> *, create users' ./users db upgrade
expect 0 '' ./users db upgrade
expect 0 '* (head)' ./users db current
expect 0 '<base> -> * (head), create users' ./users db history
expect 0 '* (head)' ./users db heads
expect 0 'No new upgrade operations detected.' ./users db check
expect 0 'Running downgrade * -> <base>, create users' ./users db downgrade -1
expect 0 '' ./users db current

# run applies what is outstanding, where it is told to.
CARAFE_UPGRADE_ON_RUN=true start ./users run --workers 2
[ "$(curl -sS "$url/users")" = '[]' ] || fail 'run did not upgrade'

# A port in use is said in words, with the process that has it.
expect 1 "*port ${url##*:} is in use*$server*" ./users run --port "${url##*:}"
stop
grep -q 'Running upgrade' server.log || fail 'run did not say that it upgraded'

# A database in memory is migrated inside its one worker.
CARAFE_DATABASE_URI=sqlite:// start ./users run
grep -q 'with 1 worker ' server.log || fail 'more than one worker for a database in memory'
[ "$(curl -sS "$url/users")" = '[]' ] || fail 'the database in memory was not migrated'
stop
expect 1 'users: *in memory*' env CARAFE_DATABASE_URI=sqlite:// ./users run --workers 2

# --reload: a new program takes over, on the same port.
start ./users run --workers 1 --reload
sed -i 's|"/users",          list_users|"/people", list_users|' app.c
make
answers() {
    [ "$(curl -s "$url/people")" = '[]' ]
}
wait_until answers || fail 'the rebuilt program did not take over'
stop

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# An application with two databases: each has revisions of its own, and one session for both.
. "$(dirname "$0")/common.sh"

cp "$source_directory/examples/users/Makefile" .
sed -i 's/^NAME = .*/NAME = shop/' Makefile
cat >models.h <<'C'
#include <carafe/carafe.h>

MODEL(User, "users",
    (id,   Id),
    (name, String(50)));

MODEL_IN("audit", Entry, "entries",
    (id,   Id),
    (what, String(80)));
C
cat >app.c <<'C'
#include "models.h"
#include "migrations/revisions.h"
#if __has_include("migrations_audit/revisions.h")
#include "migrations_audit/revisions.h"
#else
static const cf_revision *const revisions_audit[] = { NULL };
#endif

static cf_response *create_user(cf_request *req)
{
    struct User *user = cf_add_from_json(req, User, cf_columns(User.name));
    cf_add(req->db, Entry, .what = cf_format(req, "created %s", user->name));
    cf_commit(req->db);
    return cf_json(req, User, user, .status = 201);
}

static cf_response *list_entries(cf_request *req)
{
    return cf_json(req, Entry, cf_find(req->db, Entry));
}

int main(int argc, char **argv)
{
    cf_app *app = cf_app_new("shop",
        .database_uri = "sqlite:///shop.db",
        .models       = CF_MODELS(User, Entry),
        .revisions    = revisions,
        .binds        = { { "audit", "sqlite:///audit.db", revisions_audit } });
    cf_route(app, "POST", "/users",   create_user);
    cf_route(app, "GET",  "/entries", list_entries);
    return cf_main(app, argc, argv);
}
C
make
./shop db init >/dev/null
./shop db init --bind audit >/dev/null
grep -q 'revisions_audit\[\]' migrations_audit/revisions.h || fail 'the revisions of the second database have no name of their own'
./shop db migrate -m 'create users' | grep -q "Detected added table 'users'" || fail 'the table of users was not found'
./shop db migrate --bind audit -m 'create entries' | grep -q "Detected added table 'entries'" || fail 'the table of entries was not found'
make
./shop db upgrade 2>/dev/null
./shop db upgrade --bind audit 2>/dev/null
for bind in '' '--bind audit'; do
    # shellcheck disable=SC2086
    expect 0 'No new upgrade operations detected.' ./shop db check $bind
done
expect 1 '*there is no database "other": name it in .binds' ./shop db current --bind other
/usr/bin/python3 - <<'PY'
import sqlite3
tables = lambda path: {name for name, in sqlite3.connect(path).execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'carafe%'")}
assert tables("shop.db") == {"users"} and tables("audit.db") == {"entries"}, (tables("shop.db"), tables("audit.db"))
PY
start ./shop run --port 0 --workers 2
curl -sf "$url/users" -H 'Content-Type: application/json' -d '{"name": "kim"}' >/dev/null || fail 'a user was not created'
curl -sf "$url/entries" | grep -q 'created kim' || fail 'the entry is not there'
stop

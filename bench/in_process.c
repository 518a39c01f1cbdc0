/* SPDX-License-Identifier: MIT
 *
 * Rows to structs to JSON, in process: Carafe's cf_find and the JSON of 100 users beside a bare sqlite3_step loop that only
 * looks at each column. Interleaved rounds, the median of each; prints nanoseconds and the ratio.
 *
 *     in_process DATABASE
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <carafe/carafe.h>

#include "../src/app/app.h"
#include "../src/base/loop.h"
#include "measure.h"

/* clang-format off */
MODEL(User, "users",
    (id,    Id),
    (name,  String(50)),
    (email, String(120), unique = true));
/* clang-format on */

enum { ROUNDS = 41, RUNS = 200 };

static const char *path;
static volatile size_t seen; /* keeps the compiler from dropping the work */

static double time_raw(sqlite3_stmt *statement)
{
    double start = now();
    for (int run = 0; run < RUNS; run++) {
        while (sqlite3_step(statement) == SQLITE_ROW) {
            seen += (size_t)sqlite3_column_int64(statement, 0);
            for (int column = 1; column < 3; column++) {
                const char *text = (const char *)sqlite3_column_text(statement, column);
                seen += (size_t)sqlite3_column_bytes(statement, column) + (size_t)text[0];
            }
        }
        sqlite3_reset(statement);
    }
    return (now() - start) / RUNS;
}

static double time_carafe(cf_engine *engine, bool json)
{
    double start = now();
    for (int run = 0; run < RUNS; run++) {
        struct cf__arena_mark mark = cf__arena_mark(&cf__current()->arena);
        struct cf__link *link;
        cf_db *db = cf__session_open(cf__current(), engine);
        link = cf__session_link(db);
        struct User_list users = cf_find(db, User, .order_by = { cf_asc(User.id) }, .limit = 100);
        struct cf__buffer buffer = cf__buffer_new(cf__current(), CF__CAP_RESPONSE, "the answer");
        if (json)
            cf__models_json(&buffer, &User.model_, (void *const *)users.items, users.count);
        seen += users.count + buffer.size;
        cf__link_end(link);
        cf__run_releases(cf__current());
        cf__arena_rewind(&cf__current()->arena, mark);
    }
    return (now() - start) / RUNS;
}

static void measure(void *unused)
{
    (void)unused;
    sqlite3 *database;
    sqlite3_stmt *statement;
    if (sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(database, "SELECT id, name, email FROM users ORDER BY id LIMIT 100", -1, &statement, NULL))
        cf_raise(CF_SQL, "%s", sqlite3_errmsg(database));
    cf_engine *engine = cf__engine_open(cf_format(cf__current()->head.context, "sqlite:////%s", path + 1), NULL);
    double raw[ROUNDS], structs[ROUNDS], json[ROUNDS];
    sqlite3_exec(database, "BEGIN", NULL, NULL, NULL);
    for (int round = 0; round < ROUNDS; round++) {
        raw[round] = time_raw(statement);
        structs[round] = time_carafe(engine, false);
        json[round] = time_carafe(engine, true);
    }
    double floor = median(raw, ROUNDS), found = median(structs, ROUNDS), written = median(json, ROUNDS);
    printf("100 users, in process: sqlite3_step alone %.0f ns; rows to structs %.0f ns: %.2f of it; to JSON %.0f ns: "
           "%.2f of it\n",
           floor, found, found / floor, written, written / floor);
    cf__engine_close(engine);
    sqlite3_finalize(statement);
    sqlite3_close(database);
}

int main(int argc, char **argv)
{
    if (argc != 2 || argv[1][0] != '/')
        return fprintf(stderr, "usage: in_process /absolute/path/of/users.db\n"), 2;
    path = argv[1];
    return cf__loop_run_fiber(measure, NULL, NULL) ? 0 : 1;
}

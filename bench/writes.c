/* SPDX-License-Identifier: MIT
 *
 * New rows in process, and what a session costs: a flush of 1,000 new objects with 1,000 children that point to them, and cf_insert_all of 100,000 structs, beside the
 * same rows inserted by hand through sqlite3, in one transaction each. By hand means a prepared INSERT run once a row, and
 * INSERTs of 64 rows with RETURNING where keys are wanted. Interleaved rounds, the median of each; the ratios count.
 *
 *     writes DIRECTORY
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <carafe/carafe.h>

#include "../src/base/loop.h"
#include "../src/orm/session.h"
#include "measure.h"

/* clang-format off */
MODEL(User, "users",
    (id,    Id),
    (name,  String(50)),
    (email, String(120)),
    (age,   Nullable(Integer)));

MODEL(Post, "posts",
    (id,        Id),
    (title,     String(200)),
    (body,      Text),
    (author_id, Integer, references = "users.id"),
    (author,    BelongsTo(User, author_id)));
/* clang-format on */

enum { ROUNDS = 15, COUNT = 1000, MANY = 100000, BATCH = 64, TRACKED = 10000, QUERIES = 1000 };

static struct {
    sqlite3 *raw;
    cf_engine *engine;
    struct User *users; /* MANY of them */
    sqlite3_stmt *user, *post, *users_returning, *posts;
} world;

static void need(int code, int wanted)
{
    if (code != wanted)
        cf_raise(CF_SQL, "%s", sqlite3_errmsg(world.raw));
}

static void execute(const char *sql)
{
    need(sqlite3_exec(world.raw, sql, NULL, NULL, NULL), SQLITE_OK);
}

/* ---- By hand ---------------------------------------------------------------------------------------------------- */

static sqlite3_stmt *prepare(const char *head, int columns, int rows, const char *tail)
{
    struct cf__buffer sql = cf__buffer_new(cf__current(), CF__CAP_SQL, "a statement");
    sqlite3_stmt *statement = NULL;
    cf__buffer_string(&sql, head);
    for (int row = 0; row < rows; row++)
        for (int column = 0; column < columns; column++)
            cf__buffer_string(&sql, column ? ", ?" : row ? "), (?" : "(?");
    cf__buffer_string(&sql, ")");
    cf__buffer_string(&sql, tail);
    need(sqlite3_prepare_v3(world.raw, cf__buffer_text(&sql), -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL),
         SQLITE_OK);
    return statement;
}

static void bind_text(sqlite3_stmt *statement, int index, const char *text)
{
    sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

static void bind_user(sqlite3_stmt *statement, int first, const struct User *user)
{
    bind_text(statement, first, user->name);
    bind_text(statement, first + 1, user->email);
    sqlite3_bind_int64(statement, first + 2, user->age.value);
}

static void bind_post(sqlite3_stmt *statement, int first, int64_t author)
{
    bind_text(statement, first, "a title");
    bind_text(statement, first + 1, "some words that make a body");
    sqlite3_bind_int64(statement, first + 2, author);
}

static void run(sqlite3_stmt *statement)
{
    need(sqlite3_step(statement), SQLITE_DONE);
    sqlite3_reset(statement);
}

static double by_row(size_t users, size_t posts)
{
    static int64_t ids[COUNT];
    double start = now();
    execute("BEGIN IMMEDIATE");
    for (size_t i = 0; i < users; i++) {
        bind_user(world.user, 1, &world.users[i]);
        run(world.user);
        ids[i % COUNT] = sqlite3_last_insert_rowid(world.raw);
    }
    for (size_t i = 0; i < posts; i++) {
        bind_post(world.post, 1, ids[i]);
        run(world.post);
    }
    execute("COMMIT");
    return now() - start;
}

/* 1,000 is no multiple of 64: the last rows go one by one. */
static double by_batch(void)
{
    static int64_t ids[COUNT];
    size_t done = 0;
    double start = now();
    execute("BEGIN IMMEDIATE");
    for (; done + BATCH <= COUNT; done += BATCH) {
        for (int i = 0; i < BATCH; i++)
            bind_user(world.users_returning, 3 * i + 1, &world.users[done + (size_t)i]);
        for (int i = 0; i < BATCH; i++) {
            need(sqlite3_step(world.users_returning), SQLITE_ROW);
            ids[done + (size_t)i] = sqlite3_column_int64(world.users_returning, 0);
        }
        run(world.users_returning);
    }
    for (; done < COUNT; done++) {
        bind_user(world.user, 1, &world.users[done]);
        run(world.user);
        ids[done] = sqlite3_last_insert_rowid(world.raw);
    }
    for (done = 0; done + BATCH <= COUNT; done += BATCH) {
        for (int i = 0; i < BATCH; i++)
            bind_post(world.posts, 3 * i + 1, ids[done + (size_t)i]);
        run(world.posts);
    }
    for (; done < COUNT; done++) {
        bind_post(world.post, 1, ids[done]);
        run(world.post);
    }
    execute("COMMIT");
    return now() - start;
}

/* ---- Carafe ----------------------------------------------------------------------------------------------------- */

struct work {
    void (*function)(cf_db *db);
    double time;
};

static void flush_objects(cf_db *db)
{
    struct User *users[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        users[i] =
            cf_add(db, User, .name = world.users[i].name, .email = world.users[i].email, .age = world.users[i].age);
    for (size_t i = 0; i < COUNT; i++)
        cf_add(db, Post, .title = "a title", .body = "some words that make a body", .author = users[i]);
    cf_commit(db);
}

static double added; /* when the objects were there and the rest began */

static void add_only(cf_db *db)
{
    struct User *users[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        users[i] =
            cf_add(db, User, .name = world.users[i].name, .email = world.users[i].email, .age = world.users[i].age);
    for (size_t i = 0; i < COUNT; i++)
        cf_add(db, Post, .title = "a title", .body = "some words that make a body", .author = users[i]);
    added = now();
    cf_rollback(db);
}

static void insert_many(cf_db *db)
{
    cf_insert_all(db, User, world.users, MANY);
    cf_commit(db);
}

static double in_session(void (*function)(cf_db *db))
{
    struct cf__arena_mark mark = cf__arena_mark(&cf__current()->arena);
    double start = now();
    cf_db *db = cf__session_open(cf__current(), world.engine);
    function(db);
    double time = (function == add_only ? added : now()) - start;
    cf__run_releases(cf__current());
    cf__arena_rewind(&cf__current()->arena, mark);
    return time;
}

static void empty_tables(void)
{
    execute("DELETE FROM posts; DELETE FROM users; PRAGMA wal_checkpoint(TRUNCATE)");
}

/* ---- Rounds ----------------------------------------------------------------------------------------------------- */

static double one(int what)
{
    switch (what) {
    case 0:
        return by_row(COUNT, COUNT);
    case 1:
        return by_batch();
    case 2:
        return in_session(flush_objects);
    case 3:
        return in_session(add_only);
    case 4:
        return by_row(MANY, 0);
    default:
        return in_session(insert_many);
    }
}

static void open_all(const char *directory)
{
    const char *path = cf_format(&cf__current()->head, "%s/writes.db", directory);
    remove(path);
    static const struct cf__engine_options options = { .synchronous_normal = true };
    world.engine = cf__engine_open(cf_format(&cf__current()->head, "sqlite:///%s", path), &options);
    if (sqlite3_open(path, &world.raw) != SQLITE_OK)
        cf_raise(CF_SQL, "%s", sqlite3_errmsg(world.raw));
    execute("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;"
            "CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(50) NOT NULL, email VARCHAR(120) NOT NULL, age "
            "INTEGER);"
            "CREATE TABLE posts (id INTEGER PRIMARY KEY, title VARCHAR(200) NOT NULL, body TEXT NOT NULL, "
            "author_id INTEGER NOT NULL REFERENCES users (id))");
    world.user = prepare("INSERT INTO users (name, email, age) VALUES ", 3, 1, "");
    world.users_returning = prepare("INSERT INTO users (name, email, age) VALUES ", 3, BATCH, " RETURNING id");
    world.post = prepare("INSERT INTO posts (title, body, author_id) VALUES ", 3, 1, "");
    world.posts = prepare("INSERT INTO posts (title, body, author_id) VALUES ", 3, BATCH, "");
    world.users = cf_alloc(&cf__current()->head, MANY * sizeof *world.users);
    for (size_t i = 0; i < MANY; i++)
        world.users[i] = (struct User){ .name = cf_format(&cf__current()->head, "user %zu", i),
                                        .email = cf_format(&cf__current()->head, "user%zu@example.com", i),
                                        .age = cf_optional((int64_t)i % 100) };
}

/* What a request pays for a session that knows much: 10,000 objects are watched while 1,000 queries are asked, each of which
 * first looks whether something is to be written. */
static void ask_with_many_objects(cf_db *db)
{
    struct User_list known = cf_find(db, User, .limit = TRACKED);
    for (size_t i = 0; i < QUERIES; i++)
        cf_find_one(db, User, .where = cf_eq(User.name, known.items[i]->name));
}

static void measure_session(void)
{
    double times[ROUNDS];
    empty_tables();
    execute("CREATE INDEX by_name ON users (name)");
    by_row(TRACKED, 0);
    for (int round = 0; round < ROUNDS; round++)
        times[round] = in_session(ask_with_many_objects);
    printf("10,000 tracked objects and 1,000 queries: %.1f ms\n", median(times, ROUNDS) / 1e6);
}

static void measure(void *directory)
{
    enum { KINDS = 6 };
    static double times[KINDS][ROUNDS];
    double middle[KINDS];
    open_all(directory);
    for (int round = 0; round < ROUNDS; round++) {
        for (int what = 0; what < KINDS; what++) {
            empty_tables();
            times[what][round] = one(what);
        }
    }
    for (int what = 0; what < KINDS; what++)
        middle[what] = median(times[what], ROUNDS);
    double flush = middle[2] - middle[3];
    printf("1,000 objects with 1,000 children: by hand %.2f ms a row at a time, %.2f ms in batches; flush and commit "
           "%.2f ms: %.2f and %.2f of it (with cf_add %.2f ms: %.2f and %.2f)\n",
           middle[0] / 1e6, middle[1] / 1e6, flush / 1e6, flush / middle[0], flush / middle[1], middle[2] / 1e6,
           middle[2] / middle[0], middle[2] / middle[1]);
    printf("100,000 rows: by hand %.1f ms a row at a time; cf_insert_all and commit %.1f ms: %.2f of it\n",
           middle[4] / 1e6, middle[5] / 1e6, middle[5] / middle[4]);
    measure_session();
    cf__engine_close(world.engine);
    sqlite3_stmt *const statements[] = { world.user, world.users_returning, world.post, world.posts };
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++)
        sqlite3_finalize(statements[i]);
    sqlite3_close(world.raw);
}

int main(int argc, char **argv)
{
    struct cf__error_record record;
    if (argc != 2 || argv[1][0] != '/')
        return fprintf(stderr, "usage: writes /absolute/directory\n"), 2;
    if (cf__loop_run_fiber(measure, argv[1], &record))
        return 0;
    return fprintf(stderr, "%s\n", record.error.message), 1;
}

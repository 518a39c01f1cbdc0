/* SPDX-License-Identifier: MIT
 *
 * What the tests of sessions share: models, a SQLite file with their tables in a directory of its own, a session on
 * it in a fiber, and the statements sent, caught from the log.
 */
#ifndef TESTS_ORM_SUPPORT_H
#define TESTS_ORM_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../src/base/fiber.h"
#include "../../src/base/log.h"
#include "../../src/base/loop.h"
#include "../../src/orm/session.h"
#include "../server.h"

#ifndef TEST_MODELS /* a test with models of its own defines them before it includes this */
/* clang-format off */
CF_CHOICES(Status, draft, published);

MODEL(User, "users",
    (id,    Id),
    (name,  String(50)),
    (email, String(120), unique = true),
    (age,   Nullable(Integer)),
    (bio,   Nullable(Text)));

MODEL(Post, "posts",
    (id,        Id),
    (title,     String(200)),
    (slug,      String(80)),
    (published, Boolean,      server_default = "false"),
    (created,   DateTime,     server_default_sql = "CURRENT_TIMESTAMP"),
    (author_id, Integer,      references = "users.id", index = true),
    (one_slug,  Unique(author_id, slug)),
    (titled,    Check("title <> ''")));

MODEL(Comment, "comments",
    (id,        Id),
    (body,      Text,              column = "text"),
    (post_id,   Integer,           references = "posts.id"),
    (answer_to, Nullable(Integer), references = "comments.id"));

MODEL(Member, "members",
    (team,   Integer,    primary_key = true),
    (person, String(20), primary_key = true),
    (role,   Text,       server_default = "guest"));

MODEL(Device, "devices",
    (key,  Uuid, primary_key = true),
    (name, String(20)));

/* Two tables that refer to each other. */
MODEL(Chicken, "chickens",
    (id,     Id),
    (egg_id, Nullable(Integer), references = "eggs.id"));
MODEL(Egg, "eggs",
    (id,         Id),
    (chicken_id, Nullable(Integer), references = "chickens.id"));

/* A table that refers to itself, and one that refers to it. */
MODEL(Folder, "folders",
    (id,     Id),
    (name,   Text),
    (parent, Nullable(Integer), references = "folders.id"));
MODEL(Document, "documents",
    (id,     Id),
    (folder, Integer, references = "folders.id"));

/* A column of each type. */
MODEL(Thing, "things",
    (id,       Id),
    (small,    SmallInteger,             server_default = "0"),
    (ratio,    Float,                    server_default = "0"),
    (price,    Numeric(6, 2),            server_default = "0"),
    (label,    String(5),                server_default = "x", json = "theLabel"),
    (note,     Text,                     server_default = "x"),
    (day,      Date,                     server_default = "2026-01-01"),
    (at,       Time,                     server_default = "00:00:00"),
    (moment,   DateTime,                 server_default = "2026-01-01T00:00:00Z"),
    (status,   Enum(Status),             server_default = "draft"),
    (color,    Choices("red", "green"),  server_default = "red"),
    (extra,    Json,                     server_default = "{}"),
    (data,     Nullable(Blob)),
    (optional, Nullable(Numeric(3, 1))),
    (maybe,    Nullable(Enum(Status))));

SHAPE(Name, (name, Text), (posts, Integer));
/* clang-format on */

#define TEST_MODELS CF_MODELS(User, Post, Comment, Member, Device, Chicken, Egg, Folder, Document, Thing)

static inline struct User *add_user(cf_db *db, const char *name)
{
    return cf_add(db, User, .name = name, .email = cf_format(db, "%s@example.com", name));
}
#endif

/* What a test is given besides its session. */
static struct {
    cf_engine *engine;
    char directory[64];
    int log; /* where the log goes */
    /* Of tests that run on servers too: */
    const char *uri;                      /* NULL: a SQLite file in the directory */
    const struct cf_model *const *models; /* whose tables are made, referred ones first; NULL: all */
} world;

static inline void close_engine(void *engine)
{
    cf__engine_close(engine);
}

static inline cf_engine *open_engine(void)
{
    const char *uri = world.uri ? world.uri : cf_format(&cf__current()->head, "sqlite:///%s/test.db", world.directory);
    static const struct cf_model *known[32];
    const struct cf_model *const *models = world.models ? world.models : TEST_MODELS;
    for (size_t i = 0; i < 31 && (known[i] = models[i]); i++)
        continue;
    return cf__engine_open(uri,
                           &(struct cf__engine_options){ .echo = true, .synchronous_normal = true, .models = known });
}

/* Makes the tables of the models; a server's are those of the test before. */
static inline void make_tables(cf_engine *engine)
{
    struct cf__context *context = cf__current();
    const struct cf_model *const *models = world.models ? world.models : TEST_MODELS;
    const struct cf_schema *schema = cf_schema_of_models(&context->head, models);
    const struct cf_dialect *dialect = cf__engine_driver(engine)->dialect;
    struct cf__buffer sql = cf__buffer_new(context, CF__CAP_SQL, "the tables");
    for (size_t i = schema->count; world.uri && i-- > 0;)
        cf__buffer_format(&sql, "DROP TABLE IF EXISTS %s;\n", schema->tables[i].name);
    for (size_t i = 0; i < schema->count; i++) {
        cf__ddl_create_table(&sql, dialect, &schema->tables[i]);
        cf__buffer_string(&sql, ";\n");
    }
    struct cf__link link;
    cf__link_init(&link, engine, context);
    cf__link_script(&link, cf__buffer_text(&sql));
    cf__link_commit(&link);
}

/* Appends the statement that a line of the log tells: "… SQL: SELECT 1 [values] (0.003 ms)". */
static inline void add_statement(struct cf__buffer *lines, const char *line)
{
    const char *start = strstr(line, "SQL: ");
    if (!start)
        return;
    start += strlen("SQL: ");
    if (strncmp(start, "BEGIN", 5) == 0 || strncmp(start, "COMMIT", 6) == 0 || strcmp(start, "ROLLBACK") == 0 ||
        strncmp(start, "ROLLBACK at", 11) == 0)
        return; /* frames; what tests say is what stands in them */
    const char *values = strstr(start, " ["), *time = strrchr(start, '(');
    const char *end = values ? values : time ? time - 1 : start;
    cf__buffer_add(lines, start, (size_t)(end - start));
    cf__buffer_char(lines, '\n');
}

/* The statements sent since the last call, a line each. */
static inline const char *sent(void)
{
    off_t size = lseek(world.log, 0, SEEK_END);
    char *log = cf_alloc(&cf__current()->head, (size_t)size + 1);
    assert_int_equal(pread(world.log, log, (size_t)size, 0), size);
    assert_int_equal(ftruncate(world.log, 0), 0);
    lseek(world.log, 0, SEEK_SET);
    struct cf__buffer lines = cf__buffer_new(cf__current(), CF__CAP_OUTPUT, "the statements");
    for (char *line = log, *end; (end = memchr(line, '\n', (size_t)(log + size - line))); line = end + 1) {
        *end = '\0';
        add_statement(&lines, line);
    }
    return cf__buffer_text(&lines);
}

/* What was sent since the last call, in SQLite's words. */
static inline void assert_sent(const char *expected)
{
    const char *statements = sent();
    if (!world.uri || !*expected)
        assert_string_equal(statements, expected);
}

/* A statement that was among them. */
static inline void assert_was_sent(const char *expected)
{
    const char *statements = sent();
    if (!world.uri)
        if (!strstr(statements, expected))
            fail_msg("%s", statements);
}

/* Another session on the same database. */
static inline cf_db *another_session(void)
{
    return cf__session_open(cf__current(), world.engine);
}

static inline void commit(void *db)
{
    cf_commit(db);
}

/* The error that function(argument) ends in. */
static inline const cf_error *error_of(void (*function)(void *), void *argument)
{
    const cf_error *error = cf_attempt(&cf__current()->head, function, argument);
    if (!error)
        fail_msg("no error was raised");
    return error;
}

/* ---- Tests as functions of a session ---------------------------------------------------------------------------- */

struct session_test {
    void (*function)(cf_db *db);
};
#define SESSION_TEST(function)                                          \
    {                                                                   \
#function, run_session_test, NULL, NULL, &(struct session_test) \
        {                                                               \
            function                                                    \
        }                                                               \
    }

static inline void run_in_session(void *test_)
{
    const struct session_test *test = test_;
    cf_engine *engine = world.engine = open_engine();
    cf_defer(&cf__current()->head, close_engine, engine);
    make_tables(engine);
    cf_db *db = cf__session_open(cf__current(), engine);
    sent();
    test->function(db);
}

static inline int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status, (void)type, (void)walk;
    return remove(path);
}

static inline void enter_directory(void)
{
    snprintf(world.directory, sizeof world.directory, "/tmp/carafe-orm-XXXXXX");
    assert_non_null(mkdtemp(world.directory));
}

static inline void leave_directory(void)
{
    assert_int_equal(nftw(world.directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static inline void run_session_test(void **test)
{
    struct cf__error_record record;
    enter_directory();
    world.log = memfd_create("log", 0);
    cf__log_set_level(CF_LOG_INFO);
    int before = cf__log_set_descriptor(world.log);
    bool passed = cf__loop_run_fiber(run_in_session, *test, &record);
    cf__log_set_descriptor(before);
    close(world.log);
    leave_directory();
    if (!passed)
        fail_msg("the test ended with: %s", record.error.message);
}

/* The server a test program is to run on: the URI in the environment's variable that its argument names. False where it
 * names none: the program ends with 77, which is "skipped". */
static inline bool choose_server(int argc, char **argv)
{
    static char uri[600];
    const char *found = argc > 1 ? getenv(argv[1]) : NULL;
    if (argc > 1 && !found)
        printf("skipped: %s names no server (see tools/with-databases)\n", argv[1]);
    if (!found)
        return argc == 1;
    make_database(found, "orm", uri, sizeof uri);
    world.uri = uri;
    return true;
}

static inline int free_thread(void **state)
{
    (void)state;
    if (world.uri)
        drop_database();
    cf__loop_free();
    cf__fiber_pool_clear();
    cf__arena_pool_clear();
    return 0;
}

#endif

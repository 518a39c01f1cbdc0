/* SPDX-License-Identifier: MIT
 *
 * Carafe on a database server, in process, beside the same by hand (hand.h): 100 users to structs, and 1,000 new objects
 * with 1,000 children, written and committed. Interleaved rounds, the median of each; the ratios count.
 *
 *     servers URI
 */
#include <stdio.h>
#include <string.h>

#include <carafe/carafe.h>

#include "../src/base/loop.h"
#include "../src/db/drivers.h"
#include "../src/orm/session.h"
#include "hand.h"
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

enum { ROUNDS = 21, READS = 100, READ = 100 };

static struct hand_user users[HAND_ROWS];
static volatile size_t seen;

static void run_in_session(cf_engine *engine, void (*function)(cf_db *db))
{
    struct cf__arena_mark mark = cf__arena_mark(&cf__current()->arena);
    function(cf__session_open(cf__current(), engine));
    cf__run_releases(cf__current());
    cf__arena_rewind(&cf__current()->arena, mark);
}

static void find_users(cf_db *db)
{
    seen += cf_find(db, User, .order_by = { cf_asc(User.id) }, .limit = READ).count;
}

static void flush_objects(cf_db *db)
{
    struct User *added[HAND_ROWS];
    for (size_t i = 0; i < HAND_ROWS; i++)
        added[i] = cf_add(db, User, .name = users[i].name, .email = users[i].email, .age = cf_optional(users[i].age));
    for (size_t i = 0; i < HAND_ROWS; i++)
        cf_add(db, Post, .title = "a title", .body = "some words that make a body", .author = added[i]);
    cf_commit(db);
}

static void run_script(cf_engine *engine, const char *sql)
{
    struct cf__link link;
    cf__link_init(&link, engine, cf__current());
    cf__link_script(&link, sql);
    cf__link_commit(&link);
}

static void make_tables(cf_engine *engine)
{
    const struct cf_schema *schema = cf_schema_of_models(&cf__current()->head, CF_MODELS(User, Post));
    struct cf__buffer sql = cf__buffer_new(cf__current(), CF__CAP_SQL, "the tables");
    cf__buffer_string(&sql, "DROP TABLE IF EXISTS posts;\nDROP TABLE IF EXISTS users;\n");
    for (size_t i = 0; i < schema->count; i++) {
        cf__ddl_create_table(&sql, cf__engine_driver(engine)->dialect, &schema->tables[i]);
        cf__buffer_string(&sql, ";\n");
    }
    run_script(engine, cf__buffer_text(&sql));
}

/* What reads compare is what the first insert left. */
static void measure_reads(cf_engine *engine, const struct hand *hand)
{
    static struct hand_user read[READ];
    double by_hand[ROUNDS], ours[ROUNDS];
    hand->insert(users);
    for (int round = 0; round < ROUNDS; round++) {
        double start = now();
        for (int i = 0; i < READS; i++)
            seen += hand->read_users(read, READ);
        by_hand[round] = now() - start;
        start = now();
        for (int i = 0; i < READS; i++)
            run_in_session(engine, find_users);
        ours[round] = now() - start;
    }
    double least = median(by_hand, ROUNDS), middle = median(ours, ROUNDS);
    printf("100 users to structs: by hand %.1f us, cf_find %.1f us: %.2f of it\n", least / READS / 1e3,
           middle / READS / 1e3, middle / least);
}

static void measure_writes(cf_engine *engine, const struct hand *hand)
{
    double by_hand[ROUNDS], ours[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        run_script(engine, "DELETE FROM posts; DELETE FROM users;");
        double start = now();
        hand->insert(users);
        by_hand[round] = now() - start;
        run_script(engine, "DELETE FROM posts; DELETE FROM users;");
        start = now();
        run_in_session(engine, flush_objects);
        ours[round] = now() - start;
    }
    double least = median(by_hand, ROUNDS), middle = median(ours, ROUNDS);
    printf("1,000 objects with 1,000 children: by hand %.2f ms, cf_add, flush and commit %.2f ms: %.2f of it\n",
           least / 1e6, middle / 1e6, middle / least);
}

static void measure(void *text)
{
    struct cf_uri uri;
    cf__uri_parse(cf__current(), text, &uri);
    const struct hand *hand = strncmp(text, "postgres", strlen("postgres")) == 0 ? &hand_postgres : &hand_mariadb;
    cf_engine *engine = cf__engine_open(text, NULL);
    for (size_t i = 0; i < HAND_ROWS; i++) {
        snprintf(users[i].name, sizeof users[i].name, "user %zu", i);
        snprintf(users[i].email, sizeof users[i].email, "user%zu@example.com", i);
        users[i].age = (int64_t)i % 100;
    }
    make_tables(engine);
    hand->open(uri.hosts[0].name, uri.hosts[0].port, uri.user, uri.password, uri.path);
    measure_reads(engine, hand);
    measure_writes(engine, hand);
    hand->close();
    cf__engine_close(engine);
}

int main(int argc, char **argv)
{
    struct cf__error_record record;
    if (argc != 2)
        return fprintf(stderr, "usage: servers URI\n"), 2;
    if (cf__loop_run_fiber(measure, argv[1], &record))
        return 0;
    return fprintf(stderr, "%s\n", record.error.message), 1;
}

/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <fcntl.h>

#include <carafe/wait.h>

#include "../../src/base/log.h"
#include "story.h"

/* ---- What a read sees ------------------------------------------------------------------------------------------- */

static void visibility(void *unused)
{
    (void)unused;
    cf_engine *engine = users_engine("sqlite:///x.db");
    struct cf__link reader = new_link(engine), writer = new_link(engine);
    assert_int_equal(ask(&reader, COUNT), 0);
    execute(&writer, ADD);
    assert_true(cf__link_active(&writer));
    assert_int_equal(ask(&writer, COUNT), 1);
    assert_int_equal(ask(&reader, COUNT), 0);
    cf__link_commit(&writer);
    assert_false(cf__link_active(&writer));
    assert_int_equal(ask(&reader, COUNT), 1);
    execute(&writer, ADD);
    cf__link_rollback(&writer);
    assert_int_equal(ask(&reader, COUNT), 1);
    execute(&writer, ADD);
    cf__link_end(&writer);
    assert_int_equal(ask(&writer, COUNT), 1);
    cf__engine_close(engine);
}

static void a_transaction_is_seen_by_others_once_committed(void **state)
{
    (void)state;
    in_fiber(visibility, NULL);
}

static void turns(void *unused)
{
    (void)unused;
    cf_engine *engine = users_engine("sqlite:///x.db"), *other = open_engine("sqlite:///x.db");
    struct cf__link reader = new_link(engine);
    assert_int_equal(ask(&reader, COUNT), 0);
    run_script(other, ADD);
    assert_int_equal(ask(&reader, COUNT), 0);
    cf_sleep(0.001);
    assert_int_equal(ask(&reader, COUNT), 1);
    cf__engine_close(other);
    cf__engine_close(engine);
}

static void reads_of_one_turn_see_one_state_and_the_next_turn_a_new_one(void **state)
{
    (void)state;
    in_fiber(turns, NULL);
}

static void write_as_query(void *link)
{
    struct cf__rows rows = cf__link_sql(link, "DELETE FROM users", NULL, 0, NULL, NULL, false);
    cf__rows_changed(&rows);
}

static void writing_as_query(void *unused)
{
    (void)unused;
    cf_engine *engine = users_engine("sqlite:///x.db");
    run_script(engine, ADD);
    struct cf__link link = new_link(engine);
    write_as_query(&link);
    assert_true(cf__link_active(&link));
    assert_int_equal(ask(&link, COUNT), 0);
    cf__link_rollback(&link);
    assert_int_equal(ask(&link, COUNT), 1);
    cf__engine_close(engine);
}

static void sql_that_writes_takes_the_writer_whatever_it_is_asked_as(void **state)
{
    (void)state;
    in_fiber(writing_as_query, NULL);
}

static void write_after_a_nap(struct actor *actor)
{
    struct cf__link link = new_link(actor->story->engine);
    cf__link_begin(&link);
    tell(actor, "begun");
    cf_sleep(0.002);
    execute(&link, ADD);
    cf_sleep(0.002);
    tell(actor, "done");
    cf__link_commit(&link);
}

static void writers_take_turns_in_the_order_of_asking(void **state)
{
    (void)state;
    struct story story = begin_story("sqlite:///x.db");
    struct actor actors[] = { { .act = write_after_a_nap, .name = "a" },
                              { .act = write_after_a_nap, .name = "b" },
                              { .act = write_after_a_nap, .name = "c" } };
    play(&story, actors, 3);
    assert_string_equal(story.events, "a:begun a:done b:begun b:done c:begun c:done");
}

static void count_at_once(struct actor *actor)
{
    struct cf__link link = new_link(actor->story->engine);
    tell(actor, ask(&link, COUNT) == 0 ? "none" : "some");
}

static void a_reader_of_a_file_does_not_wait_for_a_writer(void **state)
{
    (void)state;
    struct story story = begin_story("sqlite:///x.db");
    struct actor actors[] = { { .act = write_after_a_nap, .name = "a" }, { .act = count_at_once, .name = "b" } };
    play(&story, actors, 2);
    assert_string_equal(story.events, "a:begun b:none a:done");
}

static void a_reader_of_memory_waits_for_the_transaction_to_end(void **state)
{
    (void)state;
    struct story story = begin_story("sqlite://");
    struct actor actors[] = { { .act = write_after_a_nap, .name = "a" },
                              { .act = count_at_once, .name = "b" },
                              { .act = write_after_a_nap, .name = "c" } };
    play(&story, actors, 3);
    assert_string_equal(story.events, "a:begun a:done b:some c:begun c:done");
}

static void hold_the_writer(struct actor *actor)
{
    struct cf__link link = new_link(actor->story->engine);
    cf__link_begin(&link);
    for (int i = 0; i < 16; i++) { /* never idle for long */
        execute(&link, ADD);
        cf_sleep(0.005);
    }
    tell(actor, "ends");
    cf__link_rollback(&link);
}

static void begin_impatiently(struct actor *actor)
{
    struct cf__link link = new_link(actor->story->engine);
    cf__link_begin(&link);
    tell(actor, "begun");
    cf__link_end(&link);
}

/* Begins when the others have come to their ends: a link left behind in the queue would own the writer for ever. */
static void begin_at_last(struct actor *actor)
{
    while (!strstr(actor->story->events, "a:ends"))
        cf_sleep(0.001);
    begin_impatiently(actor);
}

static void open_impatient(void *story_)
{
    static const struct cf__engine_options options = { .busy_timeout = 20000 };
    cf_engine *engine = ((struct story *)story_)->engine = cf__engine_open("sqlite:///x.db", &options);
    create_tables(engine, CF_MODELS(User, Post));
}

static void a_writer_gives_up_at_its_deadline_and_leaves_the_queue(void **state)
{
    (void)state;
    struct story story = { 0 };
    in_fiber(open_impatient, &story);
    struct actor actors[] = { { .act = hold_the_writer, .name = "a" },
                              { .act = begin_impatiently, .name = "b" },
                              { .act = begin_at_last, .name = "c" } };
    play(&story, actors, 3);
    assert_string_equal(
        story.events, "b:the database is busy: another transaction of this worker did not end in time a:ends c:begun");
}

static void forget_to_commit(void *link)
{
    cf__link_begin(link);
    execute(link, ADD);
    cf_sleep(10);
}

static void hold_and_forget(struct actor *actor)
{
    struct cf__link link = new_link(actor->story->engine);
    const cf_error *error = cf_attempt(here(), forget_to_commit, &link);
    tell(actor, error->message);
    cf__link_end(&link);
}

static void begin_link(void *link)
{
    cf__link_begin(link);
}

static void begin_twice(struct actor *actor)
{
    struct cf__link link = new_link(actor->story->engine);
    while (cf_attempt(here(), begin_link, &link))
        tell(actor, "busy");
    tell(actor, "begun");
    cf__link_end(&link);
}

static void a_transaction_that_idles_while_others_wait_is_ended(void **state)
{
    (void)state;
    struct story story = { 0 };
    in_fiber(open_impatient, &story);
    struct actor actors[] = { { .act = hold_and_forget, .name = "a" }, { .act = begin_twice, .name = "b" } };
    play(&story, actors, 2);
    assert_string_equal(story.events, "b:busy a:this transaction was idle while others waited to write: commit before "
                                      "waiting for something else b:begun");
}

/* ---- Another process -------------------------------------------------------------------------------------------- */

static void locked(void *unused)
{
    (void)unused;
    static const struct cf__engine_options options = { .busy_timeout = 20000 };
    cf_engine *engine = users_engine("sqlite:///x.db"), *other = cf__engine_open("sqlite:///x.db", &options);
    struct cf__link link = new_link(engine), blocked = new_link(other);
    cf__link_begin(&link);
    const cf_error *error = error_of(begin_link, &blocked);
    assert_int_equal(error->code, CF_BUSY);
    assert_string_equal(error->message, "x.db is locked by another process");
    assert_string_equal(error->statement, "BEGIN IMMEDIATE");
    cf__link_rollback(&link);
    cf__link_begin(&blocked);
    assert_true(cf__link_active(&blocked));
    cf__link_end(&blocked);
    cf__engine_close(other);
    cf__engine_close(engine);
}

static void a_lock_of_another_process_is_busy_after_the_deadline(void **state)
{
    (void)state;
    in_fiber(locked, NULL);
}

static void locked_by_uri(void *unused)
{
    (void)unused;
    static const struct cf__engine_options patient = { .busy_timeout = (int64_t)3600 * 1000000 };
    static const char *const uris[] = { "sqlite:///x.db?timeout=0.02", "sqlite:///x.db?timeout=0&cache=private" };
    cf_engine *engine = users_engine("sqlite:///x.db");
    struct cf__link link = new_link(engine);
    cf__link_begin(&link);
    for (size_t i = 0; i < sizeof uris / sizeof uris[0]; i++) {
        cf_engine *other = cf__engine_open(uris[i], &patient);
        struct cf__link blocked = new_link(other);
        assert_int_equal(error_of(begin_link, &blocked)->code, CF_BUSY);
        cf__link_end(&blocked);
        cf__engine_close(other);
    }
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void the_timeout_of_a_uri_wins_over_that_of_the_engine(void **state)
{
    (void)state;
    in_fiber(locked_by_uri, NULL);
}

static void share_memory(void *unused)
{
    (void)unused;
    cf_engine *engine = users_engine("sqlite:///:memory:?cache=shared&timeout=2");
    struct cf__link link = new_link(engine), other = new_link(engine);
    execute(&link, ADD);
    cf__link_commit(&link);
    assert_int_equal(ask(&other, "SELECT count(*) FROM users"), 1);
    cf__link_end(&other);
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void a_database_in_memory_is_shared_whether_its_uri_says_so_or_not(void **state)
{
    (void)state;
    in_fiber(share_memory, NULL);
}

static void write_elsewhere(struct actor *actor)
{
    cf_engine *engine = open_engine("sqlite:///x.db");
    struct cf__link link = new_link(engine);
    cf__link_begin(&link);
    tell(actor, "begun");
    execute(&link, ADD);
    cf__link_commit(&link);
    cf__engine_close(engine);
}

static void a_writer_waits_parked_for_another_process(void **state)
{
    (void)state;
    struct story story = begin_story("sqlite:///x.db");
    struct actor actors[] = { { .act = write_after_a_nap, .name = "a" }, { .act = write_elsewhere, .name = "b" } };
    play(&story, actors, 2);
    assert_string_equal(story.events, "a:begun a:done b:begun");
}

/* ---- Errors told apart ------------------------------------------------------------------------------------------ */

struct sql {
    struct cf__link *link;
    const char *text;
};

static void execute_sql(void *sql_)
{
    const struct sql *sql = sql_;
    execute(sql->link, sql->text);
}

static const cf_error *sql_error(struct cf__link *link, const char *text)
{
    return error_of(execute_sql, &(struct sql){ link, text });
}

static void assert_violates(struct cf__link *link, const char *sql, enum cf_error_code code, const char *constraint,
                            const char *message)
{
    const cf_error *error = sql_error(link, sql);
    assert_int_equal(error->code, code);
    assert_string_equal(error->message, message);
    assert_string_equal(error->statement, sql);
    if (constraint)
        assert_string_equal(error->constraint, constraint);
    else
        assert_null(error->constraint);
}

static void violations(void *unused)
{
    (void)unused;
    cf_engine *engine = users_engine("sqlite:///x.db");
    create_tables(engine, CF_MODELS(Odd));
    run_script(engine,
               "INSERT INTO users (id, name, email) VALUES (1, 'kim', 'k@x.org');"
               "INSERT INTO posts (id, author_id, slug, title) VALUES (1, 1, 'a', 'A');"
               "INSERT INTO \"order\" (\"group\", \"Part No.\", \"it\"\"s\", \"limit\") VALUES (1, 'a', 'x', 1);"
               "CREATE UNIQUE INDEX ix_lower ON users (lower(name))");
    struct cf__link link = new_link(engine);
    assert_violates(&link, "INSERT INTO users (name, email) VALUES ('lee', 'k@x.org')", CF_UNIQUE, "uq_users_email",
                    "users.email must be unique: the value is taken");
    assert_violates(&link, "INSERT INTO users (id, name, email) VALUES (1, 'lee', 'l@x.org')", CF_UNIQUE, "pk_users",
                    "users.id must be unique: the value is taken");
    assert_violates(&link, "INSERT INTO users (name, email) VALUES ('KIM', 'l@x.org')", CF_UNIQUE, "ix_lower",
                    "ix_lower must be unique: the value is taken");
    assert_violates(&link, "INSERT INTO posts (author_id, slug, title) VALUES (1, 'a', 'B')", CF_UNIQUE,
                    "uq_posts_author_id_slug", "posts.author_id, posts.slug must be unique: the value is taken");
    assert_violates(&link,
                    "INSERT INTO \"order\" (\"group\", \"Part No.\", \"it\"\"s\", \"limit\") VALUES (1, 'a', 'y', 1)",
                    CF_UNIQUE, "pk_order", "order.group, order.Part No. must be unique: the value is taken");
    assert_violates(&link,
                    "INSERT INTO \"order\" (\"group\", \"Part No.\", \"it\"\"s\", \"limit\") VALUES (1, 'b', 'x', 1)",
                    CF_UNIQUE, "uq_order_it\"s_limit", "order.it\"s, order.limit must be unique: the value is taken");
    assert_violates(&link, "INSERT INTO posts (author_id, slug, title) VALUES (9, 'b', 'B')", CF_FOREIGN_KEY, NULL,
                    "a foreign key refers to a row that is not there, or a row that others refer to would go");
    assert_violates(&link, "INSERT INTO users (name) VALUES ('lee')", CF_NOT_NULL, NULL,
                    "users.email must not be NULL");
    assert_violates(&link, "INSERT INTO posts (author_id, slug, title) VALUES (1, 'b', '')", CF_CHECK, "ck_posts_title",
                    "the check ck_posts_title does not hold");
    assert_int_equal(sql_error(&link, "SELEC 1")->code, CF_SQL);
    assert_string_equal(sql_error(&link, "SELECT missing FROM users")->message, "no such column: missing");
    assert_string_equal(sql_error(&link, " -- nothing")->message, "there is no statement in \" -- nothing\"");
    assert_string_equal(sql_error(&link, "SELECT ?, ?")->message,
                        "the statement takes 2 values, 0 were given: SELECT ?, ?");
    assert_int_equal(execute(&link, "INSERT INTO users (name, email) VALUES ('lee', 'l@x.org')"), 1);
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void states(void *unused)
{
    static const struct {
        const char *sql, *state;
        enum cf_error_code code;
    } cases[] = {
        { "INSERT INTO users (id, name, email) VALUES (1, 'a', 'a')", "23505", CF_UNIQUE },
        { "INSERT INTO users (id, name, email) VALUES (2, 'a', 'k')", "23505", CF_UNIQUE },
        { "INSERT INTO users (id, name) VALUES (2, 'a')", "23502", CF_NOT_NULL },
        { "INSERT INTO posts (author_id, slug, title) VALUES (9, 'b', 'B')", "23503", CF_FOREIGN_KEY },
        { "INSERT INTO posts (author_id, slug, title) VALUES (1, 'b', '')", "23514", CF_CHECK },
        { "UPDATE users SET id = 'x'", "22P02", CF_INVALID },
        { "UPDATE users SET id = carafe_integer(1e300, 64)", "22003", CF_INVALID },
        { "DELETE FROM users", "P0001", CF_SQL },
        { "SELECT 1 FROM absent", "42P01", CF_SQL },
        { "SELECT absent FROM users", "42703", CF_SQL },
        { "INSERT INTO users (absent) VALUES (1)", "42703", CF_SQL },
        { "SELECT absent(1)", "42883", CF_SQL },
        { "SELECT lower()", "42883", CF_SQL },
        { "SELECT id FROM users, posts", "42702", CF_SQL },
        { "SELECT FROM", "42601", CF_SQL },
        { "SELECT 1 +", "42601", CF_SQL },
        { "SELECT #", "42601", CF_SQL },
        { "SELECT 1 FROM users WHERE count(*) = 1", "42803", CF_SQL },
        { "CREATE TABLE users (id)", "42P07", CF_SQL },
        { "CREATE TABLE twice (id, id)", "42701", CF_SQL },
        { "DROP INDEX absent", "42704", CF_SQL },
        { "SELECT json('{')", "HY000", CF_SQL },
        { "SELECT zeroblob(2000000000)", "54000", CF_TOO_LARGE },
    };
    (void)unused;
    cf_engine *engine = users_engine("sqlite:///x.db");
    run_script(engine, "INSERT INTO users (id, name, email) VALUES (1, 'kim', 'k');"
                       "CREATE TRIGGER stay BEFORE DELETE ON users BEGIN SELECT RAISE(ABORT, 'stay'); END");
    struct cf__link link = new_link(engine);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const cf_error *error = sql_error(&link, cases[i].sql);
        if (strcmp(error->sqlstate, cases[i].state) != 0 || error->code != cases[i].code)
            fail_msg("%s: %s %s: %s", cases[i].sql, error->sqlstate, cf_error_name(error->code), error->message);
    }
    cf__link_rollback(&link);
    cf__link_begin_as(&link, &(struct cf__transaction){ .read_only = true });
    assert_string_equal(sql_error(&link, "UPDATE users SET name = 'x'")->sqlstate, "25006");
    cf__link_rollback(&link);
    cf__engine_close(engine);
}

static void errors_have_the_states_of_postgresql(void **state)
{
    (void)state;
    in_fiber(states, NULL);
}

static void violations_are_told_apart_and_named_by_convention(void **state)
{
    (void)state;
    in_fiber(violations, NULL);
}

static void commit_link(void *link)
{
    cf__link_commit(link);
}

static void deferred(void *unused)
{
    (void)unused;
    cf_engine *engine = users_engine("sqlite:///x.db");
    struct cf__link link = new_link(engine);
    execute(&link, "PRAGMA defer_foreign_keys = ON");
    execute(&link, "INSERT INTO posts (author_id, slug, title) VALUES (9, 'b', 'B')");
    const cf_error *error = error_of(commit_link, &link);
    assert_int_equal(error->code, CF_FOREIGN_KEY);
    assert_string_equal(error->sqlstate, "23503");
    assert_false(cf__link_active(&link));
    assert_int_equal(ask(&link, "SELECT count(*) FROM posts"), 0);
    execute(&link, ADD);
    cf__link_commit(&link);
    assert_int_equal(ask(&link, COUNT), 1);
    cf__engine_close(engine);
}

static void a_commit_that_fails_is_rolled_back_and_raised(void **state)
{
    (void)state;
    in_fiber(deferred, NULL);
}

static void lost(void *unused)
{
    (void)unused;
    cf_engine *engine = users_engine("sqlite:///x.db");
    struct cf__link link = new_link(engine);
    execute(&link, "INSERT INTO users (id, name, email) VALUES (1, 'kim', 'k@x.org')");
    assert_int_equal(
        sql_error(&link, "INSERT OR ROLLBACK INTO users (id, name, email) VALUES (1, 'lee', 'l@x.org')")->code,
        CF_UNIQUE);
    const cf_error *error = sql_error(&link, ADD);
    assert_int_equal(error->code, CF_SQL);
    assert_string_equal(error->message,
                        "the database has ended this transaction after an earlier error: roll back and begin again");
    assert_int_equal(error_of(commit_link, &link)->code, CF_SQL);
    assert_false(cf__link_active(&link));
    assert_int_equal(ask(&link, COUNT), 0);
    cf__engine_close(engine);
}

static void nothing_is_written_outside_a_transaction_that_the_database_ended(void **state)
{
    (void)state;
    in_fiber(lost, NULL);
}

/* ---- Files ------------------------------------------------------------------------------------------------------ */

static void full(void *unused)
{
    (void)unused;
    cf_engine *engine = users_engine("sqlite:///x.db");
    struct cf__link link = new_link(engine);
    int64_t pages = ask(&link, "PRAGMA page_count");
    execute(&link, cf_format(here(), "PRAGMA max_page_count = %d", (int)pages + 2));
    const cf_error *error =
        sql_error(&link, "INSERT INTO users (name, email, password) VALUES ('kim', 'k@x.org', hex(zeroblob(1000000)))");
    assert_int_equal(error->code, CF_DISK_FULL);
    assert_string_equal(error->message, "there is no room for x.db: the disk or its quota is full");
    cf__link_rollback(&link);
    execute(&link, "PRAGMA max_page_count = 100000");
    assert_int_equal(execute(&link, ADD), 1);
    cf__link_commit(&link);
    assert_int_equal(ask(&link, COUNT), 1);
    cf__engine_close(engine);
}

static void a_full_disk_is_told_and_the_next_write_works_when_there_is_room(void **state)
{
    (void)state;
    in_fiber(full, NULL);
}

static void open_uri(void *uri)
{
    cf__engine_close(open_engine(uri));
}

static const cf_error *open_error(const char *uri)
{
    return error_of(open_uri, (void *)(uintptr_t)uri);
}

static void write_file(const char *path, const char *text)
{
    int file = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0644);
    assert_int_equal(write(file, text, strlen(text)), strlen(text));
    close(file);
}

static void rubbish(void *unused)
{
    (void)unused;
    write_file(
        "x.db",
        "This is a text that is long enough to be taken for the header of a database, but it is none. It goes on "
        "for a while, so that SQLite looks at it.");
    const cf_error *error = open_error("sqlite:///x.db");
    assert_int_equal(error->code, CF_CORRUPT);
    assert_string_equal(error->message, "x.db is damaged or is no SQLite database (file is not a database)");
}

static void a_file_that_is_no_database_is_told_by_name(void **state)
{
    (void)state;
    in_fiber(rubbish, NULL);
}

static void count_rows(void *link)
{
    ask(link, "SELECT sum(length(name)) FROM users");
}

static void damage(void *unused)
{
    (void)unused;
    cf_engine *engine = users_engine("sqlite:///x.db");
    struct cf__link link = new_link(engine);
    for (int i = 0; i < 500; i++)
        execute(&link, ADD);
    cf__link_commit(&link);
    cf__engine_close(engine);
    int file = open("x.db", O_WRONLY);
    char garbage[4096];
    memset(garbage, 0xA5, sizeof garbage);
    for (off_t page = 1; page < lseek(file, 0, SEEK_END) / 4096; page++)
        assert_int_equal(pwrite(file, garbage, sizeof garbage, page * 4096), sizeof garbage);
    close(file);
    engine = open_engine("sqlite:///x.db");
    link = new_link(engine);
    const cf_error *error = error_of(count_rows, &link);
    assert_int_equal(error->code, CF_CORRUPT);
    assert_string_equal(error->message, "x.db is damaged or is no SQLite database (database disk image is malformed)");
    cf__engine_close(engine);
}

static void a_damaged_file_is_told_by_name(void **state)
{
    (void)state;
    in_fiber(damage, NULL);
}

static void missing(void *unused)
{
    (void)unused;
    const cf_error *error = open_error("sqlite:///nowhere/x.db");
    assert_int_equal(error->code, CF_UNAVAILABLE);
    assert_string_equal(error->message, "cannot open the database nowhere/x.db: the directory nowhere does not exist");
    assert_string_equal(
        open_error("sqlite:////nowhere-at-all/deep/x.db")->message,
        "cannot open the database /nowhere-at-all/deep/x.db: the directory /nowhere-at-all/deep does not exist");
    mkdir("folder.db", 0755);
    assert_string_equal(open_error("sqlite:///folder.db")->message,
                        "cannot open the database folder.db: it is a directory");
}

static void a_missing_directory_is_told_by_name(void **state)
{
    (void)state;
    in_fiber(missing, NULL);
}

/* Root may write anything, so that a child gives up being root first. */
static void open_read_only(void *unused)
{
    (void)unused;
    if (geteuid() == 0 && (setgid(65534) || setuid(65534)))
        return;
    fprintf(stderr, "%s", open_error("sqlite:///x.db")->message);
}

static void make_read_only(void *unused)
{
    (void)unused;
    cf__engine_close(users_engine("sqlite:///x.db"));
    assert_int_equal(chmod("x.db", 0444), 0);
    assert_int_equal(chmod(".", 0555), 0);
}

static void a_file_that_cannot_be_written_is_told_by_name(void **state)
{
    (void)state;
    char output[512];
    in_fiber(make_read_only, NULL);
    in_dying_child(open_read_only, NULL, output, sizeof output);
    assert_int_equal(chmod(".", 0755), 0);
    assert_non_null(strstr(output, "x.db cannot be written: check the permissions of the file and its directory"));
}

/* ---- Statements ------------------------------------------------------------------------------------------------- */

static void many(void *unused)
{
    (void)unused;
    cf_engine *engine = users_engine("sqlite:///x.db");
    struct cf__link link = new_link(engine);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 1200; i++)
            assert_int_equal(ask(&link, cf_format(here(), "SELECT %d", i)), i);
    cf__link_begin(&link);
    for (int i = 0; i < 1200; i++)
        assert_int_equal(ask(&link, cf_format(here(), "SELECT %d", i)), i);
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void any_number_of_statements_can_be_run(void **state)
{
    (void)state;
    in_fiber(many, NULL);
}

static void same_names(void *unused)
{
    (void)unused;
    cf_engine *engine = users_engine("sqlite:///x.db");
    run_script(engine, ADD);
    struct cf__link link = new_link(engine);
    struct cf__buffer sql = cf__buffer_new(cf__current(), CF__CAP_SQL, "a statement");
    cf__buffer_string(&sql, "SELECT ");
    for (int i = 0; i < 300; i++)
        cf__buffer_format(&sql, "%d AS id, ", i);
    cf__buffer_string(&sql, "name, 1 AS other FROM users");
    struct User user = { 0 };
    uint64_t read;
    struct cf__rows rows = cf__link_sql(&link, cf__buffer_text(&sql), NULL, 0, &User.model_, &read, false);
    assert_true(cf__rows_next(&rows, &user));
    assert_int_equal(read, 3);
    assert_int_equal(user.id, 299);
    assert_string_equal(user.name, "kim");
    cf__rows_end(&rows);
    cf__engine_close(engine);
}

static void free_sql_is_matched_by_name_even_where_a_name_is_there_often(void **state)
{
    (void)state;
    in_fiber(same_names, NULL);
}

static void altered(void *unused)
{
    (void)unused;
    cf_engine *engine = users_engine("sqlite:///x.db"), *other = open_engine("sqlite:///x.db");
    run_script(engine, "INSERT INTO users (name, email) VALUES ('kim', 'k@x.org')");
    struct cf__link link = new_link(engine);
    for (int round = 0; round < 3; round++) {
        struct User user = { 0 };
        uint64_t read;
        struct cf__rows rows = cf__link_sql(&link, "SELECT * FROM users", NULL, 0, &User.model_, &read, false);
        assert_true(cf__rows_next(&rows, &user));
        assert_false(cf__rows_next(&rows, &user));
        assert_int_equal(user.id, 1);
        assert_string_equal(user.name, "kim");
        assert_string_equal(user.email, "k@x.org");
        if (round == 0)
            run_script(other, "CREATE TABLE fresh (email VARCHAR(120), age INTEGER, name VARCHAR(50), password TEXT, "
                              "id INTEGER PRIMARY KEY);"
                              "INSERT INTO fresh SELECT email, age, name, password, id FROM users; DROP TABLE users;"
                              "ALTER TABLE fresh RENAME TO users");
        cf_sleep(0.001);
    }
    cf__engine_close(other);
    cf__engine_close(engine);
}

static void a_table_that_changes_under_a_prepared_statement_is_read_rightly(void **state)
{
    (void)state;
    in_fiber(altered, NULL);
}

static void next_of_ended(void *rows)
{
    struct User user;
    cf__rows_next(rows, &user);
}

static void overtaken(void *unused)
{
    (void)unused;
    cf_engine *engine = users_engine("sqlite:///x.db");
    run_script(engine, ADD ";" ADD);
    struct cf__link link = new_link(engine);
    struct User user;
    struct cf__query query = { .kind = CF__SELECT, .model = &User.model_, .columns = 3 };
    struct cf__rows rows = cf__link_run(&link, &query);
    assert_true(cf__rows_next(&rows, &user));
    assert_int_equal(ask(&link, COUNT), 2);
    assert_string_equal(error_of(next_of_ended, &rows)->message,
                        "rows were asked for after another query of their session had ended them");
    cf__engine_close(engine);
}

static void rows_of_a_query_that_another_has_ended_are_refused(void **state)
{
    (void)state;
    in_fiber(overtaken, NULL);
}

/* ---- Transactions that only read --------------------------------------------------------------------------------- */

static void write_in_memory(void *link)
{
    execute(link, ADD);
}

static void reading_in_memory(void *unused)
{
    (void)unused;
    cf_engine *engine = users_engine("sqlite://");
    struct cf__link link = new_link(engine);
    for (int round = 0; round < 2; round++) {
        cf__link_begin_as(&link, &(struct cf__transaction){ .read_only = true });
        assert_int_equal(ask(&link, COUNT), round);
        const cf_error *error = error_of(write_in_memory, &link);
        assert_int_equal(error->code, CF_READ_ONLY);
        assert_non_null(strstr(error->message, "only reads"));
        if (round)
            cf__link_rollback(&link);
        else
            cf__link_commit(&link);
        execute(&link, ADD);
        cf__link_commit(&link);
    }
    assert_int_equal(ask(&link, COUNT), 2);
    cf__engine_close(engine);
}

static void a_transaction_that_only_reads_writes_nothing_in_memory_either(void **state)
{
    (void)state;
    in_fiber(reading_in_memory, NULL);
}

/* ---- What the URI says of a file -------------------------------------------------------------------------------- */

static void close_engine(void *engine)
{
    cf__engine_close(engine);
}

static void end_link(void *link)
{
    cf__link_end(link);
}

static void write_in(void *uri)
{
    static const struct cf__engine_options options = { 0 };
    cf_context *context = &cf__current()->head;
    cf_engine *engine = cf__engine_open(uri, &options);
    cf_defer_(context, close_engine, engine);
    struct cf__link *link = cf_alloc_(context, sizeof *link);
    cf__link_init(link, engine, cf__current());
    cf_defer_(context, end_link, link);
    cf__link_script(link, "CREATE TABLE IF NOT EXISTS t (x INTEGER); INSERT INTO t VALUES (42)");
    cf__link_commit(link);
}

static void read_from(void *uri)
{
    static const struct cf__engine_options options = { 0 };
    cf_engine *engine = cf__engine_open(uri, &options);
    struct cf__link link = new_link(engine);
    assert_int_equal(ask(&link, "SELECT x FROM t"), 42);
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void open_files(void *unused)
{
    (void)unused;
    assert_string_equal(error_of(write_in, (void *)(uintptr_t) "sqlite:///f 1%3f.db?mode=rw")->message,
                        "cannot open the database f 1?.db: there is no such file, and its URI says to make none");
    write_in((void *)(uintptr_t) "sqlite:///f 1%3f.db?mode=rwc");
    read_from((void *)(uintptr_t) "sqlite:///f 1%3f.db?mode=ro");
    const cf_error *error = error_of(write_in, (void *)(uintptr_t) "sqlite:///f 1%3f.db?mode=ro");
    assert_int_equal(error->code, CF_READ_ONLY);
    assert_string_equal(error->message, "f 1?.db is only read: its URI says so");
}

static void open_immutable(void *unused)
{
    (void)unused;
    assert_int_equal(chmod("f 1?.db", 0400), 0);
    read_from((void *)(uintptr_t) "sqlite:///f 1%3f.db?immutable=1");
    assert_int_equal(error_of(write_in, (void *)(uintptr_t) "sqlite:///f 1%3f.db?immutable=1")->code, CF_READ_ONLY);
}

static void a_file_is_opened_as_its_uri_says(void **state)
{
    (void)state;
    in_fiber(open_files, NULL);
    in_fiber(open_immutable, NULL);
}

/* ---- Echo ------------------------------------------------------------------------------------------------------- */

static void echoes(void *unused)
{
    (void)unused;
    static const struct cf__engine_options options = { .echo = true };
    cf_engine *engine = cf__engine_open("sqlite://", &options);
    create_tables(engine, CF_MODELS(User));
    struct cf__link link = new_link(engine);
    struct User user = { .name = "it's", .email = "k@x.org", .password = "secret" };
    struct cf__write insert = {
        .kind = CF__INSERT, .model = &User.model_, .columns = 30, .rows = (const void *const[]){ &user }, .count = 1
    };
    struct cf__rows rows = cf__link_write(&link, &insert);
    cf__rows_changed(&rows);
    struct cf__query find = { .kind = CF__COUNT, .model = &User.model_, .where = cf_eq(User.password, "hidden") };
    rows = cf__link_run(&link, &find);
    cf__rows_integer(&rows);
    ask(&link, "SELECT 42");
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void echo_shows_statements_values_and_times_but_nothing_hidden(void **state)
{
    (void)state;
    int file = open("log", O_CREAT | O_RDWR, 0644), before = cf__log_set_descriptor(file);
    in_fiber(echoes, NULL);
    cf__log_set_descriptor(before);
    static char log[8192];
    ssize_t size = pread(file, log, sizeof log - 1, 0);
    close(file);
    assert_true(size > 0);
    assert_non_null(strstr(
        log,
        "SQL: INSERT INTO users (name, email, age, password) VALUES (?, ?, ?, ?) ['it''s', 'k@x.org', NULL, ***] ("));
    assert_non_null(strstr(log, "SQL: SELECT count(*) FROM users WHERE password = ? [***] ("));
    assert_non_null(strstr(log, "SQL: SELECT 42 ("));
    assert_non_null(strstr(log, " ms)"));
    assert_non_null(strstr(log, "SQL: CREATE TABLE users"));
    assert_null(strstr(log, "secret"));
    assert_null(strstr(log, "hidden"));
}

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, enter_directory, leave_directory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(a_transaction_is_seen_by_others_once_committed),
        IN_DIRECTORY(reads_of_one_turn_see_one_state_and_the_next_turn_a_new_one),
        IN_DIRECTORY(sql_that_writes_takes_the_writer_whatever_it_is_asked_as),
        IN_DIRECTORY(writers_take_turns_in_the_order_of_asking),
        IN_DIRECTORY(a_reader_of_a_file_does_not_wait_for_a_writer),
        IN_DIRECTORY(a_reader_of_memory_waits_for_the_transaction_to_end),
        IN_DIRECTORY(a_writer_gives_up_at_its_deadline_and_leaves_the_queue),
        IN_DIRECTORY(a_transaction_that_idles_while_others_wait_is_ended),
        IN_DIRECTORY(a_lock_of_another_process_is_busy_after_the_deadline),
        IN_DIRECTORY(the_timeout_of_a_uri_wins_over_that_of_the_engine),
        IN_DIRECTORY(a_database_in_memory_is_shared_whether_its_uri_says_so_or_not),
        IN_DIRECTORY(a_writer_waits_parked_for_another_process),
        IN_DIRECTORY(violations_are_told_apart_and_named_by_convention),
        IN_DIRECTORY(errors_have_the_states_of_postgresql),
        IN_DIRECTORY(a_commit_that_fails_is_rolled_back_and_raised),
        IN_DIRECTORY(nothing_is_written_outside_a_transaction_that_the_database_ended),
        IN_DIRECTORY(a_full_disk_is_told_and_the_next_write_works_when_there_is_room),
        IN_DIRECTORY(a_file_that_is_no_database_is_told_by_name),
        IN_DIRECTORY(a_damaged_file_is_told_by_name),
        IN_DIRECTORY(a_missing_directory_is_told_by_name),
        IN_DIRECTORY(a_file_that_cannot_be_written_is_told_by_name),
        IN_DIRECTORY(any_number_of_statements_can_be_run),
        IN_DIRECTORY(free_sql_is_matched_by_name_even_where_a_name_is_there_often),
        IN_DIRECTORY(a_table_that_changes_under_a_prepared_statement_is_read_rightly),
        IN_DIRECTORY(rows_of_a_query_that_another_has_ended_are_refused),
        IN_DIRECTORY(a_transaction_that_only_reads_writes_nothing_in_memory_either),
        IN_DIRECTORY(a_file_is_opened_as_its_uri_says),
        IN_DIRECTORY(echo_shows_statements_values_and_times_but_nothing_hidden),
    };
    return cmocka_run_group_tests_name("db/engine", tests, NULL, free_thread);
}

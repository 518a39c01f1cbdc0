/* SPDX-License-Identifier: MIT
 *
 * A commit that has one row to write is one statement, which servers commit by themselves; whatever else belongs to it
 * makes it a transaction. A spy stands before the driver and notes how transactions begin.
 */
#include <carafe/bulk.h>

#include "../../src/db/state.h"
#include "relations.h"
#include "support.h"

static struct cf_db *validating;
static const char *write_another(struct cf_db *db, const void *row);

/* clang-format off */
MODEL(Note, "notes",
    (id,     Id),
    (words,  Text, validate = write_another),
    (unique, Nullable(Integer), column = "number", unique = true));
/* clang-format on */

static const char *write_another(struct cf_db *db, const void *row)
{
    (void)row;
    if (db == validating) {
        validating = NULL;
        cf_insert_all(db, Note, ((struct Note[]){ { .words = "of the validator" } }), 1);
    }
    return NULL;
}

enum framing { ALONE, FRAMED };

static struct {
    struct cf_driver driver;
    const struct cf_driver *real;
    int alone, framed; /* transactions begun */
    int64_t seen;      /* authors that another session sees before a commit */
} spy;

static bool commits_alone(void)
{
    return spy.real->capabilities & CF_CAN_POOL;
}

static void note_begin(struct cf_connection *connection, const struct cf_begin_options *options)
{
    *(options->autocommit ? &spy.alone : &spy.framed) += options->write;
    spy.real->begin(connection, options);
}

static void note_commit(struct cf_connection *connection)
{
    spy.seen = commits_alone() ? cf_count(another_session(), Author) : 0;
    spy.real->commit(connection);
}

static void spy_on(cf_db *db)
{
    (void)db;
    spy.real = world.engine->driver;
    spy.driver = *spy.real;
    spy.driver.begin = note_begin;
    spy.driver.commit = note_commit;
    world.engine->driver = &spy.driver;
    spy.alone = spy.framed = 0;
}

/* One transaction was begun, of a statement alone or of several; a file's transactions are all framed. */
static void assert_begun(enum framing framing)
{
    bool alone = framing == ALONE && commits_alone();
    assert_int_equal(spy.alone, alone);
    assert_int_equal(spy.framed, !alone);
    spy.alone = spy.framed = 0;
}

static void commit_as(cf_db *db, enum framing framing)
{
    cf_commit(db);
    assert_begun(framing);
}

static void one_row_is_one_statement(cf_db *db)
{
    spy_on(db);
    struct Author *kim = cf_add(db, Author, .name = "kim");
    commit_as(db, ALONE);
    assert_int_equal(spy.seen, commits_alone());
    kim->name = "lee";
    commit_as(db, ALONE);
    assert_string_equal(cf_get(another_session(), Author, kim->id)->name, "lee");
    cf_delete(db, Author, kim);
    commit_as(db, ALONE);
    assert_int_equal(cf_count(another_session(), Author), 0);
}

static void several_rows_are_a_transaction(cf_db *db)
{
    spy_on(db);
    struct Author *kim = cf_add(db, Author, .name = "kim"), *lee = cf_add(db, Author, .name = "lee");
    commit_as(db, FRAMED);
    assert_int_equal(spy.seen, 0);
    kim->name = "new";
    cf_delete(db, Author, lee);
    commit_as(db, FRAMED);
    kim->name = "newer";
    cf_add(db, Label, .word = "w");
    commit_as(db, FRAMED);
    cf_add(db, Author, .name = "ann");
    cf_append(db, Author.books, kim, cf_add(db, Book, .title = "t"));
    commit_as(db, FRAMED);
}

static void what_follows_the_key_of_a_new_row_is_of_its_transaction(cf_db *db)
{
    struct Author *kim = cf_add(db, Author, .name = "kim");
    struct Passport *passport = cf_add(db, Passport, .number = "1", .author = kim);
    struct Label *label = cf_add(db, Label, .word = "w");
    cf_commit(db);
    spy_on(db);
    struct Node *node = cf_add(db, Node, .name = "self");
    node->parent = node;
    commit_as(db, FRAMED);
    assert_int_equal(cf_get(another_session(), Node, node->id)->parent_id.value, node->id);
    struct Author *lee = cf_add(db, Author, .name = "lee");
    lee->passport = passport;
    commit_as(db, FRAMED);
    assert_int_equal(cf_get(another_session(), Passport, passport->id)->author_id, lee->id);
    struct Book *book = cf_add(db, Book, .title = "t", .author = kim);
    cf_append(db, Book.labels, book, label);
    commit_as(db, FRAMED);
}

static void a_transaction_that_is_open_stays_one(cf_db *db)
{
    spy_on(db);
    cf_begin(db);
    cf_add(db, Author, .name = "kim");
    commit_as(db, FRAMED);
    cf_add(db, Author, .name = "lee");
    cf_flush(db);
    assert_begun(FRAMED);
    cf_rollback(db);
    assert_int_equal(cf_count(another_session(), Author), 1);
}

static void a_refused_row_leaves_nothing_behind(cf_db *db)
{
    cf_add(db, Label, .word = "old");
    cf_commit(db);
    spy_on(db);
    cf_add(db, Label, .word = "old");
    assert_true(cf_violates(cf_try_commit(db), Label.word));
    assert_begun(ALONE);
    cf_rollback(db);
    cf_add(db, Label, .word = "new");
    cf_flush(db); /* no commit any more */
    assert_begun(FRAMED);
    cf_rollback(db);
    assert_int_equal(cf_count(another_session(), Label), 1);
}

static void a_row_that_is_gone_is_stale(cf_db *db)
{
    struct Author *kim = cf_add(db, Author, .name = "kim");
    cf_commit(db);
    cf_db *other = another_session();
    cf_delete_all(other, Author, .where = cf_eq(Author.id, kim->id));
    cf_commit(other);
    spy_on(db);
    kim->name = "new";
    assert_int_equal(error_of(commit, db)->code, CF_STALE);
    assert_begun(ALONE);
}

static void what_a_validator_writes_is_of_the_same_transaction(cf_db *db)
{
    cf_add(db, Note, .words = "first", .unique = cf_optional(1));
    cf_commit(db);
    spy_on(db);
    validating = db;
    cf_add(db, Note, .words = "second", .unique = cf_optional(1));
    assert_true(cf_violates(cf_try_commit(db), Note.unique));
    assert_begun(FRAMED);
    cf_rollback(db);
    assert_int_equal(cf_count(another_session(), Note), 1);
}

static void note_nothing(cf_db *db, void *unused)
{
    (void)db, (void)unused;
}

static void who_awaits_a_flush_is_in_a_transaction(cf_db *db)
{
    spy_on(db);
    cf_after_flush(db, note_nothing, NULL);
    cf_add(db, Author, .name = "kim");
    commit_as(db, FRAMED);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(one_row_is_one_statement),
        SESSION_TEST(several_rows_are_a_transaction),
        SESSION_TEST(what_follows_the_key_of_a_new_row_is_of_its_transaction),
        SESSION_TEST(a_transaction_that_is_open_stays_one),
        SESSION_TEST(a_refused_row_leaves_nothing_behind),
        SESSION_TEST(a_row_that_is_gone_is_stale),
        SESSION_TEST(what_a_validator_writes_is_of_the_same_transaction),
        SESSION_TEST(who_awaits_a_flush_is_in_a_transaction),
    };
    if (!choose_server(argc, argv))
        return 77;
    world.models = CF_MODELS(Author, Passport, Book, Chapter, Label, Sale, Node, Seat, Ticket, Note);
    return cmocka_run_group_tests_name("orm/autocommit", tests, NULL, free_thread);
}

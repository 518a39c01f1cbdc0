/* SPDX-License-Identifier: MIT */
#include "relations.h"
#include "support.h"

static void add_lee(cf_db *db, void *kim)
{
    ((struct Author *)kim)->name = "kim of lee";
    cf_add(db, Author, .name = "lee");
}

static void add_lee_and_fail(cf_db *db, void *kim)
{
    add_lee(db, kim);
    cf_flush(db);
    cf_raise(CF_CONFLICT, "no more");
}

static void what_is_nested_is_committed_with_the_rest(cf_db *db)
{
    struct Author *kim = cf_add(db, Author, .name = "kim");
    cf_nested(db, add_lee, kim);
    cf_commit(db);
    assert_int_equal(cf_count(db, Author), 2);
    cf_rollback(db);
    assert_string_equal(kim->name, "kim of lee");
}

static void an_error_undoes_what_is_nested_and_nothing_else(cf_db *db)
{
    struct Author *kim = cf_add(db, Author, .name = "kim");
    const cf_error *error = cf_try_nested(db, add_lee_and_fail, kim);
    assert_int_equal(error->code, CF_CONFLICT);
    assert_string_equal(kim->name, "kim");
    struct Author *ann = cf_add(db, Author, .name = "ann");
    cf_commit(db);
    assert_int_equal(cf_count(db, Author), 2);
    assert_ptr_equal(cf_find_one(db, Author, .where = cf_eq(Author.name, "ann")), ann);
}

static void deep(cf_db *db, void *kim)
{
    cf_add(db, Author, .name = "outer");
    assert_non_null(cf_try_nested(db, add_lee_and_fail, kim));
    assert_int_equal(cf_count(db, Author), 2);
    assert_null(cf_try_nested(db, add_lee, kim));
}

static void levels_nest(cf_db *db)
{
    struct Author *kim = cf_add(db, Author, .name = "kim");
    cf_nested(db, deep, kim);
    assert_int_equal(cf_count(db, Author), 3);
    cf_rollback(db);
    assert_int_equal(cf_count(db, Author), 0);
}

static void violate(cf_db *db, void *unused)
{
    (void)unused;
    cf_add(db, Label, .word = "old");
}

static void a_violation_leaves_the_transaction_usable(cf_db *db)
{
    cf_add(db, Label, .word = "old");
    cf_flush(db);
    const cf_error *error = cf_try_nested(db, violate, NULL);
    assert_int_equal(error->code, CF_UNIQUE);
    assert_true(cf_violates(error, Label.word));
    cf_add(db, Label, .word = "new");
    cf_commit(db);
    assert_int_equal(cf_count(db, Label), 2);
}

static void relate(cf_db *db, void *book_)
{
    struct Book *book = book_;
    cf_append(db, Book.labels, book, cf_add(db, Label, .word = "lost"));
    book->author = cf_add(db, Author, .name = "lost");
    cf_delete(db, Chapter, cf_find_one(db, Chapter));
    cf_flush(db);
    assert_int_equal(cf_count(db, Chapter), 0);
    cf_rollback(db);
    assert_int_equal(cf_count(db, Chapter), 1);
}

static void a_rollback_within_goes_back_to_the_savepoint(cf_db *db)
{
    struct Author *kim = cf_add(db, Author, .name = "kim");
    struct Book *book = cf_add(db, Book, .title = "a", .author = kim);
    struct Label *old = cf_add(db, Label, .word = "old");
    struct Chapter *chapter = cf_add(db, Chapter, .title = "1");
    cf_append(db, Book.labels, book, old);
    cf_append(db, Book.chapters, book, chapter);
    cf_nested(db, relate, book);
    assert_int_equal(book->labels.count, 1);
    assert_ptr_equal(book->author, kim);
    cf_commit(db);
    chapter->title = "still there";
    cf_commit(db);
    assert_int_equal(cf_count(db, Label), 1);
    assert_int_equal(cf_count(db, Chapter, .where = cf_eq(Chapter.title, "still there")), 1);
}

static void commit_within(cf_db *db, void *unused)
{
    (void)unused;
    cf_commit(db);
}

static void try_commit_within(void *db)
{
    cf_nested(db, commit_within, NULL);
}

static void a_commit_within_is_refused(cf_db *db)
{
    assert_non_null(strstr(error_of(try_commit_within, db)->message, "cf_commit inside cf_nested"));
    cf_add(db, Label, .word = "old");
    cf_commit(db);
    assert_int_equal(cf_count(db, Label), 1);
}

static void end_transaction(cf_db *db, void *unused)
{
    (void)unused;
    cf_sql_execute(db, "ROLLBACK");
    cf_raise(CF_CONFLICT, "gone");
}

static void nest_and_lose(void *db)
{
    cf_try_nested(db, end_transaction, NULL);
}

static void a_transaction_lost_within_loses_all(cf_db *db)
{
    if (world.uri) /* whose sessions would go on outside of any transaction */
        return;
    struct Label *label = cf_add(db, Label, .word = "old");
    assert_int_equal(error_of(nest_and_lose, db)->code, CF_CONFLICT);
    assert_int_equal(cf_count(db, Label), 0);
    label = cf_add(db, Label, .word = "new");
    cf_commit(db);
    assert_int_equal(cf_count(db, Label), 1);
    assert_non_null(label);
}

/* ---- cf_refresh, cf_expunge ------------------------------------------------------------------------------------- */

static void refresh(void *label)
{
    cf_refresh(another_session(), Label, label);
}

static void a_row_can_be_read_again(cf_db *db)
{
    struct Label *label = cf_add(db, Label, .word = "old");
    cf_commit(db);
    cf_sql_execute(db, "UPDATE labels SET word = 'new'");
    cf_commit(db);
    label->word = "mine";
    cf_refresh(db, Label, label, .load = { Label.books });
    assert_string_equal(label->word, "new");
    assert_int_equal(label->books.count, 0);
    assert_false(cf__session_pending(db));
    assert_non_null(strstr(error_of(refresh, label)->message, "none the session has read"));
}

static void refresh_gone(void *session)
{
    cf_db *db = session;
    struct Label *label = cf_get(db, Label, 1);
    cf_sql_execute(db, "DELETE FROM labels");
    cf_refresh(db, Label, label);
}

static void a_row_that_is_gone_is_stale(cf_db *db)
{
    cf_add(db, Label, .word = "old");
    cf_commit(db);
    assert_int_equal(error_of(refresh_gone, db)->code, CF_STALE);
}

static void an_expunged_row_is_not_written(cf_db *db)
{
    struct Label *old = cf_add(db, Label, .word = "old"), *new = cf_add(db, Label, .word = "new");
    cf_expunge(db, Label, new);
    cf_commit(db);
    old->word = "changed";
    cf_expunge(db, Label, old);
    assert_false(cf__session_pending(db));
    cf_rollback(db);
    assert_string_equal(old->word, "changed");
    assert_string_equal(cf_get(db, Label, old->id)->word, "old");
    assert_int_equal(cf_count(db, Label), 1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(what_is_nested_is_committed_with_the_rest),
        SESSION_TEST(an_error_undoes_what_is_nested_and_nothing_else),
        SESSION_TEST(levels_nest),
        SESSION_TEST(a_violation_leaves_the_transaction_usable),
        SESSION_TEST(a_rollback_within_goes_back_to_the_savepoint),
        SESSION_TEST(a_commit_within_is_refused),
        SESSION_TEST(a_transaction_lost_within_loses_all),
        SESSION_TEST(a_row_can_be_read_again),
        SESSION_TEST(a_row_that_is_gone_is_stale),
        SESSION_TEST(an_expunged_row_is_not_written),
    };
    if (!choose_server(argc, argv))
        return 77;
    world.models = world.uri ? CF_MODELS(Author, Passport, Book, Chapter, Label, Sale, Node, Seat, Ticket)
                             : NULL; /* tables that refer to each other cannot be made one after the other */
    return cmocka_run_group_tests_name("orm/nested", tests, NULL, free_thread);
}

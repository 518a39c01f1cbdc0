/* SPDX-License-Identifier: MIT
 *
 * Rows that are added again: those whose cf_add was undone, and those that the session was told to forget.
 */
#include <carafe/bulk.h>

#include "relations.h"
#include "support.h"

static struct Author *add_author(cf_db *db, const char *name)
{
    struct Author *author = cf_add(db, Author, .name = name);
    cf_commit(db);
    sent();
    return author;
}

static const char *names(void)
{
    cf_db *db = another_session();
    const char *all = "";
    for
        cf_each (author, cf_find(db, Author, .order_by = { cf_asc(Author.name) }))
            all = cf_format(db, "%s%s ", all, author->name);
    return all;
}

/* ---- New rows --------------------------------------------------------------------------------------------------- */

static void a_row_whose_add_was_rolled_back_is_new_once_more(cf_db *db)
{
    struct Author *kim = cf_add(db, Author, .name = "kim");
    cf_rollback(db);
    cf_add_again(db, Author, kim);
    assert_int_equal(cf_state(db, Author, kim), CF_ROW_NEW);
    cf_flush(db);
    cf_rollback(db);
    assert_int_equal(cf_state(db, Author, kim), CF_ROW_UNKNOWN);
    kim->name = "lee";
    cf_add_again(db, Author, kim);
    sent();
    cf_commit(db);
    assert_sent("INSERT INTO authors (name) VALUES (?)\n");
    assert_string_equal(names(), "lee ");
    assert_ptr_equal(cf_get(db, Author, kim->id), kim);
    kim->name = "sam";
    cf_commit(db);
    assert_string_equal(names(), "sam ");
}

static void what_the_database_made_is_made_anew(cf_db *db)
{
    struct Author *kim = cf_add(db, Author, .name = "kim");
    cf_flush(db);
    cf_rollback(db);
    struct Author *lee = add_author(another_session(), "lee");
    cf_add_again(db, Author, kim);
    assert_int_equal(kim->id, 0);
    cf_commit(db);
    assert_true(kim->id > lee->id);
    assert_string_equal(names(), "kim lee ");
}

static void a_key_that_is_assigned_after_the_rollback_counts(cf_db *db)
{
    struct Author *kim = cf_add(db, Author, .name = "kim");
    cf_flush(db);
    cf_rollback(db);
    kim->id = 70;
    cf_add_again(db, Author, kim);
    cf_commit(db);
    assert_string_equal(cf_get(another_session(), Author, 70)->name, "kim");
}

static void what_a_constraint_refused_is_mended_and_added_again(cf_db *db)
{
    cf_add(db, Label, .word = "taken");
    cf_commit(db);
    struct Label *label = cf_add(db, Label, .word = "taken");
    const cf_error *error = cf_try_commit(db);
    assert_true(cf_violates(error, Label.word));
    label->word = "free";
    cf_add_again(db, Label, label);
    assert_null(cf_try_commit(db));
    assert_int_equal(cf_count(another_session(), Label), 2);
}

static void add_label(cf_db *db, void *label)
{
    cf_add_again(db, Label, (struct Label *)label);
}

static void a_row_that_a_savepoint_took_back_is_added_again_after_it(cf_db *db)
{
    cf_add(db, Label, .word = "taken");
    struct Label *label = cf_add(db, Label, .word = "taken");
    cf_expunge(db, Label, label);
    assert_int_equal(cf_try_nested(db, add_label, label)->code, CF_UNIQUE);
    label->word = "free";
    add_label(db, label);
    cf_commit(db);
    assert_int_equal(cf_count(another_session(), Label), 2);
}

static void a_new_row_that_was_expunged_or_deleted_is_new_once_more(cf_db *db)
{
    struct Author *kim = cf_add(db, Author, .name = "kim"), *lee = cf_add(db, Author, .name = "lee");
    cf_expunge(db, Author, kim);
    cf_delete(db, Author, lee);
    cf_flush(db);
    assert_sent("");
    cf_add_again(db, Author, kim);
    cf_add_again(db, Author, lee);
    cf_commit(db);
    assert_string_equal(names(), "kim lee ");
}

static void a_row_expunged_after_its_insert_is_new_once_the_insert_was_rolled_back(cf_db *db)
{
    struct Author *kim = cf_add(db, Author, .name = "kim");
    cf_flush(db);
    cf_expunge(db, Author, kim);
    cf_rollback(db);
    cf_add_again(db, Author, kim);
    assert_int_equal(cf_state(db, Author, kim), CF_ROW_NEW);
    cf_commit(db);
    assert_string_equal(names(), "kim ");
}

/* ---- Relations of new rows -------------------------------------------------------------------------------------- */

static void rows_that_refer_to_each_other_get_their_new_keys(cf_db *db)
{
    struct Author *kim = cf_add(db, Author, .name = "kim");
    struct Book *book = cf_add(db, Book, .title = "a", .author = kim);
    struct Chapter *chapter = cf_add(db, Chapter, .title = "one");
    cf_append(db, Book.chapters, book, chapter);
    cf_flush(db);
    cf_rollback(db);
    add_author(another_session(), "lee");
    cf_add_again(db, Chapter, chapter);
    cf_add_again(db, Book, book);
    cf_add_again(db, Author, kim);
    cf_append(db, Book.chapters, book, chapter);
    cf_commit(db);
    assert_int_equal(book->author_id, kim->id);
    assert_int_equal(chapter->book_id, book->id);
    assert_int_equal(book->chapters.count, 1);
    cf_db *other = another_session();
    assert_string_equal(cf_related(other, Book.author, cf_get(other, Book, book->id))->name, "kim");
}

static void a_relation_that_is_assigned_after_the_rollback_counts(cf_db *db)
{
    struct Author *lee = add_author(db, "lee"), *kim = cf_add(db, Author, .name = "kim");
    struct Book *by_row = cf_add(db, Book, .title = "a", .author = kim, .editor = kim);
    struct Book *by_key = cf_add(db, Book, .title = "b", .author = kim);
    cf_flush(db);
    cf_rollback(db);
    by_row->author = lee;
    by_row->editor = NULL;
    by_key->author_id = lee->id;
    cf_add_again(db, Book, by_row);
    cf_add_again(db, Book, by_key);
    cf_commit(db);
    assert_int_equal(by_row->author_id, lee->id);
    assert_false(by_row->editor_id.is_set);
    assert_ptr_equal(cf_related(db, Book.author, by_key), lee);
}

static void a_row_that_is_left_out_is_named(cf_db *db)
{
    struct Author *kim = cf_add(db, Author, .name = "kim");
    struct Book *book = cf_add(db, Book, .title = "a", .author = kim);
    cf_flush(db);
    cf_rollback(db);
    cf_add_again(db, Book, book);
    assert_string_equal(error_of(commit, db)->message,
                        "Book.author: the Author is none of this session's rows: it was deleted, read with .read_only, "
                        "expunged, or its cf_add was rolled back (cf_add_again)");
}

static void lists_of_a_new_row_begin_anew(cf_db *db)
{
    struct Label *label = cf_add(db, Label, .word = "w");
    cf_commit(db);
    struct Author *kim = add_author(db, "kim");
    struct Book *book = cf_add(db, Book, .title = "a", .author = kim);
    cf_append(db, Book.labels, book, label);
    cf_flush(db);
    cf_rollback(db);
    cf_add_again(db, Book, book);
    assert_false(cf_is_loaded(Book.labels, book));
    cf_commit(db);
    assert_int_equal(cf_related(db, Book.labels, book).count, 0);
    cf_append(db, Book.labels, book, label);
    cf_commit(db);
    cf_db *other = another_session();
    assert_int_equal(cf_related(other, Book.labels, cf_get(other, Book, book->id)).count, 1);
}

/* ---- Rows that the database has --------------------------------------------------------------------------------- */

static void an_expunged_row_is_watched_again(cf_db *db)
{
    struct Author *kim = add_author(db, "kim");
    cf_expunge(db, Author, kim);
    kim->name = "lee";
    cf_add_again(db, Author, kim);
    assert_int_equal(cf_state(db, Author, kim), CF_ROW_CHANGED);
    cf_commit(db);
    assert_sent("UPDATE authors SET name = ? WHERE id = ?\n");
    assert_ptr_equal(cf_get(db, Author, kim->id), kim);
    assert_string_equal(names(), "lee ");
}

static void what_a_rollback_took_from_an_expunged_row_is_a_change(cf_db *db)
{
    struct Author *kim = add_author(db, "kim");
    kim->name = "lee";
    cf_flush(db);
    cf_expunge(db, Author, kim);
    cf_rollback(db);
    assert_string_equal(kim->name, "lee");
    cf_add_again(db, Author, kim);
    assert_string_equal(cf_original(db, Author, kim)->name, "kim");
    cf_commit(db);
    assert_string_equal(names(), "lee ");
}

static void a_relation_that_a_rollback_took_from_an_expunged_row_is_loaded_anew(cf_db *db)
{
    struct Author *kim = add_author(db, "kim");
    cf_expire(db, Author, kim);
    cf_get(db, Author, kim->id);
    cf_add(db, Label, .word = "w");
    cf_flush(db);
    assert_null(cf_related(db, Author.passport, kim));
    kim->passport = cf_add(db, Passport, .number = "1");
    cf_flush(db);
    cf_expunge(db, Author, kim);
    cf_rollback(db);
    cf_add_again(db, Author, kim);
    cf_commit(db);
    assert_false(cf_is_loaded(Author.passport, kim));
    assert_null(cf_related(db, Author.passport, kim));
}

static void relations_of_an_expunged_row_are_loaded_anew_unless_they_were_assigned(cf_db *db)
{
    struct Author *kim = add_author(db, "kim"), *lee = add_author(db, "lee");
    struct Book *book = cf_add(db, Book, .title = "a", .author = kim, .editor = kim);
    cf_commit(db);
    cf_related(db, Book.labels, book);
    cf_expunge(db, Book, book);
    book->author = lee;
    cf_add_again(db, Book, book);
    assert_false(cf_is_loaded(Book.editor, book));
    assert_false(cf_is_loaded(Book.labels, book));
    cf_commit(db);
    assert_int_equal(book->author_id, lee->id);
    assert_ptr_equal(cf_related(db, Book.editor, book), kim);
}

static void expunging_forgets_expressions_and_lists(cf_db *db)
{
    struct Author *kim = add_author(db, "kim");
    struct Book *book = cf_add(db, Book, .title = "a", .author = kim);
    cf_commit(db);
    cf_assign(db, Author, kim, cf_set(Author.name, cf_upper(Author.name)));
    struct Label *label = cf_add(db, Label, .word = "w");
    cf_append(db, Book.labels, book, label);
    cf_expunge(db, Author, kim);
    cf_expunge(db, Label, label);
    cf_add_again(db, Author, kim);
    cf_commit(db);
    assert_string_equal(names(), "kim ");
    assert_int_equal(cf_count(db, Label), 0);
}

static void a_row_that_is_to_be_deleted_stays(cf_db *db)
{
    struct Author *kim = add_author(db, "kim");
    cf_delete(db, Author, kim);
    cf_add_again(db, Author, kim);
    assert_int_equal(cf_state(db, Author, kim), CF_ROW_CLEAN);
    cf_commit(db);
    assert_sent("");
}

static void an_orphan_that_stays_is_with_its_owner(cf_db *db)
{
    struct Author *kim = cf_add(db, Author, .name = "kim");
    struct Book *book = cf_add(db, Book, .title = "a", .author = kim);
    struct Chapter *chapter = cf_add(db, Chapter, .title = "one");
    cf_append(db, Book.chapters, book, chapter);
    cf_commit(db);
    cf_remove(db, Book.chapters, book, chapter);
    cf_add_again(db, Chapter, chapter);
    cf_commit(db);
    assert_int_equal(cf_count(another_session(), Chapter), 1);
    assert_int_equal(book->chapters.count, 1);
}

static void adding_again_what_is_there_is_nothing(cf_db *db)
{
    struct Author *kim = cf_add(db, Author, .name = "kim");
    cf_add_again(db, Author, kim);
    cf_commit(db);
    cf_add_again(db, Author, kim);
    kim->name = "lee";
    cf_add_again(db, Author, kim);
    cf_commit(db);
    assert_string_equal(names(), "lee ");
}

/* ---- Refused ---------------------------------------------------------------------------------------------------- */

static struct {
    cf_db *db;
    struct Author *row;
} again;

static void add_again(void *unused)
{
    (void)unused;
    cf_add_again(again.db, Author, again.row);
}

static const char *refusal(cf_db *db, struct Author *row)
{
    again.db = db;
    again.row = row;
    const cf_error *error = error_of(add_again, NULL);
    assert_int_equal(error->code, CF_INTERNAL);
    return error->message;
}

static void a_deleted_row_is_refused(cf_db *db)
{
    struct Author *kim = add_author(db, "kim");
    cf_delete(db, Author, kim);
    cf_commit(db);
    assert_string_equal(refusal(db, kim), "cf_add_again of Author: this row was deleted: add another with cf_add");
}

static void a_row_of_another_session_is_refused(cf_db *db)
{
    assert_string_equal(
        refusal(db, add_author(another_session(), "kim")),
        "cf_add_again of Author: this row was neither added nor read by this session: add one with cf_add");
}

static void a_row_that_was_read_again_is_refused(cf_db *db)
{
    struct Author *kim = add_author(db, "kim");
    cf_expunge(db, Author, kim);
    struct Author *read = cf_get(db, Author, kim->id);
    assert_ptr_not_equal(read, kim);
    assert_string_equal(
        refusal(db, kim),
        cf_format(db,
                  "cf_add_again of Author: the session has read id %lld again, as another object: change "
                  "that one, or cf_expunge it first",
                  (long long)kim->id));
    cf_expunge(db, Author, read);
    cf_add_again(db, Author, kim);
    assert_ptr_equal(cf_get(db, Author, kim->id), kim);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(a_row_whose_add_was_rolled_back_is_new_once_more),
        SESSION_TEST(what_the_database_made_is_made_anew),
        SESSION_TEST(a_key_that_is_assigned_after_the_rollback_counts),
        SESSION_TEST(what_a_constraint_refused_is_mended_and_added_again),
        SESSION_TEST(a_row_that_a_savepoint_took_back_is_added_again_after_it),
        SESSION_TEST(a_new_row_that_was_expunged_or_deleted_is_new_once_more),
        SESSION_TEST(a_row_expunged_after_its_insert_is_new_once_the_insert_was_rolled_back),
        SESSION_TEST(rows_that_refer_to_each_other_get_their_new_keys),
        SESSION_TEST(a_relation_that_is_assigned_after_the_rollback_counts),
        SESSION_TEST(a_row_that_is_left_out_is_named),
        SESSION_TEST(lists_of_a_new_row_begin_anew),
        SESSION_TEST(an_expunged_row_is_watched_again),
        SESSION_TEST(what_a_rollback_took_from_an_expunged_row_is_a_change),
        SESSION_TEST(a_relation_that_a_rollback_took_from_an_expunged_row_is_loaded_anew),
        SESSION_TEST(relations_of_an_expunged_row_are_loaded_anew_unless_they_were_assigned),
        SESSION_TEST(expunging_forgets_expressions_and_lists),
        SESSION_TEST(a_row_that_is_to_be_deleted_stays),
        SESSION_TEST(an_orphan_that_stays_is_with_its_owner),
        SESSION_TEST(adding_again_what_is_there_is_nothing),
        SESSION_TEST(a_deleted_row_is_refused),
        SESSION_TEST(a_row_of_another_session_is_refused),
        SESSION_TEST(a_row_that_was_read_again_is_refused),
    };
    if (!choose_server(argc, argv))
        return 77;
    world.models = world.uri ? CF_MODELS(Author, Passport, Book, Chapter, Label, Sale, Node, Seat, Ticket)
                             : NULL; /* tables that refer to each other cannot be made one after the other */
    return cmocka_run_group_tests_name("orm/again", tests, NULL, free_thread);
}

/* SPDX-License-Identifier: MIT
 *
 * What a session knows of its rows, told (cf_state and its like) and forgotten (cf_expire).
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

/* As another program would. */
static void rename_elsewhere(const struct Author *author, const char *name)
{
    cf_db *db = another_session();
    cf_get(db, Author, author->id)->name = name;
    cf_commit(db);
    sent();
}

/* ---- What a transaction has written otherwise, and read --------------------------------------------------------- */

static void rename_all(cf_db *db, const char *name)
{
    cf_update_all(db, Author, .set = { cf_set(Author.name, name) }, .where = NULL, .all = true);
}

static void a_row_first_read_after_a_write_is_read_again_after_a_rollback(cf_db *db)
{
    int64_t kim = add_author(another_session(), "kim")->id;
    rename_all(db, "uncommitted");
    struct Author *read = cf_get(db, Author, kim);
    assert_string_equal(read->name, "uncommitted");
    cf_rollback(db);
    cf_find(db, Author);
    assert_string_equal(read->name, "kim");
    assert_ptr_equal(cf_get(db, Author, kim), read);
}

static void a_known_row_that_was_read_again_has_its_committed_values_after_a_rollback(cf_db *db)
{
    struct Author *kim = add_author(db, "kim");
    rename_all(db, "uncommitted");
    for (int i = 0; i < 3; i++)
        cf_refresh(db, Author, kim);
    assert_string_equal(kim->name, "uncommitted");
    cf_rollback(db);
    sent();
    assert_string_equal(kim->name, "kim");
    kim->name = "lee";
    cf_commit(db);
    assert_string_equal(cf_get(another_session(), Author, kim->id)->name, "lee");
}

static void a_row_that_a_rollback_took_is_not_found_any_more(cf_db *db)
{
    add_author(db, "kim");
    cf_insert_all(db, Author, ((struct Author[]){ { .name = "phantom" } }), 1);
    struct Author *phantom = cf_find_one(db, Author, .where = cf_eq(Author.name, "phantom"));
    int64_t id = phantom->id;
    cf_rollback(db);
    assert_null(cf_get(db, Author, id));
    assert_int_equal(cf_find(db, Author).count, 1);
    phantom->name = "changed";
    assert_int_equal(error_of(commit, db)->code, CF_STALE);
}

static void a_new_row_under_the_key_of_one_that_a_rollback_took_is_found_by_it(cf_db *db)
{
    cf_insert_all(db, Author, ((struct Author[]){ { .id = 7, .name = "phantom" } }), 1);
    struct Author *phantom = cf_get(db, Author, 7);
    cf_rollback(db);
    struct Author *kim = cf_add(db, Author, .id = 7, .name = "kim");
    cf_flush(db);
    assert_int_equal(cf_state(db, Author, phantom), CF_ROW_UNKNOWN);
    assert_ptr_equal(cf_get(db, Author, 7), kim);
    cf_rollback(db);
    kim = cf_add(db, Author, .id = 7, .name = "kim");
    cf_commit(db);
    assert_ptr_equal(cf_find_one(db, Author), kim);
    assert_string_equal(kim->name, "kim");
}

static void a_list_that_was_loaded_is_as_before_after_a_rollback(cf_db *db)
{
    struct Author *kim = add_author(db, "kim");
    cf_add(db, Book, .title = "a", .author = kim);
    cf_commit(db);
    assert_int_equal(cf_related(db, Author.books, kim).count, 1);
    cf_insert_all(db, Book, ((struct Book[]){ { .title = "phantom", .author_id = kim->id } }), 1);
    cf_refresh(db, Author, kim, .load = { Author.books });
    assert_int_equal(kim->books.count, 2);
    cf_rollback(db);
    assert_int_equal(kim->books.count, 1);
    assert_string_equal(kim->books.items[0]->title, "a");
}

static void a_row_that_is_refreshed_forgets_what_was_put_into_its_lists(cf_db *db)
{
    struct Author *kim = add_author(db, "kim");
    struct Book *a = cf_add(db, Book, .title = "a", .author = kim), *b = cf_add(db, Book, .title = "b", .author = kim);
    struct Label *old = cf_add(db, Label, .word = "old"), *new = cf_add(db, Label, .word = "new");
    struct Chapter *one = cf_add(db, Chapter, .title = "1");
    cf_append(db, Book.labels, a, old);
    cf_append(db, Book.chapters, b, one);
    cf_commit(db);
    cf_remove(db, Book.labels, a, old);
    cf_append(db, Book.labels, a, new);
    cf_append(db, Book.chapters, a, one);
    cf_refresh(db, Book, a);
    sent();
    cf_commit(db);
    assert_string_equal(sent(), "");
    assert_ptr_equal(cf_related(db, Book.labels, a).items[0], old);
    assert_int_equal(cf_related(db, Book.labels, a).count, 1);
    assert_int_equal(cf_related(db, Book.chapters, a).count, 0);
    assert_ptr_equal(cf_related(db, Book.chapters, b).items[0], one);
}

static void rename_read_and_fail(cf_db *db, void *kim)
{
    rename_all(db, "nested");
    cf_refresh(db, Author, (struct Author *)kim);
    cf_raise(CF_CONFLICT, "no more");
}

static void a_savepoint_gives_back_what_was_read_before_it(cf_db *db)
{
    struct Author *kim = add_author(db, "kim");
    rename_all(db, "outer");
    cf_refresh(db, Author, kim);
    assert_non_null(cf_try_nested(db, rename_read_and_fail, kim));
    assert_string_equal(kim->name, "outer");
    cf_rollback(db);
    assert_string_equal(kim->name, "kim");
}

/* ---- Expiring --------------------------------------------------------------------------------------------------- */

static void an_expired_row_is_read_again_by_the_next_query_that_gives_it(cf_db *db)
{
    struct Author *kim = add_author(db, "kim"), *lee = add_author(db, "lee");
    rename_elsewhere(kim, "new");
    rename_elsewhere(lee, "other");
    cf_find(db, Author);
    assert_string_equal(kim->name, "kim");
    cf_expire(db, Author, kim);
    assert_string_equal(kim->name, "kim"); /* readable as it was */
    cf_find(db, Author);
    assert_string_equal(kim->name, "new");
    assert_string_equal(lee->name, "lee");
    rename_elsewhere(kim, "newer");
    cf_find(db, Author);
    assert_string_equal(kim->name, "new"); /* once */
}

static void an_expired_row_is_read_again_by_get(cf_db *db)
{
    struct Author *kim = add_author(db, "kim");
    rename_elsewhere(kim, "new");
    assert_ptr_equal(cf_get(db, Author, kim->id), kim);
    assert_sent("");
    cf_expire(db, Author, kim);
    assert_ptr_equal(cf_get(db, Author, kim->id), kim);
    assert_sent("SELECT id, name FROM authors WHERE id = ?\n");
    assert_string_equal(kim->name, "new");
    cf_get(db, Author, kim->id);
    assert_sent("");
}

static void expiring_loses_what_was_not_flushed(cf_db *db)
{
    struct Author *kim = add_author(db, "kim");
    struct Book *book = cf_add(db, Book, .title = "a", .author = kim);
    struct Label *label = cf_add(db, Label, .word = "w");
    cf_commit(db);
    cf_get(db, Book, book->id, .load = { Book.labels });
    kim->name = "changed";
    cf_append(db, Book.labels, book, label);
    cf_expire(db, Author, kim);
    cf_expire(db, Book, book);
    assert_string_equal(kim->name, "kim");
    assert_false(cf_is_loaded(Book.labels, book));
    assert_false(cf__session_pending(db));
    assert_int_equal(cf_related(db, Book.labels, book).count, 0);
}

static void a_change_after_expiring_is_written(cf_db *db)
{
    struct Author *kim = add_author(db, "kim");
    cf_expire(db, Author, kim);
    kim->name = "changed";
    cf_commit(db);
    assert_string_equal(cf_get(db, Author, kim->id)->name, "changed");
    assert_string_equal(cf_get(another_session(), Author, kim->id)->name, "changed");
}

static void all_rows_are_expired_but_new_ones(cf_db *db)
{
    struct Author *kim = add_author(db, "kim");
    struct Book *book = cf_add(db, Book, .title = "a", .author = kim);
    cf_commit(db);
    rename_elsewhere(kim, "new");
    struct Book *fresh = cf_add(db, Book, .title = "b", .author = kim);
    cf_expire_all(db);
    assert_false(cf_is_loaded(Book.author, book));
    assert_string_equal(cf_related(db, Book.author, book)->name, "new");
    assert_ptr_equal(fresh->author, kim);
    cf_commit(db);
    assert_int_equal(cf_count(db, Book), 2);
}

static void a_rollback_leaves_an_expired_row_expired(cf_db *db)
{
    struct Author *kim = add_author(db, "kim");
    rename_elsewhere(kim, "new");
    cf_expire(db, Author, kim);
    cf_rollback(db);
    assert_string_equal(cf_get(db, Author, kim->id)->name, "new");
}

static void expire_new(void *db)
{
    cf_expire((cf_db *)db, Author, cf_add((cf_db *)db, Author, .name = "n"));
}

static void expire_foreign(void *db)
{
    cf_expire((cf_db *)db, Author, cf_find_one((cf_db *)db, Author, .read_only = true));
}

static void only_rows_that_were_read_or_written_can_be_expired(cf_db *db)
{
    add_author(db, "kim");
    assert_string_equal(error_of(expire_foreign, db)->message,
                        "cf_expire of Author: this row is none the session has read or written");
    assert_string_equal(error_of(expire_new, db)->message,
                        "cf_expire of Author: this row is none the session has read or written");
}

/* ---- States ----------------------------------------------------------------------------------------------------- */

static void a_row_has_a_state(cf_db *db)
{
    struct Author *kim = cf_add(db, Author, .name = "kim");
    assert_int_equal(cf_state(db, Author, kim), CF_ROW_NEW);
    cf_commit(db);
    assert_int_equal(cf_state(db, Author, kim), CF_ROW_CLEAN);
    kim->name = cf_copy(db, "kim");
    assert_int_equal(cf_state(db, Author, kim), CF_ROW_CLEAN);
    kim->name = "lee";
    assert_int_equal(cf_state(db, Author, kim), CF_ROW_CHANGED);
    cf_flush(db);
    assert_int_equal(cf_state(db, Author, kim), CF_ROW_CLEAN);
    struct Book *book = cf_add(db, Book, .title = "a", .author = kim);
    cf_commit(db);
    book->editor = kim;
    assert_int_equal(cf_state(db, Book, book), CF_ROW_CHANGED);
    cf_commit(db);
    cf_delete(db, Author, kim);
    assert_int_equal(cf_state(db, Author, kim), CF_ROW_DELETED);
    cf_commit(db);
    assert_int_equal(cf_state(db, Author, kim), CF_ROW_UNKNOWN);
    struct Author mine = { .name = "x" };
    assert_int_equal(cf_state(db, Author, &mine), CF_ROW_UNKNOWN);
}

static void a_column_is_changed_where_it_differs_from_what_was_read(cf_db *db)
{
    struct Author *kim = add_author(db, "kim");
    assert_false(cf_is_changed(db, Author.name, kim));
    kim->name = "lee";
    assert_true(cf_is_changed(db, Author.name, kim));
    assert_false(cf_is_changed(db, Author.id, kim));
    assert_string_equal(cf_original(db, Author, kim)->name, "kim");
    kim->name = "kim";
    assert_false(cf_is_changed(db, Author.name, kim));
    struct Author *fresh = cf_add(db, Author, .name = "new");
    assert_true(cf_is_changed(db, Author.name, fresh));
    assert_false(cf_is_changed(db, Author.id, fresh));
    assert_null(cf_original(db, Author, fresh));
}

static void changed_of_foreign(void *db)
{
    cf_is_changed((cf_db *)db, Author.name, (&(struct Author){ .name = "x" }));
}

static void what_the_session_does_not_watch_has_no_changes(cf_db *db)
{
    assert_string_equal(error_of(changed_of_foreign, db)->message,
                        "cf_is_changed of Author: this row is none the session watches");
}

static void what_is_pending_is_listed_by_state(cf_db *db)
{
    struct Author *kim = add_author(db, "kim"), *lee = add_author(db, "lee"), *ann = add_author(db, "ann");
    assert_int_equal(cf_pending(db, Author, CF_ROW_NEW).count, 0);
    assert_int_equal(cf_pending(db, Author, CF_ROW_CLEAN).count, 3);
    struct Author *one = cf_add(db, Author, .name = "1"), *two = cf_add(db, Author, .name = "2");
    lee->name = "changed";
    cf_delete(db, Author, ann);
    struct Author_list fresh = cf_pending(db, Author, CF_ROW_NEW);
    assert_int_equal(fresh.count, 2);
    assert_ptr_equal(fresh.items[0], one);
    assert_ptr_equal(fresh.items[1], two);
    assert_null(fresh.items[2]);
    assert_int_equal(cf_pending(db, Author, CF_ROW_CHANGED).count, 1);
    assert_ptr_equal(cf_pending(db, Author, CF_ROW_CHANGED).items[0], lee);
    assert_ptr_equal(cf_pending(db, Author, CF_ROW_DELETED).items[0], ann);
    assert_ptr_equal(cf_pending(db, Author, CF_ROW_CLEAN).items[0], kim);
    assert_int_equal(cf_pending(db, Book, CF_ROW_NEW).count, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(a_row_first_read_after_a_write_is_read_again_after_a_rollback),
        SESSION_TEST(a_known_row_that_was_read_again_has_its_committed_values_after_a_rollback),
        SESSION_TEST(a_row_that_a_rollback_took_is_not_found_any_more),
        SESSION_TEST(a_new_row_under_the_key_of_one_that_a_rollback_took_is_found_by_it),
        SESSION_TEST(a_list_that_was_loaded_is_as_before_after_a_rollback),
        SESSION_TEST(a_row_that_is_refreshed_forgets_what_was_put_into_its_lists),
        SESSION_TEST(a_savepoint_gives_back_what_was_read_before_it),
        SESSION_TEST(an_expired_row_is_read_again_by_the_next_query_that_gives_it),
        SESSION_TEST(an_expired_row_is_read_again_by_get),
        SESSION_TEST(expiring_loses_what_was_not_flushed),
        SESSION_TEST(a_change_after_expiring_is_written),
        SESSION_TEST(all_rows_are_expired_but_new_ones),
        SESSION_TEST(a_rollback_leaves_an_expired_row_expired),
        SESSION_TEST(only_rows_that_were_read_or_written_can_be_expired),
        SESSION_TEST(a_row_has_a_state),
        SESSION_TEST(a_column_is_changed_where_it_differs_from_what_was_read),
        SESSION_TEST(what_the_session_does_not_watch_has_no_changes),
        SESSION_TEST(what_is_pending_is_listed_by_state),
    };
    if (!choose_server(argc, argv))
        return 77;
    world.models = world.uri ? CF_MODELS(Author, Passport, Book, Chapter, Label, Sale, Node, Seat, Ticket) : NULL;
    return cmocka_run_group_tests_name("orm/state", tests, NULL, free_thread);
}

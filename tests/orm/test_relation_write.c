/* SPDX-License-Identifier: MIT */
#include "relations.h"
#include "support.h"

#include <carafe/bulk.h>

static int64_t ask(cf_db *db, const char *sql)
{
    struct cf__rows rows = cf__link_sql(cf__session_link(db), sql, NULL, 0, NULL, NULL, false);
    return cf__rows_integer(&rows);
}

/* ---- Assigned relations ----------------------------------------------------------------------------------------- */

static void a_row_assigned_becomes_the_foreign_key(cf_db *db)
{
    struct Author *kim = cf_add(db, Author, .name = "kim"), *lee = cf_add(db, Author, .name = "lee");
    struct Book *book = cf_add(db, Book, .title = "a", .author = kim);
    cf_commit(db);
    assert_int_equal(book->author_id, kim->id);
    assert_ptr_equal(book->author, kim);
    sent();
    book->author = lee;
    assert_true(cf__session_pending(db));
    cf_commit(db);
    assert_was_sent("UPDATE books SET author_id = ? WHERE id = ?\n");
    assert_int_equal(book->author_id, lee->id);
    assert_false(cf__session_pending(db));
}

static void a_new_row_may_be_assigned_to_one_the_session_read(cf_db *db)
{
    cf_add(db, Book, .title = "a", .author = cf_add(db, Author, .name = "kim"));
    cf_commit(db);
    struct Book *book = cf_find_one(db, Book);
    book->editor = cf_add(db, Author, .name = "new");
    cf_commit(db);
    assert_int_equal(book->editor_id.value, book->editor->id);
    assert_int_equal(ask(db, "SELECT editor_id FROM books"), book->editor->id);
    book->editor = NULL;
    cf_commit(db);
    assert_false(book->editor_id.is_set);
    assert_int_equal(ask(db, "SELECT count(*) FROM books WHERE editor_id IS NULL"), 1);
}

static void rows_are_written_after_those_they_point_to(cf_db *db)
{
    struct Book *book = cf_add(db, Book, .title = "a");
    struct Node *leaf = cf_add(db, Node, .name = "leaf"), *middle = cf_add(db, Node, .name = "middle");
    leaf->parent = middle;
    middle->parent = cf_add(db, Node, .name = "root");
    book->author = cf_add(db, Author, .name = "kim");
    cf_commit(db);
    assert_int_equal(leaf->parent_id.value, middle->id);
    assert_int_equal(middle->parent_id.value, 1);
    assert_int_equal(leaf->id, 3);
}

static void long_chains_of_new_rows_cost_no_stack(cf_db *db)
{
    struct Node *node = cf_add(db, Node, .name = "0");
    for (int i = 1; i < 5000; i++) {
        struct Node *parent = cf_add(db, Node, .name = "n");
        node->parent = parent;
        node = parent;
    }
    cf_commit(db);
    assert_int_equal(node->id, 1);
    assert_int_equal(cf_count(db, Node, .where = cf_is_null(Node.parent_id)), 1);
    for
        cf_each (each, cf_find(db, Node))
            cf_delete(db, Node, each);
    cf_commit(db);
    assert_int_equal(cf_count(db, Node), 0);
}

static void a_circle_of_new_rows_is_closed_by_an_update(cf_db *db)
{
    if (world.uri)
        return;
    struct Chicken *chicken = cf_add(db, Chicken, .egg = NULL);
    struct Egg *egg = cf_add(db, Egg, .chicken = chicken);
    chicken->egg = egg;
    cf_commit(db);
    assert_int_equal(ask(db, "SELECT count(*) FROM chickens, eggs WHERE chicken_id = chickens.id AND egg_id = eggs.id"),
                     1);
    struct Node *self = cf_add(db, Node, .name = "self");
    self->parent = self;
    cf_commit(db);
    assert_int_equal(self->parent_id.value, self->id);
}

static void keys_of_two_columns_are_set_together(cf_db *db)
{
    struct Ticket *ticket = cf_add(db, Ticket, .seat = cf_add(db, Seat, .tier = "A", .number = 7));
    cf_commit(db);
    assert_string_equal(ticket->tier, "A");
    assert_int_equal(ticket->number.value, 7);
    ticket->seat = NULL;
    cf_commit(db);
    assert_null(ticket->tier);
    assert_int_equal(ask(db, "SELECT count(*) FROM tickets WHERE number IS NULL AND tier IS NULL"), 1);
}

static void a_key_changed_by_itself_unloads_the_relation(cf_db *db)
{
    struct Author *lee = cf_add(db, Author, .name = "lee");
    struct Book *book = cf_add(db, Book, .title = "a", .author = cf_add(db, Author, .name = "kim"));
    cf_commit(db);
    book->author_id = lee->id;
    cf_commit(db);
    assert_false(cf_is_loaded(Book.author, book));
    assert_ptr_equal(cf_related(db, Book.author, book), lee);
}

static void has_one_is_assigned_on_either_side(cf_db *db)
{
    struct Passport *first = cf_add(db, Passport, .number = "1");
    struct Author *kim = cf_add(db, Author, .name = "kim", .passport = first);
    cf_commit(db);
    assert_int_equal(first->author_id, kim->id);
    kim->passport = cf_add(db, Passport, .number = "2");
    cf_commit(db); /* its cascade deletes the first */
    assert_int_equal(ask(db, "SELECT count(*) FROM passports"), 1);
    assert_int_equal(ask(db, "SELECT author_id FROM passports WHERE number = '2'"), kim->id);
}

static void assign_unloaded(void *db)
{
    struct Author *kim = cf_get((cf_db *)db, Author, 1);
    kim->passport = NULL;
    cf_commit(db);
}

static void assign_stranger(void *db)
{
    static struct Author stranger;
    struct Book *book = cf_get((cf_db *)db, Book, 1);
    book->author = &stranger;
    cf_commit(db);
}

static void what_cannot_be_assigned_is_told(cf_db *db)
{
    cf_add(db, Book, .title = "a", .author = cf_add(db, Author, .name = "kim"));
    cf_commit(db);
    cf_db *other = another_session();
    assert_string_equal(error_of(assign_unloaded, other)->message,
                        "Author.passport was assigned without having been loaded, so the row it replaces is not known: "
                        "add .load = { Author.passport }");
    assert_string_equal(
        error_of(assign_stranger, db)->message,
        "Book.author: the Author is none of this session's "
        "rows: it was deleted, read with .read_only, expunged, or its cf_add was rolled back (cf_add_again)");
}

static void a_rollback_puts_relations_back(cf_db *db)
{
    struct Author *kim = cf_add(db, Author, .name = "kim"), *lee = cf_add(db, Author, .name = "lee");
    struct Book *book = cf_add(db, Book, .title = "a", .author = kim);
    cf_commit(db);
    cf_related(db, Author.books, kim);
    cf_related(db, Author.books, lee);
    book->author = lee;
    cf_flush(db);
    assert_int_equal(kim->books.count, 0);
    assert_ptr_equal(lee->books.items[0], book);
    cf_rollback(db);
    assert_ptr_equal(book->author, kim);
    assert_int_equal(book->author_id, kim->id);
    assert_int_equal(kim->books.count, 1);
    assert_int_equal(lee->books.count, 0);
    assert_null(lee->books.items[0]);
}

/* ---- Lists ------------------------------------------------------------------------------------------------------ */

static void a_row_put_into_a_list_gets_its_key(cf_db *db)
{
    struct Author *kim = cf_add(db, Author, .name = "kim");
    struct Book *first = cf_add(db, Book, .title = "a"), *second = cf_add(db, Book, .title = "b");
    cf_append(db, Author.books, kim, first);
    cf_append(db, Author.books, kim, second);
    cf_append(db, Author.books, kim, second);
    assert_int_equal(kim->books.count, 2);
    assert_ptr_equal(first->author, kim);
    cf_commit(db);
    assert_int_equal(second->author_id, kim->id);
    assert_int_equal(kim->books.count, 2);
    assert_false(cf__session_pending(db));
}

static void a_list_need_not_be_loaded_to_be_added_to(cf_db *db)
{
    cf_add(db, Book, .title = "a", .author = cf_add(db, Author, .name = "kim"));
    cf_commit(db);
    db = another_session();
    struct Author *kim = cf_get(db, Author, 1);
    sent();
    cf_append(db, Author.books, kim, cf_add(db, Book, .title = "b"));
    cf_commit(db);
    assert_null(strstr(sent(), "SELECT"));
    assert_false(cf_is_loaded(Author.books, kim));
    assert_int_equal(cf_related(db, Author.books, kim).count, 2);
}

static void rows_without_a_way_back_are_put_into_lists_too(cf_db *db)
{
    struct Book *book = cf_add(db, Book, .title = "a", .author = cf_add(db, Author, .name = "kim"));
    struct Chapter *first = cf_add(db, Chapter, .title = "1"), *second = cf_add(db, Chapter, .title = "2");
    cf_append(db, Book.chapters, book, first);
    cf_append(db, Book.chapters, book, second);
    cf_commit(db);
    assert_int_equal(second->book_id, book->id);
    cf_append(db, Book.chapters, book, cf_add(db, Chapter, .title = "3"));
    assert_int_equal(cf_count(db, Chapter, .where = cf_eq(Chapter.book_id, book->id)), 3);
}

static void a_row_taken_out_refers_to_nothing_or_is_deleted(cf_db *db)
{
    struct Node *root = cf_add(db, Node, .name = "root"), *child = cf_add(db, Node, .name = "child", .parent = root);
    struct Book *book = cf_add(db, Book, .title = "a", .author = cf_add(db, Author, .name = "kim"));
    struct Chapter *chapter = cf_add(db, Chapter, .title = "1");
    cf_append(db, Book.chapters, book, chapter);
    cf_commit(db);
    cf_related(db, Node.children, root);
    cf_remove(db, Node.children, root, child);
    assert_int_equal(root->children.count, 0);
    cf_remove(db, Book.chapters, book, chapter);
    cf_commit(db);
    assert_false(child->parent_id.is_set);
    assert_null(child->parent);
    assert_int_equal(cf_count(db, Chapter), 0);
}

static void take_out_of_books(void *db)
{
    struct Author *kim = cf_get((cf_db *)db, Author, 1);
    cf_remove((cf_db *)db, Author.books, kim, kim->books.items[0]);
}

static void a_row_taken_out_and_put_into_another_list_is_moved(cf_db *db)
{
    struct Author *kim = cf_add(db, Author, .name = "kim");
    struct Book *first = cf_add(db, Book, .title = "a", .author = kim),
                *second = cf_add(db, Book, .title = "b", .author = kim);
    struct Chapter *chapter = cf_add(db, Chapter, .title = "1");
    cf_append(db, Book.chapters, first, chapter);
    cf_commit(db);
    sent();
    cf_remove(db, Book.chapters, first, chapter);
    assert_int_equal(cf_state(db, Chapter, chapter), CF_ROW_DELETED);
    cf_append(db, Book.chapters, second, chapter);
    cf_commit(db);
    assert_sent("UPDATE chapters SET book_id = ? WHERE id = ?\n");
    assert_int_equal(chapter->book_id, second->id);
    assert_int_equal(first->chapters.count, 0);
    cf_remove(db, Book.chapters, second, chapter); /* by its key */
    chapter->book_id = first->id;
    cf_commit(db);
    assert_int_equal(ask(db, "SELECT count(*) FROM chapters"), 1);
    cf_remove(db, Book.chapters, first, chapter); /* and back */
    cf_append(db, Book.chapters, first, chapter);
    cf_rollback(db);
    cf_remove(db, Book.chapters, first, chapter);
    cf_commit(db);
    assert_int_equal(ask(db, "SELECT count(*) FROM chapters"), 0);
}

static void a_has_one_is_moved_from_owner_to_owner(cf_db *db)
{
    struct Passport *passport = cf_add(db, Passport, .number = "1"), *second = cf_add(db, Passport, .number = "2");
    struct Author *kim = cf_add(db, Author, .name = "kim", .passport = passport);
    struct Author *lee = cf_add(db, Author, .name = "lee", .passport = second);
    cf_commit(db);
    kim->passport = second; /* exchanged */
    lee->passport = passport;
    cf_commit(db);
    assert_int_equal(passport->author_id, lee->id);
    assert_int_equal(ask(db, "SELECT count(*) FROM passports"), 2);
    lee->passport = NULL; /* by its pointer */
    cf_flush(db);
    assert_int_equal(ask(db, "SELECT count(*) FROM passports"), 1);
    cf_rollback(db);
    lee->passport = NULL;
    struct Author *new = cf_add(db, Author, .name = "new", .passport = passport);
    cf_commit(db);
    assert_int_equal(passport->author_id, new->id);
    assert_int_equal(ask(db, "SELECT count(*) FROM passports"), 2);
}

static void a_has_one_follows_keys_and_rows_set_on_the_other_side(cf_db *db)
{
    struct Author *kim = cf_add(db, Author, .name = "kim"), *lee = cf_add(db, Author, .name = "lee");
    struct Passport *passport = cf_add(db, Passport, .number = "1", .author = kim);
    cf_commit(db);
    cf_find(db, Author, .load = { Author.passport });
    passport->author_id = lee->id;
    cf_flush(db);
    assert_null(kim->passport);
    assert_ptr_equal(lee->passport, passport);
    cf_rollback(db);
    assert_ptr_equal(kim->passport, passport);
    assert_null(lee->passport);
    passport->author = lee;
    cf_commit(db);
    assert_null(kim->passport);
    assert_ptr_equal(lee->passport, passport);
    struct Passport *new = cf_add(db, Passport, .number = "2", .author = kim);
    cf_flush(db);
    assert_ptr_equal(kim->passport, new);
    cf_rollback(db);
    assert_null(kim->passport);
    cf_update_all(db, Passport, .set = { cf_set(Passport.author_id, kim->id) }, .all = true);
    assert_ptr_equal(kim->passport, passport);
    assert_null(lee->passport);
    cf_commit(db);
    assert_int_equal(ask(db, "SELECT count(*) FROM passports"), 1);
}

static void a_has_one_follows_keys_that_are_exchanged(cf_db *db)
{
    struct Passport *first = cf_add(db, Passport, .number = "1"), *second = cf_add(db, Passport, .number = "2");
    struct Author *kim = cf_add(db, Author, .name = "kim", .passport = first);
    struct Author *lee = cf_add(db, Author, .name = "lee", .passport = second);
    cf_commit(db);
    first->author_id = lee->id;
    second->author_id = kim->id;
    cf_commit(db);
    assert_ptr_equal(kim->passport, second);
    assert_ptr_equal(lee->passport, first);
    assert_int_equal(ask(db, "SELECT count(*) FROM passports"), 2);
}

static void a_row_that_must_refer_to_something_cannot_be_taken_out(cf_db *db)
{
    cf_add(db, Book, .title = "a", .author = cf_add(db, Author, .name = "kim"));
    cf_commit(db);
    cf_get(db, Author, 1, .load = { Author.books });
    assert_string_equal(
        error_of(take_out_of_books, db)->message,
        "Author.books: the row taken out would refer to nothing, but Book.author_id is NOT NULL: delete "
        "the row, give the relation cascade = \"delete-orphan\", or make the column Nullable");
}

/* ---- Many to many ----------------------------------------------------------------------------------------------- */

static void pairs_are_inserted_and_deleted(cf_db *db)
{
    struct Author *kim = cf_add(db, Author, .name = "kim");
    struct Book *book = cf_add(db, Book, .title = "a", .author = kim);
    struct Label *old = cf_add(db, Label, .word = "old"), *new = cf_add(db, Label, .word = "new");
    cf_append(db, Book.labels, book, old);
    cf_append(db, Label.books, new, book);
    cf_append(db, Book.buyers, book, kim);
    cf_commit(db);
    assert_int_equal(ask(db, "SELECT count(*) FROM book_labels"), 2);
    assert_int_equal(ask(db, "SELECT price FROM sales"), 10);
    assert_int_equal(book->labels.count, 2);
    sent();
    cf_remove(db, Book.labels, book, old);
    assert_int_equal(book->labels.count, 1);
    assert_int_equal(new->books.count, 1);
    cf_commit(db);
    assert_was_sent("DELETE FROM book_labels WHERE book_id = ? AND label_id = ?\n");
    assert_int_equal(ask(db, "SELECT label_id FROM book_labels"), new->id);
    assert_int_equal(book->labels.count, 1);
}

static void a_pair_put_in_and_taken_out_again_is_not_written(cf_db *db)
{
    struct Book *book = cf_add(db, Book, .title = "a", .author = cf_add(db, Author, .name = "kim"));
    struct Label *label = cf_add(db, Label, .word = "old");
    cf_commit(db);
    sent();
    cf_append(db, Book.labels, book, label);
    cf_remove(db, Label.books, label, book);
    cf_commit(db);
    assert_sent("");
}

static void a_rollback_takes_pairs_back(cf_db *db)
{
    struct Book *book = cf_add(db, Book, .title = "a", .author = cf_add(db, Author, .name = "kim"));
    struct Label *label = cf_add(db, Label, .word = "old"), *more = cf_add(db, Label, .word = "more");
    cf_append(db, Book.labels, book, label);
    cf_commit(db);
    cf_append(db, Book.labels, book, more);
    cf_flush(db);
    assert_int_equal(book->labels.count, 2);
    cf_rollback(db);
    assert_int_equal(book->labels.count, 1);
    assert_null(book->labels.items[1]);
    cf_append(db, Book.labels, book, more);
    cf_rollback(db);
    assert_int_equal(book->labels.count, 1);
    cf_commit(db);
    assert_int_equal(ask(db, "SELECT count(*) FROM book_labels"), 1);
}

/* ---- Deletes ---------------------------------------------------------------------------------------------------- */

static void what_the_database_deletes_too_is_forgotten(cf_db *db)
{
    struct Author *kim = cf_add(db, Author, .name = "kim"), *lee = cf_add(db, Author, .name = "lee");
    struct Book *own = cf_add(db, Book, .title = "a", .author = kim);
    struct Book *edited = cf_add(db, Book, .title = "b", .author = lee, .editor = kim);
    struct Chapter *chapter = cf_add(db, Chapter, .title = "1");
    cf_append(db, Book.chapters, own, chapter);
    cf_commit(db);
    cf_delete(db, Author, kim);
    cf_delete(db, Book, own);
    cf_flush(db);
    own->title = "written no more";
    chapter->title = "neither";
    assert_null(edited->editor);
    assert_false(edited->editor_id.is_set);
    cf_commit(db);
    assert_null(cf_get(db, Chapter, chapter->id));
    assert_int_equal(cf_count(db, Book), 1);
}

static void a_rollback_brings_back_what_was_forgotten(cf_db *db)
{
    struct Author *kim = cf_add(db, Author, .name = "kim");
    struct Book *book = cf_add(db, Book, .title = "a", .author = kim);
    cf_commit(db);
    cf_delete(db, Author, kim);
    cf_flush(db);
    cf_rollback(db);
    book->title = "b";
    cf_commit(db);
    assert_int_equal(ask(db, "SELECT count(*) FROM books WHERE title = 'b'"), 1);
}

static void rows_of_one_table_are_deleted_from_the_leaves(cf_db *db)
{
    struct Node *root = cf_add(db, Node, .name = "root");
    struct Node *left = cf_add(db, Node, .name = "left"), *right = cf_add(db, Node, .name = "right");
    left->parent = root;
    right->parent = left;
    cf_commit(db);
    root->parent = right; /* a circle */
    cf_commit(db);
    sent();
    cf_delete(db, Node, root);
    cf_delete(db, Node, left);
    cf_delete(db, Node, right);
    cf_commit(db);
    assert_int_equal(cf_count(db, Node), 0);
}

/* ---- Violations ------------------------------------------------------------------------------------------------- */

static void a_foreign_key_is_told_by_its_relation(cf_db *db)
{
    cf_add(db, Book, .title = "a", .author_id = 77);
    const cf_error *error = cf_try_commit(db);
    assert_int_equal(error->code, CF_FOREIGN_KEY);
    assert_string_equal(error->constraint, "fk_books_author_id_authors");
    assert_string_equal(error->column, "books.author_id");
    assert_true(cf_violates(error, Book.author));
    assert_true(cf_violates(error, Book.author_id));
    assert_true(cf_violates(error, Author.books));
    assert_false(cf_violates(error, Book.editor));
    assert_false(cf_violates(error, Book.labels));
    cf_add(db, Ticket, .tier = "A", .number = cf_optional(7));
    error = cf_try_commit(db);
    assert_int_equal(error->code, CF_FOREIGN_KEY);
    assert_true(cf_violates(error, Ticket.seat));
    assert_true(cf_violates(error, Seat.tickets));
    assert_string_equal(error->column, "tickets.tier");
}

static void the_one_of_several_rows_and_keys_that_refers_to_nothing_is_found(cf_db *db)
{
    struct Author *author = cf_add(db, Author, .name = "kim");
    cf_flush(db);
    int64_t known = author->id;
    cf_commit(db);
    for (int i = 0; i < 3; i++)
        cf_add(db, Book, .title = "a", .author_id = known,
               .editor_id = i == 1 ? cf_optional(known + 50) : cf_null_integer);
    const cf_error *error = cf_try_commit(db);
    assert_string_equal(error->constraint, "fk_books_editor_id_authors");
    assert_true(cf_violates(error, Book.editor));
    assert_int_equal(cf_count(db, Book), 0);
    struct Book *book = cf_add(db, Book, .title = "a", .author_id = known);
    cf_commit(db);
    book->author_id = known + 50; /* an update */
    error = cf_try_commit(db);
    assert_true(cf_violates(error, Book.author));
    assert_int_equal(book->author_id, known);
    cf_add(db, Node, .id = 1, .name = "a",
           .parent_id = cf_optional(2)); /* refers to the row beside it, which is there then */
    cf_add(db, Node, .id = 2, .name = "b", .parent_id = cf_optional(3));
    error = cf_try_commit(db);
    assert_true(cf_violates(error, Node.parent));
}

static void assert_missing(const cf_error *error, const char *column)
{
    assert_non_null(error);
    assert_int_equal(error->code, CF_NOT_NULL);
    assert_string_equal(error->column, column);
    assert_true(cf_violates(error, Book.title) == (strcmp(column, "books.title") == 0));
    assert_true(cf_violates(error, Book.author) == (strcmp(column, "books.author_id") == 0));
    assert_true(cf_violates(error, Book.author_id) == (strcmp(column, "books.author_id") == 0));
    assert_false(cf_violates(error, Chapter.title));
}

static void forget_titles(void *db)
{
    cf_update_all((cf_db *)db, Book, .set = { cf_set_null(Book.title) }, .all = true);
}

static void insert_by_sql(void *db)
{
    cf_sql_execute((cf_db *)db, "INSERT INTO books (title) VALUES ('a')");
}

static void clear_by_sql(void *db)
{
    cf_sql_execute((cf_db *)db, "UPDATE books SET title = NULL");
}

static void a_missing_value_is_one_error_however_it_is_missing(cf_db *db)
{
    struct Author *kim = cf_add(db, Author, .name = "kim");
    struct Book *book = cf_add(db, Book, .title = "a", .author = kim);
    cf_commit(db);
    cf_add(db, Book, .author = kim);
    assert_missing(cf_try_commit(db), "books.title");
    cf_add(db, Book, .author = kim, .title = NULL);
    assert_missing(cf_try_commit(db), "books.title");
    cf_add(db, Book, .title = "b");
    assert_missing(cf_try_commit(db), "books.author_id");
    book->title = NULL;
    assert_missing(cf_try_commit(db), "books.title");
    assert_missing(error_of(forget_titles, db), "books.title");
    assert_missing(error_of(insert_by_sql, db), "books.author_id");
    cf_rollback(db);
    assert_missing(error_of(clear_by_sql, db), "books.title");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(a_row_assigned_becomes_the_foreign_key),
        SESSION_TEST(a_new_row_may_be_assigned_to_one_the_session_read),
        SESSION_TEST(rows_are_written_after_those_they_point_to),
        SESSION_TEST(long_chains_of_new_rows_cost_no_stack),
        SESSION_TEST(a_circle_of_new_rows_is_closed_by_an_update),
        SESSION_TEST(keys_of_two_columns_are_set_together),
        SESSION_TEST(a_key_changed_by_itself_unloads_the_relation),
        SESSION_TEST(has_one_is_assigned_on_either_side),
        SESSION_TEST(what_cannot_be_assigned_is_told),
        SESSION_TEST(a_rollback_puts_relations_back),
        SESSION_TEST(a_row_put_into_a_list_gets_its_key),
        SESSION_TEST(a_list_need_not_be_loaded_to_be_added_to),
        SESSION_TEST(rows_without_a_way_back_are_put_into_lists_too),
        SESSION_TEST(a_row_taken_out_refers_to_nothing_or_is_deleted),
        SESSION_TEST(a_row_taken_out_and_put_into_another_list_is_moved),
        SESSION_TEST(a_has_one_is_moved_from_owner_to_owner),
        SESSION_TEST(a_has_one_follows_keys_and_rows_set_on_the_other_side),
        SESSION_TEST(a_has_one_follows_keys_that_are_exchanged),
        SESSION_TEST(a_row_that_must_refer_to_something_cannot_be_taken_out),
        SESSION_TEST(pairs_are_inserted_and_deleted),
        SESSION_TEST(a_pair_put_in_and_taken_out_again_is_not_written),
        SESSION_TEST(a_rollback_takes_pairs_back),
        SESSION_TEST(what_the_database_deletes_too_is_forgotten),
        SESSION_TEST(a_rollback_brings_back_what_was_forgotten),
        SESSION_TEST(rows_of_one_table_are_deleted_from_the_leaves),
        SESSION_TEST(a_foreign_key_is_told_by_its_relation),
        SESSION_TEST(the_one_of_several_rows_and_keys_that_refers_to_nothing_is_found),
        SESSION_TEST(a_missing_value_is_one_error_however_it_is_missing),
    };
    if (!choose_server(argc, argv))
        return 77;
    world.models = world.uri ? CF_MODELS(Author, Passport, Book, Chapter, Label, Sale, Node, Seat, Ticket)
                             : NULL; /* tables that refer to each other cannot be made one after the other */
    return cmocka_run_group_tests_name("orm/relation_write", tests, NULL, free_thread);
}

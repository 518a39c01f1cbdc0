/* SPDX-License-Identifier: MIT */
#include "relations.h"
#include "support.h"

/* Two authors with two books and one, written by another session; the log is empty afterwards. */
static void fill(void)
{
    cf_db *db = another_session();
    struct Author *kim = cf_add(db, Author, .name = "kim"), *lee = cf_add(db, Author, .name = "lee");
    struct Author *ann = cf_add(db, Author, .name = "ann");
    struct Book *a = cf_add(db, Book, .title = "a", .author = kim);
    cf_add(db, Book, .title = "b", .author = kim, .editor = lee);
    struct Book *c = cf_add(db, Book, .title = "c", .author = lee, .editor = kim);
    struct Label *old = cf_add(db, Label, .word = "old"), *new = cf_add(db, Label, .word = "new");
    cf_add(db, Label, .word = "odd");
    cf_add(db, Passport, .number = "K1", .author = kim);
    cf_append(db, Book.labels, a, new);
    cf_append(db, Book.labels, a, old);
    cf_append(db, Book.labels, c, new);
    cf_append(db, Book.buyers, a, lee);
    cf_append(db, Book.buyers, a, ann);
    struct Node *root = cf_add(db, Node, .name = "root"), *left = cf_add(db, Node, .name = "left", .parent = root);
    cf_add(db, Node, .name = "right", .parent = root);
    cf_add(db, Node, .name = "leaf", .parent = left);
    cf_add(db, Seat, .tier = "A", .number = 1);
    struct Seat *second = cf_add(db, Seat, .tier = "A", .number = 2);
    struct Seat *third = cf_add(db, Seat, .tier = "B", .number = 1);
    cf_add(db, Ticket, .seat = second);
    cf_add(db, Ticket, .seat = third);
    cf_add(db, Ticket, .seat = second);
    cf_add(db, Ticket, .tier = "A");
    cf_commit(db);
    sent();
}

/* ---- One level -------------------------------------------------------------------------------------------------- */

static void loads_has_many_with_one_query_more(cf_db *db)
{
    fill();
    struct Author_list authors = cf_find(db, Author, .order_by = { cf_asc(Author.id) }, .load = { Author.books });
    assert_sent("SELECT id, name FROM authors ORDER BY id\n"
                "SELECT id, title, author_id, editor_id FROM books WHERE author_id IN (?, ?, ?, ?) "
                "ORDER BY id\n");
    assert_int_equal(authors.items[0]->books.count, 2);
    assert_string_equal(authors.items[0]->books.items[1]->title, "b");
    assert_null(authors.items[0]->books.items[2]);
    assert_int_equal(authors.items[1]->books.count, 1);
    assert_int_equal(authors.items[2]->books.count, 0);
    size_t walked = 0;
    for
        cf_each (author, authors)
        for
            cf_each (book, author->books)
                walked += book->author == author;
    assert_int_equal(walked, 3);
    assert_sent("");
}

static void loads_belongs_to_with_one_query_for_distinct_keys(cf_db *db)
{
    fill();
    struct Book_list books = cf_find(db, Book, .order_by = { cf_asc(Book.id) }, .load = { Book.author, Book.editor });
    assert_sent("SELECT id, title, author_id, editor_id FROM books ORDER BY id\n"
                "SELECT id, name FROM authors WHERE id IN (?, ?)\n");
    assert_string_equal(books.items[0]->author->name, "kim");
    assert_ptr_equal(books.items[0]->author, books.items[1]->author);
    assert_null(books.items[0]->editor);
    assert_ptr_equal(books.items[2]->editor, books.items[0]->author);
    assert_ptr_equal(books.items[1]->editor, books.items[2]->author);
}

static void loads_has_one_as_a_row_or_null(cf_db *db)
{
    fill();
    struct Author_list authors = cf_find(db, Author, .order_by = { cf_asc(Author.id) }, .load = { Author.passport });
    assert_string_equal(authors.items[0]->passport->number, "K1");
    assert_ptr_equal(authors.items[0]->passport->author, authors.items[0]);
    assert_null(authors.items[1]->passport);
}

static void loads_many_to_many_through_a_made_table(cf_db *db)
{
    fill();
    struct Book_list books = cf_find(db, Book, .order_by = { cf_asc(Book.id) }, .load = { Book.labels });
    assert_sent("SELECT id, title, author_id, editor_id FROM books ORDER BY id\n"
                "SELECT book_id, label_id FROM book_labels WHERE book_id IN (?, ?, ?, ?) ORDER BY "
                "label_id\n"
                "SELECT id, word FROM labels WHERE id IN (?, ?)\n");
    assert_int_equal(books.items[0]->labels.count, 2);
    assert_string_equal(books.items[0]->labels.items[0]->word, "old");
    assert_ptr_equal(books.items[0]->labels.items[1], books.items[2]->labels.items[0]);
    assert_int_equal(books.items[1]->labels.count, 0);
}

static void loads_many_to_many_through_a_model(cf_db *db)
{
    fill();
    struct Book *book = cf_get(db, Book, 1, .load = { Book.buyers });
    assert_int_equal(book->buyers.count, 2);
    assert_string_equal(book->buyers.items[0]->name, "lee");
    assert_string_equal(book->buyers.items[1]->name, "ann");
}

static void loads_a_table_that_refers_to_itself_in_both_directions(cf_db *db)
{
    fill();
    struct Node_list nodes = cf_find(db, Node, .order_by = { cf_asc(Node.id) }, .load = { Node.parent, Node.children });
    assert_null(nodes.items[0]->parent);
    assert_ptr_equal(nodes.items[3]->parent, nodes.items[1]);
    assert_int_equal(nodes.items[0]->children.count, 2);
    assert_ptr_equal(nodes.items[0]->children.items[1], nodes.items[2]);
    assert_int_equal(nodes.items[3]->children.count, 0);
}

static void loads_keys_of_two_columns(cf_db *db)
{
    fill();
    struct Seat_list seats =
        cf_find(db, Seat, .order_by = { cf_asc(Seat.tier), cf_asc(Seat.number) }, .load = { Seat.tickets });
    assert_sent("SELECT tier, number FROM seats ORDER BY tier, number\n"
                "SELECT id, tier, number FROM tickets WHERE tier = ? AND number = ? OR tier = ? AND "
                "number = ? OR tier = ? AND number = ? OR tier = ? AND number = ? ORDER BY id\n");
    assert_int_equal(seats.items[0]->tickets.count, 0);
    assert_int_equal(seats.items[1]->tickets.count, 2);
    assert_int_equal(seats.items[2]->tickets.count, 1);
    struct Ticket_list tickets = cf_find(db, Ticket, .order_by = { cf_asc(Ticket.id) }, .load = { Ticket.seat });
    assert_ptr_equal(tickets.items[1]->seat, seats.items[2]);
    assert_null(tickets.items[3]->seat);
}

/* ---- Depth, sharing, batches ------------------------------------------------------------------------------------ */

static void loads_a_path_with_a_query_a_level(cf_db *db)
{
    fill();
    struct Author *kim = cf_find_one(db, Author, .where = cf_eq(Author.name, "kim"),
                                     .load = { Author.books, cf_chain(Author.books, Book.labels),
                                               cf_chain(Author.books, Book.chapters) });
    assert_sent("SELECT id, name FROM authors WHERE name = ? LIMIT ?\n"
                "SELECT id, title, author_id, editor_id FROM books WHERE author_id IN (?) ORDER BY id\n"
                "SELECT book_id, label_id FROM book_labels WHERE book_id IN (?, ?) ORDER BY label_id\n"
                "SELECT id, word FROM labels WHERE id IN (?, ?)\n"
                "SELECT id, title, book_id FROM chapters WHERE book_id IN (?, ?) ORDER BY id\n");
    assert_string_equal(kim->books.items[0]->labels.items[1]->word, "new");
    assert_int_equal(kim->books.items[1]->chapters.count, 0);
}

static void paths_go_as_deep_as_they_are_written(cf_db *db)
{
    fill();
    struct Node *root = cf_get(db, Node, 1, .load = { cf_chain(Node.children, Node.children, Node.children) });
    struct Node *leaf = root->children.items[0]->children.items[0];
    assert_string_equal(leaf->name, "leaf");
    assert_int_equal(leaf->children.count, 0);
    assert_true(cf_is_loaded(Node.children, root->children.items[1]));
    assert_false(cf_is_loaded(Node.parent, root));
}

static void rows_the_session_has_are_shared_and_asked_for_no_more(cf_db *db)
{
    fill();
    struct Author *kim = cf_get(db, Author, 1), *lee = cf_get(db, Author, 2);
    sent();
    struct Book_list books = cf_find(db, Book, .order_by = { cf_asc(Book.id) }, .load = { Book.author });
    assert_sent("SELECT id, title, author_id, editor_id FROM books ORDER BY id\n");
    assert_ptr_equal(books.items[0]->author, kim);
    assert_ptr_equal(books.items[2]->author, lee);
    kim->name = "Kim";
    cf_get(db, Author, 1, .load = { Author.books });
    assert_string_equal(kim->books.items[0]->author->name, "Kim");
}

static void many_keys_are_asked_for_in_batches(cf_db *db)
{
    cf_sql_execute(db, "INSERT INTO authors (id, name) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                       "WHERE i < 900) SELECT i, 'x' FROM n");
    cf_sql_execute(db, "INSERT INTO books (title, author_id) SELECT 't', id FROM authors");
    cf_commit(db);
    sent();
    struct Author_list authors = cf_find(db, Author, .load = { Author.books });
    const char *log = sent();
    size_t lines = 0;
    for (const char *at = log; (at = strchr(at, '\n')); at++)
        lines++;
    assert_int_equal(lines, 3);
    for
        cf_each (author, authors)
            assert_int_equal(author->books.count, 1);
}

static void no_rows_need_no_query(cf_db *db)
{
    struct Author_list authors = cf_find(db, Author, .load = { Author.books, cf_chain(Author.books, Book.labels) });
    assert_int_equal(authors.count, 0);
    assert_sent("SELECT id, name FROM authors\n");
}

static void what_is_loaded_is_no_change(cf_db *db)
{
    fill();
    struct Book *book = cf_get(db, Book, 1, .load = { Book.author, Book.labels, Book.editor });
    assert_false(cf__session_pending(db));
    cf_related(db, Author.books, book->author);
    sent();
    cf_commit(db);
    assert_sent("");
}

static void read_only_rows_have_relations_too(cf_db *db)
{
    fill();
    struct Author *kim = cf_get(db, Author, 1);
    struct Book *book =
        cf_find_one(db, Book, .order_by = { cf_asc(Book.id) }, .load = { Book.author }, .read_only = true);
    assert_string_equal(book->author->name, "kim");
    assert_ptr_not_equal(book->author, kim);
}

static void pending_changes_are_written_before_relations_are_read(cf_db *db)
{
    fill();
    struct Author *kim = cf_get(db, Author, 1);
    cf_add(db, Book, .title = "fresh", .author_id = 1);
    cf_get(db, Author, 1, .load = { Author.books });
    assert_int_equal(kim->books.count, 3);
}

static void load_of_another_model(void *db)
{
    cf_find((cf_db *)db, Author, .load = { Book.labels });
}

static void a_relation_of_another_model_is_refused(cf_db *db)
{
    fill();
    assert_string_equal(error_of(load_of_another_model, db)->message, ".load: Book.labels is no relation of Author");
}

/* ---- On demand -------------------------------------------------------------------------------------------------- */

static void loads_on_demand_once(cf_db *db)
{
    fill();
    struct Book *book = cf_get(db, Book, 3);
    struct Author *author = cf_related(db, Book.author, book);
    assert_string_equal(author->name, "lee");
    assert_ptr_equal(book->author, author);
    sent();
    assert_ptr_equal(cf_related(db, Book.author, book), author);
    size_t count = 0;
    for
        cf_each (label, cf_related(db, Book.labels, book))
            count += label->id == 2;
    assert_int_equal(count, 1);
    assert_int_equal(cf_related(db, Book.labels, book).count, 1);
}

/* All that the log holds. */
static const char *logged(void)
{
    static char text[8192];
    ssize_t size = pread(world.log, text, sizeof text - 1, 0);
    text[size > 0 ? size : 0] = '\0';
    return text;
}

static void loading_one_row_at_a_time_is_told_where_it_is_watched(cf_db *db)
{
    fill();
    cf__session_watch(db, "list_nodes");
    struct Node_list nodes = cf_find(db, Node, .order_by = { cf_asc(Node.id) });
    for (size_t i = 0; i < 3; i++)
        cf_related(db, Node.children, nodes.items[i]);
    assert_null(strstr(logged(), "N+1"));
    cf_related(db, Node.children, nodes.items[3]);
    assert_non_null(strstr(logged(),
                           "handler list_nodes loads Node.children one row at a time (N+1 queries): add .load "
                           "= { Node.children }"));
}

/* ---- What was not loaded ---------------------------------------------------------------------------------------- */

static void touch_author(void *book)
{
    fputs(((struct Book *)book)->author->name, stderr);
}

static void touch_labels(void *book)
{
    for
        cf_each (label, ((struct Book *)book)->labels)
            fputs(label->word, stderr);
}

static void what_was_not_loaded_says_so_when_it_is_touched(cf_db *db)
{
    fill();
    struct Book *book = cf_get(db, Book, 1);
    assert_false(cf_is_loaded(Book.author, book));
    assert_non_null(book->author);
    assert_string_equal(error_of(touch_author, book)->message,
                        "books.author was not loaded: add .load = { Book.author }");
    const cf_error *error = error_of(touch_labels, book);
    assert_int_equal(error->code, CF_INTERNAL);
    assert_string_equal(error->message, "books.labels was not loaded: add .load = { Book.labels }");
    cf_get(db, Book, 1, .load = { Book.author, Book.labels });
    touch_labels(book);
    assert_string_equal(book->author->name, "kim");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(loads_has_many_with_one_query_more),
        SESSION_TEST(loads_belongs_to_with_one_query_for_distinct_keys),
        SESSION_TEST(loads_has_one_as_a_row_or_null),
        SESSION_TEST(loads_many_to_many_through_a_made_table),
        SESSION_TEST(loads_many_to_many_through_a_model),
        SESSION_TEST(loads_a_table_that_refers_to_itself_in_both_directions),
        SESSION_TEST(loads_keys_of_two_columns),
        SESSION_TEST(loads_a_path_with_a_query_a_level),
        SESSION_TEST(paths_go_as_deep_as_they_are_written),
        SESSION_TEST(rows_the_session_has_are_shared_and_asked_for_no_more),
        SESSION_TEST(many_keys_are_asked_for_in_batches),
        SESSION_TEST(no_rows_need_no_query),
        SESSION_TEST(what_is_loaded_is_no_change),
        SESSION_TEST(read_only_rows_have_relations_too),
        SESSION_TEST(pending_changes_are_written_before_relations_are_read),
        SESSION_TEST(a_relation_of_another_model_is_refused),
        SESSION_TEST(loads_on_demand_once),
        SESSION_TEST(loading_one_row_at_a_time_is_told_where_it_is_watched),
        SESSION_TEST(what_was_not_loaded_says_so_when_it_is_touched),
    };
    if (!choose_server(argc, argv))
        return 77;
    world.models = world.uri ? CF_MODELS(Author, Passport, Book, Chapter, Label, Sale, Node, Seat, Ticket)
                             : NULL; /* tables that refer to each other cannot be made one after the other */
    return cmocka_run_group_tests_name("orm/relation_load", tests, NULL, free_thread);
}

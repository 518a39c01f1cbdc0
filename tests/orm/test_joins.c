/* SPDX-License-Identifier: MIT
 *
 * Joins without a condition, which foreign keys give.
 */
#include "relations.h"
#include "support.h"

#include "sql.h"

/* clang-format off */
SHAPE(Pair, (own, Text), (other, Nullable(Text)));
/* clang-format on */

static void fill(cf_db *db)
{
    struct Author *kim = cf_add(db, Author, .name = "kim"), *lee = cf_add(db, Author, .name = "lee");
    cf_add(db, Author, .name = "ann");
    struct Book *a = cf_add(db, Book, .title = "a", .author = kim);
    cf_add(db, Book, .title = "b", .author = lee, .editor = kim);
    cf_add(db, Chapter, .title = "a1", .book_id = (cf_flush(db), a->id));
    cf_add(db, Chapter, .title = "a2", .book_id = a->id);
    cf_add(db, Passport, .number = "K1", .author = kim);
    struct Node *root = cf_add(db, Node, .name = "root");
    cf_add(db, Node, .name = "leaf", .parent = root);
    struct Seat *first = cf_add(db, Seat, .tier = "A", .number = 1);
    cf_add(db, Seat, .tier = "A", .number = 2);
    cf_add(db, Ticket, .seat = first);
    cf_add(db, Ticket, .tier = "B");
    cf_commit(db);
    sent();
}

/* "a:a1 a:a2", a dash for NULL. */
static const char *pairs(struct Pair_list list)
{
    const char *text = "";
    for
        cf_each (row, list)
            text = cf_format(&cf__current()->head, "%s%s%s:%s", text, *text ? " " : "", row->own,
                             row->other ? row->other : "-");
    return text;
}

/* ---- What foreign keys say -------------------------------------------------------------------------------------- */

#define CHAPTERS(join_)                                                                                              \
    .from = Book, .join = { join_ }, .columns = { .own = cf_column(Book.title), .other = cf_column(Chapter.title) }, \
    .order_by = { cf_asc(Book.id), cf_asc(Chapter.id) }
#define TITLES "SELECT books.title AS own, chapters.title AS other FROM books "

static void a_join_without_a_condition_follows_the_foreign_key(cf_db *db)
{
    fill(db);
    assert_sql(cf_subselect(Pair, CHAPTERS(cf_join(Chapter))),
               TITLES "JOIN chapters ON chapters.book_id = books.id ORDER BY books.id, chapters.id", NULL, NULL);
    assert_sql(cf_subselect(Pair, CHAPTERS(cf_left_join(Chapter))),
               TITLES "LEFT JOIN chapters ON chapters.book_id = books.id ORDER BY books.id, chapters.id NULLS LAST",
               NULL,
               TITLES "LEFT JOIN chapters ON chapters.book_id = books.id ORDER BY books.id, chapters.id IS NULL, "
                      "chapters.id");
    assert_string_equal(pairs(cf_select(db, Pair, CHAPTERS(cf_join(Chapter)))), "a:a1 a:a2");
    assert_string_equal(pairs(cf_select(db, Pair, CHAPTERS(cf_left_join(Chapter)))), "a:a1 a:a2 b:-");
}

static void the_foreign_key_may_be_of_either_side(cf_db *db)
{
    fill(db);
    assert_sql(cf_subselect(Pair, .from = Chapter, .join = { cf_join(Book) },
                            .columns = { .own = cf_column(Chapter.title), .other = cf_column(Book.title) }),
               "SELECT chapters.title AS own, books.title AS other FROM chapters JOIN books ON books.id = "
               "chapters.book_id",
               NULL, NULL);
    struct Chapter_list chapters = cf_find(db, Chapter, .join = { cf_join(Book) }, .where = cf_eq(Book.title, "a"),
                                           .order_by = { cf_asc(Chapter.id) });
    assert_sent("SELECT chapters.id, chapters.title, chapters.book_id FROM chapters JOIN books ON books.id = "
                "chapters.book_id WHERE books.title = ? ORDER BY chapters.id\n");
    assert_int_equal(chapters.count, 2);
}

static void a_table_is_joined_to_any_of_those_before_it(cf_db *db)
{
    fill(db);
    cf_subquery *query =
        cf_subselect(Pair, .from = Passport,
                     .join = { cf_join(Author), cf_join(Book, .on = cf_eq(Book.author_id, Author.id)),
                               cf_left_join(Chapter) },
                     .columns = { .own = cf_column(Passport.number), .other = cf_column(Chapter.title) },
                     .order_by = { cf_asc(Chapter.id) });
    assert_string_equal(
        sql_in(&postgres_dialect, query),
        "SELECT passports.number AS own, chapters.title AS other FROM passports JOIN authors ON "
        "authors.id = passports.author_id JOIN books ON books.author_id = authors.id LEFT JOIN chapters "
        "ON chapters.book_id = books.id ORDER BY chapters.id NULLS LAST");
    struct Pair_columns rows = cf_as(Pair, query);
    assert_string_equal(pairs(cf_select(db, Pair, .from = rows, .order_by = { cf_asc(rows.other) })), "K1:a1 K1:a2");
}

static void a_foreign_key_of_several_columns_is_a_condition_of_as_many(cf_db *db)
{
    fill(db);
    assert_sql(
        cf_subselect(Pair, .from = Seat, .join = { cf_join(Ticket) },
                     .columns = { .own = cf_column(Seat.tier), .other = cf_column(Ticket.tier) }),
        "SELECT seats.tier AS own, tickets.tier AS other FROM seats JOIN tickets ON tickets.tier = seats.tier AND "
        "tickets.number = seats.number",
        NULL, NULL);
    struct Seat_list taken = cf_find(db, Seat, .join = { cf_join(Ticket) });
    assert_int_equal(taken.count, 1);
    assert_int_equal(cf_count(db, Ticket, .join = { cf_join(Seat) }), 1);
}

static void an_alias_stands_for_its_table(cf_db *db)
{
    fill(db);
    struct Chapter_columns part = cf_alias(Chapter, "part");
    assert_sql(
        cf_subselect(Pair, .from = Book, .join = { cf_join(part) },
                     .columns = { .own = cf_column(Book.title), .other = cf_column(part.title) }),
        "SELECT books.title AS own, part.title AS other FROM books JOIN chapters AS part ON part.book_id = books.id",
        NULL, NULL);
    struct Book_columns book = cf_alias(Book, "book");
    assert_string_equal(pairs(cf_select(db, Pair, .from = book, .join = { cf_join(part) },
                                        .columns = { .own = cf_column(book.title), .other = cf_column(part.title) },
                                        .order_by = { cf_asc(part.id) })),
                        "a:a1 a:a2");
}

static void a_full_join_is_inferred_as_well(cf_db *db)
{
    fill(db);
    assert_string_equal(sql_in(&postgres_dialect, cf_subselect(Pair, CHAPTERS(cf_full_join(Chapter)))),
                        TITLES "FULL JOIN chapters ON chapters.book_id = books.id ORDER BY books.id NULLS LAST, "
                               "chapters.id NULLS LAST");
}

/* ---- What they do not ------------------------------------------------------------------------------------------- */

static cf_db *asked;

static void by_none(void *unused)
{
    (void)unused;
    cf_find(asked, Chapter, .join = { cf_join(Label) });
}

static void by_two(void *unused)
{
    (void)unused;
    cf_find(asked, Author, .join = { cf_join(Book) });
}

static void by_itself(void *unused)
{
    struct Node_columns parent = cf_alias(Node, "parent");
    (void)unused;
    cf_find(asked, Node, .join = { cf_left_join(parent) });
}

static void by_a_query(void *unused)
{
    struct Pair_columns rows = cf_with(Pair, cf_subselect(Pair, CHAPTERS(cf_join(Chapter))));
    (void)unused;
    cf_find(asked, Chapter, .join = { cf_join(rows) });
}

static void where_foreign_keys_do_not_say_it_nothing_is_guessed(cf_db *db)
{
    static const char none[] = " is joined without a condition, and no foreign key leads to or from the tables before "
                               "it: say .on = …, or join a relation";
    asked = db;
    assert_string_equal(error_of(by_none, NULL)->message, cf_format(db, "Label%s", none));
    assert_string_equal(error_of(by_a_query, NULL)->message, cf_format(db, "Pair%s", none));
    assert_string_equal(error_of(by_two, NULL)->message,
                        "Book is joined without a condition, and more than one foreign key would do: books.author_id = "
                        "authors.id, or books.editor_id = authors.id; say .on = …, or join a relation");
    assert_string_equal(
        error_of(by_itself, NULL)->message,
        "Node is joined without a condition, and more than one foreign key would do: parent.parent_id = "
        "nodes.id, or parent.id = nodes.parent_id; say .on = …, or join a relation");
    assert_sent("");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(a_join_without_a_condition_follows_the_foreign_key),
        SESSION_TEST(the_foreign_key_may_be_of_either_side),
        SESSION_TEST(a_table_is_joined_to_any_of_those_before_it),
        SESSION_TEST(a_foreign_key_of_several_columns_is_a_condition_of_as_many),
        SESSION_TEST(an_alias_stands_for_its_table),
        SESSION_TEST(a_full_join_is_inferred_as_well),
        SESSION_TEST(where_foreign_keys_do_not_say_it_nothing_is_guessed),
    };
    if (!choose_server(argc, argv))
        return 77;
    world.models = CF_MODELS(Author, Passport, Book, Chapter, Label, Sale, Node, Seat, Ticket);
    return cmocka_run_group_tests(tests, NULL, free_thread);
}

/* SPDX-License-Identifier: MIT
 *
 * Queries that do not write first what is pending, and what waits to be written meanwhile.
 */
#include <carafe/model.h>

/* clang-format off */
MODEL(Author, "authors",
    (id,    Id),
    (name,  String(40)),
    (books, HasMany(Book, author_id)));

MODEL(Book, "books",
    (id,        Id),
    (title,     String(40)),
    (author_id, Integer, references = "authors.id"),
    (author,    BelongsTo(Author, author_id)));
/* clang-format on */

#define TEST_MODELS CF_MODELS(Author, Book)
#include "support.h"

#include <carafe/bulk.h>

static struct Author *add_kim(cf_db *db)
{
    struct Author *kim = cf_add(db, Author, .name = "kim");
    cf_add(db, Book, .title = "first", .author = kim);
    cf_commit(db);
    return kim;
}

static void assert_nothing_written(void)
{
    const char *statements = sent();
    assert_null(strstr(statements, "INSERT"));
    assert_null(strstr(statements, "UPDATE"));
}

static void look_around(cf_db *db, void *kim_)
{
    struct Author *kim = kim_;
    cf_add(db, Book, .title = "not fit to be written");
    kim->name = "lee";
    sent();
    assert_int_equal(cf_count(db, Book), 1);
    assert_int_equal(cf_find(db, Book).count, 1);
    assert_int_equal(cf_select_integer(db, cf_count_rows(), .from = Book).value, 1);
    assert_int_equal(cf_sql(db, Book, "SELECT * FROM books").count, 1);
    assert_int_equal(cf_get(db, Author, kim->id, .load = { Author.books })->books.count, 1);
    assert_int_equal(cf_related(db, Author.books, kim).count, 1);
    assert_nothing_written();
    assert_string_equal(kim->name, "lee");
}

static void queries_write_nothing_first(cf_db *db)
{
    struct Author *kim = add_kim(db);
    cf_no_autoflush(db, look_around, kim);
    struct Book *book = cf_pending(db, Book, CF_ROW_NEW).items[0];
    book->author = kim;
    assert_int_equal(cf_count(db, Book), 2); /* and write again afterwards */
    assert_string_equal(cf_find_one(another_session(), Author)->name, "kim");
    cf_commit(db);
    assert_string_equal(cf_find_one(another_session(), Author)->name, "lee");
}

static void stumble(cf_db *db, void *kim)
{
    look_around(db, kim);
    cf_raise(CF_INVALID, "stumbled");
}

static void run_stumble(void *db_)
{
    cf_db *db = db_;
    cf_no_autoflush(db, stumble, cf_find_one(db, Author));
}

static void an_error_goes_on_and_ends_it(cf_db *db)
{
    add_kim(db);
    assert_string_equal(error_of(run_stumble, db)->message, "stumbled");
    cf_delete(db, Book, cf_pending(db, Book, CF_ROW_NEW).items[0]);
    sent();
    cf_count(db, Author);
    assert_non_null(strstr(sent(), "UPDATE authors"));
}

static void one_query_may_say_so(cf_db *db)
{
    struct Author *kim = add_kim(db);
    kim->name = "lee";
    sent();
    assert_int_equal(
        cf_find(db, Author, .where = cf_eq(Author.name, "kim"), .no_autoflush = true, .load = { Author.books }).count,
        1);
    assert_true(cf_has(db, Author, .where = cf_eq(Author.name, "kim"), .no_autoflush = true));
    assert_nothing_written();
    assert_string_equal(kim->name, "lee");
    assert_true(cf_has(db, Author, .where = cf_eq(Author.name, "lee")));
}

static void change_while_it_is_read(cf_db *db, void *kim_)
{
    struct Author *kim = kim_;
    kim->name = "lee";
    cf_find(db, Author);
    cf_get(db, Author, kim->id, .for_update = CF_FOR_UPDATE);
    assert_string_equal(kim->name, "lee");
    cf_get(db, Author, kim->id, .refresh = true); /* which says so */
    assert_string_equal(kim->name, "kim");
    kim->name = "lee";
}

static void what_waits_to_be_written_is_not_overwritten(cf_db *db)
{
    struct Author *kim = add_kim(db);
    cf_begin(db);
    cf_no_autoflush(db, change_while_it_is_read, kim);
    cf_commit(db);
    assert_string_equal(cf_find_one(another_session(), Author)->name, "lee");
}

static void read_authors(cf_db *db, void *unused)
{
    (void)unused;
    cf_find(db, Author);
}

static void nor_is_it_by_a_query_of_a_hook(cf_db *db)
{
    add_kim(db);
    cf_before_flush(db, read_authors, NULL);
    cf_begin(db);
    cf_find_one(db, Author)->name = "lee";
    cf_commit(db);
    assert_string_equal(cf_find_one(another_session(), Author)->name, "lee");
}

static void write_many(cf_db *db, void *kim_)
{
    struct Author *kim = kim_;
    kim->name = "lee";
    assert_int_equal(cf_update_all(db, Author, .set = { cf_set(Author.name, "jo") },
                                   .where = cf_eq(Author.name, "lee")),
                     1);
    assert_string_equal(kim->name, "jo");
}

static void statements_that_write_do_so(cf_db *db)
{
    cf_no_autoflush(db, write_many, add_kim(db));
    cf_commit(db);
    assert_string_equal(cf_find_one(another_session(), Author)->name, "jo");
}

static void all_sessions_of_an_app_may_do_without(cf_db *db)
{
    add_kim(db);
    const char *uri = world.uri ? world.uri : cf_format(db, "sqlite:///%s/test.db", world.directory);
    cf_engine *engine = cf__engine_open(uri, &(struct cf__engine_options){ .no_autoflush = true });
    cf_defer(&cf__current()->head, close_engine, engine);
    cf_db *other = cf__session_open(cf__current(), engine);
    cf_find_one(other, Author)->name = "lee";
    assert_true(cf_has(other, Author, .where = cf_eq(Author.name, "kim")));
    cf_flush(other);
    assert_true(cf_has(other, Author, .where = cf_eq(Author.name, "lee")));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(queries_write_nothing_first),
        SESSION_TEST(an_error_goes_on_and_ends_it),
        SESSION_TEST(one_query_may_say_so),
        SESSION_TEST(what_waits_to_be_written_is_not_overwritten),
        SESSION_TEST(nor_is_it_by_a_query_of_a_hook),
        SESSION_TEST(statements_that_write_do_so),
        SESSION_TEST(all_sessions_of_an_app_may_do_without),
    };
    if (!choose_server(argc, argv))
        return 77;
    return cmocka_run_group_tests_name("orm/autoflush", tests, NULL, free_thread);
}

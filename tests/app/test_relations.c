/* SPDX-License-Identifier: MIT
 *
 * Relations in requests: loaded ones in JSON, touched ones that were not loaded, handlers that load row by row.
 */
#include "support.h"

/* clang-format off */
MODEL(Author, "authors",
    (id,    Id),
    (name,  String(50)),
    (books, HasMany(Book, author_id)));

MODEL(Book, "books",
    (id,        Id),
    (title,     String(50)),
    (author_id, Integer, references = "authors.id", hidden = true),
    (author,    BelongsTo(Author, author_id)));
/* clang-format on */

static cf_response *show_author(cf_request *req)
{
    struct Author *author = cf_get_or_404(req, Author, cf_param_integer(req, "id"), .load = { Author.books });
    return cf_json(req, Author, author);
}

static cf_response *books_of_author(cf_request *req)
{
    struct Author *author = cf_get_or_404(req, Author, cf_param_integer(req, "id"), .load = { Author.books });
    return cf_json(req, Book, author->books);
}

static cf_response *list_books(cf_request *req)
{
    struct Book_page page = cf_paginate(req, Book, .load = { Book.author });
    return cf_json(req, Book, page);
}

static cf_response *forget_load(cf_request *req)
{
    struct Book *book = cf_get_or_404(req, Book, 1);
    return cf_json_object(req, cf_value("name", book->author->name));
}

static cf_response *row_by_row(cf_request *req)
{
    struct Book_list books = cf_find(req->db, Book);
    for
        cf_each (book, books)
            cf_related(req->db, Book.author, book);
    return cf_json(req, Book, books);
}

static cf_client *make_client(void)
{
    cf_app *app = cf_app_new("books", .database_uri = "sqlite://", .models = CF_MODELS(Author, Book), .debug = true);
    cf_route(app, "GET", "/authors/<int:id>", show_author);
    cf_route(app, "GET", "/authors/<int:id>/books", books_of_author);
    cf_route(app, "GET", "/books", list_books);
    cf_route(app, "GET", "/forgotten", forget_load);
    cf_route(app, "GET", "/rows", row_by_row);
    cf_client *client = cf_test_client(app);
    cf_db *db = cf_client_db(client);
    for (int i = 1; i <= 5; i++)
        cf_add(db, Book, .title = cf_format(db, "book %d", i),
               .author = cf_add(db, Author, .name = cf_format(db, "author %d", i)));
    cf_commit(db);
    return client;
}

static void loaded_relations_are_part_of_the_answer(void **state)
{
    (void)state;
    cf_client *client = make_client();
    cf_reply *reply = cf_client_get(client, "/authors/2");
    assert_string_equal(reply->body, "{\"id\":2,\"name\":\"author 2\",\"books\":[{\"id\":2,\"title\":\"book 2\"}]}\n");
    reply = cf_client_get(client, "/authors/2/books");
    assert_string_equal(reply->body, "[{\"id\":2,\"title\":\"book 2\",\"author\":{\"id\":2,\"name\":\"author 2\"}}]\n");
    reply = cf_client_get(client, "/books?per_page=2");
    assert_string_equal(cf_reply_string(reply, "/items/1/author/name"), "author 2");
}

static void what_was_not_loaded_ends_the_request_and_not_the_worker(void **state)
{
    (void)state;
    cf_client *client = make_client();
    cf_reply *reply = cf_client_get(client, "/forgotten");
    assert_int_equal(reply->status, 500);
    assert_non_null(strstr(reply->body, "books.author was not loaded: add .load = { Book.author }"));
    assert_int_equal(cf_client_get(client, "/books")->status, 200);
    assert_int_equal(cf_client_get(client, "/forgotten")->status, 500);
}

static void a_handler_that_loads_row_by_row_is_named(void **state)
{
    (void)state;
    cf_client *client = make_client();
    struct log_catch log = catch_log();
    assert_int_equal(cf_client_get(client, "/rows")->status, 200);
    const char *text = caught_log(log);
    assert_non_null(strstr(text, "handler row_by_row loads Book.author one row at a time (N+1 queries): add .load = { "
                                 "Book.author }"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loaded_relations_are_part_of_the_answer),
        cmocka_unit_test(what_was_not_loaded_ends_the_request_and_not_the_worker),
        cmocka_unit_test(a_handler_that_loads_row_by_row_is_named),
    };
    return cf_run_tests(tests);
}

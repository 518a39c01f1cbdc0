/* SPDX-License-Identifier: MIT
 *
 * Tests of an application, with cmocka. A client calls the app in process, without a socket, through the same
 * routing, handlers and error answers.
 *
 *     cf_client *client = cf_test_client(make_app(), .database_uri = "sqlite://");
 *     cf_reply *reply = cf_client_post(client, "/users", .json = "{\"name\":\"kim\"}");
 *     assert_int_equal(reply->status, 201);
 *
 * Run such tests with cf_run_tests(tests), which takes an array of CMUnitTest and puts each test into a fiber
 * (everything of Carafe needs one). A client and its app live until the test ends; nothing has to be freed.
 */
#ifndef CARAFE_TEST_H
#define CARAFE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <carafe/app.h>
#pragma GCC system_header

typedef struct cf_client {
    cf_context *context;
} cf_client;

typedef struct cf_reply {
    cf_context *context;
    int status;
    const char *body; /* NUL-terminated */
    size_t size;
} cf_reply;

struct cf_client_options {
    const char *database_uri; /* NULL: the app's own */
    /* All that is written is rolled back when the test ends, after the database was migrated: each test begins with the rows
     * that were there, on a server too. Commits are savepoints of one transaction, whose isolation counts; numbers that the
     * database gives out are not given again. One such client a test. */
    bool rollback;
    bool no_upgrade;          /* else the database is migrated to head first: by the app's revisions, or by its models where it has none */
    char end_;
};
struct cf_call {
    const char *json;    /* a body, sent as application/json */
    const char *form;    /* a body, sent as application/x-www-form-urlencoded */
    const char *body, *content_type;
    const char *headers[16]; /* "Accept: text/html", … */
    char end_;
};
/* clang-format off */
#define cf_test_client(...)         CF_TEST_CLIENT_(__VA_ARGS__, .end_ = 0)
#define CF_TEST_CLIENT_(app, ...)   cf_test_client_((app), (struct cf_client_options){ __VA_ARGS__ })
/* One call. Cookies set by an answer are sent with later calls. */
#define cf_client_call(client, method, ...)        CF_CLIENT_CALL_(client, method, __VA_ARGS__, .end_ = 0)
#define CF_CLIENT_CALL_(client, method, path, ...) cf_client_call_((client), (method), (path), (struct cf_call){ __VA_ARGS__ })
#define cf_client_get(client, ...)    cf_client_call(client, "GET", __VA_ARGS__)
#define cf_client_post(client, ...)   cf_client_call(client, "POST", __VA_ARGS__)
#define cf_client_put(client, ...)    cf_client_call(client, "PUT", __VA_ARGS__)
#define cf_client_patch(client, ...)  cf_client_call(client, "PATCH", __VA_ARGS__)
#define cf_client_delete(client, ...) cf_client_call(client, "DELETE", __VA_ARGS__)
/* clang-format on */

/* A session on the client's database, for looking and for preparing rows; commit what you add before the next call.
 * After a call it is a new session, which sees what the call has changed; rows of the one before stay readable. */
cf_db *cf_client_db(cf_client *client);
/* A header of the answer, or NULL. */
const char *cf_reply_header(cf_reply *reply, const char *name);
/* A member of the JSON answer by JSON pointer ("/name", "/0/id"): fails the test where it is missing or of another
 * type. */
const char *cf_reply_string(cf_reply *reply, const char *pointer);
int64_t cf_reply_integer(cf_reply *reply, const char *pointer);
double cf_reply_number(cf_reply *reply, const char *pointer);
bool cf_reply_boolean(cf_reply *reply, const char *pointer);
bool cf_reply_is_null(cf_reply *reply, const char *pointer);
size_t cf_reply_count(cf_reply *reply, const char *pointer); /* elements or members */

/* Runs tests with cmocka, in a fiber, each test with memory of its own that is released when its teardown has run;
 * returns how many failed. An error of Carafe that nobody stopped fails the test with its message. */
#define cf_run_tests(tests)                                                                                            \
    cf_run_tests_(#tests, (tests), sizeof(tests) / sizeof((tests)[0]),                                                 \
                  (struct cf_cmocka_){ _cmocka_run_group_tests, _fail, print_error })

/* ---- Behind the macros ------------------------------------------------------------------------------------------ */

/* What Carafe calls of cmocka, so that its library needs none. */
struct cf_cmocka_ {
    int (*run)(const char *name, const struct CMUnitTest *tests, size_t count, CMFixtureFunction setup, CMFixtureFunction teardown);
    void (*fail_at)(const char *file, int line);
    void (*print)(const char *format, ...);
};
int cf_run_tests_(const char *name, const struct CMUnitTest *tests, size_t count, struct cf_cmocka_ cmocka);

cf_client *cf_test_client_(cf_app *app, struct cf_client_options options);
cf_reply *cf_client_call_(cf_client *client, const char *method, const char *path, struct cf_call call);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Test clients that leave nothing behind: on a file of SQLite, and on the server that the first argument names.
 */
#include "../../src/testing/client.h"
#include "database.h"

#include <stdio.h>
#include <string.h>

#include <carafe/bulk.h>

/* clang-format off */
MODEL(Node, "nodes",
    (id,      Integer, primary_key = true),
    (next_id, Nullable(Integer), references = "nodes.id", deferred = true));

MODEL_IN("audit", Entry, "entries",
    (id,   Id),
    (what, String(50)));
/* clang-format on */

static char directory[] = "/tmp/carafe-rollback-XXXXXX";

static cf_response *create(cf_request *req)
{
    struct User *user = cf_add(req->db, User, .name = "kim", .email = cf_query(req, "email"));
    cf_add(req->db, Entry, .what = user->email);
    cf_commit(req->db);
    return cf_json(req, User, user, .status = 201);
}

static cf_response *take_back(cf_request *req)
{
    cf_add(req->db, User, .name = "lee", .email = "lee");
    cf_flush(req->db);
    cf_rollback(req->db);
    return cf_empty(req, 204);
}

static cf_response *ask_wrongly(cf_request *req)
{
    cf_sql(req->db, User, "SELECT * FROM no_such_table");
    return cf_empty(req, 204);
}

static cf_response *point_nowhere(cf_request *req)
{
    cf_add(req->db, Node, .id = cf_param_integer(req, "id"), .next_id = cf_optional(7));
    cf_commit(req->db);
    return cf_empty(req, 204);
}

static cf_response *transfer(cf_request *req)
{
    cf_update_all(req->db, User, .set = { cf_set(User.name, "jo") }, .all = true);
    return cf_empty(req, 204);
}

static bool can_defer(void)
{
    return !server_uri || strncmp(server_uri, "postgresql", 10) == 0;
}

static cf_client *make_client(void)
{
    const char *uri = server_uri ? server_uri : cf_format(&cf__current()->head, "sqlite:///%s/test.db", directory);
    const char *audit = cf_format(&cf__current()->head, "sqlite:///%s/audit.db", directory);
    const struct cf_model *const *models = can_defer() ? CF_MODELS(User, Entry, Node) : CF_MODELS(User, Entry);
    cf_app *app = cf_app_new("test", .models = models, .binds = { { "audit", audit, NULL } });
    cf_route(app, "POST", "/users", create);
    cf_route(app, "POST", "/taken-back", take_back);
    cf_route(app, "GET", "/wrong", ask_wrongly);
    cf_route(app, "POST", "/nodes/<int:id>", point_nowhere);
    cf_route(app, "POST", "/transfer", transfer, .transaction = true);
    return cf_test_client(app, .database_uri = uri, .rollback = true);
}

static void what_a_test_commits_it_sees(void **state)
{
    (void)state;
    cf_client *client = make_client();
    assert_int_equal(cf_count(cf_client_db(client), User), 0);
    assert_int_equal(cf_client_post(client, "/users?email=a")->status, 201);
    cf_add(cf_client_db(client), User, .name = "lee", .email = "b");
    cf_commit(cf_client_db(client));
    assert_int_equal(cf_client_post(client, "/users?email=c")->status, 201);
    assert_int_equal(cf_count(cf_client_db(client), User), 3);
    assert_int_equal(cf_count(cf_client_db(client), Entry), 2);
}

/* In the transaction around the test and, of the other database, in one of their own. */
static void what_is_asked_together_sees_it(void **state)
{
    (void)state;
    cf_client *client = make_client();
    assert_int_equal(cf_client_post(client, "/users?email=a")->status, 201);
    cf_db *db = cf_client_db(client);
    cf_add(db, User, .name = "lee", .email = "b");
    int64_t *users = cf_count_later(db, User), *entries = cf_count_later(db, Entry);
    struct User **lee = cf_find_one_later(db, User, .where = cf_eq(User.email, "b"));
    struct Entry_list *all = cf_find_later(db, Entry);
    cf_await(db);
    assert_int_equal(*users, 2);
    assert_int_equal(*entries, 1);
    assert_string_equal((*lee)->name, "lee");
    assert_string_equal(all->items[0]->what, "a");
    cf_commit(db);
}

static void a_rollback_goes_back_to_the_last_commit(void **state)
{
    (void)state;
    cf_client *client = make_client();
    assert_int_equal(cf_count(cf_client_db(client), User), 0); /* of the test before */
    assert_int_equal(cf_count(cf_client_db(client), Entry), 0);
    assert_int_equal(cf_client_post(client, "/users?email=a")->status, 201);
    assert_int_equal(cf_client_post(client, "/taken-back")->status, 204);
    assert_int_equal(cf_client_post(client, "/users?email=a")->status, 409);
    assert_int_equal(cf_count(cf_client_db(client), User), 1);
    assert_int_equal(cf_client_post(client, "/users?email=b")->status, 201);
    assert_int_equal(cf_count(cf_client_db(client), User), 2);
}

static void a_query_that_fails_takes_nothing_along(void **state)
{
    (void)state;
    cf_client *client = make_client();
    assert_int_equal(cf_client_post(client, "/users?email=a")->status, 201);
    struct log_catch log = catch_log();
    assert_int_equal(cf_client_get(client, "/wrong")->status, 500);
    caught_log(log);
    assert_int_equal(cf_count(cf_client_db(client), User), 1);
    assert_int_equal(cf_client_post(client, "/transfer")->status, 204);
    assert_string_equal(cf_find_one(cf_client_db(client), User)->name, "jo");
}

static void what_is_checked_at_a_commit_is_checked(void **state)
{
    (void)state;
    if (!can_defer())
        return;
    cf_client *client = make_client();
    assert_int_equal(cf_client_post(client, "/nodes/1")->status, 409);
    assert_int_equal(cf_client_post(client, "/nodes/7")->status, 204); /* itself */
    assert_int_equal(cf_client_post(client, "/nodes/2")->status, 204);
    assert_int_equal(cf_count(cf_client_db(client), Node), 2);
}

static void add_twice(cf_db *db, void *unused)
{
    (void)unused;
    cf_add(db, User, .name = "lee", .email = "a");
    cf_flush(db);
}

static void savepoints_and_loops_work_in_it(void **state)
{
    (void)state;
    cf_client *client = make_client();
    cf_db *db = cf_client_db(client);
    add_users(db, 3);
    cf_add(db, User, .name = "kim", .email = "a");
    assert_int_equal(cf_try_nested(db, add_twice, NULL)->code, CF_UNIQUE);
    cf_commit(db);
    int rows = 0;
    for
        cf_find_each (user, db, User, .order_by = { cf_asc(User.id) }) {
            cf_get(db, User, user->id)->name = cf_format(db, "number %d", ++rows);
            cf_commit(db);
        }
    assert_int_equal(rows, 4);
    assert_int_equal(cf_count(db, User, .where = cf_starts_with(User.name, "number")), 4);
}

static void begin_another(void *client_)
{
    struct cf__client *client = client_;
    cf_begin(cf__session_open(cf__current(), client->engine));
}

static void two_transactions_at_once_are_refused(void **state)
{
    (void)state;
    cf_client *client = make_client();
    cf_begin(cf_client_db(client));
    const cf_error *error = cf_attempt(&cf__current()->head, begin_another, client);
    assert_int_equal(error->code, CF_BUSY);
    cf_rollback(cf_client_db(client));
    assert_null(cf_attempt(&cf__current()->head, begin_another, client));
}

int main(int argc, char **argv)
{
    int skipped = choose_database(argc, argv, "rollback");
    if (skipped)
        return skipped;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_test_commits_it_sees),
        cmocka_unit_test(what_is_asked_together_sees_it),
        cmocka_unit_test(a_rollback_goes_back_to_the_last_commit),
        cmocka_unit_test(a_query_that_fails_takes_nothing_along),
        cmocka_unit_test(what_is_checked_at_a_commit_is_checked),
        cmocka_unit_test(savepoints_and_loops_work_in_it),
        cmocka_unit_test(two_transactions_at_once_are_refused),
    };
    if (!mkdtemp(directory))
        return 1;
    int failed = leave_database(cf_run_tests(tests));
    static const char *const files[] = { "test.db",  "test.db-wal",  "test.db-shm",
                                         "audit.db", "audit.db-wal", "audit.db-shm" };
    char path[80];
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, files[i]);
        remove(path);
    }
    rmdir(directory);
    return failed;
}

/* SPDX-License-Identifier: MIT
 *
 * Models in several databases: found, written, committed and rolled back by one session. On SQLite, and on the server that
 * the argument's variable names.
 */
#include "support.h"

#include "../../src/app/app.h"
#include "../../src/db/state.h"
#include "../server.h"

/* clang-format off */
MODEL_IN("audit", Entry, "entries",
    (id,   Id),
    (what, String(50), unique = true));

SHAPE(Count, (count, Integer));
/* clang-format on */

static const char *audit_uri = "sqlite://";
static char directory[64];

static cf_response *write_both(cf_request *req)
{
    cf_add(req->db, User, .name = "kim", .email = cf_query(req, "email"));
    cf_add(req->db, Entry, .what = cf_query(req, "what"));
    cf_commit(req->db);
    return cf_text(req, "written\n", .status = 201);
}

static cf_response *forget_to_commit(cf_request *req)
{
    cf_add(req->db, Entry, .what = "forgotten");
    return cf_empty(req, 204);
}

static cf_client *make_client(void)
{
    cf_app *app = cf_app_new("test", .database_uri = "sqlite://", .models = CF_MODELS(User, Entry),
                             .binds = { { "audit", audit_uri, NULL } }, .debug = true);
    cf_route(app, "POST", "/both", write_both);
    cf_route(app, "POST", "/forgotten", forget_to_commit);
    return cf_test_client(app);
}

static void each_model_is_in_its_database(void **state)
{
    (void)state;
    cf_client *client = make_client();
    cf_reply *reply = cf_client_post(client, "/both?email=a&what=b");
    assert_int_equal(reply->status, 201);
    assert_non_null(strstr(cf_reply_header(reply, "Server-Timing"), "desc=\"2 statements\""));
    cf_db *db = cf_client_db(client);
    assert_int_equal(cf_count(db, User), 1);
    assert_int_equal(cf_count(db, Entry), 1);
    struct Entry *entry = cf_find_one(db, Entry, .where = cf_eq(Entry.what, "b"));
    assert_ptr_equal(cf_get(db, Entry, entry->id), entry);
    entry->what = "changed";
    cf_commit(db);
    assert_true(cf_has(db, Entry, .where = cf_eq(Entry.what, "changed")));
    assert_int_equal(cf_select(db, Count, .from = Entry, .columns = { .count = cf_count_rows() }).items[0]->count, 1);
    assert_int_equal(cf_sql(cf_bind(db, "audit"), Count, "SELECT count(*) AS count FROM entries").items[0]->count, 1);
    assert_int_equal(cf_update_all(db, Entry, .set = { cf_set(Entry.what, "again") }, .all = true), 1);
    cf_delete(db, Entry, entry);
    cf_commit(db);
    assert_int_equal(cf_count(db, Entry), 0);
}

static void what_one_refuses_is_written_to_none(void **state)
{
    (void)state;
    cf_client *client = make_client();
    assert_int_equal(cf_client_post(client, "/both?email=a&what=b")->status, 201);
    assert_int_equal(cf_client_post(client, "/both?email=other&what=b")->status, 409); /* the audit's */
    assert_int_equal(cf_client_post(client, "/both?email=a&what=other")->status, 409); /* the app's own */
    cf_db *db = cf_client_db(client);
    assert_int_equal(cf_count(db, User), 1);
    assert_int_equal(cf_count(db, Entry), 1);
    cf_add(db, Entry, .what = "c");
    cf_flush(db);
    assert_int_equal(cf_count(db, Entry), 2);
    cf_rollback(db);
    assert_int_equal(cf_count(db, Entry), 1);
}

static void what_is_not_committed_there_is_told(void **state)
{
    (void)state;
    cf_client *client = make_client();
    assert_int_equal(cf_client_post(client, "/forgotten")->status, 500);
    assert_int_equal(cf_count(cf_client_db(client), Entry), 0);
}

static void make_nameless(void *unused)
{
    (void)unused;
    cf_test_client(cf_app_new("test", .database_uri = "sqlite://", .models = CF_MODELS(User, Entry)));
}

static void a_database_that_is_not_named_is_told_at_the_start(void **state)
{
    (void)state;
    const cf_error *error = cf_attempt(&cf__current()->head, make_nameless, NULL);
    assert_non_null(error);
    assert_non_null(strstr(error->message, "Entry is in the database \"audit\", which .binds does not name"));
}

static void the_environment_wins(void **state)
{
    (void)state;
    snprintf(directory, sizeof directory, "/tmp/carafe-binds-XXXXXX");
    assert_non_null(mkdtemp(directory));
    const char *path = cf_format(&cf__current()->head, "%s/audit.db", directory);
    setenv("CARAFE_DATABASE_URI_AUDIT", cf_format(&cf__current()->head, "sqlite:///%s", path), 1);
    cf_client *client = make_client();
    unsetenv("CARAFE_DATABASE_URI_AUDIT");
    assert_int_equal(cf_count(cf_client_db(client), Entry), 0);
    assert_int_equal(access(path, F_OK), 0);
    const char *const ends[] = { "", "-wal", "-shm" };
    for (size_t i = 0; i < 3; i++)
        unlink(cf_format(&cf__current()->head, "%s%s", path, ends[i]));
    rmdir(directory);
}

static void a_pool_of_its_own_is_opened_as_its_options_say(void **state)
{
    (void)state;
    cf_app *app = cf_app_new("test", .database_uri = "sqlite://", .models = CF_MODELS(User, Entry), .pool_timeout = 9,
                             .binds = { { "audit", audit_uri, .pool_size = 3, .pool_recycle = 60, .pool_pre_ping = true,
                                          .statement_timeout = 0.25 } });
    cf_engine *own = cf__app_engine(app, NULL);
    cf__app_open_binds(app, own);
    const cf_engine *audit = cf__engine_bind(own, "audit");
    assert_int_equal(own->options.pool_size, 5);
    assert_false(own->options.pool_pre_ping);
    assert_int_equal(audit->options.pool_size, 3);
    assert_int_equal(audit->options.max_overflow, 10);
    assert_int_equal(audit->options.pool_timeout, 9000000);
    assert_int_equal(audit->options.pool_recycle, 60000000);
    assert_int_equal(audit->options.statement_timeout, 250000);
    assert_true(audit->options.pool_pre_ping);
    cf__engine_close(own);
    cf_app_free(app);
}

static void drop_entries(void *unused)
{
    (void)unused;
    cf_engine *engine = cf__engine_open(audit_uri, NULL);
    struct cf__link link;
    cf__link_init(&link, engine, cf__current());
    cf__link_script(&link, "DROP TABLE IF EXISTS entries");
    cf__link_commit(&link);
    cf__engine_close(engine);
}

static int start_anew(void **state)
{
    (void)state;
    if (strcmp(audit_uri, "sqlite://") != 0)
        drop_entries(NULL);
    return 0;
}

int main(int argc, char **argv)
{
    static char uri[600];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_model_is_in_its_database, start_anew),
        cmocka_unit_test_setup(what_one_refuses_is_written_to_none, start_anew),
        cmocka_unit_test_setup(what_is_not_committed_there_is_told, start_anew),
        cmocka_unit_test_setup(a_database_that_is_not_named_is_told_at_the_start, start_anew),
        cmocka_unit_test_setup(the_environment_wins, start_anew),
        cmocka_unit_test_setup(a_pool_of_its_own_is_opened_as_its_options_say, start_anew),
    };
    const char *found = argc > 1 ? getenv(argv[1]) : NULL;
    if (argc > 1 && !found)
        return printf("skipped: %s names no server (see tools/with-databases)\n", argv[1]), 77;
    if (found) {
        make_database(found, "binds", uri, sizeof uri);
        audit_uri = uri;
    }
    int failed = cf_run_tests(tests);
    if (found)
        drop_database();
    return failed;
}

/* SPDX-License-Identifier: MIT
 *
 * The moments of a session: functions called where a transaction begins, and around its flushes, commits and rollbacks.
 */
#include <carafe/model.h>

/* clang-format off */
MODEL(Invoice, "invoices",
    (id,     Id),
    (number, Integer, server_default = "0"),
    (client, String(40), unique = true));

MODEL(Change, "changes",
    (id,   Id),
    (what, String(80)));
/* clang-format on */

#define TEST_MODELS CF_MODELS(Invoice, Change)
#include "support.h"

#include <carafe/bulk.h>

/* What was called. */
static char calls[512];

static void note(cf_db *db, void *what)
{
    (void)db;
    snprintf(calls + strlen(calls), sizeof calls - strlen(calls), "%s ", (const char *)what);
}

static const char *noted(void)
{
    static char before[sizeof calls];
    memcpy(before, calls, sizeof calls);
    calls[0] = '\0';
    return before;
}

static char begin[] = "begin", before_flush[] = "before_flush", after_flush[] = "after_flush",
            before_commit[] = "before_commit", after_commit[] = "after_commit", rollback[] = "rollback";

static void note_all(cf_db *db)
{
    noted();
    cf_after_begin(db, note, begin);
    cf_before_flush(db, note, before_flush);
    cf_after_flush(db, note, after_flush);
    cf_before_commit(db, note, before_commit);
    cf_after_commit(db, note, after_commit);
    cf_after_rollback(db, note, rollback);
}

/* ---- Of a session ----------------------------------------------------------------------------------------------- */

static void each_moment_is_told_in_its_order(cf_db *db)
{
    note_all(db);
    cf_add(db, Invoice, .client = "kim");
    cf_commit(db);
    assert_string_equal(noted(), "before_commit begin before_flush after_flush after_commit ");
    cf_commit(db);
    cf_flush(db);
    assert_string_equal(noted(), "");
    cf_find_one(db, Invoice)->client = "lee";
    assert_int_equal(cf_count(db, Invoice), 1);
    cf_commit(db);
    assert_string_equal(noted(), "begin before_flush after_flush ");
}

static void number_invoices(cf_db *db, void *next)
{
    struct Invoice_list fresh = cf_pending(db, Invoice, CF_ROW_NEW);
    for
        cf_each (invoice, fresh)
            invoice->number = (*(int *)next)++;
    for
        cf_each (invoice, cf_pending(db, Invoice, CF_ROW_CHANGED))
            cf_add(db, Change,
                   .what = cf_format(db, "%s is now %s", cf_original(db, Invoice, invoice)->client, invoice->client));
}

static void what_is_done_before_a_flush_is_written_by_it(cf_db *db)
{
    int next = 7;
    cf_before_flush(db, number_invoices, &next);
    struct Invoice *kim = cf_add(db, Invoice, .client = "kim");
    cf_add(db, Invoice, .client = "lee");
    sent();
    cf_flush(db);
    assert_sent("INSERT INTO invoices (number, client) VALUES (?, ?), (?, ?) RETURNING id\n");
    kim->client = "jo";
    cf_commit(db);
    db = another_session();
    assert_int_equal(cf_find_one(db, Invoice, .where = cf_eq(Invoice.client, "jo"))->number, 7);
    assert_int_equal(cf_find_one(db, Invoice, .where = cf_eq(Invoice.client, "lee"))->number, 8);
    assert_string_equal(cf_find_one(db, Change)->what, "kim is now jo");
}

static void add_change(cf_db *db, void *what)
{
    if (!cf_count(db, Change))
        cf_add(db, Change, .what = what);
}

static void what_is_done_after_a_flush_is_written_too(cf_db *db)
{
    static char what[] = "written";
    cf_after_flush(db, add_change, what);
    cf_add(db, Invoice, .client = "kim");
    cf_commit(db);
    assert_int_equal(cf_count(another_session(), Change), 1);
}

static void add_another(cf_db *db, void *unused)
{
    (void)unused;
    cf_add(db, Change, .what = "another");
}

static void a_flush_that_never_ends_is_refused(cf_db *db)
{
    cf_after_flush(db, add_another, NULL);
    cf_add(db, Invoice, .client = "kim");
    assert_string_equal(error_of(commit, db)->message, "hooks go on changing rows after 16 rounds of writing");
}

static void flush_again(cf_db *db, void *unused)
{
    (void)unused;
    cf_flush(db);
}

static void a_hook_of_a_flush_may_not_flush(cf_db *db)
{
    cf_before_flush(db, flush_again, NULL);
    cf_add(db, Invoice, .client = "kim");
    assert_non_null(strstr(error_of(commit, db)->message, "cf_flush inside a hook"));
    assert_int_equal(cf_count(another_session(), Invoice), 0);
}

static void roll_back(cf_db *db, void *unused)
{
    (void)unused;
    cf_rollback(db);
}

static void commit_again(cf_db *db, void *unused)
{
    (void)unused;
    cf_commit(db);
}

static void no_hook_may_end_the_transaction(cf_db *db)
{
    void (*const moments[])(cf_db *, cf_nested_function *, void *) = { cf_after_begin, cf_before_commit,
                                                                       cf_before_flush };
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        cf_db *one = another_session();
        moments[i](one, roll_back, NULL);
        cf_add(one, Invoice, .client = "kim");
        assert_non_null(strstr(error_of(commit, one)->message, "cf_rollback inside a hook: raise an error instead"));
        cf_db *another = another_session();
        moments[i](another, commit_again, NULL);
        cf_add(another, Invoice, .client = "kim");
        assert_non_null(strstr(error_of(commit, another)->message, "cf_commit inside a hook"));
    }
    assert_int_equal(cf_count(db, Invoice), 0);
    cf_after_commit(db, roll_back, NULL);
    cf_add(db, Invoice, .client = "kim");
    cf_commit(db);
    assert_int_equal(cf_count(another_session(), Invoice), 1);
}

static void delete_new(cf_db *db, void *unused)
{
    (void)unused;
    for
        cf_each (invoice, cf_pending(db, Invoice, CF_ROW_NEW))
            cf_delete(db, Invoice, invoice);
}

static void a_hook_may_leave_nothing_to_write(cf_db *db)
{
    cf_before_flush(db, delete_new, NULL);
    cf_add(db, Invoice, .client = "kim");
    cf_commit(db);
    assert_int_equal(cf_count(db, Invoice), 0);
}

/* ---- Beginnings ------------------------------------------------------------------------------------------------- */

static void write_change(cf_db *db, void *what)
{
    cf_sql_execute(db, "INSERT INTO changes (what) VALUES (?)", (const char *)what);
}

static void a_beginning_comes_before_what_it_is_for(cf_db *db)
{
    static char what[] = "began";
    cf_after_begin(db, write_change, what);
    cf_count(db, Invoice);
    cf_add(db, Invoice, .client = "kim");
    sent();
    cf_flush(db);
    assert_sent(
        "INSERT INTO changes (what) VALUES (?)\nINSERT INTO invoices (client) VALUES (?) RETURNING id, number\n");
    cf_commit(db);
    cf_update_all(db, Invoice, .set = { cf_set(Invoice.number, 3) }, .where = cf_eq(Invoice.client, "kim"));
    cf_commit(db);
    cf_sql_execute(db, "UPDATE invoices SET number = ? WHERE client = ?", 4, "kim");
    cf_commit(db);
    cf_begin(db);
    cf_commit(db);
    assert_int_equal(cf_count(db, Change), 4);
    assert_int_equal(cf_find_one(db, Invoice, .refresh = true)->number, 4);
}

static void refuse(cf_db *db, void *unused)
{
    (void)db, (void)unused;
    cf_raise(CF_INVALID, "not today");
}

static void begin_now(void *db)
{
    cf_begin((cf_db *)db);
}

static void a_beginning_may_be_refused(cf_db *db)
{
    cf_after_begin(db, refuse, NULL);
    assert_string_equal(error_of(begin_now, db)->message, "not today");
    cf_add(db, Invoice, .client = "kim");
    assert_string_equal(cf_try_commit(db)->message, "not today");
    cf_db *other = another_session();
    cf_add(other, Invoice, .client = "kim"); /* nothing is locked */
    cf_commit(other);
    assert_int_equal(cf_count(db, Invoice), 1);
}

/* ---- Rollbacks -------------------------------------------------------------------------------------------------- */

static void a_rollback_calls_once_and_a_commit_forgets(cf_db *db)
{
    noted();
    cf_after_rollback(db, note, rollback);
    cf_commit(db);
    cf_rollback(db);
    assert_string_equal(noted(), "");
    cf_after_rollback(db, note, rollback);
    cf_rollback(db);
    cf_rollback(db);
    assert_string_equal(noted(), "rollback ");
    cf_add(db, Invoice, .client = "kim");
    cf_commit(db);
    cf_add(db, Invoice, .client = "kim");
    cf_after_rollback(db, note, rollback);
    assert_int_equal(cf_try_commit(db)->code, CF_UNIQUE);
    assert_string_equal(noted(), "rollback ");
}

static void forget(void *unused)
{
    (void)unused;
    cf_db *db = another_session();
    cf_add(db, Invoice, .client = "kim");
    cf_flush(db);
    cf_after_rollback(db, note, rollback);
}

static void a_session_that_ends_uncommitted_was_rolled_back(cf_db *db)
{
    struct cf__context context;
    noted();
    cf__context_init(&context);
    assert_true(cf__protect(&context, forget, NULL));
    assert_string_equal(noted(), "");
    cf__context_dispose(&context);
    assert_string_equal(noted(), "rollback ");
    assert_int_equal(cf_count(db, Invoice), 0);
}

static void an_error_after_a_rollback_is_logged(cf_db *db)
{
    noted();
    cf_add(db, Invoice, .client = "kim");
    cf_commit(db);
    cf_add(db, Invoice, .client = "kim");
    cf_after_rollback(db, refuse, NULL);
    cf_after_rollback(db, note, rollback);
    assert_int_equal(cf_try_commit(db)->code, CF_UNIQUE);
    assert_string_equal(noted(), "rollback ");
}

static void wait_for_all(cf_db *db, void *fails)
{
    cf_before_commit(db, note, before_commit);
    cf_after_commit(db, note, after_commit);
    cf_after_rollback(db, note, rollback);
    if (fails)
        cf_raise(CF_INVALID, "no");
}

static void a_savepoint_takes_its_calls_along(cf_db *db)
{
    static char outer[] = "outer";
    noted();
    cf_after_rollback(db, note, outer);
    assert_int_equal(cf_try_nested(db, wait_for_all, db)->code, CF_INVALID);
    assert_string_equal(noted(), "rollback ");
    assert_null(cf_try_nested(db, wait_for_all, NULL));
    cf_commit(db);
    assert_string_equal(noted(), "before_commit after_commit ");
    cf_rollback(db);
    assert_string_equal(noted(), "");
}

/* ---- Savepoints ------------------------------------------------------------------------------------------------- */

static char begin_nested[] = "begin_nested", commit_nested[] = "commit_nested", rollback_nested[] = "rollback_nested";

static void add_a_change(cf_db *db, void *unused)
{
    (void)unused;
    cf_add(db, Change, .what = "begun");
}

static void note_within(cf_db *db, void *inner)
{
    note(db, inner ? (char[]){ "outer" } : (char[]){ "inner" });
    if (inner)
        cf_nested(db, note_within, NULL);
}

static void fail_within(cf_db *db, void *unused)
{
    (void)unused;
    cf_add(db, Invoice, .client = "nobody");
    cf_raise(CF_INVALID, "no");
}

static void go_back_within(cf_db *db, void *unused)
{
    (void)unused;
    cf_rollback(db);
    note(db, (char[]){ "back" });
}

static void savepoints_are_told_of(cf_db *db)
{
    cf_after_begin_nested(db, note, begin_nested);
    cf_after_begin_nested(db, add_a_change, NULL);
    cf_after_commit_nested(db, note, commit_nested);
    cf_after_rollback_nested(db, note, rollback_nested);
    noted();
    cf_nested(db, note_within, db);
    assert_string_equal(noted(), "begin_nested outer begin_nested inner commit_nested commit_nested ");
    assert_int_equal(cf_try_nested(db, fail_within, NULL)->code, CF_INVALID);
    assert_string_equal(noted(), "begin_nested rollback_nested ");
    cf_nested(db, go_back_within, NULL);
    assert_string_equal(noted(), "begin_nested rollback_nested back commit_nested ");
    cf_commit(db);
    assert_string_equal(noted(), "");
    assert_int_equal(cf_count(another_session(), Change), 2); /* what a beginning adds goes with its savepoint */
}

static void nested_again(cf_db *db, void *unused)
{
    (void)unused;
    cf_nested(db, note_within, NULL);
}

static void run_nested(void *db)
{
    cf_nested((cf_db *)db, note_within, NULL);
}

static void a_hook_of_savepoints_may_refuse_and_not_nest(cf_db *db)
{
    void (*const moments[])(cf_db *, cf_nested_function *, void *) = { cf_after_begin_nested, cf_after_commit_nested };
    for (size_t i = 0; i < 2; i++) {
        cf_db *one = another_session();
        moments[i](one, nested_again, NULL);
        assert_string_equal(error_of(run_nested, one)->message, "cf_nested inside a hook");
        cf_rollback(one);
    }
    cf_after_begin_nested(db, refuse, NULL);
    noted();
    assert_string_equal(cf_try_nested(db, note_within, NULL)->message, "not today");
    assert_string_equal(noted(), "");
    cf_add(db, Invoice, .client = "kim");
    cf_commit(db); /* by which nothing is in the way */
    cf_db *other = another_session();
    cf_after_rollback_nested(other, refuse, NULL);
    cf_after_rollback_nested(other, note, rollback_nested);
    assert_string_equal(cf_try_nested(other, fail_within, NULL)->message, "no");
    assert_string_equal(noted(), "rollback_nested ");
    cf_rollback(other);
}

/* ---- Of all sessions -------------------------------------------------------------------------------------------- */

static void note_begin(cf_db *db)
{
    note(db, begin);
}

static void note_before_flush(cf_db *db)
{
    note(db, before_flush);
}

static void note_after_flush(cf_db *db)
{
    note(db, after_flush);
}

static void note_before_commit(cf_db *db)
{
    note(db, before_commit);
}

static void note_after_commit(cf_db *db)
{
    note(db, after_commit);
}

static void note_rollback(cf_db *db)
{
    note(db, rollback);
}

static void note_begin_nested(cf_db *db)
{
    note(db, begin_nested);
}

static void note_commit_nested(cf_db *db)
{
    note(db, commit_nested);
}

static void note_rollback_nested(cf_db *db)
{
    note(db, rollback_nested);
}

static void an_app_hears_of_all_its_sessions(cf_db *db)
{
    static const struct cf_session_hooks hooks = { note_begin,         note_before_flush,  note_after_flush,
                                                   note_before_commit, note_after_commit,  note_rollback,
                                                   note_begin_nested,  note_commit_nested, note_rollback_nested };
    const char *uri = world.uri ? world.uri : cf_format(db, "sqlite:///%s/test.db", world.directory);
    cf_engine *engine = cf__engine_open(uri, &(struct cf__engine_options){ .hooks = &hooks });
    cf_defer(&cf__current()->head, close_engine, engine);
    for (int i = 0; i < 2; i++) {
        noted();
        cf_db *one = cf__session_open(cf__current(), engine);
        cf_add(one, Invoice, .client = cf_format(one, "%d", i));
        cf_commit(one);
        assert_string_equal(noted(), "before_commit begin before_flush after_flush after_commit ");
        cf_rollback(one);
        assert_string_equal(noted(), "");
        cf_add(one, Invoice, .client = "none");
        cf_flush(one);
        cf_rollback(one);
        assert_string_equal(noted(), "begin before_flush after_flush rollback ");
        cf_nested(one, note_within, NULL);
        assert_non_null(cf_try_nested(one, fail_within, NULL));
        assert_string_equal(noted(), "begin begin_nested inner commit_nested begin_nested rollback_nested ");
        cf_rollback(one);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(each_moment_is_told_in_its_order),
        SESSION_TEST(what_is_done_before_a_flush_is_written_by_it),
        SESSION_TEST(what_is_done_after_a_flush_is_written_too),
        SESSION_TEST(a_flush_that_never_ends_is_refused),
        SESSION_TEST(a_hook_of_a_flush_may_not_flush),
        SESSION_TEST(no_hook_may_end_the_transaction),
        SESSION_TEST(a_hook_may_leave_nothing_to_write),
        SESSION_TEST(a_beginning_comes_before_what_it_is_for),
        SESSION_TEST(a_beginning_may_be_refused),
        SESSION_TEST(a_rollback_calls_once_and_a_commit_forgets),
        SESSION_TEST(a_session_that_ends_uncommitted_was_rolled_back),
        SESSION_TEST(an_error_after_a_rollback_is_logged),
        SESSION_TEST(a_savepoint_takes_its_calls_along),
        SESSION_TEST(savepoints_are_told_of),
        SESSION_TEST(a_hook_of_savepoints_may_refuse_and_not_nest),
        SESSION_TEST(an_app_hears_of_all_its_sessions),
    };
    if (!choose_server(argc, argv))
        return 77;
    return cmocka_run_group_tests_name("orm/moments", tests, NULL, free_thread);
}

/* SPDX-License-Identifier: MIT
 *
 * Revisions on a database that commits each change of the schema by itself, where an upgrade can stop in the middle:
 * SQLite, said to be such a one. A statement that fails, or a process that dies behind any of the commits, leaves an
 * upgrade that goes on from there.
 */
#include "support.h"

#include "../../src/db/state.h"
#include "../../src/migrate/migrate.h"
#include "../../src/migrate/progress.h"

static struct cf_driver stepwise;

static void close_engine(void *engine)
{
    cf__engine_close(engine);
}

static cf_engine *open_database(void)
{
    static const struct cf__engine_options options = { 0 };
    cf_engine *engine = cf__engine_open("sqlite://", &options);
    stepwise = *engine->driver;
    stepwise.capabilities &= ~(unsigned)CF_CAN_TRANSACTIONAL_DDL;
    engine->driver = &stepwise;
    cf_defer(here(), close_engine, engine);
    return engine;
}

static void execute(cf_engine *engine, const char *sql)
{
    struct cf__link link;
    cf__link_init(&link, engine, cf__current());
    cf__link_script(&link, sql);
    cf__link_commit(&link);
    cf__link_end(&link);
}

static int64_t ask(cf_engine *engine, const char *sql)
{
    struct cf__link link;
    cf__link_init(&link, engine, cf__current());
    struct cf__rows rows = cf__link_sql(&link, sql, NULL, 0, NULL, NULL, false);
    int64_t value = cf__rows_integer(&rows);
    cf__link_end(&link);
    return value;
}

/* ---- Revisions -------------------------------------------------------------------------------------------------- */

static bool fails; /* whether the statement in the middle does */

static void make_all(cf_ops *op)
{
    cf_create_table(op, "users", (id, Id), (name, String(50), index = true));
    cf_execute(op, fails ? "INSERT INTO nowhere VALUES (1)" : "INSERT INTO users (name) VALUES ('kim')");
    cf_add_column(op, "users", "age", Nullable(Integer));
    cf_create_index(op, "ix_users_age", "users", .columns = { "age" });
    cf_create_view(op, "named", "SELECT name FROM users");
}
static void drop_all(cf_ops *op)
{
    cf_drop_view(op, "named");
    cf_drop_table(op, "users");
}
static void make_other(cf_ops *op)
{
    cf_create_table(op, "others", (id, Id));
}

static void drop_other(cf_ops *op)
{
    cf_drop_table(op, "others");
}

static const cf_revision first = {
    .id = "aaaaaaaaaaaa", .message = "first", .upgrade = make_other, .downgrade = drop_other
};
static const cf_revision second = {
    .id = "bbbbbbbbbbbb", .revises = { "aaaaaaaaaaaa" }, .message = "second", .upgrade = make_all, .downgrade = drop_all
};
static const cf_revision *const revisions[] = { &first, &second, NULL };

static void upgrade(void *migration)
{
    struct cf__buffer output = cf__buffer_new(cf__current(), CF__CAP_OUTPUT, "the output");
    ((struct cf__migration *)migration)->output = &output;
    cf__db_upgrade(migration, "head", false);
}

static void downgrade(void *migration)
{
    struct cf__buffer output = cf__buffer_new(cf__current(), CF__CAP_OUTPUT, "the output");
    ((struct cf__migration *)migration)->output = &output;
    cf__db_downgrade(migration, "-1", false);
}

static struct cf__migration new_migration(void)
{
    return (struct cf__migration){ .revisions = revisions, .directory = "migrations", .engine = open_database() };
}

static void expect_whole(cf_engine *engine)
{
    assert_int_equal(ask(engine, "SELECT count(*) FROM named WHERE name = 'kim'"), 1);
    assert_int_equal(ask(engine, "SELECT count(*) FROM pragma_index_list('users')"), 2);
    assert_int_equal(ask(engine, "SELECT count(*) FROM pragma_table_info('users') WHERE name = 'age'"), 1);
    assert_int_equal(ask(engine, "SELECT count(*) FROM carafe_history"), 2);
    assert_int_equal(ask(engine, "SELECT count(*) FROM carafe_progress"), 0);
}

/* ---- Stopping and going on -------------------------------------------------------------------------------------- */

static void fail_and_go_on(void *argument)
{
    (void)argument;
    struct cf__migration migration = new_migration();
    fails = true;
    message_of(upgrade, &migration);
    assert_int_equal(ask(migration.engine, "SELECT step FROM carafe_progress WHERE begun"), 2);
    assert_int_equal(ask(migration.engine, "SELECT count(*) FROM users"), 0);
    fails = false; /* the revision is mended */
    assert_string_equal(message_of(upgrade, &migration),
                        "revision bbbbbbbbbbbb: it stopped in the middle of \"INSERT INTO users "
                        "(name) VALUES ('kim')\", and only you can tell whether that was done: say --resume done, or "
                        "--resume again to run it once more");
    assert_string_equal(message_of(downgrade, &migration),
                        "revision aaaaaaaaaaaa: the upgrade of revision bbbbbbbbbbbb stopped half-way: db upgrade goes "
                        "on with it, and must come first");
    migration.resume = CF__RESUME_AGAIN;
    upgrade(&migration);
    expect_whole(migration.engine);
}

static void what_failed_is_mended_and_gone_on_with(void **state)
{
    (void)state;
    in_fiber(fail_and_go_on, NULL);
}

/* As a process that died there leaves it: step `step` begun, or done but not noted. */
static void stop_at(struct cf__migration *migration, size_t step, bool done)
{
    static const char create[] =
        "CREATE TABLE users (id INTEGER CONSTRAINT pk_users PRIMARY KEY, name VARCHAR(50) NOT NULL)";
    static const char *const statements[] = { create,
                                              "CREATE INDEX ix_users_name ON users (name)",
                                              "INSERT INTO users (name) VALUES ('kim')",
                                              "ALTER TABLE users ADD COLUMN age INTEGER",
                                              "CREATE INDEX ix_users_age ON users (age)",
                                              "CREATE VIEW named AS SELECT name FROM users" };
    struct cf__operations list = cf__record(here(), make_all);
    struct cf__plan plan = cf__plan_new(here(), &stepwise, empty_schema());
    cf__plan_operations(&plan, &list, NULL);
    assert_int_equal(plan.count, sizeof(statements) / sizeof(*statements));
    struct cf__link link;
    cf__link_init(&link, migration->engine, cf__current());
    for (size_t i = 0; i < step + done; i++)
        cf__link_script(&link, statements[i]);
    cf__progress_write(&link, &plan, second.id, true, step, true);
    cf__link_commit(&link);
    cf__link_end(&link);
}

static void die_anywhere(void *argument)
{
    (void)argument;
    fails = false;
    for (size_t step = 0; step < 6; step++)
        for (int done = 0; done < 2; done++) {
            struct cf__migration migration = new_migration();
            struct cf__buffer output = cf__buffer_new(cf__current(), CF__CAP_OUTPUT, "the output");
            migration.output = &output;
            cf__db_upgrade(&migration, first.id, false);
            stop_at(&migration, step, done);
            migration.resume = step != 2 ? CF__RESUME_ASK : done ? CF__RESUME_DONE : CF__RESUME_AGAIN;
            upgrade(&migration);
            expect_whole(migration.engine);
        }
}

static void a_process_that_dies_anywhere_leaves_what_the_next_one_finishes(void **state)
{
    (void)state;
    in_fiber(die_anywhere, NULL);
}

/* ---- What is refused -------------------------------------------------------------------------------------------- */

static void go_another_way(void *argument)
{
    (void)argument;
    struct cf__migration migration = new_migration();
    fails = false;
    upgrade(&migration);
    execute(migration.engine, "INSERT INTO carafe_progress VALUES ('aaaaaaaaaaaa', 1, 0, 1, 'x')");
    assert_string_equal(message_of(downgrade, &migration),
                        "revision bbbbbbbbbbbb: the upgrade of revision aaaaaaaaaaaa stopped half-way: db upgrade goes "
                        "on with it, and must come first");
}

static void what_stopped_half_way_comes_first(void **state)
{
    (void)state;
    in_fiber(go_another_way, NULL);
}

static void edit_what_was_done(void *argument)
{
    (void)argument;
    struct cf__migration migration = new_migration();
    fails = true;
    message_of(upgrade, &migration);
    execute(migration.engine, "UPDATE carafe_progress SET hash = 'x'");
    assert_string_equal(message_of(upgrade, &migration),
                        "revision bbbbbbbbbbbb: 2 of its statements had been applied when it stopped, "
                        "and they are others now: put back what it said before");
}

static void what_was_done_may_not_be_edited(void **state)
{
    (void)state;
    in_fiber(edit_what_was_done, NULL);
}

static int enter(void **state)
{
    if (enter_directory(state) || mkdir("migrations", 0777))
        return -1;
    write_text("migrations/revisions.list", "CF_REVISION(aaaaaaaaaaaa)\nCF_REVISION(bbbbbbbbbbbb)\n");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_failed_is_mended_and_gone_on_with, enter, leave_directory),
        cmocka_unit_test_setup_teardown(a_process_that_dies_anywhere_leaves_what_the_next_one_finishes, enter,
                                        leave_directory),
        cmocka_unit_test_setup_teardown(what_stopped_half_way_comes_first, enter, leave_directory),
        cmocka_unit_test_setup_teardown(what_was_done_may_not_be_edited, enter, leave_directory),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}

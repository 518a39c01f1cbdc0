/* SPDX-License-Identifier: MIT
 *
 * Revisions run against SQLite files: what they make, that a failure or a kill leaves whole revisions, and that
 * rebuilding a table loses nothing.
 */
#include "support.h"

#include <signal.h>

#include "../../src/migrate/migrate.h"
#include "../../src/migrate/runner.h"

/* ---- A database ------------------------------------------------------------------------------------------------- */

static void close_engine(void *engine)
{
    cf__engine_close(engine);
}

static cf_engine *open_database(const char *uri)
{
    static const struct cf__engine_options options = { 0 };
    cf_engine *engine = cf__engine_open(uri, &options);
    cf_defer(here(), close_engine, engine);
    return engine;
}

static int64_t ask(cf_engine *engine, const char *sql)
{
    struct cf__link link;
    cf__link_init(&link, engine, cf__current());
    cf__link_begin(&link);
    struct cf__rows rows = cf__link_sql(&link, sql, NULL, 0, NULL, NULL, false);
    int64_t value = cf__rows_integer(&rows);
    cf__link_end(&link);
    return value;
}

static void execute(cf_engine *engine, const char *sql)
{
    struct cf__link link;
    cf__link_init(&link, engine, cf__current());
    cf__link_script(&link, sql);
    cf__link_commit(&link);
    cf__link_end(&link);
}

static bool has_table(cf_engine *engine, const char *table)
{
    return ask(engine,
               cf_format(here(), "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '%s'", table));
}

/* Runs a command and returns what it printed. */
static const char *output_of(struct cf__migration *migration, const char *target, bool up, bool sql)
{
    struct cf__buffer output = cf__buffer_new(cf__current(), CF__CAP_OUTPUT, "the output");
    migration->output = &output;
    (up ? cf__db_upgrade : cf__db_downgrade)(migration, target, sql);
    migration->output = NULL; /* the buffer ends with this frame */
    return cf__buffer_text(&output);
}

static const char *upgrade(struct cf__migration *migration, const char *target)
{
    return output_of(migration, target, true, false);
}

static const char *downgrade(struct cf__migration *migration, const char *target)
{
    return output_of(migration, target, false, false);
}

/* What the live tables lack or have beside what the revisions make; "" for nothing. */
static const char *drift(struct cf__migration *migration)
{
    struct cf__graph graph = cf__graph_of(here(), migration->revisions);
    struct cf__link link;
    cf__link_init(&link, migration->engine, cf__current());
    struct cf__applied applied = cf__history_read(&link, &graph);
    cf__link_end(&link);
    struct cf_schema *expected = cf__replay(&graph, &applied.set);
    const struct cf__diff_options options = { .lenient = true,
                                              .dialect = cf__engine_driver(migration->engine)->dialect };
    struct cf__operations list = cf__diff(here(), expected, cf__engine_inspect(migration->engine, here()), &options);
    return lines_of(expected, &list);
}

/* ---- Up and down ------------------------------------------------------------------------------------------------ */

static void create_users(cf_ops *op)
{
    cf_create_table(op, "users", (id, Id), (name, String(50)), (email, String(120), unique = true));
}
static void drop_users(cf_ops *op)
{
    cf_drop_table(op, "users");
}
static void add_age(cf_ops *op)
{
    cf_add_column(op, "users", "age", Nullable(Integer));
    cf_create_index(op, "ix_users_age", "users", .columns = { "age" });
}
static void drop_age(cf_ops *op)
{
    cf_drop_index(op, "ix_users_age", "users");
    cf_drop_column(op, "users", "age");
}
static void change_name(cf_ops *op)
{
    cf_alter_column(op, "users", "name", Nullable(Text));
    cf_drop_constraint(op, "uq_users_email", "users");
    cf_create_check(op, "ck_users_named", "users", "name <> ''");
}
static void change_name_back(cf_ops *op)
{
    cf_drop_constraint(op, "ck_users_named", "users");
    cf_create_unique(op, "uq_users_email", "users", .columns = { "email" });
    cf_alter_column(op, "users", "name", String(50), .fill = "'?'");
}
static const cf_revision first = {
    .id = "4f2a91c0d3e7", .message = "create users", .upgrade = create_users, .downgrade = drop_users
};
static const cf_revision second = { .id = "9c1d7b20aa34",
                                    .revises = { "4f2a91c0d3e7" },
                                    .message = "add users.age",
                                    .upgrade = add_age,
                                    .downgrade = drop_age };
static const cf_revision third = { .id = "a00000000003",
                                   .revises = { "9c1d7b20aa34" },
                                   .message = "change users.name",
                                   .upgrade = change_name,
                                   .downgrade = change_name_back };
static const cf_revision *const three[] = { &third, &first, &second, NULL };

static void walk(void *argument)
{
    (void)argument;
    struct cf__migration migration = { .revisions = three,
                                       .directory = "migrations",
                                       .engine = open_database("sqlite:///a.db") };
    assert_string_equal(upgrade(&migration, "+1"), "Running upgrade <base> -> 4f2a91c0d3e7, create users\n");
    assert_string_equal(drift(&migration), "");
    execute(migration.engine,
            "INSERT INTO users (name, email) VALUES ('kim', 'kim@example.com'), ('lee', 'lee@example.com')");
    assert_string_equal(upgrade(&migration, NULL), "Running upgrade 4f2a91c0d3e7 -> 9c1d7b20aa34, add users.age\n"
                                                   "Running upgrade 9c1d7b20aa34 -> a00000000003, change users.name\n");
    assert_string_equal(drift(&migration), "");
    assert_string_equal(upgrade(&migration, "head"), "");
    execute(migration.engine, "UPDATE users SET name = NULL WHERE name = 'lee'");
    assert_int_equal(ask(migration.engine, "SELECT count(*) FROM carafe_history"), 3);
    assert_string_equal(downgrade(&migration, NULL),
                        "Running downgrade a00000000003 -> 9c1d7b20aa34, change users.name\n");
    assert_int_equal(ask(migration.engine, "SELECT count(*) FROM users WHERE name = '?'"), 1);
    assert_string_equal(drift(&migration), "");
    assert_string_equal(downgrade(&migration, "4f"), "Running downgrade 9c1d7b20aa34 -> 4f2a91c0d3e7, add users.age\n");
    assert_int_equal(ask(migration.engine, "SELECT count(*) FROM users"), 2);
    assert_string_equal(drift(&migration), "");
    assert_string_equal(downgrade(&migration, "base"), "Running downgrade 4f2a91c0d3e7 -> <base>, create users\n");
    assert_false(has_table(migration.engine, "users"));
    assert_int_equal(ask(migration.engine, "SELECT count(*) FROM carafe_history"), 0);
}

static void revisions_go_up_and_down(void **state)
{
    (void)state;
    in_fiber(walk, NULL);
}

static void walk_in_memory(void *argument)
{
    (void)argument;
    struct cf__migration migration = { .revisions = three,
                                       .directory = "migrations",
                                       .engine = open_database("sqlite://") };
    cf__migrate_to_head(&migration);
    assert_string_equal(drift(&migration), "");
    assert_int_equal(ask(migration.engine, "PRAGMA foreign_keys"), 1);
}

static void a_database_in_memory_is_migrated_too(void **state)
{
    (void)state;
    in_fiber(walk_in_memory, NULL);
}

/* ---- As a script ------------------------------------------------------------------------------------------------ */

static void run_script(void *argument)
{
    (void)argument;
    cf_engine *printed = open_database("sqlite:///printed.db");
    struct cf__migration migration = { .revisions = three, .directory = "migrations", .engine = printed };
    const char *script = output_of(&migration, NULL, true, true);
    assert_non_null(
        strstr(script, "-- Running upgrade <base> -> 4f2a91c0d3e7, create users\nBEGIN;\nCREATE TABLE users ("));
    assert_non_null(
        strstr(script, "ALTER TABLE users ADD COLUMN age INTEGER;\nCREATE INDEX ix_users_age ON users (age);\n"));
    assert_false(has_table(printed, "users"));

    const struct cf_driver *driver = cf__engine_driver(printed);
    struct cf_uri uri;
    cf__uri_parse(cf__current(), "sqlite:///printed.db", &uri);
    struct cf_connection *connection = driver->open(&uri, &(struct cf_open_options){ 0 });
    driver->script(connection, script);
    assert_string_equal(drift(&migration), "");
    assert_int_equal(ask(printed, "SELECT count(*) FROM carafe_history"), 3);
    script = output_of(&migration, "head:base", false, true);
    driver->script(connection, script);
    driver->close(connection);
    assert_false(has_table(printed, "users"));
    assert_int_equal(ask(printed, "SELECT count(*) FROM carafe_history"), 0);
}

static void the_printed_script_does_the_same(void **state)
{
    (void)state;
    in_fiber(run_script, NULL);
}

static void print_part(void *argument)
{
    (void)argument;
    struct cf__migration migration = { .revisions = three,
                                       .directory = "migrations",
                                       .engine = open_database("sqlite:///p.db") };
    const char *script = output_of(&migration, "4f:9c", true, true);
    assert_null(strstr(script, "CREATE TABLE"));
    assert_non_null(strstr(script, "-- Running upgrade 4f2a91c0d3e7 -> 9c1d7b20aa34, add users.age\nBEGIN;\n"));
    assert_null(strstr(script, "a00000000003"));
    assert_non_null(
        strstr(output_of(&migration, "-1", false, true), "-- Running downgrade a00000000003 -> 9c1d7b20aa34"));
}

static void a_script_may_begin_at_a_revision(void **state)
{
    (void)state;
    in_fiber(print_part, NULL);
}

/* ---- Failures --------------------------------------------------------------------------------------------------- */

static void fail_late(cf_ops *op)
{
    cf_create_table(op, "extra", (id, Id));
    cf_add_column(op, "users", "born", Integer);
}
static const cf_revision failing = {
    .id = "f00000000004", .revises = { "4f2a91c0d3e7" }, .message = "fail", .upgrade = fail_late
};
static const cf_revision *const with_failing[] = { &first, &failing, NULL };

static void run_upgrade(void *migration)
{
    cf__db_upgrade(migration, NULL, false);
}

static void run_downgrade(void *migration)
{
    cf__db_downgrade(migration, NULL, false);
}

static void fail_in_the_middle(void *argument)
{
    (void)argument;
    struct cf__migration migration = { .revisions = three,
                                       .directory = "migrations",
                                       .engine = open_database("sqlite:///f.db") };
    upgrade(&migration, "+1");
    execute(migration.engine, "INSERT INTO users (name, email) VALUES ('kim', 'k')");
    migration.revisions = with_failing;
    const char *message = message_of(run_upgrade, &migration);
    if (strstr(message, "revision f00000000004: add column users.born: ") != message)
        fail_msg("%s", message);
    assert_false(has_table(migration.engine, "extra"));
    assert_false(has_table(migration.engine, "carafe_rebuild_users"));
    assert_int_equal(ask(migration.engine, "SELECT count(*) FROM users"), 1);
    assert_int_equal(ask(migration.engine, "SELECT count(*) FROM carafe_history"), 1);
    assert_int_equal(ask(migration.engine, "PRAGMA foreign_keys"), 1);
    execute(migration.engine, "DELETE FROM users"); /* now there is no row without a value */
    upgrade(&migration, NULL);
    assert_true(has_table(migration.engine, "extra"));
    assert_string_equal(message_of(run_downgrade, &migration), "revision f00000000004 has no downgrade");
}

static void a_failing_revision_leaves_nothing_behind(void **state)
{
    (void)state;
    in_fiber(fail_in_the_middle, NULL);
}

static void forget_revision(void *argument)
{
    (void)argument;
    static const cf_revision *const only_first[] = { &first, NULL };
    struct cf__migration migration = { .revisions = three,
                                       .directory = "migrations",
                                       .engine = open_database("sqlite:///l.db") };
    upgrade(&migration, "+2");
    migration.revisions = only_first;
    assert_string_equal(
        message_of(run_upgrade, &migration),
        "revision 9c1d7b20aa34 (add users.age) is applied to the database and not linked into this program: use "
        "a version of the program that has it, or put its file back and run make");
}

static void an_applied_revision_that_is_not_linked_is_named(void **state)
{
    (void)state;
    in_fiber(forget_revision, NULL);
}

static void edit_revision(void *argument)
{
    (void)argument;
    static const cf_revision edited = { .id = "4f2a91c0d3e7", .message = "create users", .upgrade = fail_late };
    static const cf_revision *const with_edited[] = { &edited, NULL };
    struct cf__migration migration = { .revisions = three,
                                       .directory = "migrations",
                                       .engine = open_database("sqlite:///e.db") };
    upgrade(&migration, "+1");
    fflush(stderr);
    int saved = dup(STDERR_FILENO), file = open("warnings", O_CREAT | O_WRONLY | O_TRUNC, 0600);
    dup2(file, STDERR_FILENO);
    upgrade(&migration, "4f");
    migration.revisions = with_edited;
    upgrade(&migration, NULL);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(file);
    const char *warnings = read_text("warnings"),
               *words = "revision 4f2a91c0d3e7 (create users) was edited after it was applied";
    const char *found = strstr(warnings, words);
    assert_non_null(found);
    assert_null(strstr(found + 1, words));
}

static void a_revision_edited_after_it_was_applied_is_named(void **state)
{
    (void)state;
    in_fiber(edit_revision, NULL);
}

/* ---- Many processes, and one that dies -------------------------------------------------------------------------- */

static void log_one(cf_ops *op)
{
    cf_create_table(op, "log", (id, Id), (text, Text));
    cf_execute(op, "INSERT INTO log (text) VALUES ('one')");
}
static void log_two(cf_ops *op)
{
    cf_execute(op, "INSERT INTO log (text) VALUES ('two')");
    cf_alter_column(op, "log", "text", String(20));
}
static void (*meanwhile)(void *); /* done once while the third revision is planned: another process that is faster */
static void log_three(cf_ops *op)
{
    void (*act)(void *) = meanwhile;
    meanwhile = NULL;
    if (act)
        act(NULL);
    cf_execute(op, "INSERT INTO log (text) VALUES ('three')");
}
static bool hangs;
static void log_four(cf_ops *op)
{
    cf_alter_column(op, "log", "text", Text);
    cf_execute(op, "INSERT INTO log (text) VALUES ('four')");
    if (hangs)
        cf_execute(op, "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT 1 FROM c) DELETE FROM log WHERE id IN "
                       "(SELECT -x FROM c)");
    cf_create_table(op, "after", (id, Id));
}
static const cf_revision log_revisions[] = {
    { .id = "000000000001", .message = "one", .upgrade = log_one },
    { .id = "000000000002", .revises = { "000000000001" }, .message = "two", .upgrade = log_two },
    { .id = "000000000003", .revises = { "000000000002" }, .message = "three", .upgrade = log_three },
    { .id = "000000000004", .revises = { "000000000003" }, .message = "four", .upgrade = log_four },
};
static const cf_revision *const logged[] = { &log_revisions[0], &log_revisions[1], &log_revisions[2], &log_revisions[3],
                                             NULL };

/* `gate`: a descriptor whose end is waited for, so that processes start together; or NULL. */
static void upgrade_to_head(void *gate)
{
    char nothing;
    if (gate && read(*(int *)gate, &nothing, 1) != 0)
        fail();
    struct cf__migration migration = { .revisions = logged,
                                       .directory = "migrations",
                                       .engine = open_database("sqlite:///log.db") };
    cf__migrate_to_head(&migration);
}

/* The child leaves without the test's own end: what it holds is the kernel's to free. */
static pid_t start_child(int error_output, int *gate)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    if (gate)
        close(gate[1]);
    dup2(error_output, STDERR_FILENO);
    struct cf__error_record record;
    bool done = cf__loop_run_fiber(upgrade_to_head, gate, &record);
    if (!done)
        dprintf(STDERR_FILENO, "%s\n", record.error.message);
    _exit(done ? 0 : 1);
}

static void look_at_log(void *argument)
{
    (void)argument;
    cf_engine *engine = open_database("sqlite:///log.db");
    assert_int_equal(ask(engine, "SELECT count(*) FROM carafe_history"), 4);
    assert_int_equal(ask(engine, "SELECT count(*) FROM log"), 4);
    assert_int_equal(ask(engine, "SELECT count(DISTINCT text) FROM log"), 4);
    assert_true(has_table(engine, "after"));
    assert_false(has_table(engine, "carafe_rebuild_log"));
}

static void ten_processes_apply_each_revision_once(void **state)
{
    (void)state;
    enum { PROCESSES = 10 };
    pid_t children[PROCESSES];
    int errors = open("errors", O_CREAT | O_WRONLY | O_APPEND, 0600);
    int gate[2];
    assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
    for (int i = 0; i < PROCESSES; i++)
        children[i] = start_child(errors, gate);
    close(errors);
    close(gate[0]);
    close(gate[1]);
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        if (status != 0) {
            char text[4096] = "";
            int file = open("errors", O_RDONLY);
            assert_true(read(file, text, sizeof(text) - 1) >= 0);
            close(file);
            fail_msg("process %d ended with %d: %s", i, status, text);
        }
    }
    in_fiber(look_at_log, NULL);
}

static void be_overtaken(void *argument)
{
    (void)argument;
    meanwhile = upgrade_to_head;
    upgrade_to_head(NULL);
    assert_null(meanwhile);
    look_at_log(NULL);
}

static void a_process_that_is_overtaken_finds_it_done(void **state)
{
    (void)state;
    in_fiber(be_overtaken, NULL);
}

static void a_killed_upgrade_is_done_again(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    hangs = true;
    pid_t child = start_child(ends[1], NULL);
    hangs = false;
    close(ends[1]);
    char text[8192] = "";
    size_t size = 0;
    while (!strstr(text, "-> 000000000004, four")) {
        ssize_t got = read(ends[0], text + size, sizeof(text) - 1 - size);
        if (got <= 0)
            fail_msg("the child ended: %s", text);
        size += (size_t)got;
        text[size] = '\0';
    }
    usleep(20000); /* somewhere inside; anywhere will do */
    kill(child, SIGKILL);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    close(ends[0]);
    in_fiber(upgrade_to_head, NULL);
    in_fiber(look_at_log, NULL);
}

/* ---- Rebuilding ------------------------------------------------------------------------------------------------- */

static void create_family(cf_ops *op)
{
    cf_create_table(op, "parents", (id, Id), (name, String(50)), (age, Integer, check = "age > 0"),
                    (note, Nullable(Text)));
    cf_create_table(op, "children", (id, Id), (parent_id, Integer, references = "parents.id", on_delete = "cascade"),
                    (other_id, Nullable(Integer), references = "parents.id", on_delete = "set null"));
    cf_create_index(op, "ix_parents_name", "parents", .columns = { "name" });
    cf_create_index(op, "ix_parents_grown", "parents", .columns = { "name" }, .where = "id > 17");
    cf_execute(op, "CREATE TABLE log (text TEXT)");
    cf_execute(op, "CREATE TRIGGER parents_log AFTER INSERT ON parents BEGIN INSERT INTO log VALUES (new.name); END");
    cf_execute(op, "CREATE VIEW names AS SELECT id, name FROM parents");
}
static void drop_family(cf_ops *op)
{
    cf_execute(op, "DROP VIEW names");
    cf_drop_table(op, "children");
    cf_drop_table(op, "parents");
    cf_execute(op, "DROP TABLE log");
}
static void change_family(cf_ops *op)
{
    cf_drop_column(op, "parents", "age"); /* with its check: a rebuild */
    cf_add_column(op, "parents", "size", Integer, .fill = "length(name)");
    cf_add_column(op, "parents", "twice", Integer, .fill = "size * 2"); /* of a column that the same revision adds */
    cf_alter_column(op, "parents", "note", Text, .server_default = "none");
    cf_rename_column(op, "parents", "name", "title");
    cf_rename_constraint(op, "ix_parents_name", "parents", "ix_parents_title");
    cf_create_unique(op, "uq_parents_title", "parents", .columns = { "title" });
    cf_rename_table(op, "children", "kids");
}
static void change_family_back(cf_ops *op)
{
    cf_rename_table(op, "kids", "children");
    cf_drop_constraint(op, "uq_parents_title", "parents");
    cf_rename_constraint(op, "ix_parents_title", "parents", "ix_parents_name");
    cf_rename_column(op, "parents", "title", "name");
    cf_alter_column(op, "parents", "note", Nullable(Text));
    cf_drop_column(op, "parents", "twice");
    cf_drop_column(op, "parents", "size");
    cf_add_column(op, "parents", "age", Integer, .fill = "1", .check = "age > 0");
}
static void refer_to_nobody(cf_ops *op)
{
    cf_create_foreign_key(op, "fk_log", "parents", .columns = { "size" }, .references_table = "parents",
                          .references_columns = { "id" });
}
static const cf_revision family = {
    .id = "fa0000000001", .message = "family", .upgrade = create_family, .downgrade = drop_family
};
static const cf_revision changed = { .id = "fa0000000002",
                                     .revises = { "fa0000000001" },
                                     .message = "changed",
                                     .upgrade = change_family,
                                     .downgrade = change_family_back };
static const cf_revision dangling = {
    .id = "fa0000000003", .revises = { "fa0000000002" }, .message = "dangling", .upgrade = refer_to_nobody
};
static const cf_revision *const families[] = { &family, &changed, &dangling, NULL };

static void expect_family(cf_engine *engine, const char *children)
{
    assert_int_equal(ask(engine, "SELECT count(*) FROM parents"), 2);
    assert_int_equal(ask(engine, cf_format(here(), "SELECT count(*) FROM %s", children)), 3);
    assert_int_equal(ask(engine, cf_format(here(), "SELECT count(other_id) FROM %s", children)), 2);
    assert_int_equal(ask(engine, "SELECT count(*) FROM names"), 2);
    assert_int_equal(ask(engine,
                         "SELECT count(*) FROM sqlite_schema WHERE name IN ('parents_log', 'ix_parents_grown')"),
                     2);
    assert_int_equal(ask(engine, "PRAGMA foreign_keys"), 1);
    assert_int_equal(ask(engine, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
}

static void rebuild_family(void *argument)
{
    (void)argument;
    struct cf__migration migration = { .revisions = families,
                                       .directory = "migrations",
                                       .engine = open_database("sqlite:///r.db") };
    cf_engine *engine = migration.engine;
    upgrade(&migration, "+1");
    execute(engine, "INSERT INTO parents (id, name, age, note) VALUES (1, 'ann', 30, NULL), (2, 'bo', 40, 'x');"
                    "INSERT INTO children (parent_id, other_id) VALUES (1, 2), (1, NULL), (2, 1)");
    upgrade(&migration, "+1");
    expect_family(engine, "kids");
    assert_int_equal(ask(engine, "SELECT size FROM parents WHERE title = 'ann'"), 3);
    assert_int_equal(ask(engine, "SELECT twice FROM parents WHERE title = 'bo'"), 4);
    assert_int_equal(ask(engine, "SELECT count(*) FROM parents WHERE note = 'none'"), 1);
    assert_int_equal(ask(engine, "SELECT count(*) FROM sqlite_schema WHERE name = 'ix_parents_title'"), 1);
    execute(engine, "INSERT INTO parents (title, size, twice, note) VALUES ('cy', 2, 4, '')");
    assert_int_equal(ask(engine, "SELECT count(*) FROM log"), 3);
    execute(engine, "DELETE FROM parents WHERE title = 'cy'");

    const char *message = message_of(run_upgrade, &migration);
    assert_string_equal(
        message, "revision fa0000000003: rows of table parents refer to rows of table parents that are not there");
    expect_family(engine, "kids");

    downgrade(&migration, "-1");
    expect_family(engine, "children");
    assert_int_equal(ask(engine, "SELECT age FROM parents WHERE name = 'ann'"), 1);
    execute(engine, "DELETE FROM parents WHERE id = 1"); /* the references are enforced again */
    assert_int_equal(ask(engine, "SELECT count(*) FROM children"), 1);
    downgrade(&migration, "base");
    assert_false(has_table(engine, "parents"));
}

static void rebuilding_a_parent_keeps_children_triggers_indexes_and_views(void **state)
{
    (void)state;
    in_fiber(rebuild_family, NULL);
}

/* ---- What no revision has said ---------------------------------------------------------------------------------- */

static void create_notes(cf_ops *op)
{
    cf_create_table(op, "notes", (id, Id), (word, String(20)), (size, Nullable(Integer)));
    cf_execute(op, "DROP TABLE notes");
    cf_execute(op,
               "CREATE TABLE notes (id INTEGER NOT NULL CONSTRAINT pk_notes PRIMARY KEY AUTOINCREMENT, word TEXT NOT "
               "NULL COLLATE NOCASE, size INTEGER) STRICT");
}
static void check_notes(cf_ops *op)
{
    cf_create_check(op, "ck_notes_word", "notes", "word <> ''");
}
static void widen_notes(cf_ops *op)
{
    cf_execute(op, "ALTER TABLE notes ADD COLUMN extra TEXT");
    cf_drop_constraint(op, "ck_notes_word", "notes");
}
static const cf_revision noted = { .id = "ad0000000001", .message = "notes", .upgrade = create_notes };
static const cf_revision noted_well = {
    .id = "ad0000000002", .revises = { "ad0000000001" }, .message = "a check", .upgrade = check_notes
};
static const cf_revision noted_more = {
    .id = "ad0000000003", .revises = { "ad0000000002" }, .message = "more", .upgrade = widen_notes
};
static const cf_revision *const notes[] = { &noted, &noted_well, &noted_more, NULL };

static void rebuild_notes(void *argument)
{
    (void)argument;
    struct cf__migration migration = { .revisions = notes,
                                       .directory = "migrations",
                                       .engine = open_database("sqlite:///n.db") };
    cf_engine *engine = migration.engine;
    upgrade(&migration, "+1");
    execute(engine, "INSERT INTO notes (word) VALUES ('A'), ('b'), ('c'); DELETE FROM notes WHERE id > 1");
    upgrade(&migration, "+1");
    assert_int_equal(ask(engine,
                         "SELECT count(*) FROM sqlite_schema WHERE name = 'notes' AND sql LIKE '%ck_notes_word%'"),
                     1);
    assert_int_equal(ask(engine, "SELECT strict FROM pragma_table_list WHERE name = 'notes'"), 1);
    assert_int_equal(ask(engine, "SELECT count(*) FROM notes WHERE word = 'a'"), 1);
    execute(engine, "INSERT INTO notes (word) VALUES ('d')");
    assert_int_equal(ask(engine, "SELECT id FROM notes WHERE word = 'D'"), 4);
    assert_string_equal(
        message_of(run_upgrade, &migration),
        "revision ad0000000003: drop constraint ck_notes_word on notes: table notes has a column extra "
        "that no revision made, and would lose it: add it with cf_add_column, in place of the cf_execute "
        "that did");
}

static void rebuilding_a_table_keeps_what_only_sql_has_said(void **state)
{
    (void)state;
    in_fiber(rebuild_notes, NULL);
}

/* A table in which SQL has said all that SQLite knows of tables, beside what the revision says. */
SHAPE(Made, (sql, Text));
/* clang-format off */
#define ALL_SQL(name, checks)                                                                                          \
    "CREATE TABLE " name " (\n"                                                                                        \
    "    id INTEGER NOT NULL,\n"                                                                                       \
    "    word VARCHAR(20) COLLATE \"NOCASE\" NOT NULL ON CONFLICT IGNORE,\n"                                           \
    "    low TEXT GENERATED ALWAYS AS (lower(word)) STORED,\n"                                                         \
    "    kind SMALLINT DEFAULT 7 NOT NULL ON CONFLICT REPLACE,\n"                                                      \
    "    one INTEGER NOT NULL,\n"                                                                                      \
    "    other_id INTEGER,\n"                                                                                          \
    "    size INTEGER DEFAULT (1 + 2),\n"                                                                              \
    "    parent INTEGER,\n"                                                                                            \
    "    CONSTRAINT pk_alls PRIMARY KEY (id AUTOINCREMENT) ON CONFLICT FAIL,\n"                                        \
    "    CONSTRAINT one_kind UNIQUE (kind, one) ON CONFLICT REPLACE,\n"                                                \
    "    UNIQUE (one),\n"                                                                                              \
    "    CONSTRAINT fk_alls_other_id_others FOREIGN KEY(other_id) REFERENCES others (id) DEFERRABLE INITIALLY DEFERRED,\n" \
    "    CONSTRAINT itself FOREIGN KEY(parent) REFERENCES alls (id) ON DELETE SET NULL,\n"                             \
    checks                                                                                                             \
    "    CONSTRAINT is_kind CHECK (kind > 0),\n"                                                                       \
    "    CHECK (one > 0 AND word <> 'NULL')\n"                                                                         \
    ")"
/* clang-format on */
static void create_all(cf_ops *op)
{
    cf_create_table(op, "others", (id, Id));
    cf_create_table(op, "alls", (id, Id), (word, String(20)), (low, Nullable(Text)), (kind, SmallInteger),
                    (one, Integer), (other_id, Nullable(Integer), references = "others.id"), (size, Nullable(Integer)),
                    (parent, Nullable(Integer)));
    cf_execute(op, "DROP TABLE alls");
    cf_execute(op, ALL_SQL("alls", ""));
    cf_execute(op, "CREATE UNIQUE INDEX ix_part ON alls (word DESC) WHERE kind > 3");
    cf_execute(op, "CREATE INDEX ix_expression ON alls (lower(word) COLLATE NOCASE, abs(one) DESC)");
    cf_execute(op, "CREATE TRIGGER seen AFTER INSERT ON alls WHEN new.kind = 9 BEGIN UPDATE alls SET size = 9 WHERE id "
                   "= new.id; END");
    cf_execute(op, "CREATE VIEW words AS SELECT word, low FROM alls WHERE kind > 0");
}
static void check_all(cf_ops *op)
{
    cf_create_check(op, "ck_alls_size", "alls", "size <> 5");
}
static void lose_one(cf_ops *op)
{
    cf_drop_constraint(op, "ck_alls_size", "alls");
    cf_drop_column(op, "alls", "one");
}
static void lose_parent(cf_ops *op)
{
    cf_drop_constraint(op, "ck_alls_size", "alls");
    cf_drop_column(op, "alls", "parent");
}
static const cf_revision all = { .id = "ae0000000001", .message = "all", .upgrade = create_all };
static const cf_revision all_checked = {
    .id = "ae0000000002", .revises = { "ae0000000001" }, .message = "a check", .upgrade = check_all
};
static const cf_revision all_less = {
    .id = "ae0000000003", .revises = { "ae0000000002" }, .message = "less", .upgrade = lose_one
};
static const cf_revision all_little = {
    .id = "ae0000000003", .revises = { "ae0000000002" }, .message = "less", .upgrade = lose_parent
};

/* A line a row of one text. */
static const char *read_all(cf_engine *engine, const char *sql)
{
    struct cf__link link;
    struct Made made;
    uint64_t read;
    const char *lines = "";
    cf__link_init(&link, engine, cf__current());
    struct cf__rows rows = cf__link_sql(&link, sql, NULL, 0, &Made.model_, &read, false);
    while (cf__rows_next(&rows, &made))
        lines = cf_format(here(), "%s%s;\n", lines, made.sql);
    cf__link_end(&link);
    return lines;
}

static void rebuild_all(void *argument)
{
    static const char made[] = "SELECT sql FROM sqlite_schema WHERE name <> 'sqlite_sequence' AND name NOT LIKE "
                               "'carafe%' AND sql IS NOT NULL ORDER BY name";
    (void)argument;
    struct cf__migration migration = { .revisions = (const cf_revision *const[]){ &all, &all_checked, &all_less, NULL },
                                       .directory = "migrations",
                                       .engine = open_database("sqlite:///all.db") };
    cf_engine *engine = migration.engine;
    upgrade(&migration, "+1");
    const char *before = read_all(engine, made);
    execute(engine,
            "INSERT INTO alls (word, kind, one) VALUES ('A', 4, 1), ('b', 5, 2); DELETE FROM alls WHERE one = 2");
    upgrade(&migration, "+1");
    const char *after = read_all(engine, made), *rest = before + strlen(ALL_SQL("alls", ""));
    const char *expected =
        cf_format(here(), "%s%s", ALL_SQL("\"alls\"", "    CONSTRAINT ck_alls_size CHECK (size <> 5),\n"), rest);
    if (strcmp(after, expected) != 0) /* too long for cmocka to show */
        fail_msg("the table is now %.900s", after);
    execute(engine, "INSERT INTO alls (word, kind, one) VALUES ('C', 9, 3)");
    assert_int_equal(ask(engine, "SELECT id FROM alls WHERE word = 'c' AND low = 'c' AND size = 9"), 3);
    assert_int_equal(ask(engine, "SELECT count(*) FROM words"), 2);
    assert_string_equal(message_of(run_upgrade, &migration),
                        "revision ae0000000003: drop constraint ck_alls_size on alls: table alls has a unique "
                        "constraint (kind, one) that no revision made, and would lose it with column one: drop it "
                        "before");
    migration.revisions = (const cf_revision *const[]){ &all, &all_checked, &all_little, NULL };
    assert_string_equal(message_of(run_upgrade, &migration),
                        "revision ae0000000003: drop constraint ck_alls_size on alls: table alls has a foreign key "
                        "(parent) that no revision made, and would lose it with column parent: drop it before");
    assert_true(strcmp(read_all(engine, made), after) == 0);
}

static void rebuilding_a_table_keeps_all_that_sqlite_knows_of_it(void **state)
{
    (void)state;
    in_fiber(rebuild_all, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(revisions_go_up_and_down, enter_directory, leave_directory),
        cmocka_unit_test_setup_teardown(a_database_in_memory_is_migrated_too, enter_directory, leave_directory),
        cmocka_unit_test_setup_teardown(the_printed_script_does_the_same, enter_directory, leave_directory),
        cmocka_unit_test_setup_teardown(a_script_may_begin_at_a_revision, enter_directory, leave_directory),
        cmocka_unit_test_setup_teardown(a_failing_revision_leaves_nothing_behind, enter_directory, leave_directory),
        cmocka_unit_test_setup_teardown(an_applied_revision_that_is_not_linked_is_named, enter_directory,
                                        leave_directory),
        cmocka_unit_test_setup_teardown(a_revision_edited_after_it_was_applied_is_named, enter_directory,
                                        leave_directory),
        cmocka_unit_test_setup_teardown(ten_processes_apply_each_revision_once, enter_directory, leave_directory),
        cmocka_unit_test_setup_teardown(a_process_that_is_overtaken_finds_it_done, enter_directory, leave_directory),
        cmocka_unit_test_setup_teardown(a_killed_upgrade_is_done_again, enter_directory, leave_directory),
        cmocka_unit_test_setup_teardown(rebuilding_a_table_keeps_what_only_sql_has_said, enter_directory,
                                        leave_directory),
        cmocka_unit_test_setup_teardown(rebuilding_a_table_keeps_all_that_sqlite_knows_of_it, enter_directory,
                                        leave_directory),
        cmocka_unit_test_setup_teardown(rebuilding_a_parent_keeps_children_triggers_indexes_and_views, enter_directory,
                                        leave_directory),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}

/* SPDX-License-Identifier: MIT
 *
 * The commands of `db` as a user meets them: what they print, what they write, what they refuse.
 */
#include "support.h"

#include <dirent.h>
#include <regex.h>
#include <time.h>

#include "../../src/migrate/migrate.h"

/* clang-format off */
MODEL(User, "users", (id, Id), (name, String(50)), (email, String(120), unique = true));
MODEL(UserAge, "users", (id, Id), (name, String(50)), (email, String(120), unique = true), (age, Nullable(Integer), index = true));
VIEW(Titled, "titled", "SELECT id FROM posts", (id, Id));
MODEL(Post, "posts", (id, Id), (user_id, Nullable(Integer), references = "users.id"));
/* clang-format on */

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
static const cf_revision first = {
    .id = "4f2a91c0d3e7", .message = "create users", .upgrade = create_users, .downgrade = drop_users
};
static const cf_revision second = { .id = "9c1d7b20aa34",
                                    .revises = { "4f2a91c0d3e7" },
                                    .message = "add users.age",
                                    .upgrade = add_age,
                                    .downgrade = drop_age };
static const cf_revision *const none[] = { NULL };
static const cf_revision *const one[] = { &first, NULL };
static const cf_revision *const both[] = { &first, &second, NULL };
static const char both_listed[] = "/* revisions */\nCF_REVISION(9c1d7b20aa34)\nCF_REVISION(4f2a91c0d3e7)\n";

static struct cf__migration migration_of(const cf_revision *const *revisions, const struct cf_model *const *models)
{
    struct cf__buffer *output = cf_alloc(here(), sizeof(*output));
    *output = cf__buffer_new(cf__current(), CF__CAP_OUTPUT, "the output");
    return (
        struct cf__migration){ .models = models, .revisions = revisions, .directory = "migrations", .output = output };
}

/* What was printed since the last call. */
static const char *printed(struct cf__migration *migration)
{
    const char *text = cf_copy(here(), cf__buffer_text(migration->output));
    migration->output->size = 0;
    return text;
}

static void run_init(void *migration)
{
    cf__db_init(migration);
}
static void run_migrate(void *migration)
{
    cf__db_migrate(migration, "create users");
}
static void run_heads(void *migration)
{
    cf__db_heads(migration);
}

static const char *file_ending_in(const char *directory, const char *ending)
{
    DIR *entries = opendir(directory);
    assert_non_null(entries);
    const char *found = NULL;
    const struct dirent *entry;
    while ((entry = readdir(entries))) {
        size_t size = strlen(entry->d_name), end = strlen(ending);
        if (size > end && strcmp(entry->d_name + size - end, ending) == 0)
            found = cf_format(here(), "%s/%s", directory, entry->d_name);
    }
    closedir(entries);
    return found;
}

static void expect_match(const char *text, const char *pattern)
{
    regex_t regex;
    assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
    int result = regexec(&regex, text, 0, NULL, 0);
    regfree(&regex);
    if (result != 0)
        fail_msg("\"%s\" does not match %s", text, pattern);
}

/* ---- init and migrate ------------------------------------------------------------------------------------------- */

static void init_once(void *argument)
{
    (void)argument;
    struct cf__migration migration = migration_of(none, CF_MODELS(User));
    assert_string_equal(message_of(run_migrate, &migration), "there is no directory migrations: run db init first");
    cf__db_init(&migration);
    assert_string_equal(printed(&migration),
                        "Created migrations/ with revisions.h, revisions.list and .gitattributes\n");
    assert_string_equal(read_text("migrations/.gitattributes"), "revisions.list merge=union\n");
    assert_string_equal(message_of(run_init, &migration),
                        "migrations exists and is not empty: db init only makes a new one");
}

static void init_makes_the_directory_once(void **state)
{
    (void)state;
    in_fiber(init_once, NULL);
}

static void migrate_once(void *argument)
{
    (void)argument;
    struct cf__migration migration = migration_of(none, CF_MODELS(User));
    cf__db_init(&migration);
    printed(&migration);
    assert_true(cf__db_migrate(&migration, "create users"));
    expect_match(printed(&migration), "^Detected added table 'users'\n"
                                      "Generated migrations/[0-9]{8}_[0-9]{4}_[0-9a-f]{12}_create_users\\.c\n$");
    expect_match(read_text("migrations/revisions.list"), "^/\\* [^\n]*\\*/\nCF_REVISION\\([0-9a-f]{12}\\)\n$");
    assert_non_null(
        strstr(read_text(file_ending_in("migrations", "_create_users.c")), "(email, String(120), unique = true));\n"));
    expect_match(message_of(run_migrate, &migration),
                 "^run make first: revision [0-9a-f]{12} of migrations/revisions.list is not "
                 "linked into this program$");
}

static void migrate_writes_a_revision_and_then_wants_make(void **state)
{
    (void)state;
    in_fiber(migrate_once, NULL);
}

static void migrate_next(void *argument)
{
    (void)argument;
    struct cf__migration migration = migration_of(one, CF_MODELS(UserAge));
    cf__db_init(&migration);
    write_text("migrations/revisions.list", "CF_REVISION(4f2a91c0d3e7)"); /* no line end: as an editor may leave it */
    printed(&migration);
    assert_true(cf__db_migrate(&migration, NULL));
    expect_match(printed(&migration), "^Detected added column 'users\\.age'\n"
                                      "Detected added index 'ix_users_age' on 'users \\(age\\)'\nGenerated ");
    expect_match(read_text("migrations/revisions.list"),
                 "^CF_REVISION\\(4f2a91c0d3e7\\)\nCF_REVISION\\([0-9a-f]{12}\\)\n$");
    const char *text = read_text(file_ending_in("migrations", "_no_message.c"));
    assert_non_null(strstr(text, ".revises = { \"4f2a91c0d3e7\" }"));
}

static void a_second_revision_revises_the_first(void **state)
{
    (void)state;
    in_fiber(migrate_next, NULL);
}

static void migrate_nothing(void *argument)
{
    (void)argument;
    struct cf__migration migration = migration_of(both, CF_MODELS(UserAge));
    cf__db_init(&migration);
    write_text("migrations/revisions.list", both_listed);
    printed(&migration);
    assert_false(cf__db_migrate(&migration, "nothing"));
    assert_string_equal(printed(&migration), "No changes in schema detected.\n");
    assert_null(file_ending_in("migrations", ".c"));
}

static void nothing_changed_writes_nothing(void **state)
{
    (void)state;
    in_fiber(migrate_nothing, NULL);
}

/* The header that init writes, with its list, compiled as a program's. */
static void use_header(void *argument)
{
    (void)argument;
    struct cf__migration migration = migration_of(none, CF_MODELS(User));
    cf__db_init(&migration);
    write_text("migrations/revisions.list", both_listed);
    write_text(
        "main.c",
        "#include \"migrations/revisions.h\"\n#include \"migrations/revisions.h\"\n"
        "const cf_revision revision_4f2a91c0d3e7 = { .id = \"4f2a91c0d3e7\" };\n"
        "const cf_revision revision_9c1d7b20aa34 = { .id = \"9c1d7b20aa34\" };\n"
        "int main(void) { return !(revisions[0] == &revision_9c1d7b20aa34 && revisions[1] && !revisions[2]); }\n");
    if (system("cc -std=gnu11 -Wall -Wextra -Wpedantic -Werror -Wno-missing-field-initializers -I '" INCLUDE_DIRECTORY
               "' -o main main.c && ./main"))
        fail_msg("revisions.h does not give the array");
}

static void revisions_h_gives_the_array_of_the_list(void **state)
{
    (void)state;
    in_fiber(use_header, NULL);
}

/* ---- Staleness -------------------------------------------------------------------------------------------------- */

static void be_stale(void *argument)
{
    (void)argument;
    static const struct {
        const char *list, *message;
    } cases[] = {
        { "CF_REVISION(4f2a91c0d3e7)\n",
          "run make first: revision 9c1d7b20aa34 is linked into this program and not in migrations/revisions.list" },
        { "CF_REVISION(4f2a91c0d3e7)\nCF_REVISION(9c1d7b20aa34)\nCF_REVISION(000000000001)\n",
          "run make first: revision 000000000001 of migrations/revisions.list is not linked into this program" },
        { "CF_REVISION(4f2a91c0d3e7)\n<<<<<<< HEAD\n",
          "migrations/revisions.list:2: \"<<<<<<< HEAD\" is not CF_REVISION(id)" },
        { "CF_REVISION(4f2a91c0d3e7);\n",
          "migrations/revisions.list:1: \"CF_REVISION(4f2a91c0d3e7);\" is not CF_REVISION(id)" },
        { "CF_REVISION()\n", "migrations/revisions.list:1: \"CF_REVISION()\" is not CF_REVISION(id)" },
        { "\n  CF_REVISION(a)\r\nCF_REVISION(a)\n", "migrations/revisions.list:3: revision a is listed twice" },
    };
    struct cf__migration migration = migration_of(both, CF_MODELS(UserAge));
    cf__db_init(&migration);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        write_text("migrations/revisions.list", cases[i].list);
        assert_string_equal(message_of(run_heads, &migration), cases[i].message);
    }
    write_text("migrations/revisions.list", both_listed);
    cf__db_heads(&migration);
}

static void a_list_that_is_not_linked_asks_for_make(void **state)
{
    (void)state;
    in_fiber(be_stale, NULL);
}

static void be_older(void *argument)
{
    (void)argument;
    struct cf__migration migration = migration_of(both, CF_MODELS(UserAge));
    cf__db_init(&migration);
    write_text("migrations/revisions.list", both_listed);
    write_text("migrations/a.c", "");
    write_text("program", "");
    migration.program = "program";
    const struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } },
                          new[2] = { { .tv_sec = 2000 }, { .tv_sec = 2000 } };
    assert_int_equal(utimensat(AT_FDCWD, "migrations/revisions.list", old, 0), 0);
    assert_int_equal(utimensat(AT_FDCWD, "migrations/a.c", new, 0), 0);
    assert_int_equal(utimensat(AT_FDCWD, "program", old, 0), 0);
    assert_string_equal(message_of(run_heads, &migration), "run make first: migrations/a.c is newer than this program");
    assert_int_equal(utimensat(AT_FDCWD, "program", new, 0), 0);
    cf__db_heads(&migration);
}

static void a_program_older_than_a_revision_asks_for_make(void **state)
{
    (void)state;
    in_fiber(be_older, NULL);
}

/* ---- What is shown ---------------------------------------------------------------------------------------------- */

static void close_engine(void *engine)
{
    cf__engine_close(engine);
}

static void show(void *argument)
{
    (void)argument;
    static const struct cf__engine_options options = { 0 };
    struct cf__migration migration = migration_of(both, CF_MODELS(UserAge));
    migration.engine = cf__engine_open("sqlite:///a.db", &options);
    cf_defer(here(), close_engine, migration.engine);
    cf__db_history(&migration);
    assert_string_equal(printed(&migration), "4f2a91c0d3e7 -> 9c1d7b20aa34 (head), add users.age\n"
                                             "<base> -> 4f2a91c0d3e7, create users\n");
    cf__db_heads(&migration);
    assert_string_equal(printed(&migration), "9c1d7b20aa34 (head)\n");
    cf__db_current(&migration);
    assert_string_equal(printed(&migration), "");
    cf__db_upgrade(&migration, "+1", false);
    printed(&migration);
    cf__db_current(&migration);
    assert_string_equal(printed(&migration), "4f2a91c0d3e7\n");
    cf__db_upgrade(&migration, NULL, false);
    printed(&migration);
    cf__db_current(&migration);
    assert_string_equal(printed(&migration), "9c1d7b20aa34 (head)\n");
    migration.revisions = one;
    cf__db_current(&migration);
    assert_string_equal(printed(&migration), "4f2a91c0d3e7 (head)\n9c1d7b20aa34 (not linked into this program)\n");
}

static void current_history_and_heads_are_shown(void **state)
{
    (void)state;
    in_fiber(show, NULL);
}

static void run_script(cf_engine *engine, const char *sql)
{
    struct cf__link link;
    cf__link_init(&link, engine, cf__current());
    cf__link_script(&link, sql);
    cf__link_commit(&link);
    cf__link_end(&link);
}

static void check(void *argument)
{
    (void)argument;
    static const struct cf__engine_options options = { 0 };
    struct cf__migration migration = migration_of(one, CF_MODELS(UserAge));
    assert_false(cf__db_check(&migration));
    assert_string_equal(printed(&migration), "Detected added column 'users.age'\n"
                                             "Detected added index 'ix_users_age' on 'users (age)'\n"
                                             "The models are ahead of the revisions: run db migrate\n");
    migration.revisions = both;
    assert_true(cf__db_check(&migration));
    assert_string_equal(printed(&migration), "No new upgrade operations detected.\n");
    migration.engine = cf__engine_open("sqlite:///a.db", &options);
    cf_defer(here(), close_engine, migration.engine);
    assert_true(cf__db_check(&migration)); /* an empty database is at base */
    cf__db_upgrade(&migration, NULL, false);
    printed(&migration);
    assert_true(cf__db_check(&migration));
    assert_string_equal(printed(&migration), "No new upgrade operations detected.\n");
    run_script(migration.engine,
               "CREATE TABLE foreign_one (x); DROP INDEX ix_users_age; ALTER TABLE users ADD COLUMN extra TEXT");
    assert_false(cf__db_check(&migration));
    assert_string_equal(printed(&migration), "The database has removed index 'ix_users_age' on 'users'\n"
                                             "The database has added column 'users.extra'\n"
                                             "The database differs from what its revisions made\n");
}

static void check_compares_models_revisions_and_database(void **state)
{
    (void)state;
    in_fiber(check, NULL);
}

static void create_tables(void *argument)
{
    (void)argument;
    static const struct cf__engine_options options = { 0 };
    cf_engine *engine = cf__engine_open("sqlite://", &options);
    cf_defer(here(), close_engine, engine);
    cf__migrate_create_all(engine, CF_MODELS(UserAge));
    run_script(engine, "INSERT INTO users (name, email, age) VALUES ('kim', 'kim@example.com', 3)");
    assert_non_null(cf_schema_table(cf__engine_inspect(engine, here()), "users"));
    struct cf__migration migration = migration_of(NULL, CF_MODELS(User, Post));
    migration.engine = engine;
    cf__db_create_all(&migration);
    assert_string_equal(printed(&migration), "Created table posts\n");
    cf__db_create_all(&migration);
    assert_string_equal(printed(&migration), "There was nothing to do.\n");
    assert_non_null(cf_table_column(cf_schema_table(cf__engine_inspect(engine, here()), "users"), "age"));
    run_script(engine, "CREATE TABLE foreign_one (x)");
    migration.models = CF_MODELS(User, Post, Titled);
    cf__db_create_all(&migration);
    assert_string_equal(printed(&migration), "Created view titled\n");
    cf__db_drop_all(&migration);
    assert_string_equal(printed(&migration), "Dropped view titled\nDropped table posts\nDropped table users\n");
    assert_int_equal(cf__engine_inspect(engine, here())->count, 1);
}

static void create_all_makes_what_is_missing_and_drop_all_drops_it(void **state)
{
    (void)state;
    in_fiber(create_tables, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(init_makes_the_directory_once, enter_directory, leave_directory),
        cmocka_unit_test_setup_teardown(migrate_writes_a_revision_and_then_wants_make, enter_directory,
                                        leave_directory),
        cmocka_unit_test_setup_teardown(a_second_revision_revises_the_first, enter_directory, leave_directory),
        cmocka_unit_test_setup_teardown(nothing_changed_writes_nothing, enter_directory, leave_directory),
        cmocka_unit_test_setup_teardown(revisions_h_gives_the_array_of_the_list, enter_directory, leave_directory),
        cmocka_unit_test_setup_teardown(a_list_that_is_not_linked_asks_for_make, enter_directory, leave_directory),
        cmocka_unit_test_setup_teardown(a_program_older_than_a_revision_asks_for_make, enter_directory,
                                        leave_directory),
        cmocka_unit_test_setup_teardown(current_history_and_heads_are_shown, enter_directory, leave_directory),
        cmocka_unit_test_setup_teardown(check_compares_models_revisions_and_database, enter_directory, leave_directory),
        cmocka_unit_test_setup_teardown(create_all_makes_what_is_missing_and_drop_all_drops_it, enter_directory,
                                        leave_directory),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}

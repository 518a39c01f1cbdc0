/* SPDX-License-Identifier: MIT
 *
 * Rendered revisions: their text, and, compiled by the compiler that built this test and loaded, what they record.
 */
#include "support.h"

#include <dlfcn.h>

#include "../../src/db/query.h"

/* clang-format off */
MODEL(User, "users", (id, Id, autoincrement = true), (strict, TableOption("sqlite", "STRICT")), (name, String(50)), (email, String(120), unique = true));
CF_CHOICES(Mood, calm, wild);
MODEL(Thing, "things",
    (id, Id),
    (title, String(200), check = "title <> ''"),
    (slug, Nullable(String(80))),
    (small, SmallInteger, server_default = "-1"), (big, BigInteger), (yes, Boolean, server_default = "false"),
    (mean, Nullable(Float)), (price, Numeric(10, 2), server_default = "0.5"), (text, Text, server_default = "say \"hi\" \\ ?\?="),
    (day, Date), (clock, Time), (at, DateTime, server_default_sql = "CURRENT_TIMESTAMP"),
    (uuid, Uuid), (blob, Nullable(Blob)), (json, Nullable(Json)), (mood, Enum(Mood)), (state, Nullable(Choices("a, b", "c"))),
    (odd, Integer, column = "weird name"), (upper, Integer, column = "NULL", unique = true), (word, Integer, column = "linux"),
    (author_id, Integer, references = "users.id", on_delete = "cascade", index = true),
    (one_slug, Unique(author_id, slug)), (by_odd, Index(odd, upper)), (mooded, Check("slug <> 'it''s'")), (told, Ddl("COMMENT ON TABLE things\n    IS 'a \"thing\" \\'"), drop = "", database = "postgresql"));
MODEL(Pair, "pairs", (b, Integer, primary_key = true), (a, Integer, primary_key = true));
MODEL(UserLater, "users", (id, Id), (name, String(50)), (email, String(120), unique = true), (rows, TableOption("mariadb", "ENGINE=Aria COMMENT='\"'")), (told, Ddl("ANALYZE"), drop = "VACUUM 'x'"),
    (kind, Ddl("CREATE TYPE \"mood\""), drop = "", database = "postgresql", before = true));
MODEL(Typed, "typed", (id, Id), (kind, Ddl("CREATE TYPE mood AS ENUM ('\"', '\\')"), drop = "DROP TYPE mood", database = "postgresql", before = true),
    (told, Ddl("GRANT a"), drop = "", before = false));
VIEW(Named, "named", "SELECT id, name\nFROM users WHERE name <> '\"\\'", (id, Id), (name, String(50)));
MODEL(ThingLater, "things", (id, Id), (name, String(200), was = "title"), (author_id, Integer), (extra, Nullable(Choices("x")), references = "users.id"));
/* clang-format on */

static const struct cf__diff_options allow = { .allow_drop = true };

static struct cf__revision_text revision_of(const struct cf__operations *upgrade,
                                            const struct cf__operations *downgrade)
{
    return (struct cf__revision_text){ .id = "4f2a91c0d3e7",
                                       .message = "create users",
                                       .created = INT64_C(1795384234000000),
                                       .upgrade = upgrade,
                                       .downgrade = downgrade };
}

/* ---- Text ------------------------------------------------------------------------------------------------------- */

static const char users_text[] =
    "/* create users\n"
    " *\n"
    " * Revision: 4f2a91c0d3e7\n"
    " * Revises:  <base>\n"
    " * Created:  2026-11-22 21:50 UTC\n"
    " */\n"
    "#include <carafe/migrate.h>\n"
    "\n"
    "static void upgrade(cf_ops *op)\n"
    "{\n"
    "    cf_create_table(op, \"users\",\n"
    "        (id, Id, autoincrement = true),\n"
    "        (name, String(50)),\n"
    "        (email, String(120), unique = true),\n"
    "        (sqlite, TableOption(\"sqlite\", \"STRICT\")));\n"
    "}\n"
    "\n"
    "static void downgrade(cf_ops *op)\n"
    "{\n"
    "    cf_drop_table(op, \"users\");\n"
    "}\n"
    "\n"
    "const cf_revision revision_4f2a91c0d3e7 = {\n"
    "    .id = \"4f2a91c0d3e7\", .message = \"create users\", .upgrade = upgrade, .downgrade = "
    "downgrade,\n"
    "};\n";

static void render_users(void *argument)
{
    (void)argument;
    struct cf_schema *after = cf_schema_of_models(here(), CF_MODELS(User));
    struct cf__operations upgrade = cf__diff(here(), empty_schema(), after, &allow);
    struct cf__operations downgrade = cf__reverse_all(here(), empty_schema(), &upgrade);
    struct cf__revision_text revision = revision_of(&upgrade, &downgrade);
    assert_string_equal(cf__render_revision(here(), &revision), users_text);
    assert_string_equal(cf__revision_file_name(here(), &revision), "20261122_2150_4f2a91c0d3e7_create_users.c");
}

static void the_first_revision_is_what_is_printed_in_the_programs(void **state)
{
    (void)state;
    in_fiber(render_users, NULL);
}

static void record_age(cf_ops *op)
{
    cf_add_column(op, "users", "age", Nullable(Integer));
    cf_create_index(op, "ix_users_age", "users", .columns = { "age" });
}

static void render_second(void *argument)
{
    (void)argument;
    struct cf__operations upgrade = cf__record(here(), record_age);
    struct cf__operations downgrade = cf__reverse_all(here(), cf_schema_of_models(here(), CF_MODELS(User)), &upgrade);
    struct cf__revision_text revision = revision_of(&upgrade, &downgrade);
    revision.revises[0] = "0123456789ab";
    revision.message = "add \"age\" */ to\nusers";
    const char *text = cf__render_revision(here(), &revision);
    assert_non_null(strstr(text, "/* add \"age\" *  to users\n *\n"));
    assert_non_null(strstr(text, " * Revises:  0123456789ab\n"));
    assert_non_null(strstr(text, "    cf_add_column(op, \"users\", \"age\", Nullable(Integer));\n"
                                 "    cf_create_index(op, \"ix_users_age\", \"users\", .columns = { \"age\" });\n}\n"));
    assert_non_null(strstr(text, "    cf_drop_index(op, \"ix_users_age\", \"users\");\n"
                                 "    cf_drop_column(op, \"users\", \"age\");\n}\n"));
    assert_non_null(
        strstr(text, "    .id = \"4f2a91c0d3e7\", .revises = { \"0123456789ab\" }, "
                     ".message = \"add \\\"age\\\" */ to\\nusers\", .upgrade = upgrade, .downgrade = downgrade,\n"));
}

static void a_message_cannot_leave_its_comment_or_string(void **state)
{
    (void)state;
    in_fiber(render_second, NULL);
}

static void name_files(void *argument)
{
    (void)argument;
    static const struct {
        const char *message, *slug;
    } cases[] = {
        { "Add users.age!", "_add_users_age" },
        { "", "" },
        { "¿?", "" },
        { "one two three four five six seven eight nine ten", "_one_two_three_four_five_six_seven_eight" },
        { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct cf__revision_text revision = revision_of(NULL, NULL);
        revision.message = cases[i].message;
        assert_string_equal(cf__revision_file_name(here(), &revision),
                            cf_format(here(), "20261122_2150_4f2a91c0d3e7%s.c", cases[i].slug));
    }
}

static void a_file_is_named_by_minute_id_and_words(void **state)
{
    (void)state;
    in_fiber(name_files, NULL);
}

/* ---- Compiled --------------------------------------------------------------------------------------------------- */

static void run_command(const char *command)
{
    if (system(command) != 0)
        fail_msg("failed: %s", command);
}

static void close_library(void *library)
{
    dlclose(library);
}

/* The revision in `text`, compiled without a warning and loaded. */
static const cf_revision *compile(const char *compiler, const char *text, const char *name)
{
    write_text(cf_format(here(), "%s.c", name), text);
    run_command(
        cf_format(here(),
                  "%s -std=gnu11 -shared -fPIC -Wall -Wextra -Wpedantic -Werror -Wno-missing-field-initializers "
                  "-I '%s' -o %s.so %s.c",
                  compiler, INCLUDE_DIRECTORY, name, name));
    void *library = dlopen(cf_format(here(), "./%s.so", name), RTLD_NOW | RTLD_LOCAL);
    if (!library)
        fail_msg("%s", dlerror());
    cf_defer(here(), close_library, library);
    return dlsym(library, "revision_4f2a91c0d3e7");
}

struct round_trip {
    const char *compiler, *name;
    const struct cf_model *const *before, *const *after;
};

static void go_round(void *argument)
{
    const struct round_trip *trip = argument;
    struct cf_schema *before = trip->before ? cf_schema_of_models(here(), trip->before) : empty_schema();
    struct cf_schema *after = cf_schema_of_models(here(), trip->after);
    struct cf__operations upgrade = cf__diff(here(), before, after, &allow);
    struct cf__operations downgrade = cf__reverse_all(here(), before, &upgrade);
    struct cf__revision_text text = revision_of(&upgrade, &downgrade);
    const cf_revision *revision = compile(trip->compiler, cf__render_revision(here(), &text), trip->name);
    assert_non_null(revision);
    assert_string_equal(revision->id, "4f2a91c0d3e7");

    struct cf__operations recorded = cf__record(here(), revision->upgrade);
    assert_string_equal(cf__operations_hash(here(), &recorded), cf__operations_hash(here(), &upgrade));
    struct cf_schema *schema = cf__schema_copy(here(), before);
    cf__apply_all(here(), schema, &recorded, revision->id);
    assert_string_equal(differences(schema, after), "");

    recorded = cf__record(here(), revision->downgrade);
    cf__apply_all(here(), schema, &recorded, revision->id);
    assert_string_equal(differences(schema, before), "");
}

static void rendered_revisions_compile_and_record_the_same(void **state)
{
    (void)state;
    const struct round_trip trips[] = {
        { "gcc", "everything", NULL, CF_MODELS(Named, User, Thing, Pair) },
        { "clang", "with_clang", NULL, CF_MODELS(User, Thing, Pair) },
        { "gcc", "changes", CF_MODELS(User, Thing, Pair, Named), CF_MODELS(UserLater, ThingLater) },
        { "gcc", "needed", CF_MODELS(User), CF_MODELS(User, Typed) },
        { "gcc", "needed_no_longer", CF_MODELS(User, Typed, Pair), CF_MODELS(UserLater, Pair) },
    };
    for (size_t i = 0; i < sizeof(trips) / sizeof(*trips); i++) {
        char probe[64];
        snprintf(probe, sizeof(probe), "command -v %s >/dev/null", trips[i].compiler);
        if (system(probe) == 0)
            in_fiber(go_round, (void *)&trips[i]);
    }
}

/* ---- Constraints whose names MODEL's words do not give ---------------------------------------------------------- */

static void record_by_hand(cf_ops *op)
{
    cf_create_table(op, "users", (id, Id), (name, String(50)), (email, String(120)));
    cf_rename_constraint(op, "pk_users", "users", "my_key");
    cf_create_unique(op, "my_unique", "users", .columns = { "email" });
    cf_create_index(op, "ix_users_name", "users", .columns = { "name" }, .where = "name <> ''");
    cf_create_check(op, "my check", "users", "id > 0");
}

static void drop_users(cf_ops *op)
{
    cf_drop_table(op, "users");
}

static void reverse_a_drop(void *argument)
{
    (void)argument;
    struct cf__operations by_hand = cf__record(here(), record_by_hand), drop = cf__record(here(), drop_users);
    struct cf_schema *before = empty_schema(), *schema = empty_schema();
    cf__apply_all(here(), before, &by_hand, NULL);
    struct cf__operations reverse = cf__reverse_all(here(), before, &drop);
    cf__apply_all(here(), schema, &reverse, NULL);
    assert_string_equal(differences(schema, before), "");
    struct cf__buffer text = cf__buffer_new(cf__current(), CF__CAP_SOURCE, "a test");
    for (size_t i = 0; i < reverse.count; i++)
        cf__render_operation(&text, &reverse.items[i]);
    assert_string_equal(
        cf__buffer_text(&text),
        "    cf_create_table(op, \"users\",\n        (id, Id),\n        (name, String(50)),\n        (email, "
        "String(120)),\n        (key, PrimaryKey(id), named = \"my_key\"),\n        (email_2, Unique(email), named = "
        "\"my_unique\"),\n        (name_2, Index(name), where "
        "= "
        "\"name <> ''\"));\n"
        "    cf_create_check(op, \"my check\", \"users\", \"id > 0\");\n");
}

static void what_the_words_do_not_give_is_an_operation_of_its_own(void **state)
{
    (void)state;
    in_fiber(reverse_a_drop, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_revision_is_what_is_printed_in_the_programs),
        cmocka_unit_test(a_message_cannot_leave_its_comment_or_string),
        cmocka_unit_test(a_file_is_named_by_minute_id_and_words),
        cmocka_unit_test_setup_teardown(rendered_revisions_compile_and_record_the_same, enter_directory,
                                        leave_directory),
        cmocka_unit_test(what_the_words_do_not_give_is_an_operation_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}

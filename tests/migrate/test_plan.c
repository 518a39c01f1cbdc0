/* SPDX-License-Identifier: MIT
 *
 * Operations as SQL: what is done in place and what by rebuilding, as text; and every change of changes.h run on a
 * database, there and back, and compared with what the database then says of itself.
 */
#include "changes.h"

#include "../../src/migrate/plan.h"

static void close_engine(void *engine)
{
    cf__engine_close(engine);
}

static cf_engine *open_memory(void)
{
    static const struct cf__engine_options options = { 0 };
    cf_engine *engine = cf__engine_open("sqlite://", &options);
    cf_defer(here(), close_engine, engine);
    return engine;
}

/* ---- Run -------------------------------------------------------------------------------------------------------- */

static void run_list(cf_engine *engine, const struct cf_schema *before, const struct cf__operations *list)
{
    struct cf__plan plan = cf__plan_new(here(), cf__engine_driver(engine), cf__schema_copy(here(), before));
    cf__plan_operations(&plan, list, NULL);
    struct cf__link link;
    cf__link_init(&link, engine, cf__current());
    link.rebuilds = plan.rebuilds;
    cf__link_begin(&link);
    cf__plan_run(&plan, &link);
    cf__link_commit(&link);
    cf__link_end(&link);
}

static void expect_live(cf_engine *engine, const struct cf_schema *expected)
{
    const struct cf__diff_options live = { .lenient = true, .dialect = cf__engine_driver(engine)->dialect };
    struct cf__operations list = cf__diff(here(), expected, cf__engine_inspect(engine, here()), &live);
    assert_string_equal(lines_of(expected, &list), "");
}

static void run_change(void *argument)
{
    const struct change *change = argument;
    const struct cf__diff_options options = { .allow_drop = true };
    cf_engine *engine = open_memory();
    if (change->needs & ~cf__engine_driver(engine)->capabilities)
        return;
    struct cf_schema *before = cf_schema_of_models(here(), change->before);
    struct cf_schema *after = cf_schema_of_models(here(), change->after);
    struct cf__operations list = cf__diff(here(), empty_schema(), before, &options);
    run_list(engine, empty_schema(), &list);
    expect_live(engine, before);
    list = cf__diff(here(), before, after, &options);
    run_list(engine, before, &list);
    expect_live(engine, after);
    struct cf__operations reverse = cf__reverse_all(here(), before, &list);
    cf__apply_all(here(), before, &list, NULL);
    run_list(engine, before, &reverse);
    expect_live(engine, cf_schema_of_models(here(), change->before));
}

static void each_change_runs_there_and_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++)
        in_fiber(run_change, (void *)&changes[i]);
}

/* ---- As text ---------------------------------------------------------------------------------------------------- */

static void create_posts(cf_ops *op)
{
    cf_create_table(op, "posts", (id, Id), (title, String(200)), (score, Nullable(Integer)),
                    (priced, Check("score > 0")), (author_id, Nullable(Integer), references = "posts.id"));
}

/* clang-format off */
static void add_nullable(cf_ops *op) { cf_add_column(op, "posts", "age", Nullable(Integer)); }
static void add_default(cf_ops *op) { cf_add_column(op, "posts", "done", Boolean, .server_default = "false"); }
static void add_reference(cf_ops *op) { cf_add_column(op, "posts", "of", Nullable(Integer), .references = "posts.id", .on_delete = "set null"); }
static void add_moment(cf_ops *op) { cf_add_column(op, "posts", "at", DateTime, .server_default_sql = "CURRENT_TIMESTAMP"); }
static void add_filled(cf_ops *op) { cf_add_column(op, "posts", "size", Integer, .fill = "length(title)"); }
static void drop_plain(cf_ops *op) { cf_drop_column(op, "posts", "title"); }
static void drop_checked(cf_ops *op) { cf_drop_column(op, "posts", "score"); }
static void drop_reference(cf_ops *op) { cf_drop_column(op, "posts", "author_id"); }
static void drop_all(cf_ops *op) { cf_drop_table(op, "posts"); }
static void rename_both(cf_ops *op) { cf_rename_column(op, "posts", "title", "order"); cf_rename_table(op, "posts", "Entries"); }
static void become_required(cf_ops *op) { cf_alter_column(op, "posts", "score", Integer, .server_default = "1"); }
static void index_partly(cf_ops *op) { cf_create_index(op, "ix", "posts", .columns = { "title" }, .unique = true, .where = "score > 1"); cf_drop_index(op, "ix", "posts"); }
static void two_constraints(cf_ops *op) { cf_drop_constraint(op, "ck_posts_priced", "posts"); cf_create_unique(op, "u", "posts", .columns = { "title" }); cf_drop_column(op, "posts", "score"); }
static void say_sql(cf_ops *op) { cf_execute(op, "UPDATE posts SET score = 1"); }
/* clang-format on */

#define COPY(columns, values)                                                                                          \
    "INSERT INTO carafe_rebuild_posts (" columns ") SELECT " values " FROM posts;\nDROP TABLE posts;\n"                \
    "PRAGMA legacy_alter_table = ON;\nALTER TABLE carafe_rebuild_posts RENAME TO posts;\nPRAGMA legacy_alter_table = " \
    "OFF;\n"                                                                                                           \
    "-- triggers of posts, if any, are to be created again here\n"

static const struct {
    void (*recorder)(cf_ops *);
    const char *sql; /* a rebuild: from its INSERT on */
} texts[] = {
    { add_nullable, "ALTER TABLE posts ADD COLUMN age INTEGER;\n" },
    { add_default, "ALTER TABLE posts ADD COLUMN done BOOLEAN DEFAULT 0 NOT NULL;\n" },
    { add_reference, "ALTER TABLE posts ADD COLUMN of INTEGER CONSTRAINT fk_posts_of_posts REFERENCES posts (id) ON "
                     "DELETE SET NULL;\n" },
    { add_moment, COPY("id, title, score, author_id", "id, title, score, author_id") },
    { add_filled, COPY("id, title, score, author_id, size", "id, title, score, author_id, length(title)") },
    { drop_plain, "ALTER TABLE posts DROP COLUMN title;\n" },
    { drop_checked, COPY("id, title, author_id", "id, title, author_id") },
    { drop_reference, COPY("id, title, score", "id, title, score") },
    { drop_all, "DROP TABLE posts;\n" },
    { rename_both, "ALTER TABLE posts RENAME COLUMN title TO \"order\";\nALTER TABLE posts RENAME TO \"Entries\";\n" },
    { become_required, COPY("id, title, score, author_id", "id, title, coalesce(score, 1), author_id") },
    { index_partly, "CREATE UNIQUE INDEX ix ON posts (title) WHERE score > 1;\nDROP INDEX ix;\n" },
    { two_constraints, COPY("id, title, author_id", "id, title, author_id") },
    { say_sql, "UPDATE posts SET score = 1;\n" },
};

static void print_plans(void *argument)
{
    (void)argument;
    cf_engine *engine = open_memory();
    struct cf__operations create = cf__record(here(), create_posts);
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct cf_schema *schema = empty_schema();
        cf__apply_all(here(), schema, &create, NULL);
        struct cf__plan plan = cf__plan_new(here(), cf__engine_driver(engine), schema);
        struct cf__operations list = cf__record(here(), texts[i].recorder);
        cf__plan_operations(&plan, &list, NULL);
        struct cf__buffer out = cf__buffer_new(cf__current(), CF__CAP_OUTPUT, "a test");
        cf__plan_print(&plan, &out);
        const char *text = cf__buffer_text(&out), *copy = strstr(text, "INSERT INTO");
        assert_string_equal(copy ? copy : text, texts[i].sql);
        assert_int_equal(plan.rebuilds, copy || texts[i].recorder == drop_all); /* it refers to itself */
    }
}

static void what_can_be_done_in_place_is(void **state)
{
    (void)state;
    in_fiber(print_plans, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_can_be_done_in_place_is),
        cmocka_unit_test(each_change_runs_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}

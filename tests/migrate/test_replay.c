/* SPDX-License-Identifier: MIT */
#include "support.h"

static void make_two_tables(cf_ops *op)
{
    cf_create_table(op, "users", (id, Id), (name, String(50)), (email, String(120), unique = true, index = true));
    cf_create_table(op, "posts", (id, Id), (title, String(200), check = "title <> ''"),
                    (author_id, Integer, references = "users.id"), (one, Unique(author_id, title)));
}

static struct cf_schema *two_tables(void)
{
    struct cf_schema *schema = empty_schema();
    struct cf__operations list = cf__record(here(), make_two_tables);
    cf__apply_all(here(), schema, &list, NULL);
    return schema;
}

static void apply_recorded(struct cf_schema *schema, void (*recorder)(cf_ops *))
{
    struct cf__operations list = cf__record(here(), recorder);
    cf__apply_all(here(), schema, &list, "9c1d7b20aa34");
}

/* ---- What operations do ----------------------------------------------------------------------------------------- */

static void change_columns(cf_ops *op)
{
    cf_add_column(op, "users", "age", Nullable(Integer), .references = "posts.id", .check = "age > 0");
    cf_rename_column(op, "users", "id", "key");
    cf_rename_table(op, "users", "people");
    cf_alter_column(op, "people", "name", Nullable(Text));
}

static void follow_renames(void *argument)
{
    (void)argument;
    struct cf_schema *schema = two_tables();
    apply_recorded(schema, change_columns);
    const struct cf_table *people = cf_schema_table(schema, "people"), *posts = cf_schema_table(schema, "posts");
    assert_null(cf_schema_table(schema, "users"));
    assert_string_equal(people->primary_key.items[0], "key");
    assert_string_equal(posts->foreign_keys[0].table, "people");
    assert_string_equal(posts->foreign_keys[0].references.items[0], "key");
    assert_int_equal(cf_table_column(people, "name")->type, CF_TYPE_TEXT);
    assert_true(cf_table_column(people, "name")->nullable);
    assert_int_equal(people->foreign_key_count, 1);
    assert_int_equal(people->check_count, 1);
}

static void renames_reach_keys_and_references(void **state)
{
    (void)state;
    in_fiber(follow_renames, NULL);
}

static void drop_age(cf_ops *op)
{
    cf_add_column(op, "users", "age", Nullable(Integer), .references = "posts.id", .check = "age > 0");
    cf_drop_column(op, "users", "age");
}

static void take_along(void *argument)
{
    (void)argument;
    struct cf_schema *schema = two_tables();
    apply_recorded(schema, drop_age);
    assert_string_equal(differences(two_tables(), schema), "");
}

static void a_dropped_column_takes_its_reference_and_check_along(void **state)
{
    (void)state;
    in_fiber(take_along, NULL);
}

static void change_keys(cf_ops *op)
{
    cf_drop_constraint(op, "pk_users", "users");
    cf_create_primary_key(op, "pk_users", "users", .columns = { "id", "name" });
    cf_drop_constraint(op, "uq_users_email", "users");
    cf_create_unique(op, "uq_other", "users", .columns = { "name", "email" });
    cf_rename_constraint(op, "uq_other", "users", "uq_users_both");
    cf_rename_constraint(op, "ix_users_email", "users", "ix_mail");
    cf_drop_constraint(op, "fk_posts_author_id_users", "posts");
    cf_drop_constraint(op, "ck_posts_title", "posts");
    cf_create_check(op, "ck_posts_id", "posts", "id > 0");
    cf_execute(op, "SELECT 1");
}

static void replace_keys(void *argument)
{
    (void)argument;
    struct cf_schema *schema = two_tables();
    apply_recorded(schema, change_keys);
    const struct cf_table *users = cf_schema_table(schema, "users"), *posts = cf_schema_table(schema, "posts");
    assert_string_equal(cf__names_text(here(), &users->primary_key), "id, name");
    assert_int_equal(users->unique_count, 1);
    assert_string_equal(users->uniques[0].name, "uq_users_both");
    assert_string_equal(users->indexes[0].name, "ix_mail");
    assert_int_equal(posts->foreign_key_count, 0);
    assert_int_equal(posts->check_count, 1);
    assert_string_equal(posts->checks[0].name, "ck_posts_id");
}

static void constraints_are_replaced_by_name(void **state)
{
    (void)state;
    in_fiber(replace_keys, NULL);
}

/* ---- What cannot be --------------------------------------------------------------------------------------------- */

/* clang-format off */
static void unknown_table(cf_ops *op) { cf_add_column(op, "user", "age", Integer); }
static void column_twice(cf_ops *op) { cf_add_column(op, "users", "name", Integer); }
static void table_twice(cf_ops *op) { cf_create_table(op, "users", (id, Id)); }
static void unknown_column(cf_ops *op) { cf_drop_column(op, "users", "age"); }
static void indexed_column(cf_ops *op) { cf_drop_index(op, "ix_users_email", "users"); cf_drop_column(op, "users", "email"); }
static void referred_column(cf_ops *op) { cf_drop_constraint(op, "pk_users", "users"); cf_drop_column(op, "users", "id"); }
static void referred_table(cf_ops *op) { cf_drop_table(op, "users"); }
static void index_twice(cf_ops *op) { cf_create_index(op, "ix_users_email", "posts", .columns = { "title" }); }
static void index_as_constraint(cf_ops *op) { cf_drop_constraint(op, "ix_users_email", "users"); }
static void unknown_reference(cf_ops *op) { cf_add_column(op, "posts", "tag", Nullable(Integer), .references = "tags.id"); }
static void second_primary_key(cf_ops *op) { cf_create_primary_key(op, "pk", "users", .columns = { "name" }); }
static void rename_onto(cf_ops *op) { cf_rename_table(op, "users", "posts"); }
static void view_of_a_table(cf_ops *op) { cf_create_view(op, "users", "SELECT 1"); }
static void table_of_a_view(cf_ops *op) { cf_create_view(op, "v", "SELECT 1"); cf_create_table(op, "v", (id, Id)); }
static void unknown_view(cf_ops *op) { cf_create_view(op, "v", "SELECT 1"); cf_drop_view(op, "v"); cf_drop_view(op, "v"); }
static void ddl_twice(cf_ops *op) { cf_create_ddl(op, "a", "users", "ANALYZE"); cf_create_ddl(op, "a", "users", "ANALYZE"); }
static void unknown_ddl(cf_ops *op) { cf_create_ddl(op, "a", "users", "ANALYZE"); cf_drop_ddl(op, "a", "users"); cf_drop_ddl(op, "a", "users"); }
static void ddl_of_no_table(cf_ops *op) { cf_create_ddl(op, "a", "user", "ANALYZE"); }
static void option_of_no_table(cf_ops *op) { cf_set_table_option(op, "user", "sqlite", "STRICT"); }
static void unknown_index(cf_ops *op) { cf_drop_index(op, "ix", "users"); }
/* clang-format on */

struct refusal {
    void (*recorder)(cf_ops *);
    const char *message;
};

static void apply_refused(void *refusal)
{
    apply_recorded(two_tables(), ((const struct refusal *)refusal)->recorder);
}

static void refuse(void *argument)
{
    (void)argument;
    static const struct refusal cases[] = {
        { unknown_table, "add column user.age: there is no table user" },
        { column_twice, "add column users.name: table users already has a column name" },
        { table_twice, "create table users: there already is a table users" },
        { unknown_column, "drop column users.age: table users has no column age" },
        { indexed_column, "drop column users.email: uq_users_email still uses it: drop that first" },
        { referred_column, "drop column users.id: fk_posts_author_id_users still refers to it: drop that first" },
        { referred_table, "drop table users: table posts still refers to it (fk_posts_author_id_users)" },
        { index_twice, "create index ix_users_email on posts: table users already has an index ix_users_email" },
        { index_as_constraint, "drop constraint ix_users_email on users: table users has no such constraint: it is an "
                               "index, cf_drop_index" },
        { unknown_reference, "add column posts.tag: there is no table tags" },
        { second_primary_key, "create primary key pk on users: table users already has the primary key pk_users" },
        { rename_onto, "rename table users to posts: there already is a table posts" },
        { view_of_a_table, "create view users: there already is a table users" },
        { table_of_a_view, "create table v: there already is a view v" },
        { unknown_view, "drop view v: there is no such view" },
        { ddl_twice, "create DDL a on users: table users already has it" },
        { unknown_ddl, "drop DDL a on users: table users has no such Ddl" },
        { ddl_of_no_table, "create DDL a on user: there is no table user" },
        { option_of_no_table, "set option of table user for sqlite: there is no table user" },
        { unknown_index, "drop index ix on users: table users has no such index" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_string_equal(message_of(apply_refused, (void *)&cases[i]),
                            cf_format(here(), "revision 9c1d7b20aa34: %s", cases[i].message));
}

static void what_cannot_be_names_revision_and_operation(void **state)
{
    (void)state;
    in_fiber(refuse, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(renames_reach_keys_and_references),
        cmocka_unit_test(a_dropped_column_takes_its_reference_and_check_along),
        cmocka_unit_test(constraints_are_replaced_by_name),
        cmocka_unit_test(what_cannot_be_names_revision_and_operation),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}

/* SPDX-License-Identifier: MIT */
#include "support.h"

static void record_everything(cf_ops *op)
{
    cf_create_table(op, "users", (id, Id), (name, String(50)), (state, Choices("new", "old"), server_default = "new"));
    cf_add_column(op, "users", "age", Nullable(Integer));
    cf_add_column(op, "posts", "author_id", Nullable(Integer), .references = "users.id", .on_delete = "cascade");
    cf_add_column(op, "users", "score", Numeric(8, 2), .server_default = "0", .check = "score >= 0");
    cf_alter_column(op, "users", "name", Text, .fill = "''");
    cf_create_index(op, "ix", "users", .columns = { "name", "age" }, .unique = true, .where = "age > 1");
    cf_create_foreign_key(op, "fk", "a", .columns = { "x", "y" }, .references_table = "b",
                          .references_columns = { "z", "w" }, .on_delete = "no action", .on_update = "set null");
    cf_rename_column(op, "users", "name", "title");
    cf_execute(op, "UPDATE users SET age = 1");
}

static void keep_what_was_given(void *argument)
{
    (void)argument;
    struct cf__operations list = cf__record(here(), record_everything);
    assert_int_equal(list.count, 9);
    const struct cf__operation *op = list.items;
    assert_int_equal(op[0].kind, CF__CREATE_TABLE);
    assert_string_equal(op[0].definition->name, "users");
    assert_int_equal(op[0].definition->column_count, 3);
    assert_string_equal(op[0].definition->primary_key_name, "pk_users");
    assert_string_equal(op[0].definition->columns[2].labels[1], "old");
    assert_null(op[0].definition->columns[2].labels[2]);
    assert_string_equal(op[0].definition->columns[2].default_text, "new");
    assert_true(op[1].column->nullable);
    assert_int_equal(op[1].column->type, CF_TYPE_INTEGER);
    assert_string_equal(op[2].foreign_key->name, "fk_posts_author_id_users");
    assert_string_equal(op[2].foreign_key->table, "users");
    assert_string_equal(op[2].foreign_key->on_delete, "cascade");
    assert_string_equal(op[3].check->name, "ck_users_score");
    assert_int_equal(op[3].column->scale, 2);
    assert_string_equal(op[4].fill, "''");
    assert_string_equal(cf__names_text(here(), &op[5].index->columns), "name, age");
    assert_true(op[5].index->unique);
    assert_string_equal(op[5].index->where, "age > 1");
    assert_string_equal(cf__names_text(here(), &op[6].foreign_key->references), "z, w");
    assert_null(op[6].foreign_key->on_delete);
    assert_string_equal(op[6].foreign_key->on_update, "set null");
    assert_string_equal(op[7].new_name, "title");
    assert_string_equal(op[8].sql, "UPDATE users SET age = 1");
}

static void operations_keep_what_they_were_given(void **state)
{
    (void)state;
    in_fiber(keep_what_was_given, NULL);
}

static void record_from_a_buffer(cf_ops *op)
{
    char name[16] = "users";
    const char *columns[16] = { name };
    cf_drop_table(op, name);
    cf_create_unique_(op, name, name, (struct cf_key_options){ .columns = { columns[0] } });
    memset(name, 'x', sizeof(name) - 1);
}

static void copy_texts(void *argument)
{
    (void)argument;
    struct cf__operations list = cf__record(here(), record_from_a_buffer);
    assert_string_equal(list.items[0].table, "users");
    assert_string_equal(list.items[1].unique->columns.items[0], "users");
}

static void texts_of_a_revision_are_copied(void **state)
{
    (void)state;
    in_fiber(copy_texts, NULL);
}

static void record_nothing_named(cf_ops *op)
{
    cf_drop_column(op, "users", NULL);
}
static void record_no_columns(cf_ops *op)
{
    cf_create_index(op, "ix", "users", .unique = true);
}
static void record_wrong_action(cf_ops *op)
{
    cf_create_foreign_key(op, "fk", "a", .columns = { "x" }, .references_table = "b", .references_columns = { "z" },
                          .on_delete = "cascad");
}
static void record_reference_in_alter(cf_ops *op)
{
    cf_alter_column(op, "users", "age", Integer, .references = "ages.id");
}
static void record_no_table(cf_ops *op)
{
    cf_create_foreign_key(op, "fk", "a", .columns = { "x" }, .references_columns = { "z" });
}

#define LONG      "the_posts_of_an_author_in_the_order_in_which_they_were_published" /* 64 bytes */
#define LONG_NAME "\"" LONG "\" is 64 bytes long, and what every database takes are 63: give it a shorter one"
static void record_long_index(cf_ops *op)
{
    cf_create_index(op, LONG, "posts", .columns = { "author_id" });
}
static void record_long_check(cf_ops *op)
{
    cf_create_check(op, LONG, "posts", "id > 0");
}
static void record_long_key(cf_ops *op)
{
    cf_create_foreign_key(op, LONG, "posts", .columns = { "x" }, .references_table = "b",
                          .references_columns = { "z" });
}
static void record_long_rename(cf_ops *op)
{
    cf_rename_constraint(op, "short", "posts", LONG);
}
static void record_long_table(cf_ops *op)
{
    cf_create_table(op, LONG, (id, Id));
}
static void record_long_column(cf_ops *op)
{
    cf_create_table(op, "posts", (id, Id), (author, Text, column = LONG));
}
static void record_long_column_more(cf_ops *op)
{
    cf_add_column(op, "posts", LONG, Nullable(Text));
}
static void record_long_named(cf_ops *op)
{
    cf_create_table(op, "posts", (id, Id), (author, Text, unique = true, named = LONG));
}
static void record_long_view(cf_ops *op)
{
    cf_create_view(op, LONG, "SELECT 1");
}

static void record_empty_ddl(cf_ops *op)
{
    cf_create_ddl(op, "stamped", "users", "", .database = "sqlite");
}
static void record_ddl_before(cf_ops *op)
{
    cf_create_ddl(op, "a kind", "users", "CREATE TYPE kind", .before = true);
}
static void record_ddl_elsewhere(cf_ops *op)
{
    cf_create_ddl(op, "stamped", "users", "CREATE TRIGGER stamped", .database = "mysql");
}

static void run_recorder(void *recorder)
{
    cf__record(here(), *(void (**)(cf_ops *))recorder);
}

static void refuse_what_is_missing(void *argument)
{
    (void)argument;
    static const struct {
        void (*recorder)(cf_ops *);
        const char *message;
    } cases[] = {
        { record_nothing_named, "an operation on table users names no column or constraint" },
        { record_no_columns, "ix names no columns: .columns = { \"…\" }" },
        { record_wrong_action,
          "foreign key fk: \"cascad\" is no action: cascade, set null, restrict, set default or no action" },
        { record_reference_in_alter, "alter column users.age: a foreign key or a check is a constraint of its own: "
                                     "cf_create_foreign_key, cf_create_check" },
        { record_no_table, "foreign key fk names no table: .references_table = \"…\"" },
        { record_long_index, "create index " LONG " on posts: the name " LONG_NAME },
        { record_long_check, "create check " LONG " on posts: the name " LONG_NAME },
        { record_long_key, "create foreign key " LONG " on posts: the name " LONG_NAME },
        { record_long_rename, "rename constraint short on posts to " LONG ": the name " LONG_NAME },
        { record_long_table, "create table " LONG ": the name " LONG_NAME },
        { record_long_column, "create table posts: the column " LONG_NAME },
        { record_long_column_more, "add column posts." LONG ": the name " LONG_NAME },
        { record_long_named, "posts.author: named = " LONG_NAME },
        { record_empty_ddl, "create DDL stamped on users has no SQL" },
        { record_ddl_before,
          "create DDL a kind on users: what comes before its table is named by letters, digits and _" },
        { record_ddl_elsewhere,
          "create DDL stamped on users: \"mysql\" is no database: sqlite, postgresql or mariadb" },
        { record_long_view, "create view " LONG ": the name " LONG_NAME },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_string_equal(message_of(run_recorder, (void *)&cases[i].recorder), cases[i].message);
}

static void an_operation_that_misses_something_says_what(void **state)
{
    (void)state;
    in_fiber(refuse_what_is_missing, NULL);
}

static void record_longest(cf_ops *op)
{
    cf_create_index(op, &LONG[1], "posts", .columns = { "author_id" });
    cf_drop_index(op, LONG, "posts");
    cf_rename_constraint(op, LONG, "posts", "short");
    cf_drop_table(op, LONG);
}

static void take_what_is_there(void *argument)
{
    (void)argument;
    assert_int_equal(cf__record(here(), record_longest).count, 4);
}

static void names_of_63_bytes_and_longer_ones_that_go_are_taken(void **state)
{
    (void)state;
    in_fiber(take_what_is_there, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_keep_what_they_were_given),
        cmocka_unit_test(texts_of_a_revision_are_copied),
        cmocka_unit_test(an_operation_that_misses_something_says_what),
        cmocka_unit_test(names_of_63_bytes_and_longer_ones_that_go_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}

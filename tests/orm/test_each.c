/* SPDX-License-Identifier: MIT
 *
 * Loops over the rows of queries as they come from the database, outside and inside transactions.
 */
#include "support.h"

#include <carafe/bulk.h>

/* clang-format off */
SHAPE(Number, (number, Integer));
/* clang-format on */

static void add_users(cf_db *db, int count)
{
    struct User *users = cf_alloc(db, (size_t)count * sizeof *users);
    for (int i = 0; i < count; i++)
        users[i] = (struct User){ .name = cf_format(db, "%c%d", 'a' + i % 3, i), .email = cf_format(db, "u%d", i) };
    cf_insert_all(db, User, users, (size_t)count);
    cf_commit(db);
    sent();
}

/* ---- Shapes and SQL --------------------------------------------------------------------------------------------- */

static void the_rows_of_a_query_are_walked(cf_db *db)
{
    const char *text = "";
    add_users(db, 7);
    for
        cf_select_each(row, db, Name, .from = User,
                       .columns = { .name = cf_column(User.name), .posts = cf_plus(User.id, 10) },
                       .where = cf_gt(User.id, 4), .order_by = { cf_asc(User.id) }) text =
            cf_format(db, "%s %s=%d", text, row->name, (int)row->posts);
    assert_string_equal(text, " b4=15 c5=16 a6=17");
}

static void a_long_query_is_walked_in_constant_memory(cf_db *db)
{
    enum { COUNT = 20000 };
    add_users(db, COUNT);
    cf_db *other = another_session();
    struct cf__arena *arena = &cf__current()->arena;
    size_t size = arena->size, count = 0;
    for
        cf_select_each(row, other, Name, .from = User, .columns = { .posts = cf_column(User.id) },
                       .order_by = { cf_asc(User.id) }) count += row->name != NULL;
    for
        cf_sql_each(row, other, Name, "SELECT name, id AS posts FROM users ORDER BY id") count += row->posts > 0;
    assert_int_equal(count, 2 * COUNT);
    assert_true(arena->size - size < (size_t)1 << 20);
}

static void sql_of_ones_own_is_walked(cf_db *db)
{
    const char *text = "";
    add_users(db, 7);
    for
        cf_sql_each(row, db, Number, "SELECT id + ? AS number FROM users WHERE id > ? ORDER BY id", 1, 5) text =
            cf_format(db, "%s %d", text, (int)row->number);
    for
        cf_sql_each(user, db, User, "SELECT * FROM users WHERE name = :name", cf_value("name", "a3")) text =
            cf_format(db, "%s %s", text, user->email);
    for
        cf_sql_each(row, db, Number,
                    "WITH few AS (SELECT id FROM users WHERE id < 3) SELECT id AS number FROM few "
                    "ORDER BY id") text = cf_format(db, "%s %d", text, (int)row->number);
    assert_string_equal(text, " 7 8 u3 1 2");
}

static void write_in_loop(void *db)
{
    for
        cf_sql_each(row, (cf_db *)db, Number, "UPDATE users SET age = 3 RETURNING id AS number")
            cf_raise(CF_STALE, "got %d", (int)row->number);
}

static void a_loop_does_not_write(cf_db *db)
{
    add_users(db, 2);
    const cf_error *error = error_of(write_in_loop, db);
    assert_int_not_equal(error->code, CF_STALE);
    if (!world.uri)
        assert_string_equal(error->message, "a loop over rows was given SQL that writes: run it by cf_sql");
    assert_int_equal(cf_count(db, User, .where = cf_is_not_null(User.age)), 0);
}

/* ---- In a transaction ------------------------------------------------------------------------------------------- */

static void a_loop_sees_the_changes_of_its_transaction(cf_db *db)
{
    int seen = 0;
    add_users(db, 3);
    cf_add(db, User, .name = "new", .email = "new");
    for
        cf_find_each (user, db, User, .where = cf_eq(User.name, "new"))
            seen += strcmp(user->email, "new") == 0;
    for
        cf_select_each(row, db, Number, .from = User, .columns = { .number = cf_count_rows() }) seen +=
            (int)row->number;
    for
        cf_sql_each(row, db, Number, "SELECT count(*) AS number FROM users") seen += (int)row->number;
    assert_int_equal(seen, 9);
    cf_rollback(db);
    assert_int_equal(cf_count(db, User), 3);
}

static void its_body_may_query_and_write(cf_db *db)
{
    int seen = 0;
    add_users(db, 40);
    cf_begin(db);
    for
        cf_find_each (user, db, User, .where = cf_le(User.id, 20), .order_by = { cf_asc(User.id) }) {
            struct User *known = cf_get(db, User, user->id);
            known->bio = user->name;
            if (++seen % 5 == 0)
                cf_flush(db);
            seen += cf_find_one(db, User, .where = cf_le(User.id, 20), .order_by = { cf_asc(User.id) })->id != 1;
        }
    cf_commit(db);
    assert_int_equal(seen, 20);
    assert_int_equal(cf_count(db, User, .where = cf_eq(User.bio, User.name)), 20);
}

static void loops_nest_in_it_and_may_be_left(cf_db *db)
{
    int seen = 0;
    add_users(db, 5);
    cf_begin(db);
    for
        cf_find_each (outer, db, User, .order_by = { cf_asc(User.id) })
        for
            cf_find_each (inner, db, User, .order_by = { cf_asc(User.id) }) {
                if (inner->id > outer->id)
                    break;
                seen++;
            }
    cf_add(db, User, .name = "last", .email = "last");
    cf_commit(db);
    assert_int_equal(seen, 15);
    assert_int_equal(cf_count(another_session(), User), 6);
}

static void commit_in_loop(void *db_)
{
    cf_db *db = db_;
    cf_begin(db);
    for
        cf_find_each (user, db, User) {
            cf_get(db, User, user->id)->bio = "x";
            cf_commit(db);
        }
}

static void roll_back_in_loop(void *db_)
{
    cf_db *db = db_;
    cf_begin(db);
    for
        cf_select_each(row, db, Number, .from = User, .columns = { .number = cf_column(User.id) })
            cf_rollback(row->number ? db : NULL);
}

static void a_loop_does_not_outlive_its_transaction(cf_db *db)
{
    static const char because[] = "the transaction that it began in has ended: commit or roll back behind the loop, or "
                                  "commit before it";
    add_users(db, 3);
    assert_string_equal(error_of(commit_in_loop, db)->message, cf_format(db, "cf_find_each of User: %s", because));
    assert_string_equal(error_of(roll_back_in_loop, db)->message,
                        cf_format(db, "cf_select_each of Number: %s", because));
    assert_int_equal(cf_count(db, User, .where = cf_eq(User.bio, "x")), 1);
}

static void fail_in_loop(cf_db *db, void *unused)
{
    (void)unused;
    for
        cf_find_each (user, db, User) {
            cf_get(db, User, user->id)->bio = "y";
            cf_flush(db);
            cf_sql_execute(db, "INSERT INTO users (id, name, email) VALUES (1, 'again', 'again')");
        }
}

static void an_error_in_the_body_leaves_the_transaction_as_it_was(cf_db *db)
{
    add_users(db, 3);
    cf_get(db, User, 2)->bio = "x";
    cf_flush(db);
    assert_int_equal(cf_try_nested(db, fail_in_loop, NULL)->code, CF_UNIQUE);
    cf_commit(db);
    assert_int_equal(cf_count(another_session(), User, .where = cf_eq(User.bio, "x")), 1);
    assert_int_equal(cf_count(another_session(), User, .where = cf_is_null(User.bio)), 2);
}

/* ---- What is pending -------------------------------------------------------------------------------------------- */

static void a_select_may_leave_what_is_pending_alone(cf_db *db)
{
    add_users(db, 2);
    cf_add(db, User, .name = "new", .email = "new");
    assert_int_equal(cf_select_integer(db, cf_count_rows(), .from = User, .no_autoflush = true).value, 2);
    assert_int_equal(
        cf_select(db, Name, .from = User, .columns = { .posts = cf_column(User.id) }, .no_autoflush = true).count, 2);
    assert_int_equal(cf_select_integer(db, cf_count_rows(), .from = User).value, 3);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(the_rows_of_a_query_are_walked),
        SESSION_TEST(a_long_query_is_walked_in_constant_memory),
        SESSION_TEST(sql_of_ones_own_is_walked),
        SESSION_TEST(a_loop_does_not_write),
        SESSION_TEST(a_loop_sees_the_changes_of_its_transaction),
        SESSION_TEST(its_body_may_query_and_write),
        SESSION_TEST(loops_nest_in_it_and_may_be_left),
        SESSION_TEST(a_loop_does_not_outlive_its_transaction),
        SESSION_TEST(an_error_in_the_body_leaves_the_transaction_as_it_was),
        SESSION_TEST(a_select_may_leave_what_is_pending_alone),
    };
    if (!choose_server(argc, argv))
        return 77;
    world.models = CF_MODELS(User);
    return cmocka_run_group_tests(tests, NULL, free_thread);
}

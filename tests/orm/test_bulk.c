/* SPDX-License-Identifier: MIT
 *
 * Many rows at once: what is sent, what is refused, and what a session knows of it afterwards.
 */
#include "support.h"

#include <carafe/bulk.h>

static int64_t lines_of(const char *text)
{
    int64_t count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

static struct User *many_users(cf_db *db, size_t count)
{
    struct User *users = cf_alloc(db, count * sizeof *users);
    for (size_t i = 0; i < count; i++) {
        users[i].name = cf_format(db, "user %zu", i);
        users[i].email = cf_format(db, "user%zu@example.com", i);
        if (i % 2)
            users[i].age = cf_optional((int64_t)i % 100);
    }
    return users;
}

/* A session whose statements are not logged: for more rows than a log should hold. */
static cf_db *quiet_session(void)
{
    const char *uri = cf_format(&cf__current()->head, "sqlite:///%s/test.db", world.directory);
    cf_engine *engine = cf__engine_open(uri, &(struct cf__engine_options){ .synchronous_normal = true });
    cf_defer(&cf__current()->head, close_engine, engine);
    return cf__session_open(cf__current(), engine);
}

/* ---- cf_insert_all ---------------------------------------------------------------------------------------------- */

static void an_array_is_inserted_in_few_statements(cf_db *db)
{
    struct User *users = many_users(db, 200);
    assert_int_equal(cf_insert_all(db, User, users, 200), 200);
    assert_int_equal(lines_of(sent()), 3 + 1); /* 64, 64, 64 and 8 */
    cf_commit(db);
    assert_int_equal(cf_count(another_session(), User), 200);
    assert_int_equal(cf_count(db, User, .where = cf_is_null(User.age)), 100);
    assert_int_equal(users[199].id, 0); /* not asked for */
}

static void keys_and_defaults_come_back_to_the_row_they_belong_to(cf_db *db)
{
    add_user(db, "author");
    cf_flush(db);
    struct Post posts[150] = { { 0 } };
    for (size_t i = 0; i < 150; i++)
        posts[i] =
            (struct Post){ .title = "t", .slug = cf_format(db, "s%zu", i), .author_id = 1, .published = i % 3 == 0 };
    assert_int_equal(cf_insert_all(db, Post, posts, 150, .returning = true), 150);
    cf_commit(db);
    cf_db *other = another_session();
    for (size_t i = 0; i < 150; i++) {
        struct Post *post = cf_get(other, Post, posts[i].id);
        assert_string_equal(post->slug, posts[i].slug);
        assert_int_equal(post->published, posts[i].published);
        assert_int_equal(post->published, i % 3 == 0);
        assert_true(posts[i].created.microseconds == post->created.microseconds && posts[i].created.microseconds > 0);
    }
}

static void zero_is_a_value_where_there_is_no_default_or_the_column_is_named(cf_db *db)
{
    struct Member members[] = { { .team = 0, .person = "a" }, { .team = 1, .person = "b", .role = "chief" } };
    cf_insert_all(db, Member, members, 2, .returning = true);
    assert_string_equal(members[0].role, "guest");
    assert_string_equal(members[1].role, "chief");
    struct Thing thing = { .id = 7, .small = 3 };
    cf_insert_all(db, Thing, &thing, 1, .columns = cf_columns(Thing.small, Thing.ratio), .returning = true);
    assert_string_equal(sent() + strlen("INSERT INTO members (team, person) VALUES (?, ?) RETURNING role\n") +
                            strlen("INSERT INTO members (team, person, role) VALUES (?, ?, ?)\n"),
                        "INSERT INTO things (small, ratio) VALUES (?, ?) RETURNING id, price, label, note, day, at, "
                        "moment, status, color, extra\n");
    assert_int_equal(thing.id, 1);
    assert_string_equal(thing.label, "x");
}

static void an_empty_array_is_no_statement(cf_db *db)
{
    assert_int_equal(cf_insert_all(db, User, NULL, 0), 0);
    assert_string_equal(sent(), "");
}

static void what_is_pending_is_written_first(cf_db *db)
{
    add_user(db, "author");
    struct Post post = { .title = "t", .slug = "s", .author_id = 1 };
    cf_insert_all(db, Post, &post, 1);
    assert_int_equal(cf_count(db, Post), 1);
}

struct array {
    cf_db *db;
    struct User *users;
    size_t count;
};

static void insert_users(void *array_)
{
    struct array *array = array_;
    cf_insert_all(array->db, User, array->users, array->count);
}

static void a_value_that_is_refused_is_named_with_its_row(cf_db *db)
{
    struct array array = { db, many_users(db, 3), 3 };
    array.users[1].name = "a name that is too long for its column, which takes fifty characters";
    const cf_error *error = error_of(insert_users, &array);
    assert_int_equal(error->code, CF_INVALID);
    assert_string_equal(error->message, "users.name of row 1 is longer than 50 characters");
    assert_string_equal(error->details, "[{\"field\":\"1.name\",\"message\":\"is longer than 50 characters\"}]");
    array.users[1].name = "short";
    array.users[2].email = NULL;
    assert_string_equal(error_of(insert_users, &array)->message, "users.email of row 2 must not be NULL");
    assert_string_equal(sent(), "");
}

static void a_constraint_that_fails_in_the_middle_leaves_nothing(cf_db *unused)
{
    (void)unused;
    cf_db *db = quiet_session();
    struct array array = { db, many_users(db, 100000), 100000 };
    array.users[77777].email = array.users[3].email;
    add_user(db, "pending");
    const cf_error *error = error_of(insert_users, &array);
    assert_int_equal(error->code, CF_UNIQUE);
    assert_true(cf_violates(error, User.email));
    assert_int_equal(cf_count(db, User), 0);
    array.users[77777].email = "other";
    insert_users(&array);
    cf_commit(db);
    assert_int_equal(cf_count(another_session(), User), 100000);
}

static void memory_does_not_grow_with_the_number_of_rows(cf_db *unused)
{
    (void)unused;
    cf_db *db = quiet_session();
    struct User *users = many_users(db, 20000);
    struct cf__arena *arena = &cf__current()->arena;
    size_t size = arena->size;
    cf_insert_all(db, User, users, 20000);
    assert_true(arena->size - size < (size_t)4 << 20);
}

static void insert_other_columns(void *db)
{
    struct User user = { 0 };
    cf_insert_all((cf_db *)db, User, &user, 1, .columns = cf_columns(Post.title));
}

static void insert_shapes(void *db)
{
    struct Name name = { 0 };
    cf_insert_all((cf_db *)db, Name, &name, 1);
}

static void insert_too_little(void *db)
{
    struct User user = { .name = "kim" };
    cf_insert_all((cf_db *)db, User, &user, 1, .columns = cf_columns(User.name));
}

static void misuses_are_told(cf_db *db)
{
    assert_string_equal(error_of(insert_other_columns, db)->message,
                        "cf_insert_all of User: Post.title is none of its columns");
    assert_string_equal(error_of(insert_shapes, db)->message, "cf_insert_all of Name: a SHAPE has no table");
    assert_string_equal(error_of(insert_too_little, db)->message,
                        "users.email of row 0 is missing: it is NOT NULL and has no default");
}

/* ---- cf_find_each ----------------------------------------------------------------------------------------------- */

static void a_long_result_is_walked_in_constant_memory(cf_db *unused)
{
    enum { COUNT = 200000 };
    (void)unused;
    cf_db *db = quiet_session();
    cf_insert_all(db, User, many_users(db, 1000), 1000);
    cf_sql_execute(db, "WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 199999) "
                       "INSERT INTO users (name, email) SELECT 'user ' || i, 'user' || i || '@example.com' FROM n");
    cf_commit(db);
    struct cf__arena *arena = &cf__current()->arena;
    size_t size = arena->size, count = 0;
    for
        cf_find_each (user, db, User, .order_by = { cf_asc(User.id) }) {
            if (count % 1000 == 0)
                assert_string_equal(user->name, cf_format(db, "user %zu", count));
            count++;
        }
    assert_int_equal(count, COUNT);
    assert_true(arena->size - size < (size_t)1 << 20);
}

static void the_body_may_query_write_and_commit(cf_db *db)
{
    cf_insert_all(db, User, many_users(db, 100), 100);
    cf_commit(db);
    size_t count = 0;
    for
        cf_find_each (user, db, User, .where = cf_is_null(User.age)) {
            struct User *known = cf_get(db, User, user->id);
            known->age = cf_optional(1);
            if (count++ % 10 == 0)
                cf_commit(db);
        }
    cf_commit(db);
    assert_int_equal(count, 50);
    assert_int_equal(cf_count(db, User, .where = cf_eq(User.age, 1)), 51);
}

static void loops_nest(cf_db *db)
{
    cf_insert_all(db, User, many_users(db, 5), 5);
    cf_commit(db);
    size_t count = 0;
    for
        cf_find_each (outer, db, User)
        for
            cf_find_each (inner, db, User)
                count += inner->id <= outer->id;
    assert_int_equal(count, 15);
}

static int64_t first_id(cf_db *db)
{
    for
        cf_find_each (user, db, User, .order_by = { cf_asc(User.id) })
            return user->id;
    return 0;
}

static void a_loop_may_be_left(cf_db *db)
{
    cf_insert_all(db, User, many_users(db, 5), 5);
    cf_commit(db);
    for (int i = 0; i < 3; i++)
        assert_int_equal(first_id(db), 1);
    for
        cf_find_each (user, db, User)
            if (user->id == 2)
                break;
    add_user(db, "another");
    cf_commit(db);
}

static void fail_in_loop(void *db_)
{
    cf_db *db = db_;
    for
        cf_find_each (user, db, User)
            cf_raise(CF_STALE, "left at %d", (int)user->id);
}

static void an_error_in_the_body_ends_the_walk(cf_db *db)
{
    cf_insert_all(db, User, many_users(db, 5), 5);
    cf_commit(db);
    assert_string_equal(error_of(fail_in_loop, db)->message, "left at 1");
    assert_int_equal(first_id(db), 1);
}

static void walk(void *db)
{
    first_id(db);
}

static void changes_that_are_not_committed_are_told(cf_db *db)
{
    const char *message = "cf_find_each of User: the session has changes that are not committed, which the loop would "
                          "not see: cf_commit or cf_rollback first";
    add_user(db, "new");
    assert_string_equal(error_of(walk, db)->message, message);
    cf_flush(db);
    assert_string_equal(error_of(walk, db)->message, message);
    cf_rollback(db);
    assert_int_equal(first_id(db), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(an_array_is_inserted_in_few_statements),
        SESSION_TEST(keys_and_defaults_come_back_to_the_row_they_belong_to),
        SESSION_TEST(zero_is_a_value_where_there_is_no_default_or_the_column_is_named),
        SESSION_TEST(an_empty_array_is_no_statement),
        SESSION_TEST(what_is_pending_is_written_first),
        SESSION_TEST(a_value_that_is_refused_is_named_with_its_row),
        SESSION_TEST(a_constraint_that_fails_in_the_middle_leaves_nothing),
        SESSION_TEST(memory_does_not_grow_with_the_number_of_rows),
        SESSION_TEST(misuses_are_told),
        SESSION_TEST(a_long_result_is_walked_in_constant_memory),
        SESSION_TEST(the_body_may_query_write_and_commit),
        SESSION_TEST(loops_nest),
        SESSION_TEST(a_loop_may_be_left),
        SESSION_TEST(an_error_in_the_body_ends_the_walk),
        SESSION_TEST(changes_that_are_not_committed_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}

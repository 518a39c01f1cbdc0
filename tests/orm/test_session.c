/* SPDX-License-Identifier: MIT
 *
 * Adding, committing and rolling back; what other queries see of it; what is left of objects after an error.
 */
#include "support.h"

static void a_commit_fills_in_keys_and_defaults(cf_db *db)
{
    struct User *kim = add_user(db, "kim");
    cf_commit(db);
    assert_string_equal(sent(), "INSERT INTO users (name, email) VALUES (?, ?)\n");
    assert_int_equal(kim->id, 1);
    struct Post *post = cf_add(db, Post, .title = "hello", .slug = "hello", .author_id = kim->id);
    cf_commit(db);
    assert_string_equal(
        sent(), "INSERT INTO posts (title, slug, author_id) VALUES (?, ?, ?) RETURNING id, published, created\n");
    assert_int_equal(post->id, 1);
    assert_false(post->published);
    assert_true(post->created.microseconds > 0);
    assert_false(cf__session_pending(db));
}

static void an_explicit_zero_or_false_is_stored(cf_db *db)
{
    add_user(db, "kim");
    cf_commit(db);
    struct Post *post = cf_add(db, Post, .title = "a", .slug = "a", .author_id = 1, .published = true);
    struct Post *other =
        cf_add(db, Post, .title = "b", .slug = "b", .author_id = 1, .published = false, .created = (cf_time){ 0 });
    cf_commit(db);
    assert_true(post->published);
    assert_false(other->published);
    struct Post *read = cf_get(another_session(), Post, other->id);
    assert_int_equal(read->created.microseconds, 0);
}

static void parts_of_a_field_count_as_the_field(cf_db *db)
{
    cf_add(db, User, .name = "kim", .email = "kim@example.com", .age.value = 30, .age.is_set = true);
    cf_commit(db);
    assert_string_equal(sent(), "INSERT INTO users (name, email, age) VALUES (?, ?, ?)\n");
    assert_int_equal(((struct User *)cf_get(another_session(), User, 1))->age.value, 30);
}

static void texts_given_to_add_are_copied(cf_db *db)
{
    char name[] = "kim", data[] = { 1, 2, 3 };
    struct User *kim = cf_add(db, User, .name = name, .email = "kim@example.com");
    struct Thing *thing = cf_add(db, Thing, .data = ((cf_bytes){ data, sizeof data }));
    name[0] = 'x';
    data[0] = 9;
    assert_string_equal(kim->name, "kim");
    assert_int_equal(((const char *)thing->data.data)[0], 1);
}

static void changes_are_committed_without_a_word(cf_db *db)
{
    struct User *kim = add_user(db, "kim");
    cf_commit(db);
    kim->name = "Kim";
    assert_true(cf__session_pending(db));
    cf_commit(db);
    assert_string_equal(((struct User *)cf_get(another_session(), User, 1))->name, "Kim");
    assert_string_equal(kim->name, "Kim");
    kim->age = cf_optional(31);
    cf_commit(db);
    assert_int_equal(((struct User *)cf_get(another_session(), User, 1))->age.value, 31);
}

static void nothing_changed_sends_nothing(cf_db *db)
{
    add_user(db, "kim");
    cf_commit(db);
    cf_find(db, User);
    sent();
    cf_commit(db);
    cf_flush(db);
    assert_string_equal(sent(), "");
    assert_false(cf__link_active(cf__session_link(db)));
    assert_false(cf__session_pending(db));
}

/* ---- Errors and rollback ---------------------------------------------------------------------------------------- */

static void a_unique_violation_names_its_constraint_and_undoes_all(cf_db *db)
{
    struct User *kim = add_user(db, "kim");
    cf_commit(db);
    kim->age = cf_optional(30);
    cf_add(db, User, .name = "other", .email = "other@example.com");
    cf_add(db, User, .name = "twin", .email = "kim@example.com");
    const cf_error *error = error_of(commit, db);
    assert_int_equal(error->code, CF_UNIQUE);
    assert_string_equal(error->constraint, "uq_users_email");
    assert_false(kim->age.is_set);
    assert_false(cf__session_pending(db));
    assert_int_equal(cf_count(db, User), 1);
    cf_commit(db);
    assert_int_equal(cf_count(another_session(), User), 1);
}

static void rollback_gives_objects_their_committed_values_back(cf_db *db)
{
    struct User *kim = add_user(db, "kim"), *lee = add_user(db, "lee"), *max = add_user(db, "max");
    cf_commit(db);
    kim->name = "changed and flushed";
    lee->name = "changed";
    cf_flush(db);
    kim->name = "flushed twice";
    cf_flush(db);
    lee->age = cf_optional(1);
    cf_delete(db, User, max);
    cf_add(db, User, .name = "new", .email = "new@example.com");
    cf_flush(db);
    cf_rollback(db);
    assert_string_equal(kim->name, "kim");
    assert_string_equal(lee->name, "lee");
    assert_false(lee->age.is_set);
    assert_ptr_equal(cf_get(db, User, max->id), max);
    assert_int_equal(cf_count(db, User), 3);
    assert_false(cf__session_pending(db));
    sent();
    cf_commit(db);
    assert_string_equal(sent(), "");
}

static void objects_are_watched_after_a_rollback(cf_db *db)
{
    struct User *kim = add_user(db, "kim");
    cf_commit(db);
    kim->name = "one";
    cf_rollback(db);
    kim->name = "two";
    cf_commit(db);
    assert_string_equal(((struct User *)cf_get(another_session(), User, 1))->name, "two");
}

static void a_rolled_back_addition_is_forgotten(cf_db *db)
{
    struct User *kim = add_user(db, "kim");
    cf_rollback(db);
    kim->name = "not seen";
    cf_commit(db);
    struct User *lee = add_user(db, "lee");
    cf_flush(db);
    cf_rollback(db);
    assert_null(cf_get(db, User, lee->id));
    sent();
    lee->name = "not seen";
    cf_commit(db);
    assert_string_equal(sent(), "");
    assert_int_equal(cf_count(db, User), 0);
}

static void try_commit_hands_the_error_back(cf_db *db)
{
    add_user(db, "kim");
    assert_null(cf_try_commit(db));
    cf_add(db, User, .name = "twin", .email = "kim@example.com");
    const cf_error *error = cf_try_commit(db);
    assert_non_null(error);
    assert_true(cf_violates(error, User.email));
    assert_false(cf_violates(error, User.name));
    assert_false(cf_violates(error, Post.one_slug));
    assert_false(cf__session_pending(db));
    add_user(db, "lee");
    assert_null(cf_try_commit(db));
    assert_int_equal(cf_count(another_session(), User), 2);
}

static void entries_without_a_field_are_told_apart(cf_db *db)
{
    add_user(db, "kim");
    cf_add(db, Post, .title = "a", .slug = "a", .author_id = 1);
    cf_commit(db);
    cf_add(db, Post, .title = "b", .slug = "a", .author_id = 1);
    const cf_error *error = cf_try_commit(db);
    assert_int_equal(error->code, CF_UNIQUE);
    assert_true(cf_violates(error, Post.one_slug));
    assert_false(cf_violates(error, Post.titled));
    cf_add(db, Post, .title = "", .slug = "b", .author_id = 1);
    error = cf_try_commit(db);
    assert_int_equal(error->code, CF_CHECK);
    assert_true(cf_violates(error, Post.titled));
    assert_false(cf_violates(error, Post.one_slug));
    cf_add(db, Member, .team = 1, .person = "kim");
    cf_commit(db);
    cf_add(db, Member, .team = 1, .person = "kim");
    error = cf_try_commit(db);
    assert_true(cf_violates(error, Member.team));
    assert_false(cf_violates(error, Member.role));
}

static void a_missing_parent_is_a_foreign_key_error(cf_db *db)
{
    cf_add(db, Post, .title = "a", .slug = "a", .author_id = 7);
    assert_int_equal(error_of(commit, db)->code, CF_FOREIGN_KEY);
    assert_int_equal(cf_count(db, Post), 0);
}

static void in_a_session_of_its_own(void *engine)
{
    cf_db *db = cf__session_open(cf__current(), engine);
    add_user(db, "kim");
    cf_flush(db);
    assert_int_equal(cf_count(db, User), 1);
    cf_raise(CF_INTERNAL, "on purpose");
}

static void a_session_that_ends_is_rolled_back(cf_db *db)
{
    const cf_error *error = error_of(in_a_session_of_its_own, world.engine);
    assert_string_equal(error->message, "on purpose");
    assert_int_equal(cf_count(db, User), 0);
    add_user(db, "lee");
    cf_commit(db);
}

/* ---- What queries see ------------------------------------------------------------------------------------------- */

static void a_query_sees_what_is_pending_for_its_table(cf_db *db)
{
    struct User *kim = add_user(db, "kim");
    assert_int_equal(cf_count(db, User), 1);
    kim->age = cf_optional(18);
    assert_true(cf_has(db, User, .where = cf_eq(User.age, 18)));
    kim->age = cf_null_integer;
    assert_null(cf_find_one(db, User, .where = cf_eq(User.age, 18)));
    cf_delete(db, User, kim);
    assert_int_equal(cf_find(db, User).count, 0);
    assert_int_equal(cf_count(another_session(), User), 0);
}

static void a_query_of_another_table_writes_nothing(cf_db *db)
{
    struct User *kim = add_user(db, "kim");
    cf_commit(db);
    sent();
    kim->name = "Kim";
    cf_find(db, Post);
    cf_count(db, Post);
    assert_string_equal(sent(), "SELECT id, title, slug, published, created, author_id FROM posts\n"
                                "SELECT count(*) FROM posts\n");
    assert_true(cf__session_pending(db));
}

static void sql_of_ones_own_sees_everything_pending(cf_db *db)
{
    add_user(db, "kim");
    cf_add(db, Post, .title = "a", .slug = "a", .author_id = 1);
    struct Name_list names =
        cf_sql(db, Name, "SELECT name, (SELECT count(*) FROM posts WHERE author_id = users.id) AS posts FROM users");
    assert_int_equal(names.count, 1);
    assert_string_equal(names.items[0]->name, "kim");
    assert_int_equal(names.items[0]->posts, 1);
    assert_null(names.items[1]);
}

static void sql_without_a_result_is_part_of_the_transaction(cf_db *db)
{
    struct User *kim = add_user(db, "kim");
    cf_commit(db);
    assert_int_equal(cf_sql_execute(db, "UPDATE users SET name = ? WHERE id = ?", "Kim", 1), 1);
    assert_true(cf__session_pending(db));
    cf_rollback(db);
    assert_string_equal(((struct User *)cf_get(db, User, 1, .refresh = true))->name, "kim");
    assert_int_equal(cf_sql_execute(db, "UPDATE users SET name = ?", "Kim"), 1);
    cf_commit(db);
    cf_find(db, User, .refresh = true);
    assert_string_equal(kim->name, "Kim");
}

static void sql_that_writes_and_gives_rows_is_part_of_the_transaction(cf_db *db)
{
    struct User_list users = cf_sql(db, User, "INSERT INTO users (name, email) VALUES ('kim', 'k@x') RETURNING *");
    assert_int_equal(users.count, 1);
    assert_string_equal(users.items[0]->name, "kim");
    assert_true(cf__session_pending(db));
    cf_rollback(db);
    assert_int_equal(cf_count(db, User), 0);
    cf_sql(db, User, "INSERT INTO users (name, email) VALUES ('kim', 'k@x') RETURNING *");
    cf_commit(db);
    assert_int_equal(cf_count(another_session(), User), 1);
}

static void other_sessions_see_nothing_before_the_commit(cf_db *db)
{
    cf_db *other = another_session();
    add_user(db, "kim");
    cf_flush(db);
    assert_int_equal(cf_count(db, User), 1);
    assert_int_equal(cf_count(other, User), 0);
    cf_commit(db);
    assert_int_equal(cf_count(other, User), 1);
}

static void find_with_a_negative_limit(void *db)
{
    cf_find((cf_db *)db, User, .limit = -1);
}

static void limits_and_offsets_must_not_be_negative(cf_db *db)
{
    assert_int_equal(error_of(find_with_a_negative_limit, db)->code, CF_INTERNAL);
}

static void find_in_a_shape(void *db)
{
    cf_find_(db, &Name.model_, &(struct cf_find_options){ 0 });
}

static void add_a_shape(void *db)
{
    cf_add((cf_db *)db, Name, .name = "kim");
}

static void a_shape_has_no_table(cf_db *db)
{
    assert_string_equal(error_of(find_in_a_shape, db)->message,
                        "Name is a SHAPE: it has no table; fill it with cf_select or cf_sql");
    assert_string_equal(error_of(add_a_shape, db)->message, "Name is a SHAPE: it has no table to add to");
}

static void count_users(void *db)
{
    cf_count((cf_db *)db, User);
}

static void a_session_without_a_database_says_so(cf_db *db)
{
    cf_db *none = cf__session_open(cf__current(), NULL);
    (void)db;
    assert_false(cf__session_pending(none));
    assert_string_equal(error_of(count_users, none)->message, "this app has no database: set .database_uri");
    assert_string_equal(error_of(commit, none)->message, "this app has no database: set .database_uri");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(a_commit_fills_in_keys_and_defaults),
        SESSION_TEST(an_explicit_zero_or_false_is_stored),
        SESSION_TEST(parts_of_a_field_count_as_the_field),
        SESSION_TEST(texts_given_to_add_are_copied),
        SESSION_TEST(changes_are_committed_without_a_word),
        SESSION_TEST(nothing_changed_sends_nothing),
        SESSION_TEST(a_unique_violation_names_its_constraint_and_undoes_all),
        SESSION_TEST(rollback_gives_objects_their_committed_values_back),
        SESSION_TEST(objects_are_watched_after_a_rollback),
        SESSION_TEST(a_rolled_back_addition_is_forgotten),
        SESSION_TEST(try_commit_hands_the_error_back),
        SESSION_TEST(entries_without_a_field_are_told_apart),
        SESSION_TEST(a_missing_parent_is_a_foreign_key_error),
        SESSION_TEST(a_session_that_ends_is_rolled_back),
        SESSION_TEST(a_query_sees_what_is_pending_for_its_table),
        SESSION_TEST(a_query_of_another_table_writes_nothing),
        SESSION_TEST(sql_of_ones_own_sees_everything_pending),
        SESSION_TEST(sql_without_a_result_is_part_of_the_transaction),
        SESSION_TEST(sql_that_writes_and_gives_rows_is_part_of_the_transaction),
        SESSION_TEST(other_sessions_see_nothing_before_the_commit),
        SESSION_TEST(limits_and_offsets_must_not_be_negative),
        SESSION_TEST(a_shape_has_no_table),
        SESSION_TEST(a_session_without_a_database_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}

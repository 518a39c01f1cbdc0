/* SPDX-License-Identifier: MIT
 *
 * One row is one object: what two queries, a key, SQL and a refresh give, and which queries are spared.
 */
#include "support.h"

static void add_users(cf_db *db, int count)
{
    for (int i = 1; i <= count; i++)
        cf_add(db, User, .name = cf_format(db, "user %d", i), .email = cf_format(db, "user%d@example.com", i));
    cf_commit(db);
}

static void asking_twice_gives_the_same_object(cf_db *writer)
{
    add_users(writer, 100);
    cf_db *db = another_session();
    struct User_list all = cf_find(db, User, .order_by = { cf_asc(User.id) });
    struct User_list again = cf_find(db, User, .order_by = { cf_desc(User.id) });
    assert_int_equal(all.count, 100);
    assert_int_equal(again.count, 100);
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(all.items[i]->id, i + 1);
        assert_ptr_equal(all.items[i], again.items[99 - i]);
    }
    assert_ptr_equal(cf_find_one(db, User, .where = cf_eq(User.name, "user 7")), all.items[6]);
    assert_ptr_equal(cf_get(db, User, 8), all.items[7]);
}

static void an_added_row_is_found_as_the_same_object(cf_db *db)
{
    struct User *kim = add_user(db, "kim");
    assert_ptr_equal(cf_find_one(db, User), kim);
    assert_ptr_equal(cf_get(db, User, kim->id), kim);
    cf_commit(db);
    assert_ptr_equal(cf_find(db, User).items[0], kim);
}

static void a_row_is_known_by_its_key_once_it_is_written(cf_db *db)
{
    struct User *kim = add_user(db, "kim"), *lee = add_user(db, "lee");
    cf_flush(db);
    struct User *max = add_user(db, "max");
    assert_ptr_equal(cf_get(db, User, kim->id), kim); /* a look-up while max has no key yet */
    cf_flush(db);
    sent();
    assert_ptr_equal(cf_get(db, User, max->id), max);
    assert_ptr_equal(cf_get(db, User, lee->id), lee);
    assert_string_equal(sent(), "");
}

static void one_row_is_asked_for_as_one(cf_db *db)
{
    add_users(db, 3);
    sent();
    assert_int_equal(((struct User *)cf_find_one(db, User, .order_by = { cf_desc(User.id) }))->id, 3);
    assert_string_equal(sent(), "SELECT id, name, email, age, bio FROM users ORDER BY id DESC LIMIT ?\n");
}

static void lists_end_in_null_and_lie_side_by_side(cf_db *writer)
{
    add_users(writer, 20);
    struct User_list users = cf_find(another_session(), User, .order_by = { cf_asc(User.id) });
    assert_null(users.items[20]);
    for (size_t i = 1; i < 16; i++)
        assert_ptr_equal(users.items[i], users.items[i - 1] + 1);
    struct User_list none = cf_find(writer, User, .where = cf_eq(User.id, 0));
    assert_int_equal(none.count, 0);
    assert_non_null(none.items);
    assert_null(none.items[0]);
}

static void limit_and_offset_cut_a_list(cf_db *db)
{
    add_users(db, 40);
    struct User_list page = cf_find(db, User, .order_by = { cf_asc(User.id) }, .limit = 10, .offset = 30);
    assert_int_equal(page.count, 10);
    assert_int_equal(page.items[0]->id, 31);
    assert_int_equal(page.items[9]->id, 40);
    assert_null(page.items[10]);
}

static void a_query_leaves_known_objects_as_they_are(cf_db *db)
{
    struct User *kim = add_user(db, "kim");
    cf_commit(db);
    cf_db *other = another_session();
    ((struct User *)cf_get(other, User, 1))->name = "by the other";
    cf_commit(other);
    assert_ptr_equal(cf_find(db, User).items[0], kim);
    assert_string_equal(kim->name, "kim");
    cf_find(db, User, .refresh = true);
    assert_string_equal(kim->name, "by the other");
    sent();
    cf_commit(db);
    assert_string_equal(sent(), "");
}

static void a_refresh_takes_unsaved_changes_back(cf_db *db)
{
    struct User *kim = add_user(db, "kim");
    cf_commit(db);
    kim->name = "unsaved";
    assert_ptr_equal(cf_get(db, User, 1, .refresh = true), kim);
    assert_string_equal(kim->name, "kim");
    kim->name = "unsaved";
    cf_find(db, User, .refresh = true);
    assert_string_equal(kim->name, "kim");
    assert_false(cf__session_pending(db));
}

static void read_only_rows_are_not_watched(cf_db *db)
{
    struct User *kim = add_user(db, "kim");
    cf_commit(db);
    struct User *copy = cf_find_one(db, User, .read_only = true);
    assert_ptr_not_equal(copy, kim);
    copy->name = "changed";
    sent();
    cf_commit(db);
    assert_string_equal(sent(), "");
}

/* ---- cf_get ----------------------------------------------------------------------------------------------------- */

static void a_known_key_costs_no_query(cf_db *db)
{
    add_users(db, 3);
    sent();
    assert_int_equal(((struct User *)cf_get(db, User, 2))->id, 2);
    assert_string_equal(sent(), "");
    cf_db *other = another_session();
    assert_int_equal(((struct User *)cf_get(other, User, 2))->id, 2);
    assert_string_equal(sent(), "SELECT id, name, email, age, bio FROM users WHERE id = ?\n");
    assert_ptr_equal(cf_get(other, User, 2), cf_get(other, User, 2));
    assert_string_equal(sent(), "");
    assert_null(cf_get(other, User, 4));
}

static void a_composite_key_is_given_in_the_order_of_the_model(cf_db *db)
{
    cf_add(db, Member, .team = 1, .person = "kim");
    struct Member *lee = cf_add(db, Member, .team = 1, .person = "lee", .role = "owner");
    cf_commit(db);
    assert_ptr_equal(cf_get(db, Member, cf_key(1, "lee")), lee);
    struct Member *read = cf_get(another_session(), Member, cf_key(1, "lee"));
    assert_string_equal(read->role, "owner");
    assert_null(cf_get(db, Member, cf_key(2, "lee")));
}

static void get_half_a_key(void *db)
{
    cf_get((cf_db *)db, Member, 1);
}

static void get_by_a_key_of_another_type(void *db)
{
    cf_get((cf_db *)db, Member, cf_key("kim", 1));
}

static void get_by_null(void *db)
{
    cf_get((cf_db *)db, Member, cf_key(1, (const char *)NULL));
}

static void a_key_that_does_not_fit_the_model_is_refused(cf_db *db)
{
    assert_string_equal(error_of(get_half_a_key, db)->message,
                        "cf_get of Member: its primary key has 2 columns, 1 values were given");
    assert_string_equal(error_of(get_by_a_key_of_another_type, db)->message,
                        "cf_get of Member: the value for team is not of its type");
    assert_string_equal(error_of(get_by_null, db)->message,
                        "cf_get of Member: the value for person is not of its type");
}

static void a_uuid_may_be_given_as_a_text(cf_db *db)
{
    struct Device *device = cf_add(db, Device, .key = cf_uuid_new(), .name = "pump");
    char text[CF_UUID_TEXT];
    cf_uuid_format(device->key, text);
    cf_commit(db);
    assert_ptr_equal(cf_get(db, Device, text), device);
    assert_string_equal(((struct Device *)cf_get(another_session(), Device, text))->name, "pump");
    assert_string_equal(((struct Device *)cf_get(another_session(), Device, device->key))->name, "pump");
    assert_null(cf_get(db, Device, "no uuid"));
}

static void a_deleted_row_is_not_found(cf_db *db)
{
    struct User *kim = add_user(db, "kim");
    cf_commit(db);
    cf_delete(db, User, kim);
    assert_null(cf_get(db, User, 1));
    cf_commit(db);
    assert_false(cf__session_pending(db));
    assert_null(cf_get(db, User, 1));
    assert_null(cf_find_one(db, User));
}

static void a_row_put_back_under_the_same_key_is_a_new_object(cf_db *db)
{
    struct Member *first = cf_add(db, Member, .team = 1, .person = "kim");
    cf_commit(db);
    cf_delete(db, Member, first);
    cf_flush(db);
    struct Member *second = cf_add(db, Member, .team = 1, .person = "kim");
    cf_flush(db);
    assert_ptr_equal(cf_get(db, Member, cf_key(1, "kim")), second);
    cf_rollback(db);
    assert_ptr_equal(cf_get(db, Member, cf_key(1, "kim")), first);
}

static void a_changed_key_moves_the_object(cf_db *db)
{
    add_users(db, 40);
    struct Member *kim = cf_add(db, Member, .team = 1, .person = "kim");
    cf_commit(db);
    kim->team = 2;
    assert_ptr_equal(cf_get(db, Member, cf_key(1, "kim")), kim); /* as the database still knows it */
    cf_flush(db);
    assert_ptr_equal(cf_get(db, Member, cf_key(2, "kim")), kim);
    assert_null(cf_get(db, Member, cf_key(1, "kim")));
    for (int i = 0; i < 100; i++) /* the index grows, and forgets where it was */
        cf_add(db, Member, .team = 3, .person = cf_format(db, "%d", i));
    cf_flush(db);
    cf_rollback(db);
    assert_int_equal(kim->team, 1);
    sent();
    assert_ptr_equal(cf_get(db, Member, cf_key(1, "kim")), kim);
    assert_string_equal(sent(), "");
    assert_null(cf_get(db, Member, cf_key(2, "kim")));
}

/* ---- cf_delete of what is unknown ------------------------------------------------------------------------------- */

static void delete_a_stranger(void *db)
{
    struct User stranger = { .id = 1, .name = "kim" };
    cf_delete((cf_db *)db, User, &stranger);
}

static void delete_a_read_only_row(void *db)
{
    struct User *copy = cf_find_one((cf_db *)db, User, .read_only = true);
    cf_delete((cf_db *)db, User, copy);
}

static void only_rows_of_the_session_can_be_deleted(cf_db *db)
{
    const char *words = "cf_delete of User: this row was not handed out by this session, or was read with .read_only";
    assert_string_equal(error_of(delete_a_stranger, db)->message, words);
    add_user(db, "kim");
    cf_commit(db);
    assert_string_equal(error_of(delete_a_stranger, db)->message, words);
    assert_string_equal(error_of(delete_a_read_only_row, db)->message, words);
    assert_int_equal(cf_count(db, User), 1);
}

/* ---- SQL of one's own ------------------------------------------------------------------------------------------- */

static void a_whole_row_of_sql_is_the_object(cf_db *db)
{
    struct User *kim = add_user(db, "kim");
    cf_commit(db);
    struct User_list users = cf_sql(db, User, "SELECT * FROM users WHERE name = ?", "kim");
    assert_int_equal(users.count, 1);
    assert_ptr_equal(users.items[0], kim);
    struct User *read = cf_sql(another_session(), User, "SELECT bio, age, email, name, id FROM users").items[0];
    assert_string_equal(read->email, "kim@example.com");
}

static void a_row_that_comes_twice_is_one_object(cf_db *writer)
{
    add_users(writer, 2);
    for (int i = 0; i < 20; i++)
        cf_add(writer, Post, .title = "a", .slug = cf_format(writer, "%d", i), .author_id = 1 + i % 2);
    cf_commit(writer);
    cf_db *db = another_session();
    struct User_list authors =
        cf_sql(db, User, "SELECT users.* FROM posts JOIN users ON users.id = posts.author_id ORDER BY posts.id");
    assert_int_equal(authors.count, 20);
    assert_ptr_not_equal(authors.items[0], authors.items[1]);
    for (size_t i = 2; i < 20; i++)
        assert_ptr_equal(authors.items[i], authors.items[i % 2]);
    authors.items[0]->name = "changed";
    sent();
    cf_commit(db);
    assert_string_equal(sent(), "UPDATE users SET name = ? WHERE id = ?\n");
}

static void a_row_read_in_part_is_not_watched(cf_db *db)
{
    add_user(db, "kim");
    cf_commit(db);
    struct User *part = cf_sql(db, User, "SELECT id, name FROM users").items[0];
    assert_string_equal(part->name, "kim");
    assert_null(part->email);
    part->name = "changed";
    sent();
    cf_commit(db);
    assert_string_equal(sent(), "");
}

/* ---- Many ------------------------------------------------------------------------------------------------------- */

static void thousands_of_keys_are_looked_up_without_a_query(cf_db *writer)
{
    add_users(writer, 10000);
    cf_db *db = another_session();
    struct User_list users = cf_find(db, User, .order_by = { cf_asc(User.id) });
    assert_int_equal(users.count, 10000);
    sent();
    for (int64_t id = 10; id <= 10000; id += 10)
        assert_ptr_equal(cf_get(db, User, id), users.items[id - 1]);
    assert_string_equal(sent(), "");
    users.items[123]->name = "changed";
    cf_delete(db, User, users.items[9999]);
    cf_commit(db);
    assert_string_equal(sent(), "UPDATE users SET name = ? WHERE id = ?\nDELETE FROM users WHERE id = ?\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(asking_twice_gives_the_same_object),
        SESSION_TEST(an_added_row_is_found_as_the_same_object),
        SESSION_TEST(a_row_is_known_by_its_key_once_it_is_written),
        SESSION_TEST(one_row_is_asked_for_as_one),
        SESSION_TEST(lists_end_in_null_and_lie_side_by_side),
        SESSION_TEST(limit_and_offset_cut_a_list),
        SESSION_TEST(a_query_leaves_known_objects_as_they_are),
        SESSION_TEST(a_refresh_takes_unsaved_changes_back),
        SESSION_TEST(read_only_rows_are_not_watched),
        SESSION_TEST(a_known_key_costs_no_query),
        SESSION_TEST(a_composite_key_is_given_in_the_order_of_the_model),
        SESSION_TEST(a_key_that_does_not_fit_the_model_is_refused),
        SESSION_TEST(a_uuid_may_be_given_as_a_text),
        SESSION_TEST(a_deleted_row_is_not_found),
        SESSION_TEST(a_row_put_back_under_the_same_key_is_a_new_object),
        SESSION_TEST(a_changed_key_moves_the_object),
        SESSION_TEST(only_rows_of_the_session_can_be_deleted),
        SESSION_TEST(a_whole_row_of_sql_is_the_object),
        SESSION_TEST(a_row_that_comes_twice_is_one_object),
        SESSION_TEST(a_row_read_in_part_is_not_watched),
        SESSION_TEST(thousands_of_keys_are_looked_up_without_a_query),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}

/* SPDX-License-Identifier: MIT
 *
 * What is written: only what changed, in an order that foreign keys allow; and what is refused before the database
 * is asked.
 */
#include "support.h"

static void only_changed_columns_are_written(cf_db *db)
{
    struct User *kim = add_user(db, "kim");
    cf_commit(db);
    sent();
    kim->name = "Kim";
    cf_commit(db);
    assert_string_equal(sent(), "UPDATE users SET name = ? WHERE id = ?\n");
    kim->age = cf_optional(30);
    kim->bio = "writes";
    cf_commit(db);
    assert_string_equal(sent(), "UPDATE users SET age = ?, bio = ? WHERE id = ?\n");
}

static void texts_are_compared_by_content(cf_db *db)
{
    struct User *kim = add_user(db, "kim");
    cf_commit(db);
    sent();
    kim->name = cf_copy(db, kim->name);
    cf_commit(db);
    assert_string_equal(sent(), "");
    kim->name = "other";
    kim->name = "kim";
    cf_commit(db);
    assert_string_equal(sent(), "");
}

static void a_value_to_null_and_back_is_a_change(cf_db *db)
{
    struct User *kim = add_user(db, "kim");
    kim->age = cf_optional(0);
    cf_commit(db);
    assert_true(((struct User *)cf_get(another_session(), User, 1))->age.is_set);
    sent();
    kim->age = cf_null_integer;
    cf_commit(db);
    kim->bio = "";
    cf_commit(db);
    kim->bio = NULL;
    cf_commit(db);
    assert_string_equal(sent(), "UPDATE users SET age = ? WHERE id = ?\n"
                                "UPDATE users SET bio = ? WHERE id = ?\nUPDATE users SET bio = ? WHERE id = ?\n");
}

static void the_value_beneath_null_is_no_change(cf_db *db)
{
    struct User *kim = add_user(db, "kim");
    cf_commit(db);
    sent();
    kim->age.value = 30;
    cf_commit(db);
    assert_string_equal(sent(), "");
}

static void every_type_is_written_read_and_compared(cf_db *db)
{
    struct Thing *thing = cf_add(db, Thing, .small = -5);
    cf_commit(db);
    sent();
    thing->ratio = 0.5;
    thing->price = cf_decimal_of(1250, 2);
    thing->label = "label";
    thing->note = "note";
    thing->day = (cf_date){ 2026, 11, 22 };
    thing->at = (cf_clock){ 1 };
    thing->moment = (cf_time){ 1000001 };
    thing->status = Status_published;
    thing->color = "green";
    thing->extra = "[1]";
    thing->data = (cf_bytes){ "ab", 2 };
    thing->optional = cf_optional(cf_decimal_of(-5, 1));
    thing->maybe = (Status_optional){ Status_draft, true };
    cf_commit(db);
    assert_string_equal(
        sent(), "UPDATE things SET ratio = ?, price = ?, label = ?, note = ?, day = ?, at = ?, moment = ?, status = ?, "
                "color = ?, extra = ?, data = ?, optional = ?, maybe = ? WHERE id = ?\n");
    struct Thing *read = cf_get(another_session(), Thing, 1);
    assert_int_equal(read->small, -5);
    assert_true(read->ratio == 0.5);
    assert_int_equal(cf_decimal_compare(read->price, cf_decimal_of(125, 1)), 0);
    assert_string_equal(read->label, "label");
    assert_string_equal(read->note, "note");
    assert_int_equal(read->day.day, 22);
    assert_int_equal(read->at.microseconds, 1);
    assert_int_equal(read->moment.microseconds, 1000001);
    assert_int_equal(read->status, Status_published);
    assert_string_equal(read->color, "green");
    assert_string_equal(read->extra, "[1]");
    assert_memory_equal(read->data.data, "ab", 2);
    assert_int_equal(read->data.size, 2);
    assert_int_equal(cf_decimal_compare(read->optional.value, cf_decimal_of(-5, 1)), 0);
    assert_true(read->maybe.is_set);
    sent();
    thing->price = cf_decimal_of(125, 1); /* 12.5 is 12.50 */
    cf_commit(db);
    assert_string_equal(sent(), "");
    thing->day.day = 23;
    cf_commit(db);
    assert_string_equal(sent(), "UPDATE things SET day = ? WHERE id = ?\n");
}

static void a_changed_key_is_written_by_the_old_one(cf_db *db)
{
    struct Member *kim = cf_add(db, Member, .team = 1, .person = "kim");
    cf_commit(db);
    sent();
    kim->team = 2;
    cf_commit(db);
    assert_string_equal(sent(), "UPDATE members SET team = ? WHERE team = ? AND person = ?\n");
    assert_non_null(cf_get(another_session(), Member, cf_key(2, "kim")));
    kim->role = "owner";
    cf_commit(db);
    assert_string_equal(((struct Member *)cf_get(another_session(), Member, cf_key(2, "kim")))->role, "owner");
}

static void a_field_assigned_after_add_is_written(cf_db *db)
{
    struct User *kim = add_user(db, "kim");
    kim->bio = "writes";
    kim->name = "Kim";
    cf_commit(db);
    struct User *read = cf_get(another_session(), User, 1);
    assert_string_equal(read->name, "Kim");
    assert_string_equal(read->bio, "writes");
    sent();
    cf_commit(db);
    assert_string_equal(sent(), "");
}

static void a_row_of_defaults_only_can_be_added(cf_db *db)
{
    struct Chicken *chicken = cf_new_(db, &Chicken.model_);
    cf__session_add(db, &Chicken.model_, chicken, 0);
    cf_commit(db);
    assert_int_equal(chicken->id, 1);
}

/* ---- Order ------------------------------------------------------------------------------------------------------ */

static void parents_are_inserted_first(cf_db *db)
{
    cf_add(db, Comment, .body = "c", .post_id = 1);
    cf_add(db, Post, .title = "a", .slug = "a", .author_id = 1);
    add_user(db, "kim");
    cf_add(db, Comment, .body = "d", .post_id = 1);
    cf_commit(db);
    assert_string_equal(sent(),
                        "INSERT INTO users (name, email) VALUES (?, ?)\n"
                        "INSERT INTO posts (title, slug, author_id) VALUES (?, ?, ?) RETURNING id, published, created\n"
                        "INSERT INTO comments (text, post_id) VALUES (?, ?), (?, ?) RETURNING id\n");
    assert_string_equal(((struct Comment *)cf_get(another_session(), Comment, 1))->body, "c");
}

static void children_are_deleted_first(cf_db *db)
{
    struct User *kim = add_user(db, "kim");
    struct Post *post = cf_add(db, Post, .title = "a", .slug = "a", .author_id = 1);
    struct Comment *comment = cf_add(db, Comment, .body = "c", .post_id = 1);
    cf_commit(db);
    sent();
    cf_delete(db, User, kim);
    cf_delete(db, Comment, comment);
    cf_delete(db, Post, post);
    cf_commit(db);
    assert_string_equal(sent(), "DELETE FROM comments WHERE id = ?\nDELETE FROM posts WHERE id = ?\n"
                                "DELETE FROM users WHERE id = ?\n");
    assert_int_equal(cf_count(another_session(), User), 0);
}

static void rows_of_one_table_are_deleted_newest_first(cf_db *writer)
{
    add_user(writer, "kim");
    cf_add(writer, Post, .title = "a", .slug = "a", .author_id = 1);
    cf_add(writer, Comment, .body = "first", .post_id = 1);
    for (int i = 1; i < 40; i++)
        cf_add(writer, Comment, .body = "answer", .post_id = 1, .answer_to = cf_optional(i));
    cf_commit(writer);
    cf_db *db = another_session();
    struct Comment_list comments = cf_find(db, Comment, .order_by = { cf_asc(Comment.id) });
    for
        cf_each (comment, comments)
            cf_delete(db, Comment, comment);
    cf_commit(db);
    assert_int_equal(cf_count(db, Comment), 0);
}

static void a_table_that_refers_to_itself_stands_above_what_refers_to_it(cf_db *db)
{
    assert_int_equal(cf_find(db, Folder).count, 0);
    cf_add(db, Document, .folder = 2);
    cf_add(db, Folder, .name = "top");
    cf_add(db, Folder, .name = "below", .parent = cf_optional(1));
    add_user(db, "kim"); /* more models, more steps */
    cf_add(db, Member, .team = 1, .person = "kim");
    cf_commit(db);
    assert_int_equal(cf_count(db, Document), 1);
    struct Folder_list folders = cf_find(db, Folder);
    for
        cf_each (folder, folders)
            cf_delete(db, Folder, folder);
    cf_delete(db, Document, cf_get(db, Document, 1));
    cf_commit(db);
    assert_int_equal(cf_count(db, Folder), 0);
}

static void tables_that_refer_to_each_other_have_no_order(cf_db *db)
{
    struct Chicken *chicken = cf_new_(db, &Chicken.model_);
    cf__session_add(db, &Chicken.model_, chicken, 0);
    struct Egg *egg = cf_add(db, Egg, .id = 5);
    cf_commit(db);
    chicken->egg_id = cf_optional(egg->id);
    egg->chicken_id = cf_optional(chicken->id);
    cf_commit(db);
    struct Egg *read = cf_get(another_session(), Egg, 5);
    assert_int_equal(read->chicken_id.value, chicken->id);
}

static void inserts_come_before_updates_before_deletes(cf_db *db)
{
    struct User *kim = add_user(db, "kim"), *lee = add_user(db, "lee");
    cf_commit(db);
    sent();
    cf_delete(db, User, kim);
    lee->name = "Lee";
    add_user(db, "max");
    cf_commit(db);
    assert_string_equal(sent(), "INSERT INTO users (name, email) VALUES (?, ?)\n"
                                "UPDATE users SET name = ? WHERE id = ?\nDELETE FROM users WHERE id = ?\n");
}

static void a_new_row_that_is_deleted_is_never_written(cf_db *db)
{
    struct User *kim = add_user(db, "kim"), *lee = add_user(db, "lee"), *ida = add_user(db, "ida");
    cf_delete(db, User, kim);
    cf_delete(db, User, ida);
    add_user(db, "max");
    cf_commit(db);
    assert_string_equal(sent(), "INSERT INTO users (name, email) VALUES (?, ?), (?, ?) RETURNING id\n");
    assert_string_equal(((struct User *)cf_get(another_session(), User, 1))->name, "lee");
    cf_delete(db, User, lee);
    cf_delete(db, User, lee);
    cf_commit(db);
    assert_string_equal(sent(),
                        "SELECT id, name, email, age, bio FROM users WHERE id = ?\nDELETE FROM users WHERE id = ?\n");
}

static void changes_of_a_row_to_be_deleted_are_not_written(cf_db *db)
{
    struct User *kim = add_user(db, "kim");
    cf_commit(db);
    sent();
    kim->name = "Kim";
    cf_delete(db, User, kim);
    cf_commit(db);
    assert_string_equal(sent(), "DELETE FROM users WHERE id = ?\n");
}

static void a_trigger_that_writes_elsewhere_does_not_change_the_number_of_the_row(cf_db *db)
{
    for (int i = 0; i < 5; i++)
        cf_add(db, Member, .team = i, .person = "kim");
    cf_commit(db);
    cf_sql_execute(db,
                   "CREATE TRIGGER noted AFTER INSERT ON users BEGIN INSERT INTO members (team, person, role) VALUES "
                   "(NEW.id + 100, 'lee', 'noted'); END");
    cf_commit(db);
    struct User *kim = add_user(db, "kim");
    cf_commit(db);
    assert_int_equal(kim->id, 1);
    assert_int_equal(cf_count(another_session(), Member, .where = cf_eq(Member.team, 101)), 1);
}

static void a_row_that_a_trigger_has_left_out_is_told(cf_db *db)
{
    cf_sql_execute(db,
                   "CREATE TRIGGER picky BEFORE INSERT ON users WHEN NEW.name = 'kim' BEGIN SELECT RAISE(IGNORE); END");
    add_user(db, "lee");
    cf_commit(db);
    add_user(db, "kim");
    const cf_error *error = error_of(commit, db);
    assert_int_equal(error->code, CF_SQL);
    assert_string_equal(error->message, "users took 0 of 1 rows: a trigger of the database has left the others out");
    assert_int_equal(cf_count(another_session(), User), 1);
}

/* ---- Refusals --------------------------------------------------------------------------------------------------- */

static void a_column_left_out_is_refused_before_the_database_is_asked(cf_db *db)
{
    cf_add(db, User, .name = "kim");
    const cf_error *error = error_of(commit, db);
    assert_int_equal(error->code, CF_NOT_NULL);
    assert_string_equal(error->message, "users.email is missing: it is NOT NULL and has no default");
    assert_string_equal(error->details,
                        "[{\"field\":\"email\",\"message\":\"is missing: it is NOT NULL and has no default\"}]");
    assert_string_equal(sent(), "");
    assert_false(cf__session_pending(db));
}

static void a_wrong_value_is_refused_before_the_database_is_asked(cf_db *db)
{
    cf_add(db, Thing, .label = "too long");
    const cf_error *error = error_of(commit, db);
    assert_int_equal(error->code, CF_INVALID);
    assert_string_equal(error->message, "things.label is longer than 5 characters");
    assert_string_equal(error->details, "[{\"field\":\"theLabel\",\"message\":\"is longer than 5 characters\"}]");
    assert_string_equal(sent(), "");
}

static void a_changed_value_is_checked_and_taken_back(cf_db *db)
{
    struct User *kim = add_user(db, "kim");
    cf_commit(db);
    kim->email = NULL;
    const cf_error *error = cf_try_commit(db);
    assert_int_equal(error->code, CF_NOT_NULL);
    assert_string_equal(error->message, "users.email must not be NULL");
    assert_string_equal(kim->email, "kim@example.com");
    assert_false(cf__session_pending(db));
}

static void a_row_that_is_gone_is_stale(cf_db *db)
{
    struct User *kim = add_user(db, "kim");
    struct Member *member = cf_add(db, Member, .team = 1, .person = "kim");
    cf_commit(db);
    cf_db *other = another_session();
    cf_sql_execute(other, "DELETE FROM users");
    cf_sql_execute(other, "DELETE FROM members");
    cf_commit(other);
    kim->name = "Kim";
    const cf_error *error = error_of(commit, db);
    assert_int_equal(error->code, CF_STALE);
    assert_string_equal(error->message,
                        "users with id 1 is not there any more: somebody else has deleted it or changed its key");
    assert_string_equal(kim->name, "kim");
    cf_delete(db, Member, member);
    error = error_of(commit, db);
    assert_int_equal(error->code, CF_STALE);
    assert_string_equal(error->message, "members with team 1, person \"kim\" is not there any more: somebody else has "
                                        "deleted it or changed its key");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(only_changed_columns_are_written),
        SESSION_TEST(texts_are_compared_by_content),
        SESSION_TEST(a_value_to_null_and_back_is_a_change),
        SESSION_TEST(the_value_beneath_null_is_no_change),
        SESSION_TEST(every_type_is_written_read_and_compared),
        SESSION_TEST(a_changed_key_is_written_by_the_old_one),
        SESSION_TEST(a_field_assigned_after_add_is_written),
        SESSION_TEST(a_row_of_defaults_only_can_be_added),
        SESSION_TEST(parents_are_inserted_first),
        SESSION_TEST(children_are_deleted_first),
        SESSION_TEST(rows_of_one_table_are_deleted_newest_first),
        SESSION_TEST(a_table_that_refers_to_itself_stands_above_what_refers_to_it),
        SESSION_TEST(tables_that_refer_to_each_other_have_no_order),
        SESSION_TEST(inserts_come_before_updates_before_deletes),
        SESSION_TEST(a_new_row_that_is_deleted_is_never_written),
        SESSION_TEST(changes_of_a_row_to_be_deleted_are_not_written),
        SESSION_TEST(a_trigger_that_writes_elsewhere_does_not_change_the_number_of_the_row),
        SESSION_TEST(a_row_that_a_trigger_has_left_out_is_told),
        SESSION_TEST(a_column_left_out_is_refused_before_the_database_is_asked),
        SESSION_TEST(a_wrong_value_is_refused_before_the_database_is_asked),
        SESSION_TEST(a_changed_value_is_checked_and_taken_back),
        SESSION_TEST(a_row_that_is_gone_is_stale),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}

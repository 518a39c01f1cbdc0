/* SPDX-License-Identifier: MIT
 *
 * Many rows at once: what is sent, what is refused, and what a session knows of it afterwards.
 */
#include "support.h"

#include <dirent.h>

#include <carafe/bulk.h>
#include <carafe/select.h>

static const char *check_title(struct cf_db *db, const void *row);

/* clang-format off */
MODEL(Note, "notes",
    (id,      Id),
    (title,   String(20), unique = true, validate = check_title),
    (version, Integer, version = true),
    CF_TIMESTAMPS,
    CF_SOFT_DELETE);

MODEL(Shelf, "shelves",
    (id,      Id),
    (name,    String(20)),
    (volumes, HasMany(Volume, shelf_id)));

MODEL(Volume, "volumes",
    (id,       Id),
    (shelf_id, Integer, references = "shelves.id"),
    (shelf,    BelongsTo(Shelf, shelf_id)));

/* Times without a default of the database's. */
MODEL(Visit, "visits",
    (id,      Id),
    (place,   String(20), unique = true),
    (version, Integer,  version = true),
    (made,    DateTime, stamp = CF_STAMP_CREATED),
    (changed, DateTime, stamp = CF_STAMP_UPDATED));
/* clang-format on */

/* How many statements were sent since the last call; asked on SQLite, since batches are as long as each database likes. */
static void assert_statements(int64_t expected)
{
    int64_t count = 0;
    for (const char *text = sent(); *text; text++)
        count += *text == '\n';
    if (!world.uri)
        assert_int_equal(count, expected);
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
    const char *file = cf_format(&cf__current()->head, "sqlite:///%s/test.db", world.directory);
    cf_engine *engine =
        cf__engine_open(world.uri ? world.uri : file, &(struct cf__engine_options){ .synchronous_normal = true });
    cf_defer(&cf__current()->head, close_engine, engine);
    return cf__session_open(cf__current(), engine);
}

static const char *check_title(struct cf_db *db, const void *row)
{
    (void)db;
    return strchr(((const struct Note *)row)->title, ' ') ? "has a space" : NULL;
}

static const cf_time old = { 1 }, recent = { INT64_C(1600000000000000) }; /* 1970, 2020 */

/* Three notes of 1970, of which the third is deleted. */
static void three_notes(cf_db *db)
{
    struct Note notes[] = {
        { .title = "a", .version = 1, .created_at = old, .updated_at = old },
        { .title = "b", .version = 1, .created_at = old, .updated_at = old },
        { .title = "c", .version = 1, .created_at = old, .updated_at = old, .deleted_at = cf_optional(old) }
    };
    cf_insert_all(db, Note, notes, 3);
    cf_commit(db);
    sent();
}

/* ---- cf_insert_all ---------------------------------------------------------------------------------------------- */

static void an_array_is_inserted_in_few_statements(cf_db *db)
{
    struct User *users = many_users(db, 200);
    assert_int_equal(cf_insert_all(db, User, users, 200), 200);
    assert_statements(3 + 1); /* 64, 64, 64 and 8 */
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
    assert_sent("INSERT INTO members (team, person) VALUES (?, ?) RETURNING role\n"
                "INSERT INTO members (team, person, role) VALUES (?, ?, ?)\n"
                "INSERT INTO things (small, ratio) VALUES (?, ?) RETURNING id, price, label, note, day, at, "
                "moment, status, color, extra\n");
    assert_int_equal(thing.id, 1);
    assert_string_equal(thing.label, "x");
}

static void an_empty_array_is_no_statement(cf_db *db)
{
    assert_int_equal(cf_insert_all(db, User, NULL, 0), 0);
    assert_sent("");
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
    assert_sent("");
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

static void what_a_check_takes_is_given_back(cf_db *unused)
{
    (void)unused;
    enum { COUNT = 5000 };
    cf_db *db = quiet_session();
    struct Thing *things = cf_alloc(db, COUNT * sizeof *things);
    for (size_t i = 0; i < COUNT; i++)
        things[i].extra = "[1, 2, {\"a\": [3, 4, 5, 6]}, \"some text\", 7, 8, 9, {\"b\": {\"c\": null}}]";
    size_t size = cf__current()->arena.size;
    cf_insert_all(db, Thing, things, COUNT);
    assert_true(cf__current()->arena.size - size < (size_t)2 << 20);
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

/* ---- cf_update_all ---------------------------------------------------------------------------------------------- */

/* kim 20, lee 30, ida without an age. */
static void three_users(cf_db *db)
{
    add_user(db, "kim")->age = cf_optional(20);
    add_user(db, "lee")->age = cf_optional(30);
    add_user(db, "ida");
    cf_commit(db);
    sent();
}

static void rows_are_updated_by_values_and_columns(cf_db *db)
{
    cf_insert_all(db, User, many_users(db, 10), 10);
    cf_commit(db);
    sent();
    assert_int_equal(cf_update_all(db, User, .set = { cf_set(User.age, 7), cf_set(User.bio, User.name) },
                                   .where = cf_gt(User.id, 8)),
                     2);
    assert_int_equal(cf_update_all(db, User, .set = { cf_set_null(User.bio) }, .where = cf_eq(User.id, 10)), 1);
    assert_int_equal(cf_update_all(db, User, .set = { cf_set(User.bio, "x") }, .all = true), 10);
    assert_sent("UPDATE users SET age = ?, bio = name WHERE id > ?\n"
                "UPDATE users SET bio = ? WHERE id = ?\nUPDATE users SET bio = ?\n");
    cf_rollback(db);
    assert_int_equal(cf_count(db, User, .where = cf_is_not_null(User.bio)), 0);
}

static void rows_are_updated_by_expressions(cf_db *db)
{
    three_users(db);
    struct User *kim = cf_get(db, User, 1), *lee = cf_get(db, User, 2);
    sent();
    cf_update_all(db, User,
                  .set = { cf_set(User.age, cf_plus(User.age, 1)),
                           cf_set(User.name, cf_concat(cf_upper(User.name), "!")),
                           cf_set(User.bio, cf_case(cf_when(cf_gt(User.age, 25), "old"), cf_otherwise("young"))) },
                  .where = cf_lt(cf_times(User.age, 2), 100));
    assert_int_equal(kim->age.value, 21);
    assert_string_equal(kim->name, "KIM!");
    assert_string_equal(kim->bio, "young"); /* what it was before the statement counts */
    assert_int_equal(lee->age.value, 31);
    assert_string_equal(lee->bio, "old");
    assert_int_equal(cf_count(db, User, .where = cf_is_null(User.bio)), 1);
}

static void conditions_may_look_at_other_tables(cf_db *db)
{
    struct Shelf shelves[] = { { .id = 1, .name = "low" }, { .id = 2, .name = "high" } };
    struct Volume volumes[] = { { .shelf_id = 2 }, { .shelf_id = 1 }, { .shelf_id = 2 } };
    cf_insert_all(db, Shelf, shelves, 2);
    cf_insert_all(db, Volume, volumes, 3);
    assert_int_equal(cf_delete_all(db, Volume, .where = cf_any(Volume.shelf, cf_eq(Shelf.name, "high"))), 2);
    assert_int_equal(cf_update_all(db, Shelf, .set = { cf_set(Shelf.name, "empty") },
                                   .where = cf_not(cf_any(Shelf.volumes, NULL))),
                     1);
    assert_int_equal(cf_count(db, Shelf, .where = cf_eq(Shelf.name, "empty")), 1);
}

static void known_objects_say_what_the_database_says(cf_db *db)
{
    three_users(db);
    struct User_list users = cf_find(db, User, .order_by = { cf_asc(User.id) });
    users.items[0]->name = "Kim";
    cf_update_all(db, User, .set = { cf_set(User.age, 40) }, .where = cf_eq(User.name, "Kim"));
    assert_int_equal(users.items[0]->age.value, 40);
    assert_int_equal(users.items[1]->age.value, 30);
    sent();
    cf_flush(db);
    assert_sent(""); /* what was read again is no change */
    cf_rollback(db);
    assert_int_equal(users.items[0]->age.value, 20);
    assert_string_equal(users.items[0]->name, "kim");
    users.items[0]->age = cf_optional(21);
    cf_commit(db);
    assert_sent("UPDATE users SET age = ? WHERE id = ?\n");
}

static void objects_with_composite_keys_are_read_again_too(cf_db *db)
{
    struct Member *first = cf_add(db, Member, .team = 1, .person = "kim"),
                  *second = cf_add(db, Member, .team = 2, .person = "kim");
    cf_commit(db);
    cf_update_all(db, Member, .set = { cf_set(Member.role, "chief") }, .where = cf_eq(Member.team, 2));
    assert_string_equal(first->role, "guest");
    assert_string_equal(second->role, "chief");
}

static void every_known_object_of_many_is_read_again(cf_db *unused)
{
    (void)unused;
    cf_db *db = quiet_session();
    cf_insert_all(db, User, many_users(db, 3000), 3000);
    struct User_list users = cf_find(db, User, .order_by = { cf_asc(User.id) });
    cf_update_all(db, User, .set = { cf_set(User.age, User.id) }, .all = true);
    cf_delete_all(db, User, .where = cf_between(User.id, 1000, 1999));
    for (size_t i = 0; i < users.count; i++)
        assert_int_equal(users.items[i]->age.value, users.items[i]->id);
    users.items[1500]->name = "gone";
    users.items[2500]->name = "there";
    cf_commit(db);
    assert_int_equal(cf_count(db, User), 2000);
    assert_int_equal(cf_count(db, User, .where = cf_eq(User.name, "there")), 1);
}

static void update_nothing(void *db)
{
    cf_update_all((cf_db *)db, User, .where = cf_eq(User.id, 1));
}

static void update_everything(void *db)
{
    cf_update_all((cf_db *)db, User, .set = { cf_set(User.age, 1) });
}

static void update_twice_said(void *db)
{
    cf_update_all((cf_db *)db, User, .set = { cf_set(User.age, 1) }, .where = cf_eq(User.id, 1), .all = true);
}

static void update_others(void *db)
{
    cf_update_all((cf_db *)db, User, .set = { cf_set(Post.title, "x") }, .all = true);
}

static void update_to_null_text(void *db)
{
    const char *nothing = NULL;
    cf_update_all((cf_db *)db, User, .set = { cf_set(User.bio, nothing) }, .all = true);
}

static void update_to_null(void *db)
{
    cf_update_all((cf_db *)db, User, .set = { cf_set_null(User.name) }, .all = true);
}

static void update_too_long(void *db)
{
    cf_update_all((cf_db *)db, Thing, .set = { cf_set(Thing.label, "longer") }, .all = true);
}

static void update_taken(void *db)
{
    cf_update_all((cf_db *)db, User, .set = { cf_set(User.email, "same") }, .all = true);
}

static void delete_everything(void *db)
{
    cf_delete_all((cf_db *)db, User);
}

static void updates_that_are_wrong_are_told(cf_db *db)
{
    three_users(db);
    static const struct {
        void (*function)(void *);
        const char *message;
    } cases[] = {
        { update_nothing, "cf_update_all of User sets nothing: say .set = { cf_set(...) }" },
        { update_everything,
          "cf_update_all of User without a condition: say .where = ..., or .all = true for every row" },
        { update_twice_said, "cf_update_all of User has a condition and .all = true: only one of them can be meant" },
        { update_others, "cf_update_all of User: Post.title is none of its columns" },
        { update_to_null_text, "cf_update_all: User.bio was set to a NULL text: say cf_set_null" },
        { update_to_null, "users.name must not be NULL" },
        { update_too_long, "things.label is longer than 5 characters" },
        { delete_everything,
          "cf_delete_all of User without a condition: say .where = ..., or .all = true for every row" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(error_of(cases[i].function, db)->message, cases[i].message);
    assert_sent("");
    assert_int_equal(error_of(update_taken, db)->code, CF_UNIQUE);
}

/* ---- cf_delete_all ---------------------------------------------------------------------------------------------- */

static void rows_are_deleted_and_objects_forgotten(cf_db *db)
{
    three_users(db);
    struct User *kim = cf_get(db, User, 1), *lee = cf_get(db, User, 2);
    add_user(db, "new");
    assert_int_equal(cf_delete_all(db, User, .where = cf_or(cf_eq(User.name, "kim"), cf_eq(User.name, "new"))), 2);
    assert_null(cf_get(db, User, 1));
    assert_ptr_equal(cf_get(db, User, 2), lee);
    kim->name = "written nowhere";
    lee->name = "Lee";
    cf_flush(db);
    cf_rollback(db);
    assert_ptr_equal(cf_get(db, User, 1), kim);
    assert_string_equal(kim->name, "kim");
    assert_int_equal(cf_delete_all(db, User, .all = true), 3);
    cf_commit(db);
    assert_int_equal(cf_count(db, User), 0);
}

/* ---- cf_upsert -------------------------------------------------------------------------------------------------- */

static void a_row_is_inserted_or_updated(cf_db *db)
{
    struct User *kim = cf_upsert(db, User, cf_columns(User.email), .name = "kim", .email = "k@x.org");
    assert_int_equal(kim->id, 1);
    kim->bio = "changed";
    struct User *same =
        cf_upsert(db, User, cf_columns(User.email), .name = "Kim", .email = "k@x.org", .age = cf_optional(3));
    assert_ptr_equal(same, kim);
    assert_string_equal(kim->name, "Kim");
    assert_string_equal(kim->bio, "changed");
    cf_commit(db);
    assert_sent("INSERT INTO users (name, email) VALUES (?, ?) ON CONFLICT (email) DO UPDATE SET "
                "name = excluded.name RETURNING id, name, email, age, bio\n"
                "UPDATE users SET bio = ? WHERE id = ?\n"
                "INSERT INTO users (name, email, age) VALUES (?, ?, ?) ON CONFLICT (email) DO UPDATE SET "
                "name = excluded.name, age = excluded.age RETURNING id, name, email, age, bio\n");
    kim->name = "watched";
    cf_commit(db);
    assert_string_equal(((struct User *)cf_get(another_session(), User, 1))->name, "watched");
}

static void what_is_updated_may_be_said(cf_db *db)
{
    three_users(db);
    struct User *kim = cf_upsert(db, User, cf_on_conflict(cf_columns(User.email), .update = cf_columns(User.age)),
                                 .name = "other", .email = "kim@example.com", .age = cf_optional(50));
    assert_string_equal(kim->name, "kim");
    assert_int_equal(kim->age.value, 50);
    kim = cf_upsert(db, User, cf_on_conflict(cf_columns(User.email), .keep = true), .name = "other",
                    .email = "kim@example.com", .age = cf_optional(60));
    assert_int_equal(kim->id, 1);
    assert_string_equal(kim->name, "kim");
    assert_int_equal(kim->age.value, 50);
    struct User *new = cf_upsert(db, User, cf_on_conflict(cf_columns(User.email), .keep = true), .name = "new",
                                 .email = "new@example.com");
    assert_true(new->id > 3); /* keys may be skipped */
    kim = cf_upsert(db, User, cf_columns(User.email), .id = 99, .name = "Kim", .email = "kim@example.com");
    assert_int_equal(kim->id, 1); /* a key is not what is updated, unless it is named */
}

static void upserts_by_the_key_and_by_columns_together(cf_db *db)
{
    struct Member *kim = cf_upsert(db, Member, cf_columns(Member.team, Member.person), .team = 1, .person = "kim");
    assert_string_equal(kim->role, "guest");
    cf_upsert(db, Member, cf_columns(Member.team, Member.person), .team = 1, .person = "kim", .role = "chief");
    assert_string_equal(kim->role, "chief");
    add_user(db, "author");
    struct Post *post =
        cf_upsert(db, Post, cf_columns(Post.author_id, Post.slug), .author_id = 1, .slug = "s", .title = "a");
    assert_true(post->created.microseconds > 0);
    cf_upsert(db, Post, cf_columns(Post.author_id, Post.slug), .author_id = 1, .slug = "s", .title = "b");
    assert_string_equal(post->title, "b");
    cf_commit(db);
    assert_int_equal(cf_count(db, Post), 1);
}

static struct User *count_visit(cf_db *db, const char *name)
{
    return cf_upsert(db, User,
                     cf_on_conflict(cf_columns(User.email), .set = { cf_set(User.age, cf_plus(User.age, 1)) }),
                     .name = name, .email = "k@x.org", .age = cf_optional(1));
}

static void an_upsert_changes_the_row_that_is_there_by_an_expression(cf_db *db)
{
    struct User *kim = count_visit(db, "kim");
    assert_int_equal(kim->age.value, 1);
    assert_ptr_equal(count_visit(db, "other"), kim);
    assert_int_equal(kim->age.value, 2);
    assert_string_equal(kim->name, "kim"); /* only what is set */
    struct User *both =
        cf_upsert(db, User,
                  cf_on_conflict(cf_columns(User.email), .update = cf_columns(User.name),
                                 .set = { cf_set(User.age, cf_times(User.age, 10)), cf_set(User.bio, "b") }),
                  .name = "Kim", .email = "k@x.org");
    assert_ptr_equal(both, kim);
    assert_string_equal(kim->name, "Kim");
    assert_int_equal(kim->age.value, 20);
    assert_string_equal(kim->bio, "b");
}

static void an_array_changes_the_rows_that_are_there_by_an_expression(cf_db *db)
{
    struct User users[] = { { .name = "a", .email = "a", .age = cf_optional(1) },
                            { .name = "b", .email = "b", .age = cf_optional(1) } };
    for (int i = 0; i < 3; i++)
        cf_upsert_all(db, User,
                      cf_on_conflict(cf_columns(User.email), .set = { cf_set(User.age, cf_plus(User.age, 5)) }), users,
                      2);
    assert_int_equal(cf_count(db, User, .where = cf_eq(User.age, 11)), 2);
}

static void a_rollback_takes_an_upsert_back(cf_db *db)
{
    three_users(db);
    struct User *kim = cf_get(db, User, 1);
    cf_upsert(db, User, cf_columns(User.email), .name = "Kim", .email = "kim@example.com");
    struct User *new = cf_upsert(db, User, cf_columns(User.email), .name = "new", .email = "new@example.com");
    int64_t id = new->id;
    cf_rollback(db);
    assert_string_equal(kim->name, "kim");
    assert_null(cf_get(db, User, id));
    new->name = "written nowhere";
    cf_commit(db);
    assert_int_equal(cf_count(db, User), 3);
}

static void upsert_by_no_key(void *db)
{
    cf_upsert((cf_db *)db, User, cf_columns(User.name), .name = "a", .email = "b");
}

static void upsert_without_its_key(void *db)
{
    cf_upsert((cf_db *)db, User, cf_columns(User.id), .name = "a", .email = "b");
}

static void upsert_both(void *db)
{
    cf_upsert((cf_db *)db, User, cf_on_conflict(cf_columns(User.email), .keep = true, .update = cf_columns(User.age)),
              .name = "a", .email = "b");
}

static void upsert_set_and_keep(void *db)
{
    cf_upsert((cf_db *)db, User, cf_on_conflict(cf_columns(User.email), .keep = true, .set = { cf_set(User.age, 1) }),
              .name = "a", .email = "b");
}

static void upsert_set_its_key(void *db)
{
    cf_upsert((cf_db *)db, User, cf_on_conflict(cf_columns(User.email), .set = { cf_set(User.email, "c") }),
              .name = "a", .email = "b");
}

static void upsert_too_long(void *db)
{
    cf_upsert((cf_db *)db, Thing, cf_columns(Thing.id), .id = 1, .label = "longer");
}

static void upsert_an_array_without_a_key(void *db)
{
    struct Member members[] = { { .team = 1, .person = "a" }, { .team = 1 } };
    cf_upsert_all((cf_db *)db, Member, cf_columns(Member.team, Member.person), members, 2,
                  .columns = cf_columns(Member.team, Member.person));
}

static void upsert_an_array_by_a_key_that_is_not_written(void *db)
{
    struct User users[] = { { .id = 1, .name = "a", .email = "b" }, { .name = "a", .email = "c" } };
    cf_upsert_all((cf_db *)db, User, cf_columns(User.id), users, 2);
}

static void upserts_that_are_wrong_are_told(cf_db *db)
{
    assert_string_equal(error_of(upsert_by_no_key, db)->message,
                        "cf_upsert of User: the columns are neither its primary key nor unique");
    assert_string_equal(error_of(upsert_without_its_key, db)->message,
                        "users.id must have a value: it decides which row is meant");
    assert_string_equal(error_of(upsert_both, db)->message,
                        "cf_upsert of User: .keep and .update contradict each other");
    assert_string_equal(error_of(upsert_set_and_keep, db)->message,
                        "cf_upsert of User: .keep and .set contradict each other");
    assert_string_equal(error_of(upsert_set_its_key, db)->message,
                        "cf_upsert of User: .set of email, which says which row is meant");
    assert_string_equal(error_of(upsert_an_array_without_a_key, db)->message,
                        "members.person of row 1 must not be NULL");
    assert_string_equal(error_of(upsert_an_array_by_a_key_that_is_not_written, db)->message,
                        "users.id of row 1 must have a value: it decides which row is meant");
    assert_string_equal(error_of(upsert_too_long, db)->message, "things.label is longer than 5 characters");
    assert_sent("");
}

static void many_rows_are_inserted_or_updated(cf_db *db)
{
    three_users(db);
    struct User *kim = cf_get(db, User, 1), *users = many_users(db, 300);
    users[7].email = "kim@example.com";
    sent();
    cf_upsert_all(db, User, cf_columns(User.email), users, 300);
    assert_statements(4 + 3 + 1); /* 64 four times, 32, 8 and 4, and one look at what is known */
    assert_string_equal(kim->name, "user 7");
    assert_int_equal(cf_count(db, User), 302);
    users[7].name = "kept";
    cf_upsert_all(db, User, cf_on_conflict(cf_columns(User.email), .keep = true), users, 300);
    assert_string_equal(kim->name, "user 7");
    cf_commit(db);
}

static void of_rows_with_the_same_key_the_last_one_counts(cf_db *db)
{
    struct User *users = many_users(db, 100);
    for (size_t i = 0; i < 100; i++)
        users[i].email = i % 10 ? users[i].email : "same";
    sent();
    cf_upsert_all(db, User, cf_columns(User.email), users, 100);
    assert_statements(10 * 2); /* no statement meets a row twice: 8 and 2 rows, ten times */
    assert_int_equal(cf_count(db, User), 91);
    assert_int_equal(cf_count(db, User, .where = cf_and(cf_eq(User.name, "user 90"), cf_eq(User.email, "same"))), 1);
}

static void any_number_of_rows_is_inserted_or_updated(cf_db *unused)
{
    (void)unused;
    cf_db *db = quiet_session();
    struct User *users = many_users(db, 5000);
    for (int i = 0; i < 2; i++)
        cf_upsert_all(db, User, cf_columns(User.email), users, 5000);
    assert_int_equal(cf_count(db, User), 5000);
}

static void what_was_gone_before_does_not_come_back_with_a_rollback(cf_db *db)
{
    three_users(db);
    struct User *kim = cf_get(db, User, 1);
    cf_delete(db, User, kim);
    cf_commit(db);
    cf_update_all(db, User, .set = { cf_set(User.age, 1) }, .all = true);
    cf_rollback(db);
    assert_null(cf_get(db, User, 1));
}

/* ---- Versions, times, soft deletes ------------------------------------------------------------------------------ */

static void an_update_counts_versions_and_notes_the_time(cf_db *db)
{
    three_notes(db);
    struct Note *note = cf_find_one(db, Note, .where = cf_eq(Note.title, "a"));
    sent();
    assert_int_equal(cf_update_all(db, Note, .set = { cf_set(Note.title, "x") }, .where = cf_eq(Note.title, "a")), 1);
    assert_sent("UPDATE notes SET title = ?, updated_at = ?, version = notes.version + 1 WHERE title = ? AND "
                "deleted_at IS NULL\n"
                "SELECT id, title, version, created_at, updated_at, deleted_at FROM notes WHERE id IN (?)\n");
    assert_int_equal(note->version, 2);
    assert_true(note->updated_at.microseconds > recent.microseconds);
    assert_int_equal(note->created_at.microseconds, old.microseconds);
    note->title = "y"; /* of the version it was read in */
    cf_commit(db);
    assert_int_equal(note->version, 3);
    cf_update_all(db, Note, .set = { cf_set(Note.updated_at, old) }, .all = true);
    assert_int_equal(note->updated_at.microseconds, old.microseconds);
}

static void hidden_rows_are_left_alone(cf_db *db)
{
    three_notes(db);
    assert_int_equal(cf_update_all(db, Note, .set = { cf_set(Note.created_at, recent) }, .all = true), 2);
    assert_int_equal(cf_update_all(db, Note, .set = { cf_set(Note.created_at, recent) }, .all = true,
                                   .with_deleted = true),
                     3);
    size_t count = 0;
    cf_commit(db);
    for
        cf_find_each (note, db, Note)
            count += !note->deleted_at.is_set;
    assert_int_equal(count, 2);
}

static void deleted_rows_are_hidden_or_gone(cf_db *db)
{
    three_notes(db);
    struct Note *note = cf_find_one(db, Note, .where = cf_eq(Note.title, "a"));
    sent();
    assert_int_equal(cf_delete_all(db, Note, .all = true), 2);
    assert_sent("UPDATE notes SET deleted_at = ?, version = notes.version + 1 WHERE deleted_at IS NULL\n"
                "SELECT id, title, version, created_at, updated_at, deleted_at FROM notes WHERE id IN (?)\n");
    assert_true(note->deleted_at.is_set);
    assert_int_equal(cf_count(db, Note), 0);
    assert_int_equal(cf_count(db, Note, .with_deleted = true), 3);
    assert_int_equal(cf_delete_all(db, Note, .all = true, .for_good = true), 3);
    assert_int_equal(cf_count(db, Note, .with_deleted = true), 0);
}

static void upserts_count_versions_and_note_times(cf_db *db)
{
    struct Note *note = cf_upsert(db, Note, cf_columns(Note.title), .title = "n", .created_at = old);
    assert_int_equal(note->version, 1);
    assert_true(note->updated_at.microseconds > recent.microseconds);
    cf_update_all(db, Note, .set = { cf_set(Note.updated_at, old) }, .all = true);
    cf_upsert(db, Note, cf_columns(Note.title), .title = "n", .created_at = old);
    assert_int_equal(note->version, 3);
    assert_true(note->updated_at.microseconds > recent.microseconds);
    cf_update_all(db, Note, .set = { cf_set(Note.updated_at, old) }, .all = true);
    struct Note again[] = { { .title = "n" }, { .title = "m" } };
    cf_upsert_all(db, Note, cf_columns(Note.title), again, 2);
    assert_int_equal(note->version, 5);
    assert_true(note->updated_at.microseconds > recent.microseconds);
}

static void assert_begun(const struct Visit *visit, int64_t version)
{
    assert_int_equal(visit->version, version);
    assert_true(visit->made.microseconds > recent.microseconds);
    assert_true(visit->changed.microseconds > recent.microseconds);
}

static void new_rows_begin_as_those_of_the_session_do(cf_db *db)
{
    struct Visit visits[] = { { .place = "a" }, { .place = "b", .version = 7, .made = old }, { .place = "c" } };
    cf_insert_all(db, Visit, visits, 2);
    cf_insert_all(db, Visit, visits + 2, 1, .columns = cf_columns(Visit.place));
    assert_int_equal(visits[0].version, 0);
    struct Visit_list there = cf_find(db, Visit, .order_by = { cf_asc(Visit.place) });
    assert_begun(there.items[0], 1);
    assert_int_equal(there.items[1]->version, 7);
    assert_int_equal(there.items[1]->made.microseconds, old.microseconds);
    assert_begun(there.items[2], 1);
    struct Visit more[] = { { .place = "d" }, { .place = "c" } };
    cf_upsert_all(db, Visit, cf_columns(Visit.place), more, 2);
    assert_begun(cf_find_one(db, Visit, .where = cf_eq(Visit.place, "d")), 1);
    assert_begun(there.items[2], 2);
    struct Visit returned = { .place = "e" };
    cf_insert_all(db, Visit, &returned, 1, .returning = true);
    assert_begun(&returned, 1);
}

static void insert_notes(void *db)
{
    struct Note notes[] = { { .title = "a" }, { .title = "a b" } };
    cf_insert_all((cf_db *)db, Note, notes, 2);
}

static void upsert_note(void *db)
{
    cf_upsert((cf_db *)db, Note, cf_columns(Note.title), .title = "a b");
}

static void validators_see_rows_that_are_inserted(cf_db *db)
{
    assert_string_equal(error_of(insert_notes, db)->message, "notes.title of row 1 has a space");
    assert_string_equal(error_of(upsert_note, db)->message, "notes.title has a space");
}

/* ---- cf_find_each ----------------------------------------------------------------------------------------------- */

static void a_long_result_is_walked_in_constant_memory(cf_db *unused)
{
    enum { COUNT = 200000 };
    (void)unused;
    cf_db *db = quiet_session();
    cf_insert_all(db, User, many_users(db, COUNT), COUNT);
    cf_commit(db);
    struct cf__arena *arena = &cf__current()->arena;
    size_t size = arena->size, count = 0;
    const char *place = NULL;
    for
        cf_find_each (user, db, User, .order_by = { cf_asc(User.id) }) {
            place = place ? place : user->name;
            assert_ptr_equal(user->name, place); /* where the one before was */
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

static size_t open_files(void)
{
    size_t count = 0;
    DIR *directory = opendir("/proc/self/fd");
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
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
    first_id(db);
    size_t files = open_files();
    for (int i = 0; i < 3; i++)
        assert_int_equal(first_id(db), 1);
    assert_int_equal(open_files(), files); /* the connection is used again */
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

static void load_in_loop(void *db)
{
    for
        cf_find_each (volume, (cf_db *)db, Volume, .load = { Volume.shelf })
            cf_raise(CF_STALE, "got %d", (int)volume->id);
}

static void each_row_has_relations_of_its_own(cf_db *db)
{
    struct Shelf shelves[] = { { .id = 1, .name = "low" }, { .id = 2, .name = "high" } };
    struct Volume volumes[] = { { .shelf_id = 2 }, { .shelf_id = 1 }, { .shelf_id = 2 } };
    const char *names = "";
    cf_insert_all(db, Shelf, shelves, 2);
    cf_insert_all(db, Volume, volumes, 3);
    cf_commit(db);
    for
        cf_find_each (volume, db, Volume, .order_by = { cf_asc(Volume.id) })
            names = cf_format(db, "%s %s", names, cf_related(db, Volume.shelf, volume)->name);
    assert_string_equal(names, " high low high");
    assert_string_equal(error_of(load_in_loop, db)->message,
                        "cf_find_each of Volume takes no .load: read relations in the loop with cf_related, or pages "
                        "of rows with cf_find");
}

static void upsert_by_object(void *db)
{
    struct Shelf shelf = { .id = 1 };
    cf_upsert((cf_db *)db, Volume, cf_columns(Volume.id), .id = 1, .shelf = &shelf);
}

static void an_upsert_takes_keys_and_no_objects(cf_db *db)
{
    assert_string_equal(error_of(upsert_by_object, db)->message,
                        "cf_upsert of Volume: shelf is a relation, which is not written: give its key's columns");
    cf_add(db, Shelf, .name = "low");
    cf_flush(db);
    struct Volume *volume = cf_upsert(db, Volume, cf_columns(Volume.id), .id = 7, .shelf_id = 1);
    assert_string_equal(cf_related(db, Volume.shelf, volume)->name, "low");
}

/* Without an argument on SQLite, else on the server whose URI is in the environment variable of that name. */
int main(int argc, char **argv)
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
        SESSION_TEST(what_a_check_takes_is_given_back),
        SESSION_TEST(misuses_are_told),
        SESSION_TEST(rows_are_updated_by_values_and_columns),
        SESSION_TEST(rows_are_updated_by_expressions),
        SESSION_TEST(conditions_may_look_at_other_tables),
        SESSION_TEST(known_objects_say_what_the_database_says),
        SESSION_TEST(objects_with_composite_keys_are_read_again_too),
        SESSION_TEST(every_known_object_of_many_is_read_again),
        SESSION_TEST(updates_that_are_wrong_are_told),
        SESSION_TEST(rows_are_deleted_and_objects_forgotten),
        SESSION_TEST(what_was_gone_before_does_not_come_back_with_a_rollback),
        SESSION_TEST(a_row_is_inserted_or_updated),
        SESSION_TEST(what_is_updated_may_be_said),
        SESSION_TEST(upserts_by_the_key_and_by_columns_together),
        SESSION_TEST(an_upsert_changes_the_row_that_is_there_by_an_expression),
        SESSION_TEST(an_array_changes_the_rows_that_are_there_by_an_expression),
        SESSION_TEST(a_rollback_takes_an_upsert_back),
        SESSION_TEST(upserts_that_are_wrong_are_told),
        SESSION_TEST(many_rows_are_inserted_or_updated),
        SESSION_TEST(of_rows_with_the_same_key_the_last_one_counts),
        SESSION_TEST(any_number_of_rows_is_inserted_or_updated),
        SESSION_TEST(an_update_counts_versions_and_notes_the_time),
        SESSION_TEST(hidden_rows_are_left_alone),
        SESSION_TEST(deleted_rows_are_hidden_or_gone),
        SESSION_TEST(upserts_count_versions_and_note_times),
        SESSION_TEST(new_rows_begin_as_those_of_the_session_do),
        SESSION_TEST(validators_see_rows_that_are_inserted),
        SESSION_TEST(a_long_result_is_walked_in_constant_memory),
        SESSION_TEST(the_body_may_query_write_and_commit),
        SESSION_TEST(loops_nest),
        SESSION_TEST(a_loop_may_be_left),
        SESSION_TEST(an_error_in_the_body_ends_the_walk),
        SESSION_TEST(each_row_has_relations_of_its_own),
        SESSION_TEST(an_upsert_takes_keys_and_no_objects),
    };
    world.models = CF_MODELS(User, Post, Member, Thing, Note, Shelf, Volume, Visit);
    if (!choose_server(argc, argv))
        return 77;
    return cmocka_run_group_tests(tests, NULL, free_thread);
}

/* SPDX-License-Identifier: MIT
 *
 * Running out of memory at every allocation a request makes, one after the other: the request ends in CF_NO_MEMORY
 * with nothing written, and the next one works. The linker puts the functions below in the place of malloc, calloc
 * and realloc.
 */
#include "support.h"

#include <carafe/bulk.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static struct {
    bool armed, from_then_on; /* fails one allocation, or all from the one on */
    size_t at, made;          /* the allocation that fails, counted from 1; how many were asked for */
} failure;

static bool fails(void)
{
    if (!failure.armed)
        return false;
    failure.made++;
    return failure.made == failure.at || (failure.from_then_on && failure.made > failure.at);
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

/* clang-format off */
MODEL(Fan, "fans",
    (id,      Id),
    (idol_id, Integer, references = "users.id", on_delete = "cascade"),
    (idol,    BelongsTo(User, idol_id)));

/* Defaults that the program makes, lists with a condition, and pairs of a model. */
static void make_code(cf_db *db, void *row);
static void count_edit(cf_db *db, void *row);
static const cf_expr *is_shown(void);
MODEL(Star, "stars",
    (id,    Id),
    (name,  String(20)),
    (shows, HasMany(Show, star_id)),
    (shown, HasMany(Show, star_id), only = is_shown),
    (guests, ManyToManyThrough(User, Guest)));
MODEL(Guest, "guests",
    (id,      Id),
    (star_id, Integer, references = "stars.id", on_delete = "cascade"),
    (user_id, Integer, references = "users.id", on_delete = "cascade"));
MODEL(Show, "shows",
    (id,      Id),
    (code,    String(20), insert_default = make_code),
    (edits,   Integer,    server_default = "0", update_default = count_edit),
    (star_id, Integer,    references = "stars.id", on_delete = "cascade"));
SHAPE(Planned, (star_id, Integer));
/* clang-format on */

static void make_code(cf_db *db, void *row)
{
    ((struct Show *)row)->code = cf_format(db, "%d", 7);
}

static void count_edit(cf_db *db, void *row)
{
    (void)db;
    ((struct Show *)row)->edits = 7;
}

static const cf_expr *is_shown(void)
{
    return cf_gt(Show.edits, 0);
}

static void open_database(void *unused)
{
    (void)unused;
    world.engine = open_engine();
    world.models = CF_MODELS(User, Fan, Star, Show, Guest);
    make_tables(world.engine);
    cf_db *db = another_session();
    for (int i = 0; i < 50; i++)
        cf_add(db, Fan,
               .idol = cf_add(db, User, .name = cf_format(db, "user %d", i),
                              .email = cf_format(db, "user%d@example.com", i)));
    cf_commit(db);
}

/* A statement is prepared once: another engine has to prepare them all again. */
static void reopen_database(void *unused)
{
    (void)unused;
    cf__engine_close(world.engine);
    world.engine = open_engine();
}

static void close_database(void *unused)
{
    (void)unused;
    cf__engine_close(world.engine);
}

static void look_at_pending(cf_db *db, void *unused)
{
    (void)unused;
    cf_pending(db, User, CF_ROW_CHANGED);
}

/* Something of everything, in one transaction that leaves as many rows as there were. */
static void request(void *unused)
{
    (void)unused;
    failure.armed = true;
    cf_db *db = another_session();
    cf_after_begin(db, look_at_pending, NULL);
    cf_before_flush(db, look_at_pending, NULL);
    cf_after_rollback(db, look_at_pending, NULL);
    cf_find(db, Fan, .load = { cf_joined(Fan.idol) });
    const int64_t *count = cf_count_later(db, User);
    struct User_list *all = cf_find_later(db, User, .order_by = { cf_desc(User.id) });
    struct User **first = cf_get_later(db, User, 1, .refresh = true);
    cf_await(db);
    assert_int_equal(*count, all->count);
    assert_ptr_equal(*first, all->items[all->count - 1]);
    struct User_list users = cf_find(db, User, .order_by = { cf_asc(User.id) });
    for
        cf_each (user, users)
            user->bio = cf_format(db, "%2000d", (int)user->id);
    struct User *new = cf_add(db, User, .name = "new", .email = "new@example.com");
    cf_flush(db);
    cf_no_autoflush(db, look_at_pending, NULL);
    cf_assign(db, User, new, cf_set(User.name, cf_upper(User.name)));
    cf_get(db, User, new->id, .refresh = true);
    cf_sql(db, User, "SELECT * FROM users WHERE name <> ?", "kim");
    cf_delete(db, User, new);
    cf_delete(db, User, users.items[0]);
    add_user(db, "replacement");
    if (cf_try_commit(db))
        cf_raise(CF_NO_MEMORY, "the commit failed");
    failure.armed = false;
}

/* clang-format off */
SHAPE(Mail, (name, Text), (email, Text));
/* clang-format on */

/* The same with many rows at a time. */
static void bulk_request(void *unused)
{
    (void)unused;
    struct User users[40] = { { 0 } };
    int64_t walked = 0;
    failure.armed = true;
    cf_db *db = another_session();
    for
        cf_find_each (user, db, User)
            walked += user->id > 0;
    struct User *known = cf_get(db, User, 7);
    for (size_t i = 0; i < 40; i++)
        users[i] = (struct User){ .name = "new", .email = cf_format(db, "new%zu", i) };
    cf_insert_all(db, User, users, 40, .returning = true);
    cf_update_many(db, User, cf_columns(User.name), users, 40);
    cf_update_all(db, User, .set = { cf_set(User.bio, "written") }, .where = cf_lt(User.id, 50));
    cf_upsert(db, User, cf_columns(User.email), .name = "other", .email = "new7");
    cf_upsert_all(db, User, cf_columns(User.email), users, 40);
    cf_upsert_all_returning(db, User, cf_columns(User.email), users, 40);
    cf_upsert_all_returning(db, User, cf_on_conflict(cf_columns(User.email), .keep = true), users, 40);
    cf_update_all_returning(db, User, .set = { cf_set(User.name, "new") }, .where = cf_gt(User.id, 60));
    cf_insert_from(db, User, cf_columns(User.name, User.email),
                   cf_subselect(Mail, .from = User, .columns = { .email = cf_concat(User.email, "2") },
                                .where = cf_gt(User.id, 60)));
    cf_delete_all_returning(db, User, .where = cf_gt(User.id, 60));
    cf_delete_all(db, User, .where = cf_gt(User.id, 50));
    if (cf_try_commit(db))
        cf_raise(CF_NO_MEMORY, "the commit failed");
    if (walked != 50 || strcmp(known->bio, "written") != 0)
        cf_raise(CF_INTERNAL, "%d rows were walked, and object 7 says %s", (int)walked, known->bio);
    failure.armed = false;
}

/* Rows of which the program makes the defaults, many at a time, read by lists with a condition; pairs of a model. */
static void defaults_request(void *unused)
{
    (void)unused;
    failure.armed = true;
    cf_db *db = another_session();
    struct Star *star = cf_add(db, Star, .name = "kim");
    cf_expunge(db, Star, star);
    cf_add_again(db, Star, star);
    cf_append(db, Star.guests, star, cf_get(db, User, 2));
    cf_append(db, Star.guests, star, cf_get(db, User, 3));
    cf_flush(db);
    cf_remove(db, Star.guests, star, cf_get(db, User, 2));
    cf_insert_all(db, Show, ((struct Show[]){ { .star_id = star->id }, { .star_id = star->id } }), 2);
    cf_insert_from(db, Show, cf_columns(Show.star_id),
                   cf_subselect(Planned, .from = Star, .columns = { .star_id = cf_column(Star.id) }));
    cf_update_all(db, Show, .set = { cf_set(Show.star_id, star->id) }, .where = cf_gt(Show.id, 1));
    cf_upsert(db, Show, cf_columns(Show.id), .id = 1, .star_id = star->id);
    size_t shown = cf_find(db, Star, .load = { Star.shown }).items[0]->shown.count;
    size_t part = cf_find(db, Star, .load = { cf_only(Star.shows, cf_eq(Show.code, "7")) }).items[0]->shows.count;
    cf_delete(db, Star, star);
    cf_update_all(db, User, .set = { cf_set(User.bio, "written") }, .where = cf_lt(User.id, 50));
    if (cf_try_commit(db))
        cf_raise(CF_NO_MEMORY, "the commit failed");
    if (shown != 3 || part != 3)
        cf_raise(CF_INTERNAL, "%zu are shown, %zu have a code", shown, part);
    failure.armed = false;
}

static void (*requested)(void *) = request;

struct outcome {
    int64_t users, changed;
};

static void look(void *outcome_)
{
    struct outcome *outcome = outcome_;
    cf_db *db = another_session();
    outcome->users = cf_count(db, User);
    outcome->changed = cf_count(db, User, .where = cf_is_not_null(User.bio));
}

/* Puts everything back as open_database left it. */
static void clean(void *unused)
{
    (void)unused;
    cf_db *db = another_session();
    cf_sql_execute(db, "DELETE FROM users WHERE id > 49");
    cf_sql_execute(db, "UPDATE users SET bio = NULL");
    cf_sql_execute(db, "INSERT OR IGNORE INTO users (id, name, email) VALUES (1, 'user 0', 'user0@example.com')");
    cf_sql_execute(db, "INSERT OR IGNORE INTO users (id, name, email) VALUES (50, 'user 49', 'user49@example.com')");
    cf_commit(db);
}

static void in_fiber(void (*function)(void *), void *argument)
{
    struct cf__error_record record;
    if (!cf__loop_run_fiber(function, argument, &record))
        fail_msg("the fiber ended with: %s", record.error.message);
}

/* Runs the request with its `at`th allocation failing; false where it makes fewer. */
static bool fail_at(size_t at, bool from_then_on)
{
    struct cf__error_record record;
    struct outcome outcome;
    in_fiber(reopen_database, NULL);
    cf__arena_pool_clear();
    failure.at = at;
    failure.made = 0;
    failure.from_then_on = from_then_on;
    bool passed = cf__loop_run_fiber(requested, NULL, &record);
    failure.armed = false;
    in_fiber(look, &outcome);
    if (!passed && record.error.code != CF_NO_MEMORY)
        fail_msg("allocation %zu: %s", at, record.error.message);
    if (outcome.users != 50 || outcome.changed != (passed ? 49 : 0))
        fail_msg("allocation %zu: %d users, %d changed after %s", at, (int)outcome.users, (int)outcome.changed,
                 passed ? "a success" : record.error.message);
    if (passed)
        in_fiber(clean, NULL);
    return failure.made >= at;
}

static void run_out_of_memory(bool from_then_on)
{
    size_t at = 1;
    world.log = open("/dev/null", O_WRONLY);
    int before = cf__log_set_descriptor(world.log);
    enter_directory();
    in_fiber(open_database, NULL);
    while (fail_at(at, from_then_on))
        at++;
    in_fiber(close_database, NULL);
    leave_directory();
    cf__log_set_descriptor(before);
    close(world.log);
    assert_true(at > 20);
}

static void a_request_survives_any_one_allocation_that_fails(void **state)
{
    (void)state;
    run_out_of_memory(false);
}

static void a_request_survives_memory_that_stays_exhausted(void **state)
{
    (void)state;
    run_out_of_memory(true);
}

static void many_rows_survive_any_one_allocation_that_fails(void **state)
{
    (void)state;
    requested = bulk_request;
    run_out_of_memory(false);
}

static void many_rows_survive_memory_that_stays_exhausted(void **state)
{
    (void)state;
    run_out_of_memory(true);
}

static void defaults_of_many_and_conditions_of_lists_survive_any_one_allocation_that_fails(void **state)
{
    (void)state;
    requested = defaults_request;
    run_out_of_memory(false);
}

static void defaults_of_many_and_conditions_of_lists_survive_memory_that_stays_exhausted(void **state)
{
    (void)state;
    run_out_of_memory(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_survives_any_one_allocation_that_fails),
        cmocka_unit_test(a_request_survives_memory_that_stays_exhausted),
        cmocka_unit_test(many_rows_survive_any_one_allocation_that_fails),
        cmocka_unit_test(many_rows_survive_memory_that_stays_exhausted),
        cmocka_unit_test(defaults_of_many_and_conditions_of_lists_survive_any_one_allocation_that_fails),
        cmocka_unit_test(defaults_of_many_and_conditions_of_lists_survive_memory_that_stays_exhausted),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}

/* SPDX-License-Identifier: MIT */
#include "support.h"

static int runs;
static char kim[] = "kim", ada[] = "ada";

static void add_kim(cf_db *db, void *name)
{
    runs++;
    add_user(db, name);
}

static void what_a_transaction_did_is_committed_when_it_returns(cf_db *db)
{
    cf_transaction(db, add_kim, kim);
    assert_false(cf__session_pending(db));
    assert_int_equal(cf_count(another_session(), User), 1);
}

static void conflict_twice(cf_db *db, void *name)
{
    add_kim(db, name);
    cf_flush(db);
    if (runs < 3)
        cf_raise(CF_CONFLICT, "met another");
}

static void a_transaction_that_met_another_is_run_again(cf_db *db)
{
    runs = 0;
    cf_transaction(db, conflict_twice, kim);
    assert_int_equal(runs, 3);
    assert_int_equal(cf_count(another_session(), User), 1);
}

static void conflict_always(cf_db *db, void *name)
{
    add_kim(db, name);
    cf_raise(CF_CONFLICT, "met another");
}

static void try_four_times(void *db)
{
    cf_transaction((cf_db *)db, conflict_always, kim, .attempts = 4);
}

static void a_transaction_is_given_up_after_its_attempts(cf_db *db)
{
    runs = 0;
    assert_int_equal(error_of(try_four_times, db)->code, CF_CONFLICT);
    assert_int_equal(runs, 4);
    assert_int_equal(cf_count(db, User), 0);
}

static void refuse(cf_db *db, void *name)
{
    add_kim(db, name);
    cf_flush(db);
    cf_raise(CF_INVALID, "no");
}

static void run_failing(void *db)
{
    cf_transaction((cf_db *)db, refuse, kim);
}

static void another_error_ends_it_rolled_back_and_is_not_run_again(cf_db *db)
{
    runs = 0;
    assert_string_equal(error_of(run_failing, db)->message, "no");
    assert_int_equal(runs, 1);
    assert_int_equal(cf_count(db, User), 0);
}

static void set_nothing(void *db)
{
    cf_sql_execute((cf_db *)db, "UPDATE users SET nothing = 1");
}

static void count_users(void *db)
{
    cf_count((cf_db *)db, User);
}

/* Where the database runs nothing more, what to do is said. */
static void after_a_failed_statement_a_rollback_makes_a_new_beginning(cf_db *db)
{
    add_user(db, kim);
    cf_flush(db);
    assert_int_equal(error_of(set_nothing, db)->code, CF_SQL);
    const cf_error *error = cf_attempt(db, count_users, db);
    assert_true(!error || strstr(error->message, "cf_rollback, or run what may fail in cf_try_nested"));
    assert_int_equal(error != NULL, world.uri && strncmp(world.uri, "postgresql", 10) == 0);
    cf_rollback(db);
    assert_int_equal(cf_count(db, User), 0);
}

static void run_transaction(void *db)
{
    cf_transaction((cf_db *)db, add_kim, ada);
}

static void begin(void *db)
{
    cf_begin((cf_db *)db);
}

static void what_was_begun_before_is_not_mixed_into_it(cf_db *db)
{
    add_user(db, "kim");
    assert_string_equal(error_of(run_transaction, db)->message,
                        "cf_transaction in a session that has begun to write: commit or roll back first");
    cf_commit(db);
    cf_begin(db);
    assert_string_equal(error_of(begin, db)->message,
                        "cf_begin in a session that has begun to write: commit or roll back first");
    cf_rollback(db);
    cf_begin(db);
    add_user(db, "ada");
    cf_commit(db);
    assert_int_equal(cf_count(another_session(), User), 2);
}

static void grow_older(cf_db *db, void *id)
{
    struct User *user = cf_get(db, User, *(const int64_t *)id);
    user->age = cf_optional(user->age.value + 1);
}

static void set_age(int64_t id, int64_t age)
{
    cf_db *other = another_session();
    cf_get(other, User, id)->age = cf_optional(age);
    cf_commit(other);
}

static void what_was_read_before_is_read_again(cf_db *db)
{
    struct User *user = add_user(db, "kim");
    user->age = cf_optional(1);
    cf_commit(db);
    set_age(user->id, 10);
    assert_int_equal(cf_get(db, User, user->id)->age.value,
                     1); /* no transaction: what the session has costs no query */
    cf_transaction(db, grow_older, &user->id);
    assert_int_equal(user->age.value, 11);
    assert_int_equal(cf_get(another_session(), User, user->id)->age.value, 11);
    set_age(user->id, 20);
    cf_begin(db);
    assert_ptr_equal(cf_find(db, User, .where = cf_eq(User.name, "kim")).items[0], user);
    assert_int_equal(user->age.value, 20);
    cf_rollback(db);
}

static void what_is_locked_is_read_again(cf_db *db)
{
    struct User *user = add_user(db, "kim");
    user->age = cf_optional(1);
    cf_commit(db);
    set_age(user->id, 10);
    assert_ptr_equal(cf_get(db, User, user->id, .for_update = CF_FOR_UPDATE), user);
    assert_int_equal(user->age.value, 10);
    user->age = cf_optional(11); /* not lost by the next one: it is written first */
    cf_find(db, User, .for_update = CF_FOR_UPDATE);
    assert_int_equal(user->age.value, 11);
    cf_commit(db);
}

static void write_there(void *db)
{
    add_user(db, "ada");
    cf_flush(db);
}

static void a_transaction_that_only_reads_sees_one_state_and_writes_nothing(cf_db *db)
{
    cf_db *other = another_session();
    cf_begin(db, .read_only = true);
    assert_int_equal(cf_count(db, User), 0);
    add_user(other, "kim");
    cf_commit(other); /* who reads keeps nobody from writing */
    assert_int_equal(cf_count(db, User), 0);
    assert_int_equal(error_of(write_there, db)->code, CF_READ_ONLY);
    cf_rollback(db);
    assert_int_equal(cf_count(db, User), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(what_a_transaction_did_is_committed_when_it_returns),
        SESSION_TEST(a_transaction_that_met_another_is_run_again),
        SESSION_TEST(a_transaction_is_given_up_after_its_attempts),
        SESSION_TEST(another_error_ends_it_rolled_back_and_is_not_run_again),
        SESSION_TEST(after_a_failed_statement_a_rollback_makes_a_new_beginning),
        SESSION_TEST(what_was_begun_before_is_not_mixed_into_it),
        SESSION_TEST(what_was_read_before_is_read_again),
        SESSION_TEST(what_is_locked_is_read_again),
        SESSION_TEST(a_transaction_that_only_reads_sees_one_state_and_writes_nothing),
    };
    return cmocka_run_group_tests_name("orm/transaction", tests, NULL, free_thread);
}

/* SPDX-License-Identifier: MIT */
#include "story.h"

static int64_t count(struct cf__link *link)
{
    struct cf__query query = { .kind = CF__COUNT, .model = &User.model_ };
    struct cf__rows rows = cf__link_run(link, &query);
    return cf__rows_integer(&rows);
}

static void read_and_write(void *unused)
{
    (void)unused;
    cf_engine *replica = users_engine("sqlite:///replica.db"), *engine = users_engine("sqlite:///primary.db");
    struct cf__link link = new_link(replica), reader = new_link(engine);
    execute(&link, ADD);
    execute(&link, ADD);
    cf__link_commit(&link);
    cf__engine_close(replica);
    cf__engine_add_replica(engine, "sqlite:///replica.db");

    link = new_link(engine);
    assert_int_equal(count(&link), 2);
    cf__link_begin(&link);
    assert_int_equal(count(&link), 0);
    execute(&link, ADD);
    cf__link_commit(&link);
    assert_int_equal(count(&link), 1);
    assert_int_equal(count(&reader), 2);
    cf__engine_close(engine);
}

static void reads_go_to_the_replica_until_the_link_has_committed(void **state)
{
    (void)state;
    in_fiber(read_and_write, NULL);
}

static void add_nine(void *engine)
{
    for (int i = 0; i < 9; i++)
        cf__engine_add_replica(engine, "sqlite:///replica.db");
}

static void too_many(void *unused)
{
    (void)unused;
    cf_engine *engine = open_engine("sqlite:///primary.db");
    assert_string_equal(error_of(add_nine, engine)->message, "a database has at most 8 replicas");
    cf__engine_close(engine);
}

static void more_than_eight_replicas_are_refused(void **state)
{
    (void)state;
    in_fiber(too_many, NULL);
}

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, enter_directory, leave_directory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(reads_go_to_the_replica_until_the_link_has_committed),
        IN_DIRECTORY(more_than_eight_replicas_are_refused),
    };
    return cmocka_run_group_tests_name("db/replicas", tests, NULL, free_thread);
}

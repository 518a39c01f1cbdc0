/* SPDX-License-Identifier: MIT */
#include <carafe/wait.h>

#include "../../src/db/sqlite/sqlite.h"
#include "../../src/db/state.h"
#include "story.h"

/* ---- Counting commits ------------------------------------------------------------------------------------------- */

static int commits;
static bool refuse_commits;

static int count_commit(void *unused)
{
    (void)unused;
    commits++;
    return refuse_commits;
}

static void watch_commits(void *story)
{
    const cf_engine *engine = ((struct story *)story)->engine;
    sqlite3_commit_hook(engine->single.writer->connection->handle, count_commit, NULL);
    commits = 0;
    refuse_commits = false;
}

static void add_rules(void *story)
{
    struct cf__link link = new_link(((struct story *)story)->engine);
    cf__link_script(&link, "CREATE TABLE late (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES late (id) DEFERRABLE "
                           "INITIALLY DEFERRED);"
                           "CREATE TRIGGER never BEFORE INSERT ON users WHEN NEW.name = 'never' BEGIN SELECT "
                           "RAISE(ROLLBACK, 'never'); END;"
                           "CREATE TRIGGER half AFTER INSERT ON users WHEN NEW.name = 'half' BEGIN SELECT "
                           "RAISE(FAIL, 'half'); END;");
    cf__link_commit(&link);
}

static struct story begin_group(void)
{
    struct story story = begin_story("sqlite:///x.db");
    in_fiber(add_rules, &story);
    in_fiber(watch_commits, &story);
    return story;
}

static void count_users(void *story_)
{
    struct story *story = story_;
    struct cf__link link = new_link(story->engine);
    struct cf__rows rows = cf__link_sql(&link, COUNT, NULL, 0, NULL, NULL, false);
    size_t size = strlen(story->events);
    snprintf(story->events + size, sizeof story->events - size, " users:%d", (int)cf__rows_integer(&rows));
}

/* ---- Units ------------------------------------------------------------------------------------------------------ */

struct unit {
    struct actor *actor;
    const char *sql;
    bool sole; /* it says that this is all of it */
    struct cf__link link;
};

static void write_unit(void *unit_)
{
    struct unit *unit = unit_;
    cf__link_begin_as(&unit->link, &(struct cf__transaction){ .autocommit = unit->sole });
    execute(&unit->link, unit->sql);
    tell(unit->actor, "written");
    tell(unit->actor, cf__link_commit(&unit->link) ? "committed" : "again");
}

static void run_some_unit(struct actor *actor, const char *sql, bool sole)
{
    struct unit unit = { actor, sql, sole, new_link(actor->story->engine) };
    unit.link.unit = true;
    const cf_error *error = cf_attempt(here(), write_unit, &unit);
    cf__link_end(&unit.link);
    if (error)
        tell(actor, error->message);
}

static void run_unit(struct actor *actor, const char *sql)
{
    run_some_unit(actor, sql, false);
}

static void add_user(struct actor *actor)
{
    run_unit(actor, ADD);
}

static void add_taken(struct actor *actor)
{
    run_unit(actor, "INSERT INTO users (id, name, email) VALUES (1, 'kim', 'x')");
}

static void add_orphan(struct actor *actor)
{
    run_unit(actor, "INSERT INTO late VALUES (1, 77)");
}

static void end_everything(struct actor *actor)
{
    run_unit(actor, "INSERT INTO users (name, email) VALUES ('never', 'x')");
}

/* Units of a single statement. */
static void add_sole_user(struct actor *actor)
{
    run_some_unit(actor, ADD, true);
}

static void add_sole_taken(struct actor *actor)
{
    run_some_unit(actor, "INSERT INTO users (id, name, email) VALUES (1, 'kim', 'x')", true);
}

static void add_sole_orphan(struct actor *actor)
{
    run_some_unit(actor, "INSERT INTO late VALUES (1, 77)", true);
}

static void add_half(struct actor *actor)
{
    run_some_unit(actor, "INSERT INTO users (name, email) VALUES ('half', 'x')", true);
}

static void end_everything_soly(struct actor *actor)
{
    run_some_unit(actor, "INSERT INTO users (name, email) VALUES ('never', 'x')", true);
}

static void play_group(struct story *story, struct actor *actors, size_t count)
{
    play_open(story, actors, count);
    in_fiber(count_users, story);
    in_fiber(close_story, story);
}

static void units_of_a_turn_share_one_commit_that_comes_before_their_answers(void **state)
{
    (void)state;
    struct story story = begin_group();
    struct actor actors[] = { { .act = add_user, .name = "a" },
                              { .act = add_user, .name = "b" },
                              { .act = add_user, .name = "c" } };
    play_group(&story, actors, 3);
    assert_string_equal(story.events, "a:written b:written c:written c:committed a:committed b:committed users:3");
    assert_int_equal(commits, 1);
}

static void add_when_ready(struct actor *actor)
{
    tell(actor, "ready");
    add_user(actor);
}

static void the_writer_is_taken_when_all_of_a_turn_are_ready_for_it(void **state)
{
    (void)state;
    struct story story = begin_group();
    struct actor actors[] = { { .act = add_when_ready, .name = "a" }, { .act = add_when_ready, .name = "b" } };
    play_group(&story, actors, 2);
    assert_string_equal(story.events, "a:ready b:ready a:written b:written b:committed a:committed users:2");
    assert_int_equal(commits, 1);
}

static void a_unit_that_violates_a_constraint_fails_alone(void **state)
{
    (void)state;
    struct story story = begin_group();
    struct actor actors[] = { { .act = add_user, .name = "a" },
                              { .act = add_taken, .name = "b" },
                              { .act = add_user, .name = "c" } };
    play_group(&story, actors, 3);
    assert_string_equal(story.events, "a:written b:users.id must be unique: the value is taken c:written c:committed "
                                      "a:committed users:2");
    assert_int_equal(commits, 1);
}

static void a_unit_whose_deferred_reference_does_not_hold_fails_alone(void **state)
{
    (void)state;
    struct story story = begin_group();
    struct actor actors[] = { { .act = add_orphan, .name = "a" }, { .act = add_user, .name = "b" } };
    play_group(&story, actors, 2);
    assert_string_equal(story.events,
                        "a:written a:a foreign key refers to a row that is not there, or a row that others refer to "
                        "would go b:written b:committed users:1");
    assert_int_equal(commits, 1);
}

static void a_statement_that_violates_a_constraint_takes_back_itself(void **state)
{
    (void)state;
    struct story story = begin_group();
    struct actor actors[] = { { .act = add_sole_user, .name = "a" },
                              { .act = add_sole_taken, .name = "b" },
                              { .act = add_user, .name = "c" },
                              { .act = add_sole_user, .name = "d" } };
    play_group(&story, actors, 4);
    assert_string_equal(story.events, "a:written b:users.id must be unique: the value is taken c:written d:written "
                                      "d:committed a:committed c:committed users:3");
    assert_int_equal(commits, 1);
}

static void what_a_failed_statement_leaves_behind_is_taken_back_with_all(void **state)
{
    static const struct {
        void (*act)(struct actor *actor);
        const char *told;
    } failing[] = {
        { add_half, "b:half" },
        { add_sole_orphan, "b:written b:a foreign key refers to a row that is not there, or a row that others refer to "
                           "would go" },
        { end_everything_soly, "b:never" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof failing / sizeof failing[0]; i++) {
        char expected[256];
        struct story story = begin_group();
        struct actor actors[] = { { .act = add_sole_user, .name = "a" },
                                  { .act = failing[i].act, .name = "b" },
                                  { .act = add_sole_user, .name = "c" } };
        play_group(&story, actors, 3);
        snprintf(expected, sizeof expected, "a:written %s a:again c:written c:committed users:1", failing[i].told);
        assert_string_equal(story.events, expected);
        assert_int_equal(commits, 1);
        remove("x.db");
        remove("x.db-wal");
        remove("x.db-shm");
    }
}

static void an_error_that_ends_the_transaction_makes_the_others_run_again(void **state)
{
    (void)state;
    struct story story = begin_group();
    struct actor actors[] = { { .act = add_user, .name = "a" },
                              { .act = end_everything, .name = "b" },
                              { .act = add_user, .name = "c" } };
    play_group(&story, actors, 3);
    assert_string_equal(story.events, "a:written b:never a:again c:written c:committed users:1");
}

static void all_get_the_error_of_the_commit(void **state)
{
    (void)state;
    struct story story = begin_group();
    refuse_commits = true;
    struct actor actors[] = { { .act = add_user, .name = "a" }, { .act = add_user, .name = "b" } };
    play_group(&story, actors, 2);
    assert_string_equal(story.events, "a:written b:written b:constraint failed a:constraint failed users:0");
}

static void write_alone(struct actor *actor)
{
    struct cf__link link = new_link(actor->story->engine);
    cf__link_begin(&link);
    execute(&link, ADD);
    tell(actor, "written");
    cf_sleep(0.002);
    tell(actor, "done");
    cf__link_commit(&link);
}

static void a_transaction_of_its_own_waits_for_the_group_and_the_next_group_for_it(void **state)
{
    (void)state;
    struct story story = begin_group();
    struct actor actors[] = { { .act = add_user, .name = "a" },
                              { .act = write_alone, .name = "b" },
                              { .act = write_alone, .name = "c" } };
    play_group(&story, actors, 3);
    assert_string_equal(story.events, "a:written a:committed b:written b:done c:written c:done users:3");
    assert_int_equal(commits, 3);
}

static void nap_in_a_unit(struct actor *actor)
{
    struct cf__link link = new_link(actor->story->engine);
    link.unit = true;
    execute(&link, ADD);
    cf_sleep(0.002);
    tell(actor, "written");
    cf__link_commit(&link);
    tell(actor, "committed");
}

static void the_commit_waits_for_a_unit_that_parks_after_all(void **state)
{
    (void)state;
    struct story story = begin_group();
    struct actor actors[] = { { .act = add_user, .name = "a" },
                              { .act = nap_in_a_unit, .name = "b" },
                              { .act = add_user, .name = "c" } };
    play_group(&story, actors, 3);
    assert_string_equal(story.events, "a:written b:written c:written c:committed a:committed b:committed users:3");
    assert_int_equal(commits, 1);
}

static void give_up(struct actor *actor)
{
    struct cf__link link = new_link(actor->story->engine);
    link.unit = true;
    execute(&link, ADD);
    cf__link_rollback(&link);
    tell(actor, "rolled back");
}

static void a_group_that_nobody_is_left_in_commits_nothing(void **state)
{
    (void)state;
    struct story story = begin_group();
    struct actor actors[] = { { .act = give_up, .name = "a" }, { .act = give_up, .name = "b" } };
    play_group(&story, actors, 2);
    assert_string_equal(story.events, "a:rolled back b:rolled back users:0");
    assert_int_equal(commits, 0);
}

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, enter_directory, leave_directory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(units_of_a_turn_share_one_commit_that_comes_before_their_answers),
        IN_DIRECTORY(the_writer_is_taken_when_all_of_a_turn_are_ready_for_it),
        IN_DIRECTORY(a_unit_that_violates_a_constraint_fails_alone),
        IN_DIRECTORY(a_unit_whose_deferred_reference_does_not_hold_fails_alone),
        IN_DIRECTORY(a_statement_that_violates_a_constraint_takes_back_itself),
        IN_DIRECTORY(what_a_failed_statement_leaves_behind_is_taken_back_with_all),
        IN_DIRECTORY(an_error_that_ends_the_transaction_makes_the_others_run_again),
        IN_DIRECTORY(all_get_the_error_of_the_commit),
        IN_DIRECTORY(a_transaction_of_its_own_waits_for_the_group_and_the_next_group_for_it),
        IN_DIRECTORY(the_commit_waits_for_a_unit_that_parks_after_all),
        IN_DIRECTORY(a_group_that_nobody_is_left_in_commits_nothing),
    };
    return cmocka_run_group_tests_name("db/group", tests, NULL, free_thread);
}

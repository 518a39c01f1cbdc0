/* SPDX-License-Identifier: MIT
 *
 * Relations to one that are read by the statement that reads the rows.
 */
#include "../../include/carafe/model.h"

/* clang-format off */
CF_CHOICES(Mood, glad, sad);

MODEL(Team, "teams",
    (id,   Id),
    (name, String(20)));

MODEL(Person, "people",
    (id,      Id),
    (name,    String(20)),
    (letter,  Nullable(Text), lazy = true),
    (active,  Boolean),
    (mood,    Enum(Mood)),
    (score,   Numeric(6, 2)),
    (weight,  Nullable(Float)),
    (born,    Nullable(Date)),
    (token,   Nullable(Uuid)),
    (data,    Nullable(Blob)),
    (team_id, Nullable(Integer), references = "teams.id"),
    (team,    BelongsTo(Team, team_id)),
    (badge,   HasOne(Badge, person_id)),
    (helped,  HasOne(Task, helper_id)),
    (tasks,   HasMany(Task, owner_id)),
    CF_SOFT_DELETE);

MODEL(Badge, "badges",
    (id,        Id),
    (code,      String(10)),
    (person_id, Integer, unique = true, references = "people.id"),
    (person,    BelongsTo(Person, person_id)));

MODEL(Task, "tasks",
    (id,        Id),
    (title,     String(20)),
    (owner_id,  Nullable(Integer), references = "people.id"),
    (helper_id, Nullable(Integer), references = "people.id"),
    (part_of,   Nullable(Integer), references = "tasks.id"),
    (owner,     BelongsTo(Person, owner_id)),
    (helper,    BelongsTo(Person, helper_id)),
    (whole,     BelongsTo(Task, part_of)));

MODEL(Seat, "seats",
    (tier,   String(4), primary_key = true),
    (number, Integer,   primary_key = true),
    (price,  Integer));

MODEL(Ticket, "tickets",
    (id,     Id),
    (tier,   Nullable(String(4))),
    (number, Nullable(Integer)),
    (seat,   BelongsTo(Seat, tier, number)));
/* clang-format on */

#define TEST_MODELS CF_MODELS(Team, Person, Badge, Task, Seat, Ticket)

#include "support.h"

#define PEOPLE(name)                                                                                                 \
    name ".id, " name ".name, " name ".active, " name ".mood, " name ".score, " name ".weight, " name ".born, " name \
         ".token, " name ".data, " name ".team_id, " name ".deleted_at"
#define TASKS "tasks.id, tasks.title, tasks.owner_id, tasks.helper_id, tasks.part_of"
#define OWNER "LEFT JOIN people ON people.deleted_at IS NULL AND people.id = tasks.owner_id"

static struct Person *add_person(cf_db *db, const char *name, struct Team *team)
{
    return cf_add(db, Person, .name = name, .active = true, .mood = Mood_sad, .score = cf_decimal_of(150, 2),
                  .team = team);
}

/* Tasks 1 and 2 are kim's, 2 helped by lee, 3 nobody's and part of 1, 4 of one who is deleted. */
static void fill(void)
{
    cf_db *db = another_session();
    struct Team *blue = cf_add(db, Team, .name = "blue");
    struct Person *kim = add_person(db, "kim", blue), *lee = add_person(db, "lee", NULL);
    kim->letter = "a letter";
    kim->weight = cf_optional(70.5);
    kim->born = cf_optional(((cf_date){ 1990, 2, 3 }));
    kim->data = (cf_bytes){ "\0x", 2 };
    struct Person *old = add_person(db, "old", blue);
    cf_add(db, Badge, .code = "K", .person = kim);
    struct Task *first = cf_add(db, Task, .title = "first", .owner = kim);
    cf_add(db, Task, .title = "second", .owner = kim, .helper = lee);
    cf_add(db, Task, .title = "third", .whole = first);
    cf_add(db, Task, .title = "fourth", .owner = old);
    struct Seat *seat = cf_add(db, Seat, .tier = "A", .number = 1, .price = 7);
    cf_add(db, Ticket, .seat = seat);
    cf_add(db, Ticket, .tier = "A");
    cf_commit(db);
    cf_delete(db, Person, old);
    cf_commit(db);
    sent();
}

#define BY_ID .order_by = { cf_asc(Task.id) }

/* ---- One statement ---------------------------------------------------------------------------------------------- */

static void a_relation_to_one_is_read_by_the_same_statement(cf_db *db)
{
    fill();
    struct Task_list tasks = cf_find(db, Task, BY_ID, .load = { cf_joined(Task.owner) });
    assert_sent("SELECT " TASKS ", " PEOPLE("people") " FROM tasks " OWNER " ORDER BY tasks.id\n");
    assert_int_equal(tasks.count, 4);
    struct Person *kim = tasks.items[0]->owner;
    assert_string_equal(kim->name, "kim");
    assert_ptr_equal(tasks.items[1]->owner, kim);
    assert_null(tasks.items[2]->owner);
    assert_null(tasks.items[3]->owner);
    assert_false(cf_is_loaded(Task.helper, tasks.items[0]));
    assert_sent("");
}

static void every_type_of_column_comes_as_by_a_query_of_its_own(cf_db *db)
{
    fill();
    struct Task *task = cf_get(db, Task, 1, .load = { cf_joined(Task.owner) });
    struct Person *kim = task->owner, *lee;
    lee = cf_get(db, Task, 2, .load = { cf_joined(Task.helper) })->helper;
    assert_true(kim->active);
    assert_int_equal(kim->mood, Mood_sad);
    assert_int_equal(cf_decimal_compare(kim->score, cf_decimal_of(15, 1)), 0);
    assert_true(kim->weight.is_set && kim->weight.value == 70.5);
    assert_true(kim->born.is_set && kim->born.value.month == 2);
    assert_false(kim->token.is_set);
    assert_int_equal(kim->data.size, 2);
    assert_memory_equal(kim->data.data, "\0x", 2);
    assert_true(kim->team_id.is_set);
    assert_false(lee->weight.is_set || lee->born.is_set || lee->team_id.is_set);
    assert_null(lee->data.data);
}

static void what_is_read_is_watched_and_is_one_object_a_row(cf_db *db)
{
    fill();
    struct Person *kim = cf_get(db, Person, 1);
    struct Task_list tasks = cf_find(db, Task, BY_ID, .load = { cf_joined(Task.owner), cf_joined(Task.helper) });
    assert_ptr_equal(tasks.items[0]->owner, kim);
    struct Person *lee = tasks.items[1]->helper;
    sent();
    assert_ptr_equal(cf_get(db, Person, 2), lee);
    assert_sent("");
    lee->name = "Lee";
    kim->name = "Kim";
    tasks.items[2]->owner = lee;
    cf_commit(db);
    sent();
    assert_string_equal(cf_get(another_session(), Person, 2)->name, "Lee");
    assert_string_equal(cf_get(another_session(), Person, 1)->name, "Kim");
    assert_int_equal(cf_get(another_session(), Task, 3)->owner_id.value, 2);
}

static void the_same_table_is_joined_by_several_relations(cf_db *db)
{
    fill();
    struct Task_list tasks =
        cf_find(db, Task, BY_ID, .load = { cf_joined(Task.owner), cf_joined(Task.helper), cf_joined(Task.whole) });
    assert_sent("SELECT " TASKS ", " PEOPLE("people") ", " PEOPLE(
        "people_1") ", tasks_1.id, tasks_1.title, "
                    "tasks_1.owner_id, tasks_1.helper_id, tasks_1.part_of FROM tasks " OWNER
                    " LEFT JOIN people AS people_1 ON people_1.deleted_at IS NULL AND people_1.id = tasks.helper_id "
                    "LEFT JOIN "
                    "tasks AS tasks_1 ON tasks_1.id = tasks.part_of ORDER BY tasks.id\n");
    assert_string_equal(tasks.items[1]->helper->name, "lee");
    assert_ptr_equal(tasks.items[2]->whole, tasks.items[0]);
    assert_null(tasks.items[0]->whole);
}

static void a_row_that_comes_before_the_one_that_refers_to_it_or_after_is_one_object(cf_db *db)
{
    fill();
    struct Task_list tasks = cf_find(db, Task, .order_by = { cf_desc(Task.id) }, .load = { cf_joined(Task.whole) });
    assert_string_equal(tasks.items[1]->title, "third");
    assert_ptr_equal(tasks.items[1]->whole, tasks.items[3]);
    tasks.items[3]->title = "anew";
    cf_commit(db);
    assert_string_equal(cf_get(another_session(), Task, 1)->title, "anew");
}

static void paths_may_go_on_with_joins_or_with_queries(cf_db *db)
{
    fill();
    struct Task_list tasks = cf_find(db, Task, BY_ID,
                                     .load = { cf_chain(cf_joined(Task.owner), cf_joined(Person.team)),
                                               cf_chain(cf_joined(Task.owner), cf_joined(Person.badge)),
                                               cf_chain(Task.owner, Person.tasks) });
    assert_sent("SELECT " TASKS ", " PEOPLE(
        "people") ", teams.id, teams.name, badges.id, badges.code, badges.person_id "
                  "FROM tasks " OWNER
                  " LEFT JOIN teams ON teams.id = people.team_id LEFT JOIN badges ON badges.person_id "
                  "= people.id ORDER BY tasks.id\n"
                  "SELECT id, title, owner_id, helper_id, part_of FROM tasks WHERE owner_id IN (?) ORDER BY id\n");
    struct Person *kim = tasks.items[0]->owner;
    assert_string_equal(kim->team->name, "blue");
    assert_string_equal(kim->badge->code, "K");
    assert_ptr_equal(kim->badge->person, kim);
    assert_int_equal(kim->tasks.count, 2);
    assert_ptr_equal(kim->tasks.items[1], tasks.items[1]);
}

static void a_key_of_several_columns_is_joined_on_all_of_them(cf_db *db)
{
    fill();
    struct Ticket_list tickets =
        cf_find(db, Ticket, .order_by = { cf_asc(Ticket.id) }, .load = { cf_joined(Ticket.seat) });
    assert_sent("SELECT tickets.id, tickets.tier, tickets.number, seats.tier, seats.number, seats.price FROM tickets "
                "LEFT JOIN seats ON seats.tier = tickets.tier AND seats.number = tickets.number ORDER BY tickets.id\n");
    assert_int_equal(tickets.items[0]->seat->price, 7);
    assert_null(tickets.items[1]->seat);
}

static void has_one_is_joined_where_it_is_unique(cf_db *db)
{
    fill();
    struct Person_list people =
        cf_find(db, Person, .order_by = { cf_asc(Person.id) }, .load = { cf_joined(Person.badge) });
    assert_int_equal(people.count, 2);
    assert_string_equal(people.items[0]->badge->code, "K");
    assert_ptr_equal(people.items[0]->badge->person, people.items[0]);
    assert_null(people.items[1]->badge);
}

/* ---- Beside other options --------------------------------------------------------------------------------------- */

static void limits_count_rows_and_deleted_ones_come_where_they_are_asked_for(cf_db *db)
{
    fill();
    struct Task_list tasks =
        cf_find(db, Task, .order_by = { cf_desc(Task.id) }, .limit = 2, .offset = 1, .load = { cf_joined(Task.owner) });
    assert_int_equal(tasks.count, 2);
    assert_string_equal(tasks.items[1]->title, "second");
    assert_string_equal(tasks.items[1]->owner->name, "kim");
    struct Task *fourth = cf_find_one(db, Task, .where = cf_eq(Task.title, "fourth"), .with_deleted = true,
                                      .load = { cf_joined(Task.owner) });
    assert_string_equal(fourth->owner->name, "old");
    assert_int_equal(cf_count(db, Task, .load = { cf_joined(Task.owner) }), 4);
}

static void lazy_columns_are_left_out_unless_they_are_asked_for(cf_db *db)
{
    fill();
    struct Task *task = cf_get(db, Task, 1, .load = { cf_joined(Task.owner) });
    cf_db *other = another_session();
    struct Task *whole =
        cf_get(other, Task, 1, .load = { cf_joined(Task.owner) }, .undefer = cf_columns(Person.letter));
    assert_string_equal(whole->owner->letter, "a letter");
    task = cf_find_one(db, Task, .where = cf_eq(Task.id, 1), .load = { cf_joined(Task.owner) },
                       .undefer = cf_columns(Person.letter));
    assert_string_equal(task->owner->letter, "a letter");
}

static void rows_that_are_only_read_are_shared_within_a_result(cf_db *db)
{
    fill();
    struct Task_list tasks = cf_find(db, Task, BY_ID, .read_only = true, .load = { cf_joined(Task.owner) });
    assert_string_equal(tasks.items[0]->owner->name, "kim");
    assert_ptr_equal(tasks.items[1]->owner, tasks.items[0]->owner);
    assert_int_equal(cf_state(db, Person, tasks.items[0]->owner), CF_ROW_UNKNOWN);
}

static void what_is_pending_is_written_first(cf_db *db)
{
    fill();
    struct Person *kim = cf_get(db, Person, 1);
    kim->name = "Kim";
    struct Task *task = cf_find_one(db, Task, BY_ID, .load = { cf_joined(Task.owner) });
    assert_string_equal(task->owner->name, "Kim");
    cf_rollback(db);
}

static void a_lock_is_for_the_rows_of_the_model(cf_db *db)
{
    fill();
    struct Task *task = cf_get(db, Task, 1, .load = { cf_joined(Task.owner) }, .for_update = CF_FOR_UPDATE);
    assert_string_equal(task->owner->name, "kim");
    cf_rollback(db);
}

static void a_row_that_refers_to_another_one_than_in_the_database_is_loaded_apart(cf_db *db)
{
    fill();
    struct Task *task = cf_get(db, Task, 1);
    cf_db *other = another_session();
    cf_get(other, Task, 1)->owner_id = cf_optional(2);
    cf_commit(other);
    cf_find(db, Task, BY_ID, .load = { cf_chain(cf_joined(Task.owner), cf_joined(Person.team)) });
    assert_int_equal(task->owner_id.value, 1);
    assert_string_equal(task->owner->name, "kim");
    assert_string_equal(task->owner->team->name, "blue");
    cf_find(db, Task, BY_ID, .refresh = true, .load = { cf_joined(Task.owner) });
    assert_int_equal(task->owner_id.value, 2);
    assert_string_equal(task->owner->name, "lee");
}

/* ---- The query's own joins -------------------------------------------------------------------------------------- */

static void a_join_along_the_relation_is_used(cf_db *db)
{
    fill();
    struct Task_list tasks =
        cf_find(db, Task, .join = { cf_join(Task.owner) }, .where = cf_eq(Person.name, "kim"),
                .order_by = { cf_asc(Person.name), cf_desc(Task.id) }, .load = { cf_joined(Task.owner) });
    assert_sent("SELECT " TASKS ", " PEOPLE(
        "people") " FROM tasks JOIN people ON people.deleted_at IS NULL AND "
                  "people.id = tasks.owner_id WHERE people.name = ? ORDER BY people.name, tasks.id DESC\n");
    assert_int_equal(tasks.count, 2);
    assert_string_equal(tasks.items[0]->title, "second");
    assert_string_equal(tasks.items[0]->owner->name, "kim");
}

static void an_alias_of_the_join_is_used_as_well(cf_db *db)
{
    fill();
    struct Person_columns owner = cf_alias(Person, "owner");
    struct Task_list tasks = cf_find(db, Task, .join = { cf_left_join(owner, .along = Task.owner) }, BY_ID,
                                     .where = cf_is_null(owner.id), .load = { cf_joined(Task.owner) });
    assert_sent("SELECT " TASKS
                ", " PEOPLE("owner") " FROM tasks LEFT JOIN people AS owner ON owner.deleted_at IS NULL "
                                     "AND owner.id = tasks.owner_id WHERE owner.id IS NULL ORDER BY tasks.id\n");
    assert_int_equal(tasks.count, 2);
    assert_null(tasks.items[0]->owner);
}

static void a_join_that_leaves_rows_out_is_not(cf_db *db)
{
    fill();
    struct Task_list tasks = cf_find(db, Task, .join = { cf_left_join(Task.owner, .on = cf_eq(Person.name, "lee")) },
                                     BY_ID, .where = cf_is_null(Person.id), .load = { cf_joined(Task.owner) });
    assert_int_equal(tasks.count, 4);
    assert_string_equal(tasks.items[0]->owner->name, "kim");
}

/* ---- What is refused -------------------------------------------------------------------------------------------- */

static cf_db *asked;
#define WRONG(name, statement)     \
    static void name(void *unused) \
    {                              \
        (void)unused;              \
        statement;                 \
    }
WRONG(of_a_list, cf_find(asked, Person, .load = { cf_joined(Person.tasks) }))
WRONG(of_perhaps_several, cf_find(asked, Person, .load = { cf_joined(Person.helped) }))
WRONG(of_a_path, cf_find(asked, Task, .load = { cf_joined(cf_chain(Task.owner, Person.team)) }))
WRONG(behind_a_query, cf_find(asked, Person, .load = { cf_chain(Person.tasks, cf_joined(Task.helper)) }))
WRONG(of_another_model, cf_find(asked, Task, .load = { cf_joined(Person.team) }))
WRONG(of_another_step, cf_find(asked, Task, .load = { cf_chain(cf_joined(Task.owner), cf_joined(Badge.person)) }))
WRONG(by_its_columns, cf_find(asked, Task, .where = cf_eq(Person.name, "kim"), .load = { cf_joined(Task.owner) }))

static void what_cannot_be_joined_is_told(cf_db *db)
{
    static const struct {
        void (*function)(void *);
        const char *message;
    } wrongs[] = {
        { of_a_list,
          "cf_joined of Person.tasks: a join would repeat each Person for every row of the list: leave cf_joined "
          "out, and it is loaded by a query of its own" },
        { of_perhaps_several,
          "cf_joined of Person.helped: nothing says that Task.helper_id is unique, and a join would "
          "repeat a Person that has several: give it unique = true, or leave cf_joined out" },
        { of_a_path, "cf_joined of a path: it belongs to one step, cf_chain(cf_joined(Task.owner), …)" },
        { behind_a_query,
          "cf_joined of Task.helper stands behind Person.tasks, which is loaded by a query of its own: it "
          "goes with the first steps of a path" },
        { of_another_model, ".load: Person.team is no relation of Task" },
        { of_another_step, ".load: Badge.person is no relation of Person" },
        { by_its_columns, "Person.name does not belong to this query, which is on Task" },
    };
    asked = db;
    for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++)
        assert_string_equal(error_of(wrongs[i].function, NULL)->message, wrongs[i].message);
    assert_sent("");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(a_relation_to_one_is_read_by_the_same_statement),
        SESSION_TEST(every_type_of_column_comes_as_by_a_query_of_its_own),
        SESSION_TEST(what_is_read_is_watched_and_is_one_object_a_row),
        SESSION_TEST(the_same_table_is_joined_by_several_relations),
        SESSION_TEST(a_row_that_comes_before_the_one_that_refers_to_it_or_after_is_one_object),
        SESSION_TEST(paths_may_go_on_with_joins_or_with_queries),
        SESSION_TEST(a_key_of_several_columns_is_joined_on_all_of_them),
        SESSION_TEST(has_one_is_joined_where_it_is_unique),
        SESSION_TEST(limits_count_rows_and_deleted_ones_come_where_they_are_asked_for),
        SESSION_TEST(lazy_columns_are_left_out_unless_they_are_asked_for),
        SESSION_TEST(rows_that_are_only_read_are_shared_within_a_result),
        SESSION_TEST(what_is_pending_is_written_first),
        SESSION_TEST(a_lock_is_for_the_rows_of_the_model),
        SESSION_TEST(a_row_that_refers_to_another_one_than_in_the_database_is_loaded_apart),
        SESSION_TEST(a_join_along_the_relation_is_used),
        SESSION_TEST(an_alias_of_the_join_is_used_as_well),
        SESSION_TEST(a_join_that_leaves_rows_out_is_not),
        SESSION_TEST(what_cannot_be_joined_is_told),
    };
    if (!choose_server(argc, argv))
        return 77;
    return cmocka_run_group_tests(tests, NULL, free_thread);
}

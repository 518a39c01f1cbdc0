/* SPDX-License-Identifier: MIT
 *
 * SQL of one's own: single values of it, lists of values in it.
 */
#include <carafe/bulk.h>

#include "queries.h"
#include "support.h"

#include "spelling.h"

static cf_db *asked;

#define WRONG(name, statement)     \
    static void name(void *unused) \
    {                              \
        (void)unused;              \
        cf_db *db = asked;         \
        statement;                 \
    }
struct wrong {
    void (*function)(void *);
    enum cf_error_code code;
    const char *message; /* NULL: any */
};

static void assert_wrong(cf_db *db, const struct wrong *wrongs, size_t count)
{
    asked = db;
    for (size_t i = 0; i < count; i++) {
        const cf_error *error = error_of(wrongs[i].function, NULL);
        if (wrongs[i].message)
            assert_string_equal(error->message, wrongs[i].message);
        assert_int_equal(error->code, wrongs[i].code);
        cf_rollback(db);
    }
}
#define ASSERT_WRONG(db, wrongs) assert_wrong(db, wrongs, sizeof wrongs / sizeof wrongs[0])

/* ---- One row, one value ----------------------------------------------------------------------------------------- */

static void the_first_row_is_asked_for_alone(cf_db *db)
{
    fill(db);
    struct Sensor *sensor = cf_sql_one(db, Sensor, "SELECT * FROM sensors WHERE id > ? ORDER BY id", 1);
    assert_string_equal(sensor->name, "Cellar");
    assert_ptr_equal(sensor, cf_get(db, Sensor, 2));
    assert_null(cf_sql_one(db, Sensor, "SELECT * FROM sensors WHERE id > :id", cf_value("id", 9)));
    struct Named *named = cf_sql_one(db, Named, "SELECT id, name FROM sensors ORDER BY id DESC");
    assert_int_equal(named->id, 3);
}

static void a_value_has_the_type_that_is_asked_for(cf_db *db)
{
    fill(db);
    assert_integer(cf_sql_integer(db, "SELECT count(*) FROM readings WHERE id > ?", 1), 2);
    assert_integer(cf_sql_integer(db, "SELECT sum(amount) FROM readings WHERE id < :id", cf_value("id", 3)), 5);
    assert_integer(cf_sql_integer(db, "SELECT amount, id FROM readings ORDER BY id"), 7);
    assert_true(cf_sql_boolean(db, "SELECT good FROM readings WHERE id = 1").value);
    cf_optional_boolean bad = cf_sql_boolean(db, "SELECT good FROM readings WHERE id = 2");
    assert_true(bad.is_set && !bad.value);
    assert_true(cf_sql_number(db, "SELECT number FROM readings WHERE id = 1").value == 2.5);
    assert_true(cf_sql_number(db, "SELECT amount FROM readings WHERE id = 1").value == 7);
    assert_int_equal(cf_sql_time(db, "SELECT at FROM readings WHERE id = 1").value.microseconds, 1767323045678901);
    assert_int_equal(cf_sql_date(db, "SELECT day FROM readings WHERE id = 3").value.day, 3);
    assert_string_equal(cf_sql_text(db, "SELECT note FROM readings WHERE id = ?", 1), " Kim ");
    assert_string_equal(cf_sql_text(db, "SELECT state FROM readings WHERE id = ?", 1), "stale");
    cf_uuid uuid = cf_uuid_new();
    cf_optional_uuid same = cf_sql_uuid(db, "SELECT ?", uuid);
    assert_true(same.is_set);
    assert_memory_equal(&same.value, &uuid, sizeof uuid);
    cf_bytes bytes = cf_sql_bytes(db, "SELECT ?", ((cf_bytes){ "a\0b", 3 }));
    assert_int_equal(bytes.size, 3);
    assert_memory_equal(bytes.data, "a\0b", 3);
    cf_clock noon = { (int64_t)12 * 3600 * 1000000 };
    assert_int_equal(cf_sql_clock(db, "SELECT ?", noon).value.microseconds, noon.microseconds);
}

static const char *decimal(cf_optional_decimal value)
{
    char text[CF_DECIMAL_TEXT];
    assert_true(value.is_set);
    cf_decimal_format(value.value, text);
    return cf_copy(&cf__current()->head, text);
}

static void a_decimal_has_its_own_digits(cf_db *db)
{
    fill(db);
    cf_sql_execute(db, "UPDATE readings SET exact = ? WHERE id = 1", cf_decimal_of(123456789012345678, 2));
    assert_string_equal(decimal(cf_sql_decimal(db, "SELECT price FROM readings WHERE id = 1")), "12.50");
    assert_string_equal(decimal(cf_sql_decimal(db, "SELECT exact FROM readings WHERE id = 1")), "1234567890123456.78");
    assert_string_equal(decimal(cf_sql_decimal(db, "SELECT amount FROM readings WHERE id = 2")), "-2");
    assert_string_equal(decimal(cf_sql_decimal(db, "SELECT number FROM readings WHERE id = 1")), "2.5");
    cf_optional_decimal sum = cf_sql_decimal(db, "SELECT sum(price) FROM readings");
    assert_int_equal(cf_decimal_compare(sum.value, cf_decimal_of(2550, 2)), 0);
    assert_int_equal(cf_decimal_compare(cf_sql_decimal(db, "SELECT max(exact) FROM readings").value,
                                        cf_decimal_of(123456789012345678, 2)),
                     0);
    assert_false(cf_sql_decimal(db, "SELECT number FROM readings WHERE id = 2").is_set);
    assert_false(cf_sql_decimal(db, "SELECT exact FROM readings WHERE id = 3").is_set);
    assert_false(cf_sql_decimal(db, "SELECT price FROM readings WHERE id = 9").is_set);
}

static void null_and_no_row_are_not_set(cf_db *db)
{
    fill(db);
    assert_false(cf_sql_integer(db, "SELECT max(amount) FROM readings WHERE id = 9").is_set);
    assert_false(cf_sql_integer(db, "SELECT amount FROM readings WHERE id = 9").is_set);
    assert_false(cf_sql_number(db, "SELECT number FROM readings WHERE id = 2").is_set);
    assert_null(cf_sql_text(db, "SELECT note FROM readings WHERE id = 2"));
    assert_null(cf_sql_text(db, "SELECT note FROM readings WHERE id = 9"));
    assert_null(cf_sql_bytes(db, "SELECT note FROM readings WHERE id = 9").data);
    assert_false(cf_sql_time(db, "SELECT at FROM readings WHERE id = 9").is_set);
}

WRONG(ask_a_change, cf_sql_integer(db, "UPDATE readings SET amount = 1"))
WRONG(text_as_integer, cf_sql_integer(db, "SELECT note FROM readings WHERE id = 1"))
WRONG(text_as_decimal, cf_sql_decimal(db, "SELECT note FROM readings WHERE id = 3"))
WRONG(nowhere, cf_sql_text(db, "SELECT note FROM nowhere"))

static void what_gives_no_such_value_says_so(cf_db *db)
{
    static const struct wrong wrongs[] = {
        { ask_a_change, CF_INTERNAL, "cf_sql_integer was given SQL that gives no value: run it by cf_sql_execute" },
        { text_as_integer, CF_CORRUPT, NULL },
        { nowhere, CF_SQL, NULL },
    };
    fill(db);
    ASSERT_WRONG(db, wrongs);
    asked = db;
    assert_int_equal(error_of(text_as_decimal, NULL)->code, CF_CORRUPT);
    assert_integer(cf_sql_integer(db, "SELECT amount FROM readings WHERE id = 1"), 7);
}

static void a_value_sees_what_is_pending_and_what_it_writes_is_of_the_transaction(cf_db *db)
{
    fill(db);
    cf_add(db, Sensor, .id = 4, .name = "door");
    assert_integer(cf_sql_integer(db, "SELECT count(*) FROM sensors"), 4);
    cf_rollback(db);
    if (!(cf__engine_driver(world.engine)->capabilities & CF_CAN_RETURNING))
        return;
    assert_integer(cf_sql_integer(db, "INSERT INTO tags (id, word) VALUES (?, ?) RETURNING id", 7, "x"), 7);
    assert_integer(cf_sql_integer(another_session(), "SELECT count(*) FROM tags"), 2);
    cf_commit(db);
    assert_integer(cf_sql_integer(another_session(), "SELECT count(*) FROM tags"), 3);
}

/* ---- Lists ------------------------------------------------------------------------------------------------------ */

enum { MANY = 5000 };

static int64_t count_in(cf_db *db, struct cf_list list)
{
    cf_optional_integer given = cf_sql_integer(db, "SELECT count(*) FROM sensors WHERE id IN (?)", list);
    cf_optional_integer named =
        cf_sql_integer(db, "SELECT count(*) FROM sensors WHERE :one = 1 AND id in ( :ids ) OR 1 = 0",
                       cf_value("ids", list), cf_value("one", 1));
    cf_optional_integer others =
        cf_sql_integer(db, "SELECT count(*) FROM sensors WHERE id NOT  IN (?) AND ? = 1", list, 1);
    assert_int_equal(given.value, named.value);
    assert_int_equal(others.value, 3 - given.value);
    return given.value;
}

static void a_list_is_one_value(cf_db *db)
{
    const int64_t ids[] = { 3, 1, 9 };
    const char *const names_of[] = { "roof", "attic", "nobody", "x", "y" };
    fill(db);
    assert_int_equal(count_in(db, cf_integers(ids, 3)), 2);
    assert_int_equal(count_in(db, cf_integers(ids, 1)), 1);
    assert_string_equal(names(cf_sql(db, Named, "SELECT id, name FROM sensors WHERE name IN (?) AND id < ? ORDER BY id",
                                     cf_texts(names_of, 5), 9)),
                        "1:roof 3:attic");
    assert_int_equal(cf_sql_execute(db, "UPDATE sensors SET name = ? WHERE id IN (?)", "new", cf_integers(ids, 2)), 2);
    assert_int_equal(
        cf_sql_one(db, Sensor, "SELECT * FROM sensors WHERE id IN (?) ORDER BY id", cf_integers(ids, 3))->id, 1);
    int64_t sum = 0;
    for
        cf_sql_each(row, db, Named, "SELECT id, name FROM sensors WHERE id IN (:ids)",
                    cf_value("ids", cf_integers(ids, 2))) sum += row->id;
    assert_int_equal(sum, 4);
}

static void lists_are_of_all_types(cf_db *db)
{
    fill(db);
    const double numbers[] = { 2.5, 4 };
    const cf_decimal prices[] = { cf_decimal_of(1250, 2), cf_decimal_of(3, 0) };
    const cf_time times[] = { { 1767323045678901 } };
    const cf_date days[] = { { 2026, 1, 3 }, { 2026, 1, 4 } };
    const char *const states[] = { "stale" };
    assert_integer(cf_sql_integer(db, "SELECT count(*) FROM readings WHERE number IN (?)", cf_numbers(numbers, 2)), 2);
    assert_integer(cf_sql_integer(db, "SELECT count(*) FROM readings WHERE price IN (?)", cf_decimals(prices, 2)), 2);
    assert_integer(cf_sql_integer(db, "SELECT count(*) FROM readings WHERE at IN (?)", cf_moments(times, 1)), 1);
    assert_integer(cf_sql_integer(db, "SELECT count(*) FROM readings WHERE day IN (?)", cf_dates(days, 2)), 1);
    assert_integer(cf_sql_integer(db, "SELECT count(*) FROM readings WHERE state IN (?)", cf_texts(states, 1)), 1);
    const cf_clock clocks[] = { { 1000000 } };
    const cf_uuid uuids[] = { cf_uuid_new(), cf_uuid_new() };
    assert_integer(cf_sql_integer(db, "SELECT count(*) FROM tags WHERE ? IN (?)", clocks[0], cf_clocks(clocks, 1)), 2);
    assert_integer(cf_sql_integer(db, "SELECT count(*) FROM tags WHERE ? NOT IN (?)", uuids[0], cf_uuids(uuids + 1, 1)),
                   2);
}

/* Whatever the type of what is on the left, and where that is NULL. */
static void an_empty_list_has_nothing(cf_db *db)
{
    const struct cf_list nothing = cf_integers(NULL, 0), no_texts = cf_texts(NULL, 0);
    fill(db);
    assert_int_equal(count_in(db, nothing), 0);
    assert_integer(cf_sql_integer(db, "SELECT count(*) FROM readings WHERE note IN (?)", no_texts), 0);
    assert_integer(cf_sql_integer(db, "SELECT count(*) FROM readings WHERE note NOT IN (?)", no_texts), 3);
    assert_integer(cf_sql_integer(db, "SELECT count(*) FROM readings WHERE state NOT IN (:x)", cf_value("x", no_texts)),
                   3);
    assert_integer(cf_sql_integer(db, "SELECT count(*) FROM readings WHERE NOT number IN (?)", cf_numbers(NULL, 0)), 3);
    assert_integer(cf_sql_integer(db, "SELECT count(*) FROM readings WHERE at NOT IN (?)", no_texts), 3);
    assert_integer(cf_sql_integer(db, "SELECT count(*) FROM readings WHERE number IN (?) OR number IN (?)",
                                  cf_numbers(NULL, 0), cf_numbers((double[]){ 4 }, 1)),
                   1);
}

static void a_long_list_is_one_value_where_the_database_takes_it_so(cf_db *db)
{
    static int64_t ids[MANY];
    static const char *words[MANY];
    fill(db);
    for (int64_t i = 0; i < MANY; i++) {
        ids[i] = i + 2;
        words[i] = cf_format(db, "it's \"%lld\"", (long long)i);
    }
    words[MANY - 1] = "roof";
    assert_int_equal(count_in(db, cf_integers(ids, MANY)), 2);
    assert_integer(cf_sql_integer(db, "SELECT count(*) FROM sensors WHERE name IN (?)", cf_texts(words, MANY)), 1);
    assert_integer(cf_sql_integer(db, "SELECT count(*) FROM sensors WHERE name NOT IN (?)", cf_texts(words, MANY)), 2);
}

static const double too_many[40000];

WRONG(list_alone, cf_sql(db, Named, "SELECT id, name FROM sensors WHERE id = ?", cf_integers((int64_t[]){ 1 }, 1)))
WRONG(list_beside,
      cf_sql(db, Named, "SELECT id, name FROM sensors WHERE id IN (1, ?)", cf_integers((int64_t[]){ 1 }, 1)))
WRONG(list_in_function,
      cf_sql(db, Named, "SELECT id, name FROM sensors WHERE min(?) = 1", cf_integers((int64_t[]){ 1 }, 1)))
WRONG(list_with_null,
      cf_sql(db, Named, "SELECT id, name FROM sensors WHERE name IN (?)", cf_texts((const char *[]){ NULL }, 1)))
WRONG(list_too_many,
      cf_sql(db, Named, "SELECT id, name FROM sensors WHERE id IN (?)", cf_integers((int64_t[]){ 1 }, 1), 3))
WRONG(list_too_few,
      cf_sql(db, Named, "SELECT id, name FROM sensors WHERE id IN (?) AND 1 = ?", cf_integers((int64_t[]){ 1 }, 1)))
WRONG(list_too_long, cf_sql(db, Named, "SELECT id, name FROM sensors WHERE id IN (?)", cf_numbers(too_many, 40000)))

static void a_list_anywhere_else_is_refused(cf_db *db)
{
    static const char alone[] = "a list of values stands alone in the parentheses behind IN: \"id IN (?)\"";
    static const struct wrong wrongs[] = {
        { list_alone, CF_INTERNAL, alone },
        { list_beside, CF_INTERNAL, alone },
        { list_in_function, CF_INTERNAL, alone },
        { list_with_null, CF_INTERNAL, "a list of values has a NULL, which is equal to nothing" },
        { list_too_many, CF_INTERNAL,
          "the statement takes 1 values, 2 were given: SELECT id, name FROM sensors WHERE id IN (?)" },
        { list_too_few, CF_INTERNAL,
          "the statement takes more than the 1 values that were given: SELECT id, name FROM sensors WHERE id IN (?) "
          "AND 1 = ?" },
        { list_too_long, CF_INTERNAL, "a list has 40000 values, a statement takes at most 32766: ask in parts" },
    };
    fill(db);
    ASSERT_WRONG(db, wrongs);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(the_first_row_is_asked_for_alone),
        SESSION_TEST(a_value_has_the_type_that_is_asked_for),
        SESSION_TEST(a_decimal_has_its_own_digits),
        SESSION_TEST(null_and_no_row_are_not_set),
        SESSION_TEST(what_gives_no_such_value_says_so),
        SESSION_TEST(a_value_sees_what_is_pending_and_what_it_writes_is_of_the_transaction),
        SESSION_TEST(a_list_is_one_value),
        SESSION_TEST(lists_are_of_all_types),
        SESSION_TEST(an_empty_list_has_nothing),
        SESSION_TEST(a_long_list_is_one_value_where_the_database_takes_it_so),
        SESSION_TEST(a_list_anywhere_else_is_refused),
    };
    if (!choose_server(argc, argv))
        return 77;
    return cmocka_run_group_tests(tests, NULL, free_thread);
}

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

static bool can(unsigned capability)
{
    return cf__engine_driver(world.engine)->capabilities & capability;
}

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
    if (!can(CF_CAN_RETURNING))
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

/* ---- For each struct -------------------------------------------------------------------------------------------- */

/* clang-format off */
SHAPE(Change, (id, Integer), (note, Nullable(Text)), (state, Enum(State)), (price, Numeric(10, 2)), (number, Nullable(Float)), (secret, String(5), hidden = true));
/* clang-format on */

static void a_statement_is_run_for_each_struct(cf_db *db)
{
    const struct Change changes[] = {
        { .id = 1,
          .note = "a",
          .state = State_fresh,
          .price = cf_decimal_of(1, 1),
          .number = cf_optional(1.5),
          .secret = "x" },
        { .id = 3, .note = NULL, .state = State_stale, .price = cf_decimal_of(225, 2), .secret = "x" },
        { .id = 9, .note = "nobody", .secret = "x" },
    };
    fill(db);
    assert_int_equal(cf_sql_execute_all(db,
                                        "UPDATE readings SET note = :note, state = :state, price = :price, number = "
                                        ":number WHERE id = :id AND id = :id",
                                        Change, changes, 3),
                     2);
    struct Reading *first = cf_get(db, Reading, 1, .refresh = true), *third = cf_get(db, Reading, 3, .refresh = true);
    assert_string_equal(first->note, "a");
    assert_int_equal(first->state, State_fresh);
    assert_int_equal(cf_decimal_compare(first->price, cf_decimal_of(10, 2)), 0);
    assert_true(first->number.value == 1.5);
    assert_null(third->note);
    assert_false(third->number.is_set);
    assert_int_equal(third->state, State_stale);
    assert_int_equal(cf_sql_execute_all(db, "DELETE FROM readings WHERE id = :id", Change, changes, 0), 0);
    assert_true(cf__link_active(cf__session_link(db)));
    cf_rollback(db);
    assert_string_equal(cf_sql_text(db, "SELECT note FROM readings WHERE id = 1"), " Kim ");
}

static void many_structs_take_few_round_trips(cf_db *db)
{
    enum { COUNT = 1200 };
    static struct Tag tags[COUNT];
    fill(db);
    for (int i = 0; i < COUNT; i++)
        tags[i] = (struct Tag){ .id = 10 + i, .word = cf_format(db, "w%d", i) };
    assert_int_equal(cf_sql_execute_all(db, "INSERT INTO tags (id, word) VALUES (:id, :word)", Tag, tags, COUNT),
                     COUNT);
    assert_integer(cf_sql_integer(db, "SELECT count(*) FROM tags WHERE word LIKE 'w%'"), COUNT);
    assert_int_equal(cf_sql_execute_all(db, "  update tags SET word = 'x' WHERE id = :id AND word = :word", Tag, tags,
                                        COUNT),
                     COUNT);
    cf_commit(db);
    assert_integer(cf_sql_integer(another_session(), "SELECT count(*) FROM tags WHERE word = 'x'"), COUNT);
    if (can(CF_CAN_DELETE_RETURNING)) /* rows that nobody reads */
        assert_int_equal(cf_sql_execute_all(db, "DELETE FROM tags WHERE id = :id RETURNING id", Tag, tags, COUNT),
                         COUNT);
    else
        assert_int_equal(cf_sql_execute_all(db, "DELETE FROM tags WHERE id = :id", Tag, tags, COUNT), COUNT);
    assert_int_equal(cf_sql_execute_all(db, "INSERT INTO tags (id, word) VALUES (:id, :word) RETURNING id", Tag, tags,
                                        3),
                     3);
}

static const struct Change one_change[] = { { .id = 1, .secret = "x" } };
static const struct Tag same_tags[] = { { .id = 7, .word = "a" }, { .id = 8, .word = "b" }, { .id = 7, .word = "c" } };

WRONG(no_such_field, cf_sql_execute_all(db, "DELETE FROM tags WHERE id = :tag", Change, one_change, 1))
WRONG(no_field, cf_sql_execute_all(db, "DELETE FROM tags WHERE word = ':id'", Tag, same_tags, 1))
WRONG(a_mark, cf_sql_execute_all(db, "DELETE FROM tags WHERE word = ? AND id = :id", Tag, same_tags, 1))
WRONG(reads_only, cf_sql_execute_all(db, "SELECT :id", Tag, same_tags, 1))
WRONG(too_long_a_text, cf_sql_execute_all(db, "DELETE FROM tags WHERE word = :secret", Change,
                                          ((struct Change[]){ { .secret = "x" }, { .secret = "longer" } }), 2))
WRONG(no_text,
      cf_sql_execute_all(db, "DELETE FROM tags WHERE word = :secret", Change, ((struct Change[]){ { .id = 1 } }), 1))
WRONG(same_key, cf_sql_execute_all(db, "INSERT INTO tags (id, word) VALUES (:id, :word)", Tag, same_tags, 3))

static void a_statement_that_cannot_be_run_for_each_struct_is_refused(cf_db *db)
{
    static const struct wrong wrongs[] = {
        { no_such_field, CF_INTERNAL,
          "the SQL has a :tag, and Change no such field: it has id, note, state, price, number, secret" },
        { no_field, CF_INTERNAL, "the SQL has no :name of a field of Tag: DELETE FROM tags WHERE word = ':id'" },
        { a_mark, CF_INTERNAL,
          "each value is a :name of a field of Tag, and the SQL has a ?: DELETE FROM tags WHERE word = ? AND id = "
          ":id" },
        { reads_only, CF_INTERNAL, NULL },
        { too_long_a_text, CF_INVALID, NULL },
        { no_text, CF_NOT_NULL, NULL },
        { same_key, CF_UNIQUE, NULL },
    };
    fill(db);
    ASSERT_WRONG(db, wrongs);
    assert_integer(cf_sql_integer(db, "SELECT count(*) FROM tags"), 2);
}

/* ---- Errors ----------------------------------------------------------------------------------------------------- */

static char words[2001];

WRONG(same_tag, cf_sql_execute(db, "INSERT INTO tags (id, word) VALUES (?, ?)", 1, "it's"))
WRONG(same_hidden, cf_sql_execute_all(db, "INSERT INTO tags (word, id) VALUES (:secret, :id)", Change,
                                      ((struct Change[]){ { .id = 1, .secret = "x" }, { .id = 1, .secret = "y" } }), 2))
WRONG(many_values,
      cf_sql_execute(db, "INSERT INTO tags (id, word) VALUES (1, ?), (1, ?), (1, ?), (1, ?), (1, ?), (1, ?)",
                     (const char *)words, (const char *)words, (const char *)words, (const char *)words,
                     (const char *)words, (const char *)words))
WRONG(no_values, cf_sql_execute(db, "INSERT INTO tags (id, word) VALUES (1, 'x')"))
WRONG(later_row, cf_sql(db, Total, "SELECT id AS sensor_id, abs(amount + ?) AS total FROM readings ORDER BY id", 0))
WRONG(same_object, {
    cf_add(db, Tag, .id = 1, .word = "new");
    cf_flush(db);
})

static const char *parameters_of(void (*function)(void *))
{
    const cf_error *error = error_of(function, NULL);
    assert_non_null(error->statement);
    cf_rollback(asked);
    return error->parameters;
}

static void an_error_says_which_values_its_statement_had(cf_db *db)
{
    fill(db);
    asked = db;
    assert_string_equal(parameters_of(same_tag), "[1, 'it''s']");
    assert_string_equal(parameters_of(same_object), "[1, 'new']");
    assert_null(parameters_of(no_values));
    const char *hidden = parameters_of(same_hidden);
    assert_memory_equal(hidden, "[***, 1]", 8);
    cf_sql_execute(db, "UPDATE readings SET amount = -9223372036854775807 - 1 WHERE id = 2");
    cf_commit(db);
    assert_string_equal(parameters_of(later_row), "[0]");
    for (size_t i = 0; i < sizeof words - 1; i += 2)
        memcpy(words + i, "\xc3\xa4", 2);
    const char *many = parameters_of(many_values);
    assert_int_equal(strlen(many), 511);
    assert_string_equal(many + 508, "...");
    assert_non_null(strstr(many, "\xc3\xa4'... (2000 bytes), '"));
    cf_engine *engine = cf__engine_open(world.uri ? world.uri : cf_format(db, "sqlite:///%s/test.db", world.directory),
                                        &(struct cf__engine_options){ .hide_parameters = true });
    asked = cf__session_open(cf__current(), engine);
    assert_null(parameters_of(same_tag));
    assert_null(parameters_of(later_row));
    cf__engine_close(engine);
}

/* ---- Queries in words, and of no table -------------------------------------------------------------------------- */

static void a_query_is_shown_and_not_run(cf_db *db)
{
    fill(db);
    const cf_subquery *named =
        cf_subselect(Named, .from = Sensor, .where = cf_and(cf_eq(Sensor.name, "it's"), cf_gt(Sensor.id, 3)),
                     .limit = 2, .for_update = CF_FOR_UPDATE);
    const char *sql = "SELECT id, name FROM sensors WHERE name = ? AND id > ? LIMIT ?";
    if (can(CF_CAN_LOCK_ROWS))
        sql = cf_format(db, "%s FOR UPDATE", sql);
    bool counts = cf__engine_driver(world.engine)->dialect->numbered_placeholders;
    sent();
    assert_string_equal(cf_query_sql(db, named), counts ? numbered(sql) : sql);
    assert_string_equal(cf_query_parameters(db, named), "['it''s', 3, 2]");
    const cf_subquery *ids = cf_subquery_of(Sensor.id, .from = Sensor);
    assert_string_equal(cf_query_sql(db, ids), "SELECT id FROM sensors");
    assert_string_equal(cf_query_parameters(db, ids), "");
    assert_string_equal(cf_query_sql(db, cf_union_all(ids, cf_subquery_of(Reading.sensor_id, .from = Reading))),
                        "SELECT id FROM sensors UNION ALL SELECT sensor_id FROM readings");
    assert_string_equal(sent(), "");
    assert_false(cf__link_active(cf__session_link(db)));
}

WRONG(joined_to_nothing,
      cf_select_integer(db, Sensor.id, .from = cf_nothing, .join = { cf_join(Sensor, .on = cf_eq(Sensor.id, 1)) }))
WRONG(field_of_nothing, cf_select(db, Named, .from = cf_nothing, .columns = { .id = cf_literal(1) }))
WRONG(column_of_nothing, cf_select_integer(db, Sensor.id, .from = cf_nothing))

static void a_query_may_be_of_no_table(cf_db *db)
{
    static const struct wrong wrongs[] = {
        { joined_to_nothing, CF_INTERNAL, "nothing is joined to cf_nothing: say .from = the table" },
        { field_of_nothing, CF_INTERNAL,
          "Named.name is selected by no expression, and cf_nothing has no column of its name" },
        { column_of_nothing, CF_INTERNAL, NULL },
    };
    fill(db);
    assert_sql(cf_subselect(Named, .from = cf_nothing, .columns = { .id = cf_plus(1, 2), .name = cf_literal("x") }),
               "SELECT ? + ? AS id, ? AS name", NULL, NULL);
    assert_integer(cf_select_integer(db, cf_plus(1, 2), .from = cf_nothing), 3);
    assert_true(
        cf_select_time(db, cf_cast(cf_sql_expression("CURRENT_TIMESTAMP"), DateTime), .from = cf_nothing).is_set);
    assert_false(cf_select_integer(db, cf_literal(1), .from = cf_nothing, .where = cf_sql_expression("1 = 0")).is_set);
    assert_string_equal(cf_select_text(db, cf_concat("a", "b"), .from = cf_nothing), "ab");
    struct Named_list constants = cf_select(db, Named, .from = cf_nothing,
                                            .columns = { .id = cf_literal(7), .name = cf_cast(cf_literal("x"), Text) });
    assert_string_equal(names(constants), "7:x");
    cf_subquery *both =
        cf_union_all(cf_subselect(Named, .from = Sensor, .where = cf_eq(Sensor.id, 1)),
                     cf_subselect(Named, .from = cf_nothing,
                                  .columns = { .id = cf_literal(9), .name = cf_cast(cf_literal("all"), Text) }));
    struct Named_columns rows = cf_as(Named, both);
    assert_string_equal(names(cf_select(db, Named, .from = rows, .order_by = { cf_asc(rows.id) })), "1:roof 9:all");
    assert_int_equal(cf_count(db, Sensor,
                              .where = cf_in_select(Sensor.id,
                                                    cf_subquery_of(cf_plus(Sensor.parent_id, 1), .from = cf_nothing))),
                     2);
    ASSERT_WRONG(db, wrongs);
}

static void tables_are_found_without_a_failure(cf_db *db)
{
    struct cf__link *link = cf__session_link(db);
    assert_true(cf__link_has_table(link, "sensors"));
    assert_false(cf__link_has_table(link, "Nowhere"));
    cf_begin(db);
    assert_true(cf__link_has_table(link, "readings"));
    assert_false(cf__link_has_table(link, "it's"));
    assert_null(strstr(sent(), "failed"));
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
        SESSION_TEST(a_statement_is_run_for_each_struct),
        SESSION_TEST(many_structs_take_few_round_trips),
        SESSION_TEST(a_statement_that_cannot_be_run_for_each_struct_is_refused),
        SESSION_TEST(an_error_says_which_values_its_statement_had),
        SESSION_TEST(a_query_is_shown_and_not_run),
        SESSION_TEST(a_query_may_be_of_no_table),
        SESSION_TEST(tables_are_found_without_a_failure),
    };
    if (!choose_server(argc, argv))
        return 77;
    return cmocka_run_group_tests(tests, NULL, free_thread);
}

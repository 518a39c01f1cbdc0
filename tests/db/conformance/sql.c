/* SPDX-License-Identifier: MIT
 *
 * Free SQL: `?` for each value, wherever the database itself writes them otherwise; results by column name into models and
 * shapes; texts that look like SQL stay texts.
 */
#include "suite.h"

/* clang-format off */
MODEL(Note, "notes",
    (id,     Id),
    (text,   String(100)),
    (number, Nullable(Integer)),
    (price,  Nullable(Numeric(10, 2))),
    (moment, Nullable(DateTime)),
    (data,   Nullable(Blob)),
    (flag,   Boolean, server_default = "false"));
SHAPE(Total, (text, Nullable(String(100))), (count, Integer), (sum, Nullable(Integer)));
SHAPE(Mixed, (flag, Nullable(Boolean)), (ratio, Nullable(Float)), (price, Nullable(Numeric(10, 2))), (text, Nullable(Text)), (number, Nullable(Integer)));

MODEL(Kind, "kinds",
    (id,      Id),
    (whole,   Nullable(Integer)),
    (ratio,   Nullable(Float)),
    (good,    Nullable(Boolean)),
    (price,   Nullable(Numeric(10, 2))),
    (day,     Nullable(Date)),
    (clock,   Nullable(Time)),
    (moment,  Nullable(DateTime)),
    (token,   Nullable(Uuid)),
    (name,    Nullable(Text)),
    (data,    Nullable(Blob)));

static const struct cf_model *const models[] = { &Note.model_, &Kind.model_, NULL };
/* clang-format on */

static void add_notes(cf_db *db)
{
    for (int64_t i = 1; i <= 5; i++)
        cf_add(db, Note, .id = i, .text = i % 2 ? "odd" : "even", .number = cf_optional(i * 10));
    cf_commit(db);
}

static void rows_of_a_model_by_sql(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    add_notes(db);
    struct Note_list list =
        cf_sql(db, Note, "SELECT * FROM notes WHERE text = ? AND number > ? ORDER BY id", "odd", 10);
    expect_integer(list.count, 2);
    expect_integer(list.items[0]->id, 3);
    expect_integer(list.items[1]->number.value, 50);
    expect(list.items[0] == cf_get(db, Note, 3));
    expect_integer(cf_sql(db, Note, "SELECT * FROM notes WHERE text = ?", "nothing").count, 0);
}

#define KINDS                                                                                                       \
    "INSERT INTO kinds (whole, ratio, good, price, day, clock, moment, token, name, data) VALUES (:whole, :ratio, " \
    ":good, "                                                                                                       \
    ":price, :day, :clock, :moment, :token, :name, :data)"
static const char kinds_found[] =
    "SELECT * FROM kinds WHERE whole = :whole AND ratio = :ratio AND good = :good AND price = :price AND day = :day "
    "AND "
    "clock = :clock AND moment = :moment AND token = :token AND name = :name AND data = :data";

static void named_values_are_of_every_type(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    struct Kind kind = { .whole = cf_optional(7),
                         .ratio = cf_optional(0.5),
                         .good = cf_optional((bool)true),
                         .price = cf_optional(cf_decimal_of(1250, 2)),
                         .day = cf_optional(((cf_date){ 2026, 3, 4 })),
                         .clock = cf_optional(((cf_clock){ 3600000001 })),
                         .moment = cf_optional(((cf_time){ 1234567 })),
                         .token = cf_optional(cf_uuid_new()),
                         .name = "kim",
                         .data = { "\0a", 2 } };
    cf_sql_execute(db, KINDS, cf_value("whole", kind.whole.value), cf_value("ratio", kind.ratio.value),
                   cf_value("good", kind.good.value), cf_value("price", kind.price.value),
                   cf_value("day", kind.day.value), cf_value("clock", kind.clock.value),
                   cf_value("moment", kind.moment.value), cf_value("token", kind.token.value),
                   cf_value("name", kind.name), cf_value("data", kind.data));
    struct Kind_list found =
        cf_sql_unchecked(db, Kind, kinds_found, cf_value("whole", kind.whole), cf_value("ratio", kind.ratio),
                         cf_value("good", kind.good), cf_value("price", kind.price), cf_value("day", kind.day),
                         cf_value("clock", kind.clock), cf_value("moment", kind.moment), cf_value("token", kind.token),
                         cf_value("name", kind.name), cf_value("data", kind.data));
    expect_integer(found.count, 1);
    expect(memcmp(&found.items[0]->token.value, &kind.token.value, sizeof(cf_uuid)) == 0);
    expect_integer(found.items[0]->clock.value.microseconds, 3600000001);
    cf_rollback(db);
}

static void values_that_are_not_set_are_null(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    const struct Kind none = { 0 };
    cf_sql_execute(db, KINDS, cf_value("whole", none.whole), cf_value("ratio", none.ratio), cf_value("good", none.good),
                   cf_value("price", none.price), cf_value("day", none.day), cf_value("clock", none.clock),
                   cf_value("moment", none.moment), cf_value("token", none.token), cf_value("name", none.name),
                   cf_value("data", none.data));
    cf_sql_execute(
        db, "INSERT INTO kinds (whole, ratio, good, price, day, clock, moment, token) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        none.whole, none.ratio, none.good, none.price, none.day, none.clock, none.moment, none.token);
    struct Kind_list found = cf_find(db, Kind,
                                     .where = cf_and(cf_is_null(Kind.whole), cf_is_null(Kind.token),
                                                     cf_is_null(Kind.data), cf_is_null(Kind.price)));
    expect_integer(found.count, 2);
    expect_integer(cf_sql(db, Kind, "SELECT * FROM kinds WHERE id = ?", cf_optional(found.items[0]->id)).count, 1);
    cf_rollback(db);
}

static void columns_are_matched_by_name(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    add_notes(db);
    struct Note_list list = cf_sql(db, Note, "SELECT 1 AS unknown, number, 'x' AS text, id FROM notes ORDER BY id");
    expect_integer(list.count, 5);
    expect_integer(list.items[4]->id, 5);
    expect_integer(list.items[4]->number.value, 50);
    expect_text(list.items[4]->text, "x");
}

static void shapes_take_aggregates(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    add_notes(db);
    struct Total_list list =
        cf_sql(db, Total, "SELECT text, count(*) AS count, sum(number) AS sum FROM notes GROUP BY text ORDER BY text");
    expect_integer(list.count, 2);
    expect_text(list.items[0]->text, "even");
    expect_integer(list.items[0]->count, 2);
    expect_integer(list.items[0]->sum.value, 60);
    expect_integer(list.items[1]->sum.value, 90);
    list = cf_sql(db, Total, "SELECT NULL AS text, count(*) AS count, sum(number) AS sum FROM notes WHERE id > 100");
    expect(!list.items[0]->text && !list.items[0]->sum.is_set && list.items[0]->count == 0);
}

static void shapes_take_expressions(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    add_notes(db);
    struct Mixed *row = cf_sql(db, Mixed,
                               "SELECT id > 1 AS flag, 0.5 AS ratio, 1.25 AS price, 'a' || text AS text, 7 AS number "
                               "FROM notes WHERE id = 2")
                            .items[0];
    expect(row->flag.is_set && row->flag.value);
    expect(row->ratio.value == 0.5);
    expect_integer(row->price.value.low, 125);
    expect_text(row->text, "aeven");
    expect_integer(row->number.value, 7);
}

static void each_kind_of_value_is_bound(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    cf_decimal price;
    cf_time moment;
    cf_bytes data = { "a\0'\\", 4 };
    expect(cf_decimal_parse("-12.50", &price) && cf_time_parse("2026-11-23T10:11:12.000013Z", &moment));
    int64_t changed =
        cf_sql_execute(db,
                       "INSERT INTO notes (id, text, number, price, moment, data, flag) VALUES (?, ?, ?, ?, ?, ?, ?)",
                       1, "it's ? \\ $1", INT64_MIN, price, moment, data, (bool)true);
    expect_integer(changed, 1);
    cf_commit(db);
    struct Note *note = cf_get(new_session(), Note, 1);
    expect_text(note->text, "it's ? \\ $1");
    expect_integer(note->number.value, INT64_MIN);
    expect(cf_decimal_compare(note->price.value, price) == 0);
    expect_integer(note->moment.value.microseconds, moment.microseconds);
    expect(note->data.size == 4 && memcmp(note->data.data, data.data, 4) == 0);
    expect(note->flag);
    expect_integer(
        cf_sql(
            db, Note,
            "SELECT * FROM notes WHERE text = ? AND number = ? AND price = ? AND moment = ? AND data = ? AND flag = ?",
            "it's ? \\ $1", INT64_MIN, price, moment, data, (bool)true)
            .count,
        1);
}

static void question_marks_in_texts_are_no_places(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    add_notes(db);
    struct Total_list list = cf_sql(db, Total,
                                    "SELECT '?' AS text, /* ? */ count(*) AS count, 1 AS sum -- ?\n FROM notes WHERE "
                                    "text <> '? it''s ?' AND id = ?",
                                    2);
    expect_integer(list.items[0]->count, 1);
    expect_text(list.items[0]->text, "?");
    expect_text(ask_text(db, "SELECT 'back\\slash' AS text"), "back\\slash");
    expect_text(ask_text(db, "SELECT '100%' || '\\' AS text"), "100%\\");
}

static void changes_are_counted(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    add_notes(db);
    expect_integer(cf_sql_execute(db, "UPDATE notes SET number = ? WHERE text = ?", 1, "odd"), 3);
    expect_integer(cf_sql_execute(db, "UPDATE notes SET number = ? WHERE text = ?", 1, "odd"), 3);
    expect_integer(cf_sql_execute(db, "DELETE FROM notes WHERE id > ?", 3), 2);
    expect_integer(cf_sql_execute(db, "DELETE FROM notes WHERE id > ?", 3), 0);
    cf_commit(db);
    expect_integer(cf_count(new_session(), Note), 3);
    expect_integer(cf_count(new_session(), Note, .where = cf_eq(Note.number, 1)), 2);
}

static void sql_that_writes_and_gives_rows(const void *unused)
{
    (void)unused;
    if (!can(CF_CAN_RETURNING))
        no_test("no RETURNING");
    cf_db *db = new_session();
    struct Note_list list = cf_sql(db, Note, "INSERT INTO notes (text, flag) VALUES (?, ?), (?, ?) RETURNING *", "a",
                                   (bool)false, "b", (bool)true);
    expect_integer(list.count, 2);
    expect(list.items[1]->id == list.items[0]->id + 1 && list.items[1]->flag);
    expect_integer(cf_count(new_session(), Note), 0);
    cf_commit(db);
    expect_integer(cf_count(new_session(), Note), 2);
}

static void too_few(void *db)
{
    cf_sql((cf_db *)db, Note, "SELECT * FROM notes WHERE id = ? AND text = ?", 1);
}

static void too_many(void *db)
{
    cf_sql((cf_db *)db, Note, "SELECT * FROM notes WHERE id = ?", 1, 2);
}

static void values_and_places_must_agree(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    add_notes(db);
    error_of(too_few, db);
    error_of(too_many, db);
    expect_integer(cf_count(db, Note), 5);
}

static void the_same_text_with_other_values_and_kinds(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    add_notes(db);
    for (int round = 0; round < 3; round++) {
        expect_integer(cf_sql(db, Note, "SELECT * FROM notes WHERE number = ?", 20).count, 1);
        expect_integer(cf_sql(db, Note, "SELECT * FROM notes WHERE number = ?", INT64_C(5000000000)).count, 0);
        expect_integer(cf_sql(db, Note, "SELECT * FROM notes WHERE text = ?", "odd").count, 3);
        expect_integer(cf_sql(db, Note, "SELECT * FROM notes WHERE text = ?", "it's").count, 0);
    }
}

/* What is bound has no type but its own; nothing in the statement tells. */
static void values_stand_anywhere(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    add_notes(db);
    struct Total *row =
        cf_sql(db, Total,
               "SELECT text, count(*) AS count, max(number) AS sum FROM notes WHERE number BETWEEN ? AND ? "
               "AND text IN (?, ?) GROUP BY text HAVING count(*) > ? ORDER BY text LIMIT ?",
               10, 50, "odd", "other", 0, 1)
            .items[0];
    expect_text(row->text, "odd");
    expect_integer(row->count, 3);
    expect_integer(row->sum.value, 50);
}

static void a_null_text_is_null(const void *unused)
{
    (void)unused;
    cf_engine *engine = another_engine(&(struct cf__engine_options){ .record = true });
    cf_db *db = cf__session_open(cf__current(), engine);
    const char *none = NULL;
    add_notes(db);
    cf_sql_execute(db, "UPDATE notes SET text = COALESCE(?, 'none'), number = 7 WHERE id = ?", none, 1);
    struct cf_sql_log log = cf__session_recorded(db);
    expect(strstr(log.items[log.count - 1].sql, "[NULL, 1]"));
    cf_commit(db);
    expect_text(cf_get(new_session(), Note, 1)->text, "none");
}

SHAPE(Pair, (number, Integer), (text, String(100)));

static void ask_for_a_part(void *db)
{
    cf_sql((cf_db *)db, Pair, "SELECT number, 'x' AS name FROM notes");
}

static void ask_for_null_integer(void *db)
{
    cf_sql((cf_db *)db, Pair, "SELECT max(number) AS number, 'x' AS text FROM notes WHERE id < 0");
}

static void ask_for_null_text(void *db)
{
    cf_sql((cf_db *)db, Pair, "SELECT id AS number, NULL AS text FROM notes");
}

static void select_null(void *db)
{
    cf_select_one((cf_db *)db, Pair, .from = Note,
                  .columns = { .number = cf_max_of(Note.number), .text = cf_max_of(Note.text) },
                  .where = cf_lt(Note.id, 0));
}

static void shapes_are_filled_whole(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    add_notes(db);
    const cf_error *error = error_of(ask_for_a_part, db);
    expect_integer(error->code, CF_INTERNAL);
    expect_text(error->message, "Pair.text has no column of its name in the result, which has: number, name");
    error = error_of(ask_for_null_integer, db);
    expect_integer(error->code, CF_CORRUPT);
    expect(strstr(error->message, "Pair.number is NULL in a row, and not Nullable"));
    expect_error(CF_CORRUPT, ask_for_null_text, db);
    expect_error(CF_CORRUPT, select_null, db);
    expect_integer(cf_sql(db, Pair, "SELECT 1 AS number, 'x' AS text").items[0]->number, 1);
}

static void run_two(void *db)
{
    cf_sql_execute((cf_db *)db,
                   "INSERT INTO notes (id, text) VALUES (1, 'a'); INSERT INTO notes (id, text) VALUES (2, 'b')");
}

static void find_two(void *db)
{
    cf_sql((cf_db *)db, Note, "SELECT * FROM notes; DELETE FROM notes");
}

static void one_statement_at_a_time(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    expect_error(CF_SQL, run_two, db);
    expect_error(CF_SQL, find_two, db);
    cf_rollback(db);
    expect_integer(cf_count(new_session(), Note), 0);
    cf_sql_execute(db, "INSERT INTO notes (id, text) VALUES (1, 'a'); -- the end\n");
    expect_integer(cf_sql(db, Note, "SELECT * FROM notes /* all; of them */ ; ").count, 1);
}

static const struct test tests[] = {
    TEST(rows_of_a_model_by_sql),
    TEST(columns_are_matched_by_name),
    TEST(shapes_take_aggregates),
    TEST(shapes_take_expressions),
    TEST(each_kind_of_value_is_bound),
    TEST(question_marks_in_texts_are_no_places),
    TEST(changes_are_counted),
    TEST(sql_that_writes_and_gives_rows),
    TEST(values_and_places_must_agree),
    TEST(the_same_text_with_other_values_and_kinds),
    TEST(named_values_are_of_every_type),
    TEST(values_that_are_not_set_are_null),
    TEST(values_stand_anywhere),
    TEST(a_null_text_is_null),
    TEST(one_statement_at_a_time),
    TEST(shapes_are_filled_whole),
};

static const struct test *list_tests(size_t *count)
{
    *count = sizeof tests / sizeof tests[0];
    return tests;
}

const struct suite sql_suite = { "free SQL", models, .tests = list_tests };

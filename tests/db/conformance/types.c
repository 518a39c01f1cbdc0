/* SPDX-License-Identifier: MIT
 *
 * Every type's extremes go in and come out the same: written by an INSERT, found by a condition, changed by an UPDATE to
 * NULL and back, read by another session each time.
 */
#include <stdlib.h>

#include "suite.h"

/* clang-format off */
CF_CHOICES(Mood, fine, tired, hungry);

MODEL(Value, "all_values",
    (id,       Id),
    (small,    Nullable(SmallInteger)),
    (whole,    Nullable(Integer)),
    (big,      Nullable(BigInteger)),
    (flag,     Nullable(Boolean)),
    (ratio,    Nullable(Float)),
    (price,    Nullable(Numeric(10, 2))),
    (fifteen,  Nullable(Numeric(15, 5))),
    (exact,    Nullable(Numeric(38, 10))),
    (huge,     Nullable(Numeric(38, 0))),
    (tiny,     Nullable(Numeric(38, 38))),
    (label,    Nullable(String(50))),
    (note,     Nullable(Text)),
    (day,      Nullable(Date)),
    (at,       Nullable(Time)),
    (moment,   Nullable(DateTime)),
    (key,      Nullable(Uuid)),
    (data,     Nullable(Blob)),
    (extra,    Nullable(Json)),
    (parsed,   Nullable(Jsonb)),
    (mood,     Nullable(Enum(Mood))),
    (color,    Nullable(Choices("red", "green", "it's \"blue\""))));

/* The same without NULL, and with defaults of the database's. */
MODEL(Full, "full_values",
    (id,      Id),
    (small,   SmallInteger,            server_default = "-7"),
    (whole,   Integer,                 server_default = "9223372036854775807"),
    (flag,    Boolean,                 server_default = "true"),
    (ratio,   Float,                   server_default = "0.5"),
    (price,   Numeric(10, 2),          server_default = "12.50"),
    (exact,   Numeric(38, 10),         server_default = "1234567890123456789012345678.0123456789"),
    (label,   String(50),              server_default = "it's 100% \"so\" \\ là"),
    (day,     Date,                    server_default = "0001-01-01"),
    (at,      Time,                    server_default = "23:59:59.999999"),
    (moment,  DateTime,                server_default = "9999-12-31T23:59:59.999999Z"),
    (key,     Uuid,                    server_default = "00112233-4455-6677-8899-aabbccddeeff"),
    (mood,    Enum(Mood),              server_default = "hungry"),
    (color,   Choices("red", "green"), server_default = "green"),
    (created, DateTime,                server_default_sql = "CURRENT_TIMESTAMP"));

static const struct cf_model *const models[] = { &Value.model_, &Full.model_, NULL };
/* clang-format on */

struct value_case {
    const char *name;
    const struct cf_column *column;
    const char *text; /* see set_field */
    size_t size;      /* of a blob; else 0: the text's */
    size_t repeated;  /* that many times; 0: once */
};

#define OF(field) &Value.columns_[Value_item_##field##_]
#define CASE(field, text)                            \
    {                                                \
#field " keeps " text, OF(field), text, 0, 0 \
    }
#define NAMED(field, name, text)                     \
    {                                                \
#field " keeps " name, OF(field), text, 0, 0 \
    }
#define REPEATED(field, name, text, times)               \
    {                                                    \
#field " keeps " name, OF(field), text, 0, times \
    }
#define BYTES(name, text)                                       \
    {                                                           \
        "data keeps " name, OF(data), text, sizeof(text) - 1, 0 \
    }
#define BYTES_REPEATED(name, text, times)                           \
    {                                                               \
        "data keeps " name, OF(data), text, sizeof(text) - 1, times \
    }
#define NOTHING(field)                              \
    {                                               \
#field " keeps NULL", OF(field), NULL, 0, 0 \
    }

/* clang-format off */
static const struct value_case cases[] = {
    CASE(small, "0"), CASE(small, "-32768"), CASE(small, "32767"), NOTHING(small),
    CASE(whole, "0"), CASE(whole, "-1"), CASE(whole, "2147483648"), CASE(whole, "-9223372036854775808"),
    CASE(whole, "9223372036854775807"), NOTHING(whole),
    CASE(big, "-9223372036854775808"), CASE(big, "9223372036854775807"), CASE(big, "9007199254740993"), NOTHING(big),
    CASE(flag, "true"), CASE(flag, "false"), NOTHING(flag),
    CASE(ratio, "0"), CASE(ratio, "1"), CASE(ratio, "-0.1"), CASE(ratio, "3.141592653589793"),
    CASE(ratio, "9007199254740991"), CASE(ratio, "1.7976931348623157e308"), CASE(ratio, "-1.7976931348623157e308"),
    CASE(ratio, "2.2250738585072014e-308"), CASE(ratio, "5e-324"), CASE(ratio, "1e100"), NOTHING(ratio),
    CASE(price, "0.00"), CASE(price, "12.50"), CASE(price, "-0.01"), CASE(price, "99999999.99"), CASE(price, "-99999999.99"),
    CASE(price, "7"), NOTHING(price),
    CASE(fifteen, "9999999999.99999"), CASE(fifteen, "-9999999999.99999"), CASE(fifteen, "0.00001"), CASE(fifteen, "-0.00001"),
    CASE(fifteen, "1234567890.12345"), NOTHING(fifteen),
    CASE(exact, "9999999999999999999999999999.9999999999"), CASE(exact, "-9999999999999999999999999999.9999999999"),
    CASE(exact, "0.0000000001"), CASE(exact, "-0.0000000001"), CASE(exact, "1234567890123456789012345678.0123456789"),
    CASE(exact, "0"), CASE(exact, "10"), NOTHING(exact),
    CASE(huge, "99999999999999999999999999999999999999"), CASE(huge, "-99999999999999999999999999999999999999"),
    CASE(huge, "10000000000000000000000000000000000000"), CASE(huge, "0"), NOTHING(huge),
    CASE(tiny, "0.99999999999999999999999999999999999999"), CASE(tiny, "-0.99999999999999999999999999999999999999"),
    CASE(tiny, "0.00000000000000000000000000000000000001"), CASE(tiny, "0"), NOTHING(tiny),
    NAMED(label, "an empty text", ""), CASE(label, "x"), CASE(label, "it's"), CASE(label, "''"), CASE(label, "a\"b"),
    CASE(label, "back\\slash\\"), CASE(label, "\\'"), CASE(label, "100% _under_ %s %n"), CASE(label, "; DROP TABLE all_values; --"),
    CASE(label, "/* ? $1 :name */"), CASE(label, " blanks around "), NAMED(label, "lines and tabs", "a\nb\r\n\tc"),
    NAMED(label, "control characters", "\001\002\033\177"), CASE(label, "Ünïcödé ß ﬁ"), CASE(label, "日本語"), CASE(label, "👩‍👩‍👧‍👦 🇨🇭"),
    NAMED(label, "the highest character", "\364\217\277\277"), CASE(label, "e\314\201 is no \303\251"), CASE(label, "NULL"),
    REPEATED(label, "50 characters of one byte", "x", 50), REPEATED(label, "50 characters of two bytes", "ß", 50),
    REPEATED(label, "50 characters of four bytes", "🎉", 50), NOTHING(label),
    NAMED(note, "an empty text", ""), CASE(note, "it's 100% \"so\" \\"), REPEATED(note, "1 MiB of text", "0123456789abcdef", 65536),
    REPEATED(note, "70,000 bytes that need quoting", "it's \\ ", 10000), REPEATED(note, "1 MiB of four-byte characters", "🎉", 262144), NOTHING(note),
    CASE(day, "0001-01-01"), CASE(day, "9999-12-31"), CASE(day, "1582-10-10"), CASE(day, "1600-02-29"), CASE(day, "1900-02-28"),
    CASE(day, "1969-12-31"), CASE(day, "1970-01-01"), CASE(day, "2000-02-29"), CASE(day, "2026-11-23"), NOTHING(day),
    CASE(at, "00:00:00"), CASE(at, "00:00:00.000001"), CASE(at, "12:34:56.789012"), CASE(at, "23:59:59.999999"), NOTHING(at),
    CASE(moment, "0001-01-01T00:00:00Z"), CASE(moment, "0001-01-01T00:00:00.000001Z"), CASE(moment, "9999-12-31T23:59:59.999999Z"),
    CASE(moment, "1969-12-31T23:59:59.999999Z"), CASE(moment, "1970-01-01T00:00:00Z"), CASE(moment, "1582-10-10T01:02:03.000004Z"),
    CASE(moment, "2038-01-19T03:14:08Z"), CASE(moment, "2026-03-29T01:30:00Z"), CASE(moment, "2026-11-23T10:11:12.123456Z"), NOTHING(moment),
    CASE(key, "00000000-0000-0000-0000-000000000000"), CASE(key, "ffffffff-ffff-ffff-ffff-ffffffffffff"),
    CASE(key, "00112233-4455-6677-8899-aabbccddeeff"), CASE(key, "80000000-0000-4000-8000-00000000005c"), NOTHING(key),
    BYTES("no bytes", ""), BYTES("a NUL", "\0"), BYTES("bytes with NUL", "a\0b\0"), BYTES("quotes and backslashes", "'\"\\\0\\x41"),
    BYTES("no UTF-8", "\377\376\200\300"), BYTES_REPEATED("1 MiB of bytes", "\0\1\177\200\376\377'\\", 131072), NOTHING(data),
    CASE(parsed, "{\"a\": [1, 2.50, true, null]}"), CASE(parsed, "[]"), CASE(parsed, "\"text\""), CASE(parsed, "0"), NOTHING(parsed),
    CASE(extra, "{}"), CASE(extra, "null"), CASE(extra, "\"text\""), CASE(extra, "1.5"), CASE(extra, "{ \"b\": 1,  \"a\": [ 1.0, null ] }"),
    CASE(extra, "{\"it's\": \"\\u00e9 \\\\ \\\" 100%\"}"), CASE(extra, "[12345678901234567890.5]"), CASE(extra, "{\"é\": \"🎉\"}"),
    REPEATED(extra, "a long text", "                ", 1000), REPEATED(extra, "1 MiB of JSON", "                ", 65536),
    NAMED(extra, "31 levels", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"), CASE(extra, "1e308"), CASE(extra, "0.30000000000000004"),
    CASE(extra, " 1.50 "), CASE(extra, "-0"), CASE(extra, "9223372036854775807"),
    CASE(extra, "\"\\ud83c\\udf89 \\/ \\b\\f\\n\\r\\t\""), CASE(extra, "[-0, -0.0, 1E5, 0.1e-7, 9223372036854775807]"), NOTHING(extra),
    CASE(mood, "fine"), CASE(mood, "hungry"), NOTHING(mood),
    CASE(color, "red"), CASE(color, "it's \"blue\""), NOTHING(color),
};
/* clang-format on */
enum { CASES = sizeof cases / sizeof cases[0] };

/* ---- Values ----------------------------------------------------------------------------------------------------- */

static const char *repeat(const char *text, size_t size, size_t times)
{
    char *whole = cf_alloc_(here(), size * times + 1);
    for (size_t i = 0; i < times; i++)
        memcpy(whole + i * size, text, size);
    return whole;
}

static void set_value(const struct value_case *value, void *row)
{
    size_t size = value->size ? value->size : value->text ? strlen(value->text) : 0;
    size_t times = value->repeated ? value->repeated : 1;
    const char *text = value->repeated ? repeat(value->text, size, times) : value->text;
    if (value->repeated && value->column->type == CF_TYPE_JSON)
        text = cf_format_(here(), "[%s]", text);
    set_field(value->column, row, text, size * times);
}

static void expect_value(const char *when, const struct cf_column *column, const void *row, const void *expected)
{
    struct cf_operand got = cf__field_value(column, row), wanted = cf__field_value(column, expected);
    if (!same_value(&got, &wanted))
        fails("%s: another value%s", when, got.kind == CF_OPERAND_NULL ? " (NULL)" : "");
}

static struct Value *find_value(int64_t id)
{
    struct Value *found = cf_get(new_session(), Value, id);
    if (!found)
        fails("the row is not there");
    return found;
}

/* Is the row found by its value? JSON texts are not compared. */
static void expect_found(const struct cf_column *column, const struct Value *row)
{
    struct cf_operand value = cf__field_value(column, row), operand = { .kind = CF_OPERAND_COLUMN, .column = column };
    bool is_null = value.kind == CF_OPERAND_NULL;
    if (column->type == CF_TYPE_JSON && !is_null)
        return;
    const cf_expr *same =
        is_null ? cf_compare_(CF_IS_NULL, operand, (struct cf_operand){ 0 }) : cf_compare_(CF_EQ, operand, value);
    if (cf_count(new_session(), Value, .where = cf_and(cf_eq(Value.id, row->id), same)) != 1)
        fails("it is not found by its value");
}

static void write_value(int64_t id, const struct value_case *value)
{
    cf_db *db = new_session();
    struct Value *row = cf_get(db, Value, id);
    if (value)
        set_value(value, row);
    else
        *row = (struct Value){ .id = id };
    cf_commit(db);
}

static void round_trip(const void *value_)
{
    const struct value_case *value = value_;
    cf_db *db = new_session();
    struct Value *row = cf_new_(db, &Value.model_), expected = { 0 };
    set_value(value, &expected);
    set_value(value, row);
    cf__session_add(db, &Value.model_, row, (uint64_t)1 << (value->column - Value.columns_));
    cf_commit(db);
    expected.id = row->id;
    struct Value *found = find_value(row->id);
    for (size_t i = 0; i < Value.model_.count; i++)
        expect_value(Value.columns_[i].name, &Value.columns_[i], found, &expected);
    expect_found(value->column, row);
    if (!value->text)
        return;
    write_value(row->id, NULL);
    expect_value("changed to NULL", value->column, find_value(row->id), &(struct Value){ 0 });
    write_value(row->id, value);
    expect_value("changed back", value->column, find_value(row->id), &expected);
}

/* ---- Whole rows ------------------------------------------------------------------------------------------------- */

static void defaults_come_from_the_database(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    struct Full *added = cf_add(db, Full, .small = -7);
    cf_commit(db);
    const struct Full *found = cf_get(new_session(), Full, added->id), *both[] = { added, found };
    for (size_t i = 0; i < 2; i++) {
        char text[CF_DECIMAL_TEXT];
        const struct Full *row = both[i];
        expect_integer(row->small, -7);
        expect_integer(row->whole, INT64_MAX);
        expect(row->flag);
        expect(row->ratio == 0.5);
        cf_decimal_format(row->price, text);
        expect_text(text, "12.50");
        cf_decimal_format(row->exact, text);
        expect_text(text, "1234567890123456789012345678.0123456789");
        expect_text(row->label, "it's 100% \"so\" \\ là");
        cf_date_format(row->day, text);
        expect_text(text, "0001-01-01");
        cf_clock_format(row->at, text);
        expect_text(text, "23:59:59.999999");
        cf_time_format(row->moment, text);
        expect_text(text, "9999-12-31T23:59:59.999999Z");
        cf_uuid_format(row->key, text);
        expect_text(text, "00112233-4455-6677-8899-aabbccddeeff");
        expect_integer(row->mood, Mood_hungry);
        expect_text(row->color, "green");
        int64_t age = cf_now().microseconds - row->created.microseconds;
        if (age < -5000000 || age > 60000000)
            fails("CURRENT_TIMESTAMP is %lld microseconds ago", (long long)age);
    }
}

static void a_row_of_defaults_alone_is_inserted(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    struct Full *row = cf_new_(db, &Full.model_);
    cf__session_add(db, &Full.model_, row, 0);
    cf_commit(db);
    expect(row->id > 0);
    expect_text(row->color, "green");
    expect_integer(cf_count(new_session(), Full, .where = cf_eq(Full.id, row->id)), 1);
}

static void zeros_are_stored_where_there_are_defaults(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    struct Full *row = cf_add(db, Full, .small = 0, .whole = 0, .flag = false, .ratio = 0, .price = cf_decimal_of(0, 0),
                              .label = "", .mood = Mood_fine);
    cf_commit(db);
    struct Full *found = cf_get(new_session(), Full, row->id);
    expect(found->small == 0 && found->whole == 0 && !found->flag && found->ratio == 0 && !*found->label);
    expect_integer(found->mood, Mood_fine);
    expect_integer(found->price.scale, 2);
    expect(found->price.low == 0);
}

static void values_read_have_the_scale_of_their_column(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    struct Value *row = cf_add(db, Value, .price = cf_optional(cf_decimal_of(7, 0)),
                               .exact = cf_optional(cf_decimal_of(7, 0)), .huge = cf_optional(cf_decimal_of(70, 1)));
    cf_commit(db);
    struct Value *found = cf_get(new_session(), Value, row->id);
    expect_integer(found->price.value.scale, 2);
    expect_integer(found->exact.value.scale, 10);
    expect_integer(found->huge.value.scale, 0);
    expect_integer(found->huge.value.low, 7);
}

/* All cases of one column: a row each, which gets another value than it had, in one flush. */
static void change_together(const struct value_case *first, size_t count)
{
    cf_db *db = new_session();
    struct Value *rows[64];
    expect(count <= 64);
    for (size_t i = 0; i < count; i++) {
        rows[i] = cf_new_(db, &Value.model_);
        set_value(&first[i], rows[i]);
        cf__session_add(db, &Value.model_, rows[i], 0);
    }
    cf_commit(db);
    for (size_t i = 0; i < count; i++)
        set_value(&first[(i + 1) % count], rows[i]);
    cf_commit(db);
    for (size_t i = 0; i < count; i++) {
        struct Value expected = { 0 };
        set_value(&first[(i + 1) % count], &expected);
        expect_value(first[(i + 1) % count].name, first->column, find_value(rows[i]->id), &expected);
    }
}

static void values_of_many_rows_are_changed_together(const void *unused)
{
    (void)unused;
    for (size_t from = 0, to; from < CASES; from = to) {
        for (to = from; to < CASES && cases[to].column == cases[from].column;)
            to++;
        change_together(&cases[from], to - from);
    }
}

/* ---- Refused before they reach a database ------------------------------------------------------------------------ */

struct refusal {
    const char *name;
    const struct cf_column *column;
    const char *text;
    size_t repeated;
};

/* clang-format off */
static const struct refusal refusals[] = {
    { "small refuses 32768", OF(small), "32768", 0 },
    { "small refuses -32769", OF(small), "-32769", 0 },
    { "ratio refuses infinity", OF(ratio), "inf", 0 },
    { "ratio refuses not-a-number", OF(ratio), "nan", 0 },
    { "price refuses a digit too many before the point", OF(price), "100000000.00", 0 },
    { "price refuses a digit too many after the point", OF(price), "0.001", 0 },
    { "exact refuses a digit too many", OF(exact), "10000000000000000000000000000.0", 0 },
    { "label refuses 51 characters", OF(label), "ß", 51 },
    { "label refuses what is no UTF-8", OF(label), "\377", 0 },
    { "note refuses what is no UTF-8", OF(note), "a\300\200b", 0 },
    { "extra refuses what is no JSON", OF(extra), "{", 0 },
    { "extra refuses a number past a double", OF(extra), "1e400", 0 },
    { "extra refuses a name twice", OF(extra), "{\"a\": 1, \"a\": 2}", 0 },
    { "extra refuses the character NUL", OF(extra), "\"\\u0000\"", 0 },
    { "extra refuses half a pair of surrogates", OF(extra), "\"\\ud83c\"", 0 },
    { "extra refuses 32 levels", OF(extra), "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", 1 },
    { "color refuses another color", OF(color), "blue", 0 },
    { "color refuses an empty text", OF(color), "", 0 },
    { "label refuses a surrogate", OF(label), "\355\240\200", 0 },
    { "label refuses a character past the last", OF(label), "\364\220\200\200", 0 },
    { "note refuses half a character", OF(note), "\303", 0 },
    { "huge refuses a fraction", OF(huge), "0.5", 0 },
    { "tiny refuses a digit before the point", OF(tiny), "1", 0 },
};
/* clang-format on */
enum { REFUSALS = sizeof refusals / sizeof refusals[0] };

static void refuse(const void *refusal_)
{
    const struct refusal *refusal = refusal_;
    const struct value_case value = { .column = refusal->column, .text = refusal->text, .repeated = refusal->repeated };
    cf_db *db = new_session();
    struct Value *row = cf_new_(db, &Value.model_);
    set_value(&value, row);
    int64_t before = cf_count(new_session(), Value);
    cf__session_add(db, &Value.model_, row, (uint64_t)1 << (refusal->column - Value.columns_));
    expect_refused(db, CF_INVALID, NULL);
    expect_integer(cf_count(new_session(), Value), before);
}

/* Values that no text says: each is refused before anything is sent. */
static void numbers_that_are_no_values_are_refused(const void *unused)
{
    (void)unused;
    const struct Value wrongs[] = {
        { .day = { { 0, 1, 1 }, true } },
        { .day = { { 10000, 1, 1 }, true } },
        { .day = { { 2023, 2, 29 }, true } },
        { .day = { { 2026, 0, 1 }, true } },
        { .day = { { 2026, 13, 1 }, true } },
        { .day = { { 2026, 4, 31 }, true } },
        { .at = { { -1 }, true } },
        { .at = { { INT64_C(86400000000) }, true } },
        { .moment = { { INT64_MIN }, true } },
        { .moment = { { INT64_C(-62135596800000001) }, true } },
        { .moment = { { INT64_MAX }, true } },
        { .moment = { { INT64_C(253402300800000000) }, true } },
        { .mood = { (enum Mood)3, true } },
        { .mood = { (enum Mood) - 1, true } },
        { .exact = { { INT64_MAX, UINT64_MAX, 0 }, true } },
        { .exact = { { INT64_MIN, 0, 38 }, true } },
    };
    int64_t before = cf_count(new_session(), Value);
    for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
        cf_db *db = new_session();
        struct Value *row = cf_new_(db, &Value.model_);
        *row = wrongs[i];
        cf__session_add(db, &Value.model_, row, 0);
        const cf_error *error = cf_try_commit(db);
        if (!error || error->code != CF_INVALID)
            fails("number %zu was %s", i, error ? error->message : "taken");
    }
    expect_integer(cf_count(new_session(), Value), before);
}

static const struct test whole_rows[] = {
    TEST(numbers_that_are_no_values_are_refused),     TEST(defaults_come_from_the_database),
    TEST(a_row_of_defaults_alone_is_inserted),        TEST(zeros_are_stored_where_there_are_defaults),
    TEST(values_read_have_the_scale_of_their_column), TEST(values_of_many_rows_are_changed_together),
};
enum { WHOLE_ROWS = sizeof whole_rows / sizeof whole_rows[0] };

static const struct test *list_tests(size_t *count)
{
    static struct test tests[CASES + REFUSALS + WHOLE_ROWS];
    *count = 0;
    for (size_t i = 0; i < CASES; i++)
        tests[(*count)++] = (struct test){ cases[i].name, round_trip, &cases[i] };
    for (size_t i = 0; i < REFUSALS; i++)
        tests[(*count)++] = (struct test){ refusals[i].name, refuse, &refusals[i] };
    for (size_t i = 0; i < WHOLE_ROWS; i++)
        tests[(*count)++] = whole_rows[i];
    return tests;
}

const struct suite types_suite = { "types", models, .shared = true, .tests = list_tests };

/* SPDX-License-Identifier: MIT
 *
 * Texts, numbers, dates and bytes are equal, unique and sorted alike on all databases: texts by code point, so that case,
 * accents and trailing blanks count; NULL last in both directions.
 */
#include "suite.h"

/* clang-format off */
CF_CHOICES(Size, small, medium, large);

MODEL(Sample, "samples",
    (id,     Id),
    (text,   Nullable(String(50))),
    (whole,  Nullable(Integer)),
    (flag,   Nullable(Boolean)),
    (ratio,  Nullable(Float)),
    (price,  Nullable(Numeric(10, 2))),
    (exact,  Nullable(Numeric(38, 10))),
    (day,    Nullable(Date)),
    (at,     Nullable(Time)),
    (moment, Nullable(DateTime)),
    (key,    Nullable(Uuid)),
    (data,   Nullable(Blob)),
    (size,   Nullable(Enum(Size))),
    (note,   Nullable(Text)));

MODEL(Word, "words",
    (word, String(50), primary_key = true),
    (kind, Nullable(String(50)), unique = true));

static const struct cf_model *const models[] = { &Sample.model_, &Word.model_, NULL };

/* Values of a column, each greater than the one before. */
struct sequence {
    const char *name;
    const struct cf_column *column;
    const char *items[24];
};

#define OF(field) &Sample.columns_[Sample_item_##field##_]
static const struct sequence sequences[] = {
    { "texts sort by code point", OF(text), { "", " ", " a", "!", "0", "10", "9", "A", "AB", "Ab", "B", "Z", "_", "a", "a ", "a b", "aa", "ab", "z",
                                              "\303\204", "\303\244", "\346\227\245", "\357\277\275", "\360\237\216\211" } },
    { "long texts sort by code point", OF(note), { "", "A", "B", "a", "a ", "b", "\303\244", "\360\237\216\211" } },
    { "integers sort by value", OF(whole), { "-9223372036854775808", "-10", "-9", "-1", "0", "1", "9", "10", "100", "9223372036854775806", "9223372036854775807" } },
    { "booleans sort false before true", OF(flag), { "false", "true" } },
    { "floats sort by value", OF(ratio), { "-1.7976931348623157e308", "-1", "-0.5", "-5e-324", "0", "5e-324", "0.1", "0.2", "1e300" } },
    { "decimals sort by value", OF(price), { "-99999999.99", "-10.00", "-9.99", "-0.01", "0.00", "0.01", "9.99", "10.00", "99999999.99" } },
    { "decimals of 38 digits sort by value", OF(exact), { "-9999999999999999999999999999.9999999999", "-1234567890123456789012345678.0123456789",
                                                          "-10", "-9.5", "-0.0000000001", "0", "0.0000000001", "0.5", "9.5", "10", "10.0000000001",
                                                          "1234567890123456789012345678.0123456788", "1234567890123456789012345678.0123456789",
                                                          "9999999999999999999999999999.9999999999" } },
    { "dates sort by the calendar", OF(day), { "0001-01-01", "0999-12-31", "1000-01-01", "1969-12-31", "1970-01-01", "2026-11-23", "9999-12-31" } },
    { "times of the day sort", OF(at), { "00:00:00", "00:00:00.000001", "09:59:59.999999", "10:00:00", "23:59:59.999999" } },
    { "moments sort", OF(moment), { "0001-01-01T00:00:00Z", "1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000001Z",
                                    "2026-11-23T10:00:00Z", "2026-11-23T10:00:00.5Z", "9999-12-31T23:59:59.999999Z" } },
    { "UUIDs sort by their bytes", OF(key), { "00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000001",
                                              "7fffffff-ffff-ffff-ffff-ffffffffffff", "80000000-0000-0000-0000-000000000000",
                                              "a0000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff" } },
    { "blobs sort by their bytes", OF(data), { "", "0", "A", "AA", "a", "a ", "\177", "\200", "\377", "\377\377" } },
    { "enumerations sort by their labels", OF(size), { "large", "medium", "small" } },
};
/* clang-format on */
enum { SEQUENCES = sizeof sequences / sizeof sequences[0] };

static struct cf_operand column_operand(const struct cf_column *column)
{
    return (struct cf_operand){ .kind = CF_OPERAND_COLUMN, .column = column };
}

static size_t length(const struct sequence *sequence)
{
    size_t count = 0;
    while (count < 24 && sequence->items[count])
        count++;
    return count;
}

/* Rows 1, 2, 3 … of the sequence, written from its middle outwards, and one of NULL. */
static void write_sequence(const struct sequence *sequence)
{
    cf_db *db = new_session();
    size_t count = length(sequence);
    for (size_t i = 0; i < count; i++) {
        size_t at = (i * 29 + count / 2) % count; /* 29: greater than any count, and a prime */
        struct Sample *row = cf_new_(db, &Sample.model_);
        row->id = (int64_t)at + 1;
        set_field(sequence->column, row, sequence->items[at], strlen(sequence->items[at]));
        cf__session_add(db, &Sample.model_, row, 1 | (uint64_t)1 << (sequence->column - Sample.columns_));
    }
    cf_add(db, Sample, .id = 1000);
    cf_commit(db);
}

static void sorted(const void *sequence_)
{
    const struct sequence *sequence = sequence_;
    int64_t count = (int64_t)length(sequence);
    write_sequence(sequence);
    for (int descending = 0; descending < 2; descending++) {
        struct cf_order order = { column_operand(sequence->column), descending };
        struct Sample_list list = cf_find(new_session(), Sample, .order_by = { order });
        expect_integer(list.count, count + 1);
        for (int64_t i = 0; i < count; i++)
            expect_integer(list.items[i]->id, descending ? count - i : i + 1);
        expect_integer(list.items[count]->id, 1000);
    }
}

/* Each value of the sequence is less than, equal to, greater than the others as its place says. */
static void compared(const void *sequence_)
{
    const struct sequence *sequence = sequence_;
    int64_t count = (int64_t)length(sequence);
    write_sequence(sequence);
    cf_db *db = new_session();
    struct cf_operand column = column_operand(sequence->column);
    for (int64_t i = 0; i < count; i++) {
        struct Sample row = { 0 };
        set_field(sequence->column, &row, sequence->items[i], strlen(sequence->items[i]));
        struct cf_operand value = cf__field_value(sequence->column, &row);
        if (sequence->column->type == CF_TYPE_ENUM) /* only equality has a meaning */
            expect_integer(cf_count(db, Sample, .where = cf_compare_(CF_EQ, column, value)), 1);
        if (sequence->column->type == CF_TYPE_ENUM)
            continue;
        expect_integer(cf_count(db, Sample, .where = cf_compare_(CF_LT, column, value)), i);
        expect_integer(cf_count(db, Sample, .where = cf_compare_(CF_LE, column, value)), i + 1);
        expect_integer(cf_count(db, Sample, .where = cf_compare_(CF_EQ, column, value)), 1);
        expect_integer(cf_count(db, Sample, .where = cf_compare_(CF_NE, column, value)), count - 1);
        expect_integer(cf_count(db, Sample, .where = cf_compare_(CF_GE, column, value)), count - i);
        expect_integer(cf_count(db, Sample, .where = cf_compare_(CF_GT, column, value)), count - i - 1);
    }
}

/* ---- Texts are equal only to themselves ------------------------------------------------------------------------- */

static const char *const different[] = { "",         "a",        "A",         "a ", "a  ",      " a",
                                         "\303\244", "\303\204", "a\314\210", "ss", "\303\237", "i",
                                         "\304\261", "\304\260", "1",         "01", "1.0" };
enum { DIFFERENT = sizeof different / sizeof different[0] };

static void texts_that_differ_are_different_keys(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    for (size_t i = 0; i < DIFFERENT; i++)
        cf_add(db, Word, .word = different[i], .kind = different[i]);
    cf_commit(db);
    db = new_session();
    expect_integer(cf_count(db, Word), DIFFERENT);
    for (size_t i = 0; i < DIFFERENT; i++) {
        struct Word *word = cf_get(db, Word, different[i]);
        expect(word);
        expect_text(word->word, different[i]);
        expect_integer(cf_count(db, Word, .where = cf_eq(Word.kind, different[i])), 1);
    }
}

static void the_same_text_is_the_same_key(const void *unused)
{
    (void)unused;
    for (size_t i = 0; i < DIFFERENT; i++) {
        cf_db *db = new_session();
        cf_add(db, Word, .word = different[i]);
        cf_commit(db);
        cf_add(db, Word, .word = different[i]);
        expect_refused(db, CF_UNIQUE, "pk_words");
    }
}

static void null_is_unique_beside_null(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    cf_add(db, Word, .word = "a");
    cf_add(db, Word, .word = "b");
    cf_commit(db);
    expect_integer(cf_count(db, Word, .where = cf_is_null(Word.kind)), 2);
}

static void a_decimal_is_equal_whatever_its_scale(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    cf_decimal long_half, half;
    expect(cf_decimal_parse("0.50000000000000000000", &long_half) && cf_decimal_parse("0.5", &half));
    cf_add(db, Sample, .price = cf_optional(half), .exact = cf_optional(half));
    cf_commit(db);
    expect_integer(cf_count(db, Sample, .where = cf_eq(Sample.price, half)), 1);
    expect_integer(cf_count(db, Sample, .where = cf_eq(Sample.price, long_half)), 1);
    expect_integer(cf_count(db, Sample, .where = cf_eq(Sample.exact, half)), 1);
    expect_integer(cf_count(db, Sample, .where = cf_eq(Sample.exact, long_half)), 1);
    expect_integer(cf_count(db, Sample, .where = cf_gt(Sample.price, 0)), 1);
    expect_integer(cf_count(db, Sample, .where = cf_lt(Sample.exact, 1)), 1);
}

static void a_decimal_finer_than_the_column_is_not_rounded(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    cf_decimal finer;
    expect(cf_decimal_parse("0.504", &finer));
    cf_add(db, Sample, .price = cf_optional(cf_decimal_of(50, 2)));
    cf_commit(db);
    expect_integer(cf_count(db, Sample, .where = cf_eq(Sample.price, finer)), 0);
    expect_integer(cf_count(db, Sample, .where = cf_lt(Sample.price, finer)), 1);
    expect_integer(cf_count(db, Sample, .where = cf_ge(Sample.price, finer)), 0);
}

static void integers_are_compared_exactly(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    cf_add(db, Sample, .whole = cf_optional(INT64_C(9007199254740993)));
    cf_commit(db);
    expect_integer(cf_count(db, Sample, .where = cf_eq(Sample.whole, INT64_C(9007199254740993))), 1);
    expect_integer(cf_count(db, Sample, .where = cf_eq(Sample.whole, INT64_C(9007199254740992))), 0);
    expect_integer(cf_count(db, Sample, .where = cf_gt(Sample.whole, INT64_C(9007199254740992))), 1);
}

static void rows_sort_by_several_columns(const void *unused)
{
    (void)unused;
    cf_db *db = new_session();
    static const struct {
        int64_t id, whole;
        const char *text;
    } rows[] = { { 1, 2, "b" }, { 2, 1, "b" }, { 3, 2, "a" }, { 4, 1, NULL }, { 5, 1, "a" } };
    for (size_t i = 0; i < 5; i++)
        cf_add(db, Sample, .id = rows[i].id, .whole = cf_optional(rows[i].whole), .text = rows[i].text);
    cf_commit(db);
    static const int64_t orders[2][5] = { { 3, 1, 5, 2, 4 }, { 2, 5, 4, 1, 3 } };
    struct Sample_list lists[2] = {
        cf_find(db, Sample, .order_by = { cf_desc(Sample.whole), cf_asc(Sample.text) }),
        cf_find(db, Sample, .order_by = { cf_asc(Sample.whole), cf_desc(Sample.text) }),
    };
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < 5; j++)
            expect_integer(lists[i].items[j]->id, orders[i][j]);
}

static const struct test others[] = {
    TEST(texts_that_differ_are_different_keys),
    TEST(the_same_text_is_the_same_key),
    TEST(null_is_unique_beside_null),
    TEST(a_decimal_is_equal_whatever_its_scale),
    TEST(a_decimal_finer_than_the_column_is_not_rounded),
    TEST(integers_are_compared_exactly),
    TEST(rows_sort_by_several_columns),
};
enum { OTHERS = sizeof others / sizeof others[0] };

static const struct test *list_tests(size_t *count)
{
    static struct test tests[2 * SEQUENCES + OTHERS];
    static char names[SEQUENCES][80];
    *count = 0;
    for (size_t i = 0; i < SEQUENCES; i++) {
        snprintf(names[i], sizeof names[i], "%s, and compare so", sequences[i].name);
        tests[(*count)++] = (struct test){ sequences[i].name, sorted, &sequences[i] };
        tests[(*count)++] = (struct test){ names[i], compared, &sequences[i] };
    }
    for (size_t i = 0; i < OTHERS; i++)
        tests[(*count)++] = others[i];
    return tests;
}

const struct suite comparisons_suite = { "comparisons", models, .tests = list_tests };

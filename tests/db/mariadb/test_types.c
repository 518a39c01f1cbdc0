/* SPDX-License-Identifier: MIT
 *
 * Each type goes into MariaDB and comes back the same, at its extremes, too; and what the tables of others hold is read, or
 * refused with the column named.
 */
#include "support.h"

#include "../models.h"

static cf_engine *samples_engine(void)
{
    cf_engine *engine = open_engine(test_uri);
    run_script(engine, "DROP TABLE IF EXISTS samples");
    create_tables(engine, CF_MODELS(Sample));
    return engine;
}

static void insert_sample(struct cf__link *link, const struct Sample *sample)
{
    struct cf__write write = {
        .kind = CF__INSERT,
        .model = &Sample.model_,
        .columns = cf__model_columns(&Sample.model_),
        .rows = (const void *const[]){ sample },
        .count = 1,
    };
    struct cf__rows rows = cf__link_write(link, &write);
    assert_int_equal(cf__rows_changed(&rows), 1);
}

static struct Sample read_sample(struct cf__link *link, int64_t id)
{
    struct Sample sample;
    memset(&sample, 0x55, sizeof sample);
    struct cf__query query = { .kind = CF__SELECT,
                               .model = &Sample.model_,
                               .columns = cf__model_columns(&Sample.model_),
                               .where = cf_eq(Sample.id, id) };
    struct cf__rows rows = cf__link_run(link, &query);
    assert_true(cf__rows_next(&rows, &sample));
    cf__rows_end(&rows);
    return sample;
}

static cf_decimal decimal(const char *text)
{
    cf_decimal value;
    assert_true(cf_decimal_parse(text, &value));
    return value;
}

static const char *decimal_text(cf_decimal value)
{
    char *text = cf_alloc(here(), CF_DECIMAL_TEXT);
    cf_decimal_format(value, text);
    return text;
}

static cf_time moment(const char *text)
{
    cf_time value;
    assert_true(cf_time_parse(text, &value));
    return value;
}

static cf_uuid uuid(const char *text)
{
    cf_uuid value;
    assert_true(cf_uuid_parse(text, &value));
    return value;
}

/* Everything set; the nullable columns are NULL. */
static struct Sample plain_sample(int64_t id)
{
    return (struct Sample){
        .id = id,
        .whole = 7,
        .small = 8,
        .big = 9,
        .truth = true,
        .number = 0.1,
        .price = decimal("12.5"),
        .long_number = decimal("1.5"),
        .name = "kim",
        .words = "some words",
        .day = { 2024, 1, 2 },
        .clock = { ((3 * 60 + 4) * 60 + 5) * INT64_C(1000000) + 6 },
        .moment = moment("2024-01-02T03:04:05.000678Z"),
        .token = uuid("00112233-4455-6677-8899-aabbccddeeff"),
        .bytes = { "\0\1\2", 3 },
        .extra = "{\"a\": [1]}",
        .status = Status_withdrawn,
        .color = "ultraviolet",
    };
}

/* ---- There and back --------------------------------------------------------------------------------------------- */

static void assert_same_decimals(struct cf__link *link, const struct Sample *sample, const char *price,
                                 const char *long_number)
{
    insert_sample(link, sample);
    struct Sample read = read_sample(link, sample->id);
    assert_string_equal(decimal_text(read.price), price);
    assert_string_equal(decimal_text(read.long_number), long_number);
}

static void extremes(void *unused)
{
    (void)unused;
    cf_engine *engine = samples_engine();
    struct cf__link link = new_link(engine);
    struct Sample low = plain_sample(INT64_MIN), high = plain_sample(INT64_MAX);
    low.whole = low.big = INT64_MIN;
    low.small = INT16_MIN;
    low.number = -1.7976931348623157e308;
    low.price = decimal("-99999999.99");
    low.long_number = decimal("-9999999999999999999999999999.9999999999");
    low.name = low.words = "";
    low.day = (cf_date){ 1, 1, 1 };
    low.clock.microseconds = 0;
    low.moment = moment("0001-01-01T00:00:00Z");
    low.token = (cf_uuid){ 0 };
    low.bytes = (cf_bytes){ NULL, 0 };
    assert_same_decimals(&link, &low, "-99999999.99", "-9999999999999999999999999999.9999999999");
    high.whole = high.big = INT64_MAX;
    high.number = 5e-324;
    high.price = decimal("99999999.99");
    high.long_number = decimal("0.0000000001");
    high.words = "\xF0\x9F\x98\x80 it's \"quoted\" \\ % \n\t";
    high.clock.microseconds = INT64_C(86399999999);
    high.moment = moment("9999-12-31T23:59:59.999999Z");
    memset(&high.token, 0xff, sizeof high.token);
    assert_same_decimals(&link, &high, "99999999.99", "0.0000000001");
    struct Sample read = read_sample(&link, INT64_MIN);
    assert_int_equal(read.big, INT64_MIN);
    assert_true(read.number == -1.7976931348623157e308);
    assert_string_equal(read.words, "");
    assert_int_equal(read.day.year, 1);
    assert_int_equal(read.moment.microseconds, low.moment.microseconds);
    assert_int_equal(read.bytes.size, 0);
    read = read_sample(&link, INT64_MAX);
    assert_int_equal(read.big, INT64_MAX);
    assert_true(read.number == 5e-324);
    assert_string_equal(read.words, high.words);
    assert_int_equal(read.clock.microseconds, INT64_C(86399999999));
    assert_int_equal(read.moment.microseconds, high.moment.microseconds);
    assert_memory_equal(&read.token, &high.token, sizeof read.token);
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void extremes_come_back_as_they_went_in(void **state)
{
    (void)state;
    in_fiber(extremes, NULL);
}

/* ---- Comparing -------------------------------------------------------------------------------------------------- */

static int64_t count_where(struct cf__link *link, const cf_expr *where)
{
    struct cf__query query = { .kind = CF__COUNT, .model = &Sample.model_, .where = where };
    struct cf__rows rows = cf__link_run(link, &query);
    return cf__rows_integer(&rows);
}

static void decimals(void *unused)
{
    (void)unused;
    cf_engine *engine = samples_engine();
    struct cf__link link = new_link(engine);
    static const char *const long_numbers[] = { "9", "10", "-10", "12345678901234567890.5", "12345678901234567890.6" };
    for (int i = 0; i < 5; i++) {
        struct Sample sample = plain_sample(i + 1);
        sample.long_number = decimal(long_numbers[i]);
        insert_sample(&link, &sample);
    }
    assert_int_equal(count_where(&link, cf_eq(Sample.price, decimal("12.500"))), 5);
    assert_int_equal(count_where(&link, cf_eq(Sample.price, decimal("12.501"))), 0);
    assert_int_equal(count_where(&link, cf_lt(Sample.price, decimal("12.501"))), 5);
    assert_int_equal(count_where(&link, cf_gt(Sample.price, 12)), 5);
    assert_int_equal(count_where(&link, cf_in(Sample.price, decimal("1"), decimal("12.5"))), 5);
    assert_int_equal(count_where(&link, cf_lt(Sample.long_number, 10)), 2);
    assert_int_equal(count_where(&link, cf_eq(Sample.long_number, decimal("10.000"))), 1);
    assert_int_equal(count_where(&link, cf_gt(Sample.long_number, decimal("12345678901234567890.5"))), 1);
    assert_int_equal(count_where(&link, cf_gt(Sample.long_number, decimal("12345678901234567890.59999999999"))), 1);
    assert_int_equal(count_where(&link, cf_eq(Sample.long_number, decimal("12345678901234567890.59999999999"))), 0);
    assert_string_equal(ask_text(&link,
                                 "SELECT GROUP_CONCAT(id ORDER BY long_number SEPARATOR ' ') AS text FROM samples"),
                        "3 1 2 4 5");
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void decimals_compare_by_value_however_many_digits(void **state)
{
    (void)state;
    in_fiber(decimals, NULL);
}

static void comparing(void *unused)
{
    (void)unused;
    cf_engine *engine = samples_engine();
    struct cf__link link = new_link(engine);
    struct Sample sample = plain_sample(1);
    insert_sample(&link, &sample);
    assert_int_equal(count_where(&link, cf_eq(Sample.status, Status_withdrawn)), 1);
    assert_int_equal(count_where(&link, cf_ne(Sample.status, Status_draft)), 1);
    assert_int_equal(count_where(&link, cf_eq(Sample.status, 99)), 0);
    assert_int_equal(count_where(&link, cf_eq(Sample.color, "ultraviolet")), 1);
    assert_int_equal(count_where(&link, cf_eq(Sample.truth, true)), 1);
    assert_int_equal(count_where(&link, cf_eq(Sample.day, sample.day)), 1);
    assert_int_equal(count_where(&link, cf_gt(Sample.day, ((cf_date){ 2023, 12, 31 }))), 1);
    assert_int_equal(count_where(&link, cf_lt(Sample.moment, moment("2024-01-02T03:04:05.00068Z"))), 1);
    assert_int_equal(count_where(&link, cf_le(Sample.clock, sample.clock)), 1);
    assert_int_equal(count_where(&link, cf_eq(Sample.token, sample.token)), 1);
    assert_int_equal(count_where(&link, cf_eq(Sample.bytes, sample.bytes)), 1);
    assert_int_equal(count_where(&link, cf_eq(Sample.number, 0.1)), 1);
    assert_int_equal(count_where(&link, cf_lt(Sample.small, 1000000)), 1);
    assert_int_equal(count_where(&link, cf_eq(Sample.name, "Kim")), 0); /* byte by byte, as everywhere */
    assert_int_equal(count_where(&link, cf_eq(Sample.name, "kim ")), 0);
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void every_type_can_be_compared_with_a_value(void **state)
{
    (void)state;
    in_fiber(comparing, NULL);
}

/* ---- Long ones --------------------------------------------------------------------------------------------------- */

static void megabyte(void *unused)
{
    (void)unused;
    enum { SIZE = 1 << 20 };
    cf_engine *engine = samples_engine();
    struct cf__link link = new_link(engine);
    struct Sample sample = plain_sample(1);
    char *text = cf_alloc(here(), SIZE + 1);
    unsigned char *bytes = cf_alloc(here(), SIZE);
    for (size_t i = 0; i < SIZE; i++) {
        text[i] = (char)('a' + i % 26);
        bytes[i] = (unsigned char)(i * 7);
    }
    sample.words = sample.maybe_words = text;
    sample.bytes = (cf_bytes){ bytes, SIZE };
    insert_sample(&link, &sample);
    struct Sample read = read_sample(&link, 1);
    assert_int_equal(strlen(read.words), SIZE);
    assert_string_equal(read.words, text);
    assert_string_equal(read.maybe_words, text);
    assert_int_equal(read.bytes.size, SIZE);
    assert_memory_equal(read.bytes.data, bytes, SIZE);
    for (size_t size = 60; size < 100; size++) { /* around what is kept in place */
        sample.id = (int64_t)size;
        text[size] = '\0';
        insert_sample(&link, &sample);
        assert_string_equal(read_sample(&link, sample.id).words, text);
        text[size] = 'x';
    }
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void a_megabyte_of_text_and_of_bytes_comes_back(void **state)
{
    (void)state;
    in_fiber(megabyte, NULL);
}

/* ---- What others have ------------------------------------------------------------------------------------------- */

/* A model, since its rows may be read in part. */
MODEL(Other, "others", (whole, Nullable(Integer)), (truth, Nullable(Boolean)), (number, Nullable(Float)),
      (price, Nullable(Numeric(10, 2))), (text, Nullable(Text)), (day, Nullable(Date)), (clock, Nullable(Time)),
      (moment, Nullable(DateTime)), (token, Nullable(Uuid)), (bytes, Nullable(Blob)), (status, Nullable(Enum(Status))));

struct asking {
    struct cf__link *link;
    const char *sql;
    struct Other other;
};

static void ask_other(void *asking_)
{
    struct asking *asking = asking_;
    uint64_t read;
    struct cf__rows rows = cf__link_sql(asking->link, asking->sql, NULL, 0, &Other.model_, &read, false);
    assert_true(cf__rows_next(&rows, &asking->other));
    cf__rows_end(&rows);
}

static struct Other other_of(struct cf__link *link, const char *sql)
{
    struct asking asking = { .link = link, .sql = sql };
    ask_other(&asking);
    return asking.other;
}

static void others(void *unused)
{
    (void)unused;
    cf_engine *engine = open_engine(test_uri);
    struct cf__link link = new_link(engine);
    run_script(
        engine,
        "CREATE TABLE others (small TINYINT UNSIGNED, medium MEDIUMINT, big BIGINT UNSIGNED, year YEAR, bits BIT(10), "
        "single FLOAT, kind ENUM('draft', 'published'), latin VARCHAR(20) CHARACTER SET latin1, stamp TIMESTAMP(3) "
        "NULL, "
        "raw BINARY(16), uuid UUID, tiny TINYTEXT)");
    run_script(engine,
               "INSERT INTO others VALUES (255, -8388608, 9223372036854775807, 2024, b'1000000001', 0.5, 'published', "
               "'Zürich', '2024-02-29 12:00:00.123', X'00112233445566778899AABBCCDDEEFF', "
               "'00112233-4455-6677-8899-aabbccddeeff', '2024-02-29')");
    assert_int_equal(other_of(&link, "SELECT small AS whole FROM others").whole.value, 255);
    assert_int_equal(other_of(&link, "SELECT medium AS whole FROM others").whole.value, -8388608);
    assert_int_equal(other_of(&link, "SELECT big AS whole FROM others").whole.value, INT64_MAX);
    assert_int_equal(other_of(&link, "SELECT year AS whole FROM others").whole.value, 2024);
    assert_int_equal(other_of(&link, "SELECT bits AS whole FROM others").whole.value, 513);
    assert_int_equal(other_of(&link, "SELECT SUM(medium) AS whole FROM others").whole.value, -8388608);
    assert_true(other_of(&link, "SELECT bits AS truth FROM others").truth.value);
    assert_true(other_of(&link, "SELECT single AS number FROM others").number.value == 0.5);
    assert_true(other_of(&link, "SELECT AVG(small) AS number FROM others").number.value == 255);
    assert_string_equal(decimal_text(other_of(&link, "SELECT small AS price FROM others").price.value), "255.00");
    assert_string_equal(decimal_text(other_of(&link, "SELECT single AS price FROM others").price.value), "0.50");
    assert_int_equal(other_of(&link, "SELECT kind AS status FROM others").status.value, Status_published);
    assert_string_equal(other_of(&link, "SELECT latin AS text FROM others").text, "Zürich");
    assert_string_equal(other_of(&link, "SELECT big AS text FROM others").text, "9223372036854775807");
    assert_string_equal(other_of(&link, "SELECT stamp AS text FROM others").text, "2024-02-29 12:00:00.123");
    assert_int_equal(other_of(&link, "SELECT stamp AS moment FROM others").moment.value.microseconds,
                     moment("2024-02-29T12:00:00.123Z").microseconds);
    assert_int_equal(other_of(&link, "SELECT tiny AS moment FROM others").moment.value.microseconds,
                     moment("2024-02-29T00:00:00Z").microseconds);
    assert_int_equal(other_of(&link, "SELECT stamp AS clock FROM others").clock.value.microseconds,
                     INT64_C(43200123000));
    assert_int_equal(other_of(&link, "SELECT tiny AS day FROM others").day.value.month, 2);
    assert_int_equal(other_of(&link, "SELECT raw AS token FROM others").token.value.bytes[15], 0xff);
    assert_int_equal(other_of(&link, "SELECT uuid AS token FROM others").token.value.bytes[15], 0xff);
    assert_int_equal(other_of(&link, "SELECT raw AS bytes FROM others").bytes.size, 16);
    assert_false(other_of(&link, "SELECT NULL AS whole, NULL AS day").day.is_set);
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void types_of_other_tables_are_read_as_what_they_hold(void **state)
{
    (void)state;
    in_fiber(others, NULL);
}

/* The dialect's patterns, with values where the compiler puts placeholders. */
static int64_t matches(struct cf__link *link, enum cf_operator operator, const char * column, const char *value)
{
    struct cf__buffer sql = cf__buffer_new(cf__current(), CF__CAP_SQL, "a statement");
    struct cf_operand values[2] = { { .kind = CF_OPERAND_TEXT, .text = value },
                                    { .kind = CF_OPERAND_TEXT, .text = value } };
    size_t count = 0;
    cf__buffer_string(&sql, "SELECT COUNT(*) FROM collated WHERE ");
    for (const char *at = (*cf__mariadb_driver.dialect->patterns)[operator]; *at; at++) {
        bool alone = !strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ_", at[1]) && (at[-1] == '(' || at[-1] == ' ');
        if (*at == 'L' && alone)
            cf__buffer_string(&sql, column);
        else if (*at == 'R' && alone)
            cf__buffer_char(&sql, '?'), count++;
        else
            cf__buffer_char(&sql, *at);
    }
    struct cf__rows rows = cf__link_sql(link, cf__buffer_text(&sql), values, count, NULL, NULL, false);
    return cf__rows_integer(&rows);
}

static void collated(void *unused)
{
    (void)unused;
    static const char *const columns[] = { "own", "latin", "general" };
    cf_engine *engine = open_engine(test_uri);
    struct cf__link link = new_link(engine);
    run_script(
        engine,
        "CREATE TABLE collated (own VARCHAR(20) COLLATE utf8mb4_nopad_bin, latin VARCHAR(20) CHARACTER SET latin1, "
        "general VARCHAR(20) COLLATE utf8mb4_general_ci)");
    run_script(engine, "INSERT INTO collated VALUES ('Zürich %', 'Zürich %', 'Zürich %')");
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(matches(&link, CF_CONTAINS, columns[i], "üri"), 1);
        assert_int_equal(matches(&link, CF_CONTAINS, columns[i], "URI"), 0);
        assert_int_equal(matches(&link, CF_CONTAINS, columns[i], "%"), 1);
        assert_int_equal(matches(&link, CF_STARTS_WITH, columns[i], "Zü"), 1);
        assert_int_equal(matches(&link, CF_STARTS_WITH, columns[i], "zü"), 0);
        assert_int_equal(matches(&link, CF_ENDS_WITH, columns[i], "ch %"), 1);
        assert_int_equal(matches(&link, CF_ENDS_WITH, columns[i], "CH %"), 0);
        assert_int_equal(matches(&link, CF_ENDS_WITH, columns[i], ""), 1);
    }
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void texts_are_searched_byte_by_byte_whatever_the_collation(void **state)
{
    (void)state;
    in_fiber(collated, NULL);
}

static void rubbish(void *unused)
{
    (void)unused;
    static const struct {
        const char *sql, *message;
    } cases[] = {
        { "SELECT CAST('0000-00-00' AS DATE) AS day", NULL },
        { "SELECT 'soon' AS day", "Other.day holds \"soon\", which is no value of its type" },
        { "SELECT 'soon' AS moment", "Other.moment holds \"soon\", which is no value of its type" },
        { "SELECT CAST('25:00:00' AS TIME) AS clock", "Other.clock holds \"25:00:00\", which is no value of its type" },
        { "SELECT CAST('-01:00:00' AS TIME) AS clock",
          "Other.clock holds \"-01:00:00\", which is no value of its type" },
        { "SELECT 'x' AS token", "Other.token holds \"x\", which is no value of its type" },
        { "SELECT 'lost' AS status", "Other.status holds \"lost\", which is no value of its type" },
        { "SELECT 'much' AS price", "Other.price holds \"much\", which is no value of its type" },
        { "SELECT 'many' AS whole", "Other.whole holds \"many\", which is no value of its type" },
        { "SELECT 1.5 AS whole", "Other.whole holds \"1.5\", which is no value of its type" },
        { "SELECT CAST(18446744073709551615 AS UNSIGNED) AS whole",
          "Other.whole holds \"18446744073709551615\", which is no value of its type" },
        { "SELECT 'maybe' AS truth", "Other.truth holds \"maybe\", which is no value of its type" },
        { "SELECT 'pi' AS number", "Other.number holds \"pi\", which is no value of its type" },
    };
    cf_engine *engine = open_engine(test_uri);
    struct cf__link link = new_link(engine);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct asking asking = { .link = &link, .sql = cases[i].sql };
        if (!cases[i].message) { /* the session has no such date */
            assert_false(other_of(&link, cases[i].sql).day.is_set);
            continue;
        }
        const cf_error *error = error_of(ask_other, &asking);
        assert_string_equal(error->message, cases[i].message);
        assert_int_equal(error->code, CF_CORRUPT);
    }
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void a_value_of_another_type_is_an_error_that_names_the_column(void **state)
{
    (void)state;
    in_fiber(rubbish, NULL);
}

static void insert_infinite(void *link)
{
    struct Sample sample = plain_sample(1);
    sample.number = 1e308 * 10;
    insert_sample(link, &sample);
}

static void infinite(void *unused)
{
    (void)unused;
    cf_engine *engine = samples_engine();
    struct cf__link link = new_link(engine);
    const cf_error *error = error_of(insert_infinite, &link);
    assert_int_equal(error->code, CF_INVALID);
    assert_string_equal(error->message,
                        "number: the database has no infinite numbers and none that are no number (NaN)");
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void a_number_the_database_does_not_have_is_refused(void **state)
{
    (void)state;
    in_fiber(infinite, NULL);
}

/* ---- Defaults --------------------------------------------------------------------------------------------------- */

/* clang-format off */
MODEL(Constant, "constants",
    (id,       Id),
    (exact,    Numeric(38, 10), server_default = "1234567890123456789012345678.0123456789"),
    (number,   Float,           server_default = "-1.5e10"),
    (truth,    Boolean,         server_default = "yes"),
    (moment,   DateTime,        server_default = "2024-01-02T03:04:05Z"),
    (clock,    Time,            server_default = "03:04:05.5"),
    (token,    Uuid,            server_default = "00112233-4455-6677-8899-aabbccddeeff"),
    (text,     Text,            server_default = "it's \"so\""),
    (now,      DateTime,        server_default_sql = "CURRENT_TIMESTAMP"),
    (sum,      Integer,         server_default_sql = "1 + 2"));
/* clang-format on */

static void long_defaults(void *unused)
{
    (void)unused;
    cf_engine *engine = open_engine(test_uri);
    create_tables(engine, CF_MODELS(Constant));
    struct cf__link link = new_link(engine);
    struct Constant constant = { 0 };
    struct cf__write insert = { .kind = CF__INSERT,
                                .model = &Constant.model_,
                                .returning = cf__model_columns(&Constant.model_),
                                .rows = (const void *const[]){ &constant },
                                .count = 1 };
    struct cf__rows rows = cf__link_write(&link, &insert);
    assert_true(cf__rows_next(&rows, &constant));
    cf__rows_end(&rows);
    assert_string_equal(decimal_text(constant.exact), "1234567890123456789012345678.0123456789");
    assert_true(constant.number == -1.5e10 && constant.truth);
    assert_int_equal(constant.moment.microseconds, moment("2024-01-02T03:04:05Z").microseconds);
    assert_int_equal(constant.clock.microseconds, INT64_C(11045500000));
    assert_int_equal(constant.token.bytes[1], 0x11);
    assert_string_equal(constant.text, "it's \"so\"");
    assert_true(constant.now.microseconds > 0);
    assert_int_equal(constant.sum, 3);
    assert_string_equal(ask_text(&link, "SELECT moment || '|' || clock || '|' || token AS text FROM constants"),
                        "2024-01-02 03:04:05.000000|03:04:05.500000|00112233445566778899aabbccddeeff");
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void defaults_are_stored_like_written_values(void **state)
{
    (void)state;
    in_fiber(long_defaults, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extremes_come_back_as_they_went_in),
        cmocka_unit_test(a_megabyte_of_text_and_of_bytes_comes_back),
        cmocka_unit_test(decimals_compare_by_value_however_many_digits),
        cmocka_unit_test(every_type_can_be_compared_with_a_value),
        cmocka_unit_test(types_of_other_tables_are_read_as_what_they_hold),
        cmocka_unit_test(texts_are_searched_byte_by_byte_whatever_the_collation),
        cmocka_unit_test(a_value_of_another_type_is_an_error_that_names_the_column),
        cmocka_unit_test(a_number_the_database_does_not_have_is_refused),
        cmocka_unit_test(defaults_are_stored_like_written_values),
    };
    RUN_TESTS("db/mariadb/types", tests);
}

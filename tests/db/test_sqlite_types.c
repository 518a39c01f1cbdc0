/* SPDX-License-Identifier: MIT
 *
 * Each type goes into SQLite and comes back the same; what lies in the file meanwhile is compared as text.
 */
#include "../../src/db/drivers.h"
#include "../../src/db/sqlite/sqlite.h"
#include "support.h"

#include "models.h"

static cf_engine *samples_engine(void)
{
    cf_engine *engine = open_engine("sqlite://");
    create_tables(engine, CF_MODELS(Sample));
    return engine;
}

static void insert_sample(struct cf__link *link, const struct Sample *sample)
{
    struct cf__write write = { .kind = CF__INSERT,
                               .model = &Sample.model_,
                               .columns = cf__model_columns(&Sample.model_),
                               .rows = (const void *const[]){ sample },
                               .count = 1 };
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

/* ---- Storage ---------------------------------------------------------------------------------------------------- */

static void storage(void *unused)
{
    (void)unused;
    static const struct {
        const char *column, *stored;
    } cases[] = {
        { "whole", "integer 7" },
        { "small", "integer 8" },
        { "big", "integer 9" },
        { "truth", "integer 1" },
        { "number", "real 0.1" },
        { "price", "real 12.5" },
        { "long_number", "text 1.5000000000" },
        { "name", "text kim" },
        { "words", "text some words" },
        { "day", "text 2024-01-02" },
        { "clock", "text 03:04:05.000006" },
        { "moment", "text 2024-01-02 03:04:05.000678" },
        { "token", "text 00112233445566778899aabbccddeeff" },
        { "hex(bytes)", "text 000102" },
        { "extra", "text {\"a\": [1]}" },
        { "status", "text withdrawn" },
        { "color", "text ultraviolet" },
        { "coalesce(maybe_whole, 'none')", "text none" },
    };
    cf_engine *engine = samples_engine();
    struct cf__link link = new_link(engine);
    struct Sample sample = plain_sample(1);
    insert_sample(&link, &sample);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(ask_text(&link, cf_format(here(), "SELECT typeof(%s) || ' ' || %s AS text FROM samples",
                                                      cases[i].column, cases[i].column)),
                            cases[i].stored);
    for (size_t i = 18; i < Sample.model_.count; i++)
        assert_string_equal(ask_text(&link, cf_format(here(), "SELECT typeof(%s) AS text FROM samples",
                                                      Sample.columns_[i].name)),
                            "null");
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void values_are_stored_as_sqlalchemy_stores_them(void **state)
{
    (void)state;
    in_fiber(storage, NULL);
}

/* ---- There and back --------------------------------------------------------------------------------------------- */

static void plain(void *unused)
{
    (void)unused;
    cf_engine *engine = samples_engine();
    struct cf__link link = new_link(engine);
    struct Sample written = plain_sample(1);
    insert_sample(&link, &written);
    struct Sample read = read_sample(&link, 1);
    assert_int_equal(read.whole, 7);
    assert_int_equal(read.small, 8);
    assert_int_equal(read.big, 9);
    assert_true(read.truth);
    assert_true(read.number == 0.1);
    assert_string_equal(decimal_text(read.price), "12.50");
    assert_string_equal(decimal_text(read.long_number), "1.5000000000");
    assert_string_equal(read.name, "kim");
    assert_string_equal(read.words, "some words");
    assert_memory_equal(&read.day, &written.day, sizeof read.day);
    assert_int_equal(read.clock.microseconds, written.clock.microseconds);
    assert_int_equal(read.moment.microseconds, written.moment.microseconds);
    assert_memory_equal(&read.token, &written.token, sizeof read.token);
    assert_int_equal(read.bytes.size, 3);
    assert_memory_equal(read.bytes.data, "\0\1\2", 3);
    assert_string_equal(read.extra, "{\"a\": [1]}");
    assert_int_equal(read.status, Status_withdrawn);
    assert_string_equal(read.color, "ultraviolet");
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void every_type_comes_back_as_it_went_in(void **state)
{
    (void)state;
    in_fiber(plain, NULL);
}

static void nulls(void *unused)
{
    (void)unused;
    cf_engine *engine = samples_engine();
    struct cf__link link = new_link(engine);
    struct Sample written = plain_sample(1);
    insert_sample(&link, &written);
    struct Sample read = read_sample(&link, 1);
    assert_false(read.maybe_whole.is_set || read.maybe_small.is_set || read.maybe_big.is_set ||
                 read.maybe_truth.is_set);
    assert_false(read.maybe_number.is_set || read.maybe_price.is_set || read.maybe_long.is_set ||
                 read.maybe_day.is_set);
    assert_false(read.maybe_clock.is_set || read.maybe_moment.is_set || read.maybe_token.is_set ||
                 read.maybe_status.is_set);
    assert_null(read.maybe_name);
    assert_null(read.maybe_words);
    assert_null(read.maybe_bytes.data);
    assert_null(read.maybe_extra);
    assert_null(read.maybe_color);
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void null_comes_back_as_null_in_every_type(void **state)
{
    (void)state;
    in_fiber(nulls, NULL);
}

static void nullables(void *unused)
{
    (void)unused;
    cf_engine *engine = samples_engine();
    struct cf__link link = new_link(engine);
    struct Sample written = plain_sample(1);
    written.maybe_whole = (cf_optional_integer){ 0, true };
    written.maybe_small = (cf_optional_integer){ -1, true };
    written.maybe_big = (cf_optional_integer){ INT64_MIN, true };
    written.maybe_truth = (cf_optional_boolean){ false, true };
    written.maybe_number = (cf_optional_number){ -0.5, true };
    written.maybe_price = (cf_optional_decimal){ decimal("-0.01"), true };
    written.maybe_long = (cf_optional_decimal){ decimal("-1234567890123456789012345678.0123456789"), true };
    written.maybe_name = "";
    written.maybe_words = "x";
    written.maybe_day = (cf_optional_date){ { 9999, 12, 31 }, true };
    written.maybe_clock = (cf_optional_clock){ { 0 }, true };
    written.maybe_moment = (cf_optional_time){ { 0 }, true };
    written.maybe_token = (cf_optional_uuid){ .is_set = true };
    written.maybe_bytes = (cf_bytes){ "", 0 };
    written.maybe_extra = "null";
    written.maybe_status = (Status_optional){ Status_draft, true };
    written.maybe_color = "green";
    insert_sample(&link, &written);
    struct Sample read = read_sample(&link, 1);
    assert_true(read.maybe_whole.is_set && read.maybe_whole.value == 0);
    assert_true(read.maybe_small.is_set && read.maybe_small.value == -1);
    assert_true(read.maybe_big.is_set && read.maybe_big.value == INT64_MIN);
    assert_true(read.maybe_truth.is_set && !read.maybe_truth.value);
    assert_true(read.maybe_number.is_set && read.maybe_number.value == -0.5);
    assert_true(read.maybe_price.is_set && read.maybe_long.is_set);
    assert_string_equal(decimal_text(read.maybe_price.value), "-0.01");
    assert_string_equal(decimal_text(read.maybe_long.value), "-1234567890123456789012345678.0123456789");
    assert_string_equal(read.maybe_name, "");
    assert_string_equal(read.maybe_words, "x");
    assert_true(read.maybe_day.is_set && read.maybe_day.value.year == 9999 && read.maybe_day.value.day == 31);
    assert_true(read.maybe_clock.is_set && read.maybe_clock.value.microseconds == 0);
    assert_true(read.maybe_moment.is_set && read.maybe_moment.value.microseconds == 0);
    assert_true(read.maybe_token.is_set && read.maybe_token.value.bytes[15] == 0);
    assert_non_null(read.maybe_bytes.data);
    assert_int_equal(read.maybe_bytes.size, 0);
    assert_string_equal(read.maybe_extra, "null");
    assert_true(read.maybe_status.is_set && read.maybe_status.value == Status_draft);
    assert_string_equal(read.maybe_color, "green");
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void a_nullable_column_tells_zero_and_empty_from_null(void **state)
{
    (void)state;
    in_fiber(nullables, NULL);
}

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

/* clang-format off */
MODEL(Exact, "exact", (id, Id), (whole, Numeric(15, 0)), (middle, Numeric(15, 7)), (tiny, Numeric(15, 15)));
/* clang-format on */

static void fifteen(void *unused)
{
    (void)unused;
    static const char *const digits[] = { "999999999999999", "123456789012345", "100000000000001", "314159265358979",
                                          "1" };
    cf_engine *engine = open_engine("sqlite://");
    create_tables(engine, CF_MODELS(Exact));
    struct cf__link link = new_link(engine);
    for (size_t i = 0; i < 2 * sizeof digits / sizeof digits[0]; i++) {
        int64_t units = strtoll(digits[i / 2], NULL, 10) * (i % 2 ? -1 : 1);
        struct Exact written = { (int64_t)i + 1, cf_decimal_of(units, 0), cf_decimal_of(units, 7),
                                 cf_decimal_of(units, 15) },
                     read = { 0 };
        struct cf__write insert = { .kind = CF__INSERT,
                                    .model = &Exact.model_,
                                    .columns = 15,
                                    .rows = (const void *const[]){ &written },
                                    .count = 1 };
        struct cf__rows rows = cf__link_write(&link, &insert);
        cf__rows_changed(&rows);
        struct cf__query select = { .kind = CF__SELECT, .model = &Exact.model_, .columns = 15, .key_row = &written };
        rows = cf__link_run(&link, &select);
        assert_true(cf__rows_next(&rows, &read));
        cf__rows_end(&rows);
        assert_string_equal(decimal_text(read.whole), decimal_text(written.whole));
        assert_string_equal(decimal_text(read.middle), decimal_text(written.middle));
        assert_string_equal(decimal_text(read.tiny), decimal_text(written.tiny));
    }
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void fifteen_digits_survive_sqlites_real_numbers(void **state)
{
    (void)state;
    in_fiber(fifteen, NULL);
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
    assert_string_equal(
        ask_text(&link, "SELECT group_concat(id, ' ') AS text FROM (SELECT id FROM samples ORDER BY long_number)"),
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
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void every_type_can_be_compared_with_a_value(void **state)
{
    (void)state;
    in_fiber(comparing, NULL);
}

/* ---- What others wrote ------------------------------------------------------------------------------------------ */

static void others(void *unused)
{
    (void)unused;
    cf_engine *engine = samples_engine();
    struct cf__link link = new_link(engine);
    struct Sample sample = plain_sample(1);
    insert_sample(&link, &sample);
    execute(&link, "UPDATE samples SET moment = '2024-02-29 12:00:00', price = 3, number = 2, clock = '12:30', "
                   "token = '00112233-4455-6677-8899-AABBCCDDEEFF', maybe_moment = CURRENT_TIMESTAMP, maybe_long = 5");
    struct Sample read = read_sample(&link, 1);
    assert_int_equal(read.moment.microseconds, moment("2024-02-29T12:00:00Z").microseconds);
    assert_string_equal(decimal_text(read.price), "3.00");
    assert_true(read.number == 2.0);
    assert_int_equal(read.clock.microseconds, INT64_C(45000000000));
    assert_int_equal(read.token.bytes[15], 0xff);
    assert_true(read.maybe_moment.is_set);
    assert_string_equal(decimal_text(read.maybe_long.value), "5.0000000000");
    cf__link_end(&link);
    cf__engine_close(engine);
}

static void what_sql_itself_writes_is_read_as_well(void **state)
{
    (void)state;
    in_fiber(others, NULL);
}

static void read_first(void *link)
{
    read_sample(link, 1);
}

static void rubbish(void *unused)
{
    (void)unused;
    static const struct {
        const char *assignment, *message;
    } cases[] = {
        { "day = 'soon'", "Sample.day holds \"soon\", which is no value of its type" },
        { "moment = '2024-13-01'", "Sample.moment holds \"2024-13-01\", which is no value of its type" },
        { "clock = 'noon'", "Sample.clock holds \"noon\", which is no value of its type" },
        { "token = 'x'", "Sample.token holds \"x\", which is no value of its type" },
        { "status = 'lost'", "Sample.status holds \"lost\", which is no value of its type" },
        { "price = 'much'", "Sample.price holds \"much\", which is no value of its type" },
        { "price = 9e999", "Sample.price holds \"Inf\", which is no value of its type" },
        { "whole = 'many'", "Sample.whole holds \"many\", which is no value of its type" },
        { "whole = '7 of 9'", "Sample.whole holds \"7 of 9\", which is no value of its type" },
        { "truth = 'maybe'", "Sample.truth holds \"maybe\", which is no value of its type" },
        { "number = 'pi'", "Sample.number holds \"pi\", which is no value of its type" },
        { "whole = 1.5", "Sample.whole holds \"1.5\", which is no value of its type" },
    };
    cf_engine *engine = samples_engine();
    struct cf__link link = new_link(engine);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct Sample sample = plain_sample(1);
        insert_sample(&link, &sample);
        execute(&link, cf_format(here(), "UPDATE samples SET %s", cases[i].assignment));
        const cf_error *error = error_of(read_first, &link);
        assert_int_equal(error->code, CF_CORRUPT);
        assert_string_equal(error->message, cases[i].message);
        cf__link_rollback(&link);
    }
    cf__engine_close(engine);
}

static void a_value_of_another_type_is_an_error_that_names_the_column(void **state)
{
    (void)state;
    in_fiber(rubbish, NULL);
}

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
    cf_engine *engine = open_engine("sqlite://");
    create_tables(engine, CF_MODELS(Constant));
    struct cf__link link = new_link(engine);
    struct Constant constant = { 0 };
    struct cf__write insert = {
        .kind = CF__INSERT, .model = &Constant.model_, .returning = cf__model_columns(&Constant.model_), .count = 1
    };
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

static const struct cf_driver *driver_met(void)
{
    struct cf_uri uri;
    cf__uri_parse(cf__current(), "sqlite://", &uri);
    return cf__driver_find(&uri);
}

static void what_is_met(void *unused)
{
    (void)unused;
    const struct cf_driver *driver = driver_met();
    unsigned all = cf__sqlite_driver.capabilities;
    assert_int_equal(driver->capabilities, cf__sqlite_capabilities(all, sqlite3_libversion_number()));
    assert_int_equal(driver->dialect->capabilities,
                     cf__sqlite_capabilities(CF__SQLITE_QUERIES, sqlite3_libversion_number()));
    assert_ptr_equal(driver, driver_met());
}

static void what_can_be_done_follows_the_library_that_is_met(void **state)
{
    (void)state;
    unsigned all = cf__sqlite_driver.capabilities;
    assert_true((all & CF_CAN_FULL_JOIN) && (all & CF_CAN_RETURNING) && (all & CF_CAN_ORDER_AGGREGATES));
    static const struct {
        int version;
        unsigned lacks;
    } versions[] = {
        { 3050000, 0 },
        { 3044000, 0 },
        { 3043002, CF_CAN_ORDER_AGGREGATES },
        { 3039000, CF_CAN_ORDER_AGGREGATES },
        { 3038005, CF_CAN_ORDER_AGGREGATES | CF_CAN_FULL_JOIN },
        { 3034001, CF_CAN_ORDER_AGGREGATES | CF_CAN_FULL_JOIN | CF_CAN_RETURNING | CF_CAN_UPDATE_RETURNING |
                       CF_CAN_DELETE_RETURNING },
    };
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++)
        assert_int_equal(cf__sqlite_capabilities(all, versions[i].version), all & ~versions[i].lacks);
    in_fiber(what_is_met, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_stored_as_sqlalchemy_stores_them),
        cmocka_unit_test(every_type_comes_back_as_it_went_in),
        cmocka_unit_test(null_comes_back_as_null_in_every_type),
        cmocka_unit_test(a_nullable_column_tells_zero_and_empty_from_null),
        cmocka_unit_test(extremes_come_back_as_they_went_in),
        cmocka_unit_test(fifteen_digits_survive_sqlites_real_numbers),
        cmocka_unit_test(decimals_compare_by_value_however_many_digits),
        cmocka_unit_test(every_type_can_be_compared_with_a_value),
        cmocka_unit_test(what_sql_itself_writes_is_read_as_well),
        cmocka_unit_test(what_can_be_done_follows_the_library_that_is_met),
        cmocka_unit_test(a_value_of_another_type_is_an_error_that_names_the_column),
        cmocka_unit_test(defaults_are_stored_like_written_values),
    };
    return cmocka_run_group_tests_name("db/sqlite_types", tests, NULL, free_thread);
}

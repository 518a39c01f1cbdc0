/* SPDX-License-Identifier: MIT
 *
 * Rows as JSON: each type at its extremes, names, hidden columns, NULL.
 */
#include <float.h>

#include "../../src/base/trap.h"
#include "support.h"

/* clang-format off */
CF_CHOICES(Status, draft, published);

MODEL(Every, "every",
    (id,      Id),
    (small,   SmallInteger),
    (big,     BigInteger),
    (flag,    Boolean),
    (ratio,   Float),
    (price,   Numeric(38, 2)),
    (name,    String(50)),
    (bio,     Text),
    (day,     Date),
    (hour,    Time),
    (moment,  DateTime),
    (key,     Uuid),
    (data,    Blob),
    (extra,   Json),
    (status,  Enum(Status)),
    (level,   Choices("low", "high")),
    (one,     Unique(name, level)));

MODEL(Perhaps, "perhaps",
    (id,      Id),
    (small,   Nullable(SmallInteger)),
    (big,     Nullable(BigInteger)),
    (flag,    Nullable(Boolean)),
    (ratio,   Nullable(Float)),
    (price,   Nullable(Numeric(10, 2))),
    (name,    Nullable(String(50))),
    (bio,     Nullable(Text)),
    (day,     Nullable(Date)),
    (hour,    Nullable(Time)),
    (moment,  Nullable(DateTime)),
    (key,     Nullable(Uuid)),
    (data,    Nullable(Blob)),
    (extra,   Nullable(Json)),
    (status,  Nullable(Enum(Status))),
    (level,   Nullable(Choices("low", "high"))));

MODEL(Member, "members",
    (secret,  String(50), hidden = true),
    (id,      Id),
    (created, Integer, json = "createdAt"),
    (odd,     Integer, json = "a \"name\""),
    (hash,    String(50), hidden = true));

MODEL(Spy, "spies",
    (id,      Id, hidden = true));

MODEL(Poet, "poets",
    (id,     Id),
    (poems,  HasMany(Poem, poet_id), json = "works"),
    (secret, HasMany(Poem, censor_id), hidden = true));

MODEL(Poem, "poems",
    (id,        Id),
    (poet_id,   Integer, references = "poets.id", hidden = true),
    (censor_id, Nullable(Integer), references = "poets.id", hidden = true),
    (poet,      BelongsTo(Poet, poet_id)),
    (censor,    BelongsTo(Poet, censor_id)));

MODEL(Scroll, "scrolls",
    (body, Text,           lazy = true),
    (name, Nullable(Integer)),
    (scan, Nullable(Blob), lazy = true));
/* clang-format on */

static const char *json_of(const struct cf_model *model, const void *row)
{
    struct cf__buffer buffer = cf__buffer_new(cf__current(), CF__CAP_RESPONSE, "a test");
    cf__model_json(&buffer, model, row);
    return cf__buffer_text(&buffer);
}

static void every_type_is_written_in_the_order_declared(void **state)
{
    (void)state;
    struct Every row = {
        .id = 7,
        .small = -3,
        .big = 5000000000,
        .flag = true,
        .ratio = 0.1,
        .price = cf_decimal_of(1250, 2),
        .name = "kim",
        .bio = "",
        .day = { 2026, 11, 22 },
        .hour = { 21 * INT64_C(3600000000) },
        .moment = { INT64_C(1500000) },
        .key = { { 0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x42, 0xd3, 0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40, 0x00 } },
        .data = { "\0\xff", 2 },
        .extra = "{\"a\":[1,null]}",
        .status = Status_published,
        .level = "high",
    };
    assert_string_equal(json_of(&Every.model_, &row),
                        "{\"id\":7,\"small\":-3,\"big\":5000000000,\"flag\":true,\"ratio\":0.1,\"price\":\"12.50\","
                        "\"name\":\"kim\",\"bio\":\"\",\"day\":\"2026-11-22\",\"hour\":\"21:00:00\","
                        "\"moment\":\"1970-01-01T00:00:01.500000Z\",\"key\":\"123e4567-e89b-42d3-a456-426614174000\","
                        "\"data\":\"AP8=\",\"extra\":{\"a\":[1,null]},\"status\":\"published\",\"level\":\"high\"}");
}

static void extremes_are_exact(void **state)
{
    (void)state;
    struct Every row = {
        .id = INT64_MIN,
        .small = -32768,
        .big = INT64_MAX,
        .ratio = DBL_MAX,
        .name = "\"\\\n\x01 \xe2\x82\xac \xff\xf0\x9f\x98\x80",
        .bio = NULL,
        .day = { 9999, 12, 31 },
        .hour = { INT64_C(86399999999) },
        .moment = { INT64_C(253402300799999999) },
        .level = "low",
    };
    assert_true(cf_decimal_parse("-999999999999999999999999999999999999.99", &row.price));
    assert_string_equal(
        json_of(&Every.model_, &row),
        "{\"id\":-9223372036854775808,\"small\":-32768,\"big\":9223372036854775807,\"flag\":false,"
        "\"ratio\":1.7976931348623157e+308,\"price\":\"-999999999999999999999999999999999999.99\","
        "\"name\":\"\\\"\\\\\\n\\u0001 \xe2\x82\xac \xef\xbf\xbd\xf0\x9f\x98\x80\",\"bio\":null,\"day\":\"9999-12-31\","
        "\"hour\":\"23:59:59.999999\",\"moment\":\"9999-12-31T23:59:59.999999Z\","
        "\"key\":\"00000000-0000-0000-0000-000000000000\",\"data\":\"\",\"extra\":null,\"status\":\"draft\","
        "\"level\":\"low\"}");
}

static void null_is_null_for_every_type(void **state)
{
    (void)state;
    struct Perhaps row = { .id = 1 };
    assert_string_equal(json_of(&Perhaps.model_, &row),
                        "{\"id\":1,\"small\":null,\"big\":null,\"flag\":null,\"ratio\":null,\"price\":null,"
                        "\"name\":null,\"bio\":null,\"day\":null,\"hour\":null,\"moment\":null,\"key\":null,"
                        "\"data\":null,\"extra\":null,\"status\":null,\"level\":null}");
}

static void a_nullable_that_is_set_shows_its_value(void **state)
{
    (void)state;
    struct Perhaps row = {
        .id = 1,
        .small = cf_optional(0),
        .big = cf_optional(-1),
        .flag = cf_optional((bool)false),
        .ratio = cf_optional(2.0),
        .price = cf_optional(cf_decimal_of(0, 2)),
        .name = "",
        .bio = "b",
        .day = cf_optional(((cf_date){ 1, 1, 1 })),
        .hour = cf_optional((cf_clock){ 0 }),
        .moment = cf_optional((cf_time){ 0 }),
        .key = cf_optional((cf_uuid){ { 0 } }),
        .data = { "f", 1 },
        .extra = "[]",
        .status = { Status_draft, true },
        .level = "low",
    };
    assert_string_equal(
        json_of(&Perhaps.model_, &row),
        "{\"id\":1,\"small\":0,\"big\":-1,\"flag\":false,\"ratio\":2.0,\"price\":\"0.00\",\"name\":\"\","
        "\"bio\":\"b\",\"day\":\"0001-01-01\",\"hour\":\"00:00:00\",\"moment\":\"1970-01-01T00:00:00Z\","
        "\"key\":\"00000000-0000-0000-0000-000000000000\",\"data\":\"Zg==\",\"extra\":[],"
        "\"status\":\"draft\",\"level\":\"low\"}");
}

static void infinity_and_nan_are_null(void **state)
{
    (void)state;
    struct Perhaps row = { .ratio = cf_optional(__builtin_nan("")) };
    assert_non_null(strstr(json_of(&Perhaps.model_, &row), "\"ratio\":null"));
    row.ratio = cf_optional(-__builtin_inf());
    assert_non_null(strstr(json_of(&Perhaps.model_, &row), "\"ratio\":null"));
}

static void a_decimal_shows_its_columns_scale(void **state)
{
    (void)state;
    struct Perhaps row = { .price = cf_optional(cf_decimal_of(3, 0)) };
    assert_non_null(strstr(json_of(&Perhaps.model_, &row), "\"price\":\"3.00\""));
}

static void hidden_columns_never_leave_and_names_in_json_are_those_asked_for(void **state)
{
    (void)state;
    struct Member row = { .secret = "s3cret", .id = 1, .created = 2, .odd = 3, .hash = "h4sh" };
    assert_string_equal(json_of(&Member.model_, &row), "{\"id\":1,\"createdAt\":2,\"a \\\"name\\\"\":3}");
}

static void a_model_without_visible_columns_is_an_empty_object(void **state)
{
    (void)state;
    struct Spy row = { 7 };
    assert_string_equal(json_of(&Spy.model_, &row), "{}");
}

static void an_enumeration_beyond_its_choices_is_an_error_that_names_it(void **state)
{
    (void)state;
    struct Every row = { .status = (enum Status)2 };
    const cf_error *error = attempt(json_of, &Every.model_, &row);
    assert_non_null(error);
    assert_int_equal(error->code, CF_INTERNAL);
    assert_string_equal(error->message, "Every.status is 2, which is none of its choices");
}

static void blobs_of_every_length_are_base64(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"
    }; /* RFC 4648 section 10 */
    for (size_t size = 0; size <= 6; size++) {
        struct Every row = { .data = { "foobar", size } };
        const char *member = cf_format(&cf__current()->head, "\"data\":\"%s\",", expected[size]);
        assert_non_null(strstr(json_of(&Every.model_, &row), member));
    }
}

static void a_list_is_an_array_also_where_it_is_empty(void **state)
{
    (void)state;
    struct Spy first = { 1 }, second = { 2 };
    struct cf__buffer buffer = cf__buffer_new(cf__current(), CF__CAP_RESPONSE, "a test");
    cf__models_json(&buffer, &Spy.model_, NULL, 0);
    cf__models_json(&buffer, &Spy.model_, (void *[]){ &first, &second }, 2);
    assert_string_equal(cf__buffer_text(&buffer), "[][{},{}]");
}

/* ---- Relations -------------------------------------------------------------------------------------------------- */

static void an_item_that_is_null_is_null(void **state)
{
    (void)state;
    struct Spy spy = { 0 };
    struct Poem poem = { .id = 1 };
    struct Poet poet = { .id = 2 };
    struct Poem *works[] = { NULL, &poem };
    struct cf__buffer buffer = cf__buffer_new(cf__current(), CF__CAP_RESPONSE, "test");
    cf__models_json(&buffer, &Spy.model_, (void *[]){ NULL, &spy, NULL }, 3);
    poet.poems.items = works;
    poet.poems.count = 2;
    cf__models_json(&buffer, &Poet.model_, (void *[]){ &poet }, 1);
    assert_string_equal(cf__buffer_text(&buffer),
                        "[null,{},null][{\"id\":2,\"works\":[null,{\"id\":1,\"poet\":null,\"censor\":null}]}]");
}

static void relations_are_nested_where_they_were_loaded_and_never_inside_themselves(void **state)
{
    (void)state;
    void *unloaded = cf__trap_new("poets.poems was not loaded");
    struct Poet poet = { .id = 1 }, censor = { .id = 2 };
    struct Poem first = { .id = 1, .poet_id = 1 }, second = { .id = 2, .poet_id = 1 };
    struct Poem *both[] = { &first, &second, NULL };
    poet.poems.items = censor.poems.items = poet.secret.items = censor.secret.items = unloaded;
    poet.poems.count = 7;
    first.poet = second.poet = first.censor = second.censor = unloaded;
    assert_string_equal(json_of(&Poet.model_, &poet), "{\"id\":1}");
    assert_string_equal(json_of(&Poem.model_, &first), "{\"id\":1}");
    first.poet = second.poet = &poet;
    assert_string_equal(json_of(&Poem.model_, &first), "{\"id\":1,\"poet\":{\"id\":1}}");
    poet.poems.items = both;
    poet.poems.count = 2;
    poet.secret.items = both;
    poet.secret.count = 2;
    assert_string_equal(json_of(&Poet.model_, &poet), "{\"id\":1,\"works\":[{\"id\":1},{\"id\":2}]}");
    assert_string_equal(json_of(&Poem.model_, &first), "{\"id\":1,\"poet\":{\"id\":1}}");
    first.censor = NULL;
    second.censor = &censor;
    assert_string_equal(json_of(&Poet.model_, &poet),
                        "{\"id\":1,\"works\":[{\"id\":1,\"censor\":null},{\"id\":2,\"censor\":{\"id\":2}}]}");
}

static void lazy_columns_are_left_out_where_they_were_not_read(void **state)
{
    (void)state;
    void *unread = cf__trap_new("scrolls.body was not loaded");
    struct Scroll scroll = { .body = unread, .scan = { unread, 7 } };
    assert_string_equal(json_of(&Scroll.model_, &scroll), "{\"name\":null}");
    scroll.body = "b";
    assert_string_equal(json_of(&Scroll.model_, &scroll), "{\"body\":\"b\",\"name\":null}");
    scroll.scan = (cf_bytes){ NULL, 0 };
    assert_string_equal(json_of(&Scroll.model_, &scroll), "{\"body\":\"b\",\"name\":null,\"scan\":null}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_written_in_the_order_declared),
        cmocka_unit_test(extremes_are_exact),
        cmocka_unit_test(null_is_null_for_every_type),
        cmocka_unit_test(a_nullable_that_is_set_shows_its_value),
        cmocka_unit_test(infinity_and_nan_are_null),
        cmocka_unit_test(a_decimal_shows_its_columns_scale),
        cmocka_unit_test(hidden_columns_never_leave_and_names_in_json_are_those_asked_for),
        cmocka_unit_test(a_model_without_visible_columns_is_an_empty_object),
        cmocka_unit_test(an_enumeration_beyond_its_choices_is_an_error_that_names_it),
        cmocka_unit_test(blobs_of_every_length_are_base64),
        cmocka_unit_test(a_list_is_an_array_also_where_it_is_empty),
        cmocka_unit_test(lazy_columns_are_left_out_where_they_were_not_read),
        cmocka_unit_test(an_item_that_is_null_is_null),
        cmocka_unit_test(relations_are_nested_where_they_were_loaded_and_never_inside_themselves),
    };
    return cf_run_tests(tests);
}

/* SPDX-License-Identifier: MIT
 *
 * Writing JSON: every code point and broken UTF-8 against a second, slow implementation made from the standard's table;
 * numbers against reading them back.
 */
#include "base/support.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>

#include "../../src/text/json.h"

static const char *text_of(const char *data, size_t size)
{
    struct cf__buffer buffer = cf__buffer_new(cf__current(), 1 << 20, "a test");
    cf__json_text(&buffer, data, size);
    return cf__buffer_text(&buffer);
}

static const char *number_of(double value)
{
    struct cf__buffer buffer = cf__buffer_new(cf__current(), 1000, "a test");
    cf__json_number(&buffer, value);
    return cf__buffer_text(&buffer);
}

/* ---- The other implementation ----------------------------------------------------------------------------------- */

/* Rows of table 3-7 of the Unicode standard: the ranges of each byte of a well-formed sequence. */
static const struct {
    size_t size;
    unsigned char ranges[4][2];
} well_formed[] = {
    { 1, { { 0x00, 0x7F } } },
    { 2, { { 0xC2, 0xDF }, { 0x80, 0xBF } } },
    { 3, { { 0xE0, 0xE0 }, { 0xA0, 0xBF }, { 0x80, 0xBF } } },
    { 3, { { 0xE1, 0xEC }, { 0x80, 0xBF }, { 0x80, 0xBF } } },
    { 3, { { 0xED, 0xED }, { 0x80, 0x9F }, { 0x80, 0xBF } } },
    { 3, { { 0xEE, 0xEF }, { 0x80, 0xBF }, { 0x80, 0xBF } } },
    { 4, { { 0xF0, 0xF0 }, { 0x90, 0xBF }, { 0x80, 0xBF }, { 0x80, 0xBF } } },
    { 4, { { 0xF1, 0xF3 }, { 0x80, 0xBF }, { 0x80, 0xBF }, { 0x80, 0xBF } } },
    { 4, { { 0xF4, 0xF4 }, { 0x80, 0x8F }, { 0x80, 0xBF }, { 0x80, 0xBF } } },
};

/* The longest start of a row that stands at `at`; *whole where it is the whole row. */
static size_t longest_start(const unsigned char *at, size_t left, bool *whole)
{
    size_t longest = 0;
    *whole = false;
    for (size_t row = 0; row < sizeof well_formed / sizeof well_formed[0]; row++) {
        size_t length = 0;
        while (length < left && length < well_formed[row].size && at[length] >= well_formed[row].ranges[length][0] &&
               at[length] <= well_formed[row].ranges[length][1])
            length++;
        if (length > longest) {
            longest = length;
            *whole = length == well_formed[row].size;
        }
    }
    return longest;
}

static size_t write_control(unsigned char c, char *out)
{
    static const char named[] = "\b\f\n\r\t", letters[] = "bfnrt";
    const char *found = c ? strchr(named, c) : NULL;
    return (size_t)(found ? snprintf(out, 8, "\\%c", letters[found - named]) : snprintf(out, 8, "\\u%04x", c));
}

static size_t write_unit(const unsigned char *at, size_t length, bool whole, char *out)
{
    if (!whole)
        return (size_t)snprintf(out, 8, "%s", "\xEF\xBF\xBD");
    if (*at == '"' || *at == '\\')
        return (size_t)snprintf(out, 8, "\\%c", *at);
    if (*at < 0x20)
        return write_control(*at, out);
    memcpy(out, at, length);
    return length;
}

/* `out` has room for 6 bytes a byte, and 3. */
static void write_slowly(const unsigned char *at, size_t left, char *out)
{
    *out++ = '"';
    for (size_t length; left; at += length, left -= length) {
        bool whole;
        length = longest_start(at, left, &whole);
        out += write_unit(at, length, whole, out);
        length += length == 0;
    }
    memcpy(out, "\"", 2);
}

static void check_bytes(const unsigned char *bytes, size_t size)
{
    char expected[512];
    assert_true(size * 6 + 8 < sizeof expected);
    write_slowly(bytes, size, expected);
    struct cf__arena_mark mark = cf__arena_mark(&cf__current()->arena);
    const char *written = text_of((const char *)bytes, size);
    if (strcmp(written, expected) != 0)
        fail_msg("%zu bytes from %02x %02x: %s instead of %s", size, bytes[0], bytes[1], written, expected);
    cf__arena_rewind(&cf__current()->arena, mark);
}

/* ---- Texts ------------------------------------------------------------------------------------------------------ */

static void check_every_code_point(void *argument)
{
    (void)argument;
    for (unsigned long point = 0; point < 0x110000; point++) {
        unsigned char bytes[8] = { 'a' };
        size_t size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
        unsigned long rest = point;
        for (size_t i = size; i-- > 1; rest >>= 6)
            bytes[1 + i] = (unsigned char)(0x80 | (rest & 0x3F));
        bytes[1] = (unsigned char)(size == 1 ? rest : (0xF00 >> size | rest));
        bytes[1 + size] = 'z';
        check_bytes(bytes, size + 2);
        if (point == 0x2028)
            assert_string_equal(text_of((char *)bytes, size + 2), "\"a\xE2\x80\xA8z\"");
        if (point == 0xD800)
            assert_string_equal(text_of((char *)bytes, size + 2), "\"a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz\"");
    }
}

static void every_code_point_is_written_as_the_standard_says(void **state)
{
    (void)state;
    in_fiber(check_every_code_point, NULL);
}

/* All pairs of bytes, and all sequences of four bytes at the edges of the table's ranges. */
static void check_broken_utf8(void *argument)
{
    (void)argument;
    static const unsigned char edges[] = { 0x00, 0x22, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1,
                                           0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF };
    enum { EDGES = sizeof edges };
    for (unsigned pair = 0; pair < 0x10000; pair++)
        check_bytes((unsigned char[]){ (unsigned char)(pair >> 8), (unsigned char)pair }, 2);
    for (unsigned i = 0; i < EDGES * EDGES * EDGES * EDGES; i++) {
        unsigned char bytes[4] = { edges[i % EDGES], edges[i / EDGES % EDGES], edges[i / EDGES / EDGES % EDGES],
                                   edges[i / EDGES / EDGES / EDGES] };
        check_bytes(bytes, 4);
    }
}

static void invalid_utf_8_is_replaced_by_maximal_subparts(void **state)
{
    (void)state;
    in_fiber(check_broken_utf8, NULL);
}

/* One byte that needs care at each place of texts of each length: the fast path looks at eight at a time. */
static void check_places(void *argument)
{
    (void)argument;
    static const unsigned char odd[] = { 0x00, 0x1F, 0x20, '"', '#', '!', '\\', '[', ']', 0x7F, 0x80, 0xC3, 0xFF };
    for (size_t size = 2; size <= 40; size++)
        for (size_t place = 0; place < size; place++)
            for (size_t i = 0; i < sizeof odd; i++) {
                unsigned char *bytes = malloc(size);
                memset(bytes, 'x', size);
                bytes[place] = odd[i];
                check_bytes(bytes, size);
                free(bytes);
            }
    assert_string_equal(text_of("", 0), "\"\"");
}

static void a_byte_that_needs_care_is_found_at_every_place(void **state)
{
    (void)state;
    in_fiber(check_places, NULL);
}

static void reach_the_cap(void *argument)
{
    struct cf__buffer buffer = cf__buffer_new(cf__current(), 100, "the answer");
    const char *text = argument;
    for (;;)
        cf__json_text(&buffer, text, strlen(text));
}

static void check_cap(void *argument)
{
    const cf_error *error = cf_attempt(&cf__current()->head, reach_the_cap, argument);
    assert_int_equal(error->code, CF_TOO_LARGE);
}

static void a_text_past_the_cap_of_its_buffer_is_an_error(void **state)
{
    (void)state;
    in_fiber(check_cap, (char[]){ "plain text" });
    in_fiber(check_cap, (char[]){ "\x01\x02\x03" });
    in_fiber(check_cap, (char[]){ "\xFF\xFF\xFF" });
}

/* ---- Numbers ---------------------------------------------------------------------------------------------------- */

static void check_number_texts(void *argument)
{
    (void)argument;
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        { 0, "0.0" },
        { -0.0, "-0.0" },
        { 1, "1.0" },
        { -1, "-1.0" },
        { 0.1, "0.1" },
        { 0.3, "0.3" },
        { 0.1 + 0.2, "0.30000000000000004" },
        { 1.5, "1.5" },
        { 100, "100.0" },
        { 123456.789, "123456.789" },
        { 1e15, "1e+15" },
        { 1e300, "1e+300" },
        { 1e-7, "1e-07" },
        { 1.0 / 3, "0.3333333333333333" },
        { 9007199254740993.0, "9007199254740992.0" },
        { DBL_MAX, "1.7976931348623157e+308" },
        { DBL_MIN, "2.2250738585072014e-308" },
        { NAN, "null" },
        { INFINITY, "null" },
        { -INFINITY, "null" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(number_of(cases[i].value), cases[i].text);
}

static void numbers_are_short_and_stay_numbers(void **state)
{
    (void)state;
    in_fiber(check_number_texts, NULL);
}

/* The text reads back as the same double, no text of fewer digits does, and JSON's grammar has it as a real. */
static void check_round_trip(double value)
{
    const char *text = number_of(value);
    double again = strtod(text, NULL);
    if (memcmp(&again, &value, sizeof value) != 0)
        fail_msg("%.17g is written as %s", value, text);
    char shorter[40];
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(shorter, sizeof shorter, "%.*e", digits - 1, value);
        if (strtod(shorter, NULL) == value) {
            int count = 0, zeros = 0;
            for (const char *at = text; *at && *at != 'e'; at++) {
                bool leading = count == 0 && (*at == '0' || *at == '-' || *at == '.');
                count += !leading && *at != '.' && *at != '-';
                zeros = *at == '0' ? zeros + 1 : *at == '.' ? zeros : 0;
            }
            if (fabs(value) >= DBL_MIN && count - zeros > digits)
                fail_msg("%s has %d digits where %d are enough", text, count - zeros, digits);
            break;
        }
    }
    struct cf__json_error error;
    const cf__json *json = cf__json_parse(cf__current(), text, strlen(text), &error);
    assert_non_null(json);
    assert_int_equal(cf__json_kind(json), CF__JSON_NUMBER);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13; /* xorshift: the same every time */
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

static void check_round_trips(void *argument)
{
    (void)argument;
    uint64_t state = 88172645463325252;
    for (int i = 0; i < 5000; i++) {
        uint64_t bits = next_random(&state);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value))
            check_round_trip(value);
        check_round_trip((double)(int64_t)(next_random(&state) % 2000000000) / 100);
        check_round_trip((double)(int64_t)next_random(&state));
        check_round_trip((double)(next_random(&state) >> 40) / 1e9);
    }
    static const double edges[] = {
        DBL_MAX, DBL_MIN,         DBL_TRUE_MIN, -DBL_MAX,           DBL_EPSILON, 1e15,
        1e16,    999999999999999, 1e-5,         9007199254740991.0, 0.0001,      123456789012345.6
    };
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
        check_round_trip(edges[i]);
}

static void a_number_reads_back_as_the_same_double(void **state)
{
    (void)state;
    in_fiber(check_round_trips, NULL);
}

static void a_locale_with_a_decimal_comma_does_not_reach_json(void **state)
{
    (void)state;
    static const char *const names[] = { "de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE" };
    const char *set = NULL;
    for (size_t i = 0; !set && i < sizeof names / sizeof names[0]; i++)
        set = setlocale(LC_NUMERIC, names[i]);
    if (!set)
        skip(); /* none is installed here */
    in_fiber(check_number_texts, NULL);
    setlocale(LC_NUMERIC, "C");
}

static void check_integers(void *argument)
{
    (void)argument;
    static const struct {
        int64_t value;
        const char *text;
    } cases[] = {
        { 0, "0" }, { -1, "-1" }, { INT64_MAX, "9223372036854775807" }, { INT64_MIN, "-9223372036854775808" }
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cf__buffer buffer = cf__buffer_new(cf__current(), 100, "a test");
        cf__json_integer(&buffer, cases[i].value);
        assert_string_equal(cf__buffer_text(&buffer), cases[i].text);
    }
}

static void integers_are_exact_at_both_ends(void **state)
{
    (void)state;
    in_fiber(check_integers, NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_is_written_as_the_standard_says),
        cmocka_unit_test(invalid_utf_8_is_replaced_by_maximal_subparts),
        cmocka_unit_test(a_byte_that_needs_care_is_found_at_every_place),
        cmocka_unit_test(a_text_past_the_cap_of_its_buffer_is_an_error),
        cmocka_unit_test(numbers_are_short_and_stay_numbers),
        cmocka_unit_test(a_number_reads_back_as_the_same_double),
        cmocka_unit_test(a_locale_with_a_decimal_comma_does_not_reach_json),
        cmocka_unit_test(integers_are_exact_at_both_ends),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}

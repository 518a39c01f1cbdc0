/* SPDX-License-Identifier: MIT
 *
 * Reading JSON: values, pointers, where an error is, and what is refused.
 */
#include "base/support.h"

#include <stdio.h>

#include "../../src/text/json.h"

static const cf__json *parse(const char *text)
{
    struct cf__json_error error;
    const cf__json *json = cf__json_parse(cf__current(), text, strlen(text), &error);
    if (!json)
        fail_msg("%s: line %d, column %d: %s", text, error.line, error.column, error.text);
    return json;
}

static const char document[] =
    "{\"id\":7,\"big\":9223372036854775807,\"small\":-9223372036854775808,\"price\":12.5,\"exact\":0.1,\"ok\":true,"
    "\"no\":false,\"none\":null,\"name\":\"kim \\u20ac \\n\",\"tags\":[\"a\",[1,2],{\"x\":3}],\"a/b\":1,\"m~n\":2,"
    "\"\":3,\"address\":{\"city\":\"Seoul\"},\"whole\":1.0}";

static void check_values(void *argument)
{
    (void)argument;
    const cf__json *json = parse(document);
    size_t size;
    assert_int_equal(cf__json_kind(json), CF__JSON_OBJECT);
    assert_int_equal(cf__json_count(json), 15);
    assert_int_equal(cf__json_as_integer(cf__json_member(json, "big")), INT64_MAX);
    assert_int_equal(cf__json_as_integer(cf__json_member(json, "small")), INT64_MIN);
    assert_int_equal(cf__json_kind(cf__json_member(json, "id")), CF__JSON_INTEGER);
    assert_true(cf__json_as_number(cf__json_member(json, "id")) == 7);
    assert_int_equal(cf__json_kind(cf__json_member(json, "price")), CF__JSON_NUMBER);
    assert_int_equal(cf__json_kind(cf__json_member(json, "whole")), CF__JSON_NUMBER);
    assert_true(cf__json_as_number(cf__json_member(json, "price")) == 12.5);
    assert_int_equal(cf__json_kind(cf__json_member(json, "ok")), CF__JSON_BOOLEAN);
    assert_true(cf__json_as_boolean(cf__json_member(json, "ok")));
    assert_false(cf__json_as_boolean(cf__json_member(json, "no")));
    assert_int_equal(cf__json_kind(cf__json_member(json, "no")), CF__JSON_BOOLEAN);
    assert_int_equal(cf__json_kind(cf__json_member(json, "none")), CF__JSON_NULL);
    assert_string_equal(cf__json_as_text(cf__json_member(json, "name"), &size), "kim \xE2\x82\xAC \n");
    assert_int_equal(size, 9);
    assert_null(cf__json_member(json, "missing"));
    const cf__json *tags = cf__json_member(json, "tags");
    assert_int_equal(cf__json_kind(tags), CF__JSON_ARRAY);
    assert_int_equal(cf__json_count(tags), 3);
    assert_string_equal(cf__json_as_text(cf__json_element(tags, 0), NULL), "a");
    assert_null(cf__json_element(tags, 3));
    assert_null(cf__json_member(tags, "a"));
}

static void values_of_each_kind_are_read(void **state)
{
    (void)state;
    in_fiber(check_values, NULL);
}

static void check_walk(void *argument)
{
    (void)argument;
    static const char *const names[] = { "c", "a", "b" };
    const cf__json *json = parse("{\"c\":0,\"a\":1,\"b\":2}"), *value;
    const char *name;
    int count = 0;
    for (void *at = NULL; (at = cf__json_next(json, at, &name, &value)); count++) {
        assert_string_equal(name, names[count]); /* as sent */
        assert_int_equal(cf__json_as_integer(value), count);
    }
    assert_int_equal(count, 3);
    assert_null(cf__json_next(parse("{}"), NULL, &name, &value));
    assert_null(cf__json_next(parse("[1]"), NULL, &name, &value));
}

static void an_object_is_walked_in_the_order_it_was_sent(void **state)
{
    (void)state;
    in_fiber(check_walk, NULL);
}

static void check_pointers(void *argument)
{
    (void)argument;
    static const struct {
        const char *pointer;
        int64_t value; /* -1: there is none */
    } cases[] = {
        { "/id", 7 },       { "/tags/1/0", 1 },   { "/tags/1/1", 2 }, { "/tags/2/x", 3 },
        { "/a~1b", 1 },     { "/m~0n", 2 },       { "/", 3 },         { "/missing", -1 },
        { "/tags/3", -1 },  { "/tags/-", -1 },    { "/tags/01", -1 }, { "/tags/+1", -1 },
        { "/tags/-0", -1 }, { "/tags/", -1 },     { "/id/x", -1 },    { "id", -1 },
        { "/tags/1/", -1 }, { "/tags/1/0/", -1 }, { "/a/b", -1 },     { "/tags/99999999999999999999", -1 },
    };
    const cf__json *json = parse(document);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const cf__json *found = cf__json_at(json, cases[i].pointer);
        if (!found != (cases[i].value < 0))
            fail_msg("\"%s\" is%s found", cases[i].pointer, found ? "" : " not");
        if (found)
            assert_int_equal(cf__json_as_integer(found), cases[i].value);
    }
    assert_ptr_equal(cf__json_at(json, ""), json);
    assert_string_equal(cf__json_as_text(cf__json_at(json, "/address/city"), NULL), "Seoul");
    char *long_name = cf_alloc(cf__current()->head.context, 2000);
    snprintf(long_name, 2000, "{\"%01000d\":5}", 0);
    const cf__json *long_named = parse(long_name);
    snprintf(long_name, 2000, "/%01000d", 0);
    assert_int_equal(cf__json_as_integer(cf__json_at(long_named, long_name)), 5);
}

static void pointers_follow_rfc_6901(void **state)
{
    (void)state;
    in_fiber(check_pointers, NULL);
}

static void check_errors(void *argument)
{
    (void)argument;
    static const struct {
        const char *text;
        int line, column;
    } cases[] = {
        { "{\"a\":}", 1, 6 },
        { "{\n  \"a\": x\n}", 2, 8 },
        { "[1,2", 1, 5 },
        { "", 1, 1 },
        { "[1,]", 1, 4 },
        { "{\"a\":1,\"a\":2}", 1, 10 },
        { "nul", 1, 3 },
        { "[1] x", 1, 5 },
        { "\"\\u0000\"", 1, 0 },
        { "[\"\xFF\"]", 1, 0 },
        { "\"\\ud800\"", 1, 0 },
        { "{\"a\" 1}", 1, 6 },
        { "9223372036854775808", 1, 0 },
        { "1e999", 1, 0 },
        { "'a'", 1, 1 },
        { "[01]", 1, 0 },
        { "\"a\nb\"", 1, 0 },
        { "NaN", 1, 0 },
        { "{a:1}", 1, 2 },
        { "\xEF\xBB\xBF{}", 1, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cf__json_error error = { 0 };
        size_t size = strlen(cases[i].text);
        char *exact = malloc(size ? size : 1);
        memcpy(exact, cases[i].text, size);
        const cf__json *json = cf__json_parse(cf__current(), exact, size, &error);
        free(exact);
        if (json)
            fail_msg("%s is taken for JSON", cases[i].text);
        assert_true(error.text[0] && error.line >= 1 && error.column >= 1 && error.position <= size);
        if (cases[i].column && (error.line != cases[i].line || error.column != cases[i].column))
            fail_msg("%s: line %d, column %d: %s", cases[i].text, error.line, error.column, error.text);
    }
    struct cf__json_error error;
    assert_null(cf__json_parse(cf__current(), "[1,\0 2]", 7, &error));
    assert_null(cf__json_parse(cf__current(), "1\0", 2, &error));
}

static void what_is_no_json_is_refused_with_its_place(void **state)
{
    (void)state;
    in_fiber(check_errors, NULL);
}

static char *nested(int depth, char open, char close)
{
    char *text = cf_alloc(cf__current()->head.context, (size_t)depth * 6 + 3), *at = text;
    for (int i = 0; i < depth; i++)
        at = open == '[' ? (*at = '[', at + 1) : (memcpy(at, "{\"a\":", 5), at + 5);
    *at++ = '1';
    memset(at, close, (size_t)depth);
    return text;
}

static void check_depth(void *argument)
{
    (void)argument;
    struct cf__json_error error;
    for (int i = 0; i < 2; i++) {
        parse(nested(128, "[{"[i], "]}"[i]));
        const char *deeper = nested(129, "[{"[i], "]}"[i]);
        assert_null(cf__json_parse(cf__current(), deeper, strlen(deeper), &error));
        assert_non_null(strstr(error.text, "128"));
        assert_int_equal(error.column, i ? 128 * 5 + 1 : 129);
        deeper = nested(100000, "[{"[i], "]}"[i]);
        assert_null(cf__json_parse(cf__current(), deeper, strlen(deeper), &error));
    }
    char *brackets = cf_alloc(cf__current()->head.context, 1003);
    memset(brackets, '[', 1002);
    brackets[0] = brackets[1001] = '"';
    parse(brackets); /* in a text they do not nest */
    parse("[\"\\\"[[[\",{\"a\\\\\":[]}]");
}

static void nesting_ends_at_128_levels(void **state)
{
    (void)state;
    in_fiber(check_depth, NULL);
}

static void check_many_values(void *argument)
{
    (void)argument;
    enum { MANY = 1 << 21 };
    struct cf__json_error error;
    char *text = malloc(MANY * 3 + 3);
    text[0] = '[';
    for (size_t i = 0; i < MANY; i++)
        memcpy(text + 1 + i * 3, "{},", 3);
    memcpy(text + MANY * 3, "]", 2);
    assert_null(cf__json_parse(cf__current(), text, strlen(text), &error));
    assert_non_null(strstr(error.text, "values"));
    free(text);
}

static void a_small_text_cannot_become_an_enormous_tree(void **state)
{
    (void)state;
    in_fiber(check_many_values, NULL);
}

static void check_writing(void *argument)
{
    (void)argument;
    static const struct {
        const char *text, *written;
    } cases[] = {
        { " { \"b\" : [ 1 , 2.50 , -3 ] ,\n\"a\" : { } , \"c\" : [ ] } ", "{\"b\":[1,2.5,-3],\"a\":{},\"c\":[]}" },
        { "0.1", "0.1" },
        { "1.0", "1.0" },
        { "1e3", "1000.0" },
        { "true", "true" },
        { "null", "null" },
        { "\"\\u20ac \\/ \\\" \\u0001\"", "\"\xE2\x82\xAC / \\\" \\u0001\"" },
        { "{\"k\\\"\":false}", "{\"k\\\"\":false}" },
        { "9223372036854775807", "9223372036854775807" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cf__buffer buffer = cf__buffer_new(cf__current(), 10000, "a test");
        cf__json_write(&buffer, parse(cases[i].text));
        assert_string_equal(cf__buffer_text(&buffer), cases[i].written);
    }
}

static void a_value_is_written_back_compactly(void **state)
{
    (void)state;
    in_fiber(check_writing, NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_each_kind_are_read),
        cmocka_unit_test(an_object_is_walked_in_the_order_it_was_sent),
        cmocka_unit_test(pointers_follow_rfc_6901),
        cmocka_unit_test(what_is_no_json_is_refused_with_its_place),
        cmocka_unit_test(nesting_ends_at_128_levels),
        cmocka_unit_test(a_small_text_cannot_become_an_enormous_tree),
        cmocka_unit_test(a_value_is_written_back_compactly),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}

/* SPDX-License-Identifier: MIT
 *
 * Escapes of URLs and forms, UTF-8, HTML and HTTP dates.
 */
#include "base/support.h"

#include "../../src/text/url.h"

static void check_decoding(void *argument)
{
    (void)argument;
    static const struct {
        const char *text;
        bool plus;
        const char *decoded; /* NULL: refused */
    } cases[] = {
        { "", false, "" },
        { "plain", false, "plain" },
        { "a%20b", false, "a b" },
        { "a+b", false, "a+b" },
        { "a+b%2B", true, "a b+" },
        { "%41%6a%6A", false, "Ajj" },
        { "%2F", false, "/" },
        { "%25%32%35", false, "%25" },
        { "%E2%82%AC", false, "\xE2\x82\xAC" },
        { "\xE2\x82%AC", false, "\xE2\x82\xAC" },
        { "%F0%9F%98%80", false, "\xF0\x9F\x98\x80" },
        { "%", false, NULL },
        { "%4", false, NULL },
        { "abc%", false, NULL },
        { "abc%f", false, NULL },
        { "%4g", false, NULL },
        { "%g4", false, NULL },
        { "%%41", false, NULL },
        { "%+1", true, NULL },
        { "%00", false, NULL },
        { "a%00b", false, NULL },
        { "%FF", false, NULL },
        { "\xFF", false, NULL },
        { "%C0%80", false, NULL },
        { "%C0%AF", false, NULL },
        { "%ED%A0%80", false, NULL },
        { "%F4%90%80%80", false, NULL },
        { "%E2%82", false, NULL },
        { "%80", false, NULL },
    };
    struct cf__context *context = cf__current();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t size = strlen(cases[i].text);
        char *exact = malloc(size ? size : 1); /* not a byte more, for the sanitizer */
        memcpy(exact, cases[i].text, size);
        const char *decoded = cf__url_decode(context, exact, size, cases[i].plus);
        free(exact);
        if (!cases[i].decoded != !decoded)
            fail_msg("\"%s\" gives %s", cases[i].text, decoded ? decoded : "nothing");
        if (decoded)
            assert_string_equal(decoded, cases[i].decoded);
    }
    assert_null(cf__url_decode(context, "a\0b", 3, false));
    assert_string_equal(cf__url_decode(context, "abcdef", 3, false), "abc");
}

static void escapes_are_decoded_or_the_text_is_refused(void **state)
{
    (void)state;
    in_fiber(check_decoding, NULL);
}

static void check_encoding(void *argument)
{
    (void)argument;
    struct cf__context *context = cf__current();
    struct cf__buffer buffer = cf__buffer_new(context, 1000, "a URL");
    cf__url_encode(&buffer, "a-b_c.d~e/f g?h#i&j=k+l%m\xE2\x82\xAC\"<>\r\n", "/");
    assert_string_equal(cf__buffer_text(&buffer), "a-b_c.d~e/f%20g%3Fh%23i%26j%3Dk%2Bl%25m%E2%82%AC%22%3C%3E%0D%0A");
    buffer.size = 0;
    cf__url_encode(&buffer, "a/b", "");
    assert_string_equal(cf__buffer_text(&buffer), "a%2Fb");
    char all[256] = { 0 };
    for (int c = 1; c < 128; c++)
        all[c - 1] = (char)c;
    buffer.size = 0;
    cf__url_encode(&buffer, all, "");
    assert_string_equal(cf__url_decode(context, buffer.data, buffer.size, true), all);
}

static void what_is_encoded_decodes_to_the_same(void **state)
{
    (void)state;
    in_fiber(check_encoding, NULL);
}

static void check_pairs(void *argument)
{
    (void)argument;
    struct cf__context *context = cf__current();
    struct cf__pairs pairs;
    static const char query[] = "a=1&b=x+y%26z&&empty=&alone&a=2&c=d=e&=nameless";
    assert_true(cf__url_pairs(context, query, strlen(query), 100, &pairs));
    static const struct cf__pair expected[] = { { "a", "1" }, { "b", "x y&z" }, { "empty", "" },   { "alone", "" },
                                                { "a", "2" }, { "c", "d=e" },   { "", "nameless" } };
    assert_int_equal(pairs.count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < pairs.count; i++) {
        assert_string_equal(pairs.items[i].name, expected[i].name);
        assert_string_equal(pairs.items[i].value, expected[i].value);
    }
    assert_string_equal(cf__pairs_find(&pairs, "a"), "1"); /* the first counts */
    assert_null(cf__pairs_find(&pairs, "A"));
    assert_true(cf__url_pairs(context, "", 0, 100, &pairs));
    assert_int_equal(pairs.count, 0);
    assert_null(cf__pairs_find(&pairs, ""));
    static const char *const malformed[] = { "a=%", "%zz=1", "a=1&b=%f", "a=%00", "a=%FF" };
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++)
        assert_false(cf__url_pairs(context, malformed[i], strlen(malformed[i]), 100, &pairs));
    assert_true(cf__url_pairs(context, "a&b&c", 5, 3, &pairs));
    assert_false(cf__url_pairs(context, "a&b&c&d", 7, 3, &pairs));
}

static void pairs_are_split_decoded_and_counted(void **state)
{
    (void)state;
    in_fiber(check_pairs, NULL);
}

/* Writes a code point as UTF-8 by its definition; surrogates and what lies past the end too. */
static size_t write_utf8(unsigned long point, unsigned char out[4])
{
    if (point < 0x80) {
        out[0] = (unsigned char)point;
        return 1;
    }
    size_t size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = size; i-- > 1; point >>= 6)
        out[i] = (unsigned char)(0x80 | (point & 0x3F));
    out[0] = (unsigned char)(0xF00 >> size | point);
    return size;
}

static void utf_8_is_valid_for_every_scalar_value_and_nothing_else(void **state)
{
    (void)state;
    for (unsigned long point = 0; point < 0x120000; point++) {
        unsigned char bytes[4];
        size_t size = write_utf8(point, bytes);
        bool valid = point < 0xD800 || (point > 0xDFFF && point < 0x110000);
        if (cf__utf8_valid((const char *)bytes, size) != valid)
            fail_msg("U+%04lX", point);
        for (size_t cut = 1; cut < size; cut++)
            if (cf__utf8_valid((const char *)bytes, cut))
                fail_msg("U+%04lX cut to %zu bytes", point, cut);
    }
    static const char *const overlong[] = { "\xC0\x80",     "\xC1\xBF",         "\xE0\x80\x80",
                                            "\xE0\x9F\xBF", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF" };
    for (size_t i = 0; i < sizeof overlong / sizeof overlong[0]; i++)
        assert_false(cf__utf8_valid(overlong[i], strlen(overlong[i])));
    for (int c = 0x80; c < 0xC0; c++)
        assert_false(cf__utf8_valid((const char[]){ (char)c }, 1));
    for (int c = 0xF5; c < 0x100; c++)
        assert_false(cf__utf8_valid((const char[]){ (char)c, (char)0x80, (char)0x80, (char)0x80 }, 4));
    assert_true(cf__utf8_valid("", 0));
}

static void check_html(void *argument)
{
    (void)argument;
    struct cf__buffer buffer = cf__buffer_new(cf__current(), 1000, "a page");
    cf__html_escape(&buffer, "<a href=\"x\" title='y'>&amp; \xE2\x82\xAC</a>");
    assert_string_equal(cf__buffer_text(&buffer),
                        "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp; \xE2\x82\xAC&lt;/a&gt;");
}

static void html_is_escaped_for_elements_and_quoted_attributes(void **state)
{
    (void)state;
    in_fiber(check_html, NULL);
}

static void http_dates_are_in_the_fixed_form(void **state)
{
    (void)state;
    static const struct {
        int64_t seconds;
        const char *text;
    } cases[] = {
        { 784111777, "Sun, 06 Nov 1994 08:49:37 GMT" },    { 0, "Thu, 01 Jan 1970 00:00:00 GMT" },
        { -1, "Wed, 31 Dec 1969 23:59:59 GMT" },           { 951826154, "Tue, 29 Feb 2000 12:09:14 GMT" },
        { 253402300799, "Fri, 31 Dec 9999 23:59:59 GMT" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = malloc(30);
        cf__http_date(cases[i].seconds, text);
        assert_string_equal(text, cases[i].text);
        free(text);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_are_decoded_or_the_text_is_refused),
        cmocka_unit_test(what_is_encoded_decodes_to_the_same),
        cmocka_unit_test(pairs_are_split_decoded_and_counted),
        cmocka_unit_test(utf_8_is_valid_for_every_scalar_value_and_nothing_else),
        cmocka_unit_test(html_is_escaped_for_elements_and_quoted_attributes),
        cmocka_unit_test(http_dates_are_in_the_fixed_form),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}

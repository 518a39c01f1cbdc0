/* SPDX-License-Identifier: MIT
 *
 * UUIDs and their texts.
 */
#include "base/support.h"

#include <carafe/types.h>

static const char lower[] = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6";

static void every_accepted_form_gives_the_same_bytes(void **state)
{
    (void)state;
    static const char *const forms[] = { lower, "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6",
                                         "f81d4fae7dec11d0a76500a0c91e6bf6", "F81d4fAE7DEC11D0A76500A0C91E6BF6" };
    static const unsigned char bytes[16] = { 0xf8, 0x1d, 0x4f, 0xae, 0x7d, 0xec, 0x11, 0xd0,
                                             0xa7, 0x65, 0x00, 0xa0, 0xc9, 0x1e, 0x6b, 0xf6 };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        char text[CF_UUID_TEXT];
        cf_uuid uuid;
        assert_true(cf_uuid_parse(forms[i], &uuid));
        assert_memory_equal(uuid.bytes, bytes, sizeof bytes);
        assert_int_equal(cf_uuid_format(uuid, text), CF_UUID_TEXT - 1);
        assert_string_equal(text, lower);
    }
}

static void what_is_no_uuid_is_refused_and_leaves_the_value_alone(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "f81d4fae",
        "f81d4fae-7dec-11d0-a765-00a0c91e6bf",
        "f81d4fae-7dec-11d0-a765-00a0c91e6bf60",
        "g81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "f81d4fae7-dec-11d0-a765-00a0c91e6bf6",
        "f81d4fae-7dec11d0-a765-00a0c91e6bf6",
        "{f81d4fae-7dec-11d0-a765-00a0c91e6bf6}",
        "f81d4fae7dec11d0a76500a0c91e6bf",
        "f81d4fae 7dec 11d0 a765 00a0c91e6bf6",
        "------------------------------------",
        "f81d4fae7dec11d0a76500a0c91e6bf6----",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        cf_uuid uuid, before;
        memset(&uuid, 7, sizeof uuid);
        before = uuid;
        if (cf_uuid_parse(texts[i], &uuid))
            fail_msg("\"%s\" is taken for a UUID", texts[i]);
        assert_memory_equal(&uuid, &before, sizeof uuid);
    }
}

static void a_new_uuid_is_of_version_4_and_unlike_the_last(void **state)
{
    (void)state;
    cf_uuid last = cf_uuid_new();
    for (int i = 0; i < 1000; i++) {
        cf_uuid uuid = cf_uuid_new();
        assert_int_equal(uuid.bytes[6] >> 4, 4);
        assert_int_equal(uuid.bytes[8] >> 6, 2);
        assert_memory_not_equal(uuid.bytes, last.bytes, sizeof uuid.bytes);
        last = uuid;
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_accepted_form_gives_the_same_bytes),
        cmocka_unit_test(what_is_no_uuid_is_refused_and_leaves_the_value_alone),
        cmocka_unit_test(a_new_uuid_is_of_version_4_and_unlike_the_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

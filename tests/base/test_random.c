/* SPDX-License-Identifier: MIT */
#include "support.h"

#include "../../src/base/random.h"

static void the_digest_is_sha_256(void **state)
{
    (void)state;
    char hex[65];
    cf__sha256_hex("abc", 3, hex); /* FIPS 180-4's example */
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void hashes_differ_with_content_length_and_seed(void **state)
{
    (void)state;
    assert_int_equal(cf__hash("users", 5, 0), cf__hash("users", 5, 0));
    assert_int_not_equal(cf__hash("users", 5, 0), cf__hash("users", 5, 1));
    assert_int_not_equal(cf__hash("users", 5, 0), cf__hash("users\0", 6, 0));
    assert_int_not_equal(cf__hash("", 0, 0), cf__hash("\0", 1, 0));
}

static void low_bits_of_a_hash_spread_small_integers(void **state)
{
    (void)state;
    int buckets[64] = { 0 }, fullest = 0;
    for (uint64_t i = 0; i < 6400; i++) {
        int filled = ++buckets[cf__hash(&i, sizeof i, 0) % 64];
        fullest = filled > fullest ? filled : fullest;
    }
    assert_in_range(fullest, 100, 160); /* 100 on average; ten standard deviations would be 200 */
}

static void random_bytes_do_not_repeat(void **state)
{
    (void)state;
    unsigned char first[16], second[16];
    cf__random_bytes(first, sizeof first);
    cf__random_bytes(second, sizeof second);
    assert_memory_not_equal(first, second, sizeof first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_digest_is_sha_256),
        cmocka_unit_test(hashes_differ_with_content_length_and_seed),
        cmocka_unit_test(low_bits_of_a_hash_spread_small_integers),
        cmocka_unit_test(random_bytes_do_not_repeat),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}

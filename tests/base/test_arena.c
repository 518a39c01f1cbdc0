/* SPDX-License-Identifier: MIT */
#include "support.h"

static void memory_is_aligned_and_apart(void **state)
{
    (void)state;
    struct cf__arena arena;
    cf__arena_init(&arena);
    char *previous = NULL;
    for (size_t size = 0; size < 3000; size += 7) {
        char *taken = cf__arena_take(&arena, size);
        assert_non_null(taken);
        assert_int_equal((uintptr_t)taken % 16, 0);
        assert_ptr_not_equal(taken, previous);
        memset(taken, 0xAA, size);
        previous = taken;
    }
    cf__arena_dispose(&arena);
    assert_int_equal(arena.size, 0);
}

static void the_newest_allocation_grows_in_place(void **state)
{
    (void)state;
    struct cf__arena arena;
    cf__arena_init(&arena);
    char *text = cf__arena_take(&arena, 10);
    memcpy(text, "123456789", 10);
    assert_ptr_equal(cf__arena_resize(&arena, text, 10, 1000), text);
    cf__arena_take(&arena, 1);
    char *moved = cf__arena_resize(&arena, text, 1000, 2000);
    assert_ptr_not_equal(moved, text);
    assert_string_equal(moved, "123456789");
    assert_ptr_equal(cf__arena_resize(&arena, text, 10, 5), text);
    cf__arena_dispose(&arena);
}

static void a_rewind_gives_back_what_came_after_the_mark(void **state)
{
    (void)state;
    struct cf__arena arena;
    cf__arena_init(&arena);
    cf__arena_take(&arena, 100);
    struct cf__arena_mark mark = cf__arena_mark(&arena);
    size_t size = arena.size;
    char *first = cf__arena_take(&arena, 100);
    cf__arena_take(&arena, 3 << 20);
    assert_true(arena.size > size);
    cf__arena_rewind(&arena, mark);
    assert_int_equal(arena.size, size);
    assert_ptr_equal(cf__arena_take(&arena, 100), first);
    cf__arena_dispose(&arena);
}

static void the_cap_is_kept(void **state)
{
    (void)state;
    struct cf__arena arena;
    cf__arena_init(&arena);
    arena.cap = 64 << 10;
    size_t taken = 0;
    while (cf__arena_take(&arena, 1000))
        taken += 1000;
    assert_in_range(taken, 20000, 64 << 10);
    assert_null(cf__arena_take(&arena, SIZE_MAX));
    cf__arena_dispose(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_aligned_and_apart),
        cmocka_unit_test(the_newest_allocation_grows_in_place),
        cmocka_unit_test(a_rewind_gives_back_what_came_after_the_mark),
        cmocka_unit_test(the_cap_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, free_thread);
}

/* SPDX-License-Identifier: MIT
 *
 * What the fuzzers share: each input is looked at in a context of its own, as a request would be.
 */
#ifndef CARAFE_FUZZ_H
#define CARAFE_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "../src/base/context.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_input {
    struct cf__context context;
    const char *text; /* NUL-terminated, and may hold more NULs */
    size_t size;
};

/* Runs look(input) in a fresh context. Running into the arena's cap is fine, any other error is not. */
static inline int fuzz_in_context(const uint8_t *data, size_t size, void (*look)(void *input))
{
    struct fuzz_input input = { .size = size };
    cf__context_init(&input.context);
    char *text = cf__arena_take(&input.context.arena, size + 1);
    if (size)
        __builtin_memcpy(text, data, size);
    text[size] = '\0';
    input.text = text;
    if (!cf__protect(&input.context, look, &input) && input.context.record.error.code != CF_NO_MEMORY &&
        input.context.record.error.code != CF_TOO_LARGE)
        abort();
    cf__context_dispose(&input.context);
    return 0;
}

static inline void fuzz_require(int condition)
{
    if (!condition)
        abort();
}

#endif

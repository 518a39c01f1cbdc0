/* SPDX-License-Identifier: MIT
 *
 * Memory that is given back all at once. An arena is a chain of blocks; the first block comes from a pool of the
 * thread (kept warm between requests), later ones from malloc, doubling up to 1 MiB. The last allocation may grow in
 * place, which is what makes a buffer in an arena cheap. Freed parts are poisoned for AddressSanitizer.
 */
#ifndef CARAFE_BASE_ARENA_H
#define CARAFE_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "sanitizer.h"

struct cf__block;

struct cf__arena {
    struct cf__block *block; /* the newest */
    char *next, *end;        /* free room of the newest block */
    size_t size;             /* bytes of all blocks */
    size_t cap;              /* the most `size` may become; CF__ARENA_CAP by default */
};

/* A place to go back to: what was allocated after it is released by cf__arena_rewind. */
struct cf__arena_mark {
    struct cf__block *block;
    char *next;
};

#define CF__ARENA_CAP ((size_t)256 << 20)

/* An empty arena; takes no memory yet, cannot fail. */
void cf__arena_init(struct cf__arena *arena);
/* Gives everything back; the arena is then as after init. */
void cf__arena_dispose(struct cf__arena *arena);

/* `size` bytes, not zeroed, aligned to 16. NULL where memory or the cap is exhausted. */
void *cf__arena_take_slowly(struct cf__arena *arena, size_t size);
static inline void *cf__arena_take(struct cf__arena *arena, size_t size)
{
    size_t room = (size + 15) & ~(size_t)15;
    if (__builtin_expect(CF__ADDRESS_SANITIZER || !room || room < size || room > (size_t)(arena->end - arena->next), 0))
        return cf__arena_take_slowly(arena, size);
    void *taken = arena->next;
    arena->next += room;
    return taken;
}
/* Grows (or shrinks) an allocation, in place where it is the newest. NULL as above; the old one is then untouched. */
void *cf__arena_resize(struct cf__arena *arena, void *old, size_t old_size, size_t size);

struct cf__arena_mark cf__arena_mark(const struct cf__arena *arena);
void cf__arena_rewind(struct cf__arena *arena, struct cf__arena_mark mark);

/* Frees the thread's pool of first blocks (at the end of a worker or a test). */
void cf__arena_pool_clear(void);

#endif

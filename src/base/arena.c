/* SPDX-License-Identifier: MIT
 *
 * Arenas: a chain of blocks from which memory is handed out front to back. The first block of an arena comes from a
 * pool of the thread, so that a request which needs little calls malloc not at all. Blocks double up to 1 MiB; what is
 * larger than a block gets one of its own. Under AddressSanitizer all that is not handed out is poisoned.
 */
#include "arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sanitizer.h"

enum {
    ALIGNMENT = 16,
    FIRST_BLOCK = 8 << 10,
    LARGEST_BLOCK = 1 << 20,
    POOLED_BLOCKS = 256,
};

struct cf__block {
    struct cf__block *older;
    size_t size; /* the header included */
};
_Static_assert(sizeof(struct cf__block) % ALIGNMENT == 0, "what follows the header must be aligned");

static _Thread_local struct {
    struct cf__block *blocks;
    size_t count;
} pool;

static size_t aligned(size_t size)
{
    return (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

void cf__arena_init(struct cf__arena *arena)
{
    *arena = (struct cf__arena){ .cap = CF__ARENA_CAP };
}

static void free_block(struct cf__block *block)
{
    CF__UNPOISON(block, block->size);
    if (block->size != FIRST_BLOCK || pool.count == POOLED_BLOCKS) {
        free(block);
        return;
    }
    block->older = pool.blocks;
    pool.blocks = block;
    pool.count++;
}

static struct cf__block *take_block(size_t size)
{
    if (size == FIRST_BLOCK && pool.blocks) {
        struct cf__block *block = pool.blocks;
        pool.blocks = block->older;
        pool.count--;
        return block;
    }
    struct cf__block *block = malloc(size);
    if (block)
        block->size = size;
    return block;
}

void cf__arena_dispose(struct cf__arena *arena)
{
    for (struct cf__block *block = arena->block, *older; block; block = older) {
        older = block->older;
        free_block(block);
    }
    *arena = (struct cf__arena){ .cap = arena->cap };
}

static size_t next_block_size(const struct cf__arena *arena, size_t size)
{
    size_t wanted = arena->block ? arena->block->size * 2 : FIRST_BLOCK;
    if (wanted > LARGEST_BLOCK)
        wanted = LARGEST_BLOCK;
    size_t least = size + sizeof(struct cf__block);
    return least > wanted ? least : wanted;
}

static bool add_block(struct cf__arena *arena, size_t size)
{
    size_t block_size = next_block_size(arena, size);
    if (block_size > arena->cap - arena->size)
        return false;
    struct cf__block *block = take_block(block_size);
    if (!block)
        return false;
    block->older = arena->block;
    arena->block = block;
    arena->next = (char *)(block + 1);
    arena->end = (char *)block + block_size;
    arena->size += block_size;
    CF__POISON(arena->next, (size_t)(arena->end - arena->next));
    return true;
}

void *cf__arena_take_slowly(struct cf__arena *arena, size_t size)
{
    if (size > arena->cap)
        return NULL;
    size_t room = aligned(size ? size : 1);
    if (room > (size_t)(arena->end - arena->next) && !add_block(arena, room))
        return NULL;
    void *taken = arena->next;
    arena->next += room;
    CF__UNPOISON(taken, size);
    return taken;
}

void *cf__arena_resize(struct cf__arena *arena, void *old, size_t old_size, size_t size)
{
    if (!old)
        return cf__arena_take(arena, size);
    char *start = old;
    bool newest = start + aligned(old_size ? old_size : 1) == arena->next;
    if (newest && size <= (size_t)(arena->end - start)) {
        CF__POISON(start, (size_t)(arena->next - start));
        arena->next = start + aligned(size ? size : 1);
        CF__UNPOISON(start, size);
        return old;
    }
    if (size <= old_size)
        return old;
    void *moved = cf__arena_take(arena, size);
    if (moved)
        memcpy(moved, old, old_size);
    return moved;
}

struct cf__arena_mark cf__arena_mark(const struct cf__arena *arena)
{
    return (struct cf__arena_mark){ arena->block, arena->next };
}

void cf__arena_rewind(struct cf__arena *arena, struct cf__arena_mark mark)
{
    while (arena->block != mark.block) {
        struct cf__block *older = arena->block->older;
        arena->size -= arena->block->size;
        free_block(arena->block);
        arena->block = older;
    }
    arena->next = mark.next;
    arena->end = arena->block ? (char *)arena->block + arena->block->size : NULL;
    if (arena->block)
        CF__POISON(arena->next, (size_t)(arena->end - arena->next));
}

void cf__arena_pool_clear(void)
{
    while (pool.blocks) {
        struct cf__block *block = pool.blocks;
        pool.blocks = block->older;
        free(block);
    }
    pool.count = 0;
}

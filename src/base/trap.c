/* SPDX-License-Identifier: MIT
 *
 * One stretch of addresses without memory behind it, cut into pieces as large as any struct of a model. A fault there
 * comes to the handler of stack.c, which asks here what was touched. Traps are made when models are first used and are
 * never given back; a lock keeps threads apart that make them at once.
 */
#include "trap.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

char *cf__traps;

static const char *messages[CF__TRAP_COUNT];
static size_t made;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static char *map_traps(void)
{
    void *map = mmap(NULL, (size_t)CF__TRAP_COUNT * CF__TRAP_SIZE, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return map == MAP_FAILED ? NULL : map;
}

static size_t find_or_add(const char *message)
{
    size_t at = 0;
    while (at < made && strcmp(messages[at], message) != 0)
        at++;
    if (at < made)
        return at;
    if (made == CF__TRAP_COUNT)
        return made - 1;
    messages[made] = made + 1 < CF__TRAP_COUNT ? message : "a relation was not loaded: add it to .load";
    return made++;
}

void *cf__trap_new(const char *message)
{
    void *trap = NULL;
    pthread_mutex_lock(&lock);
    if (!cf__traps)
        cf__traps = map_traps();
    if (cf__traps)
        trap = cf__traps + find_or_add(message) * CF__TRAP_SIZE;
    pthread_mutex_unlock(&lock);
    return trap;
}

const char *cf__trap_message(const void *address)
{
    return cf__is_trap(address) ? messages[(size_t)((const char *)address - cf__traps) / CF__TRAP_SIZE] : NULL;
}

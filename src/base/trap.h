/* SPDX-License-Identifier: MIT
 *
 * Addresses that must not be touched: a pointer that has no value yet points to a trap, and whoever reads through it
 * ends the fiber with an error that says what is missing, where NULL would be a crash or, worse, an answer.
 */
#ifndef CARAFE_BASE_TRAP_H
#define CARAFE_BASE_TRAP_H

#include <stdbool.h>
#include <stddef.h>

enum { CF__TRAP_SIZE = 16 << 10, CF__TRAP_COUNT = 1024 };

/* A trap whose touch raises CF_INTERNAL with `message`, which must last as long as the process; the same one for the
 * same message. The traps a process can have are many more than it has relations; past them all share the last. NULL
 * where the system has no memory. */
void *cf__trap_new(const char *message);
/* The message of the trap at or behind an address; NULL where there is none. Safe in a signal's handler. */
const char *cf__trap_message(const void *address);

extern char *cf__traps; /* CF__TRAP_COUNT of CF__TRAP_SIZE each; NULL before the first */
static inline bool cf__is_trap(const void *address)
{
    return cf__traps && (size_t)((const char *)address - cf__traps) < (size_t)CF__TRAP_COUNT * CF__TRAP_SIZE;
}

#endif

/* SPDX-License-Identifier: MIT
 *
 * Stacks of fibers: 256 KiB of room above 64 KiB of guard that no access survives.
 */
#ifndef CARAFE_BASE_STACK_H
#define CARAFE_BASE_STACK_H

#include <stdbool.h>
#include <stddef.h>

enum { CF__STACK_SIZE = 256 << 10, CF__STACK_GUARD = 64 << 10 };

/* The lowest usable byte of a new stack (its guard lies below), or NULL. */
char *cf__stack_new(void);
void cf__stack_free(char *bottom);
/* Takes the marks a sanitizer left on a stack whose frames were abandoned, before it is used again. */
void cf__stack_clean(char *bottom);

/* Reports crashes: one line with what the process was doing, and a backtrace; an access to the guard of the running
 * fiber's stack as "stack overflow". Then the process dies of the signal as it would have. Done once a thread, by
 * the first fiber. */
void cf__crash_reports(void);
/* Takes SIGSEGV back where a test's framework has taken it since: a touched trap (trap.h) is an error, no crash. */
void cf__crash_reports_renew(void);
/* The stack of the running fiber, or NULL; asked by the crash report. */
char *cf__fiber_stack(void);

#endif

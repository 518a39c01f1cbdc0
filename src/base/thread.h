/* SPDX-License-Identifier: MIT
 *
 * What a thread is doing right now: the fiber it runs, the context that fiber works in, and the third-party function it
 * is inside of. One record a thread, kept by fiber.c (which swaps it at every switch) and context.c.
 */
#ifndef CARAFE_BASE_THREAD_H
#define CARAFE_BASE_THREAD_H

#include "context.h"

struct cf__thread {
    struct cf__fiber *fiber;     /* running; NULL on the loop's own stack */
    struct cf__context *context; /* of that fiber */
    const char *foreign;         /* innermost third-party function that may call back, or NULL */
};

extern _Thread_local struct cf__thread cf__thread;

/* Ends the process with a line on stderr: for what can only be a mistake in a program. */
_Noreturn void cf__fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Aborts where a third-party function stands between here and the fiber's base. */
void cf__refuse_in_foreign_frame(const char *what);

#endif

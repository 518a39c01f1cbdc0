/* SPDX-License-Identifier: MIT
 *
 * Fibers: functions with a stack of their own that can stop in the middle (park) and go on later (wake), all on one
 * thread. Stacks are 256 KiB with a 64 KiB guard, pooled; an overflow is reported as such by a SIGSEGV handler on its
 * own stack. Boost.Context's make_fcontext/jump_fcontext switch where it exists, ucontext elsewhere.
 *
 * Only a fiber ends itself: cancelling one is an error it meets at its next park. Nothing others hold (a list node,
 * a timer, a result slot) may live on a fiber's stack unless the fiber takes it back before it ends; parking code
 * does so.
 */
#ifndef CARAFE_BASE_FIBER_H
#define CARAFE_BASE_FIBER_H

#include <stdint.h>

#include "context.h"

typedef struct cf__fiber cf__fiber;

/* Starts function(argument) in a new fiber with `context` as its context, and runs it until it parks or ends. Must be
 * called from the loop's own stack, not from a fiber. `done(argument)` is called on the loop's stack when the function
 * has ended, at once or later; it may be NULL. An error that reaches the fiber's base is in context->record and
 * `failed` is true for done. Returns the fiber, or NULL where it has already ended. Raises nothing: where no stack can
 * be had the error is CF_NO_MEMORY, as if the function had raised it. */
typedef void cf__fiber_done(void *argument, bool failed);
cf__fiber *cf__fiber_start(struct cf__context *context, void (*function)(void *), cf__fiber_done *done, void *argument);

cf__fiber *cf__fiber_current(void); /* NULL on the loop's own stack */

/* Parks the running fiber until cf__fiber_wake, or until `deadline` (cf__monotonic microseconds; 0 for none), where
 * it raises CF_TIMEOUT "timed out: <what>". A cancelled fiber raises its cancelling error at once or when woken by it.
 * So after a park returns normally, wake was called. `what` is a literal: "waiting for the database". */
void cf__fiber_park(const char *what, int64_t deadline);
/* As park, but returns false where the deadline passed, and ignores cancelling (which stays pending for the next
 * park): for waits whose other side still uses what the fiber holds, such as cf_blocking. */
bool cf__fiber_park_firmly(const char *what, int64_t deadline);

/* Makes a parked fiber go on, at the latest in this turn of the loop, never inside the call. Waking twice or a fiber
 * that has not parked yet is fine: the wake is remembered once. False where it was woken before and has not gone on since.
 * Loop's stack or another fiber; same thread. */
bool cf__fiber_wake(cf__fiber *fiber);

/* Makes the fiber's next (or current) park raise `code` with `message` (copied). The first cancel wins. */
void cf__fiber_cancel(cf__fiber *fiber, enum cf_error_code code, const char *message);

/* Fibers that are running or parked on this thread. */
size_t cf__fiber_count(void);
/* Cancels every fiber of the thread (shutdown). */
void cf__fiber_cancel_all(const char *message);

/* Frees pooled stacks (end of a worker or test). */
void cf__fiber_pool_clear(void);

#endif

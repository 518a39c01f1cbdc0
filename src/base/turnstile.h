/* SPDX-License-Identifier: MIT
 *
 * Turnstiles: locks among the processes of one program that let one through at a time, in turn, so that none starves.
 * For what the processes would else fight over with time-outs, such as the write lock of a database file: a turnstile
 * is no more than the queue in front of that lock, which stays the one that counts.
 *
 * They lie in memory shared by a supervisor and the workers it forks, made before the first fork, in atomics only,
 * since a worker may be killed at any instruction; the supervisor then calls cf__turnstiles_forget, which passes on what
 * the dead one held. A process that has joined none is let through at once.
 */
#ifndef CARAFE_BASE_TURNSTILE_H
#define CARAFE_BASE_TURNSTILE_H

#include <stdbool.h>
#include <stdint.h>

enum { CF__TURNSTILES = 16, CF__TURNSTILE_MEMBERS = 64 };

/* In the supervisor, before the first fork; false with errno where there is no room. Frees what was made before. */
bool cf__turnstiles_make(void);
void cf__turnstiles_free(void);
/* A number for a process about to be forked, or -1 where all are taken: it then goes without. */
int cf__turnstiles_reserve(void);
/* In the new process. */
void cf__turnstiles_join(int member);
/* In the supervisor, when the process of that number has ended. -1 is fine. */
void cf__turnstiles_forget(int member);

/* Waits until it is this process's turn at a turnstile (0 to CF__TURNSTILES - 1): parks the fiber, firmly; false past
 * `deadline` (cf__monotonic microseconds). One fiber of a process at a time. */
bool cf__turnstile_pass(unsigned turnstile, int64_t deadline);
/* Lets the next one through. Nothing where this process does not hold it. */
void cf__turnstile_leave(unsigned turnstile);

#endif

/* SPDX-License-Identifier: MIT
 *
 * The event loop of a thread: libuv behind the few words the rest of Carafe needs, so that uv.h stays in this folder.
 * Handles are embedded by the caller in its own long-lived storage (never on a fiber's stack, never in an arena) and
 * must be stopped before that storage goes away.
 */
#ifndef CARAFE_BASE_LOOP_H
#define CARAFE_BASE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

typedef struct cf__loop cf__loop;

/* The thread's loop, made on first use. Raises nothing; aborts where the kernel gives no epoll descriptor. */
cf__loop *cf__loop_get(void);
/* Closes and frees the thread's loop (end of a worker or a test). Active watches are closed. */
void cf__loop_free(void);

/* Runs until cf__loop_stop, or until nothing is watched and no fiber lives. */
void cf__loop_run(void);
/* Runs until *flag is true (checked once a turn), or nothing is left to wait for. For tests and commands. */
void cf__loop_run_until(const bool *flag);
void cf__loop_stop(void);

/* Runs function(argument) in a fiber with a context of its own, turns the loop until it has ended, and returns true;
 * false where an error ended it, with *record filled (may be NULL). How commands and tests enter a fiber. */
struct cf__error_record;
bool cf__loop_run_fiber(void (*function)(void *), void *argument, struct cf__error_record *record);

/* Descriptors: callback(data, events) on the loop's stack whenever `events` holds. */
enum { CF__READABLE = 1, CF__WRITABLE = 2 };
typedef struct cf__watch cf__watch;
cf__watch *cf__watch_start(int fd, int events, void (*callback)(void *data, int events), void *data); /* NULL: errno */
void cf__watch_change(cf__watch *watch, int events);
void cf__watch_stop(cf__watch *watch);

/* Timers: callback(data) once at `deadline` (cf__monotonic microseconds) or every `period` microseconds. */
typedef struct cf__timer cf__timer;
cf__timer *cf__timer_new(void (*callback)(void *data), void *data); /* NULL without memory */
void cf__timer_at(cf__timer *timer, int64_t deadline);
void cf__timer_every(cf__timer *timer, int64_t period);
void cf__timer_stop(cf__timer *timer);
void cf__timer_free(cf__timer *timer);

/* cf__monotonic() as of the loop's last wait, at most a millisecond and a turn ago: for measures that need no more, it costs
 * nothing. */
int64_t cf__loop_time(void);

/* Signals: callback(data, number) on the loop's stack. */
typedef struct cf__signal cf__signal;
cf__signal *cf__signal_start(int number, void (*callback)(void *data, int number), void *data);
void cf__signal_stop(cf__signal *signal);

/* Runs callback(data) at the end of every turn, just before the loop waits, after every woken fiber has run (and again
 * where it woke some). Where the database ends its turn-long read transaction and where answers are flushed. */
typedef struct cf__turn_hook cf__turn_hook;
cf__turn_hook *cf__turn_hook_add(void (*callback)(void *data), void *data);
void cf__turn_hook_remove(cf__turn_hook *hook);

#endif

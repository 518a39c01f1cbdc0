/* SPDX-License-Identifier: MIT
 *
 * The loop: libuv's, turned by hand. A turn is: run the fibers that may go on and the hooks of the turn until
 * neither has anything left to do, then let libuv wait for the next events (without waiting where a fiber is
 * runnable already). Handles are closed by libuv in its own time, so each is an allocation of its own that its close
 * callback frees.
 */
#include "loop.h"

#include <errno.h>
#include <stdlib.h>
#include <uv.h>

#include "clock.h"
#include "context.h"
#include "fiber.h"
#include "run_queue.h"
#include "stack.h"
#include "thread.h"

#include <carafe/wait.h>

struct cf__turn_hook {
    void (*callback)(void *data);
    void *data;
    struct cf__turn_hook *next;
};

struct cf__loop {
    uv_loop_t uv;
    bool stopped;
    struct cf__turn_hook *hooks;
};

static _Thread_local cf__loop *thread_loop;

cf__loop *cf__loop_get(void)
{
    if (thread_loop)
        return thread_loop;
    cf__loop *loop = calloc(1, sizeof *loop);
    if (!loop)
        cf__fatal("no memory for an event loop");
    int problem = uv_loop_init(&loop->uv);
    if (problem)
        cf__fatal("cannot make an event loop: %s", uv_strerror(problem));
    thread_loop = loop;
    return loop;
}

static uv_loop_t *uv(void)
{
    return &cf__loop_get()->uv;
}

static void free_handle(uv_handle_t *handle)
{
    free(handle->data);
}

static void close_left(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (!uv_is_closing(handle))
        uv_close(handle, free_handle);
}

void cf__loop_free(void)
{
    cf__loop *loop = thread_loop;
    if (!loop)
        return;
    cf__fiber_pool_clear();
    uv_walk(&loop->uv, close_left, NULL);
    while (uv_run(&loop->uv, UV_RUN_DEFAULT))
        ;
    while (loop->hooks)
        cf__turn_hook_remove(loop->hooks);
    uv_loop_close(&loop->uv);
    free(loop);
    thread_loop = NULL;
}

/* ---- Turning ---------------------------------------------------------------------------------------------------- */

static void run_hooks(const cf__loop *loop)
{
    for (struct cf__turn_hook *hook = loop->hooks, *next; hook; hook = next) {
        next = hook->next;
        hook->callback(hook->data);
    }
}

/* One turn, without waiting where `ended` has become true; false where nothing is left that could ever happen. */
static bool turn(cf__loop *loop, const bool *ended)
{
    cf__run_queue_run();
    run_hooks(loop);
    bool runnable = !cf__run_queue_empty() || *ended;
    int alive = uv_run(&loop->uv, runnable ? UV_RUN_NOWAIT : UV_RUN_ONCE);
    return alive || runnable || !cf__run_queue_empty();
}

void cf__loop_run(void)
{
    cf__loop *loop = cf__loop_get();
    loop->stopped = false;
    while (!loop->stopped && turn(loop, &loop->stopped))
        ;
}

void cf__loop_run_until(const bool *flag)
{
    cf__loop *loop = cf__loop_get();
    while (!*flag && turn(loop, flag))
        ;
}

void cf__loop_stop(void)
{
    cf__loop_get()->stopped = true;
    uv_stop(uv());
}

struct fiber_run {
    void (*function)(void *);
    void *argument;
    bool ended, failed;
};

static void call_function(void *run_)
{
    struct fiber_run *run = run_;
    run->function(run->argument);
}

static void note_end(void *run_, bool failed)
{
    struct fiber_run *run = run_;
    run->ended = true;
    run->failed = failed;
}

/* The releases left over when a fiber's function has ended run in a fiber too, since they may park. */
static void release_all(void *context)
{
    cf__run_releases(context);
}

static void run_to_end(struct cf__context *context, struct fiber_run *run)
{
    cf__fiber_start(context, call_function, note_end, run);
    cf__loop_run_until(&run->ended);
    if (!run->ended)
        cf__fatal("a fiber waits for what cannot happen any more");
}

bool cf__loop_run_fiber(void (*function)(void *), void *argument, struct cf__error_record *record)
{
    struct cf__context *context = malloc(sizeof *context);
    if (!context)
        cf__fatal("no memory for a context");
    cf__context_init(context);
    cf__crash_reports_renew();
    struct fiber_run run = { .function = function, .argument = argument };
    run_to_end(context, &run);
    if (run.failed && record)
        cf__error_record_copy(record, &context->record);
    struct fiber_run last = { .function = release_all, .argument = context };
    if (context->releases)
        run_to_end(context, &last);
    cf__context_dispose(context);
    free(context);
    return !run.failed;
}

/* ---- Descriptors ------------------------------------------------------------------------------------------------ */

struct cf__watch {
    uv_poll_t handle;
    int wanted; /* libuv's */
    void (*callback)(void *data, int events);
    void *data;
};

static void report_events(uv_poll_t *handle, int status, int events)
{
    cf__watch *watch = handle->data;
    int seen = (events & UV_READABLE ? CF__READABLE : 0) | (events & UV_WRITABLE ? CF__WRITABLE : 0);
    if (status < 0) { /* the descriptor has failed: whoever reads or writes it next is told why, if not at once */
        seen = CF__READABLE | CF__WRITABLE;
        uv_poll_start(handle, watch->wanted, report_events); /* libuv has stopped it */
    }
    watch->callback(watch->data, seen);
}

void cf__watch_change(cf__watch *watch, int events)
{
    watch->wanted = (events & CF__READABLE ? UV_READABLE : 0) | (events & CF__WRITABLE ? UV_WRITABLE : 0);
    uv_poll_start(&watch->handle, watch->wanted, report_events);
}

cf__watch *cf__watch_start(int fd, int events, void (*callback)(void *data, int events), void *data)
{
    cf__watch *watch = malloc(sizeof *watch);
    if (!watch)
        return NULL;
    int problem = uv_poll_init(uv(), &watch->handle, fd);
    if (problem) {
        free(watch);
        errno = -problem;
        return NULL;
    }
    watch->handle.data = watch;
    watch->callback = callback;
    watch->data = data;
    cf__watch_change(watch, events);
    return watch;
}

void cf__watch_stop(cf__watch *watch)
{
    if (watch)
        uv_close((uv_handle_t *)&watch->handle, free_handle);
}

/* ---- Timers ----------------------------------------------------------------------------------------------------- */

struct cf__timer {
    uv_timer_t handle;
    void (*callback)(void *data);
    void *data;
};

/* libuv runs timers that are due before it waits for events, too (1.44 does): whom they woke goes on first, so it must not wait
 * then. */
static void report_time(uv_timer_t *handle)
{
    cf__timer *timer = handle->data;
    timer->callback(timer->data);
    uv_stop(handle->loop);
}

cf__timer *cf__timer_new(void (*callback)(void *data), void *data)
{
    cf__timer *timer = malloc(sizeof *timer);
    if (!timer)
        return NULL;
    uv_timer_init(uv(), &timer->handle);
    timer->handle.data = timer;
    timer->callback = callback;
    timer->data = data;
    return timer;
}

/* libuv counts whole milliseconds, cut: so a deadline to come is rounded up and taken from the time the loop sees, and a
 * timer is never early. One that has passed is due at once. */
static uint64_t milliseconds_until(const uv_timer_t *handle, int64_t deadline)
{
    if (deadline <= cf__monotonic())
        return 0;
    uint64_t due = ((uint64_t)deadline + 999) / 1000, now = uv_now(handle->loop);
    return due > now ? due - now : 0;
}

int64_t cf__loop_time(void)
{
    return (int64_t)uv_now(uv()) * 1000;
}

void cf__timer_at(cf__timer *timer, int64_t deadline)
{
    uv_update_time(timer->handle.loop);
    uv_timer_start(&timer->handle, report_time, milliseconds_until(&timer->handle, deadline), 0);
}

void cf__timer_every(cf__timer *timer, int64_t period)
{
    uv_update_time(timer->handle.loop);
    uint64_t first = milliseconds_until(&timer->handle, cf__monotonic() + period);
    uv_timer_start(&timer->handle, report_time, first, ((uint64_t)period + 999) / 1000);
}

void cf__timer_stop(cf__timer *timer)
{
    uv_timer_stop(&timer->handle);
}

void cf__timer_free(cf__timer *timer)
{
    if (timer)
        uv_close((uv_handle_t *)&timer->handle, free_handle);
}

/* ---- Signals ---------------------------------------------------------------------------------------------------- */

struct cf__signal {
    uv_signal_t handle;
    void (*callback)(void *data, int number);
    void *data;
};

static void report_signal(uv_signal_t *handle, int number)
{
    cf__signal *signal = handle->data;
    signal->callback(signal->data, number);
}

cf__signal *cf__signal_start(int number, void (*callback)(void *data, int number), void *data)
{
    cf__signal *signal = malloc(sizeof *signal);
    if (!signal)
        return NULL;
    uv_signal_init(uv(), &signal->handle);
    signal->handle.data = signal;
    signal->callback = callback;
    signal->data = data;
    uv_signal_start(&signal->handle, report_signal, number);
    uv_unref((uv_handle_t *)&signal->handle); /* waiting for a signal alone keeps no loop running */
    return signal;
}

void cf__signal_stop(cf__signal *signal)
{
    if (signal)
        uv_close((uv_handle_t *)&signal->handle, free_handle);
}

/* ---- Hooks ------------------------------------------------------------------------------------------------------ */

cf__turn_hook *cf__turn_hook_add(void (*callback)(void *data), void *data)
{
    cf__turn_hook *hook = malloc(sizeof *hook);
    if (!hook)
        return NULL;
    cf__loop *loop = cf__loop_get();
    *hook = (cf__turn_hook){ callback, data, loop->hooks };
    loop->hooks = hook;
    return hook;
}

void cf__turn_hook_remove(cf__turn_hook *hook)
{
    if (!hook)
        return;
    for (cf__turn_hook **at = &cf__loop_get()->hooks; *at; at = &(*at)->next) {
        if (*at == hook) {
            *at = hook->next;
            free(hook);
            return;
        }
    }
}

/* ---- Work on another thread ------------------------------------------------------------------------------------- */

struct work {
    uv_work_t handle;
    void (*function)(void *);
    void *argument;
    struct cf__fiber *fiber;
    bool done;
};

static void run_work(uv_work_t *handle)
{
    struct work *work = handle->data;
    work->function(work->argument);
}

static void end_work(uv_work_t *handle, int status)
{
    (void)status;
    struct work *work = handle->data;
    work->done = true;
    cf__fiber_wake(work->fiber);
}

/* The work lies in the arena: the fiber parks firmly, so neither it nor its context ends before the work has. */
void cf_blocking_(cf_context *owner, void (*function)(void *), void *argument)
{
    struct work *work = cf_alloc_(owner, sizeof *work);
    work->function = function;
    work->argument = argument;
    work->fiber = cf__fiber_current();
    work->handle.data = work;
    int problem = uv_queue_work(uv(), &work->handle, run_work, end_work);
    if (problem)
        cf_raise(CF_SYSTEM, "cannot start work on another thread: %s", uv_strerror(problem));
    while (!work->done)
        cf__fiber_park_firmly("waiting for work on another thread", 0);
}

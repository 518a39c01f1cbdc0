/* SPDX-License-Identifier: MIT
 *
 * Fibers. A fiber's structure lies at the top of its own stack, so starting one allocates nothing where the pool has
 * a stack. The loop's stack starts fibers and resumes woken ones; a fiber only ever switches back to it. What wakes
 * a fiber (a timer, a watch, another fiber) puts it on the queue of the runnable, which the loop empties once a
 * turn: no fiber runs inside the call that woke it.
 */
#include "fiber.h"

#include <stdio.h>
#include <string.h>

#include <carafe/wait.h>

#include "clock.h"
#include "loop.h"
#include "run_queue.h"
#include "sanitizer.h"
#include "stack.h"
#include "switch.h"
#include "thread.h"

enum { POOLED_STACKS = 256 };

enum fiber_state { RUNNING, PARKED, ENDED };

struct cf__fiber {
    enum fiber_state state;
    bool queued, woken, timed_out, firm, failed;
    struct cf__context *base_context; /* given at the start */
    struct cf__thread thread;         /* what cf__thread is while this fiber runs; kept here while it is parked */
    void (*function)(void *);
    cf__fiber_done *done;
    void *argument;
    cf__place place;  /* where to go on */
    void *fake_stack; /* AddressSanitizer's */
    cf__timer *timer; /* made at the first park with a deadline, kept with the pooled stack */
    char *stack;      /* lowest usable byte */
    struct cf__fiber *next_runnable;
    struct cf__fiber *previous, *next; /* of all living ones; in the pool: next */
    enum cf_error_code cancel_code;    /* 0: not cancelled */
    char cancel_message[128];
};

static _Thread_local struct {
    struct cf__fiber *living, *pool;
    size_t count, pooled;
    struct cf__fiber *first_runnable, *last_runnable;
    const void *loop_stack; /* AddressSanitizer's view of the loop's own stack */
    size_t loop_stack_size;
} fibers;

cf__fiber *cf__fiber_current(void)
{
    return cf__thread.fiber;
}

char *cf__fiber_stack(void)
{
    return cf__thread.fiber ? cf__thread.fiber->stack : NULL;
}

size_t cf__fiber_count(void)
{
    return fibers.count;
}

/* ---- Stacks ----------------------------------------------------------------------------------------------------- */

static char *fiber_top(char *stack)
{
    return stack + CF__STACK_SIZE - ((sizeof(struct cf__fiber) + 63) & ~(size_t)63);
}

static struct cf__fiber *take_fiber(void)
{
    struct cf__fiber *fiber = fibers.pool;
    if (fiber) {
        fibers.pool = fiber->next;
        fibers.pooled--;
        return fiber;
    }
    cf__crash_reports();
    char *stack = cf__stack_new();
    if (!stack)
        return NULL;
    fiber = (struct cf__fiber *)fiber_top(stack);
    fiber->stack = stack;
    fiber->timer = NULL;
    return fiber;
}

static void free_fiber(struct cf__fiber *fiber)
{
    cf__timer_free(fiber->timer);
    cf__stack_free(fiber->stack);
}

static void give_back(struct cf__fiber *fiber)
{
    if (fibers.pooled >= POOLED_STACKS) {
        free_fiber(fiber);
        return;
    }
    if (CF__ADDRESS_SANITIZER) /* frames abandoned by an error leave their marks */
        cf__stack_clean(fiber->stack);
    fiber->next = fibers.pool;
    fibers.pool = fiber;
    fibers.pooled++;
}

void cf__fiber_pool_clear(void)
{
    while (fibers.pool) {
        struct cf__fiber *fiber = fibers.pool;
        fibers.pool = fiber->next;
        free_fiber(fiber);
    }
    fibers.pooled = 0;
}

/* ---- Switching -------------------------------------------------------------------------------------------------- */

static void link_living(struct cf__fiber *fiber)
{
    fiber->previous = NULL;
    fiber->next = fibers.living;
    if (fibers.living)
        fibers.living->previous = fiber;
    fibers.living = fiber;
    fibers.count++;
}

static void unlink_living(struct cf__fiber *fiber)
{
    if (fiber->previous)
        fiber->previous->next = fiber->next;
    else
        fibers.living = fiber->next;
    if (fiber->next)
        fiber->next->previous = fiber->previous;
    fibers.count--;
}

/* From the fiber to the loop's stack; returns when the loop resumes it. */
static void switch_to_loop(struct cf__fiber *fiber)
{
    CF__START_SWITCH(fiber->state == ENDED ? NULL : &fiber->fake_stack, fibers.loop_stack, fibers.loop_stack_size);
    struct cf__transfer transfer = jump_fcontext(fiber->place, NULL);
    CF__FINISH_SWITCH(fiber->fake_stack, &fibers.loop_stack, &fibers.loop_stack_size);
    fiber->place = transfer.from;
}

static void run_function(void *fiber_)
{
    struct cf__fiber *fiber = fiber_;
    fiber->function(fiber->argument);
}

/* The base of every fiber's stack. */
static void fiber_base(struct cf__transfer transfer)
{
    struct cf__fiber *fiber = transfer.data;
    CF__FINISH_SWITCH(NULL, &fibers.loop_stack, &fibers.loop_stack_size);
    fiber->place = transfer.from;
    fiber->failed = !cf__protect(fiber->base_context, run_function, fiber);
    fiber->state = ENDED;
    switch_to_loop(fiber);
    cf__fatal("an ended fiber was resumed");
}

/* From the loop's stack into a fiber, until it parks or ends. False where it has ended. */
static bool resume(struct cf__fiber *fiber)
{
    struct cf__thread kept = cf__thread;
    void *fake_stack = NULL;
    fiber->state = RUNNING;
    cf__thread = fiber->thread;
    CF__START_SWITCH(&fake_stack, fiber->stack, CF__STACK_SIZE);
    struct cf__transfer transfer = jump_fcontext(fiber->place, fiber);
    CF__FINISH_SWITCH(fake_stack, NULL, NULL);
    fiber->place = transfer.from;
    fiber->thread = cf__thread;
    cf__thread = kept;
    if (fiber->state != ENDED)
        return true;
    fiber->base_context->fiber = NULL;
    cf__fiber_done *done = fiber->done;
    void *argument = fiber->argument;
    bool failed = fiber->failed;
    unlink_living(fiber);
    give_back(fiber);
    if (done)
        done(argument, failed);
    return false;
}

cf__fiber *cf__fiber_start(struct cf__context *context, void (*function)(void *), cf__fiber_done *done, void *argument)
{
    if (cf__thread.fiber)
        cf__fatal("a fiber can only be started from the loop");
    struct cf__fiber *fiber = take_fiber();
    if (!fiber) {
        snprintf(context->record.message, sizeof context->record.message, "no memory for a fiber's stack");
        context->record.error = (cf_error){ .code = CF_NO_MEMORY, .message = context->record.message };
        if (done)
            done(argument, true);
        return NULL;
    }
    fiber->queued = fiber->woken = fiber->timed_out = fiber->firm = fiber->failed = false;
    fiber->cancel_code = 0;
    fiber->function = function;
    fiber->done = done;
    fiber->argument = argument;
    fiber->base_context = context;
    fiber->thread = (struct cf__thread){ .fiber = fiber, .context = context };
    fiber->place = make_fcontext(fiber_top(fiber->stack), (size_t)(fiber_top(fiber->stack) - fiber->stack), fiber_base);
    context->fiber = fiber;
    link_living(fiber);
    return resume(fiber) ? fiber : NULL;
}

/* ---- Waking ----------------------------------------------------------------------------------------------------- */

static void make_runnable(struct cf__fiber *fiber)
{
    if (fiber->queued)
        return;
    fiber->queued = true;
    fiber->next_runnable = NULL;
    if (fibers.last_runnable)
        fibers.last_runnable->next_runnable = fiber;
    else
        fibers.first_runnable = fiber;
    fibers.last_runnable = fiber;
}

bool cf__run_queue_empty(void)
{
    return !fibers.first_runnable;
}

void cf__run_queue_run(void)
{
    struct cf__fiber *last = fibers.last_runnable; /* those woken meanwhile wait for the next round */
    while (fibers.first_runnable) {
        struct cf__fiber *fiber = fibers.first_runnable;
        fibers.first_runnable = fiber->next_runnable;
        if (!fibers.first_runnable)
            fibers.last_runnable = NULL;
        fiber->queued = false;
        bool was_last = fiber == last;
        resume(fiber);
        if (was_last)
            return;
    }
}

bool cf__fiber_wake(cf__fiber *fiber)
{
    bool was_woken = fiber->woken;
    fiber->woken = true;
    if (fiber->state == PARKED)
        make_runnable(fiber);
    return !was_woken;
}

void cf__fiber_cancel(cf__fiber *fiber, enum cf_error_code code, const char *message)
{
    if (fiber->cancel_code)
        return;
    fiber->cancel_code = code;
    snprintf(fiber->cancel_message, sizeof fiber->cancel_message, "%s", message);
    if (fiber->state == PARKED && !fiber->firm)
        make_runnable(fiber);
}

void cf__fiber_cancel_all(const char *message)
{
    for (struct cf__fiber *fiber = fibers.living; fiber; fiber = fiber->next)
        cf__fiber_cancel(fiber, CF_CANCELLED, message);
}

/* ---- Parking ---------------------------------------------------------------------------------------------------- */

static void time_out(void *fiber_)
{
    struct cf__fiber *fiber = fiber_;
    fiber->timed_out = true;
    if (fiber->state == PARKED)
        make_runnable(fiber);
}

static void start_timer(struct cf__fiber *fiber, int64_t deadline)
{
    if (!fiber->timer)
        fiber->timer = cf__timer_new(time_out, fiber);
    if (!fiber->timer)
        cf_raise(CF_NO_MEMORY, "no memory for a timer");
    cf__timer_at(fiber->timer, deadline);
}

static void raise_cancelled(const struct cf__fiber *fiber)
{
    cf_raise(fiber->cancel_code, "%s", fiber->cancel_message);
}

/* Parks until woken (true) or the deadline (false); a firm park is not ended by cancelling. */
static bool park(const char *what, int64_t deadline, bool firm)
{
    struct cf__fiber *fiber = cf__thread.fiber;
    if (!fiber)
        cf__fatal("%s outside a fiber", what);
    cf__refuse_in_foreign_frame(what);
    if (!firm && fiber->cancel_code)
        raise_cancelled(fiber);
    fiber->timed_out = false;
    if (!fiber->woken) {
        if (deadline)
            start_timer(fiber, deadline);
        fiber->firm = firm;
        do {
            fiber->state = PARKED;
            switch_to_loop(fiber);
        } while (!fiber->woken && !fiber->timed_out && (firm || !fiber->cancel_code));
        if (deadline)
            cf__timer_stop(fiber->timer);
    }
    bool woken = fiber->woken;
    fiber->woken = false;
    if (!firm && fiber->cancel_code)
        raise_cancelled(fiber);
    return woken;
}

void cf__fiber_park(const char *what, int64_t deadline)
{
    if (!park(what, deadline, false))
        cf_raise(CF_TIMEOUT, "timed out: %s", what);
}

bool cf__fiber_park_firmly(const char *what, int64_t deadline)
{
    return park(what, deadline, true);
}

void cf_sleep(double seconds)
{
    const double longest = 1e9; /* some thirty years, so that the sum cannot overflow */
    double pause = seconds > 0 ? seconds : 0;
    park("sleeping", cf__monotonic() + (int64_t)((pause < longest ? pause : longest) * 1e6), false);
}

/* SPDX-License-Identifier: MIT
 *
 * A turnstile is two words: who holds it, and a bit for each process that waits. Who leaves hands it to the next waiting
 * number in a circle, which is fair and leaves nothing half-made where a process dies in the middle: at worst somebody was given the turnstile
 * and not woken, and the supervisor wakes everybody after a death. Each process has an eventfd by which it is woken, and
 * looks itself whether its turn has come.
 */
#include "turnstile.h"

#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fiber.h"
#include "loop.h"

struct turnstile {
    _Atomic uint32_t holder;  /* number + 1; 0: nobody */
    _Atomic uint64_t waiting; /* a bit a number */
};

struct table {
    struct turnstile turnstiles[CF__TURNSTILES];
    int events[CF__TURNSTILE_MEMBERS]; /* written before the first fork only */
};

static struct table *table; /* shared; NULL in a program without a supervisor */
static uint64_t reserved;   /* the supervisor's: numbers in use */
static int own = -1;        /* this process's number */
static bool held[CF__TURNSTILES];
static struct cf__fiber *waiter[CF__TURNSTILES];
static cf__watch *watch; /* of its event, from the first turnstile on */

void cf__turnstiles_free(void)
{
    if (!table)
        return;
    for (int i = 0; i < CF__TURNSTILE_MEMBERS; i++)
        if (table->events[i] >= 0)
            close(table->events[i]);
    munmap(table, sizeof *table);
    table = NULL;
    reserved = 0;
    own = -1;
}

/* All events are made before the first fork: every process then knows every other's, one forked later too. */
bool cf__turnstiles_make(void)
{
    cf__turnstiles_free();
    void *memory = mmap(NULL, sizeof *table, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return false;
    table = memory;
    bool made = true;
    for (int i = 0; i < CF__TURNSTILE_MEMBERS; i++) {
        table->events[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        made = made && table->events[i] >= 0;
    }
    if (!made)
        cf__turnstiles_free();
    return made;
}

int cf__turnstiles_reserve(void)
{
    if (!table || !~reserved)
        return -1;
    int member = __builtin_ctzll(~reserved);
    reserved |= (uint64_t)1 << member;
    return member;
}

void cf__turnstiles_join(int member)
{
    own = table ? member : -1;
}

static void wake(int member)
{
    const uint64_t one = 1;
    ssize_t written = write(table->events[member], &one, sizeof one);
    (void)written; /* a full counter is as good */
}

/* The next waiting number behind `member` in the circle, or -1. */
static int next_waiting(const struct turnstile *turnstile, int member)
{
    uint64_t waiting = atomic_load(&turnstile->waiting);
    if (!waiting)
        return -1;
    uint64_t behind = member == 63 ? 0 : waiting & (~(uint64_t)0 << (member + 1));
    return __builtin_ctzll(behind ? behind : waiting);
}

/* Hands the turnstile over from its holder; where nobody waits it is free, and who comes between the look and the release
 * finds it so or is found by the second look. */
static void hand_over(struct turnstile *turnstile, int member)
{
    uint32_t holder = (uint32_t)member + 1;
    int next = next_waiting(turnstile, member);
    if (!atomic_compare_exchange_strong(&turnstile->holder, &holder, next < 0 ? 0 : (uint32_t)next + 1))
        return;
    if (next < 0) {
        next = next_waiting(turnstile, member);
        uint32_t nobody = 0;
        if (next < 0 || !atomic_compare_exchange_strong(&turnstile->holder, &nobody, (uint32_t)next + 1))
            return;
    }
    wake(next);
}

void cf__turnstiles_forget(int member)
{
    if (!table || member < 0)
        return;
    reserved &= ~((uint64_t)1 << member);
    for (int i = 0; i < CF__TURNSTILES; i++) {
        atomic_fetch_and(&table->turnstiles[i].waiting, ~((uint64_t)1 << member));
        hand_over(&table->turnstiles[i], member);
    }
    for (int i = 0; i < CF__TURNSTILE_MEMBERS; i++)
        if (reserved >> i & 1)
            wake(i);
}

/* ---- In a worker ------------------------------------------------------------------------------------------------ */

static bool is_holder(const struct turnstile *turnstile)
{
    return atomic_load(&turnstile->holder) == (uint32_t)own + 1;
}

/* Looks at all turnstiles after a wake. One that was handed to this process after its fiber had stopped waiting is handed
 * on. */
static void look(void *unused, int events)
{
    (void)unused, (void)events;
    uint64_t count;
    ssize_t size = read(table->events[own], &count, sizeof count);
    (void)size; /* nothing to read is as good */
    for (int i = 0; i < CF__TURNSTILES; i++) {
        if (waiter[i])
            cf__fiber_wake(waiter[i]);
        else if (!held[i] && is_holder(&table->turnstiles[i]))
            hand_over(&table->turnstiles[i], own);
    }
}

static bool try_to_hold(struct turnstile *turnstile)
{
    uint32_t nobody = 0;
    return is_holder(turnstile) || atomic_compare_exchange_strong(&turnstile->holder, &nobody, (uint32_t)own + 1);
}

static bool wait_for_turn(struct turnstile *turnstile, int64_t deadline)
{
    bool through = false, in_time = true;
    atomic_fetch_or(&turnstile->waiting, (uint64_t)1 << own);
    while (!(through = try_to_hold(turnstile)) && in_time)
        in_time = cf__fiber_park_firmly("waiting to write to the database", deadline);
    atomic_fetch_and(&turnstile->waiting, ~((uint64_t)1 << own));
    return through;
}

bool cf__turnstile_pass(unsigned number, int64_t deadline)
{
    if (own < 0 || (!watch && !(watch = cf__watch_start(table->events[own], CF__READABLE, look, NULL))))
        return true;
    struct turnstile *turnstile = &table->turnstiles[number];
    if (atomic_load(&turnstile->waiting) || !try_to_hold(turnstile)) {
        waiter[number] = cf__fiber_current();
        held[number] = wait_for_turn(turnstile, deadline);
        waiter[number] = NULL;
        return held[number];
    }
    held[number] = true;
    return true;
}

void cf__turnstile_leave(unsigned number)
{
    if (!held[number])
        return;
    held[number] = false;
    hand_over(&table->turnstiles[number], own);
}

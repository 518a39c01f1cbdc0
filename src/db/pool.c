/* SPDX-License-Identifier: MIT
 *
 * Connections of a database server: a worker has a pool of them.
 *
 * Where the driver pipelines, a few are shared: queries outside transactions go out on them one behind the other, answers
 * come back in that order, and nobody waits for a connection. A query that stands behind a slow one for longer than
 * PATIENCE takes another way (link.c): another shared one that moves, then one of its own. As long as the slow one runs
 * others avoid its connection. Everything else has a connection of its own for its time: transactions, streams, SQL of the
 * user's own, and every query where the driver cannot share.
 *
 * A connection that was lost is closed when it comes back; what had been idle beside it is then closed too, since it has
 * most likely met the same end. Who waits is served in order of asking.
 */
#include <stdlib.h>

#include <carafe/log.h>

#include "../base/clock.h"
#include "../base/fiber.h"
#include "state.h"

enum { SHARED_STATEMENT_TIMEOUT = 5000000 };
enum { MOST_OPENINGS = 2 };

static size_t most_lanes(const cf_engine *engine)
{
    return (size_t)engine->options.pool_size + (size_t)engine->options.max_overflow;
}

/* ---- Opening and closing of lanes ------------------------------------------------------------------------------- */

static void wake_first(cf_engine *engine)
{
    if (engine->waiting.first)
        cf__fiber_wake(engine->waiting.first->waiting);
}

/* What happens to a connection, who is called, and how the log says it. */
typedef void hook(const struct cf_pool_event *event);

static void tell(const cf_engine *engine, hook *called, const char *words, int64_t since)
{
    if (!called && !engine->options.echo_pool)
        return;
    struct cf_pool_event event = { .uri = engine->masked,
                                   .milliseconds = (double)(cf__monotonic() - since) / 1000,
                                   .open = (int)engine->pool.lanes };
    for (const struct cf__lane *lane = engine->pool.idle; lane; lane = lane->next)
        event.idle++;
    if (engine->options.echo_pool)
        cf_log_info("pool: %s (%.3f ms, %d open, %d idle): %s", words, event.milliseconds, event.open, event.idle,
                    event.uri);
    if (called)
        called(&event);
}

static void close_lane(struct cf__lane *lane)
{
    cf_engine *engine = lane->engine;
    bool lost = engine->driver->lost(lane->connection);
    int64_t opened = lane->opened;
    cf__lane_close(lane);
    engine->pool.lanes--;
    if (lost)
        tell(engine, engine->options.engine_hooks.after_invalidate, "a connection was lost, and is closed", opened);
    else
        tell(engine, NULL, "a connection is closed", opened);
    wake_first(engine);
}

static void close_list(struct cf__lane **list)
{
    while (*list) {
        struct cf__lane *lane = *list;
        *list = lane->next;
        close_lane(lane);
    }
}

struct opening {
    cf_engine *engine;
    bool shared;
    struct cf__lane *lane;
};

static void open_lane(void *opening_)
{
    struct opening *opening = opening_;
    const struct cf__engine_options *options = &opening->engine->options;
    int64_t timeout = options->statement_timeout;
    opening->lane =
        cf__lane_open(opening->engine,
                      &(struct cf_open_options){
                          .shared = opening->shared,
                          .fast_commits = options->synchronous_normal,
                          .statement_timeout = timeout || !opening->shared ? timeout : SHARED_STATEMENT_TIMEOUT });
}

/* The place in the pool is taken before the connection is there: opening one parks. */
static struct cf__lane *add_lane(cf_engine *engine, bool shared)
{
    struct opening opening = { .engine = engine, .shared = shared };
    int64_t since = cf__monotonic();
    engine->pool.lanes++;
    engine->pool.openings += !shared;
    bool opened = cf__protect(cf__current(), open_lane, &opening);
    engine->pool.openings -= !shared;
    engine->pool.unreachable = !opened;
    if (opened) {
        tell(engine, NULL, shared ? "a shared connection is open" : "a connection is open", since);
        return opening.lane;
    }
    struct cf__error_record record;
    cf__error_record_copy(&record, &cf__current()->record);
    engine->pool.lanes--;
    wake_first(engine);
    cf__raise(&record.error);
}

/* ---- Lanes of one's own ----------------------------------------------------------------------------------------- */

static bool is_old(const struct cf__lane *lane)
{
    int64_t recycle = lane->engine->options.pool_recycle;
    return recycle && cf__monotonic() - lane->opened > recycle;
}

static void ping(void *lane_)
{
    const struct cf__lane *lane = lane_;
    lane->engine->driver->ping(lane->connection);
}

static bool is_good(struct cf__lane *lane)
{
    const cf_engine *engine = lane->engine;
    if (engine->driver->lost(lane->connection) || is_old(lane))
        return false;
    return !engine->options.pool_pre_ping || cf__protect(cf__current(), ping, lane);
}

/* The one used last, since it is the least likely to have been cut off. */
static struct cf__lane *take_idle(cf_engine *engine)
{
    while (engine->pool.idle) {
        struct cf__lane *lane = engine->pool.idle;
        engine->pool.idle = lane->next;
        if (is_good(lane))
            return lane;
        close_lane(lane);
    }
    return NULL;
}

/* A crowd does not open a connection each: handshakes keep both sides busy for longer than it takes to pass one
 * connection round. Where the database cannot be reached nothing would be passed round, and nobody waits for another's
 * time-out but the first crowd. */
static bool may_open(const cf_engine *engine)
{
    return engine->pool.lanes < most_lanes(engine) &&
           (engine->pool.openings < MOST_OPENINGS || engine->pool.unreachable);
}

static bool may_take(const cf_engine *engine)
{
    return engine->pool.idle || may_open(engine);
}

static void wait_for_lane(cf_engine *engine, struct cf__link *link)
{
    int64_t deadline = cf__monotonic() + engine->options.pool_timeout;
    if (!engine->waiting.first && may_take(engine))
        return;
    cf__queue_add(&engine->waiting, link);
    while (!(engine->waiting.first == link && may_take(engine))) {
        if (cf__fiber_park_firmly("waiting for a connection to the database", deadline))
            continue;
        cf__queue_remove(&engine->waiting, link);
        cf_raise(CF_BUSY,
                 "no connection to the database became free in time: %zu are in use (pool_size %u, max_overflow %d)",
                 engine->pool.lanes, engine->options.pool_size, engine->options.max_overflow);
    }
    cf__queue_remove(&engine->waiting, link);
}

static struct cf__lane *take_lane(cf_engine *engine, struct cf__link *link)
{
    int64_t since = cf__monotonic();
    for (;;) {
        wait_for_lane(engine, link);
        struct cf__lane *lane = take_idle(engine);
        if (!lane && may_open(engine))
            lane = add_lane(engine, false);
        if (may_take(engine))
            wake_first(engine);
        if (!lane)
            continue;
        lane->taken = cf__monotonic();
        tell(engine, engine->options.engine_hooks.after_checkout, "a connection is handed out", since);
        return lane;
    }
}

static void clean(void *lane_)
{
    struct cf__lane *lane = lane_;
    tell(lane->engine, lane->engine->options.engine_hooks.before_reset, "a connection is made as new", lane->taken);
    cf__lane_clear(lane);
    lane->engine->driver->clean(lane->connection);
    cf__lane_set_up(lane);
    lane->stained = false;
}

/* More connections than the pool's size are kept while they are of use: a new one costs more than a hundred queries. */
static void close_surplus(cf_engine *engine)
{
    struct cf__lane **last = &engine->pool.idle;
    while (*last && (*last)->next)
        last = &(*last)->next;
    if (!*last || engine->pool.lanes <= engine->options.pool_size || cf__monotonic() - (*last)->returned < CF__LINGER)
        return;
    struct cf__lane *lane = *last;
    *last = NULL;
    close_lane(lane);
}

static void return_lane(struct cf__lane *lane)
{
    cf_engine *engine = lane->engine;
    bool lost = engine->driver->lost(lane->connection);
    if (lost)
        close_list(&engine->pool.idle);
    if (lost || is_old(lane) || (lane->stained && !cf__protect(cf__current(), clean, lane))) {
        close_lane(lane);
        return;
    }
    lane->used = true;
    lane->returned = cf__monotonic();
    lane->next = engine->pool.idle;
    engine->pool.idle = lane;
    tell(engine, engine->options.engine_hooks.after_checkin, "a connection is given back", lane->taken);
    close_surplus(engine);
    wake_first(engine);
}

/* ---- Shared lanes ----------------------------------------------------------------------------------------------- */

static size_t drop_lost(cf_engine *engine)
{
    size_t count = 0;
    for (struct cf__lane **at = &engine->pool.shared; *at;) {
        struct cf__lane *lane = *at;
        if (!lane->runs && (is_old(lane) || engine->driver->lost(lane->connection))) {
            *at = lane->next;
            close_lane(lane);
        } else {
            count += !engine->driver->lost(lane->connection);
            at = &lane->next;
        }
    }
    return count;
}

/* One that is not stuck behind a slow run, with the shortest line. */
static struct cf__lane *best_shared(const cf_engine *engine)
{
    struct cf__lane *best = NULL;
    size_t shortest = SIZE_MAX;
    int64_t now = cf__loop_time();
    for (struct cf__lane *lane = engine->pool.shared; lane; lane = lane->next) {
        struct cf_line line = engine->driver->line(lane->connection);
        bool stuck = line.length && now - line.since > CF__PATIENCE;
        if (stuck || line.length >= shortest || engine->driver->lost(lane->connection))
            continue;
        best = lane;
        shortest = line.length;
    }
    return best;
}

static void wake_sharers(const cf_engine *engine)
{
    for (const struct cf__link *link = engine->pool.sharers.first; link; link = link->next)
        cf__fiber_wake(link->waiting);
}

static void open_shared(void *engine_)
{
    cf_engine *engine = engine_;
    struct cf__lane *lane = add_lane(engine, true);
    lane->next = engine->pool.shared;
    engine->pool.shared = lane;
}

/* One at a time; who needs a lane meanwhile waits for it rather than open more. */
static void add_shared(cf_engine *engine)
{
    engine->pool.opening = true;
    bool opened = cf__protect(cf__current(), open_shared, engine);
    engine->pool.opening = false;
    wake_sharers(engine);
    if (!opened)
        cf__raise(&cf__current()->record.error);
}

static void wait_for_shared(cf_engine *engine, struct cf__link *link)
{
    int64_t deadline = cf__monotonic() + engine->options.pool_timeout;
    cf__queue_add(&engine->pool.sharers, link);
    bool woken = true;
    while (engine->pool.opening && woken)
        woken = cf__fiber_park_firmly("waiting for a connection to the database", deadline);
    cf__queue_remove(&engine->pool.sharers, link);
}

/* NULL where all are stuck and there may be no more of them. */
static struct cf__lane *lend_shared(cf_engine *engine, struct cf__link *link)
{
    size_t good = drop_lost(engine);
    struct cf__lane *lane = best_shared(engine);
    if (!lane && engine->pool.opening) {
        wait_for_shared(engine, link);
        lane = best_shared(engine);
    } else if ((!lane || engine->driver->line(lane->connection).length) && !engine->pool.opening &&
               good < engine->options.shared && engine->pool.lanes < most_lanes(engine)) {
        add_shared(engine);
        lane = best_shared(engine);
    }
    if (lane)
        lane->runs++;
    return lane;
}

/* ---- The operations --------------------------------------------------------------------------------------------- */

static struct cf__lane *lend(cf_engine *engine, struct cf__link *link, bool alone)
{
    struct cf__lane *lane = NULL;
    if (!alone && engine->driver->capabilities & CF_CAN_PIPELINE)
        lane = lend_shared(engine, link);
    return lane ? lane : take_lane(engine, link);
}

static void give_back(struct cf__lane *lane)
{
    if (!lane->shared) {
        return_lane(lane);
        return;
    }
    lane->used = true;
    lane->runs--;
}

struct beginning {
    struct cf__lane *lane;
    const struct cf__transaction *transaction;
};

static void begin_on(void *beginning_)
{
    const struct beginning *beginning = beginning_;
    const cf_engine *engine = beginning->lane->engine;
    if (beginning->transaction->outside) {
        engine->driver->script(beginning->lane->connection, beginning->transaction->outside);
        return;
    }
    engine->driver->begin(beginning->lane->connection,
                          &(struct cf_begin_options){ .write = true,
                                                      .read_only = beginning->transaction->read_only,
                                                      .autocommit = beginning->transaction->autocommit,
                                                      .isolation = beginning->transaction->isolation });
}

static void begin(struct cf__link *link, const struct cf__transaction *transaction)
{
    for (;;) {
        struct beginning beginning = { link->held ? link->held : take_lane(link->engine, link), transaction };
        if (cf__protect(cf__current(), begin_on, &beginning)) {
            link->lane = beginning.lane;
            break;
        }
        struct cf__error_record record;
        cf__error_record_copy(&record, &cf__current()->record);
        if (link->held)
            cf__raise(&record.error);
        bool cut_off = beginning.lane->used && link->engine->driver->lost(beginning.lane->connection);
        return_lane(beginning.lane);
        if (!cut_off || record.error.code != CF_UNAVAILABLE || transaction->outside)
            cf__raise(&record.error);
    }
    link->unit = false;
    link->active = true;
}

static void leave(struct cf__link *link)
{
    struct cf__lane *lane = link->lane;
    link->active = false;
    link->lane = NULL;
    if (lane != link->held)
        return_lane(lane);
}

static void rollback(struct cf__link *link)
{
    link->engine->driver->rollback(link->lane->connection);
    leave(link);
}

static void commit_on(void *link_)
{
    const struct cf__link *link = link_;
    link->engine->driver->commit(link->lane->connection);
}

static bool commit(struct cf__link *link)
{
    if (!cf__protect(cf__current(), commit_on, link)) {
        struct cf__error_record record;
        cf__error_record_copy(&record, &cf__current()->record);
        rollback(link);
        cf__raise(&record.error);
    }
    leave(link);
    return true;
}

static void lock_on(void *link_)
{
    const struct cf__link *link = link_;
    link->engine->driver->lock(link->held->connection, cf__monotonic() + link->engine->options.busy_timeout);
}

static void give_up_held(struct cf__link *link)
{
    struct cf__lane *lane = link->held;
    link->held = NULL;
    return_lane(lane);
}

static void lock(struct cf__link *link)
{
    link->held = take_lane(link->engine, link);
    if (cf__protect(cf__current(), lock_on, link))
        return;
    struct cf__error_record record;
    cf__error_record_copy(&record, &cf__current()->record);
    give_up_held(link);
    cf__raise(&record.error);
}

static void unlock(struct cf__link *link)
{
    link->engine->driver->unlock(link->held->connection);
    give_up_held(link);
}

/* The first connection is made when it is needed: an application comes up without its database, and goes on where that
 * comes back. */
static void open_pool(cf_engine *engine)
{
    (void)engine;
}

static void close_pool(cf_engine *engine)
{
    close_list(&engine->pool.idle);
    close_list(&engine->pool.shared);
}

const struct cf__connections cf__pool = {
    .open = open_pool,
    .close = close_pool,
    .lend = lend,
    .give_back = give_back,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .lock = lock,
    .unlock = unlock,
};

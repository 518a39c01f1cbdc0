/* SPDX-License-Identifier: MIT
 *
 * An engine in a transaction that is never committed: what tests write is gone when they end. One lane serves everybody. A
 * savepoint on it marks what links have committed so far: a commit moves it on, a rollback goes back to it, and so does
 * who finds that a query has failed, where the database takes nothing more before that.
 */
#include <string.h>

#include "../base/clock.h"
#include "../base/fiber.h"
#include "../base/log.h"
#include "state.h"

static const char mark[] = "SAVEPOINT carafe_mark", back[] = "ROLLBACK TO SAVEPOINT carafe_mark",
                  onward[] = "RELEASE SAVEPOINT carafe_mark; SAVEPOINT carafe_mark";

static struct cf__lane *lane_of(const cf_engine *engine)
{
    return engine->enclosed.outer.lane;
}

static void run(const cf_engine *engine, const char *sql)
{
    engine->driver->script(lane_of(engine)->connection, sql);
}

static void go_back(void *engine)
{
    run(engine, back);
}

/* Never raises: who asks next is told. */
static void try_to_go_back(cf_engine *engine)
{
    if (!cf__protect(cf__current(), go_back, engine))
        engine->enclosed.broken = true;
}

static enum cf_standing standing(const cf_engine *engine)
{
    return engine->driver->standing ? engine->driver->standing(lane_of(engine)->connection) : CF_TRANSACTION_SOUND;
}

static void need_outer(const cf_engine *engine)
{
    const struct cf_driver *driver = engine->driver;
    bool lost = driver->lost && driver->lost(lane_of(engine)->connection);
    if (lost || engine->enclosed.broken || standing(engine) == CF_TRANSACTION_ENDED)
        cf_raise(CF_INTERNAL, "the database has ended the transaction around the test");
}

/* ---- The operations --------------------------------------------------------------------------------------------- */

static struct cf__lane *lend(cf_engine *engine, struct cf__link *link, bool alone)
{
    (void)link, (void)alone;
    need_outer(engine);
    return lane_of(engine);
}

static void give_back(struct cf__lane *lane)
{
    if (!lane->engine->enclosed.owner && standing(lane->engine) == CF_TRANSACTION_FAILED)
        try_to_go_back(lane->engine);
}

static void begin(struct cf__link *link, const struct cf__transaction *transaction)
{
    cf_engine *engine = link->engine;
    need_outer(engine);
    if (transaction->outside)
        cf_raise(CF_INTERNAL,
                 "all of this test runs in a transaction (.rollback = true): \"%s\" cannot run outside of one",
                 transaction->outside);
    if (engine->enclosed.owner)
        cf_raise(CF_BUSY, "another session has a transaction in this test: commit or roll it back first");
    engine->enclosed.owner = link;
    link->lane = lane_of(engine);
    link->active = true;
    link->unit = false;
    link->waiting = cf__fiber_current();
    link->used = cf__monotonic();
}

static void leave(struct cf__link *link)
{
    link->engine->enclosed.owner = NULL;
    link->active = false;
    link->lane = NULL;
}

static void rollback(struct cf__link *link)
{
    try_to_go_back(link->engine);
    leave(link);
}

/* What is checked at a commit is checked now. */
static void move_on(void *engine_)
{
    const cf_engine *engine = engine_;
    if (standing(engine) == CF_TRANSACTION_UNSOUND)
        cf__raise_unsound();
    if (engine->driver->dialect->check_deferred)
        run(engine, engine->driver->dialect->check_deferred);
    run(engine, onward);
}

static bool commit(struct cf__link *link)
{
    if (!cf__protect(cf__current(), move_on, link->engine)) {
        struct cf__error_record record;
        cf__error_record_copy(&record, &cf__current()->record);
        rollback(link);
        cf__raise(&record.error);
    }
    leave(link);
    return true;
}

/* Opening and closing are those of the connections it stands in. */
static const struct cf__connections enclosed = {
    .lend = lend,
    .give_back = give_back,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
};

/* ---- Beginning and end ------------------------------------------------------------------------------------------ */

static void set_mark(void *engine)
{
    run(engine, mark);
}

static void enclose(cf_engine *engine)
{
    struct cf__link *outer = &engine->enclosed.outer;
    cf__link_init(outer, engine, NULL);
    engine->connections->begin(outer, &(struct cf__transaction){ 0 });
    if (!cf__protect(cf__current(), set_mark, engine)) {
        struct cf__error_record record;
        cf__error_record_copy(&record, &cf__current()->record);
        engine->connections->rollback(outer);
        cf__raise(&record.error);
    }
    engine->enclosed.around = engine->connections;
    engine->connections = &enclosed;
}

void cf__engine_enclose(cf_engine *engine)
{
    enclose(engine);
    for (size_t i = 0; i < engine->bind_count; i++)
        cf__engine_enclose(engine->binds[i].engine);
}

void cf__enclosed_end(cf_engine *engine)
{
    if (engine->connections != &enclosed)
        return;
    engine->connections = engine->enclosed.around;
    engine->connections->rollback(&engine->enclosed.outer);
}

/* SPDX-License-Identifier: MIT
 *
 * Connections of a database that one may write at a time (SQLite): a worker has one reader and one writer.
 *
 * The reader's transaction lasts one turn of the loop: opened at the first read, ended before the loop waits and whenever
 * this worker commits. Its statements are run to their end without a park, so ending it needs nobody's consent.
 *
 * The writer belongs to one link at a time, in order of asking; but units of work (link->unit: what runs from its first
 * statement to its commit without a park) share one transaction, each under a savepoint, and one commit, which is one fsync
 * for all of them. They gather until the turn is over, and then write one after the other: so the writer is held for their
 * statements and the commit alone, and other processes write while this one reads requests and makes answers. Until the
 * commit none of them has been told that it is committed:
 *
 *     |end of turn|  BEGIN IMMEDIATE  SAVEPOINT … RELEASE  SAVEPOINT … ROLLBACK TO, RELEASE  SAVEPOINT … RELEASE  COMMIT
 *
 * A unit that fails is rolled back alone. One of a single statement needs no savepoint, which costs as much as the statement:
 * the database itself takes back what fails. Where an error has ended the whole transaction (a trigger's RAISE(ROLLBACK), a
 * full disk), or something is left of such a statement (a trigger's RAISE(FAIL), a deferred foreign key), all is rolled back
 * and the others are told to run again; where the COMMIT fails they all get its error. The last member commits,
 * in its own fiber, since that may wait; where that one failed, the first. A private database (in memory) has one connection
 * for reading and writing, so there units run alone.
 */
#include <stdlib.h>

#include "../base/clock.h"
#include "../base/fiber.h"
#include "../base/log.h"
#include "../base/turnstile.h"
#include "state.h"

static const char *const savepoint = "SAVEPOINT carafe_unit", *const release = "RELEASE carafe_unit",
                         *const rollback_to = "ROLLBACK TO carafe_unit";

static struct cf_connection *writer_of(const cf_engine *engine)
{
    return engine->single.writer->connection;
}

/* ---- The reader's turn ------------------------------------------------------------------------------------------ */

static void end_reading(cf_engine *engine)
{
    if (!engine->single.reading)
        return;
    engine->single.reading = false;
    engine->driver->rollback(engine->single.reader->connection);
}

/* ---- The writer's queue ----------------------------------------------------------------------------------------- */

/* Free for a transaction of its own. */
static bool is_free(const cf_engine *engine)
{
    return !engine->single.owner && !engine->single.group.open;
}

/* A unit may join the group that is open, between the units of others. */
static bool may_join(const cf_engine *engine)
{
    return engine->single.group.open && !engine->single.group.active;
}

/* Units begin a group when the turn is over. */
static bool may_begin(const struct cf__link *link)
{
    const cf_engine *engine = link->engine;
    return link->unit ? may_join(engine) || (is_free(engine) && engine->single.group.gathered) : is_free(engine);
}

/* Wakes those whose turn it has become: one that takes the writer alone, or all units in front. Behind one that was woken
 * before they were woken with it, or will be when it has begun. */
static void wake_waiting(cf_engine *engine)
{
    for (struct cf__link *link = engine->waiting.first; link && may_begin(link); link = link->next)
        if (!cf__fiber_wake(link->waiting) || !link->unit)
            return;
}

static bool is_unit_waiting(const cf_engine *engine)
{
    return engine->waiting.first && engine->waiting.first->unit;
}

/* Whoever holds the writer and has not used it for as long as others wait for it is ended at its park: a handler that
 * forgot to commit before it waits for something else must not stop all others. */
static void end_idle(const cf_engine *engine)
{
    const struct cf__link *owner = engine->single.owner;
    if (!owner || !owner->waiting || cf__monotonic() - owner->used < engine->options.busy_timeout)
        return;
    cf__fiber_cancel(
        owner->waiting, CF_TIMEOUT,
        "this transaction was idle while others waited to write: commit before waiting for something else");
}

/* Waits until the link may begin. The park is firm and bounded: a link in the queue takes itself out of it, whatever
 * ends the wait. */
static void wait_for_writer(struct cf__link *link, int64_t deadline)
{
    cf_engine *engine = link->engine;
    if (may_begin(link) && !(is_free(engine) && engine->waiting.first))
        return;
    cf__queue_add(&engine->waiting, link);
    while (!(may_begin(link) && (!is_free(engine) || engine->waiting.first == link))) {
        if (cf__fiber_park_firmly("waiting to write to the database", deadline))
            continue;
        cf__queue_remove(&engine->waiting, link);
        end_idle(engine);
        cf_raise(CF_BUSY, "the database is busy: another transaction of this worker did not end in time");
    }
    cf__queue_remove(&engine->waiting, link);
}

static void release_writer(cf_engine *engine)
{
    cf__turnstile_leave(engine->options.turnstile);
    engine->single.owner = NULL;
    wake_waiting(engine);
}

/* ---- Transactions of one's own ---------------------------------------------------------------------------------- */

struct beginning {
    struct cf__link *link;
    const struct cf__transaction *transaction;
    int64_t deadline;
};

static void begin_write(void *beginning_)
{
    const struct beginning *beginning = beginning_;
    const cf_engine *engine = beginning->link->engine;
    if (!cf__turnstile_pass(engine->options.turnstile, beginning->deadline))
        cf_raise(CF_BUSY, "the database is busy: another process did not end its transaction in time");
    if (beginning->link->rebuilds && engine->driver->rebuild)
        engine->driver->script(writer_of(engine), engine->driver->rebuild->before);
    if (beginning->transaction->outside) {
        engine->driver->script(writer_of(engine), beginning->transaction->outside);
        return;
    }
    engine->driver->begin(writer_of(engine), &(struct cf_begin_options){ .write = true,
                                                                         .read_only = beginning->transaction->read_only,
                                                                         .isolation = beginning->transaction->isolation,
                                                                         .deadline = beginning->deadline });
}

static void restore_after_rebuild(void *link_)
{
    const struct cf__link *link = link_;
    link->engine->driver->script(writer_of(link->engine), link->engine->driver->rebuild->after);
}

static void leave(struct cf__link *link)
{
    cf_engine *engine = link->engine;
    if (link->rebuilds && engine->driver->rebuild && !cf__protect(link->context, restore_after_rebuild, link))
        cf_log_error("after building tables anew: %s", link->context->record.error.message);
    link->active = false;
    link->lane = NULL;
    release_writer(engine);
}

static void begin_alone(struct cf__link *link, const struct cf__transaction *transaction, int64_t deadline)
{
    struct beginning beginning = { link, transaction, deadline };
    link->engine->single.owner = link;
    link->waiting = NULL; /* it is not to be ended before it has begun */
    if (!cf__protect(cf__current(), begin_write, &beginning)) {
        struct cf__error_record record;
        cf__error_record_copy(&record, &cf__current()->record);
        leave(link);
        cf__raise(&record.error);
    }
}

static void commit_alone(void *link)
{
    const cf_engine *engine = ((struct cf__link *)link)->engine;
    engine->driver->commit(writer_of(engine));
}

/* ---- The group -------------------------------------------------------------------------------------------------- */

static void close_group(cf_engine *engine)
{
    engine->single.group = (struct cf__group){ 0 };
    release_writer(engine);
}

/* The members so far have come to `fate`; each is told in its own fiber. */
static void tell_members(cf_engine *engine, enum cf__fate fate, const struct cf__error_record *record)
{
    for (struct cf__link *link = engine->single.group.members.first, *next; link; link = next) {
        next = link->next;
        link->fate = fate;
        if (record && record != &link->context->record)
            cf__error_record_copy(&link->context->record, record);
        cf__fiber_wake(link->waiting);
    }
    engine->single.group.members = (struct cf__queue){ 0 };
}

static void begin_unit(struct cf__link *link, const struct cf__transaction *transaction, int64_t deadline)
{
    cf_engine *engine = link->engine;
    struct cf__group *group = &engine->single.group;
    if (!group->open) {
        begin_alone(link, transaction, deadline);
        engine->single.owner = NULL;
        group->open = true;
        wake_waiting(engine);
    }
    group->sole = transaction->autocommit;
    group->changes = engine->driver->changes(writer_of(engine));
    if (!group->sole)
        cf__lane_execute(engine->single.writer, savepoint);
    group->active = link;
}

static void end_unit(struct cf__link *link)
{
    link->active = false;
    link->lane = NULL;
    link->engine->single.group.active = NULL;
}

static void go_back(void *link)
{
    const cf_engine *engine = ((struct cf__link *)link)->engine;
    cf__lane_execute(engine->single.writer, rollback_to);
    cf__lane_execute(engine->single.writer, release);
}

/* Takes back one unit. False where the group cannot go on: the database has ended the transaction, or the unit's one
 * statement has left something behind. */
static bool undo_unit(struct cf__link *link)
{
    const cf_engine *engine = link->engine;
    const struct cf__group *group = &engine->single.group;
    if (engine->driver->standing(writer_of(engine)) == CF_TRANSACTION_ENDED)
        return false;
    if (group->sole)
        return engine->driver->changes(writer_of(engine)) == group->changes;
    return cf__protect(link->context, go_back, link);
}

static void rollback_unit(struct cf__link *link)
{
    cf_engine *engine = link->engine;
    bool undone = undo_unit(link);
    end_unit(link);
    if (undone) {
        wake_waiting(engine);
        return;
    }
    engine->driver->rollback(writer_of(engine));
    tell_members(engine, CF__RUN_AGAIN, NULL);
    close_group(engine);
}

static void commit_group(void *engine_)
{
    const cf_engine *engine = engine_;
    engine->driver->commit(writer_of(engine));
}

/* One member commits for all. Whoever would begin meanwhile waits: the group is not open any more. */
static void lead(struct cf__link *link)
{
    cf_engine *engine = link->engine;
    struct cf__group *group = &engine->single.group;
    group->open = group->gathered = false;
    engine->single.owner = link;
    bool committed = cf__protect(link->context, commit_group, engine);
    if (!committed)
        engine->driver->rollback(writer_of(engine));
    end_reading(engine);
    tell_members(engine, committed ? CF__COMMITTED : CF__FAILED, committed ? NULL : &link->context->record);
    release_writer(engine);
}

void cf__raise_unsound(void)
{
    cf_raise_error(&(cf_error){
        .code = CF_FOREIGN_KEY,
        .sqlstate = "23503",
        .message = "a foreign key refers to a row that is not there, or a row that others refer to would go" });
}

/* A reference that is checked at the commit must hold when its unit ends, or all would fail with it. */
static void need_soundness(const cf_engine *engine)
{
    if (engine->driver->standing(writer_of(engine)) == CF_TRANSACTION_UNSOUND)
        cf__raise_unsound();
}

static void finish_unit(void *link)
{
    const cf_engine *engine = ((struct cf__link *)link)->engine;
    need_soundness(engine);
    if (!engine->single.group.sole)
        cf__lane_execute(engine->single.writer, release);
}

static bool commit_unit(struct cf__link *link)
{
    cf_engine *engine = link->engine;
    struct cf__group *group = &engine->single.group;
    if (!cf__protect(cf__current(), finish_unit, link)) {
        struct cf__error_record record;
        cf__error_record_copy(&record, &cf__current()->record);
        rollback_unit(link);
        cf__raise(&record.error);
    }
    end_unit(link);
    cf__queue_add(&group->members, link);
    link->fate = CF__UNDECIDED;
    wake_waiting(engine);
    if (!is_unit_waiting(engine))
        lead(link);
    while (link->fate == CF__UNDECIDED) {
        cf__fiber_park_firmly("waiting for the common commit", 0);
        if (link->fate == CF__UNDECIDED && link == group->members.first && may_join(engine))
            lead(link);
    }
    if (link->fate == CF__FAILED)
        cf__raise(&link->context->record.error);
    return link->fate == CF__COMMITTED;
}

/* The end of the turn: the reader sees what is new from now on, the units that have gathered write, and a group whose last
 * unit has failed commits. */
static void end_turn(void *engine_)
{
    cf_engine *engine = engine_;
    end_reading(engine);
    if (is_free(engine) && is_unit_waiting(engine)) {
        engine->single.group.gathered = true;
        wake_waiting(engine);
    }
    if (!may_join(engine))
        return;
    if (engine->single.group.members.first) {
        cf__fiber_wake(engine->single.group.members.first->waiting);
        return;
    }
    engine->driver->rollback(writer_of(engine));
    close_group(engine);
}

/* ---- The operations --------------------------------------------------------------------------------------------- */

static struct cf__lane *open_reader(cf_engine *engine)
{
    return cf__lane_open(engine, &(struct cf_open_options){ .read_only = true,
                                                            .statement_timeout = engine->options.statement_timeout,
                                                            .busy_timeout = engine->options.busy_timeout });
}

static struct cf__lane *lend(cf_engine *engine, struct cf__link *link, bool alone)
{
    if (engine->single.is_private) {
        if (engine->single.owner) /* the only connection is in another's transaction: wait until that has ended */
            wait_for_writer(link, cf__monotonic() + engine->options.busy_timeout);
        wake_waiting(engine);
        return engine->single.writer;
    }
    if (alone) {
        struct cf__lane *spare = engine->single.spare;
        engine->single.spare = NULL;
        return spare ? spare : open_reader(engine);
    }
    if (!engine->single.reading) {
        engine->driver->begin(engine->single.reader->connection, &(struct cf_begin_options){ .read_only = true });
        engine->single.reading = true;
    }
    return engine->single.reader;
}

static void give_back(struct cf__lane *lane)
{
    cf_engine *engine = lane->engine;
    if (lane == engine->single.writer || lane == engine->single.reader)
        return;
    if (engine->single.spare)
        cf__lane_close(lane);
    else
        engine->single.spare = lane;
}

/* A transaction that only reads has a reader of its own, and sees one state from first to last. */
static void begin_reading(struct cf__link *link)
{
    struct cf__lane *lane = lend(link->engine, link, true);
    link->engine->driver->begin(lane->connection, &(struct cf_begin_options){ .read_only = true });
    link->lane = lane;
    link->active = true;
    link->unit = false;
}

static bool is_reading(const struct cf__link *link)
{
    return link->lane != link->engine->single.writer;
}

static void end_reading_of(struct cf__link *link)
{
    struct cf__lane *lane = link->lane;
    link->active = false;
    link->lane = NULL;
    link->engine->driver->rollback(lane->connection);
    give_back(lane);
}

static void begin(struct cf__link *link, const struct cf__transaction *transaction)
{
    cf_engine *engine = link->engine;
    if (transaction->read_only && !engine->single.is_private) {
        begin_reading(link);
        return;
    }
    int64_t deadline = cf__monotonic() + engine->options.busy_timeout;
    link->unit = link->unit && !engine->single.is_private && !transaction->outside;
    wait_for_writer(link, deadline);
    if (link->unit)
        begin_unit(link, transaction, deadline);
    else
        begin_alone(link, transaction, deadline);
    link->lane = engine->single.writer;
    link->active = true;
    link->waiting = cf__fiber_current();
    link->used = cf__monotonic();
}

static void rollback(struct cf__link *link)
{
    if (is_reading(link)) {
        end_reading_of(link);
        return;
    }
    if (link->unit) {
        rollback_unit(link);
        return;
    }
    link->engine->driver->rollback(writer_of(link->engine));
    leave(link);
}

static bool commit(struct cf__link *link)
{
    if (is_reading(link)) {
        end_reading_of(link);
        return true;
    }
    if (link->unit)
        return commit_unit(link);
    if (!cf__protect(cf__current(), commit_alone, link)) {
        struct cf__error_record record;
        cf__error_record_copy(&record, &cf__current()->record);
        rollback(link);
        cf__raise(&record.error);
    }
    end_reading(link->engine); /* what reads next sees what was committed */
    leave(link);
    return true;
}

static void open_lanes(cf_engine *engine)
{
    struct cf_open_options options = { .fast_commits = engine->options.synchronous_normal,
                                       .statement_timeout = engine->options.statement_timeout,
                                       .busy_timeout = engine->options.busy_timeout };
    engine->single.writer = cf__lane_open(engine, &options);
    if (!engine->single.is_private)
        engine->single.reader = open_reader(engine);
    engine->hook = cf__turn_hook_add(end_turn, engine);
    if (!engine->hook)
        cf_raise(CF_NO_MEMORY, "no memory for a database");
}

static void close_lanes(cf_engine *engine)
{
    end_reading(engine);
    cf__turn_hook_remove(engine->hook);
    cf__lane_close(engine->single.spare);
    cf__lane_close(engine->single.reader);
    cf__lane_close(engine->single.writer);
}

const struct cf__connections cf__single_writer = {
    .open = open_lanes,
    .close = close_lanes,
    .lend = lend,
    .give_back = give_back,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
};

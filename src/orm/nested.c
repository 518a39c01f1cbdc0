/* SPDX-License-Identifier: MIT
 *
 * Savepoints. What is pending is written before one is made, so the notes for undoing that come after it are exactly what
 * a rollback to it takes back. A flush that fails inside goes back to the savepoint at once (PostgreSQL runs nothing more
 * before that); where the database has ended the whole transaction instead, all levels are lost with it.
 */
#include <string.h>

#include "state.h"

static void run_statement(struct cf__session *session, const char *statement, unsigned number)
{
    cf__link_script(&session->link, cf_format(&session->head, "%s cf_%u", statement, number));
}

/* ---- Back to a savepoint ---------------------------------------------------------------------------------------- */

static void go_back(void *session_)
{
    struct cf__session *session = session_;
    run_statement(session, "ROLLBACK TO SAVEPOINT", session->nested->number);
}

static void lose_all(struct cf__session *session)
{
    for (struct cf__nested *nested = session->nested; nested; nested = nested->outer)
        nested->lost = true;
    cf__roll_back(&session->head);
}

void cf__nested_rollback(struct cf__session *session)
{
    struct cf__error_record before;
    cf__error_record_copy(&before, &cf__current()->record); /* going back may fail, for the same reason */
    bool back = cf__link_active(&session->link) && cf__protect(cf__current(), go_back, session);
    cf__error_record_copy(&cf__current()->record, &before);
    if (!back) {
        lose_all(session);
        return;
    }
    const struct cf__nested *nested = session->nested;
    cf__undo_to(session, nested->undo);
    session->written_links = nested->written_links;
    session->calls[CF__BEFORE_COMMIT] = nested->calls[CF__BEFORE_COMMIT];
    session->calls[CF__AFTER_COMMIT] = nested->calls[CF__AFTER_COMMIT];
    cf__call_after_rollback(session, false, nested->calls[CF__AFTER_ROLLBACK]);
    session->nesting = true;
    cf__call_or_log_at(session, CF__AFTER_ROLLBACK_NESTED);
    session->nesting = false;
}

/* ---- A level ---------------------------------------------------------------------------------------------------- */

struct level {
    cf_db *db;
    cf_nested_function *function;
    void *argument;
};

static void call_begun(struct cf__session *session)
{
    session->nesting = true;
    cf__call_at(session, CF__AFTER_BEGIN_NESTED);
    session->nesting = false;
}

static void call_kept(void *session)
{
    cf__call_at(session, CF__AFTER_COMMIT_NESTED);
}

/* What it raises is raised where cf_nested was called: the savepoint is kept. */
static void tell_kept(struct cf__session *session)
{
    if (!cf__is_awaited(session, CF__AFTER_COMMIT_NESTED))
        return;
    session->nesting = true;
    const cf_error *error = cf_attempt(&session->head, call_kept, session);
    session->nesting = false;
    if (error)
        cf_raise_error(error);
}

static void run_level(void *level_)
{
    const struct level *level = level_;
    struct cf__session *session = cf__session_of(level->db);
    if (cf__is_awaited(session, CF__AFTER_BEGIN_NESTED))
        call_begun(session);
    level->function(level->db, level->argument);
    if (session->nested->lost)
        cf_raise(CF_CONFLICT, "the database has ended the transaction that the savepoint was in");
    cf_flush_(level->db);
    run_statement(session, "RELEASE SAVEPOINT", session->nested->number);
}

static void open_level(struct cf__session *session, struct cf__nested *nested)
{
    cf__link_begin(&session->link);
    cf_flush_(&session->head);
    *nested = (struct cf__nested){ .number = session->nested ? session->nested->number + 1 : 1,
                                   .undo = session->undo,
                                   .written_links = session->written_links,
                                   .outer = session->nested };
    memcpy(nested->calls, session->calls, sizeof nested->calls);
    run_statement(session, "SAVEPOINT", nested->number);
    session->nested = nested;
    session->point++;
}

/* The error that ended the function; *lost where it took the whole transaction with it. */
static const cf_error *run_nested(cf_db *db, cf_nested_function *function, void *argument, bool *lost)
{
    struct cf__session *session = cf__session_of(db);
    struct level level = { db, function, argument };
    struct cf__nested *nested = cf_alloc(db, sizeof *nested);
    cf__session_need_engine(session);
    if (session->flushing || session->nesting)
        cf_raise(CF_INTERNAL, "cf_nested inside a hook");
    open_level(session, nested);
    bool calling = session->calling;
    const cf_error *error = cf_attempt(db, run_level, &level);
    if (error) {
        session->calling = calling;
        session->nesting = false;
        cf__roll_back(db);
    }
    *lost = nested->lost;
    session->nested = nested->outer;
    if (!error)
        tell_kept(session);
    return error;
}

void cf_nested(cf_db *db, cf_nested_function *function, void *argument)
{
    bool lost;
    const cf_error *error = run_nested(db, function, argument, &lost);
    if (error)
        cf_raise_error(error);
}

const cf_error *cf_try_nested(cf_db *db, cf_nested_function *function, void *argument)
{
    bool lost;
    const cf_error *error = run_nested(db, function, argument, &lost);
    if (error && (lost || error->code == CF_CANCELLED || error->code == CF_NO_MEMORY || error->code == CF_INTERNAL))
        cf_raise_error(error);
    return error;
}

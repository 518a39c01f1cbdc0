/* SPDX-License-Identifier: MIT
 *
 * The moments of a session that a program may want to know of: a transaction begins, a flush, a commit, a rollback. The
 * app says so for all its sessions (struct cf_session_hooks, which the engine carries), and a handler for its own. What
 * waits for a commit or a rollback belongs to the transaction and is called once; what waits for a flush or a beginning
 * belongs to the session.
 */
#include <carafe/log.h>

#include "state.h"

/* ---- Lists ------------------------------------------------------------------------------------------------------ */

void cf__add_call(struct cf__session *session, struct cf__call **calls, void (*function)(cf_db *, void *),
                  void *argument)
{
    struct cf__call *call = cf_alloc(&session->head, sizeof *call);
    *call = (struct cf__call){ function, argument, *calls };
    *calls = call;
}

/* Those newer than `mark`, oldest first. */
static struct cf__call *take_calls(struct cf__call **calls, struct cf__call *mark)
{
    struct cf__call *oldest = NULL;
    while (*calls != mark) {
        struct cf__call *call = *calls;
        *calls = call->next;
        call->next = oldest;
        oldest = call;
    }
    return oldest;
}

void cf__run_calls(struct cf__session *session, struct cf__call **calls)
{
    for (struct cf__call *call = take_calls(calls, NULL); call; call = call->next)
        call->function(&session->head, call->argument);
}

/* ---- Moments ---------------------------------------------------------------------------------------------------- */

static bool is_once(enum cf__moment moment)
{
    return moment >= CF__BEFORE_COMMIT;
}

static cf_session_hook *hook_at(const struct cf__session *session, enum cf__moment moment)
{
    const struct cf_session_hooks *hooks = session->engine ? cf__engine_hooks(session->engine) : NULL;
    if (!hooks)
        return NULL;
    cf_session_hook *const all[CF__MOMENTS] = {
        [CF__AFTER_BEGIN] = hooks->after_begin,
        [CF__BEFORE_FLUSH] = hooks->before_flush,
        [CF__AFTER_FLUSH] = hooks->after_flush,
        [CF__BEFORE_COMMIT] = hooks->before_commit,
        [CF__AFTER_COMMIT] = hooks->after_commit,
        [CF__AFTER_ROLLBACK] = hooks->after_rollback,
        [CF__AFTER_BEGIN_NESTED] = hooks->after_begin_nested,
        [CF__AFTER_COMMIT_NESTED] = hooks->after_commit_nested,
        [CF__AFTER_ROLLBACK_NESTED] = hooks->after_rollback_nested,
    };
    return all[moment];
}

bool cf__is_awaited(const struct cf__session *session, enum cf__moment moment)
{
    return session->calls[moment] || hook_at(session, moment);
}

void cf__call_at(struct cf__session *session, enum cf__moment moment)
{
    cf_session_hook *hook = hook_at(session, moment);
    struct cf_place place = session->head.place; /* of who asked for what comes next */
    bool outer = session->calling;
    session->calling = moment != CF__AFTER_COMMIT && moment != CF__AFTER_COMMIT_NESTED;
    if (hook)
        hook(&session->head);
    if (is_once(moment))
        cf__run_calls(session, &session->calls[moment]);
    else
        for (struct cf__call *call = session->calls[moment]; call; call = call->next)
            call->function(&session->head, call->argument);
    session->calling = outer;
    session->head.place = place;
}

/* ---- A rollback ------------------------------------------------------------------------------------------------- */

struct calling {
    struct cf__session *session;
    cf_session_hook *hook;
    const struct cf__call *call;
};

static void call_one(void *calling_)
{
    const struct calling *calling = calling_;
    cf_db *db = &calling->session->head;
    if (calling->hook)
        calling->hook(db);
    else
        calling->call->function(db, calling->call->argument);
}

/* The error that led to the rollback is the one to be told of. */
static void call_or_log(const struct calling *calling)
{
    struct cf__error_record before;
    cf__error_record_copy(&before, &cf__current()->record);
    if (!cf__protect(cf__current(), call_one, (void *)(uintptr_t)calling))
        cf_log_error("after a rollback: %s", cf__current()->record.error.message);
    cf__error_record_copy(&cf__current()->record, &before);
}

void cf__call_after_rollback(struct cf__session *session, bool ended, struct cf__call *mark)
{
    struct cf__call *call = take_calls(&session->calls[CF__AFTER_ROLLBACK], mark);
    cf_session_hook *hook = ended ? hook_at(session, CF__AFTER_ROLLBACK) : NULL;
    if (hook)
        call_or_log(&(struct calling){ .session = session, .hook = hook });
    for (; call; call = call->next)
        call_or_log(&(struct calling){ .session = session, .call = call });
}

void cf__call_or_log_at(struct cf__session *session, enum cf__moment moment)
{
    cf_session_hook *hook = hook_at(session, moment);
    if (hook)
        call_or_log(&(struct calling){ .session = session, .hook = hook });
    for (struct cf__call *call = session->calls[moment]; call; call = call->next)
        call_or_log(&(struct calling){ .session = session, .call = call });
}

/* ---- A beginning ------------------------------------------------------------------------------------------------ */

static void call_begun(void *session)
{
    cf__call_at(session, CF__AFTER_BEGIN);
}

/* A transaction that was refused its beginning has not begun. */
void cf__call_after_begin(void *session_)
{
    struct cf__session *session = session_;
    if (!cf__is_awaited(session, CF__AFTER_BEGIN) || cf__protect(cf__current(), call_begun, session))
        return;
    struct cf__error_record record;
    cf__error_record_copy(&record, &cf__current()->record);
    session->calling = false;
    cf__link_rollback(&session->link);
    cf__raise(&record.error);
}

/* ---- Of a session ----------------------------------------------------------------------------------------------- */

static void add(cf_db *db, enum cf__moment moment, cf_nested_function *function, void *argument)
{
    struct cf__session *session = cf__session_of(db);
    struct cf__call **place = &session->calls[moment];
    while (!is_once(moment) && *place)
        place = &(*place)->next;
    cf__add_call(session, place, function, argument);
}

#define ADD(name, moment)                                              \
    void name(cf_db *db, cf_nested_function *function, void *argument) \
    {                                                                  \
        add(db, moment, function, argument);                           \
    }
ADD(cf_after_begin, CF__AFTER_BEGIN)
ADD(cf_after_begin_nested, CF__AFTER_BEGIN_NESTED)
ADD(cf_after_commit_nested, CF__AFTER_COMMIT_NESTED)
ADD(cf_after_rollback_nested, CF__AFTER_ROLLBACK_NESTED)
ADD(cf_before_flush, CF__BEFORE_FLUSH)
ADD(cf_after_flush, CF__AFTER_FLUSH)
ADD(cf_before_commit, CF__BEFORE_COMMIT)
ADD(cf_after_commit, CF__AFTER_COMMIT)
ADD(cf_after_rollback, CF__AFTER_ROLLBACK)

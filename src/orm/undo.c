/* SPDX-License-Identifier: MIT
 *
 * Flush, commit and rollback as a whole: each object that a flush writes leaves a note of how it was (struct cf__undo),
 * from which a rollback brings it back, and a flush that fails takes back everything since the last commit.
 */
#include <string.h>

#include "state.h"

void cf__note_undo(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot)
{
    enum cf__row_state state = slot.chunk->states[slot.at];
    struct cf__undo *undo = cf__take(session->context, sizeof *undo);
    char *shadow = NULL;
    if (state != CF__ROW_NEW) {
        shadow = cf__take(session->context, of->model->size);
        memcpy(shadow, cf__slot_shadow(of, slot), of->model->size);
    }
    *undo = (struct cf__undo){ .of = of, .slot = slot, .state = state, .shadow = shadow, .earlier = session->undo };
    session->undo = undo;
}

/* What is read within a transaction may be what it has written itself, by cf_update_all or SQL: a rollback takes that from
 * the rows, too. Once a point to go back to, however often it is read. */
void cf__note_read(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot)
{
    struct cf__chunk *chunk = slot.chunk;
    if (!cf__link_active(&session->link))
        return;
    if (!chunk->noted)
        chunk->noted = cf_alloc(&session->head, chunk->count * sizeof *chunk->noted);
    if (chunk->noted[slot.at] == session->point + 1)
        return;
    cf__note_undo(session, of, slot);
    session->undo->kind = CF__READ;
    chunk->noted[slot.at] = session->point + 1;
}

void cf__note_first_read(struct cf__session *session, struct cf__rows_of *of, struct cf__chunk *chunk)
{
    if (!cf__link_active(&session->link))
        return;
    if (!chunk->expired) /* a rollback cannot ask for memory */
        chunk->expired = cf_alloc(&session->head, chunk->count * sizeof *chunk->expired);
    struct cf__undo *undo = cf__take(session->context, sizeof *undo);
    *undo = (struct cf__undo){ .of = of, .slot = { chunk, 0 }, .kind = CF__FIRST_READ, .earlier = session->undo };
    session->undo = undo;
}

void cf__take_shadow(const struct cf__rows_of *of, struct cf__slot slot)
{
    memcpy(cf__slot_shadow(of, slot), cf__slot_row(of, slot), of->model->size);
    slot.chunk->states[slot.at] = CF__ROW_CLEAN;
}

/* ---- cf_flush, cf_commit, cf_rollback --------------------------------------------------------------------------- */

void cf__write_or_undo(struct cf__session *session, void (*step)(void *), void *argument)
{
    if (cf__protect(cf__current(), step, argument))
        return;
    struct cf__error_record record;
    cf__error_record_copy(&record, &cf__current()->record);
    cf__tell_column(session, &record.error);
    session->flushing = session->calling = session->commits = session->again = false;
    cf__roll_back(&session->head);
    cf__raise(&record.error);
}

static void refuse_in_hook(bool in_hook, const char *what)
{
    if (in_hook)
        cf_raise(CF_INTERNAL, "%s inside a hook: what it changes is written by the flush that called it", what);
}

static void flush(struct cf__session *session)
{
    cf__session_need_engine(session);
    refuse_in_hook(session->flushing, "cf_flush");
    cf__write_or_undo(session, cf__flush_all, session);
}

void cf_flush_(cf_db *db)
{
    struct cf__session *main = cf__session_of(db);
    for (struct cf__session *session = main->binds; session; session = session->next)
        flush(session);
    flush(main);
}

static void flush_pending(struct cf__session *session, const struct cf_model *model)
{
    if (session->models && !session->flushing && cf__unflushed(session, model))
        cf__write_or_undo(session, cf__flush_all, session);
}

void cf__flush_pending(struct cf__session *session)
{
    flush_pending(session, NULL);
}

void cf__autoflush(struct cf__session *session, const struct cf_model *model)
{
    if (!session->no_autoflush)
        flush_pending(session, model);
}

/* ---- cf_no_autoflush -------------------------------------------------------------------------------------------- */

struct unflushed {
    cf_db *db;
    cf_nested_function *function;
    void *argument;
};

static void run_unflushed(void *unflushed_)
{
    const struct unflushed *unflushed = unflushed_;
    unflushed->function(unflushed->db, unflushed->argument);
}

/* Of the session's other databases as well, those that are opened meanwhile too. */
static void switch_autoflush(struct cf__session *main, bool off)
{
    main->no_autoflush = off;
    for (struct cf__session *session = main->binds; session; session = session->next)
        session->no_autoflush = off;
}

void cf_no_autoflush(cf_db *db, cf_nested_function *function, void *argument)
{
    struct cf__session *main = cf__session_of(db)->main;
    struct unflushed unflushed = { db, function, argument };
    bool before = main->no_autoflush;
    switch_autoflush(main, true);
    const cf_error *error = cf_attempt(db, run_unflushed, &unflushed);
    switch_autoflush(main, before);
    if (error)
        cf_raise_error(error);
}

/* ---- Undoing ---------------------------------------------------------------------------------------------------- */

static void expire_chunk(struct cf__session *session, struct cf__rows_of *of, struct cf__chunk *chunk)
{
    for (size_t at = 0; at < chunk->count; at++)
        if (chunk->states[at] == CF__ROW_CLEAN)
            cf__slot_expire(session, of, (struct cf__slot){ chunk, at });
}

static void note_not_stored(const struct cf__undo *undo)
{
    if (!undo->added)
        return;
    undo->added->undone |= undo->added->stored;
    undo->added->stored = false;
}

/* Of a struct that is not watched: a relation to one that the program has not assigned counts as such from then on, too. */
static void restore_shadow(const struct cf__rows_of *of, struct cf__slot slot, const char *before)
{
    const char *row = cf__slot_row(of, slot);
    char *shadow = cf__slot_shadow(of, slot);
    uint64_t same = 0;
    for (size_t i = 0; i < of->relation_count; i++) {
        const struct cf__relation *relation = of->relations[i].relation;
        if (*(void **)cf__relation_field(relation, row) == *(void **)cf__relation_field(relation, shadow))
            same |= cf__column_bit(relation->column);
    }
    memcpy(shadow, before, of->model->size);
    for (size_t i = 0; i < of->relation_count; i++) {
        const struct cf__relation *relation = of->relations[i].relation;
        if (!cf__is_to_many(relation->column) && same & cf__column_bit(relation->column))
            *(void **)cf__relation_field(relation, shadow) = *(void **)cf__relation_field(relation, row);
    }
}

static void apply_undo(struct cf__session *session, const struct cf__undo *undo)
{
    struct cf__slot slot = undo->slot;
    if (undo->kind == CF__FIRST_READ) {
        expire_chunk(session, undo->of, slot.chunk);
        undo->of->unsure = true;
        return;
    }
    bool watched = slot.chunk->states[slot.at] != CF__ROW_EXPUNGED;
    if (!undo->shadow) { /* it was added: it is none of the database's rows */
        slot.chunk->states[slot.at] = watched ? CF__ROW_GONE : CF__ROW_EXPUNGED;
        note_not_stored(undo);
        return;
    }
    if (!watched) {
        restore_shadow(undo->of, slot, undo->shadow);
        return;
    }
    memcpy(cf__slot_shadow(undo->of, slot), undo->shadow, undo->of->model->size);
    memcpy(cf__slot_row(undo->of, slot), undo->shadow, undo->of->model->size);
    cf__lists_restore(undo->of, cf__slot_row(undo->of, slot));
    /* What was deleted softly, and watched again since it was read, is not. */
    slot.chunk->states[slot.at] = undo->kind == CF__READ && undo->state == CF__ROW_GONE ? CF__ROW_GONE : CF__ROW_CLEAN;
}

/* In front of the others: undone are the newest first. What the database had made is made anew. */
static void add_again(struct cf__session *session, struct cf__added *added)
{
    char *row = cf__slot_row(added->of, added->slot);
    for (uint64_t left = added->returned; left; left &= left - 1) {
        const struct cf_column *column = &added->of->model->columns[__builtin_ctzll(left)];
        memset(row + column->offset, 0, cf__field_size(column));
    }
    added->waits = added->queued = false;
    added->needs = NULL;
    added->next = session->added;
    session->added = added;
    if (!added->next)
        session->last_added = &added->next;
}

/* Another unit's error has undone what this one wrote: what was pending is so again. */
static void take_back(struct cf__session *session)
{
    for (const struct cf__undo *undo = session->undo; undo; undo = undo->earlier) {
        struct cf__slot slot = undo->slot;
        if (undo->kind != CF__WRITTEN)
            apply_undo(session, undo);
        note_not_stored(undo);
        if (undo->kind != CF__WRITTEN || slot.chunk->states[slot.at] == CF__ROW_EXPUNGED)
            continue;
        slot.chunk->states[slot.at] = undo->state;
        undo->of->deleted += undo->state == CF__ROW_DELETED;
        if (undo->shadow)
            memcpy(cf__slot_shadow(undo->of, slot), undo->shadow, undo->of->model->size);
        else
            add_again(session, undo->added);
    }
    for (struct cf__rows_of *of = session->models; of; of = of->next)
        cf__identity_reset(of);
    session->links = session->written_links;
    session->undo = NULL;
    session->written_links = NULL;
}

/* What a hook writes by itself cannot be written again for it, nor is what cf_assign has said kept. */
static bool may_run_again(const struct cf__session *session)
{
    static const struct cf_hooks none;
    if (session->assigned)
        return false;
    for (enum cf__moment moment = CF__AFTER_BEGIN; moment <= CF__AFTER_FLUSH; moment++)
        if (cf__is_awaited(session, moment))
            return false;
    for (const struct cf__rows_of *of = session->models; of; of = of->next)
        if (memcmp(of->hooks, &none, sizeof none) != 0)
            return false;
    return true;
}

static void flush_and_commit(void *session_)
{
    struct cf__session *session = session_;
    cf__call_at(session, CF__BEFORE_COMMIT);
    session->commits = may_run_again(session);
    session->link.unit = session->commits && !cf__link_active(&session->link);
    cf__flush_all(session);
    session->commits = false;
    if (!cf__link_commit(&session->link)) {
        take_back(session);
        session->again = true;
        cf__flush_all(session);
        session->again = false;
        cf__link_commit(&session->link);
    }
    session->said = false;
    session->undo = NULL;
    session->written_links = NULL;
    session->point++;
}

static void commit_one(struct cf__session *session)
{
    cf__session_need_engine(session);
    refuse_in_hook(session->flushing || session->calling, "cf_commit");
    if (session->nested)
        cf_raise(CF_INTERNAL,
                 "cf_commit inside cf_nested: it ends when its function returns, and is committed with the "
                 "rest by the cf_commit after it");
    cf__write_or_undo(session, flush_and_commit, session);
    session->calls[CF__AFTER_ROLLBACK] = NULL;
    cf__call_at(session, CF__AFTER_COMMIT);
}

/* What a database refuses is mostly refused by the flush, before any has committed. */
static void commit_all(void *main_)
{
    struct cf__session *main = main_;
    cf_flush_(&main->head);
    for (struct cf__session *session = main->binds; session; session = session->next)
        commit_one(session);
    commit_one(main);
}

void cf_commit_(cf_db *db)
{
    struct cf__session *main = cf__session_of(db);
    if (!main->binds) {
        commit_one(main);
        return;
    }
    const cf_error *error = cf_attempt(db, commit_all, main);
    if (!error)
        return;
    cf__roll_back(db);
    cf_raise_error(error);
}

static void commit(void *db)
{
    cf_commit_(db);
}

const cf_error *cf_try_commit_(cf_db *db)
{
    const cf_error *error = cf_attempt(db, commit, db);
    if (error && (error->code == CF_CANCELLED || error->code == CF_NO_MEMORY || error->code == CF_INTERNAL))
        cf_raise_error(error);
    return error;
}

static void forget_added(struct cf__session *session)
{
    for (struct cf__added *added = session->added; added; added = added->next)
        added->slot.chunk->states[added->slot.at] = CF__ROW_GONE;
    session->added = NULL;
    session->last_added = &session->added;
}

/* What was not flushed goes back to the shadows; what was, to the notes of the flush. */
static void restore_rows(struct cf__rows_of *of)
{
    for (struct cf__chunk *chunk = of->chunks; chunk; chunk = chunk->next) {
        for (size_t i = 0; i < chunk->count; i++) {
            struct cf__slot slot = { chunk, i };
            if (chunk->states[i] == CF__ROW_DELETED)
                chunk->states[i] = CF__ROW_CLEAN;
            if (chunk->states[i] != CF__ROW_CLEAN)
                continue;
            memcpy(cf__slot_row(of, slot), cf__slot_shadow(of, slot), of->model->size);
            cf__lists_restore(of, cf__slot_row(of, slot));
        }
    }
    of->deleted = 0;
}

void cf__undo_to(struct cf__session *session, struct cf__undo *mark)
{
    bool written = session->undo != mark;
    session->point++;
    session->links = NULL;
    session->touched = NULL;
    session->orphans = NULL;
    session->assigned = NULL;
    session->written = NULL;
    forget_added(session);
    for (struct cf__rows_of *of = session->models; of; of = of->next)
        restore_rows(of);
    for (; session->undo != mark; session->undo = session->undo->earlier)
        apply_undo(session, session->undo);
    for (struct cf__rows_of *of = written ? session->models : NULL; of; of = of->next)
        cf__identity_reset(of);
}

/* Everything since the last commit, whatever savepoints there are. */
static void roll_back_all(struct cf__session *session)
{
    bool ended = cf__link_active(&session->link);
    cf__link_rollback(&session->link);
    session->said = false;
    cf__undo_to(session, NULL);
    session->written_links = NULL;
    session->calls[CF__BEFORE_COMMIT] = session->calls[CF__AFTER_COMMIT] = NULL;
    cf__call_after_rollback(session, ended, NULL);
}

void cf__roll_back(cf_db *db)
{
    struct cf__session *main = cf__session_of(db);
    cf__session_need_engine(main);
    for (struct cf__session *session = main->nested ? NULL : main->binds; session; session = session->next)
        roll_back_all(session);
    if (main->nested && !main->nested->lost)
        cf__nested_rollback(main);
    else
        roll_back_all(main);
}

static void refuse_rollback(const struct cf__session *session)
{
    if (session->flushing || session->calling)
        cf_raise(CF_INTERNAL, "cf_rollback inside a hook: raise an error instead (cf_raise), which rolls all back");
}

void cf_rollback(cf_db *db)
{
    struct cf__session *main = cf__session_of(db);
    for (const struct cf__session *session = main->binds; session; session = session->next)
        refuse_rollback(session);
    refuse_rollback(main);
    cf__roll_back(db);
}

/* SPDX-License-Identifier: MIT
 *
 * The flush: what was added, changed and deleted becomes statements, in an order that foreign keys allow: inserts of referred models first, then
 * updates, then deletes of referring models first. Each written object leaves a note of how it was (struct cf__undo), from which a rollback
 * brings it back.
 */
#include <string.h>

#include "state.h"

/* ---- What changed ------------------------------------------------------------------------------------------------------- */

static bool same_text(const char *left, const char *right)
{
    return left == right || (left && right && strcmp(left, right) == 0);
}

/* Numbers by value, texts by content, blobs by place and size. */
static bool same_field(const struct cf_column *column, const void *row, const void *shadow)
{
    struct cf_operand left = cf__field_value(column, row), right = cf__field_value(column, shadow);
    if (left.kind != right.kind)
        return false;
    switch (left.kind) {
    case CF_OPERAND_NULL:
        return true;
    case CF_OPERAND_TEXT:
        return same_text(left.text, right.text);
    case CF_OPERAND_BYTES:
        return left.bytes.data == right.bytes.data && left.bytes.size == right.bytes.size;
    case CF_OPERAND_BOOLEAN:
        return left.boolean == right.boolean;
    case CF_OPERAND_DECIMAL:
        return cf_decimal_compare(left.decimal, right.decimal) == 0;
    case CF_OPERAND_DATE:
        return memcmp(&left.date, &right.date, sizeof left.date) == 0;
    case CF_OPERAND_UUID:
        return memcmp(&left.uuid, &right.uuid, sizeof left.uuid) == 0;
    case CF_OPERAND_NUMBER:
        return memcmp(&left.number, &right.number, sizeof left.number) == 0;
    default: /* eight bytes: integers and times */
        return left.integer == right.integer;
    }
}

uint64_t cf__changed_columns(const struct cf__rows_of *of, struct cf__slot slot)
{
    const char *row = cf__slot_row(of, slot), *shadow = cf__slot_shadow(of, slot);
    uint64_t changed = 0;
    /* Equal bytes are equal values, so most rows end here; unequal ones may differ in padding only. */
    if (memcmp(row, shadow, of->model->size) == 0)
        return 0;
    for (uint64_t left = of->columns; left; left &= left - 1)
        if (!same_field(&of->model->columns[__builtin_ctzll(left)], row, shadow))
            changed |= left & -left;
    return changed;
}

static bool has_changed_rows(const struct cf__rows_of *of)
{
    for (struct cf__chunk *chunk = of->chunks; chunk; chunk = chunk->next)
        for (size_t i = 0; i < chunk->count; i++)
            if (chunk->states[i] == CF__ROW_CLEAN && cf__changed_columns(of, (struct cf__slot){ chunk, i }))
                return true;
    return false;
}

bool cf__unflushed(const struct cf__session *session, const struct cf_model *model)
{
    for (const struct cf__added *added = session->added; added; added = added->next)
        if (!model || added->of->model == model)
            return true;
    for (const struct cf__rows_of *of = session->models; of; of = of->next)
        if ((!model || of->model == model) && (of->deleted || has_changed_rows(of)))
            return true;
    return false;
}

/* ---- Checks before writing ----------------------------------------------------------------------------------------------- */

static _Noreturn void refuse_field(const struct cf_model *model, const struct cf_column *column, enum cf_error_code code,
                                   const char *problem)
{
    cf_context *context = &cf__current()->head;
    const char *name = column->json ? column->json : column->name;
    cf_raise_error(&(cf_error){
        .code = code,
        .message = cf_format(context, "%s.%s %s", model->table, cf__column_name(column), problem),
        .details = cf_format(context, "[{\"field\":\"%s\",\"message\":\"%s\"}]", name, problem),
    });
}

static void check_fields(const struct cf__rows_of *of, uint64_t columns, const void *row)
{
    for (uint64_t left = columns; left; left &= left - 1) {
        const struct cf_column *column = &of->model->columns[__builtin_ctzll(left)];
        const char *problem = cf__column_problem(cf__current(), column, row);
        if (problem)
            refuse_field(of->model, column, CF_INVALID, problem);
    }
}

/* ---- Undo ------------------------------------------------------------------------------------------------------------------ */

static void note_undo(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot)
{
    enum cf__row_state state = slot.chunk->states[slot.at];
    struct cf__undo *undo = cf__take(session->context, sizeof *undo);
    char *shadow = NULL;
    if (state != CF__ROW_NEW) {
        shadow = cf__take(session->context, of->model->size);
        memcpy(shadow, cf__slot_shadow(of, slot), of->model->size);
    }
    *undo = (struct cf__undo){ of, slot, state, shadow, session->undo };
    session->undo = undo;
}

static void take_shadow(const struct cf__rows_of *of, struct cf__slot slot)
{
    memcpy(cf__slot_shadow(of, slot), cf__slot_row(of, slot), of->model->size);
    slot.chunk->states[slot.at] = CF__ROW_CLEAN;
}

/* ---- Inserts ---------------------------------------------------------------------------------------------------------------- */

static bool is_zero(const struct cf_column *column, const void *row)
{
    const char *field = (const char *)row + column->offset;
    for (size_t i = 0; i < cf__field_size(column); i++)
        if (field[i])
            return false;
    return true;
}

/* Which columns to write: those given, and those assigned a value since; and which to ask back. */
static void plan_insert(const struct cf__added *added, const void *row, uint64_t *written, uint64_t *returned)
{
    *written = added->set;
    *returned = 0;
    for (uint64_t left = added->of->columns & ~added->set; left; left &= left - 1) {
        const struct cf_column *column = &added->of->model->columns[__builtin_ctzll(left)];
        uint64_t bit = left & -left;
        bool has_default = column->identity || column->server_default || column->server_default_sql;
        if (!is_zero(column, row))
            *written |= bit;
        else if (has_default)
            *returned |= bit;
        else if (!column->nullable)
            refuse_field(added->of->model, column, CF_NOT_NULL, "is missing: it is NOT NULL and has no default");
    }
}

static void insert(struct cf__session *session, const struct cf__added *added)
{
    char *row = cf__slot_row(added->of, added->slot);
    uint64_t written, returned;
    plan_insert(added, row, &written, &returned);
    check_fields(added->of, written, row);
    struct cf__query query = { .kind = CF__INSERT, .model = added->of->model, .columns = written, .returning = returned, .row = row };
    struct cf__rows rows = cf__link_run(&session->link, &query);
    if (returned)
        cf__rows_next(&rows, row);
    cf__rows_changed(&rows);
    note_undo(session, added->of, added->slot);
    take_shadow(added->of, added->slot);
    cf__identity_enter(session, added->of, added->slot);
}

/* How many models a model stands above, by foreign keys among the session's own; a cycle is cut where it has gone round. */
static int depth_of(const struct cf__session *session, const struct cf_model *model, int limit)
{
    int depth = 0;
    for (size_t i = 0; limit > 0 && i < model->count; i++) {
        const char *references = model->columns[i].references;
        for (const struct cf__rows_of *of = references ? session->models : NULL; of; of = of->next) {
            size_t size = strlen(of->model->table ? of->model->table : "");
            if (of->model == model || !size || strncmp(references, of->model->table, size) || references[size] != '.')
                continue;
            int below = depth_of(session, of->model, limit - 1) + 1;
            depth = below > depth ? below : depth;
        }
    }
    return depth;
}

enum { DEEPEST = 16 };

static int greatest_depth(const struct cf__session *session)
{
    int greatest = 0;
    for (const struct cf__rows_of *of = session->models; of; of = of->next) {
        int depth = depth_of(session, of->model, DEEPEST);
        greatest = depth > greatest ? depth : greatest;
    }
    return greatest;
}

static void flush_added(struct cf__session *session)
{
    if (!session->added)
        return;
    int greatest = session->added->next ? greatest_depth(session) : 0;
    for (int depth = 0; depth <= greatest; depth++)
        for (struct cf__added *added = session->added; added; added = added->next)
            if (added->slot.chunk->states[added->slot.at] == CF__ROW_NEW &&
                (greatest == 0 || depth_of(session, added->of->model, DEEPEST) == depth))
                insert(session, added);
    session->added = NULL;
    session->last_added = &session->added;
}

/* ---- Updates and deletes ------------------------------------------------------------------------------------------------------ */

static _Noreturn void raise_stale(const struct cf__rows_of *of, const char *what)
{
    cf_raise(CF_STALE, "a row of %s to be %s is not there any more: somebody else has deleted it or changed its key", of->model->table,
             what);
}

static void update(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot)
{
    uint64_t changed = cf__changed_columns(of, slot);
    if (!changed)
        return;
    const char *row = cf__slot_row(of, slot);
    check_fields(of, changed, row);
    struct cf__query query = {
        .kind = CF__UPDATE, .model = of->model, .columns = changed, .row = row, .key_row = cf__slot_shadow(of, slot)
    };
    struct cf__rows rows = cf__link_run(&session->link, &query);
    if (cf__rows_changed(&rows) == 0)
        raise_stale(of, "updated");
    note_undo(session, of, slot);
    take_shadow(of, slot);
    if (changed & of->key)
        cf__identity_enter(session, of, slot);
}

static void delete(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot)
{
    struct cf__query query = { .kind = CF__DELETE, .model = of->model, .key_row = cf__slot_shadow(of, slot) };
    struct cf__rows rows = cf__link_run(&session->link, &query);
    if (cf__rows_changed(&rows) == 0)
        raise_stale(of, "deleted");
    note_undo(session, of, slot);
    slot.chunk->states[slot.at] = CF__ROW_GONE;
    of->deleted--;
}

static void for_rows(struct cf__session *session, struct cf__rows_of *of, enum cf__row_state state,
                     void (*function)(struct cf__session *, struct cf__rows_of *, struct cf__slot))
{
    for (struct cf__chunk *chunk = of->chunks; chunk; chunk = chunk->next)
        for (size_t i = 0; i < chunk->count; i++)
            if (chunk->states[i] == state)
                function(session, of, (struct cf__slot){ chunk, i });
}

static void flush_deleted(struct cf__session *session)
{
    bool any = false;
    for (const struct cf__rows_of *of = session->models; of; of = of->next)
        any |= of->deleted > 0;
    for (int depth = any ? greatest_depth(session) : -1; depth >= 0; depth--)
        for (struct cf__rows_of *of = session->models; of; of = of->next)
            if (of->deleted && depth_of(session, of->model, DEEPEST) == depth)
                for_rows(session, of, CF__ROW_DELETED, delete);
}

static void flush(void *session_)
{
    struct cf__session *session = session_;
    flush_added(session);
    for (struct cf__rows_of *of = session->models; of; of = of->next)
        for_rows(session, of, CF__ROW_CLEAN, update);
    flush_deleted(session);
}

/* ---- cf_flush, cf_commit, cf_rollback -------------------------------------------------------------------------------------------- */

/* Runs a step that writes; where it fails everything since the last commit is undone before the error goes on. */
static void write_or_undo(struct cf__session *session, void (*step)(void *))
{
    if (cf__protect(cf__current(), step, session))
        return;
    struct cf__error_record record;
    cf__error_record_copy(&record, &cf__current()->record);
    cf_rollback(&session->head);
    cf__raise(&record.error);
}

void cf_flush(cf_db *db)
{
    struct cf__session *session = cf__session_of(db);
    cf__session_need_engine(session);
    write_or_undo(session, flush);
}

void cf__autoflush(struct cf__session *session, const struct cf_model *model)
{
    if (session->models && cf__unflushed(session, model))
        write_or_undo(session, flush);
}

static void flush_and_commit(void *session_)
{
    struct cf__session *session = session_;
    flush(session);
    cf__link_commit(&session->link);
    session->undo = NULL;
}

void cf_commit(cf_db *db)
{
    struct cf__session *session = cf__session_of(db);
    cf__session_need_engine(session);
    write_or_undo(session, flush_and_commit);
}

static void commit(void *db)
{
    cf_commit(db);
}

const cf_error *cf_try_commit(cf_db *db)
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
            if (chunk->states[i] == CF__ROW_CLEAN)
                memcpy(cf__slot_row(of, slot), cf__slot_shadow(of, slot), of->model->size);
        }
    }
    of->deleted = 0;
}

static void apply_undo(const struct cf__undo *undo)
{
    struct cf__slot slot = undo->slot;
    if (!undo->shadow) { /* it was added: it is none of the database's rows */
        slot.chunk->states[slot.at] = CF__ROW_GONE;
        return;
    }
    memcpy(cf__slot_shadow(undo->of, slot), undo->shadow, undo->of->model->size);
    memcpy(cf__slot_row(undo->of, slot), undo->shadow, undo->of->model->size);
    slot.chunk->states[slot.at] = CF__ROW_CLEAN;
}

void cf_rollback(cf_db *db)
{
    struct cf__session *session = cf__session_of(db);
    cf__session_need_engine(session);
    cf__link_rollback(&session->link);
    forget_added(session);
    for (struct cf__rows_of *of = session->models; of; of = of->next)
        restore_rows(of);
    for (const struct cf__undo *undo = session->undo; undo; undo = undo->earlier)
        apply_undo(undo);
    session->undo = NULL;
}

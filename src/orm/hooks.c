/* SPDX-License-Identifier: MIT
 *
 * What a model has done to its rows when they are written: hooks, stamps of time, validators, and soft deletes. Hooks
 * that come before run ahead of the first statement, over all that is pending, so that what they change is written with
 * the rest; those that come after are kept until everything is written, since they may ask the database.
 */
#include <string.h>

#include "state.h"

/* ---- What a model declares -------------------------------------------------------------------------------------- */

void cf__hooks_init(struct cf__rows_of *of)
{
    static const struct cf_hooks none;
    of->hooks = &none;
    for (size_t i = 0; i < of->model->count; i++) {
        const struct cf_column *column = &of->model->columns[i];
        uint64_t bit = (uint64_t)1 << i;
        if (column->type == CF_TYPE_HOOKS_ENTRY)
            of->hooks = column->hooks;
        if (column->version)
            of->version = column;
        if (column->version && !column->update_default)
            of->counted = column;
        if (column->stamp)
            of->stamps |= bit;
        if (column->stamp == CF_STAMP_DELETED)
            of->deleted_at = column;
        if (column->computed)
            of->computed |= bit;
        if (column->validate)
            of->validated |= bit;
        if (column->insert_default)
            of->insert_defaults |= bit;
        if (column->update_default)
            of->update_defaults |= bit;
        of->referred |= cf__unique_columns(of->model, i);
        if (column->references)
            of->refers |= bit;
    }
    of->referred |= of->key;
}

/* ---- Hooks ------------------------------------------------------------------------------------------------------ */

static void before_inserts(struct cf__session *session)
{
    for (struct cf__added *added = session->added; added; added = added->next) { /* a hook may add more */
        cf_hook *hook = added->of->hooks->before_insert;
        if (hook && !added->hooked)
            hook(&session->head, cf__slot_row(added->of, added->slot));
        added->hooked = true;
    }
}

static void before_updates(struct cf__session *session, struct cf__rows_of *of)
{
    uint64_t changed;
    for (struct cf__slot slot = { of->chunks, 0 }; (slot = cf__next_changed(session, of, slot, &changed)).chunk;
         slot.at++)
        of->hooks->before_update(&session->head, cf__slot_row(of, slot));
    for (const struct cf__assigned *assigned = session->assigned; assigned; assigned = assigned->next) {
        uint64_t columns = cf__assigned_columns(session, assigned->slot), bit = cf__column_bit(assigned->set.column);
        if (assigned->of == of && assigned->slot.chunk->states[assigned->slot.at] == CF__ROW_CLEAN &&
            bit == (columns & -columns) && !cf__changed_columns(of, assigned->slot)) /* once a row */
            of->hooks->before_update(&session->head, cf__slot_row(of, assigned->slot));
    }
}

static void before_deletes(struct cf__session *session, struct cf__rows_of *of)
{
    for (struct cf__chunk *chunk = of->deleted ? of->chunks : NULL; chunk; chunk = chunk->next)
        for (size_t at = 0; at < chunk->count; at++)
            if (chunk->states[at] == CF__ROW_DELETED)
                of->hooks->before_delete(&session->head, cf__slot_row(of, (struct cf__slot){ chunk, at }));
}

void cf__hooks_before(struct cf__session *session)
{
    if (session->again)
        return;
    for (struct cf__rows_of *of = session->models; of; of = of->next) {
        if (of->hooks->before_update)
            before_updates(session, of);
        if (of->hooks->before_delete)
            before_deletes(session, of);
    }
    before_inserts(session);
}

struct noted {
    cf_hook *hook;
    void *row;
};

static void call_noted(cf_db *db, void *noted_)
{
    const struct noted *noted = noted_;
    noted->hook(db, noted->row);
}

void cf__hooks_note(struct cf__session *session, cf_hook *hook, void *row)
{
    if (!hook || session->again)
        return;
    struct noted *noted = cf_alloc(&session->head, sizeof *noted);
    *noted = (struct noted){ hook, row };
    cf__add_call(session, &session->written, call_noted, noted);
}

void cf__hooks_after(struct cf__session *session)
{
    cf__run_calls(session, &session->written);
}

/* ---- Stamps ----------------------------------------------------------------------------------------------------- */

static bool is_assigned(const struct cf_column *column, const char *row, const char *shadow)
{
    struct cf_operand value = cf__field_value(column, row);
    if (!shadow)
        return value.kind != CF_OPERAND_NULL && value.time.microseconds != 0;
    struct cf_operand before = cf__field_value(column, shadow);
    return value.kind != before.kind || (value.kind != CF_OPERAND_NULL && !cf__value_same(&value, &before));
}

uint64_t cf__stamp(const struct cf__rows_of *of, char *row, const char *shadow, enum cf_stamp stamp)
{
    uint64_t stamped = 0;
    for (uint64_t left = of->stamps; left; left &= left - 1) {
        const struct cf_column *column = &of->model->columns[__builtin_ctzll(left)];
        if (column->stamp != stamp || is_assigned(column, row, shadow))
            continue;
        cf__value_store(column, row, &(struct cf_operand){ .kind = CF_OPERAND_TIME, .time = cf_now() });
        stamped |= left & -left;
    }
    return stamped;
}

/* ---- Defaults made by the program ------------------------------------------------------------------------------- */

void cf__ask_default(struct cf__session *session, const struct cf_column *column, cf_hook *make, void *row)
{
    session->defaulted = column;
    make(&session->head, row);
    session->defaulted = NULL;
}

uint64_t cf__insert_defaults(struct cf__session *session, const struct cf__rows_of *of, void *row, uint64_t set)
{
    uint64_t made = 0;
    for (uint64_t left = of->insert_defaults & ~set; left; left &= left - 1) {
        const struct cf_column *column = &of->model->columns[__builtin_ctzll(left)];
        if (!cf__field_is_zero(column, row))
            continue;
        cf__ask_default(session, column, column->insert_default, row);
        made |= left & -left;
    }
    return made;
}

uint64_t cf__update_defaults(struct cf__session *session, const struct cf__rows_of *of, struct cf__slot slot,
                             uint64_t changed)
{
    if (!(of->update_defaults & ~changed))
        return changed;
    for (uint64_t left = of->update_defaults & ~changed; left; left &= left - 1) {
        const struct cf_column *column = &of->model->columns[__builtin_ctzll(left)];
        cf__ask_default(session, column, column->update_default, cf__slot_row(of, slot));
    }
    return changed | cf__changed_columns(of, slot);
}

void cf_default_uuid(cf_db *db, void *row)
{
    const struct cf_column *column = cf__session_of(db)->defaulted;
    if (!column || column->type != CF_TYPE_UUID)
        cf_raise(CF_INTERNAL, "cf_default_uuid is for the insert_default of a Uuid");
    cf__value_store(column, row, &(struct cf_operand){ .kind = CF_OPERAND_UUID, .uuid = cf_uuid_new() });
}

/* ---- Validators ------------------------------------------------------------------------------------------------- */

void cf__validate(struct cf__session *session, const struct cf__rows_of *of, uint64_t columns, const void *row,
                  size_t at)
{
    for (uint64_t left = of->validated & columns; left; left &= left - 1) {
        const struct cf_column *column = &of->model->columns[__builtin_ctzll(left)];
        const char *problem = column->validate(&session->head, row);
        if (problem)
            cf__refuse_field(column, CF_INVALID, problem, at);
    }
    const char *problem = of->hooks->validate ? of->hooks->validate(&session->head, row) : NULL;
    if (problem)
        cf_raise(CF_INVALID, "%s %s", of->model->table, problem);
}

/* ---- Soft deletes ----------------------------------------------------------------------------------------------- */

bool cf__is_hidden(const struct cf_model *model, const void *row, const struct cf_find_options *options)
{
    const struct cf_column *column = options && options->with_deleted ? NULL : cf__deletion_of(model);
    return column && cf__field_value(column, row).kind != CF_OPERAND_NULL;
}

const cf_expr *cf__hide_deleted(const struct cf_model *model, const cf_expr *where, bool with_deleted)
{
    const struct cf_column *column = with_deleted ? NULL : cf__deletion_of(model);
    if (!column)
        return where;
    const struct cf_operand operand = { .kind = CF_OPERAND_COLUMN, .column = column };
    const cf_expr *is_there = cf_compare_(CF_IS_NULL, operand, (struct cf_operand){ 0 });
    return cf_combine_(CF_AND, 2, (const cf_expr *const[]){ where, is_there });
}

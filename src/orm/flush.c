/* SPDX-License-Identifier: MIT
 *
 * The flush: what was added, changed and deleted becomes statements, in an order that foreign keys allow: inserts of
 * referred models first, then updates, then deletes of referring models first. Each written object leaves a note of
 * how it was (struct cf__undo), from which a rollback brings it back.
 */
#include <string.h>

#include "state.h"

/* New objects that are inserted at a time. */
enum { BATCH = 512 };

/* ---- What changed ----------------------------------------------------------------------------------------------- */

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

/* The columns in which a row differs from its shadow. */
static uint64_t changed_columns(const struct cf__rows_of *of, struct cf__slot slot)
{
    const char *row = cf__slot_row(of, slot), *shadow = cf__slot_shadow(of, slot);
    uint64_t changed = 0;
    for (uint64_t left = of->columns; left; left &= left - 1)
        if (!same_field(&of->model->columns[__builtin_ctzll(left)], row, shadow))
            changed |= left & -left;
    return changed;
}

/* Equal bytes are equal values, which settles most chunks at once; unequal ones may differ in padding only. */
static bool is_untouched(const struct cf__rows_of *of, const struct cf__chunk *chunk)
{
    return memcmp(chunk->rows, chunk->shadows, chunk->count * of->model->size) == 0;
}

/* The next changed row from `slot` on (itself included), its columns in *changed; chunk NULL where there is none. */
static struct cf__slot next_changed(const struct cf__rows_of *of, struct cf__slot slot, uint64_t *changed)
{
    for (; slot.chunk; slot = (struct cf__slot){ slot.chunk->next, 0 }) {
        if (slot.at == 0 && is_untouched(of, slot.chunk))
            continue;
        for (; slot.at < slot.chunk->count; slot.at++)
            if (slot.chunk->states[slot.at] == CF__ROW_CLEAN && (*changed = changed_columns(of, slot)))
                return slot;
    }
    return slot;
}

static bool has_changed_rows(const struct cf__rows_of *of)
{
    uint64_t changed;
    return next_changed(of, (struct cf__slot){ of->chunks, 0 }, &changed).chunk;
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

/* ---- Undo ------------------------------------------------------------------------------------------------------- */

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

static void take_shadow(const struct cf__rows_of *of, struct cf__slot slot)
{
    memcpy(cf__slot_shadow(of, slot), cf__slot_row(of, slot), of->model->size);
    slot.chunk->states[slot.at] = CF__ROW_CLEAN;
}

/* ---- Inserts ---------------------------------------------------------------------------------------------------- */

/* New rows of one model that are to be inserted together. */
struct batch {
    struct cf__added *items[BATCH];
    void *rows[BATCH];
    size_t count;
    struct cf__insert_plan plan;
};

static void insert_batch(struct cf__session *session, struct batch *batch)
{
    if (!batch->count)
        return;
    struct cf__rows_of *of = batch->items[0]->of;
    cf__insert_rows(session, of->model, batch->plan, batch->rows, batch->count);
    for (size_t i = 0; i < batch->count; i++) {
        cf__note_undo(session, of, batch->items[i]->slot);
        session->undo->added = batch->items[i];
        take_shadow(of, batch->items[i]->slot);
        cf__identity_enter(session, of, batch->items[i]->slot);
    }
    batch->count = 0;
}

static bool fits(const struct batch *batch, const struct cf__added *added, const struct cf__insert_plan *plan)
{
    return batch->count < BATCH && batch->items[0]->of == added->of && cf__same_plan(&batch->plan, plan);
}

static void add_to_batch(struct cf__session *session, struct batch *batch, struct cf__added *added)
{
    void *row = cf__slot_row(added->of, added->slot);
    struct cf__insert_plan plan = cf__plan_insert(added->of, row, added->set, CF__ALONE);
    cf__check_fields(added->of, plan.written, row, CF__ALONE);
    if (batch->count && !fits(batch, added, &plan))
        insert_batch(session, batch);
    added->returned = plan.returned;
    batch->plan = plan;
    batch->items[batch->count] = added;
    batch->rows[batch->count++] = row;
}

/* The table that "users.id" names, where the session has rows of it. */
static const struct cf__rows_of *find_referenced(const struct cf__session *session, const char *references)
{
    size_t size = strcspn(references, ".");
    for (const struct cf__rows_of *of = session->models; of; of = of->next)
        if (of->model->table && strlen(of->model->table) == size && memcmp(of->model->table, references, size) == 0)
            return of;
    return NULL;
}

static void raise_rank(const struct cf__session *session, struct cf__rows_of *of)
{
    for (size_t i = 0; i < of->model->count; i++) {
        const char *references = of->model->columns[i].references;
        const struct cf__rows_of *parent = references ? find_referenced(session, references) : NULL;
        if (parent && parent != of && of->rank <= parent->rank)
            of->rank = parent->rank + 1;
    }
}

/* Ranks the session's models by the foreign keys among them, and gives the highest rank. A path through n models has
 * n - 1 steps; models that refer to each other in a circle have no order and get any. */
static size_t rank_models(struct cf__session *session)
{
    size_t models = 0, highest = 0;
    for (struct cf__rows_of *of = session->models; of; of = of->next, models++)
        of->rank = 0;
    for (size_t pass = 1; pass < models; pass++)
        for (struct cf__rows_of *of = session->models; of; of = of->next)
            raise_rank(session, of);
    for (const struct cf__rows_of *of = session->models; of; of = of->next)
        highest = of->rank > highest ? of->rank : highest;
    return highest;
}

static void flush_added(struct cf__session *session)
{
    size_t highest = session->added ? rank_models(session) : 0;
    struct batch batch = { .count = 0 };
    for (size_t rank = 0; rank <= highest; rank++) {
        for (struct cf__added *added = session->added; added; added = added->next)
            if (added->of->rank == rank)
                add_to_batch(session, &batch, added);
        insert_batch(session, &batch);
    }
    session->added = NULL;
    session->last_added = &session->added;
}

/* ---- Updates and deletes ---------------------------------------------------------------------------------------- */

static void add_words(struct cf__buffer *words, const struct cf_operand *value)
{
    char text[CF_UUID_TEXT];
    if (value->kind == CF_OPERAND_INTEGER)
        cf__buffer_integer(words, value->integer);
    else if (value->kind == CF_OPERAND_TEXT)
        cf__buffer_format(words, "\"%s\"", value->text);
    else if (value->kind == CF_OPERAND_UUID)
        cf__buffer_add(words, text, cf_uuid_format(value->uuid, text));
    else
        cf__buffer_char(words, '?');
}

/* "id 3": the key that the database knows a row by. */
static const char *key_words(const struct cf__rows_of *of, const void *row)
{
    struct cf__buffer words = cf__buffer_new(cf__current(), CF__CAP_SQL, "the words for a key");
    for (uint64_t left = of->key; left; left &= left - 1) {
        const struct cf_column *column = &of->model->columns[__builtin_ctzll(left)];
        struct cf_operand value = cf__field_value(column, row);
        cf__buffer_format(&words, "%s%s ", words.size ? ", " : "", cf__column_name(column));
        add_words(&words, &value);
    }
    return cf__buffer_text(&words);
}

/* Runs an UPDATE or DELETE of one row. */
static void write_row(struct cf__session *session, const struct cf__rows_of *of, const struct cf__write *write)
{
    struct cf__rows rows = cf__link_write(&session->link, write);
    if (cf__rows_changed(&rows) == 0)
        cf_raise(CF_STALE, "%s with %s is not there any more: somebody else has deleted it or changed its key",
                 of->model->table, key_words(of, write->key_row));
}

static void update(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot, uint64_t changed)
{
    const char *row = cf__slot_row(of, slot);
    cf__check_fields(of, changed, row, CF__ALONE);
    write_row(session, of,
              &(struct cf__write){ .kind = CF__UPDATE,
                                   .model = of->model,
                                   .columns = changed,
                                   .rows = (const void *const[]){ row },
                                   .count = 1,
                                   .key_row = cf__slot_shadow(of, slot) });
    cf__note_undo(session, of, slot);
    take_shadow(of, slot);
    if (changed & of->key)
        cf__identity_enter(session, of, slot);
}

static void flush_changed(struct cf__session *session)
{
    uint64_t changed;
    for (struct cf__rows_of *of = session->models; of; of = of->next)
        for (struct cf__slot slot = { of->chunks, 0 }; (slot = next_changed(of, slot, &changed)).chunk; slot.at++)
            update(session, of, slot, changed);
}

static void delete_row(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot)
{
    write_row(session, of,
              &(struct cf__write){ .kind = CF__DELETE, .model = of->model, .key_row = cf__slot_shadow(of, slot) });
    cf__note_undo(session, of, slot);
    slot.chunk->states[slot.at] = CF__ROW_GONE;
    of->deleted--;
}

/* Newest first: where rows of one table refer to each other, what refers is usually younger than what it refers to. */
static void delete_rows(struct cf__session *session, struct cf__rows_of *of)
{
    for (struct cf__chunk *chunk = of->chunks; chunk && of->deleted; chunk = chunk->next)
        for (size_t at = chunk->count; at-- > 0;)
            if (chunk->states[at] == CF__ROW_DELETED)
                delete_row(session, of, (struct cf__slot){ chunk, at });
}

static void flush_deleted(struct cf__session *session)
{
    for (size_t rank = rank_models(session) + 1; rank-- > 0;)
        for (struct cf__rows_of *of = session->models; of; of = of->next)
            if (of->deleted && of->rank == rank)
                delete_rows(session, of);
}

static void flush(void *session_)
{
    struct cf__session *session = session_;
    flush_added(session);
    flush_changed(session);
    flush_deleted(session);
}

/* ---- cf_flush, cf_commit, cf_rollback --------------------------------------------------------------------------- */

void cf__write_or_undo(struct cf__session *session, void (*step)(void *), void *argument)
{
    if (cf__protect(cf__current(), step, argument))
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
    cf__write_or_undo(session, flush, session);
}

void cf__autoflush(struct cf__session *session, const struct cf_model *model)
{
    if (session->models && cf__unflushed(session, model))
        cf__write_or_undo(session, flush, session);
}

/* In front of the others: undone are the newest first. What the database had made is made anew. */
static void add_again(struct cf__session *session, struct cf__added *added)
{
    char *row = cf__slot_row(added->of, added->slot);
    for (uint64_t left = added->returned; left; left &= left - 1) {
        const struct cf_column *column = &added->of->model->columns[__builtin_ctzll(left)];
        memset(row + column->offset, 0, cf__field_size(column));
    }
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
        slot.chunk->states[slot.at] = undo->state;
        undo->of->deleted += undo->state == CF__ROW_DELETED;
        if (undo->shadow)
            memcpy(cf__slot_shadow(undo->of, slot), undo->shadow, undo->of->model->size);
        else
            add_again(session, undo->added);
    }
    for (struct cf__rows_of *of = session->models; of; of = of->next)
        cf__identity_reset(of);
    session->undo = NULL;
}

static void flush_and_commit(void *session_)
{
    struct cf__session *session = session_;
    session->link.unit = !cf__link_active(&session->link);
    flush(session);
    if (!cf__link_commit(&session->link)) {
        take_back(session);
        flush(session);
        cf__link_commit(&session->link);
    }
    session->undo = NULL;
}

void cf_commit(cf_db *db)
{
    struct cf__session *session = cf__session_of(db);
    cf__session_need_engine(session);
    cf__write_or_undo(session, flush_and_commit, session);
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
    for (struct cf__rows_of *of = session->undo ? session->models : NULL; of; of = of->next)
        cf__identity_reset(of);
    session->undo = NULL;
}

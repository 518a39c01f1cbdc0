/* SPDX-License-Identifier: MIT
 *
 * The flush: what was added, changed and deleted becomes statements, in an order that foreign keys allow. Inserts go by
 * models, referred ones first, and within a model after the new rows that a row points to; a circle of new rows is
 * broken where a key may be NULL, and closed by an UPDATE. Then updates, pairs of many-to-many relations, and deletes,
 * referring models and rows first.
 */
#include <string.h>

#include "../text/json.h"
#include "state.h"

/* ---- Checks before writing -------------------------------------------------------------------------------------- */

static _Noreturn void refuse_field(const struct cf_model *model, const struct cf_column *column,
                                   enum cf_error_code code, const char *problem)
{
    cf_context *context = &cf__current()->head;
    const char *name = column->json ? column->json : column->name;
    struct cf__buffer details = cf__buffer_new(cf__current(), CF__CAP_RESPONSE, "the details of an error");
    cf__buffer_string(&details, "[{\"field\":");
    cf__json_text(&details, name, strlen(name));
    cf__buffer_string(&details, ",\"message\":");
    cf__json_text(&details, problem, strlen(problem));
    cf__buffer_string(&details, "}]");
    cf_raise_error(&(cf_error){
        .code = code,
        .message = cf_format(context, "%s.%s %s", model->table, cf__column_name(column), problem),
        .details = cf__buffer_text(&details),
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

/* ---- Inserts ---------------------------------------------------------------------------------------------------- */

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

static void insert(struct cf__session *session, struct cf__added *added)
{
    char *row = cf__slot_row(added->of, added->slot);
    uint64_t written, returned;
    cf__links_before_insert(session, added);
    plan_insert(added, row, &written, &returned);
    check_fields(added->of, written, row);
    struct cf__query query = {
        .kind = CF__INSERT, .model = added->of->model, .columns = written, .returning = returned, .row = row
    };
    struct cf__rows rows = cf__link_run(&session->link, &query);
    if (returned)
        cf__rows_next(&rows, row);
    cf__rows_changed(&rows);
    cf__note_undo(session, added->of, added->slot);
    cf__take_shadow(added->of, added->slot);
    added->slot.chunk->added = NULL;
    cf__identity_enter(session, added->of, added->slot);
    cf__links_after_insert(session, added);
}

/* Writes a row after the new rows it points to; those that wait for another are a chain, so that no depth of it costs
 * stack. */
static void insert_in_order(struct cf__session *session, struct cf__added *added)
{
    struct cf__added *first;
    added->waits = true;
    added->for_it = NULL;
    while (added) {
        if ((first = cf__links_first(session, added))) {
            first->waits = true;
            first->for_it = added;
            added = first;
            continue;
        }
        insert(session, added);
        added = added->for_it;
    }
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

static void raise_above(const struct cf__rows_of *parent, struct cf__rows_of *of)
{
    if (parent && parent != of && of->rank <= parent->rank)
        of->rank = parent->rank + 1;
}

static const struct cf__rows_of *find_rows_of(const struct cf__session *session, const struct cf_model *model)
{
    const struct cf__rows_of *of = session->models;
    while (of && of->model != model)
        of = of->next;
    return of;
}

static void raise_rank(const struct cf__session *session, struct cf__rows_of *of)
{
    for (size_t i = 0; i < of->relation_count; i++)
        if (of->relations[i].relation->kind == CF_TYPE_BELONGS_TO)
            raise_above(find_rows_of(session, of->relations[i].relation->other), of);
    for (size_t i = 0; i < of->model->count; i++) {
        const char *references = of->model->columns[i].references;
        raise_above(references ? find_referenced(session, references) : NULL, of);
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
    for (size_t rank = 0; rank <= highest; rank++)
        for (struct cf__added *added = session->added; added; added = added->next)
            if (added->of->rank == rank && added->slot.chunk->states[0] == CF__ROW_NEW)
                insert_in_order(session, added);
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
static void write_row(struct cf__session *session, const struct cf__rows_of *of, const struct cf__query *query)
{
    struct cf__rows rows = cf__link_run(&session->link, query);
    if (cf__rows_changed(&rows) == 0)
        cf_raise(CF_STALE, "%s with %s is not there any more: somebody else has deleted it or changed its key",
                 of->model->table, key_words(of, query->key_row));
}

static void update(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot, uint64_t changed)
{
    const char *row = cf__slot_row(of, slot);
    check_fields(of, changed, row);
    cf__links_settle(of, slot);
    write_row(session, of,
              &(struct cf__query){ .kind = CF__UPDATE,
                                   .model = of->model,
                                   .columns = changed,
                                   .row = row,
                                   .key_row = cf__slot_shadow(of, slot) });
    cf__note_undo(session, of, slot);
    cf__take_shadow(of, slot);
    if (changed & of->key)
        cf__identity_enter(session, of, slot);
}

static void flush_changed(struct cf__session *session)
{
    uint64_t changed;
    for (struct cf__rows_of *of = session->models; of; of = of->next)
        for (struct cf__slot slot = { of->chunks, 0 }; (slot = cf__next_changed(session, of, slot, &changed)).chunk;
             slot.at++)
            update(session, of, slot, changed);
}

static void delete_row(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot)
{
    write_row(session, of,
              &(struct cf__query){ .kind = CF__DELETE, .model = of->model, .key_row = cf__slot_shadow(of, slot) });
    cf__note_undo(session, of, slot);
    slot.chunk->states[slot.at] = CF__ROW_GONE;
    of->deleted--;
    cf__cascade(session, of, slot);
}

static void delete_rows(struct cf__session *session, struct cf__rows_of *of)
{
    struct cf__slot *slots = cf__deletion_order(session, of);
    for (size_t i = 0; slots[i].chunk; i++)
        if (slots[i].chunk->states[slots[i].at] == CF__ROW_DELETED)
            delete_row(session, of, slots[i]);
}

static void flush_deleted(struct cf__session *session)
{
    for (size_t rank = rank_models(session) + 1; rank-- > 0;)
        for (struct cf__rows_of *of = session->models; of; of = of->next)
            if (of->deleted && of->rank == rank)
                delete_rows(session, of);
}

void cf__flush_all(void *session_)
{
    struct cf__session *session = session_;
    cf__links_apply_all(session, NULL);
    cf__links_hand_on(session);
    flush_added(session);
    flush_changed(session);
    cf__links_write(session);
    flush_deleted(session);
}

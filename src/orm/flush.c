/* SPDX-License-Identifier: MIT
 *
 * The flush: what was added, changed and deleted becomes statements, in an order that foreign keys allow. Inserts go by
 * models, referred ones first, and within a model after the new rows that a row points to; a circle of new rows is
 * broken where a key may be NULL, and closed by an UPDATE. Then updates, pairs of many-to-many relations, and deletes,
 * referring models and rows first; a circle of those is untied by an UPDATE. Updates of what others refer to come before
 * the inserts, and deletes before all this where their place is taken (order.c).
 */
#include <string.h>

#include "state.h"

/* New objects that are inserted at a time. */
enum { BATCH = 512 };

/* ---- Inserts ---------------------------------------------------------------------------------------------------- */

/* New rows of one model that are to be inserted together. */
struct batch {
    struct cf__added *items[BATCH];
    void *rows[BATCH];
    size_t count;
    struct cf__insert_plan plan;
};

/* A row that was read under the key of a new one, before a rollback took it, is not there. */
static void displace(struct cf__session *session, struct cf__rows_of *of, const void *row)
{
    struct cf__slot slot = of->unsure ? cf__identity_find(session, of, row) : (struct cf__slot){ 0 };
    if (!slot.chunk || slot.chunk->states[slot.at] != CF__ROW_CLEAN)
        return;
    cf__note_undo(session, of, slot);
    slot.chunk->states[slot.at] = CF__ROW_GONE;
    of->lost = true;
}

struct inserting {
    struct cf__session *session;
    const struct batch *batch;
};

static void insert_rows(void *inserting_)
{
    const struct inserting *inserting = inserting_;
    const struct batch *batch = inserting->batch;
    cf__insert_rows(inserting->session, batch->items[0]->of->model, batch->plan, batch->rows, batch->count);
}

static void insert_batch(struct cf__session *session, struct batch *batch)
{
    if (!batch->count)
        return;
    struct cf__rows_of *of = batch->items[0]->of;
    batch->plan.autocommit = cf__is_sole(session);
    const struct cf__written written = { .kind = CF__INSERT,
                                         .model = of->model,
                                         .columns = batch->plan.written,
                                         .rows = (const void *const *)batch->rows,
                                         .count = batch->count };
    cf__write_named(session, &written, insert_rows, &(struct inserting){ session, batch });
    for (size_t i = 0; i < batch->count; i++) {
        displace(session, of, batch->rows[i]);
        cf__note_undo(session, of, batch->items[i]->slot);
        session->undo->added = batch->items[i];
        batch->items[i]->stored = true;
        cf__take_shadow(of, batch->items[i]->slot);
        cf__identity_enter(session, of, batch->items[i]->slot);
    }
    for (size_t i = 0; i < batch->count; i++) {
        cf__links_after_insert(session, batch->items[i]);
        cf__hooks_note(session, of->hooks->after_insert, batch->rows[i]);
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
    if (cf__links_queued(session, added))
        insert_batch(session, batch);
    cf__links_before_insert(session, added);
    added->set |= cf__insert_defaults(session, added->of, row, added->set);
    cf__start_version(added->of, row);
    cf__stamp(added->of, row, NULL, CF_STAMP_CREATED);
    cf__stamp(added->of, row, NULL, CF_STAMP_UPDATED);
    struct cf__insert_plan plan = cf__plan_insert(added->of, row, added->set, CF__ALONE);
    cf__check_fields(added->of, plan.written, row, CF__ALONE);
    cf__validate(session, added->of, plan.written, row, CF__ALONE);
    if (batch->count && !fits(batch, added, &plan))
        insert_batch(session, batch);
    added->returned = plan.returned;
    batch->plan = plan;
    batch->items[batch->count] = added;
    batch->rows[batch->count++] = row;
    added->queued = true;
}

/* Rows that need one which waits for them are written after it: the chain goes on from the row above them that can do
 * without. They are in none then, so that their turn comes later. */
static struct cf__added *put_off(struct cf__added *added, const struct cf__first *first)
{
    for (struct cf__added *each = added; each != first->awaited; each = each->for_it) {
        each->waits = false;
        each->needs = first->awaited;
        if (each->can_follow)
            return each->for_it;
    }
    cf_raise(CF_INTERNAL,
             "new rows of %s and %s refer to each other in a circle: none can be written first unless %s.%s is "
             "Nullable",
             added->of->model->name, first->added->of->model->name, first->needed->model->name, first->needed->name);
}

/* Adds a row after the new rows it points to; those that wait for another are a chain, so that no depth of it costs
 * stack. What can do without the row it points to waits for it as well, unless that closes a circle: it saves the
 * UPDATE. */
static void add_in_order(struct cf__session *session, struct batch *batch, struct cf__added *added)
{
    struct cf__first first;
    added->waits = true;
    added->for_it = NULL;
    while (added) {
        if (!cf__links_first(session, added, &first)) {
            add_to_batch(session, batch, added);
            added = added->for_it;
        } else if (first.awaited) {
            added = put_off(added, &first);
        } else {
            first.added->waits = true;
            first.added->can_follow = !first.needed;
            first.added->for_it = added;
            added = first.added;
        }
    }
}

static void flush_added(struct cf__session *session, size_t highest)
{
    struct batch batch; /* its arrays are left as they are: they are large */
    batch.count = 0;
    for (size_t rank = 0; session->added && rank <= highest; rank++) {
        for (struct cf__added *added = session->added; added; added = added->next)
            if (added->of->rank == rank && !added->waits)
                add_in_order(session, &batch, added);
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
const char *cf__key_words(const struct cf__rows_of *of, const void *row)
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

/* The columns that say which row is meant: its key, and the version it was read in. */
static uint64_t identifying(const struct cf__rows_of *of)
{
    return of->key | cf__column_bit(of->version);
}

/* Rows of one model that are written by the same statement, one behind the other, and what is done with each when it was. */
typedef void note_written(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot, uint64_t columns);
struct writing {
    enum cf__write_kind kind;
    struct cf__rows_of *of;
    note_written *written;
    uint64_t columns, computed;      /* written; and read back, since the database makes them of these */
    const struct cf_assignment *set; /* written besides, of a row alone: what cf_assign has said */
    size_t set_count;
    size_t most, count;
    struct cf__slot slots[BATCH];
    const void *rows[BATCH], *shadows[BATCH];
};

/* The arrays are left as they are: they are large. */
static void start_writing(struct writing *writing, enum cf__write_kind kind, struct cf__rows_of *of,
                          note_written *written)
{
    writing->kind = kind;
    writing->of = of;
    writing->written = written;
    writing->columns = writing->computed = 0;
    writing->set_count = 0;
    writing->most = BATCH;
    writing->count = 0;
}

/* What the database has of a row once it is written, NULLs aside. */
static const cf_expr *as_written(const struct writing *writing, size_t at)
{
    const struct cf_model *model = writing->of->model;
    uint64_t known = identifying(writing->of) | writing->columns;
    for (uint64_t left = known; left; left &= left - 1)
        if (cf__field_value(&model->columns[__builtin_ctzll(left)], writing->rows[at]).kind == CF_OPERAND_NULL)
            known &= ~(left & -left);
    return cf__equals(model, known, writing->rows[at]);
}

/* True where an updated row is not as it was written, or a deleted one is there. */
static bool is_stale(struct cf__session *session, const struct writing *writing, size_t at)
{
    const struct cf__rows_of *of = writing->of;
    bool is_delete = writing->kind == CF__DELETE;
    const cf_expr *where = is_delete ? cf__equals(of->model, of->key, writing->shadows[at]) : as_written(writing, at);
    const struct cf_find_options options = { .where = where, .with_deleted = true };
    struct cf__asking asking = cf__ask_integer(&session->head, CF__EXISTS, of->model, &options);
    return cf__answer_integer(&asking) == is_delete;
}

/* The first of so many stale rows, for databases that do not say which it was. Where others look stale, too, the database has
 * its own idea of a value, and it cannot be told. */
static size_t find_stale(struct cf__session *session, const struct writing *writing, int64_t count)
{
    size_t first = CF_UNKNOWN_RUN;
    for (size_t at = writing->count; at-- > 0;)
        if (is_stale(session, writing, at)) {
            first = at;
            count--;
        }
    return count == 0 ? first : CF_UNKNOWN_RUN;
}

static _Noreturn void raise_stale(const struct writing *writing, size_t at)
{
    const struct cf__rows_of *of = writing->of;
    const char *row =
        at == CF_UNKNOWN_RUN
            ? cf_format(&cf__current()->head, "one of %zu rows of %s", writing->count, of->model->table)
            : cf_format(&cf__current()->head, "%s with %s", of->model->table, cf__key_words(of, writing->shadows[at]));
    cf_raise(CF_STALE, "%s %s", row,
             of->version ? "was changed or deleted by somebody else since it was read"
                         : "is not there any more: somebody else has deleted it or changed its key");
}

static void write_alone(struct cf__session *session, const struct writing *writing, struct cf__write write)
{
    write.key_rows = NULL;
    write.key_row = writing->shadows[0];
    struct cf__rows rows = cf__link_write(&session->link, &write);
    if (cf__rows_changed(&rows) < 1)
        raise_stale(writing, 0);
}

/* One row, which comes back with what the database has computed. */
static void write_and_read(struct cf__session *session, const struct writing *writing, struct cf__write write)
{
    write.key_rows = NULL;
    write.key_row = writing->shadows[0];
    write.returning = writing->computed;
    struct cf__rows rows = cf__link_write(&session->link, &write);
    bool is_there = cf__rows_next(&rows, cf__slot_row(writing->of, writing->slots[0]));
    cf__rows_end(&rows);
    if (!is_there)
        raise_stale(writing, 0);
    cf__links_settle(writing->of, writing->slots[0]); /* a key may be what was worked out */
}

static void write_all(struct cf__session *session, const struct writing *writing, const struct cf__write *write)
{
    struct cf_repetition done = cf__link_repeat(&session->link, write);
    int64_t stale = (int64_t)writing->count - done.changed;
    size_t first = writing->count == 1 ? 0 : done.unchanged;
    if (stale > 0)
        raise_stale(writing, first == CF_UNKNOWN_RUN ? find_stale(session, writing, stale) : first);
}

struct statement {
    struct cf__session *session;
    const struct writing *writing;
    const struct cf__write *write;
    bool returns; /* the row, with what is computed */
};

static void run_statement(void *statement_)
{
    const struct statement *statement = statement_;
    if (statement->returns)
        write_and_read(statement->session, statement->writing, *statement->write);
    else if (statement->writing->set_count)
        write_alone(statement->session, statement->writing, *statement->write);
    else
        write_all(statement->session, statement->writing, statement->write);
}

/* What is computed is asked for by a query for all rows, where it does not come back with the one there is. */
static void write_together(struct cf__session *session, struct writing *writing)
{
    if (!writing->count)
        return;
    const struct cf__write write = { .kind = writing->kind,
                                     .model = writing->of->model,
                                     .columns = writing->columns,
                                     .rows = writing->rows,
                                     .count = writing->count,
                                     .set = writing->set,
                                     .set_count = writing->set_count,
                                     .key_rows = writing->shadows,
                                     .key = identifying(writing->of),
                                     .autocommit = cf__is_sole(session) };
    bool returns = writing->computed && writing->count == 1 &&
                   (cf__engine_driver(session->engine)->capabilities & CF_CAN_UPDATE_RETURNING);
    const struct cf__written written = { writing->kind, writing->of->model, writing->columns,
                                         writing->rows, writing->shadows,   writing->count };
    cf__write_named(session, &written, run_statement, &(struct statement){ session, writing, &write, returns });
    for (size_t i = 0; i < writing->count; i++)
        writing->written(session, writing->of, writing->slots[i], writing->columns);
    if (writing->computed && !returns)
        cf__sync_columns(session, writing->of, writing->slots, writing->count, writing->computed);
    writing->count = 0;
}

static void add_to_writing(struct cf__session *session, struct writing *writing, struct cf__slot slot, uint64_t columns)
{
    if (writing->count == writing->most || writing->columns != columns)
        write_together(session, writing);
    writing->columns = columns;
    writing->slots[writing->count] = slot;
    writing->rows[writing->count] = cf__slot_row(writing->of, slot);
    writing->shadows[writing->count++] = cf__slot_shadow(writing->of, slot);
}

/* Counts a change: the version that the database has, and one; or has it made, where that was not among what is `written`. */
static uint64_t next_version(struct cf__session *session, const struct cf__rows_of *of, struct cf__slot slot,
                             uint64_t written)
{
    uint64_t bit = cf__column_bit(of->version);
    char *row = cf__slot_row(of, slot);
    if (of->counted) {
        struct cf_operand version = cf__field_value(of->version, cf__slot_shadow(of, slot));
        version.integer++;
        cf__value_store(of->version, row, &version);
    } else if (bit & ~written) {
        cf__ask_default(session, of->version, of->version->update_default, row);
    }
    return bit;
}

static void note_updated(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot, uint64_t columns)
{
    cf__note_undo(session, of, slot);
    if (columns & of->referred)
        cf__cascade_keys(session, of, slot, columns);
    cf__lists_follow(session, of, slot, cf__slot_shadow(of, slot));
    cf__take_shadow(of, slot);
    if (columns & of->key)
        cf__identity_enter(session, of, slot);
    cf__hooks_note(session, of->hooks->after_update, cf__slot_row(of, slot));
}

static void update(struct cf__session *session, struct writing *writing, struct cf__slot slot, uint64_t changed,
                   uint64_t assigned)
{
    struct cf__rows_of *of = writing->of;
    char *row = cf__slot_row(of, slot);
    changed = cf__update_defaults(session, of, slot, changed | assigned);
    changed |= cf__stamp(of, row, cf__slot_shadow(of, slot), CF_STAMP_UPDATED);
    changed &= ~assigned;
    cf__refuse_computed(of, changed, CF__ALONE);
    cf__check_fields(of, changed, row, CF__ALONE);
    cf__validate(session, of, changed, row, CF__ALONE);
    cf__links_settle(of, slot);
    add_to_writing(session, writing, slot, changed | next_version(session, of, slot, changed));
}

/* Rows of which the database is to make something are written alone, and read back. */
static void update_assigned(struct cf__session *session, struct cf__rows_of *of)
{
    struct cf_assignment set[64];
    struct writing writing;
    for (const struct cf__assigned *assigned = session->assigned, *next; assigned; assigned = next) {
        struct cf__slot slot = assigned->slot;
        next = assigned->next;
        if (assigned->of != of || slot.chunk->states[slot.at] != CF__ROW_CLEAN)
            continue;
        uint64_t columns = cf__assigned_columns(session, slot);
        while (next && next->slot.chunk == slot.chunk && next->slot.at == slot.at)
            next = next->next;
        cf__links_apply(session, of, slot);
        start_writing(&writing, CF__UPDATE, of, note_updated);
        writing.computed = of->computed | columns;
        writing.set = set;
        writing.set_count = cf__take_assigned(session, slot, set);
        update(session, &writing, slot, cf__changed_columns(of, slot), columns);
        write_together(session, &writing);
    }
}

static void update_rows(struct cf__session *session, struct cf__rows_of *of)
{
    uint64_t changed;
    struct writing writing;
    update_assigned(session, of);
    start_writing(&writing, CF__UPDATE, of, note_updated);
    writing.computed = of->computed;
    for (struct cf__slot slot = { of->chunks, 0 }; (slot = cf__next_changed(session, of, slot, &changed)).chunk;
         slot.at++)
        update(session, &writing, slot, changed, 0);
    write_together(session, &writing);
}

/* A change of what others refer to, which waits for nothing. */
static bool makes_room(const struct cf__session *session, const struct cf__rows_of *of, struct cf__slot slot,
                       uint64_t changed)
{
    return (changed & of->referred) && !(changed & of->refers) && !cf__links_wait(of, slot) &&
           !cf__assigned_columns(session, slot);
}

/* New rows may refer to keys and unique values that have changed, or take those that were left. */
static void make_room(struct cf__session *session, struct cf__rows_of *of)
{
    uint64_t changed;
    struct writing writing;
    start_writing(&writing, CF__UPDATE, of, note_updated);
    writing.computed = of->computed;
    for (struct cf__slot slot = { of->chunks, 0 }; (slot = cf__next_changed(session, of, slot, &changed)).chunk;
         slot.at++)
        if (makes_room(session, of, slot, changed))
            update(session, &writing, slot, changed, 0);
    write_together(session, &writing);
}

static void make_room_for_added(struct cf__session *session, size_t highest)
{
    for (size_t rank = 0; session->added && rank <= highest; rank++)
        for (struct cf__rows_of *of = session->models; of; of = of->next)
            if (of->rank == rank)
                make_room(session, of);
}

static void flush_changed(struct cf__session *session, size_t highest)
{
    for (size_t rank = 0; rank <= highest; rank++)
        for (struct cf__rows_of *of = session->models; of; of = of->next)
            if (of->rank == rank)
                update_rows(session, of);
    session->assigned = NULL; /* of rows that are to be deleted, or are no longer watched */
}

static void forget_deleted(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot)
{
    slot.chunk->states[slot.at] = CF__ROW_GONE;
    of->lost = true;
    of->deleted--;
    cf__hooks_note(session, of->hooks->after_delete, cf__slot_row(of, slot));
}

static void note_hidden(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot, uint64_t columns)
{
    (void)columns;
    cf__note_undo(session, of, slot);
    cf__lists_leave(session, of, slot);
    memcpy(cf__slot_shadow(of, slot), cf__slot_row(of, slot), of->model->size);
    forget_deleted(session, of, slot);
}

static void note_deleted(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot, uint64_t columns)
{
    (void)columns;
    cf__note_undo(session, of, slot);
    cf__lists_leave(session, of, slot);
    forget_deleted(session, of, slot);
    cf__cascade(session, of, slot);
}

/* The row stays, and says when it was deleted. */
static void delete_softly(struct cf__session *session, struct writing *writing, struct cf__slot slot)
{
    struct cf__rows_of *of = writing->of;
    char *row = cf__slot_row(of, slot);
    cf__value_clear(of->deleted_at, row);
    uint64_t stamped = cf__stamp(of, row, cf__slot_shadow(of, slot), CF_STAMP_DELETED);
    add_to_writing(session, writing, slot, stamped | next_version(session, of, slot, 0));
}

/* One at a time where a row's delete may take others of its table along. */
static void delete_rows(struct cf__session *session, struct cf__rows_of *of)
{
    struct cf__slot *slots = cf__deletion_order(session, of);
    struct writing writing;
    start_writing(&writing, of->deleted_at ? CF__UPDATE : CF__DELETE, of, of->deleted_at ? note_hidden : note_deleted);
    if (cf__refers_to_itself(of->model))
        writing.most = 1;
    for (size_t i = 0; slots[i].chunk; i++) {
        if (slots[i].chunk->states[slots[i].at] != CF__ROW_DELETED)
            continue;
        if (of->deleted_at)
            delete_softly(session, &writing, slots[i]);
        else
            add_to_writing(session, &writing, slots[i], 0);
        if (writing.count == writing.most)
            write_together(session, &writing);
    }
    write_together(session, &writing);
}

/* What is written belongs to no object: these are as they were, until they are gone. */
static void note_untied(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot, uint64_t columns)
{
    (void)session, (void)of, (void)slot, (void)columns;
}

/* Rows to be deleted that refer to one which goes before them refer to nothing from here on. */
static void untie(struct cf__session *session, struct cf__rows_of *of, struct cf__rows_of *to,
                  const struct cf__reference *reference)
{
    const struct cf__slot *slots = cf__tied(session, of, to, reference);
    const void *empty = slots->chunk ? cf_alloc(&session->head, of->model->size) : NULL;
    struct writing writing;
    uint64_t columns = cf__column_bits(reference->from_columns, reference->count);
    start_writing(&writing, CF__UPDATE, of, note_untied);
    for (; slots->chunk; slots++) {
        add_to_writing(session, &writing, *slots, columns);
        writing.rows[writing.count - 1] = empty;
    }
    write_together(session, &writing);
}

static void untie_from(struct cf__session *session, struct cf__rows_of *of, struct cf__rows_of *to)
{
    struct cf__reference reference;
    for (size_t i = 0; i < of->model->count; i++)
        if (cf__reference_of(&of->model->columns[i], to->model, &reference) && cf__ties(&reference))
            untie(session, of, to, &reference);
}

static void untie_all(struct cf__session *session)
{
    for (struct cf__rows_of *of = session->models; of; of = of->next)
        for (struct cf__rows_of *to = of->deleted ? session->models : NULL; to; to = to->next)
            if (cf__goes_before(session, to, of))
                untie_from(session, of, to);
}

static void flush_deleted(struct cf__session *session, size_t highest)
{
    untie_all(session);
    for (size_t rank = highest + 1; rank-- > 0;)
        for (struct cf__rows_of *of = session->models; of; of = of->next)
            if (of->deleted && of->rank == rank)
                delete_rows(session, of);
}

static void flush_once(struct cf__session *session)
{
    cf__call_at(session, CF__BEFORE_FLUSH);
    cf__links_apply_all(session, NULL);
    cf__links_keep_moved(session);
    cf__pairs_become_rows(session);
    cf__hooks_before(session);
    cf__links_hand_on(session);
    size_t highest = cf__rank_models(session);
    bool deletes_first = cf__deletes_go_first(session);
    cf__pairs_delete(session);
    if (deletes_first)
        flush_deleted(session, highest);
    make_room_for_added(session, highest);
    flush_added(session, highest);
    flush_changed(session, highest);
    cf__links_write(session);
    flush_deleted(session, highest);
    cf__lists_settle(session);
    cf__hooks_after(session);
    cf__call_at(session, CF__AFTER_FLUSH);
}

enum { MOST_ROUNDS = 16 };

/* The first round finds out by itself whether there is anything to write, unless somebody is to be told before. */
static bool may_just_flush(const struct cf__session *session)
{
    return !cf__is_awaited(session, CF__AFTER_BEGIN) && !cf__is_awaited(session, CF__BEFORE_FLUSH) &&
           !cf__is_awaited(session, CF__AFTER_FLUSH);
}

void cf__flush_all(void *session_)
{
    struct cf__session *session = session_;
    int round = 0;
    session->flushing = true;
    if (may_just_flush(session))
        flush_once(session), round++;
    for (; cf__unflushed(session, NULL); round++) { /* what hooks have changed afterwards, too */
        if (round == MOST_ROUNDS)
            cf_raise(CF_INTERNAL, "hooks go on changing rows after %d rounds of writing", MOST_ROUNDS);
        if (cf__is_awaited(session, CF__AFTER_BEGIN))
            cf__link_begin(&session->link);
        flush_once(session);
    }
    session->flushing = false;
}

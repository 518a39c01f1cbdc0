/* SPDX-License-Identifier: MIT
 *
 * cf_update_all and cf_delete_all: one statement for all rows that meet a condition, after which the objects the session
 * knows are read again (see sync.c). Versions, times of change and soft deletes are kept as the flush keeps them; hooks
 * and validators are not called, since no row is here to be looked at.
 */
#include <string.h>

#include "bulk.h"
#include "keys.h"

enum {
    MOST_SET = sizeof((struct cf_update_options *)0)->set / sizeof(struct cf_assignment),
    MOST_CHANGES = MOST_SET + 64
};

/* What an UPDATE sets. */
struct changes {
    struct cf_assignment set[MOST_CHANGES];
    size_t count;
};

/* An UPDATE or DELETE of many rows. */
struct writing {
    struct cf__session *session;
    struct cf__rows_of *of;
    struct cf__write write;
    int64_t changed;
    bool returns, watched; /* the rows are given back, as objects of the session */
    bool hides_deleted;
    struct cf__items *rows;
};

static void write_all(void *writing_)
{
    struct writing *writing = writing_;
    struct cf__rows rows = cf__link_write(&writing->session->link, &writing->write);
    writing->changed = cf__rows_changed(&rows);
    cf__sync_known(writing->session, writing->of);
}

/* ---- Rows given back -------------------------------------------------------------------------------------------- */

enum { BATCH = 512, COMPOSITE_BATCH = 64 };

static struct cf__items *read_where(const struct writing *writing, const cf_expr *where, enum cf_lock lock)
{
    struct cf__query query = { .kind = CF__SELECT,
                               .model = writing->of->model,
                               .columns = writing->of->columns,
                               .where = where,
                               .hides_deleted = writing->hides_deleted,
                               .lock = lock };
    struct cf__rows rows = cf__link_run(&writing->session->link, &query);
    return cf__load_untracked(writing->session, writing->of->model, &rows);
}

/* What a statement cannot give back is locked and read, written by its keys, and (where it is still there) read again. */
static void write_by_keys(struct writing *writing)
{
    const struct cf__rows_of *of = writing->of;
    struct cf__session *session = writing->session;
    const struct cf_column *columns[64];
    struct cf__key key = { columns, 0 };
    struct cf__keys keys;
    for (uint64_t left = of->key; left; left &= left - 1)
        columns[key.count++] = &of->model->columns[__builtin_ctzll(left)];
    cf__keys_init(&keys, session->context, key);
    struct cf__items *rows = read_where(writing, writing->write.where, cf__session_lock(session, CF_FOR_UPDATE));
    for (size_t i = 0; i < rows->count; i++)
        cf__keys_put(&keys, rows->items[i]);
    size_t most = key.count > 1 ? COMPOSITE_BATCH : BATCH, written = 0;
    for (size_t first = 0; first < keys.count; first += most) {
        size_t count = keys.count - first < most ? keys.count - first : most;
        struct cf__write write = writing->write;
        write.where = cf__keys_condition(&keys, columns, first, count);
        struct cf__rows run = cf__link_write(&session->link, &write);
        cf__rows_changed(&run);
        if (write.kind != CF__UPDATE)
            continue;
        const struct cf__items *again = read_where(writing, write.where, 0);
        memcpy(rows->items + written, again->items, again->count * sizeof *rows->items);
        written += again->count;
    }
    if (writing->write.kind == CF__UPDATE)
        rows->count = written;
    rows->items[rows->count] = NULL;
    writing->rows = rows;
}

static void write_and_return(void *writing_)
{
    struct writing *writing = writing_;
    struct cf__session *session = writing->session;
    bool is_update = writing->write.kind == CF__UPDATE;
    unsigned needed = is_update ? CF_CAN_UPDATE_RETURNING : CF_CAN_DELETE_RETURNING;
    if (cf__engine_driver(session->engine)->capabilities & needed) {
        writing->write.returning = writing->of->columns;
        struct cf__rows rows = cf__link_write(&session->link, &writing->write);
        writing->rows = cf__load_untracked(session, writing->of->model, &rows);
    } else {
        write_by_keys(writing);
    }
    cf__sync_known(session, writing->of);
    for (size_t i = 0; writing->watched && i < writing->rows->count; i++)
        writing->rows->items[i] = cf__sync_row(session, writing->of, writing->rows->items[i]);
}

static void run(struct writing *writing)
{
    cf__flush_pending(writing->session);
    cf__write_or_undo(writing->session, writing->returns ? write_and_return : write_all, writing);
}

/* ---- What is written -------------------------------------------------------------------------------------------- */

static void need_condition(const struct cf_model *model, const cf_expr *where, bool all, const char *call)
{
    if (!where && !all)
        cf_raise(CF_INTERNAL, "%s of %s without a condition: say .where = ..., or .all = true for every row", call,
                 model->name);
    if (where && all)
        cf_raise(CF_INTERNAL, "%s of %s has a condition and .all = true: only one of them can be meant", call,
                 model->name);
}

size_t cf__check_set(const struct cf_model *model, const struct cf_assignment *set, size_t most, const char *call)
{
    size_t count = 0;
    for (; count < most && set[count].column; count++) {
        const struct cf_column *column = set[count].column;
        cf__bulk_columns(model, &(struct cf_columns){ 1, { column } }, call);
        enum cf_operand_kind kind = set[count].value.kind;
        if (kind == CF_OPERAND_COLUMN || kind == CF_OPERAND_EXPRESSION)
            continue;
        if (kind == CF_OPERAND_TEXT && !set[count].value.text)
            cf_raise(CF_INTERNAL, "%s: %s.%s was set to a NULL text: say cf_set_null", call, model->name, column->name);
        cf__check_value(column, &set[count].value, CF__ALONE);
    }
    return count;
}

static void add_time(struct changes *changes, const struct cf_column *column)
{
    const struct cf_operand now = { .kind = CF_OPERAND_TIME, .time = cf_now() };
    changes->set[changes->count++] = (struct cf_assignment){ column, now };
}

/* What the session does with each row it writes, it does here too: the time of the change, and the version. */
static void add_stamps(struct changes *changes, const struct cf__rows_of *of)
{
    uint64_t set = 0;
    for (size_t i = 0; i < changes->count; i++)
        set |= cf__column_bit(changes->set[i].column);
    for (uint64_t left = of->stamps & ~set; left; left &= left - 1) {
        const struct cf_column *column = &of->model->columns[__builtin_ctzll(left)];
        if (column->stamp == CF_STAMP_UPDATED && changes->count < MOST_CHANGES)
            add_time(changes, column);
    }
}

/* What the session asks of each row it writes, it asks once here. */
static void add_defaults(struct writing *writing, struct changes *changes, const char *call)
{
    const struct cf__rows_of *of = writing->of;
    struct cf__asked asked = { .update = true, .refusing = call, .wanted = of->update_defaults };
    for (size_t i = 0; i < changes->count; i++)
        asked.wanted &= ~cf__column_bit(changes->set[i].column);
    if (!asked.wanted)
        return;
    asked.row = cf_alloc(&writing->session->head, of->model->size);
    for (size_t i = 0; i < changes->count; i++) {
        const struct cf_operand *value = &changes->set[i].value;
        const struct cf_column *column = changes->set[i].column;
        if (value->kind == CF_OPERAND_COLUMN || value->kind == CF_OPERAND_EXPRESSION || column->custom)
            continue;
        asked.known |= cf__column_bit(column);
        if (value->kind != CF_OPERAND_NULL)
            cf__value_store(column, asked.row, value);
    }
    changes->count += cf__defaults_of_many(writing->session, of, &asked, changes->set + changes->count);
}

static void change(struct writing *writing, const struct changes *changes, const cf_expr *where)
{
    writing->write = (struct cf__write){ .kind = CF__UPDATE,
                                         .model = writing->of->model,
                                         .set = changes->set,
                                         .set_count = changes->count,
                                         .counted = cf__column_bit(writing->of->counted),
                                         .where = where,
                                         .hides_deleted = writing->hides_deleted,
                                         .all = !where };
    run(writing);
}

static struct writing begin(cf_db *db, const struct cf_model *model, bool returns, const char *call)
{
    struct cf__session *session = cf__bulk_session(db, model, call);
    return (struct writing){ .session = session, .of = cf__rows_of(session, model), .returns = returns };
}

/* Rows are found by the keys that they had. */
static void need_keys(const struct writing *writing, const struct changes *changes)
{
    for (size_t i = 0; writing->returns && i < changes->count; i++)
        if (writing->of->key & cf__column_bit(changes->set[i].column))
            cf_raise(CF_INTERNAL,
                     "cf_update_all_returning of %s sets %s, which is of the primary key: use cf_update_all",
                     writing->of->model->name, changes->set[i].column->name);
}

static struct writing update(cf_db *db, const struct cf_model *model, const struct cf_update_options *options,
                             bool returns, const char *call)
{
    struct writing writing = begin(db, model, returns, call);
    struct changes changes;
    writing.watched = true;
    writing.hides_deleted = !options->with_deleted;
    need_condition(model, options->where, options->all, call);
    changes.count = cf__check_set(model, options->set, MOST_SET, "cf_update_all");
    if (!changes.count)
        cf_raise(CF_INTERNAL, "cf_update_all of %s sets nothing: say .set = { cf_set(...) }", model->name);
    memcpy(changes.set, options->set, changes.count * sizeof changes.set[0]);
    need_keys(&writing, &changes);
    add_stamps(&changes, writing.of);
    add_defaults(&writing, &changes, call);
    change(&writing, &changes, cf__hide_deleted(model, options->where, options->with_deleted));
    return writing;
}

static struct writing erase(cf_db *db, const struct cf_model *model, const struct cf_delete_options *options,
                            bool returns, const char *call)
{
    struct writing writing = begin(db, model, returns, call);
    struct changes changes = { .count = 0 };
    writing.hides_deleted = !options->for_good;
    need_condition(model, options->where, options->all, call);
    if (writing.of->deleted_at && !options->for_good) {
        add_time(&changes, writing.of->deleted_at);
        change(&writing, &changes, cf__hide_deleted(model, options->where, false));
        return writing;
    }
    writing.write = (struct cf__write){ .kind = CF__DELETE,
                                        .model = model,
                                        .where = options->where,
                                        .hides_deleted = writing.hides_deleted,
                                        .all = !options->where };
    run(&writing);
    return writing;
}

int64_t cf_update_all_(cf_db *db, const struct cf_model *model, const struct cf_update_options *options)
{
    return update(db, model, options, false, "cf_update_all").changed;
}

int64_t cf_delete_all_(cf_db *db, const struct cf_model *model, const struct cf_delete_options *options)
{
    return erase(db, model, options, false, "cf_delete_all").changed;
}

void *cf_update_all_returning_(cf_db *db, const struct cf_model *model, const struct cf_update_options *options)
{
    return update(db, model, options, true, "cf_update_all_returning").rows;
}

void *cf_delete_all_returning_(cf_db *db, const struct cf_model *model, const struct cf_delete_options *options)
{
    return erase(db, model, options, true, "cf_delete_all_returning").rows;
}

/* SPDX-License-Identifier: MIT
 *
 * cf_update_all and cf_delete_all: one statement for all rows that meet a condition, after which the objects the session
 * knows are read again (see sync.c). Versions, times of change and soft deletes are kept as the flush keeps them; hooks
 * and validators are not called, since no row is here to be looked at.
 */
#include <string.h>

#include "bulk.h"

enum {
    MOST_SET = sizeof((struct cf_update_options *)0)->set / sizeof(struct cf_assignment),
    MOST_CHANGES = MOST_SET + 2
};

/* What an UPDATE sets. */
struct changes {
    struct cf_assignment set[MOST_CHANGES];
    size_t count;
};

/* An UPDATE or DELETE of many rows. */
struct writing {
    struct cf__session *session;
    struct cf__write write;
    int64_t changed;
};

static void write_all(void *writing_)
{
    struct writing *writing = writing_;
    struct cf__session *session = writing->session;
    struct cf__rows rows = cf__link_write(&session->link, &writing->write);
    writing->changed = cf__rows_changed(&rows);
    cf__sync_known(session, cf__rows_of(session, writing->write.model));
}

static int64_t run(struct cf__session *session, const struct cf__write *write)
{
    struct writing writing = { session, *write, 0 };
    cf__autoflush(session, NULL);
    cf__write_or_undo(session, write_all, &writing);
    return writing.changed;
}

static void need_condition(const struct cf_model *model, const cf_expr *where, bool all, const char *call)
{
    if (!where && !all)
        cf_raise(CF_INTERNAL, "%s of %s without a condition: say .where = ..., or .all = true for every row", call,
                 model->name);
    if (where && all)
        cf_raise(CF_INTERNAL, "%s of %s has a condition and .all = true: only one of them can be meant", call,
                 model->name);
}

/* Values are checked here; what an expression gives is the database's to judge. */
static size_t check_set(const struct cf_model *model, const struct cf_assignment *set, size_t most)
{
    size_t count = 0;
    for (; count < most && set[count].column; count++) {
        const struct cf_column *column = set[count].column;
        cf__bulk_columns(model, &(struct cf_columns){ 1, { column } }, "cf_update_all");
        enum cf_operand_kind kind = set[count].value.kind;
        if (kind == CF_OPERAND_COLUMN || kind == CF_OPERAND_EXPRESSION)
            continue;
        if (kind == CF_OPERAND_TEXT && !set[count].value.text)
            cf_raise(CF_INTERNAL, "cf_update_all: %s.%s was set to a NULL text: say cf_set_null", model->name,
                     column->name);
        const char *problem = cf__value_problem(cf__current(), column, &set[count].value);
        if (problem)
            cf__refuse_field(column, CF_INVALID, problem, CF__ALONE);
    }
    if (!count)
        cf_raise(CF_INTERNAL, "cf_update_all of %s sets nothing: say .set = { cf_set(...) }", model->name);
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

static int64_t change(struct cf__session *session, const struct cf__rows_of *of, const struct changes *changes,
                      const cf_expr *where)
{
    return run(session, &(struct cf__write){ .kind = CF__UPDATE,
                                             .model = of->model,
                                             .set = changes->set,
                                             .set_count = changes->count,
                                             .counted = cf__column_bit(of->version),
                                             .where = where,
                                             .all = !where });
}

int64_t cf_update_all_(cf_db *db, const struct cf_model *model, const struct cf_update_options *options)
{
    struct cf__session *session = cf__bulk_session(db, model, "cf_update_all");
    const struct cf__rows_of *of = cf__rows_of(session, model);
    struct changes changes;
    need_condition(model, options->where, options->all, "cf_update_all");
    changes.count = check_set(model, options->set, MOST_SET);
    memcpy(changes.set, options->set, changes.count * sizeof changes.set[0]);
    add_stamps(&changes, of);
    return change(session, of, &changes, cf__hide_deleted(model, options->where, options->with_deleted));
}

int64_t cf_delete_all_(cf_db *db, const struct cf_model *model, const struct cf_delete_options *options)
{
    struct cf__session *session = cf__bulk_session(db, model, "cf_delete_all");
    const struct cf__rows_of *of = cf__rows_of(session, model);
    struct changes changes = { .count = 0 };
    need_condition(model, options->where, options->all, "cf_delete_all");
    if (of->deleted_at && !options->for_good) {
        add_time(&changes, of->deleted_at);
        return change(session, of, &changes, cf__hide_deleted(model, options->where, false));
    }
    return run(session, &(struct cf__write){
                            .kind = CF__DELETE, .model = model, .where = options->where, .all = !options->where });
}

/* SPDX-License-Identifier: MIT
 *
 * cf_update_many: the structs of an array say by their keys which rows are meant, and what some columns of each become. One
 * statement is run for as many rows as travel together, which are checked before the first is sent.
 */
#include <carafe/bulk.h>

#include <string.h>

#include "bulk.h"

enum { BATCH = 512 };

struct updating {
    struct cf__session *session;
    struct cf__rows_of *of;
    const char *rows;
    size_t count;
    uint64_t named, written;       /* columns: those the program has named; with what the session sets besides */
    struct cf_assignment made[64]; /* the same of each row */
    size_t made_count;
    int64_t changed;
};

static const char *row_at(const struct updating *updating, size_t at)
{
    return updating->rows + at * updating->of->model->size;
}

/* What the session does with each row it writes, it says once here: the time of the change, and what defaults make. */
static void make_values(struct updating *updating)
{
    const struct cf__rows_of *of = updating->of;
    const struct cf_operand now = { .kind = CF_OPERAND_TIME, .time = cf_now() };
    for (uint64_t left = of->stamps & ~updating->named; left; left &= left - 1) {
        const struct cf_column *column = &of->model->columns[__builtin_ctzll(left)];
        if (column->stamp == CF_STAMP_UPDATED)
            updating->made[updating->made_count++] = (struct cf_assignment){ column, now };
    }
    const struct cf__asked asked = { .row = cf_alloc(&updating->session->head, of->model->size),
                                     .wanted = of->update_defaults & ~updating->named,
                                     .update = true,
                                     .refusing = "cf_update_many" };
    if (asked.wanted)
        updating->made_count +=
            cf__defaults_of_many(updating->session, of, &asked, updating->made + updating->made_count);
    updating->written = updating->named;
    for (size_t i = 0; i < updating->made_count; i++)
        updating->written |= cf__column_bit(updating->made[i].column);
}

static void check_rows(const struct updating *updating)
{
    for (size_t at = 0; at < updating->count; at++) {
        cf__check_fields(updating->of, updating->named | updating->of->key, row_at(updating, at), at);
        cf__validate(updating->session, updating->of, updating->named, row_at(updating, at), at);
    }
}

/* The program's rows are not written to. */
static const void *fill(const struct updating *updating, char *copy, size_t at)
{
    if (!updating->made_count)
        return row_at(updating, at);
    memcpy(copy, row_at(updating, at), updating->of->model->size);
    for (size_t i = 0; i < updating->made_count; i++)
        cf__value_store(updating->made[i].column, copy, &updating->made[i].value);
    return copy;
}

static void update_rows(void *updating_)
{
    struct updating *updating = updating_;
    size_t size = updating->of->model->size;
    const void **rows = cf_alloc(&updating->session->head, BATCH * sizeof *rows);
    char *copies = updating->made_count ? cf_alloc(&updating->session->head, BATCH * size) : NULL;
    struct cf__write write = { .kind = CF__UPDATE,
                               .model = updating->of->model,
                               .columns = updating->written,
                               .rows = rows,
                               .key_rows = rows,
                               .counted = cf__column_bit(updating->of->counted) };
    for (size_t done = 0; done < updating->count; done += write.count) {
        write.count = updating->count - done < BATCH ? updating->count - done : BATCH;
        for (size_t i = 0; i < write.count; i++)
            rows[i] = fill(updating, copies ? copies + i * size : NULL, done + i);
        updating->changed += cf__link_repeat(&updating->session->link, &write).changed;
    }
    cf__sync_known(updating->session, updating->of);
}

int64_t cf_update_many_(cf_db *db, const struct cf_model *model, struct cf_columns columns, const void *rows,
                        size_t count)
{
    static const char call[] = "cf_update_many";
    struct updating updating = { .session = cf__bulk_session(db, model, call), .rows = rows, .count = count };
    updating.of = cf__rows_of(updating.session, model);
    updating.named = cf__bulk_columns(model, &columns, call);
    if (!updating.named)
        cf_raise(CF_INTERNAL, "%s of %s names no column", call, model->name);
    uint64_t refused = updating.named & (updating.of->key | cf__column_bit(updating.of->version));
    if (refused)
        cf_raise(CF_INTERNAL, "%s of %s: %s %s", call, model->name, model->columns[__builtin_ctzll(refused)].name,
                 refused & updating.of->key ? "is of the primary key, which says which row is meant"
                                            : "counts by itself");
    make_values(&updating);
    check_rows(&updating);
    cf__flush_pending(updating.session);
    cf__write_or_undo(updating.session, update_rows, &updating);
    return updating.changed;
}

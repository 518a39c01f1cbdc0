/* SPDX-License-Identifier: MIT
 *
 * Many rows at once: what carafe/bulk.h promises. Rows are planned as the flush plans a new object; those of a window
 * of the array that write the same columns go to the database together. Nothing here is an object of the session.
 */
#include <carafe/bulk.h>

#include "state.h"

/* How many rows are planned at a time: no database takes more in one statement. */
enum { WINDOW = 1024 };

struct bulk {
    struct cf__session *session;
    const struct cf__rows_of *of;
    const char *rows;
    size_t count;
    uint64_t set;  /* columns written in any case */
    bool only_set; /* and no others */
    bool returning;
};

static struct cf__session *open_session(cf_db *db, const struct cf_model *model, const char *call)
{
    struct cf__session *session = cf__session_of(db);
    if (!model->table)
        cf_raise(CF_INTERNAL, "%s of %s: a SHAPE has no table", call, model->name);
    cf__session_need_engine(session);
    return session;
}

/* ---- Sets of columns -------------------------------------------------------------------------------------------- */

static uint64_t bits_of(const struct cf_model *model, const struct cf_columns *columns, const char *call)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < columns->count; i++) {
        const struct cf_column *column = columns->items[i];
        if (column->model != model || column->type >= CF_TYPE_COUNT_)
            cf_raise(CF_INTERNAL, "%s of %s: %s.%s is none of its columns", call, model->name,
                     column->model ? column->model->name : "?", column->name);
        bits |= (uint64_t)1 << (column - model->columns);
    }
    return bits;
}

/* The columns whose zero is a value, since nothing else would stand there. */
static uint64_t columns_without_default(const struct cf__rows_of *of)
{
    uint64_t bits = 0;
    for (uint64_t left = of->columns; left; left &= left - 1) {
        const struct cf_column *column = &of->model->columns[__builtin_ctzll(left)];
        if (!column->identity && !column->server_default && !column->server_default_sql)
            bits |= left & -left;
    }
    return bits;
}

static struct bulk bulk_of(cf_db *db, const struct cf_model *model, const void *rows, size_t count,
                           const struct cf_columns *columns, const char *call)
{
    struct bulk bulk = { .session = open_session(db, model, call), .rows = rows, .count = count };
    bulk.of = cf__rows_of(bulk.session, model);
    bulk.only_set = columns->count > 0;
    bulk.set = bulk.only_set ? bits_of(model, columns, call) : columns_without_default(bulk.of);
    return bulk;
}

/* ---- cf_insert_all ---------------------------------------------------------------------------------------------- */

static void *row_at(const struct bulk *bulk, size_t at)
{
    return (char *)(uintptr_t)bulk->rows + at * bulk->of->model->size; /* written to only where .returning was asked */
}

static struct cf__insert_plan plan_row(const struct bulk *bulk, size_t at)
{
    struct cf__insert_plan plan = bulk->only_set ? cf__plan_columns(bulk->of, bulk->set, at)
                                                 : cf__plan_insert(bulk->of, row_at(bulk, at), bulk->set, at);
    if (!bulk->returning)
        plan.returned = 0;
    return plan;
}

/* All of them before the first is sent. What a check takes (the tree of a JSON text) is given back. */
static void check_rows(const struct bulk *bulk)
{
    struct cf__arena *arena = &cf__current()->arena;
    for (size_t at = 0; at < bulk->count; at++) {
        struct cf__arena_mark mark = cf__arena_mark(arena);
        cf__check_fields(bulk->of, plan_row(bulk, at).written, row_at(bulk, at), at);
        cf__arena_rewind(arena, mark);
    }
}

struct window {
    struct cf__insert_plan plans[WINDOW];
    void *rows[WINDOW], *alike[WINDOW];
    size_t count;
};

/* Takes the rows with the plan of the first one out of the window. */
static size_t take_alike(struct window *window)
{
    struct cf__insert_plan plan = window->plans[0];
    size_t taken = 0, kept = 0;
    for (size_t i = 0; i < window->count; i++) {
        if (window->plans[i].written == plan.written && window->plans[i].returned == plan.returned) {
            window->alike[taken++] = window->rows[i];
            continue;
        }
        window->plans[kept] = window->plans[i];
        window->rows[kept++] = window->rows[i];
    }
    window->count = kept;
    return taken;
}

static void insert_window(const struct bulk *bulk, struct window *window)
{
    while (window->count) {
        struct cf__insert_plan plan = window->plans[0];
        size_t count = take_alike(window);
        cf__insert_rows(bulk->session, bulk->of->model, plan, window->alike, count);
    }
}

static void insert_rows(void *bulk_)
{
    const struct bulk *bulk = bulk_;
    struct window *window = cf__take(cf__current(), sizeof *window);
    window->count = 0;
    for (size_t at = 0; at < bulk->count; at++) {
        window->plans[window->count] = plan_row(bulk, at);
        window->rows[window->count++] = row_at(bulk, at);
        if (window->count == WINDOW || at + 1 == bulk->count)
            insert_window(bulk, window);
    }
}

int64_t cf_insert_all_(cf_db *db, const struct cf_model *model, const void *rows, size_t count,
                       const struct cf_insert_options *options)
{
    struct bulk bulk = bulk_of(db, model, rows, count, &options->columns, "cf_insert_all");
    bulk.returning = options->returning;
    check_rows(&bulk);
    cf__autoflush(bulk.session, NULL);
    cf__write_or_undo(bulk.session, insert_rows, &bulk);
    return (int64_t)count;
}

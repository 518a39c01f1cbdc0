/* SPDX-License-Identifier: MIT
 *
 * cf_sql_execute_all: a statement of the user's own, run for each struct of an array. All rows are checked before the first is
 * sent; the objects of the session are not looked at, as with cf_sql_execute, since nobody knows what the statement changes.
 */
#include <carafe/bulk.h>

#include "state.h"

enum { BATCH = 512 };

struct executing {
    struct cf__session *session;
    const struct cf_model *model;
    struct cf__fields_sql sql;
    const char *rows;
    size_t count;
    int64_t changed;
};

static void check_rows(const struct executing *executing)
{
    const struct cf__rows_of *of = cf__rows_of(executing->session, executing->model);
    uint64_t named = cf__column_bits(executing->sql.columns, executing->sql.count);
    for (size_t at = 0; at < executing->count; at++)
        cf__check_fields(of, named, executing->rows + at * executing->model->size, at);
}

static void fill(const struct executing *executing, size_t at, struct cf_parameter *parameters)
{
    const void *row = executing->rows + at * executing->model->size;
    for (size_t i = 0; i < executing->sql.count; i++)
        parameters[i] = (struct cf_parameter){ .value = cf__field_value(executing->sql.columns[i], row),
                                               .column = executing->sql.columns[i] };
}

static void execute(void *executing_)
{
    struct executing *executing = executing_;
    size_t width = executing->sql.count, runs;
    struct cf_parameter *parameters = cf_alloc(&executing->session->head, BATCH * width * sizeof *parameters);
    for (size_t done = 0; done < executing->count; done += runs) {
        runs = executing->count - done < BATCH ? executing->count - done : BATCH;
        for (size_t i = 0; i < runs; i++)
            fill(executing, done + i, parameters + i * width);
        executing->changed +=
            cf__link_repeat_sql(&executing->session->link, executing->sql.text, parameters, width, runs);
    }
}

int64_t cf_sql_execute_all_(cf_db *db, const char *text, const struct cf_model *model, const void *rows, size_t count)
{
    struct executing executing = { .session = cf__session_of(db), .model = model, .rows = rows, .count = count };
    cf__session_need_engine(executing.session);
    executing.sql = cf__sql_bind_fields(executing.session->context,
                                        cf__engine_driver(executing.session->engine)->dialect, text, model);
    check_rows(&executing);
    cf__flush_pending(executing.session);
    if (count)
        cf__write_or_undo(executing.session, execute, &executing);
    return executing.changed;
}

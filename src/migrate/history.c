/* SPDX-License-Identifier: MIT
 *
 * The history table is a model like any other, read and written through queries; only making it is SQL of its own,
 * because it must be there before anything can be known, and ten processes may make it at once.
 */
#include "history.h"

#include "operations.h"

#include <carafe/log.h>

#include "../base/clock.h"

const char *cf__table_ddl(cf_context *context, const struct cf_dialect *dialect, const struct cf_model *model)
{
    static const char create[] = "CREATE TABLE ";
    const struct cf_table *table = cf_table_of_columns(context, model->table, model->columns, model->count);
    struct cf__buffer sql = cf__buffer_new(cf__context_of(context), CF__CAP_SQL, "a statement");
    cf__ddl_create_table(&sql, dialect, table);
    return cf_format(context, "%sIF NOT EXISTS %s", create, cf__buffer_text(&sql) + sizeof(create) - 1);
}

const char *cf__history_ddl(cf_context *context, const struct cf_dialect *dialect)
{
    return cf__table_ddl(context, dialect, &cf__history.model_);
}

/* ---- Reading ---------------------------------------------------------------------------------------------------- */

static struct cf__rows select_rows(struct cf__link *link)
{
    const struct cf_model *model = &cf__history.model_;
    return cf__link_run(link,
                        &(struct cf__query){ .kind = CF__SELECT, .model = model, .columns = cf__model_columns(model) });
}

bool cf__history_exists(struct cf__link *link)
{
    return cf__link_has_table(link, cf__history.model_.table);
}

struct cf__applied cf__history_read(struct cf__link *link, const struct cf__graph *graph)
{
    struct cf__applied applied = { .set = cf__revision_set_new(graph) };
    size_t capacity = 16, at;
    struct cf__rows rows = select_rows(link);
    applied.rows = cf_alloc(graph, capacity * sizeof(*applied.rows));
    while (cf__rows_next(&rows, &applied.rows[applied.count])) {
        if (cf__graph_find(graph, applied.rows[applied.count].id, &at)) {
            applied.set.has[at] = true;
            applied.set.count++;
        }
        if (++applied.count == capacity) {
            struct cf__history *more = cf_alloc(graph, 2 * capacity * sizeof(*more));
            memcpy(more, applied.rows, capacity * sizeof(*more));
            applied.rows = more;
            capacity *= 2;
        }
    }
    return applied;
}

void cf__history_need_linked(const struct cf__applied *applied, const struct cf__graph *graph)
{
    size_t at;
    for (size_t i = 0; i < applied->count; i++)
        if (!cf__graph_find(graph, applied->rows[i].id, &at))
            cf_raise(CF_INTERNAL,
                     "revision %s (%s) is applied to the database and not linked into this program: use a version of "
                     "the program "
                     "that has it, or put its file back and run make",
                     applied->rows[i].id, applied->rows[i].message);
}

void cf__history_warn_edited(const struct cf__applied *applied, const struct cf__graph *graph)
{
    size_t at;
    for (size_t i = 0; i < applied->count; i++) {
        if (!cf__graph_find(graph, applied->rows[i].id, &at))
            continue;
        struct cf__operations list = cf__record(graph->context, graph->items[at]->upgrade);
        if (strcmp(cf__operations_hash(graph->context, &list), applied->rows[i].hash) != 0)
            cf_log_warning("revision %s (%s) was edited after it was applied: the database has what it said before",
                           applied->rows[i].id, applied->rows[i].message);
    }
}

/* ---- Writing ---------------------------------------------------------------------------------------------------- */

void cf__history_add(struct cf__link *link, const cf_revision *revision, const char *hash, int64_t duration_ms)
{
    const struct cf_model *model = &cf__history.model_;
    struct cf__history row = { .id = revision->id,
                               .hash = hash,
                               .message = revision->message ? revision->message : "",
                               .applied_at = { cf__realtime() },
                               .duration_ms = duration_ms };
    struct cf__rows rows = cf__link_write(link, &(struct cf__write){ .kind = CF__INSERT,
                                                                     .model = model,
                                                                     .columns = cf__model_columns(model),
                                                                     .rows = (const void *const[]){ &row },
                                                                     .count = 1 });
    cf__rows_changed(&rows);
}

void cf__history_remove(struct cf__link *link, const cf_revision *revision)
{
    const struct cf_model *model = &cf__history.model_;
    struct cf__history row = { .id = revision->id };
    struct cf__rows rows =
        cf__link_write(link, &(struct cf__write){ .kind = CF__DELETE, .model = model, .key_row = &row });
    if (cf__rows_changed(&rows) != 1)
        cf_raise(CF_INTERNAL, "revision %s is not in %s", revision->id, model->table);
}

void cf__history_print_add(struct cf__buffer *out, const cf_revision *revision, const char *hash)
{
    cf__buffer_format(out, "INSERT INTO %s (id, hash, message, applied_at, duration_ms) VALUES (",
                      cf__history.model_.table);
    cf__sql_text(out, revision->id);
    cf__buffer_string(out, ", ");
    cf__sql_text(out, hash);
    cf__buffer_string(out, ", ");
    cf__sql_text(out, revision->message ? revision->message : "");
    cf__buffer_string(out, ", CURRENT_TIMESTAMP, 0);\n");
}

void cf__history_print_remove(struct cf__buffer *out, const cf_revision *revision)
{
    cf__buffer_format(out, "DELETE FROM %s WHERE id = ", cf__history.model_.table);
    cf__sql_text(out, revision->id);
    cf__buffer_string(out, ";\n");
}

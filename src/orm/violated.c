/* SPDX-License-Identifier: MIT
 *
 * Which foreign key was violated, where a database does not say so (SQLite). Once it has refused rows of the session's, and
 * only then, their keys are looked at one by one: the row that one of them refers to and that is not there, or the row that
 * refers to one of them and keeps it from going. Keys that are checked at the commit stay unnamed: by then nobody knows the
 * rows, nor what was written by SQL and for many rows at once.
 */
#include <string.h>

#include "../db/names.h"
#include "state.h"

/* What is looked at, and what was found. */
struct search {
    struct cf__session *session;
    const struct cf__written *written;
    struct cf__reference found; /* .count 0: nothing */
};

/* A condition: `columns` have the values of `values` in a row; NULL where one of these is NULL, which refers to nothing. */
static const cf_expr *have(const struct cf_column *const *columns, const struct cf_column *const *values,
                           const void *row, size_t count)
{
    const cf_expr *parts[CF__KEY_COLUMNS];
    for (size_t i = 0; i < count; i++) {
        const struct cf_operand value = cf__field_value(values[i], row);
        if (value.kind == CF_OPERAND_NULL)
            return NULL;
        parts[i] = cf_compare_(CF_EQ, (struct cf_operand){ .kind = CF_OPERAND_COLUMN, .column = columns[i] }, value);
    }
    return cf_combine_(CF_AND, count, parts);
}

static bool is_there(struct cf__session *session, const struct cf_model *model, const cf_expr *where)
{
    const struct cf_find_options options = { .where = where, .with_deleted = true, .no_autoflush = true };
    struct cf__asking asking = cf__ask_integer(&session->head, CF__EXISTS, model, &options);
    return cf__answer_integer(&asking);
}

/* Written by the same statement. */
static bool is_beside(const struct cf__written *written, const struct cf__reference *reference, const void *row)
{
    for (size_t i = 0; reference->to == written->model && i < written->count; i++)
        if (cf__refers(reference->from_columns, row, reference->to_columns, written->rows[i], reference->count))
            return true;
    return false;
}

/* A row refers to one that is not there. */
static bool misses(const struct search *search, const struct cf__reference *reference)
{
    const struct cf__written *written = search->written;
    for (size_t i = 0; i < written->count; i++) {
        const cf_expr *where = have(reference->to_columns, reference->from_columns, written->rows[i], reference->count);
        if (where && !is_beside(written, reference, written->rows[i]) &&
            !is_there(search->session, reference->to, where))
            return true;
    }
    return false;
}

/* A row that goes, or gets another key, is referred to. */
static bool is_held(const struct search *search, const struct cf__reference *reference)
{
    const struct cf__written *written = search->written;
    const bool goes = written->kind == CF__DELETE;
    const char *action = cf__action(goes ? reference->item->on_delete : reference->item->on_update);
    if (action && strcmp(action, "restrict") != 0)
        return false;
    for (size_t i = 0; i < written->count; i++) {
        const void *was = written->shadows[i];
        const cf_expr *where = have(reference->from_columns, reference->to_columns, was, reference->count);
        bool stays =
            !goes && cf__refers(reference->to_columns, was, reference->to_columns, written->rows[i], reference->count);
        if (where && !stays && is_there(search->session, reference->from, where))
            return true;
    }
    return false;
}

/* Calls visit with the foreign keys from one model to another, until it says that one is the one. */
static bool each_key(const struct cf_model *from, const struct cf_model *to, struct search *search,
                     bool (*visit)(const struct search *search, const struct cf__reference *reference))
{
    struct cf__reference reference;
    for (size_t i = 0; !from->view && i < from->count; i++)
        if (cf__reference_of(&from->columns[i], to, &reference) && visit(search, &reference)) {
            search->found = reference;
            return true;
        }
    return false;
}

static bool is_missed(const struct search *search, const struct cf__reference *reference)
{
    uint64_t columns = cf__column_bits(reference->from_columns, reference->count);
    return !reference->item->deferred && (columns & search->written->columns) && misses(search, reference);
}

static bool is_kept(const struct search *search, const struct cf__reference *reference)
{
    uint64_t columns = cf__column_bits(reference->to_columns, reference->count);
    bool touched = search->written->kind == CF__DELETE || (columns & search->written->columns);
    return !reference->item->deferred && touched && is_held(search, reference);
}

static void find(void *search_)
{
    struct search *search = search_;
    const struct cf_model *const *models = cf__engine_models(search->session->engine);
    const struct cf_model *model = search->written->model;
    for (size_t i = 0; models && models[i]; i++)
        if ((search->written->kind != CF__DELETE && each_key(model, models[i], search, is_missed)) ||
            (search->written->kind != CF__INSERT && each_key(models[i], model, search, is_kept)))
            return;
}

void cf__write_named(struct cf__session *session, const struct cf__written *written, void (*step)(void *),
                     void *argument)
{
    if (cf__engine_driver(session->engine)->capabilities & CF_CAN_NAME_FOREIGN_KEYS) {
        step(argument);
        return;
    }
    if (cf__protect(cf__current(), step, argument))
        return;
    struct cf__error_record record;
    struct search search = { session, written, { .count = 0 } };
    cf__error_record_copy(&record, &cf__current()->record);
    if (record.error.code == CF_FOREIGN_KEY && cf__protect(cf__current(), find, &search) && search.found.count)
        record.error.constraint = cf__reference_name(session->head.context, &search.found);
    cf__raise(&record.error);
}

/* ---- The column of a key by its name ---------------------------------------------------------------------------- */

struct naming {
    struct cf__session *session;
    cf_error *error;
};

static bool is_called(const char *name, const struct cf_column *item, const struct cf_model *to,
                      struct cf__reference *reference)
{
    return cf__reference_of(item, to, reference) &&
           strcmp(cf__reference_name(&cf__current()->head, reference), name) == 0;
}

static void name_column(void *naming_)
{
    const struct naming *naming = naming_;
    const struct cf_model *const *models = cf__engine_models(naming->session->engine);
    struct cf__reference reference;
    for (size_t i = 0; models && models[i]; i++)
        for (size_t k = 0; k < models[i]->count; k++)
            for (size_t to = 0; models[to]; to++)
                if (is_called(naming->error->constraint, &models[i]->columns[k], models[to], &reference))
                    naming->error->column = cf_format(&naming->session->head, "%s.%s", models[i]->table,
                                                      cf__column_name(reference.from_columns[0]));
}

void cf__tell_column(struct cf__session *session, cf_error *error)
{
    struct naming naming = { session, error };
    if (error->code == CF_FOREIGN_KEY && error->constraint && !error->column)
        cf__protect(cf__current(), name_column, &naming);
}

/* SPDX-License-Identifier: MIT
 *
 * New rows to INSERTs. Rows that write the same columns share a statement, as many as the database takes; what the
 * database makes of them (keys it numbers, defaults) comes back into the structs, in the order the rows were given in.
 *
 * That RETURNING keeps that order is not in any manual, but is how each database works: SQLite gathers the rows in a
 * table numbered as they were inserted and reads it from its start; PostgreSQL and MariaDB hand each row on when they
 * have inserted it, and work through VALUES from front to back. tests/orm/test_bulk.c holds them to it.
 */
#include <string.h>

#include "state.h"

bool cf__field_is_zero(const struct cf_column *column, const void *row)
{
    const char *field = (const char *)row + column->offset;
    for (size_t i = 0; i < cf__field_size(column); i++)
        if (field[i])
            return false;
    return true;
}

struct cf__insert_plan cf__plan_columns(const struct cf__rows_of *of, uint64_t written, size_t at)
{
    struct cf__insert_plan plan = { .written = written };
    for (uint64_t left = of->columns & ~written; left; left &= left - 1) {
        const struct cf_column *column = &of->model->columns[__builtin_ctzll(left)];
        if (column->identity || column->computed || column->server_default || column->server_default_sql)
            plan.returned |= left & -left;
        else if (!column->nullable)
            cf__refuse_field(column, CF_NOT_NULL, "is missing: it is NOT NULL and has no default", at);
    }
    return plan;
}

struct cf__insert_plan cf__plan_insert(const struct cf__rows_of *of, const void *row, uint64_t set, size_t at)
{
    uint64_t written = set;
    for (uint64_t left = of->columns & ~set; left; left &= left - 1)
        if (!cf__field_is_zero(&of->model->columns[__builtin_ctzll(left)], row))
            written |= left & -left;
    cf__refuse_computed(of, written, at);
    return cf__plan_columns(of, written, at);
}

void cf__start_version(const struct cf__rows_of *of, void *row)
{
    const struct cf_operand one = { .kind = CF_OPERAND_INTEGER, .integer = 1 };
    if (of->counted)
        cf__value_store(of->counted, row, &one);
}

bool cf__same_plan(const struct cf__insert_plan *left, const struct cf__insert_plan *right)
{
    return left->written == right->written && left->returned == right->returned && left->unique == right->unique &&
           left->updated == right->updated && left->counted == right->counted;
}

static _Noreturn void refuse_left_out(const struct cf__write *write, size_t back)
{
    cf_raise(CF_SQL, "%s took %zu of %zu rows: a trigger of the database has left the others out", write->model->table,
             back, write->count);
}

/* The column of the number that a single new row is given, where that is all to come back and the driver knows it without
 * RETURNING; else NULL. */
static const struct cf_column *number_of(const struct cf__session *session, const struct cf__write *write)
{
    const struct cf_model *model = write->model;
    if (!cf__engine_driver(session->engine)->number || write->count != 1 || write->unique ||
        __builtin_popcountll(write->returning) != 1)
        return NULL;
    const struct cf_column *column = &model->columns[__builtin_ctzll(write->returning)];
    return column->identity ? column : NULL;
}

static void insert_numbered(struct cf__session *session, struct cf__write write, const struct cf_column *column,
                            void *row)
{
    write.returning = 0;
    struct cf__rows result = cf__link_write(&session->link, &write);
    struct cf_operand number = { .kind = CF_OPERAND_INTEGER };
    if (!cf__rows_number(&result, &number.integer))
        refuse_left_out(&write, 0);
    cf__value_store(column, row, &number);
}

static void insert_batch(struct cf__session *session, const struct cf__write *write, void *const *rows)
{
    const struct cf_column *numbered = number_of(session, write);
    if (numbered) {
        insert_numbered(session, *write, numbered, rows[0]);
        return;
    }
    struct cf__rows result = cf__link_write(&session->link, write);
    if (!write->returning) {
        cf__rows_changed(&result);
        return;
    }
    size_t back = 0;
    while (back < write->count && cf__rows_next(&result, rows[back]))
        back++;
    cf__rows_end(&result);
    if (back < write->count)
        refuse_left_out(write, back);
}

void cf__insert_rows(struct cf__session *session, const struct cf_model *model, struct cf__insert_plan plan,
                     void *const *rows, size_t count)
{
    const struct cf_dialect *dialect = cf__engine_driver(session->engine)->dialect;
    struct cf__write write = {
        .kind = CF__INSERT,
        .model = model,
        .columns = plan.written,
        .returning = plan.returned,
        .unique = plan.unique,
        .updated = plan.updated,
        .counted = plan.counted,
        .predicate = plan.predicate,
        .where = plan.where,
        .set = plan.set,
        .set_count = plan.set_count,
        .autocommit = plan.autocommit,
    };
    for (; count; rows += write.count, count -= write.count) {
        write.rows = (const void *const *)rows;
        size_t fitting = cf__write_fitting(dialect, &write, write.rows, cf__write_batch(dialect, plan.written, count));
        write.count = cf__write_batch(dialect, plan.written, fitting);
        insert_batch(session, &write, rows);
    }
}

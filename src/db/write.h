/* SPDX-License-Identifier: MIT
 *
 * Statements that write, as data: INSERT of one or many rows, UPDATE and DELETE. As with queries a statement is
 * walked to its shape and parameters each time, and to SQL where no statement of its shape is prepared yet.
 */
#ifndef CARAFE_DB_WRITE_H
#define CARAFE_DB_WRITE_H

#include "query.h"

enum cf__write_kind { CF__INSERT, CF__UPDATE, CF__DELETE };

/* One statement on one model's table. Sets of columns are bits: bit i is model->columns[i]. */
struct cf__write {
    enum cf__write_kind kind;
    const struct cf_model *model;
    uint64_t columns;   /* written from the structs. INSERT with none: one row of defaults */
    uint64_t returning; /* columns given back, a row each (CF_CAN_RETURNING, …_UPDATE_…, …_DELETE_…) */
    /* INSERT: the structs, `count` of them (see cf__write_batch). UPDATE: the one the columns are taken from; `count` of
     * them where it is run for each of `key_rows` (cf__link_repeat). */
    const void *const *rows;
    size_t count;
    /* INSERT: what becomes of a row that equals one there already in the columns `unique` (a primary key or unique
     * constraint; 0: an error). `updated` are then overwritten, with 0 the row that is there stays. */
    uint64_t unique, updated;
    const char *predicate; /* of the rows that are unique so, SQL; NULL: all are */
    /* INSERT of what a query gives instead: the columns it fills, in its order; `set` are values of others in each row. */
    const struct cf_subquery *query;
    const struct cf_columns *filled;
    /* UPDATE: values and expressions written besides `columns`. INSERT: values of the row that is there already, besides
     * `updated`. */
    const struct cf_assignment *set;
    size_t set_count;
    uint64_t counted; /* counted up by one, by an UPDATE and where an INSERT updates */
    /* UPDATE, DELETE: which rows: those that equal the struct `key_row` in the columns `key` (0: the primary key), else
     * those of the condition, else all where that is said. */
    const void *key_row;
    const void *const *key_rows; /* cf__link_repeat: `count` of them instead */
    uint64_t key;
    const cf_expr *where; /* INSERT: on which the row that is there already is updated */
    bool hides_deleted;   /* as of a query */
    bool all;
    bool autocommit; /* a transaction that it begins has nothing else in it */
};

/* How many of `count` rows the next INSERT may carry, by the size of their texts and blobs. At least 1 where `count` is. */
size_t cf__write_fitting(const struct cf_dialect *dialect, const struct cf__write *write, const void *const *rows,
                         size_t count);
/* How many of `left` rows the next INSERT of `columns` is to take: few different numbers, so that few statements are
 * prepared, and no more than the database takes. At least 1 where `left` is. */
size_t cf__write_batch(const struct cf_dialect *dialect, uint64_t columns, size_t left);
/* Shape and parameters of a statement. Raises CF_INTERNAL for an UPDATE or DELETE that does not say which rows, and as
 * cf__query_shape does. */
uint64_t cf__write_shape(const struct cf__write *write, const struct cf_dialect *dialect, struct cf__context *context,
                         struct cf__parameters *parameters);
/* The SQL of a statement in a dialect. */
void cf__write_sql(const struct cf__write *write, const struct cf_dialect *dialect, struct cf__buffer *sql);

#endif

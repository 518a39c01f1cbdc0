/* SPDX-License-Identifier: MIT
 *
 * The tables that a query names, in the order they are written, and what each is joined on.
 */
#ifndef CARAFE_DB_TABLES_H
#define CARAFE_DB_TABLES_H

#include "beside.h"
#include "pen.h"

enum { CF__MOST_JOINS = 8, CF__MOST_SOURCES = 24 };

/* A join as it is written: of a table, on equal columns and a condition. */
struct cf__step {
    const struct cf__relation *relation; /* or NULL */
    size_t owner, through, target;       /* sources; through: of ManyToMany */
    /* The target's and the owner's, equal in pairs; 0: none. */
    size_t count;
    const struct cf_column *const *target_columns, *const *owner_columns;
    const cf_expr *on;
    enum cf_join_kind kind;
};

struct cf__tables {
    struct cf__source sources[CF__MOST_SOURCES];
    struct cf__step steps[CF__MOST_SOURCES];
    size_t source_count, step_count;
    size_t named;                   /* the first of the sources, those that the program can name */
    size_t beside[CF__MOST_BESIDE]; /* the source of each of query->beside */
};

/* Those of a query that is no compound. Raises CF_INTERNAL for a SHAPE without a query, a name used twice, a relation of a
 * model that is not there, and a join without a condition of which no foreign key is the only one to make one. */
void cf__collect_tables(struct cf__tables *tables, const struct cf_subquery *query);

/* The relation that an item of a model, or of an alias of it, declares. */
const struct cf__relation *cf__relation_in(const struct cf_column *item);

#endif

/* SPDX-License-Identifier: MIT
 *
 * What the two halves of `db reflect` share: settle.c (and choices.c) makes a table one that MODEL has words for and notes
 * what it had to leave out, reflect.c relates the tables to each other and writes the header.
 */
#ifndef CARAFE_MIGRATE_REFLECT_H
#define CARAFE_MIGRATE_REFLECT_H

#include "operations.h"

enum { CF__MOST_ITEMS = 64 };

/* A relation to be written. */
struct cf__related {
    const char *name, *type;          /* "author", "BelongsTo(User, author_id)" */
    const struct cf_foreign_key *key; /* that it makes, of several columns; or NULL */
    const char *named;                /* what that is called; NULL: as by convention */
};

/* A table that is to be a model. */
struct cf__reflected {
    const struct cf_table *whole; /* as it was found */
    struct cf_table *table;       /* what is left of it, under names that MODEL can say */
    const char *model;            /* "OrderLine" */
    const char *plural;           /* "order_lines": what a list of them is called */
    const char *singular;         /* "order_line" */
    struct cf__items items;       /* columns and entries */
    struct cf__related relations[CF__MOST_ITEMS];
    size_t relation_count;
    struct cf__buffer left; /* lines of a comment: what MODEL has no words for */
};

void cf__reflected_note(struct cf__reflected *reflected, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Columns: types, defaults, what is generated. Why the table cannot be a model, or NULL. */
const char *cf__settle_columns(struct cf__reflected *reflected);
/* Constraints, once all tables have their columns (`find` gives those that are models, by the name of the table). Their names
 * are added to `taken`, for no two constraints of a schema may have the same. */
void cf__settle_constraints(struct cf__reflected *reflected, const struct cf_table *(*find)(void *of, const char *name),
                            void *of, struct cf_names *taken);

/* choices.c: columns whose check says what create_constraint says, once all items are there. */
void cf__settle_choices(struct cf__reflected *reflected);

#endif

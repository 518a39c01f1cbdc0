/* SPDX-License-Identifier: MIT
 *
 * Placeholders in SQL of the user's own: ? or :name, as the database at hand writes them.
 */
#ifndef CARAFE_DB_PLACEHOLDERS_H
#define CARAFE_DB_PLACEHOLDERS_H

#include "query.h"

/* SQL with a `?` for each value, and the values in the order of their placeholders. */
struct cf__bound_sql {
    const char *text;
    const struct cf_operand *values;
    size_t count;
};
/* Values are all named or none is. Raises CF_INTERNAL for a name in the SQL that has no value, and the other way round. */
struct cf__bound_sql cf__sql_bind(struct cf__context *context, const struct cf_dialect *dialect, const char *text,
                                  const struct cf_values *values);
/* The same with a field of the model for each :name: which fields, in the order of their placeholders. Raises CF_INTERNAL for a
 * name that is no field, and where there is none at all. */
struct cf__fields_sql {
    const char *text;
    const struct cf_column *const *columns;
    size_t count;
};
struct cf__fields_sql cf__sql_bind_fields(struct cf__context *context, const struct cf_dialect *dialect,
                                          const char *text, const struct cf_model *model);
/* The same as the database takes it: where placeholders are numbered, $1, $2 … in the place of each `?`. `*count` tells
 * how many these are. */
const char *cf__sql_number(struct cf__context *context, const struct cf_dialect *dialect, const char *text,
                           size_t *count);
/* The first `?` in a text from `at` on that is in no quotation and no comment, or the text's end. */
const char *cf__sql_find_mark(const struct cf_dialect *dialect, const char *text, const char *at);

#endif

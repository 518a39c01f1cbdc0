/* SPDX-License-Identifier: MIT
 *
 * What writing and reading JSON both have to know of a model's fields: their names in JSON, how lists of rows are laid
 * out.
 */
#ifndef CARAFE_APP_FIELDS_H
#define CARAFE_APP_FIELDS_H

#include <carafe/model.h>

/* The layouts of struct <Model>_list, <Model>_page and <Model>_slice, the same for every model. */
struct cf__list {
    void **items;
    size_t count;
};
struct cf__page {
    void **items;
    size_t count;
    CF_PAGE_MEMBERS_
};

struct cf__slice {
    void **items;
    size_t count;
    const char *next, *previous;
};

/* True for a column, false for an entry without a field (Unique, Index, Check, Was). */
static inline bool cf__field_is_column(const struct cf_column *column)
{
    return column->type < CF_TYPE_COUNT_;
}

static inline const char *cf__field_json_name(const struct cf_column *column)
{
    return column->json ? column->json : column->name;
}

/* How many labels an Enum has. */
size_t cf__field_label_count(const struct cf_column *column);

#endif

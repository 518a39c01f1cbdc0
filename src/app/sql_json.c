/* SPDX-License-Identifier: MIT
 *
 * The rows of free SQL as JSON: each is read into fields of the types that the database says its columns have, and
 * written as fields of a model are. There is no model; a list of columns stands in its place, made for this result.
 */
#include <string.h>

#include "../text/json.h"
#include "app.h"
#include "fields.h"

enum { CELL = sizeof(cf_optional_decimal) }; /* the largest of fields */

static void check_names(const struct cf_column *columns, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        for (unsigned j = 0; j < i; j++)
            if (strcmp(columns[i].name, columns[j].name) == 0)
                cf_raise(CF_INTERNAL, "cf_sql_json: two columns of the result are named %s: name one with AS",
                         columns[i].name);
}

static struct cf_column *columns_of(cf_db *db, const struct cf__rows *rows, unsigned count)
{
    struct cf_column *columns = cf_alloc(db, (count + 1) * sizeof *columns);
    for (unsigned i = 0; i < count; i++) {
        columns[i].name = cf_copy(db, cf__rows_column(rows, i));
        columns[i].offset = i * CELL;
        columns[i].nullable = true;
    }
    check_names(columns, count);
    return columns;
}

/* What has no digits behind the point is a number: a sum of integers is a decimal in some databases. */
static bool write_whole(struct cf__buffer *json, const struct cf_column *column, const char *row)
{
    const cf_optional_decimal *decimal = (const void *)(row + column->offset);
    if (column->type != CF_TYPE_NUMERIC || column->scale || !decimal->is_set)
        return false;
    int64_t integer = (int64_t)decimal->value.low;
    if (decimal->value.high != (integer < 0 ? -1 : 0))
        return false;
    cf__json_integer(json, integer);
    return true;
}

static void write_row(struct cf__buffer *json, const struct cf_column *columns, unsigned count, const char *row)
{
    cf__buffer_char(json, '{');
    for (unsigned i = 0; i < count; i++) {
        if (i)
            cf__buffer_char(json, ',');
        cf__json_text(json, columns[i].name, strlen(columns[i].name));
        cf__buffer_char(json, ':');
        if (!write_whole(json, &columns[i], row))
            cf__field_to_json(json, &columns[i], row);
    }
    cf__buffer_char(json, '}');
}

const char *cf_sql_json_(cf_db *db, const char *text, struct cf_values values)
{
    struct cf__rows rows = cf__session_sql(db, text, values);
    unsigned count = cf__rows_columns(&rows);
    struct cf_column *columns = columns_of(db, &rows, count);
    char *row = cf_alloc(db, count * CELL + 1);
    struct cf__buffer json = cf__buffer_new(cf__context_of(db->context), CF__CAP_RESPONSE, "the rows of cf_sql_json");
    cf__buffer_char(&json, '[');
    for (bool first = true; cf__rows_next_as_found(&rows, columns, row); first = false) {
        if (!first)
            cf__buffer_char(&json, ',');
        write_row(&json, columns, count, row);
    }
    cf__buffer_char(&json, ']');
    return cf__buffer_text(&json);
}

/* SPDX-License-Identifier: MIT */
#include "sql_type.h"

#include <string.h>

#include <carafe/memory.h>

#include "../base/context.h"

/* Where the type ends: a ';' in quotes, as of SET('a;b'), is of the type. */
static size_t size_of_type(const char *type)
{
    size_t size = 0;
    for (char quote = 0; type[size] && (quote || type[size] != ';'); size++)
        if (strchr("'\"`", type[size]) && (!quote || quote == type[size]))
            quote = quote ? 0 : type[size];
    return size;
}

static size_t trimmed(const char *text, size_t size)
{
    while (size && text[size - 1] == ' ')
        size--;
    return size;
}

bool cf__sql_type_next(const char **at, struct cf__sql_type *found)
{
    const char *start = *at + strspn(*at, " ;");
    if (!*start)
        return false;
    size_t name = strcspn(start, ":;");
    const char *type = start + name + (start[name] == ':');
    type += strspn(type, " ");
    size_t size = size_of_type(type);
    *found = (struct cf__sql_type){ start, type, trimmed(start, name), trimmed(type, size) };
    *at = type + size;
    return true;
}

static bool find(const char *types, const char *database, struct cf__sql_type *found)
{
    while (types && cf__sql_type_next(&types, found))
        if (strlen(database) == found->database_size && memcmp(database, found->database, found->database_size) == 0)
            return true;
    return false;
}

bool cf__has_sql_type(const char *types, const struct cf_dialect *dialect)
{
    struct cf__sql_type found;
    return types && find(types, dialect->name, &found);
}

const char *cf__sql_type_of(cf_context *context, const struct cf_dialect *dialect, const struct cf_table *table,
                            const struct cf_schema_column *column)
{
    struct cf__sql_type found;
    if (find(column->sql_type, dialect->name, &found))
        return cf__copy_bytes(cf__context_of(context), found.type, found.type_size);
    return dialect->type(context, table, column);
}

struct cf_around cf__sql_type_read(const struct cf_dialect *dialect, const struct cf_column *column)
{
    struct cf__sql_type found;
    if (!dialect->read || !column || !find(column->sql_type, dialect->name, &found))
        return (struct cf_around){ "", "" };
    return dialect->read(column, found.type, found.type_size);
}

/* SPDX-License-Identifier: MIT
 *
 * An order as a URL asks for it: ?sort=-created,title. Only the columns listed can be named, by the name they have in
 * JSON, so that nothing of the client's gets into a query.
 */
#include <string.h>

#include "app.h"

enum { MOST_SORTED = sizeof((struct cf_order_list *)0)->items / sizeof(struct cf_order) };

static const char *name_of(const struct cf_column *column)
{
    return column->json ? column->json : column->name;
}

static _Noreturn void refuse(cf_request *req, const char *parameter, const char *name, size_t size, size_t count,
                             const struct cf_column *const *columns)
{
    const char *known = "";
    for (size_t i = 0; i < count; i++)
        known = cf_format(req, "%s%s%s", known, *known ? ", " : "", name_of(columns[i]));
    cf_abort(req, 400,
             .description = cf_format(req, "The query parameter \"%s\" cannot be \"%.*s\": it takes %s.", parameter,
                                      (int)size, name, known));
}

static const struct cf_column *find_column(const char *name, size_t size, size_t count,
                                           const struct cf_column *const *columns)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(name_of(columns[i])) == size && memcmp(name_of(columns[i]), name, size) == 0)
            return columns[i];
    return NULL;
}

struct cf_order_list cf_sort_(cf_request *req, const char *parameter, size_t count,
                              const struct cf_column *const *columns)
{
    struct cf_order_list order = { 0 };
    const char *at = cf_query_or(req, parameter, "");
    for (size_t i = 0; *at; i++) {
        bool descending = *at == '-';
        const char *name = at + descending;
        size_t size = strcspn(name, ",");
        const struct cf_column *column = i < MOST_SORTED ? find_column(name, size, count, columns) : NULL;
        if (!column)
            refuse(req, parameter, name, size, count, columns);
        order.items[i] = (struct cf_order){ { .kind = CF_OPERAND_COLUMN, .column = column }, descending };
        at = name + size + (name[size] == ',');
    }
    return order;
}

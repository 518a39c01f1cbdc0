/* SPDX-License-Identifier: MIT
 *
 * Traps (base/trap.h) in the fields of columns that hold nothing yet. Made once for the thread, like those of relations: the
 * message lasts as long as the process.
 */
#include <stdlib.h>
#include <string.h>

#include "state.h"

struct known {
    const struct cf_column *column;
    enum cf__unheld why;
    void *trap;
    struct known *next;
};

static _Thread_local struct known *known_traps;

static const char *message_of(const struct cf_column *column, enum cf__unheld why)
{
    cf_context *context = &cf__current()->head;
    const char *table = column->model->table, *model = column->model->name, *name = column->name;
    if (why == CF__NOT_LOADED)
        return cf_format(context, "%s.%s was not loaded: add .undefer = cf_columns(%s.%s)", table, name, model, name);
    return cf_format(context, "%s.%s is not known to a default that is made for many rows", table, name);
}

void *cf__column_trap(const struct cf_column *column, enum cf__unheld why)
{
    for (const struct known *known = known_traps; known; known = known->next)
        if (known->column == column && known->why == why)
            return known->trap;
    const char *message = message_of(column, why);
    struct known *known = malloc(sizeof *known + strlen(message) + 1);
    if (!known)
        cf_raise(CF_NO_MEMORY, "no memory for the column %s.%s", column->model->name, column->name);
    void *trap = cf__trap_new(memcpy(known + 1, message, strlen(message) + 1));
    *known = (struct known){ column, why, trap, known_traps };
    known_traps = known;
    return trap;
}

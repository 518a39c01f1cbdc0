/* SPDX-License-Identifier: MIT
 *
 * `routes`: the rules of the application as a table, by endpoint. HEAD and OPTIONS come by themselves and are left out.
 */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

struct row {
    const char *cells[3]; /* endpoint, methods, rule */
};

/* "GET HEAD POST" as "GET, POST". */
static const char *shown_methods(cf_context *context, const char *methods)
{
    struct cf__buffer text = cf__buffer_new(cf__context_of(context), CF__CAP_OUTPUT, "the methods of a route");
    while (*methods) {
        size_t size = strcspn(methods, " ");
        bool implied =
            (size == 4 && memcmp(methods, "HEAD", 4) == 0) || (size == 7 && memcmp(methods, "OPTIONS", 7) == 0);
        if (!implied) {
            cf__buffer_string(&text, text.size ? ", " : "");
            cf__buffer_add(&text, methods, size);
        }
        methods += size + (methods[size] == ' ');
    }
    return cf__buffer_text(&text);
}

static int by_endpoint(const void *a, const void *b)
{
    return strcmp(((const struct row *)a)->cells[0], ((const struct row *)b)->cells[0]);
}

static void print_row(const struct row *row, const size_t widths[2])
{
    printf("%-*s  %-*s  %s\n", (int)widths[0], row->cells[0], (int)widths[1], row->cells[1], row->cells[2]);
}

static void print_table(const struct row *rows, size_t count)
{
    static const struct row head = { { "Endpoint", "Methods", "Rule" } };
    static const char line[] = "----------------------------------------------------------------";
    size_t widths[3] = { strlen(head.cells[0]), strlen(head.cells[1]), strlen(head.cells[2]) };
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < 3; k++)
            if (strlen(rows[i].cells[k]) > widths[k])
                widths[k] = strlen(rows[i].cells[k]);
    print_row(&head, widths);
    for (size_t k = 0; k < 3; k++)
        printf("%.*s%s", (int)widths[k], line, k < 2 ? "  " : "\n");
    for (size_t i = 0; i < count; i++)
        print_row(&rows[i], widths);
}

static void show_routes(void *app_)
{
    const cf_app *app = app_;
    cf_context *context = &cf__current()->head;
    size_t count = 0;
    for (const struct cf__route *route = cf__router_routes(app->router); route; route = route->next)
        count++;
    if (count == 0) {
        puts("No routes: add them with cf_route before cf_main.");
        return;
    }
    struct row *rows = cf_alloc(context, count * sizeof *rows), *row = rows;
    for (const struct cf__route *route = cf__router_routes(app->router); route; route = route->next)
        *row++ = (struct row){ { route->endpoint, shown_methods(context, route->methods), route->rule } };
    qsort(rows, count, sizeof *rows, by_endpoint);
    print_table(rows, count);
}

int cf__routes_command(void *app, const struct cf__arguments *arguments)
{
    (void)arguments;
    return cf__command_fiber(app, show_routes, app) && fflush(stdout) == 0 ? 0 : 1;
}

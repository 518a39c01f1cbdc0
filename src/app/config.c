/* SPDX-License-Identifier: MIT
 *
 * Configuration: a table of the options, each with its type, its place in struct cf_app_options, its default and
 * its range. The table is walked once: a field the program left 0 takes the default, then the environment (CARAFE_
 * and the option's name in capitals) has the last word. A value that does not fit is a problem that names the
 * variable and the value; it is reported at start, with all others.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../text/number.h"
#include "app.h"

enum option_type { TEXT, BOOLEAN, INTEGER, SIZE, SECONDS };

struct option {
    const char *name;
    enum option_type type;
    size_t offset;
    const char *text; /* default of a text */
    double number;    /* default of the others */
    double least, most;
};

/* Bounds that keep sums of sizes and of microseconds far from overflowing. */
#define MOST_SIZE    (1 << 30)
#define MOST_SECONDS 1e8

#define OPTION(field, kind) .name = #field, .offset = offsetof(struct cf_app_options, field), .type = kind
static const struct option options_table[] = {
    { OPTION(database_uri, TEXT) },
    { OPTION(host, TEXT), .text = "127.0.0.1" },
    { OPTION(port, INTEGER), .number = 5000, .most = 65535 },
    { OPTION(workers, INTEGER), .most = 1024 },
    { OPTION(debug, BOOLEAN) },
    { OPTION(upgrade_on_run, BOOLEAN) },
    { OPTION(create_on_run, BOOLEAN) },
    { OPTION(echo, BOOLEAN) },
    { OPTION(hide_parameters, BOOLEAN) },
    { OPTION(synchronous_normal, BOOLEAN) },
    { OPTION(busy_timeout, SECONDS), .number = 5, .most = MOST_SECONDS },
    { OPTION(replicas, TEXT) },
    { OPTION(pool_size, INTEGER), .number = 5, .least = 1, .most = 1000 },
    { OPTION(max_overflow, INTEGER), .number = 10, .most = 1000 },
    { OPTION(pool_timeout, SECONDS), .number = 30, .least = 1e-3, .most = MOST_SECONDS },
    { OPTION(pool_recycle, SECONDS), .most = MOST_SECONDS },
    { OPTION(pool_pre_ping, BOOLEAN) },
    { OPTION(echo_pool, BOOLEAN) },
    { OPTION(query_cache_size, INTEGER), .number = 512, .least = 1, .most = 1 << 16 },
    { OPTION(statement_timeout, SECONDS), .most = MOST_SECONDS },
    { OPTION(on_connect, TEXT) },
    { OPTION(slow_statement, SECONDS), .most = MOST_SECONDS },
    { OPTION(body_limit, SIZE), .number = 16 << 20, .least = 1, .most = MOST_SIZE },
    { OPTION(header_limit, SIZE), .number = 16 << 10, .least = 256, .most = MOST_SIZE },
    { OPTION(url_limit, SIZE), .number = 8 << 10, .least = 16, .most = MOST_SIZE },
    { OPTION(idle_timeout, SECONDS), .number = 60, .least = 1e-3, .most = MOST_SECONDS },
    { OPTION(header_timeout, SECONDS), .number = 10, .least = 1e-3, .most = MOST_SECONDS },
    { OPTION(request_timeout, SECONDS), .most = MOST_SECONDS },
    { OPTION(connection_limit, INTEGER), .number = 10000, .least = 1, .most = 1 << 20 },
    { OPTION(drain_timeout, SECONDS), .number = 30, .most = MOST_SECONDS },
};
enum { OPTIONS = sizeof options_table / sizeof options_table[0], VARIABLE = 128 };

/* ---- Values ----------------------------------------------------------------------------------------------------- */

/* A value of any option but a text, as a number. */
static double field_number(const struct option *option, const void *field)
{
    switch (option->type) {
    case BOOLEAN:
        return *(const bool *)field;
    case INTEGER:
        return *(const int *)field;
    case SIZE:
        return (double)*(const size_t *)field;
    default:
        return *(const double *)field;
    }
}

static void set_field(const struct option *option, void *field, double number)
{
    switch (option->type) {
    case BOOLEAN:
        *(bool *)field = number != 0;
        return;
    case INTEGER:
        *(int *)field = (int)number;
        return;
    case SIZE:
        *(size_t *)field = (size_t)number;
        return;
    default:
        *(double *)field = number;
    }
}

static bool parse(const struct option *option, const char *text, double *out)
{
    int64_t integer;
    bool boolean;
    if (option->type == BOOLEAN) {
        if (!cf__parse_boolean(text, &boolean))
            return false;
        *out = boolean;
        return true;
    }
    if (option->type == SECONDS)
        return cf__parse_number(text, out);
    if (!cf__parse_integer(text, &integer))
        return false;
    *out = (double)integer;
    return true;
}

static bool in_range(const struct option *option, double number)
{
    return option->type == BOOLEAN || (number >= option->least && number <= option->most);
}

/* "CARAFE_PORT=x" or ".port = -1": `source` is refused. */
static void refuse(cf_app *app, const struct option *option, const char *source)
{
    static const char *const units[] = {
        [INTEGER] = "a whole number", [SIZE] = "a number of bytes", [SECONDS] = "seconds"
    };
    if (option->type == BOOLEAN)
        cf__app_problem(app, "%s: must be true or false", source);
    else
        cf__app_problem(app, "%s: must be %s from %.10g to %.10g", source, units[option->type], option->least,
                        option->most);
}

/* ---- Sources ---------------------------------------------------------------------------------------------------- */

/* CARAFE_POOL_SIZE, and of a database of .binds CARAFE_POOL_SIZE_AUDIT. */
static void variable_name(const char *option, const char *bind, char name[VARIABLE])
{
    snprintf(name, VARIABLE, "CARAFE_%s%s%s", option, bind ? "_" : "", bind ? bind : "");
    for (char *at = name; *at; at++)
        *at = (char)toupper((unsigned char)*at);
}

static const char *environment(const char *option, const char *bind, char name[VARIABLE])
{
    variable_name(option, bind, name);
    const char *value = getenv(name);
    return value && *value ? value : NULL; /* CARAFE_PORT= is how a shell takes a variable back */
}

static void load_text(cf_app *app, const struct option *option, const char **field)
{
    char name[VARIABLE];
    const char *value = environment(option->name, NULL, name);
    if (!value)
        value = *field && **field ? *field : option->text;
    *field = cf__app_copy(app, value);
}

static void load_number(cf_app *app, const struct option *option, const char *bind, void *field)
{
    char name[VARIABLE];
    double number = field_number(option, field);
    if (number == 0)
        set_field(option, field, option->number);
    else if (!in_range(option, number))
        refuse(app, option,
               cf__app_format(app, ".%s = %.10g%s%s", option->name, number, bind ? " of the database " : "",
                              bind ? bind : ""));
    const char *value = environment(option->name, bind, name);
    if (!value)
        return;
    if (parse(option, value, &number) && in_range(option, number))
        set_field(option, field, number);
    else
        refuse(app, option, cf__app_format(app, "%s=%s", name, value));
}

/* ---- Databases beside the app's own ----------------------------------------------------------------------------- */

/* Options by the names that the app's own have, whose values they take where they say none. */
#define BIND_OPTION(field)                      \
    {                                           \
#field, offsetof(struct cf_bind, field) \
    }
static const struct {
    const char *name;
    size_t offset;
} bind_options[] = { BIND_OPTION(pool_size),       BIND_OPTION(max_overflow),      BIND_OPTION(pool_timeout),
                     BIND_OPTION(pool_recycle),    BIND_OPTION(pool_pre_ping),     BIND_OPTION(synchronous_normal),
                     BIND_OPTION(busy_timeout),    BIND_OPTION(statement_timeout), BIND_OPTION(slow_statement),
                     BIND_OPTION(hide_parameters), BIND_OPTION(query_cache_size) };

static struct option find_option(const char *name)
{
    const struct option *option = options_table;
    while (strcmp(option->name, name) != 0)
        option++;
    return *option;
}

static void load_bind(cf_app *app, struct cf_bind *bind)
{
    char name[VARIABLE];
    const char *uri = environment("database_uri", bind->name, name);
    bind->database_uri = cf__app_copy(app, uri ? uri : bind->database_uri);
    if (!bind->database_uri)
        cf__app_problem(app, "the database \"%s\" of .binds has no URI", bind->name);
    bind->isolation = bind->isolation ? bind->isolation : app->config.options.isolation;
    for (size_t i = 0; i < sizeof bind_options / sizeof bind_options[0]; i++) {
        struct option option = find_option(bind_options[i].name);
        option.number = field_number(&option, (char *)&app->config.options + option.offset);
        load_number(app, &option, bind->name, (char *)bind + bind_options[i].offset);
    }
}

void cf__config_load(cf_app *app, const struct cf_app_options *options)
{
    app->config.options = *options;
    for (const struct option *option = options_table; option < options_table + OPTIONS; option++) {
        void *field = (char *)&app->config.options + option->offset;
        if (option->type == TEXT)
            load_text(app, option, field);
        else
            load_number(app, option, NULL, field);
    }
    for (struct cf_bind *bind = app->config.options.binds; bind < app->config.options.binds + CF_MOST_BINDS; bind++)
        if (bind->name)
            load_bind(app, bind);
}

/* A URI without host and path leads nowhere outside the process: "sqlite://". */
bool cf__config_in_memory(const struct cf__config *config)
{
    const char *rest = config->options.database_uri ? strstr(config->options.database_uri, "://") : NULL;
    return rest && (rest[3] == '\0' || rest[3] == '?');
}

/* SPDX-License-Identifier: MIT
 *
 * The first line as a rule of the program, the rest as the path of a client: a rule is taken or refused with a
 * sentence, and a match costs no more than the path is long, gives values that are UTF-8, and leads nowhere else.
 */
#include <string.h>

#include "../src/text/url.h"
#include "../src/web/router.h"
#include "fuzz.h"

static const char *const rules[] = {
    "/", "/users", "/users/<int:id>", "/users/<name>/", "/<path:p>/edit", "/<a>-<b>.<c>", "/x/<any(a,b):k>/<uuid:u>"
};

static void add_rules(struct cf__router *router, const char *rule)
{
    const char *problem = cf__router_add(router, "GET POST", rule, "fuzzed", NULL);
    fuzz_require(!problem || (strncmp(problem, "route \"", 7) == 0 && strstr(problem, rule)));
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        cf__router_add(router, "GET", rules[i], rules[i], NULL);
}

static void check_match(const struct cf__match *match, size_t size)
{
    fuzz_require(match->visited <= 40 * (size + 2));
    if (match->kind == CF__MATCH_ROUTE)
        for (size_t i = 0; i < match->route->param_count; i++)
            fuzz_require(*match->values[i] && cf__utf8_valid(match->values[i], strlen(match->values[i])));
    if (match->kind != CF__MATCH_REDIRECT)
        return;
    fuzz_require(match->location[0] == '/' && match->location[1] != '/');
    for (const char *at = match->location; *at; at++)
        fuzz_require(*at > ' ' && *at < 0x7F && *at != '\\');
}

static void look(void *input_)
{
    struct fuzz_input *input = input_;
    static const char *const methods[] = { "GET", "POST", "DELETE", "OPTIONS", "BREW" };
    char *rule = cf__copy_bytes(&input->context, input->text, input->size);
    char *path = strchr(rule, '\n');
    struct cf__router *router = cf__router_new();
    if (path)
        *path++ = '\0';
    add_rules(router, rule);
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        struct cf__match match;
        cf__router_match(router, &input->context, methods[i], path ? path : rule, &match);
        check_match(&match, strlen(path ? path : rule));
    }
    cf__router_free(router);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_in_context(data, size, look);
}

/* SPDX-License-Identifier: MIT
 *
 * The tree of rules. A node stands for a path so far; its static children are in a hash table, its patterns in order
 * of weight, and the routes that end here are two lists, with and without a final slash. A match walks down, static
 * first, and comes back where a branch leads nowhere, so it costs what the path is long and how many patterns
 * compete at a place, not how many rules there are.
 *
 * Building happens outside of fibers: nothing here raises until cf__router_match, which takes decoded texts from the
 * request's arena.
 */
#include "router.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/buffer.h"
#include "../base/random.h"
#include "../text/url.h"
#include "rule.h"

enum method { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, METHODS };
static const char *const method_names[METHODS] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" };

struct leaf {
    struct cf__route *route;
    struct leaf *next;
};

struct pattern {
    struct cf__segment segment;
    struct node *node;
    struct pattern *next; /* in the order they are tried */
};

struct child {
    const char *text;
    size_t size;
    struct node *node;
};

struct node {
    struct child *children; /* open addressing; capacity a power of two */
    size_t child_count, child_capacity;
    struct pattern *patterns;
    struct leaf *plain, *slashed;
};

struct cf__router {
    struct cf__arena arena;
    struct node root;
    struct cf__route *routes, **last;
};

struct cf__router *cf__router_new(void)
{
    struct cf__router *router = calloc(1, sizeof *router);
    if (!router)
        return NULL;
    cf__arena_init(&router->arena);
    router->last = &router->routes;
    return router;
}

void cf__router_free(struct cf__router *router)
{
    if (!router)
        return;
    cf__arena_dispose(&router->arena);
    free(router);
}

const struct cf__route *cf__router_routes(const struct cf__router *router)
{
    return router->routes;
}

/* ---- Building --------------------------------------------------------------------------------------------------- */

static void *take_zeroed(struct cf__arena *arena, size_t size)
{
    void *taken = cf__arena_take(arena, size);
    return taken ? memset(taken, 0, size) : NULL;
}

static const char *copy_text(struct cf__arena *arena, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = cf__arena_take(arena, size);
    return copy ? memcpy(copy, text, size) : NULL;
}

static struct child *find_child(const struct node *node, const char *text, size_t size)
{
    if (!node->child_capacity)
        return NULL;
    size_t mask = node->child_capacity - 1;
    for (size_t at = cf__hash(text, size, 0) & mask;; at = (at + 1) & mask) {
        struct child *child = &node->children[at];
        if (!child->text || (child->size == size && memcmp(child->text, text, size) == 0))
            return child;
    }
}

/* At most half full, so that searching ends soon. */
static bool make_room(struct cf__arena *arena, struct node *node)
{
    if ((node->child_count + 1) * 2 <= node->child_capacity)
        return true;
    struct node grown = { .child_capacity = node->child_capacity ? node->child_capacity * 2 : 4 };
    grown.children = take_zeroed(arena, grown.child_capacity * sizeof *grown.children);
    if (!grown.children)
        return false;
    for (size_t i = 0; i < node->child_capacity; i++)
        if (node->children[i].text)
            *find_child(&grown, node->children[i].text, node->children[i].size) = node->children[i];
    node->children = grown.children;
    node->child_capacity = grown.child_capacity;
    return true;
}

static struct node *add_static(struct cf__arena *arena, struct node *node, const char *text)
{
    if (!make_room(arena, node))
        return NULL;
    struct child *child = find_child(node, text, strlen(text));
    if (!child->text) {
        struct node *below = take_zeroed(arena, sizeof *below);
        if (!below)
            return NULL;
        *child = (struct child){ text, strlen(text), below };
        node->child_count++;
    }
    return child->node;
}

static struct node *add_pattern(struct cf__arena *arena, struct node *node, const struct cf__segment *segment)
{
    struct pattern **at = &node->patterns;
    for (const struct pattern *pattern = *at; pattern; pattern = pattern->next)
        if (cf__segment_same(&pattern->segment, segment))
            return pattern->node;
    while (*at && !cf__segment_before(segment, &(*at)->segment))
        at = &(*at)->next;
    struct pattern *pattern = cf__arena_take(arena, sizeof *pattern);
    struct node *below = take_zeroed(arena, sizeof *below);
    if (!pattern || !below)
        return NULL;
    *pattern = (struct pattern){ *segment, below, *at };
    *at = pattern;
    return below;
}

static int find_method(const char *name, size_t size)
{
    for (int i = 0; i < METHODS; i++)
        if (strlen(method_names[i]) == size && memcmp(method_names[i], name, size) == 0)
            return i;
    return -1;
}

/* "GET POST" as bits; 0 where a word is no method. */
static unsigned read_methods(const char *methods)
{
    unsigned bits = 0;
    for (const char *at = methods + strspn(methods, " ,"); *at; at += strspn(at, " ,")) {
        size_t size = strcspn(at, " ,");
        int method = find_method(at, size);
        if (method < 0)
            return 0;
        bits |= 1u << method;
        at += size;
    }
    return bits & 1u << GET ? bits | 1u << HEAD : bits;
}

/* The names of methods, in the table's order. Returns what was written, which all of them and `separator`s fit. */
enum { METHODS_TEXT = 64 };
static const char *write_methods(unsigned bits, const char *separator, char out[METHODS_TEXT])
{
    size_t size = 0;
    out[0] = '\0';
    for (int i = 0; i < METHODS; i++)
        if (bits & 1u << i)
            size += (size_t)snprintf(out + size, METHODS_TEXT - size, "%s%s", size ? separator : "", method_names[i]);
    return out;
}

static const char *complain(struct cf__router *router, const char *rule, const char *problem)
{
    int size = snprintf(NULL, 0, "route \"%s\": %s", rule, problem);
    char *text = size < 0 ? NULL : cf__arena_take(&router->arena, (size_t)size + 1);
    if (!text)
        return "no memory for a route";
    snprintf(text, (size_t)size + 1, "route \"%s\": %s", rule, problem);
    return text;
}

/* What two routes have in common that they must not: "GET is already answered by "/u/<int:id>" (show_user)". */
static const char *complain_of_twin(struct cf__router *router, const struct cf__route *route,
                                    const struct cf__route *twin)
{
    char methods[METHODS_TEXT], problem[512];
    write_methods(route->method_bits & twin->method_bits, ", ", methods);
    snprintf(problem, sizeof problem, "%s is already answered by \"%s\" (%s)", methods, twin->rule, twin->endpoint);
    return complain(router, route->rule, problem);
}

static struct node *add_segments(struct cf__router *router, const struct cf__rule *rule, struct cf__route *route)
{
    struct node *node = &router->root;
    for (size_t i = 0; node && i < rule->segment_count; i++) {
        const struct cf__segment *segment = &rule->segments[i];
        for (size_t j = 0; j < segment->variable_count; j++)
            route->params[route->param_count++] = segment->variables[j].name;
        node = segment->fixed ? add_static(&router->arena, node, segment->fixed)
                              : add_pattern(&router->arena, node, segment);
    }
    return node;
}

static const char *check_unique(struct cf__router *router, const struct leaf *leaf, const struct cf__route *route)
{
    for (; leaf; leaf = leaf->next)
        if (leaf->route->method_bits & route->method_bits)
            return complain_of_twin(router, route, leaf->route);
    for (const struct cf__route *other = router->routes; other; other = other->next)
        if (other->target != route->target && strcmp(other->endpoint, route->endpoint) == 0)
            return complain(router, route->rule,
                            "its endpoint is the name of another handler: give it a .name of its own");
    return NULL;
}

static const char *add_leaf(struct cf__router *router, struct leaf **list, struct cf__route *route)
{
    const char *problem = check_unique(router, *list, route);
    struct leaf *leaf = problem ? NULL : cf__arena_take(&router->arena, sizeof *leaf);
    if (!leaf)
        return problem ? problem : complain(router, route->rule, "no memory");
    *leaf = (struct leaf){ route, *list };
    *list = leaf;
    *router->last = route;
    router->last = &route->next;
    return NULL;
}

static struct cf__route *make_route(struct cf__router *router, unsigned bits, const char *rule, const char *endpoint,
                                    void *target)
{
    char methods[METHODS_TEXT];
    struct cf__route *route = take_zeroed(&router->arena, sizeof *route);
    if (!route)
        return NULL;
    route->rule = copy_text(&router->arena, rule);
    route->endpoint = copy_text(&router->arena, endpoint);
    route->methods = copy_text(&router->arena, write_methods(bits | 1u << OPTIONS, " ", methods));
    route->method_bits = bits;
    route->target = target;
    return route->rule && route->endpoint && route->methods ? route : NULL;
}

const char *cf__router_add(struct cf__router *router, const char *methods, const char *rule_text, const char *endpoint,
                           void *target)
{
    struct cf__rule rule;
    unsigned bits = read_methods(methods);
    if (!bits)
        return complain(router, rule_text, "methods are GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS, in capitals");
    const char *problem = cf__rule_parse(&router->arena, rule_text, &rule);
    if (problem)
        return complain(router, rule_text, problem);
    struct cf__route *route = make_route(router, bits, rule_text, endpoint, target);
    struct node *node = route ? add_segments(router, &rule, route) : NULL;
    if (!node)
        return complain(router, rule_text, "no memory");
    return add_leaf(router, rule.slash ? &node->slashed : &node->plain, route);
}

/* ---- Matching --------------------------------------------------------------------------------------------------- */

struct part {
    const char *raw;
    size_t size;
    const char *decoded; /* NUL-terminated; made when a pattern needs it, or at once where anything is escaped */
};

struct search {
    struct cf__context *context;
    struct part *parts;
    size_t count;
    bool slash; /* the path ends in '/' */
    unsigned method;
    unsigned allowed; /* methods of the rules that match the path */
    unsigned visited; /* nodes looked at */
    const struct cf__route *route;
    bool redirect, malformed;
    const char *values[CF__ROUTE_PARAMS];
};

static const char *decode_part(struct search *search, struct part *part)
{
    if (!part->decoded) {
        part->decoded = cf__url_decode(search->context, part->raw, part->size, false);
        search->malformed |= !part->decoded;
    }
    return part->decoded;
}

/* One value of a pattern: text[0..size) of a decoded segment. */
static bool take_value(struct search *search, const struct cf__variable *variable, const char *text, size_t size,
                       const char **value)
{
    if (size == 0)
        return false;
    *value = text[size] ? cf__copy_bytes(search->context, text, size) : text;
    return variable->converter->accepts(&variable->arguments, *value, size);
}

static const char *find_last(const char *text, size_t size, const char *wanted, size_t wanted_size)
{
    for (size_t at = size; at-- > 0;)
        if (at + wanted_size <= size && memcmp(text + at, wanted, wanted_size) == 0)
            return text + at;
    return NULL;
}

/* From the right, each variable as short as it can be: what a greedy pattern gives, without coming back. */
static bool match_segment(struct search *search, const struct cf__segment *segment, const char *text, size_t first)
{
    size_t size = strlen(text);
    if (size < segment->after_size ||
        memcmp(text + size - segment->after_size, segment->after, segment->after_size) != 0)
        return false;
    size -= segment->after_size;
    for (size_t i = segment->variable_count; i-- > 0;) {
        const struct cf__variable *variable = &segment->variables[i];
        const char *before = i == 0 ? text : find_last(text, size, variable->before, variable->before_size);
        if (!before || (size_t)(text + size - before) < variable->before_size ||
            memcmp(before, variable->before, variable->before_size) != 0)
            return false;
        const char *value = before + variable->before_size;
        if (!take_value(search, variable, value, (size_t)(text + size - value), &search->values[first + i]))
            return false;
        size = (size_t)(before - text);
    }
    return true;
}

static bool take_route(struct search *search, const struct leaf *leaf)
{
    for (; leaf; leaf = leaf->next) {
        search->allowed |= leaf->route->method_bits;
        if (leaf->route->method_bits & search->method) {
            search->route = leaf->route;
            return true;
        }
    }
    return false;
}

/* True where a rule that is like the path but for its final slash answers the method: OPTIONS is answered by all. */
static bool take_redirect(struct search *search, const struct node *node)
{
    for (const struct leaf *leaf = node->slashed; leaf; leaf = leaf->next)
        search->redirect |= (leaf->route->method_bits | 1u << OPTIONS) & search->method ? true : false;
    return search->redirect;
}

static bool end_at(struct search *search, const struct node *node)
{
    if (take_route(search, search->slash ? node->slashed : node->plain))
        return true;
    return !search->slash && !node->plain && take_redirect(search, node);
}

static bool descend(struct search *search, const struct node *node, size_t at, size_t values);

/* The value of a path variable: parts[from..to), and the final slash where `slash`. */
static bool take_path(struct search *search, size_t from, size_t to, bool slash, size_t value)
{
    const char *start = search->parts[from].raw, *stop = search->parts[to - 1].raw + search->parts[to - 1].size + slash;
    search->values[value] = cf__url_decode(search->context, start, (size_t)(stop - start), false);
    return search->values[value];
}

/* A variable that may contain slashes: as few segments as lead to a match, the first not empty, nor the last unless it
 * ends the rule. What follows is tried first: the text is decoded once, when it is known where it ends. */
static bool match_path(struct search *search, const struct node *node, size_t at, size_t value)
{
    const struct part *first = &search->parts[at], *last = &search->parts[search->count - 1];
    bool goes_on = node->child_count || node->patterns;
    if (first->size == 0 || (first->decoded && *first->decoded == '/'))
        return false;
    for (size_t end = at + 1; goes_on && end < search->count; end++)
        if (search->parts[end - 1].size > 0 && descend(search, node, end, value + 1))
            return take_path(search, at, end, false, value);
    if (last->size > 0 && (node->slashed || !search->slash) && end_at(search, node))
        return take_path(search, at, search->count, false, value);
    return search->slash && take_route(search, node->plain) && take_path(search, at, search->count, true, value);
}

static bool match_pattern(struct search *search, const struct pattern *pattern, size_t at, size_t values)
{
    if (pattern->segment.variables[0].converter->whole_path)
        return match_path(search, pattern->node, at, values);
    const char *text = decode_part(search, &search->parts[at]);
    return text && match_segment(search, &pattern->segment, text, values) &&
           descend(search, pattern->node, at + 1, values + pattern->segment.variable_count);
}

static const struct node *static_below(const struct node *node, const struct part *part)
{
    const char *text = part->decoded ? part->decoded : part->raw;
    const struct child *child = find_child(node, text, part->decoded ? strlen(text) : part->size);
    return child && child->text ? child->node : NULL;
}

static bool descend(struct search *search, const struct node *node, size_t at, size_t values)
{
    search->visited++;
    if (at == search->count)
        return end_at(search, node);
    const struct node *below = static_below(node, &search->parts[at]);
    if (below && descend(search, below, at + 1, values))
        return true;
    for (const struct pattern *pattern = node->patterns; pattern; pattern = pattern->next)
        if (match_pattern(search, pattern, at, values))
            return true;
    return false;
}

enum { PARTS_ON_STACK = 16, MOST_PARTS = 512 };

/* What a look at each byte tells: how many slashes there are, and whether anything but plain ASCII. */
static size_t count_parts(const char *path, bool *plain)
{
    size_t count = 0;
    *plain = true;
    for (; *path; path++) {
        count += *path == '/';
        *plain &= *path > 0 && *path != '%';
    }
    return count;
}

/* Splits at slashes: "/a/b/" is two parts and a slash. */
static void split(struct search *search, const char *path)
{
    const char *at = path + 1;
    for (search->count = 0, search->slash = true; *at; at++) {
        const char *end = strchrnul(at, '/');
        search->parts[search->count++] = (struct part){ at, (size_t)(end - at), NULL };
        search->slash = *end == '/';
        at = end;
        if (!*end)
            break;
    }
}

static bool search_path(const struct cf__router *router, struct search *search, const char *path)
{
    bool plain;
    size_t count = count_parts(path, &plain);
    struct part on_stack[PARTS_ON_STACK];
    if (path[0] != '/' || count > MOST_PARTS)
        return false;
    search->parts = count <= PARTS_ON_STACK ? on_stack : cf__take(search->context, count * sizeof *search->parts);
    split(search, path);
    for (size_t i = 0; !plain && i < search->count; i++)
        if (!decode_part(search, &search->parts[i]))
            return false;
    return descend(search, &router->root, 0, 0);
}

/* Where a redirect leads: `path` with doubled slashes merged where asked for, and a final one. What does not belong
 * into a path is escaped, above all '\\', which browsers take for '/': "/\\evil.example/" is another site to them. */
static const char *write_location(struct cf__context *context, const char *path, bool merge, bool slash)
{
    struct cf__buffer buffer = cf__buffer_new(context, CF__CAP_RESPONSE, "a redirect");
    for (const char *at = path; *at; at++) {
        unsigned char c = (unsigned char)*at;
        if (merge && c == '/' && at > path && at[-1] == '/')
            continue;
        if (c <= ' ' || c >= 0x7F || strchr("\"<>\\^`{|}", c))
            cf__buffer_format(&buffer, "%%%02X", c);
        else
            cf__buffer_char(&buffer, *at);
    }
    if (slash)
        cf__buffer_char(&buffer, '/');
    return cf__buffer_text(&buffer);
}

/* Where the path with its doubled slashes merged is one of ours, that is where to go. */
static bool search_merged(const struct cf__router *router, struct search *search, const char *path,
                          struct cf__match *match)
{
    if (search->malformed || !strstr(path, "//"))
        return false;
    const char *merged = write_location(search->context, path, true, false);
    if (!search_path(router, search, merged))
        return false;
    match->kind = CF__MATCH_REDIRECT;
    match->location = write_location(search->context, merged, false, search->redirect);
    return true;
}

static void report_found(const struct search *search, const char *path, struct cf__match *match)
{
    match->kind = search->redirect ? CF__MATCH_REDIRECT : CF__MATCH_ROUTE;
    match->route = search->route;
    if (search->redirect)
        match->location = write_location(search->context, path, false, true);
    else
        memcpy(match->values, search->values, search->route->param_count * sizeof *match->values);
}

static void report_refused(const struct search *search, struct cf__match *match)
{
    char methods[METHODS_TEXT];
    if (search->malformed) {
        match->kind = CF__MATCH_BAD_ESCAPE;
    } else if (search->allowed) {
        match->kind = search->method & 1u << OPTIONS ? CF__MATCH_OPTIONS : CF__MATCH_NO_METHOD;
        write_methods(search->allowed | 1u << OPTIONS, ", ", methods);
        match->allow = cf_copy(&search->context->head, methods);
    }
}

void cf__router_match(const struct cf__router *router, struct cf__context *context, const char *method,
                      const char *path, struct cf__match *match)
{
    int number = find_method(method, strlen(method));
    struct search search;
    memset(&search, 0, offsetof(struct search, values));
    search.context = context;
    search.method = number < 0 ? 0 : 1u << number;
    match->kind = CF__MATCH_NONE;
    match->route = NULL;
    match->location = match->allow = NULL;
    if (search_path(router, &search, path))
        report_found(&search, path, match);
    else if (!search_merged(router, &search, path, match))
        report_refused(&search, match);
    match->visited = search.visited;
}

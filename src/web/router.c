/* SPDX-License-Identifier: MIT
 *
 * The tree of rules. A node stands for a path so far; its static children are in a hash table, its patterns in order of
 * weight, and the routes that end here are two lists, with and without a final slash. A match walks down, static first, and
 * comes back where a branch leads nowhere, so it costs what the path is long and how many patterns compete at a place,
 * not how many rules there are.
 *
 * Building happens outside of fibers: nothing here raises until cf__router_match, which takes decoded texts from the
 * request's arena.
 */
#include "router.h"

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
    const char *key;
    struct node *node;
    struct pattern *next; /* in order of weight */
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
        *child = (struct child){ text, strlen(text), take_zeroed(arena, sizeof *child->node) };
        node->child_count++;
    }
    return child->node;
}

/* A segment's text without the names of its variables: what makes two patterns the same. */
static const char *pattern_key(struct cf__arena *arena, const char *text)
{
    char *key = cf__arena_take(arena, strlen(text) * 2 + 8), *out = key;
    if (!key)
        return NULL;
    while (*text) {
        size_t fixed = strcspn(text, "<");
        memcpy(out, text, fixed);
        out += fixed;
        text += fixed;
        if (!*text)
            break;
        const char *end = strchr(text, '>'), *name = end;
        while (name[-1] != ':' && name[-1] != '<')
            name--;
        size_t size = (size_t)(name - text);
        memcpy(out, text, size);
        out += size;
        *out++ = '>';
        text = end + 1;
    }
    *out = '\0';
    return key;
}

static struct node *add_pattern(struct cf__arena *arena, struct node *node, const struct cf__segment *segment)
{
    const char *key = pattern_key(arena, segment->text);
    struct pattern **at = &node->patterns;
    if (!key)
        return NULL;
    for (struct pattern *pattern = *at; pattern; pattern = pattern->next)
        if (strcmp(pattern->key, key) == 0)
            return pattern->node;
    while (*at && (*at)->segment.weight <= segment->weight)
        at = &(*at)->next;
    struct pattern *pattern = cf__arena_take(arena, sizeof *pattern);
    struct node *below = take_zeroed(arena, sizeof *below);
    if (!pattern || !below)
        return NULL;
    *pattern = (struct pattern){ *segment, key, below, *at };
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

static const char *complain(struct cf__router *router, const char *methods, const char *rule, const char *problem)
{
    int size = snprintf(NULL, 0, "route %s \"%s\": %s", methods, rule, problem);
    char *text = size < 0 ? NULL : cf__arena_take(&router->arena, (size_t)size + 1);
    if (!text)
        return "no memory for a route";
    snprintf(text, (size_t)size + 1, "route %s \"%s\": %s", methods, rule, problem);
    return text;
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

static const char *check_unique(const struct cf__router *router, const struct leaf *leaf, const struct cf__route *route)
{
    for (; leaf; leaf = leaf->next)
        if (leaf->route->method_bits & route->method_bits)
            return "this rule is there already for the same method";
    for (const struct cf__route *other = router->routes; other; other = other->next)
        if (other->target != route->target && strcmp(other->endpoint, route->endpoint) == 0)
            return "its endpoint is the name of another handler: give it a .name of its own";
    return NULL;
}

static const char *add_leaf(struct cf__router *router, struct leaf **list, struct cf__route *route)
{
    const char *problem = check_unique(router, *list, route);
    struct leaf *leaf = problem ? NULL : cf__arena_take(&router->arena, sizeof *leaf);
    if (!leaf)
        return problem ? problem : "no memory";
    *leaf = (struct leaf){ route, *list };
    *list = leaf;
    *router->last = route;
    router->last = &route->next;
    return NULL;
}

const char *cf__router_add(struct cf__router *router, const char *methods, const char *rule_text, const char *endpoint,
                           void *target)
{
    struct cf__rule rule;
    unsigned bits = read_methods(methods);
    if (!bits)
        return complain(router, methods, rule_text, "methods are GET, POST, PUT, PATCH, DELETE, HEAD and OPTIONS, in capitals");
    const char *problem = cf__rule_parse(&router->arena, rule_text, &rule);
    if (problem)
        return complain(router, methods, rule_text, problem);
    struct cf__route *route = take_zeroed(&router->arena, sizeof *route);
    struct node *node = route ? add_segments(router, &rule, route) : NULL;
    if (!node)
        return complain(router, methods, rule_text, "no memory");
    route->rule = copy_text(&router->arena, rule_text);
    route->endpoint = copy_text(&router->arena, endpoint);
    route->methods = copy_text(&router->arena, methods);
    route->method_bits = bits;
    route->target = target;
    if (!route->rule || !route->endpoint || !route->methods)
        return complain(router, methods, rule_text, "no memory");
    problem = add_leaf(router, rule.slash ? &node->slashed : &node->plain, route);
    return problem ? complain(router, methods, rule_text, problem) : NULL;
}

/* ---- Matching ---------------------------------------------------------------------------------------------------- */

struct part {
    const char *raw;
    size_t size;
    const char *decoded; /* made when a pattern or an escape needs it */
};

struct search {
    struct cf__context *context;
    struct part *parts;
    size_t count;
    bool slash; /* the path ends in '/' */
    unsigned method;
    unsigned allowed; /* methods of the rules that match the path */
    const char *values[CF__ROUTE_PARAMS];
    const struct cf__route *route;
    bool redirect, malformed;
};

static const char *decoded_part(struct search *search, struct part *part)
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
    if (size < segment->after_size || memcmp(text + size - segment->after_size, segment->after, segment->after_size))
        return false;
    size -= segment->after_size;
    for (size_t i = segment->variable_count; i-- > 0;) {
        const struct cf__variable *variable = &segment->variables[i];
        const char *before = i == 0 ? text : find_last(text, size, variable->before, variable->before_size);
        if (!before || (size_t)(text + size - before) < variable->before_size ||
            memcmp(before, variable->before, variable->before_size))
            return false;
        const char *value = before + variable->before_size;
        if (!take_value(search, variable, value, (size_t)(text + size - value), &search->values[first + i]))
            return false;
        size = (size_t)(before - text);
    }
    return true;
}

static bool take_route(struct search *search, const struct leaf *leaf, bool redirect)
{
    for (; leaf; leaf = leaf->next) {
        search->allowed |= leaf->route->method_bits;
        if (leaf->route->method_bits & search->method) {
            search->route = leaf->route;
            search->redirect = redirect;
            return true;
        }
    }
    return false;
}

static bool end_at(struct search *search, const struct node *node)
{
    if (search->slash)
        return take_route(search, node->slashed, false);
    return take_route(search, node->plain, false) || take_route(search, node->slashed, true);
}

static bool descend(struct search *search, const struct node *node, size_t at, size_t values);

/* A variable that may contain slashes: as few segments as lead to a match. */
static bool match_path(struct search *search, const struct pattern *pattern, size_t at, size_t values)
{
    const char *start = search->parts[at].raw;
    for (size_t end = at + 1; end <= search->count; end++) {
        bool with_slash = end == search->count && search->slash && !pattern->node->slashed;
        const char *stop = search->parts[end - 1].raw + search->parts[end - 1].size + with_slash;
        if (end < search->count && !pattern->node->child_count && !pattern->node->patterns)
            continue; /* nothing could follow */
        const char *value = cf__url_decode(search->context, start, (size_t)(stop - start), false);
        search->malformed |= !value;
        if (!value || !match_segment(search, &pattern->segment, value, values))
            continue;
        bool slash = search->slash;
        search->slash = slash && !with_slash;
        if (descend(search, pattern->node, end, values + 1))
            return true;
        search->slash = slash;
    }
    return false;
}

static bool match_pattern(struct search *search, const struct pattern *pattern, size_t at, size_t values)
{
    if (pattern->segment.variables[0].converter->whole_path)
        return match_path(search, pattern, at, values);
    const char *text = decoded_part(search, &search->parts[at]);
    return text && match_segment(search, &pattern->segment, text, values) &&
           descend(search, pattern->node, at + 1, values + pattern->segment.variable_count);
}

static const struct node *static_below(struct search *search, const struct node *node, struct part *part)
{
    const char *text = part->raw;
    size_t size = part->size;
    if (memchr(text, '%', size)) {
        text = decoded_part(search, part);
        if (!text)
            return NULL;
        size = strlen(text);
    }
    const struct child *child = find_child(node, text, size);
    return child && child->text ? child->node : NULL;
}

static bool descend(struct search *search, const struct node *node, size_t at, size_t values)
{
    if (at == search->count)
        return end_at(search, node);
    const struct node *below = static_below(search, node, &search->parts[at]);
    if (below && descend(search, below, at + 1, values))
        return true;
    for (const struct pattern *pattern = node->patterns; pattern; pattern = pattern->next)
        if (match_pattern(search, pattern, at, values))
            return true;
    return false;
}

enum { PARTS_ON_STACK = 16, MOST_PARTS = 512 };

static size_t count_parts(const char *path)
{
    size_t count = 0;
    for (; *path; path++)
        count += *path == '/';
    return count;
}

/* Splits at slashes: "/a/b/" is two parts and a slash. */
static void split(struct search *search, const char *path)
{
    const char *at = path + 1;
    search->count = 0;
    search->slash = true;
    while (*at || !search->slash) {
        const char *end = strchrnul(at, '/');
        search->parts[search->count++] = (struct part){ at, (size_t)(end - at), NULL };
        search->slash = *end == '/';
        if (!*end)
            break;
        at = end + 1;
        if (!*at)
            break;
    }
}

static bool search_path(const struct cf__router *router, struct search *search, const char *path)
{
    size_t count = count_parts(path);
    struct part on_stack[PARTS_ON_STACK];
    if (path[0] != '/' || count > MOST_PARTS)
        return false;
    search->parts = count <= PARTS_ON_STACK ? on_stack : cf__take(search->context, count * sizeof *search->parts);
    split(search, path);
    return descend(search, &router->root, 0, 0);
}

static const char *write_allowed(struct cf__context *context, unsigned allowed)
{
    struct cf__buffer buffer = cf__buffer_new(context, 256, "the Allow header");
    for (int i = 0; i < METHODS; i++) {
        if (!(allowed & 1u << i))
            continue;
        if (buffer.size)
            cf__buffer_add(&buffer, ", ", 2);
        cf__buffer_string(&buffer, method_names[i]);
    }
    return cf__buffer_text(&buffer);
}

static const char *merge_slashes(struct cf__context *context, const char *path)
{
    char *merged = cf__copy_bytes(context, path, strlen(path)), *out = merged;
    for (const char *at = path; *at; at++)
        if (*at != '/' || at == path || at[-1] != '/')
            *out++ = *at;
    *out = '\0';
    return merged;
}

/* The canonical path to go to instead, where the path with its doubled slashes merged is one of ours. */
static const char *find_merged(const struct cf__router *router, const struct search *failed, const char *path)
{
    if (!strstr(path, "//"))
        return NULL;
    const char *merged = merge_slashes(failed->context, path);
    struct search search = { .context = failed->context, .method = failed->method };
    if (!search_path(router, &search, merged))
        return NULL;
    return search.redirect ? cf_format(&failed->context->head, "%s/", merged) : merged;
}

void cf__router_match(const struct cf__router *router, struct cf__context *context, const char *method,
                      const char *path, struct cf__match *match)
{
    int number = find_method(method, strlen(method));
    struct search search = { .context = context, .method = number < 0 ? 0 : 1u << number };
    *match = (struct cf__match){ .kind = CF__MATCH_NONE };
    if (search_path(router, &search, path)) {
        match->kind = search.redirect ? CF__MATCH_REDIRECT : CF__MATCH_ROUTE;
        match->route = search.route;
        memcpy(match->values, search.values, search.route->param_count * sizeof *match->values);
        if (search.redirect)
            match->location = cf_format(&context->head, "%s/", path);
        return;
    }
    match->location = find_merged(router, &search, path);
    if (match->location) {
        match->kind = CF__MATCH_REDIRECT;
    } else if (search.malformed) {
        match->kind = CF__MATCH_BAD_ESCAPE;
    } else if (search.allowed) {
        match->kind = number == OPTIONS ? CF__MATCH_OPTIONS : CF__MATCH_NO_METHOD;
        match->allow = write_allowed(context, search.allowed | 1u << OPTIONS);
    }
}

/* SPDX-License-Identifier: MIT
 *
 * The graph of revisions. The order of revisions.list means nothing, so they are put in an order where each comes
 * after what it revises, equal ones by id: every program with the same revisions walks them alike. Sets are bits in
 * that order, so that "what is to be done" is a few loops. A graph is small (one revision a schema change): nothing
 * here needs to be faster than a square.
 */
#include "graph.h"

#include <ctype.h>
#include <string.h>

#include "../text/number.h"

enum { MOST_PARENTS = sizeof(((cf_revision *)0)->revises) / sizeof(char *) };

/* ---- Order ------------------------------------------------------------------------------------------------------ */

bool cf__graph_find(const struct cf__graph *graph, const char *id, size_t *at)
{
    for (size_t i = 0; i < graph->count; i++)
        if (strcmp(graph->items[i]->id, id) == 0) {
            *at = i;
            return true;
        }
    return false;
}

static const cf_revision *find_linked(const cf_revision *const *revisions, const char *id)
{
    for (; *revisions; revisions++)
        if (strcmp((*revisions)->id, id) == 0)
            return *revisions;
    return NULL;
}

static void check_revision(const cf_revision *const *revisions, const cf_revision *const *at)
{
    const cf_revision *revision = *at;
    if (!revision->id || !*revision->id)
        cf_raise(CF_INTERNAL, "a revision has no id (\"%s\")", revision->message ? revision->message : "");
    if (find_linked(at + 1, revision->id))
        cf_raise(CF_INTERNAL, "revision %s is twice in revisions.list: remove one of the lines", revision->id);
    for (size_t i = 0; i < MOST_PARENTS && revision->revises[i]; i++)
        if (!find_linked(revisions, revision->revises[i]))
            cf_raise(CF_INTERNAL, "revision %s revises %s, which is not linked into this program", revision->id,
                     revision->revises[i]);
}

/* All that it revises has been placed. */
static bool is_ready(const struct cf__graph *graph, const cf_revision *revision)
{
    size_t at;
    for (size_t i = 0; i < MOST_PARENTS && revision->revises[i]; i++)
        if (!cf__graph_find(graph, revision->revises[i], &at))
            return false;
    return true;
}

static const cf_revision *next_revision(const struct cf__graph *graph, const cf_revision *const *revisions)
{
    const cf_revision *next = NULL;
    size_t at;
    for (; *revisions; revisions++)
        if (!cf__graph_find(graph, (*revisions)->id, &at) && is_ready(graph, *revisions) &&
            (!next || strcmp((*revisions)->id, next->id) < 0))
            next = *revisions;
    return next;
}

_Noreturn static void refuse_circle(const struct cf__graph *graph, const cf_revision *const *revisions)
{
    const char *ids = "";
    size_t at;
    for (; *revisions; revisions++)
        if (!cf__graph_find(graph, (*revisions)->id, &at))
            ids = cf_format(graph, "%s%s%s", ids, *ids ? ", " : "", (*revisions)->id);
    cf_raise(CF_INTERNAL, "revisions follow from each other in a circle: %s", ids);
}

struct cf__graph cf__graph_of(cf_context *context, const cf_revision *const *revisions)
{
    static const cf_revision *const none[] = { NULL };
    revisions = revisions ? revisions : none;
    struct cf__graph graph = { .context = context };
    size_t count = 0;
    for (; revisions[count]; count++)
        check_revision(revisions, &revisions[count]);
    graph.items = cf_alloc(context, (count + 1) * sizeof(*graph.items));
    while (graph.count < count) {
        const cf_revision *next = next_revision(&graph, revisions);
        if (!next)
            refuse_circle(&graph, revisions);
        graph.items[graph.count++] = next;
    }
    return graph;
}

/* ---- Heads ------------------------------------------------------------------------------------------------------ */

static bool revises(const cf_revision *revision, const char *id)
{
    for (size_t i = 0; i < MOST_PARENTS && revision->revises[i]; i++)
        if (strcmp(revision->revises[i], id) == 0)
            return true;
    return false;
}

bool cf__graph_is_head(const struct cf__graph *graph, const struct cf__revision_set *set, size_t at)
{
    for (size_t i = at + 1; i < graph->count; i++)
        if ((!set || set->has[i]) && revises(graph->items[i], graph->items[at]->id))
            return false;
    return !set || set->has[at];
}

const char *cf__graph_heads(const struct cf__graph *graph)
{
    const char *heads = "";
    for (size_t i = 0; i < graph->count; i++)
        if (cf__graph_is_head(graph, NULL, i))
            heads = cf_format(graph, "%s%s%s", heads, *heads ? ", " : "", graph->items[i]->id);
    return heads;
}

size_t cf__graph_head(const struct cf__graph *graph)
{
    if (graph->count == 0)
        cf_raise(CF_INTERNAL, "there are no revisions: db migrate makes the first");
    for (size_t i = 0; i + 1 < graph->count; i++)
        if (cf__graph_is_head(graph, NULL, i))
            cf_raise(CF_INTERNAL, "Multiple heads are present: %s; name one, or merge them", cf__graph_heads(graph));
    return graph->count - 1;
}

const char *cf__graph_revises(cf_context *context, const cf_revision *revision)
{
    const char *text = "";
    for (size_t i = 0; i < MOST_PARENTS && revision->revises[i]; i++)
        text = cf_format(context, "%s%s%s", text, i ? ", " : "", revision->revises[i]);
    return *text ? text : "<base>";
}

/* ---- Targets ---------------------------------------------------------------------------------------------------- */

size_t cf__graph_resolve(const struct cf__graph *graph, const char *target)
{
    if (strcmp(target, "head") == 0)
        return cf__graph_head(graph);
    size_t found = 0, matches = 0, size = strlen(target);
    const char *ids = "";
    if (cf__graph_find(graph, target, &found))
        return found;
    for (size_t i = 0; size && i < graph->count; i++)
        if (strncmp(graph->items[i]->id, target, size) == 0) {
            found = i;
            ids = cf_format(graph, "%s%s%s", ids, matches++ ? ", " : "", graph->items[i]->id);
        }
    if (matches > 1)
        cf_raise(CF_INTERNAL, "Multiple revisions start with '%s': %s", target, ids);
    if (matches == 0)
        cf_raise(CF_INTERNAL, "Can't locate revision identified by '%s'", target);
    return found;
}

/* "+2" and "-1": true, with the number of steps. */
static bool is_relative(const char *target, char sign, size_t *steps)
{
    int64_t number;
    if (*target != '+' && *target != '-')
        return false;
    if (*target != sign || !isdigit((unsigned char)target[1]) || !cf__parse_integer(target + 1, &number) || number < 1)
        cf_raise(CF_INTERNAL, "'%s' is no target of %s", target,
                 sign == '+' ? "an upgrade: head, +N, or a revision" : "a downgrade: base, -N, or a revision");
    *steps = (size_t)number;
    return true;
}

_Noreturn static void refuse_steps(const char *target, size_t steps)
{
    cf_raise(CF_INTERNAL, "Relative revision %s didn't produce %zu migrations", target, steps);
}

struct cf__revision_set cf__revision_set_new(const struct cf__graph *graph)
{
    return (struct cf__revision_set){ cf_alloc(graph, (graph->count + 1) * sizeof(bool)), 0 };
}

static void add(struct cf__revision_set *set, size_t at)
{
    set->count += !set->has[at];
    set->has[at] = true;
}

struct cf__revision_set cf__graph_ancestors(const struct cf__graph *graph, size_t at)
{
    struct cf__revision_set set = cf__revision_set_new(graph);
    add(&set, at);
    for (size_t i = at; i-- > 0;)
        for (size_t k = i + 1; k <= at && !set.has[i]; k++)
            if (set.has[k] && revises(graph->items[k], graph->items[i]->id))
                add(&set, i);
    return set;
}

struct cf__revision_set cf__graph_upgrades(const struct cf__graph *graph, const struct cf__revision_set *applied,
                                           const char *target)
{
    struct cf__revision_set set = cf__revision_set_new(graph);
    size_t steps = graph->count;
    bool relative = is_relative(target, '+', &steps);
    if (graph->count == 0 && strcmp(target, "head") == 0)
        return set;
    size_t at = relative ? cf__graph_head(graph) : cf__graph_resolve(graph, target);
    struct cf__revision_set wanted = cf__graph_ancestors(graph, at);
    for (size_t i = 0; i < graph->count && set.count < steps; i++)
        if (wanted.has[i] && !applied->has[i])
            add(&set, i);
    if (relative && set.count < steps)
        refuse_steps(target, steps);
    return set;
}

/* What follows from `at`, itself left out. */
static struct cf__revision_set descendants(const struct cf__graph *graph, size_t at)
{
    struct cf__revision_set set = cf__revision_set_new(graph);
    for (size_t i = at + 1; i < graph->count; i++)
        if (cf__graph_ancestors(graph, i).has[at])
            add(&set, i);
    return set;
}

struct cf__revision_set cf__graph_downgrades(const struct cf__graph *graph, const struct cf__revision_set *applied,
                                             const char *target)
{
    struct cf__revision_set set = cf__revision_set_new(graph), after;
    size_t steps = graph->count;
    bool relative = is_relative(target, '-', &steps), all = relative || strcmp(target, "base") == 0;
    if (!all) {
        size_t at = cf__graph_resolve(graph, target);
        if (!applied->has[at])
            cf_raise(CF_INTERNAL, "Destination %s is not a valid downgrade target: it is not applied",
                     graph->items[at]->id);
        after = descendants(graph, at);
    }
    for (size_t i = graph->count; i-- > 0 && set.count < steps;)
        if (applied->has[i] && (all || after.has[i]))
            add(&set, i);
    if (relative && set.count < steps)
        refuse_steps(target, steps);
    return set;
}

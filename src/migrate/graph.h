/* SPDX-License-Identifier: MIT
 *
 * The revisions of a program as a graph, and the words that name one: head, base, +1, -2, an id or the beginning of
 * one.
 */
#ifndef CARAFE_MIGRATE_GRAPH_H
#define CARAFE_MIGRATE_GRAPH_H

#include <carafe/migrate.h>
#include <carafe/error.h>
#include <carafe/memory.h>

/* Revisions, each after those it revises. */
struct cf__graph {
    cf_context *context;
    const cf_revision **items;
    size_t count;
};

/* A bit a revision of a graph, in its order. */
struct cf__revision_set {
    bool *has;
    size_t count; /* of revisions in it */
};

/* Raises CF_INTERNAL for an id twice, an unknown one in .revises, a circle. `revisions` NULL: none. */
struct cf__graph cf__graph_of(cf_context *context, const cf_revision *const *revisions);

/* Place of an id, exactly; false where it is not one. */
bool cf__graph_find(const struct cf__graph *graph, const char *id, size_t *at);
/* Place of what a target names: "head", an id, or the only one that begins so. Raises CF_INTERNAL in Alembic's words. */
size_t cf__graph_resolve(const struct cf__graph *graph, const char *target);
/* A revision that no other revises; of those in `set`, where that is not NULL. */
bool cf__graph_is_head(const struct cf__graph *graph, const struct cf__revision_set *set, size_t at);
/* "4f2a91c0d3e7, 9c1d7b20aa34" */
const char *cf__graph_heads(const struct cf__graph *graph);
/* The one head. Raises where there are several, or none. */
size_t cf__graph_head(const struct cf__graph *graph);
/* "<base>", or what it revises: "4f2a91c0d3e7, 9c1d7b20aa34" */
const char *cf__graph_revises(cf_context *context, const cf_revision *revision);

struct cf__revision_set cf__revision_set_new(const struct cf__graph *graph);
/* A revision and all it follows from. */
struct cf__revision_set cf__graph_ancestors(const struct cf__graph *graph, size_t at);

/* What an upgrade to `target` (head, an id, +N) runs, in order: those wanted that are not applied. */
struct cf__revision_set cf__graph_upgrades(const struct cf__graph *graph, const struct cf__revision_set *applied,
                                           const char *target);
/* What a downgrade to `target` (base, an id, -N) undoes, to be run last first: those applied that do not lead to it. */
struct cf__revision_set cf__graph_downgrades(const struct cf__graph *graph, const struct cf__revision_set *applied,
                                             const char *target);

#endif

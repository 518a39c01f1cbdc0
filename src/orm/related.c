/* SPDX-License-Identifier: MIT
 *
 * Loading relations. What .load asks for is a tree of paths; each of its edges is loaded for all rows of its level at
 * once: the keys on this side, in batches, are a condition on the other, and what comes back is dealt out by key. Rows
 * the session has already are shared, and a parent that needs no query gets none. What a field is given is noted in the
 * row's shadow too: only what the program assigns is a change.
 */
#include <string.h>

#include <carafe/log.h>

#include "joined.h"
#include "keys.h"

enum { MOST_STEPS = 16, BATCH = 500, COMPOSITE_BATCH = 200 };

/* A list that was not loaded has so many rows that nobody takes the number for one. */
static const size_t unloaded_count = SIZE_MAX >> 16;

/* ---- Fields ----------------------------------------------------------------------------------------------------- */

void cf__relations_unload_unset(const struct cf__rows_of *of, void *row, uint64_t set)
{
    for (size_t i = 0; i < of->relation_count; i++) {
        const struct cf__relation *relation = of->relations[i].relation;
        void *field = cf__relation_field(relation, row);
        if (set >> (relation->column - of->model->columns) & 1)
            continue;
        if (cf__is_to_many(relation->column))
            *(struct cf__items *)field = (struct cf__items){ relation->unloaded, unloaded_count };
        else
            *(void **)field = relation->unloaded;
    }
}

void cf__relations_unload(const struct cf__rows_of *of, void *row)
{
    cf__relations_unload_unset(of, row, 0);
}

static size_t field_size(const struct cf__relation *relation)
{
    return cf__is_to_many(relation->column) ? sizeof(struct cf__items) : sizeof(void *);
}

/* One relation being loaded for rows of one model. */
struct step {
    struct cf__session *session;
    const struct cf__relation *relation;
    const cf_expr *only; /* of cf_only */
    const struct cf_find_options *options;
    const struct cf__items *parents;
    const struct cf__items *read; /* the rows of the other model, where they were read with the parents */
    struct cf__chunk *near;       /* of the parent met last */
    struct cf__items found;       /* the rows of the other model, each once */
};

/* Gives a row's relation its value, as what the database says. */
static void set_field(struct step *step, const struct cf__relation *relation, void *row, const void *value)
{
    struct cf__rows_of *of = cf__rows_of(step->session, relation->own);
    struct cf__slot slot = cf__slot_near(step->session, of, row, step->near);
    if (slot.chunk)
        cf__note_read(step->session, of, slot);
    memcpy(cf__relation_field(relation, row), value, field_size(relation));
    if (!slot.chunk)
        return;
    step->near = slot.chunk;
    memcpy(cf__relation_field(relation, cf__slot_shadow(of, slot)), value, field_size(relation));
}

/* ---- Rows of the other side ------------------------------------------------------------------------------------- */

static struct cf_order_list by_columns(const struct cf_column *const *columns, size_t count)
{
    struct cf_order_list order = { 0 };
    for (size_t i = 0; i < count; i++)
        order.items[i] = (struct cf_order){ { .kind = CF_OPERAND_COLUMN, .column = columns[i] }, false };
    return order;
}

static void add_items(struct cf__session *session, struct cf__items *items, const struct cf__items *more)
{
    size_t old = items->count * sizeof(void *), added = more->count * sizeof(void *);
    items->items = cf__resize(session->context, items->items, old, old + added + sizeof(void *));
    memcpy(items->items + items->count, more->items, added);
    items->count += more->count;
    items->items[items->count] = NULL;
}

/* Rows of a model whose `wanted` columns equal one of the keys. */
struct asked {
    const struct cf_model *model;
    const struct cf_column *const *wanted;
    const struct cf__keys *keys;
    const cf_expr *only;
    const struct cf_order_list *order;
    const struct cf_join *joins;
    const struct cf_find_options *options;
};

/* A query a batch: a key's rows come with one query, so they are in order. */
static struct cf__items fetch(const struct step *step, const struct asked *asked)
{
    struct cf__items found = { cf_alloc(&step->session->head, sizeof(void *)), 0 };
    const struct cf__keys *keys = asked->keys;
    size_t batch = keys->key.count == 1 ? BATCH : COMPOSITE_BATCH;
    for (size_t first = 0; first < keys->count; first += batch) {
        size_t count = keys->count - first < batch ? keys->count - first : batch;
        const cf_expr *where = cf_and(cf__keys_condition(keys, asked->wanted, first, count), asked->only);
        add_items(step->session, &found,
                  cf__load_where(step->session, asked->model, where, asked->order, asked->joins, asked->options));
    }
    return found;
}

/* What is asked of the other side, for keys of this side or of the table between. */
static struct asked ask_for_others(const struct step *step, const struct cf__keys *keys)
{
    cf_relation_condition *condition = step->relation->column->only;
    return (struct asked){ .model = step->relation->other,
                           .wanted = step->relation->other_columns,
                           .keys = keys,
                           .only = condition ? cf_and(condition(), step->only) : step->only,
                           .options = step->options };
}

static struct cf__key own_key(const struct cf__relation *relation)
{
    return (struct cf__key){ relation->own_columns, relation->count };
}

static struct cf__key other_key(const struct cf__relation *relation)
{
    return (struct cf__key){ relation->other_columns, relation->other_count };
}

/* ---- To one: BelongsTo ------------------------------------------------------------------------------------------ */

/* True where the relation refers to the primary key: the identity map knows such rows. */
static bool refers_to_primary_key(const struct cf__relation *relation)
{
    return cf__column_bits(relation->other_columns, relation->count) == cf__model_key(relation->other);
}

/* True where nothing that the query is to read is missing in a row. */
static bool is_whole_row(const struct step *step, const struct cf__rows_of *of, const void *row)
{
    uint64_t wanted = of->lazy ? cf__lazy_along(of, &step->options->undefer) & of->lazy : 0;
    return !(wanted & ~cf__lazy_held(of, row));
}

/* The row that the session has under the key a parent refers to. */
static void *find_known(const struct step *step, struct cf__rows_of *of, void *keyed, const void *parent)
{
    const struct cf__relation *relation = step->relation;
    for (size_t i = 0; i < relation->count; i++) {
        struct cf_operand value = cf__field_value(relation->own_columns[i], parent);
        if (cf__value_store(relation->other_columns[i], keyed, &value) != CF__FITS)
            return NULL;
    }
    struct cf__slot slot = cf__identity_find(step->session, of, keyed);
    if (!slot.chunk || slot.chunk->states[slot.at] != CF__ROW_CLEAN || cf__is_expired(slot))
        return NULL;
    void *row = cf__slot_row(of, slot);
    return is_whole_row(step, of, row) ? row : NULL;
}

/* Splits the keys that parents refer to into rows that are known and keys to ask for. */
static void sort_out(struct step *step, const struct cf__keys *keys, struct cf__keys *missing)
{
    const struct cf__relation *relation = step->relation;
    struct cf__rows_of *of = cf__rows_of(step->session, relation->other);
    bool look = !step->options->read_only && !step->options->refresh && of->chunks && !relation->column->only &&
                refers_to_primary_key(relation);
    void *keyed = look ? cf_alloc(&step->session->head, relation->other->size) : NULL;
    for (size_t i = 0; i < keys->count; i++) {
        void *known = look ? find_known(step, of, keyed, keys->rows[i]) : NULL;
        if (known)
            add_items(step->session, &step->found, &(struct cf__items){ (void *[]){ known }, 1 });
        else
            cf__keys_put(missing, keys->rows[i]);
    }
}

/* Rows that the session has, and the others. */
static void find_to_one(struct step *step)
{
    const struct cf__relation *relation = step->relation;
    struct cf__keys keys, missing;
    cf__keys_init(&keys, step->session->context, own_key(relation));
    cf__keys_init(&missing, step->session->context, own_key(relation));
    for (size_t i = 0; i < step->parents->count; i++)
        cf__keys_put(&keys, step->parents->items[i]);
    sort_out(step, &keys, &missing);
    struct asked asked = ask_for_others(step, &missing);
    struct cf__items fetched = fetch(step, &asked);
    add_items(step->session, &step->found, &fetched);
}

static void load_to_one(struct step *step)
{
    const struct cf__relation *relation = step->relation;
    struct cf__keys targets;
    if (!step->read)
        find_to_one(step);
    cf__keys_init(&targets, step->session->context, other_key(relation));
    for (size_t i = 0; i < step->found.count; i++)
        cf__keys_put(&targets, step->found.items[i]);
    for (size_t i = 0; i < step->parents->count; i++) {
        ptrdiff_t at = cf__keys_find(&targets, own_key(relation), step->parents->items[i]);
        const void *target = at == CF__NO_KEY ? NULL : targets.rows[at];
        set_field(step, relation, step->parents->items[i], &target);
    }
}

/* ---- To many, and HasOne: dealt out by key ---------------------------------------------------------------------- */

/* Which row goes to which parent: `parents[i]` is a number of `keys`. */
struct deal {
    struct cf__keys keys;
    void **rows;
    ptrdiff_t *parents;
    size_t count;
};

static void init_deal(struct step *step, struct deal *deal)
{
    cf__keys_init(&deal->keys, step->session->context, own_key(step->relation));
    for (size_t i = 0; i < step->parents->count; i++)
        cf__keys_put(&deal->keys, step->parents->items[i]);
}

static void size_deal(const struct step *step, struct deal *deal, size_t count)
{
    deal->rows = cf_alloc(&step->session->head, (count + 1) * sizeof *deal->rows);
    deal->parents = cf_alloc(&step->session->head, (count + 1) * sizeof *deal->parents);
}

static void add_to_deal(struct deal *deal, ptrdiff_t parent, const void *row)
{
    if (parent == CF__NO_KEY)
        return;
    deal->parents[deal->count] = parent;
    deal->rows[deal->count++] = (void *)(uintptr_t)row;
}

/* A list for each key, all in one block, each ended by NULL. */
static struct cf__items *make_lists(const struct step *step, const struct deal *deal)
{
    struct cf__items *lists = cf_alloc(&step->session->head, (deal->keys.count + 1) * sizeof *lists);
    void **block = cf_alloc(&step->session->head, (deal->count + 2 * deal->keys.count + 1) * sizeof *block);
    for (size_t i = 0; i < deal->count; i++)
        lists[deal->parents[i]].count++;
    for (size_t i = 0; i < deal->keys.count; i++) {
        lists[i].items = block + 1;
        *cf__list_head(&lists[i]) = (struct cf__list_head){ step->only != NULL, lists[i].count };
        block += lists[i].count + 2;
        lists[i].count = 0;
    }
    for (size_t i = 0; i < deal->count; i++) {
        struct cf__items *list = &lists[deal->parents[i]];
        list->items[list->count++] = deal->rows[i];
    }
    return lists;
}

static void deal_out(struct step *step, const struct deal *deal)
{
    const struct cf__relation *relation = step->relation;
    const struct cf__items *lists = make_lists(step, deal);
    struct cf__items none = { cf__list_new(step->session, 0, step->only != NULL), 0 };
    for (size_t i = 0; i < step->parents->count; i++) {
        void *parent = step->parents->items[i];
        ptrdiff_t at = cf__keys_find(&deal->keys, deal->keys.key, parent);
        const struct cf__items *list = at == CF__NO_KEY ? &none : &lists[at];
        if (cf__is_to_many(relation->column))
            set_field(step, relation, parent, list);
        else
            set_field(step, relation, parent, &list->items[0]);
    }
}

/* Where each row leads back to its parent, that is known now too. */
static void fill_inverse(struct step *step, const struct deal *deal)
{
    const struct cf__relation *inverse = cf__relation_inverse(step->relation);
    struct step back = *step;
    back.near = NULL;
    for (size_t i = 0; inverse && i < deal->count; i++)
        set_field(&back, inverse, deal->rows[i], &deal->keys.rows[deal->parents[i]]);
}

static void load_children(struct step *step)
{
    const struct cf__relation *relation = step->relation;
    struct deal deal = { 0 };
    init_deal(step, &deal);
    if (!step->read) {
        struct asked asked = ask_for_others(step, &deal.keys);
        asked.order = &relation->order;
        step->found = fetch(step, &asked);
    }
    size_deal(step, &deal, step->found.count);
    for (size_t i = 0; i < step->found.count; i++)
        add_to_deal(&deal, cf__keys_find(&deal.keys, other_key(relation), step->found.items[i]), step->found.items[i]);
    deal_out(step, &deal);
    fill_inverse(step, &deal);
}

static const cf_expr *leads_to_other(const struct cf__relation *relation)
{
    const cf_expr *where = NULL;
    for (size_t i = 0; i < relation->other_count; i++) {
        const struct cf_operand there = { .kind = CF_OPERAND_COLUMN, .column = relation->other_columns[i] };
        const struct cf_operand here = { .kind = CF_OPERAND_COLUMN, .column = relation->through_other[i] };
        where = cf_and(where, cf_compare_(CF_EQ, there, here));
    }
    return where;
}

/* The pairs of the parents, in the order of the rows they lead to: where that is more than their key, the database looks
 * at those rows already here, since only it knows its collations. */
static struct cf__items fetch_pairs(struct step *step, const struct deal *deal)
{
    const struct cf__relation *relation = step->relation;
    struct cf_order_list by_pair = by_columns(relation->through_other, relation->through_other_count);
    struct asked asked = { .model = relation->through,
                           .wanted = relation->through_own,
                           .keys = &deal->keys,
                           .order = &by_pair,
                           .options = &(struct cf_find_options){ .read_only = true } };
    if (relation->is_ordered) {
        asked.order = &relation->order;
        asked.joins = (struct cf_join[2]){ { .joined = relation->other, .on = leads_to_other(relation) } };
        return fetch(step, &asked);
    }
    return fetch(step, &asked);
}

/* The pairs in the table between, then the rows they lead to. */
static void load_many_to_many(struct step *step)
{
    const struct cf__relation *relation = step->relation;
    const struct cf__key through_own = { relation->through_own, relation->through_own_count };
    const struct cf__key through_other = { relation->through_other, relation->through_other_count };
    struct cf__keys wanted, targets;
    struct deal deal = { 0 };
    init_deal(step, &deal);
    struct cf__items pairs = fetch_pairs(step, &deal);
    cf__keys_init(&wanted, step->session->context, through_other);
    for (size_t i = 0; i < pairs.count; i++)
        cf__keys_put(&wanted, pairs.items[i]);
    struct asked asked = ask_for_others(step, &wanted);
    step->found = fetch(step, &asked);
    cf__keys_init(&targets, step->session->context, other_key(relation));
    for (size_t i = 0; i < step->found.count; i++)
        cf__keys_put(&targets, step->found.items[i]);
    size_deal(step, &deal, pairs.count);
    for (size_t i = 0; i < pairs.count; i++) {
        ptrdiff_t target = cf__keys_find(&targets, through_other, pairs.items[i]);
        if (target != CF__NO_KEY)
            add_to_deal(&deal, cf__keys_find(&deal.keys, through_own, pairs.items[i]), targets.rows[target]);
    }
    deal_out(step, &deal);
}

static void load_step(struct step *step)
{
    static void (*const loaders[])(struct step *) = {
        [CF_TYPE_BELONGS_TO] = load_to_one,
        [CF_TYPE_HAS_ONE] = load_children,
        [CF_TYPE_HAS_MANY] = load_children,
        [CF_TYPE_MANY_TO_MANY] = load_many_to_many,
    };
    step->found = step->read ? *step->read : (struct cf__items){ cf_alloc(&step->session->head, sizeof(void *)), 0 };
    loaders[step->relation->kind](step);
}

/* ---- Paths ------------------------------------------------------------------------------------------------------ */

/* A path of .load, laid flat: cf_chain(User.posts, Post.tags). */
struct path {
    struct {
        const struct cf_column *relation;
        const cf_expr *only;
    } steps[MOST_STEPS];
    size_t count;
};

struct paths {
    struct path items[8];
    size_t count;
};

static void flatten(struct path *path, const struct cf_relation_column *relation)
{
    if (path->count == MOST_STEPS)
        cf_raise(CF_INTERNAL, ".load: a path has at most %d steps", MOST_STEPS);
    path->steps[path->count].relation = relation->relation;
    path->steps[path->count++].only = relation->only;
    for (const struct cf_relation_column *step = relation->steps; step && step->relation; step++)
        flatten(path, step);
}

static const struct cf_column *step_at(const struct path *path, size_t depth)
{
    return depth < path->count ? path->steps[depth].relation : NULL;
}

/* The paths that go on behind a relation at a depth. */
static struct paths behind(const struct paths *paths, size_t depth, const struct cf_column *relation)
{
    struct paths rest = { .count = 0 };
    for (size_t i = 0; i < paths->count; i++)
        if (step_at(&paths->items[i], depth) == relation)
            rest.items[rest.count++] = paths->items[i];
    return rest;
}

static bool seen_before(const struct paths *paths, size_t at, size_t depth)
{
    for (size_t i = 0; i < at; i++)
        if (step_at(&paths->items[i], depth) == step_at(&paths->items[at], depth))
            return true;
    return false;
}

/* What cf_only says of a relation at a depth, on whichever path. */
static const cf_expr *condition_of(const struct paths *paths, size_t depth, const struct cf_column *relation)
{
    const cf_expr *only = NULL;
    for (size_t i = 0; i < paths->count; i++) {
        if (step_at(&paths->items[i], depth) != relation || !paths->items[i].steps[depth].only)
            continue;
        if (only && only != paths->items[i].steps[depth].only)
            cf_raise(CF_INTERNAL, ".load: two paths have conditions of their own for %s.%s: give both the same one",
                     relation->model->name, relation->name);
        only = paths->items[i].steps[depth].only;
    }
    return only;
}

/* What was read with the rows of a level: NULL, or the number of the relation that led to them. */
struct origin {
    const struct cf__joined *joined;
    size_t number;
};

/* Deals out what was read with the parents. Those that the session had, with another key than the database, are loaded as if
 * nothing had been; what lies behind is then loaded so, too. */
static void load_read(struct step *step, struct origin *origin)
{
    const struct cf__items *stale = &origin->joined->stale[origin->number - 1];
    struct step again = *step;
    step->read = &origin->joined->found[origin->number - 1];
    load_step(step);
    if (!stale->count)
        return;
    again.parents = stale;
    load_step(&again);
    struct cf__items all = { cf_alloc(&step->session->head, sizeof(void *)), 0 };
    add_items(step->session, &all, &step->found);
    add_items(step->session, &all, &again.found);
    step->found = all;
    origin->joined = NULL;
}

static void load_level(struct cf__session *session, const struct cf_model *model, const struct cf__items *rows,
                       const struct cf_find_options *options, const struct paths *paths, size_t depth,
                       struct origin from)
{
    for (size_t i = 0; rows->count && i < paths->count; i++) {
        const struct cf_column *column = step_at(&paths->items[i], depth);
        if (!column || seen_before(paths, i, depth))
            continue;
        if (column->model != model)
            cf_raise(CF_INTERNAL, ".load: %s.%s is no relation of %s", column->model->name, column->name, model->name);
        struct paths rest = behind(paths, depth, column);
        struct step step = { .session = session,
                             .relation = cf__relation_of(column),
                             .only = condition_of(&rest, depth, column),
                             .options = options,
                             .parents = rows };
        struct origin here = { from.joined, cf__joined_number(from.joined, from.number, column) };
        if (here.number)
            load_read(&step, &here);
        else
            load_step(&step);
        if (!here.number)
            here.joined = NULL;
        load_level(session, column->other, &step.found, options, &rest, depth + 1, here);
    }
}

struct cf_relation_column cf_only_(struct cf_relation_column relation, const cf_expr *condition)
{
    const struct cf_column *column = relation.relation;
    if (relation.steps)
        cf_raise(CF_INTERNAL, "cf_only of a path: it belongs to one step, cf_chain(%s.%s, cf_only(…))",
                 column->model->name, column->name);
    if (!cf__is_to_many(column))
        cf_raise(CF_INTERNAL, "cf_only of %s.%s: it is for lists, HasMany and ManyToMany", column->model->name,
                 column->name);
    relation.only = condition;
    return relation;
}

/* Apart, since most queries load nothing and paths are large. */
static __attribute__((noinline)) void load_paths(struct cf__session *session, const struct cf_model *model,
                                                 const struct cf__items *rows, const struct cf_find_options *options,
                                                 const struct cf__joined *joined)
{
    struct paths paths = { .count = 0 };
    for (size_t i = 0; i < sizeof options->load / sizeof options->load[0] && options->load[i].relation; i++)
        flatten(&paths.items[paths.count++], &options->load[i]);
    if (!options->refresh && !options->no_autoflush)
        cf__autoflush(session, NULL);
    load_level(session, model, rows, options, &paths, 0, (struct origin){ joined, 0 });
}

void cf__relations_load(struct cf__session *session, const struct cf_model *model, const struct cf__items *rows,
                        const struct cf_find_options *options, const struct cf__joined *joined)
{
    if (options->load[0].relation && rows->count)
        load_paths(session, model, rows, options, joined);
}

/* ---- On demand -------------------------------------------------------------------------------------------------- */

static struct cf__related *find_related(struct cf__rows_of *of, const struct cf_column *column)
{
    for (size_t i = 0; i < of->relation_count; i++)
        if (of->relations[i].relation->column == column)
            return &of->relations[i];
    cf_raise(CF_INTERNAL, "%s.%s is no relation of %s", column->model->name, column->name, of->model->name);
}

bool cf_is_loaded_(const struct cf_column *column, const void *row)
{
    return !cf__is_trap(*(void *const *)((const char *)row + column->offset));
}

/* Rows loaded one by one are the queries that one .load would save. */
static void note_alone(const struct cf__session *session, struct cf__related *related)
{
    const struct cf_column *column = related->relation->column;
    if (++related->alone == CF__MANY_ALONE && session->watched)
        cf_log_warning("handler %s loads %s.%s one row at a time (N+1 queries): add .load = { %s.%s }",
                       session->watched, column->model->name, column->name, column->model->name, column->name);
}

/* True where a relation holds all that it is to hold. */
static bool is_whole(const struct cf__relation *relation, const void *row)
{
    const struct cf__items *list = cf__relation_field(relation, row);
    if (!cf__relation_is_loaded(relation, row))
        return false;
    return !cf__is_to_many(relation->column) || !list->items || !cf__list_head(list)->in_part;
}

void cf__load_alone(struct cf__session *session, const struct cf__relation *relation, const void *row)
{
    const struct cf_find_options options = { 0 };
    const struct cf__items rows = { (void *[]){ (void *)(uintptr_t)row, NULL }, 1 };
    struct step step = { .session = session, .relation = relation, .options = &options, .parents = &rows };
    if (!is_whole(relation, row))
        load_step(&step);
}

const void *cf_related_(cf_db *db, const struct cf_column *column, const void *row)
{
    struct cf__session *session = cf__session_for(db, column->model);
    cf__session_need_engine(session);
    struct cf__related *related = find_related(cf__rows_of(session, column->model), column);
    if (!row)
        cf_raise(CF_INTERNAL, "cf_related of %s.%s: the row is NULL", column->model->name, column->name);
    if (!is_whole(related->relation, row)) {
        cf__autoflush(session, NULL);
        cf__load_alone(session, related->relation, row);
        note_alone(session, related);
    }
    return cf__relation_field(related->relation, row);
}

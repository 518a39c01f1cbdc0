/* SPDX-License-Identifier: MIT
 *
 * Queries that are asked together: they are kept until cf_await, which makes each ready, sends all of them ahead
 * (db/ahead.c), and answers one after the other.
 */
#include <string.h>

#include "../base/trap.h"
#include "state.h"

struct cf__later {
    const struct kind *kind;
    cf_db *db;
    struct cf_place place; /* that asks */
    const struct cf_model *model;
    struct cf_find_options options;
    struct cf_key_values key;
    cf_subquery *select;
    struct cf__asking asking;
    union {
        struct cf__items list;
        void *row;
        int64_t count;
    } answer;
    struct cf__later *next;
};

/* What may be asked for later: how it is made ready, and its answer. */
struct kind {
    struct cf__asking (*ask)(const struct cf__later *later);
    void (*answer)(struct cf__later *later);
};

static struct cf__later *keep(cf_db *db, const struct kind *kind, const struct cf_model *model)
{
    struct cf__session *main = cf__session_of(db)->main;
    struct cf__later *later = cf_alloc(db, sizeof *later);
    *later = (struct cf__later){ .kind = kind, .db = db, .place = db->place, .model = model };
    *main->last_later = later;
    main->last_later = &later->next;
    return later;
}

static void *untouchable(void)
{
    return cf__trap_new("this was asked for later: call cf_await before it is touched");
}

/* The steps of a path, which may be paths themselves. */
static const struct cf_relation_column *keep_steps(cf_db *db, const struct cf_relation_column *steps)
{
    size_t count = 0;
    while (steps && steps[count].relation)
        count++;
    struct cf_relation_column *kept = count ? cf_alloc(db, (count + 1) * sizeof *kept) : NULL;
    for (size_t i = 0; i < count; i++) {
        kept[i] = steps[i];
        kept[i].steps = keep_steps(db, steps[i].steps);
    }
    return kept;
}

/* Paths, joins and their models may stand on the stack of who asks. */
static void keep_options(struct cf__later *later, const struct cf_find_options *options)
{
    const struct cf_join *joins = cf__keep_joins(options->join, sizeof options->join);
    later->options = *options;
    if (joins)
        memcpy(later->options.join, joins, sizeof options->join);
    for (size_t i = 0; i < sizeof options->load / sizeof options->load[0]; i++)
        later->options.load[i].steps = keep_steps(later->db, options->load[i].steps);
}

static struct cf__later *keep_find(cf_db *db, const struct kind *kind, const struct cf_model *model,
                                   const struct cf_find_options *options)
{
    if (options->for_update || options->for_update_of)
        cf_raise(CF_INTERNAL, "%s: what is asked for later takes no locks: use cf_find, cf_find_one or cf_get",
                 model->name);
    struct cf__later *later = keep(db, kind, model);
    keep_options(later, options);
    later->answer.row = untouchable();
    return later;
}

static void *list_of(struct cf__later *later)
{
    later->answer.list = (struct cf__items){ untouchable(), 1 }; /* who walks it touches an item */
    return &later->answer.list;
}

/* ---- cf_find_later, cf_find_one_later ---------------------------------------------------------------------------- */

static struct cf__asking ask_all(const struct cf__later *later)
{
    return cf__ask_first(later->db, later->model, &later->options, later->options.limit);
}

static void answer_all(struct cf__later *later)
{
    later->answer.list = *cf__answer(&later->asking);
}

void *cf_find_later_(cf_db *db, const struct cf_model *model, const struct cf_find_options *options)
{
    static const struct kind kind = { ask_all, answer_all };
    return list_of(keep_find(db, &kind, model, options));
}

static struct cf__asking ask_one(const struct cf__later *later)
{
    return cf__ask_first(later->db, later->model, &later->options, 1);
}

static void answer_one(struct cf__later *later)
{
    later->answer.row = cf__answer(&later->asking)->items[0];
}

void *cf_find_one_later_(cf_db *db, const struct cf_model *model, const struct cf_find_options *options)
{
    static const struct kind kind = { ask_one, answer_one };
    return &keep_find(db, &kind, model, options)->answer.row;
}

/* ---- cf_get_later ------------------------------------------------------------------------------------------------ */

static struct cf__asking ask_key(const struct cf__later *later)
{
    return cf__ask_get(later->db, later->model, &later->key, &later->options);
}

static void answer_key(struct cf__later *later)
{
    later->answer.row = cf__answer_get(&later->asking);
}

void *cf_get_later_(cf_db *db, const struct cf_model *model, struct cf_key_values key,
                    const struct cf_find_options *options)
{
    static const struct kind kind = { ask_key, answer_key };
    struct cf__later *later = keep_find(db, &kind, model, options);
    later->key = key;
    for (size_t i = 0; i < key.count; i++)
        if (key.items[i].kind == CF_OPERAND_TEXT && key.items[i].text)
            later->key.items[i].text = cf_copy(db, key.items[i].text);
    return &later->answer.row;
}

/* ---- cf_count_later ---------------------------------------------------------------------------------------------- */

static struct cf__asking ask_count(const struct cf__later *later)
{
    return cf__ask_integer(later->db, CF__COUNT, later->model, &later->options);
}

static void answer_count(struct cf__later *later)
{
    later->answer.count = cf__answer_integer(&later->asking);
}

int64_t *cf_count_later_(cf_db *db, const struct cf_model *model, const struct cf_find_options *options)
{
    static const struct kind kind = { ask_count, answer_count };
    struct cf__later *later = keep_find(db, &kind, model, options);
    later->answer.count = INT64_MIN;
    return &later->answer.count;
}

/* ---- cf_select_later --------------------------------------------------------------------------------------------- */

static struct cf__asking ask_select(const struct cf__later *later)
{
    return cf__ask_select(later->db, later->model, later->select);
}

static void answer_select(struct cf__later *later)
{
    later->answer.list = *cf__answer_select(&later->asking);
}

void *cf_select_later_(cf_db *db, const struct cf_model *shape, const void *argument, size_t columns)
{
    static const struct kind kind = { ask_select, answer_select };
    cf_subquery *query = cf_subselect_(shape, argument, columns);
    if (query->lock)
        cf_raise(CF_INTERNAL, "%s: what is asked for later takes no locks: use cf_select", shape->name);
    struct cf__later *later = keep(db, &kind, shape);
    later->select = query;
    return list_of(later);
}

/* ---- cf_await ---------------------------------------------------------------------------------------------------- */

/* All are ready before the first is sent: getting one ready may write. */
static void ask_and_answer(void *first)
{
    for (struct cf__later *later = first; later; later = later->next) {
        later->db->place = later->place;
        later->asking = later->kind->ask(later);
    }
    for (struct cf__later *later = first; later; later = later->next)
        if (!later->asking.known)
            cf__link_send(&later->asking.session->link, &later->asking.query);
    for (struct cf__later *later = first; later; later = later->next) {
        later->asking.session->head.place = later->place;
        later->kind->answer(later);
    }
}

void cf_await(cf_db *db)
{
    struct cf__session *main = cf__session_of(db)->main;
    struct cf__later *first = main->later;
    main->later = NULL;
    main->last_later = &main->later;
    if (cf__protect(main->context, ask_and_answer, first))
        return;
    struct cf__error_record record;
    cf__error_record_copy(&record, &main->context->record);
    for (struct cf__later *later = first; later; later = later->next)
        if (later->asking.session)
            cf__link_unsend(&later->asking.session->link);
    cf__raise(&record.error);
}

/* SPDX-License-Identifier: MIT
 *
 * cf_find_each: a result of any length in the memory of one row. The walk has a link of its own, hence a connection of
 * its own, and a context of its own for the texts of the row at hand, which is emptied before the next row is read. The
 * macro sees the walk as a pointer to a row, which is its first member.
 *
 * A loop that is left, however, runs into cf_find_each_end_ (the variable's cleanup); one that an error ends does not,
 * and is ended by the release.
 */
#include <carafe/bulk.h>

#include "state.h"

struct walk {
    void *row;
    const struct cf__rows_of *of;
    uint64_t unread; /* lazy columns that are left out */
    struct cf__context texts;
    struct cf__arena_mark empty; /* the texts' arena before the first row */
    struct cf__link link;
    struct cf__rows rows;
    bool ended;
};

static void end_walk(void *walk_)
{
    struct walk *walk = walk_;
    if (walk->ended)
        return;
    walk->ended = true;
    cf__link_end(&walk->link);
    cf__context_dispose(&walk->texts);
}

/* What the session has written and not committed is seen by no other connection. */
static void need_nothing_written(struct cf__session *session, const struct cf_model *model)
{
    if (cf__link_active(&session->link) || cf__unflushed(session, NULL))
        cf_raise(CF_INTERNAL,
                 "cf_find_each of %s: the session has changes that are not committed, which the loop would not "
                 "see: cf_commit or cf_rollback first",
                 model->name);
}

void *cf_find_each_(cf_db *db, const struct cf_model *model, const struct cf_find_options *options)
{
    struct cf__session *session = cf__session_for(db, model);
    if (!model->table)
        cf_raise(CF_INTERNAL, "cf_find_each of %s: a SHAPE has no table", model->name);
    if (options->load[0].relation)
        cf_raise(CF_INTERNAL,
                 "cf_find_each of %s takes no .load: read relations in the loop with cf_related, or pages of rows with "
                 "cf_find",
                 model->name);
    cf__session_need_engine(session);
    need_nothing_written(session, model);
    struct walk *walk = cf_alloc(db, sizeof *walk);
    walk->row = cf_alloc(db, model->size);
    walk->of = cf__rows_of(session, model);
    cf__context_init(&walk->texts);
    cf__link_init(&walk->link, session->engine, &walk->texts);
    cf_defer(db, end_walk, walk);
    struct cf__query query = { .kind = CF__SELECT,
                               .model = model,
                               .columns = cf__lazy_read(walk->of, options),
                               .where = cf__hide_deleted(model, options->where, options->with_deleted),
                               .order_by = &options->order_by,
                               .limit = options->limit,
                               .offset = options->offset,
                               .joins = options->join[0].joined ? options->join : NULL,
                               .distinct = options->distinct };
    walk->unread = walk->of->lazy & ~query.columns;
    walk->rows = cf__link_stream(&walk->link, &query);
    walk->empty = cf__arena_mark(&walk->texts.arena);
    return walk;
}

void *cf_find_each_next_(void *walk_)
{
    struct walk *walk = walk_;
    cf__arena_rewind(&walk->texts.arena, walk->empty);
    cf__relations_unload(walk->of, walk->row);
    cf__lazy_unload(walk->of, walk->row, walk->unread);
    return cf__rows_next(&walk->rows, walk->row) ? walk->row : NULL;
}

void cf_find_each_end_(void *walk)
{
    end_walk(*(void **)walk);
}

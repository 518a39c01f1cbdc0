/* SPDX-License-Identifier: MIT
 *
 * cf_find_each and its like: a result of any length in the memory of one row. The walk has a link of its own: outside a
 * transaction with a connection of its own, within one on the connection of that, beside whatever the body runs there. And it
 * has a context of its own for the texts of the row at hand, which is emptied before the next row is read. The macro sees
 * the walk as a pointer to a row, which is its first member.
 *
 * A loop that is left, however, runs into cf_find_each_end_ (the variable's cleanup); one that an error ends does not,
 * and is ended by the release.
 */
#include <carafe/bulk.h>

#include "state.h"

struct walk {
    void *row;
    const struct cf__rows_of *of;
    const char *call;
    uint64_t unread; /* lazy columns that are left out */
    struct cf__context texts;
    struct cf__arena_mark empty; /* the texts' arena before the first row */
    struct cf__link link;
    struct cf__rows rows;
    bool inside; /* a transaction */
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

/* What the session has written and not committed is seen by no other connection than its own. */
static struct walk *begin_walk(struct cf__session *session, const struct cf_model *model, const char *call)
{
    struct walk *walk = cf_alloc(&session->head, sizeof *walk);
    walk->row = cf_alloc(&session->head, model->size);
    walk->of = cf__rows_of(session, model);
    walk->call = call;
    walk->inside = cf__link_active(&session->link);
    cf__context_init(&walk->texts);
    cf__link_init(&walk->link, session->engine, &walk->texts);
    cf_defer(&session->head, end_walk, walk);
    if (walk->inside)
        cf__link_borrow(&walk->link, &session->link);
    return walk;
}

static void *begin_rows(struct walk *walk, struct cf__rows rows)
{
    walk->rows = rows;
    walk->empty = cf__arena_mark(&walk->texts.arena);
    return walk;
}

void *cf_find_each_(cf_db *db, const struct cf_model *model, const struct cf_find_options *options)
{
    struct cf__session *session = cf__session_for(db, model);
    if (!model->table)
        cf_raise(CF_INTERNAL, "cf_find_each of %s: a SHAPE has no table: say cf_select_each or cf_sql_each",
                 model->name);
    if (options->load[0].relation)
        cf_raise(CF_INTERNAL,
                 "cf_find_each of %s takes no .load: read relations in the loop with cf_related, or pages of rows with "
                 "cf_find",
                 model->name);
    cf__session_need_engine(session);
    cf__need_lock(options->for_update, options->for_update_of);
    if (!options->no_autoflush)
        cf__autoflush(session, NULL);
    struct cf__query query = { .kind = CF__SELECT,
                               .model = model,
                               .columns = cf__lazy_read(cf__rows_of(session, model), options),
                               .where = cf__hide_deleted(model, options->where, options->with_deleted),
                               .order_by = &options->order_by,
                               .limit = options->limit,
                               .offset = options->offset,
                               .joins = options->join[0].joined ? options->join : NULL,
                               .hides_deleted = !options->with_deleted,
                               .distinct = options->distinct,
                               .lock = cf__session_lock(session, options->for_update),
                               .lock_of = options->for_update_of };
    struct walk *walk = begin_walk(session, model, "cf_find_each");
    walk->unread = walk->of->lazy & ~query.columns;
    return begin_rows(walk, cf__link_stream(&walk->link, &query));
}

void *cf_select_each_(cf_db *db, const struct cf_model *shape, const void *argument, size_t columns)
{
    cf_subquery *query = cf_subselect_(shape, argument, columns);
    struct cf__session *session = cf__session_for(db, query->from);
    cf__session_need_engine(session);
    if (!query->no_autoflush)
        cf__autoflush(session, NULL);
    query->lock = cf__session_lock(session, query->lock);
    const struct cf__query run = {
        .kind = CF__SELECT, .model = query->shape, .columns = cf__model_columns(query->shape), .select = query
    };
    struct walk *walk = begin_walk(session, shape, "cf_select_each");
    return begin_rows(walk, cf__link_stream(&walk->link, &run));
}

void *cf_sql_each_(cf_db *db, const struct cf_model *model, const char *text, struct cf_values values)
{
    struct cf__session *session = cf__session_for(db, model);
    uint64_t read;
    const struct cf__bound_sql sql = cf__sql_ready(session, text, &values);
    struct walk *walk = begin_walk(session, model, "cf_sql_each");
    struct cf__rows rows = cf__link_stream_sql(&walk->link, sql.text, sql.values, sql.count, model, &read);
    walk->unread = walk->of->lazy & ~read;
    return begin_rows(walk, rows);
}

void *cf_find_each_next_(void *walk_)
{
    struct walk *walk = walk_;
    if (walk->inside && !cf__link_active(&walk->link))
        cf_raise(CF_INTERNAL,
                 "%s of %s: the transaction that it began in has ended: commit or roll back behind the loop, or commit "
                 "before it",
                 walk->call, walk->of->model->name);
    cf__arena_rewind(&walk->texts.arena, walk->empty);
    cf__relations_unload(walk->of, walk->row);
    cf__lazy_unload(walk->of, walk->row, walk->unread);
    return cf__rows_next(&walk->rows, walk->row) ? walk->row : NULL;
}

void cf_find_each_end_(void *walk)
{
    end_walk(*(void **)walk);
}

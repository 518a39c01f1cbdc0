/* SPDX-License-Identifier: MIT
 *
 * cf_select: the rows of a query as structs of a SHAPE. The session knows nothing of them; it only writes what is pending
 * first, since the query may look at any table.
 */
#include "state.h"

static struct cf__items *find(cf_db *db, const struct cf_model *shape, cf_subquery *query)
{
    struct cf__session *session = cf__session_for(db, query->from ? query->from : shape);
    cf__session_need_engine(session);
    cf__autoflush(session, NULL);
    query->lock = cf__session_lock(session, query->lock);
    const struct cf__query run = {
        .kind = CF__SELECT, .model = query->shape, .columns = cf__model_columns(query->shape), .select = query
    };
    struct cf__rows rows = cf__link_run(&session->link, &run);
    return cf__load_untracked(session, shape, &rows);
}

void *cf_select_(cf_db *db, const struct cf_model *shape, const void *argument, size_t columns)
{
    return find(db, shape, cf_subselect_(shape, argument, columns));
}

void *cf_select_one_(cf_db *db, const struct cf_model *shape, const void *argument, size_t columns)
{
    cf_subquery *query = cf_subselect_(shape, argument, columns);
    query->limit = 1;
    return find(db, shape, query)->items[0];
}

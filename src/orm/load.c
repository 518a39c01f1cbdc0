/* SPDX-License-Identifier: MIT
 *
 * Loading: queries to lists of objects. Rows are decoded straight into chunks that grow, so a result of any size
 * takes few allocations and lies side by side; a row the session has already is pointed to instead.
 */
#include <string.h>

#include "joined.h"
#include "keys.h"

enum { FIRST_CHUNK = 16, LARGEST_CHUNK = 4096 };

struct loading {
    struct cf__session *session;
    struct cf__rows_of *of;
    bool tracked, refresh;
    bool gentle;     /* a refresh leaves rows alone that wait to be written */
    bool look_up;    /* there may be objects of these rows already */
    bool keeps;      /* what a row holds of its lazy columns, although it is read again without them */
    uint64_t unread; /* lazy columns that are left out */
    bool alone;      /* a chunk for each row, so that the next one can be found to be the same */
    struct cf__items *list;
    size_t limit; /* rows to read at most */
    size_t capacity;
    char *rows; /* the chunk being filled */
    size_t filled, room;
};

static void need_table(const struct cf_model *model)
{
    if (!model->table)
        cf_raise(CF_INTERNAL, "%s is a SHAPE: it has no table; fill it with cf_select or cf_sql", model->name);
    if (model->alias)
        cf_raise(CF_INTERNAL, "rows of %s are asked for by an alias: ask for %s, and join the alias", model->name,
                 model->name);
}

/* ---- Lists ------------------------------------------------------------------------------------------------------ */

static void append_to(struct cf__session *session, struct cf__items *list, size_t *capacity, size_t first, void *item)
{
    if (list->count + 1 >= *capacity) { /* the NULL at the end has its place */
        size_t old = *capacity, wanted = old ? old * 2 : first + 1;
        list->items = cf__resize(session->context, list->items, old * sizeof(void *), wanted * sizeof(void *));
        *capacity = wanted;
    }
    list->items[list->count++] = item;
}

static void append(struct loading *loading, void *item)
{
    append_to(loading->session, loading->list, &loading->capacity, loading->room, item);
}

static struct cf__items *end_list(cf_db *db, struct cf__items *list)
{
    if (!list->items)
        list->items = cf_alloc(db, sizeof(void *));
    list->items[list->count] = NULL;
    return list;
}

static void finish_chunk(struct loading *loading)
{
    if (loading->filled && loading->tracked)
        cf__note_first_read(loading->session, loading->of,
                            cf__chunk_add(loading->session, loading->of, loading->rows, loading->filled,
                                          CF__ROW_CLEAN));
    loading->rows = NULL;
    loading->filled = 0;
}

static size_t least(size_t left, size_t right)
{
    return left < right ? left : right;
}

static char *next_row(struct loading *loading)
{
    size_t size = loading->of->model->size;
    if (loading->filled == loading->room)
        finish_chunk(loading);
    if (!loading->rows) {
        size_t wanted = loading->alone ? 1 : loading->room ? loading->room * 2 : FIRST_CHUNK;
        loading->room = least(wanted, least(LARGEST_CHUNK, loading->limit - loading->list->count));
        loading->rows = cf_alloc(&loading->session->head, loading->room * size);
    }
    return loading->rows + loading->filled * size;
}

/* Who queries while changes wait to be written (a hook, say) does not lose them, unless he says so. */
static bool is_to_be_overwritten(const struct loading *loading, struct cf__slot slot)
{
    const struct cf__rows_of *of = loading->of;
    if (loading->refresh && !loading->gentle)
        return true;
    return (loading->refresh || cf__is_expired(slot)) &&
           memcmp(cf__slot_row(of, slot), cf__slot_shadow(of, slot), of->model->size) == 0;
}

/* Lazy columns between a row that was just read and the object it is: what the object lacks it gets; what only the object
 * has it keeps, in a transaction that was said: it was read in there. */
static void share_lazy(const struct loading *loading, struct cf__slot slot, char *row)
{
    const struct cf__rows_of *of = loading->of;
    char *object = cf__slot_row(of, slot), *shadow = cf__slot_shadow(of, slot);
    uint64_t held = cf__lazy_held(of, object), read = of->lazy & ~loading->unread;
    cf__lazy_copy(of, object, row, read & ~held);
    cf__lazy_copy(of, shadow, row, read & ~held);
    if (loading->keeps)
        cf__lazy_copy(of, row, object, held & ~read);
}

/* One that the session has deleted softly is watched again, as it is now: one row is one object. */
static struct cf__slot find_object(const struct loading *loading, const char *row)
{
    struct cf__rows_of *of = loading->of;
    struct cf__slot slot = cf__identity_find(loading->session, of, row);
    if (slot.chunk || !cf__is_hidden(of->model, row, NULL))
        return slot;
    slot = cf__identity_hidden(loading->session, of, row);
    if (!slot.chunk)
        return slot;
    cf__note_read(loading->session, of, slot);
    slot.chunk->states[slot.at] = CF__ROW_CLEAN;
    memcpy(cf__slot_row(of, slot), row, of->model->size);
    memcpy(cf__slot_shadow(of, slot), row, of->model->size);
    return slot;
}

/* The object of a row that was just read: the row itself, or the one the session has. */
static void *object_of(struct loading *loading, char *row)
{
    struct cf__slot known = { 0 };
    size_t size = loading->of->model->size;
    cf__relations_unload(loading->of, row);
    if (loading->unread)
        cf__lazy_unload(loading->of, row, loading->unread);
    if (loading->look_up)
        known = find_object(loading, row);
    if (!known.chunk) {
        loading->filled++;
        return row;
    }
    char *object = cf__slot_row(loading->of, known);
    if (loading->of->lazy)
        share_lazy(loading, known, row);
    if (is_to_be_overwritten(loading, known)) {
        if (loading->refresh && !loading->gentle)
            cf__take_assigned(loading->session, known, NULL);
        cf__note_read(loading->session, loading->of, known);
        memcpy(object, row, size);
        memcpy(cf__slot_shadow(loading->of, known), row, size);
        if (known.chunk->expired)
            known.chunk->expired[known.at] = false;
    }
    return object; /* the row's room is used for the next */
}

static struct cf__items *load(struct loading *loading, struct cf__rows *rows)
{
    cf_db *db = &loading->session->head;
    struct cf__items *list = loading->list = cf_alloc(db, sizeof(struct cf__items));
    loading->look_up = loading->tracked && (loading->of->chunks || loading->alone);
    bool is_new = !loading->look_up && !loading->unread && !loading->of->relation_count; /* each is its own object */
    for (char *row; list->count < loading->limit && cf__rows_next(rows, row = next_row(loading));) {
        loading->filled += is_new;
        append(loading, is_new ? row : object_of(loading, row));
    }
    cf__rows_end(rows);
    finish_chunk(loading);
    return end_list(db, list);
}

/* ---- Rows beside rows ------------------------------------------------------------------------------------------- */

/* Rows of one model, of which a result may have the same any number of times, and at different places. */
struct side {
    struct loading loading;
    struct cf__keys keys; /* of the rows that the session did not have */
};

struct sides {
    struct side items[CF__MOST_BESIDE + 1];
    size_t count;
    struct side *of[CF__MOST_BESIDE + 1];                  /* by a relation's number; 0: the query's model */
    size_t found[CF__MOST_BESIDE], stale[CF__MOST_BESIDE]; /* room in the lists of struct cf__joined */
};

static struct cf__key primary_key(cf_db *db, const struct cf__rows_of *of)
{
    size_t count = 0;
    const struct cf_column **columns = cf_alloc(db, (size_t)__builtin_popcountll(of->key) * sizeof *columns);
    for (uint64_t left = of->key; left; left &= left - 1)
        columns[count++] = &of->model->columns[__builtin_ctzll(left)];
    return (struct cf__key){ columns, count };
}

/* The rows of a model have one place, whichever relations lead to them. */
static struct side *side_of(struct sides *sides, const struct loading *like, struct cf__rows_of *of, uint64_t columns)
{
    struct cf__session *session = like->session;
    for (size_t i = 0; i < sides->count; i++)
        if (sides->items[i].loading.of == of)
            return &sides->items[i];
    struct side *side = &sides->items[sides->count++];
    side->loading = *like;
    side->loading.of = of;
    side->loading.unread = of->lazy & ~columns;
    side->loading.look_up = like->tracked && of->chunks;
    side->loading.limit = SIZE_MAX;
    side->loading.list = cf_alloc(&session->head, sizeof(struct cf__items));
    cf__keys_init(&side->keys, session->context, primary_key(&session->head, of));
    return side;
}

static void *settle(struct side *side, char *row)
{
    ptrdiff_t at = cf__keys_find(&side->keys, side->keys.key, row);
    if (at != CF__NO_KEY)
        return (void *)(uintptr_t)side->keys.rows[at];
    void *object = object_of(&side->loading, row);
    if (object == row)
        cf__keys_put(&side->keys, row);
    return object;
}

/* Notes an object that refers to another row than the one that was read, of which it is: what was read beside that is not
 * its. */
static void note_stale(struct sides *sides, struct cf__joined *joined, size_t number, void *object, const void *row)
{
    for (size_t i = 0; object != row && i < joined->count; i++) {
        const struct cf__relation *relation = joined->beside[i].relation;
        uint64_t own = cf__column_bits(relation->own_columns, relation->count);
        if (joined->beside[i].owner == number && !cf__same_values(relation->own, own, object, row))
            append_to(sides->of[0]->loading.session, &joined->stale[i], &sides->stale[i], FIRST_CHUNK, object);
    }
}

/* A row as it was read, taken apart; gives the object of the query's own model. */
static void *take_apart(struct sides *sides, struct cf__joined *joined, const void *read)
{
    void *objects[CF__MOST_BESIDE + 1] = { NULL };
    for (size_t number = 0; number <= joined->count; number++) {
        struct side *side = sides->of[number];
        const struct cf__beside *beside = number ? &joined->beside[number - 1] : NULL;
        if (beside && !objects[beside->owner])
            continue;
        char *row = next_row(&side->loading);
        if (!beside)
            memcpy(row, read, side->loading.of->model->size);
        else if (!cf__beside_take(beside, read, row))
            continue;
        objects[number] = settle(side, row);
        note_stale(sides, joined, number, objects[number], row);
        if (beside)
            append_to(side->loading.session, &joined->found[number - 1], &sides->found[number - 1], FIRST_CHUNK,
                      objects[number]);
    }
    return objects[0];
}

static struct cf__items *load_joined(struct loading *loading, struct cf__rows *rows, struct cf__joined *joined)
{
    cf_db *db = &loading->session->head;
    struct sides *sides = cf_alloc(db, sizeof *sides);
    struct cf__items *list = loading->list = cf_alloc(db, sizeof(struct cf__items));
    void *read = cf_alloc(db, joined->size);
    sides->of[0] = side_of(sides, loading, loading->of, loading->of->columns & ~loading->unread);
    for (size_t i = 0; i < joined->count; i++) {
        const struct cf__beside *beside = &joined->beside[i];
        sides->of[i + 1] =
            side_of(sides, loading, cf__rows_of(loading->session, beside->relation->other), beside->columns);
    }
    while (list->count < loading->limit && cf__rows_next(rows, read))
        append_to(loading->session, list, &loading->capacity, FIRST_CHUNK, take_apart(sides, joined, read));
    cf__rows_end(rows);
    for (size_t i = 0; i < sides->count; i++)
        finish_chunk(&sides->items[i].loading);
    for (size_t i = 0; i < joined->count; i++) {
        end_list(db, &joined->found[i]);
        end_list(db, &joined->stale[i]);
    }
    return end_list(db, list);
}

/* ---- Queries ---------------------------------------------------------------------------------------------------- */

static struct cf__query query_of(enum cf__query_kind kind, const struct cf__rows_of *of,
                                 const struct cf_find_options *options)
{
    const struct cf_model *model = of->model;
    return (struct cf__query){ .kind = kind,
                               .model = model,
                               .columns = kind == CF__SELECT ? cf__lazy_read(of, options) : 0,
                               .where = cf__hide_deleted(model, options->where, options->with_deleted),
                               .order_by = kind == CF__SELECT ? &options->order_by : NULL,
                               .limit = options->limit,
                               .offset = options->offset,
                               .joins = options->join[0].joined ? options->join : NULL,
                               .hides_deleted = !options->with_deleted,
                               .distinct = options->distinct,
                               .lock_of = options->for_update_of };
}

/* Writes what is pending and could be seen by a query: of its model, or of all where it looks at others. */
static void flush_before(struct cf__session *session, const struct cf__query *query,
                         const struct cf_find_options *options)
{
    if (options->no_autoflush)
        return;
    bool only_its_own = !query->joins && !query->beside_count && !cf__looks_elsewhere(query->where);
    cf__autoflush(session, only_its_own ? query->model : NULL);
}

/* A lock is held to the end of a transaction. Where single rows cannot be locked, the transaction is alone. */
enum cf_lock cf__session_lock(struct cf__session *session, enum cf_lock lock)
{
    if (!lock)
        return lock;
    cf__link_begin(&session->link);
    return cf__engine_driver(session->engine)->capabilities & CF_CAN_LOCK_ROWS ? lock : 0;
}

static struct cf__items *run(struct cf__session *session, const struct cf__query *query,
                             const struct cf_find_options *options, size_t limit, bool refresh,
                             struct cf__joined *joined)
{
    struct loading loading = {
        .session = session,
        .of = cf__rows_of(session, query->model),
        .tracked = !options->read_only,
        .refresh = refresh,
        .gentle = !options->refresh && (session->flushing || session->no_autoflush || options->no_autoflush),
        .keeps = session->said && !options->refresh && !options->for_update,
        .limit = limit,
    };
    loading.unread = loading.of->lazy & ~query->columns;
    struct cf__rows rows = cf__link_run(&session->link, query);
    return joined ? load_joined(&loading, &rows, joined) : load(&loading, &rows);
}

/* A query that is told to refresh is after what the database says, not after what it would say with the changes it is to
 * take back. */
static void get_ready(struct cf__asking *asking)
{
    struct cf__session *session = asking->session;
    const struct cf_find_options *options = asking->options;
    bool locks = options->for_update; /* rows of the model, and those of no other */
    asking->joined = locks ? NULL : cf__joined_collect(session, asking->query.model, options);
    if (asking->joined) {
        asking->query.beside = asking->joined->beside;
        asking->query.beside_count = asking->joined->count;
    }
    if (!options->refresh)
        flush_before(session, &asking->query, options);
}

/* One that locks rows, or belongs to a transaction that was said, is after what they are now: it refreshes, too, but after
 * a flush, so that no change is lost. */
struct cf__items *cf__answer(const struct cf__asking *asking)
{
    struct cf__session *session = asking->session;
    const struct cf_find_options *options = asking->options;
    bool refresh = options->refresh || options->for_update || session->said;
    struct cf__items *found = run(session, &asking->query, options, asking->limit, refresh, asking->joined);
    cf__relations_load(session, asking->query.model, found, options, asking->joined);
    return found;
}

const struct cf__items *cf__load_where(struct cf__session *session, const struct cf_model *model, const cf_expr *where,
                                       const struct cf_order_list *order_by, const struct cf_join *joins,
                                       const struct cf_find_options *options)
{
    struct cf__query query = { .kind = CF__SELECT,
                               .model = model,
                               .columns = cf__lazy_along(cf__rows_of(session, model), &options->undefer),
                               .where = cf__hide_deleted(model, where, options->with_deleted),
                               .hides_deleted = !options->with_deleted && !joins,
                               .order_by = order_by,
                               .joins = joins };
    return run(session, &query, options, SIZE_MAX, options->refresh, NULL);
}

struct cf__items *cf__load_untracked(struct cf__session *session, const struct cf_model *shape, struct cf__rows *rows)
{
    struct loading loading = { .session = session, .of = cf__rows_of(session, shape), .limit = SIZE_MAX };
    return load(&loading, rows);
}

/* ---- cf_find, cf_find_one, cf_count, cf_has --------------------------------------------------------------------- */

static struct cf__session *session_to_ask(cf_db *db, const struct cf_model *model)
{
    struct cf__session *session = cf__session_for(db, model);
    need_table(model);
    cf__session_need_engine(session);
    return session;
}

struct cf__asking cf__ask_first(cf_db *db, const struct cf_model *model, const struct cf_find_options *options,
                                int64_t limit)
{
    struct cf__session *session = session_to_ask(db, model);
    if (limit < 0 || options->offset < 0)
        cf_raise(CF_INTERNAL, "cf_find of %s: .limit and .offset are not negative", model->name);
    struct cf__asking asking = { .session = session,
                                 .query = query_of(CF__SELECT, cf__rows_of(session, model), options),
                                 .options = options,
                                 .limit = limit ? (size_t)limit : SIZE_MAX };
    asking.query.limit = limit;
    cf__need_lock(options->for_update, options->for_update_of);
    asking.query.lock = cf__session_lock(session, options->for_update);
    get_ready(&asking);
    return asking;
}

static struct cf__items *find_first(cf_db *db, const struct cf_model *model, const struct cf_find_options *options,
                                    int64_t limit)
{
    struct cf__asking asking = cf__ask_first(db, model, options, limit);
    return cf__answer(&asking);
}

void *cf_find_(cf_db *db, const struct cf_model *model, const struct cf_find_options *options)
{
    return find_first(db, model, options, options->limit);
}

void *cf_find_one_(cf_db *db, const struct cf_model *model, const struct cf_find_options *options)
{
    return find_first(db, model, options, 1)->items[0];
}

void *cf_find_exactly_one_(cf_db *db, const struct cf_model *model, const struct cf_find_options *options)
{
    const struct cf__items *found = find_first(db, model, options, 2);
    if (!found->count)
        cf_raise(CF_NOT_FOUND, "no %s meets the condition", model->name);
    if (found->count > 1)
        cf_raise(CF_AMBIGUOUS, "more than one %s meets the condition", model->name);
    return found->items[0];
}

struct cf__asking cf__ask_integer(cf_db *db, enum cf__query_kind kind, const struct cf_model *model,
                                  const struct cf_find_options *options)
{
    struct cf__session *session = session_to_ask(db, model);
    struct cf__asking asking = { .session = session, .query = query_of(kind, cf__rows_of(session, model), options) };
    flush_before(session, &asking.query, options);
    return asking;
}

int64_t cf__answer_integer(const struct cf__asking *asking)
{
    struct cf__rows rows = cf__link_run(&asking->session->link, &asking->query);
    return cf__rows_integer(&rows);
}

int64_t cf_count_(cf_db *db, const struct cf_model *model, const struct cf_find_options *options)
{
    struct cf__asking asking = cf__ask_integer(db, CF__COUNT, model, options);
    return cf__answer_integer(&asking);
}

bool cf_has_(cf_db *db, const struct cf_model *model, const struct cf_find_options *options)
{
    struct cf__asking asking = cf__ask_integer(db, CF__EXISTS, model, options);
    return cf__answer_integer(&asking) != 0;
}

/* ---- cf_get ----------------------------------------------------------------------------------------------------- */

/* A struct with the key in its fields; NULL where no row can have such a key. */
static void *keyed_row(struct cf__session *session, const struct cf__rows_of *of, const struct cf_key_values *key)
{
    const struct cf_model *model = of->model;
    void *row = cf_alloc(&session->head, model->size);
    enum cf__fit worst = CF__FITS;
    if ((size_t)__builtin_popcountll(of->key) != key->count)
        cf_raise(CF_INTERNAL, "cf_get of %s: its primary key has %d columns, %zu values were given", model->name,
                 __builtin_popcountll(of->key), key->count);
    const struct cf_operand *value = key->items;
    for (uint64_t left = of->key; left; left &= left - 1, value++) {
        const struct cf_column *column = &model->columns[__builtin_ctzll(left)];
        enum cf__fit fit = cf__value_store(column, row, value);
        if (fit == CF__WRONG_TYPE)
            cf_raise(CF_INTERNAL, "cf_get of %s: the value for %s is not of its type", model->name, column->name);
        worst = fit > worst ? fit : worst;
    }
    return worst == CF__FITS ? row : NULL;
}

static bool has_lazy(const struct cf__rows_of *of, struct cf__slot slot, uint64_t columns)
{
    return !(columns & of->lazy & ~cf__lazy_held(of, cf__slot_row(of, slot)));
}

struct cf__asking cf__ask_get(cf_db *db, const struct cf_model *model, const struct cf_key_values *key,
                              const struct cf_find_options *options)
{
    struct cf__session *session = session_to_ask(db, model);
    struct cf__asking asking = { .session = session, .options = options, .limit = 1, .known = true };
    struct cf__rows_of *of = cf__rows_of(session, model);
    void *keyed = keyed_row(session, of, key);
    if (!keyed)
        return asking;
    struct cf__slot known = cf__identity_find(session, of, keyed);
    if (known.chunk && known.chunk->states[known.at] == CF__ROW_DELETED)
        return asking;
    uint64_t columns = cf__lazy_read(of, options);
    bool trusted = known.chunk && !cf__is_expired(known) && has_lazy(of, known, columns) &&
                   (!session->said || known.chunk->transaction == session->transaction);
    asking.query = (struct cf__query){ .kind = CF__SELECT, .model = model, .columns = columns, .key_row = keyed };
    if (trusted && !options->refresh && !options->for_update) {
        asking.row = cf__slot_row(of, known);
        return asking;
    }
    asking.known = false;
    asking.query.lock = cf__session_lock(session, options->for_update);
    get_ready(&asking);
    return asking;
}

void *cf__answer_get(const struct cf__asking *asking)
{
    const struct cf_model *model = asking->query.model;
    void *row = asking->known ? asking->row : cf__answer(asking)->items[0];
    if (!row || cf__is_hidden(model, row, asking->options))
        return NULL;
    if (asking->known)
        cf__relations_load(asking->session, model, &(struct cf__items){ (void *[]){ row, NULL }, 1 }, asking->options,
                           NULL);
    return row;
}

void *cf_get_(cf_db *db, const struct cf_model *model, struct cf_key_values key, const struct cf_find_options *options)
{
    struct cf__asking asking = cf__ask_get(db, model, &key, options);
    return cf__answer_get(&asking);
}

void cf_refresh_(cf_db *db, const struct cf_model *model, void *row, const struct cf_find_options *options_)
{
    struct cf_find_options options = *options_;
    struct cf__session *session = cf__session_for(db, model);
    cf__session_need_engine(session);
    struct cf__rows_of *of = cf__rows_of(session, model);
    struct cf__slot slot = cf__slot_stored(session, of, row, "cf_refresh");
    struct cf__query query = {
        .kind = CF__SELECT,
        .model = model,
        .columns = cf__lazy_read(of, &options),
        .key_row = cf__slot_shadow(of, slot),
    };
    options.refresh = true;
    options.read_only = false;
    struct cf__items *found = run(session, &query, &options, 1, true, NULL);
    if (!found->count)
        cf_raise(CF_STALE, "this %s is not there any more: somebody else has deleted it or changed its key",
                 model->name);
    options.refresh = false;
    cf__lists_expire(session, row);
    cf__relations_load(session, model, found, &options, NULL);
}

/* ---- SQL of the user's own -------------------------------------------------------------------------------------- */

static struct cf__items *load_sql(cf_db *db, const struct cf_model *model, const char *text,
                                  const struct cf_values *values, size_t limit)
{
    struct cf__session *session = cf__session_for(db, model);
    const struct cf__bound_sql sql = cf__sql_ready(session, text, values);
    struct loading loading = { .session = session, .of = cf__rows_of(session, model), .limit = limit };
    uint64_t read;
    struct cf__rows rows = cf__link_sql(&session->link, sql.text, sql.values, sql.count, model, &read, false);
    loading.tracked = model->table && (read | loading.of->lazy) ==
                                          loading.of->columns; /* else a field not read would be taken for a value */
    loading.alone = loading.tracked;
    loading.unread = loading.of->lazy & ~read;
    return load(&loading, &rows);
}

void *cf_sql_(cf_db *db, const struct cf_model *model, const char *text, struct cf_values values)
{
    return load_sql(db, model, text, &values, SIZE_MAX);
}

void *cf_sql_one_(cf_db *db, const struct cf_model *model, const char *text, struct cf_values values)
{
    return load_sql(db, model, text, &values, 1)->items[0];
}

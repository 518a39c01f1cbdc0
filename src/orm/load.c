/* SPDX-License-Identifier: MIT
 *
 * Loading: queries to lists of objects. Rows are decoded straight into chunks that grow, so a result of any size
 * takes few allocations and lies side by side; a row the session has already is pointed to instead.
 */
#include <string.h>

#include "state.h"

enum { FIRST_CHUNK = 16, LARGEST_CHUNK = 4096 };

struct list {
    void **items;
    size_t count;
};

struct loading {
    struct cf__session *session;
    struct cf__rows_of *of;
    bool tracked, refresh;
    bool look_up; /* there may be objects of these rows already */
    bool alone;   /* a chunk for each row, so that the next one can be found to be the same */
    struct list *list;
    size_t limit; /* rows to read at most */
    size_t capacity;
    char *rows; /* the chunk being filled */
    size_t filled, room;
};

static void need_table(const struct cf_model *model)
{
    if (!model->table)
        cf_raise(CF_INTERNAL, "%s is a SHAPE: it has no table; fill it with cf_sql", model->name);
}

/* ---- Lists ------------------------------------------------------------------------------------------------------ */

static void append(struct loading *loading, void *item)
{
    struct list *list = loading->list;
    if (list->count + 1 >= loading->capacity) { /* the NULL at the end has its place */
        size_t old = loading->capacity, capacity = old ? old * 2 : loading->room + 1;
        list->items =
            cf__resize(loading->session->context, list->items, old * sizeof(void *), capacity * sizeof(void *));
        loading->capacity = capacity;
    }
    list->items[list->count++] = item;
}

static void finish_chunk(struct loading *loading)
{
    if (loading->filled && loading->tracked)
        cf__chunk_add(loading->session, loading->of, loading->rows, loading->filled, CF__ROW_CLEAN);
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

/* The object of a row that was just read: the row itself, or the one the session has. */
static void *object_of(struct loading *loading, char *row)
{
    struct cf__slot known = { 0 };
    size_t size = loading->of->model->size;
    if (loading->look_up)
        known = cf__identity_find(loading->session, loading->of, row);
    if (!known.chunk) {
        loading->filled++;
        return row;
    }
    char *object = cf__slot_row(loading->of, known);
    if (loading->refresh) {
        memcpy(object, row, size);
        memcpy(cf__slot_shadow(loading->of, known), row, size);
    }
    return object; /* the row's room is used for the next */
}

static struct list *load(struct loading *loading, struct cf__rows *rows)
{
    cf_db *db = &loading->session->head;
    struct list *list = loading->list = cf_alloc(db, sizeof(struct list));
    loading->look_up = loading->tracked && (loading->of->chunks || loading->alone);
    for (char *row; list->count < loading->limit && cf__rows_next(rows, row = next_row(loading));)
        append(loading, object_of(loading, row));
    cf__rows_end(rows);
    finish_chunk(loading);
    if (!list->items)
        list->items = cf_alloc(db, sizeof(void *));
    list->items[list->count] = NULL;
    return list;
}

static struct cf__query query_of(enum cf__query_kind kind, const struct cf_model *model,
                                 const struct cf_find_options *options)
{
    return (struct cf__query){ .kind = kind,
                               .model = model,
                               .columns = kind == CF__SELECT ? cf__model_columns(model) : 0,
                               .where = options->where,
                               .order_by = kind == CF__SELECT ? &options->order_by : NULL,
                               .limit = options->limit,
                               .offset = options->offset };
}

/* A refreshing query is after what the database says, not after what it would say with the changes it is to take
 * back. */
static struct list *find(struct cf__session *session, const struct cf__query *query,
                         const struct cf_find_options *options, size_t limit)
{
    if (!options->refresh)
        cf__autoflush(session, query->model);
    struct loading loading = {
        .session = session,
        .of = cf__rows_of(session, query->model),
        .tracked = !options->read_only,
        .refresh = options->refresh,
        .limit = limit,
    };
    struct cf__rows rows = cf__link_run(&session->link, query);
    return load(&loading, &rows);
}

/* ---- cf_find, cf_find_one, cf_count, cf_has --------------------------------------------------------------------- */

void *cf_find_(cf_db *db, const struct cf_model *model, struct cf_find_options options)
{
    struct cf__session *session = cf__session_of(db);
    need_table(model);
    cf__session_need_engine(session);
    if (options.limit < 0 || options.offset < 0)
        cf_raise(CF_INTERNAL, "cf_find of %s: .limit and .offset are not negative", model->name);
    struct cf__query query = query_of(CF__SELECT, model, &options);
    return find(session, &query, &options, options.limit ? (size_t)options.limit : SIZE_MAX);
}

void *cf_find_one_(cf_db *db, const struct cf_model *model, struct cf_find_options options)
{
    options.limit = 1;
    return ((struct list *)cf_find_(db, model, options))->items[0];
}

static int64_t ask_integer(cf_db *db, enum cf__query_kind kind, const struct cf_model *model,
                           const struct cf_find_options *options)
{
    struct cf__session *session = cf__session_of(db);
    need_table(model);
    cf__session_need_engine(session);
    cf__autoflush(session, model);
    struct cf__query query = query_of(kind, model, options);
    struct cf__rows rows = cf__link_run(&session->link, &query);
    return cf__rows_integer(&rows);
}

int64_t cf_count_(cf_db *db, const struct cf_model *model, struct cf_find_options options)
{
    return ask_integer(db, CF__COUNT, model, &options);
}

bool cf_has_(cf_db *db, const struct cf_model *model, struct cf_find_options options)
{
    return ask_integer(db, CF__EXISTS, model, &options) != 0;
}

/* ---- cf_get ----------------------------------------------------------------------------------------------------- */

/* The operands that are stored as they are; an integer is welcome to a boolean and an enumeration, a text to a UUID. */
static const enum cf_operand_kind kinds[CF_TYPE_COUNT_] = {
    [CF_TYPE_INTEGER] = CF_OPERAND_INTEGER,     [CF_TYPE_SMALL_INTEGER] = CF_OPERAND_INTEGER,
    [CF_TYPE_BIG_INTEGER] = CF_OPERAND_INTEGER, [CF_TYPE_BOOLEAN] = CF_OPERAND_BOOLEAN,
    [CF_TYPE_FLOAT] = CF_OPERAND_NUMBER,        [CF_TYPE_NUMERIC] = CF_OPERAND_DECIMAL,
    [CF_TYPE_STRING] = CF_OPERAND_TEXT,         [CF_TYPE_TEXT] = CF_OPERAND_TEXT,
    [CF_TYPE_CHOICES] = CF_OPERAND_TEXT,        [CF_TYPE_DATE] = CF_OPERAND_DATE,
    [CF_TYPE_TIME] = CF_OPERAND_CLOCK,          [CF_TYPE_DATETIME] = CF_OPERAND_TIME,
    [CF_TYPE_UUID] = CF_OPERAND_UUID,           [CF_TYPE_BLOB] = CF_OPERAND_BYTES,
};

enum fit { FITS, MATCHES_NOTHING, WRONG_TYPE };

enum { VALUE = offsetof(struct cf_operand, integer) }; /* where every member of an operand's union begins */

/* Puts a key's value into a field. */
static enum fit store_key(const struct cf_column *column, void *row, const struct cf_operand *value)
{
    void *place = (char *)row + column->offset;
    if (value->kind == CF_OPERAND_TEXT && !value->text)
        return WRONG_TYPE;
    if (column->type == CF_TYPE_UUID && value->kind == CF_OPERAND_TEXT)
        return cf_uuid_parse(value->text, place) ? FITS : MATCHES_NOTHING;
    if (column->type == CF_TYPE_ENUM && value->kind == CF_OPERAND_INTEGER)
        *(int *)place = (int)value->integer;
    else if (column->type == CF_TYPE_BOOLEAN && value->kind == CF_OPERAND_INTEGER)
        *(bool *)place = value->integer != 0;
    else if (kinds[column->type] == value->kind && value->kind != CF_OPERAND_NULL)
        memcpy(place, (const char *)value + VALUE, cf__field_size(column));
    else
        return WRONG_TYPE;
    return FITS;
}

/* A struct with the key in its fields; NULL where no row can have such a key. */
static void *keyed_row(struct cf__session *session, const struct cf__rows_of *of, const struct cf_key_values *key)
{
    const struct cf_model *model = of->model;
    void *row = cf_alloc(&session->head, model->size);
    enum fit worst = FITS;
    if ((size_t)__builtin_popcountll(of->key) != key->count)
        cf_raise(CF_INTERNAL, "cf_get of %s: its primary key has %d columns, %zu values were given", model->name,
                 __builtin_popcountll(of->key), key->count);
    const struct cf_operand *value = key->items;
    for (uint64_t left = of->key; left; left &= left - 1, value++) {
        const struct cf_column *column = &model->columns[__builtin_ctzll(left)];
        enum fit fit = store_key(column, row, value);
        if (fit == WRONG_TYPE)
            cf_raise(CF_INTERNAL, "cf_get of %s: the value for %s is not of its type", model->name, column->name);
        worst = fit > worst ? fit : worst;
    }
    return worst == FITS ? row : NULL;
}

void *cf_get_(cf_db *db, const struct cf_model *model, struct cf_key_values key, struct cf_find_options options)
{
    struct cf__session *session = cf__session_of(db);
    need_table(model);
    cf__session_need_engine(session);
    struct cf__rows_of *of = cf__rows_of(session, model);
    void *keyed = keyed_row(session, of, &key);
    if (!keyed)
        return NULL;
    struct cf__slot known = cf__identity_find(session, of, keyed);
    if (known.chunk && known.chunk->states[known.at] == CF__ROW_DELETED)
        return NULL;
    if (known.chunk && !options.refresh)
        return cf__slot_row(of, known);
    struct cf__query query = { .kind = CF__SELECT, .model = model, .columns = of->columns, .key_row = keyed };
    return find(session, &query, &options, 1)->items[0];
}

/* ---- SQL of the user's own -------------------------------------------------------------------------------------- */

void *cf_sql_(cf_db *db, const struct cf_model *model, const char *text, struct cf_values values)
{
    struct cf__session *session = cf__session_of(db);
    uint64_t read;
    cf__session_need_engine(session);
    cf__autoflush(session, NULL);
    struct loading loading = { .session = session, .of = cf__rows_of(session, model), .limit = SIZE_MAX };
    struct cf__rows rows = cf__link_sql(&session->link, text, values.items, values.count, model, &read, false);
    loading.tracked =
        model->table && read == loading.of->columns; /* else a field not read would be taken for a value */
    loading.alone = loading.tracked;
    return load(&loading, &rows);
}

int64_t cf_sql_execute_(cf_db *db, const char *text, struct cf_values values)
{
    struct cf__session *session = cf__session_of(db);
    cf__session_need_engine(session);
    cf__autoflush(session, NULL);
    struct cf__rows rows = cf__link_sql(&session->link, text, values.items, values.count, NULL, NULL, true);
    return cf__rows_changed(&rows);
}

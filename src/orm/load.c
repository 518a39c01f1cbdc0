/* SPDX-License-Identifier: MIT
 *
 * Loading: queries to lists of objects. Rows are decoded straight into chunks that grow, so a result of any size takes few
 * allocations and lies side by side; a row the session has already is pointed to instead.
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
    bool look_up; /* there are objects of the model already */
    struct list *list;
    size_t capacity;
    char *rows; /* the chunk being filled */
    size_t filled, room;
};

static void need_table(const struct cf_model *model)
{
    if (!model->table)
        cf_raise(CF_INTERNAL, "%s is a SHAPE: it has no table; fill it with cf_sql", model->name);
}

/* ---- Lists -------------------------------------------------------------------------------------------------------------- */

static void append(struct loading *loading, void *item)
{
    struct list *list = loading->list;
    if (list->count + 1 >= loading->capacity) { /* the NULL at the end has its place */
        size_t capacity = loading->capacity ? loading->capacity * 2 : FIRST_CHUNK;
        list->items = cf__resize(loading->session->context, list->items, loading->capacity * sizeof(void *), capacity * sizeof(void *));
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

static char *next_row(struct loading *loading)
{
    size_t size = loading->of->model->size;
    if (loading->rows && loading->filled == loading->room)
        finish_chunk(loading);
    if (!loading->rows) {
        loading->room = loading->room ? loading->room * 2 : FIRST_CHUNK;
        if (loading->room > LARGEST_CHUNK)
            loading->room = LARGEST_CHUNK;
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

static struct list *load(struct cf__session *session, const struct cf_model *model, struct cf__rows *rows,
                         const struct cf_find_options *options, bool tracked)
{
    struct loading loading = {
        .session = session,
        .of = cf__rows_of(session, model),
        .tracked = tracked,
        .refresh = options->refresh,
        .list = cf_alloc(&session->head, sizeof(struct list)),
    };
    loading.look_up = tracked && loading.of->chunks;
    for (char *row = next_row(&loading); cf__rows_next(rows, row); row = next_row(&loading))
        append(&loading, object_of(&loading, row));
    finish_chunk(&loading);
    if (!loading.list->items)
        loading.list->items = cf_alloc(&session->head, sizeof(void *));
    loading.list->items[loading.list->count] = NULL;
    return loading.list;
}

static struct cf__query query_of(enum cf__query_kind kind, const struct cf_model *model, const struct cf_find_options *options)
{
    return (struct cf__query){ .kind = kind,
                               .model = model,
                               .columns = kind == CF__SELECT ? cf__model_columns(model) : 0,
                               .where = options->where,
                               .order_by = kind == CF__SELECT ? &options->order_by : NULL,
                               .limit = options->limit,
                               .offset = options->offset };
}

static struct list *find(struct cf__session *session, const struct cf_model *model, const struct cf_find_options *options)
{
    need_table(model);
    cf__session_need_engine(session);
    cf__autoflush(session, model);
    struct cf__query query = query_of(CF__SELECT, model, options);
    struct cf__rows rows = cf__link_run(&session->link, &query);
    return load(session, model, &rows, options, !options->read_only);
}

/* ---- cf_find, cf_find_one, cf_count, cf_has ---------------------------------------------------------------------------- */

void *cf_find_(cf_db *db, const struct cf_model *model, struct cf_find_options options)
{
    if (options.limit < 0 || options.offset < 0)
        cf_raise(CF_INTERNAL, "cf_find of %s: .limit and .offset are not negative", model->name);
    return find(cf__session_of(db), model, &options);
}

void *cf_find_one_(cf_db *db, const struct cf_model *model, struct cf_find_options options)
{
    options.limit = 1;
    return ((struct list *)cf_find_(db, model, options))->items[0];
}

static int64_t ask_integer(cf_db *db, enum cf__query_kind kind, const struct cf_model *model, const struct cf_find_options *options)
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

/* ---- cf_get -------------------------------------------------------------------------------------------------------------- */

/* Puts a key's value into a field; false where the type of the value is another. */
static bool store_key(const struct cf_column *column, void *row, const struct cf_operand *value)
{
    void *place = (char *)row + column->offset;
    switch (column->type) {
    case CF_TYPE_INTEGER:
    case CF_TYPE_SMALL_INTEGER:
    case CF_TYPE_BIG_INTEGER:
        return value->kind == CF_OPERAND_INTEGER && (*(int64_t *)place = value->integer, true);
    case CF_TYPE_UUID:
        if (value->kind == CF_OPERAND_TEXT)
            return value->text && cf_uuid_parse(value->text, place);
        return value->kind == CF_OPERAND_UUID && (*(cf_uuid *)place = value->uuid, true);
    case CF_TYPE_STRING:
    case CF_TYPE_TEXT:
    case CF_TYPE_CHOICES:
        return value->kind == CF_OPERAND_TEXT && value->text && (*(const char **)place = value->text, true);
    case CF_TYPE_DATE:
        return value->kind == CF_OPERAND_DATE && (*(cf_date *)place = value->date, true);
    case CF_TYPE_DATETIME:
        return value->kind == CF_OPERAND_TIME && (*(cf_time *)place = value->time, true);
    case CF_TYPE_ENUM:
        return value->kind == CF_OPERAND_INTEGER && (*(int *)place = (int)value->integer, true);
    default:
        return false;
    }
}

static void *keyed_row(struct cf__session *session, const struct cf__rows_of *of, const struct cf_key_values *key)
{
    const struct cf_model *model = of->model;
    size_t given = 0;
    void *row = cf_alloc(&session->head, model->size);
    if ((size_t)__builtin_popcountll(of->key) != key->count)
        cf_raise(CF_INTERNAL, "cf_get of %s: its primary key has %d columns, %zu values were given", model->name,
                 __builtin_popcountll(of->key), key->count);
    for (uint64_t left = of->key; left; left &= left - 1, given++) {
        const struct cf_column *column = &model->columns[__builtin_ctzll(left)];
        if (!store_key(column, row, &key->items[given]))
            cf_raise(CF_INTERNAL, "cf_get of %s: the value for %s is not of its type", model->name, column->name);
    }
    return row;
}

void *cf_get_(cf_db *db, const struct cf_model *model, struct cf_key_values key, struct cf_find_options options)
{
    struct cf__session *session = cf__session_of(db);
    need_table(model);
    cf__session_need_engine(session);
    struct cf__rows_of *of = cf__rows_of(session, model);
    void *keyed = keyed_row(session, of, &key);
    struct cf__slot known = of->chunks ? cf__identity_find(session, of, keyed) : (struct cf__slot){ 0 };
    if (known.chunk && known.chunk->states[known.at] == CF__ROW_DELETED)
        return NULL;
    if (known.chunk && !options.refresh)
        return cf__slot_row(of, known);
    cf__autoflush(session, model);
    struct cf__query query = { .kind = CF__SELECT, .model = model, .columns = of->columns, .key_row = keyed };
    struct cf__rows rows = cf__link_run(&session->link, &query);
    return load(session, model, &rows, &options, !options.read_only)->items[0];
}

/* ---- SQL of the user's own -------------------------------------------------------------------------------------------------- */

void *cf_sql_(cf_db *db, const struct cf_model *model, const char *text, struct cf_values values)
{
    struct cf__session *session = cf__session_of(db);
    const struct cf_find_options options = { 0 };
    uint64_t read;
    cf__session_need_engine(session);
    cf__autoflush(session, NULL);
    struct cf__rows rows = cf__link_sql(&session->link, text, values.items, values.count, model, &read, false);
    return load(session, model, &rows, &options, model->table && read == cf__model_columns(model));
}

int64_t cf_sql_execute_(cf_db *db, const char *text, struct cf_values values)
{
    struct cf__session *session = cf__session_of(db);
    cf__session_need_engine(session);
    cf__autoflush(session, NULL);
    struct cf__rows rows = cf__link_sql(&session->link, text, values.items, values.count, NULL, NULL, true);
    return cf__rows_changed(&rows);
}

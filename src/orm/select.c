/* SPDX-License-Identifier: MIT
 *
 * cf_select: the rows of a query as structs of a SHAPE. The session knows nothing of them; it only writes what is pending
 * first, since the query may look at any table.
 */
#include <string.h>

#include "state.h"

static struct cf__session *prepare(cf_db *db, const struct cf_model *from, cf_subquery *query)
{
    struct cf__session *session = cf__session_for(db, from);
    cf__session_need_engine(session);
    if (!query->no_autoflush)
        cf__autoflush(session, NULL);
    query->lock = cf__session_lock(session, query->lock);
    return session;
}

struct cf__asking cf__ask_select(cf_db *db, const struct cf_model *shape, cf_subquery *query)
{
    struct cf__session *session = prepare(db, query->from ? query->from : shape, query);
    return (struct cf__asking){ .session = session,
                                .query = { .kind = CF__SELECT,
                                           .model = query->shape,
                                           .columns = cf__model_columns(query->shape),
                                           .select = query } };
}

struct cf__items *cf__answer_select(const struct cf__asking *asking)
{
    struct cf__rows rows = cf__link_run(&asking->session->link, &asking->query);
    return cf__load_untracked(asking->session, asking->query.model, &rows);
}

static struct cf__items *find(cf_db *db, const struct cf_model *shape, cf_subquery *query)
{
    struct cf__asking asking = cf__ask_select(db, shape, query);
    return cf__answer_select(&asking);
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

/* ---- One value -------------------------------------------------------------------------------------------------- */

/* The run of a query of one value, to be read into fields of `column`. */
static struct cf__rows ask(cf_db *db, const char *call, struct cf_column *column, struct cf_operand value,
                           const struct cf_select_options *options, bool one)
{
    cf__need_value(call, column, &value);
    cf_subquery *query = cf_subquery_of_(value, options);
    query->limit = one ? 1 : query->limit;
    struct cf__session *session = prepare(db, query->from, query);
    return cf__link_run(&session->link,
                        &(struct cf__query){ .kind = CF__SELECT, .model = query->from, .select = query });
}

/* A Nullable column of a type. */
static struct cf_column column_of(enum cf_type type)
{
    return (struct cf_column){ .name = "the value", .type = type, .nullable = true };
}

/* Fills its field at `place`, where there is a row. */
static void ask_one(cf_db *db, const char *call, enum cf_type type, struct cf_operand value,
                    const struct cf_select_options *options, void *place)
{
    struct cf_column column = column_of(type);
    struct cf__rows rows = ask(db, call, &column, value, options, true);
    cf__rows_value(&rows, &column, place);
}

#define VALUE(kind, type, column_type)                                                                    \
    type cf_select_##kind##_(cf_db *db, struct cf_operand value, const struct cf_select_options *options) \
    {                                                                                                     \
        type result = { 0 };                                                                              \
        ask_one(db, "cf_select_" #kind, column_type, value, options, &result);                            \
        return result;                                                                                    \
    }
CF__SINGLE_VALUES(VALUE)
VALUE(decimal, cf_optional_decimal, CF_TYPE_NUMERIC)

const char *cf_select_text_(cf_db *db, struct cf_operand value, const struct cf_select_options *options)
{
    const char *result = NULL;
    ask_one(db, "cf_select_text", CF_TYPE_TEXT, value, options, &result);
    return result;
}

/* ---- The values of one column ----------------------------------------------------------------------------------- */

/* An array that grows; its items follow one another. */
struct growing {
    char *items;
    size_t size, count, capacity;
};

static void append(cf_db *db, struct growing *list, const void *item)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 16;
        char *items = cf_alloc(db, list->capacity * list->size);
        if (list->count)
            memcpy(items, list->items, list->count * list->size);
        list->items = items;
    }
    memcpy(list->items + list->count++ * list->size, item, list->size);
}

/* A Nullable field begins with its value; of a text it is the value. */
#define VALUES(name, result, field, item, column_type, is_value)                                                     \
    struct result cf_select_##name##_(cf_db *db, struct cf_operand value, const struct cf_select_options *options) { \
        struct cf_column column = column_of(column_type);                                                            \
        struct growing list = { .size = sizeof(item) };                                                              \
        struct cf__rows rows = ask(db, "cf_select_" #name, &column, value, options, false);                          \
        for (field each = { 0 }; cf__rows_next_value(&rows, &column, &each); each = (field){ 0 })                    \
            if (is_value)                                                                                            \
                append(db, &list, &each);                                                                            \
        cf__rows_end(&rows);                                                                                         \
        return (struct result){ (item *)list.items, list.count };                                                    \
    }
#define OPTIONAL_VALUES(kind, type, column_type) \
    VALUES(kind##s, cf_##kind##_values, cf_optional_##kind, type, column_type, each.is_set)
OPTIONAL_VALUES(integer, int64_t, CF_TYPE_INTEGER)
OPTIONAL_VALUES(number, double, CF_TYPE_FLOAT)
OPTIONAL_VALUES(decimal, cf_decimal, CF_TYPE_NUMERIC)
OPTIONAL_VALUES(time, cf_time, CF_TYPE_DATETIME)
OPTIONAL_VALUES(date, cf_date, CF_TYPE_DATE)
OPTIONAL_VALUES(uuid, cf_uuid, CF_TYPE_UUID)
VALUES(texts, cf_text_values, const char *, const char *, CF_TYPE_TEXT, each)

/* SPDX-License-Identifier: MIT
 *
 * SQL of the user's own that gives no objects: statements that change, single values, rows for cf_sql_json. Each first writes
 * what is pending, since nobody knows which tables it looks at.
 */
#include "../text/number.h"
#include "state.h"

struct cf__bound_sql cf__sql_ready(struct cf__session *session, const char *text, const struct cf_values *values)
{
    cf__session_need_engine(session);
    cf__autoflush(session, NULL);
    return cf__sql_bind(session->context, cf__engine_driver(session->engine)->dialect, text, values);
}

static struct cf__rows run(cf_db *db, const char *text, const struct cf_values *values, bool write)
{
    struct cf__session *session = cf__session_of(db);
    const struct cf__bound_sql sql = cf__sql_ready(session, text, values);
    return cf__link_sql(&session->link, sql.text, sql.values, sql.count, NULL, NULL, write);
}

int64_t cf_sql_execute_(cf_db *db, const char *text, struct cf_values values)
{
    struct cf__rows rows = run(db, text, &values, true);
    return cf__rows_changed(&rows);
}

struct cf__rows cf__session_sql(cf_db *db, const char *text, struct cf_values values)
{
    return run(db, text, &values, false);
}

/* ---- One value -------------------------------------------------------------------------------------------------- */

static struct cf__rows ask(cf_db *db, const char *call, const char *text, const struct cf_values *values)
{
    struct cf__rows rows = run(db, text, values, false);
    if (cf__rows_columns(&rows) == 0) {
        cf__rows_end(&rows);
        cf_raise(CF_INTERNAL, "%s was given SQL that gives no value: run it by cf_sql_execute", call);
    }
    return rows;
}

static void read_value(struct cf__rows *rows, enum cf_type type, unsigned scale, void *place)
{
    const struct cf_column column = { .name = "the value", .type = type, .scale = scale, .nullable = true };
    cf__rows_value(rows, &column, place);
}

#define VALUE(kind, type, column_type)                                                 \
    type cf_sql_scalar_##kind##_(cf_db *db, const char *text, struct cf_values values) \
    {                                                                                  \
        type result = { 0 };                                                           \
        struct cf__rows rows = ask(db, "cf_sql_" #kind, text, &values);                \
        read_value(&rows, column_type, 0, &result);                                    \
        return result;                                                                 \
    }
CF__SINGLE_VALUES(VALUE)

const char *cf_sql_scalar_text_(cf_db *db, const char *text, struct cf_values values)
{
    const char *result = NULL;
    struct cf__rows rows = ask(db, "cf_sql_text", text, &values);
    read_value(&rows, CF_TYPE_TEXT, 0, &result);
    return result;
}

static cf_optional_decimal parse(const char *text)
{
    cf_optional_decimal decimal = { .is_set = text != NULL };
    if (text && !cf_decimal_parse(text, &decimal.value))
        cf_raise(CF_CORRUPT, "the value holds \"%.60s\", which is no value of its type", text);
    return decimal;
}

/* The digits of a decimal are those that the database says it has. A computed one is a REAL or a text in SQLite, whose digits
 * only the value itself tells. */
cf_optional_decimal cf_sql_scalar_decimal_(cf_db *db, const char *text, struct cf_values values)
{
    cf_optional_decimal decimal = { 0 };
    cf_optional_number number = { 0 };
    const char *digits = NULL;
    char shortest[CF__NUMBER_TEXT];
    struct cf__rows rows = ask(db, "cf_sql_decimal", text, &values);
    struct cf_column found = { 0 };
    cf__rows_type(&rows, 0, &found);
    switch (found.type) {
    case CF_TYPE_FLOAT:
        read_value(&rows, CF_TYPE_FLOAT, 0, &number);
        if (number.is_set)
            cf__format_number(number.value, shortest);
        return parse(number.is_set ? shortest : NULL);
    case CF_TYPE_TEXT:
        read_value(&rows, CF_TYPE_TEXT, 0, &digits);
        return parse(digits);
    default:
        read_value(&rows, CF_TYPE_NUMERIC, found.type == CF_TYPE_NUMERIC ? found.scale : 0, &decimal);
        return decimal;
    }
}

/* ---- A query in words ------------------------------------------------------------------------------------------- */

/* The query as it would be run. */
struct shown {
    cf_subquery query;
    struct cf__query run;
    const struct cf_dialect *dialect;
};

static const cf_subquery *first_of(const cf_subquery *query)
{
    while (query->compound)
        query = query->parts[0];
    return query;
}

static void show(struct shown *shown, cf_db *db, const cf_subquery *query)
{
    const struct cf_model *from = first_of(query)->from, *shape = query->shape ? query->shape : from;
    const struct cf__session *session = cf__session_for(db, from);
    cf__session_need_engine(session);
    shown->dialect = cf__engine_driver(session->engine)->dialect;
    shown->query = *query;
    if (!(cf__engine_driver(session->engine)->capabilities & CF_CAN_LOCK_ROWS))
        shown->query.lock = 0;
    shown->run = (struct cf__query){ .kind = CF__SELECT,
                                     .model = shape,
                                     .columns = query->shape ? cf__model_columns(shape) : 0,
                                     .select = &shown->query };
}

const char *cf_query_sql(cf_db *db, const cf_subquery *query)
{
    struct shown shown;
    show(&shown, db, query);
    struct cf__buffer sql = cf__buffer_new(cf__current(), CF__CAP_SQL, "a statement");
    cf__query_sql(&shown.run, shown.dialect, &sql);
    return cf__buffer_text(&sql);
}

const char *cf_query_parameters(cf_db *db, const cf_subquery *query)
{
    struct shown shown;
    struct cf__parameters parameters = { 0 };
    show(&shown, db, query);
    cf__query_shape(&shown.run, shown.dialect, cf__current(), &parameters);
    return cf__echo_values(cf__current(), &parameters);
}

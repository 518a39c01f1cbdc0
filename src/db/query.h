/* SPDX-License-Identifier: MIT
 *
 * Queries as data, and their compilation to SQL. One walk does both that is needed (pen.h): every time a hash of the
 * query's shape and the list of its parameters, and, where the statement cache does not know the shape, its SQL.
 */
#ifndef CARAFE_DB_QUERY_H
#define CARAFE_DB_QUERY_H

#include <carafe/select.h>
#include <carafe/sys/driver.h>

#include "../base/buffer.h"

/* Immutable once made, so that one may stand in many places. */
struct cf_expr {
    enum cf_operator operator;
    bool has_query;                       /* somewhere in it: it may look at any table */
    const struct cf_column *like;         /* a column whose values are of its type; NULL where that is not known */
    struct cf_operand left, right, third; /* third: the high end of BETWEEN */
    size_t count;                         /* of items, values or whens */
    const struct cf_expr *const *items;   /* AND, OR, NOT (one) */
    const struct cf_operand *values;      /* IN, functions of any number of arguments */
    int64_t number;                       /* written into the SQL: digits of a rounding, rows of a lag */
    const char *name;                     /* FUNCTION, COLLATE; GROUP_CONCAT: the separator */
    const struct cf_when *whens;          /* CASE */
    const struct cf_window *window;       /* OVER */
    const struct cf_order_list *order;    /* GROUP_CONCAT, WITHIN_GROUP, or NULL */
    const struct cf_subquery *query;      /* EXISTS, IN_SELECT, SCALAR */
    const struct cf_column *along;        /* ALONG: the relation; items[0] is the condition, where there is one */
};

/* What a query calls a model or a query in its place: the content of cf_model.alias. */
struct cf_alias {
    const char *name;
    const struct cf_model *of;
    const struct cf_subquery *query; /* of cf_as and cf_with */
    bool common;                     /* WITH */
    bool recursive;
};

/* The model by which a query knows a table: that of the declaration or the alias, of which a program may have copies. */
static inline const struct cf_model *cf__model_of(const struct cf_model *copy)
{
    return copy->columns->model;
}
static inline const struct cf_model *cf__declared_model(const struct cf_model *model)
{
    return model->alias ? model->alias->of : model;
}

struct cf_subquery {
    enum cf_compound compound; /* of parts, or CF_PLAIN_QUERY of all else */
    const struct cf_subquery *const *parts;
    size_t part_count;
    const struct cf_model *from;
    const struct cf_model *shape;      /* what is selected: the fields of a shape, by these expressions … */
    const cf_expr *const *expressions; /* … NULL: the column of `from` that has the field's name */
    struct cf_operand only;            /* … or this alone, where there is neither shape nor columns … */
    uint64_t columns;                  /* … or columns of `from`, a bit each */
    const struct cf_join *joins;       /* ended by one without `joined`; NULL: none */
    const struct cf__beside *beside;   /* rows of other models that are read with those of `columns` */
    size_t beside_count;
    const void *key_row; /* by primary key: the struct whose key names the row; else `where` */
    const cf_expr *where, *having;
    const cf_expr *const *group_by; /* ended by NULL, or eight */
    const struct cf_order_list *order_by;
    int64_t limit, offset; /* limit 0: none */
    bool distinct;
    bool no_autoflush; /* of who runs it */
    enum cf_lock lock;
    const struct cf_model *const *lock_of; /* the tables it is of, ended by NULL; NULL: all */
    bool
        hides_deleted; /* rows of other tables that CF_SOFT_DELETE hides, where it joins them or asks along relations */
};

/* On no table: .from = cf_nothing. */
static inline bool cf__is_on_nothing(const struct cf_subquery *query)
{
    return query->from == &cf_nothing.model_;
}

enum cf__query_kind { CF__SELECT, CF__COUNT, CF__EXISTS };

/* A query to run: the rows of one model's table, their number, whether there is any; or `select`. */
struct cf__query {
    enum cf__query_kind kind;
    const struct cf_model *model; /* whose structs the rows are */
    uint64_t columns;             /* read by SELECT; bit i is model->columns[i] */
    const void *key_row;          /* by primary key: the struct whose key names the row; else `where` */
    const cf_expr *where;
    const struct cf_order_list *order_by;
    int64_t limit, offset; /* limit 0: none */
    const struct cf_join *joins;
    const struct cf__beside *beside; /* what SELECT reads beside each row: beside.h */
    size_t beside_count;
    bool distinct;
    enum cf_lock lock;
    const struct cf_model *const *lock_of;
    bool hides_deleted;
    const struct cf_subquery
        *select; /* instead of all that is above but kind and model; columns are all of the model's */
};

/* Raises where a field cannot hold what an expression gives. */
void cf__need_like(const struct cf_column *field, const cf_expr *expression);
/* Raises in the name of `call` where a value is not of the column's type, gives the column the scale of a decimal, and casts
 * the value where it is another kind of number. */
void cf__need_value(const char *call, struct cf_column *column, struct cf_operand *value);
/* A field is a number or a decimal, what it is filled with another kind of number. */
static inline bool cf__is_to_widen(const struct cf_column *field, const struct cf_column *like)
{
    bool decimal = field->type == CF_TYPE_NUMERIC || field->type == CF_TYPE_FLOAT;
    return decimal && like && like->type != field->type;
}
/* Raises where tables to lock are named and no lock is. */
void cf__need_lock(enum cf_lock lock, const struct cf_model *const *of);
/* A copy, in the arena, of joins in `size` bytes, whose models and handles may stand on the stack of who asks; NULL where
 * there is none. */
const struct cf_join *cf__keep_joins(const struct cf_join *joins, size_t size);
/* True where a condition looks at tables other than those of its query. */
bool cf__looks_elsewhere(const cf_expr *expression);

/* The columns of a model that are columns of its table: a bit each. And those of its primary key. */
uint64_t cf__model_columns(const struct cf_model *model);
uint64_t cf__model_key(const struct cf_model *model);
/* The column's name in the database. */
static inline const char *cf__column_name(const struct cf_column *column)
{
    return column->column ? column->column : column->name;
}
/* The column of CF_SOFT_DELETE, or NULL. */
const struct cf_column *cf__deletion_of(const struct cf_model *model);
/* Bytes of a column's field in the struct. */
size_t cf__field_size(const struct cf_column *column);
/* Where a Nullable field says that it is set, from the field's start; 0: it is a pointer, whose NULL is NULL. */
size_t cf__field_flag(const struct cf_column *column);
/* "User.name" for an error; of a value that is no model's, what it is called. */
const char *cf__field_title(const struct cf_column *column);
/* Raises CF_CORRUPT: SQL NULL has come for a field that is not Nullable. */
_Noreturn void cf__refuse_null(const struct cf_column *column);
/* A field of a struct as an operand (CF_OPERAND_NULL for SQL NULL). */
struct cf_operand cf__field_value(const struct cf_column *column, const void *row);
/* Raises what a database holds or has computed and a field cannot: `what` as it is to be read. A computed integer that is too
 * large is CF_INVALID, as where the database finds it; all else is CF_CORRUPT. */
_Noreturn void cf__refuse_value(const struct cf_column *column, const char *what, bool too_large);

struct cf__parameters {
    struct cf_parameter *items;
    size_t count, capacity;
};
/* Shape and parameters of a query. Equal shapes give equal SQL. Raises CF_INTERNAL for a NULL text in a comparison
 * (naming the column), a column of a table that is not in the query, and what its dialect cannot say. */
uint64_t cf__query_shape(const struct cf__query *query, const struct cf_dialect *dialect, struct cf__context *context,
                         struct cf__parameters *parameters);
/* The SQL of a query in a dialect. */
void cf__query_sql(const struct cf__query *query, const struct cf_dialect *dialect, struct cf__buffer *sql);

/* The same of a condition or value alone, for statements that are no queries. Shapes and placeholders go on from what was
 * before. */
struct cf__part {
    const struct cf_operand *operand;
    const struct cf_column *beside; /* the column the value is for, or NULL */
    const struct cf_model *model;   /* whose columns it is of */
    bool hides_deleted;
    bool qualified; /* these stand behind their table's name */
};
uint64_t cf__part_shape(const struct cf__part *part, const struct cf_dialect *dialect, struct cf__context *context,
                        struct cf__parameters *parameters, uint64_t shape);
void cf__part_sql(const struct cf__part *part, const struct cf_dialect *dialect, struct cf__buffer *sql,
                  unsigned *placeholders);

/* The same of a whole query. */
uint64_t cf__subquery_shape(const struct cf_subquery *query, const struct cf_dialect *dialect,
                            struct cf__context *context, struct cf__parameters *parameters, uint64_t shape);
void cf__subquery_sql(const struct cf_subquery *query, const struct cf_dialect *dialect, struct cf__buffer *sql,
                      unsigned *placeholders);
/* Raises in the name of `call` where a query does not give what columns of that number and these types hold. */
void cf__need_fields(const char *call, const struct cf_columns *columns, const struct cf_subquery *query);

/* An identifier, quoted where it is a reserved word or not of plain lower-case letters, digits and '_'. */
void cf__sql_identifier(struct cf__buffer *sql, const struct cf_dialect *dialect, const char *name);
/* Where the value with this number, from 1 on, stands: "$1", or "?". */
void cf__sql_placeholder(struct cf__buffer *sql, const struct cf_dialect *dialect, size_t number);
/* "(author_id, slug)" */
void cf__sql_names(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_names *names);
/* A quoted SQL string. */
void cf__sql_text(struct cf__buffer *sql, const char *text);

/* DDL, from the schema. Each appends one statement without ';'. */
void cf__ddl_create_table(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_table *table);
/* CREATE VIEW active_users AS SELECT … */
void cf__ddl_create_view(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_view *view);
/* Whether an index of this kind is told by a word before INDEX (FULLTEXT, SPATIAL), where the database knows it. */
bool cf__is_index_word(const char *using);
/* "gin" of "GIN", copied; NULL of NULL. */
const char *cf__index_kind(cf_context *context, const char *using);
void cf__ddl_create_index(struct cf__buffer *sql, const struct cf_dialect *dialect, const char *table,
                          const struct cf_index *index);
/* "name VARCHAR(50) DEFAULT 'x' NOT NULL": a column of a table as in CREATE TABLE and ADD COLUMN. */
void cf__ddl_column(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_table *table,
                    const struct cf_schema_column *column);
/* " COLLATE name", or nothing. */
void cf__ddl_collation(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_schema_column *column);
/* "CONSTRAINT uq_users_email UNIQUE (email)": constraints as in CREATE TABLE and behind ADD; without a name where it is NULL. */
void cf__ddl_primary_key(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_table *table);
void cf__ddl_unique(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_unique *unique);
void cf__ddl_foreign_key(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_foreign_key *key);
void cf__ddl_check(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_check *check);
/* " REFERENCES users (id) ON DELETE CASCADE" */
void cf__ddl_references(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_foreign_key *key);
/* A column's default as it stands behind DEFAULT: 'x', 0, (SQL); nothing where it has none. */
void cf__ddl_default(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_schema_column *column);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Queries as data, and their compilation to SQL. A query is walked twice: once to a hash of its shape and the list
 * of its parameters (every time), and, where the statement cache does not know the shape, once more to SQL text.
 */
#ifndef CARAFE_DB_QUERY_H
#define CARAFE_DB_QUERY_H

#include <carafe/query.h>
#include <carafe/sys/driver.h>

#include "../base/buffer.h"

struct cf_expr {
    enum cf_operator operator;
    struct cf_operand left, right, third; /* third: the high end of BETWEEN */
    size_t count;                         /* of items (AND, OR, IN) */
    const struct cf_expr *const *items;   /* AND, OR, NOT (one) */
    const struct cf_operand *values;      /* IN */
};

enum cf__query_kind { CF__SELECT, CF__COUNT, CF__EXISTS };

/* One query on one model's table. */
struct cf__query {
    enum cf__query_kind kind;
    const struct cf_model *model;
    uint64_t columns;    /* read by SELECT; bit i is model->columns[i] */
    const void *key_row; /* by primary key: the struct whose key names the row; else `where` */
    const cf_expr *where;
    const struct cf_order_list *order_by;
    int64_t limit, offset; /* limit 0: none */
};

/* The columns of a model that are columns of its table: a bit each. And those of its primary key. */
uint64_t cf__model_columns(const struct cf_model *model);
uint64_t cf__model_key(const struct cf_model *model);
/* The column's name in the database. */
static inline const char *cf__column_name(const struct cf_column *column)
{
    return column->column ? column->column : column->name;
}
/* Bytes of a column's field in the struct. */
size_t cf__field_size(const struct cf_column *column);
/* A field of a struct as an operand (CF_OPERAND_NULL for SQL NULL). */
struct cf_operand cf__field_value(const struct cf_column *column, const void *row);

struct cf__parameters {
    struct cf_parameter *items;
    size_t count, capacity;
};
/* Shape and parameters of a query. Equal shapes give equal SQL. Raises CF_INTERNAL for a NULL text in a comparison
 * (naming the column) and a column of another model's table. */
uint64_t cf__query_shape(const struct cf__query *query, struct cf__context *context, struct cf__parameters *parameters);
/* The SQL of a query in a dialect. */
void cf__query_sql(const struct cf__query *query, const struct cf_dialect *dialect, struct cf__buffer *sql);

/* The same of a condition or value alone, for statements that are no queries: operands are columns of `model`. Shapes and
 * placeholders go on from what was before. `beside`: the column the value is for, or NULL. */
uint64_t cf__operand_shape(const struct cf_operand *operand, const struct cf_column *beside,
                           const struct cf_model *model, struct cf__context *context, struct cf__parameters *parameters,
                           uint64_t shape);
void cf__operand_sql(const struct cf_operand *operand, const struct cf_dialect *dialect, struct cf__buffer *sql,
                     unsigned *placeholders);

/* An identifier, quoted where it is a reserved word or not of plain lower-case letters, digits and '_'. */
void cf__sql_identifier(struct cf__buffer *sql, const struct cf_dialect *dialect, const char *name);
/* "(author_id, slug)" */
void cf__sql_names(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_names *names);
/* A quoted SQL string. */
void cf__sql_text(struct cf__buffer *sql, const char *text);

/* DDL, from the schema. Each appends one statement without ';'. */
void cf__ddl_create_table(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_table *table);
void cf__ddl_create_index(struct cf__buffer *sql, const struct cf_dialect *dialect, const char *table,
                          const struct cf_index *index);
/* "name VARCHAR(50) DEFAULT 'x' NOT NULL": a column as in CREATE TABLE and ADD COLUMN. */
void cf__ddl_column(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_schema_column *column);
/* "CONSTRAINT uq_users_email UNIQUE (email)": constraints as in CREATE TABLE and behind ADD; without a name where it is NULL. */
void cf__ddl_primary_key(struct cf__buffer *sql, const struct cf_dialect *dialect, const char *name,
                         const struct cf_names *columns);
void cf__ddl_unique(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_unique *unique);
void cf__ddl_foreign_key(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_foreign_key *key);
void cf__ddl_check(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_check *check);
/* " REFERENCES users (id) ON DELETE CASCADE" */
void cf__ddl_references(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_foreign_key *key);
/* A column's default as it stands behind DEFAULT: 'x', 0, (SQL); nothing where it has none. */
void cf__ddl_default(struct cf__buffer *sql, const struct cf_dialect *dialect, const struct cf_schema_column *column);

#endif

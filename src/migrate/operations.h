/* SPDX-License-Identifier: MIT
 *
 * Operations as data. What a revision records, what a difference of two schemas is made of, what is rendered as C,
 * reversed, replayed on a schema and turned into SQL: one list of one struct. What an operation of each kind means
 * in each of these stands in a table on the kind, one in each file: replay.c, reverse.c, describe.c, render.c,
 * statements.c.
 */
#ifndef CARAFE_MIGRATE_OPERATIONS_H
#define CARAFE_MIGRATE_OPERATIONS_H

#include <carafe/migrate.h>
#include <carafe/sys/schema.h>

#include "../base/buffer.h"
#include "../db/names.h"

enum cf__operation_kind {
    CF__CREATE_TABLE,
    CF__DROP_TABLE,
    CF__RENAME_TABLE,
    CF__COMMENT_TABLE,
    CF__SET_OPTION,
    CF__ADD_COLUMN,
    CF__DROP_COLUMN,
    CF__RENAME_COLUMN,
    CF__ALTER_COLUMN,
    CF__CREATE_INDEX,
    CF__DROP_INDEX,
    CF__CREATE_UNIQUE,
    CF__CREATE_PRIMARY_KEY,
    CF__CREATE_FOREIGN_KEY,
    CF__CREATE_CHECK,
    CF__DROP_CONSTRAINT,
    CF__RENAME_CONSTRAINT,
    CF__CREATE_VIEW,
    CF__DROP_VIEW,
    CF__CREATE_DDL,
    CF__DROP_DDL,
    CF__EXECUTE,
    CF__OPERATION_KINDS,
};

/* Members that a kind does not use are zero; the name of a view is `table` and `name`. `unique` also serves the primary key. */
struct cf__operation {
    enum cf__operation_kind kind;
    const char *table;
    const char *name; /* of the column, index or constraint; the table where none of these; SET_OPTION: the database */
    const char *new_name;            /* renames */
    struct cf_table *definition;     /* CREATE_TABLE */
    struct cf_schema_column *column; /* ADD_COLUMN, ALTER_COLUMN */
    struct cf_index *index;          /* CREATE_INDEX */
    struct cf_unique *unique;        /* CREATE_UNIQUE, CREATE_PRIMARY_KEY; of a planned DROP_CONSTRAINT that drops it */
    struct cf_foreign_key *foreign_key; /* CREATE_FOREIGN_KEY, and ADD_COLUMN with .references */
    struct cf_check *check;             /* CREATE_CHECK, and ADD_COLUMN with .check */
    struct cf_ddl *ddl;                 /* CREATE_DDL */
    const char *fill;                   /* ADD_COLUMN, ALTER_COLUMN: SQL for rows without a value */
    const char *sql;                    /* EXECUTE; CREATE_VIEW; SET_OPTION, NULL: none */
    const char *comment;                /* COMMENT_TABLE; NULL: none */
    bool concurrently;                  /* DROP_INDEX; of CREATE_INDEX the index says it */
};

struct cf__operations {
    cf_context *context;
    struct cf__operation *items;
    size_t count, capacity;
};

void cf__operations_add(struct cf__operations *list, const struct cf__operation *operation);
/* What a revision's upgrade or downgrade records; texts are copied to the context. */
struct cf__operations cf__record(cf_context *context, void (*function)(cf_ops *));

/* ---- schema.c: values of the schema type ------------------------------------------------------------------------ */

struct cf_schema *cf__schema_copy(cf_context *context, const struct cf_schema *schema);
/* A copy of those of its tables and views that `other` has by name, too. */
struct cf_schema *cf__schema_shared(cf_context *context, const struct cf_schema *schema, const struct cf_schema *other);
struct cf_table cf__table_copy(cf_context *context, const struct cf_table *table);
struct cf_schema_column cf__column_copy(cf_context *context, const struct cf_schema_column *column);
struct cf_names cf__names_copy(cf_context *context, const struct cf_names *names);
/* `items` with room for one more: a new array, the old one stays as it is. */
void *cf__array_with_room(cf_context *context, const void *items, size_t count, size_t size);

bool cf__texts_equal(const char *left, const char *right); /* NULL equals NULL only */
bool cf__columns_equal(const struct cf_schema_column *left, const struct cf_schema_column *right);
/* Whether SQL names a column, as a word or quoted. */
bool cf__sql_mentions(const char *sql, const char *column);
/* Content, the names left out. */
bool cf__indexes_equal(const struct cf_index *left, const struct cf_index *right);
bool cf__uniques_equal(const struct cf_unique *left, const struct cf_unique *right);
bool cf__foreign_keys_equal(const struct cf_foreign_key *left, const struct cf_foreign_key *right);
bool cf__ddls_equal(const struct cf_ddl *left, const struct cf_ddl *right);
/* "author_id, slug" */
const char *cf__names_text(cf_context *context, const struct cf_names *names);
const char *cf__index_text(cf_context *context, const struct cf_index *index); /* "created DESC, author_id" */

struct cf_unique *cf__table_unique(const struct cf_table *table, const char *name);
struct cf_index *cf__table_index(const struct cf_table *table, const char *name);
struct cf_foreign_key *cf__table_foreign_key(const struct cf_table *table, const char *name);
struct cf_check *cf__table_check(const struct cf_table *table, const char *name);
struct cf_ddl *cf__own_ddl(const struct cf_table *table, const char *name);
struct cf_ddl cf__ddl_copy(cf_context *context, const struct cf_ddl *ddl);
/* The constraints that go with a column when it is dropped, as cf_add_column gives them: the foreign key of it alone
 * and the check named after it; NULL where there is none. */
struct cf_foreign_key *cf__column_foreign_key(const struct cf_table *table, const char *column);
struct cf_check *cf__column_check(cf_context *context, const struct cf_table *table, const char *column);

/* ---- replay.c, reverse.c, describe.c ---------------------------------------------------------------------------- */

/* Changes the schema as the operation says. Raises CF_INTERNAL "revision 9c1d7b20aa34: add column users.age: there
 * is no table users" (`revision` NULL: without that part). */
void cf__apply(cf_context *context, struct cf_schema *schema, const struct cf__operation *operation,
               const char *revision);
void cf__apply_all(cf_context *context, struct cf_schema *schema, const struct cf__operations *list,
                   const char *revision);

/* The operation that undoes `operation`, given the schema before it. False for EXECUTE. */
bool cf__reverse(cf_context *context, const struct cf_schema *before, const struct cf__operation *operation,
                 struct cf__operation *out);
/* The list that undoes `list`, last first, given the schema before its first. */
struct cf__operations cf__reverse_all(cf_context *context, const struct cf_schema *before,
                                      const struct cf__operations *list);

/* "add column users.age": for errors. */
const char *cf__operation_text(cf_context *context, const struct cf__operation *operation);
/* "added column 'users.age'", given the schema before it: for people. */
const char *cf__operation_describe(cf_context *context, const struct cf_schema *before,
                                   const struct cf__operation *operation);
/* A column's type in the words of MODEL: Nullable(String(50)). */
const char *cf__type_text(cf_context *context, const struct cf_schema_column *column);

/* ---- diff.c ----------------------------------------------------------------------------------------------------- */

struct cf__diff_options {
    bool allow_drop; /* else what loses data raises, and says what to write */
    bool lenient;    /* only to be shown: nothing raises */
    /* The columns are compared as this dialect declares them (a live database), else exactly. */
    const struct cf_dialect *dialect;
};
/* The operations that lead from one schema to the other. Raises CF_INTERNAL where a person must decide. */
struct cf__operations cf__diff(cf_context *context, const struct cf_schema *from, const struct cf_schema *to,
                               const struct cf__diff_options *options);

/* ---- unnamed.c ------------------------------------------------------------------------------------------------- */

/* A copy in which constraints without a name have those of their likes in `other`. */
struct cf_schema *cf__schema_named(cf_context *context, const struct cf_schema *schema, const struct cf_schema *other,
                                   const struct cf_dialect *dialect);

/* ---- items.c, render.c ------------------------------------------------------------------------------------------ */

/* A table in the words of MODEL: its columns and, as their options or as entries, those constraints whose names the
 * words give. */
struct cf__items {
    struct cf_column *items; /* .name is the word, .column the column's name where that is no word */
    size_t count;
};
struct cf__items cf__items_of_table(cf_context *context, const struct cf_table *table);
/* Moves out of *table, into *rest, what MODEL's words do not give: creating *table and applying the rest gives the
 * whole. */
void cf__items_split(cf_context *context, struct cf_table *table, struct cf__operations *rest);

/* Of these only what Ddl entries give, but for what the table needs (before = true), which stays with it. */
void cf__ddls_split(cf_context *context, struct cf_table *table, struct cf__operations *rest);

/* One of them as C: (name, String(50), unique = true). `column` is that of the schema, NULL of an entry. */
void cf__render_item(struct cf__buffer *out, const struct cf_column *item, const struct cf_schema_column *column);
/* Whether a name can be a field's. */
bool cf__is_field(const char *name);

/* ---- reflect.c -------------------------------------------------------------------------------------------------- */

/* An inspected schema as a header of models, with the relations that its foreign keys say. What MODEL has no words for
 * becomes a comment. */
const char *cf__reflect(cf_context *context, const struct cf_schema *schema);

/* ---- render.c --------------------------------------------------------------------------------------------------- */

/* In one line, and unable to end the comment it stands in. */
const char *cf__comment_text(cf_context *context, const char *text);
/* A text as a C string literal. */
void cf__c_string(struct cf__buffer *out, const char *text);
/* One call of migrate.h, indented, with its line end. */
void cf__render_operation(struct cf__buffer *out, const struct cf__operation *operation);

struct cf__revision_text {
    const char *id, *message;
    const char *revises[8]; /* NULL-terminated unless full */
    int64_t created;        /* microseconds */
    const struct cf__operations *upgrade, *downgrade;
};
/* A revision's file. */
const char *cf__render_revision(cf_context *context, const struct cf__revision_text *revision);
/* "20261122_2150_4f2a91c0d3e7_create_users.c" */
const char *cf__revision_file_name(cf_context *context, const struct cf__revision_text *revision);
/* 64 hex digits that change when an operation does. */
const char *cf__operations_hash(cf_context *context, const struct cf__operations *list);

#endif

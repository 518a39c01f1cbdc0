/* SPDX-License-Identifier: MIT
 *
 * The one schema type. Models become it, an inspected database becomes it, a replay of revisions becomes it: a
 * migration is the difference of two values of this type, and so is the check of a live database.
 *
 * Everything in a schema lives in the context it was made in; names are those of the database. Order is meaningful for
 * columns and for the columns of a key, and is the order of declaration elsewhere.
 */
#ifndef CARAFE_SYS_SCHEMA_H
#define CARAFE_SYS_SCHEMA_H

#include <carafe/model.h>
#include <carafe/sys/context.h>

enum cf_default_kind { CF_DEFAULT_NONE, CF_DEFAULT_LITERAL, CF_DEFAULT_SQL };

struct cf_schema_column {
    const char *name;
    enum cf_type type;
    unsigned length, scale;
    bool nullable, identity;
    const char *const *labels; /* of CF_TYPE_ENUM and CF_TYPE_CHOICES, which are one type here: CF_TYPE_CHOICES; inspected,
                                  of an enumeration of the database's own (CF_TYPE_NONE) */
    enum cf_default_kind default_kind;
    const char *default_text; /* the literal unquoted ("false", "draft"), or the SQL */
    const char *was;          /* the name before, or NULL */
    const char *field;        /* the model's field, or NULL */
    const char *raw_type;     /* as the database spells it, where inspected: for types that are none of ours (type CF_TYPE_NONE) */
    const char *sql_type;     /* "postgresql: citext; mariadb: INET6": what these databases call its type, or NULL */
    const char *collation;    /* where it is not the default's, or NULL */
    const char *comment;      /* or NULL */
    int64_t start, increment; /* of an identity: its first number, and the step to the next; 0: 1 */
    bool autoincrement;       /* of an identity: the number of a row that is gone is not given again */
    const char *generated;    /* the expression of a computed column, or NULL */
    bool generated_stored;    /* its value is kept in the table */
    const char *on_conflict;  /* inspected: NOT NULL ON CONFLICT "REPLACE"; or NULL */
};

/* A list of column names. */
struct cf_names {
    const char **items;
    size_t count;
};

struct cf_unique {
    const char *name;
    struct cf_names columns;
    const char *on_conflict; /* inspected: "REPLACE"; or NULL */
    bool nulls_not_distinct; /* NULL is once in it as well */
    bool deferrable, deferred; /* DEFERRABLE; INITIALLY DEFERRED, which is deferrable too */
};
struct cf_index {
    const char *name;
    struct cf_names columns; /* none where it is more than a list of columns: then `expressions` or `sql` tells */
    const char *expressions; /* "lower(name), age DESC": what stands between the parentheses, and is all there is to it */
    struct cf_names descending; /* those of `columns` that are in descending order */
    const unsigned *lengths; /* of each of `columns` the characters that are in it, where the database can; 0, or NULL: all */
    bool unique, nulls_not_distinct;
    const char *where;
    const char *using;       /* "gin", "fulltext", lower case; NULL: the usual kind */
    struct cf_names include; /* columns that are kept in it and not searched */
    bool concurrently; /* made and dropped while rows are written, where the database can; not compared */
    const char *sql; /* its CREATE INDEX, where inspected and it is more than a list of columns */
};
struct cf_foreign_key {
    const char *name;
    struct cf_names columns;
    const char *table; /* referenced */
    struct cf_names references;
    const char *on_delete, *on_update; /* lower case, NULL for none ("no action") */
    bool deferrable, deferred;         /* DEFERRABLE; INITIALLY DEFERRED, which is deferrable too */
};
struct cf_check {
    const char *name, *sql;
};

/* What CREATE TABLE ends with in one database. */
struct cf_table_option {
    const char *database, *sql; /* the dialect's name */
};

/* SQL that belongs to a table, of an entry Ddl("…"). */
struct cf_ddl {
    const char *name;      /* the entry's */
    const char *sql, *drop; /* what makes it, and what takes it back: "" where it goes with its table */
    const char *database;  /* the dialect's name; NULL: every one */
    bool before;           /* the table needs it: it is made before the table, and taken back after it */
};

struct cf_table {
    const char *name, *was; /* was: of a Was("…") entry (CF_TYPE_WAS_ENTRY), else NULL */
    struct cf_schema_column *columns;
    size_t column_count;
    const char *primary_key_name;
    struct cf_names primary_key; /* count 0: none */
    const char *primary_key_on_conflict; /* inspected: "REPLACE"; or NULL */
    struct cf_unique *uniques;
    size_t unique_count;
    struct cf_index *indexes;
    size_t index_count;
    struct cf_foreign_key *foreign_keys;
    size_t foreign_key_count;
    struct cf_check *checks;
    size_t check_count;
    const char *comment;      /* or NULL */
    struct cf_table_option *options; /* one a database at most */
    size_t option_count;
    struct cf_ddl *ddls;      /* in the order in which they are made */
    size_t ddl_count;
    /* Where inspected: */
    struct cf_names triggers; /* names */
    struct cf_names notes;    /* what this type has no member for, in the database's words: "UNLOGGED" */
};

struct cf_view {
    const char *name, *sql; /* sql: what the view selects; inspected, in the database's words */
};

struct cf_schema {
    struct cf_table *tables;
    size_t count;
    struct cf_view *views;
    size_t view_count;
    struct cf_names others; /* where inspected: what is neither, in words: virtual table "words", sequence "numbers" */
};

/* The schema of models (NULL-terminated list), with the tables of their ManyToMany relations behind them and every
 * constraint named by convention: pk_<table>, uq_<table>_<columns>, ix_<table>_<columns>,
 * fk_<table>_<columns>_<referred>, ck_<table>_<column or entry>, ix_<table>_<entry> of expressions. One that is longer than 63 bytes, which is what every
 * database takes, is shortened, and ends in a hash of the whole. Raises CF_INTERNAL that names model and field for: a table or a column with a longer name, no
 * model at all, two different models of one table, no primary key, an unknown field in Unique or Index, references that
 * name no column, a server_default that is no literal of its type, a Ddl without drop, both server_default and server_default_sql, a column
 * name used twice, a relation whose model is not in the list or whose fields do not refer to the other's key, a
 * VIEW with what only tables have. */
struct cf_schema *cf_schema_of_models(cf_context *context, const struct cf_model *const *models);
/* One table of items as MODEL or cf_create_table has them (`name` as the table's, references taken as written). */
struct cf_table *cf_table_of_columns(cf_context *context, const char *name, const struct cf_column *columns, size_t count);

/* NULL where there is none. */
struct cf_view *cf_schema_view(const struct cf_schema *schema, const char *name);
struct cf_table *cf_schema_table(const struct cf_schema *schema, const char *name);
struct cf_schema_column *cf_table_column(const struct cf_table *table, const char *name);
/* What the table is told in a database. */
const char *cf_table_option(const struct cf_table *table, const char *database);

#endif

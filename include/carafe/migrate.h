/* SPDX-License-Identifier: MIT
 *
 * Revisions: the steps of a schema, each a C file that `db migrate` writes and you review. Its two functions record
 * operations; they never touch a database, so that one list can be applied, printed as SQL, reversed, hashed or
 * replayed.
 *
 *     static void upgrade(cf_ops *op)
 *     {
 *         cf_add_column(op, "users", "age", Nullable(Integer));
 *         cf_create_index(op, "ix_users_age", "users", .columns = { "age" });
 *     }
 */
#ifndef CARAFE_MIGRATE_H
#define CARAFE_MIGRATE_H

#include <carafe/model.h>
#include <carafe/sys/context.h>
#pragma GCC system_header

/* A list of operations being recorded. It owns memory like a request does. */
typedef struct cf_ops {
    cf_context *context;
} cf_ops;

typedef struct cf_revision {
    const char *id;         /* twelve hex digits */
    const char *revises[8]; /* the revisions before it: none for the first, two or more for a merge */
    const char *message;
    void (*upgrade)(cf_ops *op);
    void (*downgrade)(cf_ops *op);
} cf_revision;

/* clang-format off */
/* A table with the items of MODEL: cf_create_table(op, "users", (id, Id), (name, String(50)), (one, Unique(id, name))). */
#define cf_create_table(op, table, ...)                                                                                \
    cf_create_table_((op), (table), (const struct cf_column[]){ CF_FOR_EACH(CF_TABLE_ITEM_, , __VA_ARGS__) { .name = NULL } })
#define CF_TABLE_ITEM_(_, item)        CF_CALL(CF_TABLE_ITEM__, CF_UNPACK item, )
#define CF_TABLE_ITEM__(field, T, ...) { .name = #field, CF_CALL_AGAIN(CF_CHECKED_INITIALIZER_, CF_T_##T, ) CF_OPTIONS_(__VA_ARGS__, , , , , , , , , , , ) },
void cf_drop_table(cf_ops *op, const char *table);
/* What the table is about, where the database keeps comments; NULL: nothing. */
void cf_comment_table(cf_ops *op, const char *table, const char *comment);
/* What the table is told in a database: cf_set_table_option(op, "users", "sqlite", "STRICT"); NULL: nothing. Others do
 * nothing. Where it is said when a table is made and only then, the table is built anew, or the revision is refused. */
void cf_set_table_option(cf_ops *op, const char *table, const char *database, const char *option);
void cf_rename_table(cf_ops *op, const char *table, const char *new_name);

/* A column, with the options of MODEL as designators: cf_add_column(op, "users", "score", Integer, .server_default =
 * "0"). For a table that may hold rows a column that is not Nullable needs a server default, or .fill: an SQL
 * expression that gives existing rows their value. */
struct cf_add_column_options {
    const char *references, *on_delete, *on_update, *server_default, *server_default_sql, *check, *fill;
    const char *comment, *collation, *computed, *sql_type;
    bool deferrable, deferred, stored, autoincrement;
    int64_t start, increment;
    char end_;
};
#define cf_add_column(op, table, name, ...)      CF_ADD_COLUMN_(op, table, name, __VA_ARGS__, .end_ = 0)
#define CF_ADD_COLUMN_(op, table, name_, T, ...) cf_add_column_((op), (table), (struct cf_column){ .name = (name_), CF_CALL_AGAIN(CF_CHECKED_INITIALIZER_, CF_T_##T, ) }, \
                                                                (struct cf_add_column_options){ __VA_ARGS__ })
void cf_drop_column(cf_ops *op, const char *table, const char *column);
void cf_rename_column(cf_ops *op, const char *table, const char *column, const char *new_name);
/* A column's new whole definition: type, nullability and default; what is not said is not kept. `.fill` gives rows
 * with NULL their value where it becomes NOT NULL. */
#define cf_alter_column(op, table, name, ...)      CF_ALTER_COLUMN_(op, table, name, __VA_ARGS__, .end_ = 0)
#define CF_ALTER_COLUMN_(op, table, name_, T, ...) cf_alter_column_((op), (table), (struct cf_column){ .name = (name_), CF_CALL_AGAIN(CF_CHECKED_INITIALIZER_, CF_T_##T, ) }, \
                                                                    (struct cf_add_column_options){ __VA_ARGS__ })

struct cf_key_options {
    const char *columns[16];
    const char *references_table;       /* foreign keys */
    const char *references_columns[16];
    const char *on_delete, *on_update;
    bool deferrable, deferred; /* foreign keys, unique constraints */
    const char *expressions; /* index, instead of columns: "lower(email), age DESC" */
    const char *where;       /* partial index */
    bool unique;       /* unique index */
    bool nulls_not_distinct; /* unique index, unique constraint: NULL is there once, too (PostgreSQL) */
    unsigned lengths[16]; /* index: of each of .columns the characters that are in it (MariaDB; others take all); 0: all */
    const char *descending[16]; /* index: those of .columns that are in descending order */
    const char *include[16];    /* index: columns that are only kept in it (PostgreSQL; others leave them out) */
    const char *using;          /* index: "gin" (PostgreSQL), "fulltext", "spatial" (MariaDB); others make one of the usual kind */
    bool concurrently; /* index: made or dropped while rows are written (PostgreSQL; others do it as ever). That cannot be part
                        * of a transaction: what the revision does before it is committed first */
    char end_;
};
#define cf_create_index(op, name, table, ...)       cf_create_index_((op), (name), (table), (struct cf_key_options){ __VA_ARGS__ })
/* Of its options only .concurrently. */
#define cf_drop_index(op, ...)                      CF_DROP_INDEX_(op, __VA_ARGS__, .end_ = 0)
#define CF_DROP_INDEX_(op, name, table, ...)        cf_drop_index_((op), (name), (table), (struct cf_key_options){ __VA_ARGS__ })
#define cf_create_unique(op, name, table, ...)      cf_create_unique_((op), (name), (table), (struct cf_key_options){ __VA_ARGS__ })
#define cf_create_primary_key(op, name, table, ...) cf_create_primary_key_((op), (name), (table), (struct cf_key_options){ __VA_ARGS__ })
#define cf_create_foreign_key(op, name, table, ...) cf_create_foreign_key_((op), (name), (table), (struct cf_key_options){ __VA_ARGS__ })
/* clang-format on */
void cf_create_check(cf_ops *op, const char *name, const char *table, const char *sql);
/* Drops a unique, primary key, foreign key or check constraint. */
void cf_drop_constraint(cf_ops *op, const char *name, const char *table);
/* Renames a constraint or an index: `db migrate` writes it where a rename of a table or column changes the names by
 * convention. */
void cf_rename_constraint(cf_ops *op, const char *name, const char *table, const char *new_name);
/* CREATE VIEW name AS sql; and its end. A view that other views select from comes before them and goes after them. */
void cf_create_view(cf_ops *op, const char *name, const char *sql);
void cf_drop_view(cf_ops *op, const char *name);
/* SQL that belongs to a table, as a Ddl entry of MODEL says it, and its end: cf_create_ddl(op, "stamped", "users", "CREATE TRIGGER …",
 * .drop = "DROP TRIGGER stamped", .database = "sqlite"). `drop` is run by cf_drop_ddl, and by cf_drop_table. */
struct cf_ddl_options {
    const char *drop;     /* NULL: it goes with its table */
    const char *database; /* NULL: it is run in every one */
    bool before;          /* the table needs it: cf_drop_table takes it back when the table is gone. The name is a word of C */
    char end_;
};
#define cf_create_ddl(op, ...)                      CF_CREATE_DDL_(op, __VA_ARGS__, .end_ = 0)
#define CF_CREATE_DDL_(op, name, table, sql, ...)   cf_create_ddl_((op), (name), (table), (sql), (struct cf_ddl_options){ __VA_ARGS__ })
void cf_drop_ddl(cf_ops *op, const char *name, const char *table);
/* SQL of your own. The replay does not see it. */
void cf_execute(cf_ops *op, const char *sql);

/* ---- Behind the macros ------------------------------------------------------------------------------------------ */

void cf_create_table_(cf_ops *op, const char *table, const struct cf_column *items);
void cf_add_column_(cf_ops *op, const char *table, struct cf_column column, struct cf_add_column_options options);
void cf_alter_column_(cf_ops *op, const char *table, struct cf_column column, struct cf_add_column_options options);
void cf_create_index_(cf_ops *op, const char *name, const char *table, struct cf_key_options options);
void cf_create_ddl_(cf_ops *op, const char *name, const char *table, const char *sql, struct cf_ddl_options options);
void cf_drop_index_(cf_ops *op, const char *name, const char *table, struct cf_key_options options);
void cf_create_unique_(cf_ops *op, const char *name, const char *table, struct cf_key_options options);
void cf_create_primary_key_(cf_ops *op, const char *name, const char *table, struct cf_key_options options);
void cf_create_foreign_key_(cf_ops *op, const char *name, const char *table, struct cf_key_options options);

#endif

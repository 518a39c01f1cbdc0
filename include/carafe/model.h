/* SPDX-License-Identifier: MIT
 *
 * Models: a table declared once, as a C struct, as typed column handles, and as data that queries, JSON and migrations
 * read.
 *
 *     MODEL(User, "users",
 *         (id,    Id),
 *         (name,  String(50)),
 *         (email, String(120), unique = true));
 *
 * declares `struct User`, `struct User_list`, `struct User_page`, and a constant `User` whose members are the column
 * handles. A header with models may be included by any number of files.
 *
 * An item is (field, Type, option = value, …) with up to ten options:
 *
 *     primary_key = true        part of the primary key (Id says it by itself)
 *     unique = true             unique constraint uq_<table>_<column>; nulls_not_distinct = true: NULL is there once, too, as
 *                               of Unique(…) and of an Index that is unique (PostgreSQL)
 *     index = true              index ix_<table>_<column>
 *     references = "users.id"   foreign key fk_<table>_<column>_<users>, with on_delete and on_update = "cascade",
 *                               "set null", "restrict", "set default" or "no action"; deferrable = true: it may be
 *                               checked at the commit (SET CONSTRAINTS); deferred = true: it is
 *     server_default = "false"  a literal of the column's type, checked and quoted
 *     server_default_sql = "…"  SQL
 *     computed = "price * n"    the database computes it from the row's other columns: SQL. It is read, and never written;
 *                               stored = true keeps the values in the table, else the database does what it does
 *     comment = "…"             told to the database, where it keeps comments
 *     collation = "NOCASE"      how a text is compared and sorted: the database's own name
 *     sql_type = "postgresql: citext"  the column's type in that database, in place of the usual one; more of them with `;`
 *                               between: "postgresql: inet; mariadb: INET6". It is written and read as what it is declared
 *     check = "price >= 0"      CHECK constraint ck_<table>_<column>
 *     create_constraint = true  of an Enum or Choices: the database, too, takes no other labels, by such a CHECK
 *     autoincrement = true      of an Id: a number is never given twice, not even that of a row that is gone (SQLite's
 *                               AUTOINCREMENT; other databases do so anyway)
 *     start = 1000              of an Id: its first number; increment = 5: what is added for the next (PostgreSQL)
 *     named = "posts_author"    the name of the column's one constraint or index, where it is not that of the convention
 *     column = "long"           the name in the database, where it differs from the field
 *     json = "createdAt"        the name in JSON
 *     hidden = true             never leaves in JSON, masked in logs
 *     was = "longitude"         the name before: `db migrate` renames instead of dropping and adding
 *
 * or an entry without a field: (one_slug, Unique(author_id, slug)), (by_age, Index(age)), an index of a part of the rows,
 * which may be unique there: (one_open, Index(user_id), unique = true, where = "closed IS NULL"), an index of expressions,
 * named after the entry: (by_lower_email, IndexOn("lower(email), age DESC")), (titled, Check("title <> ''")), all of them
 * (one_place, Unique(list_id, place), deferred = true) is checked at the commit, or with deferrable = true when SET CONSTRAINTS
 * says so (PostgreSQL), all of them
 * with named = "…" for a name of one's own, which (key, PrimaryKey(id), named = "posts_pkey") gives the primary key, and
 * whose columns (key, PrimaryKey(b, a)) puts in another order than their own; (about, Comment("…")), and
 * (before, Was("members")), the name the table had before: `db migrate` renames it instead of
 * dropping and creating. A field of Index with `-` before it is descending: Index(-created, author_id); using = "gin" and
 * include = "title, author_id" (fields that are only kept in it), Index(body(100)) (its beginning) are for databases that know of them (PostgreSQL; MariaDB
 * knows using = "fulltext" and "spatial"), others make an index of the usual kind. What one database knows about tables and no other is (strict, TableOption("sqlite", "STRICT")):
 * SQL that CREATE TABLE ends with there, or UNLOGGED before TABLE ("sqlite", "postgresql" or "mariadb"), one a database. What else belongs to the table, a
 * trigger, a grant, is SQL of your own:
 *
 *     (stamped, Ddl("CREATE TRIGGER stamped …"), drop = "DROP TRIGGER stamped", database = "sqlite")
 *
 * It is run once the tables, their keys and the views are there, in the order of the entries, in the database named (in every
 * one where none is), and `drop` before the table goes, or when the entry does or its SQL changes; drop = "" says that it goes
 * with its table. before = true of it is SQL of what must be there before the table, a type or an extension: it is run right
 * before the table is made, and its `drop` after the table went. Both may be several statements with `;` between. `db migrate`, cf_create_all and cf_drop_all do all that; what
 * a live database has of it nobody looks at. Columns are NOT NULL unless
 * their type is Nullable(T). Up to 64 items.
 *
 * Relations are items too, with a field that a query fills on demand (.load) and that is no column. The model they name
 * may be declared later, or in another header:
 *
 *     (author,  BelongsTo(User, author_id))       struct User *: the row that this one's author_id refers to
 *     (posts,   HasMany(Post, author_id))         the rows of Post whose author_id refers to this one, for cf_each
 *     (profile, HasOne(Profile, user_id))         struct Profile *: the only such row
 *     (tags,    ManyToMany(Tag, "post_tags"))     rows paired with this one in a table made for it, with columns named
 *                                                 post_id and tag_id (by model and key)
 *     (tags,    ManyToManyThrough(Tag, Tagging))  the same through a model of yours, whose columns refer to both; where
 *                                                 more than one does, say which: (User, Follow, follower_id, followed_id)
 *
 * A column that refers says so itself (references = "users.id"). A composite key is written as its columns, in the
 * order of the other's key: BelongsTo(Line, order_id, number) makes the foreign key of both, with on_delete, on_update,
 * deferrable and deferred as options of its own. Other options of relations: json, hidden, cascade = "delete-orphan" on
 * HasMany and HasOne (a row taken out of the relation is deleted), and order_by = "-created, title" on HasMany and
 * ManyToMany: up to four fields of the other model that its rows are loaded by, `-` for descending; the primary key
 * decides between equals, and alone where nothing is said. position = "place" on HasMany names an Integer of the other model
 * that is each row's place in the list, from 0 (count_from = 1: from 1): the list is loaded in that order, and cf_append,
 * cf_insert_at and cf_remove number its rows. refers_to = "name" on BelongsTo, HasMany and HasOne is for columns that are no
 * foreign key: HasMany(Login, user_name), refers_to = "name" are the logins whose user_name is this row's name. It is only read.
 *
 * A relation with only = function (cf_relation_condition) holds the rows that meet a condition, and is only read:
 *
 *     (published, HasMany(Post, author_id), only = is_published)
 *
 * What the session does with rows (docs/session.md):
 *
 *     version = true            an Integer that counts the row's changes: a change of a row that somebody else has changed
 *                               since it was read is CF_STALE; of another type where insert_default and update_default
 *                               make it: a Uuid by cf_default_uuid
 *     validate = function       asked before the column is written: cf_validator
 *     stamp = CF_STAMP_UPDATED  a DateTime that the session sets (enum cf_stamp)
 *     insert_default = function sets the field of a new row, where the program has not: cf_hook, asked when the row is written;
 *                               cf_default_uuid makes a Uuid
 *     update_default = function sets the field of a row that is changed, where the program has not changed this one. For many
 *                               rows (cf_update_all, cf_insert_from) either is asked once, with a row that knows what is set and
 *                               nothing else
 *     lazy = true               a Text, String, Json or Blob that queries leave out until it is asked for: .undefer
 *     CF_TIMESTAMPS             instead of an item: created_at and updated_at
 *     CF_SOFT_DELETE            instead of an item: deleted_at, which cf_delete sets; queries leave such rows out
 *     (hooks, Hooks(.before_insert = function, …))   called when rows are written: struct cf_hooks
 *
 * A type of your own is Custom(Color), once CF_CUSTOM has said how it is stored (below).
 *
 * MODEL_IN("audit", Entry, "entries", items…) is a model whose table is in another database, one of the app's .binds.
 *
 * VIEW(ActiveUser, "active_users", "SELECT id, name FROM users WHERE active", (id, Id), (name, String(50))) declares a model
 * over a view, with the SQL that it selects: migrations create and drop it, its rows are queried as those of a table, and
 * nothing is written to it. The primary key says which rows are the same. VIEW_IN is to it what MODEL_IN is to MODEL.
 *
 * SHAPE(Name, items…) declares the same without a table, for results of queries, JSON bodies and answers.
 */
#ifndef CARAFE_MODEL_H
#define CARAFE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <carafe/sys/context.h>
#include <carafe/sys/macros.h>
#include <carafe/types.h>

/* gcc 12 only warns of these; in a program that stores rows they are always mistakes. */
#pragma GCC diagnostic error "-Wint-conversion"
#pragma GCC diagnostic error "-Wincompatible-pointer-types"
#pragma GCC system_header

enum cf_type {
    CF_TYPE_NONE,
    CF_TYPE_INTEGER,
    CF_TYPE_SMALL_INTEGER,
    CF_TYPE_BIG_INTEGER,
    CF_TYPE_BOOLEAN,
    CF_TYPE_FLOAT,
    CF_TYPE_NUMERIC,
    CF_TYPE_STRING,
    CF_TYPE_TEXT,
    CF_TYPE_DATE,
    CF_TYPE_TIME,
    CF_TYPE_DATETIME,
    CF_TYPE_UUID,
    CF_TYPE_BLOB,
    CF_TYPE_JSON,
    CF_TYPE_ENUM,    /* a C enum made by CF_CHOICES, stored as its label */
    CF_TYPE_CHOICES, /* a text that is one of labels */
    CF_TYPE_COUNT_,  /* from here on: entries without a field */
    CF_TYPE_UNIQUE_ENTRY = CF_TYPE_COUNT_,
    CF_TYPE_INDEX_ENTRY,
    CF_TYPE_KEY_ENTRY,
    CF_TYPE_CHECK_ENTRY,
    CF_TYPE_WAS_ENTRY,   /* .was is the table's name before */
    CF_TYPE_COMMENT_ENTRY,
    CF_TYPE_OPTION_ENTRY, /* .database and .option */
    CF_TYPE_DDL_ENTRY,    /* .ddl, .drop and .database */
    CF_TYPE_HOOKS_ENTRY,
    CF_TYPE_BELONGS_TO, /* from here on: relations; resolved in src/db/relation.h */
    CF_TYPE_HAS_ONE,
    CF_TYPE_HAS_MANY,
    CF_TYPE_MANY_TO_MANY,
};

/* The `length` of Jsonb: JSON that the database keeps parsed, where it can, and whose text is then the database's own. */
enum { CF_JSON_BINARY = 1 };

struct cf_db;

/* Which moment the session writes into a DateTime column, where the program has not assigned one. */
enum cf_stamp {
    CF_STAMP_NONE,
    CF_STAMP_CREATED, /* the insert */
    CF_STAMP_UPDATED, /* the insert, and each update */
    CF_STAMP_DELETED, /* the delete, which is then only this: the row stays, and queries leave it out */
};

/* What is wrong with a row, or with a column's value in it, as a predicate ("is no e-mail address"); NULL where nothing
 * is. The error is CF_INVALID (422) and names the column. */
typedef const char *cf_validator(struct cf_db *db, const void *row);
/* Called with each row of a model that a flush writes; `row` is the model's struct. The first three may change it; none
 * may flush or commit. Those after it run when everything is written, in the same transaction. */
typedef void cf_hook(struct cf_db *db, void *row);
struct cf_hooks {
    cf_hook *before_insert, *before_update, *before_delete;
    cf_hook *after_insert, *after_update, *after_delete;
    cf_validator *validate; /* of rows to be inserted or updated */
};

/* Gives the condition of a relation on the other model's columns: cf_eq(Post.published, true). */
typedef const struct cf_expr *cf_relation_condition(void);

/* One item of a model, as declared. Names of defaults and constraints are worked out in cf_schema (sys/schema.h). */
struct cf_column {
    const char *name; /* the field's */
    enum cf_type type;
    unsigned length, scale; /* String(length), Numeric(length, scale) */
    size_t offset;          /* of the field in the struct */
    bool nullable, identity;
    const struct cf_custom *custom; /* of Custom; type, length and scale are those it is stored as */
    const char *const *labels; /* of Enum and Choices, NULL-terminated */
    bool create_constraint;    /* of the same */
    const char *fields;        /* of Unique, Index and relations: "author_id, slug" */
    const char *refers_to;     /* of relations without a foreign key: what these are equal to; they are only read */
    const struct cf_model *model;
    const struct cf_model *other;         /* of relations: the model related to */
    const char *through;                  /* of ManyToMany: the table */
    const struct cf_model *through_model; /* of ManyToManyThrough */
    /* options */
    bool primary_key, unique, index, hidden;
    bool autoincrement; /* of Id */
    int64_t start, increment; /* of Id; 0: 1 */
    const char *named;        /* of what has one constraint or index: its name; NULL: that of the convention */
    const char *references, *on_delete, *on_update;
    bool deferrable, deferred; /* of the foreign key, or of Unique; deferred: deferrable too */
    bool nulls_not_distinct;   /* of what is unique */
    const char *server_default, *server_default_sql;
    const char *check, *column, *json, *was, *comment, *collation;
    const char *sql_type; /* "postgresql: citext; mariadb: INET6": the type in these databases */
    const char *cascade;
    const char *computed; /* SQL */
    bool stored;          /* of computed */
    bool version;
    enum cf_stamp stamp;
    cf_validator *validate;
    const struct cf_hooks *hooks; /* of Hooks */
    const char *expressions;      /* of IndexOn: SQL */
    const char *where;            /* of Index and IndexOn: SQL, the rows that are in it; NULL: all */
    const char *using, *include;  /* of the same: "gin"; fields that are kept in it and not searched */
    bool concurrently;            /* of the same: migrations make and drop it while rows are written (PostgreSQL) */
    cf_hook *insert_default, *update_default;
    bool lazy;                    /* queries leave it out */
    const char *order_by;         /* of HasMany and ManyToMany: fields of the other model, "-created, title" */
    const char *position;         /* of HasMany: the field of the other model that is a row's place in the list */
    int64_t count_from;           /* of position: the first place */
    cf_relation_condition *only;  /* of relations: which rows are in it; it is read only then */
    const char *database, *option; /* of TableOption: which database is told, and what; database also of Ddl */
    const char *ddl, *drop;        /* of Ddl: SQL that comes with the table, and what takes it back */
    bool before;                   /* of Ddl: the table needs it, so it comes first and goes last */
};

struct cf_expr;
struct cf_alias;

/* A model or shape, as declared. */
struct cf_model {
    const char *name;  /* "User" */
    const char *table; /* "users"; NULL for a SHAPE */
    size_t size;       /* of the struct */
    size_t count;      /* of columns, entries without a field included */
    const struct cf_column *columns;
    const struct cf_alias *alias; /* what else a query calls it: of cf_alias and its like (carafe/select.h) */
    const char *bind;             /* which of .binds its table is in; NULL: the app's own database */
    const char *view;             /* of a VIEW, whose name is `table`: what it selects; NULL: a table */
};

/* Column handles: one type a kind of value, so that the compiler tells them apart. */
#define CF_COLUMN_KINDS(X)                                                                                             \
    X(integer) X(boolean) X(number) X(decimal) X(text) X(date) X(clock) X(time) X(uuid) X(bytes) X(choice) X(key)
#define CF_HANDLE_TYPE_(kind)                                                                                          \
    struct cf_##kind##_column {                                                                                        \
        const struct cf_column *column;                                                                                \
    };                                                                                                                 \
    typedef struct cf_##kind##_column cf_##kind##_handle_;
CF_COLUMN_KINDS(CF_HANDLE_TYPE_)
#undef CF_HANDLE_TYPE_

/* The handle of a relation, alone or as the first step of a path (cf_chain). */
struct cf_relation_column {
    const struct cf_column *relation;
    const struct cf_relation_column *steps; /* beyond it, ended by one without a relation; NULL: none */
    const struct cf_expr *only;             /* of cf_only: which of its rows are loaded; NULL: all */
    bool joined;                            /* of cf_joined: loaded by a join */
};
typedef struct cf_relation_column cf_relation_handle_;
/* A path along relations: cf_chain(User.posts, Post.tags). */
#define cf_chain(first, ...)                                                                                           \
    (*(struct cf_relation_column[]){ cf_chain_((first), (const struct cf_relation_column[]){ __VA_ARGS__, { 0 } }) })
static inline struct cf_relation_column cf_chain_(struct cf_relation_column first, const struct cf_relation_column *steps)
{
    return (struct cf_relation_column){ first.relation, steps, first.only, first.joined };
}

struct cf_nothing_ {
}; /* the field of an entry without a field */

/* The labels of an enumeration: CF_CHOICES(Status, draft, published) declares `enum Status { Status_draft,
 * Status_published }`, and Enum(Status) is then a column type. Stored and shown in JSON as the label. */
/* clang-format off */
#define CF_CHOICES(Name, ...)                                                                                          \
    enum Name { CF_FOR_EACH(CF_CHOICE_, Name, __VA_ARGS__) };                                                          \
    typedef struct { enum Name value; bool is_set; } Name##_optional;                                                  \
    __attribute__((weak, visibility("hidden"))) const char *const Name##_labels[] = {                                  \
        CF_FOR_EACH(CF_CHOICE_LABEL_, Name, __VA_ARGS__) NULL }
#define CF_CHOICE_(Name, label)       Name##_##label,
#define CF_CHOICE_LABEL_(Name, label) #label,

/* A line a type: C type, kind of handle, initializer. CF_N_… is what Nullable makes of it. Serves MODEL, SHAPE and the
 * operations of migrations alike. */
#define CF_T_Id            int64_t, integer, .type = CF_TYPE_INTEGER, .identity = true, .primary_key = true
#define CF_T_Integer       int64_t, integer, .type = CF_TYPE_INTEGER
#define CF_N_Integer       cf_optional_integer, integer, .type = CF_TYPE_INTEGER
#define CF_T_SmallInteger  int64_t, integer, .type = CF_TYPE_SMALL_INTEGER
#define CF_N_SmallInteger  cf_optional_integer, integer, .type = CF_TYPE_SMALL_INTEGER
#define CF_T_BigInteger    int64_t, integer, .type = CF_TYPE_BIG_INTEGER
#define CF_N_BigInteger    cf_optional_integer, integer, .type = CF_TYPE_BIG_INTEGER
#define CF_T_Boolean       bool, boolean, .type = CF_TYPE_BOOLEAN
#define CF_N_Boolean       cf_optional_boolean, boolean, .type = CF_TYPE_BOOLEAN
#define CF_T_Float         double, number, .type = CF_TYPE_FLOAT
#define CF_N_Float         cf_optional_number, number, .type = CF_TYPE_FLOAT
#define CF_T_Numeric(p, s) cf_decimal, decimal, .type = CF_TYPE_NUMERIC, .length = (p), .scale = (s)
#define CF_N_Numeric(p, s) cf_optional_decimal, decimal, .type = CF_TYPE_NUMERIC, .length = (p), .scale = (s)
#define CF_T_String(n)     const char *, text, .type = CF_TYPE_STRING, .length = (n)
#define CF_N_String(n)     const char *, text, .type = CF_TYPE_STRING, .length = (n)
#define CF_T_Text          const char *, text, .type = CF_TYPE_TEXT
#define CF_N_Text          const char *, text, .type = CF_TYPE_TEXT
#define CF_T_Date          cf_date, date, .type = CF_TYPE_DATE
#define CF_N_Date          cf_optional_date, date, .type = CF_TYPE_DATE
#define CF_T_Time          cf_clock, clock, .type = CF_TYPE_TIME
#define CF_N_Time          cf_optional_clock, clock, .type = CF_TYPE_TIME
#define CF_T_DateTime      cf_time, time, .type = CF_TYPE_DATETIME
#define CF_N_DateTime      cf_optional_time, time, .type = CF_TYPE_DATETIME
#define CF_T_Uuid          cf_uuid, uuid, .type = CF_TYPE_UUID
#define CF_N_Uuid          cf_optional_uuid, uuid, .type = CF_TYPE_UUID
#define CF_T_Blob          cf_bytes, bytes, .type = CF_TYPE_BLOB
#define CF_N_Blob          cf_bytes, bytes, .type = CF_TYPE_BLOB
#define CF_T_Json          const char *, text, .type = CF_TYPE_JSON
#define CF_N_Json          const char *, text, .type = CF_TYPE_JSON
#define CF_T_Jsonb         const char *, text, .type = CF_TYPE_JSON, .length = CF_JSON_BINARY
#define CF_N_Jsonb         const char *, text, .type = CF_TYPE_JSON, .length = CF_JSON_BINARY
#define CF_T_Enum(Name)    enum Name, choice, .type = CF_TYPE_ENUM, .labels = Name##_labels
#define CF_N_Enum(Name)    Name##_optional, choice, .type = CF_TYPE_ENUM, .labels = Name##_labels
#define CF_T_Choices(...)  const char *, text, .type = CF_TYPE_CHOICES, .labels = (const char *const[]){ __VA_ARGS__, NULL }
#define CF_N_Choices(...)  const char *, text, .type = CF_TYPE_CHOICES, .labels = (const char *const[]){ __VA_ARGS__, NULL }
#define CF_T_Custom(Name)  Name##_value_, Name, CF_STORED_AS_(Name)
#define CF_N_Custom(Name)  Name##_optional, Name, CF_STORED_AS_(Name)
#define CF_STORED_AS_(Name) .type = (enum cf_type)Name##_type_, .length = Name##_length_, .scale = Name##_scale_, .custom = &Name##_custom
#define CF_T_Nullable(T)   CF_N_##T, .nullable = true
#define CF_T_Unique(...)   struct cf_nothing_, key, .type = CF_TYPE_UNIQUE_ENTRY, .fields = #__VA_ARGS__
#define CF_T_PrimaryKey(...) struct cf_nothing_, key, .type = CF_TYPE_KEY_ENTRY, .fields = #__VA_ARGS__
#define CF_T_Index(...)    struct cf_nothing_, key, .type = CF_TYPE_INDEX_ENTRY, .fields = #__VA_ARGS__
#define CF_T_IndexOn(sql)  struct cf_nothing_, key, .type = CF_TYPE_INDEX_ENTRY, .expressions = (sql)
#define CF_T_Comment(text) struct cf_nothing_, key, .type = CF_TYPE_COMMENT_ENTRY, .comment = (text)
#define CF_T_Check(sql)    struct cf_nothing_, key, .type = CF_TYPE_CHECK_ENTRY, .check = (sql)
#define CF_T_Was(table)    struct cf_nothing_, key, .type = CF_TYPE_WAS_ENTRY, .was = (table)
#define CF_T_TableOption(name, sql) struct cf_nothing_, key, .type = CF_TYPE_OPTION_ENTRY, .database = (name), .option = (sql)
#define CF_T_Ddl(sql)      struct cf_nothing_, key, .type = CF_TYPE_DDL_ENTRY, .ddl = (sql)
#define CF_T_Hooks(...)    struct cf_nothing_, key, .type = CF_TYPE_HOOKS_ENTRY, .hooks = &(const struct cf_hooks){ __VA_ARGS__ }
#define CF_TIMESTAMPS      (created_at, DateTime, stamp = CF_STAMP_CREATED, server_default_sql = "CURRENT_TIMESTAMP"), \
                           (updated_at, DateTime, stamp = CF_STAMP_UPDATED, server_default_sql = "CURRENT_TIMESTAMP")
#define CF_SOFT_DELETE     (deleted_at, Nullable(DateTime), stamp = CF_STAMP_DELETED, index = true)
/* Relations: C type, kind, the models they name, initializer. */
#define CF_T_BelongsTo(Model, ...)      CF_TO_ONE_(Model), .type = CF_TYPE_BELONGS_TO, .other = CF_MODEL_OF_(Model), .fields = #__VA_ARGS__
#define CF_T_HasOne(Model, ...)         CF_TO_ONE_(Model), .type = CF_TYPE_HAS_ONE, .other = CF_MODEL_OF_(Model), .fields = #__VA_ARGS__
#define CF_T_HasMany(Model, ...)        CF_TO_MANY_(Model, Model), .type = CF_TYPE_HAS_MANY, .other = CF_MODEL_OF_(Model), .fields = #__VA_ARGS__
#define CF_T_ManyToMany(Model, table)   CF_TO_MANY_(Model, Model), .type = CF_TYPE_MANY_TO_MANY, .other = CF_MODEL_OF_(Model), .through = "" table
#define CF_T_ManyToManyThrough(Model, ...)  CF_THROUGH_(Model, __VA_ARGS__, )
#define CF_THROUGH_(Model, Through, ...) CF_TO_MANY_(Model, Through), .type = CF_TYPE_MANY_TO_MANY, .other = CF_MODEL_OF_(Model), \
                                        .through_model = CF_MODEL_OF_(Through), .fields = #__VA_ARGS__
#define CF_TO_ONE_(Model)               struct Model *, relation, (Model, Model)
#define CF_TO_MANY_(Model, Through)     struct { struct Model **items; size_t count; }, relation, (Model, Through)
#define CF_MODEL_OF_(Model)             ((const struct cf_model *)&Model) /* its first member, whose type may not be known yet */

/* Types of your own. CF_CUSTOM(Color, struct Color, String(7), color_bind, color_read) makes Custom(Color) a column type
 * (and Nullable(Custom(Color)), in C a Color_optional { value, is_set }): a struct Color in C, a String(7) to the
 * database, to migrations and in JSON. Stored as Integer, String(n) or another of the types in the table below, by two
 * functions, declared or defined before:
 *
 *     const char *color_bind(cf_context *context, struct Color color);
 *         what is stored, in the C type of a String(7); a text or blob lives in the context: cf_format(context, …). A
 *         NULL pointer is SQL NULL.
 *     const char *color_read(cf_context *context, const char *stored, struct Color *color);
 *         the way back. NULL, or what is wrong with it as a predicate: "is no color". Such a member of a JSON body is
 *         refused with it (422); in a row of the database it is CF_CORRUPT.
 *
 * Equal values are stored alike, and neither function uses the database. In queries the column is one of the type it is
 * stored as, and cf_stored(Color, red) is a value as it is stored: cf_eq(Car.paint, cf_stored(Color, red)). */
struct cf_custom {
    const char *name;
    size_t size, optional_size, flag; /* of the C type; of its optional, and where is_set is in that */
    void (*bind)(cf_context *context, const void *value, void *stored);
    const char *(*read)(cf_context *context, const void *stored, void *value);
};
#define CF_CUSTOM(Name, c_type, T, bind, read) CF_CALL(CF_CUSTOM_, Name, c_type, bind, read, CF_S_##T, CF_T_##T, )
#define CF_CUSTOM_(Name, c_type, bind_, read_, type_, length_, scale_, stored_type, kind, ...)                         \
    typedef c_type Name##_value_;                                                                                      \
    typedef struct { c_type value; bool is_set; } Name##_optional;                                                     \
    typedef cf_##kind##_handle_ cf_##Name##_handle_;                                                                   \
    enum { Name##_type_ = type_, Name##_length_ = length_, Name##_scale_ = scale_ };                                   \
    static inline stored_type Name##_stored_(c_type value) { return bind_(cf_current_(), value); }                     \
    static void Name##_bind_(cf_context *context, const void *value, void *stored)                                     \
    { *(stored_type *)stored = bind_(context, *(const Name##_value_ *)value); }                                        \
    static const char *Name##_read_(cf_context *context, const void *stored, void *value)                              \
    { return read_(context, *(stored_type const *)stored, (Name##_value_ *)value); }                                   \
    __attribute__((weak, visibility("hidden"))) const struct cf_custom Name##_custom = {                               \
        #Name, sizeof(Name##_value_), sizeof(Name##_optional), offsetof(Name##_optional, is_set), Name##_bind_, Name##_read_ }
#define cf_stored(Name, value) Name##_stored_(value)
cf_context *cf_current_(void);
/* What they may be stored as: enum cf_type, length, scale. */
#define CF_S_Integer       CF_TYPE_INTEGER, 0, 0
#define CF_S_SmallInteger  CF_TYPE_SMALL_INTEGER, 0, 0
#define CF_S_BigInteger    CF_TYPE_BIG_INTEGER, 0, 0
#define CF_S_Boolean       CF_TYPE_BOOLEAN, 0, 0
#define CF_S_Float         CF_TYPE_FLOAT, 0, 0
#define CF_S_Numeric(p, s) CF_TYPE_NUMERIC, p, s
#define CF_S_String(n)     CF_TYPE_STRING, n, 0
#define CF_S_Text          CF_TYPE_TEXT, 0, 0
#define CF_S_Date          CF_TYPE_DATE, 0, 0
#define CF_S_Time          CF_TYPE_TIME, 0, 0
#define CF_S_DateTime      CF_TYPE_DATETIME, 0, 0
#define CF_S_Uuid          CF_TYPE_UUID, 0, 0
#define CF_S_Blob          CF_TYPE_BLOB, 0, 0
#define CF_S_Json          CF_TYPE_JSON, 0, 0
#define CF_S_Jsonb         CF_TYPE_JSON, CF_JSON_BINARY, 0

/* What a page (cf_paginate) tells beside its rows: its number, from 1; how many pages and rows there are (-1 where they
 * were not counted); the numbers of its first and last row, from 1, 0 where it is empty; the pages before and after
 * it, 0 where there is none. */
#define CF_PAGE_MEMBERS_                                                                                               \
    int64_t page, per_page, pages, total, first, last, prev_num, next_num;                                             \
    bool has_prev, has_next;

#define MODEL(Name, table_name, ...) CF_MODEL_(Name, NULL, table_name, NULL, 0, __VA_ARGS__)
#define MODEL_IN(bind, Name, table_name, ...) CF_MODEL_(Name, "" bind, table_name, NULL, 0, __VA_ARGS__)
#define VIEW(Name, view_name, sql, ...) CF_MODEL_(Name, NULL, view_name, "" sql, 1, __VA_ARGS__)
#define VIEW_IN(bind, Name, view_name, sql, ...) CF_MODEL_(Name, "" bind, view_name, "" sql, 1, __VA_ARGS__)
#define SHAPE(Name, ...)                                                                                               \
    struct Name##_expressions { CF_FOR_EACH(CF_EXPRESSION_FIELD_, , __VA_ARGS__) };                                    \
    CF_MODEL_(Name, NULL, NULL, NULL, 0, __VA_ARGS__)
/* What a query fills the fields of a shape with: an expression each. */
#define CF_EXPRESSION_FIELD_(_, item)              CF_CALL(CF_EXPRESSION_FIELD__, CF_UNPACK item, )
#define CF_EXPRESSION_FIELD__(field, ...)          const struct cf_expr *field;
/* The struct of a model where it is written: views are not. */
#define CF_WRITTEN_(Model) (&(Model).model_ + 0 * sizeof(struct { _Static_assert(sizeof((Model).is_view_) == 1, "a view is read, not written: write to its tables"); char c; }))
#define CF_MODEL_(Name, bind_name, table_name, view_sql, view_flag, ...)                                                                               \
    CF_FOR_EACH(CF_OTHERS_, Name, __VA_ARGS__)                                                                         \
    struct Name { CF_FOR_EACH(CF_FIELD_, Name, __VA_ARGS__) };                                                         \
    struct Name##_list { struct Name **items; size_t count; };                                                         \
    struct Name##_page { struct Name **items; size_t count; CF_PAGE_MEMBERS_ };                                        \
    struct Name##_slice { struct Name **items; size_t count; const char *next, *previous; };                                     \
    enum { CF_FOR_EACH(CF_ITEM_INDEX_, Name, __VA_ARGS__) Name##_items_ };                                        \
    _Static_assert(Name##_items_ <= 64, "a model has at most 64 columns and entries");                            \
    struct Name##_columns {                                                                                            \
        struct cf_model model_;                                                                                        \
        CF_FOR_EACH(CF_HANDLE_, Name, __VA_ARGS__)                                                                     \
        struct Name *type_;                                                                                            \
        struct Name##_list *list_;                                                                                     \
        struct Name##_page *page_;                                                                                     \
        struct Name##_slice *slice_;                                                                                   \
        char is_view_[1 + view_flag];                                                                                  \
        struct cf_column columns_[Name##_items_];                                                                 \
    };                                                                                                                 \
    extern const struct Name##_columns Name __asm__("cf_model_" #Name);                                                \
    __attribute__((weak, visibility("hidden"))) const struct Name##_columns Name = {                                   \
        .model_ = { #Name, table_name, sizeof(struct Name), Name##_items_, Name.columns_, NULL, bind_name, view_sql },                       \
        CF_FOR_EACH(CF_POINT_, Name, __VA_ARGS__)                                                                      \
        .columns_ = { CF_FOR_EACH(CF_COLUMN_, Name, __VA_ARGS__) } }

#define CF_FIELD_(model, item)                     CF_CALL(CF_FIELD__, CF_UNPACK item, )
#define CF_FIELD__(field, T, ...)                  CF_CALL_AGAIN(CF_FIELD___, field, CF_T_##T, )
#define CF_FIELD___(field, type, ...)              type field;
#define CF_HANDLE_(model, item)                    CF_CALL(CF_HANDLE__, model, CF_UNPACK item, )
#define CF_HANDLE__(model, field, T, ...)          CF_CALL_AGAIN(CF_HANDLE___, model, field, CF_T_##T, , )
#define CF_HANDLE___(model, field, type, kind, ...) cf_##kind##_handle_ field; CF_IF_RELATION_(kind, CF_RELATED_TYPES_, CF_NOTHING_)(model, field)
/* A relation's types beside its handle, for cf_related and its like: they paste `_types_` to the handle's name. */
#define CF_RELATED_TYPES_(model, field)            struct { struct model *own; __typeof__(((struct model *)0)->field) *related; } field##_types_;
/* The models that a relation names, which may be declared later: declared as MODEL will. */
#define CF_OTHERS_(model, item)                    CF_CALL(CF_OTHERS__, CF_UNPACK item, )
#define CF_OTHERS__(field, T, ...)                 CF_CALL_AGAIN(CF_OTHERS___, CF_T_##T, , )
#define CF_OTHERS___(type, kind, ...)              CF_IF_RELATION_(kind, CF_DECLARE_OTHERS_, CF_NOTHING_)(__VA_ARGS__)
#define CF_DECLARE_OTHERS_(models, ...)            CF_DECLARE_OTHERS__ models
#define CF_DECLARE_OTHERS__(Other, Through)        CF_DECLARE_OTHER_(Other) CF_DECLARE_OTHER_(Through)
#define CF_DECLARE_OTHER_(Other)                   extern const struct Other##_columns Other __asm__("cf_model_" #Other);
/* One of two macros, by the kind of an item's handle. */
#define CF_IF_RELATION_(kind, then, otherwise)     CF_THIRD_(CF_KIND_IS_##kind, then, otherwise, )
#define CF_THIRD_(...)                            CF_THIRD__(__VA_ARGS__)
#define CF_THIRD__(a, b, c, ...)                  c
#define CF_KIND_IS_relation                        ,
#define CF_NOTHING_(...)
#define CF_ITEM_INDEX_(model, item)                CF_CALL(CF_ITEM_INDEX__, model, CF_UNPACK item, )
#define CF_ITEM_INDEX__(model, field, ...)         model##_item_##field##_,
#define CF_POINT_(model, item)                     CF_CALL(CF_POINT__, model, CF_UNPACK item, )
#define CF_POINT__(model, field, T, ...)           CF_CALL_AGAIN(CF_POINT___, model, field, CF_T_##T, , )
#define CF_POINT___(model, field_, type, kind, ...) .field_ = { .CF_IF_RELATION_(kind, relation, column) = &model.columns_[model##_item_##field_##_] },
#define CF_COLUMN_(model, item)                    CF_CALL(CF_COLUMN__, model, CF_UNPACK item, )
#define CF_COLUMN__(model_name, field, T, ...)                                                                         \
    { .name = #field, .offset = offsetof(struct model_name, field), .model = &model_name.model_,                       \
      CF_CALL_AGAIN(CF_INITIALIZER_, CF_T_##T, ) CF_OPTIONS_(__VA_ARGS__, , , , , , , , , , , ) },
/* The initializer of a type with a comma behind it. An unknown type has none: the compiler has then met it as that
 * of the field, or meets it in CF_CHECKED_INITIALIZER_, where there is no field. */
#define CF_INITIALIZER_(type, ...)                 __VA_OPT__(CF_INITIALIZER__(__VA_ARGS__))
#define CF_INITIALIZER__(kind, ...)                CF_IF_RELATION_(kind, CF_AFTER_FIRST_, CF_UNPACK)(__VA_ARGS__)
#define CF_AFTER_FIRST_(first, ...)                __VA_ARGS__
#define CF_CHECKED_INITIALIZER_(type, ...)         .offset = 0 * sizeof(struct { type field; }), __VA_OPT__(CF_CHECKED_INITIALIZER__(__VA_ARGS__))
#define CF_CHECKED_INITIALIZER__(kind, ...)        CF_IF_RELATION_(kind, CF_NO_RELATION_, CF_UNPACK)(__VA_ARGS__)
#define CF_NO_RELATION_(...)                       .a_relation_is_no_column_of_a_table = true,
#define CF_OPTIONS_(a, b, c, d, e, f, g, h, i, j, k, ...)                                                              \
    CF_OPTION_(a) CF_OPTION_(b) CF_OPTION_(c) CF_OPTION_(d) CF_OPTION_(e) CF_OPTION_(f) CF_OPTION_(g) CF_OPTION_(h)    \
    CF_OPTION_(i) CF_OPTION_(j) CF_ELEVENTH_OPTION_(k)
#define CF_OPTION_(...)                            __VA_OPT__(.__VA_ARGS__,)
#define CF_ELEVENTH_OPTION_(...)                   __VA_OPT__(.a_column_has_at_most_ten_options = true,)

/* The models of an application, for cf_app_new: CF_MODELS(User, Post). */
#define CF_MODELS(...)          ((const struct cf_model *const[]){ CF_FOR_EACH(CF_MODEL_POINTER_, , __VA_ARGS__) NULL })
#define CF_MODEL_POINTER_(_, Model) &(Model).model_,

/* A set of columns of one model, in the order given: cf_columns(User.name, User.email). */
struct cf_columns {
    size_t count;
    const struct cf_column *items[64];
};
#define cf_columns(...)                                                                                                \
    ((struct cf_columns){ (0 CF_FOR_EACH(CF_ONE_, , __VA_ARGS__)), { CF_FOR_EACH(CF_COLUMN_POINTER_, , __VA_ARGS__) } })
#define CF_ONE_(_, x)            +1
#define CF_ONE_IF_ANY_(_, ...)   __VA_OPT__(+1)
#define CF_COLUMN_POINTER_(_, x) (x).column,

/* for cf_each(user, users) … : `user` is a struct User * that walks a list, a page or a relation. The list is
 * evaluated once. */
#define cf_each(row, list)                                                                                             \
    (__typeof__(*(list).items) row = NULL, *row##_at_ = NULL, *row##_end_ = (__extension__({                           \
         __auto_type row##_list_ = (list);                                                                             \
         row##_at_ = (void *)row##_list_.items;                                                                        \
         row##_at_ + row##_list_.count;                                                                                \
     }));                                                                                                              \
     row##_at_ < row##_end_ && (row = *row##_at_, true); row##_at_++)
/* clang-format on */

#endif

/* SPDX-License-Identifier: MIT
 *
 * The database session: what a handler reads and changes. A session hands out structs it keeps an eye on: change a
 * field and cf_commit writes that column and nothing else. One row is one object: asking twice gives the same pointer.
 * All it hands out lives until the request ends; what is not committed by then is rolled back.
 *
 *     struct User *user = cf_get(db, User, 3);
 *     user->name = "Kim";
 *     cf_commit(db);
 *
 * A text assigned to a field must live until the request ends (a literal, cf_format, cf_copy). Texts given to cf_add
 * are copied.
 */
#ifndef CARAFE_SESSION_H
#define CARAFE_SESSION_H

#include <carafe/error.h>
#include <carafe/memory.h>
#include <carafe/select.h>
#include <carafe/value.h>
#pragma GCC system_header

/* How much a transaction sees of others that run beside it. SQLite has CF_SERIALIZABLE only, which is stronger than all
 * others and therefore serves for each. */
enum cf_isolation {
    CF_ISOLATION_DEFAULT, /* the database's own: PostgreSQL read committed, MariaDB repeatable read, SQLite serializable */
    CF_READ_UNCOMMITTED,
    CF_READ_COMMITTED,
    CF_REPEATABLE_READ,
    CF_SERIALIZABLE,
};

/* A line of the program. */
struct cf_place {
    const char *file;
    int line;
};

/* A database session. It owns memory like a request does: cf_format(db, …), cf_defer(db, …). */
typedef struct cf_db {
    cf_context *context;
    struct cf_place place; /* of the call under way, for cf_sql_log */
} cf_db;

/* Notes the line that asks, for cf_sql_log and CARAFE_ECHO; what takes a `db` below does so. */
#define CF_AT_(db) cf_at_((db), __FILE__, __LINE__)
static inline cf_db *cf_at_(cf_db *db, const char *file, int line)
{
    if (db)
        db->place = (struct cf_place){ file, line };
    return db;
}

/* A statement that was run: with its values in brackets (*** for those of hidden columns), how many rows it gave or
 * changed, and what asked for it. */
struct cf_sql_entry {
    const char *sql;
    int64_t rows;
    double milliseconds;
    struct cf_place place;
    const cf_error *error; /* what it failed with, else NULL */
};
/* Told of a statement that has run or failed, in the process that ran it. It may count, measure and log; it may not ask the
 * database, raise or wait. The entry's texts live until it returns. */
typedef void cf_statement_hook(const struct cf_sql_entry *entry);

/* A connection that is about to be opened. */
struct cf_connect {
    cf_context *context; /* for the texts given below, which are needed until the connection is open: cf_format(connect, …) */
    const char *uri;     /* of the database, the password masked */
    const char *user, *password; /* those of the URI, or others: a password that is good for an hour, one read from a file */
    const char *sql;     /* NULL, or a script that the connection begins with, behind that of .on_connect */
};
/* Something that happened to a connection of a worker's pool. */
struct cf_pool_event {
    const char *uri;     /* of the database, the password masked */
    double milliseconds; /* after_checkout: how long it was waited for; before_reset and after_checkin: how long it was out;
                          * after_invalidate: how long it had been open */
    int open, idle;      /* connections that the worker has to this database, and how many of them nobody uses */
};
/* Functions called by the connections of all databases of an app: cf_app_new(…, .engine_hooks = { .before_connect = function }).
 * Each is called in the process whose connection it is. None may ask the database; the first may wait, and raise: whoever
 * needs the connection gets the error. The others only count, measure and log. Those but the first are not called on SQLite,
 * which has no pool, nor for the connections that queries share on PostgreSQL. */
struct cf_engine_hooks {
    void (*before_connect)(struct cf_connect *connect);
    /* A connection was taken out of the pool, for a transaction or for whatever else needs one of its own. */
    void (*after_checkout)(const struct cf_pool_event *event);
    /* A connection was found lost, and closed: a server that went, or that ended it. Shared ones, too. */
    void (*after_invalidate)(const struct cf_pool_event *event);
    /* A connection on which SQL of one's own has run comes back, and is to be made as new. */
    void (*before_reset)(const struct cf_pool_event *event);
    /* A connection is back in the pool. */
    void (*after_checkin)(const struct cf_pool_event *event);
};
struct cf_sql_log {
    const struct cf_sql_entry *items;
    size_t count;
};

/* What to find. `limit` 0: no limit. A query first writes what is pending for its table (cf_flush), unless it says
 * `refresh`: that asks the database as it is, and overwrites the objects the session knows with the answer (their
 * unsaved changes are lost). `read_only` rows are not watched: cheaper, and changing them has no effect. `load` fills
 * relations, each with one query for all rows (a ManyToMany with two; more where there are more than 500):
 * .load = { User.posts, cf_chain(User.posts, Post.tags) }. `with_deleted` gives rows too that CF_SOFT_DELETE hides.
 * `undefer` reads columns with lazy = true, which are left out else: .undefer = cf_columns(Document.body), of the
 * model or of a relation in `load`. Touching what was left
 * out ends the request with "documents.body was not loaded: …"; JSON leaves it out, and no flush writes it unless it is assigned. */
#define CF_FIND_OPTIONS_                                                                                               \
    const cf_expr *where;                                                                                              \
    struct cf_order_list order_by;                                                                                     \
    int64_t limit, offset;                                                                                             \
    bool refresh, read_only;                                                                                           \
    bool no_autoflush;       /* nothing is written first, as in cf_no_autoflush */                                     \
    struct cf_relation_column load[8];                                                                                 \
    bool with_deleted;                                                                                                 \
    struct cf_join join[8];                                                                                            \
    bool distinct;           /* a row once, where joins make several of it */                                          \
    enum cf_lock for_update;                                                                                           \
    const struct cf_model *const *for_update_of; /* CF_MODELS(…) */                                                    \
    struct cf_columns undefer; /* lazy columns that are read, too */                                                   \
    char end_;
struct cf_find_options { CF_FIND_OPTIONS_ };

/* clang-format off */
/* The rows of a model: struct User_list users = cf_find(db, User, .where = …, .order_by = { cf_asc(User.id) }).
 * Never NULL items. */
#define cf_find(db, ...)           CF_FIND_(db, __VA_ARGS__, .end_ = 0)
#define CF_FIND_(db, Model, ...)   (*(__typeof__(*(Model).list_) *)cf_find_(CF_AT_(db), &(Model).model_, &(struct cf_find_options){ __VA_ARGS__ }))
/* The first row, or NULL where there is none. */
#define cf_find_one(db, ...)         CF_FIND_ONE_(db, __VA_ARGS__, .end_ = 0)
#define CF_FIND_ONE_(db, Model, ...) ((__typeof__(*(Model).type_) *)cf_find_one_(CF_AT_(db), &(Model).model_, &(struct cf_find_options){ __VA_ARGS__ }))
/* The only row that meets a condition: CF_NOT_FOUND where there is none, CF_AMBIGUOUS where there are several. */
#define cf_find_exactly_one(db, ...)         CF_FIND_EXACTLY_ONE_(db, __VA_ARGS__, .end_ = 0)
#define CF_FIND_EXACTLY_ONE_(db, Model, ...) ((__typeof__(*(Model).type_) *)cf_find_exactly_one_(CF_AT_(db), &(Model).model_, &(struct cf_find_options){ __VA_ARGS__ }))
/* The row of a primary key, or NULL: cf_get(db, User, 3); a composite key as cf_key(3, "admin"), in the model's
 * order. A row the session already has costs no query. */
#define cf_get(db, ...)              CF_GET_(db, __VA_ARGS__, .end_ = 0)
#define CF_GET_(db, Model, key, ...) ((__typeof__(*(Model).type_) *)cf_get_(CF_AT_(db), &(Model).model_, CF_KEY_(key), &(struct cf_find_options){ __VA_ARGS__ }))
struct cf_key_values { size_t count; struct cf_operand items[4]; };
#define cf_key(...)          ((struct cf_key_values){ (0 CF_FOR_EACH(CF_ONE_, , __VA_ARGS__)), { CF_FOR_EACH(CF_KEY_ITEM_, , __VA_ARGS__) } })
#define CF_KEY_ITEM_(_, x)   CF_OPERAND_(x),
static inline struct cf_key_values cf_key_same_(struct cf_key_values key) { return key; }
static inline struct cf_key_values cf_key_integer_(int64_t value) { return (struct cf_key_values){ 1, { { .kind = CF_OPERAND_INTEGER, .integer = value } } }; }
static inline struct cf_key_values cf_key_text_(const char *value) { return (struct cf_key_values){ 1, { { .kind = CF_OPERAND_TEXT, .text = value } } }; }
static inline struct cf_key_values cf_key_uuid_(cf_uuid value) { return (struct cf_key_values){ 1, { { .kind = CF_OPERAND_UUID, .uuid = value } } }; }
#define CF_KEY_(x) _Generic((x), struct cf_key_values: cf_key_same_, char *: cf_key_text_, const char *: cf_key_text_, cf_uuid: cf_key_uuid_, \
    CF_SIGNED_(cf_key_integer_), unsigned long: cf_key_integer_, unsigned long long: cf_key_integer_)(x)

/* What a relation of one row holds, loaded where it was not: struct User *author = cf_related(db, Post.author, post);
 * for cf_each(post, cf_related(db, User.posts, user)) … For the rows of a list, .load asks once for all of them: in debug
 * mode the log names a handler that asks for one at a time. */
#define cf_related(db, handle, row) (*(__typeof__(handle##_types_.related))cf_related_(CF_AT_(db), (handle).relation, \
                                                                                       (const __typeof__(*handle##_types_.own) *[]){ (row) }[0]))
/* In .load, alone or as a step of cf_chain: a list in part, the rows that meet a condition (NULL: all). HasMany and
 * ManyToMany: .load = { cf_only(User.posts, cf_eq(Post.published, true)) }. What the list does not show is left alone by
 * all that is done to it, and a later .load or cf_related of the relation loads the whole list. */
#define cf_only(relation, condition) cf_only_((relation), (condition))
struct cf_relation_column cf_only_(struct cf_relation_column relation, const cf_expr *condition);
/* In .load, alone or as the first steps of cf_chain: a relation to one (BelongsTo, HasOne) that is read by the same
 * statement, with a LEFT JOIN, rather than by a query of its own: .load = { cf_joined(Post.author) },
 * cf_chain(cf_joined(Post.author), cf_joined(User.team)). What it finds is the same. Up to eight of a query. Where .join has
 * the relation already (without .on, or as an inner join), that join is used, so that .where and .order_by may name its columns. A lock
 * is for the model's rows only: with .for_update it is loaded by a query of its own. Of a list, and of a HasOne that nothing
 * says is unique, it is CF_INTERNAL. */
#define cf_joined(relation) cf_joined_((relation))
struct cf_relation_column cf_joined_(struct cf_relation_column relation);
/* False where a relation holds nothing yet: neither NULL nor an empty list, but what ends the request when touched, with
 * "posts.author was not loaded: add .load = { Post.author }". */
#define cf_is_loaded(handle, row) cf_is_loaded_((handle).relation, (const __typeof__(*handle##_types_.own) *[]){ (row) }[0])

/* Puts a row into a list of a relation, or takes it out: cf_append(db, User.posts, user, post). Written at the next
 * flush: as the foreign key of the row, or as a pair in the table of a ManyToMany. The list itself need not be loaded;
 * where it is, it follows. A row taken out of a HasMany refers to nothing from then on (its column must be Nullable), or
 * is deleted where the relation says cascade = "delete-orphan". The other relations are assigned: post->author = user. */
#define cf_append(db, handle, own, other) CF_LINK_(cf_append_, db, handle, own, other)
#define cf_remove(db, handle, own, other) CF_LINK_(cf_remove_, db, handle, own, other)
#define CF_LINK_(function, db, handle, own_, other) function((db), (handle).relation, (__typeof__(*handle##_types_.own) *[]){ (own_) }[0], \
                                                             (__typeof__(*(*handle##_types_.related).items)[1]){ (other) }[0])

/* Lists whose relation has a position: a row is put before the one at that index, from 0 (at the end where there are not so
 * many), or moved there, and the rows get their numbers: cf_insert_at(db, Slide.bullets, slide, bullet, 0). cf_reorder numbers
 * the rows as they stand in the list, which the program may have sorted. Both load the list, as cf_append and cf_remove do for
 * these relations; CF_INTERNAL where the relation has no position. What else changes such a list while it is loaded
 * (cf_delete of a row, an assigned BelongsTo) numbers it when it is written. */
#define cf_insert_at(db, handle, own_, other, index) cf_insert_at_((db), (handle).relation, (__typeof__(*handle##_types_.own) *[]){ (own_) }[0], \
                                                                   (__typeof__(*(*handle##_types_.related).items)[1]){ (other) }[0], (index))
#define cf_reorder(db, handle, own_) cf_reorder_((db), (handle).relation, (__typeof__(*handle##_types_.own) *[]){ (own_) }[0])

/* How many rows, and whether there is any: cf_count(db, User, .where = …). */
#define cf_count(db, ...)         CF_COUNT_(db, __VA_ARGS__, .end_ = 0)
#define CF_COUNT_(db, Model, ...) cf_count_(CF_AT_(db), &(Model).model_, &(struct cf_find_options){ __VA_ARGS__ })
#define cf_has(db, ...)           CF_HAS_(db, __VA_ARGS__, .end_ = 0)
#define CF_HAS_(db, Model, ...)   cf_has_(CF_AT_(db), &(Model).model_, &(struct cf_find_options){ __VA_ARGS__ })

/* Queries that are asked together: where the database answers several at once (PostgreSQL) they cost one round trip, else
 * they are run one after the other. Each gives a pointer to what its namesake gives, which cf_await fills; until then it
 * must not be touched: a row or a list ends the request, a count is INT64_MIN.
 *
 *     int64_t *count = cf_count_later(db, Post);
 *     struct Post_list *latest = cf_find_later(db, Post, .order_by = { cf_desc(Post.id) }, .limit = 10);
 *     struct User **user = cf_get_later(db, User, 3);
 *     cf_await(db);
 *
 * They are those of the session at cf_await: what is pending is written then, and they run in the order in which they were asked
 * for; what is never awaited is not asked. The options of their namesakes, without the locks, are copied, as is a key. The first
 * error ends cf_await, and what was not filled by then stays as it was. */
#define cf_find_later(db, ...)           CF_FIND_LATER_(db, __VA_ARGS__, .end_ = 0)
#define CF_FIND_LATER_(db, Model, ...)   ((__typeof__((Model).list_))cf_find_later_(CF_AT_(db), &(Model).model_, &(struct cf_find_options){ __VA_ARGS__ }))
#define cf_find_one_later(db, ...)       CF_FIND_ONE_LATER_(db, __VA_ARGS__, .end_ = 0)
#define CF_FIND_ONE_LATER_(db, Model, ...) ((__typeof__(*(Model).type_) **)cf_find_one_later_(CF_AT_(db), &(Model).model_, &(struct cf_find_options){ __VA_ARGS__ }))
#define cf_get_later(db, ...)            CF_GET_LATER_(db, __VA_ARGS__, .end_ = 0)
#define CF_GET_LATER_(db, Model, key, ...) ((__typeof__(*(Model).type_) **)cf_get_later_(CF_AT_(db), &(Model).model_, CF_KEY_(key), &(struct cf_find_options){ __VA_ARGS__ }))
#define cf_count_later(db, ...)          CF_COUNT_LATER_(db, __VA_ARGS__, .end_ = 0)
#define CF_COUNT_LATER_(db, Model, ...)  cf_count_later_(CF_AT_(db), &(Model).model_, &(struct cf_find_options){ __VA_ARGS__ })
#define cf_select_later(db, Shape, ...)  CF_SELECT_LATER_(db, Shape, __VA_ARGS__, .end_ = 0)
#define CF_SELECT_LATER_(db, Shape, ...) ((__typeof__((Shape).list_))cf_select_later_(CF_AT_(db), &(Shape).model_, CF_SELECT_ARGUMENT_(Shape, __VA_ARGS__)))
void cf_await(cf_db *db);

/* A new row: struct User *user = cf_add(db, User, .name = "kim", .age = cf_optional(30)). Up to 64 fields. A field
 * left out takes its server default or NULL; where it has neither, the commit is refused as NOT NULL. An explicit 0
 * or false is stored. Written at the next flush; after it, keys and defaults made by the database are in the struct.
 * A compound literal with a comma stands in parentheses: .photo = ((cf_bytes){ data, size }). */
#define cf_add(db, ...) CF_ADD_(db, __VA_ARGS__, )
#define CF_ADD_(db, Model, ...) __extension__({                                                                        \
        const char *const cf_named_[] = { CF_FOR_EACH(CF_NAMED_FIELD_, , __VA_ARGS__) NULL };                          \
        __typeof__(*(Model).type_) *cf_row_ = cf_new_((db), CF_WRITTEN_(Model));                                          \
        CF_FOR_EACH(CF_ASSIGN_, cf_row_, __VA_ARGS__)                                                                  \
        cf_added_((db), &(Model).model_, cf_row_, cf_named_);                                                          \
        cf_row_; })
#define CF_NAMED_FIELD_(_, ...)  __VA_OPT__(#__VA_ARGS__,)
#define CF_ASSIGN_(row, ...)     __VA_OPT__((*row)__VA_ARGS__;)

/* An insert_default for a Uuid: a random one. A key that is made by the program is in the struct from the flush on. */
void cf_default_uuid(cf_db *db, void *row);

/* Reads a row again: the database's values, whatever the program has assigned; its relations are unloaded, but for those
 * in .load, and what was put into and taken out of its lists and not flushed is forgotten, but for what it has assigned to a
 * BelongsTo of the other row. CF_STALE where it is not there any more. */
#define cf_refresh(db, ...)              CF_REFRESH_(db, __VA_ARGS__, .end_ = 0)
#define CF_REFRESH_(db, Model, row, ...) cf_refresh_(CF_AT_(db), &(Model).model_, (__typeof__(*(Model).type_) *[]){ (row) }[0], &(struct cf_find_options){ __VA_ARGS__ })
/* Trusts a row no longer, or no row that was read: the next query that gives it, or cf_get, reads it again. What was assigned
 * and not flushed is lost, as is what was appended to its relations, which are unloaded; it stays readable as it was. */
#define cf_expire(db, Model, row) cf_expire_((db), &(Model).model_, (const __typeof__(*(Model).type_) *[]){ (row) }[0])
void cf_expire_all(cf_db *db);
/* Forgets a row: what was assigned to it, and that it was added or deleted, is not written. The struct stays readable. */
#define cf_expunge(db, Model, row) cf_expunge_((db), &(Model).model_, (const __typeof__(*(Model).type_) *[]){ (row) }[0])
/* Adds a row again that this session had. One whose cf_add was rolled back, or that was expunged or deleted before it was
 * written, is a new row once more: with the values it has, but the keys and defaults that the database made are made anew,
 * and its lists are empty. One that was read or written before it was expunged is watched again: what was assigned to it
 * meanwhile is a change. One that is to be deleted stays. Nothing for a row that the session has. CF_INTERNAL for one that was
 * deleted, that this session never had, or that it has read again as another object. */
#define cf_add_again(db, Model, row) cf_add_again_((db), CF_WRITTEN_(Model), (__typeof__(*(Model).type_) *[]){ (row) }[0])

/* What the next flush will do with a row. */
enum cf_row_state {
    CF_ROW_UNKNOWN, /* nothing: not one the session watches (any more) */
    CF_ROW_NEW,     /* insert it */
    CF_ROW_CLEAN,   /* nothing: it is as it was read or written */
    CF_ROW_CHANGED, /* update it */
    CF_ROW_DELETED, /* delete it */
};
#define cf_state(db, Model, row) cf_state_((db), &(Model).model_, (const __typeof__(*(Model).type_) *[]){ (row) }[0])
/* True where a column's value in a row is not the one that was last read or written; of a new row, where it has been given
 * one: cf_is_changed(db, User.email, user), in a hook for example. */
#define cf_is_changed(db, handle, row) cf_is_changed_((db), (handle).column, (row))
/* A row as it was last read or written, until the next flush; NULL for a new one. */
#define cf_original(db, Model, row) \
    ((const __typeof__(*(Model).type_) *)cf_original_((db), &(Model).model_, (const __typeof__(*(Model).type_) *[]){ (row) }[0]))
/* The session's rows of a model that are in a state, in the order they came to it: cf_pending(db, User, CF_ROW_NEW). */
#define cf_pending(db, Model, state) (*(__typeof__(*(Model).list_) *)cf_pending_((db), &(Model).model_, (state)))

/* Deletes a row the session handed out, at the next flush. */
#define cf_delete(db, Model, row) cf_delete_((db), CF_WRITTEN_(Model), (const __typeof__(*(Model).type_) *[]){ (row) }[0])

/* Rows of a model by your own SQL, a literal with a `?` for each value: cf_sql(db, User, "SELECT * FROM users WHERE
 * name = ?", name); or with a name for each: cf_sql(db, User, "SELECT * FROM users WHERE name = :name", cf_value("name",
 * name)). What stands in quotes and comments is no placeholder; a question mark that is an operator is written `??` on
 * PostgreSQL. The result's columns are matched to the model's (or SHAPE's) by name: a SHAPE is filled whole, else
 * CF_INTERNAL. Rows of a model are watched by the session only where all its columns are among them: of a row read in part, changes
 * are not written. NULL for a field that is not Nullable is CF_CORRUPT. Values are of all types that columns have; a NULL
 * text, and an optional that is not set, is SQL NULL. One statement, not several: CF_SQL.
 * A list of values stands alone in the parentheses behind IN or NOT IN: cf_sql(db, User, "SELECT * FROM users WHERE id IN (?)",
 * cf_integers(ids, count)); an empty one has nothing, so that IN is false and NOT IN true. It may be as long as that of
 * cf_in_array.
 * SQL that writes and gives rows ("INSERT … RETURNING *") is part of the session's transaction, until cf_commit.
 * cf_sql_unchecked takes a text made at run time: never one with a client's words in it. */
#define cf_sql(db, Model, ...)            CF_SQL_(db, Model, __VA_ARGS__, )
#define CF_SQL_(db, Model, text, ...)     (*(__typeof__(*(Model).list_) *)cf_sql_(CF_AT_(db), &(Model).model_, "" text, CF_SQL_VALUES_(__VA_ARGS__)))
#define cf_sql_unchecked(db, Model, ...)  CF_SQL_UNCHECKED_(db, Model, __VA_ARGS__, )
#define CF_SQL_UNCHECKED_(db, Model, text, ...) (*(__typeof__(*(Model).list_) *)cf_sql_(CF_AT_(db), &(Model).model_, (text), CF_SQL_VALUES_(__VA_ARGS__)))
/* The first of them, or NULL where there is none. */
#define cf_sql_one(db, Model, ...)        CF_SQL_ONE_(db, Model, __VA_ARGS__, )
#define CF_SQL_ONE_(db, Model, text, ...) ((__typeof__(*(Model).type_) *)cf_sql_one_(CF_AT_(db), &(Model).model_, "" text, CF_SQL_VALUES_(__VA_ARGS__)))
/* One value by your own SQL, the first column of its first row: cf_sql_integer(db, "SELECT count(*) FROM users WHERE id > ?", 3).
 * NULL where that is NULL or there is no row. _integer, _boolean, _number, _decimal, _time, _date, _clock and _uuid give optionals,
 * _text a text or NULL, _bytes a blob whose data is NULL. An integer is welcome to a number and a decimal; a decimal has the digits
 * that the database gives it, one made of a number those that the number has. What cannot be read as the type is CF_CORRUPT, SQL
 * without a result CF_INTERNAL. */
#define cf_sql_integer(db, ...)           CF_SQL_SCALAR_(integer, db, __VA_ARGS__, )
#define cf_sql_boolean(db, ...)           CF_SQL_SCALAR_(boolean, db, __VA_ARGS__, )
#define cf_sql_number(db, ...)            CF_SQL_SCALAR_(number, db, __VA_ARGS__, )
#define cf_sql_decimal(db, ...)           CF_SQL_SCALAR_(decimal, db, __VA_ARGS__, )
#define cf_sql_time(db, ...)              CF_SQL_SCALAR_(time, db, __VA_ARGS__, )
#define cf_sql_date(db, ...)              CF_SQL_SCALAR_(date, db, __VA_ARGS__, )
#define cf_sql_clock(db, ...)             CF_SQL_SCALAR_(clock, db, __VA_ARGS__, )
#define cf_sql_uuid(db, ...)              CF_SQL_SCALAR_(uuid, db, __VA_ARGS__, )
#define cf_sql_text(db, ...)              CF_SQL_SCALAR_(text, db, __VA_ARGS__, )
#define cf_sql_bytes(db, ...)             CF_SQL_SCALAR_(bytes, db, __VA_ARGS__, )
#define CF_SQL_SCALAR_(kind, db, text, ...) cf_sql_scalar_##kind##_(CF_AT_(db), "" text, CF_SQL_VALUES_(__VA_ARGS__))
/* The SQL that a query would be sent as to the session's database, placeholders in it, and the values that go into these, as
 * the log shows them ("" where there are none). Nothing is run:
 *
 *     const char *sql = cf_query_sql(db, cf_subselect(Total, .from = Post, .where = cf_eq(Post.author_id, 3)));
 */
const char *cf_query_sql(cf_db *db, const cf_subquery *query);
const char *cf_query_parameters(cf_db *db, const cf_subquery *query);
/* Runs SQL without a result; returns how many rows it changed. In the session's transaction, until cf_commit. */
#define cf_sql_execute(db, ...)           CF_SQL_EXECUTE_(db, __VA_ARGS__, )
#define CF_SQL_EXECUTE_(db, text, ...)    cf_sql_execute_(CF_AT_(db), "" text, CF_SQL_VALUES_(__VA_ARGS__))
/* Runs one statement outside of any transaction, as databases ask for VACUUM, CREATE DATABASE or CREATE INDEX CONCURRENTLY:
 * what it does is done at once. A literal without placeholders. CF_INTERNAL in a session that is in a transaction. */
#define cf_sql_autocommit(db, text)       cf_sql_autocommit_(CF_AT_(db), "" text)
void cf_sql_autocommit_(cf_db *db, const char *text);
#define CF_SQL_VALUES_(...) ((struct cf_values){ (0 CF_FOR_EACH(CF_ONE_IF_ANY_, , __VA_ARGS__)), (const struct cf_sql_value[]){ CF_FOR_EACH(CF_SQL_VALUE_, , __VA_ARGS__) { 0 } } })
#define CF_SQL_VALUE_(_, ...) __VA_OPT__(CF_SQL_MAKER_(__VA_ARGS__)(__VA_ARGS__),)
struct cf_sql_value { const char *name; struct cf_operand value; struct cf_list list; };
struct cf_values { size_t count; const struct cf_sql_value *items; };
#define CF_SQL_KIND_(kind, type, tag) static inline struct cf_sql_value cf_sql_##kind##_(type value) { return (struct cf_sql_value){ .value = cf_##kind##_value_(value).operand }; }
CF_VALUE_KINDS(CF_SQL_KIND_)
#undef CF_SQL_KIND_
static inline struct cf_sql_value cf_sql_unsigned_(uint64_t value) { return (struct cf_sql_value){ .value = cf_unsigned_value_(value).operand }; }
static inline struct cf_sql_value cf_sql_list_(struct cf_list list) { return (struct cf_sql_value){ .list = list }; }
#define CF_SQL_OPTIONAL_(kind, type) static inline struct cf_sql_value cf_sql_optional_##kind##_(cf_optional_##kind value) \
{ return value.is_set ? cf_sql_##kind##_(value.value) : (struct cf_sql_value){ .value = { .kind = CF_OPERAND_NULL } }; }
CF_OPTIONAL_TYPES(CF_SQL_OPTIONAL_)
#undef CF_SQL_OPTIONAL_
struct cf_sql_value cf_sql_named_(struct cf_named value);
#define CF_SQL_MAKER_(x) _Generic((x), CF_SIGNED_(cf_sql_integer_), unsigned long: cf_sql_unsigned_, unsigned long long: cf_sql_unsigned_, \
    bool: cf_sql_boolean_, float: cf_sql_number_, double: cf_sql_number_, cf_decimal: cf_sql_decimal_, char *: cf_sql_text_,           \
    const char *: cf_sql_text_, cf_date: cf_sql_date_, cf_clock: cf_sql_clock_, cf_time: cf_sql_time_, cf_uuid: cf_sql_uuid_,          \
    cf_bytes: cf_sql_bytes_, cf_optional_integer: cf_sql_optional_integer_, cf_optional_number: cf_sql_optional_number_,               \
    cf_optional_boolean: cf_sql_optional_boolean_, cf_optional_time: cf_sql_optional_time_, cf_optional_date: cf_sql_optional_date_,   \
    cf_optional_clock: cf_sql_optional_clock_, cf_optional_uuid: cf_sql_optional_uuid_, cf_optional_decimal: cf_sql_optional_decimal_, \
    struct cf_named: cf_sql_named_, struct cf_list: cf_sql_list_)
/* clang-format on */

/* Writes what was added, changed and deleted to the transaction, in foreign-key order, without committing. Raises as
 * cf_commit does, and as there everything since the last commit is then rolled back. */
#define cf_flush(db) cf_flush_(CF_AT_(db))
void cf_flush_(cf_db *db);
/* Runs function(db, argument), whose queries do not write first what is pending: where rows are put together that are not
 * fit to be written yet. They do not see it either; rows that wait to be written keep what was assigned. An error goes on.
 * What writes (cf_update_all and its like, cf_nested, cf_flush, cf_commit) writes what is pending as ever. Of one query:
 * .no_autoflush; of all sessions of an app: .no_autoflush of cf_app_new. */
void cf_no_autoflush(cf_db *db, void (*function)(cf_db *db, void *argument), void *argument);
/* Flushes and commits: all of it or nothing. Raises what the database refuses: CF_UNIQUE (409), CF_FOREIGN_KEY
 * (409), CF_NOT_NULL, CF_CHECK (422), CF_BUSY (503), CF_DISK_FULL (507) …; everything since the last commit is then
 * rolled back. */
#define cf_commit(db) cf_commit_(CF_AT_(db))
void cf_commit_(cf_db *db);
/* As cf_commit, but hands an error of the database back (after rolling back) instead of ending the request. NULL:
 * committed. */
#define cf_try_commit(db) cf_try_commit_(CF_AT_(db))
const cf_error *cf_try_commit_(cf_db *db);
/* Forgets what was added, changed and deleted since the last commit: objects get their committed values back. A hook that
 * runs within a flush or commit raises an error instead, which does the same: there this call is CF_INTERNAL. */
void cf_rollback(cf_db *db);

/* ---- Several databases ------------------------------------------------------------------------------------------
 *
 * Models of MODEL_IN are found, added and deleted by the same session; each database has a transaction of its own. cf_flush,
 * cf_commit and cf_rollback are for all of them: everything is flushed first, then the databases are committed one after
 * the other, the app's own last. Where one refuses its commit those before it stay committed. What takes no model (cf_begin,
 * cf_transaction, cf_nested, cf_sql_execute) is for the app's own, unless it is given the session of another: */
cf_db *cf_bind(cf_db *db, const char *name);

/* ---- Transactions -----------------------------------------------------------------------------------------------
 *
 * A session begins a transaction by itself with the first thing it writes. Where reads belong to it as well, or others
 * that run beside it matter, it is said: */

struct cf_transaction_options {
    enum cf_isolation isolation; /* CF_ISOLATION_DEFAULT: the database's */
    bool read_only;              /* writing is an error; all reads see one state */
    int attempts;                /* of cf_transaction: how often it is run at most, 10 */
    char end_;
};
/* clang-format off */
/* Begins a transaction now, until cf_commit or cf_rollback: cf_begin(db, .isolation = CF_SERIALIZABLE). On SQLite it holds
 * the one right to write meanwhile. Raises CF_INTERNAL in a session that has begun one or has something to write. */
#define cf_begin(...)          CF_BEGIN_(__VA_ARGS__, .end_ = 0)
#define CF_BEGIN_(db, ...)     cf_begin_(CF_AT_(db), (struct cf_transaction_options){ __VA_ARGS__ })
/* Runs function(db, argument) in a transaction and commits it: cf_transaction(db, move_money, transfer). Where the
 * database finds that it conflicts with another transaction (a serialization failure, a deadlock, a lost connection before
 * the commit), it is rolled back and run again after a short pause, so the function must do nothing but use the
 * session that cannot be done twice. An error ends it, rolled back. Raises CF_INTERNAL where
 * the session is in a transaction or has something to write already. */
#define cf_transaction(db, function, ...)            CF_TRANSACTION_(db, function, __VA_ARGS__, .end_ = 0)
#define CF_TRANSACTION_(db, function, argument, ...) cf_transaction_(CF_AT_(db), (function), (argument), (struct cf_transaction_options){ __VA_ARGS__ })
/* clang-format on */
typedef void cf_transaction_function(cf_db *db, void *argument);

/* Runs function(db, argument) in a savepoint of the transaction. Where an error ends it, what was done since is undone,
 * in the database and in the objects, and what was done before stays: cf_nested passes the error on, cf_try_nested hands
 * it back (NULL: none), so that the program may go on. Nests. cf_rollback goes back to the savepoint only; cf_commit is
 * an error within. */
typedef void cf_nested_function(cf_db *db, void *argument);
void cf_nested(cf_db *db, cf_nested_function *function, void *argument);
const cf_error *cf_try_nested(cf_db *db, cf_nested_function *function, void *argument);

/* ---- Hooks ------------------------------------------------------------------------------------------------------
 *
 * Those of a model's rows are its Hooks (carafe/model.h). These are of the session:
 *
 * Calls function(db, argument) once at the next commit: before what is pending is written, or after the database has
 * committed (an error then comes too late to undo anything). A rollback forgets both. */
void cf_before_commit(cf_db *db, cf_nested_function *function, void *argument);
void cf_after_commit(cf_db *db, cf_nested_function *function, void *argument);
/* Calls function(db, argument) once where what was done so far is rolled back: by cf_rollback, by an error, at the end of a
 * request that has not committed, or with the savepoint it was said in. A commit forgets it. What it raises is logged. */
void cf_after_rollback(cf_db *db, cf_nested_function *function, void *argument);
/* Calls function(db, argument) at each flush of the session that has something to write. Before it, rows may be added,
 * changed and deleted, which is written by the same flush, and cf_pending tells of those that are to be written; after it,
 * everything is written, and what is changed then is written at once, by a flush of its own. Neither may flush or commit. */
void cf_before_flush(cf_db *db, cf_nested_function *function, void *argument);
void cf_after_flush(cf_db *db, cf_nested_function *function, void *argument);
/* Calls function(db, argument) at the beginning of each of the session's transactions, before what it was begun for: for
 * "SET LOCAL …". Reads outside transactions begin none. */
void cf_after_begin(cf_db *db, cf_nested_function *function, void *argument);

/* Calls function(db, argument) at each savepoint (cf_nested, cf_try_nested) of the session: when it was made, before what it was
 * made for, which an error ends; when it is kept, as a part of the transaction or the savepoint around it; and when what was
 * done since is undone, by an error or cf_rollback, an error then being logged. Not where the whole transaction is rolled
 * back. None may call cf_nested. */
void cf_after_begin_nested(cf_db *db, cf_nested_function *function, void *argument);
void cf_after_commit_nested(cf_db *db, cf_nested_function *function, void *argument);
void cf_after_rollback_nested(cf_db *db, cf_nested_function *function, void *argument);

/* The same for all sessions of an app, each time: cf_app_new(…, .session_hooks = { .before_flush = function }). They come
 * before those of the session. after_rollback is called where a transaction was rolled back. Each database has a session of
 * its own (cf_bind). */
typedef void cf_session_hook(cf_db *db);
struct cf_session_hooks {
    cf_session_hook *after_begin, *before_flush, *after_flush, *before_commit, *after_commit, *after_rollback;
    cf_session_hook *after_begin_nested, *after_commit_nested, *after_rollback_nested;
};

/* True where `error` is the violation of a constraint of this column (NOT NULL included), of this Unique, Index or Check
 * entry, or of the foreign key behind this relation: cf_violates(error, Post.one_slug), cf_violates(error, Post.author).
 * False where nobody knows which it was: of SQLite a foreign key that is checked at the commit, or that rows which were no objects violate. */
#define cf_violates(error, handle) cf_violates_((error), CF_ITEM_(handle))
/* The item of a model behind a handle of any kind. */
#define CF_ITEM_(handle) _Generic((handle), struct cf_relation_column: cf_relation_item_ CF_COLUMN_KINDS(CF_ITEM_CASE_))(handle)
#define CF_ITEM_CASE_(kind) , struct cf_##kind##_column: cf_##kind##_item_
#define CF_ITEM_OF_(kind) static inline const struct cf_column *cf_##kind##_item_(struct cf_##kind##_column handle) { return handle.column; }
CF_COLUMN_KINDS(CF_ITEM_OF_)
#undef CF_ITEM_OF_
static inline const struct cf_column *cf_relation_item_(struct cf_relation_column handle) { return handle.relation; }
bool cf_violates_(const cf_error *error, const struct cf_column *column);

/* ---- Behind the macros ------------------------------------------------------------------------------------------ */

void *cf_select_(cf_db *db, const struct cf_model *shape, const void *argument, size_t columns);
void *cf_select_one_(cf_db *db, const struct cf_model *shape, const void *argument, size_t columns);
#define CF_SELECT_VALUE_OF_(kind, type) \
    cf_optional_##kind cf_select_##kind##_(cf_db *db, struct cf_operand value, const struct cf_select_options *options);
CF_OPTIONAL_TYPES(CF_SELECT_VALUE_OF_)
#undef CF_SELECT_VALUE_OF_
const char *cf_select_text_(cf_db *db, struct cf_operand value, const struct cf_select_options *options);
cf_bytes cf_select_bytes_(cf_db *db, struct cf_operand value, const struct cf_select_options *options);
#define CF_SELECT_VALUES_OF_(kind, type) \
    struct cf_##kind##_values cf_select_##kind##s_(cf_db *db, struct cf_operand value, const struct cf_select_options *options);
CF_VALUES_KINDS_(CF_SELECT_VALUES_OF_)
#undef CF_SELECT_VALUES_OF_

void *cf_find_(cf_db *db, const struct cf_model *model, const struct cf_find_options *options);
void *cf_find_one_(cf_db *db, const struct cf_model *model, const struct cf_find_options *options);
void *cf_find_exactly_one_(cf_db *db, const struct cf_model *model, const struct cf_find_options *options);
void *cf_get_(cf_db *db, const struct cf_model *model, struct cf_key_values key, const struct cf_find_options *options);
int64_t cf_count_(cf_db *db, const struct cf_model *model, const struct cf_find_options *options);
bool cf_has_(cf_db *db, const struct cf_model *model, const struct cf_find_options *options);
void *cf_find_later_(cf_db *db, const struct cf_model *model, const struct cf_find_options *options);
void *cf_find_one_later_(cf_db *db, const struct cf_model *model, const struct cf_find_options *options);
void *cf_get_later_(cf_db *db, const struct cf_model *model, struct cf_key_values key, const struct cf_find_options *options);
int64_t *cf_count_later_(cf_db *db, const struct cf_model *model, const struct cf_find_options *options);
void *cf_select_later_(cf_db *db, const struct cf_model *shape, const void *argument, size_t columns);
const void *cf_related_(cf_db *db, const struct cf_column *relation, const void *row);
void cf_append_(cf_db *db, const struct cf_column *relation, void *own, void *other);
void cf_insert_at_(cf_db *db, const struct cf_column *relation, void *own, void *other, size_t index);
void cf_reorder_(cf_db *db, const struct cf_column *relation, void *own);
void cf_remove_(cf_db *db, const struct cf_column *relation, void *own, void *other);
bool cf_is_loaded_(const struct cf_column *relation, const void *row);
void *cf_new_(cf_db *db, const struct cf_model *model);
void cf_added_(cf_db *db, const struct cf_model *model, void *row, const char *const *named);
void cf_refresh_(cf_db *db, const struct cf_model *model, void *row, const struct cf_find_options *options);
void cf_expunge_(cf_db *db, const struct cf_model *model, const void *row);
void cf_add_again_(cf_db *db, const struct cf_model *model, void *row);
void cf_expire_(cf_db *db, const struct cf_model *model, const void *row);
enum cf_row_state cf_state_(cf_db *db, const struct cf_model *model, const void *row);
bool cf_is_changed_(cf_db *db, const struct cf_column *column, const void *row);
const void *cf_original_(cf_db *db, const struct cf_model *model, const void *row);
void *cf_pending_(cf_db *db, const struct cf_model *model, enum cf_row_state state);
void cf_delete_(cf_db *db, const struct cf_model *model, const void *row);
void *cf_sql_(cf_db *db, const struct cf_model *model, const char *text, struct cf_values values);
void *cf_sql_one_(cf_db *db, const struct cf_model *model, const char *text, struct cf_values values);
#define CF_SQL_SCALAR_OF_(kind, type) cf_optional_##kind cf_sql_scalar_##kind##_(cf_db *db, const char *text, struct cf_values values);
CF_OPTIONAL_TYPES(CF_SQL_SCALAR_OF_)
#undef CF_SQL_SCALAR_OF_
const char *cf_sql_scalar_text_(cf_db *db, const char *text, struct cf_values values);
cf_bytes cf_sql_scalar_bytes_(cf_db *db, const char *text, struct cf_values values);
void cf_begin_(cf_db *db, struct cf_transaction_options options);
void cf_transaction_(cf_db *db, cf_transaction_function *function, void *argument, struct cf_transaction_options options);
int64_t cf_sql_execute_(cf_db *db, const char *text, struct cf_values values);

#endif

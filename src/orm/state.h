/* SPDX-License-Identifier: MIT
 *
 * What a session knows, shared by the files of this folder. Rows lie in chunks, side by side, each chunk with a copy
 * of its rows as the database has them (the shadows). A chunk is entered into the index by primary key only when
 * somebody looks a key up, so that a request which reads one list and writes it out pays for no index.
 */
#ifndef CARAFE_ORM_STATE_H
#define CARAFE_ORM_STATE_H

#include <carafe/bulk.h>

#include "../base/trap.h"
#include "../db/placeholders.h"
#include "../db/relation.h"
#include "session.h"

enum cf__row_state {
    CF__ROW_CLEAN,    /* in the database; changed where it differs from its shadow */
    CF__ROW_NEW,      /* added, not yet written; its shadow means nothing */
    CF__ROW_DELETED,  /* to be deleted at the next flush */
    CF__ROW_GONE,     /* deleted, or forgotten */
    CF__ROW_EXPUNGED, /* forgotten for good: no rollback brings it back, but cf_add_again */
};

struct cf__chunk {
    char *rows, *shadows;
    unsigned char *states; /* enum cf__row_state */
    size_t count;
    unsigned transaction;    /* of the session's, in which they were read */
    bool *expired;           /* rows to be read again; NULL: none */
    unsigned *noted;         /* since which point a rollback restores a row that was only read; NULL: none */
    struct cf__added *added; /* of a single new row, until it is written */
    struct cf__chunk *next, *next_unindexed;
};

/* A row's place. */
struct cf__slot {
    struct cf__chunk *chunk;
    size_t at;
};

/* The layout of every list of rows: of a query's result and of a relation. */
struct cf__items {
    void **items; /* ended by NULL */
    size_t count;
};

/* So many rows whose relation is loaded one by one are a mistake worth a word. */
enum { CF__MANY_ALONE = 4 };

/* A relation of a model, in one session. */
struct cf__related {
    const struct cf__relation *relation;
    unsigned alone; /* how often it was loaded for a single row */
};

/* All rows of one model. */
struct cf__joined;
struct cf__rows_of {
    const struct cf_model *model;
    uint64_t columns, key;
    struct cf__related *relations;
    size_t relation_count;
    const struct cf_hooks *hooks;                 /* none of them where the model declares none */
    uint64_t stamps, validated, computed;         /* columns that say so */
    uint64_t referred, refers;                    /* columns that a foreign key may refer to, and that refer */
    uint64_t insert_defaults, update_defaults;    /* columns that have one */
    uint64_t lazy;                                /* columns that queries leave out */
    void **unread;                                /* what these hold then: a trap, by the column's place in the model */
    const struct cf_column *version, *deleted_at; /* or NULL */
    const struct cf_column *counted;              /* the version, where it is not the program that makes it; or NULL */
    struct cf__chunk *chunks, *unindexed;         /* newest first */
    struct cf__slot *index;                       /* open addressing by key; chunk NULL: free */
    size_t index_count, index_capacity;
    struct cf__chunk **fresh; /* chunks of rows that were added, open addressing by the row\'s address */
    size_t fresh_count, fresh_capacity;
    size_t deleted; /* rows to be deleted */
    bool lost;      /* rows have gone that relations of others may hold */
    bool unsure;    /* rows were read that a rollback may have taken from the database */
    void *keyed;    /* a struct to look rows up by, made when it is first needed */
    size_t rank;    /* how many models it stands above by foreign keys: of the last flush */
    struct cf__rows_of *next;
};

/* A row to be inserted. */
struct cf__added {
    struct cf__rows_of *of;
    struct cf__slot slot;
    uint64_t set;      /* fields given */
    uint64_t given;    /* keys among them, by relations */
    uint64_t returned; /* fields the database made at the insert */
    struct cf__added *next;
    bool waits;               /* for its own rows to be written first, or with others for a statement */
    bool queued;              /* with others, for a statement */
    bool hooked;              /* before_insert was called */
    bool stored, undone;      /* the database has it; had it until a rollback: its shadow is what was written */
    bool can_follow;          /* for_it can be written without this one, and updated when it is */
    struct cf__added *for_it; /* waits for this one */
    struct cf__added *needs;  /* what must be written before this one, where that was found out */
    const struct cf__link_change *pair; /* that it stands for, or NULL */
};

/* A row put into or taken out of a list, where the rows themselves do not tell. */
struct cf__link_change {
    const struct cf__relation *relation;
    void *own, *other;
    bool added;
    struct cf__link_change *next;
};

/* What the database is to make of a column of a row. */
struct cf__assigned {
    struct cf__rows_of *of;
    struct cf__slot slot;
    struct cf_assignment set;
    struct cf__assigned *next;
};

/* A row that was taken out of a relation which deletes orphans, and is put into no other yet. */
struct cf__orphan {
    const struct cf__relation *relation;
    void *row;
    struct cf__orphan *next;
};

/* How to take back what a flush has done to an object, newest first. */
struct cf__undo {
    struct cf__rows_of *of;
    struct cf__slot slot;
    enum cf__row_state state;                            /* before */
    const void *shadow;                                  /* before; NULL where it had none */
    struct cf__added *added;                             /* where it was added */
    enum { CF__WRITTEN, CF__READ, CF__FIRST_READ } kind; /* the last of a whole chunk: its rows are to be read again */
    struct cf__undo *earlier;
};

/* Something to call later. */
struct cf__call {
    void (*function)(cf_db *db, void *argument);
    void *argument;
    struct cf__call *next;
};

/* When functions of the program are called: those of struct cf_session_hooks, and those of a session. */
enum cf__moment {
    CF__AFTER_BEGIN, /* up to the flush at each such moment, oldest first; from the commit on once, newest first */
    CF__AFTER_BEGIN_NESTED,
    CF__AFTER_COMMIT_NESTED,
    CF__AFTER_ROLLBACK_NESTED,
    CF__BEFORE_FLUSH,
    CF__AFTER_FLUSH,
    CF__BEFORE_COMMIT,
    CF__AFTER_COMMIT,
    CF__AFTER_ROLLBACK,
    CF__MOMENTS,
};

/* A savepoint, and what was noted when it was made. */
struct cf__nested {
    unsigned number;
    struct cf__undo *undo;
    struct cf__link_change *written_links;
    struct cf__call *calls[CF__MOMENTS];
    bool lost; /* the database has ended the whole transaction */
    struct cf__nested *outer;
};

struct cf__session {
    cf_db head;
    struct cf__session *main;         /* of the app's own database: itself, unless it is of a bind */
    struct cf__session *binds, *next; /* those opened so far, of the main one */
    const char *bind;
    struct cf__context *context;
    cf_engine *engine;
    const char *watched; /* the handler whose rows loaded one by one are worth a word, or NULL */
    struct cf__link link;
    struct cf__rows_of *models;
    struct cf__added *added, **last_added;
    struct cf__link_change *links, *written_links; /* newest first; written ones since the last commit */
    struct cf__assigned *assigned;                 /* oldest first; written by the next flush */
    struct cf__link_change *touched;               /* lists, and which row, since the last flush, where keys tell */
    struct cf__orphan *orphans;                    /* to be deleted by the next flush */
    struct cf__undo *undo;
    struct cf__nested *nested; /* innermost, or NULL */
    struct cf__call *calls[CF__MOMENTS];
    struct cf__later *later, **last_later; /* what cf_await is to ask; of the main one */
    struct cf__call *written;              /* after_insert and its like, once everything is written; newest first */
    /* A transaction that was said (cf_begin, cf_transaction) trusts no row that was read before it: it reads it again. */
    unsigned transaction; /* counted, from 0 */
    bool said;            /* it is in one */
    unsigned point;       /* to which a rollback goes: counted up by the end of a transaction and by savepoints */
    bool flushing;
    bool nesting;                      /* a function that is told of savepoints is being called */
    bool calling;                      /* a function of the program's that belongs to what the session is doing */
    bool no_autoflush;                 /* queries write nothing first */
    const struct cf_column *defaulted; /* whose insert_default or update_default is being asked */
    bool commits; /* the flush is that of a commit, and calls nothing of the program's afterwards */
    bool again;   /* the flush repeats one that was undone: its hooks have been called */
};

static inline struct cf__session *cf__session_of(cf_db *db)
{
    return (struct cf__session *)db;
}

/* A column among those of its model; no bit for NULL. */
static inline uint64_t cf__column_bit(const struct cf_column *column)
{
    return column ? (uint64_t)1 << (column - column->model->columns) : 0;
}

static inline char *cf__slot_row(const struct cf__rows_of *of, struct cf__slot slot)
{
    return slot.chunk->rows + slot.at * of->model->size;
}

static inline char *cf__slot_shadow(const struct cf__rows_of *of, struct cf__slot slot)
{
    return slot.chunk->shadows + slot.at * of->model->size;
}

/* The same of several. */
static inline uint64_t cf__column_bits(const struct cf_column *const *columns, size_t count)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < count; i++)
        bits |= cf__column_bit(columns[i]);
    return bits;
}

/* The session that a model's rows belong to: this one, or one of another database, opened when it is first needed. */
struct cf__session *cf__session_for(cf_db *db, const struct cf_model *model);
/* Raises where the session has no database. */
void cf__session_need_engine(const struct cf__session *session);

/* session.c */
/* The columns that the assignments of cf_add name (".name = \"kim\""). */
uint64_t cf__named_columns(const struct cf_model *model, const char *const *named);
/* Takes back that a row is to be deleted, or that it is to be added no more. */
void cf__keep(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot);

/* identity.c */
struct cf__rows_of *cf__rows_of(struct cf__session *session,
                                const struct cf_model *model); /* made where it is missing */
/* Adds rows (in the arena) of a model; their shadows are what they hold now. */
struct cf__chunk *cf__chunk_add(struct cf__session *session, struct cf__rows_of *of, char *rows, size_t count,
                                enum cf__row_state state);
/* Of the values a row has in columns that are not NULL: equal rows have equal hashes. */
uint64_t cf__values_hash(const struct cf_model *model, uint64_t columns, const void *row);
bool cf__same_values(const struct cf_model *model, uint64_t columns, const void *left, const void *right);
/* The row whose key equals that of the struct `keyed`; chunk NULL where the session has none. */
struct cf__slot cf__identity_find(struct cf__session *session, struct cf__rows_of *of, const void *keyed);
/* The same of a row that CF_SOFT_DELETE hides since the session has deleted it. */
struct cf__slot cf__identity_hidden(struct cf__session *session, struct cf__rows_of *of, const void *keyed);
/* Enters a row that has got its key. */
void cf__identity_enter(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot);
/* Forgets the index: it is made again from the shadows, which were put back, at the next look-up. */
void cf__identity_reset(struct cf__rows_of *of);
/* The place of a pointer the session handed out; chunk NULL where it did not. `near` is looked at first: the chunk of
 * a row before it, or NULL. */
struct cf__slot cf__slot_of(struct cf__session *session, struct cf__rows_of *of, const void *row);
struct cf__slot cf__slot_near(struct cf__session *session, struct cf__rows_of *of, const void *row,
                              struct cf__chunk *near);

/* What a single value is asked for as (cf_select_integer, cf_sql_integer …), what that gives and which column it is read
 * into. Texts and decimals are read in ways of their own. */
#define CF__SINGLE_VALUES(X)                         \
    X(integer, cf_optional_integer, CF_TYPE_INTEGER) \
    X(boolean, cf_optional_boolean, CF_TYPE_BOOLEAN) \
    X(number, cf_optional_number, CF_TYPE_FLOAT)     \
    X(time, cf_optional_time, CF_TYPE_DATETIME)      \
    X(date, cf_optional_date, CF_TYPE_DATE)          \
    X(clock, cf_optional_clock, CF_TYPE_TIME)        \
    X(uuid, cf_optional_uuid, CF_TYPE_UUID)          \
    X(bytes, cf_bytes, CF_TYPE_BLOB)

/* select.c */
/* cf_select in two steps. */
struct cf__asking cf__ask_select(cf_db *db, const struct cf_model *shape, cf_subquery *query);
struct cf__items *cf__answer_select(const struct cf__asking *asking);

/* sql.c */
/* SQL of the user's own with its values, ready to run: what it is to see is written. */
struct cf__bound_sql cf__sql_ready(struct cf__session *session, const char *text, const struct cf_values *values);

/* session.c: what the database calls a foreign key. */
const char *cf__reference_name(cf_context *context, const struct cf__reference *reference);

/* violated.c */
/* Rows that are written by one statement: what they are to be, and were. */
struct cf__written {
    enum cf__write_kind kind;
    const struct cf_model *model;
    uint64_t columns;                         /* inserted or updated */
    const void *const *rows, *const *shadows; /* either may be NULL: rows of a delete, shadows of an insert */
    size_t count;
};
/* Calls step(argument), which writes them. A CF_FOREIGN_KEY that it raises has the name of the key, where the database says
 * none and it can be found out. */
void cf__write_named(struct cf__session *session, const struct cf__written *written, void (*step)(void *),
                     void *argument);
/* Sets the column of a CF_FOREIGN_KEY whose name is known. */
void cf__tell_column(struct cf__session *session, cf_error *error);

/* value.c */
enum cf__fit { CF__FITS, CF__MATCHES_NOTHING, CF__WRONG_TYPE };
uint64_t cf__value_hash(const struct cf_operand *value, uint64_t seed);
bool cf__value_same(const struct cf_operand *left, const struct cf_operand *right);
/* True where the columns `from` of one row hold the key, the columns `to`, of another; NULL refers to nothing. */
bool cf__refers(const struct cf_column *const *from, const void *referring, const struct cf_column *const *to,
                const void *referred, size_t count);
/* Puts a value into a field: as it is, but for an integer in a boolean or enumeration and a text in a UUID. */
enum cf__fit cf__value_store(const struct cf_column *column, void *row, const struct cf_operand *value);
/* A condition: columns of a model, at least one and none of them NULL, have the values that a row has. */
cf_expr *cf__equals(const struct cf_model *model, uint64_t columns, const void *row);
/* Makes a field zero: SQL NULL where it is Nullable. */
void cf__value_clear(const struct cf_column *column, void *row);

/* load.c */
/* A query that is ready to run: what it is to see is written. */
struct cf__asking {
    struct cf__session *session;
    struct cf__query query;
    const struct cf_find_options *options;
    struct cf__joined *joined; /* relations that it reads beside its rows, or NULL */
    size_t limit;              /* of rows */
    bool known;                /* cf_get: there is nothing to ask, */
    void *row;                 /* it is this one, or none */
};
/* cf_find with a limit (0: none), cf_count and cf_has, cf_get, in two steps. The options must last until the second. */
struct cf__asking cf__ask_first(cf_db *db, const struct cf_model *model, const struct cf_find_options *options,
                                int64_t limit);
struct cf__items *cf__answer(const struct cf__asking *asking);
struct cf__asking cf__ask_integer(cf_db *db, enum cf__query_kind kind, const struct cf_model *model,
                                  const struct cf_find_options *options);
int64_t cf__answer_integer(const struct cf__asking *asking);
struct cf__asking cf__ask_get(cf_db *db, const struct cf_model *model, const struct cf_key_values *key,
                              const struct cf_find_options *options);
void *cf__answer_get(const struct cf__asking *asking);
/* The rows of a model under a condition, by primary key, without writing what is pending first. */
const struct cf__items *cf__load_where(struct cf__session *session, const struct cf_model *model, const cf_expr *where,
                                       const struct cf_order_list *order_by, const struct cf_join *joins,
                                       const struct cf_find_options *options);
/* The rest of a run as structs of a SHAPE, which the session does not watch. */
struct cf__items *cf__load_untracked(struct cf__session *session, const struct cf_model *shape, struct cf__rows *rows);
/* Begins the transaction that is to hold a lock; returns how rows are to be locked in it. */
enum cf_lock cf__session_lock(struct cf__session *session, enum cf_lock lock);

/* related.c */
/* What relations of a row that was just read hold: nothing that can be touched. */
void cf__relations_unload(const struct cf__rows_of *of, void *row);
/* The same for the relations of a new row that are not among those set: a bit each item of the model. */
void cf__relations_unload_unset(const struct cf__rows_of *of, void *row, uint64_t set);
/* Loads the relations of options->load for rows of a model: a query a level and batch. `joined`: what was read with them, or
 * NULL. */
void cf__relations_load(struct cf__session *session, const struct cf_model *model, const struct cf__items *rows,
                        const struct cf_find_options *options, const struct cf__joined *joined);
static inline void *cf__relation_field(const struct cf__relation *relation, const void *row)
{
    return (char *)(uintptr_t)row + relation->column->offset;
}
/* True where a row's relation was loaded, or set. A list's first member is the pointer to its items. */
static inline bool cf__relation_is_loaded(const struct cf__relation *relation, const void *row)
{
    return !cf__is_trap(*(void **)cf__relation_field(relation, row));
}

/* traps.c: what stands in the field of a column that holds nothing yet; the same each time. */
enum cf__unheld { CF__NOT_LOADED, CF__NOT_KNOWN };
void *cf__column_trap(const struct cf_column *column, enum cf__unheld why);

/* lazy.c */
void cf__lazy_init(struct cf__session *session, struct cf__rows_of *of);
/* The columns that a query reads. Raises CF_INTERNAL for an .undefer of a model that it does not load. */
uint64_t cf__lazy_read(const struct cf__rows_of *of, const struct cf_find_options *options);
/* The same of a model along its relations: those of .undefer that are not its own are of others. */
uint64_t cf__lazy_along(const struct cf__rows_of *of, const struct cf_columns *undefer);
/* Fills lazy columns of a row that was read without them: nothing that can be touched. */
void cf__lazy_unload(const struct cf__rows_of *of, void *row, uint64_t columns);
/* Those of the lazy columns that a row holds. */
uint64_t cf__lazy_held(const struct cf__rows_of *of, const void *row);
/* Takes lazy columns from one row into another. */
void cf__lazy_copy(const struct cf__rows_of *of, void *to, const void *from, uint64_t columns);

/* Unloads those of all rows, of which none is changed: a transaction that is said trusts nothing that was read before. */
void cf__lazy_forget(struct cf__session *session);

/* expire.c */
/* Forgets what was put into and taken out of the lists of a row; NULL: of all rows that are in the database. */
void cf__lists_expire(struct cf__session *session, const void *row);
/* The place of a row that is in the database. Raises, naming the call, where the session knows none. */
struct cf__slot cf__slot_stored(struct cf__session *session, struct cf__rows_of *of, const void *row, const char *call);
/* The row is its shadow again, without relations, and read anew when it is asked for. No memory is needed where the chunk
 * has its marks already. */
void cf__slot_expire(struct cf__session *session, const struct cf__rows_of *of, struct cf__slot slot);
static inline bool cf__is_expired(struct cf__slot slot)
{
    return slot.chunk->expired && slot.chunk->expired[slot.at];
}

/* links.c */
/* Raises where a relation is only read. */
void cf__need_writable(const struct cf_column *relation);
/* Turns the relations assigned in a row into foreign keys; of all rows of a session, or of those whose HasOne changes
 * rows of `model`. A key that is yet to be made is left for later. */
void cf__links_apply(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot);
void cf__links_apply_all(struct cf__session *session, const struct cf_model *model);
/* True where a row was assigned one whose key it has yet to take. */
bool cf__links_wait(const struct cf__rows_of *of, struct cf__slot slot);
/* Unloads relations whose foreign key was changed by itself. */
void cf__links_settle(const struct cf__rows_of *of, struct cf__slot slot);
/* A new row that is to be written before another one that refers to it. */
struct cf__first {
    struct cf__added *added;
    struct cf__added *awaited;      /* what waits for the other one, and must be written before `added`; or NULL */
    const struct cf_column *needed; /* of the other one, and NOT NULL; NULL: it can be written before, and updated */
};
/* The next one to write before `added`; false where it can be written. */
bool cf__links_first(struct cf__session *session, const struct cf__added *added, struct cf__first *first);
/* True where a row that `added` points to waits for a statement. */
bool cf__links_queued(struct cf__session *session, const struct cf__added *added);
void cf__links_before_insert(struct cf__session *session, const struct cf__added *added);
void cf__links_after_insert(struct cf__session *session, const struct cf__added *added);
/* True where that changes rows, this one or others, which are to be written after it. */
bool cf__links_change_others(const struct cf__added *added);
/* Gives rows in lists the keys of their owners, where those have one. */
void cf__links_hand_on(struct cf__session *session);
/* A row that was taken out of a list and is to be deleted as an orphan stays in the database, and with its owner. */
void cf__links_keep(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot);
/* Forgets what a row was put into, and what was put into it. */
void cf__links_forget(struct cf__session *session, const void *row);
/* Rows to be deleted as orphans that are referred from elsewhere by now are not. */
void cf__links_keep_moved(struct cf__session *session);
/* Writes pairs of many-to-many relations that were put in, and forgets what was to be done. */
void cf__links_write(struct cf__session *session);
/* lists.c */
/* Puts a row into a list that is loaded and does not have it; takes it out of one that has. */
void cf__list_add(struct cf__session *session, const struct cf__relation *relation, void *row, void *item);
void cf__list_drop(struct cf__session *session, const struct cf__relation *relation, void *row, const void *item);
bool cf__list_has(const struct cf__items *list, const void *item);
/* True where a row refers by its key to the one whose HasMany or HasOne it is. */
bool cf__list_owns(const struct cf__relation *relation, const void *row, const void *item);
/* A row was put into a list or taken out, which is to be looked at when it is written: it may have got another owner by then. */
void cf__lists_note(struct cf__session *session, const struct cf__relation *relation, void *own, void *other);
/* A row has been written: HasMany and HasOne of those that it refers to, and of those it referred to `before` (NULL where it is
 * new), follow. */
void cf__lists_follow(struct cf__session *session, const struct cf__rows_of *of, struct cf__slot slot,
                      const char *before);
/* A row has been deleted: lists of many-to-many relations follow, where it was a pair of theirs. */
void cf__lists_leave(struct cf__session *session, const struct cf__rows_of *of, struct cf__slot slot);
/* Takes rows that have gone out of lists, and of HasOne; what lists hold is from now on what the database has. */
void cf__lists_settle(struct cf__session *session);
/* positions.c: lists whose rows know their place in them, of relations with a position (of others nothing). */
void cf__positions_load(struct cf__session *session, const struct cf__relation *relation, void *own);
void cf__positions_number(struct cf__session *session, const struct cf__relation *relation, const void *own);
/* A new row that points to the owner of a list by `relation`, the way back: it is put into it where it is loaded. */
void cf__positions_join(struct cf__session *session, const struct cf__relation *relation, void *own, void *other);
/* Reads one relation of a row where it is not there as a whole. */
void cf__load_alone(struct cf__session *session, const struct cf__relation *relation, const void *row);
/* Ends the lists of a row that was put back where they ended. */
void cf__lists_restore(const struct cf__rows_of *of, void *row);
/* Room for a list's items, with how many before the first, and whether the list is one of cf_only. */
void **cf__list_new(struct cf__session *session, size_t capacity, bool in_part);
struct cf__list_head {
    unsigned in_part : 1;
    size_t capacity : sizeof(size_t) * 8 - 1;
};
_Static_assert(sizeof(struct cf__list_head) == sizeof(void *), "it stands in the place of an item");
static inline struct cf__list_head *cf__list_head(const struct cf__items *list)
{
    return (struct cf__list_head *)(list->items - 1);
}

/* assign.c */
/* True where columns of rows of a model (NULL: of any) wait for what cf_assign has said. */
bool cf__is_assigned(const struct cf__session *session, const struct cf_model *model);
/* Those of a row; and what they are to be, which is then forgotten: how many (`set` NULL: only that). */
uint64_t cf__assigned_columns(const struct cf__session *session, struct cf__slot slot);
size_t cf__take_assigned(struct cf__session *session, struct cf__slot slot, struct cf_assignment *set);

/* pairs.c: of many-to-many relations, as the session's links say. */
enum cf__pair_end { CF__OWN_END, CF__OTHER_END };
struct cf__side {
    const struct cf_model *model;
    const void *row;
    const struct cf_column *const *columns, *const *key; /* of the pair, and the row's that these are equal to */
    size_t count;
};
struct cf__side cf__pair_side(const struct cf__link_change *pair, enum cf__pair_end end);
/* Those of models of the program's become rows to be added and deleted, no links any more. */
void cf__pairs_become_rows(struct cf__session *session);
/* Takes over the keys that a new row of such a pair (of others nothing) refers to, as far as they are known. */
void cf__pair_settle(struct cf__session *session, const struct cf__added *added);
/* Of tables that were made for them. */
void cf__pairs_delete(struct cf__session *session);
void cf__pairs_insert(struct cf__session *session);

/* cascade.c */
/* True where rows of the one model are deleted before rows of the other, or both are of the same. */
bool cf__goes_before(const struct cf__session *session, const struct cf__rows_of *of, const struct cf__rows_of *other);
/* True where a key keeps the row it refers to from being deleted, unless it is set to NULL. */
bool cf__ties(const struct cf__reference *reference);
/* The rows to be deleted that refer to one of `to` which is deleted before them; ended by a chunk of NULL. */
const struct cf__slot *cf__tied(struct cf__session *session, struct cf__rows_of *of, struct cf__rows_of *to,
                                const struct cf__reference *reference);
bool cf__refers_to_itself(const struct cf_model *model);
/* The rows to be deleted, those that refer to others before them; ended by a chunk of NULL. */
struct cf__slot *cf__deletion_order(struct cf__session *session, struct cf__rows_of *of);
/* What the database has done to rows that referred to a deleted one is done to the session's. */
void cf__cascade(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot);
/* The same for a row whose `columns` were written, before it takes its shadow. */
void cf__cascade_keys(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot, uint64_t columns);

/* order.c */
/* Ranks the session's models by the foreign keys among them, and gives the highest rank. */
size_t cf__rank_models(struct cf__session *session);
/* The columns that an item of a model makes unique, by itself or together; 0: none. */
uint64_t cf__unique_columns(const struct cf_model *model, size_t item);
/* The columns of an entry that is a unique Index of these as they are, of all rows or (`where`) a part; 0 of any other. */
uint64_t cf__unique_index_columns(const struct cf_model *model, size_t item);
/* True where a row to be written takes the key or a unique value of one to be deleted, and nothing speaks against
 * deleting first. */
bool cf__deletes_go_first(struct cf__session *session);

/* changed.c */
uint64_t cf__changed_columns(const struct cf__rows_of *of, struct cf__slot slot);
/* The next row from `slot` on (itself included) that may differ from its shadow; that has changed, its columns in
 * *changed. Chunk NULL where there is none. */
struct cf__slot cf__next_touched(const struct cf__rows_of *of, struct cf__slot slot);
struct cf__slot cf__next_changed(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot,
                                 uint64_t *changed);
/* True where rows of the model (NULL: of any) wait to be written. */
bool cf__unflushed(struct cf__session *session, const struct cf_model *model);
/* True where one row is all that a commit has to write, in one statement. */
bool cf__is_sole(struct cf__session *session);

/* check.c */
/* As cf__column_problem, of a value that is no field. */
const char *cf__value_problem(struct cf__context *context, const struct cf_column *column,
                              const struct cf_operand *value);
/* Raises the error of a value that a column refuses, in the row numbered `at` of several, or in the one there is. */
#define CF__ALONE SIZE_MAX
_Noreturn void cf__refuse_field(const struct cf_column *column, enum cf_error_code code, const char *problem,
                                size_t at);
/* Raises CF_INVALID for the first of the columns, which were assigned, that the database computes. */
void cf__refuse_computed(const struct cf__rows_of *of, uint64_t columns, size_t at);
/* Raises CF_INVALID for a value that its column refuses, CF_NOT_NULL where it must have one; for the first of the columns: */
void cf__check_value(const struct cf_column *column, const struct cf_operand *value, size_t at);
void cf__check_fields(const struct cf__rows_of *of, uint64_t columns, const void *row, size_t at);

/* insert.c: new rows. Plan each row, check what its plan writes, then insert those of one model whose plans are equal
 * together: they share statements, as many rows in each as the database takes. */
struct cf__insert_plan {
    uint64_t written, returned;        /* columns: sent; made by the database, and read back into the row */
    uint64_t unique, updated, counted; /* as in struct cf__write */
    const char *predicate;             /* the same, settled by the others, as are */
    const cf_expr *where;
    const struct cf_assignment *set;
    size_t set_count;
    bool autocommit; /* as there; of one row */
};
/* What an INSERT of a row writes (`set`, and whatever else holds more than zero) and asks back (what else has a
 * default). Raises CF_NOT_NULL for a column that must have a value and gets none. */
struct cf__insert_plan cf__plan_insert(const struct cf__rows_of *of, const void *row, uint64_t set, size_t at);
/* True where a field is all zero. */
bool cf__field_is_zero(const struct cf_column *column, const void *row);
/* The same where it is known what is written. */
struct cf__insert_plan cf__plan_columns(const struct cf__rows_of *of, uint64_t written, size_t at);
/* Versions count from 1. */
void cf__start_version(const struct cf__rows_of *of, void *row);
bool cf__same_plan(const struct cf__insert_plan *left, const struct cf__insert_plan *right);
/* Inserts, and reads what the plan returns into the structs. Notes nothing in the session: that is up to the caller. */
void cf__insert_rows(struct cf__session *session, const struct cf_model *model, struct cf__insert_plan plan,
                     void *const *rows, size_t count);

/* sync.c: objects in step with statements that did not go through them. Within a transaction. */
/* The object of a row the database just had, which it then holds; `row` itself (in the arena) where there was none. */
void *cf__sync_row(struct cf__session *session, struct cf__rows_of *of, void *row);
/* Reads the objects of a model again; forgets those that are not there any more. */
void cf__sync_known(struct cf__session *session, struct cf__rows_of *of);
/* Reads columns of rows that were just written, of which notes are there. */
void cf__sync_columns(struct cf__session *session, struct cf__rows_of *of, const struct cf__slot *slots, size_t count,
                      uint64_t columns);

/* hooks.c */
void cf__hooks_init(struct cf__rows_of *of);
/* Before a flush: hooks and stamps of what is to be written. */
void cf__hooks_before(struct cf__session *session);
/* Notes that after_insert and its like are to be called with a row; calls what was noted. */
void cf__hooks_note(struct cf__session *session, cf_hook *hook, void *row);
void cf__hooks_after(struct cf__session *session);
/* Sets the columns of a kind of stamp in a row that the program has not assigned; gives those set. `shadow` NULL: new. */
uint64_t cf__stamp(const struct cf__rows_of *of, char *row, const char *shadow, enum cf_stamp stamp);
/* Asks a column's default about a row. */
void cf__ask_default(struct cf__session *session, const struct cf_column *column, cf_hook *make, void *row);
/* Asks the insert_defaults of columns that are neither set nor hold more than zero in a new row; gives those asked. */
uint64_t cf__insert_defaults(struct cf__session *session, const struct cf__rows_of *of, void *row, uint64_t set);
/* Asks the update_defaults of columns that a changed row has not changed; gives all that it has changed then. */
uint64_t cf__update_defaults(struct cf__session *session, const struct cf__rows_of *of, struct cf__slot slot,
                             uint64_t changed);
/* Raises CF_INVALID where a validator refuses. */
void cf__validate(struct cf__session *session, const struct cf__rows_of *of, uint64_t columns, const void *row,
                  size_t at);
/* True where a row is one that CF_SOFT_DELETE hides, where options (or NULL) do not say otherwise. The condition that hides
 * them, with another (or NULL). */
bool cf__is_hidden(const struct cf_model *model, const void *row, const struct cf_find_options *options);
const cf_expr *cf__hide_deleted(const struct cf_model *model, const cf_expr *where, bool with_deleted);

/* moments.c */
/* Puts a call in front of a list; calls and forgets all of a list, oldest first. */
void cf__add_call(struct cf__session *session, struct cf__call **calls, void (*function)(cf_db *, void *),
                  void *argument);
void cf__run_calls(struct cf__session *session, struct cf__call **calls);
/* True where somebody wants to be called. */
bool cf__is_awaited(const struct cf__session *session, enum cf__moment moment);
/* Calls who waits for a moment; for CF__AFTER_ROLLBACK: */
void cf__call_at(struct cf__session *session, enum cf__moment moment);
/* The same; an error of theirs is logged. */
void cf__call_or_log_at(struct cf__session *session, enum cf__moment moment);
/* A rollback was: of the transaction, where there was one (`ended`), or to a savepoint, at which `mark` was the newest
 * call. Never raises. */
void cf__call_after_rollback(struct cf__session *session, bool ended, struct cf__call *mark);
/* Of the link: its transaction has begun. */
void cf__call_after_begin(void *session);

/* nested.c */
/* Takes back, in the database and in the objects, what was done since the innermost savepoint. */
void cf__nested_rollback(struct cf__session *session);

/* flush.c */
void cf__flush_all(void *session);
/* "id 3": the key of a row. */
const char *cf__key_words(const struct cf__rows_of *of, const void *row);

/* undo.c */
/* Notes how a row is now, for a rollback: before it is written. */
void cf__note_undo(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot);
/* The same before a row, or a relation of it, gets what was read within a transaction, and for rows read for the first
 * time. Nothing outside transactions. */
void cf__note_read(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot);
void cf__note_first_read(struct cf__session *session, struct cf__rows_of *of, struct cf__chunk *chunk);
/* The row is what the database has. */
void cf__take_shadow(const struct cf__rows_of *of, struct cf__slot slot);
/* As cf_rollback, from wherever. */
void cf__roll_back(cf_db *db);
/* Takes back what the objects went through since a note (NULL: since the last commit). */
void cf__undo_to(struct cf__session *session, struct cf__undo *mark);
/* Runs step(argument), which writes; where it fails everything since the last commit is undone before the error goes
 * on. */
void cf__write_or_undo(struct cf__session *session, void (*step)(void *), void *argument);
/* Writes what is pending before a query that could see it: of one model, or everything (NULL). */
void cf__autoflush(struct cf__session *session, const struct cf_model *model);
/* The same before a statement that writes, whether or not queries do so. */
void cf__flush_pending(struct cf__session *session);

#endif

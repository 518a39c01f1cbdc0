/* SPDX-License-Identifier: MIT
 *
 * What a session knows, shared by the files of this folder. Rows lie in chunks, side by side, each chunk with a copy
 * of its rows as the database has them (the shadows). A chunk is entered into the index by primary key only when
 * somebody looks a key up, so that a request which reads one list and writes it out pays for no index.
 */
#ifndef CARAFE_ORM_STATE_H
#define CARAFE_ORM_STATE_H

#include "session.h"

enum cf__row_state {
    CF__ROW_CLEAN,   /* in the database; changed where it differs from its shadow */
    CF__ROW_NEW,     /* added, not yet written; its shadow means nothing */
    CF__ROW_DELETED, /* to be deleted at the next flush */
    CF__ROW_GONE,    /* deleted, or forgotten */
};

struct cf__chunk {
    char *rows, *shadows;
    unsigned char *states; /* enum cf__row_state */
    size_t count;
    struct cf__chunk *next, *next_unindexed;
};

/* A row's place. */
struct cf__slot {
    struct cf__chunk *chunk;
    size_t at;
};

/* All rows of one model. */
struct cf__rows_of {
    const struct cf_model *model;
    uint64_t columns, key;
    struct cf__chunk *chunks, *unindexed; /* newest first */
    struct cf__slot *index;               /* open addressing by key; chunk NULL: free */
    size_t index_count, index_capacity;
    size_t deleted; /* rows to be deleted */
    size_t rank;    /* how many models it stands above by foreign keys: of the last flush */
    struct cf__rows_of *next;
};

/* A row to be inserted. */
struct cf__added {
    struct cf__rows_of *of;
    struct cf__slot slot;
    uint64_t set;      /* fields given */
    uint64_t returned; /* fields the database made at the insert */
    struct cf__added *next;
};

/* How to take back what a flush has done to an object, newest first. */
struct cf__undo {
    struct cf__rows_of *of;
    struct cf__slot slot;
    enum cf__row_state state; /* before */
    const void *shadow;       /* before; NULL where it had none */
    struct cf__added *added;  /* where it was added */
    struct cf__undo *earlier;
};

struct cf__session {
    cf_db head;
    struct cf__context *context;
    cf_engine *engine;
    struct cf__link link;
    struct cf__rows_of *models;
    struct cf__added *added, **last_added;
    struct cf__undo *undo;
};

static inline struct cf__session *cf__session_of(cf_db *db)
{
    return (struct cf__session *)db;
}

static inline char *cf__slot_row(const struct cf__rows_of *of, struct cf__slot slot)
{
    return slot.chunk->rows + slot.at * of->model->size;
}

static inline char *cf__slot_shadow(const struct cf__rows_of *of, struct cf__slot slot)
{
    return slot.chunk->shadows + slot.at * of->model->size;
}

/* Raises where the session has no database. */
void cf__session_need_engine(const struct cf__session *session);

/* session.c */
/* The columns that the assignments of cf_add name (".name = \"kim\""). */
uint64_t cf__named_columns(const struct cf_model *model, const char *const *named);

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
/* Enters a row that has got its key. */
void cf__identity_enter(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot);
/* Forgets the index: it is made again from the shadows, which were put back, at the next look-up. */
void cf__identity_reset(struct cf__rows_of *of);
/* The place of a pointer the session handed out; chunk NULL where it did not. */
struct cf__slot cf__slot_of(struct cf__session *session, struct cf__rows_of *of, const void *row);

/* check.c */
/* As cf__column_problem, of a value that is no field. */
const char *cf__value_problem(struct cf__context *context, const struct cf_column *column,
                              const struct cf_operand *value);
/* Raises the error of a value that a column refuses, in the row numbered `at` of several, or in the one there is. */
#define CF__ALONE SIZE_MAX
_Noreturn void cf__refuse_field(const struct cf_column *column, enum cf_error_code code, const char *problem,
                                size_t at);
/* Raises CF_INVALID for the first of the columns that refuses its value. */
void cf__check_fields(const struct cf__rows_of *of, uint64_t columns, const void *row, size_t at);

/* insert.c: new rows. Plan each row, check what its plan writes, then insert those of one model whose plans are equal
 * together: they share statements, as many rows in each as the database takes. */
struct cf__insert_plan {
    uint64_t written, returned; /* columns: sent; made by the database, and read back into the row */
    uint64_t unique, updated;   /* as in struct cf__write */
};
/* What an INSERT of a row writes (`set`, and whatever else holds more than zero) and asks back (what else has a
 * default). Raises CF_NOT_NULL for a column that must have a value and gets none. */
struct cf__insert_plan cf__plan_insert(const struct cf__rows_of *of, const void *row, uint64_t set, size_t at);
/* The same where it is known what is written. */
struct cf__insert_plan cf__plan_columns(const struct cf__rows_of *of, uint64_t written, size_t at);
bool cf__same_plan(const struct cf__insert_plan *left, const struct cf__insert_plan *right);
/* Inserts, and reads what the plan returns into the structs. Notes nothing in the session: that is up to the caller. */
void cf__insert_rows(struct cf__session *session, const struct cf_model *model, struct cf__insert_plan plan,
                     void *const *rows, size_t count);

/* sync.c: objects in step with statements that did not go through them. Within a transaction. */
/* The object of a row the database just had, which it then holds; `row` itself (in the arena) where there was none. */
void *cf__sync_row(struct cf__session *session, struct cf__rows_of *of, void *row);
/* Reads the objects of a model again; forgets those that are not there any more. */
void cf__sync_known(struct cf__session *session, struct cf__rows_of *of);

/* flush.c */
/* Notes how a row is now, for a rollback: before it is written. */
void cf__note_undo(struct cf__session *session, struct cf__rows_of *of, struct cf__slot slot);
/* Runs step(argument), which writes; where it fails everything since the last commit is undone before the error goes
 * on. */
void cf__write_or_undo(struct cf__session *session, void (*step)(void *), void *argument);
/* Writes what is pending before a query that could see it: of one model, or everything (NULL). */
void cf__autoflush(struct cf__session *session, const struct cf_model *model);
/* True where rows of the model (NULL: of any) wait to be written. */
bool cf__unflushed(const struct cf__session *session, const struct cf_model *model);

#endif

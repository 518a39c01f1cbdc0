/* SPDX-License-Identifier: MIT
 *
 * The inside of an engine, for the files that make it up: lane.c (a connection and what is prepared on it), single.c
 * and pool.c (the two ways to come by a connection), link.c (transactions and runs), engine.c (opening and closing).
 */
#ifndef CARAFE_DB_STATE_H
#define CARAFE_DB_STATE_H

#include "../base/loop.h"
#include "engine.h"

enum { CF__REPLICAS = 8, CF__BINDS = 8 };
enum { CF__STATEMENTS = 512 };  /* that a connection keeps prepared, unless it is said */
enum { CF__AWAY = 1000000 };    /* microseconds a replica that could not be reached is left alone */
enum { CF__LINGER = 10000000 }; /* microseconds a connection beyond the pool's size is kept unused */
enum { CF__PATIENCE = 10000 };  /* microseconds to stand behind another's query on a shared connection; twice at most */

/* A statement kept for a shape. */
struct cf__prepared {
    uint64_t shape;
    struct cf_statement *statement;
    struct cf_field *fields;
    size_t field_count, most_fields;
    struct cf_column *made; /* columns that are no model's: of what is read beside its rows */
    size_t readers;         /* runs of it under way */
    struct cf__link *user;  /* who reads its cursor; only told where the connection is not shared */
};

/* A connection and what is prepared on it: open addressing by shape, emptied when there is as much as is kept, which is half of
 * the slots at most. */
struct cf__lane {
    cf_engine *engine;
    struct cf_connection *connection;
    struct cf__prepared **slots;
    size_t slot_count, count;
    /* of a pool: */
    bool shared, used; /* used: something has run on it since it was opened */
    bool stained;      /* free SQL may have left traces in its session */
    char *sql;         /* of before_connect: what it begins with, or NULL */
    int64_t opened;    /* cf__monotonic */
    int64_t taken;     /* out of the pool */
    int64_t returned;  /* to it */
    size_t runs;       /* under way, where shared */
    struct cf__lane *next;
};

/* Raises where the database cannot be reached. */
struct cf__lane *cf__lane_open(cf_engine *engine, const struct cf_open_options *options);
/* What the program wants each connection to begin with. */
void cf__lane_set_up(const struct cf__lane *lane);
void cf__lane_close(struct cf__lane *lane);                                /* NULL is fine */
struct cf__prepared *cf__lane_find(struct cf__lane *lane, uint64_t shape); /* or NULL */
/* With room for fields of columns of a model, and for those of columns that are made for it. */
struct cf__prepared *cf__lane_prepare(struct cf__lane *lane, uint64_t shape, const char *sql,
                                      const struct cf__parameters *parameters, size_t most_fields, size_t made);
/* Room for the fields of a result whose columns are only known after it has begun. */
void cf__prepared_room(struct cf__prepared *prepared, size_t count);
/* Finalizes what is prepared on the lane and nobody reads. */
void cf__lane_clear(struct cf__lane *lane);
/* A statement without parameters and result, prepared once. */
void cf__lane_execute(struct cf__lane *lane, const char *sql);

/* How links come by connections. begin, commit and rollback set link->lane and link->active. */
struct cf__connections {
    void (*open)(cf_engine *engine);
    void (*close)(cf_engine *engine);
    /* A lane for one run outside a transaction, until it is given back. `alone`: no other run uses it meanwhile. */
    struct cf__lane *(*lend)(cf_engine *engine, struct cf__link *link, bool alone);
    void (*give_back)(struct cf__lane *lane); /* never raises */
    void (*begin)(struct cf__link *link, const struct cf__transaction *transaction);
    bool (*commit)(struct cf__link *link); /* as cf__link_commit */
    void (*rollback)(struct cf__link *link);
    void (*lock)(struct cf__link *link); /* sets link->held; NULL, as unlock, where a transaction locks the database */
    void (*unlock)(struct cf__link *link);
};
extern const struct cf__connections cf__single_writer, cf__pool;
/* Ends the transaction around an engine, where it is in one. */
void cf__enclosed_end(cf_engine *engine);
/* Raises the error of a constraint that was to be checked at the commit. */
_Noreturn void cf__raise_unsound(void);

/* Who waits, in order of asking. */
struct cf__queue {
    struct cf__link *first, *last;
};
void cf__queue_add(struct cf__queue *queue, struct cf__link *link);
void cf__queue_remove(struct cf__queue *queue, const struct cf__link *link); /* nothing where it is not in it */

/* What is told of a link's statements and transactions (told.c): a run is begun where anybody is to be told of it, and ended
 * in any case. */
bool cf__is_told(const struct cf__link *link);
void cf__tell_begin_of_run(struct cf__link *link, const char *sql, const struct cf__parameters *parameters);
void cf__tell_end_of_run(struct cf__link *link);
/* Its end by an error. */
void cf__tell_failed_run(struct cf__link *link, const struct cf__error_record *record);
/* Does a part of a run; its error is told when it is met. */
void cf__run_told(struct cf__link *link, void (*part)(void *), void *argument);
/* Between the two an error of the driver says which values its statement was given: `count` of one run, of `sets` that go out
 * together; and up to the end of the run where it may. */
void cf__given_begin(struct cf__link *link, const struct cf_parameter *items, size_t count, size_t sets);
void cf__given_end(const struct cf__link *link);
/* The next row of a run, as the driver's `next`. */
bool cf__next_told(struct cf__rows *rows, const struct cf_field *fields, size_t count, void *row);
void cf__tell_begin(const struct cf__link *link, const struct cf__transaction *transaction);
/* "COMMIT"; what else there is to it, or "". Never raises. */
void cf__tell_frame(const struct cf__link *link, const char *what, const char *isolation, const char *access);

struct cf_engine {
    const struct cf_driver *driver;
    const struct cf__connections *connections;
    struct cf__engine_options options;
    char *uri, *masked;
    struct {
        const char *name;
        cf_engine *engine;
    } binds[CF__BINDS];
    size_t bind_count;
    cf_engine *replicas[CF__REPLICAS]; /* of a primary */
    size_t replica_count, next_replica;
    int64_t away_until; /* a replica that could not be reached is left alone for a while */
    struct cf__queue waiting;
    cf__turn_hook *hook;
    struct { /* enclosed.c */
        const struct cf__connections *around;
        struct cf__link outer;  /* whose transaction it is */
        struct cf__link *owner; /* whose transaction is under way in it */
        bool broken;            /* it could not go back to where it was */
    } enclosed;
    struct {                              /* single.c */
        struct cf__lane *writer, *reader; /* a private database has a writer only */
        struct cf__lane *spare;           /* a reader of long results */
        bool is_private;
        bool reading; /* the reader's transaction is open, until the end of the turn */
        struct cf__link *owner;
        struct cf__group {
            bool gathered; /* the units of a turn may begin */
            bool open;
            struct cf__link *active;  /* whose unit of work runs: */
            bool sole;                /* it is one statement, and has no savepoint */
            int64_t changes;          /* the rows that the connection had changed before it */
            struct cf__queue members; /* whose units wait for the common commit */
        } group;
    } single;
    struct { /* pool.c */
        struct cf__lane *idle, *shared;
        size_t lanes;             /* open or being opened, shared ones too */
        size_t openings;          /* of one's own, under way */
        bool unreachable;         /* the last one that was to be opened could not be */
        bool opening;             /* a shared one */
        struct cf__queue sharers; /* who waits for that */
    } pool;
};

#endif

/* SPDX-License-Identifier: MIT
 *
 * The application: its configuration, models and routes; and what joins the web and the database: models as JSON,
 * JSON as models, get-or-404, pages.
 *
 *     cf_app *app = cf_app_new("users",
 *         .database_uri = "sqlite:///users.db",
 *         .models       = CF_MODELS(User),
 *         .revisions    = revisions);
 *     cf_route(app, "GET", "/users", list_users);
 *     return cf_main(app, argc, argv);
 *
 * What is wrong with the set-up (a malformed rule, two models of one table) is kept and reported by cf_main, all of
 * it at once, before anything is served.
 */
#ifndef CARAFE_APP_H
#define CARAFE_APP_H

#include <carafe/migrate.h>
#include <carafe/session.h>
#include <carafe/web.h>
#pragma GCC system_header

typedef struct cf_app cf_app;

/* A database beside the app's own, for models of MODEL_IN(name, …). The environment's CARAFE_DATABASE_URI_<NAME> wins over
 * its URI. Its revisions are those of migrations_<name>/revisions.h, which `db init --bind name` makes. */
struct cf_bind {
    const char *name, *database_uri;
    const cf_revision *const *revisions;
    const char *on_connect; /* as in cf_app_options */
    /* As there, too; what is 0 is as the app's own. CARAFE_POOL_SIZE_<NAME> and its like win. */
    int pool_size, max_overflow;
    double pool_timeout, pool_recycle;
    bool pool_pre_ping, synchronous_normal, hide_parameters;
    enum cf_isolation isolation;
    double busy_timeout, statement_timeout, slow_statement;
    int query_cache_size;
};
enum { CF_MOST_BINDS = 8 };

/* Configuration. 0 and NULL stand for the default. Each has an environment variable, CARAFE_ and its name in
 * capitals (CARAFE_PORT=8000), which wins over the value given here; an option of the command line (run --port) wins
 * over both. Copied. */
struct cf_app_options {
    const char *database_uri;                 /* "sqlite:///users.db"; NULL: an app without a database */
    const struct cf_model *const *models;     /* CF_MODELS(…) */
    const cf_revision *const *revisions;      /* of migrations/revisions.h */
    struct cf_bind binds[CF_MOST_BINDS];      /* .binds = { { "audit", "sqlite:///audit.db", revisions_audit } } */
    const char *host;                         /* "127.0.0.1" */
    int port;                                 /* 5000 */
    int workers;                              /* processes: one a core; 1 in debug mode and for a database in memory */
    bool debug;                               /* error answers tell internals, the log shows more */
    bool upgrade_on_run;                      /* `run` applies outstanding revisions first */
    bool create_on_run;                       /* `run` makes missing tables first, in databases without revisions (cf_create_all) */
    bool echo;                                /* log each SQL statement */
    bool synchronous_normal;                  /* SQLite: faster commits that a power cut may lose (never corrupt) */
    double busy_timeout;                      /* seconds to wait for the database's write lock: 5 */
    const char *replicas;                     /* URIs separated by blanks: reads outside transactions go there (see docs) */
    int pool_size;                            /* connections a worker keeps to a database server: 5 */
    int max_overflow;                         /* more it opens when all are in use: 10 */
    double pool_timeout;                      /* seconds to wait for one: 30, then 503 */
    double pool_recycle;                      /* seconds after which a connection is replaced: 0, never */
    bool pool_pre_ping;                       /* ask whether a connection is alive before it is used */
    bool echo_pool;                           /* log connections to database servers: opened, handed out, given back, lost, closed */
    int query_cache_size;                     /* statements a connection keeps prepared: 512; with more all are let go */
    double statement_timeout;                 /* seconds a statement may run, then CF_TIMEOUT: 0, 5 for a query on a shared connection */
    const char *on_connect;                   /* SQL that each connection to the database begins with: "PRAGMA …", "SET …" */
    enum cf_isolation isolation;              /* of transactions that do not say theirs: the database's own */
    bool hide_parameters;                     /* what is told of statements has no values: echo, cf_sql_log, slow statements */
    cf_statement_hook *on_statement;          /* called after each statement, for metrics */
    struct cf_engine_hooks engine_hooks;      /* called by connections: .engine_hooks = { .before_connect = function } */
    bool no_autoflush;                        /* queries do not write first what is pending in their session */
    struct cf_session_hooks session_hooks;    /* called at each begin, flush, commit and rollback: .session_hooks = { .before_flush = function } */
    double slow_statement;                    /* seconds: one that took longer is a warning in the log: 0, none */
    size_t body_limit;                        /* bytes: 16 MiB, else 413 */
    size_t header_limit;                      /* bytes: 16 KiB, else 431 */
    size_t url_limit;                         /* bytes: 8 KiB, else 414 */
    double idle_timeout;                      /* seconds: 60 */
    double header_timeout;                    /* seconds: 10 */
    double request_timeout;                   /* seconds a handler may wait in all: 0, no limit */
    int connection_limit;                     /* connections of one worker: 10,000 */
    double drain_timeout;                     /* seconds a stopping worker may finish what it has: 30 */
    char end_;
};

/* clang-format off */
#define cf_app_new(...)             CF_APP_NEW_(__VA_ARGS__, .end_ = 0)
#define CF_APP_NEW_(name, ...)      cf_app_new_((name), (struct cf_app_options){ __VA_ARGS__ })
/* Adds a route: methods are "GET" or "GET POST"; HEAD and OPTIONS come by themselves. The endpoint is the handler's
 * name unless .name says otherwise. */
struct cf_route_options {
    const char *name;
    /* The handler runs in cf_transaction: what it wrote is committed when it returns an answer below 400, and it is run
     * again where it met another transaction, so it does nothing else that cannot be done twice. */
    bool transaction;
    char end_;
};
#define cf_route(app, methods, rule, ...)          CF_ROUTE_(app, methods, rule, __VA_ARGS__, .end_ = 0)
#define CF_ROUTE_(app, methods, rule, handler, ...) cf_route_((app), (methods), (rule), (handler), #handler, (struct cf_route_options){ __VA_ARGS__ })
/* clang-format on */

/* A command of the application's own, beside run, routes and db: ./users seed 100, for instance. `function` gets a session
 * on the app's database (NULL where it has none) and the words of the line from the command's name on, whose list ends with
 * NULL. What it has not committed is rolled back; an error that it raises is told in one line, and the exit code is 1. Once a
 * name; `help` is the line in --help. */
typedef void cf_command_function(cf_db *db, int argc, char **argv);
void cf_command(cf_app *app, const char *name, const char *help, cf_command_function *function);

/* Runs the command line (run, routes, db …, --help) and returns the exit code of the process: 0, 1 for an error, 2
 * for wrong usage. Frees the app. */
int cf_main(cf_app *app, int argc, char **argv);
/* Frees an app that cf_main does not get. */
void cf_app_free(cf_app *app);
/* The app that serves a request. */
cf_app *cf_request_app(cf_request *req);

/* The statements a request has run so far, in debug mode and in tests; else none. Debug answers tell their sum in a
 * Server-Timing header, which a browser's developer tools show. */
struct cf_sql_log cf_sql_log(cf_request *req);

/* ---- Models and JSON -------------------------------------------------------------------------------------------- */

/* clang-format off */
#define CF_AT_REQUEST_(req) cf_at_request_((req), __FILE__, __LINE__)
static inline cf_request *cf_at_request_(cf_request *req, const char *file, int line)
{
    return cf_at_(req->db, file, line), req;
}
/* What is looked for, or 404 with .description where one is given: the options of cf_find and cf_get, and it. */
struct cf_or_404_options {
    union { struct { CF_FIND_OPTIONS_ }; struct cf_find_options find; };
    const char *description;
};
#define CF_OR_404_(...) (&(struct cf_or_404_options){ __VA_ARGS__ })
/* The row of a primary key: cf_get_or_404(req, User, cf_param_integer(req, "id"), .description = "No such user."). */
#define cf_get_or_404(req, ...)              CF_GET_OR_404_(req, __VA_ARGS__, .end_ = 0)
#define CF_GET_OR_404_(req, Model, key, ...) ((__typeof__(*(Model).type_) *)cf_get_or_404_(CF_AT_REQUEST_(req), &(Model).model_, CF_KEY_(key), CF_OR_404_(__VA_ARGS__)))
/* The first row that meets a condition: cf_find_one_or_404(req, User, .where = cf_eq(User.email, email)). */
#define cf_find_one_or_404(req, ...)           CF_FIND_ONE_OR_404_(req, __VA_ARGS__, .end_ = 0)
#define CF_FIND_ONE_OR_404_(req, Model, ...)   ((__typeof__(*(Model).type_) *)cf_find_one_or_404_(CF_AT_REQUEST_(req), &(Model).model_, CF_OR_404_(__VA_ARGS__)))
/* The only row that meets a condition; 404 where there is none, or several. */
#define cf_find_exactly_one_or_404(req, ...)         CF_FIND_EXACTLY_ONE_OR_404_(req, __VA_ARGS__, .end_ = 0)
#define CF_FIND_EXACTLY_ONE_OR_404_(req, Model, ...) ((__typeof__(*(Model).type_) *)cf_find_exactly_one_or_404_(CF_AT_REQUEST_(req), &(Model).model_, CF_OR_404_(__VA_ARGS__)))
/* The first row of a query into a SHAPE, with the options of cf_select: cf_select_one_or_404(req, Total, .from = User, …). */
#define cf_select_one_or_404(req, Shape, ...)         CF_SELECT_ONE_OR_404_(req, Shape, __VA_ARGS__, .end_ = 0)
#define CF_SELECT_ONE_OR_404_(req, Shape, from_, ...) ((__typeof__(*(Shape).type_) *)cf_select_one_or_404_(CF_AT_REQUEST_(req), &(Shape).model_, \
    (&(const struct { struct { CF_SELECT_OPTIONS_ }; struct Shape##_expressions columns; const char *description; }){ from_.model_, __VA_ARGS__ }), \
    sizeof(struct Shape##_expressions) / sizeof(const cf_expr *)))

/* A model's object, list, page or slice as JSON: columns as declared, hidden ones left out, NULL as null (an item of a list,
 * too), dates in ISO 8601, decimals and UUIDs as texts. A page is {"items":[…],"page":…,"per_page":…,"pages":…,"total":…}. */
#define CF_LIST_LIKE_(Model, x) _Generic((x), __typeof__(*(Model).type_) *: *(Model).list_, const __typeof__(*(Model).type_) *: *(Model).list_, default: (x))
#define cf_json(req, Model, ...)     CF_JSON_(req, Model, __VA_ARGS__, .end_ = 0)
#define CF_JSON_(req, Model, x, ...) _Generic((x), __typeof__(*(Model).type_) *: cf_json_object_of_, const __typeof__(*(Model).type_) *: cf_json_object_of_, \
    __typeof__(*(Model).list_): cf_json_list_of_, __typeof__(*(Model).page_): cf_json_page_of_, __typeof__(*(Model).slice_): cf_json_slice_of_,  \
    default: _Generic(CF_LIST_LIKE_(Model, x).items, __typeof__(*(Model).type_) **: cf_json_list_of_))                                        \
    ((req), &(Model).model_, (const __typeof__(x)[1]){ x }, (struct cf_answer){ __VA_ARGS__ })

/* The rows of your own SQL as a JSON text, an array of objects by the names of the result's columns:
 *     const char *json = cf_sql_json(req->db, "SELECT name, count(*) AS posts FROM … WHERE id > :id GROUP BY name", cf_value("id", 3));
 *     return cf_text(req, json, .content_type = "application/json");
 * Values as of cf_sql. Types are what the database says of each column, and SQLite of each value: JSON is as of a model;
 * decimals without digits behind the point are numbers. All of it is held in memory: past 64 MiB it is CF_TOO_LARGE; two columns
 * of one name are CF_INTERNAL, a type that has no JSON is CF_CORRUPT (cast it to a text). Every column is shown, hidden ones too. */
#define cf_sql_json(db, ...)        CF_SQL_JSON_(db, __VA_ARGS__, )
#define CF_SQL_JSON_(db, text, ...) cf_sql_json_(CF_AT_(db), "" text, CF_SQL_VALUES_(__VA_ARGS__))

/* A new row from the JSON object in the body: only the columns listed are taken. 415 and 400 for what is no JSON;
 * 422 with all errors at once for an unknown member, a missing one (NOT NULL without a default), a wrong type, a
 * text too long, a number out of range. */
#define cf_add_from_json(req, Model, columns) ((__typeof__(*(Model).type_) *)cf_add_from_json_(CF_AT_REQUEST_(req), CF_WRITTEN_(Model), (columns)))
/* Changes a row by the members that are there (PATCH): the same checks. */
#define cf_update_from_json(req, Model, row, columns) cf_update_from_json_(CF_AT_REQUEST_(req), CF_WRITTEN_(Model), (__typeof__(*(Model).type_) *[]){ (row) }[0], (columns))
/* The body as a SHAPE: struct Transfer *transfer = cf_body(req, Transfer). 422 with all errors at once. */
#define cf_body(req, Shape) ((__typeof__(*(Shape).type_) *)cf_body_((req), &(Shape).model_))

/* Which page: by ?page= (from 1) and ?per_page= (20, at most .max_per_page or 100), or the one said by .page. 400 where they are
 * no numbers or below 1; 404 for a page past the last but the first: with .lenient the first page, and an empty one. `.no_count`
 * saves the query that counts the rows: .total and .pages are -1, and JSON says "has_next" in their place. */
#define CF_PAGING_ int64_t page, per_page, max_per_page; bool no_count, lenient;
struct cf_paging { CF_PAGING_ };
/* A page of rows: struct User_page page = cf_paginate(req, User, .where = …). */
struct cf_page_options {
    union { struct { CF_PAGING_ }; struct cf_paging paging; };
    const cf_expr *where;
    struct cf_order_list order_by; /* the primary key where none is given */
    struct cf_relation_column load[8]; /* this and what follows: as of cf_find */
    bool with_deleted;
    struct cf_join join[8];
    bool distinct;
    struct cf_columns undefer;
    char end_;
};
#define cf_paginate(req, ...)         CF_PAGINATE_(req, __VA_ARGS__, .end_ = 0)
#define CF_PAGINATE_(req, Model, ...) (*(__typeof__(*(Model).page_) *)cf_paginate_(CF_AT_REQUEST_(req), &(Model).model_, (struct cf_page_options){ __VA_ARGS__ }))
/* The same without a request, for scripts and commands: which page only .page and .per_page say (else the first, of 20), and one
 * past the last is empty: struct User_page page = cf_page(db, User, .page = 2, .per_page = 50, .where = …). */
#define cf_page(db, ...)         CF_PAGE_(db, __VA_ARGS__, .end_ = 0)
#define CF_PAGE_(db, Model, ...) (*(__typeof__(*(Model).page_) *)cf_page_(CF_AT_(db), &(Model).model_, (struct cf_page_options){ __VA_ARGS__ }))
/* cf_paginate of a query into a SHAPE, with the options of cf_select:
 * struct Total_page page = cf_paginate_select(req, Total, .from = User, …, .order_by = { cf_asc(User.id) }). An order is asked
 * for, one in which no two rows are equal, since pages could overlap. */
#define cf_paginate_select(req, Shape, ...)  CF_PAGINATE_SELECT_(req, Shape, __VA_ARGS__, .end_ = 0)
#define CF_PAGINATE_SELECT_(req, Shape, from_, ...) (*(__typeof__(*(Shape).page_) *)cf_paginate_select_(CF_AT_REQUEST_(req), &(Shape).model_, sizeof(Shape), \
    (&(const struct { struct { CF_SELECT_OPTIONS_ }; struct Shape##_expressions columns; struct { CF_PAGING_ }; }){ from_.model_, __VA_ARGS__ }),   \
    sizeof(struct Shape##_expressions) / sizeof(const cf_expr *)))
/* The rows behind one that a client has seen, by ?after= (a cursor: the .next of the page before, without it the first
 * rows), or those before one, by ?before= (its .previous), and ?per_page=: however deep it goes the database counts nothing, and
 * rows that come and go move nothing.
 *     struct User_slice slice = cf_paginate_after(req, User, .order_by = { cf_desc(User.created) });
 * .next and .previous are NULL where no rows are in that direction, and of a slice without rows; JSON is {"items":[…],"next":"…",
 * "previous":null}. The order is of the model's own columns, none of them
 * hidden, Json or Blob; the primary key is put behind it. 400 for what is no cursor of this order, and for both cursors at once. */
struct cf_page_after_options {
    const cf_expr *where;
    struct cf_order_list order_by;
    int64_t per_page, max_per_page;
    struct cf_relation_column load[8];
    bool with_deleted;
    struct cf_columns undefer;
    char end_;
};
#define cf_paginate_after(req, ...)         CF_PAGINATE_AFTER_(req, __VA_ARGS__, .end_ = 0)
#define CF_PAGINATE_AFTER_(req, Model, ...) (*(__typeof__(*(Model).slice_) *)cf_paginate_after_(CF_AT_REQUEST_(req), &(Model).model_, (struct cf_page_after_options){ __VA_ARGS__ }))
/* The numbers of the pages that a page links to: the first ones, some around itself and the last ones, with a 0 for what
 * is left out between: 1 2 0 5 6 7 8 9 10 11 0 14 15 on page 7. None for a page that was not counted.
 *     const struct cf_page_numbers numbers = cf_page_numbers(req, page, .right_edge = -1);
 */
struct cf_page_number_options {
    int64_t left_edge, left_current, right_current, right_edge; /* 2, 2, 4, 2; -1 for none */
    char end_;
};
struct cf_page_numbers { const int64_t *items; size_t count; };
#define cf_page_numbers(owner, ...)         CF_PAGE_NUMBERS_(owner, __VA_ARGS__, .end_ = 0)
#define CF_PAGE_NUMBERS_(owner, page_, ...) cf_page_numbers_((owner)->context, (page_).page, (page_).pages, (struct cf_page_number_options){ __VA_ARGS__ })
/* The order a client asks for by ?sort=created or ?sort=-created,title ('-': descending), for .order_by = cf_sort(req,
 * "sort", Post.created, Post.title): the columns listed are those it may name, as they are named in JSON; another name is
 * a 400. Without the parameter: no order. */
#define cf_sort(req, name, ...)       cf_sort_((req), (name), (0 CF_FOR_EACH(CF_ONE_, , __VA_ARGS__)), (const struct cf_column *const[]){ CF_FOR_EACH(CF_COLUMN_POINTER_, , __VA_ARGS__) })
/* clang-format on */

/* ---- Behind the macros ------------------------------------------------------------------------------------------ */

cf_app *cf_app_new_(const char *name, struct cf_app_options options);
struct cf_order_list cf_sort_(cf_request *req, const char *parameter, size_t count,
                              const struct cf_column *const *columns);
void cf_route_(cf_app *app, const char *methods, const char *rule, cf_handler *handler, const char *handler_name,
               struct cf_route_options options);
void *cf_get_or_404_(cf_request *req, const struct cf_model *model, struct cf_key_values key, const struct cf_or_404_options *options);
void *cf_find_one_or_404_(cf_request *req, const struct cf_model *model, const struct cf_or_404_options *options);
void *cf_find_exactly_one_or_404_(cf_request *req, const struct cf_model *model, const struct cf_or_404_options *options);
void *cf_select_one_or_404_(cf_request *req, const struct cf_model *shape, const void *argument, size_t columns);
cf_response *cf_json_object_of_(cf_request *req, const struct cf_model *model, const void *object, struct cf_answer answer);
cf_response *cf_json_list_of_(cf_request *req, const struct cf_model *model, const void *list, struct cf_answer answer);
cf_response *cf_json_page_of_(cf_request *req, const struct cf_model *model, const void *page, struct cf_answer answer);
cf_response *cf_json_slice_of_(cf_request *req, const struct cf_model *model, const void *slice, struct cf_answer answer);
void *cf_add_from_json_(cf_request *req, const struct cf_model *model, struct cf_columns columns);
void cf_update_from_json_(cf_request *req, const struct cf_model *model, void *row, struct cf_columns columns);
const char *cf_sql_json_(cf_db *db, const char *text, struct cf_values values);
void *cf_body_(cf_request *req, const struct cf_model *shape);
void *cf_paginate_(cf_request *req, const struct cf_model *model, struct cf_page_options options);
void *cf_page_(cf_db *db, const struct cf_model *model, struct cf_page_options options);
void *cf_paginate_after_(cf_request *req, const struct cf_model *model, struct cf_page_after_options options);
void *cf_paginate_select_(cf_request *req, const struct cf_model *shape, size_t size, const void *argument, size_t columns);
struct cf_page_numbers cf_page_numbers_(cf_context *context, int64_t page, int64_t pages, struct cf_page_number_options options);

#endif

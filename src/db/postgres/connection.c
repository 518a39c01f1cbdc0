/* SPDX-License-Identifier: MIT
 *
 * Connections: opened without blocking, one host after the other, and the line of runs on each. libpq sends what it can at
 * once and keeps the rest; the watch looks out for room as long as there is such a rest. Everything that arrives is taken
 * in the watch's callback, on the loop's own stack, where nothing raises: results go to cursors, and fibers are woken.
 */
#include "postgres.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <carafe/memory.h>

#include "../../base/buffer.h"
#include "../../base/clock.h"
#include "../../base/context.h"

enum { CONNECT_TIMEOUT = 10000000 };

/* ---- The line --------------------------------------------------------------------------------------------------- */

struct cf_cursor *cf__postgres_cursor(struct cf_connection *connection)
{
    struct cf_cursor *cursor = connection->spare;
    if (cursor)
        connection->spare = cursor->next;
    else if (!(cursor = malloc(sizeof *cursor)))
        cf_raise(CF_NO_MEMORY, "no memory for a query");
    else
        *cursor = (struct cf_cursor){ 0 };
    *cursor = (struct cf_cursor){ .connection = connection,
                                  .fiber = cf__fiber_current(),
                                  .readers = cursor->readers,
                                  .reader_room = cursor->reader_room };
    return cursor;
}

static void clear(struct cf_cursor *cursor)
{
    PQclear(cursor->result);
    PQclear(cursor->failure);
    cursor->result = cursor->failure = NULL;
}

static void free_cursor(struct cf_cursor *cursor)
{
    clear(cursor);
    cursor->next = cursor->connection->spare;
    cursor->connection->spare = cursor;
}

/* Takes the cursor at the head out of the line; an orphan ends there. */
static void finish_first(struct cf_connection *connection)
{
    struct cf_cursor *cursor = connection->first;
    connection->first = cursor->next;
    connection->line.length--;
    connection->line.since = cf__loop_time();
    if (!connection->first)
        connection->last = NULL;
    cursor->next = NULL;
    cursor->done = true;
    if (cursor->fiber)
        cf__fiber_wake(cursor->fiber);
    else
        free_cursor(cursor);
}

void cf__postgres_drop(struct cf_connection *connection, const char *reason)
{
    if (connection->lost)
        return;
    int size;
    const char *start = cf__postgres_find_reason(reason, &size);
    connection->lost = true;
    snprintf(connection->reason, sizeof connection->reason, "%.*s", size, start);
    cf__watch_stop(connection->watch);
    connection->watch = NULL;
    while (connection->first)
        finish_first(connection);
}

void cf__postgres_raise_lost(const struct cf_connection *connection)
{
    cf_raise(CF_UNAVAILABLE, "the connection to the database %s was lost: %s", connection->name, connection->reason);
}

static void count_changes(struct cf_cursor *cursor, PGresult *result)
{
    struct cf_repetition *all = &cursor->repetition;
    int64_t changed = strtoll(PQcmdTuples(result), NULL, 10);
    if (cursor->answers < cursor->before)
        return;
    all->changed += changed;
    if (!changed && all->unchanged == CF_UNKNOWN_RUN)
        all->unchanged = cursor->answers - cursor->before;
}

static void take_result(struct cf_cursor *cursor, PGresult *result)
{
    switch (PQresultStatus(result)) {
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY:
        if (cursor->repeats)
            count_changes(cursor, result);
        PQclear(cursor->result);
        cursor->result = result;
        cursor->answers++;
        return;
    case PGRES_FATAL_ERROR:
    case PGRES_BAD_RESPONSE:
        if (!cursor->failure) {
            cursor->failure = result;
            return;
        }
        break;
    default: /* what stood behind an error in its batch */
        break;
    }
    PQclear(result);
}

/* A script ends with its last result, everything else with its Sync. */
static void take_results(struct cf_connection *connection)
{
    while (connection->first && !PQisBusy(connection->handle)) {
        struct cf_cursor *cursor = connection->first;
        PGresult *result = PQgetResult(connection->handle);
        if (!result) {
            if (cursor->kind == CF__POSTGRES_PLAIN)
                finish_first(connection);
        } else if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
            PQclear(result);
            finish_first(connection);
        } else {
            take_result(cursor, result);
        }
        if (PQstatus(connection->handle) != CONNECTION_OK)
            return;
    }
}

static void watch_events(struct cf_connection *connection, int events)
{
    if (events != connection->events)
        cf__watch_change(connection->watch, events);
    connection->events = events;
}

static void flush(struct cf_connection *connection)
{
    int left = PQflush(connection->handle);
    if (left < 0)
        cf__postgres_drop(connection, PQerrorMessage(connection->handle));
    else
        watch_events(connection, left ? CF__READABLE | CF__WRITABLE : CF__READABLE);
}

/* Where many fibers share a connection, what they send within a turn leaves as one: libpq sends each Sync by itself, and a
 * packet for each costs both sides more than the query (TCP_CORK, tcp(7)). A unix socket has no such thing, nor the need. */
static void cork(struct cf_connection *connection)
{
    if (connection->hook && !connection->corked)
        connection->corked = !setsockopt(PQsocket(connection->handle), IPPROTO_TCP, TCP_CORK, &(int){ 1 }, sizeof(int));
}

static void uncork(void *connection_)
{
    struct cf_connection *connection = connection_;
    if (connection->corked && !connection->lost)
        setsockopt(PQsocket(connection->handle), IPPROTO_TCP, TCP_CORK, &(int){ 0 }, sizeof(int));
    connection->corked = false;
}

static void take_arrived(void *connection_, int events)
{
    struct cf_connection *connection = connection_;
    if (events & CF__READABLE) {
        bool arrived = PQconsumeInput(connection->handle);
        take_results(connection);
        if (!arrived || PQstatus(connection->handle) != CONNECTION_OK) {
            cf__postgres_drop(connection, PQerrorMessage(connection->handle));
            return;
        }
        PGnotify *notify;
        while ((notify = PQnotifies(connection->handle)))
            PQfreemem(notify);
    }
    if (events & CF__WRITABLE)
        flush(connection);
}

void cf__postgres_send(struct cf_connection *connection, struct cf_cursor *cursor)
{
    if (connection->last)
        connection->last->next = cursor;
    else
        connection->first = cursor;
    connection->last = cursor;
    if (connection->line.length++ == 0)
        connection->line.since = cf__loop_time();
    else
        cork(connection);
    if (cursor->kind == CF__POSTGRES_RUN && !PQpipelineSync(connection->handle))
        cf__postgres_drop(connection, PQerrorMessage(connection->handle));
    else
        flush(connection);
}

/* ---- Waiting ---------------------------------------------------------------------------------------------------- */

/* Runs that stand behind another past their deadline are told so, unless the line moves: then it is long, and what is
 * asked again elsewhere would only make it longer. One timer for all of them, which goes off after the oldest
 * deadline and costs nothing as long as answers come. */
static void tell_overdue(void *connection_)
{
    struct cf_connection *connection = connection_;
    int64_t now = cf__monotonic();
    connection->impatient = false;
    for (struct cf_cursor *cursor = connection->first ? connection->first->next : NULL; cursor; cursor = cursor->next) {
        if (!cursor->deadline || !cursor->fiber)
            continue;
        int64_t stuck = connection->line.since + cursor->patience;
        int64_t deadline = cursor->deadline > stuck ? cursor->deadline : stuck;
        if (deadline > now) {
            connection->impatient = true;
            cf__timer_at(connection->impatience, deadline);
            return;
        }
        cursor->overdue = true;
        cf__fiber_wake(cursor->fiber);
    }
}

void cf__postgres_limit(struct cf_cursor *cursor, int64_t patience)
{
    struct cf_connection *connection = cursor->connection;
    if (!patience || !connection->impatience)
        return;
    cursor->patience = patience;
    cursor->deadline = cf__loop_time() + patience;
    if (!connection->impatient)
        cf__timer_at(connection->impatience, cursor->deadline);
    connection->impatient = true;
}

static void park(void *cursor_)
{
    const struct cf_cursor *cursor = cursor_;
    while (!cursor->done && !cursor->overdue)
        cf__fiber_park("waiting for the database", 0);
}

/* Whoever waits is ended: the answer, when it comes, is for nobody. */
static _Noreturn void abandon(struct cf_cursor *cursor)
{
    struct cf_connection *connection = cursor->connection;
    struct cf__error_record record;
    cf__error_record_copy(&record, &cf__current()->record);
    cf__postgres_release(cursor);
    if (!connection->shared)
        cf__postgres_drop(connection, "a query was given up");
    cf__raise(&record.error);
}

bool cf__postgres_wait(struct cf_cursor *cursor, int64_t patience, bool firm)
{
    cf__postgres_limit(cursor, patience);
    while (firm && !cursor->done)
        cf__fiber_park_firmly("waiting for the database", 0);
    if (!cursor->done && !cf__protect(cf__current(), park, cursor))
        abandon(cursor);
    return cursor->done;
}

void cf__postgres_release(struct cf_cursor *cursor)
{
    cursor->fiber = NULL;
    if (cursor->done)
        free_cursor(cursor);
}

/* ---- Commands --------------------------------------------------------------------------------------------------- */

static void need_sent(struct cf_connection *connection, struct cf_cursor *cursor, int sent)
{
    if (sent)
        return;
    free_cursor(cursor);
    cf__postgres_drop(connection, PQerrorMessage(connection->handle));
    cf__postgres_raise_lost(connection);
}

static void need_connection(const struct cf_connection *connection)
{
    if (connection->lost)
        cf__postgres_raise_lost(connection);
}

/* The result of a finished cursor, which is given back. */
static PGresult *take_answer(struct cf_cursor *cursor, const char *sql)
{
    struct cf_connection *connection = cursor->connection;
    PGresult *result = cursor->result, *failure = cursor->failure;
    cursor->result = cursor->failure = NULL;
    cf__postgres_release(cursor);
    if (failure) {
        PQclear(result);
        cf__postgres_raise(connection, failure, sql);
    }
    if (!result)
        cf__postgres_raise_lost(connection);
    return result;
}

PGresult *cf__postgres_command(struct cf_connection *connection, const char *sql)
{
    need_connection(connection);
    struct cf_cursor *cursor = cf__postgres_cursor(connection);
    need_sent(connection, cursor, PQsendQueryParams(connection->handle, sql, 0, NULL, NULL, NULL, NULL, 0));
    cf__postgres_send(connection, cursor);
    cf__postgres_wait(cursor, 0, false);
    return take_answer(cursor, sql);
}

/* Outside pipeline mode, which can be left once nothing is under way. */
void cf__postgres_script(struct cf_connection *connection, const char *sql)
{
    if (connection->first) /* statements let go by nobody */
        PQclear(cf__postgres_command(connection, "SELECT 1"));
    need_connection(connection);
    struct cf_cursor *cursor = cf__postgres_cursor(connection);
    cursor->kind = CF__POSTGRES_PLAIN;
    need_sent(connection, cursor, PQexitPipelineMode(connection->handle) && PQsendQuery(connection->handle, sql));
    cf__postgres_send(connection, cursor);
    cf__postgres_wait(cursor, 0, false);
    if (!connection->lost && !PQenterPipelineMode(connection->handle))
        cf__postgres_drop(connection, PQerrorMessage(connection->handle));
    PQclear(take_answer(cursor, sql));
}

/* ---- Opening ---------------------------------------------------------------------------------------------------- */

struct attempt {
    const struct cf_uri *uri;
    const struct cf_open_options *options;
    const struct cf_uri_host *host; /* NULL: libpq's default */
    struct cf_connection *connection;
    int64_t deadline;
    cf__fiber *fiber;
};

enum { MOST_KEYWORDS = 40 };
struct keywords {
    const char *names[MOST_KEYWORDS + 1], *values[MOST_KEYWORDS + 1];
    size_t count;
};

static void add_keyword(struct keywords *keywords, const char *name, const char *value)
{
    if (!value || keywords->count == MOST_KEYWORDS)
        return;
    keywords->names[keywords->count] = name;
    keywords->values[keywords->count++] = value;
}

static bool is_known(const char *name)
{
    PQconninfoOption *options = PQconndefaults();
    bool known = false;
    for (const PQconninfoOption *option = options; option && option->keyword; option++)
        known = known || strcmp(option->keyword, name) == 0;
    PQconninfoFree(options);
    return known;
}

static const char *option_value(const struct cf_uri *uri, const char *name)
{
    const char *value = NULL;
    for (size_t i = 0; i < uri->option_count; i++)
        if (strcmp(uri->options[i].name, name) == 0)
            value = uri->options[i].value;
    return value;
}

/* What makes a session ours, behind what the URI asks for. */
static const char *session_settings(const struct attempt *attempt)
{
    cf_context *context = &cf__current()->head;
    const char *wished = option_value(attempt->uri, "options");
    const struct cf_open_options *options = attempt->options;
    return cf_format(context, "%s%s-c timezone=UTC -c datestyle=ISO -c standard_conforming_strings=on%s%s%s",
                     wished ? wished : "", wished ? " " : "",
                     options->statement_timeout ? cf_format(context, " -c statement_timeout=%lld",
                                                            (long long)(options->statement_timeout + 999) / 1000)
                                                : "",
                     options->read_only ? " -c default_transaction_read_only=on" : "",
                     options->fast_commits ? " -c synchronous_commit=off" : "");
}

/* Options of the URI are libpq's keywords; the parts of the URI win over them, and several hosts mean the one that can be
 * written. */
static void fill_keywords(const struct attempt *attempt, struct keywords *keywords)
{
    const struct cf_uri *uri = attempt->uri;
    const struct cf_uri_host *host = attempt->host;
    add_keyword(keywords, "application_name", "carafe");
    if (uri->host_count > 1)
        add_keyword(keywords, "target_session_attrs", "read-write");
    for (size_t i = 0; i < uri->option_count; i++) {
        if (!is_known(uri->options[i].name))
            cf_raise(CF_INTERNAL, "database URI \"%s\": unknown option \"%s\" (the options are those of libpq)",
                     uri->masked, uri->options[i].name);
        add_keyword(keywords, uri->options[i].name, uri->options[i].value);
    }
    add_keyword(keywords, "host", host ? host->name : NULL);
    if (host && host->port)
        add_keyword(keywords, "port", cf_format(&cf__current()->head, "%d", host->port));
    add_keyword(keywords, "user", uri->user);
    add_keyword(keywords, "password", uri->password);
    add_keyword(keywords, "dbname", uri->path);
    add_keyword(keywords, "client_encoding", "UTF8");
    add_keyword(keywords, "options", session_settings(attempt));
}

static void wake_attempt(void *attempt, int events)
{
    (void)events;
    cf__fiber_wake(((struct attempt *)attempt)->fiber);
}

/* The socket may be another one after each step. */
static bool wait_for_socket(struct attempt *attempt, int events)
{
    cf__watch *watch = cf__watch_start(PQsocket(attempt->connection->handle), events, wake_attempt, attempt);
    bool in_time = watch && cf__fiber_park_firmly("connecting to the database", attempt->deadline);
    cf__watch_stop(watch);
    return in_time;
}

static const char *place_of(const struct attempt *attempt)
{
    const PGconn *handle = attempt->connection->handle;
    const char *host = PQhost(handle), *port = PQport(handle);
    return cf_format(&cf__current()->head, "%s:%s", host && *host ? host : "localhost", port ? port : "5432");
}

/* NULL where the connection stands, else why it does not. */
static const char *connect_to(struct attempt *attempt)
{
    PGconn *handle = attempt->connection->handle;
    if (PQstatus(handle) == CONNECTION_BAD)
        return cf__postgres_reason(PQerrorMessage(handle));
    for (PostgresPollingStatusType status = PGRES_POLLING_WRITING; status != PGRES_POLLING_OK;
         status = PQconnectPoll(handle)) {
        if (status == PGRES_POLLING_FAILED)
            return cf__postgres_reason(PQerrorMessage(handle));
        if (!wait_for_socket(attempt, status == PGRES_POLLING_READING ? CF__READABLE : CF__WRITABLE))
            return "it does not answer in time";
    }
    return NULL;
}

static void drop_notice(void *unused, const char *message)
{
    (void)unused, (void)message;
}

static const char *start_using(struct cf_connection *connection)
{
    PQsetNoticeProcessor(connection->handle, drop_notice, NULL);
    if (PQsetnonblocking(connection->handle, 1) || !PQenterPipelineMode(connection->handle))
        return cf__postgres_reason(PQerrorMessage(connection->handle));
    connection->events = CF__READABLE;
    connection->watch = cf__watch_start(PQsocket(connection->handle), CF__READABLE, take_arrived, connection);
    if (connection->shared && !connection->hook)
        connection->hook = cf__turn_hook_add(uncork, connection);
    if (connection->shared && !connection->impatience)
        connection->impatience = cf__timer_new(tell_overdue, connection);
    return connection->watch ? NULL : "there are no more descriptors";
}

/* Tries one place; NULL where it is connected. */
static const char *try_host(struct attempt *attempt, const char **place)
{
    struct keywords keywords = { .count = 0 };
    struct cf_connection *connection = attempt->connection;
    fill_keywords(attempt, &keywords);
    connection->handle = PQconnectStartParams(keywords.names, keywords.values, 0);
    if (!connection->handle)
        cf_raise(CF_NO_MEMORY, "no memory for a database connection");
    const char *problem = connect_to(attempt);
    if (!problem)
        problem = start_using(connection);
    *place = place_of(attempt);
    if (problem) {
        PQfinish(connection->handle);
        connection->handle = NULL;
    }
    return problem;
}

static void try_hosts(void *attempt_)
{
    struct attempt *attempt = attempt_;
    const struct cf_uri *uri = attempt->uri;
    struct cf__buffer refusals = cf__buffer_new(cf__current(), CF__CAP_SQL, "a message");
    int64_t timeout = attempt->options->connect_timeout ? attempt->options->connect_timeout : CONNECT_TIMEOUT;
    int64_t last = cf__monotonic() + timeout;
    size_t hosts = uri->host_count ? uri->host_count : 1;
    for (size_t i = 0; i < hosts; i++) {
        const char *place, *problem;
        attempt->host = uri->host_count ? &uri->hosts[i] : NULL;
        attempt->deadline = cf__monotonic() + (last - cf__monotonic()) / (int64_t)(hosts - i);
        if (!(problem = try_host(attempt, &place))) {
            attempt->connection->name = strdup(place);
            if (!attempt->connection->name)
                cf_raise(CF_NO_MEMORY, "no memory for a database connection");
            return;
        }
        cf__buffer_format(&refusals, "%s%s: %s", i ? "; " : "", place, problem);
    }
    cf_raise(CF_UNAVAILABLE, "cannot connect to PostgreSQL at %s", cf__buffer_text(&refusals));
}

struct cf_connection *cf__postgres_open(const struct cf_uri *uri, const struct cf_open_options *options)
{
    cf__postgres_load();
    struct cf_connection *connection = calloc(1, sizeof *connection);
    if (!connection)
        cf_raise(CF_NO_MEMORY, "no memory for a database connection");
    connection->shared = options->shared;
    struct attempt attempt = { .uri = uri, .options = options, .connection = connection, .fiber = cf__fiber_current() };
    if (!cf__protect(cf__current(), try_hosts, &attempt)) {
        cf__postgres_close(connection);
        cf__raise(&cf__current()->record.error);
    }
    return connection;
}

void cf__postgres_close(struct cf_connection *connection)
{
    cf__postgres_drop(connection, "it was closed");
    cf__turn_hook_remove(connection->hook);
    if (connection->handle)
        PQfinish(connection->handle);
    for (struct cf_cursor *cursor = connection->spare, *next; cursor; cursor = next) {
        next = cursor->next;
        free(cursor->readers);
        free(cursor);
    }
    cf__timer_free(connection->impatience);
    free(connection->name);
    free(connection);
}

/* SPDX-License-Identifier: MIT
 *
 * The floor on PostgreSQL, written by hand for its one purpose: libmicrohttpd and two pipelined libpq connections driven
 * from one epoll loop, prepared statements, binary results, a Sync for each query. A request is suspended until its
 * last query has been answered.
 *
 *     floor_postgres CONNECTION-STRING PORT
 */
#include "floor.h"

#include <endian.h>
#include <libpq-fe.h>
#include <stdint.h>

enum { LINKS = 2, LINE = 8192, LONGEST = 64 };

struct call {
    struct MHD_Connection *connection;
    struct text text;
    bool list;  /* the answer is an array */
    int wanted; /* queries not yet answered */
    int done;
    bool suspended;
};

/* A connection, and in order who waits for what was sent on it. */
static struct link {
    PGconn *handle;
    struct call *line[LINE];
    unsigned first, count;
} links[LINKS];

static unsigned next_link, seed = 1;

/* ---- Queries ---------------------------------------------------------------------------------------------------- */

static void send_query(struct call *call, const char *statement, int64_t id)
{
    struct link *link = &links[next_link++ % LINKS];
    uint64_t big = htobe64((uint64_t)id);
    const char *values[] = { (const char *)&big };
    const int lengths[] = { sizeof big }, formats[] = { 1 };
    PQsendQueryPrepared(link->handle, statement, id ? 1 : 0, values, lengths, formats, 1);
    PQpipelineSync(link->handle);
    link->line[(link->first + link->count++) % LINE] = call;
    call->wanted++;
}

static void append_user(struct text *text, const PGresult *result, int row)
{
    uint64_t big;
    memcpy(&big, PQgetvalue(result, row, 0), sizeof big);
    LITERAL(text, "{\"id\":");
    append_integer(text, (int64_t)be64toh(big));
    LITERAL(text, ",\"name\":");
    append_string(text, PQgetvalue(result, row, 1), (size_t)PQgetlength(result, row, 1));
    LITERAL(text, ",\"email\":");
    append_string(text, PQgetvalue(result, row, 2), (size_t)PQgetlength(result, row, 2));
    LITERAL(text, "}");
}

static void take_rows(struct call *call, const PGresult *result)
{
    for (int row = 0; row < PQntuples(result); row++, call->done++) {
        if (call->done)
            LITERAL(&call->text, ",");
        append_user(&call->text, result, row);
    }
}

static void finish(struct call *call)
{
    append(&call->text, call->list ? "]\n" : "\n", call->list ? 2 : 1);
    call->suspended = false;
    MHD_resume_connection(call->connection);
}

/* Everything that has arrived, up to the Sync of each query; true where a request can go on. */
static bool take_answers(struct link *link)
{
    bool any = false;
    if (!PQconsumeInput(link->handle)) {
        fprintf(stderr, "floor: %s", PQerrorMessage(link->handle));
        exit(1);
    }
    while (link->count && !PQisBusy(link->handle)) {
        PGresult *result = PQgetResult(link->handle);
        if (!result)
            continue; /* the end of one query's results */
        struct call *call = link->line[link->first % LINE];
        ExecStatusType status = PQresultStatus(result);
        if (status == PGRES_TUPLES_OK)
            take_rows(call, result);
        PQclear(result);
        if (status != PGRES_PIPELINE_SYNC)
            continue;
        link->first++;
        link->count--;
        if (--call->wanted == 0) {
            finish(call);
            any = true;
        }
    }
    return any;
}

/* ---- Requests --------------------------------------------------------------------------------------------------- */

static int64_t any_id(void)
{
    seed = seed * 1103515245 + 12345;
    return (seed >> 16) % 100 + 1;
}

static bool ask(struct call *call, struct MHD_Connection *connection, const char *url)
{
    const char *count = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "n");
    if (strcmp(url, "/users") == 0) {
        call->list = true;
        LITERAL(&call->text, "[");
        send_query(call, "all", 0);
    } else if (strcmp(url, "/db") == 0) {
        send_query(call, "one", any_id());
    } else if (strncmp(url, "/users/", 7) == 0) {
        send_query(call, "one", strtoll(url + 7, NULL, 10));
    } else if (strcmp(url, "/queries") == 0) {
        call->list = true;
        LITERAL(&call->text, "[");
        for (int i = count ? atoi(count) : 1; i > 0; i--)
            send_query(call, "one", any_id());
    }
    return call->wanted > 0;
}

static enum MHD_Result handle(void *self, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *data, size_t *size, void **state)
{
    (void)self, (void)version, (void)method, (void)data, (void)size;
    struct call *call = *state;
    if (!call) {
        *state = call = calloc(1, sizeof *call);
        if (call)
            call->connection = connection;
        return call ? MHD_YES : MHD_NO;
    }
    if (strcmp(url, "/plaintext") == 0)
        return plaintext(connection);
    if (call->text.size) {
        struct text text = call->text;
        call->text = (struct text){ 0 };
        return answer(connection, 200, "application/json", text);
    }
    if (!ask(call, connection, url))
        return answer(connection, 404, "application/json", (struct text){ 0 });
    call->suspended = true;
    MHD_suspend_connection(connection);
    return MHD_YES;
}

static void complete(void *self, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode code)
{
    (void)self, (void)connection, (void)code;
    struct call *call = *state;
    if (call)
        free(call->text.data);
    free(call);
    *state = NULL;
}

/* ---- Start ------------------------------------------------------------------------------------------------------ */

static void need(bool good, const PGconn *handle)
{
    if (good)
        return;
    fprintf(stderr, "floor: %s", PQerrorMessage(handle));
    exit(1);
}

static void prepare(PGconn *handle, const char *name, const char *sql)
{
    PGresult *result = PQprepare(handle, name, sql, 0, NULL);
    need(PQresultStatus(result) == PGRES_COMMAND_OK, handle);
    PQclear(result);
}

static void open_link(struct link *link, const char *connection)
{
    link->handle = PQconnectdb(connection);
    need(PQstatus(link->handle) == CONNECTION_OK, link->handle);
    prepare(link->handle, "all", "SELECT id, name, email FROM users ORDER BY id");
    prepare(link->handle, "one", "SELECT id, name, email FROM users WHERE id = $1");
    PQsetnonblocking(link->handle, 1);
    PQenterPipelineMode(link->handle);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return fprintf(stderr, "usage: floor_postgres CONNECTION-STRING PORT\n"), 2;
    signal(SIGTERM, end);
    signal(SIGPIPE, SIG_IGN);
    struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle, NULL,
                                                 MHD_OPTION_LISTEN_SOCKET, listen_on(atoi(argv[2])),
                                                 MHD_OPTION_NOTIFY_COMPLETED, complete, NULL, MHD_OPTION_END);
    if (!daemon)
        return fprintf(stderr, "floor: cannot start\n"), 1;
    int inner = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, outer = epoll_create1(0);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL }, events[LONGEST];
    epoll_ctl(outer, EPOLL_CTL_ADD, inner, &event);
    for (int i = 0; i < LINKS; i++) {
        open_link(&links[i], argv[1]);
        event.data.ptr = &links[i];
        epoll_ctl(outer, EPOLL_CTL_ADD, PQsocket(links[i].handle), &event);
    }
    while (!ended) {
        MHD_UNSIGNED_LONG_LONG timeout;
        bool timed = MHD_get_timeout(daemon, &timeout) == MHD_YES;
        int count = epoll_wait(outer, events, LONGEST, timed && timeout < 1000 ? (int)timeout : 1000);
        if (count < 0 && errno != EINTR)
            break;
        for (int i = 0; i < count; i++)
            if (events[i].data.ptr)
                take_answers(events[i].data.ptr);
        MHD_run(daemon);
        for (int i = 0; i < LINKS; i++)
            PQflush(links[i].handle);
    }
    MHD_stop_daemon(daemon);
    return 0;
}

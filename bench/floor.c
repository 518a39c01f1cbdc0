/* SPDX-License-Identifier: MIT
 *
 * The floor: what the users application costs when it is written by hand for its one purpose. libmicrohttpd driven from a
 * plain epoll loop, prepared sqlite3 statements, JSON put together with memcpy. No routing table, no checks of what clients
 * send beyond the little that keeps it standing. `make bench` reports Carafe as a share of it.
 *
 *     floor DATABASE PORT
 */
#include "floor.h"

#include <sqlite3.h>

/* What a request carries from call to call of the access handler. */
struct call {
    struct text body;
    bool started;
};

static sqlite3 *database;
static sqlite3_stmt *select_all, *select_one, *insert;

static void append_user(struct text *text, sqlite3_stmt *row)
{
    LITERAL(text, "{\"id\":");
    append_integer(text, sqlite3_column_int64(row, 0));
    LITERAL(text, ",\"name\":");
    const char *name = (const char *)sqlite3_column_text(row, 1);
    append_string(text, name, (size_t)sqlite3_column_bytes(row, 1));
    LITERAL(text, ",\"email\":");
    const char *email = (const char *)sqlite3_column_text(row, 2);
    append_string(text, email, (size_t)sqlite3_column_bytes(row, 2));
    LITERAL(text, "}");
}

static enum MHD_Result list_users(struct MHD_Connection *connection)
{
    struct text text = { 0 };
    LITERAL(&text, "[");
    for (bool first = true; sqlite3_step(select_all) == SQLITE_ROW; first = false) {
        if (!first)
            LITERAL(&text, ",");
        append_user(&text, select_all);
    }
    sqlite3_reset(select_all);
    LITERAL(&text, "]\n");
    return answer(connection, 200, "application/json", text);
}

static enum MHD_Result show_user(struct MHD_Connection *connection, int64_t id)
{
    struct text text = { 0 };
    sqlite3_bind_int64(select_one, 1, id);
    bool found = sqlite3_step(select_one) == SQLITE_ROW;
    if (found)
        append_user(&text, select_one);
    sqlite3_reset(select_one);
    LITERAL(&text, "\n");
    return answer(connection, found ? 200 : 404, "application/json", text);
}

/* The value of "key":"…" in a flat JSON object whose texts hold no escapes. */
static bool find_text(const struct text *body, const char *key, const char **value, size_t *size)
{
    const char *at = memmem(body->data, body->size, key, strlen(key));
    if (!at)
        return false;
    *value = at + strlen(key);
    const char *end = memchr(*value, '"', (size_t)(body->data + body->size - *value));
    *size = end ? (size_t)(end - *value) : 0;
    return end != NULL;
}

static enum MHD_Result create_user(struct MHD_Connection *connection, const struct text *body)
{
    const char *name, *email;
    size_t name_size, email_size;
    struct text text = { 0 };
    if (!find_text(body, "\"name\":\"", &name, &name_size) || !find_text(body, "\"email\":\"", &email, &email_size))
        return answer(connection, 422, "application/json", text);
    sqlite3_bind_text(insert, 1, name, (int)name_size, SQLITE_STATIC);
    sqlite3_bind_text(insert, 2, email, (int)email_size, SQLITE_STATIC);
    bool created = sqlite3_step(insert) == SQLITE_DONE;
    sqlite3_reset(insert);
    if (!created)
        return answer(connection, 409, "application/json", text);
    LITERAL(&text, "{\"id\":");
    append_integer(&text, sqlite3_last_insert_rowid(database));
    LITERAL(&text, ",\"name\":");
    append_string(&text, name, name_size);
    LITERAL(&text, ",\"email\":");
    append_string(&text, email, email_size);
    LITERAL(&text, "}\n");
    return answer(connection, 201, "application/json", text);
}

static enum MHD_Result handle(void *self, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *data, size_t *size, void **state)
{
    (void)self, (void)version;
    struct call *call = *state;
    if (!call)
        return (*state = calloc(1, sizeof *call)) ? MHD_YES : MHD_NO;
    if (*size) {
        append(&call->body, data, *size);
        *size = 0;
        return MHD_YES;
    }
    bool post = strcmp(method, "POST") == 0;
    if (strcmp(url, "/plaintext") == 0)
        return plaintext(connection);
    if (strcmp(url, "/users") == 0)
        return post ? create_user(connection, &call->body) : list_users(connection);
    if (strncmp(url, "/users/", 7) == 0)
        return show_user(connection, strtoll(url + 7, NULL, 10));
    return answer(connection, 404, "application/json", (struct text){ 0 });
}

static void complete(void *self, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode code)
{
    (void)self, (void)connection, (void)code;
    struct call *call = *state;
    if (call)
        free(call->body.data);
    free(call);
    *state = NULL;
}

static sqlite3_stmt *prepare(const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK) {
        fprintf(stderr, "floor: %s\n", sqlite3_errmsg(database));
        exit(1);
    }
    return statement;
}

static void open_database(const char *path)
{
    if (sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
        sqlite3_exec(database, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON", NULL, NULL,
                     NULL) != SQLITE_OK) {
        fprintf(stderr, "floor: %s: %s\n", path, sqlite3_errmsg(database));
        exit(1);
    }
    sqlite3_busy_timeout(database, 5000);
    select_all = prepare("SELECT id, name, email FROM users ORDER BY id");
    select_one = prepare("SELECT id, name, email FROM users WHERE id = ?");
    insert = prepare("INSERT INTO users (name, email) VALUES (?, ?)");
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return fprintf(stderr, "usage: floor DATABASE PORT\n"), 2;
    signal(SIGTERM, end);
    signal(SIGPIPE, SIG_IGN);
    open_database(argv[1]);
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, handle, NULL, MHD_OPTION_LISTEN_SOCKET, listen_on(atoi(argv[2])),
                         MHD_OPTION_NOTIFY_COMPLETED, complete, NULL, MHD_OPTION_END);
    if (!daemon)
        return fprintf(stderr, "floor: cannot start\n"), 1;
    int inner = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, outer = epoll_create1(0);
    struct epoll_event event = { .events = EPOLLIN };
    epoll_ctl(outer, EPOLL_CTL_ADD, inner, &event);
    while (!ended) {
        MHD_UNSIGNED_LONG_LONG timeout;
        bool timed = MHD_get_timeout(daemon, &timeout) == MHD_YES;
        if (epoll_wait(outer, &event, 1, timed && timeout < 1000 ? (int)timeout : 1000) < 0 && errno != EINTR)
            break;
        MHD_run(daemon);
    }
    MHD_stop_daemon(daemon);
    return 0;
}

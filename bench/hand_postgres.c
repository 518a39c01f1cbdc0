/* SPDX-License-Identifier: MIT
 *
 * libpq by hand: prepared once, binary both ways, one statement for all rows of an insert.
 */
#include <endian.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hand.h"

static PGconn *handle;

static PGresult *need(PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
        return result;
    fprintf(stderr, "%s", PQerrorMessage(handle));
    exit(1);
}

/* "INSERT … VALUES ($1, $2, $3), …" for HAND_ROWS rows of three values. */
static void prepare_insert(const char *name, const char *head, const char *tail)
{
    size_t room = HAND_ROWS * 32 + 200, size;
    char *sql = malloc(room);
    if (!sql)
        exit(1);
    size = (size_t)snprintf(sql, room, "%s", head);
    for (int i = 0; i < HAND_ROWS; i++)
        size += (size_t)snprintf(sql + size, room - size, "%s($%d, $%d, $%d)", i ? ", " : "", 3 * i + 1, 3 * i + 2,
                                 3 * i + 3);
    snprintf(sql + size, room - size, "%s", tail);
    PQclear(need(PQprepare(handle, name, sql, 0, NULL)));
    free(sql);
}

static void open_connection(const char *host, int port, const char *user, const char *password, const char *database)
{
    char number[16];
    snprintf(number, sizeof number, "%d", port);
    handle = PQsetdbLogin(host, number, NULL, NULL, database, user, password);
    if (PQstatus(handle) != CONNECTION_OK) {
        fprintf(stderr, "%s", PQerrorMessage(handle));
        exit(1);
    }
    PQclear(need(PQprepare(handle, "read", "SELECT id, name, email, age FROM users ORDER BY id LIMIT $1", 0, NULL)));
    prepare_insert("users", "INSERT INTO users (name, email, age) VALUES ", " RETURNING id");
    prepare_insert("posts", "INSERT INTO posts (title, body, author_id) VALUES ", "");
}

static int64_t integer_at(const PGresult *result, int row, int column)
{
    uint64_t big;
    memcpy(&big, PQgetvalue(result, row, column), sizeof big);
    return (int64_t)be64toh(big);
}

static size_t read_users(struct hand_user *users, size_t most)
{
    uint64_t limit = htobe64(most);
    const char *values[] = { (const char *)&limit };
    const int lengths[] = { sizeof limit }, formats[] = { 1 };
    PGresult *result = need(PQexecPrepared(handle, "read", 1, values, lengths, formats, 1));
    int count = PQntuples(result);
    for (int i = 0; i < count; i++) {
        struct hand_user *user = &users[i];
        user->id = integer_at(result, i, 0);
        memcpy(user->name, PQgetvalue(result, i, 1), (size_t)PQgetlength(result, i, 1) + 1);
        memcpy(user->email, PQgetvalue(result, i, 2), (size_t)PQgetlength(result, i, 2) + 1);
        user->age = PQgetisnull(result, i, 3) ? 0 : integer_at(result, i, 3);
    }
    PQclear(result);
    return (size_t)count;
}

static void insert(const struct hand_user *users)
{
    static const char *values[3 * HAND_ROWS];
    static int lengths[3 * HAND_ROWS], formats[3 * HAND_ROWS];
    static uint64_t ages[HAND_ROWS];
    PQclear(need(PQexec(handle, "BEGIN")));
    for (int i = 0; i < HAND_ROWS; i++) {
        ages[i] = htobe64((uint64_t)users[i].age);
        values[3 * i] = users[i].name, values[3 * i + 1] = users[i].email, values[3 * i + 2] = (const char *)&ages[i];
        lengths[3 * i + 2] = sizeof ages[i], formats[3 * i + 2] = 1;
    }
    PGresult *keys = need(PQexecPrepared(handle, "users", 3 * HAND_ROWS, values, lengths, formats, 1));
    for (int i = 0; i < HAND_ROWS; i++) {
        values[3 * i] = "a title", values[3 * i + 1] = "some words that make a body";
        values[3 * i + 2] = PQgetvalue(keys, i, 0);
    }
    PQclear(need(PQexecPrepared(handle, "posts", 3 * HAND_ROWS, values, lengths, formats, 1)));
    PQclear(keys);
    PQclear(need(PQexec(handle, "COMMIT")));
}

static void close_connection(void)
{
    PQfinish(handle);
}

const struct hand hand_postgres = { open_connection, read_users, insert, close_connection };

/* SPDX-License-Identifier: MIT
 *
 * libmariadb by hand: prepared once, one statement for all rows of an insert, whose keys are in sequence.
 */
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hand.h"

static MYSQL *handle;
static MYSQL_STMT *reading, *users_insert, *posts_insert;

static void need(int failed, const char *what)
{
    if (!failed)
        return;
    fprintf(stderr, "%s: %s\n", what, mysql_error(handle));
    exit(1);
}

static MYSQL_STMT *prepare(const char *sql)
{
    MYSQL_STMT *statement = mysql_stmt_init(handle);
    need(!statement || mysql_stmt_prepare(statement, sql, strlen(sql)), sql);
    return statement;
}

static MYSQL_STMT *prepare_insert(const char *head)
{
    size_t room = HAND_ROWS * 16 + 200, size;
    char *sql = malloc(room);
    if (!sql)
        exit(1);
    size = (size_t)snprintf(sql, room, "%s", head);
    for (int i = 0; i < HAND_ROWS; i++)
        size += (size_t)snprintf(sql + size, room - size, "%s(?, ?, ?)", i ? ", " : "");
    MYSQL_STMT *statement = prepare(sql);
    free(sql);
    return statement;
}

static void open_connection(const char *host, int port, const char *user, const char *password, const char *database)
{
    handle = mysql_init(NULL);
    need(!handle || !mysql_real_connect(handle, host, user, password, database, (unsigned)port, NULL, 0), "connect");
    need(mysql_set_character_set(handle, "utf8mb4"), "character set");
    reading = prepare("SELECT id, name, email, age FROM users ORDER BY id LIMIT ?");
    users_insert = prepare_insert("INSERT INTO users (name, email, age) VALUES ");
    posts_insert = prepare_insert("INSERT INTO posts (title, body, author_id) VALUES ");
}

static size_t read_users(struct hand_user *users, size_t most)
{
    struct hand_user row;
    int64_t limit = (int64_t)most;
    unsigned long name_size, email_size;
    my_bool age_is_null;
    MYSQL_BIND parameter = { .buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &limit };
    MYSQL_BIND columns[] = {
        { .buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &row.id },
        { .buffer_type = MYSQL_TYPE_STRING,
          .buffer = row.name,
          .buffer_length = sizeof row.name,
          .length = &name_size },
        { .buffer_type = MYSQL_TYPE_STRING,
          .buffer = row.email,
          .buffer_length = sizeof row.email,
          .length = &email_size },
        { .buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &row.age, .is_null = &age_is_null },
    };
    size_t count = 0;
    need(mysql_stmt_bind_param(reading, &parameter) || mysql_stmt_execute(reading) ||
             mysql_stmt_bind_result(reading, columns) || mysql_stmt_store_result(reading),
         "read");
    while (!mysql_stmt_fetch(reading))
        users[count++] = row;
    mysql_stmt_free_result(reading);
    return count;
}

static void bind_text(MYSQL_BIND *bind, const char *text)
{
    bind->buffer_type = MYSQL_TYPE_STRING;
    bind->buffer = (char *)(size_t)text;
    bind->buffer_length = strlen(text);
}

static void insert(const struct hand_user *users)
{
    static MYSQL_BIND binds[3 * HAND_ROWS];
    static int64_t keys[HAND_ROWS];
    need(mysql_query(handle, "BEGIN"), "BEGIN");
    for (int i = 0; i < HAND_ROWS; i++) {
        bind_text(&binds[3 * i], users[i].name);
        bind_text(&binds[3 * i + 1], users[i].email);
        binds[3 * i + 2].buffer_type = MYSQL_TYPE_LONGLONG;
        binds[3 * i + 2].buffer = (int64_t *)(size_t)&users[i].age;
    }
    need(mysql_stmt_bind_param(users_insert, binds) || mysql_stmt_execute(users_insert), "users");
    int64_t first = (int64_t)mysql_stmt_insert_id(users_insert);
    for (int i = 0; i < HAND_ROWS; i++) {
        keys[i] = first + i;
        bind_text(&binds[3 * i], "a title");
        bind_text(&binds[3 * i + 1], "some words that make a body");
        binds[3 * i + 2].buffer = &keys[i];
    }
    need(mysql_stmt_bind_param(posts_insert, binds) || mysql_stmt_execute(posts_insert), "posts");
    need(mysql_query(handle, "COMMIT"), "COMMIT");
}

static void close_connection(void)
{
    mysql_stmt_close(reading);
    mysql_stmt_close(users_insert);
    mysql_stmt_close(posts_insert);
    mysql_close(handle);
}

const struct hand hand_mariadb = { open_connection, read_users, insert, close_connection };

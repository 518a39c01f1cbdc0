/* SPDX-License-Identifier: MIT
 *
 * What is done by hand on a database server, with its client library alone, in its best way (hand_postgres.c,
 * hand_mariadb.c): the measure of bench/servers.c.
 */
#ifndef BENCH_HAND_H
#define BENCH_HAND_H

#include <stddef.h>
#include <stdint.h>

struct hand_user {
    int64_t id;
    char name[51], email[121];
    int64_t age;
};

enum { HAND_ROWS = 1000 };

struct hand {
    /* Each ends the program with a message where something fails. */
    void (*open)(const char *host, int port, const char *user, const char *password, const char *database);
    /* Reads the first `most` users by their keys into structs; returns how many. */
    size_t (*read_users)(struct hand_user *users, size_t most);
    /* HAND_ROWS users, and a post of each that has the key its user was given, in one transaction. */
    void (*insert)(const struct hand_user *users);
    void (*close)(void);
};

extern const struct hand hand_postgres, hand_mariadb;

#endif

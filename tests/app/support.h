/* SPDX-License-Identifier: MIT
 *
 * What the tests of this folder share: the users app of docs/quickstart.md, and the log caught in a file.
 */
#ifndef TESTS_APP_SUPPORT_H
#define TESTS_APP_SUPPORT_H

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <carafe/carafe.h>
#include <carafe/test.h>

#include "../../src/app/app.h"
#include "../../src/base/log.h"

/* clang-format off */
MODEL(User, "users",
    (id,    Id),
    (name,  String(50)),
    (email, String(120), unique = true));
/* clang-format on */

/* Adds users named "user 1" … with the addresses "user1@example.com" …, and commits. */
static inline void add_users(cf_db *db, int count)
{
    for (int i = 1; i <= count; i++)
        cf_add(db, User, .name = cf_format(db, "user %d", i), .email = cf_format(db, "user%d@example.com", i));
    cf_commit(db);
}

/* The error that a call of json_of ends in, or NULL. */
struct attempted {
    const char *(*function)(const struct cf_model *model, const void *row);
    const struct cf_model *model;
    const void *row;
};
static inline void run_attempted(void *attempted_)
{
    struct attempted *attempted = attempted_;
    attempted->function(attempted->model, attempted->row);
}
static inline const cf_error *attempt(const char *(*function)(const struct cf_model *, const void *),
                                      const struct cf_model *model, const void *row)
{
    struct attempted attempted = { function, model, row };
    return cf_attempt(&cf__current()->head, run_attempted, &attempted);
}

/* The log goes to a file from catch_log on; caught_log puts it back and gives what was written. */
struct log_catch {
    int file, before;
};
static inline struct log_catch catch_log(void)
{
    int file = memfd_create("log", 0);
    return (struct log_catch){ file, cf__log_set_descriptor(file) };
}
static inline const char *caught_log(struct log_catch log)
{
    cf__log_set_descriptor(log.before);
    off_t size = lseek(log.file, 0, SEEK_END);
    char *text = cf_alloc(&cf__current()->head, (size_t)size + 1);
    ssize_t got = pread(log.file, text, (size_t)size, 0);
    close(log.file);
    assert_int_equal(got, size);
    return text;
}

#endif

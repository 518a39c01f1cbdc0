/* SPDX-License-Identifier: MIT
 *
 * What tests of migrations share: fibers, a directory of their own, operations and schemas as lines.
 */
#ifndef CARAFE_TESTS_MIGRATE_SUPPORT_H
#define CARAFE_TESTS_MIGRATE_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/base/fiber.h"
#include "../../src/base/loop.h"
#include "../../src/migrate/operations.h"

static inline void in_fiber(void (*function)(void *), void *argument)
{
    struct cf__error_record record;
    if (!cf__loop_run_fiber(function, argument, &record))
        fail_msg("the fiber ended with: %s", record.error.message);
}

static inline cf_context *here(void)
{
    return &cf__current()->head;
}

/* The message of the error that ends function(argument). */
static inline const char *message_of(void (*function)(void *), void *argument)
{
    const cf_error *error = cf_attempt(here(), function, argument);
    if (!error)
        fail_msg("no error was raised");
    return error->message;
}

/* The operations in words, one a line, as they change a copy of `before`. */
static inline const char *lines_of(const struct cf_schema *before, const struct cf__operations *list)
{
    struct cf_schema *schema = cf__schema_copy(here(), before);
    const char *lines = "";
    for (size_t i = 0; i < list->count; i++) {
        lines = cf_format(here(), "%s%s\n", lines, cf__operation_describe(here(), schema, &list->items[i]));
        cf__apply(here(), schema, &list->items[i], NULL);
    }
    return lines;
}

static inline struct cf_schema *empty_schema(void)
{
    return cf_alloc(here(), sizeof(struct cf_schema));
}

/* What still differs between two schemas, in words; "" for nothing. */
static inline const char *differences(const struct cf_schema *left, const struct cf_schema *right)
{
    static const struct cf__diff_options lenient = { .lenient = true };
    struct cf__operations list = cf__diff(here(), left, right, &lenient);
    return lines_of(left, &list);
}

/* ---- A directory of the test's own, which is its working directory ---------------------------------------------- */

static inline int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static inline int enter_directory(void **state)
{
    char *path = strdup("/tmp/carafe-migrate-XXXXXX");
    *state = path;
    return mkdtemp(path) && chdir(path) == 0 ? 0 : -1;
}

static inline int leave_directory(void **state)
{
    int failed = chdir("/") || nftw(*state, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(*state);
    return failed;
}

static inline void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static inline const char *read_text(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("cannot read %s", path);
    char *text = cf_alloc(here(), 65536);
    size_t size = fread(text, 1, 65535, file);
    text[size] = '\0';
    fclose(file);
    return text;
}

static inline int free_thread(void **state)
{
    (void)state;
    cf__loop_free();
    cf__fiber_pool_clear();
    cf__arena_pool_clear();
    return 0;
}

#endif

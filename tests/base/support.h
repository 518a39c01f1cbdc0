/* SPDX-License-Identifier: MIT
 *
 * What tests of fibers share: running a function in a fiber, and in a child process that is expected to die.
 */
#ifndef CARAFE_TESTS_BASE_SUPPORT_H
#define CARAFE_TESTS_BASE_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/base/fiber.h"
#include "../../src/base/loop.h"

/* Runs function(argument) in a fiber to its end; the test fails where an error ends it. */
static inline void in_fiber(void (*function)(void *), void *argument)
{
    struct cf__error_record record;
    if (!cf__loop_run_fiber(function, argument, &record))
        fail_msg("the fiber ended with: %s", record.error.message);
}

/* Runs function(argument) in a fiber of a child process; returns its wait status, with what it wrote to stderr in
 * `output`. */
static inline int in_dying_child(void (*function)(void *), void *argument, char *output, size_t size)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        cf__loop_run_fiber(function, argument, NULL);
        _exit(0);
    }
    close(ends[1]);
    size_t filled = 0;
    for (ssize_t got; filled < size - 1 && (got = read(ends[0], output + filled, size - 1 - filled)) > 0;)
        filled += (size_t)got;
    output[filled] = '\0';
    char rest[4096];
    while (read(ends[0], rest, sizeof rest) > 0)
        ;
    close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

/* At the end of a test program: gives back what the thread keeps, so that a leak is a leak. */
static inline int free_thread(void **state)
{
    (void)state;
    cf__loop_free();
    cf__arena_pool_clear();
    return 0;
}

#endif

/* SPDX-License-Identifier: MIT
 *
 * The conformance suite: what every driver must do, the same tests for each. A test asks what a database can
 * (world.driver->capabilities), never which it is. It runs in a fiber, on tables made for it and dropped after it, in a
 * database of the program's own; what does not hold ends it with an error that says so, and the others run.
 */
#ifndef CARAFE_TESTS_DB_CONFORMANCE_H
#define CARAFE_TESTS_DB_CONFORMANCE_H

#include <stdio.h>
#include <string.h>

#include "../../../src/base/context.h"
#include "../../../src/orm/session.h"

struct test {
    const char *name;
    void (*function)(const void *argument);
    const void *argument;
};
#define TEST(function)            \
    {                             \
#function, function, NULL \
    }

/* Tests on the same models. */
struct suite {
    const char *name;
    const struct cf_model *const *models; /* NULL-terminated, those that are referenced first */
    bool shared;                          /* the tables are made once, not for each test */
    const struct test *(*tests)(size_t *count);
};
extern const struct suite types_suite, comparisons_suite, conditions_suite, writes_suite, transactions_suite,
    schema_suite, sessions_suite, sql_suite, declarations_suite;

/* What a test finds. */
struct world {
    cf_engine *engine;
    const struct cf_driver *driver;
    const char *uri;
};
extern struct world world;

static inline cf_context *here(void)
{
    return &cf__current()->head;
}

static inline cf_db *new_session(void)
{
    return cf__session_open(cf__current(), world.engine);
}

/* An engine of its own on the same database, closed when the test ends. */
cf_engine *another_engine(const struct cf__engine_options *options);
/* The test ends here, as one that does not apply: no_test("no row locks"). */
_Noreturn void no_test(const char *reason);
static inline bool can(unsigned capability)
{
    return world.driver->capabilities & capability;
}

/* ---- What must hold --------------------------------------------------------------------------------------------- */

#define fails(...)      cf_raise(CF_INTERNAL, __FILE__ ":" CF_LINE_(__LINE__) ": " __VA_ARGS__)
#define CF_LINE_(line)  CF_LINE__(line)
#define CF_LINE__(line) #line

#define expect(condition)            \
    do {                             \
        if (!(condition))            \
            fails("%s", #condition); \
    } while (0)
#define expect_integer(expression, expected)                           \
    do {                                                               \
        long long got_ = (expression), wanted_ = (expected);           \
        if (got_ != wanted_)                                           \
            fails("%s is %lld, not %lld", #expression, got_, wanted_); \
    } while (0)
#define expect_text(expression, expected)                                                  \
    do {                                                                                   \
        const char *got_ = (expression), *wanted_ = (expected);                            \
        if (!got_ != !wanted_ || (got_ && strcmp(got_, wanted_) != 0))                     \
            fails("%s is \"%.200s\", not \"%.200s\"", #expression, got_ ? got_ : "(NULL)", \
                  wanted_ ? wanted_ : "(NULL)");                                           \
    } while (0)

/* The error that ends function(argument). */
const cf_error *error_of(void (*function)(void *), void *argument);
/* function(argument) ends with an error of this code. */
#define expect_error(code_, function, argument)                                                                      \
    do {                                                                                                             \
        const cf_error *error_ = error_of(function, argument);                                                       \
        if (error_->code != (code_))                                                                                 \
            fails("ended with %s (%s), not %s", cf_error_name(error_->code), error_->message, cf_error_name(code_)); \
    } while (0)
/* The commit of a session is refused so, the constraint named. */
void expect_refused(cf_db *db, enum cf_error_code code, const char *constraint);

/* ---- Short words ------------------------------------------------------------------------------------------------ */

/* One integer and one text, by SQL without parameters. */
int64_t ask(cf_db *db, const char *sql);
const char *ask_text(cf_db *db, const char *sql);
/* A value of a column, from its text: "1", "true", "0x1p-3", "2026-11-23T10:00:00Z", "draft"; for a blob, the bytes of the
 * text. NULL for NULL. The column is Nullable. */
void set_field(const struct cf_column *column, void *row, const char *text, size_t size);
bool same_value(const struct cf_operand *left, const struct cf_operand *right);

#endif

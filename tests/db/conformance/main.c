/* SPDX-License-Identifier: MIT
 *
 * Runs the suites against one database: `conformance sqlite` on a temporary file, `conformance NAME` on the server that
 * CARAFE_TEST_<NAME> names (tools/with-databases), in a database made for it. `conformance NAME WORD` runs those tests
 * only that have the word in their name. Ends with a line that tools/run-tests sums.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../../src/base/arena.h"
#include "../../../src/base/fiber.h"
#include "../../../src/base/loop.h"
#include "../../../src/db/drivers.h"
#include "../../server.h"
#include "suite.h"

enum { SKIPPED = 77 };

static const struct suite *const suites[] = { &types_suite,    &comparisons_suite,  &conditions_suite,
                                              &writes_suite,   &transactions_suite, &schema_suite,
                                              &sessions_suite, &sql_suite,          &declarations_suite };
enum { SUITES = sizeof suites / sizeof suites[0] };

struct world world;

static struct {
    char directory[64], uri[600];
    const char *word;          /* of the tests to run, or NULL */
    const struct suite *suite; /* whose tests run */
    const char *not_tested;    /* why the test that runs does not apply, or NULL */
    unsigned passed, failed, skipped;
} run;

/* ---- For tests -------------------------------------------------------------------------------------------------- */

void no_test(const char *reason)
{
    run.not_tested = reason;
    cf_raise(CF_CANCELLED, "does not apply: %s", reason);
}

const cf_error *error_of(void (*function)(void *), void *argument)
{
    const cf_error *error = cf_attempt_(here(), function, argument);
    if (!error)
        fails("no error was raised");
    return error;
}

static void close_engine(void *engine)
{
    cf__engine_close(engine);
}

cf_engine *another_engine(const struct cf__engine_options *options)
{
    cf_engine *engine = cf__engine_open(world.uri, options);
    cf_defer_(here(), close_engine, engine);
    return engine;
}

void expect_refused(cf_db *db, enum cf_error_code code, const char *constraint)
{
    const cf_error *error = cf_try_commit(db);
    if (!error)
        fails("it was committed");
    if (error->code != code)
        fails("refused with %s (%s), not %s", cf_error_name(error->code), error->message, cf_error_name(code));
    if (constraint)
        expect_text(error->constraint, constraint);
}

int64_t ask(cf_db *db, const char *sql)
{
    struct cf__rows rows = cf__link_sql(cf__session_link(db), sql, NULL, 0, NULL, NULL, false);
    return cf__rows_integer(&rows);
}

SHAPE(Answer, (text, Nullable(Text)));

const char *ask_text(cf_db *db, const char *sql)
{
    struct Answer_list answers = cf_sql_unchecked(db, Answer, sql);
    expect_integer(answers.count, 1);
    return answers.items[0]->text;
}

/* ---- Tables ----------------------------------------------------------------------------------------------------- */

static void run_script(const char *sql)
{
    struct cf__link link;
    cf__link_init(&link, world.engine, cf__current());
    cf__link_script(&link, sql);
    cf__link_commit(&link);
}

static void make_tables(void *suite_)
{
    const struct suite *suite = suite_;
    if (!suite->models)
        return;
    const struct cf_schema *schema = cf_schema_of_models(here(), suite->models);
    struct cf__buffer sql = cf__buffer_new(cf__current(), CF__CAP_SQL, "the tables");
    for (size_t i = 0; i < schema->count; i++) {
        const struct cf_table *table = &schema->tables[i];
        cf__ddl_create_table(&sql, world.driver->dialect, table);
        cf__buffer_string(&sql, ";\n");
        for (size_t j = 0; j < table->index_count; j++) {
            cf__ddl_create_index(&sql, world.driver->dialect, table->name, &table->indexes[j]);
            cf__buffer_string(&sql, ";\n");
        }
    }
    run_script(cf__buffer_text(&sql));
}

static void drop_tables(void *suite_)
{
    const struct suite *suite = suite_;
    if (!suite->models)
        return;
    const struct cf_schema *schema = cf_schema_of_models(here(), suite->models);
    struct cf__buffer sql = cf__buffer_new(cf__current(), CF__CAP_SQL, "the tables' end");
    for (size_t i = schema->count; i > 0; i--) {
        cf__buffer_string(&sql, "DROP TABLE ");
        cf__sql_identifier(&sql, world.driver->dialect, schema->tables[i - 1].name);
        cf__buffer_string(&sql, ";\n");
    }
    run_script(cf__buffer_text(&sql));
}

/* ---- Running ---------------------------------------------------------------------------------------------------- */

static void must_run(void (*function)(void *), void *argument)
{
    struct cf__error_record record;
    if (cf__loop_run_fiber(function, argument, &record))
        return;
    fprintf(stderr, "conformance: %s\n", record.error.message);
    exit(1);
}

static void call_test(void *test_)
{
    const struct test *test = test_;
    test->function(test->argument);
}

static void run_one(void **state)
{
    struct cf__error_record record;
    bool fresh = !run.suite->shared;
    run.not_tested = NULL;
    if (fresh)
        must_run(make_tables, (void *)(uintptr_t)run.suite);
    bool passed = cf__loop_run_fiber(call_test, *state, &record);
    if (fresh)
        must_run(drop_tables, (void *)(uintptr_t)run.suite);
    run.passed += passed;
    run.skipped += !passed && run.not_tested;
    run.failed += !passed && !run.not_tested;
    if (run.not_tested)
        skip();
    if (!passed)
        fail_msg("%s", record.error.message);
}

static void run_suite(const struct suite *suite)
{
    size_t count, chosen = 0;
    const struct test *tests = suite->tests(&count);
    struct CMUnitTest *units = calloc(count, sizeof *units);
    if (!units)
        abort();
    for (size_t i = 0; i < count; i++)
        if (!run.word || strstr(tests[i].name, run.word))
            units[chosen++] = (struct CMUnitTest){ tests[i].name, run_one, NULL, NULL, (void *)(uintptr_t)&tests[i] };
    run.suite = suite;
    if (suite->shared)
        must_run(make_tables, (void *)(uintptr_t)suite);
    _cmocka_run_group_tests(suite->name, units, chosen, NULL, NULL);
    if (suite->shared)
        must_run(drop_tables, (void *)(uintptr_t)suite);
    free(units);
}

/* ---- The database ----------------------------------------------------------------------------------------------- */

static void open_world(void *unused)
{
    (void)unused;
    world.uri = run.uri;
    world.engine = cf__engine_open(run.uri, &(struct cf__engine_options){ .synchronous_normal = true });
    world.driver = cf__engine_driver(world.engine);
}

static void close_world(void *unused)
{
    (void)unused;
    cf__engine_close(world.engine);
}

static void make_directory(void)
{
    snprintf(run.directory, sizeof run.directory, "/tmp/carafe-conformance-XXXXXX");
    if (!mkdtemp(run.directory)) {
        perror("conformance: a directory");
        exit(1);
    }
    snprintf(run.uri, sizeof run.uri, "sqlite:///%s/test.db", run.directory);
}

static void remove_directory(void)
{
    static const char *const ends[] = { "", "-wal", "-shm" };
    char path[96];
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        snprintf(path, sizeof path, "%s/test.db%s", run.directory, ends[i]);
        unlink(path);
    }
    rmdir(run.directory);
}

/* What CARAFE_TEST_<NAME> says, or NULL. */
static const char *find_server(const char *name)
{
    char variable[64] = "CARAFE_TEST_";
    size_t size = strlen(variable);
    for (const char *at = name; *at && size < sizeof variable - 1; at++)
        variable[size++] = (char)toupper((unsigned char)*at);
    const char *uri = getenv(variable);
    if (uri && *uri)
        return uri;
    printf("skipped: %s names no server (see tools/with-databases)\n", variable);
    return NULL;
}

int main(int count, char **arguments)
{
    if (count < 2) {
        fprintf(stderr, "conformance DATABASE [WORD]\n");
        return 2;
    }
    setlinebuf(stdout); /* where a test hangs, its name is seen */
    bool is_file = strcmp(arguments[1], "sqlite") == 0;
    run.word = count > 2 ? arguments[2] : NULL;
    const char *server_uri = is_file ? "" : find_server(arguments[1]);
    if (!server_uri)
        return SKIPPED;
    if (is_file)
        make_directory();
    else
        make_database(server_uri, "conformance", run.uri, sizeof run.uri);
    must_run(open_world, NULL);
    for (size_t i = 0; i < SUITES; i++)
        run_suite(suites[i]);
    must_run(close_world, NULL);
    (is_file ? remove_directory : drop_database)();
    printf("conformance: %s %u passed, %u failed, %u do not apply\n", arguments[1], run.passed, run.failed,
           run.skipped);
    cf__loop_free();
    cf__fiber_pool_clear();
    cf__arena_pool_clear();
    return run.failed ? 1 : 0;
}

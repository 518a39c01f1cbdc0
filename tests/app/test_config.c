/* SPDX-License-Identifier: MIT
 *
 * Configuration: defaults, the program's options, the environment, and values that do not fit.
 */
#include "support.h"

/* An app made while one variable of the environment is set. */
static cf_app *app_with(const char *variable, const char *value, struct cf_app_options options)
{
    setenv(variable, value, 1);
    cf_app *app = cf_app_new_("test", options);
    unsetenv(variable);
    return app;
}

static void what_nobody_says_has_its_default(void **state)
{
    (void)state;
    cf_app *app = cf_app_new("test");
    const struct cf_app_options *options = &app->config.options;
    assert_null(options->database_uri);
    assert_string_equal(options->host, "127.0.0.1");
    assert_int_equal(options->port, 5000);
    assert_int_equal(options->workers, 0);
    assert_false(options->debug);
    assert_true(options->busy_timeout == 5.0);
    assert_int_equal(options->body_limit, 16 << 20);
    assert_int_equal(options->header_limit, 16 << 10);
    assert_int_equal(options->url_limit, 8 << 10);
    assert_true(options->idle_timeout == 60.0 && options->header_timeout == 10.0 && options->drain_timeout == 30.0);
    assert_true(options->request_timeout == 0.0);
    assert_int_equal(options->connection_limit, 10000);
    assert_null(cf__app_problems(app));
    cf_app_free(app);
}

static void what_the_program_says_is_copied(void **state)
{
    (void)state;
    char host[] = "::1", name[] = "shop";
    cf_app *app = cf_app_new(name, .host = host, .port = 80, .debug = true, .idle_timeout = 0.5, .body_limit = 1000);
    memset(host, 'x', sizeof host - 1);
    memset(name, 'x', sizeof name - 1);
    assert_string_equal(app->name, "shop");
    assert_string_equal(app->config.options.host, "::1");
    assert_int_equal(app->config.options.port, 80);
    assert_true(app->config.options.debug);
    assert_true(app->config.options.idle_timeout == 0.5);
    assert_int_equal(app->config.options.body_limit, 1000);
    cf_app_free(app);
}

static void the_environment_wins_over_the_program(void **state)
{
    (void)state;
    struct cf_app_options options = { .database_uri = "sqlite:///a.db", .port = 80, .debug = true, .drain_timeout = 3 };
    cf_app *uri = app_with("CARAFE_DATABASE_URI", "sqlite://", options);
    cf_app *port = app_with("CARAFE_PORT", "0", options);
    cf_app *debug = app_with("CARAFE_DEBUG", "off", options);
    cf_app *drain = app_with("CARAFE_DRAIN_TIMEOUT", "0.25", options);
    cf_app *limit = app_with("CARAFE_BODY_LIMIT", "1048576", options);
    assert_string_equal(uri->config.options.database_uri, "sqlite://");
    assert_int_equal(port->config.options.port, 0);
    assert_false(debug->config.options.debug);
    assert_true(drain->config.options.drain_timeout == 0.25);
    assert_int_equal(limit->config.options.body_limit, 1 << 20);
    cf_app *const apps[] = { uri, port, debug, drain, limit };
    for (size_t i = 0; i < sizeof apps / sizeof apps[0]; i++) {
        assert_null(apps[i]->problems);
        cf_app_free(apps[i]);
    }
}

static void an_empty_variable_says_nothing(void **state)
{
    (void)state;
    cf_app *app = app_with("CARAFE_PORT", "", (struct cf_app_options){ .port = 81 });
    assert_int_equal(app->config.options.port, 81);
    assert_null(app->problems);
    cf_app_free(app);
}

static void a_malformed_variable_is_a_problem_that_names_it_and_its_value(void **state)
{
    (void)state;
    static const struct {
        const char *variable, *value, *problem;
    } cases[] = {
        { "CARAFE_PORT", "http", "CARAFE_PORT=http: must be a whole number from 0 to 65535\n" },
        { "CARAFE_PORT", "65536", "CARAFE_PORT=65536: must be a whole number from 0 to 65535\n" },
        { "CARAFE_PORT", "-1", "CARAFE_PORT=-1: must be a whole number from 0 to 65535\n" },
        { "CARAFE_PORT", "99999999999999999999",
          "CARAFE_PORT=99999999999999999999: must be a whole number from 0 to 65535\n" },
        { "CARAFE_DEBUG", "maybe", "CARAFE_DEBUG=maybe: must be true or false\n" },
        { "CARAFE_IDLE_TIMEOUT", "soon", "CARAFE_IDLE_TIMEOUT=soon: must be seconds from 0.001 to 100000000\n" },
        { "CARAFE_IDLE_TIMEOUT", "nan", "CARAFE_IDLE_TIMEOUT=nan: must be seconds from 0.001 to 100000000\n" },
        { "CARAFE_BODY_LIMIT", "16M", "CARAFE_BODY_LIMIT=16M: must be a number of bytes from 1 to 1073741824\n" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cf_app *app = app_with(cases[i].variable, cases[i].value, (struct cf_app_options){ 0 });
        assert_string_equal(cf__app_problems(app), cases[i].problem);
        cf_app_free(app);
    }
}

static void an_option_out_of_range_is_a_problem_and_all_are_told_at_once(void **state)
{
    (void)state;
    cf_app *app = app_with("CARAFE_WORKERS", "x", (struct cf_app_options){ .port = -1, .busy_timeout = -2 });
    assert_string_equal(cf__app_problems(app), ".port = -1: must be a whole number from 0 to 65535\n"
                                               "CARAFE_WORKERS=x: must be a whole number from 0 to 1024\n"
                                               ".busy_timeout = -2: must be seconds from 0 to 100000000\n");
    cf_app_free(app);
}

static void a_database_beside_the_own_has_options_of_its_own_or_those_of_the_app(void **state)
{
    (void)state;
    struct cf_app_options options = {
        .pool_size = 7,
        .pool_pre_ping = true,
        .statement_timeout = 2,
        .binds = { { "audit", "sqlite://", .pool_size = 2, .statement_timeout = 0.5 }, { "other", "sqlite://" } },
    };
    cf_app *app = app_with("CARAFE_MAX_OVERFLOW_AUDIT", "3", options);
    const struct cf_bind *audit = &app->config.options.binds[0], *other = &app->config.options.binds[1];
    assert_null(app->problems);
    assert_int_equal(audit->pool_size, 2);
    assert_int_equal(audit->max_overflow, 3);
    assert_true(audit->statement_timeout == 0.5);
    assert_true(audit->pool_timeout == 30.0);
    assert_true(audit->pool_pre_ping);
    assert_int_equal(other->pool_size, 7);
    assert_int_equal(other->max_overflow, 10);
    assert_true(other->statement_timeout == 2.0);
    assert_true(other->busy_timeout == 5.0);
    cf_app_free(app);
    options.binds[1].pool_size = -4;
    app = app_with("CARAFE_POOL_TIMEOUT_AUDIT", "soon", options);
    assert_string_equal(cf__app_problems(app),
                        "CARAFE_POOL_TIMEOUT_AUDIT=soon: must be seconds from 0.001 to 100000000\n"
                        ".pool_size = -4 of the database other: must be a whole number from 1 to 1000\n");
    cf_app_free(app);
}

static void a_database_in_memory_belongs_to_one_worker(void **state)
{
    (void)state;
    cf_app *memory = cf_app_new("test", .database_uri = "sqlite://");
    cf_app *file = cf_app_new("test", .database_uri = "sqlite:///x.db", .workers = 3);
    cf_app *debug = cf_app_new("test", .database_uri = "sqlite:///x.db", .debug = true);
    cf_app *wrong = cf_app_new("test", .database_uri = "sqlite://", .workers = 2);
    assert_int_equal(cf__app_workers(memory), 1);
    assert_int_equal(cf__app_workers(file), 3);
    assert_int_equal(cf__app_workers(debug), 1);
    assert_null(cf__app_problems(file));
    assert_non_null(strstr(cf__app_problems(wrong), "a database in memory belongs to one process"));
    cf_app_free(memory);
    cf_app_free(file);
    cf_app_free(debug);
    cf_app_free(wrong);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_nobody_says_has_its_default),
        cmocka_unit_test(what_the_program_says_is_copied),
        cmocka_unit_test(the_environment_wins_over_the_program),
        cmocka_unit_test(an_empty_variable_says_nothing),
        cmocka_unit_test(a_malformed_variable_is_a_problem_that_names_it_and_its_value),
        cmocka_unit_test(an_option_out_of_range_is_a_problem_and_all_are_told_at_once),
        cmocka_unit_test(a_database_beside_the_own_has_options_of_its_own_or_those_of_the_app),
        cmocka_unit_test(a_database_in_memory_belongs_to_one_worker),
    };
    return cf_run_tests(tests);
}

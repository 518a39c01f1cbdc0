/* SPDX-License-Identifier: MIT
 *
 * cf_main as a shell sees it: each command line runs in a process of its own, whose exit code, stdout and stderr are
 * read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <carafe/carafe.h>

/* clang-format off */
MODEL(User, "users",
    (id,   Id),
    (name, String(50)));
/* clang-format on */

static cf_response *list_users(cf_request *req)
{
    return cf_text(req, "");
}

static cf_response *show_user(cf_request *req)
{
    return cf_text(req, "");
}

static cf_app *good_app(void)
{
    cf_app *app = cf_app_new("users", .models = CF_MODELS(User));
    cf_route(app, "GET POST", "/users", list_users);
    cf_route(app, "GET", "/users/<int:id>", show_user);
    cf_route(app, "GET", "/", show_user, .name = "home");
    return app;
}

static void seed(cf_db *db, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        cf_add(db, User, .name = argv[i]);
    if (argc == 1)
        cf_raise(CF_INVALID, "seed: whom?");
    cf_commit(db);
    printf("%lld users\n", (long long)cf_count(db, User));
}

static void greet(cf_db *db, int argc, char **argv)
{
    printf("%s %d%s\n", argv[0], argc, db ? "" : ", no database");
}

static cf_app *commanding_app(void)
{
    cf_app *app = cf_app_new("users", .models = CF_MODELS(User));
    cf_command(app, "seed", "Add users.", seed);
    cf_command(app, "greet", "Say hello.", greet);
    return app;
}

static cf_app *badly_commanding_app(void)
{
    cf_app *app = commanding_app();
    cf_command(app, "db", "Not that one.", greet);
    cf_command(app, "seed", "Once more.", greet);
    cf_command(app, "nothing", "Nothing.", NULL);
    return app;
}

static cf_app *bad_app(void)
{
    cf_app *app = good_app();
    cf_route(app, "GET", "/users/<id", show_user);
    cf_route(app, "GET", "users", list_users);
    return app;
}

static cf_app *empty_app(void)
{
    return cf_app_new("users");
}

struct outcome {
    int status;
    char out[4000], err[2000];
};

static void read_back(FILE *file, char *text, size_t size)
{
    rewind(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    fclose(file);
}

static struct outcome run(cf_app *(*make)(void), const char *line)
{
    struct outcome outcome = { .status = -1 };
    char words[200], *argv[12] = { NULL }, *rest = words;
    int count = 0, status = -1;
    FILE *files[] = { tmpfile(), tmpfile() };
    assert_true(files[0] && files[1]);
    snprintf(words, sizeof words, "./users %s", line);
    for (char *word; (word = strsep(&rest, " "));)
        argv[count++] = word;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        dup2(fileno(files[0]), STDOUT_FILENO);
        dup2(fileno(files[1]), STDERR_FILENO);
        exit(cf_main(make(), count, argv));
    }
    assert_true(child > 0 && waitpid(child, &status, 0) == child);
    outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    read_back(files[0], outcome.out, sizeof outcome.out);
    read_back(files[1], outcome.err, sizeof outcome.err);
    return outcome;
}

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

static void routes_are_a_table_by_endpoint(void **state)
{
    (void)state;
    struct outcome outcome = run(good_app, "routes");
    assert_int_equal(outcome.status, 0);
    assert_string_equal(outcome.err, "");
    assert_string_equal(outcome.out, "Endpoint    Methods    Rule\n"
                                     "----------  ---------  ---------------\n"
                                     "home        GET        /\n"
                                     "list_users  GET, POST  /users\n"
                                     "show_user   GET        /users/<int:id>\n");
}

static void an_application_without_routes_is_told_so(void **state)
{
    (void)state;
    struct outcome outcome = run(empty_app, "routes");
    assert_int_equal(outcome.status, 0);
    assert_non_null(strstr(outcome.out, "No routes"));
}

static void all_problems_of_the_setup_are_told_a_line_each(void **state)
{
    (void)state;
    struct outcome outcome = run(bad_app, "routes");
    assert_int_equal(outcome.status, 1);
    assert_string_equal(outcome.out, "");
    assert_int_equal(count_lines(outcome.err), 2);
    assert_int_equal(strncmp(outcome.err, "users: ", 7), 0);
    assert_non_null(strstr(outcome.err, "/users/<id"));
    assert_int_equal(run(bad_app, "run --port 0").status, 1);
}

static void help_and_wrong_usage_come_before_problems(void **state)
{
    (void)state;
    assert_int_equal(run(bad_app, "--help").status, 0);
    assert_int_equal(run(bad_app, "db upgrade -h").status, 0);
    assert_int_equal(run(bad_app, "routes --all").status, 2);
}

static void a_malformed_variable_is_told(void **state)
{
    (void)state;
    setenv("CARAFE_PORT", "many", 1);
    struct outcome outcome = run(good_app, "routes");
    unsetenv("CARAFE_PORT");
    assert_int_equal(outcome.status, 1);
    assert_non_null(strstr(outcome.err, "users: CARAFE_PORT=many"));
}

static void the_command_line_is_checked_with_the_configuration(void **state)
{
    (void)state;
    setenv("CARAFE_DATABASE_URI", "sqlite://", 1);
    struct outcome outcome = run(good_app, "run --port 0 --workers 2");
    unsetenv("CARAFE_DATABASE_URI");
    assert_int_equal(outcome.status, 1);
    assert_non_null(strstr(outcome.err, "in memory"));
}

static void commands_that_need_a_database_say_so(void **state)
{
    static const char *const lines[] = { "db upgrade", "db downgrade", "db current", "db upgrade --sql" };
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct outcome outcome = run(good_app, lines[i]);
        assert_int_equal(outcome.status, 1);
        assert_int_equal(count_lines(outcome.err), 1);
        assert_non_null(strstr(outcome.err, "users: there is no database"));
    }
    assert_int_equal(run(good_app, "db heads").status, 0);
    assert_int_equal(run(good_app, "db history").status, 0);
}

static void check_is_1_where_the_models_are_ahead(void **state)
{
    (void)state;
    struct outcome outcome = run(good_app, "db check");
    assert_int_equal(outcome.status, 1);
    assert_string_equal(outcome.err, "");
    assert_non_null(strstr(outcome.out, "users"));
}

static void a_command_of_ones_own_has_a_session(void **state)
{
    char uri[] = "sqlite:////tmp/carafe-cli-XXXXXX", *path = uri + strlen("sqlite:///");
    (void)state;
    close(mkstemp(path));
    setenv("CARAFE_DATABASE_URI", uri, 1);
    assert_int_equal(run(commanding_app, "db create-all").status, 0);
    struct outcome outcome = run(commanding_app, "seed kim --lee");
    assert_string_equal(outcome.err, "");
    assert_string_equal(outcome.out, "2 users\n");
    assert_int_equal(outcome.status, 0);
    outcome = run(commanding_app, "seed");
    unsetenv("CARAFE_DATABASE_URI");
    assert_int_equal(outcome.status, 1);
    assert_string_equal(outcome.err, "users: seed: whom?\n");
    outcome = run(commanding_app, "greet");
    assert_string_equal(outcome.out, "greet 1, no database\n");
    assert_int_equal(outcome.status, 0);
    unlink(path);
}

static void a_command_of_ones_own_is_in_the_help(void **state)
{
    (void)state;
    struct outcome outcome = run(commanding_app, "--help");
    assert_non_null(strstr(outcome.out, "Add users."));
    assert_true(strstr(outcome.out, "seed") < strstr(outcome.out, "greet"));
    assert_int_equal(run(commanding_app, "sed").status, 2);
    outcome = run(badly_commanding_app, "seed x");
    assert_int_equal(outcome.status, 1);
    assert_int_equal(count_lines(outcome.err), 3);
    assert_non_null(strstr(outcome.err, "command db: there is one of this name"));
}

static void a_directory_can_be_named(void **state)
{
    (void)state;
    struct outcome outcome = run(good_app, "db migrate -d no-such-directory -m x");
    assert_int_equal(outcome.status, 1);
    assert_non_null(strstr(outcome.err, "no-such-directory"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_of_ones_own_has_a_session),
        cmocka_unit_test(a_command_of_ones_own_is_in_the_help),
        cmocka_unit_test(routes_are_a_table_by_endpoint),
        cmocka_unit_test(an_application_without_routes_is_told_so),
        cmocka_unit_test(all_problems_of_the_setup_are_told_a_line_each),
        cmocka_unit_test(help_and_wrong_usage_come_before_problems),
        cmocka_unit_test(a_malformed_variable_is_told),
        cmocka_unit_test(the_command_line_is_checked_with_the_configuration),
        cmocka_unit_test(commands_that_need_a_database_say_so),
        cmocka_unit_test(check_is_1_where_the_models_are_ahead),
        cmocka_unit_test(a_directory_can_be_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

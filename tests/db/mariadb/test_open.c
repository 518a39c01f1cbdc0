/* SPDX-License-Identifier: MIT
 *
 * Opening a connection: what goes wrong is said in one clear line that never shows the password, other hosts are tried, and
 * the loop goes on meanwhile.
 */
#include "support.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <carafe/wait.h>

static const struct cf_driver *const driver = &cf__mariadb_driver;

/* ---- Hosts that are none ---------------------------------------------------------------------------------------- */

/* A socket that listens on a port of its own, or only has it, so that nobody can connect. */
static int take_port(bool listening, int *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(descriptor, (struct sockaddr *)&address, size), 0);
    if (listening)
        assert_int_equal(listen(descriptor, 8), 0);
    assert_int_equal(getsockname(descriptor, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return descriptor;
}

struct opening {
    struct cf_uri uri;
    struct cf_open_options options;
    struct cf_connection *connection;
};

static void open_it(void *opening_)
{
    struct opening *opening = opening_;
    opening->connection = driver->open(&opening->uri, &opening->options);
}

static const char *refusal_of(struct opening *opening, enum cf_error_code code)
{
    const cf_error *error = error_of(open_it, opening);
    assert_null(strstr(error->message, "secret"));
    assert_null(strchr(error->message, '\n'));
    if (error->code != code)
        fail_msg("%s: %s", cf_error_name(error->code), error->message);
    return error->message;
}

static struct opening opening_at(const struct cf_uri_host *hosts, size_t count)
{
    struct opening opening = { .uri = parse(test_uri) };
    opening.uri.hosts = hosts;
    opening.uri.host_count = count;
    return opening;
}

static void unreachable(void *unused)
{
    (void)unused;
    int port, silent_port, descriptor = take_port(false, &port), silent = take_port(true, &silent_port);
    struct cf_uri good = parse(test_uri);
    struct opening opening = opening_at(&(struct cf_uri_host){ "127.0.0.1", port }, 1);
    assert_string_equal(refusal_of(&opening, CF_UNAVAILABLE),
                        cf_format(here(), "cannot reach the database at 127.0.0.1:%d (Connection refused)", port));
    opening = opening_at(&(struct cf_uri_host){ "no-such-host.invalid", 0 }, 1);
    assert_string_equal(refusal_of(&opening, CF_UNAVAILABLE),
                        "cannot reach the database at no-such-host.invalid (there is no host of this name)");
    opening = opening_at(&(struct cf_uri_host){ "127.0.0.1", silent_port }, 1);
    opening.options.connect_timeout = 100000;
    assert_string_equal(refusal_of(&opening, CF_UNAVAILABLE),
                        cf_format(here(), "cannot reach the database at 127.0.0.1:%d (no answer in time)",
                                  silent_port));
    opening = opening_at(&(struct cf_uri_host){ "/nowhere/mysqld.sock", 0 }, 1);
    assert_string_equal(refusal_of(&opening, CF_UNAVAILABLE),
                        "cannot reach the database at /nowhere/mysqld.sock (No such file or directory)");
    const struct cf_uri_host hosts[] = { { "127.0.0.1", port }, { "127.0.0.1", silent_port }, good.hosts[0] };
    opening = opening_at(hosts, 2);
    opening.options.connect_timeout = 100000;
    assert_string_equal(
        refusal_of(&opening, CF_UNAVAILABLE),
        cf_format(here(),
                  "cannot reach the database at 127.0.0.1:%d (Connection refused), 127.0.0.1:%d (no answer in "
                  "time)",
                  port, silent_port));
    opening = opening_at(hosts, 3); /* the first that answers is taken */
    opening.options.connect_timeout = 1000000;
    open_it(&opening);
    assert_string_equal(text_of(opening.connection, "SELECT DATABASE()"), test_database);
    driver->close(opening.connection);
    close(descriptor);
    close(silent);
}

static void hosts_that_do_not_answer_are_passed_over_and_named(void **state)
{
    (void)state;
    in_fiber(unreachable, NULL);
}

static void count_turns(void *turns)
{
    for (;;) {
        cf_sleep(0.005);
        ++*(int *)turns;
    }
}

static bool counter_ended;

static void note_counter(void *turns, bool failed)
{
    (void)turns;
    counter_ended = failed;
}

static void wait_for_silent(void *unused)
{
    (void)unused;
    int port, silent = take_port(true, &port);
    struct opening opening = opening_at(&(struct cf_uri_host){ "127.0.0.1", port }, 1);
    opening.options.connect_timeout = 200000;
    refusal_of(&opening, CF_UNAVAILABLE);
    close(silent);
}

static void the_loop_goes_on_while_a_host_keeps_silent(void **state)
{
    (void)state;
    static struct cf__context context;
    int turns = 0;
    cf__context_init(&context);
    cf__fiber *counter = cf__fiber_start(&context, count_turns, note_counter, &turns);
    in_fiber(wait_for_silent, NULL);
    assert_true(turns > 2);
    cf__fiber_cancel(counter, CF_CANCELLED, "enough");
    cf__loop_run_until(&counter_ended);
    cf__context_dispose(&context);
}

static void end_opening(void *fiber)
{
    cf_sleep(0.02);
    cf__fiber_cancel(fiber, CF_CANCELLED, "enough");
}

static bool opening_failed;

static void note_failed(void *port, bool failed)
{
    (void)port;
    opening_failed = failed;
}

static void open_silent(void *port)
{
    struct opening opening = opening_at(&(struct cf_uri_host){ "127.0.0.1", *(int *)port }, 1);
    open_it(&opening);
}

static void a_fiber_that_is_ended_while_it_connects_leaves_nothing_behind(void **state)
{
    (void)state;
    static struct cf__context context;
    static int port;
    int silent = take_port(true, &port);
    cf__context_init(&context);
    in_fiber(end_opening, cf__fiber_start(&context, open_silent, note_failed, &port));
    cf__loop_run_until(&opening_failed);
    assert_int_equal(context.record.error.code, CF_CANCELLED);
    cf__context_dispose(&context);
    close(silent);
}

/* ---- What the server refuses ------------------------------------------------------------------------------------ */

static void refused(void *unused)
{
    (void)unused;
    struct cf_uri good = parse(test_uri);
    const char *place = cf_format(here(), "%s:%d", good.hosts[0].name, good.hosts[0].port);
    struct opening opening = { .uri = good };
    opening.uri.user = "nobody at all";
    opening.uri.password = "secret!";
    assert_string_equal(
        refusal_of(&opening, CF_UNAVAILABLE),
        cf_format(here(), "the database at %s refuses user \"nobody at all\": the name or the password is wrong",
                  place));
    opening.uri = good;
    opening.uri.path = "carafe_not_there";
    assert_string_equal(refusal_of(&opening, CF_UNAVAILABLE),
                        cf_format(here(),
                                  "there is no database \"carafe_not_there\" at %s: make it with CREATE DATABASE",
                                  place));
    struct cf_connection *connection = open_connection();
    const char *user = cf_format(here(), "carafe_%d", (int)getpid());
    driver->script(connection, cf_format(here(), "CREATE USER %s IDENTIFIED BY 'secret'", user));
    opening.uri = good;
    opening.uri.user = user;
    opening.uri.password = "secret";
    assert_string_equal(
        refusal_of(&opening, CF_UNAVAILABLE),
        cf_format(here(), "the database at %s does not let user \"%s\" use \"%s\": it is not there, or wants a GRANT",
                  place, user, test_database));
    driver->script(connection, cf_format(here(), "DROP USER %s", user));
    driver->close(connection);
}

static void credentials_and_databases_that_are_none_are_told_apart(void **state)
{
    (void)state;
    in_fiber(refused, NULL);
}

/* ---- Options ---------------------------------------------------------------------------------------------------- */

static void options(void *unused)
{
    (void)unused;
    static const struct {
        struct cf_uri_option option;
        const char *message;
    } cases[] = {
        { { "sslmode", "require" },
          "unknown option \"sslmode\" (known: charset, compress, connect_timeout, innodb_lock_wait_timeout, "
          "lock_wait_timeout, "
          "ssl, ssl_ca, ssl_capath, ssl_cert, ssl_cipher, ssl_key, ssl_verify, unix_socket)" },
        { { "connect_timeout", "soon" }, "connect_timeout is a number of seconds, at least 1" },
        { { "ssl", "maybe" }, "ssl is true or false" },
        { { "charset", "latin1" }, "charset is utf8mb4 always" },
    };
    struct opening opening = { .uri = parse(test_uri) };
    opening.uri.option_count = 1;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        opening.uri.options = &cases[i].option;
        assert_string_equal(refusal_of(&opening, CF_INTERNAL),
                            cf_format(here(), "database URI \"%s\": %s", opening.uri.masked, cases[i].message));
    }
    const struct cf_uri_option good[] = { { "charset", "utf8mb4" },
                                          { "innodb_lock_wait_timeout", "7" },
                                          { "compress", "true" },
                                          { "connect_timeout", "3" } };
    opening.uri.options = good;
    opening.uri.option_count = sizeof good / sizeof good[0];
    opening.options = (struct cf_open_options){ .statement_timeout = 2500000, .read_only = true };
    open_it(&opening);
    assert_string_equal(text_of(opening.connection,
                                "SELECT @@innodb_lock_wait_timeout || ' ' || @@max_statement_time || ' ' || "
                                "@@tx_read_only || ' ' || @@collation_connection || ' ' || @@time_zone"),
                        "7 2.500000 ON utf8mb4_nopad_bin +00:00");
    driver->close(opening.connection);
}

static void options_are_taken_by_their_names_and_unknown_ones_refused(void **state)
{
    (void)state;
    in_fiber(options, NULL);
}

static void sockets(void *unused)
{
    (void)unused;
    struct cf_connection *connection = open_connection();
    const char *path = text_of(connection, "SELECT @@socket");
    driver->close(connection);
    if (access(path, W_OK) != 0) {
        print_message("the server's unix socket is not on this machine: nothing tried\n");
        return;
    }
    struct opening opening = opening_at(&(struct cf_uri_host){ path, 0 }, 1);
    open_it(&opening);
    assert_string_equal(text_of(opening.connection, "SELECT DATABASE()"), test_database);
    driver->close(opening.connection);
    opening = opening_at(NULL, 0);
    opening.uri.options = &(struct cf_uri_option){ "unix_socket", path };
    opening.uri.option_count = 1;
    open_it(&opening);
    assert_string_equal(text_of(opening.connection, "SELECT DATABASE()"), test_database);
    driver->close(opening.connection);
}

static void a_unix_socket_is_a_host_or_an_option(void **state)
{
    (void)state;
    in_fiber(sockets, NULL);
}

static void names(void *unused)
{
    (void)unused;
    struct cf_uri good = parse(test_uri);
    struct opening opening = opening_at(&(struct cf_uri_host){ "localhost", good.hosts[0].port }, 1);
    open_it(&opening);
    assert_string_equal(text_of(opening.connection, "SELECT DATABASE()"), test_database);
    driver->close(opening.connection);
}

static void a_name_is_looked_up(void **state)
{
    (void)state;
    in_fiber(names, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_that_do_not_answer_are_passed_over_and_named),
        cmocka_unit_test(the_loop_goes_on_while_a_host_keeps_silent),
        cmocka_unit_test(a_fiber_that_is_ended_while_it_connects_leaves_nothing_behind),
        cmocka_unit_test(credentials_and_databases_that_are_none_are_told_apart),
        cmocka_unit_test(options_are_taken_by_their_names_and_unknown_ones_refused),
        cmocka_unit_test(a_unix_socket_is_a_host_or_an_option),
        cmocka_unit_test(a_name_is_looked_up),
    };
    RUN_TESTS("db/mariadb/open", tests);
}

/* SPDX-License-Identifier: MIT
 *
 * Opening a connection: what goes wrong is said in one clear line that never shows the password, and other hosts are
 * tried.
 */
#include "support.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

/* A socket that listens on a port of its own and never answers, or only has the port, so that nobody can connect. */
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
    const char *uri;
    int64_t timeout;
    struct cf_connection *connection;
};

static void open_it(void *opening_)
{
    struct opening *opening = opening_;
    struct cf_uri uri;
    cf__uri_parse(cf__current(), opening->uri, &uri);
    opening->connection = driver->open(&uri, &(struct cf_open_options){ .connect_timeout = opening->timeout });
}

static void assert_refused(const char *uri, enum cf_error_code code, const char *message)
{
    struct opening opening = { .uri = uri, .timeout = 200000 };
    const cf_error *error = error_of(open_it, &opening);
    assert_string_equal(error->message, message);
    assert_int_equal(error->code, code);
}

static void wrong(void *unused)
{
    (void)unused;
    int closed_port, silent_port, closed = take_port(false, &closed_port), silent = take_port(true, &silent_port);
    cf_context *context = here();
    struct cf_uri own;
    cf__uri_parse(cf__current(), test_uri, &own);
    int port = own.hosts[0].port;
    assert_refused(cf_format(context, "postgresql://carafe:secret@127.0.0.1:%d/x", closed_port), CF_UNAVAILABLE,
                   cf_format(context, "cannot connect to PostgreSQL at 127.0.0.1:%d: Connection refused", closed_port));
    assert_refused(cf_format(context, "postgresql://carafe:secret@127.0.0.1:%d/x", silent_port), CF_UNAVAILABLE,
                   cf_format(context, "cannot connect to PostgreSQL at 127.0.0.1:%d: it does not answer in time",
                             silent_port));
    assert_refused(cf_format(context, "postgresql://carafe:secret@127.0.0.1:%d/carafe", port), CF_UNAVAILABLE,
                   cf_format(context,
                             "cannot connect to PostgreSQL at 127.0.0.1:%d: password authentication failed "
                             "for user \"carafe\"",
                             port));
    assert_refused(cf_format(context, "postgresql://carafe:carafe@127.0.0.1:%d/nowhere", port), CF_UNAVAILABLE,
                   cf_format(context,
                             "cannot connect to PostgreSQL at 127.0.0.1:%d: database \"nowhere\" does not exist",
                             port));
    assert_refused(cf_format(context, "postgresql://carafe:secret@127.0.0.1:%d,127.0.0.1:%d/x", closed_port,
                             silent_port),
                   CF_UNAVAILABLE,
                   cf_format(context,
                             "cannot connect to PostgreSQL at 127.0.0.1:%d: Connection refused; 127.0.0.1:%d: it "
                             "does not answer in time",
                             closed_port, silent_port));
    assert_refused("postgresql://carafe:secret@127.0.0.1/x?colour=red", CF_INTERNAL,
                   "database URI \"postgresql://carafe:***@127.0.0.1/x?colour=red\": unknown option \"colour\" (the "
                   "options are those of libpq)");
    struct opening opening = { .uri = cf_format(context, "postgresql://carafe:carafe@127.0.0.1:%d,127.0.0.1:%d/%s",
                                                closed_port, port, server.name),
                               .timeout = 5000000 };
    open_it(&opening);
    assert_string_equal(text_of(opening.connection, "SELECT current_database()"), server.name);
    driver->close(opening.connection);
    close(closed);
    close(silent);
}

static void what_goes_wrong_is_one_clear_line(void **state)
{
    (void)state;
    in_fiber(wrong, NULL);
}

static void set_up(void *unused)
{
    (void)unused;
    struct cf_connection *connection = open_connection();
    assert_string_equal(text_of(connection, "SELECT current_setting('timezone')"), "UTC");
    assert_string_equal(text_of(connection, "SELECT current_setting('client_encoding')"), "UTF8");
    driver->close(connection);
    struct cf_uri uri;
    cf__uri_parse(cf__current(), cf_format(here(), "%s?application_name=shop", test_uri), &uri);
    connection = driver->open(&uri, &(struct cf_open_options){ .statement_timeout = 50000 });
    assert_string_equal(text_of(connection, "SELECT current_setting('application_name')"), "shop");
    assert_int_equal(error_on(connection, "SELECT 'slow', pg_sleep(100)")->code, CF_TIMEOUT);
    assert_string_equal(text_of(connection, "SELECT 'fine'"), "fine");
    driver->script(connection, "CREATE SCHEMA audit");
    driver->close(connection);
    connection = open_uri(cf_format(here(), "%s?options=-csearch_path%%3Daudit", test_uri), false);
    assert_string_equal(text_of(connection, "SELECT current_schema()::text"), "audit");
    driver->close(connection);
}

static void a_session_is_set_up_and_takes_options(void **state)
{
    (void)state;
    in_fiber(set_up, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_wrong_is_one_clear_line),
        cmocka_unit_test(a_session_is_set_up_and_takes_options),
    };
    RUN_TESTS("postgres/open", tests);
}

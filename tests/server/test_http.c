/* SPDX-License-Identifier: MIT
 *
 * The HTTP adaptor over real sockets: a server in a process of its own for each test, with small limits, and clients
 * that look at the bytes. The server's process must end by itself with status 0, which under a sanitizer also says that
 * it leaked nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../src/base/clock.h"
#include "client.h"
#include "fixture.h"

#define HOST "Host: localhost\r\n"

enum { BODY_LIMIT = 100000, HEADER_LIMIT = 16000, URL_LIMIT = 4000 };

static struct fixture start(void)
{
    return start_server((struct cf__server_limits){
        .body = BODY_LIMIT, .headers = HEADER_LIMIT, .url = URL_LIMIT, .header_time = 5000000 });
}

/* Also asserts that the server still serves. */
static void stop(struct fixture *fixture)
{
    assert_int_equal(get(fixture->port, "/hello", NULL, 0), 200);
    assert_int_equal(end_server(fixture), 0);
}

/* ---- Saying and hearing ----------------------------------------------------------------------------------------- */

static void expect_text(struct client *client, int status, const char *body)
{
    struct reply reply = client_read(client, false);
    assert_int_equal(reply.status, status);
    if (body)
        assert_string_equal(reply.body, body);
    reply_free(&reply);
}

/* Says something on a connection of its own and expects a status, then the end of the connection. */
static void expect_refusal(int port, const char *text, int status)
{
    struct client client = client_open(port);
    client_say(&client, text);
    struct reply reply = client_read(&client, strncmp(text, "HEAD", 4) == 0);
    if (reply.status != status)
        print_error("expected %d, got %d for: %.60s\n", status, reply.status, text);
    assert_int_equal(reply.status, status);
    reply_free(&reply);
    while (!client_is_closed(&client)) { /* after its own refusals the library may repeat itself */
        char rest[512];
        if (client.size)
            client.size = 0;
        else
            assert_true(recv(client.fd, rest, sizeof(rest), 0) > 0);
    }
    client_close(&client);
}

static char *repeat(const char *before, char c, size_t count, const char *after)
{
    size_t size = strlen(before);
    char *text = malloc(size + count + strlen(after) + 1);
    memcpy(text, before, size);
    memset(text + size, c, count);
    memcpy(text + size + count, after, strlen(after) + 1);
    return text;
}

/* ---- Messages --------------------------------------------------------------------------------------------------- */

static void keeps_a_connection_for_many_requests(void **state)
{
    (void)state;
    struct fixture fixture = start();
    struct client client = client_open(fixture.port);
    for (int i = 0; i < 20; i++) {
        client_say(&client, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
        expect_text(&client, 200, "hello");
    }
    client_close(&client);
    stop(&fixture);
}

static void answers_pipelined_requests_in_order(void **state)
{
    (void)state;
    struct fixture fixture = start();
    struct client client = client_open(fixture.port);
    client_say(&client, "GET /sleep HTTP/1.1\r\n" HOST "\r\n"
                        "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"
                        "GET /hello HTTP/1.1\r\n" HOST "\r\n"
                        "GET /sleep HTTP/1.1\r\n" HOST "\r\n"
                        "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    expect_text(&client, 200, "slept");
    expect_text(&client, 200, "abc");
    expect_text(&client, 200, "hello");
    expect_text(&client, 200, "slept");
    expect_text(&client, 200, "hello");
    client_close(&client);
    stop(&fixture);
}

static void sends_no_body_to_HEAD_but_its_length(void **state)
{
    (void)state;
    struct fixture fixture = start();
    struct client client = client_open(fixture.port);
    client_say(&client, "HEAD /hello HTTP/1.1\r\n" HOST "\r\nGET /hello HTTP/1.1\r\n" HOST "\r\n");
    struct reply reply = client_read(&client, true);
    assert_int_equal(reply.status, 200);
    assert_true(reply_has(&reply, "\r\nContent-Length: 5\r\n"));
    reply_free(&reply);
    expect_text(&client, 200, "hello"); /* so no byte of a body came in between */
    client_close(&client);
    stop(&fixture);
}

static void sends_no_body_with_204_and_304(void **state)
{
    (void)state;
    struct fixture fixture = start();
    struct client client = client_open(fixture.port);
    client_say(&client, "GET /nothing HTTP/1.1\r\n" HOST "\r\nGET /unchanged HTTP/1.1\r\n" HOST "\r\n"
                        "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    struct reply reply = client_read(&client, false);
    assert_int_equal(reply.status, 204);
    assert_false(reply_has(&reply, "\r\nContent-Length:"));
    assert_false(reply_has(&reply, "\r\nContent-Type:"));
    reply_free(&reply);
    expect_text(&client, 304, "");
    expect_text(&client, 200, "hello");
    client_close(&client);
    stop(&fixture);
}

static void sends_the_headers_of_the_response(void **state)
{
    (void)state;
    struct fixture fixture = start();
    struct client client = client_open(fixture.port);
    client_say(&client, "GET /headers HTTP/1.1\r\n" HOST "\r\n");
    struct reply reply = client_read(&client, false);
    assert_true(reply_has(&reply, "\r\nContent-Type: text/plain\r\n"));
    assert_true(reply_has(&reply, "\r\nX-One: a\r\n"));
    assert_true(reply_has(&reply, "\r\nX-Two: b\r\n"));
    assert_true(reply_has(&reply, "\r\nDate: "));
    assert_false(reply_has(&reply, "\r\nServer:"));
    reply_free(&reply);
    client_close(&client);
    stop(&fixture);
}

static void sends_a_body_larger_than_any_socket_buffer(void **state)
{
    (void)state;
    struct fixture fixture = start();
    struct client client = client_open(fixture.port);
    client_say(&client, "GET /big HTTP/1.1\r\n" HOST "\r\n");
    struct reply reply = client_read(&client, false);
    assert_int_equal(reply.size, 3 << 20);
    reply_free(&reply);
    client_close(&client);
    stop(&fixture);
}

static void hands_over_the_target_as_sent(void **state)
{
    static const struct {
        const char *target, *seen;
    } cases[] = {
        { "/a%2Fb/c?x=%31&y=a+b&&", "GET|/a%2Fb/c|x=%31&y=a+b&&|127.0.0.1" },
        { "/plain", "GET|/plain||127.0.0.1" },
        { "/q?", "GET|/q||127.0.0.1" },
        { "http://localhost/absolute?q", "GET|/absolute|q|127.0.0.1" },
        { "http://localhost", "GET|/||127.0.0.1" },
    };
    (void)state;
    struct fixture fixture = start();
    struct client client = client_open(fixture.port);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char request[256];
        snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\n" HOST "\r\n", cases[i].target);
        client_say(&client, request);
        expect_text(&client, 200, cases[i].seen);
    }
    client_close(&client);
    stop(&fixture);
}

static void finds_headers_in_any_case(void **state)
{
    (void)state;
    struct fixture fixture = start();
    struct client client = client_open(fixture.port);
    client_say(&client, "GET /list_headers HTTP/1.1\r\n" HOST "X-TEST: one\r\nX-Other:two\r\n\r\n");
    expect_text(&client, 200, "one|Host=localhost;X-TEST=one;X-Other=two;");
    client_close(&client);
    stop(&fixture);
}

static void answers_what_a_handler_raises(void **state)
{
    (void)state;
    struct fixture fixture = start();
    struct client client = client_open(fixture.port);
    client_say(&client, "GET /raise HTTP/1.1\r\n" HOST "\r\nGET /hello HTTP/1.1\r\n" HOST "\r\n");
    expect_text(&client, 500, "failed");
    expect_text(&client, 200, "hello");
    client_close(&client);
    stop(&fixture);
}

static void speaks_HTTP_1_0(void **state)
{
    (void)state;
    struct fixture fixture = start();
    struct client client = client_open(fixture.port);
    client_say(&client, "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /hello HTTP/1.0\r\n\r\n");
    expect_text(&client, 200, "hello");
    expect_text(&client, 200, "hello");
    assert_true(client_is_closed(&client));
    client_close(&client);
    stop(&fixture);
}

/* ---- Bodies ----------------------------------------------------------------------------------------------------- */

static void says_continue_to_a_client_that_waits_for_it(void **state)
{
    (void)state;
    struct fixture fixture = start();
    struct client client = client_open(fixture.port);
    client_say(&client, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 4\r\nExpect: 100-continue\r\n\r\n");
    expect_text(&client, 100, "");
    client_say(&client, "body");
    expect_text(&client, 200, "body");
    client_close(&client);
    stop(&fixture);
}

static void puts_a_chunked_body_together(void **state)
{
    (void)state;
    struct fixture fixture = start();
    struct client client = client_open(fixture.port);
    client_say(&client, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
    client_say(&client, "7;extension=1\r\n second\r\n0\r\nX-Trailer: t\r\n\r\n");
    expect_text(&client, 200, "first second");
    client_say(&client, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    expect_text(&client, 200, "hello");
    client_close(&client);
    stop(&fixture);
}

static void takes_a_body_up_to_the_limit(void **state)
{
    (void)state;
    struct fixture fixture = start();
    struct client client = client_open(fixture.port);
    char head[128];
    snprintf(head, sizeof(head), "POST /echo HTTP/1.1\r\n" HOST "Content-Length: %d\r\n\r\n", BODY_LIMIT);
    char *request = repeat(head, 'x', BODY_LIMIT, "");
    client_say(&client, request);
    struct reply reply = client_read(&client, false);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.size, BODY_LIMIT);
    assert_int_equal(strspn(reply.body, "x"), BODY_LIMIT);
    reply_free(&reply);
    free(request);
    client_close(&client);
    stop(&fixture);
}

static void refuses_a_body_that_says_it_is_too_large(void **state)
{
    (void)state;
    struct fixture fixture = start();
    expect_refusal(fixture.port,
                   "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 100001\r\nExpect: 100-continue\r\n\r\n", 413);
    expect_refusal(fixture.port, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999\r\n\r\n", 413);
    stop(&fixture);
}

/* A server that closed at once would have the rest of the body answered by a reset. */
static void refuses_a_large_body_without_a_reset(void **state)
{
    (void)state;
    struct fixture fixture = start();
    struct client client = client_open(fixture.port);
    char *request = repeat("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 8000000\r\n\r\n", 'x', 8000000, "");
    assert_true(client_say(&client, request));
    expect_text(&client, 413, NULL);
    char byte;
    assert_int_equal(recv(client.fd, &byte, 1, 0), 0);
    client_close(&client);
    free(request);
    stop(&fixture);
}

static void refuses_a_chunked_body_once_it_is_too_large(void **state)
{
    (void)state;
    struct fixture fixture = start();
    char *request = repeat("POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nF4240\r\n", 'x', 1000000,
                           "\r\n0\r\n\r\n");
    expect_refusal(fixture.port, request, 413);
    free(request);
    stop(&fixture);
}

/* ---- Limits of the header --------------------------------------------------------------------------------------- */

static void refuses_a_target_that_is_too_long(void **state)
{
    (void)state;
    struct fixture fixture = start();
    struct client client = client_open(fixture.port);
    char *longest = repeat("GET /", 'p', URL_LIMIT - 1, " HTTP/1.1\r\n" HOST "\r\n");
    client_say(&client, longest);
    expect_text(&client, 200, NULL);
    client_close(&client);
    char *too_long = repeat("GET /", 'p', URL_LIMIT, " HTTP/1.1\r\n" HOST "\r\n");
    expect_refusal(fixture.port, too_long, 414);
    char *endless = repeat("GET /", 'p', 1000000, " HTTP/1.1\r\n" HOST "\r\n");
    expect_refusal(fixture.port, endless, 414);
    free(longest);
    free(too_long);
    free(endless);
    stop(&fixture);
}

static void accepts_one_header_up_to_the_limit_and_refuses_more(void **state)
{
    (void)state;
    struct fixture fixture = start();
    struct client client = client_open(fixture.port);
    const char *start_of_it = "GET /hello HTTP/1.1\r\n" HOST "X-Large: ";
    size_t rest = strlen(start_of_it) + 4;
    char *largest = repeat(start_of_it, 'h', HEADER_LIMIT - rest, "\r\n\r\n");
    for (int i = 0; i < 3; i++) {
        client_say(&client, largest);
        expect_text(&client, 200, "hello");
    }
    client_close(&client);
    char *too_large = repeat(start_of_it, 'h', HEADER_LIMIT - rest + 1, "\r\n\r\n");
    expect_refusal(fixture.port, too_large, 431);
    char *endless = repeat(start_of_it, 'h', 1000000, "\r\n\r\n");
    expect_refusal(fixture.port, endless, 431);
    free(largest);
    free(too_large);
    free(endless);
    stop(&fixture);
}

static void refuses_too_many_headers(void **state)
{
    (void)state;
    struct fixture fixture = start();
    enum { COUNT = 5000 };
    char *request = malloc(64 + COUNT * 12);
    size_t size = (size_t)snprintf(request, 64, "GET /hello HTTP/1.1\r\n" HOST);
    for (int i = 0; i < COUNT; i++)
        size += (size_t)snprintf(request + size, 12, "H%d: x\r\n", i);
    memcpy(request + size, "\r\n", 3);
    expect_refusal(fixture.port, request, 431);
    free(request);
    stop(&fixture);
}

static void is_not_kept_busy_by_too_many_arguments(void **state)
{
    (void)state;
    struct fixture fixture = start();
    char *arguments = repeat("GET /hello?", '&', URL_LIMIT - 100, " HTTP/1.1\r\n" HOST "\r\n");
    for (char *c = arguments; *c; c++)
        if (*c == '&' && c[1] == '&' && c[2] == '&')
            c[1] = 'a';
    struct client client = client_open(fixture.port);
    client_say(&client, arguments);
    expect_text(&client, 200, "hello");
    client_close(&client);
    free(arguments);
    stop(&fixture);
}

static void refuses_ambiguous_framing(void **state)
{
    static const struct {
        const char *request;
        int status;
    } cases[] = {
        { "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400 },
        { "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde", 400 },
        { "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5, 5\r\n\r\nabcde", 400 },
        { "POST /echo HTTP/1.1\r\n" HOST "Content-Length: -5\r\n\r\nabcde", 400 },
        { "POST /echo HTTP/1.1\r\n" HOST "Content-Length: +5\r\n\r\nabcde", 400 },
        { "POST /echo HTTP/1.1\r\n" HOST "Content-Length : 5\r\n\r\nabcde", 400 },
        { "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501 },
        { "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501 },
        { "POST /echo HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400 },
        { "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400 },
        { "GET /hello HTTP/1.1\r\n\r\n", 400 },
        { "GET /hello HTTP/1.1\r\n" HOST HOST "\r\n", 400 },
        { "GET /he llo HTTP/1.1\r\n" HOST "\r\n", 400 },
        { "GET /he\tllo HTTP/1.1\r\n" HOST "\r\n", 400 },
        { "GET /hello HTTP/1.1\r\n" HOST "no colon\r\n\r\n", 400 },
        { "GET /hello HTTP/3.0\r\n" HOST "\r\n", 505 },
    };
    (void)state;
    struct fixture fixture = start();
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        expect_refusal(fixture.port, cases[i].request, cases[i].status);
    stop(&fixture);
}

static void closes_or_refuses_garbage(void **state)
{
    static const char *const garbage[] = {
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
        "\r\n\r\nnonsense\r\n\r\n",
        "GET\r\n\r\n",
        "GET /\r\n\r\n",
        "GET / HTTP/9\r\n\r\n",
        " / HTTP/1.1\r\n" HOST "\r\n",
        "GET /\xff\x01 HTTP/1.1\r\n" HOST "\r\n",
        "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
    };
    (void)state;
    struct fixture fixture = start();
    for (size_t i = 0; i < sizeof(garbage) / sizeof(*garbage); i++) {
        struct client client = client_open(fixture.port);
        client_say(&client, garbage[i]);
        shutdown(client.fd, SHUT_WR);
        struct reply reply = client_read(&client, false);
        assert_true(reply.status == 0 || (reply.status >= 400 && reply.status <= 505));
        reply_free(&reply);
        client_close(&client);
    }
    struct client client = client_open(fixture.port);
    static const char with_nul[] = "GET /a\0?b=c HTTP/1.1\r\n" HOST "\r\n";
    client_send(&client, with_nul, sizeof(with_nul) - 1);
    expect_text(&client, 400, NULL);
    client_close(&client);
    stop(&fixture);
}

/* ---- Time ------------------------------------------------------------------------------------------------------- */

static void cuts_off_a_header_that_drips(void **state)
{
    (void)state;
    struct fixture fixture = start_server((struct cf__server_limits){ .header_time = 300000 });
    struct client dripping = client_open(fixture.port);
    bool open = client_say(&dripping, "GET /hello HTTP/1.1\r\nX-Drip: ");
    for (int i = 0; open && i < 2000; i++) { /* a byte every 5 ms would keep it alive for ever */
        usleep(5000);
        open = client_say(&dripping, "x");
    }
    assert_false(open);
    client_close(&dripping);

    struct client silent = client_open(fixture.port);
    expect_text(&silent, 408, NULL);
    assert_true(client_is_closed(&silent));
    client_close(&silent);

    struct client second = client_open(fixture.port);
    client_say(&second, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    expect_text(&second, 200, "hello");
    client_say(&second, "GET /hello HTTP/1.1\r\nX-Slow: ");
    expect_text(&second, 408, NULL);
    client_close(&second);
    stop(&fixture);
}

static void closes_an_idle_connection(void **state)
{
    (void)state;
    struct fixture fixture = start_server((struct cf__server_limits){ .idle = 200000, .header_time = 200000 });
    struct client client = client_open(fixture.port);
    client_say(&client, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    expect_text(&client, 200, "hello");
    assert_true(client_is_closed(&client));
    client_close(&client);
    stop(&fixture);
}

static void lets_others_be_served_while_a_handler_is_parked(void **state)
{
    (void)state;
    struct fixture fixture = start();
    struct client parked = client_open(fixture.port), other = client_open(fixture.port);
    client_say(&parked, "GET /sleep_long HTTP/1.1\r\n" HOST "\r\n");
    for (int i = 0; i < 100; i++) {
        client_say(&other, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
        expect_text(&other, 200, "hello");
    }
    client_close(&parked);
    client_close(&other);
    stop(&fixture);
    assert_int_equal(fixture.shared->released, 1); /* its client has left, so it was cancelled */
}

/* Nothing but the end of the turn tells the library of an answer: were it to wait for its clock, this would take a
 * second a request. */
static void answers_a_parked_request_when_it_ends(void **state)
{
    (void)state;
    struct fixture fixture = start();
    struct client client = client_open(fixture.port);
    int64_t begun = cf__monotonic();
    for (int i = 0; i < 100; i++) {
        client_say(&client, "GET /yield HTTP/1.1\r\n" HOST "\r\n");
        expect_text(&client, 200, "yielded");
    }
    assert_true(cf__monotonic() - begun < 30 * (int64_t)1000000);
    client_close(&client);
    stop(&fixture);
}

static void cancels_a_request_that_takes_too_long(void **state)
{
    (void)state;
    struct fixture fixture = start_server((struct cf__server_limits){ .request_time = 200000 });
    struct client client = client_open(fixture.port);
    client_say(&client, "GET /sleep_long HTTP/1.1\r\n" HOST "\r\n");
    expect_text(&client, 503, "failed");
    client_say(&client, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    expect_text(&client, 200, "hello");
    client_close(&client);
    stop(&fixture);
    assert_int_equal(fixture.shared->released, 1);
}

static void outlives_a_client_that_leaves_in_the_middle(void **state)
{
    static const char *const beginnings[] = {
        "",
        "GE",
        "GET /hello HTTP/1.1\r\n",
        "GET /hello HTTP/1.1\r\n" HOST,
        "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 100\r\n\r\nhalf",
        "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nab",
        "GET /big HTTP/1.1\r\n" HOST "\r\n",
        "GET /sleep HTTP/1.1\r\n" HOST "\r\n",
    };
    static const struct linger reset = { .l_onoff = 1 };
    (void)state;
    struct fixture fixture = start();
    for (int i = 0; i < 64; i++) {
        struct client client = client_open(fixture.port);
        client_say(&client, beginnings[i % 8]);
        if (i % 2 == 0)
            setsockopt(client.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
        client_close(&client);
    }
    stop(&fixture);
}

/* ---- Many connections ------------------------------------------------------------------------------------------- */

static void serves_a_crowd(size_t crowd, size_t rounds)
{
    struct fixture fixture = start_server((struct cf__server_limits){ .header_time = 60000000 });
    assert_int_equal(crowd_get(fixture.port, crowd, rounds), crowd * rounds);
    stop(&fixture);
}

static void serves_1_connection_without_a_stall(void **state)
{
    (void)state;
    serves_a_crowd(1, 50);
}

static void serves_32_connections_without_a_stall(void **state)
{
    (void)state;
    serves_a_crowd(32, 20);
}

static void serves_256_connections_without_a_stall(void **state)
{
    (void)state;
    serves_a_crowd(256, 10);
}

static void serves_4096_connections_without_a_stall(void **state)
{
    (void)state;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    if (limit.rlim_max < 4096 + 200 || setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        print_message("skipped: 4,296 descriptors are needed, the hard limit is %lu\n", (unsigned long)limit.rlim_max);
        skip();
    }
    serves_a_crowd(4096, 4);
}

static void makes_connections_over_its_limit_wait(void **state)
{
    (void)state;
    struct fixture fixture = start_server((struct cf__server_limits){ .connections = 2 });
    struct client first = client_open(fixture.port), second = client_open(fixture.port),
                  third = client_open(fixture.port);
    client_say(&first, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    expect_text(&first, 200, "hello");
    client_say(&second, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    expect_text(&second, 200, "hello");
    client_say(&third, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    client_close(&first);
    expect_text(&third, 200, "hello");
    client_close(&second);
    client_close(&third);
    stop(&fixture);
}

static void accepts_from_an_adopted_listener_until_released(void **state)
{
    (void)state;
    struct fixture fixture = start();
    char body[32];
    assert_int_equal(get(fixture.port, "/adopt", body, sizeof(body)), 200);
    assert_string_equal(body, "adopted");
    for (int i = 0; i < 20; i++)
        assert_int_equal(get(fixture.spare_port, "/hello", NULL, 0), 200);
    assert_int_equal(crowd_get(fixture.spare_port, 64, 3), 192);
    assert_int_equal(get(fixture.spare_port, "/release", body, sizeof(body)), 200);
    struct client unheard = client_open(fixture.spare_port);
    client_say(&unheard, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(get(fixture.port, "/hello", NULL, 0), 200);
    assert_int_equal(recv(unheard.fd, body, 1, MSG_DONTWAIT), -1);
    client_close(&unheard);
    stop(&fixture);
}

static void finishes_what_it_has_when_quiesced(void **state)
{
    (void)state;
    struct fixture fixture = start();
    struct client running = client_open(fixture.port), idle = client_open(fixture.port);
    client_say(&idle, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    expect_text(&idle, 200, "hello");
    client_say(&running, "GET /sleep HTTP/1.1\r\n" HOST "\r\n");
    usleep(100000); /* so that it runs; without that it would be answered all the same */
    kill(fixture.pid, SIGTERM);
    struct reply reply = client_read(&running, false);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.body, "slept");
    assert_true(reply_has(&reply, "\r\nConnection: close\r\n"));
    reply_free(&reply);
    assert_true(client_is_closed(&running));
    assert_true(client_is_closed(&idle));
    client_close(&running);
    client_close(&idle);
    int status = -1;
    assert_int_equal(waitpid(fixture.pid, &status, 0), fixture.pid);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_a_connection_for_many_requests),
        cmocka_unit_test(answers_pipelined_requests_in_order),
        cmocka_unit_test(sends_no_body_to_HEAD_but_its_length),
        cmocka_unit_test(sends_no_body_with_204_and_304),
        cmocka_unit_test(sends_the_headers_of_the_response),
        cmocka_unit_test(sends_a_body_larger_than_any_socket_buffer),
        cmocka_unit_test(hands_over_the_target_as_sent),
        cmocka_unit_test(finds_headers_in_any_case),
        cmocka_unit_test(answers_what_a_handler_raises),
        cmocka_unit_test(speaks_HTTP_1_0),
        cmocka_unit_test(says_continue_to_a_client_that_waits_for_it),
        cmocka_unit_test(puts_a_chunked_body_together),
        cmocka_unit_test(takes_a_body_up_to_the_limit),
        cmocka_unit_test(refuses_a_body_that_says_it_is_too_large),
        cmocka_unit_test(refuses_a_large_body_without_a_reset),
        cmocka_unit_test(refuses_a_chunked_body_once_it_is_too_large),
        cmocka_unit_test(refuses_a_target_that_is_too_long),
        cmocka_unit_test(accepts_one_header_up_to_the_limit_and_refuses_more),
        cmocka_unit_test(refuses_too_many_headers),
        cmocka_unit_test(is_not_kept_busy_by_too_many_arguments),
        cmocka_unit_test(refuses_ambiguous_framing),
        cmocka_unit_test(closes_or_refuses_garbage),
        cmocka_unit_test(cuts_off_a_header_that_drips),
        cmocka_unit_test(closes_an_idle_connection),
        cmocka_unit_test(lets_others_be_served_while_a_handler_is_parked),
        cmocka_unit_test(answers_a_parked_request_when_it_ends),
        cmocka_unit_test(cancels_a_request_that_takes_too_long),
        cmocka_unit_test(outlives_a_client_that_leaves_in_the_middle),
        cmocka_unit_test(serves_1_connection_without_a_stall),
        cmocka_unit_test(serves_32_connections_without_a_stall),
        cmocka_unit_test(serves_256_connections_without_a_stall),
        cmocka_unit_test(serves_4096_connections_without_a_stall),
        cmocka_unit_test(makes_connections_over_its_limit_wait),
        cmocka_unit_test(accepts_from_an_adopted_listener_until_released),
        cmocka_unit_test(finishes_what_it_has_when_quiesced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 *
 * A flood of malformed requests: each must be answered with a 4xx (or 501, 505) or its connection closed; now and
 * then a sound one must be answered with 200; in the end the server must end by itself, cleanly, with its memory as
 * it was after the first thousands. CARAFE_FLOOD says how many requests (20,000 where it does not).
 *
 * The kinds stand in a table of makers; each gets a number and writes a request that differs with it, from a generator
 * that starts the same every time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "client.h"
#include "fixture.h"

enum { ROOM = 200000, WARM_UP = 4000, MAY_GROW = 2048 /* KiB, for the allocator's own ways */ };

struct text {
    char *data;
    size_t size;
};

static uint64_t random_state = 88172645463325252u;

static unsigned choose(unsigned most)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)(random_state % most);
}

static void add(struct text *text, const char *data, size_t size)
{
    size = size < ROOM - text->size ? size : ROOM - text->size;
    memcpy(text->data + text->size, data, size);
    text->size += size;
}

static void add_string(struct text *text, const char *string)
{
    add(text, string, strlen(string));
}

static void add_garbage(struct text *text, unsigned count)
{
    while (count-- > 0)
        add(text, &(char){ (char)choose(256) }, 1);
}

static void add_repeated(struct text *text, const char *unit, unsigned count)
{
    while (count-- > 0)
        add_string(text, unit);
}

/* ---- Kinds ------------------------------------------------------------------------------------------------------ */

static void make_garbage(struct text *text)
{
    add_garbage(text, 1 + choose(300));
    add_string(text, "\r\n\r\n");
}

static void make_odd_method(struct text *text)
{
    static const char *const methods[] = { "", "get", "GE T", "G\xc3\x89T", "\x01", "GET\t", "()", "TRACE\x7f" };
    add_string(text, methods[choose(sizeof(methods) / sizeof(*methods))]);
    add_string(text, " /hello HTTP/1.1\r\n\r\n"); /* and without a Host */
}

static void make_bad_version(struct text *text)
{
    static const char *const versions[] = { "",         " HTTP/2.0", " HTTP/0.9", " http/1.1", " HTTP/1.1.1",
                                            " HTTP/11", " FTP/1.1" };
    add_string(text, "GET /hello");
    add_string(text, versions[choose(sizeof(versions) / sizeof(*versions))]);
    add_string(text, "\r\nHost: a\r\n\r\n");
}

static void make_control_in_target(struct text *text)
{
    char bytes[2] = { (char)(1 + choose(8)), 0 };
    add_string(text, "GET /a");
    add_string(text, choose(2) ? bytes : " b");
    add_string(text, "?x=%zz&% HTTP/1.1\r\nHost: a\r\n\r\n");
}

static void make_nul_in_target(struct text *text)
{
    add(text, "GET /a\0?&b&c HTTP/1.1\r\nHost: a\r\n\r\n", 35);
}

static void make_long_target(struct text *text)
{
    add_string(text, "GET /");
    add_repeated(text, choose(2) ? "%41" : "&a=b", 3000 + choose(20000));
    add_string(text, " HTTP/1.1\r\nHost: a\r\n\r\n");
}

static void make_huge_header(struct text *text)
{
    add_string(text, "GET /hello HTTP/1.1\r\nHost: a\r\nX: ");
    add_repeated(text, "huge", 8200 + choose(30000));
    add_string(text, "\r\n\r\n");
}

static void make_many_headers(struct text *text)
{
    add_string(text, "GET /hello HTTP/1.1\r\nHost: a\r\n");
    add_repeated(text, choose(2) ? "H: v\r\n" : "Cookie: a=b; c=d\r\n", 5600 + choose(1000));
    add_string(text, "\r\n");
}

static void make_broken_header(struct text *text)
{
    static const char *const lines[] = { "no colon",
                                         "Space : v",
                                         "Host: b",
                                         "\x02: v",
                                         "Content-Length: x",
                                         "Content-Length: 99999999999",
                                         "Content-Length: -1",
                                         "Content-Length: 1, 2" };
    add_string(text, "POST /echo HTTP/1.1\r\nHost: a\r\n");
    add_string(text, lines[choose(sizeof(lines) / sizeof(*lines))]);
    add_string(text, "\r\n\r\n");
}

static void make_garbage_header(struct text *text)
{
    add_string(text, "GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\nX: ");
    add_garbage(text, choose(500));
    add_string(text, "\r\n\r\n");
}

static void make_two_lengths(struct text *text)
{
    add_string(text, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n");
    add_string(text, choose(2) ? "Transfer-Encoding: chunked\r\n\r\nabc" : "Content-Length: 4\r\n\r\nabcd");
}

static void make_bad_chunks(struct text *text)
{
    static const char *const chunks[] = { "zz\r\n", "-1\r\n", "fffffffffffffffffffff\r\n", "3\r\nabcd\r\n",
                                          "\r\n\r\n" };
    add_string(text, "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    add_string(text, chunks[choose(sizeof(chunks) / sizeof(*chunks))]);
}

static void make_unknown_coding(struct text *text)
{
    add_string(text, "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ");
    add_string(text, choose(2) ? "gzip" : "chunked, identity");
    add_string(text, "\r\n\r\n0\r\n\r\n");
}

static void make_cut_off(struct text *text)
{
    static const char whole[] = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n0123456789";
    add(text, whole, choose(sizeof(whole) - 2));
}

static void (*const makers[])(struct text *text) = {
    make_garbage,     make_odd_method,  make_bad_version,    make_control_in_target, make_nul_in_target,
    make_long_target, make_huge_header, make_many_headers,   make_broken_header,     make_garbage_header,
    make_two_lengths, make_bad_chunks,  make_unknown_coding, make_cut_off,
};

enum { KINDS = sizeof(makers) / sizeof(*makers) };

/* ---- The flood -------------------------------------------------------------------------------------------------- */

static bool is_rejection(int status)
{
    return status == 0 || (status >= 400 && status < 500) || status == 501 || status == 505;
}

static void send_one(int port, unsigned kind)
{
    static char data[ROOM];
    struct text text = { data, 0 };
    makers[kind](&text);
    struct client client = client_open(port);
    assert_true(client.fd >= 0);
    client_send(&client, text.data, text.size);
    struct reply reply = { 0 };
    if (makers[kind] != make_cut_off) { /* which is never answered: its client just leaves */
        shutdown(client.fd, SHUT_WR);
        reply = client_read(&client, false);
    }
    if (!is_rejection(reply.status))
        print_error("kind %u was answered with %d: %.200s\n", kind, reply.status, text.data);
    assert_true(is_rejection(reply.status));
    reply_free(&reply);
    client_close(&client);
}

/* Resident memory of a process in KiB. */
static long measure(pid_t pid)
{
    char path[64];
    long pages = 0;
    snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%*d %ld", &pages), 1);
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static bool is_sanitized(void)
{
#if defined(__SANITIZE_ADDRESS__)
    return true;
#elif defined(__has_feature)
    return __has_feature(address_sanitizer);
#else
    return false;
#endif
}

static void survives_a_flood_of_malformed_requests(void **state)
{
    (void)state;
    const char *wanted = getenv("CARAFE_FLOOD");
    long count = wanted ? atol(wanted) : 20000, warm = 0;
    struct fixture fixture = start_server((struct cf__server_limits){ .header_time = 500000 });
    for (long i = 0; i < count; i++) {
        send_one(fixture.port, (unsigned)(i % KINDS));
        if (i % 500 == 0)
            assert_int_equal(get(fixture.port, "/hello", NULL, 0), 200);
        if (i == WARM_UP)
            warm = measure(fixture.pid);
    }
    if (warm && !is_sanitized()) /* a sanitizer keeps freed memory for a while */
        assert_in_range(measure(fixture.pid), 0, warm + MAY_GROW);
    assert_int_equal(get(fixture.port, "/hello", NULL, 0), 200);
    assert_int_equal(end_server(&fixture), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(survives_a_flood_of_malformed_requests) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

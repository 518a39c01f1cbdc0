/* SPDX-License-Identifier: MIT
 *
 * What the hand-written servers share: a growing text, JSON put together with memcpy, a listening socket.
 */
#ifndef CARAFE_BENCH_FLOOR_H
#define CARAFE_BENCH_FLOOR_H

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct text {
    char *data;
    size_t size, capacity;
};

static inline void append(struct text *text, const char *data, size_t size)
{
    if (text->size + size > text->capacity) {
        text->capacity = (text->capacity + size) * 2 + 256;
        text->data = realloc(text->data, text->capacity);
        if (!text->data)
            abort();
    }
    memcpy(text->data + text->size, data, size);
    text->size += size;
}

#define LITERAL(text, literal) append(text, literal, sizeof(literal) - 1)

static inline void append_string(struct text *text, const char *value, size_t size)
{
    LITERAL(text, "\"");
    size_t start = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)value[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        char escape[8];
        append(text, value + start, i - start);
        append(text, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", c));
        start = i + 1;
    }
    append(text, value + start, size - start);
    LITERAL(text, "\"");
}

static inline void append_integer(struct text *text, int64_t value)
{
    char digits[24], *at = digits + sizeof digits;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do
        *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0)
        *--at = '-';
    append(text, at, (size_t)(digits + sizeof digits - at));
}

static inline enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, const char *type,
                                     struct text text)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(text.size, text.data, MHD_RESPMEM_MUST_FREE);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static inline enum MHD_Result plaintext(struct MHD_Connection *connection)
{
    struct text text = { 0 };
    LITERAL(&text, "Hello, World!\n");
    return answer(connection, 200, "text/plain; charset=utf-8", text);
}

static inline int listen_on(int port)
{
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 1024)) {
        perror("floor: bind");
        exit(1);
    }
    return listener;
}

static volatile sig_atomic_t ended;

static inline void end(int number)
{
    (void)number;
    ended = 1;
}

#endif

/* SPDX-License-Identifier: MIT
 *
 * What is refused before a handler sees it: a target or header that is too long, a body that says it is too large, and
 * framing that two readers could understand differently. A refusal (also the one for a late header, and for a body that
 * turns out too large) is written straight to the socket and the connection closed: one way for every moment of a
 * request, also those in which the library accepts no answer.
 */
#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>

/* Writes a complete answer to the socket, past the library. A client that does not read it loses nothing but words. */
void cf__write_refusal(const struct cf__connection *connection, int status, const char *description, bool with_body)
{
    char body[256], answer[512];
    const char *name = cf__status_name(status);
    int body_size = snprintf(body, sizeof(body), "{\"error\":{\"code\":%d,\"name\":\"%s\",\"description\":\"%s\"}}\n",
                             status, name, description);
    int size = snprintf(answer, sizeof(answer),
                        "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
                        "Connection: close\r\n\r\n%s",
                        status, name, body_size, with_body ? body : "");
    (void)!send(connection->fd, answer, (size_t)size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static bool has_control(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] <= ' ' || text[i] == 0x7f)
            return true;
    return false;
}

/* What the header says about where the request ends. Two readers that disagree about that can be made to take one's
 * body for the other's request (request smuggling), so anything ambiguous is refused. */
struct framing {
    unsigned hosts, lengths, encodings;
    const char *length;
    bool bad_name, chunked;
};

static enum MHD_Result inspect_header(void *self, enum MHD_ValueKind kind, const char *name, size_t name_size,
                                      const char *value, size_t value_size)
{
    struct framing *framing = self;
    (void)kind, (void)value_size;
    if (name_size == 0 || has_control(name, name_size))
        framing->bad_name = true;
    else if (name_size == 4 && strcasecmp(name, "Host") == 0)
        framing->hosts++;
    else if (name_size == 14 && strcasecmp(name, "Content-Length") == 0) {
        framing->lengths++;
        framing->length = value;
    } else if (name_size == 17 && strcasecmp(name, "Transfer-Encoding") == 0) {
        framing->encodings++;
        framing->chunked = value && strcasecmp(value, "chunked") == 0;
    }
    return MHD_YES;
}

static struct cf__refusal judge_framing(const struct framing *framing, const char *version, size_t body_limit)
{
    bool modern = strcmp(version, "HTTP/1.0") != 0;
    if (framing->bad_name)
        return (struct cf__refusal){ 400, "A header name is malformed." };
    if (framing->hosts > 1 || (modern && framing->hosts == 0))
        return (struct cf__refusal){ 400, "Exactly one Host header is needed." };
    if (framing->lengths + framing->encodings > 1 || (framing->encodings && !modern))
        return (struct cf__refusal){ 400, "The length of the body is ambiguous." };
    if (framing->encodings && !framing->chunked)
        return (struct cf__refusal){ 501, "Only chunked is understood as Transfer-Encoding." };
    if (framing->length && strtoull(framing->length, NULL, 10) > body_limit)
        return (struct cf__refusal){ 413, "The body is too large." };
    return (struct cf__refusal){ 0, NULL };
}

struct cf__refusal cf__judge(const struct cf__exchange *exchange, const char *target, const char *version)
{
    const struct cf__server_limits *limits = &exchange->connection->server->limits;
    if (exchange->target_size > limits->url)
        return (struct cf__refusal){ 414, "The URL is too long." };
    /* The version stands right behind the target, unless a NUL hides something between the two. */
    if (has_control(exchange->target, exchange->target_size) || target + exchange->target_size + 1 != version)
        return (struct cf__refusal){ 400, "The request line is malformed." };
    if (MHD_get_connection_info(exchange->handle, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size >
        limits->headers)
        return (struct cf__refusal){ 431, "The header is too large." };
    struct framing framing = { 0 };
    MHD_get_connection_values_n(exchange->handle, MHD_HEADER_KIND, inspect_header, &framing);
    return judge_framing(&framing, version, limits->body);
}

/* SPDX-License-Identifier: MIT
 *
 * Database URIs: scheme://user:password@host:port/path?options, percent-escapes decoded in each part. The password
 * never gets into a message: `masked` is what logs and errors show.
 */
#include <string.h>

#include <carafe/error.h>
#include <carafe/memory.h>

#include "../text/number.h"
#include "../text/url.h"
#include "engine.h"

static const char *decode(struct cf__context *context, const char *part, size_t size, const char *masked)
{
    const char *decoded = cf__url_decode(context, part, size, false);
    if (!decoded)
        cf_raise(CF_INTERNAL, "database URI \"%s\": a percent-escape is malformed", masked);
    return decoded;
}

/* The text with what stands between ':' and '@' of its authority replaced; where there is no authority, between the
 * first ':' and the last '@': a mistyped URI shows its password no more than a right one. */
static const char *mask(struct cf__context *context, const char *text)
{
    const char *separator = strstr(text, "://"), *start = separator ? separator + 3 : text;
    const char *end = separator ? start + strcspn(start, "/?") : text + strlen(text);
    const char *at = memrchr(start, '@', (size_t)(end - start));
    const char *colon = at ? memchr(start, ':', (size_t)(at - start)) : NULL;
    if (!colon)
        return cf_copy(&context->head, text);
    return cf_format(&context->head, "%.*s***%s", (int)(colon + 1 - text), text, at);
}

static int parse_port(const struct cf_uri *uri, const char *text, size_t size, struct cf__context *context)
{
    int64_t port;
    if (!cf__parse_integer(cf__copy_bytes(context, text, size), &port) || port < 1 || port > 65535)
        cf_raise(CF_INTERNAL, "database URI \"%s\": the port is not a number from 1 to 65535", uri->masked);
    return (int)port;
}

/* user:password@host:port, the host in brackets where it is an IPv6 address. */
static void parse_authority(struct cf_uri *uri, const char *text, size_t size, struct cf__context *context)
{
    const char *end = text + size, *at = memrchr(text, '@', size), *host = at ? at + 1 : text;
    if (at) {
        const char *colon = memchr(text, ':', (size_t)(at - text)), *user_end = colon ? colon : at;
        uri->user = decode(context, text, (size_t)(user_end - text), uri->masked);
        if (colon)
            uri->password = decode(context, colon + 1, (size_t)(at - colon - 1), uri->masked);
    }
    const char *host_end = end, *bracket = *host == '[' ? memchr(host, ']', (size_t)(end - host)) : NULL;
    const char *colon = memchr(bracket ? bracket : host, ':', (size_t)(end - (bracket ? bracket : host)));
    struct cf_uri_host *named = cf_alloc_(&context->head, sizeof *named);
    if (colon && colon < end) {
        named->port = parse_port(uri, colon + 1, (size_t)(end - colon - 1), context);
        host_end = colon;
    }
    if (bracket) {
        host++;
        host_end = bracket;
    }
    if (host_end > host)
        named->name = decode(context, host, (size_t)(host_end - host), uri->masked);
    uri->hosts = named;
    uri->host_count = named->name || named->port;
}

void cf__uri_parse(struct cf__context *context, const char *text, struct cf_uri *out)
{
    const char *separator = strstr(text, "://");
    *out = (struct cf_uri){ .masked = mask(context, text) };
    if (!separator || separator == text)
        cf_raise(CF_INTERNAL, "database URI \"%s\" has no scheme: write sqlite:///file.db", out->masked);
    out->scheme = cf__copy_bytes(context, text, (size_t)(separator - text));
    const char *authority = separator + 3, *path = authority + strcspn(authority, "/?");
    parse_authority(out, authority, (size_t)(path - authority), context);
    size_t size = strcspn(path, "?");
    if (path[size])
        cf_raise(CF_INTERNAL, "database URI \"%s\": options after '?' are not supported", out->masked);
    if (size > 1)
        out->path = decode(context, path + 1, size - 1, out->masked);
}

/* SPDX-License-Identifier: MIT
 *
 * Database URIs: scheme://user:password@host:port,host:port/path?name=value&…, percent-escapes decoded in each part.
 * What SQLAlchemy takes is taken: a password may hold '@', ':', '/' and '?' as they are, as long as it is clear where
 * it ends, and `?host=` names hosts and directories of sockets. Where the two differ, a mistake is told instead of
 * guessed at: a malformed escape, several hosts it would not read, the scheme of a Python driver.
 *
 * The password never gets into a message: `masked` is what logs and errors show. It is made from the text alone, before
 * anything is understood, and in doubt hides more than the password.
 */
#include <string.h>
#include <strings.h>

#include <carafe/error.h>
#include <carafe/memory.h>

#include "../text/number.h"
#include "../text/url.h"
#include "engine.h"

enum { MOST_HOSTS = 16, MOST_OPTIONS = 64 };

/* A piece of the URI's text. */
struct piece {
    const char *start, *end;
};

struct parsing {
    struct cf__context *context;
    struct cf_uri *uri;
    struct cf_uri_host hosts[MOST_HOSTS];
    int lone_port; /* that of the hosts named by options */
};

static _Noreturn void refuse(const struct parsing *parsing, const char *reason)
{
    cf_raise(CF_INTERNAL, "database URI \"%s\"%s", parsing->uri->masked, reason);
}

static const char *decode(const struct parsing *parsing, struct piece piece)
{
    const char *decoded = cf__url_decode(parsing->context, piece.start, (size_t)(piece.end - piece.start), false);
    if (!decoded)
        refuse(parsing, ": a percent-escape is malformed (a % itself is %25)");
    return decoded;
}

static const char *find(struct piece piece, char c)
{
    return memchr(piece.start, c, (size_t)(piece.end - piece.start));
}

/* ---- Masking ---------------------------------------------------------------------------------------------------- */

/* The scheme's end, where the text has one: "://" behind letters, digits, '+', '-', '.' and '_'. Else NULL. */
static const char *find_scheme_end(const char *text)
{
    size_t size = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-._");
    return size && strncmp(text + size, "://", 3) == 0 ? text + size : NULL;
}

/* What stands between the first ':' and the last '@' of the authority, or of the whole where the authority has no '@'
 * (a password with a '/', or no authority at all: a mistyped URI shows its password no more than a right one). */
static struct piece find_password(const char *text)
{
    const char *scheme = find_scheme_end(text), *start = scheme ? scheme + 3 : text;
    struct piece authority = { start, start + (scheme ? strcspn(start, "/?") : strlen(start)) };
    const char *colon = find(authority, ':');
    if (!colon)
        return (struct piece){ 0 };
    const char *at = memrchr(colon, '@', (size_t)(authority.end - colon));
    if (!at)
        at = strrchr(colon, '@');
    return at ? (struct piece){ colon + 1, at } : (struct piece){ 0 };
}

/* Options that name a password, and those whose name is not seen at once. */
static bool is_secret(struct piece name)
{
    for (const char *at = name.start; at < name.end; at++)
        if (*at == '%' || strncasecmp(at, "pass", 4) == 0)
            return true;
    return false;
}

static void mask_options(struct cf__buffer *masked, const char *options)
{
    for (const char *next; *options; options = next) {
        next = options + strcspn(options, "&");
        const char *equals = find((struct piece){ options, next }, '=');
        bool secret = equals && is_secret((struct piece){ options, equals });
        cf__buffer_add(masked, options, (size_t)((secret ? equals + 1 : next) - options));
        cf__buffer_string(masked, secret ? "***" : "");
        if (*next)
            cf__buffer_char(masked, *next++);
    }
}

static const char *mask(struct cf__context *context, const char *text)
{
    struct cf__buffer masked = cf__buffer_new(context, CF__CAP_SQL, "a database URI");
    struct piece password = find_password(text);
    if (password.start) {
        cf__buffer_add(&masked, text, (size_t)(password.start - text));
        cf__buffer_string(&masked, "***");
        text = password.end;
    }
    const char *options = strchr(text, '?');
    options = options ? options + 1 : text + strlen(text);
    cf__buffer_add(&masked, text, (size_t)(options - text));
    mask_options(&masked, options);
    return cf__buffer_text(&masked);
}

/* ---- Hosts ------------------------------------------------------------------------------------------------------ */

static int parse_port(const struct parsing *parsing, struct piece piece)
{
    int64_t port;
    size_t size = (size_t)(piece.end - piece.start);
    if (!cf__parse_integer(cf__copy_bytes(parsing->context, piece.start, size), &port) || port < 1 || port > 65535)
        refuse(parsing, ": the port is not a number from 1 to 65535");
    return (int)port;
}

/* The name in "host", "host:port", "[address]:port", "/directory:port", ":port"; the port, where there is one. */
static struct piece split_host(const struct parsing *parsing, struct piece piece, int *port)
{
    const char *colon = find(piece, ':');
    struct piece name = { piece.start, colon ? colon : piece.end };
    if (*piece.start == '[') {
        const char *bracket = find(piece, ']');
        if (!bracket || (bracket + 1 < piece.end && bracket[1] != ':'))
            refuse(parsing, ": an address that begins with '[' ends with ']' and its port");
        name = (struct piece){ piece.start + 1, bracket };
        colon = bracket + 1 < piece.end ? bracket + 1 : NULL;
    } else if (colon && memchr(colon + 1, ':', (size_t)(piece.end - colon - 1)))
        refuse(parsing, ": an address with several ':' stands in brackets, as in [::1]:5432");
    if (colon)
        *port = parse_port(parsing, (struct piece){ colon + 1, piece.end });
    return name;
}

static void add_host(struct parsing *parsing, struct cf_uri_host host)
{
    if (parsing->uri->host_count == MOST_HOSTS)
        refuse(parsing, " has more than 16 hosts");
    parsing->hosts[parsing->uri->host_count++] = host;
}

static void parse_hosts(struct parsing *parsing, struct piece hosts)
{
    if (hosts.start == hosts.end)
        return;
    bool several = find(hosts, ',') != NULL;
    for (const char *at = hosts.start, *next; at <= hosts.end; at = next + 1) {
        next = find((struct piece){ at, hosts.end }, ',');
        if (!next)
            next = hosts.end;
        struct cf_uri_host host = { 0 };
        struct piece name = split_host(parsing, (struct piece){ at, next }, &host.port);
        if (name.end > name.start)
            host.name = decode(parsing, name);
        else if (several)
            refuse(parsing, ": one of its hosts has no name");
        add_host(parsing, host);
    }
}

/* "?host=/directory", "?host=name:port", once for each; the port of an authority without a host is theirs. */
static void add_host_option(struct parsing *parsing, const char *value)
{
    if (parsing->uri->host_count && !parsing->hosts[0].name) {
        parsing->lone_port = parsing->hosts[0].port;
        parsing->uri->host_count = 0;
    }
    struct cf_uri_host host = { .port = parsing->lone_port };
    struct piece name = split_host(parsing, (struct piece){ value, value + strlen(value) }, &host.port);
    if (name.end == name.start)
        refuse(parsing, ": the option host is empty");
    host.name = cf__copy_bytes(parsing->context, name.start, (size_t)(name.end - name.start));
    add_host(parsing, host);
}

/* ---- The whole -------------------------------------------------------------------------------------------------- */

/* Where user and password end: at the '@' that `hosts` are to follow, or NULL. The last '@' before the path; where there
 * is none but what looks like a port is no number, the first one in the text: then the password has a '/' or a '?'. */
static const char *find_user_end(struct piece authority)
{
    const char *at = memrchr(authority.start, '@', (size_t)(authority.end - authority.start));
    const char *colon = find(authority, ':');
    if (at || !colon || *authority.start == '[')
        return at;
    const char *digits_end = colon + 1 + strspn(colon + 1, "0123456789");
    bool is_port = digits_end > colon + 1 && (digits_end == authority.end || *digits_end == ',');
    return is_port ? NULL : strchr(authority.end, '@');
}

/* The authority; returns where the path or the options begin. */
static const char *parse_authority(struct parsing *parsing, const char *text)
{
    struct cf_uri *uri = parsing->uri;
    struct piece authority = { text, text + strcspn(text, "/?") };
    const char *at = find_user_end(authority);
    if (at) {
        const char *colon = find((struct piece){ text, at }, ':');
        uri->user = decode(parsing, (struct piece){ text, colon ? colon : at });
        if (colon)
            uri->password = decode(parsing, (struct piece){ colon + 1, at });
        authority = (struct piece){ at + 1, at + 1 + strcspn(at + 1, "/?") };
    }
    parse_hosts(parsing, authority);
    return authority.end;
}

static void parse_options(struct parsing *parsing, const char *text)
{
    struct cf_uri *uri = parsing->uri;
    struct cf__pairs pairs;
    if (!cf__url_pairs(parsing->context, text, strlen(text), MOST_OPTIONS, &pairs))
        refuse(parsing, ": an option is malformed (a % itself is %25), or there are more than 64");
    struct cf_uri_option *options = cf_alloc_(&parsing->context->head, (pairs.count + 1) * sizeof *options);
    uri->options = options;
    for (size_t i = 0; i < pairs.count; i++) {
        if (!*pairs.items[i].name)
            refuse(parsing, ": an option has no name");
        if (strcmp(pairs.items[i].name, "host") != 0) {
            options[uri->option_count++] = (struct cf_uri_option){ pairs.items[i].name, pairs.items[i].value };
        } else
            add_host_option(parsing, pairs.items[i].value);
    }
}

/* "postgresql+psycopg2" chooses among drivers of Python. */
static void refuse_variant(const struct parsing *parsing, const char *text)
{
    const struct cf_uri *uri = parsing->uri;
    size_t base = strcspn(uri->scheme, "+");
    if (!uri->scheme[base])
        return;
    cf_raise(CF_INTERNAL, "database URI \"%s\": there is one driver a database: write %.*s%s", uri->masked, (int)base,
             text, uri->masked + strlen(uri->scheme));
}

void cf__uri_parse(struct cf__context *context, const char *text, struct cf_uri *out)
{
    struct parsing parsing = { .context = context, .uri = out };
    const char *scheme_end = find_scheme_end(text);
    *out = (struct cf_uri){ .masked = mask(context, text) };
    if (!scheme_end)
        refuse(&parsing, " has no scheme: write sqlite:///file.db, or scheme://user:password@host/database");
    out->scheme = cf__copy_bytes(context, text, (size_t)(scheme_end - text));
    refuse_variant(&parsing, text);
    const char *path = parse_authority(&parsing, scheme_end + 3), *options = path + strcspn(path, "?");
    if (options > path + 1)
        out->path = decode(&parsing, (struct piece){ path + 1, options });
    if (*options)
        parse_options(&parsing, options + 1);
    struct cf_uri_host *hosts = cf_alloc_(&context->head, (out->host_count + 1) * sizeof *hosts);
    memcpy(hosts, parsing.hosts, out->host_count * sizeof *hosts);
    out->hosts = hosts;
}

/* SPDX-License-Identifier: MIT
 *
 * What a test reads of an answer. A member that is not there ends the test with a message that shows the call and
 * its answer.
 */
#include <strings.h>

#include "client.h"

static const char *const kind_names[] = {
    [CF__JSON_NULL] = "null",        [CF__JSON_BOOLEAN] = "a boolean", [CF__JSON_INTEGER] = "an integer",
    [CF__JSON_NUMBER] = "a number",  [CF__JSON_TEXT] = "a text",       [CF__JSON_ARRAY] = "an array",
    [CF__JSON_OBJECT] = "an object",
};

/* ---- Copies ----------------------------------------------------------------------------------------------------- */

static void add_header(struct cf__reply *reply, struct cf__header ***last, const char *name, const char *value)
{
    struct cf__header *header = cf_alloc(&reply->head, sizeof *header);
    header->name = cf_copy(&reply->head, name);
    header->value = cf_copy(&reply->head, value);
    **last = header;
    *last = &header->next;
}

struct cf__reply *cf__reply_copy(struct cf__client *client, const struct cf__request *request)
{
    const cf_response *response = request->response;
    bool has_body = strcmp(request->method, "HEAD") != 0 && response->size;
    struct cf__reply *reply = cf_alloc(&client->head, sizeof *reply);
    reply->head.context = client->head.context;
    reply->head.status = response->status;
    reply->head.size = has_body ? response->size : 0;
    reply->head.body = cf__copy_bytes(&client->context, has_body ? response->body : "", reply->head.size);
    reply->call = cf_format(&client->head, "%s %s", request->method, request->path);
    struct cf__header **last = &reply->headers;
    if (response->content_type)
        add_header(reply, &last, "Content-Type", response->content_type);
    for (const struct cf__header *header = response->headers; header; header = header->next)
        add_header(reply, &last, header->name, header->value);
    return reply;
}

const char *cf_reply_header(cf_reply *reply, const char *name)
{
    for (const struct cf__header *header = ((struct cf__reply *)reply)->headers; header; header = header->next)
        if (strcasecmp(header->name, name) == 0)
            return header->value;
    return NULL;
}

/* ---- Members of a JSON answer ----------------------------------------------------------------------------------- */

static _Noreturn void fail_reply(const struct cf__reply *reply, const char *pointer, const char *what)
{
    cf_raise(CF_INVALID, "%s answered %d: \"%s\" %s: %s", reply->call, reply->head.status, pointer, what,
             reply->head.body);
}

static const cf__json *find(cf_reply *head, const char *pointer)
{
    struct cf__reply *reply = (struct cf__reply *)head;
    struct cf__json_error error;
    if (!reply->json)
        reply->json = cf__json_parse(cf__context_of(head->context), head->body, head->size, &error);
    if (!reply->json)
        fail_reply(reply, pointer, "is not there, the body is no JSON");
    const cf__json *value = cf__json_at(reply->json, pointer);
    if (!value)
        fail_reply(reply, pointer, "is not there");
    return value;
}

static const cf__json *find_kind(cf_reply *reply, const char *pointer, enum cf__json_kind kind)
{
    const cf__json *value = find(reply, pointer);
    enum cf__json_kind found = cf__json_kind(value);
    bool fits = found == kind || (kind == CF__JSON_NUMBER && found == CF__JSON_INTEGER);
    if (!fits)
        fail_reply((struct cf__reply *)reply, pointer,
                   cf_format(reply, "is %s, not %s", kind_names[found], kind_names[kind]));
    return value;
}

const char *cf_reply_string(cf_reply *reply, const char *pointer)
{
    return cf__json_as_text(find_kind(reply, pointer, CF__JSON_TEXT), NULL);
}

int64_t cf_reply_integer(cf_reply *reply, const char *pointer)
{
    return cf__json_as_integer(find_kind(reply, pointer, CF__JSON_INTEGER));
}

double cf_reply_number(cf_reply *reply, const char *pointer)
{
    return cf__json_as_number(find_kind(reply, pointer, CF__JSON_NUMBER));
}

bool cf_reply_boolean(cf_reply *reply, const char *pointer)
{
    return cf__json_as_boolean(find_kind(reply, pointer, CF__JSON_BOOLEAN));
}

bool cf_reply_is_null(cf_reply *reply, const char *pointer)
{
    return cf__json_kind(find(reply, pointer)) == CF__JSON_NULL;
}

size_t cf_reply_count(cf_reply *reply, const char *pointer)
{
    const cf__json *value = find(reply, pointer);
    if (cf__json_kind(value) != CF__JSON_OBJECT)
        value = find_kind(reply, pointer, CF__JSON_ARRAY);
    return cf__json_count(value);
}

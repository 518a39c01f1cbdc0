/* SPDX-License-Identifier: MIT
 *
 * Any bytes as what a client sends: four lines are the target, the Cookie, Accept and Content-Type headers, the rest
 * is the body. Whatever a handler asks for, a request gives it or ends with a 4xx; and the answer to that end can be
 * written.
 */
#include <string.h>

#include "../src/web/request.h"
#include "fuzz.h"

enum { LINES = 4 };

struct lines {
    char *items[LINES];
};

static const char *find_line(void *lines_, const char *name)
{
    static const char *const names[LINES] = { NULL, "Cookie", "Accept", "Content-Type" };
    const struct lines *lines = lines_;
    for (size_t i = 1; i < LINES; i++)
        if (strcmp(name, names[i]) == 0)
            return lines->items[i];
    return NULL;
}

static const struct cf__transport transport = { .header = find_line };

static void ask(void *request_)
{
    cf_request *req = request_;
    cf_cookie_or(req, "session", "");
    cf_query_or(req, "page", "");
    cf_query_integer_or(req, "page", 1);
    cf_query_time_or(req, "from", (cf_time){ 0 });
    switch (strlen(cf_query_string(req)) % 4) {
    case 0:
        cf_form_number_or(req, "price", 0);
        return;
    case 1:
        cf_body_text_or(req, "/name", "");
        return;
    case 2:
        cf_body_time(req, "at");
        return;
    default:
        cf_query_boolean_or(req, "all", false);
    }
}

static void look(void *input_)
{
    struct fuzz_input *input = input_;
    struct lines lines;
    char *at = (char *)(uintptr_t)input->text;
    for (size_t i = 0; i < LINES; i++) {
        lines.items[i] = at;
        at += strcspn(at, "\n");
        if (*at)
            *at++ = '\0';
    }
    struct cf__request request;
    cf__request_init(&request, "POST", lines.items[0]);
    request.transport = &transport;
    request.transport_self = &lines;
    request.body = at;
    request.body_size = (size_t)(input->text + input->size - at);
    if (!cf__protect(&request.context, ask, &request.head)) {
        const cf_error *error = &request.context.record.error;
        int status = cf__error_status(error);
        fuzz_require((status >= 400 && status < 500) || error->code == CF_NO_MEMORY);
        cf_error copy = *error;
        request.response = cf__response_error(&request.head, &copy);
        fuzz_require(request.response->status == status);
    }
    cf__context_dispose(&request.context);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_in_context(data, size, look);
}

/* SPDX-License-Identifier: MIT
 *
 * Any bytes as a database URI: it is parsed or refused in words, and what is shown of it never has its password.
 */
#include <string.h>

#include "../src/db/engine.h"
#include "fuzz.h"

struct parsing {
    struct fuzz_input *input;
    struct cf_uri uri;
};

static void parse(void *parsing_)
{
    struct parsing *parsing = parsing_;
    cf__uri_parse(&parsing->input->context, parsing->input->text, &parsing->uri);
}

static void look(void *input_)
{
    struct parsing parsing = { .input = input_ };
    const cf_error *error = cf_attempt_(&parsing.input->context.head, parse, &parsing);
    if (error) {
        fuzz_require(error->code == CF_INTERNAL && strncmp(error->message, "database URI \"", 14) == 0);
        return;
    }
    const struct cf_uri *uri = &parsing.uri;
    fuzz_require(uri->scheme && *uri->scheme && uri->masked && (uri->hosts || !uri->host_count));
    for (size_t i = 0; i < uri->host_count; i++)
        fuzz_require(uri->hosts[i].port >= 0 && uri->hosts[i].port <= 65535 &&
                     (uri->hosts[i].name || uri->host_count == 1));
    for (size_t i = 0; i < uri->option_count; i++)
        fuzz_require(*uri->options[i].name && uri->options[i].value);
    fuzz_require(strcmp(uri->masked, parsing.input->text) == 0 || strstr(uri->masked, "***"));
    if (uri->password)
        fuzz_require(strstr(uri->masked, ":***@") != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_in_context(data, size, look);
}

/* SPDX-License-Identifier: MIT
 *
 * Any bytes as a query string: what decodes must be UTF-8, and encode and decode to the same.
 */
#include <string.h>

#include "../src/text/url.h"
#include "fuzz.h"

static void look(void *input_)
{
    struct fuzz_input *input = input_;
    struct cf__context *context = &input->context;
    struct cf__pairs pairs;
    if (cf__url_pairs(context, input->text, input->size, 1000, &pairs)) {
        fuzz_require(pairs.count <= 1000);
        cf__pairs_find(&pairs, input->text);
    }
    for (int plus = 0; plus < 2; plus++) {
        const char *decoded = cf__url_decode(context, input->text, input->size, plus);
        if (!decoded)
            continue;
        fuzz_require(strlen(decoded) <= input->size && cf__utf8_valid(decoded, strlen(decoded)));
        struct cf__buffer encoded = cf__buffer_new(context, CF__CAP_RESPONSE, "a URL");
        cf__url_encode(&encoded, decoded, plus ? "" : "/");
        const char *text = cf__buffer_text(&encoded), *again = cf__url_decode(context, text, strlen(text), plus);
        fuzz_require(again && strcmp(again, decoded) == 0);
        struct cf__buffer page = cf__buffer_new(context, CF__CAP_RESPONSE, "a page");
        cf__html_escape(&page, decoded);
        fuzz_require(!strpbrk(cf__buffer_text(&page), "<>\"'"));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_in_context(data, size, look);
}

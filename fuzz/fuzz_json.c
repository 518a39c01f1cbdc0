/* SPDX-License-Identifier: MIT
 *
 * Any bytes as a JSON document: what is read must be written and read back the same; and any bytes as a text to be
 * written, which must then be JSON.
 */
#include <string.h>

#include "../src/text/json.h"
#include "fuzz.h"

static const cf__json *parse(struct cf__context *context, const char *text, size_t size)
{
    struct cf__json_error error;
    const cf__json *json = cf__json_parse(context, text, size, &error);
    fuzz_require(json || (error.line > 0 && error.column > 0 && error.position <= size && error.text[0]));
    return json;
}

static void look(void *input_)
{
    struct fuzz_input *input = input_;
    struct cf__buffer written = cf__buffer_new(&input->context, CF__CAP_RESPONSE, "a document");
    const cf__json *json = parse(&input->context, input->text, input->size);
    if (json) {
        cf__json_write(&written, json);
        const cf__json *again = parse(&input->context, written.data, written.size);
        fuzz_require(again != NULL);
        struct cf__buffer twice = cf__buffer_new(&input->context, CF__CAP_RESPONSE, "a document");
        cf__json_write(&twice, again);
        fuzz_require(twice.size == written.size && memcmp(twice.data, written.data, written.size) == 0);
        cf__json_at(json, input->text);
    }
    struct cf__buffer quoted = cf__buffer_new(&input->context, CF__CAP_RESPONSE, "a text");
    cf__json_text(&quoted, input->text, input->size);
    if (!memchr(input->text, '\0', input->size)) /* U+0000 is written, but not read */
        fuzz_require(parse(&input->context, quoted.data, quoted.size) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_in_context(data, size, look);
}

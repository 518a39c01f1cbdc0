/* SPDX-License-Identifier: MIT
 *
 * Any bytes as base64, as a Blob in JSON has it and as a cursor in a URL: what decodes fits into the room that was said,
 * and encodes to the same text again.
 */
#include <string.h>

#include "../src/app/fields.h"
#include "fuzz.h"

static void look(void *input_)
{
    struct fuzz_input *input = input_;
    size_t size, room = input->size / 4 * 3 + 1;
    unsigned char *decoded = cf__take(&input->context, room);
    char *encoded = cf__take(&input->context, cf__base64_size(input->size) + 1);
    if (cf__base64_decode(input->text, input->size, decoded, &size)) {
        fuzz_require(size < room && cf__base64_size(size) == input->size);
        cf__base64_encode(decoded, size, encoded);
        fuzz_require(memcmp(encoded, input->text, input->size) == 0);
    }
    decoded = cf__take(&input->context, input->size + 1);
    if (cf__base64url_decode(input->text, input->size, decoded, &size)) {
        fuzz_require(size <= input->size);
        cf__base64url_encode(decoded, size, encoded);
        fuzz_require(strlen(encoded) == input->size && memcmp(encoded, input->text, input->size) == 0);
    }
    cf__base64url_encode(input->text, input->size, encoded);
    decoded = cf__take(&input->context, strlen(encoded) + 1);
    fuzz_require(cf__base64url_decode(encoded, strlen(encoded), decoded, &size) && size == input->size &&
                 memcmp(decoded, input->text, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_in_context(data, size, look);
}

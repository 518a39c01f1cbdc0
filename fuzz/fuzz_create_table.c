/* SPDX-License-Identifier: MIT
 *
 * Any bytes as the text of a CREATE TABLE or CREATE INDEX statement: what is read out of it is whole and no longer
 * than the text.
 */
#include <string.h>

#include "../src/db/sqlite/sqlite.h"
#include "fuzz.h"

static void look_at_names(const struct cf_names *names, size_t limit)
{
    for (size_t i = 0; i < names->count; i++)
        if (names->items[i])
            fuzz_require(strlen(names->items[i]) <= limit);
}

static void look(void *input_)
{
    struct fuzz_input *input = input_;
    size_t limit = strlen(input->text), count = 0;
    const struct cf__declared *declared = cf__sqlite_declared(&input->context.head, input->text);
    for (; declared; declared = declared->next, count++) {
        fuzz_require(declared->kind <= CF__DECLARED_CHECK);
        fuzz_require(!declared->name || strlen(declared->name) <= limit);
        fuzz_require((declared->kind == CF__DECLARED_CHECK) == (declared->sql != NULL));
        fuzz_require(!declared->sql || strlen(declared->sql) <= limit);
        look_at_names(&declared->columns, limit);
    }
    fuzz_require(count <= limit);
    const char *predicate = cf__sqlite_predicate(&input->context.head, input->text);
    fuzz_require(!predicate || strlen(predicate) <= limit);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_in_context(data, size, look);
}

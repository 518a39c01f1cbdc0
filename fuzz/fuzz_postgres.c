/* SPDX-License-Identifier: MIT
 *
 * Any bytes as a value of PostgreSQL's binary format, read into a field of each of our types: numerics, moments, UUIDs,
 * texts. The first byte says which of our types, the second which of PostgreSQL's.
 */
#include <libpq-fe.h>
#include <string.h>

#include "../src/db/postgres/postgres.h"
#include "fuzz.h"

/* bool, bytea, "char", name, int8, int2, int4, text, oid, json, xml, float4, float8, bpchar, varchar, date, time, timestamp,
 * timestamptz, numeric, uuid, jsonb (pg_type.dat) */
static const Oid types[] = { 16,  17,  18,   19,   20,   21,   23,   25,   26,   114,  142,
                             700, 701, 1042, 1043, 1082, 1083, 1114, 1184, 1700, 2950, 3802 };
enum { TYPES = sizeof types / sizeof types[0] };

static const char *const labels[] = { "red", "green", NULL };

static PGresult *make_result(Oid type, const char *bytes, size_t size)
{
    char name[] = "value";
    PGresAttDesc description = { .name = name, .format = 1, .typid = type, .typlen = -1 };
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    char *value = malloc(size + 1); /* of its own, so that a byte too far is seen */
    fuzz_require(result && value && PQsetResultAttrs(result, 1, &description));
    memcpy(value, bytes, size);
    fuzz_require(PQsetvalue(result, 0, 0, value, (int)size));
    free(value);
    return result;
}

static void clear(void *result)
{
    PQclear(result);
}

struct reading {
    const struct cf_column *column;
    const PGresult *result;
};

static void read_value(void *reading_)
{
    const struct reading *reading = reading_;
    const struct cf_field field = { reading->column, 0 };
    struct cf__postgres_reader reader;
    char place[256];
    cf__postgres_choose(&reader, &field, 1, reading->result);
    cf__postgres_decode(&reader, 1, reading->result, 0, place, cf__current());
}

static void look(void *input_)
{
    const struct fuzz_input *input = input_;
    struct cf__context *context = cf__current();
    if (input->size < 2)
        return;
    unsigned char kind = (unsigned char)input->text[0], type = (unsigned char)input->text[1];
    const struct cf_column column = { .name = "value",
                                      .type = (enum cf_type)(1 + kind % (CF_TYPE_COUNT_ - 1)),
                                      .length = 38,
                                      .scale = 10,
                                      .nullable = kind & 0x80,
                                      .labels = labels };
    PGresult *result = make_result(types[type % TYPES], input->text + 2, input->size - 2);
    cf_defer_(&context->head, clear, result);
    if (!cf__protect(context, read_value, &(struct reading){ &column, result }))
        fuzz_require(context->record.error.code == CF_CORRUPT); /* it is told what is wrong */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cf__postgres_load();
    return fuzz_in_context(data, size, look);
}

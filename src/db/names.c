/* SPDX-License-Identifier: MIT
 *
 * Names by convention. One that is longer than some database takes is cut and told apart by a hash of the whole, as
 * SQLAlchemy does: the same for every database, so that a revision is the same everywhere. The hash is FNV-1a of 32 bits
 * (http://www.isthe.com/chongo/tech/comp/fnv), which is the same on every machine and never to be changed: databases
 * hold names that are made of it.
 */
#include "names.h"

#include <string.h>

#include "../base/buffer.h"

enum { HASH_DIGITS = 8 };

static uint32_t hash(const char *text)
{
    uint32_t value = 2166136261u;
    for (; *text; text++)
        value = (value ^ (unsigned char)*text) * 16777619u;
    return value;
}

bool cf__is_long_name(const char *name)
{
    return strlen(name) > CF__LONGEST_NAME;
}

bool cf__is_index_name(const char *name)
{
    return strncmp(name, "ix_", strlen("ix_")) == 0;
}

bool cf__is_shortened(const char *name)
{
    enum { CHARACTER = 4 }; /* bytes: the cut may be this much shorter */
    size_t size = strlen(name);
    return size > CF__LONGEST_NAME - CHARACTER && size <= CF__LONGEST_NAME && name[size - HASH_DIGITS - 1] == '_' &&
           strspn(name + size - HASH_DIGITS, "0123456789abcdef") == HASH_DIGITS;
}

static const char *shorten(cf_context *context, const char *name)
{
    if (!cf__is_long_name(name))
        return name;
    size_t size = CF__LONGEST_NAME - HASH_DIGITS - 1;
    while (size && ((unsigned char)name[size] & 0xC0) == 0x80) /* no character in two */
        size--;
    return cf_format(context, "%.*s_%08x", (int)size, name, hash(name));
}

const char *cf__convention(cf_context *context, const char *prefix, const char *table, const struct cf_names *columns,
                           const char *suffix)
{
    struct cf__buffer name = cf__buffer_new(cf__context_of(context), CF__CAP_SQL, "a constraint's name");
    cf__buffer_format(&name, "%s_%s", prefix, table);
    for (size_t i = 0; columns && i < columns->count; i++)
        cf__buffer_format(&name, "_%s", columns->items[i]);
    if (suffix)
        cf__buffer_format(&name, "_%s", suffix);
    return shorten(context, cf__buffer_text(&name));
}

bool cf__names_equal(const struct cf_names *left, const struct cf_names *right)
{
    if (left->count != right->count)
        return false;
    for (size_t i = 0; i < left->count; i++)
        if (strcmp(left->items[i], right->items[i]) != 0)
            return false;
    return true;
}

bool cf__names_have(const struct cf_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i], name) == 0)
            return true;
    return false;
}

bool cf__names_alike(const struct cf_names *left, const struct cf_names *right)
{
    for (size_t i = 0; i < left->count; i++)
        if (!cf__names_have(right, left->items[i]))
            return false;
    return left->count == right->count;
}

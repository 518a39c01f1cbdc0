/* SPDX-License-Identifier: MIT
 *
 * What writing and reading JSON both have to know of a model's fields: their names in JSON, how lists of rows are laid
 * out, base64.
 */
#ifndef CARAFE_APP_FIELDS_H
#define CARAFE_APP_FIELDS_H

#include <carafe/model.h>

/* The layouts of struct <Model>_list, <Model>_page and <Model>_slice, the same for every model. */
struct cf__list {
    void **items;
    size_t count;
};
struct cf__page {
    void **items;
    size_t count;
    CF_PAGE_MEMBERS_
};

struct cf__slice {
    void **items;
    size_t count;
    const char *next;
};

/* True for a column, false for an entry without a field (Unique, Index, Check, Was). */
static inline bool cf__field_is_column(const struct cf_column *column)
{
    return column->type < CF_TYPE_COUNT_;
}

static inline const char *cf__field_json_name(const struct cf_column *column)
{
    return column->json ? column->json : column->name;
}

/* How many labels an Enum has. */
size_t cf__field_label_count(const struct cf_column *column);

/* Base64 (RFC 4648 section 4, with padding), what a Blob is in JSON. Encoded: bytes that cf__base64_encode writes,
 * without a NUL. Decode writes at most size / 4 * 3 bytes and is false where the text is no base64. */
static inline size_t cf__base64_size(size_t size)
{
    return (size + 2) / 3 * 4;
}
void cf__base64_encode(const void *data, size_t size, char *out);
bool cf__base64_decode(const char *text, size_t size, unsigned char *out, size_t *out_size);
/* The same as it stands in a URL (section 5: - and _ for + and /), without padding. Encode ends with a NUL and has room
 * for cf__base64_size(size) + 1 bytes, decode for `size`. */
void cf__base64url_encode(const void *data, size_t size, char *out);
bool cf__base64url_decode(const char *text, size_t size, unsigned char *out, size_t *out_size);

#endif

/* SPDX-License-Identifier: MIT
 *
 * The items of a list (cf_integers and its like), one by one.
 */
#include <carafe/value.h>

struct cf_named cf_list_item_(const struct cf_list *list, size_t index)
{
    switch (list->kind) {
#define ITEM(kind_, type, tag) \
    case CF_NAMED_##tag:       \
        return (struct cf_named){ .kind = CF_NAMED_##tag, .kind_ = ((const type *)list->items)[index] };
        CF_NAMED_KINDS(ITEM)
#undef ITEM
    case CF_NAMED_TEXT:
        return cf_named_text_(NULL, ((const char *const *)list->items)[index]);
    default:
        return (struct cf_named){ .kind = CF_NAMED_NULL };
    }
}

/* SPDX-License-Identifier: MIT
 *
 * Named values: cf_value("count", 3) is a member of a JSON object, or what stands for :count in SQL.
 */
#ifndef CARAFE_VALUE_H
#define CARAFE_VALUE_H

#include <carafe/types.h>
#pragma GCC system_header

/* A name and a value of any type that JSON, a template, a URL or a log field can show: an integer, a number, a boolean, a
 * text, a moment, date or time of day, a UUID, a decimal, bytes; or what Nullable makes of it. NULL texts, bytes whose data is
 * NULL, and optionals that are not set are null. A cf_list is an array of them. */
/* clang-format off */
#define CF_NAMED_KINDS(X)                                                                                              \
    X(integer, int64_t, INTEGER) X(number, double, NUMBER) X(boolean, bool, BOOLEAN) X(time, cf_time, TIME)            \
    X(date, cf_date, DATE) X(clock, cf_clock, CLOCK) X(uuid, cf_uuid, UUID) X(decimal, cf_decimal, DECIMAL)
#define CF_NAMED_TAG_(kind, type, tag) CF_NAMED_##tag,
enum cf_named_kind { CF_NAMED_NULL, CF_NAMED_KINDS(CF_NAMED_TAG_) CF_NAMED_TEXT, CF_NAMED_BYTES, CF_NAMED_LIST };
/* Values of one type as one: cf_integers(ids, count) of an array of int64_t, and so on. What stands behind IN in SQL of one's
 * own, and an array in JSON. The array is not copied: it is needed until the call that takes the list returns. */
struct cf_list {
    enum cf_named_kind kind; /* of the items; CF_NAMED_NULL: it is no list */
    const void *items;
    size_t count;
};
#define CF_LIST_KINDS(X)                                                                                               \
    X(integers, int64_t, INTEGER) X(numbers, double, NUMBER) X(decimals, cf_decimal, DECIMAL) X(texts, char *const, TEXT) \
    X(moments, cf_time, TIME) X(dates, cf_date, DATE) X(clocks, cf_clock, CLOCK) X(uuids, cf_uuid, UUID)
#define CF_LIST_OF_(name, type, tag)                                                                                   \
    static inline struct cf_list cf_##name(const type *items, size_t count)                                            \
    { return (struct cf_list){ CF_NAMED_##tag, items, count }; }
CF_LIST_KINDS(CF_LIST_OF_)
/* An item of a list as a named value. */
struct cf_named cf_list_item_(const struct cf_list *list, size_t index);
#define CF_NAMED_MEMBER_(kind, type, tag) type kind;
struct cf_named {
    const char *name;
    enum cf_named_kind kind;
    union { CF_NAMED_KINDS(CF_NAMED_MEMBER_) const char *text; cf_bytes bytes; struct cf_list list; };
};
#define CF_NAMED_MAKER_(kind_, type, tag)                                                                              \
    static inline struct cf_named cf_named_##kind_##_(const char *name, type value)                                    \
    { return (struct cf_named){ .name = name, .kind = CF_NAMED_##tag, .kind_ = value }; }                              \
    static inline struct cf_named cf_named_optional_##kind_##_(const char *name, cf_optional_##kind_ value)            \
    { return (struct cf_named){ .name = name, .kind = value.is_set ? CF_NAMED_##tag : CF_NAMED_NULL, .kind_ = value.value }; }
CF_NAMED_KINDS(CF_NAMED_MAKER_)
static inline struct cf_named cf_named_text_(const char *name, const char *value)
{ return (struct cf_named){ .name = name, .kind = value ? CF_NAMED_TEXT : CF_NAMED_NULL, .text = value }; }
static inline struct cf_named cf_named_bytes_(const char *name, cf_bytes value)
{ return (struct cf_named){ .name = name, .kind = value.data ? CF_NAMED_BYTES : CF_NAMED_NULL, .bytes = value }; }
static inline struct cf_named cf_named_list_(const char *name, struct cf_list value)
{ return (struct cf_named){ .name = name, .kind = CF_NAMED_LIST, .list = value }; }
#define cf_value(name, x) _Generic((x), bool: cf_named_boolean_, float: cf_named_number_, double: cf_named_number_,    \
    char *: cf_named_text_, const char *: cf_named_text_, cf_bytes: cf_named_bytes_, cf_time: cf_named_time_,          \
    cf_date: cf_named_date_, cf_clock: cf_named_clock_, cf_uuid: cf_named_uuid_, cf_decimal: cf_named_decimal_,        \
    cf_optional_integer: cf_named_optional_integer_, cf_optional_number: cf_named_optional_number_,                    \
    cf_optional_boolean: cf_named_optional_boolean_, cf_optional_time: cf_named_optional_time_,                        \
    cf_optional_date: cf_named_optional_date_, cf_optional_clock: cf_named_optional_clock_,                            \
    cf_optional_uuid: cf_named_optional_uuid_, cf_optional_decimal: cf_named_optional_decimal_,                        \
    struct cf_list: cf_named_list_,                                                                                    \
    default: cf_named_integer_)((name), (x))
/* clang-format on */

#endif

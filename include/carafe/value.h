/* SPDX-License-Identifier: MIT
 *
 * Named values: cf_value("count", 3) is a member of a JSON object, or what stands for :count in SQL.
 */
#ifndef CARAFE_VALUE_H
#define CARAFE_VALUE_H

#include <carafe/types.h>
#pragma GCC system_header

/* A name and a value of any type that JSON, a template, a URL or a log field can show. */
enum cf_named_kind { CF_NAMED_NULL, CF_NAMED_INTEGER, CF_NAMED_NUMBER, CF_NAMED_BOOLEAN, CF_NAMED_TEXT, CF_NAMED_TIME };
struct cf_named {
    const char *name;
    enum cf_named_kind kind;
    union {
        int64_t integer;
        double number;
        bool boolean;
        const char *text;
        cf_time time;
    };
};
#define CF_NAMED_MAKER_(maker, type, tag, member)                                                                      \
    static inline struct cf_named maker(const char *name, type value)                                                  \
    {                                                                                                                  \
        return (struct cf_named){ .name = name, .kind = tag, .member = value };                                        \
    }
CF_NAMED_MAKER_(cf_named_integer_, int64_t, CF_NAMED_INTEGER, integer)
CF_NAMED_MAKER_(cf_named_number_, double, CF_NAMED_NUMBER, number)
CF_NAMED_MAKER_(cf_named_boolean_, bool, CF_NAMED_BOOLEAN, boolean)
CF_NAMED_MAKER_(cf_named_text_, const char *, CF_NAMED_TEXT, text)
CF_NAMED_MAKER_(cf_named_time_, cf_time, CF_NAMED_TIME, time)
#define cf_value(name, x)                                                                                              \
    _Generic((x), bool: cf_named_boolean_, float: cf_named_number_, double: cf_named_number_, char *: cf_named_text_,  \
             const char *: cf_named_text_, cf_time: cf_named_time_, default: cf_named_integer_)((name), (x))

#endif

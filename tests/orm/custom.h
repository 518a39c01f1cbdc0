/* SPDX-License-Identifier: MIT
 *
 * Types of a program's own, each stored as another type, for the tests of sessions and of JSON: a colour as text, an
 * address as integer, money as decimal, and a box around every type there is.
 */
#ifndef TESTS_ORM_CUSTOM_H
#define TESTS_ORM_CUSTOM_H

#include <carafe/memory.h>
#include <carafe/model.h>

#include <stdio.h>

struct color {
    unsigned char red, green, blue;
};
static inline const char *color_bind(cf_context *context, struct color color)
{
    return cf_format(context, "#%02x%02x%02x", color.red, color.green, color.blue);
}
static inline const char *color_read(cf_context *context, const char *stored, struct color *color)
{
    (void)context;
    int size = 0;
    sscanf(stored, "#%2hhx%2hhx%2hhx%n", &color->red, &color->green, &color->blue, &size);
    return size == 7 ? NULL : "is no color such as \"#ff8000\"";
}
CF_CUSTOM(Color, struct color, String(7), color_bind, color_read);

struct address {
    uint32_t bits;
};
static inline int64_t address_bind(cf_context *context, struct address address)
{
    (void)context;
    return address.bits;
}
static inline const char *address_read(cf_context *context, int64_t stored, struct address *address)
{
    (void)context;
    address->bits = (uint32_t)stored;
    return stored == address->bits ? NULL : "is no address of 32 bits";
}
CF_CUSTOM(Address, struct address, Integer, address_bind, address_read);

struct money {
    int64_t cents;
};
static inline cf_decimal money_bind(cf_context *context, struct money money)
{
    (void)context;
    return cf_decimal_of(money.cents, 2);
}
static inline const char *money_read(cf_context *context, cf_decimal stored, struct money *money)
{
    (void)context;
    money->cents = (int64_t)stored.low;
    return NULL;
}
CF_CUSTOM(Money, struct money, Numeric(10, 2), money_bind, money_read);

/* clang-format off */
/* A box is its value with a mark before it, so that a value taken for a box shows. */
#define BOX(Name, type, ...)                                                                                           \
    struct Name##_box { char mark; type value; };                                                                      \
    static inline type Name##_box_bind(cf_context *context, struct Name##_box box) { (void)context; return box.value; } \
    static inline const char *Name##_box_read(cf_context *context, type stored, struct Name##_box *box)                 \
    { (void)context; *box = (struct Name##_box){ 'x', stored }; return NULL; }                                         \
    CF_CUSTOM(Name, struct Name##_box, __VA_ARGS__, Name##_box_bind, Name##_box_read)
BOX(Whole_box, int64_t, Integer);
BOX(Small_box, int64_t, SmallInteger);
BOX(Big_box, int64_t, BigInteger);
BOX(Flag_box, bool, Boolean);
BOX(Ratio_box, double, Float);
BOX(Exact_box, cf_decimal, Numeric(38, 10));
BOX(Text_box, const char *, Text);
BOX(Day_box, cf_date, Date);
BOX(Clock_box, cf_clock, Time);
BOX(Moment_box, cf_time, DateTime);
BOX(Key_box, cf_uuid, Uuid);
BOX(Data_box, cf_bytes, Blob);
BOX(Json_box, const char *, Json);

MODEL(Car, "cars",
    (id,    Id),
    (paint, Custom(Color),           server_default = "#000000"),
    (trim,  Nullable(Custom(Color))),
    (price, Custom(Money)),
    (host,  Nullable(Custom(Address)), unique = true));

MODEL(Host, "hosts",
    (address, Custom(Address), primary_key = true),
    (name,    String(20)),
    (ports,   HasMany(Port, host)));

MODEL(Port, "ports",
    (id,     Id),
    (host,   Custom(Address), references = "hosts.address", column = "host_address"),
    (number, Integer),
    (owner,  BelongsTo(Host, host)));

#define BOXES(X) X(whole) X(small) X(big) X(flag) X(ratio) X(exact) \
    X(text) X(day) X(clock) X(moment) X(key) X(data) X(json)
MODEL(Boxed, "boxed",
    (id, Id),
    (whole, Custom(Whole_box)), (small, Custom(Small_box)), (big, Custom(Big_box)), (flag, Custom(Flag_box)),
    (ratio, Custom(Ratio_box)), (exact, Custom(Exact_box)), (text, Custom(Text_box)), (day, Custom(Day_box)),
    (clock, Custom(Clock_box)), (moment, Custom(Moment_box)), (key, Custom(Key_box)), (data, Custom(Data_box)),
    (json, Custom(Json_box)));
MODEL(Unboxed, "unboxed",
    (id, Id),
    (whole, Nullable(Custom(Whole_box))), (small, Nullable(Custom(Small_box))), (big, Nullable(Custom(Big_box))),
    (flag, Nullable(Custom(Flag_box))), (ratio, Nullable(Custom(Ratio_box))), (exact, Nullable(Custom(Exact_box))),
    (text, Nullable(Custom(Text_box))), (day, Nullable(Custom(Day_box))), (clock, Nullable(Custom(Clock_box))),
    (moment, Nullable(Custom(Moment_box))), (key, Nullable(Custom(Key_box))), (data, Nullable(Custom(Data_box))),
    (json, Nullable(Custom(Json_box))));

SHAPE(Painted, (paint, Custom(Color)), (dearest, Nullable(Custom(Money))), (cars, Integer));
/* clang-format on */

#define TEST_MODELS CF_MODELS(Car, Host, Port, Boxed, Unboxed)

#endif

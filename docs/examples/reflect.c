/* SPDX-License-Identifier: MIT
 *
 * The examples of docs/reflect.md, compiled.
 */
/* clang-format off */
#include <carafe/carafe.h>

MODEL(Customer, "customers",
    (id, Id),
    (email, String(120), unique = true),
    (customer_lower, IndexOn("lower(email)"), named = "customer_lower"),
    (order, HasMany(Order, customer_id)));

/* order:
 * column "shape" (GEOMETRY) is left out: its type has none in Carafe
 */
MODEL(Order, "order",
    (id, Id),
    (customer_id, Integer, references = "customers.id", on_delete = "cascade", named = "order_customer"),
    (column_3, SmallInteger, server_default = "0", column = "int"),
    (total, Numeric(10, 2)),
    (customer_id_2, Index(customer_id), named = "order_customer_idx"),
    (total_2, Index(total), where = "total > 0", named = "order_open"),
    (check, Check("total >= 0")),
    (customer, BelongsTo(Customer, customer_id)),
    (order_tag, HasMany(OrderTag, order_id)),
    (tag, ManyToManyThrough(Tag, OrderTag, order_id, tag_id)));

MODEL(OrderTag, "order_tag",
    (order_id, Integer, primary_key = true, references = "order.id"),
    (tag_id, Integer, primary_key = true, references = "tag.id"),
    (order, BelongsTo(Order, order_id)),
    (tag, BelongsTo(Tag, tag_id)));

MODEL(Tag, "tag",
    (id, Id),
    (name, String(30)),
    (order_tag, HasMany(OrderTag, tag_id)),
    (order, ManyToManyThrough(Order, OrderTag, tag_id, order_id)));

/* The view "big_orders" is left out. */

#define ALL_MODELS CF_MODELS(Customer, Order, OrderTag, Tag)

cf_app *shop_new(void);

cf_app *shop_new(void)
{
    return cf_app_new("shop", .models = ALL_MODELS);
}

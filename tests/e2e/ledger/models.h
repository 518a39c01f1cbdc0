/* SPDX-License-Identifier: MIT */
#ifndef MODELS_H
#define MODELS_H

#include <carafe/carafe.h>

/* clang-format off */
MODEL(Order, "orders",
    (id,    Id),
    (token, String(40), unique = true),
    (size,  Integer));                               /* how many lines it has: an order with fewer was written in part */

MODEL(Line, "order_lines",
    (id,       Id),
    (order_id, Integer, references = "orders.id", index = true),
    (number,   Integer));

MODEL(Counter, "counters",
    (id,    Id),
    (value, Integer));

/* A view that takes its time, made by the test. */
MODEL(SlowOrder, "slow_orders",
    (id,    Id),
    (token, String(40)));

SHAPE(Place, (port, Integer), (orders, Integer));
SHAPE(Written, (id, Integer), (before, Integer), (after, Integer));
/* clang-format on */

#endif

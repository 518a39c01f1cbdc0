/* SPDX-License-Identifier: MIT */
#ifndef MODELS_H
#define MODELS_H

#include <carafe/carafe.h>

/* clang-format off */
MODEL(User, "users",
    (id,    Id),                                     /* 64-bit key that numbers itself, on every database */
    (name,  String(50)),
    (email, String(120), unique = true));
/* clang-format on */

#endif

#ifndef MODELS_H
#define MODELS_H

#include <carafe/carafe.h>

MODEL(Item, "items",
    (id,   Id),
    (name, String(80), unique = true));

#endif

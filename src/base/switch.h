/* SPDX-License-Identifier: MIT
 *
 * Switching stacks: Boost.Context's C entry points (boost/libs/context, "fcontext"), declared here by hand because its
 * headers are C++. make puts a function at the top of a stack; jump goes there, or back to whoever jumped here.
 */
#ifndef CARAFE_BASE_SWITCH_H
#define CARAFE_BASE_SWITCH_H

#include <stddef.h>

typedef void *cf__place;
struct cf__transfer {
    cf__place from; /* where the jump came from */
    void *data;
};

struct cf__transfer jump_fcontext(cf__place to, void *data);
cf__place make_fcontext(void *top, size_t size, void (*function)(struct cf__transfer));

#endif

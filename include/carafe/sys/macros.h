/* SPDX-License-Identifier: MIT
 *
 * The preprocessor machinery behind MODEL, queries and migrations: applying a macro to each argument, and calling a
 * macro with arguments that are themselves produced by macros. Nothing here is for direct use.
 */
#ifndef CARAFE_SYS_MACROS_H
#define CARAFE_SYS_MACROS_H
#pragma GCC system_header

/* clang-format off */
#define CF_EXPAND(...)  CF_EXPAND3(CF_EXPAND3(CF_EXPAND3(CF_EXPAND3(__VA_ARGS__))))
#define CF_EXPAND3(...) CF_EXPAND2(CF_EXPAND2(CF_EXPAND2(CF_EXPAND2(__VA_ARGS__))))
#define CF_EXPAND2(...) CF_EXPAND1(CF_EXPAND1(CF_EXPAND1(CF_EXPAND1(__VA_ARGS__))))
#define CF_EXPAND1(...) __VA_ARGS__
#define CF_PARENS ()
/* macro(context, item) for each item; up to some 85 items. The empty last argument keeps clang's -Wpedantic quiet. */
#define CF_FOR_EACH(macro, context, ...) CF_EXPAND(CF_FOR_EACH_STEP(macro, context, __VA_ARGS__, ))
#define CF_FOR_EACH_STEP(macro, context, first, ...) macro(context, first) __VA_OPT__(CF_FOR_EACH_AGAIN CF_PARENS (macro, context, __VA_ARGS__))
#define CF_FOR_EACH_AGAIN() CF_FOR_EACH_STEP
#define CF_UNPACK(...) __VA_ARGS__
#define CF_CALL(macro, ...) macro(__VA_ARGS__)
#define CF_CALL_AGAIN(macro, ...) macro(__VA_ARGS__)
/* clang-format on */

#endif

/* SPDX-License-Identifier: MIT
 *
 * The preprocessor machinery behind MODEL, queries and migrations: applying a macro to each argument, and calling a
 * macro with arguments that are themselves produced by macros. Nothing here is for direct use.
 */
#ifndef CARAFE_SYS_MACROS_H
#define CARAFE_SYS_MACROS_H
#pragma GCC system_header

/* clang-format off */
#define CF_EXPAND(...)  CF_EXPAND1(CF_EXPAND1(CF_EXPAND1(CF_EXPAND1(__VA_ARGS__))))
#define CF_EXPAND1(...) CF_EXPAND0(CF_EXPAND0(__VA_ARGS__))
#define CF_EXPAND0(...) __VA_ARGS__
#define CF_PARENS ()
/* macro(context, item) for each item; up to 110 items. Each turn takes eight of them, since all that there is so far is
 * scanned again for a turn. The empty last argument keeps clang's -Wpedantic quiet. */
#define CF_FOR_EACH(macro, context, ...) CF_EXPAND(CF_EACH1_(macro, context, __VA_ARGS__, ))
#define CF_EACH1_(macro, context, first, ...) macro(context, first) __VA_OPT__(CF_EACH2_(macro, context, __VA_ARGS__))
#define CF_EACH2_(macro, context, first, ...) macro(context, first) __VA_OPT__(CF_EACH3_(macro, context, __VA_ARGS__))
#define CF_EACH3_(macro, context, first, ...) macro(context, first) __VA_OPT__(CF_EACH4_(macro, context, __VA_ARGS__))
#define CF_EACH4_(macro, context, first, ...) macro(context, first) __VA_OPT__(CF_EACH5_(macro, context, __VA_ARGS__))
#define CF_EACH5_(macro, context, first, ...) macro(context, first) __VA_OPT__(CF_EACH6_(macro, context, __VA_ARGS__))
#define CF_EACH6_(macro, context, first, ...) macro(context, first) __VA_OPT__(CF_EACH7_(macro, context, __VA_ARGS__))
#define CF_EACH7_(macro, context, first, ...) macro(context, first) __VA_OPT__(CF_EACH8_(macro, context, __VA_ARGS__))
#define CF_EACH8_(macro, context, first, ...) macro(context, first) __VA_OPT__(CF_EACH_AGAIN_ CF_PARENS (macro, context, __VA_ARGS__))
#define CF_EACH_AGAIN_() CF_EACH1_
#define CF_UNPACK(...) __VA_ARGS__
#define CF_CALL(macro, ...) macro(__VA_ARGS__)
#define CF_CALL_AGAIN(macro, ...) macro(__VA_ARGS__)
/* clang-format on */

#endif

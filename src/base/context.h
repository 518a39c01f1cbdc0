/* SPDX-License-Identifier: MIT
 *
 * The context of whatever a fiber is doing: its arena, what is to be released at its end, the error that ends it, and
 * the places where an error stops (cf_attempt and the fiber's base). Errors travel by longjmp along one stack, always
 * the fiber's own, never through a frame of a third-party function (see cf__foreign_enter).
 */
#ifndef CARAFE_BASE_CONTEXT_H
#define CARAFE_BASE_CONTEXT_H

#include <stdarg.h>
#include <stdint.h>

#include <carafe/error.h>
#include <carafe/memory.h>

#include "arena.h"

struct cf__fiber;
struct cf__release; /* one registered release: a node in the context's arena */

enum { CF__ERROR_FRAMES = 24 };

/* The error record: everything in place, so that raising allocates nothing. */
struct cf__error_record {
    cf_error error; /* its texts point into the arrays below, or into the arena */
    char message[1024];
    char constraint[128];
    char column[160];
    char statement[512];
    char parameters[512];
    void *frames[CF__ERROR_FRAMES]; /* the calls that led to it, for cf__log_backtrace */
    int frame_count;                /* 0 where the error is no sign of a bug */
};

/* What the statement under way was given, in words, for the error that it ends with. */
struct cf__given {
    void (*write)(const struct cf__given *given, char *out, size_t size); /* cut where it is longer; "": nothing */
};

struct cf__context {
    cf_context head; /* head.context points to this very context */
    struct cf__arena arena;
    struct cf__release *releases;
    struct cf__catch *catch; /* innermost place where an error stops; lives on the fiber's stack */
    struct cf__fiber *fiber; /* the fiber that runs this context now, or NULL */
    const char *label;       /* what the log says this does: "db upgrade", or "GET"; may be NULL */
    const char *object;      /* and to what: "/users"; may be NULL. Apart: putting them together would cost a request */
    const struct cf__given *given; /* NULL but while a statement runs */
    struct cf__error_record record;
};

void cf__context_init(struct cf__context *context);
/* Runs the releases left (last in, first out; an error in one is logged), then frees the arena. */
void cf__context_dispose(struct cf__context *context);

/* A copy of a record that stays valid without the original (its details do not: they are in the context's arena). */
void cf__error_record_copy(struct cf__error_record *copy, const struct cf__error_record *original);

/* The context of the running fiber. Aborts with a clear word outside one. */
struct cf__context *cf__current(void);

static inline struct cf__context *cf__context_of(cf_context *head)
{
    return (struct cf__context *)head;
}

/* Runs function(argument) in `context` (which becomes the current one of the running fiber meanwhile) and stops an
 * error there: true where the function came to its end, else false with context->record filled. Releases registered
 * meanwhile run before an error is handed back; they stay registered where none was raised. */
bool cf__protect(struct cf__context *context, void (*function)(void *), void *argument);

/* Runs the releases registered so far and forgets them; errors in them are logged. */
void cf__run_releases(struct cf__context *context);

/* As cf_alloc and friends: raise CF_NO_MEMORY, never return NULL. take: not zeroed. */
_Noreturn void cf__raise_no_memory(const struct cf__context *context, size_t size);
static inline void *cf__take(struct cf__context *context, size_t size)
{
    void *taken = cf__arena_take(&context->arena, size);
    if (__builtin_expect(!taken, 0))
        cf__raise_no_memory(context, size);
    return taken;
}
void *cf__resize(struct cf__context *context, void *old, size_t old_size, size_t size);
char *cf__copy_bytes(struct cf__context *context, const char *data, size_t size); /* adds a final NUL */
char *cf__format_list(struct cf__context *context, const char *format, va_list list)
    __attribute__((format(printf, 2, 0), nonnull(2)));

/* Raises a prepared error; what the drivers use. `error` texts are copied (cut to the record's arrays). */
_Noreturn void cf__raise(const cf_error *error);

/* A frame of a third-party function that may call back into ours stands between enter and leave: raising or parking in
 * it aborts with both names. `name` is a literal. Nests. */
const char *cf__foreign_enter(const char *name); /* returns what to hand to leave */
void cf__foreign_leave(const char *previous);

#endif

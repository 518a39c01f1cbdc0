/* SPDX-License-Identifier: MIT
 *
 * Contexts and errors. A raise copies the error into the context's record, which exists since the context does, and
 * jumps to the innermost catch. The jump stays on one stack: catches live on the stack of the fiber that made them,
 * and a third-party frame in between is refused loudly. Releases are a list in the arena; a catch remembers how long
 * the list was and runs what came after it, each under a catch of its own, so that an error in one is logged and the
 * rest run.
 */
#include "context.h"

#include <execinfo.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <carafe/log.h>

#include "sanitizer.h"
#include "stack.h"
#include "thread.h"

_Thread_local struct cf__thread cf__thread;

struct cf__release {
    void (*function)(void *);
    void *pointer;
    struct cf__release *earlier;
};

struct cf__catch {
    jmp_buf place;
    struct cf__catch *outer;
    struct cf__release *releases; /* registered before it */
};

static const char *const error_names[] = {
    [CF_INTERNAL] = "internal error",
    [CF_NO_MEMORY] = "no memory",
    [CF_TOO_LARGE] = "too large",
    [CF_TIMEOUT] = "timed out",
    [CF_CANCELLED] = "cancelled",
    [CF_SYSTEM] = "system error",
    [CF_HTTP] = "HTTP error",
    [CF_INVALID] = "invalid input",
    [CF_UNIQUE] = "unique violation",
    [CF_FOREIGN_KEY] = "foreign key violation",
    [CF_NOT_NULL] = "not null violation",
    [CF_CHECK] = "check violation",
    [CF_STALE] = "stale row",
    [CF_NOT_FOUND] = "not found",
    [CF_AMBIGUOUS] = "ambiguous",
    [CF_CONFLICT] = "conflict",
    [CF_BUSY] = "database busy",
    [CF_DISK_FULL] = "disk full",
    [CF_CORRUPT] = "database corrupt",
    [CF_READ_ONLY] = "database read-only",
    [CF_UNAVAILABLE] = "database unavailable",
    [CF_SQL] = "SQL error",
};

const char *cf_error_name(enum cf_error_code code)
{
    size_t count = sizeof error_names / sizeof error_names[0];
    return (size_t)code < count && error_names[code] ? error_names[code] : "unknown error";
}

void cf__fatal(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fputs("carafe: ", stderr);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
    abort();
}

void cf__refuse_in_foreign_frame(const char *what)
{
    if (cf__thread.foreign)
        cf__fatal("%s inside %s: a callback must record its error and return", what, cf__thread.foreign);
}

const char *cf__foreign_enter(const char *name)
{
    const char *previous = cf__thread.foreign;
    cf__thread.foreign = name;
    return previous;
}

void cf__foreign_leave(const char *previous)
{
    cf__thread.foreign = previous;
}

/* ---- Contexts --------------------------------------------------------------------------------------------------- */

void cf__context_init(struct cf__context *context)
{
    context->head.context = &context->head;
    cf__arena_init(&context->arena);
    context->releases = NULL;
    context->catch = NULL;
    context->fiber = NULL;
    context->label = context->object = NULL;
    context->given = NULL;
    context->record.error = (cf_error){ .message = "" };
    context->record.frame_count = 0;
}

void cf__context_dispose(struct cf__context *context)
{
    cf__run_releases(context);
    cf__arena_dispose(&context->arena);
}

struct cf__context *cf__current(void)
{
    if (!cf__thread.context)
        cf__fatal("called outside a fiber: requests, commands, tasks and tests run in one, cf_main and cf_run_tests "
                  "make them");
    return cf__thread.context;
}

/* ---- Memory ----------------------------------------------------------------------------------------------------- */

void cf__raise_no_memory(const struct cf__context *context, size_t size)
{
    bool capped = size > context->arena.cap - context->arena.size;
    cf_raise(CF_NO_MEMORY, "no memory for %zu bytes%s", size, capped ? ": the cap of one request is reached" : "");
}

void *cf__resize(struct cf__context *context, void *old, size_t old_size, size_t size)
{
    void *resized = cf__arena_resize(&context->arena, old, old_size, size);
    if (!resized)
        cf__raise_no_memory(context, size);
    return resized;
}

void *cf_alloc_(cf_context *context, size_t size)
{
    return memset(cf__take(cf__context_of(context), size), 0, size);
}

char *cf__copy_bytes(struct cf__context *context, const char *data, size_t size)
{
    char *copy = cf__take(context, size + 1);
    if (size)
        memcpy(copy, data, size);
    copy[size] = '\0';
    return copy;
}

char *cf_copy_(cf_context *context, const char *text)
{
    return text ? cf__copy_bytes(cf__context_of(context), text, strlen(text)) : NULL;
}

char *cf__format_list(struct cf__context *context, const char *format, va_list list)
{
    va_list again;
    va_copy(again, list);
    int size = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (size < 0)
        cf_raise(CF_INTERNAL, "cannot format \"%s\"", format);
    char *text = cf__take(context, (size_t)size + 1);
    vsnprintf(text, (size_t)size + 1, format, list);
    return text;
}

char *cf_format_(cf_context *context, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    char *text = cf__format_list(cf__context_of(context), format, list);
    va_end(list);
    return text;
}

/* ---- Releases --------------------------------------------------------------------------------------------------- */

void cf_defer_(cf_context *owner, void (*function)(void *), void *pointer)
{
    struct cf__context *context = cf__context_of(owner);
    struct cf__release *release = cf__take(context, sizeof *release);
    *release = (struct cf__release){ function, pointer, context->releases };
    context->releases = release;
}

/* Runs the newest releases until `rest` is what is left. */
static void run_releases_down_to(struct cf__context *context, struct cf__release *rest)
{
    while (context->releases != rest) {
        struct cf__release *release = context->releases;
        context->releases = release->earlier;
        if (!cf__protect(context, release->function, release->pointer))
            cf_log_error("a deferred release failed: %s", context->record.error.message);
    }
}

void cf__run_releases(struct cf__context *context)
{
    run_releases_down_to(context, NULL);
}

/* ---- Errors ----------------------------------------------------------------------------------------------------- */

void cf__error_record_copy(struct cf__error_record *record, const struct cf__error_record *original)
{
    *record = *original;
    cf_error *error = &record->error; /* its texts pointed into the original's arrays */
    if (error->message == original->message)
        error->message = record->message;
    if (error->constraint == original->constraint)
        error->constraint = record->constraint;
    if (error->column == original->column)
        error->column = record->column;
    if (error->statement == original->statement)
        error->statement = record->statement;
    if (error->parameters == original->parameters)
        error->parameters = record->parameters;
}

/* After an error: the releases since the catch run while the error itself is kept aside, since theirs use the record. */
static void release_after_error(struct cf__context *context, struct cf__release *rest)
{
    if (context->releases == rest)
        return;
    struct cf__error_record kept = context->record; /* its texts point into context->record, where they return to */
    run_releases_down_to(context, rest);
    context->record = kept;
}

bool cf__protect(struct cf__context *context, void (*function)(void *), void *argument)
{
    struct cf__context *previous = cf__thread.context;
    const char *foreign = cf__thread.foreign;
    struct cf__catch catch = { .outer = context->catch, .releases = context->releases };
    context->catch = &catch;
    cf__thread.context = context;
    if (_setjmp(catch.place) == 0) {
        function(argument);
        context->catch = catch.outer;
        cf__thread.context = previous;
        return true;
    }
    context->catch = catch.outer;
    cf__thread.foreign = foreign;
    cf__thread.context = context;
    release_after_error(context, catch.releases);
    cf__thread.context = previous;
    return false;
}

/* A copy of the error that stays valid when another one follows; the record itself where there is no memory for that. */
static const cf_error *keep_error(struct cf__context *context)
{
    struct cf__error_record *kept = cf__arena_take(&context->arena, sizeof *kept);
    if (!kept)
        return &context->record.error;
    cf__error_record_copy(kept, &context->record);
    return &kept->error;
}

const cf_error *cf_attempt_(cf_context *owner, void (*function)(void *), void *argument)
{
    struct cf__context *context = cf__context_of(owner);
    return cf__protect(context, function, argument) ? NULL : keep_error(context);
}

/* Once the frames are gone nobody can tell where a bug was met. */
static void note_calls(struct cf__error_record *record)
{
    static const bool is_bug[] = { [CF_INTERNAL] = true, [CF_SYSTEM] = true, [CF_CORRUPT] = true, [CF_SQL] = true };
    size_t code = (size_t)record->error.code;
    record->frame_count = code < sizeof is_bug && is_bug[code] ? backtrace(record->frames, CF__ERROR_FRAMES) : 0;
}

/* The frames between here and the catch, which is in the frame of its cf__protect, end without being left: AddressSanitizer
 * keeps marks on their stack and clears them by itself only on the stack a thread began with. A trap raises on the stack of
 * its signal: then all below the catch is cleared. */
static void abandon_frames(const struct cf__catch *catch)
{
    const char *here = __builtin_frame_address(0), *bottom = cf__fiber_stack(), *end = (const char *)catch;
    if (!bottom)
        return;
    if (here < bottom || here > end)
        here = bottom;
    CF__UNPOISON(here, (size_t)(end - here));
}

static _Noreturn void jump(struct cf__context *context)
{
    cf__refuse_in_foreign_frame("an error was raised");
    note_calls(&context->record);
    context->given = NULL;
    if (!context->catch)
        cf__fatal("%s: nothing here stops an error", context->record.error.message);
    abandon_frames(context->catch);
    longjmp(context->catch->place, 1);
}

void cf_raise(enum cf_error_code code, const char *format, ...)
{
    struct cf__context *context = cf__thread.context;
    char message[sizeof context->record.message]; /* the arguments may point into the record */
    va_list list;
    va_start(list, format);
    vsnprintf(message, sizeof message, format, list);
    va_end(list);
    if (!context)
        cf__fatal("%s", message);
    memcpy(context->record.message, message, sizeof message);
    context->record.error = (cf_error){ .code = code, .message = context->record.message };
    jump(context);
}

/* Copies a text into one of the record's arrays, cut where it is longer. It may be that array already. */
static const char *record_text(char *array, size_t size, const char *text)
{
    if (!text)
        return NULL;
    size_t length = strnlen(text, size - 1);
    memmove(array, text, length);
    array[length] = '\0';
    return array;
}

/* The values of the statement that failed: those the error has, or of what is under way. */
static const char *record_parameters(struct cf__context *context, const cf_error *error)
{
    const struct cf__given *given = context->given;
    struct cf__error_record *record = &context->record;
    if (error->parameters || !error->statement || !given)
        return record_text(record->parameters, sizeof record->parameters, error->parameters);
    given->write(given, record->parameters, sizeof record->parameters);
    return *record->parameters ? record->parameters : NULL;
}

void cf__raise(const cf_error *error)
{
    struct cf__context *context = cf__thread.context;
    if (!context)
        cf__fatal("%s", error->message);
    struct cf__error_record *record = &context->record;
    cf_error copy = *error;
    copy.message = record_text(record->message, sizeof record->message, error->message ? error->message : "");
    copy.constraint = record_text(record->constraint, sizeof record->constraint, error->constraint);
    copy.column = record_text(record->column, sizeof record->column, error->column);
    copy.statement = record_text(record->statement, sizeof record->statement, error->statement);
    copy.parameters = record_parameters(context, error);
    record->error = copy;
    jump(context);
}

void cf_raise_error(const cf_error *error)
{
    cf__raise(error);
}

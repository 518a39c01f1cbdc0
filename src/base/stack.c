/* SPDX-License-Identifier: MIT
 *
 * Stacks are mapped with their guard and kept by fiber.c in a pool. A fault in a guard would be a silent mystery
 * without the handler here, which runs on a stack of its own (the fiber's is full) and says "stack overflow". In the
 * handler only functions that are safe in signals are used; backtrace() is called once beforehand so that its
 * library is loaded by then. A fault in a trap (trap.h) is no crash: it is raised as an error.
 */
#include "stack.h"

#include <execinfo.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sanitizer.h"
#include "thread.h"
#include "trap.h"

enum { HANDLER_STACK = 64 << 10, FRAMES = 64 };

static const struct {
    int number;
    const char *name;
} crash_signals[] = {
    { SIGSEGV, "SIGSEGV" }, { SIGBUS, "SIGBUS" }, { SIGFPE, "SIGFPE" }, { SIGILL, "SIGILL" }, { SIGABRT, "SIGABRT" },
};
enum { CRASH_SIGNALS = sizeof crash_signals / sizeof crash_signals[0] };

static struct sigaction previous_actions[CRASH_SIGNALS];
static bool installed;
static _Thread_local char *handler_stack;

char *cf__stack_new(void)
{
    size_t size = (size_t)CF__STACK_SIZE + CF__STACK_GUARD;
    char *map =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (map == MAP_FAILED)
        return NULL;
    if (mprotect(map, CF__STACK_GUARD, PROT_NONE)) {
        munmap(map, size);
        return NULL;
    }
    CF__REGISTER_ROOT(map + CF__STACK_GUARD, CF__STACK_SIZE);
    return map + CF__STACK_GUARD;
}

void cf__stack_free(char *bottom)
{
    cf__stack_clean(bottom);
    CF__UNREGISTER_ROOT(bottom, CF__STACK_SIZE);
    munmap(bottom - CF__STACK_GUARD, (size_t)CF__STACK_SIZE + CF__STACK_GUARD);
}

void cf__stack_clean(char *bottom)
{
    CF__UNPOISON(bottom, CF__STACK_SIZE);
}

static void write_text(const char *text)
{
    ssize_t ignored = write(STDERR_FILENO, text, strlen(text));
    (void)ignored;
}

static bool in_guard(const char *address)
{
    const char *stack = cf__fiber_stack();
    return stack && address < stack && address >= stack - CF__STACK_GUARD;
}

static void report(const char *what, const char *name)
{
    write_text("carafe: ");
    write_text(what);
    if (name)
        write_text(name);
    if (cf__thread.context && cf__thread.context->label) {
        write_text(" (");
        write_text(cf__thread.context->label);
        if (cf__thread.context->object) {
            write_text(" ");
            write_text(cf__thread.context->object);
        }
        write_text(")");
    }
    write_text("\n");
    void *frames[FRAMES];
    backtrace_symbols_fd(frames, backtrace(frames, FRAMES), STDERR_FILENO);
}

/* A touched trap is an error like any other, where something can catch it: it was a plain read of the program's own,
 * with no lock held, so that jumping out of the handler leaves nothing half done. */
static void report_trap(const char *message)
{
    const struct cf__context *context = cf__thread.context;
    if (context && context->catch && !cf__thread.foreign)
        cf_raise(CF_INTERNAL, "%s", message);
    report(message, NULL);
}

/* A sanitizer's own report, or that of a test. */
static void call_previous(const struct sigaction *previous, int number, siginfo_t *info, void *machine)
{
    if (previous->sa_flags & SA_SIGINFO)
        previous->sa_sigaction(number, info, machine);
    else if (previous->sa_handler != SIG_DFL && previous->sa_handler != SIG_IGN)
        previous->sa_handler(number);
}

static void handle_crash(int number, siginfo_t *info, void *machine)
{
    const char *trapped = number == SIGSEGV ? cf__trap_message(info->si_addr) : NULL;
    if (trapped)
        report_trap(trapped);
    size_t at = 0;
    while (at + 1 < CRASH_SIGNALS && crash_signals[at].number != number)
        at++;
    const struct sigaction *previous = &previous_actions[at];
    bool overflow = number == SIGSEGV && in_guard(info->si_addr);
    if (overflow)
        report("stack overflow in a fiber: a handler may use 256 KiB of stack; put large arrays on the heap (cf_alloc)",
               NULL);
    else if (!trapped)
        report("crashed by ", crash_signals[at].name);
    if (!overflow && !trapped)
        call_previous(previous, number, info, machine);
    signal(number, SIG_DFL);
    raise(number);
}

static struct sigaction crash_action(void)
{
    struct sigaction action = { .sa_sigaction = handle_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
    sigemptyset(&action.sa_mask);
    return action;
}

void cf__crash_reports(void)
{
    if (!handler_stack) {
        char *map = mmap(NULL, HANDLER_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (map == MAP_FAILED)
            return;
        handler_stack = map;
        sigaltstack(&(stack_t){ .ss_sp = map, .ss_size = HANDLER_STACK }, NULL);
    }
    if (installed)
        return;
    installed = true;
    void *frame;
    backtrace(&frame, 1);
    const struct sigaction action = crash_action();
    for (size_t i = 0; i < CRASH_SIGNALS; i++)
        sigaction(crash_signals[i].number, &action, &previous_actions[i]);
}

void cf__crash_reports_renew(void)
{
    struct sigaction now;
    const struct sigaction action = crash_action();
    if (!installed || sigaction(SIGSEGV, NULL, &now))
        return;
    bool ours = now.sa_sigaction == handle_crash;
    if (ours && (now.sa_flags & SA_SIGINFO))
        return;
    if (!ours)
        previous_actions[0] = now;
    sigaction(SIGSEGV, &action, NULL);
}

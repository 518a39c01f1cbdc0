/* SPDX-License-Identifier: MIT
 *
 * The process above the workers. It owns the listening sockets, forks a worker for each (without exec, so that a
 * worker shares the program's pages and starts in a millisecond), and brings the state of things nearer to what it
 * should be after each event: every slot has a process that serves or is starting (or waits out its back-off); the
 * socket of a slot without a serving process is adopted by a sibling; an outdated process is replaced, one slot at a
 * time, and stopped only when its successor serves. So there are few states to keep, and no order of events that was
 * not thought of.
 *
 * It has no loop of libuv and runs nothing of the user's but `listening`: whatever was set up here would be shared
 * by all workers. Signals come through a signalfd.
 */
#include "server.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <carafe/log.h>

#include "../../base/clock.h"
#include "../../base/turnstile.h"
#include "sockets.h"
#include "worker.h"

enum {
    SECOND = 1000000,
    EARLY_CRASH = SECOND, /* a worker that lives shorter is started again with back-off */
    FIRST_DELAY = SECOND / 10,
    LAST_DELAY = 5 * SECOND,
    KILL_GRACE = 5 * SECOND, /* a stopping worker may take this much longer than its drain time */
    WATCH_PERIOD = SECOND,
    DESCRIPTORS = 4 * CF__SLOTS,
};

struct process {
    struct process *next;
    pid_t pid;
    int slot, channel;
    int member; /* its number at the turnstiles, or -1 */
    int64_t started;
    bool ready;    /* serves */
    bool stopping; /* was told to stop */
    bool outdated; /* is to be replaced */
};

struct slot {
    int64_t start_at; /* when to start a worker, where there is none */
    unsigned crashes; /* in a row, each soon after the start */
    pid_t adopter;    /* the worker that accepts from this slot's socket meanwhile, or 0 */
};

struct supervisor {
    const struct cf__supervisor_options *options;
    struct cf__sockets sockets;
    struct slot slots[CF__SLOTS];
    struct process *processes;
    pid_t pid;
    int signals;
    sigset_t former_mask;
    struct stat program, changed; /* as started; as last seen */
    int64_t watch_at, kill_at;
    bool served;   /* some worker has served */
    bool stopping; /* all workers were told to stop */
    bool reload;   /* … in order to start the changed program */
    int status;
};

/* ---- Processes -------------------------------------------------------------------------------------------------- */

static bool is_serving(const struct process *process)
{
    return process->ready && !process->stopping;
}

static struct process *find_serving(const struct supervisor *self, int slot)
{
    for (struct process *process = self->processes; process; process = process->next)
        if (process->slot == slot && is_serving(process))
            return process;
    return NULL;
}

/* Serving or about to. */
static bool is_manned(const struct supervisor *self, int slot)
{
    for (const struct process *process = self->processes; process; process = process->next)
        if (process->slot == slot && !process->stopping)
            return true;
    return false;
}

static void tell_to_stop(struct process *process)
{
    if (process->stopping)
        return;
    process->stopping = true;
    kill(process->pid, SIGTERM);
}

static void tell(const struct process *process, enum cf__message_kind kind, int slot)
{
    struct cf__message message = { .kind = kind, .slot = slot };
    (void)!send(process->channel, &message, sizeof(message), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void forget(struct supervisor *self, struct process *process)
{
    struct process **place = &self->processes;
    while (*place != process)
        place = &(*place)->next;
    *place = process->next;
    if (process->channel >= 0)
        close(process->channel);
    free(process);
}

/* In the new process; does not return. */
static void become_worker(const struct supervisor *self, int slot, int channel, int member)
{
    struct cf__post post = { .options = self->options, .sockets = &self->sockets, .slot = slot, .channel = channel };
    sigset_t mask = self->former_mask;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != self->pid)
        _exit(0);
    for (const struct process *process = self->processes; process; process = process->next)
        if (process->channel >= 0)
            close(process->channel);
    close(self->signals);
    cf__turnstiles_join(member);
    sigaddset(&mask, SIGTERM);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    exit(cf__worker_run(&post));
}

static bool start_process(struct supervisor *self, int slot)
{
    int channel[2];
    struct process *process = calloc(1, sizeof(*process));
    if (!process || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, channel) != 0) {
        free(process);
        return false;
    }
    fflush(stdout);
    fflush(stderr);
    int member = cf__turnstiles_reserve();
    pid_t pid = fork();
    if (pid == 0) {
        close(channel[0]);
        free(process);
        become_worker(self, slot, channel[1], member);
    }
    close(channel[1]);
    if (pid < 0) {
        cf__turnstiles_forget(member);
        close(channel[0]);
        free(process);
        return false;
    }
    *process = (struct process){
        .next = self->processes,
        .pid = pid,
        .slot = slot,
        .channel = channel[0],
        .member = member,
        .started = cf__monotonic(),
    };
    self->processes = process;
    return true;
}

/* ---- What happens ----------------------------------------------------------------------------------------------- */

static void stop_all(struct supervisor *self)
{
    self->stopping = true;
    self->kill_at = cf__monotonic() + (int64_t)(self->options->drain * SECOND) + KILL_GRACE;
    for (struct process *process = self->processes; process; process = process->next)
        tell_to_stop(process);
}

static void become_ready(struct supervisor *self, struct process *process)
{
    process->ready = true;
    if (!self->served && self->options->listening)
        self->options->listening(self->options->self, self->sockets.url);
    self->served = true;
    cf_log_debug("worker %d serves", (int)process->pid);
    for (struct process *other = self->processes; other; other = other->next) {
        if (other == process || other->slot != process->slot || other->stopping)
            continue;
        cf_log_info("worker %d replaces worker %d", (int)process->pid, (int)other->pid);
        tell_to_stop(other);
    }
}

/* The first crash is mended at once; crashes soon after the start wait longer and longer. */
static int64_t delay_after_crash(struct slot *slot, int64_t lifetime)
{
    if (lifetime >= EARLY_CRASH)
        slot->crashes = 0;
    unsigned crashes = slot->crashes++;
    if (crashes == 0)
        return 0;
    int64_t delay = crashes > 16 ? LAST_DELAY : (int64_t)FIRST_DELAY << (crashes - 1);
    return delay < LAST_DELAY ? delay : LAST_DELAY;
}

static void describe_end(char *text, size_t size, int status)
{
    if (WIFSIGNALED(status))
        snprintf(text, size, "was killed by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(text, size, "exited with status %d", WEXITSTATUS(status));
}

static void mend_crash(struct supervisor *self, const struct process *process, const char *how)
{
    struct slot *slot = &self->slots[process->slot];
    int64_t now = cf__monotonic();
    int64_t delay = delay_after_crash(slot, now - process->started);
    slot->start_at = now + delay;
    if (delay)
        cf_log_error("worker %d %s; the next one starts in %.1f s", (int)process->pid, how, (double)delay / SECOND);
    else
        cf_log_error("worker %d %s; the next one starts at once", (int)process->pid, how);
}

static void note_end(struct supervisor *self, const struct process *process, int status)
{
    char how[80];
    describe_end(how, sizeof(how), status);
    bool start_failed = WIFEXITED(status) && WEXITSTATUS(status) == CF__START_FAILED;
    if (process->stopping) {
        if (status != 0)
            cf_log_warning("worker %d, told to stop, %s", (int)process->pid, how);
    } else if (start_failed && !self->served) {
        self->status = 1;
        stop_all(self);
    } else if (!process->ready && find_serving(self, process->slot)) {
        cf_log_error("worker %d, a replacement, %s; the running workers stay", (int)process->pid, how);
        for (struct process *other = self->processes; other; other = other->next)
            other->outdated = false;
    } else {
        mend_crash(self, process, how);
    }
}

static void reap(struct supervisor *self)
{
    for (struct process *process = self->processes, *next; process; process = next) {
        int status = 0;
        next = process->next;
        if (waitpid(process->pid, &status, WNOHANG) != process->pid)
            continue;
        cf__turnstiles_forget(process->member);
        note_end(self, process, status);
        forget(self, process);
    }
}

static void replace_all(struct supervisor *self)
{
    cf_log_info("replacing all workers");
    for (struct process *process = self->processes; process; process = process->next)
        process->outdated = true;
}

static void take_signal(struct supervisor *self, int number)
{
    if (number == SIGCHLD) {
        reap(self);
    } else if (number == SIGHUP) {
        replace_all(self);
    } else if (self->stopping && !self->reload) {
        if (number ==
            SIGINT) /* Ctrl-C again: somebody is waiting. SIGTERM comes twice by itself, to a process and to its group */
            self->kill_at = cf__monotonic();
    } else {
        self->reload = false;
        stop_all(self);
    }
}

static void read_signals(struct supervisor *self)
{
    struct signalfd_siginfo info;
    while (read(self->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
        take_signal(self, (int)info.ssi_signo);
}

static void read_channel(struct supervisor *self, struct process *process)
{
    struct cf__message message;
    ssize_t size = recv(process->channel, &message, sizeof(message), MSG_DONTWAIT);
    if (size == (ssize_t)sizeof(message) && message.kind == CF__READY && !process->stopping) {
        become_ready(self, process);
    } else if (size == 0) { /* it has ended; SIGCHLD tells how */
        close(process->channel);
        process->channel = -1;
    }
}

/* ---- What should be --------------------------------------------------------------------------------------------- */

static void man_slots(struct supervisor *self)
{
    int64_t now = cf__monotonic();
    int count = self->served ? self->sockets.count : 1; /* what keeps all from starting is so told once, by the first */
    for (int i = 0; i < count; i++) {
        if (self->slots[i].start_at > now || is_manned(self, i) || start_process(self, i))
            continue;
        cf_log_error("cannot start a worker: %s", strerror(errno));
        self->slots[i].start_at = now + SECOND;
    }
}

static void replace_outdated(struct supervisor *self)
{
    const struct process *outdated = NULL;
    for (const struct process *process = self->processes; process; process = process->next) {
        if (process->stopping)
            continue;
        if (!process->ready)
            return; /* one at a time */
        if (process->outdated)
            outdated = process;
    }
    if (outdated)
        start_process(self, outdated->slot);
}

static struct process *choose_sibling(const struct supervisor *self, int slot)
{
    for (int i = 1; i < self->sockets.count; i++) {
        struct process *sibling = find_serving(self, (slot + i) % self->sockets.count);
        if (sibling)
            return sibling;
    }
    return NULL;
}

static struct process *find_adopter(const struct supervisor *self, const struct slot *slot)
{
    for (struct process *process = self->processes; slot->adopter && process; process = process->next)
        if (process->pid == slot->adopter && is_serving(process))
            return process;
    return NULL;
}

static void arrange_adoptions(struct supervisor *self)
{
    for (int i = 0; i < self->sockets.count; i++) {
        struct slot *slot = &self->slots[i];
        const struct process *adopter = find_adopter(self, slot);
        if (find_serving(self, i)) {
            if (adopter)
                tell(adopter, CF__RELEASE, i);
            slot->adopter = 0;
        } else if (!adopter) {
            adopter = choose_sibling(self, i);
            if (adopter)
                tell(adopter, CF__ADOPT, i);
            slot->adopter = adopter ? adopter->pid : 0;
        }
    }
}

static void kill_late(const struct supervisor *self)
{
    if (cf__monotonic() < self->kill_at)
        return;
    for (const struct process *process = self->processes; process; process = process->next)
        kill(process->pid, SIGKILL);
}

/* ---- A changed program ------------------------------------------------------------------------------------------ */

static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Changed, and the same twice in a row: a linker may still be writing it. */
static void watch_program(struct supervisor *self)
{
    struct stat now;
    if (!self->options->watch || cf__monotonic() < self->watch_at)
        return;
    self->watch_at = cf__monotonic() + WATCH_PERIOD;
    if (stat(self->options->watch, &now) != 0)
        return;
    bool stable = is_same_file(&now, &self->changed);
    self->changed = now;
    if (!stable || is_same_file(&now, &self->program) || access(self->options->watch, X_OK) != 0)
        return;
    cf_log_info("%s has changed: starting it anew", self->options->watch);
    self->program = now;
    self->reload = true;
    stop_all(self);
}

/* Returns only where the new program cannot be run: then this one goes on. */
static void start_anew(struct supervisor *self)
{
    sigset_t mask;
    fflush(stdout);
    fflush(stderr);
    cf__sockets_hand_over(&self->sockets);
    sigprocmask(SIG_SETMASK, &self->former_mask, &mask);
    execv(self->options->watch, self->options->arguments);
    cf_log_error("cannot run %s: %s; going on with the old program", self->options->watch, strerror(errno));
    sigprocmask(SIG_SETMASK, &mask, NULL);
    cf__sockets_take_back(&self->sockets);
    self->reload = self->stopping = false;
}

/* ---- The loop --------------------------------------------------------------------------------------------------- */

/* Milliseconds until something is due; -1 for never. */
static int time_to_wait(const struct supervisor *self)
{
    int64_t due = INT64_MAX, now = cf__monotonic();
    if (self->stopping)
        due = self->kill_at > now ? self->kill_at : now + SECOND / 10;
    else if (self->options->watch)
        due = self->watch_at;
    for (int i = 0; i < self->sockets.count && !self->stopping; i++)
        if (!is_manned(self, i) && self->slots[i].start_at < due)
            due = self->slots[i].start_at;
    if (due == INT64_MAX)
        return -1;
    return due > now ? (int)((due - now) / 1000) + 1 : 0;
}

static void wait_for_events(struct supervisor *self)
{
    struct pollfd descriptors[DESCRIPTORS] = { { .fd = self->signals, .events = POLLIN } };
    struct process *owners[DESCRIPTORS];
    nfds_t count = 1;
    for (struct process *process = self->processes; process && count < DESCRIPTORS; process = process->next) {
        if (process->channel < 0)
            continue;
        owners[count] = process;
        descriptors[count++] = (struct pollfd){ .fd = process->channel, .events = POLLIN };
    }
    if (poll(descriptors, count, time_to_wait(self)) <= 0)
        return;
    for (nfds_t i = 1; i < count; i++)
        if (descriptors[i].revents)
            read_channel(self, owners[i]);
    if (descriptors[0].revents)
        read_signals(self); /* last: it may free processes */
}

static void arrange(struct supervisor *self)
{
    if (self->stopping) {
        kill_late(self);
        return;
    }
    man_slots(self);
    replace_outdated(self);
    arrange_adoptions(self);
    watch_program(self);
}

static void run(struct supervisor *self)
{
    do {
        arrange(self);
        wait_for_events(self);
        if (self->reload && !self->processes)
            start_anew(self);
    } while (!self->stopping || self->processes);
}

static bool open_signals(struct supervisor *self)
{
    static const int numbers[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };
    sigset_t mask;
    sigemptyset(&mask);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
        sigaddset(&mask, numbers[i]);
    sigprocmask(SIG_BLOCK, &mask, &self->former_mask);
    self->signals = signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC);
    return self->signals >= 0;
}

int cf__supervise(const struct cf__supervisor_options *options)
{
    struct supervisor self = { .options = options, .pid = getpid() };
    if (!cf__sockets_open(&self.sockets, options->host, options->port, options->workers)) {
        cf_log_error("%s", self.sockets.problem);
        cf__sockets_close(&self.sockets);
        return 1;
    }
    if (!cf__turnstiles_make())
        cf_log_warning("no room for the queue of those who write to a database: %s", strerror(errno));
    if (open_signals(&self)) {
        if (options->watch && stat(options->watch, &self.program) == 0)
            self.changed = self.program;
        run(&self);
        close(self.signals);
    } else {
        cf_log_error("cannot receive signals: %s", strerror(errno));
        self.status = 1;
    }
    sigprocmask(SIG_SETMASK, &self.former_mask, NULL);
    cf__sockets_close(&self.sockets);
    cf__turnstiles_free();
    return self.status;
}

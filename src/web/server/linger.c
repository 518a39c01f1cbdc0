/* SPDX-License-Identifier: MIT
 *
 * Lingering connections: a list of duplicated descriptors, each watched for what its client still sends. The original
 * descriptor belongs to the HTTP library, which shuts the sending side down and closes it as it always does; the
 * duplicate is what keeps the kernel from answering with a reset. Bounded in number and in time, not in bytes: a
 * client that goes on sending is cut off by the clock.
 */
#include "linger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../base/loop.h"

enum { MOST = 1024, TIME = 2000000, SCRATCH = 65536 };

struct cf__lingering {
    struct cf__lingering *next, *previous;
    struct cf__linger_list *list;
    cf__watch *watch;
    int64_t deadline;
    int fd;
};

/* Reads what has arrived. False at the end of the stream or after an error. */
static bool discard(int fd)
{
    static char scratch[SCRATCH];
    ssize_t size = recv(fd, scratch, sizeof(scratch), MSG_DONTWAIT);
    return size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR));
}

static void end(struct cf__lingering *lingering)
{
    cf__watch_stop(lingering->watch);
    close(lingering->fd);
    *(lingering->previous ? &lingering->previous->next : &lingering->list->first) = lingering->next;
    if (lingering->next)
        lingering->next->previous = lingering->previous;
    lingering->list->count--;
    free(lingering);
}

static void on_readable(void *data, int events)
{
    struct cf__lingering *lingering = data;
    (void)events;
    if (!discard(lingering->fd))
        end(lingering);
}

void cf__linger(struct cf__linger_list *list, int fd, int64_t now)
{
    if (list->count >= MOST || !discard(fd))
        return;
    struct cf__lingering *lingering = calloc(1, sizeof(*lingering));
    if (!lingering)
        return;
    lingering->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (lingering->fd >= 0)
        lingering->watch = cf__watch_start(lingering->fd, CF__READABLE, on_readable, lingering);
    if (!lingering->watch) {
        if (lingering->fd >= 0)
            close(lingering->fd);
        free(lingering);
        return;
    }
    lingering->deadline = now + TIME;
    lingering->list = list;
    lingering->next = list->first;
    if (list->first)
        list->first->previous = lingering;
    list->first = lingering;
    list->count++;
}

void cf__linger_expire(struct cf__linger_list *list, int64_t now)
{
    for (struct cf__lingering *lingering = list->first, *next; lingering; lingering = next) {
        next = lingering->next;
        if (now >= lingering->deadline)
            end(lingering);
    }
}

void cf__linger_end(struct cf__linger_list *list)
{
    while (list->first)
        end(list->first);
}

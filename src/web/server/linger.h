/* SPDX-License-Identifier: MIT
 *
 * Closing a connection whose client may still be sending. close(2) with bytes unread makes the kernel send a reset,
 * which can overtake the answer: a client that is refused (413) while it uploads would then never see why. So the
 * socket is kept for a moment after the answer, what arrives is read and thrown away, until the client closes.
 */
#ifndef CARAFE_WEB_SERVER_LINGER_H
#define CARAFE_WEB_SERVER_LINGER_H

#include <stddef.h>
#include <stdint.h>

struct cf__lingering;

/* All zero is an empty list. */
struct cf__linger_list {
    struct cf__lingering *first;
    size_t count;
};

/* Keeps the connection of `fd` open through a descriptor of its own (the caller closes `fd` as it likes) until the
 * client has closed or some two seconds after `now` have passed. Does nothing where the client has closed already, or
 * where too many linger. */
void cf__linger(struct cf__linger_list *list, int fd, int64_t now);
/* Closes those whose time is over; to be called about once a second. */
void cf__linger_expire(struct cf__linger_list *list, int64_t now);
/* Closes all. */
void cf__linger_end(struct cf__linger_list *list);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Who listens on a TCP port, for the message that says it is in use.
 */
#ifndef CARAFE_WEB_SERVER_PORT_OWNER_H
#define CARAFE_WEB_SERVER_PORT_OWNER_H

#include <stddef.h>

/* " by pid 1234 (name)", or "" where that cannot be known (another user's process, no /proc). Writes to `text` and
 * returns it. */
const char *cf__port_owner(int port, char *text, size_t size);

#endif

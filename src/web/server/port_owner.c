/* SPDX-License-Identifier: MIT
 *
 * Finds the owner of a listening port as ss(8) does: /proc/net/tcp and tcp6 give the inode of the socket, and a process
 * that has it open has a link "socket:[inode]" among its descriptors. Best effort, since other users' processes do not
 * show theirs.
 */
#include "port_owner.h"

#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LISTENS = 0x0a }; /* the kernel's TCP_LISTEN */

static unsigned long inode_of_port(const char *table, int port)
{
    char line[512];
    unsigned long found = 0;
    FILE *file = fopen(table, "re");
    if (!file)
        return 0;
    while (!found && fgets(line, sizeof(line), file)) {
        unsigned local_port, state;
        unsigned long inode;
        if (sscanf(line, " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*x:%*x %*x:%*x %*x %*u %*u %lu", &local_port,
                   &state, &inode) == 3 &&
            state == LISTENS && (int)local_port == port)
            found = inode;
    }
    fclose(file);
    return found;
}

static bool has_open(const char *pid, const char *link)
{
    char path[300], target[64];
    snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
    DIR *directory = opendir(path);
    if (!directory)
        return false;
    bool found = false;
    for (const struct dirent *entry; !found && (entry = readdir(directory));) {
        snprintf(path, sizeof(path), "/proc/%.20s/fd/%.20s", pid, entry->d_name);
        ssize_t size = readlink(path, target, sizeof(target) - 1);
        if (size <= 0)
            continue;
        target[size] = '\0';
        found = strcmp(target, link) == 0;
    }
    closedir(directory);
    return found;
}

static void describe(const char *pid, char *text, size_t size)
{
    char path[64], name[32] = "";
    snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
    FILE *file = fopen(path, "re");
    if (file) {
        if (fgets(name, sizeof(name), file))
            name[strcspn(name, "\n")] = '\0';
        fclose(file);
    }
    snprintf(text, size, " by pid %.20s (%s)", pid, name[0] ? name : "unknown");
}

const char *cf__port_owner(int port, char *text, size_t size)
{
    char link[64];
    unsigned long inode = inode_of_port("/proc/net/tcp", port);
    text[0] = '\0';
    if (!inode)
        inode = inode_of_port("/proc/net/tcp6", port);
    DIR *processes = inode ? opendir("/proc") : NULL;
    if (!processes)
        return text;
    snprintf(link, sizeof(link), "socket:[%lu]", inode);
    for (const struct dirent *entry; !text[0] && (entry = readdir(processes));)
        if (isdigit((unsigned char)entry->d_name[0]) && has_open(entry->d_name, link))
            describe(entry->d_name, text, size);
    closedir(processes);
    return text;
}

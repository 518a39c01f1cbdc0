/* SPDX-License-Identifier: MIT
 *
 * Random bytes (libsodium, kernel-seeded) and a fast hash of short keys.
 */
#ifndef CARAFE_BASE_RANDOM_H
#define CARAFE_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void cf__random_bytes(void *data, size_t size);
/* SHA-256 of data as 64 lower-case hex digits and a NUL: names what must not change (an applied revision). */
void cf__sha256_hex(const void *data, size_t size, char out[65]);
/* A hash for tables and shapes; not for untrusted keys. `seed` chains calls. */
uint64_t cf__hash(const void *data, size_t size, uint64_t seed);

#endif

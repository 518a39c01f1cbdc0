/* SPDX-License-Identifier: MIT
 *
 * Randomness and digests are libsodium's; the hash for tables is the multiply-and-fold of "wyhash" (Wang Yi, public
 * domain), eight bytes a step: fast on the short keys of shapes and identities, not meant for keys an enemy chooses.
 */
#include "random.h"

#include <sodium.h>
#include <string.h>

void cf__random_bytes(void *data, size_t size)
{
    randombytes_buf(data, size);
}

void cf__sha256_hex(const void *data, size_t size, char out[65])
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, data, size);
    sodium_bin2hex(out, 65, digest, sizeof digest);
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t cf__hash(const void *data, size_t size, uint64_t seed)
{
    static const uint64_t first = 0xa0761d6478bd642f, second = 0xe7037ed1a0b428db;
    const unsigned char *at = data;
    uint64_t hash = seed ^ first, word;
    for (size_t left = size; left; left -= left < 8 ? left : 8, at += 8) {
        word = 0;
        memcpy(&word, at, left < 8 ? left : 8);
        hash = mix(hash ^ word, second ^ left);
    }
    return mix(hash ^ size, second);
}

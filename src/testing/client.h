/* SPDX-License-Identifier: MIT
 *
 * The test client behind cf_client and cf_reply.
 */
#ifndef CARAFE_TESTING_CLIENT_H
#define CARAFE_TESTING_CLIENT_H

#include <carafe/test.h>

#include "../app/app.h"
#include "../text/json.h"

struct cf__cookie {
    const char *name, *value;
    struct cf__cookie *next;
};

struct cf__client {
    cf_client head; /* head.context points to `context`'s */
    struct cf__context context;
    cf_app *app;
    cf_engine *engine; /* its own; NULL where the app has no database */
    cf_db *db;         /* of cf_client_db, until the next call */
    struct cf__cookie *cookies;
    struct cf__request *request; /* being answered */
};

struct cf__reply {
    cf_reply head;
    const char *call; /* "GET /users", for messages */
    struct cf__header *headers;
    const cf__json *json; /* parsed on first use */
};

/* A copy of the request's response that lives as long as the client. */
struct cf__reply *cf__reply_copy(struct cf__client *client, const struct cf__request *request);

#endif

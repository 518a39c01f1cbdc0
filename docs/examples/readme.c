/* SPDX-License-Identifier: MIT
 *
 * The program of README.md, compiled.
 */
/* clang-format off */
#include <carafe/carafe.h>

MODEL(User, "users",
    (id,    Id),
    (name,  String(50)),
    (email, String(120), unique = true));

#include "migrations/revisions.h"

static cf_response *list_users(cf_request *req)
{
    struct User_list users = cf_find(req->db, User, .order_by = { cf_asc(User.id) });
    return cf_json(req, User, users);
}

static cf_response *create_user(cf_request *req)
{
    struct User *user = cf_add_from_json(req, User, cf_columns(User.name, User.email));
    cf_commit(req->db);
    return cf_json(req, User, user, .status = 201);
}

int main(int argc, char **argv)
{
    cf_app *app = cf_app_new("users",
        .database_uri = "sqlite:///users.db",
        .models       = CF_MODELS(User),
        .revisions    = revisions);
    cf_route(app, "GET",  "/users", list_users);
    cf_route(app, "POST", "/users", create_user);
    return cf_main(app, argc, argv);
}

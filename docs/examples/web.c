/* SPDX-License-Identifier: MIT
 *
 * The examples of docs/web.md, compiled.
 */
/* clang-format off */
#include <carafe/carafe.h>
#include <inttypes.h>

MODEL(User, "users",
    (id,    Id),
    (name,  String(50)));

cf_response *show_user(cf_request *req);
cf_response *show_user(cf_request *req)
{
    int64_t     id    = cf_param_integer(req, "id");
    int64_t     page  = cf_query_integer_or(req, "page", 1);    /* malformed: 400 that names the field */
    const char *token = cf_header(req, "X-Token");              /* missing: 400 */
    return cf_text(req, cf_format(req, "%" PRId64 " %" PRId64 " %s\n", id, page, token));
}

cf_response *search(cf_request *req);
cf_response *search(cf_request *req)
{
    const char *name = cf_query_or(req, "name", "");
    int64_t count = cf_count(req->db, User, .where = cf_starts_with(User.name, name));
    struct User *user = cf_find_one(req->db, User, .where = cf_starts_with(User.name, name));
    switch (count) {
    case 0:
        cf_abort(req, 404, .description = "no such sensor");        /* does not return */
    case 1:
        return cf_json(req, User, user, .status = 201);             /* an object, a list or a page of a model */
    case 2:
        return cf_json_object(req, cf_value("count", count), cf_value("name", name));
    case 3:
        return cf_text(req, "hello\n", .content_type = "text/plain");
    case 4:
        return cf_redirect(req, "/users");                          /* 303 */
    default:
        return cf_empty(req, 204);
    }
}

cf_response *list_users(cf_request *req);
cf_response *list_users(cf_request *req)
{
    struct User_slice slice = cf_paginate_after(req, User, .order_by = { cf_desc(User.name) });
    return cf_json(req, User, slice);                               /* {"items":[…],"next":"eyItbmFtZSI6…","previous":null} */
}

static void add_users(cf_db *db, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        cf_add(db, User, .name = argv[i]);
    cf_commit(db);
}

void add_routes(cf_app *app);
void add_routes(cf_app *app)
{
    cf_route(app, "GET",      "/users",          list_users);
    cf_route(app, "GET",      "/users/<int:id>", show_user);
    cf_route(app, "GET POST", "/search",         search, .name = "find");
    cf_command(app, "add-users", "Add users by their names.", add_users);   /* ./users add-users kim lee */
}

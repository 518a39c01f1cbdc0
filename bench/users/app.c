/* SPDX-License-Identifier: MIT
 *
 * The users application with some routes more: /plaintext, for measuring what a request costs without a database, /db and
 * /queries?n=20, which read one row and many by chance (together, as the floor does; /in-turn?n=20 one after the other), and
 * /slow, a query that takes half a second on PostgreSQL.
 */
#include "models.h"
#include "migrations/revisions.h"

static cf_response *plaintext(cf_request *req)
{
    return cf_text(req, "Hello, World!\n");
}

static cf_response *list_users(cf_request *req)
{
    struct User_list users = cf_find(req->db, User, .order_by = { cf_asc(User.id) });
    return cf_json(req, User, users);
}

static cf_response *show_user(cf_request *req)
{
    struct User *user = cf_get_or_404(req, User, cf_param_integer(req, "id"));
    return cf_json(req, User, user);
}

static int64_t any_id(void)
{
    static unsigned seed = 1;
    seed = seed * 1103515245 + 12345;
    return (seed >> 16) % 100 + 1;
}

static cf_response *any_user(cf_request *req)
{
    struct User *user = cf_get_or_404(req, User, any_id());
    return cf_json(req, User, user);
}

static cf_response *any_users(cf_request *req)
{
    size_t count = (size_t)cf_query_integer_or(req, "n", 1);
    struct User_list users = { cf_alloc(req, (count + 1) * sizeof(struct User *)), count };
    struct User ***asked = cf_alloc(req, (count + 1) * sizeof *asked);
    for (size_t i = 0; i < count; i++)
        asked[i] = cf_get_later(req->db, User, any_id(), .refresh = true);
    cf_await(req->db);
    for (size_t i = 0; i < count; i++)
        users.items[i] = *asked[i];
    return cf_json(req, User, users);
}

static cf_response *any_users_in_turn(cf_request *req)
{
    size_t count = (size_t)cf_query_integer_or(req, "n", 1);
    struct User_list users = { cf_alloc(req, (count + 1) * sizeof(struct User *)), count };
    for (size_t i = 0; i < count; i++)
        users.items[i] = cf_get(req->db, User, any_id(), .refresh = true);
    return cf_json(req, User, users);
}

SHAPE(Nap, (rested, Text));

static cf_response *nap(cf_request *req)
{
    struct Nap *nap = cf_select_one(req->db, Nap, .from = User, .where = cf_eq(User.id, any_id()),
                                    .columns = { .rested = cf_cast(cf_function("pg_sleep", 0.5), Text) });
    return cf_json(req, Nap, nap);
}

static cf_response *create_user(cf_request *req)
{
    struct User *user = cf_add_from_json(req, User, cf_columns(User.name, User.email));
    cf_commit(req->db);
    return cf_json(req, User, user, .status = 201);
}

int main(int argc, char **argv)
{
    cf_app *app =
        cf_app_new("users", .database_uri = "sqlite:///users.db", .models = CF_MODELS(User), .revisions = revisions);
    cf_route(app, "GET", "/plaintext", plaintext);
    cf_route(app, "GET", "/db", any_user);
    cf_route(app, "GET", "/queries", any_users);
    cf_route(app, "GET", "/in-turn", any_users_in_turn);
    cf_route(app, "GET", "/slow", nap);
    cf_route(app, "GET", "/users", list_users);
    cf_route(app, "POST", "/users", create_user);
    cf_route(app, "GET", "/users/<int:id>", show_user);
    return cf_main(app, argc, argv);
}

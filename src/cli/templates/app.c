#include "app.h"
#include "models.h"

#include "migrations/revisions.h"

static cf_response *list_items(cf_request *req)
{
    struct Item_list items = cf_find(req->db, Item, .order_by = { cf_asc(Item.id) });
    return cf_json(req, Item, items);
}

static cf_response *show_item(cf_request *req)
{
    struct Item *item = cf_get_or_404(req, Item, cf_param_integer(req, "id"));
    return cf_json(req, Item, item);
}

static cf_response *create_item(cf_request *req)
{
    struct Item *item = cf_add_from_json(req, Item, cf_columns(Item.name)); /* 400, 415 or 422 with the reasons */
    cf_commit(req->db);                                                     /* 409 where the name is taken */
    return cf_json(req, Item, item, .status = 201);
}

cf_app *make_app(void)
{
    cf_app *app = cf_app_new("@NAME@",
        .database_uri = "sqlite:///@NAME@.db",
        .models       = CF_MODELS(Item),
        .revisions    = revisions);
    cf_route(app, "GET",  "/items",          list_items);
    cf_route(app, "POST", "/items",          create_item);
    cf_route(app, "GET",  "/items/<int:id>", show_item);
    return app;
}

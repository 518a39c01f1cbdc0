/* SPDX-License-Identifier: MIT
 *
 * The examples of docs/models.md, compiled.
 */
/* clang-format off */
#include <carafe/carafe.h>

MODEL(User, "users",
    (id,    Id),
    (name,  String(50)));

CF_CHOICES(Status, draft, published);

MODEL(Post, "posts",
    (id,        Id),
    (title,     String(200)),
    (slug,      String(80)),
    (status,    Enum(Status),      server_default = "draft"),
    (price,     Numeric(10, 2),    check = "price >= 0"),
    (rating,    Nullable(Float)),
    (created,   DateTime,          server_default_sql = "CURRENT_TIMESTAMP"),
    (author_id, Integer,           references = "users.id", on_delete = "cascade", index = true),
    (one_slug,  Unique(author_id, slug)),
    (titled,    Check("title <> ''")));

SHAPE(Transfer, (from, Integer), (to, Integer), (amount, Numeric(12, 2)), (note, Nullable(String(200))));

cf_response *make_transfer(cf_request *req);
cf_response *make_transfer(cf_request *req)
{
    struct Transfer *transfer = cf_body(req, Transfer);   /* 422 with all errors at once */
    return cf_json(req, Transfer, transfer, .status = 201);
}

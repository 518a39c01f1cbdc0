/* SPDX-License-Identifier: MIT
 *
 * The revision of docs/migrations.md, compiled.
 */
/* clang-format off */
#include <carafe/migrate.h>

static void upgrade(cf_ops *op)
{
    cf_add_column(op, "users", "age", Nullable(Integer));
    cf_create_index(op, "ix_users_age", "users", .columns = { "age" });
}

static void downgrade(cf_ops *op)
{
    cf_drop_index(op, "ix_users_age", "users");
    cf_drop_column(op, "users", "age");
}

const cf_revision revision_9c1d7b20aa34 = {
    .id = "9c1d7b20aa34", .revises = { "4f2a91c0d3e7" }, .message = "add users.age", .upgrade = upgrade, .downgrade = downgrade,
};

/* SPDX-License-Identifier: MIT
 *
 * The indexes of docs/migrations.md, compiled.
 */
/* clang-format off */
#include <carafe/migrate.h>

MODEL(Reading, "readings",
    (id,     Id),
    (at,     DateTime),
    (value,  Float),
    (by_at,  Index(at), concurrently = true));

static void upgrade(cf_ops *op)
{
    cf_create_index(op, "ix_readings_at", "readings", .columns = { "at" }, .concurrently = true);
}

static void downgrade(cf_ops *op)
{
    cf_drop_index(op, "ix_readings_at", "readings", .concurrently = true);
}

const cf_revision revision_5b1d7b20aa35 = {
    .id = "5b1d7b20aa35", .revises = { "9c1d7b20aa34" }, .message = "add ix_readings_at", .upgrade = upgrade, .downgrade = downgrade,
};

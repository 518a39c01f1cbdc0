/* SPDX-License-Identifier: MIT */
#ifndef MODELS_H
#define MODELS_H

#include <carafe/carafe.h>

/* clang-format off */
CF_CHOICES(Role, guest, owner);

MODEL(User, "users",
    (id,    Id),
    (name,  String(50),   index = true),
    (email, String(120),  unique = true),
    (age,   Nullable(Integer)),
    (bio,   Nullable(Text)));

MODEL(Post, "posts",
    (id,        Id),
    (title,     String(200)),
    (slug,      String(80)),
    (published, Boolean,        server_default = "false"),
    (status,    Choices("draft", "published"), server_default = "draft"),
    (created,   DateTime,       server_default_sql = "CURRENT_TIMESTAMP"),
    (price,     Numeric(10, 2)),
    (weight,    Nullable(Float)),
    (small,     SmallInteger),
    (big,       BigInteger),
    (day,       Date),
    (at,        Time),
    (token,     Uuid),
    (picture,   Nullable(Blob)),
    (extra,     Nullable(Json)),
    (lng,       Integer,        column = "long"),
    (author_id, Integer,        references = "users.id", on_delete = "cascade", index = true),
    (author_slug, Unique(author_id, slug)),
    (titled,    Check("title <> ''")));

MODEL(Membership, "memberships",
    (user_id, Integer,    primary_key = true, references = "users.id", on_delete = "cascade", on_update = "cascade"),
    (post_id, Integer,    primary_key = true, references = "posts.id", on_delete = "cascade"),
    (role,    Enum(Role)));
/* clang-format on */

#endif

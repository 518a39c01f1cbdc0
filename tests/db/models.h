/* SPDX-License-Identifier: MIT
 *
 * The models that tests of the database share.
 */
#ifndef CARAFE_TESTS_DB_MODELS_H
#define CARAFE_TESTS_DB_MODELS_H

#include <carafe/model.h>

/* clang-format off */
CF_CHOICES(Status, draft, published, withdrawn);

MODEL(User, "users",
    (id,       Id),
    (name,     String(50)),
    (email,    String(120), unique = true),
    (age,      Nullable(Integer)),
    (password, Nullable(Text), hidden = true));

MODEL(Post, "posts",
    (id,        Id),
    (author_id, Integer, references = "users.id", on_delete = "cascade", index = true),
    (slug,      String(80)),
    (title,     Text, check = "title <> ''"),
    (status,    Enum(Status), server_default = "draft"),
    (one_slug,  Unique(author_id, slug)));

/* Every type, as it is and nullable. */
MODEL(Sample, "samples",
    (id,            Id),
    (whole,         Integer),
    (small,         SmallInteger),
    (big,           BigInteger),
    (truth,         Boolean),
    (number,        Float),
    (price,         Numeric(10, 2)),
    (long_number,   Numeric(38, 10)),
    (name,          String(50)),
    (words,         Text),
    (day,           Date),
    (clock,         Time),
    (moment,        DateTime),
    (token,         Uuid),
    (bytes,         Blob),
    (extra,         Json),
    (status,        Enum(Status)),
    (color,         Choices("red", "green", "ultraviolet")),
    (maybe_whole,   Nullable(Integer)),
    (maybe_small,   Nullable(SmallInteger)),
    (maybe_big,     Nullable(BigInteger)),
    (maybe_truth,   Nullable(Boolean)),
    (maybe_number,  Nullable(Float)),
    (maybe_price,   Nullable(Numeric(10, 2))),
    (maybe_long,    Nullable(Numeric(38, 10))),
    (maybe_name,    Nullable(String(50))),
    (maybe_words,   Nullable(Text)),
    (maybe_day,     Nullable(Date)),
    (maybe_clock,   Nullable(Time)),
    (maybe_moment,  Nullable(DateTime)),
    (maybe_token,   Nullable(Uuid)),
    (maybe_bytes,   Nullable(Blob)),
    (maybe_extra,   Nullable(Json)),
    (maybe_status,  Nullable(Enum(Status))),
    (maybe_color,   Nullable(Choices("red", "green"))));

/* Names that want quotes, a column of another name, a key of two columns. */
MODEL(Odd, "order",
    (group,   Integer, primary_key = true),
    (part,    String(8), primary_key = true, column = "Part No."),
    (it_is,   Text, column = "it\"s"),
    (limit,   Nullable(Integer), index = true),
    (nothing, Nullable(Integer)),
    (both,    Unique(it_is, limit)));
/* clang-format on */

#endif

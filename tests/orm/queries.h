/* SPDX-License-Identifier: MIT
 *
 * Models and rows for tests of queries: sensors that stand below each other, their readings, and their tags.
 */
#ifndef TESTS_ORM_QUERIES_H
#define TESTS_ORM_QUERIES_H

#include <carafe/model.h>

/* clang-format off */
CF_CHOICES(State, fresh, stale);

MODEL(Sensor, "sensors",
    (id,        Id),
    (name,      String(20)),
    (parent_id, Nullable(Integer), references = "sensors.id"),
    (parent,    BelongsTo(Sensor, parent_id)),
    (children,  HasMany(Sensor, parent_id)),
    (readings,  HasMany(Reading, sensor_id)),
    (tags,      ManyToMany(Tag, "sensor_tags")));

MODEL(Reading, "readings",
    (id,        Id),
    (sensor_id, Integer,            references = "sensors.id"),
    (at,        DateTime),
    (day,       Date),
    (number,    Nullable(Float)),
    (amount,    Integer),
    (price,     Numeric(10, 2)),
    (exact,     Nullable(Numeric(20, 2))),
    (note,      Nullable(String(40))),
    (good,      Boolean),
    (state,     Enum(State)),
    (sensor,    BelongsTo(Sensor, sensor_id)));

MODEL(Tag, "tags",
    (id,      Id),
    (word,    String(20)),
    (sensors, ManyToMany(Sensor, "sensor_tags")));

SHAPE(Cell, (integer, Nullable(Integer)), (number, Nullable(Float)), (text, Nullable(Text)));
SHAPE(Whole, (integer, Nullable(Integer)));
SHAPE(Fraction, (number, Nullable(Float)));
SHAPE(Price, (price, Nullable(Numeric(20, 4))));
SHAPE(Words, (text, Nullable(Text)));
SHAPE(Moment, (moment, Nullable(DateTime)));
SHAPE(Truth, (truth, Nullable(Boolean)));
SHAPE(Named, (id, Integer), (name, Text));
SHAPE(Total, (sensor_id, Integer), (total, Nullable(Integer)));
SHAPE(Level, (id, Integer), (name, Text), (level, Integer));
SHAPE(Minute, (minute, DateTime), (mean, Nullable(Float)), (samples, Integer));
/* clang-format on */

#define TEST_MODELS CF_MODELS(Sensor, Reading, Tag)

#endif

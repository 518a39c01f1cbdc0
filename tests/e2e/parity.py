#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Schema parity: the tables that `db upgrade` makes of tests/e2e/parity/models.h, inspected with SQLAlchemy and compared
with what SQLAlchemy itself makes of the equivalent models.

    parity.py DATABASE
"""
import sys

import sqlalchemy as sa

metadata = sa.MetaData(naming_convention={
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
})

sa.Table(
    "users", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(50), nullable=False, index=True),
    sa.Column("email", sa.String(120), nullable=False, unique=True),
    sa.Column("age", sa.Integer),
    sa.Column("bio", sa.Text),
)
sa.Table(
    "posts", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("slug", sa.String(80), nullable=False),
    sa.Column("published", sa.Boolean, nullable=False, server_default=sa.text("0")),
    sa.Column("status", sa.String(9), nullable=False, server_default="draft"),
    sa.Column("created", sa.DateTime, nullable=False, server_default=sa.text("CURRENT_TIMESTAMP")),
    sa.Column("price", sa.Numeric(10, 2), nullable=False),
    sa.Column("weight", sa.Float),
    sa.Column("small", sa.SmallInteger, nullable=False),
    sa.Column("big", sa.BigInteger, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("at", sa.Time, nullable=False),
    sa.Column("token", sa.CHAR(32), nullable=False),
    sa.Column("picture", sa.LargeBinary),
    sa.Column("extra", sa.JSON),
    sa.Column("long", sa.Integer, nullable=False),
    sa.Column("author_id", sa.Integer, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.UniqueConstraint("author_id", "slug"),
    sa.CheckConstraint("title <> ''", name="titled"),
)
sa.Table(
    "memberships", metadata,
    sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id", ondelete="CASCADE", onupdate="CASCADE"), primary_key=True),
    sa.Column("post_id", sa.Integer, sa.ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("role", sa.String(5), nullable=False),
)


def column(row):
    default = row["default"]
    return row["name"], str(row["type"]), row["nullable"], None if default is None else str(default).strip("'")


def options(row):
    return tuple(sorted((key, value.upper()) for key, value in row.get("options", {}).items()))


def describe(engine):
    """The schema as plain data: table by table, in an order that does not depend on who made it."""
    inspector = sa.inspect(engine)
    tables = {}
    for name in inspector.get_table_names():
        if name.startswith("carafe_"):
            continue
        key = inspector.get_pk_constraint(name)
        tables[name] = {
            "columns": [column(row) for row in inspector.get_columns(name)],
            "primary key": (key["name"], key["constrained_columns"]),
            "unique": sorted((row["name"], tuple(row["column_names"])) for row in inspector.get_unique_constraints(name)),
            "indexes": sorted((row["name"], tuple(row["column_names"]), bool(row["unique"]))
                              for row in inspector.get_indexes(name)),
            "foreign keys": sorted((row["name"], tuple(row["constrained_columns"]), row["referred_table"],
                                    tuple(row["referred_columns"]), options(row))
                                   for row in inspector.get_foreign_keys(name)),
            "checks": sorted((row["name"], row["sqltext"]) for row in inspector.get_check_constraints(name)),
        }
    return tables


ours = describe(sa.create_engine("sqlite:///" + sys.argv[1]))
reference = sa.create_engine("sqlite://")
metadata.create_all(reference)
theirs = describe(reference)

differences = [
    "%s, %s:\n  carafe     %s\n  sqlalchemy %s" % (table, what, ours.get(table, {}).get(what), theirs.get(table, {}).get(what))
    for table in sorted(ours.keys() | theirs.keys())
    for what in ("columns", "primary key", "unique", "indexes", "foreign keys", "checks")
    if ours.get(table, {}).get(what) != theirs.get(table, {}).get(what)
]
print("\n".join(differences) or "equal: %d tables" % len(ours))
sys.exit(bool(differences))

/* SPDX-License-Identifier: MIT
 *
 * Models that are related in every way: one to many, one to one, many to many (with a table made for it, and through a
 * model), a table that refers to itself, keys of two columns.
 */
#ifndef TESTS_ORM_RELATIONS_H
#define TESTS_ORM_RELATIONS_H

#include <carafe/model.h>

/* clang-format off */
MODEL(Author, "authors",
    (id,       Id),
    (name,     String(50)),
    (books,    HasMany(Book, author_id)),
    (edited,   HasMany(Book, editor_id)),
    (passport, HasOne(Passport, author_id), cascade = "delete-orphan"));

MODEL(Passport, "passports",
    (id,        Id),
    (number,    String(20)),
    (author_id, Integer, references = "authors.id", on_delete = "cascade"),
    (author,    BelongsTo(Author, author_id)));

MODEL(Book, "books",
    (id,        Id),
    (title,     String(200)),
    (author_id, Integer,           references = "authors.id", on_delete = "cascade"),
    (editor_id, Nullable(Integer), references = "authors.id", on_delete = "set null"),
    (author,    BelongsTo(Author, author_id)),
    (editor,    BelongsTo(Author, editor_id)),
    (labels,    ManyToMany(Label, "book_labels")),
    (buyers,    ManyToManyThrough(Author, Sale)),
    (chapters,  HasMany(Chapter, book_id), cascade = "delete-orphan"));

MODEL(Chapter, "chapters",
    (id,      Id),
    (title,   String(200)),
    (book_id, Integer, references = "books.id", on_delete = "cascade"));

MODEL(Label, "labels",
    (id,    Id),
    (word,  String(20), unique = true),
    (books, ManyToMany(Book, "book_labels")));

MODEL(Sale, "sales",
    (book_id,  Integer, primary_key = true, references = "books.id", on_delete = "cascade"),
    (buyer_id, Integer, primary_key = true, references = "authors.id", on_delete = "cascade"),
    (price,    Integer, server_default = "10"));

MODEL(Node, "nodes",
    (id,        Id),
    (name,      String(20)),
    (parent_id, Nullable(Integer), references = "nodes.id", on_delete = "cascade"),
    (parent,    BelongsTo(Node, parent_id)),
    (children,  HasMany(Node, parent_id)));

MODEL(Seat, "seats",
    (tier,    String(4), primary_key = true),
    (number,  Integer,   primary_key = true),
    (tickets, HasMany(Ticket, tier, number)));

MODEL(Ticket, "tickets",
    (id,     Id),
    (tier,   Nullable(String(4))),
    (number, Nullable(Integer)),
    (seat,   BelongsTo(Seat, tier, number), on_delete = "cascade"));

/* Two tables that refer to each other. */
MODEL(Chicken, "chickens",
    (id,     Id),
    (egg_id, Nullable(Integer), references = "eggs.id"),
    (egg,    BelongsTo(Egg, egg_id)));
MODEL(Egg, "eggs",
    (id,         Id),
    (chicken_id, Nullable(Integer), references = "chickens.id"),
    (chicken,    BelongsTo(Chicken, chicken_id)));
/* clang-format on */

#define TEST_MODELS CF_MODELS(Author, Passport, Book, Chapter, Label, Sale, Node, Seat, Ticket, Chicken, Egg)

#endif

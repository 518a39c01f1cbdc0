-- What nobody should do and somebody did.
CREATE TABLE "select" (id INTEGER NOT NULL PRIMARY KEY, "from" VARCHAR(10) NOT NULL, "default" INTEGER DEFAULT 7, "int" SMALLINT, "order by" TEXT, "UPPER" INTEGER, "1st" INTEGER, "cf_eq" INTEGER,
    CONSTRAINT "a check, a mate" CHECK ("from" <> 'it''s "x"'));
CREATE TABLE parts (make VARCHAR(20) NOT NULL, number INTEGER NOT NULL, name VARCHAR(50) NOT NULL, PRIMARY KEY (make, number));
CREATE TABLE orders (id INTEGER NOT NULL PRIMARY KEY, part_make VARCHAR(20) NOT NULL, part_number INTEGER NOT NULL, quantity INTEGER NOT NULL,
    FOREIGN KEY (part_make, part_number) REFERENCES parts (make, number) ON DELETE CASCADE, CHECK (quantity > 0));
CREATE TABLE people (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(40) NOT NULL, mother_id INTEGER REFERENCES people (id), father_id INTEGER REFERENCES people (id), people INTEGER);
CREATE TABLE follows (follower_id INTEGER NOT NULL REFERENCES people (id), followed_id INTEGER NOT NULL REFERENCES people (id), PRIMARY KEY (follower_id, followed_id));
CREATE TABLE passports (person_id INTEGER NOT NULL PRIMARY KEY REFERENCES people (id), number VARCHAR(20) NOT NULL UNIQUE);
CREATE TABLE log (at TIMESTAMP NOT NULL, line TEXT);
CREATE TABLE odd (id INTEGER NOT NULL PRIMARY KEY, plain INTEGER NOT NULL, twice INTEGER GENERATED ALWAYS AS (plain * 2) STORED, "name" VARCHAR(20) NOT NULL, shape @ODD@);
@CIRCLE@

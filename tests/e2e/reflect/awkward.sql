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
CREATE TABLE cf_hosts (id INTEGER NOT NULL PRIMARY KEY, "int" INTEGER NOT NULL, a INTEGER NOT NULL, b INTEGER NOT NULL, check_1 INTEGER NOT NULL, CONSTRAINT a_b_twice UNIQUE (a, b), CONSTRAINT two_names UNIQUE (b, a),
    CONSTRAINT ck_cf_hosts_a_b CHECK (a <> b), CONSTRAINT ck_cf_hosts_int CHECK ("int" > 0), CONSTRAINT "ck_cf_hosts_a b" CHECK (a <> 3), CHECK (b <> 4));
CREATE UNIQUE INDEX a_b_again ON cf_hosts (a, b);
CREATE INDEX one_of_two ON cf_hosts (check_1);
CREATE INDEX two_of_two ON cf_hosts (check_1);
CREATE TABLE guests (name VARCHAR(20) NOT NULL, cf_host_id INTEGER NOT NULL, shape @ODD@, PRIMARY KEY (cf_host_id, name), FOREIGN KEY (cf_host_id) REFERENCES cf_hosts (id),
    CONSTRAINT also FOREIGN KEY (cf_host_id) REFERENCES people (id), CHECK (shape IS NOT NULL));
CREATE TABLE visits (guest VARCHAR(20) NOT NULL, host INTEGER NOT NULL, "day of visit" DATE NOT NULL DEFAULT '2024-02-29', cost NUMERIC(38, 10) NOT NULL DEFAULT 0.5, happy BOOLEAN DEFAULT FALSE, said VARCHAR(40) DEFAULT 'it''s "fine"', PRIMARY KEY (guest, host),
    CONSTRAINT of_guest FOREIGN KEY (host, guest) REFERENCES guests (cf_host_id, name) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE "audit.log" (id INTEGER NOT NULL PRIMARY KEY);
CREATE TABLE dotted (id INTEGER NOT NULL PRIMARY KEY, "code.no" VARCHAR(10) NOT NULL UNIQUE, log_id INTEGER, FOREIGN KEY (log_id) REFERENCES "audit.log" (id));
CREATE TABLE of_dotted (id INTEGER NOT NULL PRIMARY KEY, code VARCHAR(10) NOT NULL, FOREIGN KEY (code) REFERENCES dotted ("code.no"));
@CIRCLE@

-- A film rental: tables in the manner of Pagila, with circles.
CREATE TABLE country (country_id INTEGER NOT NULL PRIMARY KEY, country VARCHAR(50) NOT NULL, last_update TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE city (city_id INTEGER NOT NULL PRIMARY KEY, city VARCHAR(50) NOT NULL, country_id INTEGER NOT NULL REFERENCES country (country_id) ON UPDATE CASCADE ON DELETE RESTRICT);
CREATE TABLE address (address_id INTEGER NOT NULL PRIMARY KEY, address VARCHAR(50) NOT NULL, address2 VARCHAR(50), city_id INTEGER NOT NULL REFERENCES city (city_id), phone VARCHAR(20) NOT NULL);
CREATE TABLE language (language_id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(20) NOT NULL);
CREATE TABLE category (category_id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(25) NOT NULL);
CREATE TABLE actor (actor_id INTEGER NOT NULL PRIMARY KEY, first_name VARCHAR(45) NOT NULL, last_name VARCHAR(45) NOT NULL);
CREATE INDEX idx_actor_last_name ON actor (last_name);
CREATE TABLE film (film_id INTEGER NOT NULL PRIMARY KEY, title VARCHAR(255) NOT NULL, description TEXT, release_year SMALLINT, language_id INTEGER NOT NULL REFERENCES language (language_id),
    original_language_id INTEGER REFERENCES language (language_id), rental_duration SMALLINT NOT NULL DEFAULT 3, rental_rate NUMERIC(4, 2) NOT NULL DEFAULT 4.99,
    length SMALLINT, replacement_cost NUMERIC(5, 2) NOT NULL DEFAULT 19.99, CONSTRAINT ck_film_release_year CHECK (release_year >= 1901));
CREATE TABLE film_actor (actor_id INTEGER NOT NULL REFERENCES actor (actor_id), film_id INTEGER NOT NULL REFERENCES film (film_id), PRIMARY KEY (actor_id, film_id));
CREATE TABLE film_category (film_id INTEGER NOT NULL REFERENCES film (film_id), category_id INTEGER NOT NULL REFERENCES category (category_id), PRIMARY KEY (film_id, category_id));
CREATE TABLE staff (staff_id INTEGER NOT NULL PRIMARY KEY, first_name VARCHAR(45) NOT NULL, address_id INTEGER NOT NULL REFERENCES address (address_id), active BOOLEAN NOT NULL DEFAULT TRUE,
    username VARCHAR(16) NOT NULL, picture @BLOB@);
CREATE TABLE store (store_id INTEGER NOT NULL PRIMARY KEY, manager_staff_id INTEGER NOT NULL UNIQUE REFERENCES staff (staff_id), address_id INTEGER NOT NULL REFERENCES address (address_id));
CREATE TABLE customer (customer_id INTEGER NOT NULL PRIMARY KEY, store_id INTEGER NOT NULL REFERENCES store (store_id), first_name VARCHAR(45) NOT NULL, email VARCHAR(50), address_id INTEGER NOT NULL REFERENCES address (address_id),
    create_date DATE NOT NULL);
CREATE TABLE inventory (inventory_id INTEGER NOT NULL PRIMARY KEY, film_id INTEGER NOT NULL REFERENCES film (film_id), store_id INTEGER NOT NULL REFERENCES store (store_id));
CREATE INDEX idx_store_id_film_id ON inventory (store_id, film_id);
CREATE TABLE rental (rental_id INTEGER NOT NULL PRIMARY KEY, rental_date TIMESTAMP NOT NULL, inventory_id INTEGER NOT NULL REFERENCES inventory (inventory_id), customer_id INTEGER NOT NULL REFERENCES customer (customer_id),
    return_date TIMESTAMP NULL, staff_id INTEGER NOT NULL REFERENCES staff (staff_id), CONSTRAINT rental_once UNIQUE (rental_date, inventory_id, customer_id));
CREATE TABLE payment (payment_id INTEGER NOT NULL PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customer (customer_id), staff_id INTEGER NOT NULL REFERENCES staff (staff_id), rental_id INTEGER REFERENCES rental (rental_id) ON DELETE SET NULL,
    amount NUMERIC(5, 2) NOT NULL, payment_date TIMESTAMP NOT NULL);
CREATE VIEW film_list AS SELECT film_id, title FROM film;

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""For reflect.sh, with the databases' own clients:

    reflect.py make NAME SERVER_URI     makes an empty database, prints its URI
    reflect.py fill FILE URI            runs a file of SQL in it, in its dialect
"""
import os
import re
import sqlite3
import subprocess
import sys
import urllib.parse

WORDS = {
    "sqlite": {"@BLOB@": "BLOB", "@ODD@": "GEOMETRY(3)",
               "@CIRCLE@": "CREATE TABLE hens (id INTEGER NOT NULL PRIMARY KEY, egg_id INTEGER REFERENCES eggs (id));"
                           "CREATE TABLE eggs (id INTEGER NOT NULL PRIMARY KEY, hen_id INTEGER REFERENCES hens (id));"
                           "CREATE INDEX odd_lower ON odd (lower(name)); CREATE UNIQUE INDEX odd_part ON odd (plain) WHERE plain > 3;"},
    "postgresql": {"@BLOB@": "BYTEA", "@ODD@": "POINT",
                   "@CIRCLE@": "CREATE TABLE hens (id INTEGER NOT NULL PRIMARY KEY, egg_id INTEGER);"
                               "CREATE TABLE eggs (id INTEGER NOT NULL PRIMARY KEY, hen_id INTEGER REFERENCES hens (id));"
                               "ALTER TABLE hens ADD FOREIGN KEY (egg_id) REFERENCES eggs (id);"
                               "CREATE INDEX odd_lower ON odd (lower(name)); CREATE UNIQUE INDEX odd_part ON odd (plain) WHERE plain > 3;"
                               "COMMENT ON TABLE people IS 'a comment */ that ends';"},
    "mariadb": {"@BLOB@": "LONGBLOB", "@ODD@": "POINT", "TIMESTAMP": "DATETIME(6)",
                "@CIRCLE@": "CREATE TABLE hens (id INTEGER NOT NULL PRIMARY KEY, egg_id INTEGER);"
                            "CREATE TABLE eggs (id INTEGER NOT NULL PRIMARY KEY, hen_id INTEGER REFERENCES hens (id));"
                            "ALTER TABLE hens ADD FOREIGN KEY (egg_id) REFERENCES eggs (id);"},
}


def run(uri, sql):
    parts = urllib.parse.urlparse(uri)
    if parts.scheme == "sqlite":
        with sqlite3.connect(parts.path[1:] if parts.path.startswith("//") else parts.path) as database:
            database.executescript(sql)
        return
    name = parts.path[1:]
    address = ["-h", parts.hostname, "-p" if parts.scheme == "postgresql" else "-P", str(parts.port)]
    if parts.scheme == "postgresql":
        command = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", *address, "-U", parts.username, name]
    else:
        command = ["mariadb", "--no-defaults", "-BN", *address, "-u", parts.username, name]
        sql = "SET sql_mode = 'ANSI_QUOTES'; SET default_storage_engine = InnoDB;\n" + sql
    done = subprocess.run(command, input=sql, text=True, capture_output=True,
                          env=dict(os.environ, PGPASSWORD=parts.password, MYSQL_PWD=parts.password))
    if done.returncode != 0:
        sys.exit(f"{command[0]}: {done.stderr}")


def make(name, server):
    name = f"{name}_{os.getppid()}"
    run(server, f"CREATE DATABASE {name};")
    print(urllib.parse.urlparse(server)._replace(path=f"/{name}").geturl())


def fill(path, uri):
    with open(path) as file:
        sql = file.read()
    for word, meaning in WORDS[uri.split(":")[0]].items():
        sql = re.sub(rf"{re.escape(word)}\b" if word.isalpha() else re.escape(word), meaning.replace("\\", ""), sql)
    if uri.startswith("mariadb"):
        sql = sql.replace("CURRENT_DATETIME(6)", "CURRENT_TIMESTAMP(6)")
    run(uri, sql)


{"make": make, "fill": fill}[sys.argv[1]](*sys.argv[2:])

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A database server is killed in the middle of 10,000 requests, and started again:

    outage.py TOOLS postgresql|mariadb

Requests meanwhile are answered 503 with Retry-After; the application is of service again by itself within 2 s of the
server's return; what was acknowledged is there, and no unit of work is there in part. Ends with 77 where the server is
not installed.
"""
import os
import shutil
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from databases import CannotStart, MariaDB, PostgreSQL  # noqa: E402
from load import Application, Load, check_ledger, fail, wait_until  # noqa: E402

REQUESTS = 10000
RETURN_SECONDS = 2.0

kind = {"postgresql": PostgreSQL, "mariadb": MariaDB}[sys.argv[2]]
if kind.missing():
    print(f"skipped: {kind.missing()} is not installed")
    sys.exit(77)


def take_away(server, load):
    """For as long as it takes to be noticed; the moment of its return."""
    wait_until(lambda: load.seen(201) > REQUESTS // 5, "orders are stored")
    server.kill()
    before = load.seen(503)
    wait_until(lambda: load.seen(503) > before + 100, "the outage is noticed")
    server.start_again()
    return time.monotonic()


def main(top):
    os.chmod(top, 0o755)
    server = kind(top, durable=True)
    server.create()
    server.start()
    try:
        application = Application(server.uri())
        application.run("db", "upgrade")
        application.start()
        load = Load(application.url, REQUESTS, ["/orders", "/transactions"])
        load.start()
        returned = take_away(server, load)
        load.wait()
        load.check()
        first = load.first_after(returned)
        if first is None or first - returned > RETURN_SECONDS:
            fail(f"no service within {RETURN_SECONDS} s of the server's return")
        application.stop()
        orders = check_ledger(server, load.stored)
        print(f"{sys.argv[2]}: {len(load.answers)} requests, {load.seen(503)} of them 503; of service again "
              f"{(first - returned) * 1000:.0f} ms after the server; {orders} orders, {len(load.stored)} acknowledged")
    finally:
        server.stop()


directory = tempfile.mkdtemp(prefix="carafe-outage-")
try:
    main(directory)
except CannotStart as reason:
    fail(str(reason))
finally:
    shutil.rmtree(directory, ignore_errors=True)

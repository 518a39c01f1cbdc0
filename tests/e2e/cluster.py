#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The node that the application uses is killed while it writes, and it goes on with the others:

    cluster.py TOOLS postgresql|mariadb

PostgreSQL: a primary and a synchronous standby, which is read as a replica, and promoted when the primary is gone. MariaDB: three nodes of
Galera; a second application counts on another node meanwhile, so that transactions are refused by certification and run
again. Nothing acknowledged is lost, nothing is there in part. Ends with 77 where packages are missing.
"""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from databases import CannotStart, MariaDB, PostgreSQL  # noqa: E402
from load import Application, Client, Load, check_ledger, fail, wait_until  # noqa: E402

REQUESTS = 4000
GALERA = "/usr/lib/galera/libgalera_smm.so"


def skip(what):
    print(f"skipped: {what} is not installed")
    sys.exit(77)


def uri_of(nodes):
    hosts = ",".join(f"127.0.0.1:{node.port}" for node in nodes)
    return f"{nodes[0].name}://carafe:carafe@{hosts}/carafe"


def report(name, load, moment, orders):
    served = sorted(answer.time for answer in load.answers if answer.status in (200, 201))
    if served[-1] < moment:
        fail("there was no service after the node was lost")
    pause = max(later - earlier for earlier, later in zip(served, served[1:]))
    print(f"{name}: {len(load.answers)} requests, {load.seen(503)} of them 503, the longest pause {pause:.1f} s; "
          f"{orders} orders, {len(load.stored)} acknowledged")


# ---- PostgreSQL ------------------------------------------------------------------------------------------------------


class Primary(PostgreSQL):
    careless = {}
    settings = dict(PostgreSQL.settings, wal_level="replica", max_wal_senders="4", synchronous_commit="on",
                    synchronous_standby_names="*")


class Standby(PostgreSQL):
    careless = {}
    primary = None

    def create_data(self):
        environment = dict(os.environ, PGPASSWORD="carafe")
        done = subprocess.run(
            self.as_account(self.program("pg_basebackup"), "-h", "127.0.0.1", "-p", str(self.primary.port), "-U", "carafe",
                            "-D", self.data, "-X", "stream", "-R", "-c", "fast", "--no-sync"),
            env=environment, cwd=self.directory, text=True, capture_output=True)
        if done.returncode != 0:
            raise CannotStart(f"pg_basebackup: {done.stderr.strip()}")

    def is_ready(self):
        """As a standby it says "standby"."""
        try:
            with open(os.path.join(self.data, "postmaster.pid")) as file:
                lines = file.read().split("\n")
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[0] == str(self.process.pid) and lines[7].strip() in ("ready", "standby")


def try_replica(primary, standby):
    """Reads go to the standby until the request has committed something, or while it is away to the primary."""
    application = Application(uri_of([primary]), log="replica.log", CARAFE_REPLICAS=uri_of([standby]),
                              LEDGER_PLACE_SQL="SELECT inet_server_port() AS port, 0 AS orders")
    application.start()
    client = Client(application.url)

    def place():
        answer = client.ask("GET", "/place")
        if answer.status != 200:
            fail(f"reading with a replica was answered {answer.status}: {answer.text}")
        return json.loads(answer.text)["port"]

    if place() != standby.port:
        fail("a read does not go to the replica")
    written = json.loads(client.ask("POST", "/written/replicated").text)
    if (written["before"], written["after"]) != (standby.port, primary.port):
        fail(f"before and after a commit it was read at {written}")
    standby.kill()
    if place() != primary.port:
        fail("without the replica reads do not go to the primary")
    standby.start_again()
    wait_until(lambda: place() == standby.port, "the replica is used again")
    application.stop()


def try_postgresql(top, nodes):
    if PostgreSQL.missing():
        skip(PostgreSQL.missing())
    primary, standby = Primary(top, durable=True, folder="primary"), Standby(top, durable=True, folder="standby")
    nodes.append(primary)
    primary.create()
    primary.start()
    standby.primary = primary
    nodes.append(standby)
    standby.create()
    standby.start()
    wait_until(lambda: primary.ask("SELECT sync_state FROM pg_stat_replication;") == [["sync"]], "the standby follows")
    application = Application(uri_of(nodes))
    application.run("db", "upgrade")
    try_replica(primary, standby)
    wait_until(lambda: primary.ask("SELECT sync_state FROM pg_stat_replication;") == [["sync"]], "the standby follows again")
    application.start()
    load = Load(application.url, REQUESTS, ["/orders", "/transactions"])
    load.start()
    wait_until(lambda: load.seen(201) > REQUESTS // 5, "orders are stored")
    primary.kill()
    moment = time.monotonic()
    before = load.seen(503)
    wait_until(lambda: load.seen(503) > before + 20, "the loss is noticed")
    standby.ask("SELECT pg_promote();")
    load.wait()
    load.check()
    application.stop()
    report("PostgreSQL, primary and synchronous standby", load, moment, check_ledger(standby, load.stored))


# ---- MariaDB ---------------------------------------------------------------------------------------------------------


class Node(MariaDB):
    """Of Galera. The first one makes the cluster, the others are told of it and get its data."""

    first = None

    def choose_ports(self):
        self.port, self.group, self.state, self.increment = random.sample(range(20000, 32000), 4)

    def command(self):
        address = f"gcomm://127.0.0.1:{self.first.group}" if self.first else "gcomm://"
        timeouts = ("evs.keepalive_period=PT0.3S;evs.inactive_check_period=PT0.3S;evs.join_retrans_period=PT0.3S;"
                    "evs.suspect_timeout=PT2S;evs.inactive_timeout=PT6S;evs.install_timeout=PT5S")
        words = [word for word in super().command()
                 if not (word.startswith("--init-file") and self.first) and word != "--skip-log-bin"]
        return words + [
            "--wsrep-on=ON", f"--wsrep-provider={GALERA}", f"--wsrep-cluster-address={address}", "--wsrep-cluster-name=carafe",
            f"--wsrep-node-name={os.path.basename(self.directory)}", "--wsrep-node-address=127.0.0.1",
            f"--wsrep-sst-receive-address=127.0.0.1:{self.state}", "--wsrep-sst-method=rsync",
            f"--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:{self.group};"
            f"ist.recv_addr=127.0.0.1:{self.increment};{timeouts}",
            "--binlog-format=ROW", "--default-storage-engine=InnoDB", "--innodb-autoinc-lock-mode=2",
            *([] if self.first else ["--wsrep-new-cluster"])]

    def is_ready(self):
        return super().is_ready() and self.is_synced()

    def is_synced(self):
        try:
            return self.ask("SHOW STATUS LIKE 'wsrep_local_state_comment'")[0][1] == "Synced"
        except RuntimeError:
            return False


class Counting:
    """One counter, counted on two nodes at once."""

    def __init__(self, urls):
        self.stopped = False
        self.counted = self.refused = 0
        self.threads = [threading.Thread(target=self.count, args=(url,), daemon=True) for url in urls]
        for thread in self.threads:
            thread.start()

    def count(self, url):
        client = Client(url)
        while not self.stopped:
            answer = client.ask("POST", "/counters/1")
            if answer.status == 201:
                self.counted += 1
            elif answer.status == 503:
                self.refused += 1
                time.sleep(0.01)
            else:
                fail(f"counting was answered {answer.status}: {answer.text}")

    def stop(self):
        self.stopped = True
        for thread in self.threads:
            thread.join()


def conflicts(node):
    return int(node.ask("SHOW STATUS LIKE 'wsrep_local_cert_failures'")[0][1]) + \
        int(node.ask("SHOW STATUS LIKE 'wsrep_local_bf_aborts'")[0][1])


def try_mariadb(top, nodes):
    if MariaDB.missing():
        skip(MariaDB.missing())
    if not os.path.exists(GALERA):
        skip("galera-4")
    for number in (1, 2, 3):
        node = Node(top, durable=True, folder=f"node{number}")
        node.first = nodes[0] if nodes else None
        nodes.append(node)
        node.create()
        node.start()
    wait_until(lambda: nodes[2].ask("SHOW STATUS LIKE 'wsrep_cluster_size'")[0][1] == "3", "three nodes are one cluster")
    application, other = Application(uri_of(nodes)), Application(uri_of(nodes[1:]), log="other.log")
    application.run("db", "upgrade")
    nodes[0].ask("INSERT INTO counters (id, value) VALUES (1, 0)")
    application.start()
    other.start()
    load = Load(application.url, REQUESTS, ["/orders", "/transactions"], threads=8)
    counting = Counting([application.url, other.url])
    load.start()
    wait_until(lambda: load.seen(201) > REQUESTS // 5 and counting.counted > 50, "orders are stored")
    wait_until(lambda: sum(conflicts(node) for node in nodes) > 0, "transactions meet")
    refused = sum(conflicts(node) for node in nodes)
    nodes[0].kill()
    moment = time.monotonic()
    load.wait()
    counting.stop()
    load.check()
    application.stop()
    other.stop()
    refused += sum(conflicts(node) for node in nodes[1:])
    value = int(nodes[1].ask("SELECT value FROM counters WHERE id = 1")[0][0])
    if not counting.counted <= value <= counting.counted + counting.refused:
        fail(f"the counter is {value} after {counting.counted} acknowledged and {counting.refused} unknown")
    report("MariaDB, three nodes of Galera", load, moment, check_ledger(nodes[2], load.stored))
    print(f"counted {value} on two nodes at once: {counting.counted} acknowledged, {counting.refused} answered 503, "
          f"{refused} refused by certification and run again")


running = []
directory = tempfile.mkdtemp(prefix="carafe-cluster-")
os.chmod(directory, 0o755)
try:
    {"postgresql": try_postgresql, "mariadb": try_mariadb}[sys.argv[2]](directory, running)
except CannotStart as reason:
    fail(str(reason))
finally:
    for node in running:
        node.stop()
    shutil.rmtree(directory, ignore_errors=True)

# SPDX-License-Identifier: MIT
"""What the tests that take a database away from the ledger share: the application as a process, and a load on it whose
answers are all kept."""
import collections
import http.client
import os
import re
import subprocess
import sys
import threading
import time
import urllib.parse


def fail(text):
    print(f"FAILED: {text}", file=sys.stderr)
    sys.exit(1)


def wait_until(condition, what, seconds=30):
    give_up = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > give_up:
            fail(f"{what}: not within {seconds} s")
        time.sleep(0.01)


class Application:
    """The ledger, built in the current directory."""

    def __init__(self, uri, log="ledger.log", **settings):
        self.environment = dict(os.environ, CARAFE_DATABASE_URI=uri, **settings)
        self.log = log
        self.process = None

    def run(self, *words):
        done = subprocess.run(["./ledger", *words], env=self.environment, text=True, capture_output=True)
        if done.returncode != 0:
            fail(f"ledger {' '.join(words)}: {done.stderr}")

    def start(self):
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(["./ledger", "run", "--port", "0", "--workers", "2"], env=self.environment,
                                            stdout=log, stderr=subprocess.STDOUT)
        wait_until(self.find_url, "the application starts")

    def find_url(self):
        with open(self.log) as log:
            found = re.search(r"Running on (http://\S+)", log.read())
        self.url = urllib.parse.urlparse(found.group(1)) if found else None
        return found

    def stop(self):
        self.process.terminate()
        if self.process.wait(30) != 0:
            fail("the application ended with an error")


Answer = collections.namedtuple("Answer", "status retry_after time text")


class Client:
    """One connection, made again where it broke."""

    def __init__(self, url):
        self.url = url
        self.connection = None

    def ask(self, method, path):
        for attempt in (1, 2):
            try:
                if not self.connection:
                    self.connection = http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=15)
                self.connection.request(method, path)
                response = self.connection.getresponse()
                text = response.read().decode()
                return Answer(response.status, response.getheader("Retry-After"), time.monotonic(), text)
            except (http.client.HTTPException, OSError) as error:
                self.connection = None
                if attempt == 2 or method == "POST":
                    fail(f"{method} {path}: {error!r}: a request has no answer")


class Load:
    """`count` requests by some threads: each posts an order and reads it. `paths` are where orders are posted."""

    def __init__(self, url, count, paths, threads=12):
        self.url, self.count, self.paths = url, count, paths
        self.lock = threading.Lock()
        self.asked = 0
        self.failed = False
        self.stored, self.answers = [], []
        self.threads = [threading.Thread(target=self.work, args=(i,), daemon=True) for i in range(threads)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def wait(self):
        for thread in self.threads:
            thread.join()
        if self.failed:
            sys.exit(1)

    def take(self):
        with self.lock:
            self.asked += 1
            return self.asked if self.asked <= self.count else None

    def work(self, name):
        try:
            self.post_and_read(name)
        except SystemExit:
            self.failed = True  # of a thread's own: told by wait()

    def post_and_read(self, name):
        client = Client(self.url)
        while number := self.take():
            token = f"{name}.{number}"
            answer = client.ask("POST", f"{self.paths[number % len(self.paths)]}/{token}")
            self.answers.append(answer)
            if answer.status == 201:
                self.stored.append(token)
            if self.take():
                self.answers.append(client.ask("GET", f"/orders/{token}"))
            if answer.status == 503:
                time.sleep(0.05)  # who is told to come back later does

    def seen(self, status):
        return sum(answer.status == status for answer in list(self.answers))

    def check(self, may_be_missing=(404,)):
        """Everything was answered: well, or with 503 and when to come back."""
        for answer in self.answers:
            if answer.status == 503:
                if not (answer.retry_after or "").isdigit():
                    fail("a 503 has no Retry-After")
            elif answer.status not in (200, 201, *may_be_missing):
                fail(f"an answer was {answer.status}: {answer.text}")

    def first_after(self, moment):
        """When the first order was stored, or read, that was asked for after the moment."""
        return min((answer.time for answer in self.answers if answer.time > moment and answer.status in (200, 201)),
                   default=None)


def check_ledger(server, stored):
    """What was acknowledged is there, and nothing is there in part; returns how many orders are."""
    orders = {token: (int(size), int(lines)) for token, size, lines in server.ask(
        "SELECT token, size, (SELECT count(*) FROM order_lines WHERE order_id = orders.id) FROM orders;")}
    missing = [token for token in stored if token not in orders]
    if missing:
        fail(f"{len(missing)} acknowledged orders are missing: {missing[:5]}")
    parts = [token for token, (size, lines) in orders.items() if size != lines]
    if parts:
        fail(f"{len(parts)} orders are there in part: {parts[:5]}")
    return len(orders)

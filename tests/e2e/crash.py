#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Load on a running users application while its workers are killed and replaced:

    crash.py URL SUPERVISOR_PID DATABASE

1. Clients post users on new connections; again and again a worker is killed with SIGKILL. A post whose connection broke may or may not
   have been stored; one that was answered 201 must be there in the end. The slowest answer is printed.
2. 256 clients at a time make one request each while SIGHUP replaces the workers: none is refused or reset.
"""
import os
import random
import signal
import socket
import sqlite3
import sys
import threading
import time
import urllib.parse

url, supervisor, database = urllib.parse.urlparse(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
problems = []
slowest = 0.0


def request(text, patience=10.0):
    """One request on a connection of its own; the status, or None where the connection broke."""
    global slowest
    start = time.monotonic()
    try:
        with socket.create_connection((url.hostname, url.port), timeout=patience) as client:
            client.settimeout(patience)
            client.sendall(text)
            answer = b""
            while b"\r\n" not in answer:
                piece = client.recv(4096)
                if not piece:
                    return None
                answer += piece
            slowest = max(slowest, time.monotonic() - start)
            return int(answer.split(b" ", 2)[1])
    except socket.timeout:
        problems.append("no answer within %.1f s" % patience)
    except OSError:
        pass
    return None


def post(email):
    body = '{"name":"load","email":"%s"}' % email
    return ("POST /users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
            "Connection: close\r\n\r\n%s" % (len(body), body)).encode()


GET = b"GET /users/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def workers():
    """The supervisor's children (proc(5), /proc/pid/task/tid/children)."""
    with open("/proc/%d/task/%d/children" % (supervisor, supervisor)) as children:
        return [int(pid) for pid in children.read().split()]


def post_until(end, name, acknowledged, broken):
    number = 0
    while time.monotonic() < end:
        number += 1
        email = "%s.%d@example.com" % (name, number)
        status = request(post(email))
        if status == 201:
            acknowledged.append(email)
        elif status is None:
            broken.append(email)
        else:
            problems.append("a post was answered %d" % status)


def crash():
    acknowledged, broken, end = [], [], time.monotonic() + 6
    threads = [threading.Thread(target=post_until, args=(end, "client%d" % i, acknowledged, broken)) for i in range(8)]
    for thread in threads:
        thread.start()
    kills = 0
    while time.monotonic() < end - 1.5:
        time.sleep(0.6)
        os.kill(random.choice(workers()), signal.SIGKILL)
        kills += 1
    for thread in threads:
        thread.join()
    stored = {row[0] for row in sqlite3.connect(database).execute("SELECT email FROM users")}
    missing = [email for email in acknowledged if email not in stored]
    if missing:
        problems.append("%d acknowledged rows are missing" % len(missing))
    if len(broken) > kills * 16:
        problems.append("%d requests broke for %d kills" % (len(broken), kills))
    print("%d workers killed: %d rows acknowledged, %d missing, %d requests broke, the slowest answer took %.0f ms" %
          (kills, len(acknowledged), len(missing), len(broken), slowest * 1000))


def get_once(results):
    results.append(request(GET))


def replace():
    results, before = [], set(workers())
    for wave in range(6):
        threads = [threading.Thread(target=get_once, args=(results,)) for _ in range(256)]
        for number, thread in enumerate(threads):
            thread.start()
            if number == 100:
                os.kill(supervisor, signal.SIGHUP)
        for thread in threads:
            thread.join()
        time.sleep(0.3)
    bad = [status for status in results if status != 200]
    if bad:
        problems.append("%d of %d requests were refused, reset or failed during SIGHUP" % (len(bad), len(results)))
    if before & set(workers()):
        problems.append("SIGHUP did not replace the workers")
    print("SIGHUP under load: %d requests, %d failed" % (len(results), len(bad)))


if request(post("first@example.com")) != 201:
    problems.append("the first post failed")
crash()
replace()
print("\n".join(problems), end="\n" if problems else "")
sys.exit(bool(problems))

# SPDX-License-Identifier: MIT
"""Private PostgreSQL and MariaDB servers, for tools/with-databases and the tests that need servers of their own.

The servers are the distribution's, on data directories, unix sockets and loopback ports made for this run. As root they
run as the account of their package, or as nobody. They end with the program that started them, however it ends. Nothing is
synced to the disk unless the server is made `durable`: then what it has committed survives its being killed.
"""
import glob
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import time

START_SECONDS = 60
STOP_SECONDS = 20
PORT_TRIES = 20


class CannotStart(Exception):
    """In words for who runs the tests."""


def is_running(pid):
    """A zombie is not: it has let go of everything."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Server:
    """What both have in common; a subclass says how its programs are called."""

    def __init__(self, top, durable=False, folder=None):
        self.directory = os.path.join(top, folder or self.name)
        self.durable = durable
        self.data = os.path.join(self.directory, "data")
        self.log = os.path.join(self.directory, "log")
        self.account = self.find_account()
        self.process = None
        self.port = None

    def find_account(self):
        """Of whom runs it: None for who runs this."""
        if os.geteuid() != 0:
            return None
        for name in (self.package_account, "nobody"):
            try:
                return pwd.getpwnam(name)
            except KeyError:
                continue
        raise CannotStart("there is no account to run it as")

    def as_account(self, *command):
        """The command as the server's account; the kernel ends it with this program."""
        drop = ["setpriv", "--pdeathsig", "KILL"]
        if self.account:
            drop += [f"--reuid={self.account.pw_uid}", f"--regid={self.account.pw_gid}", "--clear-groups"]
        return drop + list(command)

    def run(self, *command, text=""):
        """A program that prepares the server, with a text on its standard input."""
        done = subprocess.run(self.as_account(*command), input=text, text=True, cwd=self.directory,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise CannotStart(f"{os.path.basename(command[0])}: {done.stdout.strip()[-500:]}")

    def write(self, name, text):
        """A file that the server may read, and nobody else."""
        path = os.path.join(self.directory, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(text)
        if self.account:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)
        return path

    def create(self):
        os.mkdir(self.directory)
        if self.account:
            os.chown(self.directory, self.account.pw_uid, self.account.pw_gid)
        self.create_data()

    def start(self):
        """At a port that nobody else has: only the server's own bind can tell."""
        for _ in range(PORT_TRIES):
            self.choose_ports()
            self.launch()
            if self.wait_until_ready():
                return
            if "in use" not in self.read_log():
                break
        raise CannotStart(f"it ended at once: {self.read_log().strip()[-500:]}")

    def choose_ports(self):
        self.port = random.randint(20000, 32000)

    def launch(self):
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(self.as_account(*self.command()), cwd=self.directory, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=subprocess.STDOUT, start_new_session=True)

    def start_again(self):
        """On the data and the port it had, after it was killed or stopped."""
        self.launch()
        if not self.wait_until_ready():
            raise CannotStart(f"it ended at once: {self.read_log().strip()[-500:]}")

    def kill(self):
        """As the kernel would where memory runs out: the server and all its processes, with SIGKILL, and none is left."""
        self.process.send_signal(signal.SIGSTOP)  # so that it has no new ones meanwhile
        children = self.children()
        self.process.kill()
        for pid in children:
            os.kill(pid, signal.SIGKILL)
        self.process.wait()
        while any(is_running(pid) for pid in children):
            time.sleep(0.001)

    def children(self):
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as file:
            return [int(pid) for pid in file.read().split()]

    def wait_until_ready(self):
        """False where it ended instead."""
        give_up = time.monotonic() + START_SECONDS
        while self.process.poll() is None:
            if self.is_ready():
                return True
            if time.monotonic() > give_up:
                raise CannotStart(f"it is not ready after {START_SECONDS} s: {self.read_log().strip()[-500:]}")
            time.sleep(0.02)
        return False

    def stop(self):
        if not self.process or self.process.poll() is not None:
            return
        self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def read_log(self):
        with open(self.log, errors="replace") as log:
            return log.read()

    def uri(self):
        return f"{self.name}://carafe:carafe@127.0.0.1:{self.port}/carafe"

    def ask(self, sql):
        """The rows of a query, each a list of texts, by the server's own client."""
        done = subprocess.run(self.client(), input=sql, text=True, capture_output=True,
                              env=dict(os.environ, PGPASSWORD="carafe", MYSQL_PWD="carafe"))
        if done.returncode != 0:
            raise RuntimeError(f"{sql}: {done.stderr.strip()}")
        return [line.split("\t") for line in done.stdout.splitlines()]


class PostgreSQL(Server):
    name = "postgresql"
    package_account = "postgres"
    stop_signal = signal.SIGINT  # fast: it waits for no client
    settings = {
        "listen_addresses": "127.0.0.1", "max_connections": "200", "shared_buffers": "16MB",
        "dynamic_shared_memory_type": "mmap", "max_wal_size": "256MB",
    }
    careless = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}

    @staticmethod
    def program(name):
        def version(path):
            number = path.split("/")[4]
            return float(number) if number.replace(".", "", 1).isdigit() else 0
        installed = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), key=version)
        return installed[-1] if installed else shutil.which(name)

    @classmethod
    def missing(cls):
        return None if cls.program("postgres") and cls.program("initdb") else "postgresql"

    def create_data(self):
        password = self.write("password", "carafe\n")
        self.run(self.program("initdb"), "-D", self.data, "-U", "carafe", "--auth=scram-sha-256", f"--pwfile={password}",
                 "--encoding=UTF8", "--no-locale", "--no-sync")
        self.run(self.program("postgres"), "--single", "-D", self.data, "-c", "fsync=off", "postgres",
                 text="CREATE DATABASE carafe\n")

    def command(self):
        settings = dict(self.settings, **({} if self.durable else self.careless), port=self.port,
                        unix_socket_directories=self.directory)
        return [self.program("postgres"), "-D", self.data, *(f"--{name}={value}" for name, value in settings.items())]

    def client(self):
        return [self.program("psql"), "-XqAt", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port),
                "-U", "carafe", "carafe"]

    def is_ready(self):
        """The last line of its own file of states says so."""
        try:
            with open(os.path.join(self.data, "postmaster.pid")) as file:
                lines = file.read().split("\n")
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[0] == str(self.process.pid) and lines[7].strip() == "ready"


class MariaDB(Server):
    name = "mariadb"
    package_account = "mysql"
    stop_signal = signal.SIGTERM
    accounts = """
        CREATE DATABASE IF NOT EXISTS carafe CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
        DELETE FROM mysql.global_priv WHERE User = '';
        FLUSH PRIVILEGES;
        CREATE USER IF NOT EXISTS carafe@'%' IDENTIFIED BY 'carafe';
        GRANT ALL ON *.* TO carafe@'%' WITH GRANT OPTION;
    """
    files = ["--innodb-log-file-size=32M", "--innodb-use-native-aio=0"]
    careless = ["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0"]
    settings = ["--bind-address=127.0.0.1", "--skip-name-resolve", "--max-connections=200", "--innodb-buffer-pool-size=32M",
                "--innodb-fast-shutdown=2", "--performance-schema=off", "--skip-log-bin",
                "--key-buffer-size=1M", "--aria-pagecache-buffer-size=8M"]

    @staticmethod
    def program(name):
        return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin:/usr/bin")

    @classmethod
    def missing(cls):
        return None if cls.program("mariadbd") and cls.program("mariadb-install-db") else "mariadb-server"

    def create_data(self):
        self.init_file = self.write("accounts.sql", "".join(f"{line.strip()}\n" for line in self.accounts.splitlines()))
        self.run(self.program("mariadb-install-db"), "--no-defaults", f"--datadir={self.data}", f"--tmpdir={self.directory}",
                 "--auth-root-authentication-method=normal", "--skip-test-db", *self.files, *self.careless)

    def command(self):
        return [self.program("mariadbd"), "--no-defaults", f"--datadir={self.data}", f"--tmpdir={self.directory}",
                f"--socket={self.directory}/socket", f"--pid-file={self.directory}/pid", f"--port={self.port}",
                f"--init-file={self.init_file}", *self.files, *self.settings,
                *([] if self.durable else self.careless)]

    def client(self):
        return [self.program("mariadb"), "--no-defaults", "-BN", "-h", "127.0.0.1", "-P", str(self.port), "-u", "carafe", "carafe"]

    def is_ready(self):
        """It greets who connects, once its accounts are made."""
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(START_SECONDS)
                client.connect(f"{self.directory}/socket")
                return bool(client.recv(1))
        except OSError:
            return False

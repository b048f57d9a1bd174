# SPDX-License-Identifier: Apache-2.0
"""What a user would pick instead, each an instance of our own: its folder, its port, its settings, the
best that are still durable. What a distribution's packages may have started is neither used nor
touched. A peer that is missing or fails says so (Failed) and is left out."""
import glob
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import time

from machine import BIN, Failed, end, free_port, load, run, wait_until

TABLE = "CREATE TABLE submission (id uuid PRIMARY KEY, unit text NOT NULL, answers bytea NOT NULL)"

POSTGRES_CONF = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 1100
fsync = on
synchronous_commit = on
full_page_writes = on
wal_level = minimal
max_wal_senders = 0
wal_buffers = 64MB
shared_buffers = 512MB
min_wal_size = 1GB
max_wal_size = 16GB
checkpoint_timeout = 1h
jit = off
"""

REDIS_CONF = """
bind 127.0.0.1
save ""
appendonly yes
appendfsync always
auto-aof-rewrite-percentage 0
maxclients 4096
tcp-backlog 4096
"""

NGINX_CONF = """
daemon off;
master_process off;
worker_rlimit_nofile 8192;
pid {folder}/pid;
error_log {folder}/log crit;
events {{ worker_connections 4096; multi_accept on; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ return 204; }} }}
}}
"""


def program(name, *folders):
    """The path of a program, or Failed."""
    found = shutil.which(name, path=os.pathsep.join([*folders, os.environ["PATH"], "/usr/sbin"]))
    if found is None:
        raise Failed("not installed")
    return found


def version(*command):
    said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    found = re.search(r"\d+\.\d+(\.\d+)?", said.stdout)
    if found is None:
        raise Failed(f"does not tell its version: {said.stdout[-200:]}")
    return found.group(0)


class Peer:
    """A server in a folder of its own."""
    ceiling = False
    end_signal = signal.SIGTERM

    def __init__(self, folder):
        self.folder = folder
        self.log = folder / "log"
        self.process = None
        folder.mkdir(mode=0o755)
        try:
            self.start()
        except BaseException:
            self.stop()
            raise

    def spawn(self, command, **options):
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen([str(c) for c in command], stdout=log,
                                            stderr=subprocess.STDOUT, **options)

    def wait_for(self, words, file=None):
        file = file or self.log
        wait_until(lambda: file.exists() and words in file.read_text(errors="replace"), self.process,
                   self.log)

    def stop(self):
        if self.process is not None:
            end(self.process, self.end_signal)

    def submit(self, slice_path, connections, depth, limit_ms):
        if self.process.poll() is not None:
            raise Failed("has ended")
        return load("submit", self.protocol, self.address, slice_path, connections, depth, limit_ms)


class Postgres(Peer):
    title, short, protocol, end_signal = "PostgreSQL", "PostgreSQL", "postgres", signal.SIGINT

    def start(self):
        folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda f: int(f.split("/")[4]))
        postgres = pathlib.Path(program("postgres", *folders[-1:]))
        self.version = version(postgres, "--version")
        data, port = self.folder / "data", free_port()
        as_user = self.own_by_user() if os.geteuid() == 0 else {}
        run([postgres.parent / "initdb", "-D", data, "-U", "bench", "--auth=trust", "--no-sync",
             "--encoding=UTF8", "--locale=C"], cwd=self.folder, **as_user)
        with open(data / "postgresql.conf", "a", encoding="utf-8") as conf:
            conf.write(POSTGRES_CONF + f"port = {port}\n")
        self.spawn([postgres, "-D", data], cwd=self.folder, **as_user)
        self.wait_for("ready", data / "postmaster.pid")
        self.address, self.port = f"127.0.0.1:{port}", port
        self.psql = [program("psql", *folders[-1:]), "-X", "-q", "-h", "127.0.0.1", "-p", port, "-U",
                     "bench", "-d", "postgres", "-v", "ON_ERROR_STOP=1"]
        run([*self.psql, "-c", TABLE])

    def backends(self):
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return len(children.read_text("utf-8").split()) if self.process.poll() is None else 0

    def submit(self, *shape):
        """A process a connection: wait until they have ended, so that the next in turn is alone."""
        before, end_by = self.backends(), time.monotonic() + 60
        try:
            return super().submit(*shape)
        finally:
            while self.backends() > before and time.monotonic() < end_by:
                time.sleep(0.05)

    def own_by_user(self):
        """PostgreSQL does not run as root: give the folder to the user its package made, or nobody."""
        for name in ("postgres", "nobody"):
            try:
                user = pwd.getpwnam(name)
            except KeyError:
                continue
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        raise Failed("no user to run it as")


class Redis(Peer):
    title, short, protocol = "Redis, fsync always", "Redis", "redis"

    def start(self):
        redis, port = program("redis-server"), free_port()
        self.version = version(redis, "--version")
        conf = self.folder / "redis.conf"
        conf.write_text(REDIS_CONF + f"port {port}\ndir {self.folder}\n", encoding="utf-8")
        self.spawn([redis, conf])
        self.wait_for("Ready to accept connections")
        self.address = f"127.0.0.1:{port}"


class Nginx(Peer):
    title, short, protocol, ceiling = "nginx, stores nothing", "nginx", "http", True

    def start(self):
        nginx, port = program("nginx"), free_port()
        self.version = version(nginx, "-v")
        conf = self.folder / "nginx.conf"
        conf.write_text(NGINX_CONF.format(folder=self.folder, port=port), encoding="utf-8")
        self.spawn([nginx, "-c", conf, "-e", "stderr"])
        self.wait_for("", self.folder / "pid")
        self.address = f"127.0.0.1:{port}"


class Bare(Peer):
    """One of our own servers of nothing but group commit."""
    protocol = "khaosat"

    def start(self):
        server = BIN / self.program
        if not server.exists():
            raise Failed("its library is not installed")
        self.version = None
        self.spawn([server, self.folder])
        self.wait_for("\n")
        self.address = self.log.read_text(encoding="utf-8").strip()


class Sqlite(Bare):
    title, short, program = "SQLite, batched", "SQLite", "bench-bare-sqlite"


class Lmdb(Bare):
    title, short, program = "LMDB group commit alone", "LMDB alone", "bench-bare-lmdb"


class Journal(Bare):
    title, short, program, ceiling = "journal alone, keeps bytes and nothing else", "journal alone", "bench-bare-journal", True


BLOCK_BYTES = 1024 # a submission and its header, never over the edge of a page


class Sync:
    """The disk alone: write a submission's bytes, sync, repeat."""
    title, short, ceiling, version = "raw fdatasync", "fdatasync", True, None
    process = None

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()

    def stop(self):
        pass

    def submit(self, _slice, connections, depth, limit_ms):
        if (connections, depth) != (1, 1):
            return None
        return json.loads(run([BIN / "bench-sync", self.folder, BLOCK_BYTES, min(limit_ms, 1000)]))


PEERS = {"postgres": Postgres, "redis": Redis, "sqlite": Sqlite, "lmdb": Lmdb, "journal": Journal,
         "nginx": Nginx, "fdatasync": Sync}

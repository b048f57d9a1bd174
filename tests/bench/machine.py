# SPDX-License-Identifier: Apache-2.0
"""The machine that is measured on, programs to run on it, and the collector that is measured."""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = ROOT / "build" / "release"
SURVEY = ROOT / "survey" / "definitions" / "ha-tinh-dt-1.json"
ROUND = "2025"
START_LIMIT_S = 300


class Failed(Exception):
    """A program did not do what it should; the words say what."""


def say(text):
    print(text, flush=True)


def run(command, **options):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False,
                          **options)
    if done.returncode != 0:
        raise Failed(f"{pathlib.Path(command[0]).name}: {(done.stdout + done.stderr).strip()[-400:]}")
    return done.stdout


def load(kind, *arguments):
    return json.loads(run([BIN / "bench-load", kind, *arguments]))


def file_system(folder):
    """The type of the file system a folder lies on, from /proc/mounts."""
    best, kind = "", "?"
    for line in open("/proc/mounts", encoding="utf-8"):
        _, mount, fs = line.split()[:3]
        inside = mount == "/" or f"{folder}/".startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(best):
            best, kind = mount, fs
    return kind


def processor():
    found = re.search(r"^model name\s*: (.*)", open("/proc/cpuinfo", encoding="utf-8").read(), re.M)
    return found.group(1) if found else "?"


def cpu_us(process):
    """Processor time of a server, its children and those of them that have ended; None without one."""
    if process is None:
        return None
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("utf-8").split()
    ticks = 0
    for pid in [process.pid, *children]:
        try:
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        except FileNotFoundError:
            continue
        ticks += sum(map(int, fields[11:15]))
    return ticks * 1_000_000 // os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(true, process, log, limit=START_LIMIT_S):
    """Until true() says so; Failed when the process ends first or the time is up."""
    end = time.monotonic() + limit
    while not true():
        if process.poll() is not None or time.monotonic() > end:
            words = log.read_text(encoding="utf-8", errors="replace").strip()[-400:]
            raise Failed(f"does not start: {words}")
        time.sleep(0.002)


def end(process, sig=signal.SIGTERM):
    """End a process we started and wait for it."""
    if process.poll() is None:
        process.send_signal(sig)
    try:
        process.wait(timeout=120)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Collector:
    """khaosatd on loopback, on any free port, with one round over a sample register of so many units."""
    title = short = "khaosat"
    ceiling, version = False, None
    def __init__(self, folder, units, tls=False):
        self.units, self.at = units, 0
        self.tls = folder / "tls" if tls else None # of a certificate for the purpose
        self.data, self.codes = folder / "data", folder / "codes.csv"
        self.log, self.slice = folder / "log", folder / "slice"
        self.process = None
        folder.mkdir()
        if self.tls:
            run([BIN / "khaosatd", "--self-signed", self.tls])
        self.start()
        try:
            self.import_seconds = self.open_round(folder / "register.csv")
        except BaseException:
            self.stop()
            raise

    def open_round(self, register):
        with open(register, "w", encoding="utf-8") as out:
            subprocess.run([BIN / "khaosat-sample", "register", SURVEY, str(self.units)], stdout=out,
                           check=True)
        self.staff("round", "create", ROUND, "--survey", SURVEY, "--reference-date", "2025-12-31")
        begin = time.monotonic()
        self.staff("--quiet", "register", "import", register, "--round", ROUND, "--codes", self.codes)
        took = time.monotonic() - begin
        self.staff("round", "open", ROUND)
        register.unlink()
        return took

    def start(self):
        begin = time.monotonic()
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                # no unit answers as often as a measurement needs
                [BIN / "khaosatd", "--data", self.data, "--listen", "127.0.0.1:0", "--http-listen", "none", "--unit-rate", "0",
                 *self.tls_options("--tls-cert", "--tls-key")], stderr=log)

        def listening():
            return re.search(r"listening=([0-9.:]+)", self.log.read_text(encoding="utf-8"))
        try:
            wait_until(listening, self.process, self.log)
        except BaseException:
            self.stop()
            raise
        self.start_seconds = time.monotonic() - begin
        self.address = listening().group(1)

    def tls_options(self, cert, key=None):
        if not self.tls:
            return []
        return [cert, self.tls / "cert.pem"] + ([key, self.tls / "key.pem"] if key else [])

    def stop(self):
        end(self.process)

    def staff(self, *arguments):
        return run([BIN / "khaosat", "--server", self.address, "--token-file",
                    self.data / "staff.token", "--lang", "en", *self.tls_options("--ca"), *arguments])

    def memory_kib(self, key):
        status = open(f"/proc/{self.process.pid}/status", encoding="utf-8").read()
        return int(re.search(rf"^{key}:\s+(\d+)", status, re.M).group(1))

    def data_bytes(self):
        return os.stat(self.data / "data.mdb").st_blocks * 512

    def left(self):
        return self.units - self.at

    def take(self, count):
        """The path of a slice: submissions of the next so many units, which have not answered yet."""
        if count > self.left():
            sys.exit(f"{self.units} units are too few for this")
        run([BIN / "bench-load", "prepare", self.slice, SURVEY, ROUND, self.codes, self.units, self.at,
             count])
        self.at += count
        return self.slice

    def submit(self, slice_path, connections, depth, limit_ms):
        address = f"tls:{self.address}" if self.tls else self.address
        return load("submit", "khaosat", address, slice_path, connections, depth, limit_ms)

# SPDX-License-Identifier: Apache-2.0
"""Exports of a large round, alone and under load. Most units answer first. Then one public export of all formats,
and the microdata of a backup: how long they take, and of the processor. Then the same steady load, some thousand
submissions a second, in turns: alone, and while one export runs after the other, public and internal. What an
export adds to the p99 of a submission is the median over pairs of turns."""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time

from office import BINARY_DIR, Office, ROUND

ADDED_MS = 5
PUBLIC_S = 5
MICRODATA_MB_S, MICRODATA_MIB = 150, 64
ANSWERED = 0.8  # of the units, before


class Exports:
    """Runs one after the other until it is told to stop."""

    def __init__(self, office):
        self.office, self.made, self.problem = office, 0, None
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        try:
            while not self.is_over.is_set():
                self.office.khaosat("export", "run", "--round", ROUND, *([] if self.made % 2 == 0 else ["--internal"]))
                self.made += 1
        except AssertionError as problem:
            self.problem = problem

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()


class Turns:
    def __init__(self, office, options):
        self.office, self.options, self.at, self.failures = office, options, 0, []

    def storm(self, count, connections, depth, rate, seconds):
        r = self.office.storm(self.at, count, connections, depth, rate, seconds, "patient")
        self.at += count
        if r["others"] > 0 or r["seconds"] == 0:
            sys.exit("a load was over before it was measured, or was answered otherwise: %r" % r)
        return r

    def steady(self, name):
        o = self.options
        r = self.storm(int(o.rate * (o.seconds + 3)), o.connections, 1, o.rate, o.seconds)
        print("%-12s accepted %6.0f/s  p50 %6.2f  p99 %6.2f  max %6.1f ms" % (
            name, r["accepted"] / r["seconds"], r["accepted_p50_ms"], r["accepted_p99_ms"], r["accepted_max_ms"]), flush=True)
        return r["accepted_p99_ms"]

    def run(self):
        pairs = []
        for _ in range(self.options.repeat):
            alone = self.steady("alone")
            with Exports(self.office) as exports:
                pairs.append(self.steady("with exports") - alone)
            if exports.problem is not None:
                sys.exit(str(exports.problem))
            print("  %d exports meanwhile; p99 %+.2f ms" % (exports.made, pairs[-1]), flush=True)
        return statistics.median(pairs)


def judge(name, is_met, text, *values):
    """Says a figure beside its goal; whether it is met."""
    print("%s: %s: %s" % (name, text % values, "met" if is_met else "BEHIND its goal"), flush=True)
    return is_met


def public_alone(office):
    office.log.clear()
    begin = time.monotonic()
    office.khaosat("export", "run", "--round", ROUND)
    took = time.monotonic() - begin
    office.wait_log(r"export round=")
    line = next(line for line in office.log if "export round=" in line)
    cpu, reading, deciding, writing = (int(re.search(r" %s_ms=(\d+)" % name, line).group(1)) / 1000
                                       for name in ("cpu", "reading", "deciding", "writing"))
    return judge("public export", took <= PUBLIC_S, "%d units, all formats: %.1f s, %.1f s of the processor: reading the log %.1f, "
                 "deciding what is safe %.1f, files %.1f (goal: %d s)", office.units, took, cpu, reading, deciding, writing, PUBLIC_S)


def microdata(office):
    backup, output = (os.path.join(office.folder, name) for name in ("backup", "microdata"))
    office.khaosat("backup", backup)
    with open(backup, "rb") as f:  # as it would be soon after it was made
        while f.read(1 << 20):
            pass
    begin = time.monotonic()
    process = subprocess.Popen([os.path.join(BINARY_DIR, "khaosat"), "--quiet", "microdata", "--backup", backup, "--output", output])
    _, status, usage = os.wait4(process.pid, 0)
    took = time.monotonic() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit("no microdata were made")
    megabytes = os.path.getsize(os.path.join(output, "microdata.csv")) / 1e6
    os.unlink(backup)
    shutil.rmtree(output)
    return judge("microdata", megabytes / took >= MICRODATA_MB_S and usage.ru_maxrss <= MICRODATA_MIB << 10,
                 "%.0f MB in %.2f s, %.2f of the processor: %.0f MB/s in %.0f MiB (goal: %d in %d)", megabytes, took,
                 usage.ru_utime + usage.ru_stime, megabytes / took, usage.ru_maxrss / 1024, MICRODATA_MB_S, MICRODATA_MIB)


def main():
    parser = argparse.ArgumentParser(prog="./dev torture exports", description=__doc__)
    parser.add_argument("--units", type=int, default=1000000)
    parser.add_argument("--rate", type=float, default=2000, help="submissions a second (2000)")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=8, help="of each turn (8)")
    parser.add_argument("--repeat", type=int, default=3, help="pairs of turns (3)")
    options = parser.parse_args()
    needed = 2 * options.repeat * options.rate * (options.seconds + 3)
    if options.units * (1 - ANSWERED) < needed:
        parser.error("at least %d units for that" % (needed / (1 - ANSWERED)))
    office = Office(options.units)
    try:
        office.open()
        turns = Turns(office, options)
        turns.storm(int(options.units * ANSWERED), 64, 16, 0, 600)
        met = [public_alone(office), microdata(office)]
        added = turns.run()
        office.stop()
    finally:
        office.remove()
    met.append(judge("exports", added <= ADDED_MS, "p99 %+.2f ms beside one (goal: at most %d); load average %.1f", added, ADDED_MS,
                     os.getloadavg()[0]))
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())

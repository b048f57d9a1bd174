# SPDX-License-Identifier: Apache-2.0
"""Exports of a large round under load. Most units answer first; then the same steady load, some thousand
submissions a second, in turns: alone, and while one export of all formats runs after the other, public and
internal. What an export adds to the p99 of a submission is the median over pairs of turns. Then one public
export alone: its time, and that of the processor."""

import argparse
import os
import re
import statistics
import sys
import threading
import time

from office import Office, ROUND

ADDED_MS = 5
PUBLIC_S = 5
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


def public_alone(office):
    office.log.clear()
    begin = time.monotonic()
    office.khaosat("export", "run", "--round", ROUND)
    took = time.monotonic() - begin
    office.wait_log(r"export round=")
    cpu = next(int(found.group(1)) for found in (re.search(r"export round=.* cpu_ms=(\d+)", line) for line in office.log) if found)
    return took, cpu / 1000


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
        took, cpu = public_alone(office)
        added = turns.run()
        office.stop()
    finally:
        office.remove()
    print("exports: p99 %+.2f ms (goal: at most %d): %s; a public export of %d units, all formats: %.1f s, %.1f s CPU "
          "(goal: %d s): %s; load average %.1f" % (
              added, ADDED_MS, "met" if added <= ADDED_MS else "BEHIND", options.units, took, cpu, PUBLIC_S,
              "met" if took <= PUBLIC_S else "BEHIND", os.getloadavg()[0]))
    return 0 if added <= ADDED_MS else 1


if __name__ == "__main__":
    sys.exit(main())

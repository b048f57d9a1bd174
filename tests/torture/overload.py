# SPDX-License-Identifier: Apache-2.0
"""Ten times more than the collector can take: accepted work goes on, the rest is told to try later at
once, memory stays bounded, and it recovers by itself. First the full rate is measured, below the limits;
then so many times that rate is offered."""

import argparse
import sys

from office import Office

LIMIT_MS = 50
RECOVERY_MS = 1000


def row(name, r, rss_kib):
    print("%-22s offered %9.0f/s  accepted %8.0f/s  p50 %6.1f  p99 %6.1f  max %6.1f ms  refused %9.0f/s  p50 %6.1f"
          "  p99 %6.1f ms  rss %4.0f MiB  drained %5.0f ms  next %5.1f ms" % (
              name, r["offered"] / r["seconds"], r["accepted"] / r["seconds"], r["accepted_p50_ms"],
              r["accepted_p99_ms"], r["accepted_max_ms"], r["refused"] / r["seconds"], r["refused_p50_ms"],
              r["refused_p99_ms"], rss_kib / 1024, r["drain_ms"], r["probe_ms"]), flush=True)


def main():
    parser = argparse.ArgumentParser(prog="./dev torture overload", description=__doc__)
    parser.add_argument("--units", type=int, default=400000)
    parser.add_argument("--times", type=float, default=10, help="what is offered, in full rates")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--connections", type=int, default=640)
    parser.add_argument("--depth", type=int, default=64)
    options = parser.parse_args()
    office = Office(options.units)
    failures = []
    try:
        office.open()
        part = options.units // 6
        full = office.storm(0, part, 64, 16, 0, options.seconds)
        rate = full["accepted"] / full["seconds"]
        row("full, 64 x 16", full, office.status("VmHWM"))
        bench = office.storm(part, part, 256, 16, 0, options.seconds)
        row("full, 256 x 16", bench, office.status("VmHWM"))
        before = office.status("VmHWM")
        over = office.storm(2 * part, options.units - 2 * part, options.connections, options.depth, options.times * rate,
                            options.seconds)
        row("offered %g times, %d x %d" % (options.times, options.connections, options.depth), over,
            office.status("VmHWM"))
        grown = (office.status("VmHWM") - before) / 1024
        print("memory grown by %.0f MiB" % grown)
        for wrong, why in (
                (over["accepted_p99_ms"] > LIMIT_MS, "p99 of what is accepted is over %d ms" % LIMIT_MS),
                (over["accepted"] / over["seconds"] < rate / 2, "less than half of the full rate is accepted"),
                (over["refused"] == 0, "nothing was told to try later"),
                (over["without_delay"] > 0, "a refusal without retry_after_ms"),
                (over["drain_ms"] + over["probe_ms"] > RECOVERY_MS, "not recovered within a second"),
                (any(r["others"] for r in (full, bench, over)), "answers of other kinds")):
            if wrong:
                failures.append(why)
        print(office.khaosat("recount").strip().splitlines()[-1])
        office.stop()
    finally:
        office.remove()
    for why in failures:
        print("FAILED: " + why)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

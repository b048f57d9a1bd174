# SPDX-License-Identifier: Apache-2.0
"""Kill khaosatd many times over, in lives of a hundred kills each over a data folder of its own."""

import argparse
import sys
import time

import office  # noqa: F401: finds the modules of the system tests
from crash_rig import live

A_LIFE = 100


def main():
    parser = argparse.ArgumentParser(prog="./dev torture crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1, help="of the first life; each next one has the next")
    options = parser.parse_args()
    total, begin, failures = {}, time.monotonic(), 0
    seed, left = options.seed, options.kills
    while left > 0:
        try:
            result = live(seed, min(A_LIFE, left))
            for name, n in result.items():
                total[name] = total.get(name, 0) + n
            print("seed %d: %s" % (seed, result), flush=True)
        except AssertionError as failure:
            failures += 1
            print("FAILED: %s" % failure, flush=True)
        seed, left = seed + 1, left - A_LIFE
    print("crash: %s, %d failed lives, %.0f s" % (
        ", ".join("%s %d" % item for item in total.items()), failures, time.monotonic() - begin))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

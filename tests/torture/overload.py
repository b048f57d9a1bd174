# SPDX-License-Identifier: Apache-2.0
"""Ten times more than the collector can take. Three loads in turn over the same number of connections, on a
collector with one open round: as many under way as it takes (the full rate); ten times as many as it admits, who
wait as they are told to; ten times the full rate by the clock, from clients that do not wait. The generator runs
on the same machine, and offering so much without a wait takes a good part of it: the last load is judged by what
must hold even so, and its latencies are told. Where syncs stall so long that even the full rate has a p99 over
the limit, that p99 is the limit. Untimed, only what holds on any machine is judged: who is refused is told when
to come again, everybody else is accepted once, and it serves again at once."""

import argparse
import statistics
import sys

from office import Office

P99_MS = 50
RECOVERY_MS = 1000
OF_FULL_RATE = 0.7  # accepted; of the rest of the machine, refusing and waiting have their part
MEMORY_MIB = 256  # more than under the full rate


def print_row(name, r, rss_mib):
    print("%-8s %4d x %2d  offered %8.0f/s  accepted %7.0f/s  p50 %6.1f  p99 %6.1f ms   refused %8.0f/s  p50 %6.1f"
          "  p99 %6.1f ms   rss %4.0f MiB  recovered in %4.0f ms" % (
              name, r["connections"], r["depth"], rate_of(r, "offered"), rate_of(r, "accepted"),
              r["accepted_p50_ms"], r["accepted_p99_ms"], rate_of(r, "refused"), r["refused_p50_ms"],
              r["refused_p99_ms"], rss_mib, r["drain_ms"] + r["probe_ms"]), flush=True)


def rate_of(r, what):
    return r[what] / r["seconds"] if r["seconds"] > 0 else 0


class Loads:
    def __init__(self, office, options):
        self.office, self.options = office, options
        self.part = options.units // (3 * options.repeat)
        self.at = self.accepted = 0
        self.failures = []
        self.told = ""  # of what was timed

    def storm(self, name, connections, depth, rate, how):
        r = self.office.storm(self.at, self.part, connections, depth, rate, self.options.seconds, how)
        self.at += self.part
        if r["seconds"] == 0 and not self.options.untimed:
            sys.exit("%s: it was over before it was measured; more --units, or --repeat 1" % name)
        r["rss"] = self.office.status("VmHWM") / 1024
        print_row(name, r, r["rss"])
        self.expect(r["others"] == 0, "%s: answers of another kind" % name)
        self.expect(r["without_delay"] == 0, "%s: refused without a delay" % name)
        self.accepted += r["accepted_in_all"]
        if not self.options.untimed:
            self.expect(r["drain_ms"] + r["probe_ms"] <= RECOVERY_MS,
                        "%s: not recovered in %d ms" % (name, RECOVERY_MS))
        return r

    def expect(self, good, why):
        if not good and why not in self.failures:
            self.failures.append(why)

    def run(self):
        in_flight = self.options.in_flight
        many = self.options.times * in_flight // 64
        full, patient, greedy = [], [], []
        for _ in range(self.options.repeat):
            full.append(self.storm("full", many, max(in_flight // 2 // many, 1), 0, "patient"))
            patient.append(self.storm("patient", many, 64, 0, "patient"))
            rate = self.options.times * rate_of(full[-1], "accepted")
            greedy.append(self.storm("greedy", many, 64, rate, "greedy"))
        self.expect(all(r["refused_in_all"] > 0 for r in patient + greedy), "nobody was told to try later")
        self.expect(greedy[-1]["rss"] - full[0]["rss"] <= MEMORY_MIB, "memory has grown by more than %d MiB" % MEMORY_MIB)
        if not self.options.untimed:
            self.judge_times(full, patient, greedy)

    def judge_times(self, full, patient, greedy):
        share = statistics.median(rate_of(p, "accepted") / rate_of(f, "accepted") for p, f in zip(patient, full))
        p99 = statistics.median(p["accepted_p99_ms"] for p in patient)
        limit = max(P99_MS, statistics.median(f["accepted_p99_ms"] for f in full))  # the disk's own stalls
        self.expect(share >= OF_FULL_RATE, "only %.2f of the full rate is accepted" % share)
        self.expect(p99 <= limit, "p99 of what is accepted is %.1f ms" % p99)
        self.expect(all(r["accepted"] > 0 for r in greedy), "nothing was accepted from those who do not wait")
        self.told = "of the full rate %.2f is accepted, p99 %.1f ms, " % (share, p99)


def main():
    parser = argparse.ArgumentParser(prog="./dev torture overload", description=__doc__)
    parser.add_argument("--units", type=int, default=2700000)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=2, help="of each load, at most")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--in-flight", type=int, default=2048,
                        help="the collector's limit, of which --times as many are under way (2048, its own)")
    parser.add_argument("--untimed", action="store_true", help="judge only what holds on any machine")
    options = parser.parse_args()
    office = Office(options.units, "--in-flight=%d" % options.in_flight)
    try:
        office.open()
        loads = Loads(office, options)
        loads.run()
        with office.staff() as client:
            recount = client.call(recount={}).recount
        loads.expect(recount.differences == 0, "the recount differs")
        loads.expect(recount.answers == loads.accepted, "%d answers are stored, %d were accepted" % (recount.answers, loads.accepted))
        office.stop()
    finally:
        office.remove()
    for why in loads.failures:
        print("FAILED: " + why)
    print("overload: %s%d accepted and stored, recount differences %d, %d failures" % (
        loads.told, loads.accepted, recount.differences, len(loads.failures)))
    return 1 if loads.failures else 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: Apache-2.0
"""A stop in the middle of a public export that the schedule asked for: soon over, nothing of it is left, and after
the next start it is made, once, as if nothing had been."""

import os
import pathlib
import re
import resource
import shutil
import sys
import unittest

import khaosat_pb2 as pb
from wire import wait_until

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "torture"))
from office import Office, ROUND  # noqa: E402

UNITS = 12000
ANSWERED = 7200
RUN_LIMIT_S = 240
SCHEDULE = ("--export-schedule", "close")


def ended_children_cpu_s():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class ExportStopTest(unittest.TestCase):
    def setUp(self):
        self.office = Office(UNITS)
        self.addCleanup(self.office.remove)
        self.exports = os.path.join(self.office.data, "exports", "public", ROUND)

    def press_cpu_s(self):
        """Of the thread that makes exports."""
        tasks = "/proc/%d/task" % self.office.process.pid
        for task in os.listdir(tasks):
            with open(os.path.join(tasks, task, "stat"), encoding="utf-8") as f:
                head, _, rest = f.read().rpartition(")")
            if head.endswith("(press"):
                return sum(map(int, rest.split()[11:13])) / os.sysconf("SC_CLK_TCK")
        return 0

    def lines(self, pattern):
        return [line for line in self.office.log if re.search(pattern, line)]

    def the_export(self):
        """Made by the schedule, once; the digest of all its files. And how long it takes."""
        self.office.wait_log(r"export round=", RUN_LIMIT_S)
        with self.office.staff() as staff:
            wait_until(lambda: [e.kept for e in staff.call(list_exports=pb.ListExports()).exports.export] == [True])
            (made,) = staff.call(list_exports=pb.ListExports()).exports.export
        self.assertEqual((made.internal, made.vintage), (False, 1))
        self.assertEqual(sorted(os.listdir(self.exports)), ["latest", "v0001"])
        (line,) = self.lines("export round=")
        return made.manifest_sha256, int(re.search(r" cpu_ms=(\d+)", line).group(1)) / 1000

    def test_a_stop_ends_a_run_and_the_next_start_makes_it_once(self):
        office = self.office.open()
        self.assertEqual(office.storm(0, ANSWERED, 16, 8, 0, 600)["accepted_in_all"], ANSWERED)
        office.khaosat("round", "close", ROUND)
        office.stop()
        kept = office.data + ".kept"
        shutil.copytree(office.data, kept)

        office.start(*SCHEDULE)
        undisturbed, took_s = self.the_export()
        office.stop()

        shutil.rmtree(office.data)
        shutil.move(kept, office.data)
        office.start(*SCHEDULE)
        wait_until(lambda: self.press_cpu_s() > took_s / 4, RUN_LIMIT_S)
        spent_s, ended_s = office.cpu_s(), ended_children_cpu_s()
        office.stop()
        self.assertLess(ended_children_cpu_s() - ended_s - spent_s, took_s / 4)
        self.assertEqual(len(self.lines('export round=.* not made reason="the collector is stopping"')), 1, office.log)
        self.assertEqual(os.listdir(self.exports), [])

        office.start(*SCHEDULE)
        self.assertEqual(self.the_export()[0], undisturbed)
        office.stop()
        office.start(*SCHEDULE)
        with office.staff() as staff:  # one by hand stands in line behind those of the schedule
            by_hand = staff.call(run_export=pb.RunExport(round=ROUND, internal=True, format=["csv"]))
            self.assertEqual(by_hand.status, pb.DONE, by_hand)
        self.assertEqual(len(self.lines("export round=.* public")), 0)
        office.stop()


if __name__ == "__main__":
    unittest.main()

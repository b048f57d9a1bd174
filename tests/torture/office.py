# SPDX-License-Identifier: Apache-2.0
"""What the long tests share: the real programs of one build, an open round with the survey that ships,
and a sample register whose access codes the generator has."""

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "system"))

from wire import BINARY_DIR, Collector  # noqa: E402

SURVEY = ROOT / "survey" / "definitions" / "ha-tinh-dt-1.json"
ROUND = "2025"


def run(*command, code=0):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    if done.returncode != code:
        raise AssertionError("%s\n%s%s" % (" ".join(map(str, command)), done.stdout, done.stderr))
    return done.stdout


class Office(Collector):
    """A collector with an open round of so many sample units."""

    def __init__(self, units, *options):
        super().__init__("--core-dumps=yes", *options)  # so that its descriptors can be counted
        self.units = units
        self.codes = os.path.join(self.folder, "codes.csv")
        os.environ["KHAOSAT_HOME"] = os.path.join(self.folder, "home")

    def khaosat(self, *arguments, code=0):
        return run(os.path.join(BINARY_DIR, "khaosat"), "--server", "127.0.0.1:%d" % self.port, "--token-file",
                   os.path.join(self.data, "staff.token"), "--lang", "en", *arguments, code=code)

    def import_register(self, name, units, codes, seed=57):
        register = os.path.join(self.folder, "register.csv")
        with open(register, "w", encoding="utf-8") as out:
            subprocess.run([os.path.join(BINARY_DIR, "khaosat-sample"), "register", SURVEY, str(units), str(seed)],
                           stdout=out, check=True)
        self.khaosat("round", "create", name, "--survey", SURVEY, "--reference-date", "2025-12-31")
        self.khaosat("--quiet", "register", "import", register, "--round", name, "--codes", codes)
        os.unlink(register)

    def open(self):
        self.start()
        self.import_register(ROUND, self.units, self.codes)
        self.khaosat("round", "open", ROUND)
        return self

    def storm_command(self, first, count, connections, depth, rate, seconds, how="patient"):
        return [os.path.join(BINARY_DIR, "khaosat-storm"), "127.0.0.1:%d" % self.port, SURVEY, ROUND, self.codes,
                self.units, first, count, connections, depth, rate, seconds, how]

    def storm(self, *shape):
        return json.loads(run(*self.storm_command(*shape)))

    def status(self, key):
        with open("/proc/%d/status" % self.process.pid, encoding="ascii") as f:
            return next(int(line.split()[1]) for line in f if line.startswith(key + ":"))

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.process.pid))

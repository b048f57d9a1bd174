# SPDX-License-Identifier: Apache-2.0
"""The real khaosat against the real khaosatd: a round of the default survey over three firms."""

import csv
import json
import os
import shutil
import subprocess
import tempfile
import unittest

import khaosat_pb2 as pb
import pexpect
from wire import BINARY_DIR, SOURCE_DIR, Collector, tax_code

KHAOSAT = os.path.join(BINARY_DIR, "khaosat")
SURVEY = os.path.join(SOURCE_DIR, "survey", "definitions", "ha-tinh-dt-1.json")
LIMIT_S = 60
ROUND = "2025"

REGISTER = """tax_code,name,unit_type,commune,zone,vsic,vsic_version,employees,status
%s,Công ty TNHH Một,DN,18073,NONE,46,2018,12,ACTIVE
%s,Công ty TNHH Hai,DN,18073,NONE,46,2018,15,ACTIVE
%s,Công ty TNHH Ba,DN,18073,NONE,10,2018,30,ACTIVE
"""

# What a trading firm answers, in codes.
ANSWERS = {
    "B01": ["EOFFICE"], "B02": "P25", "B03": "YES", "C01": ["ACC"], "C02": "NO", "C03": ["NONE"], "E01": "S100",
    "E02": ["NONE"], "E03": ["PWD"], "E04": "NO", "E05": "NO", "E06": "NO", "E07": ["NONE"], "F01": 50, "F02": 0,
    "F03": ["NONE"], "F04": "NO", "G01": ["NONE"], "G07": ["NOTSUIT"], "H01": "IMPL", "H04": ["NONE"],
    "H06": ["NONE"],
}


def on_terminal(columns, environment, *arguments):
    """The lines that a terminal of so many columns gets, all of which must fit it."""
    terminal = pexpect.spawn(KHAOSAT, list(arguments), timeout=LIMIT_S, encoding="utf-8", env=environment,
                             dimensions=(24, columns))
    terminal.expect(pexpect.EOF)
    terminal.close()
    lines = terminal.before.replace("\r", "").split("\n")
    assert terminal.exitstatus == 0, lines
    assert max(map(len, lines)) <= columns, [line for line in lines if len(line) > columns]
    return lines


class ClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.collector = Collector().start()
        cls.addClassCleanup(cls.collector.remove)
        cls.folder = tempfile.mkdtemp(prefix="khaosat-test-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.units = [tax_code(i) for i in range(3)]
        staff = ["--token-file", os.path.join(cls.collector.data, "staff.token")]
        register = cls.path("register.csv")
        with open(register, "w", encoding="utf-8") as f:
            f.write(REGISTER % tuple(cls.units))
        codes = cls.path("codes.csv")
        for command in (["round", "create", ROUND, "--survey", SURVEY, "--reference-date", "2025-12-31"],
                        ["register", "import", register, "--round", ROUND, "--codes", codes],
                        ["round", "open", ROUND]):
            result = cls.khaosat(*staff, *command)
            assert result.returncode == 0, result.stderr
        with open(codes, encoding="utf-8", newline="") as f:
            cls.codes = {row["tax_code"]: row["access_code"] for row in csv.DictReader(f)}

    @classmethod
    def tearDownClass(cls):
        cls.collector.stop()

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder, name)

    @classmethod
    def environment(cls, **changes):
        return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "xterm", "KHAOSAT_HOME": cls.path("home"),
                "KHAOSAT_SERVER": "127.0.0.1:%d" % cls.collector.port, **changes}

    @classmethod
    def khaosat(cls, *arguments, stdin="", **environment):
        return subprocess.run([KHAOSAT, *arguments], input=stdin, env=cls.environment(**environment), text=True,
                              capture_output=True, timeout=LIMIT_S)

    def setUp(self):
        shutil.rmtree(self.path("home"), ignore_errors=True)

    def code_file(self, unit):
        path = self.path("code-" + unit)
        with open(path, "w", encoding="ascii") as f:
            f.write(self.codes[unit] + "\n")
        return path

    def submission(self, unit, name="a.json", answers=None, **more):
        path = self.path(name)
        with open(path, "w", encoding="utf-8") as f:
            json.dump({"round": ROUND, "tax_code": unit, "access_code": self.codes[unit],
                       "answers": ANSWERS if answers is None else answers, "seconds": 600, **more}, f)
        return path

    def files(self, folder):
        path = os.path.join(self.path("home"), folder)
        return sorted(n for n in os.listdir(path) if n[0] != ".") if os.path.isdir(path) else []

    def assert_exit(self, code, result):
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        self.assertNotIn("Sanitizer", result.stderr)

    def withdraw_all(self):
        """By the wire: three starts of the client after each test take longer than the test."""
        with self.collector.staff() as office:
            for unit in self.units:
                state = office.call(unit_status=pb.UnitStatus(round=ROUND, tax_code=unit)).unit_state
                if state.HasField("head"):
                    done = office.call(withdraw=pb.Withdraw(round=ROUND, head=state.head.instance_id, tax_code=unit,
                                                            instance_id=os.urandom(16)))
                    self.assertEqual(done.status, pb.ACCEPTED, done)

    def withdraw(self, unit):
        self.khaosat("withdraw", "--round", ROUND, "--unit", unit, "--code-file", self.code_file(unit), "--yes")

# SPDX-License-Identifier: Apache-2.0
"""Every file that somebody may open in a spreadsheet, of a survey, a register, answers and an office all of
whose words are formulas. What a unit or an office wrote is text there, whatever it begins with."""

import csv
import glob
import io
import itertools
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import openpyxl

import khaosat_pb2 as pb
from client import KHAOSAT, LIMIT_S
from office import OfficeWireTest
from wire import SURVEY, access_code, answers, row, submit, survey_json, tax_code, uuid

R, BEFORE, THIRD = "-1A", "-2A", "-3A"
FORMULA = re.compile(r"[=+\-@\t\r]")
NUMBER = re.compile(r"-?\d+([.,]\d+)?")
SIGNS = "=+-@"
# FILE.rejected.csv is not looked at: it is what its owner has written, to be mended and sent again.


def evil(part, said=itertools.count()):
    """The same survey; every word of it begins like a formula."""
    if isinstance(part, list):
        return [evil(p) for p in part]
    if not isinstance(part, dict):
        return part
    out = {}
    for name, value in part.items():
        if name in ("vi", "en", "label") and isinstance(value, str):
            value = "%s1+%s|', \"x\"" % (SIGNS[next(said) % len(SIGNS)], value)
        out[name] = evil(value)
    return out


EVIL = survey_json(**evil(SURVEY))


class FormulaTest(OfficeWireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = tempfile.mkdtemp(prefix="khaosat-formulas-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        for name, answering in ((BEFORE, (*range(12), 19)), (R, range(13))):
            cls.make_round(name, BEFORE if name == R else "")
            for i in answering:
                with cls.collector.unit(tax_code(i), access_code(i)) as unit:
                    sent = unit.call(submit=submit(name, uuid(name, i), answers(
                        ("NONE",) if (name, i) == (BEFORE, 0) else ("X",), comment="=1+1")))
                    assert sent.status == pb.ACCEPTED, sent
        cls.office.call(set_case=pb.SetCase(round=R, tax_code=tax_code(19), state=pb.REFUSAL, evidence="=2+2"))
        kept = cls.office.call(contact=pb.Contact(round=BEFORE, tax_code=tax_code(19), name="@sum(1)", position="+1",
                                                  phone="-0912", email="=x@y.vn", consent=True))
        assert kept.status == pb.DONE, kept

    @classmethod
    def make_round(cls, name, earlier):
        def done(**body):
            response = cls.office.call(**body)
            assert response.status == pb.DONE, response
            return response

        done(put_survey=pb.PutSurvey(json=EVIL))
        done(create_round=pb.CreateRound(name=name, survey_id="WIRE", survey_version=3, reference_date="2025-06-30",
                                         earlier=earlier))
        rows = pb.RegisterRows(row=[row(name, i, name="=1+1,\"x\"", address="@a;b") for i in range(20)])
        stored = done(register_chunk=pb.RegisterChunk(round=name, rows=rows.SerializeToString(), chunk_id=uuid(name)))
        done(load_register=pb.LoadRegister(round=name, chunk=[stored.chunk_stored.number], rows=20))
        done(open_round=pb.OpenRound(round=name))

    def khaosat(self, *arguments, code=0):
        done = subprocess.run(
            [KHAOSAT, "--token-file", os.path.join(self.collector.data, "staff.token"), *arguments],
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "KHAOSAT_HOME": self.path("home"),
                 "KHAOSAT_SERVER": "127.0.0.1:%d" % self.collector.port},
            capture_output=True, text=True, timeout=LIMIT_S, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def path(self, name):
        return os.path.join(self.folder, name)

    def assert_is_text(self, what, text, separator=","):
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=separator))
        self.assertGreater(len(rows), 1, what)
        bad = [cell for row in rows for cell in row if FORMULA.match(cell) and not NUMBER.fullmatch(cell)]
        self.assertEqual(bad, [], what)
        return rows

    def test_what_the_client_prints_as_csv(self):
        for command in (("rates", "--by", "size"), ("goals", "--by", "size"), ("change", "--before", BEFORE),
                        ("change", "--before", BEFORE, "--units", "--goal", "GA"), ("case", "list", "--by", "commune"),
                        ("followup", "--by", "commune")):
            units = "--units" in command
            text = self.khaosat(*command, "--round", R, *(() if units else ("--format", "csv")))
            rows = self.assert_is_text(command, text)
            if not units:
                self.assertTrue(any("'" + sign in text for sign in SIGNS), command)
            self.assertEqual({len(r) for r in rows}, {len(rows[0])}, command)
        chosen = list(csv.DictReader(io.StringIO(self.khaosat(
            "goals", "--round", R, "--by", "size", "--cell", "MICRO", "--cell", "SMALL", "--format", "csv"))))
        self.assertEqual({r["cell"] for r in chosen}, {"MICRO", "SMALL"})
        self.khaosat("rates", "--round", R, "--by", "size", "--cell", "18073", code=1)
        for command in (("trend",), ("audit",)):
            self.assert_is_text(command, self.khaosat(*command, "--format", "csv"))

    def test_the_files_that_it_writes(self):
        self.khaosat("microdata", "--round", R, "--output", self.path("micro"))
        with open(self.path("units.csv"), "w", encoding="ascii") as out:
            out.write("tax_code\n%s\n" % tax_code(18))
        self.khaosat("code", "issue", "--round", R, "--unit-file", self.path("units.csv"), "--codes",
                     self.path("codes.csv"), "--reason", "=lost", "--by", "paper")
        for path in ("micro/microdata.csv", "micro/codebook.csv", "codes.csv"):
            with open(self.path(path), encoding="utf-8", newline="") as f:
                self.assert_is_text(path, f.read())

    def test_a_register_that_is_imported_gets_its_codes_as_text(self):
        self.done(create_round=pb.CreateRound(name=THIRD, survey_id="WIRE", survey_version=3,
                                              reference_date="2025-06-30"))
        register = self.path("register")
        with open(register, "w", encoding="utf-8") as out:
            out.write("tax_code,name,unit_type\n%s,\"=1+1\",DN\n%s,-x,DN\n" % (tax_code(1), tax_code(2)))
        self.khaosat("register", "import", register, "--round", THIRD, "--codes", self.path("third"))
        with open(self.path("third"), encoding="utf-8", newline="") as f:
            rows = self.assert_is_text("codes", f.read())
        self.assertEqual([r[1] for r in rows[1:]], ["'=1+1", "'-x"])

    def test_the_files_of_exports(self):
        self.khaosat("export", "run", "--round", R, "--internal", "--output", self.path("first"))
        with self.collector.unit(tax_code(15), access_code(15)) as unit:
            self.assert_status(unit.call(submit=submit(R, uuid("late"))), pb.ACCEPTED)
        self.khaosat("export", "run", "--round", R, "--internal", "--output", self.path("second"))
        found = sorted(glob.glob(self.path("second") + "/**/*.csv", recursive=True))
        self.assertEqual({os.path.basename(path) for path in found},
                         {"observations.csv", "codes.csv", "so-lieu-excel.csv", "revisions.csv", "sdmx-1.0.csv",
                          "sdmx-2.0.csv"})
        for path in found:
            with open(path, encoding="utf-8", newline="") as f:
                self.assert_is_text(path, f.read(), ";" if "excel" in path else ",")
        for path in glob.glob(self.path("second") + "/**/*.xlsx", recursive=True):
            book = openpyxl.load_workbook(path)
            cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
            self.assertEqual([cell.value for cell in cells if cell.data_type == "f"], [])
            self.assertTrue(any(str(cell.value)[0] in SIGNS for cell in cells if cell.data_type == "s"))


if __name__ == "__main__":
    unittest.main()

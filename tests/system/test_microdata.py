# SPDX-License-Identifier: Apache-2.0
"""Microdata and their code books, read back by Python's csv and XML readers and by R."""

import csv
import json
import os
import shutil
import stat
import subprocess
import time
import unittest
import xml.etree.ElementTree as ElementTree

import khaosat_pb2 as pb
from client import ANSWERS, KHAOSAT, LIMIT_S, ROUND, SURVEY, ClientTest
from ddi_rules import ddi_faults

DDI = "{ddi:codebook:2_5}"


def read_csv(path, encoding="utf-8"):
    with open(path, encoding=encoding, newline="") as f:
        return list(csv.DictReader(f))


class Microdata(ClientTest):
    def setUp(self):
        super().setUp()
        self.token = os.path.join(self.collector.data, "staff.token")
        self.output = self.path("micro")
        shutil.rmtree(self.output, ignore_errors=True)

    def staff(self, *arguments, token=None):
        return self.khaosat("--lang", "en", "--token-file", token or self.token, *arguments)

    def send(self, command, unit, **changes):
        answers = {k: v for k, v in {**ANSWERS, **changes}.items() if v is not None}
        self.assert_exit(0, self.khaosat(command, self.submission(unit, answers=answers)))

    def microdata(self, *arguments):
        result = self.staff("microdata", "--output", self.output, *arguments)
        self.assert_exit(0, result)
        self.assertEqual(["log read: " in result.stderr, "backed up" in result.stderr], ["--backup" not in arguments, False])
        return read_csv(os.path.join(self.output, "microdata.csv"))

    def test_what_counts_has_a_row_and_nothing_else(self):
        trader, other, maker = self.units
        self.send("submit", trader)
        self.send("correct", trader, E04="DK", E05=None, B01=["TASK", "EMEET"], B02=None, H08="=1+1, \"x\"\nhai")
        self.send("submit", other)
        self.withdraw(other)
        self.send("submit", maker, D01=["IOT", "ROBOT"], D02="Q1")
        rows = self.microdata()
        self.assertEqual([r["tax_code"] for r in rows], [trader, maker])
        row = rows[0]
        self.assertEqual((row["B01"], row["B01/TASK"], row["B01/EOFFICE"], row["_revision"]), ("TASK EMEET", "1", "0", "2"))
        self.assertEqual((row["D01"], row["D01/IOT"], row["E04"], row["B02"], row["E05"]),
                         ("NA", "NA", "DK", "NA", ""))
        self.assertEqual(row["H08"], "'=1+1, \"x\"\nhai")
        self.assertEqual((row["commune"], row["employees"], row["start_year"]), ("18073", "12", ""))
        self.assertEqual((rows[1]["D01/ROBOT"], rows[1]["indicator/PROD"], row["indicator/PROD"]), ("1", "1", "NA"))
        self.check_files()
        self.check_code_books(rows)
        self.check_from_a_backup()
        self.check_r()
        self.check_quality(trader)
        self.withdraw(trader)
        self.withdraw(maker)
        self.assertEqual(self.microdata(), [])

    def check_files(self):
        self.assertEqual(stat.S_IMODE(os.stat(self.output).st_mode), 0o700)
        names = sorted(os.listdir(self.output))
        self.assertEqual(names, ["about.json", "codebook.csv", "codebook.xml", "microdata.csv"])
        for name in names:
            self.assertEqual(stat.S_IMODE(os.stat(os.path.join(self.output, name)).st_mode), 0o600)
        with open(os.path.join(self.output, "about.json"), encoding="utf-8") as f:
            about = json.load(f)
        self.assertEqual((about["confidentiality"], about["questionnaires"], about["units"]), ("CONFIDENTIAL", 2, 3))

    def check_code_books(self, rows):
        columns = list(rows[0])
        book = read_csv(os.path.join(self.output, "codebook.csv"), "utf-8-sig")
        self.assertEqual(list(dict.fromkeys(line["column"] for line in book)), columns)
        values = {(line["column"], line["value"]) for line in book}
        for row in rows:
            for column in ("B01/TASK", "D01", "E04", "section", "indicator/PROD", "commune"):
                for value in row[column].split() or [""]:
                    self.assertIn((column, value), values)
        with open(os.path.join(self.output, "codebook.xml"), "rb") as f:
            text = f.read()
        self.check_ddi(text, columns)
        self.assertIn(b"A census: all 3 units", text)

    def check_ddi(self, text, columns):
        self.assertEqual(ddi_faults(text), [])
        self.assertEqual([v.get("name") for v in ElementTree.fromstring(text).iter(DDI + "var")], columns)

    def check_from_a_backup(self):
        backup = self.path("log.backup")
        self.assert_exit(0, self.staff("backup", "--force", backup))
        again = self.path("again")
        result = self.khaosat("microdata", "--output", again, "--backup", backup, "--round", ROUND)
        self.assert_exit(0, result)
        for name in os.listdir(again):
            with open(os.path.join(again, name), "rb") as a, open(os.path.join(self.output, name), "rb") as b:
                self.assertEqual(a.read(), b.read(), name)
        self.assert_exit(1, self.khaosat("microdata", "--output", again, "--backup", backup, "--round", "none"))
        with open(backup, "r+b") as f:
            f.seek(-50, os.SEEK_END)
            f.write(b"\0\1\2\3")
        result = self.khaosat("--lang", "en", "microdata", "--output", again, "--backup", backup)
        self.assert_exit(1, result)
        self.assertIn("damaged", result.stderr)

    def check_r(self):
        r = shutil.which("Rscript")
        if r is None:
            print("R is not installed: microdata were not read back by it")
            return
        program = ('d <- read.csv(commandArgs(TRUE)[1], na.strings = c("NA", "DK", ""), check.names = FALSE,'
                   ' colClasses = c(tax_code = "character"));'
                   'cat(nrow(d), ncol(d), sum(d[["B01/TASK"]]), is.na(d[["D01/IOT"]])[1], d$tax_code[2], nchar(d$H08[1]))')
        result = subprocess.run([r, "--vanilla", "-e", program, os.path.join(self.output, "microdata.csv")],
                                capture_output=True, text=True, timeout=LIMIT_S, env={**os.environ, "LANG": "C.UTF-8"})
        self.assertEqual(result.returncode, 0, result.stderr)
        columns = len(read_csv(os.path.join(self.output, "microdata.csv"))[0])
        self.assertEqual(result.stdout.split(), ["2", str(columns), "1", "TRUE", self.units[2], str(len("'=1+1, \"x\"\nhai"))])

    def check_quality(self, trader):
        """The quality report of an internal export counts what the microdata show, office edits too."""
        self.assert_exit(0, self.staff("answer", "set", "--unit", trader, "--question", "E03", "--value", "",
                                       "--reason", "by phone"))
        for question, value in (("G07", ""), ("G01", "DK")):  # then nobody asks what hangs on G01
            self.assert_exit(0, self.staff("answer", "set", "--unit", trader, "--question", question, "--value", value,
                                           "--reason", "by phone"))
        rows = self.microdata()
        facts = {}
        for run in ("first", "second"):
            self.assert_exit(0, self.staff("export", "run", "--internal", "--format", "quality", "--output", self.path(run)))
            self.assertNotIn("mean_absolute_revision", facts)
            with open(self.path(run + "/quality.json"), encoding="utf-8") as f:
                facts = {fact["name"]: fact["value"] for head in json.load(f)["heads"] for fact in head["facts"]}
        self.assertRegex(facts["mean_absolute_revision"], r"^0\.00 \(\d\)$")
        questions = [name for name in facts if name.endswith(".question_non_response")]
        self.assertGreater(len(questions), 20)
        for name in questions:
            question = name.split(".")[0]
            cells = [row[question] for row in rows if row[question] != "NA" and
                     not ("G02" <= question <= "G07" and row["G01"] == "DK")]
            missing = sum(cell in ("", "DK") for cell in cells)
            self.assertEqual(facts[name], "%.1f %% (%d / %d; DK %d)" % (
                100 * missing / len(cells), missing, len(cells), cells.count("DK")), name)
        self.assertEqual((facts["forms"], facts["channel.tool"], facts["units.complete"], facts["units.in_progress"]),
                         ("2", "2", "2", "1"))
        self.assertIn("not measured", facts["under_coverage"])
        self.assertEqual([facts[name] for name in ("response_pct", "contact_pct", "cooperation_pct", "refusal_pct",
                                                   "coverage_pct", "unit_non_response")],
                         ["66.7 % (2 / 3)", "100.0 % (3 / 3)", "66.7 % (2 / 3)", "0.0 % (0 / 3)", "0.0 % (0 / 3)", "33.3 %"])

    def test_only_an_administrator_gets_them(self):
        token = self.path("operator.token")
        with self.collector.staff() as office:
            office.call(add_account=pb.AddAccount(name="minh", role=pb.OPERATOR))
            made = office.call(create_token=pb.CreateToken(account="minh", name="t", role=pb.OPERATOR,
                                                           expires_ms=int(time.time() * 1000) + 3600000))
        self.assertEqual(made.status, pb.DONE, made)
        with open(token, "w", encoding="ascii") as f:
            f.write(made.token_made.token.hex() + "\n")
        os.chmod(token, 0o600)
        result = self.staff("microdata", "--output", self.output, token=token)
        self.assert_exit(1, result)
        self.assertEqual(os.listdir(self.output), [])
        self.assert_exit(2, self.khaosat("microdata", "--output", self.output))

    def test_a_questionnaire_becomes_a_code_book_without_a_collector(self):
        result = subprocess.run([KHAOSAT, "survey", "codebook", SURVEY], env=self.environment(KHAOSAT_SERVER="127.0.0.1:1"),
                                capture_output=True, timeout=LIMIT_S)
        self.assertEqual(result.returncode, 0, result.stderr)
        root = ElementTree.fromstring(result.stdout)
        self.check_ddi(result.stdout, [v.get("name") for v in root.iter(DDI + "var")])


if __name__ == "__main__":
    unittest.main()

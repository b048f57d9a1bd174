# SPDX-License-Identifier: Apache-2.0
"""The office's work on an open round, to the proof, with the real khaosat against the real khaosatd:
answers on units' behalf, rates, exports, and a recount that names what a hand changed on the disk."""

import csv
import io
import json
import os
import re
import subprocess
import unittest

import khaosat_pb2 as pb

from client import ANSWERS, ROUND, SURVEY, on_terminal
from test_office import HEADER, NOWHERE, OfficeTest, register_row
from wire import BINARY_DIR, Header, tax_code

EDIT_LOG = os.path.join(BINARY_DIR, "edit_log")
BITS_AT, ANSWERS_AT = 128, 200  # in an entry: khaosat.proto, ENTRY HEADER


class BriefingTest(OfficeTest):
    """Twelve firms; eight answer, one of them for itself, one corrects, one takes it back."""

    UNITS = 12

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.units = [tax_code(i) for i in range(cls.UNITS)]
        rows = [register_row(i, zone="KCN_VUNGANG1" if i % 3 == 0 else "NONE",
                             vsic="" if i == 11 else "46") for i in range(cls.UNITS)]
        register = cls.write("register.csv", "\n".join([HEADER, *rows]) + "\n")
        for result in (cls.create(ROUND),
                       cls.staff("register", "import", register, "--round", ROUND, "--codes", cls.path("codes.csv")),
                       cls.staff("round", "open", ROUND)):
            assert result.returncode == 0, result.stderr
        with open(cls.path("codes.csv"), encoding="utf-8", newline="") as f:
            cls.codes = {row["tax_code"]: row["access_code"] for row in csv.DictReader(f)}
        rows = []
        for i in range(1, 8):
            cells = {**ANSWERS, "F01": 10 * i}
            rows.append([cls.units[i], *cells.values()])
        cls.bulk_columns = ["tax_code", *ANSWERS]
        cls.bulk_rows = [[" ".join(c) if isinstance(c, list) else str(c) for c in row] for row in rows]

    @classmethod
    def bulk_file(cls, name, rows):
        out = io.StringIO()
        csv.writer(out).writerows([cls.bulk_columns, *rows])
        return cls.write(name, out.getvalue())

    def rates_json(self, *arguments):
        result = self.staff("rates", "--round", ROUND, "--format", "json", *arguments)
        self.assert_exit(0, result)
        return json.loads(result.stdout)

    def rates_csv(self, *arguments):
        result = self.staff("rates", "--round", ROUND, "--format", "csv", *arguments)
        self.assert_exit(0, result)
        return list(csv.DictReader(io.StringIO(result.stdout, newline="")))

    # The parts of one story, in the order of their numbers.

    def test_1_a_firm_answers_corrects_and_takes_back(self):
        unit = self.units[0]
        file = self.submission(unit)
        self.assert_exit(0, self.khaosat("submit", file))
        self.assert_exit(3, self.khaosat("correct", self.submission(unit, answers={**ANSWERS, "F01": 101})))
        self.assert_exit(0, self.khaosat("correct", self.submission(unit, answers={**ANSWERS, "F01": 99})))
        asked = ["--round", ROUND, "--unit", unit]
        for result in (self.khaosat("--lang", "en", "status", *asked, "--code-file", self.code_file(unit)),
                       self.staff("--lang", "en", "status", *asked)):
            self.assert_exit(0, result)
            self.assertIn("revision 2", result.stdout)
            self.assertIn("Công ty TNHH số 0", result.stdout)
        self.assert_exit(1, self.khaosat("status", *asked, "--code", self.codes[self.units[1]]))
        self.withdraw(unit)
        for lang, words in (("en", ["withdrawal", "correction", "submission"]),
                            ("vi", ["rút phiếu", "sửa phiếu", "nộp phiếu"])):
            for result in (self.khaosat("--lang", lang, "history", *asked, "--code-file", self.code_file(unit)),
                           self.staff("--lang", lang, "history", *asked)):
                self.assert_exit(0, result)
                lines = result.stdout.splitlines()[1:]
                self.assertEqual(len(lines), 3)
                for line, word in zip(lines, words):
                    self.assertIn(word, line)
        self.assertIn("submission: none", self.staff("--lang", "en", "status", *asked).stdout)

    def test_2_a_row_of_an_unknown_unit_stays_behind_with_eh14(self):
        stranger = [tax_code(500), *self.bulk_rows[0][1:]]
        path = self.bulk_file("bulk.csv", [*self.bulk_rows, stranger])
        result = self.staff("submit", "--csv", path, "--round", ROUND)
        self.assert_exit(3, result)
        self.assertIn("Nhận mới 7, đã nhận từ trước 0, từ chối 1", result.stdout)
        with open(path + ".rejected.csv", encoding="utf-8", newline="") as f:
            (row,) = csv.DictReader(f)
        self.assertEqual((row["tax_code"], row["rejected_line"]), (tax_code(500), "9"))
        self.assertIn("EH14", row["rejected_reason"])
        again = self.staff("submit", "--csv", self.bulk_file("bulk.csv", self.bulk_rows), "--round", ROUND)
        self.assert_exit(0, again)
        self.assertIn("Nhận mới 0, đã nhận từ trước 7, từ chối 0", again.stdout)
        self.assertFalse(os.path.exists(path + ".rejected.csv"))

    def test_3_a_unit_of_its_own_waits_in_the_spool_and_is_sent(self):
        self.assert_exit(0, self.khaosat("survey", "show", "--round", ROUND))
        file = self.submission(self.units[8])
        self.assert_exit(4, self.khaosat("submit", file, KHAOSAT_SERVER=NOWHERE))
        self.assert_exit(0, self.khaosat("send"))
        self.assertEqual(self.files("spool"), [])

    def test_4_json_csv_table_and_wire_say_the_same(self):
        by = ["--by", "whole", "--by", "zone", "--by", "size"]
        data, rows = self.rates_json(*by), self.rates_csv(*by)
        self.assertEqual(data["confidentiality"], "INTERNAL")
        self.assertEqual(len(rows), len(data["rates"]))
        counts = ["n", "responded", "met", "not_met", "unknown", "n_unknown", "n_unknown_met", "n_unknown_not_met"]
        for row, rate in zip(rows, data["rates"]):
            for name in counts:
                self.assertEqual(int(row[name]), rate[name])
            self.assertEqual(row["needed"], "" if rate["needed"] is None else str(rate["needed"]))
            for name in ("goal", "dimension", "cell", "parent", "label_vi", "label_en", "verdict"):
                self.assertEqual(row[name], rate[name])
            for share in ("register_share", "respondent_share", "bound_low", "bound_high"):
                expected = rate[share] or {"num": 0, "den": 0, "percent": ""}
                self.assertEqual(row[share + "_den"], str(expected["den"]))
                self.assertEqual(row[share + "_pct"], expected["percent"])
                if expected["den"]:
                    self.assertEqual(row[share + "_num"], str(expected["num"]))
        dimensions = [pb.WHOLE, pb.ZONE, pb.SIZE]
        with self.collector.staff() as staff:
            wire = staff.call(get_rates=pb.GetRates(round=ROUND, by=dimensions)).rates
        self.assertEqual(len(wire.rate), len(rows))
        for rate, said in zip(data["rates"], wire.rate):
            self.assertEqual([rate["goal"], rate["cell"]], [said.goal, said.cell])
            self.assertEqual([rate[name] for name in counts], [getattr(said, name) for name in counts])
            decides = said.needed >= 0 and rate["verdict"] != "KHONG_AP_DUNG"
            self.assertEqual(rate["needed"], said.needed if decides else None)
        self.assertIn(None, [r["needed"] for r in data["rates"]])
        whole = {r["goal"]: r for r in data["rates"] if r["dimension"] == "whole"}
        self.assertEqual((whole["G2_STRICT"]["n"], whole["G2_STRICT"]["responded"]), (12, 8))
        self.assertEqual(whole["G1"]["verdict"], "KHONG_AP_DUNG")
        self.assertGreater(whole["G2_STRICT_IND"]["n_unknown"], 0)
        self.compare_tables(whole)

    def compare_tables(self, whole):
        for lang, head, unsure, none in (("vi", "Mục tiêu", "Không rõ diện", "không áp dụng"),
                                         ("en", "Goal", "Unsure", "not applicable")):
            result = self.staff("--lang", lang, "rates", "--round", ROUND)
            self.assert_exit(0, result)
            table, notes = result.stdout.split("\n\n", 1)
            lines = table.splitlines()
            self.assertTrue(lines[0].startswith(head))
            self.assertIn(unsure, lines[0])
            self.assertEqual(len(lines) - 1, len(whole))
            self.assertEqual(notes.count(unsure + ":"), 1)
            for line in lines[1:]:
                cells = re.split(r" {2,}", line.strip())
                rate = whole[cells[0]]
                self.assertEqual(int(cells[1]), rate["n"])
                self.assertEqual(int(cells[2].split()[0]), rate["responded"])
                self.assertEqual([int(c) for c in cells[3:7]],
                                 [rate[c] for c in ("met", "not_met", "unknown", "n_unknown")])
                if rate["verdict"] == "KHONG_AP_DUNG":
                    self.assertEqual(cells[7:], ["–", "–", "–", "–", none])
                else:
                    share = (rate["register_share"] or {"percent": "–"})["percent"]
                    self.assertEqual(cells[7], share.replace(".", ",") if lang == "vi" else share)
            self.assertLess(table.index("\nG2_STRICT "), table.index("\n  G2_BROAD "))
        self.assertIn("31/12/2025", self.staff("rates", "--round", ROUND).stdout)

    def test_4_goals_say_the_same_and_what_the_silent_would_have_said(self):
        by = ["--by", "whole", "--by", "size"]
        result = self.staff("goals", "--round", ROUND, "--format", "json", *by)
        self.assert_exit(0, result)
        data = json.loads(result.stdout)
        result = self.staff("goals", "--round", ROUND, "--format", "csv", *by)
        self.assert_exit(0, result)
        rows = list(csv.DictReader(io.StringIO(result.stdout)))
        rates = self.rates_json(*by)["rates"]
        self.assertEqual(len(rows), len(rates))
        for row, goal, rate in zip(rows, data["rates"], rates):
            self.assertEqual(rate, {name: goal[name] for name in rate})
            self.assertNotIn("nan", ",".join(row.values()).lower())
            needed_not = "" if goal["needed_not"] is None else str(goal["needed_not"])
            self.assertEqual((row["full_verdict"], row["needed_not"]), (goal["full_verdict"], needed_not))
            self.assertNotIn("-1", (row["needed"], row["needed_not"]))
            self.assertEqual(row["response_pct"], (goal["response"]["unit"] or {"percent": ""})["percent"])
            self.assertEqual(bool(row["estimate"]), goal["estimate"] is not None)
            if goal["estimate"]:
                self.assertAlmostEqual(float(row["estimate"]), goal["estimate"]["share"], 10)
            self.assertEqual(row["interval_method"], (goal["interval"] or {"method": ""})["method"])
            self.assertEqual(row["all_in_verdict"], goal["unknown_all_in"]["verdict"])
        whole = {g["goal"]: g for g in data["rates"] if g["dimension"] == "whole"}
        self.assertIsNone(whole["G2_STRICT"]["interval"])  # of twelve units
        for lang, head, verdict in (("vi", "Mục tiêu", "chưa đủ dữ liệu"), ("en", "Goal", "insufficient data")):
            table = self.staff("--lang", lang, "goals", "--round", ROUND, "--by", "whole", "--by", "zone_type")
            self.assert_exit(0, table)
            self.assertTrue(table.stdout.startswith(head))
            self.assertIn(verdict, table.stdout)
            self.assertIn("\n  G2_BROAD ", table.stdout)
            self.assertNotIn("nan", table.stdout)
        self.assert_exit(2, self.staff("goals", "--round", ROUND, "--interval", "wilsson"))
        self.assert_exit(2, self.staff("rates", "--round", ROUND, "--interval", "wilson"))
        self.assert_exit(1, self.staff("goals", "--round", ROUND, "--goal", "G99"))

    def test_5_one_goal_of_one_dimension_and_a_goal_that_is_not_there(self):
        rows = self.rates_csv("--goal", "G2_STRICT", "--by", "zone")
        self.assertEqual({r["goal"] for r in rows}, {"G2_STRICT"})
        self.assertEqual({r["dimension"] for r in rows}, {"zone"})
        cells = {r["cell"]: int(r["n"]) for r in rows}
        self.assertEqual((cells["KCN_VUNGANG1"], cells["NONE"]), (4, 8))
        result = self.staff("rates", "--round", ROUND, "--goal", "G99")
        self.assert_exit(1, result)
        self.assertIn("get_rates.goal: mã của các mục tiêu", result.stderr)
        self.assert_exit(1, self.staff("rates", "--round", "2031"))

    def test_5_tables_and_notes_fit_the_terminal(self):
        for lang in ("vi", "en"):
            for columns in (60, 80):
                for command in ("rates", "goals", "help"):
                    by = ["--round", ROUND, "--by", "whole", "--by", "size", "--by", "sector", "--by", "zone"]
                    lines = on_terminal(columns, self.environment(), "--token-file",
                                        os.path.join(self.collector.data, "staff.token"), "--lang", lang, command,
                                        *(by if command != "help" else []))
                    self.assertGreater(len(lines), 20)

    def test_6_an_internal_export_says_what_rates_say(self):
        folder = self.path("export")
        for _ in range(2):  # again over itself
            self.assert_exit(0, self.staff("export", "run", "--internal", "--format", "csv", "--round", ROUND,
                                           "--output", folder))
        with open(os.path.join(folder, "observations.csv"), encoding="utf-8", newline="") as f:
            exported = {(row["goal"], row["dimension"], row["cell"], row["measure"]): row["value"]
                        for row in csv.DictReader(f)}
        for row in self.rates_csv():
            key = row["goal"], row["dimension"], row["cell"]
            if int(row["n"]) > 0:
                self.assertEqual(exported[*key, "met"], row["met"], key)
            self.assertEqual(exported[*key, "n_unknown"], row["n_unknown"], key)

    def test_7_a_recount_finds_no_difference(self):
        result = self.staff("recount", "--round", ROUND)
        self.assert_exit(0, result)
        self.assertIn("khác biệt 0", result.stdout)
        self.assert_exit(0, self.staff("recount"))
        self.assert_exit(1, self.staff("recount", "--round", "2031"))

    def head_entry(self, unit):
        """Number and header of what the unit last did."""
        with self.collector.staff() as staff:
            entries = staff.call(unit_history=pb.UnitHistory(round=ROUND, tax_code=unit)).unit_entries.entry
        return entries[0].number, Header(entries[0].header)

    def edit(self, number, offset, mask):
        done = subprocess.run([EDIT_LOG, self.collector.data, str(number), str(offset), str(mask)], check=True,
                              capture_output=True, text=True, timeout=60)
        before, after = (int(x, 16) for x in done.stdout.split())
        self.assertEqual(before ^ after, mask)

    def test_8_a_flipped_bit_and_a_flipped_byte_are_both_named(self):
        with open(SURVEY, encoding="utf-8") as f:
            indicator = json.load(f)["indicators"][0]["code"]
        flipped, header = self.head_entry(self.units[2])
        spoilt, other = self.head_entry(self.units[5])
        self.assertEqual((header.kind, other.kind), (pb.SUBMISSION, pb.SUBMISSION))
        self.assertGreater(other.payload_bytes, 8)
        self.collector.stop()
        self.edit(flipped, BITS_AT, 1)
        self.edit(spoilt, ANSWERS_AT + other.payload_bytes // 2, 0x04)
        for checkpoint in (True, False):
            if not checkpoint:
                os.unlink(os.path.join(self.collector.data, "checkpoint"))
            self.collector.start()
            result = self.staff("recount")
            self.assert_exit(1, result)
            self.assertRegex(result.stdout, r"entry %d unit %s: %s is stored as" % (
                flipped, self.units[2], indicator))
            self.assertRegex(result.stdout, r"entry %d unit %s: the digest does not fit" % (spoilt, self.units[5]))
            named = set(re.findall(r"entry (\d+)", result.stdout))
            self.assertEqual(named, {str(flipped), str(spoilt)})
            self.collector.stop()
        self.edit(flipped, BITS_AT, 1)
        self.edit(spoilt, ANSWERS_AT + other.payload_bytes // 2, 0x04)
        os.unlink(os.path.join(self.collector.data, "checkpoint"))
        self.collector.start()
        self.assert_exit(0, self.staff("recount"))


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""The office's work before the first answer, with the real khaosat against the real khaosatd: rounds, and
registers good and bad. What follows is in test_briefing.py."""

import csv
import io
import json
import os
import shutil
import tempfile
import unicodedata
import unittest

import khaosat_pb2 as pb
from client import SURVEY, ClientTest
from wire import Collector, tax_code

NOWHERE = "127.0.0.1:1"
HEADER = "tax_code,name,unit_type,commune,zone,vsic,vsic_version,employees,revenue_mvnd,status"


def register_row(i, **changes):
    row = {"tax_code": tax_code(i), "name": "Công ty TNHH số %d" % i, "unit_type": "DN", "commune": "18073",
           "zone": "NONE", "vsic": "46", "vsic_version": "2018", "employees": str(10 + i), "revenue_mvnd": "1000",
           "status": "ACTIVE", **changes}
    return ",".join(row[c] for c in HEADER.split(","))


class OfficeTest(ClientTest):
    """A collector of its own and no round yet; every command is the staff's unless it says otherwise."""

    @classmethod
    def setUpClass(cls):
        cls.collector = Collector().start()
        cls.addClassCleanup(cls.collector.remove)
        cls.folder = tempfile.mkdtemp(prefix="khaosat-office-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)

    @classmethod
    def staff(cls, *arguments, **environment):
        return cls.khaosat("--token-file", os.path.join(cls.collector.data, "staff.token"), *arguments,
                           **environment)

    @classmethod
    def write(cls, name, text):
        with open(cls.path(name), "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        return cls.path(name)

    @classmethod
    def create(cls, name, *more):
        return cls.staff("round", "create", name, "--survey", SURVEY, "--reference-date", "2025-12-31", *more)

    def import_register(self, round_name, text, codes, *more):
        return self.staff(*more, "register", "import", self.write("register.csv", text), "--round", round_name,
                          "--codes", self.path(codes))

    def units_of(self, round_name):
        with self.collector.staff() as staff:
            rounds = staff.call(list_rounds=pb.ListRounds()).rounds.round
        return next(r.units for r in rounds if r.name == round_name)


class RoundTest(OfficeTest):
    def test_a_round_is_created_once(self):
        result = self.create("once")
        self.assert_exit(0, result)
        self.assertIn("đã tạo đợt once", result.stdout)
        self.assert_exit(1, self.create("once"))
        self.assertIn("once", self.staff("round", "list").stdout)

    def test_a_bad_survey_is_named_with_the_path_of_each_problem(self):
        with open(SURVEY, encoding="utf-8") as f:
            survey = json.load(f)
        survey["goals"][0]["population"] = "NOPE"
        path = self.write("bad-survey.json", json.dumps(survey))
        result = self.staff("round", "create", "bad", "--survey", path, "--reference-date", "2025-12-31")
        self.assert_exit(1, result)
        self.assertIn("/goals/0/population", result.stderr)
        result = self.staff("--lang", "en", "round", "create", "bad", "--survey", path, "--reference-date", "2025-12-31")
        self.assertIn(": 1 problem\n", result.stderr)
        self.assertNotRegex(self.staff("round", "list").stdout, "(?m)^bad ")
        checked = self.khaosat("survey", "check", path, KHAOSAT_SERVER=NOWHERE)
        self.assert_exit(1, checked)
        self.assertIn("/goals/0/population", checked.stdout + checked.stderr)
        self.assert_exit(0, self.khaosat("survey", "check", SURVEY, KHAOSAT_SERVER=NOWHERE))
        with open(SURVEY, encoding="utf-8") as f:
            torn = self.write("torn-survey.json", f.read(5000))
        checked = self.khaosat("survey", "check", torn, KHAOSAT_SERVER=NOWHERE)
        self.assert_exit(1, checked)
        self.assertIn(f"{torn}: line ", checked.stdout)
        result = self.staff("round", "create", "bad", "--survey", torn, "--reference-date", "2025-12-31")
        self.assert_exit(1, result)
        self.assertIn("\n  line ", result.stderr)

    def test_wrong_use_is_named_and_exits_2(self):
        for arguments, words in (
                (["round", "create", "x"], "--reference-date"),
                (["round", "create", "x", "--survey", SURVEY, "--reference-date", "2025-02-30"], "2025-02-30"),
                (["round", "opne", "x"], "round open"), (["rates", "--fromat", "csv"], "--format"),
                (["rates", "--by", "region"], "zone_type"), (["export", "run", "--stage", "x"], "x"),
                (["register", "import", "x.csv", "--round", "x"], "--codes")):
            with self.subTest(arguments=arguments):
                result = self.staff(*arguments)
                self.assert_exit(2, result)
                self.assertIn(words, result.stderr)

    def test_names_and_times_out_of_the_rules_are_refused_in_the_language_asked_for(self):
        result = self.create("Đợt 1")
        self.assert_exit(1, result)
        self.assertIn("create_round.name: 1 đến 32 ký tự", result.stderr)
        result = self.staff("--lang", "en", "round", "create", "A B", "--survey", SURVEY, "--reference-date",
                            "2025-12-31")
        self.assertIn("create_round.name: 1 to 32 of", result.stderr)

    def test_without_a_token_or_with_a_wrong_one_nothing_is_done(self):
        self.assert_exit(2, self.khaosat("round", "open", "x"))
        self.assert_exit(1, self.khaosat("--token-file", self.write("t", "ab\n"), "round", "open", "x"))
        self.assert_exit(1, self.khaosat("--token-file", self.write("t", "0" * 64), "round", "open", "x"))
        result = self.khaosat("--token-file", self.path("no-such"), "round", "open", "x")
        self.assert_exit(1, result)
        self.assertIn("không có tệp", result.stderr)

    def test_a_collector_that_is_not_there_exits_4(self):
        result = self.staff("round", "list", KHAOSAT_SERVER=NOWHERE)
        self.assert_exit(4, result)
        self.assertIn(NOWHERE, result.stderr)

    def test_a_round_opens_closes_and_is_reopened_for_one_unit(self):
        one, two = tax_code(0), tax_code(1)
        self.assert_exit(0, self.create("life"))
        self.assert_exit(1, self.staff("round", "open", "life"))  # no register yet
        register = "\n".join([HEADER, register_row(0), register_row(1)]) + "\n"
        self.assert_exit(0, self.import_register("life", register, "life-codes.csv"))
        self.assertRegex(self.staff("--lang", "en", "round", "list").stdout, r"(?m)^life +not yet open.*0/2 units")
        self.assert_exit(0, self.staff("round", "open", "life"))
        self.assert_exit(1, self.staff("round", "open", "life"))
        self.assert_exit(0, self.staff("round", "close", "life"))
        self.assertRegex(self.staff("--lang", "en", "round", "list").stdout, r"(?m)^life +closed.*closed at \d{4}-")
        self.assertRegex(self.staff("round", "list").stdout, r"(?m)^life .*đóng lúc \d\d/\d\d/\d{4}")
        self.assert_exit(1, self.staff("round", "reopen", "life", "--unit", one, "--until", "2020-01-01"))
        self.assert_exit(2, self.staff("round", "reopen", "life", "--unit", one, "--until", "soon"))
        self.assert_exit(2, self.staff("round", "reopen", "life", "--unit", one[:-1], "--until", "2099-01-01"))
        self.assert_exit(1, self.staff("round", "reopen", "life", "--unit", tax_code(9), "--until", "2099-01-01"))
        self.assert_exit(0, self.staff("round", "reopen", "life", "--unit", one, "--until", "2099-01-01"))
        status = self.staff("--lang", "en", "status", "--round", "life", "--unit", one)
        self.assertIn("takes answers until 2099-01-01 23:59:59", status.stdout)
        status = self.staff("--lang", "en", "status", "--round", "life", "--unit", two)
        self.assertIn("takes no answers now", status.stdout)


class RegisterTest(OfficeTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        assert cls.create("bad").returncode == 0
        assert cls.create("good").returncode == 0

    def test_bad_registers_are_named_by_line_column_value_and_rule_and_load_nothing(self):
        one, two = register_row(0), register_row(1)
        wrong = tax_code(1)[:-1] + str((int(tax_code(1)[-1]) + 1) % 10)
        nfd = unicodedata.normalize("NFD", two)
        self.assertNotEqual(nfd, two)
        cases = (
            ("a unit twice", [HEADER, one, two, one], [r"dòng 4, cột tax_code: .*%s.*EH13.*dòng 2" % tax_code(0)]),
            ("wrong check digit", [HEADER, one, register_row(1, tax_code=wrong)],
             [r"dòng 3, cột tax_code: giá trị \"%s\" \[EH01\]" % wrong]),
            ("not in normal form C", [HEADER, one, nfd], [r"dòng 3, cột name: .*\[EH15\].*NFC"]),
            ("a column missing", [HEADER.replace(",unit_type", ""), one.replace(",DN", "")],
             [r"dòng 1, cột unit_type: thiếu"]),
            ("a column misnamed", [HEADER.replace("zone", "zonne"), one], [r"dòng 1, cột zonne: không có cột"]),
            ("a column twice", [HEADER + ",zone", one + ",NONE"], [r"dòng 1, cột zone: .*hai lần"]),
            ("a cell missing", [HEADER, one.rsplit(",", 1)[0]], [r"dòng 2: số ô"]),
            ("an unknown commune", [HEADER, register_row(0, commune="99999")],
             [r"dòng 2, cột commune: giá trị \"99999\" \[EH16\]"]),
            ("an unknown industry", [HEADER, register_row(0, vsic="0000")],
             [r"dòng 2, cột vsic: giá trị \"0000\" \[EH17\]"]),
            ("an unknown kind", [HEADER, register_row(0, unit_type="XX")],
             [r"dòng 2, cột unit_type: giá trị \"XX\" \[EH12\]"]),
            ("a negative number", [HEADER, register_row(0, employees="-5")],
             [r"dòng 2, cột employees: giá trị \"-5\" \[EH12\]"]),
            ("a huge number", [HEADER, register_row(0, revenue_mvnd="9" * 30)], [r"cột revenue_mvnd: .*\[EH12\]"]),
            ("no name", [HEADER, register_row(0, name="")], [r"dòng 2, cột name: ô trống"]),
            ("a control character", [HEADER, register_row(0, name="a\x07b")], [r"cột name: .*\\u0007.*\[EH15\]"]),
            ("a quote never closed", [HEADER, '"' + one], [r"dòng 2: .*dấu nháy kép"]),
            ("semicolons", [HEADER.replace(",", ";"), one.replace(",", ";")], [r"dòng 1: .*dấu phẩy"]),
            ("no row", [HEADER], [r"không có đơn vị nào"]),
            ("nothing at all", [], [r"tệp rỗng"]),
            ("two faults", [HEADER, register_row(0, commune="1"), register_row(1, employees="x")],
             [r"dòng 2, cột commune", r"dòng 3, cột employees", r"2 lỗi; chưa nạp gì cả"]),
        )
        for what, lines, patterns in cases:
            with self.subTest(what):
                result = self.import_register("bad", "".join(x + "\n" for x in lines), "bad-codes.csv")
                self.assert_exit(1 if what == "no row" else 3, result)
                for pattern in patterns:
                    self.assertRegex(result.stderr, pattern)
                self.assertFalse(os.path.exists(self.path("bad-codes.csv")))
                self.assertEqual(self.units_of("bad"), 0)

    def test_bytes_that_are_not_utf_8_are_refused(self):
        one = register_row(0)
        for what, data in (("Latin-1", (HEADER + "\n" + register_row(0, name="Soci\xe9t\xe9")).encode("latin-1")),
                           ("UTF-16", (HEADER + "\n" + one).encode("utf-16")),
                           ("a NUL", (HEADER + "\n" + one.replace("TNHH", "TN\0HH")).encode())):
            with self.subTest(what):
                self.assert_exit(3, self.import_register("bad", data, "bad-codes.csv"))
                self.assertFalse(os.path.exists(self.path("bad-codes.csv")))
                self.assertEqual(self.units_of("bad"), 0)

    def test_a_good_register_of_a_spreadsheet_is_loaded_and_the_codes_are_kept_from_others(self):
        rows = [HEADER, register_row(0), register_row(1, name='"Công ty\r\nhai dòng"').replace("\r\n", " "),
                register_row(2, name='"Hợp tác xã ""Ba"", Hà Tĩnh"', unit_type="HTX"), register_row(3, status="")]
        data = b"\xef\xbb\xbf" + "\r\n".join(rows).encode() + b"\r\n"
        result = self.import_register("good", data, "codes.csv")
        self.assert_exit(0, result)
        self.assertIn("đã nạp 4 đơn vị", result.stdout)
        self.assertRegex(result.stdout, r"G2_STRICT +N = 2, chưa rõ 1: cột status trống ở 1 đơn vị")
        self.assertEqual(self.units_of("good"), 4)
        self.assertEqual(os.stat(self.path("codes.csv")).st_mode & 0o777, 0o600)
        with open(self.path("codes.csv"), encoding="utf-8", newline="") as f:
            before = f.read()
        codes = list(csv.DictReader(io.StringIO(before, newline="")))
        self.assertEqual([c["tax_code"] for c in codes], [tax_code(i) for i in range(4)])
        self.assertEqual(codes[2]["name"], 'Hợp tác xã "Ba", Hà Tĩnh')
        for code in codes:
            self.assertRegex(code["access_code"], r"^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$")
        # A second register, for this round or another, leaves the file of codes alone.
        for round_name in ("good", "bad"):
            self.assert_exit(1, self.import_register(round_name, data, "codes.csv"))
        with open(self.path("codes.csv"), encoding="utf-8", newline="") as f:
            self.assertEqual(f.read(), before)
        self.assertEqual((self.units_of("good"), self.units_of("bad")), (4, 0))

    def test_a_newline_inside_quotes_keeps_the_count_of_lines_and_is_refused_in_a_name(self):
        lines = [HEADER, register_row(0, name='"Công ty\nmột"'), register_row(1, commune="1")]
        result = self.import_register("bad", "\n".join(lines) + "\n", "bad-codes.csv")
        self.assert_exit(3, result)
        self.assertRegex(result.stderr, r"dòng 2, cột name: .*\[EH15\]")
        self.assertRegex(result.stderr, r"dòng 4, cột commune")

    def test_a_codes_file_that_cannot_be_made_stops_it_before_anything_is_sent(self):
        result = self.import_register("bad", HEADER + "\n" + register_row(0) + "\n", "no/such/folder/codes.csv")
        self.assert_exit(1, result)
        self.assertIn("không có tệp hoặc thư mục này", result.stderr)
        self.assertEqual(self.units_of("bad"), 0)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""submit, send, correct, withdraw, check and receipt: exit codes, spool, receipts, refused rows."""

import json
import os
import socket
import struct
import threading
import unicodedata
import unittest

import khaosat_pb2 as pb
from client import ANSWERS, LIMIT_S, ROUND, SURVEY, ClientTest

NOWHERE = "127.0.0.1:1"
CSV_COLUMNS = sorted(ANSWERS)


def csv_cell(value):
    return ";".join(value) if isinstance(value, list) else str(value)


class Cut:
    """A way to the collector that ends when it says that something was accepted."""

    def __init__(self, port):
        self.port = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(LIMIT_S)
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.relay, daemon=True)
        self.thread.start()

    @staticmethod
    def frame(stream):
        head = stream.read(4)
        return head + stream.read(struct.unpack(">I", head)[0]) if len(head) == 4 else b""

    def relay(self):
        near, _ = self.listener.accept()
        with near, socket.create_connection(("127.0.0.1", self.port), LIMIT_S) as far, \
                near.makefile("rb") as asked, far.makefile("rb") as answered:
            near.settimeout(LIMIT_S)
            while request := self.frame(asked):
                far.sendall(request)
                answer = self.frame(answered)
                if pb.Response.FromString(answer[4:]).status == pb.ACCEPTED:
                    return
                near.sendall(answer)

    def end(self):
        self.thread.join(LIMIT_S)
        self.listener.close()


class SubmittingTest(ClientTest):
    def tearDown(self):
        self.withdraw_all()

    def write_csv(self, rows, name="rows.csv"):
        path = self.path(name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(",".join(["tax_code", "access_code", *CSV_COLUMNS]) + "\r\n")
            for unit, code, changes in rows:
                cells = {**ANSWERS, **changes}
                f.write(",".join([unit, code, *(csv_cell(cells[c]) for c in CSV_COLUMNS)]) + "\r\n")
        return path

    def test_an_accepted_file_leaves_a_receipt_that_verifies_offline_and_nothing_in_the_spool(self):
        result = self.khaosat("submit", self.submission(self.units[0]))
        self.assert_exit(0, result)
        self.assertEqual(self.files("spool"), [])
        (receipt,) = self.files("receipts")
        path = os.path.join(self.path("home"), "receipts", receipt)
        self.assert_exit(0, self.khaosat("receipt", path, KHAOSAT_SERVER=NOWHERE))
        with open(path, encoding="utf-8") as f:
            content = json.load(f)
        self.assertNotIn("access_code", content)
        content["answers_hex"] = "00" + content["answers_hex"][2:]
        with open(path, "w", encoding="utf-8") as f:
            json.dump(content, f)
        self.assert_exit(1, self.khaosat("receipt", path))

    def test_what_cannot_be_sent_waits_and_is_sent_once(self):
        path = self.submission(self.units[0])
        self.assert_exit(0, self.khaosat("survey", "show", "--round", ROUND))
        for _ in range(2):
            self.assert_exit(4, self.khaosat("submit", path, KHAOSAT_SERVER=NOWHERE))
        self.assertEqual(len(self.files("spool")), 1)
        self.assert_exit(4, self.khaosat("send", KHAOSAT_SERVER=NOWHERE))
        self.assert_exit(0, self.khaosat("send"))
        self.assertEqual(self.files("spool"), [])
        self.assertEqual(len(self.files("receipts")), 1)
        self.assert_exit(0, self.khaosat("send"))

    def test_what_the_collector_then_refuses_moves_away_with_the_reason(self):
        self.assert_exit(0, self.khaosat("survey", "show", "--round", ROUND))
        path = self.submission(self.units[0], answers={**ANSWERS, "M01": ["GIS"]})
        self.assert_exit(4, self.khaosat("submit", path, KHAOSAT_SERVER=NOWHERE))
        self.assert_exit(3, self.khaosat("send"))
        self.assertEqual(self.files("spool"), [])
        item, reason = self.files("refused")
        self.assertEqual(item + ".txt", reason)
        with open(os.path.join(self.path("home"), "refused", reason), encoding="utf-8") as f:
            self.assertIn("EH05 M01", f.read())

    def test_what_is_rejected_exits_3_and_is_not_kept(self):
        path = self.submission(self.units[0], answers={**ANSWERS, "F01": 150})
        result = self.khaosat("submit", path)
        self.assert_exit(3, result)
        self.assertIn("EH06", result.stderr + result.stdout)
        self.assertEqual(self.files("spool") + self.files("receipts") + self.files("refused"), [])

    def test_a_check_offline_finds_what_the_collector_would(self):
        path = self.submission(self.units[2], answers={**ANSWERS, "F01": 150, "D01": ["NONE"]})
        arguments = ["check", "--survey", SURVEY, "--reference-date", "2025-12-31"]
        row = ["--register-row", "unit_type=DN,vsic=10,employees=30"]
        result = self.khaosat(*arguments, *row, path, KHAOSAT_SERVER=NOWHERE)
        self.assert_exit(3, result)
        self.assertIn("EH06", result.stdout)
        self.assertNotIn("EH05", result.stdout)
        good = self.submission(self.units[2], answers={**ANSWERS, "D01": ["NONE"]})
        self.assert_exit(0, self.khaosat(*arguments, *row, good, KHAOSAT_SERVER=NOWHERE))
        row = ["--register-row", "unit_type=DN,vsic=46,employees=30"]
        result = self.khaosat(*arguments, *row, good, KHAOSAT_SERVER=NOWHERE)
        self.assert_exit(3, result)
        self.assertIn("EH05", result.stdout)

    def test_a_correction_replaces_the_head_and_a_second_first_submission_is_stale(self):
        path = self.submission(self.units[0])
        self.assert_exit(0, self.khaosat("submit", path))
        self.assert_exit(1, self.khaosat("submit", path))
        better = self.submission(self.units[0], answers={**ANSWERS, "F01": 55})
        result = self.khaosat("--lang", "en", "correct", better)
        self.assert_exit(0, result)
        self.assertRegex(result.stdout, r"accepted, revision \d+")
        self.withdraw(self.units[0])
        self.assert_exit(1, self.khaosat("correct", better))
        self.assertEqual(len(self.files("receipts")), 3)

    def test_a_correction_whose_answer_was_lost_is_made_once_and_earns_its_receipt(self):
        unit = self.units[0]
        self.assert_exit(0, self.khaosat("submit", self.submission(unit)))
        path = self.submission(unit, answers={**ANSWERS, "F01": 70})
        cut = Cut(self.collector.port)
        self.addCleanup(cut.end)
        self.assert_exit(4, self.khaosat("correct", path, KHAOSAT_SERVER=cut.address))
        self.assertEqual(len(self.files("spool")), 1)
        again = self.khaosat("correct", path, "--lang", "en")
        self.assert_exit(0, again)
        self.assertIn("had been accepted before", again.stdout)
        self.assertEqual((len(self.files("spool")), len(self.files("receipts"))), (0, 2))

    def test_a_correction_that_names_what_it_corrects_is_the_same_whenever_it_is_sent(self):
        unit = self.units[0]
        self.assert_exit(0, self.khaosat("submit", self.submission(unit)))
        with open(os.path.join(self.path("home"), "receipts", self.files("receipts")[0]), encoding="utf-8") as f:
            first = json.load(f)["instance_id"]
        path = self.submission(unit, answers={**ANSWERS, "F01": 70}, corrects=first)
        once, again = (self.khaosat("correct", path, "--lang", "en") for _ in range(2))
        self.assert_exit(0, once)
        self.assertEqual(again.stdout, once.stdout.replace(": accepted", ": had been accepted before"))
        self.assertEqual(len(self.files("receipts")), 2)
        other = self.submission(unit, answers={**ANSWERS, "F01": 71}, corrects=first)
        self.assert_exit(1, self.khaosat("correct", other))  # that is no longer the head

    def test_a_withdrawal_asks_first(self):
        self.assert_exit(0, self.khaosat("submit", self.submission(self.units[0])))
        arguments = ["withdraw", "--unit", self.units[0], "--code-file", self.code_file(self.units[0])]
        self.assert_exit(1, self.khaosat(*arguments))
        self.assert_exit(0, self.khaosat(*arguments, "--yes"))

    def test_a_csv_of_many_is_replayed_when_it_is_run_again(self):
        # Answers of its own: the other tests withdraw, and a withdrawn submission is still known by its id.
        path = self.write_csv([(u, self.codes[u], {"F01": 41}) for u in self.units[:2]])
        result = self.khaosat("--lang", "en", "submit", "--csv", path, "--round", ROUND)
        self.assert_exit(0, result)
        self.assertIn("Accepted 2, accepted before 0, refused 0", result.stdout)
        result = self.khaosat("--lang", "en", "submit", "--csv", path, "--round", ROUND)
        self.assert_exit(0, result)
        self.assertIn("Accepted 0, accepted before 2, refused 0", result.stdout)
        receipts = [os.path.join(self.path("home"), "receipts", n) for n in self.files("receipts")]
        self.assertEqual(len(receipts), 2)
        self.assert_exit(0, self.khaosat("receipt", *receipts))
        self.assertFalse(os.path.exists(path + ".rejected.csv"))

    def test_bad_rows_of_a_csv_come_back_with_their_reasons_and_can_be_run_after_repair(self):
        one, two, three = self.units
        path = self.write_csv([(one, self.codes[one], {"F01": 150}), (two, self.codes[one], {"F01": 42}),
                               ("3000123456", self.codes[two], {}), (two, self.codes[two], {"B03": "MAYBE"}),
                               (two, self.codes[two], {"F01": 43})])
        result = self.khaosat("submit", "--csv", path, "--round", ROUND)
        self.assert_exit(3, result)
        with open(path + ".rejected.csv", encoding="utf-8") as f:
            lines = f.read().splitlines()
        self.assertEqual(len(lines), 5)
        self.assertTrue(lines[0].endswith("rejected_line,rejected_column,rejected_reason"))
        found = {line.split(",")[-3 if line.count('"') == 0 else -1]: line for line in lines[1:]}
        self.assertEqual(len(found), 4)
        self.assertTrue(any(",2,F01," in line and "EH06" in line for line in lines))
        self.assertTrue(any(",4,tax_code," in line for line in lines))
        self.assertTrue(any(",5,B03," in line for line in lines))
        with open(self.path("repaired.csv"), "w", encoding="utf-8") as f:
            f.write(lines[0] + "\r\n" + next(x for x in lines if ",2,F01," in x).replace(",150,", ",44,") + "\r\n")
        self.assert_exit(0, self.khaosat("submit", "--csv", self.path("repaired.csv"), "--round", ROUND))

    def test_what_is_refused_is_named_by_file_and_said_in_the_language_asked_for(self):
        good = self.submission(self.units[0], name="good.json")
        bad = self.submission(self.units[1], name="bad.json", answers={**ANSWERS, "B01": ["XX"]})
        whole = self.submission(self.units[1], name="half.json", answers={**ANSWERS, "F01": 50.5})
        for lang, words in (("vi", ['không có lựa chọn "XX"', "phải là số nguyên", "có lỗi, chưa gửi gì"]),
                            ("en", ['unknown choice "XX"', "must be a whole number", "has errors, nothing was sent"])):
            result = self.khaosat("--lang", lang, "submit", bad, whole)
            self.assert_exit(3, result)
            self.assertIn("bad.json: answers/B01: " + words[0], result.stderr)
            self.assertIn("half.json: answers/F01: " + words[1], result.stderr)
            self.assertIn("bad.json: " + words[2], result.stderr)
        self.assert_exit(0, self.khaosat("submit", good))
        result = self.khaosat("submit", good)
        self.assert_exit(1, result)
        self.assertIn(self.units[0] + ": không được nhận, chưa lưu gì", result.stderr)

    def test_files_that_are_no_answers_are_refused_by_what_is_wrong(self):
        with open(self.submission(self.units[0]), encoding="utf-8") as f:
            good = f.read()
        self.assert_exit(0, self.khaosat("survey", "show", "--round", ROUND))
        cases = {
            "một khóa có hai lần": good.replace('"F01": 50', '"F01": 50, "F01": 51'),
            "lồng quá sâu": "[" * 100000, "tệp kết thúc giữa chừng": good[:60],
            "có ký tự NUL": good.replace("{", '{"comment": "a\\u0000b", ', 1),
            "không phải UTF-8": good.replace("{", '{"comment": "\xea", ', 1).encode("latin-1"),
            "số quá lớn": good.replace('"F01": 50', '"F01": ' + "9" * 30), "phải là một đối tượng": "[]",
            "foo: khóa không có": good.replace("{", '{"foo": 1, ', 1), "tax_code: mã số thuế": good.replace(
                self.units[0], self.units[0][:-1]), "viết cho XX phiên bản 1": good.replace(
                    "{", '{"survey": "XX", ', 1)}
        for words, text in cases.items():
            with self.subTest(words):
                path = self.path("case.json")
                with open(path, "wb") as f:
                    f.write(text if isinstance(text, bytes) else text.encode())
                for command in ("check", "submit"):
                    result = self.khaosat(command, path)
                    self.assert_exit(1, result)
                    self.assertIn("case.json: ", result.stderr)
                    self.assertIn(words, result.stderr)
        for path, words in ((self.folder, "là thư mục"), (self.path("no-such"), "không có tệp")):
            result = self.khaosat("submit", path)
            self.assert_exit(1, result)
            self.assertIn(words, result.stderr)
        self.assertEqual(self.files("receipts") + self.files("spool"), [])

    def test_texts_of_other_systems_are_taken_and_files_of_another_kind_named(self):
        path = self.path("windows.csv")
        columns = ["tax_code", "access_code", *CSV_COLUMNS, "H08"]
        cells = [csv_cell(ANSWERS[c]) for c in CSV_COLUMNS]
        nfd = unicodedata.normalize("NFD", "Cần tập huấn")
        row = ",".join([self.units[0], self.codes[self.units[0]], *cells, '"%s\r\nthêm"' % nfd])
        whole = "\ufeff" + ",".join(columns) + "\r\n" + row + "\r\n"
        with open(path, "w", encoding="utf-8", newline="") as f:
            f.write(whole)
        self.assert_exit(0, self.khaosat("submit", "--csv", path, "--round", ROUND))
        for words, data in (("dấu phẩy", whole.replace(",", ";").encode()), ("UTF-16", whole[1:].encode("utf-16")),
                            ("tax_code: thiếu cột", whole.replace("tax_code", "seconds").encode()),
                            ("tệp rỗng", b""), ("dấu ngoặc kép", whole.replace('thêm"', "thêm").encode())):
            with self.subTest(words):
                with open(path, "wb") as f:
                    f.write(data)
                result = self.khaosat("submit", "--csv", path, "--round", ROUND)
                self.assert_exit(1, result)
                self.assertIn(words, result.stderr)
        bad = row.replace(self.units[0], self.units[0][:-1])
        with open(path, "w", encoding="utf-8", newline="") as f:
            f.write(",".join(columns) + "\r\n" + bad + "\r\n" + row.replace("NOTSUIT", "XX") + "\r\n")
        result = self.khaosat("submit", "--csv", path, "--round", ROUND)
        self.assertNotEqual(result.returncode, 0)
        self.assertRegex(result.stderr, r"dòng 2, tax_code: .*: %s" % self.units[0][:-1])
        self.assertRegex(result.stderr, r"dòng 4, G07: không có lựa chọn này: XX")

    def test_staff_may_send_on_a_units_behalf(self):
        path = self.submission(self.units[0])
        with open(path, encoding="utf-8") as f:
            content = json.load(f)
        del content["access_code"]
        with open(path, "w", encoding="utf-8") as f:
            json.dump(content, f)
        token = os.path.join(self.collector.data, "staff.token")
        self.assert_exit(0, self.khaosat("--token-file", token, "submit", path))


if __name__ == "__main__":
    unittest.main()

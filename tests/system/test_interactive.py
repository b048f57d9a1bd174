# SPDX-License-Identifier: Apache-2.0
"""The questionnaire filled in at a terminal of its own, and in a pipe."""

import json
import os
import re
import signal
import socket
import threading
import unittest

import khaosat_pb2 as pb
import pexpect

from client import KHAOSAT, LIMIT_S, ROUND, ClientTest
from wire import Client

# What is typed at each question: numbers, as a person does.
TYPED = {
    "B01": "1", "B02": "2", "B03": "c", "C01": "1 5", "C02": "4", "C03": "8", "C04": "1 2", "E01": "4",
    "E02": "11", "E03": "1 5", "E04": "k", "E05": "c", "E06": "k", "E07": "1,2", "F01": "85%", "F02": "1",
    "F03": "2", "F04": "c", "G01": "6", "G07": "1", "H01": "4", "H02": "1.500", "H03": "2021", "H04": "1 11",
    "H05": "", "H06": "2", "H07": "", "H07_TOOL": "", "H08": "Cần tập huấn thêm",
}
SEND = r"Gửi những câu trả lời này\?.*> $"
QUESTION = r"Câu (\d+)/(\d+) · (\w+)\r\n"
DRAFT_SAVED = "Đã lưu bản nháp"


class BadConnection:
    """Passes requests on to the collector and its answers back, but hangs up on who submits: before the submission
    has been passed on, or before its answer has."""

    def __init__(self, port, passes_on):
        self.far_port, self.passes_on = port, passes_on
        self.server = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.server.getsockname()[1]
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        while True:
            try:
                near, _ = self.server.accept()
            except OSError:
                return
            with near, near.makefile("rb") as requests, Client(self.far_port) as far:
                self.pass_on(near, requests, far)

    def pass_on(self, near, requests, far):
        while len(head := requests.read(4)) == 4:
            request = requests.read(int.from_bytes(head, "big"))
            submits = pb.Request.FromString(request).HasField("submit")
            if submits and not self.passes_on:
                return
            far.send(request)
            head = far.receive_bytes(4)
            answer = far.receive_bytes(int.from_bytes(head, "big"))
            if submits:
                return
            near.sendall(head + answer)

    def close(self):
        self.server.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.server.close()


class InteractiveTest(ClientTest):
    other = "vốn vay khó"  # what is typed for the OTHER of H04

    def form(self, unit, *arguments, columns=80, **environment):
        form = pexpect.spawn(KHAOSAT, [*arguments, "submit", "--interactive", "--round", ROUND, "--unit", unit,
                                       "--code-file", self.code_file(unit)], timeout=LIMIT_S, encoding="utf-8",
                             env=self.environment(NO_COLOR="1", **environment), dimensions=(50, columns))
        self.addCleanup(self.end, form)
        return form

    def end(self, form):
        """Not by close(force=True), which gives a killed process a tenth of a second."""
        if form.isalive():
            form.kill(signal.SIGKILL)
            form.wait()
        form.close()

    def answer(self, form, typed, until=None):
        """Answer each question as it comes; stops before `until`, or where something else is asked."""
        asked = []
        while form.expect([QUESTION, r"Còn \d+ câu", r"Cần sửa", r"Lý do: $", r"Câu trả lời\r\n"]) == 0:
            code = form.match.group(3)
            form.expect(r"> $")
            if code == until:
                return asked
            asked.append(code)
            form.sendline(typed[code])
            if code == "H04":
                form.expect(r"  > $")
                form.sendline(self.other)
        return asked

    def ended(self, form):
        form.expect(pexpect.EOF)
        form.close()
        return form.exitstatus

    def receipt(self):
        (name,) = self.files("receipts")
        with open(os.path.join(self.path("home"), "receipts", name), encoding="utf-8") as f:
            return json.load(f)

    def tearDown(self):
        self.withdraw_all()

    def test_a_firm_answers_from_the_first_question_to_the_receipt(self):
        form = self.form(self.units[0])
        asked = self.answer(form, TYPED)
        self.assertNotIn("D01", asked)
        self.assertNotIn("G02", asked)
        form.expect(SEND)
        self.assertRegex(form.before, r"H02 +1\.500 triệu đồng")
        self.assertRegex(form.before, r"H03 +2021\r")
        form.sendline("")
        form.expect("đã được nhận")
        form.expect(r"\[c/K\] $")
        form.sendline("c")
        for field in ("Nguyễn Văn An", "Kế toán", "0912345678", "an@example.vn"):
            form.expect(r"> $")
            form.sendline(field)
        form.expect("Đã lưu thông tin liên hệ")
        self.assertEqual(self.ended(form), 0)
        self.assertEqual(self.receipt()["tax_code"], self.units[0])
        self.assertEqual(self.files("drafts") + self.files("spool"), [])
        self.assertEqual(oct(os.stat(self.path("home")).st_mode)[-3:], "700")

    def test_all_that_will_be_sent_is_shown_before(self):
        self.other = " ".join("khó%02d" % i for i in range(48)) + " hết"
        form = self.form(self.units[0])
        self.answer(form, {**TYPED, "H04": "1 2 3 4 5 6 7 8 9 10 11"})
        form.expect(SEND)
        self.assertIn("hết", form.before)
        form.sendline(":q")
        form.expect(DRAFT_SAVED)
        self.assertEqual(self.ended(form), 0)

    def test_a_wrong_answer_is_explained_and_asked_again(self):
        form = self.form(self.units[0])
        form.expect(QUESTION)
        form.expect(r"> $")
        for line, reason in (("9", "không phải một trong các số"), ("1 6", "Đã chọn 'Không'"),
                             ("", "Câu này cần được trả lời"), (":zz", "không có lệnh này")):
            form.sendline(line)
            form.expect("✗ [^\n]*" + re.escape(reason))
            form.expect(r"> $")
        form.sendline("1")
        form.expect(r"Câu 2/\d+ · B02")

    def test_going_back_and_leaving_keeps_the_draft_and_resumes_at_the_place(self):
        form = self.form(self.units[0])
        self.answer(form, TYPED, until="C01")
        form.sendline("<")
        form.expect("· B03")
        form.expect("Đang là: Có")
        form.expect(r"> $")
        form.sendline("k")
        form.expect("· C01")
        form.expect(r"> $")
        form.sendline(":q")
        form.expect(DRAFT_SAVED)
        self.assertEqual(self.ended(form), 0)
        (draft,) = self.files("drafts")
        path = os.path.join(self.path("home"), "drafts", draft)
        self.assertEqual(oct(os.stat(path).st_mode)[-3:], "600")
        with open(path, encoding="utf-8") as f:
            self.assertEqual(json.load(f)["answers"], {"B01": ["EOFFICE"], "B02": "P25", "B03": "NO"})
        form = self.form(self.units[0])
        form.expect("3 câu đã trả lời")
        form.expect(r"\[C/k\] $")
        form.sendline("")
        form.expect("· C01")

    def test_killed_at_any_time_the_answers_given_are_kept(self):
        form = self.form(self.units[0])
        self.answer(form, TYPED, until="C02")
        form.kill(9)
        form.wait()
        form = self.form(self.units[0])
        form.expect("4 câu đã trả lời")

    def test_what_is_missing_wrong_and_doubtful_comes_up_before_sending(self):
        typed = {**TYPED, "E01": "1", "B01": "1 3", "G01": "2", "G03": "0", "G05_B2C": "60", "G05_B2B": "30",
                 "G05_B2G": "5", "G06": "1", "F04": ""}
        form = self.form(self.units[0])
        form.expect(QUESTION)
        form.expect(r"> $")
        form.sendline(typed["B01"])
        self.answer(form, typed, until="G05_B2G")
        form.sendline("5")
        form.expect("phải có[^✗]*tổng 100%")
        form.expect(r"> $")
        form.sendline("")
        self.answer(form, typed)
        form.expect("F04")
        form.expect(r"> $")
        form.sendline("")
        form.expect("· F04")
        form.expect(r"> $")
        form.sendline("c")
        form.expect("Cần sửa trước khi gửi")
        form.expect("EH08")
        form.expect(r"> $")
        form.sendline("")
        for value in ("", "", "10"):
            form.expect(r"· G05_B2\w.*> $")
            form.sendline(value)
        doubts = []
        while form.expect([r"Lý do: $", SEND]) == 0:
            doubts += re.findall(r"\[(ES\d+)\]", form.before)
            form.sendline("đúng như vậy")
        self.assertIn("ES03", doubts)
        self.assertIn("ES06", doubts)
        self.assertIn("ES10", doubts)
        form.sendline("")
        form.expect("đã được nhận")

    def test_answers_given_before_can_be_corrected_from_the_receipt(self):
        form = self.form(self.units[0])
        self.answer(form, TYPED)
        form.expect(SEND)
        form.sendline("")
        form.expect(r"\[c/K\] $")
        form.sendline("")
        self.assertEqual(self.ended(form), 0)
        form = self.form(self.units[0])
        form.expect("Sửa câu trả lời đó")
        form.expect(r"\[c/K\] $")
        form.sendline("c")
        form.expect("· B01")
        form.expect("Đang là: Quản lý văn bản")
        form.expect(r"> $")
        form.sendline(":F01")
        form.expect("· F01")
        form.expect(r"> $")
        form.sendline("90")
        form.expect("· F02")
        form.expect(r"> $")
        form.sendline(":r")
        form.expect(SEND)
        form.sendline("")
        form.expect("đã được nhận, lần ")
        form.expect(r"\[c/K\] $")
        form.sendline("")
        self.assertEqual(self.ended(form), 0)
        kinds = []
        for name in self.files("receipts"):
            with open(os.path.join(self.path("home"), "receipts", name), encoding="utf-8") as f:
                kinds.append(json.load(f)["kind"])
        self.assertEqual(sorted(kinds), ["correction", "submission"])

    def test_without_a_collector_the_answers_wait_in_the_spool(self):
        form = self.form(self.units[0])
        form.expect("· B01")
        form.sendline(":q")
        self.ended(form)
        form = self.form(self.units[0], KHAOSAT_SERVER="127.0.0.1:1")
        self.answer(form, TYPED)
        form.expect(SEND)
        form.sendline("")
        form.expect("khaosat send")
        self.assertEqual(self.ended(form), 4)
        self.change_without_a_collector("F01", "90")
        self.change_without_a_collector("F01", "95")
        self.assertEqual(len(self.files("spool")), 3)
        self.assert_exit(0, self.khaosat("send"))
        self.assertEqual(self.files("refused") + self.files("spool"), [])
        status = self.khaosat("history", "--answers", "--round", ROUND, "--unit", self.units[0], "--code-file",
                              self.code_file(self.units[0]))
        self.assertRegex(status.stdout, r" 85 .*\n +90 .*\n +95 .*\nF02 ")
        form = self.form(self.units[0])
        form.expect("Sửa câu trả lời đó")

    def test_what_is_refused_when_it_is_sent_later_is_mended_in_the_form(self):
        """Without a collector a form that has not seen the unit yet asks a trader for production too."""
        unit = self.units[0]
        self.assert_exit(0, self.khaosat("survey", "show", "--round", ROUND))
        form = self.form(unit, KHAOSAT_SERVER="127.0.0.1:1")
        typed = {**TYPED, "D01": "1", "D02": "1", **{"M0%d" % i: "" for i in range(1, 5)}}
        self.assertIn("D01", self.answer(form, typed))
        form.expect(SEND)
        form.sendline("")
        self.assertEqual(self.ended(form), 4)
        result = self.khaosat("send")
        self.assert_exit(3, result)
        self.assertIn("còn trong bản nháp; sửa và gửi lại bằng: khaosat submit --interactive --round %s --unit %s\n"
                      % (ROUND, unit), result.stderr)
        form = self.form(unit)
        form.expect(r"Có bản nháp[^>]*\[C/k\] $")
        form.sendline("")
        form.expect(r"> $")
        form.sendline(":r")
        form.expect(SEND)
        self.assertNotIn("D01", form.before)
        form.sendline("")
        form.expect(r"\[c/K\] $")
        form.sendline("")
        self.assertEqual(self.ended(form), 0)
        self.assertEqual(len(self.files("receipts")), 1)

    def test_on_a_connection_that_breaks_at_each_try_the_last_answers_count(self):
        unit, server = self.units[0], {}
        for passes_on in (False, True):
            bad = BadConnection(self.collector.port, passes_on)
            self.addCleanup(bad.close)
            server[passes_on] = bad.address
        form = self.form(unit, KHAOSAT_SERVER=server[False])
        self.answer(form, TYPED)
        form.expect(SEND)
        form.sendline("")
        form.expect("khaosat send")
        self.assertEqual((self.ended(form), len(self.files("spool"))), (4, 1))
        self.change_without_a_collector("F01", "90", KHAOSAT_SERVER=server[True])
        self.assertEqual(len(self.files("spool")), 2)
        form = self.form(unit)
        form.expect("đã gửi bản còn chờ: nhận 2, bị từ chối 0")
        form.expect("Sửa câu trả lời đó")
        form.sendline("")
        self.assertEqual(self.ended(form), 0)
        self.assertEqual((self.files("spool"), self.files("refused"), len(self.files("receipts"))), ([], [], 2))
        history = self.khaosat("history", "--answers", "--round", ROUND, "--unit", unit, "--code-file", self.code_file(unit))
        self.assertRegex(history.stdout, r" 85 .*\n +90 .*\nF02 ")

    def change_without_a_collector(self, code, value, **environment):
        form = self.form(self.units[0], **{"KHAOSAT_SERVER": "127.0.0.1:1", **environment})
        form.expect(r"\[C/k\] $")
        for line in ("", ":" + code, value, ":r"):
            form.sendline(line)
            form.expect(r"> $")
        form.sendline("")
        form.expect("sẽ được gửi sau, để thay bản đó")
        form.expect("khaosat send")
        self.assertEqual(self.ended(form), 4)

    def test_a_collector_that_goes_away_in_the_middle_leaves_the_answers_in_the_spool(self):
        form = self.form(self.units[0])
        self.answer(form, TYPED)
        form.expect(SEND)
        self.collector.stop()
        form.sendline("")
        form.expect("khaosat send")
        self.assertEqual(self.ended(form), 4)
        self.assertEqual(len(self.files("spool")), 1)
        self.collector.start()
        self.assert_exit(0, self.khaosat("send"))
        self.assertEqual((self.files("spool"), len(self.files("receipts"))), ([], 1))

    def test_the_text_of_other_is_asked_until_it_is_good(self):
        form = self.form(self.units[0])
        self.answer(form, TYPED, until="H04")
        form.sendline("11")
        for line, reason in (("", "hãy ghi rõ"), ("á" * 301, "nhiều nhất 300 ký tự")):
            form.expect(r"  > $")
            form.sendline(line)
            form.expect("✗ [^\n]*" + reason)
        form.expect(r"  > $")
        form.sendline("<")
        form.expect(r"\n> $")
        form.sendline("11")
        form.expect(r"  > $")
        form.sendline("vốn vay khó")
        form.expect("· H05")

    def test_what_was_left_out_is_asked_one_after_the_other(self):
        form = self.form(self.units[0])
        self.answer(form, TYPED, until="H01")
        form.sendline(":E01")
        form.expect("· E01")
        form.expect(r"> $")
        form.sendline(":x")
        form.sendline(":E04")
        form.expect("· E04")
        form.expect(r"> $")
        form.sendline(":x")
        form.sendline(":r")
        form.expect("Còn 5 câu chưa trả lời: E01, E04, H01, H04, H06")
        form.expect(r"> $")
        form.sendline("")
        for question, typed in (("E01", "4"), ("E04", "<"), ("E03", ""), ("E04", ""), ("H01", "4"), ("H04", ":r")):
            form.expect("· (\\w+)\r\n")
            self.assertEqual(form.match.group(1), question)
            form.expect(r"> $")
            form.sendline(typed)
        form.expect("Còn 3 câu chưa trả lời: E04, H04, H06")
        form.expect(r"> $")
        form.sendline(":q")
        form.expect(DRAFT_SAVED)

    def test_limits_are_said_before_and_after_a_wrong_number(self):
        form = self.form(self.units[0])
        self.answer(form, TYPED, until="F02")
        self.assertIn("0 đến 200.000", form.before)
        for line, reason in (("250000", r"\(0 – 200.000\)"), ("9" * 30, "số quá lớn"), ("1e3", "số nguyên")):
            form.sendline(line)
            form.expect("✗ [^>]*" + reason)
            form.expect(r"> $")
        form.sendline("<")
        form.expect("· F01")

    def test_a_command_is_no_reason_and_reasons_are_shown_before_sending(self):
        form = self.form(self.units[0])
        self.answer(form, {**TYPED, "E01": "1"})
        doubts = 0
        form.sendline(":r")
        form.expect("✗ không hiểu")
        while form.expect([r"Lý do: $", "Câu trả lời\r\n"]) == 0:
            form.sendline("dùng mạng di động")
            doubts += 1
        form.expect(SEND)
        self.assertEqual(form.before.count("dùng mạng di động"), doubts)
        form.sendline("abc")
        form.expect("✗ không hiểu")
        form.expect(SEND)
        form.sendline(":E01")
        form.expect("· E01")
        form.expect(r"> $")
        form.sendline("4")
        form.expect(SEND)
        self.assertNotIn("dùng mạng di động", form.before)
        form.sendline(":q")
        form.expect(DRAFT_SAVED)

    def test_a_draft_that_cannot_be_written_is_not_said_to_be_saved(self):
        os.makedirs(self.path("home"))
        with open(os.path.join(self.path("home"), "drafts"), "w", encoding="ascii"):
            pass  # a file where the folder should be
        result = self.khaosat("submit", "--interactive", "--round", ROUND, "--unit", self.units[1], "--code-file",
                              self.code_file(self.units[1]), stdin="1\n2\n")
        self.assert_exit(1, result)
        self.assertNotIn(DRAFT_SAVED, result.stdout)
        self.assertIn("chưa được lưu", result.stderr)

    def test_lines_fit_narrow_and_wide_terminals(self):
        for columns in (60, 120):
            form = self.form(self.units[0], "--lang", "en", columns=columns)
            form.expect(r"> $")
            lines = form.before.replace("\r", "").split("\n")
            self.assertLessEqual(max(len(re.sub(r"\x1b\[[0-9;?]*\w", "", x)) for x in lines), columns)
            form.sendline(":q")
            self.ended(form)

    def test_a_pipe_gets_no_escape_codes_and_its_end_saves_a_draft(self):
        result = self.khaosat("submit", "--interactive", "--round", ROUND, "--unit", self.units[1], "--code-file",
                              self.code_file(self.units[1]), stdin="1\n2\n")
        self.assert_exit(1, result)
        self.assertNotIn("\x1b", result.stdout)
        self.assertIn(DRAFT_SAVED, result.stdout)
        self.assertEqual(len(self.files("drafts")), 1)

    def test_a_wrong_code_opens_nothing(self):
        path = self.path("wrong-code")
        with open(path, "w", encoding="ascii") as f:
            f.write("0000-0000-0000-0000\n")
        result = self.khaosat("submit", "--interactive", "--round", ROUND, "--unit", self.units[1], "--code-file", path)
        self.assert_exit(1, result)
        self.assertNotIn("Công ty", result.stdout)

    def test_an_interrupt_at_the_code_leaves_the_terminal_as_it_was(self):
        form = pexpect.spawn(KHAOSAT, ["submit", "--interactive", "--round", ROUND, "--unit", self.units[1]],
                             timeout=LIMIT_S, encoding="utf-8", env=self.environment())
        self.addCleanup(form.close, force=True)
        self.assertTrue(form.getecho())
        form.expect("Mã truy cập: $")
        self.assertTrue(form.waitnoecho(LIMIT_S))
        form.send("4ZT")
        form.sendintr()
        form.expect(pexpect.EOF)
        self.assertNotIn("4ZT", form.before)
        self.assertTrue(form.getecho())
        form.close()
        self.assertEqual(form.signalstatus, signal.SIGINT)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""Exports by the real programs: made, listed, brought here, verified, made again from the log; by the
schedule; from a backup in another folder; and folders that are in the way."""

import csv
import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import time
import unittest

import khaosat_pb2 as pb
from client import ClientTest, ROUND
from format_rules import folder_faults, official_ddi_faults, official_sdmx_faults
from http_door import Door
from wire import Collector, KHAOSATD, answers, make_round, status_name, submit, tax_code, uuid, Client, access_code, wait_until

UNITS = 60
LIMIT_S = 60


class ExportTest(ClientTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.token = os.path.join(cls.collector.data, "staff.token")
        result = cls.khaosat("submit", cls.submission(cls, cls.units[0]))
        assert result.returncode == 0, result.stderr
        cls.exports = os.path.join(cls.collector.data, "exports")

    def staff(self, *arguments, **environment):
        return self.khaosat("--token-file", self.token, "--lang", "en", *arguments, **environment)

    def good(self, *arguments):
        result = self.staff(*arguments)
        self.assert_exit(0, result)
        return result.stdout

    def test_1_an_export_is_made_listed_and_brought_here(self):
        here = self.path("public")
        said = self.good("export", "run", "--output", here)
        self.assertIn("public, interim, vintage 1", said)
        with open(os.path.join(here, "manifest.json"), encoding="utf-8") as f:
            manifest = json.load(f)
        self.assertEqual((manifest["confidentiality"], manifest["round"], manifest["vintage"]), ("PUBLIC", ROUND, 1))
        names = [f["name"] for f in manifest["files"]]
        self.assertEqual(sorted(names + ["manifest.json"]), sorted(os.listdir(here)))
        for file in manifest["files"]:
            with open(os.path.join(here, file["name"]), "rb") as f:
                data = f.read()
            self.assertEqual((len(data), hashlib.sha256(data).hexdigest()), (file["bytes"], file["sha256"]))
        self.assertEqual((folder_faults(here) + official_sdmx_faults(here) + official_ddi_faults(here))[:5], [])
        self.assertEqual(os.readlink(os.path.join(self.exports, "public", ROUND, "latest")), "v0001")
        self.assertIn("vintage 1", self.good("export", "run", "--internal", "--format", "csv"))
        listed = self.good("export", "list")
        self.assertIn("public", listed)
        self.assertIn("internal", listed)
        self.assertEqual(json.loads(self.good("export", "show")), manifest)
        goals = self.good("export", "show", "--internal", "--file", "observations.csv")
        self.assertTrue(all(row["confidentiality"] == "INTERNAL" for row in csv.DictReader(goals.splitlines())))
        self.assertIn("export.made", self.good("audit", "--what", "export"))
        self.good("recount")

    def test_2_three_firms_are_too_few_for_the_public(self):
        rows = list(csv.DictReader(self.good("export", "show", "--file", "observations.csv").splitlines()))
        self.assertTrue(rows)
        for row in rows:
            if row["measure"] in ("met", "not_met", "responded", "register_share", "verdict", "needed"):
                self.assertEqual(row["value"], "", row)
                self.assertIn(row["status"], ("few_units", "confidential", "empty"))

    def test_3_verify_tells_a_changed_byte_and_another_export(self):
        here, changed = self.path("public"), self.path("changed")
        self.assertIn("same bytes", self.good("export", "verify", here, "--log", "--again"))
        shutil.copytree(here, changed)
        with open(os.path.join(changed, "goals.json"), "r+b") as f:
            f.seek(100)
            f.write(b"#")
        result = self.khaosat("--lang", "en", "export", "verify", changed)
        self.assert_exit(1, result)
        self.assertIn("goals.json: its SHA-256", result.stderr)
        shutil.copy(os.path.join(here, "goals.json"), changed)
        with open(os.path.join(changed, "manifest.json"), "a", encoding="utf-8") as f:
            f.write("\n")
        self.assert_exit(0, self.khaosat("export", "verify", changed))
        result = self.staff("export", "verify", changed, "--log")
        self.assert_exit(1, result)
        self.assertIn("not the export that the log has", result.stderr)

    def test_4_a_restored_log_makes_the_same_bytes(self):
        backup = self.path("backup")
        self.good("backup", backup)
        other = Collector()
        self.addCleanup(other.remove)
        subprocess.run([KHAOSATD, "--restore", backup, "--data", other.data], check=True, capture_output=True,
                       timeout=LIMIT_S)
        other.start()
        result = self.khaosat("--token-file", os.path.join(other.data, "staff.token"), "--lang", "en", "export",
                              "verify", self.path("public"), "--log", "--again",
                              KHAOSAT_SERVER="127.0.0.1:%d" % other.port)
        self.assert_exit(0, result)
        self.assertIn("same bytes", result.stdout)
        # Its folder of exports is empty: the next run puts the newest one back.
        again = self.khaosat("--token-file", os.path.join(other.data, "staff.token"), "export", "run",
                             KHAOSAT_SERVER="127.0.0.1:%d" % other.port)
        self.assert_exit(0, again)
        here = os.path.join(other.data, "exports", "public", ROUND)
        self.assertEqual(sorted(os.listdir(here)), ["latest", "v0001", "v0002"])
        for name in os.listdir(os.path.join(here, "v0001")):
            with open(os.path.join(here, "v0001", name), "rb") as a, open(self.path("public/" + name), "rb") as b:
                self.assertEqual(a.read(), b.read())
        other.stop()

    def test_5_wrong_use_is_said(self):
        for arguments, words in ((["export", "run", "--stage", "last"],
                                  "--stage last: must be one of interim, preliminary, final"),
                                 (["export", "run", "--interval", "t"], "--interval t: must be one of wilson, "),
                                 (["export", "run", "--rounding", "2"], "--rounding 2: must be 0, or 3 to 100"),
                                 (["export", "run", "--format", "csv,,json"], "--format csv,,json: must be names"),
                                 (["export", "show", "--vintage", "last"], "--vintage last: must be a number from 1"),
                                 (["export", "list", "x"], '"x" is too much'),
                                 (["export", "verify"], "folder"), (["export", "run", "x"], '"x" is too much')):
            result = self.staff(*arguments)
            self.assert_exit(2, result)
            self.assertIn(words, result.stderr)
        for what in (["--vintage", "99"], ["--file", "nothing.csv"]):
            result = self.staff("export", "show", *what)
            self.assert_exit(1, result)
            self.assertIn("no such export or file", result.stderr)
        result = self.staff("export", "run", "--format", "docx")
        self.assert_exit(1, result)
        self.assertIn("run_export.format", result.stderr)
        self.assertIn("excel-csv", result.stderr)  # which there are
        self.assert_exit(1, self.staff("export", "run", "--round", "2031"))
        self.assert_exit(1, self.staff("export", "show", "--vintage", "77"))

    def test_6_a_folder_in_the_way_is_told_and_nothing_is_left(self):
        here = os.path.join(self.exports, "public", ROUND)
        os.mkdir(os.path.join(here, "v0002"))
        result = self.staff("export", "run")
        self.assert_exit(1, result)
        self.assertIn("move it away", result.stderr)
        self.assertEqual(sorted(os.listdir(here)), ["latest", "v0001", "v0002"])
        os.rmdir(os.path.join(here, "v0002"))
        self.good("export", "run")

    def test_7_after_exact_figures_come_no_rounded_ones(self):
        result = self.staff("export", "run", "--rounding", "5")
        self.assert_exit(1, result)
        self.assertIn("withhold figures and do not round them", result.stderr)
        self.good("export", "run", "--rounding", "0", "--format", "csv")

    def test_8_what_cannot_be_opened_for_want_of_descriptors_is_not_said_to_be_gone(self):
        pid = self.collector.process.pid
        with self.collector.staff() as staff:
            ask = lambda: staff.call(read_export=pb.ReadExport(round=ROUND, file="manifest.json"))
            self.assertEqual(status_name(ask()), "DONE")
            least, most = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, most)) # its input, output and errors are open
            try:
                self.assertEqual(status_name(ask()), "TRY_LATER")
                listed = staff.call(list_exports=pb.ListExports())
                self.assertEqual(status_name(listed), "UNAVAILABLE")
                self.assertIn("could not be read", listed.message_en)
            finally:
                resource.prlimit(pid, resource.RLIMIT_NOFILE, (least, most))
            self.assertEqual(status_name(ask()), "DONE")


class ScheduleTest(unittest.TestCase):
    """Its rules stand in a unit test; here the collector keeps them."""

    def setUp(self):
        hour = time.gmtime(time.time() + 12 * 3600).tm_hour  # not while this runs, wherever it does
        self.collector = Collector("--export-schedule", "daily %02d:00; close; preliminary; final" % hour)
        self.addCleanup(self.collector.remove)

    def exports(self, staff):
        return list(staff.call(list_exports=pb.ListExports()).exports.export)

    def await_exports(self, n, is_well=lambda export: True):
        """The entry comes before the name, so one that was just made need not be kept yet."""
        with self.collector.staff() as staff:
            wait_until(lambda: len(made := self.exports(staff)) >= n and all(map(is_well, made)),
                       what=lambda: (self.exports(staff), self.collector.log[-20:]))
            return self.exports(staff)

    def answer_all(self):
        for i in range(UNITS):
            with Client(self.collector.port, unit=(tax_code(i), access_code(i))) as unit:
                tools = ("X",) if i % 3 else ("NONE",)
                done = unit.call(submit=submit("r", uuid("export", i), answers(tools)))
                self.assertEqual(done.status, pb.ACCEPTED, done)

    def test_a_round_that_closes_is_exported_once_and_after_a_restart_not_again(self):
        self.collector.start()
        with self.collector.staff() as staff:
            make_round(staff, "r", UNITS)
            self.answer_all()
            self.assertEqual(staff.call(close_round=pb.CloseRound(round="r")).status, pb.DONE)
        (made,) = self.await_exports(1, lambda made: made.kept)
        self.assertEqual((made.internal, made.vintage, made.stage), (False, 1, pb.INTERIM))
        self.assertGreater(made.due_ms, 0)
        self.collector.stop()
        self.collector.start()
        with self.collector.staff() as staff:
            by_hand = staff.call(run_export=pb.RunExport(round="r"))
            self.assertEqual((by_hand.status, by_hand.export.vintage, by_hand.export.due_ms), (pb.DONE, 2, 0))
            self.assertEqual(len(self.exports(staff)), 2)
            rows = self.whole(staff, 2)
        self.assertEqual(rows["met"]["value"], str(UNITS - UNITS // 3))
        self.assertEqual(rows["verdict"]["value"], "KHONG_DAT")
        self.collector.stop()

    def whole(self, staff, vintage):
        piece = staff.call(read_export=pb.ReadExport(round="r", vintage=vintage, file="observations.csv"))
        self.assertEqual(piece.status, pb.DONE, piece)
        rows = csv.DictReader(piece.export_piece.bytes.decode().splitlines())
        return {row["measure"]: row for row in rows if row["goal"] == "GA" and row["dimension"] == "whole"}

    def test_who_reads_where_nothing_was_exported_makes_no_folder(self):
        self.collector.start("--export-open", "yes")
        with self.collector.staff() as staff, Client(self.collector.port) as stranger:
            make_round(staff, "r", 1)
            for client, internal, status in ((staff, False, pb.NOT_FOUND), (staff, True, pb.NOT_FOUND),
                                             (stranger, False, pb.NOT_FOUND), (stranger, True, pb.REFUSED)):
                for vintage in (0, 1):
                    read = client.call(read_export=pb.ReadExport(
                        round="r", internal=internal, vintage=vintage, file="manifest.json"))
                    self.assertEqual(read.status, status, read)
            self.assertEqual(self.exports(staff), [])
        self.assertFalse(os.path.exists(os.path.join(self.collector.data, "exports")))
        self.collector.stop()

    def test_rounded_figures_are_told_as_such_and_stay_so(self):
        self.collector.start("--export-rounding", "5")
        with self.collector.staff() as staff:
            make_round(staff, "r", UNITS + 1)
            self.answer_all()
            first = staff.call(run_export=pb.RunExport(round="r"))
            self.assertEqual((first.status, first.export.vintage), (pb.DONE, 1))
            rows = self.whole(staff, 1)
            refused = staff.call(run_export=pb.RunExport(round="r", rounding=1))
            self.assertIn("rounded to multiples of 5", refused.message_en)
            again = staff.call(run_export=pb.RunExport(round="r", again=1))
            self.assertEqual(again.export.manifest_sha256, first.export.manifest_sha256)
            manifest = staff.call(read_export=pb.ReadExport(round="r", vintage=1, file="manifest.json"))
        here = os.path.join(self.collector.data, "exports", "public", "r", "v0001")
        self.assertEqual((folder_faults(here) + official_sdmx_faults(here))[:5], [])
        settings = json.loads(manifest.export_piece.bytes)["settings"]
        within = settings["within"]  # 4, or more where sums and caps want it
        self.assertEqual(settings["rounded_to"], 5)
        self.assertIn(within, range(4, 9))
        for name, truly in (("n", UNITS + 1), ("met", UNITS - UNITS // 3), ("not_met", UNITS // 3)):
            self.assertEqual((int(rows[name]["value"]) % 5, rows[name]["status"]), (0, "rounded"))
            self.assertLessEqual(abs(int(rows[name]["value"]) - truly), within)
        self.assertLessEqual(float(rows["bound_low"]["value"]), 100 * (UNITS - UNITS // 3) / (UNITS + 1))
        self.assertEqual(rows["verdict"]["value"], "KHONG_DAT")
        self.collector.stop()

    def test_a_schedule_that_fails_says_so_and_the_round_goes_on(self):
        os.mkdir(self.collector.data, 0o700)
        with open(os.path.join(self.collector.data, "exports"), "w", encoding="ascii"):
            pass
        self.collector.start()
        with self.collector.staff() as staff:
            make_round(staff, "r", 3)
            self.assertEqual(staff.call(close_round=pb.CloseRound(round="r")).status, pb.DONE)
            self.collector.wait_log(r"export round=r public not made reason=")
            listed = {"list_exports": pb.ListExports()}
            wait_until(lambda: staff.call(**listed).exports.failure_en)
            told = staff.call(**listed).exports
            self.assertRegex(told.failure_en, r"^r: .*: Not a directory$")
            self.assertRegex(told.failure_vi, r"^r: .*: một phần của đường dẫn không phải thư mục$")
            self.assertEqual(self.exports(staff), [])
            refused = staff.call(run_export=pb.RunExport(round="r"))
            self.assertEqual(refused.status, pb.ALREADY)
            self.assertIn("No export was made", refused.message_en)
            self.assertRegex(refused.message_vi, r"^Chưa xuất được: .*không phải thư mục\.$")
        with Door(self.collector.http_port, self.collector.token) as door:
            wait_until(lambda: b"khaosat_export_schedule_failing 1\n" in door.get("/metrics").body)
            told = door.get("/metrics").body.decode()
        self.assertRegex(told, r'khaosat_exports_total\{result="failed"\} [2-9]\n')
        self.collector.stop()

    def test_a_schedule_that_is_none_is_refused_by_line(self):
        path = os.path.join(self.collector.folder, "khaosatd.ini")
        with open(path, "w", encoding="utf-8") as f:
            f.write("batch = 10\nexport-schedule = daily 25:00\n")
        result = subprocess.run([KHAOSATD, "--config", path, "--check-config"], capture_output=True, text=True,
                                timeout=LIMIT_S)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("khaosatd.ini:2: export-schedule: \"daily 25:00\"", result.stderr)


class OfficeTest(unittest.TestCase):
    """What the office says of itself: a file of options, in the log with each export."""

    def setUp(self):
        self.collector = Collector()
        self.addCleanup(self.collector.remove)
        self.path = os.path.join(self.collector.folder, "office.ini")
        self.collector.options = ("--export-office", self.path)

    def write(self, text):
        with open(self.path, "w", encoding="utf-8") as f:
            f.write(text)

    def reload(self, pattern):
        self.collector.log.clear()
        self.collector.process.send_signal(signal.SIGHUP)
        self.collector.wait_log(pattern)

    def run_export(self, staff, **more):
        done = staff.call(run_export=pb.RunExport(round="r", format=["sdmx-csv", "report"], **more))
        self.assertEqual(done.status, pb.DONE, done)
        return done.export

    def read(self, staff, vintage, name):
        piece = staff.call(read_export=pb.ReadExport(round="r", vintage=vintage, file=name))
        self.assertEqual(piece.status, pb.DONE, piece)
        return piece.export_piece.bytes.decode()

    def test_what_the_office_says_is_read_again_and_an_old_export_keeps_what_it_said_then(self):
        first, wrong = "agency = HATINH\nname.vi = Sở A\n", "agency = HATINH\nname = Sở B\n"
        self.write(first)
        self.collector.start()
        with self.collector.staff() as staff:
            make_round(staff, "r", 3)
            made = self.run_export(staff)
            manifest = json.loads(self.read(staff, 1, "manifest.json"))
            self.assertEqual(manifest["office_sha256"], hashlib.sha256(first.encode()).hexdigest())
            self.assertIn("HATINH:DF_GOALS(1.0)", self.read(staff, 1, "sdmx-1.0.csv"))
            self.assertIn("Sở A", self.read(staff, 1, "report-vi.html"))
            self.write(wrong)
            self.reload(r"the office's words stay reason=.*office\.ini:2: no such name")
            self.collector.wait_log("reloaded without what was refused")
            self.run_export(staff)
            self.assertIn("Sở A", self.read(staff, 2, "report-vi.html"))
            self.write("name.vi = Sở C\n")
            self.reload(r"reloaded")
            self.run_export(staff)
            self.assertIn("OFFICE:DF_GOALS(1.0)", self.read(staff, 3, "sdmx-1.0.csv"))
            self.assertIn("Sở C", self.read(staff, 3, "report-vi.html"))
            again = self.run_export(staff, again=1)
            self.assertEqual(again.manifest_sha256, made.manifest_sha256)
        self.collector.stop()

    def test_a_wrong_file_is_named_with_its_line_and_nothing_starts(self):
        self.write("name.vi = Sở A\n  và B\nagency = 1\n")
        for arguments in (["--check-config"], ["--data", self.collector.data]):
            result = subprocess.run([KHAOSATD, "--export-office", self.path, "--http-listen=none", "--listen=127.0.0.1:0", *arguments],
                                    capture_output=True, text=True, timeout=LIMIT_S)
            self.assertEqual(result.returncode, 1)
            self.assertIn("office.ini:3: a code has letters", result.stderr)
        os.unlink(self.path)
        result = subprocess.run([KHAOSATD, "--export-office", self.path, "--check-config"], capture_output=True, text=True,
                                timeout=LIMIT_S)
        self.assertEqual((result.returncode, "office.ini: No such file" in result.stderr), (1, True))


class StopTest(unittest.TestCase):
    def test_a_stop_puts_off_the_exports_that_wait(self):
        collector = Collector().start()
        self.addCleanup(collector.remove)
        wanted = 60
        with collector.staff() as office:
            make_round(office, ROUND, 8)
            for _ in range(wanted):
                office.send(office.request(run_export=pb.RunExport(round=ROUND, internal=True, format=["csv"])))
            outcomes = [status_name(office.receive())]  # so all of them are under way
            collector.process.send_signal(signal.SIGTERM)
            outcomes += [status_name(office.receive()) for _ in range(wanted - 1)]
        self.assertEqual(outcomes[0], "DONE")
        self.assertIn("TRY_LATER", outcomes)
        collector.stop()


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""Firms of accountants at the command line, with the real khaosat against the real khaosatd: an operator adds
one, units grant it, it sends for all of them under its one log-in, a backup keeps that."""

import csv
import io
import json
import os
import shutil
import subprocess
import unittest

from client import ANSWERS, LIMIT_S, ROUND, ClientTest
from test_submitting import CSV_COLUMNS, NOWHERE, csv_cell
from wire import KHAOSATD, SANITIZED_OPTIONS, Collector

PASSWORD = "chín con trâu trắng"


class FirmCommandTest(ClientTest):
    def machine(self, *arguments, **environment):
        return self.khaosat("--lang", "en", "--token-file", os.path.join(self.collector.data, "staff.token"), *arguments,
                            **environment)

    def done(self, result):
        self.assert_exit(0, result)
        return result.stdout

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        return self.path(name)

    def login_path(self, server):
        folder = os.path.join(self.path("home"), "tokens")
        os.makedirs(folder, exist_ok=True)
        return os.path.join(folder, server.replace(":", "_") + ".firm")

    def add(self, name):
        """A firm whose log-in stands where `login` leaves one; nobody has to reckon with a password."""
        path = self.login_path("127.0.0.1:%d" % self.collector.port)
        self.done(self.machine("account", "add", name, "--role", "firm", "--no-password"))
        self.done(self.machine("token", "create", "t", "--account", name, "--role", "firm", "--output", path))
        return path

    def as_unit(self, unit, *arguments):
        return self.khaosat("--lang", "en", *arguments, "--unit", unit, "--code-file", self.code_file(unit))

    def bulk(self, units, **changes):
        cells = [csv_cell({**ANSWERS, **changes}[c]) for c in CSV_COLUMNS]
        rows = [["tax_code", *CSV_COLUMNS], *([unit, *cells] for unit in units)]
        return self.write("bulk.csv", "".join(",".join(row) + "\r\n" for row in rows))

    def units_of(self, *arguments):
        listed = self.done(self.khaosat("firm", "units", "--format", "csv", *arguments))
        return {row["tax_code"]: row for row in csv.DictReader(io.StringIO(listed))}

    def test_one_log_in_sends_a_csv_of_many_until_a_unit_takes_back(self):
        one, two, three = self.units
        password = self.write("password", PASSWORD + "\n")
        self.done(self.machine("firm", "add", "dlt-an", "--password-file", password))
        self.assertIn("(firm)", self.done(self.khaosat("--lang", "en", "login", "dlt-an", "--password-file", password)))
        self.done(self.as_unit(one, "firm", "grant", "dlt-an"))
        codes = self.write("codes-of-clients.csv", "tax_code,access_code\n%s,%s\n%s,%s\n" % (
            two, self.codes[two], three, "Z" * 16))
        some = self.khaosat("--lang", "en", "firm", "grant", "dlt-an", "--codes", codes)
        self.assert_exit(1, some)
        self.assertIn("1/2 units", some.stdout)
        self.assertIn(three + ": not granted", some.stderr)
        self.assertEqual({u: r["state"] for u, r in self.units_of().items()}, {one: "not-started", two: "not-started"})
        sent = self.khaosat("--lang", "en", "submit", "--csv", self.bulk([one, two, three]), "--round", ROUND)
        self.assert_exit(3, sent)
        self.assertIn("Accepted 2, accepted before 0, refused 1", sent.stdout)
        self.assertIn("has not let this firm answer for it", sent.stderr)
        self.assertEqual({u: r["state"] for u, r in self.units_of().items()}, {one: "complete", two: "complete"})
        self.assertEqual(json.loads(self.done(self.khaosat("firm", "units", "--format", "json")))[0]["revision"], 1)
        self.assertIn("Công ty TNHH Một", self.done(self.khaosat("firm", "units")))
        self.assertIn("Công ty TNHH Một", self.done(self.khaosat("status", "--unit", one)))
        self.assert_exit(0, self.khaosat("correct", self.file_of(one, F01=56)))
        self.assertRegex(self.done(self.machine("firm", "list")), r"(?m)^dlt-an +2 units$")
        self.assertRegex(self.done(self.as_unit(one, "subcode", "list")), r"dlt-an .*\(a firm\)")
        self.done(self.as_unit(one, "firm", "revoke", "dlt-an"))
        self.assert_exit(1, self.khaosat("status", "--unit", one))
        self.done(self.khaosat("firm", "revoke", "--unit", two))  # the firm gives it back
        self.assertEqual(self.units_of(), {})
        for more in ((), ("--answers",)):
            self.assertIn("dlt-an", self.done(self.as_unit(two, "history", *more)))  # by its name, the grant over
        acts = json.loads(self.done(self.machine("audit", "--format", "json")))
        mine = [(a["who"], a["what"], a["on"], c["changed"], c["before"], c["after"]) for a in acts for c in a["changes"]]
        for act in (("machine", "account.added", "dlt-an", "role", "", "firm"),
                    ("unit", "grant.made", "%s %s" % (ROUND, one), "firm", "", "dlt-an"),
                    ("dlt-an", "submission.made", "%s %s bulk" % (ROUND, two), "revision", "", "1"),
                    ("unit", "grant.ended", "%s %s" % (ROUND, one), "firm", "dlt-an", ""),
                    ("dlt-an", "grant.ended", "%s %s" % (ROUND, two), "firm", "dlt-an", "")):
            self.assertIn(act, mine)
        self.done(self.khaosat("logout"))
        self.assert_exit(2, self.khaosat("submit", "--csv", self.bulk([one]), "--round", ROUND))
        self.done(self.machine("firm", "remove", "dlt-an"))
        self.assertNotIn("dlt-an", self.done(self.machine("firm", "list")))
        self.done(self.machine("recount"))

    def file_of(self, unit, **changes):
        """Answers without a code."""
        return self.write("one.json", json.dumps({"round": ROUND, "tax_code": unit, "answers": {**ANSWERS, **changes}}))

    def test_what_a_firm_could_not_send_waits_for_its_log_in(self):
        unit = self.units[2]
        login = self.add("dlt-binh")
        self.done(self.as_unit(unit, "firm", "grant", "dlt-binh"))
        self.done(self.khaosat("survey", "show", "--round", ROUND))
        shutil.copy(login, self.login_path(NOWHERE))
        self.assert_exit(4, self.khaosat("submit", self.file_of(unit, D01=["NONE"]), KHAOSAT_SERVER=NOWHERE))
        self.assertEqual(len(self.files("spool")), 1)
        self.assert_exit(0, self.khaosat("send"))
        self.assertEqual((len(self.files("spool")), len(self.files("receipts"))), (0, 1))
        self.withdraw(unit)
        # A token file does not say whose it is: a firm's, or staff's.
        firm, staff = self.path("firm.token"), os.path.join(self.collector.data, "staff.token")
        self.done(self.machine("token", "create", "u", "--account", "dlt-binh", "--role", "firm", "--output", firm))
        for token in (firm, staff):
            with self.subTest(token=token):
                kept = self.khaosat("--token-file", token, "submit", self.file_of(unit, D01=["NONE"]),
                                    KHAOSAT_SERVER=NOWHERE)
                self.assert_exit(4, kept)
                self.assert_exit(0, self.khaosat("--token-file", token, "send"))
                self.assertEqual(self.files("spool"), [])
                self.withdraw(unit)

    def test_a_firm_asks_for_a_correction_of_its_unit_s_row(self):
        unit = self.units[1]
        self.add("dlt-giang")
        self.done(self.as_unit(unit, "firm", "grant", "dlt-giang"))
        wish = ("register", "propose", "--unit", unit, "--set", "employees=14")
        self.assertIn("proposal stored", self.done(self.khaosat("--lang", "en", *wish, "--reason", "sổ lương")))
        self.assertRegex(self.done(self.as_unit(unit, "register", "show")),
                         r"employees: \S+ -> 14\n    proposed by the firm: dlt-giang\n    reason: sổ lương")
        self.assertIn(", by the firm dlt-giang: sổ lương", self.done(self.machine("proposal", "list")))
        rows = json.loads(self.done(self.machine("proposal", "list", "--format", "json")))
        self.assertEqual([r["firm"] for r in rows if r["tax_code"] == unit], ["dlt-giang"])
        acts = json.loads(self.done(self.machine("audit", "--what", "row", "--format", "json")))
        self.assertIn(("dlt-giang", "row.proposed", "employees", "14", "sổ lương"),
                      [(a["who"], a["what"], c["changed"], c["after"], a["reason"]) for a in acts for c in a["changes"]])
        staff = self.machine(*wish)
        self.assert_exit(2, staff)
        self.assertIn("register change", staff.stderr)
        self.done(self.khaosat("register", "withdraw", "--unit", unit))
        self.assertIn("withdrawn", self.done(self.as_unit(unit, "register", "show")))
        self.done(self.khaosat("firm", "revoke", "--unit", unit))
        self.assert_exit(1, self.khaosat(*wish))

    def test_a_log_in_that_is_over_keeps_no_unit_from_answering(self):
        unit = self.units[2]
        with open(self.login_path("127.0.0.1:%d" % self.collector.port), "w", encoding="ascii") as f:
            f.write("0" * 64)
        status = self.as_unit(unit, "status")
        self.assertIn("khaosat login", status.stderr)
        self.assertIn("Công ty TNHH Ba", self.done(status))
        self.assert_exit(1, self.khaosat("firm", "units"))

    def test_wrong_use_changes_nothing(self):
        unit = self.units[2]
        for command in (["firm", "grant", "--unit", unit], ["firm", "grant", "a", "b"], ["firm", "grant", "a"],
                        ["firm", "revoke", "a"], ["firm", "add"], ["firm", "units", "--format", "xml"], ["firm", "units"],
                        ["firm", "list", "--firm", "x"]):
            self.assert_exit(2, self.khaosat(*command))
        self.assert_exit(1, self.as_unit(unit, "firm", "grant", "nobody"))
        self.assert_exit(1, self.as_unit(unit, "firm", "revoke", "nobody"))

    def test_a_backup_holds_firms_and_what_they_were_granted_but_no_log_in(self):
        login = self.add("dlt-dung")
        self.done(self.as_unit(self.units[2], "firm", "grant", "dlt-dung"))
        backup, folder = self.path("backup"), self.path("restored")
        self.done(self.machine("backup", backup))
        self.done(self.khaosat("backup", "--verify", backup))
        subprocess.run([KHAOSATD, *SANITIZED_OPTIONS, "--restore", backup, "--data", folder], check=True,
                       capture_output=True, timeout=LIMIT_S)
        copy = Collector()
        copy.data = folder
        self.addCleanup(copy.remove)
        copy.start()
        server = {"KHAOSAT_SERVER": "127.0.0.1:%d" % copy.port}
        token = os.path.join(folder, "staff.token")
        listed = self.khaosat("--lang", "en", "--token-file", token, "firm", "list", **server)
        self.assertRegex(self.done(listed), r"(?m)^dlt-dung +1 unit$")
        self.assert_exit(1, self.khaosat("--token-file", login, "firm", "units", **server))
        password = self.write("password", PASSWORD + "\n")
        self.done(self.khaosat("--token-file", token, "account", "password", "dlt-dung", "--password-file", password,
                               **server))
        self.done(self.khaosat("login", "dlt-dung", "--password-file", password, **server))
        self.assertIn(self.units[2], self.done(self.khaosat("firm", "units", **server)))
        self.done(self.khaosat("--token-file", token, "recount", **server))
        copy.stop()

    def test_a_command_called_wrongly_shows_its_own_usage(self):
        for words in ("firm remove", "firm add", "account remove"):
            result = self.machine(*words.split())
            self.assert_exit(2, result)
            self.assertIn("khaosat %s NAME" % words, result.stderr)
        result = self.khaosat("--lang", "en", "firm", "grant", "dlt-an", "dlt-ba")
        self.assert_exit(2, result)
        self.assertIn('"dlt-ba" is too much', result.stderr)


if __name__ == "__main__":
    unittest.main()

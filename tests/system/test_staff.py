# SPDX-License-Identifier: Apache-2.0
"""Staff at the command line: log in and out, accounts, tokens, and the audit of what they did, with the
real khaosat against the real khaosatd."""

import csv
import io
import json
import os
import re
import shutil
import stat
import tempfile
import time
import unittest

import pexpect
import khaosat_pb2 as pb
from client import KHAOSAT, LIMIT_S, SURVEY, ClientTest
from wire import Client, Collector, access_code, make_round, submit, tax_code, uuid


def staff_recount(collector):
    with collector.staff() as staff:
        return staff.call(recount=pb.Recount()).recount


PASSWORD = "chín con trâu trắng"
OTHER = "mười con trâu đen đen"


class StaffTest(ClientTest):
    """A collector of its own; `machine` is the token in its data folder."""

    @classmethod
    def setUpClass(cls):
        cls.collector = Collector().start()
        cls.addClassCleanup(cls.collector.remove)
        cls.folder = tempfile.mkdtemp(prefix="khaosat-staff-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.password = cls.write("password", PASSWORD)
        cls.other = cls.write("other", OTHER)

    @classmethod
    def write(cls, name, text):
        with open(cls.path(name), "w", encoding="utf-8") as f:
            f.write(text + "\n")
        return cls.path(name)

    @classmethod
    def machine(cls, *arguments):
        return cls.khaosat("--token-file", os.path.join(cls.collector.data, "staff.token"), *arguments)

    def done(self, result):
        self.assert_exit(0, result)
        return result.stdout

    def add(self, name, role):
        return self.done(self.machine("account", "add", name, "--role", role, "--password-file", self.password))

    def log_in(self, name, *more):
        return self.done(self.khaosat("login", name, "--password-file", self.password, *more))

    def login_files(self):
        folder = os.path.join(self.path("home"), "tokens")
        return [os.path.join(folder, n) for n in os.listdir(folder)] if os.path.isdir(folder) else []


class LoginTest(StaffTest):
    def test_a_log_in_is_kept_in_a_private_file_until_the_log_out(self):
        self.add("lan", "administrator")
        self.assert_exit(2, self.khaosat("account", "list"))
        self.assertIn("quản trị viên", self.log_in("lan"))
        (path,) = self.login_files()
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.assertRegex(self.done(self.khaosat("account", "list")), r"(?m)^lan +administrator")
        with open(path, encoding="ascii") as f:
            text = f.read()
        self.done(self.khaosat("logout"))
        self.assertEqual(self.login_files(), [])
        stolen = self.write("stolen", text.strip())
        self.assert_exit(1, self.khaosat("--token-file", stolen, "account", "list"))
        self.assert_exit(2, self.khaosat("logout"))

    def test_a_log_in_is_sent_to_the_collector_that_gave_it_only(self):
        self.add("rieng", "viewer")
        self.log_in("rieng")
        result = self.khaosat("account", "list", KHAOSAT_SERVER="127.0.0.1:1")
        self.assert_exit(2, result)
        self.assertIn("khaosat login", result.stderr)

    def test_a_unit_s_command_is_not_staff_s_because_somebody_is_logged_in(self):
        self.add("donvi", "administrator")
        self.log_in("donvi")
        result = self.khaosat("status", "--round", "2025", "--unit", tax_code(0))
        self.assert_exit(2, result)
        self.assertIn("KHAOSAT_ACCESS_CODE", result.stderr)

    def test_what_is_wrong_is_said_and_nothing_is_kept(self):
        self.add("sai", "viewer")
        for language, words in (("vi", "Tên hoặc mật khẩu"), ("en", "name or the password")):
            for name in ("sai", "nobody"):
                result = self.khaosat("--lang", language, "login", name, "--password-file", self.other)
                self.assert_exit(1, result)
                self.assertIn(words, result.stderr)
        self.assert_exit(2, self.khaosat("login", "sai", "--password-file", self.password, "--hours", "0"))
        self.assert_exit(2, self.khaosat("login"))
        self.assert_exit(1, self.khaosat("login", "sai", "--password-file", self.path("no-such")))
        self.assertEqual(self.login_files(), [])

    def test_a_word_too_many_is_named_and_nothing_done(self):
        for command in (["round", "list"], ["account", "list"], ["token", "list"], ["send"], ["withdraw"],
                        ["survey", "show", self.password], ["logout"], ["recount"]):
            result = self.machine("--lang", "en", *command, "thừa")
            self.assert_exit(2, result)
            self.assertIn('"thừa" is too much', result.stderr)

    def test_a_password_is_typed_unseen_and_in_any_composition(self):
        def talk(*arguments):
            child = pexpect.spawn(KHAOSAT, [*arguments], env=self.environment(), encoding="utf-8", timeout=LIMIT_S)
            self.addCleanup(child.close, True)
            return child

        token = os.path.join(self.collector.data, "staff.token")
        child = talk("--token-file", token, "account", "add", "go", "--role", "viewer")
        child.expect("Mật khẩu cho tài khoản mới: ")
        child.sendline(PASSWORD)
        child.expect("Nhập lại: ")
        child.sendline(PASSWORD)
        child.expect("đã thêm")
        seen = child.before
        child.expect(pexpect.EOF)
        self.assertNotIn("trâu", seen + child.before)
        child = talk("login", "go")
        child.expect("Mật khẩu: ")
        child.sendline("chi\u0301n con tra\u0302u tra\u0306\u0301ng")  # the same, letters and accents apart
        child.expect("đã đăng nhập")
        child.expect(pexpect.EOF)
        child = talk("--token-file", token, "account", "add", "khac", "--role", "viewer")
        child.expect("Mật khẩu cho tài khoản mới: ")
        child.sendline(PASSWORD)
        child.expect("Nhập lại: ")
        child.sendline(OTHER)
        child.expect("không giống nhau")
        child.expect(pexpect.EOF)


class AccountTest(StaffTest):
    def test_an_operator_runs_a_round_and_no_more(self):
        self.add("minh", "operator")
        self.log_in("minh")
        create = ["--survey", SURVEY, "--reference-date", "2025-12-31"]
        refused = self.khaosat("--lang", "en", "round", "create", "one", *create)
        self.assert_exit(1, refused)  # a definition that the collector does not have yet
        self.assertIn("role", refused.stderr)
        self.done(self.machine("round", "create", "first", *create))
        self.done(self.khaosat("round", "create", "one", *create))
        self.done(self.khaosat("recount", "--round", "one"))
        for command in (["account", "list"], ["audit"], ["backup", self.path("b")], ["token", "list", "--all"],
                        ["account", "remove", "minh"], ["account", "role", "minh", "administrator"]):
            self.assert_exit(1, self.khaosat(*command))

    def test_one_s_own_password_needs_the_one_before_and_ends_the_tokens(self):
        self.add("moi", "viewer")
        self.log_in("moi")
        change = ["account", "password", "moi", "--password-file", self.other]
        self.assert_exit(1, self.khaosat(*change))
        self.assert_exit(1, self.khaosat(*change, "--own", "--current-file", self.other))
        self.done(self.khaosat(*change, "--own", "--current-file", self.password))
        self.assert_exit(1, self.khaosat("token", "list"))
        self.assert_exit(1, self.khaosat("login", "moi", "--password-file", self.password))
        self.done(self.machine("account", "password", "moi", "--password-file", self.password))
        self.log_in("moi")

    def test_the_last_administrator_stays(self):
        self.add("cuoi", "administrator")
        for account in re.findall(r"(?m)^(\w+) +administrator", self.done(self.machine("account", "list"))):
            if account not in ("machine", "cuoi"):
                self.done(self.machine("account", "remove", account))
        for command in (["account", "remove", "cuoi"], ["account", "role", "cuoi", "viewer"]):
            result = self.machine("--lang", "en", *command)
            self.assert_exit(1, result)
            self.assertIn("last administrator", result.stderr)

    def test_wrong_use_names_field_value_and_rule(self):
        result = self.machine("--lang", "en", "account", "add", "An", "--role", "viewer", "--no-password")
        self.assert_exit(1, result)
        self.assertIn("add_account.name: 1 to 32 of a-z", result.stderr)
        result = self.machine("account", "add", "an", "--role", "viewer", "--password-file", self.write("s", "short"))
        self.assert_exit(1, result)
        self.assertIn("add_account.password: 12 đến 200 ký tự", result.stderr)
        for command, words in ((["account", "role", "an", "boss"], '"boss"'), (["account", "add", "an"], "--role"),
                               (["token", "revoke", "zz"], "token list"), (["token", "create", "t"], "--output"),
                               (["audit", "--since", "soon"], "soon"), (["audit", "--what", "lies"], "lies"),
                               (["account", "ad"], "account add")):
            result = self.machine(*command)
            self.assert_exit(2, result)
            self.assertIn(words, result.stderr)
        self.assert_exit(1, self.machine("account", "remove", "nobody"))


class TokenTest(StaffTest):
    def test_a_token_for_a_script_lives_until_it_is_revoked(self):
        self.add("chu", "operator")
        self.log_in("chu")
        path = self.path("nightly")
        create = ["token", "create", "nightly", "--role", "viewer", "--output", path]
        self.done(self.khaosat(*create, "--expires", "2027-01-31"))
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.assert_exit(1, self.khaosat(*create))  # never over a file that is there
        self.done(self.khaosat("--token-file", path, "token", "list"))
        self.assert_exit(1, self.khaosat("--token-file", path, "round", "open", "x"))
        listed = self.done(self.khaosat("--lang", "en", "token", "list"))
        (identity,) = re.findall(r"(?m)^(\w{32})  chu +nightly +viewer +2027-01-31", listed)
        self.assertIn("(in use here)", listed)
        self.done(self.khaosat("token", "revoke", identity))
        self.assert_exit(1, self.khaosat("--token-file", path, "token", "list"))
        self.assertNotIn("nightly", self.done(self.khaosat("token", "list")))

    def test_the_machine_has_no_tokens_and_is_told_how_to_get_one(self):
        for lang, words in (("vi", "hoặc đăng nhập trước"), ("en", "or log in to one first")):
            result = self.machine("--lang", lang, "token", "create", "t", "--role", "viewer", "--output", self.path("none"))
            self.assert_exit(1, result)
            self.assertIn(words, result.stderr)

    def test_a_token_that_was_not_given_leaves_no_file(self):
        self.add("thap", "viewer")
        self.log_in("thap")
        path = self.path("high")
        self.assert_exit(1, self.khaosat("token", "create", "high", "--role", "operator", "--output", path))
        self.assertFalse(os.path.exists(path))


class AuditTest(StaffTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.machine("account", "add", "lan", "--role", "administrator", "--password-file", cls.password)
        cls.machine("account", "add", "minh", "--role", "operator", "--no-password")
        with cls.collector.staff() as staff:
            make_round(staff, "-1", 2)
            made = staff.call(create_token=pb.CreateToken(account="minh", name="t", role=pb.OPERATOR,
                                                          expires_ms=int(time.time() * 1000) + 86400000))
        with Client(cls.collector.port, token=made.token_made.token) as minh:
            for number, old in enumerate((b"", uuid("a", 0))):
                accepted = minh.call(submit=submit("-1", uuid("a", number), deprecated_id=old, channel=pb.OFFICE,
                                                   tax_code=tax_code(0)))
                assert accepted.status == pb.ACCEPTED, accepted
            assert minh.call(withdraw=pb.Withdraw(round="-1", head=uuid("a", 1), tax_code=tax_code(0),
                                                  instance_id=uuid("w"))).status == pb.ACCEPTED
            for consent in (True, False):
                if consent:  # there must be a head
                    assert minh.call(submit=submit("-1", uuid("c"), channel=pb.OFFICE,
                                                   tax_code=tax_code(0))).status == pb.ACCEPTED
                kept = minh.call(contact=pb.Contact(round="-1", tax_code=tax_code(0), name="Nguyễn Văn An",
                                                    consent=consent))
                assert kept.status == pb.DONE, kept
            with cls.collector.unit(tax_code(1), access_code(1)) as unit:  # no act of staff
                assert unit.call(submit=submit("-1", uuid("b"))).status == pb.ACCEPTED
                assert unit.call(contact=pb.Contact(round="-1", name="Lê Thị Bình", consent=True)).status == pb.DONE
            assert minh.call(close_round=pb.CloseRound(round="-1")).status == pb.DONE
            recount = staff_recount(cls.collector)
            assert recount.differences == 0, recount

    def audit(self, *filters):
        result = self.machine("audit", "--format", "json", *filters)
        self.assert_exit(0, result)
        return json.loads(result.stdout)

    def test_every_act_is_told_with_who_what_before_and_after(self):
        unit = "-1 " + tax_code(0)
        told = [(a["who"], a["what"], a["on"], *[(c["changed"], c["before"], c["after"]) for c in a["changes"]][:1])
                for a in self.audit()]
        self.assertEqual(told, [
            ("machine", "account.added", "lan", ("role", "", "administrator")),
            ("machine", "account.added", "minh", ("role", "", "operator")),
            ("machine", "survey.added", "WIRE 3", ("survey", "", "WIRE 3")),
            ("machine", "round.created", "-1", ("phase", "", "created")),
            ("machine", "register.chunk", "-1"),
            ("machine", "register.loaded", "-1", ("phase", "created", "loaded")),
            ("machine", "round.opened", "-1", ("phase", "loaded", "open")),
            ("machine", "token.made", "minh t", ("role", "", "operator")),
            ("minh", "submission.made", unit + " office", ("revision", "", "1")),
            ("minh", "submission.corrected", unit + " office", ("revision", "1", "2")),
            ("minh", "submission.withdrawn", unit + " office", ("revision", "2", "")),
            ("minh", "submission.made", unit + " office", ("revision", "", "3")),
            ("minh", "contact.kept", unit, ("contact", "", "kept")), ("minh", "contact.erased", unit, ("contact", "kept", "")),
            ("minh", "round.closed", "-1", ("phase", "open", "closed"))])

    def test_acts_are_filtered_by_who_what_and_since(self):
        self.assertEqual({a["who"] for a in self.audit("--who", "minh")}, {"minh"})
        self.assertEqual([a["what"] for a in self.audit("--what", "round")],
                         ["round.created", "round.opened", "round.closed"])
        self.assertEqual([a["on"] for a in self.audit("--what", "account.added", "--who", "machine")], ["lan", "minh"])
        self.assertEqual(self.audit("--since", "2099-01-01"), [])
        self.assertEqual(len(self.audit("--since", "2026-01-01T00:00Z")), len(self.audit()))
        self.assertEqual(self.audit("--who", "nobody"), [])

    def test_a_csv_holds_no_formula(self):
        text = self.done(self.machine("audit", "--format", "csv"))
        rows = list(csv.DictReader(io.StringIO(text)))
        self.assertEqual(len(rows), sum(max(1, len(a["changes"])) for a in self.audit()))  # a line a change
        self.assertIn("'-1", {row["on"] for row in rows})
        self.assertFalse([cell for row in rows for cell in row.values() if cell and cell[0] in "=+-@\t\r"])

    def test_a_table_is_for_people(self):
        text = self.done(self.machine("audit", "--who", "minh"))
        self.assertRegex(text, r"(?m)^ +\d+ \d\d/\d\d/\d{4} \d\d:\d\d:\d\d +minh +round.closed +-1: phase open -> closed$")


if __name__ == "__main__":
    unittest.main()

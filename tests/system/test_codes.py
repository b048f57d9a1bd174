# SPDX-License-Identifier: Apache-2.0
"""Access codes after the register was loaded, with the real khaosat against the real khaosatd: issued anew
and revoked."""

import csv
import json
import os
import re
import shutil
import stat
import unittest

import khaosat_pb2 as pb
from client import ROUND, ClientTest
from wire import Collector, WireTest, access_code, code_hash, make_round, row, submit, tax_code, uuid

REASON = "so giấy ủy quyền với con dấu đã đăng ký"


class CodeCommandTest(ClientTest):
    """Each test has its own units, and may ruin their codes."""

    def machine(self, *arguments):
        return self.khaosat("--token-file", os.path.join(self.collector.data, "staff.token"), *arguments)

    def read(self, path):
        with open(path, encoding="utf-8", newline="") as f:
            return list(csv.DictReader(f))

    def status(self, unit, code):
        path = self.path("typed")
        with open(path, "w", encoding="ascii") as f:
            f.write(code + "\n")
        return self.khaosat("status", "--round", ROUND, "--unit", unit, "--code-file", path)

    def audit(self):
        result = self.machine("audit", "--what", "code", "--format", "json")
        self.assert_exit(0, result)
        return json.loads(result.stdout)

    def test_a_code_issued_anew_opens_and_the_old_one_does_not_also_after_a_restart(self):
        unit, codes = self.units[0], self.path("new.csv")
        result = self.machine("code", "reissue", "--round", ROUND, "--unit", unit, "--codes", codes, "--reason", REASON,
                              "--by", "paper")
        self.assert_exit(0, result)
        self.assertEqual(stat.S_IMODE(os.stat(codes).st_mode), 0o600)
        (made,) = self.read(codes)
        self.assertEqual(made["tax_code"], unit)
        self.assertRegex(made["access_code"], r"^([0-9A-Z]{4}-){3}[0-9A-Z]{4}$")
        self.assert_exit(0, self.status(unit, made["access_code"]))
        self.assert_exit(1, self.status(unit, self.codes[unit]))
        self.collector.kill()
        self.collector.start()
        self.assert_exit(0, self.status(unit, made["access_code"]))
        self.assert_exit(1, self.status(unit, self.codes[unit]))
        (act,) = [a for a in self.audit() if a["on"].endswith(unit)]
        self.assertEqual((act["who"], act["what"], act["after"]), ("machine", "code.issued", "paper: " + REASON))
        self.assert_exit(0, self.machine("recount"))
        self.codes[unit] = made["access_code"]
        history = self.khaosat("history", "--round", ROUND, "--unit", unit, "--code-file", self.code_file(unit))
        self.assert_exit(0, history)
        self.assertIn("cấp mã mới", history.stdout)

    def test_a_code_that_is_revoked_opens_nothing_until_another_is_issued(self):
        unit = self.units[1]
        revoke = ["code", "revoke", "--round", ROUND, "--unit", unit, "--reason", "thư bị lạc"]
        self.assert_exit(0, self.machine(*revoke))
        self.assert_exit(0, self.machine(*revoke))  # it is so already
        self.assert_exit(1, self.status(unit, self.codes[unit]))
        codes = self.path("again.csv")
        self.assert_exit(0, self.machine("code", "reissue", "--round", ROUND, "--unit", unit, "--codes", codes,
                                         "--reason", REASON, "--by", "email"))
        self.assert_exit(0, self.status(unit, self.read(codes)[0]["access_code"]))
        self.assertEqual([a["what"] for a in self.audit() if a["on"].endswith(unit)], ["code.revoked", "code.issued"])

    def test_many_are_issued_at_once_and_who_is_not_in_the_register_is_named(self):
        stranger = tax_code(77)
        listed = self.path("units.csv")
        with open(listed, "w", encoding="utf-8") as f:
            f.write("name,tax_code\n=1+1,%s\nBa,%s\n" % (self.units[2], stranger))
        codes = self.path("many.csv")
        result = self.machine("--lang", "en", "code", "issue", "--round", ROUND, "--unit-file", listed, "--codes", codes,
                              "--reason", REASON, "--by", "paper")
        self.assert_exit(1, result)
        self.assertIn("1/2 new codes", result.stdout)
        self.assertIn(stranger + ": its new code is not valid", result.stderr)
        made = self.read(codes)
        self.assertEqual([m["name"] for m in made], ["'=1+1", "Ba"])  # no formula
        self.assert_exit(0, self.status(self.units[2], made[0]["access_code"]))
        self.codes[self.units[2]] = made[0]["access_code"]

    def test_wrong_use_changes_nothing(self):
        unit, codes = self.units[2], self.path("none.csv")
        issue = ["code", "reissue", "--round", ROUND, "--unit", unit, "--reason", REASON]
        for arguments in (issue, [*issue, "--codes", codes], [*issue, "--codes", codes, "--by", "phone"],
                          ["code", "revoke", "--round", ROUND, "--unit", unit],
                          ["code", "reissue", "--round", ROUND, "--unit", "12", "--reason", REASON, "--codes", codes,
                           "--by", "paper"]):
            self.assert_exit(2, self.machine(*arguments))
        self.assert_exit(2, self.khaosat(*issue, "--codes", codes, "--by", "paper"))  # no staff
        twice = self.path("twice.csv")
        with open(twice, "w", encoding="utf-8") as f:
            f.write("tax_code\n%s\n%s\n" % (unit, unit))
        self.assert_exit(1, self.machine("code", "issue", "--round", ROUND, "--unit-file", twice, "--codes", codes,
                                         "--reason", REASON, "--by", "paper"))
        self.assertFalse(os.path.exists(codes))
        with open(codes, "w", encoding="utf-8") as f:
            f.write("kept")
        self.assert_exit(1, self.machine(*issue, "--codes", codes, "--by", "paper"))
        with open(codes, encoding="utf-8") as f:
            self.assertEqual(f.read(), "kept")
        self.assert_exit(0, self.status(unit, self.codes[unit]))


class SetCodeTest(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.staff = cls.collector.staff()
        cls.addClassCleanup(cls.staff.close)
        make_round(cls.staff, "r", 3)

    def set_code(self, i, code=None, **changes):
        fields = {"round": "r", "tax_code": tax_code(i), "reason": REASON, "delivery": pb.PAPER if code else 0,
                  "code_hash": code_hash("r", tax_code(i), code) if code else b"", **changes}
        return self.staff.call(set_code=pb.SetCode(**fields))

    def may(self, i, code):
        with self.collector.unit(tax_code(i), code) as unit:
            return unit.call(unit_status=pb.UnitStatus(round="r")).status == pb.DONE

    def test_a_submission_says_under_which_code_it_was_made(self):
        code = "ABCD" * 4
        with self.collector.unit(tax_code(0), access_code(0)) as unit:
            before = unit.call(submit=submit("r", uuid("k", 0)))
            self.assert_status(self.set_code(0, code), pb.DONE)
            self.assert_status(unit.call(submit=submit("r", uuid("k", 0))), pb.REFUSED)
        with self.collector.unit(tax_code(0), code) as unit:
            after = unit.call(submit=submit("r", uuid("k", 1), deprecated_id=uuid("k", 0)))
        entry = self.staff.call(read_log=pb.ReadLog(**{"from": before.receipt.number + 1, "most": 1})).log_entries.entry[0]
        self.assertEqual((entry.header[2], before.receipt.header[144:192], after.receipt.header[144:192]),
                         (pb.CODE_ISSUED, bytes(48), entry.number.to_bytes(8, "little") + bytes(40)))
        self.assertNotIn(code.encode(), entry.payload)

    def test_the_same_code_again_is_no_entry(self):
        code = "BCDE" * 4
        self.assert_status(self.set_code(1, code), pb.DONE)
        last = self.staff.call(hello=pb.Hello()).hello.last
        self.assert_status(self.set_code(1, code), pb.DONE)
        self.assertEqual(self.staff.call(hello=pb.Hello()).hello.last, last)
        self.assertTrue(self.may(1, code))

    def test_what_has_no_form_changes_nothing(self):
        for field, changes in (("set_code.code_hash", {"code_hash": b"x" * 15}),
                               ("set_code.code_hash", {"code_hash": bytes(16)}),
                               ("set_code.reason", {"reason": "ok"}), ("set_code.reason", {"reason": "x" * 201}),
                               ("set_code.reason", {"reason": "a\nb"}), ("set_code.delivery", {"delivery": 0}),
                               ("set_code.delivery", {"delivery": 7}),
                               ("set_code.delivery", {"code_hash": b"", "delivery": pb.PAPER})):
            response = self.set_code(2, "CDEF" * 4, **changes)
            self.assert_status(response, pb.INVALID)
            self.assertEqual(response.field, field)
        self.assert_status(self.set_code(9, "CDEF" * 4), pb.REFUSED)
        self.assert_status(self.set_code(2, "CDEF" * 4, round="none"), pb.UNKNOWN_ROUND)
        self.assertTrue(self.may(2, access_code(2)))


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""Access codes after the register was loaded, with the real khaosat against the real khaosatd: issued anew
and revoked."""

import csv
import json
import os
import re
import stat
import unittest

import khaosat_pb2 as pb
from client import ROUND, ClientTest
from wire import WireTest, access_code, code_hash, make_round, submit, tax_code, uuid

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
        (act,) = [a for a in self.audit() if unit in a["on"]]
        self.assertEqual((act["who"], act["what"], act["on"], act["reason"]),
                         ("machine", "code.issued", "%s %s paper" % (ROUND, unit), REASON))
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
        self.assertEqual([a["what"] for a in self.audit() if unit in a["on"]], ["code.revoked", "code.issued"])

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


class SubcodeCommandTest(ClientTest):
    def with_code(self, code, *arguments):
        path = self.path("typed")
        with open(path, "w", encoding="ascii") as f:
            f.write(code + "\n")
        return self.khaosat("--lang", "en", *arguments[:2], "--round", ROUND, "--unit", self.units[0], "--code-file", path,
                            *arguments[2:])

    def test_a_colleague_answers_under_a_code_of_his_own_until_it_is_taken_back(self):
        own, output = self.codes[self.units[0]], self.path("colleague")
        self.assert_exit(0, self.with_code(own, "subcode", "make", "--name", "stores", "--output", output))
        self.assertEqual(stat.S_IMODE(os.stat(output).st_mode), 0o600)
        with open(output, encoding="ascii") as f:
            code = f.read().strip()
        path = self.submission(self.units[0], "sub.json", access_code=code)
        self.assert_exit(0, self.khaosat("submit", path))
        listed = self.with_code(own, "subcode", "list")
        self.assertRegex(listed.stdout, r"(?m)^- +\(the unit's own\) +\(in use here\)$")
        (number,) = re.findall(r"(?m)^(\d+) +stores +\d{4}-", listed.stdout)
        self.assertRegex(self.with_code(code, "subcode", "list").stdout, r"stores .*\(in use here\)")
        self.assert_exit(1, self.with_code(code, "subcode", "make", "--name", "more", "--output", self.path("more")))
        self.assert_exit(1, self.with_code(own, "subcode", "make", "--name", "x", "--output", output))  # it is there
        self.assert_exit(0, self.with_code(own, "subcode", "revoke", "--number", number))
        self.assert_exit(1, self.with_code(code, "subcode", "list"))
        self.assert_exit(1, self.with_code(own, "subcode", "revoke", "--number", number))
        for wrong in (("make", "--name", "x"), ("revoke", "--number", "x"), ("revoke",)):
            self.assert_exit(2, self.with_code(own, "subcode", *wrong))


class SubcodeTest(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.staff = cls.collector.staff()
        cls.addClassCleanup(cls.staff.close)
        make_round(cls.staff, "r", 5)

    def make(self, unit, i, code, name="stores"):
        return unit.call(make_subcode=pb.MakeSubcode(round="r", name=name, code_hash=code_hash("r", tax_code(i), code)))

    def codes(self, unit):
        return list(unit.call(list_codes=pb.ListCodes(round="r")).codes.code)

    def test_entries_say_under_which_code_a_unit_acted_and_staff_take_back_with_a_trace(self):
        code = "SBCD" * 4
        with self.collector.unit(tax_code(0), access_code(0)) as own, self.collector.unit(tax_code(0), code) as sub:
            self.assert_status(self.make(own, 0, code), pb.DONE)
            self.assert_status(self.make(own, 0, code), pb.DONE)  # sent again
            (register, made) = self.codes(own)
            self.assertEqual((register.number, register.current, made.name, made.is_subcode), (0, True, "stores", True))
            accepted = sub.call(submit=submit("r", uuid("s")))
            self.assertEqual(int.from_bytes(accepted.receipt.header[144:152], "little"), made.number)
            self.assertEqual(int.from_bytes(accepted.receipt.header[4:8], "little"), 0)  # the unit itself
            self.assert_status(sub.call(unit_status=pb.UnitStatus(round="r")), pb.DONE)
            self.assert_status(self.make(sub, 0, "XBCD" * 4), pb.REFUSED)
            self.assert_status(self.staff.call(revoke_subcode=pb.RevokeSubcode(
                round="r", tax_code=tax_code(0), number=made.number)), pb.DONE)
            self.assert_status(sub.call(unit_status=pb.UnitStatus(round="r")), pb.REFUSED)
            acts = self.staff.call(list_acts=pb.ListActs(**{"from": made.number})).acts.act
            self.assertEqual([a.kind for a in acts], [pb.SUBCODE_REVOKED])  # not the unit's own doing
            entries = own.call(unit_history=pb.UnitHistory(round="r")).unit_entries.entry
            self.assertEqual([e.header[2] for e in entries], [pb.SUBCODE_REVOKED, pb.SUBMISSION, pb.SUBCODE_MADE])
            self.assertFalse(entries[0].payload or entries[2].payload)

    def test_four_at_a_time_over_a_restart_and_none_after_a_new_code(self):
        subs = ["%s" % c * 16 for c in "1234"]
        with self.collector.unit(tax_code(1), access_code(1)) as own:
            for code in subs:
                self.assert_status(self.make(own, 1, code), pb.DONE)
            self.assert_status(self.make(own, 1, "5" * 16), pb.ALREADY)
        with self.collector.unit(tax_code(1), subs[2]) as sub:
            (mine,) = [c for c in self.codes(sub) if c.current]
            (other,) = [c for c in self.codes(sub) if c.number == mine.number + 1]
            self.assert_status(sub.call(revoke_subcode=pb.RevokeSubcode(round="r", number=other.number)), pb.REFUSED)
            self.assert_status(sub.call(revoke_subcode=pb.RevokeSubcode(round="r", number=mine.number)), pb.DONE)
            self.assert_status(sub.call(list_codes=pb.ListCodes(round="r")), pb.REFUSED)
        self.assert_status(self.staff.call(set_code=pb.SetCode(
            round="r", tax_code=tax_code(1), reason=REASON, delivery=pb.PAPER,
            code_hash=code_hash("r", tax_code(1), "6" * 16))), pb.DONE)
        for code in (access_code(1), *subs):
            with self.collector.unit(tax_code(1), code) as unit:
                self.assert_status(unit.call(list_codes=pb.ListCodes(round="r")), pb.REFUSED)
        with self.collector.unit(tax_code(1), "6" * 16) as own:
            self.assertEqual([c.is_subcode for c in self.codes(own)], [False])
        self.assertEqual(self.staff.call(recount=pb.Recount()).recount.differences, 0)

    def test_the_log_keeps_nothing_but_the_fields_that_there_are(self):
        made = pb.MakeSubcode(round="r", name="stores", code_hash=b"h" * 16).SerializeToString()
        unknown = b"\xfa\x3e\x88\x27" + b"x" * 5000  # field 1007
        message = pb.MakeSubcode.FromString(made + unknown)
        self.assertIn(unknown, message.SerializeToString())
        with self.collector.unit(tax_code(3), access_code(3)) as own:
            self.assert_status(own.call(make_subcode=message), pb.DONE)
        last = self.staff.call(hello=pb.Hello()).hello.last
        entry = self.staff.call(read_log=pb.ReadLog(**{"from": last})).log_entries.entry[0]
        self.assertEqual((entry.header[2], entry.payload), (pb.SUBCODE_MADE, made))

    def test_what_has_no_form_changes_nothing(self):
        with self.collector.unit(tax_code(2), access_code(2)) as own:
            for changes in ({"name": ""}, {"name": "Chị Lan"}, {"code_hash": b"x" * 15}, {"code_hash": bytes(16)}):
                fields = {"round": "r", "name": "a", "code_hash": b"x" * 16, **changes}
                self.assert_status(own.call(make_subcode=pb.MakeSubcode(**fields)), pb.INVALID)
            for number in (0, 1, 999999):
                self.assert_status(own.call(revoke_subcode=pb.RevokeSubcode(round="r", number=number)), pb.NOT_FOUND)
            self.assertEqual(len(self.codes(own)), 1)
            other = own.call(list_codes=pb.ListCodes(round="r", tax_code=tax_code(1)))
            self.assert_status(other, pb.REFUSED)


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

# SPDX-License-Identifier: Apache-2.0
"""Corrections of register rows: proposed by units, decided or made by the office, by the wire and by the
real khaosat."""

import csv
import io
import json
import os
import shutil
import time
import unittest

import khaosat_pb2 as pb
from client import ANSWERS, ClientTest
from office import OfficeWireTest
from wire import Header, access_code, make_round, row, status_name, tax_code

MOVED = [("commune", "18074"), ("address", "5 Phan Đình Phùng")]


def cells(pairs):
    return [pb.RowCell(column=c, value=v) for c, v in pairs]


class CorrectionTest(OfficeWireTest):
    def unit(self, i):
        unit = self.collector.unit(tax_code(i), access_code(i))
        self.addCleanup(unit.close)
        return unit

    def propose(self, name, i, pairs, reason=""):
        return self.unit(i).call(propose_row=pb.ProposeRow(round=name, cell=cells(pairs), reason=reason))

    def proposed(self, name, i, pairs, reason=""):
        response = self.propose(name, i, pairs, reason)
        self.assert_status(response, pb.DONE)
        return response.row_stored.number

    def decide(self, name, i, number, accept, reason=""):
        return self.office.call(decide_proposal=pb.DecideProposal(
            round=name, tax_code=tax_code(i), number=number, accept=accept, reason=reason))

    def change(self, name, i, pairs, reason="theo văn bản 12"):
        return self.office.call(change_row=pb.ChangeRow(
            round=name, tax_code=tax_code(i), cell=cells(pairs), reason=reason))

    def row(self, name, i):
        response = self.unit(i).call(get_row=pb.GetRow(round=name))
        self.assert_status(response, pb.DONE)
        return response.unit_row

    def listed(self, name):
        page = self.done(list_proposals=pb.ListProposals(round=name)).proposals
        self.assertEqual(page.next, 0)
        return {o.row.tax_code: o for o in page.open}

    def statuses(self, name, i):
        return [pb.ProposalStatus.Name(p.status)[9:] for p in self.row(name, i).proposal]

    def test_an_accepted_proposal_changes_the_row_and_every_figure_that_reads_it(self):
        make_round(self.office, "accept", 4)
        self.answer("accept", 1)
        number = self.proposed("accept", 1, [("unit_type", "HT"), *MOVED], "hợp tác xã từ 2024")
        before = self.row("accept", 1)
        self.assertEqual((before.row.unit_type, before.row.commune, before.may_propose), ("DN", "18073", True))
        self.assertEqual(len(before.row.code_hash), 0)
        mine = before.proposal[0]
        self.assertEqual([(c.column, c.before, c.after) for c in mine.cell],
                         [("unit_type", "DN", "HT"), ("address", "", "5 Phan Đình Phùng"), ("commune", "18073", "18074")])
        self.assertEqual((mine.number, mine.status, mine.reason, mine.decided), (number, pb.PROPOSAL_OPEN,
                                                                                 "hợp tác xã từ 2024", 0))
        self.assertEqual(self.rate("accept", "GB"), (4, 1, 1))  # nothing has changed yet
        self.assertEqual(self.listed("accept")[tax_code(1)].proposal, mine)
        done = self.decide("accept", 1, number, True, "đã đối chiếu")
        self.assert_status(done, pb.DONE)
        self.assertEqual((self.rate("accept", "GB"), self.rate("accept")), ((3, 0, 0), (4, 1, 1)))
        self.assertEqual(self.listed("accept"), {})
        after = self.row("accept", 1)
        self.assertEqual((after.row.unit_type, after.row.commune, after.row.address),
                         ("HT", "18074", "5 Phan Đình Phùng"))
        self.assertEqual((after.proposal[0].status, after.proposal[0].decided, after.proposal[0].decision),
                         (pb.PROPOSAL_ACCEPTED, done.row_stored.number, "đã đối chiếu"))
        rates = self.done(get_rates=pb.GetRates(round="accept", goal=["GA"], by=[pb.COMMUNE])).rates.rate
        self.assertEqual({r.cell: r.n for r in rates if r.cell.startswith("18")}, {"18073": 3, "18074": 1})
        self.recount()
        self.restart()  # from the checkpoint
        self.assertEqual((self.rate("accept", "GB"), self.row("accept", 1)), ((3, 0, 0), after))
        self.recount()
        self.office.close()
        self.collector.kill()
        os.remove(os.path.join(self.collector.data, "checkpoint"))
        self.collector.start()  # from the log
        type(self).office = self.collector.staff()
        self.assertEqual((self.rate("accept", "GB"), self.row("accept", 1)), ((3, 0, 0), after))
        followed = self.done(list_followup=pb.ListFollowup(round="accept", commune="18074",
                                                           state=[pb.COMPLETE])).followup.unit
        self.assertEqual([u.row.address for u in followed], ["5 Phan Đình Phùng"])
        state = self.unit(1).call(unit_status=pb.UnitStatus(round="accept")).unit_state
        self.assertEqual(state.row, after.row)
        self.recount()

    def test_a_refusal_has_a_reason_that_the_unit_reads(self):
        make_round(self.office, "refuse", 2)
        number = self.proposed("refuse", 0, MOVED)
        for reason in ("", "   ", "x" * 501):
            refused = self.decide("refuse", 0, number, False, reason)
            self.assert_status(refused, pb.INVALID)
            self.assertEqual(refused.field, "decide_proposal.reason")
        self.assert_status(self.decide("refuse", 0, number, False, "không có giấy tờ"), pb.DONE)
        told = self.row("refuse", 0)
        self.assertEqual((told.row.commune, told.proposal[0].status, told.proposal[0].decision),
                         ("18073", pb.PROPOSAL_REFUSED, "không có giấy tờ"))
        self.assertEqual(self.listed("refuse"), {})
        self.recount()

    def test_one_proposal_is_open_and_may_be_replaced_or_withdrawn(self):
        make_round(self.office, "one", 2)
        first = self.proposed("one", 0, MOVED, "a")
        self.assertEqual(self.proposed("one", 0, MOVED, "a"), first)  # sent again
        second = self.proposed("one", 0, MOVED, "b")
        self.assertNotEqual(first, second)
        self.assertEqual(self.listed("one")[tax_code(0)].proposal.number, second)
        self.assert_status(self.decide("one", 0, first, True), pb.ALREADY)
        self.assertEqual(self.statuses("one", 0), ["OPEN", "REPLACED"])
        withdraw = {"withdraw_proposal": pb.WithdrawProposal(round="one")}
        self.assert_status(self.unit(0).call(**withdraw), pb.DONE)
        self.assert_status(self.unit(0).call(**withdraw), pb.ALREADY)
        self.assert_status(self.decide("one", 0, second, True), pb.ALREADY)
        self.assertEqual((self.statuses("one", 0), self.listed("one")), (["WITHDRAWN", "REPLACED"], {}))
        third = self.proposed("one", 0, MOVED, "a")
        self.assert_status(self.decide("one", 0, third, True), pb.DONE)
        self.assert_status(self.change("one", 0, [("employees", "9")], "bảng lương"), pb.DONE)
        self.assertEqual(self.statuses("one", 0), ["UNASKED", "ACCEPTED", "WITHDRAWN", "REPLACED"])
        self.assertEqual(self.row("one", 0).proposal[0].reason, "bảng lương")
        with self.collector.unit(tax_code(1), access_code(1)) as other:
            self.assert_status(other.call(get_row=pb.GetRow(round="one", tax_code=tax_code(0))), pb.REFUSED)
        kinds = [Header(e.header).kind for e in
                 self.unit(0).call(unit_history=pb.UnitHistory(round="one")).unit_entries.entry]
        self.assertEqual(kinds, [pb.ROW_CHANGED, pb.ROW_CHANGED, pb.ROW_PROPOSED, pb.ROW_PROPOSAL_WITHDRAWN,
                                 pb.ROW_PROPOSED, pb.ROW_PROPOSED])

    def test_of_more_than_a_hundred_changes_the_newest_are_told_and_that_there_are_older_ones(self):
        make_round(self.office, "hundred", 1)
        for i in range(100):
            self.assert_status(self.change("hundred", 0, [("employees", str(10 + i))]), pb.DONE)
        told = self.row("hundred", 0)
        self.assertEqual((len(told.proposal), told.older), (100, False))
        self.assert_status(self.change("hundred", 0, [("employees", "999")]), pb.DONE)
        told = self.row("hundred", 0)
        self.assertEqual((len(told.proposal), told.older), (100, True))
        self.assertEqual([told.proposal[0].cell[0].after, told.proposal[99].cell[0].after], ["999", "11"])

    def test_a_decision_sent_again_is_one_and_another_is_told_that_it_comes_late(self):
        make_round(self.office, "twice", 2)
        number = self.proposed("twice", 0, MOVED)
        done = self.decide("twice", 0, number, True).row_stored.number
        self.assertEqual(self.decide("twice", 0, number, True).row_stored.number, done)
        self.assert_status(self.decide("twice", 0, number, False, "không"), pb.ALREADY)
        for wrong in (0, number + 1, number - 1):
            self.assert_status(self.decide("twice", 0, wrong, True), pb.ALREADY)
        number = self.proposed("twice", 1, MOVED)
        refused = self.decide("twice", 1, number, False, "không").row_stored.number
        self.assertEqual(self.decide("twice", 1, number, False, "không").row_stored.number, refused)
        self.assert_status(self.decide("twice", 1, number, True), pb.ALREADY)

    def test_of_many_decisions_at_once_one_is_made(self):
        make_round(self.office, "race", 2)
        number = self.proposed("race", 0, MOVED)
        clients = [self.collector.staff() for _ in range(4)]
        for k, client in enumerate(clients):
            self.addCleanup(client.close)
            for _ in range(8):
                client.send(client.request(decide_proposal=pb.DecideProposal(
                    round="race", tax_code=tax_code(0), number=number, accept=k % 2 == 0, reason="r")))
                client.send(client.request(change_row=pb.ChangeRow(
                    round="race", tax_code=tax_code(0), cell=cells([("employees", str(k))]), reason="r")))
        got = [status_name(client.receive()) for client in clients for _ in range(16)]
        self.assertLessEqual(set(got), {"DONE", "ALREADY", "TRY_LATER"})
        kinds = [Header(e.header).kind for e in
                 self.unit(0).call(unit_history=pb.UnitHistory(round="race")).unit_entries.entry]
        self.assertEqual(len([s for s in self.statuses("race", 0) if s in ("ACCEPTED", "REFUSED")]), 1)
        self.assertGreater(kinds.count(pb.ROW_CHANGED), 0)
        self.recount()

    def test_bad_values_are_named_by_column_value_and_rule_and_change_nothing(self):
        make_round(self.office, "bad", 2)
        for pairs, field in (([("colour", "red")], "cell.column"), ([("tax_code", tax_code(1))], "cell.column"),
                             ([("stratum", "A")], "cell.column"), ([("weight", "2")], "cell.column"),
                             ([("zone", "NONE"), ("zone", "NONE")], "cell.column")):
            for response, body in ((self.propose("bad", 0, pairs), "propose_row"),
                                   (self.change("bad", 0, pairs), "change_row")):
                self.assert_status(response, pb.INVALID)
                self.assertEqual(response.field, "%s.%s" % (body, field))
        for pairs in ([("name", "Công ty số 0"), ("employees", "005")], []):
            self.assert_status(self.propose("bad", 0, pairs), pb.ALREADY)
        for column, value, check in (("commune", "99999", "E_UNIT"), ("unit_type", "", "E_UNIT"), ("name", "", "E_TEXT"),
                                     ("employees", "-1", "E_UNIT"), ("employees", "12345678901234567", "E_UNIT"),
                                     ("vsic", "99", "E_UNIT"), ("vsic_version", "2019", "E_UNIT"), ("status", "x", "E_UNIT"),
                                     ("supporting_industry", "no", "E_UNIT"), ("name", "x" * 301, "E_TEXT")):
            with self.subTest(column=column, value=value[:20]):
                for response in (self.propose("bad", 0, [(column, value), ("address", "x")]),
                                 self.change("bad", 0, [(column, value)])):
                    self.assert_status(response, pb.REJECTED)
                    self.assertEqual([(f.question, f.check, f.severity) for f in response.finding],
                                     [(column, check, pb.HARD)])
                    self.assertEqual(response.finding[0].value[:5], value[:5])
        for reason in ("x" * 501, "a\nb"):
            self.assert_status(self.propose("bad", 0, MOVED, reason), pb.INVALID)
        for reason in ("", "  ", "x" * 501):
            self.assert_status(self.change("bad", 0, MOVED, reason), pb.INVALID)
        self.assert_status(self.change("none", 0, MOVED), pb.UNKNOWN_ROUND)
        self.assert_status(self.change("bad", 7, MOVED), pb.REFUSED)
        self.assertEqual((self.statuses("bad", 0), self.row("bad", 0).row.commune), ([], "18073"))

    def test_a_column_may_become_unknown_and_known_again(self):
        make_round(self.office, "empty", 1, rows=[row("empty", 0, employees=None, status=None)])
        number = self.proposed("empty", 0, [("employees", "0"), ("status", "ACTIVE"), ("commune", "")])
        self.assert_status(self.decide("empty", 0, number, True), pb.DONE)
        told = self.row("empty", 0)
        self.assertEqual((told.row.employees, told.row.HasField("employees"), told.row.status, told.row.commune),
                         (0, True, "ACTIVE", ""))
        self.assertEqual([(c.column, c.before, c.after) for c in told.proposal[0].cell],
                         [("commune", "18073", ""), ("employees", "", "0"), ("status", "", "ACTIVE")])
        self.recount()

    def test_what_is_accepted_is_judged_by_the_row_as_it_is_then(self):
        make_round(self.office, "then", 1)
        number = self.proposed("then", 0, MOVED)
        self.assert_status(self.change("then", 0, [("address", "7 Nguyễn Du"), ("employees", "40")]), pb.DONE)
        listed = self.listed("then")[tax_code(0)]
        self.assertEqual((listed.row.address, listed.proposal.cell[0].before), ("7 Nguyễn Du", ""))
        self.assert_status(self.decide("then", 0, number, True), pb.DONE)
        told = self.row("then", 0).row
        self.assertEqual((told.address, told.employees, told.commune), (MOVED[1][1], 40, "18074"))
        number = self.proposed("then", 0, [("employees", "41")])
        self.assert_status(self.change("then", 0, [("employees", "41")]), pb.DONE)
        self.assert_status(self.decide("then", 0, number, True), pb.DONE)  # it is so already
        self.assertEqual(self.statuses("then", 0), ["UNASKED", "ACCEPTED", "UNASKED", "ACCEPTED"])
        self.recount()

    def test_when_the_round_is_closed_the_office_goes_on_and_a_unit_that_is_reopened(self):
        make_round(self.office, "closed", 3, is_open=False)
        first = self.proposed("closed", 0, MOVED)  # not open yet
        self.done(open_round=pb.OpenRound(round="closed"))
        second = self.proposed("closed", 1, MOVED)
        self.done(close_round=pb.CloseRound(round="closed"))
        self.assert_status(self.propose("closed", 2, MOVED), pb.ROUND_CLOSED)
        self.assertFalse(self.row("closed", 2).may_propose)
        self.assert_status(self.decide("closed", 0, first, True), pb.DONE)
        self.assert_status(self.change("closed", 2, MOVED), pb.DONE)
        self.assert_status(self.unit(1).call(withdraw_proposal=pb.WithdrawProposal(round="closed")), pb.DONE)
        self.assert_status(self.decide("closed", 1, second, True), pb.ALREADY)
        soon = int(time.time() * 1000) + 3600000
        self.done(reopen_unit=pb.ReopenUnit(round="closed", tax_code=tax_code(1), until_ms=soon))
        self.proposed("closed", 1, MOVED)
        self.recount()

    def test_a_unit_makes_a_hundred_proposals_at_most(self):
        make_round(self.office, "many", 1)
        unit = self.unit(0)
        for k in range(101):
            unit.send(unit.request(propose_row=pb.ProposeRow(
                round="many", cell=cells([("employees", str(1000 + k))]))))
            self.assert_status(unit.receive(), pb.DONE if k < 100 else pb.INVALID)
        told = self.row("many", 0).proposal
        self.assertEqual((len(told), told[0].cell[0].after), (100, "1099"))
        self.assert_status(self.change("many", 0, [("employees", "1")]), pb.DONE)  # the office still can


class CorrectionClientTest(ClientTest):
    def staff(self, *arguments):
        return self.khaosat("--token-file", self.collector.data + "/staff.token", "--lang", "en", *arguments)

    def own(self, unit, *arguments):
        command = arguments[:2]
        return self.khaosat("--lang", "en", *command, "--round", "2025", "--unit", unit, "--code-file",
                            self.code_file(unit), *arguments[2:])

    def assert_exit(self, code, result):
        super().assert_exit(code, result)
        return result

    def microdata(self):
        self.assert_exit(0, self.staff("microdata", "--output", self.path("microdata"), "--round", "2025"))
        with open(self.path("microdata/microdata.csv"), encoding="utf-8-sig", newline="") as f:
            rows = {r["tax_code"]: r for r in csv.DictReader(f)}
        shutil.rmtree(self.path("microdata"))
        return rows

    def open_number(self, unit):
        rows = json.loads(self.assert_exit(0, self.staff("proposal", "list", "--format", "json")).stdout)
        return next(r["proposal"] for r in rows if r["tax_code"] == unit)

    def test_a_trader_turns_into_a_maker_and_all_that_follows_is_seen(self):
        unit = self.units[0]
        self.assert_exit(0, self.khaosat("submit", self.submission(unit)))
        self.assertEqual(self.microdata()[unit]["indicator/PROD"], "NA")
        shown = self.assert_exit(0, self.own(unit, "register", "show")).stdout
        self.assertRegex(shown, r"(?m)^commune +commune or ward +18073 \(Thành Sen ward\)$")
        self.assertRegex(shown, r"(?m)^capital_mvnd +total capital, million VND +-$")
        stored = self.assert_exit(0, self.own(unit, "register", "propose", "--set", "vsic=10", "--set",
                                              "address=5 =Nguyễn Du", "--reason", "chuyển sang chế biến"))
        self.assertRegex(stored.stdout, r"proposal stored; .*: #\d+")
        listed = list(csv.DictReader(io.StringIO(self.assert_exit(0, self.staff(
            "proposal", "list", "--format", "csv")).stdout, newline="")))
        self.assertEqual([(r["tax_code"], r["column"], r["before"], r["now"], r["after"], r["reason"]) for r in listed],
                         [(unit, "address", "", "", "5 =Nguyễn Du", "chuyển sang chế biến"),
                          (unit, "vsic", "46", "46", "10", "chuyển sang chế biến")])
        self.assertIn("vsic: 46 -> 10", self.assert_exit(0, self.staff("proposal", "list")).stdout)
        number = self.open_number(unit)
        accepted = self.assert_exit(0, self.staff("proposal", "accept", "--unit", unit, "--number", number,
                                                  "--reason", "giấy đăng ký"))
        self.assertRegex(accepted.stderr, r"To be looked at:\n(  .*\n)*  D01 \[")  # makers answer it
        self.assertRegex(self.assert_exit(0, self.own(unit, "register", "show")).stdout,
                         r"(?m)^#%s .*: accepted, .*\n    address: - -> 5 =Nguyễn Du\n    vsic: 46 -> 10\n"
                         r"    reason: chuyển sang chế biến\n    answer: giấy đăng ký$" % number)
        row = self.microdata()[unit]
        self.assertNotEqual(row["indicator/PROD"], "NA")
        self.assertEqual(row["F01"], "50")
        self.assert_exit(0, self.staff("recount"))
        acts = self.assert_exit(0, self.staff("audit", "--what", "row")).stdout
        self.assertRegex(acts, r"machine +row.changed +2025 %s proposal #%s: address - -> 5 =Nguyễn Du; vsic 46 -> 10 "
                               r"\(giấy đăng ký\)" % (unit, number))
        history = self.assert_exit(0, self.own(unit, "history")).stdout
        self.assertRegex(history, r"row: changed .*\n.*row: asked")
        # What it sends from now on is judged by the row as it is.
        lacks = self.khaosat("--lang", "en", "correct", self.submission(unit))
        self.assert_exit(3, lacks)
        self.assertIn("D01", lacks.stdout + lacks.stderr)
        self.assert_exit(0, self.khaosat("correct", self.submission(unit, answers={**ANSWERS, "D01": ["IOT"], "D02": "Q1"})))
        self.assertEqual(self.microdata()[unit]["indicator/PROD"], "1")
        self.assert_exit(0, self.staff("register", "change", "--unit", unit, "--set", "vsic=46", "--reason", "nhầm"))
        self.assertEqual(self.microdata()[unit]["indicator/PROD"], "NA")
        self.assert_exit(0, self.staff("recount"))
        self.assert_exit(0, self.staff("backup", self.path("b")))
        self.assert_exit(0, self.staff("backup", "--verify", self.path("b")))

    def test_wrong_use_is_named(self):
        unit = self.units[1]
        for arguments, words in ((["--set", "colour=red"], "unit_type"), (["--set", "address"], "COLUMN=VALUE"),
                                 (["--set", "tax_code=1"], "stays"), ([], "--set")):
            result = self.assert_exit(2, self.own(unit, "register", "propose", *arguments))
            self.assertIn(words, result.stderr)
        wrong = self.assert_exit(3, self.own(unit, "register", "propose", "--set", "commune=1", "--set", "employees=x"))
        self.assertRegex(wrong.stderr, r"commune \[\w+\] value 1: .*\n +employees \[\w+\] value x: ")
        self.assert_exit(2, self.staff("register", "change", "--unit", unit, "--set", "address=x"))
        self.assert_exit(2, self.staff("register", "propose", "--unit", unit, "--set", "address=x"))
        self.assert_exit(2, self.staff("proposal", "accept", "--unit", unit))
        self.assert_exit(2, self.staff("proposal", "refuse", "--unit", unit, "--number", "3"))
        self.assert_exit(1, self.staff("proposal", "accept", "--unit", unit, "--number", "3"))
        self.assert_exit(1, self.own(unit, "register", "withdraw"))
        self.assert_exit(0, self.own(unit, "register", "propose", "--set", "address=x"))
        self.assert_exit(0, self.own(unit, "register", "withdraw"))
        self.assert_exit(0, self.own(unit, "register", "propose", "--set", "address=y"))
        number = self.open_number(unit)
        self.assert_exit(0, self.staff("proposal", "refuse", "--unit", unit, "--number", number, "--reason", "sai"))
        self.assertRegex(self.own(unit, "register", "show").stdout, r"refused, (.*\n)+    answer: sai\n")
        self.assertIn("no proposal", self.assert_exit(0, self.staff("proposal", "list")).stdout)


if __name__ == "__main__":
    unittest.main()

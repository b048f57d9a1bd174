# SPDX-License-Identifier: Apache-2.0
"""What becomes of units: case states and the figures that follow from them, by the wire and by the real
khaosat."""

import csv
import io
import json
import os
import re
import shutil
import time
import unittest

import khaosat_pb2 as pb
from client import ANSWERS, ClientTest
from office import OfficeWireTest
from wire import (Header, access_code, answers, load_rows, make_round, row, submit, survey_json, tax_code, uuid,
                  wait_until)

CLEARED = pb.CASE_STATE_UNSPECIFIED


class CaseTest(OfficeWireTest):
    def set(self, name, i, state, evidence=""):
        return self.office.call(set_case=pb.SetCase(
            round=name, tax_code=tax_code(i), state=state, evidence=evidence))

    def cases(self, name, *by):
        cells = self.done(get_cases=pb.GetCases(round=name, by=by)).cases.cell
        return {c.cell: list(c.state) for c in cells}

    def info(self, name):
        rounds = self.done(list_rounds=pb.ListRounds()).rounds.round
        return next(r for r in rounds if r.name == name)

    def test_out_of_scope_leaves_every_figure_with_evidence_and_comes_back_with_it(self):
        make_round(self.office, "scope", 4)
        self.answer("scope", 0)
        self.answer("scope", 1)
        self.assertEqual(self.rate("scope"), (4, 2, 2))
        out = pb.OUT_OF_SCOPE
        for evidence in ("", "   ", "x" * 501, "a\nb"):
            response = self.set("scope", 1, out, evidence)
            self.assert_status(response, pb.INVALID)
            self.assertEqual(response.field, "set_case.evidence")
        self.assert_status(self.set("scope", 1, out, "Thông báo 12/TB-CCT: đã giải thể"), pb.DONE)
        self.assert_status(self.set("scope", 3, out, "trùng với đơn vị khác"), pb.DONE)
        self.assertEqual(self.rate("scope"), (2, 1, 1))
        info = self.info("scope")
        self.assertEqual((info.units, info.responded, info.out_of_scope), (4, 1, 2))
        estimate = self.done(get_estimates=pb.GetEstimates(round="scope", goal=["GA"])).estimates.estimate[0]
        self.assertEqual((estimate.employees, estimate.employees_responded), (5 + 7, 5))
        self.recount()
        # What it answers meanwhile is kept, and counts nowhere.
        self.answer("scope", 3)
        self.assertEqual(self.rate("scope"), (2, 1, 1))
        self.restart()
        self.assertEqual((self.rate("scope"), self.cases("scope")["_T"]), ((2, 1, 1), [1, 0, 1, 0, 0, 0, 2, 0]))
        self.recount()
        self.assert_status(self.set("scope", 3, CLEARED), pb.INVALID)
        self.assert_status(self.set("scope", 3, CLEARED, "không trùng"), pb.DONE)
        self.assertEqual(self.rate("scope"), (3, 2, 2))
        self.recount()

    def test_what_follows_from_the_log_is_not_set_and_an_answer_ends_what_was(self):
        make_round(self.office, "states", 6)
        for state in (pb.NOT_STARTED, pb.COMPLETE, 9, -1):
            self.assert_status(self.set("states", 0, state), pb.INVALID)
        self.assert_status(self.set("states", 0, CLEARED), pb.ALREADY)
        for i, state in enumerate((pb.REFUSAL, pb.NON_CONTACT, pb.IN_PROGRESS, pb.ELIGIBILITY_UNKNOWN, pb.PARTIAL)):
            self.assert_status(self.set("states", i, state, "gọi điện"), pb.DONE)
        self.assertEqual(self.cases("states")["_T"], [1, 1, 0, 1, 1, 1, 0, 1])
        self.answer("states", 0)
        self.assertEqual(self.cases("states")["_T"], [1, 1, 1, 1, 0, 1, 0, 1])
        self.assert_status(self.set("states", 0, pb.REFUSAL), pb.ALREADY)
        self.assert_status(self.set("states", 0, pb.PARTIAL, "thiếu phần G"), pb.DONE)
        self.assertEqual(self.rate("states"), (6, 1, 1))  # its answers count in goals
        with self.collector.unit(tax_code(0), access_code(0)) as unit:
            history = unit.call(unit_history=pb.UnitHistory(round="states")).unit_entries.entry
            self.assertEqual([Header(e.header).kind for e in history], [pb.CASE_SET, pb.SUBMISSION, pb.CASE_SET])
            self.assertEqual(Header(history[0].header).actor, 1)
            # The unit sees the states; what staff have noted of it, or of persons, is the office's.
            noted = self.done(unit_history=pb.UnitHistory(round="states", tax_code=tax_code(0))).unit_entries.entry
            for entries, words in ((history, ["", ""]), (noted, ["thiếu phần G", "gọi điện"])):
                self.assertEqual([(c.before, c.after, c.evidence) for c in (
                    pb.CaseChange.FromString(entries[k].payload) for k in (0, 2))],
                                 [(0, pb.PARTIAL, words[0]), (0, pb.REFUSAL, words[1])])
            self.assertEqual([e.header for e in history], [e.header for e in noted])
            head = Header(history[1].header).instance_id
            response = unit.call(withdraw=pb.Withdraw(round="states", head=head, instance_id=uuid("w")))
            self.assert_status(response, pb.ACCEPTED)
        self.assertEqual(self.cases("states")["_T"], [1, 2, 0, 1, 0, 1, 0, 1])
        self.recount()

    def test_cases_are_told_by_cell(self):
        make_round(self.office, "cells", 0, rows=[row("cells", i, commune=("18073", "18074", None)[i % 3])
                                                  for i in range(7)])
        self.assert_status(self.set("cells", 1, pb.REFUSAL), pb.DONE)
        self.answer("cells", 0)
        cells = self.cases("cells", pb.COMMUNE)
        self.assertEqual((cells["18073"][0], cells["18073"][2], cells["18074"][4], cells["_U"][0]), (2, 1, 1, 2))
        self.assert_status(self.office.call(get_cases=pb.GetCases(round="none")), pb.UNKNOWN_ROUND)
        self.invalid("get_cases.by", get_cases=pb.GetCases(round="cells", by=[99]))

    def reach(self, name, cell="_T"):
        cells = self.done(get_cases=pb.GetCases(round=name, by=[pb.WHOLE, pb.COMMUNE])).cases.cell
        return next((c.with_address, c.reachable) for c in cells if c.cell == cell)

    def test_units_that_a_letter_can_reach_are_counted(self):
        make_round(self.office, "reach", 0, rows=[row("reach", i, address="Thôn %d" % i if i < 4 else None)
                                                  for i in range(6)])
        self.assertEqual((self.reach("reach"), self.reach("reach", "18074")), ((4, 4), (0, 0)))
        self.assert_status(self.set("reach", 0, pb.NON_CONTACT), pb.DONE)  # its letter came back
        self.assert_status(self.set("reach", 1, pb.OUT_OF_SCOPE, "đã giải thể"), pb.DONE)
        self.assert_status(self.set("reach", 5, pb.NON_CONTACT), pb.DONE)
        self.assertEqual(self.reach("reach"), (3, 2))
        for i, column, value in ((4, "address", "7 Nguyễn Du"), (2, "address", ""), (3, "commune", "18074")):
            self.done(change_row=pb.ChangeRow(round="reach", tax_code=tax_code(i), reason="văn bản 3",
                                              cell=[pb.RowCell(column=column, value=value)]))
        self.assertEqual((self.reach("reach"), self.reach("reach", "18074")), ((3, 2), (1, 1)))
        self.recount()
        self.answer("reach", 0)
        self.assertEqual(self.reach("reach"), (3, 3))


class FollowupTest(OfficeWireTest):
    def followup(self, name, **fields):
        found, at = [], 0
        while True:
            page = self.done(list_followup=pb.ListFollowup(round=name, **{"from": at}, **fields)).followup
            self.assertTrue(len(page.unit) <= 500 and (page.next == 0 or page.next > at))
            found += page.unit
            at = page.next
            if at == 0:
                return found

    def test_pages_hold_each_silent_unit_once_in_the_register_s_order(self):
        """Over several chunks, some of them without anybody to follow up."""
        self.done(put_survey=pb.PutSurvey(json=survey_json()))
        self.done(create_round=pb.CreateRound(name="pages", survey_id="WIRE", survey_version=3,
                                              reference_date="2025-06-30"))
        rows = [row("pages", i, commune=("18073", "18074")[i % 2], name="Công ty %d" % i,
                    address="Số %d, đường 26/3" % i) for i in range(1300)]
        self.assert_status(load_rows(self.office, "pages", rows, chunk_rows=300), pb.DONE)
        self.done(open_round=pb.OpenRound(round="pages"))
        for i in (0, 700, 1299):
            self.answer("pages", i)
        silent = [i for i in range(1300) if i not in (0, 700, 1299)]
        found = self.followup("pages")
        self.assertEqual([u.row.tax_code for u in found], [tax_code(i) for i in silent])
        self.assertEqual([u.row.address for u in found], ["Số %d, đường 26/3" % i for i in silent])
        self.assertTrue(all(u.state == pb.NOT_STARTED and not u.row.code_hash for u in found))
        odd = self.followup("pages", commune="18074")
        self.assertEqual([u.row.tax_code for u in odd], [tax_code(i) for i in silent if i % 2])
        self.assertEqual(len(self.followup("pages", state=[pb.COMPLETE])), 3)
        self.assertEqual(len(self.followup("pages", zone="_U")), 0)
        self.assertEqual(len(self.followup("pages", zone="NONE", commune="18073")), 648)
        self.invalid("list_followup.commune", list_followup=pb.ListFollowup(round="pages", commune="1"))
        self.invalid("list_followup.zone", list_followup=pb.ListFollowup(round="pages", zone="X"))
        self.invalid("list_followup.state", list_followup=pb.ListFollowup(round="pages", state=[0]))

    def test_state_evidence_last_entry_and_contact_stand_beside_the_unit(self):
        make_round(self.office, "before", 3)
        self.answer("before", 0)
        with self.collector.unit(tax_code(0), access_code(0)) as unit:
            kept = unit.call(contact=pb.Contact(round="before", name="Bà Hoa", phone="0912 000 111", consent=True))
            self.assert_status(kept, pb.DONE)
        self.done(create_round=pb.CreateRound(name="after", survey_id="WIRE", survey_version=3,
                                              reference_date="2025-12-31", earlier="before"))
        self.assert_status(load_rows(self.office, "after", [row("after", i) for i in range(3)]), pb.DONE)
        self.done(open_round=pb.OpenRound(round="after"))
        self.done(set_case=pb.SetCase(round="after", tax_code=tax_code(0), state=pb.REFUSAL, evidence="không muốn"))
        self.done(reopen_unit=pb.ReopenUnit(round="after", tax_code=tax_code(0), until_ms=4102444800000))
        first, second, third = self.followup("after")
        self.assertEqual((first.state, first.evidence, first.last_kind, first.reopened_until_ms),
                         (pb.REFUSAL, "không muốn", pb.UNIT_REOPENED, 4102444800000))
        self.assertEqual((first.contact.name, first.contact.phone, first.contact_round),
                         ("Bà Hoa", "0912 000 111", "before"))
        self.assertGreater(first.last_ms, 0)
        for unit in (second, third):
            self.assertEqual((unit.state, unit.evidence, unit.last_kind, unit.HasField("contact")),
                             (pb.NOT_STARTED, "", 0, False))


class DeadlineTest(OfficeWireTest):
    def test_a_deadline_moves_later_only_and_answers_come_in_until_it(self):
        soon = int(time.time() * 1000) + 3600000
        make_round(self.office, "late", 2, closes_ms=soon)
        for wrong in (0, 1, soon, soon - 1):
            self.invalid("extend_round.closes_ms", extend_round=pb.ExtendRound(round="late", closes_ms=wrong))
        later = self.done(extend_round=pb.ExtendRound(round="late", closes_ms=soon + 1000))
        self.assertEqual((later.round.closes_ms, later.round.phase), (soon + 1000, pb.OPEN))
        with self.collector.unit(tax_code(0), access_code(0)) as unit:
            state = unit.call(unit_status=pb.UnitStatus(round="late")).unit_state
            self.assertEqual((state.may_submit, state.until_ms), (True, soon + 1000))
        entry = self.done(read_log=pb.ReadLog(**{"from": self.last(), "most": 1})).log_entries.entry[0]
        change = pb.DeadlineChange.FromString(entry.payload)
        self.assertEqual((Header(entry.header).kind, Header(entry.header).argument_ms, change.before_ms,
                          change.after_ms), (pb.DEADLINE_SET, soon + 1000, soon, soon + 1000))
        self.restart()
        self.answer("late", 1)
        self.recount()
        self.done(close_round=pb.CloseRound(round="late"))
        closed = self.office.call(extend_round=pb.ExtendRound(round="late", closes_ms=soon + 9000))
        self.assert_status(closed, pb.ALREADY)

    def test_a_deadline_that_passed_while_it_was_stopped_can_still_be_moved(self):
        begin = time.time()
        make_round(self.office, "measure", 1)
        closes_ms = int(1000 * (time.time() + 10 * (time.time() - begin))) + 1000
        make_round(self.office, "unwatched", 1, closes_ms=closes_ms)
        self.restart(lambda: wait_until(lambda: time.time() * 1000 > closes_ms))
        self.collector.wait_log("warn round=unwatched its time passed .* minutes=60 ")
        with self.collector.unit(tax_code(0), access_code(0)) as unit:
            self.assert_status(unit.call(submit=submit("unwatched", uuid("late"))), pb.ROUND_CLOSED)
        moved = self.done(extend_round=pb.ExtendRound(round="unwatched", closes_ms=closes_ms + 3600000))
        self.assertEqual(moved.round.phase, pb.OPEN)
        self.answer("unwatched", 0)

    def last(self):
        return self.done(hello=pb.Hello()).hello.last


class EraseTest(OfficeWireTest):
    def keep(self, name, i, phone):
        with self.collector.unit(tax_code(i), access_code(i)) as unit:
            response = unit.call(contact=pb.Contact(round=name, name="Bà Hoa", phone=phone, consent=True))
            self.assert_status(response, pb.DONE)

    def files_hold(self, text):
        for name in os.listdir(self.collector.data):
            with open(os.path.join(self.collector.data, name), "rb") as f:
                if text.encode() in f.read():
                    return True
        return False

    def test_contacts_of_a_round_are_erased_and_no_file_holds_their_telephones(self):
        for name in ("wave", "next"):
            make_round(self.office, name, 3)
            for i in range(2):
                self.answer(name, i)
                self.keep(name, i, "0912 55%d %s" % (i, name))
        between = int(time.time() * 1000) + 1
        while int(time.time() * 1000) <= between:
            pass
        self.answer("wave", 2)
        self.keep("wave", 2, "0912 999 wave")
        self.assertTrue(self.files_hold("0912 550 wave"))
        self.invalid("erase_contacts.before_ms", erase_contacts=pb.EraseContacts(
            round="wave", before_ms=int(time.time() * 1000) + 3600000))
        self.invalid("erase_contacts.before_ms", erase_contacts=pb.EraseContacts(round="wave"))
        report = self.done(erase_contacts=pb.EraseContacts(round="wave", before_ms=between)).contacts_erased
        self.assertEqual((report.erased, report.left), (2, 1))
        for phone in ("0912 550 wave", "0912 551 wave"):
            self.assertFalse(self.files_hold(phone))
        for phone in ("0912 999 wave", "0912 550 next", "0912 551 next"):
            self.assertTrue(self.files_hold(phone))
        acts = self.done(list_acts=pb.ListActs(**{"from": 1})).acts.act
        self.assertEqual([a.change[0].before for a in acts if a.kind == pb.CONTACTS_ERASED], ["2"])
        self.restart()
        self.assertFalse(self.files_hold("0912 550 wave"))
        self.recount()


class EditTest(OfficeWireTest):
    def edit(self, name, head, question="B01", **fields):
        return self.office.call(edit_answer=pb.EditAnswer(
            round=name, tax_code=tax_code(0), head=head, question=question, **fields))

    def one(self, **fields):
        return pb.Answers(answer=[pb.Answer(**fields)]).SerializeToString()

    def history(self, name):
        with self.collector.unit(tax_code(0), access_code(0)) as unit:
            return unit.call(unit_history=pb.UnitHistory(round=name)).unit_entries.entry

    def test_an_edit_moves_the_figures_and_the_next_submission_ends_it(self):
        make_round(self.office, "edit", 2)
        receipt = self.answer("edit", 0, body=answers(tools=("NONE",), number=3))
        head = Header(receipt.header).instance_id
        self.assertEqual(self.rate("edit"), (2, 1, 0))
        x = self.one(question="B01", choices=pb.Choices(code=["X"]))
        self.assert_status(self.edit("edit", head, answer=x, reason="gọi điện xác nhận"), pb.DONE)
        self.assertEqual(self.rate("edit"), (2, 1, 1))
        self.assert_status(self.edit("edit", head, answer=x, reason="lần nữa"), pb.ALREADY)
        entry = self.history("edit")[0]
        header, payload = Header(entry.header), pb.AnswerEdit.FromString(entry.payload)
        self.assertEqual((header.kind, header.actor, header.replaced, header.revision),
                         (pb.ANSWER_EDITED, 1, receipt.number, 1))
        now = pb.Answers.FromString(payload.answers)
        self.assertEqual({a.question: list(a.choices.code) or a.number for a in now.answer}, {"B01": ["X"], "B02": 3})
        self.assertEqual(payload.reason, "gọi điện xác nhận")
        self.recount()
        self.restart()
        self.assertEqual(self.rate("edit"), (2, 1, 1))
        # Another edit is made of the edited answers; one that empties a core question is none.
        self.assert_status(self.edit("edit", head, "B02", answer=b"", reason="nhập nhầm"), pb.DONE)
        refused = self.edit("edit", head, answer=b"", reason="xóa")
        self.assert_status(refused, pb.REJECTED)
        self.assertEqual([f.check for f in refused.finding], ["E_CORE"])
        with self.collector.unit(tax_code(0), access_code(0)) as unit:
            state = unit.call(unit_status=pb.UnitStatus(round="edit")).unit_state
            self.assertEqual((state.receipt.header, state.head.instance_id), (receipt.header, head))
            again = unit.call(submit=submit("edit", uuid("edit", 0), answers(tools=("NONE",), number=3)))
            self.assertEqual((again.status, again.receipt), (pb.REPLAYED, receipt))
            corrected = unit.call(submit=submit("edit", uuid("c"), answers(tools=("NONE",)), deprecated_id=head))
            self.assert_status(corrected, pb.ACCEPTED)
        self.assertEqual(self.rate("edit"), (2, 1, 0))
        self.assert_status(self.edit("edit", head, answer=x, reason="cũ"), pb.STALE)
        self.recount()

    def test_other_is_recoded_to_a_code_and_its_text_stays_in_what_was_sent(self):
        make_round(self.office, "recode", 1)
        sent = pb.Answers(answer=[pb.Answer(question="B01", choices=pb.Choices(code=["OTHER"]), other="phần mềm X")])
        receipt = self.answer("recode", 0, body=sent.SerializeToString())
        head = Header(receipt.header).instance_id
        self.assertEqual(self.rate("recode"), (1, 1, 0))
        for code in ("OTHER", "NONE", "Q"):
            self.assert_status(self.edit("recode", head, code=code), pb.INVALID)
        self.assert_status(self.edit("recode", head, code="X"), pb.DONE)
        self.assertEqual(self.rate("recode"), (1, 1, 1))
        self.assert_status(self.edit("recode", head, code="Y"), pb.ALREADY)
        entries = self.history("recode")
        self.assertEqual([Header(e.header).kind for e in entries], [pb.ANSWER_RECODED, pb.SUBMISSION])
        self.assertEqual(entries[1].payload, sent.SerializeToString())
        self.assertEqual(pb.Answers.FromString(pb.AnswerEdit.FromString(entries[0].payload).answers).answer[0].choices.code,
                         ["X"])
        self.recount()

    def test_what_is_no_edit_is_named(self):
        make_round(self.office, "form", 1)
        self.assert_status(self.edit("form", uuid("x"), code="X"), pb.STALE)
        head = Header(self.answer("form", 0).header).instance_id
        two = pb.Answers(answer=[pb.Answer(question="B01", choices=pb.Choices(code=["Y"])),
                                 pb.Answer(question="B02", number=1)]).SerializeToString()
        for field, fields in (("head", {"head": b"x"}), ("question", {"question": "Z9"}),
                              ("reason", {"answer": b"", "question": "B02"}),
                              ("reason", {"answer": b"", "reason": "x" * 501}),
                              ("answer", {"answer": two, "reason": "x"}), ("answer", {"answer": b"\xff", "reason": "x"}),
                              ("answer", {"answer": b"x", "code": "X"})):
            fields = {"head": head, "question": "B01", **fields}
            response = self.office.call(edit_answer=pb.EditAnswer(round="form", tax_code=tax_code(0), **fields))
            self.assert_status(response, pb.INVALID)
            self.assertEqual(response.field, "edit_answer." + field)
        large = self.one(question="B02", number=5000)
        self.assert_status(self.edit("form", head, "B02", answer=large, reason="x"), pb.REJECTED)

    def test_paper_and_telephone_are_channels_of_staff(self):
        make_round(self.office, "paper", 2)
        for i, channel in enumerate((pb.PAPER_FORM, pb.PHONE)):
            done = self.office.call(submit=submit("paper", uuid("p", i), tax_code=tax_code(i), channel=channel))
            self.assert_status(done, pb.ACCEPTED)
            header = Header(done.receipt.header)
            self.assertEqual((header.channel, header.actor), (channel, 1))
        with self.collector.unit(tax_code(0), access_code(0)) as unit:
            self.assert_status(unit.call(submit=submit("paper", uuid("q"), channel=pb.PAPER_FORM)), pb.INVALID)


class CaseClientTest(ClientTest):
    def staff(self, *arguments):
        return self.khaosat("--token-file", self.collector.data + "/staff.token", "--lang", "en", *arguments)

    def assert_exit(self, code, result):
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result

    def test_an_operator_sets_cases_and_reads_counts_and_acts(self):
        unit = self.units[0]
        self.assert_exit(2, self.staff("case", "set", "--round", "2025", "--unit", unit))
        wrong = self.assert_exit(2, self.staff("case", "set", "--round", "2025", "--unit", unit, "--state", "refusl"))
        self.assertIn("refusal", wrong.stderr)
        lacks = self.assert_exit(1, self.staff("case", "set", "--round", "2025", "--unit", unit, "--state",
                                               "out-of-scope"))
        self.assertIn("set_case.evidence", lacks.stderr)
        self.assertIn("required into OUT_OF_SCOPE and out of it", lacks.stderr)
        nobody = self.assert_exit(1, self.staff("case", "set", "--round", "2025", "--unit", "3999999999", "--state",
                                                "refusal"))
        self.assertIn('Round 2025 has no unit with the tax code "3999999999".', nobody.stderr)
        done = self.assert_exit(0, self.staff("case", "set", "--round", "2025", "--unit", unit, "--state",
                                              "out-of-scope", "--evidence", "=giải thể"))
        self.assertIn("out of scope", done.stdout)
        self.assert_exit(0, self.staff("case", "set", "--round", "2025", "--unit", self.units[1], "--state",
                                       "refusal"))
        table = self.assert_exit(0, self.staff("case", "list"))
        self.assertRegex(table.stdout, r"(?m)^\S.* 1 +0 +0 +0 +1 +0 +1 +0$")
        self.assertRegex(table.stdout, r"(?m)^\S.* +0\.0 +0\.0 +0\.0 +50\.0 +0\.0 +50\.0 +0\.0$")
        rows = list(csv.DictReader(io.StringIO(self.assert_exit(0, self.staff(
            "case", "list", "--by", "sector", "--format", "csv")).stdout)))
        self.assertEqual([r["out-of-scope"] for r in rows if r["cell"] == "G"], ["1"])
        whole = json.loads(self.assert_exit(0, self.staff("case", "list", "--format", "json")).stdout)["cases"][0]
        self.assertEqual([whole[key] for key in ("refusal", "response_pct", "refusal_pct", "with_address")],
                         [1, "0.0000", "50.0000", 0])
        self.assertIn("0/2 units", self.assert_exit(0, self.staff("round", "list")).stdout)
        acts = self.assert_exit(0, self.staff("audit", "--what", "case"))
        self.assertIn("state none -> out-of-scope (=giải thể)", acts.stdout)
        own = self.khaosat("history", "--round", "2025", "--unit", unit, "--code-file", self.code_file(unit))
        self.assertIn("ngoài phạm vi\n", self.assert_exit(0, own).stdout)
        shown = self.assert_exit(0, self.staff("history", "--round", "2025", "--unit", unit))
        self.assertIn("out of scope: =giải thể", shown.stdout)

    def test_a_round_is_extended_and_its_contacts_erased(self):
        done = self.assert_exit(0, self.staff("round", "extend", "2025", "--until", "2099-01-31"))
        self.assertIn("extended", done.stdout)
        self.assert_exit(1, self.staff("round", "extend", "2025", "--until", "2098-01-31"))
        self.assert_exit(2, self.staff("round", "extend", "2025", "--until", "soon"))
        self.assert_exit(2, self.staff("contacts", "erase", "--round", "2025"))
        done = self.assert_exit(0, self.staff("contacts", "erase", "--round", "2025", "--before", "2026-01-01"))
        self.assertIn("0 contacts erased, 0 kept", done.stdout)
        acts = self.assert_exit(0, self.staff("audit")).stdout
        self.assertRegex(acts, "round.deadline +2025: closes - -> 2099")
        self.assertRegex(acts, "contact.erased_all +2025 kept before 202.*: contacts 0 -> 0")

    def test_answers_from_paper_are_edited_and_their_history_told(self):
        unit = self.units[1]
        path = self.path("paper.json")
        with open(path, "w", encoding="utf-8") as f:
            json.dump({"round": "2025", "tax_code": unit, "answers":
                       {**ANSWERS, "G07": {"choices": ["NOTSUIT", "OTHER"], "other": "phí quá cao"}}}, f)
        where = ["--round", "2025", "--unit", unit]
        self.assert_exit(2, self.staff("submit", "--channel", "fax", path))
        self.assert_exit(0, self.staff("submit", "--channel", "paper", path))
        self.assertIn("paper", self.assert_exit(0, self.staff("history", *where)).stdout)
        self.assert_exit(0, self.staff("answer", "recode", *where, "--question", "G07", "--code", "COST"))
        self.assert_exit(0, self.staff("answer", "set", *where, "--question", "F01", "--value", "60", "--reason",
                                       "gọi điện"))
        self.assert_exit(2, self.staff("answer", "set", *where, "--question", "F01", "--value", "60"))
        self.assert_exit(2, self.staff("answer", "set", *where, "--question", "F01", "--value", "nhiều", "--reason", "x"))
        told = self.assert_exit(0, self.staff("history", *where, "--answers")).stdout
        self.assertRegex(told, r"(?m)^G07 +NOTSUIT, OTHER \(phí quá cao\) +collected .* staff 1, \d+\n"
                               r" +NOTSUIT, COST +recoded .* staff 1, \d+$")
        self.assertRegex(told, r"(?m)^F01 +50 +collected .*\n +60 +corrected by the office .*: gọi điện$")
        self.assertEqual(len(re.findall("(?m)^F02 ", told)), 1)
        self.assert_exit(0, self.staff("recount"))
        acts = self.assert_exit(0, self.staff("audit", "--what", "answer")).stdout
        self.assertRegex(acts, r"answer.recoded +2025 %s revision 1: G07 NOTSUIT, OTHER \(phí quá cao\) -> NOTSUIT, COST\n" % unit)
        self.assertRegex(acts, r"answer.edited +2025 %s revision 1: F01 50 -> 60 \(gọi điện\)\n" % unit)
        # A second edit, and answers of a unit out of scope, in microdata.
        self.assert_exit(0, self.staff("answer", "set", *where, "--question", "F01", "--value", "61", "--reason", "x"))
        self.assertEqual([(r["_revision"], r["F01"]) for r in self.microdata()], [("1", "61")])
        out = ["case", "set", *where, "--evidence", "trùng", "--state"]
        self.assert_exit(0, self.staff(*out, "out-of-scope"))
        self.assertEqual(self.microdata(), [])
        self.assert_exit(0, self.staff(*out, "none"))
        self.assert_exit(0, self.staff("withdraw", "--yes", *where))
        self.assertEqual(self.microdata(), [])

    def microdata(self):
        self.assert_exit(0, self.staff("microdata", "--output", self.path("microdata"), "--round", "2025"))
        with open(self.path("microdata/microdata.csv"), encoding="utf-8-sig", newline="") as f:
            rows = list(csv.DictReader(f))
        shutil.rmtree(self.path("microdata"))
        return rows

    def test_the_list_is_grouped_and_no_cell_of_it_is_a_formula(self):
        put = ["--round", "2025", "--unit", self.units[2]]
        self.assert_exit(0, self.staff("case", "set", *put, "--state", "non-contact", "--evidence", "=1+1"))
        text = self.assert_exit(0, self.staff("followup", "--by", "commune", "--format", "csv")).stdout
        rows = {r["tax_code"]: r for r in csv.DictReader(io.StringIO(text, newline=""))}
        self.assertEqual((rows[self.units[2]]["state"], rows[self.units[2]]["evidence"]), ("non-contact", "'=1+1"))
        self.assertEqual(rows[self.units[2]]["commune_name"], "Thành Sen ward")
        self.assertIn("18073", rows[self.units[2]]["commune"])
        whole = json.loads(self.assert_exit(0, self.staff("followup", "--format", "json", "--state",
                                                          "non-contact")).stdout)
        self.assertEqual([(u["tax_code"], u["last_event"]) for u in whole], [(self.units[2], "case")])
        self.assertIn("non-contact", self.assert_exit(0, self.staff("followup")).stdout)
        self.assertEqual(self.assert_exit(0, self.staff("followup", "--zone", "_U", "--format", "json")).stdout,
                         "[]\n")
        self.assert_exit(2, self.staff("followup", "--by", "sector"))


if __name__ == "__main__":
    unittest.main()

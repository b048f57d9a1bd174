# SPDX-License-Identifier: Apache-2.0
"""The outcomes table, row by row, against the real khaosatd."""

import hashlib
import time
import unittest

import khaosat_pb2 as pb
from office import OfficeWireTest
from wire import (Collector, Header, WireTest, access_code, answers, make_round, status_name, submit, tax_code,
                  until_soon, uuid, wait_until)

R = "r"


class OutcomesTest(OfficeWireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        make_round(cls.office, R, 100)
        make_round(cls.office, "later", 2, is_open=False)
        cls.used = 0

    def setUp(self):
        """A unit of its own for each test."""
        cls = type(self)
        self.i = cls.used
        cls.used += 1
        self.tax = tax_code(self.i)
        self.client = self.collector.unit(self.tax, access_code(self.i))
        self.addCleanup(self.client.close)

    def id(self, n=0):
        return uuid(self.tax, n)

    def submit(self, n=0, body=None, **fields):
        return self.client.call(submit=submit(R, self.id(n), body, **fields))

    def accept(self, n=0, body=None, **fields):
        response = self.submit(n, body, **fields)
        self.assert_status(response, pb.ACCEPTED)
        return response

    def test_a_first_submission_is_accepted_with_a_receipt_of_what_was_sent(self):
        body = answers(("X", "Y"), number=7)
        before = self.client.call(hello=pb.Hello()).hello
        response = self.accept(body=body, channel=pb.WEB)
        header = Header(response.receipt.header)
        self.assertEqual(response.receipt.log, before.log)
        self.assertEqual(response.receipt.number, before.last + 1)
        self.assertEqual(header.layout, 1)
        self.assertEqual(header.kind, pb.SUBMISSION)
        self.assertEqual(header.channel, pb.WEB)
        self.assertEqual(header.actor, 0)
        self.assertEqual(header.unit, int(self.tax) * 1000)
        self.assertEqual(header.revision, 1)
        self.assertEqual(header.previous, 0)
        self.assertEqual(header.replaced, 0)
        self.assertEqual(header.payload_bytes, len(body))
        self.assertEqual(header.instance_id, self.id())
        self.assertEqual(header.deprecated_id, bytes(16))
        self.assertEqual(header.sha256, hashlib.sha256(body).digest())
        self.assertEqual(header.bits, bytes([1]) + bytes(15))
        self.assertEqual(header.reserved, bytes(48))
        self.assertLess(abs(header.time_ms - time.time() * 1000), 60000)

    def test_the_same_again_is_replayed_with_the_same_receipt(self):
        first = self.accept()
        for _ in range(3):
            again = self.submit()
            self.assert_status(again, pb.REPLAYED)
            self.assertEqual(again.receipt, first.receipt)

    def test_one_that_is_no_longer_the_head_is_replayed_too(self):
        first = self.accept(0)
        self.accept(1, answers(("Y",)), deprecated_id=self.id(0))
        again = self.submit(0)
        self.assert_status(again, pb.REPLAYED)
        self.assertEqual(again.receipt, first.receipt)

    def test_the_same_id_with_other_bytes_is_a_conflict(self):
        self.accept()
        self.assert_status(self.submit(body=answers(("Y",))), pb.CONFLICT)
        self.assert_status(self.submit(deprecated_id=self.id(9)), pb.CONFLICT)

    def test_a_correction_replaces_the_head_and_names_it(self):
        first = self.accept(0)
        second = self.accept(1, answers(("NONE",)), deprecated_id=self.id(0))
        header = Header(second.receipt.header)
        self.assertEqual(header.kind, pb.CORRECTION)
        self.assertEqual(header.revision, 2)
        self.assertEqual(header.previous, first.receipt.number)
        self.assertEqual(header.replaced, first.receipt.number)
        self.assertEqual(header.deprecated_id, self.id(0))
        self.assertEqual(header.bits, bytes(16))

    def test_a_correction_of_an_unknown_submission_is_not_found(self):
        self.assert_status(self.submit(1, deprecated_id=self.id(0)), pb.NOT_FOUND)
        self.accept(0)
        self.assert_status(self.submit(1, deprecated_id=self.id(5)), pb.NOT_FOUND)

    def test_what_is_not_made_against_the_head_is_stale_and_is_told_the_head(self):
        self.accept(0)
        second = self.accept(1, deprecated_id=self.id(0))
        for response in (self.submit(2, deprecated_id=self.id(0)), self.submit(3)):
            self.assert_status(response, pb.STALE)
            self.assertEqual(response.head.instance_id, self.id(1))
            self.assertEqual(response.head.revision, 2)
            self.assertEqual(response.head.number, second.receipt.number)
            self.assertEqual(response.head.time_ms, Header(second.receipt.header).time_ms)

    def test_a_unit_has_a_thousand_entries_in_a_round_and_then_only_what_takes_back(self):
        for name in ("day", "khac"):
            self.assert_status(self.office.call(add_account=pb.AddAccount(name=name, role=pb.FIRM)), pb.DONE)
        self.assert_status(self.client.call(grant_firm=pb.GrantFirm(round=R, firm="day")), pb.DONE)
        first = self.accept(0)
        for i in range(1, 999):
            self.accept(i, deprecated_id=self.id(i - 1))
        cell = pb.RowCell(column="employees", value="77")
        for response, field in (
                (self.submit(999, deprecated_id=self.id(998)), "submit.round"),
                (self.client.call(grant_firm=pb.GrantFirm(round=R, firm="khac")), "grant_firm.round"),
                (self.client.call(make_subcode=pb.MakeSubcode(round=R, name="s", code_hash=b"s" * 16)), "make_subcode.round"),
                (self.client.call(propose_row=pb.ProposeRow(round=R, cell=[cell])), "propose_row.round")):
            self.assert_status(response, pb.INVALID)
            self.assertEqual(response.field, field)
        again = self.submit(0)
        self.assert_status(again, pb.REPLAYED)
        self.assertEqual(again.receipt, first.receipt)
        self.assert_status(self.client.call(end_grant=pb.EndGrant(round=R, firm="day")), pb.DONE)
        withdrawn = self.client.call(withdraw=pb.Withdraw(round=R, head=self.id(998), instance_id=self.id("w")))
        self.assert_status(withdrawn, pb.ACCEPTED)
        self.assert_status(self.submit(1000), pb.INVALID)
        for change in range(98):  # the office's turn, and then it is over
            self.assert_status(self.office.call(change_row=pb.ChangeRow(
                round=R, tax_code=self.tax, cell=[pb.RowCell(column="employees", value=str(100 + change))],
                reason="r")), pb.DONE)
        revoke = pb.SetCode(round=R, tax_code=self.tax, reason="lost")
        full = self.office.call(set_code=revoke)
        self.assert_status(full, pb.INVALID)
        self.assertIn("1100", full.rule)

    def test_hard_checks_reject_with_every_finding(self):
        response = self.submit(body=answers(("NONE", "X"), number=2000))
        self.assert_status(response, pb.REJECTED)
        found = {(f.question, f.check): f for f in response.finding}
        self.assertEqual(set(found), {("B01", "E_EXCLUSIVE"), ("B02", "E_NUMBER"), ("B02", "S_MANY")} & set(found)
                         | {("B01", "E_EXCLUSIVE"), ("B02", "E_NUMBER")})
        finding = found["B02", "E_NUMBER"]
        self.assertEqual(finding.severity, pb.HARD)
        self.assertEqual((finding.message_vi, finding.message_en), ("Lỗi E_NUMBER", "Error E_NUMBER"))
        self.assertEqual(finding.value, "2000")
        self.accept()

    def test_soft_checks_want_a_reason_and_pass_with_one(self):
        response = self.submit(body=answers(number=501))
        self.assert_status(response, pb.NEEDS_CONFIRMATION)
        self.assertEqual([(f.question, f.check, f.severity) for f in response.finding],
                         [("B02", "S_MANY", pb.SOFT)])
        self.assertEqual(response.finding[0].message_en, "That many?")
        self.accept(body=answers(number=501, confirmed=[("S_MANY", "đã đếm lại")]))

    def test_wrong_code_unknown_unit_and_unknown_round_get_one_and_the_same_refusal(self):
        attempts = [
            (R, self.tax, access_code(999)), (R, self.tax, "not a code"), (R, self.tax, ""),
            (R, tax_code(5000), access_code(5000)), (R, "1234567890", access_code(0)), (R, "", access_code(0)),
            (R, "abc", access_code(0)), ("no-such-round", self.tax, access_code(self.i)),
            ("later", self.tax, access_code(self.i)),
        ]
        seen = set()
        for round_name, tax, code in attempts:
            with self.collector.unit() as client:
                client.credential = (tax, code)
                response = client.call(submit=submit(round_name, self.id()))
            self.assert_status(response, pb.REFUSED)
            response.id = 0
            seen.add(response.SerializeToString())
        with self.collector.unit() as nobody:
            response = nobody.call(submit=submit(R, self.id()))
            response.id = 0
            seen.add(response.SerializeToString())
            nobody.token = bytes(32)
            response = nobody.call(submit=submit(R, self.id(), tax_code=self.tax, channel=pb.OFFICE))
            response.id = 0
            seen.add(response.SerializeToString())
        self.assertEqual(len(seen), 1)

    def test_a_code_is_taken_as_people_type_it(self):
        code = access_code(self.i)
        typed = "-".join(code[at:at + 4] for at in range(0, 16, 4)).replace("0", "o").replace("1", "l")
        with self.collector.unit(self.tax[:10], typed) as client:
            self.assert_status(client.call(unit_status=pb.UnitStatus(round=R)), pb.DONE)

    def test_a_unit_speaks_for_itself_only(self):
        other = tax_code(self.i + 1)
        self.assert_status(self.submit(tax_code=other), pb.REFUSED)
        self.assert_status(self.submit(tax_code=self.tax), pb.ACCEPTED)

    def test_a_round_that_is_not_open_says_so(self):
        with self.collector.unit(tax_code(0), access_code(0)) as client:
            self.assert_status(client.call(submit=submit("later", uuid("l"))), pb.ROUND_CLOSED)

    def test_another_version_or_survey_is_a_wrong_version(self):
        self.assert_status(self.submit(survey_version=2), pb.WRONG_VERSION)
        self.assert_status(self.submit(survey_id="OTHER"), pb.WRONG_VERSION)
        self.assert_status(self.submit(survey_id=""), pb.WRONG_VERSION)

    def test_the_order_of_judgement_is_that_of_the_table(self):
        bad = answers(("NONE", "X"))
        # known id before version, checks and head
        self.accept(0)
        self.assert_status(self.submit(0, survey_version=9), pb.REPLAYED)
        self.assert_status(self.submit(0, bad), pb.CONFLICT)
        # version before checks, checks before not found and stale
        self.assert_status(self.submit(1, bad, survey_version=9, deprecated_id=self.id(7)), pb.WRONG_VERSION)
        self.assert_status(self.submit(1, bad, deprecated_id=self.id(7)), pb.REJECTED)
        self.assert_status(self.submit(1, bad), pb.REJECTED)
        self.assert_status(self.submit(1, answers(number=501)), pb.NEEDS_CONFIRMATION)
        # round before version
        with self.collector.unit(tax_code(0), access_code(0)) as client:
            self.assert_status(client.call(submit=submit("later", uuid("l"), survey_version=9)), pb.ROUND_CLOSED)

    def test_a_withdrawal_makes_the_next_submission_a_first_one(self):
        self.accept(0)
        second = self.accept(1, deprecated_id=self.id(0))
        withdraw = pb.Withdraw(round=R, head=self.id(1), instance_id=self.id("w"))
        gone = self.client.call(withdraw=withdraw)
        self.assert_status(gone, pb.ACCEPTED)
        header = Header(gone.receipt.header)
        self.assertEqual(header.kind, pb.WITHDRAWAL)
        self.assertEqual(header.replaced, second.receipt.number)
        state = self.client.call(unit_status=pb.UnitStatus(round=R)).unit_state
        self.assertFalse(state.HasField("head"))
        self.assertFalse(state.HasField("receipt"))
        # a correction of what was withdrawn is stale, and there is no head to be told
        stale = self.submit(2, deprecated_id=self.id(1))
        self.assert_status(stale, pb.STALE)
        self.assertEqual(stale.head.instance_id, b"")
        header = Header(self.accept(3).receipt.header)
        self.assertEqual(header.kind, pb.SUBMISSION)
        self.assertEqual(header.replaced, 0)
        self.assertEqual(header.previous, gone.receipt.number)
        self.assertEqual(header.revision, 3)

    def test_a_withdrawal_has_the_outcomes_of_a_submission(self):
        def withdraw(head, n):
            return self.client.call(withdraw=pb.Withdraw(round=R, head=self.id(head), instance_id=self.id(n)))

        self.assert_status(withdraw(0, "w"), pb.NOT_FOUND)
        self.accept(0)
        self.accept(1, deprecated_id=self.id(0))
        stale = withdraw(0, "w")
        self.assert_status(stale, pb.STALE)
        self.assertEqual(stale.head.instance_id, self.id(1))
        self.assert_status(withdraw(9, "w"), pb.NOT_FOUND)
        self.assert_status(withdraw(1, 0), pb.CONFLICT)
        first = withdraw(1, "w")
        self.assert_status(first, pb.ACCEPTED)
        again = withdraw(1, "w")
        self.assert_status(again, pb.REPLAYED)
        self.assertEqual(again.receipt, first.receipt)
        self.assert_status(withdraw(0, "w"), pb.CONFLICT)
        self.assert_status(self.submit("w"), pb.CONFLICT)
        self.assert_status(withdraw(1, "v"), pb.STALE)

    def test_the_office_submits_on_behalf_of_a_unit(self):
        office = self.office
        body = submit(R, self.id(), channel=pb.OFFICE, tax_code=self.tax)
        response = office.call(submit=body)
        self.assert_status(response, pb.ACCEPTED)
        header = Header(response.receipt.header)
        self.assertEqual((header.actor, header.channel), (1, pb.OFFICE))
        self.assert_status(office.call(submit=submit(R, self.id(), channel=pb.OFFICE, tax_code=tax_code(7777))),
                           pb.REFUSED)
        self.assert_status(office.call(submit=submit("no", self.id(), channel=pb.OFFICE, tax_code=self.tax)),
                           pb.UNKNOWN_ROUND)
        for channel in (pb.TOOL, pb.WEB, pb.CHANNEL_UNSPECIFIED, 9):
            response = office.call(submit=submit(R, self.id(1), channel=channel, tax_code=self.tax))
            self.assert_status(response, pb.INVALID)
            self.assertEqual(response.field, "submit.channel")

    def test_what_is_malformed_names_the_field_and_the_rule(self):
        cases = [
            ("submit.instance_id", submit(R, b"")), ("submit.instance_id", submit(R, bytes(16))),
            ("submit.instance_id", submit(R, b"x" * 17)),
            ("submit.deprecated_id", submit(R, self.id(), deprecated_id=b"x")),
            ("submit.deprecated_id", submit(R, self.id(), deprecated_id=bytes(16))),
            ("submit.answers", submit(R, self.id(), b"\xff\xff")),
            ("submit.answers", submit(R, self.id(), b"x" * 65537)),
            ("submit.channel", submit(R, self.id(), channel=pb.OFFICE)),
            ("submit.channel", submit(R, self.id(), channel=77)),
        ]
        for field, body in cases:
            response = self.client.call(submit=body)
            self.assert_status(response, pb.INVALID)
            self.assertEqual(response.field, field)
            self.assertNotEqual(response.rule, "")
            self.assertIn(field, response.message_en)
        self.assertFalse(self.client.call(unit_status=pb.UnitStatus(round=R)).unit_state.HasField("head"))

    def test_status_shows_the_unit_its_row_and_its_receipt(self):
        state = self.client.call(unit_status=pb.UnitStatus(round=R)).unit_state
        self.assertEqual((state.tax_code, state.name), (self.tax, "Công ty số %d" % self.i))
        self.assertEqual((state.phase, state.may_submit, state.until_ms), (pb.OPEN, True, 0))
        self.assertEqual(state.row.vsic, "10")
        self.assertEqual(state.row.employees, 5 + self.i % 7)
        self.assertFalse(state.row.HasField("capital_mvnd"))
        self.assertEqual(state.row.code_hash, b"")
        self.assertFalse(state.HasField("head"))
        response = self.accept()
        state = self.client.call(unit_status=pb.UnitStatus(round=R)).unit_state
        self.assertEqual(state.head.instance_id, self.id())
        self.assertEqual(state.receipt, response.receipt)
        of_office = self.office.call(unit_status=pb.UnitStatus(round=R, tax_code=self.tax)).unit_state
        self.assertEqual(of_office, state)

    def test_history_is_a_walk_back_in_pages(self):
        ids = [self.id(0)]
        self.accept(0)
        for n in range(1, 104):
            self.accept(n, deprecated_id=ids[-1])
            ids.append(self.id(n))
        page = self.client.call(unit_history=pb.UnitHistory(round=R)).unit_entries
        self.assertEqual(len(page.entry), 100)
        seen = [Header(e.header).instance_id for e in page.entry]
        self.assertEqual(page.entry[0].payload, answers())
        rest = self.client.call(unit_history=pb.UnitHistory(round=R, before=page.next_before)).unit_entries
        self.assertEqual(rest.next_before, 0)
        seen += [Header(e.header).instance_id for e in rest.entry]
        self.assertEqual(seen, ids[::-1])

    def test_a_contact_comes_after_acceptance_and_can_be_erased(self):
        def contact(**fields):
            return self.client.call(contact=pb.Contact(round=R, **fields))

        self.assert_status(contact(name="Nguyễn Thị Hà", consent=True), pb.NOT_FOUND)
        self.accept()
        self.assert_status(contact(name="Nguyễn Thị Hà", phone="0900 000 000", consent=True), pb.DONE)
        self.assert_status(contact(consent=False), pb.DONE)
        self.assert_status(contact(consent=False), pb.DONE)
        response = contact(name="x" * 201, consent=True)
        self.assert_status(response, pb.INVALID)
        self.assertEqual((response.field, response.rule), ("contact.name", "at most 200 characters"))

    def test_responses_to_pipelined_requests_carry_their_ids(self):
        requests = [self.client.request(hello=pb.Hello()) for _ in range(200)]
        requests.append(self.client.request(submit=submit(R, self.id())))
        requests += [self.client.request(unit_status=pb.UnitStatus(round=R)) for _ in range(200)]
        for request in requests:
            self.client.send(request)
        got = [self.client.receive() for _ in requests]
        self.assertEqual({r.id for r in got}, {r.id for r in requests})
        by_id = {r.id: r for r in got}
        self.assert_status(by_id[requests[200].id], pb.ACCEPTED)


class ClosedRoundTest(WireTest):
    def test_closing_reopening_and_replaying_after_it(self):
        with self.collector.staff() as office:
            make_round(office, R, 3)
            clients = [self.collector.unit(tax_code(i), access_code(i)) for i in range(3)]
            for client in clients:
                self.addCleanup(client.close)
            first = clients[0].call(submit=submit(R, uuid(0)))
            self.assert_status(first, pb.ACCEPTED)
            self.assert_status(office.call(close_round=pb.CloseRound(round=R)), pb.DONE)
            self.assert_status(clients[1].call(submit=submit(R, uuid(1))), pb.ROUND_CLOSED)
            again = clients[0].call(submit=submit(R, uuid(0)))
            self.assert_status(again, pb.REPLAYED)
            self.assertEqual(again.receipt, first.receipt)
            self.assert_status(clients[0].call(submit=submit(R, uuid(0), answers(("Y",)))), pb.CONFLICT)
            self.assert_status(clients[0].call(submit=submit(R, uuid(9), deprecated_id=uuid(0))),
                               pb.ROUND_CLOSED)
            self.assert_status(clients[0].call(withdraw=pb.Withdraw(
                round=R, head=uuid(0), instance_id=uuid("w"))), pb.ROUND_CLOSED)
            until = int(time.time() * 1000) + 3600000
            self.assert_status(office.call(reopen_unit=pb.ReopenUnit(
                round=R, tax_code=tax_code(1), until_ms=until)), pb.DONE)
            state = clients[1].call(unit_status=pb.UnitStatus(round=R)).unit_state
            self.assertEqual((state.phase, state.may_submit, state.until_ms), (pb.CLOSED, True, until))
            self.assert_status(clients[1].call(submit=submit(R, uuid(1))), pb.ACCEPTED)
            self.assert_status(clients[2].call(submit=submit(R, uuid(2))), pb.ROUND_CLOSED)
            state = clients[2].call(unit_status=pb.UnitStatus(round=R)).unit_state
            self.assertEqual((state.may_submit, state.until_ms), (False, 0))
            until, reopened = until_soon(lambda ms: office.call(reopen_unit=pb.ReopenUnit(
                round=R, tax_code=tax_code(2), until_ms=ms)))
            self.assert_status(reopened, pb.DONE)
            wait_until(lambda: not clients[2].call(unit_status=pb.UnitStatus(round=R)).unit_state.may_submit)
            self.assertGreaterEqual(time.time() * 1000, until)
            self.assert_status(clients[2].call(submit=submit(R, uuid(2))), pb.ROUND_CLOSED)


class DiskLowTest(unittest.TestCase):
    def test_a_disk_that_is_low_is_try_later_and_reads_go_on(self):
        collector = Collector()
        self.addCleanup(collector.remove)
        collector.start()
        with collector.staff() as office:
            make_round(office, R, 2)
        with collector.unit(tax_code(0), access_code(0)) as client:
            first = client.call(submit=submit(R, uuid(0)))
            self.assertEqual(status_name(first), "ACCEPTED")
        with collector.staff() as office:
            self.assertEqual(status_name(office.call(run_export=pb.RunExport(round=R, format=["csv"]))), "DONE")
            rates = office.call(get_rates=pb.GetRates(round=R)).rates
        collector.stop()
        collector.start("--disk-reserve", "1048576")
        with collector.staff() as office:
            self.assertEqual(office.call(get_rates=pb.GetRates(round=R)).rates.rate, rates.rate)
            piece = office.call(read_export=pb.ReadExport(round=R, file="observations.csv"))
            self.assertEqual(status_name(piece), "DONE")
            again = office.call(run_export=pb.RunExport(round=R, again=1))
            self.assertEqual(status_name(again), "DONE")
            another = office.call(run_export=pb.RunExport(round=R, format=["csv"]))
            self.assertIn("the disk of the log is full", another.message_en) # its entry could not be stored
        with collector.unit(tax_code(0), access_code(0)) as client:
            later = client.call(submit=submit(R, uuid(1), deprecated_id=uuid(0)))
            self.assertEqual(status_name(later), "TRY_LATER")
            self.assertGreater(later.retry_after_ms, 0)
            self.assertIn("Đĩa của máy chủ sắp đầy", later.message_vi)
            self.assertEqual(client.call(submit=submit(R, uuid(0))).receipt, first.receipt)
            state = client.call(unit_status=pb.UnitStatus(round=R)).unit_state
            self.assertEqual(state.head.instance_id, uuid(0))
        collector.stop()
        collector.start()
        with collector.unit(tax_code(0), access_code(0)) as client:
            accepted = client.call(submit=submit(R, uuid(1), deprecated_id=uuid(0)))
            self.assertEqual(status_name(accepted), "ACCEPTED")
        collector.stop()


class KilledTest(unittest.TestCase):
    def test_what_was_acknowledged_is_there_after_a_kill_and_is_replayed(self):
        collector = Collector()
        self.addCleanup(collector.remove)
        collector.start()
        with collector.staff() as office:
            make_round(office, R, 20)
        receipts = []
        for i in range(20):
            with collector.unit(tax_code(i), access_code(i)) as client:
                response = client.call(submit=submit(R, uuid(i)))
                self.assertEqual(status_name(response), "ACCEPTED")
                receipts.append(response.receipt)
        collector.kill()
        collector.start()
        for i in range(20):
            with collector.unit(tax_code(i), access_code(i)) as client:
                response = client.call(submit=submit(R, uuid(i)))
                self.assertEqual(status_name(response), "REPLAYED")
                self.assertEqual(response.receipt, receipts[i])
        collector.stop()


if __name__ == "__main__":
    unittest.main()

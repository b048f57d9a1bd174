# SPDX-License-Identifier: Apache-2.0
"""Every kind of act of staff, told with who, what, before and after, by the real khaosatd."""

import time
import unittest

import khaosat_pb2 as pb
from wire import Client, WireTest, access_code, answers, code_hash, make_round, row, submit, tax_code, uuid

R = "2025"
UNIT = tax_code(0)
PHONE = "0912 345 999"
HASH = code_hash(R, UNIT, "ABCD" * 4)
FAR = 4102444800000  # 2100-01-01T00:00:00Z
# Units make these; firms and staff never do.
OF_UNITS = {pb.ENTRY_KIND_UNSPECIFIED, pb.SUBCODE_MADE, pb.ROW_PROPOSED, pb.ROW_PROPOSAL_WITHDRAWN}


class AuditCase(WireTest):
    def setUp(self):
        self.office = self.collector.staff()
        self.addCleanup(self.office.close)
        self.unit = self.collector.unit(UNIT, access_code(0))
        self.addCleanup(self.unit.close)

    def done(self, client=None, **body):
        response = (client or self.office).call(**body)
        self.assertIn(response.status, (pb.DONE, pb.ACCEPTED), response)
        return response

    def acts(self):
        found, at = [], 1
        while at:
            page = self.done(list_acts=pb.ListActs(**{"from": at})).acts
            found += page.act
            at = page.next if page.next <= page.last else 0
        return found

    def now(self):
        return int(time.time() * 1000)


class AuditTest(AuditCase):
    # What follows does things, and returns what of them is to be told: kind, subject, reason, changes.

    def of_rounds(self):
        make_round(self.office, R, 3, closes_ms=FAR, rows=[row(R, 0), row(R, 1), row(R, 2)])
        yield pb.DEFINITION, "WIRE 3", "", [("survey", "", "WIRE 3")]
        yield pb.ROUND_CREATED, "", "", [("phase", "", "created"), ("survey", "", "WIRE 3"),
                                         ("reference_date", "", "2025-06-30"), ("closes", "", "2100-01-01T00:00:00Z")]
        yield pb.REGISTER_CHUNK, "", "", []
        yield pb.REGISTER_LOADED, "", "", [("phase", "created", "loaded"), ("units", "0", "3")]
        yield pb.ROUND_OPENED, "", "", [("phase", "loaded", "open")]
        self.done(extend_round=pb.ExtendRound(round=R, closes_ms=FAR + 1000))
        yield pb.DEADLINE_SET, "", "", [("closes", "2100-01-01T00:00:00Z", "2100-01-01T00:00:01Z")]
        for until in (FAR, FAR + 5000):
            self.done(reopen_unit=pb.ReopenUnit(round=R, tax_code=UNIT, until_ms=until))
        yield pb.UNIT_REOPENED, "", "", [("reopened_until", "", "2100-01-01T00:00:00Z")]
        yield pb.UNIT_REOPENED, "", "", [("reopened_until", "2100-01-01T00:00:00Z", "2100-01-01T00:00:05Z")]

    def of_staff(self):
        self.done(add_account=pb.AddAccount(name="lan", role=pb.VIEWER))
        self.done(set_role=pb.SetRole(name="lan", role=pb.OPERATOR))
        for password in ("một mật khẩu dài", "một mật khẩu khác"):
            self.done(set_password=pb.SetPassword(name="lan", password=password))
        end = (int(time.time()) + 86400) * 1000
        made = self.done(create_token=pb.CreateToken(account="lan", name="t", role=pb.VIEWER, expires_ms=end)).token_made
        self.done(revoke_token=pb.RevokeToken(id=made.info.id))
        self.done(remove_account=pb.RemoveAccount(name="lan"))
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(end // 1000))
        yield pb.ACCOUNT_ADDED, "lan", "", [("role", "", "viewer")]
        yield pb.ROLE_SET, "lan", "", [("role", "viewer", "operator")]
        yield pb.PASSWORD_SET, "lan", "", [("password", "", "another")]
        yield pb.PASSWORD_SET, "lan", "", [("password", "set", "another")]
        yield pb.TOKEN_MADE, "lan t", "", [("role", "", "viewer"), ("expires", "", until)]
        yield pb.TOKEN_REVOKED, "lan t", "", [("role", "viewer", ""), ("expires", until, "")]
        yield pb.ACCOUNT_REMOVED, "lan", "", [("role", "operator", "")]

    def of_codes(self):
        self.done(self.unit, make_subcode=pb.MakeSubcode(round=R, name="kho", code_hash=code_hash(R, UNIT, "X" * 16)))
        number = [c.number for c in self.done(list_codes=pb.ListCodes(round=R, tax_code=UNIT)).codes.code][-1]
        self.done(revoke_subcode=pb.RevokeSubcode(round=R, tax_code=UNIT, number=number))
        yield pb.SUBCODE_REVOKED, "#%d" % number, "", [("subcode", "kho", "")]
        self.done(add_account=pb.AddAccount(name="dlt", role=pb.FIRM))
        yield pb.ACCOUNT_ADDED, "dlt", "", [("role", "", "firm")]
        self.done(self.unit, grant_firm=pb.GrantFirm(round=R, firm="dlt"))
        yield pb.FIRM_GRANTED, "", "", [("firm", "", "dlt")]
        self.done(end_grant=pb.EndGrant(round=R, tax_code=UNIT, firm="dlt"))
        yield pb.GRANT_ENDED, "", "", [("firm", "dlt", "")]
        other = tax_code(1)
        issue = {"round": R, "tax_code": other, "reason": "giấy giới thiệu", "delivery": pb.PAPER}
        first = self.done(hello=pb.Hello()).hello.last + 1
        self.done(set_code=pb.SetCode(**issue, code_hash=HASH))
        self.done(set_code=pb.SetCode(**issue, code_hash=code_hash(R, other, "B" * 16)))
        self.done(set_code=pb.SetCode(round=R, tax_code=other, reason="thư bị lạc"))
        self.done(set_code=pb.SetCode(**issue, code_hash=HASH))
        yield pb.CODE_ISSUED, "paper", "giấy giới thiệu", [("code", "register", "#%d" % first)]
        yield pb.CODE_ISSUED, "paper", "giấy giới thiệu", [("code", "#%d" % first, "#%d" % (first + 1))]
        yield pb.CODE_REVOKED, "", "thư bị lạc", [("code", "#%d" % (first + 1), "")]
        yield pb.CODE_ISSUED, "paper", "giấy giới thiệu", [("code", "", "#%d" % (first + 3))]

    def of_answers(self):
        body = pb.Answers()
        body.ParseFromString(answers(tools=("OTHER",), number=3))
        body.answer[0].other = "sổ tay, giấy"
        first, second = uuid("a", 1), uuid("a", 2)
        typed = {"tax_code": UNIT, "channel": pb.PAPER_FORM}
        self.done(submit=submit(R, first, body.SerializeToString(), **typed))
        self.done(submit=submit(R, second, body.SerializeToString(), deprecated_id=first, **typed))
        yield pb.SUBMISSION, "paper-form", "", [("revision", "", "1")]
        yield pb.CORRECTION, "paper-form", "", [("revision", "1", "2")]
        edit = {"round": R, "tax_code": UNIT, "head": second}
        none, seven = pb.Answers(), pb.Answers(answer=[pb.Answer(question="B02", number=7)])
        words = pb.Answers(answer=[pb.Answer(question="B03", text="hai\ndòng")])
        self.done(edit_answer=pb.EditAnswer(**edit, question="B01", code="Y"))
        for question, value in (("B02", seven), ("B02", none), ("B03", words)):
            self.done(edit_answer=pb.EditAnswer(**edit, question=question, answer=value.SerializeToString(), reason="gọi điện"))
        yield pb.ANSWER_RECODED, "revision 2", "", [("B01", "OTHER (sổ tay, giấy)", "Y")]
        yield pb.ANSWER_EDITED, "revision 2", "gọi điện", [("B02", "3", "7")]
        yield pb.ANSWER_EDITED, "revision 2", "gọi điện", [("B02", "7", "")]
        yield pb.ANSWER_EDITED, "revision 2", "gọi điện", [("B03", "", "hai\\u000adòng")]
        contact = {"round": R, "tax_code": UNIT, "phone": PHONE}
        self.done(contact=pb.Contact(**contact, consent=True))
        self.done(contact=pb.Contact(**contact))
        self.done(contact=pb.Contact(**contact, consent=True))
        yield pb.CONTACT_KEPT, "", "", [("contact", "", "kept")]
        yield pb.CONTACT_ERASED, "", "", [("contact", "kept", "")]
        yield pb.CONTACT_KEPT, "", "", [("contact", "", "kept")]
        self.done(withdraw=pb.Withdraw(round=R, tax_code=UNIT, head=second, instance_id=uuid("a", 3)))
        yield pb.WITHDRAWAL, "office", "", [("revision", "2", "")]

    def of_cases(self):
        for state, evidence in ((pb.REFUSAL, ""), (pb.OUT_OF_SCOPE, "giải thể"), (pb.CASE_STATE_UNSPECIFIED, "nhầm")):
            self.done(set_case=pb.SetCase(round=R, tax_code=tax_code(2), state=state, evidence=evidence))
        yield pb.CASE_SET, "", "", [("state", "none", "refusal")]
        yield pb.CASE_SET, "", "giải thể", [("state", "refusal", "out-of-scope")]
        yield pb.CASE_SET, "", "nhầm", [("state", "out-of-scope", "none")]

    def of_rows(self):
        def cell(column, value):
            return [pb.RowCell(column=column, value=value)]

        numbers = []
        for value in ("41", "42"):
            self.done(self.unit, propose_row=pb.ProposeRow(round=R, cell=cell("employees", value), reason="bảng lương"))
            proposal = self.done(self.unit, get_row=pb.GetRow(round=R)).unit_row.proposal[0]
            numbers.append(proposal.number)
            self.done(decide_proposal=pb.DecideProposal(round=R, tax_code=UNIT, number=proposal.number, accept=value == "41",
                                                        reason="đã xem"))
        self.done(change_row=pb.ChangeRow(round=R, tax_code=UNIT, reason="sổ của tỉnh",
                                          cell=cell("employees", "43") + cell("address", "5 Nguyễn Du")))
        yield pb.ROW_CHANGED, "proposal #%d" % numbers[0], "đã xem", [("employees", "5", "41")]
        yield pb.ROW_PROPOSAL_REFUSED, "proposal #%d" % numbers[1], "đã xem", [("proposal", "open", "refused")]
        yield pb.ROW_CHANGED, "", "sổ của tỉnh", [("address", "", "5 Nguyễn Du"), ("employees", "41", "43")]

    def of_the_end(self):
        before = self.now() + 1
        while self.now() < before:  # a contact kept in this very millisecond is not before it
            pass
        self.done(erase_contacts=pb.EraseContacts(round=R, before_ms=before))
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(before // 1000))
        yield pb.CONTACTS_ERASED, "kept before " + moment, "", [("contacts", "1", "0")]
        for vintage in ("1", "2"):
            made = self.done(run_export=pb.RunExport(round=R, internal=True, format=["json"])).export
            yield pb.EXPORT_MADE, "internal", "", [
                ("vintage", "" if vintage == "1" else "1", vintage), ("stage", "", "interim"), ("last", "", str(made.last)),
                ("manifest_sha256", "", made.manifest_sha256.hex())]
        self.done(close_round=pb.CloseRound(round=R))
        yield pb.ROUND_CLOSED_ENTRY, "", "", [("phase", "open", "closed")]

    def test_every_kind_is_told_with_who_what_before_and_after(self):
        expected = []
        for some in (self.of_rounds, self.of_staff, self.of_codes, self.of_answers, self.of_cases, self.of_rows,
                     self.of_the_end):
            expected += some()
        acts = self.acts()
        told = [(a.kind, a.subject, a.reason, [(c.column, c.before, c.after) for c in a.change]) for a in acts]
        for i, (one, other) in enumerate(zip(told, expected)):
            self.assertEqual(one, other, (i, pb.EntryKind.Name(one[0])))
        self.assertEqual(len(told), len(expected))
        self.assertEqual(set(pb.EntryKind.values()) - {a.kind for a in acts}, OF_UNITS)
        for act in acts:
            self.assertEqual(act.who, "unit" if act.kind == pb.FIRM_GRANTED else "machine")
        self.assertEqual({a.round for a in acts}, {"", R})
        self.assertEqual({a.tax_code for a in acts}, {"", UNIT, tax_code(1), tax_code(2)})
        whole = b"".join(a.SerializeToString() for a in acts)
        for secret in (HASH, HASH.hex().encode(), PHONE.encode(), "mật khẩu".encode()):
            self.assertNotIn(secret, whole)
        self.assertEqual(self.done(recount=pb.Recount()).recount.differences, 0)


class NameTest(AuditCase):
    def test_a_firm_and_an_operator_are_told_by_name(self):
        end = self.now() + 86400000
        names = {}
        for name, role in (("minh", pb.OPERATOR), ("kt-an", pb.FIRM)):
            self.done(add_account=pb.AddAccount(name=name, role=role))
            token = self.done(create_token=pb.CreateToken(account=name, name="t", role=role, expires_ms=end)).token_made.token
            names[name] = Client(self.collector.port, token=token)
            self.addCleanup(names[name].close)
        make_round(self.office, "named", 1)
        with self.collector.unit(UNIT, access_code(0)) as unit:
            self.done(unit, grant_firm=pb.GrantFirm(round="named", firm="kt-an"))
        self.done(names["kt-an"], submit=submit("named", uuid("n"), tax_code=UNIT, channel=pb.BULK))
        self.done(names["minh"], set_case=pb.SetCase(round="named", tax_code=UNIT, state=pb.PARTIAL))
        self.done(remove_account=pb.RemoveAccount(name="minh"))
        told = [(a.who, a.kind) for a in self.acts() if a.round == "named"]
        self.assertEqual(told[-3:], [("unit", pb.FIRM_GRANTED), ("kt-an", pb.SUBMISSION), ("minh", pb.CASE_SET)])


if __name__ == "__main__":
    unittest.main()

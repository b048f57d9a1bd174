# SPDX-License-Identifier: Apache-2.0
"""Who may do what: every request of khaosat.proto against every credential there is. The table below is
written down once more on purpose: it fails when a request has no line in it, and when the collector
thinks otherwise."""

import os
import re
import time
import unittest

import khaosat_pb2 as pb
from wire import (SOURCE_DIR, Client, WireTest, access_code, code_hash, make_round, status_name, submit, tax_code,
                  until_soon, wait_until)

DAY_MS = 86400000
ROUND = "roles"
PASSWORD = "chín con trâu trắng"

STAFF = ("machine", "administrator", "operator", "viewer")
NOBODY = ("none", "garbage", "removed", "expired", "revoked")

FIRMS = {"firm", "other firm"}  # granted by the unit, and not
ANYBODY = set(STAFF) | set(NOBODY) | {"unit", "other unit"} | FIRMS
UNIT = {"unit", "machine", "administrator", "operator"}
UNIT_FIRM = UNIT | {"firm"}
VIEWER = set(STAFF)
OPERATOR = {"machine", "administrator", "operator"}
ADMINISTRATOR = {"machine", "administrator"}


def soon(ms=DAY_MS):
    return int(time.time() * 1000) + ms


# request -> who is not REFUSED, and a body that changes nothing where it is allowed
MATRIX = {
    "hello": (ANYBODY, lambda: pb.Hello()),
    "get_survey": (ANYBODY, lambda: pb.GetSurvey(round=ROUND)),
    "list_rounds": (ANYBODY, lambda: pb.ListRounds()),
    "submit": (UNIT_FIRM, lambda: submit(ROUND, b"", tax_code=tax_code(0))),
    "withdraw": (UNIT_FIRM, lambda: pb.Withdraw(round=ROUND, tax_code=tax_code(0))),
    "unit_status": (UNIT_FIRM, lambda: pb.UnitStatus(round=ROUND, tax_code=tax_code(0))),
    "unit_history": (UNIT_FIRM, lambda: pb.UnitHistory(round=ROUND, tax_code=tax_code(0))),
    "contact": (UNIT_FIRM, lambda: pb.Contact(round=ROUND, tax_code=tax_code(0), name="x" * 300)),
    "put_survey": (ADMINISTRATOR, lambda: pb.PutSurvey(json=b"{")),
    "create_round": (OPERATOR, lambda: pb.CreateRound(name="")),
    "register_chunk": (OPERATOR, lambda: pb.RegisterChunk(round="none")),
    "load_register": (OPERATOR, lambda: pb.LoadRegister(round="none")),
    "open_round": (OPERATOR, lambda: pb.OpenRound(round="none")),
    "close_round": (OPERATOR, lambda: pb.CloseRound(round="none")),
    "reopen_unit": (OPERATOR, lambda: pb.ReopenUnit(round=ROUND, tax_code=tax_code(0), until_ms=1)),
    "get_rates": (VIEWER, lambda: pb.GetRates(round=ROUND)),
    "get_estimates": (VIEWER, lambda: pb.GetEstimates(round=ROUND)),
    "recount": (VIEWER, lambda: pb.Recount(round="none")),
    "read_log": (ADMINISTRATOR, lambda: pb.ReadLog(**{"from": 1, "most": 1})),
    "log_in": (ANYBODY, lambda: pb.LogIn(name="an", password=PASSWORD, token_name="", expires_ms=soon())),
    "log_out": (VIEWER | FIRMS, lambda: pb.LogOut()),
    "list_accounts": (ADMINISTRATOR, lambda: pb.ListAccounts()),
    "add_account": (ADMINISTRATOR, lambda: pb.AddAccount(name="")),
    "set_role": (ADMINISTRATOR, lambda: pb.SetRole(name="an")),
    "set_password": (ADMINISTRATOR, lambda: pb.SetPassword(name="an", password="short")),
    "remove_account": (ADMINISTRATOR, lambda: pb.RemoveAccount(name="nobody")),
    "list_tokens": (ADMINISTRATOR, lambda: pb.ListTokens(account="an")),
    "create_token": (ADMINISTRATOR, lambda: pb.CreateToken(
        account="an", name="t", role=pb.ADMINISTRATOR, expires_ms=soon())),
    "revoke_token": (ADMINISTRATOR, lambda: pb.RevokeToken(id=b"x" * 16)),
    "set_case": (OPERATOR, lambda: pb.SetCase(round=ROUND, tax_code=tax_code(0), state=pb.COMPLETE)),
    "get_cases": (VIEWER, lambda: pb.GetCases(round=ROUND)),
    "edit_answer": (OPERATOR, lambda: pb.EditAnswer(round=ROUND, tax_code=tax_code(0))),
    "extend_round": (OPERATOR, lambda: pb.ExtendRound(round=ROUND, closes_ms=1)),
    "erase_contacts": (ADMINISTRATOR, lambda: pb.EraseContacts(round=ROUND, before_ms=soon())),
    "propose_row": ({"unit", "firm"}, lambda: pb.ProposeRow(round=ROUND, tax_code=tax_code(0))),
    "withdraw_proposal": ({"unit", "firm"}, lambda: pb.WithdrawProposal(round=ROUND, tax_code=tax_code(0))),
    "get_row": (UNIT_FIRM, lambda: pb.GetRow(round=ROUND, tax_code=tax_code(0))),
    "list_proposals": (OPERATOR, lambda: pb.ListProposals(round=ROUND)),
    "decide_proposal": (OPERATOR, lambda: pb.DecideProposal(round=ROUND, tax_code=tax_code(0), accept=True)),
    "change_row": (OPERATOR, lambda: pb.ChangeRow(round=ROUND, tax_code=tax_code(0))),
    "list_followup": (OPERATOR, lambda: pb.ListFollowup(round=ROUND)),
    "get_change": (VIEWER, lambda: pb.GetChange(round=ROUND)),
    "get_certainty": (VIEWER, lambda: pb.GetCertainty(round=ROUND)),
    "list_movers": (OPERATOR, lambda: pb.ListMovers(round=ROUND)),
    "make_subcode": ({"unit", "other unit"}, lambda: pb.MakeSubcode(round=ROUND, name="")),
    "revoke_subcode": (UNIT, lambda: pb.RevokeSubcode(round=ROUND, tax_code=tax_code(0), number=1)),
    "list_codes": (UNIT, lambda: pb.ListCodes(round=ROUND, tax_code=tax_code(0))),
    "grant_firm": ({"unit", "other unit"}, lambda: pb.GrantFirm(round=ROUND, firm="nobody")),
    "end_grant": (UNIT_FIRM, lambda: pb.EndGrant(round=ROUND, tax_code=tax_code(0), firm="nobody")),
    "list_firms": (OPERATOR, lambda: pb.ListFirms(round=ROUND)),
    "list_grants": (OPERATOR | FIRMS, lambda: pb.ListGrants(round=ROUND, firm="firm")),
    "set_code": (OPERATOR, lambda: pb.SetCode(round=ROUND, tax_code=tax_code(0))),
    "run_export": (OPERATOR, lambda: pb.RunExport(round="none")),
    "list_exports": (VIEWER, lambda: pb.ListExports(round="none")),
    "read_export": (VIEWER, lambda: pb.ReadExport(round=ROUND, vintage=9, file="x")),
    "list_acts": (ADMINISTRATOR, lambda: pb.ListActs(**{"from": 1})),
}

# What a unit may do and a colleague with its sub-code may not.
NOT_BY_SUBCODE = {"grant_firm", "end_grant", "revoke_subcode"}  # of another's; make_subcode: test_codes.py

# What a VIEWER may do for himself.
OWN = {
    "set_password": lambda name: pb.SetPassword(name=name, password="short"),
    "list_tokens": lambda name: pb.ListTokens(account=name),
    "create_token": lambda name: pb.CreateToken(account=name, name="mine", role=pb.FIRM if name == "firm" else pb.VIEWER,
                                                expires_ms=soon()),
}


class RoleTest(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.machine = cls.collector.staff()
        cls.addClassCleanup(cls.machine.close)
        make_round(cls.machine, ROUND, 2)
        for name, role in (("an", pb.ADMINISTRATOR), ("administrator", pb.ADMINISTRATOR), ("operator", pb.OPERATOR),
                           ("viewer", pb.VIEWER), ("removed", pb.ADMINISTRATOR), ("firm", pb.FIRM),
                           ("other-firm", pb.FIRM)):
            added = cls.machine.call(add_account=pb.AddAccount(name=name, role=role))
            assert added.status == pb.DONE, added
        with cls.collector.unit(tax_code(0), access_code(0)) as unit:
            assert unit.call(grant_firm=pb.GrantFirm(round=ROUND, firm="firm")).status == pb.DONE
            made = unit.call(make_subcode=pb.MakeSubcode(round=ROUND, name="kho", code_hash=code_hash(
                ROUND, tax_code(0), "S" * 16)))
            assert made.status == pb.DONE, made
        cls.fixed = {"none": {}, "sub-code": {"unit": (tax_code(0), "S" * 16)},
                     "garbage": {"token": b"g" * 32}, "removed": {"token": cls.token_of("removed")},
                     "expired": {"token": cls.token_of("an", 300)}, "revoked": {"token": cls.token_of("an")},
                     "machine": {"token": cls.collector.token},
                     "unit": {"unit": (tax_code(0), access_code(0))},
                     "other unit": {"unit": (tax_code(1), access_code(1))}}
        for end in (pb.Request(remove_account=pb.RemoveAccount(name="removed")),
                    pb.Request(revoke_token=pb.RevokeToken(id=cls.fixed["revoked"]["token"][:16]))):
            body = end.WhichOneof("body")
            assert cls.machine.call(**{body: getattr(end, body)}).status == pb.DONE
        cls.await_expiry(cls.fixed["expired"]["token"])

    @classmethod
    def token_of(cls, account, ms=DAY_MS):
        account = account.replace(" ", "-")
        role = {"viewer": pb.VIEWER, "operator": pb.OPERATOR, "firm": pb.FIRM, "other-firm": pb.FIRM}.get(
            account, pb.ADMINISTRATOR)
        _, made = until_soon(lambda expires_ms: cls.machine.call(create_token=pb.CreateToken(
            account=account, name="t", role=role, expires_ms=expires_ms)), ms)
        assert made.status == pb.DONE and len(made.token_made.token) == 32, made
        return made.token_made.token

    @classmethod
    def await_expiry(cls, token):
        with Client(cls.collector.port, token=token) as client:
            wait_until(lambda: not client.call(hello=pb.Hello()).hello.staff)

    def client(self, who):
        """A token of its own for each: logging out ends it."""
        return Client(self.collector.port, **(self.fixed[who] if who in self.fixed else
                                              {"token": self.token_of(who)}))

    def test_every_request_has_a_line_and_each_credential_gets_what_it_says(self):
        bodies = pb.Request.DESCRIPTOR.oneofs_by_name["body"].fields
        self.assertEqual({f.name for f in bodies}, set(MATRIX), "a request without a line, or a line without one")
        for name, (allowed, body) in MATRIX.items():
            if "unit" in allowed and name not in NOT_BY_SUBCODE:
                allowed = allowed | {"sub-code"}
            for who in (*sorted(ANYBODY), "sub-code"):
                with self.subTest(request=name, who=who), self.client(who) as client:
                    response = client.call(**{name: body()})
                    self.assertEqual(response.status != pb.REFUSED, who in allowed, response)
                    self.assertNotIn(response.status, (pb.UNSUPPORTED, pb.TRY_LATER, pb.UNAVAILABLE), response)

    def test_the_proto_says_behind_each_request_what_the_table_says(self):
        words = {"anybody": ANYBODY, "unit": {"unit", "other unit"}, "unit, OPERATOR": UNIT, "unit, firm": {"unit", "firm"},
                 "unit, firm, OPERATOR": UNIT_FIRM, "firm, OPERATOR": OPERATOR | FIRMS, "VIEWER": VIEWER,
                 "VIEWER, firm": VIEWER | FIRMS, "OPERATOR": OPERATOR, "ADMINISTRATOR": ADMINISTRATOR,
                 "OPERATOR a firm's; ADMINISTRATOR anyone's": ADMINISTRATOR,
                 "VIEWER, firm one's own; ADMINISTRATOR anyone's": ADMINISTRATOR,
                 "VIEWER, firm one's own; OPERATOR a firm's; ADMINISTRATOR anyone's": ADMINISTRATOR}
        with open(os.path.join(SOURCE_DIR, "proto", "khaosat.proto"), encoding="utf-8") as f:
            request = re.search(r"message Request \{.*?\n\}", f.read(), re.S).group(0)
        said = dict(re.findall(r"(?m)^    \w+ (\w+) = \d+; +// ([^:\n]+)", request[request.index("oneof body"):]))
        self.assertEqual({name: words.get(who.strip()) for name, who in said.items()},
                         {name: allowed for name, (allowed, _) in MATRIX.items()})

    def test_everybody_of_staff_and_every_firm_may_do_his_own(self):
        for name, body in OWN.items():
            for who in ("administrator", "operator", "viewer", "firm"):
                with self.subTest(request=name, who=who), self.client(who) as client:
                    self.assertNotEqual(status_name(client.call(**{name: body(who)})), "REFUSED")
        with self.client("viewer") as client:
            mine = client.call(list_tokens=pb.ListTokens()).tokens.token
            self.assertEqual({t.account for t in mine}, {"viewer"})
            current = next(t for t in mine if t.current)
            self.assertEqual(client.call(revoke_token=pb.RevokeToken(id=current.id)).status, pb.DONE)
            self.assertFalse(client.call(hello=pb.Hello()).hello.staff)

    def test_hello_says_who_it_is(self):
        for who, role in (("machine", pb.ADMINISTRATOR), ("operator", pb.OPERATOR), ("viewer", pb.VIEWER)):
            with self.client(who) as client:
                hello = client.call(hello=pb.Hello()).hello
                self.assertEqual((hello.staff, hello.account, hello.role), (True, who, role))
        for who in (*NOBODY, "unit"):
            with self.client(who) as client:
                hello = client.call(hello=pb.Hello()).hello
                self.assertEqual((hello.staff, hello.account, hello.role, hello.frame_limit), (False, "", 0, 128 << 10))

    def test_a_role_too_low_is_told_so_and_a_stranger_is_not(self):
        with self.client("viewer") as viewer, self.client("garbage") as stranger:
            self.assertIn("role", viewer.call(open_round=pb.OpenRound(round=ROUND)).message_en)
            self.assertNotIn("role", stranger.call(open_round=pb.OpenRound(round=ROUND)).message_en)

    def test_a_token_that_is_cut_or_changed_is_none(self):
        token = self.token_of("administrator")
        for wrong in (token[:31], token + b"\0", token[:31] + bytes([token[31] ^ 1]), b"", token[:16]):
            with Client(self.collector.port, token=wrong) as client:
                self.assertFalse(client.call(hello=pb.Hello()).hello.staff)
                self.assert_status(client.call(get_rates=pb.GetRates(round=ROUND)), pb.REFUSED)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""A firm of accountants answers for many units under one log-in: what each unit grants, by its own code,
and takes back; what becomes of that when codes, firms and rounds change; what happens at the same time."""

import threading
import time
import unittest

import khaosat_pb2 as pb
from http_door import Door
from office import OfficeWireTest
from wire import Client, Header, access_code, code_hash, make_round, status_name, submit, tax_code, uuid

R = "r"
REASON = "so giấy ủy quyền với con dấu đã đăng ký"
PASSWORD = "chín con trâu trắng"


class FirmCase(OfficeWireTest):
    units = 40

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        make_round(cls.office, R, cls.units)

    def tearDown(self):
        self.assertEqual(list(self.office.call(recount=pb.Recount()).recount.difference), [])

    def number(self, name):
        accounts = self.office.call(list_accounts=pb.ListAccounts()).accounts.account
        return next(a.number for a in accounts if a.name == name and not a.removed)

    def add(self, name, *granted):
        """A firm, that these units have granted; returns its connection."""
        self.assert_status(self.office.call(add_account=pb.AddAccount(name=name, role=pb.FIRM)), pb.DONE)
        for i in granted:
            self.assert_status(self.grant(i, name), pb.DONE)
        return self.connect(name)

    def connect(self, name):
        made = self.office.call(create_token=pb.CreateToken(
            account=name, name="t", role=pb.FIRM, expires_ms=int(time.time() * 1000) + 86400000))
        self.assert_status(made, pb.DONE)
        client = Client(self.collector.port, token=made.token_made.token)
        self.addCleanup(client.close)
        return client

    def unit(self, i, code=None):
        client = self.collector.unit(tax_code(i), code or access_code(i))
        self.addCleanup(client.close)
        return client

    def grant(self, i, firm, code=None):
        return self.unit(i, code).call(grant_firm=pb.GrantFirm(round=R, firm=firm))

    def end(self, client, i, firm=""):
        return client.call(end_grant=pb.EndGrant(round=R, tax_code=tax_code(i), firm=firm))

    def submit(self, firm, i, *parts, **fields):
        return firm.call(submit=submit(R, uuid(i, *parts), tax_code=tax_code(i), **fields))

    def may(self, firm, i):
        return firm.call(unit_status=pb.UnitStatus(round=R, tax_code=tax_code(i))).status == pb.DONE


class GrantTest(FirmCase):
    def test_a_firm_answers_for_who_has_granted_it_and_the_entry_says_so(self):
        firm = self.add("mot", 0)
        accepted = self.submit(firm, 0)
        self.assert_status(accepted, pb.ACCEPTED)
        entry, granted = (self.entry(n) for n in (accepted.receipt.number, accepted.receipt.number - 2))
        self.assertEqual((entry.actor, entry.channel), (self.number("mot"), pb.TOOL))
        self.assertEqual((granted.kind, granted.actor), (pb.FIRM_GRANTED, 0))
        self.assertEqual(entry.key, accepted.receipt.number - 2)
        self.assert_status(self.submit(firm, 0), pb.REPLAYED)
        again = self.submit(firm, 0, "better", deprecated_id=uuid(0), channel=pb.BULK)
        self.assert_status(again, pb.ACCEPTED)
        state = firm.call(unit_status=pb.UnitStatus(round=R, tax_code=tax_code(0))).unit_state
        self.assertEqual((state.name, state.head.revision, state.receipt.number), ("Công ty số 0", 2, again.receipt.number))
        self.assert_status(self.submit(firm, 0, "x", channel=pb.OFFICE), pb.INVALID)
        contact = {"round": R, "tax_code": tax_code(0), "name": "Kế toán", "consent": True}
        self.assert_status(firm.call(contact=pb.Contact(**contact)), pb.DONE)
        history = firm.call(unit_history=pb.UnitHistory(round=R, tax_code=tax_code(0))).unit_entries.entry
        kinds = [Header(e.header).kind for e in history]
        self.assertEqual(kinds, [pb.CONTACT_KEPT, pb.CORRECTION, pb.SUBMISSION, pb.FIRM_GRANTED])
        self.assertEqual(pb.FirmGrant.FromString(history[3].payload).name, "mot")
        self.assert_status(firm.call(withdraw=pb.Withdraw(round=R, tax_code=tax_code(0), head=uuid(0, "better"),
                                                          instance_id=uuid("w"))), pb.ACCEPTED)

    def entry(self, number):
        (entry,) = self.office.call(read_log=pb.ReadLog(**{"from": number, "most": 1})).log_entries.entry
        header = Header(entry.header)
        header.key = int.from_bytes(entry.header[144:152], "little")
        return header

    def test_without_a_grant_it_is_refused_as_a_wrong_code_is(self):
        firm = self.add("hai", 1)
        def told(response):
            return (status_name(response), response.message_vi, response.message_en, response.field, response.rule)

        wrong = told(self.unit(2, "Z" * 16).call(unit_status=pb.UnitStatus(round=R)))
        self.assertEqual(wrong[0], "REFUSED")
        for unit, name in ((tax_code(2), R), (tax_code(5000), R), (tax_code(1), "none"), ("", R), ("123", R)):
            for body in ({"unit_status": pb.UnitStatus(round=name, tax_code=unit)},
                         {"submit": submit(name, uuid("no"), tax_code=unit)},
                         {"unit_history": pb.UnitHistory(round=name, tax_code=unit)},
                         {"end_grant": pb.EndGrant(round=name, tax_code=unit)},
                         {"get_row": pb.GetRow(round=name, tax_code=unit)},
                         {"propose_row": pb.ProposeRow(round=name, tax_code=unit)},
                         {"withdraw_proposal": pb.WithdrawProposal(round=name, tax_code=unit)}):
                self.assertEqual(told(firm.call(**body)), wrong)

    def test_a_unit_takes_back_by_its_own_code_and_a_firm_gives_back_its_own(self):
        one, other = self.add("ba", 3, 4), self.add("bon", 3, 4)
        self.assert_status(self.grant(3, "ba"), pb.DONE)  # sent again: no entry
        sub = "SBCD" * 4
        self.assert_status(self.unit(3).call(make_subcode=pb.MakeSubcode(
            round=R, name="stores", code_hash=code_hash(R, tax_code(3), sub))), pb.DONE)
        for client in (self.unit(3, sub),):
            self.assert_status(client.call(end_grant=pb.EndGrant(round=R, firm="ba")), pb.REFUSED)
            self.assert_status(client.call(grant_firm=pb.GrantFirm(round=R, firm="ba")), pb.REFUSED)
        codes = self.unit(3).call(list_codes=pb.ListCodes(round=R)).codes.code
        listed = [(c.name, c.is_subcode, c.is_grant) for c in codes]
        self.assertEqual(listed[:2], [("", False, False), ("stores", True, False)])
        self.assertEqual(sorted(listed[2:]), [("ba", False, True), ("bon", False, True)])
        self.assert_status(self.end(one, 3, "bon"), pb.NOT_FOUND)
        self.assert_status(self.end(one, 3), pb.DONE)
        self.assertEqual((self.may(one, 3), self.may(other, 3), self.may(one, 4)), (False, True, True))
        self.assert_status(self.end(self.unit(3), 3, "ba"), pb.NOT_FOUND)
        self.assert_status(self.end(self.unit(3), 3, "bon"), pb.DONE)
        self.assert_status(self.end(self.office, 4, "bon"), pb.DONE)
        self.assertEqual((self.may(other, 3), self.may(one, 4), self.may(other, 4)), (False, True, False))
        for name in ("nobody", "machine", ""):
            self.assert_status(self.grant(3, name), pb.NOT_FOUND)

    def test_four_firms_at_a_time_and_none_after_a_new_code(self):
        names = ["nam-%d" % n for n in range(5)]
        firms = [self.add(name) for name in names]
        for name in names[:4]:
            self.assert_status(self.grant(5, name), pb.DONE)
        self.assert_status(self.grant(5, names[4]), pb.ALREADY)
        change = {"round": R, "tax_code": tax_code(5), "reason": REASON}
        self.assert_status(self.office.call(set_code=pb.SetCode(
            delivery=pb.PAPER, code_hash=code_hash(R, tax_code(5), "6" * 16), **change)), pb.DONE)
        self.assertFalse(any(self.may(firm, 5) for firm in firms))
        self.assert_status(self.grant(5, names[4]), pb.REFUSED)  # by the old code
        self.assert_status(self.grant(5, names[4], "6" * 16), pb.DONE)
        self.assertTrue(self.may(firms[4], 5))
        self.assert_status(self.office.call(set_code=pb.SetCode(**change)), pb.DONE)
        self.assertFalse(self.may(firms[4], 5))

    def test_a_removed_firm_leaves_nothing_to_the_next_of_its_name(self):
        firm = self.add("sau", 6, 7)
        for i in (6, 7):
            self.assert_status(self.submit(firm, i), pb.ACCEPTED)
        self.assert_status(self.office.call(remove_account=pb.RemoveAccount(name="sau")), pb.DONE)
        self.assertFalse(self.may(firm, 6))
        again = self.add("sau", 7)
        self.assertEqual((self.may(again, 6), self.may(again, 7)), (False, True))
        codes = self.unit(6).call(list_codes=pb.ListCodes(round=R)).codes.code
        self.assertFalse([c for c in codes if c.is_grant])

    def test_a_grant_is_of_one_round(self):
        firm = self.add("bay", 8)
        make_round(self.office, "next", 20)
        self.assertTrue(self.may(firm, 8))
        self.assert_status(firm.call(unit_status=pb.UnitStatus(round="next", tax_code=tax_code(8))), pb.REFUSED)

    def test_a_firm_lists_its_units_page_by_page_and_the_office_its_firms(self):
        make_round(self.office, "long", 130)
        firm = self.add("tam")
        last = self.collector.unit()
        self.addCleanup(last.close)
        for i in reversed(range(125)):
            last.credential = (tax_code(i), access_code(i))
            self.assert_status(last.call(grant_firm=pb.GrantFirm(round="long", firm="tam")), pb.DONE)
        self.assert_status(firm.call(submit=submit("long", uuid("t"), tax_code=tax_code(124))), pb.ACCEPTED)
        first = firm.call(list_grants=pb.ListGrants(round="long")).grants
        second = firm.call(list_grants=pb.ListGrants(**{"round": "long", "from": first.next})).grants
        units = list(first.unit) + list(second.unit)
        self.assertEqual((len(first.unit), second.next), (100, 0))
        self.assertEqual([(u.tax_code, u.name) for u in units],
                         [(tax_code(i), "Công ty số %d" % i) for i in range(125)])
        self.assertEqual([(u.state, u.revision, u.may_submit) for u in units[123:]],
                         [(pb.NOT_STARTED, 0, True), (pb.COMPLETE, 1, True)])
        with Door(self.collector.http_port, firm.token) as door:
            link = door.get("/v1/rounds/long/grants").header("link")
            self.assertEqual(link, '<?from=%d>; rel="next"' % first.next)
            self.assertIsNone(door.get("/v1/rounds/long/grants?from=%d" % first.next).header("link"))
        same = self.office.call(list_grants=pb.ListGrants(round="long", firm="tam")).grants
        self.assertEqual(same, first)
        self.assert_status(self.office.call(list_grants=pb.ListGrants(round="long", firm="x")), pb.NOT_FOUND)
        self.assertFalse(firm.call(list_grants=pb.ListGrants(round=R)).grants.unit)
        listed = self.office.call(list_firms=pb.ListFirms(round="long")).accounts.account
        self.assertEqual({a.name: a.units for a in listed}["tam"], 125)
        self.assertEqual({a.role for a in listed}, {pb.FIRM})

    def test_all_of_it_is_in_the_audit_with_who_and_whom(self):
        firm = self.add("chin", 9)
        self.assert_status(self.end(firm, 9), pb.DONE)
        acts, at = [], 1
        while at:
            page = self.office.call(list_acts=pb.ListActs(**{"from": at})).acts
            acts += page.act
            at = page.next if page.next <= page.last else 0
        self.assertEqual([(a.kind, a.who) for a in acts[-4:]], [
            (pb.ACCOUNT_ADDED, "machine"), (pb.FIRM_GRANTED, "unit"), (pb.TOKEN_MADE, "machine"), (pb.GRANT_ENDED, "chin")])
        self.assertEqual([(c.column, c.before, c.after) for c in acts[-1].change], [("firm", "chin", "")])

    def test_a_firm_is_no_staff_and_staff_no_firm(self):
        firm = self.add("muoi", 10)
        hello = firm.call(hello=pb.Hello()).hello
        self.assertEqual((hello.staff, hello.role, hello.account, hello.frame_limit), (False, pb.FIRM, "muoi", 128 << 10))
        self.assert_status(self.office.call(add_account=pb.AddAccount(name="vien", role=pb.OPERATOR)), pb.DONE)
        for name, role in (("muoi", pb.VIEWER), ("vien", pb.FIRM)):
            self.assert_status(self.office.call(set_role=pb.SetRole(name=name, role=role)), pb.INVALID)
            self.assert_status(self.office.call(create_token=pb.CreateToken(
                account=name, name="t", role=role, expires_ms=int(time.time() * 1000) + 60000)), pb.INVALID)
        self.assert_status(firm.call(get_rates=pb.GetRates(round=R)), pb.REFUSED)


def propose(i, **fields):
    return pb.ProposeRow(round=R, tax_code=tax_code(i), cell=[pb.RowCell(column="employees", value="12")], **fields)


class ProposalTest(FirmCase):
    """Corrections of the register that a firm asks for."""

    def row(self, client, i):
        response = client.call(get_row=pb.GetRow(round=R, tax_code=tax_code(i)))
        self.assert_status(response, pb.DONE)
        return response.unit_row

    def test_a_firm_proposes_for_who_has_granted_it_and_unit_and_office_see_which(self):
        firm = self.add("de", 0)
        asked = firm.call(propose_row=propose(0, reason="theo sổ lương"))
        self.assert_status(asked, pb.DONE)
        header = Header(self.office.call(read_log=pb.ReadLog(
            **{"from": asked.row_stored.number, "most": 1})).log_entries.entry[0].header)
        self.assertEqual((header.kind, header.actor), (pb.ROW_PROPOSED, self.number("de")))
        seen = self.row(self.unit(0), 0)
        self.assertEqual([(p.firm, p.reason, p.status) for p in seen.proposal],
                         [("de", "theo sổ lương", pb.PROPOSAL_OPEN)])
        self.assertEqual(self.row(firm, 0), seen)
        listed = self.office.call(list_proposals=pb.ListProposals(round=R)).proposals.open
        self.assertEqual([(o.row.tax_code, o.proposal.firm) for o in listed], [(tax_code(0), "de")])
        self.assertEqual(firm.call(propose_row=propose(0, reason="theo sổ lương")).row_stored, asked.row_stored)
        self.assert_status(self.office.call(remove_account=pb.RemoveAccount(name="de")), pb.DONE)
        self.assert_status(firm.call(propose_row=propose(0)), pb.REFUSED)
        decided = self.office.call(decide_proposal=pb.DecideProposal(
            round=R, tax_code=tax_code(0), number=asked.row_stored.number, accept=True))
        self.assert_status(decided, pb.DONE)
        after = self.row(self.unit(0), 0)
        self.assertEqual((after.row.employees, after.proposal[0].firm, after.proposal[0].status),
                         (12, "de", pb.PROPOSAL_ACCEPTED))

    def test_the_unit_s_and_the_firm_s_are_one_open_proposal(self):
        firm = self.add("chung", 1)
        first = self.unit(1).call(propose_row=propose(1))
        second = firm.call(propose_row=propose(1, reason="bản kê tháng 12"))
        self.assertNotEqual(first.row_stored.number, second.row_stored.number)
        self.assertEqual([(p.firm, p.status) for p in self.row(firm, 1).proposal],
                         [("chung", pb.PROPOSAL_OPEN), ("", pb.PROPOSAL_REPLACED)])
        withdraw = {"withdraw_proposal": pb.WithdrawProposal(round=R, tax_code=tax_code(1))}
        self.assert_status(self.unit(1).call(**withdraw), pb.DONE)
        self.assert_status(firm.call(**withdraw), pb.ALREADY)
        self.assert_status(firm.call(propose_row=propose(1)), pb.DONE)
        self.assert_status(firm.call(**withdraw), pb.DONE)
        bad = propose(1)
        bad.cell[0].value = "-1"
        self.assert_status(firm.call(propose_row=bad), pb.REJECTED)


class TokenTest(FirmCase):
    """What a firm makes for itself stays in the log for ever: it has an end."""

    def test_a_firm_makes_so_many_tokens_at_once_then_waits_and_may_still_take_back(self):
        firm, other = self.add("nhieu"), self.add("it")
        expires = int(time.time() * 1000) + 3600000
        create = {"create_token": pb.CreateToken(name="them", role=pb.FIRM, expires_ms=expires)}
        for _ in range(64):
            made = firm.call(**create)
            self.assert_status(made, pb.DONE)
            last = {"revoke_token": pb.RevokeToken(id=made.token_made.info.id)}
            if _ < 63:
                self.assert_status(firm.call(**last), pb.DONE)
        waits = firm.call(**create)
        self.assert_status(waits, pb.TRY_LATER)
        self.assertEqual(waits.rule, "too often")
        self.assertTrue(0 < waits.retry_after_ms <= 600000, waits.retry_after_ms)
        self.assert_status(firm.call(**last), pb.DONE)
        self.assert_status(other.call(**create), pb.DONE)
        self.assert_status(self.office.call(create_token=pb.CreateToken(
            account="nhieu", name="t2", role=pb.FIRM, expires_ms=expires)), pb.DONE)  # the office may


class OperatorTest(FirmCase):
    def test_an_operator_manages_firms_and_no_staff(self):
        self.assert_status(self.office.call(add_account=pb.AddAccount(name="vien", role=pb.OPERATOR)), pb.DONE)
        made = self.office.call(create_token=pb.CreateToken(
            account="vien", name="t", role=pb.OPERATOR, expires_ms=int(time.time() * 1000) + 86400000))
        with Client(self.collector.port, token=made.token_made.token) as vien:
            added = vien.call(add_account=pb.AddAccount(name="dlt", role=pb.FIRM, password=PASSWORD))
            self.assertEqual((status_name(added), added.account.role), ("DONE", pb.FIRM))
            for role in (pb.VIEWER, pb.OPERATOR, pb.ADMINISTRATOR, 0, 5):
                self.assert_status(vien.call(add_account=pb.AddAccount(name="x", role=role)), pb.REFUSED)
            for name in ("vien", "nobody", "machine"):
                self.assert_status(vien.call(remove_account=pb.RemoveAccount(name=name)), pb.REFUSED)
            self.assert_status(vien.call(set_password=pb.SetPassword(name="dlt", password=PASSWORD + "!")), pb.DONE)
            log_in = {"name": "dlt", "token_name": "t", "expires_ms": int(time.time() * 1000) + 60000}
            with self.collector.unit() as anybody:
                self.assert_status(anybody.call(log_in=pb.LogIn(password=PASSWORD, **log_in)), pb.REFUSED)
                token = anybody.call(log_in=pb.LogIn(password=PASSWORD + "!", **log_in))
            self.assertEqual((status_name(token), token.token_made.info.role), ("DONE", pb.FIRM))
            with Client(self.collector.port, token=token.token_made.token) as firm:
                own = {"name": "dlt", "password": PASSWORD + "?"}
                self.assert_status(firm.call(set_password=pb.SetPassword(current="wrong, wrong", **own)), pb.REFUSED)
                self.assertEqual([t.current for t in firm.call(list_tokens=pb.ListTokens()).tokens.token], [True])
                self.assert_status(firm.call(log_out=pb.LogOut()), pb.DONE)
                self.assertEqual(firm.call(hello=pb.Hello()).hello.account, "")
            self.assert_status(vien.call(remove_account=pb.RemoveAccount(name="dlt")), pb.DONE)


class RaceTest(FirmCase):
    """On one connection requests are judged in their order, before any of them is stored: what an earlier
    one changes is seen on commit."""

    def pipeline(self, *signed):
        """(client, body) after (client, body), each with that client's credential, out at once."""
        with self.collector.unit() as line:
            requests = []
            for client, body in signed:
                line.credential, line.token = client.credential, client.token
                requests.append(line.request(**body))
            frames = b"".join(len(b).to_bytes(4, "big") + b for b in (r.SerializeToString() for r in requests))
            line.send_raw(frames)
            got = {}
            for _ in requests:
                response = line.receive()
                got[response.id] = response
            return [got[r.id] for r in requests]

    def test_nothing_is_accepted_behind_the_entry_that_takes_back(self):
        firm = self.add("nhanh", *range(20))
        bodies = []
        for i in range(20):
            send = (firm, {"submit": submit(R, uuid("race", i), tax_code=tax_code(i))})
            end = (self.unit(i), {"end_grant": pb.EndGrant(round=R, firm="nhanh")})
            bodies += [send, end] if i % 2 else [end, send]
        got = self.pipeline(*bodies)
        for i in range(20):
            first, second = got[2 * i:2 * i + 2]
            if i % 2:  # what came before is accepted, and the taking back is judged anew
                self.assertEqual((status_name(first), status_name(second)), ("ACCEPTED", "DONE"))
            else:
                self.assertEqual((status_name(first), status_name(second)), ("DONE", "REFUSED"))

    def test_nothing_is_accepted_behind_the_removal_of_the_firm_nor_granted_to_it(self):
        firm = self.add("mai", 20, 21)
        remove = (self.office, {"remove_account": pb.RemoveAccount(name="mai")})
        got = self.pipeline((firm, {"submit": submit(R, uuid("x", 20), tax_code=tax_code(20))}), remove,
                            (firm, {"submit": submit(R, uuid("x", 21), tax_code=tax_code(21))}),
                            (self.unit(22), {"grant_firm": pb.GrantFirm(round=R, firm="mai")}),
                            (self.unit(21), {"end_grant": pb.EndGrant(round=R, firm="mai")}))
        self.assertEqual([status_name(r) for r in got], ["ACCEPTED", "DONE", "REFUSED", "NOT_FOUND", "NOT_FOUND"])

    def test_nothing_is_proposed_behind_the_entry_that_takes_back(self):
        firm, bodies = self.add("trinh", *range(6)), []
        for i in range(6):
            ask = (firm, {"propose_row": propose(i)})
            end = (self.unit(i), {"end_grant": pb.EndGrant(round=R, firm="trinh")})
            bodies += [ask, end] if i % 2 else [end, ask]
        got = [status_name(r) for r in self.pipeline(*bodies)]
        self.assertEqual(got, ["DONE", "REFUSED", "DONE", "DONE"] * 3)

    def test_nothing_is_accepted_behind_a_new_code(self):
        firm = self.add("cham", 23)
        change = pb.SetCode(round=R, tax_code=tax_code(23), reason=REASON)
        got = self.pipeline((self.office, {"set_code": change}),
                            (firm, {"submit": submit(R, uuid("x", 23), tax_code=tax_code(23))}))
        self.assertEqual([status_name(r) for r in got], ["DONE", "REFUSED"])

    def test_many_connections_agree_on_what_came_first(self):
        firm, units = self.add("dong", *range(24, 40)), range(24, 40)
        got, ended, lock = {}, {}, threading.Lock()

        def send():
            with Client(self.collector.port, token=firm.token) as client:
                for i in units:
                    response = client.call(submit=submit(R, uuid("d", i), tax_code=tax_code(i)))
                    with lock:
                        got[i] = response

        def end(part):
            for i in part:
                with self.collector.unit(tax_code(i), access_code(i)) as client:
                    self.assert_status(client.call(end_grant=pb.EndGrant(round=R, firm="dong")), pb.DONE)

        threads = [threading.Thread(target=send), threading.Thread(target=end, args=(units[:8],)),
                   threading.Thread(target=end, args=(units[8:],))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for e in self.office.call(read_log=pb.ReadLog(**{"from": 1, "most": 1000})).log_entries.entry:
            h = Header(e.header)
            if h.kind == pb.GRANT_ENDED:
                ended[h.unit] = e.number
        for i in units:
            if got[i].status == pb.ACCEPTED:
                self.assertLess(got[i].receipt.number, ended[int(tax_code(i)) * 1000])
            else:
                self.assert_status(got[i], pb.REFUSED)


class RestartTest(FirmCase):
    def test_grants_are_there_again_after_a_crash_and_after_a_checkpoint(self):
        firm = self.add("kho", 0, 1)
        self.assert_status(self.end(self.unit(1), 1, "kho"), pb.DONE)
        for stop in (self.collector.kill, self.collector.stop):
            stop()
            self.collector.start()
            type(self).office = self.collector.staff()
            self.addClassCleanup(self.office.close)
            with Client(self.collector.port, token=firm.token) as again:
                self.assertEqual((self.may(again, 0), self.may(again, 1)), (True, False))
            self.assertEqual([a.units for a in self.office.call(list_firms=pb.ListFirms(round=R)).accounts.account], [1])


class HttpTest(FirmCase):
    def door(self, who=None):
        door = Door(self.collector.http_port, who)
        self.addCleanup(door.close)
        return door

    def test_a_page_of_a_firm_s_sends_for_its_units_with_its_cookie_and_secret(self):
        self.assert_status(self.office.call(add_account=pb.AddAccount(
            name="web", role=pb.FIRM, password=PASSWORD)), pb.DONE)
        unit, path = self.door((tax_code(0), access_code(0))), "/v1/rounds/r"
        self.assertEqual(unit.call("POST", path + "/grants", {"firm": "web"}).code, 204)
        page = self.door()
        session = page.call("POST", "/v1/session", {"name": "web", "password": PASSWORD})
        self.assertEqual((session.code, session.json["account"], session.json["role"]), (201, "web", "FIRM"))
        cookie = {"Cookie": session.header("set-cookie").split(";")[0]}
        self.assertEqual(page.get("/v1/session", **cookie).json, session.json)
        listed = page.get(path + "/grants", **cookie).json["unit"]
        self.assertEqual([(u["tax_code"], u["state"]) for u in listed], [(tax_code(0), "NOT_STARTED")])
        form = {"instance_id": "6d1c4b6e-9a0f-4c53-8a7e-0d7c5a3c9e11", "survey_id": "WIRE", "survey_version": 3,
                "tax_code": tax_code(0), "answers": {"B01": ["X"]}}
        sent = page.call("POST", path + "/submissions", form, **cookie)
        self.assertEqual((sent.code, sent.json["type"]), (403, "urn:khaosat:problem:cross-site"))
        signed = {**cookie, "X-CSRF-Token": session.json["csrf_token"]}
        self.assertEqual(page.call("POST", path + "/submissions", form, **signed).code, 201)
        receipt = page.get(path + "/receipt?tax_code=" + tax_code(0), **cookie)
        self.assertEqual(receipt.code, 200)
        self.assertEqual(page.get(path + "/receipt?tax_code=" + tax_code(1), **cookie).code, 403)
        for refused, code in ((path + "/rates", 403), ("/v1/accounts", 403), ("/metrics", 401), (path + "/firms", 403)):
            self.assertEqual(page.get(refused, **cookie).code, code)
        wish = {"tax_code": tax_code(0), "cell": [{"column": "employees", "value": "9"}]}
        self.assertEqual(page.call("PUT", path + "/proposal", wish, **cookie).code, 403)
        self.assertEqual(page.call("PUT", path + "/proposal", wish, **signed).code, 200)
        row = page.get(path + "/row?tax_code=" + tax_code(0), **cookie).json
        self.assertEqual([(p["firm"], p["status"]) for p in row["proposal"]], [("web", "PROPOSAL_OPEN")])
        for query, code in (("?tax_code=" + tax_code(0), 204), ("?tax_code=" + tax_code(0), 409), ("", 403)):
            self.assertEqual(page.call("DELETE", path + "/proposal" + query, **signed).code, code)
        self.assertEqual(unit.call("DELETE", path + "/grants/web").code, 204)
        self.assertEqual(page.call("POST", path + "/submissions", form, **signed).code, 403)
        self.assertEqual(page.call("DELETE", "/v1/session", **signed).code, 204)
        self.assertEqual(page.get("/v1/session", **cookie).code, 401)


if __name__ == "__main__":
    unittest.main()

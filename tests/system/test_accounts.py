# SPDX-License-Identifier: Apache-2.0
"""Accounts, passwords and tokens over the wire: what counts, from when, until when, what survives, and
what is never written down."""

import glob
import hashlib
import os
import shutil
import tempfile
import time
import unittest

import khaosat_pb2 as pb
from scrape import metrics, sample
from wire import Client, Collector, Header, WireTest, make_round, status_name, submit, survey_json, tax_code, uuid, wait_until

DAY_MS = 86400000
PASSWORD = "chín con trâu trắng"
OTHER = "mười con trâu đen đen"
LIMIT_S = 60
CHANGES = range(pb.ACCOUNT_ADDED, pb.TOKEN_REVOKED + 1)


def soon(ms=DAY_MS):
    return int(time.time() * 1000) + ms


class AccountTest(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.machine = cls.collector.staff()

    @classmethod
    def tearDownClass(cls):
        recount = cls.machine.call(recount=pb.Recount()).recount
        cls.machine.close()
        super().tearDownClass()
        assert recount.last > 0 and recount.differences == 0, recount

    def done(self, client=None, **body):
        response = (client or self.machine).call(**body)
        self.assert_status(response, pb.DONE)
        return response

    def add(self, name, role=pb.ADMINISTRATOR, password=PASSWORD):
        return self.done(add_account=pb.AddAccount(name=name, role=role, password=password)).account

    def log_in(self, name, password=PASSWORD, **fields):
        fields = {"token_name": "here", "expires_ms": soon(), **fields}
        with self.collector.unit() as nobody:
            return nobody.call(log_in=pb.LogIn(name=name, password=password, **fields))

    def token(self, name, password=PASSWORD):
        response = self.log_in(name, password)
        self.assert_status(response, pb.DONE)
        return response.token_made.token

    def client(self, token):
        client = Client(self.collector.port, token=token)
        self.addCleanup(client.close)
        return client

    def hello(self, token):
        return self.client(token).call(hello=pb.Hello()).hello

    def entries(self):
        entries, last = [], 1
        while len(entries) < last:
            page = self.done(read_log=pb.ReadLog(**{"from": len(entries) + 1})).log_entries
            entries += page.entry
            last = page.last
        return entries

    def changes(self):
        return [(Header(e.header), pb.StaffChange.FromString(e.payload)) for e in self.entries()
                if Header(e.header).kind in CHANGES]


class PasswordTest(AccountTest):
    def test_a_password_earns_a_token_until_it_is_handed_back(self):
        account = self.add("lan", pb.OPERATOR)
        made = self.log_in("lan", expires_ms=soon(60000))
        self.assert_status(made, pb.DONE)
        info = made.token_made.info
        self.assertEqual((info.account, info.name, info.role), ("lan", "here", pb.OPERATOR))
        self.assertEqual(info.id, made.token_made.token[:16])
        hello = self.hello(made.token_made.token)
        self.assertEqual((hello.staff, hello.account, hello.role), (True, "lan", pb.OPERATOR))
        client = self.client(made.token_made.token)
        self.done(client, log_out=pb.LogOut())
        self.assert_status(client.call(get_rates=pb.GetRates()), pb.REFUSED)
        self.assertFalse(self.hello(made.token_made.token).staff)
        header, change = self.changes()[-1]
        self.assertEqual((header.kind, header.actor, header.instance_id), (pb.TOKEN_REVOKED, account.number, info.id))
        self.assertEqual((change.account, change.name, change.token_name), (account.number, "lan", "here"))

    def test_every_wrong_log_in_gets_the_same_answer(self):
        self.add("minh")
        self.add("machineless", password="")
        self.add("gone")
        self.done(remove_account=pb.RemoveAccount(name="gone"))
        answers = {self.log_in(name, password).SerializePartialToString() for name, password in (
            ("minh", OTHER), ("minh", ""), ("minh", PASSWORD + " "), ("nobody", PASSWORD), ("machine", PASSWORD),
            ("machineless", ""), ("machineless", PASSWORD), ("gone", PASSWORD), ("", ""), ("Minh", PASSWORD))}
        self.assertEqual(len(answers), 1)
        answer = pb.Response.FromString(answers.pop())
        self.assert_status(answer, pb.REFUSED)
        self.assertFalse(answer.HasField("token_made"))

    def test_forms_are_told_with_field_and_rule(self):
        for fields, field in (({"token_name": ""}, "token_name"), ({"token_name": "a b"}, "token_name"),
                              ({"expires_ms": 0}, "expires_ms"), ({"expires_ms": soon(32 * DAY_MS)}, "expires_ms")):
            response = self.log_in("minh", **fields)
            self.assert_status(response, pb.INVALID)
            self.assertEqual(response.field, "log_in." + field)
        for fields, field in (({"name": "Minh"}, "name"), ({"name": "machine"}, "name"), ({"name": "1a"}, "name"),
                              ({"name": "a" * 33}, "name"), ({"name": "a\n"}, "add_account.name"),
                              ({"role": 0}, "role"), ({"role": 5}, "role"), ({"password": "x" * 11}, "password"),
                              ({"password": "é" * 201}, "password")):
            account = {"name": "good", "role": pb.VIEWER, "password": PASSWORD, **fields}
            response = self.machine.call(add_account=pb.AddAccount(**account))
            self.assert_status(response, pb.INVALID)
            self.assertIn(field, response.field)

    def test_guesses_are_slowed_down_and_the_right_one_gets_in_in_the_end(self):
        self.add("cham")
        def count():  # too often, or too many at it
            found = metrics(self.collector)
            return sum(sample(found, "khaosat_refused_total", reason=reason) for reason in ("login_rate", "overload"))

        before, unjudged = count(), 0
        for name in ("cham", "nobody-at-all"):
            with self.collector.unit() as nobody:
                for _ in range(40):
                    nobody.send(nobody.request(log_in=pb.LogIn(name=name, password=OTHER, token_name="t",
                                                               expires_ms=soon())))
                got = [nobody.receive() for _ in range(40)]
            self.assertEqual({r.status for r in got}, {pb.REFUSED, pb.TRY_LATER})
            self.assertLess([r.status for r in got].count(pb.REFUSED), 10)
            unjudged += [r.status for r in got].count(pb.TRY_LATER)
            self.assertTrue(all(r.retry_after_ms > 0 for r in got if r.status == pb.TRY_LATER))
        self.assertEqual(count() - before, unjudged)
        wait_until(lambda: self.log_in("cham").status == pb.DONE)
        self.assert_status(self.log_in("cham", OTHER), pb.REFUSED)
        self.assert_status(self.log_in("cham"), pb.DONE)

    def test_a_new_password_ends_the_old_one_and_every_token(self):
        self.add("moi", pb.VIEWER)
        first = self.token("moi")
        self.assert_status(self.client(first).call(set_password=pb.SetPassword(
            name="moi", password=OTHER, current=OTHER)), pb.REFUSED)
        self.assertTrue(self.hello(first).staff)
        self.done(self.client(first), set_password=pb.SetPassword(name="moi", password=OTHER, current=PASSWORD))
        self.assertFalse(self.hello(first).staff)
        self.assert_status(self.log_in("moi", PASSWORD), pb.REFUSED)
        second = self.token("moi", OTHER)
        self.done(set_password=pb.SetPassword(name="moi", password=PASSWORD))  # lost: the machine sets it anew
        self.assertFalse(self.hello(second).staff)
        self.assertTrue(self.hello(self.token("moi")).staff)
        self.assert_status(self.machine.call(set_password=pb.SetPassword(name="nobody", password=OTHER)),
                           pb.NOT_FOUND)


class TokenTest(AccountTest):
    def create(self, client=None, **fields):
        fields = {"name": "script", "role": pb.VIEWER, "expires_ms": soon(), **fields}
        return (client or self.machine).call(create_token=pb.CreateToken(**fields))

    def test_a_token_has_the_lesser_role_of_its_own_and_the_accounts(self):
        self.add("vai", pb.OPERATOR)
        self.assert_status(self.create(account="vai", role=pb.ADMINISTRATOR), pb.INVALID)
        token = self.create(account="vai", role=pb.OPERATOR).token_made.token
        low = self.create(account="vai").token_made.token
        self.assertEqual((self.hello(token).role, self.hello(low).role), (pb.OPERATOR, pb.VIEWER))
        self.assert_status(self.create(self.client(low), role=pb.OPERATOR), pb.INVALID)
        self.done(set_role=pb.SetRole(name="vai", role=pb.VIEWER))
        self.assertEqual(self.hello(token).role, pb.VIEWER)
        self.assert_status(self.client(token).call(open_round=pb.OpenRound(round="x")), pb.REFUSED)
        self.done(set_role=pb.SetRole(name="vai", role=pb.ADMINISTRATOR))
        self.assertEqual((self.hello(token).role, self.hello(low).role), (pb.OPERATOR, pb.VIEWER))
        self.done(remove_account=pb.RemoveAccount(name="vai"))
        self.assertFalse(self.hello(token).staff)

    def setUp(self):
        """An administrator who stays, so that the others may go."""
        if not any(a.name == "spare" for a in self.accounts()):
            self.add("spare", password="")

    def accounts(self):
        return self.done(list_accounts=pb.ListAccounts()).accounts.account

    def test_tokens_and_accounts_are_listed(self):
        self.add("liet", pb.VIEWER)
        token = self.token("liet")
        self.create(account="liet", name="nightly", expires_ms=soon(5 * DAY_MS))
        listed = self.done(list_tokens=pb.ListTokens(account="liet")).tokens.token
        self.assertEqual([t.name for t in listed], ["here", "nightly"])
        self.assertGreater(listed[1].expires_ms, soon(4 * DAY_MS))
        self.assertEqual([t.current for t in self.done(self.client(token), list_tokens=pb.ListTokens()).tokens.token],
                         [True, False])
        self.assertLessEqual({"here", "nightly"},
                             {t.name for t in self.done(list_tokens=pb.ListTokens(account="*")).tokens.token})
        accounts = self.accounts()
        self.assertEqual([a.number for a in accounts], list(range(1, len(accounts) + 1)))
        self.assertEqual((accounts[0].name, accounts[0].role), ("machine", pb.ADMINISTRATOR))
        liet = next(a for a in accounts if a.name == "liet")
        self.assertEqual((liet.role, liet.tokens, liet.has_password, liet.removed), (pb.VIEWER, 2, True, False))

    def test_an_account_has_64_tokens_at_most(self):
        self.add("nhieu", pb.VIEWER)
        for _ in range(64):
            self.assert_status(self.create(account="nhieu"), pb.DONE)
        self.assert_status(self.create(account="nhieu"), pb.ALREADY)
        self.assert_status(self.log_in("nhieu"), pb.ALREADY)
        gone = self.done(list_tokens=pb.ListTokens(account="nhieu")).tokens.token[0].id
        self.done(revoke_token=pb.RevokeToken(id=gone))
        self.assert_status(self.machine.call(revoke_token=pb.RevokeToken(id=gone)), pb.NOT_FOUND)
        self.assert_status(self.log_in("nhieu"), pb.DONE)

    def test_the_machine_has_its_file_and_no_other_token(self):
        self.assert_status(self.create(), pb.INVALID)
        self.assert_status(self.machine.call(log_out=pb.LogOut()), pb.ALREADY)
        for body in ({"remove_account": pb.RemoveAccount(name="machine")},
                     {"set_role": pb.SetRole(name="machine", role=pb.VIEWER)},
                     {"set_password": pb.SetPassword(name="machine", password=PASSWORD)}):
            self.assert_status(self.machine.call(**body), pb.NOT_FOUND)

    def test_a_removed_name_is_free_again_and_its_number_is_not(self):
        old = self.add("lai", pb.VIEWER)
        token = self.token("lai")
        self.assert_status(self.machine.call(add_account=pb.AddAccount(name="lai", role=pb.VIEWER)), pb.ALREADY)
        self.done(remove_account=pb.RemoveAccount(name="lai"))
        new = self.add("lai", pb.VIEWER, OTHER)
        self.assertGreater(new.number, old.number)
        self.assertFalse(self.hello(token).staff)
        self.assert_status(self.log_in("lai"), pb.REFUSED)

    def test_entries_carry_the_account_that_acted(self):
        account = self.add("lam", pb.OPERATOR)
        lam = self.client(self.token("lam"))
        self.done(put_survey=pb.PutSurvey(json=survey_json()))
        self.done(lam, create_round=pb.CreateRound(name="of-lam", survey_id="WIRE", survey_version=3,
                                                   reference_date="2025-06-30"))
        headers = [Header(e.header) for e in self.entries()]
        self.assertEqual((headers[-1].kind, headers[-1].actor), (pb.ROUND_CREATED, account.number))
        self.assertEqual({h.actor for h in headers if h.kind == pb.DEFINITION}, {1})

    def test_acts_are_listed_and_pages_end(self):
        make_round(self.machine, "acts", 3)
        acts, at, last = [], 1, 1
        while at <= last:
            page = self.done(list_acts=pb.ListActs(**{"from": at})).acts
            self.assertGreater(page.next, at)
            acts, at, last = acts + list(page.act), page.next, page.last
        self.assertEqual([a.number for a in acts], list(range(1, last + 1)), "units have done nothing here")
        self.assert_status(self.machine.call(list_acts=pb.ListActs()), pb.INVALID)
        beyond = self.done(list_acts=pb.ListActs(**{"from": last + 9})).acts
        self.assertEqual((len(beyond.act), beyond.next), (0, last + 9))


class LastTest(AccountTest):
    def live(self):
        return {a.name for a in self.done(list_accounts=pb.ListAccounts()).accounts.account
                if not a.removed and a.role == pb.ADMINISTRATOR and a.number > 1}

    def test_the_last_administrator_stays_also_when_two_go_at_once(self):
        self.add("mot", password="")
        for body in ({"remove_account": pb.RemoveAccount(name="mot")},
                     {"set_role": pb.SetRole(name="mot", role=pb.OPERATOR)}):
            self.assert_status(self.machine.call(**body), pb.ALREADY)
        self.done(set_role=pb.SetRole(name="mot", role=pb.ADMINISTRATOR))
        with self.collector.staff() as one, self.collector.staff() as two:
            for i in range(16):
                self.add("hai", password="")
                requests = [one.request(remove_account=pb.RemoveAccount(name="mot")),
                            two.request(remove_account=pb.RemoveAccount(name="hai")) if i % 2 else
                            two.request(set_role=pb.SetRole(name="hai", role=pb.VIEWER))]
                one.send(requests[0])
                two.send(requests[1])
                got = sorted(status_name(c.receive()) for c in (one, two))
                self.assertEqual(got, ["ALREADY", "DONE"])
                left = self.live()
                self.assertEqual(len(left), 1)
                if "mot" not in left:
                    self.add("mot", password="")
                if "hai" in {a.name for a in self.done(list_accounts=pb.ListAccounts()).accounts.account
                             if not a.removed}:
                    self.done(remove_account=pb.RemoveAccount(name="hai"))


class RaceTest(AccountTest):
    def test_an_act_of_one_who_was_removed_meanwhile_is_judged_again(self):
        self.add("mot-nua", password="")
        for slowly in 6 * (True, False):  # with a password it is still being hashed while its author goes
            self.add("kia", password="")
            token = self.done(create_token=pb.CreateToken(account="kia", name="t", role=pb.ADMINISTRATOR,
                                                          expires_ms=soon())).token_made.token
            with Client(self.collector.port, token=token) as kia:
                kia.send(kia.request(add_account=pb.AddAccount(
                    name="new", role=pb.VIEWER, password="một mật khẩu dài" if slowly else "")))
                self.done(remove_account=pb.RemoveAccount(name="kia"))
                status = kia.receive().status
            changes = self.changes()
            if status == pb.DONE:  # then it came first
                kinds = [h.kind for h, c in changes if c.name in ("new", "kia")]
                self.assertEqual(kinds[-2:], [pb.ACCOUNT_ADDED, pb.ACCOUNT_REMOVED])
                self.done(remove_account=pb.RemoveAccount(name="new"))
            else:
                self.assertEqual(status, pb.REFUSED)

    def test_nothing_that_takes_a_role_is_stored_behind_its_loss(self):
        """A password is still being hashed, or a token kept, while its author loses the role it takes."""
        self.add("tren", password="")
        for n, body in enumerate((
                {"add_account": pb.AddAccount(name="them", role=pb.VIEWER, password=OTHER)},
                {"set_password": pb.SetPassword(name="tren", password=OTHER)},
                {"create_token": pb.CreateToken(account="tren", name="t", role=pb.ADMINISTRATOR, expires_ms=soon())})):
            number = self.add("ha%d" % n, password="").number
            token = self.done(create_token=pb.CreateToken(account="ha%d" % n, name="t", role=pb.ADMINISTRATOR,
                                                          expires_ms=soon())).token_made.token
            with Client(self.collector.port, token=token) as line:  # its requests are judged in their order
                asked = line.request(**body)
                line.token = self.collector.token
                lowered = line.request(set_role=pb.SetRole(name="ha%d" % n, role=pb.OPERATOR))
                line.send(asked)
                line.send(lowered)
                got = {r.id: r for r in (line.receive(), line.receive())}
            self.assert_status(got[lowered.id], pb.DONE)
            changes = self.changes()
            loss = max(i for i, (h, _) in enumerate(changes) if h.kind == pb.ROLE_SET)
            self.assertFalse([h.kind for h, _ in changes[loss:] if h.actor == number])
            self.assertIn(got[asked.id].status, (pb.DONE, pb.REFUSED))

    def test_nothing_that_staff_do_is_stored_behind_their_removal(self):
        rounds, units = 8, 200
        make_round(self.machine, "office", rounds * units)
        for n in range(rounds):
            number = self.add("di", pb.OPERATOR, password="").number
            token = self.done(create_token=pb.CreateToken(account="di", name="t", role=pb.OPERATOR,
                                                          expires_ms=soon())).token_made.token
            with Client(self.collector.port, token=token) as di:
                for i in range(units):
                    di.send(di.request(submit=submit("office", uuid("office", n, i), channel=pb.OFFICE,
                                                     tax_code=tax_code(n * units + i))))
                self.assert_status(di.receive(), pb.ACCEPTED)
                self.done(remove_account=pb.RemoveAccount(name="di"))
                got = [di.receive().status for _ in range(units - 1)]
            self.assertLessEqual(set(got), {pb.ACCEPTED, pb.REFUSED})
            acts = [Header(e.header) for e in self.entries()]
            last = max(i for i, h in enumerate(acts) if h.kind == pb.ACCOUNT_REMOVED)
            self.assertFalse([h.kind for h in acts[last:] if h.actor == number])
            self.assertEqual(sum(h.actor == number for h in acts), 1 + got.count(pb.ACCEPTED))

    def test_no_export_is_stored_behind_the_removal_of_whoever_asked_for_it(self):
        runs = 8
        make_round(self.machine, "xuat", 50)
        number = self.add("xuat", pb.OPERATOR, password="").number
        token = self.done(create_token=pb.CreateToken(account="xuat", name="t", role=pb.OPERATOR,
                                                      expires_ms=soon())).token_made.token
        with Client(self.collector.port, token=token) as line:  # one run after the other
            for _ in range(runs):
                line.send(line.request(run_export=pb.RunExport(round="xuat", internal=True, format=["json"])))
            got = [line.receive().status]
            self.done(remove_account=pb.RemoveAccount(name="xuat"))
            got += [line.receive().status for _ in range(runs - 1)]
        self.assertLessEqual(set(got), {pb.DONE, pb.REFUSED})
        made = [e for e in map(lambda e: Header(e.header), self.entries()) if e.kind in (pb.ACCOUNT_REMOVED, pb.EXPORT_MADE)]
        last = max(i for i, h in enumerate(made) if h.kind == pb.ACCOUNT_REMOVED)
        self.assertFalse([h.kind for h in made[last:] if h.actor == number])
        self.assertEqual(sum(h.actor == number for h in made), got.count(pb.DONE))


class LifeTest(AccountTest):
    def test_what_was_given_survives_and_what_was_ended_does_not(self):
        for how, (is_clean, keeps_checkpoint) in enumerate(((True, True), (True, False), (False, True))):
            name = "doi%d" % how
            self.add(name, pb.OPERATOR)
            kept, ended = self.token(name), self.token(name)
            self.done(self.client(ended), log_out=pb.LogOut())
            before = self.done(list_accounts=pb.ListAccounts()).accounts
            self.machine.close()
            self.collector.stop() if is_clean else self.collector.kill()
            if not keeps_checkpoint:
                os.remove(os.path.join(self.collector.data, "checkpoint"))
            self.collector.start()
            type(self).machine = self.collector.staff()
            self.assertEqual(self.done(list_accounts=pb.ListAccounts()).accounts, before)
            self.assertTrue(self.hello(kept).staff)
            self.assertFalse(self.hello(ended).staff)
            self.assertTrue(self.hello(self.token(name)).staff)
            self.assertEqual(self.done(recount=pb.Recount()).recount.differences, 0)

    def test_no_entry_and_no_file_of_the_log_holds_a_secret(self):
        self.add("bimat", pb.VIEWER)
        token = self.token("bimat")
        secrets = [PASSWORD.encode(), token, token[16:], hashlib.sha256(token).digest(), b"$argon2"]
        self.assertFalse([e.number for e in self.entries() for s in secrets if s in e.payload + e.header])
        self.assertFalse([line for line in self.collector.log if PASSWORD in line or token.hex()[32:] in line])
        for name in ("data.mdb", "journal", "checkpoint"):
            for path in glob.glob(os.path.join(self.collector.data, name)):
                with open(path, "rb") as f:
                    content = f.read()
                self.assertFalse([s for s in secrets if s in content], name)

    def test_a_hash_that_no_entry_names_is_erased_at_the_next_start(self):
        self.add("quet", pb.VIEWER)
        token = self.token("quet")
        hashed = hashlib.sha256(token).digest()
        contacts = os.path.join(self.collector.data, "contacts.mdb")
        self.machine.close()
        self.collector.stop()
        copy = tempfile.mkdtemp(prefix="khaosat-sweep-")
        self.addCleanup(shutil.rmtree, copy)
        shutil.copytree(self.collector.data, os.path.join(copy, "data"))
        with open(contacts, "rb") as f:
            self.assertIn(hashed, f.read())
        self.collector.start()
        type(self).machine = self.collector.staff()
        self.done(remove_account=pb.RemoveAccount(name="quet"))
        self.machine.close()
        self.collector.stop()
        shutil.copy(os.path.join(copy, "data", "contacts.mdb"), contacts)  # as if the erasing had not got there
        self.collector.start()
        type(self).machine = self.collector.staff()
        self.assertFalse(self.hello(token).staff)
        self.assert_status(self.log_in("quet"), pb.REFUSED)


class RestoreTest(AccountTest):
    def test_after_a_restore_accounts_are_there_and_passwords_are_set_anew(self):
        self.add("phuchoi")
        token = self.token("phuchoi")
        again = Collector()
        self.addCleanup(again.remove)
        self.machine.close()
        self.collector.stop()
        os.mkdir(again.data)
        for name in ("data.mdb", "journal"):  # what a backup holds: the log alone
            shutil.copy(os.path.join(self.collector.data, name), again.data)
        again.start()
        with again.staff() as machine, Client(again.port, token=token) as old, again.unit() as nobody:
            names = {a.name for a in machine.call(list_accounts=pb.ListAccounts()).accounts.account}
            self.assertIn("phuchoi", names)
            self.assertFalse(old.call(hello=pb.Hello()).hello.staff)
            log_in = pb.LogIn(name="phuchoi", password=PASSWORD, token_name="t", expires_ms=soon())
            self.assert_status(nobody.call(log_in=log_in), pb.REFUSED)
            self.assert_status(machine.call(set_password=pb.SetPassword(name="phuchoi", password=PASSWORD)), pb.DONE)
            self.assert_status(nobody.call(log_in=log_in), pb.DONE)
            self.assertEqual(machine.call(recount=pb.Recount()).recount.differences, 0)
        again.stop()
        self.collector.start()
        type(self).machine = self.collector.staff()


if __name__ == "__main__":
    unittest.main()

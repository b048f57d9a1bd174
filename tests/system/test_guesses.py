# SPDX-License-Identifier: Apache-2.0
"""Guessing access codes and passwords is slowed down, and keeps nobody out."""

import collections
import time
import unittest

import khaosat_pb2 as pb
from test_limits import From
from wire import Collector, access_code, make_round, status_name, tax_code, wait_until

R = "r"
STATUS = {"unit_status": pb.UnitStatus(round=R)}


class GuessTest(unittest.TestCase):
    def setUp(self):
        self.collector = Collector("--limit-loopback=yes", "--address-rate=0", "--unit-rate=0")
        self.addCleanup(self.collector.remove)
        self.collector.start()
        with self.collector.staff() as staff:
            make_round(staff, R, 20)

    def connect(self, host, i, code):
        client = From(self.collector.port, host, (tax_code(i), code))
        self.addCleanup(client.close)
        return client

    def ask(self, host, i, code):
        with From(self.collector.port, host, (tax_code(i), code)) as client:
            return client.call(**STATUS)

    def at_once(self, host, *pairs):
        """The answers to (unit, code) after (unit, code), all sent before the first is read."""
        with From(self.collector.port, host) as client:
            for i, code in pairs:
                client.credential = (tax_code(i), code)
                client.send(client.request(**STATUS))
            return [client.receive() for _ in pairs]

    def wait_until_judged(self, host, wrong):
        """Until a wrong code was looked at twice more, which begins a delay of seconds."""
        for _ in range(2):
            wait_until(lambda: status_name(self.ask(host, *wrong)) == "REFUSED")

    def flood(self, client, n):
        """The outcomes of n different wrong codes, many under way at a time."""
        outcomes = collections.Counter()
        tax = client.credential[0]
        for first in range(0, n, 100):
            for i in range(first, first + 100):
                client.credential = (tax, "Z%015d" % i)
                client.send(client.request(**STATUS))
            for _ in range(100):
                outcomes[status_name(client.receive())] += 1
        return outcomes

    def test_of_ten_thousand_guesses_few_are_judged_and_the_holder_elsewhere_gets_in(self):
        self.assertEqual(status_name(self.ask("127.0.0.2", 0, access_code(0))), "DONE")
        outcomes = self.flood(self.connect("127.0.0.9", 0, ""), 10000)
        self.assertEqual(set(outcomes), {"REFUSED", "TRY_LATER"})
        self.assertLess(outcomes["REFUSED"], 20, outcomes)  # five, and one after each delay
        # Behind a hundred more, the right one is not judged either.
        answers = self.at_once("127.0.0.9", *[(0, "Z" * 16)] * 100, (0, access_code(0)))
        self.assertEqual(status_name(answers[-1]), "TRY_LATER")
        for host in ("127.0.0.2", "127.0.0.3"):  # known, and new
            self.assertEqual(status_name(self.ask(host, 0, access_code(0))), "DONE")
        self.collector.stop()

    def test_a_wrong_code_and_an_unknown_unit_are_answered_alike_also_when_slowed_down(self):
        def told(i, host):
            answers = self.at_once(host, *[(i, "Z" * 16)] * 7)
            return [(status_name(a), a.message_vi, a.message_en, a.field, a.rule, a.retry_after_ms > 0) for a in answers]

        self.assertEqual(told(1, "127.0.0.4"), told(5000, "127.0.0.5"))
        self.assertEqual([t[0] for t in told(2, "127.0.0.6")], ["REFUSED"] * 5 + ["TRY_LATER"] * 2)

    def test_an_address_that_tries_unit_after_unit_waits_and_who_got_in_there_does_not(self):
        self.assertEqual(status_name(self.ask("127.0.0.7", 3, access_code(3))), "DONE")
        outcomes = list(map(status_name, self.at_once("127.0.0.7", *[(100 + i, "Z" * 16) for i in range(25)])))
        self.assertEqual(outcomes, ["REFUSED"] * 20 + ["TRY_LATER"] * 5)
        self.wait_until_judged("127.0.0.7", (200, "Z" * 16))
        self.assertEqual(status_name(self.ask("127.0.0.7", 4, access_code(4))), "TRY_LATER")
        self.assertEqual(status_name(self.ask("127.0.0.7", 3, access_code(3))), "DONE")
        wait_until(lambda: status_name(self.ask("127.0.0.7", 4, access_code(4))) == "DONE")  # some seconds

    def test_granting_a_firm_is_one_more_way_to_guess_and_counts_with_the_others(self):
        grant = {"grant_firm": pb.GrantFirm(round=R, firm="nobody")}
        with From(self.collector.port, "127.0.0.8", (tax_code(7), "Z" * 16)) as stranger:
            for n in range(7):
                stranger.send(stranger.request(**(grant if n % 2 else STATUS)))
            outcomes = [status_name(stranger.receive()) for _ in range(7)]
        self.assertEqual(outcomes, ["REFUSED"] * 5 + ["TRY_LATER"] * 2)
        with From(self.collector.port, "127.0.0.3", (tax_code(7), access_code(7))) as unit:
            self.assertEqual(status_name(unit.call(**grant)), "NOT_FOUND")

    def test_guesses_at_a_password_do_not_keep_its_owner_out(self):
        right, wrong = "chín con trâu trắng", "mười con trâu đen đen"

        def log_in(host, *passwords):
            expires = int(time.time() * 1000) + 600000
            with From(self.collector.port, host) as client:
                for password in passwords:
                    client.send(client.request(log_in=pb.LogIn(name="lan", password=password, token_name="t",
                                                               expires_ms=expires)))
                return [status_name(client.receive()) for _ in passwords]

        with self.collector.staff() as staff:
            self.assertEqual(status_name(staff.call(add_account=pb.AddAccount(
                name="lan", role=pb.VIEWER, password=right))), "DONE")
        outcomes = log_in("127.0.0.9", *[wrong] * 8)
        self.assertEqual(set(outcomes), {"REFUSED", "TRY_LATER"})
        self.assertGreaterEqual(outcomes.count("REFUSED"), 5)
        self.assertEqual(log_in("127.0.0.2", right), ["DONE"])
        self.collector.stop()

    def test_many_addresses_together_are_slowed_down_and_who_got_in_is_not_held_up(self):
        self.assertEqual(status_name(self.ask("127.0.0.2", 5, access_code(5))), "DONE")
        outcomes = [status_name(self.ask("127.0.1.%d" % i, 5, "Z" * 16)) for i in range(1, 250)]
        self.assertIn("TRY_LATER", outcomes)
        self.assertEqual(status_name(self.ask("127.0.0.2", 5, access_code(5))), "DONE")
        self.assertEqual(status_name(self.ask("127.0.1.1", 6, access_code(6))), "DONE")
        wait_until(lambda: status_name(self.ask("127.0.0.3", 5, access_code(5))) == "DONE")


class LoopbackTest(unittest.TestCase):
    def test_loopback_is_exempt_by_address_and_not_by_unit(self):
        collector = Collector("--unit-rate=0")
        self.addCleanup(collector.remove)
        collector.start()
        with collector.staff() as staff:
            make_round(staff, R, 3)
        with From(collector.port, unit=(tax_code(0), "Z" * 16)) as stranger:
            outcomes = [status_name(stranger.call(**STATUS)) for _ in range(200)]
        self.assertGreaterEqual(outcomes.count("REFUSED"), 60)
        self.assertIn("TRY_LATER", outcomes)
        with From(collector.port, unit=(tax_code(1), access_code(1))) as other:
            for _ in range(200):  # right ones use nothing up
                self.assertEqual(status_name(other.call(**STATUS)), "DONE")
        collector.stop()


if __name__ == "__main__":
    unittest.main()

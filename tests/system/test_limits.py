# SPDX-License-Identifier: Apache-2.0
"""What one peer, one unit and all together may take up, and what happens beyond it."""

import os
import resource
import signal
import socket
import struct
import threading
import time
import unittest

import khaosat_pb2 as pb
from scrape import metrics, sample
from wire import (ANSWER_LIMIT_S, SURVEY, Client, Collector, access_code, is_sanitized, make_round, status_name,
                  submit, survey_json, tax_code, uuid, wait_until)

R = "r"


class From(Client):
    """A client with an address of its own on loopback."""

    def __init__(self, port, host="127.0.0.1", unit=None):
        self.socket = socket.create_connection(("127.0.0.1", port), ANSWER_LIMIT_S, (host, 0))
        self.credential = unit
        self.token = None
        self.next_id = 0

    def is_served(self):
        try:
            return self.call(hello=pb.Hello()).status == pb.DONE
        except (EOFError, ConnectionError):
            return False


class LimitsTest(unittest.TestCase):
    def setUp(self):
        self.collector = Collector("--limit-loopback=yes")
        self.addCleanup(self.collector.remove)

    def connect(self, host="127.0.0.1", unit=None):
        client = From(self.collector.port, host, unit)
        self.addCleanup(client.close)
        return client

    def lines(self, word):
        return [line for line in self.collector.log if word in line]

    def ask_until_told_to_wait(self, client, most, **body):
        """How many were answered before one was told to try later."""
        for n in range(most):
            answer = client.call(**body)
            if answer.status == pb.TRY_LATER:
                self.assertGreaterEqual(answer.retry_after_ms, 500)
                return n
        self.fail("all of %d were answered" % most)

    def test_an_address_has_so_many_connections_and_another_has_its_own(self):
        self.collector.start("--connections-per-address=3")
        first = [self.connect() for _ in range(3)]
        self.assertTrue(all(client.is_served() for client in first))
        self.assertFalse(self.connect().is_served())
        self.assertTrue(self.connect("127.0.0.2").is_served())
        self.assertTrue(all(client.is_served() for client in first))
        first[0].close()
        wait_until(lambda: self.connect().is_served())
        self.collector.wait_log(r"its address has too many peer=127\.0\.0\.1:\d+")
        self.collector.stop()

    def test_an_address_that_asks_too_often_is_told_to_try_later(self):
        self.collector.start("--address-rate=1")
        busy = self.connect()
        answered = self.ask_until_told_to_wait(busy, 200, hello=pb.Hello())
        self.assertGreaterEqual(answered, 9)  # and the connection
        self.assertTrue(self.connect("127.0.0.2").is_served())
        wait_until(busy.is_served)
        self.collector.stop()

    def test_connections_count_as_requests_so_that_handshakes_cost_no_more(self):
        self.collector.start("--address-rate=1")
        patient = self.connect()
        for _ in range(30):
            self.connect()
        self.collector.wait_log(r"its address comes too often peer=127\.0\.0\.1:\d+")
        self.assertFalse(self.connect().is_served())
        self.assertTrue(self.connect("127.0.0.2").is_served())
        wait_until(patient.is_served)
        self.collector.stop()

    def test_loopback_is_spared_unless_told_otherwise(self):
        self.collector.start("--address-rate=1", "--connections-per-address=1", "--limit-loopback=no")
        clients = [self.connect() for _ in range(5)]
        for _ in range(20):
            self.assertTrue(all(client.is_served() for client in clients))
        self.collector.stop()

    def test_a_unit_that_asks_too_often_waits_and_a_stranger_cannot_make_it_wait(self):
        self.collector.start("--unit-rate=1", "--address-rate=0")
        with self.collector.staff() as office:
            make_round(office, R, 3)
        busy, calm = (self.connect(unit=(tax_code(i), access_code(i))) for i in range(2))
        stranger = self.connect("127.0.0.3", (tax_code(1), access_code(0)))
        status = {"unit_status": pb.UnitStatus(round=R)}
        for _ in range(200):  # wrong codes, most of them not judged
            self.assertIn(status_name(stranger.call(**status)), ("REFUSED", "TRY_LATER"))
        self.assertGreaterEqual(self.ask_until_told_to_wait(busy, 200, **status), 10)
        self.assertEqual(status_name(calm.call(**status)), "DONE")
        with self.collector.staff() as office:
            for _ in range(50):
                self.assertEqual(office.call(unit_status=pb.UnitStatus(round=R, tax_code=tax_code(0))).status, pb.DONE)
        wait_until(lambda: busy.call(submit=submit(R, uuid("x"))).status == pb.ACCEPTED)
        self.collector.stop()

    def test_a_limit_that_is_lifted_at_a_hangup_no_longer_holds(self):
        path = os.path.join(self.collector.folder, "ini")
        with open(path, "w", encoding="ascii") as out:
            out.write("address-rate = 1\n")
        self.collector.start("--config", path)
        client = self.connect()
        self.ask_until_told_to_wait(client, 200, hello=pb.Hello())
        with open(path, "w", encoding="ascii") as out:
            out.write("address-rate = 0\n")
        self.collector.process.send_signal(signal.SIGHUP)
        self.collector.wait_log("reloaded")
        for _ in range(200):
            self.assertTrue(client.is_served())
        self.collector.stop()

    def test_beyond_all_connections_each_is_turned_away_and_it_is_said_once(self):
        self.collector.start("--connections=5")
        first = [self.connect() for _ in range(5)]
        self.assertTrue(all(client.is_served() for client in first))
        for _ in range(30):
            self.assertFalse(self.connect().is_served())
        self.assertTrue(all(client.is_served() for client in first))
        first[0].close()
        wait_until(lambda: self.connect().is_served())
        self.collector.stop()
        self.assertEqual(len(self.lines("all are taken connections=5")), 1, self.collector.log)

    def test_where_the_system_gives_few_descriptors_connections_are_fewer_and_none_hangs(self):
        def few():
            resource.setrlimit(resource.RLIMIT_NOFILE, (120, 120))

        self.collector.start("--loops=1", before_exec=few)
        self.collector.wait_log(r"fewer connections than asked for descriptors=120 connections=84$")
        clients = [self.connect() for _ in range(120)]
        self.assertEqual(sum(client.is_served() for client in clients), 84)
        with self.assertRaises((EOFError, OSError)):
            with self.collector.staff() as office:
                office.call(hello=pb.Hello())
        for client in clients:
            client.close()
        wait_until(lambda: self.connect().is_served())
        with self.collector.staff() as office:
            make_round(office, R, 3)
        self.collector.stop()
        self.assertEqual(len(self.lines("all are taken")), 1, self.collector.log)

    def test_with_the_table_of_descriptors_full_those_within_are_served_and_it_is_said_once(self):
        self.collector.start("--loops=1", "--core-dumps=yes")  # so that its descriptors can be counted
        with self.collector.staff() as office:
            make_round(office, R, 300)
        unit = self.connect(unit=(tax_code(0), access_code(0)))
        self.assertTrue(unit.is_served())
        pid = self.collector.process.pid
        taken = len(os.listdir("/proc/%d/fd" % pid))
        most = resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (taken + 4, most))
        for n in range(3):
            inside = [self.connect() for _ in range(3)]
            self.assertTrue(all(client.is_served() for client in inside))
            outside = [self.connect() for _ in range(5)]
            self.collector.wait_log("no further connection can be taken")
            answer = unit.call(submit=submit(R, uuid("submission", n), deprecated_id=uuid(
                "submission", n - 1) if n > 0 else b""))
            self.assertEqual(status_name(answer), "ACCEPTED")
            for client in inside:
                client.close()
            for client in outside:  # they have waited, and nobody is lost
                self.assertTrue(client.is_served())
                client.close()
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (most, most))
        wait_until(lambda: self.connect().is_served())
        self.assertGreaterEqual(sample(metrics(self.collector), "khaosat_refused_total", reason="descriptors"), 3)
        self.collector.stop()
        self.assertEqual(len(self.lines("no further connection")), 1, self.collector.log)


class SlowReaderTest(unittest.TestCase):
    def large_survey(self, collector):
        lists = {"commune": {"codes": [{"code": "%05d" % i, "label": 400 * "x"} for i in range(1000)]}}
        large = survey_json(lists={**SURVEY["lists"], **lists})
        with collector.staff() as office:
            make_round(office, R, 1)
            self.assertEqual(status_name(office.call(put_survey=pb.PutSurvey(
                json=large.replace(b'"WIRE"', b'"LARGE"')))), "DONE")
        return {"get_survey": pb.GetSurvey(id="LARGE", version=3)}

    def test_all_who_do_not_read_hold_no_more_than_the_memory_for_answers(self):
        collector = Collector("--loops=2", "--output-memory=2")
        self.addCleanup(collector.remove)
        collector.start()
        peers, asked = 20, 30  # more than the system would ever hold for us
        wanted = self.large_survey(collector)
        before_kib = collector.memory_kib()
        greedy = [collector.unit() for _ in range(peers)]
        for client in greedy:
            self.addCleanup(client.close)
            for _ in range(asked):
                client.send(client.request(**wanted))
        with collector.unit(tax_code(0), access_code(0)) as other:
            self.assertEqual(status_name(other.call(submit=submit(R, uuid("x")))), "ACCEPTED")
            self.assertTrue(any(self.was_denied(client, asked) for client in reversed(greedy)))
            held_kib = collector.memory_kib() - before_kib
            print("%d peers hold %d KiB in all" % (peers, held_kib), flush=True)
            if not is_sanitized():
                self.assertLess(held_kib, 12 << 10)
            for client in greedy:
                client.close()
            wait_until(lambda: other.call(**wanted).status == pb.DONE)
        collector.stop()

    def was_denied(self, client, asked):
        """Told to try later, or closed since it took nothing."""
        try:
            for _ in range(asked):
                answer = client.receive()
                if answer.status == pb.TRY_LATER:
                    self.assertGreaterEqual(answer.retry_after_ms, 500)
                    return True
        except (EOFError, ConnectionError):
            return True
        return False

    def test_a_peer_that_asks_and_hardly_reads_holds_little_and_is_closed(self):
        collector = Collector("--loops=1", "--read-timeout=3000", "--log-level=debug")
        self.addCleanup(collector.remove)
        collector.start()
        peers, asked = 40, 200
        wanted = self.large_survey(collector)
        before_kib = collector.memory_kib()
        slow = []
        for _ in range(peers):
            client = collector.unit()
            self.addCleanup(client.close)
            body = client.request(**wanted).SerializeToString()
            client.send_raw((struct.pack(">I", len(body)) + body) * asked)
            slow.append(client)
        with collector.unit() as other:
            for _ in range(50):
                self.assertEqual(other.call(hello=pb.Hello()).status, pb.DONE)
            answer = len(other.call(**wanted).SerializeToString())
            held_kib = collector.memory_kib() - before_kib
        self.assertGreater(answer, 300000)
        print("answers of %d bytes, asked for %d times each: %d KiB held a peer" % (answer, asked, held_kib // peers),
              flush=True)
        if not is_sanitized():
            self.assertLess(held_kib / peers, (answer + (128 << 10)) * 1.5 / 1024)
        self.wait_for_all_closed(collector, slow[:peers // 2], peers + 2)
        collector.stop()

    def wait_for_all_closed(self, collector, dripping, sessions):
        """Some take a few bytes now and then, which buys them nothing."""
        limit = time.monotonic() + ANSWER_LIMIT_S
        pause = threading.Event()
        while sum(" closed" in line for line in list(collector.log)) < sessions:
            self.assertLess(time.monotonic(), limit, collector.log[-5:])
            pause.wait(0.1)
            for client in dripping:
                try:
                    client.socket.recv(16)
                except ConnectionResetError:
                    pass


if __name__ == "__main__":
    unittest.main()

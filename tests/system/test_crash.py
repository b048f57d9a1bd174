# SPDX-License-Identifier: Apache-2.0
"""khaosatd killed again and again under load. What it had acknowledged is in the log, byte for byte; what
it had not is there once or not at all; sent again, everything gets the receipt it had."""

import os
import random
import threading
import unittest

import khaosat_pb2 as pb
from wire import Collector, Header, answers, make_round, row, load_rows, status_name, submit, tax_code, uuid

R = "crash"
KILLS = 20
UNITS = 1500
CONNECTIONS = 6


class Sent:
    """What was sent, by instance_id, and the receipts that came back. Each has one sender."""

    def __init__(self):
        self.bodies = {}
        self.receipts = {}
        self.heads = {}


class Sender(threading.Thread):
    """Pipelines submissions, corrections and withdrawals of its own units until the collector is gone."""

    def __init__(self, collector, sent, units, seed, enough):
        super().__init__()
        self.collector, self.sent, self.units = collector, sent, units
        self.random = random.Random(seed)
        self.enough = enough
        self.failure = None

    def body_for(self, i):
        head = self.sent.heads.get(i)
        new = uuid(i, self.random.random())
        if head is not None and self.random.random() < 0.1:
            return i, new, {"withdraw": pb.Withdraw(round=R, head=head, instance_id=new, tax_code=tax_code(i))}
        comment = "x" * self.random.choice((0, 10, 90))
        fields = {"deprecated_id": head} if head is not None else {}
        return i, new, {"submit": submit(R, new, answers(comment=comment or None, number=self.random.randrange(500)),
                                         tax_code=tax_code(i), channel=pb.OFFICE, **fields)}

    def replay(self, client):
        """First what got no answer from the last run: unsure, so the very same again."""
        for i in self.units:
            for instance_id in [k for k, (unit, _) in self.sent.bodies.items()
                                if unit == i and k not in self.sent.receipts]:
                self.take(client.call(**self.sent.bodies[instance_id][1]), instance_id)

    def take(self, response, instance_id):
        if response.status not in (pb.ACCEPTED, pb.REPLAYED):
            raise AssertionError(response)
        i, body = self.sent.bodies[instance_id]
        self.sent.receipts[instance_id] = response.receipt.SerializeToString()
        self.sent.heads[i] = None if "withdraw" in body else instance_id

    def work(self):
        with self.collector.staff() as client:
            self.replay(client)
            while True:
                waiting = {}
                for i in self.random.sample(self.units, 24):
                    i, instance_id, body = self.body_for(i)
                    self.sent.bodies[instance_id] = (i, body)
                    request = client.request(**body)
                    waiting[request.id] = instance_id
                    client.send(request)
                for _ in range(len(waiting)):
                    response = client.receive()
                    self.take(response, waiting[response.id])
                    self.enough.release()

    def run(self):
        try:
            self.work()
        except (EOFError, OSError):
            pass
        except BaseException as failure:  # noqa: B902
            self.failure = failure


class CrashTest(unittest.TestCase):
    def setUp(self):
        self.collector = Collector("--checkpoint-every", "300")
        self.addCleanup(self.collector.remove)
        self.random = random.Random(57)

    def under_load(self, parts, end):
        """Start, send, and once some answers have come back, end it in the midst."""
        enough = threading.Semaphore(0)
        self.collector.start()
        senders = [Sender(self.collector, sent, units, self.random.random(), enough) for sent, units in parts]
        for sender in senders:
            sender.start()
        for _ in range(self.random.randrange(1, 200)):
            self.assertTrue(enough.acquire(timeout=60))
        end()
        for sender in senders:
            sender.join(60)
            if sender.failure is not None:
                raise sender.failure

    def read_log(self, office):
        entries, at = [], 1
        while True:
            page = office.call(read_log=pb.ReadLog(**{"from": at})).log_entries
            if not page.entry:
                return entries
            entries += page.entry
            at = entries[-1].number + 1

    def check_log(self, office, parts):
        """Every receipt's entry, and no entry of a unit that nobody sent."""
        self.assertEqual(office.call(recount=pb.Recount()).recount.differences, 0)
        entries = self.read_log(office)
        self.assertEqual([e.number for e in entries], list(range(1, len(entries) + 1)))
        by_number = {e.number: e for e in entries}
        bodies, receipts = {}, {}
        for sent, _ in parts:
            bodies.update(sent.bodies)
            receipts.update(sent.receipts)
        for instance_id, receipt in receipts.items():
            receipt = pb.Receipt.FromString(receipt)
            entry = by_number[receipt.number]
            self.assertEqual(entry.header, receipt.header)
            self.assertEqual(Header(entry.header).instance_id, instance_id)
            body = bodies[instance_id][1]
            self.assertEqual(entry.payload, body["submit"].answers if "submit" in body else b"")
        stored = [Header(e.header).instance_id for e in entries
                  if Header(e.header).kind in (pb.SUBMISSION, pb.CORRECTION, pb.WITHDRAWAL)]
        self.assertEqual(len(stored), len(set(stored)))
        self.assertLessEqual(set(stored), set(bodies))
        self.assertLessEqual(set(receipts), set(stored))

    def test_what_was_acknowledged_outlives_every_kill(self):
        self.collector.start()
        with self.collector.staff() as office:
            make_round(office, R, UNITS)
        self.collector.stop()
        parts = [(Sent(), list(range(k, UNITS, CONNECTIONS))) for k in range(CONNECTIONS)]
        for n in range(KILLS):
            # now and then a clean stop between two kills
            self.under_load(parts, self.collector.stop if n % 7 == 3 else self.collector.kill)
            if n % 5 == 2:  # the log alone must do as well
                for name in ("checkpoint", "checkpoint.new"):
                    path = os.path.join(self.collector.data, name)
                    if os.path.exists(path):
                        os.unlink(path)
        self.collector.start()
        with self.collector.staff() as office:
            self.check_log(office, parts)
            for sent, units in parts:
                for instance_id in self.random.sample(sorted(sent.receipts), min(100, len(sent.receipts))):
                    again = office.call(**sent.bodies[instance_id][1])
                    self.assertEqual(status_name(again), "REPLAYED")
                    self.assertEqual(again.receipt.SerializeToString(), sent.receipts[instance_id])
        self.collector.stop()

    def test_a_register_is_loaded_from_chunks_of_before_the_kill(self):
        self.collector.start()
        rows = [row(R, i) for i in range(300)]
        with self.collector.staff() as office:
            make_round(office, "other", 3)
            self.assertEqual(office.call(create_round=pb.CreateRound(
                name=R, survey_id="WIRE", survey_version=3, reference_date="2025-06-30")).status, pb.DONE)
            numbers = [office.call(register_chunk=self.chunk(rows, n)).chunk_stored.number for n in range(3)]
        for end in (self.collector.kill, self.collector.stop):  # from the log, then from a checkpoint
            end()
            self.collector.start()
            with self.collector.staff() as office:
                again = [office.call(register_chunk=self.chunk(rows, n)).chunk_stored.number for n in range(3)]
                self.assertEqual(again, numbers)
        with self.collector.staff() as office:
            self.assertEqual(load_rows(office, R, rows, 100).status, pb.DONE)
            self.assertEqual(office.call(open_round=pb.OpenRound(round=R)).status, pb.DONE)
            self.assertEqual(office.call(recount=pb.Recount()).recount.differences, 0)
        self.collector.kill()
        self.collector.start()
        with self.collector.staff() as office:
            rounds = {r.name: r for r in office.call(list_rounds=pb.ListRounds()).rounds.round}
            self.assertEqual((rounds[R].units, rounds[R].phase), (300, pb.OPEN))
        self.collector.stop()

    def chunk(self, rows, n):
        return pb.RegisterChunk(round=R, chunk_id=uuid(R, "chunk", 100 * n),
                                rows=pb.RegisterRows(row=rows[100 * n:100 * n + 100]).SerializeToString())


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""One data folder and a khaosatd over it that is killed again and again. A plan made from a seed says how
each run ends; the ledger remembers what was sent and what was answered; after each death what is there is
held against it, and everything unanswered is sent again, the very same."""

import hashlib
import os
import random
import subprocess
import threading

import khaosat_pb2 as pb
from wire import Collector, Header, answers, make_round, row, status_name, submit, tax_code, uuid

MAIN = "main"
UNITS = 1200
CONNECTIONS = 4
PIPELINED = 24
LIMIT_S = 60
SUBMITTED = (pb.SUBMISSION, pb.CORRECTION, pb.WITHDRAWAL)

# How a run ends: at so many answers to units or to the office, when a checkpoint is being written, within the
# start (as a share of the time a start takes), within a clean stop, or by a clean stop.
ENDS = ("load", "load", "load", "office", "office", "checkpoint", "start", "start", "stopping", "stop")
SIDE_ROWS, SIDE_CHUNKS = 60, 3


class Ledger:
    """What one sender has sent, by instance_id, and what it was told."""

    def __init__(self):
        self.sent = {}      # instance_id -> (unit, body)
        self.receipts = {}  # instance_id -> the receipt's bytes
        self.unsure = {}    # unit -> instance_id: sent and not answered
        self.heads = {}     # unit -> instance_id or None

    def send(self, unit, instance_id, body):
        self.sent[instance_id] = (unit, body)
        self.unsure[unit] = instance_id

    def take(self, instance_id, response):
        unit, body = self.sent[instance_id]
        if response.status not in (pb.ACCEPTED, pb.REPLAYED):
            raise AssertionError("%s was answered %s" % (body, response))
        receipt = response.receipt.SerializeToString()
        if self.receipts.setdefault(instance_id, receipt) != receipt:
            raise AssertionError("another receipt for %s" % instance_id.hex())
        self.heads[unit] = None if "withdraw" in body else instance_id
        if self.unsure.get(unit) == instance_id:
            del self.unsure[unit]


class Sender(threading.Thread):
    """Until the collector is gone. What ends it otherwise is kept for whoever joins it."""

    def __init__(self, collector, seed):
        super().__init__(daemon=True)
        self.collector, self.random = collector, random.Random(seed)
        self.answered = threading.Semaphore(0)
        self.failure = None

    def run(self):
        try:
            with self.collector.staff() as client:
                self.work(client)
        except (EOFError, OSError):
            pass
        except BaseException as failure:  # noqa: B902
            self.failure = failure
        finally:
            for _ in range(1000):  # nobody waits for one that has ended
                self.answered.release()


class Unit(Sender):
    """Submissions, corrections and withdrawals of its own units, pipelined; first what is unsure."""

    def __init__(self, collector, seed, ledger, units):
        super().__init__(collector, seed)
        self.ledger, self.units = ledger, units

    def body(self, unit):
        head, new = self.ledger.heads.get(unit), uuid(unit, self.random.random())
        if head is not None and self.random.random() < 0.1:
            return new, {"withdraw": pb.Withdraw(round=MAIN, head=head, instance_id=new, tax_code=tax_code(unit))}
        comment = "x" * self.random.choice((0, 10, 90)) or None
        fields = {"deprecated_id": head} if head is not None else {}
        return new, {"submit": submit(MAIN, new, answers(comment=comment, number=self.random.randrange(500)),
                                      tax_code=tax_code(unit), channel=pb.OFFICE, **fields)}

    def exchange(self, client, bodies):
        waiting = {}
        for instance_id, body in bodies:
            request = client.request(**body)
            waiting[request.id] = instance_id
            client.send(request)
        while waiting:
            response = client.receive()
            self.ledger.take(waiting.pop(response.id), response)
            self.answered.release()

    def work(self, client):
        unsure = list(self.ledger.unsure.values())
        for at in range(0, len(unsure), PIPELINED):
            self.exchange(client, [(i, self.ledger.sent[i][1]) for i in unsure[at:at + PIPELINED]])
        while True:
            bodies = []
            for unit in self.random.sample(self.units, PIPELINED):
                bodies.append(self.body(unit))
                self.ledger.send(unit, *bodies[-1])
            self.exchange(client, bodies)


class OfficeWork(Sender):
    """Rounds beside the main one: created, registered in chunks, opened, answered, closed. Each step is
    repeated until it was answered, and what was told done stays done."""

    def __init__(self, collector, seed, done):
        super().__init__(collector, seed)
        self.done = done  # of (round, step) -> what was told
        self.may_be_put_off = False  # a stop does not wait for what waits for the worker

    def steps(self, name):
        rows = [row(name, i) for i in range(SIDE_ROWS)]
        size = SIDE_ROWS // SIDE_CHUNKS
        yield "create", lambda: {"create_round": pb.CreateRound(
            name=name, survey_id="WIRE", survey_version=3, reference_date="2025-06-30")}
        for n in range(SIDE_CHUNKS):
            yield "chunk%d" % n, lambda n=n: {"register_chunk": pb.RegisterChunk(
                round=name, chunk_id=uuid(name, n),
                rows=pb.RegisterRows(row=rows[size * n:size * n + size]).SerializeToString())}
        yield "load", lambda: {"load_register": pb.LoadRegister(
            round=name, rows=SIDE_ROWS, chunk=[self.done[name, "chunk%d" % n] for n in range(SIDE_CHUNKS)])}
        yield "open", lambda: {"open_round": pb.OpenRound(round=name)}
        yield "answer", lambda: {"submit": self.answer(name)}
        yield "close", lambda: {"close_round": pb.CloseRound(round=name)}

    def answer(self, name):
        return submit(name, uuid(name, "answer"), answers(), tax_code=tax_code(0), channel=pb.OFFICE)

    def work(self, client):
        n = 0
        while True:
            name = "side-%d" % n
            for step, body in self.steps(name):
                if (name, step) in self.done:
                    continue
                response = client.call(**body())
                if response.status == pb.TRY_LATER and self.may_be_put_off:
                    return
                if response.status not in (pb.DONE, pb.ALREADY, pb.ACCEPTED, pb.REPLAYED):
                    raise AssertionError("%s %s was answered %s" % (name, step, response))
                told = response.chunk_stored.number if step.startswith("chunk") else True
                self.done[name, step] = response.receipt.SerializeToString() if step == "answer" else told
                self.answered.release()
            n += 1


class Life:
    def __init__(self, seed, *options):
        self.random = random.Random(seed)
        self.seed = seed
        self.collector = Collector("--checkpoint-every", str(self.random.choice((50, 300, 100000))), *options)
        self.parts = [(Ledger(), list(range(k, UNITS, CONNECTIONS))) for k in range(CONNECTIONS)]
        self.done = {}
        self.audited = 0   # entries up to here have been held against the ledgers
        self.entries = {}  # instance_id -> number, of the audited
        self.start_s = 0.05
        self.counts = {"kills": 0, "stops": 0, "replays": 0}

    def begin(self):
        self.collector.start()
        with self.collector.staff() as office:
            make_round(office, MAIN, UNITS)

    # ------------------------------------------------------------------------------ one run

    def end_at_start(self):
        self.collector.launch()
        try:
            code = self.collector.process.wait(self.random.random() * 1.2 * self.start_s)
            raise AssertionError("khaosatd ended by itself with %d: %s" % (code, self.collector.log))
        except subprocess.TimeoutExpired:
            pass
        self.collector.kill()

    def when_checkpoint_is_written(self, senders):
        """A new one appears under its temporary name; where none comes, some answers are enough."""
        path = os.path.join(self.collector.data, "checkpoint.new")
        for _ in range(2000):
            if os.path.exists(path) or not senders[0].answered.acquire(timeout=LIMIT_S):
                return

    def run(self, end):
        senders = [Unit(self.collector, self.random.random(), *part) for part in self.parts]
        senders.append(OfficeWork(self.collector, self.random.random(), self.done))
        for sender in senders:
            sender.start()
        if end == "checkpoint":
            self.when_checkpoint_is_written(senders)
        else:
            waited = senders[-1] if end == "office" else senders[0]
            for _ in range(self.random.randrange(1, 9 if end == "office" else 40)):
                if not waited.answered.acquire(timeout=LIMIT_S):
                    raise AssertionError("no answer")
        senders[-1].may_be_put_off = end in ("stop", "stopping")
        if end == "stop":
            self.collector.stop()
        else:
            if end == "stopping":
                self.collector.process.terminate()
                try:
                    self.collector.process.wait(self.random.random() * 0.05)
                except subprocess.TimeoutExpired:
                    pass
            self.collector.kill()
        for sender in senders:
            sender.join(LIMIT_S)
            if sender.failure is not None:
                raise sender.failure

    def forget_checkpoint(self):
        for name in ("checkpoint", "checkpoint.new"):
            path = os.path.join(self.collector.data, name)
            if os.path.exists(path):
                os.unlink(path)

    def turn(self):
        """One death, whatever it is, and what is found after it."""
        end = self.random.choice(ENDS)
        if end == "start":
            self.collector.kill()
            self.counts["kills"] += 1
            self.end_at_start()
        else:
            self.run(end)
        self.counts["stops" if end == "stop" else "kills"] += 1
        if self.random.random() < 0.15:  # the log alone must do as well
            self.forget_checkpoint()
        self.start_s = self.collector.start().start_s
        with self.collector.staff() as office:
            self.audit(office)
            self.replay(office, 5)

    # ------------------------------------------------------------------------------ what is there

    def audit(self, office):
        """New entries: each was sent, stands once, byte for byte; each receipt's entry is among them."""
        sent, receipts = {}, {}
        for ledger, _ in self.parts:
            sent.update(ledger.sent)
            receipts.update(ledger.receipts)
        for (name, step), told in self.done.items():
            if step == "answer":
                receipts[uuid(name, "answer")] = told
        while True:
            page = office.call(read_log=pb.ReadLog(**{"from": self.audited + 1})).log_entries
            if not page.entry:
                break
            for entry in page.entry:
                self.audit_entry(entry, sent, receipts)
        for instance_id, receipt in receipts.items():
            number = pb.Receipt.FromString(receipt).number
            if self.entries.get(instance_id) != number:
                raise AssertionError("accepted as %d and gone: %s" % (number, instance_id.hex()))
        self.audit_office(office)

    def audit_entry(self, entry, sent, receipts):
        header = Header(entry.header)
        self.audited += 1
        assert entry.number == self.audited, (entry.number, self.audited)
        assert header.sha256 == hashlib.sha256(entry.payload).digest(), entry.number
        if header.kind == pb.REGISTER_CHUNK or header.kind not in SUBMITTED:
            return
        who = header.instance_id
        side = [name for name in self.side_rounds() if uuid(name, "answer") == who]
        body = sent[who][1] if who in sent else {"submit": pb.Submit(answers=answers())} if side else None
        assert body is not None, "entry %d was sent by nobody" % entry.number
        assert who not in self.entries, "entry %d is there twice" % entry.number
        assert entry.payload == (body["submit"].answers if "submit" in body else b""), entry.number
        if who in receipts:
            receipt = pb.Receipt.FromString(receipts[who])
            assert (receipt.number, receipt.header) == (entry.number, entry.header), entry.number
        self.entries[who] = entry.number

    def side_rounds(self):
        return ["side-%d" % n for n in range(len({name for name, _ in self.done}) + 1)]

    def audit_office(self, office):
        rounds = {r.name: r for r in office.call(list_rounds=pb.ListRounds()).rounds.round}
        reached = {"create": pb.CREATED, "load": pb.LOADED, "open": pb.OPEN, "close": pb.CLOSED}
        for name, step in self.done:
            if step in reached:
                assert name in rounds and rounds[name].phase >= reached[step], (name, step, rounds.get(name))

    def replay(self, office, most):
        for ledger, _ in self.parts:
            for instance_id in self.random.sample(sorted(ledger.receipts), min(most, len(ledger.receipts))):
                again = office.call(**ledger.sent[instance_id][1])
                assert status_name(again) == "REPLAYED", again
                assert again.receipt.SerializeToString() == ledger.receipts[instance_id], again
                self.counts["replays"] += 1

    def audit_all(self):
        """From the first entry on, as if nothing had been looked at before, and by a recount."""
        with self.collector.staff() as office:
            self.audited, self.entries = 0, {}
            self.audit(office)
            recount = office.call(recount=pb.Recount()).recount
            assert recount.differences == 0, recount

    def result(self):
        return {**self.counts, "sent": sum(len(ledger.sent) for ledger, _ in self.parts),
                "accepted": sum(len(ledger.receipts) for ledger, _ in self.parts), "entries": self.audited,
                "rounds": len(self.side_rounds())}


def live(seed, kills, *options):
    """A whole life; the counts of what was done and seen."""
    life = Life(seed, *options)
    try:
        life.begin()
        while life.counts["kills"] < kills:
            life.turn()
            if life.random.random() < 0.1:
                life.audit_all()
        life.audit_all()
        life.collector.stop()
        return life.result()
    except BaseException as failure:
        raise AssertionError("seed %d, after %s: %s" % (seed, life.result(), failure)) from failure
    finally:
        life.collector.remove()

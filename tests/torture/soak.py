# SPDX-License-Identifier: Apache-2.0
"""Mixed load for long: submissions at a steady rate, corrections, replays, withdrawals, rates every second,
exports, registers of further rounds, and one client in ten that misbehaves. Sampled each second: memory,
descriptors, latency. At the end every figure must equal a recount, and the second half must not have grown
over the first by more than stated."""

import argparse
import os
import random
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

from office import ROUND, Office
from wire import Client, Header, is_sanitized, uuid

import khaosat_pb2 as pb

WARM_UP = 0.2            # of the time: caches fill, the log's map is touched
RSS_A_ENTRY = 200        # bytes; the columns' own are 100 a unit, and there are more units with each round
RSS_SLACK = 16 << 20     # bytes
DESCRIPTORS_SLACK = 24   # clients come and go while they are counted
LATENCY_FACTOR = 2.0     # the median of the second half over that of the first
LATENCY_SLACK_MS = 5
P99_SLACK_MS = 50        # syncs of a disk that others use too
LATENCY_MINUTES = 5      # in less there are too few for a median
OWN_UNITS = 300          # the first of the register: for corrections


class Part(threading.Thread):
    """One kind of load, over and over until the time is up. What goes wrong is kept."""

    def __init__(self, soak, seed):
        super().__init__(daemon=True)
        self.soak, self.random = soak, random.Random("%s %d" % (type(self).__name__, seed))
        self.done, self.failure = 0, None

    pause_s = 0.0

    def run(self):
        try:
            self.begin()
            while not self.soak.over.wait(self.pause_s):
                self.turn()
                self.done += 1
        except BaseException as failure:  # noqa: B902
            self.failure = failure
            self.soak.over.set()

    def begin(self):
        pass

    def call(self, client, **body):
        """Again while the collector is busy, as it asks for."""
        while True:
            response = client.call(**body)
            if response.status != pb.TRY_LATER:
                return response
            self.soak.refused += 1
            self.soak.over.wait(response.retry_after_ms / 1000)


class Submissions(Part):
    """The generator: whole questionnaires with the units' own codes, some thousands a second."""

    def begin(self):
        self.at, self.latencies = OWN_UNITS, []

    def turn(self):
        soak = self.soak
        count = int(soak.options.rate * 10)
        assert self.at + count <= soak.options.units, "the units do not last"
        result = soak.office.storm(self.at, count, 32, 2, soak.options.rate, 20)
        assert result["others"] == 0, result
        self.latencies.append((time.monotonic(), result["accepted_p50_ms"], result["accepted_p99_ms"]))
        self.at += count
        soak.accepted += result["accepted_in_all"]
        soak.refused += result["refused"]


class Corrections(Part):
    """Its own units, each answered, corrected, replayed, now and then withdrawn."""

    pause_s = 0.01

    def begin(self):
        self.client = self.soak.office.staff()
        self.units = sorted(self.soak.own)
        self.heads = {unit: head for unit, (head, _) in self.soak.own.items()}

    def turn(self):
        unit = self.random.choice(self.units)
        head, new = self.heads.get(unit), uuid(unit, self.done)
        if head is not None and self.random.random() < 0.1:
            response = self.call(self.client, withdraw=pb.Withdraw(round=ROUND, head=head, instance_id=new,
                                                                   tax_code=unit))
            self.heads[unit] = None
        else:
            submit = pb.Submit(round=ROUND, survey_id="HT-DT", survey_version=1, instance_id=new, channel=pb.OFFICE,
                               tax_code=unit, answers=self.soak.own[unit][1], deprecated_id=head or b"")
            response = self.call(self.client, submit=submit)
            again = self.call(self.client, submit=submit)
            assert again.status == pb.REPLAYED and again.receipt == response.receipt, again
            self.heads[unit] = new
        assert response.status == pb.ACCEPTED, response
        self.soak.accepted += 1


class Rates(Part):
    pause_s = 1.0

    def begin(self):
        self.client = self.soak.office.staff()
        self.took_ms = []

    def turn(self):
        begin = time.monotonic()
        response = self.client.call(get_rates=pb.GetRates(round=ROUND, by=list(range(7))))
        self.took_ms.append((time.monotonic(), 1000 * (time.monotonic() - begin)))
        assert response.status == pb.DONE and len(response.rates.rate) > 1000, response.status


class Exports(Part):
    """For staff and of single answers each time; now and then one for the public, which the collector keeps."""

    pause_s = 20.0
    public_every = 15

    def turn(self):
        folder = tempfile.mkdtemp(dir=self.soak.office.folder)
        for name, command in ("figures", ["export", "run", "--internal"]), ("answers", ["microdata"]):
            self.soak.office.khaosat(*command, "--round", ROUND, "--output", os.path.join(folder, name))
        subprocess.run(["rm", "-r", folder], check=True)
        if self.done % self.public_every == 0:
            self.soak.office.khaosat("export", "run", "--round", ROUND)


class Registers(Part):
    pause_s = 30.0

    def turn(self):
        name = "further-%d" % self.done
        codes = os.path.join(self.soak.office.folder, name + ".csv")
        self.soak.office.import_register(name, 2000, codes, seed=1000 + self.done)
        self.soak.office.khaosat("round", "open", name)
        self.soak.office.khaosat("round", "close", name)
        os.unlink(codes)
        self.soak.more_units += 2000


class Misbehaving(Part):
    """A tenth of all connections: garbage, a frame in drips, a frame half sent, answers never read."""

    pause_s = 0.02

    def begin(self):
        self.silent = []

    def turn(self):
        client = Client(self.soak.office.port)
        try:
            self.random.choice((self.garbage, self.drip, self.reset, self.half, self.deaf))(client)
        except OSError:
            client.close()
        while len(self.silent) > 20:
            self.silent.pop(0).close()

    def garbage(self, client):
        client.send_raw(self.random.randbytes(self.random.randrange(1, 5000)))
        client.close()

    def drip(self, client):
        body = client.request(hello=pb.Hello()).SerializeToString()
        for byte in struct.pack(">I", len(body)) + body:
            client.send_raw(bytes([byte]))
        assert client.receive().status == pb.DONE
        client.close()

    def reset(self, client):
        client.send(client.request(get_survey=pb.GetSurvey(round=ROUND)))
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()

    def half(self, client):
        client.send_raw(struct.pack(">I", 50000) + b"\x08\x01" * self.random.randrange(1, 1000))
        self.silent.append(client)

    def deaf(self, client):
        body = client.request(get_survey=pb.GetSurvey(round=ROUND)).SerializeToString()
        client.socket.setblocking(False)
        try:
            client.socket.send((struct.pack(">I", len(body)) + body) * 100)
        except BlockingIOError:
            pass
        self.silent.append(client)


class Soak:
    def __init__(self, options):
        self.options = options
        self.over = threading.Event()
        self.accepted = self.refused = self.more_units = 0
        self.samples = []
        self.office = Office(options.units, "--checkpoint-every", "50000", "--read-timeout", "5000")

    def begin(self):
        """Own units answer once; what they said is what they will say again in their corrections."""
        self.office.open()
        self.own = {}
        self.accepted += self.office.storm(0, OWN_UNITS, 1, 1, 0, 60)["accepted"]
        with self.office.staff() as client:
            last = client.call(hello=pb.Hello()).hello.last
            entries = client.call(read_log=pb.ReadLog(**{"from": last - OWN_UNITS + 1})).log_entries.entry
        for entry in entries:
            header = Header(entry.header)
            code, suffix = divmod(header.unit, 1000)
            unit = "%010d" % code + ("-%03d" % suffix if suffix else "")
            self.own[unit] = (header.instance_id, entry.payload)
        assert len(self.own) == OWN_UNITS, len(self.own)

    def sample(self):
        self.samples.append({
            "at": time.monotonic(), "rss": 1024 * self.office.status("RssAnon"), "descriptors": self.office.descriptors(),
            "entries": self.accepted, "units": self.more_units})

    def run(self):
        parts = [kind(self, self.options.seed) for kind in
                 (Submissions, Corrections, Rates, Exports, Registers, Misbehaving)]
        begin = time.monotonic()
        for part in parts:
            part.start()
        while time.monotonic() - begin < 60 * self.options.minutes and not self.over.wait(1):
            self.sample()
            if self.office.process.poll() is not None:
                raise AssertionError("khaosatd has ended:\n" + "\n".join(self.office.log[-20:]))
        self.over.set()
        for part in parts:
            part.join(120)
            if part.failure is not None:
                raise part.failure
        return parts

    # ------------------------------------------------------------------------------ what came of it

    def halves(self, pairs):
        """Values of (at, value) in the two halves after the warm-up."""
        first, last = self.samples[0]["at"], self.samples[-1]["at"]
        start = first + WARM_UP * (last - first)
        middle = (start + last) / 2
        halves = ([v for at, v in pairs if start <= at < middle], [v for at, v in pairs if at >= middle])
        assert all(halves), "nothing was measured in one half"
        return halves

    def judge(self, parts):
        by = {type(part).__name__: part for part in parts}
        failures, lines = [], []

        def flat(name, pairs, limit, unit, scale=1.0):
            first, second = (statistics.median(half) for half in self.halves(pairs))
            allowed = limit(first)
            lines.append("%-28s %10.1f  then %10.1f %s (allowed %.1f)" % (
                name, first / scale, second / scale, unit, allowed / scale))
            if second > allowed:
                failures.append("%s is not flat" % name)

        if is_sanitized():
            return failures, ["a sanitizer's own memory and time are not judged"]
        entries = self.halves([(s["at"], s["entries"] + s["units"]) for s in self.samples])
        more = statistics.median(entries[1]) - statistics.median(entries[0])
        flat("memory of its own", [(s["at"], s["rss"]) for s in self.samples],
             lambda first: first + RSS_SLACK + RSS_A_ENTRY * more, "MiB", 1 << 20)
        flat("descriptors", [(s["at"], s["descriptors"]) for s in self.samples],
             lambda first: first + DESCRIPTORS_SLACK, "")

        if self.options.minutes < LATENCY_MINUTES:
            return failures, lines

        def slower(first):
            return LATENCY_FACTOR * first + LATENCY_SLACK_MS

        flat("submission p50", [(at, p50) for at, p50, _ in by["Submissions"].latencies], slower, "ms")
        flat("submission p99", [(at, p99) for at, _, p99 in by["Submissions"].latencies],
             lambda first: slower(first) + P99_SLACK_MS, "ms")
        flat("all goals by all dimensions", by["Rates"].took_ms, slower, "ms")
        return failures, lines


def main():
    parser = argparse.ArgumentParser(prog="./dev torture soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=0, help="submissions a second; 0: so that the units last")
    parser.add_argument("--units", type=int, default=500000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.rate = options.rate or min(2000, 0.9 * options.units / (60 * options.minutes))
    soak = Soak(options)
    failures = []
    try:
        soak.begin()
        parts = soak.run()
        failures, lines = soak.judge(parts)
        print("\n".join(lines))
        with soak.office.staff() as client:
            recount = client.call(recount=pb.Recount()).recount
        if recount.answers == 0 or recount.differences != 0:
            failures.append("the recount differs")
        soak.office.stop()
    finally:
        soak.office.remove()
    for why in failures:
        print("FAILED: " + why)
    print("soak: %.1f minutes, %.0f submissions/s, %d accepted, %d told to try later, %s; recount differences %d; %d failures" % (
        options.minutes, options.rate, soak.accepted, soak.refused,
        ", ".join("%s %d" % (type(part).__name__, part.done) for part in parts),
        recount.differences, len(failures)))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

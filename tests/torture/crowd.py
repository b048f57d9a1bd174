# SPDX-License-Identifier: Apache-2.0
"""Ten thousand at once that cost little to send and should cost little to bear, in the clear and within TLS:
connections that are idle, of which the memory is told; handshakes that never go on; requests that come a byte
a second. Meanwhile a unit submits, over and over, and must be served; in the end all of them have been closed
and counted, and the collector is as before."""

import argparse
import os
import socket
import ssl
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "system"))

import khaosat_pb2 as pb  # noqa: E402
from http_door import Door  # noqa: E402
from wire import (ANSWER_LIMIT_S, BINARY_DIR, Collector, access_code, is_sanitized, make_round, submit,  # noqa: E402
                  tax_code, uuid, wait_until)

R = "r"
GOAL_BYTES = {"plain": 2048, "tls": 18 * 1024}
SUBMIT_LIMIT_S = 10


class Unit(threading.Thread):
    """Submits and corrects all the while; how long the slowest took."""

    def __init__(self, collector, serial):
        super().__init__()
        self.client = collector.unit(tax_code(serial), access_code(serial))
        self.serial = serial
        self.is_over = threading.Event()
        self.took_s, self.n, self.failure = 0.0, 0, None

    def run(self):
        try:
            last = b""
            while not self.is_over.wait(0.2):
                begin, this = time.monotonic(), uuid("crowd", self.serial, self.n)
                answer = self.client.call(submit=submit(R, this, deprecated_id=last))
                assert answer.status == pb.ACCEPTED, answer
                self.took_s = max(self.took_s, time.monotonic() - begin)
                self.n += 1
                last = this
        except BaseException as failure:  # noqa: B902
            self.failure = failure

    def __exit__(self, *_):
        self.is_over.set()
        self.join()
        self.client.close()
        if self.failure is not None:
            raise self.failure
        assert self.n > 0 and self.took_s < SUBMIT_LIMIT_S, (self.n, self.took_s)

    def __enter__(self):
        self.start()
        return self


class Crowd:
    def __init__(self, options, folder, tls):
        self.options = options
        self.name = "tls" if tls else "plain"
        arguments = ["--connections=%d" % (options.connections + 100), "--read-timeout=%d" % options.patience_ms,
                     "--handshake-timeout=%d" % options.patience_ms, "--core-dumps=yes", "--loops=2"]
        if tls:
            arguments += ["--tls-cert", os.path.join(folder, "cert.pem"), "--tls-key", os.path.join(folder, "key.pem")]
        self.collector = Collector(*arguments)
        if tls:
            self.collector.tls = ssl.create_default_context(cafile=os.path.join(folder, "cert.pem"))

    def connect(self, shakes=True):
        plain = socket.create_connection(("127.0.0.1", self.collector.port), ANSWER_LIMIT_S)
        if self.collector.tls is None or not shakes:
            return plain
        return self.collector.tls.wrap_socket(plain, server_hostname="localhost")

    def metric(self, name):
        with Door(self.collector.http_port, self.collector.token, self.collector.tls) as door:
            text = door.get("/metrics").body.decode()
        return float(next(line.split()[-1] for line in text.splitlines() if line.startswith(name)))

    def refused(self, reason):
        return self.metric('khaosat_refused_total{reason="%s"}' % reason)

    def wait_until(self, is_so, what):
        wait_until(is_so, self.options.patience_ms / 1000 + ANSWER_LIMIT_S, lambda: what)

    def say(self, what):
        print("%-6s %s" % (self.name, what), flush=True)

    def wait_for_all_closed(self):
        self.wait_until(lambda: self.metric('khaosat_connections{door="frames"}') == 0, "some are still open")

    def idle(self):
        """The first ones stay out of the count: they make the tables that the others then stand in."""
        n = self.options.connections
        first = [self.connect() for _ in range(n // 10)]
        self.wait_until(lambda: self.metric('khaosat_connections{door="frames"}') == len(first), "they are not there")
        begin_kib = self.collector.memory_kib()
        rest = [self.connect() for _ in range(n - len(first))]
        self.wait_until(lambda: self.metric('khaosat_connections{door="frames"}') == n, "they are not there")
        self.wait_until(lambda: self.is_at_rest(), "it does not come to rest")
        each = (self.collector.memory_kib() - begin_kib) * 1024 / len(rest)
        self.say("%d idle connections: %.0f bytes each in user space, goal %d" % (n, each, GOAL_BYTES[self.name]))
        if n >= 10000 and not is_sanitized():
            assert each < GOAL_BYTES[self.name], each
        for connection in first + rest:
            connection.close()
        self.wait_for_all_closed()

    def is_at_rest(self):
        """Idle sessions give memory back when they are swept, some time after their last word."""
        before = self.collector.memory_kib()
        threading.Event().wait(1)
        return abs(self.collector.memory_kib() - before) < 64

    def half_handshakes(self):
        n = self.options.connections
        before = self.refused("handshake_late")
        with Unit(self.collector, 0) as unit:
            held = [self.connect(shakes=False) for _ in range(n)]
            for connection in held:
                connection.sendall(b"\x16\x03\x01\x02")
            self.wait_until(lambda: self.refused("handshake_late") - before == n, "not all were cut off")
        for connection in held:
            connection.close()
        self.wait_for_all_closed()
        self.say("%d half handshakes: all cut off; meanwhile %d submissions, the slowest %.0f ms" % (
            n, unit.n, unit.took_s * 1000))

    def trickle(self):
        """Of a frame of a thousand bytes, one a second; who is cut off is told by the next byte."""
        n = self.options.connections
        before = self.refused("slow")
        with Unit(self.collector, 1) as unit:
            held = [self.connect() for _ in range(n)]
            for connection in held:
                connection.sendall(b"\0\0\3\xe8")
            while self.refused("slow") - before < n:
                for connection in held:
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        pass
                threading.Event().wait(1)
        for connection in held:
            connection.close()
        self.wait_for_all_closed()
        self.say("%d that send a byte a second: all cut off; meanwhile %d submissions, the slowest %.0f ms" % (
            n, unit.n, unit.took_s * 1000))

    def run(self):
        try:
            self.collector.start()
            with self.collector.staff() as office:
                make_round(office, R, 2)
            self.wait_for_all_closed()
            self.idle()
            if self.collector.tls is not None:
                self.half_handshakes()
            self.trickle()
            self.collector.stop()
        finally:
            self.collector.remove()


def main():
    parser = argparse.ArgumentParser(prog="./dev torture crowd", description=__doc__)
    parser.add_argument("--connections", type=int, default=10000)
    parser.add_argument("--patience-ms", type=int, default=30000, help="of the collector, with a request")
    options = parser.parse_args()
    trial = Collector()
    try:
        subprocess.run([os.path.join(BINARY_DIR, "khaosatd"), "--self-signed", trial.folder], check=True,
                       capture_output=True)
        for tls in (False, True):
            Crowd(options, trial.folder, tls).run()
    finally:
        trial.remove()
    return 0


if __name__ == "__main__":
    sys.exit(main())

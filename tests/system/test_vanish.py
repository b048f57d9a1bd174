# SPDX-License-Identifier: Apache-2.0
"""Clients that go away, each in every state that a connection has and in every way to leave it. Nobody else
notices; what was sent whole is stored once or not at all, and comes out right when it is sent again; nothing
of the connection is left behind."""

import os
import socket
import struct
import unittest

import khaosat_pb2 as pb
from wire import ANSWER_LIMIT_S, WireTest, access_code, answers, make_round, status_name, submit, tax_code, uuid, wait_until

R = "vanish"
LONG_FRAME = 100000


def frame(request):
    body = request.SerializeToString()
    return struct.pack(">I", len(body)) + body


# ------------------------------------------------------------------------------ how far a client gets

def connected(client, i):
    pass


def within_the_length(client, i):
    client.send_raw(frame(one(client, i))[:2])


def within_a_frame(client, i):
    data = frame(one(client, i))
    client.send_raw(data[:len(data) // 2])


def within_a_long_frame(client, i):
    client.send_raw(struct.pack(">I", LONG_FRAME) + b"\x08\x01" * (LONG_FRAME // 4))


def before_the_answer(client, i):
    client.send(one(client, i))


def within_the_next_frame(client, i):
    data = frame(one(client, i))
    client.send_raw(data + data[:len(data) // 2])


def within_the_answer(client, i):
    client.send(one(client, i))
    client.receive_bytes(3)


def after_the_answer(client, i):
    client.send(one(client, i))
    client.receive()


def with_many_under_way(client, i):
    client.send_raw(frame(one(client, i)) * 400)  # more than one connection may have under way


def with_answers_that_it_does_not_read(client, i):
    client.socket.settimeout(0.2)
    try:
        client.send_raw(frame(client.request(get_survey=pb.GetSurvey(round=R))) * 20000)
    except TimeoutError:
        pass


def after_a_refused_frame(client, i):
    client.send_raw(b"\xff\xff\xff\xff")
    client.receive()


STATES = (connected, within_the_length, within_a_frame, within_a_long_frame, before_the_answer, within_the_next_frame,
          within_the_answer, after_the_answer, with_many_under_way, with_answers_that_it_does_not_read,
          after_a_refused_frame)


# ------------------------------------------------------------------------------ how it leaves

def closes(client):
    client.close()


def resets(client):
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def shuts_its_side(client):
    """And reads until the collector has closed too."""
    client.socket.shutdown(socket.SHUT_WR)
    client.socket.settimeout(ANSWER_LIMIT_S)
    try:
        while client.socket.recv(1 << 16):
            pass
    except ConnectionResetError:
        pass
    client.close()


def stays_silent(client):
    """Half-open: it never says anything again, and the collector's own time-outs must end it."""
    SILENT.append(client)


WAYS = (closes, resets, shuts_its_side, stays_silent)
SILENT = []


def one(client, i):
    return client.request(submit=submit(R, uuid(i), answers(comment="x" * 60)))


class VanishTest(WireTest):
    options = ("--idle-timeout", "1000", "--read-timeout", "1000")

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.collector.process.pid))

    def wait_for_descriptors(self, n):
        wait_until(lambda: self.descriptors() <= n, what=lambda: "%d descriptors, not %d" % (self.descriptors(), n))

    def test_whoever_leaves_whenever_leaves_nothing_behind(self):
        units, before = len(STATES) * len(WAYS), self.descriptors()
        with self.collector.staff() as office:
            make_round(office, R, units)
        i = 0
        for state in STATES:
            for way in WAYS:
                client = self.collector.unit(tax_code(i), access_code(i))
                state(client, i)
                way(client)
                i += 1
        self.wait_for_descriptors(before)
        for client in SILENT:
            client.close()
        for i in range(units):
            with self.collector.unit(tax_code(i), access_code(i)) as client:
                told = client.call(submit=submit(R, uuid(i), answers(comment="x" * 60)))
                self.assertIn(status_name(told), ("ACCEPTED", "REPLAYED"), STATES[i // len(WAYS)])
                if STATES[i // len(WAYS)] in (within_the_answer, after_the_answer):
                    self.assertEqual(status_name(told), "REPLAYED")
                history = client.call(unit_history=pb.UnitHistory(round=R)).unit_entries
                self.assertEqual(len(history.entry), 1)
        with self.collector.staff() as office:
            self.assertEqual(office.call(recount=pb.Recount()).recount.differences, 0)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""Clients that go away, each in every state that a connection has and in every way to leave it, in the clear,
within TLS, and where the system has no io_uring. Nobody else notices; what was sent whole is stored once or
not at all, and comes out right when it is sent again; nothing of the connection is left behind."""

import ctypes
import os
import shutil
import socket
import ssl
import struct
import subprocess
import tempfile
import unittest

import khaosat_pb2 as pb
from wire import (ANSWER_LIMIT_S, KHAOSATD, Collector, WireTest, access_code, answers, make_round, status_name, submit,
                  tax_code, uuid, wait_until)

R, STOPPED = "vanish", "stopped"
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


def within_a_record(client, i):
    """Of TLS, or within a frame that is too large."""
    client.send_raw(frame(one(client, i)))
    with socket.socket(fileno=os.dup(client.socket.fileno())) as raw:
        raw.sendall(b"\x17\x03\x03\x01\x00" + bytes(20))


STATES = (connected, within_the_length, within_a_frame, within_a_long_frame, before_the_answer, within_the_next_frame,
          within_the_answer, after_the_answer, with_many_under_way, with_answers_that_it_does_not_read,
          after_a_refused_frame, within_a_record)


# ------------------------------------------------------------------------------ before hands are shaken

class Stranger:
    """A connection on which nobody speaks TLS yet, or ever."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_LIMIT_S)

    def close(self):
        self.socket.close()


def first_words():
    """What a client of TLS says first."""
    said = ssl.MemoryBIO()
    try:
        ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), said, server_hostname="localhost").do_handshake()
    except ssl.SSLWantReadError:
        pass
    return said.read()


def half_the_first_words(stranger):
    words = first_words()
    stranger.socket.sendall(words[:len(words) // 2])


def all_the_first_words(stranger):
    stranger.socket.sendall(first_words())


def an_answer_and_no_more(stranger):
    all_the_first_words(stranger)
    stranger.socket.recv(5)


def nonsense(stranger):
    stranger.socket.sendall(b"\x16\x03\x01\0\x05\x01\0\0\x01\0")


BEFORE = (half_the_first_words, all_the_first_words, an_answer_and_no_more, nonsense)


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


def says_its_end(client):
    """Of TLS; and leaves without the collector's, if there is much before it."""
    try:
        client.socket.unwrap()
    except (AttributeError, OSError):
        pass
    client.close()


WAYS = (closes, resets, shuts_its_side, stays_silent, says_its_end)
SILENT = []


def one(client, i):
    return client.request(submit=submit(getattr(client, "round", R), uuid(i), answers(comment="x" * 60)))


def forbid_io_uring():
    """To the process that this one becomes: io_uring_setup is not permitted (seccomp(2), classic BPF)."""
    code = b"".join(struct.pack("HBBI", *line) for line in (
        (0x20, 0, 0, 0),            # load the number of the call
        (0x15, 0, 1, 425),          # io_uring_setup?
        (0x06, 0, 0, 0x00050001),   # yes: EPERM
        (0x06, 0, 0, 0x7FFF0000)))  # no: allowed
    buffer = ctypes.create_string_buffer(code)
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer)))
    libc = ctypes.CDLL(None, use_errno=True)
    none = ctypes.c_ulong(0)
    assert libc.prctl(38, ctypes.c_ulong(1), none, none, none) == 0, ctypes.get_errno()
    assert libc.prctl(22, ctypes.c_ulong(2), program, none, none) == 0, ctypes.get_errno()


class VanishTest(WireTest):
    options = ("--idle-timeout", "1000", "--read-timeout", "1000", "--handshake-timeout", "1000")

    @classmethod
    def setUpClass(cls):
        cls.collector = Collector(*cls.options)
        cls.addClassCleanup(cls.collector.remove)
        cls.begin()

    @classmethod
    def begin(cls):
        cls.collector.start()

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
        for state in BEFORE:
            for way in WAYS:
                stranger = Stranger(self.collector.port)
                state(stranger)
                way(stranger)
        self.wait_for_descriptors(before)
        while SILENT:
            SILENT.pop().close()
        for i in range(units):
            self.assert_stored_once(R, i, STATES[i // len(WAYS)])
        self.assert_recount()

    def test_a_stop_finds_clients_in_every_state_and_loses_none(self):
        with self.collector.staff() as office:
            make_round(office, STOPPED, len(STATES))
        clients = [self.collector.unit(tax_code(i), access_code(i)) for i in range(len(STATES))]
        strangers = [Stranger(self.collector.port) for _ in BEFORE]
        for i, state in enumerate(STATES):
            clients[i].round = STOPPED
            state(clients[i], i)
        for stranger, state in zip(strangers, BEFORE):
            state(stranger)
        self.collector.stop()
        for client in clients + strangers:
            client.close()
        self.begin()
        for i, state in enumerate(STATES):
            self.assert_stored_once(STOPPED, i, state)
        self.assert_recount()

    def assert_stored_once(self, name, i, state):
        with self.collector.unit(tax_code(i), access_code(i)) as client:
            told = client.call(submit=submit(name, uuid(i), answers(comment="x" * 60)))
            self.assertIn(status_name(told), ("ACCEPTED", "REPLAYED"), state)
            if state in (within_the_answer, after_the_answer):
                self.assertEqual(status_name(told), "REPLAYED")
            history = client.call(unit_history=pb.UnitHistory(round=name)).unit_entries
            self.assertEqual(len(history.entry), 1)

    def assert_recount(self):
        with self.collector.staff() as office:
            self.assertEqual(office.call(recount=pb.Recount()).recount.differences, 0)


class VanishOneByOneTest(VanishTest):
    @classmethod
    def begin(cls):
        cls.collector.start(before_exec=forbid_io_uring)
        cls.collector.wait_log("no io_uring here")


class VanishWithinTlsTest(VanishTest):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix="khaosat-vanish-")
        cls.addClassCleanup(shutil.rmtree, folder)
        subprocess.run([KHAOSATD, "--self-signed", folder], check=True, capture_output=True)
        cert, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
        cls.collector = Collector("--tls-cert", cert, "--tls-key", key, *cls.options)
        cls.addClassCleanup(cls.collector.remove)
        cls.collector.tls = ssl.create_default_context(cafile=cert)
        cls.begin()


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""What bad input gets: a clear error, nothing stored, nothing lost, the collector alive."""

import os
import random
import socket
import struct
import threading
import unittest

import khaosat_pb2 as pb
from office import OfficeWireTest
from wire import (SOURCE_DIR, Collector, access_code, answers, is_sanitized, make_round, status_name, submit, tax_code,
                  uuid)

R = "r"


def frame(body):
    return struct.pack(">I", len(body)) + body


class BadWireTest(OfficeWireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        make_round(cls.office, R, 100)
        cls.last = cls.office.call(hello=pb.Hello()).hello.last

    def tearDown(self):
        """Alive, and nothing stored but what a test says it stored."""
        last = self.office.call(hello=pb.Hello()).hello.last
        self.assertEqual(last, type(self).last)

    def stored(self, n):
        type(self).last += n

    def client(self, i=None):
        client = self.collector.unit(tax_code(i), access_code(i)) if i is not None else self.collector.unit()
        self.addCleanup(client.close)
        return client

    def assert_frame_refused(self, client):
        response = client.receive()
        self.assert_status(response, pb.FRAME_REFUSED)
        self.assertEqual(response.id, 0)
        self.assertNotEqual(response.message_en, "")
        self.assertTrue(client.is_closed())

    def test_a_frame_of_length_zero_is_refused_and_closed(self):
        client = self.client()
        client.send_raw(b"\0\0\0\0")
        self.assert_frame_refused(client)

    def test_a_frame_of_four_gibibytes_is_refused_at_its_header(self):
        client = self.client()
        client.send_raw(b"\xff\xff\xff\xff")
        self.assert_frame_refused(client)

    def test_an_oversized_frame_is_refused_though_its_bytes_keep_coming(self):
        client = self.client()
        client.send_raw(struct.pack(">I", 131073) + b"x" * 131073)
        self.assert_frame_refused(client)

    def test_a_frame_of_the_limit_is_read_and_staff_may_send_larger_ones(self):
        client = self.client()
        request = client.request(hello=pb.Hello())
        body = request.SerializeToString()
        # an unknown field of length-delimited type, as large as the frame can hold
        room = 131072 - len(body) - 2 - 3
        filler = b"\xfa\x3f" + bytes([room & 0x7f | 0x80, room >> 7 & 0x7f | 0x80, room >> 14]) + b"x" * room
        self.assertEqual(len(body + filler), 131072)
        client.send(body + filler)
        self.assert_status(client.receive(), pb.DONE)
        office = self.collector.staff()
        self.addCleanup(office.close)
        large = office.call(put_survey=pb.PutSurvey(json=b"x" * 3000000))
        self.assert_status(large, pb.INVALID)
        office.send_raw(struct.pack(">I", (4 << 20) + 1))
        self.assert_frame_refused(office)

    def test_a_truncated_frame_then_nothing_is_forgotten(self):
        body = self.client(0).request(submit=submit(R, uuid("t"))).SerializeToString()
        data = frame(body)
        for n in range(1, len(data), 7):
            client = self.client(0)
            client.send_raw(data[:n])
            client.socket.shutdown(socket.SHUT_WR)
            self.assertTrue(client.is_closed())

    def test_a_frame_in_single_bytes_is_the_same_frame(self):
        client = self.client()
        for byte in frame(client.request(hello=pb.Hello()).SerializeToString()):
            client.send_raw(bytes([byte]))
        self.assert_status(client.receive(), pb.DONE)

    def test_random_bytes_end_the_connection_and_nothing_else(self):
        rng = random.Random(7)
        for n in (1, 3, 4, 5, 20, 300, 5000):
            for _ in range(8):
                client = self.client()
                client.send_raw(rng.randbytes(n))
                client.socket.shutdown(socket.SHUT_WR)
                rest = b""
                try:
                    while piece := client.socket.recv(65536):
                        rest += piece
                except ConnectionResetError:
                    pass
                if rest:
                    (length,) = struct.unpack(">I", rest[:4])
                    self.assertEqual(status_name(pb.Response.FromString(rest[4:4 + length])), "FRAME_REFUSED")

    def test_random_bodies_in_good_frames_are_refused_or_answered(self):
        rng = random.Random(8)
        for _ in range(200):
            client = self.client()
            client.send(rng.randbytes(rng.randrange(1, 200)))
            response = client.receive()
            self.assertIn(status_name(response), ("FRAME_REFUSED", "UNSUPPORTED", "INVALID", "REFUSED"))
            client.close()

    def test_requests_with_flipped_bytes_are_answered_or_refused(self):
        rng = random.Random(9)
        good = self.client(0).request(submit=submit(R, uuid("flip"), survey_version=9)).SerializeToString()
        for _ in range(400):
            bad = bytearray(good)
            for _ in range(rng.randrange(1, 4)):
                bad[rng.randrange(len(bad))] ^= 1 << rng.randrange(8)
            client = self.client()
            client.send(bytes(bad))
            response = client.receive()
            self.assertNotEqual(status_name(response), "ACCEPTED")
            client.close()

    def test_an_unknown_message_is_unsupported(self):
        client = self.client()
        for body in (b"", b"\xf2\x0f\x00"):  # no body; field 254
            client.send(b"\x08\x05\x10\x01" + body)
            response = client.receive()
            self.assert_status(response, pb.UNSUPPORTED)
            self.assertEqual(response.id, 5)

    def test_a_wrong_version_is_unsupported_whatever_the_body(self):
        client = self.client()
        for version in (0, 2, 4000000000):
            request = client.request(hello=pb.Hello())
            request.version = version
            client.send(request)
            self.assert_status(client.receive(), pb.UNSUPPORTED)

    def test_two_bodies_are_refused(self):
        client = self.client(0)
        one = client.request(hello=pb.Hello()).SerializeToString()
        client.send(one + one)
        response = client.receive()
        self.assert_status(response, pb.INVALID)
        self.assertEqual(response.field, "body")

    def test_text_that_is_not_text_names_its_field_and_rule(self):
        cases = [
            (b"\xff\xfe", "UTF-8"), (b"\xed\xa0\x80", "UTF-8"), (b"\xc0\x80", "UTF-8"), (b"\xf4\x90\x80\x80", "UTF-8"),
            (b"a\0b", "control"), (b"a\nb", "control"), (b"a\x7fb", "control"), (b"a\xc2\x85b", "control"),
            ("Hà Tĩnh".encode().replace("à".encode(), b"a\xcc\x80"), "form C"), (b"x" * 600, "long"),
        ]
        client = self.client()
        for text, word in cases:
            field = b"\x0a" + (bytes([len(text)]) if len(text) < 128 else
                               bytes([len(text) & 0x7f | 0x80, len(text) >> 7])) + text
            size = bytes([len(field)]) if len(field) < 128 else bytes([len(field) & 0x7f | 0x80, len(field) >> 7])
            client.send(b"\x08\x01\x10\x01" + b"\xa2\x01" + size + field)  # submit.round
            response = client.receive()
            self.assert_status(response, pb.INVALID)
            self.assertEqual(response.field, "submit.round")
            self.assertIn(word, response.rule)
            client.send(b"\x08\x01\x10\x01" + b"\x1a" + size + field + b"\x52\x00")  # unit.tax_code
            response = client.receive()
            self.assert_status(response, pb.INVALID)
            self.assertEqual(response.field, "unit.tax_code")

    def test_bad_text_in_answers_is_rejected_with_a_finding_or_as_malformed(self):
        client = self.client(1)
        decomposed = "Hà Tĩnh".encode().replace("à".encode(), b"a\xcc\x80")
        for text in (b"\xff\xfe", b"a\0b", b"a\x07b", decomposed, b"x" * 101):
            raw = b"\x0a\x03B03" + b"\x2a" + bytes([len(text)]) + text
            body = answers() + b"\x0a" + bytes([len(raw)]) + raw
            response = client.call(submit=submit(R, uuid("text"), body))
            self.assertIn(status_name(response), ("REJECTED", "INVALID"), (text, response))
            if response.status == pb.REJECTED:
                self.assertEqual([(f.question, f.check) for f in response.finding], [("B03", "E_TEXT")])
            else:
                self.assertEqual(response.field, "submit.answers")
        self.assert_status(client.call(submit=submit(R, uuid("lf"), answers(comment="a\nb"))), pb.ACCEPTED)
        self.stored(1)

    def test_unknown_questions_choices_and_fields_in_answers_store_nothing(self):
        client = self.client(2)
        unknown_question = pb.Answers.FromString(answers())
        unknown_question.answer.add(question="Z99").choice = "X"
        twice = answers() + answers(("Y",))
        cases = [
            (answers(("Q",)), "REJECTED", "E_CHOICE"), (unknown_question.SerializeToString(), "REJECTED", "E_QUESTION"),
            (answers(("NONE", "X")), "REJECTED", "E_EXCLUSIVE"), (answers(number=-1), "REJECTED", "E_NUMBER"),
            (answers(number=2 ** 62), "REJECTED", "E_NUMBER"), (answers(()), "REJECTED", "E_CORE"),
            (b"", "REJECTED", "E_CORE"), (answers() + b"\xfa\x3f\x01x", "INVALID", None), (twice, "INVALID", None),
        ]
        for body, status, code in cases:
            response = client.call(submit=submit(R, uuid("bad"), body))
            self.assertEqual(status_name(response), status, (body, response))
            if code is not None:
                self.assertIn(code, [f.check for f in response.finding])
            else:
                self.assertEqual(response.field, "submit.answers")
                self.assertNotEqual(response.rule, "")
        irrelevant = pb.Answers.FromString(answers(("Y",)))
        irrelevant.answer.add(question="B04").choice = "X"
        response = client.call(submit=submit(R, uuid("bad"), irrelevant.SerializeToString()))
        self.assertEqual([f.check for f in response.finding], ["E_IRRELEVANT"])

    def test_a_client_that_leaves_before_its_answer_has_submitted(self):
        for i in range(10, 30):
            client = self.client(i)
            client.send(client.request(submit=submit(R, uuid("leave", i))))
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()  # a reset: even bytes under way may be lost
        accepted = 0
        for i in range(10, 30):
            response = self.client(i).call(submit=submit(R, uuid("leave", i)))
            self.assertIn(status_name(response), ("ACCEPTED", "REPLAYED"))
            accepted += 1
        self.stored(accepted)

    def test_a_client_that_closes_only_its_side_still_gets_its_answer(self):
        client = self.client(31)
        client.send(client.request(submit=submit(R, uuid("half"))))
        client.socket.shutdown(socket.SHUT_WR)
        self.assert_status(client.receive(), pb.ACCEPTED)
        self.assertTrue(client.is_closed())
        self.stored(1)

    def test_the_same_submission_over_64_connections_is_stored_once(self):
        clients = [self.client(40) for _ in range(64)]
        request = clients[0].request(submit=submit(R, uuid("once"))).SerializeToString()
        together = threading.Barrier(64)
        responses = [None] * 64

        def one(k):
            together.wait()
            clients[k].send(request)
            responses[k] = clients[k].receive()

        threads = [threading.Thread(target=one, args=(k,)) for k in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        names = [status_name(r) for r in responses]
        self.assertEqual((names.count("ACCEPTED"), names.count("REPLAYED")), (1, 63), names)
        self.assertEqual(len({r.receipt.SerializeToString() for r in responses}), 1)
        self.stored(1)
        entries = clients[0].call(unit_history=pb.UnitHistory(round=R)).unit_entries.entry
        self.assertEqual(len(entries), 1)

    def test_different_first_submissions_at_once_leave_one_head(self):
        clients = [self.client(41) for _ in range(16)]
        for k, client in enumerate(clients):
            client.send(client.request(submit=submit(R, uuid("race", k))))
        names = [status_name(client.receive()) for client in clients]
        self.assertEqual((names.count("ACCEPTED"), names.count("STALE")), (1, 15), names)
        self.stored(1)

    def test_many_pipelined_requests_with_a_slow_reader_all_come_back(self):
        client = self.client(42)
        n = 20000
        padding = b"\xfa\x3f\xd0\x0f" + bytes(2000)  # an unknown field, so that requests weigh something
        body = client.request(get_survey=pb.GetSurvey(round=R)).SerializeToString() + padding
        done = threading.Event()

        def send():
            client.send_raw(frame(body) * n)
            done.set()

        thread = threading.Thread(target=send)
        thread.start()
        # Nothing is read until the collector has stopped reading: output is bounded.
        self.assertFalse(done.wait(1.0), "the collector took everything without an answer being read")
        for _ in range(n):
            self.assertEqual(client.receive().status, pb.DONE)
        thread.join()


class ManyConnectionsTest(unittest.TestCase):
    def test_answers_that_nobody_reads_cost_little_memory(self):
        if is_sanitized():
            self.skipTest("a sanitizer's own memory is larger")
        collector = Collector()
        self.addCleanup(collector.remove)
        collector.start()
        with open(os.path.join(SOURCE_DIR, "survey/definitions/ha-tinh-dt-1.json"), "rb") as f, \
                collector.staff() as office:
            self.assertEqual(office.call(put_survey=pb.PutSurvey(json=f.read())).status, pb.DONE)
        before, connections = collector.memory_kib(), 100
        clients = [collector.unit() for _ in range(connections)]
        for client in clients:
            self.addCleanup(client.close)
            body = client.request(get_survey=pb.GetSurvey(id="HT-DT", version=1)).SerializeToString()
            client.send_raw(frame(body) * 256)
        seen = [collector.memory_kib()]
        while len(seen) < 8 or len(set(seen[-8:])) > 1:  # until the sockets are full and nothing moves
            threading.Event().wait(0.1)
            seen.append(collector.memory_kib())
        self.assertLess(seen[-1] - before, connections * 600)
        collector.kill()

    def test_over_the_limit_connections_are_turned_away_and_come_back(self):
        collector = Collector("--connections", "8")
        self.addCleanup(collector.remove)
        collector.start()
        clients = [collector.unit() for _ in range(8)]
        for client in clients:
            self.assertEqual(client.call(hello=pb.Hello()).status, pb.DONE)
        extra = collector.unit()
        self.assertTrue(extra.is_closed())
        extra.close()
        clients.pop().close()
        for _ in range(1000):
            with collector.unit() as again:
                try:
                    self.assertEqual(again.call(hello=pb.Hello()).status, pb.DONE)
                    break
                except (EOFError, ConnectionError):
                    continue
        else:
            self.fail("no connection was taken any more")
        for client in clients:
            client.close()
        collector.stop()


class TimeoutTest(unittest.TestCase):
    def test_half_a_frame_and_an_idle_connection_are_closed_in_time(self):
        collector = Collector("--read-timeout", "300", "--idle-timeout", "1500")
        self.addCleanup(collector.remove)
        collector.start()
        with collector.unit() as half, collector.unit() as idle:
            half.send_raw(b"\0\0\0\x10abc")
            self.assertEqual(idle.call(hello=pb.Hello()).status, pb.DONE)
            self.assertTrue(half.is_closed())
            self.assertEqual(idle.call(hello=pb.Hello()).status, pb.DONE)
            self.assertTrue(idle.is_closed())
        collector.stop()


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""What is thrown at HTTP servers to have two programs read one stream of bytes differently. Behind each
trick stands a whole, good submission of a unit: no trick may bring it in as a second request."""

import json
import os
import re
import socket
import ssl
import subprocess
import unittest
import uuid as uuids

import khaosat_pb2 as pb
from http_door import Door
from scrape import metrics, sample
from wire import (ANSWER_LIMIT_S, KHAOSATD, SOURCE_DIR, Collector, WireTest, access_code, is_sanitized,
                  make_round, tax_code)

R = "r"
LINE = b"GET /v1/rounds HTTP/1.1\r\n"
HOST = b"Host: localhost\r\n"
GET = LINE + HOST
POST = b"POST /v1/rounds HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
END = b"\r\n"


def target(text):
    return b"GET " + text + b" HTTP/1.1\r\n" + HOST + END


# What it is, what is sent, the code it gets.
TRICKS = [
    ("no method", b"/v1/rounds HTTP/1.1\r\n" + HOST + END, 400),
    ("HTTP/0.9", b"GET /v1/rounds\r\n\r\n", 400),
    ("HTTP/1.0", b"GET /v1/rounds HTTP/1.0\r\n" + HOST + END, 505),
    ("HTTP/1.2", b"GET /v1/rounds HTTP/1.2\r\n" + HOST + END, 505),
    ("HTTP/2's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ("lower-case version", b"GET /v1/rounds http/1.1\r\n" + HOST + END, 400),
    ("TLS on the plain port", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    ("a frame of ours", b"\x00\x00\x00\x05hello", 400),
    ("two blanks", b"GET  /v1/rounds HTTP/1.1\r\n" + HOST + END, 400),
    ("a tab for a blank", b"GET\t/v1/rounds HTTP/1.1\r\n" + HOST + END, 400),
    ("a blank behind the version", b"GET /v1/rounds HTTP/1.1 \r\n" + HOST + END, 400),
    ("an empty line first", b"\r\n" + GET + END, 400),
    ("CONNECT", b"CONNECT localhost:1 HTTP/1.1\r\n" + HOST + END, 501),
    ("TRACE", b"TRACE /v1/rounds HTTP/1.1\r\n" + HOST + END, 501),
    ("a method in lower case", b"get /v1/rounds HTTP/1.1\r\n" + HOST + END, 501),
    ("absolute form", target(b"http://localhost/v1/rounds"), 400),
    ("absolute form of another host", target(b"http://example.org/v1/rounds"), 400),
    ("asterisk form", b"OPTIONS * HTTP/1.1\r\n" + HOST + END, 400),
    ("no slash", target(b"v1/rounds"), 400),
    ("dot segments", target(b"/v1/x/../rounds"), 400),
    ("dot segments, escaped", target(b"/v1/x/%2e%2E/rounds"), 400),
    ("one dot", target(b"/v1/./rounds"), 400),
    ("an empty segment", target(b"/v1//rounds"), 400),
    ("an escaped slash", target(b"/v1%2frounds"), 400),
    ("an escaped backslash", target(b"/v1%5crounds"), 400),
    ("a backslash", target(b"\\v1\\rounds"), 400),
    ("escaped twice", target(b"/v1/%252e%252e/rounds"), 400),
    ("%00 in the path", target(b"/v1/rounds%00"), 400),
    ("%00 in the query", target(b"/v1/log?from=%00"), 400),
    ("CR LF in the query, escaped", target(b"/v1/log?from=1%0d%0aX:y"), 400),
    ("half an escape", target(b"/v1/rounds%2"), 400),
    ("no hexadecimal escape", target(b"/v1/rounds%zz"), 400),
    ("a fragment", target(b"/v1/rounds#x"), 400),
    ("raw UTF-8 in the path", target("/v1/đợt".encode()), 400),
    ("a NUL in the path", target(b"/v1/rounds\0"), 400),
    ("a target of 3,000 bytes", target(b"/" + b"a" * 3000), 414),
    ("a target without an end", b"GET /" + b"a" * 20000, 414),
    ("bare LF", b"GET /v1/rounds HTTP/1.1\n" + b"Host: localhost\n\n", 400),
    ("bare LF in one header", GET + b"A: b\nC: d\r\n" + END, 400),
    ("bare CR", GET + b"A: b\rC: d\r\n" + END, 400),
    ("CR CR LF", GET + b"A: b\r\r\n" + END, 400),
    ("a NUL in a header", GET + b"A: b\0c\r\n" + END, 400),
    ("DEL in a header", GET + b"A: b\x7fc\r\n" + END, 400),
    ("a folded header", GET + b"A: b\r\n c: d\r\n" + END, 400),
    ("a first header that is folded", LINE + b" A: b\r\n" + HOST + END, 400),
    ("a blank before the colon", GET + b"Content-Length : 0\r\n" + END, 400),
    ("a tab before the colon", GET + b"Transfer-Encoding\t: chunked\r\n" + END, 400),
    ("no colon", GET + b"A\r\n" + END, 400),
    ("no name", GET + b": b\r\n" + END, 400),
    ("an underscore in a name", GET + b"Content_Length: 5\r\n" + END, 400),
    ("a name with quotes", GET + b'"A": b\r\n' + END, 400),
    ("UTF-8 in a header", GET + "A: đ\r\n".encode() + END, 400),
    ("no Host", LINE + END, 400),
    ("an empty Host", LINE + b"Host: \r\n" + END, 400),
    ("two Hosts", GET + HOST + END, 400),
    ("a list of Hosts", LINE + b"Host: a, b\r\n" + END, 400),
    ("a Host with a path", LINE + b"Host: localhost/x\r\n" + END, 400),
    ("a Host with a user", LINE + b"Host: me@localhost\r\n" + END, 400),
    ("chunked", POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
    ("chunked and a length", POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
    ("chunked, written oddly", POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 411),
    ("chunked twice", POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n", 411),
    ("chunked behind a vertical tab", POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", 400),
    ("no transfer encoding, but named", POST + b"Transfer-Encoding:\r\n\r\n", 411),
    ("two lengths that differ", POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
    ("two lengths that agree", POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400),
    ("a list of lengths", POST + b"Content-Length: 2, 2\r\n\r\n{}", 400),
    ("a length with a sign", POST + b"Content-Length: +2\r\n\r\n{}", 400),
    ("a negative length", POST + b"Content-Length: -1\r\n\r\n{}", 400),
    ("a hexadecimal length", POST + b"Content-Length: 0x2\r\n\r\n{}", 400),
    ("a length with a blank", POST + b"Content-Length: 1 0\r\n\r\n{}", 400),
    ("a fraction of a length", POST + b"Content-Length: 2.0\r\n\r\n{}", 400),
    ("an empty length", POST + b"Content-Length:\r\n\r\n", 400),
    ("a length over 64 bits", POST + b"Content-Length: 18446744073709551618\r\n\r\n{}", 400),
    ("a length too large", POST + b"Content-Length: 999999999999\r\n\r\n{}", 413),
    ("a body for GET", GET + b"Content-Length: 5\r\n\r\nhello", 400),
    ("a body for DELETE", b"DELETE /v1/accounts/a HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\nhello", 400),
    ("a body where nothing is", b"POST /v1/nowhere HTTP/1.1\r\n" + HOST + b"Content-Length: 500000\r\n\r\nhello", 404),
    ("Connection names a header", GET + b"Connection: close, Content-Length\r\n" + END, 400),
    ("Upgrade to h2c", GET + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n" + END, 400),
    ("Upgrade to websocket", GET + b"Upgrade: websocket\r\n" + END, 400),
    ("Expect of something else", GET + b"Expect: 200-ok\r\n" + END, 417),
    ("Expect of two things", GET + b"Expect: 100-continue, x\r\n" + END, 417),
    ("a gzip body", POST + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08", 415),
    ("two credentials", GET + b"Authorization: Basic YTpi\r\nAuthorization: Bearer 00\r\n" + END, 400),
    ("two types", POST + b"Content-Type: text/csv\r\nContent-Length: 2\r\n\r\n{}", 400),
    ("70 headers", GET + b"A: b\r\n" * 70 + END, 431),
    ("a head of 17,000 bytes", GET + b"A: " + b"b" * 17000 + b"\r\n" + END, 431),
]


class GuardTest(WireTest):
    options = ("--read-timeout=1500",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.office = cls.collector.staff()
        cls.addClassCleanup(cls.office.close)
        make_round(cls.office, R, 40)

    def setUp(self):
        self.last = self.office.call(hello=pb.Hello()).hello.last

    def door(self, who=None):
        door = Door(self.collector.http_port, who)
        self.addCleanup(door.close)
        return door

    def smuggled(self, door):
        body = {"instance_id": str(uuids.uuid4()), "answers": {"B01": ["X"]}}
        return door.request("POST", "/v1/rounds/r/submissions", body)

    def assert_nothing_stored(self):
        self.assertEqual(self.office.call(hello=pb.Hello()).hello.last, self.last)

    def test_no_trick_brings_in_a_second_request(self):
        before = metrics(self.collector)
        for what, trick, code in TRICKS:
            with self.subTest(what), Door(self.collector.http_port, (tax_code(1), access_code(1))) as door:
                door.send(trick + self.smuggled(door))
                said = door.rest()
                codes = re.findall(rb"^HTTP/1\.1 (\d+) ", said, re.M)
                self.assertEqual(codes, [b"%d" % code], said)
                self.assertIn(b"\r\nConnection: close\r\n", said)
                self.assertIn(b"application/problem+json", said)
                self.assertRegex(said.decode(), r'"detail_vi":"[^"]*[^\x00-\x7f]')
        self.assert_nothing_stored()
        self.assertEqual(self.door().get("/healthz").code, 200)
        after = metrics(self.collector)
        for name, labels, n in (("khaosat_refused_total", {"reason": "bad_http"}, len(TRICKS)),
                                *(("khaosat_http_responses_total", {"code": str(code)}, sum(c == code for _, _, c in TRICKS))
                                  for code in {code for _, _, code in TRICKS})):
            grown = sample(after, name, **labels) - (sample(before, name, **labels) or 0)
            self.assertEqual(grown, n, labels)

    def test_a_request_within_a_body_stays_a_body(self):
        with Door(self.collector.http_port, (tax_code(1), access_code(1))) as door:
            inner = self.smuggled(door)
            answer = door.call("POST", "/v1/rounds/r/check", inner)
            self.assertEqual(answer.code, 400)
            self.assertEqual(door.get("/healthz").code, 200)  # the next request begins behind the body
            self.assertEqual(door.buffer, b"")
        self.assert_nothing_stored()

    def test_a_path_written_in_escapes_is_the_same_path_and_loses_no_answers(self):
        name = "khao-sat-nam-2025_lan-1"
        make_round(self.office, name, 2)
        body = {"instance_id": str(uuids.uuid4()), "survey_id": "WIRE", "survey_version": 3, "channel": "WEB",
                "answers": {"B01": ["X"]}}
        escaped = "".join("%%%02x" % ord(c) for c in name)
        with Door(self.collector.http_port, (tax_code(1), access_code(1))) as door:
            for path, code in ((escaped, 201), (name, 202)):  # another code were they not the same answers
                self.assertEqual(door.call("POST", "/v1/rounds/%s/submissions" % path, body).code, code, path)

    def test_two_good_requests_in_one_piece_are_both_answered_in_order(self):
        with Door(self.collector.http_port) as door:
            door.send(door.request("GET", "/healthz") + door.request("GET", "/v1/rounds") + door.request("GET", "/x"))
            self.assertEqual([door.receive().code for _ in range(3)], [200, 200, 404])

    def test_many_requests_in_one_piece_are_all_answered_in_order_also_after_the_end(self):
        asked = [path for i in range(60) for path in ("/healthz", "/x%d" % i, "/v1/rounds")]
        with Door(self.collector.http_port) as door:
            door.send(b"".join(door.request("HEAD", path) for path in asked))
            door.socket.shutdown(socket.SHUT_WR)
            self.assertEqual([door.receive(is_head=True).code for _ in asked], [200, 404, 200] * 60)
            self.assertEqual(door.rest(), b"")

    def test_a_request_may_come_a_byte_at_a_time(self):
        with Door(self.collector.http_port, (tax_code(1), access_code(1))) as door:
            request = door.request("POST", "/v1/rounds/r/check", {"instance_id": str(uuids.uuid4()),
                                                                  "answers": {"B01": ["X"]}})
            for i in range(len(request)):
                door.send(request[i:i + 1])
            self.assertEqual(door.receive().code, 204)

    def test_a_request_that_is_never_whole_is_given_up(self):
        for part in (b"GET /v1/rou", GET, POST + b"Content-Length: 10\r\n\r\n{"):
            with self.subTest(part), Door(self.collector.http_port) as door:
                door.send(part)
                self.assertEqual(door.receive().code, 408)
                self.assertEqual(door.rest(), b"")

    def test_bodies_are_bounded_and_larger_for_staff(self):
        large = b" " * (1 << 20)
        head = "Content-Length: %d\r\nContent-Type: application/json\r\n\r\n"
        line = b"POST /v1/surveys HTTP/1.1\r\n" + HOST
        for authorization in (b"", b"Authorization: Bearer " + b"0" * 64 + b"\r\n"):
            with Door(self.collector.http_port) as door:
                door.send(line + authorization + (head % ((128 << 10) + 1)).encode())
                self.assertEqual(door.receive().code, 413)
        with Door(self.collector.http_port, self.collector.token) as door:
            answer = door.call("POST", "/v1/surveys", large)
            self.assertEqual((answer.code, answer.json["type"]), (400, "urn:khaosat:problem:invalid"))
            door.send(door.request("POST", "/v1/surveys", b"", Content_Length=(4 << 20) + 1))
            self.assertEqual(door.receive().code, 413)
        self.assert_nothing_stored()

    def test_a_client_that_asks_first_is_told_to_go_on(self):
        body = json.dumps({"instance_id": str(uuids.uuid4()), "answers": {"B01": ["X"]}}).encode()
        with Door(self.collector.http_port, (tax_code(1), access_code(1))) as door:
            whole = door.request("POST", "/v1/rounds/r/check", body, Expect="100-continue")
            door.send(whole[:-len(body)])
            self.assertEqual(door.receive().code, 100)
            door.send(body)
            self.assertEqual(door.receive().code, 204)
            door.send(door.request("POST", "/v1/surveys", b"", Expect="100-continue", Content_Length=200000))
            self.assertEqual(door.receive().code, 413)

    def test_who_asks_over_and_over_for_what_anybody_may_have_keeps_it_no_busier_than_with_a_copy(self):
        with open(os.path.join(SOURCE_DIR, "survey", "definitions", "ha-tinh-dt-1.json"), "rb") as file:
            definition = file.read()
        survey = json.loads(definition)
        self.assert_status(self.office.call(put_survey=pb.PutSurvey(json=definition)), pb.DONE)
        paths = ("/v1/openapi.json", "/v1/surveys/%s/%d" % (survey["id"], survey["version"]))
        for path, other in (paths, paths[::-1]):
            with Door(self.collector.http_port) as door:
                whole, others = door.get(path), door.get(other)
                before_s = self.collector.cpu_s()
                for _ in range(5 if is_sanitized() else 60):
                    door.send(door.request("GET", path, Accept_Encoding="gzip") * 30)
                    for _ in range(30):
                        answer = door.receive()
                if not is_sanitized():  # made and packed anew each time it would be 1.5 s and more
                    self.assertLess(self.collector.cpu_s() - before_s, 1, path)
                self.assertEqual((answer.header("content-encoding"), answer.body), ("gzip", whole.body))
                self.assertEqual(door.get(other, Accept_Encoding="gzip").body, others.body)

    def test_tls_on_the_plain_port_is_told_in_the_log(self):
        with socket.create_connection(("127.0.0.1", self.collector.http_port), ANSWER_LIMIT_S) as plain:
            with self.assertRaises((ssl.SSLError, ConnectionError)):
                ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")
        self.collector.wait_log(r"http refused.*TLS on a port without TLS")


class TlsDoorTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.collector = Collector()
        cls.addClassCleanup(cls.collector.remove)
        folder = cls.collector.folder
        subprocess.run([KHAOSATD, "--self-signed", folder], check=True, capture_output=True)
        cls.collector.start("--tls-cert", folder + "/cert.pem", "--tls-key", folder + "/key.pem")
        cls.tls = ssl.create_default_context(cafile=folder + "/cert.pem")
        cls.tls.set_alpn_protocols(["h2", "http/1.1"])

    def test_within_tls_http_1_1_is_chosen_and_spoken(self):
        with Door(self.collector.http_port, tls=self.tls) as door:
            self.assertEqual(door.socket.selected_alpn_protocol(), "http/1.1")
            self.assertEqual(door.get("/healthz").code, 200)

    def test_who_speaks_another_protocol_only_is_refused_at_the_handshake(self):
        other = ssl.create_default_context(cafile=self.collector.folder + "/cert.pem")
        for alpn in ("h2", "khaosat/1"):
            other.set_alpn_protocols([alpn])
            with self.assertRaises(ssl.SSLError):
                Door(self.collector.http_port, tls=other)

    def test_plain_text_on_the_tls_port_is_told_in_the_log(self):
        with Door(self.collector.http_port) as door:
            door.send(GET + END)
            self.assertNotIn(b"HTTP/1.1 200", door.rest())
        self.collector.wait_log(r"handshake refused.*reason=\"?http request")


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""A hostile network: each thing that may come is refused by the code that fits, is counted in /metrics, and
leaves the collector serving others. What is thrown at the parsers is in test_http_guard.py and
test_bad_wire.py, guessed passwords in test_accounts.py, crowds in tests/torture/crowd.py."""

import contextlib
import ctypes
import ctypes.util
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

import khaosat_pb2 as pb
from http_door import Door
from scrape import answered, counted, metrics, refused, sample
from test_limits import From
from wire import (ANSWER_LIMIT_S, KHAOSATD, Client, Collector, access_code, make_round, status_name, submit, tax_code,
                  until_soon, uuid, wait_until)

R = "r"
HTTP = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
FRAME = b"\0\0\0\x06\x08\x01\x10\x01\x52\0"
PASSWORD = "chín con trâu trắng"


def read_to_end(connection):
    said = b""
    try:
        while piece := connection.recv(65536):
            said += piece
    except ConnectionResetError:
        pass
    return said


class HostileTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="khaosat-hostile-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        subprocess.run([KHAOSATD, "--self-signed", cls.folder], check=True, capture_output=True)
        cls.collector = Collector("--tls-cert", cls.folder + "/cert.pem", "--tls-key", cls.folder + "/key.pem",
                                  "--handshake-timeout=1000", "--read-timeout=1000")
        cls.addClassCleanup(cls.collector.remove)
        cls.collector.tls = ssl.create_default_context(cafile=cls.folder + "/cert.pem")
        cls.collector.start()
        cls.office = cls.collector.staff()
        cls.addClassCleanup(cls.office.close)
        make_round(cls.office, R, 20)
        assert cls.office.call(add_account=pb.AddAccount(name="an", role=pb.ADMINISTRATOR)).status == pb.DONE

    @classmethod
    def tearDownClass(cls):
        cls.collector.stop()

    def tearDown(self):
        with self.client(0) as client:
            self.assertEqual(client.call(unit_status=pb.UnitStatus(round=R)).status, pb.DONE)
        with self.door() as door:
            self.assertEqual(door.get("/healthz").code, 200)

    def client(self, i, code=None, **options):
        unit = (tax_code(i), access_code(i if code is None else code))
        return Client(self.collector.port, unit=unit, tls=self.collector.tls, **options)

    def door(self, who=None):
        return Door(self.collector.http_port, who, tls=self.collector.tls)

    def plain(self, port):
        connection = socket.create_connection(("127.0.0.1", port), ANSWER_LIMIT_S)
        self.addCleanup(connection.close)
        return connection

    def token(self, account, role, ms=600000):
        _, made = until_soon(lambda expires_ms: self.office.call(create_token=pb.CreateToken(
            account=account, name="t", role=role, expires_ms=expires_ms)), ms)
        self.assertEqual(status_name(made), "DONE")
        return made.token_made.token

    # ---------------------------------------------------------------------- TLS

    def test_plain_text_on_a_port_of_tls(self):
        with refused(self, self.collector, "plain_text", 4):
            for port in (self.collector.port, self.collector.http_port):
                for said in (HTTP, FRAME):
                    connection = self.plain(port)
                    connection.sendall(said)
                    self.assertNotIn(b"200", read_to_end(connection))

    def test_half_a_handshake_that_stays_open(self):
        with refused(self, self.collector, "handshake_late", 4):
            for port in (self.collector.port, self.collector.http_port):
                for half in (b"", b"\x16\x03\x01\x02\x00\x01\x00"):
                    connection = self.plain(port)
                    connection.sendall(half)
            # nobody waits for them meanwhile, and they are closed in the end

    def test_a_handshake_of_nonsense(self):
        with refused(self, self.collector, "handshake", 2):
            for port in (self.collector.port, self.collector.http_port):
                connection = self.plain(port)
                connection.sendall(b"\x16\x03\x01\0\x05\x01\0\0\x01\0")
                read_to_end(connection)

    def test_a_renegotiation(self):
        for port in (self.collector.port, self.collector.http_port):
            with refused(self, self.collector, "renegotiation", 1):
                peer = subprocess.Popen(
                    ["openssl", "s_client", "-connect", "127.0.0.1:%d" % port, "-tls1_2", "-CAfile",
                     self.folder + "/cert.pem", "-servername", "localhost"],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                said = b""
                while b"Verify return code" not in said:  # hands are shaken
                    line = peer.stdout.readline()
                    self.assertNotEqual(line, b"", said)
                    said += line
                peer.stdin.write(b"R\n")
                peer.stdin.flush()
                rest = peer.stdout.read()  # it gives up
                peer.stdin.close()
                peer.wait(ANSWER_LIMIT_S)
                peer.stdout.close()
                self.assertIn(b"no renegotiation", rest)

    def flood(self, port, version, one):
        """`one` sent again and again until the collector ends the connection; how often that was. Python's own
        ssl sends no such messages."""
        library = ctypes.CDLL(ctypes.util.find_library("ssl"))
        for name in ("TLS_client_method", "SSL_CTX_new", "SSL_new"):
            getattr(library, name).restype = ctypes.c_void_p
        context = ctypes.c_void_p(library.SSL_CTX_new(ctypes.c_void_p(library.TLS_client_method())))
        library.SSL_CTX_ctrl(context, 123, ctypes.c_long(version), None)  # SSL_CTRL_SET_MIN_PROTO_VERSION
        library.SSL_CTX_ctrl(context, 124, ctypes.c_long(version), None)  # ..._MAX_...
        connection = ctypes.c_void_p(library.SSL_new(context))
        raw = self.plain(port)
        raw.settimeout(None)  # the library waits itself; the collector's read timeout ends it
        library.SSL_set_fd(connection, raw.fileno())
        self.assertEqual(library.SSL_connect(connection), 1)
        n = 0
        while n < 100000 and one(library, connection):
            n += 1
        library.SSL_free(connection)
        library.SSL_CTX_free(context)
        return n

    def test_key_updates_without_end(self):
        def update(library, connection):
            return library.SSL_key_update(connection, 0) == 1 and library.SSL_do_handshake(connection) == 1

        for port in (self.collector.port, self.collector.http_port):
            with refused(self, self.collector, "tls_chatter", 1):
                self.assertGreaterEqual(self.flood(port, 0x304, update), 100)

    def test_a_few_key_updates_are_nobodys_business(self):
        door = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()

        def ask(library, connection):
            buffer = ctypes.create_string_buffer(4096)
            self.assertEqual(library.SSL_key_update(connection, 1), 1)  # and the collector is to change its own
            self.assertEqual(library.SSL_write(connection, door, len(door)), len(door))
            self.assertGreater(library.SSL_read(connection, buffer, len(buffer)), 0)
            self.assertIn(b"HTTP/1.1 200 OK", buffer.raw)
            self.asked += 1
            return self.asked < 90

        self.asked = 0
        self.flood(self.collector.http_port, 0x304, ask)
        self.assertEqual(self.asked, 90)

    def test_a_record_that_was_changed_on_the_way(self):
        with refused(self, self.collector, "tls_broken", 1):
            client = self.client(1)
            self.assertEqual(client.call(hello=pb.Hello()).status, pb.DONE)
            raw = socket.socket(fileno=client.socket.detach())
            self.addCleanup(raw.close)
            raw.settimeout(ANSWER_LIMIT_S)
            raw.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))
            read_to_end(raw)

    def test_a_request_that_comes_a_byte_a_second(self):
        pause = threading.Event()
        with refused(self, self.collector, "slow", 2):
            client, door = self.client(1), self.door()
            with client, door:
                client.send_raw(FRAME[:3])
                door.send(HTTP[:20])
                for byte in FRAME[3:5]:  # which buys it no time
                    pause.wait(0.3)
                    client.send_raw(bytes([byte]))
                self.assertEqual(door.receive().code, 408)
                self.assertTrue(client.is_closed())

    # ---------------------------------------------------------------------- who is nobody, or somebody else

    def test_tokens_that_are_forged_expired_or_of_somebody_removed(self):
        self.assertEqual(self.office.call(add_account=pb.AddAccount(name="di", role=pb.ADMINISTRATOR)).status, pb.DONE)
        gone, short = self.token("di", pb.ADMINISTRATOR), self.token("an", pb.VIEWER, 300)
        self.assertEqual(self.office.call(remove_account=pb.RemoveAccount(name="di")).status, pb.DONE)
        with Client(self.collector.port, token=short, tls=self.collector.tls) as client:
            wait_until(lambda: not client.call(hello=pb.Hello()).hello.staff)
        bad = (b"\0" * 32, gone, gone[:16] + b"x" * 16, self.collector.token[:31] + b"x", short)
        with answered(self, self.collector, "get_rates", "refused", 3 * len(bad)):
            for token in bad:
                with Client(self.collector.port, token=token, tls=self.collector.tls) as client:
                    self.assertEqual(status_name(client.call(get_rates=pb.GetRates(round=R))), "REFUSED")
                with self.door(token) as door:
                    self.assertEqual(door.get("/v1/rounds/r/rates").code, 403)
                    cookie = "__Host-khaosat=" + token.hex()
                    self.assertEqual(door.get("/v1/rounds/r/rates", Authorization=None, Cookie=cookie).code, 403)
        with counted(self, self.collector, "khaosat_http_responses_total", len(bad), code="401"):
            for token in bad:
                with self.door(token) as door:
                    self.assertEqual(door.get("/metrics").code, 401)

    def test_requests_across_roles(self):
        with answered(self, self.collector, "open_round", "refused", 2), \
                answered(self, self.collector, "read_log", "refused", 2):
            token = self.token("an", pb.VIEWER)
            with Client(self.collector.port, token=token, tls=self.collector.tls) as client, self.door(token) as door:
                self.assertEqual(status_name(client.call(open_round=pb.OpenRound(round=R))), "REFUSED")
                self.assertEqual(status_name(client.call(read_log=pb.ReadLog(**{"from": 1}))), "REFUSED")
                self.assertEqual(door.call("POST", "/v1/rounds/r/open").code, 403)
                self.assertEqual(door.get("/v1/log").code, 403)

    def test_another_units_status_receipt_and_history(self):
        with self.client(2) as client:
            self.assertEqual(client.call(submit=submit(R, uuid("of 2"))).status, pb.ACCEPTED)
        other = tax_code(2)
        with answered(self, self.collector, "unit_status", "refused", 5), \
                answered(self, self.collector, "unit_history", "refused", 2):
            with self.client(3) as client, self.door((tax_code(3), access_code(3))) as door:
                for body in ({"unit_status": pb.UnitStatus(round=R, tax_code=other)},
                             {"unit_history": pb.UnitHistory(round=R, tax_code=other)}):
                    self.assertEqual(status_name(client.call(**body)), "REFUSED")
                for path in ("unit", "receipt", "history"):
                    answer = door.get("/v1/rounds/r/%s?tax_code=%s" % (path, other))
                    self.assertEqual(answer.code, 403)
                    self.assertNotIn(other.encode(), answer.body)
            with self.client(2, code=3) as client, self.door() as door:
                self.assertEqual(status_name(client.call(unit_status=pb.UnitStatus(round=R))), "REFUSED")
                self.assertEqual(door.get("/v1/rounds/r/receipt?tax_code=" + other).code, 401)

    def test_a_page_of_another_site(self):
        self.assertEqual(self.office.call(add_account=pb.AddAccount(
            name="lan", role=pb.OPERATOR, password=PASSWORD)).status, pb.DONE)
        with self.door() as door, refused(self, self.collector, "cross_site", 2):
            session = door.call("POST", "/v1/session", {"name": "lan", "password": PASSWORD})
            cookie = session.header("set-cookie").split(";")[0]
            for headers in ({}, {"X-CSRF-Token": session.json["csrf_token"], "Origin": "https://evil.example"}):
                self.assertEqual(door.call("POST", "/v1/rounds/r/close", Cookie=cookie, **headers).code, 403)

    # ---------------------------------------------------------------------- what is in it

    def test_line_breaks_and_made_up_fields_do_not_get_into_the_log(self):
        forged = "lan\n2026-11-26T00:00:00.000Z error forged=1\r\x1b[31m"
        quiet = 'lan" forged=1 level="error'
        expires = int(time.time() * 1000) + 600000
        with answered(self, self.collector, "log_in", "invalid", 2), \
                answered(self, self.collector, "log_in", "refused", 1), \
                refused(self, self.collector, "bad_http", 3):
            with Client(self.collector.port, tls=self.collector.tls) as client, self.door() as door:
                said = [client.call(log_in=pb.LogIn(name=name, password="x", token_name="t", expires_ms=expires))
                        for name in (forged, quiet)]
                self.assertEqual([status_name(answer) for answer in said], ["INVALID", "REFUSED"])
                body = {"name": forged, "password": "x", "token_name": "t", "expires_ms": expires}
                self.assertEqual(door.call("POST", "/v1/login", body).code, 400)
                for raw in (b"GET /v1/log\nforged=1 HTTP/1.1\r\n", b"GET /%0d%0aforged HTTP/1.1\r\n",
                            b"GET / HTTP/1.1\r\nHost: a\r\nX: \x1b[31mforged\r\n"):
                    with self.door() as other:
                        other.send(raw + b"\r\n\r\n")
                        self.assertEqual(other.receive().code, 400)
        self.collector.wait_log("log-in refused account=none")
        for line in list(self.collector.log):
            self.assertRegex(line, r"^\d{4}-\d\d-\d\dT[\d:.]{12}Z (debug|info|notice|warn|error) \S")
            self.assertNotRegex(line, r"[\x00-\x1f\x7f]")
            self.assertNotIn("forged", line)  # a name that there is not may be a password

    def test_bodies_and_frames_that_are_too_large(self):
        with refused(self, self.collector, "bad_http", 1), refused(self, self.collector, "bad_frame", 1):
            with self.door() as door:
                door.send(door.request("POST", "/v1/surveys", b"", Content_Length=5 << 20))
                self.assertEqual(door.receive().code, 413)
            with Client(self.collector.port, tls=self.collector.tls) as client:
                client.send_raw((5 << 20).to_bytes(4, "big"))
                self.assertEqual(client.receive().status, pb.FRAME_REFUSED)


class PlainTest(unittest.TestCase):
    def setUp(self):
        self.collector = Collector()
        self.addCleanup(self.collector.remove)

    def test_tls_on_a_plain_port(self):
        self.collector.start()
        for port, reason in ((self.collector.port, "bad_frame"), (self.collector.http_port, "bad_http")):
            with refused(self, self.collector, reason, 1):
                with socket.create_connection(("127.0.0.1", port), ANSWER_LIMIT_S) as plain:
                    with self.assertRaises((ssl.SSLError, ConnectionError)):
                        ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")
        self.collector.stop()

    def test_access_codes_that_are_guessed(self):
        self.collector.start("--limit-loopback=yes", "--address-rate=0")
        with self.collector.staff() as office:
            make_round(office, R, 2)
        with refused(self, self.collector, "code_rate", 1), \
                answered(self, self.collector, "unit_status", "refused", 5):
            with self.collector.unit(tax_code(0), access_code(1)) as client:
                said = [status_name(client.call(unit_status=pb.UnitStatus(round=R))) for _ in range(6)]
            self.assertEqual(said, 5 * ["REFUSED"] + ["TRY_LATER"])
        self.collector.stop()

    def wait_refused(self, door, reason, n):
        """Over one connection that stays: those that go may count for a moment after they are closed."""
        line = b'khaosat_refused_total{reason="%s"} %d\n' % (reason, n)
        wait_until(lambda: line in door.get("/metrics").body, what=lambda: (line, door.get("/metrics").body))

    def test_connections_of_one_address_beyond_its_limit(self):
        self.collector.start("--limit-loopback=yes", "--connections-per-address=4", "--address-rate=0")
        with Door(self.collector.http_port, self.collector.token) as door, contextlib.ExitStack() as held:
            clients = [held.enter_context(From(self.collector.port, "127.0.0.2")) for _ in range(4)]
            for _ in range(3):
                with From(self.collector.port, "127.0.0.2") as client:
                    self.assertFalse(client.is_served())
            self.wait_refused(door, b"address_connections", 3)
            self.assertTrue(all(client.is_served() for client in clients))
            with From(self.collector.port, "127.0.0.3") as client:
                self.assertTrue(client.is_served())
        self.collector.stop()

    def test_connections_of_all_beyond_their_limit(self):
        self.collector.start("--limit-loopback=yes", "--connections=6", "--address-rate=0")
        with Door(self.collector.http_port, self.collector.token) as door, contextlib.ExitStack() as held:
            self.assertEqual(door.get("/healthz").code, 200)
            clients = [held.enter_context(From(self.collector.port, "127.0.0.2")) for _ in range(5)]
            self.assertTrue(all(client.is_served() for client in clients))
            with From(self.collector.port, "127.0.0.4") as client:
                self.assertFalse(client.is_served())
            self.assertEqual(door.get("/healthz").code, 200)
            self.wait_refused(door, b"connections", 1)
        self.collector.stop()


class FloodTest(unittest.TestCase):
    """Handshakes cost a core a millisecond each: an address gets so many, and others are served."""

    RATE = 4
    FLOOD = 100

    def test_a_flood_of_handshakes_of_one_address_leaves_room_for_others(self):
        folder = tempfile.mkdtemp(prefix="khaosat-flood-")
        self.addCleanup(shutil.rmtree, folder)
        subprocess.run([KHAOSATD, "--self-signed", folder], check=True, capture_output=True)
        collector = Collector("--tls-cert", folder + "/cert.pem", "--tls-key", folder + "/key.pem", "--loops=1",
                              "--limit-loopback=yes", "--address-rate=%d" % self.RATE)
        self.addCleanup(collector.remove)
        collector.tls = ssl.create_default_context(cafile=folder + "/cert.pem")
        collector.start()
        done = []
        begin = time.monotonic()

        def flood():
            for _ in range(self.FLOOD // 4):
                with socket.create_connection(("127.0.0.1", collector.port), ANSWER_LIMIT_S, ("127.0.0.9", 0)) as s:
                    try:
                        collector.tls.wrap_socket(s, server_hostname="localhost").close()
                        done.append(1)
                    except (ssl.SSLError, OSError):
                        pass

        threads = [threading.Thread(target=flood) for _ in range(4)]
        for thread in threads:
            thread.start()
        with collector.unit() as other:  # from another address
            self.assertEqual(other.call(hello=pb.Hello()).status, pb.DONE)
        for thread in threads:
            thread.join()
        took_s = time.monotonic() - begin
        self.assertLessEqual(len(done), self.RATE * (10 + took_s) + 1)
        self.assertGreaterEqual(len(done), 1)
        seen = metrics(collector)
        self.assertEqual(sample(seen, "khaosat_refused_total", reason="address_rate"), self.FLOOD - len(done))
        collector.stop()


if __name__ == "__main__":
    unittest.main()

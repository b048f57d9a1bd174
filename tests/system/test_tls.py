# SPDX-License-Identifier: Apache-2.0
"""The collector within TLS: what it speaks, whom it believes, what it does with those who speak something
else or nothing at all; the client, which believes nobody without a reason."""

import errno
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

import khaosat_pb2 as pb
from scrape import metrics, sample
from wire import (BINARY_DIR, Client, Collector, access_code, answers, make_round, status_name, submit,
                  tax_code, uuid, wait_until)

R = "r"
KHAOSATD = os.path.join(BINARY_DIR, "khaosatd")
KHAOSAT = os.path.join(BINARY_DIR, "khaosat")
HALF_OPEN = 200


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)


class Authority:
    """A private one, and certificates that it signs, in a folder."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.cert, self.key = self.path("ca.pem"), self.path("ca.key")
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "60",
                     "-subj", "/CN=" + name, "-keyout", self.key, "-out", self.cert)

    def path(self, name):
        return os.path.join(self.folder, self.name + "-" + name)

    def openssl(self, *arguments):
        done = run("openssl", *arguments)
        assert done.returncode == 0, done.stderr

    def sign(self, name, san="DNS:localhost,IP:127.0.0.1", days="60"):
        cert, key, request, extensions = (self.path(name + end) for end in (".pem", ".key", ".csr", ".ext"))
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name,
                     "-keyout", key, "-out", request)
        with open(extensions, "w", encoding="ascii") as f:
            f.write("subjectAltName=%s\n" % san)
        self.openssl("x509", "-req", "-in", request, "-CA", self.cert, "-CAkey", self.key, "-CAcreateserial",
                     "-days", days, "-extfile", extensions, "-out", cert)
        return cert, key


class TlsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="khaosat-tls-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.ours, cls.others = Authority(cls.folder, "ours"), Authority(cls.folder, "others")
        cls.cert, cls.key = cls.ours.sign("server")
        cls.collector = Collector("--tls-cert", cls.cert, "--tls-key", cls.key, "--tls-client-ca", cls.ours.cert)
        cls.addClassCleanup(cls.collector.remove)
        cls.collector.tls = cls.context()
        cls.collector.start()
        with cls.collector.staff() as office:
            make_round(office, R, 100)

    @classmethod
    def tearDownClass(cls):
        cls.collector.stop()

    @classmethod
    def context(cls, **version):
        context = ssl.create_default_context(cafile=cls.ours.cert)
        for name, value in version.items():
            setattr(context, name, value)
        return context

    def client(self, context, session=None):
        client = Client(self.collector.port, tls=context, session=session)
        self.addCleanup(client.close)
        return client

    def assert_serves(self, client):
        self.assertEqual(client.call(hello=pb.Hello()).status, pb.DONE)

    def khaosat(self, *arguments, token=True):
        staff = ["--token-file", os.path.join(self.collector.data, "staff.token")] if token else []
        return run(KHAOSAT, "--lang", "en", "--home", os.path.join(self.folder, "home"), *staff, *arguments)

    # ---------------------------------------------------------------------- what is spoken

    def test_1_2_and_1_3_are_spoken_and_nothing_older(self):
        for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
            client = self.client(self.context(minimum_version=version, maximum_version=version))
            self.assertEqual(client.socket.version(), name)
            self.assert_serves(client)
        for version in ("-tls1_1", "-tls1"):
            done = run("openssl", "s_client", "-connect", "127.0.0.1:%d" % self.collector.port, version,
                       "-cipher", "ALL:@SECLEVEL=0", stdin=subprocess.DEVNULL)
            self.assertIn("alert protocol version", done.stderr)

    def test_ciphers_without_forward_secrecy_or_authentication_of_data_are_refused(self):
        for cipher in ("AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256", "DHE-RSA-AES128-GCM-SHA256"):
            context = self.context(maximum_version=ssl.TLSVersion.TLSv1_2)
            context.set_ciphers(cipher)
            with self.assertRaisesRegex(ssl.SSLError, "(?i)handshake.failure"):
                self.client(context)
        client = self.client(self.context(maximum_version=ssl.TLSVersion.TLSv1_2))
        self.assertRegex(client.socket.cipher()[0], "^ECDHE-ECDSA-(AES(128|256)-GCM|CHACHA20)")

    def test_of_all_ciphers_there_are_three_are_taken(self):
        everything = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        everything.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
        names = [c["name"] for c in everything.get_ciphers() if c["protocol"] != "TLSv1.3"]
        self.assertGreater(len(names), 100)
        taken = set()
        for name in names:
            context = self.context(maximum_version=ssl.TLSVersion.TLSv1_2)
            context.set_ciphers(name + ":@SECLEVEL=0")
            try:
                with Client(self.collector.port, tls=context) as client:
                    taken.add(client.socket.cipher()[0])
                    self.assertIsNone(client.socket.compression())
            except (ssl.SSLError, ConnectionError):
                pass
        self.assertEqual(taken, {"ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256",
                                 "ECDHE-ECDSA-CHACHA20-POLY1305"})

    def test_the_protocol_is_agreed_on_or_left_out(self):
        context = self.context()
        context.set_alpn_protocols(["h2", "khaosat/1"])
        client = self.client(context)
        self.assertEqual(client.socket.selected_alpn_protocol(), "khaosat/1")
        self.assert_serves(client)
        context.set_alpn_protocols(["http/1.1"])
        with self.assertRaisesRegex(ssl.SSLError, "(?i)no.application.protocol"):
            self.client(context)

    def test_a_session_is_resumed_also_after_a_reload(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = self.context(maximum_version=version)
            first = self.client(context)
            self.assert_serves(first)  # a ticket of 1.3 comes with the first bytes
            session = first.socket.session
            for _ in range(2):
                again = self.client(context, session)
                self.assertTrue(again.socket.session_reused)
                self.assert_serves(again)
                self.reload("reloaded")

    def test_an_end_is_said_by_both_sides(self):
        client = self.client(self.context())
        self.assert_serves(client)
        client.socket.settimeout(10)
        client.socket.unwrap().close()  # raises where the collector leaves without a word

    # ---------------------------------------------------------------------- frames

    def test_a_frame_may_come_in_single_bytes_and_many_at_once(self):
        client = self.client(self.context())
        hello = client.request(hello=pb.Hello()).SerializeToString()
        frame = len(hello).to_bytes(4, "big") + hello
        for i in range(len(frame)):
            client.send_raw(frame[i:i + 1])
        self.assertEqual(client.receive().status, pb.DONE)
        client.send_raw(frame * 200)
        for _ in range(200):
            self.assertEqual(client.receive().status, pb.DONE)

    def test_large_frames_and_paused_reading_pass(self):
        with self.collector.staff() as office:
            echo = bytes(1 << 20)
            for i in range(12):  # more than a record, than a read, than the socket holds; nobody reads yet
                office.send(office.request(register_chunk=pb.RegisterChunk(
                    round=R, chunk_id=uuid("tls", i), rows=echo)))
            self.assertEqual([status_name(office.receive()) for _ in range(12)], ["ALREADY"] * 12)
            asked = 64
            for _ in range(asked):
                office.send(office.request(read_log=pb.ReadLog(**{"from": 1})))
            sizes = [office.receive().ByteSize() for _ in range(asked)]
            self.assertEqual(len(set(sizes)), 1)

    def test_a_submission_earns_its_receipt(self):
        client = Client(self.collector.port, unit=(tax_code(1), access_code(1)), tls=self.context())
        self.addCleanup(client.close)
        body = {"submit": submit(R, uuid("tls submission"), answers())}
        first, again = client.call(**body), client.call(**body)
        self.assertEqual((status_name(first), status_name(again)), ("ACCEPTED", "REPLAYED"))
        self.assertEqual(first.receipt, again.receipt)

    # ---------------------------------------------------------------------- those who speak something else

    def test_plain_text_is_answered_by_an_alert_and_the_end(self):
        for text in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\0\0\0\6\10\1\20\1R\0", bytes(70000), b"\x16\x03\x01"):
            with socket.create_connection(("127.0.0.1", self.collector.port), timeout=30) as s:
                answer = b""
                try:  # it may be over before all is said
                    s.sendall(text)
                    s.shutdown(socket.SHUT_WR)
                    while piece := s.recv(4096):
                        answer += piece
                except OSError as reason:
                    self.assertIn(reason.errno, (errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN))
                self.assertIn(answer[:2], (b"", b"\x15\x03"))
        self.assert_serves(self.client(self.context()))

    def test_tls_on_the_plain_door_is_refused_and_the_collector_lives(self):
        plain = Collector()
        self.addCleanup(plain.remove)
        plain.start()
        with self.assertRaises((ssl.SSLError, OSError)):
            Client(plain.port, tls=self.context())
        with plain.staff() as office:
            self.assertEqual(office.call(hello=pb.Hello()).status, pb.DONE)
        plain.stop()

    def test_half_a_handshake_is_closed_when_its_time_is_over(self):
        hasty = Collector("--tls-cert", self.cert, "--tls-key", self.key, "--handshake-timeout", "3000")
        self.addCleanup(hasty.remove)
        hasty.tls = self.context()
        hasty.start()
        sockets = [socket.create_connection(("127.0.0.1", hasty.port), timeout=60) for _ in range(HALF_OPEN)]
        for i, s in enumerate(sockets):
            self.addCleanup(s.close)
            s.sendall(b"\x16\x03\x01\x02\x00\x01\x00"[:i % 8])
        with hasty.unit() as other:  # nobody else waits for them
            self.assert_serves(other)
        for s in sockets:
            try:
                while s.recv(100):
                    pass
            except ConnectionResetError:
                pass
        hasty.stop()

    def test_bytes_that_were_changed_on_the_way_end_the_connection(self):
        client = self.client(self.context())
        self.assert_serves(client)
        raw = socket.socket(fileno=os.dup(client.socket.fileno()))
        self.addCleanup(raw.close)
        raw.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))
        raw.settimeout(30)
        while raw.recv(4096):
            pass
        self.assert_serves(self.client(self.context()))

    # ---------------------------------------------------------------------- certificates of clients

    def test_a_client_may_show_a_certificate_of_our_authority_only(self):
        for authority, good in ((self.ours, True), (self.others, False)):
            context = self.context(maximum_version=ssl.TLSVersion.TLSv1_2)
            context.load_cert_chain(*authority.sign("client"))
            if good:
                self.assert_serves(self.client(context))
            else:
                with self.assertRaisesRegex((ssl.SSLError, OSError), "(?i)unknown.ca"):
                    self.client(context)

    def test_who_shows_a_certificate_may_ask_more_often_than_its_address(self):
        bounded = Collector("--tls-cert", self.cert, "--tls-key", self.key, "--tls-client-ca", self.ours.cert,
                            "--limit-loopback=yes", "--address-rate", "1")
        self.addCleanup(bounded.remove)
        bounded.start()
        certified = self.context()
        certified.load_cert_chain(*self.ours.sign("bulk-sender"))
        outcomes = {}
        with Client(bounded.port, tls=certified) as known, Client(bounded.port, tls=self.context()) as unknown:
            for name, client in (("unknown", unknown), ("certified", known)):
                outcomes[name] = {status_name(client.call(hello=pb.Hello())) for _ in range(100)}
        self.assertEqual(outcomes, {"unknown": {"DONE", "TRY_LATER"}, "certified": {"DONE"}})
        bounded.stop()

    # ---------------------------------------------------------------------- reload

    def reload(self, pattern, collector=None):
        """To its end, which is the last that it says."""
        collector = collector or self.collector
        seen = len(collector.log)
        collector.process.send_signal(signal.SIGHUP)
        wait_until(lambda: all(any(words in line for line in collector.log[seen:]) for words in (pattern, " reloaded")),
                   what=lambda: collector.log[seen:])

    def is_resumed(self, collector, context, session):
        try:
            with Client(collector.port, tls=context, session=session) as client:
                return client.socket.session_reused
        except ssl.SSLError:
            return False

    def test_a_session_ends_with_the_authority_that_its_certificate_was_of(self):
        authority = os.path.join(self.folder, "clients.pem")
        shutil.copyfile(self.ours.cert, authority)
        collector = Collector("--tls-cert", self.cert, "--tls-key", self.key, "--tls-client-ca", authority)
        self.addCleanup(collector.remove)
        collector.start()
        sender, sessions = self.ours.sign("sender"), []
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = self.context(maximum_version=version)
            context.load_cert_chain(*sender)
            with Client(collector.port, tls=context) as client:
                self.assert_serves(client)
                sessions.append((context, client.socket.session))
        self.reload("reloaded", collector)
        self.assertTrue(all(self.is_resumed(collector, *session) for session in sessions))
        shutil.copyfile(self.others.cert, authority)
        self.reload("reloaded", collector)
        self.assertFalse(any(self.is_resumed(collector, *session) for session in sessions))
        collector.stop()

    def serial(self):
        client = self.client(self.context())
        return client.socket.getpeercert()["serialNumber"]

    def test_new_files_are_taken_at_sighup_and_open_connections_stay(self):
        before = self.client(self.context())
        self.assert_serves(before)
        old = self.serial()
        kept = [open(path, "rb").read() for path in (self.cert, self.key)]
        cert, key = self.ours.sign("next")
        shutil.copyfile(cert, self.cert)
        self.reload("the old certificate stays")  # its key is not there yet
        self.assertEqual(self.serial(), old)
        shutil.copyfile(key, self.key)
        self.reload("reloaded")
        self.assertNotEqual(self.serial(), old)
        self.assert_serves(before)
        for path, content in zip((self.cert, self.key), kept):
            with open(path, "wb") as f:
                f.write(content)
        self.reload("reloaded")
        self.assertEqual(self.serial(), old)

    def test_a_certificate_that_expires_soon_is_told_at_start_and_at_sighup(self):
        cert, key = self.ours.sign("soon", days="20")
        collector = Collector("--tls-cert", cert, "--tls-key", key)
        self.addCleanup(collector.remove)
        collector.tls = self.context()
        collector.start()
        soon = [line for line in collector.log if "expires soon" in line]
        self.assertEqual(len(soon), 1, collector.log)
        self.assertRegex(soon[0], "warn tls certificate expires soon days=(19|20)$")
        expiry = lambda: sample(metrics(collector), "khaosat_tls_certificate_expiry_timestamp_seconds")
        self.assertAlmostEqual(expiry(), time.time() + 20 * 86400, delta=3600)
        later, later_key = self.ours.sign("later", days="200")
        shutil.copyfile(later_key, key)
        with open(cert, "wb") as chain:  # its own, and the authority's, which ends before
            for part in (later, self.ours.cert):
                with open(part, "rb") as f:
                    chain.write(f.read())
        self.reload("reloaded", collector)
        self.assertAlmostEqual(expiry(), time.time() + 60 * 86400, delta=3600)
        self.assertEqual(len([line for line in collector.log if "expires soon" in line]), 1)
        collector.stop()

    # ---------------------------------------------------------------------- options

    def test_wrong_files_are_named_before_anything_is_opened(self):
        nothing = os.path.join(self.folder, "nothing.pem")
        text = os.path.join(self.folder, "text.pem")
        with open(text, "w", encoding="ascii") as f:
            f.write("no certificate\n")
        other_key = self.others.sign("other")[1]
        for cert, key, blamed in ((nothing, self.key, nothing), (text, self.key, text), (self.cert, nothing, nothing),
                                  (self.cert, text, text), (self.cert, other_key, other_key)):
            done = run(KHAOSATD, "--check-config", "--tls-cert", cert, "--tls-key", key)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn(blamed + ": ", done.stderr)
        good = run(KHAOSATD, "--check-config", "--tls-cert", self.cert, "--tls-key", self.key)
        self.assertEqual((good.returncode, good.stderr), (0, ""))

    def test_another_address_than_loopback_needs_tls(self):
        done = run(KHAOSATD, "--check-config", "--listen", "192.0.2.1:5757")
        self.assertEqual(done.returncode, 1)
        self.assertIn("--tls-cert and --tls-key; khaosatd --self-signed DIR makes a pair", done.stderr)
        done = run(KHAOSATD, "--check-config", "--listen", "192.0.2.1:5757", "--tls-cert", self.cert,
                   "--tls-key", self.key)
        self.assertEqual(done.returncode, 0, done.stderr)
        for half in (["--tls-cert", self.cert], ["--tls-key", self.key], ["--tls-client-ca", self.ours.cert]):
            done = run(KHAOSATD, "--check-config", *half)
            self.assertEqual(done.returncode, 2)
            self.assertIn("go together", done.stderr)

    def test_a_self_signed_pair_serves_a_trial_and_is_never_written_over(self):
        folder = os.path.join(self.folder, "trial")
        self.assertEqual(run(KHAOSATD, "--self-signed", folder).returncode, 0)
        cert, key = (os.path.join(folder, name) for name in ("cert.pem", "key.pem"))
        self.assertEqual(os.stat(key).st_mode & 0o777, 0o600)
        again = run(KHAOSATD, "--self-signed", folder)
        self.assertEqual(again.returncode, 1)
        self.assertIn("File exists", again.stderr)
        trial = Collector("--tls-cert", cert, "--tls-key", key)
        self.addCleanup(trial.remove)
        trial.tls = ssl.create_default_context(cafile=cert)
        trial.start()
        with trial.staff() as office:
            self.assertEqual(office.call(hello=pb.Hello()).status, pb.DONE)
        trial.stop()

    # ---------------------------------------------------------------------- the client

    def server(self, host="localhost"):
        return ["--server", "%s:%d" % (host, self.collector.port)]

    def test_the_client_verifies_chain_and_name(self):
        for host in ("localhost", "127.0.0.1"):
            done = self.khaosat(*self.server(host), "--ca", self.ours.cert, "round", "list")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn(R, done.stdout)
        done = self.khaosat(*self.server(), "--ca", self.others.cert, "round", "list")
        self.assertEqual(done.returncode, 4)
        self.assertRegex(done.stderr, "certificate is not trusted: .*--ca FILE")
        wrong = Collector("--tls-cert", *(pair := self.ours.sign("elsewhere", "DNS:elsewhere.example"))[:1],
                          "--tls-key", pair[1])
        self.addCleanup(wrong.remove)
        wrong.start()
        for host in ("localhost", "127.0.0.1"):
            done = self.khaosat("--server", "%s:%d" % (host, wrong.port), "--ca", self.ours.cert, "round", "list")
            self.assertEqual(done.returncode, 4)
            self.assertRegex(done.stderr, "not trusted: (hostname|IP address) mismatch")
        wrong.stop()

    def test_the_client_says_who_does_not_speak_tls_and_who_does(self):
        plain = Collector()
        self.addCleanup(plain.remove)
        plain.start()
        done = self.khaosat("--server", "localhost:%d" % plain.port, "--ca", self.ours.cert, "round", "list")
        self.assertEqual(done.returncode, 4)
        self.assertIn("no TLS with it", done.stderr)
        plain.stop()
        done = self.khaosat(*self.server(), "round", "list")
        self.assertEqual(done.returncode, 4)
        self.assertIn("if it speaks TLS, --ca FILE", done.stderr)

    def test_the_client_names_its_own_bad_files(self):
        nothing = os.path.join(self.folder, "nothing.pem")
        cert, key = self.ours.sign("bulk")
        done = self.khaosat(*self.server(), "--ca", self.ours.cert, "--cert", cert, "--key", key, "round", "list")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for files in (["--ca", nothing], ["--ca", self.ours.cert, "--cert", nothing, "--key", key],
                      ["--ca", self.ours.cert, "--cert", cert, "--key", nothing]):
            done = self.khaosat(*self.server(), *files, "round", "list")
            self.assertEqual(done.returncode, 4)
            self.assertIn(nothing + ": No such file", done.stderr)
        done = self.khaosat(*self.server(), "--cert", cert, "round", "list")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--cert and --key go together", done.stderr)


if __name__ == "__main__":
    unittest.main()

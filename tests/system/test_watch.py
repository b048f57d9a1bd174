# SPDX-License-Identifier: Apache-2.0
"""What operators watch: /healthz, /readyz and /metrics, read by a parser of Prometheus' own."""

import os
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

import khaosat_pb2 as pb
from http_door import Door
from scrape import families, metrics, sample
from wire import (ANSWER_LIMIT_S, BINARY_DIR, Client, Collector, WireTest, access_code, answers, is_sanitized, make_round,
                  status_name, submit, tax_code, uuid, wait_until)

R = "r"
UNITS = 20


class HealthTest(unittest.TestCase):
    def setUp(self):
        self.collector = Collector()
        self.addCleanup(self.collector.remove)

    def get(self, path):
        with Door(self.collector.http_port) as door:
            return door.get(path)

    def test_one_that_commits_is_well_and_ready_and_says_so_to_anybody(self):
        self.collector.start()
        for path in ("/healthz", "/readyz"):
            answer = self.get(path)
            self.assertEqual((answer.code, answer.json), (200, {"status": "ok"}))
        self.collector.stop()

    def test_one_whose_disk_is_low_cannot_commit_and_still_serves(self):
        if shutil.disk_usage(self.collector.folder).free > 1 << 40:
            self.skipTest("more free space than the largest reserve")
        self.collector.start("--disk-reserve=1048576")
        answer = self.get("/healthz")
        self.assertEqual((answer.code, answer.json["detail"]), (
            503, "The disk is low: nothing is accepted until there is room."))
        self.assertEqual(answer.header("retry-after"), "10")
        self.assertEqual(self.get("/readyz").code, 200)
        with self.collector.staff() as office:
            refused = office.call(add_account=pb.AddAccount(name="lan", role=pb.VIEWER))
            self.assertEqual(status_name(refused), "TRY_LATER")
        self.collector.stop()

    def test_one_that_may_not_write_where_there_is_room_says_what_may_be_the_reason(self):
        self.collector.start()
        pid = self.collector.process.pid
        limits = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, limits[1]))  # as a quota, with another errno
        with self.collector.staff() as office:
            refused = office.call(add_account=pb.AddAccount(name="lan", role=pb.VIEWER))
            self.assertEqual(status_name(refused), "TRY_LATER")
            wait_until(lambda: self.get("/healthz").code == 503)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
            added = office.call(add_account=pb.AddAccount(name="lan", role=pb.VIEWER))
            self.assertEqual(status_name(added), "DONE")
        wait_until(lambda: self.get("/healthz").code == 200)
        self.collector.stop()
        log = "\n".join(self.collector.log)
        self.assertRegex(log, "warn disk low: .* although there is room: a quota, or a limit of the size of a file")

    @unittest.skipIf(is_sanitized(), "the sanitizers have their own pthread_cond_wait")
    def test_one_whose_writer_hangs_is_not_well(self):
        hang = os.path.join(self.collector.folder, "hang")
        self.collector.environment.update(KHAOSAT_HANG=hang, LD_PRELOAD=os.path.join(BINARY_DIR, "hang.so"))
        self.collector.start()
        door = Door(self.collector.http_port)  # main waits for the writer too, and lets nobody in
        self.addCleanup(door.close)
        self.assertEqual(door.get("/healthz").code, 200)
        with open(hang + ".new", "w", encoding="ascii") as out:
            out.write("writer")
        os.rename(hang + ".new", hang)
        wait_until(lambda: door.get("/healthz").code != 200)
        answer = door.get("/healthz")
        self.assertEqual((answer.code, answer.json["detail"]), (503, "The writer or an event loop does not answer."))
        self.collector.kill()

    @unittest.skipIf(is_sanitized(), "a sanitizer wants to be the first library")
    def test_one_whose_sync_fails_accepts_nothing_ends_with_1_and_has_lost_nothing(self):
        bad = os.path.join(self.collector.folder, "bad")
        self.collector.environment.update(KHAOSAT_BAD_SYNC=bad, LD_PRELOAD=os.path.join(BINARY_DIR, "bad-sync.so"))
        self.collector.start()
        with self.collector.staff() as office:
            make_round(office, R, 2)
        units = [self.collector.unit(tax_code(i), access_code(i)) for i in range(2)]
        accepted = units[0].call(submit=submit(R, uuid("before")))
        self.assertEqual(status_name(accepted), "ACCEPTED")
        with open(bad, "w", encoding="ascii"):
            pass
        self.assertEqual(status_name(units[1].call(submit=submit(R, uuid("while")))), "UNAVAILABLE")
        self.assertEqual(self.collector.wait_end(), 1)
        self.assertTrue(any('the store failed reason="journal: sync: Input/output error"' in line
                            for line in self.collector.log), self.collector.log)
        os.unlink(bad)
        self.collector.start()
        again = [self.collector.unit(tax_code(i), access_code(i)) for i in range(2)]
        replayed = again[0].call(submit=submit(R, uuid("before")))
        self.assertEqual((status_name(replayed), replayed.receipt), ("REPLAYED", accepted.receipt))
        # What was refused may have reached the disk: only that it is there once from now on is told.
        self.assertIn(status_name(again[1].call(submit=submit(R, uuid("while")))), ("ACCEPTED", "REPLAYED"))
        self.assertEqual(status_name(again[1].call(submit=submit(R, uuid("while")))), "REPLAYED")
        for client in units + again:
            client.close()
        self.collector.stop()


    def test_one_whose_file_goes_under_it_says_so_and_ends_with_1(self):
        self.collector.start()
        with self.collector.staff() as office:
            make_round(office, R, 2)
        self.collector.stop()  # then all is in that file
        self.collector.start()
        with self.collector.staff() as office:
            os.truncate(os.path.join(self.collector.data, "data.mdb"), 8192)
            with self.assertRaises((EOFError, OSError)):
                office.call(read_log=pb.ReadLog(**{"from": 1}))
        self.assertEqual(self.collector.wait_end(), 1)
        self.assertRegex("\n".join(self.collector.log), " error a file of the data folder could not be read")
        self.collector.launch()
        self.assertEqual(self.collector.wait_end(), 1)
        self.assertRegex(self.collector.log[-1], "the file has lost its end")


    def test_one_whose_journal_was_removed_takes_nothing_gives_all_and_ends_with_1(self):
        self.collector.start()
        with self.collector.staff() as office:
            make_round(office, R, 2)
            os.unlink(os.path.join(self.collector.data, "journal"))
            time.sleep(0.3) # it looks ten times a second
            with self.collector.unit(tax_code(0), access_code(0)) as unit:
                self.assertEqual(unit.call(submit=submit(R, uuid("lost"))).status, pb.TRY_LATER)
            self.collector.wait_log(" error a file of the log has been removed")
            answer = self.get("/healthz")
            self.assertEqual((answer.code, b"has been removed" in answer.body), (503, True))
            self.assertGreater(len(office.call(read_log=pb.ReadLog(**{"from": 1})).log_entries.entry), 3)
        self.collector.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.collector.wait_end(), 1)
        self.assertRegex(self.collector.log[-1], " error stopped: a file of the log had been removed")


    def test_a_contact_that_cannot_be_read_fails_the_page_and_is_not_left_out(self):
        self.collector.start()
        with self.collector.staff() as office:
            make_round(office, R, 2)
            with self.collector.unit(tax_code(0), access_code(0)) as unit:
                self.assertEqual(unit.call(submit=submit(R, uuid("first"))).status, pb.ACCEPTED)
                kept = unit.call(contact=pb.Contact(round=R, name="Bà Hoa", consent=True))
                self.assertEqual(kept.status, pb.DONE)
            asked = pb.ListFollowup(round=R, state=[pb.COMPLETE])
            with open(os.path.join(self.collector.data, "contacts.mdb"), "r+b", buffering=0) as f:
                whole = f.read()
                f.seek(8192)  # behind the two pages that say where the others are
                f.write(bytes(len(whole) - 8192))
                failed = office.call(list_followup=asked)
                f.seek(0)
                f.write(whole)
            self.assertEqual(status_name(failed), "UNAVAILABLE")
            page = office.call(list_followup=asked).followup
            self.assertEqual([u.contact.name for u in page.unit], ["Bà Hoa"])
        self.collector.stop()


class MetricsTest(WireTest):
    options = ("--disk-reserve=1",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.office = cls.collector.staff()
        cls.addClassCleanup(cls.office.close)
        make_round(cls.office, R, UNITS)

    def client(self, i):
        client = self.collector.unit(tax_code(i), access_code(i))
        self.addCleanup(client.close)
        return client

    def grown(self, before, name, **labels):
        return (sample(metrics(self.collector), name, **labels) or 0) - (sample(before, name, **labels) or 0)

    def test_only_staff_read_them(self):
        viewer = self.office.call(add_account=pb.AddAccount(name="xem", role=pb.VIEWER))
        self.assert_status(viewer, pb.DONE)
        token = self.office.call(create_token=pb.CreateToken(
            account="xem", name="prometheus", role=pb.VIEWER,
            expires_ms=int(time.time() * 1000) + 60000)).token_made.token
        for who, code in ((None, 401), ((tax_code(0), access_code(0)), 401), (b"x" * 32, 401), (token[:31], 401),
                          (token, 200), (self.collector.token, 200)):
            with Door(self.collector.http_port, who) as door:
                answer = door.get("/metrics")
                self.assertEqual(answer.code, code, who)
                self.assertEqual(b"khaosat_" in answer.body, code == 200)
        self.assert_status(self.office.call(remove_account=pb.RemoveAccount(name="xem")), pb.DONE)
        with Door(self.collector.http_port, token) as door:
            self.assertEqual(door.get("/metrics").code, 401)

    def test_every_outcome_of_a_submission_is_counted_and_every_finding(self):
        before = metrics(self.collector)
        client = self.client(0)
        first = uuid("watch")
        for expected, body in (
                (pb.ACCEPTED, submit(R, first)), (pb.REPLAYED, submit(R, first)),
                (pb.CONFLICT, submit(R, first, answers(["Y"]))), (pb.STALE, submit(R, uuid("second"))),
                (pb.NOT_FOUND, submit(R, uuid("third"), deprecated_id=uuid("none"))),
                (pb.REJECTED, submit(R, uuid("bad"), answers(["X"], number=2000))),
                (pb.REJECTED, submit(R, uuid("bad"), answers([]))),
                (pb.NEEDS_CONFIRMATION, submit(R, uuid("soft"), answers(["X"], number=600))),
                (pb.WRONG_VERSION, submit(R, uuid("old"), survey_version=9)),
                (pb.INVALID, submit(R, b"short"))):
            self.assert_status(client.call(submit=body), expected)
        stranger = self.client(1)
        stranger.credential = (tax_code(1), access_code(2))
        self.assert_status(stranger.call(submit=submit(R, uuid("x"))), pb.REFUSED)
        after = metrics(self.collector)
        for status, n in (("accepted", 1), ("replayed", 1), ("conflict", 1), ("stale", 1), ("not_found", 1),
                          ("rejected", 2), ("needs_confirmation", 1), ("wrong_version", 1), ("invalid", 1),
                          ("refused", 1), ("try_later", 0)):
            labels = {"request": "submit", "status": status}
            grown = sample(after, "khaosat_answers_total", **labels) - sample(before, "khaosat_answers_total", **labels)
            self.assertEqual(grown, n, status)
        for check, severity in (("E_NUMBER", "hard"), ("E_CORE", "hard"), ("S_MANY", "soft")):
            self.assertEqual(sample(after, "khaosat_findings_total", check=check, severity=severity), 1, check)
        self.assertEqual(sample(after, "khaosat_log_last_entry") - sample(before, "khaosat_log_last_entry"), 1)
        self.assertEqual(sample(after, "khaosat_commit_batch_entries_sum"), sample(after, "khaosat_log_last_entry"))
        self.assertGreater(sample(after, "khaosat_commit_seconds_sum"), 0)
        self.assertEqual(sample(after, "khaosat_submit_seconds_count") -
                         sample(before, "khaosat_submit_seconds_count"), 11)

    def test_rates_and_verdicts_are_those_that_officers_read(self):
        for i in range(5, 15):
            self.assert_status(self.client(i).call(submit=submit(R, uuid("rates", i))), pb.ACCEPTED)
        seen = metrics(self.collector)
        rates = self.office.call(get_rates=pb.GetRates(round=R)).rates
        units = self.office.call(list_rounds=pb.ListRounds()).rounds.round[0]
        self.assertEqual(sample(seen, "khaosat_round_units", round=R), UNITS)
        self.assertEqual(sample(seen, "khaosat_round_responded", round=R), units.responded)
        self.assertEqual({rate.goal for rate in rates.rate}, {"GA", "GB"})
        for rate in rates.rate:
            labels = {"round": R, "goal": rate.goal}
            answered = rate.met + rate.not_met + rate.unknown
            self.assertEqual(sample(seen, "khaosat_goal_units", **labels), rate.n)
            self.assertAlmostEqual(sample(seen, "khaosat_goal_response_ratio", **labels), answered / rate.n, 5)
            self.assertAlmostEqual(sample(seen, "khaosat_goal_share_ratio", **labels), rate.met / rate.n, 5)
            said = {v: sample(seen, "khaosat_goal_verdict", verdict=v, **labels)
                    for v in ("met", "not_met", "undecided", "not_applicable")}
            word = pb.Verdict.Name(rate.verdict).lower()
            self.assertEqual(said, {v: 1.0 if v == word else 0.0 for v in said}, word)

    def test_what_was_turned_away_is_counted_by_its_reason(self):
        before = metrics(self.collector)
        with socket.create_connection(("127.0.0.1", self.collector.port), ANSWER_LIMIT_S) as bad:
            bad.sendall(b"\0\0\0\0")
            while bad.recv(1024):
                pass
        with Door(self.collector.http_port) as door:
            door.send(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
            self.assertEqual(door.receive().code, 400)
        self.assertEqual(self.grown(before, "khaosat_refused_total", reason="bad_frame"), 1)
        self.assertEqual(self.grown(before, "khaosat_refused_total", reason="bad_http"), 1)
        self.assertEqual(self.grown(before, "khaosat_http_responses_total", code="400"), 1)
        self.assertGreaterEqual(self.grown(before, "khaosat_http_responses_total", code="200"), 1)

    def test_how_full_everything_is_can_be_seen(self):
        clients = [self.client(i) for i in range(3)]
        for client in clients:
            self.assert_status(client.call(hello=pb.Hello()), pb.DONE)
        seen = metrics(self.collector)
        self.assertGreaterEqual(sample(seen, "khaosat_connections", door="frames"), 4)
        self.assertGreaterEqual(sample(seen, "khaosat_connections", door="http"), 1)
        self.assertEqual(sample(seen, "khaosat_connections_max"), 4096)
        for name in ("khaosat_store_queue_entries", "khaosat_output_waiting_bytes", "khaosat_store_full"):
            self.assertEqual(sample(seen, name), 0, name)
        for name in ("khaosat_disk_free_bytes", "khaosat_disk_reserve_bytes", "khaosat_journal_bytes",
                     "khaosat_store_accepting", "process_resident_memory_bytes", "process_open_fds",
                     "process_max_fds", "process_cpu_seconds_total", "khaosat_output_memory_bytes"):
            self.assertGreater(sample(seen, name), 0, name)
        self.assertLess(sample(seen, "khaosat_journal_bytes"), sample(seen, "khaosat_journal_room_bytes"))
        self.assertLess(sample(seen, "khaosat_log_map_bytes"), sample(seen, "khaosat_log_map_room_bytes"))
        self.assertEqual(sample(seen, "khaosat_log_map_full"), 0)
        for worker in ("worker", "scribe", "warden"):
            self.assertEqual(sample(seen, "khaosat_worker_tasks", worker=worker), 0)
        self.assertEqual(len([name for name, _ in seen if name == "khaosat_build_info"]), 1)

    def test_each_family_is_as_prometheus_would_have_it(self):
        for family in families(self.collector):
            with self.subTest(family.name):
                self.assertNotEqual(family.documentation, "")
                self.assertRegex(family.name, r"^(khaosat|process)(_[a-z0-9]+)+$")
                self.assertNotRegex(family.name, "_(count|sum|bucket|total)$")  # the parser drops a counter's
                self.assertNotRegex(family.name, "(milliseconds|_ms|_us|kilobytes|percent|_kib|_mib)")
                ends = {s.name.endswith("_total") for s in family.samples}
                self.assertLessEqual(ends, {family.type == "counter"})
                seen = [(s.name, frozenset(s.labels.items())) for s in family.samples]
                self.assertEqual(len(seen), len(set(seen)))
                if family.type == "histogram":
                    self.assert_histogram(family)

    def assert_histogram(self, family):
        buckets = [s for s in family.samples if s.name.endswith("_bucket")]
        bounds = [float(s.labels["le"]) for s in buckets]
        self.assertEqual(bounds, sorted(bounds))
        self.assertEqual(bounds[-1], float("inf"))
        counts = [s.value for s in buckets]
        self.assertEqual(counts, sorted(counts))
        self.assertEqual([s.value for s in family.samples if s.name.endswith("_count")], [counts[-1]])

    def test_promtool_has_nothing_to_say_of_them(self):
        promtool = shutil.which("promtool")
        if promtool is None:
            self.skipTest("promtool is not installed: Debian's prometheus takes 332 MB and starts a server; the parser of "
                          "python3-prometheus-client has read the same text")
        with Door(self.collector.http_port, self.collector.token) as door:
            text = door.get("/metrics").body
        done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))


class TlsTest(unittest.TestCase):
    def test_what_is_not_tls_and_what_never_becomes_it_is_counted(self):
        folder = tempfile.mkdtemp(prefix="khaosat-watch-")
        self.addCleanup(shutil.rmtree, folder)
        subprocess.run([os.path.join(BINARY_DIR, "khaosatd"), "--self-signed", folder], check=True,
                       capture_output=True)
        collector = Collector("--tls-cert", os.path.join(folder, "cert.pem"), "--tls-key",
                              os.path.join(folder, "key.pem"), "--handshake-timeout=500")
        self.addCleanup(collector.remove)
        collector.tls = ssl.create_default_context(cafile=os.path.join(folder, "cert.pem"))
        collector.start()
        for said in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\0\0\0\x10" + 16 * b"x", b"\x16\x03\x01\0\x05\x01\0\0\x01\0"):
            with socket.create_connection(("127.0.0.1", collector.port), ANSWER_LIMIT_S) as bad:
                bad.sendall(said)
                while bad.recv(1024):
                    pass
        with socket.create_connection(("127.0.0.1", collector.port), ANSWER_LIMIT_S) as silent:
            silent.sendall(b"\x16\x03\x01")
            self.assertEqual(silent.recv(1024), b"")
        with Client(collector.port, tls=collector.tls) as good:
            self.assertEqual(good.call(hello=pb.Hello()).status, pb.DONE)
        seen = metrics(collector)
        for reason, n in (("plain_text", 2), ("handshake", 1), ("handshake_late", 1)):
            self.assertEqual(sample(seen, "khaosat_refused_total", reason=reason), n, reason)
        self.assertEqual(sample(seen, "khaosat_tls_handshakes_total"), 2)
        collector.stop()


if __name__ == "__main__":
    unittest.main()

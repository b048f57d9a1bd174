# SPDX-License-Identifier: Apache-2.0
"""Files of exports over HTTP: whole, in parts, conditional; and peers that do not take what they asked for."""

import hashlib
import os
import select
import threading
import time
import unittest

import khaosat_pb2 as pb
from http_door import Door
from scrape import metrics, refused, sample
from wire import (ANSWER_LIMIT_S, Collector, WireTest, access_code, is_sanitized, make_round, submit, tax_code, uuid,
                  wait_until)

R = "r"
PUBLIC = "/v1/rounds/r/exports/public/"
INTERNAL = "/v1/rounds/r/exports/internal/"
LARGE = bytes(range(256)) * (10 << 10)  # 2.5 MiB: three pieces


def put_file(collector, name, write):
    """Beside what a run has written."""
    path = os.path.join(collector.data, "exports", "public", R, "v0001", name)
    with open(path, "wb") as out:
        write(out)


def run_export(office, **settings):
    made = office.call(run_export=pb.RunExport(round=R, **settings))
    assert made.status == pb.DONE, made
    return made.export.vintage


class FileTest(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.office = cls.collector.staff()
        cls.addClassCleanup(cls.office.close)
        make_round(cls.office, R, 30)
        for i in range(20):
            with cls.collector.unit(tax_code(i), access_code(i)) as unit:
                assert unit.call(submit=submit(R, uuid("files", i))).status == pb.ACCEPTED
        assert run_export(cls.office, format=["csv"]) == 1
        assert run_export(cls.office) == 2
        assert run_export(cls.office, format=["csv", "json"], internal=True) == 1
        put_file(cls.collector, "large.bin", lambda out: out.write(LARGE))
        put_file(cls.collector, "empty.bin", lambda out: None)
        viewer = cls.office.call(add_account=pb.AddAccount(name="xem", role=pb.VIEWER))
        assert viewer.status == pb.DONE
        cls.viewer = cls.office.call(create_token=pb.CreateToken(
            account="xem", name="t", role=pb.VIEWER, expires_ms=int(time.time() * 1000) + 3600000)).token_made.token

    def door(self, who="viewer"):
        door = Door(self.collector.http_port, self.viewer if who == "viewer" else who)
        self.addCleanup(door.close)
        return door

    def test_every_file_of_the_manifest_is_the_one_that_was_written(self):
        door = self.door()
        for folder in (PUBLIC + "1/", PUBLIC + "2/", PUBLIC + "latest/", INTERNAL + "1/", INTERNAL + "latest/"):
            manifest = door.get(folder + "manifest.json").json
            self.assertGreaterEqual(len(manifest["files"]), 3)
            self.assertEqual(manifest["vintage"], 1 if folder.endswith("1/") or INTERNAL in folder else 2)
            for file in manifest["files"]:
                answer = door.get(folder + file["name"])
                self.assertEqual((answer.code, len(answer.body)), (200, file["bytes"]), file)
                self.assertEqual(hashlib.sha256(answer.body).hexdigest(), file["sha256"])
                kept = "no-cache" if folder.startswith(PUBLIC) else "no-store"
                self.assertEqual(answer.header("cache-control"), kept)

    def test_each_has_the_type_that_programs_expect(self):
        door = self.door()
        for name, type in (("observations.csv", "text/csv; charset=utf-8"), ("goals.json", "application/json"),
                           ("report-vi.html", "text/html; charset=utf-8"), ("codebook.xml", "application/xml"),
                           ("quality.md", "text/markdown; charset=utf-8"),
                           ("goals.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
                           ("sdmx-2.0.csv", "application/vnd.sdmx.data+csv;version=2.0.0"),
                           ("sdmx-structure.json", "application/vnd.sdmx.structure+json;version=2.0.0"),
                           ("csv-metadata.json", "application/csvm+json")):
            answer = door.get(PUBLIC + "latest/" + name)
            self.assertEqual((answer.code, answer.type), (200, type))
            self.assertIn("sandbox; default-src 'none'", answer.header("content-security-policy"))

    def test_a_large_file_comes_whole_and_two_after_each_other(self):
        door = self.door()
        door.send(2 * door.request("GET", PUBLIC + "1/large.bin") + door.request("GET", "/healthz"))
        for _ in range(2):
            answer = door.receive()
            self.assertEqual((answer.code, answer.header("content-encoding")), (200, None))
            self.assertEqual(hashlib.sha256(answer.body).digest(), hashlib.sha256(LARGE).digest())
        self.assertEqual(door.receive().code, 200)
        head = door.call("HEAD", PUBLIC + "1/large.bin")
        self.assertEqual((head.code, head.header("content-length"), head.raw), (200, str(len(LARGE)), b""))
        self.assertEqual(door.get(PUBLIC + "1/empty.bin").body, b"")

    def test_a_part_of_a_file_is_that_part(self):
        door, n = self.door(), len(LARGE)
        for said, first, last in (("0-0", 0, 0), ("100-199", 100, 199), ("-5", n - 5, n - 1),
                                  ("-%d" % (n + 5), 0, n - 1), ("1048570-1048580", 1048570, 1048580),
                                  ("2500000-", 2500000, n - 1), ("%d-%d" % (n - 1, n + 9), n - 1, n - 1),
                                  ("2400000-99999999999999", 2400000, n - 1)):
            answer = door.get(PUBLIC + "1/large.bin", Range="bytes=" + said, Accept_Encoding="gzip")
            self.assertEqual((answer.code, answer.header("content-range")), (206, "bytes %d-%d/%d" % (first, last, n)))
            self.assertEqual(answer.body == LARGE[first:last + 1], True, said)
        for said in ("%d-" % n, "99999999-", "-0"):
            answer = door.get(PUBLIC + "1/large.bin", Range="bytes=" + said)
            self.assertEqual((answer.code, answer.header("content-range")), (416, "bytes */%d" % n), said)
        self.assertEqual(door.get(PUBLIC + "1/empty.bin", Range="bytes=0-").code, 416)
        for said in ("bytes=1-0", "bytes=0-1,5-6", "lines=0-1", "bytes=a-b", "bytes=-", "bytes=", "bytes=0x1-2",
                     "bytes=1-99999999999999999999"):  # as if it were not there
            self.assertEqual(door.get(PUBLIC + "1/codes.csv", Range=said).code, 200, said)

    def test_what_one_has_already_is_not_sent_again(self):
        door, path = self.door(), PUBLIC + "2/observations.csv"
        whole = door.get(path)
        tag, changed = whole.header("etag"), whole.header("last-modified")
        self.assertRegex(tag, '^"[0-9a-f]+-[0-9a-f]+"$')
        for headers in ({"If_None_Match": tag}, {"If_None_Match": "W/" + tag}, {"If_Modified_Since": changed},
                        {"If_None_Match": tag, "Range": "bytes=0-4"}):
            again = door.get(path, **headers)
            self.assertEqual((again.code, again.raw, again.header("etag")), (304, b"", tag), headers)
        for headers in ({"If_None_Match": '"x"'}, {"If_None_Match": '"x"', "If_Modified_Since": changed}):
            self.assertEqual(door.get(path, **headers).code, 200)
        for said, code in ((tag, 206), (changed, 206), ('"x"', 200), ("W/" + tag, 200)):
            self.assertEqual(door.get(path, Range="bytes=3-9", If_Range=said).code, code, said)
        self.assertEqual(door.get(PUBLIC + "latest/observations.csv").header("etag"), tag)
        packed = door.get(path, Accept_Encoding="gzip")
        self.assertEqual((packed.header("content-encoding"), packed.header("etag")), ("gzip", "W/" + tag))
        self.assertEqual(packed.body, whole.body)

    def test_nobody_reads_what_is_not_there_or_not_for_him(self):
        door = self.door()
        for path in (PUBLIC + "9/goals.json", PUBLIC + "1/none.csv", INTERNAL + "2/goals.json",
                     "/v1/rounds/none/exports/public/1/goals.json", PUBLIC + "1/", PUBLIC + "1/goals.json/x"):
            self.assertEqual(door.get(path).code, 404, path)
        for path in (PUBLIC + "one/goals.json", PUBLIC + "1/.new", PUBLIC + "1/goals.json?internal=true",
                     PUBLIC + "1/goals.json?offset=3", PUBLIC + "-1/goals.json"):
            self.assertEqual(door.get(path).code, 400, path)
        for who, code in ((None, 401), ((tax_code(1), access_code(1)), 403), (b"x" * 32, 403)):
            for path in (PUBLIC, INTERNAL):
                self.assertEqual(self.door(who).get(path + "1/goals.json").code, code)
        for trick in ("1/../../internal/r/v0001/goals.json", "1/%2e%2e", "1/..%2fgoals.json", "1//goals.json",
                      "1/%2fetc%2fpasswd", "1/goals.json%00", "%2e%2e/goals.json"):
            with self.door() as other:
                self.assertEqual(other.get(PUBLIC + trick).code, 400, trick)

    def test_a_file_that_vanishes_while_it_is_sent_ends_the_connection(self):
        door = self.door()
        put_file(self.collector, "vanishes.bin", lambda out: out.truncate(64 << 20))
        door.send(door.request("GET", PUBLIC + "1/vanishes.bin"))
        self.assertIn(b"HTTP/1.1 200", door.socket.recv(20))
        os.unlink(os.path.join(self.collector.data, "exports", "public", R, "v0001", "vanishes.bin"))
        said = len(door.rest())
        self.assertLess(said, 64 << 20)
        self.assertEqual(self.door().get("/healthz").code, 200)


class OpenTest(WireTest):
    """Where the office lets anybody read what is public."""

    options = ("--export-open=yes", "--limit-loopback=yes", "--address-rate=10000")

    def test_anybody_reads_what_is_public_and_nothing_else(self):
        with self.collector.staff() as office:
            make_round(office, R, 12)
            for settings in ({"format": ["csv"]}, {"format": ["csv"], "internal": True}, {"format": ["csv"]}):
                run_export(office, **settings)
        with Door(self.collector.http_port) as door:
            listed = door.get("/v1/exports?round=r").json
            self.assertEqual([(e["internal"], e["vintage"]) for e in listed["export"]], [(False, 2), (False, 1)])
            manifest = door.get(PUBLIC + "latest/manifest.json")
            self.assertEqual(manifest.json["vintage"], 2)
            part = door.get(PUBLIC + "1/observations.csv", Range="bytes=0-9")
            self.assertEqual((part.code, len(part.body), part.header("cache-control")), (206, 10, "no-cache"))
            again = door.get(PUBLIC + "1/observations.csv", If_None_Match=part.header("etag"))
            self.assertEqual((again.code, again.raw), (304, b""))
            self.assertIn("ratelimit", again.headers)
            for path in ("latest/manifest.json", "1/observations.csv", "9/manifest.json"):
                self.assertEqual(door.get(INTERNAL + path).code, 401, path)
            for path in ("1/none.csv", "3/manifest.json"):
                self.assertEqual(door.get(PUBLIC + path).code, 404, path)
            self.assertEqual(door.get("/v1/rounds/r/rates").code, 401)
            described = door.get("/v1/openapi.json").json["paths"]
            self.assertIn({}, described["/v1/exports"]["get"]["security"])
            self.assertNotIn("401", described[PUBLIC.replace("/r/", "/{round}/") + "latest/{file}"]["get"]["responses"])
            self.assertNotIn({}, described[INTERNAL.replace("/r/", "/{round}/") + "latest/{file}"]["get"]["security"])
        for who, code in (((tax_code(1), access_code(1)), 403), (b"x" * 32, 403), (self.collector.token, 200)):
            with Door(self.collector.http_port, who) as door:
                self.assertEqual(door.get(PUBLIC + "latest/manifest.json").code, 200)
                self.assertEqual(door.get(INTERNAL + "1/manifest.json").code, code)
        with self.collector.unit() as stranger:
            self.assertEqual([e.internal for e in stranger.call(list_exports=pb.ListExports()).exports.export], [False] * 2)
            self.assert_status(stranger.call(read_export=pb.ReadExport(round=R, internal=True, file="manifest.json")), pb.REFUSED)
            self.assert_status(stranger.call(run_export=pb.RunExport(round=R)), pb.REFUSED)


    def test_a_crowd_of_strangers_is_told_to_wait_and_staff_are_served(self):
        with self.collector.unit() as crowd, self.collector.staff() as office:
            before = sample(metrics(self.collector), "khaosat_refused_total", reason="overload")
            for _ in range(200):
                crowd.send(crowd.request(list_exports=pb.ListExports()))
            self.assert_status(office.call(list_exports=pb.ListExports()), pb.DONE)
            got = [crowd.receive().status for _ in range(200)]
            self.assertLessEqual(set(got), {pb.DONE, pb.TRY_LATER})
            self.assertIn(pb.DONE, got)
            after = sample(metrics(self.collector), "khaosat_refused_total", reason="overload")
            self.assertEqual(after - before, got.count(pb.TRY_LATER))


class SlowReaderTest(unittest.TestCase):
    """A peer that asks for much and takes little holds a piece, is closed, and is counted."""

    PEERS = 8
    SIZE = 64 << 20

    def start(self, *options):
        collector = Collector("--loops=1", "--read-timeout=5000", *options)
        self.addCleanup(collector.remove)
        collector.start()
        with collector.staff() as office:
            make_round(office, R, 2)
            run_export(office, format=["csv"])
        put_file(collector, "huge.bin", lambda out: out.truncate(self.SIZE))
        return collector

    def ask(self, collector):
        door = Door(collector.http_port, collector.token)
        self.addCleanup(door.close)
        door.send(3 * door.request("GET", PUBLIC + "1/huge.bin"))
        return door

    def test_slow_readers_of_a_large_file_hold_a_piece_each_and_are_closed(self):
        collector = self.start()
        before_kib = collector.memory_kib()
        with refused(self, collector, "unread", self.PEERS):
            slow = []
            for _ in range(self.PEERS):
                slow.append(self.ask(collector))
                self.assertEqual(slow[-1].socket.recv(15), b"HTTP/1.1 200 OK")
            with collector.unit(tax_code(0), access_code(0)) as other:
                self.assertEqual(other.call(submit=submit(R, uuid("x"))).status, pb.ACCEPTED)
            held_kib = collector.memory_kib() - before_kib
            print("%d peers of a file of %d MiB hold %d KiB each" % (self.PEERS, self.SIZE >> 20,
                                                                     held_kib // self.PEERS), flush=True)
            if not is_sanitized():
                self.assertLess(held_kib / self.PEERS, 4 << 10)
        for door in slow:
            self.assertLess(len(door.rest()), self.SIZE)
        collector.stop()

    def test_one_that_takes_its_time_but_takes_is_served_on(self):
        collector = self.start("--output-memory=2")
        door, got, pause = self.ask(collector), 0, threading.Event()
        begin = time.monotonic()
        while got < 5 << 20:
            got += len(door.socket.recv(1 << 20))
            if got % 7 == 0:
                pause.wait(0.001)
            self.assertLess(time.monotonic() - begin, ANSWER_LIMIT_S)
        door.close()
        collector.stop()

    def test_one_that_is_held_up_by_others_is_asked_for_again_now_and_then(self):
        collector = self.start("--output-memory=2")
        def later():
            return sample(metrics(collector), "khaosat_answers_total", request="read_export", status="try_later") or 0

        door = self.ask(collector)
        self.assertEqual(door.socket.recv(15), b"HTTP/1.1 200 OK")
        for _ in range(3):  # who take nothing, and soon hold all that there is room for
            greedy = collector.staff()
            self.addCleanup(greedy.close)
            for _ in range(8):
                greedy.send(greedy.request(read_export=pb.ReadExport(round=R, vintage=1, file="huge.bin")))
        wait_until(lambda: later() > 0)
        while select.select([door.socket], [], [], 0.5)[0]:
            self.assertNotEqual(door.socket.recv(1 << 20), b"")
        wait_until(lambda: sample(metrics(collector), "khaosat_refused_total", reason="unread") > 0)
        print("told to come later %d times" % later(), flush=True)
        self.assertLess(later(), 400)
        collector.stop()


if __name__ == "__main__":
    unittest.main()

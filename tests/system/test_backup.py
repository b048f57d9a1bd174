# SPDX-License-Identifier: Apache-2.0
"""Backups: taken while submissions go on, restored, proved. The file is read here a second time, from
the page in proto/backup.h alone."""

import hashlib
import os
import random
import resource
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import unittest

import khaosat_pb2 as pb
from wire import (BINARY_DIR, KHAOSATD, SANITIZED_OPTIONS, Collector, Header, access_code, answers, make_round, status_name, submit,
                  tax_code, uuid, wait_until)

KHAOSAT = os.path.join(BINARY_DIR, "khaosat")
LIMIT_S = 120
R = "2025"
HEADER_BYTES, ENTRY_BYTES, TRAILER_BYTES = 64, 200, 40
SECRET = "Nguyễn Thị Không Được Sao Lưu"


class Backup:
    """What stands in a file, or an assertion that it does not."""

    def __init__(self, data):
        assert data[:8] == b"KHAOSATB" and data[8:16] == b"\1\0\0\0\0\0\0\0", data[:16]
        assert data[-32:] == hashlib.sha256(data[:-32]).digest()
        self.log = data[16:32]
        self.last = int.from_bytes(data[40:48], "little")
        assert data[48:64] == bytes(16) and data[-40:-32] == data[40:48]
        self.entries, self.at, at = [], [], HEADER_BYTES
        for _ in range(self.last):
            n = int.from_bytes(data[at:at + 4], "little")
            self.at.append(at + 4)
            self.entries.append(data[at + 4:at + 4 + n])
            at += 4 + n
        assert at == len(data) - TRAILER_BYTES, (at, len(data))


def sealed(data):
    """With the digest that fits."""
    return data[:-32] + hashlib.sha256(data[:-32]).digest()


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


class BackupCase(unittest.TestCase):
    units = 40
    answered = 0

    @classmethod
    def setUpClass(cls):
        cls.collector = Collector().start()
        cls.addClassCleanup(cls.collector.remove)
        with cls.collector.staff() as office:
            make_round(office, R, cls.units)
            for i in range(cls.answered):
                cls.accept(office, i, uuid("first", i))
        cls.token = os.path.join(cls.collector.data, "staff.token")

    @classmethod
    def tearDownClass(cls):
        if cls.collector.process is not None:
            cls.collector.stop()

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="khaosat-backup-")
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        with open(self.path(name), "wb") as f:
            f.write(data)
        return self.path(name)

    @staticmethod
    def read(path):
        with open(path, "rb") as f:
            return f.read()

    @staticmethod
    def accept(office, i, instance_id, **fields):
        response = office.call(submit=submit(R, instance_id, answers(number=i, comment="đơn vị %d" % i),
                                             tax_code=tax_code(i), channel=pb.OFFICE, **fields))
        assert response.status == pb.ACCEPTED, response
        return response.receipt

    def run_program(self, *arguments, **options):
        options.setdefault("env", {**os.environ, "KHAOSAT_SERVER": "127.0.0.1:%d" % self.collector.port,
                                   "KHAOSAT_TOKEN_FILE": self.token, "TMPDIR": self.folder})
        options.setdefault("stdout", subprocess.PIPE)
        result = subprocess.run(arguments, stderr=subprocess.PIPE, timeout=LIMIT_S, check=False, **options)
        result.stderr = result.stderr.decode()
        self.assertNotIn("Sanitizer", result.stderr)
        return result

    def backup(self, *arguments, **options):
        return self.run_program(KHAOSAT, "--lang", "en", "backup", *arguments, **options)

    def restore(self, file, *arguments, **options):
        return self.run_program(KHAOSATD, *SANITIZED_OPTIONS, "--restore", file, "--data", self.path("data"), "--disk-reserve=0",
                                *arguments, **options)

    def await_file(self, prefix, process):
        wait_until(lambda: process.poll() is not None or any(name.startswith(prefix) for name in os.listdir(self.folder)))
        self.assertIsNone(process.poll())

    def assert_exit(self, code, result):
        self.assertEqual(result.returncode, code, (result.stdout, result.stderr))

    def assert_refused(self, result, words):
        """One clear line."""
        self.assert_exit(1, result)
        self.assertRegex(result.stderr, r"\Akhaosatd: [^\n]*(%s)[^\n]*\n\Z" % words)

    def good_backup(self, name="good"):
        self.assert_exit(0, self.backup(self.path(name)))
        return self.read(self.path(name))


class Sender(threading.Thread):
    """Sends submissions and corrections of its own units, pipelined, until it is told to end."""

    def __init__(self, collector, units, seed):
        super().__init__()
        self.collector, self.units, self.random = collector, units, random.Random(seed)
        self.receipts = {}  # of what was accepted: number -> (receipt, what was sent)
        self.heads = {}
        self.is_ended = threading.Event()
        self.enough = threading.Semaphore(0)
        self.failure = None

    def submission(self, i):
        new = uuid(i, self.random.random())
        fields = {"deprecated_id": self.heads[i]} if i in self.heads else {}
        return submit(R, new, answers(number=self.random.randrange(400), comment="x" * self.random.randrange(1, 90)),
                      tax_code=tax_code(i), channel=pb.OFFICE, **fields)

    def run(self):
        try:
            with self.collector.staff() as office:
                while not self.is_ended.is_set():
                    self.send_some(office)
        except BaseException as failure:  # noqa: B902
            self.failure = failure

    def send_some(self, office):
        waiting = {}
        for i in self.random.sample(self.units, 16):
            message = self.submission(i)
            request = office.request(submit=message)
            waiting[request.id] = (i, message)
            office.send(request)
        for _ in range(len(waiting)):
            response = office.receive()
            i, message = waiting[response.id]
            assert response.status == pb.ACCEPTED, response
            self.heads[i] = message.instance_id
            self.receipts[response.receipt.number] = (response.receipt, message)
            self.enough.release()


class UnderLoadTest(BackupCase):
    units = 600

    def under_load(self, file):
        """What was accepted before the backup began, and all that was in the end."""
        senders = [Sender(self.collector, list(range(k, self.units, 4)), k) for k in range(4)]
        for sender in senders:
            sender.start()
        for sender in senders:
            for _ in range(400):
                self.assertTrue(sender.enough.acquire(timeout=LIMIT_S))
        before = {n for sender in senders for n in list(sender.receipts)}
        result = self.backup(file)
        for sender in senders:
            for _ in range(100):  # it went on
                self.assertTrue(sender.enough.acquire(timeout=LIMIT_S))
            sender.is_ended.set()
        for sender in senders:
            sender.join(LIMIT_S)
            if sender.failure is not None:
                raise sender.failure
        self.assert_exit(0, result)
        return before, {n: r for sender in senders for n, r in sender.receipts.items()}, result

    @staticmethod
    def log_of(office):
        entries = []
        while True:
            page = office.call(read_log=pb.ReadLog(**{"from": len(entries) + 1})).log_entries
            if not page.entry:
                return entries
            entries += [e.header + e.payload for e in page.entry]

    def restored(self, file):
        again = Collector()
        self.addCleanup(again.remove)
        self.assert_exit(0, self.run_program(KHAOSATD, *SANITIZED_OPTIONS, "--restore", file, "--data", again.data,
                                             "--disk-reserve=0"))
        return again.start()

    def test_a_backup_under_load_is_a_prefix_that_holds_all_accepted_before_it_began(self):
        file = self.path("backup")
        before, accepted, result = self.under_load(file)
        backup = Backup(self.read(file))
        self.assertRegex(result.stdout.decode(), r"\Abacked up to %s: log %s, entries %d, bytes %d\n\Z" % (
            file, backup.log.hex(), backup.last, os.path.getsize(file)))
        self.assertRegex(result.stderr, r"backed up: %d/%d \(100 %%\)\n\Z" % (backup.last, backup.last))
        self.assertLessEqual(max(before), backup.last)
        self.assertLess(backup.last, max(accepted))
        for number, (receipt, message) in accepted.items():
            if number <= backup.last:
                self.assertEqual(backup.entries[number - 1], receipt.header + message.answers)
        with self.collector.staff() as office:
            self.assertEqual(backup.entries, self.log_of(office)[:backup.last])
            self.assertEqual(backup.log, office.call(hello=pb.Hello()).hello.log)
        verified = self.backup("--verify", file)
        self.assert_exit(0, verified)
        self.assertRegex(verified.stdout.decode(), r"entries %d, .* differences 0\n\Z" % backup.last)
        verified = self.run_program(KHAOSAT, "--lang", "vi", "backup", "--verify", file)
        self.assertRegex(verified.stdout.decode(), r"\Ađã kiểm tra .*: nhật ký .* bản ghi %d, .* khác biệt 0\n\Z" % backup.last)
        again = self.restored(file)
        self.check_restored(again, backup, accepted)
        again.stop()

    def check_restored(self, again, backup, accepted):
        with again.staff() as office:
            hello = office.call(hello=pb.Hello()).hello
            self.assertEqual((hello.log, hello.last), (backup.log, backup.last))
            self.assertEqual(self.log_of(office), backup.entries)
            recount = office.call(recount=pb.Recount()).recount
            self.assertEqual((recount.last, recount.differences), (backup.last, 0))
            self.check_rates(office, backup)
            inside = [n for n in accepted if n <= backup.last]
            for number in random.Random(1).sample(inside, 50):
                receipt, message = accepted[number]
                response = office.call(submit=message)
                self.assertEqual(status_name(response), "REPLAYED")
                self.assertEqual(response.receipt, receipt)
            outside = min(n for n in accepted if n > backup.last)
            response = office.call(submit=accepted[outside][1])  # its sender may send it again
            self.assertEqual(status_name(response), "ACCEPTED")
            self.assertEqual((response.receipt.log, response.receipt.number), (backup.log, backup.last + 1))
            self.assertEqual(office.call(recount=pb.Recount()).recount.differences, 0)

    def check_rates(self, office, backup):
        answered = {Header(e[:ENTRY_BYTES]).unit for e in backup.entries if e[2] in (pb.SUBMISSION, pb.CORRECTION)}
        rate = next(r for r in office.call(get_rates=pb.GetRates(round=R)).rates.rate if r.goal == "GA")
        self.assertEqual((rate.n, rate.responded, rate.met), (self.units, len(answered), len(answered)))


class FileTest(BackupCase):
    answered = 12

    def test_stdout_gets_the_same_bytes_as_a_file(self):
        data = self.good_backup()
        piped = self.backup("-")
        self.assert_exit(0, piped)
        self.assertRegex(piped.stderr, r"(\d+)/\1 \(100 %\)\n") # how far it is
        Backup(piped.stdout)
        self.assertEqual(piped.stdout[:32] + piped.stdout[40:-32], data[:32] + data[40:-32])
        with open(self.path("redirected"), "wb") as f:
            self.assert_exit(0, self.backup("-", stdout=f))
        Backup(self.read(self.path("redirected")))
        restored = self.restore("-", input=piped.stdout)
        self.assert_exit(0, restored)
        self.assertRegex(restored.stdout.decode(), r"\Arestored .*: log %s, taken 20.*Z, entries %d\n\Z" % (
            piped.stdout[16:32].hex(), Backup(data).last))
        self.assert_exit(0, self.backup("--verify", "-", input=piped.stdout))

    def test_the_file_is_private_and_alone(self):
        self.good_backup()
        self.assertEqual(os.stat(self.path("good")).st_mode & 0o777, 0o600)
        self.assertEqual(os.listdir(self.folder), ["good"])

    def test_what_is_said_where_streams_are_closed_is_not_in_the_file(self):
        for closed in ((0, 2), (1, 2)):
            self.assert_exit(closed[0], self.backup(self.path("x"), "--force", preexec_fn=lambda: [os.close(n) for n in closed]))
            Backup(self.read(self.path("x")))

    def test_a_file_that_exists_is_kept_unless_forced(self):
        self.write("there", b"mine")
        result = self.backup(self.path("there"))
        self.assert_exit(1, result)
        self.assertIn("--force", result.stderr)
        self.assertEqual(self.read(self.path("there")), b"mine")
        self.assert_exit(0, self.backup(self.path("there"), "--force"))
        Backup(self.read(self.path("there")))
        self.assert_exit(1, self.backup(self.folder, "--force"))
        self.assert_exit(1, self.backup("/dev/null", "--force"))
        self.assertFalse(os.path.isfile("/dev/null"))

    def test_contacts_are_not_in_a_backup(self):
        with self.collector.unit(tax_code(0), access_code(0)) as unit:
            response = unit.call(contact=pb.Contact(round=R, name=SECRET, phone="0912345678", consent=True))
            self.assertEqual(status_name(response), "DONE")
        data = self.good_backup()
        self.assertNotIn(SECRET.encode(), data)
        self.assertNotIn(b"0912345678", data)
        self.assertIn("đơn vị 3".encode(), data)

    def test_where_the_file_cannot_grow_it_says_so_and_leaves_none(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

        result = self.backup(self.path("small"), preexec_fn=limit)
        self.assert_exit(1, result)
        self.assertRegex(result.stderr, r"\Akhaosat: [^\n]*small: File too large\n\Z")
        self.assertEqual(os.listdir(self.folder), [])
        with open("/dev/full", "wb") as full:
            result = self.backup("-", "--quiet", stdout=full)
        self.assert_exit(1, result)
        self.assertEqual(result.stderr, "khaosat: stdout: No space left on device\n")

    def test_without_a_token_a_collector_or_a_folder_there_is_no_backup(self):
        environment = {**os.environ, "KHAOSAT_SERVER": "127.0.0.1:%d" % self.collector.port}
        self.assert_exit(2, self.backup(self.path("x"), env=environment))
        environment["KHAOSAT_TOKEN_FILE"] = self.write("wrong", b"0" * 64)
        os.chmod(self.path("wrong"), 0o600)
        self.assert_exit(1, self.backup(self.path("x"), env=environment))
        self.assert_exit(4, self.backup(self.path("x"), "--server", "127.0.0.1:1"))
        self.assert_exit(1, self.backup(self.path("no/such/folder")))
        self.assert_exit(2, self.backup())
        self.assert_exit(2, self.backup("a", "b"))
        self.assertEqual(os.listdir(self.folder), ["wrong"])


class LostTest(BackupCase):
    """A collector that says hello, then nothing more; or goes away."""

    units = 1

    def serve(self, goes):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        self.environment = {**os.environ, "KHAOSAT_SERVER": "127.0.0.1:%d" % listener.getsockname()[1],
                            "KHAOSAT_TOKEN_FILE": self.token}

        def serve():
            connection, _ = listener.accept()
            with connection, connection.makefile("rwb") as stream:
                for _ in range(2):
                    (n,) = struct.unpack(">I", stream.read(4))
                    response = pb.Response(id=pb.Request.FromString(stream.read(n)).id, status=pb.DONE)
                    response.hello.staff, response.hello.log, response.hello.last = True, bytes(16), 1000
                    stream.write(struct.pack(">I", response.ByteSize()) + response.SerializeToString())
                    stream.flush()
                if not goes:
                    stream.read()  # until the client has gone

        (thread := threading.Thread(target=serve, daemon=True)).start()
        self.addCleanup(thread.join, LIMIT_S)

    def test_a_backup_that_is_lost_on_the_way_leaves_no_file(self):
        self.serve(goes=True)
        self.assert_exit(4, self.backup(self.path("x"), env=self.environment))
        self.assertEqual(os.listdir(self.folder), [])

    def test_a_backup_that_is_interrupted_leaves_no_file(self):
        self.serve(goes=False)
        process = subprocess.Popen([KHAOSAT, "backup", self.path("x")], env=self.environment)
        self.await_file("x.", process)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(LIMIT_S), -signal.SIGTERM)
        self.assertEqual(os.listdir(self.folder), [])


class RestoreTest(BackupCase):
    answered = 12

    def refused(self, data, words):
        """Not restored, and nothing left."""
        self.assert_refused(self.restore(self.write("bad", data)), words)
        self.assertEqual(sorted(os.listdir(self.folder)), ["bad", "good"])

    def refused_by_both(self, data, words):
        """Nor verified."""
        self.refused(data, words)
        self.assert_refused(self.backup("--verify", self.path("bad")), words)
        self.assertEqual(sorted(os.listdir(self.folder)), ["bad", "good"])

    def test_a_file_cut_short_is_refused_wherever_it_ends(self):
        data = self.good_backup()
        at = Backup(data).at
        for n in (0, 8, 12, HEADER_BYTES - 1):
            self.refused(data[:n], "ends within its header")
        for n in (HEADER_BYTES, at[0] - 1, at[0], at[1] - 4, at[-1] + ENTRY_BYTES, len(data) - TRAILER_BYTES,
                  len(data) - 32):
            self.refused(data[:n], r"cut short: it ends behind entry \d+ of %d" % len(at))
        self.refused_by_both(data[:-1], "cut short")

    def test_a_changed_byte_is_refused_wherever_it_stands(self):
        data = self.good_backup()
        at = Backup(data).at
        self.refused_by_both(flipped(data, 0), "not a backup of khaosat")
        self.refused(b"tax_code,name\n", "not a backup of khaosat")
        self.refused(flipped(data, 8), "header cannot be read")
        for place in (16, 40, at[0] - 4, at[0], at[-1] + ENTRY_BYTES, len(data) - TRAILER_BYTES, len(data) - 1):
            self.refused(flipped(data, place), "damaged|cut short")
        self.refused_by_both(data + b"\0", "something stands behind its end")

    def test_a_newer_format_is_refused_by_its_number(self):
        data = self.good_backup()
        self.refused_by_both(sealed(data[:8] + b"\2" + data[9:]), "made by a newer khaosat: its format is 2, .* reads 1")

    def test_a_whole_file_whose_entries_make_no_log_is_refused(self):
        data = self.good_backup()
        backup = Backup(data)
        for number, entry in enumerate(backup.entries, 1):
            if entry[2] == pb.SUBMISSION:
                break
        at = backup.at[number - 1]
        self.refused_by_both(sealed(data[:at + 2] + b"\x63" + data[at + 3:]), "entry %d does not fit" % number)

    def test_a_backup_that_differs_from_a_recount_is_told(self):
        data = self.good_backup()
        self.assert_exit(0, self.backup("--verify", self.path("good")))
        at = Backup(data).at[-1]
        result = self.backup("--verify", self.write("bad", sealed(flipped(data, at + 128))))
        self.assert_exit(1, result)
        self.assertRegex(result.stdout.decode(), r"differences [1-9]\d*\n  entry \d+ unit \d+: USES is stored as")
        self.assertEqual(sorted(os.listdir(self.folder)), ["bad", "good"])

    def test_only_a_missing_or_empty_folder_takes_a_restored_log(self):
        self.good_backup()
        os.mkdir(self.path("data"))
        self.write("data/mine", b"mine")
        self.assert_refused(self.restore(self.path("good")), "not empty")
        self.assertEqual(os.listdir(self.path("data")), ["mine"])
        os.unlink(self.path("data/mine"))
        self.assert_exit(0, self.restore(self.path("good")))
        self.assert_refused(self.restore(self.path("good")), "not empty")
        self.assertEqual(sorted(os.listdir(self.folder)), ["data", "good"])
        self.assert_refused(self.restore(self.path("no-such"), "--data", self.path("other")), "No such file")
        self.assert_refused(self.restore(self.path("good"), "--data", self.path("no/such/data")), "No such file")
        self.assert_refused(self.restore(self.path("good"), "--data", self.path("good")), "Not a directory")
        self.assert_refused(self.restore(self.folder, "--data", self.path("other")), "Is a directory")
        self.assertEqual(sorted(os.listdir(self.folder)), ["data", "good"])

    def test_where_the_disk_has_no_room_it_says_so_and_leaves_nothing(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))

        self.good_backup()
        self.assert_refused(self.restore(self.path("good"), preexec_fn=limit), "good: ")
        disk = os.statvfs(self.folder)
        os.truncate(self.path("good"), (disk.f_bavail + 262144) * disk.f_frsize)
        self.assert_refused(self.restore(self.path("good")), r"\d+ MiB are needed in .*, and \d+ are free")
        self.assertEqual(os.listdir(self.folder), ["good"])

    def test_an_interrupted_restore_cleans_up(self):
        data = self.good_backup()
        process = subprocess.Popen([KHAOSATD, *SANITIZED_OPTIONS, "--restore", "-", "--data", self.path("data")],
                                   stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdin.write(data[:len(data) // 2])
        process.stdin.flush()
        self.await_file("data.restoring-", process)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=LIMIT_S)
        self.assertEqual((process.returncode, said), (1, b"khaosatd: stdin: interrupted\n"))
        self.assertEqual(os.listdir(self.folder), ["good"])

    def test_a_restored_folder_gets_a_token_of_its_own(self):
        self.good_backup()
        again = Collector()
        self.addCleanup(again.remove)
        self.assert_exit(0, self.restore(self.path("good"), "--data", again.data + "/"))
        self.assertFalse(os.path.exists(os.path.join(again.data, "staff.token")))
        self.assertEqual(os.stat(again.data).st_mode & 0o777, 0o700)
        again.start()
        self.assertNotEqual(again.token, self.collector.token)
        again.stop()

    def test_an_empty_log_is_backed_up_and_restored_too(self):
        empty = Collector().start()
        self.addCleanup(empty.remove)
        environment = {**os.environ, "KHAOSAT_SERVER": "127.0.0.1:%d" % empty.port, "TMPDIR": self.folder,
                       "KHAOSAT_TOKEN_FILE": os.path.join(empty.data, "staff.token")}
        self.assert_exit(0, self.backup(self.path("empty"), env=environment))
        empty.stop()
        self.assertEqual(os.path.getsize(self.path("empty")), HEADER_BYTES + TRAILER_BYTES)
        self.assert_exit(0, self.restore(self.path("empty")))
        self.assert_exit(0, self.backup("--verify", self.path("empty")))


if __name__ == "__main__":
    unittest.main()

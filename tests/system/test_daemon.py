# SPDX-License-Identifier: Apache-2.0
"""khaosatd as a program: options, exit codes, files, start, stop."""

import os
import re
import resource
import shutil
import signal
import socket
import stat
import struct
import subprocess
import tempfile
import threading
import unittest

import khaosat_pb2 as pb
from http_door import Door
from wire import (BINARY_DIR, KHAOSATD, SANITIZED_OPTIONS, STOP_LIMIT_S, Collector, access_code, answers, make_round, status_name, submit,
                  tax_code, uuid, wait_until)


def run(*arguments):
    return subprocess.run([KHAOSATD, *SANITIZED_OPTIONS, *arguments], capture_output=True, timeout=STOP_LIMIT_S, check=False)


class OptionsTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="khaosatd-test-")
        self.addCleanup(shutil.rmtree, self.folder)

    def assert_one_line(self, out, code, *words):
        lines = out.stderr.decode().splitlines()
        self.assertEqual(out.returncode, code, lines)
        self.assertEqual(len(lines), 1, lines)
        self.assertTrue(lines[0].startswith("khaosatd: "), lines)
        for word in words:
            self.assertIn(word, lines[0])

    def test_help_and_version_go_to_stdout(self):
        out = run("--help")
        self.assertEqual((out.returncode, out.stderr), (0, b""))
        self.assertIn(b"--data DIR", out.stdout)
        self.assertIn(b"127.0.0.1:5757", out.stdout)
        self.assertRegex(run("--version").stdout, rb"^khaosatd \d+\.\d+\.\d+\n$")

    def test_wrong_use_is_one_line_and_exit_2(self):
        self.assert_one_line(run("--nonsense"), 2, "--nonsense", "no such option")
        self.assert_one_line(run("--loops", "1000"), 2, "--loops 1000", "0 to 64")
        self.assert_one_line(run("--listen", "here"), 2, "--listen here")
        self.assert_one_line(run("--data"), 2, "--data needs a value")

    def test_an_address_that_is_not_loopback_is_refused_with_the_reason(self):
        out = run("--data", self.folder, "--http-listen=none", "--listen", "0.0.0.0:0")
        self.assert_one_line(out, 1, "0.0.0.0:0", "loopback", "TLS")
        self.assertEqual(os.listdir(self.folder), [])

    def test_a_folder_that_cannot_be_is_one_line_and_exit_1(self):
        path = os.path.join(self.folder, "file")
        with open(path, "w", encoding="ascii"):
            pass
        for data in (path, os.path.join(self.folder, "none", "data")):
            self.assert_one_line(run("--data", data, "--listen=127.0.0.1:0", "--http-listen=none"), 1, data)

    def test_a_token_that_is_none_or_open_to_others_is_refused(self):
        token = os.path.join(self.folder, "staff.token")
        with open(token, "w", encoding="ascii") as f:
            f.write("abc")
        os.chmod(token, 0o600)
        self.assert_one_line(run("--data", self.folder, "--listen=127.0.0.1:0", "--http-listen=none"), 1, "staff.token", "hexadecimal")
        with open(token, "w", encoding="ascii") as f:
            f.write("0f" * 32 + "\n")
        for others in (0o040, 0o020, 0o010, 0o004, 0o002, 0o001):
            os.chmod(token, 0o600 | others)
            self.assert_one_line(run("--data", self.folder, "--listen=127.0.0.1:0", "--http-listen=none"), 1, "staff.token", "chmod 600")

    def test_a_port_that_is_taken_is_refused_before_anything_is_made(self):
        data = os.path.join(self.folder, "data")
        with socket.create_server(("127.0.0.1", 0)) as server:
            taken, free = "127.0.0.1:%d" % server.getsockname()[1], "127.0.0.1:0"
            self.assert_one_line(run("--data", data, "--listen", taken, "--http-listen=none"), 1, "--listen", "in use")
            self.assert_one_line(run("--data", data, "--listen", free, "--http-listen", taken), 1, "--http-listen", "in use")
        self.assertFalse(os.path.exists(data))


class RunTest(unittest.TestCase):
    def setUp(self):
        self.collector = Collector()
        self.addCleanup(self.collector.remove)

    def test_the_folder_the_token_and_the_log_are_for_the_owner_only(self):
        self.collector.start()
        data = self.collector.data
        self.assertTrue(any(" notice the log is empty: a new one data=" in line for line in self.collector.log))
        self.assertEqual(stat.S_IMODE(os.stat(data).st_mode), 0o700)
        with open(os.path.join(data, "staff.token"), encoding="ascii") as f:
            self.assertRegex(f.read(), r"^[0-9a-f]{64}\n$")
        for name in os.listdir(data):
            self.assertEqual(stat.S_IMODE(os.stat(os.path.join(data, name)).st_mode), 0o600, name)
        token = self.collector.token
        self.collector.stop()
        self.collector.start()
        self.assertEqual(self.collector.token, token)
        self.collector.stop()

    def test_no_file_of_the_log_takes_the_place_of_a_stream_that_was_closed(self):
        def close_all():
            for fd in range(3):
                os.close(fd)

        self.collector.launch(before_exec=close_all)
        wait_until(lambda: os.path.exists(os.path.join(self.collector.data, "contacts.mdb")))
        for fd in range(3):
            self.assertEqual(os.readlink("/proc/%d/fd/%d" % (self.collector.process.pid, fd)), "/dev/null")
        self.collector.kill()

    def test_a_second_one_on_the_same_folder_is_refused(self):
        self.collector.start()
        out = run("--data", self.collector.data, "--http-listen=none", "--listen", "127.0.0.1:0")
        self.assertEqual(out.returncode, 1)
        self.assertEqual(len(out.stderr.decode().splitlines()), 1, out.stderr)
        self.assertIn(self.collector.data.encode(), out.stderr)
        with self.collector.unit() as client:
            self.assertEqual(client.call(hello=pb.Hello()).status, pb.DONE)
        self.collector.stop()

    def test_both_signals_stop_it_cleanly_with_connections_open(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            self.collector.start()
            with self.collector.unit() as client:
                self.assertEqual(client.call(hello=pb.Hello()).status, pb.DONE)
                self.collector.process.send_signal(number)
                self.assertTrue(client.is_closed())
            self.assertEqual(self.collector.process.wait(STOP_LIMIT_S), 0)
            self.collector.wait_log("stopped$")
            self.collector.stop()

    def test_what_is_under_way_at_a_stop_is_answered_or_was_never_taken(self):
        units = 400
        self.collector.start()
        with self.collector.staff() as office:
            make_round(office, "r", units)
        clients = [self.collector.unit(tax_code(i), access_code(i)) for i in range(units)]
        accepted = set()
        half_way = threading.Event()

        def work(part):
            for i in part:
                try:
                    if clients[i].call(submit=submit("r", uuid(i))).status == pb.ACCEPTED:
                        accepted.add(i)
                        if len(accepted) > units // 2:
                            half_way.set()
                except (EOFError, OSError):
                    return

        threads = [threading.Thread(target=work, args=(range(k, units, 8),)) for k in range(8)]
        for thread in threads:
            thread.start()
        self.assertTrue(half_way.wait(60))
        self.collector.stop()
        for thread in threads:
            thread.join()
        for client in clients:
            client.close()
        self.collector.start()
        for i in range(units):
            with self.collector.unit(tax_code(i), access_code(i)) as client:
                name = status_name(client.call(submit=submit("r", uuid(i))))
                self.assertEqual(name, "REPLAYED") if i in accepted else \
                    self.assertIn(name, ("ACCEPTED", "REPLAYED"))
        with self.collector.staff() as office:
            self.assertEqual(office.call(recount=pb.Recount()).recount.differences, 0)
        self.collector.stop()

    def test_a_stop_waits_for_wakes_that_come_late(self):
        self.collector.environment = {"LD_PRELOAD": os.path.join(BINARY_DIR, "slow-wakes.so"),
                                      "ASAN_OPTIONS": "verify_asan_link_order=0"}
        units, connections = 600, 16
        self.collector.start()
        with self.collector.staff() as office:
            make_round(office, "r", units)
        begun = threading.Event()

        def work(k):
            try:
                with self.collector.staff() as client:
                    mine = range(k, units, connections)
                    for i in mine:
                        client.send(client.request(submit=submit("r", uuid(i), tax_code=tax_code(i),
                                                                 channel=pb.OFFICE)))
                    for _ in mine:
                        client.receive()
                        begun.set()
            except (EOFError, OSError):
                pass

        threads = [threading.Thread(target=work, args=(k,)) for k in range(connections)]
        for thread in threads:
            thread.start()
        self.assertTrue(begun.wait(60))
        self.collector.stop()
        for thread in threads:
            thread.join()
        self.assertTrue(os.path.exists(os.path.join(self.collector.data, "checkpoint")))

    def test_checkpoints_are_taken_every_so_often_and_at_round_close(self):
        self.collector.start("--checkpoint-every", "50")
        with self.collector.staff() as office:
            make_round(office, "r", 60)
            for i in range(60):
                with self.collector.unit(tax_code(i), access_code(i)) as client:
                    self.assertEqual(client.call(submit=submit("r", uuid(i))).status, pb.ACCEPTED)
            self.collector.wait_log(r"checkpoint last=\d+ written")
            self.assertEqual(office.call(close_round=pb.CloseRound(round="r")).status, pb.DONE)
            last = office.call(hello=pb.Hello()).hello.last
            self.collector.wait_log(r"checkpoint last=%d written" % last)
        self.collector.kill()
        self.collector.start()
        with self.collector.staff() as office:
            rate = office.call(get_rates=pb.GetRates(round="r", goal=["GA"])).rates.rate[0]
            self.assertEqual((rate.n, rate.met), (60, 60))
        self.collector.stop()

    def test_a_damaged_checkpoint_is_passed_over(self):
        self.collector.start()
        with self.collector.staff() as office:
            make_round(office, "r", 3)
        self.collector.stop()
        path = os.path.join(self.collector.data, "checkpoint")
        with open(path, "r+b") as f:
            f.seek(100)
            byte = f.read(1)
            f.seek(100)
            f.write(bytes([byte[0] ^ 1]))
        self.collector.start()
        self.assertTrue(any("checkpoint" in line for line in self.collector.log), self.collector.log)
        with self.collector.staff() as office:
            self.assertEqual(office.call(list_rounds=pb.ListRounds()).rounds.round[0].units, 3)
        self.collector.stop()

    def test_the_log_holds_no_answer_no_code_and_no_token(self):
        self.collector.start("--log-level", "debug")
        secret = "một nhận xét rất riêng"
        with self.collector.staff() as office:
            make_round(office, "r", 2)
        with self.collector.unit(tax_code(0), access_code(0)) as client:
            self.assertEqual(client.call(submit=submit("r", uuid(0), answers(comment=secret))).status, pb.ACCEPTED)
            self.assertEqual(client.call(contact=pb.Contact(round="r", name=secret, consent=True)).status, pb.DONE)
            client.credential = (tax_code(1), "WRONG00000000000")
            self.assertEqual(client.call(submit=submit("r", uuid(1))).status, pb.REFUSED)
        token = self.collector.token.hex()
        self.collector.stop()
        log = "\n".join(self.collector.log)
        for word in (secret, access_code(0), "WRONG00000000000", token, "riêng"):
            self.assertNotIn(word, log)
        for line in self.collector.log:
            self.assertTrue(re.match(r"^\d{4}-\d\d-\d\dT[\d:.]+Z (debug|info|notice|warn|error) ", line), line)


class LimitsTest(unittest.TestCase):
    def setUp(self):
        self.collector = Collector()
        self.addCleanup(self.collector.remove)

    def test_one_request_under_way_at_a_time_serves_everybody(self):
        self.collector.start("--loops", "1", "--session-in-flight", "1")
        with self.collector.staff() as office:
            make_round(office, "r", 80)
        clients = [self.collector.unit() for _ in range(4)]
        for i in range(80):
            client = clients[i % 4]
            client.credential = (tax_code(i), access_code(i))
            client.send(client.request(submit=submit("r", uuid(i))))
        for i in range(80):
            self.assertEqual(clients[i % 4].receive().status, pb.ACCEPTED)
        for client in clients:
            client.close()
        self.collector.stop()

    def test_over_the_limit_units_are_told_to_try_later_at_once_and_the_office_is_served(self):
        units, connections = 400, 8
        self.collector.start("--loops", "1", "--in-flight", "4")
        with self.collector.staff() as office:
            make_round(office, "r", units)
            clients = [self.collector.unit() for _ in range(connections)]
            left, refused = list(range(units)), 0
            while left:
                again = []
                for k, client in enumerate(clients):  # fifty on each connection, in one piece
                    frames = b""
                    for i in left[k::connections]:
                        client.credential, client.next_id = (tax_code(i), access_code(i)), i
                        body = client.request(submit=submit("r", uuid(i))).SerializeToString()
                        frames += struct.pack(">I", len(body)) + body
                    client.send_raw(frames)
                self.assertEqual(office.call(get_rates=pb.GetRates(round="r")).status, pb.DONE)
                for k, client in enumerate(clients):
                    for _ in left[k::connections]:
                        response = client.receive()
                        self.assertIn(response.status, (pb.ACCEPTED, pb.TRY_LATER))
                        if response.status == pb.TRY_LATER:
                            self.assertGreater(response.retry_after_ms, 0)
                            self.assertNotEqual(response.message_vi, "")
                            again.append(response.id - 1)
                self.assertLess(len(again), len(left))
                left, refused = again, refused + len(again)
            self.assertGreater(refused, 0)
            rounds = office.call(list_rounds=pb.ListRounds()).rounds.round
            self.assertEqual(rounds[0].responded, units)
        for client in clients:
            client.close()
        self.collector.stop()

    def test_over_the_limit_nothing_is_spent_on_what_http_brings(self):
        """Not even its JSON is looked at, which here is none."""
        units = 300
        self.collector.start("--loops", "1", "--in-flight", "4")
        with self.collector.staff() as office:
            make_round(office, "r", units)
        codes = set()
        for turn in range(200):
            with self.collector.unit() as client, Door(self.collector.http_port, (tax_code(0), access_code(0))) as door:
                frames = b""
                for i in range(units):
                    client.credential = (tax_code(i), access_code(i))
                    body = client.request(submit=submit("r", uuid(i))).SerializeToString()
                    frames += struct.pack(">I", len(body)) + body
                client.send_raw(frames)
                for _ in range(10):
                    answer = door.call("POST", "/v1/rounds/r/submissions", b"{")
                    codes.add(answer.code)
                    if answer.code == 503:
                        self.assertGreater(int(answer.header("retry-after")), 0)
                        self.assertIn("try-later", answer.json["type"])
            if codes == {400, 503}:
                break
        self.assertEqual(codes, {400, 503})
        self.collector.stop()

    def test_a_failed_commit_is_never_reported_as_stored(self):
        """The file may grow no further: a write fails in the midst of a commit."""
        self.collector.start()
        units = 200
        with self.collector.staff() as office:
            make_round(office, "r", units)
        pid = self.collector.process.pid
        size = os.path.getsize(os.path.join(self.collector.data, "data.mdb"))
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, size))
        accepted = []
        last = None
        for i in range(units):
            with self.collector.unit(tax_code(i), access_code(i)) as client:
                body = submit("r", uuid(i), answers(comment="x" * 100))
                last = status_name(client.call(submit=body))
            if last != "ACCEPTED":
                break
            accepted.append(i)
        self.assertIn(last, ("UNAVAILABLE", "TRY_LATER"))
        if last == "UNAVAILABLE":
            self.assertEqual(self.collector.wait_end(), 1)
            self.assertTrue(any(" error " in line and "store" in line for line in self.collector.log))
        else:
            self.collector.stop()
        self.collector.start()
        for i in accepted:
            with self.collector.unit(tax_code(i), access_code(i)) as client:
                body = submit("r", uuid(i), answers(comment="x" * 100))
                self.assertEqual(status_name(client.call(submit=body)), "REPLAYED")
        with self.collector.unit(tax_code(len(accepted)), access_code(len(accepted))) as client:
            body = submit("r", uuid(len(accepted)), answers(comment="x" * 100))
            self.assertIn(status_name(client.call(submit=body)), ("ACCEPTED", "REPLAYED"))
        with self.collector.staff() as office:
            self.assertEqual(office.call(recount=pb.Recount()).recount.differences, 0)
        self.collector.stop()


class ManyLoopsTest(unittest.TestCase):
    def test_each_number_of_loops_serves(self):
        for loops in ("1", "4"):
            collector = Collector("--loops", loops)
            self.addCleanup(collector.remove)
            collector.start()
            clients = [collector.unit() for _ in range(9)]
            for client in clients:
                self.assertEqual(client.call(hello=pb.Hello()).status, pb.DONE)
                client.close()
            collector.stop()


if __name__ == "__main__":
    unittest.main()

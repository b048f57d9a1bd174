# SPDX-License-Identifier: Apache-2.0
"""The options of khaosatd: on the command line, in the file, and again at SIGHUP."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import unittest

import khaosat_pb2 as pb
from wire import KHAOSATD, STOP_LIMIT_S, Collector


def write(path, text):
    with open(path, "wb") as out:
        out.write(text if isinstance(text, bytes) else text.encode())


class FileTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="khaosatd-test-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.path = os.path.join(self.folder, "khaosatd.ini")
        self.data = os.path.join(self.folder, "data")

    def run_with(self, text, *arguments):
        write(self.path, text)
        return subprocess.run([KHAOSATD, "--data", self.data, "--config", self.path, *arguments],
                              capture_output=True, timeout=STOP_LIMIT_S, check=False)

    def assert_refused(self, text, line, *words):
        """By --check-config and at start alike, in one line, with nothing made."""
        for arguments in (("--check-config",), ()):
            out = self.run_with(text, *arguments)
            said = out.stderr.decode().splitlines()
            self.assertEqual(out.returncode, 1, said)
            self.assertEqual(len(said), 1, said)
            at = "khaosatd: %s:%d: " % (self.path, line) if line else "khaosatd: %s: " % self.path
            self.assertTrue(said[0].startswith(at), said)
            for word in words:
                self.assertIn(word, said[0])
            self.assertFalse(os.path.exists(self.data))

    def test_a_good_file_is_said_to_be_good_and_nothing_is_started(self):
        out = self.run_with("# ours\n\n  loops = 2\nread-timeout: 500 ; short\nexport-dir = a#b\n"
                            "export-schedule = daily 02:00; close;final\n", "--check-config")
        self.assertEqual((out.returncode, out.stderr), (0, b""))
        self.assertIn(b"good", out.stdout)
        self.assertFalse(os.path.exists(self.data))

    def test_a_bad_file_is_refused_by_file_line_and_reason(self):
        for bad, words in (
                ("loops = 99", ("loops 99", "0 to 64")),
                ("loops =", ("loops", "0 to 64")),
                ("listen = here", ("listen here",)),
                ("log-level = loud", ("log-level loud", "debug, info")),
                ("data =", ("data is empty",)),
                ("dta = x", ("dta", "no such option")),
                ("restore = x", ("restore", "command line")),
                ("check-config = 1", ("check-config", "command line")),
                ("batch = 6", ("batch", "line 2")),
                ("[limits]", ("sections",)),
                ("just words", ("NAME = VALUE",)),
                ("data = " + 300 * "x", ("too long",)),
                ("data = /srv/x  # ours", ("data", "# begins a comment at the start of a line only")),
                ("data = /srv/x\t#ours", ("data", "# begins a comment")),
                ("export-schedule = daily 02:00 ; close", ("export-schedule", "a blank and ; begin a comment")),
                ('data = "khaosat-data"', ("data", "quotes would be of the value")),
                ("data = 'khaosat-data'", ("data", "quotes would be of the value")),
                ("data = a\x01b", ("control character",))):
            self.assert_refused("# first\nbatch = 5\n" + bad + "\nworse\n", 3, *words)

    def test_a_file_that_is_no_text_or_too_large_or_absent_is_refused(self):
        self.assert_refused(b"loops = 1\n\0\n", 0, "NUL")
        self.assert_refused("#" * 100 + "\n" + "\n" * 70000, 0, "larger")
        out = subprocess.run([KHAOSATD, "--config", self.path + ".none", "--check-config"], capture_output=True,
                             timeout=STOP_LIMIT_S, check=False)
        self.assertEqual(out.returncode, 1)
        self.assertIn(b"khaosatd.ini.none: No such file", out.stderr)

    def test_a_bad_option_beside_a_good_file_is_wrong_use(self):
        out = self.run_with("loops = 1\n", "--check-config", "--batch=0")
        self.assertEqual(out.returncode, 2)
        self.assertIn(b"--batch 0", out.stderr)


class ReloadTest(unittest.TestCase):
    def setUp(self):
        self.collector = Collector()
        self.addCleanup(self.collector.remove)
        self.path = os.path.join(self.collector.folder, "khaosatd.ini")

    def reload(self, text, pattern):
        write(self.path, text)
        self.collector.log.clear()
        self.collector.process.send_signal(signal.SIGHUP)
        self.collector.wait_log(pattern)

    def hello(self):
        with self.collector.unit() as client:
            self.assertEqual(client.call(hello=pb.Hello()).status, pb.DONE)

    def test_what_stands_on_the_command_line_wins_over_the_file(self):
        write(self.path, "loops = 3\nlog-level = error\nlisten = [::1]:0\n")
        self.collector.start("--config", self.path, "--log-level=info")
        self.collector.wait_log(r"ready listening=127\.0\.0\.1:\d+ .*loops=3")
        self.collector.stop()

    def test_a_hangup_takes_what_may_change_and_names_what_may_not(self):
        write(self.path, "loops = 1\n")
        self.collector.start("--config", self.path)
        with self.collector.unit() as idle:
            self.assertEqual(idle.call(hello=pb.Hello()).status, pb.DONE)
            self.reload("loops = 2\nidle-timeout = 100\nlog-level = debug\n", "reloaded")
            self.assertTrue(idle.is_closed())
        self.assertTrue(any("reload taken option=idle-timeout" in line for line in self.collector.log))
        self.assertTrue(any("left for a restart option=loops" in line for line in self.collector.log))
        self.collector.wait_log("debug session=[0-9a-f]+ closed")
        self.hello()
        self.collector.stop()

    def test_each_line_is_an_object_when_the_log_is_json_whatever_a_name_holds(self):
        self.collector.data = os.path.join(self.collector.folder, 'a\n"b=c\\\xff level=error'.encode("latin-1").decode(
            "utf-8", "surrogateescape"))
        self.collector.launch("--log-format=json")
        self.collector.wait_log('"event":"ready"')
        self.collector.process.send_signal(signal.SIGHUP)
        self.collector.wait_log('"event":"reloaded"')
        self.collector.stop()
        lines = [json.loads(line) for line in self.collector.log]
        self.assertEqual({line["level"] for line in lines}, {"notice", "info"}, lines)  # a new log; all else
        ready = next(line for line in lines if line["event"] == "ready")
        self.assertTrue(ready["data"].endswith('/a\\u000a"b=c\\\\xff level=error'), ready)
        self.assertRegex(ready["listening"], r"^127\.0\.0\.1:\d+$")
        self.assertIsInstance(ready["loops"], int)

    def test_a_bad_file_at_a_hangup_changes_nothing_and_says_why(self):
        write(self.path, "log-level = debug\n")
        self.collector.start("--config", self.path)
        self.reload("log-level = error\nloops = x\n", "error reload refused.*khaosatd.ini:2: loops x")
        self.hello()
        self.collector.wait_log("debug session=[0-9a-f]+ opened")
        os.unlink(self.path)
        self.collector.process.send_signal(signal.SIGHUP)
        self.collector.wait_log("error reload refused.*No such file")
        self.hello()
        self.collector.stop()

    def test_a_hangup_without_a_file_changes_nothing(self):
        self.collector.start()
        self.collector.process.send_signal(signal.SIGHUP)
        self.collector.wait_log("reloaded")
        self.hello()
        self.collector.stop()


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""What a killed restore leaves behind goes with the next one, and nothing else does."""

import os
import signal
import subprocess
import unittest

from test_backup import LIMIT_S, BackupCase
from wire import KHAOSATD, SANITIZED_OPTIONS, wait_until


class LeftoverTest(BackupCase):
    units = 4
    answered = 2

    def begin(self):
        """A restore that waits for the second half of its file, and its folder."""
        before = set(os.listdir(self.folder))
        process = subprocess.Popen([KHAOSATD, *SANITIZED_OPTIONS, "--restore", "-", "--data", self.path("data")],
                                   stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.stdin.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        data = self.read(self.path("good"))
        process.stdin.write(data[:len(data) // 2])
        process.stdin.flush()
        self.await_file("data.restoring-", process)
        (name,) = set(os.listdir(self.folder)) - before
        wait_until(lambda: self.is_held(name))
        return process, name

    def is_held(self, name):
        """Looked up, not tried: who tries may come between."""
        inode = os.stat(self.path(name)).st_ino
        with open("/proc/locks", encoding="ascii") as f:
            return any(" FLOCK " in line and ":%d " % inode in line for line in f)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def names(self):
        return sorted(os.listdir(self.folder))

    def test_the_next_restore_removes_what_a_killed_one_left(self):
        self.good_backup()
        process, name = self.begin()
        process.kill()
        process.wait(LIMIT_S)
        self.assertEqual(self.names(), [name, "good"])
        for file in ("data.mdb", "khaosat.lock", "journal", "journal.new", "lock.mdb"):  # as far as it may have come
            self.write(os.path.join(name, file), b"half")
        result = self.restore(self.path("good"))
        self.assert_exit(0, result)
        self.assertIn(name, result.stderr)
        self.assertEqual(self.names(), ["data", "good"])

    def test_a_restore_that_is_under_way_keeps_its_folder(self):
        self.good_backup()
        process, name = self.begin()
        self.assert_exit(0, self.restore(self.path("good"), "--data", self.path("other")))
        self.assert_exit(0, self.restore(self.path("good")))
        self.assertEqual(self.names(), ["data", name, "good", "other"])
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(LIMIT_S), 1)
        self.assertEqual(self.names(), ["data", "good", "other"])

    def test_what_only_looks_like_a_leftover_stays(self):
        self.good_backup()
        os.mkdir(self.path("data.restoring-mine12"), 0o700)
        self.write("data.restoring-mine12/notes", b"mine")
        os.mkdir(self.path("elsewhere"), 0o700)
        os.symlink("elsewhere", self.path("data.restoring-link12"))
        os.mkdir(self.path("data.restoring-longer7"), 0o700)
        os.mkdir(self.path("data.restoring-open12"), 0o755)
        before = self.names()
        self.assert_exit(0, self.restore(self.path("good")))
        self.assertEqual(self.names(), sorted([*before, "data"]))
        self.assertEqual(os.listdir(self.path("data.restoring-mine12")), ["notes"])


if __name__ == "__main__":
    unittest.main()

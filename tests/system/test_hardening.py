# SPDX-License-Identifier: Apache-2.0
"""khaosatd under a supervisor, and as somebody with few rights: sd_notify, socket activation, the
watchdog, the user, core files, and the unit file that is installed."""

import fcntl
import os
import pwd
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import khaosat_pb2 as pb
from http_door import Door
from wire import (ANSWER_LIMIT_S, BINARY_DIR, KHAOSATD, SANITIZED_OPTIONS, START_LIMIT_S, STOP_LIMIT_S, Client, Collector,
                  is_sanitized, make_round)

NOBODY = "nobody"
EXPOSURE_MAX = 2.0


class Supervisor:
    """The end of NOTIFY_SOCKET at which systemd would be."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + path[1:] if path[0] == "@" else path)
        self.name = path

    def hear(self, limit_s=ANSWER_LIMIT_S):
        """The next message; None: nothing came in time."""
        self.socket.settimeout(limit_s)
        try:
            return self.socket.recv(4096).decode()
        except TimeoutError:
            return None


class SupervisedTest(unittest.TestCase):
    def setUp(self):
        self.collector = Collector()
        self.addCleanup(self.collector.remove)

    def supervised(self, path=None, **environment):
        supervisor = Supervisor(path or os.path.join(self.collector.folder, "notify"))
        self.addCleanup(supervisor.socket.close)
        self.collector.environment = {"NOTIFY_SOCKET": supervisor.name, **environment}
        return supervisor

    def test_the_supervisor_hears_of_start_reload_and_stop(self):
        for path in (None, "@khaosat-test-%d" % os.getpid()):
            supervisor = self.supervised(path)
            self.collector.start()
            self.assertEqual(supervisor.hear(), "READY=1")
            self.collector.process.send_signal(signal.SIGHUP)
            self.assertRegex(supervisor.hear(), r"^RELOADING=1\nMONOTONIC_USEC=\d+$")
            self.assertEqual(supervisor.hear(), "READY=1")
            self.collector.process.send_signal(signal.SIGTERM)
            self.assertEqual(supervisor.hear(), "STOPPING=1")
            self.assertEqual(self.collector.wait_end(), 0)
            supervisor.socket.close()

    def test_a_supervisor_that_is_gone_or_nonsense_stops_nothing(self):
        for name in ("/none/there", "x", "@", "/" + 200 * "x", ""):
            self.collector.environment = {"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "200000", "LISTEN_FDS": "1",
                                          "LISTEN_PID": "1"}
            self.collector.start()
            self.collector.stop()

    def test_the_watchdog_is_fed_while_all_are_alive(self):
        supervisor = self.supervised(WATCHDOG_USEC="1000000")
        self.collector.start()
        self.assertEqual(supervisor.hear(), "READY=1")
        for _ in range(4):
            self.assertEqual(supervisor.hear(), "WATCHDOG=1")
        self.collector.stop()

    def test_the_watchdog_is_not_fed_for_another_process_or_unasked(self):
        for environment in ({"WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "0"}, {}):
            supervisor = self.supervised(**environment)
            self.collector.start()
            self.assertEqual(supervisor.hear(), "READY=1")
            self.assertIsNone(supervisor.hear(1))
            self.collector.stop()
            supervisor.socket.close()
            os.unlink(supervisor.name)

    @unittest.skipIf(is_sanitized(), "the sanitizers have their own pthread_cond_wait")
    def test_the_watchdog_starves_when_a_loop_the_writer_or_main_hangs(self):
        for who in ("loop", "writer", "main"):
            hang = os.path.join(self.collector.folder, "hang")
            supervisor = self.supervised(WATCHDOG_USEC="1000000", KHAOSAT_HANG=hang,
                                         LD_PRELOAD=os.path.join(BINARY_DIR, "hang.so"))
            self.collector.start("--loops=2")
            self.assertEqual(supervisor.hear(), "READY=1")
            self.assertEqual(supervisor.hear(), "WATCHDOG=1")
            with open(hang + ".new", "w", encoding="ascii") as out:
                out.write(who)
            os.rename(hang + ".new", hang)
            limit = time.monotonic() + ANSWER_LIMIT_S
            while supervisor.hear(3) is not None:
                self.assertLess(time.monotonic(), limit, who)
            self.collector.kill()
            supervisor.socket.close()
            os.unlink(supervisor.name)
            os.unlink(hang)


class ActivationTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="khaosatd-test-")
        self.addCleanup(shutil.rmtree, self.folder)

    def launch(self, passed, count=1, names=None, listen=1):
        """With `passed` as descriptors from 3 on, the way systemd does it."""
        passed = passed if isinstance(passed, tuple) else (passed,)

        def pass_on():
            high = [fcntl.fcntl(p.fileno(), fcntl.F_DUPFD, 100) for p in passed]
            for fd, at in zip(high, range(3, 3 + len(high))):
                os.dup2(fd, at)
                os.close(fd)

        names = "; LISTEN_FDNAMES=%s; export LISTEN_FDNAMES" % names if names else ""
        process = subprocess.Popen(
            ["/bin/sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=%d; export LISTEN_PID LISTEN_FDS%s; exec "$@"' % (
                max(count, len(passed)), names), "sh", KHAOSATD,
             "--data", os.path.join(self.folder, "data"), "--disk-reserve=0", "--listen=127.0.0.1:%d" % listen, "--http-listen=none", *SANITIZED_OPTIONS],
            stderr=subprocess.PIPE, preexec_fn=pass_on, close_fds=False)
        self.addCleanup(process.stderr.close)
        return process

    def test_it_serves_on_the_socket_that_was_passed_what_was_sent_before_it_started(self):
        for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            with socket.create_server((host, 0), family=family) as passed:
                port = passed.getsockname()[1]
                client = Client.__new__(Client)
                client.socket = socket.create_connection((host, port), START_LIMIT_S)
                client.credential = client.token = None
                client.next_id = 0
                client.send(client.request(hello=pb.Hello()))
                process = self.launch(passed)
                try:
                    self.assertEqual(client.receive().status, pb.DONE)
                finally:
                    client.close()
                    process.send_signal(signal.SIGTERM)
                    process.wait(STOP_LIMIT_S)
                said = process.stderr.read().decode()
                self.assertEqual(process.returncode, 0, said)
                self.assertRegex(said, r"ready listening=\S+:%d " % port)

    def test_each_door_gets_the_socket_of_its_name_whatever_their_order(self):
        with socket.create_server(("127.0.0.1", 0)) as frames, socket.create_server(("127.0.0.1", 0)) as http:
            for order, names, has_frames in (((frames, http), "khaosatd.socket:http", True),
                                             ((http, frames), "http:khaosatd.socket", True), (http, "http", False)):
                door = Door(http.getsockname()[1])  # before it starts: nobody is turned away meanwhile
                door.send(door.request("GET", "/healthz"))
                process = self.launch(order, names=names, listen=1 if has_frames else 0)
                try:
                    self.assertEqual(door.receive().code, 200)
                    if has_frames:
                        with Client(frames.getsockname()[1]) as client:
                            self.assertEqual(client.call(hello=pb.Hello()).status, pb.DONE)
                finally:
                    door.close()
                    process.send_signal(signal.SIGTERM)
                    process.wait(STOP_LIMIT_S)
                self.assertEqual(process.returncode, 0, process.stderr.read().decode())

    def test_a_socket_that_is_none_of_ours_is_refused(self):
        def udp():
            return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

        def silent():
            return socket.socket(socket.AF_INET, socket.SOCK_STREAM)

        def unix():
            s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            s.bind(os.path.join(self.folder, "unix"))
            s.listen()
            return s

        for make, count, word in (
                (udp, 1, "does not listen"), (silent, 1, "does not listen"), (unix, 1, "not a socket of TCP"),
                (lambda: socket.create_server(("127.0.0.1", 0)), 2, "more than one"),
                (lambda: socket.create_server(("0.0.0.0", 0)), 1, "TLS"),
                (lambda: open("/dev/null", encoding="ascii"), 1, "not a socket")):
            with make() as passed:
                process = self.launch(passed, count)
                self.assertEqual(process.wait(STOP_LIMIT_S), 1)
                said = process.stderr.read().decode().splitlines()
                self.assertRegex(said[-1], "khaosatd: the socket passed by LISTEN_FDS: .*" + word)


class RightsTest(unittest.TestCase):
    def setUp(self):
        self.collector = Collector()
        self.addCleanup(self.collector.remove)

    def status(self, key):
        with open("/proc/%d/status" % self.collector.process.pid, encoding="ascii") as f:
            return re.search(r"^%s:\s*(.*)$" % key, f.read(), re.M).group(1)

    def run_once(self, *arguments):
        return subprocess.run([KHAOSATD, "--data", self.collector.data, "--listen=127.0.0.1:0", "--http-listen=none", *arguments],
                              capture_output=True, timeout=STOP_LIMIT_S, check=False)

    @unittest.skipIf(is_sanitized(), "a leak checker traces its own process, so it gets its dumps")
    def test_no_core_file_and_no_debugger_unless_asked_for(self):
        def with_cores():
            most = resource.getrlimit(resource.RLIMIT_CORE)[1]
            resource.setrlimit(resource.RLIMIT_CORE, (most, most))

        self.collector.start("--core-dumps=no", before_exec=with_cores)
        pid = self.collector.process.pid
        self.assertEqual(resource.prlimit(pid, resource.RLIMIT_CORE), (0, 0))
        self.assertEqual(os.stat("/proc/%d/environ" % pid).st_uid, 0)
        self.assertEqual(self.status("Umask"), "0077")
        self.collector.stop()
        most = resource.getrlimit(resource.RLIMIT_CORE)[1]
        self.collector.start("--core-dumps=yes", before_exec=with_cores)
        pid = self.collector.process.pid
        self.assertEqual(resource.prlimit(pid, resource.RLIMIT_CORE), (most, most))
        self.assertEqual(os.stat("/proc/%d/environ" % pid).st_uid, os.getuid())
        self.collector.stop()

    def test_somebody_who_is_not_there_or_has_all_rights_is_refused(self):
        for name, word in (("no-such-user", "no such user"), ("root", "rights")):
            out = self.run_once("--user", name)
            self.assertEqual(out.returncode, 1)
            self.assertRegex(out.stderr.decode(), r"^khaosatd: --user %s: .*%s.*\n$" % (name, word))
            self.assertFalse(os.path.exists(self.collector.data))

    @unittest.skipUnless(os.getuid() == 0, "only root can become somebody else")
    def test_root_becomes_the_user_for_good(self):
        nobody = pwd.getpwnam(NOBODY)
        os.chmod(self.collector.folder, 0o711)
        self.collector.start("--user", NOBODY)
        for key, number in (("Uid", nobody.pw_uid), ("Gid", nobody.pw_gid)):
            self.assertEqual(self.status(key).split(), 4 * [str(number)])
        self.assertEqual(set(self.status("Groups").split()) - {str(nobody.pw_gid)}, set())
        self.assertEqual(self.status("NoNewPrivs"), "1")
        self.assertEqual(int(self.status("CapEff"), 16) | int(self.status("CapPrm"), 16), 0)
        for name in (".", *os.listdir(self.collector.data)):
            status = os.stat(os.path.join(self.collector.data, name))
            self.assertEqual(status.st_uid, nobody.pw_uid, name)
            self.assertEqual(status.st_mode & 0o077, 0, name)
        with self.collector.staff() as office:
            make_round(office, "r", 2)
        self.collector.stop()
        self.collector.start("--user", NOBODY)
        self.collector.stop()

    @unittest.skipUnless(os.getuid() == 0, "only root can become somebody else")
    def test_a_folder_of_somebody_else_is_named_with_what_to_do(self):
        os.chmod(self.collector.folder, 0o711)
        self.collector.start()
        self.collector.stop()
        out = self.run_once("--user", NOBODY)
        self.assertEqual(out.returncode, 1)
        self.assertIn("it is not nobody's; chown -R nobody: it", out.stderr.decode())
        os.chown(self.collector.data, pwd.getpwnam(NOBODY).pw_uid, -1)
        out = self.run_once("--user", NOBODY)
        self.assertEqual(out.returncode, 1)
        self.assertRegex(out.stderr.decode(), r"data: \S+ is not nobody's; chown -R nobody: it\n$")


class InstalledTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="khaosatd-test-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.install()
        cls.files = {name: os.path.join(folder, name) for folder, _, names in os.walk(cls.folder) for name in names}

    @classmethod
    def install(cls):
        subprocess.run(["cmake", "--install", BINARY_DIR], check=True, capture_output=True,
                       env={**os.environ, "DESTDIR": cls.folder}, timeout=STOP_LIMIT_S)

    def path(self, name):
        """Of what is installed under this name."""
        return self.folder + name

    def read(self, name):
        with open(self.files[name], encoding="utf-8") as f:
            return f.read()

    def test_what_the_unit_starts_is_there_and_its_file_of_options_is_good(self):
        unit = self.read("khaosatd.service")
        program, config = re.search(r"^ExecStart=(\S+) --config (\S+)$", unit, re.M).groups()
        self.assertTrue(os.access(self.path(program), os.X_OK))
        self.assertTrue(os.access(self.files["khaosat"], os.X_OK))
        out = subprocess.run([self.path(program), "--config", self.path(config), "--check-config"], capture_output=True,
                             timeout=STOP_LIMIT_S, check=False)
        self.assertEqual((out.returncode, out.stderr), (0, b""))
        folder = re.search(r"^StateDirectory=(\S+)$", unit, re.M).group(1)
        self.assertIn("\ndata = /var/lib/%s\n" % folder, self.read("khaosatd.ini"))
        user = re.search(r"^User=(\S+)$", unit, re.M).group(1)
        self.assertIn("\nu %s " % user, self.read("khaosat.conf"))
        self.assertIn("\nListenStream=127.0.0.1:5757\n", self.read("khaosatd.socket"))
        self.assertIn("\nFileDescriptorName=http\n", self.read("khaosatd-http.socket"))

    def test_an_upgrade_leaves_the_options_as_the_office_has_them(self):
        before = self.read("office.ini")
        with open(self.files["khaosatd.ini"], "a", encoding="utf-8") as f:
            f.write("loops = 3\n")
        os.unlink(self.files["office.ini"])
        self.install()
        self.assertIn("\nloops = 3\n", self.read("khaosatd.ini"))
        self.assertEqual(self.read("office.ini"), before)

    def test_the_unit_is_as_closed_as_systemd_can_tell(self):
        if shutil.which("systemd-analyze") is None:
            self.skipTest("systemd-analyze is not there")
        out = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager",
                              "--threshold=%d" % (10 * EXPOSURE_MAX),
                              self.files["khaosatd.service"]],
                             capture_output=True, text=True, timeout=STOP_LIMIT_S, check=False)
        said = out.stdout + out.stderr
        self.assertEqual(out.returncode, 0, said)
        exposure = float(re.search(r"Overall exposure level for khaosatd.service: ([\d.]+)", said).group(1))
        print("exposure %.1f" % exposure, flush=True)
        self.assertLessEqual(exposure, EXPOSURE_MAX)
        self.assertNotRegex(said, r"(?i)unknown|invalid|failed to parse")


if __name__ == "__main__":
    unittest.main()

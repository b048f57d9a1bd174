# SPDX-License-Identifier: Apache-2.0
"""The wire from a stranger's side, from khaosat.proto alone, and the real khaosatd to talk to: started
on a free loopback port over a temporary folder, ended by its own pid. No sleeping: every wait is for an
event and has a limit."""

import functools
import hashlib
import json
import os
import queue
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest

import khaosat_pb2 as pb

BINARY_DIR = os.environ["KHAOSAT_BINARY_DIR"]
SOURCE_DIR = os.environ["KHAOSAT_SOURCE_DIR"]
KHAOSATD = os.path.join(BINARY_DIR, "khaosatd")
START_LIMIT_S = 60
ANSWER_LIMIT_S = 60
STOP_LIMIT_S = 60

HEADER_BYTES = 200


def calls_any(*names):
    with open(KHAOSATD, "rb") as f:
        program = f.read()
    return any(name in program for name in names)


def is_sanitized():
    """Then it needs more memory and more time than what people run."""
    return calls_any(b"__asan_init", b"__tsan_init")


@functools.cache
def is_thread_sanitized():
    return calls_any(b"__tsan_init")


# A leak checker traces its own process.
SANITIZED_OPTIONS = ["--core-dumps=yes"] if is_sanitized() else []


def wait_until(is_so, limit_s=ANSWER_LIMIT_S, what=lambda: None):
    """For what nothing announces. It asks again after a moment only, for whoever asks without one takes the machine
    from what is waited for."""
    limit, moment = time.monotonic() + limit_s, threading.Event()
    while not is_so():
        assert time.monotonic() < limit, what()
        moment.wait(0.02)


def header_field(header, offset, size):
    return int.from_bytes(header[offset:offset + size], "little")


class Header:
    """An entry's header, by the table in khaosat.proto."""

    def __init__(self, raw):
        assert len(raw) == HEADER_BYTES, len(raw)
        self.layout = header_field(raw, 0, 2)
        self.kind = raw[2]
        self.channel = raw[3]
        self.actor = header_field(raw, 4, 4)
        self.time_ms = header_field(raw, 8, 8)
        self.round = header_field(raw, 16, 8)
        self.unit = header_field(raw, 24, 8)
        self.definition = header_field(raw, 32, 8)
        self.previous = header_field(raw, 40, 8)
        self.replaced = header_field(raw, 48, 8)
        self.revision = header_field(raw, 56, 4)
        self.payload_bytes = header_field(raw, 60, 4)
        self.instance_id = raw[64:80]
        self.deprecated_id = raw[80:96]
        self.sha256 = raw[96:128]
        self.bits = raw[128:144]
        self.reserved = raw[144:192]
        self.argument_ms = header_field(raw, 192, 8)


class Collector:
    """One run after another of khaosatd over one data folder."""

    def __init__(self, *options):
        self.folder = tempfile.mkdtemp(prefix="khaosatd-test-")
        self.data = os.path.join(self.folder, "data")
        self.options = options
        self.process = None
        self.environment = {}
        self.log = []
        self.tls = None  # an ssl.SSLContext: its clients are within TLS

    def launch(self, *options, before_exec=None):
        """Start it and wait for nothing."""
        arguments = [KHAOSATD, "--data", self.data, "--listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0", *SANITIZED_OPTIONS,
                     *self.options, *options]
        if not any(o.startswith("--disk-reserve") for o in arguments):
            arguments.append("--disk-reserve=0")
        if not any(o.startswith("--unit-rate") for o in arguments):
            arguments.append("--unit-rate=0")  # tests ask as fast as they can
        self.process = subprocess.Popen(arguments, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                        preexec_fn=before_exec, env={**os.environ, **self.environment})
        self.log = []
        self.lines = lines = queue.Queue()

        def read(stream):
            for line in stream:
                text = line.decode("utf-8", "replace").rstrip("\n")
                self.log.append(text)
                lines.put(text)
            lines.put(None)

        self.reader = threading.Thread(target=read, args=(self.process.stderr,), daemon=True)
        self.reader.start()

    def start(self, *options, before_exec=None):
        begin = time.monotonic()
        self.launch(*options, before_exec=before_exec)
        limit = begin + START_LIMIT_S
        while True:
            line = self.lines.get(timeout=max(0.1, limit - time.monotonic()))
            if line is None:
                raise AssertionError("khaosatd did not start: " + "\n".join(self.log))
            found = re.search(r"ready .*listening=127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found.group(1))
                found = re.search(r" http=127\.0\.0\.1:(\d+)", line)
                self.http_port = int(found.group(1)) if found else None
                break
        self.start_s = time.monotonic() - begin
        if is_thread_sanitized():
            wait_until(self.sleeps)
        with open(os.path.join(self.data, "staff.token"), encoding="ascii") as f:
            self.token = bytes.fromhex(f.read().strip())
        return self

    def sleeps(self):
        """In its event loop. The thread sanitizer keeps a signal for later that comes before, while a line is being
        written, and now and then for ever: 16 of 585 starts; none of 210 that slept, none of 1,200 without it."""
        return self.stat()[0] not in "RD"

    def stat(self):
        """From the state on: proc(5), 3."""
        with open("/proc/%d/stat" % self.process.pid, encoding="utf-8") as f:
            return f.read().rpartition(")")[2].split()

    def cpu_s(self):
        """Of all its threads since the start."""
        return sum(map(int, self.stat()[11:13])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        """A clean stop; what a sanitizer found fails it."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(STOP_LIMIT_S)
        self.reader.join(STOP_LIMIT_S)
        self.process.stderr.close()
        self.process = None
        self.check_log()
        if code != 0:
            raise AssertionError("khaosatd ended with %d:\n%s" % (code, "\n".join(self.log[-60:])))

    def wait_end(self):
        """It ends by itself; returns its exit code."""
        code = self.process.wait(STOP_LIMIT_S)
        self.reader.join(STOP_LIMIT_S)
        self.process.stderr.close()
        self.process = None
        self.check_log()
        return code

    def kill(self):
        self.process.kill()
        self.wait_end()

    def check_log(self):
        """A sanitizer's word is a failure, however the process ended."""
        if any("Sanitizer" in line or "runtime error:" in line for line in self.log):
            raise AssertionError("\n".join(self.log[-80:]))

    def wait_log(self, pattern, limit_s=ANSWER_LIMIT_S):
        wait_until(lambda: any(re.search(pattern, line) for line in list(self.log)), limit_s,
                   lambda: "no log line like %r in\n%s" % (pattern, "\n".join(self.log)))

    def remove(self):
        if self.process is not None:
            self.kill()
        shutil.rmtree(self.folder)

    def memory_kib(self):
        with open("/proc/%d/status" % self.process.pid, encoding="ascii") as f:
            return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))

    def unit(self, tax_code=None, code=None):
        return Client(self.port, unit=(tax_code, code) if tax_code else None, tls=self.tls)

    def staff(self):
        client = Client(self.port, token=self.token, tls=self.tls)
        try:
            hello = client.call(hello=pb.Hello())
            assert hello.hello.staff and hello.hello.frame_limit == 4 << 20, hello
        except BaseException:
            client.close()
            raise
        return client


class Client:
    def __init__(self, port, unit=None, token=None, tls=None, session=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_LIMIT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            try:
                self.socket = tls.wrap_socket(self.socket, server_hostname="localhost", session=session)
            except BaseException:
                self.socket.close()
                raise
        self.credential = unit
        self.token = token
        self.next_id = 0

    def request(self, **body):
        self.next_id += 1
        request = pb.Request(id=self.next_id, version=1, **body)
        if self.token is not None:
            request.staff_token = self.token
        elif self.credential is not None:
            request.unit.tax_code, request.unit.access_code = self.credential
        return request

    def send(self, request):
        body = request if isinstance(request, bytes) else request.SerializeToString()
        self.socket.sendall(struct.pack(">I", len(body)) + body)

    def send_raw(self, data):
        self.socket.sendall(data)

    def receive_bytes(self, n):
        data = b""
        while len(data) < n:
            piece = self.socket.recv(n - len(data))
            if not piece:
                raise EOFError("the collector closed after %d of %d bytes" % (len(data), n))
            data += piece
        return data

    def receive(self):
        (n,) = struct.unpack(">I", self.receive_bytes(4))
        return pb.Response.FromString(self.receive_bytes(n))

    def is_closed(self):
        """True once the collector has closed its side; anything else that arrives is wrong."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def call(self, **body):
        request = self.request(**body)
        self.send(request)
        response = self.receive()
        assert response.id == request.id, (response.id, request.id)
        return response

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


# ------------------------------------------------------------------------------ codes and rows

def tax_code(i):
    """The i-th valid tax code, by Circular 105/2020/TT-BTC."""
    weights = (31, 29, 23, 19, 17, 13, 7, 5, 3)
    n = 300100000 + 11 * i
    while True:
        digits = "%09d" % n
        check = 10 - sum(w * int(d) for w, d in zip(weights, digits)) % 11
        if check != 10:
            return digits + str(check)
        n += 1


def access_code(i):
    return ("%016d" % (i + 1)).translate(str.maketrans("0123456789", "0123456789"))


def code_hash(round_name, tax, code):
    raw = round_name.encode() + b"\0" + tax.encode() + b"\0" + code.encode()
    return hashlib.sha256(raw).digest()[:16]


def row(round_name, i, **cells):
    tax = cells.pop("tax_code", tax_code(i))
    out = pb.RegisterRow(tax_code=tax, name="Công ty số %d" % i, unit_type="DN", commune="18073", zone="NONE",
                         vsic="10", vsic_version=2018, legal_form="CP", employees=5 + i % 7,
                         revenue_mvnd=1000, status="ACTIVE",
                         code_hash=code_hash(round_name, tax, access_code(i)))
    for name, value in cells.items():
        if value is None:
            out.ClearField(name)
        else:
            setattr(out, name, value)
    return out


def uuid(*parts):
    return hashlib.sha256(repr(parts).encode()).digest()[:16]


# ------------------------------------------------------------------------------ a small survey

def both(text):
    return {"vi": text, "en": text}


def check(code, builtin):
    return {"code": code, "severity": "hard", "builtin": builtin,
            "message": {"vi": "Lỗi " + code, "en": "Error " + code}}


SURVEY = {
    "id": "WIRE", "version": 3,
    "title": both("Wire"), "statement": both("Wire"), "dont_know": {"vi": "Không biết", "en": "Don't know"},
    "labels": {c: both(c) for c in ("YES", "NO", "NONE", "OTHER", "X", "Y")},
    "columns": [], "contacts": [],
    "lists": {
        "unit_type": {"codes": [{"code": "DN", "label": "DN"}, {"code": "HT", "label": "HT"}]},
        "commune": {"codes": [{"code": "18073", "label": "Thành Sen"}, {"code": "18074", "label": "Trần Phú"}]},
        "zone": {"codes": [{"code": "NONE", "label": "-"}]},
        "zone_type": {"codes": [{"code": "NONE", "label": "-"}]},
        "section": {"codes": [{"code": "C", "versions": [2018, 2025], "label": "C"}]},
        "legal_form": {"codes": [{"code": "CP", "label": "CP"}]},
        "status": {"codes": [{"code": c, "label": c} for c in ("ACTIVE", "SUSP", "CEASED", "NOTYET")]},
        "size": {"codes": [{"code": c, "label": c} for c in ("MICRO", "SMALL", "MEDIUM", "LARGE")]},
    },
    "vsic": [{"version": 2018, "from": 10, "to": 33, "section": "C"}],
    "sections": [{"code": "B", "title": both("B"), "questions": [
        {"code": "B01", "type": "multi", "label": both("Tools"), "required": True, "core": True,
         "choices": ["X", "Y", "OTHER", "NONE"]},
        {"code": "B02", "type": "int", "label": both("Number"), "min": 0, "max": 1000},
        {"code": "B03", "type": "text", "label": both("Comment"), "max_chars": 100, "multiline": True},
        {"code": "B04", "type": "single", "label": both("Which"), "relevance": {"ticked": "B01", "in": ["X"]},
         "choices": ["X", "Y"]}]}],
    "scores": [],
    "indicators": [{"code": "USES", "label": both("uses"), "rule": {"any": "B01", "in": ["X", "Y"]}}],
    "checks": [
        check("E_UNIT", ["tax_code", "duplicate_unit", "unknown_unit", "commune", "vsic", "code"]),
        check("E_QUESTION", ["unknown_question"]), check("E_CHOICE", ["unknown_choice"]),
        check("E_EXCLUSIVE", ["exclusive_choice"]), check("E_CORE", ["core_missing"]),
        check("E_IRRELEVANT", ["irrelevant"]), check("E_NUMBER", ["percent_range", "number_range"]),
        check("E_TEXT", ["text"]),
        {"code": "S_MANY", "severity": "soft", "questions": ["B02"],
         "message": {"vi": "Quá nhiều?", "en": "That many?"},
         "rule": {"compare": [{"question": "B02"}], "gt": [500]}}],
    "populations": [
        {"code": "ALL", "label": both("all"), "rule": {"register": "unit_type", "in": ["DN", "HT"]}},
        {"code": "DNS", "label": both("firms"), "rule": {"register": "unit_type", "in": ["DN"]}}],
    "goals": [
        {"code": "GA", "group": "G", "name": both("all use"), "population": "ALL", "indicator": "USES",
         "threshold": 80, "strict": True, "named_list": False, "headline": True, "deadline": "2025-12-31"},
        {"code": "GB", "group": "G", "name": both("firms use"), "population": "DNS", "indicator": "USES",
         "threshold": 100, "strict": False, "named_list": False, "headline": False, "deadline": "2030-12-31"}],
}


def survey_json(**changes):
    return json.dumps({**SURVEY, **changes}, ensure_ascii=False).encode()


def answers(tools=("X",), number=None, comment=None, confirmed=(), seconds=0):
    out = pb.Answers(seconds=seconds)
    if tools:
        a = out.answer.add(question="B01")
        a.choices.code.extend(tools)
    if number is not None:
        a = out.answer.add(question="B02")
        a.number = number
    if comment is not None:
        a = out.answer.add(question="B03")
        a.text = comment
    for code, reason in confirmed:
        out.confirmed.add(check=code, reason=reason)
    return out.SerializeToString()


def submit(round_name, instance_id, body=None, **fields):
    fields.setdefault("survey_id", "WIRE")
    fields.setdefault("survey_version", 3)
    fields.setdefault("channel", pb.TOOL)
    return pb.Submit(round=round_name, instance_id=instance_id, answers=answers() if body is None else body,
                     **fields)


def status_name(response):
    return pb.Status.Name(response.status)


def load_rows(staff, round_name, rows, chunk_rows=4096):
    """Chunks, then the load; returns the response to the load."""
    numbers = []
    for at in range(0, len(rows), chunk_rows):
        message = pb.RegisterRows(row=rows[at:at + chunk_rows]).SerializeToString()
        stored = staff.call(register_chunk=pb.RegisterChunk(
            round=round_name, rows=message, chunk_id=uuid(round_name, "chunk", at)))
        assert stored.status == pb.DONE, stored
        numbers.append(stored.chunk_stored.number)
    return staff.call(load_register=pb.LoadRegister(round=round_name, chunk=numbers, rows=len(rows)))


def make_round(staff, name, units, is_open=True, closes_ms=0, rows=None):
    def done(response):
        assert response.status == pb.DONE, response

    done(staff.call(put_survey=pb.PutSurvey(json=survey_json())))
    done(staff.call(create_round=pb.CreateRound(name=name, survey_id="WIRE", survey_version=3,
                                                reference_date="2025-06-30", closes_ms=closes_ms)))
    done(load_rows(staff, name, rows or [row(name, i) for i in range(units)]))
    if is_open:
        done(staff.call(open_round=pb.OpenRound(round=name)))


def until_soon(ask, ms=300):
    """What is asked for until a time just ahead, which must not have come when it is asked for: further ahead where this
    machine was slower. Returns that time and the answer."""
    while True:
        until_ms = int(time.time() * 1000) + ms
        response = ask(until_ms)
        if response.status != pb.INVALID or ms > 60000:
            return until_ms, response
        ms *= 4


class WireTest(unittest.TestCase):
    """A collector for the class, stopped cleanly at its end."""

    options = ()

    @classmethod
    def setUpClass(cls):
        cls.collector = Collector(*cls.options)
        cls.addClassCleanup(cls.collector.remove)
        cls.collector.start()

    @classmethod
    def tearDownClass(cls):
        if cls.collector.process is not None:
            cls.collector.stop()

    def assert_status(self, response, status):
        self.assertEqual(status_name(response), pb.Status.Name(status), response)

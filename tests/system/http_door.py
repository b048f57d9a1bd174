# SPDX-License-Identifier: Apache-2.0
"""The HTTP door from a stranger's side: requests as bytes, answers taken apart by hand, so that what a
library would repair is seen."""

import base64
import gzip
import json
import socket

from wire import ANSWER_LIMIT_S


class Answer:
    def __init__(self, code, headers, body):
        self.code = code
        self.headers = headers  # lower-case name -> list of values
        self.raw = body
        self.body = gzip.decompress(body) if self.header("content-encoding") == "gzip" else body

    def header(self, name):
        values = self.headers.get(name, [])
        assert len(values) <= 1, (name, values)
        return values[0] if values else None

    @property
    def type(self):
        return self.header("content-type")

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return "%d %s %s" % (self.code, self.headers, self.body[:2000])


def basic(unit):
    return "Basic " + base64.b64encode(("%s:%s" % unit).encode()).decode()


def bearer(token):
    return "Bearer " + token.hex()


class Door:
    """One connection. `who`: (tax code, access code), a token's bytes, or None."""

    def __init__(self, port, who=None, tls=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_LIMIT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self.authorization = bearer(who) if isinstance(who, bytes) else basic(who) if who else None
        self.buffer = b""

    def request(self, method, path, body=None, type="application/json", **headers):
        lines = ["%s %s HTTP/1.1" % (method, path), "Host: localhost"]
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.authorization is not None and "Authorization" not in fields:
            fields["Authorization"] = self.authorization
        if body is not None:
            if not isinstance(body, bytes):
                body = json.dumps(body, ensure_ascii=False).encode()
            fields.setdefault("Content-Type", type)
            fields.setdefault("Content-Length", len(body))
        lines += ["%s: %s" % field for field in fields.items() if field[1] is not None]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + (body or b"")

    def call(self, method, path, body=None, **headers):
        self.socket.sendall(self.request(method, path, body, **headers))
        return self.receive(is_head=method == "HEAD")

    def get(self, path, **headers):
        return self.call("GET", path, **headers)

    def send(self, raw):
        self.socket.sendall(raw)

    def more(self):
        piece = self.socket.recv(65536)
        if not piece:
            raise EOFError("closed after %r" % self.buffer[:200])
        self.buffer += piece

    def receive(self, is_head=False):
        while b"\r\n\r\n" not in self.buffer:
            self.more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("ascii").split("\r\n")
        version, code, phrase = lines[0].split(" ", 2)
        assert version == "HTTP/1.1" and phrase != "", lines[0]
        headers = {}
        for line in lines[1:]:
            name, value = line.split(": ", 1)
            headers.setdefault(name.lower(), []).append(value)
        n = 0 if is_head else int(headers.get("content-length", ["0"])[0])
        while len(self.buffer) < n:
            self.more()
        body, self.buffer = self.buffer[:n], self.buffer[n:]
        return Answer(int(code), headers, body)

    def rest(self):
        """What still comes until the collector closes."""
        rest = self.buffer
        self.buffer = b""
        try:
            while piece := self.socket.recv(65536):
                rest += piece
        except ConnectionResetError:
            pass
        return rest

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

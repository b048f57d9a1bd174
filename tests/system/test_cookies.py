# SPDX-License-Identifier: Apache-2.0
"""Sessions of staff in a browser: what a cookie is good for, for how long, and that no other site's page
can use it."""

import os
import re
import shutil
import ssl
import subprocess
import tempfile
import unittest

import khaosat_pb2 as pb
from http_door import Door, bearer
from wire import (BINARY_DIR, Collector, WireTest, access_code, make_round, status_name, tax_code, until_soon,
                  wait_until)

PASSWORD = "chín con trâu trắng"
R = "r"

# method, path -> the least role that is not refused
VIEWER, OPERATOR, ADMINISTRATOR = ROLES = ("viewer", "operator", "administrator")
MATRIX = {
    ("GET", "/v1/rounds/r/rates"): VIEWER, ("GET", "/v1/rounds/r/estimates"): VIEWER,
    ("POST", "/v1/recounts"): VIEWER, ("GET", "/v1/tokens"): VIEWER, ("GET", "/metrics"): VIEWER,
    ("POST", "/v1/rounds"): OPERATOR, ("POST", "/v1/rounds/none/register"): OPERATOR,
    ("POST", "/v1/rounds/none/open"): OPERATOR, ("POST", "/v1/rounds/none/close"): OPERATOR,
    ("POST", "/v1/rounds/none/reopenings"): OPERATOR,
    ("POST", "/v1/surveys"): ADMINISTRATOR, ("GET", "/v1/log"): ADMINISTRATOR, ("GET", "/v1/audit"): ADMINISTRATOR,
    ("GET", "/v1/accounts"): ADMINISTRATOR, ("POST", "/v1/accounts"): ADMINISTRATOR,
    ("PUT", "/v1/accounts/nobody/role"): ADMINISTRATOR,
    ("GET", "/v1/rounds/r/cases"): VIEWER, ("GET", "/v1/rounds/r/followup"): OPERATOR,
    ("PUT", "/v1/rounds/none/units/1234567890/code"): OPERATOR, ("PUT", "/v1/rounds/none/units/1234567890/case"): OPERATOR,
    ("POST", "/v1/rounds/none/units/1234567890/edits"): OPERATOR, ("PUT", "/v1/rounds/none/deadline"): OPERATOR,
    ("POST", "/v1/rounds/none/contacts/erasures"): ADMINISTRATOR,
    ("GET", "/v1/rounds/none/changes"): VIEWER, ("GET", "/v1/rounds/none/movers?goal=GA"): OPERATOR,
    ("GET", "/v1/rounds/none/certainties"): VIEWER,
    ("GET", "/v1/rounds/r/exports/public/1/goals.json"): VIEWER,
    ("GET", "/v1/rounds/r/exports/internal/latest/goals.json"): VIEWER,
    ("POST", "/v1/rounds/none/exports"): OPERATOR, ("GET", "/v1/exports"): VIEWER,
}


class Page(Door):
    """A browser's tab: keeps the cookie, and what goes with it."""

    def __init__(self, port, tls=None):
        super().__init__(port, tls=tls)
        self.cookie = self.csrf = None

    def log_in(self, name, password=PASSWORD, **headers):
        answer = self.call("POST", "/v1/session", {"name": name, "password": password}, **headers)
        if answer.code == 201:
            self.cookie = answer.header("set-cookie").split(";")[0]
            self.csrf = answer.json["csrf_token"]
        return answer

    def ask(self, method, path, body=None, **headers):
        if body is None and method in ("POST", "PUT") and not path.endswith(("/open", "/close")):
            body = {}
        fields = {"Cookie": self.cookie, "X-CSRF-Token": self.csrf, **headers}
        return self.call(method, path, body, **fields)


class CookieTest(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.machine = cls.collector.staff()
        cls.addClassCleanup(cls.machine.close)
        make_round(cls.machine, R, 3)
        cls.pages = {}
        for name, role in zip(ROLES, (pb.VIEWER, pb.OPERATOR, pb.ADMINISTRATOR)):
            cls.add(name, role)
            page = Page(cls.collector.http_port)
            cls.addClassCleanup(page.close)
            assert page.log_in(name).code == 201
            cls.pages[name] = page

    @classmethod
    def add(cls, name, role):
        added = cls.machine.call(add_account=pb.AddAccount(name=name, role=role, password=PASSWORD))
        assert added.status == pb.DONE, added

    def page(self, name=None):
        page = Page(self.collector.http_port)
        self.addCleanup(page.close)
        if name is not None:
            self.assertEqual(page.log_in(name).code, 201)
        return page

    def assert_problem(self, answer, code, kind):
        self.assertEqual((answer.code, answer.json["type"]), (code, "urn:khaosat:problem:" + kind), answer)

    def test_a_password_earns_a_cookie_that_no_script_can_read_and_no_token(self):
        page = self.page()
        answer = page.log_in("operator")
        self.assertRegex(answer.header("set-cookie"),
                         r"^khaosat=[0-9a-f]{64}; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict$")
        self.assertEqual({name: answer.json[name] for name in ("account", "role")},
                         {"account": "operator", "role": "OPERATOR"})
        self.assertNotIn(page.cookie.split("=")[1].encode(), answer.body)
        self.assertEqual(answer.header("cache-control"), "no-store")
        who = page.ask("GET", "/v1/session")
        self.assertEqual((who.code, who.json), (200, answer.json))
        for accept in ("application/x-protobuf",):
            self.assertEqual(page.log_in("operator", Accept=accept).code, 406)

    def test_a_wrong_password_earns_none(self):
        page = self.page()
        for name, password in (("operator", "wrong"), ("nobody", PASSWORD), ("machine", PASSWORD)):
            answer = page.log_in(name, password)
            self.assert_problem(answer, 403, "refused")
            self.assertNotIn("set-cookie", answer.headers)

    def test_each_role_may_do_with_a_cookie_what_it_may_with_a_token(self):
        for (method, path), least in MATRIX.items():
            for at, name in enumerate(ROLES):
                with self.subTest(path=path, who=name):
                    answer = self.pages[name].ask(method, path)
                    self.assertEqual(answer.code != 403, at >= ROLES.index(least), answer)
                    self.assertNotEqual(answer.code, 401, answer)

    def test_what_changes_something_needs_the_secret_of_this_session(self):
        page, other = self.pages["operator"], self.pages["administrator"]
        path = "/v1/rounds/none/open"
        self.assertEqual(page.ask("POST", path).code, 404)
        for wrong in (None, "", "x", other.csrf, page.csrf[:-1], page.csrf + "0", page.csrf.upper() + "!"):
            self.assert_problem(page.ask("POST", path, **{"X-CSRF-Token": wrong}), 403, "cross-site")
        for method, name in (("PUT", "/v1/accounts/nobody/role"), ("DELETE", "/v1/session")):
            self.assert_problem(page.ask(method, name, **{"X-CSRF-Token": None}), 403, "cross-site")
        self.assertEqual(page.ask("GET", "/v1/rounds/r/rates", **{"X-CSRF-Token": None}).code, 200)

    def test_what_the_browser_says_comes_from_elsewhere_is_refused(self):
        page = self.pages["operator"]
        path = "/v1/rounds/none/open"
        for header, values in (("Origin", ("http://evil.example", "null", "http://localhost.evil.example",
                                           "http://localhost:1", "file://localhost")),
                               ("Sec-Fetch-Site", ("cross-site", "same-site", "none", "SAME-ORIGIN"))):
            for value in values:
                self.assert_problem(page.ask("POST", path, **{header: value}), 403, "cross-site")
                self.assert_problem(self.page().log_in("operator", **{header: value}), 403, "cross-site")
        for good in ({"Origin": "http://localhost"}, {"Origin": "https://localhost"},
                     {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}):
            self.assertEqual(page.ask("POST", path, **good).code, 404)
        with Door(self.collector.http_port, self.collector.token) as script:  # no browser adds a token by itself
            self.assertEqual(script.call("POST", path, Origin="http://evil.example").code, 404)

    def test_a_code_that_the_browser_keeps_is_of_no_use_to_another_sites_page(self):
        path, body = "/v1/rounds/r/check", {"instance_id": "6d1c4b6e-9a0f-4c53-8a7e-0d7c5a3c9e11",
                                            "answers": {"B01": ["X"]}}
        with Door(self.collector.http_port, (tax_code(1), access_code(1))) as browser:
            for wrong in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
                          {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"}):
                self.assert_problem(browser.call("POST", path, body, **wrong), 403, "cross-site")
            for good in ({}, {"Origin": "http://localhost"},
                         {"Sec-Fetch-Site": "same-origin", "Origin": "https://localhost"}):
                self.assertEqual(browser.call("POST", path, body, **good).code, 204)
            self.assertEqual(browser.get("/v1/rounds/r/unit", Origin="http://evil.example").code, 200)

    def test_forged_cookies_are_nobodys(self):
        page = self.page("operator")
        token = page.cookie.split("=")[1]
        flipped = token[:-1] + ("0" if token[-1] != "0" else "1")
        for cookie in ("khaosat=" + "0" * 64, "khaosat=" + flipped, "khaosat=" + token[:-2], "khaosat=" + token + "00",
                       "khaosat=", "khaosat", "Khaosat=" + token, "xkhaosat=" + token, "__Host-khaosat=" + token,
                       "khaosat=%s; khaosat=%s" % (token, "0" * 64), 'khaosat="%s"' % token, "khaosat=" + "g" * 64,
                       ";" * 1000):
            self.assert_problem(page.ask("GET", "/v1/rounds/r/rates", Cookie=cookie), 401 if not re.fullmatch(
                "khaosat=[0-9a-f]{64}", cookie) else 403, "refused")
            self.assert_problem(page.ask("GET", "/v1/session", Cookie=cookie), 401, "refused")
        for cookie in ("a=b; khaosat=%s; c=d" % token, " khaosat=" + token):
            self.assertEqual(page.ask("GET", "/v1/rounds/r/rates", Cookie=cookie).code, 200)
        page.send(("GET /v1/session HTTP/1.1\r\nHost: a\r\nCookie: khaosat=%s\r\nCookie: x=y\r\n\r\n" % token).encode())
        self.assertEqual(page.receive().code, 400)

    def test_an_authorization_goes_before_a_cookie(self):
        page = self.pages["administrator"]
        viewer = self.pages["viewer"].cookie.split("=")[1]
        answer = page.ask("GET", "/v1/session", Authorization=bearer(bytes.fromhex(viewer)))
        self.assertEqual(answer.json["account"], "viewer")
        self.assert_problem(page.ask("GET", "/v1/accounts", Authorization="Bearer x"), 403, "refused")

    def test_a_session_ends_with_the_log_out_and_its_cookie_with_it(self):
        page = self.page("viewer")
        answer = page.ask("DELETE", "/v1/session")
        self.assertEqual(answer.code, 204, answer)
        self.assertEqual(answer.header("set-cookie"), "khaosat=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict")
        self.assert_problem(page.ask("GET", "/v1/rounds/r/rates"), 403, "refused")
        self.assert_problem(page.ask("GET", "/v1/session"), 401, "refused")
        again = page.ask("DELETE", "/v1/session")
        self.assertEqual((again.code, "set-cookie" in again.headers), (403, True), again)

    def test_the_cookie_of_one_who_is_removed_or_has_a_new_password_or_role_counts_no_more(self):
        self.add("di", pb.OPERATOR)
        page = self.page("di")
        self.assert_status(self.machine.call(set_role=pb.SetRole(name="di", role=pb.VIEWER)), pb.DONE)
        self.assert_problem(page.ask("POST", "/v1/rounds/none/open"), 403, "refused")
        self.assertEqual(page.ask("GET", "/v1/rounds/r/rates").code, 200)
        self.assert_status(self.machine.call(set_password=pb.SetPassword(name="di", password=PASSWORD + "!")), pb.DONE)
        self.assert_problem(page.ask("GET", "/v1/rounds/r/rates"), 403, "refused")
        self.assertEqual(page.log_in("di", PASSWORD + "!").code, 201)
        self.assert_status(self.machine.call(remove_account=pb.RemoveAccount(name="di")), pb.DONE)
        self.assert_problem(page.ask("GET", "/v1/rounds/r/rates"), 403, "refused")
        self.assert_problem(page.ask("GET", "/v1/session"), 401, "refused")

    def test_an_expired_token_in_a_cookie_counts_no_more(self):
        _, made = until_soon(lambda ms: self.machine.call(create_token=pb.CreateToken(
            account="viewer", name="short", role=pb.VIEWER, expires_ms=ms)))
        self.assertEqual(status_name(made), "DONE")
        page = self.page()
        page.cookie = "khaosat=" + made.token_made.token.hex()
        wait_until(lambda: page.ask("GET", "/v1/session").code == 401)
        self.assert_problem(page.ask("GET", "/v1/rounds/r/rates"), 403, "refused")


class TlsCookieTest(unittest.TestCase):
    def test_within_tls_the_cookie_is_this_hosts_alone_and_never_goes_out_in_the_clear(self):
        folder = tempfile.mkdtemp(prefix="khaosat-cookies-")
        self.addCleanup(shutil.rmtree, folder)
        subprocess.run([os.path.join(BINARY_DIR, "khaosatd"), "--self-signed", folder], check=True,
                       capture_output=True)
        collector = Collector("--tls-cert", os.path.join(folder, "cert.pem"), "--tls-key",
                              os.path.join(folder, "key.pem"))
        self.addCleanup(collector.remove)
        collector.tls = ssl.create_default_context(cafile=os.path.join(folder, "cert.pem"))
        collector.start()
        with collector.staff() as office:
            self.assertEqual(office.call(add_account=pb.AddAccount(
                name="lan", role=pb.VIEWER, password=PASSWORD)).status, pb.DONE)
        with Page(collector.http_port, tls=collector.tls) as page:
            answer = page.log_in("lan")
            self.assertRegex(answer.header("set-cookie"), r"^__Host-khaosat=[0-9a-f]{64}; Path=/; Max-Age=43200; "
                             r"HttpOnly; SameSite=Strict; Secure$")
            self.assertEqual(page.ask("GET", "/v1/session").json["account"], "lan")
            token = page.cookie.split("=")[1]
            self.assertEqual(page.ask("GET", "/v1/session", Cookie="khaosat=" + token).code, 401)
        collector.stop()


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""The description that the collector serves of itself, held against what it answers: no property may be
missing in either, and by the end each answer that is described must have been given."""

import re
import unittest

import jsonschema

from http_door import Door
from wire import WireTest, access_code, tax_code

NOBODY = "Bearer " + 64 * "0"
PARAMETERS = {"round": "r", "tax_code": tax_code(0), "name": "nobody", "firm": "nobody", "version": "3", "vintage": "1",
              "number": "1", "file": "goals.json", "id": 32 * "0"}


def strict(schema):
    """Objects have the properties that are described, and no others."""
    if isinstance(schema, dict):
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for part in schema.values():
            strict(part)
    elif isinstance(schema, list):
        for part in schema:
            strict(part)
    return schema


class DescribedTest(WireTest):
    ran = 0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with Door(cls.collector.http_port) as door:
            cls.openapi = strict(door.get("/v1/openapi.json").json)
        cls.resolver = jsonschema.RefResolver("", cls.openapi)
        cls.seen = set()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        if cls.ran == len(unittest.defaultTestLoader.getTestCaseNames(cls)):
            missing = {(method, path, code) for method, path, operation in cls.operations()
                       for code in operation["responses"] if code != "default"} - cls.seen
            assert not missing, "described and never answered: %s" % sorted(missing)

    def tearDown(self):
        type(self).ran += 1

    @classmethod
    def operations(cls):
        """(method, path as it is described, operation) of all."""
        return [(method.upper(), path, operation) for path, operations in cls.openapi["paths"].items()
                for method, operation in operations.items()]

    def door(self, who=None):
        if isinstance(who, int):
            who = (tax_code(who), access_code(who))
        door = Door(self.collector.http_port, who)
        self.addCleanup(door.close)
        return door

    def operation(self, method, path):
        """What it is described as, and how."""
        path = path.split("?")[0]
        found = [(template, operation) for known, template, operation in self.operations()
                 if known == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)]
        self.assertTrue(found, "%s %s is not described" % (method, path))
        return min(found, key=lambda one: one[0].count("{"))

    def ask(self, door, method, path, body=None, **headers):
        answer = door.call(method, path, body, **headers)
        self.hold_against_description(method, path, answer)
        if method == "GET" and answer.code == 200 and answer.header("etag") is not None:
            again = door.call(method, path, **{**headers, "If_None_Match": "*"})
            self.assertEqual((again.code, again.raw), (304, b""), path)
            self.hold_against_description(method, path, again)
        return answer

    def hold_against_description(self, method, path, answer):
        template, operation = self.operation(method, path)
        type(self).seen.add((method, template, str(answer.code)))
        described = operation["responses"].get(str(answer.code), operation["responses"]["default"])
        if "$ref" in described:
            self.assertGreaterEqual(answer.code, 400, answer)
            described = self.resolver.resolve(described["$ref"])[1]
        if "content" not in described:
            self.assertEqual(answer.raw, b"")
            return
        if "*/*" in described["content"]:
            return
        type_of = answer.type.split(";")[0]
        self.assertIn(type_of, described["content"], answer)
        if type_of.endswith("json"):
            schema = described["content"][type_of]["schema"]
            jsonschema.Draft202012Validator(schema, resolver=self.resolver).validate(answer.json)

    def assert_code(self, code, answer):
        self.assertEqual(answer.code, code, answer)
        return answer.json if answer.body else None

    # ---------------------------------------------------------------------- what holds for every path

    @staticmethod
    def filled(path):
        return re.sub(r"\{(\w+)\}", lambda m: PARAMETERS[m.group(1)], path)

    def test_what_is_for_somebody_asks_strangers_who_they_are_and_refuses_nobodys_token(self):
        for method, path, operation in self.operations():
            if not operation["security"]:
                continue
            with self.subTest(method=method, path=path):
                body = None
                if "requestBody" in operation:
                    body = {"answers": {}} if path.endswith(("/submissions", "/check")) else {}
                answer = self.ask(self.door(), method, self.filled(path), body)
                self.assert_code(401, answer)
                self.assertIn("www-authenticate", answer.headers)
                wrong = self.ask(self.door(), method, self.filled(path), body, Authorization=NOBODY)
                self.assertIn(wrong.code, (401, 403) if path == "/metrics" else (403,), wrong)

    def test_what_no_path_takes_is_refused_before_anybody_is_asked(self):
        door = self.door(self.collector.token)
        for method, path, operation in self.operations():
            with self.subTest(method=method, path=path):
                if "requestBody" in operation:
                    self.assert_code(415, self.ask(door, method, self.filled(path), b"x", type="text/plain"))
                    self.assert_code(400, self.ask(door, method, self.filled(path), b"{"))
                elif "400" in operation["responses"]:
                    self.assert_code(400, self.ask(door, method, self.filled(path) + "?nonsense=1"))

    def test_each_security_scheme_is_described_and_used(self):
        used = {name for _, _, operation in self.operations() for way in operation["security"] for name in way}
        self.assertEqual(used, set(self.openapi["components"]["securitySchemes"]))
        for method, path, operation in self.operations():
            for way in operation["security"]:
                self.assertEqual("page" in way, "browser" in way and method != "GET", path)

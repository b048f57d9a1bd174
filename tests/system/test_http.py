# SPDX-License-Identifier: Apache-2.0
"""The HTTP API, as a program meets it."""

import json
import subprocess
import unittest
import uuid as uuids

import khaosat_pb2 as pb
from http_door import Door, basic
from wire import WireTest, access_code, make_round, submit, tax_code, uuid

R = "r"


def new_id():
    return str(uuids.uuid4())


class HttpTest(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.office = cls.collector.staff()
        cls.addClassCleanup(cls.office.close)
        make_round(cls.office, R, 40)

    def door(self, who=None):
        if isinstance(who, int):
            who = (tax_code(who), access_code(who))
        door = Door(self.collector.http_port, who)
        self.addCleanup(door.close)
        return door

    def assert_problem(self, answer, code, kind):
        self.assertEqual((answer.code, answer.type), (code, "application/problem+json"), answer)
        problem = answer.json
        self.assertEqual((problem["status"], problem["type"]), (code, "urn:khaosat:problem:" + kind), answer)
        self.assertNotEqual(problem["detail"], "")
        self.assertNotIn(problem["detail_vi"], ("", problem["detail"]))
        return problem


class SubmittingTest(HttpTest):
    PATH = "/v1/rounds/r/submissions"

    def test_a_submission_is_created_then_replayed_with_the_same_receipt(self):
        door = self.door(1)
        body = {"instance_id": new_id(), "answers": {"B01": ["X"], "B02": 7}, "seconds": 30}
        first = door.call("POST", self.PATH, body)
        self.assertEqual((first.code, first.json["status"]), (201, "ACCEPTED"), first)
        again = door.call("POST", self.PATH, body)
        self.assertEqual((again.code, again.json["status"]), (202, "REPLAYED"), again)
        self.assertEqual(first.json["receipt"], again.json["receipt"])
        self.assertEqual(len(first.json["receipt"]["header"]), 400)
        other = door.call("POST", self.PATH, {**body, "answers": {"B01": ["Y"]}})
        self.assert_problem(other, 409, "conflict")

    def test_protobuf_over_http_is_the_same_submission_as_a_frame(self):
        with self.collector.unit(tax_code(2), access_code(2)) as unit:
            message = submit(R, uuid("both doors"))
            accepted = unit.call(submit=message)
        self.assertEqual(accepted.status, pb.ACCEPTED)
        door = self.door(2)
        message.round = ""
        replayed = door.call("POST", self.PATH, message.SerializeToString(), type="application/x-protobuf",
                             Accept="application/x-protobuf")
        self.assertEqual((replayed.code, replayed.type), (202, "application/x-protobuf"))
        response = pb.Response.FromString(replayed.body)
        self.assertEqual((response.status, response.receipt), (pb.REPLAYED, accepted.receipt))

    def test_each_outcome_has_its_code_and_its_details(self):
        door = self.door(3)
        rejected = self.assert_problem(
            door.call("POST", self.PATH, {"instance_id": new_id(), "answers": {}}), 422, "rejected")
        self.assertEqual(rejected["finding"][0]["check"], "E_CORE")
        soft = {"instance_id": new_id(), "answers": {"B01": ["X"], "B02": 600}}
        needs = self.assert_problem(door.call("POST", self.PATH, soft), 422, "needs-confirmation")
        self.assertEqual((needs["finding"][0]["check"], needs["finding"][0]["severity"]), ("S_MANY", "SOFT"))
        confirmed = door.call("POST", self.PATH, {**soft, "confirmed": {"S_MANY": "đúng vậy"}})
        self.assertEqual(confirmed.code, 201, confirmed)
        stale = self.assert_problem(
            door.call("POST", self.PATH, {"instance_id": new_id(), "answers": {"B01": ["X"]}}), 409, "stale")
        self.assertEqual(stale["head"]["instance_id"], soft["instance_id"])
        unknown = door.call("POST", self.PATH, {"instance_id": new_id(), "deprecated_id": new_id(),
                                                "answers": {"B01": ["X"]}})
        self.assert_problem(unknown, 404, "not-found")
        version = door.call("POST", self.PATH, {"instance_id": new_id(), "survey_version": 4,
                                                "answers": {"B01": ["X"]}})
        self.assert_problem(version, 409, "wrong-version")

    def test_a_correction_and_a_withdrawal_are_accepted_too(self):
        door = self.door(4)
        first, second, third = new_id(), new_id(), new_id()
        self.assertEqual(door.call("POST", self.PATH, {"instance_id": first, "answers": {"B01": ["X"]}}).code, 201)
        corrected = door.call("POST", self.PATH, {"instance_id": second, "deprecated_id": first,
                                                  "answers": {"B01": ["Y"]}})
        self.assertEqual(corrected.code, 201, corrected)
        head = door.get("/v1/rounds/r/unit").json["head"]
        self.assertEqual((head["instance_id"], head["revision"]), (second, 2))
        gone = door.call("POST", "/v1/rounds/r/withdrawals", {"instance_id": third, "head": second})
        self.assertEqual((gone.code, gone.json["status"]), (201, "ACCEPTED"), gone)
        self.assertNotIn("head", door.get("/v1/rounds/r/unit").json)
        self.assertEqual([e["number"] for e in door.get("/v1/rounds/r/history").json["entry"]],
                         sorted((e["number"] for e in door.get("/v1/rounds/r/history").json["entry"]), reverse=True))

    def test_a_check_says_what_a_submission_would_and_stores_nothing(self):
        door = self.door(5)
        last = door.get("/v1/hello").json["last"]
        good = {"instance_id": new_id(), "answers": {"B01": ["X"]}}
        self.assertEqual(door.call("POST", "/v1/rounds/r/check", good).code, 204)
        bad = door.call("POST", "/v1/rounds/r/check", {**good, "answers": {"B01": ["X"], "B02": 2000}})
        self.assert_problem(bad, 422, "rejected")
        self.assertEqual(door.get("/v1/hello").json["last"], last)

    def test_a_protobuf_body_has_fields_of_its_own_but_not_the_last_word(self):
        door = self.door(5)
        message = submit("", uuid("p", 5)).SerializeToString()
        last = door.get("/v1/hello").json["last"]

        def check(body):
            return door.call("POST", "/v1/rounds/r/check", body, type="application/x-protobuf")

        self.assertEqual(check(message + b"\xc2\x3e\x01x").code, 204)  # a field 1000, as a frame may have one
        self.assertEqual(check(submit("other", uuid("p", 5)).SerializeToString()).code, 204)
        # What is put behind it, the round and check_only, would be within the field 1000; or the body is none.
        for tail in (b"\xc2\x3e\x05", b"\xc2\x3e\x03", b"\xc2\x3e", b"\xc2", b"\xc3\x3e", b"\xff" * 11, b"\0"):
            problem = self.assert_problem(check(message + tail), 400, "invalid")
            self.assertEqual((problem["field"], problem["rule"]), ("body", "a message of khaosat.proto"), tail)
        self.assertEqual(door.get("/v1/hello").json["last"], last)

    def test_a_wrong_code_an_unknown_unit_and_another_units_code_are_one_refusal(self):
        said = set()
        for who in ((tax_code(6), access_code(7)), (tax_code(9999), access_code(6)), ("0", "x"),
                    ("3000000012", "")):
            answer = Door(self.collector.http_port, who)
            self.addCleanup(answer.close)
            said.add(answer.call("POST", self.PATH, {"instance_id": new_id(), "answers": {"B01": ["X"]}}).body)
            self.assert_problem(answer.get("/v1/rounds/r/receipt"), 403, "refused")
        self.assertEqual(len(said), 1, said)

    def test_without_credentials_they_are_asked_for(self):
        answer = self.door().get("/v1/rounds/r/unit")
        self.assert_problem(answer, 401, "refused")
        self.assertEqual([v.split(" ")[0] for v in answer.headers["www-authenticate"]], ["Basic", "Bearer"])
        for bad in ("Basic", "Basic !!!!", "Basic bm9jb2xvbg==", "Digest x", "Bearer"):
            answer = self.door().get("/v1/rounds/r/unit", Authorization=bad)
            self.assert_problem(answer, 401, "unauthorized")
        blanks = self.door().get("/v1/rounds/r/unit", Authorization="Basic   " + basic((tax_code(1), access_code(1)))[6:])
        self.assertEqual(blanks.code, 200, blanks)

    def test_a_field_that_is_wrong_is_named(self):
        door = self.door(8)
        for body, field in (({"instance_id": "x"}, "instance_id"), ({"instance": new_id()}, "instance"),
                            ({"instance_id": new_id(), "answers": {"B99": 1}}, "answers/B99"),
                            ({"instance_id": new_id(), "answers": {"B02": "many"}}, "answers/B02"),
                            ({"instance_id": new_id(), "channel": "PIGEON", "answers": {}}, "channel"),
                            ({"answers": {"B01": ["X"]}}, "instance_id"),
                            (b"{", "body"), (b"[]", "body"), (b'{"seconds":1,"seconds":1}', "body")):
            self.assertEqual(self.assert_problem(door.call("POST", self.PATH, body), 400, "invalid")["field"], field)

    def test_curl_submits(self):
        run = subprocess.run(
            ["curl", "-sS", "--max-time", "60", "-u", "%s:%s" % (tax_code(10), access_code(10)),
             "-H", "Content-Type: application/json", "-w", "%{http_code}", "-d",
             json.dumps({"instance_id": new_id(), "answers": {"B01": ["X"]}}),
             "http://127.0.0.1:%d%s" % (self.collector.http_port, self.PATH)],
            capture_output=True, text=True, check=True)
        self.assertTrue(run.stdout.endswith("201"), run.stdout)


if __name__ == "__main__":
    unittest.main()

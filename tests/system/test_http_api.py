# SPDX-License-Identifier: Apache-2.0
"""The rest of the HTTP API: every path is asked, and every answer is held against the description that
the collector itself serves (openapi.py)."""

import hashlib
import re
import threading
import unittest
import uuid as uuids

import khaosat_pb2 as pb
from http_door import Door
import openapi
from wire import SURVEY, Collector, access_code, code_hash, make_round, survey_json, tax_code

R = "r"


def new_id():
    return str(uuids.uuid4())


class ApiTest(openapi.DescribedTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with cls.collector.staff() as office:
            make_round(office, R, 40)
            make_round(office, "later", 3)

    def test_a_round_from_its_survey_to_its_end(self):
        staff, name = self.door(self.collector.token), "2026"
        definition = {**SURVEY, "version": 4}
        stored = self.assert_code(200, self.ask(staff, "POST", "/v1/surveys", definition))
        self.assertEqual((stored["id"], stored["version"]), ("WIRE", 4))
        bad = self.ask(staff, "POST", "/v1/surveys", {**SURVEY, "version": 5, "goals": 7})
        self.assertNotEqual(self.assert_code(400, bad)["survey_stored"]["problem"], [])
        created = {"name": name, "survey_id": "WIRE", "survey_version": 4, "reference_date": "2025-12-31"}
        self.assertEqual(self.assert_code(200, self.ask(staff, "POST", "/v1/rounds", created))["phase"], "CREATED")
        self.assert_code(409, self.ask(staff, "POST", "/v1/rounds", {**created, "survey_version": 3}))
        rows = [{"tax_code": tax_code(i), "name": "Công ty %d" % i, "unit_type": "DN", "employees": 0 if i else 3,
                 "code_hash": code_hash(name, tax_code(i), access_code(i)).hex()} for i in range(3)]
        first = self.assert_code(200, self.ask(staff, "POST", "/v1/rounds/2026/register/chunks",
                                               {"chunk_id": new_id(), "rows": rows[:2]}))
        csv = "\ufefftax_code,name,unit_type,employees,code_hash\r\n%s,\"Công ty \"\"2\"\", Hà Tĩnh\",DN,,%s\r\n" % (
            tax_code(2), rows[2]["code_hash"])
        chunks = "/v1/rounds/2026/register/chunks?chunk_id=" + new_id()
        second = self.assert_code(200, self.ask(staff, "POST", chunks, csv.encode(), type="text/csv"))
        for broken, where in (("tax_code,colour\n", "line 1, column colour"), ("tax_code,name\n1\n", "line 2"),
                              ("tax_code\n1,2\n", "line 2"), ("name\n\"a\n", "line 3"),
                              ("name,employees\na,many\n", "line 2, column employees")):
            answer = self.ask(staff, "POST", chunks, broken.encode(), type="text/csv")
            self.assertEqual(self.assert_code(400, answer)["field"], where)
        column = 20 * "ệ"  # of three bytes each, cut within one of them
        for pad in ("", "x", "xx"):
            for answer in (self.ask(staff, "POST", chunks, f'"{pad}{column}"\n'.encode(), type="text/csv"),
                           self.ask(staff, "POST", chunks, {"rows": [{pad + column: 1}]})):
                self.assertIn("Yêu cầu không hợp lệ", self.assert_code(400, answer)["detail_vi"])
        wrong = self.ask(staff, "POST", "/v1/rounds/2026/register/chunks", {"rows": [{"employees": -1}]})
        self.assertEqual(self.assert_code(400, wrong)["field"], "row/employees")
        load = {"chunk": [first["number"], second["number"]], "rows": 3}
        loaded = self.assert_code(200, self.ask(staff, "POST", "/v1/rounds/2026/register", load))
        self.assertEqual(loaded["units"], 3)
        self.assertEqual(self.assert_code(200, self.ask(staff, "POST", "/v1/rounds/2026/open"))["phase"], "OPEN")
        unit = self.door(2)
        state = self.assert_code(200, self.ask(unit, "GET", "/v1/rounds/2026/unit"))
        self.assertEqual((state["name"], state["may_submit"], "head" in state), ('Công ty "2", Hà Tĩnh', True, False))
        self.assertEqual(self.assert_code(200, self.ask(unit, "GET", "/v1/rounds/2026/receipt")), {})
        self.assertEqual(self.assert_code(200, self.ask(staff, "POST", "/v1/rounds/2026/close"))["phase"], "CLOSED")
        late = {"instance_id": new_id(), "answers": {"B01": ["X"]}}
        self.assert_code(409, self.ask(unit, "POST", "/v1/rounds/2026/submissions", late))
        self.assert_code(204, self.ask(staff, "POST", "/v1/rounds/2026/reopenings",
                                       {"tax_code": tax_code(2), "until_ms": 4102444800000}))
        self.assert_code(201, self.ask(unit, "POST", "/v1/rounds/2026/submissions", late))
        self.assert_code(404, self.ask(staff, "GET", "/v1/rounds/2027/rates"))

    def test_a_unit_sees_its_own_and_its_staff_on_its_behalf(self):
        unit, staff = self.door(1), self.door(self.collector.token)
        body = {"instance_id": new_id(), "answers": {"B01": ["X"]}}
        self.assert_code(204, self.ask(unit, "POST", "/v1/rounds/r/check", body))
        accepted = self.assert_code(201, self.ask(unit, "POST", "/v1/rounds/r/submissions", body))
        self.assert_code(202, self.ask(unit, "POST", "/v1/rounds/r/submissions", body))
        receipt = self.assert_code(200, self.ask(unit, "GET", "/v1/rounds/r/receipt"))
        self.assertEqual(receipt, {"receipt": accepted["receipt"]})
        behalf = "?tax_code=" + tax_code(1)
        self.assertEqual(self.assert_code(200, self.ask(staff, "GET", "/v1/rounds/r/receipt" + behalf)), receipt)
        self.assert_code(403, self.ask(self.door(2), "GET", "/v1/rounds/r/receipt" + behalf))
        history = self.assert_code(200, self.ask(unit, "GET", "/v1/rounds/r/history"))
        self.assertEqual([e["number"] for e in history["entry"]], [accepted["receipt"]["number"]])
        said = history["entry"][0]["entry"]
        self.assertEqual([said[n] for n in ("kind", "channel", "tax_code", "instance_id", "revision", "key")],
                         ["SUBMISSION", "WEB", tax_code(1), body["instance_id"], 1, 0])
        contact = {"name": "Nguyễn Văn Á", "phone": "0912345678", "consent": True}
        self.assert_code(204, self.ask(unit, "PUT", "/v1/rounds/r/contact", contact))
        withdrawal = {"instance_id": new_id(), "head": body["instance_id"]}
        for code in (201, 202):
            self.assert_code(code, self.ask(unit, "POST", "/v1/rounds/r/withdrawals", withdrawal))
        for head, code in ((body["instance_id"], 409), (new_id(), 404)):
            gone = {"instance_id": new_id(), "head": head}
            self.assert_code(code, self.ask(unit, "POST", "/v1/rounds/r/withdrawals", gone))
        for path in ("check", "submissions"):
            empty = {"instance_id": new_id(), "answers": {}}
            self.assert_code(422, self.ask(unit, "POST", "/v1/rounds/r/" + path, empty))
        typed = {"instance_id": new_id(), "tax_code": tax_code(1), "answers": {"B01": ["Y"]}}
        self.assert_code(201, self.ask(staff, "POST", "/v1/rounds/r/submissions", typed))

    def test_cases_codes_and_whom_to_follow_up(self):
        staff, unit = self.door(self.collector.token), "/v1/rounds/r/units/" + tax_code(30)
        refusal = {"state": "REFUSAL", "evidence": "gọi điện, từ chối"}
        self.assert_code(204, self.ask(staff, "PUT", unit + "/case", refusal))
        cases = self.assert_code(200, self.ask(staff, "GET", "/v1/rounds/r/cases?by=whole,size"))
        self.assertEqual(sum(cases["cell"][0]["state"]), 40)
        listed = self.assert_code(200, self.ask(staff, "GET", "/v1/rounds/r/followup?state=refusal"))["unit"]
        self.assertEqual([(u["row"]["tax_code"], u["evidence"]) for u in listed], [(tax_code(30), refusal["evidence"])])
        change = {"code_hash": code_hash(R, tax_code(30), access_code(99)).hex(), "reason": "thư bị mất",
                  "delivery": "PAPER"}
        self.assert_code(204, self.ask(staff, "PUT", unit + "/code", change))
        self.assert_code(403, self.ask(self.door(30), "GET", "/v1/rounds/r/unit"))
        self.assert_code(200, self.ask(self.door((tax_code(30), access_code(99))), "GET", "/v1/rounds/r/unit"))

    def test_a_unit_gives_a_colleague_a_sub_code_and_takes_it_back(self):
        unit = self.door(31)
        made = {"name": "ke-toan", "code_hash": code_hash(R, tax_code(31), access_code(98)).hex()}
        self.assert_code(204, self.ask(unit, "POST", "/v1/rounds/r/codes", made))
        self.assert_code(403, self.ask(self.door(self.collector.token), "POST", "/v1/rounds/r/codes", made))
        colleague = self.door((tax_code(31), access_code(98)))
        self.assert_code(200, self.ask(colleague, "GET", "/v1/rounds/r/unit"))
        codes = self.assert_code(200, self.ask(unit, "GET", "/v1/rounds/r/codes"))["code"]
        number = [c["number"] for c in codes if c["name"] == "ke-toan"][0]
        self.assert_code(204, self.ask(unit, "DELETE", "/v1/rounds/r/codes/%d" % number))
        self.assert_code(403, self.ask(colleague, "GET", "/v1/rounds/r/unit"))

    def test_a_firm_lists_the_units_that_granted_it(self):
        machine, unit = self.door(self.collector.token), self.door(32)
        self.assert_code(200, self.ask(machine, "POST", "/v1/accounts", {"name": "dlt", "role": "FIRM"}))
        made = self.assert_code(200, self.ask(machine, "POST", "/v1/tokens", {
            "account": "dlt", "name": "script", "role": "FIRM", "expires_ms": self.now_ms(machine) + 3600000}))
        firm = self.door(bytes.fromhex(made["token"]))
        self.assert_code(204, self.ask(unit, "POST", "/v1/rounds/r/grants", {"firm": "dlt"}))
        self.assert_code(403, self.ask(firm, "POST", "/v1/rounds/r/grants", {"firm": "dlt"}))
        (granted,) = self.assert_code(200, self.ask(firm, "GET", "/v1/rounds/r/grants"))["unit"]
        self.assertEqual((granted["tax_code"], granted["state"]), (tax_code(32), "NOT_STARTED"))
        (listed,) = self.assert_code(200, self.ask(machine, "GET", "/v1/rounds/r/firms"))["account"]
        self.assertEqual((listed["name"], listed["units"]), ("dlt", 1))
        self.assert_code(200, self.ask(firm, "GET", "/v1/rounds/r/unit?tax_code=" + tax_code(32)))
        self.assert_code(204, self.ask(firm, "DELETE", "/v1/rounds/r/grants/dlt?tax_code=" + tax_code(32)))
        self.assert_code(403, self.ask(firm, "GET", "/v1/rounds/r/unit?tax_code=" + tax_code(32)))
        self.assert_code(404, self.ask(unit, "DELETE", "/v1/rounds/r/grants/dlt"))

    def test_what_the_office_does_with_a_round(self):
        staff, unit = self.door(self.collector.token), "/v1/rounds/r/units/" + tax_code(32)
        body = {"instance_id": new_id(), "answers": {"B01": ["NONE"]}}
        self.assert_code(201, self.ask(self.door(32), "POST", "/v1/rounds/r/submissions", body))
        edit = {"head": body["instance_id"], "question": "B01", "answer": ["X"], "reason": "gọi điện hỏi lại"}
        self.assert_code(204, self.ask(staff, "POST", unit + "/edits", edit))
        self.assert_code(204, self.ask(staff, "POST", unit + "/edits", {**edit, "question": "B02", "answer": 12}))
        self.assert_code(204, self.ask(staff, "POST", unit + "/edits", {**edit, "question": "B02", "answer": None}))
        for wrong, field in (({"answer": "Q"}, "answers/B01"), ({"question": "B02", "answer": "many"}, "answers/B02"),
                             ({"question": "B99"}, "answers/B99"), ({"answer": ["X", "NONE"]}, "B01"),
                             ({"answers": ["X"]}, "answers")):
            refused = self.ask(staff, "POST", unit + "/edits", {**edit, **wrong})
            self.assertEqual(self.assert_code(400, refused)["field"], field)
        self.assert_code(200, self.ask(staff, "PUT", "/v1/rounds/r/deadline", {"closes_ms": 4102444800000}))
        before = self.now_ms(staff)
        erased = self.ask(staff, "POST", "/v1/rounds/r/contacts/erasures", {"before_ms": before})
        self.assertIn("erased", self.assert_code(200, erased))
        self.assert_code(200, self.ask(staff, "GET", "/v1/rounds/r/certainties"))
        for path in ("/v1/rounds/r/changes", "/v1/rounds/r/movers?goal=GA"): # there is no earlier round
            self.assert_code(400, self.ask(staff, "GET", path))
            self.assert_code(404, self.ask(staff, "GET", path + ("&" if "?" in path else "?") + "before=none"))
        for path in ("/v1/rounds/later/changes?before=r", "/v1/rounds/later/movers?goal=GA&before=r"):
            self.assert_code(200, self.ask(staff, "GET", path))

    def test_a_unit_proposes_another_row_and_the_office_decides(self):
        staff, unit = self.door(self.collector.token), self.door(30)
        mine, office = "/v1/rounds/r/proposal", "/v1/rounds/r/units/%s" % tax_code(30)
        cells = [{"column": "commune", "value": "18074"}]
        self.assert_code(200, self.ask(unit, "PUT", mine, {"cell": cells, "reason": "chuyển trụ sở"}))
        row = self.assert_code(200, self.ask(unit, "GET", "/v1/rounds/r/row"))
        self.assertEqual((row["row"]["commune"], row["proposal"][0]["status"]), ("18073", "PROPOSAL_OPEN"))
        self.assert_code(204, self.ask(unit, "DELETE", mine))
        self.assert_code(409, self.ask(unit, "DELETE", mine))
        bad = self.ask(unit, "PUT", mine, {"cell": [{"column": "commune", "value": "1"}]})
        self.assertEqual(self.assert_code(422, bad)["finding"][0]["question"], "commune")
        stored = self.assert_code(200, self.ask(unit, "PUT", mine, {"cell": cells}))
        listed = self.assert_code(200, self.ask(staff, "GET", "/v1/rounds/r/proposals"))["open"]
        self.assertEqual([(o["row"]["tax_code"], o["proposal"]["number"]) for o in listed],
                         [(tax_code(30), stored["number"])])
        decision = "%s/proposals/%d" % (office, stored["number"])
        self.assert_code(200, self.ask(staff, "POST", decision, {"accept": True}))
        self.assert_code(409, self.ask(staff, "POST", decision, {"reason": "không"}))
        back = {"cell": [{"column": "commune", "value": "18073"}], "reason": "nhầm"}
        self.assert_code(200, self.ask(staff, "POST", office + "/row", back))
        row = self.assert_code(200, self.ask(staff, "GET", "/v1/rounds/r/row?tax_code=" + tax_code(30)))
        self.assertEqual([p["status"] for p in row["proposal"]],
                         ["PROPOSAL_UNASKED", "PROPOSAL_ACCEPTED", "PROPOSAL_WITHDRAWN"])
        self.assert_code(403, self.ask(unit, "GET", "/v1/rounds/r/proposals"))

    def test_an_export_is_made_and_listed(self):
        staff = self.door(self.collector.token)
        made = self.assert_code(200, self.ask(staff, "POST", "/v1/rounds/r/exports", {"format": ["csv"]}))
        self.assertEqual((made["round"], made["vintage"], made["internal"]), (R, 1, False))
        listed = self.assert_code(200, self.ask(staff, "GET", "/v1/exports?round=r"))["export"]
        self.assertEqual([e["manifest_sha256"] for e in listed], [made["manifest_sha256"]])
        self.assert_code(400, self.ask(staff, "POST", "/v1/rounds/r/exports", {"format": ["paper"]}))
        self.assert_code(200, self.ask(staff, "POST", "/v1/rounds/r/exports", {"format": ["csv"], "internal": True}))
        for folder in ("public/1", "public/latest", "internal/1", "internal/latest"):
            path = "/v1/rounds/r/exports/%s/manifest.json" % folder
            whole = self.ask(staff, "GET", path)
            self.assert_code(200, whole)
            part = self.ask(staff, "GET", path, Range="bytes=2-6")
            self.assertEqual((part.code, part.body), (206, whole.body[2:7]))
            self.assert_code(416, self.ask(staff, "GET", path, Range="bytes=9999999-"))
            self.assert_code(404, self.ask(staff, "GET", path + "x"))
            if folder.startswith("public"):
                self.assertEqual(hashlib.sha256(whole.body).hexdigest(), made["manifest_sha256"])
        self.assert_code(200, self.ask(staff, "POST", "/v1/rounds/later/exports", {"format": ["csv"]}))
        pages, path = [], "/v1/exports?most=1"
        while path is not None:
            page = self.ask(staff, "GET", path)
            pages += self.assert_code(200, page)["export"]
            link = re.fullmatch(r'<(\?most=1&before=\d+)>; rel="next"', page.header("link") or "")
            path = "/v1/exports" + link.group(1) if link else None
        numbers = [e["number"] for e in pages]
        self.assertEqual(numbers, sorted(numbers, reverse=True))
        self.assertEqual([(e["round"], e["internal"]) for e in pages], [("later", False), (R, True), (R, False)])
        self.assertEqual(self.assert_code(200, self.ask(staff, "GET", "/v1/exports"))["export"], pages)

    def test_figures_are_filtered_and_tagged(self):
        staff = self.door(self.collector.token)
        whole = self.ask(staff, "GET", "/v1/rounds/r/rates")
        self.assertEqual({r["goal"] for r in self.assert_code(200, whole)["rate"]}, {"GA", "GB"})
        part = self.assert_code(200, self.ask(staff, "GET", "/v1/rounds/r/rates?goal=GB&by=size,whole&by=commune"))
        self.assertEqual({r["goal"] for r in part["rate"]}, {"GB"})
        self.assertEqual({r["dimension"] for r in part["rate"]}, {"WHOLE", "SIZE", "COMMUNE"})
        self.assert_code(200, self.ask(staff, "GET", "/v1/rounds/r/estimates?goal=GA&method=logit"))
        for path, cells in (("rates?by=size&cell=MICRO", {"MICRO"}), ("rates?by=size&cell=MICRO,SMALL&goal=GA", {
                "MICRO", "SMALL"}), ("rates?by=whole,size&cell=_T", {"_T"}), ("estimates?by=size&cell=LARGE", {"LARGE"})):
            chosen = self.assert_code(200, self.ask(staff, "GET", "/v1/rounds/r/" + path))
            self.assertEqual({r["cell"] for r in chosen.get("rates", chosen)["rate"]}, cells)
        self.assertEqual(len(self.assert_code(200, self.ask(staff, "GET", "/v1/rounds/r/goals"))["goal"]), 2)
        self.assert_code(200, self.ask(staff, "POST", "/v1/recounts", {"round": R}))
        for query in ("by=colour", "by=size&cell=HUGE", "cell=MICRO", "goals=GA", "by=size,colour", "round=r"):
            self.assert_code(400, self.ask(staff, "GET", "/v1/rounds/r/rates?" + query))

    def test_an_answer_that_has_not_changed_is_not_sent_again(self):
        staff = self.door(self.collector.token)
        for path in ("/v1/rounds/r/rates?by=whole,size", "/v1/rounds/r/survey", "/v1/openapi.json", "/v1/hello",
                     "/v1/log?from=1&most=1"):
            first = staff.get(path)
            tag = first.header("etag")
            for known in (tag, '"x", ' + tag, tag[2:], "*"):
                again = staff.get(path, If_None_Match=known)
                self.assertEqual((again.code, again.raw, again.header("etag")), (304, b"", tag), path)
            self.assertEqual(staff.get(path, If_None_Match='"x"').code, 200)
        rates = staff.get("/v1/rounds/r/rates").header("etag")
        self.assert_code(201, self.door(3).call("POST", "/v1/rounds/r/submissions",
                                                {"instance_id": new_id(), "answers": {"B01": ["X"]}}))
        self.assertEqual(staff.get("/v1/rounds/r/rates", If_None_Match=rates).code, 200)

    def test_surveys_are_public_and_the_bytes_that_were_loaded(self):
        door = self.door()
        for path in ("/v1/rounds/r/survey", "/v1/surveys/WIRE/3"):
            answer = self.ask(door, "GET", path)
            self.assertEqual(answer.body, survey_json())
            self.assertEqual(answer.header("cache-control"), "no-cache")
        self.assert_code(409, self.ask(door, "GET", "/v1/surveys/WIRE/99"))
        self.assert_code(400, self.ask(door, "GET", "/v1/surveys/WIRE/one"))

    def test_answers_are_packed_for_who_can_unpack_them(self):
        door = self.door()
        described = door.get("/v1/openapi.json").json
        for accepted, packed in (("gzip", True), ("br, gzip;q=0.5", True), ("*", True), ("gzip;q=0, *", False),
                                 ("identity", False), (None, False)):
            answer = door.get("/v1/rounds/r/survey", Accept_Encoding=accepted)
            self.assertEqual(answer.header("content-encoding") == "gzip", packed, accepted)
            self.assertEqual(answer.body, survey_json())
            self.assertEqual(len(answer.raw) < len(answer.body), packed)
            self.assertEqual(door.get("/v1/openapi.json", Accept_Encoding=accepted).json, described, accepted)

    def test_a_type_that_is_not_there_is_not_acceptable(self):
        door = self.door()
        for accept, code in (("application/json", 200), ("application/*", 200), ("text/html, */*;q=0.1", 200),
                             ("text/html", 406), ("application/json;q=0, */*", 406)):
            self.assertEqual(self.ask(door, "GET", "/healthz", Accept=accept).code, code, accept)
        answer = door.get("/v1/rounds", Accept="application/x-protobuf")
        self.assertEqual(pb.Response.FromString(answer.body).rounds.round[0].name in ("r", "2026"), True)
        self.assert_code(415, self.ask(self.door(4), "POST", "/v1/rounds/r/submissions", b"{}", type="text/plain"))

    def test_head_and_options_and_methods_that_are_not_served(self):
        door = self.door()
        whole = door.get("/v1/rounds/r/survey")
        head = door.call("HEAD", "/v1/rounds/r/survey")
        self.assertEqual((head.code, head.raw), (200, b""))
        for name in ("content-length", "etag", "content-type"):
            self.assertEqual(head.header(name), whole.header(name))
        options = door.call("OPTIONS", "/v1/rounds")
        self.assertEqual((options.code, options.header("allow")), (204, "OPTIONS, GET, HEAD, POST"))
        for method, path in (("PUT", "/v1/rounds"), ("PATCH", "/v1/rounds/r/rates"), ("DELETE", "/healthz")):
            answer = door.call(method, path)
            self.assertEqual(answer.code, 405)
            self.assertIn("OPTIONS", answer.header("allow"))
        for path in ("/", "/v1", "/v1/rounds/", "/v1/rounds/r", "/v1/rounds/r/rates/x", "/V1/rounds"):
            self.assertEqual(door.get(path).code, 404, path)
        self.assertNotIn("access-control-allow-origin", door.get("/healthz", Origin="http://evil.example").headers)

    def test_accounts_and_tokens_are_managed(self):
        machine = self.door(self.collector.token)
        added = self.assert_code(200, self.ask(machine, "POST", "/v1/accounts", {"name": "lan", "role": "VIEWER"}))
        self.assertEqual((added["name"], added["role"]), ("lan", "VIEWER"))
        script = {"account": "lan", "name": "script", "role": "VIEWER", "expires_ms": self.now_ms(machine) + 3600000}
        made = self.assert_code(200, self.ask(machine, "POST", "/v1/tokens", script))
        lan = self.door(bytes.fromhex(made["token"]))
        self.assertEqual(self.assert_code(200, self.ask(lan, "GET", "/v1/hello"))["account"], "lan")
        self.assert_code(200, self.ask(lan, "GET", "/v1/rounds/r/rates"))
        for method, path in (("GET", "/v1/accounts"), ("GET", "/v1/log?from=1"), ("POST", "/v1/rounds/r/close")):
            self.assert_code(403, self.ask(lan, method, path))
        self.assertEqual(len(self.assert_code(200, self.ask(lan, "GET", "/v1/tokens"))["token"]), 1)
        changed = self.ask(machine, "PUT", "/v1/accounts/lan/role", {"role": "OPERATOR"})
        self.assertEqual(self.assert_code(200, changed)["role"], "OPERATOR")
        self.assert_code(404, self.ask(machine, "PUT", "/v1/accounts/nobody/role", {"role": "OPERATOR"}))
        self.assert_code(400, self.ask(machine, "PUT", "/v1/accounts/lan/password", {"password": "short"}))
        self.assert_code(200, self.ask(machine, "PUT", "/v1/accounts/lan/password", {"password": "mật khẩu đủ dài"}))
        made = self.assert_code(200, self.ask(machine, "POST", "/v1/tokens", script))
        self.assert_code(204, self.ask(machine, "DELETE", "/v1/tokens/" + made["info"]["id"]))
        self.assert_code(403, self.ask(lan, "GET", "/v1/rounds/r/rates"))
        self.assert_code(400, self.ask(self.door(), "POST", "/v1/login?name=lan&password=secret", {}))
        self.assert_code(204, self.ask(machine, "DELETE", "/v1/accounts/lan"))
        acts = self.assert_code(200, self.ask(machine, "GET", "/v1/audit"))
        roles = [(a["who"], a["subject"], a["change"]) for a in acts["act"] if a["kind"] == "ROLE_SET"]
        self.assertEqual(roles, [("machine", "lan", [{"column": "role", "before": "viewer", "after": "operator"}])])
        accounts = self.assert_code(200, self.ask(machine, "GET", "/v1/accounts"))["account"]
        self.assertTrue([a["removed"] for a in accounts if a["name"] == "lan"][0])

    def now_ms(self, door):
        return door.get("/v1/hello").json["time_ms"]

    def test_a_log_in_earns_a_token_and_a_log_out_ends_it(self):
        machine = self.door(self.collector.token)
        password = "một mật khẩu dài"
        self.assert_code(200, self.ask(machine, "POST", "/v1/accounts",
                                       {"name": "minh", "role": "VIEWER", "password": password}))
        entry = {"name": "minh", "password": password, "token_name": "browser",
                 "expires_ms": self.now_ms(machine) + 3600000}
        self.assert_code(403, self.ask(self.door(), "POST", "/v1/login", {**entry, "password": "nicht dieses Wort"}))
        token = self.assert_code(200, self.ask(self.door(), "POST", "/v1/login", entry))["token"]
        minh = self.door(bytes.fromhex(token))
        self.assert_code(200, self.ask(minh, "GET", "/v1/rounds/r/rates"))
        self.assert_code(204, self.ask(minh, "POST", "/v1/logout"))
        self.assert_code(403, self.ask(minh, "GET", "/v1/rounds/r/rates"))

    def test_a_browser_logs_in_and_out(self):
        machine, password = self.door(self.collector.token), "một mật khẩu dài"
        self.assert_code(200, self.ask(machine, "POST", "/v1/accounts",
                                       {"name": "hoa", "role": "VIEWER", "password": password}))
        page = self.door()
        begun = self.ask(page, "POST", "/v1/session", {"name": "hoa", "password": password})
        session = {"Cookie": begun.header("set-cookie").split(";")[0], "X-CSRF-Token": begun.json["csrf_token"]}
        self.assert_code(201, begun)
        self.assertEqual(self.assert_code(200, self.ask(page, "GET", "/v1/session", **session)), begun.json)
        self.assert_code(204, self.ask(page, "DELETE", "/v1/session", **session))
        self.assert_code(401, self.ask(page, "GET", "/v1/session", **session))

    def test_who_watches_asks_here(self):
        for path in ("/healthz", "/readyz", "/metrics", "/v1/openapi.json", "/v1/rounds"):
            self.assertEqual(self.ask(self.door(self.collector.token), "GET", path).code, 200)

    def test_the_log_is_read_page_by_page_as_its_links_say(self):
        staff = self.door(self.collector.token)
        query, numbers = "?from=1&most=2", []
        while query is not None:
            answer = self.ask(staff, "GET", "/v1/log" + query)
            numbers += [e["number"] for e in self.assert_code(200, answer)["entry"]]
            last = answer.json["last"]
            link = re.fullmatch(r'<(\?[^>]*)>; rel="next"', answer.header("link") or "")
            query = link.group(1) if link else None
        self.assertEqual(numbers, list(range(1, last + 1)))

    def test_who_waits_for_the_log_is_answered_when_it_grows(self):
        staff = self.door(self.collector.token)
        last = staff.get("/v1/hello").json["last"]
        self.assertEqual(self.ask(staff, "GET", "/v1/log?from=%d&wait=0" % (last + 1)).json["entry"], [])
        self.assertEqual(self.ask(staff, "GET", "/v1/log?from=%d&wait=1" % (last + 1)).json["entry"], [])
        staff.send(staff.request("GET", "/v1/log?from=%d&wait=60" % (last + 1)))
        door = self.door(9)
        self.assert_code(201, door.call("POST", "/v1/rounds/r/submissions",
                                        {"instance_id": new_id(), "answers": {"B01": ["X"]}}))
        entries = staff.receive().json["entry"]
        self.assertEqual(entries[0]["number"], last + 1)
        self.assert_code(400, self.ask(staff, "GET", "/v1/log?from=1&wait=ever"))

    def test_private_answers_are_not_kept_and_no_type_is_guessed(self):
        for answer in (self.door(1).get("/v1/rounds/r/unit"), self.door(self.collector.token).get("/v1/accounts"),
                       self.door().get("/nowhere")):
            self.assertEqual(answer.header("cache-control"), "no-store")
            self.assertEqual(answer.header("x-content-type-options"), "nosniff")


class LimitsTest(unittest.TestCase):
    def test_who_asks_too_often_is_told_when_to_come_again(self):
        collector = Collector("--limit-loopback=yes", "--address-rate=1")
        self.addCleanup(collector.remove)
        collector.start()
        with Door(collector.http_port) as door:
            answers = [door.get("/healthz") for _ in range(30)]
            late = [a for a in answers if a.code == 429]
            self.assertTrue(late)
            self.assertGreaterEqual(int(late[0].header("retry-after")), 1)
            self.assertEqual(late[0].type, "application/problem+json")
            for answer in answers:
                self.assertEqual(answer.header("ratelimit-policy"), '"address";q=10;w=10')
                left = re.fullmatch(r'"address";r=(\d+);t=(\d+)', answer.header("ratelimit")).groups()
                if answer.code == 429:
                    self.assertEqual(left[0], "0")
                self.assertLessEqual(int(left[1]), 10)
            self.assertTrue(answers[0].header("ratelimit").startswith('"address";r=8;'))  # the connection is one
        collector.stop()

    def test_a_unit_that_asks_too_often_is_told_too(self):
        collector = Collector("--unit-rate=1")
        self.addCleanup(collector.remove)
        collector.start()
        with collector.staff() as office:
            make_round(office, R, 2)
        with Door(collector.http_port, (tax_code(0), access_code(0))) as door:
            answers = [door.get("/v1/rounds/r/unit") for _ in range(30)]
            late = [a for a in answers if a.code == 429]
            self.assertTrue(late)
            self.assertEqual(late[0].json["type"], "urn:khaosat:problem:too-many-requests")
            self.assertGreaterEqual(int(late[0].header("retry-after")), 1)
            for answer in answers:
                if answer.code == 200:
                    self.assertEqual(answer.header("ratelimit-policy"), '"unit";q=10;w=10')
                    self.assertRegex(answer.header("ratelimit"), r'^"unit";r=\d;t=\d+$')
            self.assertIn('"unit";r=0;t=10', [answer.header("ratelimit") for answer in late])
            self.assertNotIn("ratelimit", door.get("/healthz").headers)
        with Door(collector.http_port, (tax_code(0), access_code(1))) as stranger:  # it is not told
            self.assertNotIn("ratelimit", stranger.get("/v1/rounds/r/unit").headers)
            self.assertNotIn("ratelimit", stranger.get("/v1/rounds").headers)
        collector.stop()

    def test_a_stop_answers_who_waits_and_says_that_it_closes(self):
        collector = Collector()
        self.addCleanup(collector.remove)
        collector.start()
        with Door(collector.http_port, collector.token) as door:
            last = door.get("/v1/hello").json["last"]
            door.send(door.request("GET", "/v1/log?from=%d&wait=60" % (last + 1)))
            with Door(collector.http_port) as other:
                other.get("/healthz")
            stopping = threading.Thread(target=collector.stop)
            stopping.start()
            try:
                said = door.rest()
            finally:
                stopping.join()
        self.assertTrue(said == b"" or b"Connection: close" in said, said)


if __name__ == "__main__":
    unittest.main()

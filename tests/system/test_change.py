# SPDX-License-Identifier: Apache-2.0
"""What changed between two rounds, by the wire and by the real khaosat, against a count of our own."""

import csv
import io
import json
import os
import random
import subprocess
import unittest

import khaosat_pb2 as pb
from client import on_terminal
from office import OfficeWireTest
from wire import (BINARY_DIR, access_code, answers, check, load_rows, make_round, row, submit, survey_json, tax_code,
                  uuid)

COMMUNES = ("18073", "18074")
TRUE, FALSE, SILENT = "met", "not met", "silent"


class ChangeTest(OfficeWireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        chance = random.Random(57)
        cls.units = {"before": range(0, 50), "now": range(8, 60)}
        cls.commune, cls.stands = {}, {}
        for name, units in cls.units.items():
            for i in units:
                moved = name == "now" and chance.random() < 0.1
                cls.commune[name, i] = COMMUNES[(i + moved) % 2]
            make_round(cls.office, name, 0, rows=[row(name, i, commune=cls.commune[name, i]) for i in units])
            for i in units:
                cls.stands[name, i] = chance.choice((TRUE, TRUE, FALSE, SILENT))
                if cls.stands[name, i] != SILENT:
                    cls.tell(name, i, cls.stands[name, i])

    @classmethod
    def tell(cls, name, i, stands):
        with cls.collector.unit(tax_code(i), access_code(i)) as unit:
            body = answers(("X",) if stands == TRUE else ("NONE",))
            response = unit.call(submit=submit(name, uuid(name, i), body))
            assert response.status == pb.ACCEPTED, response

    def changes(self, **fields):
        return self.done(get_change=pb.GetChange(**{"round": "now", "before": "before", **fields})).changes

    def moves(self, was, now, commune=None):
        both = [i for i in self.units["now"] if ("before", i) in self.stands and
                (commune is None or self.commune["before", i] == self.commune["now", i] == commune)]
        return [i for i in both if (self.stands["before", i], self.stands["now", i]) == (was, now)], len(both)

    def count(self, name, stands, commune=None):
        return sum(1 for i in self.units[name] if self.stands[name, i] in stands and
                   commune in (None, self.commune[name, i]))

    def test_each_figure_is_what_a_count_of_units_says(self):
        changes = self.changes(by=[pb.WHOLE, pb.COMMUNE])
        self.assertEqual([g.goal.code for g in changes.goal], ["GA", "GB"])
        self.assertEqual([list(g.broken) for g in changes.goal], [[], []])
        found = {(c.goal, c.cell): c for c in changes.change}
        everybody = (TRUE, FALSE, SILENT)
        for goal in ("GA", "GB"):
            for cell, commune in (("_T", None), *((c, c) for c in COMMUNES)):
                c = found[goal, cell]
                self.assertEqual((c.n_before, c.met_before, c.not_met_before),
                                 tuple(self.count("before", s, commune) for s in (everybody, (TRUE,), (FALSE,))))
                self.assertEqual((c.n, c.met, c.not_met),
                                 tuple(self.count("now", s, commune) for s in (everybody, (TRUE,), (FALSE,))))
                pairs = ((FALSE, TRUE), (TRUE, FALSE), (TRUE, TRUE), (FALSE, FALSE))
                self.assertEqual([c.gained, c.lost, c.stayed_met, c.stayed_not_met],
                                 [len(self.moves(*pair, commune)[0]) for pair in pairs])
                self.assertEqual(c.both, self.moves(TRUE, TRUE, commune)[1])
                self.assertEqual(c.made, commune is None)

    def test_the_difference_is_that_of_the_two_estimates_and_lies_in_its_interval(self):
        share = {}
        for name in ("before", "now"):
            got = self.done(get_estimates=pb.GetEstimates(round=name, goal=["GA"])).estimates.estimate[0]
            share[name] = got.share
        c = self.changes(goal=["GA"]).change[0]
        self.assertTrue(c.made and c.has_interval)
        self.assertAlmostEqual(c.difference, share["now"] - share["before"], places=12)
        self.assertTrue(c.low < c.difference < c.high)
        self.assertTrue(0 < c.standard_error < 0.2)

    def test_units_that_moved_are_listed_in_the_order_of_the_register(self):
        movers = self.done(list_movers=pb.ListMovers(round="now", before="before", goal="GA")).movers
        expected = {tax_code(i): True for i in self.moves(FALSE, TRUE)[0]}
        expected.update({tax_code(i): False for i in self.moves(TRUE, FALSE)[0]})
        self.assertEqual({m.tax_code: m.met for m in movers.mover}, expected)
        self.assertEqual([m.tax_code for m in movers.mover], sorted(expected))
        self.assertEqual(movers.next, 0)
        past_the_end = pb.ListMovers(round="now", before="before", goal="GA", **{"from": 60})
        self.assertEqual(len(self.done(list_movers=past_the_end).movers.mover), 0)

    def test_a_unit_out_of_scope_or_withdrawn_belongs_no_more(self):
        name = "scope"
        make_round(self.office, name, 0, rows=[row(name, i) for i in range(4)])
        self.tell(name, 0, TRUE)
        self.tell(name, 1, FALSE)
        before = self.changes(round="now", before=name, goal=["GA"]).change[0]
        self.assertEqual((before.n_before, before.met_before), (4, 1))
        self.done(set_case=pb.SetCase(round=name, tax_code=tax_code(0), state=pb.OUT_OF_SCOPE, evidence="closed"))
        with self.collector.unit(tax_code(1), access_code(1)) as unit:
            head = unit.call(unit_status=pb.UnitStatus(round=name)).unit_state.head
            self.assert_status(unit.call(withdraw=pb.Withdraw(
                round=name, head=head.instance_id, instance_id=uuid("withdraw"))), pb.ACCEPTED)
        after = self.changes(round="now", before=name, goal=["GA"]).change[0]
        self.assertEqual((after.n_before, after.met_before, after.not_met_before), (3, 0, 0))
        self.assertFalse(after.made)

    def exported(self, name):
        """What files of an internal export say of the goals, and line by line."""
        self.done(run_export=pb.RunExport(round=name, internal=True, format=["json", "sdmx-csv"]))
        goals, lines = (self.done(read_export=pb.ReadExport(round=name, internal=True, file=file)).export_piece.bytes.decode()
                        for file in ("goals.json", "sdmx-2.0.csv"))
        return json.loads(goals)["goals"], list(csv.DictReader(io.StringIO(lines, newline="")))

    def test_another_rule_threshold_or_commune_is_told_as_a_break(self):
        survey = json.loads(survey_json(version=4))
        survey["indicators"][0]["rule"] = {"any": "B01", "in": ["X"]}
        survey["goals"][1]["threshold"] = 90
        survey["lists"]["commune"]["codes"].append({"code": "18075", "label": "Đậu Liêu"})
        self.done(put_survey=pb.PutSurvey(json=json.dumps(survey).encode()))
        self.done(create_round=pb.CreateRound(name="other", survey_id="WIRE", survey_version=4,
                                              reference_date="2026-06-30", earlier="now"))
        self.assert_status(load_rows(self.office, "other", [row("other", i) for i in range(9)]), pb.DONE)
        changes = self.changes(round="other", before="")
        self.assertEqual(changes.before, "now")
        common = [pb.BREAK_QUESTIONNAIRE, pb.BREAK_PREDICATE]
        self.assertEqual([list(g.broken) for g in changes.goal],
                         [[*common, pb.BREAK_CLASSIFICATION],
                          [*common, pb.BREAK_THRESHOLD, pb.BREAK_CLASSIFICATION]])
        for c in changes.change:
            self.assertFalse(c.made) # nobody has answered
        goals, observations = self.exported("other")
        self.assertEqual([g["breaks"]["since_round"] for g in goals], ["now", "now"])
        self.assertEqual(goals[1]["breaks"]["kinds"], ["questionnaire", "predicate", "threshold", "classification"])
        for o in observations:
            self.assertEqual(o["OBS_STATUS"] == "B", o["OBS_VALUE"] != "", o)
            if o["OBS_STATUS"] == "B":
                self.assertIn("break in series from round now: questionnaire, predicate", o["COMMENT_OBS"])
        survey = json.loads(survey_json(version=5))
        survey["checks"].append(check("E_MORE", []) | {"rule": {"compare": [{"question": "B02"}], "gt": [900]}})
        survey["checks"][-1].pop("builtin")
        self.done(put_survey=pb.PutSurvey(json=json.dumps(survey).encode()))
        self.done(create_round=pb.CreateRound(name="alike", survey_id="WIRE", survey_version=5,
                                              reference_date="2026-06-30"))
        self.assert_status(load_rows(self.office, "alike", [row("alike", i) for i in range(9)]), pb.DONE)
        self.assertEqual([list(g.broken) for g in self.changes(round="alike").goal], 2 * [[pb.BREAK_QUESTIONNAIRE]])
        goals, observations = self.exported("alike") # by its date it comes behind those of 2025
        self.assertEqual([g["breaks"]["kinds"] for g in goals], 2 * [["questionnaire"]])
        self.assertEqual({o["OBS_STATUS"] for o in observations} - {"P", "L", "M"}, set())

    def test_what_cannot_be_compared_is_refused_by_name(self):
        for before, rule in (("", "a round: this one names none as its earlier one"), ("now", "another round")):
            for body in ({"get_change": pb.GetChange(round="now", before=before)},
                         {"list_movers": pb.ListMovers(round="now", before=before, goal="GA")}):
                refused = self.office.call(**body)
                self.assertEqual((refused.status, refused.field, refused.rule),
                                 (pb.INVALID, "%s.before" % next(iter(body)), rule))
        self.invalid("get_change.goal", get_change=pb.GetChange(round="now", before="before", goal=["GZ"]))
        self.invalid("list_movers.goal", list_movers=pb.ListMovers(round="now", before="before", goal="GZ"))
        for body in (pb.GetChange(round="none"), pb.GetChange(round="now", before="none")):
            self.assert_status(self.office.call(get_change=body), pb.UNKNOWN_ROUND)
        self.done(create_round=pb.CreateRound(name="empty", survey_id="WIRE", survey_version=3,
                                              reference_date="2026-06-30"))
        self.assert_status(self.office.call(get_change=pb.GetChange(round="now", before="empty")), pb.ALREADY)

    def certainty(self, name, before=""):
        told = self.done(get_certainty=pb.GetCertainty(round=name, before=before)).certainties
        rates = self.done(get_rates=pb.GetRates(round=name)).rates
        self.assertEqual([(c.goal, c.verdict) for c in told.certainty], [(r.goal, r.verdict) for r in rates.rate])
        return {c.goal: (c.verdict, c.since) for c in told.certainty}

    def test_a_verdict_is_certain_from_the_entry_on_that_decided_it(self):
        name = "sure"
        make_round(self.office, name, 0, rows=[row(name, i) for i in range(6)])
        self.assertEqual(self.certainty(name), {"GA": (pb.UNDECIDED, 0), "GB": (pb.UNDECIDED, 0)})
        receipts = [self.answer(name, i, body=answers(("X",))) for i in range(5)]
        self.assertEqual(self.certainty(name)["GA"], (pb.MET, receipts[4].number)) # 5 of 6 are over 80 %
        self.answer(name, 5, body=answers(("X",)))
        self.assertEqual(self.certainty(name)["GB"][0], pb.MET)
        corrected = self.answer(name, 0, "again", body=answers(("NONE",)), deprecated_id=uuid(name, 0))
        self.assertEqual(self.certainty(name), {"GA": (pb.MET, receipts[4].number), "GB": (
            pb.NOT_MET, corrected.number)})
        corrected = self.answer(name, 1, "again", body=answers(("NONE",)), deprecated_id=uuid(name, 1))
        self.assertEqual(self.certainty(name)["GA"], (pb.NOT_MET, corrected.number))
        told = self.done(get_certainty=pb.GetCertainty(round=name)).certainties
        self.assertGreater(told.certainty[0].since_ms, 0)
        self.assertGreaterEqual(told.last, corrected.number)

    def test_one_walk_over_the_log_serves_whoever_asks_no_further(self):
        name = "walk"
        make_round(self.office, name, 0, rows=[row(name, i) for i in range(6)])
        ask = lambda round, last=0: self.done(get_certainty=pb.GetCertainty(round=round, last=last)).certainties
        before = ask(name)
        self.assertEqual((before.certainty[0].goal, before.certainty[0].verdict), ("GA", pb.UNDECIDED))
        receipts = [self.answer(name, i, body=answers(("X",))) for i in range(5)]
        self.assertEqual(ask(name, before.last), before) # found then, and kept
        after = ask(name)
        self.assertEqual((after.certainty[0].verdict, after.certainty[0].since), (pb.MET, receipts[4].number))
        self.assertGreaterEqual(after.last, receipts[4].number)
        self.assertEqual(ask("now", before.last).last, after.last) # another round, by the newer walk
        self.assertEqual(ask(name, 1 << 40), after) # there is no such entry yet

    def test_a_trend_sets_rounds_side_by_side(self):
        got = json.loads(self.khaosat("trend", "--goal", "GA", "--format", "json").stdout)["trend"]
        points = {p["round"]: p for p in got}
        self.assertEqual((points["before"]["n"], points["now"]["n"]), (50, 52))
        self.assertEqual(points["now"]["met"], self.count("now", (TRUE,)))
        self.assertEqual(points["now"]["breaks"], [])
        rows = list(csv.DictReader(io.StringIO(self.khaosat("trend", "--format", "csv").stdout, newline="")))
        self.assertEqual({(r["round"], r["goal"]) for r in rows if r["round"] in ("before", "now")},
                         {(r, g) for r in ("before", "now") for g in ("GA", "GB")})
        table = self.khaosat("trend", "--lang", "en").stdout
        self.assertLess(table.index("GA"), table.index("GB"))
        self.assertEqual(["2025-12-31" in table, "31/12/2025" in table], [True, False])
        table = self.khaosat("trend").stdout
        self.assertEqual(["2025-12-31" in table, "31/12/2025" in table], [False, True])
        self.assertEqual(self.khaosat("trend", "--format", "xml").returncode, 2)
        self.assertEqual(self.khaosat("trend", "--goal", "GZ").returncode, 1)

    # ------------------------------------------------------------------------- the client

    def environment(self):
        return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "xterm", "HOME": self.collector.data,
                "KHAOSAT_SERVER": "127.0.0.1:%d" % self.collector.port}

    def khaosat(self, *arguments):
        return subprocess.run([os.path.join(BINARY_DIR, "khaosat"), "--token-file",
                               self.collector.data + "/staff.token", *arguments], env=self.environment(), text=True,
                              capture_output=True, timeout=60)

    def told(self, *arguments):
        result = self.khaosat("change", "--round", "now", "--before", "before", *arguments)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return result.stdout

    def test_the_client_prints_table_csv_and_json(self):
        c = self.changes(goal=["GA"]).change[0]
        rows = list(csv.DictReader(io.StringIO(self.told("--format", "csv", "--goal", "GA"), newline="")))
        self.assertEqual([rows[0][f] for f in ("n", "met_before", "gained", "lost", "both", "breaks")],
                         [str(v) for v in (c.n, c.met_before, c.gained, c.lost, c.both, "")])
        self.assertAlmostEqual(float(rows[0]["difference"]), c.difference, places=11)
        got = json.loads(self.told("--format", "json", "--by", "whole", "--by", "commune"))
        self.assertEqual(len(got["changes"]), 2 * 4)
        self.assertEqual(got["changes"][0]["now"], {"n": c.n, "met": c.met, "not_met": c.not_met})
        self.assertAlmostEqual(got["changes"][0]["difference"]["standard_error"], c.standard_error, places=11)
        self.assertIn("Gained", self.told("--lang", "en"))
        self.assertIn("Thêm đạt", self.told())

    def test_tables_and_notes_fit_a_narrow_terminal(self):
        for columns in (60, 80):
            for lang in ("vi", "en"):
                for command in (["trend"], ["change", "--round", "now", "--before", "before", "--by", "commune"]):
                    lines = on_terminal(columns, self.environment(), "--token-file",
                                        self.collector.data + "/staff.token", "--lang", lang, *command)
                    self.assertGreater(len(lines), 8)

    def test_the_client_lists_units_and_says_what_is_missing(self):
        rows = list(csv.DictReader(io.StringIO(self.told("--units", "--goal", "GA"), newline="")))
        gained, lost = self.moves(FALSE, TRUE)[0], self.moves(TRUE, FALSE)[0]
        self.assertEqual({r["tax_code"] for r in rows if r["change"] == "gained"}, {tax_code(i) for i in gained})
        self.assertEqual({r["tax_code"] for r in rows if r["change"] == "lost"}, {tax_code(i) for i in lost})
        self.assertEqual(self.khaosat("change", "--units").returncode, 2)
        self.assertEqual(self.khaosat("change", "--format", "xml").returncode, 2)
        for units in ([], ["--units", "--goal", "GA"]):
            for arguments, vi, en in ([], "chọn đợt để so bằng --before", "choose one with --before"), (
                    ["--before", "now"], "--before now: phải là một đợt khác", "--before now: must be another round"):
                for lang, words in (("vi", vi), ("en", en)):
                    result = self.khaosat("change", "--round", "now", "--lang", lang, *arguments, *units)
                    self.assertEqual(result.returncode, 1)
                    self.assertRegex(result.stderr, r"\Akhaosat: [^\n]*%s\n\Z" % words)


if __name__ == "__main__":
    unittest.main()

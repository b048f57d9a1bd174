# SPDX-License-Identifier: Apache-2.0
"""Surveys, rounds, registers, rates, the log and the recount, as staff see them."""

import hashlib
import os
import time
import unittest

import khaosat_pb2 as pb
from office import OfficeWireTest
from wire import (SOURCE_DIR, SURVEY, Collector, Header, access_code, answers, load_rows, make_round, row, submit,
                  survey_json, tax_code, until_soon, uuid, wait_until)


class RoundsTest(OfficeWireTest):
    def already(self, words, **body):
        response = self.office.call(**body)
        self.assert_status(response, pb.ALREADY)
        self.assertIn(words, response.message_en)

    def create(self, name, **changes):
        fields = {"survey_id": "WIRE", "survey_version": 3, "reference_date": "2025-06-30", **changes}
        return self.office.call(create_round=pb.CreateRound(name=name, **fields))

    def put(self):
        return self.done(put_survey=pb.PutSurvey(json=survey_json())).survey_stored

    def test_a_survey_is_stored_once_and_handed_out_as_it_came(self):
        first, again = self.put(), self.put()
        self.assertEqual(first, again)
        self.assertEqual((first.id, first.version), ("WIRE", 3))
        self.already("Another definition", put_survey=pb.PutSurvey(json=survey_json(title={"vi": "khác", "en": "other"})))
        with self.collector.unit() as anybody:
            survey = anybody.call(get_survey=pb.GetSurvey(id="WIRE", version=3)).survey
            self.assertEqual(survey.json, survey_json())
            self.assertEqual(survey.sha256, hashlib.sha256(survey_json()).digest())
            self.assert_status(anybody.call(get_survey=pb.GetSurvey(id="WIRE", version=4)), pb.WRONG_VERSION)
            self.assert_status(anybody.call(get_survey=pb.GetSurvey(round="none")), pb.UNKNOWN_ROUND)

    def test_a_survey_with_faults_is_refused_with_their_paths(self):
        bad = survey_json(goals=[{**SURVEY["goals"][0], "indicator": "NONE_SUCH"}])
        for json in (bad, b"{", b"", b"\xff", b'{"id": 1, "id": 2}', b"[" * 100000):
            response = self.office.call(put_survey=pb.PutSurvey(json=json))
            self.assert_status(response, pb.INVALID)
            self.assertEqual(response.field, "put_survey.json")
            self.assertTrue(response.survey_stored.problem)
        response = self.office.call(put_survey=pb.PutSurvey(json=bad))
        self.assertIn("/goals/0", response.survey_stored.problem[0])

    def test_the_default_survey_is_accepted(self):
        with open(os.path.join(SOURCE_DIR, "survey/definitions/ha-tinh-dt-1.json"), "rb") as f:
            stored = self.done(put_survey=pb.PutSurvey(json=f.read())).survey_stored
        self.assertEqual((stored.id, stored.version), ("HT-DT", 1))

    def test_a_round_needs_a_name_a_date_a_survey_and_an_earlier_round_that_exist(self):
        self.put()
        cases = [
            ("create_round.name", "", {}), ("create_round.name", "đợt", {}), ("create_round.name", "a b", {}),
            ("create_round.name", "x" * 33, {}), ("create_round.reference_date", "ok", {"reference_date": "2025-02-29"}),
            ("create_round.reference_date", "ok", {"reference_date": "2025-1-01"}),
            ("create_round.reference_date", "ok", {"reference_date": ""}),
            ("create_round.reference_date", "ok", {"reference_date": "2025-06-300"}),
            ("create_round.closes_ms", "ok", {"closes_ms": -1}),
            ("create_round.closes_ms", "ok", {"closes_ms": int(time.time() * 1000)}), ("create_round.earlier", "ok", {"earlier": "none"}),
        ]
        for field, name, changes in cases:
            response = self.create(name, **changes)
            self.assert_status(response, pb.INVALID)
            self.assertEqual(response.field, field)
        self.assert_status(self.create("ok", survey_version=9), pb.WRONG_VERSION)
        response = self.create("Named.2025-Q2_a", closes_ms=4000000000000)
        self.assert_status(response, pb.DONE)
        self.assertEqual((response.round.phase, response.round.closes_ms), (pb.CREATED, 4000000000000))
        self.assert_status(self.create("after", earlier="Named.2025-Q2_a"), pb.DONE)
        self.assert_status(self.create("Named.2025-Q2_a"), pb.ALREADY)

    def test_a_round_goes_through_its_phases_and_no_other_way(self):
        self.put()
        name = "phases"
        self.assert_status(self.create(name), pb.DONE)
        opening, closing = pb.OpenRound(round=name), pb.CloseRound(round=name)
        self.already("no register", open_round=opening)
        self.already("no register", close_round=closing)
        self.already("no register", get_rates=pb.GetRates(round=name))
        self.already("no register", get_estimates=pb.GetEstimates(round=name))
        rows = [row(name, i) for i in range(3)]
        self.assert_status(load_rows(self.office, name, rows), pb.DONE)
        self.already("not open yet", close_round=closing)
        self.already("register already", load_register=pb.LoadRegister(round=name, chunk=[1], rows=1))
        self.already("register already", register_chunk=pb.RegisterChunk(
            round=name, rows=pb.RegisterRows(row=rows).SerializeToString(), chunk_id=uuid("late")))
        info = self.done(open_round=opening).round
        self.assertEqual((info.phase, info.units, info.responded), (pb.OPEN, 3, 0))
        self.assertGreater(info.opened_ms, 0)
        self.already("is open", open_round=opening)
        info = self.done(close_round=closing).round
        self.assertEqual(info.phase, pb.CLOSED)
        self.assertGreaterEqual(info.closed_ms, info.opened_ms)
        self.already("is closed", close_round=closing)
        self.already("is closed", open_round=opening)
        for body in ({"open_round": pb.OpenRound(round="none")}, {"close_round": pb.CloseRound(round="none")},
                     {"get_rates": pb.GetRates(round="none")}):
            self.assert_status(self.office.call(**body), pb.UNKNOWN_ROUND)
        with self.collector.unit() as anybody:
            names = [r.name for r in anybody.call(list_rounds=pb.ListRounds()).rounds.round]
        self.assertIn(name, names)

    def test_a_chunk_sent_again_has_the_same_number_and_wrong_ones_are_refused(self):
        self.put()
        name = "chunks"
        self.assert_status(self.create(name), pb.DONE)
        rows = pb.RegisterRows(row=[row(name, 0)]).SerializeToString()
        chunk = pb.RegisterChunk(round=name, rows=rows, chunk_id=uuid("c"))
        first = self.done(register_chunk=chunk).chunk_stored.number
        self.assertEqual(self.done(register_chunk=chunk).chunk_stored.number, first)
        bare = row(name, 1)
        bare.code_hash = b""
        cases = [
            ("register_chunk.chunk_id", {"chunk_id": b"short"}), ("register_chunk.chunk_id", {"chunk_id": bytes(16)}),
            ("register_chunk.rows", {"rows": b""}), ("register_chunk.rows", {"rows": b"\xff"}),
            ("register_chunk.rows", {"rows": rows[:-1]}), ("register_chunk.rows", {"rows": rows * 4097}),
            ("register_chunk.rows", {"rows": bytes(1 << 20) + b"x"}),
            ("register_chunk.rows", {"rows": pb.RegisterRows(row=[bare]).SerializeToString()}),
        ]
        for field, changes in cases:
            fields = {"round": name, "rows": rows, "chunk_id": uuid("d"), **changes}
            response = self.office.call(register_chunk=pb.RegisterChunk(**fields))
            self.assert_status(response, pb.INVALID)
            self.assertEqual(response.field, field)

    def test_a_register_with_errors_is_not_loaded_and_every_bad_row_is_named(self):
        self.put()
        name = "errors"
        self.assert_status(self.create(name), pb.DONE)
        rows = [row(name, 0), row(name, 1, tax_code="0300100015"), row(name, 2, commune="99999"), row(name, 0),
                row(name, 4, vsic="99")]
        response = load_rows(self.office, name, rows)
        self.assert_status(response, pb.REJECTED)
        loaded = response.register_loaded
        problems = {(p.row, p.column) for p in loaded.problem if p.severity == pb.HARD}
        self.assertEqual(problems, {(2, "tax_code"), (3, "commune"), (4, "tax_code"), (5, "vsic")})
        self.assertEqual(loaded.problems, len(loaded.problem))
        self.assertEqual(loaded.units, 0)
        self.already("no register", open_round=pb.OpenRound(round=name))
        good = pb.RegisterRows(row=[row(name, 0), row(name, 1)]).SerializeToString()
        number = self.done(register_chunk=pb.RegisterChunk(round=name, rows=good, chunk_id=uuid("good"))
                           ).chunk_stored.number
        cases = [
            ("load_register.rows", [number], 3), ("load_register.chunk", [number, number], 4),
            ("load_register.chunk", [1], 2), ("load_register.chunk", [number + 1000], 2),
            ("load_register.chunk", [], 2), ("load_register.chunk", [number], 0),
        ]
        for field, chunk, count in cases:
            response = self.office.call(load_register=pb.LoadRegister(round=name, chunk=chunk, rows=count))
            self.assert_status(response, pb.INVALID)
            self.assertEqual(response.field, field, (chunk, count))
            self.assertNotRegex(response.message_vi, "entry|row |chunk of|number of|at least")
        response = self.office.call(load_register=pb.LoadRegister(round=name, chunk=[number], rows=2))
        self.assert_status(response, pb.DONE)
        self.assertEqual(response.register_loaded.units, 2)

    def test_messages_of_checks_come_with_year_and_date_filled_in(self):
        def dated(check):
            return {**check, "message": {"vi": "Năm {Y}, tại {ref_date}: {Y}?", "en": "{Y}, {ref_date}"}}

        survey = survey_json(id="DATED", checks=[dated(check) for check in SURVEY["checks"]])
        self.done(put_survey=pb.PutSurvey(json=survey))
        self.assert_status(self.create("dated", survey_id="DATED", reference_date="2024-03-09"), pb.DONE)
        words = ("Năm 2024, tại 09/03/2024: 2024?", "2024, 2024-03-09")
        bad = load_rows(self.office, "dated", [row("dated", 0, commune="99999")])
        self.assert_status(bad, pb.REJECTED)
        problem = bad.register_loaded.problem[0]
        self.assertEqual((problem.message_vi, problem.message_en), words)
        numbers = [self.done(register_chunk=pb.RegisterChunk(
            round="dated", chunk_id=uuid("dated"),
            rows=pb.RegisterRows(row=[row("dated", 0)]).SerializeToString())).chunk_stored.number]
        self.done(load_register=pb.LoadRegister(round="dated", chunk=numbers, rows=1))
        self.done(open_round=pb.OpenRound(round="dated"))
        with self.collector.unit(tax_code(0), access_code(0)) as client:
            for body, status in ((answers(number=501), pb.NEEDS_CONFIRMATION), (answers(number=5000), pb.REJECTED)):
                response = client.call(submit=submit("dated", uuid("dated"), body, survey_id="DATED"))
                self.assert_status(response, status)
                self.assertEqual((response.finding[0].message_vi, response.finding[0].message_en), words)

    def test_a_load_counts_populations_and_blames_columns(self):
        self.put()
        name = "populations"
        self.assert_status(self.create(name), pb.DONE)
        rows = [row(name, i) for i in range(5)] + [row(name, 5, unit_type="HT")]
        loaded = load_rows(self.office, name, rows).register_loaded
        self.assertEqual({p.goal: (p.n, p.n_unknown) for p in loaded.population}, {"GA": (6, 0), "GB": (5, 0)})

    def test_rates_follow_every_change_of_a_head_and_a_recount_agrees(self):
        name = "rates"
        make_round(self.office, name, 0, rows=[row(name, i, commune="18073" if i < 6 else "18074",
                                                   unit_type="DN" if i < 8 else "HT") for i in range(10)])

        def rates(**fields):
            out = self.done(get_rates=pb.GetRates(round=name, **fields)).rates
            return {(r.goal, r.dimension, r.cell): r for r in out.rate}, out

        def send(i, n, tools, **fields):
            with self.collector.unit(tax_code(i), access_code(i)) as client:
                return client.call(submit=submit(name, uuid(name, i, n), answers(tools), **fields))

        table, whole = rates()
        self.assertEqual(set(table), {("GA", pb.WHOLE, "_T"), ("GB", pb.WHOLE, "_T")})
        r = table["GA", pb.WHOLE, "_T"]
        self.assertEqual((r.n, r.responded, r.verdict, r.needed), (10, 0, pb.UNDECIDED, 9))
        self.assertEqual((r.bound_low_num, r.bound_low_den, r.bound_high_num, r.bound_high_den), (0, 10, 10, 10))
        self.assertEqual([(g.code, g.threshold, g.strict, g.headline) for g in whole.goal],
                         [("GA", 80, True, True), ("GB", 100, False, False)])
        self.assertTrue(r.progress)
        for i in range(9):
            self.assert_status(send(i, 0, ("X",)), pb.ACCEPTED)
        table, whole = rates(by=[pb.WHOLE, pb.COMMUNE, pb.UNIT_TYPE], goal=["GA"])
        r = table["GA", pb.WHOLE, "_T"]
        self.assertEqual((r.met, r.not_met, r.unknown, r.verdict, r.needed), (9, 0, 0, pb.MET, 0))
        self.assertEqual(table["GA", pb.COMMUNE, "18073"].met, 6)
        self.assertEqual(table["GA", pb.COMMUNE, "18074"].met, 3)
        self.assertEqual((table["GA", pb.COMMUNE, "18073"].label_vi), "Thành Sen")
        self.assertEqual(table["GA", pb.UNIT_TYPE, "HT"].n, 2)
        self.assertFalse([k for k in table if k[0] == "GB"])
        self.assert_status(send(0, 1, ("NONE",), deprecated_id=uuid(name, 0, 0)), pb.ACCEPTED)
        self.assert_status(send(1, 1, ("OTHER",), deprecated_id=uuid(name, 1, 0)), pb.REJECTED)  # OTHER wants its text
        with self.collector.unit(tax_code(2), access_code(2)) as client:
            self.assert_status(client.call(withdraw=pb.Withdraw(
                round=name, head=uuid(name, 2, 0), instance_id=uuid("w"))), pb.ACCEPTED)
        table, whole = rates(by=[pb.WHOLE, pb.COMMUNE])
        r = table["GA", pb.WHOLE, "_T"]
        self.assertEqual((r.responded, r.met, r.not_met, r.verdict, r.needed), (8, 7, 1, pb.UNDECIDED, 2))
        info = [x for x in self.done(list_rounds=pb.ListRounds()).rounds.round if x.name == name][0]
        self.assertEqual((info.units, info.responded), (10, 8))
        self.assertEqual(whole.last, self.done(hello=pb.Hello()).hello.last)
        for asked in (name, ""):
            recount = self.done(recount=pb.Recount(round=asked)).recount
            self.assertEqual((recount.differences, list(recount.difference)), (0, []))
            self.assertGreaterEqual(recount.answers, 8)
            self.assertGreater(recount.figures, 0)
        self.assert_status(self.office.call(recount=pb.Recount(round="none")), pb.UNKNOWN_ROUND)
        for fields, field in (({"goal": ["NONE"]}, "get_rates.goal"), ({"by": [99]}, "get_rates.by")):
            response = self.office.call(get_rates=pb.GetRates(round=name, **fields))
            self.assert_status(response, pb.INVALID)
            self.assertEqual(response.field, field)

    def test_estimates_come_beside_the_rates_of_the_same_entry(self):
        name = "estimates"
        make_round(self.office, name, 0, rows=[row(name, i, commune="18073", employees=20 + i) for i in range(40)])
        for i in range(32):
            with self.collector.unit(tax_code(i), access_code(i)) as client:
                self.assert_status(client.call(submit=submit(name, uuid(name, i, 0), answers(
                    ("NONE",) if i < 2 else ("X",)))), pb.ACCEPTED)
        out = self.done(get_estimates=pb.GetEstimates(round=name, by=range(7))).estimates
        self.assertEqual(len(out.rates.rate), len(out.estimate))
        rates = self.done(get_rates=pb.GetRates(round=name, by=range(7))).rates
        self.assertEqual(list(out.rates.rate), list(rates.rate))
        self.assertEqual((list(out.rates.goal), out.rates.last), (list(rates.goal), rates.last))
        table = {(r.goal, r.dimension, r.cell): e for r, e in zip(out.rates.rate, out.estimate)}
        e = table["GA", pb.WHOLE, "_T"]
        self.assertTrue(e.made)
        self.assertAlmostEqual(e.share, 30 / 32, 12)
        self.assertEqual((e.strata, e.degrees_of_freedom, e.method), (1, 31, pb.WILSON))
        self.assertTrue(30 / 40 <= e.low < e.share < e.high <= 38 / 40)
        self.assertEqual((e.verdict, e.needed_not), (pb.LIKELY_MET, 6))
        self.assertEqual((e.employees, e.employees_responded), (sum(range(20, 60)), sum(range(20, 52))))
        self.assertEqual((e.verdict_all_in, e.verdict_all_out), (pb.UNDECIDED, pb.UNDECIDED))
        in_commune = table["GA", pb.COMMUNE, "18073"]  # bounds only
        self.assertEqual((in_commune.made, in_commune.method, in_commune.verdict), (False, 0, pb.UNDECIDED))
        exact = self.done(get_estimates=pb.GetEstimates(
            round=name, goal=["GA"], method=pb.HYPERGEOMETRIC)).estimates.estimate
        self.assertEqual([(e.method, e.high_num, e.high_den) for e in exact], [(pb.HYPERGEOMETRIC, 38, 40)])
        for fields, field in (({"goal": ["NONE"]}, "goal"), ({"by": [99]}, "by"), ({"method": 6}, "method")):
            response = self.office.call(get_estimates=pb.GetEstimates(round=name, **fields))
            self.assert_status(response, pb.INVALID)
            self.assertEqual(response.field, "get_estimates." + field)
        self.assert_status(self.office.call(get_estimates=pb.GetEstimates(round="none")), pb.UNKNOWN_ROUND)

    def test_staff_requests_are_refused_to_all_others(self):
        bodies = [
            {"put_survey": pb.PutSurvey(json=survey_json())}, {"create_round": pb.CreateRound(name="x")},
            {"register_chunk": pb.RegisterChunk()}, {"load_register": pb.LoadRegister()},
            {"open_round": pb.OpenRound()}, {"close_round": pb.CloseRound()}, {"reopen_unit": pb.ReopenUnit()},
            {"get_rates": pb.GetRates()}, {"get_estimates": pb.GetEstimates()}, {"recount": pb.Recount()}, {"read_log": pb.ReadLog(**{"from": 1})},
        ]
        with self.collector.unit() as nobody, self.collector.unit(tax_code(0), access_code(0)) as unit, \
                self.collector.unit() as thief:
            thief.token = b"x" * 32
            for body in bodies:
                for client in (nobody, unit, thief):
                    self.assert_status(client.call(**body), pb.REFUSED)
            self.assertFalse(thief.call(hello=pb.Hello()).hello.staff)
            self.assertEqual(thief.call(hello=pb.Hello()).hello.frame_limit, 131072)
            right = self.collector.token
            nearly = [right[:i] + bytes([right[i] ^ 1]) + right[i + 1:] for i in range(len(right))]
            for token in (*nearly, right[:-1], right + b"\0", b""):
                thief.token = token
                self.assertFalse(thief.call(hello=pb.Hello()).hello.staff)

    def test_the_log_reads_from_any_number_and_its_digests_hold(self):
        self.put()
        last = self.done(hello=pb.Hello()).hello.last
        at, seen = 1, []
        while at <= last:
            read = self.done(read_log=pb.ReadLog(**{"from": at, "most": 7})).log_entries
            self.assertGreaterEqual(read.last, last)
            self.assertLessEqual(len(read.entry), 7)
            for entry in read.entry:
                header = Header(entry.header)
                self.assertEqual(entry.number, at)
                self.assertEqual(header.payload_bytes, len(entry.payload))
                self.assertEqual(header.sha256, hashlib.sha256(entry.payload).digest())
                seen.append(header.kind)
                at += 1
        self.assertIn(pb.DEFINITION, seen)
        self.assertEqual(len(self.done(read_log=pb.ReadLog(**{"from": last + 1000})).log_entries.entry), 0)
        for fields in ({"from": 0}, {"from": 1, "most": 1001}):
            self.assert_status(self.office.call(read_log=pb.ReadLog(**fields)), pb.INVALID)

    def test_a_round_closes_by_its_time(self):
        name, begin = "timed", time.time()
        make_round(self.office, "untimed", 2)  # which shows how long this machine takes
        closes_ms = int(1000 * (time.time() + 10 * (time.time() - begin))) + 500
        make_round(self.office, name, 2, closes_ms=closes_ms)
        with self.collector.unit(tax_code(0), access_code(0)) as client:
            state = client.call(unit_status=pb.UnitStatus(round=name)).unit_state
            self.assertEqual((state.may_submit, state.until_ms), (True, closes_ms))
            self.assertEqual(client.call(submit=submit(name, uuid("timed"))).status, pb.ACCEPTED)
            self.collector.wait_log("round=timed closed by its time")
            self.assertGreaterEqual(time.time() * 1000, closes_ms)
            state = client.call(unit_status=pb.UnitStatus(round=name)).unit_state
            self.assertEqual((state.phase, state.may_submit), (pb.CLOSED, False))

    def test_a_round_whose_time_is_over_does_not_open(self):
        name = "too-late"
        self.put()
        closes_ms, created = until_soon(lambda ms: self.create(name, closes_ms=ms))
        self.assert_status(created, pb.DONE)
        self.assert_status(load_rows(self.office, name, [row(name, 0)]), pb.DONE)
        wait_until(lambda: time.time() * 1000 > closes_ms)
        self.already("has passed", open_round=pb.OpenRound(round=name))

    def test_reopening_wants_a_time_to_come_a_round_and_a_unit(self):
        name = "reopening"
        make_round(self.office, name, 1, is_open=False)
        until = int(time.time() * 1000) + 100000

        def reopen(**changes):
            fields = {"round": name, "tax_code": tax_code(0), "until_ms": until, **changes}
            return self.office.call(reopen_unit=pb.ReopenUnit(**fields))

        self.assert_status(reopen(), pb.ALREADY)
        self.done(open_round=pb.OpenRound(round=name))
        self.assert_status(reopen(), pb.DONE)
        self.assert_status(reopen(until_ms=1), pb.INVALID)
        self.assert_status(reopen(tax_code=tax_code(5)), pb.REFUSED)
        self.assert_status(reopen(round="none"), pb.UNKNOWN_ROUND)

    def test_rounds_that_compare_with_an_earlier_one_are_recounted(self):
        make_round(self.office, "wave1", 3)
        with self.collector.unit(tax_code(0), access_code(0)) as client:
            self.assert_status(client.call(submit=submit("wave1", uuid("w1"))), pb.ACCEPTED)
        self.assert_status(self.create("wave2", earlier="wave1"), pb.DONE)
        self.assert_status(load_rows(self.office, "wave2", [row("wave2", i) for i in range(3)]), pb.DONE)
        self.done(open_round=pb.OpenRound(round="wave2"))
        with self.collector.unit(tax_code(0), access_code(0)) as client:
            self.assert_status(client.call(submit=submit("wave2", uuid("w2"))), pb.ACCEPTED)
        self.assertEqual(self.done(recount=pb.Recount(round="wave2")).recount.differences, 0)


class LargeRegisterTest(unittest.TestCase):
    def test_a_register_of_several_chunks_is_loaded_and_survives_a_restart(self):
        collector = Collector()
        self.addCleanup(collector.remove)
        collector.start()
        units = 9000
        with collector.staff() as office:
            make_round(office, "r", units)
        receipts = {}
        for i in (0, 4095, 4096, units - 1):
            with collector.unit(tax_code(i), access_code(i)) as client:
                receipts[i] = client.call(submit=submit("r", uuid(i))).receipt
                self.assertEqual(client.call(unit_status=pb.UnitStatus(round="r")).unit_state.name,
                                 "Công ty số %d" % i)
        collector.stop()
        self.assertTrue(os.path.exists(os.path.join(collector.data, "checkpoint")))
        for forget in (False, True):  # from the checkpoint, then from the log alone
            if forget:
                os.unlink(os.path.join(collector.data, "checkpoint"))
            collector.start()
            for i, receipt in receipts.items():
                with collector.unit(tax_code(i), access_code(i)) as client:
                    state = client.call(unit_status=pb.UnitStatus(round="r")).unit_state
                    self.assertEqual((state.name, state.receipt), ("Công ty số %d" % i, receipt))
            with collector.staff() as office:
                rate = office.call(get_rates=pb.GetRates(round="r", goal=["GA"])).rates.rate[0]
                self.assertEqual((rate.n, rate.met), (units, 4))
                self.assertEqual(office.call(recount=pb.Recount()).recount.differences, 0)
            collector.stop()


if __name__ == "__main__":
    unittest.main()

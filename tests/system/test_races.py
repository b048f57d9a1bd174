# SPDX-License-Identifier: Apache-2.0
"""What happens at the same time: corrections of one head, a round that closes under its submissions, two
loads of one register, a round that is answered while the earlier one it reads still changes."""

import threading
import unittest

import khaosat_pb2 as pb
from office import OfficeWireTest
from wire import (SURVEY, Header, access_code, answers, both, load_rows, make_round, row, status_name, submit,
                  survey_json, tax_code, uuid)


def at_once(*works):
    """Each in a thread of its own; what one raises is raised here."""
    failures = []

    def run(work):
        try:
            work()
        except BaseException as failure:  # noqa: B902
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


class RacesTest(OfficeWireTest):
    def tearDown(self):
        self.assertEqual(self.office.call(recount=pb.Recount()).recount.differences, 0)

    def client(self, i):
        client = self.collector.unit(tax_code(i), access_code(i))
        self.addCleanup(client.close)
        return client

    def pipeline(self, client, bodies):
        """All out, then all answers in, in the order of the requests."""
        requests = [client.request(**body) for body in bodies]
        for request in requests:
            client.send(request)
        by_id = {}
        for _ in requests:
            response = client.receive()
            by_id[response.id] = response
        return [by_id[request.id] for request in requests]

    def test_of_corrections_of_one_head_one_wins_and_the_others_learn_which(self):
        make_round(self.office, "one", 1)
        clients = [self.client(0) for _ in range(16)]
        head = uuid("one", "first")
        self.assert_status(clients[0].call(submit=submit("one", head)), pb.ACCEPTED)
        for n in range(8):
            ids = [[uuid("one", n, c, k) for k in range(4)] for c in range(len(clients))]
            got = {}

            def correct(c):
                bodies = [{"submit": submit("one", i, deprecated_id=head)} for i in ids[c]]
                for i, response in zip(ids[c], self.pipeline(clients[c], bodies)):
                    got[i] = response

            at_once(*[lambda c=c: correct(c) for c in range(len(clients))])
            won = [i for i, response in got.items() if response.status == pb.ACCEPTED]
            self.assertEqual(len(won), 1)
            for i, response in got.items():
                if i != won[0]:
                    self.assert_status(response, pb.STALE)
                    self.assertEqual(response.head.instance_id, won[0])
            head = won[0]

    def test_nothing_is_accepted_behind_the_entry_that_closes_its_round(self):
        units, connections = 400, 8
        make_round(self.office, "closing", units)
        got, begun, closed = [], threading.Event(), threading.Event()

        def send(part):
            """The last of them when the round is surely closed: who is faster until then is left open."""
            with self.collector.staff() as client:
                for i in part:
                    self.assertTrue(i != part[-1] or closed.wait(60))
                    got.append(client.call(submit=submit("closing", uuid("closing", i), tax_code=tax_code(i),
                                                         channel=pb.OFFICE)))
                    if len(got) > units // 4:
                        begun.set()

        def close():
            self.assertTrue(begun.wait(60))
            self.assert_status(self.office.call(close_round=pb.CloseRound(round="closing")), pb.DONE)
            closed.set()

        at_once(close, *[lambda k=k: send(range(k, units, connections)) for k in range(connections)])
        closing = next(e.number for e in self.log() if Header(e.header).kind == pb.ROUND_CLOSED_ENTRY)
        accepted = [r.receipt.number for r in got if r.status == pb.ACCEPTED]
        self.assertLess(max(accepted), closing)
        self.assertEqual({status_name(r) for r in got}, {"ACCEPTED", "ROUND_CLOSED"})
        rounds = {r.name: r for r in self.office.call(list_rounds=pb.ListRounds()).rounds.round}
        self.assertEqual(rounds["closing"].responded, len(accepted))

    def log(self):
        entries, at = [], 1
        while True:
            page = getattr(self.office.call(read_log=pb.ReadLog(**{"from": at})), "log_entries")
            entries += page.entry
            if not page.entry:
                return entries
            at = entries[-1].number + 1

    def test_of_two_loads_of_one_register_one_is_done(self):
        self.assert_status(self.office.call(put_survey=pb.PutSurvey(json=survey_json())), pb.DONE)
        for n, shared in enumerate((True, True, False, False)):
            name = "load%d" % n
            self.assert_status(self.office.call(create_round=pb.CreateRound(
                name=name, survey_id="WIRE", survey_version=3, reference_date="2025-06-30")), pb.DONE)
            numbers = []
            for part in range(2):
                rows = [row(name, i) for i in range(100 * (0 if shared else part), 100 * (part + 1))]
                message = pb.RegisterRows(row=rows if not shared else rows[100 * part:]).SerializeToString()
                numbers.append(self.office.call(register_chunk=pb.RegisterChunk(
                    round=name, rows=message, chunk_id=uuid(name, part))).chunk_stored.number)
            got = []

            def load(chunks, rows):
                with self.collector.staff() as client:
                    got.append(client.call(load_register=pb.LoadRegister(round=name, chunk=chunks, rows=rows)))

            at_once(*[lambda k=k: load(numbers if shared else [numbers[k % 2]], 200 if shared else 100)
                      for k in range(4)])
            self.assertEqual(sorted(status_name(r) for r in got), ["ALREADY"] * 3 + ["DONE"])
            self.assert_status(self.office.call(open_round=pb.OpenRound(round=name)), pb.DONE)

    def test_an_answer_rests_on_the_earlier_round_as_it_is_when_it_is_stored(self):
        """An indicator of the second round reads the first, whose heads change at the same moment."""
        survey = survey_json(id="EARLIER", indicators=SURVEY["indicators"] + [
            {"code": "USED", "label": both("used"), "rule": {"indicator": "USES", "round": "earlier"}}])
        self.assert_status(self.office.call(put_survey=pb.PutSurvey(json=survey)), pb.DONE)
        units = 120
        for name, earlier in (("wave-1", ""), ("wave-2", "wave-1")):
            self.assert_status(self.office.call(create_round=pb.CreateRound(
                name=name, survey_id="EARLIER", survey_version=3, reference_date="2025-06-30",
                earlier=earlier)), pb.DONE)
            self.assert_status(load_rows(self.office, name, [row(name, i) for i in range(units)]), pb.DONE)
            self.assert_status(self.office.call(open_round=pb.OpenRound(round=name)), pb.DONE)

        def send(name, uses):
            bodies = [{"submit": submit(name, uuid(name, i), answers(("X",) if uses else ("NONE",)),
                                        tax_code=tax_code(i), channel=pb.OFFICE, survey_id="EARLIER")}
                      for i in range(units)]
            with self.collector.staff() as client:
                for response in self.pipeline(client, bodies):
                    self.assert_status(response, pb.ACCEPTED)

        at_once(lambda: send("wave-1", True), lambda: send("wave-2", False))


if __name__ == "__main__":
    unittest.main()

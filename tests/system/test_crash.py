# SPDX-License-Identifier: Apache-2.0
"""khaosatd killed again and again: under load, at its start, while it writes a checkpoint, while the office
loads registers and closes rounds. What it had acknowledged is in the log, byte for byte; what it had not is
there once or not at all; sent again, everything gets the receipt it had. ./dev torture crash kills longer."""

import os
import random
import shutil
import unittest

import khaosat_pb2 as pb
from crash_rig import MAIN, UNITS, Life, live
from wire import Collector, answers, is_sanitized, load_rows, make_round, row, submit, tax_code, uuid

R = "crash"
KILLS = 50


class CrashTest(unittest.TestCase):
    def test_what_was_acknowledged_outlives_every_kill(self):
        seed = int(os.environ.get("KHAOSAT_SEED", random.randrange(1 << 30)))
        result = live(seed, KILLS // 4 if is_sanitized() else KILLS)
        print("seed %d: %s" % (seed, result))
        self.assertGreater(result["accepted"], 0)

    def life(self):
        life = Life(7)
        self.addCleanup(life.collector.remove)
        life.begin()
        life.run("load")
        return life

    def fresh(self, life, units):
        """A unit of which nothing was ever sent."""
        return next(i for i in units if not any(i in ledger.heads or i in ledger.unsure for ledger, _ in life.parts))

    def test_a_lost_tail_would_be_seen(self):
        life = self.life()
        data, copy = life.collector.data, life.collector.data + ".copy"
        shutil.copytree(data, copy)
        life.collector.start()
        ledger, units = life.parts[0]
        unit, new = self.fresh(life, units), uuid("tail")
        body = {"submit": submit(MAIN, new, answers(), tax_code=tax_code(unit), channel=pb.OFFICE)}
        ledger.send(unit, new, body)
        with life.collector.staff() as office:
            ledger.take(new, office.call(**body))
        life.collector.kill()
        shutil.rmtree(data)
        os.rename(copy, data)
        life.collector.start()
        with self.assertRaisesRegex(AssertionError, "and gone"):
            life.audit_all()

    def test_an_entry_that_nobody_sent_would_be_seen(self):
        life = self.life()
        life.collector.start()
        with life.collector.staff() as office:
            unit = self.fresh(life, range(UNITS))
            self.assertEqual(office.call(submit=submit(MAIN, uuid("stranger"), tax_code=tax_code(unit),
                                                       channel=pb.OFFICE)).status, pb.ACCEPTED)
        with self.assertRaisesRegex(AssertionError, "sent by nobody"):
            life.audit_all()

    def test_a_register_is_loaded_from_chunks_of_before_the_kill(self):
        self.collector = Collector("--checkpoint-every", "300")
        self.addCleanup(self.collector.remove)
        self.collector.start()
        rows = [row(R, i) for i in range(300)]
        with self.collector.staff() as office:
            make_round(office, "other", 3)
            self.assertEqual(office.call(create_round=pb.CreateRound(
                name=R, survey_id="WIRE", survey_version=3, reference_date="2025-06-30")).status, pb.DONE)
            numbers = [office.call(register_chunk=self.chunk(rows, n)).chunk_stored.number for n in range(3)]
        for end in (self.collector.kill, self.collector.stop):  # from the log, then from a checkpoint
            end()
            self.collector.start()
            with self.collector.staff() as office:
                again = [office.call(register_chunk=self.chunk(rows, n)).chunk_stored.number for n in range(3)]
                self.assertEqual(again, numbers)
        with self.collector.staff() as office:
            self.assertEqual(load_rows(office, R, rows, 100).status, pb.DONE)
            self.assertEqual(office.call(open_round=pb.OpenRound(round=R)).status, pb.DONE)
            self.assertEqual(office.call(recount=pb.Recount()).recount.differences, 0)
        self.collector.kill()
        self.collector.start()
        with self.collector.staff() as office:
            rounds = {r.name: r for r in office.call(list_rounds=pb.ListRounds()).rounds.round}
            self.assertEqual((rounds[R].units, rounds[R].phase), (300, pb.OPEN))
        self.collector.stop()

    def chunk(self, rows, n):
        return pb.RegisterChunk(round=R, chunk_id=uuid(R, "chunk", 100 * n),
                                rows=pb.RegisterRows(row=rows[100 * n:100 * n + 100]).SerializeToString())


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""A stranger with Debian's python3-protobuf and khaosat.proto, nothing else of ours: loads a register,
answers the shipped survey for some units, reads the goals, and reckons them again from what was sent."""

import hashlib
import os
import socket
import struct
import unittest

import khaosat_pb2 as pb
from wire import SOURCE_DIR, Collector  # only to start and stop the collector

ROUND = "2025"
UNITS = 40
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Stranger:
    """All that khaosat.proto says of the wire, in twenty lines."""

    def __init__(self, port, **credential):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.credential = credential

    def read(self, n):
        data = b""
        while len(data) < n:
            piece = self.socket.recv(n - len(data))
            assert piece, "closed"
            data += piece
        return data

    def ask(self, **body):
        request = pb.Request(id=7, version=1, **self.credential, **body).SerializeToString()
        self.socket.sendall(struct.pack(">I", len(request)) + request)
        response = pb.Response.FromString(self.read(*struct.unpack(">I", self.read(4))))
        assert response.id == 7
        return response


def valid_tax_codes():
    """Ten digits with their check digit."""
    for n in range(300000001, 300009999):
        total = sum(w * int(d) for w, d in zip((31, 29, 23, 19, 17, 13, 7, 5, 3), str(n)))
        if total % 11 != 0:
            yield f"{n}{10 - total % 11}"


def code_of(tax):
    return "".join(ALPHABET[b % 32] for b in hashlib.sha256(tax.encode()).digest()[:16])


def answers_of(i):
    """Every third firm trades on a marketplace, every second one uses nothing in production."""
    out = pb.Answers(seconds=600)

    def many(question, *codes):
        out.answer.add(question=question).choices.code.extend(codes)

    many("B01", "EOFFICE", "EMEET")
    many("C01", "ACC")
    many("D01", *(("PLC",) if i % 2 else ("NONE",)))
    if i % 3 == 0:
        many("G01", "MARKET_VN")
        out.answer.add(question="G03").number = 125  # tenths of a per cent
    else:
        many("G01", "NONE")
    out.answer.add(question="H01").choice = "PLAN"
    many("H06", "NONE")
    return out.SerializeToString()


class StrangerTest(unittest.TestCase):
    def setUp(self):
        self.collector = Collector()
        self.addCleanup(self.collector.remove)
        self.collector.start()
        self.tax = [tax for tax, _ in zip(valid_tax_codes(), range(UNITS))]
        self.staff = Stranger(self.collector.port, staff_token=self.collector.token)
        self.addCleanup(self.staff.socket.close)

    def done(self, response):
        self.assertEqual(response.status, pb.DONE, response)
        return response

    def load_register(self):
        with open(os.path.join(SOURCE_DIR, "survey/definitions/ha-tinh-dt-1.json"), "rb") as f:
            self.done(self.staff.ask(hello=pb.Hello()))
            self.done(self.staff.ask(put_survey=pb.PutSurvey(json=f.read())))
        self.done(self.staff.ask(create_round=pb.CreateRound(
            name=ROUND, survey_id="HT-DT", survey_version=1, reference_date="2025-12-31")))
        rows = pb.RegisterRows(row=[pb.RegisterRow(
            tax_code=tax, name="Công ty " + tax, unit_type="DN", commune="18073", zone="NONE", vsic="10",
            vsic_version=2025, employees=20, revenue_mvnd=9000, capital_mvnd=3000, status="ACTIVE",
            code_hash=hashlib.sha256(f"{ROUND}\0{tax}\0{code_of(tax)}".encode()).digest()[:16],
        ) for tax in self.tax])
        chunk = self.done(self.staff.ask(register_chunk=pb.RegisterChunk(
            round=ROUND, rows=rows.SerializeToString(), chunk_id=b"chunk number one"))).chunk_stored.number
        loaded = self.done(self.staff.ask(load_register=pb.LoadRegister(
            round=ROUND, chunk=[chunk], rows=UNITS))).register_loaded
        self.assertEqual(loaded.units, UNITS)
        self.done(self.staff.ask(open_round=pb.OpenRound(round=ROUND)))

    def answer(self, i):
        tax = self.tax[i]
        unit = Stranger(self.collector.port, unit=pb.UnitCredential(tax_code=tax, access_code=code_of(tax)))
        answers = answers_of(i)
        response = unit.ask(submit=pb.Submit(
            round=ROUND, survey_id="HT-DT", survey_version=1, answers=answers, channel=pb.TOOL,
            instance_id=hashlib.md5(tax.encode()).digest()))
        self.assertEqual(response.status, pb.ACCEPTED, response)
        self.assertEqual(response.receipt.header[96:128], hashlib.sha256(answers).digest())
        unit.socket.close()

    def test_a_client_written_from_the_proto_alone_submits_and_reads_the_goals(self):
        self.load_register()
        answered = [i for i in range(UNITS) if i % 4 != 3]
        for i in answered:
            self.answer(i)
        strict = sum(1 for i in answered if i % 2 and i % 3 == 0)
        core = sum(1 for i in answered if i % 2)
        rates = self.done(self.staff.ask(get_rates=pb.GetRates(round=ROUND))).rates
        by_goal = {rate.goal: rate for rate in rates.rate}
        for goal, met in (("G2_STRICT", strict), ("G2_CORE", core), ("G2_ANY", len(answered)),
                          ("G4_JOIN", len(answered))):
            rate = by_goal[goal]
            self.assertEqual((rate.n, rate.responded, rate.met, rate.not_met, rate.unknown),
                             (UNITS, len(answered), met, len(answered) - met, 0), goal)
            self.assertEqual((rate.bound_low_num, rate.bound_low_den), (met, UNITS))
            self.assertEqual((rate.bound_high_num, rate.bound_high_den),
                             (UNITS - len(answered) + met, UNITS))
        self.assertEqual(by_goal["G2_STRICT"].verdict, pb.NOT_MET)
        self.assertEqual(by_goal["G2_ANY"].verdict, pb.UNDECIDED)
        self.assertEqual(by_goal["G2_ANY"].needed, 80 * UNITS // 100 + 1 - len(answered))
        self.assertEqual(by_goal["G1"].verdict, pb.NOT_APPLICABLE)
        # The round's reference date is the deadline of G2, to the day: a verdict, no longer progress.
        self.assertFalse(by_goal["G2_STRICT"].progress)
        self.assertTrue(by_goal["G4_JOIN"].progress)
        recount = self.done(self.staff.ask(recount=pb.Recount())).recount
        self.assertEqual((recount.answers, recount.differences), (len(answered), 0))
        self.collector.stop()


if __name__ == "__main__":
    unittest.main()

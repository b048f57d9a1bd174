# SPDX-License-Identifier: Apache-2.0
"""Staff at a collector, by the wire: what tests of their work have in common."""

import khaosat_pb2 as pb
from wire import WireTest, access_code, submit, tax_code, uuid


class OfficeWireTest(WireTest):
    """A collector, and staff at it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.office = cls.collector.staff()
        cls.addClassCleanup(cls.office.close)

    def done(self, **body):
        response = self.office.call(**body)
        self.assert_status(response, pb.DONE)
        return response

    def invalid(self, field, **body):
        response = self.office.call(**body)
        self.assert_status(response, pb.INVALID)
        self.assertEqual(response.field, field)

    def answer(self, name, i, *parts, **fields):
        with self.collector.unit(tax_code(i), access_code(i)) as unit:
            response = unit.call(submit=submit(name, uuid(name, i, *parts), **fields))
            self.assert_status(response, pb.ACCEPTED)
            return response.receipt

    def recount(self):
        result = self.done(recount=pb.Recount()).recount
        self.assertEqual((result.differences, list(result.difference)), (0, []))

    def rate(self, name, goal="GA"):
        rates = self.done(get_rates=pb.GetRates(round=name, goal=[goal])).rates.rate
        return rates[0].n, rates[0].responded, rates[0].met

    def restart(self, meanwhile=lambda: None):
        """A clean stop leaves a checkpoint, which the next start reads."""
        self.office.close()
        self.collector.stop()
        meanwhile()
        self.collector.start()
        type(self).office = self.collector.staff()
        type(self).addClassCleanup(self.office.close)

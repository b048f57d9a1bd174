#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the bench reckons and draws from its runs."""
import unittest
import xml.dom.minidom

import figures
import picture


def runs(*rates):
    return [rate and {"per_second": rate, "p50_us": 1000, "p99_us": 4000} for rate in rates]


def row(connections, depth=1, **series):
    return {"connections": connections, "depth": depth, "runs": series,
            "median": figures.summarise(series)}


class Figures(unittest.TestCase):
    def test_a_run_that_failed_counts_in_no_median(self):
        self.assertEqual(figures.median([30, None, 10]), 20)
        self.assertIsNone(figures.median([None]))

    def test_a_ratio_is_the_median_of_pairs_and_not_of_medians(self):
        self.assertEqual(figures.pair_ratio([10, 100, 30], [5, 100, 10]), 2)
        self.assertEqual(figures.pair_ratio([10, 100], [None, 50]), 2)
        self.assertIsNone(figures.pair_ratio([10], [None]))

    def test_the_better_peer_is_the_one_we_are_least_ahead_of(self):
        """Not the greatest of each turn: of two that are equal, but for noise, that one is faster than both."""
        turns = row(1, khaosat=runs(3000, 3000, 3000), postgres=runs(1000, 3000, 2000), redis=runs(2500, 1500, 2500))
        self.assertEqual(figures.judge(turns)[0][1], 1.2)

    def test_a_goal_is_met_at_its_figure_and_behind_below_it(self):
        met = row(16, khaosat=runs(3000), postgres=runs(2000), redis=runs(1500))
        behind = row(16, khaosat=runs(2999), postgres=runs(2000), redis=runs(1500))
        self.assertEqual(figures.judge(met)[0][1:], (1.5, 1.5, True))
        self.assertFalse(figures.judge(behind)[0][3])
        self.assertIn("BEHIND", figures.verdict_line(behind))

    def test_each_is_held_against_a_journal_alone(self):
        turns = row(1, khaosat=runs(4000, 3000), journal=runs(5000, 5000), redis=runs(None, 2500), nginx=runs(9000, 9000))
        self.assertEqual(figures.ceiling_line(turns), "of a journal alone khaosat 0.70, redis 0.50")
        self.assertEqual(figures.ceiling_line(row(1, khaosat=runs(4000))), "")

    def test_a_peer_that_did_not_run_is_judged_by_nobody(self):
        alone = row(256, khaosat=runs(3000), redis=runs(None))
        self.assertEqual(figures.judge(alone), [])
        self.assertNotIn("redis", alone["median"])

    def test_the_best_rate_is_set_against_the_best_that_was_quoted(self):
        rows = [row(1, khaosat=runs(3000)), row(64, 16, khaosat=runs(90000)), row(64, khaosat=runs(30000))]
        self.assertEqual(figures.judge_odk(rows)[1:], (500, 300, True))

    def test_the_table_has_a_line_a_contender_and_its_ratio(self):
        table = figures.table([row(1, khaosat=runs(200, 300), redis=runs(100, 100))],
                              {"khaosat": "khaosat", "redis": "Redis", "nginx": "nginx"})
        self.assertIn("| Redis | 100 (2.50x) |", table)
        self.assertIn("| khaosat | 250 |", table)
        self.assertNotIn("nginx", table)

    def test_the_table_tells_the_processor_time_of_server_and_generator(self):
        ours = [run | {"cpu_us": 20.4, "load_cpu_us": 11.0} for run in runs(200, 300)]
        table = figures.table([row(1, khaosat=ours, redis=runs(100, 100))], {"khaosat": "khaosat", "redis": "Redis"})
        self.assertIn("| khaosat, processor | 20 + 11 µs |", table)
        self.assertIn("| Redis, processor | - |", table)

    def test_the_picture_is_an_svg_with_every_bar_and_escaped_words(self):
        svg = picture.draw("A & B", [("1 connection", [("khaosat", 2, "2/s", False),
                                                       ("Redis <x>", 4, "4/s", False),
                                                       ("nginx", 90, "90/s", True)])], ["a note"])
        document = xml.dom.minidom.parseString(svg)
        words = [node.firstChild.data for node in document.getElementsByTagName("text")]
        self.assertEqual(words, ["A & B", "1 connection", "khaosat", "2/s", "Redis <x>", "4/s", "nginx",
                                 "90/s", "a note"])
        widths = [float(r.getAttribute("width")) for r in document.getElementsByTagName("rect")[1:]]
        self.assertAlmostEqual(widths[1], 2 * widths[0], delta=0.2)
        self.assertEqual(widths[2], widths[1], "a ceiling is cut")


if __name__ == "__main__":
    unittest.main()

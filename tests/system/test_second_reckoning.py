# SPDX-License-Identifier: Apache-2.0
"""Every figure of an internal export, reckoned a second time from what a statistician holds: the register's
CSV and the microdata, by survey/METHODS.md alone. Nothing here asks the product but for its files."""

import collections
import csv
import json
import math
import os
import shutil
import statistics
import subprocess
import tempfile
import unittest
from fractions import Fraction

from client import KHAOSAT, LIMIT_S, ROUND, SURVEY
from wire import BINARY_DIR, Collector

UNITS, SHARE = 1500, 62
SIZES = ("MICRO", "SMALL", "MEDIUM", "LARGE")
INDUSTRY = ((10, 3000, 3000), (100, 50000, 20000), (200, 200000, 100000))
SERVICES = ((10, 10000, 3000), (50, 100000, 50000), (100, 300000, 100000))
COUNTS = ("n", "responded", "met", "not_met", "unknown", "n_unknown", "n_unknown_met", "n_unknown_not_met")
ESTIMATED = ("whole", "size", "zone_type")
UNDECIDED = "CHUA_DU_DU_LIEU"


def all_of(*parts):
    """True, False or None: not known."""
    return False if False in parts else None if None in parts else True


class Unit:
    """A row of the register, and what the definition makes of it."""

    def __init__(self, row, definition):
        self.row, self.code = row, row["tax_code"]
        lists = definition["lists"]
        self.zone = {z["code"]: z for z in lists["zone"]["codes"]}
        self.section = next((v["section"] for v in definition["vsic"] if row["vsic"] and
                             v["version"] == int(row["vsic_version"] or 2018) and
                             v["from"] <= int(row["vsic"][:2]) <= v["to"]), None)
        self.sizes = self.sizes_possible()
        self.employees = int(row["employees"]) if row["employees"] else None

    def sizes_possible(self):
        """By trying out every number that an empty cell may hide."""
        tables = [INDUSTRY, SERVICES] if self.section is None else [INDUSTRY if self.section in "ABCDEF" else SERVICES]
        told = [self.row[c] for c in ("employees", "revenue_mvnd", "capital_mvnd")]
        tried = [[int(t)] if t else sorted({0, *(l[i] + k for l in INDUSTRY + SERVICES for k in (0, 1))})
                 for i, t in enumerate(told)]
        return {next((s for s, l in zip(SIZES, table) if e <= l[0] and (r <= l[1] or c <= l[2])), "LARGE")
                for table in tables for e in tried[0] for r in tried[1] for c in tried[2]}

    def has(self, column, *codes):
        return self.row[column] in codes if self.row[column] else None

    def is_of(self, population):
        if population == "BOARDS":
            return all_of(self.has("status", "ACTIVE"), self.has("unit_type", "HT", "BQL"))
        firm = all_of(self.has("status", "ACTIVE"), self.has("unit_type", "DN", "HT"), len(self.code) == 10)
        outside = self.has("zone", "NONE")
        wanted = {"SME": set(SIZES[:3]), "SME_XMICRO": set(SIZES[1:3])}.get(population, set())
        return {"ALL": firm,
                "INDUSTRY": all_of(firm, None if self.section is None else self.section in "BCDE"),
                "ZONE": all_of(firm, None if outside is None else not outside)}.get(
                    population, all_of(firm, True if self.sizes <= wanted else None if self.sizes & wanted else False))

    def zone_type(self):
        zone = self.row["zone"]
        return zone if zone == "NONE" else self.zone[zone]["type"] if zone else "_U"

    def cells(self):
        yield "whole", "_T"
        yield "unit_type", self.row["unit_type"]
        yield "commune", self.row["commune"] or "_U"
        zone = self.row["zone"] or "_U"
        while zone:
            yield "zone", zone
            zone = self.zone.get(zone, {}).get("parent")
        yield "zone_type", self.zone_type()
        sectors = ["_U"] if self.section is None else [self.section]
        groups = {"BTE": "BCDE", "BTF": "BCDEF", "GTV": "GHIJKLMNOPQRSTUV"}
        sectors += [g for g, sections in groups.items() if sectors[0][0] in sections]
        sizes = [next(iter(self.sizes)) if len(self.sizes) == 1 else "_U"] + ["SME"] * ("LARGE" not in self.sizes)
        yield from (("sector", s) for s in sectors)
        for size in sizes:
            yield "size", size
            yield "size_zone_type", size + "." + self.zone_type()
            yield from (("size_sector", size + "." + s) for s in sectors if s in ("A", "BTE", "BTF", "GTV", "_U"))

    def stratum(self):
        size = 1 + SIZES.index(next(iter(self.sizes))) if len(self.sizes) == 1 else 0
        activity = 3 if self.section is None else 0 if self.section == "A" else 1 if self.section in "BCDEF" else 2
        zone = self.row["zone"]
        return size, activity, 2 if not zone else 1 if zone == "NONE" else 0


def verdict(goal, n, met, not_met, doubtful=0, doubtful_met=0, doubtful_not=0):
    """By trying out both ends of what the doubtful units may be."""
    def meets(a, b):
        return 100 * a > goal["threshold"] * b if goal.get("strict") else 100 * a >= goal["threshold"] * b
    if n == 0:
        return UNDECIDED if doubtful else "KHONG_AP_DUNG"
    if all(meets(met + yes, n + yes + no) for yes in (0, doubtful_met) for no in (0, doubtful - doubtful_met)):
        return "DAT"
    if not any(meets(n - not_met + yes, n + yes + no) for no in (0, doubtful_not) for yes in (0, doubtful - doubtful_not)):
        return "KHONG_DAT"
    return UNDECIDED


def still_needed(goal, counts, met):
    """One by one, until it is decided; None: never."""
    n, yes, no, doubtful, doubtful_yes, doubtful_no = counts
    members, others = n - yes - no, doubtful - doubtful_yes - doubtful_no
    for k in range(members + others + 1 if n else 0):
        a, b = min(k, members), k - min(k, members)
        then = ((n, yes + a, no, doubtful, doubtful_yes + b, doubtful_no) if met else
                (n, yes, no + a, doubtful, doubtful_yes, doubtful_no + b))
        if verdict(goal, *then) == ("DAT" if met else "KHONG_DAT"):
            return k
    return None


def collapse(strata):
    """[size, activity, zone, N, met, not met] of each that is left."""
    left = [[*key, *counts] for key, counts in sorted(strata.items())]
    limit = 5 * statistics.median(s[3] / (s[4] + s[5]) for s in left if s[4] + s[5])
    while len(left) > 1:
        thin = [s for s in left if s[4] + s[5] < s[3] and (s[4] + s[5] < 5 or s[3] / (s[4] + s[5]) > limit)]
        if not thin:
            break
        joins = min(thin, key=lambda s: s[4] + s[5])
        left.remove(joins)
        host = min(left, key=lambda s: (2 + abs(s[0] - joins[0]) if s[0] != joins[0] else s[1] != joins[1], -s[4] - s[5]))
        host[3:] = [a + b for a, b in zip(host[3:], joins[3:])]
    return left


class SecondReckoningTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.collector = Collector().start()
        cls.addClassCleanup(cls.collector.remove)
        cls.folder = tempfile.mkdtemp(prefix="khaosat-test-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        with open(SURVEY, encoding="utf-8") as f:
            cls.definition = json.load(f)
        cls.make_round()
        with open(cls.path("register.csv"), encoding="utf-8", newline="") as f:
            cls.units = [Unit({**row, **cls.changed.get(row["tax_code"], {})}, cls.definition) for row in csv.DictReader(f)
                         if row["tax_code"] not in cls.gone]
        cls.answers = {row["tax_code"]: row for row in cls.rows("micro", "microdata.csv")}
        cls.told = collections.defaultdict(lambda: collections.defaultdict(str))  # what is not made has no row
        for row in cls.rows("export", "observations.csv"):
            cls.told[row["goal"], row["dimension"], row["cell"]][row["measure"]] = row["value"]
        cls.goals = {g["code"]: g for g in cls.definition["goals"]}
        cls.cells = {(code, *cell): counts for code in cls.goals for cell, counts in cls.reckon(cls.goals[code]).items()}

    @classmethod
    def tearDownClass(cls):
        cls.collector.stop()

    @classmethod
    def path(cls, *names):
        return os.path.join(cls.folder, *names)

    @classmethod
    def rows(cls, *names):
        with open(cls.path(*names), encoding="utf-8-sig", newline="") as f:
            return list(csv.DictReader(f))

    @classmethod
    def khaosat(cls, *arguments):
        result = subprocess.run(
            [KHAOSAT, "--lang", "en", "--token-file", cls.collector.data + "/staff.token", *arguments],
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "KHAOSAT_HOME": cls.path("home"),
                 "KHAOSAT_SERVER": "127.0.0.1:%d" % cls.collector.port}, text=True, capture_output=True, timeout=LIMIT_S)
        assert result.returncode == 0, result.stdout + result.stderr

    @classmethod
    def sample(cls, name, what, *arguments):
        with open(cls.path(name), "w", encoding="utf-8") as f:
            subprocess.run([os.path.join(BINARY_DIR, "khaosat-sample"), what, SURVEY, *arguments], stdout=f, check=True,
                           timeout=LIMIT_S)

    @classmethod
    def make_round(cls):
        """Most answer; afterwards some are out of scope, and rows of some are corrected."""
        of = ("--round", ROUND)
        cls.sample("register.csv", "register", str(UNITS))
        cls.khaosat("round", "create", ROUND, "--survey", SURVEY, "--reference-date", "2025-12-31")
        cls.khaosat("register", "import", cls.path("register.csv"), *of, "--codes", cls.path("codes.csv"))
        cls.khaosat("round", "open", ROUND)
        cls.sample("answers.csv", "answers", "2025", str(UNITS), cls.path("codes.csv"), str(SHARE))
        cls.khaosat("submit", *of, "--csv", cls.path("answers.csv"))
        answered = [row["tax_code"] for row in cls.rows("answers.csv")]
        silent = [row["tax_code"] for row in cls.rows("register.csv") if row["tax_code"] not in answered]
        cls.gone = {answered[50], silent[50]}
        for unit in cls.gone:
            cls.khaosat("case", "set", *of, "--unit", unit, "--state", "out-of-scope", "--evidence", "dissolved")
        cls.changed = {answered[60]: {"zone": "KCN_GIALACH"}, silent[60]: {"status": "ACTIVE", "employees": "150"}}
        for unit, cells in cls.changed.items():
            cls.khaosat("register", "change", *of, "--unit", unit, "--reason", "seen", *(
                a for cell in cells.items() for a in ("--set", "%s=%s" % cell)))
        cls.khaosat("export", "run", *of, "--internal", "--format", "csv,sdmx-csv,quality",
                    "--output", cls.path("export"))
        cls.khaosat("microdata", *of, "--output", cls.path("micro"))

    @classmethod
    def reckon(cls, goal):
        """Of each cell, what its units come to."""
        cells = {}
        for unit in cls.units:
            belongs = unit.is_of(goal["population"])
            answer = cls.answers.get(unit.code, {}).get("indicator/" + goal["indicator"])
            if belongs is False or answer == "NA":
                continue
            for cell in unit.cells():
                c = cells.setdefault(cell, {"strata": {}, **dict.fromkeys((*COUNTS, "employees", "of_them"), 0)})
                kind = "" if belongs else "n_unknown_"
                c["n" if belongs else "n_unknown"] += 1
                c[kind + "met"] += answer == "1"
                c[kind + "not_met"] += answer == "0"
                if not belongs:
                    continue
                c["responded"] += answer is not None
                c["unknown"] += answer == "U"
                c["employees"] += unit.employees or 0
                c["of_them"] += (unit.employees or 0) * (answer is not None)
                s = c["strata"].setdefault(unit.stratum(), [0, 0, 0])
                s[0], s[1], s[2] = s[0] + 1, s[1] + (answer == "1"), s[2] + (answer == "0")
        return cells

    # ------------------------------------------------------------------ whole numbers

    def assert_percent(self, told, part, whole, rounding, where):
        if whole == 0:
            return self.assertEqual(told, "", where)
        decimals = len(told.partition(".")[2])
        exact = Fraction(100 * part, whole) * 10 ** decimals
        self.assertEqual(Fraction(told) * 10 ** decimals, rounding(exact), (where, told, part, whole))

    def test_counts_shares_bounds_and_response_are_those_of_the_units(self):
        def half_away(x):
            return math.floor(x + Fraction(1, 2))
        for where, c in self.cells.items():
            told = self.told[where]
            for name in COUNTS[0 if c["n"] else 5:]:
                self.assertEqual(told[name], str(c[name]), (where, name))
            n, met, missed, doubtful, yes, no = (c[k] for k in COUNTS if k not in ("responded", "unknown"))
            for name, part, whole, rounding in (
                    ("register_share", met, n, half_away), ("respondent_share", met, met + missed, half_away),
                    ("bound_low", met, n + doubtful - yes, math.floor),
                    ("bound_high", n - missed + doubtful - no, n + doubtful - no, math.ceil),
                    ("response_rate", c["responded"], n, half_away), ("item_non_response", c["unknown"], c["responded"], half_away)):
                self.assert_percent(told[name], part, whole, rounding, (where, name))
            if where[1] in ESTIMATED:
                self.assert_percent(told["response_rate_employees"], c["of_them"], c["employees"], half_away, where)
        told = {where for where, values in self.told.items() if values["n"] or values["n_unknown"] not in ("", "0")}
        self.assertEqual(told, set(self.cells))
        self.assertGreater(len(told), 2500)
        self.assertGreater(sum(c["n_unknown_met"] > 0 for c in self.cells.values()), 50)

    def test_verdicts_and_how_many_more_are_found_by_trying_out(self):
        seen = collections.Counter()
        for where, c in self.cells.items():
            goal, told = self.goals[where[0]], self.told[where]
            counts = [c[k] for k in COUNTS if k not in ("responded", "unknown")]
            n, met, missed, doubtful, yes, no = counts
            self.assertEqual(told["verdict"], verdict(goal, *counts), where)
            self.assertEqual(told["verdict_all_out"], verdict(goal, n, met, missed), where)
            self.assertEqual(told["verdict_all_in"], verdict(goal, n + doubtful, met + yes, missed + no), where)
            for name, is_met in (("needed", True), ("needed_not", False)):
                k = still_needed(goal, counts, is_met)
                self.assertEqual(told[name], "" if k is None else str(k), (where, name, counts))
            seen[told["verdict"]] += 1
        self.assertGreater(min(seen[v] for v in ("DAT", "KHONG_DAT", UNDECIDED)), 100)

    # ------------------------------------------------------------------ estimates

    def quantiles(self, degrees):
        r = shutil.which("Rscript")
        if r is None:
            self.skipTest("R is not installed")
        result = subprocess.run([r, "--vanilla", "-e", 'cat(sprintf("%%.17g", qt(.975, c(%s))))' % ",".join(map(str, degrees))],
                                capture_output=True, text=True, timeout=LIMIT_S, check=True)
        return dict(zip(degrees, map(float, result.stdout.split())))

    def estimates(self):
        """Of each cell that has one: share, variance, degrees of freedom."""
        for where, c in self.cells.items():
            known = c["met"] + c["not_met"]
            if where[1] not in ESTIMATED or known == 0:
                continue
            strata, n = collapse(c["strata"]), c["n"]
            p = sum(s[3] / n * s[4] / (s[4] + s[5]) for s in strata)
            v = sum((s[3] / n) ** 2 * (1 - k / s[3]) * s[4] / k * s[5] / k / (k - 1)
                    for s in strata for k in [s[4] + s[5]] if 1 < k < s[3])
            yield where, min(max(p, c["met"] / n), 1 - c["not_met"] / n), v, known - len(strata)

    def test_estimates_intervals_and_what_is_probable_follow_from_the_method(self):
        estimates, intervals = list(self.estimates()), 0
        t = self.quantiles(sorted({df for _, _, _, df in estimates if df > 0}))
        for where, p, v, df in estimates:
            told, c, goal = self.told[where], self.cells[where], self.goals[where[0]]
            named, n = goal.get("named_list", False), c["n"]
            self.assertAlmostEqual(float(told["estimate"]) / 100, p, delta=1e-9, msg=where)
            if c["met"] + c["not_met"] == n:
                self.assertEqual(float(told["standard_error"]), 0, where)
            elif v == 0 or named:
                self.assertEqual(told["standard_error"], "", where)
            else:
                self.assertAlmostEqual(float(told["standard_error"]) / 100, math.sqrt(v), delta=1e-9, msg=where)
            if named or n < 30 or c["responded"] == n:
                self.assertEqual(told["ci_low"] + told["ci_high"], "", where)
            elif v > 0:
                size, square = p * (1 - p) / v, t[df] ** 2
                middle, half = p + square / 2 / size, t[df] * math.sqrt(p * (1 - p) / size + square / 4 / size ** 2)
                low, high = ((middle + side * half) / (1 + square / size) for side in (-1, 1))
                self.assertAlmostEqual(float(told["ci_low"]) / 100, max(low, c["met"] / n), delta=2e-9, msg=where)
                self.assertAlmostEqual(float(told["ci_high"]) / 100, min(high, 1 - c["not_met"] / n), delta=2e-9, msg=where)
                intervals += 1
            self.assertEqual(told["estimated_verdict"], self.probable(goal, told, c), where)
        self.assertGreater(len(estimates), 150)
        self.assertGreater(intervals, 80)

    def probable(self, goal, told, c):
        if told["verdict"] != UNDECIDED:
            return told["verdict"]
        if goal["threshold"] == 100 or not told["ci_low"] or c["responded"] < 30 or 2 * c["responded"] < c["n"]:
            return UNDECIDED
        low, high = float(told["ci_low"]), float(told["ci_high"])
        return "CO_THE_DAT" if low > goal["threshold"] else "KHONG_KET_LUAN" if high > goal["threshold"] else "CO_THE_KHONG_DAT"

    # ------------------------------------------------------------------ questions

    def test_item_non_response_is_of_those_a_question_was_put_to(self):
        """Not of those it may concern, had they known the answer that it hangs on: microdata have it empty."""
        questions = [(part["code"], q.get("relevance", {}).get("ticked")) for section in self.definition["sections"]
                     for q in section["questions"] for part in q.get("parts", [q])]
        with open(self.path("export", "quality.json"), encoding="utf-8") as f:
            facts = {fact["name"]: fact["value"] for head in json.load(f)["heads"] for fact in head["facts"]}
        hidden = 0
        for code, hangs_on in questions:
            put_to = [row for row in self.answers.values() if row[code] != "NA" and row.get(hangs_on) not in ("DK", "")]
            values = collections.Counter(row[code] for row in put_to)
            hidden += sum(row[code] != "NA" for row in self.answers.values()) - len(put_to)
            missing = values["DK"] + values[""]
            self.assertEqual(facts[code + ".question_non_response"].partition("(")[2],
                             "%d / %d; DK %d)" % (missing, len(put_to), values["DK"]), code)
        self.assertGreater(hidden, 50)
        empty = {row["label_en"] for row in self.rows("micro", "codebook.csv") if (row["value"], row["type"]) == ("", "")}
        self.assertEqual(empty, {"Left open, or not asked as the answer that decides about it is open"})

    # ------------------------------------------------------------------ the same in SDMX

    def test_sdmx_says_the_same(self):
        kinds = {"REG": "register_share", "RSP": "respondent_share", "WGT": "estimate"}
        told = {"N_POP": "n", "N_RESP": "responded", "N_MET": "met", "BOUND_LO": "bound_low", "BOUND_HI": "bound_high"}
        rows, seen = self.rows("export", "sdmx-2.0.csv"), collections.Counter()
        for row in rows:
            goal, _, kind = row["INDICATOR"].rpartition("_")
            at = {d: row[c] for d, c in (("commune", "REF_AREA"), ("size", "SIZE_CLASS"), ("sector", "ACTIVITY"), ("zone", "ZONE"))
                  if row[c] != "_T"}
            dimension = "_".join(at) or "whole"
            if "zone" in at and ("size" in at or at["zone"] in ("KKT", "KCN", "CCN", "NONE", "_U")):
                dimension += "_type"
            cell = ".".join(at.values()) or "_T"
            values = self.told[goal, dimension, cell]
            seen[dimension, kind] += 1
            for name, measure in told.items():
                self.assertEqual(row[name], values[measure], (row, name))
            if kind == "WGT":
                self.assertEqual((row["CI_LO"], row["CI_HI"]), (values["ci_low"], values["ci_high"]), row)
            self.assertEqual(row["VERDICT"], values["estimated_verdict"] or values["verdict"], row)
            self.assertEqual(row["OBS_VALUE"] == "", values[kinds[kind]] == "", row)
            if row["OBS_VALUE"]:
                self.assertAlmostEqual(float(row["OBS_VALUE"]), float(values[kinds[kind]]), delta=0.0500001, msg=row)
        self.assertGreater(len(rows), 5000)
        estimates = collections.Counter(d for (_, d, _), values in self.told.items() if values["estimate"])
        self.assertEqual({d: seen[d, "WGT"] for d in estimates}, estimates)


if __name__ == "__main__":
    unittest.main()

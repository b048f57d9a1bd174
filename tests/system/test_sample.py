# SPDX-License-Identifier: Apache-2.0
"""A sample round with the real programs: from the register's CSV to estimates, which R judges, and exports."""

import csv
import io
import json
import os
import random
import shutil
import subprocess
import tempfile
import unittest

from client import ANSWERS, KHAOSAT, LIMIT_S, SURVEY
from format_rules import folder_faults, official_sdmx_faults
from wire import SOURCE_DIR, Collector, pb, tax_code

# stratum: units, drawn, employees, turnover in million VND (trade: micro, small, medium, large)
STRATA = {"1-micro": (120, 40, 5, 1000), "2-small": (60, 24, 30, 40000), "3-medium": (40, 20, 80, 200000),
          "4-large": (24, 24, 300, 900000)}
WEIGHTS = {"1-micro": "3", "2-small": "2.5", "3-medium": "2.00", "4-large": "1"}
COLUMNS = ["tax_code", "name", "unit_type", "commune", "zone", "vsic", "vsic_version", "employees", "revenue_mvnd",
           "status", "stratum", "weight"]
NOTHING = {**ANSWERS, "B01": ["NONE"], "B02": None, "B03": "NO", "C01": ["NONE"], "C02": None, "G01": ["NONE"],
           "H01": "NONE"}


def frame():
    chance = random.Random(2026)
    units = []
    for stratum, (n, drawn, employees, revenue) in STRATA.items():
        chosen = set(chance.sample(range(n), drawn))
        for k in range(n):
            units.append({"tax_code": tax_code(len(units)), "name": "Công ty số %d" % len(units), "unit_type": "DN",
                          "commune": "18073", "zone": "KCN_PHUVINH" if k % 2 else "NONE", "vsic": "46",
                          "vsic_version": "2018", "employees": employees + k % 5, "revenue_mvnd": revenue,
                          "status": "ACTIVE", "stratum": stratum,
                          "weight": WEIGHTS[stratum] if k in chosen else ""})
    chance.shuffle(units)
    return units


class SampleTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.collector = Collector().start("--export-rounding=5")  # which is of censuses alone
        cls.addClassCleanup(cls.collector.remove)
        cls.folder = tempfile.mkdtemp(prefix="khaosat-test-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.frame = frame()
        cls.drawn = [u for u in cls.frame if u["weight"]]
        cls.round("2025", cls.frame)
        cls.codes = cls.read_csv("2025-codes.csv")
        cls.answer()

    @classmethod
    def tearDownClass(cls):
        cls.collector.stop()

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder, name)

    @classmethod
    def khaosat(cls, *arguments):
        environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "KHAOSAT_HOME": cls.path("home"),
                       "KHAOSAT_SERVER": "127.0.0.1:%d" % cls.collector.port}
        return subprocess.run([KHAOSAT, "--lang", "en", "--token-file", cls.collector.data + "/staff.token", *arguments],
                              env=environment, text=True, capture_output=True, timeout=LIMIT_S)

    @classmethod
    def done(cls, *arguments):
        result = cls.khaosat(*arguments)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    @classmethod
    def read_csv(cls, name):
        with open(cls.path(name), encoding="utf-8", newline="") as f:
            return list(csv.DictReader(f))

    @classmethod
    def write_csv(cls, name, columns, rows):
        with open(cls.path(name), "w", encoding="utf-8", newline="") as f:
            writer = csv.DictWriter(f, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return cls.path(name)

    @classmethod
    def create(cls, name):
        year = name if name.isdigit() else "2025"
        cls.done("round", "create", name, "--survey", SURVEY, "--reference-date", year + "-12-31")

    @classmethod
    def load(cls, name, units, columns=COLUMNS):
        rows = [{c: u[c] for c in columns} for u in units]
        return cls.khaosat("register", "import", cls.write_csv(name + ".csv", columns, rows), "--round", name,
                           "--codes", cls.path(name + "-codes.csv"))

    @classmethod
    def round(cls, name, units, columns=COLUMNS):
        cls.create(name)
        result = cls.load(name, units, columns)
        assert result.returncode == 0, result.stderr
        cls.done("round", "open", name)
        return result.stdout

    @classmethod
    def answer(cls):
        """Most of those drawn answer; the larger the firm, the likelier it has something."""
        chance = random.Random(57)
        code = {c["tax_code"]: c["access_code"] for c in cls.codes}
        columns = ["tax_code", "access_code", *ANSWERS]
        rows = []
        for u in cls.drawn:
            if chance.random() < 0.15:
                continue
            answers = ANSWERS if chance.random() < 0.3 + 0.15 * int(u["stratum"][0]) else NOTHING
            rows.append({"tax_code": u["tax_code"], "access_code": code[u["tax_code"]],
                         **{q: " ".join(a) if isinstance(a, list) else a for q, a in answers.items()}})
        cls.done("submit", "--csv", cls.write_csv("answers.csv", columns, rows), "--round", "2025")
        cls.answered = {r["tax_code"] for r in rows}

    def goals(self, *arguments):
        return json.loads(self.done("goals", "--round", "2025", "--format", "json", *arguments))

    # ------------------------------------------------------------------------- who is asked

    def test_only_those_drawn_get_a_code_and_a_letter(self):
        self.assertEqual({c["tax_code"] for c in self.codes}, {u["tax_code"] for u in self.drawn})
        silent = csv.DictReader(io.StringIO(self.done("followup", "--round", "2025", "--format", "csv"), newline=""))
        self.assertEqual({r["tax_code"] for r in silent},
                         {u["tax_code"] for u in self.drawn} - self.answered)

    def test_a_unit_that_was_not_drawn_is_not_asked(self):
        unit = next(u["tax_code"] for u in self.frame if not u["weight"])
        for command in (["case", "set", "--state", "refusal"],
                        ["code", "reissue", "--codes", self.path("new.csv"), "--reason", "x", "--by", "paper"]):
            result = self.khaosat(*command, "--round", "2025", "--unit", unit)
            self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn("%d/%d units responded" % (len(self.answered), len(self.drawn)), self.done("round", "list"))
        self.assertIn("sample of %d of %d units, 4 strata" % (len(self.drawn), len(self.frame)),
                      self.done("round", "list"))

    # ------------------------------------------------------------------------- what is refused

    def refused(self, name, change, *words):
        units = [dict(u) for u in self.frame]
        change(units)
        result = self.load(name, units)
        self.assertEqual(result.returncode, 3, result.stdout + result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)
        self.assertFalse(os.path.exists(self.path(name + "-codes.csv")))

    def test_a_register_that_contradicts_its_design_is_refused_by_line_column_and_rule(self):
        self.create("wrong")
        first = next(i for i, u in enumerate(self.frame) if u["weight"] and u["stratum"] == "2-small")

        def set_cell(i, column, value):
            return lambda units: units[i].update({column: value})

        def without_those_not_drawn(units):
            units[:] = [u for u in units if u["weight"]]

        def nobody_of_the_large(units):
            for u in units:
                if u["stratum"] == "4-large":
                    u["weight"] = ""
        line = "line %d, column " % (first + 2)
        self.refused("wrong", set_cell(first, "weight", "0.5"), line + "weight: value \"0.5\"", "from 1 on")
        self.refused("wrong", set_cell(first, "weight", "2,5"), line + "weight: value \"2,5\"", "decimal point")
        self.refused("wrong", set_cell(first, "stratum", ""), line + "stratum: empty cell", "either every row does")
        self.refused("wrong", set_cell(first, "weight", "2.6"), "column weight: value \"2.5\"", "one weight")
        self.refused("wrong", set_cell(first, "weight", ""), "column weight: value \"2.5\"", "over those drawn")
        self.refused("wrong", without_those_not_drawn, "column weight: value \"3\"", "over those drawn")
        self.refused("wrong", nobody_of_the_large, "column stratum: value \"4-large\"", "nobody of this stratum")

    # ------------------------------------------------------------------------- figures

    # goal, its indicator, size class of the cell ("": the whole), what belongs to it
    DOMAINS = [("G2_ANY", "APPLY_ANY", "", lambda u: True),
               ("G2_ANY_ZONE", "APPLY_ANY", "", lambda u: u["zone"] != "NONE"),
               ("G4_JOIN", "DX_JOIN", "", lambda u: u["revenue_mvnd"] <= 300000),
               ("G2_ANY", "APPLY_ANY", "LARGE", lambda u: u["revenue_mvnd"] > 300000),
               ("G2_ANY", "APPLY_ANY", "SMALL", lambda u: 10000 < u["revenue_mvnd"] <= 100000)]

    def units_of_domains(self, name, gone=(), now=None):
        """Each domain's units, all of the frame: was it there when the sample was drawn, is it there now."""
        output = self.path("micro-" + name)
        self.done("microdata", "--round", "2025", "--output", output)
        micro = {r["tax_code"]: r for r in self.read_csv(os.path.join(output, "microdata.csv"))}
        self.assertEqual(set(micro), self.answered - set(gone))
        for u in self.drawn:
            if u["tax_code"] in micro:
                row = micro[u["tax_code"]]
                self.assertEqual((row["stratum"], float(row["weight"])), (u["stratum"], float(u["weight"])))
        for goal, indicator, size, belongs in self.DOMAINS:
            for u in self.frame:
                is_now = {**u, **(now or {}).get(u["tax_code"], {})}
                met = micro.get(u["tax_code"], {}).get("indicator/" + indicator, "")
                yield {"domain": "%s/%s/%s" % (goal, size, name), "stratum": u["stratum"], "weight": u["weight"],
                       "was": int(belongs(u)), "is": int(belongs(is_now) and u["tax_code"] not in gone),
                       "answered": int(u["tax_code"] in micro), "met": met if met in ("0", "1") else "",
                       "employees": is_now["employees"]}

    def set_gone(self, units, state):
        for unit in units:
            self.office(set_case=pb.SetCase(round="2025", tax_code=unit, state=state, evidence="đã giải thể"))

    def correct(self, unit, now):
        cells = [pb.RowCell(column=column, value=str(value)) for column, value in now.items()]
        self.office(change_row=pb.ChangeRow(round="2025", tax_code=unit, cell=cells, reason="kiểm tra lại"))

    def office(self, **request):
        """Many small acts over the wire: a client for each of them takes its time."""
        with self.collector.staff() as office:
            response = office.call(**request)
        self.assertEqual(response.status, pb.DONE, response)

    def figures(self, name):
        rates = self.goals("--by", "whole", "--by", "size")["rates"]
        return {"%s/%s/%s" % (f["goal"], "" if f["dimension"] == "whole" else f["cell"], name): f for f in rates}

    def drawn_of(self, stratum, zone, answered, n):
        """So many of the stratum, on that side of the fence where one is named, that answered, or did not."""
        found = [u["tax_code"] for u in self.drawn if u["stratum"] == stratum and zone in ("", u["zone"][:4]) and
                 (u["tax_code"] in self.answered) == answered]
        self.assertGreaterEqual(len(found), n)
        return found[:n]

    def assert_recounted(self, rows, figures):
        """By hand: in each stratum, of what the frame had in the domain and beside it, as many are in it now as of those
        drawn; where nobody has come, what is beside it is left out. The answers stand for these."""
        for domain in dict.fromkeys(r["domain"] for r in rows):
            in_domain, met = 0, 0
            for stratum in STRATA:
                units = [r for r in rows if (r["domain"], r["stratum"]) == (domain, stratum)]
                there = 0
                for was in (0, 1):
                    part = [r for r in units if r["was"] == was]
                    drawn = [r["is"] for r in part if r["weight"]]
                    there += len(part) * sum(drawn) / len(drawn) if drawn else 0
                known = [int(r["met"]) for r in units if r["is"] and r["met"]]
                self.assertEqual(bool(known), there > 0)
                in_domain += there
                met += there * sum(known) / len(known) if known else 0
            self.assertLess(abs(figures[domain]["estimate"]["share"] - met / in_domain), 1e-12, domain)

    def assert_judged_by_r(self, rows, figures):
        columns = ["domain", "stratum", "weight", "was", "is", "answered", "met", "employees"]
        script = os.path.join(SOURCE_DIR, "tests", "estimate", "sample.R")
        try:
            result = subprocess.run(["Rscript", "--vanilla", script, self.write_csv("units.csv", columns, rows)],
                                    text=True, capture_output=True, timeout=LIMIT_S)
        except FileNotFoundError:
            self.skipTest("needs R with its package survey (r-base-core, r-cran-survey)")
        if "no package called" in result.stderr:
            self.skipTest("needs R's package survey (r-cran-survey)")
        self.assertEqual(result.returncode, 0, result.stderr)
        judged = 0
        for line in result.stdout.splitlines():
            goal, *numbers = line.split()
            share, error, df, low, high, response, by_employees = map(float, numbers)
            f = figures[goal]
            mine = [r for r in rows if r["domain"] == goal and r["is"]]
            self.assertEqual(f["n"], len(mine))
            self.assertEqual(f["drawn"], sum(1 for r in mine if r["weight"]))
            self.assertEqual(f["responded"], sum(r["answered"] for r in mine))
            self.assertEqual(f["estimate"]["degrees_of_freedom"], df)
            pairs = [(f["estimate"]["share"], share), (f["estimate"]["standard_error"], error), (f["response"]["weighted"], response)]
            self.assertEqual(f["interval"] is None, f["n"] < 30)
            if f["interval"]:
                self.assertEqual(f["interval"]["method"], "wilson")
                bounds = f["met"] / f["n"], 1 - f["not_met"] / f["n"] # no further than silence could go
                pairs += [(f["interval"]["low"], max(low, bounds[0])), (f["interval"]["high"], min(high, bounds[1]))]
            for ours, theirs in pairs:
                self.assertLess(abs(ours - theirs), 1e-9 * max(1, abs(theirs)), goal)
            employees = f["response"]["by_employees"]
            self.assertLess(abs(employees["num"] / employees["den"] - by_employees), 1e-3)
            judged += 1
        self.assertEqual(judged, len({r["domain"] for r in rows}))

    def test_estimates_are_those_of_r(self):
        """As they were drawn; when of the micro firms drawn, answered or silent, some are found out of scope; and when
        rows turn out wrong besides: firms larger than the frame had them, and on the other side of a zone's fence."""
        gone = self.drawn_of("1-micro", "KCN_", True, 6) + self.drawn_of("1-micro", "NONE", False, 2)
        gone += self.drawn_of("1-micro", "NONE", True, 4)
        large = self.drawn_of("2-small", "", True, 7) + self.drawn_of("2-small", "", False, 1)
        inside = self.drawn_of("1-micro", "NONE", True, 9)[4:]
        outside = self.drawn_of("3-medium", "KCN_", True, 2)
        was = {u["tax_code"]: u for u in self.frame}
        now = {**{t: {"revenue_mvnd": 900000, "employees": 300} for t in large},
               **{t: {"zone": "KCN_PHUVINH"} for t in inside}, **{t: {"zone": "NONE"} for t in outside}}
        rows, figures = list(self.units_of_domains("drawn")), self.figures("drawn")
        self.set_gone(gone, pb.OUT_OF_SCOPE)
        rows += self.units_of_domains("gone", gone)
        figures.update(self.figures("gone"))
        for unit, cells in now.items():
            self.correct(unit, cells)
        rows += self.units_of_domains("corrected", gone, now)
        figures.update(self.figures("corrected"))
        self.assert_lasting("corrected", figures)
        self.assert_recounted(rows, figures)
        for unit, cells in now.items():
            self.correct(unit, {column: was[unit][column] for column in cells})
        self.set_gone(gone, pb.CASE_STATE_UNSPECIFIED)
        self.assertEqual(self.figures("drawn"), {g: f for g, f in figures.items() if g.endswith("/drawn")})
        self.done("recount")
        self.assert_judged_by_r(rows, figures)
        naive = figures["G2_ANY//drawn"]["met"] / (figures["G2_ANY//drawn"]["met"] + figures["G2_ANY//drawn"]["not_met"])
        share = {g: f["estimate"]["share"] for g, f in figures.items() if f["estimate"]}
        self.assertGreater(abs(naive - share["G2_ANY//drawn"]), 0.005) # weights matter here
        self.assertGreater(abs(share["G2_ANY//drawn"] - share["G2_ANY//gone"]), 0.003)
        self.assertGreater(abs(share["G2_ANY/LARGE/gone"] - share["G2_ANY/LARGE/corrected"]), 0.02)

    def assert_lasting(self, name, figures):
        """Recounted; after a start from the checkpoint and from the log alone; and in an export."""
        mine = {g: f for g, f in figures.items() if g.endswith("/" + name)}
        self.done("recount")
        self.start_anew()
        self.assertEqual(self.figures(name), mine)
        self.start_anew(without_checkpoint=True)
        self.assertEqual(self.figures(name), mine)
        output = self.path("export-" + name)
        self.done("export", "run", "--round", "2025", "--format", "csv", "--internal", "--output", output)
        told = {(r["goal"], r["cell"]): float(r["value"]) for r in self.read_csv(os.path.join(output, "observations.csv"))
                if r["measure"] == "estimate" and r["dimension"] in ("whole", "size") and r["value"]}
        self.assertEqual(len(told), sum(1 for f in mine.values() if f["estimate"]))
        for f in mine.values():
            if f["estimate"]:
                self.assertAlmostEqual(told[f["goal"], f["cell"]], 100 * f["estimate"]["share"], 6)

    def start_anew(self, without_checkpoint=False):
        self.collector.stop()
        if without_checkpoint:
            os.remove(os.path.join(self.collector.data, "checkpoint"))
        self.collector.start()

    def test_the_bounds_are_of_the_frame(self):
        f = next(f for f in self.goals("--goal", "G2_ANY")["rates"])
        self.assertEqual(f["bound_low"]["num"], f["met"])
        self.assertEqual(f["bound_high"]["num"], f["n"] - f["not_met"])
        self.assertEqual(f["verdict"], "CHUA_DU_DU_LIEU")
        self.assertIn(f["full_verdict"], ("CO_THE_DAT", "CO_THE_KHONG_DAT", "KHONG_KET_LUAN"))

    def test_tables_say_how_the_sample_was_drawn(self):
        words = "%d of the register's %d units were drawn, in 4 strata" % (len(self.drawn), len(self.frame))
        for command in ("rates", "goals"):
            table = " ".join(self.done(command, "--round", "2025").split())
            self.assertIn(words, table)
            self.assertNotIn("nan", table.lower())
        self.assertIn("Drawn", self.done("goals", "--round", "2025"))

    def test_a_response_that_was_not_reckoned_is_not_told_as_none_at_all(self):
        """G1 has no unit, and estimates are made for no commune."""
        whole = self.goals("--by", "whole", "--by", "commune")["rates"]
        for f in whole:
            if f["n"] == 0 or f["dimension"] == "commune":
                self.assertIsNone(f["response"]["weighted"], f)
        self.assertEqual({f["responded"] > 0 for f in whole if f["dimension"] == "commune" and f["n"] > 0}, {True})
        line = next(l for l in self.done("goals", "--round", "2025", "--goal", "G1").splitlines() if l.startswith("G1 "))
        self.assertEqual(line.split()[1:5], ["0", "0", "–", "–"])

    # ------------------------------------------------------------------------- what lasts

    def test_a_recount_and_a_restart_find_the_same(self):
        def figures():
            return self.goals("--by", "size", "--by", "whole")["rates"]
        before = figures()
        self.done("recount")
        self.start_anew()
        self.assertEqual(figures(), before)
        self.start_anew(without_checkpoint=True)
        self.assertEqual(figures(), before)
        self.done("recount")

    def test_a_census_beside_a_sample_breaks_the_series(self):
        columns = [c for c in COLUMNS if c not in ("stratum", "weight")]
        loaded = self.round("2024", self.frame, columns)
        self.assertNotIn("sample", loaded)
        change = json.loads(self.done("change", "--round", "2025", "--before", "2024", "--format", "json"))
        self.assertIn("design", json.dumps(change))
        self.assertIn("a census and a sample", self.done("change", "--round", "2025", "--before", "2024"))
        trend = json.loads(self.done("trend", "--goal", "G2_ANY", "--format", "json"))["trend"]
        self.assertIn("design", next(p for p in trend if p["round"] == "2025")["breaks"])
        self.create("2026")
        self.assertEqual(self.load("2026", self.frame, columns).returncode, 0)
        self.done("export", "run", "--round", "2026", "--internal", "--format", "sdmx-csv,ddi", "--output", self.path("census"))
        told = [o for o in self.read_csv("census/sdmx-2.0.csv") if o["OBS_VALUE"]]
        self.assertEqual({(o["OBS_STATUS"], o["COMMENT_OBS"].split("; ")[-1]) for o in told},
                         {("B", "break in series from round 2025: design")})
        with open(self.path("census/codebook.xml"), encoding="utf-8") as f:
            self.assertIn("A census: all %d units" % len(self.frame), f.read())

    # ------------------------------------------------------------------------- exports

    def test_exports_tell_the_design(self):
        gone = [u["tax_code"] for u in self.drawn if u["stratum"] == "1-micro"][:2]
        self.set_gone(gone, pb.OUT_OF_SCOPE)
        self.addCleanup(self.set_gone, gone, pb.CASE_STATE_UNSPECIFIED)
        for kind in ([], ["--internal"]):
            output = self.path("export" + "".join(kind))
            self.done("export", "run", "--round", "2025", "--format", "csv,json,report,quality,excel-csv,sdmx-csv,sdmx-json,ddi",
                      "--output", output, *kind)
            self.assertEqual((folder_faults(output, 9999) + official_sdmx_faults(output))[:5], [])
            with open(os.path.join(output, "manifest.json"), encoding="utf-8") as f:
                self.assertEqual(json.load(f)["design"], {"kind": "sample", "strata": 4, "units": len(self.frame),
                                                          "drawn": len(self.drawn)})
            with open(os.path.join(output, "observations.csv"), encoding="utf-8", newline="") as f:
                rows = [r for r in csv.DictReader(f) if (r["goal"], r["dimension"]) == ("G2_STRICT", "whole")]
            values = {r["measure"]: r["value"] for r in rows}
            self.assertEqual((values["n"], values["drawn"]), (str(len(self.frame) - 2), str(len(self.drawn) - 2)))
            self.assertEqual("response_rate_weighted" in values, bool(kind))
            for name in os.listdir(output):
                with open(os.path.join(output, name), "rb") as f:
                    text = f.read()
                self.assertNotIn(b",nan", text.lower(), name)
                if name == "codebook.xml":
                    self.assertIn(b"%d of the %d units of the register, from 4 strata" % (len(self.drawn), len(self.frame)), text)
                if name == "quality.md" and kind: # two that stand for three each
                    self.assertIn("Over-coverage (A2): %.1f %%" % (100 * 6 / len(self.frame)), text.decode())
                if name not in ("observations.csv", "codes.csv", "manifest.json", "sdmx-structure.json", "revisions.csv"):
                    self.assertIn(b"sample" if name not in ("report-vi.html", "so-lieu-excel.csv") else "chọn mẫu".encode(), text, name)


if __name__ == "__main__":
    unittest.main()

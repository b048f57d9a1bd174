# SPDX-License-Identifier: Apache-2.0
"""The files of an export, read back by other programs: Python's csv, json and HTML readers, R, openpyxl.
Whether they keep to their formats is asked in test_export_schemas.py."""

import csv
import html.parser
import os
import re
import shutil
import subprocess
import textwrap
import unittest

from export_folders import BINARY_DIR, LIMIT_S, ExportFolders

DIMENSIONS = ["FREQ", "REF_AREA", "INDICATOR", "ACTIVITY", "SIZE_CLASS", "ZONE", "UNIT_MEASURE", "TIME_PERIOD"]
ATTRIBUTES = ["OBS_STATUS", "CONF_STATUS", "UNIT_MULT", "DECIMALS", "CI_LO", "CI_HI", "BOUND_LO", "BOUND_HI", "N_POP",
              "N_RESP", "N_MET", "VERDICT", "COMMENT_OBS"]
CROSSED = {"size_sector": "Theo quy mô và ngành", "size_zone_type": "Theo quy mô và loại khu, cụm"}
CROSSED_EN = {"size_sector": "By size and sector", "size_zone_type": "By size and type of zone"}
COUNTED = ["OBS_VALUE", "CI_LO", "CI_HI", "N_RESP", "N_MET"]


class Page(html.parser.HTMLParser):
    """What a page is made of."""

    VOID = {"meta", "br", "rect", "line", "circle", "path"}

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.ids, self.references, self.text, self.language = [], set(), set(), set(), "", None

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.add(tag)
        self.ids |= {attrs["id"]} if "id" in attrs else set()
        self.references |= {attrs[a] for a in ("href", "src") if a in attrs}
        if tag == "html":
            self.language = attrs["lang"]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag, tag

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data


class ExportFiles(ExportFolders):
    KINDS = {"public": "public", "internal": "internal", "rounded": "rounded", "sample": "sample", "again": "public",
             "bare": "public", "few": "few"}

    def r(self, program, *arguments):
        r = shutil.which("Rscript")
        if r is None:
            self.skipTest("R is not installed")
        result = subprocess.run([r, "--vanilla", "-e", program, *arguments], capture_output=True, text=True,
                                timeout=LIMIT_S, env={**os.environ, "LANG": "C.UTF-8"})
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout.split()

    def test_the_same_tables_give_the_same_files(self):
        names = sorted(os.listdir(os.path.join(self.folder, "public")))
        self.assertEqual(names, sorted(os.listdir(os.path.join(self.folder, "again"))))
        for name in names:
            with open(self.path(name), "rb") as a, open(self.path(name, "again"), "rb") as b:
                self.assertEqual(a.read(), b.read(), name)

    # ------------------------------------------------------------------ CSV

    def test_sdmx_csv_keeps_to_its_header_and_withholds_as_it_should(self):
        first, second = self.rows("sdmx-1.0.csv"), self.rows("sdmx-2.0.csv")
        self.assertEqual(list(first[0]), ["DATAFLOW", *DIMENSIONS, "OBS_VALUE", *ATTRIBUTES, "COMMENT_DSET"])
        self.assertEqual(list(second[0]), ["STRUCTURE", "STRUCTURE_ID", "ACTION", *DIMENSIONS, "OBS_VALUE", *ATTRIBUTES,
                                           "COMMENT_DSET"])
        self.assertEqual([list(r.values())[1:] for r in first], [list(r.values())[3:] for r in second])
        self.assertEqual({(r["STRUCTURE"], r["STRUCTURE_ID"], r["ACTION"]) for r in second},
                         {("dataflow", "HATINH:DF_DT_GOALS(1.0.0)", "R")})
        self.assertEqual({r["DATAFLOW"] for r in first}, {"HATINH:DF_DT_GOALS(1.0)"})
        keys = [tuple(r[d] for d in DIMENSIONS) for r in first]
        self.assertEqual(len(keys), len(set(keys)))
        self.assertGreater(len(keys), 1500)
        withheld = [r for r in first if r["CONF_STATUS"] != "F"]
        self.assertGreater(len(withheld), 200)
        for row in withheld:
            self.assertEqual((row["OBS_STATUS"], [row[c] for c in COUNTED]), ("Q", [""] * 5))
        for row in first:
            self.assertEqual(row["OBS_VALUE"] == "", row["OBS_STATUS"] in "QML", row)
            self.assertRegex(row["OBS_VALUE"], r"^(\d+\.\d+)?$")
        told = [r for kind in ("public", "internal") for r in self.rows("sdmx-1.0.csv", kind)
                if r["OBS_VALUE"] and not r["INDICATOR"].endswith("_REG")]
        for row in told:
            self.assertEqual(row["OBS_STATUS"] == "U", self.is_unreliable(row), row)
        self.assertGreater(sum(r["OBS_STATUS"] == "U" for r in told), 10)
        self.assertGreater(sum(r["OBS_STATUS"] == "E" for r in told), 10)
        self.assertNotIn("\ufeff", self.text("sdmx-1.0.csv"))
        self.assertNotIn("\n", self.text("sdmx-1.0.csv").replace("\r\n", ""))

    def is_unreliable(self, row):
        """Too few answered, or the interval is wider than ten points to either side, or there is none."""
        units, answered = int(row["N_POP"]), int(row["N_RESP"])
        if answered == units:
            return False
        is_wide = row["INDICATOR"].endswith("_WGT") and (
            row["CI_LO"] == "" or round(float(row["CI_HI"]) - float(row["CI_LO"]), 7) > 20)
        return answered < 30 or 2 * answered < units or is_wide

    def test_the_excel_file_is_marked_and_says_what_the_machine_file_says(self):
        text = self.text("so-lieu-excel.csv")
        self.assertEqual(text[0], "\ufeff")
        lines = text[1:].split("\r\n")
        self.assertIn("không dùng cho máy", lines[0])
        rows = list(csv.DictReader([line + "\r\n" for line in lines[1:]], delimiter=";"))
        machine = {(r["goal"], r["dimension"], r["cell"]): r["value"] for r in self.rows("observations.csv")
                   if r["measure"] == "register_share"}
        self.assertEqual(len(rows), len({(r["Mã mục tiêu"], r["Phân tổ"], r["Mã"]) for r in rows}))
        whole = [r for r in rows if r["Phân tổ"] == "Toàn bộ"]
        self.assertEqual(len(whole), len({r["Mã mục tiêu"] for r in rows}))
        for row in whole:
            self.assertEqual(row["Tỷ lệ trên danh sách (%)"].replace(",", "."),
                             machine[row["Mã mục tiêu"], "whole", row["Mã"]])
            self.assertNotIn(".", row["Cận dưới (%)"])
        for row in rows:
            for value in row.values():
                self.assertNotIn(value[:1], ("=", "+", "-", "@", "\t"), row)
        self.assertIn("NỘI BỘ, KHÔNG CÔNG BỐ", self.text("so-lieu-excel.csv", "internal").split("\r\n")[0])

    def test_r_reads_the_machine_files(self):
        told = self.r('f <- commandArgs(TRUE); o <- read.csv(f[1], encoding = "UTF-8"); s <- read.csv(f[2], encoding = "UTF-8");'
                      'met <- o[o$measure == "met" & o$dimension == "whole", ];'
                      'cat(nrow(o), ncol(o), sum(as.numeric(met$value), na.rm = TRUE), nrow(s), sprintf("%.1f", sum(s$OBS_VALUE, na.rm = TRUE)))',
                      self.path("observations.csv"), self.path("sdmx-2.0.csv"))
        rows, sdmx = self.rows("observations.csv"), self.rows("sdmx-2.0.csv")
        met = sum(int(r["value"]) for r in rows if r["measure"] == "met" and r["dimension"] == "whole" and r["value"])
        share = sum(float(r["OBS_VALUE"]) for r in sdmx if r["OBS_VALUE"])
        self.assertEqual(told, [str(len(rows)), "13", str(met), str(len(sdmx)), "%.1f" % share])

    # ------------------------------------------------------------------ the office's words

    def test_without_words_of_the_office_there_are_codes_that_name_nobody(self):
        first = self.rows("sdmx-1.0.csv", "bare")[0]
        self.assertEqual((first["DATAFLOW"], first["REF_AREA"], first["INDICATOR"]), ("OFFICE:DF_GOALS(1.0)", "_T", "G1_REG"))
        self.assertEqual(self.json("sdmx-data.json", "bare")["meta"]["sender"], {"id": "OFFICE"})

    def test_a_file_of_the_office_that_is_wrong_is_refused_with_its_line(self):
        for content, line, why in (("agency = A B\n", 1, "a code has"), ("\nnobody.vi = x\n", 2, "no such name"),
                                   ("name = x\n", 1, "no such name"), ("[part]\nname.vi = x\n", 1, "no sections"),
                                   ("area = A\n  B\n", 2, "none stand before"), ("agency = 1A\n", 1, "a letter first"),
                                   ("agency =\n", 1, "a code has"), ("name.vi = a\nname.vi = b\n", 2, "given before"),
                                   ("; x\n\nname.vi\n", 3, "neither"), ("name.en = a\tb\n", 1, "control"),
                                   ("name.vi = Sơ\u0309\n", 1, "normal")):
            path = self.path("wrong.ini", "again")
            with open(path, "w", encoding="utf-8") as f:
                f.write(content)
            result = subprocess.run([os.path.join(BINARY_DIR, "export-files"), "public", self.folder, path],
                                    capture_output=True, text=True, timeout=LIMIT_S)
            os.unlink(path)
            self.assertEqual(result.returncode, 2)
            self.assertIn("wrong.ini:%d: " % line, result.stderr)
            self.assertIn(why, result.stderr)

    # ------------------------------------------------------------------ the workbook

    def workbook(self, kind="public"):
        try:
            import openpyxl
        except ImportError:
            self.skipTest("python3-openpyxl is not installed")
        return openpyxl.load_workbook(self.path("goals.xlsx", kind))

    def test_the_chart_shows_the_bounds_of_the_headlines(self):
        sheet = self.workbook().worksheets[0]
        headlines = [g["code"] for g in self.json("goals.json")["goals"] if g["headline"]]
        last = 3 + len(headlines)
        self.assertEqual([sheet.cell(row, 1).value for row in range(4, last + 1)], headlines)
        chart, = sheet._charts
        self.assertEqual([(s.cat.strRef.f, s.val.numRef.f) for s in chart.series],
                         [("'Mục tiêu'!$A$4:$A$%d" % last, "'Mục tiêu'!$%s$4:$%s$%d" % (c, c, last)) for c in ("H", "W")])
        self.assertEqual((chart.grouping, chart.barDir), ("stacked", "bar"))
        for row in range(4, last + 1):
            low, high, width = (sheet["%s%d" % (c, row)].value for c in "HIW")
            self.assertEqual(width is None, low is None)
            if low is not None:
                self.assertAlmostEqual(width, high - low, 6)

    def check_print(self, sheet):
        """On pages A4 that are one wide, in letters that can be read, and with nothing cut off."""
        self.assertEqual((sheet.page_setup.orientation, sheet.page_setup.paperSize), ("landscape", 9))
        self.assertTrue(sheet.sheet_properties.pageSetUpPr.fitToPage)
        self.assertEqual((sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight), (1, 0))
        self.assertEqual(sheet.print_title_rows, "$1:$3")
        self.assertRegex("".join(sheet.print_area), r"\$A\$1:\$L\$\d+$")
        width = {c: next(d.width for d in sheet.column_dimensions.values() if d.min <= i <= d.max)
                 for i, c in enumerate("ABCDEFGHIJKL", 1)}
        self.assertLess(sum(width.values()), 210)
        for row in range(4, sheet.max_row + 1):
            for c in "BCL":
                lines = [line for text in (sheet["%s%d" % (c, row)].value or "").split("\n")
                         for line in textwrap.wrap(text, int(1.1 * width[c]))]
                self.assertLessEqual(15 * len(lines), sheet.row_dimensions[row].height or 15, lines)

    def test_openpyxl_reads_the_workbook_back(self):
        book = self.workbook()
        self.assertTrue(all(book.worksheets[0][c + "4"].alignment.wrap_text for c in "BCL"))  # texts of two lines
        self.assertEqual(book.properties.created.isoformat(), "2026-03-31T00:00:00")
        self.assertEqual([len(s._charts) for s in book.worksheets], [1] + [0] * 7)
        for sheet in book.worksheets[:-1]:
            self.check_print(sheet)
        told = {(r["goal"], r["dimension"], r["cell"], r["measure"]): r["value"] for r in self.rows("observations.csv") if r["value"]}
        seen = 0
        dimensions = ["whole", "zone", "zone_type", "commune", "sector", "size", "unit_type"]
        for sheet, dimension in zip(book.worksheets, dimensions):
            self.assertEqual(sheet.freeze_panes, "D4")
            head = [cell.value for cell in sheet[3]]
            for row in sheet.iter_rows(min_row=4, values_only=True):
                if row[0] is None:
                    continue
                for name, column in (("n", 3), ("met", 5), ("bound_low", 7), ("not_met", 13)):
                    self.assertIn("\n", head[column])
                    value = told.get((row[0], dimension, row[12], name))
                    self.assertEqual(row[column], None if value is None else float(value), (row[:3], name))
                    seen += value is not None
                self.assertTrue(all(not isinstance(v, str) or v[:1] != "=" for v in row))
            for column, form in ((4, "#,##0"), (6, "#,##0"), (8, "0.0")):
                for (cell,) in sheet.iter_rows(4, None, column, column):
                    is_close = cell.value is not None and len(str(cell.value).partition(".")[2]) > 1
                    self.assertTrue(cell.value is None or cell.number_format == ("0.0######" if is_close else form), cell)
        self.assertGreater(seen, 1500)

    # ------------------------------------------------------------------ what people read

    def told_in_excel(self, kind):
        """Of the Excel file: (goal, group's table, group): figures by their Vietnamese names."""
        lines = self.text("so-lieu-excel.csv", kind)[1:].split("\r\n")
        return {(r["Mã mục tiêu"], r["Phân tổ"], r["Mã"]): {k.removesuffix(" (%)"): v for k, v in r.items()}
                for r in csv.DictReader([line + "\r\n" for line in lines[1:]], delimiter=";")}

    def test_what_people_read_is_the_same_in_every_file_and_not_finer_than_a_tenth(self):
        for kind in ("public", "internal", "rounded", "sample"):
            told, seen = self.told_in_excel(kind), 0
            for sheet in self.workbook(kind).worksheets[:-1]:
                head = [(cell.value or "").split("\n")[0] for cell in sheet[3]]
                title = "Toàn bộ" if sheet.title == "Mục tiêu" else sheet.title
                self.assertEqual("CÔNG BỐ / PUBLIC" in sheet["A1"].value, kind != "internal")
                for row in sheet.iter_rows(min_row=4, values_only=True):
                    line = told.get((row[0], title, row[12]), {})
                    for name, value in zip(head, row):
                        if name not in line or name in ("Mã", "Mục tiêu", "Nhóm"):
                            continue
                        text = line[name].replace(",", ".")
                        if isinstance(value, str):
                            self.assertEqual(value.split(" / ")[0], text)
                        else:
                            self.assertEqual(value, float(text) if text else None, (row[:3], name))
                        seen += value is not None
            self.assertGreater(seen, 2000)
            kept = {(r["goal"], r["dimension"], r["cell"]) for r in self.rows("observations.csv", kind) if r["status"] == "kept" and r["measure"] in ("n", "verdict")}
            book = [v for sheet in self.workbook(kind).worksheets[:-1] for (v,) in sheet.iter_rows(4, None, 12, 12, True)]
            self.assertEqual(sum("(như lần công bố 1 / as in vintage 1)" in (v or "") for v in book), len(kept))
            page = self.check_page("report-vi.html", kind, "vi")
            for goal in (g["code"] for g in self.json("goals.json", kind)["goals"] if g["headline"]):
                line, = (v for (code, title, _), v in told.items() if (code, title) == (goal, "Toàn bộ"))
                low, high = line["Khoảng tin cậy 95 %, dưới"], line["Khoảng tin cậy 95 %, trên"]
                if low:
                    self.assertIn("khoảng tin cậy 95\u00a0%%: %s – %s\u00a0%%" % (low, high), page.text)

    def test_a_sheet_has_no_goal_of_which_it_would_tell_nothing(self):
        names = ["whole", "zone", "zone_type", "commune", "sector", "size", "unit_type"]
        left_out = 0
        for kind in ("public", "few"):
            rows = self.rows("observations.csv", kind)
            for sheet, dimension in zip(self.workbook(kind).worksheets[1:-1], names[1:]):
                of = {r["goal"] for r in rows if r["dimension"] == dimension}
                told = {r["goal"] for r in rows if r["dimension"] == dimension and r["measure"] in ("n", "verdict") and r["value"]}
                self.assertEqual({v for (v,) in sheet.iter_rows(4, None, 1, 1, True)} - {None}, told)
                left_out += len(of - told)
        self.assertGreater(left_out, 5)

    def test_no_line_of_the_report_ends_before_a_percent_sign(self):
        for kind in ("public", "internal", "rounded", "sample"):
            for name in ("report-vi.html", "report-en.html"):
                told = re.sub(r"<style>.*?</style>", "", self.text(name, kind), flags=re.S)
                self.assertIsNone(re.search(r"\d %", told))
                self.assertIn("HT-DT phiên bản 1; nhật ký" if "vi" in name else "HT-DT version 1; log", told)

    # ------------------------------------------------------------------ rounded, of a sample

    def notes(self, kind):
        """What each format says of all counts at once, where such a thing has its place."""
        rows = self.rows("sdmx-1.0.csv", kind) + self.rows("sdmx-2.0.csv", kind)
        book = self.workbook(kind)
        yield from {r["COMMENT_DSET"] for r in rows}
        yield self.json("sdmx-data.json", kind)["data"]["dataSets"][0]["attributes"][0] or ""
        yield " ".join(d["@value"] for d in self.json("csv-metadata.json", kind).get("dc:description", []))
        yield from ((sheet["A2"].value or "") for sheet in book.worksheets[:-1])
        yield " ".join(str(c.value) for (a, b) in book["Ghi chú"]["A3:B3"] for c in (a, b))

    def test_every_format_says_in_words_that_counts_are_rounded_or_of_a_sample(self):
        for kind, vi, en in (("rounded", "làm tròn đến bội số của 5, lệch không quá 4", "rounded to multiples of 5, at most 4"),
                             ("sample", "chọn mẫu: 1500 trong 3000 đơn vị", "1500 of 3000 units of the register were drawn")):
            notes = list(self.notes(kind))
            self.assertEqual(len(notes), 11)
            for note in notes:
                self.assertIn(vi, note)
                self.assertIn(en, note)
            first, head, *_ = self.text("so-lieu-excel.csv", kind).split("\r\n")
            self.assertIn(vi, first)
            self.assertIn(vi, self.text("report-vi.html", kind).partition("</header>")[0])
            self.assertIn(en, self.text("report-en.html", kind).partition("</header>")[0])
            self.assertNotIn(";", first)
            self.assertEqual("Số đơn vị được chọn mẫu" in head, kind == "sample")
        self.assertEqual(list(self.notes("public"))[:-1], [""] * 10)

    # ------------------------------------------------------------------ sizes by sectors and by types of zones

    def test_every_format_of_an_internal_export_has_the_same_crossed_figures(self):
        told = {(r["goal"], r["dimension"], r["cell"]): r["value"] for r in self.rows("observations.csv", "internal")
                if r["dimension"] in CROSSED and r["measure"] == "register_share" and r["value"] != ""}
        self.assertGreater(len(told), 500)
        goals, book = self.json("goals.json", "internal"), self.workbook("internal")
        of = {(c["dimension"], c["code"]): c["of"] for c in goals["cells"] if "of" in c}
        self.assertEqual({d for d, _ in of}, set(CROSSED))
        self.assertEqual({c for _, c in of}, {".".join(pair) for pair in of.values()})
        sdmx = {(r["INDICATOR"], r["SIZE_CLASS"], r["ACTIVITY"], r["ZONE"]): r["OBS_VALUE"]
                for r in self.rows("sdmx-2.0.csv", "internal")}
        json = {(o["goal"], o["dimension"], o["cell"]): o["register_share"] for o in goals["observations"]
                if "register_share" in o}
        text = self.text("so-lieu-excel.csv", "internal")[1:].split("\r\n")[1:]
        excel = {(r["Mã mục tiêu"], r["Phân tổ"], r["Mã"]): r["Tỷ lệ trên danh sách (%)"]
                 for r in csv.DictReader(text, delimiter=";")}
        sheets = {(row[0], title, row[12]): row[6] for title in CROSSED.values()
                  for row in book[title].iter_rows(min_row=4, values_only=True)}
        for (goal, dimension, cell), value in told.items():
            size, other = of[dimension, cell]
            key = ("DT_%s_REG" % goal, size, *((other, "_T") if dimension == "size_sector" else ("_T", other)))
            self.assertEqual(sdmx[key], value)
            self.assertEqual(json[goal, dimension, cell], float(value))
            self.assertEqual(excel[goal, CROSSED[dimension], cell], value.replace(".", ","))
            self.assertEqual(sheets[goal, CROSSED[dimension], cell], float(value))
        for name, words in (("report-vi.html", CROSSED), ("report-en.html", CROSSED_EN)):
            for title in words.values():
                self.assertIn(title, self.text(name, "internal"))

    def test_a_public_export_has_no_crossed_figures_and_says_so(self):
        for kind in ("public", "rounded"):
            self.assertEqual([r for r in self.rows("observations.csv", kind) if r["dimension"] in CROSSED], [])
            facts = [f for h in self.json("quality.json", kind)["heads"] for f in h["facts"] if f["name"] == "crossed"]
            self.assertIn("in internal editions only", facts[0]["value"])
            for row in self.rows("sdmx-2.0.csv", kind):
                self.assertIn("_T", (row["SIZE_CLASS"], row["ACTIVITY"] if row["ZONE"] == "_T" else row["ZONE"]))

    # ------------------------------------------------------------------ the report

    def check_page(self, name, kind, language):
        text = self.text(name, kind)
        page = Page()
        page.feed(text)
        page.close()
        self.assertEqual(page.open, [])
        self.assertEqual(page.language, language)
        self.assertFalse(page.tags & {"script", "link", "img", "iframe", "object", "base"})
        self.assertLessEqual(page.references, {"report-en.html", "report-vi.html", *("#" + i for i in page.ids)})
        self.assertNotRegex(text, r"url\(|@import|https?:")
        self.assertNotRegex(text, r"(?i)\bnan\b|\binf\b")
        return page

    def test_the_report_stands_alone_in_both_languages(self):
        for kind in ("public", "internal"):
            vi, en = self.check_page("report-vi.html", kind, "vi"), self.check_page("report-en.html", kind, "en")
            self.assertEqual(vi.ids, en.ids)
            self.assertEqual(vi.tags, en.tags)
            self.assertEqual("NỘI BỘ" in vi.text, kind == "internal")
            self.assertEqual("INTERNAL" in en.text, kind == "internal")
            self.assertIn("Kính gửi: Ban Thường vụ Tỉnh ủy", vi.text)
            self.assertNotIn("Ban Thường vụ", en.text.replace("Ban Thường vụ Tỉnh ủy.", ""))
        headlines = {g["code"] for g in self.json("goals.json")["goals"] if g["headline"]}
        self.assertEqual(vi.ids, headlines)

    def test_the_report_tells_no_figure_that_is_withheld(self):
        goals = self.json("goals.json")
        page = self.check_page("report-en.html", "public", "en")
        whole = {o["goal"]: o for o in goals["observations"] if o["dimension"] == "whole"}
        for goal in goals["goals"]:
            if goal["headline"]:
                told = re.search(r"(?s)%s\. %s(.*?)(?:G\d|$)" % (goal["group"], re.escape(goal["en"])), page.text).group(1)
                self.assertEqual("withheld" in told[:120], whole[goal["code"]]["met"] is None, goal["code"])

    def test_the_quality_report_has_its_19_heads_and_no_made_up_words(self):
        for kind in ("public", "internal"):
            heads = self.json("quality.json", kind)["heads"]
            self.assertEqual([h["number"] for h in heads], list(range(1, 20)))
            self.assertEqual({h["words"]["vi"] for h in heads}, {""})
            told = {h["number"] for h in heads if h["facts"] and all(f["value"].strip(" /") for f in h["facts"])}
            self.assertEqual(told, set(range(1, 20)))
            facts = {f["name"]: f["value"] for h in heads for f in h["facts"]}
            whole = {(r["goal"], r["measure"]): r["value"] for r in self.rows("observations.csv", kind)
                     if r["dimension"] == "whole" and r["value"]}
            self.assertEqual(facts["G1.n"], whole["G1", "n"])
            self.assertEqual(facts["G2_STRICT.response_rate"], whole["G2_STRICT", "response_rate"] + " %")
            self.assertEqual((facts["days_from_reference"], facts["days_from_close"]), ("90", "30"))
            self.assertEqual("G2_STRICT.response_rate_employees" in facts, kind == "internal")
            for fact in facts:
                goal, _, measure = fact.partition(".")
                self.assertTrue(not measure or measure == "cv" or (goal, measure) in whole, fact)
            text = self.text("quality.md", kind)
            self.assertEqual(re.findall(r"^## (\d+)\.", text, re.M), [str(i) for i in range(1, 20)])
            for value in facts.values():
                self.assertIn(value, text)

    def test_the_office_s_words_stand_under_their_heads(self):
        path = self.path("office.ini", "bare")
        with open(path, "w", encoding="utf-8") as f:
            f.write('\ufeffcontact.vi = Phòng <A> & "B"\r\n  điện thoại 0239\r\ncontact.en = Office\nrelevance.en = For the Committee\n')
        os.mkdir(self.path("words", "bare"))
        self.make("public", os.path.join("bare", "words"), path)
        heads = self.json(os.path.join("words", "quality.json"), "bare")["heads"]
        self.assertEqual(heads[0]["words"], {"vi": 'Phòng <A> & "B"\nđiện thoại 0239', "en": "Office"})
        self.assertEqual(heads[11]["words"], {"vi": "", "en": "For the Committee"})
        self.assertIn("Phòng &lt;A&gt; &amp; &quot;B&quot;", self.text(os.path.join("words", "report-vi.html"), "bare"))
        os.unlink(path)
        shutil.rmtree(self.path("words", "bare"))


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""Whether the files of exports keep to their formats: SDMX-JSON, SDMX-CSV, CSV on the Web, DDI-Codebook,
each by rules of our own (sdmx_schema.py, sdmx_rules.py, csvw_rules.py, ddi_rules.py), which must also
notice what is broken on purpose; and by the official schemas where they are at hand."""

import json
import os
import unittest

from csvw_rules import csvw_faults
from ddi_rules import ddi_faults
from export_folders import ExportFolders
from format_rules import TABLES, folder_faults, official_ddi_faults, official_sdmx_faults, texts
from sdmx_rules import csv_faults, data_faults, structure_faults

SHORT = 9
LINES = 9999
PERIODS = {"public": "2025", "one": "2025-S1", "few": "2025-Q3", "empty": "2024-02"}


def remove(name):
    return lambda part: part.pop(name)


def put(name, value):
    return lambda part: part.__setitem__(name, value)


def rename(name, other):
    return lambda part: part.__setitem__(other, part.pop(name))


def append_copy(part):
    part.append(part[0])


# Where in a message, and what is done there.
BROKEN_DATA = [
    ("meta", put("prepared", "2026-03-31")), ("meta", put("contentLanguages", ["en", "vi"])), ("meta", remove("sender")),
    ("meta/sender", put("name", "x")), ("data", rename("structures", "structure")), ("data/structures", append_copy),
    ("data/structures/0", put("dataSets", [1])), ("data/structures/0", rename("links", "link")),
    ("data/structures/0/links/0", put("urn", "urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow=HATINH:DF_OTHER(1.0.0)")),
    ("data/structures/0/links/0", put("rel", "structure")), ("data/structures/0/dimensions/observation", remove(4)),
    ("data/structures/0/dimensions/observation", lambda d: d.reverse()),
    ("data/structures/0/dimensions/observation/1", put("keyPosition", 2)),
    ("data/structures/0/dimensions/observation/1", rename("keyPosition", "keyposition")),
    ("data/structures/0/dimensions/observation/1/values", remove(0)),
    ("data/structures/0/dimensions/observation/1/values/1", put("parent", "VN43")),
    ("data/structures/0/dimensions/observation/2/values/0/names", remove("en")),
    ("data/structures/0/dimensions/observation/7/values/0", put("id", "2025-12-31")),
    ("data/structures/0/dimensions/observation/7/values/0", put("end", "2025-12-31T00:00:00Z")),
    ("data/structures/0/dimensions/observation/7", put("roles", ["FREQ"])),
    ("data/structures/0/measures/observation/0", put("id", "OBS")),
    ("data/structures/0/measures/observation/0/format", put("dataType", "Float")),
    ("data/structures/0/attributes", remove("dimensionGroup")),
    ("data/structures/0/attributes/observation/0", remove("isMandatory")),
    ("data/structures/0/attributes/observation/0", put("relationship", {"dataflow": {}})),
    ("data/structures/0/attributes/observation/0", put("relationship", {"primaryMeasure": "OBS_VALUE"})),
    ("data/structures/0/attributes/observation/0/values", lambda v: v.reverse()),
    ("data/structures/0/attributes/observation", remove(3)), ("data/dataSets/0", put("structure", 1)),
    ("data/dataSets/0", put("action", "Merge")), ("data/dataSets/0", remove("links")),
    ("data/dataSets/0", put("attributes", [])), ("data/dataSets/0", put("attributes", [7])),
    ("data/dataSets/0/observations", put("0:0:0:0:0:0:0:1", [None] * 14)),
    ("data/dataSets/0/observations", put("0:0:999:0:0:0:0:0", [1.5, 0, 2, 0, 1] + [None] * 9)),
    ("data/dataSets/0/observations", put("1:0:0:0:0:0:0:0", [1.5, 0, 2, 0, 1] + [None] * 9)),
    ("data/dataSets/0/observations", put("0:0:0:0:0:0:0", [1.5, 0, 2, 0, 1] + [None] * 9)),
    ("data/dataSets/0/observations", put("0:0:0:0:0:0:0:-1", [1.5, 0, 2, 0, 1] + [None] * 9)),
    *(("data/dataSets/0/observations", put("0:0:0:0:0:0:0:0", row)) for row in (
        [1.5, 8, 2, 0, 1] + [None] * 9, [1.5, -1, 2, 0, 1] + [None] * 9, [1.5, None, 2, 0, 1] + [None] * 9,
        ["1.5", 0, 2, 0, 1] + [None] * 9, [1.5, 0, 2, 0, 1.5] + [None] * 9, [1.5, 0, 2, 0, 1] + [None] * 8,
        [None, 0, 2, 0, 1] + [None] * 9, [1.5, 6, 2, 0, 1] + [None] * 9, [1.5, True, 2, 0, 1] + [None] * 9)),
]
COMPONENTS = "data/dataStructures/0/dataStructureComponents/"
CONCEPT = "urn:sdmx:org.sdmx.infomodel.conceptscheme.Concept=HATINH:CS_GOALS(1.0.0)."
BROKEN_STRUCTURE = [
    ("meta", put("id", "a b")), ("data", rename("codelists", "codeLists")), ("data/dataflows/0", put("version", "1.0")),
    ("data/dataflows/0", put("structure", "urn:sdmx:org.sdmx.infomodel.datastructure.DataStructure=HATINH:DSD(1.0.0)")),
    ("data/dataflows/0", put("agencyID", "OTHER")), ("data/dataflows/0", put("id", "1_GOALS")),
    ("data/conceptSchemes/0/concepts", remove(2)), ("data/conceptSchemes/0/concepts", append_copy),
    ("data/conceptSchemes/0/concepts/0", put("id", "FREQUENCY")), ("data/codelists", remove(0)),
    ("data/codelists/0/codes", append_copy), ("data/codelists/1/codes", remove(0)), ("data/codelists/1", put("codes", [])),
    ("data/codelists/1/codes/0", put("parent", "VN42")), ("data/codelists/1/codes/0", put("id", "VN 42")),
    ("data/codelists/1/codes/0", put("name", "x")), ("data/codelists", append_copy),
    (COMPONENTS + "dimensionList", put("id", "DimensionList")), (COMPONENTS + "dimensionList/dimensions", append_copy),
    (COMPONENTS + "dimensionList/dimensions/0", put("conceptIdentity", CONCEPT + "NONE")),
    (COMPONENTS + "dimensionList/dimensions/0", put("conceptIdentity", CONCEPT + "ZONE")),
    (COMPONENTS + "dimensionList/timeDimension", put("id", "TIME")),
    (COMPONENTS + "dimensionList/dimensions/0/localRepresentation",
     put("enumeration", "urn:sdmx:org.sdmx.infomodel.codelist.Codelist=HATINH:CL_NONE(1.0.0)")),
    (COMPONENTS + "attributeList/attributes/0", put("usage", "conditional")),
    (COMPONENTS + "attributeList/attributes/0", rename("attributeRelationship", "relationship")),
    (COMPONENTS + "measureList/measures/0", remove("conceptIdentity")),
    (COMPONENTS + "measureList/measures/0", remove("isMandatory")),
    (COMPONENTS + "measureList/measures/0", put("isMandatory", True)),
]
BROKEN_LINE = [  # of SDMX-CSV 2.0
    ("dataflow,", "Dataflow,"), (",R,", ",Replace,"), ("(1.0.0)", "(1.0)"), ("2025,", "2025-12-31,"), ("2025,", "2025-Q4,"), (",A,", ",Y,"),
    (",PT,", ",PC,"), (",0,1,", ",0,one,"), ("\r\n", ",\r\n"), ("\r\n", "\n"), (",_T,", ",,"),
]
BROKEN_METADATA = [
    ("", rename("dc:title", "title")), ("", put("@context", "http://www.w3.org/ns/csvw")),
    ("dialect", put("lineTerminators", ["\r\n"])), ("tables/0", put("url", "none.csv")),
    ("tables/0", rename("tableSchema", "schema")), ("tables/0/tableSchema/columns", remove(3)),
    ("tables/0/tableSchema/columns", append_copy), ("tables/0/tableSchema/columns/0", put("datatype", "integer")),
    ("tables/0/tableSchema/columns/9", put("datatype", "integer")), ("tables/0/tableSchema/columns/9", put("required", True)),
    ("tables/0/tableSchema/columns/12", put("datatype", "date")), ("tables/0/tableSchema/columns/1", put("name", "a-b")),
    ("tables/0/tableSchema/columns/1/titles", put("vi", ["Kỳ điều tra"])), ("tables/0/tableSchema/primaryKey", remove(3)),
    ("tables/1/tableSchema", put("primaryKey", ["list", "id"])),
]
BROKEN_BOOK = [
    ('version="2.5"', 'version="2.6"'), ("ddi:codebook:2_5", "ddi:codebook:2_6"), ('<var ID="B01"', '<var ID="B02"'),
    ('<var ID="B01"', '<var ID="1B01"'), ('<var ID="B01" ', "<var "), (' var="', ' var="NONE '), (' var="', ' vars="'),
    ('type="section"', 'type="part"'), ('intrvl="discrete"', 'intrvl="nominal"'), ("<catValu>", "<labl>x</labl><catValu>"),
    ("<varGrp ", '<var ID="x" name="x" intrvl="discrete"/><varGrp '), ('missing="Y"', 'missing="true"'),
    ('<labl xml:lang="en">', '<labl xml:lang="vi">'), ("<qstnLit ", "x<qstnLit "), ("<titl ", "<title/><titl "),
    ("<citation>", "<citation><verStmt/>"), ("<valrng>", "<valrng/><valrng>"), ('clusion="I"', 'clusion="Y"'),
]


class ExportSchemas(ExportFolders):
    KINDS = {"public": "public", "internal": "internal", "rounded": "rounded", "sample": "sample", "bare": "public",
             "empty": "empty", "one": "one", "few": "few"}

    # ------------------------------------------------------------------ as they are

    def test_files_of_every_kind_of_export_keep_to_the_rules_of_their_formats(self):
        for kind in self.KINDS:
            self.assertEqual(folder_faults(self.path("", kind), LINES)[:5], [], kind)

    def test_sdmx_json_says_what_sdmx_csv_says(self):
        for kind in self.KINDS:
            data = self.json("sdmx-data.json", kind)["data"]
            self.compare(data, self.rows("sdmx-2.0.csv", kind))
            period = data["structures"][0]["dimensions"]["observation"][-1]["values"][0]["id"]
            self.assertEqual(period, PERIODS.get(kind, "2025"))

    def compare(self, data, rows):
        """Each line of the CSV is an observation, with the same values."""
        structure, told = data["structures"][0], data["dataSets"][0]["observations"]
        dimensions = structure["dimensions"]["observation"]
        parts = [*structure["measures"]["observation"], *structure["attributes"]["observation"]]
        self.assertEqual(len(told), len(rows))
        for (key, values), row in zip(told.items(), rows):
            for d, place in zip(dimensions, key.split(":")):
                self.assertEqual(d["values"][int(place)]["id"], row[d["id"]])
            for part, value in zip(parts, values):
                value = part["values"][value]["id"] if "values" in part and value is not None else value
                if isinstance(value, (int, float)):
                    self.assertEqual(float(row[part["id"]]), value)
                else:
                    self.assertEqual(row[part["id"]], value or "", part["id"])

    # ------------------------------------------------------------------ broken on purpose

    def broken(self, text, mutants):
        for where, change in mutants:
            message = json.loads(text)
            part = message
            for step in where.split("/") if where else []:
                part = part[int(step) if isinstance(part, list) else step]
            change(part)
            yield where, message

    def short_messages(self):
        """Whole, but of few codes and observations, since they are broken again and again."""
        data, structure = self.json("sdmx-data.json"), self.json("sdmx-structure.json")
        told, (data_set,) = data["data"]["structures"][0], data["data"]["dataSets"]
        for part in (*told["dimensions"]["observation"], *structure["data"]["codelists"]):
            codes = part["codes" if "codes" in part else "values"]
            del codes[SHORT:]
        data_set["observations"] = {k: v for k, v in data_set["observations"].items()
                                    if all(int(place) < SHORT for place in k.split(":"))}
        return data, structure

    def test_what_is_broken_in_sdmx_json_is_noticed(self):
        data, structure = self.short_messages()
        self.assertEqual(structure_faults(structure), [])
        for row in ([1.5, 0, 2, 0, 1] + [None] * 9, [None, 6, 1, 0, 1] + [None] * 9):
            (_, whole), = self.broken(json.dumps(data), [("data/dataSets/0/observations", put("0:0:0:0:0:0:0:0", row))])
            self.assertEqual(data_faults(whole, structure), [])
        for i, (where, message) in enumerate(self.broken(json.dumps(data), BROKEN_DATA)):
            self.assertNotEqual(data_faults(message, structure), [], (i, where))
        for i, (where, message) in enumerate(self.broken(json.dumps(structure), BROKEN_STRUCTURE)):
            self.assertNotEqual(structure_faults(message), [], (i, where))

    def test_what_is_broken_in_sdmx_csv_is_noticed(self):
        structure = self.json("sdmx-structure.json")
        lines = self.text("sdmx-2.0.csv").splitlines(keepends=True)[:9]
        self.assertEqual(csv_faults("".join(lines), structure), [])
        for old, new in BROKEN_LINE:
            self.assertIn(old, lines[2])
            text = "".join([*lines[:2], lines[2].replace(old, new, 1), *lines[3:]])
            self.assertNotEqual(csv_faults(text, structure), [], (old, new))
        for text in ("".join([*lines, lines[3]]), "\ufeff" + "".join(lines), "".join(lines).replace("ACTION", "Action", 1)):
            self.assertNotEqual(csv_faults(text, structure), [])

    def test_what_is_broken_in_tables_and_their_metadata_is_noticed(self):
        tables = texts(self.path(""), TABLES, 99)
        text = self.text("csv-metadata.json")
        self.assertEqual(csvw_faults(json.loads(text), tables), [])
        for i, (where, metadata) in enumerate(self.broken(text, BROKEN_METADATA)):
            self.assertNotEqual(csvw_faults(metadata, tables), [], (i, where))
        for old, new in (("\n", ",\n"), ("\n", "\r\n"), ("PUBLIC", ""), ("2025,2,", "2025,two,"), (".123Z", "Z+7"),
                         ("goal,", "Goal,")):
            self.assertIn(old, tables["observations.csv"])
            wrong = {**tables, "observations.csv": tables["observations.csv"].replace(old, new, 1)}
            self.assertNotEqual(csvw_faults(json.loads(text), wrong), [], (old, new))

    def test_what_is_broken_in_the_code_book_is_noticed(self):
        book = self.text("codebook.xml")
        for old, new in BROKEN_BOOK:
            self.assertIn(old, book)
            self.assertNotEqual(ddi_faults(book.replace(old, new, 1).encode()), [], (old, new))

    # ------------------------------------------------------------------ official schemas

    def test_official_schemas_of_sdmx_json_find_no_fault_where_they_are_at_hand(self):
        if "KHAOSAT_SDMX_SCHEMAS" not in os.environ:
            self.skipTest("KHAOSAT_SDMX_SCHEMAS names no folder with the official schemas")
        for kind in self.KINDS:
            self.assertEqual(official_sdmx_faults(self.path("", kind))[:5], [], kind)

    def test_the_official_schema_of_ddi_finds_no_fault_where_it_is_at_hand(self):
        if "KHAOSAT_DDI_SCHEMA" not in os.environ:
            self.skipTest("KHAOSAT_DDI_SCHEMA names no codebook.xsd")
        for kind in self.KINDS:
            self.assertEqual(official_ddi_faults(self.path("", kind))[:5], [], kind)


if __name__ == "__main__":
    unittest.main()

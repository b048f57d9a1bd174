# SPDX-License-Identifier: Apache-2.0
"""CSV on the Web (W3C, Metadata Vocabulary for Tabular Data), the part of it that csv-metadata.json
uses, and whether the tables beside it are as it says. A list of faults; empty: none."""

import csv
import io
import re

import jsonschema

from sdmx_schema import TEXT, array, matching, thing

LANGUAGES = ("vi", "en")
WORDS = thing(**{"@language": {"enum": list(LANGUAGES)}, "@value": TEXT})
DESCRIPTION = array(WORDS, minItems=2, maxItems=2)
COLUMN = thing(("dc:description",), name=matching(r"^[A-Za-z0-9][A-Za-z0-9_]*$"),
               titles=thing(**{l: array(TEXT, minItems=1) for l in LANGUAGES}),
               datatype={"enum": ["string", "integer", "dateTime"]}, required={"type": "boolean"},
               **{"dc:description": DESCRIPTION})
TABLE = thing(url=matching(r"^[a-z]+\.csv$"),
              tableSchema=thing(columns=array(COLUMN, minItems=1), primaryKey=array(TEXT, minItems=1, uniqueItems=True)))
METADATA = jsonschema.Draft7Validator(thing(
    ("dc:description",), tables=array(TABLE, minItems=1),
    **{"@context": {"const": ["http://www.w3.org/ns/csvw", {"@language": "vi"}]}, "dc:title": TEXT,
       "dc:description": DESCRIPTION,
       "dialect": {"const": {"encoding": "utf-8", "lineTerminators": ["\n"]}}}))
DATATYPES = {"string": r"(?s).*", "integer": r"[-+]?\d+",
             "dateTime": r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[-+]\d\d:\d\d)?"}


def column_faults(column, values):
    form = re.compile(DATATYPES[column["datatype"]])
    wrong = [v for v in values if not form.fullmatch(v) and v != ""]  # "" stands for no value
    faults = ["is no %s: %s" % (column["datatype"], v) for v in wrong]
    return faults + (["is required"] if column["required"] and "" in values else [])


def table_faults(table, text):
    columns, keys = table["tableSchema"]["columns"], table["tableSchema"]["primaryKey"]
    names = [c["name"] for c in columns]
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    if text[:1] == "\ufeff" or "\r" in text or not text.endswith("\n"):
        return ["another line end than the dialect has, or a byte-order mark"]
    if len(set(names)) < len(names) or not set(keys) <= set(names):
        return ["a column stands twice, or the primary key is of none"]
    if len(rows[0]) != len(columns) or any(h not in c["titles"][l] for h, c in zip(rows[0], columns) for l in LANGUAGES):
        return ["the header has other titles"]
    if {len(row) for row in rows} != {len(columns)}:
        return ["a row is too long or too short"]
    told = dict(zip(names, zip(*rows[1:])))
    faults = ["%s %s" % (c["name"], f) for c in columns for f in column_faults(c, set(told.get(c["name"], ())))]
    seen = set(zip(*(told.get(k, ()) for k in keys)))
    return faults + ([] if len(seen) == len(rows) - 1 else ["two rows have one primary key"])


def csvw_faults(metadata, tables):
    """`tables`: what stands beside it, name to text."""
    faults = [e.message[:160] for e in METADATA.iter_errors(metadata)]
    for table in metadata["tables"] if not faults else []:
        if table["url"] in tables:
            faults += ["%s: %s" % (table["url"], f) for f in table_faults(table, tables[table["url"]])]
        else:
            faults.append(table["url"] + " is not there")
    return faults

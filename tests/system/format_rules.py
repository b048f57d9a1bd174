# SPDX-License-Identifier: Apache-2.0
"""Whether the files in the folder of an export keep to the rules of their formats: those that are there;
and to the official schemas, which no package carries, where KHAOSAT_SDMX_SCHEMAS names a folder with the
two of SDMX-JSON 2.0.0 and KHAOSAT_DDI_SCHEMA the codebook.xsd of DDI-Codebook 2.5 (for xmllint)."""

import json
import os
import subprocess

import jsonschema

from csvw_rules import csvw_faults
from ddi_rules import ddi_faults
from sdmx_rules import csv_faults, data_faults, first_version, structure_faults

LIMIT_S = 120
TABLES = ("observations.csv", "codes.csv")


def texts(folder, names, lines=None):
    told = {}
    for name in names:
        with open(os.path.join(folder, name), encoding="utf-8", newline="") as f:
            told[name] = f.read() if lines is None else "".join(line for _, line in zip(range(lines), f))
    return told


def folder_faults(folder, lines=None):
    """A list of faults; empty: none. `lines`: of the long tables so many are looked at."""
    names = set(os.listdir(folder))
    told = texts(folder, (n for n in names if n.endswith((".json", ".xml")) or n.startswith("sdmx")))
    faults = []
    if "sdmx-structure.json" in names:
        structure = json.loads(told["sdmx-structure.json"])
        faults += structure_faults(structure) or data_faults(json.loads(told["sdmx-data.json"]), structure)
        if "sdmx-2.0.csv" in names and not faults:
            faults += csv_faults(told["sdmx-2.0.csv"], structure)
    if "sdmx-2.0.csv" in names and told["sdmx-1.0.csv"] != first_version(told["sdmx-2.0.csv"]):
        faults.append("SDMX-CSV 1.0 and 2.0 differ")
    if "csv-metadata.json" in names:
        faults += csvw_faults(json.loads(told["csv-metadata.json"]), texts(folder, names & set(TABLES), lines))
    if "codebook.xml" in names:
        faults += ddi_faults(told["codebook.xml"].encode())
    return faults


def official_sdmx_faults(folder):
    schemas = os.environ.get("KHAOSAT_SDMX_SCHEMAS")
    faults = []
    for name in ("data", "structure") if schemas else ():
        with open(os.path.join(schemas, "sdmx-json-%s-schema.json" % name), encoding="utf-8") as f:
            validator = jsonschema.Draft7Validator(json.load(f), format_checker=jsonschema.FormatChecker())
        message = json.loads(texts(folder, ["sdmx-%s.json" % name])["sdmx-%s.json" % name])
        faults += [e.message[:200] for e in validator.iter_errors(message)]
    return faults


def official_ddi_faults(folder):
    schema = os.environ.get("KHAOSAT_DDI_SCHEMA")
    if not schema:
        return []
    result = subprocess.run(["xmllint", "--noout", "--nonet", "--schema", schema, os.path.join(folder, "codebook.xml")],
                            capture_output=True, text=True, timeout=LIMIT_S)
    return result.stderr.splitlines() if result.returncode != 0 else []

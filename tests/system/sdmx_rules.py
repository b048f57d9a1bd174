# SPDX-License-Identifier: Apache-2.0
"""What holds of SDMX files beyond their form: each index is within its list, each reference finds its
target, and data, structure and CSV say the same. A list of faults; empty: none."""

import calendar
import csv
import re

import jsonschema

import sdmx_schema

URN = "urn:sdmx:org.sdmx.infomodel.%s=%s:%s(1.0.0)"
CLASSES = {"dataflows": "datastructure.Dataflow", "dataStructures": "datastructure.DataStructure",
           "conceptSchemes": "conceptscheme.ConceptScheme", "codelists": "codelist.Codelist"}
TEXTS = {"Integer": r"\d+", "Decimal": r"\d+\.\d+", "String": r"(?s).+", "ObservationalTimePeriod": sdmx_schema.PERIODS}
TYPES = {"Integer": (int,), "Decimal": (int, float), "String": (str,)}
WITHOUT_VALUE = set("LMQ")
DATA, STRUCTURE = (jsonschema.Draft7Validator(s) for s in (sdmx_schema.DATA, sdmx_schema.STRUCTURE))


def form_faults(validator, message):
    return ["%s: %s" % ("/".join(map(str, e.absolute_path)), e.message[:160]) for e in validator.iter_errors(message)]


def name_faults(part, where=""):
    """The name of each thing is that in the first of the message's languages."""
    if isinstance(part, list):
        return [f for i, p in enumerate(part) for f in name_faults(p, "%s/%d" % (where, i))]
    if not isinstance(part, dict):
        return []
    faults = [] if part.get("name") == part.get("names", {}).get("vi") else ["%s: name and names differ" % where]
    return faults + [f for k, p in part.items() if k != "observations" for f in name_faults(p, where + "/" + k)]


def code_faults(codes, where):
    ids = [c["id"] for c in codes]
    parents = {c["id"]: c.get("parent") for c in codes}
    faults = ["%s: a code stands twice" % where] if len(set(ids)) < len(ids) else []
    for code in ids:
        above, steps = parents[code], 0
        while above is not None and steps <= len(ids):
            if above not in parents:
                faults.append("%s: %s has a parent that is not there" % (where, above))
                break
            above, steps = parents[above], steps + 1
        if steps > len(ids):
            faults.append("%s: %s is its own ancestor" % (where, code))
    return faults


# ------------------------------------------------------------------- the structure message

class Structure:
    """Its parts by what others call them. Only of a message whose form is right."""

    def __init__(self, message):
        data = message["data"]
        self.agency = message["meta"]["sender"]["id"]
        self.urns = {URN % (CLASSES[kind], t["agencyID"], t["id"]): t for kind in CLASSES for t in data[kind]}
        self.concepts = {URN % ("conceptscheme.Concept", s["agencyID"], s["id"]) + "." + c["id"]: c
                         for s in data["conceptSchemes"] for c in s["concepts"]}
        self.dataflow, self.lists = data["dataflows"][0], data["codelists"]
        parts = data["dataStructures"][0]["dataStructureComponents"]
        self.dimensions = [*parts["dimensionList"]["dimensions"], parts["dimensionList"]["timeDimension"]]
        self.measures, self.attributes = parts["measureList"]["measures"], parts["attributeList"]["attributes"]
        self.components = [*self.dimensions, *self.measures, *self.attributes]

    def codes(self, component):
        """Of a coded one; None: it has none."""
        representation = component["localRepresentation"]
        return self.urns[representation["enumeration"]]["codes"] if "enumeration" in representation else None


def reference_faults(s):
    faults = []
    if s.dataflow["structure"] not in s.urns:
        faults.append("the dataflow's structure is not there")
    used = set()
    for c in s.components:
        if s.concepts.get(c["conceptIdentity"], {}).get("id") != c["id"]:
            faults.append("%s: no such concept" % c["id"])
        wanted = c["localRepresentation"].get("enumeration")
        if wanted is not None and wanted not in s.urns:
            faults.append("%s: no such list" % c["id"])
        used |= {wanted}
    lists = {URN % (CLASSES["codelists"], t["agencyID"], t["id"]) for t in s.lists}
    faults += ["%s: nothing uses it" % u for u in lists - used]
    return faults


def structure_faults(message):
    faults = form_faults(STRUCTURE, message)
    if faults:
        return faults
    s = Structure(message)
    faults = name_faults(message) + reference_faults(s)
    if len(s.urns) != sum(len(message["data"][kind]) for kind in CLASSES):
        faults.append("two artefacts have one name")
    for kind in CLASSES:
        faults += ["%s: another agency" % t["id"] for t in message["data"][kind] if t["agencyID"] != s.agency]
    ids = [c["id"] for c in s.components]
    if len(set(ids)) < len(ids) or len(message["data"]["conceptSchemes"][0]["concepts"]) != len(ids):
        faults.append("components and concepts are not one to one")
    for t in s.lists:
        faults += code_faults(t["codes"], t["id"])
    return faults


# ------------------------------------------------------------------- the data message

def frequency_of(period):
    part = period[5:6]
    return part if part in ("S", "Q") else "M" if part else "A"


def period_faults(dimensions):
    """The period's first and last day, reckoned here once more, and where its frequency stands."""
    period = dimensions[-1]["values"][0]
    year, _, part = period["id"].partition("-")
    frequency = frequency_of(period["id"])
    months = {"A": 12, "S": 6, "Q": 3, "M": 1}[frequency]
    last = 12 if not part else months * int(part.lstrip("SQ"))
    ends = ("%s-%02d-01T00:00:00Z" % (year, last - months + 1),
            "%s-%02d-%02dT23:59:59Z" % (year, last, calendar.monthrange(int(year), last)[1]))
    faults = [] if ends == (period["start"], period["end"]) else ["%s does not last that long" % period["id"]]
    return faults, [v["id"] for v in dimensions[0]["values"]].index(frequency)


def component_faults(told, declared, codes):
    """Of one component, in the data message as in the structure message."""
    faults = []
    if told.get("roles", [told["id"]]) != [told["id"]]:
        faults.append("another's role")
    if told.get("isMandatory", False) != (declared.get("usage") == "mandatory"):
        faults.append("mandatory here and optional there")
    if "relationship" in told and told["relationship"] != declared["attributeRelationship"]:
        faults.append("another relationship")
    if codes is not None and told.get("values") != codes:
        faults.append("other codes")
    if codes is None and told["id"] != "TIME_PERIOD" and told.get("format") != declared["localRepresentation"]["format"]:
        faults.append("another format")
    return ["%s: %s" % (told["id"], f) for f in faults]


def value_fault(value, component):
    if value is None:
        return "no value, though mandatory" if component.get("isMandatory") else None
    if "values" in component:
        return None if type(value) is int and 0 <= value < len(component["values"]) else "no place in its list"
    return None if type(value) in TYPES[component["format"]["dataType"]] else "a value of another type"


def observation_faults(key, values, dimensions, components, frequency):
    places = key.split(":")
    if not re.fullmatch(r"\d+(:\d+)*", key) or len(places) != len(dimensions):
        return ["%s: not a key" % key]
    faults = ["%s: no %s there" % (key, d["id"]) for p, d in zip(places, dimensions) if int(p) >= len(d["values"])]
    if places[0] != str(frequency):
        faults.append("%s: the period is of another frequency" % key)
    if len(values) != len(components):
        return faults + ["%s: %d values" % (key, len(values))]
    told = ((c["id"], value_fault(v, c)) for v, c in zip(values, components))
    faults += ["%s: %s: %s" % (key, name, fault) for name, fault in told if fault]
    status = components[1]["values"][values[1]]["id"] if not faults else None
    if not faults and (values[0] is None) != (status in WITHOUT_VALUE):
        faults.append("%s: status %s with value %s" % (key, status, values[0]))
    return faults


def data_faults(message, structure):
    faults = form_faults(DATA, message)
    if faults:
        return faults
    s = Structure(structure)
    told, data = message["data"]["structures"][0], message["data"]["dataSets"][0]
    faults = name_faults(message)
    for part in (told, data):
        faults += ["no such dataflow: " + part["links"][0]["urn"]] if s.urns.get(part["links"][0]["urn"]) != s.dataflow else []
    if message["meta"]["sender"] != structure["meta"]["sender"] or told["names"] != s.dataflow["names"]:
        faults.append("another sender or title than in the structure message")
    dimensions, own = told["dimensions"]["observation"], told["attributes"]
    of_all, measures = own["dataSet"], told["measures"]["observation"]
    pairs = list(zip([*dimensions, *measures, *own["observation"], *of_all], s.components))
    if [t["id"] for t in (*dimensions, *measures, *own["observation"], *of_all)] != [c["id"] for c in s.components]:
        return faults + ["other components than in the structure message"]
    if [d["keyPosition"] for d in dimensions] != list(range(len(s.dimensions))):
        faults.append("key positions are not those of the structure")
    for t, c in pairs:
        faults += component_faults(t, c, s.codes(c))
    if any(a["relationship"] != {"dataflow": {}} for a in of_all) or len(data["attributes"]) != len(of_all):
        faults.append("attributes of the data set")
    period, frequency = period_faults(dimensions)
    for key, values in data["observations"].items():
        faults += observation_faults(key, values, dimensions, [*measures, *own["observation"]], frequency)
    return faults + period


# ------------------------------------------------------------------- CSV

def column_faults(values, component, codes):
    faults = ["is empty"] if "" in values and component.get("usage", "mandatory") == "mandatory" else []
    if codes is not None:
        known = {c["id"] for c in codes}.__contains__
    else:
        known = re.compile(TEXTS[component["localRepresentation"]["format"]["dataType"]]).fullmatch
    return faults + ["is %s" % v for v in values if v != "" and not known(v)]


def csv_faults(text, structure):
    """Of version 2.0. The one of 1.0 says the same: first_version()."""
    s = Structure(structure)
    lead = ["dataflow", "%s:%s(1.0.0)" % (s.agency, s.dataflow["id"]), "R"]
    rows = list(csv.reader(text.splitlines(keepends=True), strict=True))
    if text[:1] == "\ufeff" or re.search(r"(?<!\r)\n|\r(?!\n)", text) or not text.endswith("\r\n"):
        return ["a byte-order mark, or another line end than CRLF"]
    if rows[0] != ["STRUCTURE", "STRUCTURE_ID", "ACTION", *(c["id"] for c in s.components)]:
        return ["the header is not that of the structure"]
    if any(len(row) != len(rows[0]) or row[:len(lead)] != lead for row in rows[1:]):
        return ["a line is too long, too short, or of another dataflow"]
    columns = list(zip(*(row[len(lead):] for row in rows[1:]))) or [()] * len(s.components)
    faults = ["%s %s" % (c["id"], f) for c, values in zip(s.components, columns)
              for f in column_faults(set(values), c, s.codes(c))]
    keys = set(zip(*columns[:len(s.dimensions)]))
    if any(key[0] != frequency_of(key[-1]) for key in keys):
        faults.append("a period is of another frequency")
    return faults + ([] if len(keys) == len(rows) - 1 else ["two lines have one key"])


def first_version(text):
    """SDMX-CSV 2.0 as 1.0 has it: one column for three, and a version of two numbers."""
    text = text.replace("STRUCTURE,STRUCTURE_ID,ACTION,", "DATAFLOW,", 1)
    return re.sub(r"(?m)^dataflow,([^,()]+)\(1\.0\.0\),R,", r"\1(1.0),", text)

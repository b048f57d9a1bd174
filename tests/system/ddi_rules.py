# SPDX-License-Identifier: Apache-2.0
"""DDI-Codebook 2.5, the elements that our code books are made of, in our own words: what each may hold,
in which order, with which attributes. A list of faults; empty: none."""

import re
import xml.etree.ElementTree as ElementTree

NAMESPACE = "{ddi:codebook:2_5}"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
ANY = 10 ** 6
# Its parts as (name, least, most), in this order; None: text alone.
PARTS = {
    "codeBook": [("stdyDscr", 1, ANY), ("dataDscr", 0, ANY)],
    "stdyDscr": [("citation", 1, ANY), ("stdyInfo", 0, ANY), ("method", 0, ANY)],
    "method": [("dataColl", 0, ANY)],
    "dataColl": [("sampProc", 0, ANY), ("weight", 0, ANY)],
    "citation": [("titlStmt", 1, 1), ("verStmt", 0, ANY)],
    "titlStmt": [("titl", 1, 1), ("parTitl", 0, ANY), ("IDNo", 0, ANY)],
    "verStmt": [("version", 0, 1)],
    "stdyInfo": [("abstract", 0, ANY)],
    "dataDscr": [("varGrp", 0, ANY), ("var", 0, ANY)],
    "varGrp": [("labl", 0, ANY)],
    "var": [("labl", 0, ANY), ("qstn", 0, ANY), ("valrng", 0, ANY), ("universe", 0, ANY), ("catgry", 0, ANY),
            ("derivation", 0, 1), ("varFormat", 0, 1)],
    "qstn": [("preQTxt", 0, ANY), ("qstnLit", 0, ANY)],
    "valrng": [("range", 1, ANY)],
    "range": [],
    "catgry": [("catValu", 0, 1), ("labl", 0, ANY)],
    "derivation": [("drvcmd", 0, 1)],
    "varFormat": [],
    **dict.fromkeys(("titl", "parTitl", "IDNo", "version", "abstract", "labl", "preQTxt", "qstnLit", "universe", "catValu",
                     "sampProc", "weight", "drvcmd")),
}
NAME = r"[A-Za-z_][A-Za-z0-9_.-]*"
SPOKEN = {LANGUAGE: "vi|en"}
# Attributes and what they look like; those marked ! must be there.
ATTRIBUTES = {
    "codeBook": {"version!": r"2\.5", LANGUAGE: "vi"},
    "titl": SPOKEN, "parTitl": SPOKEN, "abstract": SPOKEN, "labl": SPOKEN, "preQTxt": SPOKEN, "qstnLit": SPOKEN,
    "sampProc": SPOKEN, "weight": SPOKEN,
    "varGrp": {"ID!": NAME, "type!": "section|multipleResp|grid", "name!": ".+", "var!": "%s( %s)*" % (NAME, NAME)},
    "var": {"ID!": NAME, "name!": ".+", "intrvl!": "contin|discrete", "dcml": "1", "wgt": "wgt"},
    "range": {"UNITS!": "INT|REAL", "min!": r"-?\d+", "max": r"-?\d+"},
    "universe": {"clusion!": "I"},
    "catgry": {"missing": "Y", "missType": "not applicable|don't know|unknown"},
    "varFormat": {"type!": "numeric|character"},
}


def attribute_faults(name, attributes):
    rules = {k.rstrip("!"): v for k, v in ATTRIBUTES.get(name, {}).items()}
    needed = {k.rstrip("!") for k in ATTRIBUTES.get(name, {}) if k.endswith("!")}
    return (["%s has no %s" % (name, k) for k in needed - set(attributes)]
            + ["%s has %s=%r" % (name, k, v) for k, v in attributes.items() if k not in rules or not re.fullmatch(rules[k], v)])


def content_faults(element, name):
    parts = [part.tag[len(NAMESPACE):] for part in element]
    between = [element.text, *(part.tail for part in element)]
    if PARTS[name] is None:
        return ["%s has parts" % name] if parts else []
    faults = ["%s has text" % name] if any(t and t.strip() for t in between) else []
    order = [p[0] for p in PARTS[name]]
    if any(p not in order for p in parts):
        return faults + ["%s has %s" % (name, [p for p in parts if p not in order])]
    if [order.index(p) for p in parts] != sorted(order.index(p) for p in parts):
        faults.append("the parts of a %s are out of order" % name)
    return faults + ["%s has %d times %s" % (name, parts.count(p), p) for p, least, most in PARTS[name]
                     if not least <= parts.count(p) <= most]


def ddi_faults(text):
    root = ElementTree.fromstring(text)
    if root.tag != NAMESPACE + "codeBook":
        return ["no codeBook"]
    faults, ids = [], []
    for element in root.iter():
        name = element.tag[len(NAMESPACE):]
        if not element.tag.startswith(NAMESPACE) or name not in PARTS:
            return faults + ["%s is not known" % element.tag]
        faults += attribute_faults(name, element.attrib) + content_faults(element, name)
        ids += [element.get("ID")] if "ID" in element.attrib else []
    faults += ["the ID %s stands twice" % i for i in {i for i in ids if ids.count(i) > 1}]
    if [v.get("name") for v in root.iter(NAMESPACE + "var") if v.get("wgt")] != ["weight"]:
        faults.append("the weight is not marked, or another is")
    variables = {v.get("ID") for v in root.iter(NAMESPACE + "var")}
    for group in root.iter(NAMESPACE + "varGrp"):
        faults += ["%s is no variable" % v for v in group.get("var", "").split() if v not in variables]
    for labelled in (*root.iter(NAMESPACE + "var"), *root.iter(NAMESPACE + "varGrp"), *root.iter(NAMESPACE + "catgry")):
        if sorted(l.get(LANGUAGE, "") for l in labelled.findall(NAMESPACE + "labl")) != ["en", "vi"]:
            faults.append("%s %s: not one label a language" % (labelled.tag, labelled.get("ID")))
    return faults

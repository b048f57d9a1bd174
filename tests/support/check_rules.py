#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Each rule that an answer of INVALID may name is put into Vietnamese in collector/rules.c: by its own words,
or by those of its field. Prints what is not, and fails."""

import glob
import os
import re
import sys

NAMES = ("collector/handle_*.c", "collector/http_*.c", "collector/pbjson*.c", "collector/act.c", "collector/answer.c",
         "collector/decode.c", "collector/rates_head.c", "collector/request.c", "collector/row_edit.c",
         "survey/answers.c", "survey/answers_json.c")
# Of answers that have words of their own, and of TRY_LATER.
SAID_ELSEWHERE = {"a survey definition without problems", "too often"}

STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
CALL = re.compile(r"\b(?:answer_invalid|answer_chunk_wrong|http_invalid|malformed|blame)\(([^;{}]*?)\);")
REFUSE = re.compile(r"\brefuse\(([^;{}]*?)\);")  # rates_head.c has answer_invalid under this name
RULE = re.compile(r"\*?(?:rule|reason) = ([^;]*);")


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return re.sub(r'"\s*\n\s*"', "", file.read())


def arguments(text):
    """Those of a call, apart."""
    parts, depth, quoted, part = [], 0, False, ""
    for c in text:
        quoted ^= c == '"'
        depth += 0 if quoted else (c in "([") - (c in ")]")
        if c == "," and depth == 0 and not quoted:
            parts.append(part)
            part = ""
        else:
            part += c
    return parts + [part]


def rules_of(path):
    """(fields, rule) of each: where the field is a variable, what it may be stands in the same file."""
    text = text_of(path)
    calls = CALL.findall(text) + (REFUSE.findall(text) if path.endswith("rates_head.c") else [])
    for call in calls:
        *before, rule = arguments(call)
        field = STRING.findall(before[-1])[:1] if before else []
        for one in STRING.findall(rule):
            yield (field if field else STRING.findall(text), one)
    for rule in RULE.findall(text):
        for one in STRING.findall(rule):
            yield ([], one)


def main():
    root = sys.argv[1]
    known = set(STRING.findall(text_of(os.path.join(root, "collector/rules.c")))) | {""}
    paths = [path for name in NAMES for path in glob.glob(os.path.join(root, name))]
    missing = sorted({(os.path.relpath(path, root), rule) for path in paths for fields, rule in rules_of(path)
                      if rule not in known | SAID_ELSEWHERE and not (set(fields) & known - {""})})
    for where in missing:
        print("%s: \"%s\" is in English only" % where)
    return 1 if missing else 0


sys.exit(main())

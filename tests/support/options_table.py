#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The table of options in collector/README.md is that of khaosatd --help: fails where it differs, and puts it
right with --write. Usage: options_table.py KHAOSATD [--write]"""
import pathlib
import re
import subprocess
import sys

README = pathlib.Path(__file__).resolve().parents[2] / "collector/README.md"
LINE = re.compile(r"([-* ]) --(\S+) ?(\S*) +(.*?)(?: \(([^()]+)\))?$")
HEAD = "| option | default | what |\n|---|--:|---|\n"


def table(program):
    text = subprocess.run([program, "--help"], check=True, capture_output=True, text=True).stdout
    lines = [m for m in map(LINE.match, text.splitlines()) if m and m[1] != "-"]
    assert len(lines) > 10, text
    return HEAD + "".join(
        "| `%s`%s | %s | %s |\n" % (m[2], " \\*" if m[1] == "*" else "", m[5] or "", m[4]) for m in lines)


def main():
    good = table(sys.argv[1])
    readme = README.read_text(encoding="utf-8")
    found = re.search(re.escape(HEAD) + r"(?:\|.*\n)*", readme)
    if found is None:
        print("no table of options in collector/README.md")
        return 1
    if found[0] == good:
        return 0
    if sys.argv[2:] == ["--write"]:
        README.write_text(readme.replace(found[0], good), encoding="utf-8")
        return 0
    print("collector/README.md has another table than --help; %s %s --write puts it right" % (sys.argv[0], sys.argv[1]))
    return 1


if __name__ == "__main__":
    sys.exit(main())

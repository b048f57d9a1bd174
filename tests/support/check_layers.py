#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Who may include whom, that each header compiles alone, and that no file is long. Reads every #include
line of the product and names each that a layer may not have. A header that some file includes first has
compiled alone with that file; with --compile CC [FLAG...] the others are compiled here."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

OURS = {
    "proto": {"proto"},
    "survey": {"survey"},
    "storage": {"storage"},
    "collector": {"proto", "survey", "storage", "collector"},
    "client": {"client", "proto", "survey"},
}

# A foreign header stays behind one door: pattern -> files (regular expressions) that may have it.
FOREIGN = {
    r"lmdb\.h": [r"storage/.*"],
    r"xxh.*\.h": [r"storage/xxh3\.c"],
    r"event2/.*": [r"collector/(main|daemon|loop|session|stream|listener|closer)\.[ch]"],
    r"liburing\.h": [r"collector/sockets\.c"],
    r"ini\.h": [r"collector/config_file\.c"],
    r"utf8proc\.h": [r"survey/text\.c"],
    r"openssl/.*": [r"proto/digest\.c", r"collector/(seal|tls|tls_tickets|self_signed)\.[ch]", r"client/tls\.c"],
    r"xlsxwriter\.h": [r"collector/export/xlsx\.c"],
    r"csv\.h": [r"client/(csv_reader|bulk_csv|register_csv)\.c"],
    r"qrencode\.h": [r"client/qr\.c"],
    r"histedit\.h|editline/.*": [r"client/prompt\.c"],
    r"jansson\.h": [r"survey/.*", r"client/.*", r"collector/(http_request|http_answers|pbjson|pbjson_read)\.[ch]"],
    r"zlib\.h": [r"collector/http_send\.c"],
}

LINES_MAX = 500
SOURCES = {".c", ".h", ".py", ".R", ".js", ".mjs", ".css", ".cmake"}
NOT_OURS = {"node_modules", "__pycache__"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def problems_of(path):
    layer = path.parts[0]
    for kind, name in INCLUDE.findall((ROOT / path).read_text(encoding="utf-8")):
        if kind == '"' and name.split("/")[0] not in OURS[layer]:
            yield f'{path}: "{name}" is not below {layer}/'
        for pattern, allowed in FOREIGN.items():
            if re.fullmatch(pattern, name) and not any(
                re.fullmatch(a, str(path)) for a in allowed
            ):
                yield f"{path}: <{name}> stays behind {' '.join(allowed)}"


def product_files(*endings):
    for layer in OURS:
        for ending in endings:
            yield from sorted(p.relative_to(ROOT) for p in (ROOT / layer).rglob("*" + ending))


def first_included():
    """The headers that stand first in a file that is built."""
    for layer in OURS:
        built = set(re.findall(r"(?<=\s)[\w/]+\.c(?=[\s)])", (ROOT / layer / "CMakeLists.txt").read_text(encoding="utf-8")))
        for name in built:
            kind, header = INCLUDE.findall((ROOT / layer / name).read_text(encoding="utf-8"))[0]
            if kind == '"':
                yield header


def long_files():
    for folder in (*OURS, "tests"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in SOURCES and not NOT_OURS & set(path.parts):
                lines = path.read_bytes().count(b"\n")
                if lines > LINES_MAX:
                    yield f"{path.relative_to(ROOT)}: {lines} lines; at most {LINES_MAX}, split it by subject"


def compiles_alone(header, compiler):
    run = subprocess.run(
        compiler + ["-fsyntax-only", "-include", str(header), "-x", "c", "-"],
        input="int unused_here;\n", cwd=ROOT, capture_output=True, text=True)
    return run.returncode == 0, run.stderr


def main():
    found = [problem for path in product_files(".c", ".h") for problem in problems_of(path)]
    found += long_files()
    checked = len(list(product_files(".c", ".h")))
    if len(sys.argv) > 2 and sys.argv[1] == "--compile":
        proven = set(first_included())
        for header in product_files(".h"):
            if str(header) in proven:
                continue
            good, why = compiles_alone(header, sys.argv[2:])
            if not good:
                found.append(f"{header}: does not compile alone\n{why}")
    print("\n".join(found))
    print(f"{checked} files, {len(found)} problems")
    return 1 if found or checked < 20 else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the pages for people say is there: each link leads to a file and a heading, each command of khaosat
and khaosatd and each option is one that the program's help names. Prints what is not so, and fails. Usage: check_docs.py KHAOSATD KHAOSAT"""
import functools
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = sorted(p for p in ROOT.rglob("*.md") if not {"build", "node_modules"} & set(p.relative_to(ROOT).parts))

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
CODE = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
OPTION = re.compile(r"--([a-z][a-z-]*)")


def slug(heading):
    """The anchor of a heading, as the forges make it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower().replace("`", "")).replace(" ", "-")


@functools.cache
def anchors(page):
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    return {slug(m) for m in re.findall(r"^#+ (.*)$", text, re.M)}


def bad_links(page, text):
    for link in LINK.findall(FENCE.sub("", text)):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists():
            yield f"no file {link}"
        elif anchor and anchor not in anchors(target):
            yield f"no heading {link}"


def help_of(program, *words):
    done = subprocess.run([program, *words], capture_output=True, text=True, env={"LANG": "en"}, check=False)
    return done.stdout if done.returncode == 0 else None


def without_globals(words, everywhere):
    """The command line behind the options that every command has."""
    while words and words[0].startswith("--"):
        name = words.pop(0)[2:]
        if name not in everywhere:
            return ["--" + name]
        if everywhere[name]:
            words = words[1:]
    return words


def bad_call(client, words, everywhere):
    words = without_globals(words, everywhere)
    if not words or words[0] in ("help", "...") or words[0].isupper():
        return None
    for n in (2, 1):
        text = help_of(client, "help", *words[:n])
        if text is not None:
            break
    else:
        return f"no command khaosat {' '.join(words[:2])}"
    known = set(OPTION.findall(text)) | set(everywhere)
    wrong = [w for w in words if OPTION.match(w) and OPTION.match(w)[1] not in known]
    return f"khaosat {' '.join(words[:n])} has no {' '.join(wrong)}" if wrong else None


def calls(text):
    """The words of each call of the two programs, in blocks of commands and among the words."""
    blocks = [body for kind, body in FENCE.findall(text) if kind == "sh"]
    pieces = [line for body in blocks for line in body.replace("\\\n", " ").splitlines()]
    pieces += [piece.replace("\n", " ") for piece in CODE.findall(FENCE.sub("", text))]
    for piece in pieces:
        for part in re.split(r"&&|[|;]", piece.split("  #")[0]):
            try:
                words = shlex.split(part, comments=True)
            except ValueError:
                continue
            while words and words[0] in ("sudo", "exec"):
                words = words[1:]
            if words and words[0] in ("khaosat", "khaosatd"):
                yield words


def main():
    daemon, client = sys.argv[1:3]
    daemon_options = set(OPTION.findall(help_of(daemon, "--help")))
    everywhere = {m[1]: m[2] != "" for m in re.finditer(
        r"^  --([a-z-]+) (\S*) ", help_of(client, "help").split("Options of every command:")[1], re.M)}
    bad, n = [], 0
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        problems = list(bad_links(page, text))
        for words in calls(text):
            n += 1
            if words[0] == "khaosatd":
                wrong = [w for w in words if OPTION.match(w) and OPTION.match(w)[1] not in daemon_options]
                problems += [f"khaosatd has no {' '.join(wrong)}"] if wrong else []
            else:
                problems += filter(None, [bad_call(client, words[1:], everywhere)])
        bad += [f"{page.relative_to(ROOT)}: {problem}" for problem in problems]
    assert len(PAGES) > 4 and n > 60 and len(everywhere) > 5 and len(daemon_options) > 20, (len(PAGES), n)
    print("\n".join(bad) or f"{len(PAGES)} pages, {n} calls")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

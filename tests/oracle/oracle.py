#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the product's predicates, scores, populations, verdicts and needed answers against a second
reading of the same rules (meaning.py), over random registers (cases.py).

	oracle.py --judge build/release/oracle-judge [--rounds 100000] [--seed 1]

A round is one answered questionnaire. Ends with 1 when the two differ anywhere, or when some
outcome came up too seldom for the agreement to mean anything."""
import argparse
import collections
import concurrent.futures
import json
import subprocess
import sys

sys.dont_write_bytecode = True

import cases  # noqa: E402
import meaning  # noqa: E402

SHOWN = 20
LONGEST_CASE = 40
UNITS_AT_ONCE = 4000

# What each figure rests on, to be read beside a difference; with the section of the field's rules.
READINGS = {
    "OPS": "5: hasany(B01, the five tools)",
    "MGMT": "5: hasany(C01, all nine)",
    "MGMT_ADV": "5: as MGMT without ACC",
    "PROD": "5: NA unless section A to F (unknown section: U); hasany(D01, the ten), not asked of "
            "boards (4 D)",
    "ECOM_S": "5: hasany(G01, MARKET_VN MARKET_INT)",
    "ECOM_B": "5: hasany(G01, MARKET_VN MARKET_INT OWNWEB SOCIAL)",
    "ECOM_1PCT": "5: G02+G03+G04 >= 10 tenths; irrelevant: 0; U if a relevant one is missing and "
                 "the rest < 10",
    "DX_DONE": "5: H01 in IMPL, OPT and M01 any but NONE, OTHER; NA legs are removed",
    "DX_SYNC": "5: M01any and M02any and M03any and M04any; all NA: NA",
    "DX_JOIN": "5: APPLY_ANY and (H01 in PLAN, IMPL, OPT or H02 > 0 [blank: F] or H06 any)",
    "DII3": "5: table of items; T and U count to the upper end, NA is 0",
    "DII4": "5: table of items; T and U count to the upper end, NA is 0",
    "PARTIAL": "5: legs met among OPS, MGMT, PROD, ECOM_S",
    "verdict": "2.3: certain only, also however unknown membership resolves",
    "needed": "2.3, 6 notes: fewest open units that must turn out met before the verdict is DAT, "
              "certain members first; -1 if it cannot be",
    "n": "6: population filter TRUE; Kleene over register cells; dependent units out of G2 to G4",
    "n_unknown": "6, 2.1: population filter UNKNOWN, counted apart",
}


def reading_of(figure):
    if figure in READINGS:
        return READINGS[figure]
    if figure.startswith("APPLY"):
        return "5: legs joined by and (ANY: or), NA legs removed"
    if figure.startswith("M0"):
        return "5: hasany(all codes but OTHER, NONE, DK); NA where the section is not asked"
    if figure.startswith("DII"):
        return "5: level or threshold of the score's interval, known when all of it agrees"
    return "2.1: counts among the members who answered"


class Comparison:
    """Every figure of both sides; keeps the first differences and the tally of outcomes."""

    def __init__(self):
        self.compared = 0
        self.differences = collections.Counter()
        self.outcomes = collections.Counter()
        self.verdicts = collections.Counter()
        self.shown = 0

    def figure(self, where, name, ours, product, case):
        self.compared += 1
        if ours == product:
            return
        self.differences[name] += 1
        # No more than a few of a kind, so that one does not hide the next.
        if self.shown < SHOWN and self.differences[name] <= 4:
            self.shown += 1
            print(f"DIFFERENCE {where}{name}: product {json.dumps(product)}, "
                  f"second reading {json.dumps(ours)}\n  {reading_of(name)}\n"
                  f"  {json.dumps(case, ensure_ascii=False)}")

    def same_names(self, where, ours, product, case):
        self.figure(where, "names", sorted(ours), sorted(product), case)

    def unit(self, row, answers, ours, product):
        case = {"row": row, "answers": answers}
        if ours is None or product is None:
            self.figure("", "answered", ours is not None, product is not None, case)
            return
        for kind, mine in zip(("indicators", "scores"), ours):
            self.same_names(kind + " ", mine, product[kind], case)
            for name, value in mine.items():
                self.figure("", name, value, product[kind].get(name), case)
        for name, value in ours[0].items():
            self.outcomes[name, value] += 1

    def goals(self, units, ours, product):
        case = [{"row": row, "answers": answers} for row, answers in units]
        if len(case) > LONGEST_CASE:
            case = [f"a register of {len(case)} units; the same seed and rounds make it again"]
        self.same_names("goals ", ours, product, case)
        for goal, counts in ours.items():
            theirs = product.get(goal, {})
            self.same_names(goal + " ", counts, theirs, case)
            for name, value in counts.items():
                self.figure(goal + " ", name, value, theirs.get(name), [counts, theirs] + case)
            self.verdicts[goal, counts["verdict"]] += 1


def lines_of(registers):
    for units in registers:
        for row, answers in units:
            yield json.dumps({"row": row, "answers": answers}, ensure_ascii=False)
        yield '{"goals": true}'


def ask_product(judge, registers):
    text = "".join(line + "\n" for line in lines_of(registers))
    done = subprocess.run([judge], input=text.encode(), stdout=subprocess.PIPE, timeout=300)
    if done.returncode != 0:
        raise SystemExit(f"{judge} ended with {done.returncode}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def judge_registers(registers):
    """The second reading's lines, in the order in which the product gives its own."""
    lines = []
    for units in registers:
        judged = [None if answers is None else meaning.judge_unit(row, answers)
                  for row, answers in units]
        lines += judged
        lines.append(meaning.judge_goals([(row, unit and unit[0])
                                          for (row, _), unit in zip(units, judged)]))
    return lines


def compare(comparison, registers, ours, product):
    if len(ours) != len(product):
        raise SystemExit(f"{len(product)} lines from the product for {len(ours)} asked")
    pairs = zip(ours, product)
    for units in registers:
        for (row, answers), (mine, theirs) in zip(units, pairs):
            comparison.unit(row, answers, mine, theirs)
        comparison.goals(units, *next(pairs))


def batches(seed, rounds):
    """Lists of registers with `rounds` answered questionnaires in all."""
    generator = cases.Generator(seed)
    batch, size, answered = [], 0, 0
    while answered < rounds:
        units = []
        for unit in generator.register():
            answered += unit[1] is not None
            units.append(unit)
            if answered == rounds:
                break
        batch.append(units)
        size += len(units)
        if size >= UNITS_AT_ONCE or answered == rounds:
            yield batch
            batch, size = [], 0


# Predicates that are never not applicable: some leg of each is asked of every unit.
SOMETIMES_NOT_APPLICABLE = {"PROD", "M01ANY", "M02ANY", "M03ANY", "M04ANY", "DX_SYNC"}


def too_seldom(comparison, rounds, registers):
    """What came up less than once in 500 questionnaires, or in 200 registers: proves too little."""
    for indicator in sorted({name for name, _ in comparison.outcomes}):
        for value in "TFUN" if indicator in SOMETIMES_NOT_APPLICABLE else "TFU":
            times = comparison.outcomes[indicator, value]
            if times < max(1, rounds // 500):
                yield f"{indicator} was {value} only {times} times"
    for goal in meaning.GOALS:
        for verdict in ("DAT", "KHONG_DAT", "KHONG_AP_DUNG", "CHUA_DU_DU_LIEU"):
            times = comparison.verdicts[goal, verdict]
            if times < max(1, registers // 200):
                yield f"{goal} was {verdict} only {times} times"


def run(judge, rounds, seed):
    comparison, registers = Comparison(), 0
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        for batch in batches(seed, rounds):
            asked = pool.submit(ask_product, judge, batch)
            ours = judge_registers(batch)
            compare(comparison, batch, ours, asked.result())
            registers += len(batch)
    return comparison, registers


def show_outcomes(comparison):
    for kind, tally in (("indicator", comparison.outcomes), ("goal", comparison.verdicts)):
        for name in dict.fromkeys(name for name, _ in tally):
            print(kind, name, *(f"{value} {times}" for (of, value), times in sorted(tally.items())
                                if of == name))


def main():
    parser = argparse.ArgumentParser(description="hold the product against a second reading")
    parser.add_argument("--judge", required=True, help="path of oracle-judge")
    parser.add_argument("--rounds", type=int, default=100000, help="questionnaires")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--outcomes", action="store_true", help="show how often each came up")
    options = parser.parse_args()
    comparison, registers = run(options.judge, options.rounds, options.seed)
    if options.outcomes:
        show_outcomes(comparison)
    seldom = list(too_seldom(comparison, options.rounds, registers))
    for line in seldom:
        print(line)
    for name, times in comparison.differences.most_common():
        print(f"{name} differs {times} times")
    print(f"{options.rounds} questionnaires, {registers} registers: {comparison.compared} figures "
          f"compared, {sum(comparison.differences.values())} differences")
    return 1 if seldom or comparison.differences else 0


if __name__ == "__main__":
    sys.exit(main())

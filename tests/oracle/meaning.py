# SPDX-License-Identifier: Apache-2.0
"""A second reading of the field's rules: what one questionnaire says of one unit, and what a
register of them says of the goals.

Written from the rules in prose, by someone who had not seen the product's own, so that an error
would have to be made twice to go unseen. Plain and slow on purpose: where a formula would do, this
enumerates. A truth value is one of the letters T, F, U (unknown), N (not applicable)."""
import functools
import itertools

# ---------------------------------------------------------------------------- truth values


def conjunction(*legs):
    legs = [leg for leg in legs if leg != "N"]
    if not legs:
        return "N"
    return "F" if "F" in legs else "U" if "U" in legs else "T"


def disjunction(*legs):
    legs = [leg for leg in legs if leg != "N"]
    if not legs:
        return "N"
    return "T" if "T" in legs else "U" if "U" in legs else "F"


def negation(value):
    return {"T": "F", "F": "T"}.get(value, value)


def truth(condition):
    return "T" if condition else "F"


# ---------------------------------------------------------------------------- the register row

# Divisions of the two-digit kind that make things; they are the same in VSIC 2018 and 2025.
MAKING = {"A": range(1, 4), "B": range(5, 10), "C": range(10, 34), "D": range(35, 36),
          "E": range(36, 40), "F": range(41, 44)}
SERVICES = "G+"


def section(row):
    """A to F, SERVICES for all that follow, None when the register does not know. From J on a
    letter means different things in the two versions, but never something before G."""
    code = row.get("vsic", "")
    if not code:
        return None
    if code[0].isalpha():
        return code if code in MAKING else SERVICES
    division = int(code[:2])
    for letter, divisions in MAKING.items():
        if division in divisions:
            return letter
    return SERVICES


# Decree 80/2021, article 5: class -> (employees, revenue, capital), at most; million dong.
LIMITS = {
    "industry": {
        "MICRO": (10, 3000, 3000), "SMALL": (100, 50000, 20000), "MEDIUM": (200, 200000, 100000)},
    "trade": {
        "MICRO": (10, 10000, 3000), "SMALL": (50, 100000, 50000), "MEDIUM": (100, 300000, 100000)},
}


def size_when_known(field, employees, revenue, capital):
    for name, (most_employees, most_revenue, most_capital) in LIMITS[field].items():
        if employees <= most_employees and (revenue <= most_revenue or capital <= most_capital):
            return name
    return "LARGE"


def stand_ins(column):
    """Values that an unknown number may have: one on each side of every limit is as good as all."""
    limits = {row[column] for classes in LIMITS.values() for row in classes.values()}
    return sorted({0} | limits | {limit + 1 for limit in limits})


@functools.lru_cache(maxsize=None)
def possible_sizes(field, employees, revenue, capital):
    """Every class the unit may have, however the register's empty cells were filled."""
    fields = LIMITS if field is None else [field]
    numbers = [stand_ins(column) if cell == "" else [int(cell)]
               for column, cell in enumerate((employees, revenue, capital))]
    return frozenset(size_when_known(f, *n) for f in fields for n in itertools.product(*numbers))


def size_is_one_of(row, classes):
    where = section(row)
    field = None if where is None else "trade" if where == SERVICES else "industry"
    possible = possible_sizes(field, row["employees"], row["revenue_mvnd"], row["capital_mvnd"])
    if possible <= classes:
        return "T"
    return "U" if possible & classes else "F"


def among(cell, codes):
    return "U" if cell == "" else truth(cell in codes)


def is_dependent(row):
    return truth(len(row["tax_code"].replace("-", "")) == 13)


# ---------------------------------------------------------------------------- the answers


class Unit:
    """A register row with its answers. answer() gives None for what is unknown, else what was said:
    a number, or the set of codes ticked."""

    def __init__(self, row, answers):
        self.row = row
        self.answers = answers
        self.section = section(row)

    def is_blank(self, question):
        return self.answers.get(question) in (None, "", [])

    def answer(self, question):
        said = self.answers.get(question)
        if said in (None, "", [], "DK", ["DK"]):
            return None
        if isinstance(said, dict):
            said = said.get("choices") or said["choice"]
        if isinstance(said, str):
            return {said}
        return set(said) if isinstance(said, list) else said

    def makes_things(self):
        return "U" if self.section is None else truth(self.section in MAKING)

    def relevance(self, question):
        """T asked; F not applicable, its value cleared; U asked, the register not knowing whether
        it applies; H hidden, because what it hangs on was not answered."""
        if question.startswith("D"):
            return conjunction(self.makes_things(), truth(self.row["unit_type"] != "BQL"))
        if question.startswith("M"):
            return truth(self.row["unit_type"] in ("BQL", "HT"))
        hangs_on = {"G02": {"OWNWEB", "SOCIAL"}, "G03": {"MARKET_VN", "MARKET_INT"}, "G04": {"EDI"},
                    "G05_B2C": {"OWNWEB", "MARKET_VN", "MARKET_INT", "SOCIAL"}}.get(question)
        if hangs_on is None:
            return "T"
        channels = self.answer("G01")
        return "H" if channels is None else truth(channels & hangs_on)

    def known(self, question):
        """What was said to a question that was asked; None where that is unknown."""
        return None if self.relevance(question) == "H" else self.answer(question)

    def hasany(self, question, codes):
        if self.relevance(question) == "F":
            return "N"
        ticked = self.known(question)
        if ticked is None:
            return "U"
        if ticked & set(codes.split()):
            return "T"
        return "U" if "OTHER" in ticked else "F"

    def exceeds(self, question, number):
        if self.relevance(question) == "F":
            return "N"
        said = self.known(question)
        return "U" if said is None else truth(said > number)

    def share_sum(self, questions, meets):
        """Shares of turnover, in tenths of a percent. One that does not apply is 0; a missing one
        may be anything from 0 up, so it can only help."""
        known_sum, is_open = 0, False
        for question in questions:
            if self.relevance(question) == "F":
                continue
            said = self.known(question)
            if said is None:
                is_open = True
            else:
                known_sum += round(said * 10)
        return "T" if meets(known_sum) else "U" if is_open else "F"


# ---------------------------------------------------------------------------- predicates and scores

OPERATIONS = "EOFFICE TASK EMEET ESIGN DASH"
MANAGEMENT = "HRM INV SALES CRM ERP SCM WMS BI"
PRODUCTION = "CADCAM PLC MES IOT ROBOT P3D TRACE AIQC CMMS EMS"
INTELLIGENCE = "TTM TSR TNLG TIR TML TPA TAR"
CLOUD_PLAIN = "EMAIL OFFICE STORAGE CPU"
CLOUD_BETTER = "FIN_ACC ERP CRM SEC DBHOST DEVPLAT"
SOCIAL_TYPES = ({"NETWORK", "MESSAGE"}, {"VIDEO"}, {"BLOG"})
SECURITY = set("PWD MFA BIO ENC BACKUP NAC VPN LOG RISK TEST MON".split())
PLATFORMS = {
    "M01": "GIS INFRA TENANT EOFFICE ESERV IOC",
    "M02": "WEB LANDMAP VR LEADS EVENT SOCIAL",
    "M03": "FAIR B2B DIRECT",
    "M04": "MARKET TRACE LOGIS LIVE",
}


def counted(unit, question, count, least):
    ticked = unit.known(question)
    return "U" if ticked is None else truth(count(ticked) >= least)


def social_types(ticked):
    return sum(1 for kind in SOCIAL_TYPES if kind & ticked)


def web_sales_to_consumers(unit):
    return conjunction(unit.share_sum(("G02", "G03"), lambda tenths: tenths > 10),
                       unit.exceeds("G05_B2C", 10))


def esell(unit):
    return unit.share_sum(("G02", "G03", "G04"), lambda tenths: tenths >= 10)


def dii3_items(unit):
    return [
        unit.exceeds("F01", 50),
        unit.hasany("C03", INTELLIGENCE),
        unit.hasany("E01", "S30 S100 S500 S1000"),
        unit.hasany("C02", "OWN EXT BOTH"),
        unit.hasany("E02", CLOUD_PLAIN + " " + CLOUD_BETTER),
        unit.hasany("E02", CLOUD_BETTER),
        counted(unit, "E07", social_types, 1),
        unit.hasany("C01", "ERP"),
        unit.hasany("C01", "CRM"),
        counted(unit, "E07", social_types, 2),
        esell(unit),
        web_sales_to_consumers(unit),
    ]


def dii4_items(unit):
    return [
        unit.exceeds("F01", 50),
        unit.exceeds("F02", 0),
        unit.hasany("E01", "S30 S100 S500 S1000"),
        unit.hasany("B01", "EMEET"),
        unit.hasany("E05", "YES"),
        unit.hasany("F03", "STAFF"),
        counted(unit, "E03", lambda ticked: len(ticked & SECURITY), 3),
        unit.hasany("E04", "YES"),
        unit.hasany("B03", "YES"),
        unit.hasany("D01", "ROBOT"),
        esell(unit),
        web_sales_to_consumers(unit),
    ]


def interval(items):
    return [items.count("T"), items.count("T") + items.count("U")]


def within(score, least, most):
    hits = [least <= points <= most for points in range(score[0], score[1] + 1)]
    return "T" if all(hits) else "U" if any(hits) else "F"


def production(unit):
    """Not applicable unless the unit makes things, unknown while the register does not say."""
    makes = unit.makes_things()
    return {"F": "N", "U": "U", "T": unit.hasany("D01", PRODUCTION)}[makes]


def joins(unit, applies_any):
    spent = "F" if unit.is_blank("H02") else unit.exceeds("H02", 0)
    return conjunction(applies_any, disjunction(unit.hasany("H01", "PLAN IMPL OPT"), spent,
                                                unit.hasany("H06", "PROG SELF TRAIN")))


def judge_unit(row, answers):
    """(indicators, scores) of one answered questionnaire."""
    unit = Unit(row, answers)
    operations = unit.hasany("B01", OPERATIONS)
    management = unit.hasany("C01", "ACC " + MANAGEMENT)
    produces = production(unit)
    strict = unit.hasany("G01", "MARKET_VN MARKET_INT")
    broad = unit.hasany("G01", "MARKET_VN MARKET_INT OWNWEB SOCIAL")
    applies_any = disjunction(operations, management, produces, strict)
    platforms = {code: unit.hasany(code, codes) for code, codes in PLATFORMS.items()}
    dii3, dii4 = interval(dii3_items(unit)), interval(dii4_items(unit))
    indicators = {
        "OPS": operations,
        "MGMT": management,
        "MGMT_ADV": unit.hasany("C01", MANAGEMENT),
        "PROD": produces,
        "ECOM_S": strict,
        "ECOM_B": broad,
        "ECOM_1PCT": esell(unit),
        "APPLY_STRICT": conjunction(operations, management, produces, strict),
        "APPLY_BROAD": conjunction(operations, management, produces, broad),
        "APPLY_CORE": conjunction(operations, management, produces),
        "APPLY_ANY": applies_any,
        "M01ANY": platforms["M01"],
        "M02ANY": platforms["M02"],
        "M03ANY": platforms["M03"],
        "M04ANY": platforms["M04"],
        "DX_DONE": conjunction(unit.hasany("H01", "IMPL OPT"), platforms["M01"]),
        "DX_SYNC": conjunction(*platforms.values()),
        "DX_JOIN": joins(unit, applies_any),
        "DII_BASIC": within(dii3, 4, 12),
        "DII3_VLO": within(dii3, 0, 3),
        "DII3_LO": within(dii3, 4, 6),
        "DII3_HI": within(dii3, 7, 9),
        "DII3_VHI": within(dii3, 10, 12),
        "DII4_BASIC": within(dii4, 4, 12),
    }
    partial = interval([operations, management, produces, strict])
    return indicators, {"DII3": dii3, "DII4": dii4, "PARTIAL": partial}


# ---------------------------------------------------------------------------- goals


def active(row):
    return among(row["status"], {"ACTIVE"})


def zone_bodies(row):
    return conjunction(active(row), among(row["unit_type"], {"BQL", "HT"}))


def enterprises(row):
    kind = among(row["unit_type"], {"DN", "HT"})
    return conjunction(active(row), kind, negation(is_dependent(row)))


def industrial(row):
    where = section(row)
    return conjunction(enterprises(row), "U" if where is None else truth(where in "BCDE"))


def zoned(row):
    outside = among(row["zone"], {"NONE"})
    return conjunction(enterprises(row), negation(outside))


def small_and_medium(row):
    return conjunction(enterprises(row), size_is_one_of(row, {"MICRO", "SMALL", "MEDIUM"}))


def small_and_medium_without_micro(row):
    return conjunction(enterprises(row), size_is_one_of(row, {"SMALL", "MEDIUM"}))


# goal: (population, indicator, percent); 80 is to be exceeded, 100 to be reached.
GOALS = {"G1": (zone_bodies, "DX_DONE", 100), "G1B": (zone_bodies, "DX_SYNC", 100)}
for _variant in ("STRICT", "BROAD", "CORE", "ANY"):
    GOALS["G2_" + _variant] = (enterprises, "APPLY_" + _variant, 80)
    GOALS["G2_" + _variant + "_IND"] = (industrial, "APPLY_" + _variant, 80)
    GOALS["G2_" + _variant + "_ZONE"] = (zoned, "APPLY_" + _variant, 80)
    GOALS["G3_" + _variant] = (zoned, "APPLY_" + _variant, 100)
GOALS["G4_JOIN"] = (small_and_medium, "DX_JOIN", 80)
GOALS["G4_DII"] = (small_and_medium, "DII_BASIC", 80)
GOALS["G4_JOIN_XMICRO"] = (small_and_medium_without_micro, "DX_JOIN", 80)
POPULATIONS = tuple(dict.fromkeys(population for population, _, _ in GOALS.values()))


def meets(percent, part, whole):
    return part == whole if percent == 100 else 100 * part > percent * whole


def verdict(percent, c):
    """Only what is certain however silence and unknown membership resolve."""
    n, met, not_met = c["n"], c["met"], c["not_met"]
    maybe, maybe_met, maybe_not = c["n_unknown"], c["n_unknown_met"], c["n_unknown_not_met"]
    if n == 0:
        return "KHONG_AP_DUNG" if maybe == 0 else "CHUA_DU_DU_LIEU"
    if meets(percent, met, n) and meets(percent, met, n + maybe - maybe_met):
        return "DAT"
    if not meets(percent, n - not_met, n) and not meets(
            percent, n - not_met + maybe - maybe_not, n + maybe - maybe_not):
        return "KHONG_DAT"
    return "CHUA_DU_DU_LIEU"


def needed(percent, counts):
    """Let the open units turn out met one by one, certain members first, until the goal is met."""
    c = dict(counts)
    open_members = c["n"] - c["met"] - c["not_met"]
    open_maybes = c["n_unknown"] - c["n_unknown_met"] - c["n_unknown_not_met"]
    for k in range(open_members + open_maybes + 1):
        if verdict(percent, c) == "DAT":
            return k
        c["met" if k < open_members else "n_unknown_met"] += 1
    return -1


def judge_goals(units):
    """units: (row, indicators or None where silent), the register since the last question."""
    counts = {goal: dict.fromkeys(("n", "met", "not_met", "unknown", "n_unknown", "n_unknown_met",
                                   "n_unknown_not_met"), 0) for goal in GOALS}
    for row, indicators in units:
        member = {population: population(row) for population in POPULATIONS}
        for goal, (population, indicator, _) in GOALS.items():
            value = indicators[indicator] if indicators else None
            count_unit(counts[goal], member[population], value)
    for goal, (_, _, percent) in GOALS.items():
        c = counts[goal]
        c["verdict"], c["needed"] = verdict(percent, c), needed(percent, c)
    return counts


def count_unit(c, member, value):
    if member == "T":
        c["n"] += 1
        name = {"T": "met", "F": "not_met", "U": "unknown"}.get(value)
    elif member == "U":
        c["n_unknown"] += 1
        name = {"T": "n_unknown_met", "F": "n_unknown_not_met"}.get(value)
    else:
        return
    if name:
        c[name] += 1

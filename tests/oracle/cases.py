# SPDX-License-Identifier: Apache-2.0
"""Random registers and questionnaires, the same for the same seed. Numbers sit on and beside the
limits that rules test; answers come also where nothing was asked."""
import random

COMMUNES = """
18073 18100 18115 18118 18652 18754 18781 18823 18832 18133 18160 18163 18172 18184 18196 18199
18202 18223 18229 18244 18262 18277 18304 18313 18322 18328 18352 18364 18373 18394 18406 18409
18418 18436 18466 18481 18484 18496 18502 18523 18532 18544 18547 18550 18562 18568 18583 18586
18601 18604 18619 18628 18634 18667 18673 18676 18682 18685 18736 18739 18742 18748 18766 18775
18787 18790 18814 18838 18844
""".split()
ZONES = """KKT_VUNGANG KKT_CAUTREO KCN_VUNGANG1 KCN_PHUVINH KCN_HOANHSON KCN_GIALACH KCN_BACTHACHHA
KCN_HAVANG KCN_TAYTP KCN_BACHONGLINH KCN_VINHOMESVA KCN_DAIKIM""".split()
ZONES += [f"CCN_{number:02}" for number in range(1, 22)]
LEGAL_FORMS = "TNHH1 TNHH2 CP TN HD NN FDI HTX SN".split()
LETTERS = {"2018": "ABCDEFGHIJKLMNOPQRSTU", "2025": "ABCDEFGHIJKLMNOPQRSTUV"}
MAKING_DIVISIONS = [1, 2, 3, 5, 9, *range(10, 34), 35, 36, 39, 41, 43]
OTHER_DIVISIONS = [46, 47, 49, 53, 55, 56, 58, 63, 64, 66, 68, 69, 75, 77, 82, 84, 85, 86, 88, 90,
                   93, 94, 96, 97, 99]
EMPLOYEES = [0, 1, 9, 10, 10, 11, 49, 50, 51, 99, 100, 101, 150, 199, 200, 201, 250, 5000]
REVENUES = [0, 1, 2999, 3000, 3001, 9999, 10000, 10001, 49999, 50000, 50001, 99999, 100000, 100001,
            199999, 200000, 200001, 299999, 300000, 300001, 90000000]
CAPITALS = [0, 1, 2999, 3000, 3001, 19999, 20000, 20001, 49999, 50000, 50001, 99999, 100000, 100001,
            90000000]

# Choices, without NONE and don't know, which stand alone.
MULTI = {
    "B01": "EOFFICE TASK EMEET ESIGN DASH",
    "C01": "ACC HRM INV SALES CRM ERP SCM WMS BI",
    "C03": "TTM TSR TNLG TIR TML TPA TAR",
    "C04": "EINV ETAX ESI ECUS EGOV",
    "D01": "CADCAM PLC MES IOT ROBOT P3D TRACE AIQC CMMS EMS OTHER",
    "E02": "EMAIL OFFICE STORAGE FIN_ACC ERP CRM SEC DBHOST DEVPLAT CPU",
    "E03": "PWD MFA BIO ENC BACKUP NAC VPN LOG RISK TEST MON",
    "E07": "NETWORK MESSAGE VIDEO BLOG",
    "F03": "SPEC STAFF MGR",
    "G01": "OWNWEB MARKET_VN MARKET_INT SOCIAL EDI",
    "H04": "FUND SKILL KNOW INFRA DATA SECUR HABIT SOLUT PARTNER LEGAL OTHER",
    "H05": "CONSULT TRAIN FUND PLATFORM ECOM SECUR CONNECT OTHER",
    "H06": "PROG SELF TRAIN",
    "M01": "GIS INFRA TENANT EOFFICE ESERV IOC OTHER",
    "M02": "WEB LANDMAP VR LEADS EVENT SOCIAL OTHER",
    "M03": "FAIR B2B DIRECT OTHER",
    "M04": "MARKET TRACE LOGIS LIVE OTHER",
    "G07": "NOTSUIT LOGIS PAY SKILL COST SECUR LEGAL GROUP OTHER",
}
MULTI = {code: choices.split() for code, choices in MULTI.items()}
WITHOUT_NONE = {"G07"}
# Of each: the answers of one who has gone digital, then those of one who has not.
SINGLE = {
    "B02": ("P50 P80", "P0 P25"),
    "B03": ("YES", "NO"),
    "C02": ("OWN EXT BOTH", "NO"),
    "D02": ("Q3 Q4", "Q1 Q2"),
    "E01": ("S30 S100 S500 S1000", "NONE S0"),
    "E04": ("YES", "NO"),
    "E05": ("YES", "NO"),
    "E06": ("YES", "NO"),
    "F04": ("YES", "NO"),
    "G06": ("LT10 GE10", "NO"),
    "H01": ("PLAN IMPL IMPL OPT OPT", "NONE CONSIDER"),
    "H07": ("L3 L4 L5", "L0 L1 L2"),
}
SINGLE = {code: tuple(half.split() for half in halves) for code, halves in SINGLE.items()}
NUMBER = {
    "F01": ([51, 51, 52, 100], [0, 1, 49, 50, 50]),
    "F02": ([1, 2, 7], [0]),
    "G02": ([0.9, 1.0, 1.0, 1.1, 1.1, 2, 12.5, 100], [0, 0, 0.1, 0.5, 0.9]),
    "G03": ([0.1, 0.9, 1.0, 1.1, 1.1, 30, 99.9], [0, 0, 0.1, 0.5]),
    "G04": ([0.1, 0.9, 1.0, 1.1, 5], [0, 0, 0.1, 0.5]),
    "G05_B2C": ([11, 11, 12, 90, 100], [0, 9, 10, 10]),
    "G05_B2B": ([0, 50, 89, 90], [0, 90, 100]),
    "G05_B2G": ([0, 1, 10], [0, 1, 10]),
    "H02": ([1, 500, 1000000], [0]),
    "H03": ([1990, 2020, 2024], [1990, 2020, 2024]),
}
QUESTIONS = [*MULTI, *SINGLE, *NUMBER, "H08"]


def check_digit(nine):
    """None where no tenth digit is ever issued."""
    weights = (31, 29, 23, 19, 17, 13, 7, 5, 3)
    digit = 10 - sum(w * int(d) for w, d in zip(weights, nine)) % 11
    return None if digit == 10 else str(digit)


class Character:
    """How a register, or one of its units, tends to be."""

    def __init__(self, rng, empty_cells, digital, absent, unsure, silent):
        self.empty_cells = empty_cells  # chance of a register cell to be empty
        self.digital = digital          # chance of an answer to be that of one gone digital
        self.absent = absent
        self.unsure = unsure            # chance of don't know, where there is an answer
        self.silent = silent
        self.stray = rng.choice((0.0, 0.3, 1.0))  # chance of an answer where none was asked


def character(rng):
    """A third of the registers agree with themselves, so that goals are surely met or missed."""
    kind = rng.random()
    if kind < 0.22:
        return Character(rng, rng.choice((0, 0, 0.02)), rng.choice((0.97, 1.0)),
                         rng.choice((0, 0.02)), 0, rng.choice((0, 0, 0.1)))
    if kind < 0.35:
        return Character(rng, rng.choice((0, 0.1)), rng.choice((0, 0.05)), rng.choice((0, 0.02)), 0,
                         rng.choice((0, 0.2)))
    return None


def unit_character(rng):
    return Character(rng, rng.choice((0, 0.05, 0.3)), rng.choice((0.05, 0.3, 0.6, 0.9, 0.97)),
                     rng.choice((0, 0, 0.03, 0.1, 0.3, 0.6, 0.95)), rng.choice((0, 0, 0.05, 0.2)),
                     rng.choice((0, 0.3)))


class Generator:
    def __init__(self, seed):
        self.rng = random.Random(seed)

    def register(self):
        """[(row, answers or None)], most of them small enough for every verdict to come about."""
        rng = self.rng
        kind = rng.random()
        units = rng.randint(0, 12) if kind < 0.8 else rng.randint(13, 80) if kind < 0.96 else 400
        shared, kinds = character(rng), self.unit_types()
        seen = set()
        return [self.unit(shared or unit_character(rng), kinds, seen) for _ in range(units)]

    def unit_types(self):
        return self.rng.choice((["DN"], ["DN", "HT"], ["BQL", "HT"], ["BQL", "HTX"],
                                ["DN", "DN", "DN", "HT", "BQL", "HTX"]))

    def unit(self, nature, kinds, seen):
        row = self.row(nature, kinds, seen)
        if self.rng.random() < nature.silent:
            return row, None
        return row, self.questionnaire(nature, row)

    def tax_code(self, seen):
        rng = self.rng
        while True:
            nine = rng.choice(("30", "01", "03")) + f"{rng.randint(1, 9999999):07}"
            check = check_digit(nine)
            if check is None or nine in seen:
                continue
            seen.add(nine)
            if rng.random() < 0.9:
                return nine + check
            return nine + check + rng.choice(("-", "")) + f"{rng.randint(1, 999):03}"

    def vsic(self):
        """(code, version): a letter or two to five digits."""
        rng = self.rng
        version = rng.choice(("2018", "2025"))
        if rng.random() < 0.4:
            letter = rng.choice("ABCCDEF" if rng.random() < 0.6 else LETTERS[version])
            return letter, version
        division = rng.choice(MAKING_DIVISIONS if rng.random() < 0.6 else OTHER_DIVISIONS)
        digits = "".join(rng.choice("0123456789") for _ in range(rng.randint(0, 3)))
        return f"{division:02}{digits}", version

    def row(self, nature, kinds, seen):
        rng = self.rng
        empty = nature.empty_cells
        code, version = self.vsic()
        micro = rng.random() < 0.3
        row = {
            "tax_code": self.tax_code(seen),
            "name": "Công ty thử",
            "unit_type": rng.choice(kinds),
            "commune": rng.choice(COMMUNES),
            "zone": "NONE" if rng.random() < 0.4 else rng.choice(ZONES),
            "vsic": code,
            "legal_form": rng.choice(LEGAL_FORMS),
            "start_year": str(rng.choice((1990, 2022, 2023, 2025))),
            "employees": str(rng.choice(EMPLOYEES[:6] if micro else EMPLOYEES)),
            "revenue_mvnd": str(rng.choice(REVENUES)),
            "capital_mvnd": str(rng.choice(CAPITALS)),
            "employees_prev": str(rng.choice(EMPLOYEES)),
            "supporting_industry": rng.choice(("YES", "NO")),
            "status": "ACTIVE" if rng.random() < 0.93 else rng.choice(("SUSP", "CEASED", "NOTYET")),
        }
        for column in list(row)[3:]:
            if rng.random() < empty:
                row[column] = ""
        row["vsic_version"] = version if row["vsic"] and rng.random() < 0.97 else ""
        return row

    def questionnaire(self, nature, row):
        rng = self.rng
        answers = {}
        channels = None
        for code in QUESTIONS:
            if rng.random() < nature.absent or self.stays_out(code, nature, row, channels):
                if rng.random() < 0.1:
                    answers[code] = rng.choice((None, "", []) if code in MULTI else (None, ""))
                continue
            answers[code] = self.said(code, nature.digital, nature.unsure)
            if code == "G01":
                channels = answers[code]
        return answers

    def stays_out(self, code, nature, row, channels):
        """Most say nothing where nothing was asked; not all, for nobody may rely on it."""
        if code[0] == "M" and row["unit_type"] in ("DN", "HTX"):
            return self.rng.random() >= nature.stray
        if code[:3] in ("G02", "G03", "G04", "G05") and channels in (None, "DK", ["DK"], ["NONE"]):
            return self.rng.random() >= nature.stray
        return False

    def said(self, code, digital, unsure):
        rng = self.rng
        if code == "H08":
            return "Không"
        if rng.random() < unsure:
            return rng.choice(("DK", ["DK"])) if code in MULTI else "DK"
        positive = rng.random() < digital
        if code in SINGLE:
            return rng.choice(SINGLE[code][0 if positive else 1])
        if code in NUMBER:
            return rng.choice(NUMBER[code][0 if positive else 1])
        return self.ticked(code, digital if positive else 0)

    def ticked(self, code, digital):
        """Of one gone digital some choices, most of them where it is thoroughly so; else NONE or an
        OTHER that nobody has recoded, now and then the first choice, which may count less."""
        rng = self.rng
        choices = MULTI[code]
        if digital:
            least = (len(choices) + 1) // 2 if digital > 0.95 else 1
            most = len(choices) if digital > 0.95 or rng.random() < 0.5 else min(2, len(choices))
            some = rng.sample(choices, rng.randint(least, most))
        elif code in WITHOUT_NONE or "OTHER" in choices and rng.random() < 0.2:
            some = ["OTHER"]
        else:
            some = rng.choice((choices[:1], ["NONE"], ["NONE"], "NONE", ["NONE"], ["NONE"], "NONE"))
        return {"choices": some, "other": "việc khác"} if "OTHER" in some else some

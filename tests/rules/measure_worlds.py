"""Random worlds of members and claims, and what their codes mean, told by hand."""

import random
from datetime import date, timedelta
from itertools import count

import ibis

from rules.model import Contract, Filing, Period
from tests.rules.staging import stage

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
SEEN_FROM = date(2023, 10, 1)
CONTRACT = Contract("c", "c", "c", "mco", "TN", ("P",), FIRST, None, (), {}, (), runout_months=3)

# What the codes of these worlds mean, told here once more and by hand.
MENTAL, SUBSTANCE = {"F3110", "F329", "F419"}, {"F1020", "F1120"}
HARM, OVERDOSE, OTHER = {"T1491XA"}, {"T401X1A"}, {"E119", "J069"}
OFFICE, TALK, PROGRAM, DETOX, DOSE = "99213", "90834", "H0015", "H0010", "H0020"
PSYCHIATRY, COUNSELOR, FAMILY = "2084P0800X", "101YM0800X", "207Q00000X"
KINDS = ("stay", "ed", "visit", "stay", "ed", "visit", "talk", "program", "dose", "detox", "fill")
DRUG, UNKNOWN_DRUG = "12496120803", "00093310901"


class World:
    """Members with spans, and claims of one or two lines."""

    def __init__(self, seed, size=220):
        self.chance, self.numbers = random.Random(seed), count(1)
        self.members, self.claims, self.rows = {}, [], []
        for month in range(27):
            year, at = divmod(SEEN_FROM.month - 1 + month, 12)
            for day in range(1, 28, 2):
                self.claim("FILL", date(SEEN_FROM.year + year, at + 1, day), "visit", ["J069"])
        for number in range(size):
            self.member(f"M{number}")

    def member(self, name):
        chance = self.chance
        born = date(chance.choice((1950, 1990, 2000, 2011, 2012, 2018)), chance.randint(1, 12), 15)
        spans = [(date(2023, 1, 1), None)]
        if chance.random() < 0.25:
            cut = FIRST + timedelta(days=chance.randrange(365))
            spans = [(date(2023, 1, 1), cut)]
            if chance.random() < 0.6:
                spans.append((cut + timedelta(days=chance.choice((1, 1, 2, 20))), None))
        self.members[name] = (born, spans)
        anchor = date(2024, 11, 1) + timedelta(days=chance.randrange(420))
        for _ in range(chance.randint(1, 7)):
            offset = chance.choice((0, 0, 1, 7, 8, 13, 14, 29, 30, 31, 34, 35, 48, 60, -20, 194))
            day = anchor + timedelta(days=offset + chance.choice((0, 0, 0, 1)))
            kind = chance.choice(KINDS)
            codes = sorted(MENTAL | SUBSTANCE | HARM | OVERDOSE | OTHER | {"F329", "F1020"})
            told = chance.sample(codes, chance.choice((1, 1, 2)))
            claim = self.claim(name, day, kind, told)
            if chance.random() < 0.08:
                self.claim(name, day, kind, told, like=claim)
            if chance.random() < 0.08:
                frequency = chance.choice("78")
                self.claim(name, day, kind, told, like=claim, frequency=frequency)

    def claim(self, member, day, kind, told, like=None, frequency="1"):
        chance = self.chance
        claim = dict(like) if like else {"nights": chance.choice((0, 1, 3, 9))}
        if not like:
            claim["bill"] = chance.choice(("0111", "0111", "0111", "0112", "0211"))
            claim["status"] = chance.choice(("01", "01", "01", "01", "20", "30"))
            claim["taxonomy"] = chance.choice((PSYCHIATRY, COUNSELOR, FAMILY, None))
            claim["detox"] = chance.random() < 0.2
            claim["physician"] = chance.random() < 0.4
            claim["drug"] = chance.choice((DRUG, DRUG, UNKNOWN_DRUG))
            claim["denied"] = chance.random() < 0.2
            claim["office"] = chance.random() < 0.3
        corrects = like["id"] if frequency != "1" else None
        claim |= {"id": f"E{next(self.numbers):05}", "member": member, "day": day, "kind": kind}
        claim |= {"told": list(told), "frequency": frequency, "corrects": corrects}
        self.claims.append(claim)
        self.write(claim)
        return claim

    def write(self, claim):
        """Add the claim's lines as a plan would send them."""
        kind, day = claim["kind"], claim["day"]
        row = {
            "encounter_id": claim["id"],
            "member_id": claim["member"],
            "claim_type": "P",
            "service_from": day,
            "service_to": day,
            "line_status": "denied" if claim["denied"] else "paid",
            "diagnosis_codes": ";".join(claim["told"]),
            "place_of_service": "11",
            "frequency": claim["frequency"],
            "original_encounter_id": claim["corrects"],
            "rendering_taxonomy": claim["taxonomy"],
        }
        office = [{"procedure_code": OFFICE}] if claim["office"] else []
        if kind == "stay":
            out = day + timedelta(days=claim["nights"])
            room = {
                "claim_type": "I",
                "bill_type": claim["bill"],
                "revenue_code": "0126" if claim["detox"] else "0124",
                "admit_date": day,
                "discharge_date": None if claim["status"] == "30" else out,
                "service_to": out,
                "patient_status": claim["status"],
                "place_of_service": None,
                "rendering_taxonomy": None,
            }
            lines = [room, {**room, "revenue_code": "0250"}]
        elif kind == "ed" and claim["physician"]:
            lines = [{"procedure_code": "99284", "place_of_service": "23"}, *office]
        elif kind == "ed":
            lines = [
                {"claim_type": "I", "bill_type": "0131", "revenue_code": "0450"},
                {"claim_type": "I", "bill_type": "0131", "revenue_code": "0510"},
            ]
        elif kind == "fill":
            lines = [{"claim_type": "R", "ndc": claim["drug"], "days_supply": 30}]
        else:
            code = {"visit": OFFICE, "talk": TALK, "program": PROGRAM, "dose": DOSE}.get(kind)
            lines = [{"procedure_code": code or DETOX}]
        for number, line in enumerate(lines, start=1):
            self.rows.append({**row, "line_number": number, **line})

    def filing(self):
        spans = [
            {"member_id": name, "birth_date": born, "enrolled_from": begins, "enrolled_to": stops}
            for name, (born, held) in self.members.items()
            for begins, stops in held
        ]
        engine = ibis.duckdb.connect()
        sent = {"encounters": self.rows, "members": spans, "providers": []}
        tables = {name: stage(engine, name, rows) for name, rows in sent.items()}
        return Filing("r", "P", CONTRACT, Period.parse("2026Q1"), LAST, tables)

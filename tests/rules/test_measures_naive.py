"""FUH, FUM, FUA and IET against plain loops over random worlds, day by day and claim by claim."""

import json
import random
from datetime import date, timedelta
from itertools import count

import ibis
import polars as pl
import pytest

from rules.model import Contract, Filing, Period
from rules.quality import (
    qm01_no_follow_up_after_hospital as qm01,
)
from rules.quality import (
    qm02_no_follow_up_after_emergency as qm02,
)
from rules.quality import (
    qm03_no_follow_up_after_overdose as qm03,
)
from rules.quality import (
    qm04_treatment_not_begun as qm04,
)
from rules.tables import staged_schema

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


@pytest.fixture(autouse=True, scope="module")
def drug_codes(tmp_path_factory):
    """Put a user's list of drugs in force."""
    folder = tmp_path_factory.mktemp("values")
    told = {
        "name": "measure_drugs",
        "title": "drugs",
        "version": "1",
        "effective": "2020-01-01",
        "source": "a test",
        "codes": {"substance_use": [DRUG]},
    }
    (folder / "measure_drugs.json").write_text(json.dumps(told))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARVEIN_VALUES", str(folder))
        yield


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
        tables = {}
        for name, rows in (("encounters", self.rows), ("members", spans), ("providers", [])):
            placed = [{**row, "_file": "f.csv", "_line": n} for n, row in enumerate(rows, start=2)]
            frame = pl.DataFrame(placed, schema=staged_schema(name))
            tables[name] = engine.create_table(name, frame.to_arrow())
        return Filing("r", "P", CONTRACT, Period.parse("2026Q1"), LAST, tables)


# --- the same, by hand -------------------------------------------------------------------------


def standing(world):
    """Return the claims that were not voided, replaced or voids themselves."""
    gone = {claim["corrects"] for claim in world.claims if claim["corrects"]}
    last = [claim for claim in world.claims if claim["frequency"] != "8"]
    # Two corrections of one claim: the later line stands.
    kept = [claim for claim in last if claim["id"] not in gone]
    return kept


def age_on(born, day):
    years = day.year - born.year
    return years - 1 if (day.month, day.day) < (born.month, born.day) else years


def holds(world, name, first, last):
    spans = world.members[name][1]
    day = first
    while day <= last:
        if not any(b <= day and (e is None or day <= e) for b, e in spans):
            return False
        day += timedelta(days=1)
    return True


def has(claim, codes):
    return any(code in codes for code in claim["told"])


def merged_stays(claims):
    """Put claims of a member together that begin on one day or overlap, until none are left."""
    groups = []
    for claim in claims:
        if claim["kind"] == "stay":
            out = claim["day"] + timedelta(days=claim["nights"])
            groups.append([{**claim, "out": out}])
    changed = True
    while changed:
        changed = False
        for one in groups:
            for other in groups:
                if one is other or one[0]["member"] != other[0]["member"]:
                    continue
                first = (min(c["day"] for c in one), max(c["out"] for c in one))
                second = (min(c["day"] for c in other), max(c["out"] for c in other))
                same = any(a["day"] == b["day"] for a in one for b in other)
                if same or (first[0] <= second[0] < first[1]):
                    one += other
                    groups.remove(other)
                    changed = True
                    break
            if changed:
                break
    made = []
    for group in groups:
        end = max(group, key=lambda claim: (claim["out"], claim["id"]))
        made.append(
            {
                "member": end["member"],
                "admit": min(claim["day"] for claim in group),
                "out": end["out"],
                "died": any(claim["status"] == "20" for claim in group),
                "open": end["status"] == "30" or end["bill"][3] in "23",
                "acute": end["bill"] == "0111" or end["bill"] == "0112",
                "principal": end["told"][0] if group_of(end["told"][0]) else None,
                "codes": {code for claim in group for code in claim["told"]},
                "detox": any(claim["detox"] for claim in group),
                "id": end["id"],
            }
        )
    return made


def group_of(code):
    return code not in {"J069"}


def is_visit(claim):
    return claim["kind"] in ("visit", "talk", "program")


def mental_provider(claim):
    return claim["taxonomy"] in (PSYCHIATRY, COUNSELOR)


def fuh(world, edition):
    claims = standing(world)
    every = merged_stays(claims)
    harm = {"2016": set(), "MY2024": HARM, "MY2025": HARM}[edition]
    made = []
    for stay in every:
        told = stay["principal"] in MENTAL | harm
        told = told or (edition == "MY2025" and bool(stay["codes"] & HARM))
        end = stay["out"] + timedelta(days=30)
        again = [
            other
            for other in every
            if other is not stay
            and other["member"] == stay["member"]
            and stay["out"] <= other["admit"] <= end
        ]
        born = world.members.get(stay["member"], (None, None))[0]
        if (
            told
            and stay["acute"]
            and not stay["open"]
            and not stay["died"]
            and stay["out"] >= FIRST
            and end <= LAST
            and not again
            and age_on(born, stay["out"]) >= 6
            and holds(world, stay["member"], stay["out"], end)
        ):
            made.append((stay["member"], stay["out"]))

    def answers(claim):
        if not is_visit(claim):
            return False
        if edition == "MY2025":
            return mental_provider(claim) or has(claim, MENTAL)
        return mental_provider(claim) or claim["kind"] == "talk"

    first = 0 if edition == "2016" else 1
    return counted(made, claims, answers, first)


def counted(events, claims, answers, first):
    """Return numerator and denominator of 7 and of 30 days."""
    told = []
    for days in (7, 30):
        met = sum(
            any(
                claim["member"] == member
                and answers(claim)
                and first <= (claim["day"] - day).days <= days
                for claim in claims
            )
            for member, day in events
        )
        told.append((met, len(events)))
    return told


def after_emergency(world, counts):
    """Return the emergency visits that FUM and FUA count."""
    claims = standing(world)
    every = merged_stays(claims)
    days = sorted(
        {(c["member"], c["day"]) for c in claims if c["kind"] == "ed" and not only_others(c)}
    )
    made = []
    for member, day in days:
        same = [c for c in claims if (c["member"], c["day"], c["kind"]) == (member, day, "ed")]
        end = day + timedelta(days=30)
        admitted = [
            s for s in every if s["member"] == member and s["admit"] <= end and s["out"] >= day
        ]
        least = 13 if counts is of_substance else 6
        if (
            any(counts(c) for c in same)
            and day >= FIRST
            and end <= LAST
            and age_on(world.members[member][0], day) >= least
            and holds(world, member, day, end)
            and not admitted
        ):
            before = [d for m, d in made if m == member]
            if not before or (day - max(before)).days >= 31:
                made.append((member, day))
    return made, claims


def only_others(claim):
    return set(claim["told"]) <= {"J069"}


def of_substance(claim):
    return claim["told"][0] in SUBSTANCE or has(claim, OVERDOSE)


def fum(world, edition):
    def counts(claim):
        if edition == "MY2025" and has(claim, HARM):
            return True
        return claim["told"][0] in MENTAL | HARM

    def answers(claim):
        if not is_visit(claim):
            return False
        if edition == "MY2025":
            return mental_provider(claim) or has(claim, MENTAL)
        return claim["told"][0] in MENTAL or (claim["told"][0] in HARM and has(claim, MENTAL))

    events, claims = after_emergency(world, counts)
    return counted(events, claims, answers, 0)


def filled(claim):
    return claim["kind"] == "fill" and claim["drug"] == DRUG and not claim["denied"]


def fua(world, edition):
    def answers(claim):
        if is_visit(claim) and has(claim, SUBSTANCE | OVERDOSE):
            return True
        return claim["kind"] in ("program", "dose") or filled(claim)

    events, claims = after_emergency(world, of_substance)
    return counted(events, claims, answers, 0)


def iet(world, edition):
    claims = standing(world)
    services = []
    for stay in merged_stays(claims):
        if stay["codes"] & SUBSTANCE:
            services.append(
                {
                    "member": stay["member"],
                    "id": stay["id"],
                    "begin": stay["admit"],
                    "end": stay["out"],
                    "rank": 0,
                    "told": True,
                    "treats": not stay["detox"] and not stay["open"],
                    "itself": not stay["open"],
                    "died": stay["died"],
                    "fill": False,
                }
            )
    for claim in claims:
        if claim["kind"] == "stay" or claim["member"] == "FILL":
            continue
        by_code = claim["kind"] in ("program", "dose", "detox")
        if claim["kind"] == "fill":
            if not filled(claim):
                continue
        elif not by_code and not has(claim, SUBSTANCE):
            continue
        services.append(
            {
                "member": claim["member"],
                "id": claim["id"],
                "begin": claim["day"],
                "end": claim["day"],
                "rank": 2 if claim["kind"] == "fill" else 1,
                "told": claim["kind"] != "fill" and has(claim, SUBSTANCE),
                "treats": is_visit(claim) or claim["kind"] in ("dose", "fill"),
                "itself": claim["kind"] == "dose",
                "died": False,
                "fill": claim["kind"] == "fill",
            }
        )
    began = stayed = total = 0
    for member in world.members:
        own = [s for s in services if s["member"] == member]
        for begin in sorted({s["begin"] for s in own if s["told"]}):
            index = min(
                (s for s in own if s["told"] and s["begin"] == begin),
                key=lambda s: (s["rank"], s["id"]),
            )
            day = index["end"]
            history = begin - timedelta(days=194)
            if any(s["begin"] < begin and s["end"] >= history for s in own):
                continue
            if not FIRST <= day + timedelta(days=47) <= LAST:
                continue
            if history < SEEN_FROM or index["died"] or age_on(world.members[member][0], day) < 13:
                continue
            if not holds(world, member, history, day + timedelta(days=47)):
                continue
            total += 1
            since = None
            if index["itself"]:
                since = day
            else:
                met = [
                    s
                    for s in own
                    if s["treats"] and s["id"] != index["id"] and 0 <= (s["begin"] - day).days <= 13
                ]
                if met:
                    since = min((s["begin"], s["end"]) for s in met)[1]
            if since is None:
                continue
            began += 1
            more = [s for s in own if s["treats"] and 1 <= (s["begin"] - since).days <= 34]
            fills = sum(s["fill"] for s in more)
            stayed += len(more) - fills + min(fills, 1) >= 2
    return [(began, total), (stayed, total)]


MEASURES = {"FUH": (qm01, fuh), "FUM": (qm02, fum), "FUA": (qm03, fua), "IET": (qm04, iet)}


@pytest.mark.parametrize("seed", range(3))
def test_measures_are_those_of_plain_loops(seed):
    world = World(seed)
    world.members["FILL"] = (date(1980, 1, 1), [(date(2023, 1, 1), None)])
    filing = world.filing()
    found, due = {}, {}
    for name, (rule, by_hand) in MEASURES.items():
        for edition in ("2016", "MY2024", "MY2025"):
            if name != "FUH" and edition == "2016":
                continue
            rates = qm04.RATES if name == "IET" else ("7 days", "30 days")
            params = rule.Params(edition, dict.fromkeys(rates, 0.0), least_denominator=1)
            told = list(rule.measure(filing, {}, params))
            found[name, edition] = [(m.numerator, m.denominator) for m in told]
            due[name, edition] = by_hand(world, edition)
    assert found == due


def test_the_worlds_hold_what_is_compared():
    events = dict.fromkeys(MEASURES, 0)
    met = dict.fromkeys(MEASURES, 0)
    for seed in range(3):
        world = World(seed)
        world.members["FILL"] = (date(1980, 1, 1), [(date(2023, 1, 1), None)])
        for name, (_, by_hand) in MEASURES.items():
            (first, total), _ = by_hand(world, "MY2025")
            events[name] += total
            met[name] += first
    assert all(0 < met[name] < events[name] for name in MEASURES)
    assert min(events.values()) >= 40

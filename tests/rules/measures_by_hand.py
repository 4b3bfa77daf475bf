"""FUH, FUM, FUA and IET as plain loops, day by day and claim by claim."""

from datetime import timedelta

from tests.rules.measure_worlds import (
    COUNSELOR,
    DRUG,
    FIRST,
    HARM,
    LAST,
    MENTAL,
    OVERDOSE,
    PSYCHIATRY,
    SEEN_FROM,
    SUBSTANCE,
)


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

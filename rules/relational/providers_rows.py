"""providers against providers: rows that repeat, overlap or contradict one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from rules.model import Filing, Severity
from rules.relational.edit import Comparison, RelationalEdit, Told, tell
from rules.relational.ids import joined
from rules.relational.repeats import find_repeats, keep_groups
from rules.relational.spans import OPEN_END

if TYPE_CHECKING:
    from ibis.expr.types import Table

REPEATED = RelationalEdit(
    "providers",
    "npi.repeated",
    "npi",
    "a row repeats npi, site_id, taxonomy and contract_effective of an earlier one",
    "one row a provider, site, specialty and contract",
    "Send the row once.",
    Severity.MAJOR,
)
OVERLAP = RelationalEdit(
    "providers",
    "contract_effective.overlap",
    "contract_effective",
    "two contracts for one provider, site and specialty overlap",
    "a day after the end of the earlier contract",
    "End the earlier contract on the day before the next takes effect.",
)
ENTITY_TYPE = RelationalEdit(
    "providers",
    "entity_type.differs",
    "entity_type",
    "one NPI is listed as a person and as a facility",
    "one entity_type for an NPI (45 CFR 162.406: an NPI is of one provider)",
    "Look the NPI up in NPPES; correct entity_type or the NPI of the wrong rows.",
    Severity.MAJOR,
)
NAME = RelationalEdit(
    "providers",
    "name.differs",
    "name",
    "one person's NPI has two names without a word in common",
    "one person for an NPI",
    "Look the NPI up in NPPES; correct the name or the NPI of the wrong rows.",
)
LICENSE = RelationalEdit(
    "providers",
    "license_number.shared",
    "license_number",
    "two people of one profession have one license",
    "a license of one's own",
    "Correct the license number, or the NPI where both rows are of one person.",
)
EDITS = (REPEATED, OVERLAP, ENTITY_TYPE, NAME, LICENSE)
_KEY = ("npi", "site_id", "taxonomy")

_TITLES = ("md", "do", "phd", "psyd", "lcsw", "pmhnp", "np", "pa", "dds", "dmd", "jr", "sr", "dr")


def faulty(filing: Filing) -> Table:
    """Return the rows that do not go with the provider's others, one row a row and edit."""
    rows = filing.tables["providers"]
    found = (_repeated(rows), _overlapping(rows), _typed_twice(rows), _named_twice(rows))
    return joined((*found, _sharing_license(rows)))


def _repeated(rows: Table) -> Table | None:
    keys = (*_KEY, "contract_effective")
    again = find_repeats(rows.select("_file", "_line", *keys), keys)
    if again is None:
        return None
    expected = ibis.literal("one row; the first is in ") + again._first
    return tell(again, [Told(REPEATED, ibis.literal(True), again.npi, expected)])


def _overlapping(rows: Table) -> Table | None:
    began = "contract_effective"
    kept = rows.select("_file", "_line", *_KEY, began, "contract_end")
    kept = keep_groups(kept, _KEY, kept.count() > 1)
    if kept is None:
        return None
    end = kept.contract_end.fill_null(ibis.date(OPEN_END))
    kept = kept.mutate(_end=ibis.ifelse(end < kept[began], ibis.null("date"), end))
    order = [began, "_file", "_line"]
    earlier = ibis.window(group_by=_KEY, order_by=order, preceding=(None, 1))
    placed = ibis.window(group_by=_KEY, order_by=order)
    kept = kept.mutate(_before=kept._end.max().over(earlier), _start=kept[began].lag().over(placed))
    is_open = kept._before == ibis.date(OPEN_END)
    expected = ibis.ifelse(
        is_open,
        "a day after the end of the earlier contract, which is open",
        ibis.literal("a day after ") + kept._before.cast("string") + ", when the earlier one ends",
    )
    overlaps = (kept[began] <= kept._before) & (kept[began] != kept._start)
    return tell(kept, [Told(OVERLAP, overlaps, kept[began], expected)])


def _typed_twice(rows: Table) -> Table | None:
    kept = rows.select("_file", "_line", *_KEY, "entity_type")
    kept = keep_groups(kept, ["npi"], kept.entity_type.nunique() > 1)
    if kept is None:
        return None
    first = ibis.window(group_by="npi", order_by=["_file", "_line"])
    place = kept._file + " line " + kept._line.cast("string")
    kept = kept.mutate(_type=kept.entity_type.first().over(first), _place=place.first().over(first))
    expected = kept._type + ", as in " + kept._place
    return tell(
        kept, [Told(ENTITY_TYPE, kept.entity_type != kept._type, kept.entity_type, expected)]
    )


def _named_twice(rows: Table) -> Table | None:
    people = rows.filter(rows.entity_type == "individual", rows.name.notnull())
    kept = people.select("_file", "_line", *_KEY, "name")
    kept = keep_groups(kept, ["npi"], kept.name.nunique() > 1)
    if kept is None:
        return None
    kept = kept.mutate(_words=_words_of(kept.name))
    first = ibis.window(group_by="npi", order_by=["_file", "_line"])
    kept = kept.mutate(_name=kept.name.first().over(first), _had=kept._words.first().over(first))
    # Words are letters alone, so they can stand in a pattern.
    any_had = ibis.literal("(^| )(") + kept._had.replace(" ", "|") + ")( |$)"
    strangers = (kept._words != "") & (kept._had != "") & ~kept._words.re_search(any_had)
    expected = ibis.literal("the name of the NPI's first row, ") + kept._name
    return tell(kept, [Told(NAME, strangers, kept.name, expected)])


def _words_of(name: ibis.ir.StringValue) -> ibis.ir.StringValue:
    """Return the words of a name in small letters, one blank between, no initials or titles."""
    words = name.lower().re_replace("[^\\p{L}]+", " ")
    words = words.re_replace(f"\\b({'|'.join(_TITLES)}|\\p{{L}})\\b", " ")
    return words.re_replace(" +", " ").strip()


def _sharing_license(rows: Table) -> Table | None:
    people = rows.filter(
        rows.entity_type == "individual",
        rows.license_number.notnull(),
        rows.license_state.notnull(),
        rows.taxonomy.notnull(),
    )
    kept = people.select(
        "_file", "_line", *_KEY, "license_state", license_number=people.license_number.upper()
    )
    # Boards number for themselves; those of physicians (204, 207, 208, ...) are one.
    begins = kept.taxonomy.left(3)
    kept = kept.mutate(_board=ibis.ifelse(begins.startswith("20"), "20", begins))
    by = ["license_state", "license_number", "_board"]
    kept = keep_groups(kept, by, kept.npi.nunique() > 1)
    if kept is None:
        return None
    first = ibis.window(group_by=by, order_by=["_file", "_line"])
    kept = kept.mutate(_first=kept.npi.first().over(first))
    expected = ibis.literal("a license of one's own; NPI ") + kept._first + " has this one too"
    value = kept.license_state + " " + kept.license_number
    return tell(kept, [Told(LICENSE, kept.npi != kept._first, value, expected)])


def seen(filing: Filing) -> dict[str, int]:
    """Return how many rows name a license; the other edits look at every row."""
    return {LICENSE.full_code: int(filing.tables["providers"].license_number.count().execute())}


COMPARISON = Comparison("providers_rows", "providers", ("providers",), EDITS, faulty, seen)

"""Who really serves: the traces that providers leave on final encounter lines.

The lines looked at run from the first day of the look-back to the last day of the period: the
``months`` end with the last mature month, and lines after them acquit as well. A provider serves a
member who has a final line, paid or denied, that names the provider as rendering, attending or
billing provider. To prescribe is not to serve. A group that bills lines without a rendering
clinician, pharmacy lines apart, tells nothing of its clinicians: they are *behind* it, neither
serving nor idle.

Lines are read for narrow, distinct pairs alone, and once a filing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import ibis
import polars as pl

from rules.encounters.final import standing
from rules.model import Filing, Period, add_months, month_end
from rules.npi import is_sound
from rules.relational.edit import set_aside_ids

if TYPE_CHECKING:
    from ibis.expr.types import Table

ROLES = ("rendering_npi", "attending_npi", "billing_npi")
"""Who serves by being named on a line."""


def window(filing: Filing, months: int) -> Period:
    """Return the days whose lines count: the look-back, and what follows it in the period."""
    return Period(filing.look_back(months).start, filing.period.end)


def traces(filing: Filing, months: int) -> Table:
    """Return who is named on lines together, each combination once; ``drug`` on pharmacy lines."""
    table: Table = filing.once(f"traces_{months}", partial(_traces, months=months))
    return table


def months_with_lines(filing: Filing, months: int) -> int:
    """Return how many calendar months of the window hold any final line."""
    count: int = filing.once(f"months_with_lines_{months}", partial(_months, months=months))
    return count


def served(filing: Filing, months: int = 12) -> pl.DataFrame:
    """Return ``npi`` and ``members``: the distinct members whom each one served.

    Lines that name no member make one member together.
    """
    counts: pl.DataFrame = filing.once(f"served_{months}", partial(_served, months=months))
    return counts


def serving(filing: Filing, at_least: int, months: int = 12) -> frozenset[str]:
    """Return the NPIs, listed or not, that served so many members of the plan or more."""
    counts = served(filing, months)
    return frozenset(counts.filter(pl.col("members") >= at_least)["npi"])


def listed_npis(filing: Filing, months: int, min_months_listed: int) -> pl.DataFrame:
    """Return what can be told of every listed provider, one row an NPI.

    Returns
    -------
    polars.DataFrame
        ``npi``; ``members`` served; ``settled``: under contract in ``min_months_listed`` months of
        the look-back or more; ``behind``: a group of theirs billed lines without a clinician;
        ``undecided``: another row of theirs lies in quarantine, or the NPI fails its check digit,
        so that no claim can match it.
    """
    build = partial(_listed_npis, months=months, at_least=min_months_listed)
    told: pl.DataFrame = filing.once(f"listed_npis_{months}_{min_months_listed}", build)
    return told


def on_paper(
    filing: Filing, at_least: int, months: int = 12, min_months_listed: int = 6
) -> frozenset[str]:
    """Return the listed NPIs that are shown to serve fewer than ``at_least`` members.

    Whoever is new under contract, behind a group's billing or undecided is shown nothing, and is
    not among them.
    """
    told = listed_npis(filing, months, min_months_listed)
    return frozenset(told.filter(shown_idle() & (pl.col("members") < at_least))["npi"])


def shown_idle() -> pl.Expr:
    """Return, of :func:`listed_npis`, of whom a lack of lines would show that they are idle."""
    return pl.col("settled") & ~pl.col("behind") & ~pl.col("undecided")


def eligible(rows: Table, listed_in: Period, at_least: int) -> Table:
    """Return ``npi`` of those under contract in enough months, on any day of each."""
    ends = rows.contract_end.fill_null(ibis.date("9999-12-31"))
    sound = rows.contract_effective <= ends
    months = [add_months(listed_in.start, place) for place in range(listed_in.months)]
    in_month = {
        f"m{place}": (sound & (rows.contract_effective <= month_end(first)) & (ends >= first)).any()
        for place, first in enumerate(months)
    }
    clinicians = rows.group_by("npi").agg(**in_month)
    listed = sum(clinicians[name].fill_null(False).cast("int64") for name in in_month)
    return clinicians.filter(listed >= at_least).select("npi")


def npis(lines: Table, columns: Sequence[str] = ROLES) -> Table:
    """Return the distinct NPIs of some columns as ``seen``."""
    first, *rest = (lines.select(seen=column) for column in columns)
    named = ibis.union(first, *rest) if rest else first
    return named.filter(named.seen.notnull()).distinct()


def unnamed_groups(lines: Table) -> Table:
    """Return as ``seen`` who billed lines, not of pharmacy, that name no rendering clinician."""
    return npis(lines.filter(lines.rendering_npi.isnull(), ~lines.drug), ("billing_npi",))


def members_of(groups: Table, rows: Table) -> Table:
    """Return the distinct ``npi`` of clinicians listed under one of the groups ``seen``."""
    listed = rows.filter(rows.group_npi.notnull())
    return listed.semi_join(groups, listed.group_npi == groups.seen).select("npi").distinct()


def _lines(filing: Filing, months: int) -> Table:
    looked = window(filing, months)
    lines = standing(filing.tables["encounters"], filing)
    last = ibis.coalesce(lines.service_to, lines.service_from)
    return lines.filter(lines.service_from <= looked.end, last >= looked.start)


def _traces(filing: Filing, months: int) -> Table:
    lines = _lines(filing, months)
    return lines.select(*ROLES, "prescriber_npi", drug=lines.claim_type == "R").distinct()


def _months(filing: Filing, months: int) -> int:
    return int(_lines(filing, months).service_from.truncate("month").nunique().execute())


def _served(filing: Filing, months: int) -> pl.DataFrame:
    lines = _lines(filing, months)
    # Each role by itself: pairs of two columns are far fewer than lines, and stay in memory.
    pairs = [
        lines.filter(lines[role].notnull())
        .select(npi=role, member=lines.member_id.fill_null(""))
        .distinct()
        for role in ROLES
    ]
    once = ibis.union(*pairs, distinct=True)
    counts: pl.DataFrame = once.group_by("npi").agg(members=once.count()).to_polars()
    return counts.sort("npi")


def _listed_npis(filing: Filing, months: int, at_least: int) -> pl.DataFrame:
    rows = filing.tables["providers"]
    rows = rows.filter(rows.npi.notnull())
    settled = eligible(rows, filing.look_back(months), at_least).to_polars()
    behind = members_of(unnamed_groups(traces(filing, months)), rows).to_polars()
    names = rows.select("npi").distinct()
    listed = names.mutate(undecided=~is_sound(names.npi)).to_polars()
    hidden = set_aside_ids(filing, "providers", "npi")
    unsure = hidden.to_polars()["npi"] if hidden is not None else pl.Series(dtype=pl.String)
    told: pl.DataFrame = (
        listed.join(served(filing, months), on="npi", how="left")
        .select(
            "npi",
            pl.col("members").fill_null(0),
            settled=pl.col("npi").is_in(settled["npi"].implode()),
            behind=pl.col("npi").is_in(behind["npi"].implode()),
            undecided=pl.col("undecided") | pl.col("npi").is_in(unsure.implode()),
        )
        .sort("npi")
    )
    return told

"""The part of care that the patient-sharing graph tells: PH and BH providers who share members.

The graph joins a provider to each member with a BH need whom the provider saw in the months looked
back on. A provider who bills both PH and BH stands for two, so that an integrated clinic ties its
own two halves. The cross ties are, over members, the pairs of a PH and a BH provider who both saw
the member; :mod:`rules.separation.shuffle` tells how many there would be if the same visits fell
on the same members without regard to kind.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules.model import Filing
from rules.separation.joint import NEEDS
from rules.separation.needs import needs
from rules.separation.parts import LeftOut, Part, Told, between, too_few, why_unusable
from rules.separation.served import visits
from rules.separation.shuffle import SHUFFLES, Ints, compare_ties

SHARED = "shared patients"
FEWEST_MEMBERS = 50
"""Fewest members seen by two providers or more. carvein's own default."""

MOST_PAIRS = 50_000
"""Most provider-member pairs that are shuffled; of more, whole members are drawn at random."""

ONE_HOUSE, TWO_HOUSES = 0.8, 0.2
"""Cross ties over those expected that read 0 and 1. carvein's own defaults: members need one kind
of care more than the other, so that even one house stays below 1."""


@dataclass(frozen=True, eq=False)
class Graph:
    """Distinct provider-member pairs, both numbered from 0; ``behavioral`` by provider.

    ``members`` and ``all_members`` count those drawn and those there were, ``all_pairs`` likewise.
    """

    provider: Ints
    member: Ints
    behavioral: NDArray[np.bool_]
    members: int
    all_members: int
    all_pairs: int


def tell_sharing(filing: Filing) -> Told:
    """Tell how many ties cross between PH and BH providers, against shuffles of the same visits.

    The value goes by the high end of the 95 % interval over members, so that chance is not read as
    separation.
    """
    reason = why_unusable(filing, NEEDS)
    if reason:
        return LeftOut(SHARED, reason)
    seed = seed_of(filing)
    graph = draw(pairs(filing), seed)
    few = too_few(SHARED, graph.members, "members with a BH need and two providers", FEWEST_MEMBERS)
    if few:
        return few
    ties = compare_ties(graph.provider, graph.member, graph.behavioral, seed)
    if np.percentile(ties.shuffled, 2.5) < 1:
        return LeftOut(SHARED, "shuffles give no cross ties: one kind of provider is hardly seen")
    low, high = ties.interval
    least, most = ties.likely
    bh = int(graph.behavioral.sum())
    details: dict[str, Any] = {
        "ratio": round(ties.ratio, 4),
        "interval": [round(low, 4), round(high, 4)],
        "interval_over_members": [round(least, 4), round(most, 4)],
        "z": round(ties.z, 2),
        "shuffles": SHUFFLES,
        "bh_providers": bh,
        "ph_providers": len(graph.behavioral) - bh,
        "members": graph.members,
        "members_there": graph.all_members,
        "pairs": len(graph.provider),
        "pairs_there": graph.all_pairs,
    }
    told = (
        f"{ties.observed:,} ties cross between PH and BH providers, {ties.ratio:.2f} of what "
        f"{SHUFFLES} shuffles give (95 % interval {low:.2f} to {high:.2f} over shuffles, "
        f"{least:.2f} to {most:.2f} over members{tell_sample(graph)})"
    )
    value = between(most, ONE_HOUSE, TWO_HOUSES)
    return Part(SHARED, value, ties.observed, round(ties.expected, 1), told, details)


def tell_sample(graph: Graph) -> str:
    """Say what was drawn, "" where everybody was taken."""
    if graph.members == graph.all_members:
        return ""
    return f", {graph.members:,} of {graph.all_members:,} members drawn at random"


def seed_of(filing: Filing) -> int:
    """Return a seed of the filing's own: the same contract, plan and period, the same shuffles."""
    named = "\x1f".join((filing.contract.id, filing.plan_id, str(filing.period)))
    return int.from_bytes(hashlib.sha256(named.encode()).digest()[:8], "big")


def pairs(filing: Filing) -> pl.DataFrame:
    """Return the distinct pairs ``npi``, ``side``, ``member_id`` of members with a BH need.

    Duals are left out: what Medicare pays for is not among the encounters.
    """
    lines = visits(filing).filter(lambda table: table.npi.notnull())
    held = needs(filing).filter(~pl.col("dual"))
    frame: pl.DataFrame = (
        lines.semi_join(ibis.memtable(held.select("member_id")), "member_id")
        .select("npi", "side", "member_id")
        .distinct()
        .to_polars()
    )
    return frame


def draw(found: pl.DataFrame, seed: int, most: int = MOST_PAIRS) -> Graph:
    """Return the graph of members whom two providers saw; whole members are drawn where too many.

    Members of one provider have no tie, as observed or shuffled.
    """
    found = found.sort("member_id", "npi", "side")
    several = found.filter(pl.len().over("member_id") > 1)
    sizes = several.group_by("member_id", maintain_order=True).len()
    there, pairs_there = sizes.height, several.height
    if pairs_there > most:
        order = np.random.default_rng(seed).permutation(there)
        enough = order[np.cumsum(sizes["len"].to_numpy()[order]) <= most]
        several = several.join(sizes[np.sort(enough)].select("member_id"), on="member_id")
    provider = several.select(code=pl.concat_str("side", "npi", separator=" ").rank("dense") - 1)
    member = several.select(code=pl.col("member_id").rank("dense") - 1)["code"]
    who = provider["code"].cast(pl.Int64).to_numpy().copy()
    behavioral = np.zeros(int(who.max()) + 1 if len(who) else 0, dtype=bool)
    behavioral[who] = (several["side"] == "BH").to_numpy()
    return Graph(
        provider=who,
        member=member.cast(pl.Int64).to_numpy().copy(),
        behavioral=behavioral,
        members=several["member_id"].n_unique(),
        all_members=there,
        all_pairs=pairs_there,
    )

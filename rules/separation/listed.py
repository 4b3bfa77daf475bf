"""The parts of the network that the provider list tells: who holds BH, and who shares a roof."""

from __future__ import annotations

import ibis
import polars as pl

from rules.domain import BEHAVIORAL, taxonomy_group
from rules.model import Filing
from rules.separation.parts import LeftOut, Part, Told, between, too_few, why_unusable

THROUGH_ONE = "reachable through one subcontractor"
TOGETHER = "PH and BH at one site or group"
ONE_HOUSE = 0.10
"""Share of BH providers listed beside PH that reads 0; none reads 1. carvein's own default."""


def list_parts(filing: Filing) -> list[Told]:
    """Return the parts of who holds the BH network and of who sits together."""
    reason = why_unusable(filing, ("providers",))
    if reason:
        return [LeftOut(THROUGH_ONE, reason), LeftOut(TOGETHER, reason)]
    listed = under_contract(filing)
    bh = listed.filter(pl.col("side") == "BH")
    few = too_few("", bh["npi"].n_unique(), "BH providers under contract")
    if few:
        return [LeftOut(name, few.reason) for name in (THROUGH_ONE, TOGETHER)]
    return [tell_through_one(bh), tell_together(bh, listed.filter(pl.col("side") == "PH"))]


def under_contract(filing: Filing) -> pl.DataFrame:
    """Return the distinct rows under contract on the period's last day, PH and BH alone.

    Returns
    -------
    ``npi``, ``side`` (by taxonomy), ``site_id``, ``group_npi`` and ``held`` (subcontractor_id, ""
    where contracted directly).
    """
    rows = filing.tables["providers"]
    on = filing.period.end
    rows = rows.filter(
        rows.npi.notnull(),
        rows.taxonomy.notnull(),
        rows.contract_effective <= on,
        rows.contract_end.isnull() | (rows.contract_end >= on),
    )
    held = rows.subcontractor_id.fill_null("").strip()
    kept = rows.select(
        "npi", "taxonomy", "site_id", "group_npi", held=ibis.coalesce(held, "")
    ).distinct()
    frame: pl.DataFrame = kept.to_polars()
    said = {code: taxonomy_group(code) for code in frame["taxonomy"].unique()}
    side = {code: "BH" if g in (*BEHAVIORAL, "BH") else g for code, g in said.items()}
    return frame.with_columns(
        side=pl.col("taxonomy").replace_strict(side, return_dtype=pl.String)
    ).filter(pl.col("side").is_in(["PH", "BH"]))


def tell_through_one(bh: pl.DataFrame) -> Part:
    """Tell how many BH providers are held by one subcontractor and nobody else: the largest."""
    holders = bh.group_by("npi").agg(holders=pl.col("held").n_unique(), holder=pl.col("held").min())
    total = holders.height
    sole = holders.filter(pl.col("holders") == 1, pl.col("holder") != "")
    by = sole.group_by("holder").len().sort("len", "holder", descending=[True, False])
    most = by.row(0) if by.height else ("", 0)
    count = int(most[1])
    through = f"subcontractor {most[0]}" if count else "a subcontractor"
    told = f"{count:,} of {total:,} BH providers are reachable only through {through}"
    details = {"subcontractor": most[0], "held_by": dict(by.head(5).iter_rows())}
    return Part(THROUGH_ONE, count / total, count, total, told, details)


def tell_together(bh: pl.DataFrame, ph: pl.DataFrame) -> Told:
    """Tell how many BH providers are listed at a site, or in a group, where PH is listed."""
    few = too_few(TOGETHER, ph["npi"].n_unique(), "PH providers under contract")
    if few:
        return few
    sites = ph["site_id"].drop_nulls().unique().to_list()
    groups = ph["group_npi"].drop_nulls().unique().to_list()
    beside = bh.filter(pl.col("site_id").is_in(sites) | pl.col("group_npi").is_in(groups))
    total, count = bh["npi"].n_unique(), beside["npi"].n_unique()
    told = f"{count:,} of {total:,} BH providers are listed at a site or in a group with PH"
    return Part(TOGETHER, between(count / total, ONE_HOUSE, 0.0), count, total, told)

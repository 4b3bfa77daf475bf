"""Which specialties a provider row counts for, by its taxonomy and its program.

The map is the value set ``value_sets/specialties.yaml``: the 43 specialties of 42 CFR 422.116
with CMS's HSD code, and those beyond them that contracts name. Each says which dated list it rests
on, and is marked where the choice of taxonomies and programs is carvein's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import ibis
import polars as pl
import yaml

if TYPE_CHECKING:
    from ibis.expr.types import Table

_FILE = Path(__file__).parent / "value_sets" / "specialties.yaml"


@dataclass(frozen=True)
class Specialty:
    """One specialty of network standards.

    ``hsd_code`` is CMS's three-character code, "" where CMS has none; ``kind`` is provider or
    facility; ``domain`` is PH or BH. A taxonomy that ends in ``*`` stands for all that begin so.
    A broad specialty ``includes`` others: what counts for one of those counts for it too.
    ``sources`` are ids of :func:`sources`; ``unverified`` marks a choice of carvein's own.
    """

    slug: str
    title: str
    hsd_code: str
    kind: str
    domain: str
    taxonomies: tuple[str, ...]
    programs: tuple[str, ...]
    includes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    unverified: bool = False


@dataclass(frozen=True)
class Source:
    """A list that the map rests on, and its day or month."""

    id: str
    title: str
    dated: str


@cache
def specialties() -> Mapping[str, Specialty]:
    """Return every specialty by its slug, in the order of the value set."""
    listed = (
        Specialty(
            slug=row["slug"],
            title=row["title"],
            hsd_code=row["hsd_code"] or "",
            kind=row["kind"],
            domain=row["domain"],
            taxonomies=tuple(row.get("taxonomies", ())),
            programs=tuple(row.get("programs", ())),
            includes=tuple(row.get("includes", ())),
            sources=tuple(row["sources"]),
            unverified=row.get("unverified", False),
        )
        for row in _value_set()["specialties"]
    )
    return MappingProxyType({specialty.slug: specialty for specialty in listed})


@cache
def bh_specialties() -> frozenset[str]:
    """Return the slugs of the behavioral-health specialties, the broad ones among them."""
    return frozenset(slug for slug, held in specialties().items() if held.domain == "BH")


@cache
def bh_trades() -> frozenset[str]:
    """Return the slugs of the behavioral-health specialties that include no other."""
    return frozenset(slug for slug in bh_specialties() if not specialties()[slug].includes)


@cache
def sources() -> Mapping[str, Source]:
    """Return the lists that the map rests on, by id."""
    listed = (Source(row["id"], row["title"], row["dated"]) for row in _value_set()["sources"])
    return MappingProxyType({source.id: source for source in listed})


def version() -> str:
    """Return the version of the value set."""
    return str(_value_set()["version"])


def specialties_of(taxonomy: str | None, program: str | None) -> tuple[str, ...]:
    """Return the slugs that a taxonomy and a ;-separated list of programs count for.

    A program may also name a specialty by its slug. Neither letter case nor blanks around count.
    A pair that maps to nothing gives ().
    """
    code = (taxonomy or "").strip().upper()
    names = {name.strip().casefold() for name in (program or "").split(";")}
    return _with_broad(
        slug
        for slug, specialty in specialties().items()
        if _matches(code, specialty.taxonomies)
        or slug in names
        or any(name.casefold() in names for name in specialty.programs)
    )


def with_specialty(providers: Table) -> Table:
    """Return one row per provider row and specialty, with the column ``specialty`` added.

    Parameters
    ----------
    providers
        An ibis table with at least npi, taxonomy and program. The distinct pairs of the last two
        are read at once.

    Returns
    -------
    An ibis table. Rows that map to nothing are left out, and so are the rows of a provider (NPI)
    under a specialty that another of its rows rules out: one listed under psychiatry, clinical
    psychology or clinical social work is not also outpatient behavioral health.
    """
    keyed = providers.mutate(
        _taxonomy=providers.taxonomy.fill_null(""), _program=providers.program.fill_null("")
    )
    mapped = ibis.memtable(_mapped(keyed.select("_taxonomy", "_program").distinct().to_polars()))
    listed = keyed.inner_join(mapped, ["_taxonomy", "_program"]).drop("_taxonomy", "_program")
    for slug, others in _not_also().items():
        ruling = listed.filter(listed.specialty.isin(others)).select("npi").distinct()
        kept = listed.filter(listed.specialty == slug).anti_join(ruling, "npi")
        listed = listed.filter(listed.specialty != slug).union(kept)
    return listed


def list_specialties(providers: pl.DataFrame) -> pl.DataFrame:
    """Return one row per provider row and specialty: :func:`with_specialty` for a polars frame.

    A column ``specialty`` that holds a known slug (or several, ;-separated) overrides the map
    for its row; an unknown one does not.
    """
    blank = pl.lit(None, dtype=pl.String)
    named = pl.col("specialty") if "specialty" in providers.columns else blank
    keyed = providers.with_columns(
        pl.col("taxonomy").fill_null("").alias("_taxonomy"),
        pl.col("program").fill_null("").alias("_program"),
        named.cast(pl.String).fill_null("").alias("_named"),
    ).drop("specialty", strict=False)
    keys = ["_taxonomy", "_program", "_named"]
    mapped = _mapped(keyed.select(keys).unique(maintain_order=True))
    listed = keyed.join(mapped, on=keys, maintain_order="left").drop(keys)
    for slug, others in _not_also().items():
        ruling = listed.filter(pl.col("specialty").is_in(others)).select("npi").unique()
        fits = pl.col("specialty") != slug
        ruled = pl.col("npi").is_in(ruling["npi"].drop_nulls().implode()).fill_null(False)
        listed = listed.filter(fits | ~ruled)
    return listed


def _mapped(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs with one row a specialty."""
    rows = [
        (*key, slug)
        for key in pairs.iter_rows()
        for slug in _named(key[2] if len(key) > 2 else "") or specialties_of(key[0], key[1])
    ]
    columns = [*pairs.columns, "specialty"]
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def _named(text: str) -> tuple[str, ...]:
    names = [name.strip().casefold() for name in text.split(";")]
    return _with_broad(name for name in names if name in specialties())


def _with_broad(slugs: Iterable[str]) -> tuple[str, ...]:
    """Return slugs and the broad ones that include one of them, in the order of the map."""
    held = set(slugs)
    for slug, specialty in specialties().items():  # a broad one stands after those it includes
        if not held.isdisjoint(specialty.includes):
            held.add(slug)
    return tuple(slug for slug in specialties() if slug in held)


@cache
def _value_set() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return read


@cache
def _not_also() -> Mapping[str, list[str]]:
    return MappingProxyType(dict(_value_set()["not_also"]))


def _matches(code: str, taxonomies: tuple[str, ...]) -> bool:
    return bool(code) and any(
        code.startswith(wanted[:-1]) if wanted.endswith("*") else code == wanted
        for wanted in taxonomies
    )

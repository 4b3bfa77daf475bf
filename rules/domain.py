"""What an encounter line is for: PH, MH, SUD, LTSS or OTHER, by the first step that can tell.

This is the hierarchy, which stands where a pack says nothing else; :mod:`rules.domain_definition`
has the other definitions, which ask the same steps in another order.

The steps, in order: the procedure code; the program modifier (HE, HF ...); the revenue code; the
type of bill; the place of service; the taxonomy of who rendered the line, or of who billed it when
nobody is known to have rendered it; the principal diagnosis. A line that no step claims is PH.

A step may say BH: behavioral health, of either kind. Then the first later step that says MH or SUD
tells the kind, and MH stands when none does: psychotherapy for an alcohol disorder is SUD.

A taxonomy on the line comes before the one in the providers' table. A rendering provider who is
known and is not of behavioral health leaves the line to its diagnosis, whoever billed it; so does
a provider whose rows in the table disagree. On a pharmacy line the prescriber's taxonomy counts:
the list of drugs that is shipped is too old to tell a domain by.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import ibis
import polars as pl

from rules.domain_definition import ALL, ASKED, HIERARCHY, NOT_BH, ONLY_BH, STEPS
from rules.values import value_set

if TYPE_CHECKING:
    from ibis.expr.types import Table

DOMAINS = ("PH", "MH", "SUD", "LTSS", "OTHER")
BEHAVIORAL = ("MH", "SUD")
ADDED = ("domain", "domain_reason")
"""The columns that :func:`with_domain` adds."""

KEPT = {"domain": "_domain", "domain_reason": "_domain_reason"}
"""Under which names staged lines carry them, told by :mod:`rules.domain_told`."""

ELSEWHERE = "PH"


def with_domain(lines: Table, providers: Table | None = None, definition: str = HIERARCHY) -> Table:
    """Add to encounter lines what they are for and which step told it.

    Lines that were told while they were staged say so themselves. For others the distinct codes
    that occur are read at once; the lines are not.

    Parameters
    ----------
    lines : ibis.expr.types.Table
        Staged encounters.
    providers : ibis.expr.types.Table, optional
        The plan's staged providers, for taxonomies that the lines do not carry. Lines that were
        told before were told with those that were staged beside them.
    definition : str
        What behavioral health is, one of :data:`rules.domain_definition.DEFINITIONS`. Lines that
        were told before were told by the definition of the pack that they were staged for.

    Returns
    -------
    ibis.expr.types.Table
        The lines with ``domain`` (one of :data:`DOMAINS`) and ``domain_reason`` (one of
        :data:`rules.domain_definition.STEPS`, or ``none``), both text.
    """
    # A column of the plan's own that is named like ours gives way to it.
    columns = tuple(name for name in lines.columns if name not in (*ADDED, *KEPT.values()))
    if set(KEPT.values()) <= set(lines.columns):
        return lines.select(*columns, **KEPT)
    drug = (lines.claim_type == "R").fill_null(False)
    told = lines.mutate(
        _procedure=lines.procedure_code.upper(),
        _modifier=lines.modifiers.upper(),
        _revenue=lines.revenue_code.lpad(4, "0"),
        _bill=lines.bill_type.lpad(4, "0"),
        _place=lines.place_of_service.lpad(2, "0"),
        _diagnosis=lines.diagnosis_codes.substr(0, 7),
        _renders=ibis.ifelse(drug, ibis.null(str), lines.rendering_taxonomy.upper()),
        _bills=ibis.ifelse(drug, ibis.null(str), lines.billing_taxonomy.upper()),
        _by=ibis.ifelse(drug, lines.prescriber_npi, lines.rendering_npi),
        _for=ibis.ifelse(drug, ibis.null(str), lines.billing_npi),
    )
    groups = _code_groups(told)
    if providers is not None:
        by_npi = _provider_groups(providers)
        groups |= {"_by": by_npi, "_for": by_npi}
    heard = [key for key, codes in groups.items() if not codes.is_empty()]
    for key in heard:
        named = groups[key].select(
            pl.col("code").alias(f"{key}_code"),
            pl.col("group").replace_strict(NUMBERS, return_dtype=pl.Int32).alias(f"{key}_said"),
        )
        table = ibis.memtable(named)
        told = told.left_join(table, told[key] == table[f"{key}_code"])
    return _decided(told, columns, heard, definition)


def side_of(domain: Any) -> Any:
    """Return ``BH`` for MH and SUD, and any other domain as it is, of a text column."""
    return ibis.ifelse(domain.isin(BEHAVIORAL), "BH", domain)


def taxonomy_group(taxonomy: str) -> str:
    """Return MH, SUD, BH (either), LTSS, OTHER, or PH for any other taxonomy."""
    code = taxonomy.upper()
    known = value_set("bh_taxonomies").of(code) or value_set("other_taxonomies").of(code)
    return known or ELSEWHERE


def procedure_group(code: str) -> str | None:
    """Return MH, SUD, BH (either), LTSS or OTHER for a procedure code, None when it is silent."""
    return value_set("bh_services").of(code) or value_set("other_services").of(code)


def modifier_group(modifiers: str) -> str | None:
    """Return what a ``;``-separated list says: SUD before MH before BH, None when it is silent."""
    values = value_set("bh_modifiers").codes
    said = {values.get(modifier.strip()) for modifier in modifiers.split(";")}
    return next((group for group in ("SUD", "MH", "BH") if group in said), None)


CODE_KEYS = {
    "_procedure": procedure_group,
    "_modifier": modifier_group,
    "_revenue": lambda code: value_set("bh_revenue").of(code),
    "_bill": lambda code: value_set("other_bills").of(code),
    "_place": lambda code: value_set("bh_places").of(code),
    "_diagnosis": lambda code: value_set("bh_diagnoses").of(code),
    "_renders": taxonomy_group,
    "_bills": taxonomy_group,
}
"""What each code column of a line says."""
WHO = ("_renders", "_by", "_bills", "_for")
"""Whose taxonomy counts, the first that is known: on the line, then in the providers' table."""


_GROUPS = ("PH", "MH", "SUD", "BH", "LTSS", "OTHER")
NUMBERS = {group: number for number, group in enumerate(_GROUPS)}
SAID = len(_GROUPS)
KINDS = tuple(NUMBERS[kind] for kind in BEHAVIORAL)
TAKEN: dict[str, tuple[int, ...] | None] = {
    ALL: None,
    ONLY_BH: (*KINDS, NUMBERS["BH"]),
    NOT_BH: tuple(NUMBERS[group] for group in _GROUPS if group not in (*BEHAVIORAL, "BH")),
}
"""The numbers of a step's words that a definition takes; None for every one."""


def _decided(told: Table, columns: tuple[str, ...], heard: list[str], definition: str) -> Table:
    """Add ``domain`` and ``domain_reason`` by what the steps have told.

    Groups are numbers here, and one small table turns what was said into words: over text, the
    same takes the engine several times as long.
    """
    silent = ibis.null("int32")
    taxonomy = ibis.coalesce(*(told[f"{key}_said"] for key in WHO if key in heard), silent)
    steps = {
        step: taxonomy.nullif(NUMBERS[ELSEWHERE])
        if step == "taxonomy"
        else (told[f"_{step}_said"] if f"_{step}" in heard else silent)
        for step in STEPS
    }
    first = ibis.coalesce(
        *(
            _among(steps[step], TAKEN[taken]) + SAID * STEPS.index(step)
            for step, taken in ASKED[definition]
        ),
        -1,
    )
    kind = ibis.coalesce(*(_among(step, KINDS) for step in steps.values()), NUMBERS["MH"])
    # A view of its own: ibis takes no computed column into a chain of joins.
    numbered = told.select(*columns, _outcome=(first * SAID + kind).cast("int32")).view()
    words = ibis.memtable(outcomes())
    worded = numbered.join(words, "_outcome")
    return worded.select(*columns, "domain", "domain_reason")


def _among(step: Any, numbers: tuple[int, ...] | None) -> Any:
    """Return what a step says where it is one of the numbers, else null."""
    return step if numbers is None else ibis.ifelse(step.isin(numbers), step, ibis.null("int32"))


@cache
def outcomes() -> pl.DataFrame:
    """Return ``domain`` and ``domain_reason`` by the number of every outcome of the steps."""
    rows = [(NUMBERS[kind] - SAID, ELSEWHERE, "none") for kind in BEHAVIORAL]
    for place, step in enumerate(STEPS):
        for group in _GROUPS:
            for kind in BEHAVIORAL:
                number = (place * SAID + NUMBERS[group]) * SAID + NUMBERS[kind]
                rows.append((number, kind if group == "BH" else group, step))
    schema = {"_outcome": pl.Int32, "domain": pl.String, "domain_reason": pl.String}
    return pl.DataFrame(rows, schema, orient="row")


def _code_groups(lines: Table) -> dict[str, pl.DataFrame]:
    """Return for each code column what those of its codes that occur say: ``code``, ``group``."""
    first, *rest = (
        lines.select(key=ibis.literal(key), code=key).filter(ibis._.code.notnull()).distinct()
        for key in CODE_KEYS
    )
    asked = ibis.union(first, *rest).to_polars()
    told: dict[str, list[tuple[str, str]]] = {key: [] for key in CODE_KEYS}
    for key, code in asked.iter_rows():
        group = CODE_KEYS[key](code)
        if group is not None:
            told[key].append((code, group))
    schema = {"code": pl.String, "group": pl.String}
    return {key: pl.DataFrame(rows, schema, orient="row") for key, rows in told.items()}


def _provider_groups(providers: Table) -> pl.DataFrame:
    """Return :func:`groups_by_npi` of a table of providers."""
    listed = providers.filter(providers.npi.notnull(), providers.taxonomy.notnull())
    return groups_by_npi(listed.select("npi", "taxonomy").distinct().to_polars())


def groups_by_npi(rows: pl.DataFrame) -> pl.DataFrame:
    """Return what the taxonomies of each NPI say: ``code`` (the NPI), ``group``.

    ``rows`` has distinct ``npi`` and ``taxonomy``, no nulls. PH when the rows of an NPI disagree,
    BH when they agree but for MH and SUD.
    """
    group_of = {taxonomy: taxonomy_group(taxonomy) for taxonomy in rows["taxonomy"].unique()}
    said: dict[str, set[str]] = {}
    for npi, taxonomy in rows.iter_rows():
        said.setdefault(npi, set()).add(group_of[taxonomy])
    told = [(npi, _agreed(groups)) for npi, groups in said.items()]
    return pl.DataFrame(told, {"code": pl.String, "group": pl.String}, orient="row")


def _agreed(groups: set[str]) -> str:
    if len(groups) == 1:
        return next(iter(groups))
    return "BH" if groups <= {*BEHAVIORAL, "BH"} else ELSEWHERE

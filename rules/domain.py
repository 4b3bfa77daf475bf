"""What an encounter line is for: PH, MH, SUD, LTSS or OTHER, by the first step that can tell.

The steps, in order: the procedure code; the program modifier (HE, HF ...); the revenue code; the
type of bill; the place of service; the taxonomy of who rendered the line, or of who billed it when
nobody is known to have rendered it; the principal diagnosis. A line that no step claims is PH.

A step may say BH: behavioral health, of either kind. Then the first later step that says MH or SUD
tells the kind, and MH stands when none does: psychotherapy for an alcohol disorder is SUD.

A taxonomy on the line comes before the one in the providers' table. A rendering provider who is
known and is not of behavioral health leaves the line to its diagnosis, whoever billed it; so does
a provider whose rows in the table disagree. On a pharmacy line the prescriber's taxonomy counts,
for no list of drug codes is shipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from rules.codes import group_of
from rules.values import value_set

if TYPE_CHECKING:
    from ibis.expr.types import Table

DOMAINS = ("PH", "MH", "SUD", "LTSS", "OTHER")
BEHAVIORAL = ("MH", "SUD")
STEPS = ("procedure", "modifier", "revenue", "bill", "place", "taxonomy", "diagnosis")
"""The steps in their order; ``domain_reason`` names the one that decided, or ``none``."""

_ELSEWHERE = "PH"


def with_domain(lines: Table, providers: Table | None = None) -> Table:
    """Add to encounter lines what they are for and which step told it.

    Parameters
    ----------
    lines : ibis.expr.types.Table
        Staged encounters.
    providers : ibis.expr.types.Table, optional
        The plan's staged providers, for taxonomies that the lines do not carry.

    Returns
    -------
    ibis.expr.types.Table
        The lines with ``domain`` (one of :data:`DOMAINS`) and ``domain_reason`` (one of
        :data:`STEPS`, or ``none``), both text.
    """
    columns = lines.columns
    drug = (lines.claim_type == "R").fill_null(False)
    keyed = lines.mutate(
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
    told = keyed
    for key, groups in _code_groups(keyed).items():
        told = told.left_join(groups, told[key] == groups[f"{key}_code"])
    if providers is not None:
        for key, groups in _provider_groups(providers).items():
            told = told.left_join(groups, told[key] == groups[f"{key}_code"])
    return _decided(told, columns, providers is not None)


def _decided(told: Table, columns: tuple[str, ...], with_table: bool) -> Table:
    """Add ``domain`` and ``domain_reason`` by what the steps have told."""
    known = ("_renders", "_by", "_bills", "_for") if with_table else ("_renders", "_bills")
    taxonomy = ibis.coalesce(*(told[f"{key}_group"] for key in known)).nullif(_ELSEWHERE)
    steps = [taxonomy if step == "taxonomy" else told[f"_{step}_group"] for step in STEPS]
    first = ibis.coalesce(*steps, _ELSEWHERE)
    kind = ibis.coalesce(*(step.nullif("LTSS").nullif("OTHER").nullif("BH") for step in steps))
    reason = ibis.cases(
        *((step.notnull(), name) for step, name in zip(steps, STEPS, strict=True)), else_="none"
    )
    return told.select(
        *columns,
        domain=ibis.ifelse(first == "BH", kind.fill_null("MH"), first),
        domain_reason=reason,
    )


def _code_groups(keyed: Table) -> dict[str, Table]:
    """Return for each code column what its codes say: ``<column>_code``, ``<column>_group``.

    Only the distinct codes that occur are looked up, so the long code lists meet short tables.
    """
    tell = {
        "_procedure": _procedure_group,
        "_modifier": _modifier_group,
        "_revenue": lambda code: group_of(code, value_set("bh_revenue")),
        "_bill": lambda code: group_of(code, value_set("other_bills")),
        "_place": lambda code: group_of(code, value_set("bh_places")),
        "_diagnosis": lambda code: group_of(code, value_set("bh_diagnoses")),
        "_renders": taxonomy_group,
        "_bills": taxonomy_group,
    }
    groups = {}
    for key, group in tell.items():
        codes = keyed.select(code=key).filter(lambda table: table.code.notnull()).distinct()
        told = codes.select(**{f"{key}_code": codes.code, f"{key}_group": group(codes.code)})
        groups[key] = told.filter(told[f"{key}_group"].notnull()).cache()
    return groups


def side_of(domain: Any) -> Any:
    """Return ``BH`` for MH and SUD, and any other domain as it is, of a text column."""
    return ibis.ifelse(domain.isin(BEHAVIORAL), "BH", domain)


def taxonomy_group(taxonomy: Any) -> Any:
    """Return MH, SUD, BH, LTSS, OTHER or PH for a taxonomy column; null where it is null."""
    code = taxonomy.upper()
    known = ibis.coalesce(
        group_of(code, value_set("bh_taxonomies")),
        group_of(code, value_set("other_taxonomies")),
        ibis.literal(_ELSEWHERE),
    )
    return ibis.ifelse(code.notnull(), known, ibis.null(str))


def _procedure_group(code: Any) -> Any:
    return ibis.coalesce(
        group_of(code, value_set("bh_services")), group_of(code, value_set("other_services"))
    )


def _modifier_group(modifiers: Any) -> Any:
    values = value_set("bh_modifiers")
    listed = ibis.coalesce(*(_listed(modifiers, values.group(g), g) for g in ("SUD", "MH", "BH")))
    return ibis.ifelse(modifiers.notnull(), listed, ibis.null(str))


def _listed(modifiers: Any, codes: tuple[str, ...], group: str) -> Any:
    found = modifiers.re_search(rf"(^|;)\s*({'|'.join(codes)})\s*(;|$)")
    return ibis.ifelse(found, group, ibis.null(str))


def _provider_groups(providers: Table) -> dict[str, Table]:
    """Return what an NPI's taxonomies in the table say, PH when its rows disagree.

    Once for who did the service (``_by``) and once for whom it was billed (``_for``).
    """
    rows = providers.filter(providers.npi.notnull(), providers.taxonomy.notnull())
    rows = rows.select("npi", group=taxonomy_group(rows.taxonomy)).cache()
    spans = rows.group_by("npi").agg(
        low=rows.group.min(),
        high=rows.group.max(),
        behavioral=rows.group.isin((*BEHAVIORAL, "BH")).all(),
    )
    known = spans.select(
        "npi",
        group=ibis.cases(
            (spans.low == spans.high, spans.low), (spans.behavioral, "BH"), else_=_ELSEWHERE
        ),
    ).cache()
    return {
        key: known.select(**{f"{key}_code": known.npi, f"{key}_group": known.group})
        for key in ("_by", "_for")
    }

"""The final version of each claim: corrections followed, voids and what they replaced left out.

A replacement (frequency 7) or a void (8) names the claim it corrects in ``original_encounter_id``.
Claims that name one another, directly or through others, are versions of one service: the version
that no other names is the last one. When several are unnamed (two replacements of one original, a
void beside a replacement), the latest ``submitted_on`` stands, then the later file and line. A last
version that is a void leaves nothing.

A correction whose original was not sent still counts as the version it is. One that names itself,
or nothing, corrects the other lines that were sent under its own encounter_id. Claims that name
each other in a ring have no unnamed version, and the latest stands. Denied lines are lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from rules.domain import with_domain
from rules.model import Filing, add_months

if TYPE_CHECKING:
    from ibis.expr.types import Table

REPLACEMENT = "7"
VOID = "8"
_CORRECTIONS = (REPLACEMENT, VOID)


def final_lines(filing: Filing) -> Table:
    """Return the final encounter lines of a filing, with their domain.

    Returns
    -------
    ibis.expr.types.Table
        The staged columns of encounters, ``domain`` and ``domain_reason``, as a view; use it as
        ``filing.once("final_lines", final_lines)``. Whoever needs no domain reads
        :func:`standing` lines, which are cheaper.
    """
    return filing.view("final_lines", standing(filing.once("sent_lines", sent_lines), filing))


def sent_lines(filing: Filing) -> Table:
    """Return every encounter line as sent with its domain, as a view.

    Use it as ``filing.once("sent_lines", sent_lines)``.
    """
    told = with_domain(
        filing.tables["encounters"],
        filing.tables.get("providers"),
        filing.contract.bh_definition,
    )
    return filing.view("sent_lines", told)


def standing(lines: Table, filing: Filing) -> Table:
    """Return lines of a filing's encounters without voids and without what was voided or replaced.

    The corrections are followed once for the filing; ``lines`` may have any of the columns beside
    encounter_id and frequency.
    """
    dropped = filing.once("superseded", _superseded_for_good)
    if dropped is None:
        return lines
    numbered = lines.mutate(_frequency=_frequency(lines))
    return numbered.anti_join(dropped, ["encounter_id", "_frequency"]).drop("_frequency")


def _superseded_for_good(filing: Filing) -> Table | None:
    """Return :func:`_superseded` as an expression, of which ``once`` makes a table.

    A cached table would be dropped only with the filing, which outlives the engine.
    """
    dropped = _superseded(filing.tables["encounters"])
    return None if dropped is None else dropped.select("encounter_id", "_frequency")


def _superseded(sent: Table) -> Table | None:
    """Return ``encounter_id``, ``_frequency`` of what does not stand; None without corrections."""
    groups = _corrected_groups(sent.mutate(_frequency=_frequency(sent))).cache()
    if not groups.count().execute():
        return None
    families = _families(groups)
    versions = groups.left_join(families, "encounter_id")
    versions = versions.select(
        *groups.columns,
        family=ibis.coalesce(versions.family, versions.encounter_id),
        version=ibis.ifelse(versions.family.notnull(), "", versions.frequency),
    ).cache()
    dropped = versions.semi_join(_not_final(versions.view()), ["encounter_id", "version"])
    return dropped.select("encounter_id", _frequency="frequency").cache()


def is_correction(lines: Table) -> Any:
    """Return whether a line is of a replacement or a void; False where frequency is null."""
    return lines.frequency.isin(_CORRECTIONS).fill_null(False)


def natural_key(lines: Table) -> Any:
    """Return ``encounter_id/line_number`` as text."""
    return lines.encounter_id + "/" + lines.line_number.cast("string").fill_null("")


def _frequency(lines: Table) -> Any:
    """Anything but a correction is an original."""
    return ibis.ifelse(is_correction(lines), lines.frequency, ibis.literal("1"))


def _corrected_groups(sent: Table) -> Table:
    """Return one row a claim and frequency, for claims that correct or are named by one that does.

    ``parent`` is the other claim that the group corrects, null where it names none.
    """
    corrections = sent.filter(sent._frequency.isin(_CORRECTIONS))
    named = corrections.select(encounter_id="original_encounter_id")
    involved = corrections.select("encounter_id").union(named).distinct()
    rows = sent.semi_join(involved, "encounter_id")
    other = rows._frequency.isin(_CORRECTIONS) & (rows.original_encounter_id != rows.encounter_id)
    return (
        rows.group_by("encounter_id", frequency=rows._frequency)
        .agg(
            submitted=rows.submitted_on.max(),
            file=rows._file.max(),
            line=rows._line.max(),
            parent=rows.original_encounter_id.min(where=other),
        )
        .select("encounter_id", "frequency", "submitted", "file", "line", "parent")
    )


def _families(groups: Table) -> Table:
    """Return ``encounter_id``, ``family`` of each claim that corrects another one.

    The family is the claim at the end of the chain, or the least claim of a ring. Each round
    doubles the steps taken, so a chain of n corrections takes log2(n) rounds.
    """
    named = groups.filter(groups.parent.notnull())
    links = named.group_by("encounter_id").agg(at=named.parent.min())
    reached = links.mutate(least=ibis.least(links.encounter_id, links.at)).cache()
    most = reached.count().execute()
    steps = 1
    while True:
        onward = reached.view().select(met="encounter_id", next="at", next_least="least")
        joined = reached.left_join(onward, reached.at == onward.met)
        if steps > most or not joined.filter(joined.met.notnull()).count().execute():
            return joined.select(
                "encounter_id", family=ibis.coalesce(joined.next_least, joined.at)
            ).cache()
        reached = joined.select(
            "encounter_id",
            at=ibis.coalesce(joined.next, joined.at),
            least=ibis.least(joined.least, joined.next_least.fill_null(joined.least)),
        ).cache()
        steps *= 2


def _not_final(groups: Table) -> Table:
    """Return ``encounter_id``, ``version`` of the versions that do not stand."""
    versions = groups.group_by("family", "encounter_id", "version").agg(
        frequency=groups.frequency.max(),
        submitted=groups.submitted.max(),
        file=groups.file.max(),
        line=groups.line.max(),
        parent=groups.parent.min(),
    )
    versions = versions.cache()
    corrections = versions.view().filter(lambda table: table.frequency.isin(_CORRECTIONS))
    targets = corrections.select(
        target=ibis.coalesce(corrections.parent, corrections.encounter_id),
        by_claim=corrections.encounter_id,
        by_version=corrections.version,
    )
    another = (versions.encounter_id != targets.by_claim) | (versions.version != targets.by_version)
    corrected = versions.semi_join(targets, [versions.encounter_id == targets.target, another])
    corrected = corrected.select("encounter_id", "version", superseded=ibis.literal(True)).cache()
    judged = versions.left_join(corrected, ["encounter_id", "version"])
    judged = judged.select(*versions.columns, unnamed=judged.superseded.isnull())
    order = [
        ibis.desc(judged.unnamed),
        ibis.desc(judged.submitted, nulls_first=False),
        ibis.desc(judged.file),
        ibis.desc(judged.line),
    ]
    place = ibis.row_number().over(group_by=judged.family, order_by=order)
    ranked = judged.mutate(place=place)
    return ranked.filter((ranked.place > 0) | (ranked.frequency == VOID)).select(
        "encounter_id", "version"
    )


def served_in_last(months: int | None, lines: Table, filing: Filing) -> Table:
    """Return the lines whose service began in the last calendar months up to the period's end.

    Every line when ``months`` is None.
    """
    if months is None:
        return lines
    first = add_months(filing.period.end, 1 - months)
    return lines.filter(lines.service_from.between(first, filing.period.end))

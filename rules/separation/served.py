"""Final, paid encounter lines of the months that parts look back on, as an expression."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from rules.domain import side_of
from rules.encounters.care import LABORATORY
from rules.encounters.final import final_lines
from rules.model import Filing
from rules.separation.parts import MONTHS

if TYPE_CHECKING:
    from ibis.expr.types import Table


def paid_lines(filing: Filing, months: int = MONTHS) -> Table:
    """Return final paid lines of the last mature months, with ``side`` (BH, PH, LTSS or OTHER)."""
    lines = decided_lines(filing, months)
    return lines.filter((lines.line_status.lower() == "paid").fill_null(False))


def decided_lines(filing: Filing, months: int = MONTHS) -> Table:
    """Return final lines of the last mature months, paid and denied, with ``side``."""
    lines = filing.once("final_lines", final_lines)
    window = filing.look_back(months)
    kept = lines.filter(lines.service_from.between(window.start, window.end))
    return kept.mutate(side=side_of(kept.domain))


def visits(filing: Filing, months: int = MONTHS) -> Table:
    """Return paid PH and BH lines that are of a provider's care: no pharmacy, no laboratory.

    ``npi`` is who rendered the line, or who billed it where nobody is named.
    """
    lines = paid_lines(filing, months)
    place = lines.place_of_service.fill_null("").lpad(2, "0")
    return lines.filter(
        lines.claim_type.isin(["P", "I"]), lines.side.isin(["PH", "BH"]), place != LABORATORY
    ).mutate(npi=ibis.coalesce(lines.rendering_npi, lines.billing_npi))

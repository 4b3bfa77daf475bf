"""A filing: what one plan has submitted for a period, as rules see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from rules.period import Period, add_months, month_end

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from geodata.travel import Source
    from rules.model import Contract
    from rules.network.memory import Memory


@dataclass(frozen=True, eq=False)
class Filing:
    """What one plan has submitted for a period, as rules see it: one plan's staged tables.

    ``tables`` maps a table of the submission to an ibis table with every column of the public
    interface (a column that was not sent is null) plus ``_file`` and ``_line``; ``submission``
    is the manifest as a one-row table. A table that was not sent is not in ``tables``.
    ``county_classes`` maps county FIPS to its class; a county that is missing has none known.
    ``set_aside`` maps a table to its quarantined rows: ``_file``, ``_line``, ``_reasons`` and
    ``_record`` (the row as sent, JSON or the raw line). ``not_carried`` maps a table to the columns
    that none of its files carries, for they came in a layout that cannot. ``travel`` measures
    minutes, where the user brought a source of them, and ``memory`` keeps network figures from one
    review to the next.
    """

    review_id: str
    plan_id: str
    contract: Contract
    period: Period
    as_of: date
    tables: Mapping[str, Table]
    quarantined: Mapping[str, int] = field(default_factory=dict)
    county_classes: Mapping[str, str] = field(default_factory=dict)
    set_aside: Mapping[str, Table] = field(default_factory=dict)
    not_carried: Mapping[str, frozenset[str]] = field(default_factory=dict)
    travel: Source | None = None
    memory: Memory | None = None
    _derived: dict[str, Any] = field(default_factory=dict, repr=False)

    def once(self, name: str, build: Callable[[Filing], Any]) -> Any:
        """Return ``build(self)``, computed once for this filing and kept under ``name``.

        An ibis table is materialised in the engine, so later rules read rows, not the expression;
        one that is a table or a view of the engine already (see :meth:`view`) stays what it is.
        """
        if name not in self._derived:
            built = build(self)
            if hasattr(built, "get_backend") and not hasattr(built.op(), "namespace"):
                built = built.get_backend().create_table(f"{name}_{uuid4().hex}", built, temp=True)
            self._derived[name] = built
        return self._derived[name]

    def view(self, name: str, built: Table) -> Table:
        """Return an ibis table as a view of the engine: nothing is computed until it is read.

        For wide tables of every line: to write them costs more than to derive them again for the
        few columns that a rule reads.
        """
        # The view reads in-memory tables that would go with the expression.
        self._derived[f"{name} as built"] = built
        view: Table = built.get_backend().create_view(f"{name}_{uuid4().hex}", built)
        return view

    @property
    def mature_until(self) -> date:
        """Last day whose encounters count as arrived: the period's end less ``runout_months``."""
        return month_end(add_months(self.period.end, -self.contract.runout_months))

    def last(self, months: int) -> Period:
        """Return the ``months`` calendar months that end with the period."""
        return Period(add_months(self.period.end, 1 - months), self.period.end)

    def look_back(self, months: int) -> Period:
        """Return the ``months`` calendar months that end at ``mature_until``."""
        return Period(add_months(self.mature_until, 1 - months), self.mature_until)

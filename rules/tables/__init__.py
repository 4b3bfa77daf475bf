"""The shape of what a plan submits: one table a module, 17 tables in all.

The codes of edits read ``table.column.fault``, for example ``members.enrolled_to.date``,
``encounters.row.fields`` or ``providers.file.bom``: stable, unique, and never like a rule's code.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from rules.tables.agreements import AGREEMENTS
from rules.tables.appeals import APPEALS
from rules.tables.appointments import APPOINTMENTS
from rules.tables.authorizations import AUTHORIZATIONS
from rules.tables.capitation import CAPITATION
from rules.tables.coordination import COORDINATION
from rules.tables.duals import DUALS
from rules.tables.encounters import ENCOUNTERS
from rules.tables.envelope import ENVELOPE, ENVELOPE_CHECKS
from rules.tables.functions import PLAN_FUNCTIONS
from rules.tables.incentives import INCENTIVES
from rules.tables.ledger import LEDGER
from rules.tables.members import MEMBERS
from rules.tables.payment_models import PAYMENT_MODELS
from rules.tables.plan_offices import PLAN_OFFICES
from rules.tables.practices import PRACTICES
from rules.tables.providers import PROVIDERS
from rules.tables.shape import FILE_COLUMNS, TableShape
from rules.tables.subcontracts import SUBCONTRACTS

TABLES: Mapping[str, TableShape] = {
    shape.name: shape
    for shape in (
        MEMBERS,
        PROVIDERS,
        ENCOUNTERS,
        SUBCONTRACTS,
        PLAN_OFFICES,
        CAPITATION,
        LEDGER,
        APPOINTMENTS,
        AUTHORIZATIONS,
        APPEALS,
        COORDINATION,
        PLAN_FUNCTIONS,
        PRACTICES,
        PAYMENT_MODELS,
        INCENTIVES,
        AGREEMENTS,
        DUALS,
    )
}
"""Every table of the public interface, in its order."""


def staged_schema(table: str) -> dict[str, type[pl.DataType]]:
    """Return the columns and types of a staged table, without columns unknown to the interface.

    Raises
    ------
    KeyError
        When there is no such table.
    """
    columns = {column.name: column.kind.dtype for column in TABLES[table].columns}
    return columns | dict(FILE_COLUMNS)


__all__ = ["ENVELOPE", "ENVELOPE_CHECKS", "TABLES", "TableShape", "staged_schema"]

"""A plan's answer given again, from findings that have changed since."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.answer import Answer, build_answer
from monitor.shape import TableCount
from rules.model import Contract, Finding, Severity


def answer_again(
    before: Answer, findings: Sequence[Finding], contract: Contract, fail_on: Severity
) -> Answer:
    """Return the answer to the same submission with other findings."""
    return build_answer(
        plan_id=before.plan_id,
        contract_id=before.contract_id,
        period=before.period,
        tables={name: TableCount(**counts) for name, counts in before.tables.items()},
        findings=findings,
        contract=contract,
        fail_on=fail_on,
        unreadable=before.unreadable_tables,
        pack_digest=contract.digest,
        value_sets=before.value_sets,
    )

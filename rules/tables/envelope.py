"""Checks of the envelope: the folder or archive, and its manifest ``submission.yaml``."""

from __future__ import annotations

from collections.abc import Mapping

from rules.model import Check, Severity
from rules.tables.edit import row_check

ENVELOPE = "submission"
"""Name under which faults of the whole submission are kept, beside the tables."""

_CHECKS = (
    (
        "manifest.unreadable",
        "submission.yaml cannot be read",
        "plain YAML in UTF-8, at most 1 MiB, without aliases, tags or repeated keys",
        Severity.MAJOR,
    ),
    (
        "manifest.key_missing",
        "submission.yaml lacks a key",
        "plan_id, contract_id, period, submitted_on and tables",
        Severity.MAJOR,
    ),
    (
        "manifest.value",
        "submission.yaml has a value that cannot be read",
        "the forms of the public interface",
        Severity.MAJOR,
    ),
    (
        "manifest.key_unknown",
        "submission.yaml has a key that is not known",
        "the keys of the public interface",
        Severity.INFO,
    ),
    (
        "manifest.table_unknown",
        "submission.yaml names a table that is not known",
        "the tables of the public interface",
        Severity.MINOR,
    ),
    (
        "folder.file_unknown",
        "a file belongs to no table",
        "submission.yaml and the files it names",
        Severity.INFO,
    ),
)

ENVELOPE_CHECKS: Mapping[str, Check] = {
    f"{ENVELOPE}.{code}": row_check(ENVELOPE, code, fault, wanted, "", severity, unit="faults")
    for code, fault, wanted, severity in _CHECKS
}

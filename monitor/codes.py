"""Every code that a report prints, told in a few lines: rules aside, which have pages of their own.

Edits of rows, relational edits, checks of files and of X12, of the submission as a whole, and the
expectations of tables' profiles.
"""

from __future__ import annotations

import difflib
import re
from functools import cache

from rules.editpage import anchor
from rules.model import Check
from rules.profiles import suite
from rules.registry import rules
from rules.relational import COMPARISONS
from rules.tables import ENVELOPE_CHECKS, TABLES

_WANTED = re.compile(r"; wanted (.*?)(?:; the rows are quarantined)?\.$")


@cache
def known() -> dict[str, dict[str, str]]:
    """Return by code what is checked and wanted, how grave it is, what to do, where it stands."""
    told = {
        code: _told(check, "docs/rules/tables/README.md#the-submission-itself")
        for code, check in ENVELOPE_CHECKS.items()
    }
    for name, shape in TABLES.items():
        page = f"docs/rules/tables/{name}.md"
        for code, check in shape.checks.items():
            own = code in shape.edits
            told[code] = _told(check, f"{page}#{anchor(code) if own else 'files-and-columns'}")
    for edit in (edit for each in COMPARISONS for edit in each.edits):
        at = f"docs/rules/tables/{edit.table}.md#{anchor(edit.full_code)}"
        told[edit.full_code] = _told(edit.check(), at)
    for name in suite.TABLES:
        # A suite over several tables has no page of its own.
        of_table = f"docs/rules/tables/{name}.md#profile"
        index = "docs/rules/tables/README.md#edits-of-submitted-tables"
        for each in suite.load(name).expectations:
            told[each.code] = {
                "code": each.code,
                "checked": each.title,
                "wanted": each.band,
                "severity": str(each.severity),
                "what to do": each.remedy,
                "page": of_table if name in TABLES else index,
            }
    return told


def near(code: str) -> list[str]:
    """Return the codes, those of rules among them, that are most like one that there is not."""
    return difflib.get_close_matches(code, [*rules(), *known()], 3)


def _told(check: Check, page: str) -> dict[str, str]:
    wanted = _WANTED.search(check.message)
    return {
        "code": check.code,
        "checked": check.name,
        "wanted": wanted[1] if wanted else "",
        "severity": str(check.severity),
        "faulty rows": "are quarantined" if check.fatal else "stay",
        "what to do": check.remedy,
        "page": page,
    }

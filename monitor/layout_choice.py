"""Which layout each file of a table comes in, as the manifest names it."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.faults import Fault
from monitor.manifest import NAME, Manifest, TableEntry
from rules.layout import OWN, Layout, shipped_layouts
from rules.model import Period


def choose(
    table: str, entry: TableEntry, manifest: Manifest, layouts: Mapping[str, Layout] | None
) -> tuple[tuple[Layout | None, ...], list[Fault]]:
    """Return the layout of each file (None is the public interface), or () and why not.

    Parameters
    ----------
    layouts
        Those that may be named, by id; None for the shipped ones. A submission cannot bring one.
    """
    names = entry.layouts * len(entry.files) if len(entry.layouts) == 1 else entry.layouts
    if not names:
        return (None,) * len(entry.files), []
    if len(names) != len(entry.files):
        return (), []
    known = shipped_layouts() if layouts is None else layouts
    fitting = [name for name, layout in known.items() if layout.table == table]
    chosen: list[Layout | None] = []
    for name in names:
        if name == OWN:
            chosen.append(None)
        elif name in fitting:
            chosen.append(known[name].with_facts(_facts(manifest)))
        else:
            wanted = ", ".join([*fitting, OWN])
            code, wanted = f"{table}.layout.unknown", f"one of {wanted}; others with --layouts"
            return (), [Fault(code, NAME, entry.line, "layout", name, wanted)]
    return tuple(chosen), []


def _facts(manifest: Manifest) -> dict[str, str]:
    period = Period.parse(manifest.period) if manifest.period else None
    return {
        "plan_id": manifest.plan_id,
        "submitted_on": str(manifest.submitted_on or ""),
        "period_start": str(period.start) if period else "",
        "period_end": str(period.end) if period else "",
    }

"""Which digests of rows occur more than once: eight bytes a row and a sort, whatever the rows hold.

A group of ten million texts takes the engine half a gigabyte, nearly all of it for texts that
occur once. Two rows seldom have one digest by chance; who needs to be sure compares the few rows
that are left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ibis.expr.types import Table


def find_several(rows: Table, **digests: Any) -> dict[str, NDArray[np.int64]]:
    """Return, for each digest by name, its values that more than one row has, in order.

    Parameters
    ----------
    digests
        Expressions of int64 over ``rows``, as ``hash()`` gives them; all are read in one scan.
    """
    read = rows.select(**digests).to_pyarrow()
    found = {}
    for name in digests:
        told = read[name].to_numpy()
        read = read.drop_columns([name])
        told = told if told.flags.writeable else told.copy()
        told.sort()
        found[name] = np.unique(told[1:][told[1:] == told[:-1]])
    return found


def as_table(digests: NDArray[np.int64], name: str) -> Table:
    """Return digests as a table of one column, to join rows to."""
    return ibis.memtable({name: digests}, schema={name: "int64"})

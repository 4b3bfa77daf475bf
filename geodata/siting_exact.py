"""The best choice of sites itself, by a mixed-integer program that HiGHS solves (scipy's).

Before it is asked the question is made smaller, without changing its answer: people whom the same
sites would reach are one row, and of two sites of which one reaches everybody whom the other does
the lesser is left out (of two alike, the later).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack, vstack

from geodata.distance import Floats, Indexes

if TYPE_CHECKING:
    from geodata.siting import Block

MAX_PAIRS = 500_000
"""Most pairs of merged people and sites that the exact solver is given."""

MAX_SITES = 2_000
"""Most sites that the exact solver is given."""


def few_enough(blocks: Sequence[Block]) -> bool:
    """Tell whether the question is small enough for the exact solver."""
    pairs = sum(int(np.bitwise_count(block.reached).sum(dtype=np.int64)) for block in blocks)
    return pairs <= MAX_PAIRS and len(_sites(blocks)) <= MAX_SITES


def choose_best(
    blocks: Sequence[Block], sites: int, add: int, seconds: float
) -> tuple[tuple[int, ...], float]:
    """Return the best ``add`` sites found in ``seconds``, and what no choice gains more than.

    The two agree when the choice is proven to be the best. When the time was too short for any
    choice there is none, (), and the bound may be infinite.
    """
    kept, table, weight = _reduced(blocks, sites)
    if len(kept) <= add:
        return tuple(kept.tolist()), float(weight.sum())
    # Whom one site alone would reach needs no variable: that site's own gain is theirs.
    alone = np.diff(table.indptr) == 1
    own = weight[alone] @ table[alone]
    table, weight = table[~alone], weight[~alone]
    rows, columns = table.shape
    total = float(own.sum() + weight.sum())
    reached = hstack([-table, eye_array(rows, format="csr")], format="csr")
    number = csr_array(np.concatenate([np.ones(columns), np.zeros(rows)])[None, :])
    found = milp(
        # Shares of all people: the solver's tolerances are made for figures near 1.
        -np.concatenate([own, weight]) / total * 1_000,
        integrality=np.concatenate([np.ones(columns), np.zeros(rows)]),
        bounds=Bounds(0, 1),
        constraints=[LinearConstraint(reached, ub=0), LinearConstraint(number, ub=add)],
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )
    chosen = () if found.x is None else tuple(kept[found.x[:columns] > 0.5].tolist())
    bound = found.mip_dual_bound
    return chosen, np.inf if bound is None else float(-bound * total / 1_000)


def _sites(blocks: Sequence[Block]) -> Indexes:
    empty = np.array([], dtype=np.int64)
    return np.unique(np.concatenate([empty, *(block.sites for block in blocks)]))


def _reduced(blocks: Sequence[Block], sites: int) -> tuple[Indexes, csr_array, Floats]:
    """Return the sites left, the table of people (rows) and sites (0 and 1), and the people."""
    tables = []
    for block in blocks:
        table = csr_array(block.table().astype(np.float64))
        wide = (table.data, block.sites[table.indices], table.indptr)
        tables.append(csr_array(wide, shape=(len(block.weight), sites)))
    weight = np.concatenate([block.weight for block in blocks])
    merged, weight = _merged(csr_array(vstack(tables, format="csr")), weight)
    kept = np.flatnonzero(_undominated(merged))
    merged, weight = _merged(csr_array(merged[:, kept]), weight)
    return kept, merged, weight


def _merged(table: csr_array, weight: Floats) -> tuple[csr_array, Floats]:
    """Make rows with the same sites one; rows come in the order of their first."""
    table.sort_indices()
    place: dict[bytes, int] = {}
    starts = table.indptr
    which = np.empty(len(weight), dtype=np.int64)
    first: list[int] = []
    for row in range(len(weight)):
        key = table.indices[starts[row] : starts[row + 1]].tobytes()
        which[row] = place.setdefault(key, len(first))
        if which[row] == len(first):
            first.append(row)
    people: Floats = np.bincount(which, weight, len(first)).astype(np.float64)
    return csr_array(table[first]), people


def _undominated(table: csr_array) -> NDArray[np.bool_]:
    """Return which sites reach somebody whom no other one site reaches along with all the rest."""
    shared = (table.T @ table).toarray()
    own = np.diag(shared)
    place = np.arange(len(own))
    within = shared == own[:, None]  # row's people are all the column's
    alike = within & within.T
    lesser = (within & ~alike) | (alike & (place[None, :] < place[:, None]))
    undominated: NDArray[np.bool_] = (own > 0) & ~lesser.any(axis=1)
    return undominated

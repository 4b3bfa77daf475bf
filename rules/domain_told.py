"""The domain of encounter lines, told while they are staged: no later query joins code lists to it.

The steps are those of :mod:`rules.domain`, which tells the same of lines that come without it.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from rules.domain import (
    CODE_KEYS,
    ELSEWHERE,
    KEPT,
    KINDS,
    NUMBERS,
    SAID,
    TAKEN,
    WHO,
    groups_by_npi,
    outcomes,
)
from rules.domain_definition import ASKED, HIERARCHY, STEPS
from rules.tables.few import Few, place_texts

_READS = {
    "_procedure": "procedure_code",
    "_modifier": "modifiers",
    "_revenue": "revenue_code",
    "_bill": "bill_type",
    "_place": "place_of_service",
    "_diagnosis": "diagnosis_codes",
    "_renders": "rendering_taxonomy",
    "_bills": "billing_taxonomy",
}
"""The column that each key of :mod:`rules.domain` is made of."""
_UPPER = ("_procedure", "_modifier", "_renders", "_bills")
_WIDTHS = {"_revenue": 4, "_bill": 4, "_place": 2}
_ROLES = ("rendering_npi", "prescriber_npi", "billing_npi")
_REMEMBERED = 100_000
"""Most codes of one kind that are remembered from batch to batch."""


class Teller:
    """Tells batches of typed encounter lines what they are for.

    Parameters
    ----------
    providers
        ``npi`` and ``taxonomy`` of the plan's staged providers, None where none were sent.
    definition
        What behavioral health is, one of :data:`rules.domain_definition.DEFINITIONS`.
    """

    def __init__(self, providers: pl.DataFrame | None, definition: str = HIERARCHY) -> None:
        self._asked = ASKED[definition]
        self._told: dict[str, dict[str, int | None]] = {key: {} for key in _READS}
        said = None if providers is None else groups_by_npi(providers.drop_nulls().unique())
        self._by_npi = (
            None if said is None else said.select("code", number=_number(pl.col("group")))
        )

    def tell(self, lines: pl.DataFrame, few: Mapping[str, Few]) -> list[pl.Series]:
        """Return the columns :data:`rules.domain.KEPT` of the lines, as Enums.

        Parameters
        ----------
        lines
            Typed columns of encounters, with ``at:<name>`` for those that are in ``few``.
        """
        said = {key: self._by_code(key, lines, few) for key in _READS}
        said |= {role: self._by_provider(role, lines, few) for role in _ROLES}
        drug = (pl.col("claim_type") == "R").fill_null(False)
        frame = pl.DataFrame(said).with_columns(lines["claim_type"])
        silent = pl.lit(None, pl.Int32)
        frame = frame.with_columns(
            _renders=pl.when(drug).then(silent).otherwise("_renders"),
            _bills=pl.when(drug).then(silent).otherwise("_bills"),
            _by=pl.when(drug).then("prescriber_npi").otherwise("rendering_npi"),
            _for=pl.when(drug).then(silent).otherwise("billing_npi"),
        )
        who = pl.coalesce(WHO)
        taxonomy = pl.when(who != NUMBERS[ELSEWHERE]).then(who)
        steps = {step: taxonomy if step == "taxonomy" else pl.col(f"_{step}") for step in STEPS}
        asked = (
            _among(steps[step], TAKEN[taken]) + SAID * STEPS.index(step)
            for step, taken in self._asked
        )
        first = pl.coalesce(*asked, -1)
        kinds = (_among(step, KINDS) for step in steps.values())
        number = frame.select(first * SAID + pl.coalesce(*kinds, NUMBERS["MH"])).to_series()
        told = outcomes()
        at = number.replace_strict(told["_outcome"], pl.int_range(len(told), eager=True))
        columns = []
        for name, kept in KEPT.items():
            words, places = place_texts(told[name])
            columns.append(places[at].cat.to(pl.Enum(words)).alias(kept))
        return columns

    def _by_code(self, key: str, lines: pl.DataFrame, few: Mapping[str, Few]) -> pl.Series:
        """Return what the codes of a column say, as numbers, null where they are silent."""
        texts, at = _texts(_READS[key], lines, few)
        told = self._told[key]
        numbers = [None if text is None else self._of(key, text, told) for text in texts]
        return pl.Series(numbers, dtype=pl.Int32)[at].alias(key)

    def _of(self, key: str, text: str, told: dict[str, int | None]) -> int | None:
        code = _normal(key, text)
        if code not in told:
            if len(told) >= _REMEMBERED:
                told.clear()
            group = CODE_KEYS[key](code)
            told[code] = None if group is None else NUMBERS[group]
        return told[code]

    def _by_provider(self, column: str, lines: pl.DataFrame, few: Mapping[str, Few]) -> pl.Series:
        """Return what the providers' table says of who stands in a column, as numbers."""
        texts, at = _texts(column, lines, few)
        if self._by_npi is None:
            return pl.repeat(None, len(at), dtype=pl.Int32, eager=True).alias(column)
        asked = texts.alias("code").to_frame()
        found = asked.join(self._by_npi, on="code", how="left", maintain_order="left")
        return found["number"][at].alias(column)


def _among(step: pl.Expr, numbers: tuple[int, ...] | None) -> pl.Expr:
    """Return what a step says where it is one of the numbers, else null."""
    return step if numbers is None else pl.when(step.is_in(numbers)).then(step)


def _texts(column: str, lines: pl.DataFrame, few: Mapping[str, Few]) -> tuple[pl.Series, pl.Series]:
    """Return the distinct typed texts of a column and the place of each line's; null is a text."""
    if column in few:
        return few[column].values[column], lines[f"at:{column}"]
    texts, at = place_texts(lines[column])
    return pl.concat([texts, pl.Series([None], dtype=pl.String)]), at.fill_null(len(texts))


def _normal(key: str, text: str) -> str:
    """Return a code as the value sets write it."""
    if key in _UPPER:
        return text.upper()
    if key in _WIDTHS:
        return text.rjust(_WIDTHS[key], "0")[: _WIDTHS[key]]
    return text[:7] if key == "_diagnosis" else text


def _number(group: pl.Expr) -> pl.Expr:
    return group.replace_strict(NUMBERS, return_dtype=pl.Int32)

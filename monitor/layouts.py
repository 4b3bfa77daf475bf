"""Apply a layout: source columns of a file become the columns of a table, batch by batch.

Text in, text out: the steps after it (typing, edits, staging) see what a file of the public
interface would have held. What a step cannot turn goes through as sent, so that the edit of the
column names it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from monitor.faults import Fault
from monitor.header import Header, own_name
from monitor.reading import Batch
from rules.feed import DATE_FORMS, Feed
from rules.layout import Layout, alike
from rules.specialty import specialties
from rules.tables import TableShape

_COMMA_MONEY = r"^-?\$?-?[0-9]{1,3}(,?[0-9]{3})*(\.[0-9]+)?$"
_ZIP = r"^[0-9]{5}(-?[0-9]{4})?$"


@dataclass(frozen=True)
class Bound:
    """A layout on one file: which column each source name is, and what comes of it.

    ``feeds`` holds the columns that the file can feed, in order, with the numbers of their source
    columns; ``kept`` the source columns that nothing uses, by number. ``known`` and ``others``
    name the columns of a batch after :func:`apply`.
    """

    layout: Layout
    feeds: tuple[tuple[str, Feed, tuple[int, ...]], ...]
    kept: tuple[int, ...]
    known: Mapping[int, str]
    others: Mapping[int, str]
    faults: tuple[Fault, ...]


def bind(layout: Layout, header: Header, shape: TableShape, file: str) -> Bound:
    """Find a layout's source columns in a file; say what it cannot carry and does not use."""
    places, faults = _places(header, shape.name, file)
    feeds: list[tuple[str, Feed, tuple[int, ...]]] = []
    cannot = dict(layout.cannot_carry)
    for column in shape.by_name:
        feed = layout.feeds.get(column)
        if feed is None:
            cannot.setdefault(column, "the layout has nothing that feeds it")
            continue
        found = tuple(
            number for spellings in feed.names if (number := _place(spellings, places)) is not None
        )
        if found or feed.how == "constant":
            feeds.append((column, feed, found))
            cannot.pop(column, None)
        elif feed.names:
            wanted = " or ".join(" / ".join(spellings) for spellings in feed.names)
            cannot[column] = f"the file has no column {wanted}"
    used = {number for _, _, numbers in feeds for number in numbers}
    kept = tuple(
        number
        for number in range(len(header.names))
        if number not in used and number not in header.skipped
    )
    taken = {name.casefold() for name in shape.by_name}
    first = len(feeds)
    return Bound(
        layout,
        tuple(feeds),
        kept,
        {number: column for number, (column, _, _) in enumerate(feeds)},
        {
            first + place: own_name(header.names[number], number, taken)
            for place, number in enumerate(kept)
        },
        (*faults, *_told(layout, header, shape, file, cannot, kept)),
    )


def _places(header: Header, table: str, file: str) -> tuple[dict[str, int], list[Fault]]:
    """Return the number of each source column by what is compared of its name."""
    places: dict[str, int] = {}
    faults: list[Fault] = []
    for number, name in enumerate(header.names):
        if number in header.skipped:
            continue
        if places.setdefault(alike(name), number) != number and name:
            code, wanted = f"{table}.file.duplicate_column", "each column once"
            faults.append(Fault(code, file, 1, name, f"{name} (column {number + 1})", wanted))
    return places, faults


def _place(spellings: tuple[str, ...], places: Mapping[str, int]) -> int | None:
    return next((places[alike(name)] for name in spellings if alike(name) in places), None)


def _told(
    layout: Layout,
    header: Header,
    shape: TableShape,
    file: str,
    cannot: Mapping[str, str],
    kept: tuple[int, ...],
) -> list[Fault]:
    code, wanted = f"{shape.name}.layout.cannot_carry", "nothing: what asks for it is not asked"
    faults = [
        Fault(code, file, 1, column, f"{layout.id}: {cannot[column]}", wanted)
        for column in shape.by_name
        if column in cannot
    ]
    code, wanted = f"{shape.name}.layout.not_used", f"a column that {layout.id} uses"
    for number in kept:
        name = header.names[number]
        shown = name or f"column {number + 1} has no name"
        faults.append(Fault(code, file, 1, name, shown, wanted))
    return faults


def apply(bound: Bound, batch: Batch) -> Batch:
    """Return a batch of source columns as a batch of the table's columns, lines as they were."""
    columns = [
        _fed(feed, numbers).alias(str(place))
        for place, (_, feed, numbers) in enumerate(bound.feeds)
    ]
    first = len(bound.feeds)
    columns += [
        pl.col(str(number)).alias(str(first + place)) for place, number in enumerate(bound.kept)
    ]
    return replace(batch, rows=batch.rows.select("_line", *columns), clean=False)


def _fed(feed: Feed, numbers: tuple[int, ...]) -> pl.Expr:
    """Return the text of one column, null where nothing feeds it."""
    parts = [_stripped(number) for number in numbers]
    if feed.how == "constant":
        text: pl.Expr = pl.lit(feed.text, pl.String)
    elif feed.how == "join":
        joined = pl.concat_str(parts, separator=feed.text, ignore_nulls=True)
        text = pl.when(joined != "").then(joined)
    else:
        text = pl.coalesce(parts)
    for step, argument in feed.steps.items():
        text = _values(text, argument, feed) if step == "values" else _STEPS[step](text, argument)
    return text


def _stripped(number: int) -> pl.Expr:
    text = pl.col(str(number)).str.strip_chars()
    return pl.when(text != "").then(text)


def _remove(text: pl.Expr, signs: str) -> pl.Expr:
    for sign in dict.fromkeys(signs):
        text = text.str.replace_all(sign, "", literal=True)
    return text


def _pad(text: pl.Expr, length: int) -> pl.Expr:
    return pl.when(text.str.contains("^[0-9]+$")).then(text.str.zfill(length)).otherwise(text)


def _zip5(text: pl.Expr, wanted: bool) -> pl.Expr:
    return pl.when(text.str.contains(_ZIP)).then(text.str.head(5)).otherwise(text)


def _case(text: pl.Expr, case: str) -> pl.Expr:
    return text.str.to_uppercase() if case == "upper" else text.str.to_lowercase()


def _date(text: pl.Expr, forms: tuple[str, ...]) -> pl.Expr:
    """Return a day as YYYY-MM-DD where the text fits one of the forms and is a day."""
    days = []
    for form in forms:
        pattern, reading = DATE_FORMS[form]
        day = text.str.head(10) if form == "YYYY-MM-DD time" else text
        fits = pl.when(text.str.contains(pattern)).then(day)
        days.append(fits.str.to_date(reading, strict=False).dt.to_string("%Y-%m-%d"))
    return pl.coalesce(*days, text)


def _money(text: pl.Expr, unit: str) -> pl.Expr:
    if unit == "cents":
        digits = text.str.strip_prefix("-").str.zfill(3)
        sign = pl.when(text.str.starts_with("-")).then(pl.lit("-")).otherwise(pl.lit(""))
        dollars = pl.concat_str(
            sign, digits.str.slice(0, digits.str.len_chars() - 2), pl.lit("."), digits.str.tail(2)
        )
        return pl.when(text.str.contains("^-?[0-9]{1,15}$")).then(dollars).otherwise(text)
    plain = text.str.replace_all("[$,]", "")
    return pl.when(text.str.contains(_COMMA_MONEY)).then(plain).otherwise(text)


def _values(text: pl.Expr, mapped: Mapping[str, str], feed: Feed) -> pl.Expr:
    found = text.str.to_lowercase().replace_strict(
        list(mapped), list(mapped.values()), default=None, return_dtype=pl.String
    )
    listed = text.str.to_lowercase().is_in(list(mapped))
    other = pl.lit(None, pl.String) if feed.otherwise == "empty" else text
    found = pl.when(found != "").then(found)
    return pl.when(listed).then(found).otherwise(other)


def _lookup(text: pl.Expr, name: str) -> pl.Expr:
    """Return the slugs of a ;-separated list of codes or titles; what is unknown as sent."""
    table = _slugs()
    part = pl.element().str.strip_chars()
    slug = part.str.to_lowercase().replace_strict(
        list(table), list(table.values()), default=None, return_dtype=pl.String
    )
    return text.str.split(";").list.eval(slug.fill_null(part)).list.join(";")


def _slugs() -> dict[str, str]:
    """Return the slug of each specialty by its HSD code and its title, in small letters."""
    table: dict[str, str] = {}
    for slug, specialty in specialties().items():
        for name in (specialty.hsd_code, specialty.title):
            if name:
                table.setdefault(name.lower(), slug)
    return table


_STEPS: Mapping[str, Callable[[pl.Expr, Any], pl.Expr]] = {
    "remove": _remove,
    "strip_prefix": lambda text, prefix: text.str.strip_prefix(prefix),
    "pad_zeros": _pad,
    "zip5": _zip5,
    "case": _case,
    "date": _date,
    "money": _money,
    "lookup": _lookup,
    "if_empty": lambda text, filler: pl.when(text != "").then(text).otherwise(pl.lit(filler)),
}

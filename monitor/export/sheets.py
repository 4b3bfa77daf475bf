"""Rows put into the sheets of a finished workbook, by the frame instead of by the cell.

xlsxwriter takes a minute for a sheet of a million lines. Here it writes the workbook with empty
sheets, and their rows are then written as sheet XML (ECMA-376, 18.3.1.73 and 18.18.11): text as
inline strings, so nothing in it is a formula or a link; numbers as numbers. Text that begins as a
formula does carries ``quotePrefix`` (18.8.45) as well, so that it stays text when it is edited.
"""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import IO

import polars as pl
from xlsxwriter.utility import xl_col_to_name

from monitor.export.cells import runs

STYLES = "xl/styles.xml"
"""The part that holds the styles, which cells name by number."""

CELL = 32_767
"""Characters that one cell of Excel holds."""

_SLICE = 20_000
_NUMBER = r"^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,17})?$"


def fill_sheets(
    path: Path, frames: Mapping[str, Iterable[pl.DataFrame]], numeric: Collection[str] = ()
) -> None:
    """Put the rows of ``frames`` under the header of their sheets, by part name in the workbook.

    Parameters
    ----------
    path
        A workbook whose sheets named here hold nothing but a header in row 1.
    frames
        By part name such as ``xl/worksheets/sheet3.xml`` the frames, all of the same columns.
    numeric
        Text columns in which a text that is a plain number becomes a number.
    """
    draft = path.with_suffix(".part")
    with (
        zipfile.ZipFile(path) as empty,
        zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as full,
    ):
        styles, quoted = _with_quoted(empty.read(STYLES).decode())
        for part in empty.infolist():
            with empty.open(part) as source, full.open(part.filename, "w", force_zip64=True) as to:
                if part.filename in frames:
                    _fill(source.read().decode(), to, frames[part.filename], numeric, quoted)
                elif part.filename == STYLES:
                    to.write(styles.encode())
                else:
                    shutil.copyfileobj(source, to)
    draft.replace(path)


def _with_quoted(styles: str) -> tuple[str, int]:
    """Return the styles with one more, which keeps a cell's text from being run; its number."""
    found = re.search(r'<cellXfs count="(\d+)">(.*?)</cellXfs>', styles, re.DOTALL)
    if found is None:
        raise ValueError(f"{STYLES} has no cellXfs")
    number = int(found[1])
    more = '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/>'
    listed = f'<cellXfs count="{number + 1}">{found[2]}{more}</cellXfs>'
    return styles[: found.start()] + listed + styles[found.end() :], number


def _fill(
    sheet: str,
    to: IO[bytes],
    frames: Iterable[pl.DataFrame],
    numeric: Collection[str],
    quoted: int,
) -> None:
    # A reader may trust the stated extent; the filter's range is the true one already.
    extent = re.search(r'<autoFilter ref="([A-Z0-9:]+)"', sheet)
    if extent:
        sheet = re.sub(r'<dimension ref="[^"]*"', f'<dimension ref="{extent[1]}"', sheet)
    head, tail = sheet.split("</sheetData>")
    to.write(head.encode())
    row = 2
    for frame in frames:
        for part in frame.iter_slices(_SLICE):
            to.write(_rows(part, row, numeric, quoted).encode())
            row += len(part)
    to.write(f"</sheetData>{tail}".encode())


def _rows(frame: pl.DataFrame, first: int, numeric: Collection[str], quoted: int) -> str:
    """Return the rows of a frame as ``row`` elements; ``first`` is the number of the first."""
    number = pl.int_range(first, first + len(frame)).cast(pl.String)
    cells = [
        _cell(name, frame.schema[name], xl_col_to_name(column), number, quoted, name in numeric)
        for column, name in enumerate(frame.columns)
    ]
    row = pl.concat_str(pl.lit('<row r="'), number, pl.lit('">'), *cells, pl.lit("</row>"))
    return str(frame.select(row.str.join("")).item())


def _cell(
    name: str, kind: pl.DataType, letter: str, number: pl.Expr, quoted: int, numeric: bool = False
) -> pl.Expr:
    begin = pl.concat_str(pl.lit(f'<c r="{letter}'), number)
    value = pl.col(name)
    if kind.is_numeric() or kind == pl.Boolean:
        begin = pl.concat_str(begin, pl.lit('" t="b"><v>' if kind == pl.Boolean else '"><v>'))
        digits = value.cast(pl.Int8) if kind == pl.Boolean else value
        cell = pl.concat_str(begin, digits.cast(pl.String), pl.lit("</v></c>"))
        return pl.when(value.is_null()).then(pl.lit("")).otherwise(cell)
    text = pl.concat_str(
        begin,
        pl.when(runs(value)).then(pl.lit(f'" s="{quoted}')).otherwise(pl.lit("")),
        pl.lit('" t="inlineStr"><is><t xml:space="preserve">'),
        _escaped(value),
        pl.lit("</t></is></c>"),
    )
    if numeric:
        figure = pl.concat_str(begin, pl.lit('"><v>'), value, pl.lit("</v></c>"))
        text = pl.when(value.str.contains(_NUMBER)).then(figure).otherwise(text)
    return pl.when(value.fill_null("") == "").then(pl.lit("")).otherwise(text)


def _escaped(text: pl.Expr) -> pl.Expr:
    """Return text for XML with LF line ends; what looks like Excel's ``_x000D_`` stays so."""
    more = pl.format(" … ({} characters in all)", text.str.len_chars())
    text = (
        pl.when(text.str.len_chars() > CELL)
        .then(pl.concat_str(text.str.slice(0, CELL - 40), more))
        .otherwise(text)
    )
    return (
        text.str.replace_all(r"\r\n?", "\n")
        .str.replace_all(r"(_x[0-9A-Fa-f]{4}_)", "_x005F${1}")
        .str.replace_all("&", "&amp;", literal=True)
        .str.replace_all("<", "&lt;", literal=True)
        .str.replace_all(">", "&gt;", literal=True)
    )

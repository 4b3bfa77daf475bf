"""Text that leaves is no formula and drives no terminal; numbers stay what they are."""

import polars as pl
import pytest

from monitor.export.cells import all_safe, all_visible, safe, visible

CELLS = [
    ("", ""),
    ("plain", "plain"),
    ("=1+1", "'=1+1"),
    ("+1", "'+1"),
    ("-1+2", "'-1+2"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("\t=1", "'\t=1"),
    ("\ttext", "'\ttext"),
    ("\rtext", "'\rtext"),
    ("\ntext", "'\ntext"),
    ("  =1+1", "'  =1+1"),
    ("＝1+1", "'＝1+1"),
    ("-cmd", "'-cmd"),
    ("-", "'-"),
    ("--5", "'--5"),
    ("-5", "-5"),
    ("-5.25", "-5.25"),
    ("-1e-05", "-1e-05"),
    ("-5\n", "'-5\n"),
    ("-٣", "'-٣"),
    ("5-3", "5-3"),
    ("a=b", "a=b"),
    ("'=1", "'=1"),
    ("\x00=1", "\\x00=1"),
    ("\x1b[31mred", "\\x1b[31mred"),
    ("\x7f\x9b", "\\x7f\\x9b"),
    ("\u202egpj.exe", "\\u202egpj.exe"),
    ("two\nlines", "two\nlines"),
    ("Zürich 北京 – ok", "Zürich 北京 – ok"),
]


@pytest.mark.parametrize(("text", "leaves"), CELLS)
def test_a_text_leaves_safe(text, leaves):
    assert safe(text) == leaves


def test_a_frame_leaves_as_its_cells_do():
    texts = [text for text, _ in CELLS]
    frame = pl.DataFrame({"a": texts, "n": range(len(texts)), "b": texts[::-1]})
    leaving = all_safe(frame)
    assert leaving["a"].to_list() == [safe(text) for text in texts]
    assert leaving["b"].to_list() == [safe(text) for text in texts[::-1]]
    assert leaving["n"].to_list() == list(range(len(texts)))
    assert all_visible(frame)["a"].to_list() == [visible(text) for text in texts]


def test_no_character_that_works_on_a_terminal_is_left():
    every = "".join(map(chr, range(0xD800))) + "".join(map(chr, range(0xE000, 0x10000)))
    left = [c for c in visible(every) if not c.isprintable() and ord(c) < 0xA0]
    assert left == ["\t", "\n", "\r"]
    assert all_visible(pl.DataFrame({"a": [every]}))["a"][0] == visible(every)

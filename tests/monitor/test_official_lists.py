"""Files that are no official list are ours to read, wherever their first word stands."""

import pytest

from monitor.official_lists import ListError, read_text, recognise
from monitor.value_folder import take

OURS = """
name: places_of_service
title: Places of our state
version: "2026.9"
effective: 2026-01-01
source: a bulletin
match: whole
codes: {office: ["99"]}
"""


@pytest.mark.parametrize("blank", [0, 19, 20, 500])
def test_blank_lines_before_a_list_count_for_nothing(tmp_path, blank):
    path = tmp_path / "ours.yaml"
    path.write_text("\n" * blank + OURS, encoding="utf-8")
    assert take(path).values.codes == {"99": "office"}


@pytest.mark.parametrize("text", ["\u00a0", "\u2003\n\u2003\n"])
def test_a_file_of_blanks_alone_is_no_list(tmp_path, text):
    path = tmp_path / "blank.yaml"
    path.write_text(text, encoding="utf-8")
    assert recognise(read_text(path), path.name) is None
    with pytest.raises(ListError, match=r"^blank\.yaml: "):
        take(path)


DRUGS = "PRODUCTID\tPRODUCTNDC\tPRODUCTTYPENAME\tROUTENAME\tSUBSTANCENAME\n"
LONG = "x" * 200_000


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        ("long.csv", f"{LONG}\n", "wanted a mapping"),
        ("HCPC.csv", f"HCPC,SEQNUM\nA0001,{LONG}\n", "line 2: field larger than field limit"),
        ("product.txt", f"{DRUGS}{LONG}\n", "line 2: 1 fields, wanted 5"),
        ("product.txt", f"{DRUGS}\n1\t2\n", "line 3: 2 fields, wanted 5"),
    ],
)
def test_a_line_of_any_length_is_one_clear_line(tmp_path, file, text, reason):
    path = tmp_path / file
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ListError) as refused:
        take(path)
    assert str(refused.value).startswith(f"{file}: {reason}")
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 600

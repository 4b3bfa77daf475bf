"""The index of decisions names each of them, and amendments are told on both sides."""

import re
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "docs" / "adr"
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("0*.md"))}


def status(text):
    """Return the line that dates a decision and names those it amends, or is amended by."""
    return text.split("\n")[2]


def test_the_index_has_every_decision_under_its_own_title():
    titles = {name: re.match(r"# (\d+)\. (.+)", text).groups() for name, text in TEXTS.items()}
    index = re.findall(r"^- \[(\d+)\]\((.+?)\) (.+)$", (FOLDER / "README.md").read_text(), re.M)
    assert index == [(number, name, title) for name, (number, title) in titles.items()]
    assert [int(name[:4]) for name in TEXTS] == [int(number) for number, _ in titles.values()]


def test_what_was_amended_says_so_and_by_which():
    amending, amended = set(), set()
    for name, text in TEXTS.items():
        # A sentence ends at a point before a blank or the end; those in file names do not.
        for sentence in re.split(r"\.(?: |$)", status(text)):
            others = re.findall(r"\((\d{4}-[a-z0-9-]+\.md)\)", sentence)
            if " by " in sentence:
                amended |= {(other, name) for other in others}
            else:
                amending |= {(name, other) for other in others}
    assert amending
    assert amending == amended

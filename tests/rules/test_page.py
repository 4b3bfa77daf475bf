"""The pages of rules, tables and packs: what they say, and that those in docs are not stale."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import pytest

from rules import page as pages
from rules.contract import available, load
from rules.markdown import shown, table
from rules.packpage import pack_index, pack_page
from rules.registry import rules
from rules.tables import TABLES

DOCS = Path(__file__).parents[2] / "docs"
FOLDERS = ("rules", "rules/tables", "packs")
HEADINGS = ("What it measures", "Why it is required", "Met", "Not met", "Limits")
"""What the docstring of every rule module tells, in this order."""


@dataclass(frozen=True)
class FewParams:
    """``share`` of toys."""

    share: float
    names: tuple[str, ...] = ("a", "b")
    limits: dict[str, float] = field(default_factory=dict)
    strict: bool = True


@dataclass(frozen=True)
class NoParams:
    """Nothing to set."""


@pytest.fixture
def told(make_toy, monkeypatch):
    """Return a toy rule whose module carries a docstring."""
    heads = "\n\n".join(f"{head}\n{'-' * len(head)}\nAbout ``{head}``." for head in HEADINGS)
    module = ModuleType("rules.toys.ty01_broken", f"Toys are broken.\n\n{heads}\n")
    monkeypatch.setattr(pages.inspect, "getmodule", lambda thing: module)
    return make_toy("TY01", aliases=("TY98",), params=FewParams)


def test_a_rules_page_tells_all_of_it(told, toy_pack, toys):
    pack = load(toy_pack(), toys, ("providers",))
    assert (
        pages.page(told, [pack])
        == """\
# TY01 toys.broken-ty01

Toys are broken.

|  |  |
| --- | --- |
| family | toys |
| reads | `providers` |
| one finding a | plan |
| figure | share of toys, at least the required one |
| since | 0.1.0 |
| also known as | TY98 |

## What it measures

About ``What it measures``.

## Why it is required

About ``Why it is required``.

## Met

About ``Met``.

## Not met

About ``Not met``.

## Limits

About ``Limits``.

## Params

``share`` of toys.

| param | takes | default | judged again from stored measures |
| --- | --- | --- | --- |
| `share` | a number | required | yes |
| `names` | a list of text | a, b | measure again |
| `limits` | a mapping of text to a number | - | measure again |
| `strict` | true or false | yes | measure again |

## Message

```text
{plan_id}: {value:.1%} of {denominator:.0f} toys, {required:.1%} asked.
```

## Remedy

Mend the toys.

## Asked by

| pack | requirement | severity | from | params | source |
| --- | --- | --- | --- | --- | --- |
| [toy](../packs/toy.md) | T-1 | major | 2024-07-01 | share: 0.9, logic: either, months: 12, \
strict: no \
| Toy contract (invented), 3.2.1, p. 41 (42 CFR 438.68(b)) |
"""
    )


def test_a_rule_that_no_pack_asks_for_says_so(told):
    assert pages.page(told, []).endswith("## Asked by\n\nNo shipped pack.\n")


def test_a_rule_without_params_says_so(told, make_toy):
    rule = make_toy("TY01", params=NoParams, judged_by=())
    assert "## Params\n\nNothing to set.\n\n## Message" in pages.page(rule, [])


def test_many_requirements_of_a_pack_are_counted_not_listed(told, toy_pack, toys):
    entry = toy_pack.list.removeprefix("requirements:\n")
    many = "requirements:\n" + "".join(
        entry.replace("T-1", f"T-{i}") for i in range(pages.MAX_LISTED + 1)
    )
    listed = pages.page(told, [load(toy_pack(asked=many), toys, ("providers",))])
    assert "| [toy](../packs/toy.md) | 13 requirements | major |  |  |  |" in listed
    assert "T-12" not in listed


def test_a_packs_page_tells_each_value_its_date_its_source_and_its_mark(toy_pack, toys):
    marked = toy_pack.list.replace("        cite:", "        unverified: true\n        cite:")
    law = """\
clauses:
  - id: C-1
    title: Waits
    text: Ten | days.
    starts: 2025-01-01
    cite: {document: base, section: "9", quote: ten days}
"""
    both = marked + toy_pack.list.removeprefix("requirements:\n").replace("T-1", "T-2")
    written = pack_page(load(toy_pack(asked=both, law=law), toys, ("providers",)))
    source = "Toy contract (invented), 3.2.1, p. 41 (42 CFR 438.68(b))"
    asked = "Toys are counted | specialty: psychiatry | [TY01](../rules/TY01.md) | major"
    assert re.findall(r"^\| ([TC]-\d) \| (.*) \|$", written, re.MULTILINE) == [
        ("T-1", f"{asked} | 2024-07-01 | {_params(written)} | {source} |  | **unverified**"),
        ("T-2", f"{asked} | 2024-07-01 | {_params(written)} | {source} |  | invented"),
        ("C-1", r"Waits: Ten \| days. | 2025-01-01 | Toy contract (invented), 9 | ten days | read"),
    ]
    assert "| base | Toy contract (invented) | 2024 | nowhere | invented |" in written


def _params(written: str) -> str:
    (found,) = set(re.findall(r"share: 0.9, [^|]*(?= \|)", written))
    return found


def test_what_a_pack_inherits_and_adopts_is_told(toy_pack, toys):
    toy_pack()
    main = """\
id: child
title: Child contract
program: Toys
model: mco
state: TN
plans: [A]
starts: 2025-01-01
ends: 2026-12-31
extends: [toy]
documents: {own: {title: Child contract, dated: "2025"}}
adopts: [{requirements: [T-1], severity: critical, cite: {document: own, section: "9"}}]
"""
    child = load(toy_pack("child", main, asked=""), toys, ("providers",))
    written = pack_page(child)
    assert (
        "| T-1 | Toys are counted | [toy](toy.md) | critical | adopted by Child contract, 9 |"
        in written
    )
    assert "| in force | from 2025-01-01 to 2026-12-31 |" in written
    assert "## Requirements" not in written
    assert "| [child](child.md) | Child contract | mco | TN | toy | 0 | 0 |" in pack_index([child])


def test_a_cell_cannot_break_its_table():
    assert table(("a", "b"), [("x | y", "<b>two\nlines</b>")]) == (
        "| a | b |\n| --- | --- |\n| x \\| y | &lt;b>two lines&lt;/b> |"
    )


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "-"), ([], "-"), ({}, "-"), (True, "yes"), (False, "no"), (0.9, "0.9"),
        (["a", 1], "a, 1"), ({"a": [1, 2], "b": {"c": None}}, "a: (1, 2), b: (c: -)"),
    ],
)  # fmt: skip
def test_a_plain_value_is_one_line(value, written):
    assert shown(value) == written


def test_every_rule_tells_the_five_headings_in_order():
    told = {code: tuple(pages.sections(rule)) for code, rule in rules().items()}
    assert told == dict.fromkeys(rules(), ("", *HEADINGS))
    empty = [
        (code, head)
        for code, rule in rules().items()
        for head, text in pages.sections(rule).items()
        if not text
    ]
    assert empty == []


def test_every_rule_table_and_pack_has_its_page_in_the_index():
    written = pages.pages()
    assert sorted(written) == sorted(
        ["rules/README.md", "rules/tables/README.md", "packs/README.md"]
        + [f"rules/{code}.md" for code in rules()]
        + [f"rules/tables/{name}.md" for name in TABLES]
        + [f"packs/{name}.md" for name in available()]
    )
    for index, names in (("rules/README.md", rules()), ("rules/tables/README.md", TABLES),
                         ("packs/README.md", available())):  # fmt: skip
        assert [name for name in names if f"[{name}]({name}.md)" not in written[index]] == []


def test_every_edit_of_a_table_is_on_its_page():
    missing = [
        code
        for name, shape in TABLES.items()
        for code in shape.checks
        if f"`{code}`" not in pages.table_page(TABLES[name])
    ]
    assert missing == []


def test_the_links_between_pages_lead_somewhere():
    written = pages.pages()
    broken = []
    for name, text in written.items():
        for link in re.findall(r"\]\(([^)#]+\.md)\)", text):
            target = (Path("/") / name).parent / link
            resolved = Path(*[part for part in _resolve(target) if part != "/"])
            if str(resolved) not in written:
                broken.append((name, link))
    assert broken == []


def _resolve(path: Path) -> list[str]:
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return parts


def test_a_rules_page_lists_the_shipped_packs_unless_told_otherwise():
    rule = rules()["RP01"]
    assert pages.page(rule) == pages.page(rule, [load(name) for name in available()])
    assert "| [federal-438](../packs/federal-438.md) | FED-438.606 |" in pages.page(rule)


def test_writing_gives_every_page_its_file(tmp_path):
    paths = pages.write_docs(tmp_path)
    written = {path.relative_to(tmp_path).as_posix(): path.read_text("utf-8") for path in paths}
    assert written == pages.pages()
    assert paths == sorted(paths)


def test_the_pages_in_docs_are_not_stale():
    wanted = pages.pages()
    found = {
        path.relative_to(DOCS).as_posix(): path.read_text("utf-8")
        for folder in FOLDERS
        for path in (DOCS / folder).glob("*.md")
    }
    stale = sorted(
        name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)
    )
    assert stale == [], "run: carvein rules docs"

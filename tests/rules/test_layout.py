"""Layouts are data: what is read of them, and what is refused by file, key and reason."""

from pathlib import Path

import pytest

from rules.layout import (
    LayoutError,
    alike,
    available_layouts,
    read_layout,
    shipped_layouts,
)
from rules.tables import TABLES

SMALL = """\
id: small
title: A small one
table: plan_offices
source: nowhere
columns:
  office_id: {from: Number}
  street: {from: [Street, Road]}
  city: {constant: Nashville}
  state: {from: State, case: upper}
  zip: {from: Zip, zip5: true}
cannot_carry:
  latitude: no coordinates
  longitude: no coordinates
"""


@pytest.fixture
def problems(tmp_path):
    """Return what is wrong with the small layout when a piece of it is replaced."""

    def of(old="", new="", name="small"):
        assert old in SMALL
        path = tmp_path / f"{name}.yaml"
        path.write_text(SMALL.replace(old, new, 1) if old else SMALL, "utf-8")
        try:
            read_layout(path)
        except LayoutError as error:
            return [str(problem) for problem in error.problems]
        return []

    return of


def test_the_shipped_layouts():
    assert [
        (each.id, each.table, each.format, each.unverified) for each in shipped_layouts().values()
    ] == [
        ("cms_providers_json", "providers", "json", True),
        ("hsd_facility", "providers", "csv", True),
        ("hsd_provider", "providers", "csv", True),
    ]


@pytest.mark.parametrize("layout", shipped_layouts().values(), ids=lambda each: each.id)
def test_a_shipped_layout_speaks_of_every_required_column_and_names_its_source(layout):
    required = set(TABLES[layout.table].required)
    assert required <= set(layout.feeds) | set(layout.cannot_carry)
    assert len(layout.source) > 40


def test_a_sound_layout_is_read(problems):
    assert problems() == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "id: small",
            "id: other",
            ["small.yaml: id: found other, wanted small, as the file is named"],
        ),
        (
            "  office_id: {from: Number}\n",
            "",
            [
                "small.yaml: columns.office_id: required and not mentioned; feed it under columns, "
                "or say under cannot_carry why nothing can"
            ],
        ),
        (
            "{from: Number}",
            "{from: Number, constant: x}",
            [
                "small.yaml: columns.office_id: found from and constant, wanted exactly one of "
                "from, first_of, join, constant, manifest"
            ],
        ),
        (
            "{from: Number}",
            "{}",
            [
                "small.yaml: columns.office_id: found none, wanted exactly one of from, first_of, "
                "join, constant, manifest"
            ],
        ),
        (
            "{from: Number}",
            "{join: [Number]}",
            ["small.yaml: columns.office_id.join: 1 source columns; wanted two or more, or from"],
        ),
        (
            "{from: Number}",
            "{from: Number, date: YYYYMMDD, eval: x}",
            [
                "small.yaml: columns.office_id.eval: unknown key; known are case, constant, date, "
                "first_of, from, if_empty, join, lookup, manifest, money, note, otherwise, "
                "pad_zeros, remove, strip_prefix, values, zip5"
            ],
        ),
        (
            "{from: Number}",
            "{from: Number, date: DMY}",
            [
                "small.yaml: columns.office_id.date: found DMY, wanted one of MM/DD/YYYY, "
                "MM-DD-YYYY, MMDDYYYY, YYYYMMDD, YYYY/MM/DD, DD-MON-YYYY, YYYY-MM-DD time"
            ],
        ),
        (
            "{from: Number}",
            "{from: Number, date: [MMDDYYYY, YYYYMMDD]}",
            [
                "small.yaml: columns.office_id.date: MMDDYYYY and YYYYMMDD cannot be told apart; "
                "wanted one of them"
            ],
        ),
        (
            "{from: Number}",
            "{from: Number, otherwise: empty}",
            [
                "small.yaml: columns.office_id.otherwise: goes with values, and there are none",
            ],
        ),
        (
            "{from: Number}",
            "{from: Number, values: {a: '1', A: '2'}}",
            ["small.yaml: columns.office_id.values.A: stands twice, but for capital letters"],
        ),
        (
            "{from: Number}",
            "{manifest: sender}",
            [
                "small.yaml: columns.office_id.manifest: found sender, wanted one of plan_id, "
                "submitted_on, period_start, period_end"
            ],
        ),
        ("  city:", "  town:", None),
        (
            "  latitude: no",
            "  city: no",
            [
                "small.yaml: cannot_carry.city: is fed under columns too; wanted one or the other",
                "small.yaml: columns.latitude: required and not mentioned; feed it under columns, "
                "or say under cannot_carry why nothing can",
            ],
        ),
        ("table: plan_offices", "table: plan_offices\nformat: json", None),
        (
            "id: small",
            "id: &a small",
            ["small.yaml: line 1: anchors and aliases are not read; write the value out"],
        ),
    ],
)
def test_a_bad_layout_is_refused_by_file_key_and_reason(problems, old, new, told):
    found = problems(old, new)
    assert found if told is None else found == told


def test_a_column_that_rows_need_cannot_be_left_out(problems):
    fatal = next(c.name for c in TABLES["members"].columns if c.fatal)
    found = problems("table: plan_offices", "table: members")
    assert any(problem.startswith(f"small.yaml: columns.{fatal}: required") for problem in found)
    found = problems(
        "table: plan_offices\nsource: nowhere\ncolumns:\n  office_id: {from: Number}\n",
        "table: members\nsource: nowhere\ncolumns:\n",
    )
    assert "small.yaml: columns.office_id: no column of members" not in found


def test_fatal_under_cannot_carry(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(
        SMALL.replace("table: plan_offices", "table: providers").replace(
            "  latitude: no coordinates", "  npi: none\n  contract_effective: none"
        )
    )
    with pytest.raises(LayoutError) as caught:
        read_layout(path)
    told = [str(problem) for problem in caught.value.problems]
    assert "small.yaml: cannot_carry.npi: no row of providers can be used without it" in told
    assert not any("cannot_carry.contract_effective" in problem for problem in told)


def test_a_folder_of_ones_own(tmp_path):
    (tmp_path / "small.yaml").write_text(SMALL)
    assert set(available_layouts(tmp_path)) == {*shipped_layouts(), "small"}
    (tmp_path / "hsd_provider.yaml").write_text(SMALL.replace("id: small", "id: hsd_provider"))
    with pytest.raises(LayoutError) as caught:
        available_layouts(tmp_path)
    assert str(caught.value) == "hsd_provider.yaml: id: a shipped layout has this id"


@pytest.mark.parametrize("bad", [b"", b"[1]", b"\xff\xfe", b"a: b: c", b"x" * (1 << 20) + b"y"])
def test_a_file_that_is_no_layout_is_refused(tmp_path, bad):
    path = tmp_path / "small.yaml"
    path.write_bytes(bad)
    with pytest.raises(LayoutError):
        read_layout(path)


def test_no_such_folder(tmp_path):
    with pytest.raises(LayoutError) as caught:
        available_layouts(tmp_path / "none")
    assert str(caught.value) == f"{tmp_path / 'none'}: No such file or directory"


def test_names_are_compared_by_letters_and_digits():
    assert alike("# of Staffed, Medicare-Certified Beds ") == alike(
        "of staffed MEDICARE certified beds"
    )
    assert alike("State") != alike("State Code")
    assert alike("§") == "§"


def test_manifest_facts_take_the_place_of_their_feeds(tmp_path):
    path = Path(tmp_path / "small.yaml")
    path.write_text(SMALL.replace("{from: Number}", "{manifest: plan_id}"))
    layout = read_layout(path)
    told = layout.with_facts({"plan_id": "ANCHOR"}).feeds["office_id"]
    assert (told.how, told.text) == ("constant", "ANCHOR")
    without = layout.with_facts({})
    assert without.cannot_carry["office_id"] == "the manifest states no plan_id"
    assert "office_id" not in without.feeds

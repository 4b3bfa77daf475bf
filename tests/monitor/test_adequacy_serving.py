"""``adequacy`` as serving, by a matrix, and with kept figures."""

import json
from dataclasses import replace
from functools import partial

import polars as pl
import pytest

from monitor import adequacy_cache
from monitor.adequacy import AdequacyError, Beside, adequacy
from monitor.adequacy_cache import FigureFolder, beside_store
from rules.network import nw01_beyond_reach as nw01
from rules.network import nw02_too_few_providers as nw02
from rules.network.reach import prepare_network
from tests.monitor import standards
from tests.monitor.adequacy_sample import shown
from tests.monitor.standards import DAY, REACH, requirement

contract = partial(standards.contract, c47037="metro")
TOY = contract(
    requirement("TD", REACH),
    requirement("MIN", nw02.Params(within="TD", minimum=2)),
    requirement("PC", REACH, specialty="primary_care"),
)
MEMBERS = [
    "member_id,plan_id,county_fips,latitude,longitude,weight",
    "M1,A,47037,36.0,-86.0,8",
    "M2,A,47037,36.2,-86.0,2",
]
# NPIs with a sound check digit: who has none is in doubt, and kept.
PROVIDERS = [
    "npi,taxonomy,latitude,longitude",
    "1000000004,2084P0800X,36.0,-86.0",
    "1000000012,2084P0800X,36.5,-86.0",
    "1000000020,207Q00000X,36.0,-86.0",
]
ENCOUNTERS = "encounter_id,member_id,claim_type,service_from,rendering_npi,billing_npi"


@pytest.fixture
def ask(tmp_path):
    def run(pack=TOY, members=MEMBERS, providers=PROVIDERS, encounters=None, **beside):
        for name, lines in (("m", members), ("p", providers), ("e", encounters)):
            if lines:
                (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        if encounters:
            beside["encounters"] = tmp_path / "e.csv"
        return adequacy(tmp_path / "m.csv", tmp_path / "p.csv", pack, DAY, Beside(**beside))

    return run


SERVING = ("specialty", "within", "serving_within", "serving_share", "serving_providers",
           "serving_verdict", "lost_members")  # fmt: skip


def test_figures_as_serving_stand_beside_those_as_listed(ask):
    lines = [
        ENCOUNTERS,
        "E1,M1,P,2026-01-15,1000000012,1000000012",
        "E2,M2,P,2026-01-15,1000000012,1000000012",
        "E3,M1,P,2026-01-15,1000000020,1000000020",
    ]
    answer = ask(encounters=lines)
    # The psychiatrist half a degree (34.5 miles) north of M1 is 20.7 miles from M2.
    assert shown(answer, *SERVING) == [
        ("psychiatry", 10.0, 2.0, 0.2, 1, "not_met", 8.0),
        ("primary_care", 10.0, 10.0, 1.0, 1, "met", 0.0),
    ]
    assert (
        "A: of 3 listed providers 1 served no member from 2025-04-01 to 2026-03-31; "
        "in doubt and kept: 0"
    ) in answer.notes
    assert shown(ask(encounters=lines, serving=2), "specialty", "lost_members") == [
        ("psychiatry", 8.0),
        ("primary_care", 10.0),
    ]


def test_who_is_new_or_hidden_behind_a_group_is_kept(ask):
    providers = [
        "npi,taxonomy,latitude,longitude,contract_effective,group_npi",
        "1000000004,2084P0800X,36.0,-86.0,2025-12-01,",
        "1000000020,207Q00000X,36.0,-86.0,2020-01-01,1000000038",
        "1000000012,2084P0800X,36.0,-86.0,2020-01-01,",
    ]
    lines = [ENCOUNTERS, "E1,M1,P,2026-01-15,,1000000038"]
    answer = ask(providers=providers, encounters=lines)
    assert shown(answer, "specialty", "serving_providers", "lost_members") == [
        ("psychiatry", 1, 0.0),
        ("primary_care", 1, 0.0),
    ]
    assert any("1 served no member" in note for note in answer.notes)
    assert any("in doubt and kept: 2" in note for note in answer.notes)


def test_without_a_line_in_the_window_nobody_is_said_to_serve_or_not(ask):
    answer = ask(encounters=[ENCOUNTERS, "E1,M1,P,2020-01-15,1000000004,1000000004"])
    assert shown(answer, *SERVING)[0] == (
        "psychiatry", 10.0, None, None, None, "could_not_run", None
    )  # fmt: skip
    assert (
        "A: no final encounter line from 2025-04-01 to 2026-03-31, "
        "which tells nothing of who serves"
    ) in answer.notes


def test_voided_lines_serve_nobody(ask):
    lines = [
        f"{ENCOUNTERS},frequency,original_encounter_id,submitted_on",
        "E1,M1,P,2026-01-15,1000000004,1000000004,1,,2026-02-01",
        "E2,M1,P,2026-01-15,1000000004,1000000004,8,E1,2026-02-02",
        "E3,M1,P,2026-01-15,1000000012,1000000012,1,,2026-02-01",
    ]
    assert shown(ask(encounters=lines), "lost_members")[0] == (8.0,)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["member_id,rendering_npi", "1,2"], "e.csv: no column service_from"),
        (["service_from,rendering_npi", "2026-01-01,2"], "e.csv: no column member_id"),
        (["service_from,member_id", "2026-01-01,2"],
         "e.csv: no column rendering_npi, attending_npi, billing_npi"),
        (["service_from,member_id,billing_npi", "x,2,3"],
         "e.csv row 2: service_from 'x'; wanted a date YYYY-MM-DD"),
    ],
)  # fmt: skip
def test_encounters_that_cannot_be_used(ask, lines, message):
    with pytest.raises(AdequacyError) as refused:
        ask(encounters=lines)
    assert str(refused.value) == message


def test_minutes_by_a_matrix_and_its_classes(ask, tmp_path):
    from geodata.matrix import read_matrix

    (tmp_path / "minutes.csv").write_text(
        "origin,destination,minutes,miles\n"
        '"36.0,-86.0","36.5,-86.0",20,\n"36.0,-86.0","36.0,-86.0",40,\n'
        '"36.2,-86.0","36.0,-86.0",,\n',
        encoding="utf-8",
    )
    source = read_matrix(tmp_path / "minutes.csv")
    limit = nw01.Params(logic="time", share=0.8, max_minutes=30.0)
    members = [*MEMBERS, "M3,A,47037,36.3,-86.0,90"]
    told = ("within", "unreachable", "outside", "longest_minutes", "travel", "verdict")
    pack = contract(requirement("TD", limit))
    answer = ask(pack, travel=source)
    assert shown(answer, *told) == [(8.0, 2.0, 0.0, 20.0, "matrix", "met")]
    assert answer.notes[0] == "minutes as supplied in minutes.csv"
    # Of nine members in ten the matrix does not speak: they are not said to be beyond.
    assert shown(ask(pack, members, travel=source), *told) == [
        (8.0, 2.0, 90.0, 20.0, "matrix", "could_not_run")
    ]
    # One and the same provider must keep both limits: the fast one is 34.5 miles away.
    both = nw01.Params(logic="both", share=0.8, max_minutes=45.0, max_miles=30.0)
    fast = replace(both, max_minutes=30.0)
    assert shown(ask(contract(requirement("TD", both)), travel=source), "within") == [(8.0,)]
    assert shown(ask(contract(requirement("TD", fast)), travel=source), "within") == [(0.0,)]


def test_miles_by_road_are_named_where_they_are_meant(ask, tmp_path):
    from geodata.matrix import read_matrix

    (tmp_path / "minutes.csv").write_text(
        'origin,destination,minutes,miles\n"36.0,-86.0","36.0,-86.0",4,31\n'
        '"36.2,-86.0","36.0,-86.0",4,30\n',
        encoding="utf-8",
    )
    source = read_matrix(tmp_path / "minutes.csv")
    road = contract(requirement("TD", REACH), distance_basis="road")
    answer = ask(road, travel=source)
    assert shown(answer, "within", "longest_miles", "travel") == [(2.0, 31.0, "matrix")]
    assert ask(road).notes[0] == (
        "straight-line miles, though the contract means miles by road; "
        "time not independently measured"
    )
    straight = ask(contract(requirement("TD", REACH)), travel=source)
    assert shown(straight, "within", "travel") == [(10.0, "estimated")]
    # Who brought minutes is told that nothing asked for them.
    assert straight.notes[:2] == (
        "straight-line miles; time not independently measured",
        "the matrix was not needed: no standard here counts minutes, or miles by road",
    )
    assert not [note for note in answer.notes if "not needed" in note]


def test_only_the_specialty_that_changed_is_searched_again(ask, tmp_path):
    cache = tmp_path / "figures"
    lines = [ENCOUNTERS, "E1,M1,P,2026-01-15,1000000012,1000000012"]
    first = ask(encounters=lines, cache=cache)
    assert first.searched == {"psychiatry", "primary_care"}
    again = ask(encounters=lines, cache=cache)
    assert (again.searched, again.rows.equals(first.rows)) == (frozenset(), True)
    changed = [*PROVIDERS, "1000000046,207Q00000X,36.2,-86.0"]
    third = ask(providers=changed, encounters=lines, cache=cache)
    assert third.searched == {"primary_care"}
    assert third.rows.equals(ask(providers=changed, encounters=lines).rows)
    assert ask(providers=[*changed[:1], *changed[:0:-1]], cache=cache).searched == frozenset()
    assert ask(members=MEMBERS[:2], cache=cache).searched == {"psychiatry", "primary_care"}


def test_figures_by_a_matrix_are_kept_by_the_digest_of_its_file(ask, tmp_path):
    from geodata.matrix import read_matrix

    limit = nw01.Params(logic="time", share=0.8, max_minutes=30.0)
    pack = contract(requirement("TD", limit), requirement("MIN", nw02.Params("TD", minimum=2)))

    def answer(minutes, cache="figures"):
        (tmp_path / "minutes.csv").write_text(
            f'origin,destination,minutes\n"36.0,-86.0","36.5,-86.0",{minutes}\n'
            '"36.2,-86.0","36.0,-86.0",20\n"36.0,-86.0","36.0,-86.0",9\n',
            encoding="utf-8",
        )
        source = read_matrix(tmp_path / "minutes.csv")
        return ask(pack, travel=source, cache=tmp_path / cache)

    told = ("within", "providers_counted", "count_verdict")
    first = answer(31)
    assert (first.searched, shown(first, *told)) == ({"psychiatry"}, [(10.0, 1, "not_met")])
    again = answer(31)
    assert (again.searched, again.rows.equals(first.rows)) == (frozenset(), True)
    # Another file is another source, whatever its name.
    other = answer(30)
    assert (other.searched, shown(other, *told)) == ({"psychiatry"}, [(10.0, 2, "met")])
    assert other.rows.equals(answer(30, "fresh").rows)


def test_figures_that_are_damaged_or_foreign_are_counted_anew_and_told(ask, tmp_path):
    cache = tmp_path / "figures"
    whole = ask(cache=cache)
    [*pages] = sorted(cache.iterdir())
    assert len(pages) == 2
    assert "M1" not in pages[0].read_text("utf-8") and "1000000004" not in pages[0].read_text(
        "utf-8"
    )
    damaged = json.loads(pages[0].read_text("utf-8"))
    damaged["lines"] = {name: [0.0] * len(line) for name, line in damaged["lines"].items()}
    for text in (json.dumps(damaged), "[]", "{", '{"kind": "x", "lines": {}, "digest": ""}'):
        pages[0].write_text(text, encoding="utf-8")
        pages[1].write_bytes(b"\xff\xfe")
        answer = ask(cache=cache)
        assert answer.rows.equals(whole.rows)
        assert answer.searched == {"psychiatry", "primary_care"}
        assert f"{pages[0].name} in {cache} is damaged or foreign; counted anew" in answer.notes
    assert ask(cache=cache).searched == frozenset()


def test_figures_of_other_code_are_not_read(ask, tmp_path, monkeypatch):
    cache = tmp_path / "figures"
    ask(cache=cache)
    monkeypatch.setattr(adequacy_cache, "code_version", lambda: "another")
    assert ask(cache=cache).searched == {"psychiatry", "primary_care"}


def test_a_folder_that_cannot_be_written_is_told_and_no_matter(ask, tmp_path):
    (tmp_path / "figures").write_text("a file", encoding="utf-8")
    answer = ask(cache=tmp_path / "figures")
    assert answer.rows.equals(ask().rows)
    assert answer.notes[-1].startswith(f"{tmp_path / 'figures'}: figures cannot be kept: ")


def test_a_line_that_cannot_be_these_peoples_is_counted(tmp_path):
    kept = {"other": [1.0]}

    class Kept:
        def recall(self, page):
            return kept

        def keep(self, page, lines):
            kept.update(lines)

    frames = [pl.DataFrame([dict(zip(text[0].split(","), row.split(","), strict=True))
                            for row in text[1:]]) for text in (MEMBERS, PROVIDERS)]  # fmt: skip
    from monitor.adequacy_input import read_members, read_providers

    for name, frame in zip("mp", frames, strict=True):
        frame.write_csv(tmp_path / f"{name}.csv")
    people = read_members(tmp_path / "m.csv").rows
    listed = read_providers(tmp_path / "p.csv").rows

    def within():
        reached = prepare_network(people, listed, DAY, Kept())
        limits = REACH.reach_in("metro")
        found = reached.cover("47037", "all", "psychiatry", limits).within
        reached.remember()
        return found, bool(reached.searched)

    assert [within(), within()] == [(10.0, True), (10.0, False)]
    line = next(name for name in kept if name.startswith("Coverage"))
    for faulty in ([], [9.0] * 9, [10.0, 11.0, *[0.0] * 7], [10.0, "1", *[0.0] * 7],
                   [10.0, None, *[0.0] * 7], [10.0, float("nan"), *[0.0] * 7]):  # fmt: skip
        kept[line] = faulty
        assert within() == (10.0, True)


def test_where_figures_lie_beside_a_store(tmp_path):
    assert beside_store("sqlite:///a/b.db").folder.as_posix() == "a/b.db.figures"
    assert beside_store("postgresql://host/db") is None
    assert beside_store("sqlite:///:memory:") is None
    assert FigureFolder(tmp_path).recall("none") == {}

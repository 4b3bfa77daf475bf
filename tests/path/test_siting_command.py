"""``carvein siting`` as a user runs it: from files and from a submission."""

import pytest

COUNSELOR = "261QM0801X"
PLACES = ("36.15,-86.79", "36.9,-82.3")


@pytest.fixture
def files(tmp_path):
    (tmp_path / "members.csv").write_text(
        "member_id,plan_id,county_fips,latitude,longitude\n"
        f"M1,A,47037,{PLACES[0]}\nM2,B,47037,{PLACES[0]}\nM3,A,47037,{PLACES[1]}\n"
    )
    (tmp_path / "providers.csv").write_text(
        f"npi,plan_id,taxonomy,latitude,longitude\n1000000004,B,{COUNSELOR},{PLACES[0]}\n"
    )
    (tmp_path / "sites.csv").write_text(
        f"id,name,latitude,longitude\nX,Elm House,{PLACES[0]}\nY,=Oak,{PLACES[1]}\n"
    )


COMMON = (
    *("--specialty", "outpatient_behavioral_health"),
    *("--candidates", "sites.csv", "--to", "out.csv"),
)
PACK = ("siting", *COMMON, "--pack", "ma-422-116")
FILES = ("--members", "members.csv", "--providers", "providers.csv", "--as-of", "2026-03-31")


def test_one_plan_of_two_from_files(files, carvein, tmp_path):
    counties = tmp_path / "counties.csv"
    counties.write_text("STATEFP,COUNTYFP,POPULATION\n47,037,715884\n")
    ran = carvein(*PACK, *FILES, "--plan", "A", "--add", 1, "--counties", counties)
    assert (ran.code, ran.out.splitlines()) == (
        0,
        [
            "exact: no choice of 1 brings more members within the standard",
            "1. X Elm House: 1 member gained, 50.00% within",
            "counties short of the standard: 1; of them met afterwards: 0",
            "written to out.csv, out-gained.csv and out-counties.csv",
        ],
    )
    assert (tmp_path / "out-gained.csv").read_text() == (
        "rank,candidate,county_fips,county,members_gained\n1,X,47037,Davidson,1.0\n"
    )


def test_minutes_from_a_matrix(files, carvein, tmp_path):
    counties = tmp_path / "counties.csv"
    counties.write_text("STATEFP,COUNTYFP,POPULATION\n47,037,715884\n")
    pairs = [f'"{PLACES[0]}","{PLACES[0]}",40.5', f'"{PLACES[1]}","{PLACES[1]}",40']
    (tmp_path / "m.csv").write_text("\n".join(["origin,destination,minutes", *pairs]) + "\n")
    asked = (*PACK, *FILES, "--plan", "A", "--add", 1, "--counties", counties)
    ran = carvein(*asked, "--matrix", "m.csv")
    assert (ran.code, ran.out.splitlines()[:2]) == (
        0,
        [
            "exact: no choice of 1 brings more members within the standard",
            "1. Y =Oak: 1 member gained, 50.00% within",
        ],
    )
    told = "carvein: minutes as supplied in m.csv; straight-line miles"
    assert ran.err.splitlines()[0] == told
    (tmp_path / "m.csv").write_text("origin,minutes\n")
    ran = carvein(*asked, "--matrix", "m.csv")
    assert (ran.code, ran.err.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            (*FILES, "--matrix", "m.csv", "--roads", "r"),
            "carvein: --roads and --matrix: wanted one source of minutes",
        ),
        (FILES, "carvein: members.csv has plans A, B: choose one with --plan"),
        ((*FILES, "--plan", "C"), "carvein: --plan C: members.csv has plans A, B"),
        (FILES[:2], "carvein: wanted --members and --providers, or --submission"),
        (
            (*FILES, "--submission", "s"),
            "carvein: wanted --members and --providers, or --submission",
        ),
        (("--submission", "s"), "carvein: s: no such file or folder"),
        (
            (*FILES[:4], "--as-of", "soon"),
            "carvein: --as-of soon: wanted a day as YYYY-MM-DD",
        ),
    ],
)
def test_questions_that_cannot_be_answered(files, carvein, tmp_path, words, message):
    ran = carvein(*PACK, *words)
    assert (ran.code, ran.err.splitlines()) == (2, [message])
    assert not (tmp_path / "out.csv").exists()


HEADER = (
    "npi,entity_type,name,taxonomy,site_id,street,city,state,zip,latitude,longitude,county_fips,"
    "contract_effective,contract_end,accepting_new,age_min,age_max,telehealth"
)


def test_a_submission_is_read_as_a_review_stages_it(carvein, submission, tmp_path):
    members = [
        "member_id,plan_id,birth_date,sex,enrolled_from,enrolled_to,county_fips,zip,latitude,"
        "longitude",
        f"M1,ANCHOR,1980-01-01,F,2024-10-01,,47037,37203,{PLACES[0]}",
        f",ANCHOR,1980-01-01,F,2024-10-01,,47037,37203,{PLACES[1]}",
    ]
    providers = [
        HEADER,
        f"1000000004,facility,Oak,{COUNSELOR},S,1 Elm,Bristol,TN,37620,{PLACES[1]},47163,"
        "2020-01-01,,Y,0,120,none",
    ]
    (tmp_path / "sites.csv").write_text(f"id,latitude,longitude\nX,{PLACES[0]}\n")
    folder = submission("a", {"members": members, "providers": providers})
    ran = carvein("siting", *COMMON, "--pack", "demo-imc", "--submission", folder)
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[1] == "1. X : 1 member gained, 100.00% within"
    folder = submission("b", {"members": members})
    ran = carvein("siting", *COMMON, "--pack", "demo-imc", "--submission", folder)
    assert (ran.code, ran.err) == (2, f"carvein: {folder}: no table providers\n")
    ran = carvein("siting", *COMMON, "--pack", "demo-imc", "--submission", folder, "--plan", "B")
    assert (ran.code, ran.err) == (2, "carvein: --plan B: the submission is of plan ANCHOR\n")

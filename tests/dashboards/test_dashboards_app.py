"""The app: callbacks as plain functions, who may ask, what is served, and how it starts."""

import logging
import socket
import subprocess
import sys

import pytest
from dash import no_update

from dashboards import address, app
from dashboards.__main__ import main
from dashboards.address import Query
from dashboards.data import Archive, StoreError
from dashboards.filters import LABELS
from dashboards.guard import is_ours

NOTHING = dict.fromkeys(LABELS)


@pytest.fixture(scope="module")
def client(sample):
    return app.create_app(sample.url).server.test_client()


def test_pandas_is_there_before_threads_draw():
    asked = "import sys, dashboards.app; sys.exit('pandas' not in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


def test_a_url_restores_its_filters(archive, made):
    told = app.answer(archive, "/findings", "?plan=BETA&rule=NW06&verdict=all", None, None)
    chosen = {name: value for name, value in told["values"].items() if value}
    assert chosen == {"review": made.LATEST, "plan": "BETA", "rule": "NW06", "verdict": "all"}
    assert told["search"] is no_update
    shown = [name for name, hidden in told["hidden"].items() if not hidden]
    assert shown == ["review", "plan", "area", "rule", "severity", "verdict", "change", "text"]
    assert (told["heading"], told["about"]) == ("Findings", "demo-imc · 2026Q1")


def test_controls_write_the_url_without_what_is_usual(archive, made):
    values = NOTHING | {"review": made.LATEST, "verdict": "not_met", "plan": "BETA", "beside": "x"}
    told = app.answer(archive, "/findings", "?finding=abc", values, None)
    assert told["search"] == "?plan=BETA"
    values = NOTHING | {"review": made.EARLIER, "plan": None}
    assert app.answer(archive, "/", "", values, None)["search"] == f"?review={made.EARLIER}"


def test_opening_a_finding_does_not_draw_the_page_again(archive, sample):
    finding = sample.only(plan_id="BETA", rule="NW06")[0].id
    first = app.answer(archive, "/findings", "?plan=BETA", None, None)
    shown = first["shown"]
    told = app.answer(archive, "/findings", f"?plan=BETA&finding={finding}", None, shown)
    assert told["content"] is no_update
    assert set(told["choices"].values()) == {no_update}
    assert (told["page"], told["announce"]) == (
        "page with-detail",
        "Finding of BETA on NW06 is open",
    )
    closed = app.answer(archive, "/findings", "?plan=BETA", None, told["shown"])
    assert (closed["page"], closed["detail"]) == ("page", [])
    other = app.answer(archive, "/findings", "?plan=ALPHA", None, told["shown"])
    assert other["content"] is not no_update


def test_links_keep_review_and_plan(archive):
    told = app.answer(archive, "/network", "?plan=BETA&shows=miles", None, None)
    assert [(link.label, link.href, link.active) for link in told["nav"]] == [
        ("Overview", "/?plan=BETA", False),
        ("Network", "/network?plan=BETA", True),
        ("Access", "/access?plan=BETA", False),
        ("Serving", "/serving?plan=BETA", False),
        ("Delegation", "/delegation?plan=BETA", False),
        ("Separation", "/separation?plan=BETA", False),
        ("Spending", "/spending?plan=BETA", False),
        ("Money", "/money?plan=BETA", False),
        ("Measures", "/measures?plan=BETA", False),
        ("Findings", "/findings?plan=BETA", False),
    ]


@pytest.mark.parametrize(
    ("values", "finding"),
    [
        ([], ""),
        ([None, None], ""),
        ([{"rowId": "abc", "colId": "plan_id"}], "abc"),
        ([[{"finding_id": "abc"}]], "abc"),
        ([[]], ""),
        ([[], {"rowId": "abc"}], "abc"),
    ],
)
def test_the_finding_that_a_row_stands_for(values, finding):
    assert app.finding_of(values) == finding


def test_rows_for_a_request(archive):
    asked = {"startRow": 0, "endRow": 100, "sortModel": []}
    told = app.fetch_rows(archive, asked, Query(plan="BETA"))
    assert (told["rowCount"], len(told["rowData"])) == (6, 6)
    assert app.fetch_rows(archive, None, Query()) is no_update
    assert app.fetch_rows(archive, asked, Query(review="R9")) is no_update


def test_trouble_with_the_store_is_told_in_plain_words(words, caplog):
    class Broken(Archive):
        def __init__(self):
            pass

        def reviews(self):
            raise StoreError("store x.db: in use by another review")

    told = app.answer(Broken(), "/network", "", None, None)
    assert words(told["content"]) == (
        "The store cannot be read store x.db: in use by another review Mend that, then load this "
        "page again."
    )
    assert app.fetch_rows(Broken(), {"startRow": 0}, Query()) == {"rowData": [], "rowCount": 0}


def test_a_fault_of_ours_is_told_without_its_detail(words, caplog):
    class Broken(Archive):
        def __init__(self):
            pass

        def reviews(self):
            raise KeyError("inner thing")

    with caplog.at_level(logging.ERROR):
        told = app.answer(Broken(), "/network", "", None, None)
    assert words(told["content"]).startswith("This page could not be made The fault is ours")
    assert "inner thing" not in words(told["content"])
    assert "inner thing" in caplog.text


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1", True),
        ("127.0.0.1:8050", True),
        ("localhost:8050", True),
        ("LOCALHOST:8050", True),
        ("[::1]:8050", True),
        ("", False),
        ("evil.example", False),
        ("evil.example:8050", False),
        ("127.0.0.1.evil.example", False),
        ("127.0.0.1@evil.example", False),
        ("localhost:notaport", False),
        ("0.0.0.0:8050", False),
        ("localhost/evil", False),
    ],
)
def test_hosts(host, ours):
    assert is_ours(host) == ours


@pytest.mark.parametrize("path", ["/", "/_dash-layout", "/download/findings.csv", "/assets/x.css"])
def test_another_host_is_refused_everywhere(client, path):
    assert client.get(path, headers={"Host": "evil.example"}).status_code == 403
    origin = {"Host": "127.0.0.1:8050", "Origin": "https://evil.example"}
    assert client.get(path, headers=origin).status_code == 403


def test_every_answer_is_bound_to_this_origin(client):
    answer = client.get("/", headers={"Host": "localhost:8050"})
    policy = dict(
        part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; ")
    )
    assert (policy["default-src"], policy["frame-ancestors"]) == ("'self'", "'none'")
    assert "unsafe" not in policy["script-src"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Cache-Control"] == "no-store"
    assert '<html lang="en">' in answer.text
    assert "http://" not in answer.text
    assert "https://" not in answer.text


def test_the_findings_asked_for_are_downloaded(client, sample):
    query = address.write(Query(plan="BETA", verdict="all"))
    answer = client.get(f"/download/findings.csv{query}", headers={"Host": "localhost"})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="findings.csv"'
    ids = [line.split(",")[0] for line in answer.text.splitlines()[1:]]
    assert ids == [one.id for one in sample.only(plan_id="BETA")]


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("overview", "plan_id,requirement_id,rule,finding_id"),
        ("network", "finding_id,county,county_class,members,beyond"),
        ("access", "plan_id,requirement_id,rule,title,not_met"),
        ("access-apart", "plan,specialty,requirement_id,who"),
        ("serving", "finding_id,plan,calls_for,limit,kept"),
        ("serving-waits", "finding_id,plan,calls_for,limit,kept"),
        ("delegation", "finding_id,plan_id,function,ph_operator"),
        ("spending", "plan_id,month,bh_benefit,bh_rate"),
    ],
)
def test_each_pages_table_is_downloaded(client, name, head):
    answer = client.get(f"/download/{name}.csv", headers={"Host": "localhost"})
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    assert answer.text.startswith(head)


def test_an_unknown_download_is_not_there(client):
    for name in ("secrets", "access-secrets", "network-apart", "serving-"):
        asked = client.get(f"/download/{name}.csv", headers={"Host": "localhost"})
        assert (name, asked.status_code) == (name, 200 if name == "serving-" else 404)
    unknown = "/download/findings.csv?review=R9"
    assert client.get(unknown, headers={"Host": "localhost"}).status_code == 404


def leave(capsys, *arguments):
    """Return exit code and error line of a start that fails."""
    with pytest.raises(SystemExit) as left:
        main(arguments)
    return left.value.code, capsys.readouterr().err


def test_another_host_than_this_machine_is_not_served(capsys):
    assert leave(capsys, "--host", "0.0.0.0") == (
        2,
        "carvein: --host 0.0.0.0: the dashboard has no users and roles yet, so it serves this "
        "machine only; wanted one of 127.0.0.1, localhost, ::1\n",
    )


def test_a_port_in_use_is_one_line(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert leave(capsys, "--port", str(port)) == (
            2,
            f"carvein: port {port} is in use by another program: name a free one with --port\n",
        )


def test_a_port_that_cannot_be_is_one_line(capsys):
    code, said = leave(capsys, "--port", "99999")
    assert (code, said.count("\n")) == (2, 1)
    assert said.startswith("carvein: --host 127.0.0.1 --port 99999: cannot listen there: ")


def test_a_store_that_cannot_be_read_is_one_line(capsys, tmp_path):
    path = tmp_path / "notes.db"
    path.write_text("no database")
    assert leave(capsys, "--port", "0", "--store", f"sqlite:///{path}") == (
        2,
        f"carvein: store {path}: not a SQLite database, so not a carvein store\n",
    )

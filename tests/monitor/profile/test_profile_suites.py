"""Suites are data: what a changed band changes, what is refused, what every entry carries."""

import gzip
from csv import DictReader

import pytest

from monitor.judge import judge_check
from monitor.profile import profile
from rules.packfile import PackError
from rules.profiles.providers import ORGANIZATION_CODES, ORGANIZATION_GROUPS
from rules.profiles.suite import SHIPPED, TABLES, load
from rules.profiles.summary import METRICS, source_of

TMSIS = "T-MSIS DQ Measures v4.1.0"
OURS = "carvein defaults"


def edited(tmp_path, table, *changes):
    """Write a copy of a shipped suite with texts replaced, and return its folder."""
    text = (SHIPPED / f"{table}.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (tmp_path / f"{table}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def refusal(folder, table):
    with pytest.raises(PackError) as refused:
        load(table, folder)
    return [(each.file, each.key, each.reason) for each in refused.value.problems]


def finding_of(profiled, filing, code):
    [measure] = [measure for measure in profiled.measures if measure.rule == code]
    return judge_check(
        measure,
        profiled.checks[code],
        filing.contract.requirement(measure.requirement_id),
        filing.contract,
        filing.period,
    )


def test_the_suites_hold_at_least_eight_and_ten_expectations():
    assert {table: len(load(table).expectations) for table in TABLES} == {
        "providers": 15,
        "encounters": 31,
        "drift": 10,
        "capitation": 3,
    }


@pytest.mark.parametrize("table", TABLES)
def test_every_expectation_carries_what_a_finding_needs(table):
    suite = load(table)
    for each in suite.expectations:
        assert each.meta.requirement == f"DATA-{source_of(table).upper()}"
        assert each.meta.unit and each.title and each.remedy and "{band}" in each.message
        assert each.meta.citation.document in (TMSIS, OURS)
        assert [also for also in each.meta.citation.also if also.startswith("42 CFR ")]


@pytest.mark.parametrize("table", TABLES)
def test_every_metric_is_used_by_an_expectation(table):
    used = {each.kwargs.column for each in load(table).expectations}
    assert used == set(METRICS[table])


def test_a_changed_band_changes_verdict_and_sentence(batch, tmp_path):
    folder = edited(
        tmp_path,
        "providers",
        ("telehealth_only, max_value: 0.25", "telehealth_only, max_value: 0.05"),
    )
    filing = batch.filing(("providers",))
    told = [
        (str(finding.verdict), finding.required, finding.message)
        for finding in (
            finding_of(profile(filing, suites=suites), filing, "PFP12") for suites in (None, folder)
        )
    ]
    assert told == [
        (
            "met",
            "0.25",
            "100 of 1,000 provider rows (10.00%) are telehealth only; wanted at most 25%",
        ),
        (
            "not_met",
            "0.05",
            "100 of 1,000 provider rows (10.00%) are telehealth only; wanted at most 5%",
        ),
    ]


def test_a_folder_without_a_suite_takes_the_shipped_one(tmp_path):
    assert load("encounters", tmp_path) == load("encounters")


@pytest.mark.parametrize(
    ("change", "key", "reason"),
    [
        (
            ("column: taxonomy_missing", "column: taxonomy_lost"),
            "expectations[1] PFP02.kwargs.column",
            f"no metric taxonomy_lost; known: {', '.join(METRICS['providers'])}",
        ),
        (
            ("max_value: 0.05", "max_value: five"),
            "expectations[1].kwargs.max_value",
            "found five, wanted a number or null",
        ),
        (
            ("max_value: 0.05", "largest: 0.05"),
            "expectations[1].kwargs.largest",
            "unknown; wanted column, min_value, max_value",
        ),
        (
            ("{column: taxonomy_missing, max_value: 0.05}", "{column: taxonomy_missing}"),
            "expectations[1].kwargs",
            "no bound; wanted min_value, max_value or both",
        ),
        (
            ("max_value: 0.05", "min_value: 0.06, max_value: 0.05"),
            "expectations[1].kwargs",
            "min_value 0.06 is above max_value 0.05",
        ),
        (
            ("max_value: 0.05", "max_value: 0.050000001"),
            "expectations[1].kwargs",
            "0.050000001 has more than 8 decimals",
        ),
        (("code: PFP02", "code: PFP01"), "expectations[0].code", "PFP01 is taken twice"),
        (
            ("code: PFP02", "code: two"),
            "expectations[1]",
            "code 'two': wanted capitals and digits such as PFE01",
        ),
        (
            ("severity: major", "severity: grave"),
            "expectations[0].severity",
            "found grave, wanted one of critical, major, minor, info",
        ),
        (
            ("{denominator:,.0f} NPIs", "{total} NPIs"),
            "expectations[1] PFP02.message",
            "no name total; known: band, plan_id, subject, numerator, denominator, value, unit, "
            "period",
        ),
        (
            ("{numerator:,.0f} provider rows were sent", "{denominator:,.0f} rows were sent"),
            "expectations[0] PFP01.message",
            "cannot be filled in: unsupported format string passed to NoneType.__format__",
        ),
        (
            ("document: carvein defaults", "document: hearsay"),
            "expectations[0] PFP01.meta.citation.document",
            f"unknown document hearsay; known: {TMSIS}, {OURS}",
        ),
        (
            ("table: providers", "table: encounters"),
            "table",
            "found encounters, wanted providers, as the file is named",
        ),
        (("      unit: rows\n", ""), "expectations[0].meta.unit", "missing; wanted text"),
    ],
)
def test_a_faulty_suite_is_refused_by_file_key_and_reason(tmp_path, change, key, reason):
    told = refusal(edited(tmp_path, "providers", change), "providers")
    assert told[0] == ("providers.yaml", key, reason)


def test_every_fault_is_told_at_once(tmp_path):
    folder = edited(
        tmp_path,
        "providers",
        ("max_value: 0.05", "max_value: five"),
        ("severity: minor", "severity: grave"),
    )
    assert [key for _, key, _ in refusal(folder, "providers")] == [
        "expectations[1].kwargs.max_value",
        "expectations[2].severity",
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\xfe", "not UTF-8: byte 1 cannot be read"),
        (b"", "found nothing, wanted a mapping with table, title, documents, expectations"),
        (b"- a\n", "found ['a'], wanted a mapping with table, title, documents, expectations"),
    ],
)
def test_a_file_that_is_no_suite_is_refused(tmp_path, content, reason):
    (tmp_path / "providers.yaml").write_bytes(content)
    assert refusal(tmp_path, "providers") == [("providers.yaml", "", reason)]


def test_an_empty_suite_is_refused(tmp_path):
    (tmp_path / "providers.yaml").write_text(
        "table: providers\ntitle: none\ndocuments: {}\nexpectations: []\n", encoding="utf-8"
    )
    assert refusal(tmp_path, "providers") == [
        ("providers.yaml", "expectations", "none; wanted at least one")
    ]


def test_bands_are_said_in_words():
    told = {each.code: each.band for table in TABLES for each in load(table).expectations}
    assert [told[code] for code in ("PFE02", "PFE06", "PFE08", "PFE12", "PFE03", "PFE30")] == [
        "at most 0",
        "at most 2%",
        "at least 95%",
        "at most 0.1%",
        "0.01 to 2",
        "26% to 99.99%",
    ]


def codes(shared, name):
    path = shared / "data" / "codes" / name
    with gzip.open(path, mode="rt", encoding="utf-8-sig", errors="replace") as lines:
        return list(DictReader(lines))


@pytest.mark.shared
def test_the_cited_t_msis_measures_exist_and_say_what_is_quoted(shared):
    names = {
        row["measure"].replace(" ", ""): row["measure_name"]
        for row in codes(shared, "tmsis_dq_thresholds_v4.1.csv.gz")
    }
    cited = [
        (section, each.meta.citation.quote)
        for table in TABLES
        for each in load(table).expectations
        if each.meta.citation.document == TMSIS
        for section in each.meta.citation.section.split(", ")
    ]
    assert len(cited) > 30
    unlike = [
        (section, names.get(section), quote)
        for section, quote in cited
        if not _same(names.get(section, ""), quote)
    ]
    assert unlike == []


def _same(name, quote):
    """A quote holds its measure's name, or is its common part where it stands for several."""
    words = {word.strip("(),:") for word in name.lower().split()}
    said = {word.strip("(),:") for word in quote.lower().split()}
    return bool(words) and len(words & said) >= 0.6 * len(words)


@pytest.mark.shared
def test_taxonomies_mean_individuals_and_organizations_as_t_msis_designates_them(shared):
    listed = {
        row["PROV-CLASSIFICATION-CODE"]: row["Designation"].lower()
        for row in codes(shared, "tmsis_provider_classification.csv.gz")
        if row["Source List"] == "Taxonomy Code List"
    }
    assert len(listed) > 800
    unlike = {
        code: designation
        for code, designation in listed.items()
        if (code[:2] in ORGANIZATION_GROUPS or code in ORGANIZATION_CODES)
        != (designation == "non-individual")
    }
    assert unlike == {}

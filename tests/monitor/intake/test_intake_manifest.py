"""Read submission.yaml: a narrow dialect, every fault by its line."""

import pytest

from monitor.manifest import MAX_BYTES, ManifestError, read_manifest

GOOD = """plan_id: ANCHOR
contract_id: demo-imc
period: 2026Q1
submitted_on: 2026-04-20
tables:
  members: {file: members.csv}
"""


def faults(text):
    _, found = read_manifest(text.encode(), "FOLDER")
    return [(f.code, f.line, f.field, f.value) for f in found]


def test_a_good_manifest_has_no_faults():
    assert faults(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("plan_id: ANCHOR\n", "", ("manifest.key_missing", 1, "plan_id", "")),
        (
            "contract_id: demo-imc\n",
            "contract_id:\n",
            ("manifest.key_missing", 2, "contract_id", ""),
        ),
        ("period: 2026Q1\n", "period: ~\n", ("manifest.key_missing", 3, "period", "")),
        ("2026Q1", "2026Q5", ("manifest.value", 3, "period", "2026Q5")),
        ("2026-04-20", "20.04.2026", ("manifest.value", 4, "submitted_on", "20.04.2026")),
        ("2026-04-20", "2026-02-30", ("manifest.value", 4, "submitted_on", "2026-02-30")),
        ("ANCHOR", "../up", ("manifest.value", 1, "plan_id", "../up")),
        ("ANCHOR", "[a, b]", ("manifest.value", 1, "plan_id", "['a', 'b']")),
        ("ANCHOR", "x" * 65, ("manifest.value", 1, "plan_id", "x" * 65)),
        ("tables:", "sender: me\ntables:", ("manifest.key_unknown", 5, "sender", "sender")),
        ("{file", "{size: 1, file", ("manifest.key_unknown", 6, "tables.members.size", "size")),
        ("  members", "  people", ("manifest.table_unknown", 6, "tables.people", "people")),
        ("{file: members.csv}", "{}", ("members.file.missing", 6, "tables.members", "")),
        (
            "{file: members.csv}",
            "members.csv",
            ("manifest.value", 6, "tables.members", "members.csv"),
        ),
        (
            "members.csv}",
            "members.csv, rows: many}",
            ("manifest.value", 6, "tables.members.rows", "many"),
        ),
        (
            "members.csv}",
            "members.csv, sha256: abc}",
            ("manifest.value", 6, "tables.members.sha256", "abc"),
        ),
        (
            "members.csv}",
            "members.csv, sha256: [a, b]}",
            ("manifest.value", 6, "tables.members.sha256", "2"),
        ),
        ("{file: members.csv}", "{file: {a: b}}", None),
        (
            "tables:",
            "certification: yes\ntables:",
            ("manifest.value", 5, "certification", "yes"),
        ),
        (
            "tables:",
            "certification: {certified_on: soon}\ntables:",
            ("manifest.value", 5, "certification.certified_on", "soon"),
        ),
    ],
)
def test_each_fault_is_found_on_its_line(old, new, fault):
    found = faults(GOOD.replace(old, new, 1))
    if fault is None:
        assert [code for code, *_ in found] == ["submission.manifest.value", "members.file.missing"]
        return
    code = fault[0] if fault[0].startswith("members.") else f"submission.{fault[0]}"
    assert (code, *fault[1:]) in found


def test_values_stay_text():
    text = GOOD.replace("ANCHOR", "007").replace("2026Q1", "2026")
    manifest, found = read_manifest(text.encode(), "FOLDER")
    assert (manifest.plan_id, manifest.period, found) == ("007", "2026", ())


def test_a_plan_that_is_not_named_has_its_folder_name():
    manifest, _ = read_manifest(GOOD.replace("ANCHOR", "''").encode(), "FOLDER")
    assert manifest.plan_id == "FOLDER"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "submission.yaml: empty"),
        (
            "- a\n",
            "submission.yaml line 1: wanted a mapping with plan_id, contract_id, period, tables",
        ),
        ("a: 1\nb: &x 2\n", "submission.yaml line 2: an alias or anchor; wanted plain values"),
        ("a: 1\nb: *x\n", "submission.yaml line 2: an alias or anchor; wanted plain values"),
        ("a: 1\nb: !!python/object:os.system x\n", None),
        ("a: 1\nb: 2\na: 3\n", "submission.yaml line 3: the key 'a' stands twice"),
        ("a: {b: 1, b: 2}\n", "submission.yaml line 1: the key 'b' stands twice"),
        ("? [a]\n: 1\n", "submission.yaml line 1: a key that is not text"),
        ("a: 1\n---\nb: 2\n", "submission.yaml line 2: a second document; wanted one"),
        ("a: [" * 12 + "]" * 12, "submission.yaml line 1: more than 10 levels"),
        ("a: 'open\n", None),
        ("\tx: 1\n", None),
        ("a: 1\n\x00", None),
    ],
)
def test_what_is_refused_whole(text, message):
    with pytest.raises(ManifestError) as refused:
        read_manifest(text.encode(), "FOLDER")
    assert "\n" not in str(refused.value)
    if message:
        assert str(refused.value) == message


def test_latin_1_and_size():
    with pytest.raises(ManifestError) as refused:
        read_manifest(b"a: 1\nb: caf\xe9\n", "FOLDER")
    assert str(refused.value) == "submission.yaml line 2: not UTF-8"
    with pytest.raises(ManifestError) as refused:
        read_manifest(b"#" * (MAX_BYTES + 1), "FOLDER")
    assert str(refused.value) == "submission.yaml: 1048577 bytes; wanted at most 1048576"
    manifest, _ = read_manifest(GOOD.encode() + b"#" * (MAX_BYTES - len(GOOD)), "FOLDER")
    assert manifest.plan_id == "ANCHOR"

"""Receive a zip: bounded in size, count and ratio, and no name leads out of it."""

import io
import os
import random
import zipfile

import pytest

from monitor import archive
from monitor.intake import Unreadable, receive

MEMBERS = b"member_id,plan_id\nM1,A\n"


def packed(entries, how=zipfile.ZIP_DEFLATED):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", how) as target:
        for name, content in entries:
            target.writestr(name, content)
    return sink.getvalue()


@pytest.fixture
def take_zip(tmp_path):
    def run(data):
        path = tmp_path / "ANCHOR.zip"
        path.write_bytes(data)
        return receive(path, tmp_path / "work")

    return run


def refusal(take_zip, data):
    with pytest.raises(Unreadable) as refused:
        take_zip(data)
    message = str(refused.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("inside", ["", "ANCHOR/"])
@pytest.mark.parametrize("how", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_files_at_the_root_or_in_one_folder(take_zip, tmp_path, inside, how):
    received = take_zip(packed([(f"{inside}members.csv", MEMBERS), (f"{inside}x.txt", b"")], how))
    assert received.manifest.plan_id == "ANCHOR"
    assert [file.path.read_bytes() for file in received.tables["members"]] == [MEMBERS]
    assert [fault.value for fault in received.faults] == ["x.txt"]
    assert (tmp_path / "work" / "received").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "name",
    [
        "../members.csv",
        "a/../../members.csv",
        "/etc/members.csv",
        "C:/members.csv",
        "..\\members.csv",
        "a//members.csv",
        "./members.csv",
    ],
)
def test_a_name_that_climbs_is_refused(take_zip, tmp_path, name):
    message = refusal(take_zip, packed([("members.csv", MEMBERS), (name, MEMBERS)]))
    assert message == f"ANCHOR.zip: the name {name} leads out of the zip"
    assert not any(path.name == "members.csv" for path in tmp_path.rglob("*"))


def test_a_link_is_refused(take_zip):
    link = zipfile.ZipInfo("members.csv")
    link.external_attr = 0o120777 << 16
    message = refusal(take_zip, packed([(link, b"/etc/passwd")]))
    assert message == "ANCHOR.zip: members.csv is a link or device; wanted plain files"


def test_a_name_that_stands_twice_is_refused(take_zip):
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = packed([("members.csv", MEMBERS), ("members.csv", b"x")])
    assert refusal(take_zip, data) == "ANCHOR.zip: members.csv stands twice in the zip"


def test_names_that_differ_in_case_alone_are_one(take_zip):
    data = packed([("members.csv", MEMBERS), ("Members.csv", b"x")])
    assert refusal(take_zip, data) == "ANCHOR.zip: Members.csv stands twice in the zip"


def test_an_encrypted_entry_is_refused(take_zip):
    data = bytearray(packed([("members.csv", MEMBERS)]))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    message = refusal(take_zip, bytes(data))
    assert message == "ANCHOR.zip: members.csv is encrypted; wanted a zip without password"


def test_a_zip_that_swells_a_hundredfold_is_refused(take_zip, tmp_path):
    message = refusal(take_zip, packed([("members.csv", b"0" * 50_000_000)]))
    assert message == ("ANCHOR.zip: the zip unpacks to over 100 times its size, or over 64 GiB")
    written = sum(path.stat().st_size for path in tmp_path.rglob("members.csv"))
    assert written <= 100 * (tmp_path / "ANCHOR.zip").stat().st_size


def test_the_edges_of_the_ratio(take_zip, tmp_path, monkeypatch):
    data = packed([("members.csv", os.urandom(1_000) + b"0" * 1_000)], zipfile.ZIP_STORED)
    monkeypatch.setattr(archive, "MAX_RATIO", 1)
    assert "members" in take_zip(data).tables
    monkeypatch.setattr(archive, "MAX_BYTES", 1_999)
    (tmp_path / "work").rename(tmp_path / "before")
    assert "unpacks to over" in refusal(take_zip, data)


def test_the_number_of_entries_is_bounded(take_zip, tmp_path):
    most = [("members.csv", MEMBERS), *((f"{n}.txt", b"") for n in range(archive.MAX_ENTRIES - 1))]
    assert "members" in take_zip(packed(most)).tables
    (tmp_path / "work").rename(tmp_path / "before")
    message = refusal(take_zip, packed([*most, ("one.more", b"")]))
    assert message == "ANCHOR.zip: the zip has 1001 entries; wanted at most 1000"


def test_a_size_that_the_zip_lies_about_is_not_believed(take_zip):
    data = bytearray(packed([("members.csv", b"0" * 5_000_000)]))
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    refusal(take_zip, bytes(data))


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_zip_is_one_clear_line(take_zip, part):
    data = packed([("members.csv", random.Random(1).randbytes(5_000))])
    message = refusal(take_zip, data[: int(len(data) * part)])
    assert message == "ANCHOR.zip: the zip is damaged or cut off (File is not a zip file)"


def test_damage_inside_is_one_clear_line(take_zip):
    data = bytearray(packed([("members.csv", random.Random(1).randbytes(5_000))]))
    data[1_000] ^= 0xFF
    assert "the zip is damaged or cut off" in refusal(take_zip, bytes(data))


def test_an_unknown_compression_is_one_clear_line(take_zip):
    data = bytearray(packed([("members.csv", MEMBERS)]))
    data[8] = 99
    data[data.index(b"PK\x01\x02") + 10] = 99
    message = refusal(take_zip, bytes(data))
    assert message.startswith("ANCHOR.zip: the zip cannot be read (")


def test_an_empty_zip(take_zip):
    message = refusal(take_zip, packed([]))
    assert message.endswith("ANCHOR.zip: the folder is empty")


def test_no_mutation_of_a_zip_ends_otherwise(take_zip, tmp_path):
    data = packed([("members.csv", MEMBERS * 20), ("submission.yaml", b"plan_id: A\n")])
    draw = random.Random(7)
    for turn in range(200):
        mutant = bytearray(data)
        for _ in range(draw.randint(1, 4)):
            mutant[draw.randrange(len(mutant))] = draw.randrange(256)
        try:
            take_zip(bytes(mutant))
        except Unreadable as error:
            assert "\n" not in str(error)
        if (tmp_path / "work" / "received").exists():
            (tmp_path / "work" / "received").rename(tmp_path / f"done{turn}")

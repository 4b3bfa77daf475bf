"""Whole files: junk, other separators, bounds, what is no X12, compressed ones, refused sets."""

from __future__ import annotations

import gzip
import io

import pytest
from pyx12.errors import X12Error
from pyx12.x12file import X12Reader

from monitor.x12.pieces import SEGMENT_LIMIT
from rules.tables.x12 import READ

BOTH, NONE = (2, 2, 0), (2, 0, 2)


def test_junk_around_interchanges_is_kept_and_they_are_read(read, made) -> None:
    second = made.good.replace("000000001", "000000002").replace("CLM*C1", "CLM*C2")
    taken = read(f"MAIL HEADER CLM*A~CLM*B~\n{made.good} what is this {second}\x1a\r\n")
    wanted = "segments alone, from ISA to IEA"
    assert taken.faults == [
        ("junk", 1, "", "MAIL HEADER CLM*A~CLM*B~␊", wanted),
        ("junk", 35, "", "what is this ", wanted),
    ]
    assert taken.count == (7, 4, 3)
    assert [(at, text) for at, _, text in taken.kept()] == [
        (1, "MAIL HEADER CLM*A~"),
        (1, "CLM*B~\n"),
        (35, "what is this "),
    ]
    lines = [(21, "C1"), (27, "C1"), (55, "C2"), (61, "C2")]
    assert taken.rows("_line", "encounter_id") == lines


def test_interchanges_may_have_other_separators_and_be_cut_off_by_the_next(read, made) -> None:
    other = made.good.replace("000000001", "000000002").replace("CLM*C1", "CLM*C2")
    other = other.replace("~\n", "\n").replace("*", "|").replace(":", ">")
    cut = made.good[: made.good.index("GE*")]
    taken = read(f"{cut}{other}")
    assert taken.rows("_line", "encounter_id", "procedure_code") == [
        (20, "C1", "99213"),
        (26, "C1", "90832"),
        (51, "C2", "99213"),
        (57, "C2", "90832"),
    ]
    assert taken.faults == [
        ("cut_off", 32, "GE", "no GE", "GE for the GS in segment 2"),
        ("cut_off", 32, "IEA", "no IEA", "IEA for the ISA in segment 1"),
    ]


def test_separators_may_be_control_characters(read, made) -> None:
    """Those that X12 recommends where text may hold any printable one: GS, US, FS and RS."""
    signs = str.maketrans({"*": "\x1d", ":": "\x1f", "~": "\x1c", "^": "\x1e", "\n": None})
    taken = read(made.good.translate(signs))
    assert (taken.faults, taken.count) == ([], BOTH)
    assert taken.rows("procedure_code") == read(made.good).rows("procedure_code")


def test_an_interchange_whose_isa_is_no_isa_is_kept_by_claim(read, made) -> None:
    narrow = made.good.replace("*ANCHOR         *", "*ANCHOR        *")
    with pytest.raises(X12Error):
        X12Reader(io.StringIO(narrow))
    taken = read(narrow + made.good)
    wanted = "an ISA of 106 characters with fixed places"
    assert taken.faults == [("isa", 1, "ISA", "elements of another width", wanted)]
    assert taken.count == (3, 2, 1)
    assert read(made.good.replace("*00501*", "*00403*")).faults == [
        ("isa", 1, "ISA", "version 00403", wanted)
    ]
    short = read("ISA*00*")
    assert short.faults == [
        ("cut_off", 1, "", "ISA*00*", "a terminator at the end of the segment"),
    ]
    assert short.count == (1, 0, 1)


def test_a_segment_that_is_too_long_costs_its_claim_alone(read, made) -> None:
    long = [*made.claim[:8], "K3*" + "x" * SEGMENT_LIMIT, *made.claim[8:]]
    taken = read(made.file_of([*long, *[one.replace("C1", "C2") for one in made.claim]]))
    assert taken.count == (4, 2, 2)
    wanted = "at most 8,192 characters"
    assert taken.faults == [("segment_length", 22, "", "K3*" + "x" * 57, wanted)]
    endless = read(made.file_of([*made.claim, "K3*" + "x" * 200_000]))
    assert [fault[:2] for fault in endless.faults] == [("segment_length", 31)]
    # The bound itself is read.
    kept = read(made.file_of([*made.claim, "K3*" + "x" * (SEGMENT_LIMIT - 3)]))
    assert (kept.count, kept.faults) == (BOTH, [])


def test_a_claim_beyond_all_bounds_is_set_aside(read, made) -> None:
    codes = ["HI*ABK:F3341*" + "*".join(["ABF:I10"] * 11)] * 9
    taken = read(made.file_of([made.claim[0], *codes, *made.claim[2:]]))
    assert taken.count == NONE
    wanted = "at most 100 diagnoses"
    assert taken.faults == [("too_large", 14, "HI", "over 100 diagnoses", wanted)]
    text = "K3*" + "x" * 8_000
    heavy = read(made.file_of([*made.claim, *[text] * 600]))
    assert heavy.count[1] == 0
    assert [fault[:3] for fault in heavy.faults] == [("too_large", 14, "CLM")]


def test_after_damage_no_claim_is_given_to_another_member(read, made) -> None:
    second = [*made.head[5:], *[one.replace("C1", "C2") for one in made.claim]]
    second = [one.replace("HL*2*", "HL*3*").replace("M000001", "M000002") for one in second]
    third = [one.replace("HL*3*", "HL*4*").replace("M000002", "M000003") for one in second]
    third = [one.replace("C2", "C3") for one in third]
    whole = made.file_of([*made.claim, *second, *third])
    members = [("C1", "M000001")] * 2 + [("C2", "M000002")] * 2 + [("C3", "M000003")] * 2
    assert read(whole).rows("encounter_id", "member_id") == members
    torn = read(whole.replace("HL*3*", "H?*3*"))
    assert torn.count == (6, 2, 4)
    assert torn.rows("encounter_id", "member_id") == members[4:]


def test_kinds_of_file_that_are_none(read, made) -> None:
    def told(content: str | bytes, name: str = "encounters.txt"):
        taken = read(content, name)
        assert taken.shaped.unreadable == ("encounters",)
        return taken.faults, taken.count

    isa = "an interchange, from ISA to IEA"
    assert told("") == ([("file.empty", 1, "", "0 bytes", isa)], (0, 0, 0))
    assert told(" \n") == ([("file.empty", 1, "", "2 bytes", isa)], (0, 0, 0))
    assert told(b"\xef\xbb\xbf") == ([("file.empty", 1, "", "3 bytes", isa)], (0, 0, 0))
    assert told(b"\xef\xbb\xbf\r\n") == ([("file.empty", 1, "", "5 bytes", isa)], (0, 0, 0))
    csv = ("not_x12", 1, "", "a CSV header", "an interchange from ISA on; name a CSV file .csv")
    assert told("encounter_id,line_number\nA,1\nA,2\n") == ([csv], (3, 0, 3))
    assert told("hello\n") == ([("not_x12", 1, "", "no ISA", isa)], (1, 0, 1))
    assert told(b"PAR1\0\0\0") == ([("not_x12", 1, "", "no ISA", isa)], (0, 0, 0))
    ncpdp = ("not_x12", 1, "", "an NCPDP file", f"{READ}; NCPDP is not read")
    assert told(b"\x0200T0000000000") == ([ncpdp], (0, 0, 0))
    assert told(b"610066D0B1          1\x1e\x1cAM04") == ([ncpdp], (0, 0, 0))


def test_pacdr_and_unknown_sets_are_refused_beside_those_that_are_read(read, made) -> None:
    sets = [
        made.transaction([*made.head, *made.claim], "0001", "005010X298"),
        made.transaction([*made.head, *made.claim], "0002", "005010X299"),
        made.transaction(["LX*1", "LX*2"], "0003", "005010X306", "ABC"),
        made.transaction([*made.head, *made.claim], "0004"),
    ]
    taken = read(made.interchange(*sets))
    assert taken.count == (7, 2, 5)
    found = [fault for fault in taken.faults if fault[0] != "version_differs"]
    pacdr = f"{READ}; it is post-adjudicated claims (PACDR), "
    assert sorted(found) == [
        (
            *("transaction", 61, "ST03", "ABC 005010X306"),
            f"{READ}; it is a transaction that is not known",
        ),
        ("version", 3, "ST03", "837 005010X298", f"{pacdr}professional"),
        ("version", 32, "ST03", "837 005010X299", f"{pacdr}institutional"),
    ]
    lines = [20, 26, 49, 55, 61]
    assert [at for at, _, _ in taken.kept()] == lines
    assert taken.kept()[1][2] == "~".join(made.claim[12:])


def test_gzip_is_unpacked_within_bounds(read, made) -> None:
    packed = gzip.compress(made.good.encode())
    for name in ("encounters.837.gz", "encounters.837", "e.x12.gz", "E.EDI.GZ"):
        assert read(packed, name).rows("_line") == [(20,), (26,)], name
    whole = read(made.good, "encounters.837.gz")
    assert whole.count == BOTH
    cut = read(packed[:-20], "encounters.837.gz")
    ended = "Compressed file ended before the end-of-stream marker was reached"
    assert (cut.faults[0][0], *cut.faults[0][3:]) == ("gzip", ended, "a whole gzip file")
    assert {fault[0] for fault in cut.faults[1:]} == {"cut_off"}
    assert cut.count[0] >= 2
    bomb = gzip.compress(made.good.encode() + b" " * (40 << 20))
    assert len(bomb) * 100 < 40 << 20
    taken = read(bomb, "encounters.837.gz")
    told = ("gzip", 1, "", "over 100 times its size", "at most 100 times its size")
    assert (taken.faults, taken.count) == ([told], (0, 0, 0))


def test_what_is_not_utf_8_and_a_byte_order_mark_are_told(read, made) -> None:
    data = made.good.encode().replace(b"CLM*C1", b"CLM*C\xe91")
    taken = read(data)
    wanted = "Unicode; it was read as Windows text"
    assert taken.faults == [("encoding", 14, "", "CLM*Cé1*125.00***11:B:1*Y*A*Y*Y", wanted)]
    assert taken.rows("encounter_id") == [("Cé1",)] * 2
    assert read(made.good.replace("CLM*C1", "CLM*Cé1")).codes == {}
    marked = read(b"\xef\xbb\xbf" + made.good.encode())
    assert [fault[0] for fault in marked.faults] == ["file.bom"]
    assert marked.count == BOTH


def test_a_number_that_stands_twice_is_told(read, made) -> None:
    one = made.transaction([*made.head, *made.claim])
    taken = read(made.interchange(one, one) + made.good)
    assert taken.faults == [
        ("control_repeated", 32, "ST02", "0001", "each number once"),
        ("control_repeated", 63, "ISA13", "000000001", "each number once"),
    ]


def test_a_file_without_a_claim_says_so(read, made) -> None:
    taken = read(made.interchange(made.transaction(made.head)))
    assert taken.faults == [("file.no_rows", 1, "", "no claim", "at least one row")]

"""practices: one row a practice that care is attributed to."""

from __future__ import annotations

import polars as pl

from rules.model import Severity
from rules.tables.addresses import point_edits
from rules.tables.column import FIPS, Column, Form, Kind
from rules.tables.edit import Edit
from rules.tables.identifiers import placeholder
from rules.tables.shape import shape_of

_PCMH = Form(r"^(none|[0-9]+(\.[0-9]+)?)$", "none, a level 1 to 3, or a score")

COLUMNS = (
    Column("practice_id", required=True, fatal=True),
    Column("name", required=True),
    Column("latitude", Kind.NUMBER, required=True, may_be_empty=True, low=-90.0, high=90.0),
    Column("longitude", Kind.NUMBER, required=True, may_be_empty=True, low=-180.0, high=180.0),
    Column("county_fips", required=True, form=FIPS),
    Column("network_id"),
    Column("pcmh_recognition", form=_PCMH),
    Column("integration_level", Kind.COUNT, low=1.0, high=5.0),
    Column("reverse_integration", Kind.FLAG),
    Column("bh_staff_fte", Kind.NUMBER, low=0.0),
    Column("psychiatrist", Kind.FLAG),
    Column("bh_coordinator", Kind.FLAG),
    Column("care_team_fte", Kind.NUMBER, low=0.0),
    Column("attributed_members", Kind.COUNT, low=0.0),
)

_LEVEL = pl.col("integration_level")
_NOBODY = (
    (pl.col("bh_staff_fte") == 0)
    & (pl.col("psychiatrist") == "N")
    & (pl.col("bh_coordinator") == "N")
)

EDITS = (
    Edit(
        "integration_level.no_bh_staff",
        "integration_level",
        "a practice at level 3 or above has nobody for behavioral health",
        "level 1 or 2 without behavioral health staff, psychiatrist or coordinator",
        (_LEVEL < 3) | ~_NOBODY,
        remedy="Correct the level, or send the staff that the practice shares a roof with.",
    ),
    Edit(
        "integration_level.reverse",
        "integration_level",
        "primary care is brought into behavioral health at a practice that only coordinates",
        "level 2 or above where reverse_integration is Y",
        (_LEVEL > 1) | (pl.col("reverse_integration") != "Y"),
        remedy="Correct reverse_integration or the level.",
    ),
    Edit(
        "bh_staff_fte.psychiatrist",
        "bh_staff_fte",
        "a practice with a psychiatrist has no behavioral health staff",
        "more than 0 where psychiatrist is Y",
        (pl.col("psychiatrist") != "Y") | (pl.col("bh_staff_fte") > 0),
        remedy="Count the psychiatrist in bh_staff_fte, or correct psychiatrist.",
    ),
    Edit(
        "pcmh_recognition.above_hundred",
        "pcmh_recognition",
        "the score of a medical home is above 100",
        "none, a level 1 to 3, or a score up to 100",
        pl.col("pcmh_recognition").cast(pl.Float64, strict=False) <= 100,
        remedy="Send the recognition level, or the score in points of 100.",
    ),
    Edit(
        "attributed_members.empty_team",
        "attributed_members",
        "members are attributed to a practice without a care team",
        "0 where care_team_fte is 0",
        (pl.col("care_team_fte") != 0) | (pl.col("attributed_members") == 0),
        remedy="Correct care_team_fte, or attribute the members to a practice that cares for them.",
        severity=Severity.INFO,
    ),
    placeholder("name"),
    *point_edits(),
)

PRACTICES = shape_of("practices", __doc__, COLUMNS, ("practice_id",), EDITS)

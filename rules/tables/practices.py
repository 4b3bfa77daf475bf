"""practices: one row a practice that care is attributed to."""

from __future__ import annotations

from rules.tables.column import FIPS, Column, Form, Kind
from rules.tables.edit import point_edits
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

PRACTICES = shape_of("practices", __doc__, COLUMNS, ("practice_id",), point_edits())

"""Diagnoses of encounters against members: right for sex and age of the patient.

Asked only where ICD-10-CM's own words (or the editor that Medicare uses) name a sex or an age, and
only of members whose rows agree in what they say of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import polars as pl

from rules import icd10cm
from rules.encounters.final import standing
from rules.model import Filing
from rules.relational.diagnoses import asked, single_codes, strings, with_place
from rules.relational.edit import Comparison, RelationalEdit, Told, tell

if TYPE_CHECKING:
    from ibis.expr.types import Table

WRONG_SEX = RelationalEdit(
    "encounters",
    "diagnosis_codes.wrong_for_sex",
    "diagnosis_codes",
    "a diagnosis is of the other sex than the member's",
    "diagnoses that fit the member's sex",
    "Correct the code, the member_id (a newborn is billed under its own) or the sex in members; "
    "if all are right, as for a transgender member, nothing is to be done.",
)
WRONG_AGE = RelationalEdit(
    "encounters",
    "diagnosis_codes.wrong_for_age",
    "diagnosis_codes",
    "a diagnosis is meant for another age than the member's",
    "diagnoses that fit the member's age on the date of service",
    "Correct the code, the member_id (a newborn is billed under its own) or the birth_date.",
)
EDITS = (WRONG_SEX, WRONG_AGE)
_SEXES = {"F": "a female member", "M": "a male member"}


def faulty(filing: Filing) -> Table:
    """Return the lines with a diagnosis of another sex or age, one row a line and edit."""
    rows = filing.once("diagnosis_people", _met)
    rows = standing(rows.filter(rows.wrong), filing)
    keys = ["_file", "_line", "encounter_id", "line_number", "of_sex"]
    rows = rows.group_by(*keys).agg(
        codes=rows.codes.group_concat(sep=";", order_by=rows.words),
        words=rows.words.group_concat(sep="; ", order_by=rows.words),
    )
    wanted = ibis.literal("a member ") + rows.words + " on the date of service"
    return tell(
        rows,
        [
            Told(WRONG_SEX, rows.of_sex, rows.codes, rows.words),
            Told(WRONG_AGE, ~rows.of_sex, rows.codes, wanted),
        ],
    )


def _met(filing: Filing) -> Table:
    """Return one row a line and meaning, for members whose sex or birth is known."""
    lists, people = _meanings(filing), _people(filing.tables["members"])
    lines = asked(filing)
    rows = lines.inner_join(lists, lines.diagnosis_codes == lists.string)
    rows = rows.inner_join(people, rows.member_id == people.who)
    rows = rows.filter(
        ibis.ifelse(
            rows.of_sex,
            rows.sex.isin(list(_SEXES)).fill_null(False),
            rows.birth.notnull() & (rows.birth <= rows.service_from).fill_null(False),
        )
    )
    ended = ibis.coalesce(rows.service_to, rows.service_from)
    young = ibis.ifelse(
        rows.low_in_days,
        ended.delta(rows.birth, unit="day") < rows.low,
        _years(rows.birth, ended) < rows.low,
    )
    old = ibis.ifelse(
        rows.high_in_days,
        rows.service_from.delta(rows.birth, unit="day") > rows.high,
        _years(rows.birth, rows.service_from) > rows.high,
    )
    wrong = ibis.ifelse(rows.of_sex, rows.sex != rows.group, young | old)
    return rows.select(
        "_file",
        "_line",
        "encounter_id",
        "line_number",
        "frequency",
        "of_sex",
        "codes",
        "words",
        wrong=wrong.fill_null(False),
    )


def _years(birth: Any, day: Any) -> Any:
    """Return full years: one more from each birthday on, 1 March for those of 29 February."""
    return ((_number(day) - _number(birth)) / 10_000).floor().cast("int64")


def _number(day: Any) -> Any:
    return day.year().cast("int64") * 10_000 + day.month().cast("int64") * 100 + day.day()


def _meanings(filing: Filing) -> Table:
    """Return one row a distinct string and meaning: its codes in order, and whom they mean."""
    told = ibis.memtable(_meant())
    codes = single_codes(strings(filing).select("diagnosis_codes").distinct())
    listed = with_place(codes.semi_join(told, codes.code == told.meant_code))
    met = listed.inner_join(told, listed.code == told.meant_code)
    met = met.filter(~met.first_only | (met.place == 0))
    about = ["group", "of_sex", "words", "low", "low_in_days", "high", "high_in_days"]
    return met.group_by(*about, string="diagnosis_codes").agg(
        codes=met.code.group_concat(sep=";", order_by=met.place)
    )


def _meant() -> pl.DataFrame:
    """Return every code that is meant for one sex or age, one row a meaning."""
    rows: list[tuple[Any, ...]] = [
        (code, sex, True, _SEXES[sex], 0, True, 0, True, False)
        for code, sex in icd10cm.meant_for("diagnosis_sex").iter_rows()
    ]
    for code, group in icd10cm.meant_for("diagnosis_ages").iter_rows():
        ages = icd10cm.ages_of(group)
        bounds = (ages.low, ages.low_unit == "days", ages.high, ages.high_unit == "days")
        rows.append((code, group, False, ages.words, *bounds, ages.first_only))
    return pl.DataFrame(
        rows,
        schema={
            "meant_code": pl.String,
            "group": pl.String,
            "of_sex": pl.Boolean,
            "words": pl.String,
            "low": pl.Int64,
            "low_in_days": pl.Boolean,
            "high": pl.Int64,
            "high_in_days": pl.Boolean,
            "first_only": pl.Boolean,
        },
        orient="row",
    )


def _people(members: Table) -> Table:
    """Return one row a member: ``sex`` and ``birth`` where all its rows agree, else null."""
    return members.group_by(who="member_id").agg(
        sex=ibis.ifelse(members.sex.min() == members.sex.max(), members.sex.min(), ibis.null(str)),
        birth=ibis.ifelse(
            members.birth_date.min() == members.birth_date.max(),
            members.birth_date.min(),
            ibis.null("date"),
        ),
    )


def seen(filing: Filing) -> dict[str, int]:
    """Return how many lines have a diagnosis of one sex, or of an age, and a member to match."""
    rows = filing.once("diagnosis_people", _met)
    told = rows.group_by("of_sex").agg(
        lines=(rows._file + "\x1f" + rows._line.cast("string")).nunique()
    )
    counted = dict(told.select("of_sex", "lines").to_pandas().itertuples(index=False))
    return {
        WRONG_SEX.full_code: int(counted.get(True, 0)),
        WRONG_AGE.full_code: int(counted.get(False, 0)),
    }


COMPARISON = Comparison(
    "encounters_diagnoses_members",
    "encounters",
    ("encounters", "members"),
    EDITS,
    faulty,
    seen,
)

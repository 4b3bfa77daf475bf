"""ICD-10-CM as read from the package's list, against the package itself and its titles."""

import re
from functools import cache

import pytest

from rules import icd10cm, icd10cm_release
from rules.values import value_set


@cache
def package():
    import simple_icd_10_cm

    return simple_icd_10_cm


def dotted(code):
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 else code


@cache
def titles():
    """Return the title of every billable code."""
    codes = icd10cm_release.read().codes
    return {
        code: package().get_description(dotted(code))
        for code, kind in codes.items()
        if kind == icd10cm_release.BILLABLE
    }


def test_the_release_says_its_month_and_its_fiscal_year():
    values = value_set("icd10cm_2026")
    told = (values.name, values.version, str(values.effective), str(values.until), values.match)
    assert told == ("icd10cm_2026", "April 2026", "2025-10-01", "2026-09-30", "whole")
    # 74,260 codes of fiscal year 2025, 487 new ones and 28 deleted: those of October 2025 too.
    assert sum(kind == "billable" for kind in values.codes.values()) == 74_260 + 487 - 28


def test_billable_is_a_leaf_of_the_package():
    codes = icd10cm_release.read().codes
    theirs = package().get_all_codes(with_dots=False)
    # Chapters are numbers, blocks have a hyphen.
    assert {code for code in theirs if not re.search(r"-|^\d+$", code)} == set(codes)
    wrong = [
        code for code, kind in codes.items() if package().is_leaf(code) != (kind == "billable")
    ]
    assert wrong == []


def test_every_billable_code_has_the_form_that_the_column_asks_for():
    form = re.compile("([A-Z][0-9]|QA)[0-9AB][0-9A-Z]{0,4}")
    assert [code for code in titles() if not form.fullmatch(code)] == []


def test_an_example_is_billable_and_begins_with_its_header():
    kinds = icd10cm.kinds(2026)
    headers = kinds.filter(kinds["kind"] == "header")
    codes = icd10cm_release.read().codes
    assert headers.height == 98_186 - 74_719
    assert all(
        example.startswith(code) and codes[example] == "billable"
        for code, _, example in headers.iter_rows()
    )


@pytest.mark.parametrize(
    ("month", "calendar", "year"),
    [("September", 2025, 2025), ("October", 2025, 2026), ("April", 2026, 2026)],
)
def test_october_opens_the_fiscal_year(month, calendar, year):
    assert icd10cm_release.year_of_release(month, calendar) == year
    first, last = icd10cm_release.fiscal_days(year)
    assert (str(first), str(last)) == (f"{year - 1}-10-01", f"{year}-09-30")


def test_manifestations_are_those_whose_title_says_so():
    values = value_set("manifestation_codes")
    title = re.compile(r"\bin\b.*\bdiseases classified elsewhere")
    wanted = {code for code, told in titles().items() if title.search(told)}
    assert len(wanted) > 200
    assert {code for code in titles() if values.of(code)} == wanted


WORDS = {
    "F": "female|uter|ovar|vagin|vulv|cervi|placenta|menopaus|menstru|gynecol|endometr|pregnan|"
    "matern|mother|antenatal|gestation|deliver|fertilization",
    "M": "male|prostat|penis|testi|testes|scrot|sperm|prepuce|hypospadias",
}
OTHER = {
    "F": r"\b(male|prostat|penis|testi|scrot)",
    "M": r"\b(female|uter|ovar|vagin(?!alis)|vulv)",
}


@pytest.mark.parametrize("sex", ["F", "M"])
def test_the_titles_of_one_sex_speak_of_it_and_never_of_the_other(sex):
    values = value_set("diagnosis_sex")
    mine = {code: told.lower() for code, told in titles().items() if values.of(code) == sex}
    assert len(mine) > 150
    assert {code: told for code, told in mine.items() if re.search(OTHER[sex], told)} == {}
    # Chapter 15 is told by its heading; the rest by a title of their own or of what they stand in.
    silent = {
        code
        for code, told in mine.items()
        if not code.startswith("O")
        and not re.search(WORDS[sex], told)
        and not any(
            re.search(WORDS[sex], package().get_description(above).lower())
            for above in package().get_ancestors(code)
        )
    }
    assert silent == set()


def test_chapter_15_is_pregnancy():
    chapter = package().get_ancestors("O9A")[-1]
    assert package().get_description(chapter) == (
        "Pregnancy, childbirth and the puerperium (O00-O9A)"
    )


def test_the_ages_of_the_code_set_stand_in_its_own_words():
    notes = {
        "Z00110": ("0 to 7 days old", "newborn under 8 days old"),
        "Z00111": ("8 to 28 days old", "newborn 8 to 28 days old"),
    }
    for code, (words, title) in notes.items():
        assert icd10cm.ages_of(value_set("diagnosis_ages").of(code)).words == words
        assert title in package().get_description(dotted(code))
    terms = package().get_inclusion_term("Z00.12")
    assert "Health check (routine) for child over 28 days old" in terms
    assert icd10cm.ages_of(value_set("diagnosis_ages").of("Z00129")).low == 29
    newborn = [code for code in titles() if "first" in (value_set("diagnosis_ages").of(code) or "")]
    categories = {package().get_description(code[:3]).lower() for code in newborn}
    named = "newborn|neonatal|liveborn"
    assert [told for told in sorted(categories) if not re.search(named, told)] == []
    assert not value_set("diagnosis_ages").of("P271")
    assert not value_set("diagnosis_ages").of("P0730")


def test_a_group_of_ages_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"^group 'adults' is no span such as '2 years to 19"):
        icd10cm.ages_of("adults")

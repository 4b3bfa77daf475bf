"""How many edits there are that are worth having, counted from what is registered."""

from collections import Counter

from rules.editpage import anchor
from rules.page import table_page
from rules.relational import COMPARISONS
from rules.tables import TABLES
from rules.tables.edit import Sort

ROW = {code: edit for shape in TABLES.values() for code, edit in shape.edits.items()}
RELATED = {edit.full_code: edit for comparison in COMPARISONS for edit in comparison.edits}
MOST_OF_FORM = 2


def test_at_least_120_edits_count_with_two_of_form_a_column_at_most():
    form = Counter(
        (code.split(".")[0], edit.field) for code, edit in ROW.items() if edit.sort is Sort.FORM
    )
    of_form = sum(min(number, MOST_OF_FORM) for number in form.values())
    of_meaning = sum(edit.sort is not Sort.FORM for edit in ROW.values())
    print(
        f"{of_meaning} row edits beyond form, {of_form} of form, {len(RELATED)} of rows and tables"
    )
    assert of_meaning + len(RELATED) >= 120
    assert of_form + of_meaning + len(RELATED) >= 350


def test_no_kind_of_edit_is_counted_for_every_table_that_has_it():
    """Edits that are one idea in many tables (points, fillers, far years) count once here."""
    ideas = {code.split(".", 1)[1] for code, edit in ROW.items() if edit.sort is not Sort.FORM}
    ideas |= {code.split(".", 1)[1] for code in RELATED}
    once = Counter(idea.split(".")[1] for idea in ideas)
    print(f"{len(ideas)} columns with a fault, {len(once)} faults by name")
    assert len(ideas) >= 120


def test_at_least_50_compare_columns_rows_or_tables():
    columns = [code for code, edit in ROW.items() if edit.sort is Sort.FIELDS]
    print(f"{len(columns)} compare columns, {len(RELATED)} compare rows or tables")
    assert len(columns) >= 50
    assert len(columns) + len(RELATED) >= 100


def test_row_and_relational_edits_share_no_code():
    assert set(ROW) & set(RELATED) == set()


def test_every_edit_says_what_is_wrong_what_is_wanted_and_what_to_do():
    for edit in (*ROW.values(), *RELATED.values()):
        assert edit.fault and edit.wanted and edit.fault[0].islower()
        assert not edit.fault.endswith(".") and not edit.wanted.endswith(".")


def test_every_edit_has_a_section_of_its_own_on_its_tables_page():
    for name, shape in TABLES.items():
        page = table_page(shape)
        mine = [code for code in (*shape.edits, *RELATED) if code.startswith(f"{name}.")]
        headings = [line[5:-1] for line in page.splitlines() if line.startswith("### `")]
        assert sorted(headings) == sorted(mine)
        assert len({anchor(code) for code in mine}) == len(mine)
        assert all(f"(#{anchor(code)})" in page for code in mine)

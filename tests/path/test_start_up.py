"""What starting the command may import, and that a core install without Dash is whole."""

import subprocess
import sys

HEAVY = (
    "polars",
    "pandas",
    "numpy",
    "pyarrow",
    "duckdb",
    "ibis",
    "pandera",
    "great_expectations",
    "geopandas",
    "shapely",
    "scipy",
    "osmium",
    "sqlalchemy",
    "plotly",
    "dash",
    "jinja2",
    "xlsxwriter",
    "yaml",
    "simple_icd_10_cm",
    "zipcodes",
)


def imported_by(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.splitlines()[-1].split())


def test_help_imports_nothing_heavy() -> None:
    code = (
        "sys.argv = ['carvein', '--help']\n"
        "from monitor.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    print()\n"
    )
    assert imported_by(code) & set(HEAVY) == set()


def test_showing_a_rule_imports_no_library_that_only_a_review_needs() -> None:
    code = (
        "sys.argv = ['carvein', 'rules', 'show', 'NW01']\n"
        "from monitor.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    print()\n"
    )
    only_a_review = {"pandas", "pandera", "geopandas", "scipy", "great_expectations", "sqlalchemy"}
    assert imported_by(code) & only_a_review == set()


def test_without_dash_everything_but_the_dashboard_can_be_imported() -> None:
    code = (
        "sys.modules['dash'] = sys.modules['dash_mantine_components'] = None\n"
        "sys.modules['dash_ag_grid'] = None\n"
        "import monitor.review, monitor.rejudge, monitor.adequacy, monitor.export, monitor.demo\n"
        "from rules.registry import rules\n"
        "rules()\n"
    )
    assert "great_expectations" not in imported_by(code)

"""Small files for ``siting``, a question to ask of them, and what is chosen."""

from functools import partial

from monitor.adequacy_input import read_members, read_providers
from monitor.siting import Question, siting
from rules.network import nw01_beyond_reach as nw01
from tests.monitor import standards
from tests.monitor.standards import DAY, contract

TRADE = "outpatient_behavioral_health"
requirement = partial(standards.requirement, specialty=TRADE)
MEMBERS = "member_id,plan_id,county_fips,latitude,longitude,weight"
PROVIDERS = "npi,taxonomy,latitude,longitude"
SITES = "id,name,city,state,zip,latitude,longitude"
HERE, THERE, YONDER = "36.0,-86.0", "36.0,-84.0", "36.0,-82.0"
COUNSELOR, HEART = "261QM0801X", "207RC0000X"
NOTHING = "nothing to gain: no candidate reaches a member who is not within already"
STRAIGHT = "straight-line miles; time not independently measured"
BY_CLASS = nw01.Params(
    logic="distance",
    by_county_class={
        "metro": nw01.ClassLimit(share=0.9, max_miles=10.0),
        "rural": nw01.ClassLimit(share=0.85, max_miles=60.0),
    },
)
TOY = contract(requirement("TD", BY_CLASS), c47037="metro", c47189="rural")
ASKED = Question(TOY, TRADE, DAY, 2)


def chosen(folder, members, providers, candidates, asked=ASKED, header=SITES):
    """Write rows of the three tables into a folder, and choose among the candidates."""
    tables = {
        "members": [MEMBERS, *members],
        "providers": [PROVIDERS, *providers],
        "candidates": [header, *candidates],
    }
    for name, lines in tables.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return siting(
        read_members(folder / "members.csv").rows,
        read_providers(folder / "providers.csv").rows,
        folder / "candidates.csv",
        asked,
    )

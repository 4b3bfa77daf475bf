"""Small files for ``adequacy``, a contract to hold them against, and what comes of them."""

from monitor.adequacy import Beside, adequacy
from rules.network import nw02_too_few_providers as nw02
from tests.monitor.standards import DAY, REACH, contract, requirement

HERE = "36.0,-86.0"
THIRTY_MILES = "36.4341947531397,-86.0"
FAR = "37.0,-86.0"
MEMBERS = "member_id,plan_id,county_fips,latitude,longitude"
PROVIDERS = "npi,taxonomy,latitude,longitude"
PSYCHIATRIST = f"1000000004,2084P0800X,{HERE}"
ONE = nw02.Params(within="TD", minimum=1)
TOY = contract(requirement("TD", REACH), requirement("MIN", ONE), c47037="metro")


def answer_of(folder, members, providers, pack=TOY, day=DAY, progress=None, **beside):
    """Write lines of members and providers into a folder, and answer them."""
    files = {folder / "members.csv": members, folder / "providers.csv": providers}
    for file, lines in files.items():
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return adequacy(*files, pack, day, Beside(**beside), progress)


def shown(answer, *columns):
    return [tuple(row) for row in answer.rows.select(columns).iter_rows()]

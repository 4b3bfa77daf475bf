"""The figures of a plan's provider file: a row is a provider x site x specialty."""

from __future__ import annotations

from typing import Any

import ibis
from ibis import _

from rules.model import Filing
from rules.profiles.metric import Kind, Metric, share, tally

ORGANIZATION_GROUPS = ("19", "25", "26", "27", "28", "29", "30", "31", "32", "33", "34", "38")
"""First two digits of the taxonomy codes that mean a facility, agency, supplier or group."""

ORGANIZATION_CODES = ("174200000X", "177F00000X")
"""Meals and lodging: organizations inside a group of codes that otherwise means individuals.

Both lists follow the designations of the T-MSIS provider classification list.
"""

_EACH_ROW = _.npi.notnull() | _.npi.isnull()
_INDIVIDUAL = _.entity_type == "individual"
_FACILITY = _.entity_type == "facility"

_ROWS = (
    share(
        "address_missing",
        "provider rows without a whole address (street, city, state, ZIP)",
        "provider rows",
        these=_.street.isnull() | _.city.isnull() | _.state.isnull() | _.zip.isnull(),
        of=_EACH_ROW,
    ),
    share(
        "place_unknown",
        "provider rows with neither a county nor a point",
        "provider rows",
        these=_.county_fips.isnull() & (_.latitude.isnull() | _.longitude.isnull()),
        of=_EACH_ROW,
    ),
    share(
        "phone_missing",
        "provider rows without a telephone number",
        "provider rows",
        these=_.phone.isnull(),
        of=_EACH_ROW,
    ),
    share(
        "languages_missing",
        "provider rows without languages",
        "provider rows",
        these=_.languages.isnull(),
        of=_EACH_ROW,
    ),
    share(
        "accessible_missing",
        "provider rows that do not say whether the site is accessible",
        "provider rows",
        these=_.accessible.isnull(),
        of=_EACH_ROW,
    ),
    share(
        "accepting_new",
        "provider rows that take new patients",
        "provider rows",
        these=_.accepting_new == "Y",
        of=_EACH_ROW,
    ),
    share(
        "telehealth_only",
        "provider rows with telehealth only",
        "provider rows",
        these=_.telehealth == "only",
        of=_EACH_ROW,
    ),
    share(
        "never_verified",
        "provider rows without a day of last verification",
        "provider rows",
        these=_.last_verified_on.isnull(),
        of=_EACH_ROW,
    ),
)

_NPIS = (
    share(
        "taxonomy_missing",
        "NPIs without a taxonomy on any row",
        "NPIs",
        these=~_.has_taxonomy,
        of=_.npi.notnull(),
    ),
    share(
        "individual_with_organization_taxonomy",
        "individuals whose taxonomies all mean an organization",
        "individuals with a taxonomy",
        these=~_.as_individual,
        of=_.individual & _.has_taxonomy,
    ),
    share(
        "facility_with_individual_taxonomy",
        "facilities whose taxonomies all mean an individual",
        "facilities with a taxonomy",
        these=~_.as_organization,
        of=_.facility & _.has_taxonomy,
    ),
    share(
        "license_missing",
        "individuals without a license number on any row",
        "individuals",
        these=~_.licensed,
        of=_.individual,
    ),
)

METRICS = (
    Metric("rows", "provider rows", kind=Kind.COUNT),
    Metric("sites_per_individual", "sites of individuals", "individuals"),
    Metric("most_sites_of_one", "sites of the individual who has the most", kind=Kind.COUNT),
    *_ROWS,
    *_NPIS,
)
"""Every metric of the provider file that an expectation may name."""


def counts(filing: Filing) -> ibis.Table:
    """Return one row with the counts of every metric, named as in :func:`..metric.tally`.

    An NPI counts once, whatever its rows; rows without an NPI are no NPI's. A site is a
    ``site_id``; an individual with none given has one.
    """
    rows = filing.tables["providers"]
    npis = rows.filter(_.npi.notnull()).group_by("npi").aggregate(**_npi())
    totals = rows.aggregate(rows__counted=rows.count())
    individuals = npis.filter(_.individual)
    sites = individuals.aggregate(
        sites_per_individual__counted=_.sites.sum().fill_null(0),
        sites_per_individual__among=_.count(),
        most_sites_of_one__counted=_.sites.max(),
    )
    return totals.cross_join(tally(rows, _ROWS)).cross_join(tally(npis, _NPIS)).cross_join(sites)


def _npi() -> dict[str, Any]:
    organization = _.taxonomy.left(2).isin(ORGANIZATION_GROUPS) | _.taxonomy.isin(
        ORGANIZATION_CODES
    )
    return {
        "has_taxonomy": _any(_.taxonomy.notnull()),
        "as_organization": _any(organization),
        "as_individual": _any(~organization),
        "individual": _any(_INDIVIDUAL),
        "facility": _any(_FACILITY),
        "licensed": _any(_.license_number.notnull()),
        "sites": ibis.greatest(_.site_id.nunique(), 1),
    }


def _any(condition: Any) -> Any:
    return condition.fill_null(False).any()

"""What is kept of NPPES, and whether two spellings can be the name of one provider.

NPPES is CMS's register of every NPI. Its monthly file states one practice location and up to 15
taxonomies a provider; of a deactivated NPI it states little more than the day.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

import polars as pl

TAXONOMIES = 15
"""How many taxonomies NPPES lists a provider."""

NPPES_COLUMNS: Mapping[str, type[pl.DataType]] = {
    "npi": pl.String,
    "entity_type": pl.String,
    "organization": pl.String,
    "other_organization": pl.String,
    "last_name": pl.String,
    "first_name": pl.String,
    "middle_name": pl.String,
    "other_last_name": pl.String,
    "other_first_name": pl.String,
    "other_middle_name": pl.String,
    "practice_state": pl.String,
    "practice_zip": pl.String,
    "taxonomies": pl.String,
    "updated_on": pl.Date,
    "deactivated_on": pl.Date,
    "reactivated_on": pl.Date,
    "stated_on": pl.Date,
    "_file": pl.String,
}
"""Columns of the table ``nppes``: one row an NPI; ``taxonomies`` have ; between them.

``stated_on`` is the last day that the file's name states, null where it states none.
"""

_BESIDE = frozenset(
    re.findall(
        "[A-Z]+",
        "DR MR MRS MS MISS PROF SR JR II III IV "
        "MD DO DDS DMD DPM OD DC PHD PSYD EDD PHARMD RPH MBBS MBBCH JD MPH MBA MHA MA MED BA BS "
        "RN LPN LVN NP FNP APN APRN ARNP CNP PMHNP CRNA CNM CNS PA PAC DNP MSN BSN "
        "LCSW LICSW LMSW LSW LISW MSW CSW LPC LPCC LMHC LCPC LCMHC LMFT MFT LADC LCDC CADC "
        "BCBA BCABA PT DPT OT OTR SLP CCC RD LD ESQ FACP FACS FAAP",
    )
)
"""Titles, generations and credentials that stand beside a person's name."""

_FORMS = frozenset(
    re.findall(
        "[A-Z]+",
        "INC INCORPORATED LLC LLP LP LTD LIMITED CORP CORPORATION CO COMPANY PC PLLC PLC PA PSC "
        "THE OF AND A AN AT FOR DBA",
    )
)
"""Legal forms and small words that tell no organization from another."""

_WORDS = {"CTR": "CENTER", "CENTRE": "CENTER", "HOSP": "HOSPITAL", "HLTH": "HEALTH"}
_WORDS |= {"SVCS": "SERVICES", "SVC": "SERVICES", "SERVICE": "SERVICES", "ASSOC": "ASSOCIATES"}
_WORDS |= {"MED": "MEDICAL", "BEHAV": "BEHAVIORAL", "BEHAVIOURAL": "BEHAVIORAL", "ST": "SAINT"}
_WORDS |= {"UNIV": "UNIVERSITY", "REG": "REGIONAL", "MT": "MOUNT", "GRP": "GROUP"}

_LEAST_SHARED = 0.5
_LEAST_LETTERS = 5


def same_person(name: str, known: Sequence[tuple[str, str, str]]) -> bool:
    """Tell whether a name as listed can be that of a person, in whatever order and spelling.

    Parameters
    ----------
    known
        The (last, first, middle) names on record, empty where there is none. One that has no
        last name says nothing. Without any, every name can be.

    Notes
    -----
    A word of the last name and a first or middle name (or its initial, or a short form that it
    begins with) have to be there. Case, accents, punctuation, order, titles and credentials do
    not count; one letter may differ in words of five or more.
    """
    told = _words(name)
    known = [parts for parts in known if _words(parts[0])]
    own = {word for parts in known for part in parts for word in _words(part)}
    # MA, DO and OD are family names as well as credentials.
    bare = [word for word in told if word in own or word not in _BESIDE] or told
    return not known or not bare or any(_is_of(bare, *parts) for parts in known)


def same_organization(name: str, known: Sequence[str]) -> bool:
    """Tell whether a name as listed can be that of an organization.

    It can when one name's words are among the other's, half of all words are shared, or the two
    are alike without blanks. Legal forms and small words do not count.
    """
    told = _plain_words(name)
    others = [words for other in known if (words := _plain_words(other))]
    return not told or not others or any(_alike(told, words) for words in others)


def _is_of(told: Sequence[str], last: str, first: str, middle: str) -> bool:
    lasts = [word for word in _words(last) if word not in _BESIDE] or _words(last)
    # A last name may be written in one word or in several: DE LA CRUZ, DELACRUZ, SMITH-JONES.
    at = next((word for word in told if any(_near(word, own) for own in lasts)), None)
    if at is None and "".join(lasts) not in "".join(told):
        return False
    given = [word for part in (first, middle) for word in _words(part)]
    rest = [word for word in told if word != at] or list(told)
    return not given or any(_short_for(word, own) for word in rest for own in given)


def _short_for(word: str, name: str) -> bool:
    """Tell whether a word is a name, its initial, or a short form that one begins the other."""
    return _near(word, name) or word.startswith(name) or name.startswith(word)


def _near(word: str, other: str) -> bool:
    """Tell whether two words are equal, or differ in one letter (or two swapped) of many."""
    if word == other:
        return True
    if min(len(word), len(other)) < _LEAST_LETTERS or abs(len(word) - len(other)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), None)
    if start is None:
        return True
    one, two = word[start:], other[start:]
    swapped = one[:2] == two[1::-1] and one[2:] == two[2:]
    return one[1:] == two[1:] or one[1:] == two or one == two[1:] or swapped


def _alike(told: Sequence[str], other: Sequence[str]) -> bool:
    mine, theirs = set(told), set(other)
    shared = len(mine & theirs)
    return (
        mine <= theirs
        or theirs <= mine
        or shared >= _LEAST_SHARED * len(mine | theirs)
        or "".join(told) == "".join(other)
    )


def _plain_words(name: str) -> list[str]:
    words = [_WORDS.get(word, word) for word in _words(name)]
    return [word for word in words if word not in _FORMS] or words


def _words(name: str) -> list[str]:
    """Return a name's words in capitals, without accents, apostrophes, dots and punctuation."""
    plain = unicodedata.normalize("NFKD", name.upper())
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return re.findall(r"[A-Z0-9]+", re.sub(r"['’`.]", "", plain))

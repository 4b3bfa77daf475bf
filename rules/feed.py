"""What feeds one column of a layout: where its text comes from and what is done to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rules.entries import Entry

SOURCES = ("from", "first_of", "join", "constant", "manifest")
"""Where the text comes from; a column names exactly one."""

FACTS = ("plan_id", "submitted_on", "period_start", "period_end")
"""What ``manifest:`` may name."""

DATE_FORMS: Mapping[str, tuple[str, str]] = {
    "MM/DD/YYYY": (r"^\d{1,2}/\d{1,2}/\d{4}$", "%m/%d/%Y"),
    "MM-DD-YYYY": (r"^\d{1,2}-\d{1,2}-\d{4}$", "%m-%d-%Y"),
    "MMDDYYYY": (r"^\d{8}$", "%m%d%Y"),
    "YYYYMMDD": (r"^\d{8}$", "%Y%m%d"),
    "YYYY/MM/DD": (r"^\d{4}/\d{1,2}/\d{1,2}$", "%Y/%m/%d"),
    "DD-MON-YYYY": (r"^\d{1,2}-[A-Za-z]{3}-\d{4}$", "%d-%b-%Y"),
    "YYYY-MM-DD time": (r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z?$", "%Y-%m-%d"),
}
"""Written forms of a day: the pattern that the whole text must fit, and how it is read."""

MONEY = ("cents", "dollars")
LOOKUPS = ("specialty",)
"""Maps made from a value set: ``specialty`` turns CMS's HSD code, or the title, into the slug."""

STEPS = (
    "remove",
    "strip_prefix",
    "pad_zeros",
    "zip5",
    "case",
    "date",
    "money",
    "values",
    "lookup",
    "if_empty",
)
"""What may be done to the text, in the order in which it is done."""


@dataclass(frozen=True)
class Feed:
    """What feeds one column.

    ``how`` is one of :data:`SOURCES`. ``names`` are the source columns, each by all its spellings
    (older and newer); ``text`` is the constant, the manifest's fact, or what joins the parts.
    ``steps`` maps a step to its argument, in the order of :data:`STEPS`. With ``otherwise`` empty
    a text that ``values`` does not list becomes empty; else it goes through as sent.
    """

    how: str
    names: tuple[tuple[str, ...], ...] = ()
    text: str = ""
    steps: Mapping[str, Any] = field(default_factory=dict)
    otherwise: str = "as_sent"
    note: str = ""


def read_feed(entry: Entry) -> Feed:
    """Read one entry of ``columns``; every fault goes to the entry's problems."""
    named = [source for source in SOURCES if entry.content.get(source) is not None]
    if len(named) != 1:
        found = " and ".join(named) or "none"
        entry.refuse("", f"found {found}, wanted exactly one of {', '.join(SOURCES)}")
    how = named[0] if named else "constant"
    names: tuple[tuple[str, ...], ...] = ()
    text = ""
    if how == "from":
        names = (_spellings(entry, "from", entry.content["from"]),)
        entry.asked.add("from")
    elif how in ("first_of", "join"):
        names = _columns(entry, how)
        text = _joint(entry) if how == "join" else ""
    elif how == "manifest":
        text = entry.choice("manifest", FACTS)
    elif named:
        text = entry.text("constant")
    feed = Feed(
        how=how,
        names=names,
        text=text,
        steps=_steps(entry),
        otherwise=entry.choice("otherwise", ("as_sent", "empty"), "as_sent"),
        note=entry.text("note", ""),
    )
    entry.asked.update(SOURCES)
    if feed.otherwise != "as_sent" and "values" not in feed.steps:
        entry.refuse("otherwise", "goes with values, and there are none")
    entry.close()
    return feed


def _columns(entry: Entry, how: str) -> tuple[tuple[str, ...], ...]:
    found = entry.take(how, (list,), "a list of source columns") or []
    names = tuple(_spellings(entry, f"{how}[{i}]", item) for i, item in enumerate(found))
    if len(names) < 2:
        entry.refuse(how, f"{len(names)} source columns; wanted two or more, or from")
    return names


def _spellings(entry: Entry, key: str, found: Any) -> tuple[str, ...]:
    """Return one source column's names: a text, or a list of spellings of the same column."""
    items = found if isinstance(found, list) else [found]
    for item in items:
        if not isinstance(item, str) or not item.strip():
            entry.refuse(key, f"found {str(item)[:60]}, wanted a column's name, or its spellings")
    if not items:
        entry.refuse(key, "empty; wanted a column's name, or its spellings")
    return tuple(item.strip() for item in items if isinstance(item, str) and item.strip())


def _joint(entry: Entry) -> str:
    """Return what stands between joined parts; ``;`` where nothing is said."""
    found = entry.take("with", (str,), "text (in quotes), such as ' '")
    if found is not None and not 1 <= len(found) <= 3:
        entry.refuse("with", f"{len(found)} characters; wanted 1 to 3")
    return ";" if found is None else str(found)


def _steps(entry: Entry) -> dict[str, Any]:
    steps: dict[str, Any] = {}
    readers: Mapping[str, Callable[[], Any]] = {
        "remove": lambda: entry.text("remove"),
        "strip_prefix": lambda: entry.text("strip_prefix"),
        "pad_zeros": lambda: entry.whole("pad_zeros", 2, 30),
        "zip5": lambda: entry.flag("zip5", False) or None,
        "case": lambda: entry.choice("case", ("upper", "lower")),
        "date": lambda: _date_forms(entry),
        "money": lambda: entry.choice("money", MONEY),
        "values": lambda: _values(entry),
        "lookup": lambda: entry.choice("lookup", LOOKUPS),
        "if_empty": lambda: entry.text("if_empty"),
    }
    for step in STEPS:
        entry.asked.add(step)
        if entry.content.get(step) is not None and (found := readers[step]()):
            steps[step] = found
    return steps


def _date_forms(entry: Entry) -> tuple[str, ...]:
    found = entry.content["date"]
    forms = found if isinstance(found, list) else [found]
    for form in forms:
        if form not in DATE_FORMS:
            entry.refuse("date", f"found {str(form)[:60]}, wanted one of {', '.join(DATE_FORMS)}")
    eight = [form for form in forms if form in ("MMDDYYYY", "YYYYMMDD")]
    if len(eight) > 1:
        entry.refuse("date", "MMDDYYYY and YYYYMMDD cannot be told apart; wanted one of them")
    return tuple(form for form in forms if form in DATE_FORMS)


def _values(entry: Entry) -> dict[str, str]:
    """Return the value map by what is compared: small letters, no blanks around."""
    read: dict[str, str] = {}
    for word, value in entry.pairs("values").items():
        if (key := word.strip().lower()) in read:
            entry.refuse(f"values.{word}", "stands twice, but for capital letters")
        read[key] = value.strip()
    return read

"""`carvein values`: the code lists in force, and lists of the user's own in their place."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.screen import Format, fail, print_json, print_rows, say

values = typer.Typer(
    no_args_is_help=True, help="Code lists that edits and rules read: list, replace, undo."
)

AsFormat = Annotated[Format, typer.Option("--format", help="text, or json for machines")]


def refuse_broken() -> None:
    """Leave with exit code 2 and one line when the user's own value sets cannot be read."""
    from rules import replaced

    try:
        replaced.check()
    except replaced.BrokenValues as fault:
        fail(str(fault))


@values.command("list")
def list_values(format: AsFormat = Format.TEXT) -> None:
    """List every value set in force with its version, source, and whose it is."""
    from dataclasses import asdict

    from rules.values import value_sets_in_force

    refuse_broken()
    listed = value_sets_in_force()
    if format is Format.JSON:
        print_json([asdict(each) | {"origin": _origin(each.replaced)} for each in listed])
        return
    print_rows(
        ("name", "title", "version", "effective", "until", "codes", "mark", "origin", "source"),
        [
            (
                each.name,
                each.title,
                each.version,
                each.effective,
                each.until,
                each.codes,
                "unverified" if each.unverified else "",
                _origin(each.replaced),
                " ".join(each.source.split()),
            )
            for each in listed
        ],
        right=("codes",),
    )


@values.command("update")
def update_values(
    file: Annotated[
        Path,
        typer.Argument(
            help="YAML of ours, or an official file: ICD-10-CM order or codes (.txt), "
            "NUCC taxonomy, CMS places of service or HCPCS (.csv)"
        ),
    ],
    effective: Annotated[
        str, typer.Option(help="first day of the list (YYYY-MM-DD), where the file is silent")
    ] = "",
    until: Annotated[str, typer.Option(help="last day for which the list speaks")] = "",
    version: Annotated[str, typer.Option(help="what reports call this version")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would change, no more")] = (
        False
    ),
) -> None:
    """Check a list, say what it changes, and use it from now on in place of the one in force."""
    from monitor.official_lists import ListError
    from monitor.value_folder import keep, take
    from rules.values import BrokenValues

    try:
        taken = take(file, effective, version, until)
    except (ListError, BrokenValues) as fault:
        fail(str(fault))
    read = taken.values
    last = f" to {read.until}" if read.until else ""
    say(f"{read.name}: {read.title}, version {read.version}, from {read.effective}{last}")
    if not taken.dated:
        say(
            "The file does not say from which day it is meant; today stands in. "
            "Give --effective where that is wrong."
        )
    if taken.before:
        say(f"Against version {taken.before.version} ({_origin(taken.before.replaced)}):")
    for count, word, codes in (
        (len(taken.added), "added", taken.added),
        (len(taken.removed), "removed", taken.removed),
    ):
        some = f": {', '.join(codes[:10])}{' ...' if count > 10 else ''}" if count else ""
        say(f"  {count:,} {word}{some}")
    say(f"  {len(read.codes) - len(taken.added):,} kept")
    if dry_run:
        say("Nothing was changed (--dry-run).")
        return
    try:
        path = keep(taken)
    except OSError as fault:
        fail(f"cannot write {fault.filename or 'the value folder'}: {fault.strerror}")
    say(f"Kept as {path}; undo with: carvein values remove {read.name}")


@values.command("remove")
def remove_values(
    name: Annotated[str, typer.Argument(help="name of a value set that you replaced")],
) -> None:
    """Drop your own list of a name; the shipped one, if any, is in force again."""
    from monitor.value_folder import remove
    from rules.values import shipped_names

    try:
        removed = remove(name)
    except OSError as fault:
        fail(f"cannot remove {name}: {fault.strerror}")
    if not removed:
        fail(f"no value set {name[:60]} of yours; see carvein values list")
    after = "the shipped one is in force" if name in shipped_names() else "none is in force"
    say(f"{name}: removed; {after}.")


def _origin(is_replaced: bool) -> str:
    return "replaced" if is_replaced else "shipped"

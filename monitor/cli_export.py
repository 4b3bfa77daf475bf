"""`carvein export`: findings out of a store, and staged encounters out of a kept review."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli_findings import (
    DEFAULT_STORE,
    AsFormat,
    ReviewId,
    StoreUrl,
    find_review,
    open_store,
)
from monitor.screen import Format, complain, fail, print_json, say

export = typer.Typer(no_args_is_help=True, help="Take findings and staged lines out.")

ShowPhi = Annotated[
    bool, typer.Option("--show-phi", help="do not mask member identifiers and dates")
]
Part2Basis = Annotated[str, typer.Option("--part2-basis", help="legal basis under 42 CFR Part 2")]


@export.command("findings")
def export_findings(
    to: Annotated[Path, typer.Option("--to", help="file to write: .csv, .xlsx, .json or .html")],
    review: ReviewId = "",
    show_phi: ShowPhi = False,
    part2_basis: Part2Basis = "",
    store: StoreUrl = DEFAULT_STORE,
) -> None:
    """Write a review's findings to a file; member identifiers are masked unless asked for."""
    from monitor.export import ExportError
    from monitor.export import export_findings as write
    from monitor.store import StoreError

    opened = open_store(store)
    found = find_review(opened, review)
    try:
        written = write(opened, found, to, show_phi=show_phi, part2_basis=part2_basis)
    except (ExportError, StoreError, OSError) as error:
        fail(str(error))
    what = "What is not met" if to.suffix.lower() == ".html" else f"{written} findings"
    say(f"{what} of review {found.id} written to {to}")


@export.command("encounters")
def export_encounters(
    to: Annotated[Path, typer.Option("--to", help="file to write: .csv or .parquet")],
    review: ReviewId = "",
    plan: Annotated[str, typer.Option("--plan", help="only this plan's lines")] = "",
    show_phi: ShowPhi = False,
    part2_basis: Part2Basis = "",
    store: StoreUrl = DEFAULT_STORE,
    format: AsFormat = Format.TEXT,
) -> None:
    """Write a review's staged encounter lines, each with its domain and the reason for it.

    Staged lines go after a review unless it was run with --keep. Members' facts are masked unless
    asked for; lines for a substance use disorder leave only with --part2-basis, and are counted
    in the note beside the file when they do not.
    """
    from monitor.export.encounters import export_encounters as write
    from monitor.export.mask import ExportError, Mask
    from monitor.workspace import find_kept, kept_definition

    review_id = review or find_review(open_store(store), "").id
    folder = find_kept(review_id)
    if folder is None:
        fail(
            f"review {review_id}: its staged lines are gone, for they go after a review: run "
            f"`carvein review` or `carvein validate` again with --keep, then export that review"
        )
    mask = Mask(show_phi=show_phi, part2_basis=part2_basis)
    try:
        note = write(
            folder,
            to,
            review_id=review_id,
            plan=plan,
            mask=mask,
            bh_definition=kept_definition(folder),
        )
    except ExportError as error:
        fail(str(error))
    if format is Format.JSON:
        print_json(note)
        return
    say(f"{note['written']:,} of {note['staged']:,} staged encounter lines written to {to}")
    say(f"Note: {to}.json")
    complain(note["notice"])


@export.command("naaar")
def export_naaar(
    to: Annotated[Path, typer.Option("--to", help="file to write: .xlsx or .json")],
    template: Annotated[
        Path | None,
        typer.Option("--template", help="your copy of CMS's NAAAR workbook, for .xlsx"),
    ] = None,
    review: ReviewId = "",
    contract: Annotated[
        str, typer.Option("--contract", help="the review's pack; the shipped one of its id if not")
    ] = "",
    requirement: Annotated[
        list[str] | None,
        typer.Option("--requirement", help="only requirements whose id begins so; repeatable"),
    ] = None,
    store: StoreUrl = DEFAULT_STORE,
) -> None:
    """Fill CMS's network adequacy report (42 CFR 438.207) from a review.

    What carvein cannot know stays empty and is listed, with what could not be measured, in the
    note beside the file. More than 10 plans or 100 standards go into several workbooks.
    """
    from monitor.cli_packs import load_pack
    from monitor.export.naaar import ExportError
    from monitor.export.naaar import export_naaar as write
    from monitor.export.naaar_figures import areas
    from monitor.store import StoreError
    from rules.contract import available

    opened = open_store(store)
    found = find_review(opened, review)
    named = contract or (found.contract_id if found.contract_id in available() else "")
    pack = load_pack(named) if named else None
    if pack is not None and pack.id != found.contract_id:
        fail(f"review {found.id} is of {found.contract_id}, not of {pack.id}")
    try:
        written = write(opened, found, to, template, pack, tuple(requirement or ()))
    except (ExportError, StoreError) as error:
        fail(str(error))
    say(
        f"{areas(written.plans, 'plan')} and {areas(written.standards, 'standard')} of review "
        f"{found.id} written to "
        f"{', '.join(map(str, written.files))}"
    )
    say(f"What the state must fill and look at: {written.note}")
    for line in written.warnings:
        complain(line)

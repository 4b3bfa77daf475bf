"""The command `carvein`. Heavy libraries are imported by the command that needs them."""

from __future__ import annotations

import gc
import sys
from typing import Annotated

import typer

from monitor import (
    __version__,
    cli_adequacy,
    cli_capacity,
    cli_demo,
    cli_doctor,
    cli_export,
    cli_findings,
    cli_layouts,
    cli_packs,
    cli_review,
    cli_roads,
    cli_siting,
    cli_values,
)
from monitor.screen import say

INTERNAL = 3

YOUNG = 50_000
"""Objects made before the collector looks for cycles among them: libraries make millions."""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="See whether an integrated physical- and behavioral-health Medicaid contract is kept.",
)
app.command()(cli_demo.demo)
app.command()(cli_review.validate)
app.command()(cli_review.review)
app.command()(cli_review.rejudge)
app.command()(cli_findings.findings)
app.command()(cli_findings.dispose)
app.command()(cli_adequacy.adequacy)
app.command()(cli_capacity.capacity)
app.command()(cli_siting.siting)
app.add_typer(cli_export.export, name="export")
app.add_typer(cli_packs.packs, name="packs")
app.add_typer(cli_packs.rules, name="rules")
app.add_typer(cli_layouts.layouts, name="layouts")
app.add_typer(cli_values.values, name="values")
app.add_typer(cli_roads.roads, name="roads")
app.command()(cli_demo.dashboard)
app.command()(cli_doctor.doctor)


def main() -> None:
    """Run the command; a fault of carvein's own is one line, exit code 3, and a log file."""
    gc.set_threshold(YOUNG)
    try:
        app()
    except Exception as error:
        from monitor.trouble import log_trouble

        written = log_trouble(error, sys.argv[1:])
        message = str(error).splitlines()[0] if str(error) else ""
        typer.echo(
            f"carvein: internal error: {type(error).__name__}: {message}\n"
            f"carvein: this is a fault of carvein {__version__}, not of your files; "
            f"please report it with {written}",
            err=True,
        )
        raise SystemExit(INTERNAL) from error


def _version(wanted: bool) -> None:
    if wanted:
        say(f"carvein {__version__}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version")
    ] = False,
) -> None:
    """Hold the options of the bare command; broken value sets of the user's stop every other."""
    if context.invoked_subcommand != "values":
        cli_values.refuse_broken()

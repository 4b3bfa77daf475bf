"""The report folder, whole or not at all; and findings of a stored review as one file."""

from __future__ import annotations

import json
import secrets
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import polars as pl

from monitor.answer import Answer, build_answer
from monitor.export import findings as lists
from monitor.export.acknowledgment import write_acknowledgment
from monitor.export.against import Earlier, compare_lines, held_against
from monitor.export.causes import Cause, find_causes, write_causes
from monitor.export.mask import ExportError, Mask
from monitor.export.page import write_page
from monitor.export.violations import LinesOf, gather
from monitor.export.workbook import write_workbook
from monitor.store import Store
from monitor.violations import ViolationFolder
from rules.model import Finding, Review, Submission

SUMMARY = "summary.json"
DOCS = "expectations"

_CONTENTS = {
    SUMMARY: "the answer in figures",
    "findings.csv": "every finding",
    "findings.jsonl": "every finding, one JSON object a line",
    "violations.csv": "every faulty line",
    "violations.parquet": "every faulty line",
    "causes.csv": "how many lines each cause has, and how many of them are listed",
    "findings.xlsx": "findings and faulty lines as a workbook",
    "acknowledgment.json": "the acknowledgment, table by table",
    f"{DOCS}/index.html": "what was expected of each table as a whole",
}
_NAMES = {name.split("/")[0] for name in _CONTENTS} | {"report.html"}


@dataclass(frozen=True)
class Written:
    """A report that was written: where, the answer in it, and its causes with their first lines."""

    folder: Path
    answer: Answer
    causes: tuple[Cause, ...]


def write_report(
    folder: Path,
    answer: Answer,
    findings: Iterable[Finding],
    violations: ViolationFolder | Iterable[pl.DataFrame] = (),
    *,
    mask: Mask | None = None,
    submissions: Sequence[Submission] = (),
    docs: Path | None = None,
    limit: int = 0,
    earlier: Earlier | None = None,
) -> Written:
    """Write the report on one plan's submission.

    Everything is written into a folder beside it, which takes its place at the end: a report
    that is there is complete. An earlier report is replaced; a folder that holds anything else
    is not.

    Parameters
    ----------
    violations
        Kept by finding; or frames with ``finding_id`` and the columns of a violation, as submitted.
    mask
        How members' facts leave; masked when it is None.
    docs
        Folder or index page of the Data Docs, to be copied into ``expectations/`` when there.
    limit
        Lines of a cause to list; 0 lists all. Where it cuts, the answer is partial.
    earlier
        The report that this one is held against; ``findings`` are marked with what changed.

    Raises
    ------
    ExportError
        When ``folder`` is something else than a report, or cannot be written.
    ValueError
        When the violations are not as many as the answer says.
    """
    mask = mask or Mask()
    found = lists.in_order(one for one in findings if one.plan_id == answer.plan_id)
    with _replacing(folder, mask.show_phi) as made:
        work = made / "lines.tmp"
        work.mkdir(mode=0o700)
        lines = gather(work, _lines_of(violations, work / "raw"), found, mask, limit)
        if lines.total != answer.violations:
            raise ValueError(
                f"the answer counts {answer.violations} violations, {lines.total} were given"
            )
        if lines.kept < lines.total:
            answer = replace(answer, partial=True, limit=limit, listed=lines.kept)
        changed = compare_lines(earlier, found) if earlier else []
        if earlier:
            answer = replace(answer, against=held_against(answer, earlier, changed))
        lines.write(made)
        _write_json(made / SUMMARY, answer.summary() | {"notice": mask.notice})
        lists.write_csv(made / "findings.csv", found)
        lists.write_jsonl(made / "findings.jsonl", found)
        write_causes(made / "causes.csv", found, lines)
        write_workbook(made / "findings.xlsx", [answer], found, lines, mask.notice, lines.name)
        write_acknowledgment(
            made / "acknowledgment.json", answer, found, lines, submissions, mask.notice
        )
        if docs is not None and docs.exists():
            shutil.copytree(docs if docs.is_dir() else docs.parent, made / DOCS)
        write_page(
            made / "report.html",
            [answer],
            found,
            lines,
            submissions=submissions,
            notice=mask.notice,
            files=[pair for pair in _CONTENTS.items() if (made / pair[0]).exists()],
            complete=lines.name,
            changed=changed,
        )
        causes = tuple(find_causes(found, lines))
        shutil.rmtree(work)
    return Written(folder, answer, causes)


def _lines_of(violations: ViolationFolder | Iterable[pl.DataFrame], folder: Path) -> LinesOf:
    if isinstance(violations, ViolationFolder):
        return violations.of
    kept = ViolationFolder(folder)
    for frame in violations:
        kept.keep(frame)
    return kept.of


def export_findings(
    store: Store,
    review: Review,
    to: Path,
    *,
    show_phi: bool = False,
    part2_basis: str = "",
) -> int:
    """Write the findings of a stored review to one file and return how many there are.

    Parameters
    ----------
    to
        A ``.csv``, ``.json``, ``.jsonl``, ``.xlsx`` or ``.html`` file; an earlier one is replaced.
    show_phi, part2_basis
        Whether members' facts are shown, and on what basis, as in :class:`Mask`.

    Raises
    ------
    ExportError
        On another suffix, or when the file cannot be written.
    """
    mask = Mask(show_phi, part2_basis)
    found = lists.in_order(store.findings(review.id))
    plain: dict[str, Callable[[Path, Iterable[Finding]], None]] = {
        ".csv": lists.write_csv,
        ".json": lists.write_json,
        ".jsonl": lists.write_jsonl,
    }
    suffix = to.suffix.lower()
    if suffix not in (*plain, ".xlsx", ".html"):
        raise ExportError(
            f"{to}: wanted a file name that ends in .csv, .json, .jsonl, .xlsx or .html"
        )
    if to.is_dir():
        raise ExportError(f"{to}: is a folder, wanted a file name")
    with _wording_failure(to), tempfile.TemporaryDirectory(dir=to.parent) as made:
        draft = Path(made) / f"draft{suffix}"
        if suffix in plain:
            plain[suffix](draft, found)
        else:
            answers = stored_answers(store, review)
            faulty = [one for one in found if one.violations]
            gathered = gather(Path(made), partial(store.violations, review.id), faulty, mask)
            if suffix == ".xlsx":
                write_workbook(draft, answers, found, gathered, mask.notice, "the store")
            else:
                write_page(
                    draft,
                    answers,
                    found,
                    gathered,
                    submissions=review.submissions,
                    notice=mask.notice,
                )
        if mask.show_phi:
            draft.chmod(0o600)
        draft.replace(to)
    return len(found)


def stored_answers(store: Store, review: Review) -> list[Answer]:
    """Return each plan's answer as it was given, or as its stored findings give it."""
    given = {one["plan_id"]: Answer.read(one) for one in store.answers(review.id)}
    tables = store.tables(review.id)
    return [
        given.get(plan)
        or build_answer(
            plan_id=plan,
            contract_id=review.contract_id,
            period=review.period,
            tables={
                name: SimpleNamespace(**counts) for name, counts in tables.get(plan, {}).items()
            },
            findings=store.findings(review.id, plan=plan),
            pack_digest=review.pack_digest,
            value_sets=review.value_sets,
            tool_version=review.code_version,
        )
        for plan in sorted(review.plans)
    ]


@contextmanager
def _replacing(folder: Path, private: bool) -> Iterator[Path]:
    """Yield a new folder beside ``folder`` that takes its place when all went well."""
    folder = folder.absolute()
    with _wording_failure(folder):
        _refuse_what_is_no_report(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        stamp = secrets.token_hex(4)
        made = folder.parent / f".{folder.name}.{stamp}.part"
        made.mkdir(mode=0o700 if private else 0o777)
        try:
            yield made
            old = folder.parent / f".{folder.name}.{stamp}.old"
            if folder.exists():
                if not private:
                    made.chmod(stat.S_IMODE(folder.stat().st_mode))
                folder.rename(old)
            made.rename(folder)
            shutil.rmtree(old, ignore_errors=True)
        finally:
            shutil.rmtree(made, ignore_errors=True)


def _refuse_what_is_no_report(folder: Path) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise ExportError(f"{folder}: not a folder, so no report is written there")
    if not folder.exists():
        above = next(parent for parent in folder.parents if parent.exists())
        if not above.is_dir():
            raise ExportError(f"{folder}: {above} is not a folder, so no report is written there")
        return
    names = {path.name for path in folder.iterdir()}
    if not names:
        return
    if SUMMARY not in names or not _is_summary(folder / SUMMARY):
        raise ExportError(f"{folder}: holds files that are no carvein report, so it is left alone")
    if others := sorted(names - _NAMES):
        raise ExportError(
            f"{folder}: holds {others[0]}, which is no part of a report, so it is left alone"
        )


def _is_summary(path: Path) -> bool:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and {"verdict", "exit_code", "pack_digest"} <= content.keys()


@contextmanager
def _wording_failure(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ExportError(f"{path}: cannot be written: {error.strerror or error}") from error


def _write_json(path: Path, content: object) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")

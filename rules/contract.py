"""Read a pack: refuse what is uncited or unknown, layer it over what it extends, date its values.

A pack is a folder with ``contract.yaml`` (parties, documents, what it extends and adopts) and any
number of further ``.yaml`` files that list ``requirements``, ``clauses`` and ``exceptions``. One
whose id an extended pack already has replaces that one; ``adopts`` gives inherited requirements
another severity and adds the adopting section to their citations.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, TypeVar

from rules import areas, entries, exemption_entries, registry
from rules.domain_definition import DEFINITIONS, HIERARCHY
from rules.entries import Entry, Terms
from rules.model import (
    Band,
    Citation,
    Clause,
    Contract,
    Document,
    Exemption,
    Requirement,
    Rule,
    Severity,
)
from rules.packfile import MAX_BYTES, PackError, Problem, parse

__all__ = ["ADOPTED", "PackError", "Problem", "available", "cited", "load"]

SHIPPED = Path(__file__).parent / "packs"
"""Folder of the packs that come with carvein."""

MODELS = ("mco", "pccm", "bho", "partnership", "law")
"""What a pack describes: one of the four models of integration, or law that contracts extend."""

UNSTATED = "unstated"
DISTANCE_BASES = (UNSTATED, "straight_line", "road")

MAX_FILES = 200

ADOPTED = "adopted by"
"""What the citation of an adopted requirement says, before the section that adopts it."""

_MAIN = "contract.yaml"
_LISTS = ("requirements", "clauses", "exceptions")
_Asked = TypeVar("_Asked", Requirement, Clause)


def available() -> tuple[str, ...]:
    """Return the ids of the shipped packs, sorted."""
    return tuple(sorted(file.parent.name for file in SHIPPED.glob(f"*/{_MAIN}")))


def load(
    name_or_path: str | Path,
    rules: Mapping[str, Rule] | None = None,
    tables: Collection[str] | None = None,
) -> Contract:
    """Read a pack with everything that it extends.

    Parameters
    ----------
    name_or_path
        The id of a shipped pack, or the path of a pack's folder (or of its contract.yaml). A
        pack that it extends is looked for beside that folder first, then among the shipped.
    rules, tables
        What requirements may name; all registered rules and all tables when not given.

    Raises
    ------
    PackError
        With every problem found: file, key path and reason.
    """
    folder = SHIPPED / name_or_path if name_or_path in available() else Path(name_or_path)
    if folder.name == _MAIN:
        folder = folder.parent
    if not (folder / _MAIN).is_file():
        reason = f"no pack: no folder with {_MAIN}; shipped are {', '.join(available())}"
        raise PackError([Problem(str(name_or_path), "", reason)])
    loading = _Loading(
        rules=registry.rules() if rules is None else rules,
        tables=_tables() if tables is None else tables,
    )
    try:
        contract = loading.pack(folder.resolve(), ())
    except OSError as fault:
        reason = fault.strerror or "cannot be read"
        raise PackError([Problem(str(fault.filename), "", reason)]) from None
    if loading.problems:
        raise PackError(loading.problems)
    return replace(contract, digest=_digest(loading.bytes_of))


def cited(citation: Citation, documents: Mapping[str, Document]) -> str:
    """Return a citation with its document's title, as one line of a report."""
    document = documents.get(citation.document)
    return str(replace(citation, document=f"{document.title},")) if document else str(citation)


def _expectations() -> Collection[str]:
    from rules.profiles import suite  # takes time, and few packs state bands

    return [each.code for table in suite.TABLES for each in suite.load(table).expectations]


def _in_order(inherited: Iterable[Band], own: Iterable[Band]) -> tuple[Band, ...]:
    """Return bands by their day; of one day the pack's own comes last and so stands."""
    return tuple(sorted([*inherited, *own], key=lambda band: band.starts))


def _tables() -> Collection[str]:
    from rules.tables import ENVELOPE, TABLES  # not needed where the caller names the tables

    return (*TABLES, ENVELOPE)


@dataclass
class _Loading:
    """One call of :func:`load`: packs already read, and what was wrong with them."""

    rules: Mapping[str, Rule]
    tables: Collection[str]
    problems: list[Problem] = field(default_factory=list)
    packs: dict[Path, Contract] = field(default_factory=dict)
    bytes_of: dict[str, bytes] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)

    def pack(self, folder: Path, above: tuple[Path, ...]) -> Contract:
        """Read the pack in ``folder``, once; ``above`` are the folders that are extending it."""
        if folder not in self.packs:
            self.packs[folder] = self._read(folder, above)
        return self.packs[folder]

    def _read(self, folder: Path, above: tuple[Path, ...]) -> Contract:
        raw = self._raw(folder)
        files = {name: self._content(f"{folder.name}/{name}", raw[name]) for name in raw}
        main = Entry(files.pop(_MAIN, {}), f"{folder.name}/{_MAIN}", "", self.problems)
        pack_id = main.slug("id")
        self.bytes_of |= {f"{pack_id}/{name}": raw[name] for name in raw}
        starts, ends = main.day("starts"), main.day("ends", required=False)
        if starts and ends and ends < starts:
            main.refuse("ends", f"{ends} is before the start, {starts}")
        extended = self._extended(main, folder, above)
        documents = self._documents(main, extended)
        terms = Terms(pack_id, documents, self.rules, self.tables, starts, ends)
        placed = areas.layered(extended, areas.areas(main, files, terms))
        bands = self._bands(folder, files, terms)
        asked, recorded, exempt = self._lists(folder, files, terms)
        requirements = self._layer(
            main, [parent.requirements for parent in extended], asked, "requirements"
        )
        known = {entry.id for entry in requirements}
        self._refuse_unknown_reach(asked, known)
        exemption_entries.refuse_unknown(exempt, self.entries, known, placed.regions.values())
        model = main.choice("model", MODELS)
        runout_months = main.whole("runout_months", 0, 24)
        if runout_months is None:
            runout_months = max((parent.runout_months for parent in extended), default=0)
        stated = [parent.distance_basis for parent in extended if parent.distance_basis != UNSTATED]
        distance_basis = main.choice("distance_basis", DISTANCE_BASES, (*stated, UNSTATED)[0])
        bh_definition = self._bh_definition(main, extended)
        plans = main.texts("plans", "" if model == "law" else "missing; wanted a list of plans")
        contract = Contract(
            id=pack_id,
            title=main.text("title"),
            program=main.text("program"),
            model=model,
            state=main.state("state"),
            plans=plans,
            starts=starts or entries.NO_DAY,
            ends=ends,
            extends=tuple(parent.id for parent in extended),
            documents=documents,
            requirements=self._adopt(main, requirements, documents, {own.id for own in asked}),
            clauses=self._layer(main, [parent.clauses for parent in extended], recorded, "clauses"),
            bands=_in_order([band for parent in extended for band in parent.bands], bands),
            runout_months=runout_months,
            distance_basis=distance_basis,
            bh_definition=bh_definition,
            county_classes=placed.county_classes,
            county_density=placed.county_density,
            regions=placed.regions,
            exemptions=exemption_entries.layered(extended, exempt),
        )
        for kind in (*_LISTS, "bands"):
            if kind in main.content:
                del main.content[kind]
                main.refuse(kind, f"belongs in another .yaml file of the pack, such as {kind}.yaml")
        main.close()
        return contract

    def _raw(self, folder: Path) -> dict[str, bytes]:
        """Return the bytes of every .yaml file of a pack folder, at most one over the limit."""
        read: dict[str, bytes] = {}
        for path in sorted(folder.iterdir()):
            reason = ""
            if path.suffix == ".yml":
                reason = "not read; name it .yaml"
            elif path.suffix == ".yaml" and (path.is_symlink() or not path.is_file()):
                reason = "not a plain file"
            elif path.suffix == ".yaml" and len(read) == MAX_FILES:
                reason = f"one file too many; at most {MAX_FILES} are read"
            elif path.suffix == ".yaml":
                with path.open("rb") as opened:
                    read[path.name] = opened.read(MAX_BYTES + 1)
            if reason:
                self.problems.append(Problem(f"{folder.name}/{path.name}", "", reason))
        return read

    def _content(self, name: str, data: bytes) -> dict[str, Any]:
        """Return the mapping that one file holds, empty when it holds none."""
        before = len(self.problems)
        content = parse(data, name, self.problems)
        if not isinstance(content, dict) and len(self.problems) == before:
            self.problems.append(Problem(name, "", "wanted a mapping of keys"))
        return content if isinstance(content, dict) else {}

    def _extended(self, main: Entry, folder: Path, above: tuple[Path, ...]) -> list[Contract]:
        """Read the packs that ``extends`` names, refusing unknown ones and cycles."""
        read = []
        chain = (*above, folder)
        for i, name in enumerate(main.texts("extends")):
            key = f"extends[{i}]"
            plain = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name)
            places = (folder.parent / name, SHIPPED / name) if plain else ()
            found = next((place for place in places if (place / _MAIN).is_file()), None)
            if found is None:
                known = ", ".join(available())
                main.refuse(key, f"no pack {name[:60]} beside this one; shipped are {known}")
            elif found.resolve() in chain:
                cycle = [step.name for step in chain[chain.index(found.resolve()) :]]
                main.refuse(key, f"a cycle: {' -> '.join([*cycle, name])}")
            else:
                parent = self.pack(found.resolve(), chain)
                if parent.id != name:
                    main.refuse(key, f"the pack in {name} calls itself {parent.id}")
                read.append(parent)
        return read

    def _documents(self, main: Entry, extended: list[Contract]) -> dict[str, Document]:
        """Return own and inherited documents; an id means one document."""
        known: dict[str, Document] = {}
        for parent in extended:
            for document_id, inherited in parent.documents.items():
                if known.setdefault(document_id, inherited) != inherited:
                    main.refuse("extends", f"document {document_id} is not the same in all of them")
        for_own = "missing; wanted the sources that citations name"
        own = main.entry("documents", for_own if not known else "")
        for document_id in own.content if own is not None else ():
            if own is None or (entry := own.entry(document_id, "missing")) is None:
                continue
            if not entries.is_id(document_id):
                own.refuse(document_id, "no id; wanted letters, digits, '.', '-' and '_'")
            if document_id in known:
                own.refuse(document_id, "an extended pack has this document; choose another id")
            known[document_id] = entries.document(entry, document_id)
        return known

    def _bh_definition(self, main: Entry, extended: list[Contract]) -> str:
        """Return what behavioral health is: what the pack says, else what one of those above it."""
        stated = sorted({parent.bh_definition for parent in extended} - {HIERARCHY})
        if len(stated) > 1 and "bh_definition" not in main.content:
            differ = f"bh_definition differs between them ({', '.join(stated)})"
            main.refuse("extends", f"{differ}; give it here to choose")
        return main.choice("bh_definition", DEFINITIONS, (*stated, HIERARCHY)[0])

    def _bands(self, folder: Path, files: Mapping[str, dict[str, Any]], terms: Terms) -> list[Band]:
        """Read the bands of a pack's files; an expectation has one a day."""
        read: list[Band] = []
        for name, content in files.items():
            if "bands" not in content:
                continue
            file = Entry(
                {"bands": content.pop("bands")}, f"{folder.name}/{name}", "", self.problems
            )
            for entry in file.entries("bands"):
                band = entries.band(entry, terms, _expectations())
                if (band.expectation, band.starts) in {(b.expectation, b.starts) for b in read}:
                    entry.refuse(
                        "starts", f"{band.expectation} has a band of {band.starts} already"
                    )
                read.append(band)
        return read

    def _lists(
        self, folder: Path, files: Mapping[str, dict[str, Any]], terms: Terms
    ) -> tuple[list[Requirement], list[Clause], list[Exemption]]:
        """Read the lists of a pack's other files; an id is given once."""
        asked: list[Requirement] = []
        recorded: list[Clause] = []
        exempt: list[Exemption] = []
        taken: dict[str, str] = {}
        for name, content in files.items():
            file = Entry(content, f"{folder.name}/{name}", "", self.problems)
            for kind in _LISTS:
                for entry in file.entries(kind):
                    read: Requirement | Clause | Exemption
                    if kind == "clauses":
                        recorded.append(read := entries.clause(entry, terms))
                    elif kind == "exceptions":
                        exempt.append(read := exemption_entries.exemption(entry, terms))
                    else:
                        asked.append(read := entries.requirement(entry, terms))
                    place = f"{entry.file} {entry.key}"
                    self.entries[read.id] = entry
                    if read.id and taken.setdefault(read.id, place) != place:
                        entry.refuse("id", f"{read.id} is given twice, first in {taken[read.id]}")
            file.close()
        return asked, recorded, exempt

    def _refuse_unknown_reach(self, asked: Iterable[Requirement], known: Collection[str]) -> None:
        """Refuse params ``within`` that name a requirement which the contract lacks."""
        for entry in (self.entries[requirement.id] for requirement in asked if requirement.id):
            for i, item in enumerate(entry.content.get("values") or ()):
                given = item.get("params") if isinstance(item, dict) else None
                within = given.get("within") if isinstance(given, dict) else None
                if isinstance(within, str) and within not in known:
                    reason = f"no requirement {within[:60]}; wanted the one whose limit is reach"
                    entry.refuse(f"values[{i}].params.within", reason)

    def _layer(
        self,
        main: Entry,
        inherited: Iterable[tuple[_Asked, ...]],
        own: list[_Asked],
        kind: str,
    ) -> tuple[_Asked, ...]:
        """Return inherited entries and then own ones; an own id replaces the inherited entry."""
        replaced = {entry.id: entry for entry in own}
        layered: dict[str, _Asked] = {}
        for entry in (entry for parent in inherited for entry in parent):
            if entry.id in replaced:
                continue
            if layered.setdefault(entry.id, entry) != entry:
                reason = f"{kind} {entry.id} differs between them; give it here to choose"
                main.refuse("extends", reason)
        return tuple((layered | replaced).values())

    def _adopt(
        self,
        main: Entry,
        requirements: tuple[Requirement, ...],
        documents: Mapping[str, Document],
        own: Collection[str],
    ) -> tuple[Requirement, ...]:
        """Give the inherited requirements that ``adopts`` names their severity and citation."""
        adopted = {requirement.id: requirement for requirement in requirements}
        taken: dict[str, str] = {}
        for entry in main.entries("adopts"):
            severity = Severity(entry.choice("severity", entries.SEVERITIES))
            by = cited(entries.citation(entries.cite(entry), documents), documents)
            for i, pattern in enumerate(entry.texts("requirements", "missing; wanted ids")):
                key = f"requirements[{i}]"
                matched = [id for id in adopted if id not in own and fnmatchcase(id, pattern)]
                if not matched:
                    entry.refuse(key, f"{pattern[:60]} matches no inherited requirement")
                for requirement_id in matched:
                    if requirement_id in taken:
                        first = taken[requirement_id]
                        entry.refuse(key, f"{requirement_id} is adopted already, by {first}")
                        continue
                    taken[requirement_id] = entry.at(key)
                    adopted[requirement_id] = _adopted(adopted[requirement_id], severity, by)
            entry.close()
        return tuple(adopted.values())


def _adopted(requirement: Requirement, severity: Severity, by: str) -> Requirement:
    values = tuple(
        replace(
            value,
            citation=replace(value.citation, also=(*value.citation.also, f"{ADOPTED} {by}")),
        )
        for value in requirement.values
    )
    return replace(requirement, severity=severity, values=values)


def _digest(bytes_of: Mapping[str, bytes]) -> str:
    """Return the sha256 over every file read so far: its pack and name, its length, its bytes."""
    digest = hashlib.sha256()
    for name in sorted(bytes_of):
        digest.update(f"{name}\0{len(bytes_of[name])}\0".encode())
        digest.update(bytes_of[name])
    return digest.hexdigest()

"""Coded checks of the ontology, the named queries, the frames and a store's output.

Codes: 1xx ontology, 2xx queries, 3xx frames, 4xx store. One small function a group; each yields what it finds.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from kg import sandbox, vocab
from kg.errors import KgError
from kg.model import KINDS, STATUSES
from kg.resources import ontologies
from kg.store import default_prefixes

if TYPE_CHECKING:
    from kg.store import Store

COLUMNS = ("lemma", "relation", "subject", "object", "content", "status", "example")
ROLES = frozenset({"subj", "obj", "dat", "gen", "comp", "adv", "-"})


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: code ('K302'), where (file and line, or node), and a sentence."""

    code: str
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.code} {self.message}"


def check(store: Store | None = None, *, folder: Path | None = None) -> list[Finding]:
    """Checks what the package knows and, if given, what a store holds; an empty list means that all is well.

    Args:
        store: its Turtle is checked against the shapes, its graphs against their counts.
        folder: the ontologies; None: those of the package.
    """
    root = folder or ontologies()
    found = [*check_ontology(), *check_queries(root / "queries")]
    for path in sorted(root.glob("*/frames/*.tsv")):
        found += check_frames(path)
    return found + (list(check_store(store)) if store else [])


def check_ontology() -> Iterator[Finding]:
    """K101: the ontology cannot be read. K102: a relation has no domain. K103: its kinds are not those of the model."""
    try:
        relations, kinds = vocab.relations(), vocab.kinds()
    except KgError as error:
        yield Finding("K101", "polgraph.ttl", str(error))
        return
    yield from (Finding("K102", r.name, "has no kg:domainKind") for r in relations.values() if not r.domain)
    if set(kinds) != set(KINDS):
        yield Finding("K103", "polgraph.ttl", f"kinds differ from the model's: {sorted(set(kinds) ^ set(KINDS))}")


def check_queries(folder: Path) -> Iterator[Finding]:
    """K201: a named query has no title. K202: it cannot be parsed or is forbidden. K203: its answers have no order."""
    empty = ox.Store()
    for path in sorted(folder.glob("*.rq")):
        text = path.read_text(encoding="utf-8")
        if not text.startswith("# "):
            yield Finding("K201", path.name, "the first line must be a comment that says what the query answers")
        try:
            sandbox.check(text)
            empty.query(text, prefixes=default_prefixes())
        except (KgError, SyntaxError) as error:
            yield Finding("K202", path.name, str(error))
        if "select" in text.lower() and "order by" not in text.lower():
            yield Finding("K203", path.name, "needs ORDER BY, so that its answers come in the same order everywhere")


def check_frames(path: Path) -> Iterator[Finding]:
    """K301 columns, K302 unknown relation, K303 malformed slot, K304 unknown status, K305 no example, K306 repetition."""
    seen: dict[tuple[str, ...], int] = {}
    for number, cells in _rows(path):
        where = f"{path.name}:{number}"
        if len(cells) != len(COLUMNS):
            yield Finding("K301", where, f"{len(cells)} columns, {len(COLUMNS)} are needed: {', '.join(COLUMNS)}")
            continue
        row = dict(zip(COLUMNS, cells, strict=True))
        yield from (Finding(code, where, message) for code, message in _check_frame(row))
        key = tuple(cells[:-1])
        if seen.setdefault(key, number) != number:
            yield Finding("K306", where, f"repeats line {seen[key]}")


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Lines with their numbers, without header, comments and blank lines."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        for number, cells in enumerate(lines, 1):
            if number > 1 and cells and not cells[0].startswith("#"):
                yield number, [cell.strip() for cell in cells]


def _check_frame(row: dict[str, str]) -> Iterator[tuple[str, str]]:
    if row["relation"] not in vocab.relations():
        yield "K302", f"unknown relation {row['relation']!r}"
    for slot in ("subject", "object", "content"):
        yield from _check_slot(row[slot], slot)
    if row["status"] and row["status"] not in STATUSES:
        yield "K304", f"unknown status {row['status']!r}"
    if not row["example"]:
        yield "K305", "has no example"


def _check_slot(cell: str, slot: str) -> Iterator[tuple[str, str]]:
    for part in filter(None, cell.split("|")):
        role, _, kinds = part.partition(":")
        wanted = set(kinds.split("+")) if kinds else set()
        if role not in ROLES and not role.isalpha():
            yield "K303", f"malformed {slot} {part!r}"
        if unknown := sorted(wanted - set(KINDS)):
            yield "K303", f"unknown kind {unknown[0]!r} in {slot}"


def check_store(store: Store) -> Iterator[Finding]:
    """K401: a graph lost triples. K402: the Turtle does not conform to the shapes."""
    yield from (Finding("K401", id, "its graph lost facts: build it again") for id in store.info()["damaged"])
    yield from check_turtle(store.serialize("turtle"))


def check_turtle(data: bytes) -> Iterator[Finding]:
    """K402: what does not conform to `ontologies/shapes.ttl`, by node."""
    import pyshacl
    import rdflib

    graph = rdflib.Graph().parse(data=data, format="turtle")
    shapes = rdflib.Graph().parse(ontologies() / "shapes.ttl", format="turtle")
    conforms, report, _ = pyshacl.validate(graph, shacl_graph=shapes, inference="none")
    if not conforms:
        yield from sorted(_violations(report), key=lambda f: (f.where, f.message))


def _violations(report: Any) -> Iterator[Finding]:
    from rdflib import SH

    for result in report.subjects(SH.resultSeverity, None):
        node, path = report.value(result, SH.focusNode), report.value(result, SH.resultPath)
        message = report.value(result, SH.resultMessage)
        yield Finding("K402", str(node), f"{path}: {message}" if path else str(message))

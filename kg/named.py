"""The named queries: SPARQL files whose leading comments say what they answer and which of their variables are parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from pathlib import Path

from kg.errors import QueryError
from kg.resources import ontologies

KINDS = ("entity", "relation", "status", "kind", "date", "text", "number")
_PARAMETER = re.compile(r"@param \?(\w+) (\w+): (.+)")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A variable that a user may give a value: its name, its kind (one of `KINDS`) and what it narrows."""

    name: str
    kind: str
    description: str


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A query of `ontologies/queries`.

    Attributes:
        name: that of its file.
        title: what it answers, its first comment line.
        description: what a reader of the answer must know.
        parameters: in the order of the file.
        text: the SPARQL, comments included.
    """

    name: str
    title: str
    description: str
    parameters: tuple[Parameter, ...]
    text: str

    @property
    def kinds(self) -> dict[str, str]:
        """Kinds of the parameters by name."""
        return {p.name: p.kind for p in self.parameters}


@cache
def queries() -> Mapping[str, NamedQuery]:
    """The named queries by name.

    Raises:
        QueryError: the comments of one are malformed.
    """
    return {path.stem: read(path) for path in sorted((ontologies() / "queries").glob("*.rq"))}


def find(name: str) -> NamedQuery:
    """One of the named queries.

    Raises:
        QueryError: there is none of this name.
    """
    if name not in queries():
        raise QueryError(f"no query is named {name!r}", hint=f"known: {', '.join(queries())}")
    return queries()[name]


def read(path: Path) -> NamedQuery:
    """A named query from its file: `# title`, `# more about it` and `# @param ?name kind: what it narrows`.

    Raises:
        QueryError: it has no title, or a parameter is malformed.
    """
    text = path.read_text(encoding="utf-8")
    head = [line[1:].strip() for line in takewhile(lambda line: line.startswith("#"), text.splitlines())]
    if not head or not head[0]:
        raise QueryError("the first line must be a comment that says what the query answers", where=path.name)
    parameters = tuple(_parameter(line, path.name) for line in head if line.startswith("@"))
    return NamedQuery(path.stem, head[0], " ".join(line for line in head[1:] if not line.startswith("@")), parameters, text)


def _parameter(line: str, where: str) -> Parameter:
    match = _PARAMETER.fullmatch(line)
    if match is None or match[2] not in KINDS:
        raise QueryError(f"malformed: {line}", where=where, hint=f"# @param ?name kind: what; kinds: {', '.join(KINDS)}")
    return Parameter(*match.groups())


def named_queries() -> Mapping[str, tuple[str, str]]:
    """Titles and texts of the named queries, by name.

    Raises:
        QueryError: the comments of one are malformed.
    """
    return {name: (query.title, query.text) for name, query in queries().items()}

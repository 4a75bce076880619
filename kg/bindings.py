"""Values for the variables of a query, as people write them: names, IRIs and literals, never pasted into its text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyoxigraph as ox

from kg import vocab
from kg.errors import QueryError
from kg.iris import clean, term
from kg.model import KINDS, STATUSES
from kg.vocab import BASE, KG, PREFIXES

Given = Any  # text as people write it, a number, a boolean, a date, a term of pyoxigraph, or a list of these


@dataclass(frozen=True, slots=True)
class Name:
    """What somebody or something is called, whatever else the text could mean."""

    text: str


_NUMBER = re.compile(r"[+-]?(?:\d+|\d*\.\d+|\d+\.\d*[eE][+-]?\d+|\d+[eE][+-]?\d+)|true|false", re.ASCII)
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})|(\d{4}-\d{2})", re.ASCII)
_PREFIXED = re.compile(r"([A-Za-z][\w-]*):\S*")


def pairs(options: Iterable[str], kinds: Mapping[str, str] | None = None) -> dict[str, list[Given]]:
    """Values by variable from `NAME=VALUE` texts; a name that comes twice may have either value.

    Args:
        options: for instance 'actor=Marco Rubio'; the name may begin with '?'.
        kinds: the parameters of a named query and their kinds; others are errors.

    Raises:
        QueryError: no '=', no name, unknown parameter, or a value that is not of its kind.
    """
    found: dict[str, list[Given]] = {}
    for option in options:
        name, equals, value = option.partition("=")
        name = name.strip().lstrip("?$")
        if not equals or not re.fullmatch(r"\w+", name):
            raise QueryError(f"no value for a variable: {clean(option)!r}", hint='write NAME=VALUE, as in actor="Marco Rubio"')
        if kinds is not None and name not in kinds:
            hint = f"it has {', '.join(kinds)}" if kinds else "it has none"
            raise QueryError(f"the query has no parameter {name!r}", hint=hint)
        found.setdefault(name, []).append(of_kind(value, kinds[name], name) if kinds else value)
    return found


def of_kind(text: str, kind: str, name: str) -> Given:
    """A value of a parameter: 'date' is a day, 'text' a plain string, 'number' a number, 'relation', 'status' and 'kind' words of
    the ontology, 'entity' a name or an IRI.

    Raises:
        QueryError: the value is not of this kind.
    """
    words = {"relation": tuple(vocab.relations()), "status": STATUSES, "kind": KINDS}.get(kind, ())
    if words and text not in words and not text.startswith(("<", "kg:")):
        raise QueryError(f"{clean(text)!r} is no {kind}", where=name, hint=", ".join(words)[:400])
    if kind == "number" and not _NUMBER.fullmatch(text):
        raise QueryError(f"no number: {clean(text)!r}", where=name)
    if kind == "date":
        return _day(text, name)
    if kind == "entity" and not text.startswith("<") and not _PREFIXED.fullmatch(text):
        return Name(text)
    return ox.Literal(clean(text)) if kind == "text" else text


def _day(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise QueryError(f"no day: {clean(text)!r}", where=name, hint="write it as YYYY-MM-DD") from None


def given(value: Given, prefixes: Mapping[str, str] | None = None, base: str = BASE) -> list[dict[str, str]]:
    """What a value means, in order: each `{"term": N-Triples}`, or `{"name": text}` for whoever is called so in the graph.

    Text reads as an IRI (`<https://...>`, `kg:meets`, `id:Q7`), a literal (`"text"`, `"text"@de`, `3`, `true`, `2025-12-03`,
    `"1"^^xsd:byte`), a word of the ontology (`absent_from`, `planned`, `Person`), or else the name of an entity.

    Raises:
        QueryError: it reads as an IRI or literal that is malformed.
    """
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [meaning for one in value for meaning in given(one, prefixes, base)]
    if isinstance(value, Name):
        return [_name(value.text.strip())]
    if isinstance(value, str):
        return [_text(value.strip(), {**PREFIXES, "id": base, **(prefixes or {})})]
    return [{"term": str(_term(value))}]


def _term(value: Any) -> Any:
    if isinstance(value, ox.NamedNode | ox.Literal):
        return value
    if isinstance(value, date) and not isinstance(value, datetime):
        return ox.Literal(value.isoformat(), datatype=term("xsd:date"))
    if isinstance(value, bool | int | float):
        return ox.Literal(value)
    if isinstance(value, Decimal) and value.is_finite():
        return ox.Literal(f"{value:f}", datatype=term("xsd:decimal"))
    raise QueryError(f"no value for a variable: {value!r}", hint="a text, a number, a boolean, a date or a term")


def _text(text: str, prefixes: Mapping[str, str]) -> dict[str, str]:
    if day := _DATE.fullmatch(text):
        return {"term": str(ox.Literal(text, datatype=term("xsd:date" if day[1] else "xsd:gYearMonth")))}
    prefixed = _PREFIXED.fullmatch(text)
    if text[:1] in ("<", '"', "'") or _NUMBER.fullmatch(text) or (prefixed and prefixed[1] in prefixes):
        return {"term": str(_parsed(text, prefixes))}
    if text in vocab.relations():
        return {"term": f"<{vocab.relations()[text].iri}>"}
    if text in STATUSES or text in KINDS:
        return {"term": f"<{KG}{text}>"}
    return _name(text)


def _name(text: str) -> dict[str, str]:
    if not text or clean(text) != text:
        raise QueryError(f"no name: {clean(text)!r}", hint="a name, an IRI in < >, or a literal in quotes")
    return {"name": unicodedata.normalize("NFC", text)}


def _parsed(text: str, prefixes: Mapping[str, str]) -> Any:
    """One term, read by a parser; what is more than one term is refused."""
    header = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in prefixes.items())
    try:
        triples = list(ox.parse(f"{header}<s:s> <p:p> {text} .", format=ox.RdfFormat.TURTLE))
    except (SyntaxError, ValueError):
        triples = []
    if len(triples) != 1 or not isinstance(triples[0].object, ox.NamedNode | ox.Literal):
        raise QueryError(f"no IRI or literal: {clean(text)!r}", hint='write <https://...>, kg:meets, "text"@de, 3 or 2025-12-03')
    return triples[0].object

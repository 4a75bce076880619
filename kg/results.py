"""The answer to a query, and the forms in which it can be written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from html import escape
from typing import Any, Literal

import pyoxigraph as ox

from kg.errors import QueryError
from kg.vocab import PREFIXES

TABLES = {
    "json": ox.QueryResultsFormat.JSON,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
    "xml": ox.QueryResultsFormat.XML,
}
GRAPHS = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}
_XSD = PREFIXES["xsd"]
_INTEGERS = frozenset(
    _XSD + name
    for name in (
        "integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger", "negativeInteger",
        "nonPositiveInteger", "unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte",
    )
)  # fmt: skip
_READERS: dict[str, Any] = {
    _XSD + "boolean": lambda text: text in ("true", "1"),
    _XSD + "decimal": Decimal,
    _XSD + "double": float,
    _XSD + "float": float,
    _XSD + "date": date.fromisoformat,
    _XSD + "dateTime": datetime.fromisoformat,
}


@dataclass(frozen=True)
class QueryResult:
    """The answer to a query.

    Attributes:
        kind: 'solutions' of SELECT, 'boolean' of ASK, 'triples' of CONSTRUCT and DESCRIBE.
        payload: SPARQL 1.1 JSON of solutions and booleans, N-Triples of triples, in UTF-8.
    """

    kind: Literal["solutions", "boolean", "triples"]
    payload: bytes

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """Names of the columns, in the order of the query; of triples 'subject', 'predicate', 'object'; none of a boolean."""
        if self.kind == "boolean":
            return ()
        return ("subject", "predicate", "object") if self.kind == "triples" else tuple(v.value for v in self._parse().variables)

    @cached_property
    def rows(self) -> list[tuple[Any, ...]]:
        """Terms of pyoxigraph by row; None where a variable is unbound."""
        if self.kind == "boolean":
            return []
        if self.kind == "triples":
            return [tuple(triple) for triple in self.triples]
        return [tuple(solution) for solution in self._parse()]

    def records(self) -> list[dict[str, Any]]:
        """One dictionary a row, ready for a DataFrame: numbers, booleans and dates as Python's own, all else as text."""
        return [{name: value(t) for name, t in zip(self.variables, row, strict=True)} for row in self.rows]

    def _repr_html_(self) -> str:
        """A table for notebooks, everything in it escaped; of an ASK its answer."""
        if self.kind == "boolean":
            return f"<p>{self.boolean}</p>"
        heads = "".join(f"<th>{escape(name)}</th>" for name in self.variables)
        cells = (
            "".join(f"<td>{escape('' if cell is None else str(cell))}</td>" for cell in row.values()) for row in self.records()
        )
        rows = "".join(f"<tr>{row}</tr>" for row in cells)
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"

    @property
    def boolean(self) -> bool | None:
        """The answer to ASK."""
        return bool(self._parse()) if self.kind == "boolean" else None

    @cached_property
    def triples(self) -> list[ox.Triple]:
        """The triples of CONSTRUCT or DESCRIBE, each once, in a fixed order."""
        if self.kind != "triples":
            return []
        return [q.triple for q in ox.parse(b"\n".join(sorted(set(self.payload.splitlines()))), format=ox.RdfFormat.N_TRIPLES)]

    def serialize(self, format: str) -> bytes:
        """The answer as 'json', 'csv', 'tsv' or 'xml' of SPARQL 1.1, where triples make a table of three columns; triples also
        as 'turtle', 'ntriples', 'rdfxml' or 'jsonld'.

        Raises:
            QueryError: unknown form, or one of triples for what is no triples.
        """
        if format in GRAPHS and self.kind == "triples":
            prefixes = dict(PREFIXES) if format in ("turtle", "rdfxml") else None
            return ox.serialize(self.triples, format=GRAPHS[format], prefixes=prefixes) or b""
        if format not in TABLES:
            raise QueryError(f"cannot be written as {format}", hint="json, csv, tsv or xml; turtle for CONSTRUCT and DESCRIBE")
        return self._parse().serialize(format=TABLES[format]) or b""

    def _parse(self) -> Any:
        payload = _table(self.triples) if self.kind == "triples" else self.payload
        return ox.parse_query_results(payload, format=ox.QueryResultsFormat.JSON)


def value(term: Any) -> Any:
    """A term as a value of Python; a number or date that Python cannot read stays text."""
    if not isinstance(term, ox.Literal):
        return None if term is None else term.value
    read = int if term.datatype.value in _INTEGERS else _READERS.get(term.datatype.value, str)
    try:
        return read(term.value)
    except (ValueError, ArithmeticError):
        return term.value


def _table(triples: list[ox.Triple]) -> bytes:
    """Triples as SPARQL 1.1 JSON."""
    names = ("subject", "predicate", "object")
    bindings = [{name: _json_term(t) for name, t in zip(names, triple, strict=True)} for triple in triples]
    return json.dumps({"head": {"vars": names}, "results": {"bindings": bindings}}).encode()


def _json_term(term: Any) -> dict[str, str]:
    if isinstance(term, ox.Literal):
        more = {"xml:lang": term.language} if term.language else {"datatype": term.datatype.value}
        return {"type": "literal", "value": term.value, **more}
    return {"type": "bnode" if isinstance(term, ox.BlankNode) else "uri", "value": term.value}

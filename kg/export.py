"""Graphs and facts as files: Turtle that people like to read, the other RDF forms, CSV for R, Stata and Excel."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from typing import IO, Any

import pyoxigraph as ox

from kg import vocab
from kg.errors import StoreError
from kg.iris import term
from kg.model import KINDS
from kg.vocab import BASE, KG, PREFIXES

Statement = ox.Quad | ox.Triple

FORMATS = ("turtle", "trig", "nquads", "jsonld")
FACT_COLUMNS: tuple[str, ...] = (
    "article", "subject", "subject_kind", "subject_wikidata", "relation", "plover_event_type", "quad_class",
    "object", "object_kind", "object_wikidata", "content", "status", "source", "date", "begin", "end", "precision", "place",
    "confidence", "rule", "title", "url", "evidence", "start", "end_offset", "id", "corrected",
)  # fmt: skip
STATEMENT_COLUMNS = (
    "article", "speaker", "speaker_kind", "speaker_wikidata", "type", "text", "start", "end_offset", "title", "url", "date",
    "rule", "id", "corrected",
)  # fmt: skip
ON_ONE_LINE = 4  # objects of one predicate that Turtle keeps on a line
_STORES = ("path", "tripleCount", "checksum", "revision", "replayed")
INTERNAL = frozenset(KG + name for name in _STORES)  # of use to the store alone; paths would tell on the user's machine

_ORDER = (
    "rdf:type", "rdfs:label", "skos:altLabel", "owl:sameAs", "kg:of", "dcterms:identifier", "dcterms:issued", "dcterms:title",
    "rdf:subject", "rdf:predicate", "rdf:object", "kg:content", "kg:status", "kg:accordingTo", "kg:date", "kg:begin", "kg:end",
    "kg:precision", "kg:timeText", "sem:hasPlace", "kg:statementType", "prov:wasAttributedTo", "kg:text", "kg:quote", "kg:cue",
    "kg:speaker", "kg:addressee", "kg:frame", "prov:wasDerivedFrom", "kg:trigger", "kg:confidence", "kg:rule", "kg:statementRule",
    "kg:correction", "kg:correctedBy",
    "nif:beginIndex", "nif:endIndex", "nif:anchorOf",
)  # fmt: skip
_PREDICATES = {PREFIXES[n.split(":")[0]] + n.split(":")[1]: i for i, n in enumerate(_ORDER)}
_XSD = PREFIXES["xsd"]
_BARE = {  # canonical forms only: some parsers would make 7 of 007
    f"{_XSD}integer": re.compile("0|-?[1-9][0-9]*"),
    f"{_XSD}decimal": re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+"),
}
_RELATIVE = re.compile(r"(?=[^/])(?![^/?#]*:)(?!(?:[^?#]*/)?\.\.?(?:[/?#]|$))")  # resolves to the base and itself, as it is


# RDF


def serialize(quads: Iterable[ox.Quad], format: str, *, base: str = BASE) -> bytes:
    """Quads as a file in UTF-8; the same quads in any order give the same bytes, whatever their blank nodes are called.

    Args:
        quads: of article graphs; what only the store needs (`INTERNAL`) is left out.
        format: 'turtle' (the union of the graphs), 'trig', 'nquads' or 'jsonld'.
        base: what the IRIs of the data start with; Turtle and TriG shorten by it.

    Raises:
        StoreError: unknown format.
    """
    if format not in FORMATS:
        raise StoreError(f"unknown format {format!r}", hint="one of " + ", ".join(FORMATS))
    kept = _labelled([q for q in quads if q.predicate.value not in INTERNAL])
    if format == "turtle":
        return turtle((q.triple for q in kept), base=base).encode()
    if format == "trig":
        return trig(kept, base=base).encode()
    kept.sort(key=str)
    return ox.serialize(kept, format=ox.RdfFormat.N_QUADS if format == "nquads" else ox.RdfFormat.JSON_LD) or b""


def turtle(triples: Iterable[ox.Triple], *, base: str = BASE, prefixes: Mapping[str, str] = PREFIXES) -> str:
    """Triples as Turtle: entities by kind, then article by article its facts and statements in text order with their evidence.

    Blank nodes get labels that depend on the graph alone; the graphs of articles have none.
    """
    writer = _Turtle(_labelled([ox.Quad(*t) for t in triples]), base, prefixes)
    body = "".join(f"\n{block}" for block in writer.blocks())
    return _header(writer.base, writer.used, prefixes) + body


def trig(quads: Iterable[ox.Quad], *, base: str = BASE) -> str:
    """Quads as TriG: one block a graph, each ordered as `turtle` does."""
    by_graph = lambda q: "" if q.graph_name == ox.DefaultGraph() else _key(q.graph_name)  # noqa: E731
    parts: list[str] = []
    used: set[str] = set()
    for graph, found in groupby(sorted(_labelled(list(quads)), key=by_graph), key=by_graph):
        writer = _Turtle(found, base)
        inner = "\n".join(writer.blocks()).replace("\n", "\n    ").replace("\n    \n", "\n\n").rstrip(" ")
        name = f"{writer.name(graph)} " if graph else ""
        parts.append(f"\n{name}{{\n    {inner}}}\n")
        used |= writer.used
    return _header(_relative(base), used) + "".join(parts)


def _labelled(quads: list[ox.Quad]) -> list[ox.Quad]:
    """The quads, blank nodes called as RDFC-1.0 says."""
    if not any(isinstance(t, ox.BlankNode) for q in quads for t in (q.subject, q.object, q.graph_name)):
        return quads
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return list(dataset)


def _key(node: Any) -> str:
    """An IRI, or the label of a blank node after '_:', which begins no IRI."""
    return str(node) if isinstance(node, ox.BlankNode) else str(node.value)


def _relative(base: str) -> str | None:
    """The base, if relative IRIs can be resolved against it: folders only."""
    return base if base.endswith("/") else None


def _header(base: str | None, used: set[str], prefixes: Mapping[str, str] = PREFIXES) -> str:
    """Base and those prefixes that are used."""
    lines = [f"@base <{base}> ."] if base else []
    return "\n".join([*lines, *(f"@prefix {name}: <{prefixes[name]}> ." for name in sorted(used)), ""])


class _Turtle:
    """Writes blocks of one subject each, in an order that reads like the articles."""

    def __init__(self, triples: Iterable[Any], base: str, prefixes: Mapping[str, str] = PREFIXES) -> None:
        self.start = base
        self.base = _relative(base)
        self.used: set[str] = set()
        self.found: dict[str, dict[str, list[Any]]] = {}
        for triple in triples:
            objects = self.found.setdefault(_key(triple.subject), {}).setdefault(triple.predicate.value, [])
            objects.append(triple.object)
        self.prefixes = sorted(prefixes.items(), key=lambda item: -len(item[1]))

    def blocks(self) -> Iterable[str]:
        return (self._block(subject) for subject in sorted(self.found, key=self._place))

    def _place(self, subject: str) -> tuple[int, str, int, int, str]:
        """Where a block stands: section, article, position in its text, facts before passages, IRI."""
        types = {t.value for t in self.found[subject].get(term("rdf:type").value, ())}
        article = re.split("[#?]", subject.removeprefix(self.start))[0]
        if ranks := [rank for kind, rank in _KIND_RANKS.items() if kind in types]:
            return (ranks[0], "", 0, 0, subject)
        if term("prov:Activity").value in types:
            return (len(KINDS) + 1, "", 0, 0, subject)
        if types & _CLAIMS:
            return (len(KINDS), article, self._start(subject), 0, subject)
        if term("nif:OffsetBasedString").value in types:
            return (len(KINDS), article, self._number(subject), 1, subject)
        return (len(KINDS), article, 10**9 if term("nif:Context").value in types else -1, 2, subject)

    def _start(self, fact: str) -> int:
        passages = self.found[fact].get(term("prov:wasDerivedFrom").value, [])
        return min((self._number(p.value) for p in passages), default=0)

    def _number(self, passage: str) -> int:
        values = self.found.get(passage, {}).get(term("nif:beginIndex").value, [])
        return int(values[0].value) if values else 0

    def _block(self, subject: str) -> str:
        properties = self.found[subject]
        lines = [self._line(p, properties[p]) for p in sorted(properties, key=lambda p: (_PREDICATES.get(p, 99), p))]
        return f"{self.name(subject)} " + " ;\n    ".join(lines) + " .\n"

    def _line(self, predicate: str, objects: list[Any]) -> str:
        name = "a" if predicate == term("rdf:type").value else self.name(predicate)
        values = list(dict.fromkeys(self._object(o) for o in sorted(objects, key=_object_place)))
        return f"{name} {' , '.join(values)}" if len(values) <= ON_ONE_LINE else f"{name}\n        " + " ,\n        ".join(values)

    def _object(self, value: Any) -> str:
        if not isinstance(value, ox.Literal):
            return self.name(_key(value))
        if (bare := _BARE.get(value.datatype.value)) and bare.fullmatch(value.value):
            return str(value.value)
        if value.language or value.datatype.value == f"{_XSD}string":
            return str(value)
        return f"{ox.Literal(value.value)}^^{self.name(value.datatype.value)}"

    def name(self, iri: str) -> str:
        """A blank node by its label; an IRI by prefix if the rest needs no escape, else relative to the base, else in full."""
        if iri.startswith("_:"):
            return iri
        for name, start in self.prefixes:
            local = iri.removeprefix(start)
            if iri.startswith(start) and local.isascii() and local.replace("_", "").isalnum():
                self.used.add(name)
                return f"{name}:{local}"
        if self.base and iri.startswith(self.base) and _RELATIVE.match(rest := iri.removeprefix(self.base)):
            return f"<{rest}>"
        return f"<{iri}>"


def _object_place(value: Any) -> tuple[bool, str]:
    """Own terms first."""
    return (not value.value.startswith(KG), str(value))


_CLAIMS = {term("kg:Fact").value, term("kg:Statement").value}
_KIND_RANKS = {KG + kind: rank for rank, kind in enumerate(KINDS)}


# CSV


def facts_csv(rows: Iterable[Mapping[str, Any]], out: IO[str], *, bom: bool = False) -> None:
    """Writes one line a fact, with `FACT_COLUMNS` as header; several contents of a fact are joined by ' | '.

    Args:
        rows: facts as `Store.facts` gives them.
        out: a text stream; open files with `newline=""`.
        bom: begin with a byte order mark, as Excel wants it.

    A cell that a spreadsheet would run as a formula (it begins with = + - @, a tab or a line end) gets an apostrophe in
    front; `start` and `end_offset` are offsets into the article as it was read, so the exact text can always be had.
    """
    _table(FACT_COLUMNS, map(_fact_cells, rows), out, bom)


def statements_csv(rows: Iterable[Mapping[str, Any]], out: IO[str], *, bom: bool = False) -> None:
    """Writes one line a statement, with `STATEMENT_COLUMNS` as header; `date` is the article's day.

    Args:
        rows: statements as `Store.statements` gives them.
        out: a text stream; open files with `newline=""`.
        bom: begin with a byte order mark, as Excel wants it.
    """
    _table(STATEMENT_COLUMNS, map(_statement_cells, rows), out, bom)


def _table(columns: tuple[str, ...], rows: Iterable[list[Any]], out: IO[str], bom: bool) -> None:
    if bom:
        out.write("\ufeff")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)


def _statement_cells(row: Mapping[str, Any]) -> list[Any]:
    speaker = row["speaker_entity"] or {}
    ends = [n for part in row["quote"] for n in part] or [None]
    return [
        row["article"], *(speaker.get(key) for key in ("name", "type", "wikidata")), row["type"], row["text"], min(ends),
        max(ends), row["article_title"], row["article_url"], row["article_date"], row["rule"], row["id"], row["corrected"],
    ]  # fmt: skip


def _cell(value: Any) -> Any:
    """A cell that no spreadsheet runs, its line ends '\\n'."""
    if not isinstance(value, str):
        return value
    text = value.replace("\r\n", "\n").replace("\r", "\n")  # csv leaves a lone carriage return unquoted
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\n")) else text


def _fact_cells(row: Mapping[str, Any]) -> list[Any]:
    relation = vocab.relations()[row["relation"]]
    of: Callable[[str], list[Any]] = lambda slot: [(row[slot] or {}).get(key) for key in ("name", "type", "wikidata")]  # noqa: E731
    name: Callable[[str], Any] = lambda slot: (row[slot] or {}).get("name")  # noqa: E731
    return [
        row["article"], *of("subject"), row["relation"], relation.event_type, relation.quad_class, *of("object"),
        " | ".join(e["name"] for e in row["alt_objects"]), row["status"], name("source"),
        row["date"], row["begin"], row["end"], row["precision"], name("place"), row["confidence"], row["rule"],
        row.get("article_title"), row.get("article_url"), row["evidence"], *row["span"], row.get("id"), row.get("corrected"),
    ]  # fmt: skip

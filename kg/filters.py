"""What of an article's graph an export holds: the facts and statements that are selected, with all that they need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pyoxigraph as ox

from kg import rows, vocab
from kg.iris import term
from kg.model import KINDS
from kg.selection import EVERYTHING, Selection
from kg.vocab import KG, PREFIXES

_ENDS = ("rdf:subject", "rdf:object", "kg:content", "kg:accordingTo", "sem:hasPlace", "prov:wasAttributedTo")
_OF_ENTITIES = ("rdf:type", "rdfs:label", "skos:altLabel", "owl:sameAs", "kg:of", "kg:correction", "kg:correctedBy")


def part(found: list[Any], article: str, chosen: Selection) -> Iterable[ox.Quad]:
    """What of an article's graph belongs to what is chosen: facts, statements, their passages and entities, the article.

    Args:
        found: the quads of the graph.
        article: the IRI of the article.
        chosen: which facts and statements; the article is among its articles.

    Returns:
        The quads to write; none if nothing of the article is chosen.
    """
    if replace(chosen, articles=None) == EVERYTHING:
        return found
    index = rows.index(found)
    facts = [row for row in rows.fact_records(index, article) if chosen.holds(row)]
    said = [row["iri"] for row in rows.statement_records(index, article) if chosen.holds_statement(row)]
    wanted = [row["iri"] for row in facts] + said
    return _part(found, index, article, wanted, {t for row in facts for t in _direct(row)}) if wanted else ()


def _direct(row: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The direct triples of a fact, if it has any."""
    if row["status"] != "asserted" or row["source"] or not row["subject"] or not row["object"]:
        return
    relation = vocab.relations()[row["relation"]]
    ends = (row["subject"]["iri"], row["object"]["iri"])
    yield ends[0], relation.iri, ends[1]
    if relation.symmetric:
        yield ends[1], relation.iri, ends[0]


def _part(
    found: list[Any], index: rows.Index, article: str, wanted: list[str], direct: set[tuple[str, str, str]]
) -> Iterator[ox.Quad]:
    entities = {iri for node in wanted for slot in _ENDS for iri in rows.many(index, node, slot)}
    whole = {article, *wanted, *_around(index, article, wanted)}
    names = {_full(name) for name in _OF_ENTITIES}
    for quad in found:
        subject, predicate, value = quad.subject.value, quad.predicate.value, quad.object.value
        if subject in entities:
            kept = predicate in names or (subject, predicate, value) in direct
        else:
            kept = subject in whole and (predicate != term("schema:mentions").value or value in entities)
        if kept:
            yield quad


def _around(index: rows.Index, article: str, wanted: list[str]) -> Iterator[str]:
    """The passages of facts and statements, the text they stand in, and the run that made them."""
    kinds = {KG + kind for kind in KINDS}
    for node in (article, *wanted):
        for values in index[node].values():
            for value in values:
                types = {t.value for t in index.get(value.value, {}).get(term("rdf:type").value, ())}
                if types and not types & kinds and value.value not in (article, node):
                    yield value.value
                    yield from rows.many(index, value.value, "nif:referenceContext")


def _full(name: str) -> str:
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local

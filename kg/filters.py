"""What of the graphs an export holds: by article, actor, relation, status, time and confidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyoxigraph as ox

from kg import rows, vocab
from kg.iris import term
from kg.model import KINDS
from kg.vocab import KG, PREFIXES

_ENDS = ("rdf:subject", "rdf:object", "kg:content", "kg:accordingTo", "sem:hasPlace", "prov:wasAttributedTo")
_OF_ENTITIES = ("rdf:type", "rdfs:label", "skos:altLabel", "owl:sameAs", "kg:of", "kg:correction", "kg:correctedBy")


@dataclass(frozen=True, slots=True)
class Filter:
    """What to take; what is empty or None takes all.

    Attributes:
        articles: ids.
        actors: names in any case, IRIs or Wikidata ids of a subject, object, content or source; of a speaker.
        relations, statuses: names.
        begin, end: first and last day; a fact is taken if its time, else its article's day, touches them.
        confidence: the least, 0 to 1.

    Statements have no relation, status or confidence: a filter that asks for one takes none of them.
    """

    articles: frozenset[str] = frozenset()
    actors: frozenset[str] = frozenset()
    relations: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()
    begin: date | None = None
    end: date | None = None
    confidence: float = 0.0

    def may_be_in(self, article: str) -> bool:
        """Whether an article is among those to take."""
        return not self.articles or article in self.articles

    def takes_fact(self, row: Mapping[str, Any]) -> bool:
        """Whether a fact, as `Store.facts` gives it, is taken."""
        return (
            (not self.relations or row["relation"] in self.relations)
            and (not self.statuses or row["status"] in self.statuses)
            and row["confidence"] >= self.confidence
            and self._names(row["subject"], row["object"], *row["alt_objects"], row["source"])
            and self._touches(row["begin"] or row["article_date"], row["end"] or row["article_date"])
        )

    def takes_statement(self, row: Mapping[str, Any]) -> bool:
        """Whether a statement, as `Store.statements` gives it, is taken."""
        asks = bool(self.relations or self.statuses or self.confidence)
        return not asks and self._names(row["speaker_entity"]) and self._touches(row["article_date"], row["article_date"])

    def _names(self, *entities: Mapping[str, Any] | None) -> bool:
        wanted = {a.casefold() for a in self.actors}
        return not wanted or any(
            wanted & {e["iri"].casefold(), (e["wikidata"] or "").casefold(), *(n.casefold() for n in e["names"])}
            for e in entities
            if e is not None
        )

    def _touches(self, begin: str, end: str) -> bool:
        return (self.end is None or begin <= self.end.isoformat()) and (self.begin is None or end >= self.begin.isoformat())

    def quads(self, found: list[Any], article: str) -> Iterable[ox.Quad]:
        """What of an article's graph belongs to what is taken: facts, statements, their passages and entities, the article.

        Args:
            found: the quads of the graph.
            article: the IRI of the article.

        Returns:
            The quads to write; none if nothing of the article is taken.
        """
        if self == Filter(articles=self.articles):
            return found
        index = rows.index(found)
        facts = [row for row in rows.fact_records(index, article) if self.takes_fact(row)]
        said = [row["iri"] for row in rows.statement_records(index, article) if self.takes_statement(row)]
        wanted = [row["iri"] for row in facts] + said
        return _part(found, index, article, wanted, {t for row in facts for t in _direct(row)}) if wanted else ()


EVERYTHING = Filter()


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

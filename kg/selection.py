"""Which facts a network is made of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

from kg.occurrences import span
from kg.vocab import relations as ontology

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Selection:
    """The facts that count; every condition must hold, None means any.

    Attributes:
        statuses: the status is one of these; only what is asserted by default.
        attributed: whether facts count that the text attributes to a source.
        since, until: the fact's time overlaps these days (both included); a fact without time has its article's day.
        relations, event_types, quad_classes: names of the ontology.
        sources: the source to whom the claim is attributed, by name or IRI; implies `attributed`.
        places: where it happened, by name or IRI.
        actors: subject or object is one of these, by name or IRI.
        articles: the article's id matches one of these patterns ('demo-2031-0?-*').
        confidence: at least this confidence, 0 to 1.
    """

    statuses: Collection[str] = ("asserted",)
    attributed: bool = False
    since: date | None = None
    until: date | None = None
    relations: Collection[str] | None = None
    event_types: Collection[str] | None = None
    quad_classes: Collection[str] | None = None
    sources: Collection[str] | None = None
    places: Collection[str] | None = None
    actors: Collection[str] | None = None
    articles: Collection[str] | None = None
    confidence: float = 0.0

    def facts(self, rows: Iterable[Row]) -> list[Row]:
        """The rows that count, each once, in the order of their IRIs."""
        kept = {row["iri"]: row for row in rows if self.holds(row)}
        return [row for _, row in sorted(kept.items())]

    def holds(self, row: Row) -> bool:
        """Whether a fact counts."""
        return self._told(row) and self._means(row) and self._timely(row) and self._involves(row)

    def within(self, since: date, until: date) -> Selection:
        """The same, for a shorter time."""
        return replace(self, since=max(since, self.since or since), until=min(until, self.until or until))

    def _told(self, row: Row) -> bool:
        sourced = self.attributed or self.sources is not None or not row["source"]
        listed = self.articles is None or any(fnmatchcase(row["article"], pattern) for pattern in self.articles)
        return row["status"] in self.statuses and sourced and listed and row["confidence"] >= self.confidence

    def _means(self, row: Row) -> bool:
        relation = ontology().get(row["relation"])
        return (
            (self.relations is None or row["relation"] in self.relations)
            and (self.event_types is None or bool(relation and relation.event_type in self.event_types))
            and (self.quad_classes is None or (relation.quad_class if relation else "neutral") in self.quad_classes)
        )

    def _timely(self, row: Row) -> bool:
        if self.since is None and self.until is None:
            return True
        begin, end = span(row)
        return (self.until is None or begin <= self.until.isoformat()) and (self.since is None or end >= self.since.isoformat())

    def _involves(self, row: Row) -> bool:
        return (
            _named([row["source"]], self.sources)
            and _named([row["place"]], self.places)
            and _named([row["subject"], row["object"]], self.actors)
        )


def _named(entities: Iterable[Row | None], wanted: Collection[str] | None) -> bool:
    """Whether one of the entities has one of the names or IRIs."""
    if wanted is None:
        return True
    told = [e for e in entities if e]
    return any(name in wanted for e in told for name in (e["iri"], e["name"], *(e.get("names") or ())))

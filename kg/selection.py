"""Which facts and statements count: the same conditions for networks and for exports."""

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

    Entities are named by a name in any case, an IRI or a Wikidata id.

    Attributes:
        statuses: the status is one of these; only what is asserted by default.
        attributed: whether facts count that the text attributes to a source.
        since, until: the fact's time overlaps these days (both included); a fact without time has its article's day.
        relations, event_types, quad_classes: names of the ontology.
        sources: the source to whom the claim is attributed; implies `attributed`.
        places: where it happened.
        actors: one of these is subject or object.
        involved: one of these is subject, object, content or source; of a statement, the speaker.
        articles: the article's id is one of these, or matches one as a pattern ('demo-2031-0?-*').
        confidence: at least this confidence, 0 to 1.
    """

    statuses: Collection[str] | None = ("asserted",)
    attributed: bool = False
    since: date | None = None
    until: date | None = None
    relations: Collection[str] | None = None
    event_types: Collection[str] | None = None
    quad_classes: Collection[str] | None = None
    sources: Collection[str] | None = None
    places: Collection[str] | None = None
    actors: Collection[str] | None = None
    involved: Collection[str] | None = None
    articles: Collection[str] | None = None
    confidence: float = 0.0

    def facts(self, rows: Iterable[Row]) -> list[Row]:
        """The rows that count, each once, in the order of their IRIs."""
        kept = {row["iri"]: row for row in rows if self.holds(row)}
        return [row for _, row in sorted(kept.items())]

    def holds(self, row: Row) -> bool:
        """Whether a fact counts: a row of `Store.facts`."""
        return self._told(row) and self._means(row) and self._timely(row) and self._involves(row)

    def holds_statement(self, row: Row) -> bool:
        """Whether a statement counts: a row of `Store.statements`; none does if a condition is of facts only."""
        of_facts = (
            self.statuses, self.relations, self.event_types, self.quad_classes, self.sources, self.places, self.actors,
            self.confidence or None,
        )  # fmt: skip
        return (
            all(condition is None for condition in of_facts)
            and self.may_be_in(row["article"])
            and self._timely({"article_date": row["article_date"]})
            and _named([row["speaker_entity"]], self.involved)
        )

    def may_be_in(self, article: str) -> bool:
        """Whether the article of this id is among those to look at."""
        return self.articles is None or article in self.articles or any(fnmatchcase(article, p) for p in self.articles)

    def within(self, since: date, until: date) -> Selection:
        """The same, for a shorter time."""
        return replace(self, since=max(since, self.since or since), until=min(until, self.until or until))

    def _told(self, row: Row) -> bool:
        sourced = self.attributed or self.sources is not None or not row["source"]
        listed = self.statuses is None or row["status"] in self.statuses
        return listed and sourced and self.may_be_in(row["article"]) and bool(row["confidence"] >= self.confidence)

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
        ends = [row["subject"], row["object"]]
        return (
            _named([row["source"]], self.sources)
            and _named([row["place"]], self.places)
            and _named(ends, self.actors)
            and _named([*ends, *row["alt_objects"], row["source"]] if self.involved is not None else (), self.involved)
        )


EVERYTHING = Selection(statuses=None, attributed=True)


def _named(entities: Iterable[Row | None], wanted: Collection[str] | None) -> bool:
    """Whether one of the entities is called so."""
    if wanted is None:
        return True
    folded = {text.casefold() for text in wanted}
    return any(
        text.casefold() in folded
        for e in entities
        if e
        for text in (e["iri"], e["name"], e.get("wikidata") or "", *(e.get("names") or ()))
    )

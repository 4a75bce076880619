"""Extractions as JSON and back, without loss of anything that reaches the graph: the articles' own records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from kg.model import Article, Entity, Evidence, Extraction, Fact, Offsets, Statement, TimeSpan

_SLOTS = ("subject", "object", "content", "source", "place")
_PARTS = ("quote", "cue", "frame", "speaker", "addressee")


def entities_of(extraction: Extraction) -> Iterator[Entity]:
    """Every entity of an extraction, those of facts and statements too, in a fixed order, with repetitions."""
    yield from extraction.entities
    for fact in extraction.facts:
        yield from (e for slot in _SLOTS if (e := getattr(fact, slot)) is not None)
    yield from (s.speaker_entity for s in extraction.statements if s.speaker_entity is not None)


def encode(extraction: Extraction) -> dict[str, Any]:
    """An extraction as JSON: article, a table of entities, facts and statements that name entities by their place in it.

    Sentences and trace are left out: nothing stored depends on them.
    """
    table = {entity: n for n, entity in enumerate(dict.fromkeys(entities_of(extraction)))}
    return {
        "article": _article(extraction.article),
        "entities": [_entity(e) for e in table],
        "named": [table[e] for e in extraction.entities],
        "facts": [_fact(f, table) for f in extraction.facts],
        "statements": [_statement(s, table) for s in extraction.statements],
    }


def decode(data: Mapping[str, Any]) -> Extraction:
    """The extraction that `encode` was given, without sentences and trace.

    Raises:
        KeyError, TypeError, ValueError, IndexError: it is none.
    """
    article, table = _read_article(data["article"]), [_read_entity(e) for e in data["entities"]]
    facts = tuple(_read_fact(f, article, table) for f in data["facts"])
    statements = tuple(_read_statement(s, article, table) for s in data["statements"])
    return Extraction(article, tuple(table[n] for n in data["named"]), facts, statements=statements)


def _article(article: Article) -> dict[str, Any]:
    made = {
        "id": article.id,
        "date": article.date.isoformat(),
        "lang": article.lang,
        "title": article.title,
        "url": article.url,
        "path": article.path,
        "original": article.original,
    }
    plain = article.text == article.original and all(n == i for i, n in enumerate(article.offsets))
    return made if plain else {**made, "text": article.text, "offsets": _shifts(article.offsets)}


def _shifts(offsets: Sequence[int]) -> list[tuple[int, int]]:
    """Where the distance between text and original changes: (index, distance)."""
    made: list[tuple[int, int]] = []
    for i, n in enumerate(offsets):
        if not made or made[-1][1] != n - i:
            made.append((i, n - i))
    return made


def _read_article(data: Mapping[str, Any]) -> Article:
    text = data.get("text", data["original"])
    offsets: Sequence[int] = range(len(text) + 1)
    if "offsets" in data:
        shifts = [*data["offsets"], (len(text) + 1, 0)]
        offsets = [i + d for (at, d), (end, _) in pairwise(shifts) for i in range(at, end)]
    names = ("id", "lang", "title", "url", "path", "original")
    return Article(text=text, offsets=offsets, date=date.fromisoformat(data["date"]), **{n: data[n] for n in names})


def _entity(entity: Entity) -> dict[str, Any]:
    made = {"kind": entity.kind, "name": entity.name, "names": list(entity.names), "scope": entity.scope}
    return made | {k: v for k in ("wikidata", "of") if (v := getattr(entity, k)) is not None}


def _read_entity(data: Mapping[str, Any]) -> Entity:
    return Entity(data["kind"], data["name"], tuple(data["names"]), data.get("wikidata"), data["scope"], data.get("of"))


def _fact(fact: Fact, table: Mapping[Entity, int]) -> dict[str, Any]:
    ends = {slot: table[e] for slot in _SLOTS if (e := getattr(fact, slot)) is not None}
    made = {"relation": fact.relation, "status": fact.status, **ends, "span": [fact.evidence.start, fact.evidence.end]}
    made |= {"triggers": [list(t) for t in fact.evidence.triggers], "rule": fact.rule, "confidence": fact.confidence}
    return made | ({"time": _time(fact.time)} if fact.time else {})


def _time(time: TimeSpan) -> list[Any]:
    return [time.begin.isoformat(), time.end.isoformat(), time.precision, time.text, time.start, time.stop]


def _read_time(data: Sequence[Any] | None) -> TimeSpan | None:
    return TimeSpan(date.fromisoformat(data[0]), date.fromisoformat(data[1]), *data[2:]) if data else None


def _read_fact(data: Mapping[str, Any], article: Article, table: Sequence[Entity]) -> Fact:
    start, end = data["span"]
    triggers = tuple((a, b) for a, b in data["triggers"])
    ends: dict[str, Any] = {slot: table[data[slot]] if slot in data else None for slot in _SLOTS}
    return Fact(
        relation=data["relation"],
        status=data["status"],
        evidence=Evidence(article.id, start, end, article.original[start:end], triggers),
        time=_read_time(data.get("time")),
        rule=data["rule"],
        confidence=data["confidence"],
        **ends,
    )


def _statement(statement: Statement, table: Mapping[Entity, int]) -> dict[str, Any]:
    parts = {name: [list(p) for p in found] for name in _PARTS if (found := getattr(statement, name))}
    speaker = {"who": table[statement.speaker_entity]} if statement.speaker_entity is not None else {}
    return {"type": statement.type, **parts, "text": statement.text, **speaker, "rule": statement.rule}


def _read_statement(data: Mapping[str, Any], article: Article, table: Sequence[Entity]) -> Statement:
    parts: dict[str, Offsets] = {name: tuple((a, b) for a, b in data.get(name, ())) for name in _PARTS}
    who = table[data["who"]] if "who" in data else None
    return Statement(article.id, data["type"], **parts, text=data["text"], speaker_entity=who, rule=data["rule"])

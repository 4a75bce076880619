"""Reports and what they report: several articles about one event are several reports of one occurrence."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, Literal

from kg.vocab import relations as ontology

Fact = Mapping[str, Any]
Count = Literal["events", "reports"]

COUNTS: tuple[Count, ...] = ("events", "reports")
DAYS = 1  # two reports of the same relation between the same actors whose days differ by no more are about one event


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Something that happened, or a state that holds, between two entities, with all reports of it.

    Attributes:
        source, target: IRIs of subject and object; of a symmetric relation the smaller IRI comes first.
        relation: snake_case name.
        symmetric: whether it holds both ways.
        event_type: PLOVER type, None for attributes and unknown relations.
        quad_class: 'verbal cooperation' ... or 'neutral'.
        facts: the reports, in the order of their days and IRIs.
        begin, end: first and last day (ISO) that any report tells; the day of publication if it tells none.
    """

    source: str
    target: str
    relation: str
    symmetric: bool
    event_type: str | None
    quad_class: str
    facts: tuple[Fact, ...]
    begin: str
    end: str


def span(fact: Fact) -> tuple[str, str]:
    """First and last day (ISO) of a fact; the day of publication if it tells none, '0001-01-01' if that is unknown too."""
    begin = str(fact.get("begin") or fact.get("article_date") or "0001-01-01")
    first, last = _day(begin, "first"), _day(str(fact.get("end") or begin), "last")
    return first, max(first, last)


def _day(text: str, which: str) -> str:
    """A day of 'YYYY', 'YYYY-MM' or 'YYYY-MM-DD': the first or the last that it may mean."""
    if len(text) >= 10:
        return text[:10]
    year, month = int(text[:4]), int(text[5:7]) if len(text) >= 7 else (1 if which == "first" else 12)
    return date(year, month, 1 if which == "first" else monthrange(year, month)[1]).isoformat()


def when(fact: Fact) -> tuple[str, int]:
    """What must be equal, and the day (proleptic ordinal) that must be near, for two reports to be of one event.

    Months, years and longer spans are one event only if they are the same span; states hold on, whatever the day.
    """
    relation = ontology().get(fact["relation"])
    if relation and relation.state:
        return "state", 0
    begin, end = span(fact)
    return ("day", date.fromisoformat(begin).toordinal()) if begin == end else (f"{begin}/{end}", 0)


def grouped(keys: Sequence[tuple[tuple[str, ...], int]]) -> Iterator[list[int]]:
    """Positions of keys that belong together: equal keys whose days lie within `DAYS` of the first of their group."""
    order = sorted(range(len(keys)), key=lambda i: (keys[i], i))
    for _, same in groupby(order, key=lambda i: keys[i][0]):
        group: list[int] = []
        for i in same:
            if group and keys[i][1] - keys[group[0]][1] > DAYS:
                yield group
                group = []
            group.append(i)
        yield group


def occurrences(facts: Iterable[Fact], count: Count = "events") -> list[Occurrence]:
    """The occurrences that facts with subject and object report, in the order of source, target, relation and day.

    Args:
        facts: as `Store.facts` gives them, each once.
        count: 'events': reports of the same relation between the same two within a day are one occurrence; 'reports': each
            report is one.
    """
    ordered = sorted(facts, key=lambda f: (span(f), f["iri"]))
    times = [when(f) for f in ordered]
    keys = [(_key(f, time, count), day) for f, (time, day) in zip(ordered, times, strict=True)]
    made = [_occurrence([ordered[i] for i in group]) for group in grouped(keys)]
    return sorted(made, key=lambda o: (o.source, o.target, o.relation, o.begin, o.end, o.facts[0]["iri"]))


def ends(fact: Fact) -> tuple[str, str]:
    """IRIs of subject and object; of a symmetric relation the smaller one first."""
    pair = (fact["subject"]["iri"], fact["object"]["iri"])
    return (min(pair), max(pair)) if _symmetric(fact["relation"]) else pair


def _symmetric(name: str) -> bool:
    relation = ontology().get(name)
    return bool(relation and relation.symmetric)


def _key(fact: Fact, time: str, count: Count) -> tuple[str, ...]:
    return (*ends(fact), fact["relation"], time, fact["iri"] if count == "reports" else "")


def _occurrence(facts: Sequence[Fact]) -> Occurrence:
    first, spans = facts[0], [span(f) for f in facts]
    relation = ontology().get(first["relation"])
    return Occurrence(
        *ends(first),
        relation=first["relation"],
        symmetric=bool(relation and relation.symmetric),
        event_type=relation.event_type if relation else None,
        quad_class=relation.quad_class if relation else "neutral",
        facts=tuple(facts),
        begin=min(s[0] for s in spans),
        end=max(s[1] for s in spans),
    )

"""What happened when: dated facts in order, with place and evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kg.graph import distinct
from kg.occurrences import span
from kg.profile import by_time, fold, html_table

Row = Mapping[str, Any]

_EVENT_SLOTS = ("subject", "object", "alt_objects")
_ACTOR_SLOTS = ("subject", "object", "alt_objects", "source")


@dataclass(frozen=True, slots=True)
class Timeline:
    """Facts in the order of their days.

    Attributes:
        facts: rows as `Store.facts` gives them.
        undated: facts that would belong to it, but tell no time.
    """

    facts: tuple[Row, ...]
    undated: int

    def record(self) -> list[dict[str, Any]]:
        """The rows as JSON."""
        return [dict(fact) for fact in self.facts]

    def _repr_html_(self) -> str:
        return html_table(self.facts)


def timeline(
    rows: Iterable[Row],
    *,
    begin: date | None = None,
    end: date | None = None,
    events: Sequence[str] = (),
    actors: Sequence[str] = (),
    statuses: Sequence[str] = (),
    undated: bool = False,
) -> Timeline:
    """The facts whose time touches a period.

    Args:
        rows: facts as `Store.facts` gives them, in any order.
        begin, end: first and last day of the period; None: open.
        events: only facts that name one of these events or relations' event types ('Gipfel von Orsk', 'CONSULT').
        actors: only facts of all of these, as subject, object, content or source.
        statuses: only these; none: all.
        undated: take facts without a time too, on their article's day.

    Names and IRIs are compared without case and accents; part of a name is enough if it is whole words.
    """
    wanted = [f for f in distinct(rows) if not statuses or f["status"] in statuses]
    wanted = [f for f in wanted if all(_names(f, actor, _ACTOR_SLOTS) for actor in actors)]
    wanted = [f for f in wanted if not events or any(_is_event(f, event) for event in events)]
    dated = [f for f in wanted if f.get("begin") or f.get("date")]
    taken = wanted if undated else dated
    found = by_time(f for f in taken if _touches(f, begin, end))
    return Timeline(tuple(found), 0 if undated else len(wanted) - len(dated))


def _touches(fact: Row, begin: date | None, end: date | None) -> bool:
    first, last = span(fact)
    return (end is None or first <= end.isoformat()) and (begin is None or last >= begin.isoformat())


def _is_event(fact: Row, text: str) -> bool:
    from kg.vocab import relations

    relation = relations().get(fact["relation"])
    if relation and text.upper() == relation.event_type:
        return True
    return text == fact["relation"] or _names(fact, text, _EVENT_SLOTS, "Event")


def _names(fact: Row, text: str, slots: Sequence[str], kind: str | None = None) -> bool:
    """Whether one of the slots holds such an entity."""
    values = [fact[slot] for slot in slots]
    found = [e for v in values for e in (v if isinstance(v, list) else [v] if v else []) if kind in (None, e["type"])]
    words = set(fold(text).split())
    return any(text in (e["iri"], e["wikidata"]) or _called(e, words) for e in found)


def _called(entity: Row, words: set[str]) -> bool:
    return bool(words) and any(words <= set(fold(name).split()) for name in (entity["name"], *(entity.get("names") or ())))

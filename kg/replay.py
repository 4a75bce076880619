"""Corrections replayed on what an article gave: a pure function, so that every build ends in the same graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, cast

from kg.codec import entities_of
from kg.corrections import ENDS, NO_NOTES, Correction, Corrections, Note, Notes, entity_key, fact_key, say_edit
from kg.iris import clean
from kg.model import Entity, Extraction, Fact, Precision, Scope, TimeSpan

Swap = Callable[[Entity], Entity]


def replay(extraction: Extraction, corrections: Corrections) -> tuple[Extraction, Notes]:
    """The extraction as corrected, and what was corrected in it; corrections that do not fit are passed over."""
    if not corrections.items:
        return extraction, NO_NOTES
    work = _Work(extraction)
    for correction in corrections.items:
        if _DO[correction.do](work, correction):
            work.used.append(correction.id)
    return work.result()


class _Work:
    """The parts of an extraction while they are corrected."""

    def __init__(self, extraction: Extraction) -> None:
        self.extraction, self.article = extraction, extraction.article.id
        self.facts: list[tuple[Fact, tuple[Note, ...]]] = [(f, ()) for f in extraction.facts]
        self.entity_notes: dict[Entity, tuple[Note, ...]] = {}
        self.article_notes: list[Note] = []
        self.used: list[str] = []

    def result(self) -> tuple[Extraction, Notes]:
        facts: dict[Fact, tuple[Note, ...]] = {}
        for fact, notes in self.facts:
            facts[fact] = tuple(dict.fromkeys((*facts.get(fact, ()), *notes)))
        made = replace(self.extraction, facts=tuple(facts))
        return made, Notes(facts, self.entity_notes, tuple(self.article_notes), tuple(self.used))

    def matching(self, data: Mapping[str, Any]) -> list[int]:
        """Places of the facts that a correction names."""
        if data["article"] != self.article:
            return []
        evidence, key = clean(data["evidence"]), {k: _cleaned(v) for k, v in data["fact"].items() if v is not None}
        found = enumerate(self.facts)
        return [n for n, (f, _) in found if clean(f.evidence.text) == evidence and _cleaned_key(f) == key]

    def known(self, key: Mapping[str, Any]) -> list[Entity]:
        """The entities that a correction names."""
        everything = entities_of(replace(self.extraction, facts=tuple(f for f, _ in self.facts)))
        return [e for e in dict.fromkeys(everything) if _is(e, key, self.article)]

    def swap(self, old: list[Entity], new: Entity, note: Note) -> None:
        """Puts one entity in place of several, wherever they stand."""
        before = dict.fromkeys(note for e in (*old, new) for note in self.entity_notes.pop(e, ()))
        self.entity_notes[new] = (*before, note)
        self.put(lambda e: new if e in old else e)

    def put(self, swap: Swap) -> None:
        """Replaces entities in every part."""
        self.facts = [(_swapped(f, swap), notes) for f, notes in self.facts]
        statements = (replace(s, speaker_entity=swap(e)) if (e := s.speaker_entity) else s for s in self.extraction.statements)
        entities = tuple(dict.fromkeys(swap(e) for e in self.extraction.entities))
        self.extraction = replace(self.extraction, entities=entities, statements=tuple(statements))


def _swapped(fact: Fact, swap: Swap) -> Fact:
    changed: dict[str, Any] = {slot: swap(e) for slot in ENDS if (e := getattr(fact, slot)) is not None}
    return replace(fact, **changed)


def _cleaned(value: Any) -> Any:
    return clean(value) if isinstance(value, str) else value


def _cleaned_key(fact: Fact) -> dict[str, Any]:
    return {k: _cleaned(v) for k, v in fact_key(fact).items()}


def _is(entity: Entity, key: Mapping[str, Any], article: str) -> bool:
    own = entity_key(entity, article)
    if "wikidata" in key or "wikidata" in own:
        return own.get("wikidata") == key.get("wikidata")
    return all(_cleaned(own.get(k)) == key.get(k) for k in ("kind", "name", "of", "article"))


def _reject(work: _Work, correction: Correction) -> bool:
    found = set(work.matching(correction.data))
    work.facts = [f for n, f in enumerate(work.facts) if n not in found]
    work.article_notes += [correction.note()] if found else []
    return bool(found)


def _edit(work: _Work, correction: Correction) -> bool:
    found, note = work.matching(correction.data), correction.note(f"edited: {say_edit(correction.data)}")
    for n in found:
        fact, notes = work.facts[n]
        work.facts[n] = (_edited(work, fact, correction.data["to"]), (*notes, note))
    return bool(found)


def _edited(work: _Work, fact: Fact, to: Mapping[str, Any]) -> Fact:
    """The fact as a person says it is: nothing is surer."""
    changed: dict[str, Any] = {k: to[k] for k in ("relation", "status") if k in to}
    changed |= {slot: _made(work, to[slot]) if to[slot] is not None else None for slot in ENDS if slot in to}
    if "begin" in to:
        changed["time"] = _time(to) if to["begin"] else None
    return replace(fact, confidence=1.0, **changed)


def _time(to: Mapping[str, Any]) -> TimeSpan:
    begin = date.fromisoformat(to["begin"])
    end = date.fromisoformat(to.get("end") or to["begin"])
    return TimeSpan(begin, end, cast(Precision, to.get("precision", "day" if begin == end else "range")), "", 0, 0)


def _made(work: _Work, key: Mapping[str, Any]) -> Entity:
    """The entity of a key as this article has it, or a new one."""
    if known := work.known(key):
        return known[0]
    scope: Scope = "article" if key.get("article") == work.article else "global"
    return Entity(key["kind"], key["name"], (key["name"],), key.get("wikidata"), scope, key.get("of"))


def _merge(work: _Work, correction: Correction) -> bool:
    """Those of different articles become one that is the same in all."""
    source, target = correction.data["entity"], correction.data["into"]
    old, new = work.known(source), work.known(target)
    everywhere = target.get("article") is None or target.get("article") != source.get("article")
    if not old and not (new and target.get("article") and everywhere):
        return False
    into = new[0] if new else _made(work, target)
    names = tuple(dict.fromkeys((into.name, *into.names, *(n for e in (*new, *old) for n in e.names))))
    work.swap([*old, *new], replace(into, names=names, scope="global" if everywhere else into.scope), correction.note())
    return True


def _split(work: _Work, correction: Correction) -> bool:
    key = correction.data["as"]
    old = work.known(correction.data["entity"]) if correction.data["article"] == work.article else []
    for entity in old:
        names = tuple(dict.fromkeys((key["name"], *entity.names)))
        made = Entity(key["kind"], key["name"], names, key.get("wikidata"), entity.scope if "article" in key else "global")
        work.swap([entity], made, correction.note())
    return bool(old)


def _rename(work: _Work, correction: Correction) -> bool:
    name = correction.data["name"]
    return _change(work, correction, lambda e: replace(e, name=name, names=tuple(dict.fromkeys((name, *e.names)))))


def _link(work: _Work, correction: Correction) -> bool:
    return _change(work, correction, lambda e: replace(e, wikidata=correction.data.get("wikidata")))


def _change(work: _Work, correction: Correction, change: Swap) -> bool:
    old = work.known(correction.data["entity"])
    for entity in old:
        work.swap([entity], change(entity), correction.note())
    return bool(old)


_DO: Mapping[str, Callable[[_Work, Correction], bool]] = {
    "reject": _reject,
    "edit": _edit,
    "merge": _merge,
    "split": _split,
    "rename": _rename,
    "link": _link,
}

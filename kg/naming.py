"""What a person calls a fact or an entity on the command line, found in a graph, as the key that corrections use."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from kg import rdf
from kg.codec import entities_of
from kg.corrections import Corrections, entity_key, fact_key
from kg.errors import StoreError
from kg.iris import clean, term
from kg.model import KINDS, Extraction, Fact
from kg.replay import replay
from kg.rows import fact_id
from kg.vocab import KG, PREFIXES

if TYPE_CHECKING:
    from kg.store import Store

SHOWN = 8  # candidates that a message names


def find_fact(store: Store, text: str, corrections: Corrections) -> tuple[str, Fact, dict[str, Any]]:
    """The fact of an id.

    Args:
        store: where to look.
        text: its id as exports show it, the first digits of it, its IRI, or 'ARTICLE#ID'.
        corrections: those that the store holds by now.

    Returns:
        The article's id, the fact as it is now, and its key.

    Raises:
        StoreError: there is none, or several; the message names them.
    """
    iris = store.find("rdf:type", term("kg:Fact"))
    found = sorted({(q.subject.value, q.graph_name.value) for q in iris if _fits(q.subject.value, text, store.base)})
    if len(found) != 1:
        raise _none_or_many("fact", text, [_named(iri, store.base) for iri, _ in found], "ids stand in: kg export --format csv")
    iri, graph = found[0]
    article = {g: id for id, g in store.graphs()}[graph]
    extraction = _corrected(store, article, corrections)
    fact = next((f for f, name in rdf.iris(extraction, base=store.base)[0].items() if name == iri), None)
    if fact is None:
        raise StoreError(f"the graph and the record of {article!r} differ", where=str(store.path), hint="see: kg info")
    return article, fact, fact_key(fact)


def _fits(iri: str, text: str, base: str) -> bool:
    article, mark, id = text.rpartition("#")
    if iri == text or _named(iri, base) == text:
        return True
    id = id.removeprefix("fact-")
    return bool(id) and fact_id(iri).startswith(id) and (not mark or _named(iri, base).startswith(f"{article}#"))


def _named(iri: str, base: str) -> str:
    """'ARTICLE#ID'."""
    return re.sub(r"[#?]fact-", "#", iri.removeprefix(base))


def _none_or_many(what: str, text: str, found: list[str], hint: str) -> StoreError:
    if not found:
        return StoreError(f"no {what} {text!r} in the graph", hint=hint)
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return StoreError(f"{text!r} may be {len(found)} of them: {', '.join(found[:SHOWN])}{more}", hint="name one of these")


def _corrected(store: Store, article: str, corrections: Corrections) -> Extraction:
    return replay(store.records.get(article)[0], corrections)[0]


def find_entity(store: Store, text: str, corrections: Corrections) -> dict[str, Any]:
    """The key of an entity by its name, its IRI (the base may be left out) or its Wikidata id.

    Raises:
        StoreError: there is none, or several; the message names them.
    """
    found = _entities(store, text)
    if len(found) != 1:
        hint = "names stand in: kg query @actors; name one by its IRI, or as KIND:NAME"
        raise _none_or_many("entity", text, sorted(iri.removeprefix(store.base) for iri in found), hint)
    ((iri, graph),) = found.items()
    article = {g: id for id, g in store.graphs()}[graph]
    extraction = _corrected(store, article, corrections)
    for entity, name in rdf.iris(extraction, base=store.base)[1].items():
        if name == iri and entity in set(entities_of(extraction)):
            return entity_key(entity, article)
    raise StoreError(f"the graph and the record of {article!r} differ", where=str(store.path), hint="see: kg info")


def _entities(store: Store, text: str) -> dict[str, str]:
    """IRIs of the entities that a text names, with a graph that holds each: by IRI, else by label, else by other names."""
    types = store.find("rdf:type")
    kinds = {KG + kind for kind in KINDS}
    known = {q.subject.value: q.graph_name.value for q in types if q.object.value in kinds}
    kind, _, rest = text.partition(":")
    name, wanted = (rest, {KG + kind}) if kind in KINDS and rest else (text, kinds)
    right = {q.subject.value for q in types if q.object.value in wanted}
    exact = [iri for iri in (text, store.base + text) if iri in known]
    if exact:
        return {exact[0]: known[exact[0]]}
    for predicate in ("rdfs:label", "skos:altLabel"):
        if found := {q.subject.value for q in store.find(predicate) if q.object.value == clean(name)} & right:
            return {iri: known[iri] for iri in sorted(found)}
    return {}


def some_entity(store: Store, text: str, corrections: Corrections) -> dict[str, Any] | None:
    """The key of an entity of the graph, or of a new one written KIND:NAME; None for 'none'.

    Raises:
        StoreError: it is neither, or several have the name.
    """
    if text == "none":
        return None
    kind, _, name = text.partition(":")
    if kind in KINDS and name and not _entities(store, text):
        return {"kind": kind, "name": name}
    return find_entity(store, text, corrections)


def time_of(text: str) -> dict[str, str | None]:
    """What a correction says of a time: `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, `FIRST/LAST` of days, or 'none'.

    Raises:
        StoreError: it is none of these.
    """
    if text == "none":
        return {"begin": None}
    try:
        return _time(text)
    except ValueError as error:
        hint = "write it as YYYY, YYYY-MM, YYYY-MM-DD, FIRST/LAST, or none"
        raise StoreError(f"no time: {text!r}", hint=hint) from error


def _time(text: str) -> dict[str, str | None]:
    if "/" in text:
        first, _, last = text.partition("/")
        return {"begin": _day(first), "end": _day(last), "precision": "range"}
    year, month, rest = [*text.split("-"), "", ""][:3]
    if rest:
        return {"begin": _day(text), "end": _day(text), "precision": "day"}
    begin = date(int(year), int(month or 1), 1)
    after = date(begin.year + 1, 1, 1) if not month or begin.month == 12 else date(begin.year, begin.month + 1, 1)
    end = (after - timedelta(days=1)).isoformat()
    return {"begin": begin.isoformat(), "end": end, "precision": "month" if month else "year"}


def _day(text: str) -> str:
    return date.fromisoformat(text.strip()).isoformat()


def wikidata_of(text: str) -> str | None:
    """A Wikidata id from 'Q64' or its address; None for 'none'."""
    return None if text == "none" else text.removeprefix(PREFIXES["wd"]).removeprefix("https://www.wikidata.org/wiki/")

"""Graphs of articles read back: what the quads say, as the records that the rest of the package works with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kg import vocab
from kg.iris import term
from kg.vocab import KG, PREFIXES

Index = Mapping[str, Mapping[str, list[Any]]]

_PASSAGES = {"quote": "kg:quote", "cue": "kg:cue", "frame": "kg:frame", "speaker": "kg:speaker", "addressee": "kg:addressee"}


def index(found: Iterable[Any]) -> Index:
    """The objects of quads or triples by the IRIs of subject and predicate."""
    made: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for quad in found:
        made[quad.subject.value][quad.predicate.value].append(quad.object)
    return made


def one(found: Index, subject: str, predicate: str) -> str | None:
    """The value of a property that a node has once at most, by its prefixed name."""
    values = found.get(subject, {}).get(term(predicate).value)
    return str(values[0].value) if values else None


def many(found: Index, subject: str, predicate: str) -> list[str]:
    """The values of a property, sorted."""
    return sorted(str(v.value) for v in found.get(subject, {}).get(term(predicate).value, ()))


def instances(found: Index, kind: str) -> Iterator[str]:
    """The IRIs of a class, by its prefixed name."""
    type_, wanted = term("rdf:type").value, term(kind)
    return (s for s, properties in found.items() if wanted in properties.get(type_, ()))


def article_row(found: Index, iri: str) -> dict[str, Any]:
    """The article of a graph: iri, id, date, title, url, lang, path, run, version, content_hash, triples (as told), facts."""
    run = one(found, iri, "prov:wasGeneratedBy")
    return {
        "iri": iri,
        "id": one(found, iri, "dcterms:identifier"),
        "date": one(found, iri, "dcterms:issued"),
        "title": one(found, iri, "dcterms:title"),
        "url": one(found, iri, "schema:url"),
        "lang": one(found, iri, "dcterms:language"),
        "path": one(found, iri, "kg:path"),
        "run": run,
        "version": one(found, run, "kg:version") if run else None,
        "content_hash": one(found, iri, "kg:contentHash"),
        "triples": int(one(found, iri, "kg:tripleCount") or 0),
        "facts": sum(1 for _ in instances(found, "kg:Fact")),
    }


def fact_records(found: Index, article: str) -> list[dict[str, Any]]:
    """The facts of an article's graph by place in the text: the keys of `Fact.record()` and what `Store.facts` adds.

    Args:
        found: the index of the graph.
        article: the IRI of the article.

    Names come as the first, then the longer before the shorter; triggers in text order.
    """
    row = article_row(found, article)
    records = [_record(found, iri, row) for iri in instances(found, "kg:Fact")]
    return sorted(records, key=lambda r: (r["span"][0], r["iri"]))


def statement_records(found: Index, article: str) -> list[dict[str, Any]]:
    """Who said what in an article's graph, by place in the text: the keys of `Statement.record()` and more.

    Args:
        found: the index of the graph.
        article: the IRI of the article.
    """
    row = article_row(found, article)
    records = [_statement(found, iri, row) for iri in instances(found, "kg:Statement")]
    return sorted(records, key=lambda r: (r["quote"], r["iri"]))


def _record(found: Index, iri: str, article: Mapping[str, Any]) -> dict[str, Any]:
    passage = one(found, iri, "prov:wasDerivedFrom") or ""
    content = _entity(found, iri, "kg:content")
    return {
        "article": article["id"],
        "subject": _entity(found, iri, "rdf:subject"),
        "relation": vocab.relations_by_iri()[one(found, iri, "rdf:predicate") or ""].name,
        "object": _entity(found, iri, "rdf:object"),
        "alt_objects": [content] if content else [],
        "status": (one(found, iri, "kg:status") or "").removeprefix(KG),
        "source": _entity(found, iri, "kg:accordingTo"),
        "date": one(found, iri, "kg:date"),
        "begin": one(found, iri, "kg:begin"),
        "end": one(found, iri, "kg:end"),
        "precision": one(found, iri, "kg:precision"),
        "place": _entity(found, iri, "sem:hasPlace"),
        "evidence": one(found, passage, "nif:anchorOf"),
        "span": _span(found, passage),
        "triggers": sorted(_span(found, t.value) for t in found[iri].get(term("kg:trigger").value, [])),
        "rule": one(found, iri, "kg:rule") or "",
        "confidence": float(one(found, iri, "kg:confidence") or 0),
        "id": fact_id(iri),
        "corrected": _corrected(found, iri, "rdf:subject", "rdf:object", "kg:content", "kg:accordingTo", "sem:hasPlace"),
        "iri": iri,
        **_article(article),
    }


def _statement(found: Index, iri: str, article: Mapping[str, Any]) -> dict[str, Any]:
    passages = {name: sorted(_span(found, p) for p in many(found, iri, predicate)) for name, predicate in _PASSAGES.items()}
    return {
        "article": article["id"],
        "type": one(found, iri, "kg:statementType"),
        **passages,
        "text": one(found, iri, "kg:text") or "",
        "speaker_entity": _entity(found, iri, "prov:wasAttributedTo"),
        "rule": one(found, iri, "kg:statementRule") or "",
        "id": fact_id(iri),
        "corrected": _corrected(found, iri, "prov:wasAttributedTo"),
        "iri": iri,
        **_article(article),
    }


def fact_id(iri: str) -> str:
    """The short name of a fact or statement: what follows 'fact-' or 'statement-' in its IRI."""
    return iri.rpartition("-")[2]


def _article(article: Mapping[str, Any]) -> dict[str, Any]:
    return {f"article_{key}": article[key] for key in ("iri", "date", "title", "url")}


def _corrected(found: Index, iri: str, *slots: str) -> str | None:
    """What was corrected by hand in a fact or in the entities it names, joined by ' | '; None if nothing."""
    nodes = [iri, *(n for slot in slots for n in many(found, iri, slot))]
    return " | ".join(dict.fromkeys(text for node in nodes for text in many(found, node, "kg:correction"))) or None


def _span(found: Index, passage: str) -> list[int]:
    return [int(one(found, passage, name) or 0) for name in ("nif:beginIndex", "nif:endIndex")]


def _entity(found: Index, fact: str, predicate: str) -> dict[str, Any] | None:
    iri = one(found, fact, predicate)
    if iri is None:
        return None
    name = one(found, iri, "rdfs:label") or ""
    others = sorted((v.value for v in found[iri].get(term("skos:altLabel").value, [])), key=lambda n: (-len(n), n))
    item = one(found, iri, "owl:sameAs")
    return {
        "name": name,
        "names": [name, *others],
        "type": (one(found, iri, "rdf:type") or "").removeprefix(KG),
        "wikidata": item.removeprefix(PREFIXES["wd"]) if item else None,
        "iri": iri,
    }

"""Extractions as RDF and back: quads of an article's graph, and the records that they hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pyoxigraph as ox

from kg import vocab
from kg.errors import StoreError
from kg.iris import article_iri, clean, day, decimal, digest, entity_iri, literal, node, passage_iri, run_iri, term
from kg.model import STATUSES, Article, Entity, Extraction, Fact
from kg.vocab import BASE, KG, PREFIXES

Term = ox.NamedNode | ox.Literal
Index = Mapping[str, Mapping[str, list[Any]]]

_DATES = {4: "xsd:gYear", 7: "xsd:gYearMonth", 10: "xsd:date"}
_SLOTS = ("subject", "object", "content", "source", "place")


# Extraction -> quads


def quads(extraction: Extraction, version: str, *, base: str = BASE) -> list[ox.Quad]:
    """All that an article gave, as the quads of its graph, sorted and without repetition.

    Args:
        extraction: the article with its entities and facts.
        version: versions of program, model and lexicon.
        base: what the IRIs of the data start with.

    Raises:
        StoreError: something in it cannot stand in RDF (see the gate), or evidence does not stand where it says.
    """
    writer = _Writer(extraction, base)
    writer.write_article(extraction.article, version)
    for fact in _distinct(extraction.facts):
        writer.write_fact(fact)
    return writer.finish()


def _distinct(facts: Iterable[Fact]) -> Iterator[Fact]:
    """Facts that differ in more than rule and confidence; of the others the surest."""
    best: dict[Fact, Fact] = {}
    for fact in facts:
        key = replace(fact, rule="", confidence=0.0, evidence=replace(fact.evidence, triggers=()))
        if key not in best or fact.confidence > best[key].confidence:
            best[key] = fact
    return iter(best.values())


def entities_of(extraction: Extraction) -> Iterator[Entity]:
    """Every entity of an extraction, those of facts too, in a fixed order, with repetitions."""
    yield from extraction.entities
    for fact in extraction.facts:
        yield from (e for slot in _SLOTS if (e := getattr(fact, slot)) is not None)


class _Writer:
    """Collects the triples of one article."""

    def __init__(self, extraction: Extraction, base: str) -> None:
        self.article, self.base = extraction.article, base
        self.graph = node(article_iri(self.article.id, base))
        self.triples: dict[tuple[ox.NamedNode, ox.NamedNode, Term], None] = {}
        self.nodes: dict[Entity, ox.NamedNode] = {}
        self._mint(entities_of(extraction))

    def add(self, subject: ox.NamedNode, predicate: str, *objects: Term | None) -> None:
        self.triples.update({(subject, term(predicate), o): None for o in objects if o is not None})

    def _mint(self, entities: Iterable[Entity]) -> None:
        """One node for equal entities, and for those that share a global IRI; homonyms within the article are counted."""
        owners: dict[str, Entity] = {}
        for entity in entities:
            if entity in self.nodes:
                continue
            iri = entity_iri(entity, self.article.id, self.base)
            if iri in owners and iri.startswith(f"{self.graph.value}/"):
                iri = next(i for n in range(2, len(owners) + 3) if (i := f"{iri}~{n}") not in owners)
            first = owners.setdefault(iri, entity)
            self.nodes[entity] = node(iri)
            self._write_entity(self.nodes[entity], first, entity)

    def _write_entity(self, subject: ox.NamedNode, first: Entity, entity: Entity) -> None:
        names = [*entity.names, entity.name] if entity is not first else list(entity.names)
        self.add(subject, "rdf:type", ox.NamedNode(KG + first.kind))
        self.add(subject, "rdfs:label", self._words(first.name))
        self.add(subject, "skos:altLabel", *(self._words(n) for n in names if n and clean(n) != clean(first.name)))
        self.add(subject, "owl:sameAs", ox.NamedNode(PREFIXES["wd"] + entity.wikidata) if entity.wikidata else None)
        self.add(subject, "kg:of", literal(first.of) if first.of else None)
        self.add(self.graph, "schema:mentions", subject)

    def _words(self, text: str) -> ox.Literal:
        return literal(text, lang=self.article.lang)

    def write_article(self, article: Article, version: str) -> None:
        self.add(self.graph, "rdf:type", term("schema:NewsArticle"))
        self.add(self.graph, "dcterms:identifier", literal(article.id))
        self.add(self.graph, "dcterms:issued", day(article.date))
        self.add(self.graph, "dcterms:language", literal(article.lang.lower()))
        self.add(self.graph, "dcterms:title", self._words(article.title) if article.title else None)
        self.add(self.graph, "schema:url", literal(article.url, datatype="xsd:anyURI") if article.url else None)
        self.add(self.graph, "kg:path", literal(article.path) if article.path else None)
        self.add(self.graph, "kg:contentHash", literal(article.content_hash))
        run, context = node(run_iri(version, self.base)), self._context
        self.add(self.graph, "prov:wasGeneratedBy", run)
        self.add(run, "rdf:type", term("prov:Activity"))
        self.add(run, "kg:version", literal(version))
        self.add(context, "rdf:type", term("nif:Context"))
        self.add(context, "nif:isString", literal(article.original))

    @property
    def _context(self) -> ox.NamedNode:
        return node(passage_iri(self.graph.value, 0, None))

    def write_fact(self, fact: Fact) -> None:
        relation = vocab.relations().get(fact.relation)
        if relation is None or fact.status not in STATUSES:
            raise StoreError(f"unknown relation or status: {fact.relation!r}, {fact.status!r}", where=self.article.id)
        ends = {slot: self.nodes[e] if (e := getattr(fact, slot)) is not None else None for slot in _SLOTS}
        subject = self._fact_node(fact, ends)
        self.add(subject, "rdf:type", term("kg:Fact"), term("sem:Event") if relation.event_type else None)
        self.add(subject, "rdf:predicate", ox.NamedNode(relation.iri))
        self.add(subject, "rdf:subject", ends["subject"])
        self.add(subject, "rdf:object", ends["object"])
        self.add(subject, "kg:content", ends["content"])
        self.add(subject, "kg:accordingTo", ends["source"])
        self.add(subject, "sem:hasPlace", ends["place"])
        self.add(subject, "kg:status", ox.NamedNode(KG + fact.status))
        self.add(subject, "kg:confidence", decimal(fact.confidence))
        self.add(subject, "kg:rule", literal(fact.rule) if fact.rule else None)
        self.add(subject, "prov:hadPrimarySource", self.graph)
        self._write_time(subject, fact)
        self._write_evidence(subject, fact)
        self._write_direct(fact, relation, ends)

    def _fact_node(self, fact: Fact, ends: Mapping[str, ox.NamedNode | None]) -> ox.NamedNode:
        """Named by a hash of what the fact says and where, whatever rule made it."""
        time = (fact.time.begin, fact.time.end, fact.time.precision) if fact.time else ()
        local = [n.value.removeprefix(self.base) if n else "" for n in ends.values()]
        key = "\n".join(map(str, (*local, fact.relation, fact.status, *time, fact.evidence.start, fact.evidence.end)))
        mark = "?" if "#" in self.graph.value else "#"
        return node(f"{self.graph.value}{mark}fact-{digest(key, 16)}")

    def _write_time(self, subject: ox.NamedNode, fact: Fact) -> None:
        if fact.time is None:
            return
        iso = fact.time.iso
        self.add(subject, "kg:date", literal(iso, datatype=_DATES[len(iso)]) if iso else None)
        self.add(subject, "kg:begin", day(fact.time.begin))
        self.add(subject, "kg:end", day(fact.time.end))
        self.add(subject, "kg:precision", literal(fact.time.precision))
        self.add(subject, "kg:timeText", literal(fact.time.text) if fact.time.text else None)

    def _write_evidence(self, subject: ox.NamedNode, fact: Fact) -> None:
        found = fact.evidence
        if found.article != self.article.id or self.article.original[found.start : found.end] != found.text:
            raise StoreError(
                f"evidence of {fact.relation} does not stand at {found.start},{found.end}",
                where=self.article.id,
                hint="please report it with the article",
            )
        passage = self._passage(found.start, found.end)
        self.add(passage, "rdf:type", term("kg:Evidence"))
        self.add(subject, "prov:wasDerivedFrom", passage)
        self.add(subject, "kg:trigger", *(self._passage(*span) for span in found.triggers))

    def _passage(self, start: int, end: int) -> ox.NamedNode:
        passage = node(passage_iri(self.graph.value, start, end))
        self.add(passage, "rdf:type", term("nif:OffsetBasedString"))
        self.add(passage, "nif:beginIndex", ox.Literal(start))
        self.add(passage, "nif:endIndex", ox.Literal(end))
        self.add(passage, "nif:anchorOf", literal(self.article.original[start:end]))
        self.add(passage, "nif:referenceContext", self._context)
        return passage

    def _write_direct(self, fact: Fact, relation: vocab.Relation, ends: Mapping[str, ox.NamedNode | None]) -> None:
        """The triple that the easy query finds: only what the article itself asserts."""
        subject, object_ = ends["subject"], ends["object"]
        if fact.status != "asserted" or fact.source is not None or subject is None or object_ is None:
            return
        predicate = ox.NamedNode(relation.iri)
        self.triples[subject, predicate, object_] = None
        if relation.symmetric:
            self.triples[object_, predicate, subject] = None

    def finish(self) -> list[ox.Quad]:
        self.add(self.graph, "kg:tripleCount", ox.Literal(len(self.triples) + 1))
        ordered = sorted(self.triples, key=lambda t: (t[0].value, t[1].value, str(t[2])))
        return [ox.Quad(*triple, self.graph) for triple in ordered]


# Quads -> records


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


def article_row(found: Index, iri: str) -> dict[str, Any]:
    """The article of a graph: iri, id, date, title, url, lang, path, version, content_hash, triples (as told), facts."""
    run = one(found, iri, "prov:wasGeneratedBy")
    return {
        "iri": iri,
        "id": one(found, iri, "dcterms:identifier"),
        "date": one(found, iri, "dcterms:issued"),
        "title": one(found, iri, "dcterms:title"),
        "url": one(found, iri, "schema:url"),
        "lang": one(found, iri, "dcterms:language"),
        "path": one(found, iri, "kg:path"),
        "version": one(found, run, "kg:version") if run else None,
        "content_hash": one(found, iri, "kg:contentHash"),
        "triples": int(one(found, iri, "kg:tripleCount") or 0),
        "facts": sum(1 for _ in _facts(found)),
    }


def fact_records(found: Index, article: str) -> list[dict[str, Any]]:
    """The facts of an article's graph by place in the text: the keys of `Fact.record()` and what `Store.facts` adds.

    Args:
        found: the index of the graph.
        article: the IRI of the article.

    Names come as the first, then the longer before the shorter; triggers in text order.
    """
    row = article_row(found, article)
    records = [_record(found, iri, row) for iri in _facts(found)]
    return sorted(records, key=lambda r: (r["span"][0], r["iri"]))


def _facts(found: Index) -> Iterator[str]:
    kind, fact = term("rdf:type").value, term("kg:Fact")
    return (s for s, properties in found.items() if fact in properties.get(kind, ()))


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
        "iri": iri,
        "article_iri": article["iri"],
        "article_date": article["date"],
        "article_title": article["title"],
        "article_url": article["url"],
    }


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

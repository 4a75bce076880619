"""Extractions as RDF: the quads of an article's graph. What they say is read back by `rows`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import pyoxigraph as ox

from kg import vocab
from kg.codec import entities_of
from kg.corrections import NO_NOTES, Note, Notes
from kg.errors import StoreError
from kg.iris import article_iri, clean, day, decimal, digest, entity_iri, literal, node, passage_iri, run_iri, term
from kg.model import STATUSES, Article, Entity, Extraction, Fact, Offsets, Statement
from kg.vocab import BASE, KG, PREFIXES

Term = ox.NamedNode | ox.Literal

_DATES = {4: "xsd:gYear", 7: "xsd:gYearMonth", 10: "xsd:date"}
_NUMBERS = frozenset(map(term, ("kg:checksum", "kg:tripleCount", "kg:revision")))
_SLOTS = ("subject", "object", "content", "source", "place")


# Extraction -> quads


def quads(
    extraction: Extraction, version: str, *, base: str = BASE, notes: Notes = NO_NOTES, revision: int | None = None
) -> list[ox.Quad]:
    """All that an article gave, as the quads of its graph, sorted and without repetition.

    Args:
        extraction: the article with its entities and facts.
        version: versions of program, model and lexicon.
        base: what the IRIs of the data start with.
        notes: what was corrected by hand in it.
        revision: the number of the change that wrote it, for the store's own use.

    Raises:
        StoreError: something in it cannot stand in RDF (see the gate), or evidence does not stand where it says.
    """
    writer = _Writer(extraction, base, notes)
    writer.write_article(extraction.article, version)
    for fact in _distinct(extraction.facts):
        writer.write_fact(fact)
    for statement in dict.fromkeys(extraction.statements):
        writer.write_statement(statement)
    return writer.finish(revision)


def iris(extraction: Extraction, *, base: str = BASE) -> tuple[dict[Fact, str], dict[Entity, str]]:
    """The IRIs of the facts and of the entities of an extraction."""
    writer = _Writer(extraction, base, NO_NOTES)
    return {f: writer.fact_node(f).value for f in extraction.facts}, {e: n.value for e, n in writer.nodes.items()}


def checksum(found: Iterable[ox.Quad]) -> str:
    """SHA-256 (hex) of a graph in any order, without what counts and numbers it."""
    lines = sorted(f"{q.subject} {q.predicate} {q.object} ." for q in found if q.predicate not in _NUMBERS)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _distinct(facts: Iterable[Fact]) -> Iterator[Fact]:
    """Facts that differ in more than rule and confidence; of the others the surest."""
    best: dict[Fact, Fact] = {}
    for fact in facts:
        key = replace(fact, rule="", confidence=0.0, evidence=replace(fact.evidence, triggers=()))
        if key not in best or fact.confidence > best[key].confidence:
            best[key] = fact
    return iter(best.values())


class _Writer:
    """Collects the triples of one article."""

    def __init__(self, extraction: Extraction, base: str, notes: Notes) -> None:
        self.article, self.base, self.notes = extraction.article, base, notes
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
        self._write_notes(subject, self.notes.entities.get(entity, ()))

    def _write_notes(self, subject: ox.NamedNode, notes: Iterable[Note]) -> None:
        for note in notes:
            self.add(subject, "kg:correction", literal(note.text))
            self.add(subject, "kg:correctedBy", literal(note.by) if note.by else None)

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
        self.add(self.graph, "kg:replayed", *map(literal, self.notes.used))
        self._write_notes(self.graph, self.notes.article)
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
        ends, subject = self._ends(fact), self.fact_node(fact)
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
        self._write_notes(subject, self.notes.facts.get(fact, ()))
        self._write_time(subject, fact)
        self._write_evidence(subject, fact)
        self._write_direct(fact, relation, ends)

    def _ends(self, fact: Fact) -> dict[str, ox.NamedNode | None]:
        return {slot: self.nodes[e] if (e := getattr(fact, slot)) is not None else None for slot in _SLOTS}

    def fact_node(self, fact: Fact) -> ox.NamedNode:
        """Named by a hash of what the fact says and where, whatever rule made it."""
        time = (fact.time.begin, fact.time.end, fact.time.precision) if fact.time else ()
        local = [n.value.removeprefix(self.base) if n else "" for n in self._ends(fact).values()]
        return self._hashed("fact", (*local, fact.relation, fact.status, *time, fact.evidence.start, fact.evidence.end))

    def _hashed(self, what: str, parts: Iterable[object]) -> ox.NamedNode:
        mark = "?" if "#" in self.graph.value else "#"
        return node(f"{self.graph.value}{mark}{what}-{digest(chr(10).join(map(str, parts)), 16)}")

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

    def write_statement(self, statement: Statement) -> None:
        """Something said: its words, who says it, and the passage that tells so."""
        speaker = self.nodes[statement.speaker_entity] if statement.speaker_entity is not None else None
        start, end = self._extent(statement)
        who = speaker.value.removeprefix(self.base) if speaker else ""
        subject = self._hashed("statement", (statement.type, statement.quote, statement.cue, who, start, end))
        if (subject, term("rdf:type"), term("kg:Statement")) in self.triples:
            return  # the same, found by another rule
        self.add(subject, "rdf:type", term("kg:Statement"), term("kg:Quotation") if statement.type == "direct" else None)
        self.add(subject, "kg:statementType", literal(statement.type))
        self.add(subject, "kg:text", literal(statement.text))
        self.add(subject, "prov:wasAttributedTo", speaker)
        self.add(subject, "prov:hadPrimarySource", self.graph)
        self.add(subject, "kg:statementRule", literal(statement.rule) if statement.rule else None)
        for name in ("quote", "cue", "frame", "speaker", "addressee"):
            self.add(subject, f"kg:{name}", *(self._passage(*span) for span in getattr(statement, name)))
        passage = self._passage(start, end)
        self.add(passage, "rdf:type", term("kg:Evidence"))
        self.add(subject, "prov:wasDerivedFrom", passage)

    def _extent(self, statement: Statement) -> tuple[int, int]:
        """From the first to the last word that belongs to a statement."""
        spans: Offsets = (*statement.quote, *statement.cue, *statement.frame, *statement.speaker, *statement.addressee)
        ends = [n for span in spans for n in span]
        if statement.article != self.article.id or not ends or min(ends) < 0 or max(ends) > len(self.article.original):
            what, hint = "a statement does not stand in its article", "please report it with the article"
            raise StoreError(what, where=self.article.id, hint=hint)
        return min(ends), max(ends)

    def _write_direct(self, fact: Fact, relation: vocab.Relation, ends: Mapping[str, ox.NamedNode | None]) -> None:
        """The triple that the easy query finds: only what the article itself asserts."""
        subject, object_ = ends["subject"], ends["object"]
        if fact.status != "asserted" or fact.source is not None or subject is None or object_ is None:
            return
        predicate = ox.NamedNode(relation.iri)
        self.triples[subject, predicate, object_] = None
        if relation.symmetric:
            self.triples[object_, predicate, subject] = None

    def finish(self, revision: int | None) -> list[ox.Quad]:
        made = [ox.Quad(*triple, self.graph) for triple in self.triples]
        more = {"kg:checksum": ox.Literal(checksum(made)), "kg:tripleCount": ox.Literal(len(made) + 2 + (revision is not None))}
        if revision is not None:
            more["kg:revision"] = ox.Literal(revision)
        made += [ox.Quad(self.graph, term(name), value, self.graph) for name, value in more.items()]
        return sorted(made, key=lambda q: (str(q.subject), q.predicate.value, str(q.object)))

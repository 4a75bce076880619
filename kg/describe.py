"""What the dataset is, for catalogues: VoID and DCAT, made from the graph alone, so that equal graphs are described alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from kg import export, rows
from kg.iris import day, literal, node, term
from kg.union import UNION
from kg.vocab import KG, PREFIXES

if TYPE_CHECKING:
    from kg.store import Store

VOID, DCAT, TYPES = "http://rdfs.org/ns/void#", "http://www.w3.org/ns/dcat#", "https://www.iana.org/assignments/media-types/"
_PREFIXES = {**PREFIXES, "void": VOID, "dcat": DCAT}
_ONTOLOGY = KG.removesuffix("#")
_FILES = (("graph.ttl", "text/turtle"), ("centrality.csv", "text/csv"), ("graph.html", "text/html"))
_INTERNAL = {ox.NamedNode(iri) for iri in export.INTERNAL}

Triples = Iterator[tuple[ox.NamedNode, ox.NamedNode, Any]]


def describe(store: Store, title: str = "Wissensgraph politischer Akteure und Ereignisse") -> str:
    """The description as Turtle.

    Args:
        store: what is described; statistics count the union of its graphs, as `graph.ttl` holds it.
        title: its title in German.
    """
    triples = [q.triple for q in store.database.quads_for_pattern(None, None, None, UNION) if q.predicate not in _INTERNAL]
    articles = store.articles()
    dataset = node(f"{store.base}dataset" if store.base.endswith("/") else f"{store.base}_dataset")
    made = [*_head(dataset, articles, store.base, title), *_statistics(dataset, triples), *_distributions(dataset)]
    found = [ox.Triple(*t) for t in dict.fromkeys(made)]
    return export.turtle(found, base=store.base, prefixes=_PREFIXES)


def _void(name: str) -> ox.NamedNode:
    return ox.NamedNode(VOID + name)


def _dcat(name: str) -> ox.NamedNode:
    return ox.NamedNode(DCAT + name)


def _head(dataset: ox.NamedNode, articles: list[dict[str, Any]], base: str, title: str) -> Triples:
    yield dataset, term("rdf:type"), _void("Dataset")
    yield dataset, term("rdf:type"), _dcat("Dataset")
    yield dataset, term("rdf:type"), term("prov:Entity")
    yield dataset, term("dcterms:title"), literal(title, lang="de")
    yield dataset, term("dcterms:conformsTo"), node(_ONTOLOGY)
    yield dataset, _void("uriSpace"), literal(base)
    yield dataset, _void("dataDump"), node(f"{base}graph.ttl")
    for name in ("kg", "nif", "prov", "schema", "sem", "skos", "dcterms"):
        yield dataset, _void("vocabulary"), node(PREFIXES[name])
    for lang in sorted({row["lang"] for row in articles if row["lang"]}):
        yield dataset, term("dcterms:language"), literal(lang)
    for iri in sorted({row["run"] for row in articles if row["run"]}):
        yield dataset, term("prov:wasGeneratedBy"), node(iri)
    yield from _period(dataset, [row["date"] for row in articles if row["date"]])


def _period(dataset: ox.NamedNode, days: list[str]) -> Triples:
    """From the day of the first article to that of the last."""
    from datetime import date

    if days:
        period = node(f"{dataset.value}#period" if "#" not in dataset.value else f"{dataset.value}-period")
        yield dataset, term("dcterms:temporal"), period
        yield period, term("rdf:type"), term("dcterms:PeriodOfTime")
        yield period, _dcat("startDate"), day(date.fromisoformat(min(days)))
        yield period, _dcat("endDate"), day(date.fromisoformat(max(days)))


def _statistics(dataset: ox.NamedNode, triples: Iterable[ox.Triple]) -> Triples:
    index = rows.index(triples)
    classes = Counter(t.value for p in index.values() for t in p.get(term("rdf:type").value, ()))
    uses = Counter(name for p in index.values() for name, values in p.items() for _ in values)
    objects = {v for p in index.values() for values in p.values() for v in values}
    numbers = {"triples": sum(uses.values()), "distinctSubjects": len(index), "distinctObjects": len(objects)}
    numbers |= {"entities": len(index), "properties": len(uses), "classes": len(classes)}
    for name, number in numbers.items():
        yield dataset, _void(name), ox.Literal(number)
    for kind, counts, of, size in (("class", classes, "class", "entities"), ("property", uses, "property", "triples")):
        for iri, number in counts.items():
            part = node(f"{dataset.value}{'-' if '#' in dataset.value else '#'}{kind}-{_local(iri)}")
            yield dataset, _void(f"{kind}Partition"), part
            yield part, _void(of), node(iri)
            yield part, _void(size), ox.Literal(number)


def _local(iri: str) -> str:
    """A readable name that is unique among the vocabularies used."""
    for name, start in sorted(PREFIXES.items(), key=lambda item: -len(item[1])):
        if iri.startswith(start):
            return f"{name}-{iri.removeprefix(start)}"
    return rows.fact_id(iri)


def _distributions(dataset: ox.NamedNode) -> Triples:
    for name, media in _FILES:
        file = node(f"{dataset.value.removesuffix('dataset').removesuffix('_')}{name}")
        yield dataset, _dcat("distribution"), file
        yield file, term("rdf:type"), _dcat("Distribution")
        yield file, term("dcterms:title"), literal(name)
        yield file, _dcat("mediaType"), node(TYPES + media)

"""The ontology as Python: namespaces, kinds and relations, read from `ontologies/polgraph.ttl`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import pyoxigraph as ox

from kg.errors import LexiconError
from kg.resources import ontologies

KG = "https://w3id.org/polgraph/ontology#"
BASE = "https://w3id.org/polgraph/id/"

PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        "kg": KG,
        "dcterms": "http://purl.org/dc/terms/",
        "grasp": "http://groundedannotationframework.org/grasp#",
        "nif": "http://persistence.uni-leipzig.org/nlp2rdf/ontologies/nif-core#",
        "org": "http://www.w3.org/ns/org#",
        "owl": "http://www.w3.org/2002/07/owl#",
        "prov": "http://www.w3.org/ns/prov#",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "schema": "https://schema.org/",
        "sem": "http://semanticweb.cs.vu.nl/2009/11/sem/",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "wd": "http://www.wikidata.org/entity/",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
    }
)

Properties = Mapping[str, list[ox.Literal | ox.NamedNode]]


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation that facts can state.

    Attributes:
        name: snake_case, as lexicons, command line and JSON write it.
        iri: its property in RDF.
        domain: kinds that the subject may have.
        range: kinds that the object may have; empty if there is no object (`dies`).
        symmetric: one fact stands for both directions.
        state: it holds for some time, so that it can be over.
        event_type: PLOVER event type ('CONSULT'), None for attributes.
        quad_class: 'verbal cooperation', 'material cooperation', 'verbal conflict', 'material conflict' or 'neutral'.
        label_de, label_en: for people.
    """

    name: str
    iri: str
    domain: frozenset[str]
    range: frozenset[str]
    symmetric: bool
    state: bool
    event_type: str | None
    quad_class: str
    label_de: str
    label_en: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of entities: name ('Person'), class in RDF, labels for people."""

    name: str
    iri: str
    label_de: str
    label_en: str


def term(name: str) -> ox.NamedNode:
    """The node of a prefixed name ('kg:Fact')."""
    prefix, _, local = name.partition(":")
    return ox.NamedNode(PREFIXES[prefix] + local)


@cache
def relations() -> Mapping[str, Relation]:
    """The relations by name, in the order of their names.

    Raises:
        LexiconError: the ontology is malformed.
    """
    found = [_relation(node) for node in _instances("kg:Relation")]
    return MappingProxyType({r.name: r for r in sorted(found, key=lambda r: r.name)})


@cache
def kinds() -> Mapping[str, Kind]:
    """The kinds of entities by name, in the order of their names.

    Raises:
        LexiconError: the ontology is malformed.
    """
    found = [Kind(_text(node, "kg:name"), node, *_labels(node)) for node in _instances("kg:Kind")]
    return MappingProxyType({k.name: k for k in sorted(found, key=lambda k: k.name)})


@cache
def relations_by_iri() -> Mapping[str, Relation]:
    """The relations by the IRI of their property."""
    return MappingProxyType({r.iri: r for r in relations().values()})


@cache
def _ontology() -> Mapping[str, Properties]:
    path = ontologies() / "polgraph.ttl"
    nodes: dict[str, dict[str, list[ox.Literal | ox.NamedNode]]] = defaultdict(lambda: defaultdict(list))
    try:
        for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE):
            if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.Literal | ox.NamedNode):
                nodes[quad.subject.value][quad.predicate.value].append(quad.object)
    except (SyntaxError, OSError) as error:
        raise LexiconError(f"cannot be read: {error}", where=str(path), hint="repair the Turtle") from error
    return nodes


def _instances(kind: str) -> list[str]:
    return [node for node, properties in _ontology().items() if term(kind) in properties.get(term("rdf:type").value, ())]


def _values(node: str, name: str) -> list[ox.Literal | ox.NamedNode]:
    return _ontology()[node].get(term(name).value, [])


def _text(node: str, name: str) -> str:
    values = _values(node, name)
    if len(values) != 1:
        raise LexiconError(f"needs exactly one {name}", where=f"polgraph.ttl: {node}", hint="see the other blocks of its kind")
    return values[0].value


def _optional(node: str, name: str) -> str | None:
    return _text(node, name) if _values(node, name) else None


def _labels(node: str) -> tuple[str, str]:
    labels = {v.language: v.value for v in _values(node, "rdfs:label") if isinstance(v, ox.Literal)}
    if not {"de", "en"} <= labels.keys():
        raise LexiconError("needs an rdfs:label in @de and in @en", where=f"polgraph.ttl: {node}")
    return labels["de"], labels["en"]


def _kinds(node: str, name: str) -> frozenset[str]:
    names = {kind.iri: kind.name for kind in kinds().values()}
    for value in _values(node, name):
        if value.value not in names:
            raise LexiconError(f"{name} {value.value} is no kind", where=f"polgraph.ttl: {node}", hint=", ".join(kinds()))
    return frozenset(names[value.value] for value in _values(node, name))


def _relation(node: str) -> Relation:
    return Relation(
        name=_text(node, "kg:name"),
        iri=node,
        domain=_kinds(node, "kg:domainKind"),
        range=_kinds(node, "kg:rangeKind"),
        symmetric=_optional(node, "kg:symmetric") == "true",
        state=_optional(node, "kg:state") == "true",
        event_type=_optional(node, "kg:eventType"),
        quad_class=_text(_text(node, "kg:quadClass"), "kg:name"),
        label_de=_labels(node)[0],
        label_en=_labels(node)[1],
    )

"""The graph of facts: which actors act on which, one edge a fact. `projections` makes networks of it for analysis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import networkx as nx

from kg.occurrences import Count, grouped, when
from kg.vocab import relations as ontology

Row = Mapping[str, Any]

ACTOR_KINDS: tuple[str, ...] = ("Person", "Organization", "Place", "Group")


def actor_graph(
    rows: Iterable[Row],
    *,
    statuses: Collection[str] = ("asserted",),
    attributed: bool = False,
    relations: Collection[str] | None = None,
    kinds: Collection[str] = ACTOR_KINDS,
) -> nx.MultiDiGraph:
    """The network of those who act: one edge a fact, from its subject to its object.

    Args:
        rows: facts as `Store.facts` gives them, in any order.
        statuses: which statuses count.
        attributed: whether facts that only a source claims count too.
        relations: which relations count; None: all.
        kinds: which kinds of entities are nodes; with 'Event' those who attend are linked to what they attend.

    Returns:
        Nodes are IRIs with `name`, `kind`, `wikidata`; edges have the fact's IRI as key and `relation`, `event_type`,
        `quad_class`, `symmetric`, `status`, `source` (IRI or None), `date`, `confidence`, `article`. A symmetric relation is one
        edge with `symmetric=True`. Entities that no fact links to another one are left out, and so are facts about oneself.
        Nodes and edges are in the order of their IRIs, whatever the order of `rows`.
    """
    facts = [f for f in distinct(rows) if f["status"] in statuses and (attributed or not f["source"])]
    facts = [f for f in facts if (relations is None or f["relation"] in relations) and links_actors(f, kinds)]
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(sorted(entities(facts, ("subject", "object")).items()))
    graph.add_edges_from((f["subject"]["iri"], f["object"]["iri"], f["iri"], _edge(f)) for f in facts)
    return graph


def weighted(graph: nx.MultiDiGraph, count: Count = "events") -> nx.DiGraph:
    """Parallel edges as one: how strongly two actors are linked.

    Args:
        graph: as `actor_graph` gives it.
        count: 'events': reports of the same relation within a day count once; 'reports': each fact counts.

    Returns:
        A graph of the same nodes whose edges have `weight`, how often (a strength: more is closer), and `distance`, 1 / weight
        (for shortest paths: less is closer). What is symmetric weighs one in both directions.
    """
    weights = Counter(pair for source, target, both in _ties(graph, count) for pair in _pairs(source, target, both))
    return _from_weights(nx.DiGraph(), graph, weights)


def undirected(graph: nx.MultiDiGraph, count: Count = "events") -> nx.Graph:
    """Like `weighted`, with both directions taken together; what is symmetric weighs one."""
    weights = Counter((min(a, b), max(a, b)) for a, b, _ in _ties(graph, count))
    return _from_weights(nx.Graph(), graph, weights)


def distinct(rows: Iterable[Row]) -> list[Row]:
    """The facts in the order of their IRIs, each once."""
    return [row for _, row in sorted({row["iri"]: row for row in rows}.items())]


def entities(facts: Iterable[Row], slots: Collection[str]) -> dict[str, dict[str, Any]]:
    """What stands in these slots of the facts: IRI -> `name`, `kind`, `wikidata`, `names`.

    The name is the one that most facts use; the longest, then the first in the alphabet, if several do.
    """
    found: dict[str, list[Row]] = {}
    for entity in (e for fact in facts for slot in slots for e in _fillers(fact, slot)):
        found.setdefault(entity["iri"], []).append(entity)
    return {iri: _entity(mentions) for iri, mentions in found.items()}


def _fillers(fact: Row, slot: str) -> Iterator[Row]:
    value = fact[slot]
    yield from value if isinstance(value, list) else [value] if value else []


def _entity(mentions: list[Row]) -> dict[str, Any]:
    counts = Counter(m["name"] for m in mentions)
    names = sorted({name for m in mentions for name in [m["name"], *(m.get("names") or ())]}, key=lambda n: (-len(n), n))
    return {
        "name": min(counts, key=lambda name: (-counts[name], -len(name), name)),
        "kind": min(m["type"] for m in mentions),
        "wikidata": min((m["wikidata"] for m in mentions if m.get("wikidata")), default=None),
        "names": tuple(names),
    }


def links_actors(fact: Row, kinds: Collection[str]) -> bool:
    """Whether a fact ties two different entities of these kinds."""
    subject, target = fact["subject"], fact["object"]
    return bool(subject and target) and {subject["type"], target["type"]} <= set(kinds) and subject["iri"] != target["iri"]


def _edge(fact: Row) -> dict[str, Any]:
    relation = ontology().get(fact["relation"])
    return {
        "relation": fact["relation"],
        "event_type": relation.event_type if relation else None,
        "quad_class": relation.quad_class if relation else "neutral",
        "symmetric": bool(relation and relation.symmetric),
        "status": fact["status"],
        "source": fact["source"]["iri"] if fact["source"] else None,
        "date": fact["date"],
        "time": when(fact),
        "confidence": fact["confidence"],
        "article": fact["article"],
    }


def _ties(graph: nx.MultiDiGraph, count: Count) -> list[tuple[str, str, bool]]:
    """Source, target and whether it is symmetric, of each event or report."""
    edges = sorted(graph.edges(keys=True, data=True), key=lambda e: e[2])
    keys = [_occurrence_key(edge, count) for edge in edges]
    return [(edges[g[0]][0], edges[g[0]][1], edges[g[0]][3]["symmetric"]) for g in grouped(keys)]


def _occurrence_key(edge: tuple[str, str, str, Row], count: Count) -> tuple[tuple[str, ...], int]:
    source, target, iri, data = edge
    ends = tuple(sorted((source, target))) if data["symmetric"] else (source, target)
    kind, day = data["time"]
    return (*ends, data["relation"], kind, iri if count == "reports" else ""), day


def _pairs(source: str, target: str, symmetric: bool) -> list[tuple[str, str]]:
    return [(source, target), (target, source)] if symmetric else [(source, target)]


def _from_weights(empty: nx.Graph, graph: nx.MultiDiGraph, weights: Mapping[tuple[str, str], int]) -> nx.Graph:
    empty.add_nodes_from(graph.nodes(data=True))
    empty.add_edges_from((a, b, {"weight": n, "distance": 1 / n}) for (a, b), n in sorted(weights.items()))
    return empty

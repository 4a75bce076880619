"""What is computed before the page is made: how central each node is, and to which community it belongs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import networkx as nx
import numpy as np

from kg import communities, projections
from kg.centrality import rank
from kg.engine import Links
from kg.errors import KgError
from kg.selection import Selection

MEASURES: tuple[str, ...] = ("pagerank", "betweenness", "closeness", "eigenvector")
EXACT = 2_000  # nodes up to which measures on paths are exact: a page shows sizes, not digits
SMALL = 150  # nodes up to which networkx finds the communities: the faster library takes a second to load


def standing(
    rows: Iterable[Mapping[str, Any]], order: Sequence[str], kinds: Collection[str], attributed: bool
) -> dict[str, list[int]]:
    """Each measure of each node in thousandths of its highest value; 0 for who is in no fact that counts.

    Args:
        rows: facts; those count that are asserted, and have no source unless `attributed`.
        order: IRIs of the nodes.
        kinds: kinds that are nodes of the network.
    """
    network = projections.project(rows, "actors", selection=Selection(attributed=attributed), kinds=kinds)
    if not network.nodes:
        return {}
    found = rank(network, MEASURES, exact=EXACT)
    return {name: _thousandths({row.iri: row.values[name] for row in found}, order) for name in MEASURES}


def _thousandths(values: Mapping[str, float], order: Sequence[str]) -> list[int]:
    top = max(values.values(), default=0.0)
    return [round(1000 * max(values.get(iri, 0.0), 0.0) / top) if top > 0 else 0 for iri in order]


def groups(size: int, ends: Iterable[tuple[int, int, float]]) -> list[int]:
    """The community of each node, 0 the largest; none if the library that finds them is not installed.

    Args:
        size: number of nodes.
        ends: source, target and weight of each tie.
    """
    if size <= SMALL:
        return _few(size, ends)
    ties = np.array([(a, b, w) for a, b, w in ends if a != b], dtype=float).reshape(-1, 3)
    links = Links.of(size, ties[:, 0], ties[:, 1], ties[:, 2], directed=False)
    try:
        labels = communities.communities(links)
    except KgError:
        return []
    return [int(label) for label in labels]


def _few(size: int, ends: Iterable[tuple[int, int, float]]) -> list[int]:
    graph = nx.Graph()
    graph.add_nodes_from(range(size))
    for a, b, weight in ends:
        if a != b:
            graph.add_edge(a, b, weight=weight + graph.get_edge_data(a, b, {"weight": 0})["weight"])
    found = nx.community.louvain_communities(graph, weight="weight", seed=1)
    ordered = sorted(found, key=lambda group: (-len(group), min(group)))
    labels = {node: label for label, group in enumerate(ordered) for node in group}
    return [labels[i] for i in range(size)]

"""A network: what a projection of facts gives, with what its weights mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import networkx as nx
import numpy as np

from kg.engine import Floats, Ints, Links, significance

Attributes = Mapping[str, Any]
Spells = tuple[tuple[str, str], ...]
SIGNS = ("cooperation", "conflict")


@dataclass(frozen=True)
class Edge:
    """An edge of a network.

    Attributes:
        source, target: positions in `Network.nodes`.
        weight: strength of the tie: more is closer. `1 / weight` is its length where shortest paths are meant.
        attributes: text, whole numbers and numbers by name; what is unknown is left out.
        spells: days (ISO, first and last, both included) on which it is seen, ascending, apart from each other.
    """

    source: int
    target: int
    weight: float
    attributes: Attributes
    spells: Spells = ()


@dataclass(frozen=True)
class Network:
    """What a projection gives.

    Attributes:
        projection: its name.
        directed: whether edges have a direction.
        meaning: what a weight counts; it is always a strength, `distance` (1 / weight) is always a length.
        nodes: each with `iri`, `name`, `kind`, `wikidata` (None if unknown), `mode` ('actor', 'event', 'topic') and `facts`, the
            number of facts that tie it to others; in the order of IRIs.
        ends: positions of source and target of each edge, (edges, 2), in the order of source, target and label.
        weights: (edges,).
        signs: cooperation and conflict of each edge, (edges, 2).
        details: attributes and spells of an edge by its position; they are made when they are asked for.
        both: for a directed network: the ties with both directions taken together, a symmetric fact counting once.
    """

    projection: str
    directed: bool
    meaning: str
    nodes: tuple[Attributes, ...]
    ends: Ints
    weights: Floats
    signs: Floats
    details: Callable[[int], tuple[Attributes, Spells]]
    both: Links | None = None

    @classmethod
    def of(cls, projection: str, directed: bool, meaning: str, nodes: Iterable[Attributes], edges: Iterable[Edge]) -> Network:
        """A network of edges; they are put in the order of their ends."""
        made = sorted(edges, key=lambda e: (e.source, e.target, str(e.attributes.get("label"))))
        ends = np.array([(e.source, e.target) for e in made], dtype=np.int64).reshape(-1, 2)
        signs = np.array([[e.attributes.get(c, 0.0) for c in SIGNS] for e in made], dtype=float).reshape(-1, 2)
        weights = np.array([e.weight for e in made], dtype=float)
        told = [(e.attributes, e.spells) for e in made]
        return cls(projection, directed, meaning, tuple(nodes), ends, weights, signs, told.__getitem__)

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """The edges with all that is known about them."""
        rows = zip(self.ends.tolist(), self.weights.tolist(), strict=True)
        return tuple(Edge(a, b, weight, *self.details(i)) for i, ((a, b), weight) in enumerate(rows))

    @property
    def parallel(self) -> bool:
        """Whether two edges have the same ends."""
        return len(np.unique(self.ends, axis=0)) < len(self.ends)

    @cached_property
    def links(self) -> Links:
        """The edges as arrays, parallel ones summed."""
        parts = {"cooperation": self.signs[:, 0], "conflict": self.signs[:, 1]}
        return Links.of(len(self.nodes), self.ends[:, 0], self.ends[:, 1], self.weights, directed=self.directed, **parts)

    @cached_property
    def undirected(self) -> Links:
        """The ties without direction."""
        if not self.directed:
            return self.links
        return self.both if self.both is not None else self.links.symmetric()

    def backbone(self, alpha: float) -> Network:
        """The edges that chance makes with a probability below `alpha` (`engine.significance`), and the nodes that they link.

        Edges get the attribute `chance`; parallel edges share that of all of them together.
        """
        links, size = self.links, max(len(self.nodes), 1)
        keys = self.ends if self.directed else np.sort(self.ends, axis=1)
        where = np.searchsorted(links.source * size + links.target, keys[:, 0] * size + keys[:, 1])
        chance = significance(links)[where]
        kept = np.flatnonzero(chance < alpha)
        used, ends = np.unique(self.ends[kept], return_inverse=True)

        def details(i: int) -> tuple[Attributes, Spells]:
            attributes, spells = self.details(int(kept[i]))
            return {**attributes, "chance": float(chance[kept[i]])}, spells

        nodes, weights, signs = tuple(self.nodes[i] for i in used), self.weights[kept], self.signs[kept]
        return replace(self, nodes=nodes, ends=ends.reshape(-1, 2), weights=weights, signs=signs, details=details, both=None)

    def graph(self) -> nx.Graph:
        """The network as a networkx graph: nodes are IRIs; edges have `weight` (strength), `distance` and all attributes.

        A MultiDiGraph or MultiGraph if edges are parallel, else a DiGraph or Graph.
        """
        kinds = {(False, False): nx.Graph, (True, False): nx.DiGraph, (False, True): nx.MultiGraph, (True, True): nx.MultiDiGraph}
        graph = kinds[self.directed, self.parallel](projection=self.projection, meaning=self.meaning)
        graph.add_nodes_from((node["iri"], {k: v for k, v in node.items() if k != "iri"}) for node in self.nodes)
        graph.add_edges_from((self.nodes[e.source]["iri"], self.nodes[e.target]["iri"], record(e)) for e in self.edges)
        return graph

    def _repr_html_(self) -> str:
        kind = "directed" if self.directed else "undirected"
        size = f"{len(self.nodes)} nodes, {len(self.ends)} edges"
        return f"<p>{kind} network <b>{self.projection}</b>: {size}; weight: {self.meaning}</p>"


def record(edge: Edge) -> dict[str, Any]:
    """All attributes of an edge: `weight`, `distance` (None without weight), `first`, `last` and its own."""
    times = {"first": edge.spells[0][0], "last": max(s[1] for s in edge.spells)} if edge.spells else {}
    return {"weight": edge.weight, "distance": 1 / edge.weight if edge.weight > 0 else None, **edge.attributes, **times}


def lifetimes(network: Network) -> list[tuple[str, str] | None]:
    """First and last day on which each node is seen in an edge; None if no edge tells a day."""
    found: list[tuple[str, str] | None] = [None] * len(network.nodes)
    for edge in network.edges:
        for node in (edge.source, edge.target):
            for begin, end in edge.spells:
                known = found[node]
                found[node] = (min(begin, known[0]), max(end, known[1])) if known else (begin, end)
    return found

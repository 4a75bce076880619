"""Who stands in the centre: measures of networkx over the actor graph, each with what it means."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import IO, Any, Literal

import networkx as nx
import numpy as np
from scipy.sparse.csgraph import dijkstra

from kg.graph import undirected, weighted

EXACT = 1000  # nodes up to which betweenness is exact: above, its cost (nodes x edges) is minutes
PIVOTS = 200
BLOCK = 256  # rows of distances that are held at once
DENSE = 600  # nodes up to which all eigenvectors at once are cheaper than iterating
DIGITS = 12  # below this, two values differ by rounding only


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure and how to read it.

    Attributes:
        name: as the command line and the columns write it.
        meaning: what a high value says.
        weight: what the number of facts between two actors counts as: 'strength' (more facts, more weight), 'distance'
            (1 / facts: more facts, shorter way), or 'none'.
        directed: whether it matters who acts on whom.
        reference: the function of networkx that defines the value.
    """

    name: str
    meaning: str
    weight: Literal["strength", "distance", "none"]
    directed: bool
    reference: str


_TABLE = (
    Measure("degree", "share of the other actors to whom a fact links it", "none", False, "degree_centrality"),
    Measure("pagerank", "actors act on it who are themselves acted on a lot", "strength", True, "pagerank"),
    Measure("betweenness", "share of shortest ways that lead through it", "distance", False, "betweenness_centrality"),
    Measure("closeness", "how near it is to all it can reach, times their share", "distance", False, "closeness_centrality"),
    Measure("eigenvector", "linked to actors that are themselves strongly linked", "strength", False, "eigenvector_centrality"),
)
MEASURES: Mapping[str, Measure] = MappingProxyType({measure.name: measure for measure in _TABLE})


@dataclass(frozen=True, slots=True)
class Row:
    """An actor's place in the network.

    Attributes:
        rank: 1 for the highest value of the measure that was asked for; equal values share a rank.
        name, kind, iri, wikidata: who it is.
        degree, pagerank, betweenness, closeness, eigenvector: as `MEASURES` explains.
        facts: how many facts of the network it takes part in.
    """

    rank: int
    name: str
    kind: str
    degree: float
    pagerank: float
    betweenness: float
    closeness: float
    eigenvector: float
    facts: int
    wikidata: str | None
    iri: str

    def record(self) -> dict[str, Any]:
        """The row by column, in the columns' order."""
        return asdict(self)


COLUMNS: tuple[str, ...] = tuple(Row.__dataclass_fields__)


def measures(graph: nx.MultiDiGraph, *, by: str = "pagerank") -> list[Row]:
    """All measures of all actors, the most central first.

    Args:
        graph: as `graph.actor_graph` gives it.
        by: the measure that ranks; equal values are in the order of names and IRIs.

    Raises:
        KeyError: `by` is no measure.
    """
    MEASURES[by]
    plain, directed = undirected(graph), weighted(graph)
    values = {name: compute(directed if MEASURES[name].directed else plain) for name, compute in _COMPUTE.items()}
    rows = [_row(graph, node, {name: round(float(v[node]), DIGITS) for name, v in values.items()}) for node in graph]
    return _ranked(rows, by)


def notes(graph: nx.MultiDiGraph) -> list[str]:
    """What a reader of the values of this graph must know: sampling, disconnection; empty if all is exact and linked."""
    parts = list(nx.connected_components(undirected(graph)))
    found = []
    if len(parts) > 1:
        found.append(
            f"the network falls into {len(parts)} parts: eigenvector is that of the largest ({max(map(len, parts))} actors), "
            "0 elsewhere; closeness is scaled by the share of actors that can be reached"
        )
    if len(graph) > EXACT:
        found.append(f"betweenness is estimated from {PIVOTS} of {len(graph)} actors")
    return found


def write_csv(rows: Iterable[Row], out: IO[str]) -> None:
    """Writes the rows as CSV with a header, values to nine decimals; open files with `newline=""`."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in row.record().values()] for row in rows)


def degree(graph: nx.Graph) -> dict[str, float]:
    """Number of linked actors over the number of other actors; 0 if it is alone.

    Only whether two actors are linked counts, not by how many facts.
    """
    return dict(nx.degree_centrality(graph)) if len(graph) > 1 else dict.fromkeys(graph, 0.0)


def pagerank(graph: nx.DiGraph) -> dict[str, float]:
    """PageRank with damping 0.85; a link passes on importance in proportion to its number of facts. Sums to 1."""
    return dict(nx.pagerank(graph, alpha=0.85, weight="weight", tol=1e-12, max_iter=1000)) if len(graph) else {}


def betweenness(graph: nx.Graph) -> dict[str, float]:
    """Share of the shortest paths between two others that pass through it; a link is 1 / facts long.

    Above `EXACT` nodes it is estimated from a fixed sample of `PIVOTS` sources.
    """
    if len(graph) <= EXACT:
        return dict(nx.betweenness_centrality(graph, weight="distance", normalized=True))
    return dict(nx.betweenness_centrality(graph, k=PIVOTS, weight="distance", normalized=True, seed=1))


def closeness(graph: nx.Graph) -> dict[str, float]:
    """Reciprocal of the mean distance to all it can reach, times the share of actors it can reach; a link is 1 / facts long."""
    nodes, others = list(graph), max(len(graph) - 1, 1)
    if not nodes:
        return {}
    matrix = nx.to_scipy_sparse_array(graph, nodes, weight="distance", dtype=float)
    values: list[float] = []
    for start in range(0, len(nodes), BLOCK):
        distances = dijkstra(matrix, indices=range(start, min(start + BLOCK, len(nodes))))
        reached = np.isfinite(distances)
        count, total = reached.sum(axis=1) - 1, np.where(reached, distances, 0.0).sum(axis=1)
        values += (count / np.maximum(total, 1e-300) * count / others).tolist()
    return dict(zip(nodes, values, strict=True))


def eigenvector(graph: nx.Graph) -> dict[str, float]:
    """Entries of the principal eigenvector of the weights, of length 1, over the largest connected part; 0 elsewhere.

    Of equally large parts the one with most facts counts, then the one that holds the first IRI. Computed directly: the power
    iteration of networkx may stop before it is exact, and its ARPACK variant starts at random.
    """
    values = dict.fromkeys(graph, 0.0)
    parts = [sorted(part) for part in nx.connected_components(graph) if len(part) > 1]
    if parts:
        part = min(parts, key=lambda p: (-len(p), -graph.subgraph(p).size("weight"), p))
        values |= zip(part, _principal(graph, part).tolist(), strict=True)
    return values


_COMPUTE: Mapping[str, Callable[[Any], dict[str, float]]] = MappingProxyType(
    {"degree": degree, "pagerank": pagerank, "betweenness": betweenness, "closeness": closeness, "eigenvector": eigenvector}
)


def _principal(graph: nx.Graph, nodes: list[str]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The eigenvector of the largest eigenvalue: simple and positive, since the part is connected (Perron-Frobenius)."""
    if len(nodes) <= DENSE:
        vector = np.linalg.eigh(nx.to_numpy_array(graph, nodes, weight="weight"))[1][:, -1]
    else:
        from scipy.sparse.linalg import eigsh

        matrix = nx.to_scipy_sparse_array(graph, nodes, weight="weight", dtype=float)
        vector = eigsh(matrix, k=1, which="LA", v0=np.ones(len(nodes)), tol=1e-13)[1][:, 0]
    return np.asarray(np.abs(vector) / np.linalg.norm(vector))


def _row(graph: nx.MultiDiGraph, node: str, values: Mapping[str, float]) -> Row:
    data = graph.nodes[node]
    who = {key: data[key] for key in ("name", "kind", "wikidata")}
    whole: dict[str, Any] = {"rank": 0, "facts": graph.degree(node), "iri": node, **who, **values}
    return Row(**whole)


def _ranked(rows: Sequence[Row], by: str) -> list[Row]:
    ordered = sorted(rows, key=lambda row: (-getattr(row, by), row.name, row.iri))
    first = dict(reversed([(getattr(row, by), rank) for rank, row in enumerate(ordered, 1)]))
    return [replace(row, rank=first[getattr(row, by)]) for row in ordered]


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.9f}"
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"  # a spreadsheet would run it
    return "" if value is None else value

"""Measures on arrays: networkx defines their values, sparse matrices compute them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from kg.errors import KgError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DENSE = 600  # nodes up to which all eigenvectors at once are cheaper than iterating
TOLERANCE = 1e-13
ROUNDS = 1000
RESTARTS = 300  # of Lanczos iterations: what has not settled by then is a long chain


@dataclass(frozen=True)
class Links:
    """A weighted network as arrays: each pair once, nobody linked to itself.

    Attributes:
        size: number of nodes, 0 to size - 1.
        source, target: ends of each link; without direction, source < target.
        weight: strength (more is closer), positive.
        directed: whether links have a direction.
        cooperation, conflict: parts of a signed tie, both at least 0.
    """

    size: int
    source: Ints
    target: Ints
    weight: Floats
    directed: bool
    cooperation: Floats
    conflict: Floats

    @classmethod
    def of(
        cls,
        size: int,
        source: Any,
        target: Any,
        weight: Any = None,
        *,
        directed: bool,
        cooperation: Any = None,
        conflict: Any = None,
    ) -> Links:
        """Links from arrays of equal length; parallel links are summed.

        Raises:
            ValueError: a link from a node to itself, a weight that is not positive, or an end outside 0 to size - 1.
        """
        ends = np.asarray(source, dtype=np.int64), np.asarray(target, dtype=np.int64)
        values = [np.ones(len(ends[0])) if weight is None else np.asarray(weight, dtype=np.float64)]
        values += [np.zeros(len(ends[0])) if v is None else np.asarray(v, dtype=np.float64) for v in (cooperation, conflict)]
        _check(size, *ends, values[0])
        low, high = ends if directed else (np.minimum(*ends), np.maximum(*ends))
        keys, where = np.unique(low * max(size, 1) + high, return_inverse=True)
        sums = [np.bincount(where, v, minlength=len(keys)).astype(np.float64) for v in values]
        return cls(size, keys // max(size, 1), keys % max(size, 1), sums[0], directed, sums[1], sums[2])

    @classmethod
    def from_networkx(cls, graph: nx.Graph, weight: str = "weight") -> Links:
        """Links of a networkx graph (no multigraph), nodes in its order.

        A missing weight counts one; links of a node to itself are left out.
        """
        at, adjacency = {node: i for i, node in enumerate(graph)}, graph._adj
        sizes = [len(near) for near in adjacency.values()]
        source = np.repeat(np.arange(len(at)), sizes)
        target = np.fromiter((at[other] for near in adjacency.values() for other in near), np.int64, sum(sizes))
        weights = (data.get(weight, 1.0) for near in adjacency.values() for data in near.values())
        values = np.fromiter(weights, np.float64, sum(sizes))
        kept = source != target if graph.is_directed() else source < target
        return cls.of(len(at), source[kept], target[kept], values[kept], directed=graph.is_directed())

    @cached_property
    def strength(self) -> sparse.csr_array:
        """Adjacency matrix of strengths, (size, size); symmetric without direction."""
        return self._matrix(self.weight)

    @cached_property
    def distance(self) -> sparse.csr_array:
        """Adjacency matrix of lengths, 1 / strength."""
        return self._matrix(1.0 / self.weight)

    def symmetric(self) -> Links:
        """The links without direction, both directions summed."""
        parts = {"cooperation": self.cooperation, "conflict": self.conflict}
        return self if not self.directed else Links.of(self.size, self.source, self.target, self.weight, directed=False, **parts)

    def components(self) -> tuple[int, Ints]:
        """How many parts are not linked to each other, and the part of each node."""
        count, labels = connected_components(self.strength, directed=self.directed, connection="weak")
        return int(count), labels.astype(np.int64)

    def networkx(self) -> nx.Graph:
        """As a networkx graph with `weight` (strength) and `distance`."""
        graph = nx.DiGraph() if self.directed else nx.Graph()
        graph.add_nodes_from(range(self.size))
        rows = zip(self.source.tolist(), self.target.tolist(), self.weight.tolist(), strict=True)
        graph.add_edges_from((a, b, {"weight": w, "distance": 1 / w}) for a, b, w in rows)
        return graph

    def _matrix(self, values: Floats) -> sparse.csr_array:
        rows, columns = self.source, self.target
        if not self.directed:
            rows, columns, values = np.r_[rows, columns], np.r_[columns, rows], np.r_[values, values]
        return sparse.csr_array((values, (rows, columns)), shape=(self.size, self.size))


def _check(size: int, source: Ints, target: Ints, weight: Floats) -> None:
    if (source == target).any():
        raise ValueError("a link from a node to itself")
    if not (weight > 0).all():
        raise ValueError("weights are strengths: they must be positive")
    if len(source) and (min(source.min(), target.min()) < 0 or max(source.max(), target.max()) >= size):
        raise ValueError(f"an end outside 0 to {size - 1}")


# networkit


@contextmanager
def one_thread() -> Iterator[Any]:
    """Library networkit with one thread: with more, the order of sums, and so the last digits, would depend on the machine.

    Raises:
        KgError: networkit is not installed.
    """
    try:
        import networkit
    except ImportError as error:
        raise KgError("networkit is not installed", hint="pip install networkit") from error
    before = networkit.getMaxNumberOfThreads()
    networkit.setNumberOfThreads(1)
    try:
        yield networkit
    finally:
        networkit.setNumberOfThreads(before)


def as_networkit(links: Links, weight: Floats) -> object:
    """The links as a networkit graph with these weights."""
    import networkit

    ends = (weight, (links.source, links.target))
    return networkit.GraphFromCoo(ends, n=links.size, weighted=True, directed=links.directed)


# local measures


def degree(links: Links, way: str = "all") -> Floats:
    """Number of linked nodes over the number of others; 0 if there is none. `way`: 'in', 'out' or 'all' (both summed)."""
    return _by_node(links, np.ones(len(links.source)), way) / max(links.size - 1, 1)


def strength(links: Links, way: str = "all") -> Floats:
    """Sum of the weights of its links."""
    return _by_node(links, links.weight, way)


def cooperation(links: Links, way: str = "all") -> Floats:
    """Sum of the cooperative parts of its links."""
    return _by_node(links, links.cooperation, way)


def conflict(links: Links, way: str = "all") -> Floats:
    """Sum of the conflictual parts of its links."""
    return _by_node(links, links.conflict, way)


def _by_node(links: Links, values: Floats, way: str) -> Floats:
    outward = np.bincount(links.source, values, links.size) if way != "in" else 0.0
    inward = np.bincount(links.target, values, links.size) if way != "out" else 0.0
    return np.asarray(outward + inward, dtype=np.float64)


def core(links: Links) -> Floats:
    """Largest k such that the node is in a part where everyone is linked to k others of that part; direction is ignored."""
    matrix = links.symmetric().strength
    left = np.diff(matrix.indptr).astype(np.int64)
    found, alive, k = np.zeros(links.size), np.ones(links.size, dtype=bool), 0
    while alive.any():
        k = max(k, int(left[alive].min()))
        front = np.flatnonzero(alive & (left <= k))
        while len(front):
            found[front], alive[front] = k, False
            touched, times = np.unique(neighbours(matrix, front), return_counts=True)
            left[touched] -= times
            front = touched[alive[touched] & (left[touched] <= k)]
    return found


def neighbours(matrix: sparse.csr_array, nodes: Ints) -> Ints:
    """The neighbours of several nodes, one after the other."""
    starts, sizes = matrix.indptr[nodes], np.diff(matrix.indptr)[nodes]
    offsets = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.asarray(matrix.indices[np.repeat(starts, sizes) + offsets], dtype=np.int64)


# spectral measures


def pagerank(links: Links, damping: float = 0.85) -> Floats:
    """PageRank: a link passes on importance in proportion to its weight. Sums to 1."""
    if not links.size:
        return np.zeros(0)
    sums = links.strength.sum(axis=1)
    passes = (sparse.diags_array(np.divide(1.0, sums, out=np.zeros(links.size), where=sums > 0)) @ links.strength).T.tocsr()
    rank, hanging = np.full(links.size, 1.0 / links.size), sums == 0
    for _ in range(ROUNDS):
        last = rank
        rank = damping * (passes @ last + last[hanging].sum() / links.size) + (1 - damping) / links.size
        if np.abs(rank - last).sum() < TOLERANCE:
            break
    return np.asarray(rank / rank.sum())


def eigenvector(links: Links) -> Floats:
    """Entries of the principal eigenvector of the weights, of length 1, over the largest connected part; 0 elsewhere.

    Of equally large parts the one with most weight counts, then the one that holds the first node. Computed directly: the
    power iteration of networkx may stop before it is exact, and its ARPACK variant starts at random.
    """
    whole, values = links.symmetric(), np.zeros(links.size)
    if len(whole.source):
        nodes = _main_part(whole)
        values[nodes] = _principal(whole.strength[nodes][:, nodes])
    return values


def _main_part(links: Links) -> Ints:
    count, labels = links.components()
    sizes, weights = np.bincount(labels, minlength=count), np.bincount(labels[links.source], links.weight, count)
    first = np.unique(labels, return_index=True)[1]
    best = min(range(count), key=lambda part: (-sizes[part], -weights[part], first[part]))
    return np.flatnonzero(labels == best)


def _principal(matrix: sparse.csr_array) -> Floats:
    """The eigenvector of the largest eigenvalue: simple and positive, since the part is connected (Perron-Frobenius)."""
    dense = matrix.shape[0] <= DENSE
    vector = np.linalg.eigh(matrix.toarray())[1][:, -1] if dense else leading(matrix, exactly=True)
    return np.asarray(np.abs(vector) / np.linalg.norm(vector))


def leading(matrix: sparse.csr_array, *, exactly: bool) -> Floats:
    """The eigenvector of the largest eigenvalue of a large symmetric matrix.

    Args:
        matrix: (size, size), size > 2.
        exactly: solve a linear system where Lanczos iterations do not settle, as in long chains; else give ones there.
    """
    from scipy.sparse.linalg import ArpackError, eigsh

    start = np.ones(matrix.shape[0])
    try:
        return np.asarray(eigsh(matrix, k=1, which="LA", v0=start, tol=TOLERANCE, maxiter=RESTARTS)[1][:, 0])
    except ArpackError:
        if not exactly:
            return start
        above = float(abs(matrix).sum(axis=1).max()) * (1 + 1e-9)
        return np.asarray(eigsh(matrix.tocsc(), k=1, sigma=above, which="LM", v0=start, tol=TOLERANCE)[1][:, 0])


def hits(links: Links) -> tuple[Floats, Floats]:
    """Hubs and authorities (Kleinberg 1999), each summing to 1; all 0 without links.

    Hubs act on authorities, authorities are acted on by hubs. Where links fall into parts that share no hub and no
    authority, those with the largest singular value count; if several are equal, each counts by its size.
    """
    both, size = np.zeros(2 * links.size), links.size
    if not len(links.source):
        return both[:size], both[size:]
    acts = sparse.csr_array((links.weight, (links.source, links.target + size)), shape=(2 * size, 2 * size))
    matrix = (acts + acts.T).tocsr()
    best = 0.0
    for bound, nodes in _parts_by_bound(matrix):
        if bound < best * (1 - 1e-9):
            break
        part = matrix[nodes][:, nodes].tocsr()
        vector = _singular(part, int((nodes < size).sum()))
        value = float(vector @ (part @ vector))
        if value > best * (1 + 1e-9):
            best, both = value, np.zeros(2 * size)
        if value >= best * (1 - 1e-9):
            both[nodes] = vector * vector[nodes >= size].sum()
    return both[:size] / both[:size].sum(), both[size:] / both[size:].sum()


def _singular(part: sparse.csr_array, hubs: int) -> Floats:
    """The principal eigenvector of a connected part whose first `hubs` nodes are linked to the others only, of length 1."""
    block = part[:hubs][:, hubs:]
    if part.shape[0] > DENSE and min(block.shape) > 2:
        from scipy.sparse.linalg import ArpackError, svds

        try:
            left, _, right = svds(block, k=1, v0=np.ones(min(block.shape)), tol=TOLERANCE, maxiter=RESTARTS)
            return np.asarray(np.abs(np.r_[left[:, 0], right[0]]) / np.sqrt(2))
        except ArpackError:
            pass  # a long chain
    return _principal(part)


def _parts_by_bound(matrix: sparse.csr_array) -> Iterator[tuple[float, Ints]]:
    """The connected parts of a symmetric matrix that have links, those first whose largest eigenvalue may be largest.

    The eigenvalue is at most the largest geometric mean of the row sums at the two ends of a link.
    """
    count, labels = connected_components(matrix, directed=False)
    sums = np.asarray(matrix.sum(axis=1))
    pairs = matrix.tocoo()
    bounds = np.zeros(count)
    np.maximum.at(bounds, labels[pairs.row], np.sqrt(sums[pairs.row] * sums[pairs.col]))
    order, ends = np.argsort(labels, kind="stable"), np.cumsum(np.bincount(labels, minlength=count))
    for part in np.lexsort((np.arange(count), -bounds)):
        if bounds[part] > 0:
            yield float(bounds[part]), order[ends[part - 1] if part else 0 : ends[part]]


# the network as a whole


def density(links: Links) -> float:
    """Share of the possible links that there are; 0 with fewer than two nodes."""
    possible = links.size * (links.size - 1) / (1 if links.directed else 2)
    return len(links.source) / possible if possible else 0.0


def reciprocity(links: Links) -> float:
    """Share of the links that are answered by one in the other direction; 1 without direction, 0 without links."""
    if not links.directed or not len(links.source):
        return float(not links.directed and len(links.source) > 0)
    there, back = links.source * links.size + links.target, links.target * links.size + links.source
    return float(np.isin(there, back).mean())


def significance(links: Links) -> Floats:
    """How likely each link would be at least as strong by chance: the disparity filter of Serrano, Boguñá and Vespignani (2009).

    At an end with k links, weights are compared with a uniform random split of its strength: (1 - share) ** (k - 1). Of the
    two ends the smaller value counts (with direction: links out of the source, links into the target). An end with one
    link tells nothing (1). Links below a threshold such as 0.05 are the backbone.
    """
    ways = ("out", "in") if links.directed else ("all", "all")
    return np.minimum(_chance(links, links.source, ways[0]), _chance(links, links.target, ways[1]))


def _chance(links: Links, ends: Ints, way: str) -> Floats:
    count, total = _by_node(links, np.ones(len(links.source)), way), strength(links, way)
    return np.asarray((1 - np.minimum(links.weight / total[ends], 1.0)) ** (count[ends] - 1))

"""Measures on shortest paths: exact, or from a fixed sample of sources where exact would take hours."""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx
import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from kg.engine import Floats, Ints, Links, as_networkit, neighbours, one_thread

EXACT = 20_000  # nodes up to which betweenness and closeness are exact: above, their cost (nodes x links) is hours
PIVOTS = 256  # sources of the sample above
SMALL = 150  # nodes up to which networkx itself is quick
CELLS = 6_000_000  # numbers that are held at once
CHUNK = 2_000  # nodes of small parts whose distances are computed together


def pivots(size: int, count: int = PIVOTS) -> Ints:
    """A systematic sample of the nodes: evenly spaced in their order, all of them if they are not more than `count`."""
    count = min(size, count)
    return np.arange(count, dtype=np.int64) * size // max(count, 1)


def sampled(size: int, exact: int = EXACT) -> bool:
    """Whether a network of so many nodes is sampled."""
    return size > max(exact, PIVOTS)


def betweenness(links: Links, exact: int = EXACT) -> Floats:
    """Share of the shortest paths between two others that pass through each node; a link is 1 / weight long.

    Exact up to `exact` nodes; above, estimated from `pivots`: the mean over these sources, scaled as `networkx` scales its
    sample (Brandes and Pich 2007).
    """
    if links.size < 3 or not len(links.source):
        return np.zeros(links.size)
    return sampled_betweenness(links, pivots(links.size)) if sampled(links.size, exact) else _exact_betweenness(links)


def _exact_betweenness(links: Links) -> Floats:
    if links.size <= SMALL:
        values = nx.betweenness_centrality(links.networkx(), weight="distance", normalized=True)
        return np.array([values[i] for i in range(links.size)])
    with one_thread() as networkit:
        graph = as_networkit(links, 1.0 / links.weight)
        return np.array(networkit.centrality.Betweenness(graph, normalized=True).run().scores())


def sampled_betweenness(links: Links, sources: Ints) -> Floats:
    """Betweenness from these sources only (at least two)."""
    total = np.zeros(links.size)
    for block in _blocks(sources, len(links.distance.data)):
        total += _dependencies(links.distance, block)
    scale = np.full(links.size, 1.0 / (len(sources) * (links.size - 2)))
    scale[sources] = 1.0 / ((len(sources) - 1) * (links.size - 2))  # a source is between nothing that starts at itself
    return np.asarray(total * scale)


def _blocks(sources: Ints, cost: int) -> Iterator[Ints]:
    step = max(1, CELLS // max(cost, 1))
    yield from (sources[i : i + step] for i in range(0, len(sources), step))


def _dependencies(distance: sparse.csr_array, sources: Ints) -> Floats:
    """Brandes' dependencies summed over the sources, for all sources at once.

    The links on shortest paths form, for each source, a directed acyclic graph, which is walked level by level: forwards
    for the number of paths, backwards for the dependencies.
    """
    size = distance.shape[0]
    steps = _shortest_steps(distance, dijkstra(distance, indices=sources))
    starts = np.arange(len(sources)) * size + sources
    counts, levels = _path_counts(steps, starts)
    inverse = np.divide(1.0, counts, out=np.zeros_like(counts), where=counts > 0)
    shares = inverse.copy()  # of a node: the sum of (1 + dependency) / paths over itself and all that follow it
    for level in reversed(levels):
        owners = np.repeat(np.arange(len(level)), np.diff(steps.indptr)[level])
        shares[level] += np.bincount(owners, shares[neighbours(steps, level)], len(level))
    found = np.maximum(shares * counts - 1.0, 0.0)
    found[starts] = 0.0
    return np.asarray(found.reshape(len(sources), size).sum(axis=0))


def _path_counts(steps: sparse.csr_array, starts: Ints) -> tuple[Floats, list[Ints]]:
    """How many shortest paths lead to each node, and the nodes in levels: all that lead to a node are in levels before."""
    counts, missing = np.zeros(steps.shape[0]), np.bincount(steps.indices, minlength=steps.shape[0])
    counts[starts] = 1.0
    level, levels, sizes = starts, [], np.diff(steps.indptr)
    while len(level):
        levels.append(level)
        heads = neighbours(steps, level)
        np.add.at(counts, heads, np.repeat(counts[level], sizes[level]))
        np.subtract.at(missing, heads, 1)
        level = np.unique(heads[missing[heads] == 0])
    return counts, levels


def _shortest_steps(distance: sparse.csr_array, ways: Floats) -> sparse.csr_array:
    """The links on shortest paths, as one block of a matrix a source."""
    size = distance.shape[0]
    tails, heads = np.repeat(np.arange(size), np.diff(distance.indptr)), distance.indices
    there = ways[:, tails]
    rows, columns = np.nonzero((ways[:, heads] == there + distance.data) & np.isfinite(there))
    ends = (rows * size + tails[columns], rows * size + heads[columns])
    return sparse.csr_array((np.ones(len(rows)), ends), shape=(ways.size, ways.size))


def closeness(links: Links, exact: int = EXACT) -> Floats:
    """Reciprocal of the mean distance to all a node can reach, times the share of nodes it can reach; a link is 1 / weight long.

    Exact up to `exact` nodes; above, in parts of more than `CHUNK` nodes the mean distance is that to `pivots` of the part.
    Direction is ignored.
    """
    whole, values = links.symmetric(), np.zeros(links.size)
    for nodes, labels in _parts(whole):
        part = whole.distance[nodes][:, nodes].tocsr()
        sample = sampled(links.size, exact) and len(nodes) > CHUNK
        sources = pivots(len(nodes)) if sample else np.arange(len(nodes), dtype=np.int64)
        mean = _mean_distances(part, sources)
        reach = np.bincount(labels)[labels] - 1
        share = reach / max(links.size - 1, 1)
        values[nodes] = np.divide(share, mean, out=np.zeros(len(nodes)), where=mean > 0)
    return values


def _parts(links: Links) -> Iterator[tuple[Ints, Ints]]:
    """Nodes that are linked to nobody outside, many small parts together, with the part of each."""
    count, labels = links.components()
    order, sizes = np.argsort(labels, kind="stable"), np.bincount(labels, minlength=count)
    ends, start = np.cumsum(sizes), 0
    for part in range(count):
        last = part == count - 1
        if last or ends[part + 1] - start > CHUNK:
            nodes = order[start : ends[part]]
            yield nodes, np.unique(labels[nodes], return_inverse=True)[1]
            start = int(ends[part])


def _mean_distances(distance: sparse.csr_array, sources: Ints) -> Floats:
    """The mean distance between each node and the sources that it reaches, itself not counted."""
    total, count = np.zeros(distance.shape[0]), np.zeros(distance.shape[0])
    for block in _blocks(sources, distance.shape[0]):
        ways = dijkstra(distance, indices=block)
        reached = np.isfinite(ways)
        count += reached.sum(axis=0)
        total += np.where(reached, ways, 0.0).sum(axis=0)
    count[sources] -= 1
    return np.divide(total, count, out=np.zeros_like(total), where=count > 0)

"""Groups: communities by modularity, and two camps by who is with and who is against whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy import sparse

from kg.engine import DENSE, Floats, Ints, Links, as_networkit, leading, one_thread, strength

RUNS = 5  # starts of which the best counts, in networks of fewer than MANY links
MANY = 100_000
SEED = 1
METHODS: Mapping[str, str] = MappingProxyType(
    {
        "louvain": "Blondel et al. 2008, moves refined at every level",
        "leiden": "Traag, Waltman and van Eck 2019: communities are connected",
    }
)


def communities(links: Links, method: str = "leiden", resolution: float = 1.0) -> Ints:
    """The community of each node, by strength and without direction: 0 is the largest; nodes without links are alone.

    Args:
        links: the network.
        method: 'louvain' or 'leiden'.
        resolution: higher gives more and smaller communities.

    Raises:
        KeyError: unknown method.
        KgError: networkit is not installed.
    """
    METHODS[method]
    whole = links.symmetric()
    if not len(whole.source):
        return np.arange(links.size, dtype=np.int64)
    runs = RUNS if len(whole.source) < MANY else 1
    found = [_by_size(_run(whole, method, resolution, SEED + i)) for i in range(runs)]
    return max(found, key=lambda labels: round(modularity(whole, labels, resolution), 12))


def _run(links: Links, method: str, resolution: float, seed: int) -> Ints:
    with one_thread() as networkit:
        networkit.setSeed(seed, False)
        graph = as_networkit(links, links.weight)
        if method == "louvain":
            task = networkit.community.PLM(graph, refine=True, gamma=resolution, par="none randomized")
        else:
            task = networkit.community.ParallelLeiden(graph, randomize=True, iterations=5, gamma=resolution)
        return np.array(task.run().getPartition().getVector(), dtype=np.int64)


def _by_size(labels: Ints) -> Ints:
    """Numbers from 0 in the order of size, then of the first member."""
    _, first, where, sizes = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.lexsort((first, -sizes))] = np.arange(len(first))
    return np.asarray(rank[where])


def modularity(links: Links, labels: Ints, resolution: float = 1.0) -> float:
    """Share of the weight within groups, less the share that chance would put there; 0 without links."""
    whole = links.symmetric()
    total = whole.weight.sum()
    if not total:
        return 0.0
    inside = whole.weight[labels[whole.source] == labels[whole.target]].sum() / total
    ends = np.bincount(labels, strength(whole)) / (2 * total)
    return float(inside - resolution * (ends**2).sum())


@dataclass(frozen=True)
class Camps:
    """Two camps of a signed network.

    Attributes:
        side: 1 or -1 for each node, 0 for nodes without signed links; the most active node is in camp 1.
        polarisation: weight of cooperation within and conflict between the camps, less that of cooperation between and
            conflict within, over all signed weight: 1 if the camps are at one within and against each other throughout, 0 if the
            split says nothing, -1 if it is the other way round.
        cooperation_within, cooperation_between, conflict_within, conflict_between: the weights.
    """

    side: Ints
    polarisation: float
    cooperation_within: float
    cooperation_between: float
    conflict_within: float
    conflict_between: float


def camps(links: Links, side: Ints | None = None) -> Camps:
    """The two camps of a signed network, and how polarised they are.

    Args:
        links: with `cooperation` and `conflict`; direction is ignored.
        side: 1, -1 or 0 (outside) for each node; None: the split that is least frustrated, found from the principal eigenvector
            of cooperation - conflict and bettered by moving one node at a time (structural balance, Cartwright and Harary 1956).
    """
    whole = links.symmetric()
    found = _split(whole) if side is None else np.asarray(side, dtype=np.int64)
    product = found[whole.source] * found[whole.target]
    parts = [values[product == sign].sum() for values in (whole.cooperation, whole.conflict) for sign in (1, -1)]
    total = float(sum(parts))
    value = float(parts[0] - parts[1] - parts[2] + parts[3]) / total if total else 0.0
    return Camps(found, value, *map(float, parts))


def _split(links: Links) -> Ints:
    balance, activity = _signed(links, links.cooperation - links.conflict), _signed(links, links.cooperation + links.conflict)
    active = activity.sum(axis=1)
    side = np.where(_leading(balance) >= 0, 1, -1)
    side[active == 0] = 0
    side = _settle(balance, side)
    top = side[int(np.argmax(active))] if len(side) else 1
    return np.asarray(side * (top or 1), dtype=np.int64)


def _signed(links: Links, values: Floats) -> sparse.csr_array:
    rows, columns = np.r_[links.source, links.target], np.r_[links.target, links.source]
    return sparse.csr_array((np.r_[values, values], (rows, columns)), shape=(links.size, links.size))


def _leading(matrix: sparse.csr_array) -> Floats:
    size = matrix.shape[0]
    if size > DENSE:
        return leading(matrix, exactly=False)
    return np.asarray(np.linalg.eigh(matrix.toarray())[1][:, -1] if size else np.zeros(0))


def _settle(balance: sparse.csr_array, side: Ints) -> Ints:
    """Moves the node that gains most from changing sides until none gains; each move lowers the frustration, so it ends."""
    side, pull = side.copy(), balance @ side
    while len(side):
        gain = -side * pull
        node = int(np.argmax(gain))
        if gain[node] <= 1e-9:
            break
        side[node] = -side[node]
        row = slice(balance.indptr[node], balance.indptr[node + 1])
        pull[balance.indices[row]] += 2 * side[node] * balance.data[row]
    return side

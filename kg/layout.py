"""Where the nodes of a picture stand: near their neighbours, nothing on top of anything else, the same in every run.

Positions come from stress majorization (Gansner, Koren, North 2004) from a radial start, part by part and, in large networks,
community by community; then boxes of nodes and of edge labels push each other apart. No step draws a random number but
Leiden's, which is seeded. Lengths are pixels at zoom 1, y grows downward.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import networkx as nx
import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from kg.communities import communities
from kg.engine import Links
from kg.errors import KgError
from kg.spacing import MOST, PART_GAP, STILL, Box, Link, Points, pack, separate

LIMIT = 200  # nodes that one dense layout holds: its steps cost their square
QUICK, ROUNDS, FEW = 400, 300, 40  # nodes up to which a layout is refined in many rounds, and in how many


def arrange(boxes: Sequence[Box], links: Sequence[Link], *, aspect: float = 1.5, rounds: int | None = None) -> Points:
    """A position for each box.

    Args:
        boxes: what to place.
        links: what belongs together; loops are ignored.
        aspect: width over height of the window it is seen in.
        rounds: of refinement; None: as many as the size allows.

    Returns:
        Array of shape (len(boxes), 2).
    """
    places = np.zeros((len(boxes), 2))
    parts = _parts(len(boxes), links)
    taken = _split(parts, boxes, links)
    rounds = rounds or (ROUNDS if len(boxes) <= QUICK else FEW)
    done = [_drawn(few, lines, aspect, rounds) for few, lines in taken]
    packed = pack(done, [few for few, _ in taken], [lines for _, lines in taken], aspect)
    for part, spot in zip(parts, packed, strict=True):
        places[part] = spot
    return places


def attach(places: Points, boxes: Sequence[Box], links: Sequence[Link], fixed: int) -> Points:
    """Places the boxes from number `fixed` on around their neighbours; the first `fixed` stay where `places` has them.

    Args:
        places: array of shape (fixed, 2).
        boxes, links: all of them.
        fixed: how many are placed already.
    """
    spots = np.vstack([places, np.zeros((len(boxes) - fixed, 2))])
    centre = places.mean(axis=0) if fixed else np.zeros(2)
    homes = _homes(links, fixed)
    crowd: dict[int, int] = {}
    for i in range(fixed, len(boxes)):
        spots[i] = _beside(spots[homes.get(i, [])], centre, crowd.setdefault(min(homes.get(i, [-1])), 0))
        crowd[min(homes.get(i, [-1]))] += 1
    mobile = np.array([0.0] * fixed + [1.0] * (len(boxes) - fixed))
    return separate(spots, boxes, links, mobile) if len(boxes) <= MOST else spots


def _drawn(boxes: list[Box], links: list[Link], aspect: float, rounds: int) -> Points:
    """One connected part, drawn by itself; words are flat, and pushing them apart adds height, so a wide picture begins wider."""
    begin = 1.4 * aspect if aspect >= 1 and any(k.label for k in links) else aspect
    return separate(_turned(_place(boxes, links, rounds), begin), boxes, links, steps=rounds)


def _parts(size: int, links: Sequence[Link]) -> list[list[int]]:
    """The connected parts, the largest first."""
    ends = np.array([(k.source, k.target) for k in links], dtype=int).reshape(-1, 2)
    ties = csr_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(size, size))
    labels = connected_components(ties, directed=False)[1] if size else np.zeros(0, dtype=int)
    found: dict[int, list[int]] = {}
    for i, label in enumerate(labels.tolist()):
        found.setdefault(label, []).append(i)
    return sorted(found.values(), key=lambda part: (-len(part), part))


def _graph(size: int, links: Sequence[Link]) -> nx.Graph:
    graph = nx.Graph()
    graph.add_nodes_from(range(size))
    for link in links:
        if link.source != link.target:
            pair = (link.source, link.target)
            weight = graph.get_edge_data(*pair, {"weight": 0})["weight"]
            graph.add_edge(*pair, weight=weight + 1)
    return graph


def _split(parts: Sequence[Sequence[int]], boxes: Sequence[Box], links: Sequence[Link]) -> list[tuple[list[Box], list[Link]]]:
    """For each part its boxes and the links within it, numbered anew."""
    new = {old: index for part in parts for index, old in enumerate(part)}
    of = {old: number for number, part in enumerate(parts) for old in part}
    inside: list[list[Link]] = [[] for _ in parts]
    for k in links:
        if k.source != k.target and of[k.source] == of[k.target]:
            inside[of[k.source]].append(Link(new[k.source], new[k.target], k.label, k.bend))
    return [([boxes[i] for i in part], lines) for part, lines in zip(parts, inside, strict=True)]


def _place(boxes: list[Box], links: list[Link], rounds: int) -> Points:
    """A connected part: at once if it is small, else community by community."""
    if len(boxes) <= LIMIT:
        return _stress(_distances(boxes, links), rounds)
    groups = _communities(boxes, links)
    return _sunflower(boxes) if len(groups) == 1 else _grouped(groups, boxes, links, rounds)


def _communities(boxes: list[Box], links: list[Link]) -> list[list[int]]:
    """Groups by Leiden if the library that finds them is there, else by Louvain."""
    ties = np.array([(k.source, k.target) for k in links if k.source != k.target], dtype=int).reshape(-1, 2)
    try:
        labels = communities(Links.of(len(boxes), ties[:, 0], ties[:, 1], directed=False)).tolist()
        found: list[list[int]] = [[] for _ in range(max(labels) + 1)]
        for i, label in enumerate(labels):
            found[label].append(i)
    except KgError:
        found = [sorted(g) for g in nx.community.louvain_communities(_graph(len(boxes), links), weight="weight", seed=1)]
    return sorted(found, key=lambda group: (-len(group), group))


def _grouped(groups: list[list[int]], boxes: list[Box], links: list[Link], rounds: int) -> Points:
    """Each community by itself, then the communities as boxes."""
    inner = []
    for few, lines in _split(groups, boxes, links):
        spots = arrange(few, lines, aspect=1.0, rounds=rounds)
        inner.append(spots - (spots.max(axis=0) + spots.min(axis=0)) / 2)
    of = {i: g for g, group in enumerate(groups) for i in group}
    sizes = [2 * float(np.abs(spots).max()) + 2 * PART_GAP for spots in inner]
    pairs = {(min(p), max(p)) for p in ((of[k.source], of[k.target]) for k in links)}
    bridges = sorted((Link(*p) for p in pairs if p[0] != p[1]), key=lambda k: (k.source, k.target))
    outer = arrange([Box(s, s) for s in sizes], bridges, aspect=1.3)
    places = np.zeros((len(boxes), 2))
    for group, spots, middle in zip(groups, inner, outer, strict=True):
        places[group] = spots + middle
    return places


def _sunflower(boxes: list[Box]) -> Points:
    """Many boxes without structure: a spiral with even density."""
    step = max(max(box.width, box.height) for box in boxes)
    index = np.arange(len(boxes))
    radius, angle = step * np.sqrt(index), index * math.pi * (3 - math.sqrt(5))
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def _distances(boxes: list[Box], links: list[Link]) -> Points:
    """How far apart any two should be: along the links, each long enough for its words and its ends."""
    size = len(boxes)
    length = np.zeros((size, size))
    for k in links:
        wanted = max(k.label * 0.8 + 45.0, _half(boxes[k.source]) + _half(boxes[k.target]) + k.label * 0.4 + 25.0)
        length[k.source, k.target] = length[k.target, k.source] = max(length[k.source, k.target], wanted)
    return np.asarray(dijkstra(csr_array(length), directed=False))


def _half(box: Box) -> float:
    return (box.width + box.height) / 4


def _stress(wanted: Points, rounds: int) -> Points:
    """Positions whose distances are as near to the wanted ones as may be, long ones mattering less (weight d^-2)."""
    size = len(wanted)
    if size < 3:
        return np.array([[0.0, 0.0], [wanted[0, -1], 0.0]])[:size]
    far = wanted + np.eye(size)
    weights = 1 / far**2
    np.fill_diagonal(weights, 0)
    inverse = np.linalg.inv(np.diag(weights.sum(axis=1)) - weights + 1 / size)  # the Laplacian's pseudo-inverse up to a shift
    places = _radial(wanted)
    for _ in range(rounds):
        pull = -weights * wanted / np.maximum(_apart(places), 1e-6)
        np.fill_diagonal(pull, 0)
        np.fill_diagonal(pull, -pull.sum(axis=1))
        before, places = places, inverse @ (pull @ places)
        if np.abs(places - before).max() < STILL:
            break
    return places


def _apart(places: Points) -> Points:
    x, y = places[:, 0], places[:, 1]
    across, down = x[:, None] - x, y[:, None] - y
    return np.asarray(np.sqrt(across * across + down * down))


def _radial(wanted: Points) -> Points:
    """A start with few crossings: the middle node, and the others around it in the order of a tree of shortest paths."""
    size = len(wanted)
    root = int(np.argmin(wanted.sum(axis=1).round(6)))
    order = sorted(range(size), key=lambda i: (round(float(wanted[root, i]), 6), i))
    parent = {i: _parent(i, order[:rank], wanted, root) for rank, i in enumerate(order) if i != root}
    weight = dict.fromkeys(range(size), 1)
    for i in reversed(order[1:]):
        weight[parent[i]] += weight[i]
    start, angle = {root: 0.0}, {root: 0.0}
    for i in order[1:]:
        p = parent[i]
        share = 2 * math.pi * weight[i] / (size - 1)
        angle[i], start[i] = start[p] + share / 2, start[p]
        start[p] += share
    return np.array([[wanted[root, i] * math.cos(angle[i]), wanted[root, i] * math.sin(angle[i])] for i in range(size)])


def _parent(node: int, before: list[int], wanted: Points, root: int) -> int:
    """The node on the way from the root that is next to it."""
    between = [b for b in before if abs(wanted[root, b] + wanted[b, node] - wanted[root, node]) < 1e-6 and b != node]
    return min(between, key=lambda b: (round(float(wanted[b, node]), 6), b))


def _turned(places: Points, aspect: float) -> Points:
    """Turned so that its long side is the window's, and stretched a little towards the window's form."""
    places = places - places.mean(axis=0)
    if len(places) < 2:
        return places
    (a, b), (_, c) = np.cov(places.T, bias=True)
    if abs(a - c) + 2 * abs(b) > 0.01 * (a + c):
        angle = 0.5 * math.atan2(2 * b, a - c) + (0.0 if aspect >= 1 else math.pi / 2)
        turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        places = places @ turn
    width, height = np.maximum(np.ptp(places, axis=0), 1.0)
    stretch = min(max(math.sqrt(aspect * height / width), 0.8), 1.5)
    return np.asarray(places * np.array([stretch, 1 / stretch]))


def _homes(links: Sequence[Link], fixed: int) -> dict[int, list[int]]:
    """For each box that is not placed yet, its placed neighbours."""
    homes: dict[int, list[int]] = {}
    for k in links:
        for new, old in ((k.source, k.target), (k.target, k.source)):
            if new >= fixed > old:
                homes.setdefault(new, []).append(old)
    return homes


def _beside(homes: Points, centre: Points, taken: int) -> Points:
    """A spot near the homes, outward from the centre, fanning out as more is taken."""
    home = homes.mean(axis=0) if len(homes) else centre
    out = math.atan2(*(home - centre)[::-1]) if len(homes) else 0.0
    angle = out + (taken + 1) // 2 * (0.7 if taken % 2 else -0.7)
    reach = 150.0 + 45.0 * (taken // 8)
    return np.asarray(home + reach * np.array([math.cos(angle), math.sin(angle)]))

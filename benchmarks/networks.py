"""How fast the measures are beside plain networkx, and whether they agree.

    python benchmarks/networks.py [--actors N --edges N]

Both sides start from the same three columns (source, target, weight), as a projection gives them, and convert them to what they
compute on. The conversion counts in full for every measure, as if it were the only one. Where networkx would take hours it runs
on a share of the work and is extrapolated; the table marks that with '~'. Everything is from one run, in one process; seconds are
those of the processor, so that other programs on the machine do not count (and threads of the libraries do).
"""

from __future__ import annotations

import argparse
import math
import random
import resource
import time
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np

from kg import communities, engine, paths
from kg.engine import Links

Values = Any
ROUNDS = 40  # iterations of the eigenvector that networkx does
SHARE = 4  # sources that networkx does of the sample


class Pivots(random.Random):
    """Lets networkx take the sources that we take."""

    def __init__(self, nodes: list[int]) -> None:
        super().__init__(0)
        self.nodes = nodes

    def sample(self, population: Any, k: int, **more: Any) -> list[int]:
        """The given sources."""
        return self.nodes


def columns(actors: int, edges: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A directed network of actors with few that are in all news, in 100 overlapping circles; no loops, no parallels."""
    rng = np.random.RandomState(7)
    fame = rng.pareto(1.3, actors) + 1
    circle = rng.randint(0, 100, actors)
    source = rng.choice(actors, edges * 2, p=fame / fame.sum())
    order = np.argsort(circle, kind="stable")
    start = np.searchsorted(circle[order], np.arange(101))
    near = order[start[circle[source]] + (rng.rand(edges * 2) * np.diff(start)[circle[source]]).astype(int)]
    target = np.where(rng.rand(edges * 2) < 0.6, near, rng.choice(actors, edges * 2, p=fame / fame.sum()))
    keys = np.unique((source * actors + target)[source != target])
    keys = np.sort(rng.permutation(keys)[:edges])
    return keys // actors, keys % actors, rng.geometric(0.5, len(keys)).astype(float)


def network(cols: tuple[Any, Any, Any], actors: int, directed: bool) -> nx.Graph:
    """What networkx computes on: strengths and distances; without direction, both directions summed."""
    graph = nx.DiGraph() if directed else nx.Graph()
    graph.add_nodes_from(range(actors))
    if directed:
        graph.add_weighted_edges_from(zip(*(c.tolist() for c in cols), strict=True))
    else:
        for a, b, w in zip(*(c.tolist() for c in cols), strict=True):
            graph.add_edge(a, b, weight=w + (graph[a][b]["weight"] if graph.has_edge(a, b) else 0.0))
    for *_, data in graph.edges(data=True):
        data["distance"] = 1 / data["weight"]
    return graph


def links(cols: tuple[Any, Any, Any], actors: int, directed: bool) -> Links:
    """What we compute on."""
    return Links.of(actors, *cols, directed=directed)


def by_node(values: dict[int, float]) -> np.ndarray:
    """A dictionary of networkx as an array."""
    return np.array([values[i] for i in range(len(values))])


def nx_closeness(graph: nx.Graph, sources: list[int]) -> None:
    """The distances from sources, of which the estimate is made."""
    for source in sources:
        nx.single_source_dijkstra_path_length(graph, source, weight="distance")


def nx_hits(graph: nx.DiGraph) -> np.ndarray:
    return by_node(nx.hits(graph, max_iter=1000, tol=1e-12)[1])


def nx_disparity(graph: nx.Graph) -> np.ndarray:
    """The disparity filter in plain Python: networkx has none."""
    degree, total = dict(graph.degree()), dict(graph.degree(weight="weight"))
    rows = sorted((min(a, b), max(a, b), w) for a, b, w in graph.edges(data="weight"))
    return np.array([min((1 - w / total[v]) ** (degree[v] - 1) for v in (a, b)) for a, b, w in rows])


def nx_louvain(graph: nx.Graph, whole: Links) -> float:
    labels = np.zeros(whole.size, dtype=np.int64)
    for number, group in enumerate(nx.community.louvain_communities(graph, seed=1)):
        labels[list(group)] = number
    return communities.modularity(whole, labels)


Task = tuple[str, bool, Callable[[Links], Values], Callable[[nx.Graph], Values], float]


def tasks(actors: int, exact: int, whole: Links) -> list[Task]:
    """Name, direction, our way, networkx's way, and the share of the work that networkx does."""
    sampled = actors > exact
    sources = paths.pivots(actors).tolist() if sampled else list(range(actors))
    part, share = sources[:SHARE], min(1.0, SHARE / len(sources))
    needed = rounds(whole)
    done = min(needed + 1, ROUNDS)
    louvain = lambda k: communities.modularity(k, communities.communities(k, "louvain"))  # noqa: E731
    between = lambda g: nx.betweenness_centrality(g, k=len(part), weight="distance", seed=Pivots(part))  # noqa: E731
    table: list[Task] = [
        ("degree", False, engine.degree, lambda g: by_node(nx.degree_centrality(g)), 1),
        ("in_degree", True, lambda k: engine.degree(k, "in"), lambda g: by_node(nx.in_degree_centrality(g)), 1),
        ("strength", False, engine.strength, lambda g: by_node(dict(g.degree(weight="weight"))), 1),
        ("pagerank", True, engine.pagerank, lambda g: by_node(nx.pagerank(g, tol=1e-12 / actors, max_iter=1000)), 1),
        ("betweenness", False, lambda k: paths.betweenness(k, exact), between, share),
        ("closeness", False, lambda k: paths.closeness(k, exact), lambda g: nx_closeness(g, part), share),
        ("eigenvector", False, engine.eigenvector, lambda g: nx_eigenvector(g, done), min(1.0, done / needed)),
        ("hits", True, lambda k: engine.hits(k)[1], nx_hits, 1),
        ("core", False, engine.core, lambda g: by_node(nx.core_number(g)), 1),
        ("density", True, engine.density, nx.density, 1),
        ("reciprocity", True, engine.reciprocity, nx.overall_reciprocity, 1),
        ("backbone", False, engine.significance, nx_disparity, 1),
        ("louvain", False, louvain, lambda g: nx_louvain(g, whole), 1),
    ]
    return table


def rounds(whole: Links) -> int:
    """How many iterations networkx needs to reach its tolerance on the largest part."""
    labels = whole.components()[1]
    part = np.flatnonzero(labels == np.bincount(labels).argmax())
    matrix = whole.strength[part][:, part].tocsr()
    vector, number = np.full(len(part), 1 / len(part)), 0
    while number < 5000:
        last, number = vector, number + 1
        vector = last + matrix @ last
        vector /= np.linalg.norm(vector)
        if np.abs(vector - last).sum() < len(part) * 1e-12:
            break
    return number


def nx_eigenvector(graph: nx.Graph, rounds: int) -> np.ndarray:
    part = graph.subgraph(max(nx.connected_components(graph), key=len)).copy()
    try:
        values = nx.eigenvector_centrality(part, max_iter=rounds, tol=1e-12, weight="weight")
    except nx.PowerIterationFailedConvergence:
        values = {}
    return by_node(dict.fromkeys(graph, 0.0) | values)


def timed(run: Callable[[], Values]) -> tuple[float, Values]:
    begin = time.process_time()
    value = run()
    return time.process_time() - begin, value


def agreement(name: str, ours: Values, theirs: Values, share: float) -> str:
    """The largest difference, where both did all the work."""
    if name == "louvain":
        return f"modularity {ours:.4f} and {theirs:.4f}"
    return "" if share < 1 else f"{float(np.max(np.abs(np.asarray(ours) - np.asarray(theirs)))):.1e}"


def main() -> None:
    """Runs both sides and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--actors", type=int, default=5_000)
    parser.add_argument("--edges", type=int, default=25_000)
    parser.add_argument("--exact", type=int, default=paths.EXACT, help="sample betweenness and closeness above so many actors")
    parser.add_argument("--skip", default="", help="measures that networkx does not run, joined by commas")
    given = parser.parse_args()
    cols = columns(given.actors, given.edges)
    print(f"{given.actors} actors, {len(cols[0])} edges; exact up to {given.exact} actors, else {paths.PIVOTS} sources")
    communities.communities(Links.of(3, [0, 1], [1, 2], directed=False))  # imports networkit: once a process
    memory_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    made = {directed: timed(lambda directed=directed: links(cols, given.actors, directed)) for directed in (False, True)}
    done = {}
    table = tasks(given.actors, given.exact, made[False][1])
    for name, directed, ours, _, _ in table:
        fresh = links(cols, given.actors, directed)  # nothing cached from the measure before
        done[name] = timed(lambda ours=ours, fresh=fresh: ours(fresh))
    leiden = timed(lambda: communities.communities(made[False][1], "leiden"))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    spent = sum(t for t, _ in [*done.values(), *made.values()])
    print(f"ours: {spent:.1f} s for all; memory {memory / 1024:.0f} MB at most ({memory_before / 1024:.0f} MB before)")
    print(f"Leiden: {leiden[0]:.2f} s, modularity {communities.modularity(made[False][1], leiden[1]):.4f}", flush=True)
    graphs = {directed: timed(lambda directed=directed: network(cols, given.actors, directed)) for directed in (False, True)}
    both = [" and ".join(f"{side[directed][0]:.2f} s" for directed in (False, True)) for side in (made, graphs)]
    print(f"conversion, without and with direction: ours {both[0]}, networkx {both[1]}")
    print(f"{'measure':<14}{'ours s':>10}{'networkx s':>13}{'times':>9}   largest difference", flush=True)
    ratios = []
    for name, directed, _, theirs, share in table:
        if name in given.skip.split(","):
            print(f"{name:<14}{done[name][0] + made[directed][0]:>10.3f}{'not run':>13}", flush=True)
            continue
        spent, value = timed(lambda theirs=theirs, directed=directed: theirs(graphs[directed][1]))
        ours, other = done[name][0] + made[directed][0], spent / share + graphs[directed][0]
        ratios.append(other / ours)
        mark = "~" if share < 1 else " "
        told = agreement(name, done[name][1], value, share)
        print(f"{name:<14}{ours:>10.3f}{mark:>2}{other:>11.2f}{other / ours:>9.1f}   {told}", flush=True)
    print(f"geometric mean: {math.exp(sum(map(math.log, ratios)) / len(ratios)):.1f} times as fast over {len(ratios)} measures")


if __name__ == "__main__":
    main()

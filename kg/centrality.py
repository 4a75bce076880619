"""Who stands in the centre: measures of the network of actors, each with what it means."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import IO, Any, Literal

import networkx as nx

from kg import engine, paths
from kg.communities import camps, communities, modularity
from kg.engine import Floats, Links
from kg.errors import ConfigError
from kg.graph import undirected, weighted
from kg.network import Network

DIGITS = 12  # below this, two values differ by rounding only
DEFAULT: tuple[str, ...] = ("degree", "pagerank", "betweenness", "closeness", "eigenvector")
COLUMNS: tuple[str, ...] = ("rank", "name", "kind", *DEFAULT, "facts", "wikidata", "iri")


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure and how to read it.

    Attributes:
        name: as the command line and the columns write it.
        meaning: what a high value says.
        weight: what the weight of an edge counts as: 'strength' (more is closer), 'distance' (1 / weight: more weight, shorter
            way), or 'none'.
        directed: whether it matters who acts on whom.
        reference: the function of networkx that defines the value, and its parameters.
        compute: links -> values, (size,).
    """

    name: str
    meaning: str
    weight: Literal["strength", "distance", "none"]
    directed: bool
    reference: str
    compute: Callable[[Links], Floats]


def _balance(links: Links) -> Floats:
    return engine.cooperation(links) - engine.conflict(links)


def _camp(links: Links) -> Floats:
    return camps(links).side.astype(float)


def _louvain(links: Links) -> Floats:
    return communities(links, "louvain").astype(float)


def _community(links: Links) -> Floats:
    return communities(links).astype(float)


_WEIGHED = "words count 1 and deeds 2"
_TABLE = (
    Measure("degree", "share of the other actors to whom a fact links it", "none", False, "degree_centrality", engine.degree),
    Measure(
        "in_degree", "share of the others who act on it", "none", True, "in_degree_centrality", partial(engine.degree, way="in")
    ),
    Measure(
        "out_degree",
        "share of the others on whom it acts",
        "none",
        True,
        "out_degree_centrality",
        partial(engine.degree, way="out"),
    ),
    Measure("strength", "how often it acts or is acted on", "strength", False, "degree by weight", engine.strength),
    Measure(
        "in_strength", "how often it is acted on", "strength", True, "in_degree by weight", partial(engine.strength, way="in")
    ),
    Measure("out_strength", "how often it acts", "strength", True, "out_degree by weight", partial(engine.strength, way="out")),
    Measure("pagerank", "actors act on it who are themselves acted on a lot", "strength", True, "pagerank", engine.pagerank),
    Measure(
        "betweenness",
        "share of shortest ways that lead through it",
        "distance",
        False,
        "betweenness_centrality",
        paths.betweenness,
    ),
    Measure(
        "closeness",
        "how near it is to all it can reach, times their share",
        "distance",
        False,
        "closeness_centrality",
        paths.closeness,
    ),
    Measure(
        "eigenvector",
        "linked to actors that are themselves strongly linked",
        "strength",
        False,
        "eigenvector_centrality",
        engine.eigenvector,
    ),
    Measure("hub", "acts on those on whom many act", "strength", True, "hits", lambda links: engine.hits(links)[0]),
    Measure("authority", "those act on it who act on many", "strength", True, "hits", lambda links: engine.hits(links)[1]),
    Measure("core", "k, if it is in a part where everyone is linked to k others", "none", False, "core_number", engine.core),
    Measure(
        "cooperation",
        f"signed degree: its cooperation; {_WEIGHED}",
        "strength",
        False,
        "degree by cooperation",
        engine.cooperation,
    ),
    Measure("conflict", f"signed degree: its conflicts; {_WEIGHED}", "strength", False, "degree by conflict", engine.conflict),
    Measure("balance", "signed degree: its cooperation less its conflicts", "strength", False, "difference of the two", _balance),
    Measure("camp", "side in the best split into two camps: 1, -1; 0 without signed ties", "strength", False, "none", _camp),
    Measure("louvain", "number of its community (Louvain), 0 is the largest", "strength", False, "louvain_communities", _louvain),
    Measure(
        "community", "number of its community (Leiden), 0 is the largest", "strength", False, "leiden_communities", _community
    ),
)
MEASURES: Mapping[str, Measure] = MappingProxyType({measure.name: measure for measure in _TABLE})


@dataclass(frozen=True, slots=True)
class Row:
    """An actor's place in the network; a measure that was asked for is an attribute too.

    Attributes:
        rank: 1 for the highest value of the measure that ranks; equal values share a rank.
        name, kind, iri, wikidata: who it is.
        values: the measures by name, as `MEASURES` explains.
        facts: how many facts of the network it takes part in.
    """

    rank: int
    name: str
    kind: str
    values: Mapping[str, float]
    facts: int
    wikidata: str | None
    iri: str

    def __getattr__(self, name: str) -> float:
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(name) from None

    def record(self) -> dict[str, Any]:
        """The row by column, in the columns' order."""
        who = {"rank": self.rank, "name": self.name, "kind": self.kind}
        return {**who, **self.values, "facts": self.facts, "wikidata": self.wikidata, "iri": self.iri}


def measures(graph: nx.MultiDiGraph, *, by: str = "pagerank", exact: int = paths.EXACT) -> list[Row]:
    """The default measures of all actors, the most central first.

    Args:
        graph: as `graph.actor_graph` gives it.
        by: the measure that ranks; equal values are in the order of names and IRIs.
        exact: as in `rank`.

    Raises:
        KeyError: `by` is none of the default measures.
    """
    DEFAULT_MEASURES[by]
    nodes = [{"iri": iri, **data, "facts": graph.degree(iri)} for iri, data in graph.nodes(data=True)]
    ties = {directed: Links.from_networkx(made(graph)) for directed, made in ((True, weighted), (False, undirected))}
    return _ranked(nodes, ties, list(DEFAULT), by, exact)


DEFAULT_MEASURES: Mapping[str, Measure] = MappingProxyType({name: MEASURES[name] for name in DEFAULT})


def rank(network: Network, names: Sequence[str] = DEFAULT, *, by: str | None = None, exact: int = paths.EXACT) -> list[Row]:
    """Measures of all nodes of a network, the most central first.

    Args:
        network: as `projections.project` gives it.
        names: names of `MEASURES`.
        by: the measure that ranks; None: the first, or pagerank if all default measures are asked for.
        exact: nodes up to which betweenness and closeness are exact; above, they are estimated.

    Raises:
        ConfigError: unknown measure.
    """
    for name in names:
        if name not in MEASURES:
            raise ConfigError(f"unknown measure {name!r}", hint="one of " + ", ".join(MEASURES))
    ties = {True: network.links, False: network.undirected}
    return _ranked(network.nodes, ties, names, by or ("pagerank" if tuple(names) == DEFAULT else names[0]), exact)


def _ranked(
    nodes: Sequence[Mapping[str, Any]], ties: Mapping[bool, Links], names: Sequence[str], by: str, exact: int
) -> list[Row]:
    columns = {name: compute(MEASURES[name], ties, exact) for name in names}
    table = {name: [round(float(v), DIGITS) + 0.0 for v in column] for name, column in columns.items()}
    rows = [_row(node, {name: table[name][i] for name in names}) for i, node in enumerate(nodes)]
    ordered = sorted(rows, key=lambda row: (-row.values[by], row.name, row.iri))
    first = dict(reversed([(row.values[by], place) for place, row in enumerate(ordered, 1)]))
    return [replace(row, rank=first[row.values[by]]) for row in ordered]


def compute(measure: Measure, ties: Mapping[bool, Links], exact: int = paths.EXACT) -> Floats:
    """The values of a measure, from the ties with (True) and without (False) direction."""
    sampled = {"betweenness": paths.betweenness, "closeness": paths.closeness}.get(measure.name)
    links = ties[measure.directed]
    return sampled(links, exact) if sampled else measure.compute(links)


def _row(node: Mapping[str, Any], values: Mapping[str, float]) -> Row:
    return Row(0, node["name"], node["kind"], values, node["facts"], node["wikidata"], node["iri"])


def notes(graph: nx.MultiDiGraph) -> list[str]:
    """What a reader of the default measures of this graph must know; empty if all is exact and linked."""
    return notes_on(Links.from_networkx(undirected(graph)), DEFAULT, paths.EXACT)


def notes_on(links: Links, names: Sequence[str], exact: int = paths.EXACT) -> list[str]:
    """What a reader of these measures must know: disconnection, sampling.

    Args:
        links: the ties without direction.
        names: the measures.
        exact: as in `rank`.
    """
    count, labels = links.components()
    found, largest = [], max(Counter(labels.tolist()).values(), default=0)
    if count > 1 and "eigenvector" in names:
        found.append(f"eigenvector is that of the largest ({largest} actors), 0 elsewhere")
    if count > 1 and "closeness" in names:
        found.append("closeness is scaled by the share of actors that can be reached")
    if found:
        found = [f"the network falls into {count} parts: " + "; ".join(found)]
    on_paths = [name for name in ("betweenness", "closeness") if name in names]
    if on_paths and paths.sampled(links.size, exact):
        verb = "are" if len(on_paths) > 1 else "is"
        found.append(f"{' and '.join(on_paths)} {verb} estimated from {len(paths.pivots(links.size))} of {links.size} actors")
    return found


def summary(network: Network) -> dict[str, Any]:
    """The network as a whole: nodes, edges, density, reciprocity, parts, communities with modularity, polarisation of two camps.

    Polarisation is None if no edge is signed.
    """
    links, whole = network.links, network.undirected
    groups = communities(whole)
    signed = whole.cooperation.sum() + whole.conflict.sum()
    return {
        "nodes": links.size,
        "edges": len(network.ends),
        "weight": float(links.weight.sum()),
        "density": engine.density(links),
        "reciprocity": engine.reciprocity(links) if network.directed else None,
        "parts": whole.components()[0],
        "communities": len(set(groups.tolist())),
        "modularity": round(modularity(whole, groups), DIGITS),
        "polarisation": round(camps(whole).polarisation, DIGITS) if signed else None,
    }


def explain(names: Iterable[str] | None = None) -> list[tuple[str, str, str, str, str]]:
    """Name, meaning, use of the weight, direction and definition of measures, for people."""
    told = {"strength": "strength: more is closer", "distance": "distance: 1 / weight", "none": "not used"}
    rows = [MEASURES[name] for name in (names or MEASURES)]
    return [
        (m.name, m.meaning, told[m.weight], "who acts on whom" if m.directed else "both ways alike", m.reference) for m in rows
    ]


def write_csv(rows: Sequence[Row], out: IO[str]) -> None:
    """Writes the rows as CSV with a header, values to nine decimals; open files with `newline=""`."""
    table_csv([row.record() for row in rows], out, COLUMNS)


def table_csv(rows: Sequence[Mapping[str, Any]], out: IO[str], columns: Sequence[str]) -> None:
    """Writes records of the same keys as CSV; without records, a header of `columns`."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(tuple(rows[0]) if rows else columns)
    writer.writerows([_cell(value) for value in row.values()] for row in rows)


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.9f}"
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"  # a spreadsheet would run it
    return "" if value is None else value

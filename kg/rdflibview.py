"""The articles' graphs as an rdflib dataset that reads the database itself."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from typing import Any

import oxrdflib
import pyoxigraph as ox
import rdflib
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID


def view(database: ox.Store, prefixes: Mapping[str, str]) -> rdflib.Dataset:
    """A dataset whose default graph is the union of the articles' graphs.

    Args:
        database: a store's.
        prefixes: to bind, by name.
    """
    dataset = rdflib.Dataset(store=_Articles(store=database), default_union=True)
    for name, iri in prefixes.items():
        dataset.bind(name, iri, replace=True)
    return dataset


class _Articles(oxrdflib.OxigraphStore):
    """Leaves out the union that the database holds too: rdflib makes it of the graphs, and would meet each triple once more."""

    def triples(self, triple_pattern: Any, context: Any = None) -> Iterator[tuple[Any, Iterator[Any]]]:
        """The triples that match, each with the graph that holds it."""
        for triple, graphs in super().triples(triple_pattern, context):
            if named := [g for g in graphs if g is None or g.identifier != DATASET_DEFAULT_GRAPH_ID]:
                yield triple, iter(named)

    def query(self, query: Any, initNs: Any, initBindings: Any, queryGraph: str, **kwargs: Any) -> Any:
        """The answer of Oxigraph, which finds the union in its default graph."""
        return super().query(query, initNs, initBindings, "" if queryGraph == "__UNION__" else queryGraph, **kwargs)

    def contexts(self, triple: Any = None) -> Generator[rdflib.Graph, None, None]:
        """The graphs, or those that hold a triple."""
        return (g for g in super().contexts(triple) if g.identifier != DATASET_DEFAULT_GRAPH_ID)

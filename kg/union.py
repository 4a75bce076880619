"""The union of the articles' graphs, kept in the database's own default graph: a pattern of a query meets each triple once there.

A triple that articles share stays until the last of them goes; that is looked up in their graphs, so nothing is counted that
could be counted wrong. A graph and the union change in one transaction: a crash leaves both as they were, or both changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice

import pyoxigraph as ox

UNION = ox.DefaultGraph()
_BATCH = 100_000  # triples that a mending writes at a time


def put(database: ox.Store, iri: str, quads: list[ox.Quad]) -> None:
    """Puts a graph in the place of what is there.

    Args:
        database: what holds it.
        iri: of the graph.
        quads: of the graph.

    Raises:
        OSError, RuntimeError: it cannot be written; all is as before.
    """
    old = set(_triples(database, iri))
    if not old:  # `extend` is a transaction of its own, and quicker than an update request
        database.extend([*quads, *(ox.Quad(*q.triple) for q in quads)])
        return
    new = [q.triple for q in quads]
    lines, gone = _lines(new), _lines(_last(database, iri, old.difference(new)))
    added = f"INSERT DATA {{\n{lines}GRAPH <{iri}> {{\n{lines}}}}}"
    database.update(f"DROP SILENT GRAPH <{iri}> ; DELETE DATA {{\n{gone}}} ; {added}")


def load(database: ox.Store, quads: list[ox.Quad]) -> None:
    """Puts new graphs beside those that are there: a third of the time of one by one, and no graph is half there after a crash.

    Args:
        database: what holds none of the graphs.
        quads: of all the graphs.

    Raises:
        OSError, RuntimeError: it cannot be written; all is as before.
    """
    database.bulk_extend(chain(quads, (ox.Quad(*q.triple) for q in quads)))


def drop(database: ox.Store, iri: str) -> None:
    """Removes a graph, and from the union what no other graph holds; one that is not there is fine.

    Raises:
        OSError, RuntimeError: it cannot be written; all is as before.
    """
    gone = _lines(_last(database, iri, _triples(database, iri)))
    database.update(f"DROP SILENT GRAPH <{iri}> ; DELETE DATA {{\n{gone}}}")


def mend(database: ox.Store) -> None:
    """Makes the union what the graphs say, whatever was there; a crash on the way leaves it to be mended again.

    Raises:
        OSError, RuntimeError: it cannot be written.
    """
    graphs, union = _marks(_in_graphs(database)), _marks(_in_union(database))
    for quad in [q for q in _in_union(database) if hash(q.triple) not in graphs]:
        database.remove(quad)
    lacking = (ox.Quad(*q.triple) for q in _in_graphs(database) if hash(q.triple) not in union)
    while batch := list(islice(lacking, _BATCH)):
        database.extend(batch)


def problems(database: ox.Store) -> list[str]:
    """How the union differs from the graphs, in sentences; none if it does not."""
    graphs, union = _marks(_in_graphs(database)), _marks(_in_union(database))
    told = [f"the union of the graphs lacks {n} of their triples"] if (n := len(graphs - union)) else []
    return told + ([f"the union of the graphs holds {n} triples of no graph"] if (n := len(union - graphs)) else [])


def _marks(quads: Iterable[ox.Quad]) -> set[int]:
    """A number of 64 bits for each triple: a tenth of the memory that the triples would take."""
    return {hash(q.triple) for q in quads}


def _in_union(database: ox.Store) -> Iterator[ox.Quad]:
    return database.quads_for_pattern(None, None, None, UNION)


def _in_graphs(database: ox.Store) -> Iterator[ox.Quad]:
    return (q for graph in database.named_graphs() for q in database.quads_for_pattern(None, None, None, graph))


def _triples(database: ox.Store, iri: str) -> Iterator[ox.Triple]:
    return (q.triple for q in database.quads_for_pattern(None, None, None, ox.NamedNode(iri)))


def _last(database: ox.Store, iri: str, triples: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
    """Those of a graph's triples that no other graph holds."""
    own = (ox.NamedNode(iri), UNION)
    for triple in triples:
        s, p, o = triple
        if all(q.graph_name in own for q in database.quads_for_pattern(s, p, o, None)):
            yield triple


def _lines(triples: Iterable[ox.Triple]) -> str:
    return "".join(f"{t.subject} {t.predicate} {t.object} .\n" for t in triples)

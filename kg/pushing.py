"""The articles' graphs sent to another server, each in place of the one there, and those removed that are no longer ours."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from kg.errors import StoreError
from kg.export import INTERNAL
from kg.iris import article_iri
from kg.remote import RemoteError, Server, prepared
from kg.store import Store

SILENT = 3  # graphs in a row without an answer, after which the server counts as gone
_ARTICLES = """SELECT DISTINCT ?g ?id WHERE {
  GRAPH ?g { ?g a schema:NewsArticle ; dcterms:identifier ?id }
  FILTER(STRSTARTS(STR(?g), %s))
}"""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push did: numbers of graphs that the server took, removed, and did not take or remove."""

    sent: int
    removed: int
    failed: int


def push(
    store: Store, server: Server, *, ask: Server | None = None, complain: Callable[[RemoteError], None] = lambda _: None
) -> Pushed:
    """Sends every article's graph to a server, in place of the one that it has; the same graph any number of times.

    Args:
        store: an open store.
        server: at its address for the Graph Store Protocol.
        ask: the server's address for queries, to remove articles' graphs that are no longer in the store; None: keep them. They
            are kept too if a graph could not be sent.
        complain: is told why a graph was not taken; the others go on.

    Raises:
        RemoteError: the password is wrong, or the server was silent for `SILENT` graphs in a row.
        StoreError: the store holds no article but others are to be removed, or cannot be read.
    """
    mine = store.graphs()
    if ask is not None and not mine:
        raise StoreError("holds no article: every graph there would be removed", where=str(store.path))
    failed = _each(mine, lambda iri: server.put(iri, triples_of(store, iri)), complain)
    if ask is None or failed:
        return Pushed(len(mine) - failed, 0, failed)
    old = sorted(_strays(ask, store.base, {iri for _, iri in mine}))
    kept = _each(old, server.delete, complain)
    return Pushed(len(mine), len(old) - kept, kept)


def triples_of(store: Store, iri: str) -> bytes:
    """An article's graph as sorted N-Triples, without what only the store needs."""
    kept = (quad.triple for quad in store.graph(iri) if quad.predicate.value not in INTERNAL)
    lines = (ox.serialize(kept, format=ox.RdfFormat.N_TRIPLES) or b"").splitlines(keepends=True)
    return b"".join(sorted(lines))


def _each(graphs: list[tuple[str, str]], act: Callable[[str], None], complain: Callable[[RemoteError], None]) -> int:
    """Acts on (id, IRI) after (id, IRI); how many failed."""
    failed = silent = 0
    for id, iri in graphs:
        try:
            act(iri)
            silent = 0
        except RemoteError as error:
            failed, silent = failed + 1, silent + 1 if error.status is None else 0
            if error.status == http.client.UNAUTHORIZED:
                raise
            complain(RemoteError(f"graph of {id!r}: {error.what}", where=error.where, hint=error.hint, status=error.status))
            if silent == SILENT:
                raise RemoteError(f"no answer for {SILENT} graphs in a row: given up", where=error.where) from error
    return failed


def _strays(ask: Server, base: str, mine: set[str]) -> Iterator[tuple[str, str]]:
    """Ids and IRIs of graphs there that an article of ours would have, but that are not ours now; others' graphs never."""
    for graph, id in set(ask.query(prepared(_ARTICLES % ox.Literal(base), {}, base)).rows):
        try:
            ours = article_iri(id.value, base) == graph.value
        except StoreError:
            continue
        if ours and graph.value not in mine:
            yield id.value, graph.value

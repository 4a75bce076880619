"""The process that runs users' queries: it opens one source, gives up the right to open anything else, and answers orders.

It is started as a script without site packages, so that it is there in a moment; `kg.sandbox` is its other end.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

if __name__ == "__main__":
    sys.path.extend(sys.argv[1:])

import pyoxigraph as ox

from kg.errors import KgError, QueryError, StoreError
from kg.lockdown import Files, bound, raise_file_limit
from kg.querytext import Bound, bind
from kg.store import Store, default_prefixes

FILES = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".trig": ox.RdfFormat.TRIG,
    ".nq": ox.RdfFormat.N_QUADS,
    ".nt": ox.RdfFormat.N_TRIPLES,
}
_NAMED = """SELECT DISTINCT ?entity ?name WHERE {
  GRAPH ?g { VALUES ?p { rdfs:label skos:altLabel } ?entity ?p ?label }
  BIND(STR(?label) AS ?name)
  FILTER(CONTAINS(LCASE(?name), %s))
} ORDER BY ?name ?entity"""
_SIMILAR = 5  # names that an error suggests

Order = Mapping[str, Any]


def main(stdin: IO[bytes], stdout: IO[bytes]) -> None:
    """Opens the source that the first line names and answers the others, each a JSON object."""
    source = json.loads(stdin.readline())
    try:
        with _opened(source) as view:
            view.files.close()
            _end(stdout, {"kind": "ready"})
            for line in iter(stdin.readline, b""):
                _end(stdout, _run(view, json.loads(line), source["base"], stdout))
    except StoreError as error:
        _end(stdout, _told(error, "store"))


class View:
    """A database, and what its default graph holds.

    Oxigraph can make the union of the graphs itself, at each pattern; but then a triple counts once for each graph that has it.

    Args:
        database: what is asked.
        files: those that it still has to open.
        store: whether it is a store's, whose default graph is the union of the graphs for good; a file may have its own.
    """

    def __init__(self, database: ox.Store, files: Iterable[Path] = (), *, store: bool = False) -> None:
        self.database, self.files, self._store = database, Files(files), store
        self._own: list[ox.Quad] | None = None  # what a file has in its default graph, when the union stands there
        self._plain = store or not any(True for _ in database.named_graphs())

    def dataset(self, order: Order) -> dict[str, Any]:
        """What a query sees, as arguments of Oxigraph: the dataset that the order names, else that of its FROM, else all."""
        if order["default_graph"] or order["named_graphs"]:  # what it does not name is not there
            return {key: [ox.NamedNode(iri) for iri in order[key]] for key in ("default_graph", "named_graphs")}
        if order["dataset"]:
            return {}
        if not self._plain:
            self._show(order["union"])
        return {"default_graph": []} if self._store and not order["union"] else {}

    def _show(self, union: bool) -> None:
        """Puts the union of a file's graphs into the default graph, or what the file had there."""
        default = ox.DefaultGraph()
        if union and self._own is None:
            self._own = list(self.database.quads_for_pattern(None, None, None, default))
            self.database.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }")
        elif not union and self._own is not None:
            self.database.clear_graph(default)
            self.database.extend(self._own)
            self._own = None


@contextmanager
def _opened(source: Order) -> Iterator[View]:
    """The store of a folder, or the content of one RDF file in memory."""
    path = Path(source["path"])
    if path.suffix in FILES and path.is_file():
        yield View(_loaded(path, source["base"]))
        return
    raise_file_limit()
    with Store.open(path, base=source["base"], read_only=True, wait=source["wait"], verify=False) as store:
        yield View(store.database, store.folder.glob("*.sst"), store=True)


def _loaded(path: Path, base: str) -> ox.Store:
    database = ox.Store()
    try:
        database.bulk_load(path=str(path), format=FILES[path.suffix], base_iri=base)
    except (SyntaxError, ValueError, OSError) as error:
        raise StoreError(f"cannot be read: {error}", where=str(path), hint="a whole RDF file is expected") from error
    return database


def _run(view: View, order: Order, base: str, stdout: IO[bytes]) -> dict[str, Any]:
    """Writes the answer and returns the header that follows it, when nothing can go wrong any more."""
    given = Bound(order["text"])
    try:
        if not view.files.close() and "service" in order["text"].lower():
            raise QueryError("the word SERVICE is not allowed here", hint="queries stay on this machine")
        dataset = view.dataset(order)
        bound(order["memory"], order["seconds"])
        prefixes = {**default_prefixes(base), **order["prefixes"]}
        _known_graphs(view.database, order)
        given = bind(order["text"], {name: _terms(view.database, terms, prefixes) for name, terms in order["bind"].items()})
        answer = view.database.query(given.text, base_iri=order["base"] or base, prefixes=prefixes, **dataset)
        return {"kind": _write(answer, io.BufferedWriter(_Frames(stdout, order["most"]), 1 << 16))}
    except KgError as error:
        return _told(error, "query")
    except (SyntaxError, ValueError) as error:
        return _malformed(str(error), given)
    except (MemoryError, OSError, RuntimeError) as error:
        what = str(error) or "takes too much memory"
        return {"kind": "error", "family": "limit", "what": what[:500], "hint": "use LIMIT, or narrow the patterns"}


def _known_graphs(database: ox.Store, order: Order) -> None:
    """A graph that is not there would be an empty answer; nothing is fetched."""
    for iri in (*order["graphs"], *order["default_graph"], *order["named_graphs"]):
        if not database.contains_named_graph(ox.NamedNode(iri)):
            raise QueryError(f"there is no graph <{iri}> here", hint="graphs are articles; list them with @articles")


def _terms(database: ox.Store, given: list[Order], prefixes: Mapping[str, str]) -> list[str]:
    """Values in N-Triples syntax; a name gives whoever is called so."""
    found: dict[str, None] = {}
    for one in given:
        found.update(dict.fromkeys([one["term"]] if "term" in one else _called(database, one["name"], prefixes)))
    return list(found)


def _called(database: ox.Store, name: str, prefixes: Mapping[str, str]) -> list[str]:
    """The nodes that a label or other name calls so: exactly, or else but for capitals.

    Raises:
        QueryError: there is none; the hint tells names that contain it.
    """
    answer = database.query(_NAMED % ox.Literal(name.lower()), prefixes=dict(prefixes))
    rows = [(row["name"].value, str(row["entity"])) for row in answer]  # type: ignore[union-attr]
    for wanted, form in ((name, str), (name.lower(), str.lower)):
        if called := [entity for n, entity in rows if form(n) == wanted]:
            return list(dict.fromkeys(called))
    similar = list(dict.fromkeys(n for n, _ in rows))[:_SIMILAR]
    hint = f"names that contain it: {', '.join(similar)}" if similar else 'a literal is written in quotes: "text", 3, 2025-12-03'
    raise QueryError(f"nobody and nothing here is called {name!r}", hint=hint)


def _write(answer: Any, out: Any) -> str:
    if isinstance(answer, ox.QueryTriples):
        answer.serialize(output=out, format=ox.RdfFormat.N_TRIPLES)
        kind = "triples"
    else:
        answer.serialize(output=out, format=ox.QueryResultsFormat.JSON)
        kind = "boolean" if isinstance(answer, ox.QueryBoolean) else "solutions"
    out.flush()
    return kind


def _told(error: KgError, family: str) -> dict[str, Any]:
    return {"kind": "error", "family": family, "what": error.what, "where": error.where, "hint": error.hint}


def _malformed(message: str, given: Bound) -> dict[str, Any]:
    """Oxigraph's 'error at 1:20: expected ...' as what is wrong and where it stands in the query as it was given."""
    place, _, rest = message.removeprefix("error at ").partition(": ")
    line, _, column = place.partition(":")
    where = given.original(int(line), int(column)) if line.isdecimal() and column.isdecimal() else None
    what = f"malformed: {_expected(rest) if where else message[:300]}"
    return {"kind": "error", "family": "query", "what": what, "where": where, "hint": "see https://www.w3.org/TR/sparql11-query/"}


def _expected(message: str) -> str:
    """What the parser expected, without its classes of characters."""
    if "Prefix not found" in message:
        return "a prefix is not declared"
    first, *others = message.removeprefix("expected one of ").split(", ")
    words = [word for word in (first, *others) if not word.startswith(("[", "'", "|"))]
    return f"expected one of {', '.join(words[:_SIMILAR])}" if others and words else message[:300]


def _end(stdout: IO[bytes], header: Mapping[str, Any]) -> None:
    """Ends an answer: a frame of no length, and the header in a line."""
    stdout.write(b"%08x" % 0 + json.dumps(header).encode() + b"\n")
    stdout.flush()


class _Frames(io.RawIOBase):
    """A stream that writes frames, each with its length in front, and refuses more than so many bytes."""

    def __init__(self, stream: IO[bytes], most: int) -> None:
        super().__init__()
        self._stream, self._left, self._most = stream, most, most

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        size = len(data)
        self._left -= size
        if self._left < 0:
            raise OSError(f"the result is over {self._most / (1 << 20):g} MB")
        self._stream.write(b"%08x" % size + bytes(data))
        return size


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
    os._exit(0)  # nothing to tidy up: the store was only read

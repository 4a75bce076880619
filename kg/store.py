"""The store: one named graph per article in Oxigraph on disk, each written in one transaction.

A folder holds `oxigraph/` (the database), `store.json` (what the database must hold at least, so that a loss is noticed) and two
lock files: one writer at a time, and readers wait until it is done.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pyoxigraph as ox

from kg import export, rdf
from kg.errors import StoreError
from kg.iris import article_iri, clean, term
from kg.model import KINDS, Article, Extraction
from kg.vocab import BASE, KG, PREFIXES

if TYPE_CHECKING:
    import rdflib

try:
    import fcntl
except ImportError:  # Windows: the database's own lock has to do
    fcntl = None  # type: ignore[assignment]

FORMAT = 1
_OURS = {"writer.lock", "readers.lock", ".store.json", "oxigraph", ".oxigraph"}
WAIT = 15.0  # seconds that readers wait for a writer, and a writer for readers
_POLL = 0.05
_REBUILD = "delete the folder and build again"
_COUNTS = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
_ARTICLES = "SELECT ?g ?id WHERE { GRAPH ?g { ?g a schema:NewsArticle ; dcterms:identifier ?id } }"


class Store:
    """The articles' graphs. Open it with `Store.open`, as a context manager."""

    def __init__(self, path: Path, base: str, read_only: bool, database: ox.Store, manifest: dict[str, Any]) -> None:
        self.path, self.base, self.read_only = path, base, read_only
        self._database, self._manifest = database, manifest
        self._written = not read_only and not (path / "store.json").is_file()

    @classmethod
    @contextmanager
    def open(
        cls, path: Path | str, *, base: str = BASE, read_only: bool = False, wait: float = WAIT, verify: bool = True
    ) -> Iterator[Store]:
        """Opens the store of a folder, which a writer makes if it is missing.

        Args:
            path: the folder.
            base: what the IRIs of the data start with; the same as when the store was made.
            read_only: open for reading only; any number of readers may.
            wait: seconds to wait for those that read or write it now.
            verify: look for losses.

        Raises:
            StoreError: it is missing, in use, damaged, no store, or was made with another base.
        """
        path = Path(path)
        if read_only and not (path / "store.json").is_file():
            raise StoreError("no store here", where=str(path), hint="make one with: kg build PATH...")
        with ExitStack() as stack:
            _make_folder(path, read_only)
            _lock(stack, path, read_only, wait)
            manifest = _read_manifest(path, base)
            store = cls(path, base, read_only, _open_database(path, read_only), manifest)
            try:
                if verify:
                    store._verify_on_opening()
                if store._written:  # a new store, or one whose store.json was lost
                    store._write_manifest(clean=False)
                yield store
            finally:
                store._close()

    # Writing

    def put(self, extraction: Extraction, version: str) -> bool:
        """Writes an article's graph in one transaction, in place of the one that it had.

        Args:
            extraction: what the article gave.
            version: versions of program, model and lexicon that made it.

        Returns:
            Whether anything changed: not if content and version are those of the store.

        Raises:
            StoreError: the id is stored from another path with other content, or something in it cannot stand in RDF.
        """
        article = extraction.article
        if self.is_current(article, version):
            return False
        self._refuse_homonym(article)
        quads = rdf.quads(extraction, version, base=self.base)
        self._begin()
        self._replace(article_iri(article.id, self.base), quads)
        return True

    def remove(self, article_id: str) -> bool:
        """Removes an article with its facts; whether there was one."""
        iri = article_iri(article_id, self.base)
        if not self._has(iri):
            return False
        self._begin(len(self._articles()) - 1)
        self._replace(iri, [])
        return True

    def is_current(self, article: Article, version: str) -> bool:
        """Whether the store holds this content of the article, made by this version."""
        iri = article_iri(article.id, self.base)
        run = self._value(iri, "prov:wasGeneratedBy", iri)
        stored = (self._value(iri, "kg:contentHash", iri), self._value(run, "kg:version", iri) if run else None)
        return stored == (article.content_hash, clean(version))

    def _refuse_homonym(self, article: Article) -> None:
        iri = article_iri(article.id, self.base)
        stored = self._value(iri, "kg:path", iri)
        if stored is None or article.path is None or self._value(iri, "kg:contentHash", iri) == article.content_hash:
            return
        if os.path.abspath(stored) != os.path.abspath(clean(article.path)):
            raise StoreError(
                f"the id {article.id!r} is stored from another path, {stored}",
                where=article.path,
                hint="use --id-from path, or rename one of the files",
            )

    def _replace(self, iri: str, quads: list[ox.Quad]) -> None:
        """Drops and inserts in one update request, which Oxigraph runs as one transaction."""
        lines = "".join(f"{q.subject} {q.predicate} {q.object} .\n" for q in quads)
        with self._errors():
            self._database.update(f"DROP SILENT GRAPH <{iri}> ; INSERT DATA {{ GRAPH <{iri}> {{\n{lines}}} }}")

    def _begin(self, articles: int | None = None) -> None:
        """Notes, before a change, that the store is being written and how many articles it will hold at least."""
        if self.read_only:
            raise StoreError("opened for reading only", where=str(self.path))
        if not self._written or articles is not None:
            self._written = True
            self._write_manifest(clean=False, articles=self._manifest["articles"] if articles is None else articles)

    def _close(self) -> None:
        """Makes durable what was written, and lets go of the database, which is locked as long as anything refers to it."""
        try:
            if self._written:
                with self._errors():
                    self._database.flush()
                self._write_manifest(clean=True, articles=len(self._articles()))
        finally:
            self.__dict__.pop("dataset", None)
            del self._database

    def _write_manifest(self, **changes: Any) -> None:
        self._manifest |= changes
        target, temporary = self.path / "store.json", self.path / ".store.json"
        with self._errors(), temporary.open("w", encoding="utf-8") as file:
            json.dump(self._manifest, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)

    # Reading

    def articles(self) -> list[dict[str, Any]]:
        """The articles by id: the keys of `rdf.article_row`."""
        return [rdf.article_row(rdf.index(self._graph(iri)), iri) for _, iri in self._articles()]

    def facts(self) -> Iterator[dict[str, Any]]:
        """The facts by article id, place in the text and IRI.

        Each has the keys of `Fact.record()`, `iri`, `article_iri`, `article_date`, `article_title`, `article_url`, and in each
        entity `iri`.
        """
        for _, iri in self._articles():
            yield from rdf.fact_records(rdf.index(self._graph(iri)), iri)

    def query(self, text: str, *, union: bool = True, prefixes: Mapping[str, str] | None = None) -> Any:
        """Runs a query of our own in this process; those of users go through `sandbox.run_query`.

        Args:
            text: SPARQL; the project's prefixes are declared.
            union: whether the default graph is the union of all graphs.
            prefixes: further prefixes.

        Returns:
            QuerySolutions, QueryBoolean or QueryTriples of pyoxigraph.

        Raises:
            StoreError: the store cannot be read.
            SyntaxError: the query is malformed.
        """
        names = {**default_prefixes(self.base), **(prefixes or {})}
        try:
            return self._database.query(text, base_iri=self.base, prefixes=names, use_default_graph_as_union=union)
        except OSError as error:
            raise StoreError(f"cannot be read: {error}", where=str(self.path)) from error

    @cached_property
    def dataset(self) -> rdflib.Dataset:
        """The store as an rdflib dataset whose default graph is the union of the articles' graphs."""
        import oxrdflib
        import rdflib

        dataset = rdflib.Dataset(store=oxrdflib.OxigraphStore(store=self._database), default_union=True)
        for name, iri in default_prefixes(self.base).items():
            dataset.bind(name, iri, replace=True)
        return dataset

    def serialize(self, format: str, *, articles: Collection[str] | None = None) -> bytes:
        """The graphs as a file in UTF-8; the same content gives the same bytes, in whatever order it was built.

        Args:
            format: 'turtle' (the union), 'trig', 'nquads' or 'jsonld'.
            articles: ids of those to write; None: all.

        Raises:
            StoreError: unknown format, or an id that is not stored.
        """
        stored = dict(self._articles())
        if unknown := sorted(set(articles or ()) - stored.keys()):
            raise StoreError(f"no article {unknown[0]!r}", where=str(self.path))
        chosen = [iri for id, iri in stored.items() if articles is None or id in articles]
        return export.serialize((q for iri in chosen for q in self._graph(iri)), format, base=self.base)

    def info(self) -> dict[str, Any]:
        """Counts of articles, facts, entities and triples, the versions that made them, and the ids of damaged articles."""
        rows, counts = self.articles(), self._counts()
        kinds = {KG + kind for kind in KINDS}
        types: Iterable[Any] = self._database.quads_for_pattern(None, term("rdf:type"), None, None)
        return {
            "articles": len(rows),
            "facts": sum(row["facts"] for row in rows),
            "entities": len({q.subject for q in types if q.object.value in kinds}),
            "triples": sum(counts.values()),
            "versions": sorted({str(row["version"]) for row in rows}),
            "damaged": [row["id"] for row in rows if counts[row["iri"]] != row["triples"]],
        }

    def _articles(self) -> list[tuple[str, str]]:
        """Ids and IRIs, by id."""
        return sorted((row["id"].value, row["g"].value) for row in self.query(_ARTICLES, union=False))

    def _graph(self, iri: str) -> Iterator[ox.Quad]:
        return self._database.quads_for_pattern(None, None, None, ox.NamedNode(iri))

    def _has(self, iri: str) -> bool:
        return self._value(iri, "kg:contentHash", iri) is not None

    def _value(self, subject: str, predicate: str, graph: str) -> str | None:
        found: Iterable[Any] = self._database.quads_for_pattern(ox.NamedNode(subject), term(predicate), None, ox.NamedNode(graph))
        return next((q.object.value for q in found), None)

    def _counts(self) -> Counter[str]:
        return Counter({row["g"].value: int(row["n"].value) for row in self.query(_COUNTS, union=False)})

    def _verify_on_opening(self) -> None:
        """A log cut short opens without an error: articles are counted; after a crash, their triples too."""
        stored, least = self._articles(), self._manifest["articles"]
        if len(stored) < least or (self._manifest["clean"] and len(stored) != least):
            what = f"damaged: it holds {len(stored)} of {least} articles"
            raise StoreError(what, where=str(self.path), hint=_REBUILD)
        if not self._manifest["clean"] and (damaged := self.info()["damaged"]):
            raise StoreError(f"damaged: article {damaged[0]!r} lost facts", where=str(self.path), hint=_REBUILD)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (OSError, RuntimeError) as error:  # Oxigraph raises either for what is corrupt
            raise StoreError(f"cannot be read or written: {error}", where=str(self.path)) from error


def default_prefixes(base: str = BASE) -> dict[str, str]:
    """The prefixes that queries may use: those of the ontology, and `id:` for the data."""
    return {**PREFIXES, "id": base}


def _make_folder(path: Path, read_only: bool) -> None:
    """Makes the folder of a new store; a folder of something else is left alone."""
    try:
        if not read_only:
            path.mkdir(parents=True, exist_ok=True)
        names = {p.name for p in path.iterdir()} - _OURS
    except OSError as error:
        raise StoreError(f"no folder for a store: {error.strerror}", where=str(path), hint="choose another --output") from error
    if names and "store.json" not in names:
        raise StoreError("this folder is no store", where=str(path), hint="choose another --output, or empty it")


def _lock(stack: ExitStack, path: Path, read_only: bool, wait: float) -> None:
    """Holds the locks until the stack closes: writers exclude each other at once, readers and the writer wait for each other."""
    if fcntl is None:
        return
    if not read_only:
        held = _flock(stack, path / "writer.lock", fcntl.LOCK_EX, 0)
        if not held:
            raise StoreError("another kg is writing this store", where=str(path), hint="wait until it is done")
    if not _flock(stack, path / "readers.lock", fcntl.LOCK_SH if read_only else fcntl.LOCK_EX, wait):
        who = "written" if read_only else "read"
        raise StoreError(f"the store is being {who} by another kg", where=str(path), hint="wait until it is done")


def _flock(stack: ExitStack, path: Path, kind: int, wait: float) -> bool:
    try:
        file: IO[bytes] = stack.enter_context(path.open("ab"))
    except OSError:
        if kind == fcntl.LOCK_SH:
            return True  # a store on a read-only medium has no writer
        raise StoreError("cannot be written", where=str(path), hint="choose another --output") from None
    deadline = time.monotonic() + wait
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(file, kind | fcntl.LOCK_NB)
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL)


def _read_manifest(path: Path, base: str) -> dict[str, Any]:
    file = path / "store.json"
    if not file.is_file():
        return {"format": FORMAT, "base": base, "articles": 0, "clean": not (path / "oxigraph").exists()}
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        manifest = {key: found[key] for key in ("format", "base", "articles", "clean")}
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise StoreError("damaged: store.json cannot be read", where=str(path), hint=_REBUILD) from error
    if manifest["format"] != FORMAT:
        raise StoreError(f"made by another version (format {manifest['format']})", where=str(path), hint=_REBUILD)
    if manifest["base"] != base:
        raise StoreError(f"made with the base {manifest['base']}, not {base}", where=str(path), hint="set base, or build anew")
    return manifest


def _open_database(path: Path, read_only: bool) -> ox.Store:
    folder = path / "oxigraph"
    missing = (path / "store.json").is_file() and not (folder / "CURRENT").is_file()
    if missing:  # Oxigraph would make an empty one
        raise StoreError("damaged: its database is gone", where=str(path), hint=_REBUILD)
    if not folder.exists():
        _create_database(path, folder)
    try:
        return ox.Store.read_only(str(folder)) if read_only else ox.Store(str(folder))
    except (OSError, RuntimeError) as error:
        if "lock" in str(error).lower():
            raise StoreError("another kg is writing this store", where=str(path), hint="wait until it is done") from error
        raise StoreError(f"damaged: {error}", where=str(path), hint=_REBUILD) from error


def _create_database(path: Path, folder: Path) -> None:
    """Makes an empty database aside and moves it into place, so that a crash leaves none that is half made."""
    aside = path / ".oxigraph"
    try:
        shutil.rmtree(aside, ignore_errors=True)
        ox.Store(str(aside)).flush()
        os.rename(aside, folder)
    except OSError as error:
        raise StoreError(f"cannot be made: {error}", where=str(path), hint="choose another --output") from error

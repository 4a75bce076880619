"""The store: one named graph per article in Oxigraph on disk, each written in one transaction, with their union (`kg.union`).

A folder holds `records.log` (what each article gave, see `records`: an article counts as stored once it is on the disk there),
`oxigraph/` (the database, which can be made again from the records), `store.json` (what made it), `snapshots/` while it is
written, and two lock files: one writer at a time; readers of the database wait until it is done or read the last snapshot.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from kg import corrections as corrected
from kg import export, filters, opening, rdf, recovery, rows, snapshots, union
from kg.durable import write_atomically
from kg.errors import StoreError
from kg.iris import article_iri, clean, term
from kg.locks import hold
from kg.model import KINDS, Article, Extraction
from kg.records import Records
from kg.replay import replay
from kg.selection import EVERYTHING, Selection
from kg.vocab import BASE, KG, PREFIXES

if TYPE_CHECKING:
    import rdflib

WAIT = 15.0  # seconds that readers wait for a writer, and a writer for readers
PUBLISH = 10.0  # seconds between snapshots for readers; making one takes about a tenth of a second
_COUNTS = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
_ARTICLES = "SELECT ?g ?id WHERE { GRAPH ?g { ?g a schema:NewsArticle ; dcterms:identifier ?id } }"


class Store:
    """The articles' graphs. Open it with `Store.open`, as a context manager.

    Attributes:
        restored: ids of articles whose graphs were made again from their records on opening, after a crash.
        corrections: those that are replayed on what is written.
        folder: where the database is.
        live: whether this is the database itself, and not a snapshot of it while another writes.
    """

    BLOCK = 64  # new articles that are written at once

    def __init__(self, path: Path, base: str, read_only: bool, database: ox.Store, manifest: dict[str, Any]) -> None:
        self.path, self.base, self.read_only = path, base, read_only
        self.database, self.manifest = database, manifest
        self.corrections = corrected.Corrections()
        self.restored: tuple[str, ...] = ()
        self.folder, self.live = path / "oxigraph", True
        self._written = False
        self._published = time.monotonic()

    @classmethod
    @contextmanager
    def open(
        cls,
        path: Path | str,
        *,
        base: str = BASE,
        read_only: bool = False,
        wait: float = WAIT,
        verify: bool | None = True,
        corrections: Path | None = None,
        repair: bool = False,
    ) -> Iterator[Store]:
        """Opens the store of a folder, which a writer makes if it is missing.

        Args:
            path: the folder.
            base: what the IRIs of the data start with; the same as when the store was made.
            read_only: open for reading only; any number of readers may, also while it is written: they see its last snapshot.
            wait: seconds to wait for those that read or write it now.
            verify: look for losses before reading: always, only if it was not closed in good order (False), or never (None).
            corrections: the file of corrections that writing replays; None: `corrections.jsonl` beside the folder.
            repair: open it for writing though it is damaged, so that `recovery.repair` can mend it.

        Raises:
            StoreError: it is missing, in use, damaged, no store, or was made with another base; or the corrections are damaged.
        """
        path = Path(path)
        if read_only and not (path / "store.json").is_file():
            raise StoreError("no store here", where=str(path), hint="make one with: kg build PATH...")
        with ExitStack() as stack:
            folder = opening.enter(stack, path, read_only, wait)
            manifest = opening.read_manifest(path, base)
            if repair:
                recovery.set_aside(path)
            store = cls(path, base, read_only, opening.open_database(path, folder, read_only), manifest)
            store.folder, store.live = folder, folder == path / "oxigraph"
            stack.callback(store._release)
            if not read_only:
                store._prepare(corrections or path.parent / corrected.FILE, repair)
            elif store.live and verify is not None and (verify or not manifest["clean"]):
                recovery.check(store)
            yield store
            store._finish()

    def _prepare(self, corrections: Path, repair: bool) -> None:
        """What a writer does first: corrections, losses, a snapshot for those who come to read."""
        self.corrections = corrected.load(corrections)
        if not repair:
            recovery.check_records(self)
        with self._errors():
            self.records.open_log()
            self.restored = recovery.recover(self, repair)
            if not (self.path / "store.json").is_file():
                self._write_manifest(clean=False)
            if [c.id for c in self.corrections.items] != self.manifest["corrections"]:
                recovery.correct(self)
            snapshots.publish(self.path, self.database, hold)

    # Writing

    def put(self, extraction: Extraction, version: str, *, force: bool = False) -> bool:
        """Writes an article's graph in one transaction, in place of the one that it had; it is on the disk when this returns.

        Args:
            extraction: what the article gave; the corrections are replayed on it.
            version: versions of program, model and lexicon that made it.
            force: also if content and version are those of the store.

        Returns:
            Whether anything was written.

        Raises:
            StoreError: the id is stored from another path with other content, something in it cannot stand in RDF, or the
                store cannot be written; it is as before then.
        """
        article = extraction.article
        if not force and self.is_current(article, version):
            return False
        self._refuse_homonym(article)
        revision, version = self.records.revision + 1, clean(version)
        quads = self.corrected_quads(extraction, version, revision)
        self.begin()
        self.replace(article_iri(article.id, self.base), quads)
        self.records.put(extraction, version, revision)
        self._publish()
        return True

    def put_all(self, given: Sequence[tuple[Extraction, str]], *, force: bool = False) -> list[bool | StoreError]:
        """Does what `put` does for several articles, in half the time: what is new goes in as a block.

        Args:
            given: extraction and version of each article.
            force: as in `put`.

        Returns:
            For each whether anything was written, or why it cannot be stored.

        Raises:
            StoreError: the store cannot be written; nothing of the block that failed counts as stored.
        """
        done: dict[int, bool | StoreError] = {}
        for start in range(0, len(given), self.BLOCK):
            block = range(start, min(start + self.BLOCK, len(given)))
            first = {given[i][0].article.id: i for i in reversed(block)}
            fresh = [i for i in block if first[id := given[i][0].article.id] == i and self._is_new(id)]
            done |= self._put_block(given, fresh)
            done |= {i: self._put_or_tell(*given[i], force) for i in block if i not in done}
        return [done[i] for i in range(len(given))]

    def _put_block(self, given: Sequence[tuple[Extraction, str]], fresh: list[int]) -> dict[int, bool | StoreError]:
        """Puts articles that are not there, all at once; what came of each."""
        done: dict[int, bool | StoreError] = {}
        ready: list[tuple[Extraction, str, int]] = []
        quads: list[ox.Quad] = []
        for i in fresh:
            extraction, version, revision = given[i][0], clean(given[i][1]), self.records.revision + 1 + len(ready)
            try:
                quads += self.corrected_quads(extraction, version, revision)
            except StoreError as error:
                done[i] = error
            else:
                ready.append((extraction, version, revision))
                done[i] = True
        if ready:
            self.begin()
            self.records.announce(ready[-1][2])
            with self._errors():
                union.load(self.database, quads)
            self.records.put_all(ready)
            self._publish()
        return done

    def _put_or_tell(self, extraction: Extraction, version: str, force: bool) -> bool | StoreError:
        try:
            return self.put(extraction, version, force=force)
        except StoreError as error:
            if (error.where or "").startswith(str(self.path)):  # the store itself fails: no other article can be put either
                raise
            return error

    def _is_new(self, id: str) -> bool:
        return id not in self.records.entries and id not in self.records.lost and not self._has(article_iri(id, self.base))

    def remove(self, article_id: str) -> bool:
        """Removes an article with its facts; whether there was one. The change is on the disk when this returns."""
        iri = article_iri(article_id, self.base)
        if article_id not in self.records.entries and article_id not in self.records.lost and not self._has(iri):
            return False
        self.begin()
        self.records.remove(article_id, self.records.revision + 1)
        with self._errors():
            union.drop(self.database, iri)
        return True

    def is_current(self, article: Article, version: str) -> bool:
        """Whether the store holds this content of the article, made by this version."""
        entry = self.records.entries.get(article.id)
        return entry is not None and (entry.content_hash, entry.version) == (article.content_hash, clean(version))

    def _refuse_homonym(self, article: Article) -> None:
        entry = self.records.entries.get(article.id)
        if entry is None or entry.path is None or article.path is None or entry.content_hash == article.content_hash:
            return
        if os.path.abspath(entry.path) != os.path.abspath(article.path):
            raise StoreError(
                f"the id {article.id!r} is stored from another path, {entry.path}",
                where=article.path,
                hint="use --id-from path, or rename one of the files",
            )

    def corrected_quads(self, extraction: Extraction, version: str, revision: int) -> list[ox.Quad]:
        """The graph of an article, corrections replayed."""
        made, notes = replay(extraction, self.corrections)
        return rdf.quads(made, version, base=self.base, notes=notes, revision=revision)

    def replace(self, iri: str, quads: list[ox.Quad]) -> None:
        """Puts the graph in the place of what is there, in one transaction."""
        with self._errors():
            union.put(self.database, iri, quads)

    def begin(self) -> None:
        """Notes, before a change, that the store is being written."""
        if self.read_only:
            raise StoreError("opened for reading only", where=str(self.path))
        if not self._written:
            self._write_manifest(clean=False)
            self._written = True

    def _publish(self) -> None:
        """From time to time, a snapshot for those who read while we write, and a note of where the records stand."""
        if time.monotonic() - self._published >= PUBLISH:
            with self._errors():
                snapshots.publish(self.path, self.database, hold)
            self.records.save_sometimes()
            self._published = time.monotonic()

    def _finish(self) -> None:
        """Makes all durable and says so; not reached after an error, so that the next writer looks closely."""
        if self.read_only:
            return
        with self._errors():
            if self._written or not self.manifest["clean"]:
                self.database.flush()
                self.records.save()
                self._write_manifest(clean=True)
            snapshots.sweep(self.path, hold)

    def _release(self) -> None:
        """Lets go of the database, which is locked as long as anything refers to it."""
        self.__dict__.pop("dataset", None)
        if "records" in self.__dict__:
            self.records.close()
        del self.database

    def _write_manifest(self, **changes: Any) -> None:
        self.manifest |= changes
        write_atomically(self.path / "store.json", json.dumps(self.manifest).encode())

    def note_corrections(self) -> None:
        """Remembers that all graphs are corrected as the present corrections say."""
        self._write_manifest(corrections=[c.id for c in self.corrections.items])

    # Reading

    @cached_property
    def records(self) -> Records:
        """The articles' own records."""
        return Records(self.path)

    def articles(self) -> list[dict[str, Any]]:
        """The articles by id: the keys of `rows.article_row`."""
        return [rows.article_row(rows.index(self.graph(iri)), iri) for _, iri in self.graphs()]

    def facts(self, chosen: Selection = EVERYTHING) -> Iterator[dict[str, Any]]:
        """The facts by article id, place in the text and IRI.

        Each has the keys of `Fact.record()`, `id`, `iri`, `corrected`, `article_iri`, `article_date`, `article_title`,
        `article_url`, and in each entity `iri`.
        """
        for id, iri in self.graphs():
            if chosen.may_be_in(id):
                yield from filter(chosen.holds, rows.fact_records(rows.index(self.graph(iri)), iri))

    def statements(self, chosen: Selection = EVERYTHING) -> Iterator[dict[str, Any]]:
        """Who said what, by article id, place in the text and IRI: the keys of `Statement.record()` and what `facts` adds."""
        for id, iri in self.graphs():
            if chosen.may_be_in(id):
                yield from filter(chosen.holds_statement, rows.statement_records(rows.index(self.graph(iri)), iri))

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
            return self.database.query(text, base_iri=self.base, prefixes=names, default_graph=None if union else [])
        except OSError as error:
            raise StoreError(f"cannot be read: {error}", where=str(self.path), hint=opening.MEND) from error

    @cached_property
    def dataset(self) -> rdflib.Dataset:
        """The store as an rdflib dataset whose default graph is the union of the articles' graphs."""
        from kg.rdflibview import view

        return view(self.database, default_prefixes(self.base))

    def serialize(self, format: str, *, articles: Collection[str] | None = None, chosen: Selection = EVERYTHING) -> bytes:
        """The graphs as a file in UTF-8; the same content gives the same bytes, in whatever order it was built.

        Args:
            format: 'turtle' (the union), 'trig', 'nquads' or 'jsonld'.
            articles: ids of those to write; None: all.
            chosen: what of them to write.

        Raises:
            StoreError: unknown format, or an id that is not stored.
        """
        stored = dict(self.graphs())
        asked = {*(articles or ()), *(chosen.articles or ())}
        if unknown := sorted(a for a in asked if a not in stored and not any(map(Selection(articles=(a,)).may_be_in, stored))):
            raise StoreError(f"no article {unknown[0]!r}", where=str(self.path))
        wanted = [iri for id, iri in stored.items() if (articles is None or id in articles) and chosen.may_be_in(id)]
        found = (q for iri in wanted for q in filters.part(list(self.graph(iri)), iri, chosen))
        return export.serialize(found, format, base=self.base)

    def info(self) -> dict[str, Any]:
        """Counts of articles, facts, statements, entities and triples, the versions that made them, and what is wrong.

        `damaged`: ids of articles whose graph or record is not as it was written; `lost`: ids of articles to be built again;
        `problems`: all of it in sentences.
        """
        found, counts = self.articles(), self._counts()
        kinds = {KG + kind for kind in KINDS}
        types: list[Any] = list(self.database.quads_for_pattern(None, term("rdf:type"), None, union.UNION))
        verified = recovery.verify(self)
        return {
            "articles": len(found),
            "facts": sum(row["facts"] for row in found),
            "statements": sum(q.object == term("kg:Statement") for q in types),
            "entities": len({q.subject for q in types if q.object.value in kinds}),
            "triples": sum(counts.values()),
            "versions": sorted({str(row["version"]) for row in found}),
            "damaged": sorted(verified.damaged),
            "lost": sorted(verified.lost),
            "problems": list(verified.problems),
        }

    def graphs(self) -> list[tuple[str, str]]:
        """Ids and IRIs of the articles, by id."""
        return sorted((row["id"].value, row["g"].value) for row in self.query(_ARTICLES, union=False))

    def graph(self, iri: str) -> Iterator[ox.Quad]:
        """The quads of an article's graph."""
        return self.database.quads_for_pattern(None, None, None, ox.NamedNode(iri))

    def find(self, predicate: str, value: ox.NamedNode | None = None) -> list[Any]:
        """The quads of the articles' graphs with a predicate, by its prefixed name, and an object."""
        found = self.database.quads_for_pattern(None, term(predicate), value, None)
        return [q for q in found if q.graph_name != union.UNION]

    def _has(self, iri: str) -> bool:
        return any(True for _ in self.graph(iri))

    def _counts(self) -> Counter[str]:
        return Counter({row["g"].value: int(row["n"].value) for row in self.query(_COUNTS, union=False)})

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (OSError, RuntimeError) as error:  # Oxigraph raises either for what is corrupt
            what = f"cannot be read or written: {error}"
            raise StoreError(what, where=str(self.path), hint="if the disk is full, make room; then see: kg info") from error


def default_prefixes(base: str = BASE) -> dict[str, str]:
    """The prefixes that queries may use: those of the ontology, and `id:` for the data."""
    return {**PREFIXES, "id": base}

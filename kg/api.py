"""The package from Python: build a graph, open it, ask it, in few lines.

>>> import kg, rdflib
>>> text = "Außenministerin Clara Reuter bleibt dem Gipfel in Genf fern."
>>> facts = kg.extract_facts(text, date="2025-12-02")
>>> [(fact["subject"]["name"], fact["object"]["name"]) for fact in facts if fact["relation"] == "absent_from"]
[('Clara Reuter', 'Gipfel in Genf')]

Files and folders become a graph on disk:

>>> _ = (folder / "a1.txt").write_text(f"date 2025-12-02\\n{text}\\n", encoding="utf-8")
>>> report = kg.build_graph(folder / "a1.txt", output=folder / "output")
>>> report.stored, report.failed
(1, ())

Facts are dictionaries, and answers of queries turn into rows for a DataFrame:

>>> graph = kg.open_graph(folder / "output")
>>> [(fact["article"], fact["status"]) for fact in graph.facts(relation="absent_from")]
[('a1', 'asserted')]
>>> graph.query("SELECT ?who ?day WHERE { ?p kg:absentFrom ?e ; rdfs:label ?who . ?a dcterms:issued ?day }").records()
[{'who': 'Clara Reuter', 'day': datetime.date(2025, 12, 2)}]
>>> [row["event"] for row in graph.query("@absences", actor="Clara Reuter").records()]
['Gipfel in Genf']
>>> graph.query("ASK { ?who kg:absentFrom ?what }").boolean
True

All else is up to rdflib, on a copy in memory:

>>> dataset = graph.dataset()
>>> absent_from = dataset.namespace_manager.expand_curie("kg:absentFrom")
>>> [dataset.value(who, rdflib.RDFS.label).value for who in dataset.subjects(absent_from)]
['Clara Reuter']
"""

from __future__ import annotations

import datetime
import io
import json
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg import config
from kg.errors import ArticleError, ConfigError, QueryError

if TYPE_CHECKING:
    import rdflib

    from kg.build import BuildReport, Crew
    from kg.network import Network
    from kg.profile import Profile
    from kg.results import QueryResult

PathLike = str | os.PathLike[str]


def settings(**flags: Any) -> config.Settings:
    """Settings as the command line makes them: `kg.toml` and `KG_*`, and what is given here; see `kg.config.Settings`.

    Raises:
        ConfigError: unknown, or a value that does not fit.
    """
    given = {key: str(v) if isinstance(v, os.PathLike) else v for key, v in flags.items()}
    return config.load(None, os.environ, **given)


def extract_facts(text: str, *, date: datetime.date | str, **flags: Any) -> list[dict[str, Any]]:
    """The facts of one text, stored nowhere.

    Args:
        text: an article.
        date: its day of publication.
        flags: settings.

    Returns:
        The records of `Fact.record()`, in text order.

    Raises:
        ArticleError: it cannot be read.
    """
    from kg.build import extractor_of, read

    made, record = settings(**flags), {"id": "text", "date": str(date), "text": text}
    (article,) = read(["-"], made, io.BytesIO(json.dumps(record).encode()))
    if isinstance(article, ArticleError):
        raise article
    return [fact.record() for fact in extractor_of(made)(article.lang).extract(article).facts]


def build_graph(
    *paths: PathLike,
    strict: bool = False,
    workers: int = 1,
    cluster: str | None = None,
    shards: PathLike | None = None,
    files: bool = True,
    **flags: Any,
) -> BuildReport:
    """Adds articles to a graph and writes its files, as `kg build` does.

    Args:
        paths: files and folders.
        strict: raise at the first article that cannot be read, else see `BuildReport.failed`.
        workers: processes at work; 1: this one.
        cluster: address or scheduler file of a Dask cluster that does the work instead; see `kg.cluster.Cluster`.
        shards: with `cluster`, a folder that all machines share; None: in the output.
        files: write the graph's files, else only the store.
        flags: settings, for instance `output`, `date`, `lang`.

    Raises:
        ArticleError: an article cannot be read (with `strict`).
        StoreError: the output cannot be written.
        ConfigError: no cluster has this address, or both `workers` and `cluster` are given.
    """
    from kg.build import build

    if workers > 1 and cluster is not None:
        raise ConfigError("give either workers or cluster")
    made = settings(**flags)

    def tell(error: ArticleError) -> None:
        if strict:
            raise error

    with _crew(made, workers, cluster, shards) as crew:
        return build([os.fspath(path) for path in paths], made, workers=crew, files=files, on_error=tell)


def _crew(
    made: config.Settings, workers: int, cluster: str | None, shards: PathLike | None
) -> AbstractContextManager[Crew | None]:
    """The processes that analyse; none if this one does all."""
    if cluster is not None:
        from kg.cluster import Cluster

        return Cluster(cluster, made, folder=Path(shards) if shards else None)
    from kg.build import workers_of

    return workers_of(made, workers) if workers > 1 else nullcontext()


def open_graph(output: PathLike = "output", **flags: Any) -> Graph:
    """The graph that a build made.

    Args:
        output: its folder, or an exported RDF file (.ttl, .trig, .nq, .nt), which can be queried only.
        flags: settings.

    Raises:
        StoreError: there is none.
    """
    return Graph(output, **flags)


@dataclass(frozen=True, slots=True)
class Page:
    """A page that needs no network."""

    html: str

    def _repr_html_(self) -> str:
        """In a frame of its own, so that neither reaches into the other."""
        return f'<iframe sandbox="allow-scripts allow-downloads" width="100%" height="640" srcdoc="{escape(self.html)}"></iframe>'


class Graph:
    """A graph to read. It keeps nothing open, so that builds can go on; each call sees the last state."""

    def __init__(self, output: PathLike = "output", **flags: Any) -> None:
        """Finds the graph; see `open_graph`."""
        from kg.build import existing

        self._settings = settings(output=output, **flags)
        path = Path(output)
        self._source = path if path.suffix in (".ttl", ".trig", ".nq", ".nt") else existing(self._settings)

    def __repr__(self) -> str:
        return f"Graph({str(self._settings.output)!r})"

    def query(self, text: str, /, *, timeout: float = 30.0, union: bool = True, **values: Any) -> QueryResult:
        """Asks in SPARQL, in the sandbox that `kg query` uses.

        Args:
            text: a query, or '@NAME' of a named one; the prefixes of the project are declared.
            timeout: seconds until it is given up.
            union: whether the default graph is the union of all articles.
            values: of its variables by their names: names of entities, IRIs (`<...>`), literals (`'"text"'`), numbers, dates, or
                lists of these.

        Raises:
            QueryError: it is malformed, forbidden or went over a limit, or somebody is unknown.
        """
        from kg.named import find
        from kg.sandbox import run_query

        named = find(text[1:]) if text.startswith("@") else None
        if named and (unknown := sorted(values.keys() - named.kinds.keys())):
            raise QueryError(f"the query has no parameter {unknown[0]!r}", hint=", ".join(named.kinds))
        bound = {name: self._value(value, named.kinds[name] if named else None, name) for name, value in values.items()}
        asked = named.text if named else text
        return run_query(self._source, asked, base=self._settings.base, timeout=timeout, union=union, bind=bound)

    def _value(self, value: Any, kind: str | None, name: str) -> Any:
        from kg.bindings import of_kind

        if isinstance(value, list | tuple):
            return [self._value(one, kind, name) for one in value]
        return of_kind(value, kind, name) if kind and isinstance(value, str) else value

    def facts(
        self, *, relation: str | None = None, status: str | None = None, article: str | None = None
    ) -> Iterator[dict[str, Any]]:
        """The facts by article and place in the text, as `kg.store.Store.facts` gives them.

        Args:
            relation, status, article: only those of this relation (`absent_from`), status, article id.
        """
        wanted = {"relation": relation, "status": status, "article": article}
        wanted = {key: value for key, value in wanted.items() if value is not None}
        with self._store() as store:
            yield from (row for row in store.facts() if all(row[key] == value for key, value in wanted.items()))

    def articles(self) -> list[dict[str, Any]]:
        """The articles by id: id, iri, date, title, url, lang, path, version, number of facts."""
        with self._store() as store:
            found: list[dict[str, Any]] = store.articles()
            return found

    def network(self, projection: str = "actors", **options: Any) -> Network:
        """The network of the facts: see `kg.projections.project` for the projections and options."""
        from kg.projections import project

        return project(self.facts(), projection, **options)

    def profile(self, actor: str) -> Profile:
        """All that the graph says about one entity.

        Raises:
            QueryError: the name, IRI or Wikidata id fits none, or several.
        """
        from kg.profile import People

        with self._store() as store:
            people = People(store.facts(), store.statements())
        found = people.find(actor)
        if len(found) != 1:
            near = [c.iri for c in found] or people.near(actor)
            raise QueryError(f"{len(found)} entities are called {actor!r}", hint=", ".join(near[:5]) or None)
        return people.profile(found[0])

    def page(self) -> Page:
        """The interactive page; it shows itself in notebooks, and `html` is the file."""
        from kg import build

        with self._store() as store:
            return Page(build.page(list(store.facts()), self._settings, store.statements()).decode())

    def serialize(self, format: str = "turtle") -> bytes:
        """The graph as 'turtle', 'trig', 'nquads' or 'jsonld', in UTF-8."""
        with self._store() as store:
            data: bytes = store.serialize(format)
            return data

    def dataset(self) -> rdflib.Dataset:
        """A copy as an rdflib dataset in memory, one graph an article; its default graph is their union."""
        import oxrdflib
        import pyoxigraph as ox
        import rdflib

        from kg.store import default_prefixes

        copy = ox.Store()
        copy.bulk_load(self.serialize("nquads"), format=ox.RdfFormat.N_QUADS)
        made = rdflib.Dataset(store=oxrdflib.OxigraphStore(store=copy), default_union=True)
        for name, iri in default_prefixes(self._settings.base).items():
            made.bind(name, iri, replace=True)
        return made

    def _store(self) -> Any:
        from kg.store import Store

        return Store.open(self._source, base=self._settings.base, read_only=True)

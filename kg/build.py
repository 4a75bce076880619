"""From paths to a graph: read, extract, store, write the files."""

from __future__ import annotations

import io
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain, filterfalse, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from kg import articles
from kg.config import Settings
from kg.durable import sweep
from kg.durable import write_atomically as write_atomically
from kg.errors import ArticleError, KgError, StoreError
from kg.failures import FILE as FAILED
from kg.failures import FailureLog
from kg.model import Article, Extraction

if TYPE_CHECKING:
    from kg.centrality import Row
    from kg.extract import Extractor
    from kg.store import Store
    from kg.workers import Limits, Workers

STORE, TURTLE, PAGE, CENTRALITY = "store", "graph.ttl", "graph.html", "centrality.csv"
FILES = (TURTLE, PAGE, CENTRALITY)
BATCH = 32  # articles that are analysed together
PATIENCE = 2.0  # seconds that an article waits for others to be stored with

ExtractorOf = Callable[[str], "Extractor"]
Tell = Callable[[str], None]
OnError = Callable[[ArticleError], None]
Skip = Callable[[Article], bool]


class Crew(Protocol):
    """Other processes that analyse: `workers.Workers` on this machine, `cluster.Cluster` on several."""

    def version(self, lang: str) -> str:
        """The version of a language's extractor."""

    def extract(self, articles: Iterable[Article], on_error: OnError, skip: Skip = ...) -> Iterator[Extraction]:
        """What those articles say that are not to be skipped, in their order."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did, and what the graph holds now.

    Attributes:
        stored: articles that are new or changed.
        unchanged: articles that the graph held already.
        failed: articles that could not be read or analysed.
        facts: how many facts the whole graph holds, by relation and status; none are counted if no files are written.
        actors: the actors with the most facts, and how many.
        files: what was written.
        notes: what a user should know beside: articles restored after a crash, corrections that no longer apply.
    """

    stored: int
    unchanged: int
    failed: tuple[ArticleError, ...]
    facts: dict[tuple[str, str], int]
    actors: tuple[tuple[str, int], ...]
    files: tuple[Path, ...]
    notes: tuple[str, ...] = ()

    @property
    def read(self) -> int:
        """How many articles were read."""
        return self.stored + self.unchanged


def read(
    paths: Sequence[str | Path],
    settings: Settings,
    stdin: BinaryIO | None = None,
    columns: tuple[tuple[str, str], ...] = (),
) -> Iterator[articles.Result]:
    """The articles of `paths`, read as the settings say; `columns` of tables as `articles.read` takes them."""
    return articles.read(
        paths,
        date=settings.date,
        id_from=settings.id_from,
        lang=settings.lang,
        encoding=settings.encoding,
        max_bytes=settings.max_bytes,
        max_chars=settings.max_chars,
        columns=columns,
        stdin=stdin,
    )


def extractor_of(settings: Settings) -> ExtractorOf:
    """The extractor of a language, loaded when it is first asked for."""

    @cache
    def load(lang: str) -> Extractor:
        from kg.extract import Extractor

        return Extractor.load(lang, overlays=settings.lexicons, lemmas=settings.lemmas)

    return load


def workers_of(settings: Settings, count: int, limits: Limits | None = None) -> Workers:
    """Worker processes that each load the extractors of the settings; they start when there is something to do.

    Args:
        settings: the settings of the run.
        count: how many.
        limits: what an article may cost.
    """
    from kg.workers import Workers

    return Workers(partial(extractor_of, settings), count, limits)


def extract(
    results: Iterable[articles.Result],
    extractors: ExtractorOf,
    on_error: OnError,
    workers: Crew | None = None,
    skip: Skip = lambda article: False,
) -> Iterator[Extraction]:
    """What the articles say, in their order; what fails is told to `on_error`, the others go on.

    Args:
        results: articles, and what could not be read.
        extractors: gives the extractor of a language; not used with `workers`.
        on_error: called with each article that fails.
        workers: analyse in other processes; the same comes out.
        skip: whether an article is not wanted; asked once for each.

    Raises:
        ModelError, LexiconError: what every article needs is missing or malformed.
        KgError: the workers die.
    """
    readable = _readable(results, on_error)
    if workers is not None:
        yield from workers.extract(readable, on_error, skip)
        return
    wanted = filterfalse(skip, readable)
    while batch := list(islice(wanted, BATCH)):
        yield from _batch(batch, extractors, on_error)


def build(
    paths: Sequence[str | Path],
    settings: Settings,
    *,
    rebuild: bool = False,
    extractors: ExtractorOf | None = None,
    workers: Crew | None = None,
    files: bool = True,
    stdin: BinaryIO | None = None,
    columns: tuple[tuple[str, str], ...] = (),
    on_article: Callable[[], None] = lambda: None,
    on_error: OnError = lambda error: None,
) -> BuildReport:
    """Adds the articles of `paths` to the graph in `settings.output` and writes its files.

    Args:
        paths: files, folders, '-'.
        settings: the settings of the run.
        rebuild: analyse the articles of `paths` anew, also those that are unchanged; what else the graph holds stays.
        extractors: gives the extractor of a language; None: as the settings say.
        workers: analyse in other processes, see `workers_of` and `cluster.Cluster`; the same comes out.
        files: write the graph's files; else only the store, which needs no memory that grows with the graph.
        stdin: what '-' reads.
        columns: of tables, as `articles.read` takes them.
        on_article: called after each article, failed ones too; one that did not fail is on the disk then.
        on_error: called with each article that fails.

    Raises:
        StoreError: the output cannot be written, or the store is in use or damaged.
        ModelError, LexiconError: what every article needs is missing or malformed.
    """
    run = _Build(extractors or extractor_of(settings), workers, on_article, on_error, rebuild)
    results = read(paths, settings, stdin, columns)
    first = list(islice(run.readable(results), 1))
    if not first:  # nothing to store: a mistyped path makes no folder
        return run.report([], ())
    from kg.store import Store

    folder = _folder(settings.output)
    with Store.open(folder / STORE, base=settings.base, corrections=corrections_file(settings)) as store:
        sweep(folder, FILES)
        with FailureLog(folder / FAILED) as log:
            run.log(log)
            run.fill(store, chain(first, results))
        rows = list(store.facts()) if files else []
        return run.report(rows, write(store, rows, settings) if files else (), notes(store))


def notes(store: Store) -> tuple[str, ...]:
    """What a user should know about a store that was just written, a sentence each."""
    from kg.recovery import unapplied

    told = [f"{id!r} was made again from its record" for id in store.restored]
    told += [f"correction {id} no longer applies to anything: see kg correct list" for id in unapplied(store)]
    return tuple(told)


def corrections_file(settings: Settings) -> Path:
    """Where the corrections of a graph are: as the settings say, else in its folder."""
    from kg.corrections import FILE

    return getattr(settings, "corrections", None) or settings.output / FILE


def write(store: Store, rows: list[dict[str, Any]], settings: Settings) -> tuple[Path, ...]:
    """Writes `graph.ttl`, `graph.html` and `centrality.csv` of a store; files that are as they should be stay untouched."""
    made = {
        TURTLE: store.serialize("turtle"),
        PAGE: page(rows, settings, store.statements()),
        CENTRALITY: ranking_csv(ranking(rows, settings)),
    }
    paths = {settings.output / name: content for name, content in made.items()}
    for path, content in paths.items():
        write_atomically(path, content)
    return tuple(paths)


def page(rows: list[dict[str, Any]], settings: Settings, statements: Iterable[dict[str, Any]] = ()) -> bytes:
    """The interactive HTML page of the facts, and of what their actors said, in UTF-8."""
    from kg.view import render_html

    return render_html(rows, statements=list(statements), attributed=settings.attributed).encode()


def ranking(rows: list[dict[str, Any]], settings: Settings, by: str = "pagerank", tell: Tell = lambda note: None) -> list[Row]:
    """The actors by centrality.

    Args:
        rows: facts as `Store.facts` gives them.
        settings: whether attributed facts count.
        by: the measure that ranks.
        tell: is told what a reader of the values must know.
    """
    from kg.centrality import measures, notes
    from kg.graph import actor_graph

    network = actor_graph(rows, attributed=settings.attributed)
    for note in notes(network):
        tell(note)
    return measures(network, by=by)


def ranking_csv(rows: list[Row]) -> bytes:
    """A ranking as CSV in UTF-8."""
    from kg.centrality import write_csv

    out = io.StringIO()
    write_csv(rows, out)
    return out.getvalue().encode()


def facts_csv(rows: Iterable[dict[str, Any]], bom: bool = False) -> bytes:
    """One line a fact, as CSV in UTF-8."""
    from kg import export

    out = io.StringIO()
    export.facts_csv(rows, out, bom=bom)
    return out.getvalue().encode()


def statements_csv(rows: Iterable[dict[str, Any]], bom: bool = False) -> bytes:
    """One line a statement, as CSV in UTF-8."""
    from kg import export

    out = io.StringIO()
    export.statements_csv(rows, out, bom=bom)
    return out.getvalue().encode()


def existing(settings: Settings) -> Path:
    """The folder of the store that an earlier build made.

    Raises:
        StoreError: there is none.
    """
    path = settings.output / STORE
    if not path.is_dir():
        raise StoreError("no graph here", where=str(settings.output), hint="make one with: kg build PATH...")
    return path


def _folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"no folder can be made: {error.strerror}", where=str(path), hint="choose another --output") from error
    return path


def _readable(results: Iterable[articles.Result], on_error: OnError) -> Iterator[Article]:
    for result in results:
        if isinstance(result, Article):
            yield result
        else:
            on_error(result)


def _batch(batch: list[Article], extractors: ExtractorOf, on_error: OnError) -> list[Extraction]:
    """A batch at once; if one article breaks it, one by one."""
    for article in batch:
        extractors(article.lang)  # what is missing for all must not look like a fault of one
    try:
        return list(_pipe(batch, extractors))
    except Exception:
        return [found for article in batch if (found := _single(article, extractors, on_error)) is not None]


def _pipe(batch: list[Article], extractors: ExtractorOf) -> Iterator[Extraction]:
    languages = dict.fromkeys(a.lang for a in batch)
    found = {lang: extractors(lang).pipe([a for a in batch if a.lang == lang]) for lang in languages}
    return (next(found[a.lang]) for a in batch)


def _single(article: Article, extractors: ExtractorOf, on_error: OnError) -> Extraction | None:
    try:
        return extractors(article.lang).extract(article)
    except Exception as error:  # a fault of ours in one article must not cost the user the others
        what = error.what if isinstance(error, KgError) else f"cannot be analysed: {type(error).__name__}: {error}"
        on_error(ArticleError(what, where=article.path or article.id, hint="please report it with the article"))
        return None


class _Build:
    """The counts of one build."""

    def __init__(
        self, extractors: ExtractorOf, workers: Crew | None, on_article: Callable[[], None], on_error: OnError, rebuild: bool
    ) -> None:
        self.extractors, self.workers, self.rebuild = extractors, workers, rebuild
        self.on_article, self.tell = on_article, on_error
        self.failed: list[ArticleError] = []
        self.note: OnError = lambda error: None
        self.stored = self.unchanged = 0

    def fail(self, error: ArticleError) -> None:
        self.failed.append(error)
        self.note(error)
        self.tell(error)
        self.on_article()

    def log(self, log: OnError) -> None:
        """From now on, failures are noted in a log; those until now too."""
        for error in self.failed:
            log(error)
        self.note = log

    def version(self, lang: str) -> str:
        """The version of a language's extractor."""
        return self.extractors(lang).version if self.workers is None else self.workers.version(lang)

    def readable(self, results: Iterable[articles.Result]) -> Iterator[Article]:
        return _readable(results, self.fail)

    def fill(self, store: Store, results: Iterable[articles.Result]) -> None:
        """Puts what is new or changed into the store, in blocks, and what was analysed also if the rest fails."""
        block: list[Extraction] = []
        since = time.monotonic()
        try:
            for extraction in extract(results, self.extractors, self.fail, self.workers, partial(self.is_current, store)):
                block.append(extraction)
                if len(block) >= store.BLOCK or time.monotonic() - since > PATIENCE:
                    self.put(store, block)
                    since = time.monotonic()
        finally:
            self.put(store, block)

    def put(self, store: Store, block: list[Extraction]) -> None:
        """Stores a block, and empties it."""
        taken, block[:] = list(block), []
        done = store.put_all([(e, self.version(e.article.lang)) for e in taken], force=self.rebuild)
        for extraction, outcome in zip(taken, done, strict=True):
            article = extraction.article
            if isinstance(outcome, StoreError):
                self.fail(ArticleError(outcome.what, where=article.path or article.id, hint=outcome.hint))
            else:
                self.stored += 1
                self.on_article()

    def is_current(self, store: Store, article: Article) -> bool:
        current = not self.rebuild and store.is_current(article, self.version(article.lang))
        if current:
            self.unchanged += 1
            self.on_article()
        return current

    def report(self, rows: list[dict[str, Any]], files: tuple[Path, ...], notes: tuple[str, ...] = ()) -> BuildReport:
        facts = Counter((row["relation"], row["status"]) for row in rows)
        actors = Counter(row["subject"]["name"] for row in rows if row["subject"])
        top = sorted(actors.items(), key=lambda item: (-item[1], item[0]))[:10]
        counts = self.stored, self.unchanged, tuple(self.failed)
        return BuildReport(*counts, dict(sorted(facts.items())), tuple(top), files, notes)

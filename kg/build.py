"""From paths to a graph: read, extract, store, write the files."""

from __future__ import annotations

import io
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from kg import articles
from kg.config import Settings
from kg.errors import ArticleError, KgError, StoreError
from kg.model import Article, Extraction

if TYPE_CHECKING:
    from kg.centrality import Row
    from kg.extract import Extractor
    from kg.store import Store

STORE, TURTLE, PAGE, CENTRALITY = "store", "graph.ttl", "graph.html", "centrality.csv"
BATCH = 32  # articles that are analysed together

ExtractorOf = Callable[[str], "Extractor"]
Tell = Callable[[str], None]
OnError = Callable[[ArticleError], None]


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did, and what the graph holds now.

    Attributes:
        stored: articles that are new or changed.
        unchanged: articles that the graph held already.
        failed: articles that could not be read or analysed.
        facts: how many facts the whole graph holds, by relation and status.
        actors: the actors with the most facts, and how many.
        files: what was written.
    """

    stored: int
    unchanged: int
    failed: tuple[ArticleError, ...]
    facts: dict[tuple[str, str], int]
    actors: tuple[tuple[str, int], ...]
    files: tuple[Path, ...]

    @property
    def read(self) -> int:
        """How many articles were read."""
        return self.stored + self.unchanged


def read(paths: Sequence[str | Path], settings: Settings, stdin: BinaryIO | None = None) -> Iterator[articles.Result]:
    """The articles of `paths`, read as the settings say."""
    return articles.read(
        paths,
        date=settings.date,
        id_from=settings.id_from,
        lang=settings.lang,
        encoding=settings.encoding,
        max_bytes=settings.max_bytes,
        max_chars=settings.max_chars,
        stdin=stdin,
    )


def extractor_of(settings: Settings) -> ExtractorOf:
    """The extractor of a language, loaded when it is first asked for."""

    @cache
    def load(lang: str) -> Extractor:
        from kg.extract import Extractor

        return Extractor.load(lang, overlays=settings.lexicons, lemmas=settings.lemmas)

    return load


def extract(results: Iterable[articles.Result], extractors: ExtractorOf, on_error: OnError) -> Iterator[Extraction]:
    """What the articles say, in their order; what fails is told to `on_error`, the others go on.

    Raises:
        ModelError, LexiconError: what every article needs is missing or malformed.
    """
    readable = _readable(results, on_error)
    while batch := list(islice(readable, BATCH)):
        yield from _batch(batch, extractors, on_error)


def build(
    paths: Sequence[str | Path],
    settings: Settings,
    *,
    extractors: ExtractorOf | None = None,
    stdin: BinaryIO | None = None,
    on_article: Callable[[], None] = lambda: None,
    on_error: OnError = lambda error: None,
) -> BuildReport:
    """Adds the articles of `paths` to the graph in `settings.output` and writes its files.

    Args:
        paths: files, folders, '-'.
        settings: the settings of the run.
        extractors: gives the extractor of a language; None: as the settings say.
        stdin: what '-' reads.
        on_article: called after each article, failed ones too.
        on_error: called with each article that fails.

    Raises:
        StoreError: the output cannot be written, or the store is in use or damaged.
        ModelError, LexiconError: what every article needs is missing or malformed.
    """
    run = _Build(extractors or extractor_of(settings), on_article, on_error)
    results = read(paths, settings, stdin)
    first = list(islice(run.readable(results), 1))
    if not first:  # nothing to store: a mistyped path makes no folder
        return run.report([], ())
    from kg.store import Store

    with Store.open(_folder(settings.output) / STORE, base=settings.base) as store:
        run.fill(store, chain(first, results))
        rows = list(store.facts())
        return run.report(rows, write(store, rows, settings))


def write(store: Store, rows: list[dict[str, Any]], settings: Settings) -> tuple[Path, ...]:
    """Writes `graph.ttl`, `graph.html` and `centrality.csv` of a store; files that are as they should be stay untouched."""
    made = {TURTLE: store.serialize("turtle"), PAGE: page(rows, settings), CENTRALITY: ranking_csv(ranking(rows, settings))}
    paths = {settings.output / name: content for name, content in made.items()}
    for path, content in paths.items():
        write_atomically(path, content)
    return tuple(paths)


def page(rows: list[dict[str, Any]], settings: Settings) -> bytes:
    """The interactive HTML page of the facts, in UTF-8."""
    from kg.view import render_html

    return render_html(rows, attributed=settings.attributed).encode()


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


def existing(settings: Settings) -> Path:
    """The folder of the store that an earlier build made.

    Raises:
        StoreError: there is none.
    """
    path = settings.output / STORE
    if not path.is_dir():
        raise StoreError("no graph here", where=str(settings.output), hint="make one with: kg build PATH...")
    return path


def write_atomically(path: Path, data: bytes) -> None:
    """Writes a file so that `path` holds its old or its new content, whatever happens.

    Raises:
        StoreError: the file cannot be written.
    """
    try:
        if path.is_file() and path.read_bytes() == data:
            return
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            _replace(file, path, data)
    except OSError as error:
        raise StoreError(f"cannot be written: {error.strerror}", where=str(path), hint="choose another --output") from error


def _replace(file: Any, path: Path, data: bytes) -> None:
    try:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
        os.chmod(file.name, 0o666 & ~_umask())  # temporary files are private, results are not
        os.replace(file.name, path)
    except BaseException:
        os.unlink(file.name)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


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

    def __init__(self, extractors: ExtractorOf, on_article: Callable[[], None], on_error: OnError) -> None:
        self.extractors, self.on_article, self.tell = extractors, on_article, on_error
        self.failed: list[ArticleError] = []
        self.stored = self.unchanged = 0

    def fail(self, error: ArticleError) -> None:
        self.failed.append(error)
        self.tell(error)
        self.on_article()

    def readable(self, results: Iterable[articles.Result]) -> Iterator[Article]:
        return _readable(results, self.fail)

    def fill(self, store: Store, results: Iterable[articles.Result]) -> None:
        """Puts what is new or changed into the store, an article at a time."""
        fresh = (a for a in self.readable(results) if not self.is_current(store, a))
        for extraction in extract(fresh, self.extractors, self.fail):
            self.put(store, extraction)

    def put(self, store: Store, extraction: Extraction) -> None:
        article = extraction.article
        try:
            store.put(extraction, self.extractors(article.lang).version)
        except StoreError as error:
            if error.where == str(store.path):  # the store itself fails: no other article can be put either
                raise
            self.fail(ArticleError(error.what, where=article.path or article.id, hint=error.hint))
        else:
            self.stored += 1
            self.on_article()

    def is_current(self, store: Store, article: Article) -> bool:
        current = store.is_current(article, self.extractors(article.lang).version)
        if current:
            self.unchanged += 1
            self.on_article()
        return current

    def report(self, rows: list[dict[str, Any]], files: tuple[Path, ...]) -> BuildReport:
        facts = Counter((row["relation"], row["status"]) for row in rows)
        actors = Counter(row["subject"]["name"] for row in rows if row["subject"])
        top = sorted(actors.items(), key=lambda item: (-item[1], item[0]))[:10]
        return BuildReport(self.stored, self.unchanged, tuple(self.failed), dict(sorted(facts.items())), tuple(top), files)

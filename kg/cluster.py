"""Articles analysed on a cluster of Dask: the same result as on one machine, whatever dies.

The coordinator reads the articles and writes them in blocks to a folder that all machines share; workers leave there what the
blocks gave (see `cluster_shards`). It checks every manifest and gives the extractions out in the order of the articles, to the
one writer of the store; a block whose worker died, or whose files are damaged, is done again. After the coordinator itself died,
the same command goes on: what is stored or lies whole in the folder is not done again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kg import cluster_shards, cluster_worker
from kg.cluster_shards import Outcome, Shard, blocks
from kg.config import Settings
from kg.durable import refusals
from kg.errors import ArticleError, ConfigError, KgError
from kg.model import Article, Extraction
from kg.store import Store
from kg.workers import Limits, Workers

FOLDER = "shards"
CONNECT, WORKERS = 30.0, 300.0  # seconds to wait for the scheduler, and for a first worker
SETTLE = 60.0  # seconds until a file that a worker wrote must be seen: shared file systems may lag
AHEAD = 3  # blocks a thread of the cluster that may be under way or wait for their turn to be stored
ATTEMPTS = 10  # of a block; workers that are lost while they do it count, articles that break it do not
_POLL = 0.2


class Cluster:
    """Workers of a cluster; use it as a context manager. It takes the place of `workers.Workers` in a build.

    Args:
        address: 'tcp://HOST:PORT' of the scheduler (or 'tls://', ...), or its scheduler file.
        settings: the settings of the run.
        limits: what an article may cost.
        folder: shared by all machines under this name; None: `shards` in the output folder, which must be shared then.
        articles: most articles of a block.
        maker: 'module:function' that gives, from settings, the extractor of a language.

    Raises:
        ConfigError: the library is missing, or no scheduler has this address.
        KgError: there is no worker.

    Attributes:
        redone: blocks that were done again.
        reused: blocks that an earlier run left whole.
    """

    def __init__(
        self,
        address: str,
        settings: Settings,
        limits: Limits | None = None,
        *,
        folder: Path | None = None,
        articles: int = cluster_shards.ARTICLES,
        maker: str = cluster_worker.MAKER,
    ) -> None:
        self.folder = _folder(settings, folder)
        self.options = cluster_worker.options(settings, limits or Limits(), maker)
        self.articles = articles
        self.redone = self.reused = 0
        self._spent: deque[Shard] = deque()
        self._versions: dict[str, str] = {}
        self._client = _connect(address)

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the scheduler; what is under way there is given up."""
        self._client.close()

    def version(self, lang: str) -> str:
        """The version of a language's extractor here, which the workers must have too.

        Raises:
            ModelError, LexiconError: what the language needs is missing or malformed.
        """
        if lang not in self._versions:
            with Workers(cluster_worker.factory(self.options), 1) as own:
                self._versions[lang] = own.version(lang)
        return self._versions[lang]

    def extract(
        self,
        articles: Iterable[Article],
        on_error: Callable[[ArticleError], None],
        skip: Callable[[Article], bool] = lambda article: False,
    ) -> Iterator[Extraction]:
        """What the articles say, in their order; what fails is told to `on_error`, the others go on.

        Args:
            articles: all of a run, in the order of an earlier run that is to be gone on with.
            on_error: called with each article that fails.
            skip: whether an article is not wanted; asked once for each.

        Raises:
            KgError: the cluster is gone, a worker has another model, or a block cannot be done.
            StoreError: the folder cannot be written.
        """
        with refusals(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        waiting: deque[_Block] = deque()
        try:
            for block in blocks(articles, self.articles):
                if fresh := [a for a in block if not skip(a)]:
                    waiting.append(self._begin(Shard.of(self.folder, block), fresh))
                while len(waiting) >= self._most():
                    yield from self._settled(waiting.popleft(), on_error)
            while waiting:
                yield from self._settled(waiting.popleft(), on_error)
        finally:
            for left in waiting:
                left.cancel()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _most(self) -> int:
        """How many blocks may be under way; the cluster may grow and shrink."""
        try:
            threads = int(sum(self._client.nthreads().values()))
            return AHEAD * max(1, threads) + 1
        except OSError as error:
            raise _gone() from error

    def _begin(self, shard: Shard, fresh: list[Article]) -> _Block:
        """Has a block done, unless an earlier run has."""
        versions = {lang: self.version(lang) for lang in sorted({a.lang for a in fresh})}
        block = _Block(shard, tuple(a.content_hash for a in fresh), versions)
        if shard.is_done(block.contents, versions):
            self.reused += 1
        else:
            shard.forget()
            shard.stage(fresh)
            self._submit(block)
        return block

    def _submit(self, block: _Block) -> None:
        block.attempts += 1
        options = {**self.options, "versions": block.versions}
        name = f"polgraph-{block.shard.key[:16]}-{block.attempts}"
        given = (str(self.folder), block.shard.key, options)
        block.future = self._client.submit(cluster_worker.work, *given, key=name, pure=False)

    def _settled(self, block: _Block, on_error: Callable[[ArticleError], None]) -> Iterator[Extraction]:
        try:
            outcomes = self._outcomes(block)
        finally:
            block.cancel()
        for outcome in outcomes:
            if isinstance(outcome, ArticleError):
                on_error(outcome)
            else:
                yield outcome
        self._spent.append(block.shard)
        while (len(self._spent) - 1) * self.articles > Store.BLOCK:  # the last articles may not be stored yet
            self._spent.popleft().remove()

    def _outcomes(self, block: _Block) -> list[Outcome]:
        """What a block gave, done again until its files are right."""
        while True:
            problem = self._problem(block)
            outcomes = block.outcomes() if problem is None else None
            if outcomes is not None:
                return outcomes
            if block.attempts >= ATTEMPTS:
                why = problem or "its files are damaged each time"
                raise KgError(f"a block of articles failed {ATTEMPTS} times: {why}", where=str(block.shard.articles))
            self.redone += 1
            block.shard.forget()
            self._submit(block)

    def _problem(self, block: _Block) -> str | None:
        """Waits for a block; why it has to be done again, if it has.

        Raises:
            KgError: doing it again would not help.
        """
        from concurrent.futures import CancelledError

        if block.future is None:
            return None
        try:
            block.future.result()
        except KgError:
            raise
        except ImportError as error:
            raise KgError(f"a worker lacks {error.name}", hint="install the same polgraph everywhere") from error
        except (CancelledError, OSError) as error:  # OSError: the connection is gone
            if self._client.status != "running":
                raise _gone() from error
            return f"{type(error).__name__}: {error}"
        except Exception as error:  # among them: its workers died
            return f"{type(error).__name__}: {error}"
        return None if block.is_seen() else "its files cannot be seen here"


@dataclass(slots=True)
class _Block:
    """A block under way: the content hashes of its articles that are wanted, and the versions that must make them."""

    shard: Shard
    contents: tuple[str, ...]
    versions: dict[str, str]
    future: Any = None
    attempts: int = field(default=0)

    def outcomes(self) -> list[Outcome] | None:
        return self.shard.outcomes(self.contents, self.versions)

    def is_seen(self) -> bool:
        """Waits until the manifest can be seen."""
        until = time.monotonic() + SETTLE
        while not self.shard.manifest.exists():
            if time.monotonic() > until:
                return False
            time.sleep(_POLL)
            os.listdir(self.shard.folder)  # makes a network file system look again
        return True

    def cancel(self) -> None:
        """Gives up what may be under way."""
        if self.future is not None:
            self.future.cancel()
            self.future = None


def _gone() -> KgError:
    return KgError("the scheduler is gone", hint="start it, and run the same command again: what is done stays")


def _folder(settings: Settings, shared: Path | None) -> Path:
    """A folder of this run alone, which may be removed with all that is in it."""
    output = settings.output.absolute()
    if shared is None:
        return output / FOLDER
    return shared.absolute() / f"polgraph-{hashlib.sha256(str(output).encode()).hexdigest()[:16]}"


def _connect(address: str) -> Any:
    """A client of the scheduler, when at least one worker is there."""
    try:
        from distributed import Client
    except ImportError as error:
        raise ConfigError("--cluster needs the library distributed", hint="pip install 'polgraph[cluster]'") from error
    place = address if "://" in address else _address(Path(address))
    try:
        client = Client(place, timeout=CONNECT, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:  # a timeout is an OSError too
        raise ConfigError(f"no scheduler answers: {error}", where=place, hint="start one with: dask scheduler") from error
    try:
        client.wait_for_workers(1, timeout=WORKERS)
    except TimeoutError as error:
        client.close()  # type: ignore[no-untyped-call]
        raise KgError("the cluster has no worker", where=place, hint="start some with: dask worker ADDRESS") from error
    return client


def _address(file: Path) -> str:
    """The address in a scheduler file."""
    try:
        return str(json.loads(file.read_text(encoding="utf-8"))["address"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        hint = "give tcp://HOST:PORT, or the file that dask scheduler --scheduler-file writes"
        raise ConfigError("neither the address of a scheduler nor its file", where=str(file), hint=hint) from error

"""Articles analysed in several processes, supervised: what breaks or blocks a worker costs one article, not the run.

Each worker is a process of its own (started afresh, never forked: the parent has a store open) that loads the language model
once. A thread in the parent hands it articles, a few ahead, and takes back what they gave; the results come out in the order of
the articles, so that one writer makes the same bytes whatever the number of workers.
"""

from __future__ import annotations

import json
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import filterfalse
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

from kg.errors import ArticleError, KgError
from kg.model import Article, Extraction
from kg.workers_child import BROKEN, DONE, LOADED, LOADING, SPENT, Factory, Limits, found

__all__ = ["Limits", "Workers"]

WINDOW = 32  # articles a worker that may be under way or wait for their turn to be written
WINDOW_CHARS = 8_000_000  # characters of all of them
_AHEAD, _AHEAD_CHARS = 4, 10_000  # sent before the last answer: few enough to fit the socket's buffer, so that no send blocks
_CHECK = 0.5  # seconds between looks at the deadlines
_DEATHS = 10  # workers that may die without an article between, beside two each
_CODE = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from kg.workers_child import main; main(int(sys.argv[2]))"
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}  # the cores are the workers'


class Workers:
    """Worker processes; use it as a context manager, which ends them.

    Args:
        factory: makes, in the worker, what gives the extractor of a language; a function of a module, or a `partial` of one.
        count: how many processes.
        limits: what an article may cost.

    Attributes:
        restarts: workers that died, or were ended for an article, and were replaced.
    """

    def __init__(self, factory: Factory, count: int, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.count = count
        self.setup = pickle.dumps((factory, self.limits))
        self.jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self.changed = threading.Condition()
        self.closing = False
        self.restarts = 0
        self._deaths = 0
        self._fatal: KgError | None = None
        self._hands: list[_Hand] = []
        self._versions: dict[str, str] = {}

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the workers, whatever they do."""
        self.closing = True
        for _ in self._hands:
            self.jobs.put(None)
        for hand in self._hands:
            while hand.is_alive():
                hand.kill()
                hand.join(0.1)
        self._hands = []

    @property
    def processes(self) -> list[int]:
        """The process ids of the workers that run now."""
        return [hand.process.pid for hand in self._hands if hand.process is not None]

    def version(self, lang: str) -> str:
        """The version of a language's extractor, as a worker tells it.

        Raises:
            ModelError, LexiconError: what the language needs is missing or malformed.
            KgError: the workers die.
        """
        if lang not in self._versions:
            self._versions[lang] = self._wait(self._submit(_Job(lang), 1))
        return self._versions[lang]

    def extract(
        self,
        articles: Iterable[Article],
        on_error: Callable[[ArticleError], None],
        skip: Callable[[Article], bool] = lambda article: False,
    ) -> Iterator[Extraction]:
        """What the articles say, in their order; what fails is told to `on_error`, the others go on.

        No more articles are taken than `WINDOW` a worker beyond the one that is given out.

        Args:
            articles: any number.
            on_error: called with each article that fails.
            skip: whether an article is not wanted; asked once for each.

        Raises:
            ModelError, LexiconError: what every article needs is missing or malformed.
            KgError: the workers die.
        """
        waiting: deque[_Job] = deque()
        for article in filterfalse(skip, articles):
            waiting.append(self._submit(_Job(article), len(waiting) + 1))
            while waiting and (self._full(waiting) or waiting[0].outcome is not None):
                yield from self._settled(waiting.popleft(), on_error)
        while waiting:
            yield from self._settled(waiting.popleft(), on_error)

    def _full(self, waiting: deque[_Job]) -> bool:
        return len(waiting) >= WINDOW * self.count or sum(job.size for job in waiting) > WINDOW_CHARS

    def _submit(self, job: _Job, outstanding: int) -> _Job:
        """Queues a job; another worker is started only when there is enough to do."""
        self.jobs.put(job)
        if len(self._hands) < min(self.count, outstanding):
            self._hands.append(_Hand(self))
            self._hands[-1].start()
        return job

    def _settled(self, job: _Job, on_error: Callable[[ArticleError], None]) -> Iterator[Extraction]:
        outcome = self._wait(job)
        if isinstance(outcome, ArticleError):
            on_error(outcome)
        else:
            yield outcome

    def _wait(self, job: _Job) -> Any:
        while job.outcome is None:
            with self.changed:
                if job.outcome is None and self._fatal is None:
                    self.changed.wait(_CHECK)
            if self._fatal is not None:
                raise self._fatal
            for hand in self._hands:
                hand.supervise()
        return job.outcome

    # What the hands tell

    def finished(self, job: _Job, outcome: Any) -> None:
        """A job is done."""
        with self.changed:
            job.outcome = outcome
            self._deaths = 0
            self.changed.notify_all()

    def loaded(self, lang: str, version: str) -> None:
        """A worker has loaded a language; all must have loaded the same."""
        if self._versions.setdefault(lang, version) != version:
            self.failed(KgError("model or lexicons were changed during the run", hint="run the same command again"))

    def failed(self, error: KgError) -> None:
        """Nothing can go on."""
        with self.changed:
            self._fatal = self._fatal or error
            self.changed.notify_all()

    def died(self, code: int | None) -> None:
        """A worker has died; too many in a row end the run."""
        with self.changed:
            self.restarts += 1
            self._deaths += 1
        if self._deaths > _DEATHS + 2 * self.count:
            hint = "see that there is enough memory, or use fewer workers"
            self.failed(KgError(f"workers keep dying ({_cause(code)})", hint=hint))


class _Job:
    """An article, or a language whose version is asked for, and what became of it."""

    __slots__ = ("asked", "outcome", "tried")

    def __init__(self, asked: Article | str) -> None:
        self.asked = asked
        self.outcome: Any = None
        self.tried = False

    @property
    def size(self) -> int:
        return len(self.asked.original) if isinstance(self.asked, Article) else 0


class _Hand(threading.Thread):
    """Hands articles to a worker process, and to its successors."""

    def __init__(self, crew: Workers) -> None:
        super().__init__(name="worker", daemon=True)
        self.crew = crew
        self.process: subprocess.Popen[bytes] | None = None
        self.channel: Connection | None = None
        self.sent: deque[_Job] = deque()  # not yet answered, the one under work first
        self.again: deque[_Job] = deque()  # to be sent before others
        self.given = 0
        self.loading = self.ended = False
        self.expired: _Job | None = None  # the job whose time was up
        self.until: float | None = None  # when the present step must be done

    def run(self) -> None:
        """Works until the end of the jobs, or until the crew is closed."""
        try:
            while not self.crew.closing and not (self.ended and not self.sent and not self.again):
                self._send()
                if self.sent:
                    self._receive()
                elif self.given >= self.crew.limits.recycle:
                    self._end()
        except Exception as error:  # else whoever waits for a result would wait for ever
            self.crew.failed(KgError(f"a worker cannot go on: {type(error).__name__}: {error}"))
        finally:
            self._end()

    def supervise(self) -> None:
        """Ends the worker if its time is up and no answer has come yet; called from the thread that waits for results."""
        until, channel, sent = self.until, self.channel, list(self.sent)
        if until is None or channel is None or not sent or time.monotonic() < until:
            return
        with suppress(OSError, ValueError):  # closed meanwhile
            if not channel.poll(0):
                self.expired = sent[0]
                self.kill()

    def kill(self) -> None:
        """Ends the process at once."""
        process = self.process
        if process is not None:
            process.kill()

    # Sending

    def _send(self) -> None:
        """Sends what the worker may have now; waits for a job only if it has nothing to do."""
        while (job := self._next()) is not None:
            self.sent.append(job)
            if len(self.sent) == 1:
                self._clock()
            try:
                if self.channel is None:
                    self._begin()
                assert self.channel is not None
                self.channel.send_bytes(pickle.dumps(job.asked, pickle.HIGHEST_PROTOCOL))
                self.given += 1
            except OSError:  # it is dead, as receiving will find
                return

    def _next(self) -> _Job | None:
        if len(self.sent) >= _AHEAD or self.given >= self.crew.limits.recycle or (self.ended and not self.again):
            return None
        if not self.again:
            try:
                job = self.crew.jobs.get(block=not self.sent)
            except queue.Empty:
                return None
            if job is None:
                self.ended = True
                return None
            self.again.append(job)
        if self.sent and self.again[0].size + sum(job.size for job in self.sent) > _AHEAD_CHARS:
            return None
        return self.again.popleft()

    def _begin(self) -> None:
        """Starts a process."""
        self.channel, theirs = Pipe()
        path = json.dumps([os.path.abspath(folder) for folder in sys.path])  # '' is the current folder
        command = [sys.executable, "-P", "-c", _CODE, path, str(theirs.fileno())]
        self.given, self.loading = 0, True
        self._clock()
        null = subprocess.DEVNULL
        self.process = subprocess.Popen(
            command, stdin=null, stdout=null, pass_fds=[theirs.fileno()], start_new_session=True, env=os.environ | _ONE_THREAD
        )
        theirs.close()
        self.channel.send_bytes(self.crew.setup)

    def _clock(self) -> None:
        limits = self.crew.limits
        self.until = time.monotonic() + (limits.loading if self.loading else limits.deadline) if self.sent else None

    # Receiving

    def _receive(self) -> None:
        assert self.channel is not None
        try:
            kind, value = pickle.loads(self.channel.recv_bytes())
        except (EOFError, OSError):
            self._died()
            return
        if kind in (LOADING, LOADED):
            self.loading = kind == LOADING
            if kind == LOADED:
                self.crew.loaded(*value)
        elif kind == BROKEN:
            self.crew.failed(value)
        if kind in (DONE, SPENT):
            job = self.sent.popleft()
            self.crew.finished(job, found(value, job.asked) if isinstance(job.asked, Article) else value)
        self._clock()
        if kind in (SPENT, BROKEN):
            self._end()

    def _died(self) -> None:
        """The worker is gone: its article gets a second try on a fresh one, unless it took too long."""
        loading, job = self.loading, self.sent[0]
        expired = self.expired is job
        code = self._end()
        if self.crew.closing:
            return
        if not loading and isinstance(job.asked, Article) and (expired or job.tried):
            self.again.popleft()
            self.crew.restarts += 1
            self.crew.finished(job, self._given_up(job.asked, expired, code))
            return
        job.tried = job.tried or not loading
        self.crew.died(code)

    def _given_up(self, article: Article, expired: bool, code: int | None) -> ArticleError:
        where = article.path or article.id
        if expired:
            what = f"took longer than {self.crew.limits.deadline:g} seconds"
            return ArticleError(what, where=where, hint="give it more time with --deadline, or split it")
        hint = "it may need too much memory: split it; else please report it with the article"
        return ArticleError(f"broke its worker twice ({_cause(code)})", where=where, hint=hint)

    def _end(self) -> int | None:
        """Ends the process, and takes back what it was sent; its exit code."""
        process, channel, self.process, self.channel, self.until = self.process, self.channel, None, None, None
        self.again.extendleft(reversed(self.sent))
        self.sent.clear()
        self.given, self.loading = 0, False
        if channel is not None:
            channel.close()
        if process is None:
            return None
        process.kill()
        return process.wait()


def _cause(code: int | None) -> str:
    """An exit code in words: of signals the name."""
    if code is not None and code < 0:
        with suppress(ValueError):
            return f"killed by {signal.Signals(-code).name}"
    return f"exit {code}"

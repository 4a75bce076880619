"""The process of a worker: reads articles from its channel, loads what their languages need once, sends back what they gave."""

from __future__ import annotations

import faulthandler
import os
import pickle
import resource
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from kg.errors import ArticleError, KgError
from kg.model import Article, Extraction

if TYPE_CHECKING:
    from kg.extract import Extractor

LOADING, LOADED, DONE, SPENT, BROKEN = range(5)  # kinds of messages, see `_Worker`
_GRACE = 30.0  # seconds after the deadline at which a worker whose parent is gone ends itself

ExtractorOf = Callable[[str], "Extractor"]
Factory = Callable[[], ExtractorOf]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one article may cost before it is given up.

    Attributes:
        deadline: seconds that an article may take.
        memory: bytes that an article may take beside what its worker has when it begins.
        recycle: articles after which a worker is replaced by a fresh one.
        loading: seconds until a worker must have loaded what a language needs.
    """

    deadline: float = 120.0
    memory: int = 4 << 30
    recycle: int = 5000
    loading: float = 600.0


def main(descriptor: int) -> None:
    """Serves a channel until its other end is closed.

    Args:
        descriptor: of the socket. It gives a pickled pair of factory and limits, then articles and languages.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is interrupted, and ends its workers itself
    channel = Connection(descriptor)
    try:
        worker = _Worker(channel)
        while True:
            worker.answer(pickle.loads(channel.recv_bytes()))
    except (EOFError, OSError):  # the parent has closed the channel, or is gone
        os._exit(0)


class _Worker:
    """Answers each article and each language with one message, DONE or SPENT (its process should be replaced).

    LOADING and LOADED (language, version) come between when a language is met first; BROKEN ends the run: what every article
    needs is missing.
    """

    def __init__(self, channel: Connection) -> None:
        self.channel = channel
        self.loaded: dict[str, Extractor] = {}
        try:
            factory, self.limits = pickle.loads(channel.recv_bytes())
            self.extractors: ExtractorOf = factory()
        except (AttributeError, ImportError, KgError) as error:
            self._broken(error)

    def answer(self, asked: Article | str) -> None:
        """Answers an article with its extraction or error, a language with the version of its extractor."""
        extractor = self._extractor(asked if isinstance(asked, str) else asked.lang)
        self._send(*((DONE, extractor.version) if isinstance(asked, str) else self._extract(extractor, asked)))

    def _extractor(self, lang: str) -> Extractor:
        if lang not in self.loaded:
            self._send(LOADING, lang)
            try:
                self.loaded[lang] = self.extractors(lang)
            except KgError as error:
                self._broken(error)
            self._send(LOADED, (lang, self.loaded[lang].version))
        return self.loaded[lang]

    def _extract(self, extractor: Extractor, article: Article) -> tuple[int, Any]:
        _limit_memory(self.limits.memory)
        faulthandler.dump_traceback_later(self.limits.deadline + _GRACE, exit=True, file=_NULL)  # needs no lock of Python's
        try:
            return DONE, replace(extractor.extract(article), article=None)  # type: ignore[arg-type]  # the parent has it
        except Exception as error:
            return _failure(error, article, self.limits.memory)
        finally:
            faulthandler.cancel_dump_traceback_later()

    def _broken(self, error: Exception) -> None:
        told = error if isinstance(error, KgError) else KgError(f"a worker cannot begin: {error}")
        self._send(BROKEN, told)
        os._exit(1)

    def _send(self, kind: int, value: Any) -> None:
        self.channel.send_bytes(pickle.dumps((kind, value), pickle.HIGHEST_PROTOCOL))


def found(value: Any, article: Article) -> Extraction | ArticleError:
    """What a worker sent of an article, which it does not send back."""
    return value if isinstance(value, ArticleError) else replace(value, article=article)


def failure(error: Exception, article: Article) -> ArticleError:
    """A fault of ours in one article, told so that the others go on."""
    what = error.what if isinstance(error, KgError) else f"cannot be analysed: {type(error).__name__}: {error}"
    return ArticleError(what, where=article.path or article.id, hint="please report it with the article")


def _failure(error: Exception, article: Article, memory: int) -> tuple[int, ArticleError]:
    if isinstance(error, MemoryError) or "alloc" in str(error).lower():  # native libraries have errors of their own for it
        what = f"takes more than {memory >> 20:,} MB of memory"
        return SPENT, ArticleError(what, where=article.path or article.id, hint="split the article")
    return DONE, failure(error, article)


def _limit_memory(memory: int) -> None:
    """Limits the address space to what is in use and so many bytes; only where the system tells what is in use."""
    if _STATM is not None:
        used = int(os.pread(_STATM, 64, 0).split()[0]) * resource.getpagesize()
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        limit = used + memory
        resource.setrlimit(resource.RLIMIT_AS, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


_STATM = os.open("/proc/self/statm", os.O_RDONLY) if os.path.exists("/proc/self/statm") else None
_NULL = open(os.devnull, "w")  # noqa: SIM115  # open as long as the process

"""Queries of users, each in a worker process: read only, no network, no files, with a deadline and a memory limit.

Oxigraph cannot be interrupted, opens sockets for SERVICE, and dies on deep nesting; here it may, in a process that nobody misses.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from kg.bindings import Given, given
from kg.errors import QueryError, StoreError
from kg.named import named_queries
from kg.querytext import MAX_DEPTH, MAX_QUERY, check
from kg.resources import PACKAGE
from kg.results import QueryResult
from kg.vocab import BASE

__all__ = [
    "MAX_DEPTH", "MAX_QUERY", "MAX_RESULT", "MEMORY", "TIMEOUT", "LimitError", "QueryResult", "Session", "check", "named_queries",
    "run_query",
]  # fmt: skip

TIMEOUT = 30.0  # seconds
MEMORY = 1 << 30  # bytes that a query may take beside what the worker has when it starts
MAX_RESULT = 256 << 20  # bytes of a result

_LIBRARY = Path(ox.__file__).resolve().parent.parent
_NARROW = "use LIMIT, or narrow the patterns"


class LimitError(QueryError):
    """A query that went over a limit of time, memory or size, or broke its worker."""


class Session:
    """A worker that has a source open and runs one query after the other; it is started when it is first needed.

    A query that breaks the worker, or is given up, costs the others nothing: the next one gets a new worker. While a session on a
    store is open, kg build waits for it.
    """

    def __init__(self, source: Path | str, *, base: str = BASE, wait: float = TIMEOUT / 2) -> None:
        """Names the source.

        Args:
            source: the folder of a store, or an RDF file (.ttl, .trig, .nq, .nt), which is read into memory.
            base: what the IRIs of the data start with.
            wait: seconds to wait for who writes the store now.
        """
        self._base = base
        self._source = {"path": str(source), "base": base, "wait": wait}
        self._worker: subprocess.Popen[bytes] | None = None
        self._expired = False

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the worker, whatever it does."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.kill()
            worker.wait()
            for pipe in (worker.stdin, worker.stdout):
                with suppress(OSError):  # what was not yet written is of no use any more
                    pipe.close()  # type: ignore[union-attr]

    def query(
        self,
        text: str,
        *,
        bind: Mapping[str, Given] | None = None,
        prefixes: Mapping[str, str] | None = None,
        union: bool = True,
        timeout: float = TIMEOUT,
        memory: int = MEMORY,
        most: int | None = None,
        default_graphs: Iterable[str] = (),
        named_graphs: Iterable[str] = (),
        base: str | None = None,
    ) -> QueryResult:
        """Runs a SPARQL query.

        Args:
            text: SELECT, ASK, CONSTRUCT or DESCRIBE; the prefixes of the project are declared.
            bind: values of variables by their names, as `kg.bindings.given` reads them.
            prefixes: further prefixes.
            union: whether the default graph is the union of all graphs; else it is empty (the W3C reading). FROM wins.
            timeout: seconds until the query is given up.
            memory: bytes that it may take.
            most: bytes of its result; None: `MAX_RESULT`.
            default_graphs, named_graphs: IRIs of the graphs that make the dataset, instead of all.
            base: what relative IRIs of the query are resolved against; None: that of the data.

        Raises:
            QueryError: it is malformed or forbidden (SERVICE, updates), nested too deep; `where` tells line and column.
            LimitError: it went over a limit.
            StoreError: the store cannot be read.
        """
        looked, declared = check(text), dict(prefixes or {})
        order = {
            "text": text, "prefixes": declared, "union": union, "dataset": looked.dataset, "memory": memory, "seconds": timeout,
            "bind": {name: given(value, declared, self._base) for name, value in (bind or {}).items()},
            "graphs": looked.graphs, "most": MAX_RESULT if most is None else most, "base": base,
            "default_graph": list(default_graphs), "named_graphs": list(named_graphs),
        }  # fmt: skip
        header, payload = self._ask(json.dumps(order).encode() + b"\n", timeout)
        if header["kind"] == "error":
            _raise(header)
        return QueryResult(header["kind"], payload)

    def _ask(self, order: bytes, timeout: float) -> tuple[dict[str, Any], bytes]:
        """Header and payload of the answer; if anything goes wrong, Ctrl-C too, the worker is gone afterwards."""
        self._expired = False
        timer = threading.Timer(timeout, self._expire)
        timer.daemon = True
        timer.start()
        try:
            if self._worker is None:
                self._start()
            assert self._worker is not None
            assert self._worker.stdin is not None
            self._worker.stdin.write(order)
            self._worker.stdin.flush()
            return _read(self._worker)
        except (EOFError, OSError, ValueError):
            self._break(timeout)
        except BaseException:
            self.close()
            raise
        finally:
            timer.cancel()
        raise AssertionError

    def _start(self) -> None:
        pipe = subprocess.PIPE
        command = [sys.executable, "-I", "-S", str(PACKAGE / "worker.py"), str(PACKAGE.parent), str(_LIBRARY)]
        self._worker = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, start_new_session=True)
        assert self._worker.stdin is not None
        self._worker.stdin.write(json.dumps(self._source).encode() + b"\n")
        self._worker.stdin.flush()
        header, _ = _read(self._worker)
        if header["kind"] == "error":
            self.close()
            _raise(header)

    def _expire(self) -> None:
        self._expired = True
        worker = self._worker
        if worker is not None:
            worker.kill()

    def _break(self, timeout: float) -> None:
        """Says why there is no answer."""
        worker = self._worker
        self.close()
        if self._expired:
            raise LimitError(f"took longer than {timeout:g} seconds", hint=_NARROW)
        code = worker.returncode if worker else None
        raise LimitError(f"the query broke its worker (exit {code})", hint="it may need too much memory: use LIMIT")


def run_query(store_path: Path | str, text: str, *, base: str = BASE, timeout: float = TIMEOUT, **options: Any) -> QueryResult:
    """Runs a user's SPARQL query on a store, in a worker process of its own.

    Args:
        store_path: the folder of the store, or an RDF file (.ttl, .trig, .nq, .nt).
        text: SELECT, ASK, CONSTRUCT or DESCRIBE; the prefixes of the project are declared.
        base: what the IRIs of the data start with.
        timeout: seconds until the query is given up.
        options: those of `Session.query`.

    Raises:
        QueryError: it is malformed, forbidden (SERVICE, updates), nested too deep, or went over a limit (`LimitError`).
        StoreError: the store cannot be read.
    """
    check(text)
    with Session(store_path, base=base, wait=timeout / 2) as session:
        return session.query(text, timeout=timeout, **options)


def _read(worker: subprocess.Popen[bytes]) -> tuple[dict[str, Any], bytes]:
    """Frames until the one of no length, and the header after it."""
    assert worker.stdout is not None
    parts = []
    while size := int(_exactly(worker, 8), 16):
        parts.append(_exactly(worker, size))
    return json.loads(worker.stdout.readline()), b"".join(parts)


def _exactly(worker: subprocess.Popen[bytes], size: int) -> bytes:
    assert worker.stdout is not None
    data = worker.stdout.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _raise(header: Mapping[str, Any]) -> None:
    family = {"store": StoreError, "limit": LimitError}.get(header["family"], QueryError)
    raise family(header["what"], where=header.get("where"), hint=header.get("hint"))

"""Queries of users, each in a worker process of its own: read only, no network, no files, with a deadline and a memory limit.

Oxigraph cannot be interrupted, opens sockets for SERVICE, and dies on deep nesting; here it may, in a process that nobody misses.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import IO, Any, Literal

import pyoxigraph as ox

from kg.errors import QueryError, StoreError
from kg.resources import PACKAGE, ontologies
from kg.vocab import BASE, PREFIXES

TIMEOUT = 30.0  # seconds
MEMORY = 1 << 30  # bytes that a query may take beside what the worker has when it starts
MAX_RESULT = 256 << 20  # bytes of a result
MAX_DEPTH = 60  # nested brackets; Oxigraph's parser overflows its stack at some thousands
MAX_QUERY = 1 << 20  # characters

_FORMS = {
    "json": ox.QueryResultsFormat.JSON,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
    "xml": ox.QueryResultsFormat.XML,
}
_TOKEN = re.compile(
    r"""
    (?P<skip>
        \#[^\r\n]*                                            # comment
      | <[^<>"{}|^`\\\x00-\x20]*>                             # IRI
      | \"{3}(?:(?:"|"")?(?:[^"\\]|\\.))*"{3} | '{3}(?:(?:'|'')?(?:[^'\\]|\\.))*'{3}
      | "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*'         # strings
      | [?$]\w+ | @[A-Za-z]+(?:-[A-Za-z0-9]+)*                # variable, language tag
      | (?P<prefix>[^\W\d][\w.-]*)?:(?:[\w.:-]|%[0-9A-Fa-f]{2}|\\.)*   # prefixed name
    )
  | (?P<open>[({\[]) | (?P<close>[)}\]])
  | (?P<word>service|from|load|insert|delete|drop|clear|create|copy|move|add)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_UPDATE = re.compile(r"\b(?:load|insert|delete|drop|clear|create|copy|move|add)\b", re.IGNORECASE)


@dataclass(frozen=True)
class QueryResult:
    """The answer to a query.

    Attributes:
        kind: 'solutions' of SELECT, 'boolean' of ASK, 'triples' of CONSTRUCT and DESCRIBE.
        payload: SPARQL 1.1 JSON of solutions and booleans, N-Triples of triples, in UTF-8.
    """

    kind: Literal["solutions", "boolean", "triples"]
    payload: bytes

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """Names of the columns, in the order of the query; of triples 'subject', 'predicate', 'object'; none of a boolean."""
        if self.kind == "boolean":
            return ()
        return ("subject", "predicate", "object") if self.kind == "triples" else tuple(v.value for v in self._parse().variables)

    @cached_property
    def rows(self) -> list[tuple[Any, ...]]:
        """Terms of pyoxigraph by row; None where a variable is unbound."""
        if self.kind == "boolean":
            return []
        if self.kind == "triples":
            return [tuple(triple) for triple in self.triples]
        return [tuple(solution) for solution in self._parse()]

    @property
    def boolean(self) -> bool | None:
        """The answer to ASK."""
        return bool(self._parse()) if self.kind == "boolean" else None

    @cached_property
    def triples(self) -> list[ox.Triple]:
        """The triples of CONSTRUCT or DESCRIBE, each once, in a fixed order."""
        if self.kind != "triples":
            return []
        return [q.triple for q in ox.parse(b"\n".join(sorted(set(self.payload.splitlines()))), format=ox.RdfFormat.N_TRIPLES)]

    def serialize(self, format: str) -> bytes:
        """The answer as 'json', 'csv', 'tsv' or 'xml' of SPARQL 1.1, where triples make a table of three columns, or as 'turtle'.

        Raises:
            QueryError: unknown form, or Turtle for what is no triples.
        """
        if format == "turtle" and self.kind == "triples":
            return ox.serialize(self.triples, format=ox.RdfFormat.TURTLE, prefixes=dict(PREFIXES)) or b""
        if format not in _FORMS:
            raise QueryError(f"cannot be written as {format}", hint="json, csv, tsv or xml; turtle for CONSTRUCT and DESCRIBE")
        return self._parse().serialize(format=_FORMS[format]) or b""

    def _parse(self) -> Any:
        payload = _table(self.triples) if self.kind == "triples" else self.payload
        return ox.parse_query_results(payload, format=ox.QueryResultsFormat.JSON)


def run_query(
    store_path: Path | str,
    text: str,
    *,
    base: str = BASE,
    prefixes: Mapping[str, str] | None = None,
    union: bool = True,
    timeout: float = TIMEOUT,
    memory: int = MEMORY,
) -> QueryResult:
    """Runs a user's SPARQL query on a store, in a worker process.

    Args:
        store_path: the folder of the store.
        text: SELECT, ASK, CONSTRUCT or DESCRIBE; the prefixes of the project are declared.
        base: what the IRIs of the data start with.
        prefixes: further prefixes.
        union: whether the default graph is the union of all graphs; else it is empty (the W3C reading).
        timeout: seconds until the query is given up.
        memory: bytes that it may take.

    Raises:
        QueryError: it is malformed, forbidden (SERVICE, FROM, updates), nested too deep, or went over a limit.
        StoreError: the store cannot be read.
    """
    check(text)
    order = {
        "path": str(store_path), "text": text, "base": base, "prefixes": dict(prefixes or {}),
        "union": union, "wait": timeout / 2, "memory": memory, "seconds": timeout,
    }  # fmt: skip
    header, payload = _answer(_ask_worker(json.dumps(order).encode(), timeout))
    if header["kind"] == "error":
        family = StoreError if header["family"] == "store" else QueryError
        raise family(header["what"], where=header.get("where"), hint=header.get("hint"))
    return QueryResult(header["kind"], payload)


def check(text: str) -> None:
    """Refuses what must not reach the parser.

    Raises:
        QueryError: the query holds SERVICE or FROM, is an update, is nested too deep or too long, or is no Unicode text.
    """
    if len(text) > MAX_QUERY:
        raise QueryError(f"the query is longer than {MAX_QUERY} characters")
    if re.search("[\ud800-\udfff]", text):
        raise QueryError("the query holds half a character (a lone surrogate)")
    depth = 0
    for token in _TOKEN.finditer(text):
        depth += bool(token["open"]) - bool(token["close"])
        if depth > MAX_DEPTH:
            raise QueryError(f"brackets are nested deeper than {MAX_DEPTH}")
        _refuse(token)


def _refuse(token: re.Match[str]) -> None:
    """A keyword may touch what stands before or after it ('1SERVICE:x'), so boundaries count for updates only."""
    word = (token["word"] or token["prefix"] or "").lower()
    if "service" in word:
        raise QueryError("SERVICE is not allowed: queries stay on this machine")
    if word == "from":
        raise QueryError("FROM is not allowed", hint="name a graph with GRAPH <...> { ... }")
    if token["word"] and _UPDATE.match(token.string, token.start()) and _UPDATE.match(word):
        raise QueryError(f"{word.upper()} is not allowed: queries only read", hint="change the graph with kg build")


def _ask_worker(order: bytes, timeout: float) -> bytes:
    """What the worker writes; whatever happens, Ctrl-C too, it is gone afterwards."""
    code = "import sys; sys.path.append(sys.argv[1]); from kg.sandbox import serve; serve()"
    command = [sys.executable, "-P", "-c", code, str(PACKAGE.parent)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, start_new_session=True) as worker:
        try:
            answer, _ = worker.communicate(order, timeout=timeout)
        except subprocess.TimeoutExpired:
            raise QueryError(f"took longer than {timeout:g} seconds", hint="use LIMIT, or narrow the patterns") from None
        finally:
            worker.kill()
            worker.wait()
    if b"\n" not in answer:
        raise QueryError(f"the query broke its worker (exit {worker.returncode})", hint="it may need too much memory: use LIMIT")
    return answer


def _answer(data: bytes) -> tuple[dict[str, Any], bytes]:
    """The payload, and the header that is written after it, when nothing can go wrong any more."""
    payload, _, header = data.removesuffix(b"\n").rpartition(b"\n")
    try:
        return json.loads(header), payload
    except ValueError as error:
        raise QueryError("the query broke its worker", hint="it may need too much memory: use LIMIT") from error


def _table(triples: list[ox.Triple]) -> bytes:
    """Triples as SPARQL 1.1 JSON."""
    names = ("subject", "predicate", "object")
    bindings = [{name: _json_term(t) for name, t in zip(names, triple, strict=True)} for triple in triples]
    return json.dumps({"head": {"vars": names}, "results": {"bindings": bindings}}).encode()


def _json_term(term: Any) -> dict[str, str]:
    if isinstance(term, ox.Literal):
        more = {"xml:lang": term.language} if term.language else {"datatype": term.datatype.value}
        return {"type": "literal", "value": term.value, **more}
    return {"type": "bnode" if isinstance(term, ox.BlankNode) else "uri", "value": term.value}


# Named queries


@cache
def named_queries() -> Mapping[str, tuple[str, str]]:
    """The queries of `ontologies/queries` by name: title (the first comment line) and text.

    Raises:
        QueryError: one has no title.
    """
    paths = sorted((ontologies() / "queries").glob("*.rq"))
    return {path.stem: (_title(path), path.read_text(encoding="utf-8")) for path in paths}


def _title(path: Path) -> str:
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    if not first.startswith("# "):
        raise QueryError("the first line must be a comment that says what the query answers", where=path.name)
    return first[2:].strip()


# The worker


def serve() -> None:
    """Reads one order from standard input and writes the answer: in the worker process only."""
    order = json.loads(sys.stdin.buffer.read())
    out = _Capped(sys.stdout.buffer)
    header = _run(order, out)
    sys.stdout.buffer.write(b"\n" + json.dumps(header).encode() + b"\n")
    sys.stdout.buffer.flush()


def _run(order: Mapping[str, Any], out: _Capped) -> dict[str, Any]:
    from kg.store import Store

    try:
        with Store.open(order["path"], base=order["base"], read_only=True, wait=order["wait"], verify=False) as store:
            _limit(order["memory"], order["seconds"])
            answer = store.query(order["text"], union=order["union"], prefixes=order["prefixes"])
            return {"kind": _write(answer, out)}
    except StoreError as error:
        return {"kind": "error", "family": "store", "what": error.what, "where": error.where, "hint": error.hint}
    except (SyntaxError, ValueError) as error:
        return {
            "kind": "error",
            "family": "query",
            "what": f"malformed: {str(error)[:200]}",
            "hint": "see https://www.w3.org/TR/sparql11-query/",
        }
    except (MemoryError, OSError, RuntimeError) as error:
        return {"kind": "error", "family": "query", "what": str(error) or "takes too much memory", "hint": "use LIMIT"}


def _write(answer: Any, out: Any) -> str:
    if isinstance(answer, ox.QueryTriples):
        answer.serialize(output=out, format=ox.RdfFormat.N_TRIPLES)
        return "triples"
    answer.serialize(output=out, format=ox.QueryResultsFormat.JSON)
    return "boolean" if isinstance(answer, ox.QueryBoolean) else "solutions"


def _limit(memory: int, seconds: float) -> None:
    """Bounds what the worker may take, so that it ends even if nobody is left to end it."""
    try:
        import resource
    except ImportError:  # Windows has no such limits; the deadline holds there too
        return
    statm = Path("/proc/self/statm")  # address space in use now; where there is no such file, a generous guess
    used = int(statm.read_text().split()[0]) * resource.getpagesize() if statm.exists() else 1 << 31
    resource.setrlimit(resource.RLIMIT_AS, (used + memory,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 5,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


class _Capped:
    """A stream that refuses more than `MAX_RESULT` bytes."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._left = stream, MAX_RESULT

    def write(self, data: bytes) -> int:
        self._left -= len(data)
        if self._left < 0:
            raise OSError(f"the result is over {MAX_RESULT >> 20} MB")
        return self._stream.write(data)

    def flush(self) -> None:
        self._stream.flush()

"""Other SPARQL 1.1 servers: graphs go there by the Graph Store Protocol, the answers of queries come from there.

Only the server that the user names is spoken to, over http or https; what it says is read as data, with a deadline and a cap.
"""

from __future__ import annotations

import http.client
import ipaddress
import queue
import re
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from email.message import Message
from typing import Any, TypeVar
from urllib import request as urls
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, quote, urlencode, urlsplit

import pyoxigraph as ox

from kg.bindings import Given, given
from kg.errors import ConfigError, KgError, QueryError
from kg.normalize import printable
from kg.querytext import bind, check
from kg.results import QueryResult
from kg.store import default_prefixes
from kg.vocab import BASE

TIMEOUT = 60.0  # seconds for one request, all of it
ATTEMPTS = 4  # of a request that may succeed later
PAUSE = 1.0  # seconds before the second attempt; each further pause is twice as long
MAX_RESULT = 256 << 20  # bytes of an answer

_PASSING = frozenset({408, 429, 500, 502, 503, 504})
_ERROR_TEXT = 300  # characters of a server's own message that are told
_REPEATED = frozenset({301, 302, 307, 308})  # 303 asks for another method, which would lose what is sent
_FORM, _NTRIPLES = "application/x-www-form-urlencoded; charset=utf-8", "application/n-triples"
_TABLES = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
}
_GRAPHS = {_NTRIPLES: ox.RdfFormat.N_TRIPLES, "text/turtle": ox.RdfFormat.TURTLE}
_ACCEPT = "application/sparql-results+json, application/n-triples;q=0.9, application/sparql-results+xml;q=0.8, text/turtle;q=0.7"
_NAMED = """SELECT DISTINCT ?entity ?name WHERE {
  VALUES ?p { rdfs:label skos:altLabel }
  { GRAPH ?g { ?entity ?p ?label } } UNION { ?entity ?p ?label }
  BIND(STR(?label) AS ?name)
  FILTER(ISIRI(?entity) && LCASE(?name) = %s)
} ORDER BY ?name ?entity"""
T = TypeVar("T")


class RemoteError(KgError):
    """A server that cannot be reached, refuses, or answers what cannot be read.

    Attributes:
        status: that of HTTP; None if there was no whole answer.
        passing: whether a later attempt may succeed.
    """

    def __init__(
        self, what: str, *, where: str | None = None, hint: str | None = None, status: int | None = None, passing: bool = False
    ) -> None:
        super().__init__(what, where=where, hint=hint)
        self.status, self.passing = status, passing


class Server:
    """A SPARQL server at one address."""

    def __init__(
        self,
        url: str,
        *,
        user: str | None = None,
        password: str | None = None,
        insecure: bool = False,
        timeout: float = TIMEOUT,
        attempts: int = ATTEMPTS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Names the server; nothing is sent yet.

        Args:
            url: its address for the Graph Store Protocol or for queries; http or https.
            user, password: given to this server, and to no other, by Basic with the first request, or by Digest if it asks for
                that. RFC 9110 (11.6.2) allows not to wait for the challenge, and so a graph is not sent twice.
            insecure: whether the password may travel unencrypted: over http to another machine.
            timeout: seconds for one request, from looking up its name to the last byte.
            attempts: how often a request is sent at most, if the server is busy or silent.
            sleep: waits so many seconds between attempts.

        Raises:
            ConfigError: no address of http or https, or one with a user or password in it; or the password would travel in clear.
        """
        self._parts = _address(url)
        if user is not None and not insecure and in_clear(url):
            hint = "use https; where nobody else can listen: --insecure"
            raise ConfigError("the password would travel unencrypted", where=url, hint=hint)
        self.url, self.timeout = url, timeout
        self._attempts, self._sleep = attempts, sleep
        self._opener = _opener(self._parts, user, password)

    def put(self, graph: str, triples: bytes) -> None:
        """Makes a graph what the N-Triples say, whatever it held.

        Raises:
            RemoteError: the server did not confirm it.
        """
        self._send("PUT", self._graph(graph), triples, {"Content-Type": _NTRIPLES})

    def delete(self, graph: str) -> None:
        """Removes a graph; one that is not there is fine.

        Raises:
            RemoteError: the server did not confirm it.
        """
        try:
            self._send("DELETE", self._graph(graph), None, {})
        except RemoteError as error:
            if error.status != http.client.NOT_FOUND:
                raise

    def query(self, text: str, *, most: int = MAX_RESULT) -> QueryResult:
        """Sends a query as a form by POST.

        Args:
            text: whole SPARQL, prefixes declared; see `prepared`.
            most: bytes of the answer.

        Raises:
            RemoteError: no answer, a refusal, over `most` bytes, or of a type that is not read.
        """
        form = urlencode({"query": text}).encode()
        kind, data = self._send("POST", self.url, form, {"Content-Type": _FORM, "Accept": _ACCEPT}, most)
        return _answer(kind, data, self.url)

    def _graph(self, iri: str) -> str:
        return f"{self.url}{'&' if self._parts.query else '?'}graph={quote(iri, safe='')}"

    def _send(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], most: int = MAX_RESULT
    ) -> tuple[str, bytes]:
        """Media type and bytes of the answer, after as many attempts as it takes."""
        for attempt in range(self._attempts):
            try:
                return self._once(urls.Request(url, data=body, headers=dict(headers), method=method), most)
            except RemoteError as error:
                if not error.passing or attempt + 1 == self._attempts:
                    raise
                self._sleep(PAUSE * 2**attempt)
        raise AssertionError

    def _once(self, asked: urls.Request, most: int) -> tuple[str, bytes]:
        until = time.monotonic() + self.timeout
        try:
            return _within(self.timeout, lambda: self._exchange(asked, most, until))
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _told(error, self.url, self.timeout) from error

    def _exchange(self, asked: urls.Request, most: int, until: float) -> tuple[str, bytes]:
        try:
            with self._opener.open(asked, timeout=self.timeout) as response:
                return response.headers.get_content_type(), _body(response, most, until, self.url)
        except HTTPError as error:
            with error:
                raise _refused(error, self.url) from error


def _body(response: Any, most: int, until: float, where: str) -> bytes:
    parts, size = [], 0
    while part := response.read(1 << 16):
        size += len(part)
        if size > most:
            hint = "use LIMIT, or narrow the patterns"
            raise RemoteError(f"the answer is over {most / (1 << 20):g} MB", where=where, hint=hint)
        if time.monotonic() > until:
            raise TimeoutError
        parts.append(part)
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)
    return b"".join(parts)


def _within(seconds: float, call: Callable[[], T]) -> T:
    """What a call gives, unless it takes longer: a socket's own timeout starts anew with every byte, and names have none."""
    box: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue(1)

    def work() -> None:
        try:
            box.put((call(), None))
        except BaseException as error:
            box.put((None, error))

    threading.Thread(target=work, daemon=True).start()
    try:
        value, error = box.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return value  # type: ignore[return-value]


# What went wrong


def _refused(error: HTTPError, where: str) -> RemoteError:
    """A status that is no success, with what the server says about it."""
    said = printable(" ".join(error.read(4 * _ERROR_TEXT).decode("utf-8", "replace").split()))[:_ERROR_TEXT]
    html = error.headers.get_content_type() == "text/html" or not said
    what = f"the server answers {error.code} {printable(str(error.reason))[:_ERROR_TEXT]}{'' if html else f': {said}'}"
    hint = {401: "give --user and the password in KG_PASSWORD", 403: "this user may not do that"}.get(error.code)
    return RemoteError(what, where=where, hint=hint, status=error.code, passing=error.code in _PASSING)


def _told(error: Exception, where: str, timeout: float) -> RemoteError:
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, TimeoutError):
        return RemoteError(f"no whole answer within {timeout:g} seconds", where=where, hint="see --timeout", passing=True)
    if isinstance(reason, ssl.SSLCertVerificationError):
        return RemoteError(f"its certificate cannot be trusted: {reason.verify_message}", where=where)
    if isinstance(error, ValueError):
        return RemoteError(f"asks for what is not supported: {error}", where=where)
    return RemoteError(f"cannot be reached: {str(reason) or type(reason).__name__}", where=where, passing=True)


# Addresses, redirects, passwords


def _address(url: str) -> SplitResult:
    hint = "an address like https://example.org/dataset/data"
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        known = False
    if not known or not re.fullmatch(r"[\x21-\x7e]+", url) or parts.fragment:
        raise ConfigError(f"no address of http or https: {printable(url)[:_ERROR_TEXT]!r}", hint=hint)
    if parts.username is not None or parts.password is not None:
        raise ConfigError("the address holds a user or password", hint="give --user and the password in KG_PASSWORD")
    return parts


def in_clear(url: str) -> bool:
    """Whether a password sent to this address can be read on its way."""
    parts = _address(url)
    return parts.scheme == "http" and not _is_loopback(parts.hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _opener(parts: SplitResult, user: str | None, password: str | None) -> urls.OpenerDirector:
    """Speaks http and https and nothing else: no files, no FTP, no cookies; no proxy to this machine itself."""
    opener = urls.OpenerDirector()
    proxies = urls.ProxyHandler({} if _is_loopback(parts.hostname or "") else None)
    handlers: list[urls.BaseHandler] = [proxies, urls.HTTPHandler(), urls.HTTPSHandler(), _Redirects()]
    handlers += [urls.HTTPErrorProcessor(), urls.HTTPDefaultErrorHandler()]
    if user is not None:
        known = urls.HTTPPasswordMgrWithDefaultRealm()
        known.add_password(None, f"{parts.scheme}://{parts.netloc}/", user, password or "")
        handlers += [urls.HTTPDigestAuthHandler(known), _Basic(user, password or "")]
    for handler in handlers:
        opener.add_handler(handler)
    return opener


class _Basic(urls.BaseHandler):
    """Gives the password at once, so that a graph is not sent twice; Digest replaces it where a server asks for that."""

    def __init__(self, user: str, password: str) -> None:
        self._value = "Basic " + b64encode(f"{user}:{password}".encode()).decode("ascii")

    def http_request(self, asked: urls.Request) -> urls.Request:
        """Adds the header to a request that has none; redirects do not inherit it."""
        if not asked.has_header("Authorization"):
            asked.add_unredirected_header("Authorization", self._value)
        return asked

    https_request = http_request


class _Redirects(urls.HTTPRedirectHandler):
    """Follows a server within itself, with the same method and content; never to another host, nor from https to http."""

    def redirect_request(
        self, req: urls.Request, fp: Any, code: int, msg: str, headers: Message, newurl: str
    ) -> urls.Request | None:
        """The request to send instead."""
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        safer = (old.scheme, old.port, new.scheme, new.port) == ("http", None, "https", None)
        if old.hostname != new.hostname or not (safer or (old.scheme, old.port) == (new.scheme, new.port)):
            hint = "if you trust that address, give it instead"
            raise RemoteError(f"redirects to {printable(newurl)[:_ERROR_TEXT]}", where=req.full_url, hint=hint, status=code)
        if code not in _REPEATED:
            return None
        kept = {k: v for k, v in req.headers.items() if k.lower() not in ("content-length", "host")}
        return urls.Request(newurl.replace(" ", "%20"), data=req.data, headers=kept, method=req.get_method())


# Answers


def _answer(kind: str, data: bytes, where: str) -> QueryResult:
    """The answer of a query endpoint, read by a parser and written again."""
    try:
        if kind in _TABLES:
            parsed: Any = ox.parse_query_results(data, format=_TABLES[kind])
            payload = parsed.serialize(format=ox.QueryResultsFormat.JSON)
            return QueryResult("boolean" if isinstance(parsed, ox.QueryBoolean) else "solutions", payload)
        if kind in _GRAPHS:
            triples = (quad.triple for quad in ox.parse(data, format=_GRAPHS[kind], base_iri=where))
            return QueryResult("triples", ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"")
    except (SyntaxError, ValueError, OSError) as error:
        raise RemoteError(f"its answer cannot be read: {str(error)[:_ERROR_TEXT]}", where=where) from error
    hint = "is this the address for queries?"
    raise RemoteError(f"answers with {printable(kind)[:80]}, no SPARQL result", where=where, hint=hint)


def run_query(
    server: Server, text: str, *, bind: Mapping[str, Given] | None = None, base: str = BASE, most: int = MAX_RESULT
) -> QueryResult:
    """Asks a server a user's query.

    Args:
        server: at its address for queries.
        text: SELECT, ASK, CONSTRUCT or DESCRIBE; the prefixes of the project are declared.
        bind: values of variables by their names, as `kg.bindings.given` reads them; names are looked up on the server.
        base: what the IRIs of the data start with.
        most: bytes of the answer.

    Raises:
        QueryError: it is forbidden (SERVICE, updates), nested too deep, or nobody is called so.
        RemoteError: see `Server.query`.
    """
    check(text)
    values = {name: _terms(server, given(value, None, base), base) for name, value in (bind or {}).items()}
    return server.query(prepared(text, values, base), most=most)


def prepared(text: str, values: Mapping[str, list[str]], base: str = BASE) -> str:
    """A query that any server understands: the project's prefixes that it uses declared, values for variables put in.

    Args:
        text: a checked query.
        values: N-Triples terms by variable.
        base: what relative IRIs are resolved against, and the prefix `id:` stands for.

    Raises:
        QueryError: the query has no such variable.
    """
    own = set(re.findall(r"\bprefix\s+([\w.-]*):", text, re.IGNORECASE))  # some servers refuse a second declaration
    used = set(re.findall(r"(?<![\w.-])([A-Za-z][\w-]*):", text))
    names = {name: iri for name, iri in default_prefixes(base).items() if name in used and name not in own}
    start = [] if re.search(r"\bbase\s*<", text, re.IGNORECASE) else [f"BASE <{base}>"]
    header = " ".join([*start, *(f"PREFIX {name}: <{iri}>" for name, iri in sorted(names.items()))])
    return f"{header} {bind(text, values).text}"  # on one line, so that the lines of a server's complaints are the user's


def _terms(server: Server, meant: list[dict[str, str]], base: str) -> list[str]:
    """Values in N-Triples syntax; a name gives whoever is called so on the server."""
    found: dict[str, None] = {}
    for one in meant:
        found.update(dict.fromkeys([one["term"]] if "term" in one else _called(server, one["name"], base)))
    return list(found)


def _called(server: Server, name: str, base: str) -> list[str]:
    """The nodes that a label or other name on the server calls so: exactly, or else but for capitals."""
    rows = server.query(prepared(_NAMED % ox.Literal(name.lower()), {}, base)).rows
    exact = [str(entity) for entity, called in rows if called.value == name]
    if not rows:
        raise QueryError(f"nobody and nothing there is called {name!r}", where=server.url)
    return list(dict.fromkeys(exact or [str(entity) for entity, _ in rows]))

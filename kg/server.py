"""The graph over HTTP, for this machine: SPARQL 1.1 Protocol (queries only), named queries, a search, the graph page.

Every query runs in the sandbox, a few at a time. The server reads nothing that a request names but queries and their values.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kg import pages, protocol
from kg.bindings import pairs
from kg.config import Settings
from kg.errors import KgError, QueryError, StoreError
from kg.named import find, queries
from kg.protocol import MEDIA_TYPES, ProtocolError
from kg.results import QueryResult
from kg.sandbox import TIMEOUT, LimitError, Session

MAX_BODY = 4 << 20  # bytes of a request: a query in percent encoding
MAX_ANSWER = 64 << 20  # bytes of an answer
AT_ONCE, WAITING = 4, 32  # queries that run, and that wait for one of these to end
PATIENCE = 15.0  # seconds for a client to send its request
_OURS = frozenset({"format", "timeout", "q"})  # fields that are no parameters of a named query

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a request may take: seconds of a query, seconds until its body has come, bytes of the body."""

    timeout: float = TIMEOUT
    patience: float = PATIENCE
    body: int = MAX_BODY


class Site:
    """The pages and data of one graph."""

    def __init__(self, settings: Settings, limits: Limits) -> None:
        self.settings, self.limits = settings, limits
        self._turns = anyio.CapacityLimiter(AT_ONCE)

    async def ask(self, text: str, *, timeout: float | None = None, **options: Any) -> QueryResult:
        """Runs a query in the sandbox when it is its turn.

        Raises:
            ProtocolError: too many wait already.
        """
        from kg.build import existing

        seconds = min(timeout or self.limits.timeout, self.limits.timeout)
        session = Session(existing(self.settings), base=self.settings.base, wait=seconds / 2)
        try:
            answer: QueryResult = await self.run(partial(session.query, text, timeout=seconds, most=MAX_ANSWER, **options))
            return answer
        finally:
            session.close()

    async def run(self, work: Callable[[], Any]) -> Any:
        """Does what takes long when it is its turn, beside the loop."""
        if self._turns.statistics().tasks_waiting >= WAITING:
            raise ProtocolError(503, "too many queries at once", hint="try again in a while")
        return await anyio.to_thread.run_sync(work, abandon_on_cancel=True, limiter=self._turns)

    async def sparql(self, request: Request) -> Response:
        """The endpoint of the SPARQL protocol; without a query its service description."""
        asked = await self._asked(request)
        if asked.query is None:
            if request.method == "POST":
                raise ProtocolError(400, "no query")
            return _text(pages.service_description(str(request.url.replace(query=""))), MEDIA_TYPES["turtle"])
        graphs = {"default_graphs": asked.default_graphs, "named_graphs": asked.named_graphs}
        answer = await self.ask(asked.query, timeout=_seconds(asked.one("timeout")), **graphs)
        return _data(request, answer, asked.one("format"))

    async def named(self, request: Request) -> Response:
        """A named query; its parameters are fields of the address."""
        query, asked = find(request.path_params["name"]), await self._asked(request)
        options = [f"{name}={v}" for name, values in asked.fields.items() if name not in _OURS for v in values if v]
        values = pairs(options, query.kinds)
        wanted = asked.one("format")
        html = wanted is None and protocol.prefers_html(request.headers.get("accept", ""))
        try:
            answer = await self.ask(query.text, bind=values, timeout=_seconds(asked.one("timeout")))
        except QueryError as error:
            if not html:
                raise
            return _page(pages.query(query, asked.fields, None, str(error)), _status(error))
        return _page(pages.query(query, asked.fields, answer, None)) if html else _data(request, answer, wanted)

    async def listed(self, request: Request) -> Response:
        """All named queries with their parameters."""
        if protocol.prefers_html(request.headers.get("accept", "")):
            return _page(pages.index(queries().values()))
        return _json([pages.described(query) for query in queries().values()])

    async def search(self, request: Request) -> Response:
        """Actors by name and facts by evidence or actor, as a page or as JSON."""
        asked = await self._asked(request)
        text, wanted = (asked.one("q") or "").strip(), asked.one("format")
        if wanted not in (None, "json", "html"):
            raise ProtocolError(400, f"no form {wanted[:40]!r}", hint="json, html")
        found = await self._found(text) if text else {"actors": [], "facts": []}
        as_page = wanted == "html" or (wanted is None and protocol.prefers_html(request.headers.get("accept", "text/html")))
        return _page(pages.search(text, found)) if as_page else _json({"q": text, **found})

    async def _found(self, text: str) -> dict[str, list[dict[str, Any]]]:
        actors = (await self.ask(find("find").text, bind=pairs([f"text={text}"], find("find").kinds))).records()
        kinds = find("facts").kinds
        facts = (await self.ask(find("facts").text, bind=pairs([f"text={text}"], kinds))).records()
        if actors:
            about = [f"entity=<{row['entity']}>" for row in actors[:20]]
            facts += (await self.ask(find("facts").text, bind=pairs(about, kinds))).records()
        unique = {json.dumps(row, default=str, sort_keys=True): row for row in facts}
        return {"actors": actors, "facts": list(unique.values())}

    async def graph(self, request: Request) -> Response:
        """The interactive page of the graph, as the last build wrote it, or made now."""
        data: bytes = await self.run(partial(pages.graph, self.settings))
        return Response(data, headers={**SECURITY, "content-security-policy": GRAPH_POLICY}, media_type="text/html")

    async def style(self, request: Request) -> Response:
        """The style sheet of the pages."""
        return Response(pages.style(), headers=SECURITY, media_type="text/css")

    async def _asked(self, request: Request) -> protocol.Asked:
        body = await self._body(request) if request.method == "POST" else b""
        return protocol.read_request(request.method, request.scope["query_string"], request.headers.get("content-type", ""), body)

    async def _body(self, request: Request) -> bytes:
        parts, size = [], 0
        try:
            async with asyncio.timeout(self.limits.patience):
                async for part in request.stream():
                    parts.append(part)
                    size += len(part)
                    if size > self.limits.body:
                        raise ProtocolError(413, f"the request is over {self.limits.body >> 20} MB")
        except TimeoutError as error:
            raise ProtocolError(408, "the request did not come in time") from error
        return b"".join(parts)


# Answers

SECURITY: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
GRAPH_POLICY = "frame-ancestors 'none'; object-src 'none'; connect-src 'none'; form-action 'none'"  # scripts: as the page says


def _text(text: str, media_type: str = "text/plain; charset=utf-8", status: int = 200, **headers: str) -> Response:
    data = text.encode("utf-8", "replace")
    return Response(data, status, headers={**SECURITY, "content-type": media_type, **headers})


def _json(data: Any) -> Response:
    return _text(json.dumps(data, ensure_ascii=False, default=str), "application/json")


def _page(html: str, status: int = 200) -> Response:
    return _text(html, "text/html; charset=utf-8", status)


def _data(request: Request, answer: QueryResult, wanted: str | None) -> Response:
    form = protocol.negotiate(request.headers.get("accept", ""), answer.kind, wanted)
    data = answer.serialize(form)
    return Response(data, headers={**SECURITY, "content-type": MEDIA_TYPES[form], "vary": "accept"})


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ProtocolError(400, "timeout is a number of seconds above 0")
    return seconds


def _status(error: KgError) -> int:
    if isinstance(error, ProtocolError):
        return error.status
    return 503 if isinstance(error, LimitError | StoreError) else 400


async def _told(request: Request, error: Exception) -> Response:
    """An error as plain text: what, where, what next."""
    if isinstance(error, KgError):
        status = 404 if isinstance(error, QueryError) and error.what.startswith("no query is named") else _status(error)
        return _text(f"{error}\n", status=status, **({"retry-after": "5"} if status == 503 else {}))
    if isinstance(error, HTTPException):
        return _text(f"{error.detail}\n", status=error.status_code, **(error.headers or {}))
    return _text("internal error\n", status=500)


# Who may ask


class Gate:
    """Lets in only requests to a name of this server from its own pages or from no page: no DNS rebinding, no foreign site."""

    def __init__(self, app: Any, names: Iterable[str]) -> None:
        self.app, self.names = app, frozenset(n.lower() for n in names)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serves or refuses a request; other connections are closed."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            headers = [(k.decode("latin-1").lower(), v.decode("latin-1")) for k, v in scope["headers"]]
            refused = self._refusal(headers)
            await (refused or self.app)(scope, receive, send)

    def _refusal(self, headers: list[tuple[str, str]]) -> Response | None:
        hosts = [v for k, v in headers if k == "host"]
        if len(hosts) != 1 or not self._is_known(hosts[0]):
            return _text("this server has another name; start it with --name to let it have this one\n", status=421)
        foreign = [v for k, v in headers if k == "origin" and v.partition("://")[2].lower() != hosts[0].lower()]
        if foreign or ("sec-fetch-site", "cross-site") in headers:
            return _text("requests of other sites are refused\n", status=403)
        return None

    def _is_known(self, host: str) -> bool:
        """A number cannot be rebound, a name can."""
        name = host.rpartition("]")[0][1:] if host.startswith("[") else host.partition(":")[0]
        try:
            return bool(ipaddress.ip_address(name))
        except ValueError:
            return name.lower() in self.names


def app(settings: Settings, *, names: Iterable[str] = (), limits: Limits | None = None) -> Gate:
    """The ASGI application.

    Args:
        settings: whose `output` holds the graph.
        names: names by which clients may call this machine, beside localhost and numbers.
        limits: of a request.
    """
    site = Site(settings, limits or Limits())
    routes = [
        Route("/", site.search, methods=["GET"]),
        Route("/search", site.search, methods=["GET"]),
        Route("/sparql", site.sparql, methods=["GET", "POST"]),
        Route("/queries", site.listed, methods=["GET"]),
        Route("/queries/{name}", site.named, methods=["GET"]),
        Route("/graph", site.graph, methods=["GET"]),
        Route("/style.css", site.style, methods=["GET"]),
    ]
    handlers: Any = {KgError: _told, HTTPException: _told, Exception: _told}
    made = Starlette(routes=routes, exception_handlers=handlers)
    made.router.redirect_slashes = False
    return Gate(made, ("localhost", *names))
